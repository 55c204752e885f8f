-- core/meta/sql/job_claim.sql
-- Takes the next jobs, or answers a row without one; each row tells when there is a token again.
select s.*, c.wait_ms
  from leat.claim($1::integer, $2::integer, $3::text[], $4::bigint, $5::bigint[],
                  $6::bigint[]) c
  left join lateral leat.start($1::integer, c.places) s on true
