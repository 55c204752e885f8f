-- core/meta/sql/reject_count.sql
-- How many rejects there are.
select count(*) as rows
  from leat.reject_view r
 where true
   and ($1::bigint is null or r.job_id = $1::bigint)
   and (1 << r.state) & $4::integer <> 0
   and ($2::text is null and $3::text is null or exists (
        select from jsonb_array_elements(r.problems) p
         where ($2::text is null or p ->> 'field' = $2::text)
           and ($3::text is null or p ->> 'rule' = $3::text)))
