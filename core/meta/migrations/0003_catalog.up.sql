-- 0003_catalog.up.sql
-- What people describe: connections, secrets they point to, pipelines.
--
-- People delete these, so they are only marked as deleted; a name is free
-- again afterwards.
--
-- Needs:  0002.
-- Undo:   0003_catalog.down.sql.
set local lock_timeout = '3s';

create table leat.connection (
    org_id      bigint      not null
                            default nullif(current_setting('leat.org', true), '')::bigint,
    id          bigint      generated always as identity,
    project_id  bigint      not null,
    name        text        not null check (length(name) between 1 and 63),
    connector   text        not null,
    config      jsonb       not null default '{}' check (jsonb_typeof(config) = 'object'),
    version     bigint      not null default 1,
    deleted_at  timestamptz,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    primary key (org_id, id),
    foreign key (org_id, project_id) references leat.project (org_id, id)
);
comment on table leat.connection is
    'A configured connector; secrets appear in config only as {"secret": NAME} or {"env": NAME}.';
create unique index connection_name on leat.connection (org_id, name) where deleted_at is null;
create trigger keep_times before insert or update on leat.connection
    for each row execute function leat.keep_times();
alter table leat.connection enable row level security, force row level security;
create policy tenant on leat.connection to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
grant select, insert, update on leat.connection to leat_app;
grant select on leat.connection to leat_reader;

create table leat.secret (
    org_id      bigint      not null
                            default nullif(current_setting('leat.org', true), '')::bigint
                            references leat.organization,
    id          bigint      generated always as identity,
    name        text        not null check (length(name) between 1 and 63),
    kind        text        not null check (kind in ('env', 'file')),
    ref         text        not null check (ref <> ''),
    deleted_at  timestamptz,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    primary key (org_id, id)
);
comment on table leat.secret is
    'Where a secret is to be found: a variable or a file. Never the secret itself.';
create unique index secret_name on leat.secret (org_id, name) where deleted_at is null;
create trigger keep_times before insert or update on leat.secret
    for each row execute function leat.keep_times();
alter table leat.secret enable row level security, force row level security;
create policy tenant on leat.secret to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
grant select, insert, update on leat.secret to leat_app;
grant select on leat.secret to leat_reader;

create table leat.pipeline (
    org_id      bigint      not null
                            default nullif(current_setting('leat.org', true), '')::bigint,
    id          bigint      generated always as identity,
    project_id  bigint      not null,
    name        text        not null check (length(name) between 1 and 63),
    body        jsonb       not null check (jsonb_typeof(body) = 'object'),
    version     bigint      not null default 1,
    deleted_at  timestamptz,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    primary key (org_id, id),
    foreign key (org_id, project_id) references leat.project (org_id, id)
);
comment on table leat.pipeline is 'What to load from where to where, and how; jobs carry a copy.';
create unique index pipeline_name on leat.pipeline (org_id, name) where deleted_at is null;
create trigger keep_times before insert or update on leat.pipeline
    for each row execute function leat.keep_times();
alter table leat.pipeline enable row level security, force row level security;
create policy tenant on leat.pipeline to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
grant select, insert, update on leat.pipeline to leat_app;
grant select on leat.pipeline to leat_reader;
