-- core/meta/sql/repair_fixes.sql
-- What has become of these rejects; parameters as of repair_rows.sql.
select p.reject_id, p.fix, p.version
  from leat.repair p
 where p.reject_id >= $2::bigint and p.reject_id <= $3::bigint
   and ($4::int8multirange @> p.reject_id or p.reject_id = any ($1::bigint[]))
 order by p.reject_id
