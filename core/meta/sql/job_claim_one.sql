-- core/meta/sql/job_claim_one.sql
-- Takes one job, due or not, unless its limits are used up.
select * from leat.claim_one($1::integer, $2::bigint, $3::bigint)
