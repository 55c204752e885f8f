# tests/chaos/chaos.py
#	The deterministic source, the oracle, and draining.
"""
Row i of a source depends on its seed and i alone, and the oracle works the
same rows out in SQL: what is in a table after any number of crashes is either
exactly that or wrong.
"""
import hashlib
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import lab  # noqa: E402

LEASE_MS = '300'
FINAL = ('succeeded', 'failed', 'dead', 'cancelled')
TABLE = '(id bigint {key}, h text not null, n bigint not null)'


def source(path, seed, first, last):
    """Rows first..last as CSV."""
    with open(path, 'w', encoding='ascii', newline='') as f:
        f.write('id,h,n\n')
        for i in range(first, last + 1):
            h = hashlib.md5(f'{seed}:{i}'.encode()).hexdigest()
            f.write(f'{i},{h},{i * 7919 % 100003}\n')
    os.chmod(path, 0o644)
    return path


def oracle(server, db, table, seed, first, last):
    """'' when the table is right, else what is wrong with it."""
    res = subprocess.run(['psql', '-XqAt', '-F', ' ', '-v', 'ON_ERROR_STOP=1',
                          '-d', server.conninfo(db), '-v', f'table={table}', '-v', f'seed={seed}',
                          '-v', f'first={first}', '-v', f'last={last}',
                          '-f', os.path.join(HERE, 'oracle.sql')],
                         capture_output=True, text=True, check=False, env=lab.clean_env())
    if res.returncode != 0:
        return res.stderr.strip()
    facts = res.stdout.split()
    if facts == ['0', '0', '0', '0']:
        return ''
    return ', '.join(f'{n} {what}' for n, what in
                     zip(facts, ('rows lost', 'doubled', 'foreign', 'wrong')) if n != '0')


def jobs(leat):
    """{id: row} of every job, newest first."""
    res = leat.json('job', 'list', '--limit', '1000')
    if res.code != 0:
        raise RuntimeError(str(res))
    return {row.get('id', row.get('job')): row for row in res.rows()}


def open_jobs(leat):
    return {i: r for i, r in jobs(leat).items() if r['state'] not in FINAL}


def drain(leat, env=None, limit_s=30):
    """Runs an engine until no job waits or runs. '' or what went wrong."""
    end = time.monotonic() + limit_s
    said = ''
    while True:
        left = open_jobs(leat)
        if not left:
            return ''
        if time.monotonic() > end:
            return f'jobs never ended: {left} {said}'
        res = leat.run('work', '--until-idle', env=env, timeout=limit_s)
        said = res.err[-500:]
        if res.code not in (0, 1):
            said = str(res)
        time.sleep(0.02)


def leftovers(server, db):
    """What a drained system must not hold: staging, open transactions of engines. '' or a text."""
    left = server.psql(
        "select 'table ' || c.oid::regclass from pg_class c join pg_namespace n"
        " on n.oid = c.relnamespace where c.relkind = 'r' and n.nspname !~ '^pg_'"
        " and c.relname ~ '(stag|_new|_old|tmp)' and n.nspname not in ('leat', '_leat',"
        " 'information_schema')", db)
    end = time.monotonic() + 60
    while True:
        busy = server.psql("select coalesce(string_agg(application_name || ': ' || left(query, 60),"
                           " '; '), '') from pg_stat_activity where backend_type ="
                           " 'client backend' and pid <> pg_backend_pid()", db)
        if not busy or time.monotonic() > end:
            return '; '.join(x for x in (left, busy) if x)
        time.sleep(0.1)
