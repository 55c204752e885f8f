-- core/meta/sql/slot_now.sql
-- The server's clock.
select (extract(epoch from now()) * 1000000)::bigint as now_us
