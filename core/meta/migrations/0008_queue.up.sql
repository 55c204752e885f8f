-- 0008_queue.up.sql
-- The queue: narrow rows that move, bodies and history that do not.
--
-- A job's body is written once, into leat.job. A small row says where the job is
-- now, and stands in exactly one of ready, scheduled, waiting, run and done; it
-- moves by delete and insert, and nothing in these tables is updated on the way.
-- Jobs that compete for the same things share a lane; a claim looks at lanes, so
-- work that may not start yet costs nothing, however much of it there is. What is
-- over stands in partitions by ranges of job numbers, which are dropped whole.
--
-- Locks, always in this order, all for the length of a transaction:
--	(27773, engine)       claims: shared by each of them, alone by whoever buries the engine
--	(27767, 0)            permits: shared by whoever frees one, or claims, or moves a job
--	(27767, hash(queue))  wake: shared by whoever adds work, exclusive by try to arm
--	(27768, 0)            claims that have limits to look at, one after the other
--	(27769, engine)       held by a session for as long as the engine lives
--	(27771, hash(job))    whoever adds to a job's log, so that its ids grow as they are seen
--
-- Needs:  0007. Locks the tables of jobs; takes time with their number.
-- Undo:   0008_queue.down.sql.
set local lock_timeout = '3s';

-- Rows of all organizations are moved.
alter table leat.job no force row level security;
alter table leat.job_state no force row level security;
alter table leat.attempt no force row level security;
alter table leat.job_log no force row level security;
alter table leat.queue no force row level security;
drop view leat.job_view;
drop view leat.reject_view;

-- ---- limits, pauses ------------------------------------------------------------

create table leat.pipeline_pause (
    org_id       bigint      not null
                             default nullif(current_setting('leat.org', true), '')::bigint,
    pipeline_id  bigint      not null,
    paused_at    timestamptz not null default now(),
    why          text,                                  -- of a hold; null: somebody wanted it
    primary key (org_id, pipeline_id),
    foreign key (org_id, pipeline_id) references leat.pipeline (org_id, id)
);
comment on table leat.pipeline_pause is
    'Pipelines of which no job may start; apart from them, for engines read every one.';
comment on column leat.pipeline_pause.why is
    'A job of it rejected too many rows, and held it: only replays of rejects go on.';

create table leat.job_limit (
    org_id       bigint      not null
                             default nullif(current_setting('leat.org', true), '')::bigint
                             references leat.organization,
    scope        text        not null check (scope in ('organization', 'queue', 'connection')),
    name         text        not null default '',       -- '' for the organization itself
    max_running  integer     check (max_running >= 0),
    rate_per_s   float8      check (rate_per_s > 0),
    burst        float8      check (burst >= 1),
    tokens       float8      not null default 0,
    tokens_at    timestamptz not null default '-infinity',
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    primary key (org_id, scope, name),
    check ((scope = 'organization') = (name = '')),
    check ((rate_per_s is null) = (burst is null))
) with (fillfactor = 50);
comment on table leat.job_limit is
    'How many jobs may run at once and start a second: kept by claims, exactly.';
create trigger keep_times before insert or update on leat.job_limit
    for each row execute function leat.keep_times();

-- ---- lanes ------------------------------------------------------------------------

create table leat.lane (
    org_id       bigint      not null
                             default nullif(current_setting('leat.org', true), '')::bigint
                             references leat.organization,
    id           bigint      generated always as identity,
    queue        text        not null check (length(queue) between 1 and 63),
    priority     integer     not null,                  -- small goes first
    pipeline_id  bigint,                                -- one at a time, when there is one
    connections  text[]      not null default '{}',     -- that its jobs use, sorted
    kind         text        not null check (kind in ('load', 'run', 'alert', 'replay')),
    floor        bigint      not null default 0,        -- nothing new stands below it any more
    ahead        bigint      not null default 0,        -- the next one, once these are over:
    adders       text[]      not null default '{}',     -- who was adding then, as pg_locks has it
    raised_at    timestamptz not null default 'epoch',
    primary key (org_id, id),
    unique nulls not distinct (org_id, queue, priority, pipeline_id, connections, kind)
) with (fillfactor = 50);
comment on table leat.lane is
    'Jobs of a lane compete for the same things, and go by number.';
comment on column leat.lane.floor is
    'Jobs that were added under smaller numbers have left ready; what comes back is_back.';

-- ---- bodies and history, by ranges of job numbers -----------------------------------

alter table leat.attempt drop constraint attempt_org_id_job_id_fkey;
alter table leat.job_state drop constraint job_state_org_id_job_id_fkey;
alter table leat.job rename to job_before;
alter table leat.attempt rename to attempt_before;
alter table leat.job_log rename to job_log_before;
alter index leat.job_pipeline rename to job_before_pipeline;
alter sequence leat.job_id_seq rename to job_before_id_seq;
alter sequence leat.job_log_id_seq rename to job_log_before_id_seq;

create table leat.job (
    org_id         bigint      not null
                               default nullif(current_setting('leat.org', true), '')::bigint,
    id             bigint      generated always as identity,
    lane_id        bigint      not null,
    kind           text        not null check (kind in ('load', 'run', 'alert', 'replay')),
    pipeline_id    bigint,                              -- null: a one-shot load
    max_attempts   integer     not null check (max_attempts > 0),
    time_limit_ms  bigint      check (time_limit_ms > 0),   -- of one attempt
    body           jsonb       not null check (jsonb_typeof(body) = 'object'),
    created_at     timestamptz not null default now(),
    primary key (org_id, id)
) partition by range (id);
comment on table leat.job is 'One execution asked for: written once, with the whole pipeline.';
-- A lane knows queue, pipeline and kind: lists of any of them are found here.
create index job_lane on leat.job (org_id, lane_id, id);

create table leat.done (
    org_id          bigint      not null,
    job_id          bigint      not null,
    lane_id         bigint      not null,
    run_no          integer     not null,
    state           smallint    not null check (state between 2 and 5),
    attempt         smallint    not null,
    lost            smallint    not null,
    is_unsure       boolean     not null default false,
    has_children    boolean     not null default false,
    committed_run   bigint,                             -- null: nothing is committed
    engine_id       integer,                            -- null: it never ran
    started_at      timestamptz,
    finished_at     timestamptz not null default now(),
    rows_read       bigint,                             -- null: 0
    rows_written    bigint,
    rows_unchanged  bigint,
    rows_filtered   bigint,
    rows_rejected   bigint,
    bytes           bigint,
    error_code      text,
    error           text,
    hint            text,
    sqlstate        text,
    result          jsonb,
    primary key (org_id, job_id)
) partition by range (job_id);
comment on table leat.done is 'How jobs ended, with their last attempt.';
comment on column leat.done.state is '2 succeeded, 3 failed, 4 dead, 5 cancelled';
comment on column leat.done.result is 'Of loads: spent_us, the time that source, mapping and target took; over_rejects, held.';
create index done_not_well on leat.done (org_id, state, job_id) where state <> 2;
create index done_lane on leat.done (org_id, lane_id, state, job_id) where state <> 2;
create index done_unsure on leat.done (org_id, lane_id) where is_unsure;
-- Rows come in about this order, so that block ranges find the last hour, and cost nothing.
create index done_when on leat.done using brin (finished_at) with (autosummarize = on);

create table leat.attempt (
    org_id       bigint      not null,
    job_id       bigint      not null,
    run          bigint      not null,
    attempt      integer     not null,
    outcome      smallint    not null check (outcome between 1 and 5),
    engine_id    integer,
    started_at   timestamptz not null,
    finished_at  timestamptz not null default now(),
    error_code   text,
    error        text,
    hint         text,
    sqlstate     text,
    primary key (org_id, job_id, run)
) partition by range (job_id);
comment on table leat.attempt is
    'Attempts after which the job went on; the last one is told by run and done.';
comment on column leat.attempt.outcome is '2 failed, 3 lost, 4 handed back, 5 cancelled';

create table leat.job_log (
    org_id  bigint      not null,
    job_id  bigint      not null,
    id      bigint      generated always as identity,
    run     bigint      not null,
    n       integer     not null default 0,             -- of the run's lines; 0: from before
    level   smallint    not null,
    at      timestamptz not null default now(),
    line    text        not null,
    primary key (org_id, job_id, id)
) partition by range (job_id);
comment on table leat.job_log is 'What jobs say.';
-- Of all jobs, in the order in which they were said: new ones go to its right end.
create index job_log_said on leat.job_log (org_id, id);

create table leat.job_range (
    lo       bigint      primary key,
    hi       bigint      not null check (hi > lo),      -- first number behind it
    made_at  timestamptz not null default now()
);
comment on table leat.job_range is 'The partitions of job, done, attempt and job_log.';

create function leat.job_room(ahead bigint) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as
$$
declare
    newest  bigint := coalesce((select last_value from pg_catalog.pg_sequences
                                 where schemaname = 'leat' and sequencename = 'job_id_seq'), 0);
    last    leat.job_range;
    size    bigint;
    part    text;
    parent  text;
begin
    perform pg_advisory_xact_lock(27770, 0);
    select * into last from leat.job_range order by lo desc limit 1;
    -- About a day's worth: a range that was filled sooner is followed by a larger one.
    while last.hi is null or last.hi <= newest + ahead loop
        size := coalesce(last.hi - last.lo, 20000);
        if last.made_at > now() - interval '1 day' then
            size := least(size * 2, 10000000);
        elsif last.made_at < now() - interval '30 days' then
            size := greatest(size / 2, 20000);
        end if;
        insert into leat.job_range (lo, hi)
        values (coalesce(last.hi, 1), coalesce(last.hi, 1) + size)
        returning * into last;
        foreach parent in array array['job', 'done', 'attempt', 'job_log'] loop
            part := format('%s_%s', parent, last.lo);
            execute format('create table leat.%I (like leat.%I including defaults '
                           'including constraints)', part, parent);
            execute format('alter table leat.%I enable row level security, '
                           'force row level security', part);
            -- Nobody may reach it but through its parent; the policy says so once more.
            execute format('create policy tenant on leat.%I to leat_owner using (org_id = '
                           '(select nullif(current_setting(''leat.org'', true), '''')::bigint))',
                           part);
            execute format('alter table leat.%I attach partition leat.%I for values '
                           'from (%s) to (%s)', parent, part, last.lo, last.hi);
        end loop;
    end loop;
    return last.hi;
end
$$;
comment on function leat.job_room(bigint) is
    'Makes partitions for that many more jobs; the number behind the last of them.';

create function leat.job_range_drop(first bigint) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as
$$
declare
    parent  text;
begin
    foreach parent in array array['job', 'done', 'attempt', 'job_log'] loop
        execute format('drop table leat.%I', format('%s_%s', parent, first));
    end loop;
    delete from leat.job_range where lo = first;
end
$$;
comment on function leat.job_range_drop(bigint) is
    'Drops the partitions of a range; job_forget() has looked whether they may go.';

-- ---- where jobs are ---------------------------------------------------------------

create table leat.ready (
    org_id        bigint      not null,
    lane_id       bigint      not null,
    job_id        bigint      not null,
    run_no        integer     not null default 0,
    attempt       smallint    not null default 0,       -- that count against max_attempts
    lost          smallint    not null default 0,       -- that vanished
    is_unsure     boolean     not null default false,   -- a run may have committed unseen
    is_cancelled  boolean     not null default false,   -- only its target is asked
    has_children  boolean     not null default false,
    has_key       boolean     not null default false,
    is_back       boolean     not null default false,   -- not just added: may be below the floor
    has_limit     boolean     not null default true,    -- of time; false: its job has none
    since         timestamptz not null default now(),
    primary key (org_id, lane_id, job_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
comment on table leat.ready is 'Jobs that may start as soon as their lane lets them.';
create index ready_back on leat.ready (org_id, lane_id, job_id) where is_back;
-- Nearly always empty: jobs that have lost two engines, and may be what kills them.
create index ready_suspect on leat.ready (lost) where lost >= 2;

create table leat.scheduled (
    like leat.ready including defaults,
    run_after     timestamptz not null,
    primary key (org_id, lane_id, job_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
comment on table leat.scheduled is 'Jobs that may start at a certain moment, not before.';
create index scheduled_due on leat.scheduled (run_after);

create table leat.waiting (
    like leat.ready including defaults,
    run_after     timestamptz not null default now(),
    pending       integer     not null default 0,       -- jobs that it waits for
    is_paused     boolean     not null default false,
    primary key (org_id, lane_id, job_id)
) with (fillfactor = 70);
comment on table leat.waiting is 'Jobs that wait for other jobs, or for somebody to let them go on.';

create table leat.run (
    org_id        bigint      not null,
    lane_id       bigint      not null,
    job_id        bigint      not null,
    run_no        integer     not null,
    attempt       smallint    not null,
    lost          smallint    not null,
    is_unsure     boolean     not null,
    is_cancelled  boolean     not null,
    has_children  boolean     not null,
    has_key       boolean     not null,
    engine_id     integer     not null,
    started_at    timestamptz not null default now(),
    deadline_at   timestamptz,
    cancel_at     timestamptz,                          -- somebody asked to stop
    pause_at      timestamptz,
    primary key (org_id, lane_id, job_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
comment on table leat.run is 'Jobs that run, under which run number and whose engine.';
create index run_suspect on leat.run (engine_id, lost) where lost >= 1;

create table leat.progress (
    org_id          bigint      not null,
    job_id          bigint      not null,
    run_no          bigint      not null,
    rows_read       bigint      not null default 0,
    rows_written    bigint      not null default 0,
    rows_unchanged  bigint      not null default 0,
    rows_filtered   bigint      not null default 0,
    rows_rejected   bigint      not null default 0,
    bytes           bigint      not null default 0,
    total_bytes     bigint      not null default -1,    -- -1: unknown
    phase           text,
    result          jsonb,                              -- so far: see done
    primary key (org_id, job_id)
) with (fillfactor = 50);
comment on table leat.progress is 'How far running jobs have come; once a second at most.';

create table leat.job_key (
    org_id     bigint   not null default nullif(current_setting('leat.org', true), '')::bigint,
    key        text     not null check (length(key) between 1 and 200),
    job_id     bigint   not null,
    until_end  boolean  not null,       -- else until it starts
    primary key (org_id, key)
);
comment on table leat.job_key is 'Keys of jobs of which there may be one at a time.';
create index job_key_job on leat.job_key (job_id);

create table leat.job_edge (
    org_id     bigint    not null default nullif(current_setting('leat.org', true), '')::bigint,
    parent_id  bigint    not null,
    child_id   bigint    not null,
    on_fail    smallint  not null check (on_fail between 0 and 2),
    primary key (org_id, parent_id, child_id)
);
comment on table leat.job_edge is 'Who waits for whom; the row goes when that is over.';
comment on column leat.job_edge.on_fail is
    'What a parent that did not succeed means: 0 cancel the child, 1 run it all the same, 2 wait on';

-- ---- engines ------------------------------------------------------------------------

create table leat.engine (
    id           integer     generated always as identity primary key,
    name         text        not null,                  -- HOST:PID
    version      text        not null,
    slots        integer     not null,
    queues       text[],                                -- null: all
    is_draining  boolean     not null default false,
    lease_until  timestamptz,                           -- null: it runs nothing
    started_at   timestamptz not null default now(),
    stopped_at   timestamptz
) with (fillfactor = 50);
comment on table leat.engine is
    'Engines, also those that are gone. A live one holds the lock (27769, id) in a session.';
create index engine_live on leat.engine (id) where stopped_at is null;

create table leat.wake (
    queue  text     primary key,
    armed  boolean  not null
) with (fillfactor = 50);
comment on table leat.wake is
    'Whether an engine sleeps that has to be woken when there is work in a queue.';

-- ---- the books move over ----------------------------------------------------------------

insert into leat.engine (name, version, slots, stopped_at)
select distinct engine, '', 1, now() from leat.attempt_before;

insert into leat.lane (org_id, queue, priority, pipeline_id, connections, kind)
select distinct s.org_id, s.queue, s.priority, s.pipeline_id,
       array(select distinct c from unnest(array[j.body #>> '{source,connection}',
                                                 j.body #>> '{target,connection}']) c
              where c <> '' order by c), j.kind
  from leat.job_state s
  join leat.job_before j on j.org_id = s.org_id and j.id = s.job_id;

do $$
begin
    perform pg_catalog.setval('leat.job_id_seq', greatest(1, (select max(id)
        from leat.job_before)), exists (select from leat.job_before));
    perform pg_catalog.setval('leat.job_log_id_seq', greatest(1, (select max(id)
        from leat.job_log_before)), exists (select from leat.job_log_before));
    perform leat.job_room(20000);
end
$$;

insert into leat.job (org_id, id, lane_id, kind, pipeline_id, max_attempts, body, created_at)
overriding system value
select j.org_id, j.id, l.id, j.kind, j.pipeline_id, j.max_attempts, j.body, j.created_at
  from leat.job_before j
  join leat.job_state s on s.org_id = j.org_id and s.job_id = j.id
  join leat.lane l on l.org_id = s.org_id and l.queue = s.queue and l.priority = s.priority
   and l.pipeline_id is not distinct from s.pipeline_id and l.kind = j.kind
   and l.connections = array(select distinct c from unnest(array[
           j.body #>> '{source,connection}', j.body #>> '{target,connection}']) c
              where c <> '' order by c);

-- What runs has an engine that must end before a migration; its lease was its claim.
insert into leat.scheduled (org_id, lane_id, job_id, run_no, attempt, lost, is_unsure,
                            is_cancelled, since, run_after)
select s.org_id, j.lane_id, s.job_id, s.run_no,
       case s.state when 1 then greatest(s.attempt - 1, 0) else s.attempt end,
       s.lost, s.is_unsure or s.state = 1, s.cancel_at is not null, j.created_at,
       case s.state when 1 then now() else s.run_after end
  from leat.job_state s
  join leat.job j on j.org_id = s.org_id and j.id = s.job_id
 where s.state in (0, 1);

insert into leat.done (org_id, job_id, lane_id, run_no, state, attempt, lost, is_unsure,
                       committed_run, engine_id, started_at, finished_at, rows_read,
                       rows_written, rows_unchanged, rows_filtered, rows_rejected, bytes,
                       error_code, error, hint, sqlstate, result)
select s.org_id, s.job_id, j.lane_id, s.run_no, s.state, s.attempt, s.lost, s.is_unsure,
       s.committed_run, e.id, a.started_at, coalesce(s.finished_at, now()), s.rows_read,
       s.rows_written, s.rows_unchanged, s.rows_filtered, s.rows_rejected, s.bytes,
       a.error_code, a.error, a.hint, a.sqlstate, a.result
  from leat.job_state s
  join leat.job j on j.org_id = s.org_id and j.id = s.job_id
  left join leat.attempt_before a
    on a.org_id = s.org_id and a.job_id = s.job_id and a.run = s.run_no
  left join leat.engine e on e.name = a.engine
 where s.state between 2 and 5;

insert into leat.attempt (org_id, job_id, run, attempt, outcome, engine_id, started_at,
                          finished_at, error_code, error, hint, sqlstate)
select a.org_id, a.job_id, a.run, a.attempt, case a.outcome when 0 then 3 else a.outcome end,
       e.id, a.started_at, coalesce(a.finished_at, now()), a.error_code, a.error, a.hint,
       a.sqlstate
  from leat.attempt_before a
  left join leat.engine e on e.name = a.engine
 where not exists (select from leat.done d
                    where d.org_id = a.org_id and d.job_id = a.job_id and d.run_no = a.run);

insert into leat.job_log (org_id, job_id, id, run, level, at, line)
overriding system value
select org_id, job_id, id, run, level, at, line from leat.job_log_before;

insert into leat.wake (queue, armed) select distinct queue, true from leat.lane;

drop table leat.event;
drop table leat.job_log_before;
drop table leat.attempt_before;
drop table leat.job_state;
drop table leat.job_before;
alter table leat.queue force row level security;

-- ---- as people see it -------------------------------------------------------------------

create view leat.job_view with (security_invoker = true) as
select j.org_id, j.id, j.kind, j.pipeline_id, j.max_attempts, j.time_limit_ms, j.body,
       j.created_at, j.lane_id,
       coalesce(j.body ->> 'name', '') as pipeline,
       concat_ws(':', nullif(j.body #>> '{source,connection}', ''),
                 coalesce(j.body #>> '{source,stream}', j.body #>> '{source,query}')) as source,
       concat_ws(':', nullif(j.body #>> '{target,connection}', ''),
                 j.body #>> '{target,stream}') as target,
       j.body ->> 'mode' as mode,
       l.queue, l.priority,
       case when d.job_id is not null then d.state
            when r.job_id is not null then 1
            when w.job_id is null then 0
            when w.is_paused then 6
            else 7 end::smallint as state,
       coalesce(d.attempt, r.attempt, q.attempt, s.attempt, w.attempt) as attempt,
       coalesce(d.lost, r.lost, q.lost, s.lost, w.lost) as lost,
       coalesce(d.is_unsure, r.is_unsure, q.is_unsure, s.is_unsure, w.is_unsure) as is_unsure,
       coalesce(d.run_no, r.run_no, q.run_no, s.run_no, w.run_no) as run_no,
       d.committed_run,
       coalesce(s.run_after, w.run_after, q.since) as run_after,
       case when q.is_cancelled or s.is_cancelled or w.is_cancelled then now()
            else r.cancel_at end as cancel_at,
       r.pause_at, r.deadline_at, w.pending, d.finished_at,
       coalesce(d.rows_read, p.rows_read, 0) as rows_read,
       coalesce(d.rows_written, p.rows_written, 0) as rows_written,
       coalesce(d.rows_unchanged, p.rows_unchanged, 0) as rows_unchanged,
       coalesce(d.rows_filtered, p.rows_filtered, 0) as rows_filtered,
       coalesce(d.rows_rejected, p.rows_rejected, 0) as rows_rejected,
       coalesce(d.bytes, p.bytes, 0) as bytes,
       coalesce(p.total_bytes, -1) as total_bytes, p.phase,
       coalesce(d.engine_id, r.engine_id, a.engine_id) as engine_id,
       e.name as engine,
       coalesce(d.started_at, r.started_at, a.started_at) as started_at,
       case when d.job_id is not null then d.finished_at else a.finished_at
        end as attempt_finished_at,
       case when d.job_id is not null then extract(epoch from d.finished_at - d.started_at)
            when r.job_id is not null then extract(epoch from now() - r.started_at)
            else extract(epoch from a.finished_at - a.started_at) end as seconds,
       case when d.job_id is not null then d.error_code else a.error_code end as error_code,
       case when d.job_id is not null then d.error else a.error end as error,
       case when d.job_id is not null then d.hint else a.hint end as hint,
       case when d.job_id is not null then d.sqlstate else a.sqlstate end as sqlstate,
       coalesce(d.result, p.result) as result
  from leat.job j
  join leat.lane l on l.org_id = j.org_id and l.id = j.lane_id
  left join leat.done d on d.org_id = j.org_id and d.job_id = j.id
  left join leat.run r on r.org_id = j.org_id and r.lane_id = j.lane_id and r.job_id = j.id
  left join leat.ready q on q.org_id = j.org_id and q.lane_id = j.lane_id and q.job_id = j.id
  left join leat.scheduled s
    on s.org_id = j.org_id and s.lane_id = j.lane_id and s.job_id = j.id
  left join leat.waiting w on w.org_id = j.org_id and w.lane_id = j.lane_id and w.job_id = j.id
  left join leat.progress p
    on p.org_id = j.org_id and p.job_id = j.id and p.run_no = r.run_no
  left join leat.attempt a
    on d.job_id is null and r.job_id is null and a.org_id = j.org_id and a.job_id = j.id
   and a.run = coalesce(q.run_no, s.run_no, w.run_no)
  left join leat.engine e on e.id = coalesce(d.engine_id, r.engine_id, a.engine_id);
comment on view leat.job_view is 'A job as people see it, with its last attempt.';
comment on column leat.job_view.state is
    '0 queued, 1 running, 2 succeeded, 3 failed, 4 dead, 5 cancelled, 6 paused, 7 waiting';

create view leat.reject_view with (security_invoker = true) as
select r.*
  from leat.reject r
  join leat.done d on d.org_id = r.org_id and d.job_id = r.job_id and d.committed_run = r.run;
comment on view leat.reject_view is 'Only the rejects that count.';

-- ---- who may do what -----------------------------------------------------------------

do $$
declare
    name text;
begin
    foreach name in array array['pipeline_pause', 'job_limit', 'lane', 'job', 'done', 'attempt', 'job_log', 'ready',
                                'scheduled', 'waiting', 'run', 'progress', 'job_key',
                                'job_edge'] loop
        execute format('alter table leat.%I enable row level security, force row level security',
                       name);
        execute format('create policy tenant on leat.%I to leat_app, leat_reader, leat_owner '
                       'using (org_id = (select nullif(current_setting(''leat.org'', true), '''')::bigint))',
                       name);
        execute format('create policy engine on leat.%I to leat_engine using (true)', name);
        execute format('grant select on leat.%I to leat_app, leat_reader, leat_engine', name);
    end loop;
end
$$;
grant insert, update, delete on leat.ready, leat.scheduled, leat.waiting, leat.job_key,
      leat.job_edge to leat_app, leat_engine;
grant insert (lane_id, kind, pipeline_id, max_attempts, time_limit_ms, body) on leat.job
   to leat_app, leat_engine;
grant insert (queue, priority, pipeline_id, connections, kind) on leat.lane to leat_app, leat_engine;
grant update (floor, ahead, adders, raised_at) on leat.lane to leat_engine;
grant select on sequence leat.job_id_seq to leat_engine;
grant insert, update (has_children), delete on leat.done to leat_app;
grant insert, update, delete on leat.done, leat.run, leat.progress to leat_engine;
grant update (cancel_at, pause_at, has_children) on leat.run to leat_app;
grant insert on leat.attempt, leat.job_log to leat_engine;
grant insert (pipeline_id), delete on leat.pipeline_pause to leat_app;
grant insert (org_id, pipeline_id, why), update (why) on leat.pipeline_pause to leat_engine;
grant insert, update, delete on leat.job_limit to leat_app;
grant update on leat.job_limit to leat_engine;
grant select on leat.engine, leat.wake, leat.job_range to leat_app, leat_reader, leat_engine;
grant insert, update, delete on leat.engine to leat_engine;
grant update (is_draining) on leat.engine to leat_app;
grant insert, update on leat.wake to leat_app, leat_engine;
grant select on leat.job_view to leat_app, leat_reader, leat_engine;
grant select on leat.reject_view to leat_app, leat_reader;
