-- core/meta/sql/queue_limit_put.sql
-- A limit as it is to be; what a bucket holds is kept as far as it still fits.
with hit as (
    insert into leat.job_limit as m (scope, name, max_running, rate_per_s, burst)
    values ($1::text, $2::text, $3::integer, $4::float8, $5::float8)
    on conflict (org_id, scope, name) do update
       set max_running = excluded.max_running, rate_per_s = excluded.rate_per_s,
           burst = excluded.burst,
           tokens = least(m.tokens, coalesce(excluded.burst, 0)),
           tokens_at = case when m.rate_per_s is null or excluded.rate_per_s is null
                            then '-infinity' else m.tokens_at end
    returning m.scope, m.name, m.max_running, m.rate_per_s, m.burst
),
noted as (
    insert into leat.audit (action, object, detail)
    select 'queue limit set', concat_ws(' ', h.scope, nullif(h.name, '')),
           jsonb_strip_nulls(jsonb_build_object('max_running', h.max_running,
                                                'rate_per_s', h.rate_per_s, 'burst', h.burst))
      from hit h
)
select count(*) as n from hit
