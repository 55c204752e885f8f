# tests/lib/lab.py
#	What the end-to-end scripts share.
"""
A temporary PostgreSQL server (default settings, Unix socket only, fsync on), the
built program run against it, and TAP output. Python standard library and psql
only. Everything lives below one temporary folder that is removed at exit.

Environment:
  LEAT       the program under test (default: build/leat of this tree)
  LAB_KEEP   not empty: keep the temporary folder and say where it is
"""
import atexit
import errno
import importlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def _on_term(_number, _frame):
    sys.exit(143)  # the ways out at exit are gone through: servers stop, folders go


signal.signal(signal.SIGTERM, _on_term)


def program():
    """The built leat, or exits as a skipped test."""
    for path in (os.environ.get('LEAT'), os.path.join(os.getcwd(), 'leat'),
                 os.path.join(TOP, 'build', 'leat')):
        if path and os.access(path, os.X_OK) and not os.path.isdir(path):
            return os.path.abspath(path)
    sys.exit('Bail out! leat is not built: set LEAT')


def bindir():
    """Folder of initdb and postgres."""
    from_env = os.environ.get('PG_BINDIR')
    if from_env:
        return from_env
    base = '/usr/lib/postgresql'
    versions = [v for v in os.listdir(base) if v.isdigit()] if os.path.isdir(base) else []
    if versions:
        return os.path.join(base, max(versions, key=int), 'bin')
    return os.path.dirname(shutil.which('initdb') or '/usr/bin/initdb')


def of_debian(name):
    """A module; Debian's, where another Python comes first."""
    try:
        return importlib.import_module(name)
    except ImportError:
        sys.path.append('/usr/lib/python3/dist-packages')
        return importlib.import_module(name)


def temp_folder(prefix='lab-'):
    """A new folder that goes away at exit."""
    path = tempfile.mkdtemp(prefix=prefix, dir=os.environ.get('TMPDIR', '/tmp'))
    os.chmod(path, 0o755)

    def remove():
        if os.environ.get('LAB_KEEP'):
            print(f'# kept: {path}', file=sys.stderr)
        else:
            shutil.rmtree(path, ignore_errors=True)
    atexit.register(remove)
    return path


class Server:
    """A PostgreSQL server of our own. Stopped and removed at exit."""

    def __init__(self, folder=None, settings=None, initdb=()):
        self.folder = folder or temp_folder('lab-pg-')
        self.data = os.path.join(self.folder, 'data')
        self.sock = os.path.join(self.folder, 's')
        self.log = os.path.join(self.folder, 'server.log')
        self.user = 'postgres'
        self.bin = bindir()
        self.settings = {'listen_addresses': '', 'unix_socket_directories': self.sock}
        self.settings.update(settings or {})
        os.makedirs(self.sock, exist_ok=True)
        if os.geteuid() == 0:
            entry = pwd.getpwnam('postgres')
            for path in (self.folder, self.sock):
                os.chown(path, entry.pw_uid, entry.pw_gid)
        self._as_server('initdb', '-D', self.data, '-A', 'trust', '-U', self.user, '-E', 'UTF8',
                        '--locale=C.UTF-8', '--no-instructions', *initdb)
        with open(os.path.join(self.data, 'postgresql.conf'), 'a', encoding='utf-8') as f:
            for key, value in self.settings.items():
                f.write(f"{key} = '{value}'\n")
        atexit.register(self.stop)
        self.start()

    def _as_server(self, name, *args, check=True):
        cmd = [os.path.join(self.bin, name), *args]
        if os.geteuid() == 0:
            cmd = ['runuser', '-u', 'postgres', '--', *cmd]
        return subprocess.run(cmd, check=check, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL if name != 'initdb' else None, cwd='/')

    def start(self):
        self._as_server('pg_ctl', '-D', self.data, '-l', self.log, '-w', '-t', '60', 'start')

    def stop(self, mode='immediate'):
        self._as_server('pg_ctl', '-D', self.data, '-w', '-m', mode, 'stop', check=False)

    def conninfo(self, db='postgres', host=None):
        port = f" port={self.settings['port']}" if 'port' in self.settings else ''
        return f"host={host or self.sock} dbname={db} user={self.user}{port}"

    def psql(self, sql, db='postgres', check=True, stdin=None):
        """Unaligned tuples of the answer, without the last line end."""
        res = subprocess.run(['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', self.conninfo(db),
                              '-f', '-'] if stdin is None else
                             ['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', self.conninfo(db),
                              '-c', sql],
                             input=(sql if stdin is None else stdin), text=True,
                             capture_output=True, check=False, env=clean_env())
        if check and res.returncode != 0:
            raise RuntimeError(f'psql: {res.stderr.strip()}\n{sql}')
        return res.stdout.rstrip('\n')

    def create_db(self, name):
        self.psql(f'create database "{name}"')

    def statements(self, since=0):
        """What leat's sessions have asked since that place of the log (see LOG_ALL)."""
        with open(self.log, encoding='utf-8', errors='replace') as log:
            log.seek(since)
            return [line.strip() for line in log
                    if line.startswith('leat') and ('statement:' in line or 'execute ' in line)]


def clean_env(extra=None):
    """The environment without PG* and LEAT*, so that nobody's settings leak in."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith('PG') and not k.startswith('LEAT')}
    env.setdefault('LC_ALL', 'C.UTF-8')
    env.update(extra or {})
    return env


class Result:
    """What one run of the program said."""

    def __init__(self, code, out, err, seconds, args):
        self.code, self.out_bytes, self.err_bytes = code, out, err
        self.out = out.decode('utf-8', 'replace')
        self.err = err.decode('utf-8', 'replace')
        self.seconds = seconds
        self.args = args

    def json(self):
        """The answer of -o json; {} when there is none."""
        try:
            return json.loads(self.out)
        except ValueError:
            return {}

    def rows(self):
        """The answer of -o json as a list of objects."""
        got = self.json()
        return got if isinstance(got, list) else [got] if got else []

    def says(self, *words):
        """The words that standard error does not hold, any case."""
        text = self.err.lower()
        return [w for w in words if not re.search(w.lower(), text)]

    def controls(self):
        """Control bytes and spoofing characters that reached the outside."""
        bad = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]')
        # CSV ends its lines with CR LF.
        return bad.findall(self.err) + bad.findall(self.out.replace('\r\n', '\n'))

    def __str__(self):
        return (f"$ leat {' '.join(self.args)}\nexit {self.code} after {self.seconds:.2f} s\n"
                f'--- stdout\n{self.out[:2000]}\n--- stderr\n{self.err[:2000]}')


class Leat:
    """The program with one database and a home of its own."""

    def __init__(self, db=None, env=None, path=None):
        self.path = path or program()
        self.home = temp_folder('lab-home-')
        self.env = clean_env({'HOME': self.home, 'XDG_CONFIG_HOME': self.home + '/config',
                              'XDG_DATA_HOME': self.home + '/data',
                              'XDG_STATE_HOME': self.home + '/state'})
        for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS'):
            if name in os.environ:
                self.env[name] = os.environ[name]
        if db:
            self.env['LEAT_DB'] = db
        self.env.update(env or {})

    def popen(self, *args, env=None, **kw):
        return subprocess.Popen([self.path, *args], env={**self.env, **(env or {})}, **kw)

    def run(self, *args, stdin=None, env=None, timeout=120, cwd=None, check=False):
        """stdin: bytes. A run that hangs is killed and answers code -9."""
        begin = time.monotonic()
        p = self.popen(*args, env=env, cwd=cwd,
                       stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = p.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            p.send_signal(signal.SIGKILL)
            out, err = p.communicate()
            err += b'\n(killed by the test: it took too long)'
        res = Result(p.returncode, out, err, time.monotonic() - begin, list(args))
        if check and res.code != 0:
            raise RuntimeError(str(res))
        return res

    def json(self, *args, **kw):
        return self.run('-o', 'json', *args, **kw)


class Tap:
    """Test Anything Protocol on standard output."""

    def __init__(self):
        self.n = 0
        self.failed = 0

    def ok(self, is_ok, name, *notes):
        self.n += 1
        if not is_ok:
            self.failed += 1
        print(f"{'ok' if is_ok else 'not ok'} {self.n} - {name}".replace('#', '\\#'))
        if not is_ok:
            for note in notes:
                self.note(note)
        sys.stdout.flush()
        return bool(is_ok)

    def equal(self, got, wanted, name, *notes):
        return self.ok(got == wanted, name, f'got    {got!r}', f'wanted {wanted!r}', *notes)

    def skip(self, name, why):
        self.n += 1
        print(f'ok {self.n} - {name} # SKIP {why}')

    @staticmethod
    def note(text):
        for line in str(text).splitlines():
            clean = ''.join(c if c.isprintable() or c == '\t' else '?' for c in line)
            print('# ' + clean)

    def case(self, name):
        """Runs a function as one test: an assertion that fails is the reason."""
        def run(test):
            try:
                said = test()
            except AssertionError as e:
                self.ok(False, name, *str(e).splitlines())
            else:
                self.ok(True, name)
                if said:
                    self.note(said)
        return run

    def done(self):
        print(f'1..{self.n}')
        sys.stdout.flush()
        sys.exit(1 if self.failed else 0)


# Settings with which Server.statements() can tell.
LOG_ALL = {'log_statement': 'all', 'log_line_prefix': '%a|', 'log_min_messages': 'warning'}


def same(got, wanted, what=''):
    assert got == wanted, f'{what} got {got!r}\nwanted {wanted!r}'


def lab(db='leat', settings=None, server=None):
    """A server with leat's tables in database db, and the program bound to it."""
    server = server or Server(settings=settings)
    server.create_db(db)
    leat = Leat(server.conninfo(db))
    res = leat.run('migrate', 'up')
    if res.code != 0:
        print(f'Bail out! migrate up failed: {res.err.strip()}')
        sys.exit(1)
    return server, leat


def apply(leat, connections=None, pipelines=None, check=True):
    """Hands connections and pipelines (dicts by name) to leat apply."""
    path = os.path.join(leat.home, 'apply.yaml')
    with open(path, 'w', encoding='utf-8') as f:
        # JSON is YAML.
        json.dump({'connections': connections or {}, 'pipelines': pipelines or {}}, f, indent=1)
    return leat.run('apply', '-f', path, check=check)


def postgres_connection(server, db):
    """A connection's settings for apply()."""
    return {'connector': 'postgres', 'host': server.sock, 'dbname': db, 'user': server.user,
            **({'port': server.settings['port']} if 'port' in server.settings else {})}


def free_port():
    """A TCP port of 127.0.0.1 that nobody has at this moment."""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def own_mounts(tap, what):
    """Goes on where this process may mount what it likes, or ends as a skipped test."""
    if os.geteuid() != 0:
        tap.skip(what, 'mounting a small disk needs root')
        tap.done()
    if sys.argv[1:] == ['inside']:
        return
    if subprocess.run(['unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], check=False,
                      capture_output=True).returncode != 0:
        tap.skip(what, 'this system lets nobody mount one')
        tap.done()
    os.execvp('unshare', ['unshare', '-m', sys.executable, os.path.abspath(sys.argv[0]), 'inside'])


class SmallServer(Server):
    """A server on a small disk in memory; the log of its transactions may lie elsewhere."""

    def __init__(self, size, is_log_apart=True):
        folder = temp_folder('lab-pg-')
        data = os.path.join(folder, 'data')
        entry = pwd.getpwnam('postgres')
        os.makedirs(data)
        subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size},mode=0700,uid={entry.pw_uid},'
                        f'gid={entry.pw_gid}', 'tmpfs', data], check=True)
        super().__init__(folder, {'autovacuum': 'off'}, ['-X', os.path.join(folder, 'wal')]
                         if is_log_apart else [])
        self.ballast = os.path.join(data, 'ballast')

    def fill(self, room):
        """Leaves so many bytes."""
        for tries in range(100):
            fs = os.statvfs(self.data)
            try:
                with open(self.ballast, 'wb') as f:
                    os.posix_fallocate(f.fileno(), 0, max(1, fs.f_bavail * fs.f_frsize - room))
                return
            except OSError as e:  # the server has taken some of it meanwhile
                if e.errno != errno.ENOSPC or tries == 99:
                    raise

    def free(self):
        os.unlink(self.ballast)


class Bench:
    """A server, the program bound to it, a folder of files, and loads that are checked."""

    def __init__(self, tap, *databases):
        self.tap = tap
        self.server, self.leat = lab()
        self.folder = temp_folder('lab-in-')
        for name in databases:
            self.server.create_db(name)

    def sql(self, text, db='leat'):
        return self.server.psql(text, db)

    def put(self, name, content):
        """A file; its path."""
        path = os.path.join(self.folder, name)
        with open(path, 'wb') as f:
            f.write(content.encode('utf-8') if isinstance(content, str) else content)
        os.chmod(path, 0o644)
        return path

    def load(self, name, args, code=0, stdin=None, command='load', env=None, **counts):
        """One load; checks exit, ledger and the counts given. The answer, and what was said."""
        res = self.leat.json(command, '--progress', 'none', *args, stdin=stdin, env=env)
        got = res.json() if isinstance(res.json(), dict) else {}
        self.tap.ok(res.code == code, f'{name}: exit {code}', res)
        if code in (0, 3):
            total = sum(got.get('rows_' + k) or 0 for k in ('written', 'unchanged', 'filtered',
                                                            'rejected'))
            self.tap.ok(got.get('rows_read') == total, f'{name}: the ledger balances', res)
        for key, value in counts.items():
            self.tap.equal(got.get('rows_' + key), value, f'{name}: {key}', res)
        got['said'] = res
        return got

    def rejects(self, job):
        """Rejected rows as the books have them."""
        return self.leat.json('reject', 'list', str(job), '--limit', '1000').rows()
