-- core/meta/sql/job_hand_back.sql
-- The engine stops, or the job was paused; null: fenced.
select leat.job_hand_back($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::integer) as state
