-- 0011_mapping.up.sql
-- What a pipeline was in each of its versions, and mappings that people are working on.
--
-- A draft is one person's: it is kept with every change, together with the list
-- of changes, so that neither a lost line nor the end of a program takes anything
-- away, undo included. It remembers the version that it began from: publishing it
-- over a newer one is a conflict, and the three versions tell what clashes.
--
-- Needs:  0003 (pipeline).
-- Undo:   0011_mapping.down.sql; drafts and older versions go.
set local lock_timeout = '3s';

create table leat.pipeline_version (
    org_id        bigint      not null
                              default nullif(current_setting('leat.org', true), '')::bigint,
    pipeline_id   bigint      not null,
    version       bigint      not null,
    body          jsonb       not null check (jsonb_typeof(body) = 'object'),
    text          text,                         -- its mapping with comments; null: never edited
    fields        jsonb,                        -- of the source when it was published, else at
                                                -- its first run; null: unknown
    published_by  text        not null default session_user,
    published_at  timestamptz not null default now(),
    primary key (org_id, pipeline_id, version),
    foreign key (org_id, pipeline_id) references leat.pipeline (org_id, id)
);
comment on table leat.pipeline_version is
    'Every version of every pipeline: who put it there and when. Its first run may add fields.';

-- Nobody knows who published what was there before; the time is known.
alter table leat.pipeline no force row level security;
insert into leat.pipeline_version (org_id, pipeline_id, version, body, published_by, published_at)
select org_id, id, version, body, '', updated_at from leat.pipeline;
alter table leat.pipeline force row level security;

alter table leat.pipeline_version enable row level security, force row level security;
create policy tenant on leat.pipeline_version to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
grant select, insert (pipeline_id, version, body, text, fields), update (fields)
      on leat.pipeline_version to leat_app;
grant select on leat.pipeline_version to leat_reader;

create table leat.mapping_draft (
    org_id        bigint      not null
                              default nullif(current_setting('leat.org', true), '')::bigint,
    pipeline_id   bigint      not null,
    person        text        not null default session_user,
    base_version  bigint      not null,         -- of the pipeline, from which it began
    text          text        not null,
    edits         jsonb       not null default '[]' check (jsonb_typeof(edits) = 'array'),
    done          integer     not null default 0 check (done >= 0),   -- of them hold
    change        bigint      not null default 1,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    primary key (org_id, pipeline_id, person),
    foreign key (org_id, pipeline_id) references leat.pipeline (org_id, id)
);
comment on table leat.mapping_draft is
    'A mapping that somebody works on; goes when it is published or discarded.';
create trigger keep_times before insert or update on leat.mapping_draft
    for each row execute function leat.keep_times();
alter table leat.mapping_draft enable row level security, force row level security;
create policy tenant on leat.mapping_draft to leat_app, leat_reader, leat_owner
    using (org_id = (select nullif(current_setting('leat.org', true), '')::bigint));
grant select, delete, insert (pipeline_id, base_version, text, edits, done),
      update (base_version, text, edits, done, change) on leat.mapping_draft to leat_app;
grant select on leat.mapping_draft to leat_reader;
