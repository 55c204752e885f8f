#!/usr/bin/env python3
# tests/chaos/faultproxy.py
#	A proxy before PostgreSQL that breaks things on purpose.
"""
usage: faultproxy.py --listen FOLDER|HOST:PORT --to FOLDER|HOST:PORT [FAULT...]

Forwards byte for byte; only a message's type and length are read. Faults:
  latency=MS          every chunk waits that long, both ways
  slicer=N            chunks of at most N bytes
  limit_data=K        the link closes after K bytes from the server
  reset=K             as limit_data, with RST where the socket knows it
  blackhole=K         after K bytes from the server nothing passes, nothing closes
  hole=1              nothing passes on any link, nothing closes; keepalives are answered
  cut_before_commit=N the link is cut instead of forwarding the Nth COMMIT
  cut_after_commit=N  the Nth COMMIT passes, its answer is swallowed, the link is cut
  lost_answer=TEXT    a statement with that text passes, its answer is swallowed, the link is cut
Only COMMITs of connections that sent COPY data count, unless any_commit=1. Faults
of connections happen once each Nth; connections made later pass untouched.
"""
import os
import re
import select
import socket
import struct
import sys
import threading
import time

FAULTS = ('latency', 'slicer', 'limit_data', 'reset', 'blackhole', 'hole', 'cut_before_commit',
          'cut_after_commit', 'any_commit', 'lost_answer')
IS_COMMIT = re.compile(rb'(^|;)\s*(commit|end)\s*(;|\0|$)', re.IGNORECASE)


class Cut(Exception):
    """This link ends now."""


class Framer:
    """Follows the messages of one direction without keeping them."""

    def __init__(self, has_startup):
        self.is_startup = has_startup
        self.buf = b''

    def feed(self, data):
        """Whole messages as (type, body head, length on the wire); type b'' at start-up."""
        self.buf += data
        while True:
            head = 4 if self.is_startup else 5
            if len(self.buf) < head:
                return
            kind = b'' if self.is_startup else self.buf[:1]
            size = struct.unpack('!I', self.buf[head - 4:head])[0] + head - 4
            if len(self.buf) < size:
                return
            body = self.buf[head:size]
            self.buf = self.buf[size:]
            if self.is_startup and struct.unpack('!I', body[:4])[0] >> 16 == 3:
                self.is_startup = False
            yield kind, body, size


class Link:
    """One client and its connection to the server."""

    def __init__(self, proxy, client):
        self.proxy, self.client = proxy, client
        self.server = connect(proxy.to)
        self.from_client = Framer(True)
        self.has_copied = False
        self.from_server_bytes = 0
        self.is_dead_hole = False
        self.swallowing = None

    def run(self):
        try:
            self.loop()
        except (Cut, OSError):
            pass
        finally:
            self.end()

    def end(self):
        for s in (self.client, self.server):
            try:
                s.close()
            except OSError:
                pass
        self.proxy.links.discard(self)

    def loop(self):
        sides = {self.client: self.server, self.server: self.client}
        while True:
            ready, _, _ = select.select(list(sides), [], [], 0.5)
            if self.proxy.stopping:
                raise Cut
            for side in ready:
                data = side.recv(65536)
                if not data:
                    raise Cut
                if side is self.client:
                    self.up(data)
                else:
                    self.down(data)

    def up(self, data):
        if self.is_dead_hole or self.proxy.faults.get('hole'):
            self.is_dead_hole = True
            return
        # A fault on COMMIT needs messages kept apart: hold back what follows it.
        if any(self.proxy.faults.get(f) for f in ('cut_before_commit', 'cut_after_commit',
                                                  'lost_answer')):
            for kind, body, _ in self.from_client.feed(data):
                self.meet(kind, body)
        self.send(self.server, data)
        if self.swallowing == 'armed':
            self.swallowing = 'waiting'

    def meet(self, kind, body):
        if kind == b'd':
            self.has_copied = True
            return
        sql = body
        if kind == b'P':
            sql = body[body.find(b'\0') + 1:]
        lost = self.proxy.faults.get('lost_answer')
        if lost and kind == b'P' and lost.encode() in sql and self.proxy.is_first('lost_answer'):
            self.swallowing = 'armed'
        if kind not in (b'Q', b'P') or not IS_COMMIT.match(sql):
            return
        if not self.has_copied and not self.proxy.faults.get('any_commit'):
            return
        self.has_copied = False
        if self.proxy.is_nth('cut_before_commit'):
            self.proxy.happened += 1
            raise Cut
        if self.proxy.is_nth('cut_after_commit'):
            self.swallowing = 'armed'

    def down(self, data):
        if self.proxy.faults.get('hole'):
            self.is_dead_hole = True
        if self.swallowing:
            # ReadyForQuery, outside a transaction: the commit is done.
            if data[-6:] == b'Z\0\0\0\5I':
                self.proxy.happened += 1
                raise Cut
            return
        faults = self.proxy.faults
        for name in ('limit_data', 'reset', 'blackhole'):
            limit = faults.get(name)
            if limit is None or self.proxy.is_spent(name, self):
                continue
            left = limit - self.from_server_bytes
            if left <= len(data):
                self.send(self.client, data[:max(0, left)])
                self.proxy.spend(name, self)
                self.proxy.happened += 1
                if name == 'blackhole':
                    self.is_dead_hole = True
                    self.from_server_bytes += len(data)
                    return
                if name == 'reset' and self.client.family != socket.AF_UNIX:
                    self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                           struct.pack('ii', 1, 0))
                raise Cut
        if self.is_dead_hole:
            return
        self.from_server_bytes += len(data)
        self.send(self.client, data)

    def send(self, to, data):
        faults = self.proxy.faults
        if faults.get('latency'):
            time.sleep(faults['latency'] / 1000)
        step = faults.get('slicer') or len(data) or 1
        for at in range(0, len(data), step):
            to.sendall(data[at:at + step])


def place(text):
    """'HOST:PORT' or a folder for a Unix socket -> address for connect() and bind()."""
    if '/' in text:
        return os.path.join(text, '.s.PGSQL.5432')
    host, port = text.rsplit(':', 1)
    return (host, int(port))


def connect(to):
    s = socket.socket(socket.AF_UNIX if isinstance(to, str) else socket.AF_INET)
    s.connect(to)
    return s


class Proxy:
    """Listens until stop(); faults may be changed while it runs."""

    def __init__(self, listen, to, **faults):
        self.to = place(to)
        self.at = place(listen)
        self.faults = faults
        self.lock = threading.Lock()
        self.commits = 0
        self.happened = 0
        self.links = set()
        self.spent = set()
        self.stopping = False
        self.socket = socket.socket(socket.AF_UNIX if isinstance(self.at, str) else socket.AF_INET)
        if isinstance(self.at, str):
            os.makedirs(os.path.dirname(self.at), exist_ok=True)
            if os.path.exists(self.at):
                os.unlink(self.at)
        else:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.at)
        if isinstance(self.at, str):
            os.chmod(self.at, 0o777)
        self.socket.listen(64)
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def set(self, **faults):
        """New faults for what happens from now on; counts start again."""
        with self.lock:
            self.faults = faults
            self.commits = self.happened = 0
            self.spent = set()

    def is_nth(self, name):
        """Counts a COMMIT for fault `name`; whether it is the one to hit."""
        wanted = self.faults.get(name)
        if not wanted:
            return False
        with self.lock:
            self.commits += 1
            return self.commits == wanted

    def is_first(self, name):
        """Whether fault `name` was not met yet; it is now."""
        with self.lock:
            is_new = name not in self.spent
            self.spent.add(name)
            return is_new

    def is_spent(self, name, link):
        return name in self.spent and self.faults.get('every') is None and link is not None

    def spend(self, name, link):
        with self.lock:
            self.spent.add(name)

    def accept(self):
        while not self.stopping:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            try:
                link = Link(self, client)
            except OSError:
                client.close()
                continue
            self.links.add(link)
            threading.Thread(target=link.run, daemon=True).start()

    def stop(self):
        self.stopping = True
        self.socket.close()
        if isinstance(self.at, str) and os.path.exists(self.at):
            os.unlink(self.at)


def main():
    listen = to = None
    faults = {}
    words = sys.argv[1:]
    while words:
        word = words.pop(0)
        if word == '--listen' and words:
            listen = words.pop(0)
        elif word == '--to' and words:
            to = words.pop(0)
        elif word.split('=')[0] in FAULTS and '=' in word:
            faults[word.split('=')[0]] = int(word.split('=')[1])
        else:
            sys.exit(__doc__.strip())
    if not listen or not to:
        sys.exit(__doc__.strip())
    Proxy(listen, to, **faults)
    threading.Event().wait()


if __name__ == '__main__':
    main()
