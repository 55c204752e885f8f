-- 0007_alerts.up.sql
-- Who is told when a pipeline fails, recovers, succeeds or rejects too much.
--
-- A rule (alert) watches one pipeline or the whole organization. What is wrong
-- with a pipeline is one incident of the rule: it is opened by the first job
-- that failed, counts those that follow, and is closed by the first that did
-- not. Messages are jobs of kind 'alert': the queue tries them again.
--
-- alert_due holds an attempt from its start until its end was looked at, so
-- that an end that nobody looked at (the engine died) is found without
-- searching the history. Taking the row away is what decides, in the
-- transaction that adds the messages: each end is looked at exactly once.
--
-- Needs:  0006.
-- Undo:   0007_alerts.down.sql; rules, incidents and messages go.
set local lock_timeout = '3s';

create table leat.alert (
    org_id           bigint      not null
                                 default nullif(current_setting('leat.org', true), '')::bigint
                                 references leat.organization,
    id               bigint      generated always as identity,
    name             text        not null check (length(name) between 1 and 63),
    pipeline_id      bigint,                    -- null: every job of the organization
    kind             text        not null check (kind in ('webhook', 'mail', 'slack')),
    config           jsonb       not null check (jsonb_typeof(config) = 'object'),
    on_failure       boolean     not null,
    on_recovery      boolean     not null,
    on_success       boolean     not null,
    rejects_rows     bigint      check (rejects_rows >= 0),      -- more are too many
    rejects_percent  float8      check (rejects_percent between 0 and 100),
    allow_private    boolean     not null default false,
    is_paused        boolean     not null default false,
    paused_why       text,
    deleted_at       timestamptz,
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),
    primary key (org_id, id),
    foreign key (org_id, pipeline_id) references leat.pipeline (org_id, id),
    check (rejects_rows is null or rejects_percent is null)
);
comment on table leat.alert is
    'Who is told about which jobs; secrets appear in config only as references.';
create unique index alert_name on leat.alert (org_id, name) where deleted_at is null;
create trigger keep_times before insert or update on leat.alert
    for each row execute function leat.keep_times();
alter table leat.alert enable row level security, force row level security;
create policy tenant on leat.alert to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
grant select, insert, update on leat.alert to leat_app;
grant select on leat.alert to leat_reader;

create table leat.alert_incident (
    org_id      bigint      not null
                            default nullif(current_setting('leat.org', true), '')::bigint,
    id          bigint      generated always as identity,
    alert_id    bigint      not null,
    about       text        not null check (about in ('failure', 'rejects')),
    subject     bigint      not null,           -- the pipeline; of a one-shot load: minus the job
    opened_at   timestamptz not null,           -- when the first job ended
    opened_job  bigint      not null,
    last_at     timestamptz not null,
    last_job    bigint      not null,
    jobs        bigint      not null default 1, -- that ended so since it was opened
    closed_at   timestamptz,
    closed_job  bigint,                         -- null: the rule was removed
    primary key (org_id, id),
    foreign key (org_id, alert_id) references leat.alert (org_id, id)
);
comment on table leat.alert_incident is
    'What was or is wrong with a pipeline, as one rule sees it; one open row at most.';
create unique index alert_incident_open on leat.alert_incident (org_id, alert_id, about, subject)
    where closed_at is null;
create index alert_incident_alert on leat.alert_incident (org_id, alert_id, id);
alter table leat.alert_incident enable row level security, force row level security;
create policy tenant on leat.alert_incident to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
grant select, insert, update on leat.alert_incident to leat_app;
grant select on leat.alert_incident to leat_reader;

create table leat.alert_message (
    org_id    bigint      not null
                          default nullif(current_setting('leat.org', true), '')::bigint,
    id        bigint      generated always as identity,
    alert_id  bigint      not null,
    what      text        not null,             -- 'job.failed', ...
    about_job bigint      not null,
    about_run bigint      not null,
    job_id    bigint      not null,             -- the job that sends it
    at        timestamptz not null default now(),
    primary key (org_id, id),
    unique (org_id, alert_id, about_job, about_run, what),
    foreign key (org_id, alert_id) references leat.alert (org_id, id)
);
comment on table leat.alert_message is 'Messages by what they are about: none is made twice.';
create index alert_message_alert on leat.alert_message (org_id, alert_id, id);
alter table leat.alert_message enable row level security, force row level security;
create policy tenant on leat.alert_message to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
grant select, insert on leat.alert_message to leat_app;
grant select on leat.alert_message to leat_reader;

create table leat.alert_due (
    org_id  bigint      not null
                        default nullif(current_setting('leat.org', true), '')::bigint,
    job_id  bigint      not null,
    run     bigint      not null,
    at      timestamptz not null default now(),
    primary key (org_id, job_id, run)
);
comment on table leat.alert_due is
    'Attempts whose end has to be looked at. Empty where nobody has a rule.';
alter table leat.alert_due enable row level security, force row level security;
create policy tenant on leat.alert_due to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.alert_due to leat_engine using (true);
grant select, insert, update, delete on leat.alert_due to leat_app;
grant select on leat.alert_due to leat_reader;
grant select on leat.alert_due to leat_engine;

-- Partitions, where there are any, have the rule for themselves.
do $$
declare
    part regclass;
begin
    alter table leat.job drop constraint job_kind_check;
    for part in select c.conrelid from pg_catalog.pg_constraint c
                 where c.conname = 'job_kind_check' and c.conrelid in (
                       select i.inhrelid from pg_catalog.pg_inherits i
                        where i.inhparent = 'leat.job'::regclass) loop
        execute format('alter table %s drop constraint job_kind_check', part);
    end loop;
    alter table leat.job add constraint job_kind_check check (kind in ('load', 'run', 'alert'));
end
$$;
