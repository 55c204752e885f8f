#!/usr/bin/env python3
# tests/tap/late_writer.t
#	An engine that slept past its lease changes nothing when it wakes up, and says so.
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'chaos'))
import chaos  # noqa: E402
import lab  # noqa: E402

ROWS = 500
# The moment at which it falls asleep, and what it says afterwards. What it has committed stands,
# and was settled for it: then only the engine was given up.
POINTS = {'engine-claimed': 'has taken over', 'engine-rejects-stored': 'has taken over',
          'pg-before-commit': 'has taken over', 'pg-after-commit': 'was given up',
          'engine-before-settle': 'was given up'}

tap = lab.Tap()
server, leat = lab.lab()
leat.env.update(LEAT_LEASE_MS='500', LEAT_FAULT_STALL_MS='1500')
log = os.path.join(leat.home, 'points.log')


def work(said, **env):
    with open(said, 'wb') as f:
        return leat.popen('work', stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=f,
                          env=env)


def wait_for(is_so, what):
    end = time.monotonic() + 30
    while not is_so():
        if time.monotonic() > end:
            return tap.ok(False, what, chaos.jobs(leat))
        time.sleep(0.02)
    return True


def has_met(point):
    if not os.path.exists(log):
        return False
    with open(log, encoding='ascii') as f:
        return point in f.read().split()


def state(job):
    return server.psql('select state, run_no, lost, (select outcome from leat.attempt a where'
                       f' a.job_id = v.id and run = 1) from leat.job_view v where id = {job}', 'leat')


def late(point):
    table = 'public.late_' + point.replace('-', '_')
    path = chaos.source(os.path.join(leat.home, point + '.csv'), 'a', 1, ROWS)
    with open(path, 'a', encoding='ascii') as f:
        f.write('bad,row,x\n')
    server.psql(f'create table {table} ' + chaos.TABLE.format(key=''), 'leat')
    leat.run('load', '-q', '--detach', path, '--into', table, '--attempts', '3', check=True)
    job = max(chaos.jobs(leat))
    if os.path.exists(log):
        os.unlink(log)
    said = os.path.join(leat.home, point + '.said')
    first = work(said, LEAT_FAULT=f'{point}:stall', LEAT_FAULT_LOG=log)
    wait_for(lambda: has_met(point), f'{point}: it is met')
    first.send_signal(signal.SIGSTOP)
    second = work(os.devnull)
    wait_for(lambda: state(job) == '2|2|1|3', f'{point}: another one takes over and ends it')
    told = server.psql(f'select * from leat.done where job_id = {job}', 'leat')
    first.send_signal(signal.SIGCONT)

    def words():
        with open(said, encoding='utf-8') as f:
            return f.read()
    wait_for(lambda: POINTS[point] in words(), f'{point}: it wakes up')
    for p in (first, second):
        p.send_signal(signal.SIGTERM)
    ends = [p.wait(timeout=30) for p in (first, second)]
    tap.equal(ends, [0, 0], f'{point}: both end in order', words())
    tap.equal(server.psql(f'select * from leat.done where job_id = {job}', 'leat'), told,
              f'{point}: the late one changed nothing in the books', words())
    tap.equal(chaos.oracle(server, 'leat', table, 'a', 1, ROWS), '',
              f'{point}: every row is there once', words())
    tap.ok(POINTS[point] in words(), f'{point}: it says what happened', words())


def restored():
    """leat's books are older than its target: they were restored from a copy."""
    path = chaos.source(os.path.join(leat.home, 'old.csv'), 'a', 1, ROWS)
    server.psql('create table old ' + chaos.TABLE.format(key=''), 'leat')
    leat.run('load', '-q', '--detach', path, '--into', 'old', '--attempts', '2', check=True)
    job = max(chaos.jobs(leat))
    server.psql(f'insert into _leat.commit_log (origin, job, run) select origin, {job}, 99'
                ' from leat.installation', 'leat')
    res = leat.run('work', '--until-idle', timeout=60)
    row = leat.json('job', 'show', str(job)).json()
    tap.equal((row.get('state'), row.get('error_code')), ('failed', 'FENCED'),
              'a target that knows a later run fails the job', row, res)
    tap.ok('restore' in (row.get('hint') or ''), 'and says how that may be', row)


is_faulty = leat.run('load', '-q', chaos.source(os.path.join(leat.home, 'x.csv'), 'a', 1, 1),
                     '--into', 'public.x', env={'LEAT_FAULT_LOG': log})
if os.path.exists(log):
    for name in POINTS:
        late(name)
elif os.environ.get('LEAT_FAULTS_EXPECTED'):
    tap.ok(False, 'the program was built with --enable-faults', is_faulty)
else:
    tap.skip('late writers', 'the program was built without --enable-faults')
restored()
with open(os.path.join(chaos.HERE, 'queue.sql'), encoding='utf-8') as f:
    tap.equal(server.psql(f.read(), 'leat'), '', 'the books are sound')
tap.done()
