-- core/meta/sql/job_retry.sql
-- A job that ended without success waits again, with all its attempts.
select leat.job_retry($1::bigint, $2::boolean)::integer as done,
       nullif(current_setting('leat.org', true), '')::bigint as org
