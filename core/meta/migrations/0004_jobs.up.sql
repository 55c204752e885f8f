-- 0004_jobs.up.sql
-- The books of the queue.
--
-- job is written once; job_state is narrow and changes through the job's
-- life; attempt and event are appended. Only job_view puts them together, so
-- that the part that changes can be kept differently without touching what
-- reads it. run_no grows with each claim and is the fence: whoever writes
-- names the run, and a run that is no longer the job's changes no row.
--
-- leat_engine sees every organization, in these tables only.
--
-- Needs:  0003.
-- Undo:   0004_jobs.down.sql; jobs and their history go.
set local lock_timeout = '3s';

create table leat.queue (
    org_id      bigint      not null
                            default nullif(current_setting('leat.org', true), '')::bigint
                            references leat.organization,
    name        text        not null check (length(name) between 1 and 63),
    is_paused   boolean     not null default false,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    primary key (org_id, name)
);
comment on table leat.queue is
    'What differs from the usual for a queue; a queue without a row is not paused.';
create trigger keep_times before insert or update on leat.queue
    for each row execute function leat.keep_times();
alter table leat.queue enable row level security, force row level security;
create policy tenant on leat.queue to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.queue to leat_engine using (true);
grant select, insert, update on leat.queue to leat_app;
grant select on leat.queue to leat_reader;
grant select on leat.queue to leat_engine;

create table leat.job (
    org_id       bigint      not null
                             default nullif(current_setting('leat.org', true), '')::bigint
                             references leat.organization,
    id           bigint      generated always as identity,
    kind         text        not null check (kind in ('load', 'run')),
    pipeline_id  bigint,                        -- null: a one-shot load
    max_attempts integer     not null check (max_attempts > 0),
    body         jsonb       not null check (jsonb_typeof(body) = 'object'),
    created_at   timestamptz not null default now(),
    primary key (org_id, id),
    foreign key (org_id, pipeline_id) references leat.pipeline (org_id, id)
);
comment on table leat.job is 'One execution asked for: written once, with the whole pipeline.';
create index job_pipeline on leat.job (org_id, pipeline_id, id) where pipeline_id is not null;
create trigger keep_created before insert or update on leat.job
    for each row execute function leat.keep_created();
alter table leat.job enable row level security, force row level security;
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

create trigger keep_updated before insert or update on leat.job_state
    for each row execute function leat.keep_updated();
alter table leat.job_state enable row level security, force row level security;
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
alter table leat.attempt enable row level security, force row level security;
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
alter table leat.job_log enable row level security, force row level security;
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
alter table leat.event enable row level security, force row level security;
create policy tenant on leat.event to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.event to leat_engine using (true);
grant select, insert (job_id, run, what) on leat.event to leat_app;
grant select on leat.event to leat_reader;
grant select, insert (org_id, job_id, run, what) on leat.event to leat_engine;

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
