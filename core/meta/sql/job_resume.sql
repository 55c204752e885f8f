-- core/meta/sql/job_resume.sql
-- A paused job goes on.
select leat.job_resume($1::bigint)::integer as done,
       nullif(current_setting('leat.org', true), '')::bigint as org
