#!/usr/bin/env python3
# tests/tap/doctor.t
#	What doctor warns of, made to be so: a queue of notices that nobody takes, and
#	a snapshot that somebody has held for long.
#
# leat-test: timeout=300
import glob
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

ROOM = 3 << 30		# a tenth of the server's eight gigabytes of notices, and some
FAKE = (glob.glob('/usr/lib/*/faketime/libfaketimeMT.so.1') or [None])[0]

tap = lab.Tap()
server, leat = lab.lab()


def session(*statements):
    """A session that has done that, and then does nothing."""
    p = subprocess.Popen([os.path.join(server.bin, 'psql'), '-XAtq', server.conninfo('leat')],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                         env=lab.clean_env({'PGAPPNAME': 'lazybones'}))
    p.stdin.write(';\n'.join(statements) + ";\nselect 'done';\n")
    p.stdin.flush()
    while p.stdout.readline().strip() != 'done':
        pass
    return p


def end(p):
    p.stdin.close()
    p.wait(10)


def told(check):
    res = leat.json('doctor')
    rows = {r['check']: r for r in res.rows()}
    tap.ok(res.code == 0, f'{check}: a warning is no failure', res)
    return rows.get(check) or {}


def notices():
    before = told('notices')
    tap.equal(before.get('state'), 'ok', 'no notices, no warning', before)
    if shutil.disk_usage(server.data).free < ROOM:
        tap.skip('notices that nobody takes', 'there is too little room on the disk')
        return
    lazy = session('listen leat_1', 'begin', 'select 1')
    # One longer than half a page takes a whole one; the limit is a million pages.
    server.psql("do $$ begin for i in 1..55 loop perform pg_notify('x', repeat('x', 4200) || i || '.'"
                ' || g) from generate_series(1, 2000) g; commit; end loop; end $$', 'leat')
    shown = told('notices')
    tap.ok(shown.get('state') == 'warn' and '10.' in shown['detail'] and
           'pg_terminate_backend' in shown['hint'], 'notices that nobody takes are warned of', shown)
    end(lazy)
    shown = told('notices')
    tap.equal(shown.get('state'), 'ok', 'until the session has ended', shown)


def start_faked(clock):
    """The server anew, with a clock that follows a file."""
    faked = {'LD_PRELOAD': FAKE, 'FAKETIME_TIMESTAMP_FILE': clock, 'FAKETIME_NO_CACHE': '1',
             'FAKETIME_DONT_FAKE_MONOTONIC': '1'}
    server.stop('fast')
    os.environ.update(faked)
    server.start()
    for k in faked:
        os.environ.pop(k)


def snapshots():
    if FAKE is None:
        tap.skip('a snapshot that is held for long', 'libfaketime is not installed')
        return
    clock = os.path.join(lab.temp_folder('lab-clock-'), 'offset')
    with open(clock, 'w', encoding='ascii') as f:
        f.write('+0\n')
    os.chmod(clock, 0o644)
    start_faked(clock)
    lazy = session('begin isolation level repeatable read', 'select count(*) from leat.job')
    shown = told('snapshots')
    tap.equal(shown.get('state'), 'ok', 'a young snapshot is none to warn of', shown)
    with open(clock, 'w', encoding='ascii') as f:
        f.write('+11m\n')
    shown = told('snapshots')
    pid = server.psql("select pid from pg_stat_activity where application_name = 'lazybones'")
    tap.ok(shown.get('state') == 'warn' and f'process {pid} (' in shown['detail'] and
           'lazybones' in shown['detail'] and 'has held one for 6' in shown['detail'],
           'one of eleven minutes is, with whose it is', shown)
    end(lazy)
    shown = told('snapshots')
    tap.equal(shown.get('state'), 'ok', 'until the transaction has ended', shown)


notices()
snapshots()
tap.done()
