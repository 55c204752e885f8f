-- core/meta/sql/schedule_tick.sql
-- Writes a slot down; no row when it has been before.
insert into leat.tick (schedule_id, due_at, outcome, reason)
values ($1::bigint, to_timestamp($2::bigint / 1000000.0), $3::text, $4::text)
on conflict do nothing
returning schedule_id
