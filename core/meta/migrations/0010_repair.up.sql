-- 0010_repair.up.sql
-- What people do about rejects: fixes, discards, replays.
--
-- A reject is never changed. What became of it is in repair, one narrow row for
-- each that somebody has dealt with; none: it is open and as it stood. Every
-- change is a step of an act, and an act can be undone. A replay is a job: its
-- rejects name it, and nobody else touches them until it has ended. The rows it
-- could not store are told by rejects of its own, whose row numbers are those
-- rejects; settling turns them into the new reasons of the old ones.
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
    state       smallint    not null default 0 check (state between 0 and 3),
    version     integer     not null default 0,     -- grows with every change
    fix         jsonb,                              -- {"field": "text" or null}; null: none
    reason      text,                               -- of a discard
    act_id      bigint,                             -- that made it what it is
    replay_job  bigint,                             -- that has it, or had it last
    problems    jsonb,                              -- what the last replay said; null: as at first
    at          timestamptz not null default now(),
    primary key (org_id, reject_id)
-- No index but the key, and room in each page: a change of a row touches that page alone.
) with (fillfactor = 50);
comment on table leat.repair is 'What has become of a reject; one without a row is open.';
comment on column leat.repair.state is '0 open, 1 staged, 2 replayed, 3 discarded';

-- Whether a replay has a reject still is what repair.replay_job says; here is where to look.
create table leat.replay_set (
    org_id  bigint       not null
                         default nullif(current_setting('leat.org', true), '')::bigint,
    job_id  bigint       not null,
    spans   int8range[]  not null,      -- of the key of repair, in order
    primary key (org_id, job_id)
);
comment on table leat.replay_set is 'The rejects that a replay was given, until it has settled.';

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
                                'replay_set'] loop
        execute format('alter table leat.%I enable row level security, force row level security',
                       name);
        execute format('create policy tenant on leat.%I to leat_app, leat_reader, leat_owner '
                       'using (org_id = (select nullif(current_setting(''leat.org'', true), '''')::bigint))',
                       name);
        execute format('grant select on leat.%I to leat_app, leat_reader', name);
    end loop;
    foreach name in array array['reject_shape', 'repair', 'repair_step', 'replay_set'] loop
        execute format('create policy engine on leat.%I to leat_engine using (true)', name);
        execute format('grant select, insert, delete on leat.%I to leat_engine', name);
    end loop;
end
$$;
grant update (shape) on leat.reject_shape to leat_engine;
grant update (state, version, replay_job, problems, at) on leat.repair to leat_engine;
grant insert (kind, what), update (rejects, undone_at) on leat.repair_act to leat_app;
grant insert (job_id, spans) on leat.replay_set to leat_app;
grant insert (reject_id, replay_job), update (state, version, fix, reason, act_id, replay_job, at)
   on leat.repair to leat_app;
grant insert (reject_id, version, what, act_id, state, fix, reason, was_state, was_fix,
              was_reason, was_act) on leat.repair_step to leat_app;

drop view leat.reject_view;
create view leat.reject_view with (security_invoker = true) as
select r.org_id, r.id, r.job_id, r.run, r.part, r.row_no, r.line_no, r.byte_offset, r.raw,
       coalesce(p.problems, r.problems) as problems, r.at,
       coalesce(p.state, case when d.committed_run is null then 4 else 0 end::smallint) as state, coalesce(p.version, 0) as version, p.fix, p.act_id,
       p.replay_job, case when p.state = 3 then p.at end as discarded_at,
       case when p.state = 3 then p.reason end as discard_reason
  from leat.reject r
  join leat.done d on d.org_id = r.org_id and d.job_id = r.job_id
   and r.run = case when d.committed_run is not null then d.committed_run
                    when d.state = 3 and d.error_code = 'BUDGET' then d.run_no end
  left join leat.repair p on p.org_id = r.org_id and p.reject_id = r.id;
comment on view leat.reject_view is
    'Only the rejects that count, as they are now; and those of loads that failed over their budget.';
comment on column leat.reject_view.state is
    '0 open, 1 staged, 2 replayed, 3 discarded, 4 void: nothing of its load was stored';
grant select on leat.reject_view to leat_app, leat_reader;

-- ---- what people do ----------------------------------------------------------------------

-- Here and below many rejects are named by the runs of their numbers. Those that lie close
-- together are one span of the key, which is read at once and in order; far from others, each is
-- a span of its own. The settings of the functions see to it that it is the key that is read,
-- also by plans made while a table was small.
create function leat.spans(p_ids int8multirange) returns int8range[]
    language sql immutable set search_path = pg_catalog, pg_temp as
$$
    select coalesce(array_agg(s.span order by s.span), '{}')
      from (select int8range(min(lower(g.run)), max(upper(g.run))) as span
              from (select f.run, count(*) filter (where f.is_far) over (order by f.run) as n
                      from (select u.run, lower(u.run) - 16 > lag(upper(u.run))
                                          over (order by u.run) as is_far
                              from unnest(p_ids) u (run)) f) g
             group by g.n) s
$$;

-- How many of these rejects have a row; and the replays of those that are not dealt with which
-- have ended without storing anything. They stay so until the end of this transaction: whoever
-- wants to try one again waits.
create function leat.repair_look(p_ids int8multirange, p_spans int8range[], out known bigint, out free bigint[])
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off as
$$
declare
    org   bigint := nullif(current_setting('leat.org', true), '')::bigint;
    jobs  bigint[];
begin
    select count(*),
           array_agg(distinct p.replay_job) filter (where p.state < 2 and p.replay_job is not null)
      into known, jobs
      from unnest(p_spans) u (span),
           lateral (select b.state, b.replay_job from leat.repair b
                     where b.org_id = org and b.reject_id >= lower(u.span)
                       and b.reject_id < upper(u.span) and p_ids @> b.reject_id offset 0) p;
    select coalesce(array_agg(f.job_id), '{}') into free
      from (select d.job_id from leat.done d
             where d.org_id = org and d.job_id = any (jobs) and d.state in (3, 4, 5)
               and d.committed_run is null and not d.is_unsure
             order by d.job_id
               for share) f;
end
$$;

-- Each of these that counts gets a row, unless so many have one, of that job if there is one, in
-- the order of their numbers. How many.
create function leat.repair_add(p_ids int8multirange, p_spans int8range[], p_known bigint,
                                p_job bigint) returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off as
$$
declare
    org  bigint := nullif(current_setting('leat.org', true), '')::bigint;
    n    bigint;
begin
    if p_known = (select sum(upper(u.run) - lower(u.run)) from unnest(p_ids) u (run)) then
        return 0;
    end if;
    insert into leat.repair (reject_id, replay_job)
    select r.id, p_job
      from unnest(p_spans) u (span),
           lateral (select b.id, b.job_id, b.run from leat.reject b
                     where b.org_id = org and b.id >= lower(u.span) and b.id < upper(u.span)
                       and p_ids @> b.id offset 0) r,
           lateral (select from leat.done d
                     where d.org_id = org and d.job_id = r.job_id and d.committed_run = r.run
                    offset 0) d
     order by r.id
        on conflict do nothing;
    get diagnostics n = row_count;
    return n;
end
$$;

-- Each of these gets a row, and is locked, in the order of their numbers. Answers what
-- repair_look() calls free.
create function leat.repair_lock(p_ids bigint[]) returns bigint[]
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off as
$$
declare
    org    bigint := nullif(current_setting('leat.org', true), '')::bigint;
    ids    int8multirange := (select range_agg(int8range(u.id, u.id, '[]'))
                                from unnest(p_ids) u (id));
    spans  int8range[] := leat.spans(ids);
    look   record;
begin
    look := leat.repair_look(ids, spans);
    perform leat.repair_add(ids, spans, look.known, null);
    perform p.state
       from unnest(spans) u (span),
            lateral (select b.state from leat.repair b
                      where b.org_id = org and b.reject_id >= lower(u.span)
                        and b.reject_id < upper(u.span) and ids @> b.reject_id
                      order by b.reject_id
                        for update) p;
    return look.free;
end
$$;

-- The act changes rejects to state 1 (fixes are laid over what they have) or 3 (discarded).
-- A version that is given must still be the reject's. Answers those that were not changed,
-- and why: not found, replayed, discarded, in replay, changed, same.
create function leat.repair_change(p_act bigint, p_state integer, p_reason text, p_ids bigint[],
                                   p_versions integer[], p_fixes jsonb[])
    returns table (id bigint, verdict text)
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    org   bigint := nullif(current_setting('leat.org', true), '')::bigint;
    free  bigint[] := leat.repair_lock(p_ids);
begin
    return query
    with looked as (
        select a.id, p.place, p.version, p.state, p.fix, p.reason, p.act_id,
               case when p_state = 1 then coalesce(p.fix, '{}') || a.fix else p.fix end as fixed,
               case when p.reject_id is null then 'not found'
                    when p.state = 2 then 'replayed'
                    when p.state = 3 then 'discarded'
                    when p.replay_job is not null and p.replay_job <> all (free) then 'in replay'
                    when a.version <> p.version then 'changed'
                    when p_state = 1 and p.fix @> a.fix and p.state = 1 then 'same'
               end as verdict
          from unnest(p_ids, p_versions, p_fixes) a (id, version, fix)
          left join lateral (select b.ctid as place, b.* from leat.repair b
                              where b.org_id = org and b.reject_id = a.id offset 0) p on true),
    stepped as (
        insert into leat.repair_step (reject_id, version, what, act_id, state, fix, reason,
                                      was_state, was_fix, was_reason, was_act)
        select l.id, l.version + 1, case p_state when 1 then 'fix' else 'discard' end, p_act,
               p_state, l.fixed, p_reason, l.state, l.fix, l.reason, l.act_id
          from looked l where l.verdict is null),
    put as (
        update leat.repair p
           set state = p_state, version = l.version + 1, fix = l.fixed, reason = p_reason,
               act_id = p_act, at = now()
          from looked l
         where l.verdict is null and p.ctid = l.place
        returning 1),
    counted as (
        update leat.repair_act a set rejects = a.rejects + (select count(*) from put)
         where a.org_id = org and a.id = p_act)
    select l.id, l.verdict from looked l where l.verdict is not null order by l.id;
end
$$;

-- Takes the act's changes back (p_again: makes them again) where nothing has happened since.
create function leat.repair_undo(p_act bigint, p_again boolean, out n bigint, out kept bigint)
    language plpgsql set search_path = pg_catalog, pg_temp as
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
    free := leat.repair_lock(ids);
    with looked as (
        select p.place, p.reject_id, p.version, p.state, p.fix, p.reason, p.act_id,
               case when p_again then s.state else s.was_state end as to_state,
               case when p_again then s.fix else s.was_fix end as to_fix,
               case when p_again then s.reason else s.was_reason end as to_reason,
               case when p_again then p_act else s.was_act end as to_act
          from leat.repair_step s
         cross join lateral (select b.ctid as place, b.* from leat.repair b
                              where b.org_id = org and b.reject_id = s.reject_id offset 0) p
         where s.org_id = org and s.act_id = p_act and s.what in ('fix', 'discard')
           and p.act_id is not distinct from (case when p_again then s.was_act else p_act end)
           and p.state <> 2 and (p.replay_job is null or p.replay_job = any (free))),
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

-- These rejects are the job's from now on, in the transaction that adds it. How many. Rows are
-- found, and locked, in the order of their numbers, as above.
create function leat.repair_assign(p_job bigint, p_ids int8multirange) returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off as
$$
declare
    org    bigint := nullif(current_setting('leat.org', true), '')::bigint;
    spans  int8range[] := leat.spans(p_ids);
    look   record;
    sum    bigint;
    n      bigint;
    span   int8range;
begin
    look := leat.repair_look(p_ids, spans);
    sum := leat.repair_add(p_ids, spans, look.known, p_job);
    foreach span in array spans loop
        update leat.repair p set replay_job = p_job
         where p.org_id = org and p.reject_id >= lower(span) and p.reject_id < upper(span)
           and p_ids @> p.reject_id and p.state < 2 and (p.replay_job is null or p.replay_job = any (look.free));
        get diagnostics n = row_count;
        sum := sum + n;
    end loop;
    insert into leat.replay_set (job_id, spans) values (p_job, spans);
    return sum;
end
$$;

-- Those that the job has, and nobody has dealt with yet, in ascending order.
create function leat.replay_ids(p_org bigint, p_job bigint) returns setof bigint
    language plpgsql stable set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off as
$$
begin
    return query
    select p.reject_id
      from leat.replay_set s
     cross join lateral unnest(s.spans) u (span)
     cross join lateral (select b.reject_id from leat.repair b
                          where b.org_id = p_org and b.reject_id >= lower(u.span)
                            and b.reject_id < upper(u.span) and b.replay_job = p_job
                            and b.state < 2 offset 0) p
     where s.org_id = p_org and s.job_id = p_job
     order by p.reject_id;
end
$$;

-- Rows came by the thousand, and are asked for at once: the server learns about them now, not
-- with its next round. Where somebody else looks at the tables already, that will do.
create function leat.repair_learn() returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    set lock_timeout = '1s' as
$$
begin
    analyze leat.reject, leat.repair;
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
declare
    given  int8range[];
    span   int8range;
begin
    with refused as (
        select p.place, p.reject_id, p.version, p.state, p.fix, p.reason, p.act_id, x.problems,
               coalesce(p.problems, r.problems) as was
          from leat.reject x
         cross join lateral (select b.ctid as place, b.* from leat.repair b
                              where b.org_id = p_org and b.reject_id = x.row_no
                                and b.replay_job = p_job and b.state < 2 offset 0) p
         cross join lateral (select y.problems from leat.reject y
                              where y.org_id = p_org and y.id = x.row_no offset 0) r
         where x.org_id = p_org and x.job_id = p_job),
    stepped as (
        insert into leat.repair_step (org_id, reject_id, version, what, act_id, job_id, state,
                                      fix, reason, was_state, was_fix, was_reason, was_act,
                                      problems)
        select p_org, f.reject_id, f.version + 1, 'replay', f.act_id, p_job, 0, f.fix, f.reason,
               f.state, f.fix, f.reason, f.act_id, f.was
          from refused f)
    update leat.repair p
       set state = 0, version = f.version + 1, problems = f.problems, replay_job = null,
           at = now()
      from refused f
     where p.ctid = f.place;
    delete from leat.replay_set s where s.org_id = p_org and s.job_id = p_job
    returning s.spans into given;
    foreach span in array coalesce(given, '{}') loop
        update leat.repair p set state = 2, at = now()
         where p.org_id = p_org and p.reject_id >= lower(span) and p.reject_id < upper(span)
           and p.replay_job = p_job and p.state < 2;
    end loop;
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
                    where t.job_id >= p_lo and t.job_id < p_hi and coalesce(p.state, 0) < 2
                      and not exists (select from leat.done d
                                       where d.org_id = t.org_id and d.job_id = t.job_id
                                         and d.committed_run is null and d.error_code = 'BUDGET'))
$$;

create or replace function leat.reject_forget(p_lo bigint, p_hi bigint) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
begin
    delete from leat.repair_step s using leat.reject t
     where t.job_id >= p_lo and t.job_id < p_hi and s.org_id = t.org_id and s.reject_id = t.id;
    delete from leat.repair p using leat.reject t
     where t.job_id >= p_lo and t.job_id < p_hi and p.org_id = t.org_id and p.reject_id = t.id;
    delete from leat.reject t where t.job_id >= p_lo and t.job_id < p_hi;
    delete from leat.reject_shape s where s.job_id >= p_lo and s.job_id < p_hi;
    -- Replays that failed and go into the past let go of what they had.
    update leat.repair p set replay_job = null
      from leat.replay_set s
     cross join lateral unnest(s.spans) u (span)
     cross join lateral (select b.ctid as place from leat.repair b
                          where b.org_id = s.org_id and b.reject_id >= lower(u.span)
                            and b.reject_id < upper(u.span) and b.replay_job = s.job_id
                            and b.state < 2 offset 0) b
     where s.job_id >= p_lo and s.job_id < p_hi and p.ctid = b.place;
    delete from leat.replay_set s where s.job_id >= p_lo and s.job_id < p_hi;
end
$$;

do $$
declare
    f regprocedure;
begin
    for f in select p.oid from pg_catalog.pg_proc p
              where p.pronamespace = 'leat'::regnamespace
                and p.proname in ('spans', 'repair_look', 'repair_add', 'repair_lock', 'repair_change',
                                  'repair_undo', 'repair_assign', 'replay_ids',
                                  'repair_learn') loop
        execute format('revoke execute on function %s from public', f);
        execute format('grant execute on function %s to leat_app', f);
    end loop;
    revoke execute on function leat.replay_settle(bigint, bigint) from public;
    grant execute on function leat.replay_settle(bigint, bigint) to leat_engine;
end
$$;
