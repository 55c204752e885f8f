#!/usr/bin/env python3
# tests/tap/roundtrip.t
#	Files written by somebody else's CSV and JSON writers arrive value by value.
#
# leat-test: timeout=300
import csv
import io
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402

tap = lab.Tap()
server, leat = lab.lab()
folder = lab.temp_folder('lab-round-')
seed = int(os.environ.get('SEED', '7'))
dice = random.Random(seed)
FILES = int(os.environ.get('FILES', '24'))
PIECES = ['a', 'Z', ' ', '  ', ',', ';', '\t', '|', '"', '""', "'", '\n', 'é', 'ß', '€', '0', '9',
          '.', '-', '/', '\\', '\\N', '\\.', '#', '=', 'NULL', '{', 'x' * 300, '日本', '🚚', '%']


def text():
    """A value that no type but text can hold: it starts with a letter."""
    return 'v' + ''.join(dice.choice(PIECES) for _ in range(int(dice.random() ** 2 * 12)))


def stored(table):
    """The rows of a table, read back through the server's own CSV and Python's reader."""
    res = subprocess.run(['psql', '-XqAt', '-d', server.conninfo('leat'), '-c',
                          f"copy (select * from {table} order by no::int) to stdout (format csv,"
                          " null '<null>')"], capture_output=True, check=False,
                         env=lab.clean_env({'PGCLIENTENCODING': 'UTF8'}))
    if res.returncode != 0:
        return res.stderr.decode()
    return list(csv.reader(io.StringIO(res.stdout.decode(), newline='')))


def load(name, path, table, rows, *more, empty='<null>'):
    res = leat.json('load', '--progress', 'none', path, '--into', table, *more)
    got = stored(table) if res.code == 0 else None
    wanted = [[v if v != '' else empty for v in row] for row in rows]
    is_ok = tap.ok(got == wanted, name, f'SEED={seed}', res)
    if not is_ok and isinstance(got, list):
        for a, b in zip(got, wanted):
            if a != b:
                tap.note(f'got    {a!r}\nwanted {b!r}')
                break
        tap.note(f'{len(got)} rows of {len(wanted)}')


for n in range(FILES):
    width = 2 + int(dice.random() * 6)
    rows = [[str(i + 1)] + [text() if dice.random() < 0.9 else '' for _ in range(width - 1)]
            for i in range(1 + int(dice.random() * 400))]
    delimiter = dice.choice([',', ';', '\t', '|'])
    end = dice.choice(['\n', '\r\n'])
    encoding = dice.choice(['utf-8', 'utf-8-sig', 'utf-16'])
    quoting = dice.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    path = os.path.join(folder, f'{n}.csv')
    with open(path, 'w', encoding=encoding, newline='') as f:
        w = csv.writer(f, delimiter=delimiter, lineterminator=end, quoting=quoting)
        w.writerow(['no'] + [f'c{i}' for i in range(1, width)])
        w.writerows(rows)
    said = ['--delimiter', delimiter] if dice.random() < 0.5 else []
    load(f'{len(rows)} rows of {width}, {delimiter!r}, {end!r}, {encoding}'
         f'{", quoted" if quoting == csv.QUOTE_ALL else ""}{", said" if said else ""}',
         path, f'round_{n}', rows, *said,
         # An empty cell is null; one between quotes is an empty text.
         empty='' if quoting == csv.QUOTE_ALL else '<null>')

for n in range(4):
    rows = [[str(i + 1), text(), text()] for i in range(200)]
    path = os.path.join(folder, f'{n}.jsonl')
    with open(path, 'w', encoding='utf-8') as f:
        for row in rows:
            f.write(json.dumps({'no': int(row[0]), 'a': row[1], 'b': row[2]},
                               ensure_ascii=n % 2 == 0) + '\n')
    load(f'json lines {n}', path, f'lines_{n}', rows)
tap.done()
