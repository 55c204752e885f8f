-- core/meta/sql/event_list.sql
-- State changes in the order of their transactions, below every one that still runs.
select xid::text::bigint as xid, id, at, job_id, run, what
  from leat.event
 where xid > ($1::bigint)::text::xid8
   and xid < pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())
 order by xid, id
 fetch first ($2::integer) rows with ties
