-- core/meta/sql/job_files_known.sql
-- Which of these files a settled run of the pipeline has taken. A job that is no longer
-- in the books had ended; what it left counts.
select f.i, min(l.job_id) as job_id
  from jsonb_to_recordset($3::jsonb) as f (i integer, path text, size bigint, hash text)
  join leat.loaded_file l
    on l.org_id = $1::bigint and l.pipeline_id = $2::bigint
   and l.hash = f.hash and l.size_bytes = f.size and l.path = f.path
  left join leat.job j on j.org_id = l.org_id and j.id = l.job_id
  left join leat.done d on d.org_id = l.org_id and d.job_id = l.job_id
 where j.id is null or d.committed_run = l.run
 group by f.i
