-- 0002_tenancy.up.sql
-- Organizations, who did what in them, and the name of this installation.
--
-- The rule for every table of an organization's: org_id first in the primary
-- key, row security enabled and forced, a policy that compares org_id with
-- the setting leat.org. No setting means no rows, never an error. The owner
-- is under the same policy; a migration that has to change rows of all
-- organizations takes FORCE off the table and puts it back.
--
-- Needs:  0001.
-- Undo:   0002_tenancy.down.sql.
set local lock_timeout = '3s';

-- ---- columns that nobody sets by hand ---------------------------------------

create function leat.keep_times() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
begin
    new.created_at := case when tg_op = 'INSERT' then now() else old.created_at end;
    new.updated_at := now();
    return new;
end
$$;
comment on function leat.keep_times() is 'created_at and updated_at tell the truth.';

create function leat.keep_updated() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
begin
    new.updated_at := now();
    return new;
end
$$;

create function leat.keep_created() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
begin
    new.created_at := case when tg_op = 'INSERT' then now() else old.created_at end;
    return new;
end
$$;

-- ---- the installation ---------------------------------------------------------

create table leat.installation (
    one         boolean     primary key default true check (one),
    origin      uuid        not null default gen_random_uuid(),
    created_at  timestamptz not null default now()
);
comment on table leat.installation is
    'origin names this leat in the commit logs of the databases it writes to.';
insert into leat.installation default values;
grant select on leat.installation to leat_app, leat_reader, leat_engine;

-- ---- organizations ------------------------------------------------------------

create table leat.organization (
    org_id      bigint      generated always as identity primary key,
    name        text        not null check (length(name) between 1 and 63),
    deleted_at  timestamptz,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
);
comment on table leat.organization is 'A tenant: everything but this list belongs to one.';
create unique index organization_name on leat.organization (name) where deleted_at is null;
create trigger keep_times before insert or update on leat.organization
    for each row execute function leat.keep_times();
alter table leat.organization enable row level security, force row level security;
create policy tenant on leat.organization to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
-- Names are looked up before there is an organization: by find_org(), as the owner.
create policy owner on leat.organization to leat_owner using (true);
grant select on leat.organization to leat_app, leat_reader;

create table leat.project (
    org_id      bigint      not null
                            default nullif(current_setting('leat.org', true), '')::bigint
                            references leat.organization,
    id          bigint      generated always as identity,
    name        text        not null check (length(name) between 1 and 63),
    deleted_at  timestamptz,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    primary key (org_id, id)
);
comment on table leat.project is 'A folder of pipelines and connections.';
create unique index project_name on leat.project (org_id, name) where deleted_at is null;
create trigger keep_times before insert or update on leat.project
    for each row execute function leat.keep_times();
alter table leat.project enable row level security, force row level security;
create policy tenant on leat.project to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
grant select on leat.project to leat_app, leat_reader;

-- ---- audit ----------------------------------------------------------------------

create table leat.audit (
    org_id      bigint      not null
                            default nullif(current_setting('leat.org', true), '')::bigint
                            references leat.organization,
    id          bigint      generated always as identity,
    at          timestamptz not null default now(),
    actor       text        not null default session_user,
    action      text        not null,
    object      text        not null,
    detail      jsonb,
    primary key (org_id, id)
);
comment on table leat.audit is
    'Who did what: added in the transaction of the act, never changed; goes when it is old.';
alter table leat.audit enable row level security, force row level security;
create policy tenant on leat.audit to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
grant select, insert (action, object, detail) on leat.audit to leat_app;
grant select on leat.audit to leat_reader;

-- ---- functions --------------------------------------------------------------------

create function leat.find_org(wanted text) returns bigint
    language sql stable security definer set search_path = pg_catalog, pg_temp as
$$
    select org_id from leat.organization where name = wanted and deleted_at is null
$$;
comment on function leat.find_org(text) is
    'The id of an organization, for a session that has none yet.';
revoke execute on function leat.find_org(text) from public;
grant execute on function leat.find_org(text) to leat_app, leat_reader, leat_engine;

create function leat.make_org(wanted text) returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    made bigint;
begin
    insert into leat.organization (name) values (wanted) returning org_id into made;
    perform set_config('leat.org', made::text, true);
    insert into leat.project (name) values ('default');
    insert into leat.audit (action, object) values ('org add', wanted);
    return made;
end
$$;
comment on function leat.make_org(text) is
    'A new organization with its default project; only the owner may. Leaves leat.org set to it.';
revoke execute on function leat.make_org(text) from public;

revoke execute on function leat.keep_times(), leat.keep_updated(), leat.keep_created()
    from public;

do $$ begin perform leat.make_org('default'); end $$;
