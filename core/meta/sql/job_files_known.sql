-- core/meta/sql/job_files_known.sql
-- Which of these files a settled run of the pipeline has taken.
select f.i, min(l.job_id) as job_id
  from jsonb_to_recordset($3::jsonb) as f (i integer, path text, size bigint, hash text)
  join leat.loaded_file l
    on l.org_id = $1::bigint and l.pipeline_id = $2::bigint
   and l.hash = f.hash and l.size_bytes = f.size and l.path = f.path
  join leat.job_state s
    on s.org_id = l.org_id and s.job_id = l.job_id and s.committed_run = l.run
 group by f.i
