-- core/meta/sql/matching_note.sql
-- Decisions are added to those of before; locked in one order, whoever else notes some.
with noted as (
    insert into leat.matching as m (target, source, accepted, refused)
    select x.target, x.source, sum(x.accepted), sum(x.refused)
      from jsonb_to_recordset($1::jsonb)
           as x (target text, source text, accepted bigint, refused bigint)
     group by x.target, x.source
     order by x.target, x.source
    on conflict (org_id, target, source) do update
       set accepted = m.accepted + excluded.accepted,
           refused = m.refused + excluded.refused
    returning 1
)
select count(*) as done from noted
