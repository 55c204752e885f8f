-- core/meta/sql/repair_rows.sql
-- Rejects as they are to be read again.
select r.id, r.job_id, r.part, r.row_no, r.line_no, r.raw, p.fix, coalesce(p.version, 0) as version,
       coalesce(r.problems @> '[{"rule": "footer"}]', false) as is_footer
  from leat.reject r
  left join leat.repair p on p.org_id = r.org_id and p.reject_id = r.id
 where r.id = any ($1::bigint[])
 order by r.id
