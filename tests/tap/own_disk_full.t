#!/usr/bin/env python3
# tests/tap/own_disk_full.t
#	The disk of leat's own database is full while jobs run, and then it is not.
"""
First only tables and indexes do not fit, and the server answers; then the log of its
transactions does not, either, and it goes down. The engine stays, says what is wrong,
and goes on by itself once there is room. What the jobs load lies on another disk.
"""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'chaos'))
import chaos  # noqa: E402
import lab  # noqa: E402

SIZE = 200 << 20
JOBS, MANY, ROWS = 10, 100, 200
FULL_S = 6  # for as long as the disk is full
BACK_S = 60  # from room to the end of every job


class Case:
    """One small server that is leat's own, and a large one for the rows."""

    def __init__(self, tap, far, name, is_log_apart):
        self.tap, self.far, self.name = tap, far, name
        self.server, self.leat = lab.lab(server=lab.SmallServer(SIZE, is_log_apart))
        self.leat.env['LEAT_LEASE_MS'] = '2000'
        self.table = f'public.{name}'
        far.psql(f'create table {self.table} ' + chaos.TABLE.format(key='')
                 + f'; alter table {self.table} add note text', 'target')
        lab.apply(self.leat, {'far': lab.postgres_connection(far, 'target')})
        self.said = os.path.join(self.leat.home, 'engine.log')
        self.asked = 0

    def add(self):
        path = chaos.source(os.path.join(self.leat.home, f'{self.asked}.csv'), 'a',
                            self.asked * ROWS + 1, (self.asked + 1) * ROWS)
        # The job fills a third of a page.
        note = f"note='{os.urandom(1200).hex()}'"
        res = self.leat.run('load', '-q', '--detach', path, '--into', f'far:{self.table}',
                            '--map', note, '--attempts', '9', timeout=30)
        self.asked += res.code == 0
        return res

    def words(self):
        with open(self.said, encoding='utf-8') as f:
            return f.read()

    @staticmethod
    def wait(is_so):
        end = time.monotonic() + 30
        while not is_so() and time.monotonic() < end:
            time.sleep(0.1)

    def running(self):
        return self.server.psql('select count(*) from leat.run', 'leat')

    def left(self):
        try:
            return self.server.psql('select count(*) from leat.job_view where state not in'
                                    ' (2, 3, 4, 5)', 'leat')
        except RuntimeError:
            return 'unknown'

    def run(self, is_down):
        tap, name = self.tap, self.name
        with open(self.said, 'wb') as f:
            engine = self.leat.popen('work', '--slots', '4', stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=f)
        # Some jobs run, and cannot end before the disk is full.
        lock = subprocess.Popen(['psql', '-Xq', '-d', self.far.conninfo('target'), '-c',
                                 f'begin; lock table {self.table} in share row exclusive mode;'
                                 ' select pg_sleep(60)'], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, env=lab.clean_env())
        for _ in range(JOBS):
            self.add()
        self.wait(lambda: self.running() == '4')
        self.server.fill(0)
        if is_down:
            self.wait(lambda: self.server.psql('select pg_current_xact_id(); select pg_switch_wal()',
                                               'leat', check=False) == '')
        until = time.monotonic() + FULL_S
        res = self.add()
        while time.monotonic() < until or res.code == 0 and self.asked < MANY:
            if lock.poll() is None and res.code != 0:
                lock.kill()
                lock.wait()
                self.far.psql('select pg_terminate_backend(pid) from pg_stat_activity where query'
                              " like '%pg_sleep(60)%' and pid <> pg_backend_pid()", 'target')
            if res.code != 0:
                time.sleep(0.5)
            res = self.add()
        tap.ok(res.code == (5 if is_down else 1) and not res.says(
            'cannot connect' if is_down else 'No space left', 'hint'), f'{name}: a job is refused',
            res)
        tap.ok(engine.poll() is None, f'{name}: the engine lives', self.words())
        self.server.free()
        if is_down:
            self.server.stop()
            self.server.start()
        begin = time.monotonic()
        while self.left() != '0' and time.monotonic() - begin < BACK_S:
            time.sleep(0.2)
        took = time.monotonic() - begin
        tap.equal(self.left(), '0', f'{name}: with room again every job ends by itself',
                  self.words())
        tap.note(f'{self.asked} jobs; {took:.1f} s after there was room')
        tap.ok(engine.poll() is None, f'{name}: the engine has lived through it', self.words())
        engine.terminate()
        tap.equal(engine.wait(timeout=30), 0, f'{name}: and ends when told', self.words())
        said = 'gone|reach' if is_down else 'space'
        tap.ok(any(w in self.words() for w in said.split('|')), f'{name}: it said what was wrong',
               self.words())
        tap.equal(self.server.psql('select count(*) from leat.done where state = 2', 'leat'),
                  str(self.asked), f'{name}: every job has succeeded', chaos.jobs(self.leat))
        tap.equal(chaos.oracle(self.far, 'target', self.table, 'a', 1, self.asked * ROWS), '',
                  f'{name}: every row is there once')
        with open(os.path.join(chaos.HERE, 'queue.sql'), encoding='utf-8') as f:
            tap.equal(self.server.psql(f.read(), 'leat'), '', f'{name}: the books are sound')
        self.server.stop()


def main():
    tap = lab.Tap()
    lab.own_mounts(tap, "the disk of leat's own database is full")
    far = lab.Server()
    far.create_db('target')
    Case(tap, far, 'tables', True).run(False)
    Case(tap, far, 'log', False).run(True)
    tap.done()


if __name__ == '__main__':
    main()
