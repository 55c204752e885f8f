#!/usr/bin/env python3
# tests/tap/dead_link.t
#	A link to leat's own database that is dead while keepalives are answered: a
#	proxy that lets nothing pass. Whoever is told to leave leaves all the same.
#
# leat-test: timeout=300
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'chaos'))
import chaos  # noqa: E402
import faultproxy  # noqa: E402
import lab  # noqa: E402

LEAVE_S = 12	# from the signal; what hangs for good is left after eight
ROWS = 200

tap = lab.Tap()
server, near = lab.lab()
server.create_db('target')
lab.apply(near, {'far': lab.postgres_connection(server, 'target')})
behind = lab.temp_folder('lab-proxy-')
proxy = faultproxy.Proxy(behind, server.sock)
leat = lab.Leat(server.conninfo('leat', host=behind), env={'LEAT_LEASE_MS': '3000'})


def sees(sql, wanted, db='leat', limit_s=30):
    end = time.monotonic() + limit_s
    while server.psql(sql, db) != wanted:
        if time.monotonic() > end:
            raise RuntimeError(f'never seen: {sql}')
        time.sleep(0.05)


def start(*words):
    return leat.popen(*words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                      stderr=subprocess.PIPE)


def leaves(p, how, name, codes, limit_s=LEAVE_S):
    """Tells it to leave, and looks how long that takes."""
    begin = time.monotonic()
    p.send_signal(how)
    try:
        said = p.communicate(timeout=60)[1].decode('utf-8', 'replace')
    except subprocess.TimeoutExpired:
        p.kill()
        said = 'still there after 60 s'
    took = time.monotonic() - begin
    tap.ok(p.returncode in codes and took <= limit_s, f'{name}: leaves in {limit_s} s',
           f'{took:.1f} s, exit {p.returncode}: {said}')
    tap.note(f'{name}: {took:.1f} s')
    proxy.set()
    return said


def source(name):
    """A file for a table in which a row takes a while; both."""
    server.psql(f'create table {name} ' + chaos.TABLE.format(key='') + f''';
        create function {name}_slow() returns trigger language plpgsql as
        $$ begin if new.id > 100 then perform pg_sleep(0.3); end if; return new; end $$;
        create trigger slow before insert on {name} for each row execute function
        {name}_slow()''', 'target')
    return chaos.source(os.path.join(leat.home, name + '.csv'), name, 1, ROWS)


def is_done_elsewhere(name, table, job):
    """Another engine finishes what was left."""
    server.psql(f'drop trigger slow on {table}', 'target')
    said = chaos.drain(near, limit_s=60)
    facts = chaos.oracle(server, 'target', table, table, 1, ROWS)
    tap.ok(not said and not facts and chaos.jobs(near)[job]['state'] == 'succeeded',
           f'{name}: its job is done by another engine', said, facts, chaos.jobs(near)[job])


def engine_in_a_call():
    """It wakes by itself for a job that is due, and asks into the hole."""
    p = start('work')
    sees('select count(*) from leat.engine where stopped_at is null', '1')
    path = chaos.source(os.path.join(leat.home, 'due.csv'), 'due', 1, 2)
    near.run('load', '-q', '--delay', '3s', path, '--into', 'far:due', check=True)
    time.sleep(1)
    proxy.set(hole=1)
    time.sleep(4)
    leaves(p, signal.SIGTERM, 'an engine that hangs in a call', (0, 5, 130))


def engine_with_a_job():
    path = source('slow_one')
    near.run('load', '-q', '--detach', path, '--into', 'far:slow_one', check=True)
    job = max(chaos.jobs(near))
    p = start('work', '--drain-time', '2s')
    sees("select count(*) from pg_stat_activity where wait_event = 'PgSleep'", '1', 'target')
    proxy.set(hole=1)
    said = leaves(p, signal.SIGTERM, 'an engine with a job', (130,), LEAVE_S + 2)
    tap.ok('nobody answers; left all the same' in said, 'an engine with a job: says so', said)
    is_done_elsewhere('an engine with a job', 'slow_one', job)


def load_in_the_foreground():
    path = source('slow_two')
    p = start('load', '-q', path, '--into', 'far:slow_two')
    sees("select count(*) from pg_stat_activity where wait_event = 'PgSleep'", '1', 'target')
    job = max(chaos.jobs(near))
    proxy.set(hole=1)
    leaves(p, signal.SIGINT, 'a load, at Ctrl-C', (130, 5))
    is_done_elsewhere('a load, at Ctrl-C', 'slow_two', job)


def a_question():
    lock = subprocess.Popen(['psql', '-Xq', '-d', server.conninfo('leat'), '-c',
                             'begin; lock leat.alert; select pg_sleep(60)'],
                            env=lab.clean_env(), stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    sees("select count(*) from pg_locks where relation = 'leat.alert'::regclass and granted and"
         " mode = 'AccessExclusiveLock'", '1')
    p = start('alert', 'list')
    sees("select count(*) from pg_locks where relation = 'leat.alert'::regclass and not granted", '1')
    proxy.set(hole=1)
    leaves(p, signal.SIGTERM, 'a question', (130,))
    lock.kill()
    lock.wait()


engine_in_a_call()
engine_with_a_job()
load_in_the_foreground()
a_question()
proxy.stop()
tap.done()
