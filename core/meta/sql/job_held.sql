-- core/meta/sql/job_held.sql
-- Whether a run still is the job's.
select count(*) as held from leat.held($1::bigint, $2::bigint, $3::bigint)
