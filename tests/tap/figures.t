#!/usr/bin/env python3
# tests/tap/figures.t
#	What must not creep up: memory that grows with the file, time to start.
#
# leat-test: alone
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import lab  # noqa: E402

MOST_MB = 48
APART_MB = 4
START_MS = 15  # 5 on a quiet machine; the suite is not quiet

tap = lab.Tap()
path = os.environ.get('LEAT_RELEASE') or lab.program()
with open(path, 'rb') as f:
    is_sanitized = b'__asan_init' in f.read()
if is_sanitized:
    tap.skip('figures', 'a program with sanitizers has other ones')
    tap.done()

server, leat = lab.lab()
leat.path = path
folder = lab.temp_folder('lab-fig-')
generator = os.path.join(folder, 'gen_sales')
subprocess.run([os.environ.get('CC', 'cc'), '-O2', '-o', generator,
                os.path.join(HERE, '..', 'bench', 'gen_sales.c')], check=True)


def timed(*args):
    """Exit status, seconds and peak memory in MB of one run."""
    begin = time.monotonic()
    p = leat.popen(*args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)
    said = p.stderr.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return p.returncode, time.monotonic() - begin, usage.ru_maxrss / 1024, said


peaks = {}
for rows in (40000, 400000):
    file = os.path.join(folder, f'{rows}.csv')
    with open(file, 'wb') as f:
        subprocess.run([generator, str(rows)], check=True, stdout=f)
    code, _, peaks[rows], said = timed('load', '-q', '--progress', 'none', file, '--into',
                                       f'sales_{rows}', '--check', 'quantity min 1')
    tap.ok(code == 0, f'{rows} rows are loaded', said)
small, big = peaks.values()
tap.ok(max(small, big) <= MOST_MB, f'peak memory {big:.1f} MB, at most {MOST_MB}')
tap.ok(abs(big - small) <= APART_MB, f'and the same for a file ten times smaller: {small:.1f} MB')
runs = [timed('--version')[1] for _ in range(40)]
tap.ok(statistics.median(runs) * 1000 <= START_MS, 'leat --version starts in '
       f'{statistics.median(runs) * 1000:.1f} ms, at most {START_MS}')
tap.done()
