#!/usr/bin/env python3
# tests/tap/data_path.t
#	The way of a row from every kind of file and table into PostgreSQL, and
#	that the ledger tells it as it was.
#
# leat-test: timeout=400
import gzip
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
bench = lab.Bench(tap, 'far')
server, leat, folder = bench.server, bench.leat, bench.folder
sql, put, load = bench.sql, bench.put, bench.load


def types(table, db='leat'):
    """{column: type as PostgreSQL writes it}"""
    rows = sql("select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid"
               f" = '{table}'::regclass and attnum > 0 and not attisdropped order by attnum", db)
    return dict(line.split('|', 1) for line in rows.split('\n') if line)


# ---- inference ---------------------------------------------------------------------

path = put('infer.csv', 'int,big,zeros,digits,phone,dec,comma,bool,day,iso,vague,moment,text,none\n'
           '1,3000000000,007,1234567890123456789012,+49 30 123456,1.50,"1.234,50",true,25/12/2025,'
           '2025-12-25,01/02/2025,2025-12-25 10:20:30,hello,\n'
           '-2,4000000000,010,2234567890123456789012,0170 5551234,22.125,"0,75",false,01/11/2025,'
           '2025-01-01,03/04/2025,2025-01-01 00:00:00,"a, b",\n')
load('inference', [path, '--into', 'infer'], read=2, written=2)
got = types('infer') if sql("select to_regclass('infer')") else {}
for column, wanted in [('int', ('integer', 'bigint')), ('big', ('bigint',)), ('zeros', ('text',)),
                       ('digits', ('text',)), ('phone', ('text',)), ('bool', ('boolean',)),
                       ('day', ('date',)), ('iso', ('date',)), ('vague', ('text',)),
                       ('moment', ('timestamp without time zone',)), ('text', ('text',)),
                       ('none', ('text',))]:
    tap.ok(got.get(column) in wanted, f'inference: {column} is {got.get(column)}', wanted)
for column in ('dec', 'comma'):
    tap.ok(got.get(column, '').startswith('numeric'), f'inference: {column} is exact',
           got.get(column))
if got:
    tap.equal(sql("select zeros, digits, dec, comma::text, day::text from infer where int = 1"),
              '007|1234567890123456789012|1.50|1234.50|2025-12-25', 'inference: the values')

rows = ['id,mixed,wide'] + [f'{i},{i},{i}' for i in range(1, 60001)]
rows[59000] = '59000,five,12345678901'
rows[59500] = '59500,,3.25'
load('widening', [put('widen.csv', '\n'.join(rows) + '\n'), '--into', 'widen'], read=60000,
     written=60000, rejected=0)
if sql("select to_regclass('widen')"):
    tap.equal(types('widen').get('mixed'), 'text', 'widening: text when later rows disagree')
    tap.ok(types('widen').get('wide', '').startswith('numeric'), 'widening: decimal', types('widen'))
    tap.equal(sql("select string_agg(mixed || ':' || wide, ' ' order by id) from widen where id in"
                  " (1, 59000)"), '1:1 five:12345678901', 'widening: nothing is lost')

# ---- encodings, delimiters, line ends -------------------------------------------------

TEXT = 'id,name,city\n1,Müller,Zürich\n2,"a ""quoted"", one",São Paulo\n3,"two\nlines",Łódź\n'
ANSWER = '1|Müller|Zürich;2|a "quoted", one|São Paulo;3|two\nlines|Łódź'
LATIN = TEXT.replace('Łódź', 'Málaga')


def text_case(name, content, args=(), answer=ANSWER, file='t.csv'):
    table = 'text_' + ''.join(c if c.isalnum() else '_' for c in name.lower())
    load(name, [put(file, content), '--into', table, *args], read=3, written=3)
    got = sql(f"select to_regclass('{table}')") and sql(
        f"select string_agg(id || '|' || name || '|' || city, ';' order by id) from {table}")
    tap.equal(got, answer, f'{name}: the same rows')


text_case('utf-8', TEXT)
text_case('utf-8 with BOM', b'\xef\xbb\xbf' + TEXT.encode())
text_case('utf-16 le', TEXT.encode('utf-16-le'), ['--encoding', 'utf-16le'])
text_case('utf-16 with BOM', TEXT.encode('utf-16'))
text_case('utf-16 be with BOM', b'\xfe\xff' + TEXT.encode('utf-16-be'))
text_case('latin-1 said', LATIN.encode('latin-1'), ['--encoding', 'latin1'],
          ANSWER.replace('Łódź', 'Málaga'))
text_case('windows-1252 found', LATIN.replace('Málaga', 'Málaga €').encode('cp1252'), [],
          ANSWER.replace('Łódź', 'Málaga €'))
text_case('CRLF', TEXT.replace('\n', '\r\n').replace('two\r\nlines', 'two\nlines'))
text_case('CR', TEXT.replace('\n', '\r').replace('two\rlines', 'two\nlines'))
text_case('no line end at the end', TEXT[:-1])
text_case('semicolon', TEXT.replace(',', ';').replace('"; one', '", one'))
text_case('semicolon with commas inside', 'id;name;city\n1;Müller;Zürich\n2;"a ""quoted"", one";'
          'São Paulo\n3;"two\nlines";Łódź\n')
text_case('tab', 'id\tname\tcity\n1\tMüller\tZürich\n2\t"a ""quoted"", one"\tSão Paulo\n'
          '3\t"two\nlines"\tŁódź\n')
text_case('tsv name', 'id\tname\tcity\n1\tMüller\tZürich\n2\t"a ""quoted"", one"\tSão Paulo\n'
          '3\t"two\nlines"\tŁódź\n', file='t.tsv')
text_case('pipe said', 'id|name|city\n1|Müller|Zürich\n2|"a ""quoted"", one"|São Paulo\n'
          '3|"two\nlines"|Łódź\n', ['--delimiter', '|'])
text_case('single quotes said', "id,name,city\n1,Müller,Zürich\n2,'a \"quoted\", one',São Paulo\n"
          "3,'two\nlines',Łódź\n", ['--quote', "'"])
text_case('gzip', gzip.compress(TEXT.encode()), file='t.csv.gz')
text_case('two gzip members', gzip.compress(TEXT.encode()[:30]) + gzip.compress(TEXT.encode()[30:]),
          file='t2.csv.gz')
zst = subprocess.run(['zstd', '-qc'], input=TEXT.encode(), capture_output=True, check=False)
if zst.returncode == 0:
    text_case('zstd', zst.stdout, file='t.csv.zst')
else:
    tap.skip('zstd', 'no zstd program')
text_case('json lines', '{"id":1,"name":"Müller","city":"Z\\u00fcrich"}\n'
          '{"id":2,"name":"a \\"quoted\\", one","city":"São Paulo"}\n\n'
          '{"city":"Łódź","name":"two\\nlines","id":3}\n', file='t.jsonl')
load('standard input', ['-', '--into', 'from_stdin'], stdin=TEXT.encode(), read=3, written=3)
load('no header', [put('nohead.csv', '1,a\n2,b\n'), '--into', 'nohead', '--header', 'no'], read=2,
     written=2)
load('null text', [put('null.csv', 'id,v\n1,NA\n2,5\n3,\n'), '--into', 'nulls', '--null', 'NA'],
     written=3)
if sql("select to_regclass('nulls')"):
    tap.equal(sql('select count(*) filter (where v is null) from nulls where id = 1'), '1',
              'null text: is null')

# ---- several files ---------------------------------------------------------------------

for n in range(3):
    put(f'part-{n}.csv', 'id,v\n' + ''.join(f'{n * 10 + i},{n}\n' for i in range(10)))
load('two files', [folder + '/part-0.csv', folder + '/part-1.csv', '--into', 'two_files'],
     read=20, written=20)
load('a glob', [folder + '/part-*.csv', '--into', 'globbed'], read=30, written=30)
put('odd-0.csv', 'id,v\n1,a\n')
put('odd-1.csv', 'v,id\nb,2\n')
load('columns in another order', [folder + '/odd-*.csv', '--into', 'odd'], read=2, written=2)
if sql("select to_regclass('odd')"):
    tap.equal(sql("select string_agg(id || ':' || v, ' ' order by id) from odd"), '1:a 2:b',
              'columns are found by name')

# ---- modes ---------------------------------------------------------------------------------

one = put('one.csv', 'id,v\n1,a\n2,b\n3,c\n')
two = put('two.csv', 'id,v\n2,b\n3,C\n4,d\n4,D\n')
load('append', [one, '--into', 'ap'], written=3)
load('append again', [one, '--into', 'ap'], written=3)
tap.equal(sql('select count(*) from ap'), '6', 'append: twice is twice')
load('upsert into nothing', [one, '--into', 'up', '--mode', 'upsert', '--key', 'id'], written=3)
load('upsert', [two, '--into', 'up', '--mode', 'upsert', '--key', 'id'], read=4, written=2,
     unchanged=1, filtered=1)
tap.equal(sql("select string_agg(id || v, ' ' order by id) from up"), '1a 2b 3C 4D',
          'upsert: the last row of a key wins')
load('upsert again', [two, '--into', 'up', '--mode', 'upsert', '--key', 'id'], written=0,
     unchanged=3, filtered=1)
sql('''create table re (id int, v text); create index re_v on re (v); grant select on re to public;
       comment on table re is 'kept'; insert into re values (7, 'old'), (8, 'old')''')
load('replace', [one, '--into', 're', '--mode', 'replace'], written=3)
tap.equal(sql("select string_agg(id || v, ' ' order by id) from re"), '1a 2b 3c', 'replace: rows')
tap.equal(sql("select indexdef from pg_indexes where tablename = 're'"),
          'CREATE INDEX re_v ON public.re USING btree (v)', 'replace: indexes')
tap.equal(sql("select has_table_privilege('public', 're', 'select'), obj_description('re'::"
              "regclass)"), 't|kept', 'replace: grants and comment')
sql("create view on_re as select * from re")
load('replace below a view', [two, '--into', 're', '--mode', 'replace'], written=4)
tap.equal(sql('select count(*) from on_re'), '4', 'replace below a view: it still works')
sql("drop view on_re; insert into re select i, 'x' from generate_series(1, 20000) i")
before = sql('select count(*) from re')
load('replace by far fewer rows', [one, '--into', 're', '--mode', 'replace'], code=7)
tap.equal(sql('select count(*) from re'), before, 'replace by far fewer rows: nothing happened')
load('replace by far fewer rows, told to', [one, '--into', 're', '--mode', 'replace',
                                            '--allow-shrink'], written=3)

# ---- mapping, checks, drift -------------------------------------------------------------------

orders = put('orders.csv', 'Order No,Amount,When,Who\n A1 ,"1.234,50",31/01/2025,ann\n'
             'A2,"2,00",01/02/2025,\nA3,x,30/02/2025,bob\nA1,"3,00",02/02/2025,cid\n')
job = load('mapping', [orders, '--into', 'orders', '--only-mapped',
                       '--map', 'no="Order No" | trim', '--map',
                       "amount=\"Amount\" | replace('.', '') | replace(',', '.') | to_decimal",
                       '--map', "day=\"When\" | to_date('%d/%m/%Y')", '--map', 'who="Who"',
                       '--check', 'who required', '--check', 'no unique'],
           read=4, written=1, rejected=3)
tap.equal(sql('select no, amount::text, day::text, who from orders'), 'A1|1234.50|2025-01-31|ann',
          'mapping: the row')
rejects = leat.json('reject', 'list', str(job.get('job', 0))).rows()
tap.equal([(r.get('line'), r.get('row')) for r in rejects], [(3, 2), (4, 3), (5, 4)],
          'rejects: line and row', rejects)
tap.equal([r.get('offset') for r in rejects], [
    len(b'Order No,Amount,When,Who\n A1 ,"1.234,50",31/01/2025,ann\n'),
    len(b'Order No,Amount,When,Who\n A1 ,"1.234,50",31/01/2025,ann\nA2,"2,00",01/02/2025,\n'),
    len(b'Order No,Amount,When,Who\n A1 ,"1.234,50",31/01/2025,ann\nA2,"2,00",01/02/2025,\n'
        b'A3,x,30/02/2025,bob\n')], 'rejects: byte offset', rejects)
tap.equal([(r.get('raw') or '').rstrip('\n') for r in rejects],
          ['A2,"2,00",01/02/2025,', 'A3,x,30/02/2025,bob', 'A1,"3,00",02/02/2025,cid'],
          'rejects: the row as it stood', rejects)
said = json.dumps(rejects[1]) if len(rejects) > 1 else ''
tap.ok('amount' in said and 'day' in said, 'rejects: every failed field of a row', rejects)
groups = leat.json('reject', 'groups', str(job.get('job', 0))).rows()
tap.ok(len(groups) == 4 and all(g.get('rows') == 1 for g in groups), 'rejects: groups', groups)
load('a filter by mapping', [orders, '--into', 'ranked', '--max-rejects', '0', '--check',
                             'Who required'], code=3, rejected=1)
load('max-rejects not reached', [orders, '--into', 'ranked2', '--max-rejects', '1', '--check',
                                 'Who required'], code=0, rejected=1)
load('max-rejects in percent', [orders, '--into', 'ranked3', '--max-rejects', '10%', '--check',
                                'Who required'], code=3, rejected=1)
sql('create table keys (k text); insert into keys values (\'ann\'), (\'bob\')')
load('exists-in', [orders, '--into', 'known', '--check', 'Who exists-in keys(k)'], read=4,
     written=3, rejected=1)

sql('create table dr (id int, v text)')
three = put('three.csv', 'id,v,extra\n1,a,9\n')
load('drift ignore', [three, '--into', 'dr', '--drift', 'ignore'], written=1)
tap.ok('extra' not in types('dr'), 'drift ignore: no new column')
load('drift fail', [three, '--into', 'dr', '--drift', 'fail'], code=7)
tap.equal(sql('select count(*) from dr'), '1', 'drift fail: no row')
load('drift add', [three, '--into', 'dr', '--drift', 'add'], written=1)
tap.equal(sql('select max(extra) from dr') if 'extra' in types('dr') else 'no column', '9',
          'drift add: the column and its value')

load('dry run', [one, '--into', 'never', '--dry-run'], read=3)
tap.equal(sql("select to_regclass('never')"), '', 'dry run: no table')
load('limit', [one, '--into', 'limited', '--limit', '2'], read=2, written=2)

# ---- pipelines ------------------------------------------------------------------------------------

far = lab.postgres_connection(server, 'far')
sql('''create table log (id bigint primary key, at timestamp, v text);
       insert into log select i, '2025-01-01'::timestamp + i * interval '1 minute', 'v' || i
       from generate_series(1, 5000) i;
       create table odd_types (a smallint, b real, c double precision, d numeric, e char(3),
                               f varchar(9), g bytea, h timestamptz, i time, j uuid, k jsonb,
                               l text[], m interval, n inet, o boolean, p "char");
       insert into odd_types values (1, 1.5, -2.25, 12345678901234567890.123456789, 'ab', 'x"y,z',
         '\\x00ff10', '2025-03-30 01:30+00', '23:59:59.5',
         'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": [1, null]}', '{a,"b c",null}', '1 day 2s',
         '10.0.0.1/8', true, 'q'), (null, 'NaN', 'Infinity', 'NaN', null, '', '', 'infinity',
         null, null, 'null', '{}', null, null, null, null)''', 'far')
inbox = os.path.join(folder, 'inbox')
os.mkdir(inbox)
applied = lab.apply(leat, {'far': far}, {
    'tables': {'source': {'connection': 'far', 'stream': 'public.odd_types'},
               'target': {'connection': 'local', 'stream': 'public.odd_types'}},
    'log': {'source': {'connection': 'far', 'stream': 'public.log'},
            'target': {'connection': 'local', 'stream': 'public.log'}, 'cursor': 'id',
            'mode': 'append'},
    'query': {'source': {'connection': 'far', 'query': 'select id, upper(v) as v from log where'
                         ' id <= 10'},
              'target': {'connection': 'local', 'stream': 'public.from_query'},
              'mode': 'replace'},
    'back': {'source': {'connection': 'local', 'stream': 'public.from_query'},
             'target': {'connection': 'far', 'stream': 'public.back'}, 'mode': 'upsert',
             'key': ['id'], 'filter': 'id <> 3'},
    'inbox': {'source': {'connection': 'files', 'stream': inbox + '/*.csv'},
              'target': {'connection': 'local', 'stream': 'public.inbox'}, 'mode': 'append'},
}, check=False)
tap.ok(applied.code == 0, 'apply', applied)
again = leat.json('apply', '-f', os.path.join(leat.home, 'apply.yaml'))
tap.ok(again.code == 0 and not [r for r in again.rows() if r.get('change', r.get('action'))
                                not in ('same', 'unchanged', 'none')],
       'apply again: nothing to do', again)
load('table to table', ['tables'], command='run', read=2, written=2)
tap.equal(sql('select count(*), sum(hashtextextended(t::text, 0)) from odd_types t')
          if sql("select to_regclass('odd_types')") else '',
          sql('select count(*), sum(hashtextextended(t::text, 0)) from odd_types t', 'far'),
          'table to table: every type arrives as it left')
# What leat has no type for travels as text; a table that is there keeps its types.
wanted = {**types('odd_types', 'far'), 'e': 'character varying(3)', 'l': 'text', 'm': 'text',
          'n': 'text', 'p': 'text'}
tap.equal(types('odd_types') if sql("select to_regclass('odd_types')") else {}, wanted,
          'table to table: the types of a new table')
load('incremental, first', ['log'], command='run', read=5000, written=5000)
load('incremental, nothing new', ['log'], command='run', written=0)
sql("insert into log select i, '2025-02-01', 'new' from generate_series(5001, 5100) i", 'far')
load('incremental, more', ['log'], command='run', written=100)
tap.equal(sql('select count(*), count(distinct id) from log'), '5100|5100', 'incremental: all, once')
marks = leat.json('bookmark', 'list').rows()
tap.ok(any('5100' in json.dumps(m) for m in marks), 'incremental: the bookmark', marks)
res = leat.run('bookmark', 'clear', 'log', '--yes')
tap.ok(res.code == 0, 'bookmark clear', res)
load('query', ['query'], command='run', read=10, written=10)
load('back', ['back'], command='run', read=10, written=9, filtered=1)
load('back again', ['back'], command='run', written=0, unchanged=9, filtered=1)
with open(inbox + '/a.csv', 'w', encoding='utf-8') as f:
    f.write('id,v\n1,a\n2,b\n')
load('inbox', ['inbox'], command='run', read=2, written=2)
load('inbox again: the file is known', ['inbox'], command='run', read=0, written=0)
with open(inbox + '/b.csv', 'w', encoding='utf-8') as f:
    f.write('id,v\n3,c\n')
load('inbox with one more', ['inbox'], command='run', read=1, written=1)
with open(inbox + '/a.csv', 'w', encoding='utf-8') as f:
    f.write('id,v\n4,d\n')
load('inbox with a changed file', ['inbox'], command='run', read=1, written=1)
tap.equal(sql("select string_agg(id || v, ' ' order by id) from inbox")
          if sql("select to_regclass('inbox')") else '', '1a 2b 3c 4d', 'inbox: each row once')

# ---- the books --------------------------------------------------------------------------------------

big = put('big.csv', 'id,v\n' + ''.join(f'{i},value {i}\n' for i in range(200000)))
load('parallel', [big, '--into', 'wide_load', '--parallel', '2'], read=200000, written=200000)
tap.equal(sql('select count(*), count(distinct id), sum(id) from wide_load')
          if sql("select to_regclass('wide_load')") else '',
          '200000|200000|19999900000', 'parallel: each row once')
listed = leat.json('job', 'list', '--limit', '500').rows()
tap.ok(listed and all(r['state'] in ('succeeded', 'failed') for r in listed),
       'every job of this test has ended', [r for r in listed if r['state'] == 'running'])
done = ','.join(str(r['job']) for r in listed if r['state'] == 'succeeded') or '0'
tap.equal(sql(f'select count(*) from _leat.commit_log where not committed and job in ({done})'),
          '0', 'every succeeded job is committed in its target')
res = leat.run('job', 'logs', str(listed[0].get('id', listed[0].get('job'))) if listed else '0')
tap.ok(res.code == 0 and res.out.strip(), 'a job has log lines', res)
tap.done()
