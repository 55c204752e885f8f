-- core/meta/sql/job_files_add.sql
-- Files that this run takes, pending until it is settled.
with mine as (
    select org_id, job_id, run_no from leat.job_state
     where org_id = $1::bigint and job_id = $2::bigint and run_no = $3::bigint and state = 1
),
put as (
    insert into leat.loaded_file (org_id, pipeline_id, job_id, run, path, size_bytes, hash)
    select m.org_id, $4::bigint, m.job_id, m.run_no, f.path, f.size, f.hash
      from mine m, jsonb_to_recordset($5::jsonb) as f (path text, size bigint, hash text)
)
select count(*) as held from mine
