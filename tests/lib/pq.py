# tests/lib/pq.py
#	Sessions with a server of a script's own, quick enough for thousands of calls a second.
"""
libpq by ctypes: parameters and answers are texts, None is null. While a call is on
its way other threads run. One session, one thread; the statements of leat itself
are read from its folder of queries.
"""
import ctypes
import os

import lab

OK_STATES = (1, 2)  # PGRES_COMMAND_OK, PGRES_TUPLES_OK
TEXT = ctypes.c_char_p


def _library():
    pq = ctypes.CDLL('libpq.so.5')
    for name, kind in (('PQconnectdb', ctypes.c_void_p), ('PQexecParams', ctypes.c_void_p),
                       ('PQgetvalue', TEXT), ('PQerrorMessage', TEXT),
                       ('PQresultErrorField', TEXT)):
        getattr(pq, name).restype = kind
    for name in ('PQfinish', 'PQstatus', 'PQbackendPID', 'PQerrorMessage', 'PQclear',
                 'PQresultStatus', 'PQntuples', 'PQnfields'):
        getattr(pq, name).argtypes = [ctypes.c_void_p]
    pq.PQresultErrorField.argtypes = [ctypes.c_void_p, ctypes.c_int]
    pq.PQgetvalue.argtypes = pq.PQgetisnull.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
    pq.PQexecParams.argtypes = [ctypes.c_void_p, TEXT, ctypes.c_int, ctypes.c_void_p,
                                ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
    return pq


_pq = _library()
# What is said to a session that nobody asks anything comes back with the next call.
_quiet = ctypes.CFUNCTYPE(None, ctypes.c_void_p, TEXT)(lambda _arg, _text: None)
_pq.PQsetNoticeProcessor.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]


class Error(Exception):
    """What the server said; state '' when the session is gone."""

    def __init__(self, state, text):
        super().__init__(text)
        self.state = state


class Session:
    """One connection, set as leat sets its own; `begin` is sent after each (re)connect."""

    def __init__(self, conninfo, *begin):
        self.conninfo, self.begin, self.conn = conninfo, begin, None
        self.open()

    def open(self):
        self.close()
        self.conn = _pq.PQconnectdb((self.conninfo + " options='-c jit=off'").encode())
        if self.is_broken():
            raise Error('', _pq.PQerrorMessage(self.conn).decode())
        _pq.PQsetNoticeProcessor(self.conn, _quiet, None)
        self.pid = _pq.PQbackendPID(self.conn)
        for text in self.begin:
            self.ask(text)

    def close(self):
        if self.conn:
            _pq.PQfinish(self.conn)
        self.conn = None

    def is_broken(self):
        return _pq.PQstatus(self.conn) != 0

    def ask(self, text, *params):
        """Rows as tuples of texts."""
        values = (TEXT * max(1, len(params)))(*[None if p is None else str(p).encode()
                                                for p in params])
        res = _pq.PQexecParams(self.conn, text.encode(), len(params), None, values, None, None, 0)
        try:
            if res is None or _pq.PQresultStatus(res) not in OK_STATES:
                state = _pq.PQresultErrorField(res, ord('C')) if res else None
                raise Error('' if self.is_broken() else (state or b'').decode(),
                            _pq.PQerrorMessage(self.conn).decode().strip())
            columns = range(_pq.PQnfields(res))
            return [tuple(None if _pq.PQgetisnull(res, i, j) else
                          _pq.PQgetvalue(res, i, j).decode() for j in columns)
                    for i in range(_pq.PQntuples(res))]
        finally:
            _pq.PQclear(res)

    def one(self, text, *params):
        """The only value."""
        return self.ask(text, *params)[0][0]


def array(values):
    """A literal of texts or numbers that need no quotes; None is null."""
    return '{%s}' % ','.join('NULL' if v is None else str(v) for v in values)


def finish(leases):
    """The parameters of job_finish: (org, lane, job, run) each, with no result."""
    orgs, lanes, runs, ends, jobs = [], [], [], [], []
    for org, lane, run, job in sorted((int(o), int(n), int(r), int(j)) for o, n, j, r in leases):
        if not ends or (org, lane, run) != (orgs[-1], lanes[-1], runs[-1]) or job > jobs[-1] + 64:
            orgs.append(org)
            lanes.append(lane)
            runs.append(run)
            ends.append(0)
        jobs.append(job)
        ends[-1] = len(jobs)
    return [*map(array, (orgs, lanes, runs, ends, jobs)), None]


def statement(name):
    """The text that leat itself sends."""
    with open(os.path.join(lab.TOP, 'core', 'meta', 'sql', name + '.sql'), encoding='utf-8') as f:
        return f.read()
