#!/usr/bin/env python3
# tests/tap/half_open.t
#	A link that goes dead without a word: no RST, no FIN, nothing comes back.
"""
The program and the target's server stand in two network namespaces with a veth
pair between them; one end is taken down in the middle of a load. leat's own
database is reached through a Unix socket and stays. Needs root; skipped without.

# leat-test: timeout=600
"""
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'chaos'))
import chaos  # noqa: E402
import lab  # noqa: E402

LIMIT_S = 20
SERVER, CLIENT = '192.0.2.1', '192.0.2.2'
ROWS = 3000
# What a table does while it is written to, so that the cut meets it there.
SLOW_ROW = """create function slow() returns trigger language plpgsql as
$$ begin if new.id % 10 = 0 then perform pg_sleep(0.05); end if; return new; end $$;
create trigger slow before insert on {t} for each row execute function slow()"""
SLOW_END = """create function slow_end() returns trigger language plpgsql as
$$ begin perform pg_sleep(60); return null; end $$;
create trigger slow after insert on {t} for each statement execute function slow_end()"""


def run(*words):
    subprocess.run(words, check=True)


class Link:
    """A veth pair into the network namespace of a process of ours."""

    def __init__(self):
        run('ip', 'link', 'set', 'lo', 'up')
        self.other = subprocess.Popen(['unshare', '-n', 'sleep', 'infinity'])
        mine = os.readlink('/proc/self/ns/net')
        while os.readlink(f'/proc/{self.other.pid}/ns/net') == mine:
            time.sleep(0.01)
        run('ip', 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far', 'netns',
            str(self.other.pid))
        run('ip', 'addr', 'add', f'{SERVER}/30', 'dev', 'near')
        self.up()
        run(*self.inside(), 'ip', 'link', 'set', 'lo', 'up')
        run(*self.inside(), 'ip', 'addr', 'add', f'{CLIENT}/30', 'dev', 'far')
        run(*self.inside(), 'ip', 'link', 'set', 'far', 'up')

    def inside(self):
        return ['nsenter', '-n', '-t', str(self.other.pid)]

    @staticmethod
    def up():
        run('ip', 'link', 'set', 'near', 'up')

    @staticmethod
    def down():
        run('ip', 'link', 'set', 'near', 'down')

    def wait(self):
        """Until the other end finds the server again; for a while it remembers that it is gone."""
        probe = f"import socket; socket.create_connection(('{SERVER}', 5432), 2)"
        end = time.monotonic() + 30
        while subprocess.run([*self.inside(), sys.executable, '-c', probe], check=False,
                             stderr=subprocess.DEVNULL).returncode != 0:
            if time.monotonic() > end:
                raise RuntimeError('the link does not come back')
            time.sleep(0.1)


class Far(lab.Leat):
    """The program at the other end of the link, with the home and the database of near."""

    def __init__(self, near, link):
        super().__init__()
        self.link, self.env = link, near.env

    def popen(self, *args, env=None, **kw):
        return subprocess.Popen([*self.link.inside(), self.path, *args],
                                env={**self.env, **(env or {})}, **kw)


class Case:
    def __init__(self, tap, link, server, leat):
        self.tap, self.link, self.server, self.leat = tap, link, server, leat
        self.far = Far(leat, link)

    def wait(self, sql, what, limit_s=30):
        end = time.monotonic() + limit_s
        while self.server.psql(sql, 'target') != 't':
            if time.monotonic() > end:
                raise RuntimeError(f'never seen: {what}')
            time.sleep(0.05)
        return time.monotonic()

    def load(self, name, trigger, seen, args=(), busy_s=0):
        """Cuts the link when `seen` is true in the target."""
        t = f'public.{name}'
        self.server.psql(f'create table {t} ' + chaos.TABLE.format(
            key='primary key' if args else '') + ';' + trigger.format(t=t), 'target')
        path = chaos.source(os.path.join(self.leat.home, name + '.csv'), name, 1, ROWS)
        begun = set(chaos.jobs(self.leat))
        p = self.far.popen('load', '-q', '--progress', 'none', path, '--into', f'far:{t}', *args,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE)
        self.wait(seen, f'{name}: the moment to cut')
        self.link.down()
        cut = time.monotonic()
        job = (set(chaos.jobs(self.leat)) - begun).pop()
        state = 'running'
        while state == 'running' and time.monotonic() < cut + 2 * LIMIT_S:
            time.sleep(0.1)
            state = chaos.jobs(self.leat)[job]['state']
        took = time.monotonic() - cut
        self.tap.ok(state in ('queued', 'failed', 'dead') and took <= LIMIT_S,
                    f'{name}: the job ends or is handed back in {LIMIT_S} s',
                    f'{state} after {took:.1f} s')
        self.tap.note(f'{name}: {state} after {took:.1f} s')
        # What it had received before the cut, the server works off first.
        gone = self.wait('select not exists (select from pg_stat_activity where client_addr is'
                         ' not null)', f'{name}: the far sessions end', 60)
        self.tap.ok(gone - cut <= LIMIT_S + busy_s, f'{name}: the server lets go of its locks',
                    f'after {gone - cut:.1f} s')
        try:
            said = p.communicate(timeout=60)[1].decode()
        except subprocess.TimeoutExpired:
            p.kill()
            said = f'still there {time.monotonic() - cut:.0f} s after the cut; '
            said += p.communicate()[1].decode()
        self.tap.ok(p.returncode in (1, 5) and 'hint: ' in said,
                    f'{name}: the command ends and says so', p.returncode, said)
        self.again(name, t, job)

    def again(self, name, t, job):
        self.server.psql(f'drop trigger slow on {t}', 'target')
        self.link.up()
        self.link.wait()
        if chaos.jobs(self.leat)[job]['state'] != 'queued':
            self.far.run('job', 'retry', str(job), check=True)
        said = chaos.drain(self.far, limit_s=60)
        facts = chaos.oracle(self.server, 'target', t, name, 1, ROWS)
        self.tap.ok(not said and not facts, f'{name}: nothing is lost, nothing is there twice',
                    said, facts)


def main():
    tap = lab.Tap()
    tools = all(shutil.which(x) for x in ('unshare', 'nsenter', 'ip'))
    if os.geteuid() != 0 or not tools:
        tap.skip('a link goes dead', 'network namespaces need root, unshare and ip')
        tap.done()
    if sys.argv[1:] != ['inside']:
        if subprocess.run(['unshare', '-n', 'true'], check=False).returncode != 0:
            tap.skip('a link goes dead', 'this system gives no network namespaces')
            tap.done()
        os.execvp('unshare', ['unshare', '-n', sys.executable, os.path.abspath(__file__),
                              'inside'])
    link = Link()
    server, leat = lab.lab(settings={'listen_addresses': SERVER})
    with open(os.path.join(server.data, 'pg_hba.conf'), 'a', encoding='ascii') as f:
        f.write(f'host all all {CLIENT}/32 trust\n')
    server.psql('select pg_reload_conf()')
    server.create_db('target')
    far = {**lab.postgres_connection(server, 'target'), 'host': SERVER}
    lab.apply(leat, {'far': far})
    case = Case(tap, link, server, leat)
    case.load('copying', SLOW_ROW, 'select coalesce(sum(tuples_processed), 0) > 500 from'
              ' pg_stat_progress_copy', busy_s=20)
    case.load('waiting', SLOW_END, "select exists (select from pg_stat_activity where wait_event"
              " = 'PgSleep' and client_addr is not null)", ['--key', 'id'])
    link.other.kill()
    link.other.wait()
    tap.done()


if __name__ == '__main__':
    main()
