#!/usr/bin/env python3
# tests/tap/schedules.t
#	Schedules with engines that really run: slots, wake-ups, backfill, and
#	clocks that jump under the engine and under the server.
#
# leat-test: timeout=600
import glob
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
FAKE = (glob.glob('/usr/lib/*/faketime/libfaketimeMT.so.1') or [None])[0]
since = 0
clock_folder = lab.temp_folder('lab-clock-')
clock = os.path.join(clock_folder, 'offset')


def set_clock(offset):
    """Where the clock of whoever is under the library stands, from now on."""
    with open(clock + '.new', 'w', encoding='utf-8') as f:
        f.write(offset + '\n')
    os.chmod(clock + '.new', 0o644)
    os.rename(clock + '.new', clock)


def faked(env=None):
    """An environment in which wall clocks jump and the monotonic one does not."""
    more = {'LD_PRELOAD': FAKE, 'FAKETIME_TIMESTAMP_FILE': clock, 'FAKETIME_NO_CACHE': '1',
            'FAKETIME_DONT_FAKE_MONOTONIC': '1',
            # The sanitizer wants to be loaded first; it works behind the library, too.
            'ASAN_OPTIONS': 'verify_asan_link_order=0:' + os.environ.get('ASAN_OPTIONS', '')}
    return {**(env or {}), **more}


server, leat = lab.lab()
folder = lab.temp_folder('lab-in-')


def sql(text):
    return server.psql(text, 'leat')


def number(text):
    return int(sql(text) or 0)


def wait_for(text, wanted, seconds=60):
    """Whether the query answers so within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if number(text) >= wanted:
            return True
        time.sleep(0.1)
    return False


def turn_back(span, name='s'):
    """As if the next slot of the schedule had been due so long ago."""
    sql("update leat.schedule set next_at = date_trunc('minute', now() - interval '%s'), "
        "look_at = now() where name = '%s' and deleted_at is null" % (span, name))


def add(cron='* * * * *', name='s', *more):
    return leat.json('schedule', 'add', name, '--pipeline', 'p', '--cron', cron, *more, check=True)


def start(env=None, *more):
    return leat.popen('work', *more, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def stop(engine):
    """Its exit status and what it said."""
    engine.send_signal(signal.SIGTERM)
    try:
        return engine.wait(timeout=60), engine.stderr.read().decode()
    except subprocess.TimeoutExpired:
        engine.kill()
        return -9, 'it did not stop'


MADE = "select count(*) from leat.tick where outcome = 'made'"
DONE = ("select count(*) from leat.job_view v join leat.tick t on t.job_id = v.id "
        "where v.state = 2")
ONCE = ("select count(*) = count(distinct job_id) and count(*) = count(distinct due_at) "
        "from leat.tick where outcome = 'made'")


def consistent(name):
    """Each slot once: as many jobs as slots that were made, none without one."""
    tap.equal(sql(ONCE), 't', f'{name}: each slot once')
    tap.equal(sql("select count(*) from leat.job j where j.body ? 'slot' and j.id > %d and not "
                  "exists (select from leat.tick t where t.job_id = j.id)" % since), '0',
              f'{name}: no job without its slot')


def forget():
    """A new chapter: no slot has come."""
    global since
    sql('truncate leat.tick')
    since = number('select max(id) from leat.job')


for day in range(1, 8):
    with open(os.path.join(folder, f'2026-01-0{day}.csv'), 'w', encoding='utf-8') as f:
        f.write(f'id,day\n{day},{day}\n')
os.chmod(folder, 0o755)
sql('create table src (id int, at timestamptz); create table dst (id int, at timestamptz);'
    "insert into src select i, timestamptz '2026-01-01 00:30 UTC' + i * interval '1 hour' "
    'from generate_series(0, 167) i')
lab.apply(leat, {'near': lab.postgres_connection(server, 'leat')}, {
    'p': {'source': {'connection': 'near', 'query': 'select 1 as id'},
          'target': {'connection': 'near', 'stream': 'public.ticks'}},
    'days': {'source': {'connection': 'near', 'query':
                        "select * from src where at >= '${slot_start}' and at < '${slot_end}'"},
             'target': {'connection': 'near', 'stream': 'public.dst'}},
    'files': {'source': {'connection': 'files', 'stream': folder + '/${slot_start:%Y-%m-%d}.csv'},
              'target': {'connection': 'near', 'stream': 'public.days'}}})

# ---- an engine makes the jobs and runs them -------------------------------------------

engine = start()
time.sleep(1)
add()
turn_back('0 minutes')
leat.run('schedule', 'pause', 's')
leat.run('schedule', 'resume', 's', check=True)     # a sleeping engine hears of it
turn_back('0 minutes')
leat.run('schedule', 'add', 's2', '--pipeline', 'p', '--cron', '0 0 1 1 *', check=True)
tap.ok(wait_for(DONE, 1), 'an engine that sleeps is woken, makes the job, runs it',
       sql('table leat.tick'), sql('table leat.schedule'))
tap.equal(sql("select look_at = next_at and extract(second from look_at) = 0 from leat.schedule "
              "where name = 's'"), 't', 'and looks again when the next slot comes')
# That may be a minute away. The look is moved near, and the slot that it finds may be made again.
made = number(MADE)
sql("update leat.tick set due_at = due_at - interval '1 hour'; update leat.schedule set look_at = "
    "now() + interval '6 seconds', next_at = date_trunc('minute', now()) where name = 's'")
look = sql("select look_at from leat.schedule where name = 's'")
for knock in ('pause', 'resume'):
    leat.run('schedule', knock, 's2', check=True)
tap.ok(wait_for(MADE, made + 1), 'for which it wakes by itself', look)
late = sql(f"select at between '{look}' and timestamptz '{look}' + interval '5 seconds' "
           "from leat.tick order by at desc limit 1")
tap.equal(late, 't', 'within seconds of it', look, sql('table leat.tick'))
leat.run('--yes', 'schedule', 'remove', 's2', check=True)
code, said = stop(engine)
tap.equal(code, 0, 'the engine ends well', said)
consistent('one engine')
row = leat.json('schedule', 'show', 's').json()
tap.ok(row['last_outcome'] == 'made' and row['last_job'] and row['slots'][0]['job'] == row['last_job'],
       'the schedule shows it', row)
job = leat.json('job', 'show', str(row['last_job'])).json()
tap.ok('slot' in job['pipeline_body'] and job['state'] == 'succeeded', 'so does the job', job)

# ---- until idle does not wait for slots -----------------------------------------------------

turn_back('0 minutes')
sql("update leat.tick set due_at = due_at - interval '1 hour'")
res = leat.json('work', '--until-idle', timeout=50)
tap.ok(res.code == 0 and res.seconds < 30 and res.json().get('ended') == 'idle',
       'work --until-idle runs what is due and leaves', res)
leat.run('--yes', 'schedule', 'remove', 's', check=True)

# ---- several engines, killed -------------------------------------------------------------

forget()
for i in range(5):
    add('* * * * *', f'k{i}', '--overlap', 'queue', '--missed', 'all')
    turn_back('12 minutes', f'k{i}')
engines = [start() for _ in range(3)]
time.sleep(0.7)
engines[0].kill()
engines[1].kill()
for e in engines[:2]:
    e.wait()
engines += [start({'LEAT_FAULT': 'schedule-before-commit:kill'})]
tap.ok(wait_for('select count(*) from leat.tick', 5 * 12, 60), 'killed engines: all slots came',
       sql('select schedule_id, count(*) from leat.tick group by 1'))
for e in engines[2:]:
    if e.poll() is None:
        stop(e)
tap.equal(sql('select count(*) from (select schedule_id, due_at from leat.tick where job_id is null) x'),
          '0', 'killed engines: each slot has its job')
tap.equal(sql('select count(*) - count(distinct job_id) from leat.tick'), '0',
          'killed engines: and no two the same')
tap.equal(number("select count(*) from leat.job where body ? 'slot' and id > %d" % since),
          number(MADE), 'killed engines: no job twice')
for i in range(5):
    leat.run('--yes', 'schedule', 'remove', f'k{i}', check=True)
leat.run('--yes', 'job', 'cancel', '--state', 'queued', '--state', 'waiting')
leat.run('work', '--until-idle')

# ---- backfill ---------------------------------------------------------------------------

res = leat.json('run', 'days', '--backfill', '2026-01-01..2026-01-08')
rows = res.rows()
tap.ok(res.code == 0 and len(rows) == 7 and [r['slot_start'][:10] for r in rows] ==
       [f'2026-01-0{d}' for d in range(1, 8)], 'a backfill is seven jobs', res)
tap.equal(leat.run('work', '--until-idle').code, 0, 'which an engine runs')
tap.equal(sql('select count(*), count(distinct id) from dst'), '168|168',
          'each reads its own day: all rows, none twice')
res = leat.run('run', 'days')
tap.ok(res.code == 2 and not res.says('source.query asks for', 'no slot', '--backfill'),
       'without a slot it is refused, before there is a job', res)
res = leat.json('run', 'files', '--backfill', '2026-01-01..2026-01-04', '--tz', 'Asia/Kolkata')
tap.ok(len(res.rows()) == 3 and res.rows()[0]['source'].endswith('2026-01-01.csv'),
       'a file for each local day', res)
leat.run('work', '--until-idle')
tap.equal(sql('select string_agg(id::text, $$,$$ order by id) from days'), '1,2,3', 'is read')

# ---- the clock of the engine jumps --------------------------------------------------------

forget()
if FAKE is None:
    tap.skip('the clock of the engine jumps', 'libfaketime is not installed')
    tap.done()
set_clock('+0')
if subprocess.run([leat.path, '--version'], env={**leat.env, **faked()},
                  capture_output=True, check=False).returncode != 0:
    tap.skip('the clock of the engine jumps', 'libfaketime does not go with this build')
    tap.done()
lab.apply(leat, {}, {'slow': {
    'source': {'connection': 'near', 'query': 'select 1 as id, pg_sleep(6)::text as s'},
    'target': {'connection': 'near', 'stream': 'public.slow'}}})
add()
engine = start({**faked(), 'LEAT_LEASE_MS': '3000'}, '--slots', '2')
time.sleep(1)
slow = leat.json('run', 'slow', '--detach', check=True).json()['job']
wait_for(f'select count(*) from leat.job_view where id = {slow} and state = 1', 1)
for offset in ('+1h', '-1h', '+1d', '-1d'):
    set_clock(offset)
    before = number(MADE)
    turn_back('0 minutes')
    sql("update leat.tick set due_at = due_at - interval '1 hour'")
    leat.run('schedule', 'pause', 's')
    leat.run('schedule', 'resume', 's')
    turn_back('0 minutes')
    leat.json('run', 'p', '--detach')       # knocks
    tap.ok(wait_for(MADE, before + 1), f'engine {offset}: the slot that is due by the server is made',
           sql('table leat.tick'))
job = leat.json('job', 'wait', str(slow), timeout=60).json()
tap.equal((job.get('state'), number(f'select count(*) from leat.attempt where job_id = {slow} '
                                    'and outcome = 3')), ('succeeded', 0),
          'a job that runs through the jumps keeps its lease', job)
time.sleep(1)
tap.ok(number(MADE) <= 6, 'and no slot comes that is not due', sql('table leat.tick'))
code, said = stop(engine)
tap.equal(code, 0, 'the engine ends well', said)
consistent('clock of the engine')
leat.run('--yes', 'schedule', 'remove', 's', check=True)

# ---- the clock of the server jumps ----------------------------------------------------------

leat.run('work', '--until-idle')
server.stop('fast')
sql_env = {k: os.environ.get(k) for k in faked()}
os.environ.update({k: v for k, v in faked().items() if k != 'ASAN_OPTIONS'})
set_clock('+0')
server.start()
for k in faked():
    if sql_env[k] is None:
        os.environ.pop(k, None)
forget()
add('*/10 * * * *', 's', '--overlap', 'queue', '--missed', 'all')
engine = start()
time.sleep(1)
sql('truncate slow')
slow = leat.json('run', 'slow', '--detach', check=True).json()['job']
wait_for(f'select count(*) from leat.job_view where id = {slow} and state = 1', 1)
for offset, least in (('+1h', 6), ('-1h', 0), ('+2h', 6), ('-1d', 0), ('+0', 0), ('+3h', 6)):
    before = number(MADE)   # the engine may look as soon as the clock has jumped
    set_clock(offset)
    shown = sql("select now()::timestamptz(0)")
    leat.json('schedule', 'list')
    leat.run('schedule', 'add', 'knock', '--pipeline', 'p', '--cron', '0 0 1 1 *', '--replace')
    leat.run('schedule', 'pause', 'knock')
    leat.run('schedule', 'resume', 'knock')
    tap.ok(wait_for(MADE, before + least, 20), f'server {offset} ({shown}): slots that are due are made',
           sql('table leat.tick'), sql('select name, next_at, look_at, now() from leat.schedule'))
    time.sleep(0.5)
    if least == 0:
        tap.equal(number(MADE), before, f'server {offset}: nothing is made twice')
# A pg_sleep() goes by the clock, and for ten minutes if it finds that it went back: it looks again.
sql('select pg_reload_conf()')
job = leat.json('job', 'wait', str(slow), timeout=60).json()
tap.equal((job.get('state'), number('select count(*) from slow')), ('succeeded', 1),
          'a job that runs through a jump of the server stores its row once', job,
          leat.run('job', 'logs', str(slow)))
code, said = stop(engine)
tap.equal(code, 0, 'the engine ends well', said)
consistent('clock of the server')
tap.done()
