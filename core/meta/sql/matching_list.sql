-- core/meta/sql/matching_list.sql
-- What was decided on pairs of these names.
select m.source, m.target, m.accepted, m.refused
  from leat.matching m
 where m.target in (select jsonb_array_elements_text($2::jsonb))
   and m.source in (select jsonb_array_elements_text($1::jsonb))
 order by m.target, m.source
