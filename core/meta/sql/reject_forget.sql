-- core/meta/sql/reject_forget.sql
-- A load starts over within its attempt: what it has refused so far does not count.
with mine as (
    select org_id, job_id, run_no from leat.held($1::bigint, $2::bigint, $3::bigint)
),
gone as (
    delete from leat.reject r
     using mine m
     where r.org_id = m.org_id and r.job_id = m.job_id
)
select count(*) as held from mine
