-- core/meta/sql/reject_resume.sql
-- A parallel load goes on: what was refused among the rows that are committed
-- belongs to this run now; what else earlier runs left will be found again.
with mine as (
    select org_id, job_id, run_no from leat.held($1::bigint, $2::bigint, $3::bigint)
),
kept as (
    update leat.reject r
       set run = m.run_no
      from mine m
     where r.org_id = m.org_id and r.job_id = m.job_id and r.run <> m.run_no
       and $4::int8multirange @> r.row_no
),
gone as (
    delete from leat.reject r
     using mine m
     where r.org_id = m.org_id and r.job_id = m.job_id and r.run <> m.run_no
       and not $4::int8multirange @> r.row_no
)
select count(*) as held from mine
