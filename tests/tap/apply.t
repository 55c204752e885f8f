#!/usr/bin/env python3
# tests/tap/apply.t
#	What a file for apply may say beside connections and plain pipelines: how
#	jobs stand in the queue, and alerts. Said twice it changes nothing, export gives it
#	back, and what is wrong is named with its line.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
server, leat = lab.lab()
folder = lab.temp_folder('lab-in-')
FILE = os.path.join(folder, 'a.csv')
with open(FILE, 'w', encoding='utf-8') as f:
    f.write('id,name\n1,x\n2,y\n')
os.chmod(FILE, 0o644)


def apply(text, *more):
    path = os.path.join(leat.home, 'file.yaml')
    with open(path, 'w', encoding='utf-8') as out:
        out.write(text)
    return leat.json('apply', '-f', path, *more)


def changes(res):
    return [(r['kind'], r['action'], r.get('difference')) for r in res.json()]


def refused(name, text, *says, code=2):
    res = apply(text)
    tap.ok(res.code == code and all(s in res.err for s in says), name, f'wanted {says}', res)


def job(number):
    return leat.json('job', 'show', str(number)).json()


def stands(number):
    shown = job(number)
    return tuple(shown[k] for k in ('queue', 'priority', 'max_attempts', 'time_limit'))


PIPELINE = f"""pipelines:
  a:
    source: {{connection: files, stream: {FILE}}}
    target: {{connection: local, stream: public.t}}
"""
TERMS = """    queue: night
    priority: 40
    attempts: 5
    time_limit: 30m
"""
UNIQUE = """    unique: only-one
    on_clash: replace
"""


def in_the_file():
    tap.equal(changes(apply(PIPELINE)), [('pipeline', 'created', None)], 'a plain pipeline')
    tap.equal(changes(apply(PIPELINE + TERMS)),
              [('pipeline', 'changed', '+ queue: "night"\n+ priority: 40\n+ attempts: 5\n'
                '+ time_limit: "30m"')], 'the difference is how it stands in the queue')
    tap.equal(changes(apply(PIPELINE + TERMS.replace('30m', '1800'))),
              [('pipeline', 'unchanged', None)], 'the same in other words changes nothing')
    leat.run('export', check=True)
    first = leat.run('export').out
    tap.ok('time_limit: 30m' in first and 'queue: night' in first, 'export gives it back', first)
    tap.equal(changes(apply(first)), [('pipeline', 'unchanged', None)],
              'what was exported changes nothing')
    for line, says in (('priority: 0', 'priority must be a whole number from 1 to 100000'),
                       ('attempts: many', 'attempts'), ('time_limit: 5x', 'time_limit must be a span'),
                       ('unique: ""', 'unique must be a text of 1 to 200'),
                       ('on_clash: keep', 'on_clash goes with unique'),
                       ('queu: x', 'Did you mean queue?')):
        refused(f'{line} is refused', PIPELINE + f'    {line}\n', 'file.yaml, line 3, pipeline a',
                says)


def options_win():
    plain = leat.json('run', 'a', '--detach').json()['job']
    tap.equal(stands(plain), ('night', 40, 5, 1800), 'a run stands as the file says')
    body = server.psql(f'select body from leat.job where id = {plain}', 'leat')
    tap.ok('a.csv' in body and 'night' not in body, 'its body is the load alone', body)
    other = leat.json('run', 'a', '--detach', '--queue', 'day', '--attempts', '2').json()['job']
    tap.equal(stands(other), ('day', 40, 2, 1800), 'options win, one by one')
    other = leat.json('pipeline', 'run', 'a', '--detach', '--time-limit', '5m').json()['job']
    tap.equal(stands(other), ('night', 40, 5, 300), 'pipeline run is the same')
    back = leat.json('run', 'a', '--backfill', '2026-01-01..2026-01-03').json()
    tap.equal([stands(r['job']) for r in back], [('night', 40, 5, 1800)] * 2, 'a backfill too')


def keys():
    apply(PIPELINE + TERMS + UNIQUE)
    first = leat.json('run', 'a', '--detach').json()['job']
    second = leat.json('run', 'a', '--detach').json()['job']
    tap.equal((job(first)['state'], job(second)['state']), ('cancelled', 'queued'),
              'the second of a key replaces the first')
    res = leat.json('run', 'a', '--detach', '--on-clash', 'refuse')
    tap.ok(res.code == 7 and 'same key' in res.err, 'an option says otherwise', res)
    other = leat.json('run', 'a', '--detach', '--unique', 'another').json()['job']
    tap.equal(job(second)['state'], 'queued', 'another key is no clash')
    back = leat.json('run', 'a', '--backfill', '2026-01-01..2026-01-03').json()
    tap.equal(len({r['job'] for r in back} - {second, other}), 2, 'a backfill leaves the key out')


def scheduled():
    tap.equal(changes(apply('schedules:\n  s: {pipeline: a, cron: "@daily"}\n')),
              [('schedule', 'created', None)], 'a schedule of it')
    leat.run('schedule', 'run', 's', '--detach', check=True)
    newest = leat.json('job', 'list', '--limit', '1').json()[0]['job']
    tap.equal(stands(newest), ('night', 40, 5, 1800), 'its job stands as the pipeline says')
    apply('schedules:\n  s: {pipeline: a, cron: "@daily", priority: 3, attempts: 9}\n')
    leat.run('schedule', 'run', 's', '--detach', check=True)
    newest = leat.json('job', 'list', '--limit', '1').json()[0]['job']
    tap.equal(stands(newest), ('night', 3, 9, 1800), 'or as the schedule says')
    tap.ok('priority: 3' in leat.run('export', 's').out, 'which is exported')
    refused('a priority that is none', 'schedules:\n  s: {pipeline: a, cron: "@daily", priority: 0}\n',
            'line 2, schedule s', 'priority must be a whole number')


ALERT = """alerts:
  ops:
    kind: webhook
    url: https://hooks.example.com/leat
    secret: {env: HOOK_SECRET}
    pipeline: a
"""


def alerts():
    tap.equal(changes(apply(ALERT, '--dry-run')), [('alert', 'created', None)], 'an alert, dry')
    tap.equal(leat.json('alert', 'list').json(), [], 'a dry run makes none')
    tap.equal(changes(apply(ALERT)), [('alert', 'created', None)], 'an alert')
    tap.equal(changes(apply(ALERT)), [('alert', 'unchanged', None)], 'said twice')
    shown = leat.json('alert', 'show', 'ops').json()
    tap.equal((shown['on'], shown['pipeline'], shown['config']['secret'], shown['paused']),
              ('failure,recovery', 'a', {'env': 'HOOK_SECRET'}, False), 'it is what the file says')
    more = ALERT + '    on: [failure, success]\n    rejects: "2.5%"\n'
    tap.equal(changes(apply(more)), [('alert', 'changed', '+ on: "failure,success"\n'
                                      '+ rejects: "2.5%"')], 'the difference is told')
    leat.run('alert', 'pause', 'ops', check=True)
    tap.equal(changes(apply(more)), [('alert', 'unchanged', None)], 'a pause stays')
    changed = apply(more.replace('success', 'recovery').replace('2.5%', '7'))
    tap.equal(changes(changed), [('alert', 'changed', '~ rejects: "2.5%" -> 7\n'
                                  '- on: "failure,success"')], 'also when something else changes')
    tap.equal(leat.json('alert', 'show', 'ops').json()['paused'], True, 'which it really does')
    tap.equal(changes(apply(ALERT + '    rejects: 7\n    paused: false\n')),
              [('alert', 'changed', '- paused: true')], 'until the file says otherwise')
    leat.run('alert', 'add', 'chat', 'slack', 'url=secret:chat', '--on', 'none', '--rejects', '5',
             check=True)
    text = leat.run('export').out
    tap.ok('secret: {env: HOOK_SECRET}' in text or 'env: HOOK_SECRET' in text, 'export', text)
    tap.equal([c[1] for c in changes(apply(text))], ['unchanged'] * 4, 'it changes nothing')
    tap.ok('ops:' in leat.run('export', 'a').out and 'chat:' not in leat.run('export', 'a').out,
           'a pipeline goes with its alerts')
    tap.ok('chat:' in leat.run('export', 'chat').out, 'an alert alone')


def wrong_alerts():
    head = 'alerts:\n  x:\n'
    for lines, says, code in (
            ('    url: https://h.example.com/x\n', 'kind', 2),
            ('    kind: webhok\n', 'Did you mean webhook?', 2),
            ('    kind: webhook\n', 'url', 2),
            ('    kind: webhook\n    url: http://h.example.com/x\n', 'allow_private: true', 2),
            ('    kind: webhook\n    url: https://h.example.com/x\n    secret: abc\n',
             'secret is a secret and cannot stand here', 2),
            ('    kind: webhook\n    url: https://h.example.com/x\n    onn: failure\n', 'onn', 2),
            ('    kind: webhook\n    url: https://h.example.com/x\n    on: [sometimes]\n',
             "not 'sometimes'", 2),
            ('    kind: webhook\n    url: https://h.example.com/x\n    on: none\n',
             'tells nothing', 2),
            ('    kind: webhook\n    url: https://h.example.com/x\n    rejects: 101%\n',
             'rejects must be a number of rows', 2),
            ('    kind: webhook\n    url: https://h.example.com/x\n    pipeline: nope\n',
             'there is no pipeline "nope"', 4)):
        refused(f'refused: {says}', head + lines, 'file.yaml, line', 'alert x', says, code=code)
    tap.equal(len(leat.json('alert', 'list').json()), 2, 'none of them was made')


in_the_file()
options_win()
keys()
scheduled()
alerts()
wrong_alerts()
tap.done()
