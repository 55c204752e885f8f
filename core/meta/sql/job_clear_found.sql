-- core/meta/sql/job_clear_found.sql
-- The target knows nothing of that job: what it left pending goes when it has ended.
with cleared as (
    update leat.job_state s
       set is_unsure = false
      from leat.job j
     where s.org_id = $1::bigint and s.job_id = $2::bigint and s.run_no = $3::bigint
       and s.state <> 1 and s.is_unsure and j.org_id = s.org_id and j.id = s.job_id
    -- Chunks of a parallel job stay in the target: with a retry their rejects count.
    returning s.org_id, s.job_id, s.state,
              coalesce(j.body ->> 'parallel', '1') <> '1' as has_chunks
),
unseen as (
    delete from leat.reject r
     using cleared c
     where r.org_id = c.org_id and r.job_id = c.job_id and c.state <> 0
       and not c.has_chunks
),
untaken as (
    delete from leat.loaded_file f
     using cleared c
     where f.org_id = c.org_id and f.job_id = c.job_id and c.state <> 0
)
select count(*) as done from cleared
