-- 0009_queue_acts.up.sql
-- What is done to the queue, each as one function: add, claim, leave, cancel, wake.
--
-- All of them run as their caller, under its policies. leat_engine works for an
-- organization by setting leat.org for the transaction.
--
-- Needs:  0008.
-- Undo:   0009_queue_acts.down.sql.
set local lock_timeout = '3s';

-- ---- waking ------------------------------------------------------------------------
--
-- An engine that found nothing sets armed, looks once more, and sleeps without a
-- timeout. Whoever adds work holds the shared lock from before its change to its
-- commit and reads armed behind it; an engine arms only while it can have the
-- lock alone. So either armed is seen, or the engine's second look starts after
-- the commit. A busy queue has nobody armed, and sends nothing.

create function leat.wake_enter(p_queue text) returns void
    language sql set search_path = pg_catalog, pg_temp as
$$
    select pg_advisory_xact_lock_shared(27767, hashtext(p_queue))
$$;
comment on function leat.wake_enter(text) is 'To be called before work is added to a queue.';

create function leat.tell(channel text, payload text) returns void
    language plpgsql set search_path = pg_catalog, leat, pg_temp as
$$
begin
    -- With a full queue of notices the commit of whoever sends one would fail. Who is not
    -- told looks again when it reconnects, or with the sweep.
    if pg_notification_queue_usage() < 0.9 then
        perform pg_notify(channel, payload);
    end if;
end
$$;
comment on function leat.tell(text, text) is 'NOTIFY that never costs the transaction it is in.';

create function leat.knock(p_queue text) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    sleeps boolean;
begin
    select w.armed into sleeps from leat.wake w where w.queue = p_queue;
    if not found then
        insert into leat.wake (queue, armed) values (p_queue, false) on conflict do nothing;
        sleeps := true;
    end if;
    -- A snapshot from before the arming shows nothing of it.
    if sleeps or current_setting('transaction_isolation') <> 'read committed' then
        perform from leat.wake w where w.queue = p_queue and w.armed for update skip locked;
        if found then
            update leat.wake w set armed = false where w.queue = p_queue;
        end if;
        perform leat.tell('leat_wake', 'work');
    end if;
end
$$;
comment on function leat.knock(text) is
    'To be called when work was added: wakes engines if any sleeps. Needs wake_enter().';

create function leat.arm(p_queues text[]) returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    name text;
begin
    if not pg_try_advisory_xact_lock(27767, 0) then
        return false;
    end if;
    for name in select w.queue from leat.wake w
                 where p_queues is null or w.queue = any (p_queues) loop
        if not pg_try_advisory_xact_lock(27767, hashtext(name)) then
            return false;
        end if;
    end loop;
    update leat.wake w set armed = true
     where not w.armed and (p_queues is null or w.queue = any (p_queues));
    return true;
end
$$;
comment on function leat.arm(text[]) is
    'False: somebody is adding work right now, try again. True: claim once more, then sleep.';

-- ---- adding --------------------------------------------------------------------------

create function leat.lane_of(p_queue text, p_priority integer, p_pipeline bigint,
                             p_connections text[], p_kind text) returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    org    bigint := nullif(current_setting('leat.org', true), '')::bigint;
    found_ bigint;
begin
    loop
        select l.id into found_ from leat.lane l
         where l.org_id = org and l.queue = p_queue and l.priority = p_priority
           and l.pipeline_id is not distinct from p_pipeline and l.connections = p_connections
           and l.kind = p_kind;
        exit when found;
        insert into leat.lane (queue, priority, pipeline_id, connections, kind)
        values (p_queue, p_priority, p_pipeline, p_connections, p_kind)
        on conflict do nothing
        returning id into found_;
        exit when found;
    end loop;
    return found_;
end
$$;

-- How many of those jobs have still to end; the ones that have not are told that somebody waits.
create function leat.job_wait_for(p_org bigint, p_child bigint, p_parents bigint[],
                                  p_on_fail integer) returns integer
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    parent   bigint;
    lane     bigint;
    ended    smallint;
    pending  integer := 0;
    is_live  boolean;
begin
    foreach parent in array array(select distinct p from unnest(p_parents) p order by p) loop
        select j.lane_id into lane from leat.job j where j.org_id = p_org and j.id = parent;
        if not found then
            raise exception 'there is no job %', parent using errcode = 'no_data_found';
        end if;
        -- It may be moving from one table to the next just now: its row lock says so.
        loop
            update leat.waiting t set has_children = true
             where t.org_id = p_org and t.lane_id = lane and t.job_id = parent;
            is_live := found;
            if not is_live then
                update leat.scheduled t set has_children = true
                 where t.org_id = p_org and t.lane_id = lane and t.job_id = parent;
                is_live := found;
            end if;
            if not is_live then
                update leat.ready t set has_children = true
                 where t.org_id = p_org and t.lane_id = lane and t.job_id = parent;
                is_live := found;
            end if;
            if not is_live then
                update leat.run t set has_children = true
                 where t.org_id = p_org and t.lane_id = lane and t.job_id = parent;
                is_live := found;
            end if;
            if not is_live and p_on_fail = 2 then
                update leat.done d set has_children = true
                 where d.org_id = p_org and d.job_id = parent and d.state <> 2;
                is_live := found;
            end if;
            exit when is_live;
            select d.state into ended from leat.done d
             where d.org_id = p_org and d.job_id = parent;
            exit when found and (p_on_fail <> 2 or ended = 2);
        end loop;
        if not is_live and p_on_fail = 0 and ended <> 2 then
            raise exception 'job % did not succeed', parent using errcode = 'LT001';
        end if;
        if is_live then
            insert into leat.job_edge (parent_id, child_id, on_fail)
            values (parent, p_child, p_on_fail);
            pending := pending + 1;
        end if;
    end loop;
    return pending;
end
$$;

create function leat.job_add(p_kind text, p_pipeline bigint, p_queue text, p_priority integer,
                             p_max_attempts integer, p_time_limit_ms bigint, p_delay_ms bigint,
                             p_bodies jsonb[], p_key text, p_until_end boolean,
                             p_replaces boolean, p_parents bigint[], p_on_fail integer,
                             p_is_paused boolean, p_is_quiet boolean)
    returns table (id bigint, is_new boolean)
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    org      bigint := nullif(current_setting('leat.org', true), '')::bigint;
    lane     bigint;
    ids      bigint[];
    old      bigint;
    pending  integer := 0;
    is_later boolean := p_delay_ms > 0;
    is_held  boolean := p_is_paused or cardinality(p_parents) > 0;
begin
    if p_key is not null then
        loop
            insert into leat.job_key as k (key, job_id, until_end)
            values (p_key, 0, p_until_end) on conflict do nothing;
            exit when found;
            select k.job_id into old from leat.job_key k where k.org_id = org and k.key = p_key;
            continue when not found;
            if p_replaces then
                perform leat.job_withdraw(org, old);
            end if;
            -- It may have ended since the look, by us or by others: then the key is free.
            if exists (select from leat.job_key k where k.org_id = org and k.key = p_key
                          and k.job_id = old) then
                return query select old, false;
                return;
            end if;
        end loop;
    end if;
    lane := leat.lane_of(p_queue, p_priority, p_pipeline,
        array(select distinct c from unnest(array[p_bodies[1] #>> '{source,connection}',
                                                  p_bodies[1] #>> '{target,connection}']) c
               where c <> '' order by c), p_kind);
    if cardinality(p_bodies) > 5000 then
        perform leat.job_room(cardinality(p_bodies) + 20000);
    end if;
    perform leat.wake_enter(p_queue);
    with put as (
        insert into leat.job (lane_id, kind, pipeline_id, max_attempts, time_limit_ms, body)
        select lane, p_kind, p_pipeline, p_max_attempts, p_time_limit_ms, b
          from unnest(p_bodies) b
        returning job.id
    ),
    now_ as (
        insert into leat.ready (org_id, lane_id, job_id, has_key, has_limit)
        select org, lane, p.id, p_key is not null, p_time_limit_ms is not null
          from put p where not is_later and not is_held
    ),
    later as (
        insert into leat.scheduled (org_id, lane_id, job_id, has_key, run_after)
        select org, lane, p.id, p_key is not null, now() + p_delay_ms * interval '1 ms'
          from put p where is_later and not is_held
    )
    select array_agg(p.id) into ids from put p;
    if p_key is not null then
        update leat.job_key k set job_id = ids[1] where k.org_id = org and k.key = p_key;
    end if;
    if is_held then
        foreach old in array ids loop
            if cardinality(p_parents) > 0 then
                pending := leat.job_wait_for(org, old, p_parents, p_on_fail);
            end if;
            if pending > 0 or p_is_paused then
                insert into leat.waiting (org_id, lane_id, job_id, has_key, run_after, pending,
                                          is_paused)
                values (org, lane, old, p_key is not null, now() + p_delay_ms * interval '1 ms',
                        pending, p_is_paused);
            elsif is_later then
                insert into leat.scheduled (org_id, lane_id, job_id, has_key, run_after)
                values (org, lane, old, p_key is not null, now() + p_delay_ms * interval '1 ms');
            else
                insert into leat.ready (org_id, lane_id, job_id, has_key)
                values (org, lane, old, p_key is not null);
            end if;
        end loop;
    end if;
    if current_user = 'leat_app' then
        insert into leat.audit (action, object)
        values ('job add', case when cardinality(ids) = 1 then ids[1]::text
                           else format('%s to %s', ids[1], ids[cardinality(ids)]) end);
    end if;
    if (select r.hi from leat.job_range r order by r.lo desc limit 1)
       <= ids[cardinality(ids)] + greatest(20000, 4 * cardinality(ids)) then
        perform leat.job_room(greatest(20000, 4 * cardinality(ids)));
    end if;
    if not p_is_quiet then
        perform leat.knock(p_queue);
    end if;
    return query select i, true from unnest(ids) i;
end
$$;
comment on function leat.job_add(text, bigint, text, integer, integer, bigint, bigint, jsonb[],
                                 text, boolean, boolean, bigint[], integer, boolean, boolean) is
    'Adds jobs that differ in their bodies only; with a key at most one, or tells the one there is.';

-- ---- what a job's end means for others ---------------------------------------------------

-- A row that is nowhere now goes where it may: run_after tells whether at once.
create function leat.job_set_out(p_row leat.waiting) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
begin
    p_row.is_back := true;
    if p_row.is_paused or p_row.pending > 0 then
        insert into leat.waiting select p_row.*;
    elsif p_row.run_after > clock_timestamp() then
        insert into leat.scheduled (org_id, lane_id, job_id, run_no, attempt, lost, is_unsure,
                                    is_cancelled, has_children, has_key, has_limit, since,
                                    run_after)
        values (p_row.org_id, p_row.lane_id, p_row.job_id, p_row.run_no, p_row.attempt,
                p_row.lost, p_row.is_unsure, p_row.is_cancelled, p_row.has_children,
                p_row.has_key, p_row.has_limit, p_row.since, p_row.run_after);
    else
        insert into leat.ready (org_id, lane_id, job_id, run_no, attempt, lost, is_unsure,
                                is_cancelled, has_children, has_key, is_back, has_limit, since)
        values (p_row.org_id, p_row.lane_id, p_row.job_id, p_row.run_no, p_row.attempt,
                p_row.lost, p_row.is_unsure, p_row.is_cancelled, p_row.has_children,
                p_row.has_key, p_row.is_back, p_row.has_limit, p_row.since);
    end if;
end
$$;

-- Takes a job that is not running out of wherever it stands; null: it is nowhere.
create function leat.job_lift(p_org bigint, p_job bigint) returns leat.waiting
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    lane   bigint;
    found_ leat.waiting;
begin
    -- Until this is over nobody sleeps: when it is rolled back, nobody would be woken.
    perform pg_advisory_xact_lock_shared(27767, 0);
    select j.lane_id into lane from leat.job j where j.org_id = p_org and j.id = p_job;
    loop
        delete from leat.waiting t
         where t.org_id = p_org and t.lane_id = lane and t.job_id = p_job
        returning * into found_;
        exit when found;
        delete from leat.scheduled t
         where t.org_id = p_org and t.lane_id = lane and t.job_id = p_job
        returning t.org_id, t.lane_id, t.job_id, t.run_no, t.attempt, t.lost, t.is_unsure,
                  t.is_cancelled, t.has_children, t.has_key, t.is_back, t.has_limit, t.since,
                  t.run_after, 0, false
             into found_;
        exit when found;
        delete from leat.ready t
         where t.org_id = p_org and t.lane_id = lane and t.job_id = p_job
        returning t.org_id, t.lane_id, t.job_id, t.run_no, t.attempt, t.lost, t.is_unsure,
                  t.is_cancelled, t.has_children, t.has_key, t.is_back, t.has_limit, t.since,
                  now(), 0, false
             into found_;
        exit when found;
        -- One that somebody was moving stands in another row now than when a look began.
        exit when not exists (select from leat.waiting t where t.org_id = p_org
                                 and t.lane_id = lane and t.job_id = p_job)
            and not exists (select from leat.scheduled t where t.org_id = p_org
                               and t.lane_id = lane and t.job_id = p_job)
            and not exists (select from leat.ready t where t.org_id = p_org
                               and t.lane_id = lane and t.job_id = p_job);
    end loop;
    return found_;
end
$$;

-- The attempt before tells when it ran and what it said.
create function leat.job_close(p_row leat.waiting, p_state integer, p_code text, p_error text)
    returns void
    language sql set search_path = pg_catalog, pg_temp as
$$
    insert into leat.done (org_id, job_id, lane_id, run_no, state, attempt, lost, is_unsure,
                           has_children, engine_id, started_at, error_code, error, hint, sqlstate)
    select p_row.org_id, p_row.job_id, p_row.lane_id, p_row.run_no, p_state, p_row.attempt,
           p_row.lost, p_row.is_unsure, p_row.has_children, a.engine_id, a.started_at,
           coalesce(p_code, a.error_code), coalesce(p_error, a.error),
           case when p_code is null then a.hint end, case when p_code is null then a.sqlstate end
      from (select) x
      left join leat.attempt a on a.org_id = p_row.org_id and a.job_id = p_row.job_id
       and a.run = p_row.run_no
$$;

-- Jobs that waited for these move on, or end with them; their keys are free again.
create function leat.job_ended(p_org bigint, p_jobs bigint[]) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    parents  bigint[] := p_jobs;
    ended    bigint[];
    child    leat.waiting;
    name     text;
    n        integer;
    failed   bigint;
begin
    while cardinality(parents) > 0 loop
        delete from leat.job_key k where k.job_id = any (parents) and k.org_id = p_org;
        for name in
            select distinct l.queue
              from leat.job_edge e
              join leat.job j on j.org_id = e.org_id and j.id = e.child_id
              join leat.lane l on l.org_id = j.org_id and l.id = j.lane_id
             where e.org_id = p_org and e.parent_id = any (parents)
        loop
            perform leat.wake_enter(name);
        end loop;
        ended := '{}';
        loop
            -- In the order of their numbers, as whoever locks several does.
            for child in
                select w.*
                  from leat.job j
                  join leat.waiting w
                    on w.org_id = j.org_id and w.lane_id = j.lane_id and w.job_id = j.id
                 where j.org_id = p_org
                   and j.id in (select e.child_id from leat.job_edge e
                                 where e.org_id = p_org and e.parent_id = any (parents))
                 order by j.id
                   for update of w
            loop
                with gone as (
                    delete from leat.job_edge e
                     using leat.done d
                     where e.org_id = p_org and e.child_id = child.job_id
                       and e.parent_id = any (parents)
                       and d.org_id = e.org_id and d.job_id = e.parent_id
                       and (d.state = 2 or e.on_fail <> 2)
                    returning e.parent_id, e.on_fail = 0 and d.state <> 2 as is_fatal
                )
                select count(*), min(parent_id) filter (where is_fatal) into n, failed from gone;
                continue when n = 0;
                delete from leat.waiting w
                 where w.org_id = p_org and w.lane_id = child.lane_id and w.job_id = child.job_id;
                child.pending := child.pending - n;
                if failed is not null then
                    delete from leat.job_edge e
                     where e.org_id = p_org and e.child_id = child.job_id;
                    perform leat.job_close(child, 5, 'CANCELLED',
                        format('job %s, which it waited for, did not succeed', failed));
                    ended := ended || child.job_id;
                    perform leat.tell('leat_' || p_org, '{"e":"resync"}');
                else
                    perform leat.job_set_out(child);
                    perform leat.knock((select l.queue from leat.lane l
                                         where l.org_id = p_org and l.id = child.lane_id));
                end if;
            end loop;
            -- One that somebody else was moving stands in another row now than when the look began.
            exit when not exists (
                select from leat.job_edge e
                  join leat.job j on j.org_id = e.org_id and j.id = e.child_id
                  join leat.waiting w
                    on w.org_id = j.org_id and w.lane_id = j.lane_id and w.job_id = j.id
                  join leat.done d on d.org_id = e.org_id and d.job_id = e.parent_id
                 where e.org_id = p_org and e.parent_id = any (parents)
                   and (d.state = 2 or e.on_fail <> 2));
        end loop;
        parents := ended;
    end loop;
end
$$;
comment on function leat.job_ended(bigint, bigint[]) is
    'To be called when jobs with children or keys stand in done.';

-- ---- by people ------------------------------------------------------------------------------

-- Ends a job that has not started: false when it has, or when its target must be asked first.
create function leat.job_withdraw(p_org bigint, p_job bigint) returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    it leat.waiting := leat.job_lift(p_org, p_job);
begin
    if it.job_id is null then
        return false;
    end if;
    if it.is_unsure then
        it.is_cancelled := true;
        it.is_paused := false;
        it.pending := 0;
        it.run_after := now();
        perform leat.wake_enter((select l.queue from leat.lane l
                                  where l.org_id = p_org and l.id = it.lane_id));
        perform leat.job_set_out(it);
        perform leat.knock((select l.queue from leat.lane l
                             where l.org_id = p_org and l.id = it.lane_id));
        return false;
    end if;
    delete from leat.job_edge e where e.org_id = p_org and e.child_id = p_job;
    perform leat.job_close(it, 5, null, null);
    if it.has_children or it.has_key then
        perform leat.job_ended(p_org, array[p_job]);
    end if;
    return true;
end
$$;

-- Asks the engine of a running job to stop it, or to let it give way; false: it does not run.
create function leat.job_ask(p_org bigint, p_job bigint, p_is_pause boolean) returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
begin
    update leat.run r
       set cancel_at = case when p_is_pause then r.cancel_at else coalesce(r.cancel_at, now()) end,
           pause_at = case when p_is_pause then coalesce(r.pause_at, now()) else r.pause_at end
      from leat.job j
     where j.org_id = p_org and j.id = p_job and r.org_id = j.org_id
       and r.lane_id = j.lane_id and r.job_id = j.id;
    if not found then
        return false;
    end if;
    perform leat.tell('leat_wake', format('cancel %s %s', p_org, p_job));
    return true;
end
$$;

-- The state afterwards: 5 cancelled, 1 asked to stop, 0 its target is asked first; null: over.
create function leat.job_cancel(p_job bigint) returns smallint
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    org    bigint := nullif(current_setting('leat.org', true), '')::bigint;
    state  smallint;
begin
    -- It may be moving: look again until it stands somewhere, or is over.
    for i in 1 .. 5 loop
        if leat.job_withdraw(org, p_job) then
            state := 5;
        elsif exists (select from leat.ready r join leat.job j
                       on j.org_id = r.org_id and j.lane_id = r.lane_id and j.id = r.job_id
                       where j.org_id = org and j.id = p_job and r.is_cancelled) then
            state := 0;
        elsif leat.job_ask(org, p_job, false) then
            state := 1;
        end if;
        exit when state is not null or exists (
            select from leat.done d where d.org_id = org and d.job_id = p_job);
    end loop;
    if state is not null then
        insert into leat.audit (action, object) values ('job cancel', p_job::text);
    end if;
    return state;
end
$$;

create function leat.job_retry(p_job bigint, p_is_quiet boolean) returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    org   bigint := nullif(current_setting('leat.org', true), '')::bigint;
    old   leat.done;
    name  text;
begin
    select l.queue into name
      from leat.job j join leat.lane l on l.org_id = j.org_id and l.id = j.lane_id
     where j.org_id = org and j.id = p_job;
    perform leat.wake_enter(name);
    delete from leat.done d
     where d.org_id = org and d.job_id = p_job and d.state in (3, 4, 5)
       and d.committed_run is null
    returning * into old;
    if not found then
        return false;
    end if;
    -- What it said stays readable while it waits.
    if old.run_no > 0 then
        insert into leat.attempt (org_id, job_id, run, attempt, outcome, engine_id, started_at,
                                  finished_at, error_code, error, hint, sqlstate)
        values (org, p_job, old.run_no, old.attempt, case old.state when 5 then 5 else 2 end,
                old.engine_id, coalesce(old.started_at, old.finished_at), old.finished_at,
                old.error_code, old.error, old.hint, old.sqlstate)
        on conflict do nothing;
    end if;
    insert into leat.ready (org_id, lane_id, job_id, run_no, is_unsure, has_children, is_back)
    values (org, old.lane_id, p_job, old.run_no, old.is_unsure, old.has_children, true);
    insert into leat.audit (action, object) values ('job retry', p_job::text);
    if not p_is_quiet then
        perform leat.knock(name);
    end if;
    return true;
end
$$;

-- The state afterwards: 6 paused, 1 asked to give way; null: it is over.
create function leat.job_pause(p_job bigint) returns smallint
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    org    bigint := nullif(current_setting('leat.org', true), '')::bigint;
    it     leat.waiting;
    state  smallint;
begin
    for i in 1 .. 5 loop
        it := leat.job_lift(org, p_job);
        if it.job_id is not null then
            it.is_paused := true;
            perform leat.job_set_out(it);
            state := 6;
        elsif leat.job_ask(org, p_job, true) then
            state := 1;
        end if;
        exit when state is not null or exists (
            select from leat.done d where d.org_id = org and d.job_id = p_job);
    end loop;
    if state is not null then
        insert into leat.audit (action, object) values ('job pause', p_job::text);
    end if;
    return state;
end
$$;

create function leat.job_resume(p_job bigint) returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    org   bigint := nullif(current_setting('leat.org', true), '')::bigint;
    name  text;
    it    leat.waiting;
begin
    select l.queue into name
      from leat.job j join leat.lane l on l.org_id = j.org_id and l.id = j.lane_id
     where j.org_id = org and j.id = p_job;
    perform leat.wake_enter(name);
    loop
        update leat.run r set pause_at = null
          from leat.job j
         where j.org_id = org and j.id = p_job and r.org_id = j.org_id and r.lane_id = j.lane_id
           and r.job_id = j.id and r.pause_at is not null;
        exit when found;
        delete from leat.waiting w
         using leat.job j
         where j.org_id = org and j.id = p_job and w.org_id = j.org_id
           and w.lane_id = j.lane_id and w.job_id = j.id and w.is_paused
        returning w.* into it;
        if found then
            it.is_paused := false;
            perform leat.job_set_out(it);
            perform leat.knock(name);
            exit;
        end if;
        -- One that somebody was moving stands in another row now, and may be paused there.
        if not exists (select from leat.waiting w join leat.job j
                         on j.org_id = w.org_id and j.lane_id = w.lane_id and j.id = w.job_id
                      where j.org_id = org and j.id = p_job and w.is_paused)
           and not exists (select from leat.run r join leat.job j
                             on j.org_id = r.org_id and j.lane_id = r.lane_id and j.id = r.job_id
                          where j.org_id = org and j.id = p_job and r.pause_at is not null) then
            return false;
        end if;
    end loop;
    insert into leat.audit (action, object) values ('job resume', p_job::text);
    return true;
end
$$;

-- ---- where lanes begin ----------------------------------------------------------------------
--
-- While somebody holds a snapshot, rows that have left ready cannot be removed, and whoever
-- looks from the beginning of a lane meets all of them. So a lane has a floor: of the jobs
-- that job_add() put into ready, none stands below it or ever will. All others come in with
-- is_back, and are looked for apart. The floor is only ever raised: to what the numbers of jobs
-- had reached at a moment when nobody was adding to the queue, or at one since when all have
-- ended who were adding then. They hold the shared lock of the queue from before they draw
-- a number to their commit, and it goes after the commit is seen.

create function leat.lane_raise(p_org bigint, p_lane bigint) returns void
    language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as
$$
declare
    it           leat.lane;
    newest       bigint;
    adding       text[];
    is_prepared  boolean;       -- a prepared one may go by another name now
    lowest       bigint;
begin
    -- Once a second: under a snapshot this row's former versions stay, too.
    select * into it from leat.lane l
     where l.org_id = p_org and l.id = p_lane
       and l.raised_at < clock_timestamp() - interval '1 s'
       for no key update skip locked;
    if not found or current_setting('transaction_isolation') <> 'read committed' then
        return;
    end if;
    -- Each in a statement of its own: the number, then who adds, then what stands there.
    select s.last_value into newest from leat.job_id_seq s;
    select coalesce(array_agg(k.virtualtransaction), '{}'), coalesce(bool_or(k.pid is null), false)
      into adding, is_prepared
      from pg_locks k
     where k.locktype = 'advisory' and k.granted and k.objsubid = 2
       and k.database = (select d.oid from pg_database d where d.datname = current_database())
       and k.classid = 27767 and k.objid = (hashtext(it.queue)::bigint & 4294967295)::oid;
    if is_prepared or adding && it.adders then
        return;
    end if;
    if adding = '{}' then
        it.ahead := newest;
    end if;
    select r.job_id into lowest from leat.ready r
     where r.org_id = p_org and r.lane_id = p_lane and r.job_id >= it.floor
       and r.job_id < it.ahead and not r.is_back
     order by r.job_id limit 1;
    update leat.lane l
       set floor = greatest(it.floor, coalesce(lowest, it.ahead)), ahead = newest,
           adders = adding, raised_at = clock_timestamp()
     where l.org_id = p_org and l.id = p_lane;
end
$$;
comment on function leat.lane_raise(bigint, bigint) is
    'Lets looks at a lane begin behind what has left it; now and then, by who claims from it.';

create function leat.lane_waits(p_lane leat.lane) returns boolean
    language plpgsql stable cost 1000
    set search_path = pg_catalog, pg_temp set enable_seqscan = off as
$$
begin
    perform from leat.ready r
      where r.org_id = p_lane.org_id and r.lane_id = p_lane.id and r.job_id >= p_lane.floor
      order by r.job_id limit 1;
    if not found then
        perform from leat.ready r
          where r.org_id = p_lane.org_id and r.lane_id = p_lane.id and r.is_back
          order by r.job_id limit 1;
    end if;
    return found;
end
$$;
comment on function leat.lane_waits(leat.lane) is 'Whether jobs of a lane are ready.';

-- ---- claiming -----------------------------------------------------------------------------

-- How many more jobs may start for whatever is limited, and when there is a token again.
create function leat.room(p_now timestamptz)
    returns table (org_id bigint, scope text, name text, n bigint, tokens float8, wait_ms float8)
    language plpgsql stable rows 100 set search_path = pg_catalog, pg_temp as
$$
#variable_conflict use_column
begin
    return query
    with used as (
        select l.org_id, t.scope, t.name, sum(b.n)::bigint as n
          from (select r.org_id, r.lane_id, count(*) as n
                  from leat.run r group by r.org_id, r.lane_id) b
          join leat.lane l on l.org_id = b.org_id and l.id = b.lane_id
         cross join lateral (
               values ('organization', ''), ('queue', l.queue), ('pipeline', l.pipeline_id::text)
               union all select 'connection', c from unnest(l.connections) c) t (scope, name)
         where t.name is not null
         group by l.org_id, t.scope, t.name
    ),
    filled as (
        select m.*, case when m.rate_per_s is not null then least(m.burst, m.tokens
                   + greatest(extract(epoch from p_now - m.tokens_at), 0) * m.rate_per_s)
                end as now_
          from (select x.org_id, x.scope, x.name, x.max_running, x.rate_per_s, x.burst,
                       case when x.tokens_at = '-infinity' then x.burst else x.tokens end as tokens,
                       case when x.tokens_at = '-infinity' then p_now else x.tokens_at end
                            as tokens_at
                  from leat.job_limit x) m
    )
    select f.org_id, f.scope, f.name,
           case when f.max_running is not null or f.rate_per_s is not null then
                greatest(least(f.max_running - coalesce(u.n, 0), floor(f.now_)::bigint), 0) end,
           f.now_, case when f.now_ < 1 then (1 - f.now_) / f.rate_per_s * 1000 end
      from filled f
      left join used u on u.org_id = f.org_id and u.scope = f.scope and u.name = f.name
    union all
    select u.org_id, u.scope, u.name, greatest(1 - u.n, 0), null, null
      from used u
     where u.scope = 'pipeline';
end
$$;

create function leat.lane_scopes(p_lane leat.lane)
    returns table (scope text, name text)
    language sql immutable rows 3 set search_path = pg_catalog, pg_temp as
$$
    select t.scope, t.name
      from (values ('organization', ''), ('queue', p_lane.queue),
                   ('pipeline', p_lane.pipeline_id::text)
            union all select 'connection', c from unnest(p_lane.connections) c) t (scope, name)
     where t.name is not null
$$;

-- What a claim may take of lanes without limits; row locks alone keep claims apart. That no
-- lane had one was asked before, and may have changed since.
-- A priority point is worth ten seconds of waiting: so nothing waits for ever.
create function leat.pick(p_max integer, p_queues text[], p_after_org bigint, p_lanes bigint[],
                          p_floors bigint[], p_lost integer, p_most_lost integer) returns tid[]
    language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as
$$
declare
    orgs        bigint[];
    ids         bigint[];
    priorities  integer[];
    floors      bigint[];
    backs       bigint[];
    places      tid[];
begin
    select array_agg(l.org_id), array_agg(l.id), array_agg(l.priority),
           array_agg(greatest(l.floor, h.floor)), array_agg(coalesce(h.floor, 0))
      into orgs, ids, priorities, floors, backs
      from leat.lane l
      left join unnest(p_lanes, p_floors) h (id, floor) on h.id = l.id
     -- Not `exists`: as a join it may read the index of ready from its beginning.
     cross join lateral (
           (select 1 from leat.ready r
             where r.org_id = l.org_id and r.lane_id = l.id
               and r.job_id >= greatest(l.floor, h.floor)
             order by r.job_id limit 1)
           union all
           (select 1 from leat.ready r
             where r.org_id = l.org_id and r.lane_id = l.id
               and r.job_id >= coalesce(h.floor, 0) and r.is_back
             order by r.job_id limit 1)
           limit 1) r
     where (p_queues is null or l.queue = any (p_queues))
       and l.pipeline_id is null
       and not exists (
           select from leat.job_limit m
            where m.org_id = l.org_id
              and (m.scope = 'organization' or m.scope = 'queue' and m.name = l.queue
                   or m.scope = 'connection' and m.name = any (l.connections)))
       and not exists (select from leat.queue q
                        where q.org_id = l.org_id and q.name = l.queue and q.is_paused);
    if cardinality(ids) = 1 then
        -- Nobody to share with: by number, as the jobs of a lane go. What was added, from the
        -- floor on, and what has come back, wherever it stands; as a rule there is none.
        perform from leat.ready x
          where x.org_id = orgs[1] and x.lane_id = ids[1] and x.job_id >= backs[1] and x.is_back
          order by x.job_id limit 1;
        if not found then
            return array(
                select x.ctid from leat.ready x
                 where x.org_id = orgs[1] and x.lane_id = ids[1] and x.job_id >= floors[1]
                   and not x.is_back and x.lost between p_lost and p_most_lost
                 order by x.job_id limit p_max
                   for update skip locked);
        end if;
        return array(
            select r.place
              from (select * from (
                    select x.job_id, x.ctid as place from leat.ready x
                     where x.org_id = orgs[1] and x.lane_id = ids[1] and x.job_id >= floors[1]
                       and not x.is_back and x.lost between p_lost and p_most_lost
                     order by x.job_id limit p_max
                       for update skip locked) a
                    union all
                    select * from (
                    select x.job_id, x.ctid from leat.ready x
                     where x.org_id = orgs[1] and x.lane_id = ids[1] and x.job_id >= backs[1]
                       and x.is_back and x.lost between p_lost and p_most_lost
                     order by x.job_id limit p_max
                       for update skip locked) b) r
             order by r.job_id limit p_max);
    end if;
    with lanes as materialized (
        select *
          from unnest(orgs, ids, priorities, floors, backs) l (org_id, id, priority, floor, back)
    ),
    shares as (
        select l.*, case l.n_lanes when 1 then l.share
                    else greatest(2, ceil(2 * l.share / l.n_lanes)) end as n
          from (select x.*, count(*) over (partition by x.org_id) as n_lanes,
                       ceil(p_max::float8 / (select count(distinct y.org_id) from lanes y))
                            as share
                  from lanes x) l
    ),
    picked as materialized (
        select s.org_id, s.priority, r.job_id, r.since, r.place
          from shares s
         cross join lateral (
               select * from (
               select x.job_id, x.since, x.ctid as place
                 from leat.ready x
                where x.org_id = s.org_id and x.lane_id = s.id and x.job_id >= s.floor
                  and not x.is_back and x.lost between p_lost and p_most_lost
                order by x.job_id limit s.n
                  for update skip locked) a
               union all
               select * from (
               select x.job_id, x.since, x.ctid
                 from leat.ready x
                where x.org_id = s.org_id and x.lane_id = s.id and x.job_id >= s.back
                  and x.is_back and x.lost between p_lost and p_most_lost
                order by x.job_id limit s.n
                  for update skip locked) b
               order by job_id limit s.n) r
    ),
    ranked as (
        select p.*, row_number() over (partition by p.org_id
                   order by p.since + p.priority * interval '10 s', p.job_id) as turn
          from picked p
    )
    select array(select k.place from ranked k
                  order by k.turn, k.org_id <= p_after_org, k.org_id limit p_max)
      into places;
    return places;
end
$$;

-- The same where lanes have limits, which hold because such claims go one after the other.
create function leat.pick_limited(p_max integer, p_queues text[], p_after_org bigint,
                                  p_lost integer, p_most_lost integer)
    returns tid[]
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    at_    timestamptz := clock_timestamp();
    places tid[];
begin
    with room as materialized (
        select * from leat.room(at_)
    ),
    scopes as materialized (
        select l.org_id, l.id, t.scope, t.name, coalesce(m.n, 1) as n
          from leat.lane l
         cross join lateral leat.lane_scopes(l) t
          left join room m on m.org_id = l.org_id and m.scope = t.scope and m.name = t.name
         where (p_queues is null or l.queue = any (p_queues))
           and (m.n is not null or t.scope = 'pipeline')
    ),
    tight as materialized (
        select s.org_id, s.id, min(s.n) as n from scopes s group by s.org_id, s.id
    ),
    lanes as materialized (
        select l.org_id, l.id, l.priority, l.floor, p.n
          from leat.lane l
          left join tight p on p.org_id = l.org_id and p.id = l.id
         cross join lateral (
               (select 1 from leat.ready r
                 where r.org_id = l.org_id and r.lane_id = l.id and r.job_id >= l.floor
                 order by r.job_id limit 1)
               union all
               (select 1 from leat.ready r
                 where r.org_id = l.org_id and r.lane_id = l.id and r.is_back
                 order by r.job_id limit 1)
               limit 1) r
         where (p_queues is null or l.queue = any (p_queues))
           and (p.n is null or p.n > 0)
           and (l.pipeline_id is null or not exists (
                select from leat.pipeline_pause i
                 where i.org_id = l.org_id and i.pipeline_id = l.pipeline_id
                   and (i.why is null or l.kind <> 'replay')))
           and not exists (select from leat.queue q
                            where q.org_id = l.org_id and q.name = l.queue and q.is_paused)
    ),
    shares as (
        select l.org_id, l.id, l.priority, l.floor,
               least(l.n, case l.n_lanes when 1 then l.share
                          else greatest(2, ceil(2 * l.share / l.n_lanes)) end) as n
          from (select x.*, count(*) over (partition by x.org_id) as n_lanes,
                       ceil(p_max::float8 / (select count(distinct y.org_id) from lanes y))
                            as share
                  from lanes x) l
    ),
    picked as materialized (
        select s.org_id, s.id, s.priority, r.job_id, r.since, r.place
          from shares s
         cross join lateral (
               select * from (
               select x.job_id, x.since, x.ctid as place
                 from leat.ready x
                where x.org_id = s.org_id and x.lane_id = s.id and x.job_id >= s.floor
                  and not x.is_back and x.lost between p_lost and p_most_lost
                order by x.job_id limit s.n
                  for update skip locked) a
               union all
               select * from (
               select x.job_id, x.since, x.ctid
                 from leat.ready x
                where x.org_id = s.org_id and x.lane_id = s.id
                  and x.is_back and x.lost between p_lost and p_most_lost
                order by x.job_id limit s.n
                  for update skip locked) b
               order by job_id limit s.n) r
    ),
    ranked as materialized (
        select p.*, row_number() over (order by p.turn, p.org_id <= p_after_org, p.org_id) as pos
          from (select k.*, row_number() over (partition by k.org_id
                       order by k.since + k.priority * interval '10 s', k.job_id) as turn
                  from picked k) p
    ),
    -- What lanes share is given to the first of them.
    over_ as (
        select x.job_id
          from (select r.job_id, s.n, row_number() over (partition by s.org_id, s.scope, s.name
                                                         order by r.pos) as nth
                  from ranked r
                  join scopes s on s.org_id = r.org_id and s.id = r.id) x
         where x.nth > x.n
    ),
    chosen as materialized (
        select r.* from ranked r
         where r.job_id not in (select o.job_id from over_ o)
         order by r.pos limit p_max
    ),
    spent as (
        update leat.job_limit m
           set tokens = b.tokens - b.used, tokens_at = at_
          from (select s.org_id, s.scope, s.name, count(*) as used, min(o.tokens) as tokens
                  from chosen c
                  join scopes s on s.org_id = c.org_id and s.id = c.id
                  join room o on o.org_id = s.org_id and o.scope = s.scope and o.name = s.name
                 where o.tokens is not null
                 group by s.org_id, s.scope, s.name) b
         where m.org_id = b.org_id and m.scope = b.scope and m.name = b.name
    )
    select array(select c.place from chosen c order by c.pos) into places;
    return places;
end
$$;

-- Before a claim: one that was given up claims nothing, and nobody sleeps until the claim is
-- over. true: it has run nothing for a while, so nobody looks whether it lives.
create function leat.claim_enter(p_engine integer) returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    is_idle boolean;
begin
    perform pg_advisory_xact_lock_shared(27773, p_engine);
    perform pg_advisory_xact_lock_shared(27767, 0);
    select e.lease_until is null into is_idle from leat.engine e
     where e.id = p_engine and e.stopped_at is null;
    if not found then
        raise exception 'engine % was given up by the others', p_engine using errcode = 'LT002';
    end if;
    return is_idle;
end
$$;

-- Of the jobs that an engine held when it died nobody knows which one killed it. One that has
-- lost two engines gets its last run in an engine in which no other suspect runs: it dies alone,
-- or proves to be innocent. How often a job that the engine may take now was lost at most; 2: one
-- such job waits, and may start here.
create function leat.may_take(p_engine integer) returns integer
    language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off as
$$
    select case when exists (select from leat.run r where r.engine_id = p_engine and r.lost >= 2)
                then 0
                when exists (select from leat.run r where r.engine_id = p_engine and r.lost >= 1)
                  or not exists (select from leat.ready r where r.lost >= 2) then 1
                else 2 end
$$;

-- Those rows of ready, locked already, become runs of an engine. nth: where it was picked; null
-- in one lane, whose jobs go by number. In no order: sorting rows with bodies takes too long.
create function leat.start(p_engine integer, p_places tid[])
    returns table (org_id bigint, lane_id bigint, job_id bigint, run_no bigint, attempt integer,
                   lost integer, is_cancelled boolean, kind text, pipeline_id bigint,
                   max_attempts integer, time_limit_ms bigint, body jsonb, nth bigint)
    -- Rows are met by hashing; only bodies that stand apart are looked up one by one.
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set enable_nestloop = off
    set enable_mergejoin = off set enable_hashjoin = on
    -- Planning anew what a claim does takes as long as doing it.
    set plan_cache_mode = force_generic_plan as
$$
#variable_conflict use_column
declare
    lo        leat.ready;
    hi        leat.ready;
    is_near   boolean;
    is_one    boolean;
    -- Lanes of one job in a thousand, whatever lanes there are: these may be raised.
    in_orgs   bigint[];
    in_lanes  bigint[];
begin
    if coalesce(cardinality(p_places), 0) = 0 then
        return;
    end if;
    select min(r.org_id), max(r.org_id), min(r.lane_id), max(r.lane_id), min(r.job_id),
           max(r.job_id), bool_or(r.has_key),
           array_agg(r.org_id) filter (where hashint8(r.job_id) % 1000 = 0),
           array_agg(r.lane_id) filter (where hashint8(r.job_id) % 1000 = 0)
      into lo.org_id, hi.org_id, lo.lane_id, hi.lane_id, lo.job_id, hi.job_id, hi.has_key,
           in_orgs, in_lanes
      from leat.ready r
     where r.ctid = any (p_places);
    is_one := lo.lane_id = hi.lane_id;
    -- Reading sixteen bodies in a row takes as long as looking for one.
    is_near := lo.org_id = hi.org_id and hi.job_id - lo.job_id < 16 * cardinality(p_places);
    if hi.has_key then
        delete from leat.job_key k
         where k.job_id = any (array(select t.job_id from leat.ready t
                                      where t.ctid = any (p_places) and t.has_key))
           and not k.until_end;
    end if;
    return query
    with gone as (
        delete from leat.ready r where r.ctid = any (p_places)
        returning r.*, r.ctid as place
    ),
    put as (
        insert into leat.run (org_id, lane_id, job_id, run_no, attempt, lost, is_unsure,
                              is_cancelled, has_children, has_key, engine_id, deadline_at)
        select g.org_id, g.lane_id, g.job_id, g.run_no + 1, g.attempt + 1, g.lost, g.is_unsure,
               g.is_cancelled, g.has_children, g.has_key, p_engine,
               case when g.has_limit
                    then now() + interval '1 ms' * (
                         select n.time_limit_ms from leat.job n
                          where n.org_id = g.org_id and n.id = g.job_id) end
          from gone g
    )
    select g.org_id, g.lane_id, g.job_id, g.run_no + 1::bigint, g.attempt + 1,
           nullif(g.lost, 0)::integer, nullif(g.is_cancelled, false), j.kind, j.pipeline_id,
           j.max_attempts, j.time_limit_ms, j.body, o.nth
      from gone g
      join (select n.org_id, n.id, n.kind, n.pipeline_id, n.max_attempts, n.time_limit_ms,
                   n.body
              from leat.job n
             where is_near and n.org_id = lo.org_id and n.id >= lo.job_id
               and n.id <= hi.job_id
            union all
            select f.*
              from gone g
             cross join lateral (
                   select n.org_id, n.id, n.kind, n.pipeline_id, n.max_attempts,
                          n.time_limit_ms, n.body
                     from leat.job n
                    where n.org_id = g.org_id and n.id = g.job_id
                   offset 0) f
             where not is_near) j
        on j.org_id = g.org_id and j.id = g.job_id
      left join (select u.place, u.nth
                   from unnest(p_places) with ordinality u (place, nth)
                  where not is_one) o on o.place = g.place;
    for i in 1 .. coalesce(cardinality(in_lanes), 0) loop
        perform leat.lane_raise(in_orgs[i], in_lanes[i]);
    end loop;
end
$$;

-- places: what start() has to make runs of, in the same statement; wait_ms: until there is a token
-- for what a rate holds back.
create function leat.claim(p_engine integer, p_max integer, p_queues text[], p_after_org bigint,
                           p_lanes bigint[], p_floors bigint[], out places tid[],
                           out wait_ms float8)
    language plpgsql set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_generic_plan as
$$
declare
    is_idle     boolean := leat.claim_enter(p_engine);
    is_limited  boolean;
    most_lost   integer;
begin
    -- What stands in a lane is asked last, and only where it matters.
    select exists (
        select from (
            select l as lane from leat.lane l
             where (p_queues is null or l.queue = any (p_queues))
               and (l.pipeline_id is not null or exists (
                    select from leat.job_limit m
                     where m.org_id = l.org_id
                       and (m.scope = 'organization' or m.scope = 'queue' and m.name = l.queue
                            or m.scope = 'connection' and m.name = any (l.connections))))
            offset 0) x
         where leat.lane_waits(x.lane))
      into is_limited;
    if is_limited then
        perform pg_advisory_xact_lock(27768, 0);
    end if;
    most_lost := leat.may_take(p_engine);
    if most_lost = 2 then
        places := case when is_limited
            then leat.pick_limited(1, p_queues, p_after_org, 2, 32767)
            else leat.pick(1, p_queues, p_after_org, '{}', '{}', 2, 32767) end;
        most_lost := 1;
    end if;
    if coalesce(cardinality(places), 0) = 0 then
        places := case when is_limited
            then leat.pick_limited(p_max, p_queues, p_after_org, 0, most_lost)
            else leat.pick(p_max, p_queues, p_after_org, p_lanes, p_floors, 0, most_lost) end;
    end if;
    if is_idle and cardinality(places) > 0 then
        perform leat.tell('leat_wake', 'busy');
    end if;
    if is_limited and cardinality(places) < p_max then
        select min(r.wait_ms) into wait_ms from leat.room(clock_timestamp()) r;
    end if;
end
$$;
comment on function leat.claim(integer, integer, text[], bigint, bigint[], bigint[]) is
    'Chooses up to p_max jobs for start(): organizations in turn, within one by priority and age.';

-- That one, due or not. what: 0 yes, 1 it is not there to be had, 2 its limits are used up,
-- 3 another job of its pipeline runs; a pause of pipeline or queue is no obstacle.
create function leat.claim_one(p_engine integer, p_org bigint, p_job bigint)
    returns table (org_id bigint, lane_id bigint, job_id bigint, run_no bigint, attempt integer,
                   lost integer, is_cancelled boolean, kind text, pipeline_id bigint,
                   max_attempts integer, time_limit_ms bigint, body jsonb, nth bigint, what integer)
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
#variable_conflict use_column
declare
    is_idle boolean := leat.claim_enter(p_engine);
    it      leat.waiting;
    at_     timestamptz;
    full_   text;
    place   tid;
begin
    perform pg_advisory_xact_lock(27768, 0);
    at_ := clock_timestamp();
    select m.scope into full_
      from leat.job j
      join leat.lane l on l.org_id = j.org_id and l.id = j.lane_id
     cross join lateral leat.lane_scopes(l) t
      join leat.room(at_) m on m.org_id = l.org_id and m.scope = t.scope and m.name = t.name
     where j.org_id = p_org and j.id = p_job and m.n < 1
     order by m.scope = 'pipeline' desc
     limit 1;
    if full_ is not null then
        return query select null::bigint, null::bigint, null::bigint, null::bigint, null::integer,
               null::integer, null::boolean, null::text, null::bigint, null::integer,
               null::bigint, null::jsonb, null::bigint, case full_ when 'pipeline' then 3 else 2 end;
        return;
    end if;
    -- Behind the look for room: whoever held it has left that room with the same commit.
    if exists (select from leat.job j
                 join leat.pipeline_pause i
                   on i.org_id = j.org_id and i.pipeline_id = j.pipeline_id
                where j.org_id = p_org and j.id = p_job and j.kind <> 'replay'
                  and i.why is not null) then
        return query select null::bigint, null::bigint, null::bigint, null::bigint, null::integer,
               null::integer, null::boolean, null::text, null::bigint, null::integer,
               null::bigint, null::jsonb, null::bigint, 4;
        return;
    end if;
    -- Only what waits for its moment is taken early.
    delete from leat.scheduled s
     using leat.job j
     where j.org_id = p_org and j.id = p_job and s.org_id = j.org_id and s.lane_id = j.lane_id
       and s.job_id = j.id
    returning s.org_id, s.lane_id, s.job_id, s.run_no, s.attempt, s.lost, s.is_unsure,
              s.is_cancelled, s.has_children, s.has_key, s.is_back, s.has_limit, s.since, now(), 0,
              false
         into it;
    if found then
        perform leat.job_set_out(it);
    end if;
    select r.ctid into place
      from leat.job j
      join leat.ready r on r.org_id = j.org_id and r.lane_id = j.lane_id and r.job_id = j.id
     where j.org_id = p_org and j.id = p_job
       for update of r skip locked;
    if not found then
        return query select null::bigint, null::bigint, null::bigint, null::bigint, null::integer,
               null::integer, null::boolean, null::text, null::bigint, null::integer,
               null::bigint, null::jsonb, null::bigint, 1;
        return;
    end if;
    update leat.job_limit m
       set tokens = o.tokens - 1, tokens_at = at_
      from leat.job j
      join leat.lane l on l.org_id = j.org_id and l.id = j.lane_id
     cross join lateral leat.lane_scopes(l) t
      join leat.room(at_) o on o.org_id = l.org_id and o.scope = t.scope and o.name = t.name
     where j.org_id = p_org and j.id = p_job and o.tokens is not null
       and m.org_id = o.org_id and m.scope = o.scope and m.name = o.name;
    return query select s.*, 0 from leat.start(p_engine, array[place]) s;
    if is_idle then
        perform leat.tell('leat_wake', 'busy');
    end if;
end
$$;

-- Jobs whose moment has come may start; milliseconds to the next one, null: none waits for one.
create function leat.promote() returns float8
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    names  text[];
    name   text;
begin
    if exists (select from leat.scheduled s where s.run_after <= now()) then
        select array_agg(distinct l.queue order by l.queue) into names
          from leat.scheduled s
          join leat.lane l on l.org_id = s.org_id and l.id = s.lane_id
         where s.run_after <= now();
        foreach name in array coalesce(names, '{}') loop
            perform leat.wake_enter(name);
        end loop;
        with due as (
            delete from leat.scheduled s
             where s.ctid = any (array(
                   select x.ctid from leat.scheduled x where x.run_after <= now()
                    order by x.run_after limit 1000 for update skip locked))
            returning s.*
        )
        insert into leat.ready (org_id, lane_id, job_id, run_no, attempt, lost, is_unsure,
                                is_cancelled, has_children, has_key, is_back, has_limit, since)
        select d.org_id, d.lane_id, d.job_id, d.run_no, d.attempt, d.lost, d.is_unsure,
               d.is_cancelled, d.has_children, d.has_key, true, d.has_limit, d.since
          from due d;
        foreach name in array coalesce(names, '{}') loop
            perform leat.knock(name);
        end loop;
    end if;
    return (select extract(epoch from min(s.run_after) - clock_timestamp()) * 1000
              from leat.scheduled s);
end
$$;

-- ---- leaving --------------------------------------------------------------------------------

-- The one way out of run, for whoever still has the job; null row: it is somebody else's now.
-- p_state 0: back to the queue, else its end. An attempt after which it goes on is kept.
create function leat.job_leave(p_org bigint, p_lane bigint, p_job bigint, p_run bigint,
                               p_state integer, p_outcome integer, p_counts boolean,
                               p_is_lost boolean, p_is_unsure boolean, p_delay_ms float8,
                               p_done leat.done)
    returns leat.run
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    r       leat.run;
    it      leat.waiting;
    name    text;
begin
    perform pg_advisory_xact_lock_shared(27767, 0);
    select l.queue into name from leat.lane l where l.org_id = p_org and l.id = p_lane;
    if p_state = 0 then
        perform leat.wake_enter(name);
    end if;
    delete from leat.run x
     where x.org_id = p_org and x.lane_id = p_lane and x.job_id = p_job and x.run_no = p_run
    returning * into r;
    if not found then
        return null;
    end if;
    if p_state = 0 then
        delete from leat.progress p where p.org_id = p_org and p.job_id = p_job;
        insert into leat.attempt (org_id, job_id, run, attempt, outcome, engine_id, started_at,
                                  error_code, error, hint, sqlstate)
        values (p_org, p_job, p_run, r.attempt, p_outcome, r.engine_id, r.started_at,
                p_done.error_code, p_done.error, p_done.hint, p_done.sqlstate);
        it.org_id := p_org;
        it.lane_id := p_lane;
        it.job_id := p_job;
        it.run_no := p_run;
        it.attempt := case when p_counts then r.attempt else greatest(r.attempt - 1, 0) end;
        it.lost := r.lost + p_is_lost::integer;
        it.is_unsure := coalesce(p_is_unsure, r.is_unsure);
        it.is_cancelled := r.is_cancelled or r.cancel_at is not null;
        it.has_children := r.has_children;
        it.has_key := r.has_key;
        it.has_limit := r.deadline_at is not null;
        it.since := now();
        it.run_after := clock_timestamp() + p_delay_ms * interval '1 ms';
        it.pending := 0;
        it.is_paused := r.pause_at is not null and not it.is_cancelled;
        perform leat.job_set_out(it);
        perform leat.knock(name);
    else
        insert into leat.done (org_id, job_id, lane_id, run_no, state, attempt, lost, is_unsure,
                               has_children, committed_run, engine_id, started_at, rows_read,
                               rows_written, rows_unchanged, rows_filtered, rows_rejected, bytes,
                               error_code, error, hint, sqlstate, result)
        select p_org, p_job, p_lane, p_run, p_state, r.attempt, r.lost + p_is_lost::integer,
               coalesce(p_is_unsure, r.is_unsure), r.has_children, p_done.committed_run,
               r.engine_id, r.started_at,
               coalesce(p_done.rows_read, p.rows_read, 0),
               coalesce(p_done.rows_written, p.rows_written, 0),
               coalesce(p_done.rows_unchanged, p.rows_unchanged, 0),
               coalesce(p_done.rows_filtered, p.rows_filtered, 0),
               coalesce(p_done.rows_rejected, p.rows_rejected, 0),
               coalesce(p_done.bytes, p.bytes, 0), p_done.error_code, p_done.error,
               p_done.hint, p_done.sqlstate, coalesce(p_done.result, p.result)
          from (select) x
          left join leat.progress p on p.org_id = p_org and p.job_id = p_job
           and p.run_no = p_run;
        delete from leat.progress p where p.org_id = p_org and p.job_id = p_job;
        if r.has_children or r.has_key then
            perform leat.job_ended(p_org, array[p_job]);
        end if;
    end if;
    -- A place is free for whoever waits for one.
    for name in
        select distinct x.queue
          from (select l.queue, l as lane from leat.lane l
                  left join leat.wake w on w.queue = l.queue
                 where l.org_id = p_org and coalesce(w.armed, true)
                offset 0) x
         where leat.lane_waits(x.lane)
    loop
        perform leat.knock(name);
    end loop;
    return r;
end
$$;

-- Rejects and files that a job without a commit left pending; with chunks in the
-- target those of a parallel job count with its retry. Those of run p_shown stay, to be looked at.
create function leat.job_sweep(p_org bigint, p_job bigint, p_shown bigint) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
begin
    delete from leat.reject r
     where r.org_id = p_org and r.job_id = p_job and r.run is distinct from p_shown
       and (select coalesce(j.body ->> 'parallel', '1') = '1' from leat.job j
             where j.org_id = p_org and j.id = p_job);
    delete from leat.loaded_file f where f.org_id = p_org and f.job_id = p_job;
end
$$;

-- p_trace as in enum job_trace. The state afterwards; null: fenced. A cancelled job
-- that may have committed is tried again as others are: the attempt asks the target.
create function leat.job_fail(p_org bigint, p_lane bigint, p_job bigint, p_run bigint,
                              p_may_retry boolean, p_is_cancel boolean, p_trace integer,
                              p_standing bigint, p_read bigint, p_rejected bigint,
                              p_code text, p_error text, p_hint text, p_sqlstate text, p_base_ms float8, p_cap_ms float8,
                              p_least_ms float8)
    returns integer
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    r        leat.run;
    d        leat.done;
    tries    integer;
    state    integer;
    unsure   boolean;
begin
    select x.* into r from leat.run x
     where x.org_id = p_org and x.lane_id = p_lane and x.job_id = p_job and x.run_no = p_run
       for update;
    if not found then
        return null;
    end if;
    select j.max_attempts into tries from leat.job j where j.org_id = p_org and j.id = p_job;
    unsure := case p_trace when 0 then false when 2 then true else r.is_unsure end;
    state := case
        when p_is_cancel then 5
        when (r.cancel_at is not null or r.is_cancelled) and not unsure then 5
        when p_may_retry and r.attempt < tries then 0
        when p_may_retry and tries > 1 then 4
        else 3 end;
    -- Nobody can tell what the books have seen on its way from what stands, but the load.
    d.rows_written := case when p_trace = 0 then p_standing end;
    d.rows_read := p_read;
    d.rows_rejected := p_rejected;
    d.error_code := p_code;
    d.error := p_error;
    d.hint := p_hint;
    d.sqlstate := p_sqlstate;
    -- Half of the delay is drawn, so that many that failed together come back apart.
    r := leat.job_leave(p_org, p_lane, p_job, p_run, state, case state when 5 then 5 else 2 end,
                        true, false, unsure,
                        least(p_cap_ms, greatest(p_least_ms,
                              least(p_cap_ms, p_base_ms * power(2, least(r.attempt, 20) - 1))
                              * (0.5 + 0.5 * random()))), d);
    -- Over its budget: what this run refused is what has to be looked at (reject_view).
    if state <> 0 and not unsure then
        perform leat.job_sweep(p_org, p_job,
                               case when state = 3 and p_code = 'BUDGET' then p_run end);
    end if;
    return state;
end
$$;

-- The engine stops, or the job was paused: it waits again and the attempt is not counted.
create function leat.job_hand_back(p_org bigint, p_lane bigint, p_job bigint, p_run bigint,
                                   p_trace integer)
    returns integer
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    r       leat.run;
    unsure  boolean;
    state   integer;
begin
    select x.* into r from leat.run x
     where x.org_id = p_org and x.lane_id = p_lane and x.job_id = p_job and x.run_no = p_run
       for update;
    if not found then
        return null;
    end if;
    unsure := case p_trace when 0 then false when 2 then true else r.is_unsure end;
    state := case when (r.cancel_at is not null or r.is_cancelled) and not unsure then 5
                  else 0 end;
    perform leat.job_leave(p_org, p_lane, p_job, p_run, state, 4, false, false, unsure, 0, null);
    return state;
end
$$;

-- Rejects of that run begin to count, those of other runs go.
create function leat.reject_settle(p_org bigint, p_job bigint, p_run bigint) returns void
    language sql set search_path = pg_catalog, pg_temp as
$$
    delete from leat.reject x
     where x.org_id = p_org and x.job_id = p_job and x.run <> p_run
$$;

-- What the target has committed becomes what the books say, all at once. false: fenced.
create function leat.job_settle(p_org bigint, p_lane bigint, p_job bigint, p_run bigint,
                                p_is_found boolean, p_bookmark jsonb, p_done leat.done)
    returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    r         leat.run;
    it        leat.waiting;
    pipeline  bigint;
begin
    if not p_is_found then
        r := leat.job_leave(p_org, p_lane, p_job, p_run, p_done.state, 1, true, false, false, 0,
                            p_done);
        if r.job_id is null then
            return false;
        end if;
    else
        -- Nobody runs it: it waits for a retry, or had ended otherwise.
        loop
            it := leat.job_lift(p_org, p_job);
            if it.job_id is not null and it.run_no <> p_run then
                perform leat.job_set_out(it);
                return false;
            end if;
            if it.job_id is not null then
                it.is_unsure := false;
                delete from leat.job_edge e where e.org_id = p_org and e.child_id = p_job;
                perform leat.job_close(it, p_done.state, p_done.error_code, p_done.error);
            end if;
            update leat.done d
               set state = p_done.state, committed_run = p_done.committed_run, is_unsure = false,
                   rows_read = p_done.rows_read, rows_written = p_done.rows_written,
                   rows_unchanged = p_done.rows_unchanged, rows_filtered = p_done.rows_filtered,
                   rows_rejected = p_done.rows_rejected, bytes = p_done.bytes,
                   error_code = p_done.error_code, error = p_done.error, hint = p_done.hint,
                   sqlstate = null, result = p_done.result
             where d.org_id = p_org and d.job_id = p_job and d.run_no = p_run
               and d.committed_run is null;
            exit when found;
            -- Unless somebody has just retried it, and it waits again.
            if not exists (select from leat.job_view v
                            where v.org_id = p_org and v.id = p_job and v.run_no = p_run
                              and v.state in (0, 6, 7)) then
                return false;
            end if;
        end loop;
        perform leat.job_ended(p_org, array[p_job]);
    end if;
    select j.pipeline_id into pipeline from leat.job j where j.org_id = p_org and j.id = p_job;
    if p_bookmark is not null and pipeline is not null then
        -- What an earlier run committed must not move a bookmark that is further on.
        insert into leat.bookmark as b (org_id, pipeline_id, value, job_id)
        values (p_org, pipeline, p_bookmark, p_job)
        on conflict (org_id, pipeline_id) do update
           set value = excluded.value, job_id = excluded.job_id
         where p_run = p_done.committed_run and not p_is_found or b.job_id <= excluded.job_id;
    end if;
    perform leat.reject_settle(p_org, p_job, p_done.committed_run);
    delete from leat.loaded_file f
     where f.org_id = p_org and f.job_id = p_job and f.run <> p_done.committed_run;
    -- In the commit that makes room for the pipeline's next job.
    if p_done.result @> '{"held": true}' and pipeline is not null then
        insert into leat.pipeline_pause as x (org_id, pipeline_id, why)
        values (p_org, pipeline, format('job %s: %s', p_job, p_done.result ->> 'over_rejects'))
        on conflict (org_id, pipeline_id) do update set why = excluded.why;
        perform set_config('leat.org', p_org::text, true);
        insert into leat.audit (action, object)
        select 'pipeline hold', p.name from leat.pipeline p
         where p.org_id = p_org and p.id = pipeline;
    end if;
    return true;
end
$$;

-- Rows of run become rows of done, by groups: group i has one lane and one run number, and the
-- jobs behind those of group i - 1 up to place p_ends[i], in the order of their numbers, with
-- no wide gap. Also which of them others wait for, or had a key.
create function leat.job_done(p_orgs bigint[], p_lanes bigint[], p_runs bigint[],
                              p_ends integer[], p_jobs bigint[], p_results jsonb[],
                              out n bigint, out tied bigint[], out tied_orgs bigint[])
    -- A plan made while the table was small must not read all of it later: a group is read
    -- from its first number to its last, whatever else is there.
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set enable_nestloop = off
    set enable_mergejoin = off set enable_hashjoin = on
    set plan_cache_mode = force_generic_plan as
$$
declare
    begins   integer := 1;
    jobs     bigint[];
    results  jsonb[];
    places   tid[];
    more     bigint[];
    k        bigint;
begin
    n := 0;
    if cardinality(p_ends) > 1 and cardinality(p_jobs) < 16 * cardinality(p_ends) then
        -- Small groups: each job by its key, all in one statement. Locked in one and taken in
        -- the next, which sees what others have changed in between.
        places := array(
            select r.place
              from generate_subscripts(p_ends, 1) i
             cross join lateral unnest(p_jobs[coalesce(p_ends[i - 1], 0) + 1:p_ends[i]]) x (job)
             cross join lateral (
                   select t.ctid as place
                     from leat.run t
                    where t.org_id = p_orgs[i] and t.lane_id = p_lanes[i] and t.job_id = x.job
                      and t.run_no = p_runs[i]
                      for update
                   offset 0) r);
        with gone as (
            delete from leat.run r where r.ctid = any (places)
            returning r.*
        ),
        put as (
            insert into leat.done (org_id, job_id, lane_id, run_no, state, attempt, lost,
                                   has_children, engine_id, started_at, result)
            select g.org_id, g.job_id, g.lane_id, g.run_no, 2, g.attempt, g.lost,
                   g.has_children, g.engine_id, g.started_at, x.result
              from gone g
              left join (select u.job, u.result from unnest(p_jobs, p_results) u (job, result)
                          where p_results is not null) x on x.job = g.job_id
        )
        select count(*), array_agg(g.job_id) filter (where g.has_children or g.has_key),
               array_agg(g.org_id) filter (where g.has_children or g.has_key)
          into n, tied, tied_orgs from gone g;
        return;
    end if;
    for i in 1 .. cardinality(p_ends) loop
        jobs := p_jobs[begins:p_ends[i]];
        results := p_results[begins:p_ends[i]];
        begins := p_ends[i] + 1;
        with gone as (
            delete from leat.run r
             using unnest(jobs, results) x (job, result)
             where r.org_id = p_orgs[i] and r.lane_id = p_lanes[i] and r.run_no = p_runs[i]
               and r.job_id >= jobs[1] and r.job_id <= jobs[cardinality(jobs)]
               and r.job_id = x.job
            returning r.job_id, r.attempt, r.lost, r.has_children, r.has_key, r.engine_id,
                      r.started_at, x.result
        ),
        put as (
            insert into leat.done (org_id, job_id, lane_id, run_no, state, attempt, lost,
                                   has_children, engine_id, started_at, result)
            select p_orgs[i], g.job_id, p_lanes[i], p_runs[i], 2, g.attempt, g.lost,
                   g.has_children, g.engine_id, g.started_at, g.result
              from gone g
        )
        select count(*), array_agg(g.job_id) filter (where g.has_children or g.has_key)
          into k, more from gone g;
        n := n + k;
        if more is not null then
            tied := tied || more;
            tied_orgs := tied_orgs || array_fill(p_orgs[i], array[cardinality(more)]);
        end if;
    end loop;
end
$$;

-- Many small jobs that have no target of their own end at once; those that were still held.
create function leat.job_finish(p_orgs bigint[], p_lanes bigint[], p_runs bigint[],
                                p_ends integer[], p_jobs bigint[], p_results jsonb[])
    returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as
$$
declare
    ended  record;
    one    bigint;
    name   text;
begin
    perform pg_advisory_xact_lock_shared(27767, 0);
    select * into ended
      from leat.job_done(p_orgs, p_lanes, p_runs, p_ends, p_jobs, p_results);
    -- All rows of run are gone before the first child is locked.
    for one in select distinct o from unnest(ended.tied_orgs) o order by o loop
        perform leat.job_ended(one, array(
            select x.job from unnest(ended.tied_orgs, ended.tied) x (org, job)
             where x.org = one));
    end loop;
    for name in
        select distinct x.queue
          from (select l.queue, l as lane from leat.wake w
                  join leat.lane l on l.queue = w.queue
                 where w.armed and l.org_id = any (p_orgs)
                offset 0) x
         where leat.lane_waits(x.lane)
    loop
        perform leat.knock(name);
    end loop;
    return ended.n;
end
$$;

-- The same of an engine that claims again in the same transaction: its locks in their order.
create function leat.job_turn(p_engine integer, p_orgs bigint[], p_lanes bigint[],
                              p_runs bigint[], p_ends integer[], p_jobs bigint[],
                              p_results jsonb[])
    returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
begin
    perform leat.claim_enter(p_engine);
    return leat.job_finish(p_orgs, p_lanes, p_runs, p_ends, p_jobs, p_results);
end
$$;

-- The run, when it still is the job's.
create function leat.held(p_org bigint, p_job bigint, p_run bigint)
    returns table (org_id bigint, job_id bigint, run_no bigint)
    language sql stable set search_path = pg_catalog, pg_temp as
$$
    select r.org_id, r.job_id, r.run_no::bigint
      from leat.job j
      join leat.run r on r.org_id = j.org_id and r.lane_id = j.lane_id and r.job_id = j.id
     where j.org_id = p_org and j.id = p_job and r.run_no = p_run
$$;

-- The target knows nothing of that run, and never will.
create function leat.job_clear_found(p_org bigint, p_job bigint, p_run bigint) returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    it       leat.waiting;
    is_held  boolean;
begin
    update leat.done d set is_unsure = false
     where d.org_id = p_org and d.job_id = p_job and d.run_no = p_run and d.is_unsure;
    if found then
        perform leat.job_sweep(p_org, p_job, null);
        return true;
    end if;
    it := leat.job_lift(p_org, p_job);
    if it.job_id is null then
        return false;
    end if;
    is_held := it.run_no = p_run;
    it.is_unsure := it.is_unsure and not is_held;
    perform leat.job_set_out(it);
    return is_held;
end
$$;

-- ---- engines that are gone -------------------------------------------------------------------

-- Takes its jobs from an engine; the fence keeps them from it. null p_engine: those whose
-- time was up long ago. It may have committed: one that was cancelled asks its target first.
create function leat.job_rescue(p_engine integer, p_max_lost integer, p_base_ms float8)
    returns table (org_id bigint, job_id bigint, run_no bigint, state integer)
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
#variable_conflict use_column
declare
    r   leat.run;
    d   leat.done;
    to_ integer;
begin
    d.error_code := 'FENCED';
    d.error := case when p_engine is null
        then 'the attempt did not end when its time was up'
        else 'the attempt vanished: its engine is gone' end;
    for r in
        select x.* from leat.run x
         where case when p_engine is null then x.deadline_at < now() - interval '15 s'
                    else x.engine_id = p_engine end
         order by x.job_id
           for update skip locked
    loop
        to_ := case when r.lost + 1 >= p_max_lost then 4 else 0 end;
        -- The first time at once; one that kills its engine again and again waits longer.
        perform leat.job_leave(r.org_id, r.lane_id, r.job_id, r.run_no, to_, 3, false, true, true,
            case r.lost when 0 then 0 else p_base_ms * power(2, r.lost - 1) end, d);
        return query select r.org_id, r.job_id, r.run_no::bigint, to_;
    end loop;
end
$$;

-- An engine whose session is gone, or whose lease has run out, is over: what it ran is taken.
-- null: it lives, or somebody else is at it.
create function leat.engine_bury(p_engine integer, p_max_lost integer, p_base_ms float8)
    returns integer
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    n    integer;
    org  bigint;
begin
    if not pg_try_advisory_xact_lock(27769, p_engine) then
        perform from leat.engine e
          where e.id = p_engine and e.stopped_at is null and e.lease_until < clock_timestamp()
            for update skip locked;
        if not found then
            return null;
        end if;
    end if;
    -- A claim of its own on the way shows soon; those behind this find it stopped.
    if not pg_try_advisory_xact_lock(27773, p_engine) then
        return null;
    end if;
    -- One that ended in order may have left what it could not write down.
    update leat.engine e set stopped_at = coalesce(e.stopped_at, now()), lease_until = null
     where e.id = p_engine;
    if not found then
        return null;
    end if;
    n := 0;
    for org in select x.org_id from leat.job_rescue(p_engine, p_max_lost, p_base_ms) x loop
        n := n + 1;
        -- The dead may have owed notices; equal ones of a transaction are one.
        perform leat.tell('leat_' || org, '{"e":"resync"}');
    end loop;
    return n;
end
$$;

-- What an engine claimed without knowing it, because the answer was lost: it never began.
create function leat.engine_strays(p_engine integer, p_held bigint[]) returns integer
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    n  integer := 0;
    r  leat.run;
begin
    for r in select x.* from leat.run x
              where x.engine_id = p_engine and x.job_id <> all (p_held)
              order by x.job_id
    loop
        n := n + (leat.job_hand_back(r.org_id, r.lane_id, r.job_id, r.run_no, 1)
                  is not null)::integer;
    end loop;
    return n;
end
$$;

-- ---- history -----------------------------------------------------------------------------

-- Whether somebody has still to deal with a reject of one of these jobs.
create function leat.reject_is_open(p_lo bigint, p_hi bigint) returns boolean
    language sql stable set search_path = pg_catalog, pg_temp as
$$
    select exists (select from leat.reject t where t.job_id >= p_lo and t.job_id < p_hi)
$$;

create function leat.reject_forget(p_lo bigint, p_hi bigint) returns void
    language sql set search_path = pg_catalog, pg_temp as
$$
    delete from leat.reject t where t.job_id >= p_lo and t.job_id < p_hi
$$;

create function leat.job_forget(p_keep interval) returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    old     leat.job_range;
    newest  bigint := (select max(r.lo) from leat.job_range r
                        where exists (select from leat.job j
                                       where j.id >= r.lo and j.id < r.hi));
begin
    perform set_config('lock_timeout', '200ms', true);
    for old in select * from leat.job_range r where r.hi <= newest order by r.lo loop
        continue when exists (select from leat.ready t where t.job_id >= old.lo and t.job_id < old.hi)
            or exists (select from leat.scheduled t where t.job_id >= old.lo and t.job_id < old.hi)
            or exists (select from leat.waiting t where t.job_id >= old.lo and t.job_id < old.hi)
            or exists (select from leat.run t where t.job_id >= old.lo and t.job_id < old.hi)
            or exists (select from leat.done t where t.job_id >= old.lo and t.job_id < old.hi
                          and (t.finished_at > now() - p_keep or t.is_unsure))
            or leat.reject_is_open(old.lo, old.hi)
            -- Somebody waits until one of these is tried again.
            or exists (select from leat.job_edge t
                        where t.parent_id >= old.lo and t.parent_id < old.hi);
        perform leat.reject_forget(old.lo, old.hi);
        delete from leat.progress t where t.job_id >= old.lo and t.job_id < old.hi;
        perform leat.job_range_drop(old.lo);
        return old.hi - old.lo;
    end loop;
    return 0;
end
$$;
comment on function leat.job_forget(interval) is
    'Drops the oldest range whose jobs have all ended before that; the size of it, or 0.';

-- Acts that are older than that go, a thousand at a time from the oldest on. The trail is an
-- organization's own, so its owner looks at one after the other, with leat.org set to it.
create function leat.audit_forget(p_keep interval) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as
$$
declare
    before  text := current_setting('leat.org', true);
    gone    bigint := 0;
    n       bigint;
    org     bigint;
begin
    for org in select o.org_id from leat.organization o loop
        perform set_config('leat.org', org::text, true);
        for i in 1 .. 100 loop
            exit when coalesce((select a.at from leat.audit a where a.org_id = org
                                 order by a.id limit 1) >= now() - p_keep, true);
            delete from leat.audit a
             where a.org_id = org and a.at < now() - p_keep
               and a.id <= (select max(f.id) from (select x.id from leat.audit x
                                                    where x.org_id = org
                                                    order by x.id limit 1000) f);
            get diagnostics n = row_count;
            gone := gone + n;
        end loop;
    end loop;
    perform set_config('leat.org', coalesce(before, ''), true);
    return gone;
end
$$;

-- The one look that nobody asked for, by one engine for all of them: the others hear of it.
create function leat.sweep(p_keep interval) returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    gone  bigint := 0;
    n     bigint;
begin
    if not pg_try_advisory_xact_lock(27771, 0) then
        return null;
    end if;
    begin
        for i in 1 .. 10 loop
            n := leat.job_forget(p_keep);
            exit when n = 0;
            gone := gone + n;
        end loop;
    exception when lock_not_available then
        null;   -- somebody reads history; the next sweep is soon enough
    end;
    delete from leat.engine e
     where e.stopped_at < now() - p_keep
       and not exists (select from leat.done d where d.engine_id = e.id);
    -- The newest slot of a schedule is shown, and one whose job lives keeps others from starting.
    delete from leat.tick t using leat.schedule s
     where t.org_id = s.org_id and t.schedule_id = s.id and t.due_at < now() - p_keep
       and t.due_at < (select max(x.due_at) from leat.tick x
                        where x.org_id = s.org_id and x.schedule_id = s.id)
       and not exists (select from leat.job_view v
                        where v.org_id = t.org_id and v.id = t.job_id
                          and v.state not in (2, 3, 4, 5));
    perform leat.audit_forget(p_keep);
    perform leat.tell('leat_wake', 'swept');
    return gone;
end
$$;

-- A number below which no job is as young as that, but for one whose transaction took more than
-- an hour: by halving, for numbers and times go together.
create function leat.job_since(p_since timestamptz) returns bigint
    language plpgsql stable set search_path = pg_catalog, pg_temp as
$$
declare
    org   bigint := nullif(current_setting('leat.org', true), '')::bigint;
    lo    bigint := 0;
    hi    bigint := coalesce((select j.id from leat.job j where j.org_id = org
                               order by j.id desc limit 1), 0) + 1;
    mid   bigint;
    made  timestamptz;
begin
    while hi - lo > 100 loop
        mid := lo + (hi - lo) / 2;
        select j.created_at into made from leat.job j
         where j.org_id = org and j.id >= mid order by j.id limit 1;
        if made < p_since - interval '1 hour' then
            lo := mid;
        else
            hi := mid;
        end if;
    end loop;
    return lo;
end
$$;

-- Nobody but leat's roles runs any of this.
do $$
declare
    f regprocedure;
begin
    for f in select p.oid from pg_catalog.pg_proc p
              where p.pronamespace = 'leat'::regnamespace
                and p.proname in ('wake_enter', 'tell', 'knock', 'lane_of', 'job_wait_for', 'job_add',
                    'job_set_out', 'job_lift', 'job_close', 'job_ended', 'job_withdraw', 'job_cancel',
                    'job_ask',
                    'lane_scopes', 'lane_waits', 'room', 'job_room') loop
        execute format('revoke execute on function %s from public', f);
        execute format('grant execute on function %s to leat_app, leat_engine', f);
    end loop;
    for f in select p.oid from pg_catalog.pg_proc p
              where p.pronamespace = 'leat'::regnamespace
                and p.proname in ('job_retry', 'job_pause', 'job_resume', 'job_since') loop
        execute format('revoke execute on function %s from public', f);
        execute format('grant execute on function %s to leat_app', f);
    end loop;
    for f in select p.oid from pg_catalog.pg_proc p
              where p.pronamespace = 'leat'::regnamespace
                and p.proname in ('arm', 'pick', 'pick_limited', 'may_take', 'lane_raise',
                    'claim_enter', 'start', 'claim',
                    'claim_one',
                    'promote', 'job_leave', 'job_sweep', 'job_fail', 'job_hand_back',
                    'job_settle', 'job_done', 'job_finish', 'job_turn', 'job_rescue', 'held',
                    'job_clear_found', 'reject_settle', 'reject_is_open', 'reject_forget',
                    'engine_bury', 'engine_strays', 'job_forget', 'audit_forget', 'sweep',
                    'job_range_drop') loop
        execute format('revoke execute on function %s from public', f);
        execute format('grant execute on function %s to leat_engine', f);
    end loop;
end
$$;
grant insert on leat.attempt to leat_app;
grant delete on leat.tick to leat_engine;
-- What only looks.
grant execute on function leat.lane_scopes(leat.lane), leat.room(timestamptz),
      leat.job_since(timestamptz) to leat_reader;
