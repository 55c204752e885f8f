#!/usr/bin/env python3
# tests/tap/idle.t
#	Who has nothing to do asks nothing: engines and listeners beside a waiting job.
#
# leat-test: timeout=300
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

IDLE_S = 30
CPU_S_A_MINUTE = 0.1

tap = lab.Tap()
server, leat = lab.lab(settings=lab.LOG_ALL)
folder = lab.temp_folder('lab-in-')
FILE = os.path.join(folder, 'a.csv')
with open(FILE, 'w', encoding='utf-8') as f:
    f.write('id,name\n1,x\n2,y\n')
os.chmod(FILE, 0o644)


def act(name, job):
    """Pauses a job, or lets it go on, as somebody of the organization."""
    server.psql(f"set leat.org = '1'; set role leat_app; select leat.job_{name}({job})", 'leat')


def start(*words):
    return leat.popen(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def cpu_s(p):
    with open(f'/proc/{p.pid}/stat', encoding='utf-8') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


leat.run('load', FILE, '--into', 't', '--detach', check=True)
act('pause', '1')
engines = [start('work', '--slots', '2') for _ in range(3)]
for _ in range(3):
    leat.run('load', FILE, '--into', 't', '--detach', check=True)
for job in ('2', '3', '4'):
    leat.run('job', 'wait', job, check=True)
watch = start('-o', 'jsonl', 'job', 'watch', '1')
logs = start('job', 'logs', '1', '--follow')
# Engines linger for five seconds after the last job, then say that they rest.
time.sleep(12)
asked = server.statements(0)
tap.ok(len(asked) > 50, 'what leat asks is in the log of the server', *asked[:5])

place = os.path.getsize(server.log)
before = [cpu_s(p) for p in engines + [watch, logs]]
time.sleep(IDLE_S)
spent = [cpu_s(p) - b for p, b in zip(engines + [watch, logs], before)]
asked = server.statements(place)
tap.equal(len(asked), 0, f'statements in {IDLE_S} idle s of 3 engines and 2 listeners', *asked[:20])
tap.ok(all(s <= CPU_S_A_MINUTE * IDLE_S / 60 for s in spent),
       f'none of them spends more than {CPU_S_A_MINUTE} s a minute', spent)
tap.note(f'seconds of CPU in {IDLE_S} s: ' + ' '.join(f'{s:.2f}' for s in spent))

act('resume', '1')
out, err = watch.communicate(timeout=60)
tap.ok(watch.returncode == 0 and b'succeeded' in out, 'and then they hear of the job', out, err)
out, err = logs.communicate(timeout=60)
tap.ok(logs.returncode == 0 and b'done in' in out, 'and of its log', out, err)
for p in engines:
    p.send_signal(signal.SIGTERM)
tap.ok(all(p.wait(60) == 0 for p in engines), 'the engines leave')
tap.done()
