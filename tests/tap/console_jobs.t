#!/usr/bin/env python3
# tests/tap/console_jobs.t
#	The console as somebody uses it at night: what is wrong, which job, why, what it says.
#
# leat-test: timeout=300
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402
from screen import Screen  # noqa: E402

tap = lab.Tap()
server, leat = lab.lab(settings=lab.LOG_ALL)
folder = lab.temp_folder('lab-in-')
FILE = os.path.join(folder, 'a.csv')
with open(FILE, 'w', encoding='utf-8') as f:
    f.write('id,name\n1,x\n2,y\n')
os.chmod(FILE, 0o644)


def load(target, code=0):
    res = leat.run('load', '--progress', 'none', FILE, '--into', target)
    tap.equal(res.code, code, f'load into {target}')


def console(*words):
    return Screen([lab.program(), *words], size=(120, 40), timeout=60,
                  env={'LEAT_DB': server.conninfo('leat'),
                       'XDG_STATE_HOME': lab.temp_folder('lab-st-')})


load('good')
load('nowhere.t', 4)


@tap.case('from what is wrong to the job, its log and its body')
def _night():
    with console('--open', 'pulse', '--workers', '0') as s:
        s.wait('1 job failed in the last hour')
        s.wait('local:nowhere.t  NOT_FOUND')
        s.keys('<home><down><down><enter>')     # behind engines and queue
        s.wait('jobs/2')
        s.wait('what to do')
        s.wait('there is no schema nowhere')
        s.keys(']]]')
        s.wait('[Log]')
        s.wait('attempt 1 of 1 starts')
        s.keys(']')
        s.wait('stream: nowhere.t')


@tap.case('new failures are seen, and nothing is asked while nothing happens')
def _pulse():
    with console('--open', 'pulse', '--workers', '0') as s:
        s.wait('1 job failed in the last hour')
        load('nowhere.t', 4)
        s.wait('2 jobs failed in the last hour')
        # What still comes of it: the pulse reads once more, a line at the foot goes.
        s.settle(8, 60)
        place = os.path.getsize(server.log)
        with s.count() as sent:
            time.sleep(6)
            s.pump(0.1)
        assert sent.bytes == 0, f'{sent.bytes} bytes'
        assert not server.statements(place), server.statements(place)


@tap.case('logs go along, stand still when one looks back, and go along again')
def _logs():
    with console('--open', 'logs', '--workers', '0') as s:
        s.wait('follows')
        s.keys('+')
        s.wait(re.compile(r'E .* there is no schema nowhere'))
        load('more')
        s.wait(re.compile(r' 4 done in'))
        s.keys('<up>')
        s.wait('stands still')
        load('most')
        s.wait(re.compile(r'\+\d+ new'))
        s.keys('F')
        s.wait(re.compile(r' 5 done in'))
        s.keys('&nowhere<enter>')
        s.wait('&1 nowhere')
        assert ' 5 done in' not in s.text(), s.text()
        s.keys('<enter>')
        s.wait('what to do')


@tap.case('a job that stands still says for how long')
def _stall():
    server.psql('create table held (id bigint, name text); grant all on held to public', 'leat')
    with subprocess.Popen([os.path.join(lab.bindir(), 'psql'), '-X', '-q', '-d',
                           server.conninfo('leat'), '-c',
                           'begin; lock table held; select pg_sleep(120)'],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as holder:
        with console('--workers', '1') as s:
            s.wait('good')
            job = leat.json('load', FILE, '--into', 'public.held', '--detach').json()['job']
            s.wait('running')
            s.keys(f':jobs/{job}<enter>')
            s.wait('state')
            s.wait(re.compile(r'stall 1\ds'), 40)
            leat.run('job', 'cancel', str(job))
            server.psql("select pg_terminate_backend(pid) from pg_stat_activity where query "
                        "like '%pg_sleep%' and pid <> pg_backend_pid()", 'leat')
            holder.wait()
            s.wait(re.compile(r'state +\S (cancelled|succeeded)'), 20)
            assert 'stall' not in s.text(), s.text()


tap.done()
