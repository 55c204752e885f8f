# tests/chaos/queue_spec.py
#	What one job may answer to whom, and whether a recorded history can be explained.
"""
A job by itself is a small machine: act() says, of each call, what it answers in which
state and what becomes of the job. A history is calls with the moments of their begin
and end. It is explained when all calls of a job can be put into one order in which no
call stands before one that had ended when it began, and in which the machine answers
what was answered. A second claim of a run, a finish that came too late and was taken,
an end that vanished: none of them has such an order.

What concerns several jobs (limits, pipelines, engines that were buried) is asked of the
spans in which jobs were surely held.
"""
import collections

NONE, QUEUED, RUNNING = 'none', 'queued', 'running'
SUCCEEDED, FAILED, DEAD, CANCELLED = 2, 3, 4, 5
ENDS = (SUCCEEDED, FAILED, DEAD, CANCELLED)
CANCEL, RUN_ON, WAIT = 0, 1, 2  # what a parent that failed means
MAX_LOST = 3
ANY = object()  # the answer was lost: the call may have happened or not

State = collections.namedtuple('State', 'place run attempt lost unsure cancelled cancel_asked'
                               ' pause_asked paused engine pending key committed')
NEW = State(NONE, 0, 0, 0, False, False, False, False, False, None, frozenset(), False, None)
LEAVES = ('finish', 'settle', 'fail', 'hand_back')


class Call:
    """One call as it concerns one job; crowded: others were at the job meanwhile."""
    __slots__ = ('begin', 'end', 'name', 'args', 'got', 'who', 'crowded')

    def __init__(self, begin, end, name, args, got, who):
        self.begin, self.end, self.name, self.args, self.got = begin, end, name, args, got
        self.who, self.crowded = who, False

    def __str__(self):
        got = 'an answer that was lost' if self.got is ANY else self.got
        return (f'{self.begin / 1e6:.3f}..{self.end / 1e6:.3f} ms {self.who}: {self.name}'
                f'{self.args} -> {got}')


class Job:
    """What is known of a job from its beginning, and everything that was done to it."""

    def __init__(self, number, org, scopes, tries, key=None, until_end=True, on_fail=CANCEL):
        self.id, self.org, self.scopes, self.tries = number, org, scopes, tries
        self.key, self.until_end, self.on_fail = key, until_end, on_fail
        self.parents, self.calls = frozenset(), []


def end(s, state, **more):
    return s._replace(place=state, key=False, engine=None, cancel_asked=False, pause_asked=False,
                      paused=False, pending=frozenset(), **more)


def back(s, unsure, attempt, lost=None):
    """From running to queued."""
    cancelled = s.cancelled or s.cancel_asked
    return s._replace(place=QUEUED, unsure=unsure, cancelled=cancelled, engine=None,
                      attempt=max(attempt, 0), lost=s.lost if lost is None else lost,
                      paused=s.pause_asked and not cancelled, cancel_asked=False,
                      pause_asked=False)


def is_held(s, run):
    return s.place == RUNNING and s.run == run


def traced(s, trace):
    return False if trace == 0 else True if trace == 2 else s.unsure


def add(job, s, args):
    if s.place != NONE:
        return []
    return [(True, s._replace(place=QUEUED, paused=args['paused'], pending=args['edges'],
                              key=job.key is not None))]


def claim(job, s, args):
    if s.place != QUEUED or s.paused or s.pending:
        return []
    n = s._replace(place=RUNNING, run=s.run + 1, attempt=s.attempt + 1, engine=args['engine'],
                   key=s.key and job.until_end)
    return [((n.run, n.attempt, n.lost, n.cancelled), n)]


def finish(_job, s, args):
    return [(True, end(s, SUCCEEDED, unsure=False))] if is_held(s, args['run']) else [(False, s)]


def settle(_job, s, args):
    if not is_held(s, args['run']):
        return [(False, s)]
    return [(True, end(s, args['state'], unsure=False, committed=args['run']))]


def fail(job, s, args):
    if not is_held(s, args['run']):
        return [(None, s)]
    unsure = traced(s, args['trace'])
    if args['cancel'] or (s.cancel_asked or s.cancelled) and not unsure:
        state = CANCELLED
    elif args['retry']:
        state = 0 if s.attempt < job.tries else DEAD if job.tries > 1 else FAILED
    else:
        state = FAILED
    return [(state, end(s, state, unsure=unsure) if state else back(s, unsure, s.attempt))]


def hand_back(_job, s, args):
    if not is_held(s, args['run']):
        return [(None, s)]
    unsure = traced(s, args['trace'])
    if (s.cancel_asked or s.cancelled) and not unsure:
        return [(CANCELLED, end(s, CANCELLED, unsure=unsure))]
    return [(0, back(s, unsure, s.attempt - 1))]


def strays(job, s, args):
    if s.place != RUNNING or s.engine != args['engine'] or job.id in args['held']:
        return [(True, s)]
    return [(True, n) for _, n in hand_back(job, s, {'run': s.run, 'trace': 1})]


def bury(_job, s, args):
    if s.place != RUNNING or s.engine != args['engine']:
        return [(True, s)]
    lost = s.lost + 1
    taken = (end(s, DEAD, unsure=True, lost=lost) if lost >= MAX_LOST else
             back(s, True, s.attempt - 1, lost))
    return [(True, taken)]


def found(_job, s, args):
    """The target says that a run is committed."""
    if s.committed is None and s.run == args['run'] and (s.place == QUEUED or s.place in ENDS):
        return [(True, end(s, args['state'], unsure=False, committed=args['run']))]
    return [(False, s)]


def clear(_job, s, args):
    """The target says that it is not."""
    is_it = s.run == args['run'] and (s.place == QUEUED or s.place in ENDS and s.unsure)
    return [(is_it, s._replace(unsure=False) if is_it else s)]


def withdrawn(s):
    if s.unsure:
        return s._replace(cancelled=True, paused=False, pending=frozenset())
    return end(s, CANCELLED)


def cancel(_job, s, _args):
    if s.place == QUEUED:
        return [(0 if s.unsure else CANCELLED, withdrawn(s))]
    if s.place == RUNNING:
        return [(1, s._replace(cancel_asked=True))]
    return [(None, s)]


def pause(_job, s, _args):
    if s.place == QUEUED:
        return [(6, s._replace(paused=True))]
    if s.place == RUNNING:
        return [(1, s._replace(pause_asked=True))]
    return [(None, s)]


def resume(_job, s, _args):
    if s.place == RUNNING and s.pause_asked:
        return [(True, s._replace(pause_asked=False))]
    if s.place == QUEUED and s.paused:
        return [(True, s._replace(paused=False))]
    return [(False, s)]


def retry(_job, s, _args):
    if s.place not in (FAILED, DEAD, CANCELLED) or s.committed is not None:
        return [(False, s)]
    return [(True, s._replace(place=QUEUED, attempt=0, lost=0, cancelled=False))]


def key(_job, s, args):
    """Somebody adds a job of this one's key: True: another one was made."""
    if not s.key or s.place in ENDS:
        return [(True, s)]
    if args['replaces'] and s.place == QUEUED:
        return [(not s.unsure, withdrawn(s))]
    return [(False, s)]


def parent(job, s, args):
    """A job that it may wait for has ended in one of these ways, surely or perhaps."""
    outcomes = [] if args['is_sure'] else [(True, s)]
    for state in args['states']:
        n = s
        if args['parent'] in s.pending and s.place == QUEUED:
            if state == SUCCEEDED or job.on_fail == RUN_ON:
                n = s._replace(pending=s.pending - {args['parent']})
            elif job.on_fail == CANCEL:
                n = end(s, CANCELLED)
        outcomes.append((True, n))
    return outcomes


def beat(_job, s, args):
    is_mine = is_held(s, args['run'])
    return [((is_mine, is_mine and s.cancel_asked, is_mine and s.pause_asked), s)]


def look(_job, s, _args):
    if s.place == QUEUED:
        return [(6 if s.paused else 7 if s.pending else 0, s)]
    return [(1 if s.place == RUNNING else s.place, s)]


def final(_job, s, _args):
    return [((s.place, s.run, s.attempt, s.lost, s.unsure, s.committed), s)]


def touch(_job, s, _args):
    """Rolled back, or about another job that knows this one."""
    return [(True, s)]


ACTS = {f.__name__: f for f in (add, claim, finish, settle, fail, hand_back, strays, bury, found,
                                clear, cancel, pause, resume, retry, key, parent, beat, look,
                                final, touch)}


def is_answer(got, wanted):
    if isinstance(got, tuple):
        return all(g is None or g == w for g, w in zip(got, wanted))
    return got is wanted or got == wanted and type(got) is type(wanted)


def after(job, s, call):
    """The states that may follow; none: it cannot have happened here."""
    outcomes = ACTS[call.name](job, s, call.args)
    if call.got is ANY:
        return {s} | {n for _, n in outcomes}
    states = {n for answer, n in outcomes
              if is_answer(call.got, answer) or call.name == 'final' and call.got == answer}
    # An engine's burial leaves the jobs that somebody else is at to the next one.
    if call.name == 'bury' and call.crowded:
        states.add(s)
    return states


def is_mute(call):
    """Whether its answer says that it changed nothing."""
    return call.name in ('look', 'beat', 'final', 'touch') or call.name in (
        *LEAVES, 'clear', 'found', 'cancel', 'pause', 'resume', 'retry') and (
            call.got is None or call.got is False)


def explain(job):
    """'' when there is an order, else the calls around the place where there is none."""
    calls = sorted(job.calls, key=lambda c: (c.begin, c.end))
    for i, c in enumerate(calls):
        for d in calls[i + 1:]:
            if d.begin > c.end:
                break
            c.crowded = d.crowded = True
    seen, todo, best = set(), [(0, 0, NEW)], (0, 0, NEW)
    while todo:
        low, done, s = todo.pop()
        while low < len(calls) and done >> low & 1:
            low += 1
        if low == len(calls):
            return ''
        if (done, s) in seen:
            continue
        seen.add((done, s))
        if bin(done).count('1') >= bin(best[1]).count('1'):
            best = (low, done, s)
        soonest, nexts = None, []
        for i in range(low, len(calls)):
            if soonest is not None and calls[i].begin > soonest:
                break
            if done >> i & 1:
                continue
            soonest = calls[i].end if soonest is None else min(soonest, calls[i].end)
            nexts.append(i)
        branches = []
        for i in nexts:
            states = after(job, s, calls[i])
            if states == {s} and is_mute(calls[i]):
                # It may as well have happened at once.
                branches = [(low, done | 1 << i, s)]
                break
            branches += [(low, done | 1 << i, n) for n in states]
        todo += branches
    low, done, s = best
    near = [f"{'*' if done >> i & 1 else '?'} {calls[i]}"
            for i in range(max(0, low - 12), min(len(calls), low + 8))]
    return '\n'.join([f'job {job.id}: no order of its calls explains their answers; at the latest'
                      f' it is {s}; * were explained:', *near])


# ---- several jobs ---------------------------------------------------------------


def spans(job):
    """[(begin, end, engine)] in which a run surely was held."""
    held = []
    for c in job.calls:
        if c.name != 'claim':
            continue
        until = min((d.begin for d in job.calls if d.end > c.begin and (
            d.name in LEAVES and d.args['run'] == c.got[0] and d.got is not False
            and d.got is not None or
            d.name in ('bury', 'strays') and d.args['engine'] == c.args['engine'])),
                    default=float('inf'))
        if until > c.end:
            held.append((c.end, until, c.args['engine']))
    return held


def over(limits, jobs):
    """Scopes of which more jobs were surely held at once than allowed. limits: {scope: most}."""
    moments = collections.defaultdict(list)
    for job in jobs:
        for begin, until, _ in spans(job):
            for scope in job.scopes:
                if scope in limits:
                    moments[scope] += [(begin, 1, job.id), (until, -1, job.id)]
    wrong = []
    for scope, at in moments.items():
        n = most = 0
        for _, step, _ in sorted(at):
            n += step
            most = max(most, n)
        if most > limits[scope]:
            wrong.append(f'{most} jobs of {scope} were held at once, {limits[scope]} may be')
    return wrong


def faults(jobs, limits):
    """Everything that is wrong with a history: texts."""
    runs = collections.Counter((j.id, c.got[0]) for j in jobs for c in j.calls
                               if c.name == 'claim')
    wrong = [f'job {j}: run {r} was claimed {n} times' for (j, r), n in runs.items() if n > 1]
    wrong += over(limits, jobs)
    return wrong + [text for text in map(explain, jobs) if text]
