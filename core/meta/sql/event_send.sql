-- core/meta/sql/event_send.sql
-- Payloads to channels, in their order. All notices of a server leave through one lock:
-- whoever cannot have it within a second tries again later.
select pg_catalog.set_config('lock_timeout', '1s', true), pg_catalog.pg_notify(c, p)
  from (select x.j ->> 0 as c, x.j ->> 1 as p
          from jsonb_array_elements($1::jsonb) with ordinality as x (j, n) order by x.n) e
