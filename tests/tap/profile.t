#!/usr/bin/env python3
# tests/tap/profile.t
#	Profiles of files and tables against figures that Python counts by itself.
#
# leat-test: timeout=120
import collections
import csv
import decimal
import io
import json
import os
import random
import subprocess

LEAT = os.environ["LEAT"]
DIR = os.environ["TMPDIR"]
results = []


def ok(what, good, *said):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}", flush=True)
    for text in () if good else said:
        for line in str(text).split("\n"):
            print("#", line)


def leat(*words, stdin=None):
    done = subprocess.run([LEAT, "-o", "json", *words], input=stdin, capture_output=True, timeout=60)
    out = done.stdout.decode()
    return done.returncode, json.loads(out) if out.strip() else None, done.stderr.decode()


def by_field(rows):
    return {r["field"]: r for r in rows or []}


def sales(rows):
    """Rows with nulls, quotes, exact amounts, days and codes, the same at every run."""
    rng = random.Random(5)
    names = ["Ada", "Grace, H.", "Edsger", 'Tony "T"', "Barbara", ""]
    out = []
    for i in range(rows):
        out.append([str(i + 1), f"SO-{i:06}", rng.choice(names),
                    f"{rng.randrange(-5000, 100000) / 100:.2f}" if rng.random() < .8 else "",
                    f"{rng.randrange(1, 29):02}.{rng.randrange(1, 13):02}.2025",
                    str(i // 3), str(i % 3)])
    return out


HEAD = ["id", "order no", "name", "amount", "day", "batch", "line"]


def write(path, rows, *more):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEAD, *rows])
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.getvalue())
        f.writelines(more)
    return path


def check_against(rows, got, what):
    bad = []
    for c, name in enumerate(HEAD):
        f = got.get(name, {})
        values = [r[c] for r in rows if r[c] != ""]
        often = collections.Counter(values)
        want = {"rows": len(rows), "nulls": len(rows) - len(values), "distinct": len(often),
                "misfits": 0, "empty": 0, "unreadable": 0}
        if len(often) > 4096:
            want.pop("distinct")
            apart = abs(f["distinct"] - len(often)) / len(often) * 100
            if not 0 < f["distinct_error"] < 1 or apart > 4 * f["distinct_error"]:
                bad.append((name, "distinct", f["distinct"], len(often)))
        bad += [(name, k, f.get(k), v) for k, v in want.items() if f.get(k) != v]
        if len(often) <= 512:
            counts = {t["value"]: t["rows"] for t in f["top"]}
            if any(often[v] != n for v, n in counts.items()) or \
                    sorted(counts.values(), reverse=True) != sorted(often.values(), reverse=True)[:5]:
                bad.append((name, "top", counts, often.most_common(5)))
    amounts = [decimal.Decimal(r[3]) for r in rows if r[3]]
    a = got["amount"]
    if (decimal.Decimal(a["sum"]), decimal.Decimal(a["min"]), decimal.Decimal(a["max"])) != \
            (sum(amounts), min(amounts), max(amounts)):
        bad.append(("amount", a["sum"], sum(amounts)))
    ok(what, not bad, *bad)


def files():
    rows = sales(7001)
    path = write(os.path.join(DIR, "sales.csv"), rows)
    code, answer, err = leat("profile", path)
    got = by_field(answer)
    ok("a file is profiled without a database", code == 0 and list(got) == HEAD, err)
    check_against(rows, got, "its figures are those that Python counts")
    ok("types and how they are written", [r["type"] for r in answer] ==
       ["bigint", "text", "text", "decimal", "date", "bigint", "bigint"] and
       got["day"]["native"] == "date('%d.%m.%Y')", answer)
    ok("days are compared as days", got["day"]["min"] == "2025-01-01" and got["day"]["max"] == "2025-12-28")
    ok("keys alone", [r["key"] for r in answer][:2] == ["alone", "alone"] and
       got["batch"]["key"] is None and got["amount"]["key"] is None, answer)
    ok("patterns", got["order no"]["patterns"] == [{"pattern": "A+-9+", "rows": 7001}],
       got["order no"]["patterns"])
    ok("lengths", (got["order no"]["min_length"], got["order no"]["max_length"]) == (9, 9))
    again = leat("profile", path)[1]
    ok("a second look says the same", again == answer)
    with open(path, "rb") as f:
        ok("so does standard input", leat("profile", "-", stdin=f.read())[1] == answer)
    code, answer, _ = leat("profile", path, "--limit", "10", "--top", "0")
    ok("the first rows only", code == 0 and answer[0]["rows"] == 10 and answer[0]["top"] == [])
    lines = write(os.path.join(DIR, "lines.csv"), [[*r[:0], "1", "x", *r[2:]] for r in rows])
    got = by_field(leat("profile", lines)[1])
    ok("keys of two fields", got["batch"]["key"] == "line" and got["line"]["key"] == "batch", got)


def what_does_not_fit():
    rows = sales(12000)
    late = [r[:] for r in rows]
    late[11000][3] = "n/a"
    path = write(os.path.join(DIR, "late: 1.csv"), late, "17,too,few\n")
    code, answer, err = leat("profile", path)
    got = by_field(answer)
    ok("a colon may stand in a file's name", code == 0, err)
    ok("unreadable rows are counted and told", got["id"]["unreadable"] == 1 and
       got["id"]["rows"] == 12000 and "1 of 12001 rows" in err and "line 12002" in err, err)
    ok("so are texts that are not of the type", got["amount"]["misfits"] == 1 and
       got["amount"]["misfit"] == "n/a", got["amount"])
    code, _, err = leat("profile", os.path.join(DIR, "none.csv"))
    ok("no such file", code == 4 and "none.csv" in err and "hint" in err, code, err)
    code, _, err = leat("profile", ":x")
    ok("no such form", code == 2, code, err)
    code, _, err = leat("profile", path, "--top", "1000")
    ok("too many values", code == 2 and "256" in err, err)


def tables():
    rows = sales(3000)
    path = write(os.path.join(DIR, "table.csv"), rows)
    code, _, err = leat("load", path, "--into", "profiled")
    ok("a table to look at", code == 0, err)
    code, answer, err = leat("profile", "local:profiled")
    got = by_field(answer)
    ok("a table is profiled", code == 0 and got["day"]["type"] == "date", err)
    check_against([[r[0], r[1], r[2], str(decimal.Decimal(r[3])) if r[3] else "",
                    "-".join(reversed(r[4].split("."))), r[5], r[6]] for r in rows], got,
                  "with the same figures")
    code, _, err = leat("profile", "local:nothing")
    ok("no such table", code == 4 and "nothing" in err, err)
    code, _, err = leat("profile", "nowhere:x")
    ok("no such connection", code == 4 and "nowhere" in err, err)


files()
what_does_not_fit()
tables()
print(f"1..{len(results)}")
