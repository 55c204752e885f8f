#!/usr/bin/env python3
# tests/tap/shell.t
#	The prompt on a real terminal: history, completion, Ctrl-C, Ctrl-D, the bar.
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

LEAT = os.environ["LEAT"]
results = []


def ok(what, good, *said):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}", flush=True)
    if not good:
        for text in said:
            print("#", repr(text))


class Terminal:
    """leat on a terminal of 80 columns."""

    def __init__(self, *words, columns=80):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.execv(LEAT, [LEAT, *words])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def read_until(self, pattern, timeout=60):
        """What came until the pattern did; the rest stays for later. None: it did not come."""
        end = time.monotonic() + timeout
        while True:
            m = re.search(pattern, self.text)
            if m:
                seen, self.text = self.text[:m.end()], self.text[m.end():]
                return seen
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return None
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return None
            if not data:
                return None
            self.text += data.decode(errors="replace")

    def type(self, text):
        os.write(self.fd, text.encode())

    def status(self, timeout=60):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            self.read_until("$^", 0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return None


def prompt():
    t = Terminal("--no-tui")
    ok("a prompt", t.read_until("leat> "), t.text)
    t.type("connector sh\t")
    ok("commands complete", t.read_until("connector show "), t.text)
    t.type("fi\t\r")
    ok("names complete", t.read_until("delimiter"), t.text)
    t.read_until("leat> ")
    t.type("load things.csv --mo\t")
    ok("options complete", t.read_until("--mode "), t.text)
    t.type("ups\t")
    ok("choices complete", t.read_until("upsert "), t.text)
    t.type("\x03")
    ok("Ctrl-C gives a fresh line", t.read_until(r"\^C\r?\n.*leat> "), t.text)
    t.type("lod\r")
    ok("errors are told", t.read_until("Did you mean: load"), t.text)
    ok("and the prompt is back", t.read_until("leat> "), t.text)
    t.type("connector list 'open\r")
    ok("an open quote is told", t.read_until("is not closed"), t.text)
    t.read_until("leat> ")
    t.type("\x1b[A\x1b[A\x1b[A\r")
    ok("history goes back", t.read_until("delimiter"), t.text)
    t.read_until("leat> ")
    t.type("\x04")
    ok("Ctrl-D leaves with 0", t.status() == 0)
    state = os.environ["XDG_STATE_HOME"]
    path = os.path.join(state, "leat/history")
    ok("the history is kept, for its owner alone",
       os.path.exists(path) and os.stat(path).st_mode & 0o777 == 0o600 and
       "connector show file" in open(path, encoding="utf-8").read())
    t = Terminal("--no-tui")
    t.read_until("leat> ")
    t.type("exit\r")
    ok("exit leaves", t.status() == 0)
    t = Terminal("--no-tui")
    t.read_until("leat> ")
    os.kill(t.pid, signal.SIGTERM)
    ok("SIGTERM at the prompt ends it", t.status() == 130)


def plain():
    t = Terminal()
    ok("leat alone opens the console", t.read_until("Jobs"), t.text)
    t.type(":q\r")
    ok("which people can leave", t.status() == 0, t.text[-1500:])
    t = Terminal("connection", "remove", "nothing-here")
    ok("what destroys asks", t.read_until(r"Go on\? \[y/N\] "), t.text)
    t.type("n\r")
    ok("no means no", t.status() == 2)


def work():
    with open("big.csv", "w", encoding="utf-8") as f:
        f.write("id,text\n")
        for i in range(2_000_000):
            f.write(f"{i},some text that makes the file larger {i}\n")
    t = Terminal("--no-tui")
    t.read_until("leat> ")
    t.type("load big.csv --into big\r")
    seen = t.read_until("rows .*%|%.* rows", 60)
    ok("a load shows its bar", seen and "\u2588" in seen or "\u258f" in (seen or ""), seen, t.text)
    t.type("\x03")
    ok("Ctrl-C ends the load", t.read_until("interrupted|handed back|stopped", 30), t.text)
    ok("and the prompt is back", t.read_until("leat> ", 30), t.text)
    t.type("job list -o jsonl\r")
    ok("the job waits again", t.read_until('"state":"queued"', 30), t.text)
    t.read_until("leat> ")
    t.type("pipeline show no\t\x15job cancel 1\r")
    ok("the session goes on", t.read_until("cancelled", 30), t.text)
    t.read_until("leat> ")
    t.type("reject list\r")
    ok("an empty list says so", t.read_until("nothing to show", 30), t.text)
    t.read_until("leat> ")
    t.type("\x04")
    ok("it ends well", t.status() == 0)


os.chdir(os.environ.get("TMPDIR", "/tmp"))
prompt()
plain()
work()
print(f"1..{len(results)}")
sys.exit(not all(results))
