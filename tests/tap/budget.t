#!/usr/bin/env python3
# tests/tap/budget.t
#	The error budget of a load: what is stored, told and left to do when it is exceeded.
#
import http.server
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
bench = lab.Bench(tap, 'far')
leat, sql, put = bench.leat, bench.sql, bench.put

# Ten rows, of which three fail: two for one reason, one for another.
ROWS = ''.join(f'{i},n{i},{i}\n' for i in range(1, 8))
BAD = '8,,8\n9,,9\n10,n10,x\n'
THREE = 'id,name,n\n' + ROWS + BAD
MENDED = 'id,name,n\n' + ROWS + '8,n8,8\n9,n9,9\n10,n10,10\n'
ten = put('ten.csv', THREE)
RULES = ['--check', 'name required', '--map', 'n = to_int(n)']


def load(table, *args, path=ten):
    return leat.json('load', path, '--into', table, *RULES, *args)


def jobs(**want):
    return [j for j in leat.json('job', 'list').rows() if all(j[k] == v for k, v in want.items())]


def work():
    """Until nothing is left to do, also of what a dead engine held."""
    for _ in range(100):
        leat.run('work', '--until-idle', check=True)
        if sql('select count(*) from leat.run') == '0':
            return
        time.sleep(0.1)


def there(table):
    return sql(f"select count(*) from pg_class where relname = '{table}'") == '1'


def states(job):
    return [r['state'] for r in leat.json('reject', 'list', str(job)).rows()]


# ---- warn ------------------------------------------------------------------------------

for how in ([], ['--over-rejects', 'warn']):
    r = load('warned', '--max-rejects', '2', '--mode', 'replace', *how)
    tap.ok(r.code == 3 and r.json()['state'] == 'succeeded' and not r.says(
        '3 of 10 rows were rejected, and at most 2 may be', r'most often: name required \(2\)',
        'the others are stored', f"reject groups {r.json()['job']}"), 'a warning', r)
tap.equal(sql('select count(*) from warned'), '7', '... and the other rows are there')
r = leat.json('job', 'wait', str(r.json()['job']))
tap.ok(r.code == 3 and not r.says('3 of 10 rows'), 'whoever asks later is told the same', r)
row = leat.json('job', 'show', str(r.json()['job'])).json()
tap.ok(row['over_rejects'].startswith('3 of 10 rows') and row['error'] is None, '... by its row', row)
r = load('within', '--max-rejects', '3', '--over-rejects', 'fail')
tap.equal([r.code, r.json()['rows_written']], [0, 7], 'as many as are allowed are no reason', r)

# ---- fail ------------------------------------------------------------------------------

r = load('refused', '--max-rejects', '20%', '--over-rejects', 'fail', '--attempts', '5')
job = r.json()['job']
tap.ok(r.code == 1 and r.json()['state'] == 'failed' and not r.says(
    '3 of 10 rows were rejected, and at most 20% may be', r'name required \(2\), n to_int \(1\)',
    'nothing was stored', f'job retry {job}', f'reject groups {job}'), 'a share is told at the end', r)
row = leat.json('job', 'show', str(job)).json()
tap.equal([row[k] for k in ('state', 'error_code', 'attempt', 'rows_read', 'rows_written',
                            'rows_rejected')], ['failed', 'BUDGET', 1, 10, 0, 3],
          'it is not tried again, and its row has the figures', row)
tap.ok(not there('refused'), '... not even the table is there')
tap.equal(states(job), ['void'] * 3, 'its rejects can be seen')
tap.equal([g['rows'] for g in leat.json('reject', 'groups', str(job)).rows()], [2, 1],
          '... and their reasons')
one = leat.json('reject', 'list', '--filter', 'state=void', '--limit', '1').json()[0]
tap.equal(leat.json('reject', 'show', str(one['id'])).json()['cells'][0],
          {'field': 'id', 'value': '8'}, '... cell by cell')
for words in (['fix', str(one['id']), 'name=x'], ['discard', str(one['id']), '--reason', 'no']):
    r = leat.run('reject', *words, '--yes')
    tap.ok(r.code == 7 and not r.says('is void', 'load all of it again'), f'no {words[0]}', r)
r = leat.run('reject', 'replay', '--job', str(job), '--yes')
tap.ok(r.code == 0 and 'nothing to replay' in r.err and not there('refused'), 'no replay', r)
put('ten.csv', MENDED)
tap.ok(leat.run('job', 'retry', str(job)).code == 0 and
       leat.run('work', '--until-idle').code == 0, 'the source is mended, the job tried again')
tap.equal([jobs(job=job)[0]['state'], sql('select count(*) from refused'), states(job)],
          ['succeeded', '10', []], '... all rows are there, once, and no reject is left')

put('ten.csv', THREE)
r = load('into_it', '--max-rejects', '0', '--over-rejects', 'fail', '--mode', 'append')
tap.ok(r.code == 1 and not r.says('3 of the first 10 rows'), 'a number is told at once', r)
many = put('many.csv', 'id,name,n\n' + '1,,1\n' * 3 + '2,b,2\n' * 300000)
r = load('into_it', '--max-rejects', '2', '--over-rejects', 'fail', path=many)
tap.ok(r.code == 1 and 3 <= r.json()['rows_read'] < 20000, '... before the rest is read', r)

# That counts as well; a table that was to be replaced stays as it was.
sql('create table firm (id int primary key, n int check (n < 7)); insert into firm values (1, 1)')
r = leat.json('load', put('firm.csv', 'id,n\n2,5\n3,7\n4,8\n'), '--into', 'firm', '--mode', 'replace',
              '--max-rejects', '50%', '--over-rejects', 'fail')
tap.ok(r.code == 1 and not r.says('2 of 3 rows') and sql('select count(*), max(id) from firm') == '1|1',
       'what only the server refuses', r)

# ---- pipelines -------------------------------------------------------------------------

PIPE = {'source': {'connection': 'files', 'stream': ten}, 'target': {'stream': 'piped'},
        'map': {'n': 'to_int(n)'}, 'checks': ['name required'], 'cursor': 'id', 'max_rejects': '20%'}
lab.apply(leat, pipelines={'piped': {**PIPE, 'over_rejects': 'fail'}})
tap.ok('over_rejects: fail' in leat.run('export').out, 'it is exported')
show = leat.json('pipeline', 'show', 'piped').json()
tap.equal([show['max_rejects'], show['over_rejects']], ['20%', 'fail'], 'it is shown')
r = leat.json('run', 'piped')
tap.ok(r.code == 1 and not r.says('leat run piped') and not there('piped'), 'it holds for a run', r)
tap.equal(leat.json('bookmark', 'list').rows(), [], 'the bookmark does not move')
r = leat.json('run', 'piped', '--dry-run')
tap.ok(r.code == 3 and not r.says('3 of 10 rows', 'would fail, and nothing would be stored'),
       'a dry run tells it', r)
r = leat.json('run', 'piped', '--over-rejects', 'warn')
tap.equal([r.code, r.json()['rows_written']], [3, 7], 'an option goes before it', r)

# ---- the engine dies ---------------------------------------------------------------------

lab.apply(leat, pipelines={'dying': {**PIPE, 'target': {'stream': 'dying'}, 'over_rejects': 'fail'}})
before = len(jobs())
r = leat.run('run', 'dying', '--attempts', '3', env={'LEAT_FAULT': 'engine-rejects-stored:kill'})
work()
job = jobs()[0]
tap.ok(r.code == -9 and len(jobs()) == before + 1, 'killed with its rejects stored', r)
tap.equal([job['state'], job['rows_rejected'], states(job['job']), there('dying')],
          ['failed', 3, ['void'] * 3, False], '... it fails all the same, each reject once', job)

# ---- hold --------------------------------------------------------------------------------


def held(name):
    row = leat.json('pipeline', 'show', name).json()
    return row['paused_why'] if row['paused'] else None


def hold(name, **body):
    lab.apply(leat, {'far': lab.postgres_connection(bench.server, 'far')}, {name: {
        **PIPE, 'cursor': None, 'reload': True, 'over_rejects': 'hold',
        'target': {'connection': 'far', 'stream': 'public.' + name}, **body}})


def rows(name):
    return sql(f"select count(*) from {name}", 'far')


def newest():
    return leat.json('job', 'list', '--limit', '1').json()[0]


class Told(http.server.BaseHTTPRequestHandler):
    """Whoever is told: (pipeline, type, why it is held)."""
    all = []

    def do_POST(self):
        got = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        self.all.append((got['data']['pipeline'], got['type'], got['data']['held']))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


ear = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Told)
threading.Thread(target=ear.serve_forever, daemon=True).start()
leat.run('alert', 'add', 'ops', 'webhook', f'url=http://127.0.0.1:{ear.server_port}/',
         '--allow-private', check=True)
hold('held', cursor='id')
r = leat.json('run', 'held')
first = r.json()['job']
tap.ok(r.code == 3 and r.json()['state'] == 'succeeded' and not r.says(
    '3 of 10 rows', 'name required', 'pipeline is held', 'pipeline resume'), 'a pipeline is held', r)
tap.equal([rows('held'), leat.json('bookmark', 'list').json()[0]['bookmark']['value'], states(first)],
          ['7', '10', ['open'] * 3], '... the good rows are there, and the bookmark moves')
tap.ok((held('held') or '').startswith(f'job {first}: 3 of 10 rows'), '... it says why', held('held'))
tap.equal([p['paused_why'] for p in leat.json('pipeline', 'list', 'paused_why~rows').rows()],
          [held('held')], '... in the list, too')
tap.ok([t[:2] for t in Told.all] == [('held', 'job.rejects')] and '3 of 10 rows' in Told.all[0][2],
       'an alert is sent', Told.all)
r = leat.json('run', 'held')
tap.ok(r.code == 7 and not r.says(f'held by job {first}', 'pipeline resume held') and
       newest()['job'] <= first + 1, 'no other run', r)
r = leat.json('run', 'held', '--detach', '--reload')
waits = r.json()['job']
work()
show = leat.json('job', 'show', str(waits)).json()
tap.ok(r.code == 0 and not r.says('waits until') and show['state'] == 'queued' and
       f'held by job {first}' in show['held_back_by'], 'a job waits, and knows for whom', show)
leat.run('reject', 'fix', '--job', str(first), '--where', 'field=name', '--set', "name='x'", '--yes',
         check=True)
r = leat.json('reject', 'replay', '--job', str(first), '--yes')
tap.equal([r.code, rows('held'), jobs(job=waits)[0]['state']], [0, '9', 'queued'],
          'its rejects are replayed meanwhile', r)
tap.ok(leat.run('pipeline', 'resume', 'held').code == 0 and held('held') is None, 'it may go on')
work()
tap.equal(jobs(job=waits)[0]['state'], 'succeeded', '... and what waited has run')

hold('wide', parallel=3)
tap.equal([leat.run('run', 'wide').code, rows('wide'), held('wide') is not None], [3, '7', True],
          'over several connections')
hold('early')
for again in (1, 2):
    leat.run('pipeline', 'resume', 'early', check=True)
    leat.run('run', 'early')
    tap.equal([held('early') is not None, sql("select count(*) from leat.audit where action = "
                                             "'pipeline hold' and object = 'early'"),
               sum(t[:2] == ('early', 'job.rejects') for t in Told.all)],
              [True, str(again), again], f'held {again} times, told {again} times')

# An engine that dies between the target's commit and the books.
hold('late')
r = leat.run('run', 'late', env={'LEAT_FAULT': 'engine-before-settle:kill'})
one = newest()['job']
two = leat.json('run', 'late', '--detach').json()['job']
tap.ok(r.code == -9 and held('late') is None, 'killed behind the commit: nothing is held yet', r)
work()
tap.equal([(held('late') or '').split(':')[0], rows('late'), jobs(job=one)[0]['state'],
           jobs(job=two)[0]['state']], [f'job {one}', '7', 'succeeded', 'queued'],
          '... then it is, and the next job waits')

# Nobody goes on with the job that died: the next one finds out what it did, and goes back.
for name, how, code in (('found', ['--detach'], 0), ('met', [], 7)):
    hold(name)
    leat.run('run', name, env={'LEAT_FAULT': 'engine-before-settle:kill'})
    one = newest()['job']
    leat.run('job', 'pause', str(one), check=True)
    r = leat.json('run', name, *how)
    work()
    two = newest()
    tap.equal([(held(name) or '').split(':')[0], rows(name), jobs(job=one)[0]['state'],
               two['state'], two['attempt'], r.code],
              [f'job {one}', '7', 'succeeded', 'queued', 0, code], 'found by the next job', r)

# ---- what cannot be ----------------------------------------------------------------------

for words, code, said in (
        (['--over-rejects', 'stop', '--max-rejects', '1'], 2, ('warn, fail or hold',)),
        (['--over-rejects', 'fail'], 2, ('max_rejects does not say', '--max-rejects')),
        (['--over-rejects', 'hold', '--max-rejects', '1'], 2, ('pauses a pipeline', 'fail')),
        (['--over-rejects', 'fail', '--max-rejects', '1', '--parallel', '2'], 2,
         ('parallel is 2', 'leave out parallel'))):
    r = load('nothing', *words)
    tap.ok(r.code == code and not r.says(*said), f"refused: {' '.join(words)}", r)
for body, said in (({'over_rejects': 'halt'}, 'over_rejects must be warn, fail or hold'),
                   ({'over_rejects': 'fail', 'max_rejects': None}, 'does not say of how many'),
                   ({'over_rejects': 'fail', 'parallel': 3}, 'parallel is 3')):
    r = lab.apply(leat, pipelines={'wrong': {**PIPE, 'cursor': None, **body}}, check=False)
    tap.ok(r.code != 0 and not r.says('wrong', said), f'refused: {body}', r)

tap.done()
