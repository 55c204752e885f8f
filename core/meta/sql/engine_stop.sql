-- core/meta/sql/engine_stop.sql
-- An engine ends; what it could not write down is for the others.
with ended as (
    update leat.engine set stopped_at = now(), lease_until = null
     where id = $1::integer and stopped_at is null
    returning id
)
select count(leat.tell('leat_wake', 'busy'))
  from ended
 where exists (select from leat.run r where r.engine_id = ended.id)
