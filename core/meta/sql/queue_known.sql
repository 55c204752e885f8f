-- core/meta/sql/queue_known.sql
-- Whether there was ever anything of that name.
select (exists (select from leat.lane l where l.queue = $1::text)
        or exists (select from leat.queue q where q.name = $1::text)
        or exists (select from leat.job_limit m where m.scope = 'queue' and m.name = $1::text)
       )::integer as known
