-- core/meta/sql/repair_change.sql
-- Many rejects are fixed or discarded: [[id, version or null, fix or null], ...].
with x as materialized (
    select (e ->> 0)::bigint as id, (e ->> 1)::integer as version, nullif(e -> 2, 'null') as fix
      from jsonb_array_elements($4::jsonb) e
)
select c.id, c.verdict
  from leat.repair_change($1::bigint, $2::integer, $3::text,
                          (select array_agg(x.id order by x.id) from x),
                          (select array_agg(x.version order by x.id) from x),
                          (select array_agg(x.fix order by x.id) from x)) c
