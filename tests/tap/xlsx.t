#!/usr/bin/env python3
# tests/tap/xlsx.t
#	Workbooks made by other programs are loaded value by value; bad ones get an answer.
import datetime
import json
import os
import random
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'lib'))
import lab  # noqa: E402

openpyxl = lab.of_debian('openpyxl')
from openpyxl.utils.datetime import CALENDAR_MAC_1904  # noqa: E402

DATA = os.path.join(lab.TOP, 'tests', 'data', 'xlsx')
tap = lab.Tap()
bench = lab.Bench(tap)


def stored(table):
    """The rows of a table as JSON knows them, in the order of id."""
    text = bench.sql(f'select coalesce(json_agg(t order by id), \'[]\') from {table} t')
    return json.loads(text if isinstance(text, str) else text[0])


def plain(value):
    """A value of openpyxl as PostgreSQL's JSON has it."""
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value


# ---- every kind of value, by openpyxl -------------------------------------------------------

def make_many(path, epoch=None):
    rng = random.Random(11)
    book = openpyxl.Workbook()
    if epoch:
        book.epoch = epoch
    sheet = book.active
    sheet.title = 'Many & more'
    sheet.append(['id', 'word', 'amount', 'price', 'day', 'moment', 'clock', 'paid'])
    words = ['plain', ' kept ', 'two\nlines', '=1+1', '<b>&amp;</b>', 'Çay 茶 \U0001f600',
             '007', '#N/A', "it's", '"q"', 'a\tb', 'o! \u00e9']
    for i in range(1, 1001):
        day = datetime.date(1905, 1, 1) + datetime.timedelta(days=rng.randrange(60000))
        row = [i, words[i % len(words)], rng.randrange(-10**15, 10**15),
               rng.uniform(-1, 1) * 10 ** rng.randrange(-6, 9), day,
               datetime.datetime(day.year, day.month, day.day, rng.randrange(24),
                                 rng.randrange(60), rng.randrange(60)),
               datetime.time(rng.randrange(24), rng.randrange(60), rng.randrange(60)),
               rng.random() < 0.5]
        if i % 7 == 0:
            row[rng.randrange(1, 8)] = None
        sheet.append(row)
        if row[1] is not None:
            cell = sheet.cell(sheet.max_row, 2)
            cell.value, cell.data_type = row[1], 's'
    book.save(path)


for name, epoch in (('many.xlsx', None), ('mac.xlsx', CALENDAR_MAC_1904)):
    path = os.path.join(bench.folder, name)
    make_many(path, epoch)
    os.chmod(path, 0o644)
    table = name.split('.')[0]
    bench.load(name, [path, '--into', table], written=1000, rejected=0)
    wanted = [[plain(v) for v in row] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(
        min_row=2, values_only=True)]
    for row in wanted:
        # A date there is a midnight.
        row[4] = row[4][:10] if row[4] else None
    got = [list(row.values()) for row in stored(table)]
    wrong = [(g, w) for g, w in zip(got, wanted) if g != w]
    tap.ok(len(got) == len(wanted) and not wrong, f'{name}: every value is what openpyxl reads',
           *map(str, wrong[:5]))
    types = bench.sql("select string_agg(format_type(atttypid, atttypmod), ' ' order by attnum) "
                      f"from pg_attribute where attrelid = '{table}'::regclass and attnum > 0")
    tap.equal(str(types).strip(), 'bigint text bigint numeric date timestamp without time zone '
              'time without time zone boolean', f'{name}: types')

# ---- LibreOffice ----------------------------------------------------------------------------

got = bench.load('libreoffice', [os.path.join(DATA, 'libreoffice.xlsx'), '--into', 'lo'], written=4,
                 rejected=1)
tap.ok('is an error of the sheet (src!B6)' in json.dumps(bench.rejects(got.get('job'))),
       'libreoffice: a formula that makes no sense is a reject', bench.rejects(got.get('job')))
tap.equal(stored('lo'), [
    {'id': 1, 'name': 'Kettle', 'day': '2024-01-05', 'moment': '2024-01-05T13:45:10',
     'clock': '08:15:00', 'net': 39.95, 'paid': True, 'wide': '  kept  '},
    {'id': 2, 'name': 'Lamp, "big"', 'day': '1900-03-01', 'moment': '1999-12-31T23:59:59',
     'clock': '23:59:59', 'net': -0.000125, 'paid': False, 'wide': 'two\nlines'},
    {'id': 3, 'name': 'Çay 茶 \U0001f600', 'day': '2100-02-28', 'moment': '2024-02-29T00:00:01',
     'clock': '00:00:00', 'net': 1234567.891, 'paid': True, 'wide': '<b>&amp;</b>'},
    {'id': 4, 'name': None, 'day': None, 'moment': None, 'clock': None, 'net': None, 'paid': None,
     'wide': None},
], 'libreoffice: every value')
for ending, words in (('xls', 'old Excel workbook'), ('ods', 'OpenDocument')):
    res = bench.leat.run('load', os.path.join(DATA, 'libreoffice.' + ending), '--into', 'no')
    tap.ok(res.code == 1 and not res.says(words, 'Save it as xlsx'), f'{ending} is refused', res)

# ---- sheets, streams, rejects ---------------------------------------------------------------

book = openpyxl.Workbook()
one, two = book.active, book.create_sheet('Q2')
one.title = 'Q1'
for sheet, rows in ((one, [[1, 5], [2, '#DIV/0!']]), (two, [[3, 7], [4, 8]])):
    sheet.append(['id', 'n'])
    for row in rows:
        sheet.append(row)
two['B3'] = '=1+1'
path = os.path.join(bench.folder, 'quarters.xlsx')
book.save(path)
os.chmod(path, 0o644)
got = bench.load('two sheets', [path, '--into', 'quarters', '--option', 'sheet=Q*'], written=2,
                 rejected=2)
got_rejects = got.get('job')
rejects = sorted((r['part'].split('/')[-1], r['line'], json.dumps(r['problems'] or ''), r['raw'])
                 for r in bench.rejects(got.get('job')))
tap.ok([r[:2] for r in rejects] == [('quarters.xlsx!Q1', 3), ('quarters.xlsx!Q2', 3)] and
       'Q1!B3' in rejects[0][2] and 'Q2!B3' in rejects[1][2] and
       rejects[0][3] == '{"id": "2", "n": "#DIV/0!"}', 'rejects name sheet, cell and row', rejects)
found = bench.leat.json('sample', path, check=True).rows()
tap.ok(('sheet', 'Q1') in [(f['name'], f['value']) for f in found], 'of several, the one that is read is told',
       found)
book.remove(two)
book.save(os.path.join(bench.folder, 'one.xlsx'))
found = bench.leat.json('sample', os.path.join(bench.folder, 'one.xlsx'), check=True).rows()
tap.ok('header' in [f['name'] for f in found] and 'sheet' not in [f['name'] for f in found], 'the only one may be called otherwise next month', found)
bench.load('one sheet by name', [path + '#Q2', '--into', 'q2', '--option', 'errors=null'],
           written=2, rejected=0)
tap.equal(stored('q2'), [{'id': 3, 'n': 7}, {'id': 4, 'n': None}], 'errors may be nulls')
bench.leat.run('connection', 'add', 'here', 'file', f'path={bench.folder}',
               check=True)
names = [s['stream'] for s in bench.leat.json('connection', 'streams', 'here').rows()]
tap.ok({'quarters.xlsx', 'quarters.xlsx#Q1', 'quarters.xlsx#Q2', 'many.xlsx'} <= set(names),
       'each sheet is a stream', names)

# ---- writing --------------------------------------------------------------------------------

bench.sql('create table fine as select id, word, amount, round(price, 5) as price, day, moment, '
          'clock, paid from many')
for name, words in (('sample.xlsx', ['connection', 'sample', 'local', 'fine', '--limit', '5000']),
                    ('rejects.xlsx', ['reject', 'list', str(got_rejects)])):
    out = os.path.join(bench.folder, name)
    with open(out, 'wb') as f:
        p = bench.leat.popen('-o', 'xlsx', *words, stdout=f)
        tap.equal(p.wait(), 0, f'{name}: written')
    os.chmod(out, 0o644)
read = [list(r) for r in openpyxl.load_workbook(os.path.join(bench.folder, 'sample.xlsx')).worksheets[0]
        .iter_rows(min_row=2)]
tap.equal([c.data_type for c in read[3]], ['n', 's', 'n', 'n', 'd', 'd', 's', 'b'],
          'types are kept, and what begins with = is a text')
words = {c.value for r in read for c in r if c.column == 2}
tap.ok('=1+1' in words and '#N/A' in words and '<b>&amp;</b>' in words, 'texts are as they were', words)
bench.load('what was written', [os.path.join(bench.folder, 'sample.xlsx'), '--into', 'again'],
           written=1000, rejected=0)
tap.equal(str(bench.sql('select count(*) from (table fine except table again) d')).strip(), '0',
          'written and loaded again, every value is the same')
read = [r for r in openpyxl.load_workbook(os.path.join(bench.folder, 'rejects.xlsx')).worksheets[0]
        .iter_rows(values_only=True)]
tap.ok(len(read) == 3 and any('#DIV/0!' in str(v) for v in read[1]), 'rejects as a workbook', read)
res = bench.leat.run('-o', 'csv-safe', 'connection', 'sample', 'local', 'fine', '--limit', '20')
tap.ok(",'=1+1," in res.out and ',=1+1,' not in res.out and ",'-" not in res.out,
       'CSV for spreadsheets: formulas are marked, numbers are not', res)

# ---- what is broken or made to break ---------------------------------------------------------

whole = open(os.path.join(bench.folder, 'many.xlsx'), 'rb').read()
for name, content in (('cut', whole[:len(whole) // 2]), ('flipped', whole[:60000] + bytes(
        b ^ 255 for b in whole[60000:60100]) + whole[60100:])):
    path = bench.put(name + '.xlsx', content)
    res = bench.leat.run('load', path, '--into', name)
    tap.ok(res.code == 1 and not res.says('damaged'), f'{name}: damage is told', res)
    tap.equal(str(bench.sql(f"select count(*) from pg_class where relname = '{name}'")).strip(), '0',
              f'{name}: nothing is loaded')
path = os.path.join(bench.folder, 'bomb.xlsx')
with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
    with zipfile.ZipFile(os.path.join(bench.folder, 'many.xlsx')) as from_:
        for part in from_.namelist():
            if 'sheet1' not in part:
                z.writestr(part, from_.read(part))
    z.writestr('xl/worksheets/sheet1.xml', b' ' * (128 << 20))
os.chmod(path, 0o644)
res = bench.leat.run('load', path, '--into', 'bomb')
tap.ok(res.code == 1 and not res.says('was not unpacked', 'would grow'), 'a bomb is not unpacked', res)
res = bench.leat.run('load', '-', '--into', 'piped', stdin=whole)
tap.ok(res.code == 1 and not res.says('not from a pipe'), 'a pipe cannot be read from its end', res)
tap.done()
