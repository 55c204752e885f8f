# tests/lib/screen.py
#	A program on a real terminal (a pty), and what a person would see of it.
"""
    with Screen([LEAT], size=(80, 24), env={'LEAT_DB': db}) as s:
        s.keys('jj<enter>')         # as typed; <name> as in key files, '<lt>' is '<'
        s.wait('orders_daily')      # text or re.Pattern; returns where, else AssertionError
        print(s.text())             # the screen, and s.lines(), s.line(y), s.find(text)
        s.cell(0, 3).bg             # colours and attributes: fg, bg, bold, reverse, ...
        with s.count() as sent:     # bytes that the program wrote meanwhile
            s.keys('j'); s.settle()
        print(sent.bytes)

The terminal is xterm as pyte shows it (Debian's python3-pyte), with what pyte leaves
out: the alternate screen, titles that are put back, REP, SU and SD. What the program writes is read only inside
of calls of this class; between them it waits in the pty. An assertion that fails shows the
screen.
"""
import base64
import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time

try:
    import pyte
except ImportError:  # another python3 than Debian's comes first in PATH
    sys.path.append('/usr/lib/python3/dist-packages')
    import pyte

NAMED = {
    'enter': '\r', 'esc': '\x1b', 'tab': '\t', 'shift-tab': '\x1b[Z', 'backspace': '\x7f',
    'space': ' ', 'lt': '<', 'up': '\x1b[A', 'down': '\x1b[B', 'right': '\x1b[C',
    'left': '\x1b[D', 'home': '\x1b[H', 'end': '\x1b[F', 'insert': '\x1b[2~',
    'delete': '\x1b[3~', 'pgup': '\x1b[5~', 'pgdn': '\x1b[6~', 'f1': '\x1bOP', 'f2': '\x1bOQ',
    'f3': '\x1bOR', 'f4': '\x1bOS', 'f5': '\x1b[15~', 'f6': '\x1b[17~', 'f7': '\x1b[18~',
    'f8': '\x1b[19~', 'f9': '\x1b[20~', 'f10': '\x1b[21~', 'f11': '\x1b[23~', 'f12': '\x1b[24~',
    'shift-up': '\x1b[1;2A', 'shift-down': '\x1b[1;2B', 'shift-right': '\x1b[1;2C',
    'shift-left': '\x1b[1;2D', 'ctrl-space': '\0', 'ctrl-\\': '\x1c', 'ctrl-]': '\x1d',
}


def key_bytes(name):
    """What xterm sends for the key of that name."""
    if name in NAMED:
        return NAMED[name]
    if name.startswith('alt-'):
        return '\x1b' + key_bytes(name[4:])
    if name.startswith('ctrl-') and len(name) == 6:
        return chr(ord(name[5].upper()) - 64)
    if len(name) == 1:
        return name
    raise ValueError(f'no key {name!r}')


class Xterm(pyte.Screen):
    """pyte's screen with an alternate one, and the sequences that curses uses beside."""

    def __init__(self, columns, lines):
        self.other = None
        self.last = ' '
        self.titles = []
        super().__init__(columns, lines)

    def draw(self, data):
        super().draw(data)
        self.last = data[-1:] or self.last

    def window(self, what=0, *_, **__):
        """22 keeps the title, 23 brings it back."""
        if what == 22:
            self.titles.append(self.title)
        elif what == 23 and self.titles:
            self.title = self.titles.pop()

    def repeat(self, count=1, **_):
        self.draw(self.last * (count or 1))

    def scroll_up(self, count=1, **_):
        self._scrolled(count, lambda bottom: bottom, self.index)

    def scroll_down(self, count=1, **_):
        top = self.margins.top if self.margins else 0
        self._scrolled(count, lambda bottom: top, self.reverse_index)

    def _scrolled(self, count, row, step):
        y, bottom = self.cursor.y, self.margins.bottom if self.margins else self.lines - 1
        self.cursor.y = row(bottom)
        for _ in range(count or 1):
            step()
        self.cursor.y = y

    def set_mode(self, *modes, **kwargs):
        if kwargs.get('private') and 1049 in modes and self.other is None:
            self.save_cursor()
            self.other = {y: dict(line) for y, line in self.buffer.items()}
            self.erase_in_display(2)
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes, **kwargs):
        if kwargs.get('private') and 1049 in modes and self.other is not None:
            self.buffer.clear()
            for y, line in self.other.items():
                self.buffer[y].update(line)
            self.other = None
            self.restore_cursor()
        super().reset_mode(*modes, **kwargs)


class Stream(pyte.ByteStream):
    csi = dict(pyte.ByteStream.csi, b='repeat', S='scroll_up', T='scroll_down', t='window')


class Count:
    """bytes: what was written since the count began (in a `with`: until it ended)."""

    def __init__(self, screen):
        self.screen, self.begin, self.end = screen, screen.received, None

    @property
    def bytes(self):
        return (self.screen.received if self.end is None else self.end) - self.begin


class Screen:
    """A program on a terminal of its own, in a session of its own."""

    def __init__(self, argv, size=(80, 24), env=None, cwd=None, term='xterm-256color',
                 timeout=60):
        self.timeout = timeout      # seconds that wait() and status() wait by themselves
        self.received = 0           # bytes that the program wrote
        self.raw = bytearray()      # the last of them (1 MB)
        self._status = None
        self._at_end = False
        self.screen = Xterm(*size)
        self.stream = Stream(self.screen)
        self.master, slave = os.openpty()
        self._set_size(*size)
        self.termios = termios.tcgetattr(self.master)   # as the program finds it
        given = {**os.environ, 'TERM': term, 'LC_ALL': 'C.UTF-8', **(env or {})}
        for name in ('COLORTERM', 'NO_COLOR', 'LINES', 'COLUMNS'):
            if name not in (env or {}):
                given.pop(name, None)
        given = {k: v for k, v in given.items() if v is not None}
        self.pid = os.fork()
        if self.pid == 0:
            self._become(argv, slave, given, cwd)
        os.close(slave)

    def _become(self, argv, slave, env, cwd):
        try:
            os.close(self.master)
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(slave, fd)
            os.closerange(3, 256)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            if cwd:
                os.chdir(cwd)
            os.execvpe(argv[0], argv, env)
        except OSError as e:
            os.write(2, f'{argv[0]}: {e}\n'.encode())
        os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- what comes out ------------------------------------------------------

    def pump(self, seconds=0.0):
        """Reads what the program wrote, and goes on for so long. False: nothing came."""
        end, any_came = time.monotonic() + seconds, False
        while not self._at_end:
            left = max(0.0, end - time.monotonic())
            if not select.select([self.master], [], [], left)[0]:
                break
            try:
                data = os.read(self.master, 65536)
            except OSError:     # EIO: the program and all of its children are gone
                data = b''
            if not data:
                self._at_end = True
                break
            any_came = True
            self.received += len(data)
            self.raw += data
            del self.raw[:-1 << 20]
            self.stream.feed(data)
            if time.monotonic() >= end:
                break
        return any_came

    def settle(self, quiet=0.15, timeout=None):
        """Until nothing came for that time."""
        end = time.monotonic() + (timeout or self.timeout)
        while time.monotonic() < end and not self._at_end:
            if not self.pump(quiet):
                return
        assert self._at_end, f'it never stops writing\n{self}'

    def _until(self, is_there, what, timeout):
        end = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            self.pump()
            got = is_there()
            if got is not None and got is not False:
                return got
            left = end - time.monotonic()
            if left <= 0 or self._at_end:
                raise AssertionError(f'{what}{" (it has ended)" if self._at_end else ""}\n{self}')
            self.pump(min(left, 0.05))

    def wait(self, what, timeout=None):
        """Until the text (or pattern) is on the screen; returns (x, y) of it."""
        return self._until(lambda: self.find(what), f'never seen: {what!r}', timeout)

    def wait_gone(self, what, timeout=None):
        self._until(lambda: self.find(what) is None, f'still there: {what!r}', timeout)

    def wait_for(self, condition, what='it never became true', timeout=None):
        """Until condition() is true; returns what it gave."""
        return self._until(condition, what, timeout)

    @contextlib.contextmanager
    def count(self):
        counted = Count(self)
        try:
            yield counted
        finally:
            counted.end = self.received

    # ---- what is seen ----------------------------------------------------------

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def line(self, y):
        return self.lines()[y]

    def text(self):
        return '\n'.join(self.lines())

    def find(self, what):
        """(x, y) of a text or pattern, in cells; None: it is not there."""
        pattern = what if isinstance(what, re.Pattern) else re.compile(re.escape(what))
        for y, line in enumerate(self.screen.display):
            m = pattern.search(line)
            if m:
                return self._column(y, m.start()), y
        return None

    def _column(self, y, chars):
        """The cell in which that character of a line of text stands."""
        x = 0
        while chars > 0 and x < self.screen.columns:
            # The right half of a wide character is an empty cell.
            chars -= len(self.screen.buffer[y][x].data)
            x += 1
        while x < self.screen.columns and self.screen.buffer[y][x].data == '':
            x += 1
        return x

    def cell(self, x, y):
        """pyte's Char: data, fg, bg, bold, italics, underscore, reverse."""
        return self.screen.buffer[y][x]

    @property
    def cursor(self):
        """(x, y), or None when it is hidden."""
        c = self.screen.cursor
        return None if c.hidden else (c.x, c.y)

    def mode(self, number):
        """Whether a private mode is set: 1049, 2004, 1000, 2026, ..."""
        return number << 5 in self.screen.mode

    @property
    def title(self):
        return self.screen.title

    def clipboard(self):
        """What was last copied by OSC 52; None: nothing was."""
        found = re.findall(rb'\x1b\]52;c;([A-Za-z0-9+/=]*)\x07', bytes(self.raw))
        return base64.b64decode(found[-1]) if found else None

    def is_as_found(self):
        """What differs from before the program: [] when the terminal was given back."""
        wrong = [f'mode {n} is on' for n in (1049, 2004, 1000, 1002, 1003, 1006, 2026)
                 if self.mode(n)]
        if self.screen.cursor.hidden:
            wrong.append('the cursor is hidden')
        if self.title:
            wrong.append(f'the title is {self.title!r}')
        if termios.tcgetattr(self.master) != self.termios:
            wrong.append('the settings of the terminal differ')
        return wrong

    def __str__(self):
        rule = '-' * self.screen.columns
        return '\n'.join([rule, *self.lines(), rule])

    # ---- what goes in ------------------------------------------------------------

    def type(self, text):
        """Bytes or text as they are."""
        data = text.encode() if isinstance(text, str) else text
        while data:
            self.pump()     # or both sides could wait for each other
            if select.select([], [self.master], [], 1)[1]:
                data = data[os.write(self.master, data[:1024]):]

    def keys(self, text):
        """'jj<enter><ctrl-p>': characters, and names of keys in angle brackets."""
        for name, char in re.findall(r'<([^<>\s]+)>|(.)', text, re.S):
            self.type(key_bytes(name) if name else char)
            if name == 'esc':
                time.sleep(0.05)    # what follows at once would make it Alt

    def paste(self, text):
        """As a terminal pastes: in brackets where the program asked for them."""
        brackets = ('\x1b[200~', '\x1b[201~') if self.mode(2004) else ('', '')
        self.type(brackets[0] + text.replace('\n', '\r') + brackets[1])

    def click(self, x, y, button=0):
        """Press and release; 64 and 65 are the wheel. Nothing where the mouse is off."""
        if self.mode(1000):
            at = f'{button};{x + 1};{y + 1}'
            self.type(f'\x1b[<{at}M' + ('' if button >= 64 else f'\x1b[<{at}m'))

    def _set_size(self, columns, lines):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', lines, columns, 0, 0))

    def resize(self, columns, lines):
        """The program gets SIGWINCH from the kernel."""
        self.pump()
        self.screen.resize(lines, columns)
        self._set_size(columns, lines)

    # ---- the process ---------------------------------------------------------------

    def children(self, pid=None):
        """Ids of the processes below (that of the console, when a guard waits for it)."""
        pid = pid or self.pid
        with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as f:
            return [int(word) for word in f.read().split()]

    def kill(self, number=signal.SIGKILL, pid=None):
        os.kill(pid or self.pid, number)

    def hang_up(self):
        """The terminal goes away, as when its window is closed."""
        os.close(self.master)
        self._at_end, self.master = True, -1

    def status(self, timeout=None):
        """Exit status, -N after signal N; None: it still runs after that time."""
        end = time.monotonic() + (self.timeout if timeout is None else timeout)
        while self._status is None:
            self.pump()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
                self.pump()
            elif time.monotonic() >= end:
                return None
            else:
                self.pump(0.01) or time.sleep(0.005)
        return self._status

    def close(self):
        if self._status is None and self.status(0) is None:
            for pid in [*self.children(), self.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.status(5)
        if self.master >= 0:
            os.close(self.master)
            self.master = -1
