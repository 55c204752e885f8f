-- core/meta/sql/job_list_plan.sql
-- For this transaction: joins as they are written, for to try all orders of the ten tables
-- of job_view costs ten times what a page of it does; row by row, for what is joined has few
-- rows and an index, and a hash would be made of a whole history; and no helpers, who come
-- in too late.
select pg_catalog.set_config('join_collapse_limit', '1', true),
       pg_catalog.set_config('enable_hashjoin', 'off', true),
       pg_catalog.set_config('enable_mergejoin', 'off', true),
       pg_catalog.set_config('max_parallel_workers_per_gather', '0', true)
