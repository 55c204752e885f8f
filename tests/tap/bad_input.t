#!/usr/bin/env python3
# tests/tap/bad_input.t
#	Input and targets that cannot be used: what is said, the exit status, and
#	that nothing is half-loaded.
#
# leat-test: timeout=400
import gzip
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
bench = lab.Bench(tap)
server, leat, folder, put = bench.server, bench.leat, bench.folder, bench.put
ESC = '\x1b]0;owned\x07\x1b[31m'
GOOD = 'id,name,n\n1,one,10\n2,two,20\n'

server.psql('''
create table held (id int, name text, n int);
insert into held values (0, 'kept', 0);
create table needs (id int, name text, n int, must text not null);
create table made (id int, name text, n int, twice int generated always as (n * 2) stored,
                   no int generated always as identity);
create table parts (id int, name text, n int) partition by range (id);
create table parts_1 partition of parts for values from (0) to (2);
create table strict (id int primary key, name text check (name <> 'two'), n smallint);
create view seen as select count(*) as id, 'x'::text as name, 1 as n from held;
create table clash (id int, name point, n int);
create role limited login;
grant connect on database leat to limited;
create schema _leat;
create schema reporting;
grant usage on schema public, _leat to limited;
revoke all on schema public from public;
''', 'leat')


def state():
    """Everything in people's tables, so that a half-loaded row shows."""
    facts = server.psql("select t, query_to_xml('select count(*), sum(hashtextextended(x::text,"
                        " 0)) from ' || t || ' x', true, true, '') from (select format('%I.%I',"
                        ' schemaname, tablename) as t from pg_tables where schemaname not in'
                        " ('pg_catalog', 'information_schema', 'leat', '_leat')) p order by 1",
                        'leat')
    schemas = server.psql("select string_agg(nspname, ' ' order by nspname) from pg_namespace"
                          " where nspname !~ '^pg_'", 'leat')
    return re.sub(r'\s+', ' ', facts + ' ' + schemas)


def refused(name, args, codes, words, stdin=None, env=None, timeout=120):
    """The load says why, exits as the manual says, and changes nothing."""
    before = state()
    res = leat.run('load', '--progress', 'none', *args, stdin=stdin, env=env, timeout=timeout)
    codes = codes if isinstance(codes, tuple) else (codes,)
    tap.ok(res.code in codes, f'{name}: exit {res.code}', f'wanted {codes}', res)
    missing = res.says(*words)
    tap.ok(not missing and res.err.startswith('leat: '), f'{name}: says why',
           f'not said: {missing}', res)
    tap.ok(not res.controls(), f'{name}: nothing commands the terminal', repr(res.controls()),
           res)
    now = state()
    tap.ok(now == before, f'{name}: nothing is half-loaded', f'before {before}', f'now    {now}')
    return res


def loaded(name, args, **counts):
    """The load ends well, with these counts."""
    res = leat.json('load', '--progress', 'none', *args)
    got = res.json() if isinstance(res.json(), dict) else {}
    tap.ok(res.code == 0 and got.get('state') == 'succeeded', f'{name}: done', res)
    for key, value in counts.items():
        tap.equal(got.get('rows_' + key), value, f'{name}: {key} {value}', res)
    tap.ok(not res.controls(), f'{name}: nothing commands the terminal', repr(res.controls()), res)
    return got


def reasons(job):
    """The rejects of a job."""
    res = leat.json('reject', 'list', str(job))
    tap.ok(res.code == 0 and not res.controls(), 'its rejects can be listed', res)
    return res.rows()


# ---- the file ------------------------------------------------------------------

good = put('good.csv', GOOD)
refused('missing file', [folder + '/nowhere.csv', '--into', 'held'], 4,
        ['nowhere.csv', 'no (such )?file|not exist|not found'])
refused('nothing fits the glob', [folder + '/no*where.csv', '--into', 'held'], 4, [r'no\*where'])
if os.geteuid() != 0:
    os.chmod(put('locked.csv', GOOD), 0)
    refused('unreadable file', [folder + '/locked.csv', '--into', 'held'], 6,
            ['locked.csv', 'permission|not permitted'])
else:
    tap.skip('unreadable file', 'root reads everything')
refused('empty file', [put('empty.csv', ''), '--into', 'held'], 1, ['empty.csv', 'empty'])
refused('empty file, new table', [folder + '/empty.csv', '--into', 'fresh1'], 1, ['empty'])
refused('directory', [folder, '--into', 'held'], (1, 2), ['director|folder'])
refused('binary file', [put('bin.csv', bytes(range(256)) * 64), '--into', 'held'], 1,
        ['bin.csv', 'binary|not text|nul|zero byte'])
refused('a program', ['/bin/true', '--into', 'held'], 1, ['true', 'binary|not text|nul|zero byte'])
refused('unknown encoding', [good, '--into', 'held', '--encoding', 'klingon'], 2, ['klingon'])
refused('half a gzip', [put('half.csv.gz', gzip.compress(
    ('id,name,n\n' + ''.join(f'{i},x{i * 7919 % 1000},{i}\n' for i in range(50000))).encode())
    [:20000]), '--into', 'held'], 1, ['half.csv.gz', 'truncated|ends|cut|incomplete|damaged'])
refused('gzip with a broken middle', [put('broken.csv.gz', (lambda z: z[:9000] + b'\x55' * 40 +
        z[9040:])(gzip.compress(('id,name,n\n' + ''.join(
            f'{i},x{i * 7919 % 1000},{i}\n' for i in range(50000))).encode()))),
        '--into', 'held'], 1, ['broken.csv.gz', 'gzip|damaged|broken|invalid|corrupt'])
refused('duplicate header names', [put('dup.csv', 'id,name,name\n1,a,b\n'), '--into', 'held'],
        (1, 2, 7), ['name_2'])
refused('5,000 columns', [put('wide.csv', ','.join(f'c{i}' for i in range(5000)) + '\n' +
                              ','.join('1' for _ in range(5000)) + '\n'), '--into', 'wide'],
        (1, 2), ['1,?600|columns'])

empty_names = leat.json('load', '--progress', 'none', put('noname.csv', 'id,,n\n1,a,2\n'),
                        '--into', 'noname')
tap.ok(empty_names.code in (0, 1, 2), 'empty header name: an answer', empty_names)
if empty_names.code != 0:
    tap.ok(not empty_names.says('header|name'), 'empty header name: says why', empty_names)

# ---- rows -----------------------------------------------------------------------

job = loaded('ragged rows', [put('ragged.csv', 'id,name,n\n1,one,10\n2,two\n3,three,30,more\n'
                                 '4,four,40\n'), '--into', 'ragged'],
             read=4, written=2, rejected=2)
got = reasons(job.get('job', 0))
tap.equal(sorted(r.get('line') for r in got), [3, 4], 'ragged rows: lines 3 and 4', got)
tap.ok(all(re.search('field|column|cell', str(r)) for r in got), 'ragged rows: the reason', got)

refused('unterminated quote', [put('quote.csv', 'id,name,n\n1,one,10\n2,"two,20\n3,three,30\n'),
                               '--into', 'quoted'], 1, ['quote.csv', 'line 3', 'never closed'])
job = loaded('quote open in the last line', [put('cut.csv', 'id,name,n\n1,one,10\n2,"two,20\n'),
                                             '--into', 'cut'], read=2, written=1, rejected=1)
got = reasons(job.get('job', 0))
tap.ok(len(got) == 1 and got[0].get('line') == 3 and re.search('quote.*line 3', str(got)),
       'quote open in the last line: its row is kept back', got)

job = loaded('broken UTF-8', [put('utf8.csv', b'id,name\n1,one\n2,tw\xff\xfeo\n3,three\n' +
                                  ''.join(f'{i},caf\u00e9\n' for i in range(4, 90)).encode()),
                              '--into', 'utf8', '--encoding', 'utf-8'],
             read=89, written=88, rejected=1)
got = reasons(job.get('job', 0))
tap.ok(len(got) == 1 and got[0].get('line') == 3, 'broken UTF-8: line 3', got)

put('nul.csv', b'id,name\n1,one\n2,t\0wo\n3,three\n')
if leat.run('load', '--dry-run', folder + '/nul.csv', '--into', 'nul').code == 0:
    loaded('NUL in a row', [folder + '/nul.csv', '--into', 'nul'], read=3, written=2, rejected=1)
else:
    refused('NUL in a file', [folder + '/nul.csv', '--into', 'nul2'], 1,
            ['nul.csv', 'nul|zero byte|binary'])

with open(os.path.join(folder, 'fat.csv'), 'wb') as f:
    f.write(b'id,name\n1,one\n2,"')
    for _ in range(64):
        f.write(b'x' * (1 << 20))
    f.write(b'"\n3,three\n')
res = leat.json('load', '--progress', 'none', folder + '/fat.csv', '--into', 'fat')
if res.code == 0:
    tap.ok(res.json()['rows_read'] == res.json()['rows_written'] + res.json()['rows_rejected'] == 3,
           '64 MB cell: every row is accounted for', res)
else:
    tap.ok(res.code == 1 and not res.says('fat.csv', 'line 3', 'limit|long|large|big'),
           '64 MB cell: says file, line and limit', res)
    tap.ok('public.fat|' not in state(), '64 MB cell: nothing is half-loaded')
tap.ok(len(res.err) < 4000, '64 MB cell: the message stays short', len(res.err))

job = loaded('what the server refuses', [good, '--into', 'strict'], read=2, written=1, rejected=1)
got = reasons(job.get('job', 0))
tap.ok(len(got) == 1 and re.search('strict_name_check|check', str(got)), 'the constraint is named',
       got)
server.psql('truncate strict', 'leat')
job = loaded('overflow', [put('big.csv', 'id,name,n\n1,a,10\n2,b,99999\n3,c,30\n'), '--into',
                          'strict'], read=3, written=2, rejected=1)
server.psql('truncate strict', 'leat')
job = loaded('duplicate key on append', [put('dupkey.csv', 'id,name,n\n1,a,1\n1,b,2\n2,c,3\n'),
                                         '--into', 'strict'], read=3, written=2, rejected=1)

hostile = put('hostile.csv', f'id,name,n\n1,{ESC}one,10\n2,two\u202eevil\u200b,x{ESC}\n3,\x9b31m,3\n')
res = leat.run('load', '--progress', 'none', hostile, '--into', 'held', '--map', 'n=to_int(n)')
tap.ok(not res.controls(), 'hostile values: nothing commands the terminal', repr(res.controls()))
for words in (['reject', 'list'], ['reject', 'groups'], ['job', 'list'], ['reject', 'list', '-o',
              'csv'], ['-o', 'json', 'reject', 'list'], ['connection', 'sample', 'local', 'held']):
    res = leat.run(*words)
    tap.ok(not res.controls(), f"hostile values: {' '.join(words)} stays clean",
           repr(res.controls()), res)
server.psql("delete from held where name <> 'kept'", 'leat')

refused('hostile file name with a line break', [folder + f'/e{ESC}vil\nname.csv', '--into', 'held'],
        (1, 4), ['vil'])
evil = os.path.join(folder, f'e{ESC}vil name\u202e.csv')
refused('hostile file name', [evil, '--into', 'held'], 4, ['vil'])
with open(evil, 'wb') as f:
    f.write(bytes(range(256)))
refused('hostile file name of a bad file', [evil, '--into', 'held'], 1, ['vil'])
refused('hostile header', [put('head.csv', f'id,{ESC}name,"{ESC}\nx"\n1,2,3\n'), '--into', 'held',
                           '--drift', 'fail'], (1, 2, 7), [])
res = leat.run('load', good, '--into', f'odd.x{ESC}', '--create-schema', '--progress', 'bar')
tap.ok(res.code in (0, 1, 2) and not res.controls(), 'hostile table name', repr(res.controls()), res)
res = leat.run('connection', 'streams', 'local')
tap.ok(res.code == 0 and not res.controls(), 'and it is listed', repr(res.controls()), res)
server.psql('drop schema if exists odd cascade', 'leat')

# ---- the target --------------------------------------------------------------------

refused('no such connection', [good, '--into', 'atlantis:t'], 4, ['atlantis'])
server.psql('grant all on all tables in schema _leat to limited', 'leat')
lab.apply(leat, {
    'limited': {**lab.postgres_connection(server, 'leat'), 'user': 'limited'},
    'gone': {**lab.postgres_connection(server, 'leat'), 'host': folder},
}, check=False)
refused('no permission', [good, '--into', 'limited:public.held'], 6,
        ['held', 'permission denied|not permitted|may not'])
# The file is empty, which would be said if it was looked at.
res = refused('a mistyped schema', [folder + '/empty.csv', '--into', 'local:reportng.t'], 4,
              ['connection local: there is no schema reportng', r'did you mean reporting\?',
               '--create-schema'])
tap.equal(leat.json('reject', 'list', '--last').rows(), [], 'a mistyped schema: no reject')
refused('a mistyped schema, dry run', [folder + '/empty.csv', '--into', 'reportng.t', '--dry-run'],
        4, ['there is no schema reportng'])
refused('a schema that nobody meant', [good, '--into', 'nowhere.t'], 4,
        ['there is no schema nowhere', 'hint: to have leat make the schema'])
refused('a mistyped schema, in parallel', [good, '--into', 'reportng.t', '--parallel', '2'], 4,
        ['there is no schema reportng'])
refused('a schema that is not there', [good, '--into', 'limited:nowhere.t'], 4,
        ['limited', 'nowhere', 'schema'])
refused('a schema that may not be made',
        [folder + '/empty.csv', '--into', 'limited:nowhere.t', '--create-schema'], 6,
        ['limited', 'may not make one', 'create schema "nowhere" authorization "limited"'])
loaded('a schema that is made when told', [good, '--into', 'fresh.t', '--create-schema'],
       read=2, written=2)
lab.apply(leat, pipelines={
    'typo': {'source': {'connection': 'files', 'stream': good},
             'target': {'connection': 'local', 'stream': 'Reporting.t'}},
    'meant': {'source': {'connection': 'files', 'stream': good},
              'target': {'connection': 'local', 'stream': 'Reporting.t', 'create_schema': True}},
})
res = leat.run('run', 'typo')
tap.ok(res.code == 4 and not res.says('there is no schema Reporting', 'did you mean reporting'),
       'a pipeline without create_schema is refused', res)
res = leat.run('export', 'meant')
tap.ok('create_schema: true' in res.out, 'create_schema is exported', res)
res = leat.run('run', 'meant')
tap.ok(res.code == 0, 'and makes the schema', res)
tap.equal(server.psql('select count(*) from "Reporting".t', 'leat'), '2', 'with the rows')
refused('the other side is down', [good, '--into', 'gone:public.held'], 5, ['gone|reach|connect'])
refused('required column', [good, '--into', 'needs'], 2, ['must', 'required|not null|fill'])
refused('column missing, drift fail', [put('more.csv', 'id,name,n,extra\n1,a,2,z\n'), '--into',
                                       'held', '--drift', 'fail'], 7, ['extra'])
refused('a view', [good, '--into', 'seen'], (1, 2), ['seen', 'view'])
refused('table name over 63 bytes', [good, '--into', 'x' * 64], 2, ['63'])
refused('column name over 63 bytes', [put('long.csv', f"id,{'y' * 64}\n1,2\n"), '--into', 'long1'],
        (1, 2), ['63'])
res = leat.json('load', '--progress', 'none', good, '--into', 'clash')
tap.ok(res.code in (1, 2) or res.json().get('rows_rejected') == 2,
       'a type that cannot be filled: said or rejected', res)
tap.equal(server.psql('select count(*) from clash', 'leat'), '0', 'and nothing is stored')
loaded('text into a number', [put('clash.csv', 'id,name,n\n1,a,x1\n2,b,2\n'), '--into', 'held'],
       read=2, written=1, rejected=1)
server.psql("delete from held where name <> 'kept'", 'leat')
loaded('generated and identity columns', [good, '--into', 'made'], read=2, written=2)
tap.equal(server.psql("select string_agg(twice || '', ',' order by id) from made", 'leat'), '20,40',
          'the server fills them')
refused('mapping into a generated column', [good, '--into', 'made', '--map', 'twice=n'],
        (1, 2), ['twice', 'generated'])
loaded('a source field of a generated column is left to the server', [
    put('gen.csv', 'id,name,n,twice\n1,a,2,5\n'), '--into', 'made'], read=1, written=1)
tap.equal(server.psql('select string_agg(distinct twice::text, \',\') from made where n = 2',
                      'leat'), '4', 'and it fills the column')
loaded('a partitioned table', [good, '--into', 'parts'], read=2, written=1, rejected=1)
loaded('reserved words', [put('words.csv', 'select,order,user,table\n1,2,3,4\n'), '--into',
                          'public.group'], read=1, written=1)
tap.equal(server.psql('select "select" + "order" + "user" + "table" from "group"', 'leat'), '10',
          'and they can be read')
loaded('spaces and quotes in names', [put('names.csv', '"my id","na""me"\n1,x\n'), '--into',
                                      'public."odd table"'], read=1, written=1)

# ---- the words -----------------------------------------------------------------------

refused('no file', ['--into', 'held'], 2, ['file'])
refused('no target', [good], 2, ['into'])
refused('unknown option', [good, '--into', 'held', '--frobnicate'], 2, ['frobnicate'])
refused('a mapping that cannot be read', [good, '--into', 'held', '--map', 'n=to_int('], 2,
        ['character|position|end'])
refused('a mapping of a field that is not there', [good, '--into', 'held', '--map', 'n=nmae'], 2,
        ['nmae'])
refused('a check that cannot be read', [good, '--into', 'held', '--check', 'n length x..y'], 2,
        ['length|check'])
refused('upsert without a key', [good, '--into', 'held', '--mode', 'upsert'], 2, ['key'])
refused('a key that is not there', [good, '--into', 'held', '--mode', 'upsert', '--key', 'nokey'],
        2, ['nokey'])
refused('a delimiter of two letters', [good, '--into', 'held', '--delimiter', 'ab'], 2,
        ['delimiter'])
res = leat.run('-o', 'json', 'load', '--progress', 'none', folder + '/nowhere.csv', '--into',
               'held')
tap.ok(re.search(r'"error"\s*:\s*\{', res.err) and '"code"' in res.err,
       'with -o json the error is an object', res)

# ---- anything -----------------------------------------------------------------------------

seed = int(os.environ.get('SEED', '20250101'))
dice = random.Random(seed)
PIECES = [b'a', b'1', b',', b';', b'\t', b'"', b'""', b'\n', b'\r\n', b'\r', b'\\', b'\xc3\xa9',
          b'\xff', b'\0', b' ', b'2025-01-31', b'1.5', b'-', b"'", b'\x1b[2J', b'\xe2\x80\xae', b'null',
          b'9' * 40, b'{', b'}', b'[]', b':', b'\\N', b'\\.', b'\n\\.\n', b'\xef\xbb\xbf', b'=1+1']
bad = []
for n in range(int(os.environ.get('FUZZ', '40'))):
    body = b'a,b,c\n' if dice.random() < 0.7 else b''
    body += b''.join(dice.choice(PIECES) for _ in range(int(dice.random() * 400)))
    path = put(f'fuzz{n}.csv', body)
    res = leat.json('load', '--progress', 'none', path, '--into', f'fuzz_{n}', timeout=30)
    got = res.json() if res.code in (0, 3) and isinstance(res.json(), dict) else {}
    there = server.psql(f"select count(*) from pg_class where relname = 'fuzz_{n}'", 'leat')
    stored = int(server.psql(f'select count(*) from fuzz_{n}', 'leat')) if there == '1' else 0
    wrong = ''
    if res.code not in (0, 1, 2, 3) or res.controls():
        wrong = 'exit or output'
    elif got and (got['rows_read'] != got['rows_written'] + got['rows_unchanged']
                  + got['rows_filtered'] + got['rows_rejected'] or got['rows_written'] != stored):
        wrong = f'ledger, {stored} stored'
    elif not got and stored:
        wrong = f'half-loaded: {stored}'
    if wrong:
        bad.append(f'{wrong}: {body!r}\n{res}')
tap.ok(not bad, f'{n + 1} random files (SEED={seed}): an answer and a balanced ledger each',
       len(bad), *bad[:3])
tap.equal(leat.json('job', 'list', '--state', 'running').rows(), [], 'no job is left running')
tap.done()
