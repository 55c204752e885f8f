#!/usr/bin/env python3
# tests/tap/terminal.t
#	tui/term on real terminals: sizes, keys, crashes, stops, bytes, foreign text.
import os
import random
import re
import signal
import subprocess
import sys
import termios
import time
import unicodedata

sys.path.insert(0, os.path.join(os.environ['LEAT_SOURCE'], 'tests', 'lib'))
from lab import Tap, same, temp_folder  # noqa: E402
from screen import Screen  # noqa: E402

DEMO = os.path.join(os.environ['LEAT_BUILD'], 'tests', 'lib', 'terminal_demo')
THEMES = os.path.join(os.environ['LEAT_SOURCE'], 'themes')
folder = temp_folder()
tap = Tap()


def demo(*words, env=None, **kw):
    """The small console, once it has painted."""
    # A sanitizer's report would end the process otherwise than the signal does.
    asan = os.environ.get('ASAN_OPTIONS', '') + ':handle_segv=0:handle_abort=0'
    s = Screen([DEMO, *words], env={'ASAN_OPTIONS': asan, 'LEAT_THEMES': THEMES, **(env or {})},
               timeout=60, **kw)
    return s


def path(name):
    return os.path.join(folder, name)


def read(name):
    with open(path(name), encoding='utf-8', errors='replace') as f:
        return f.read()


# ---- what comes in ------------------------------------------------------------


@tap.case('keys come with their names')
def _keys():
    with demo() as s:
        s.wait('ladder 256')
        for key in ('a', 'R', 'space', 'enter', 'tab', 'shift-tab', 'up', 'pgdn', 'home', 'f3',
                    'f12', 'ctrl-p', 'ctrl-c', 'ctrl-s', 'ctrl-q', 'ctrl-\\', 'ctrl-space',
                    'alt-k', 'shift-left', 'backspace', 'delete', 'esc'):
            s.keys(f'<{key}>' if len(key) > 1 else key)
            s.wait(re.compile(rf'^key {re.escape(key)} *$'))
        s.type('ä日')
        s.wait('key 日')
        s.keys('q')
        same(s.status(), 0)


@tap.case('a paste of many lines arrives as one, and nothing of it is a key')
def _paste():
    with demo('--log', path('paste')) as s:
        s.wait('ladder')
        s.paste('rm -rf /\nq\nq\n' + 'x' * 5000 + '\n')
        s.wait('paste 5014 [rm -rf')
        s.keys('j')
        s.wait('key j')
        s.paste('y' * 3_000_000)
        s.wait('paste 1048576 [yyy')
        s.keys('q')
        same(s.status(), 0)
    same(len(re.findall('^key', read('paste'), re.M)), 2)


@tap.case('the mouse is on when asked for, and off otherwise')
def _mouse():
    with demo() as s:
        s.wait('ladder')
        assert not s.mode(1000)
        s.keys('m')
        s.wait('key m')
        assert s.mode(1000) and s.mode(1006)
        s.click(10, 5)
        s.wait('mouse press 10,5')
        s.click(10, 5)
        s.wait('mouse double 10,5')
        s.click(3, 4, button=65)
        s.wait('mouse wheel-down 3,4')
        s.keys('M')
        s.wait('key M')
        assert not s.mode(1000)
        s.keys('mq')
        same(s.status(), 0)
        same(s.is_as_found(), [])


@tap.case('ESC alone is known within 25 ms, and costs no waking up')
def _esc():
    with demo('--log', path('esc')) as s:
        s.wait('ladder')
        s.type('\x1b')
        begin = time.monotonic()
        s.wait('key esc')
        took = time.monotonic() - begin
        s.settle(1.0)
        # The byte, the timer, and the frame that went out.
        wakes = read('esc').count('wake')
        assert wakes <= 3, f'woken {wakes} times'
        assert took < 5, took
        s.keys('q')
        same(s.status(), 0)
        return f'key esc after {took * 1000:.0f} ms'


# ---- sizes --------------------------------------------------------------------


@tap.case('a storm of 1,000 sizes from 1x1 to 500x500 leaves a whole screen')
def _storm():
    rng = random.Random(7)
    with demo() as s:
        s.wait('ladder')
        for i in range(1000):
            w, h = rng.choice(((1, 1), (2, 1), (1, 2), (500, 500), (0, 0),
                               (rng.randint(1, 500), rng.randint(1, 500)),
                               (rng.randint(1, 40), rng.randint(1, 12))))
            s._set_size(w, h)
            if i % 50 == 0:
                s.keys('j')
                s.pump()
            elif i % 3 == 0:
                time.sleep(0.001)
        s.resize(100, 30)
        s.keys('<ctrl-l>')
        s.wait('terminal_demo 100x30')
        s.settle()
        assert '22P02 amount' in s.text(), s
        same(s.line(0).split()[1], '100x30')
        same(s.line(29), 'key ctrl-l')
        for w, h in ((1, 1), (2, 2), (80, 24)):
            s.resize(w, h)
            s.settle()
        s.wait('terminal_demo 80x24')
        s.keys('q')
        same(s.status(), 0)
        same(s.is_as_found(), [])


@tap.case('what curses makes of changes is what stands in the grid')
def _differential():
    rng, pressed = random.Random(11), 0
    with demo('--dump', path('dump'), '--log', path('moves'), size=(90, 20)) as s:
        s.wait('ladder')
        for i in range(60):
            if i % 15 == 14:
                s.resize(rng.randint(30, 130), rng.randint(4, 45))
                s.wait(f'{s.screen.columns}x{s.screen.lines}')
            keys = rng.choice(('j', 'k', 'jjjjj', 'j' * 25, 'kkkkkkkkkkkk', '<ctrl-l>'))
            pressed += 1 if '<' in keys else len(keys)
            s.keys(keys)
            s.wait_for(lambda: read('moves').count('key') == pressed)
            s.wait_for(lambda: s.lines() == [line.rstrip() for line in read('dump').split('\n')
                                             [:s.screen.lines]], f'{s}\n{read("dump")}')
        s.keys('q')
        same(s.status(), 0)


# ---- the end, however it comes --------------------------------------------------


def ends(name, how, status, *words):
    """The terminal is given back however the program ends."""
    @tap.case(f'the terminal is given back after {name}')
    def _end():
        with demo(*words, env={'COLORTERM': 'truecolor'} if words else {}) as s:
            s.wait('ladder')
            s.keys('Tm')
            s.wait('key m')
            assert s.title.startswith('jobs'), s.title
            assert s.mode(1049) and s.mode(2004) and s.mode(1000), 'not taken'
            assert s.cursor is None
            how(s)
            same(s.status(), status)
            same(s.is_as_found(), [])


ends('q', lambda s: s.keys('q'), 0)
ends('SIGSEGV', lambda s: s.keys('S'), -signal.SIGSEGV)
ends('abort()', lambda s: s.keys('A'), -signal.SIGABRT)
ends('SIGTERM', lambda s: s.kill(signal.SIGTERM), -signal.SIGTERM)
ends('SIGINT from elsewhere', lambda s: s.kill(signal.SIGINT), -signal.SIGINT)
ends('SIGHUP from elsewhere', lambda s: s.kill(signal.SIGHUP), 0)
ends('SIGHUP to the guard', lambda s: s.kill(signal.SIGHUP), 0, '--guard')
ends('q with a guard', lambda s: s.keys('q'), 0, '--guard')
ends('SIGSEGV with a guard', lambda s: s.keys('S'), -signal.SIGSEGV, '--guard')
ends('SIGTERM to the guard', lambda s: s.kill(signal.SIGTERM), -signal.SIGTERM, '--guard')
ends('kill -9 of the console', lambda s: s.kill(signal.SIGKILL, s.children()[0]),
     -signal.SIGKILL, '--guard')
ends('an _exit() out of order', lambda s: s.keys('X'), 7, '--guard')


@tap.case('a console whose guard is killed leaves')
def _guard_killed():
    with demo('--guard') as s:
        s.wait('ladder')
        child = s.children()[0]
        s.kill(signal.SIGKILL)
        same(s.status(), -signal.SIGKILL)
        end = time.monotonic() + 60
        while os.path.exists(f'/proc/{child}') and time.monotonic() < end:
            s.pump(0.02)
        assert not os.path.exists(f'/proc/{child}'), 'it lives on'


@tap.case('a terminal that goes away is noticed, also where SIGHUP is ignored')
def _lost():
    for words in ((), ('--guard',)):
        with demo('--log', path('lost'), *words) as s:
            s.wait('ladder')
            s.hang_up()
            assert s.status() is not None, 'it runs on'
    os.unlink(path('lost'))
    wrapped = ['/bin/sh', '-c', 'trap "" HUP; exec "$0" --log "$1"', DEMO, path('lost')]
    with Screen(wrapped) as s:
        s.wait('ladder')
        begin = time.monotonic()
        s.hang_up()
        same(s.status(), 0)
        assert time.monotonic() - begin < 5
    assert 'lost' in read('lost')


# ---- stopping and going on --------------------------------------------------------


def under_shell(*words, size=(80, 24)):
    """In a shell with job control, as people have it."""
    return Screen(['/bin/bash', '--norc', '--noprofile', '-i'], size=size, timeout=60,
                  env={'PS1': '$ ', 'PS2': '', 'D': ' '.join([DEMO, *words]), 'HISTFILE': ''})


def stop_and_go(words, times):
    with under_shell() as s:
        s.wait('$')
        found = s.termios
        s.type(' '.join([DEMO, *words]) + '\n')
        s.wait('ladder')
        for i in range(times):
            s.keys('<ctrl-z>')
            s.wait('Stopped')
            same((s.mode(1049), s.mode(2004) and 0, s.screen.cursor.hidden), (False, 0, False))
            s.type('clear; echo at the $((100+1))th prompt\n' if i == 0 else 'clear\n')
            if i == 0:
                s.wait('at the 101th')
            s.wait_gone('Stopped')
            s.type('fg\n')
            s.wait('terminal_demo')
            s.wait('key ctrl-z')
            assert s.mode(1049)
            s.keys('j')
            s.wait('key j')
        s.keys('q')
        s.wait('the end')
        s.type('stty -a | md5sum; jobs; exit\n')
        same(s.status(), 0)
        return found


@tap.case('Ctrl-Z and fg, 100 times')
def _stops():
    stop_and_go((), 50)
    stop_and_go(('--guard',), 50)


@tap.case('kill -STOP gives the terminal to the shell, and fg draws again')
def _kill_stop():
    with under_shell() as s:
        s.wait('$')
        s.type(f'{DEMO} --guard\n')
        s.wait('ladder')
        console = s.children(s.children()[0])[0]
        s.kill(signal.SIGSTOP, console)
        s.wait('Stopped')
        assert not s.mode(1049) and not s.screen.cursor.hidden
        s.resize(70, 20)
        s.type('clear\n')
        s.wait_gone('Stopped')
        s.type('fg\n')
        s.wait('terminal_demo 70x20')
        s.keys('jq')
        s.wait('the end')
        s.type('exit\n')
        same(s.status(), 0)


@tap.case('a guard that is killed leaves a shell that can be used')
def _guard_in_shell():
    with under_shell() as s:
        s.wait('$')
        s.type(f'{DEMO} --guard\n')
        s.wait('ladder')
        s.kill(signal.SIGKILL, s.children()[0])
        s.wait('the end')
        s.wait_for(lambda: not s.mode(1049) and not s.screen.cursor.hidden)
        s.settle()
        # The shell edits its line; settings from before that are not put back over it.
        assert not termios.tcgetattr(s.master)[3] & termios.ICANON
        s.keys('<enter>')   # which of the two wrote last is anybody's guess
        s.type('echo a$((1+1))b')
        s.wait('$ echo a$((1+1))b')
        s.keys('<left><left>X<backspace><enter>')   # which the shell itself edits
        s.wait(re.compile('^a2b *$'))
        s.type('exit\n')
        same(s.status(), 0)


@tap.case('Ctrl-Z where nobody could go on with it does not stop')
def _no_shell():
    for words in ((), ('--guard',)):
        with demo(*words) as s:
            s.wait('ladder')
            s.keys('<ctrl-z>')
            s.wait('key ctrl-z')
            s.keys('jq')
            same(s.status(), 0)


@tap.case('a program in the foreground has the terminal to itself')
def _outside():
    with demo('--mouse') as s:
        s.wait('ladder')
        s.keys('e')
        s.wait('outside>')
        same([m for m in s.is_as_found() if m.startswith('mode')], [])
        s.type('\x03\n')
        s.wait('terminal_demo')
        s.keys('j')
        s.wait('key j')
        assert s.mode(1049) and s.mode(1000)
        s.keys('q')
        same(s.status(), 0)
        same(s.is_as_found(), [])


# ---- bytes ----------------------------------------------------------------------


def frames(s, log, n):
    """The bytes of the first n frames, all of which have come."""
    def painted():
        return [int(bytes) for bytes in re.findall(r'paint (\d+)\n', read(log))]
    s.wait_for(lambda: len(painted()) == n and sum(painted()) <= s.received)
    return painted()


@tap.case('few bytes: a first screen, a cursor that moves, nothing when idle')
def _bytes():
    said = []
    for name, env in (('256', {}), ('16777216', {'COLORTERM': 'truecolor'})):
        with demo('--log', path(name), size=(120, 40), env=env) as s:
            s.wait(f'ladder {name} ')
            for i in range(12):
                s.keys('j')
                counted = frames(s, name, 2 + i)
            s.settle()
            # What term_paint() says is all that came.
            same(s.received - sum(counted), 0)
            first, moves = counted[0], counted[2:]
            said.append(f'{name} colours: first {first} bytes, cursor {moves}')
            assert first <= 7000, said
            assert max(moves) <= 250, said
            wakes = read(name).count('wake')
            with s.count() as n:
                s.settle(1.5)
            same(n.bytes, 0)
            same(read(name).count('wake'), wakes)
            # The large frame alone is marked as one.
            same(len(re.findall(rb'\x1b\[\?2026h.*?\x1b\[\?2026l', bytes(s.raw), re.S)), 1)
            s.keys('q')
            same(s.status(), 0)
    with demo('--colours', '0', size=(120, 40)) as s:
        s.wait('ladder 0')
        s.settle()
        said.append(f'mono: first {s.received} bytes')
        assert s.received <= 4000, said
    return '\n'.join(said)


@tap.case('a list that scrolls is moved by the terminal, not sent again')
def _scroll():
    with demo('--log', path('scroll'), size=(120, 40)) as s:
        s.wait('ladder')
        for i in range(60):
            s.keys('j')
            counted = frames(s, 'scroll', 2 + i)
        assert max(counted[45:]) <= 300, counted
        assert '088060' in s.line(38) and '088023' in s.line(1), s
        s.keys('q')
        same(s.status(), 0)
        return f'{counted[45:]} bytes'


@tap.case('a terminal that does not read blocks nobody, and sees the last frame')
def _unread():
    with demo('--log', path('unread')) as s:
        s.wait('ladder')
        s.type('P')
        end = time.monotonic() + 60
        while 'painted 300' not in read('unread') and time.monotonic() < end:
            time.sleep(0.02)    # nobody reads the terminal meanwhile
        painted = re.findall(r'paint (\d+)', read('unread'))
        assert painted.count('0') > 100, painted[-300:]
        s.wait('painted 300')
        s.settle()
        s.keys('j')
        s.wait('key j')
        s.keys('q')
        same(s.status(), 0)
        same(s.is_as_found(), [])
    with demo('--stuck', '500', '--log', path('stuck')) as s:
        s.wait('ladder')
        s.type('P')
        end = time.monotonic() + 60
        while 'lost' not in read('stuck') and time.monotonic() < end:
            time.sleep(0.02)
        assert 'lost' in read('stuck'), 'a terminal that takes nothing is lost after a while'


# ---- terminals, colours, text ------------------------------------------------------


@tap.case('colours are those that the terminal has')
def _ladder():
    for env, term, words, ladder, fg in (
            ({}, 'xterm-256color', (), 256, '87af87'),
            ({'COLORTERM': 'truecolor'}, 'xterm-256color', (), 1 << 24, '87af87'),
            ({'COLORTERM': 'truecolor'}, 'xterm-256color', ('--colours', '256'), 256, '87af87'),
            ({'COLORTERM': 'truecolor'}, 'xterm-256color', ('--theme', 'solarized-dark'),
             1 << 24, '98ab2b'),
            ({}, 'xterm', (), 8, 'green'),
            ({}, 'linux', (), 8, 'green'),
            ({}, 'xterm-256color', ('--colours', '16'), 16, 'green'),
            ({'NO_COLOR': '1'}, 'xterm-256color', (), 0, 'default'),
            ({}, 'vt100', (), 0, 'default'),
            ({}, 'screen-256color', (), 256, '87af87'),
            ({}, 'tmux-256color', (), 256, '87af87')):
        with demo(*words, env=env, term=term) as s:
            s.wait(f'ladder {ladder} ')
            s.keys('j')
            s.wait('key j')
            cell = s.cell(1, 1)
            same((cell.data, cell.fg), ('✓', fg), f'{term} {env} {words}:')
            s.keys('q')
            same(s.status(), 0)
            same(s.is_as_found(), [])


@tap.case('each theme is drawn, on each step')
def _themes():
    for theme in sorted(os.listdir(THEMES)):
        for colours in ('0', '8', '16', '256', '16777216'):
            with demo('--theme', theme[:-6], '--colours', colours,
                      env={'COLORTERM': 'truecolor'}) as s:
                s.wait(f'ladder {colours} ')
                s.keys('j')
                s.wait('key j')
                rows = [s.cell(5, y) for y in (2, 3)]
                assert rows[0][1:] != rows[1][1:], f'{theme} {colours}: the cursor is not seen'
                s.keys('q')
                same(s.status(), 0)


@tap.case('an unknown terminal is treated as a plain one, and a dumb one is refused')
def _unknown():
    for term, colours in (('no-such-terminal', 0), ('xterm-nobody-knows', 256)):
        with demo(term=term) as s:
            s.wait(f'ladder {colours} ')
            s.keys('q')
            same(s.status(), 0)
            s.settle()
            same(s.is_as_found(), [])
        assert f'no terminal of type "{term}" is known here'.encode() in s.raw
    for term in ('dumb', '', None):
        with demo(env={'TERM': term}) as s:
            same(s.status(), 2)
            assert '--no-tui' in s.text(), s
    r = subprocess.run([DEMO], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       check=False)
    same(r.returncode, 2)
    assert 'needs a terminal: standard input' in r.stderr and '--no-tui' in r.stderr, r.stderr


HOSTILE = [
    b'plain text', b'\x1b[2J\x1b[31mred\x1b[0m', b'\x1b]0;title\x07after', b'\x1b]52;c;aGFjaw==\x07',
    b'\x1bP+q544e\x1b\\x', b'\x9b31m \x9d0;x\x9c', '\x9b31m'.encode(), b'\x1b[6n\x1b[c\x05',
    b'a\tb\rc\nd\x08e\x7f', 'a\u202egnp.exe\u202c b'.encode(), 'z\u200b\u200d\u2066w\u2069'.encode(),
    '日本語テキスト wide'.encode(), '한국어 and 中文'.encode(), 'e\u0301e\u0323\u0301 marks'.encode(),
    '☎\ufe0f ✓ ♥\ufe0f'.encode(), 'x\u2028y\u2029z'.encode(), b'\xff\xfe\xc0\x80\xed\xa0\x80',
    b'\xf0\x9f\x98', 'ﬁ ½ ÄÖÜ ñ'.encode(), 'قمر עברית'.encode(),
    ('wide to the edge ' + '日' * 60).encode(), b'long ' + b'x' * 1_000_000,
]


@tap.case('foreign text moves nothing: columns are where the grid says')
def _hostile():
    with open(path('hostile'), 'wb') as f:
        f.write(b'\x1e'.join(HOSTILE))
    for words, env in (((), {}), (('--ascii',), {}), ((), {'LC_ALL': 'C'})):
        with demo('--hostile', path('hostile'), '--dump', path('dump'), *words, env=env,
                  size=(79, 26)) as s:
            s.wait('long xxx')
            s.settle()
            # pyte puts a character and its mark together where Unicode has one for both.
            rows = [unicodedata.normalize('NFC', line.rstrip())
                    for line in read('dump').split('\n')[:26]]
            same(s.lines(), rows)
            for y in range(1, len(HOSTILE) + 1):
                same(s.cell(78, y).data, '|', f'line {y}, {HOSTILE[y - 1][:30]!r}:')
            same((s.title, s.clipboard()), ('', None))
            if words or env:
                s.keys('T')
                s.wait('key T')
                assert s.title and all(byte < 128 for byte in s.raw), s
            s.keys('q')
            same(s.status(), 0)


@tap.case('another terminal (tmux) puts the columns where the grid says, too')
def _tmux():
    with open(path('hostile'), 'wb') as f:
        f.write(b'\x1e'.join(HOSTILE))
    socket = ['tmux', '-u', '-f', '/dev/null', '-S', path('tmux')]
    env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm-256color', 'SHELL': '/bin/sh'}

    def tmux(*words):
        return subprocess.run([*socket, *words], env=env, capture_output=True, text=True,
                              check=False).stdout

    tmux('new-session', '-d', '-x', '79', '-y', '26', DEMO, '--hostile', path('hostile'),
         '--dump', path('dump'))
    try:
        tmux('set', 'status', 'off')
        tmux('resize-window', '-x', '79', '-y', '26')
        end, rows, seen = time.monotonic() + 60, [], None
        while time.monotonic() < end and (seen != rows or not rows or '79x26' not in rows[0]):
            time.sleep(0.1)
            seen = [line.rstrip() for line in tmux('capture-pane', '-p').split('\n')[:26]]
            if os.path.exists(path('dump')):
                rows = [line.rstrip() for line in read('dump').split('\n')[:26]]
        same(seen, rows)
    finally:
        tmux('kill-server')


@tap.case('the same control functions, whatever text is shown')
def _same_controls():
    def controls(texts):
        with open(path('texts'), 'wb') as f:
            f.write(b'\x1e'.join(texts))
        with demo('--hostile', path('texts'), size=(60, 26)) as s:
            s.wait('|')
            s.settle()
            s.keys('q')
            same(s.status(), 0)
            return re.findall(rb'\x1b\[[0-?]*[ -/]*[@-~]|\x1b[^[]|[\x00-\x1f\x7f]', bytes(s.raw))
    # Of the same width, in cells.
    hostile = [b'\x1b\x1b]0;x\x07', b'a\rb\nc\td', '\u202eab\u200bcdefg'.encode(),
               b'\x01\x02\x03\x04567']
    same(controls(hostile), controls([b'abcdefg'] * 4))


@tap.case('titles and copies are clean and have an end')
def _osc():
    with demo() as s:
        s.wait('ladder')
        s.keys('T')
        s.wait('key T')
        s.settle()
        assert s.title.startswith('jobs') and 'end' in s.title, s.title
        assert not re.search('[\x00-\x1f\x7f-\x9f\u202e]', s.title), s.title
        s.keys('c')
        s.wait('key c')
        s.settle()
        same(s.clipboard().decode(), 'copied ␛[31m\ttext\nend')
        s.keys('C')
        s.wait('too much')
        s.keys('q')
        same(s.status(), 0)
    with demo(term='linux') as s:
        s.wait('ladder')
        s.keys('Tc')
        s.wait('not copied')
        assert b'\x1b]' not in s.raw
        s.keys('q')
        same(s.status(), 0)


tap.done()
