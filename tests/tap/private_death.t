#!/usr/bin/env python3
# tests/tap/private_death.t
#	The server of a private cluster dies under an engine; it comes back, unless it was stopped.
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'chaos'))
import chaos  # noqa: E402
import lab  # noqa: E402

LIMIT_S = 30
STOPPED_S = 8  # an engine has tried twice by then
LEAVE_S = 10  # last words and the server's end have two seconds each, on a quiet machine

tap = lab.Tap()
leat = lab.Leat()
leat.env['LEAT_LEASE_MS'] = '2000'
path = chaos.source(os.path.join(leat.home, 'a.csv'), 'a', 1, 500)
leat.run('load', '-q', path, '--into', 'public.t', check=True)
said = os.path.join(leat.home, 'engine.log')
with open(said, 'wb') as f:
    engine = leat.popen('work', stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=f)


def words():
    with open(said, encoding='utf-8') as log:
        return log.read()


def status():
    return leat.json('db', 'status').json()


def wait_for(is_so, limit_s=LIMIT_S):
    end = time.monotonic() + limit_s
    while not is_so() and time.monotonic() < end:
        time.sleep(0.2)
    return is_so()


def states():
    return [j['state'] for j in leat.json('job', 'list').rows()]


wait_for(lambda: len(leat.json('engine', 'list').rows()) == 1)
first = status()['pid']
os.kill(first, signal.SIGKILL)
begin = time.monotonic()
tap.ok(wait_for(lambda: status().get('state') == 'running' and status()['pid'] != first),
       'killed, the server runs again by itself', status(), words())
tap.note(f'{time.monotonic() - begin:.1f} s after it was killed')
leat.run('load', '-q', '--detach', path, '--into', 'public.t', check=True)
tap.ok(wait_for(lambda: states() == ['succeeded', 'succeeded']), 'and the engine works on',
       states(), words())
tap.ok(engine.poll() is None, 'it is the same engine', words())

leat.run('db', 'stop', '--force', '--yes', check=True)
time.sleep(STOPPED_S)
tap.equal(status().get('state'), 'stopped', 'stopped by somebody, it stays so', words())
leat.run('load', '-q', '--detach', path, '--into', 'public.t', check=True)
tap.ok(wait_for(lambda: states() == ['succeeded'] * 3), 'started by somebody, the engine goes on',
       states(), words())
# A server that stands still neither answers nor obeys.
time.sleep(1)
main = status()['pid']
still = [main] + [int(n) for n in subprocess.run(
    ['pgrep', '-P', str(main)], check=True, text=True, stdout=subprocess.PIPE).stdout.split()]
for pid in still:
    os.kill(pid, signal.SIGSTOP)
begin = time.monotonic()
engine.terminate()
tap.equal(engine.wait(timeout=60), 0, 'it ends when told', words())
took = time.monotonic() - begin
tap.ok(took < LEAVE_S, 'though its server stands still', f'{took:.1f} s')
for pid in still:
    os.kill(pid, signal.SIGCONT)
leat.run('db', 'stop', '--force', '--yes')
tap.done()
