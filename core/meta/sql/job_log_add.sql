-- core/meta/sql/job_log_add.sql
-- Lines of a run, in their order.
with put as (
    insert into leat.job_log (org_id, job_id, run, level, at, line)
    select $1::bigint, $2::bigint, $3::bigint, x.level,
           coalesce(to_timestamp(x.at / 1000000.0), now()), x.line
      from jsonb_to_recordset($4::jsonb) as x (i integer, level smallint, at bigint, line text)
     order by x.i
    returning id
)
select max(id) as last_id from put
