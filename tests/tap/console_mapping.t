#!/usr/bin/env python3
# tests/tap/console_mapping.t
#	A mapping mended by keys alone, until its rows are right; and what happens to drafts.
#
# leat-test: timeout=300
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402
from screen import Screen  # noqa: E402

tap = lab.Tap()
server, leat = lab.lab()
folder = lab.temp_folder('lab-in-')
FILE = os.path.join(folder, 'orders.csv')
with open(FILE, 'w', encoding='utf-8') as f:
    f.write('order_id,cust_nm,amt,Due-Date\n' + ''.join(
        f'{i},Customer {i},"{i},50",2026-01-02\n' if i % 4 == 0 else
        f'{i},Customer {i},{i}.25,2026-01-02\n' for i in range(1, 101)))
os.chmod(FILE, 0o644)
server.psql('create table orders (order_id bigint primary key, amount numeric(12,2) not null, '
            'due_date date); grant all on orders to public', 'leat')
lab.apply(leat, pipelines={'orders': {
    'source': {'connection': 'files', 'stream': FILE},
    'target': {'connection': 'local', 'stream': 'orders'}, 'drift': 'ignore'}})


def console(*words):
    return Screen([lab.program(), '--open', 'mappings/orders', *words], size=(110, 32),
                  timeout=30, env={'LEAT_DB': server.conninfo('leat'),
                                   'XDG_STATE_HOME': lab.temp_folder('lab-st-')})


@tap.case('a mapping is mended by keys, published and run')
def _mend():
    with console() as s:
        s.wait('1/3  missing 1')
        s.keys('!')                     # to what is missing
        s.wait('nothing fills it, and it must not be null')
        s.keys('e')
        s.wait('amount = ')
        s.keys('amtt')
        s.wait('there is no field amtt')
        s.keys('<backspace>')
        s.wait('25 of 100 rows fail')
        s.wait('4,50')
        s.keys('<enter>')
        s.wait('LOSSY 25*')
        s.keys('t<down><down><down><down>')  # replace, to_decimal
        s.wait("amt | replace(',', '.') | to_decimal")
        s.wait('0 of 100 rows fail')
        s.keys('<enter>')
        s.wait('2/3')
        s.keys('<down>')
        s.wait('1 Due-Date')
        s.keys('1')                     # the candidate of that name
        s.wait('3/3')
        s.keys('u')
        s.wait('2/3')
        s.keys('<ctrl-r>')
        s.wait('3/3')
        s.keys('d')
        s.wait('your draft against what is published')
        s.keys('<esc>P')
        s.wait('another value in 100 of 100 rows looked at, 0 fail')
        s.keys('orders<enter>')
        s.wait('version 2')
        s.keys('R')
        s.wait('succeeded')
    res = leat.run('work', '--until-idle')
    assert res.code == 0, res
    lab.same(server.psql('select count(*), sum(amount), min(due_date) from orders', 'leat'),
             '100|5081.25|2026-01-02')


@tap.case('all rows are run over in the background, and a key stops that')
def _validate():
    server.psql('create table many as select i as id from generate_series(1, 60000) i; '
                'create table ids (id int); grant all on many, ids to public; '
                'create function slow(int) returns int language plpgsql volatile as $$ begin '
                'if $1 = 50000 then perform pg_advisory_lock_shared(42); '
                'perform pg_advisory_unlock_shared(42); end if; return $1; end $$', 'leat')
    lab.apply(leat, pipelines={'slow': {
        'source': {'connection': 'local', 'query': 'select slow(id) as id from many'},
        'target': {'connection': 'local', 'stream': 'ids'}}})
    held = subprocess.Popen(['psql', '-X', '-q', '-d', server.conninfo('leat')], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    held.stdin.write('select pg_advisory_lock(42);\n')
    held.stdin.flush()
    with console('--workers', '0') as s:
        s.wait_for(lambda: server.psql("select count(*) from pg_locks where locktype = 'advisory' "
                                       'and objid = 42 and granted', 'leat') == '1')
        s.keys(':mappings/slow<enter>')
        s.wait('id: 0 of 10k rows fail')
        s.keys('v')
        s.wait('mapping validate checking')
        s.keys('<ctrl-c>')
        s.wait('stopped before the end; nothing was written')
        s.keys('v')
        s.wait('mapping validate checking')
        s.keys('e')
        s.wait('id = id')
        s.keys(' + 1')                  # tried meanwhile
        s.wait('id = id + 1')
        s.wait('-> 2')
        held.stdin.write('select pg_advisory_unlock(42);\n')
        held.stdin.flush()
        s.wait('mapping validate has ended')
        s.keys('0')
        s.wait('id = id + 10')          # the line is still there
        s.keys('<esc>')
        s.wait('60000 rows read, 0 filtered, 0 would be rejected')
    held.stdin.close()
    held.wait()


@tap.case('what is typed is tried and completed')
def _complete():
    with console('--workers', '0') as s:
        s.wait('3/3')

        def source_is_known():
            s.keys('o')
            s.settle()
            return s.find('fields of the source that nothing reads')
        s.wait_for(source_is_known)
        s.keys('<esc>e<ctrl-a><ctrl-k>Due<tab>')
        s.wait('order_id = "Due-Date"')
        s.keys('<ctrl-u>to_deci<tab>')
        s.wait('order_id = to_decimal(')
        s.keys('<esc>')
        s.wait_gone('to_decimal(')
    assert leat.json('mapping', 'status', 'orders').json()['draft'] is False


@tap.case('a console that is killed leaves its draft behind')
def _killed():
    with console('--workers', '0') as s:
        s.wait('3/3')
        s.keys('<down>=<ctrl-a><ctrl-k>7<enter>')
        s.wait('1 changed')
        os.kill(s.pid, signal.SIGKILL)
    row = leat.json('mapping', 'diff', 'orders').rows()
    lab.same([(r['field'], r['to']) for r in row], [('amount', '7')])
    with console('--workers', '0') as s:
        s.wait('is open again: 1 lines changed')
        s.keys('u')
        s.wait('0 changed')
        s.keys('<ctrl-r>')
        s.wait('1 changed')


@tap.case('two that publish: the second is told what clashes')
def _two():
    with console('--workers', '0') as s:
        s.wait('1 changed')
        body = leat.json('pipeline', 'show', 'orders').json()['body']
        for line in body['map']:
            if 'amount' in line:
                line['amount'] = '8'
        lab.apply(leat, pipelines={'orders': body})
        s.keys('P')
        s.wait('was published')
        s.wait('clash amount')
        s.wait('others: 8')
        s.keys('<esc>r')
        s.wait('others have published 3')
        s.keys('M')
        s.wait('changed amount: 8 -> 7')
        s.keys('orders<enter>')
        s.wait('version 4')
    lab.same(leat.json('mapping', 'show', 'orders').rows()[0]['from'], '7')


tap.done()
