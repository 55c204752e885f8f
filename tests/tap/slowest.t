#!/usr/bin/env python3
# tests/tap/slowest.t
#	What a job waited for: its source, its own work, or its target.
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
bench = lab.Bench(tap)
leat, sql = bench.leat, bench.sql


def show(job):
    return leat.json('job', 'show', str(job)).json()


def parts(row):
    return [row[f'time_{side}'] for side in ('source', 'mapping', 'target')]


# ---- a target that takes its time -------------------------------------------------------

sql('create table slow (id int);'
    'create function wait() returns trigger language plpgsql as '
    "$$ begin perform pg_sleep(0.02); return new; end $$;"
    'create trigger wait before insert on slow for each row execute function wait();'
    'grant all on slow to public')
got = bench.load('slow target', [bench.put('slow.csv', 'id\n' + '1\n' * 60), '--into', 'slow'],
                 written=60)
row = show(got['job'])
tap.equal(row['slowest'], 'target', 'slow target: it is told', row)
tap.ok(row['time_target'] > 1 > row['time_source'] + row['time_mapping'],
       'slow target: the time is there', parts(row))
tap.ok(sum(parts(row)) <= row['seconds'], 'slow target: no more time than there was', row)

# ---- a source that does -------------------------------------------------------------------

p = leat.popen('-o', 'json', '-q', 'load', '-', '--into', 'quick', stdin=subprocess.PIPE,
               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
p.stdin.write(b'id\n' + b'1\n' * 40000)
for i in range(6):
    p.stdin.write(b'2\n' * 20000)
    p.stdin.flush()
    time.sleep(0.4)
p.stdin.close()
p.stdout.read()
tap.equal(p.wait(), 0, 'slow source: loaded')
row = show(int(got['job']) + 1)
tap.equal(row['slowest'], 'source', 'slow source: it is told', row)

# ---- several connections, and a job that never ran -----------------------------------------

sql('create table slow4 (id int);'
    'create trigger wait before insert on slow4 for each row execute function wait();'
    'grant all on slow4 to public')
got = bench.load('parallel', [bench.put('par.csv', 'id\n' + '1\n' * 60), '--into', 'slow4',
                              '--parallel', '2'], written=60)
tap.equal(show(got['job'])['slowest'], 'target', 'parallel: it is told')
# ---- one that does not move at all ----------------------------------------------------------

sql('create table held (id int); grant all on held to public')
with subprocess.Popen(['psql', '-XqAt', '-d', bench.server.conninfo('leat'), '-c',
                       'begin; lock table held; select pg_sleep(290)'], env=lab.clean_env(),
                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as holder:
    p = leat.popen('-q', 'load', bench.put('held.csv', 'id\n1\n'), '--into', 'held',
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 200
    row = {}
    pid = None
    while not row.get('blocked_by') and time.monotonic() < end:
        time.sleep(0.5)
        row = leat.json('job', 'list', '--limit', '1').rows()[0]
        row = show(row['job']) if row['state'] == 'running' else {}
        pid = sql("select pid from pg_locks where relation = 'held'::regclass and granted") or pid
    tap.ok(row.get('slowest') == 'lock' and row['time_target'] >= 2 and row['rows_read'] <= 1,
           'a load that stands still tells what it waits for', row)
    moment = r'\S+ \S+ UTC'
    tap.ok(re.match(rf'process {pid} \(psql, user \w+\): the lock on held, waited for since {moment}; '
                    rf'it is active, its transaction began {moment}, its query {moment}$',
                    row.get('blocked_by') or ''), 'and who has it', row)
    tap.ok(f'pg_terminate_backend({pid})' in (row.get('unblock') or ''), 'and what can be done', row)
    sql("select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep%' "
        'and pid <> pg_backend_pid()')
    holder.wait()
    tap.equal(p.wait(), 0, 'and goes on when it can')
row = show(leat.json('job', 'list', '--limit', '1').rows()[0]['job'])
tap.equal([row['slowest'], row['blocked_by'], row['unblock']], ['target', None, None],
          'at the end nobody blocks it')

queued = leat.json('load', bench.put('later.csv', 'id\n1\n'), '--into', 'later', '--detach').json()
row = show(queued['job'])
tap.equal([row['slowest'], *parts(row)], [None] * 4, 'queued: nothing is known yet')
tap.done()
