-- core/meta/sql/job_cancel.sql
-- Cancels a waiting job, asks a running one to stop; null when it is over.
select leat.job_cancel($1::bigint) as state,
       nullif(current_setting('leat.org', true), '')::bigint as org
