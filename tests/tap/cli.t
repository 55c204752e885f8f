#!/usr/bin/env python3
# tests/tap/cli.t
#	What the program does with words, before any database comes in.
import json
import os
import subprocess
import sys
import unicodedata

LEAT = os.environ["LEAT"]
results = []


def run(*words, stdin=None, env=None, cwd=None):
    full = dict(os.environ, COLUMNS="80")
    full.update(env or {})
    done = subprocess.run([LEAT, *words], input=stdin, capture_output=True, env=full, cwd=cwd,
                          timeout=60)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def ok(what, good, *said):
    results.append(good)
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}")
    if not good:
        for text in said:
            for line in str(text).split("\n"):
                print("#", line)


def status(what, want, *words, err=None, out=None, **more):
    got = run(*words, **more)
    good = got[0] == want and (err is None or err in got[2]) and (out is None or out in got[1])
    ok(what, good, *got)
    return got


def width(text):
    return max((sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
                for line in text.split("\n")), default=0)


def words_and_exits():
    status("version", 0, "--version", out="leat ")
    status("version, short", 0, "-V", out="leat ")
    status("help", 0, "help", out="Commands:")
    status("--help", 0, "--help", out="Commands:")
    status("help of a command", 0, "help", "job", "list", out="Usage: leat job list")
    status("--help behind a command", 0, "load", "--help", out="Usage: leat load FILE...")
    status("help of a noun", 0, "help", "reject", out="reject groups")
    status("--help behind a noun", 0, "reject", "--help", out="reject groups")
    status("--help behind no noun", 2, "rejekt", "--help", err="there is no command")
    status("help of a topic", 0, "help", "expressions", out="coalesce")
    status("no such help", 4, "help", "nothing-here")
    said = status("nothing said, no terminal", 2, err="a command is missing", stdin=b"")
    ok("and a short help", "leat help" in said[2] and said[2].count("\n") <= 20 and said[1] == "",
       said[2])
    for words in (["console"], ["--open", "jobs"], ["--read-only"], ["--db", "x", "--workers=0"]):
        status(f"{words[0]} without a terminal", 2, *words, err="needs a terminal", stdin=b"")
    status("the console's options are checked", 2, "--keys", "emacs", err="--keys takes default")
    status("they go with no command", 2, "--workers", "0", "job", "list", err="one word too many")
    status("no such command", 2, "lod", err="Did you mean: load?")
    status("half a command", 2, "job", err="list")
    status("a mistyped second word", 2, "job", "lsit", err="Did you mean: job list?")
    status("no such option", 2, "connector", "list", "--frm", err="there is no option --frm")
    status("a missing argument", 2, "connector", "show", err="needs NAME")
    status("a word too many", 2, "connector", "list", "x", err="one word too many")
    status("a wrong choice", 2, "-o", "xml", "connector", "list", err="table, json, jsonl, csv,")
    status("an option without its value", 2, "connector", "list", "-o", err="--output needs a value")
    status("no such thing", 4, "connector", "show", "nothing", err="there is no connector nothing")
    status("a missing file", 4, "load", "/no/such/file.csv", "--into", "t", err="there is no file")
    status("upsert needs a key", 2, "load", "/dev/null", "--into", "t", "--mode", "upsert",
           err="--mode upsert needs --key")
    status("what destroys asks", 2, "connection", "remove", "x", err="--yes", stdin=b"y\n")
    status("a database that is not there", 5, "--db", "host=/nowhere dbname=x", "job", "list")
    status("options after --", 2, "--", "--version")


def forms():
    code, out, err = run("-o", "json", "connector", "list")
    rows = json.loads(out)
    ok("json is one array", code == 0 and isinstance(rows, list) and rows[0]["connector"] == "file",
       out, err)
    code, out, err = run("connector", "list", "-o", "jsonl")
    ok("jsonl is one object a line",
       [json.loads(line)["connector"] for line in out.splitlines()] ==
       [r["connector"] for r in rows], out, err)
    code, out, err = run("connector", "list", "--output=csv")
    ok("csv has a head and CRLF", out.startswith("connector,reads,writes") and
       out.count("\r\n") == len(rows) + 1, out, err)
    code, out, err = run("-o", "json", "db", "status")
    ok("json of one thing is one object", json.loads(out)["state"] == "absent", out, err)
    code, out, err = run("-o", "json", "connector", "show", "nothing")
    last = err.strip().split("\n")[-1]
    ok("an error is an object, too", code == 4 and out == "[]\n" and
       json.loads(last)["error"]["code"] == "NOT_FOUND", out, err)
    ok("and a line for people", err.startswith("leat: there is no connector nothing\nhint: "), err)
    for columns in (20, 40, 80, 120):
        env = {"COLUMNS": str(columns)}
        texts = [run("connector", "show", "file", env=env)[1], run("connector", "list", env=env)[1]]
        ok(f"tables fit {columns} columns", all(0 < width(t) <= columns for t in texts), *texts)
    code, out, err = run("connector", "show", "a\x1b[31mb\u202ec")
    ok("foreign text is clean", "\x1b" not in err and "\u202e" not in err, repr(err))


def scripts():
    script = b"# a comment\n\nconnector list   # and one behind\n  connector show 'file'\n"
    code, out, err = run("--no-tui", stdin=script)
    ok("a script from a pipe", code == 0 and "file" in out and "delimiter" in out, out, err)
    with open("script", "wb") as f:
        f.write(b"\xef\xbb\xbfhelp exit-codes\r\nconnector show nothing\nconnector list\n")
    code, out, err = run("--no-tui", "-f", "script")
    ok("a script stops at the line that fails", code == 4 and "stopped at line 2 of script" in err and
       "130" in out and "reads" not in out, out, err)
    code, out, err = run("--no-tui", "-f", "-", stdin=b"connector show 'file\n")
    ok("an open quote is an error", code == 2 and "line 1" in err and "quote" in err, out, err)
    status("a script that is not there", 4, "--no-tui", "-f", "/no/such/script")
    status("a script and a command", 2, "-f", "script", "connector", "list")
    code, out, err = run("-o", "jsonl", "--no-tui", stdin=b"connector list\nconnector list -o csv\n")
    ok("options of the start hold for each line", out.startswith("{") and "\r\n" in out, out, err)
    status("an empty script", 0, "--no-tui", stdin=b"")


def broken_outputs():
    done = subprocess.run(["sh", "-c", f"'{LEAT}' help | true"], capture_output=True)
    ok("a reader that left is no error", done.stderr == b"", done)
    done = subprocess.run(["sh", "-c", f"'{LEAT}' connector list >/dev/full"], capture_output=True)
    ok("a full disk is one", done.returncode == 1 and b"writing the results" in done.stderr, done)
    done = subprocess.run(["sh", "-c", f"'{LEAT}' connector list <&- >&- 2>&-"])
    ok("closed descriptors do no harm", done.returncode in (0, 1), done)


os.chdir(os.environ.get("TMPDIR", "/tmp"))
words_and_exits()
forms()
scripts()
broken_outputs()
ok("nothing was started or made", not os.path.exists(os.path.expanduser("~/.local/share/leat")))
print(f"1..{len(results)}")
sys.exit(not all(results))
