#!/usr/bin/env python3
# tests/tap/pulse.t
#	How things have gone lately: minutes of the last hour, and whose data is late.
#
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
bench = lab.Bench(tap)
leat, sql = bench.leat, bench.sql


def ages():
    return {r['name']: r for r in leat.json('pipeline', 'ages').rows()}


def order():
    return [r['name'] for r in leat.json('pipeline', 'ages').rows()]


def minutes():
    return leat.json('queue', 'minutes').rows()


# ---- nothing yet -----------------------------------------------------------------------

tap.equal(leat.json('pipeline', 'ages').rows(), [], 'no pipelines, no ages')
rows = minutes()
tap.equal([len(rows), sum(r['ended'] for r in rows)], [60, 0], 'an hour in which nothing ended')
tap.equal([r['at'] for r in rows], sorted(r['at'] for r in rows), 'the oldest minute first')

# ---- jobs that end ----------------------------------------------------------------------

good, bad = bench.put('good.csv', 'id\n1\n2\n'), os.path.join(bench.folder, 'none.csv')
lab.apply(leat, {}, {name: {
    'source': {'connection': 'files', 'stream': bad if name == 'broken' else good},
    'target': {'stream': name}} for name in ('broken', 'orders', 'never', 'stock')})
for name in ('orders', 'stock', 'orders'):     # the second time there is no new file
    tap.equal(leat.run('run', name).code, 0, f'{name} runs')
tap.ok(leat.run('run', 'broken').code != 0, 'broken does not')
rows = minutes()
tap.equal([sum(r[k] for r in rows) for k in ('ended', 'failed', 'rows_written')], [4, 1, 4],
          'the minutes tell what ended, what failed, and the rows')
sql("update leat.done set finished_at = finished_at - interval '25 minutes' where state in (3, 4)")
rows = minutes()
early, late = rows[:40], rows[40:]
tap.equal([sum(r['ended'] for r in early), sum(r['failed'] for r in early),
           sum(r['ended'] for r in late), sum(r['failed'] for r in late)], [1, 1, 3, 0],
          'each in its own minute')
sql("update leat.done set finished_at = finished_at - interval '1 hour' where state in (3, 4)")
tap.equal(sum(r['ended'] for r in minutes()), 3, 'what ended before the hour is not counted')

# ---- ages --------------------------------------------------------------------------------

got = ages()
tap.equal({n: r['last_state'] for n, r in got.items()},
          {'broken': got['broken']['last_state'], 'never': None, 'orders': 'succeeded',
           'stock': 'succeeded'}, 'the newest job of each')
tap.ok(got['broken']['last_state'] in ('failed', 'dead'), 'a failed one is told', got['broken'])
tap.ok(0 <= got['orders']['age'] < 100 and got['orders']['succeeded_job'] == 3,
       'the last success of several', got['orders'])
tap.equal([got[n]['age'] for n in ('broken', 'never')], [None, None], 'none: no age')
tap.equal({n: r['due_at'] for n, r in got.items()}, dict.fromkeys(got), 'without a schedule '
          'nothing is late')
tap.equal(leat.run('run', 'broken').code == 0, False, 'broken again')
sql("update leat.done d set finished_at = now() - interval '150 minutes' from leat.job j "
    "join leat.pipeline p on p.id = j.pipeline_id where j.id = d.job_id and p.name = 'stock'")
tap.equal(order()[:2], ['stock', 'orders'], 'the oldest data before the newer')

# ---- late --------------------------------------------------------------------------------

for name in ('stock', 'orders', 'broken'):
    res = leat.run('schedule', 'add', 'at_' + name, '--pipeline', name, '--cron', '0 4 1 1 *')
    tap.equal(res.code, 0, f'a schedule of {name}')
tap.equal(sum(r['due_at'] is not None for r in ages().values()), 0, 'no slot came: nobody is late')
tap.ok(all(ages()[n]['next_at'] for n in ('stock', 'orders', 'broken')), 'when it comes is told')
sql("insert into leat.tick (org_id, schedule_id, due_at, outcome) select s.org_id, s.id, "
    "now() - m * interval '1 hour', 'made' from leat.schedule s, generate_series(1, 4) m "
    "where s.name in ('at_stock', 'at_broken') or s.name = 'at_orders' and m = 4")
got = ages()
tap.equal({n: r['due_at'] is not None for n, r in got.items()},
          {'broken': True, 'never': False, 'orders': False, 'stock': True},
          'late is what had a slot since its last success')
tap.equal(order()[:2], ['broken', 'stock'], 'late ones first, the longest late before the others')
hours = float(sql("select extract(epoch from now() - '%s'::timestamptz) / 3600"
                  % got['stock']['due_at']))
tap.ok(1.9 < hours < 2.1, 'the first slot since the success counts', hours)
leat.run('run', 'broken', '--detach')
tap.equal(order()[:2], ['stock', 'broken'], 'behind them those that are on their way')
leat.run('schedule', 'pause', 'at_stock')
tap.equal(ages()['stock']['due_at'], None, 'a paused schedule makes nobody late')
leat.run('pipeline', 'pause', 'orders')
tap.equal({n: r['paused'] for n, r in ages().items() if r['paused']}, {'orders': True},
          'a paused pipeline says so')
leat.run('--yes', 'pipeline', 'remove', 'never')
tap.ok('never' not in ages(), 'a removed one is gone')
tap.done()
