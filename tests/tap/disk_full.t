#!/usr/bin/env python3
# tests/tap/disk_full.t
#	The target's disk is full in the middle of a load, and then it is not.
"""
The data folder of the target's server is a small file system in memory, the log
of its transactions lies elsewhere: rows are what does not fit. Mounting it takes
root and a mount namespace; skipped without.
"""
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'chaos'))
import chaos  # noqa: E402
import lab  # noqa: E402

SIZE = 160 << 20
ROWS = 60000  # some 5 MB as a table
ROOM = 3 << 20  # left of the disk when a load starts


class Case:
    def __init__(self, tap, server, leat):
        self.tap, self.server, self.leat = tap, server, leat

    def fill(self):
        self.server.psql('checkpoint')
        self.server.fill(ROOM)

    def load(self, mode, is_there):
        t = f'public.full_{mode}'
        key = ['--key', 'id'] if mode == 'upsert' else []
        if is_there:
            self.server.psql(f'create table {t} ' + chaos.TABLE.format(
                key='primary key' if key else ''), 'target')
        # What an upsert or a replace finds there must be there afterwards.
        if is_there and mode != 'append':
            self.server.psql(f"insert into {t} values (1, 'old', 7)", 'target')
        old = self.shown(t)
        path = chaos.source(os.path.join(self.leat.home, mode + '.csv'), mode, 1, ROWS)
        self.fill()
        res = self.leat.json('load', '--progress', 'none', path, '--into', f'small:{t}', '--mode',
                             mode, *key)
        self.tap.ok(res.code == 1 and '"code":"DISK"' in res.err.replace(' ', '')
                    and not res.says('No space left', '"hint"'),
                    f'{mode}: the load fails with DISK and says what to do', res)
        self.tap.equal(self.shown(t), old, f'{mode}: the target is as it was')
        job = max(chaos.jobs(self.leat))
        rejects = self.leat.json('reject', 'list', str(job))
        self.tap.ok(rejects.code == 0 and rejects.rows() == [],
                    f'{mode}: no row is blamed for it', rejects)
        self.server.free()
        res = self.leat.run('job', 'retry', str(job))
        left = chaos.leftovers(self.server, 'target')
        facts = chaos.oracle(self.server, 'target', t, mode, 1, ROWS)
        self.tap.ok(res.code == 0 and not facts and not left,
                    f'{mode}: with room again every row is there, once', facts, left, res)
        self.server.psql(f'drop table {t}', 'target')

    def wait(self, is_so, what):
        end = time.monotonic() + 60
        while not is_so(list(chaos.jobs(self.leat).values())[0]):
            if time.monotonic() > end:
                return self.tap.ok(False, what, chaos.jobs(self.leat))
            time.sleep(0.1)
        return self.tap.ok(True, what)

    def run_unaided(self):
        """A pipeline's job tries again by itself."""
        t = 'public.unaided'
        self.server.psql(f'create table {t} ' + chaos.TABLE.format(key='primary key'), 'target')
        chaos.source(os.path.join(self.leat.home, 'unaided.csv'), 'u', 1, ROWS)
        lab.apply(self.leat, {'small': lab.postgres_connection(self.server, 'target'),
                              'here': {'connector': 'file', 'path': self.leat.home}},
                  {'unaided': {'source': {'connection': 'here', 'stream': 'unaided.csv'},
                               'target': {'connection': 'small', 'stream': t},
                               'mode': 'upsert', 'key': ['id']}})
        self.fill()
        engine = self.leat.popen('work', stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        self.leat.run('run', 'unaided', '--detach', '--attempts', '9', check=True)
        self.wait(lambda job: job['state'] == 'queued' and job['attempt'] > 0,
                  'a job waits for its next try')
        self.server.free()
        self.wait(lambda job: job['state'] == 'succeeded', 'and comes through unaided')
        engine.terminate()
        engine.wait()
        facts = chaos.oracle(self.server, 'target', t, 'u', 1, ROWS)
        self.tap.ok(not facts, 'every row is there, once', facts)

    def shown(self, t):
        """What is in the table, or that there is none."""
        if self.server.psql(f"select to_regclass('{t}')", 'target') == '':
            return 'no table'
        return self.server.psql(f'select count(*), min(h) from {t}', 'target')


def main():
    tap = lab.Tap()
    lab.own_mounts(tap, 'a disk is full')
    server, leat = lab.lab()
    small = lab.SmallServer(SIZE)
    small.create_db('target')
    lab.apply(leat, {'small': lab.postgres_connection(small, 'target')})
    case = Case(tap, small, leat)
    case.load('append', True)
    case.load('append', False)
    case.load('upsert', True)
    case.load('replace', True)
    case.run_unaided()
    small.stop()
    del server
    tap.done()


if __name__ == '__main__':
    main()
