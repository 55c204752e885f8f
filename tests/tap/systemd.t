#!/usr/bin/env python3
# tests/tap/systemd.t
#	The unit of the engine has no mistakes, few rights, and time enough to drain.
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import lab  # noqa: E402

UNIT = os.path.join(lab.TOP, 'contrib', 'leat-engine.service')
MOST_EXPOSED = 20  # tenths
# Known to systemd 254 and later; before, a line that is passed over.
NEWER = ('RestartSteps', 'RestartMaxDelaySec')

tap = lab.Tap()
leat = lab.Leat()
with open(UNIT, encoding='utf-8') as f:
    unit = f.read()
set_to = dict(re.findall(r'^(\w+)=(.*)$', unit, re.M))

with open(os.path.join(lab.TOP, 'core', 'engine', 'work.c'), encoding='utf-8') as f:
    drain_s = int(re.search(r'#define DRAIN_MS\s+(\d+)000\b', f.read()).group(1))
tap.ok(int(set_to['TimeoutStopSec']) >= drain_s + 15,
       f"{set_to['TimeoutStopSec']} s to stop are enough for {drain_s} s of draining")
tap.equal(set_to['KillSignal'], 'SIGTERM', 'the signal that drains')
command = set_to['ExecStart'].split()
res = leat.run(*[w.replace('${SLOTS}', '0') for w in command[1:]])
tap.ok(res.code == 2 and not res.says('--slots takes a number'),
       'its command line is one that leat knows', res)

# ---- what the manager hears -----------------------------------------------------

server, leat_db = lab.lab()
at = os.path.join(lab.temp_folder('lab-notify-'), 's')
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(at)
os.chmod(at, 0o777)
manager.settimeout(20)


def heard():
    try:
        return manager.recv(200).decode()
    except TimeoutError:
        return 'nothing'


engine = leat_db.popen('work', env={'NOTIFY_SOCKET': at, 'WATCHDOG_USEC': '1500000'},
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
tap.equal(heard(), 'READY=1', 'an engine that can take jobs is ready')
words = [heard() for _ in range(6)]
tap.equal(words, ['WATCHDOG=1'] * 6, 'and says that it lives while it sleeps')
engine.send_signal(signal.SIGSTOP)
manager.settimeout(2)
while heard() != 'nothing':
    pass
tap.equal(heard(), 'nothing', 'a process that stands still says nothing')
engine.send_signal(signal.SIGCONT)
manager.settimeout(20)
tap.equal(heard(), 'WATCHDOG=1', 'one that goes on does')
engine.send_signal(signal.SIGTERM)
while (word := heard()) == 'WATCHDOG=1':
    pass
tap.equal(word, 'STOPPING=1', 'and it says that it stops')
tap.equal(engine.wait(60), 0, 'which it does')
tap.ok(set_to['Type'] == 'notify' and int(set_to['WatchdogSec']) >= 180,
       'the unit waits for that, and gives it time')

NAMES = ('systemd-analyze verify', 'systemd-analyze security')
if not shutil.which('systemd-analyze'):
    for name in NAMES:
        tap.skip(name, 'there is no systemd-analyze')
    tap.done()

folder = lab.temp_folder('lab-unit-')
path = os.path.join(folder, 'leat-engine.service')


def analyze(text, *args):
    """Status and complaints about such a unit, whose program is the built one."""
    with open(path, 'w', encoding='utf-8') as out:
        out.write(text.replace(command[0], leat.path))
    got = subprocess.run(['systemd-analyze', '--no-pager', *args, path], text=True,
                         capture_output=True, check=False, env=lab.clean_env())
    said = [line for line in (got.stdout + got.stderr).splitlines()
            if not re.search(rf"Unknown key.*'({'|'.join(NEWER)})'", line)]
    return got.returncode, said


def verify(text):
    code, said = analyze(text, 'verify', '--man=no')
    return code == 0 and not [line for line in said if 'leat-engine' in line], said


def secure(text):
    code, said = analyze(text, 'security', '--offline=yes', f'--threshold={MOST_EXPOSED}')
    rating = [line.strip() for line in said if 'exposure level' in line]
    return code == 0 and len(rating) == 1, rating or said


good, said = verify(unit)
tap.ok(good and not verify(unit + '\n[Service]\nNoNewPrivilege=yes\n')[0],
       NAMES[0] + ' finds nothing, and finds a typing mistake', *said)
good, said = secure(unit)
open_unit = re.sub(r'^(CapabilityBoundingSet|SystemCallFilter)=.*$', '', unit, flags=re.M)
tap.ok(good and not secure(open_unit)[0],
       f'{NAMES[1]}: at most {MOST_EXPOSED / 10}, and more without two of its lines', *said)
tap.note(said[0])
tap.done()
