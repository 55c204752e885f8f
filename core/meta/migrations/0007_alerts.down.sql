-- 0007_alerts.down.sql
-- Rules, incidents and messages go, and with them the jobs that send messages.
set local lock_timeout = '3s';

-- Rows of all organizations go: wherever there are rows of a job.
do $$
declare
    t text;
begin
    alter table leat.job no force row level security;
    for t in select c.relname from pg_catalog.pg_class c
               join pg_catalog.pg_attribute a
                 on a.attrelid = c.oid and a.attname = 'job_id' and not a.attisdropped
              where c.relnamespace = 'leat'::regnamespace and c.relkind in ('r', 'p')
                and not c.relispartition loop
        execute format('alter table leat.%I no force row level security', t);
        execute format('delete from leat.%I t using leat.job j where j.kind = ''alert'' '
                       'and t.org_id = j.org_id and t.job_id = j.id', t);
        execute format('alter table leat.%I force row level security', t);
    end loop;
    delete from leat.job where kind = 'alert';
    alter table leat.job force row level security;
end
$$;

drop table leat.alert_due, leat.alert_message, leat.alert_incident, leat.alert;

do $$
declare
    part regclass;
begin
    alter table leat.job drop constraint job_kind_check;
    for part in select c.conrelid from pg_catalog.pg_constraint c
                 where c.conname = 'job_kind_check' and c.conrelid in (
                       select i.inhrelid from pg_catalog.pg_inherits i
                        where i.inhparent = 'leat.job'::regclass) loop
        execute format('alter table %s drop constraint job_kind_check', part);
    end loop;
    alter table leat.job add constraint job_kind_check check (kind in ('load', 'run'));
end
$$;
