-- core/meta/sql/connection_page.sql
-- Connections by name, behind those that are always there, and how their last job found them.
select c.id, c.name, c.connector, c.config, c.version, c.created_at, c.updated_at, c.is_builtin,
       u.id as last_job, u.used_at,
       case when u.id is null then null
            when u.error_code in ('UNREACHABLE', 'DENIED', 'TIMEOUT', 'TRANSIENT')
             and position('connection ' || c.name in u.error) > 0 then 'problem'
            else 'ok' end as health,
       u.error as problem
  from (select id, name, connector, config, version, created_at, updated_at,
               false as is_builtin
          from leat.connection
         where deleted_at is null
         union all
        select 0, v.name, v.connector, '{}'::jsonb, 0, null, null, true
          from (values ('files', 'file'), ('local', 'postgres')) v (name, connector)) c
  left join lateral (
        select b.id, b.error_code, b.error,
               coalesce(b.finished_at, b.started_at, b.created_at) as used_at
          from leat.job_view b
         where b.id = (select max(n.id)
                         from leat.lane l
                        cross join lateral (
                              select w.id from leat.job w
                               where w.org_id = l.org_id and w.lane_id = l.id
                               order by w.id desc
                               limit 1) n
                        where c.name = any (l.connections))) u on true
 order by is_builtin desc, name
