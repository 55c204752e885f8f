#!/usr/bin/env python3
# tests/tap/demo.t
#	The demo on a private cluster of its own: twice, with the same end.
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

AGAIN_S = 20

tap = lab.Tap()
leat = lab.Leat()
os.makedirs(leat.env['XDG_DATA_HOME'])
for turn in ('first', 'second'):
    begin = time.monotonic()
    res = subprocess.run([os.path.join(lab.TOP, 'examples', 'sales', 'demo')], check=False,
                         env={**leat.env, 'LEAT': leat.path}, capture_output=True, text=True,
                         stdin=subprocess.DEVNULL, timeout=120)
    took = time.monotonic() - begin
    said = res.stdout + res.stderr
    tap.ok(res.returncode == 0, f'the {turn} demo ends well', said)
    for words in ('rows_read       24000', 'rows_written    23944', 'rows_rejected   56',
                  'SO-100001'):
        tap.ok(words in said, f'the {turn} demo shows: {words}', said)
tap.ok(took < AGAIN_S, f'the second one takes {took:.1f} s, less than {AGAIN_S}')
groups = leat.json('reject', 'groups', '--last').rows()
tap.ok(len(groups) >= 10, f'{len(groups)} groups of rejects', groups)
tap.equal(leat.json('db', 'status').json().get('state'), 'stopped',
          'the last one out stopped the server')
tap.done()
