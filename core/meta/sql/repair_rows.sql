-- core/meta/sql/repair_rows.sql
-- Rejects as they are to be read again; each is found by its number, however many there are.
select r.id, r.job_id, r.part, r.row_no, r.line_no, r.raw, p.fix, coalesce(p.version, 0) as version,
       coalesce(r.problems @> '[{"rule": "footer"}]', false) as is_footer
  from unnest($1::bigint[]) with ordinality a (id, n)
 cross join lateral (select b.* from leat.reject b where b.id = a.id offset 0) r
  left join lateral (select c.fix, c.version from leat.repair c
                      where c.reject_id = a.id offset 0) p on true
 order by a.n
