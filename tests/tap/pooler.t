#!/usr/bin/env python3
# tests/tap/pooler.t
#	PgBouncer in front of leat's own database, and of a target.
"""
A pooler gives the server away between two transactions, and drops what a session
was started with: leat refuses it with what to do. Skipped without pgbouncer.
"""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

HINT = 'hint: .*host and port of the server itself'


class Pooler:
    """One pgbouncer at a time, on a socket of its own."""

    def __init__(self, program, server):
        self.program, self.server = program, server
        self.folder = os.path.join(server.folder, 'pool')
        self.process = None
        os.makedirs(self.folder)
        shutil.chown(self.folder, os.stat(server.data).st_uid)

    def start(self, more=''):
        """Anew, so that nothing is remembered of an earlier server session."""
        self.stop()
        ini = os.path.join(self.folder, 'ini')
        users = os.path.join(self.folder, 'users')
        with open(users, 'w', encoding='ascii') as f:
            f.write('"postgres" ""\n"plain" ""\n')
        with open(ini, 'w', encoding='ascii') as f:
            f.write(f'[databases]\n* = host={self.server.sock}\n[pgbouncer]\nlisten_addr =\n'
                    f'listen_port = 5432\nunix_socket_dir = {self.folder}\nauth_type = trust\n'
                    f'auth_file = {users}\npool_mode = transaction\n'
                    f'logfile = {self.folder}/log\n{more}\n')
        words = [self.program, ini]
        if os.geteuid() == 0:
            words = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', *words]
        self.process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not os.path.exists(os.path.join(self.folder, '.s.PGSQL.5432')):
            if time.monotonic() > end:
                raise RuntimeError('pgbouncer does not start')
            time.sleep(0.05)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            os.unlink(os.path.join(self.folder, '.s.PGSQL.5432'))
        self.process = None


def is_refused(res, *words):
    return res.code == 2 and '"code":"CONFIG"' in res.err and not res.says(HINT, *words)


def main():
    tap = lab.Tap()
    program = shutil.which('pgbouncer') or '/usr/sbin/pgbouncer'
    if not os.access(program, os.X_OK):
        tap.skip('a pooler', 'there is no pgbouncer')
        tap.done()
    server, leat = lab.lab()
    pool = Pooler(program, server)
    try:
        own_database(tap, server, leat, pool)
        target(tap, server, leat, pool)
    finally:
        pool.stop()
    tap.done()


def own_database(tap, server, leat, pool):
    def ask(user, *words):
        return leat.json('--db', f'host={pool.folder} dbname=leat user={user}', *words)

    server.psql('create role plain login; grant leat_app, leat_reader, leat_engine, leat_owner to plain')
    pool.start()
    res = ask('postgres', 'job', 'list')
    tap.ok(is_refused(res, 'startup parameter'), 'as it comes, PgBouncer refuses settings', res)
    pool.start('ignore_startup_parameters = options')
    res = ask('postgres', 'job', 'list')
    tap.ok(is_refused(res, 'ignores the session'), 'settings that are dropped are missed', res)

    # The pooler passes on what the server's session says of itself: with settings
    # that belong to the login it looks as if ours had arrived.
    server.psql("alter role plain set application_name = 'leat';"
                "alter role plain set timezone = 'UTC'")
    pool.start('ignore_startup_parameters = options')
    res = ask('plain', 'job', 'list')
    tap.ok(is_refused(res, 'connection pooler'), 'another role than ours', res)
    server.psql("alter role plain set role = 'leat_app'")
    pool.start('ignore_startup_parameters = options')
    res = ask('plain', 'job', 'list')
    tap.ok(is_refused(res, 'connection pooler'), 'the right role, but not the server itself', res)
    server.psql("alter role plain set application_name = 'leat migrate'")
    pool.start('ignore_startup_parameters = options')
    res = ask('plain', 'doctor')
    rows = {row['check']: row for row in res.rows()}
    tap.ok(res.code == 1 and rows['pooler']['state'] == 'fail'
           and 'server itself' in rows['pooler']['hint'], 'doctor sees it', res)
    res = leat.json('doctor')
    rows = {row['check']: row for row in res.rows()}
    tap.ok(res.code == 0 and rows['pooler']['state'] == 'ok', 'and sees none where none is', res)


def target(tap, server, leat, pool):
    server.create_db('target')
    server.psql('create table things (id bigint primary key, name text)', 'target')
    lab.apply(leat, {'pooled': {**lab.postgres_connection(server, 'target'),
                                'host': pool.folder}})
    path = os.path.join(leat.home, 'things.csv')
    with open(path, 'w', encoding='ascii') as f:
        f.write('id,name\n1,a\n2,b\n')
    for more in ('', 'ignore_startup_parameters = options'):
        pool.start(more)
        res = leat.json('load', path, '--into', 'pooled:public.things', '--key', 'id')
        tap.ok(is_refused(res, 'connection pooled'), f'a load through it ({more or "as it comes"})',
               res)
    tap.equal(server.psql('select count(*) from things', 'target'), '0', 'nothing was written')
    res = leat.json('connection', 'test', 'pooled')
    tap.ok(is_refused(res, 'target'), 'connection test says the same', res)


if __name__ == '__main__':
    main()
