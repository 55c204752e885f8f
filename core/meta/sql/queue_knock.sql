-- core/meta/sql/queue_knock.sql
-- Wakes engines where work stands: in a queue, of a pipeline, over a connection; null: any.
select count(leat.knock(x.queue)) as n
  from (select distinct l.queue
          from leat.lane l
         where ($1::text is null or l.queue = $1::text)
           and ($2::bigint is null or l.pipeline_id = $2::bigint)
           and ($3::text is null or $3::text = any (l.connections))
           and leat.lane_waits(l)
         order by l.queue) x
