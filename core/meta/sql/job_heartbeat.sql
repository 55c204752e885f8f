-- core/meta/sql/job_heartbeat.sql
-- Renews the lease, writes progress, brings back the wish to cancel.
update leat.job_state
   set lease_until = now() + $4::bigint * interval '1 ms',
       rows_read = coalesce($5::bigint, rows_read),
       rows_written = coalesce($6::bigint, rows_written),
       rows_unchanged = coalesce($7::bigint, rows_unchanged),
       rows_filtered = coalesce($8::bigint, rows_filtered),
       rows_rejected = coalesce($9::bigint, rows_rejected),
       bytes = coalesce($10::bigint, bytes),
       total_bytes = coalesce($11::bigint, total_bytes),
       phase = coalesce($12::text, phase)
 where org_id = $1::bigint and job_id = $2::bigint and run_no = $3::bigint and state = 1
returning cancel_at is not null as cancel
