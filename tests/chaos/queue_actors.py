# tests/chaos/queue_actors.py
#	Those who use one queue at once: engines and people, each with sessions of its own.
"""
What an actor does is drawn by lot, and written down: the moments of the call's begin and
end, and its answer. Some calls are made in a transaction that is kept open for a while,
or rolled back. An epoch (tests/chaos/history) says how long, and keeps what they wrote.
"""
import json
import random
import time

import pq
import queue_spec as spec

HELD = 8  # by one engine, before it ends some
MANY = 40  # jobs that have not ended, before nobody adds more
BACKOFF_MS = (2, 4)
KINDS = ((24, 'claim'), (4, 'claim_one'), (12, 'finish'), (8, 'settle'), (10, 'fail'),
         (5, 'hand_back'), (12, 'stale'), (5, 'asked'), (2, 'strays'), (8, 'beat'), (1, 'forget'),
         (1, 'die'), (4, 'bury'), (5, 'promote'), (2, 'arm'))
ACTS = ((30, 'add'), (9, 'cancel'), (8, 'pause'), (14, 'resume'), (12, 'retry'), (12, 'look'),
        (1, 'terminate'))
SQL = {name: pq.statement(name) for name in (
    'job_add', 'job_claim', 'job_claim_one', 'job_finish', 'job_settle', 'job_fail',
    'job_hand_back', 'job_clear_found', 'job_promote', 'job_arm', 'job_cancel', 'job_pause',
    'job_resume', 'job_retry', 'engine_start', 'engine_bury', 'engine_strays', 'engine_beat',
    'engine_unlock')}


def now():
    return time.monotonic_ns()


def choose(dice, table):
    at = dice.random() * sum(n for n, _ in table)
    for n, what in table:
        at -= n
        if at < 0:
            return what
    return table[-1][1]


def number(text):
    return None if text is None else int(text)


class Actor:
    """A session and its calls; some in a transaction that is kept open, or rolled back."""

    def __init__(self, epoch, name, seed, *begin):
        self.epoch, self.name, self.dice = epoch, name, random.Random(seed)
        self.session = pq.Session(epoch.conninfo, *begin)

    def call(self, text, *params, also=None):
        """(begin, end, rows or None when nothing happened); ANY: the answer was lost."""
        ask, dice = self.session.ask, self.dice
        begin = now()
        try:
            if not also and dice.random() > 0.2:
                rows = ask(text, *params)
                return begin, now(), rows
            ask('begin')
            rows = ask(text, *params)
            if also:
                rows.append(ask(also(rows)))
            time.sleep(dice.random() * 0.003)
            is_kept = dice.random() > 0.2
            ask('commit' if is_kept else 'rollback')
            return begin, now(), rows if is_kept else None
        except pq.Error as e:
            if self.session.is_broken():
                self.epoch.wait_gone(self.session.pid)
                self.come_back()
                return begin, now(), spec.ANY
            if e.state == '40P01':
                self.epoch.deadlocks += 1
            elif e.state not in ('LT001', 'LT002'):
                raise
            try:
                ask('rollback')
            except pq.Error:
                self.come_back()
            return begin, now(), e.state

    def come_back(self):
        while self.session.conn is None or self.session.is_broken():
            try:
                self.session.open()
            except pq.Error:
                pass  # ended again while it began

    def live(self):
        try:
            while self.epoch.go_on():
                self.step()
        except Exception as e:  # what a thread meets is told by the one who waits for it
            is_ours = not isinstance(e, pq.Error) or e.state[:2] in ('08', '22', '42')
            self.epoch.give_up(f'{self.name}: {e!r}', is_ours)

    def note(self, job, begin, end, name, args, got):
        # Whoever adds a job may be the last to hear of it.
        self.epoch.notes.append((job, spec.Call(begin, end, name, args, got, self.name)))


class Engine(Actor):
    """Claims and ends; keeps what it was told, even when the others have buried it."""

    def __init__(self, epoch, n, seed):
        super().__init__(epoch, f'e{n}', seed, 'set role leat_engine')
        self.life = pq.Session(epoch.conninfo, 'set role leat_engine')
        self.held = []
        self.enlist()

    def enlist(self):
        self.id = int(self.life.ask(SQL['engine_start'], self.name, 'test', '8', None)[0][0])
        self.epoch.engines[self.id] = self

    def step(self):
        kind = choose(self.dice, KINDS)
        if len(self.held) >= HELD and kind in ('claim', 'claim_one'):
            kind = self.dice.choice(['finish', 'settle', 'fail', 'hand_back'])
        getattr(self, kind)()

    # ---- claiming ----

    def claim(self):
        queues = self.dice.choice([None, None, '{default}', '{night}'])
        got = self.call(SQL['job_claim'], self.id, self.dice.randrange(1, 7), queues,
                        self.dice.randrange(3), '{}', '{}')
        self.take(*got)

    def claim_one(self):
        job = self.epoch.some_job(self.dice)
        if job:
            begin, end, rows = self.call(SQL['job_claim_one'], self.id, job.org, job.id)
            if isinstance(rows, list) and rows[0][-1] != '0':
                rows = None
            self.take(begin, end, rows, is_one=True)

    def take(self, begin, end, rows, is_one=False):
        """Jobs that are ours now."""
        if rows is spec.ANY:
            self.epoch.lost_claims.append((self.id, begin, end))
        elif rows == 'LT002':
            self.enlist()
        elif isinstance(rows, list):
            for org, lane, job, run, attempt, lost, cancelled, *_ in rows:
                if job is None:
                    continue
                lease = tuple(map(int, (org, lane, job, run)))
                self.held.append(lease)
                self.epoch.leases.append(lease)
                self.epoch.claims.append((
                    lease[2], begin, end, self.name, {'engine': self.id, 'is_one': is_one},
                    (lease[3], int(attempt), int(lost or 0), cancelled == 't')))

    def forget(self):
        if self.held:
            self.held.pop()

    # ---- ending ----

    def pick(self):
        return self.held.pop(self.dice.randrange(len(self.held))) if self.held else None

    def leave(self, name, lease, **args):
        """One of the ways out of a run; true answers are those that moved the job."""
        org, lane, job, run = lease
        if name == 'finish':
            params = pq.finish([lease])
        elif name == 'settle':
            params = [org, lane, job, run, run, *[0] * 6, 'false', None, None, args['state'],
                      *[None] * 3]
        elif name == 'found':
            params = [org, lane, job, run, run, *[0] * 6, 'true', None, None, args['state'],
                      *[None] * 3]
        elif name == 'fail':
            params = [org, lane, job, run, args['retry'], args['cancel'], args['trace'], 0,
                      'NETWORK', 'it went wrong', None, None, *BACKOFF_MS, 0, None, None]
        elif name == 'clear':
            params = [org, job, run]
        else:
            params = [org, lane, job, run, args['trace']]
        sql = {'found': 'job_settle', 'clear': 'job_clear_found'}.get(name, 'job_' + name)
        begin, end, rows = self.call(SQL[sql], *params)
        if isinstance(rows, list):
            rows = number(rows[0][0]) if name in ('fail', 'hand_back') else rows[0][0] in ('1', 't')
        elif rows is not spec.ANY:
            name, rows = 'touch', True
        self.note(job, begin, end, name, {**args, 'run': run}, rows)

    def end(self, name, lease):
        dice = self.dice
        args = {}
        if name in ('settle', 'found'):
            args = {'state': dice.choice([2, 2, 2, 3])}
        elif name == 'fail':
            args = {'retry': dice.random() < 0.7, 'cancel': dice.random() < 0.1,
                    'trace': dice.randrange(3)}
        elif name == 'hand_back':
            args = {'trace': dice.randrange(3)}
        self.leave(name, lease, **args)

    def finish(self):
        """Some at once, or one; of some only the number is told."""
        some = [self.pick() for _ in range(self.dice.randrange(1, 4)) if self.held]
        if len(some) == 1:
            return self.end('finish', some[0])
        if not some:
            return None
        begin, end, rows = self.call(SQL['job_finish'], *pq.finish(some))
        got, name = rows, 'finish'
        if isinstance(rows, list):
            n = int(rows[0][0])
            got = True if n == len(some) else False if n == 0 else spec.ANY
        elif rows is not spec.ANY:
            got, name = True, 'touch'
        for lease in some:
            self.note(lease[2], begin, end, name, {'run': lease[3]}, got)
        return None

    def settle(self):
        if self.held:
            self.end('settle', self.pick())

    def fail(self):
        if self.held:
            self.end('fail', self.pick())

    def hand_back(self):
        if self.held:
            self.end('hand_back', self.pick())

    def stale(self):
        """Whoever once had a job writes about it, late."""
        if self.epoch.leases:
            self.end(self.dice.choice(['finish', 'settle', 'fail', 'hand_back']), self.late())

    def late(self):
        """A run of some time ago, over or not, whoever had it."""
        return self.dice.choice(self.epoch.leases[-60:])

    def asked(self):
        """The target was asked about a run."""
        if self.epoch.leases:
            self.end(self.dice.choice(['found', 'clear']), self.late())

    # ---- living ----

    def beat(self):
        mine = self.held + ([self.late()] if self.epoch.leases else [])
        # Short now and then: its lease runs out while it lives.
        ms = 1 if self.dice.random() < 0.1 else 60000
        if ms == 1:
            self.epoch.mortal.setdefault(self.id, now())
        begin, end, rows = self.call(SQL['engine_beat'], self.id, ms, json.dumps(
            [{'org': o, 'lane': la, 'job': j, 'run': r, 'is_new': True, 'read': 1,
              'written': 0, 'unchanged': 0, 'filtered': 0, 'rejected': 1, 'bytes': 9, 'total': 9}
             for o, la, j, r in dict.fromkeys(mine)]))
        if not isinstance(rows, list):
            return
        told = {(int(j), int(r)): (True, c == 't', p == 't') for j, r, c, p in rows if j}
        for lease in set(mine):
            self.note(lease[2], begin, end, 'beat', {'run': lease[3]},
                      told.get(lease[2:], (False, False, False)))

    def strays(self):
        held = [lease[2] for lease in self.held]
        begin, end, rows = self.call(SQL['engine_strays'], self.id, pq.array(held))
        self.epoch.note_engine(begin, end, 'strays', {'engine': self.id, 'held': set(held)}, rows,
                               self.name)

    def die(self):
        """Its session is gone, and it does not know yet."""
        self.epoch.mortal.setdefault(self.id, now())
        self.life.ask(SQL['engine_unlock'], self.id)

    def bury(self, engine=None):
        engine = engine or self.dice.choice(list(self.epoch.engines))
        begin, end, rows = self.call(SQL['engine_bury'], engine, spec.MAX_LOST, 1)
        if isinstance(rows, list) and rows[0][0] is None:
            return
        self.epoch.note_engine(begin, end, 'bury', {'engine': engine}, rows, self.name)
        if isinstance(rows, list):
            self.epoch.buried.setdefault(engine, (begin, end))

    def promote(self):
        self.call(SQL['job_promote'])

    def arm(self):
        self.call(SQL['job_arm'], self.dice.choice([None, '{default}']))


class Person(Actor):
    """Somebody of an organization."""

    def __init__(self, epoch, n, seed, org):
        super().__init__(epoch, f'p{n}', seed, 'set role leat_app',
                         f"select set_config('leat.org', '{org}', false)")
        self.org = org

    def step(self):
        getattr(self, choose(self.dice, ACTS))()

    def add(self):
        epoch, dice = self.epoch, self.dice
        if len(epoch.open) - epoch.ended > MANY:
            return
        n = dice.randrange(1, 4)
        queue, pipeline = dice.choice(['default', 'default', 'night']), dice.choice([None] * 3 + [7])
        from_, to = dice.choice(['', 'c1', 'c2']), dice.choice(['', 'c3'])
        key = f'k{dice.randrange(4)}' if n == 1 and dice.random() < 0.4 else None
        replaces, until_end = dice.random() < 0.5, dice.random() < 0.7
        parents, on_fail, tries = [], dice.randrange(3), dice.choice([1, 2, 4])
        if not key and dice.random() < 0.3:
            some = [epoch.some_job(dice) for _ in range(2)]
            parents = list({j.id for j in some if j and j.org == self.org and not j.parents})
        paused, delay = dice.random() < 0.1, dice.choice([0, 0, 0, 20])
        body = {'source': {'connection': from_}, 'target': {'connection': to}}
        begin, end, rows = self.call(
            SQL['job_add'], 'run', pipeline, queue, dice.choice([90, 100]), tries, None, delay,
            json.dumps([body] * n), key, until_end, replaces, pq.array(parents), on_fail, paused,
            False, also=lambda rows: 'select child_id, parent_id from leat.job_edge where child_id'
                                     f" = any ('{pq.array(r[0] for r in rows)}')")
        for parent in parents:
            self.note(parent, begin, end, 'touch', {}, True)
        if not isinstance(rows, list):
            return
        edges = rows.pop()
        is_new = rows[0][1] == 't'
        if key:
            epoch.keyed.append((begin, end, self.name, self.org, key, replaces, is_new,
                                int(rows[0][0])))
        if not is_new:
            return
        scopes = [('organization', self.org, ''), ('queue', self.org, queue)] + [
            ('connection', self.org, c) for c in (from_, to) if c]
        if pipeline:
            scopes.append(('pipeline', self.org, pipeline))
        for job in [int(r[0]) for r in rows]:
            waits = frozenset(int(p) for c, p in edges if int(c) == job)
            j = spec.Job(job, self.org, scopes, tries, key, until_end, on_fail)
            j.parents, j.not_before = frozenset(parents), begin + delay * 1000000
            j.calls.append(spec.Call(begin, end, 'add', {'paused': paused, 'edges': waits}, True,
                                     self.name))
            epoch.jobs[job] = j
            epoch.open.append(job)

    def act(self, name, job=None, *more):
        job = job or self.epoch.some_job(self.dice)
        if not job or job.org != self.org:
            return
        begin, end, rows = self.call(SQL['job_' + name], job.id, *more)
        got = True
        if isinstance(rows, list):
            got = number(rows[0][0])
            if name in ('resume', 'retry'):
                got = got == 1
        else:
            name = 'touch'
        self.note(job.id, begin, end, name, {}, got)

    def cancel(self, job=None):
        self.act('cancel', job)

    def pause(self):
        self.act('pause')

    def resume(self, job=None):
        self.act('resume', job)

    def retry(self, job=None):
        self.act('retry', job, False)

    def look(self):
        job = self.epoch.some_job(self.dice)
        if job and job.org == self.org:
            begin = now()
            state = self.session.one('select state from leat.job_view where id = $1', job.id)
            self.note(job.id, begin, now(), 'look', {}, int(state))

    def terminate(self):
        """A session of an engine ends in the middle of whatever it does."""
        victim = self.dice.choice(self.epoch.actors)
        if isinstance(victim, Engine):
            self.epoch.asker.one('select pg_terminate_backend($1)', victim.session.pid)


class Calm:
    """Dice for the end: nothing is kept open or rolled back."""

    @staticmethod
    def random():
        return 0.99

    @staticmethod
    def randrange(*span):
        return span[-1] - 1

    @staticmethod
    def choice(what):
        return what[0]
