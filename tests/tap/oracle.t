#!/usr/bin/env python3
# tests/tap/oracle.t
#	The judge is judged: the oracle finds what is wrong, the proxy breaks what it
#	says, the sources are the same each time.
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '..', 'chaos'), os.path.join(HERE, '..', 'lib')]
import chaos  # noqa: E402
import faultproxy  # noqa: E402
import lab  # noqa: E402

tap = lab.Tap()
server = lab.Server()
folder = lab.temp_folder('lab-oracle-')
path = chaos.source(os.path.join(folder, 's.csv'), 'x', 1, 1000)
server.psql('create table t ' + chaos.TABLE.format(key=''))
with open(path, encoding='ascii') as f:
    server.psql(r'copy t from stdin with (format csv, header)', stdin=f.read())


def judged(change, wanted, name):
    """What the oracle says after a change that is undone again."""
    server.psql('create table backup as select * from t')
    server.psql(change)
    tap.equal(chaos.oracle(server, 'postgres', 't', 'x', 1, 1000), wanted, name)
    server.psql('truncate t; insert into t select * from backup; drop table backup')


judged('select 1', '', 'a right table is right')
judged('delete from t where id in (5, 6)', '2 rows lost', 'lost rows')
judged('insert into t select * from t where id < 4', '3 doubled', 'doubled rows')
judged("insert into t values (1001, 'x', 1)", '1 foreign', 'rows that nobody sent')
judged("update t set h = 'other' where id = 9", '1 wrong', 'changed text')
judged('update t set n = n + 1 where id = 9', '1 wrong', 'changed numbers')
tap.ok('no_such' in chaos.oracle(server, 'postgres', 'no_such', 'x', 1, 2), 'a table that is gone')
with open(path, 'rb') as a, open(chaos.source(folder + '/b.csv', 'x', 1, 1000), 'rb') as b:
    tap.ok(a.read() == b.read(), 'the source is the same each time')

proxy = faultproxy.Proxy(os.path.join(folder, 'p'), server.sock)


def through(*statements, stdin=''):
    args = [w for s in statements for w in ('-c', s)]
    return subprocess.run(['psql', '-XqAt', '-d', server.conninfo(host=folder + '/p'), *args],
                          input=stdin, capture_output=True, text=True, check=False,
                          env=lab.clean_env())


server.psql('create table p (a int)')
tap.equal(through('select 42').stdout, '42\n', 'the proxy passes what it should')
for fault, stored in (('cut_before_commit', '0'), ('cut_after_commit', '2')):
    proxy.set(**{fault: 1})
    res = through('begin', r'\copy p from stdin', 'commit', stdin='1\n2\n')
    tap.ok(res.returncode != 0 and proxy.happened == 1, f'{fault}: the line is cut', res.stderr)
    tap.equal(server.psql('select count(*) from p'), stored, f'{fault}: {stored} rows stored')
    tap.equal(through('select 43').stdout, '43\n', f'{fault}: the next one passes')
proxy.set(limit_data=700)
tap.ok(through("select repeat('x', 5000)").returncode != 0 and proxy.happened == 1, 'limit_data')
proxy.set(latency=20, slicer=3)
tap.equal(through('select 44').stdout, '44\n', 'slow and sliced is still right')
proxy.stop()
tap.done()
