-- core/meta/sql/job_log_add.sql
-- Lines of runs, in their order. Their jobs are locked before the first line gets its
-- id: what is seen of a job's log never grows but at its end. With $2 only the lines that
-- are not there yet.
with line as (
    select x.* from jsonb_to_recordset($1::jsonb)
           as x (i integer, org bigint, job bigint, run bigint, n integer, level smallint,
                 ago bigint, line text)
), locked as materialized (
    select pg_catalog.pg_advisory_xact_lock(27771, key)
      from (select distinct (job % 2147483647)::integer as key from line order by 1) k
), put as (
    insert into leat.job_log (org_id, job_id, run, n, level, at, line)
    select l.org, l.job, l.run, l.n, l.level,
           pg_catalog.clock_timestamp() - l.ago * interval '1 microsecond', l.line
      from line l
     where (select count(*) from locked) > 0
       and (not $2::boolean or not exists (select from leat.job_log o
             where o.org_id = l.org and o.job_id = l.job and o.run = l.run and o.n = l.n))
     order by l.i
    returning job_id, run, id
)
select job_id, run, max(id) as last_id from put group by job_id, run
