-- 0008_queue.down.sql
-- The queue as rows that change, as 0004 made it. What is lost: which jobs waited for
-- which, their keys, limits, pauses (paused and waiting jobs may start), the list of
-- engines, and time limits. The list of events begins anew. What runs goes back to the queue.
--
-- Undoes: 0008_queue.up.sql.
set local lock_timeout = '3s';

do $$
declare
    name text;
begin
    foreach name in array array['lane', 'job', 'done', 'attempt', 'job_log', 'ready', 'scheduled',
                                'waiting', 'run', 'progress'] loop
        execute format('alter table leat.%I no force row level security', name);
    end loop;
    for name in select r.lo::text from leat.job_range r loop
        execute format('alter table leat.job_%s no force row level security', name);
        execute format('alter table leat.done_%s no force row level security', name);
        execute format('alter table leat.attempt_%s no force row level security', name);
        execute format('alter table leat.job_log_%s no force row level security', name);
    end loop;
end
$$;
drop view leat.job_view;
drop view leat.reject_view;
alter table leat.job rename to job_before;
alter table leat.attempt rename to attempt_before;
alter table leat.job_log rename to job_log_before;
alter sequence leat.job_id_seq rename to job_before_id_seq;
alter sequence leat.job_log_id_seq rename to job_log_before_id_seq;

create table leat.job (
    org_id       bigint      not null
                             default nullif(current_setting('leat.org', true), '')::bigint
                             references leat.organization,
    id           bigint      generated always as identity,
    kind         text        not null check (kind in ('load', 'run', 'alert')),
    pipeline_id  bigint,                        -- null: a one-shot load
    max_attempts integer     not null check (max_attempts > 0),
    body         jsonb       not null check (jsonb_typeof(body) = 'object'),
    created_at   timestamptz not null default now(),
    primary key (org_id, id),
    foreign key (org_id, pipeline_id) references leat.pipeline (org_id, id)
);
comment on table leat.job is 'One execution asked for: written once, with the whole pipeline.';
create index job_pipeline on leat.job (org_id, pipeline_id, id) where pipeline_id is not null;
alter table leat.job enable row level security;
create policy tenant on leat.job to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.job to leat_engine using (true);
grant select, insert on leat.job to leat_app;
grant select on leat.job to leat_reader;
grant select on leat.job to leat_engine;

create table leat.job_state (
    org_id          bigint      not null
                                default nullif(current_setting('leat.org', true), '')::bigint,
    job_id          bigint      not null,
    pipeline_id     bigint,
    queue           text        not null default 'default',
    priority        integer     not null default 100,   -- small goes first
    state           smallint    not null default 0 check (state between 0 and 5),
    attempt         integer     not null default 0,     -- that count against max_attempts
    lost            integer     not null default 0,     -- that vanished
    is_unsure       boolean     not null default false, -- a run may have committed unseen
    run_no          bigint      not null default 0,
    committed_run   bigint,                             -- null: nothing is committed
    run_after       timestamptz not null default now(),
    lease_until     timestamptz,
    cancel_at       timestamptz,                        -- somebody asked to stop
    finished_at     timestamptz,
    rows_read       bigint      not null default 0,
    rows_written    bigint      not null default 0,
    rows_unchanged  bigint      not null default 0,
    rows_filtered   bigint      not null default 0,
    rows_rejected   bigint      not null default 0,
    bytes           bigint      not null default 0,
    total_bytes     bigint      not null default -1,    -- -1: unknown
    phase           text,
    updated_at      timestamptz not null default now(),
    primary key (org_id, job_id),
    foreign key (org_id, job_id) references leat.job (org_id, id),
    check ((state = 1) = (lease_until is not null))
) with (fillfactor = 70);
comment on table leat.job_state is
    'The part of a job that changes.';
comment on column leat.job_state.state is
    '0 queued, 1 running, 2 succeeded, 3 failed, 4 dead, 5 cancelled';

-- The claim reads these, in this order.
create index job_state_claim on leat.job_state (priority, job_id) where state = 0;
-- Which waiting job of a pipeline is the oldest.
create index job_state_waiting on leat.job_state (org_id, pipeline_id, job_id)
    where state = 0 and pipeline_id is not null;
-- Never two at once; also how running jobs and their leases are found.
create unique index job_state_running on leat.job_state (org_id, pipeline_id) where state = 1;
create index job_state_unsure on leat.job_state (org_id, pipeline_id) where is_unsure;
-- Lists by state; most jobs have succeeded and are found without it.
create index job_state_list on leat.job_state (org_id, state, job_id) where state <> 2;

alter table leat.job_state enable row level security;
create policy tenant on leat.job_state to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.job_state to leat_engine using (true);
grant select, insert, update on leat.job_state to leat_app;
grant select on leat.job_state to leat_reader;
grant select, update on leat.job_state to leat_engine;

create table leat.attempt (
    org_id       bigint      not null,
    job_id       bigint      not null,
    run          bigint      not null,
    attempt      integer     not null,
    outcome      smallint    not null default 0 check (outcome between 0 and 5),
    engine       text        not null,
    started_at   timestamptz not null default now(),
    finished_at  timestamptz,
    error_code   text,
    error        text,
    hint         text,
    sqlstate     text,
    result       jsonb,
    primary key (org_id, job_id, run),
    foreign key (org_id, job_id) references leat.job (org_id, id)
);
comment on table leat.attempt is
    'One row per claim, added before anything is done.';
comment on column leat.attempt.outcome is
    '0 running, 1 succeeded, 2 failed, 3 lost, 4 handed back, 5 cancelled';
alter table leat.attempt enable row level security;
create policy tenant on leat.attempt to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.attempt to leat_engine using (true);
grant select on leat.attempt to leat_app, leat_reader;
grant select, insert, update on leat.attempt to leat_engine;

create table leat.job_log (
    org_id  bigint      not null,
    job_id  bigint      not null,
    id      bigint      generated always as identity,
    run     bigint      not null,
    level   smallint    not null,
    at      timestamptz not null default now(),
    line    text        not null,
    primary key (org_id, job_id, id)
);
comment on table leat.job_log is 'What jobs say. No foreign key: it is written often.';
alter table leat.job_log enable row level security;
create policy tenant on leat.job_log to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.job_log to leat_engine using (true);
grant select on leat.job_log to leat_app, leat_reader;
grant select, insert on leat.job_log to leat_engine;

create table leat.event (
    org_id  bigint      not null
                        default nullif(current_setting('leat.org', true), '')::bigint,
    id      bigint      generated always as identity,
    xid     xid8        not null default pg_current_xact_id(),
    at      timestamptz not null default now(),
    job_id  bigint      not null,
    run     bigint      not null,
    what    text        not null,
    primary key (org_id, id)
);
comment on table leat.event is
    'State changes of jobs. Read in order of xid, below every running transaction: none is missed.';
create index event_xid on leat.event (org_id, xid);
alter table leat.event enable row level security;
create policy tenant on leat.event to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.event to leat_engine using (true);
grant select, insert (job_id, run, what) on leat.event to leat_app;
grant select on leat.event to leat_reader;
grant select, insert (org_id, job_id, run, what) on leat.event to leat_engine;


insert into leat.job (org_id, id, kind, pipeline_id, max_attempts, body, created_at)
overriding system value
select org_id, id, kind, pipeline_id, max_attempts, body, created_at from leat.job_before;

insert into leat.job_state (org_id, job_id, pipeline_id, queue, priority, state, attempt, lost,
                            is_unsure, run_no, committed_run, run_after, cancel_at, finished_at,
                            rows_read, rows_written, rows_unchanged, rows_filtered, rows_rejected,
                            bytes, updated_at)
select j.org_id, j.id, j.pipeline_id, l.queue, l.priority, coalesce(d.state, 0),
       coalesce(d.attempt, q.attempt, greatest(r.attempt - 1, 0)),
       coalesce(d.lost, q.lost, r.lost),
       coalesce(d.is_unsure, q.is_unsure, true), coalesce(d.run_no, q.run_no, r.run_no),
       d.committed_run, coalesce(q.run_after, d.finished_at, now()),
       case when q.is_cancelled or r.cancel_at is not null then now() end, d.finished_at,
       coalesce(d.rows_read, 0), coalesce(d.rows_written, 0), coalesce(d.rows_unchanged, 0),
       coalesce(d.rows_filtered, 0), coalesce(d.rows_rejected, 0), coalesce(d.bytes, 0),
       coalesce(d.finished_at, j.created_at)
  from leat.job_before j
  join leat.lane l on l.org_id = j.org_id and l.id = j.lane_id
  left join leat.done d on d.org_id = j.org_id and d.job_id = j.id
  left join leat.run r on r.org_id = j.org_id and r.job_id = j.id
  left join (
       select org_id, job_id, run_no, attempt, lost, is_unsure, is_cancelled, now() as run_after
         from leat.ready
       union all select org_id, job_id, run_no, attempt, lost, is_unsure, is_cancelled, run_after
         from leat.scheduled
       union all select org_id, job_id, run_no, attempt, lost, is_unsure, is_cancelled, run_after
         from leat.waiting) q on q.org_id = j.org_id and q.job_id = j.id;

insert into leat.attempt (org_id, job_id, run, attempt, outcome, engine, started_at, finished_at,
                          error_code, error, hint, sqlstate)
select a.org_id, a.job_id, a.run, a.attempt, a.outcome, coalesce(e.name, ''), a.started_at,
       a.finished_at, a.error_code, a.error, a.hint, a.sqlstate
  from leat.attempt_before a
  left join leat.engine e on e.id = a.engine_id
union all
select r.org_id, r.job_id, r.run_no, r.attempt, 3, coalesce(e.name, ''), r.started_at, now(),
       null, null, null, null
  from leat.run r
  left join leat.engine e on e.id = r.engine_id;

insert into leat.attempt (org_id, job_id, run, attempt, outcome, engine, started_at, finished_at,
                          error_code, error, hint, sqlstate, result)
select d.org_id, d.job_id, d.run_no, d.attempt,
       case d.state when 2 then 1 when 5 then 5 else 2 end, coalesce(e.name, ''), d.started_at,
       d.finished_at, d.error_code, d.error, d.hint, d.sqlstate, d.result
  from leat.done d
  left join leat.engine e on e.id = d.engine_id
 where d.run_no > 0 and d.started_at is not null
on conflict do nothing;

insert into leat.job_log (org_id, job_id, id, run, level, at, line)
overriding system value
select org_id, job_id, id, run, level, at, line from leat.job_log_before;

do $$
begin
    perform pg_catalog.setval('leat.job_id_seq', (select s.last_value
        from leat.job_before_id_seq s), (select s.is_called from leat.job_before_id_seq s));
    perform pg_catalog.setval('leat.job_log_id_seq', (select s.last_value
        from leat.job_log_before_id_seq s), (select s.is_called from leat.job_log_before_id_seq s));
end
$$;

alter table leat.job force row level security;
alter table leat.job_state force row level security;
alter table leat.attempt force row level security;
alter table leat.job_log force row level security;
alter table leat.event force row level security;
create trigger keep_created before insert or update on leat.job
    for each row execute function leat.keep_created();
create trigger keep_updated before insert or update on leat.job_state
    for each row execute function leat.keep_updated();

drop function leat.job_range_drop(bigint);
drop function leat.job_room(bigint);
drop table leat.job_edge, leat.job_key, leat.progress, leat.run, leat.waiting, leat.scheduled,
     leat.ready, leat.done, leat.attempt_before, leat.job_log_before, leat.job_before,
     leat.job_range, leat.lane, leat.job_limit, leat.pipeline_pause, leat.engine, leat.wake;
grant insert (pipeline_id, kind, body, max_attempts) on leat.job to leat_engine;
grant insert (org_id, job_id, pipeline_id, priority, run_after) on leat.job_state to leat_engine;

create view leat.job_view with (security_invoker = true) as
select j.org_id, j.id, j.kind, j.pipeline_id, j.max_attempts, j.body, j.created_at,
       coalesce(j.body ->> 'name', '') as pipeline,
       concat_ws(':', nullif(j.body #>> '{source,connection}', ''),
                 coalesce(j.body #>> '{source,stream}', j.body #>> '{source,query}')) as source,
       concat_ws(':', nullif(j.body #>> '{target,connection}', ''),
                 j.body #>> '{target,stream}') as target,
       j.body ->> 'mode' as mode,
       s.queue, s.priority, s.state, s.attempt, s.lost, s.is_unsure, s.run_no, s.committed_run,
       s.run_after, s.lease_until, s.cancel_at, s.finished_at,
       s.rows_read, s.rows_written, s.rows_unchanged, s.rows_filtered, s.rows_rejected,
       s.bytes, s.total_bytes, s.phase,
       a.engine, a.started_at, a.finished_at as attempt_finished_at,
       extract(epoch from coalesce(a.finished_at, now()) - a.started_at) as seconds,
       a.error_code, a.error, a.hint, a.sqlstate, a.result
  from leat.job j
  join leat.job_state s on s.org_id = j.org_id and s.job_id = j.id
  left join leat.attempt a
    on a.org_id = s.org_id and a.job_id = s.job_id and a.run = s.run_no;
comment on view leat.job_view is 'A job as people see it, with its last attempt.';
grant select on leat.job_view to leat_app, leat_reader, leat_engine;

create view leat.reject_view with (security_invoker = true) as
select r.*
  from leat.reject r
  join leat.job_state s
    on s.org_id = r.org_id and s.job_id = r.job_id and s.committed_run = r.run;
comment on view leat.reject_view is 'Only the rejects that count.';
grant select on leat.reject_view to leat_app, leat_reader;
