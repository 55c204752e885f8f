-- core/meta/sql/job_list_plan.sql
-- For this transaction: joins as they are written, for to try all orders of the ten tables
-- of job_view costs ten times what a page of it does; and no helpers, who come in too late.
select pg_catalog.set_config('join_collapse_limit', '1', true),
       pg_catalog.set_config('max_parallel_workers_per_gather', '0', true)
