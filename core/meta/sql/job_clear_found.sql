-- core/meta/sql/job_clear_found.sql
-- The target knows nothing of that job: what it left pending goes when it has ended.
with cleared as (
    update leat.job_state
       set is_unsure = false
     where org_id = $1::bigint and job_id = $2::bigint and run_no = $3::bigint
       and state <> 1 and is_unsure
    returning org_id, job_id, state
),
unseen as (
    delete from leat.reject r
     using cleared c
     where r.org_id = c.org_id and r.job_id = c.job_id and c.state <> 0
),
untaken as (
    delete from leat.loaded_file f
     using cleared c
     where f.org_id = c.org_id and f.job_id = c.job_id and c.state <> 0
)
select count(*) as done from cleared
