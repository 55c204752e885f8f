-- core/meta/sql/reject_discard.sql
-- Marks rejects as dealt with; they stay.
with gone as (
    update leat.reject r
       set discarded_at = now(), discard_reason = $6::text
      from leat.done s
     where s.org_id = r.org_id and s.job_id = r.job_id and s.committed_run = r.run
       and r.discarded_at is null
       and ($5::bigint is null or r.id = $5::bigint)
   and ($1::bigint is null or r.job_id = $1::bigint)
   and ($4::boolean or r.discarded_at is null)
   and ($2::text is null and $3::text is null or exists (
        select from jsonb_array_elements(r.problems) p
         where ($2::text is null or p ->> 'field' = $2::text)
           and ($3::text is null or p ->> 'rule' = $3::text)))
    returning r.id
),
counted as (
    select count(*) as rows from gone
),
noted as (
    insert into leat.audit (action, object, detail)
    select 'reject discard', coalesce($5::bigint, $1::bigint, 0)::text,
           jsonb_build_object('rows', rows, 'reason', $6::text, 'field', $2::text,
                              'rule', $3::text)
      from counted
     where rows > 0
)
select rows from counted
