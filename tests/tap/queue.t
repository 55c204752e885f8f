#!/usr/bin/env python3
# tests/tap/queue.t
#	The commands of the queue with engines that really run: pauses, limits,
#	what wakes a sleeping engine, draining, acts on many jobs, paging.
#
# leat-test: timeout=600
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
server, leat = lab.lab()
folder = lab.temp_folder('lab-in-')
FILE = os.path.join(folder, 'a.csv')
with open(FILE, 'w', encoding='utf-8') as f:
    f.write('id,name\n1,x\n2,y\n')
os.chmod(FILE, 0o644)


def sql(text):
    return server.psql(text, 'leat')


def json(name, *words, code=0, says=None, **more):
    """The answer of a command whose exit status is checked."""
    res = leat.json(*words, **more)
    tap.ok(res.code == code and (says is None or says in res.err), name, f'wanted exit {code}',
           *([f'wanted {says}'] if says else []), res)
    return res.json()


def add(*more, into='t'):
    """A load left to engines; its number."""
    res = leat.json('load', FILE, '--into', into, '--detach', *more)
    if res.code != 0:
        tap.ok(False, f'load {more}', res)
        return 0
    return res.json()['job']


def state(job):
    return leat.json('job', 'show', str(job)).json().get('state')


def becomes(job, wanted, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if state(job) == wanted:
            return True
        time.sleep(0.1)
    return False


def engine(*more):
    return leat.popen('work', *more, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def asleep():
    """Whether the engine has lain down: only then a knock is what wakes it."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if sql('select coalesce(bool_and(armed), false) from leat.wake') == 't':
            return True
        time.sleep(0.05)
    return False


def stop(e):
    e.send_signal(signal.SIGTERM)
    return e.communicate(timeout=60)


def one(rows, key, value):
    return next((r for r in rows if r[key] == value), {})


def held_back(what, pause, resume):
    """While paused nothing starts; what loosens it wakes the sleeping engine."""
    json(f'{what}: hold back', *pause)
    job = add()
    tap.ok(asleep(), f'{what}: the engine sleeps')
    time.sleep(0.5)
    tap.equal(state(job), 'queued', f'{what}: nothing starts')
    begin = time.monotonic()
    json(f'{what}: let go', *resume)
    tap.ok(becomes(job, 'succeeded', 5), f'{what}: the engine was woken', state(job))
    tap.note(f'{what}: {time.monotonic() - begin:.2f} s to the end of the job')


def pauses_and_limits():
    worker = engine()
    first = add()
    tap.ok(becomes(first, 'succeeded'), 'an engine works')
    held_back('a paused queue', ('queue', 'pause', 'default'), ('queue', 'resume', 'default'))
    held_back('a queue of none', ('queue', 'limits', 'set', '--queue', 'default', '--max-running', '0'),
              ('queue', 'limits', 'set', '--queue', 'default', '--max-running', '1'))
    held_back('a connection of none',
              ('queue', 'limits', 'set', '--connection', 'local', '--max-running', '0'),
              ('queue', 'limits', 'remove', '--connection', 'local'))
    held_back('an organization of none', ('queue', 'limits', 'set', '--organization',
                                          '--max-running', '0'),
              ('queue', 'limits', 'remove', '--organization'))
    json('a rate', 'queue', 'limits', 'set', '--queue', 'default', '--rate', '2/h')
    tap.ok(becomes(add(), 'succeeded'), 'the token there is lets one start')
    job = add()
    tap.ok(asleep(), 'the engine sleeps until the next token')
    time.sleep(0.3)
    tap.equal(state(job), 'queued', 'the next one has to wait')
    rows = json('limits with their room', 'queue', 'limits')
    tap.equal([(r['scope'], r['name'], r['rate'], r['burst'], r['room']) for r in rows],
              [('queue', 'default', '2/h', 1.0, 0)], 'limits say what they leave')
    json('a rate that is gone', 'queue', 'limits', 'remove', '--queue', 'default')
    tap.ok(becomes(job, 'succeeded', 5), 'wakes the engine')
    lab.apply(leat, pipelines={'p': {'source': {'connection': 'files', 'stream': FILE},
                                     'target': {'connection': 'local', 'stream': 'public.piped'}}})
    tap.equal(json('pipeline pause', 'pipeline', 'pause', 'p').get('paused'), True, 'it is paused')
    tap.equal(json('pipeline list', 'pipeline', 'list')[0]['paused'], True, 'the list says so')
    job = leat.json('run', 'p', '--detach', check=True).json()['job']
    tap.ok(asleep(), 'the engine sleeps over a paused pipeline')
    time.sleep(0.3)
    tap.equal(state(job), 'queued', 'its job waits')
    json('pipeline resume', 'pipeline', 'resume', 'p')
    tap.ok(becomes(job, 'succeeded', 5), 'the engine was woken for it', state(job))
    tap.equal(json('pipeline show', 'pipeline', 'show', 'p')['paused'], False, 'it is not paused')
    stop(worker)
    tap.equal(sql("select string_agg(distinct action, ',' order by action) from leat.audit "
                  "where action ~ '^(queue|pipeline) '"),
              'pipeline add,pipeline pause,pipeline resume,queue limit remove,queue limit set,'
              'queue pause,queue resume', 'all of it is in the audit')


def bad_limits():
    for words, says in (
            ((), 'whose limit'),
            (('--queue', 'a', '--organization', '--max-running', '1'), "one thing's"),
            (('--queue', 'a'), 'what the limit is'),
            (('--queue', 'a', '--max-running', '-1'), '--max-running'),
            (('--queue', 'a', '--rate', '10'), '10/s'),
            (('--queue', 'a', '--rate', '0/s'), '10/s'),
            (('--queue', 'a', '--rate', '5/d'), '10/s'),
            (('--queue', 'a', '--rate', 'nan/s'), '10/s'),
            (('--queue', 'a', '--burst', '3', '--max-running', '2'), '--rate'),
            (('--queue', 'a', '--rate', '1/s', '--burst', '0'), '--burst'),
            (('--queue', 'x' * 64, '--max-running', '1'), '1 to 63')):
        json(f'limits set {" ".join(words)[:50]}', 'queue', 'limits', 'set', *words, code=2, says=says)
    json('a limit for a connection that is none', 'queue', 'limits', 'set', '--connection', 'wh',
         '--max-running', '1', code=4, says='wh')
    json('remove a limit that is none', 'queue', 'limits', 'remove', '--queue', 'a', code=4,
         says='queue limits')
    json('resume a queue that never was', 'queue', 'resume', 'nothing', code=4, says='queue list')
    json('pause a pipeline that is none', 'pipeline', 'pause', 'nothing', code=4)


def engines():
    a, b = engine('--slots', '3', '--queues', 'mail,other', '--drain-time', '5s'), engine()
    end = time.monotonic() + 60
    rows = []
    while len(rows) < 2 and time.monotonic() < end:
        rows = leat.json('engine', 'list').rows()
    mine = one(rows, 'queues', 'mail,other')
    tap.ok(len(rows) == 2 and mine.get('slots') == 3 and mine.get('state') == 'idle',
           'both are listed', rows)
    asleep()
    job = add()
    tap.ok(becomes(job, 'succeeded'), 'the one for all queues takes it')
    json('engine drain', 'engine', 'drain', str(mine['engine']))
    try:
        a.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        a.kill()
    tap.equal(a.returncode, 0, 'a drained engine ends')
    rows = json('who is left', 'engine', 'list')
    tap.ok([r['engine'] for r in rows] != [mine['engine']] and len(rows) == 1, 'the other one', rows)
    tap.equal(one(json('all engines', 'engine', 'list', '--all'), 'engine', mine['engine'])['state'],
              'ended', 'it is remembered')
    json('drain what has ended', 'engine', 'drain', str(mine['engine']), code=4, says='engine list')
    stop(b)
    json('work on no queue', 'work', '--queues', ',', code=2, says='--queues')
    json('work with a strange queue', 'work', '--queues', 'a\\b', code=2, says='a\\b')
    json('work without a memory', 'work', '--keep', '1h', code=2, says='--keep')
    json('work without time', 'work', '--drain-time', '2d', code=2, says='--drain-time')


def asked_for():
    first = add('--queue', 'mail', '--priority', '7', '--time-limit', '30m', '--attempts', '3',
                '--unique', 'k1')
    shown = leat.json('job', 'show', str(first)).json()
    tap.equal((shown['queue'], shown['priority'], shown['time_limit'], shown['max_attempts'],
               shown['unique']), ('mail', 7, 1800, 3, 'k1'), 'the job is as it was asked for')
    tap.equal(add('--unique', 'k1'), first, 'a key keeps the one there is')
    json('a clash that is refused', 'load', FILE, '--into', 't', '--unique', 'k1', '--on-clash', 'refuse',
         code=7, says='same key')
    second = add('--unique', 'k1', '--on-clash', 'replace')
    tap.equal((state(first), state(second)), ('cancelled', 'queued'), 'one that is replaced')
    child = json('a job after another', 'load', FILE, '--into', 't', '--after', str(second))
    tap.equal(child['state'], 'waiting', 'waits, and is left to engines')
    shown = leat.json('job', 'show', str(child['job'])).json()
    tap.equal(shown['waits_for'], [{'job': second, 'state': 'queued', 'if_failed': 'cancel'}],
              'job show says for which')
    later = json('a job for later', 'load', FILE, '--into', 't', '--delay', '1h')['job']
    tap.ok(leat.json('job', 'show', str(later)).json()['run_after'], 'it has its moment')
    at = json('a job for then', 'load', FILE, '--into', 't', '--at', '2099-06-01')['job']
    tap.equal(leat.json('job', 'show', str(at)).json()['run_after'][:4], '2099', 'it has its moment, too')
    for words, says in ((('--at', '1h'), 'has passed'), (('--delay', '1h', '--at', '2099-01-01'), 'either'),
                        (('--after', 'x'), '12,14'), (('--after', '99999'), 'does not exist'),
                        (('--on-clash', 'keep'), '--unique'), (('--if-failed', 'run'), '--after'),
                        (('--priority', '0'), '--priority'), (('--time-limit', '0s'), '--time-limit'),
                        (('--queue', 'x' * 64), '1 to 63')):
        json(f'load {" ".join(words)[:40]}', 'load', FILE, '--into', 't', *words,
             code=4 if '99999' in words else 2, says=says)
    json('an end of it all', '--yes', 'job', 'cancel', '--state', 'queued', '--state', 'waiting')


def acts_on_many():
    jobs = [add(into=f'many{i}') for i in range(4)]
    lab.apply(leat, pipelines={'q': {'source': {'connection': 'files', 'stream': FILE},
                                     'target': {'connection': 'local', 'stream': 'public.q'}}})
    of_q = leat.json('run', 'q', '--detach', check=True).json()['job']
    plan = json('a plan without a yes', 'job', 'cancel', '--state', 'queued', code=2, says='--yes')
    tap.equal([(r['state'], r['pipeline'], r['outcome'], r['jobs'], r['first']) for r in plan],
              [('queued', 'q', 'planned', 1, str(of_q)),
               ('queued', None, 'planned', 4, ' '.join(str(j) for j in reversed(jobs)))],
              'it says what would be done')
    tap.equal({state(j) for j in jobs + [of_q]}, {'queued'}, 'nothing was done')
    rows = json('pause several', '--yes', 'job', 'pause', str(jobs[0]), str(jobs[1]), '99999')
    tap.equal([(r['outcome'], r['jobs']) for r in rows],
              [('planned', 2), ('paused', 2), ('not found', 1)], 'an exact report')
    tap.equal(leat.json('job', 'show', str(jobs[0])).json()['held_back_by'], 'it is paused',
              'job show says why')
    rows = json('cancel of a pipeline', '--yes', 'job', 'cancel', '--pipeline', 'q')
    tap.equal([(r['outcome'], r['jobs']) for r in rows], [('planned', 1), ('cancelled', 1)],
              'only of that one')
    rows = json('cancel what is over', '--yes', 'job', 'cancel', str(of_q), str(jobs[2]))
    tap.equal([(r['outcome'], r['jobs']) for r in rows],
              [('planned', 1), ('planned', 1), ('cancelled', 1), ('nothing to cancel', 1)],
              'each outcome is counted')
    json('resume what is paused', '--yes', 'job', 'resume', '--state', 'paused')
    tap.equal([state(j) for j in jobs], ['queued', 'queued', 'cancelled', 'queued'], 'they wait again')
    json('pause one', 'job', 'pause', str(jobs[3]))
    tap.equal(json('resume one', 'job', 'resume', str(jobs[3]))['state'], 'queued', 'it waits')
    json('resume what is not paused', 'job', 'resume', str(jobs[3]), code=7)
    json('which jobs', 'job', 'cancel', code=2, says='which job')
    json('numbers and a filter', 'job', 'cancel', '1', '--state', 'queued', code=2, says='either')
    tap.equal(json('nothing matches', '--yes', 'job', 'cancel', '--queue', 'nowhere'), [],
              'and nothing is done')
    json('none of them is there', '--yes', 'job', 'cancel', '88888', '99999', code=4)
    leat.run('work', '--until-idle', check=True)
    missing = os.path.join(folder, 'b.csv')
    bad = []
    for _ in range(3):
        with open(missing, 'w', encoding='utf-8') as out:
            out.write('id\n1\n')
        bad.append(leat.json('load', missing, '--into', 'bad', '--detach', check=True).json()['job'])
    os.unlink(missing)
    leat.run('work', '--until-idle')
    tap.equal([state(j) for j in bad], ['failed'] * 3, 'three failed')
    with open(missing, 'w', encoding='utf-8') as out:
        out.write('id\n1\n')
    listed = json('list by error', 'job', 'list', '--error', 'B.CSV')
    tap.equal([r['job'] for r in listed], bad[::-1], 'finds the three')
    tap.equal(json('error and time', 'job', 'list', '--error', 'b.csv', '--since', '2030-01-01'), [],
              'not from the future')
    listed = json('several states', 'job', 'list', '--state', 'failed', '--state', 'cancelled', '--limit',
                  '100')
    tap.equal({r['state'] for r in listed}, {'failed', 'cancelled'}, 'both')
    page = json('the next page', 'job', 'list', '--state', 'failed', '--after', str(bad[2]))
    tap.equal([r['job'] for r in page][:2], [bad[1], bad[0]], 'goes on below')
    rows = json('retry by error', '--yes', 'job', 'retry', '--error', 'b.csv')
    tap.equal([(r['outcome'], r['jobs']) for r in rows], [('planned', 3), ('queued again', 3)],
              'all that match')
    leat.run('work', '--slots', '1', '--until-idle', check=True)
    tap.equal([state(j) for j in bad], ['succeeded'] * 3, 'and succeed')


def on_a_terminal():
    jobs = [add(), add()]
    for answer, wanted in ((b'n\n', 'queued'), (b'y\n', 'cancelled')):
        ours, theirs = os.openpty()
        p = leat.popen('job', 'cancel', *[str(j) for j in jobs], stdin=theirs, stderr=theirs,
                       stdout=subprocess.DEVNULL)
        os.close(theirs)
        os.write(ours, answer)
        code = p.wait(timeout=60)
        said = os.read(ours, 4096).decode()
        os.close(ours)
        tap.ok('2 queued: ' in said and 'Go on?' in said, 'the plan is shown before the question', said)
        tap.equal((code == 0, state(jobs[0])), (wanted == 'cancelled', wanted), f'{answer} is heard')


def held_back_by(job):
    return leat.json('job', 'show', str(job)).json().get('held_back_by') or ''


def reasons():
    job = add()
    tap.equal(held_back_by(job), 'no engine serves queue default: leat work', 'no engine')
    worker = engine('--queues', 'other')
    end = time.monotonic() + 60
    while not leat.json('engine', 'list').rows() and time.monotonic() < end:
        time.sleep(0.1)
    tap.equal(held_back_by(job), 'no engine serves queue default: leat work', 'one for another queue')
    leat.run('queue', 'pause', 'default', check=True)
    leat.run('queue', 'limits', 'set', '--connection', 'local', '--max-running', '0', check=True)
    tap.equal(held_back_by(job), 'queue default is paused; waits for a place: connection local allows 0, '
              '0 run; no engine serves queue default: leat work', 'all of it is said')
    leat.run('queue', 'limits', 'remove', '--connection', 'local', check=True)
    leat.run('queue', 'resume', 'default', check=True)
    stop(worker)
    leat.run('work', '--until-idle', check=True)
    shown = leat.json('job', 'show', str(job)).json()
    tap.equal((shown['queue'], shown['priority'], shown['held_back_by'], shown['waits_for']),
              ('default', 100, None, None), 'what has ended waits for nothing')


def ends_while_lying_down():
    """The last job ends while somebody adds work, and the engine cannot sleep yet."""
    job = add()
    psql = [os.path.join(lab.bindir(), 'psql'), '-X', '-q', '-d', server.conninfo('leat')]
    with subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as adding:
        adding.stdin.write("begin; select leat.wake_enter('default');\n")
        adding.stdin.flush()
        while sql("select count(*) from pg_locks where locktype = 'advisory' and classid = 27767"
                  " and mode = 'ShareLock'").strip() != '1':
            time.sleep(0.02)
        worker = engine('--until-idle')
        tap.ok(becomes(job, 'succeeded', 60), 'a job ends beside somebody who adds work')
        time.sleep(0.2)
    try:
        code = worker.wait(timeout=60)
    except subprocess.TimeoutExpired:
        code = None
        worker.kill()
    tap.equal(code, 0, 'and the engine leaves when it has found nothing more')


pauses_and_limits()
bad_limits()
engines()
asked_for()
acts_on_many()
on_a_terminal()
reasons()
ends_while_lying_down()
tap.done()
