#!/usr/bin/env python3
# tests/tap/fuzz.t
#	Each parser against inputs that look for its weak places, for a moment.
#
# For longer: tests/fuzz/run. What it finds becomes a case of a unit test.
# leat-test: timeout=600
import glob
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

SECONDS = 2
tap = lab.Tap()
here = os.path.join(lab.TOP, 'tests', 'fuzz')
targets = sorted(os.path.basename(p)[:-len('_fuzz.c')] for p in glob.glob(os.path.join(here, '*_fuzz.c')))
said = subprocess.run([os.path.join(here, 'run'), '--build', os.environ['LEAT_BUILD'], '--seconds', str(SECONDS),
                       '--work', lab.temp_folder('fuzz-')], check=False, text=True, stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT)
runs = dict(re.findall(r'^(\w+): (\d+) inputs$', said.stdout, re.M))
tap.ok(targets, 'there are targets')
for name in targets:
    tap.ok(int(runs.get(name, 0)) > 0, f'{name} was tried', said.stdout[-8000:])
tap.equal(said.returncode, 0, 'none broke' if said.returncode == 0 else said.stdout[-8000:])
tap.done()
