-- core/meta/sql/reject_add.sql
-- Many rejects: their rows lie end to end in one parameter, the rest is JSON. And how the rows
-- of parts that come in with them are read.
with mine as (
    select org_id, job_id, run_no from leat.held($1::bigint, $2::bigint, $3::bigint)
),
put as (
    insert into leat.reject
           (org_id, job_id, run, part, row_no, line_no, byte_offset, raw, problems)
    select m.org_id, m.job_id, m.run_no, x.f, x.r, x.l, x.b,
           case when x.n >= 0 then substring($5::bytea from x.o for x.n) end, x.p
      from mine m,
           jsonb_to_recordset($4::jsonb)
               as x (f text, r bigint, l bigint, b bigint, o integer, n integer, p jsonb)
),
shaped as (
    insert into leat.reject_shape (org_id, job_id, part, shape)
    select m.org_id, m.job_id, x.f, x.s
      from mine m, jsonb_to_recordset($6::jsonb) as x (f text, s jsonb)
        on conflict (org_id, job_id, part) do update set shape = excluded.shape
)
select count(*) as held from mine
