#!/usr/bin/env python3
# tests/tap/readme.t
#	What README.md says is so: the tour runs, the tree and the files are there.
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
with open(os.path.join(lab.TOP, 'README.md'), encoding='utf-8') as f:
    readme = f.read()
tour = readme.split('## A first tour')[1].split('\n## ')[0]
blocks = re.findall(r'```sh\n(.*?)```', tour, re.S)
tap.ok(len(blocks) >= 5, 'the tour has blocks')

server, leat = lab.lab()
folder = lab.temp_folder('lab-tour-')
path = os.path.dirname(leat.path) + ':' + os.environ['PATH']
for number, block in enumerate(blocks, 1):
    res = subprocess.run(['sh', '-e', '-c', block], cwd=folder, capture_output=True, text=True,
                         env={**leat.env, 'PATH': path}, check=False, timeout=120)
    said = res.stdout + res.stderr
    tap.ok(res.returncode == 0 and 'hint:' not in said, f'block {number} of the tour runs', block,
           said)
tap.equal(server.psql("select string_agg(id || ':' || price, ' ' order by id) from things", 'leat'),
          '1:39.95 2:54.90 3:189.00 4:649.00'
          if 'numeric(' in server.psql("select format_type(atttypid, atttypmod) from pg_attribute"
                                       " where attrelid = 'things'::regclass and attname = 'price'",
                                       'leat') else '1:39.95 2:54.90 3:189 4:649',
          'the tour leaves the rows it promises')

for name in re.findall(r'^\| `([^`]+)` \|', readme.split('## The tree')[1], re.M):
    tap.ok(os.path.exists(os.path.join(lab.TOP, name)), f'{name} is there')
for name in re.findall(r'^\d+\. `([^`]+)`', readme.split('## Reading order')[1], re.M):
    tap.ok(os.path.exists(os.path.join(lab.TOP, name)), f'{name} is there')
named = set(re.findall(r'^\| `([^`/]+)/?', readme.split('## The tree')[1], re.M))
# Folders of sources: a build may stand beside them, and a tarball has no git.
there = {d.name for d in os.scandir(lab.TOP) if d.is_dir() and not d.name.startswith('.')
         and not d.name.startswith('build') and d.name not in ('autom4te.cache', '__pycache__')}
tap.ok(there <= named | {'m4', 'contrib'}, 'every folder is in the tree', there - named)
tap.done()
