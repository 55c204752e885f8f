-- 0010_repair.up.sql
-- What people do about rejects: fixes, discards, replays.
--
-- A reject is never changed. What became of it is in repair, one narrow row for
-- each that somebody has dealt with; none: it is open and as it stood. Every
-- change is a step of an act, and an act can be undone. A replay is a job: it has
-- its rejects in replay_block, by whole blocks of numbers rather than one by one,
-- and nobody else touches them until it has ended. The rows it could not store are
-- told by rejects of its own, whose row numbers are those rejects; settling turns
-- them into the new reasons of the old ones, and calls the others replayed.
--
-- Needs:  0009.
-- Undo:   0010_repair.down.sql; fixes and discards are lost, replays leave the history.
set local lock_timeout = '3s';

-- How the raw rows of a part are to be read, and the fields they hold.
create table leat.reject_shape (
    org_id  bigint  not null,
    job_id  bigint  not null,
    part    text    not null,                   -- file or table, as in reject
    shape   jsonb   not null,                   -- core/flow/raw_rows.h
    primary key (org_id, job_id, part)
);
comment on table leat.reject_shape is 'What makes cells of the raw rows of rejects.';

create table leat.repair_act (
    org_id     bigint      not null
                           default nullif(current_setting('leat.org', true), '')::bigint,
    id         bigint      generated always as identity,
    at         timestamptz not null default now(),
    who        text        not null default session_user,
    kind       text        not null check (kind in ('fix', 'discard', 'import')),
    what       text        not null,            -- for people: cell or expression, reason, file
    rejects    bigint      not null default 0,  -- that it changed
    undone_at  timestamptz,
    primary key (org_id, id)
);
comment on table leat.repair_act is 'One thing that somebody did about any number of rejects.';
create index repair_act_who on leat.repair_act (org_id, who, id);

create table leat.repair (
    org_id      bigint      not null
                            default nullif(current_setting('leat.org', true), '')::bigint,
    reject_id   bigint      not null,
    state       smallint    not null default 0 check (state in (0, 1, 3)),
    version     integer     not null default 0,     -- grows with every change
    fix         jsonb,                              -- {"field": "text" or null}; null: none
    reason      text,                               -- of a discard
    act_id      bigint,                             -- that made it what it is
    problems    jsonb,                              -- what the last replay said; null: as at first
    at          timestamptz not null default now(),
    check (state = 0 or act_id is not null),
    primary key (org_id, reject_id)
-- Room in each page, and the state in no index but of what is discarded: most changes of a row
-- touch its page alone.
) with (fillfactor = 50);
comment on table leat.repair is 'What people have made of a reject; one without a row is open.';
comment on column leat.repair.state is
    '0 open, 1 staged, 3 discarded; what is replayed is told by replay_block';
create index repair_discarded on leat.repair (org_id, reject_id) where state = 3;

-- The rejects of a block have the same number but for its last nine bits. What is done about many
-- is done by blocks: one that is held is locked, and what a replay has of it is one row. ids stays
-- in its page however scattered they are: 256 ranges at most.
alter table leat.reject add column block bigint generated always as (id >> 9) stored;

create table leat.repair_block (
    org_id  bigint  not null default nullif(current_setting('leat.org', true), '')::bigint,
    block   bigint  not null,
    primary key (org_id, block)
);
comment on table leat.repair_block is
    'Locked by whoever changes what is to become of rejects of that block.';

create table leat.replay_block (
    org_id       bigint          not null
                                 default nullif(current_setting('leat.org', true), '')::bigint,
    block        bigint          not null,
    job_id       bigint          not null,
    ids          int8multirange  not null,      -- rejects; each is in one row at most
    is_replayed  boolean         not null default false,
    primary key (org_id, block, job_id)
);
alter table leat.replay_block alter column ids set storage plain;
comment on table leat.replay_block is
    'Rejects of a block that a replay has, or has brought into its target.';
create index replay_block_job on leat.replay_block (job_id, block);

create table leat.repair_step (
    org_id     bigint      not null
                           default nullif(current_setting('leat.org', true), '')::bigint,
    reject_id  bigint      not null,
    version    integer     not null,            -- after it
    at         timestamptz not null default now(),
    what       text        not null check (what in ('fix', 'discard', 'undo', 'redo', 'replay')),
    act_id     bigint,
    job_id     bigint,                          -- of a replay
    state      smallint    not null,
    fix        jsonb,
    reason     text,
    was_state  smallint    not null,
    was_fix    jsonb,
    was_reason text,
    was_act    bigint,
    problems   jsonb,                           -- of a replay: the reasons it had until then
    primary key (org_id, reject_id, version)
);
comment on table leat.repair_step is 'What happened to a reject, one after the other.';
create index repair_step_act on leat.repair_step (org_id, act_id) where act_id is not null;

do $$
declare
    name text;
begin
    foreach name in array array['reject_shape', 'repair_act', 'repair', 'repair_step',
                                'repair_block', 'replay_block'] loop
        execute format('alter table leat.%I enable row level security, force row level security',
                       name);
        execute format('create policy tenant on leat.%I to leat_app, leat_reader, leat_owner '
                       'using (org_id = (select nullif(current_setting(''leat.org'', true), '''')::bigint))',
                       name);
        execute format('grant select on leat.%I to leat_app, leat_reader', name);
    end loop;
    foreach name in array array['reject_shape', 'repair', 'repair_step', 'repair_block',
                                'replay_block'] loop
        execute format('create policy engine on leat.%I to leat_engine using (true)', name);
        execute format('grant select, insert, delete on leat.%I to leat_engine', name);
    end loop;
end
$$;
grant update (shape) on leat.reject_shape to leat_engine;
grant update (state, version, problems, at) on leat.repair to leat_engine;
grant update (ids, is_replayed) on leat.replay_block to leat_engine;
grant insert (kind, what), update (rejects, undone_at) on leat.repair_act to leat_app;
grant insert (block), update (block) on leat.repair_block to leat_app;
grant insert (block, job_id, ids), update (ids) on leat.replay_block to leat_app;
grant insert (reject_id, state, version, fix, reason, act_id),
      update (state, version, fix, reason, act_id, at) on leat.repair to leat_app;
grant insert (reject_id, version, what, act_id, state, fix, reason, was_state, was_fix,
              was_reason, was_act) on leat.repair_step to leat_app;

drop view leat.reject_view;
create view leat.reject_view with (security_invoker = true) as
select r.org_id, r.id, r.job_id, r.run, r.part, r.row_no, r.line_no, r.byte_offset, r.raw,
       coalesce(p.problems, r.problems) as problems, r.at,
       case when b.is_replayed then 2
            else coalesce(p.state, case when d.committed_run is null then 4 else 0 end)
       end::smallint as state,
       coalesce(p.version, 0) as version, p.fix, p.act_id, b.job_id as replay_job,
       case when p.state = 3 then p.at end as discarded_at,
       case when p.state = 3 then p.reason end as discard_reason
  from leat.reject r
  join leat.done d on d.org_id = r.org_id and d.job_id = r.job_id
   and r.run = case when d.committed_run is not null then d.committed_run
                    when d.state = 3 and d.error_code = 'BUDGET' then d.run_no end
  left join leat.repair p on p.org_id = r.org_id and p.reject_id = r.id
  left join leat.replay_block b
    on b.org_id = r.org_id and b.block = r.block and b.ids @> r.id;
comment on view leat.reject_view is
    'Only the rejects that count, as they are now; and those of loads that failed over their budget.';
comment on column leat.reject_view.state is
    '0 open, 1 staged, 2 replayed, 3 discarded, 4 void: nothing of its load was stored';
grant select on leat.reject_view to leat_app, leat_reader;

-- ---- what people do ----------------------------------------------------------------------

-- The settings of the functions below see to it that keys are read, also by plans made while a
-- table was small.

-- Of a block those that were discarded.
create function leat.block_discarded(p_org bigint, p_block bigint) returns int8multirange
    language sql stable set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off as
$$
    select coalesce(range_agg(int8range(p.reject_id, p.reject_id, '[]')), '{}')
      from leat.repair p
     where p.org_id = p_org and p.state = 3
       and p.reject_id >= p_block << 9 and p.reject_id < (p_block + 1) << 9
$$;

-- Locks these blocks, which are in order. Answers the replays which have rejects of them and have
-- ended without storing anything. They stay so until the end of this transaction: whoever wants
-- to try one again waits.
create function leat.repair_lock(p_blocks bigint[]) returns bigint[]
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off as
$$
declare
    org     bigint := nullif(current_setting('leat.org', true), '')::bigint;
    jobs    bigint[];
    n       bigint;
begin
    loop
        insert into leat.repair_block (block) select u.block from unnest(p_blocks) u (block)
            on conflict do nothing;
        perform from leat.repair_block b
          where b.org_id = org and b.block = any (p_blocks)
          order by b.block
            for update;
        get diagnostics n = row_count;
        -- Unless one has just gone with the history.
        exit when n = cardinality(p_blocks);
    end loop;
    select array_agg(distinct b.job_id) into jobs
      from leat.replay_block b
     where b.org_id = org and b.block = any (p_blocks) and not b.is_replayed;
    return (select coalesce(array_agg(f.job_id), '{}')
              from (select d.job_id from leat.done d
                     where d.org_id = org and d.job_id = any (jobs) and d.state in (3, 4, 5)
                       and d.committed_run is null and not d.is_unsure
                     order by d.job_id
                       for share) f);
end
$$;

-- The act changes rejects to state 1 (fixes are laid over what they have) or 3 (discarded).
-- A version that is given must still be the reject's. Answers those that were not changed,
-- and why: not found, replayed, discarded, in replay, changed, same.
create function leat.repair_change(p_act bigint, p_state integer, p_reason text, p_ids bigint[],
                                   p_versions integer[], p_fixes jsonb[])
    returns table (id bigint, verdict text)
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set enable_nestloop = off set jit = off as
$$
declare
    org     bigint := nullif(current_setting('leat.org', true), '')::bigint;
    ids     int8multirange := (select range_agg(int8range(u.id, u.id, '[]'))
                                 from unnest(p_ids) u (id));
    blocks  bigint[] := (select array_agg(distinct u.id >> 9 order by u.id >> 9)
                           from unnest(p_ids) u (id));
    free    bigint[] := leat.repair_lock(blocks);
begin
    -- What there is about them is read run by run or block by block, and then put together.
    return query
    with looked as materialized (
        select a.id, coalesce(p.version, 0) as version, coalesce(p.state, 0::smallint) as state,
               p.fix, p.reason, p.act_id,
               case when p_state = 1 then coalesce(p.fix, '{}') || a.fix else p.fix end as fixed,
               case when p.reject_id is null and r.id is null then 'not found'
                    when b.is_replayed then 'replayed'
                    when p.state = 3 then 'discarded'
                    when b.job_id is not null and b.job_id <> all (free) then 'in replay'
                    when a.version <> coalesce(p.version, 0) then 'changed'
                    when p_state = 1 and p.fix @> a.fix and p.state = 1 then 'same'
               end as verdict
          from unnest(p_ids, p_versions, p_fixes) a (id, version, fix)
          left join (select t.* from unnest(ids) u (run),
                            lateral (select t.* from leat.repair t
                                      where t.org_id = org and t.reject_id >= lower(u.run)
                                        and t.reject_id < upper(u.run) offset 0) t) p
            on p.reject_id = a.id
          left join (select t.id from unnest(ids) u (run),
                            lateral (select t.id, t.job_id, t.run from leat.reject t
                                      where t.org_id = org and t.id >= lower(u.run)
                                        and t.id < upper(u.run) offset 0) t,
                            lateral (select from leat.done d
                                      where d.org_id = org and d.job_id = t.job_id
                                        and d.committed_run = t.run offset 0) d) r
            on r.id = a.id
          left join (select t.* from unnest(blocks) k (block),
                            lateral (select t.* from leat.replay_block t
                                      where t.org_id = org and t.block = k.block offset 0) t) b
            on b.block = a.id >> 9 and b.ids @> a.id),
    stepped as (
        insert into leat.repair_step (reject_id, version, what, act_id, state, fix, reason,
                                      was_state, was_fix, was_reason, was_act)
        select l.id, l.version + 1, case p_state when 1 then 'fix' else 'discard' end, p_act,
               p_state, l.fixed, p_reason, l.state, l.fix, l.reason, l.act_id
          from looked l where l.verdict is null),
    put as (
        insert into leat.repair (reject_id, state, version, fix, reason, act_id)
        select l.id, p_state, l.version + 1, l.fixed, p_reason, p_act
          from looked l where l.verdict is null
            on conflict (org_id, reject_id) do update
           set state = excluded.state, version = excluded.version, fix = excluded.fix,
               reason = excluded.reason, act_id = excluded.act_id, at = now()
        returning 1),
    counted as (
        update leat.repair_act a set rejects = a.rejects + (select count(*) from put)
         where a.org_id = org and a.id = p_act)
    select l.id, l.verdict from looked l where l.verdict is not null order by l.id;
end
$$;

-- Takes the act's changes back (p_again: makes them again) where nothing has happened since.
create function leat.repair_undo(p_act bigint, p_again boolean, out n bigint, out kept bigint)
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off as
$$
declare
    org   bigint := nullif(current_setting('leat.org', true), '')::bigint;
    ids   bigint[] := (select coalesce(array_agg(distinct s.reject_id), '{}')
                         from leat.repair_step s where s.org_id = org and s.act_id = p_act
                          and s.what in ('fix', 'discard'));
    free  bigint[];
begin
    update leat.repair_act a set undone_at = case when not p_again then now() end
     where a.org_id = org and a.id = p_act and (a.undone_at is not null) = p_again;
    if not found then
        n := -1;
        return;
    end if;
    free := leat.repair_lock((select coalesce(array_agg(distinct u.id >> 9 order by u.id >> 9), '{}')
                                from unnest(ids) u (id)));
    with looked as (
        select p.place, p.reject_id, p.version, p.state, p.fix, p.reason, p.act_id,
               case when p_again then s.state else s.was_state end as to_state,
               case when p_again then s.fix else s.was_fix end as to_fix,
               case when p_again then s.reason else s.was_reason end as to_reason,
               case when p_again then p_act else s.was_act end as to_act
          from leat.repair_step s
         cross join lateral (select b.ctid as place, b.* from leat.repair b
                              where b.org_id = org and b.reject_id = s.reject_id offset 0) p
          left join lateral (select b.job_id, b.is_replayed from leat.replay_block b
                              where b.org_id = org and b.block = s.reject_id >> 9
                                and b.ids @> s.reject_id offset 0) h on true
         where s.org_id = org and s.act_id = p_act and s.what in ('fix', 'discard')
           and p.act_id is not distinct from (case when p_again then s.was_act else p_act end)
           and (h.job_id is null or not h.is_replayed and h.job_id = any (free))),
    stepped as (
        insert into leat.repair_step (reject_id, version, what, act_id, state, fix, reason,
                                      was_state, was_fix, was_reason, was_act)
        select l.reject_id, l.version + 1, case when p_again then 'redo' else 'undo' end, p_act,
               l.to_state, l.to_fix, l.to_reason, l.state, l.fix, l.reason, l.act_id
          from looked l),
    put as (
        update leat.repair p
           set state = l.to_state, version = l.version + 1, fix = l.to_fix, reason = l.to_reason,
               act_id = l.to_act, at = now()
          from looked l
         where p.ctid = l.place
        returning 1)
    select count(*) into n from put;
    kept := cardinality(ids) - n;
end
$$;

-- Of these rejects, all of which count, those that nobody has dealt with and no other replay has
-- are the job's from now on, in the transaction that adds it. How many. They are the numbers from
-- each of p_from to below the one of p_below in its place; none of these runs leaves its block.
create function leat.repair_assign(p_job bigint, p_from bigint[], p_below bigint[]) returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off as
$$
declare
    org     bigint := nullif(current_setting('leat.org', true), '')::bigint;
    blocks  bigint[];
    asked   int8multirange[];
    free    bigint[];
    n       bigint;
begin
    select array_agg(a.block order by a.block), array_agg(a.ids order by a.block)
      into blocks, asked
      from (select u.lo >> 9 as block, range_agg(int8range(u.lo, u.hi)) as ids
              from unnest(p_from, p_below) u (lo, hi)
             group by u.lo >> 9) a;
    free := leat.repair_lock(blocks);
    with mine as materialized (
        select a.block, a.ids - leat.block_discarded(org, a.block)
               - (select coalesce(range_agg(u.run), '{}')
                    from leat.replay_block b, unnest(b.ids) u (run)
                   where b.org_id = org and b.block = a.block
                     and (b.is_replayed or b.job_id <> all (free))) as ids
          from unnest(blocks, asked) a (block, ids)),
    put as (
        insert into leat.replay_block (block, job_id, ids)
        select m.block, p_job, m.ids from mine m where not isempty(m.ids) order by m.block),
    -- A replay that came to nothing lets go of them.
    cut as (
        update leat.replay_block b set ids = b.ids - m.ids
          from mine m
         cross join lateral (select t.ctid as place from leat.replay_block t
                              where t.org_id = org and t.block = m.block and not t.is_replayed
                                and t.job_id = any (free) offset 0) t
         where b.ctid = t.place)
    select coalesce(sum(upper(u.run) - lower(u.run)), 0) into n
      from mine m, unnest(m.ids) u (run);
    return n;
end
$$;

-- Rows came by the thousand, and are asked for at once: the server learns about them now, not
-- with its next round. Where somebody else looks at the tables already, that will do.
create function leat.repair_learn() returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    set lock_timeout = '1s' as
$$
begin
    analyze leat.reject (org_id, id, job_id, run, part, block),
            leat.repair (org_id, reject_id, state, act_id), leat.replay_block;
exception when lock_not_available then
    null;
end
$$;

-- ---- what engines do ---------------------------------------------------------------------

-- What a replay could not store is what is wrong with those rejects now; all its others are in
-- the target.
create function leat.replay_settle(p_org bigint, p_job bigint) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off as
$$
begin
    with refused as materialized (
        select x.row_no as id, x.problems, coalesce(p.version, 0) as version,
               coalesce(p.state, 0::smallint) as state, p.fix, p.reason, p.act_id,
               coalesce(p.problems, r.problems) as was
          from leat.reject x
         cross join lateral (select from leat.replay_block b
                              where b.org_id = p_org and b.block = x.row_no >> 9
                                and b.job_id = p_job and b.ids @> x.row_no
                                and not b.is_replayed offset 0) b
         cross join lateral (select y.problems from leat.reject y
                              where y.org_id = p_org and y.id = x.row_no offset 0) r
          left join lateral (select t.* from leat.repair t
                              where t.org_id = p_org and t.reject_id = x.row_no offset 0) p on true
         where x.org_id = p_org and x.job_id = p_job),
    stepped as (
        insert into leat.repair_step (org_id, reject_id, version, what, act_id, job_id, state,
                                      fix, reason, was_state, was_fix, was_reason, was_act,
                                      problems)
        select p_org, f.id, f.version + 1, 'replay', f.act_id, p_job, 0, f.fix, f.reason,
               f.state, f.fix, f.reason, f.act_id, f.was
          from refused f),
    put as (
        insert into leat.repair (org_id, reject_id, version, problems)
        select p_org, f.id, f.version + 1, f.problems from refused f
            on conflict (org_id, reject_id) do update
           set state = 0, version = excluded.version, problems = excluded.problems, at = now())
    update leat.replay_block b set ids = b.ids - f.ids
      from (select r.id >> 9 as block, range_agg(int8range(r.id, r.id, '[]')) as ids
              from refused r group by r.id >> 9) f
     cross join lateral (select t.ctid as place from leat.replay_block t
                          where t.org_id = p_org and t.block = f.block and t.job_id = p_job
                         offset 0) t
     where b.ctid = t.place;
    update leat.replay_block b
       set is_replayed = true, ids = b.ids - leat.block_discarded(p_org, b.block)
     where b.org_id = p_org and b.job_id = p_job and not b.is_replayed;
    delete from leat.reject x where x.org_id = p_org and x.job_id = p_job;
    delete from leat.reject_shape s where s.org_id = p_org and s.job_id = p_job;
end
$$;

-- Rejects of that run begin to count, those of other runs go. Those of a replay settle.
create or replace function leat.reject_settle(p_org bigint, p_job bigint, p_run bigint)
    returns void
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
begin
    delete from leat.reject x
     where x.org_id = p_org and x.job_id = p_job and x.run <> p_run;
    if exists (select from leat.job j
                where j.org_id = p_org and j.id = p_job and j.kind = 'replay') then
        perform leat.replay_settle(p_org, p_job);
    end if;
end
$$;

create or replace function leat.reject_is_open(p_lo bigint, p_hi bigint) returns boolean
    language sql stable set search_path = pg_catalog, pg_temp as
$$
    select exists (select from leat.reject t
                     left join leat.repair p on p.org_id = t.org_id and p.reject_id = t.id
                    where t.job_id >= p_lo and t.job_id < p_hi and coalesce(p.state, 0) <> 3
                      and not exists (select from leat.replay_block b
                                       where b.org_id = t.org_id and b.block = t.block
                                         and b.is_replayed and b.ids @> t.id)
                      and not exists (select from leat.done d
                                       where d.org_id = t.org_id and d.job_id = t.job_id
                                         and d.committed_run is null and d.error_code = 'BUDGET'))
$$;

create or replace function leat.reject_forget(p_lo bigint, p_hi bigint) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    orgs    bigint[];
    blocks  bigint[];
begin
    delete from leat.repair_step s using leat.reject t
     where t.job_id >= p_lo and t.job_id < p_hi and s.org_id = t.org_id and s.reject_id = t.id;
    delete from leat.repair p using leat.reject t
     where t.job_id >= p_lo and t.job_id < p_hi and p.org_id = t.org_id and p.reject_id = t.id;
    -- Replays that failed and go into the past let go of what they had.
    delete from leat.replay_block b
     where b.job_id >= p_lo and b.job_id < p_hi and not b.is_replayed;
    select array_agg(b.org_id), array_agg(b.block) into orgs, blocks
      from (select distinct t.org_id, t.block from leat.reject t
             where t.job_id >= p_lo and t.job_id < p_hi) b;
    delete from leat.reject t where t.job_id >= p_lo and t.job_id < p_hi;
    delete from leat.reject_shape s where s.job_id >= p_lo and s.job_id < p_hi;
    -- A number never comes again: a block goes with the last of its rejects.
    with empty as materialized (
        select u.org_id, u.block from unnest(orgs, blocks) u (org_id, block)
         where not exists (select from leat.reject t
                            where t.org_id = u.org_id and t.id >= u.block << 9
                              and t.id < (u.block + 1) << 9)),
    gone as (
        delete from leat.replay_block b using empty e
         where b.org_id = e.org_id and b.block = e.block)
    delete from leat.repair_block b using empty e
     where b.org_id = e.org_id and b.block = e.block;
end
$$;

do $$
declare
    f regprocedure;
begin
    for f in select p.oid from pg_catalog.pg_proc p
              where p.pronamespace = 'leat'::regnamespace
                and p.proname in ('block_discarded', 'repair_lock', 'repair_change', 'repair_undo',
                                  'repair_assign', 'repair_learn') loop
        execute format('revoke execute on function %s from public', f);
        execute format('grant execute on function %s to leat_app', f);
    end loop;
    grant execute on function leat.block_discarded(bigint, bigint) to leat_engine;
    revoke execute on function leat.replay_settle(bigint, bigint) from public;
    grant execute on function leat.replay_settle(bigint, bigint) to leat_engine;
end
$$;
