#!/usr/bin/env python3
# tests/tap/looks.t
#	Every screen as a terminal shows it, in 256 colours and in none, cell by cell.
#
# tests/tui keeps the role of each cell, and how each role looks. Here the bytes that the console
# sends for each screen go through an emulated terminal: what stands there must be that look.
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import lab  # noqa: E402
from screen import Stream, Xterm  # noqa: E402
from pyte.graphics import FG_BG_256  # noqa: E402

SIZE = 80, 24
NAMES = {'bold': 'bold', 'underline': 'underscore', 'reverse': 'reverse', 'italic': 'italics',
         'dim': 'strikethrough'}    # pyte knows no dim: see Terminal
SHOWS_ON_BLANKS = ('bg', 'underscore', 'reverse')


class Terminal(Xterm):
    """pyte leaves out SGR 2 (dim), which here stands as what nobody uses."""

    def select_graphic_rendition(self, *codes, **kw):
        super().select_graphic_rendition(*[c for i, c in enumerate(codes)
                                           if c != 2 or i > 1 and codes[i - 2] in (38, 48)], **kw)
        i = 0
        while i < len(codes):
            if codes[i] in (38, 48):
                i += 3
                continue
            if codes[i] in (0, 2, 22):
                self.cursor.attrs = self.cursor.attrs._replace(strikethrough=codes[i] == 2)
            i += 1


def looks(depth):
    """{role letter: what its cells show}, of the approved file."""
    found = {}
    with open(os.path.join(os.environ['LEAT_SOURCE'], 'tests', 'tui', 'looks.txt'),
              encoding='utf-8') as f:
        for line in f:
            kind, letter, _, *words = line.split()
            if kind != depth:
                continue
            look = {'fg': 'default', 'bg': 'default', **{n: False for n in NAMES.values()}}
            if words[0] != 'default':
                look['fg'] = FG_BG_256[int(words[0])]
            if 'on' in words:
                look['bg'] = FG_BG_256[int(words[words.index('on') + 1])]
            look.update({NAMES[w]: True for w in words if w in NAMES})
            found[letter] = look
    return found


def differences(folder, name, depth, look):
    terminal = Terminal(*SIZE)
    with open(os.path.join(folder, f'{name}.{depth}'), 'rb') as f:
        Stream(terminal).feed(f.read())
    wrong = []
    with open(os.path.join(folder, f'{name}.cells'), encoding='ascii') as f:
        for line in f:
            x, y, role, char, *attrs = line.split()
            got = terminal.buffer[int(y)][int(x)]
            wanted = {**look[role], **{NAMES[a]: True for a in attrs}}
            char = chr(int(char, 16)) if char != '0' else ''
            keys = SHOWS_ON_BLANKS if char == ' ' else wanted
            if got.data[:1] != char or any(getattr(got, k) != wanted[k] for k in keys):
                wrong.append(f'{name} {depth}: {x},{y} is {got}, wanted {char!r} {wanted}')
    return wrong


tap = lab.Tap()
folder = lab.temp_folder('lab-looks-')
program = os.path.join(os.environ['LEAT_BUILD'], 'tests', 'unit', 'tui', 'view', 'screens_test')
res = subprocess.run([program], env={**os.environ, 'LEAT_SCREENS': folder, 'LC_ALL': 'C.UTF-8'},
                     capture_output=True, text=True, check=False)
names = sorted(n[:-6] for n in os.listdir(folder) if n.endswith('.cells'))
tap.ok(len(names) > 35, f'{len(names)} screens were written', res.stdout[-2000:], res.stderr[-500:])
for depth in ('256', 'mono'):
    look = looks(depth)
    wrong = [w for name in names for w in differences(folder, name, depth, look)]
    tap.ok(not wrong, f'{depth}: every cell of every screen looks as its role does', *wrong[:8])
tap.done()
