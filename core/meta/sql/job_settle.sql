-- core/meta/sql/job_settle.sql
-- What the target has committed becomes what the books say, all at once.
select leat.job_settle($1::bigint, $2::bigint, $3::bigint, $4::bigint, $12::boolean, $13::jsonb,
    row(null, null, null, null, $15::smallint, null, null, false, false, $5::bigint, null, null,
        null, $6::bigint, $7::bigint, $8::bigint, $9::bigint, $10::bigint, $11::bigint,
        $16::text, $17::text, $18::text, null, $14::jsonb)::leat.done)::integer as done
