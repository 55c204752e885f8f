#!/usr/bin/env python3
# tests/tap/wild.t
#	Files as people have them: what each becomes, value by value, and what is
#	refused or rejected because nobody can know.
#
# leat-test: timeout=400
import json
import os
import pty
import select
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
bench = lab.Bench(tap)
leat, folder, put, sql = bench.leat, bench.folder, bench.put, bench.sql
cases = []


def rows_of(*tables):
    """All rows as text in the order in which they came, cells joined by |, null as ~."""
    names = {}
    for line in sql("select attrelid::regclass, format('coalesce(%I::text, ''~'')', attname) from"
                    ' pg_attribute a join pg_class c on c.oid = attrelid where relkind = \'r\' and'
                    " relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped"
                    ' order by attrelid, attnum').split('\n'):
        names.setdefault(line.split('|', 1)[0], []).append(line.split('|', 1)[1])
    got = {t: [] for t in tables}
    at = None
    for line in sql(';\n'.join(
            f"select '@@{t}@@' || concat_ws('|', {', '.join(names[t])}) from {t} order by ctid"
            for t in tables if t in names)).split('\n'):
        if line.startswith('@@'):
            _, at, line = line.split('@@', 2)
        if at:
            got[at].append(line)
    return got


def reads(name, content, args, rows, rejects=(), table=None):
    """The file is loaded with exactly these rows, and these (line, part of the reason) kept back."""
    cases.append((name, content, args, rows, rejects, table, None))


def keeps(name, content, args, rows, *words):
    """What nobody can know is loaded as it stands, and said (parts of the text)."""
    cases.append((name, content, args, rows, (), None, words))


def refuses(name, content, args, *words):
    """Nothing is loaded, and the answer says why (parts of the text)."""
    cases.append((name, content, args, None, (), None, words))


def table_of(i):
    return cases[i][5] or f'wild_{i}'


def words_of(i):
    return ['load', '--progress', 'none', put(f'wild_{i}.csv', cases[i][1]), '--into', table_of(i),
            *cases[i][2]]


def run_all():
    """Good files in one process, as a script; refused ones, and what is left, one by one."""
    good = [i for i in range(len(cases)) if cases[i][6] is None]
    script = put('all.leat', '\n'.join(' '.join(shlex.quote(w) for w in words_of(i)) for i in good))
    res = leat.run('-o', 'jsonl', '--no-tui', '-f', script, timeout=300)
    answers = dict(zip(good, [json.loads(line) for line in res.out.split('\n') if line]))
    left = [i for i in range(len(cases)) if i not in answers]
    with ThreadPoolExecutor(4) as pool:
        for i, one in zip(left, pool.map(lambda i: leat.json(*words_of(i)), left)):
            answers[i] = one if one.code or cases[i][6] is not None else one.json()
    kept = leat.json('reject', 'list', '--limit', '1000').rows()
    stored = rows_of(*{table_of(i) for i in range(len(cases))})
    for i in range(len(cases)):
        check_case(i, answers[i], stored[table_of(i)], kept)


def check_case(i, res, got, kept):
    name, _, args, rows, rejects, _, words = cases[i]
    missing = [w for w in words or () if w not in res.err]
    if rows is None:
        tap.ok(res.code in (1, 2, 4) and not missing and not got,
               f'{name}: refused, and says why', missing, res)
        return
    if words is not None:
        tap.ok(not missing, f'{name}: said', missing, res)
        res = res.json()
    kept = sorted((r for r in kept if isinstance(res, dict) and r['job'] == res['job']),
                  key=lambda r: r['row'])
    fits = len(kept) == len(rejects) and all(
        r['line'] == line and why in str(r) for r, (line, why) in zip(kept, rejects))
    tap.ok(isinstance(res, dict) and got == rows and fits, name, f'got    {got}', f'wanted {rows}',
           f'kept back {kept}', f'wanted {rejects}', args, res)


# ---- what stands around the rows ---------------------------------------------------------

AB = ['1|ann|x', '2|bob|y', '3|cy|z']
PLAIN = 'id,name,city\n1,ann,x\n2,bob,y\n3,cy,z\n'
SEMI = PLAIN.replace(',', ';')

reads('semicolons', SEMI, [], AB)
reads('tabs', PLAIN.replace(',', '\t'), [], AB)
reads('pipes', PLAIN.replace(',', '|'), [], AB)
reads('a line sep=', 'sep=;\nid;name\n1;a,b\n', [], ['1|a,b'])
reads('CR line ends', PLAIN.replace('\n', '\r'), [], AB)
reads('mixed line ends', 'id,name,city\r\n1,ann,x\n2,bob,y\r3,cy,z\r\n', [], AB)
reads('no line end at the end', PLAIN[:-1], [], AB)
reads('doubled quotes', 'id,t\n1,"say ""hi"", he said"\n2,"a\nb"\n', [],
      ['1|say "hi", he said', '2|a', 'b'])
reads('quotes behind a backslash', 'id,t\n1,"say \\"hi\\", he said"\n2,"b"\n3,"c, d"\n', [],
      ['1|say "hi", he said', '2|b', '3|c, d'])
reads('a folder at the end of a quoted cell is no escape', 'id,t\n1,"C:\\"\n2,"D:\\"\n', [],
      ['1|C:\\', '2|D:\\'])
reads('single quotes', "id,t\n1,'a, b'\n2,'c'\n3,'it''s'\n4,'d'\n", [],
      ['1|a, b', '2|c', "3|it's", '4|d'])
reads('an apostrophe is no quote', "id,t\n1,'tis\n2,b\n3,c\n", [], ["1|'tis", '2|b', '3|c'])
reads('quotes that mean nothing', 'id,t\n1,"Best" price\n2,b\n3,"New" one\n', [],
      ['1|"Best" price', '2|b', '3|"New" one'])
reads('a quote that somebody forgot to double', 'id,t\n1,"a "b" c"\n2,"d"\n', [], ['2|d'],
      [(2, 'closing quote')])
reads('that file with quote none', 'id,t\n1,"a "b" c"\n2,"d"\n', ['--quote', 'none'],
      ['1|"a "b" c"', '2|"d"'])
refuses('a quote that is never closed', 'id,t\n1,"a\n2,b\n3,c\n', [], 'line 2', 'never closed')
reads('titles before the header', 'Sales of ACME, all regions\nMade on 2025-01-01\n\n' + SEMI, [],
      AB)
reads('titles padded with delimiters', 'Sales;;\n;;\n' + SEMI, [], AB)
reads('titles, as told', 'x;y;z\n' + SEMI, ['--skip', '1'], AB)
reads('no titles, as told', 'Sales;;\nid;name;city\n1;ann;x\n', ['--skip', '0', '--header', 'yes'],
      ['id|name|city', '1|ann|x'])
reads('a comment before rows without a header', '# made by hand\n1,2.5\n2,3.5\n3,4.5\n', [],
      ['1|2.5', '2|3.5', '3|4.5'])
reads('a first row that is too short stays a header', 'id,name\n1,ann,x\n2,bob,y\n', [], [],
      [(2, 'has 3 fields'), (3, 'has 3 fields')])
reads('names of groups', ';2024;;2025;\nplace;net;tax;net;tax\nx;1;2;3;4\ny;5;6;7;8\n', [],
      ['x|1|2|3|4', 'y|5|6|7|8'])
reads('three header rows, as told', 'a,,b\nx,y,x\nkg,kg,m\n1,2,3\n',
      ['--header', '3', '--map', 'm = "b x m"', '--only-mapped'], ['3'])
reads('no header', '1,ann\n2,bob\n', [], ['1|ann', '2|bob'])
reads('a total behind the rows', 'id;name;net\n1;a;5\n2;b;7\nTotal;;12\n', [],
      ['1|a|5', '2|b|7'], [(4, 'footer')])
reads('remarks behind the rows', PLAIN + '\nReport generated on 2025-01-01 by ann, bob\n', [],
      AB, [(6, 'footer')])
reads('rows without any value behind the rows', PLAIN + ',,\n,,\n', [], AB)
reads('footers, as told, are left out', PLAIN + 'Total,,3\n(3 rows)\n', ['--footer', '2'], AB)
reads('no footer, as told', 'id;name;net\n1;a;5\nTotal;;12\n', ['--footer', '0'],
      ['1|a|5', 'Total|~|12'])
big = ''.join(f'{i},name {i},{i * 3}\n' for i in range(1, 20001))
reads('a total far behind the sample', f'id,name,net\n{big}Total,,600030000\n',
      ['--filter', 'id > 19999'], ['20000|name 20000|60000'], [(20002, 'footer')])
reads('a row that was cut is no footer', PLAIN + '4,d', [], AB, [(5, 'has 2 fields')])
TWO = 'id,name\n1,ann\n2,bob\n\nsku,qty,price\nx,1,2.5\ny,2,3.5\n'
refuses('two tables', TWO, [], 'holds 2 tables', 'line 5', '--table 1')
reads('the first of two tables', TWO, ['--table', '1'], ['1|ann', '2|bob'])
reads('the second of two tables', TWO, ['--table', '2'], ['x|1|2.5', 'y|2|3.5'])
refuses('a table that is not there', TWO, ['--table', '3'], 'has 2 tables')
reads('blank lines between rows are no tables', 'id,name\n1,ann\n\n2,bob\n\n3,cy\n', [],
      ['1|ann', '2|bob', '3|cy'])
reads('ragged rows', 'id,name,n\n1,a,5\n2,b\n3,c,7,8\n4,d,8\n', [], ['1|a|5', '4|d|8'],
      [(3, 'has 2 fields'), (4, 'has 4 fields')])
reads('ragged rows, filled as told', 'id,name,n\n1,a,5\n2,b\n3,c,7,8\n4,d,8,,\n',
      ['--ragged', 'fill'], ['1|a|5', '2|b|~', '4|d|8'], [(4, 'has 4 fields')])
reads('a delimiter behind each row', 'id,name\n1,a,\n2,b,\n3,c,\n', [], ['1|a', '2|b', '3|c'])
reads('a header without names and with doubles', 'id,,x,x\n1,2,3,4\n', [], ['1|2|3|4'])

# ---- encodings ---------------------------------------------------------------------------

NAMES = 'id,t\n1,caf\u00e9\n2,na\u00efve\n'
reads('UTF-8 with a mark', '\ufeff' + NAMES, [], ['1|caf\u00e9', '2|na\u00efve'])
reads('UTF-16 with a mark', NAMES.encode('utf-16'), [], ['1|caf\u00e9', '2|na\u00efve'])
reads('UTF-16 without one', NAMES.encode('utf-16-be'), [], ['1|caf\u00e9', '2|na\u00efve'])
reads('Latin-1', NAMES.encode('latin-1'), [], ['1|caf\u00e9', '2|na\u00efve'])
reads('Windows-1252', 'id,t\n1,\u201ccaf\u00e9\u201d \u20ac\n'.encode('cp1252'), [],
      ['1|\u201ccaf\u00e9\u201d \u20ac'])
POLISH = 'id,t\n1,za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105 ja\u017a\u0144\n' \
         '2,ma\u0142a w\u0142asna g\u0142owa\n'
reads('Windows-1250', POLISH.encode('cp1250'), [], POLISH.replace(',', '|').split('\n')[1:-1])
RUSSIAN = 'id,t\n1,\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440\n' \
          '2,\u041c\u043e\u0441\u043a\u0432\u0430\n'
for code in ('cp1251', 'koi8-r'):
    reads(code, RUSSIAN.encode(code), [], RUSSIAN.replace(',', '|').split('\n')[1:-1])
MAC = 'id,t\n1,caf\u00e9 cr\u00e8me\n2,na\u00efve fa\u00e7ade\n'
reads('MacRoman', MAC.encode('mac_roman').replace(b'\n', b'\r'), [],
      MAC.replace(',', '|').split('\n')[1:-1])
reads('ISO-8859-15', 'id,t\n1,5 \u20ac\n2,7 \u20ac\n'.encode('iso8859-15'),
      ['--decimals', 't=text'], ['1|5 \u20ac', '2|7 \u20ac'])
reads('an encoding, as told', 'id,t\n1,\u017d\n'.encode('iso8859-2'),
      ['--encoding', 'iso-8859-2'], ['1|\u017d'])

# ---- how numbers and dates are written -------------------------------------------------

reads('decimal comma', 'id;net\n1;12,50\n2;1.234,56\n3;-7\n', [],
      ['1|12.50', '2|1234.56', '3|-7'])
reads('English thousands', 'id;net\n1;12.50\n2;1,234.56\n', [], ['1|12.50', '2|1234.56'])
reads('blanks between thousands', 'id;net\n1;1 234,56\n2;1\u00a0000,5\n', [],
      ['1|1234.56', '2|1000.5'])
reads('Swiss thousands', "id;net\n1;1'234.56\n2;2\u2019000\n", [], ['1|1234.56', '2|2000'])
reads('negatives of accountants', 'id;net\n1;(12.50)\n2;3.10\n3;4.00-\n', [],
      ['1|-12.50', '2|3.10', '3|-4.00'])
reads('one currency everywhere', 'id;net\n1;12,50 \u20ac\n2;-3 \u20ac\n', [], ['1|12.50', '2|-3'])
reads('two currencies stay text', 'id;net\n1;12,50 \u20ac\n2;$3\n', [],
      ['1|12,50 \u20ac', '2|$3'])
reads('percent', 'id;share\n1;12.5%\n2;3 %\n', [], ['1|12.5', '2|3'])
keeps('a thousand or a fraction', 'id;net\n1;1,234\n2;2,345\n', [], ['1|1,234', '2|2,345'],
      'field net: 1,234 can be 1.234 or 1234', "--decimals 'net=,.'", "--decimals 'net=.,'")
reads('a thousand, as told', 'id;net\n1;1,234\n2;2,345\n', ['--decimals', 'net=.'],
      ['1|1234', '2|2345'])
reads('a fraction, as told', 'id;net\n1;1,234\n2;2,345\n', ['--decimals', 'net=,'],
      ['1|1.234', '2|2.345'])
reads('as it stands, as told', 'id;net\n1;1,234\n', ['--decimals', 'net=text'], ['1|1,234'])
keeps('1.234 in a file with decimal commas', 'a;b\n1,5;1.234\n2,5;5.678\n', [],
      ['1.5|1.234', '2.5|5.678'], 'field b: 1.234 can be 1234 or 1.234')
reads('1.234 in any other file', 'a;b\n1.5;1.234\n2.5;5.678\n', [], ['1.5|1.234', '2.5|5.678'])
reads('a told field rejects what disagrees', 'id;net\n1;1,5\n2;2.5\n3;x\n',
      ['--decimals', 'net=, '], ['1|1.5'], [(3, '2.5'), (4, 'x')])
keeps('day or month', 'id,paid on\n1,03/04/2025\n2,05/06/2025\n', [],
      ['1|03/04/2025', '2|05/06/2025'], 'field paid on: 03/04/2025 can be 2025-04-03 or 2025-03-04',
        "--dates 'paid on=%d/%m/%Y'", "--dates 'paid on=%m/%d/%Y'")
reads('the day, as told', 'id,paid on\n1,03/04/2025\n', ['--dates', 'paid on=%d/%m/%Y'],
      ['1|2025-04-03'])
reads('the month, as told for all', 'a,b\n03/04/2025,01/02/2025\n', ['--dates', '%m/%d/%Y'],
      ['2025-03-04|2025-01-02'])
late = ''.join(f'{i},{i % 12 + 1:02}/{i % 11 + 1:02}/2025\n' for i in range(1, 30001))
reads('a day above 12 far behind the sample decides', f'id,d\n{late}30001,25/01/2025\n',
      ['--filter', 'id >= 30000'], ['30000|2025-04-01', '30001|2025-01-25'])
late = ''.join(f'{i},25/{i % 12 + 1:02}/2025\n' for i in range(1, 12001))
reads('a later row that disagrees makes it text', f'id,d\n{late}12001,04/13/2025\n',
      ['--filter', 'id >= 12000'], ['12000|25/01/2025', '12001|04/13/2025'])
reads('and a reject where the format was told', f'id,d\n{late}12001,04/13/2025\n',
      ['--filter', 'id >= 12000', '--dates', 'd=%d/%m/%Y'], ['12000|2025-01-25'],
      [(12002, '04/13/2025')])
reads('two-digit years: 69 to 99 are 19xx', 'd\n31.12.69\n31.12.68\n', [],
      ['1969-12-31', '2068-12-31'])
keeps('three readings', 'd\n05/06/07\n', [], ['05/06/07'], '2007-06-05', '2007-05-06', '2005-06-07')
refuses('a field that is not there', 'd\n1\n', ['--dates', 'x=%d/%m/%Y'], 'no field x')
refuses('no such format', 'd\n1\n', ['--dates', 'd=%d/%m'], 'no year, month and day')
sql('create table there (id int, d date, t text)')
reads('a table that wants its text', 'id,d,t\n1,31/02/2025,03/04/2025\n2,13/02/2025,03/04/2025\n',
      ['--dates', 'd=%d/%m/%Y'], ['2|2025-02-13|03/04/2025'], [(2, 'calendar')], table='there')
reads('a map rule that says how', 'id,d\n1,03/04/2025\n',
      ['--map', "d = to_date(d, '%d/%m/%Y')"], ['2025-04-03|1'])
# ---- fixed width ---------------------------------------------------------------------------

FIXED = 'id   name       net  day\n' \
        '1    ann       12.5  2025-01-31\n' \
        '22   bob smith  7.0  2025-02-28\n' \
        '333  cy             2025-03-01\n'
reads('fixed width, columns as found', FIXED, ['--format', 'fixed'],
      ['1|ann|12.5|2025-01-31', '22|bob smith|7.0|2025-02-28', '333|cy|~|2025-03-01'])
reads('fixed width, columns as told', '001ann  12\n002bob   7\n',
      ['--columns', 'id:1-3,name:4-7,n:8-10', '--map', 'id = to_int(id)'], ['1|ann|12', '2|bob|7'])
reads('fixed width, short and long lines', 'aabb\naa\naabbcc\naab\n', ['--columns', 'x:1-2,y:3-4'],
      ['aa|bb', 'aa|b'], [(2, 'before the column y'), (3, 'outside of its columns')])
reads('fixed width in characters', '\u00e9\u00e9x\n', ['--columns', 'a:1-2,b:3-3'], ['\u00e9\u00e9|x'])
reads('fixed width in bytes', '\u00e9\u00e9x\n',
      ['--columns', 'a:1-4,b:5-5', '--columns-in', 'bytes'], ['\u00e9\u00e9|x'])
reads('fixed width in another encoding', '\u00e9\u00e9x\n'.encode('latin-1'),
      ['--columns', 'a:1-2,b:3-3', '--encoding', 'latin1'], ['\u00e9\u00e9|x'])
reads('fixed width with a footer', 'aabb\nccdd\nTOTAL 2\n',
      ['--columns', 'x:1-2,y:3-4', '--footer', '1'], ['aa|bb', 'cc|dd'])
refuses('fixed width, columns that overlap', 'aabb\n', ['--columns', 'a:1-3,b:3-4'], 'columns')
refuses('fixed width without blanks', 'abc\ndef\n', ['--format', 'fixed'], '--columns')

# ---- JSON documents ---------------------------------------------------------------------------

ROWS = '[{"id": 1, "p": {"x": 1.10, "y": [1, 2]}}, {"id": 12345678901234567890, "p": null}]'
reads('an array of objects', ROWS, [], ['1|{"x": 1.10, "y": [1, 2]}', '12345678901234567890|~'])
reads('nested objects as columns', ROWS, ['--nested', 'flat'],
      ['1|1.10|[1, 2]', '12345678901234567890|~|~'])
reads('nested objects of JSON lines as columns', '{"id":1,"p":{"x":2,"q":{"z":3}}}\n{"id":2}\n',
      ['--nested', 'flat'], ['1|2|3', '2|~|~'])
reads('an object with the rows inside', '{"ok": true,\n"data": {"items": ' + ROWS + '},\n"n": 2}', [],
      ['1|{"x": 1.10, "y": [1, 2]}', '12345678901234567890|~'])
reads('the same on one line', '{"data":[{"id":1},{"id":2}],"next":null}\n', [], ['1', '2'])
reads('one object over several lines', '{\n "id": 1,\n "t": "a\\nb"\n}\n', [], ['1|a', 'b'])
LISTS = '{\n"a": [{"x": 1}],\n"b": [{"y": 2}]}'
refuses('two arrays of objects', LISTS, [], '2 arrays of objects: /a, /b', '--rows-at /a')
reads('one of them, as told', LISTS, ['--rows-at', '/b'], ['2'])
refuses('a place that is not there', LISTS, ['--rows-at', '/c'], 'no object with a field at /c')
refuses('a document that was cut', '[{"id": 1},\n {"id": 2}, {"id"', [], 'line 2 (byte 24)', 'ends within')
refuses('something behind the document', '[{"id": 1}]\nx', [], 'line 2', 'behind the document')
reads('rows that are broken', '[{"id": 1}, {"id": 02}, 3,\n{"id": 4, "id": 5}, {"id": 6}]', [],
      ['1', '6'], [(1, 'begins with 0'), (1, 'must be an object'), (2, 'key twice')])

run_all()
res = leat.run('load', put('there.csv', 'id,d,t\n1,01/02/2025,03/04/2025\n'), '--into', 'there')
tap.ok(res.code == 2 and not res.says('field d: 01/02/2025'), 'a table that wants a date', res)

# ---- what leat sample says --------------------------------------------------------------


def sampled(content, *args):
    """{(part, name): (value, sure)} and the rows as they came."""
    res = leat.json('sample', put('sampled.csv', content), *args)
    return {(r['part'], r['name']): (r['value'], r['sure']) for r in res.rows()}, res


got, res = sampled("Sales of x\n\nid;net;day;d\n1;1.234,56;31.12.69;03/04/2025\n"
                   '2;"5,0";01.01.25;05/06/2025\n3;7\nTotal;12,0;;\n')
for key, wanted in {('recognised', 'delimiter'): (';', 'likely'), ('recognised', 'skip'): ('2', 'sure'),
                    ('recognised', 'encoding'): ('utf-8', 'sure'),
                    ('recognised', 'header'): ('yes', 'sure'),
                    ('recognised', 'footer'): ('1', 'likely'),
                    ('field', 'id'): ('bigint', 'likely'),
                    ('field', 'net'): ("decimal(',.')", 'likely'),
                    ('field', 'day'): ("date('%d.%m.%y')", 'likely'),
                    ('field', 'd'): ('text', 'open'),
                    ('row', '2'): ('{"id":"2","net":"5,0","day":"01.01.25","d":"05/06/2025"}', None),
                    ('wrong', 'line 6'): ('3;7', None)}.items():
    tap.equal(got.get(key), wanted, f'sample: {key[0]} {key[1]}', res)
tap.ok("--dates 'd=%d/%m/%Y'" in res.out and '69 to 99' in res.out, 'sample: what is open, and years', res)
line = got[('load', '')][0] + " --dates 'd=%m/%d/%Y' --progress none"
env = {**leat.env, 'PATH': os.path.dirname(leat.path) + ':' + os.environ['PATH']}
done = subprocess.run(['sh', '-c', line], env=env, capture_output=True, text=True)
tap.ok(done.returncode == 0, 'sample: the load that it names can be run', line, done)
tap.equal(rows_of('sampled')['sampled'] if done.returncode == 0 else '',
          ['1|1234.56|1969-12-31|2025-03-04', '2|5.0|2025-01-01|2025-05-06'], 'and reads the same')
got, res = sampled(TWO)
tap.ok(got.get(('recognised', 'table')) == ('1', 'guess') and ('row', '2') in got,
       'sample: of two tables the first is shown', res)
got, res = sampled(FIXED, '--format', 'fixed')
tap.ok(got.get(('recognised', 'columns')) == ('id:1-3,name:6-14,net:16-19,day:21-31', 'guess') and
       '--columns id:1-3,name:6-14' in got[('load', '')][0],
       'sample: columns of fixed width', res)
got, res = sampled('{"n": 1, "data": [{"id": 1}]}')
tap.ok(got.get(('recognised', 'rows-at')) == ('/data', 'sure') and
       '--rows-at /data' in got[('load', '')][0], 'sample: where the rows of a document are', res)
res = lab.Leat(env={'LEAT_DB': 'host=/nowhere'}).json('sample', os.path.join(folder, 'sampled.csv'))
tap.ok(res.code == 0, 'sample needs no database', res)


def talk(args, answers):
    """Runs leat on a terminal and answers each question it asks."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update({**leat.env, 'TERM': 'xterm'})
        os.execv(leat.path, [leat.path, *args])
    said = b''
    while select.select([fd], [], [], 60)[0]:
        try:
            got = os.read(fd, 4096)
        except OSError:
            break
        said += got
        if answers and said.count(b'[y/N] ') > said.count(b'\0'):
            os.write(fd, answers.pop(0) + b'\n')
            said += b'\0'
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said.decode(errors='replace')


path = put('asked.csv', 'id,d\n1,03/04/2025\n')
code, said = talk(['load', path, '--into', 'asked', '--progress', 'none'], [b'n', b'y'])
tap.ok(code == 0 and 'is it 2025-04-03 (%d/%m/%Y)?' in said, 'on a terminal it is asked', code, said)
tap.equal(rows_of('asked')['asked'] if code == 0 else '', ['1|2025-03-04'], 'and what was answered is done')
code, said = talk(['load', path, '--into', 'unasked', '--progress', 'none'], [b'n', b'n'])
tap.equal(rows_of('unasked')['unasked'] if code == 0 else said, ['1|03/04/2025'], 'no answer: as it stands')
tap.done()
