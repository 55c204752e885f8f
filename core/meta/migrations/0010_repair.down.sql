-- 0010_repair.down.sql
-- Fixes, discards and their history go, and with them the jobs that replayed rejects; the
-- rejects stay, all of them open again.
set local lock_timeout = '3s';

drop function leat.repair_learn();
drop function leat.repair_assign(bigint, bigint[], bigint[]);
drop function leat.repair_undo(bigint, boolean);
drop function leat.repair_change(bigint, integer, text, bigint[], integer[], jsonb[]);
drop function leat.repair_lock(bigint[]);

drop view leat.reject_view;
alter table leat.reject drop column block;
create view leat.reject_view with (security_invoker = true) as
select r.*
  from leat.reject r
  join leat.done d on d.org_id = r.org_id and d.job_id = r.job_id and d.committed_run = r.run;
comment on view leat.reject_view is 'Only the rejects that count.';
grant select on leat.reject_view to leat_app, leat_reader;

create or replace function leat.reject_settle(p_org bigint, p_job bigint, p_run bigint)
    returns void
    language sql set search_path = pg_catalog, pg_temp as
$$
    delete from leat.reject x
     where x.org_id = p_org and x.job_id = p_job and x.run <> p_run
$$;

create or replace function leat.reject_is_open(p_lo bigint, p_hi bigint) returns boolean
    language sql stable set search_path = pg_catalog, pg_temp as
$$
    select exists (select from leat.reject t where t.job_id >= p_lo and t.job_id < p_hi)
$$;

create or replace function leat.reject_forget(p_lo bigint, p_hi bigint) returns void
    language sql set search_path = pg_catalog, pg_temp as
$$
    delete from leat.reject t where t.job_id >= p_lo and t.job_id < p_hi
$$;

drop function leat.replay_settle(bigint, bigint);
drop function leat.block_discarded(bigint, bigint);

drop table leat.replay_block, leat.repair_block, leat.repair_step, leat.repair, leat.repair_act, leat.reject_shape;

-- Replays of all organizations go: wherever there are rows of a job.
do $$
declare
    t  record;
begin
    alter table leat.job no force row level security;
    for t in select c.relname, a.attname from pg_catalog.pg_class c
               join pg_catalog.pg_attribute a on a.attrelid = c.oid and not a.attisdropped
                and a.attname in ('job_id', 'parent_id', 'child_id')
              where c.relnamespace = 'leat'::regnamespace and c.relkind in ('r', 'p')
                and not c.relispartition loop
        execute format('alter table leat.%I no force row level security', t.relname);
        execute format('delete from leat.%I t using leat.job j where j.kind = ''replay'' '
                       'and t.org_id = j.org_id and t.%I = j.id', t.relname, t.attname);
        execute format('alter table leat.%I force row level security', t.relname);
    end loop;
    delete from leat.job where kind = 'replay';
    alter table leat.job force row level security;
    alter table leat.lane no force row level security;
    delete from leat.lane where kind = 'replay';
    alter table leat.lane force row level security;
end
$$;
