-- 0012_matching.up.sql
-- Which fields people of an organization have brought together, and which they refused to.
--
-- Names are kept as core/flow/match.h writes them (match_normal()), not of which
-- table they are: what was decided for one pipeline helps the next.
--
-- Needs:  0002 (organization).
-- Undo:   0012_matching.down.sql; what was learnt goes.
set local lock_timeout = '3s';

create table leat.matching (
    org_id      bigint      not null
                            default nullif(current_setting('leat.org', true), '')::bigint
                            references leat.organization,
    target      text        not null check (length(target) between 1 and 600),
    source      text        not null check (length(source) between 1 and 600),
    accepted    bigint      not null default 0 check (accepted >= 0),
    refused     bigint      not null default 0 check (refused >= 0),
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    primary key (org_id, target, source)
);
comment on table leat.matching is
    'How often a source field of that name was accepted or refused for a target field of that one.';
create trigger keep_times before insert or update on leat.matching
    for each row execute function leat.keep_times();
alter table leat.matching enable row level security, force row level security;
create policy tenant on leat.matching to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
grant select, delete, insert (target, source, accepted, refused),
      update (accepted, refused) on leat.matching to leat_app;
grant select on leat.matching to leat_reader;
