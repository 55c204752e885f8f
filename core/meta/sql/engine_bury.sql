-- core/meta/sql/engine_bury.sql
-- Takes what an engine ran that is gone; null: it lives, or somebody else is at it.
-- held counts from before: what is left is what was held and not taken.
select leat.engine_bury($1::integer, $2::integer, $3::float8) as jobs,
       (select count(*) from leat.run r where r.engine_id = $1::integer) as held
