-- core/meta/sql/job_clear_found.sql
-- The target knows nothing of that job: what it left pending goes when it has ended.
select leat.job_clear_found($1::bigint, $2::bigint, $3::bigint)::integer as done
