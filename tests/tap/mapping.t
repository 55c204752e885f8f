#!/usr/bin/env python3
# tests/tap/mapping.t
#	A mapping from the first look to a version that runs: drafts, trials, conflicts.
#
# leat-test: timeout=200
import os
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402
import pq  # noqa: E402

tap = lab.Tap()
bench = lab.Bench(tap)
server, leat, sql, put = bench.server, bench.leat, bench.sql, bench.put

ORDERS = 'order_id,cust_nm,amt,old\n' + ''.join(
    f'{i},Customer {i},"{i},50",x\n' if i % 4 == 0 else f'{i},Customer {i},{i}.25,x\n'
    for i in range(1, 201))


def mapping(verb, *args, code=0, name=None, **kw):
    """One call of a command; its rows. It must end with that code."""
    res = leat.json('mapping', verb, 'orders', *args, **kw)
    tap.ok(res.code == code, name or f'mapping {verb} {" ".join(args)[:50]}: exit {code}', res)
    rows = res.rows()
    return (rows[0] if len(rows) == 1 else rows), res


def field(rows, name):
    return [r for r in rows if r['field'] == name][0]


path = put('orders.csv', ORDERS)
sql('create schema sales; grant usage on schema sales to public')
sql('create table sales.orders (order_id bigint primary key, customer_name varchar(60), '
    'amount numeric(12,2) not null, currency char(3) not null, note text); '
    'grant all on sales.orders to public')
lab.apply(leat, pipelines={'orders': {
    'source': {'connection': 'files', 'stream': path},
    'target': {'connection': 'local', 'stream': 'sales.orders'},
    'mode': 'upsert', 'key': ['order_id'], 'drift': 'ignore',
    'map': {'customer_name': 'cust_nm'}}})

# ---- what there is ----------------------------------------------------------------------------

rows, res = mapping('preview')
tap.equal([(r['field'], r['status']) for r in rows],
          [('order_id', 'ok'), ('customer_name', 'ok'), ('amount', 'MISSING'),
           ('currency', 'MISSING'), ('note', 'empty')], 'preview: each field has its status', res)
tap.equal((field(rows, 'order_id')['by'], field(rows, 'customer_name')['by']), ('name', 'line'),
          'preview: by a line, or by its name')
rows, res = mapping('sources')
tap.equal([r['field'] for r in rows if not r['used']], ['amt', 'old'],
          'sources: what nothing reads', res)
row, res = mapping('status')
tap.equal((row['draft'], row['version'], row['changes']), (False, 1, 0), 'status: no draft yet', res)

# ---- an expression is tried while nothing is kept ---------------------------------------------

row, res = mapping('try', 'amount', 'amt')
tap.equal((row['status'], row['rows'], row['failing']), ('LOSSY', 200, 50),
          'try: rows with a comma fail', res)
tap.equal((row['samples'][0]['before'], row['samples'][0]['after']), ('4,50', None),
          'try: those that fail come first', res)
tap.ok('decimal' in row['samples'][0]['problem'] or 'number' in row['samples'][0]['problem'],
       'try: with the reason', res)
row, res = mapping('try', 'amount', 'amt | to_decimla')
tap.equal((row['status'], row['at']), ('ERROR', 7), 'try: the character of an error', res)
row, res = mapping('try', 'amount', "replace(amt, ',', '.') | to_decimal")
tap.equal((row['failing'], row['status']), (0, 'ok'), 'try: mended', res)
mapping('try', 'nothing', '1', name='try: a new field is dropped by the policy')
row, res = mapping('status')
tap.equal(row['draft'], False, 'try: keeps nothing', res)

# ---- a draft ------------------------------------------------------------------------------------

row, res = mapping('set', "amount=replace(amt, ',', '.') | to_decimal", "currency='EUR'")
tap.equal((row['changed'], row['changes'], row['undo']), (True, 2, 1), 'set: one edit', res)
row, res = mapping('set', "currency='EUR'")
tap.equal((row['changed'], row['undo']), (False, 1), 'set: the same again is no edit', res)
mapping('set', 'note=-')
row, res = mapping('undo')
tap.equal((row['undo'], row['redo']), (1, 1), 'undo: takes the last edit back', res)
row, res = mapping('redo')
tap.equal((row['undo'], row['redo']), (2, 0), 'redo: does it again', res)
rows, res = mapping('diff')
tap.equal([(r['field'], r['change']) for r in rows],
          [('amount', 'added'), ('currency', 'added'), ('note', 'added')], 'diff: to what runs', res)
tap.equal(len(mapping('show')[1].rows()), 2, 'show: what runs has not changed')
tap.equal(len(mapping('show', '--draft')[1].rows()), 5, 'show: the draft')

# ---- as a text -----------------------------------------------------------------------------------

text = leat.run('mapping', 'export', 'orders', '--draft', check=True).out
tap.ok("currency = 'EUR'" in text and 'note = -' in text, 'export: one line a field', text)
file = put('orders.map', '# by hand\n' + text.replace("'EUR'", "'CHF'") + 'check: amount > 0\n')
rows, res = mapping('diff', file)
tap.ok('check:' in [r['field'] for r in res.rows()], 'diff: to a file', res)
row, res = mapping('import', file)
tap.equal((row['changed'], row['changes']), (True, 4), 'import: the file is the draft', res)
row, res = mapping('import', file)
tap.equal(row['changed'], False, 'import: twice is once', res)
mapping('export', os.path.join(bench.folder, 'again.map'), '--draft')
with open(os.path.join(bench.folder, 'again.map')) as f:
    tap.equal(f.read(), '# by hand\n' + text.replace("'EUR'", "'CHF'") + 'check: amount > 0\n',
              'export: comments are kept')
bad = put('bad.map', 'amount = 1\ncurrency\n')
_, res = mapping('import', bad, code=2)
tap.ok('line 2, character 9' in res.err, 'import: a fault has its place', res)

# ---- publishing ----------------------------------------------------------------------------------

mapping('set', 'currency=-')
_, res = mapping('publish', '--yes', code=2)
tap.ok('currency' in res.err and 'nothing fills it' in res.err,
       'publish: a required field that nothing fills', res)
mapping('undo')
rows, res = mapping('publish', code=2)
tap.equal([r['outcome'] for r in res.rows()], ['planned'] * 4, 'publish: first the plan', res)
tap.equal(field(res.rows(), 'amount')['rows_changed'], 200, 'publish: rows with another value', res)
tap.equal(mapping('status')[0]['version'], 1, 'publish: not without a yes')
rows, res = mapping('publish', '--yes')
tap.equal((res.rows()[-1]['outcome'], res.rows()[-1]['version']), ('published', 2),
          'publish: a version of its own', res)
row, res = mapping('status')
tap.equal((row['draft'], row['version']), (False, 2), 'publish: the draft is gone', res)
row, res = mapping('publish', '--yes')
tap.equal(row['outcome'], 'unchanged', 'publish: nothing to do', res)
tap.equal(sql("select source || ' ' || target || ' ' || accepted || ' ' || refused "
              'from leat.matching order by 1'), 'amt amount 1 0',
          'publish: what was decided is remembered for suggestions')
rows, res = mapping('history')
tap.equal([(r['version'], r['current']) for r in rows], [(2, True), (1, False)], 'history', res)
tap.ok(rows[0]['published_by'], 'history: who', res)
text = leat.run('mapping', 'export', 'orders', check=True).out
tap.ok(text.startswith('# by hand\n'), 'export: comments of what runs', text)
res = leat.json('run', 'orders', '--progress', 'none')
tap.equal(res.json()['rows_written'], 200, 'run: every row is there', res)
tap.equal(sql("select amount || ' ' || currency || coalesce(note, '-') from sales.orders "
              'where order_id = 4'), '4.50 CHF-', 'run: as it was mapped')

# ---- somebody else -------------------------------------------------------------------------------

mapping('set', "currency='USD'", "customer_name=upper(cust_nm)")
body = leat.json('pipeline', 'show', 'orders').json()['body']
for line in body['map']:
    if 'currency' in line:
        line['currency'] = "'GBP'"
body['checks'] = ['amount > 1']
lab.apply(leat, pipelines={'orders': body})
_, res = mapping('publish', '--yes', code=7)
tap.equal({r['field']: r['change'] for r in res.rows() if r['field'] != 'check:'},
          {'customer_name': 'changed', 'currency': 'clash'}, 'conflict: told three ways', res)
clash = field(res.rows(), 'currency')
tap.equal((clash['from'], clash['to'], clash['theirs'], clash['by']),
          ("'CHF'", "'USD'", "'GBP'", 'both'), 'conflict: base, mine, theirs', res)
tap.equal(mapping('status')[0]['behind'], True, 'conflict: the draft stays, and says so')
mapping('publish', '--yes', '--merge')
text = leat.run('mapping', 'export', 'orders', check=True).out
tap.ok("currency = 'USD'" in text and 'upper(cust_nm)' in text and 'check: amount > 1\n' in text and
       'amount > 0' not in text, 'merge: theirs, and mine where both have changed', text)
rows, res = mapping('diff', '--at-version', '3')
tap.equal({r['field'] for r in res.rows()}, {'customer_name', 'currency'},
          'diff: since a version', res)

# ---- the whole source, drift -----------------------------------------------------------------------

mapping('set', 'amount=amt')
rows, res = mapping('validate')
tap.equal([(r['field'], r['rows'], r['first_row']) for r in res.rows()], [('amount', 50, 4)],
          'validate: rows that fail, by rule', res)
tap.ok('200 rows read' in res.err, 'validate: reads all', res)
tap.equal(sql('select count(*) from sales.orders'), '200', 'validate: writes nothing')
mapping('discard', '--yes')
tap.equal(mapping('discard', '--yes')[0]['discarded'], False, 'discard: twice is once')
put('orders.csv', ORDERS.replace('cust_nm,amt,old', 'cust_nm,amt,fresh').replace(',x\n', ',1\n'))
rows, res = mapping('sources')
tap.equal({r['field']: r['drift'] for r in rows if r['drift']}, {'fresh': 'new', 'old': 'gone'},
          'sources: what has changed since it was published', res)

# ---- what is wrong is told ---------------------------------------------------------------------------

for words, code, why in ((('try', 'orders', 'amount', '1', '--rows', '0'), 2, '1 to 100000'),
                         (('set', 'orders', 'amount'), 2, 'NAME=VALUE'),
                         (('show', 'orders', '--at-version', '99'), 4, 'no version 99'),
                         (('show', 'orders', '--draft'), 4, 'no draft'),
                         (('status', 'nobody'), 4, 'no pipeline'),
                         (('import', 'orders', '/nowhere.map'), 4, '/nowhere.map'),
                         (('diff', 'orders', file, '--draft'), 2, 'either')):
    res = leat.json('mapping', *words)
    tap.ok(res.code == code and why in res.err, f'mapping {" ".join(words)[:60]}: {why}', res)
# ---- values that can be read in several ways ------------------------------------------------------

path = put('days.csv', 'no;day;net\n' + ''.join(f'{i};0{i % 9 + 1}/04/2025;1,{100 + i}\n'
                                               for i in range(1, 40)))
sql('create table days (no int, day date, net numeric); grant all on days to public')
res = leat.run('pipeline', 'add', 'days', path, '--into', 'days', '--over-rejects', 'hold')
tap.ok(res.code == 2 and 'max_rejects does not say' in res.err, 'hold, and nobody says when', res)
res = leat.run('pipeline', 'add', 'days', path, '--into', 'days', '--quote', 'none',
               '--max-rejects', '2%', '--over-rejects', 'hold')
tap.equal(res.code, 0, 'a pipeline over days', res)
body = leat.json('pipeline', 'show', 'days').json()['body']
tap.equal((body['max_rejects'], body['over_rejects']), ('2%', 'hold'), 'with its error budget', body)
rows = leat.json('mapping', 'preview', 'days').rows()
tap.equal([(r['field'], r['status']) for r in rows],
          [('no', 'ok'), ('day', 'ERROR'), ('net', 'ERROR')], 'a doubt is a problem of its field')
tap.equal([x['means'] for x in field(rows, 'day')['readings']], ['2025-04-02', '2025-02-04'],
          'with its readings', rows)
tap.equal(leat.run('mapping', 'set', 'days', 'no=no').code, 0, 'a draft')
res = leat.run('mapping', 'publish', 'days', '--yes')
tap.ok(res.code == 2 and 'can be 2025-04-02 or 2025-02-04' in res.err,
       'it is not published while a field is open', res)
lines = [f"{name}={field(rows, name)['readings'][0]['from']}" for name in ('day', 'net')]
tap.equal(leat.run('mapping', 'set', 'days', *lines).code, 0, 'a reading is a line of the draft')
res = leat.run('mapping', 'publish', 'days', '--yes')
tap.equal(res.code, 0, 'then it is', res)
res = leat.run('run', 'days')
tap.equal((res.code, sql('select max(day), min(net) from days')), (0, '2025-04-09|1.101'),
          'and read so', res)

# ---- tomorrow's file --------------------------------------------------------------------------------

options = leat.json('pipeline', 'show', 'days').json()['body']['source']['options']
tap.equal({k: options.get(k) for k in ('delimiter', 'header', 'encoding', 'quote', 'footer')},
          {'delimiter': ';', 'header': 'yes', 'encoding': 'utf-8', 'quote': 'none', 'footer': None},
          'how it was recognised is written down, what was set stays', options)
tap.ok('delimiter: ;' in leat.run('export', 'days').out.replace('"', '').replace("'", ''),
       'and exported', leat.run('export', 'days'))
put('days.csv', 'no,day,net\n41,01/05/2025,1.5\n')
res = leat.run('run', 'days')
tap.equal((res.code != 0, 'there is no field' in res.err, sql('select count(*) from days')),
          (True, True, '39'), 'a file with other delimiters is no silent other reading', res)

# ---- a pipeline that nobody has published ------------------------------------------------------------


def drift(note=None):
    """What mapping sources says of the trade pipeline; others must tell the same in a line."""
    rows = leat.json('mapping', 'sources', 'trade').rows()
    for verb in ('preview', 'show', 'diff'):
        told = leat.json('mapping', verb, 'trade')
        tap.ok(told.code == 0 and ('is another than it was' in told.err) == (note is not None) and
               (note or '') in told.err and 'not known' not in told.err,
               f'{verb} tells: {note}', told)
    return {r['field']: r['drift'] for r in rows if r['drift']}


def record():
    return sql('select fields from leat.pipeline_version v join leat.pipeline p '
               "on p.id = v.pipeline_id and p.version = v.version where p.name = 'trade'")


body = {'source': {'connection': 'files', 'stream': put('trade.csv', 'id,cust,amt,old\n1,a,2,x\n')},
        'target': {'connection': 'local', 'stream': 'trade'}, 'mode': 'append', 'drift': 'ignore'}
lab.apply(leat, pipelines={'trade': body})
tap.equal((drift(), record()), ({}, ''), 'before its first run nothing is known')
tap.equal(leat.run('run', 'trade').code, 0, 'it runs')
first = record()
tap.equal((drift(), 'cust' in first), ({}, True), 'its fields are kept by that', first)
put('trade.csv', 'id,client,amt,fresh\n2,b,x,y\n3,c,4,y\n')
other = {'client': 'new', 'amt': 'was bigint', 'cust': 'gone', 'old': 'gone', 'fresh': 'new'}
tap.equal(drift('amt was bigint'), other, 'then each change of the file is told')
res = leat.json('run', 'trade', '--max-rejects', '100%')
tap.equal((res.code, record()), (0, first), 'a second run keeps what is kept', res)
tap.equal(drift('cust is gone'), other, 'and hides no change')
tap.equal(leat.run('mapping', 'set', 'trade', 'cust=client', 'amt=-').code, 0, 'a draft')
tap.equal([r['drift'] for r in leat.json('mapping', 'diff', 'trade').rows()],
          ['client is new', None], 'diff: what its lines read is new')
res = leat.json('mapping', 'show', 'trade')
tap.equal((res.rows()[0]['drift'], 'leat mapping sources trade' in res.err),
          ('client is new, amt was bigint, fresh is new, old is gone, cust is gone', True),
          'show: what no line reads, and the way to more', res)
res = leat.json('mapping', 'show', 'trade', '--draft')
tap.equal([(r['field'], r['drift']) for r in res.rows()],
          [('cust', 'client is new'), ('amt', None), (None, 'fresh is new, old is gone')],
          'show --draft: each line by itself', res)
res = leat.run('mapping', 'publish', 'trade', '--yes')
tap.equal((res.code, drift(), record() == first), (0, {}, False), 'publishing takes the new ones', res)

put('trade.csv', 'id,client,amt,fresh,more\n2,b,x,y,1\n')
tap.equal(drift('more is new; leat mapping sources trade'), {'more': 'new'}, 'and it goes on so')
res = leat.json('mapping', 'publish', 'trade')
tap.ok(res.code == 2 and 'taken as it is: more is new' in res.err and drift('more is new'),
       'a draft without a change has a plan, then', res)
res = leat.json('mapping', 'publish', 'trade', '--yes')
tap.equal((res.code, res.rows()[-1]['outcome'], drift()), (0, 'published', {}),
          'and is published for it', res)
res = leat.json('mapping', 'publish', 'trade', '--yes')
tap.equal((res.code, res.rows()[-1]['outcome']), (0, 'unchanged'), 'once', res)

# ---- sources that do not answer ----------------------------------------------------------------------

os.remove(os.path.join(bench.folder, 'trade.csv'))
silent = socket.create_server(('127.0.0.1', 0))
lab.apply(leat, connections={'mute': {
    'connector': 'postgres', 'host': '127.0.0.1', 'port': str(silent.getsockname()[1]),
    'dbname': 'x', 'user': 'x'}},
    pipelines={'mute': dict(body, source={'connection': 'mute', 'stream': 'x'}),
               'held': dict(body, source={'connection': 'local', 'query': 'select * from held'}),
               'pipe': dict(body, source={'connection': 'files',
                                          'stream': os.path.join(bench.folder, 'pipe')})})
sql("update leat.pipeline_version set fields = '{\"a\": \"text\"}' where fields is null")
os.mkfifo(os.path.join(bench.folder, 'pipe'))
waiting = leat.popen('mapping', 'show', 'mute', stderr=subprocess.PIPE)
held_open = silent.accept()
waiting.send_signal(signal.SIGINT)
tap.equal(waiting.wait(10), 130, 'who waits for one can stop', waiting.stderr.read())
sql('create table held (a int); grant all on held to public')
holder = pq.Session(server.conninfo('leat'), 'begin', 'lock table held')
for name, why in (('trade', 'trade.csv'), ('mute', 'no answer within 2000 ms'),
                  ('held', 'no answer within 2000 ms'), ('pipe', 'can be read only once')):
    for verb in ('show', 'diff'):
        res = leat.json('mapping', verb, name)
        notes = [x for x in res.err.splitlines() if 'not known' in x]
        tap.ok(res.code == 0 and len(notes) == 1 and why in notes[0] and res.seconds < 10 and
               f'leat mapping sources {name}' in notes[0], f'{verb}: {name}: {why}', res)

tap.done()
