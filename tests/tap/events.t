#!/usr/bin/env python3
# tests/tap/events.t
#	Who listens misses nothing and disturbs nobody: lost connections, listeners
#	that are stopped or sit in a transaction, logs over several attempts.
#
# leat-test: timeout=300
import json
import os
import signal
import socket
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
MISSING = os.path.join(folder, 'later.csv')


def sql(text):
    return server.psql(text, 'leat')


def add(*more, file=FILE):
    res = leat.json('load', file, '--into', 't', '--detach', *more)
    if res.code != 0:
        tap.ok(False, f'load {more}', res)
    return str(res.json()['job'])


def act(name, job):
    """Pauses a job, or lets it go on, as somebody of the organization."""
    server.psql(f"set leat.org = '1'; set role leat_app; select leat.job_{name}({job})", 'leat')


def start(*words, env=None):
    return leat.popen(*words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for(text, wanted, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if sql(text).strip() == str(wanted):
            return True
        time.sleep(0.1)
    return False


def listeners(n):
    return wait_for("select count(*) from pg_stat_activity where application_name = 'leat watch' "
                    "and query ilike '%job%'", n)


def cut_listeners():
    sql("select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name = 'leat watch'")


def lines_of(out):
    return [json.loads(line)['line'] for line in out.decode().splitlines() if line]


# ---- a connection that is lost again and again ----------------------------------

job = add()
act('pause', job)
engine = start('work', '--slots', '4')
watch = [start('-o', 'jsonl', 'job', 'watch', job) for _ in range(2)]
logs = [start('-o', 'jsonl', 'job', 'logs', job, '--follow') for _ in range(2)]
tap.ok(listeners(4), 'listeners wait for a paused job')
for _ in range(5):
    cut_listeners()
    time.sleep(0.3)
act('resume', job)
for _ in range(10):
    cut_listeners()
    time.sleep(0.05)
outs = [p.communicate(timeout=90) + (p.returncode,) for p in watch + logs]
tap.ok(all(code == 0 for _, _, code in outs), 'they come back and see the end',
       *[str(o) for o in outs])
tap.ok(all(b'succeeded' in out for out, _, _ in outs[:2]), 'the last state is shown', *outs[:2])
said = [r['line'] for r in leat.json('job', 'logs', job).json()]
tap.ok(len(said) >= 2 and all(lines_of(out) == said for out, _, _ in outs[2:]),
       'each line of the log once', said, *[str(o) for o in outs[2:]])

# ---- over attempts, to the end of a job that fails ---------------------------------

job = add(file=FILE)
leat.run('job', 'wait', job, check=True)
res = leat.json('job', 'logs', job, '--tail', '1')
tap.ok(len(res.json()) == 1 and 'done in' in res.json()[0]['line'], '--tail', res)
res = leat.json('job', 'logs', job, '--level', 'warning')
tap.equal(res.json(), [], '--level warning of a job that went well', res)
sql("update leat.job_log set at = at - interval '1 hour'")
res = leat.json('job', 'logs', job, '--since', '10m')
tap.equal(res.json(), [], '--since leaves out what is older', res)
res = leat.json('job', 'logs', job, '--since', '2h')
tap.ok(len(res.json()) >= 2, '--since', res)

silent = socket.socket()
silent.bind(('127.0.0.1', 0))
silent.listen(16)
lab.apply(leat, {'hole': {'connector': 'postgres', 'host': '127.0.0.1', 'dbname': 'x', 'user': 'x',
                          'port': silent.getsockname()[1]}})
job = leat.json('load', FILE, '--into', 'hole:t', '--detach', check=True).json()['job']
logs = start('-o', 'jsonl', 'job', 'logs', str(job), '--follow')
tap.ok(wait_for(f'select count(*) from leat.run where job_id = {job}', 1), 'an attempt opens a '
       'connection to somebody who does not answer')
time.sleep(0.5)
leat.run('job', 'cancel', str(job), check=True)
res = leat.run('job', 'wait', str(job))
took = float(server.psql("select extract(epoch from d.finished_at - a.at) from leat.done d, leat.audit a"
                         f" where d.job_id = {job} and a.action = 'job cancel' and a.object = '{job}'",
                         'leat'))
tap.ok(took < 5 and 'cancelled' in res.err, f'a cancel is heard there ({took:.1f} s)', res)
out, err = logs.communicate(timeout=30)
tap.ok(logs.returncode == 0, 'logs --follow leaves with 0 when the job did not succeed', out, err)
silent.close()

# ---- listeners that do not read ------------------------------------------------------

job = add()
leat.run('job', 'wait', job, check=True)
leat.run('queue', 'pause', 'default', check=True)
paused = add()
act('pause', paused)
leat.run('queue', 'resume', 'default', check=True)
watch = start('-o', 'jsonl', 'job', 'watch', paused)
tap.ok(listeners(1), 'a listener')
watch.send_signal(signal.SIGSTOP)
lazy = subprocess.Popen([os.path.join(server.bin, 'psql'), '-XAtq', server.conninfo('leat')],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
lazy.stdin.write('listen leat_1;\nbegin;\nselect 1;\n')
lazy.stdin.flush()
lazy.stdout.readline()
for _ in range(5):
    leat.run('job', 'wait', add(), check=True)
# Usage is counted in pages; what is no event of ours is passed over.
sql("select pg_notify('leat_1', repeat('x', 7000) || g) from generate_series(1, 100) g")
used = float(sql('select pg_notification_queue_usage()'))
tap.ok(used > 0, 'a session in a transaction holds the notices up', used)
res = leat.json('doctor')
tap.ok(any(r['check'] == 'notices' and 'in use' in r['detail'] for r in res.json()),
       'doctor says how many', res)
tap.ok(any(r['check'] == 'snapshots' for r in res.json()), 'doctor looks at snapshots', res)
lazy.stdin.close()
lazy.wait(10)
act('resume', paused)
leat.run('job', 'wait', paused, check=True)
watch.send_signal(signal.SIGCONT)
out, err = watch.communicate(timeout=30)
tap.ok(watch.returncode == 0 and b'succeeded' in out, 'one that was stopped catches up', out,
       err)

engine.send_signal(signal.SIGTERM)
tap.equal(engine.wait(60), 0, 'the engine leaves')
tap.done()
