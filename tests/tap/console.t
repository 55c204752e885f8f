#!/usr/bin/env python3
# tests/tap/console.t
#	The console as a program: it starts, shows, survives its server, and leaves as it must.
#
# leat-test: timeout=300
import os
import re
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.environ['LEAT_SOURCE'], 'tests', 'lib'))
import lab  # noqa: E402
from screen import Screen  # noqa: E402

IDLE_S = 6
GONE_S = 1.0 if not os.environ.get('ASAN_OPTIONS') else 5.0

tap = lab.Tap()
server, leat = lab.lab(settings={**lab.LOG_ALL, 'log_line_prefix': '%a|%u|'})
folder = lab.temp_folder('lab-in-')
FILE = os.path.join(folder, 'a.csv')
with open(FILE, 'w', encoding='utf-8') as f:
    f.write('id,name\n1,x\n2,y\n')
os.chmod(FILE, 0o644)


def console(*words, size=(120, 40), env=None, argv=(), **kw):
    """Each with a folder of its own for what it keeps, unless one is given."""
    given = {'LEAT_DB': server.conninfo('leat'), 'XDG_STATE_HOME': lab.temp_folder('lab-st-'),
             **(env or {})}
    return Screen([*argv, lab.program(), *words], size=size, env=given, timeout=60, **kw)


def state(job):
    return leat.json('job', 'show', str(job)).json()['state']


def is_alive(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def gone(pids, s=None):
    """Seconds until none of them runs; fails when that takes too long."""
    start = time.monotonic()
    while any(is_alive(p) for p in pids):
        assert time.monotonic() - start < 60, f'still there after 60 s: {pids}'
        time.sleep(0.01)
    took = time.monotonic() - start
    assert took <= (s or GONE_S), f'it took {took:.2f} s to leave'
    return f'gone after {took:.2f} s'


def family(s):
    return [s.pid, *s.children()]


def quits(s):
    """By the prompt, which is there whatever has the keys."""
    s.keys(':q<enter>')
    lab.same(s.status(), 0, f'{s}\nexit status')
    lab.same(s.is_as_found(), [])


leat.run('load', FILE, '--into', 'first', check=True)


@tap.case('it shows the jobs, is silent while idle, and gives the terminal back')
def _idle():
    with console() as s:
        s.wait('succeeded')
        s.wait('engine 2')
        # Engines linger after they start, then say that they rest.
        time.sleep(8)
        s.settle(0.5)
        place = os.path.getsize(server.log)
        with s.count() as sent:
            time.sleep(IDLE_S)
            s.pump(0.1)
        asked = server.statements(place)
        lab.same(sent.bytes, 0, f'bytes in {IDLE_S} s')
        assert not asked, asked
        quits(s)


@tap.case('what is elsewhere is seen as it happens, and the engine inside works')
def _news():
    with console() as s:
        s.wait('succeeded')
        leat.run('load', FILE, '--into', 'second', '--detach', check=True)
        s.wait('local:sec')
        deadline = time.monotonic() + 60
        while state(2) != 'succeeded':
            assert time.monotonic() < deadline, state(2)
            time.sleep(0.1)
        quits(s)


@tap.case('it begins where it was told to')
def _open():
    with console('--open', 'logs', '--workers', '0') as s:
        s.wait('leat  logs')
        s.wait('done in')
        quits(s)


@tap.case('the first frame waits for no server, and neither does leaving')
def _deaf():
    with socket.socket() as deaf:
        deaf.bind(('127.0.0.1', 0))
        deaf.listen(8)
        port = deaf.getsockname()[1]
        start = time.monotonic()
        with console(env={'LEAT_DB': f'host=127.0.0.1 port={port} dbname=x user=x'}) as s:
            s.wait('jobs')
            painted = time.monotonic() - start
            s.keys('q')
            leaving = time.monotonic()
            lab.same(s.status(), 0, 'exit status')
            took = time.monotonic() - leaving
            assert took < GONE_S + 1, f'it took {took:.2f} s to leave'
            lab.same(s.is_as_found(), [])
    return f'painted after {painted:.3f} s, gone after {took:.2f} s'


@tap.case('a new user, whose cluster is still to be made, may leave before it is there')
def _first():
    home = lab.temp_folder('lab-home-')
    os.chmod(home, 0o755)
    env = {'LEAT_DB': None, 'HOME': home, 'XDG_DATA_HOME': os.path.join(home, 'data')}
    with console(env=env) as s:
        s.wait('Jobs')
        s.keys(':q<enter>')
        start = time.monotonic()
        lab.same(s.status(), 0, 'exit status')
        took = time.monotonic() - start
        assert took < 2 * GONE_S, f'it took {took:.2f} s to leave'
        lab.same(s.is_as_found(), [])
    return f'gone after {took:.2f} s'


@tap.case('a private server that was killed is started again by a console without an engine')
def _private():
    home = lab.temp_folder('lab-home-')
    os.chmod(home, 0o755)
    env = {'HOME': home, 'XDG_DATA_HOME': os.path.join(home, 'data')}
    own = lab.Leat(env=env)
    own.run('load', FILE, '--into', 'mine', check=True)
    with console('--workers', '0', env={'LEAT_DB': None, **env}) as s:
        s.wait('local:mi')
        first = own.json('db', 'status').json()['pid']
        os.kill(first, signal.SIGKILL)
        killed = time.monotonic()
        s.wait_for(lambda: own.json('db', 'status').json().get('pid') not in (None, first),
                   'it is not started again', 20)
        took = time.monotonic() - killed
        own.run('load', FILE, '--into', 'more', check=True)
        s.wait('local:mo')
        quits(s)
    return f'it runs again after {took:.1f} s'


@tap.case('the colours of a theme file follow the file')
def _theme():
    home = lab.temp_folder('lab-home-')
    path = os.path.join(home, 'leat', 'themes', 'mine.theme')
    os.makedirs(os.path.dirname(path))
    with open(os.path.join(os.environ['LEAT_SOURCE'], 'themes', 'default.theme'),
              encoding='utf-8') as f:
        text = f.read()
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    with open(os.path.join(home, 'leat', 'config'), 'w', encoding='utf-8') as f:
        f.write('theme = mine\nworkers = 0\nmouse = off\n')
    with console(env={'XDG_CONFIG_HOME': home}) as s:
        s.wait('succeeded')
        assert s.find('engine 2') is None and not s.mode(1000), 'the config file is not read'
        s.settle(0.5)
        with s.count() as sent:
            with open(path + '~', 'w', encoding='utf-8') as f:
                f.write(text)
            os.rename(path + '~', path)
            s.pump(5)
        assert sent.bytes > 1000, f'{sent.bytes} bytes'
        with open(path, 'w', encoding='utf-8') as f:
            f.write('nonsense\n')
        s.wait('mine.theme')
        quits(s)


@tap.case('the key file is followed, and a place may be said to be production')
def _keys():
    home = lab.temp_folder('lab-home-')
    os.makedirs(os.path.join(home, 'leat'))

    def write(text):
        with open(os.path.join(home, 'leat', 'keys'), 'w', encoding='utf-8') as f:
            f.write(text)

    write('f7 = help\n')
    with console('--workers', '0', '--prod', env={'XDG_CONFIG_HOME': home}) as s:
        s.wait('succeeded')
        s.wait('PROD')
        write('f7 = :connector list\n')
        s.wait('read again')
        s.keys('<f7>')
        s.wait('Answer')
        write('nonsense\n')
        s.wait('line 1')
        quits(s)
    with open(os.path.join(home, 'leat', 'config'), 'w', encoding='utf-8') as f:
        f.write('prod = yes\n')
    with console('--workers', '0', env={'XDG_CONFIG_HOME': home}) as s:
        s.wait('succeeded')
        assert s.find('PROD') is None, 'not the database of that file'
        quits(s)
    with open(os.path.join(home, 'leat', 'config'), 'w', encoding='utf-8') as f:
        f.write('prod = all\n')
    with console('--workers', '0', env={'XDG_CONFIG_HOME': home}) as s:
        s.wait('PROD')
        quits(s)


@tap.case('a light ground gets light colours, unless somebody chose')
def _ground():
    def answered(*words):
        with console('--workers', '0', *words) as s:
            s.wait('succeeded')
            s.settle()
            before, asked = s.cell(2, 1).fg, b'\x1b]11;?' in s.raw
            s.type('\x1b]11;rgb:ffff/ffff/f0f0\x1b\\')
            if asked:
                s.wait_for(lambda: s.cell(2, 1).fg != before, 'the colours stay')
            s.keys(':')
            s.wait_for(lambda: s.line(39) == ':', 'the answer was taken for keys')
            s.keys('q<enter>')
            lab.same(s.status(), 0, 'exit status')
            return asked, s.cell(2, 1).fg != before
    lab.same(answered()[0], True)
    lab.same(answered('--theme', 'default')[0], False)


def locked_job(table):
    """A job that the console's engine runs for as long as its table is locked."""
    server.psql(f'create table {table} (id bigint, name text); '
                f'grant all on {table} to public', 'leat')
    holder = server_session(f'begin; lock table {table}; select pg_sleep(60)')
    out = leat.json('load', FILE, '--into', f'public.{table}', '--detach')
    return holder, out.json()['job']


def server_session(sql):
    import subprocess
    return subprocess.Popen([os.path.join(lab.bindir(), 'psql'), '-X', '-q', '-c', sql,
                             server.conninfo('leat')], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def wait_state(job, *wanted, s=20):
    deadline = time.monotonic() + s
    while state(job) not in wanted:
        assert time.monotonic() < deadline, f'job {job} is {state(job)}, not {wanted}'
        time.sleep(0.05)


def lose_terminal(table, argv=()):
    with console(argv=argv) as s:
        s.wait('succeeded')
        s.wait('engine 2')
        holder, job = locked_job(table)
        wait_state(job, 'running')
        pids = family(s)
        s.hang_up()
        said = gone(pids)
        wait_state(job, 'queued', s=5)
        holder.kill()
        holder.wait()
        server.psql("select pg_terminate_backend(pid) from pg_stat_activity "
                    "where query like '%pg_sleep%' and pid <> pg_backend_pid()", 'leat')
        leat.run('job', 'cancel', str(job), check=True)
        return said


@tap.case('a lost terminal: out in a second, running jobs handed back')
def _hangup():
    return lose_terminal('third')


@tap.case('also where SIGHUP is ignored')
def _nohup():
    return lose_terminal('fourth', argv=('/bin/sh', '-c', 'trap "" HUP; exec "$0" "$@"'))


@tap.case('the next console offers to go on there; one that was left does not')
def _resume():
    env = {'XDG_STATE_HOME': lab.temp_folder('lab-st-')}
    with console('--open', 'logs', '--workers', '0', env=env) as s:
        s.wait('leat  logs')
        s.wait('attempt 1')
        s.keys('j')
        pids = family(s)
        s.hang_up()
        gone(pids)
    with console('--workers', '0', env=env) as s:
        s.wait('logs')
        s.wait('The last session')
        s.keys('n')
        s.wait_gone('The last session')
        quits(s)
    with console('--workers', '0', env=env) as s:
        s.wait('succeeded')
        assert s.find('The last session') is None, str(s)
        quits(s)


@tap.case('SIGTERM gives the terminal back')
def _term():
    with console('--workers', '0') as s:
        s.wait('succeeded')
        s.kill(signal.SIGTERM)
        code = s.status()
        assert code not in (None, 0), f'exit status {code}'
        lab.same(s.is_as_found(), [])


@tap.case('a killed server: what was read stays, and it goes on when the server is back')
def _server():
    with console() as s:
        s.wait('local:fir')
        server.stop()
        s.wait('no connection')
        assert s.find('local:fir') is not None, str(s)
        time.sleep(1)
        server.start()
        back = time.monotonic()
        s.wait_gone('no connection')
        took = time.monotonic() - back
        leat.run('load', FILE, '--into', 'fifth', '--detach', check=True)
        s.wait('local:fif')
        wait_state(leat.json('job', 'list').json()[0]['job'], 'succeeded')
        s.wait(re.compile('succeeded +local:fif'))
        quits(s)
        return f'connected {took:.1f} s after the server was back'


@tap.case('read-only is kept by the database')
def _read_only():
    place = os.path.getsize(server.log)
    with console('--read-only') as s:
        s.wait('local:fir')
        s.wait('read-only')
        s.keys(':job retry 1<enter>')
        s.wait('only looks')
        s.keys('<esc>')
        s.wait_gone('only looks')
        with open(server.log, encoding='utf-8', errors='replace') as log:
            log.seek(place)
            said = log.read()
        assert 'leat engine' not in said, 'an engine runs inside'
        quits(s)


tap.done()
