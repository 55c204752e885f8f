-- core/meta/sql/job_add.sql
-- More jobs of one kind, into one lane.
select id, is_new
  from leat.job_add($1::text, $2::bigint, $3::text, $4::integer, $5::integer, $6::bigint,
                    $7::bigint, array(select jsonb_array_elements($8::jsonb)), $9::text,
                    $10::boolean, $11::boolean, $12::bigint[], $13::integer, $14::boolean,
                    $15::boolean)
