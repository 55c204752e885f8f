-- core/meta/sql/job_turn.sql
-- Many small jobs end well and the next ones are taken, in one transaction: rows as of
-- job_claim.sql, each also with how many were still held.
select s.*, c.wait_ms, f.done
  from leat.job_turn($7::integer, $1::bigint[], $2::bigint[], $3::bigint[], $4::integer[],
                     $5::bigint[], $6::jsonb[]) f (done)
 cross join lateral leat.claim($7::integer, $8::integer, $9::text[], $10::bigint, $11::bigint[],
                               $12::bigint[]) c
  left join lateral leat.start($7::integer, c.places) s on true
