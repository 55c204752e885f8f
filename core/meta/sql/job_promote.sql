-- core/meta/sql/job_promote.sql
-- Jobs whose moment has come may start; how long until the next.
select ceil(leat.promote())::bigint as ms
