-- 0006_schedules.up.sql
-- When jobs are made: schedules, and one row for each slot that came.
--
-- The primary key of tick is what makes a slot happen once, whoever makes it and
-- however often. An engine makes the jobs of an organization's schedules with
-- leat.org set to it, and reads the pipeline as any tenant does: for that it
-- joins the policies of pipelines, of which it sees no more than name and body, and
-- of the audit trail, to which it adds.
--
-- Needs:  0005.
-- Undo:   0006_schedules.down.sql; schedules and the history of their slots go.
set local lock_timeout = '3s';

create table leat.schedule (
    org_id        bigint      not null
                              default nullif(current_setting('leat.org', true), '')::bigint
                              references leat.organization,
    id            bigint      generated always as identity,
    name          text        not null check (length(name) between 1 and 63),
    pipeline_id   bigint      not null,
    spec          text        not null check (length(spec) between 1 and 200),
    tz            text        not null,
    overlap       text        not null default 'skip'
                              check (overlap in ('skip', 'queue', 'cancel')),
    missed        text        not null default 'one' check (missed in ('skip', 'one', 'all')),
    priority      integer,                      -- of its jobs; null: as the pipeline says
    max_attempts  integer     check (max_attempts between 1 and 100),   -- likewise
    is_paused     boolean     not null default false,
    next_at       timestamptz,                  -- the slot that comes; null: paused, or none
    look_at       timestamptz,                  -- when an engine has to look; later after a problem
    problem       text,                         -- why the last look failed
    version       bigint      not null default 1,
    deleted_at    timestamptz,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    primary key (org_id, id),
    foreign key (org_id, pipeline_id) references leat.pipeline (org_id, id),
    check (missed <> 'all' or overlap = 'queue'),
    check (not is_paused or look_at is null)
);
comment on table leat.schedule is 'When jobs of a pipeline are made; spec is local time in tz.';
create unique index schedule_name on leat.schedule (org_id, name) where deleted_at is null;
create index schedule_pipeline on leat.schedule (org_id, pipeline_id) where deleted_at is null;
-- All that an engine asks for when it is idle: the first of these.
create index schedule_look on leat.schedule (look_at) where look_at is not null;
-- Not when only the next slot moves.
create trigger keep_times before insert or update of name, pipeline_id, spec, tz, overlap, missed,
        priority, max_attempts, is_paused, version, deleted_at, created_at, updated_at
    on leat.schedule
    for each row execute function leat.keep_times();
alter table leat.schedule enable row level security, force row level security;
create policy tenant on leat.schedule to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.schedule to leat_engine using (true);
grant select, insert, update on leat.schedule to leat_app;
grant select on leat.schedule to leat_reader;
grant select, update (next_at, look_at, problem) on leat.schedule to leat_engine;

create table leat.tick (
    org_id       bigint      not null
                             default nullif(current_setting('leat.org', true), '')::bigint,
    schedule_id  bigint      not null,
    due_at       timestamptz not null,
    outcome      text        not null check (outcome in ('made', 'skipped', 'missed')),
    job_id       bigint,                        -- null: no job was made
    reason       text,                          -- why not
    at           timestamptz not null default now(),
    primary key (org_id, schedule_id, due_at)
);
comment on table leat.tick is
    'Slots that came, each once. No foreign keys: jobs and their history may go first.';
alter table leat.tick enable row level security, force row level security;
create policy tenant on leat.tick to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.tick to leat_engine using (true);
grant select on leat.tick to leat_app, leat_reader;
grant select, insert, update (job_id, outcome, reason) on leat.tick to leat_engine;

alter policy tenant on leat.pipeline to leat_app, leat_reader, leat_owner, leat_engine;
grant select (org_id, id, name, body, deleted_at) on leat.pipeline to leat_engine;

grant insert (pipeline_id, kind, body, max_attempts) on leat.job to leat_engine;
grant insert (org_id, job_id, pipeline_id, priority, run_after) on leat.job_state to leat_engine;
alter policy tenant on leat.audit to leat_app, leat_reader, leat_owner, leat_engine;
grant insert (action, object) on leat.audit to leat_engine;
