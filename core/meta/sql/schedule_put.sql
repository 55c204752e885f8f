-- core/meta/sql/schedule_put.sql
-- Adds a schedule or changes it; what is the same stays as it is, its next slot too.
with old as (
    select id from leat.schedule where name = $1::text and deleted_at is null
),
put as (
    insert into leat.schedule as s (name, pipeline_id, spec, tz, overlap, missed, priority,
                                    max_attempts, is_paused, next_at, look_at)
    values ($1::text, $2::bigint, $3::text, $4::text, $5::text, $6::text, $7::integer,
            $8::integer, $9::boolean, to_timestamp($10::bigint / 1000000.0),
            case when not $9::boolean then to_timestamp($10::bigint / 1000000.0) end)
    on conflict (org_id, name) where deleted_at is null do update
       set pipeline_id = excluded.pipeline_id, spec = excluded.spec, tz = excluded.tz,
           overlap = excluded.overlap, missed = excluded.missed, priority = excluded.priority,
           max_attempts = excluded.max_attempts, is_paused = excluded.is_paused,
           next_at = excluded.next_at, look_at = excluded.look_at, problem = null,
           version = s.version + 1
     where $11::boolean
       and (s.pipeline_id, s.spec, s.tz, s.overlap, s.missed, s.priority, s.max_attempts,
            s.is_paused) is distinct from
           (excluded.pipeline_id, excluded.spec, excluded.tz, excluded.overlap, excluded.missed,
            excluded.priority, excluded.max_attempts, excluded.is_paused)
    returning s.id, s.version
),
noted as (
    insert into leat.audit (action, object, detail)
    select case when version = 1 then 'schedule add' else 'schedule change' end, $1::text,
           jsonb_build_object('version', version)
      from put
)
select (select count(*) from put) as changed, (select count(*) from old) as existed
