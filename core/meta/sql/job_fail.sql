-- core/meta/sql/job_fail.sql
-- An attempt failed: again later, dead, failed or cancelled; null: fenced.
select leat.job_fail($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::boolean, $6::boolean,
                     $7::integer, $8::bigint, $16::bigint, $17::bigint, $9::text, $10::text,
                     $11::text, $12::text, $13::float8, $14::float8, $15::float8) as state
