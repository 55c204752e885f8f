#!/usr/bin/env python3
# tests/tap/edges.t
#	Where a row could be lost, doubled or changed on its way without anybody
#	being told: each case is one that a reader of the code would doubt.
#
# leat-test: timeout=400
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
bench = lab.Bench(tap, 'far')
server, leat = bench.server, bench.leat
sql, put, load, rejects = bench.sql, bench.put, bench.load, bench.rejects


def refused(name, path, args, wanted, what):
    load(name, [path, *args])
    tap.equal(what, wanted, name)


# ---- blank lines longer than a block --------------------------------------------------

blank = 'id,t\n1,a\n' + '\n' * 300000 + '2,b\n' + '\r\n' * 600000 + '3,c\n'
load('blank lines', [put('blank.csv', blank), '--into', 'blank'], read=3, written=3)
blank = '{"id":1}\n' + '\n' * 2000000 + '{"id":2}\n'
load('blank lines in JSON', [put('blank.jsonl', blank), '--into', 'blankj'], read=2, written=2)

# ---- a field that widens twice --------------------------------------------------------

rows = ['id,v'] + [f'{i},{i}' for i in range(1, 60001)]
rows[50000] = '50000,1.5'
rows[58000] = '58000,none'
path = put('twice.csv', '\n'.join(rows) + '\n')
load('widened twice', [path, '--into', 'twice'], read=60000, written=60000)
if sql("select to_regclass('twice')"):
    tap.equal(sql('select v from twice where id in (1, 50000, 58000) order by id'),
              '1\n1.5\nnone', 'widened twice: the values')

# ---- a parallel load whose types do not hold ------------------------------------------

rows = ['id,v'] + [f'{i},{i}' for i in range(1, 300001)]
rows[100] = '100,-5'
rows[290000] = '290000,none'
path = put('par.csv', '\n'.join(rows) + '\n')
got = load('parallel and widened', [path, '--into', 'par', '--parallel', '2', '--check',
                                    'id <> 100'], read=300000)
if got.get('job'):
    tap.equal(len(rejects(got['job'])), got['rows_rejected'],
              'parallel and widened: every reject is kept')
    tap.equal(sql('select count(*), count(distinct id) from par'),
              f"{got['rows_written']}|{got['rows_written']}", 'parallel and widened: the rows')

# ---- values that only the writer cannot decode ----------------------------------------

sql("create table nan2 (id int, a numeric, b numeric, net inet);"
    "insert into nan2 select i, i, i from generate_series(1, 10) i;"
    "update nan2 set a = 'NaN', b = 'NaN' where id in (3, 4);"
    "update nan2 set b = 'NaN' where id = 7;")
sql('create table nan2 (id int, a numeric, b numeric, net inet)', 'far')
lab.apply(leat, {'far': lab.postgres_connection(server, 'far'),
                 'near': lab.postgres_connection(server, 'leat')},
          {'nan2': {'source': {'connection': 'near', 'stream': 'public.nan2'},
                    'target': {'connection': 'far', 'stream': 'public.nan2'},
                    'filter': 'id <> 4'}})
load('two values at once', ['nan2'], command='run', read=10, written=7, rejected=2, filtered=1)

# ---- keys and values whose equality is not sameness ------------------------------------

sql('create table keyc (k text collate "C" primary key, v interval, w text)')
load('upsert by a key with a collation', [put('keyc.csv', 'k,v,w\na,30 days,x\nB,1 day,y\n'),
                                          '--into', 'keyc', '--key', 'k', '--mode', 'upsert'],
     written=2)
load('upsert of equal, not same values',
     [put('keyc2.csv', 'k,v,w\na,1 mon,x\nB,24:00:00,y\n'), '--into', 'keyc', '--key', 'k',
      '--mode', 'upsert'], written=2)
tap.equal(sql("select k, v, w from keyc order by k"), 'B|24:00:00|y\na|1 mon|x',
          'upsert of equal, not same values: the rows')
sql("create collation if not exists nocase (provider = icu, locale = 'und-u-ks-level2',"
    " deterministic = false);"
    'create table ci (k int primary key, v text collate nocase)')
load('upsert of case only', [put('ci.csv', 'k,v\n1,abc\n'), '--into', 'ci', '--key', 'k', '--mode',
                             'upsert'], written=1)
load('upsert of case only, again', [put('ci2.csv', 'k,v\n1,ABC\n'), '--into', 'ci', '--key', 'k',
                                    '--mode', 'upsert'], written=1)

# ---- a text cursor ---------------------------------------------------------------------

sql('create table tcur (c text collate "en-x-icu", n int);'
    "insert into tcur values ('a', 1), ('B', 2), ('c', 3), ('D', 4)")
lab.apply(leat, {'near': lab.postgres_connection(server, 'leat')},
          {'tcur': {'source': {'connection': 'near', 'stream': 'public.tcur'},
                    'target': {'connection': 'far', 'stream': 'public.tcur'},
                    'cursor': 'c'}})
load('text cursor', ['tcur'], command='run', read=4, written=4)
load('text cursor, nothing new', ['tcur'], command='run', read=0)

sql("create table fcur (f float8); insert into fcur values (1), ('NaN'), (2)")
lab.apply(leat, {}, {'fcur': {'source': {'connection': 'near', 'stream': 'public.fcur'},
                              'target': {'connection': 'far', 'stream': 'public.fcur'},
                              'cursor': 'f'}})
load('float cursor', ['fcur'], command='run', read=3, written=3)
load('float cursor, nothing new', ['fcur'], command='run', read=0)

# ---- rows without a value of the cursor ----------------------------------------------------

for kind, mode in (('append', {}), ('upsert', {'mode': 'upsert', 'key': ['id']})):
    sql(f"create table n{kind} (id int, at timestamp);"
        f"insert into n{kind} values (1, '2025-01-01'), (2, null), (3, '2025-01-03')")
    pipe = {'source': {'connection': 'near', 'stream': f'public.n{kind}'},
            'target': {'connection': 'far', 'stream': f'public.n{kind}'}, 'cursor': 'at', **mode}
    again = 1 if kind == 'upsert' else 0     # which starts at the bookmark itself
    lab.apply(leat, {}, {kind: pipe})
    load(f'{kind}: no cursor value', [kind], command='run', read=3, written=2, rejected=1)
    got = load(f'{kind}: no cursor value, later', [kind], command='run', read=1 + again, written=0,
               rejected=1)
    why = rejects(got['job'])
    tap.ok(len(why) == 1 and why[0]['problems'][0]['field'] == 'at' and
           why[0]['problems'][0]['rule'] == 'cursor', f'{kind}: and why', why)
    sql(f"update n{kind} set at = '2025-01-04' where id = 2; insert into n{kind} values (4, null)")
    load(f'{kind}: it has one now', [kind], command='run', read=2 + again, written=1, rejected=1)
    lab.apply(leat, {}, {kind: {**pipe, 'filter': 'at is not null'}})
    load(f'{kind}: filtered', [kind], command='run', read=1 + again, filtered=1, rejected=0)
    # Many of them do not keep a part from getting on.
    sql(f"insert into n{kind} select 100 + g, null from generate_series(1, 50) g;"
        f"insert into n{kind} values (5, '2025-01-05'), (6, '2025-01-06')")
    lab.apply(leat, {}, {kind: {**pipe, 'limit_rows': 2}})
    load(f'{kind}: a part', [kind], command='run', read=2, written=2 - again, rejected=0)
    tap.equal(sql(f'select count(*) from n{kind}', 'far'), str(5 - again), f'{kind}: rows')

# ---- another cursor than the bookmark's ---------------------------------------------------

sql("create table two (a int, b int); insert into two values (1000, 1), (2000, 2)")
pipe = {'source': {'connection': 'near', 'stream': 'public.two'},
        'target': {'connection': 'far', 'stream': 'public.two'}, 'cursor': 'a'}
lab.apply(leat, {}, {'two': pipe})
load('first cursor', ['two'], command='run', written=2)
sql('insert into two values (3000, 3)')
pipe['cursor'] = 'b'
lab.apply(leat, {}, {'two': pipe})
res = leat.json('run', 'two')
tap.ok(res.code == 2 or res.json().get('rows_read') == 3, 'a bookmark of another field', res)

# ---- a name with a comma and digits ---------------------------------------------------------

sql('create table "odd,7" (id int primary key check (id <> 3), v text)')
path = put('odd.csv', 'id,v\n' + ''.join(f'{i},v\n' for i in range(1, 21)))
got = load('table named with a comma', [path, '--into', '"odd,7"'], read=20, written=19, rejected=1)
tap.equal(sql('select count(*) from "odd,7"'), '19', 'table named with a comma: rows')

# ---- a parallel job that failed for good, and is tried again -------------------------------

rows = ['id,v'] + [f'{i},{-1 if i % 1000 == 7 else i}' for i in range(1, 300001)]
path = put('again.csv', '\n'.join(rows) + '\n')
sql("create table again (id int, v int);"
    "create function stop_it() returns trigger language plpgsql as $$"
    " begin if new.id > 250000 and exists (select from halt) then"
    " raise insufficient_privilege using message = 'halt'; end if;"
    " return new; end $$;"
    "create table halt (); insert into halt default values;"
    "create trigger halt before insert on again for each row execute function stop_it()")
got = load('parallel, failed', [path, '--into', 'again', '--parallel', '2', '--check', 'v > 0'],
           code=6)
job = leat.json('job', 'list').rows()[0]
number = str(job['job'])
stand = int(sql('select count(*) from again'))
tap.ok(stand > 0, 'parallel, failed: some chunks are there', job)
words = [f'{stand} rows of this load are committed and stay in local:again',
         f'leat job retry {number} goes on behind them']
tap.ok(not got['said'].says(*words), 'parallel, failed: says how many and what to do', got['said'])
hint = leat.json('job', 'show', number).json()['hint']
tap.ok(all(w in hint for w in words), 'parallel, failed: job show says so, too', hint)
tap.equal((got['rows_written'], leat.json('job', 'show', number).json()['rows_written']), (stand, stand),
          'parallel, failed: rows_written is what stands')
os.rename(path, path + '.away')
res = leat.run('job', 'retry', number)
tap.ok(res.code == 4 and not res.says(*words), 'parallel, without its file: still', res)
os.rename(path + '.away', path)
res = leat.run('load', path + '.none', '--into', 'again', '--parallel', '2')
tap.ok('committed' not in res.err, 'parallel, nothing committed: nothing said', res)
sql('delete from halt')
leat.run('job', 'retry', number)
leat.run('work', '--until-idle')
leat.run('job', 'wait', number, timeout=30)
job = [j for j in leat.json('job', 'list').rows() if str(j['job']) == number][0]
tap.equal(job.get('state'), 'succeeded', 'parallel, tried again', job)
tap.equal(sql('select count(*), count(distinct id) from again'), '299700|299700',
          'parallel, tried again: the rows')
tap.equal(len(rejects(number)), 300, 'parallel, tried again: every reject is kept')

# ---- a parallel load that goes on, and the source is another one by now ------------------------

folder = os.path.join(os.path.dirname(path), 'shift')
os.mkdir(folder)
first, second = os.path.join(folder, 'b.csv'), os.path.join(folder, 'c.csv')
third = os.path.join(folder, 'a.csv')
lines = [f'{i},{i % 10}' for i in range(1, 300001)]


def write(to, some, head='id,v'):
    with open(to, 'w') as f:
        f.write('\n'.join([head] + some) + '\n')


def original():
    write(first, lines[:200000])
    write(second, lines[200000:])
    if os.path.exists(third):
        os.unlink(third)


def goes_on(number):
    """Retries the job where it has failed, and works until nothing is left."""
    if leat.json('job', 'show', number).json().get('state') == 'failed':
        leat.run('job', 'retry', number)
    until = time.monotonic() + 60
    job = {}
    # An engine that was killed is missed after a while, and its job waits a little then.
    while job.get('state') not in ('succeeded', 'failed') and time.monotonic() < until:
        leat.run('work', '--until-idle')
        job = leat.json('job', 'show', number).json()
    return job


def edit():
    with open(first, 'r+b') as f:
        f.seek(5)
        f.write(b'9')


FILES = ('load', [folder + '/*.csv', '--into', 'shift', '--parallel', '2'])
PIPE = ('run', ['shifted'])
CHANGES = (
    ('a row at the top', FILES, lambda: write(first, ['0,0'] + lines[:200000]),
     'b.csv was changed'),
    ('the same size', FILES, edit, 'b.csv was changed'),
    ('the same size', PIPE, edit, 'b.csv was changed'),
    ('a file before', FILES, lambda: write(third, ['0,0']), 'a.csv is new'),
    ('a file less', PIPE, lambda: os.unlink(second), 'c.csv was in the source'),
)
lab.apply(leat, {'shifting': {'connector': 'file', 'path': folder}},
          {'shifted': {'source': {'connection': 'shifting', 'stream': '*.csv'},
                       'target': {'connection': 'local', 'stream': 'public.shift'},
                       'parallel': 2, 'mode': 'append'}})
for what, (command, args), change, words in CHANGES:
    about = f'{command}, {what}'
    sql('drop table if exists shift; create table shift (id int, v int)')
    sql('delete from leat.loaded_file')
    original()
    leat.run(command, '--progress', 'none', *args, env={'LEAT_FAULT': 'flow-before-chunk:kill:3'})
    number = str(leat.json('job', 'list').rows()[0]['job'])
    stand = sql('select count(*), count(distinct id) from shift')
    tap.ok(int(stand.split('|')[0]) >= 65536, f'{about}: some chunks are there', stand)
    change()
    job = goes_on(number)
    tap.ok(job.get('state') == 'failed' and words in (job.get('error') or ''),
           f'{about}: refused', job)
    tap.ok(f"{stand.split('|')[0]} rows of this load are committed" in (job.get('hint') or '') and
           f'job = {number};' in (job.get('hint') or ''), f'{about}: says what stands', job)
    tap.equal(sql('select count(*), count(distinct id) from shift'), stand,
              f'{about}: nothing came to it')
    original()
    job = goes_on(number)
    tap.equal(job.get('state'), 'succeeded', f'{about}: goes on from what it was', job)
    tap.equal(sql('select count(*), count(distinct id), sum(v) from shift'),
              '300000|300000|1350000', f'{about}: exact')

# Chunks without a note of what was read, as an older leat has left them.
sql('drop table shift; create table shift (id int, v int)')
leat.run('load', '--progress', 'none', folder + '/*.csv', '--into', 'shift', '--parallel', '2',
         env={'LEAT_FAULT': 'flow-before-chunk:kill:3'})
number = str(leat.json('job', 'list').rows()[0]['job'])
sql('alter table _leat.commit_log drop column source')
job = goes_on(number)
tap.ok(job.get('state') == 'failed' and 'older leat' in (job.get('error') or ''),
       'chunks without a note: refused', job)
load('and the log has its column again', [path, '--into', 'anew', '--parallel', '2'], read=300000)
sql(f'delete from _leat.commit_chunk where job = {number}')

# ---- sources that cannot be read again in their order -----------------------------------------

sql("create table src (id int); insert into src select generate_series(1, 1000)")
lab.apply(leat, {}, {'abreast': {'source': {'connection': 'near', 'stream': 'public.src'},
                                 'target': {'connection': 'far', 'stream': 'public.abreast'},
                                 'parallel': 2}})
sql('create table abreast (id int check (id <> 900))', 'far')
with open(path, 'rb') as f:
    lines = f.read()
for name, command, args, stdin in (('a table', 'run', ['abreast'], None),
                                   ('standard input', 'load', ['-', '--into', 'again',
                                                               '--parallel', '2'], lines)):
    res = leat.run(command, '--progress', 'none', *args, stdin=stdin,
                   env={'LEAT_FAULT': 'pg-before-commit:error'})
    tap.ok(not res.says('going on with one connection'), f'{name}: one connection', res)
for db in ('leat', 'far'):
    tap.equal(sql('select count(*) from _leat.commit_chunk', db), '0', f'and no chunks in {db}')

# ---- a parallel job that is cancelled -------------------------------------------------------

sql("create table slow (id int, v int);"
    "create function wait_here() returns trigger language plpgsql as $$"
    " begin if new.id > 250000 then perform pg_sleep(0.01); end if; return new; end $$;"
    "create trigger wait_here before insert on slow for each row execute function wait_here()")
running = leat.popen('load', '--progress', 'none', path, '--into', 'slow', '--parallel', '2',
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
until = time.monotonic() + 60
while time.monotonic() < until and int(sql('select count(*) from slow')) < 100000:
    time.sleep(0.1)
number = str(leat.json('job', 'list').rows()[0]['job'])
leat.run('job', 'cancel', number)
said = running.communicate(timeout=60)[1].decode()
stand = int(sql('select count(*) from slow'))
tap.ok(running.returncode == 1 and f'{stand} rows of this load are committed and stay' in said,
       'parallel, cancelled: says how many rows stay', running.returncode, stand, said)
job = leat.json('job', 'show', number).json()
tap.equal((job.get('state'), job.get('rows_written')), ('cancelled', stand),
          'parallel, cancelled: state and rows')

# ---- a cancel of a job that had committed --------------------------------------------------

path = put('late.csv', 'id\n1\n2\n')
leat.run('load', path, '--into', 'late', env={'LEAT_FAULT': 'engine-before-settle:kill'})
tap.equal(sql('select count(*) from late'), '2', 'cancelled late: the rows are there')
number = str(leat.json('job', 'list').rows()[0]['job'])
leat.run('job', 'cancel', number)
leat.run('work', '--until-idle')
job = [j for j in leat.json('job', 'list').rows() if str(j['job']) == number][0]
tap.equal((job['state'], job['rows_written']), ('succeeded', 2),
          'cancelled late: the books say what the target says', job)
leat.run('load', path, '--into', 'late2', env={'LEAT_FAULT': 'pg-before-commit:kill'})
number = str(leat.json('job', 'list').rows()[0]['job'])
leat.run('job', 'cancel', number)
leat.run('work', '--until-idle')
job = [j for j in leat.json('job', 'list').rows() if str(j['job']) == number][0]
tap.equal(job['state'], 'cancelled', 'cancelled in time: so say the books', job)
tap.equal(sql("select to_regclass('late2')"), '', 'cancelled in time: nothing is there')

tap.done()
