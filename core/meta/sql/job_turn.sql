-- core/meta/sql/job_turn.sql
-- Many small jobs end well and the next ones are taken, in one transaction: rows as of
-- leat.claim(), or one without a job, each also with how many were still held.
select c.*, f.done
  from leat.job_turn($7::integer, $1::bigint[], $2::bigint[], $3::bigint[], $4::integer[],
                     $5::bigint[], $6::jsonb[]) f (done)
  left join lateral leat.claim($7::integer, $8::integer, $9::text[], $10::bigint, $11::bigint[],
                               $12::bigint[]) c on true
