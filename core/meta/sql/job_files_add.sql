-- core/meta/sql/job_files_add.sql
-- Files that this run takes, pending until it is settled.
with mine as (
    select org_id, job_id, run_no from leat.held($1::bigint, $2::bigint, $3::bigint)
),
put as (
    insert into leat.loaded_file (org_id, pipeline_id, job_id, run, path, size_bytes, hash)
    select m.org_id, $4::bigint, m.job_id, m.run_no, f.path, f.size, f.hash
      from mine m, jsonb_to_recordset($5::jsonb) as f (path text, size bigint, hash text)
)
select count(*) as held from mine
