#!/usr/bin/env python3
# tests/tap/wild.t
#	Files as people have them: what each becomes, value by value, and what is
#	refused or rejected because nobody can know.
#
# leat-test: timeout=400
import os
import pty
import select
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
bench = lab.Bench(tap)
leat, folder, put, sql = bench.leat, bench.folder, bench.put, bench.sql
count = 0


def rows_of(table):
    """All rows as text, cells joined by |, null as ~; in the order in which they came."""
    names = sql("select string_agg(format('coalesce(%I::text, ''~'')', attname), ', ' order by"
                f" attnum) from pg_attribute where attrelid = '{table}'::regclass and attnum > 0"
                ' and not attisdropped')
    return sql(f"select concat_ws('|', {names}) from {table} order by ctid").split('\n')


def reads(name, content, args, rows, rejects=(), table=None):
    """The file is loaded with exactly these rows, and these (line, part of the reason) kept back."""
    global count
    count += 1
    table = table or f'wild_{count}'
    res = leat.json('load', '--progress', 'none', put(f'wild_{count}.csv', content), '--into',
                    table, *args)
    if not tap.ok(res.code == 0, f'{name}: loaded', res):
        return
    got = rows_of(table)
    tap.equal(got, rows, f'{name}: the rows', res)
    kept = leat.json('reject', 'list', str(res.json()['job'])).rows() if \
        res.json()['rows_rejected'] or rejects else []
    fits = len(kept) == len(rejects) and all(
        r['line'] == line and why in str(r)
        for r, (line, why) in zip(sorted(kept, key=lambda r: r['line']), rejects))
    tap.ok(fits, f'{name}: {len(rejects)} rejects', kept, rejects)


def refuses(name, content, args, *words):
    """Nothing is loaded, and the answer says why (parts of the text)."""
    global count
    count += 1
    res = leat.run('load', '--progress', 'none', put(f'wild_{count}.csv', content), '--into',
                   f'wild_{count}', *args)
    missing = [w for w in words if w not in res.err]
    tap.ok(res.code in (1, 2) and not missing, f'{name}: refused, and says why', missing, res)
    tap.equal(sql(f"select to_regclass('wild_{count}') is null"), 't', f'{name}: nothing is made')


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
refuses('a thousand or a fraction', 'id;net\n1;1,234\n2;2,345\n', [],
        'field net: 1,234 can be 1.234 or 1234', "--decimals 'net=,.'", "--decimals 'net=.,'")
reads('a thousand, as told', 'id;net\n1;1,234\n2;2,345\n', ['--decimals', 'net=.'],
      ['1|1234', '2|2345'])
reads('a fraction, as told', 'id;net\n1;1,234\n2;2,345\n', ['--decimals', 'net=,'],
      ['1|1.234', '2|2.345'])
reads('as it stands, as told', 'id;net\n1;1,234\n', ['--decimals', 'net=text'], ['1|1,234'])
refuses('1.234 in a file with decimal commas', 'a;b\n1,5;1.234\n2,5;5.678\n', [],
        'field b: 1.234 can be 1234 or 1.234')
reads('1.234 in any other file', 'a;b\n1.5;1.234\n2.5;5.678\n', [], ['1.5|1.234', '2.5|5.678'])
reads('a told field rejects what disagrees', 'id;net\n1;1,5\n2;2.5\n3;x\n',
      ['--decimals', 'net=, '], ['1|1.5'], [(3, '2.5'), (4, 'x')])
refuses('day or month', 'id,paid on\n1,03/04/2025\n2,05/06/2025\n', [],
        'field paid on: 03/04/2025 can be 2025-04-03 or 2025-03-04',
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
refuses('three readings', 'd\n05/06/07\n', [], '2007-06-05', '2007-05-06', '2005-06-07')
refuses('a field that is not there', 'd\n1\n', ['--dates', 'x=%d/%m/%Y'], 'no field x')
refuses('no such format', 'd\n1\n', ['--dates', 'd=%d/%m'], 'no year, month and day')
sql('create table there (id int, d date, t text)')
refuses('a table that wants a date', 'id,d,t\n1,01/02/2025,03/04/2025\n', ['--into', 'there'],
        'field d: 01/02/2025')
reads('a table that wants its text', 'id,d,t\n1,31/02/2025,03/04/2025\n2,13/02/2025,03/04/2025\n',
      ['--dates', 'd=%d/%m/%Y'], ['2|2025-02-13|03/04/2025'], [(2, 'calendar')], table='there')
reads('a map rule that says how', 'id,d\n1,03/04/2025\n',
      ['--map', "d = to_date(d, '%d/%m/%Y')"], ['2025-04-03|1'])


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
tap.equal(rows_of('asked') if code == 0 else '', ['1|2025-03-04'], 'and what was answered is done')
code, said = talk(['load', path, '--into', 'unasked', '--progress', 'none'], [b'n', b'n'])
tap.ok(code == 2 and 'no row decides' in said, 'no answer, no load', code, said)
tap.done()
