#!/usr/bin/env python3
# tests/tap/repair.t
#	Rejects are fixed, taken back, replayed, discarded, handed out and taken in: each row once.
import csv
import datetime
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

openpyxl = lab.of_debian('openpyxl')
tap = lab.Tap()
server, leat = lab.lab()


def sql(text):
    return server.psql(text, 'leat')


def put(name, text):
    path = os.path.join(leat.home, name)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    return path


def rejects(*words):
    return leat.run('-o', 'json', 'reject', 'list', *words, check=True).json()


def pipeline(name, path, body='', key=''):
    return lab.apply(leat, pipelines=f"""
  {name}:
    source: {{stream: {path}}}
    target: {{stream: public.{name}}}
{body}""")


def states(job):
    return sql('select state, count(*) from leat.reject_view where job_id = '
               f'{job} group by 1 order by 1').replace('\n', ' ')


sales = put('sales.csv', 'id;customer;amount;day\n1;ann;"12,50";2026-01-02\n2;bob;7.25;2026-01-03\n'
            '3;;8;2026-01-04\n4;dan;"9,75";2026-01-05\n5;eve;x;2026-13-01\n6;fay;1;2;3\n')
sql('create table public.sales (id int primary key, customer text, amount numeric, day date)')
r = leat.run('load', sales, '--into', 'sales', '--check', 'customer required', '--mode', 'append')
tap.equal(r.code, 0, 'a load leaves rejects', r)
job = int(sql('select max(id) from leat.job'))
rows = {x['row']: x for x in rejects(str(job))}
tap.equal(sorted(rows), [1, 3, 4, 5, 6], 'five rows failed')


@tap.case('what is kept')
def case_1():
    one = leat.run('-o', 'json', 'reject', 'show', str(rows[1]['id']), check=True).json()
    assert one['raw'] == '1;ann;"12,50";2026-01-02', one
    assert one['line'] == 2 and one['part'].endswith('sales.csv'), one
    cells = {c['field']: c for c in one['cells']}
    assert cells['amount']['value'] == '12,50' and 'bad' in cells['amount'], one
    assert cells['customer'] == {'field': 'customer', 'value': 'ann'}, one
    groups = leat.run('-o', 'json', 'reject', 'groups', str(job), check=True).json()
    assert {g['field'] for g in groups} >= {'amount', 'customer', 'day'}, groups
    assert all(g['first_at'] and g['last_at'] for g in groups), groups


@tap.case('one cell')
def case_2():
    r = leat.run('-o', 'json', 'reject', 'fix', str(rows[3]['id']), 'customer=cleo', check=True)
    got = r.json()
    assert got[0]['before'] is None and got[0]['after'] == 'cleo', got
    assert got[0]['then'] == 'passes' and got[1]['passes'] == 1, got
    assert rejects(str(job), '--filter', 'state=staged')[0]['fix'] == {'customer': 'cleo'}
    assert sql(f"select raw from leat.reject where id = {rows[3]['id']}") == '\\x333b3b383b323032362d30312d3034'


@tap.case('an expression is tried, and nothing is touched')
def case_try():
    before = sql('select max(id) from leat.repair_act')
    ask = ['reject', 'try', '--job', str(job), '--field', 'amount']
    got = leat.json(*ask, 'amount', "replace(amount, ',', '.')", check=True).json()
    assert got['rejects'] == 3 and got['more'] is False, got
    assert got['changed'] == 2 and got['passes'] == 2, got
    assert [s['after'] for s in got['samples']] == ['x', '12.50', '9.75'], got
    assert 'is not a number' in got['samples'][0]['problem'], got
    got = leat.json(*ask, '--rows', '1', 'amount', 'amount', check=True).json()
    assert got['rejects'] == 1 and got['more'] is True and got['changed'] == 0, got
    got = leat.json(*ask, 'amount', 'replace(amount', check=True).json()
    assert got['at'] == 15 and 'missing' in got['problem'] and got['passes'] is None, got
    got = leat.json(*ask, 'amount', "to_int(amount)", check=True).json()
    assert all(s['problem'] for s in got['samples']), got
    # What the target would refuse, as far as its fields tell: a null.
    assert leat.json(*ask, 'amount', "nullif('a', 'a')", check=True).json()['passes'] == 2
    sql('alter table public.sales alter amount set not null')
    got = leat.json(*ask, 'amount', "nullif('a', 'a')", check=True).json()
    sql('alter table public.sales alter amount drop not null')
    assert got['passes'] == 0 and 'must not be null' in got['samples'][0]['problem'], got
    # The cell that makes the field is found, where none is said.
    assert leat.json(*ask, check=True).json()['cell'] == 'amount'
    r = leat.run(*ask, 'nosuch', '1')
    assert r.code == 2 and 'have no field nosuch' in r.err and 'amount' in r.err.split('hint:')[1], r
    assert leat.run('reject', 'try', '--job', str(job), '--field', 'nosuch').code == 4
    assert sql('select max(id) from leat.repair_act') == before


@tap.case('many, by an expression')
def case_3():
    args = ['reject', 'fix', '--where', 'field:amount', '--job', str(job), '--set',
            "amount=replace(amount, ',', '.')"]
    r = leat.run('-o', 'json', *args)
    assert r.code == 2 and 'not confirmed' in r.err, r
    plan = [x for x in r.json() if x['outcome'] == 'planned'][0]
    assert plan['rejects'] == 2 and plan['passes'] == 2, r
    assert {x['after'] for x in r.json() if x['outcome'] == 'sample'} == {'12.50', '9.75'}, r
    assert states(job) == '0|4 1|1', states(job)
    r = leat.run('-o', 'json', *args, '--yes', check=True)
    assert states(job) == '0|2 1|3', states(job)


@tap.case('undo and redo')
def case_4():
    leat.run('reject', 'undo', check=True)
    assert states(job) == '0|4 1|1', states(job)
    leat.run('reject', 'undo', check=True)
    assert states(job) == '0|5', states(job)
    r = leat.run('reject', 'undo')
    assert r.code == 4 and 'nothing to undo' in r.err, r
    leat.run('reject', 'redo', check=True)
    leat.run('reject', 'redo', check=True)
    assert states(job) == '0|2 1|3', states(job)
    assert leat.run('reject', 'redo').code == 4
    acts = leat.run('-o', 'json', 'reject', 'acts', check=True).json()
    assert [a['rejects'] for a in acts] == [2, 1] and acts[0]['kind'] == 'fix', acts


@tap.case('replay')
def case_5():
    r = leat.run('-o', 'json', 'reject', 'replay', '--job', str(job), '--dry-run', check=True)
    assert r.json()[0]['rows_written'] == 3 and r.json()[0]['rows_rejected'] == 2, r
    assert sql('select count(*) from sales') == '1'
    r = leat.run('-o', 'json', 'reject', 'replay', '--job', str(job), check=True)
    assert r.json()[0]['rows_written'] == 3 and r.json()[0]['rows_rejected'] == 2, r
    assert sql('select id, customer, amount from sales order by id') == \
        '1|ann|12.50\n2|bob|7.25\n3|cleo|8\n4|dan|9.75', sql('table sales')
    assert states(job) == '0|2 2|3', states(job)
    r = leat.run('-o', 'json', 'reject', 'replay', '--job', str(job), check=True)
    assert r.json()[0]['rows_written'] == 0 and sql('select count(*) from sales') == '4', r
    history = leat.run('-o', 'json', 'reject', 'history', str(rows[5]['id']), check=True).json()
    assert [h['what'] for h in history] == ['met', 'replay', 'replay'], history
    assert sql('select count(*) from leat.reject r join leat.job j on j.id = r.job_id '
               "where j.kind = 'replay'") == '0'


@tap.case('discard and its undo')
def case_discard():
    row = str(rows[5]['id'])
    leat.run('reject', 'discard', row, '--reason', 'a test row', '--yes', check=True)
    assert states(job) == '0|1 2|3 3|1', states(job)
    assert rejects(str(job), '--discarded')[0]['discard_reason'] == 'a test row'
    r = leat.run('reject', 'fix', row, 'day=2026-01-01')
    assert r.code == 7 and 'is discarded' in r.err, r
    leat.run('reject', 'undo', check=True)
    assert states(job) == '0|2 2|3', states(job)


goods = put('goods.csv', 'no,name,price\n1,=cmd,x\n2,"-2+3","1,5"\n3,\'quoted,-\n4,plain,y\n5,,z\n')
leat.run('load', goods, '--into', 'goods', '--check', 'price min 0', '--map',
         'price=to_decimal(price)', check=True)
goods_job = int(sql('select max(id) from leat.job'))
sheet = os.path.join(leat.home, 'goods_wrong.csv')


def cells():
    with open(sheet, encoding='utf-8-sig', newline='') as f:
        return list(csv.DictReader(f))


def write_cells(lines):
    with open(sheet, 'w', encoding='utf-8-sig', newline='') as f:
        w = csv.DictWriter(f, ['leat_reject', 'leat_reason', 'no', 'name', 'price'])
        w.writeheader()
        w.writerows(lines)


def taken(*args):
    r = leat.run('-o', 'json', 'reject', 'import', sheet, *args)
    return r, {x['outcome']: x['rejects'] for x in json.loads(r.out) if x['outcome'] != 'sample'}


@tap.case('a file for whoever owns the data')
def case_export():
    r = leat.run('reject', 'export', sheet, '--job', str(goods_job), check=True)
    assert r.out == '' and f'rejects are in {sheet}' in r.err, r
    got = cells()
    assert [c['name'] for c in got] == ["'=cmd", "'-2+3", "''quoted", 'plain', ''], got
    assert got[2]['price'] == "'-" and got[1]['price'] == '1,5', got
    assert all(c['leat_reason'] and c['leat_reject'].endswith('.0') for c in got), got
    r = leat.run('reject', 'export', 'x.ods', '--job', str(goods_job))
    assert r.code == 2 and '.csv' in r.err, r
    r, n = taken()
    assert r.code == 0 and n == {'planned': 0, 'same': 5}, r


@tap.case('the corrected file comes back')
def case_import():
    got = cells()
    fixed = dict(zip(range(5), got))
    leat.run('reject', 'fix', fixed[3]['leat_reject'].split('.')[0], 'price=4', check=True)
    fixed[0]['price'] = '1'
    fixed[1]['price'] = '1.5'
    fixed[3]['price'] = '5'  # was fixed meanwhile
    other = dict(fixed[2], price='7')
    # In another order, one is missing, one twice, one with a word for a token.
    write_cells([fixed[3], fixed[1], fixed[2], other, fixed[0], dict(fixed[0]),
                 dict(fixed[4], leat_reject='x')])
    r, n = taken('--dry-run')
    assert n == {'planned': 2, 'no token': 1, 'twice': 1, 'repeated': 1, 'changed': 1}, (n, r)
    r, n = taken()
    assert r.code == 2 and 'not confirmed' in r.err, r
    r, n = taken('--yes')
    assert r.code == 0 and n['staged'] == 2, r
    assert sql(f'select fix from leat.reject_view where job_id = {goods_job} and state = 1 '
               'order by id') == '{"price": "1"}\n{"price": "1.5"}\n{"price": "4"}'
    r, n = taken('--yes')
    assert n['changed'] == 1 and n['same'] + n.get('changed', 0) >= 1, r
    leat.run('reject', 'replay', '--job', str(goods_job), check=True)
    assert sql('select name, price from goods order by no') == '=cmd|1\n-2+3|1.5\nplain|4', \
        sql('table goods')
    # Who has no such file is told what is missing.
    put('other.csv', 'a,b\n1,2\n')
    r = leat.run('reject', 'import', os.path.join(leat.home, 'other.csv'))
    assert r.code != 0 and 'leat_reject' in r.err, r


WILD = ['007', '1/2', '2026-01-02', '=1+1', '-2+3', "'quoted", '+1', 'a\r\nb', ' kept ', '_x000D_',
        'tab\there', 'Çay 茶 \U0001f600', '1e3', '-5', 'true', '@sum', '\x01 control', 'x' * 300]


book = os.path.join(leat.home, 'wild.xlsx')


def taken_book(*args):
    r = leat.run('-o', 'json', 'reject', 'import', book, *args)
    return r, {x['outcome']: x['rejects'] for x in json.loads(r.out) if x['outcome'] != 'sample'}


@tap.case('a workbook goes out, is saved by another program, and changes nothing')
def case_book():
    global book_job
    path = os.path.join(leat.home, 'wild.jsonl')
    with open(path, 'w', encoding='utf-8') as f:
        for i, word in enumerate(WILD):
            f.write(json.dumps({'no': i, 'word': word, 'price': 'x', '=odd': None}) + '\n')
    leat.run('load', path, '--into', 'wild', '--map', 'no=no', '--map', 'word=word', '--map',
             'price=to_decimal(price)', check=True)
    book_job = str(int(sql('select max(id) from leat.job')))
    leat.run('reject', 'export', book, '--job', book_job, check=True)
    sheet = openpyxl.load_workbook(book).active
    assert [c.value for c in sheet[1]] == ['leat_reject', 'leat_reason', 'no', 'word', 'price',
                                           "'=odd"], [c.value for c in sheet[1]]
    # All of it is text, and stays text when somebody types.
    assert {c.number_format for row in sheet.iter_rows(min_row=2) for c in row
            if c.value is not None} == {'@'}
    assert {c.data_type for row in sheet.iter_rows(min_row=2) for c in row
            if c.value is not None} == {'s'}
    assert sheet.column_dimensions['A'].number_format == '@'
    words = [row[3].value for row in sheet.iter_rows(min_row=2)]
    assert words[:7] == ['007', '1/2', '2026-01-02', "'=1+1", "'-2+3", "''quoted", '+1'], words
    r, n = taken_book()
    assert r.code == 0 and n == {'planned': 0, 'same': len(WILD)}, (n, r)
    again = openpyxl.load_workbook(book)
    again.save(book)
    r, n = taken_book()
    assert n == {'planned': 0, 'same': len(WILD)}, (n, r)


@tap.case('the corrected workbook comes back')
def case_book_import():
    wb = openpyxl.load_workbook(book)
    sheet = wb.active
    meanwhile = sheet['A6'].value.split('.')[0]
    leat.run('reject', 'fix', meanwhile, 'price=1', check=True)
    prices = {2: '4.50', 3: 0.1, 4: 12345678901234, 5: datetime.date(2026, 2, 3), 6: '5', 7: True,
              8: '=1+1'}
    for row, price in prices.items():
        sheet.cell(row, 5).value = price
        sheet.cell(row, 5).number_format = 'yyyy-mm-dd' if row == 5 else '@'
    sheet['D9'].value = None
    sheet['A10'].value = 'word'
    sheet['A11'].value = '999999.0'
    sheet['A12'].value = sheet['A13'].value
    # A note beside the table, rows in another order, one taken out.
    sheet['H3'].value = 'please look'
    sheet.delete_rows(19)
    sheet.move_range('A4:F4', rows=30)
    wb.save(book)
    r, n = taken_book('--dry-run')
    # A formula of which no result was stored is not guessed.
    assert n.pop('unreadable') == 1, (n, r)
    assert n == {'planned': 6, 'same': 5, 'not found': 1, 'no token': 1, 'twice': 1,
                 'changed': 1}, (n, r)
    r, n = taken_book('--yes')
    assert r.code == 0 and n['staged'] == 6, r
    fixes = [json.loads(f) for f in sql('select fix from leat.reject_view where state = 1 and job_id = '
                                        f'{book_job} order by row_no').splitlines()]
    assert fixes == [{'price': '4.50'}, {'price': '0.1'}, {'price': '12345678901234'},
                     {'price': '2026-02-03'}, {'price': '1'}, {'price': 'true'},
                     {'word': None}], fixes
    r, n = taken_book('--yes')
    assert n['staged'] == 0 and n['same'] == 11, (n, r)


@tap.case('a workbook that cannot be had says why')
def case_book_bad():
    path = put('long.csv', 'id,text\nx,' + 'y' * 40000 + '\n')
    leat.run('load', path, '--into', 'long', '--check', 'id min 0', '--map', 'id=to_int(id)',
             '--map', 'text=text', check=True)
    out = os.path.join(leat.home, 'long.xlsx')
    r = leat.run('reject', 'export', out, '--last')
    assert r.code != 0 and 'text has 40000 characters' in r.err and 'CSV' in r.err, r
    assert [f for f in os.listdir(leat.home) if f.startswith('long.xlsx')] == [], r
    with open(out, 'w', encoding='ascii') as f:
        f.write('leat_reject,id\n1.0,2\n')
    with open(book, 'r+b') as f:
        f.truncate(900)
    r = leat.run('reject', 'import', book)
    assert r.code != 0 and 'wild.xlsx' in r.err, r
    openpyxl.Workbook().save(book)
    r = leat.run('reject', 'import', book)
    assert r.code != 0 and 'wild.xlsx' in r.err, r


@tap.case('two replays of the same rows at once')
def case_concurrent():
    path = put('twice.csv', 'id,v\n' + ''.join(f'{i},x{i}\n' for i in range(1, 3001)))
    sql('create table public.twice (id int, v int)')
    leat.run('load', path, '--into', 'twice', check=True)
    twice = int(sql('select max(id) from leat.job'))
    leat.run('reject', 'fix', '--job', str(twice), '--set', 'v=substr(v, 2)', '--yes', check=True)
    both = [leat.popen('-o', 'json', 'reject', 'replay', '--job', str(twice),
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    ends = [p.communicate(timeout=100) + (p.returncode,) for p in both]
    assert [e[2] for e in ends] == [0, 0, 0], ends
    assert sql('select count(*), count(distinct id) from twice') == '3000|3000', ends
    assert states(twice) == '2|3000', states(twice)


@tap.case('the server is restarted in the middle')
def case_restart():
    path = put('restart.csv', 'id,v\n' + ''.join(f'{i},x{i}\n' for i in range(1, 1001)))
    sql('create table public.restarted (id int, v int)')
    leat.run('load', path, '--into', 'restarted', check=True)
    again = str(int(sql('select max(id) from leat.job')))
    leat.run('reject', 'fix', '--job', again, '--set', 'v=substr(v, 2)', '--yes', check=True)
    log = os.path.join(leat.home, 'restart.log')
    p = leat.popen('reject', 'replay', '--job', again, '--attempts', '5', stderr=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, env={'LEAT_FAULT': 'engine-before-settle:stall',
                                                   'LEAT_FAULT_LOG': log,
                                                   'LEAT_FAULT_STALL_MS': '1500'})
    end = time.monotonic() + 60
    while not (os.path.exists(log) and 'engine-before-settle' in open(log, encoding='ascii').read()):
        if p.poll() is not None or time.monotonic() > end:
            break
        time.sleep(0.02)
    # The rows are committed, the books do not know it yet.
    server.stop('immediate')
    server.start()
    p.wait(timeout=100)
    leat.run('work', '--until-idle')
    assert sql('select count(*), count(distinct id) from restarted') == '1000|1000'
    assert states(again) == '2|1000', states(again)


@tap.case('an upsert: what is newer in the target stays')
def case_upsert():
    path = put('people.csv', 'id,name,age,seen\n1,ann,x,2026-01-05\n2,bob,x,2026-01-05\n'
               '3,cid,x,2026-01-05\n')
    sql('create table public.people (id int primary key, name text, age int, seen date)')
    body = {'source': {'connection': 'files', 'stream': path},
            'target': {'connection': 'local', 'stream': 'public.people'}, 'mode': 'upsert',
            'key': ['id'], 'cursor': 'seen'}
    lab.apply(leat, pipelines={'people': body})
    leat.run('run', 'people', check=True)
    sql("insert into people values (1, 'newer', 1, '2026-02-01'), (2, 'older', 2, '2026-01-01')")
    leat.run('reject', 'fix', '--pipeline', 'people', '--set', "age='30'", '--yes', check=True)
    r = leat.run('-o', 'json', 'reject', 'replay', '--pipeline', 'people', check=True)
    got = r.json()[0]
    assert (got['rows_written'], got['rows_filtered']) == (2, 1), r
    assert 'stay' in r.err, r
    assert sql('select id, name, age from people order by id') == '1|newer|1\n2|bob|30\n3|cid|30'
    # Without a cursor nobody can tell, and that is said.
    lab.apply(leat, pipelines={'people': {k: v for k, v in body.items() if k != 'cursor'}})
    put('people.csv', 'id,name,age,seen\n1,late,y,2026-01-06\n')
    leat.run('run', 'people', check=True)
    r = leat.run('reject', 'replay', '--pipeline', 'people', '--dry-run', check=True)
    assert 'overwritten' in r.err, r


@tap.case('rows of several slots are each replayed for their own')
def case_slots():
    for day in ('2026-01-01', '2026-01-02'):
        path = put(f'slot-{day}.csv', 'id,amount\n1,2.5\n2,x\n')
    sql('create table public.slots (id int, amount numeric, day date)')
    lab.apply(leat, pipelines={'slots': {
        'source': {'connection': 'files',
                   'stream': path.replace('2026-01-02', '${slot_start:%Y-%m-%d}')},
        'target': {'connection': 'local', 'stream': 'public.slots'},
        'map': {'day': "to_date('${slot_start:%Y-%m-%d}')"}}})
    leat.run('run', 'slots', '--backfill', '2026-01-01..2026-01-03', '--yes', check=True)
    leat.run('work', '--until-idle', check=True)
    assert sql('select id, day from slots order by day') == '1|2026-01-01\n1|2026-01-02'
    leat.run('reject', 'fix', '--pipeline', 'slots', '--set', "amount='7'", '--yes', check=True)
    r = leat.run('-o', 'json', 'reject', 'replay', '--pipeline', 'slots', '--yes', check=True)
    assert [x['rows_written'] for x in r.json()] == [1, 1], r
    assert sql('select id, day from slots where amount = 7 order by day') == \
        '2|2026-01-01\n2|2026-01-02', sql('table slots')


tap.done()
