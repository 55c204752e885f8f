-- 0001_roles.up.sql
-- Four roles, one schema, and the list of what has been applied to it.
--
-- leat_owner owns everything and is nobody's login; leat_app works for one
-- organization at a time, leat_reader does so and may change nothing; leat_engine keeps
-- the books of the queue.
--
-- Needs:  a login that may create roles and schemas here. Where it may not, an
--         administrator makes the roles, grants them to the login and grants
--         the login CREATE on this database; they are then found and used.
-- Runs:   as that login; every later file runs as leat_owner.
-- Undo:   0001_roles.down.sql; the roles stay, other databases may use them.
set local lock_timeout = '3s';

do $$
declare
    role_name text;
begin
    foreach role_name in array array['leat_owner', 'leat_app', 'leat_reader',
                                     'leat_engine'] loop
        begin
            if not exists (select from pg_catalog.pg_roles where rolname = role_name) then
                execute format('create role %I nologin', role_name);
                -- Since 16 its maker may grant it but not yet become it.
                execute format('grant %I to %I', role_name, current_user);
            elsif not pg_catalog.pg_has_role(current_user, role_name, 'member') then
                execute format('grant %I to %I', role_name, current_user);
            end if;
        exception
            -- Another database of this server was quicker: roles belong to all of them.
            when duplicate_object or unique_violation then
                execute format('grant %I to %I', role_name, current_user);
        end;
    end loop;
end
$$;

-- Who may not make schemas here may be a member of who may.
do $$
begin
    if not pg_catalog.has_database_privilege(current_database(), 'create') then
        perform pg_catalog.set_config('role', 'leat_owner', true);
    end if;
end
$$;
create schema if not exists leat authorization leat_owner;

set local role leat_owner;

comment on schema leat is 'leat: its own tables. People''s data is elsewhere.';
revoke all on schema leat from public;
grant usage on schema leat to leat_app, leat_reader, leat_engine;
alter default privileges for role leat_owner revoke execute on functions from public;

create table leat.migration (
    version     integer     primary key check (version > 0),
    name        text        not null,
    checksum    text        not null,           -- sha256 of the .up.sql, in hex
    applied_at  timestamptz not null default now(),
    applied_by  text        not null default session_user
);
comment on table leat.migration is
    'One row per migration that has been applied; the greatest version is the schema''s.';
grant select on leat.migration to leat_app, leat_reader, leat_engine;
