#!/usr/bin/env python3
# tests/tap/logs.t
#	What jobs said, by pages: of one job and of all, forwards, backwards and from a moment.
#
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
bench = lab.Bench(tap)
leat, sql = bench.leat, bench.sql


def lines(*args):
    return leat.json('log', 'list', *args).rows()


def ids(*args):
    return [r['id'] for r in lines(*args)]


tap.equal(lines(), [], 'nothing was said yet')
path = bench.put('a.csv', 'id\n1\n')
for i in range(3):
    bench.load(f'load {i}', [path, '--into', f't{i}'])
got = lines()
tap.equal(sorted({r['job'] for r in got}), [1, 2, 3], 'lines of all jobs')
tap.ok(all(r['line'] and r['at'] and r['level'] for r in got), 'with time, level and text', got)

# A long history of three jobs whose lines are mixed, a second apart, and one of another tenant.
sql("insert into leat.organization (name) values ('other');"
    'delete from leat.job_log;'
    "insert into leat.job_log (org_id, job_id, run, n, level, at, line) "
    "select (select min(org_id) from leat.organization), 1 + i % 3, 1, i, case when i % 100 = 0 then 0 "
    "else 2 end, now() - (20000 - i) * interval '1 s', 'line ' || i "
    "from generate_series(1, 20000) i order by i;"
    "insert into leat.job_log (org_id, job_id, run, n, level, line) "
    "select max(org_id), 1, 1, 1, 2, 'secret' from leat.organization")
first = int(sql("select min(id) from leat.job_log"))
last = first + 19999
tap.equal(ids('--limit', '3'), [last - 2, last - 1, last], 'the newest ones, the oldest first')
tap.equal(ids('--limit', '3', '--after', str(first)), [first + 1, first + 2, first + 3],
          'the next page')
tap.equal(ids('--limit', '3', '--before', str(first + 9)), [first + 6, first + 7, first + 8],
          'the previous page')
tap.equal([ids('--after', str(last)), ids('--before', str(first))], [[], []],
          'nothing lies beyond the ends')
page, seen = ids('--limit', '999'), []
while page:
    seen = page + seen
    page = ids('--limit', '999', '--before', str(page[0]))
tap.ok(seen == list(range(first, last + 1)), 'page by page every line comes once', len(seen))
tap.equal({r['job'] for r in lines('--job', '2', '--limit', '9')}, {2}, 'of one job')
got = ids('--job', '2', '--limit', '2', '--after', str(first + 100))
tap.ok(len(got) == 2 and got[0] > first + 100 and got[1] == got[0] + 3,
       'of one job: the next page', got)
got = ids('--job', '2', '--limit', '2', '--before', str(first + 100))
tap.ok(len(got) == 2 and got[1] < first + 100 and got[0] == got[1] - 3,
       'of one job: the previous page', got)
got = lines('--level', 'error', '--limit', '5')
tap.equal([r['level'] for r in got], ['error'] * 5, 'of a level')
tap.equal(got[-1]['line'], 'line 20000', 'of a level: the newest')
got = lines('--since', '1h', '--limit', '2')
tap.ok(16380 <= int(got[0]['line'].split()[1]) <= 16600, 'since a moment: its first line',
       got[0])
tap.equal(ids('--since', '100d', '--limit', '1'), [first], 'since ever')
tap.equal(ids('--since', '1ms', '--limit', '5'), [], 'since now')
got = lines('--since', '1h', '--job', '3', '--limit', '1')
tap.ok(got[0]['job'] == 3 and 16380 <= int(got[0]['line'].split()[1]) <= 16600,
       'since a moment: of one job', got)
tap.ok('secret' not in str(lines('--limit', '100000')), 'no line of another organization')
for args in (('--limit', '0'), ('--after', '1', '--before', '2')):
    tap.equal(leat.run('log', 'list', *args).code, 2, f'{" ".join(args)} is refused')
plan = sql("set enable_seqscan = off; explain select * from leat.job_log where org_id = 1 "
           'order by id desc limit 10')
tap.ok('said' in plan or 'org_id_id' in plan, 'the page is read by an index', plan)
tap.done()
