-- 0005_results.up.sql
-- What runs leave behind: rejected rows, files taken, bookmarks.
--
-- Rejects and files are written under (job, run) before the target's commit
-- and count once job_state.committed_run names that run.
--
-- Needs:  0004.
-- Undo:   0005_results.down.sql; rejected rows are lost with it.
set local lock_timeout = '3s';

create table leat.reject (
    org_id          bigint      not null,
    id              bigint      generated always as identity,
    job_id          bigint      not null,
    run             bigint      not null,
    part            text        not null,       -- file or table it came from
    row_no          bigint      not null,       -- from 1 over the whole stream
    line_no         bigint      not null,       -- physical line; 0: no lines
    byte_offset     bigint      not null,       -- -1: none
    raw             bytea,                      -- the row as it stood
    problems        jsonb       not null,       -- [{"field", "value", "rule", "reason"}]
    at              timestamptz not null default now(),
    primary key (org_id, id)
);
comment on table leat.reject is
    'Rows that failed, with every reason. No foreign key: they come by the million.';
create index reject_job on leat.reject (org_id, job_id, run, id);
alter table leat.reject enable row level security, force row level security;
create policy tenant on leat.reject to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.reject to leat_engine using (true);
grant select on leat.reject to leat_app, leat_reader;
grant select, insert, update (run), delete on leat.reject to leat_engine;

create view leat.reject_view with (security_invoker = true) as
select r.*
  from leat.reject r
  join leat.job_state s
    on s.org_id = r.org_id and s.job_id = r.job_id and s.committed_run = r.run;
comment on view leat.reject_view is 'Only the rejects that count.';
grant select on leat.reject_view to leat_app, leat_reader;

create table leat.loaded_file (
    org_id       bigint      not null,
    id           bigint      generated always as identity,
    pipeline_id  bigint      not null,
    job_id       bigint      not null,
    run          bigint      not null,
    path         text        not null,
    size_bytes   bigint      not null,
    hash         text        not null,
    at           timestamptz not null default now(),
    primary key (org_id, id)
);
comment on table leat.loaded_file is
    'Files that a run of a pipeline took; they count once that run is settled.';
create index loaded_file_hash on leat.loaded_file (org_id, pipeline_id, hash);
create index loaded_file_job on leat.loaded_file (org_id, job_id);
alter table leat.loaded_file enable row level security, force row level security;
create policy tenant on leat.loaded_file to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.loaded_file to leat_engine using (true);
grant select on leat.loaded_file to leat_app, leat_reader;
grant select, insert, delete on leat.loaded_file to leat_engine;

create table leat.bookmark (
    org_id       bigint      not null
                             default nullif(current_setting('leat.org', true), '')::bigint,
    pipeline_id  bigint      not null,
    value        jsonb       not null,
    job_id       bigint,                        -- that set it; null: a person
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    primary key (org_id, pipeline_id),
    foreign key (org_id, pipeline_id) references leat.pipeline (org_id, id)
);
comment on table leat.bookmark is 'How far an incremental pipeline has come.';
create trigger keep_times before insert or update on leat.bookmark
    for each row execute function leat.keep_times();
alter table leat.bookmark enable row level security, force row level security;
create policy tenant on leat.bookmark to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
create policy engine on leat.bookmark to leat_engine using (true);
grant select, insert, update, delete on leat.bookmark to leat_app;
grant select on leat.bookmark to leat_reader;
grant select, insert, update on leat.bookmark to leat_engine;
