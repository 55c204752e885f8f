#!/usr/bin/env python3
# tests/lint/runner.t
#	The runner counts what happened, also when a test lies, dies or hangs.
import os
import re
import subprocess
import sys
import tempfile

import leatlint as lint

SH = "#!/bin/sh\n"
number = failed = 0


def result(ok, name, notes=""):
    global number, failed
    number += 1
    failed += not ok
    print(f"{'ok' if ok else 'not ok'} {number} - {name}")
    if not ok:
        print("".join("# " + line + "\n" for line in notes.split("\n")), end="")


def run(scripts, *args):
    """Runs the scripts as tests/tap/*.t; gives the exit status and the output."""
    with tempfile.TemporaryDirectory(dir="/tmp") as top:
        for name, text in scripts.items():
            path = os.path.join(top, "tests/tap", name)
            lint.write_tree(top, {"tests/tap/" + name: text})
            os.chmod(path, 0o755)
        done = subprocess.run([sys.executable, os.path.join(lint.TOP, "tests/run"), "--build", top,
                               "--source", top, "--grace", "0.5", *args], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def expect(name, scripts, status, last, *needles, args=()):
    got, text = run(scripts, *args)
    ok = got == status and text.rstrip("\n").split("\n")[-1] == last
    ok = ok and all(re.search(n, text) for n in needles)
    result(ok, name, f"status {got}\n{text}")


GOOD = SH + "echo 1..2; echo ok 1 - a; echo ok 2 - b\n"
print("1..15")
expect("passes are counted", {"a.t": GOOD, "b.t": GOOD}, 0, "4 passed, 0 failed")
expect("a failure is counted and shown",
       {"a.t": SH + "echo 1..2; echo ok 1; echo not ok 2 - b; echo '# because'\n", "b.t": GOOD},
       1, "3 passed, 1 failed", "# because")
expect("a skip is no pass", {"a.t": SH + "echo 1..2; echo ok 1; echo 'ok 2 - b # SKIP none'\n"},
       0, "1 passed, 0 failed", "1 skipped")
expect("nothing but skips is no success", {"a.t": SH + "echo '1..0 # SKIP none'\n"},
       1, "0 passed, 0 failed")
expect("too few results fail", {"a.t": SH + "echo 1..3; echo ok 1\n"}, 1, "1 passed, 1 failed",
       "planned 3 tests and ran 1")
expect("no plan fails", {"a.t": SH + "echo ok 1\n"}, 1, "1 passed, 1 failed", "no plan")
expect("an exit status fails", {"a.t": GOOD + "exit 3\n"}, 1, "2 passed, 1 failed", "status 3")
expect("a death fails", {"a.t": GOOD + "kill -9 $$\n"}, 1, "2 passed, 1 failed", "SIGKILL")
expect("a hang is ended", {"a.t": SH + "# leat-test: timeout=1\necho 1..1\nsleep 60\n"},
       1, "0 passed, 1 failed", "ended after 1 s")
expect("a process left behind fails and is ended",
       {"a.t": GOOD + "setsid sleep 47 </dev/null >/dev/null 2>&1 &\n"},
       1, "2 passed, 1 failed", "left a process behind: .*sleep 47")
expect("no test at all fails", {}, 1, "0 passed, 0 failed", "no test was found")
expect("a name picks", {"a.t": GOOD, "b.t": SH + "echo 1..1; echo not ok 1\n"}, 0,
       "2 passed, 0 failed", args=("tap/a",))
expect("each has a home of its own and nothing of ours",
       {"a.t": SH + "echo 1..1; test -w \"$HOME\" && test -z \"$(ls \"$HOME\")\" && "
        "test -z \"$LEAT_DB$PGHOST\" && case $XDG_DATA_HOME in \"$HOME\"/*) echo ok 1;; esac\n"},
       0, "1 passed, 0 failed")
expect("files that ask for it run alone",
       {"a.t": SH + "# leat-test: alone\necho 1..1; test -e /tmp/leat-run-$PPID || echo ok 1\n",
        "b.t": SH + "touch /tmp/leat-run-$PPID; sleep 1; rm /tmp/leat-run-$PPID; echo 1..1; echo ok 1\n"},
       0, "2 passed, 0 failed")
with tempfile.NamedTemporaryFile("r", dir="/tmp") as where:
    run({"a.t": SH + f'mkdir "$TMPDIR/left" && echo "$TMPDIR/left" >{where.name}; kill -9 $$\n'})
    left = where.read().strip()
result(left.endswith("/left") and not os.path.exists(left), "what a killed test leaves goes", left)
sys.exit(1 if failed else 0)
