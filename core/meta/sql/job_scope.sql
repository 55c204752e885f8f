-- core/meta/sql/job_scope.sql
-- Lanes of jobs of some queue ($1), pipelines ($2) and kinds ($3), the lanes of other kinds,
-- and the numbers between which jobs made between two moments ($4, $5) are.
select (select array_agg(l.id)::text from leat.lane l
         where ($1::text is null or l.queue = $1::text)
           and ($2::bigint[] is null or l.pipeline_id = any ($2::bigint[]))
           and l.kind = any ($3::text[])) as lanes,
       (select array_agg(l.id)::text from leat.lane l
         where not l.kind = any ($3::text[])) as others,
       case when $4::bigint is null then 0
            else leat.job_since(to_timestamp($4::bigint / 1000000.0)) end as lo,
       -- What is younger by an hour has greater numbers, all but an hour in doubt.
       case when $5::bigint is null then 9223372036854775807
            else leat.job_since(to_timestamp($5::bigint / 1000000.0) + interval '2 hours') + 200
        end as hi
