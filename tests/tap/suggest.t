#!/usr/bin/env python3
# tests/tap/suggest.t
#	Suggestions over a real file and a real table, with keys, decisions and pipelines.
#
# leat-test: timeout=120
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
bench = lab.Bench(tap)
server, leat, sql, put = bench.server, bench.leat, bench.sql, bench.put

ORDERS = 'Auftragsnr,KundenNr,E-Mail,Menge,amt,f9,zzqx\n' + ''.join(
    f'SO-{i:05},C{i % 30:03},buyer{i}@shop.example,{i % 7 + 1},{i}.25,'
    f'{["EUR", "USD", "CHF"][i % 3]},{i % 5}\n' for i in range(1, 201))


def suggest(*args, code=0):
    res = leat.json('mapping', 'suggest', *args)
    if res.code != code:
        tap.ok(False, f'mapping suggest {" ".join(args)[:60]}: exit {code}', res)
    return (res.rows() if code == 0 else []), res


def assigned(rows):
    return {r['target']: r['source'] for r in rows if r['assigned']}


def pair(rows, target, source):
    return [r for r in rows if r['target'] == target and r['source'] == source][0]


path = put('orders.csv', ORDERS)
sql('create schema sales; grant usage on schema sales to public')
sql('create table sales.orders (order_number text primary key, customer_id text, email text, '
    'quantity int, amount numeric(12,2), currency char(3), remark text, '
    'total numeric generated always as (amount * quantity) stored); '
    'grant all on sales.orders to public')
sql("insert into sales.orders select 'SO-' || lpad(i::text, 5, '0'), 'C' || lpad((i % 30)::text, 3, '0'), "
    "'other' || i || '@shop.example', i % 7 + 1, i * 1.5, 'EUR' from generate_series(101, 400) i")

WANT = {'order_number': 'Auftragsnr', 'customer_id': 'KundenNr', 'email': 'E-Mail',
        'quantity': 'Menge', 'amount': 'amt', 'currency': 'f9'}

rows, res = suggest(path, 'sales.orders')
tap.equal(assigned(rows), WANT, 'the right fields are assigned', res)
tap.ok('total' not in {r['target'] for r in rows}, 'what the table fills itself is no target', res)
tap.ok('zzqx' in res.err, 'sources that nothing takes are told', res.err)
tap.ok(all(1 <= r['score'] <= 100 for r in rows) and
       all(rows[i]['rank'] == 1 or rows[i]['score'] <= rows[i - 1]['score']
           for i in range(len(rows))), 'the best comes first', res)
tap.ok(max(r['rank'] for r in rows) > 2 and
       max(r['rank'] for r in suggest(path, 'sales.orders', '--most', '2')[0]) == 2,
       'a field has several, and no more than asked for', rows)
why = pair(rows, 'order_number', 'Auftragsnr')['reasons']
tap.ok('values are keys there' in why and 'name' in why and 'type' in why, 'reasons', why)
tap.ok('(amt~amount)' in pair(rows, 'amount', 'amt')['reasons'], 'which words are alike', rows)
tap.ok('(currencies)' in pair(rows, 'currency', 'f9')['reasons'], 'values that say what they are', rows)
tap.equal(suggest(path, 'local:sales.orders')[0], rows, 'the same question has the same answer')
rows, res = suggest('local:sales.orders', 'sales.orders', '--most', '1')
tap.ok(all(r['source'] == r['target'] for r in rows if r['assigned']) and len(rows) == 7,
       'a table and itself', res)

# ---- what a person has decided ---------------------------------------------------------------

rows, res = suggest(path, 'sales.orders', '--fix', 'remark=amt', '--fix', 'quantity=-')
got = assigned(rows)
tap.ok(got.get('remark') == 'amt' and 'quantity' not in got and got.get('amount') != 'amt',
       'a choice stays, and nobody else gets its source', res)
tap.ok(pair(rows, 'remark', 'amt')['fixed'] and not pair(rows, 'email', 'E-Mail')['fixed'],
       'and is marked as one')

before = max([r['score'] for r in suggest(path, 'sales.orders', '--most', '50')[0]
              if (r['target'], r['source']) == ('remark', 'zzqx')], default=0)
sql("insert into leat.matching (org_id, target, source, accepted, refused) "
    "select org_id, 'remark', 'zzqx', 12, 1 from leat.organization")
rows, res = suggest(path, 'sales.orders', '--most', '50')
now = pair(rows, 'remark', 'zzqx')
tap.ok(now['score'] > before and 'history .89 (12 of 13)' in now['reasons'] and now['assigned'],
       f'what was accepted before counts: {before} to {now["score"]}', now)

lab.apply(leat, pipelines={'orders': {
    'source': {'connection': 'files', 'stream': path},
    'target': {'connection': 'local', 'stream': 'sales.orders'},
    'mode': 'append', 'drift': 'ignore',
    'map': {'email': 'zzqx', 'remark': "'x' || amt"}}})
rows, res = suggest('--pipeline', 'orders')
got = assigned(rows)
tap.ok(got.get('email') == 'zzqx' and 'remark' not in got and got.get('order_number') == 'Auftragsnr',
       'lines of a mapping are decisions', res)

# ---- what does not work ---------------------------------------------------------------------------

for args, code, word in (
        ((path, 'sales.nothing'), 4, 'nothing'), ((path + '.no', 'sales.orders'), 4, '.no'),
        ((path,), 2, 'TARGET'), ((path, 'sales.orders', '--pipeline', 'orders'), 2, '--pipeline'),
        ((path, 'sales.orders', '--fix', 'a=b'), 4, 'no field a'),
        ((path, 'sales.orders', '--fix', 'email=b'), 4, 'no field b'),
        ((path, 'sales.orders', '--most', '0'), 2, '--most'), (('--pipeline', 'none'), 4, 'none')):
    _, res = suggest(*args, code=code)
    tap.ok(word in res.err, f'{" ".join(args)[-40:]}: {word}', res)

sql('create table sales.bare (order_number text, zip text); grant all on sales.bare to public')
rows, res = suggest(path, 'sales.bare', '--most', '2')
tap.equal(assigned(rows), {'order_number': 'Auftragsnr'}, 'an empty table is matched by names', res)
sql('create table sales.odd (taken_from_nobody uuid); grant all on sales.odd to public')
rows, res = suggest(path, 'sales.odd')
tap.equal([(r['target'], r['source'], r['score'], r['assigned']) for r in rows],
          [('taken_from_nobody', None, None, False)], 'a field that none is like has no candidate', res)
tap.ok('nothing speaks for' in rows[0]['reasons'], 'and says so', res)
rows, res = suggest(path, 'sales.odd', '--fix', 'taken_from_nobody=amt')
tap.equal([(r['source'], r['score'], r['assigned']) for r in rows], [('amt', 0, True)],
          'one that a person chose is there all the same', res)
rows, res = suggest(path, 'sales.odd', '--fix', 'taken_from_nobody=-')
tap.ok([r['source'] for r in rows] == [None] and 'to get nothing' in rows[0]['reasons'],
       'and one that is to get nothing says that', res)
tap.done()
