-- core/meta/sql/event_now.sql
-- Up to where the events can be read without missing one.
select pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text::bigint - 1 as seen
