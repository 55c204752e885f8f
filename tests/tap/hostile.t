#!/usr/bin/env python3
# tests/tap/hostile.t
#	Foreign text moves nothing: screen, title, clipboard, exit print, logs, batch output.
#
# Rows, names, errors and log lines are made of everything a terminal obeys. What the program
# then writes is read by a parser of its own: outside of the few sequences that the console
# itself needs there may be printable characters only. And the screen around the foreign text is,
# cell by cell, that of a session in which the text was harmless.
#
# leat-test: timeout=300
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402
from screen import Screen  # noqa: E402

tap = lab.Tap()


def ok(name, is_ok, *notes):
    tap.ok(is_ok, name, *(str(n) for n in notes if n is not None))


server, leat = lab.lab()
folder = lab.temp_folder('lab-in-')

C0 = [chr(i) for i in range(1, 32)] + ['\x7f']
C1 = [chr(i) for i in range(0x80, 0xa0)]
CORPUS = [
    *(f'a{c}b' for c in C0 if c not in '\n\r'), *(f'a{c}b' for c in C1),
    '\x1b[2J\x1b[H', '\x1b[6n', '\x1b[c', '\x1b]0;title\x07', '\x1b]2;title\x1b\\',
    '\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\', '\x1b]52;c;ZXZpbA==\x07',
    '\x1bP+q544e\x1b\\', '\x1b_apc\x1b\\', '\x1b^pm\x1b\\', '\x1b]52;c;unterminated',
    '\x9b2J', '\x9d0;title\x9c', '\x1b[?1049l', '\x1b[?25l', '\x1bc', '\x1b#8', '\x0e\x0f',
    '\x1b[?2026h', '\x1b[200~pasted\x1b[201~', '\x1b[31mred', '\x1b(0lqk\x1b(B',
    '\u202eevil\u202c', '\u2066x\u2069', '\u200b\u200c\u200d\u2060\ufeff',
    'e\u0301' + '\u0301' * 60, '👩\u200d👩\u200d👧', '❤\ufe0f', '\U000e0041\U000e007f',
    '東京\u0300', 'x' * 5000, '\ufffe', '=cmd|calc', '[YELLOW]', '%s%n%x', "'; drop table x; --",
]
BYTES = [b'\xff\xfe', b'\xc3\x28', b'\xf0\x28\x8c\x28', b'\x80\x81\x9b2J', b'\xed\xa0\x80']

# What the console may write beside printable characters: CSI sequences of curses, charset and
# keypad switches, its own title and clipboard, and the modes it turns on and off.
OWN = re.compile(
    rb'\x1b\[[?>=!]?[0-9;:]*[ $]?[@A-Za-z`]|\x1b[()][0AB]|\x1b[=>78M]|'
    rb'\x1b\](?:0|2|52|10|11|22|112);[^\x00-\x1f\x7f]*(?:\x07|\x1b\\)|[\r\n\x08\t\x0e\x0f]')


def foreign(raw):
    """Bytes that are neither of these nor printable UTF-8."""
    rest = OWN.sub(b'', bytes(raw))
    try:
        text = rest.decode('utf-8')
    except UnicodeDecodeError as e:
        return f'not UTF-8: {e}'
    bad = [c for c in text if ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or
           0x200b <= ord(c) <= 0x200f or 0x202a <= ord(c) <= 0x202e or
           0x2060 <= ord(c) <= 0x2069 or 0xe0000 <= ord(c) < 0xe1000]
    return repr(bad[:5]) if bad else None


def make(name, texts, raw):
    """A file whose every row fails a check, so that rows, rejects and logs hold it."""
    path = os.path.join(folder, name)
    with open(path, 'wb') as f:
        f.write(b'id,text\n')
        for i, text in enumerate(texts):
            f.write(str(i).encode() + b',"' + text.encode('utf-8').replace(b'"', b'""') + b'"\n')
        for i, text in enumerate(raw):
            f.write(str(1000 + i).encode() + b',' + text + b'\n')
    os.chmod(path, 0o644)
    return path


def session(db_table, keys, title):
    """The raw bytes and the last screen of a console that is walked through."""
    with Screen([leat.path, '--workers', '0'], size=(100, 30), env=leat.env) as s:
        s.wait('succeeded')
        for key in keys:
            s.keys(key)
            s.settle()
        return bytes(s.raw), s.lines(), title


hostile = make('hostile.csv', CORPUS, BYTES)
harmless = make('harmless.csv', ['harmless'] * len(CORPUS), [b'harmless'] * len(BYTES))

# ---- batch ----------------------------------------------------------------------------
for table, path in (('evil', hostile), ('good', harmless)):
    res = leat.run('load', path, '--into', table, '--check', 'id >= 0',
                   '--check', "text <> 'nothing'", '--encoding', 'utf-8')
    ok(f'{table}: the load goes through', res.code == 0, res.err)
for words in (['connection', 'sample', 'local', 'evil', '--limit', '200'], ['reject', 'list'],
              ['job', 'logs', '1'], ['job', 'list']):
    res = leat.run('-o', 'table', *words)
    ok(f'batch {" ".join(words[:2])} writes nothing that a terminal obeys',
           foreign(res.out.encode('utf-8', 'surrogateescape')) is None,
           foreign(res.out.encode('utf-8', 'surrogateescape')))
for text in ('\x1b]0;title\x07', '\x9b2J', '\u202eevil'):
    res = leat.run('job', 'show', text)
    ok('an error names foreign words cleanly', res.code != 0 and
           foreign(res.err.encode('utf-8', 'surrogateescape')) is None, res.err)

# ---- console ----------------------------------------------------------------------------
WALK = ['<enter>', '<esc>', '2', '<down>', '<enter>', '<enter>', 'V', '<pgdn>', '<pgdn>',
        '<right>', '<esc>', '<esc>', '<esc>', '4', '<enter>', '<pgdn>', '<esc>', '5', 'g', 'G',
        ':job logs 1<enter>', '<esc>', ':reject list<enter>', '<pgdn>', '<esc>', '1']
raw, lines, _ = session('evil', WALK, 'evil')
ok('the console writes nothing foreign that a terminal obeys', foreign(raw) is None,
       foreign(raw))
ok('... and asks the terminal nothing in the name of data', b'\x1b[6n' not in raw)
ok('... and neither title nor clipboard was set by data',
       b'evil.example' not in b''.join(re.findall(rb'\x1b\][^\x07\x1b]*', raw)))

with Screen([leat.path, '--workers', '0', '--open', 'connections/local/public.evil/sample'],
            size=(100, 30), env=leat.env) as s:
    s.wait('Rows')
    s.settle()
    evil = s.lines()
    with s.count():
        s.keys('y')
        s.settle()
    copied = s.clipboard()
with Screen([leat.path, '--workers', '0', '--open', 'connections/local/public.good/sample'],
            size=(100, 30), env=leat.env) as s:
    s.wait('Rows')
    s.settle()
    good = s.lines()
ok('what is copied is clean', copied is not None and
   foreign(copied) is None, repr(copied))
same = [i for i in range(len(good))
        if evil[i][:8].replace('evil', 'good') != good[i][:8].replace('evil', 'good')]
ok('the lines begin where they begin without foreign text', not same,
       '\n'.join(f'{evil[i]!r}\n{good[i]!r}' for i in same[:4]))


def around(line):
    """Without the time that a round trip took."""
    return re.sub(r' +[0-9.]+ ms', ' ms', line.replace('evil', 'good'))


ok('the first and the last line are the same',
   around(evil[0]) == around(good[0]) and evil[-1] == good[-1],
   f'{evil[0]!r} {good[0]!r} {evil[-1]!r} {good[-1]!r}')

# ---- the exit print ------------------------------------------------------------------------
with Screen([leat.path, '--open', '\x1b]0;title\x07/\x9b2J'], size=(80, 24), env=leat.env) as s:
    s.wait('leat')
    s.settle()
    s.keys('<f10>')
    s.settle()
    ok('a foreign path is told cleanly, also after the end', foreign(s.raw) is None,
           foreign(s.raw))
tap.done()
