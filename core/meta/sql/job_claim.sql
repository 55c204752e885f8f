-- core/meta/sql/job_claim.sql
-- Takes the next jobs; a last row without a job tells when there is a token again.
select * from leat.claim($1::integer, $2::integer, $3::text[], $4::bigint, $5::bigint[],
                         $6::bigint[])
