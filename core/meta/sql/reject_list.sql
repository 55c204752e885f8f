-- core/meta/sql/reject_list.sql
-- Rejects of a job, field or rule, or the one of that id.
select r.org_id, r.id, r.job_id, r.part, r.row_no, r.line_no, r.byte_offset, r.raw, r.problems, r.at,
       r.state, r.version, r.fix, r.act_id, r.replay_job, r.discarded_at, r.discard_reason
  from leat.reject_view r
 where ($5::bigint is null or r.id = $5::bigint)
   and ($1::bigint is null or r.job_id = $1::bigint)
   and (1 << r.state) & $4::integer <> 0
   -- What is staged or discarded is so by an act, and has a row of repair.
   and ($4::integer & 21 <> 0 or r.act_id is not null)
   and ($2::text is null and $3::text is null or exists (
        select from jsonb_array_elements(r.problems) p
         where ($2::text is null or p ->> 'field' = $2::text)
           and ($3::text is null or p ->> 'rule' = $3::text)))
