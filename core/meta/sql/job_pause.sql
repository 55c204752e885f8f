-- core/meta/sql/job_pause.sql
-- A job gives way until it is resumed; null when it is over.
select leat.job_pause($1::bigint) as state,
       nullif(current_setting('leat.org', true), '')::bigint as org
