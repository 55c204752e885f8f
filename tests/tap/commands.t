#!/usr/bin/env python3
# tests/tap/commands.t
#	Every command against a private database: answers, columns, exits.
#
# leat-test: timeout=600
import json
import os
import re
import signal
import subprocess
import sys
import time

LEAT = os.environ["LEAT"]
results = []
met = set()


def run(*words, stdin=None, env=None, form="json"):
    full = dict(os.environ, **(env or {}))
    done = subprocess.run([LEAT, *(["-o", form] if form else []), *words], input=stdin, capture_output=True, env=full,
                          timeout=120)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def ok(what, good, *said):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}", flush=True)
    if not good:
        for text in said:
            for line in str(text).split("\n"):
                print("#", line)
    return good


def declared():
    """Columns of each command, from its own help."""
    columns = {}
    for line in run("help", form="table")[1].split("\n"):
        if not line.startswith("  ") or line.startswith("   ") or "  " not in line.strip():
            continue
        name = line.strip().split("  ")[0]
        if name.startswith("-"):
            continue
        text = run("help", *name.split(), form="table")[1]
        if "\nAnswers " not in text:
            columns[name] = None
            continue
        part = text.split("\nAnswers ")[1].split("\n\n")[0]
        columns[name] = [row.split()[0] for row in part.split("\n")[1:]]
    return columns


def name_of(words):
    """The command among words: its longest name that is known."""
    plain = [w for w in words if not w.startswith("-")]
    for n in (3, 2, 1):
        if " ".join(plain[:n]) in COLUMNS:
            return " ".join(plain[:n])
    return None


def answer(what, *words, code=0, check=None, err=None, **more):
    """Runs, checks exit, columns and more; gives the parsed answer."""
    got = run(*words, **more)
    try:
        value = json.loads(got[1]) if got[1].strip() else None
    except ValueError:
        value = got[1]
    name = name_of(words)
    met.add(name)
    good = got[0] == code and (err is None or err in got[2])
    rows = value if isinstance(value, list) else [value] if value else []
    want = COLUMNS.get(name)
    for row in rows:
        if want is not None and list(row)[:len(want)] != want:
            good = False
            got = got + (f"columns {list(row)}, declared {want}",)
    if good and check is not None:
        try:
            good = bool(check(value))
        except (KeyError, TypeError, IndexError) as e:
            good, got = False, got + (repr(e),)
    ok(what, good, *got)
    return value


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def loads():
    write("things.csv", 'id,name,price\n1,Kettle,39.95\n2,Lamp,59.90\n3,"Chair, mesh",189\n')
    write("more.csv", "id,name,price\n2,Lamp,54.90\n3,\"Chair, mesh\",189\n4,Desk,649\n")
    first = answer("load makes the table", "load", "things.csv", "--into", "things",
                   check=lambda v: v["rows_read"] == v["rows_written"] == 3 and
                   v["state"] == "succeeded")
    ok("its keys are those promised", list(first or {}) == [
        "job", "state", "source", "target", "rows_read", "rows_written", "rows_unchanged",
        "rows_filtered", "rows_rejected", "bytes", "seconds"], first)
    answer("a key changes rows", "load", "more.csv", "--into", "local:public.things", "--key", "id",
           check=lambda v: (v["rows_written"], v["rows_unchanged"]) == (2, 1))
    answer("mapped and checked", "load", "things.csv", "--into", "labels", "--only-mapped",
           "--map", "id = id", "--map", "label = upper(name)", "--check", "id min 2",
           "--max-rejects", "0", code=3, err="1 of 3 rows were rejected, and at most 0 may be",
           check=lambda v: (v["rows_written"], v["rows_rejected"]) == (2, 1))
    answer("a dry run writes nothing", "load", "things.csv", "--into", "nowhere", "--dry-run",
           check=lambda v: v["job"] is None and v["rows_read"] == 3)
    answer("... indeed", "connection", "fields", "local", "nowhere", code=4)
    answer("standard input", "load", "-", "--into", "piped", stdin=b"a,b\n1,x\n",
           check=lambda v: v["rows_written"] == 1)
    answer("several files", "load", "things.csv", "more.csv", "--into", "both",
           check=lambda v: v["rows_read"] == 6)
    answer("only the first rows", "load", "things.csv", "--into", "few", "--limit", "1",
           check=lambda v: v["rows_read"] == 1)
    answer("no such connection", "load", "things.csv", "--into", "nope:t", code=4)
    answer("drift is blocked", "load", "things.csv", "--into", "labels", code=7, err="hint:",
           check=lambda v: v["state"] == "failed")
    answer("an expression that is none", "load", "things.csv", "--into", "t2", "--map", "a = b +",
           code=2)


PIPELINES = """
secrets:
  shop-password: {file: /etc/leat/none}
connections:
  shop:
    connector: postgres
    host: 127.0.0.1
    port: 1
    dbname: shop
    password: {secret: shop-password}
pipelines:
  things:
    source: {connection: files, stream: "things.csv"}
    target: {connection: local, stream: public.mapped}
    mode: upsert
    key: [id]
    map:
      zeta: name | upper
      id: id
      alpha: price * 2
    only_mapped: true
    cursor: id
    checks: ["zeta required"]
"""


def lost_connections():
    """apply with pipelines whose connections are nowhere."""
    text = PIPELINES.replace("things:", "lost:").replace("shop:", "dock:")
    for end, name, near in (("source", "flies", "files"), ("target", "loacl", "local"),
                            ("source", "dokc", "dock"), ("source", "shpo", "shop"),
                            ("target", "warehouse", "")):
        one = re.sub(end + r": \{connection: \w+", end + ": {connection: " + name, text)
        write("lost.yaml", one)
        line = one[:one.index("connection: " + name)].count("\n") + 1
        answer(f"apply refuses the connection {name}", "apply", "-f", "lost.yaml", code=4,
               err=f"lost.yaml, line {line}, pipeline lost: {end}.connection: there is no "
                   f"connection {name}")
        hint = run("apply", "-f", "lost.yaml", form="table")[2]
        ok(f"and says what is near {name}", (f"Did you mean {near}?" if near else
           "connection list") in hint, hint)
        answer("and applies nothing of the file", "connection", "show", "dock", code=4)
        answer("not even as a dry run", "apply", "-f", "lost.yaml", "--dry-run", code=4)


def alerts():
    url = "url=https://127.0.0.1:9/"
    answer("alert add", "alert", "add", "ops", "webhook", url, "--rejects", "2%",
           check=lambda v: v["on"] == "failure,recovery,rejects" and v["rejects"] == "2%")
    answer("alert add again", "alert", "add", "ops", "webhook", url, code=7)
    answer("alert add replaces", "alert", "add", "ops", "webhook", url, "--replace")
    answer("alert list", "alert", "list", check=lambda v: [a["name"] for a in v] == ["ops"])
    answer("alert show", "alert", "show", "ops", check=lambda v: v["incidents"] == [])
    answer("alert test to a loopback address", "alert", "test", "ops", code=6)
    answer("alert pause", "alert", "pause", "ops", check=lambda v: v["paused"])
    answer("alert resume", "alert", "resume", "ops", check=lambda v: not v["paused"])
    answer("alert remove", "--yes", "alert", "remove", "ops")
    answer("alert remove nothing", "--yes", "alert", "remove", "ops", code=4)


def pipelines():
    os.makedirs("deep", exist_ok=True)
    write("deep/p.yaml", PIPELINES)
    write("deep/things.csv", open("things.csv", encoding="utf-8").read())

    def actions(v):
        return {(r["kind"], r["name"]): r["action"] for r in v}
    answer("what apply would do", "apply", "-f", "deep/p.yaml", "--dry-run",
           check=lambda v: set(actions(v).values()) == {"created"})
    answer("a dry run makes nothing", "pipeline", "show", "things", code=4)
    answer("apply", "apply", "-f", "deep/p.yaml",
           check=lambda v: len(v) == 3 and set(actions(v).values()) == {"created"})
    answer("apply again changes nothing", "apply", "-f", "deep/p.yaml",
           check=lambda v: set(actions(v).values()) == {"unchanged"})
    yaml = run("export", form="table")[1]
    write("export.yaml", yaml)
    met.add("export")
    ok("rules stay in their order", yaml.find("zeta:") < yaml.find("alpha:") and "zeta:" in yaml, yaml)
    answer("an export applies to nothing", "apply", "-f", "export.yaml",
           check=lambda v: set(actions(v).values()) == {"unchanged"})
    answer("one of them", "export", "nothing-here", code=4)
    write("changed.yaml", PIPELINES.replace("price * 2", "price * 3").replace(
        '"things.csv"', '"deep/things.csv"'))
    answer("a change is told", "apply", "-f", "changed.yaml",
           check=lambda v: [r["action"] for r in v if r["kind"] == "pipeline"] == ["changed"] and
           "price * 3" in [r["difference"] for r in v if r["kind"] == "pipeline"][0])
    for what, text, why in (
            ("a secret in the open", "connections:\n  x: {connector: postgres, password: abc}\n", "secret"),
            ("a key twice", "pipelines:\n  a: {}\npipelines:\n  b: {}\n", "line 3"),
            ("a schedule without a time", "schedules:\n  s: {pipeline: things}\n", "cron"),
            ("a schedule that never comes", "schedules:\n  s: {pipeline: things, cron: '0 0 30 2 *'}\n",
             "never comes"),
            ("a wrong key of a schedule", "schedules:\n  s: {pipelin: things}\n", "pipelin"),
            ("missed all that overlaps", "schedules:\n  s: {pipeline: things, cron: '@daily', missed: all}\n",
             "overlap queue"),
            ("an anchor", "connections: &a {}\n", "anchors"),
            ("a wrong key", "pipelines:\n  a: {sorce: {}}\n", "sorce"),
            ("an unknown section", "pipeline: {}\n", "pipeline")):
        write("bad.yaml", text)
        answer(f"apply refuses {what}", "apply", "-f", "bad.yaml", code=2, err=why)
    lost_connections()
    answer("pipeline list", "pipeline", "list", check=lambda v: v[0]["name"] == "things")
    answer("pipeline add", "pipeline", "add", "added", "things.csv", "--into", "things_too", "--key", "id",
           check=lambda v: v["mode"] == "upsert" and v["source"].startswith("files:/"))
    answer("it is one", "pipeline", "show", "added", check=lambda v: v["body"]["key"] == ["id"])
    answer("there is one already", "pipeline", "add", "added", "things.csv", "--into", "x", code=7)
    answer("there is no such file", "pipeline", "add", "b", "no.csv", "--into", "x", code=4, err="no.csv")
    answer("there is no such connection", "pipeline", "add", "b", "nowhere:t", "--into", "x", code=4)
    answer("upsert without a key", "pipeline", "add", "b", "things.csv", "--into", "x", "--mode", "upsert",
           code=2)
    answer("nothing was made", "pipeline", "show", "b", code=4)
    answer("pipeline remove it", "--yes", "pipeline", "remove", "added")
    answer("pipeline show", "pipeline", "show", "things", check=lambda v: v["mode"] == "upsert")
    answer("mapping show", "mapping", "show", "things",
           check=lambda v: [r["field"] for r in v][:3] == ["zeta", "id", "alpha"] and
           "upper" in v[0]["from"] and v[1]["key"] is True)
    answer("mapping status", "mapping", "status", "things", check=lambda v: v["draft"] is False)
    answer("mapping preview", "mapping", "preview", "things",
           check=lambda v: [r["field"] for r in v] == ["zeta", "id", "alpha"] and
           {r["status"] for r in v} == {"ok"})
    answer("mapping try", "mapping", "try", "things", "alpha", "price *",
           check=lambda v: v["status"] == "ERROR" and v["at"] > 6)
    answer("mapping sources", "mapping", "sources", "things", check=lambda v: len(v) >= 3)
    answer("mapping set", "mapping", "set", "things", "alpha=1", check=lambda v: v["changes"] == 1)
    answer("mapping undo", "mapping", "undo", "things", check=lambda v: v["redo"] == 1)
    answer("mapping redo", "mapping", "redo", "things", check=lambda v: v["undo"] == 1)
    answer("mapping diff", "mapping", "diff", "things", check=lambda v: v[0]["to"] == "1")
    answer("mapping export", "mapping", "export", "things", "things.map")
    answer("mapping import", "mapping", "import", "things", "things.map",
           check=lambda v: v["changes"] == 0)
    answer("mapping validate", "mapping", "validate", "things", check=lambda v: v == [])
    answer("mapping history", "mapping", "history", "things", check=lambda v: v[0]["current"])
    answer("mapping publish", "mapping", "publish", "things", "--yes",
           check=lambda v: v[0]["outcome"] == "unchanged")
    answer("mapping discard", "mapping", "discard", "things", "--yes",
           check=lambda v: v["discarded"] is False)
    answer("pipeline preview", "pipeline", "preview", "things", "--limit", "2",
           check=lambda v: len(v) == 2 and v[0]["zeta"] == "KETTLE" and v[0]["state"] == "ok")
    answer("run", "run", "things", check=lambda v: v["rows_written"] == 3)
    answer("what was loaded is not loaded again", "pipeline", "run", "things",
           check=lambda v: v["rows_written"] == 0)
    answer("columns are in the order of the rules", "connection", "fields", "local", "mapped",
           check=lambda v: [r["field"] for r in v] == ["zeta", "id", "alpha"])
    answer("mapping suggest", "mapping", "suggest", "--pipeline", "things",
           check=lambda v: {r["target"] for r in v} == {"zeta", "id", "alpha"})
    answer("a dry run of a pipeline", "run", "things", "--dry-run", check=lambda v: v["job"] is None)
    answer("a connection tells how its last job found it", "connection", "list", "local",
           check=lambda v: v[0]["health"] == "ok" and v[0]["last_job"] > 0)
    answer("a pipeline tells how its jobs went", "pipeline", "list",
           check=lambda v: v[0]["recent"] == "succeeded succeeded")
    answer("bookmark list", "bookmark", "list", check=lambda v: v[0]["pipeline"] == "things")
    answer("bookmark set", "bookmark", "set", "things", "2",
           check=lambda v: v["bookmark"] == {"field": "id", "value": "2"})
    answer("a run goes on behind it", "run", "things", "--reload")
    answer("bookmark clear", "--yes", "bookmark", "clear", "things")
    answer("bookmark of nothing", "bookmark", "set", "nothing-here", "2", code=4)


SCHEDULES = """
schedules:
  filed:
    pipeline: plain
    cron: "*/15 8-18 * * mon-fri"
    tz: Europe/Berlin
    missed: skip
    attempts: 2
"""


def schedules():
    write("plain.yaml", "pipelines:\n  plain:\n    source: {connection: files, stream: things.csv}\n"
          "    target: {connection: local, stream: public.plain}\n")
    answer("a pipeline without a cursor", "apply", "-f", "plain.yaml")
    answer("one with a cursor is not for a backfill", "run", "things", "--backfill",
           "2026-03-28..2026-03-30", code=2, err="cursor")
    add = ("schedule", "add", "nightly", "--pipeline", "plain", "--cron", "30 2 * * *",
           "--tz", "europe/berlin")
    answer("schedule add", *add, check=lambda v: v["tz"] == "Europe/Berlin" and
           v["state"] == "active" and v["next_at"] and v["overlap"] == "skip" and v["slots"] == [])
    answer("it is there", *add, code=7, err="--replace")
    answer("change it", *add[:-1], "UTC", "--replace", check=lambda v: v["version"] == 2)
    answer("the same changes nothing", *add[:-1], "UTC", "--replace",
           check=lambda v: v["version"] == 2)
    answer("a field that is wrong", *add[:6], "61 2 * * *", code=2, err="minute, column 1")
    answer("a zone that is none", *add[:-1], "Europe/Berln", code=4, err="Did you mean Europe/Berlin")
    answer("a pipeline that is none", "schedule", "add", "x", "--pipeline", "nope", "--cron", "@daily",
           code=4)
    answer("attempts", *add, "--attempts", "0", code=2)
    answer("schedule list", "schedule", "list", "--pipeline", "plain",
           check=lambda v: [r["name"] for r in v] == ["nightly"])
    answer("schedule show", "schedule", "show", "nightly", check=lambda v: v["cron"] == "30 2 * * *")
    answer("which is none", "schedule", "show", "nope", code=4, err="schedule list")
    answer("schedule next", "schedule", "next", "nightly", "--count", "3",
           check=lambda v: len(v) == 3 and v[0]["local"].endswith("T02:30+00:00"))
    run(*add, "--replace")
    answer("through a change of the clocks", "schedule", "next", "nightly", "--count", "3",
           "--from", "2026-03-28T00:00Z", check=lambda v: [(r["local"], r["utc"]) for r in v] == [
               ("2026-03-28T02:30+01:00", "2026-03-28T01:30:00Z"),
               ("2026-03-29T03:00+02:00", "2026-03-29T01:00:00Z"),
               ("2026-03-30T02:30+02:00", "2026-03-30T00:30:00Z")])
    answer("schedule pause", "schedule", "pause", "nightly",
           check=lambda v: v["state"] == "paused" and v["next_at"] is None)
    answer("what is paused does not come", "schedule", "next", check=lambda v: v == [])
    answer("schedule resume", "schedule", "resume", "nightly", check=lambda v: v["next_at"])
    answer("schedule run", "schedule", "run", "nightly", check=lambda v: v["state"] == "succeeded")
    answer("a pipeline that has a schedule stays", "--yes", "pipeline", "remove", "plain", code=7,
           err="nightly")
    write("s.yaml", SCHEDULES)
    answer("what apply would do with a schedule", "apply", "-f", "s.yaml", "--dry-run",
           check=lambda v: v[0]["kind"] == "schedule" and v[0]["action"] == "created")
    answer("a dry run makes no schedule", "schedule", "show", "filed", code=4)
    answer("apply of a schedule", "apply", "-f", "s.yaml", check=lambda v: v[0]["action"] == "created")
    answer("and again", "apply", "-f", "s.yaml", check=lambda v: v[0]["action"] == "unchanged")
    run("schedule", "pause", "filed")
    answer("a pause stays", "apply", "-f", "s.yaml", check=lambda v: v[0]["action"] == "unchanged")
    write("s2.yaml", SCHEDULES.replace("8-18", "8-17") + "    paused: false\n")
    answer("a change of it is told", "apply", "-f", "s2.yaml", check=lambda v: "8-17" in
           v[0]["difference"] and "paused" in v[0]["difference"])
    write("export.yaml", run("export", form="table")[1])
    answer("an export of schedules applies to nothing", "apply", "-f", "export.yaml", check=lambda v:
           {r["action"] for r in v} == {"unchanged"} and sum(r["kind"] == "schedule" for r in v) == 2)
    answer("a backfill is shown", "run", "plain", "--backfill", "2026-03-28..2026-04-01", "--dry-run",
           "--schedule", "nightly", check=lambda v: [(r["slot_start"], r["slot_end"]) for r in v] == [
               ("2026-03-27T01:30:00Z", "2026-03-28T01:30:00Z"),
               ("2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z"),
               ("2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"),
               ("2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z")])
    answer("two schedules want a choice", "run", "plain", "--backfill", "2026-03-28..2026-04-01", code=2,
           err="--schedule")
    answer("many jobs want a yes", "run", "plain", "--backfill", "2026-01-01..2026-03-01", "--every",
           "hour", code=2, err="--yes")
    answer("too many are too many", "--yes", "run", "plain", "--backfill", "2016-01-01..2026-03-01",
           "--every", "hour", code=2, err="10000")
    answer("no span", "run", "plain", "--backfill", "2026-02-30..2026-03-01", "--every", "day", code=2, err="FROM..TO")
    answer("backwards", "run", "plain", "--backfill", "2026-03-02..2026-03-01", "--every", "day", code=2, err="later")
    answer("--every alone", "run", "plain", "--every", "day", code=2, err="--backfill")
    answer("schedule remove asks", "schedule", "remove", "filed", code=2)
    answer("schedule remove", "--yes", "schedule", "remove", "filed")
    answer("schedule remove, the other", "--yes", "schedule", "remove", "nightly")
    answer("a backfill is a list of jobs", "run", "plain", "--backfill", "2026-03-28..2026-03-30",
           check=lambda v: len(v) == 2 and all(r["state"] == "queued" for r in v))
    answer("that engines take", "work", "--until-idle")
    answer("and that did it", "job", "list", "--pipeline", "plain", "--limit", "2",
           check=lambda v: all(r["state"] == "succeeded" for r in v))
    answer("pipeline remove", "--yes", "pipeline", "remove", "plain")


def connections():
    answer("connection add", "connection", "add", "other", "postgres", "host=localhost",
           "dbname=x", "password=env:NO_SUCH_VARIABLE", check=lambda v: v["changed"] is True)
    answer("it exists", "connection", "add", "other", "postgres", "dbname=y", code=7)
    answer("change it", "connection", "add", "other", "postgres", "dbname=y", "--replace",
           check=lambda v: v["changed"] is True)
    answer("a secret in the open", "connection", "add", "o2", "postgres", "password=abc", code=2,
           err="secret")
    answer("an unknown setting", "connection", "add", "o2", "postgres", "hots=abc", code=2)
    answer("connection list", "connection", "list",
           check=lambda v: [r["name"] for r in v][:2] == ["files", "local"])
    answer("connection show", "connection", "show", "other")
    answer("connection test", "connection", "test", "local", check=lambda v: "PostgreSQL" in v["answer"])
    answer("a secret that is not there", "connection", "test", "shop", code=4, err="shop")
    answer("far away", "connection", "add", "far", "postgres", "host=127.0.0.1", "port=1", "dbname=x",
           "user=x")
    answer("the other side is not there", "connection", "test", "far", code=5)
    answer("connection streams", "connection", "streams", "local",
           check=lambda v: any("things" in r["stream"] for r in v))
    answer("connection fields", "connection", "fields", "files", "things.csv",
           check=lambda v: [r["type"] for r in v][1] == "text")
    answer("connection sample", "connection", "sample", "local", "things", "--limit", "2",
           check=lambda v: len(v) == 2 and set(v[0]) == {"id", "name", "price"})
    answer("sample", "sample", "things.csv", check=lambda v: [r["name"] for r in v if
           r["part"] == "field"] == ["id", "name", "price"] and v[-1]["part"] == "load")
    answer("profile", "profile", "local:things", check=lambda v: v[0]["rows"] > 0 and
           [r["field"] for r in v] == ["id", "name", "price"])
    answer("remove needs a yes", "connection", "remove", "other", code=2)
    answer("connection remove", "--yes", "connection", "remove", "other")
    answer("built-in ones stay", "--yes", "connection", "remove", "local", code=6)
    answer("connector list", "connector", "list")
    answer("connector show", "connector", "show", "postgres")


def jobs():
    listed = answer("job list", "job", "list", "--limit", "100", check=lambda v: len(v) > 8)
    failed = [j["job"] for j in listed if j["state"] == "failed"]
    answer("jobs of a state", "job", "list", "--state", "failed",
           check=lambda v: [j["job"] for j in v] == failed)
    answer("jobs of a pipeline", "job", "list", "--pipeline", "things", "--since", "1h",
           check=lambda v: all(j["pipeline"] == "things" for j in v) and v)
    ids = [j["job"] for j in listed]
    page = lambda v: [j["job"] for j in v]  # noqa: E731
    answer("jobs of a filter", "job", "list", "state=failed", "--limit", "100",
           check=lambda v: page(v) == failed)
    answer("words of a filter", "job", "list", "state=failed", "|", "pipeline=things", "--limit", "100",
           check=lambda v: set(failed) < set(page(v)))
    answer("a page further", "job", "list", "--limit", "3", "--after", str(ids[2]),
           check=lambda v: page(v) == ids[3:6])
    answer("a page back", "job", "list", "--limit", "3", "--before", str(ids[5]),
           check=lambda v: page(v) == ids[2:5])
    answer("in another order", "job", "list", "--sort", "-rows_read", "--limit", "100",
           check=lambda v: [j["rows_read"] for j in v] == sorted([j["rows_read"] for j in v], reverse=True))
    answer("a wrong column", "job", "list", "stat=failed", code=2)
    answer("a wrong order", "job", "list", "--sort", "colour", code=2)
    answer("both ways at once", "job", "list", "--after", "1", "--before", "2", code=2)
    answer("an unfinished filter", "job", "list", "state=", "--limit", "100",
           check=lambda v: page(v) == ids)
    answer("job show", "job", "show", "1", check=lambda v: v["attempts"][0]["outcome"] == "succeeded" and
           v["slowest"] in ("source", "mapping", "target") and v["time_target"] >= 0)
    answer("no such job", "job", "show", "99999", code=4)
    answer("job logs", "job", "logs", "1", check=lambda v: any("done" in r["line"] for r in v))
    answer("log list", "log", "list", "--limit", "2", check=lambda v: len(v) == 2 and v[0]["id"] < v[1]["id"])
    answer("logs of the newest", "logs", "--tail", "1", check=lambda v: len(v) == 1)
    answer("job count", "job", "count", check=lambda v: v == {"count": len(ids), "is_exact": True})
    answer("job count of a filter", "job", "count", "state=failed", check=lambda v: v["count"] == len(failed))
    lines = answer("lines of all jobs", "log", "list", "line:e", "--limit", "20",
                   check=lambda v: len(v) == 20 and all("e" in r["line"].lower() for r in v))
    answer("lines forward", "log", "list", "line:e", "--limit", "5", "--after", str(lines[4]["id"]),
           check=lambda v: v == lines[5:10])
    answer("lines further back", "log", "list", "line:e", "--limit", "5", "--before", str(lines[10]["id"]),
           check=lambda v: v == lines[5:10])
    answer("lines of a filter", "job", "logs", "1", "--filter", "line:done",
           check=lambda v: v and all(r["job"] == 1 and "done" in r["line"] for r in v))
    answer("a page of lines", "logs", "1", "--limit", "2", check=lambda v: len(v) == 2)
    answer("lines that follow do not page", "logs", "--limit", "2", "--follow", code=2)
    answer("job wait on an ended one", "job", "wait", "1", check=lambda v: v["state"] == "succeeded")
    answer("job watch", "job", "watch", "1", check=lambda v: v[-1]["phase"] is not None)
    queued = answer("a job for others", "load", "things.csv", "--into", "later", "--detach",
                    check=lambda v: v["state"] == "queued")
    answer("waiting has an end", "job", "wait", str(queued["job"]), "--timeout", "200ms", code=1)
    answer("work", "work", "--until-idle", check=lambda v: v["ended"] == "idle")
    answer("it was done", "job", "wait", str(queued["job"]), check=lambda v: v["rows_written"] == 3)
    queued = answer("another", "load", "things.csv", "--into", "later", "--detach")
    answer("job cancel", "job", "cancel", str(queued["job"]), check=lambda v: v["state"] == "cancelled")
    answer("it is over", "job", "cancel", str(queued["job"]), code=7)
    paused = answer("one more", "load", "things.csv", "--into", "later", "--detach")
    answer("job pause", "job", "pause", str(paused["job"]), check=lambda v: v["state"] == "paused")
    answer("job resume", "job", "resume", str(paused["job"]), check=lambda v: v["state"] == "queued")
    answer("an empty filter is none", "--yes", "job", "cancel", "--filter", " ", code=2)
    answer("a half one, too", "--yes", "job", "cancel", "--filter", "source:csv state=", code=2)
    answer("nothing of that filter", "--yes", "job", "cancel", "--filter", "state=queued queue=none",
           check=lambda v: v == [])
    answer("cancel by a filter", "--yes", "job", "cancel", "--filter", "state=queued source:things",
           check=lambda v: [r["outcome"] for r in v] == ["planned", "cancelled"])
    answer("job retry", "job", "retry", str(queued["job"]), check=lambda v: v["state"] == "succeeded")


LISTS = {  # command: (a filter that something passes, one that nothing passes, a column, its key)
    "pipeline list": (["mode=append,upsert"], ["name~^zz"], "-updated_at", "name"),
    "schedule list": (["state=active,paused"], ["tz=Mars/Olympus"], "cron", "name"),
    "connection list": (["connector:post"], ["builtin=no", "connector=none"], "connector", "name"),
    "engine list": (["state=ended"], ["slots>1k"], "-started_at", "engine"),
    "queue list": (["queued<1k"], ["running>1M"], "queue", "queue"),
    "alert list": (["kind=webhook"], ["open>100"], "kind", "name"),
    "bookmark list": (["things"], ["pipeline=none"], "-updated_at", "pipeline"),
    "reject list": (["--filter", "field=id row>0"], ["--filter", "line>1M"], "-row", "id"),
    "reject groups": (["--filter", "rule~min"], ["--filter", "rows>1k"], "rows", "sample_id"),
}


def lists():
    # Something in each of them; what a list has is shown by its own part of this file.
    for name in ("listed", "also"):
        answer(f"a schedule to list: {name}", "schedule", "add", name, "--pipeline", "things",
               "--cron", "@daily", "--paused")
    answer("a bookmark to list", "bookmark", "set", "things", "2")
    answer("an alert to list", "alert", "add", "listed", "webhook", "url=https://hooks.example.com/x")
    for name, (some, none, column, key) in LISTS.items():
        words = name.split() + (["--all"] if name == "engine list" else [])
        rows = json.loads(run(*words)[1])
        passed = answer(f"{name}: a filter", *words, *some, check=lambda v: len(v) > 0)
        answer(f"{name}: nothing passes", *words, *none, check=lambda v: v == [])
        ordered = answer(f"{name}: an order", *words, "--sort", column,
                         check=lambda v: sorted(r[key] for r in v) == sorted(r[key] for r in rows))
        if len(ordered) > 1:
            first, last = ordered[0][key], ordered[-1][key]
            answer(f"{name}: the next page", *words, "--sort", column, "--after", str(first),
                   check=lambda v: v == ordered[1:])
            answer(f"{name}: the previous page", *words, "--sort", column, "--before", str(last),
                   "--limit", "1", check=lambda v: v == ordered[-2:-1])
        answer(f"{name}: no such column", *words, "--sort", "colour", code=2)
        ok(f"{name}: there is something to list", rows)
        ok(f"{name}: a filter adds nothing", len(passed) <= len(rows))
    answer("a key that is not there", "pipeline", "list", "--after", "nobody", code=4)
    answer("a wrong filter of a list", "connection", "list", "conector=file", code=2)
    for name in ("listed", "also"):
        answer(f"schedule {name} goes", "--yes", "schedule", "remove", name)
    answer("the bookmark goes", "--yes", "bookmark", "clear", "things")
    answer("the alert goes", "--yes", "alert", "remove", "listed")


def queues():
    answer("queue list", "queue", "list", check=lambda v: [q["queue"] for q in v] == ["default"] and
           v[0]["queued"] == v[0]["running"] == 0 and v[0]["paused"] is False)
    answer("queue stats", "queue", "stats", check=lambda v: v["hour_ended"] == v["day_ended"] > 8 and
           v["hour_failed"] > 0 and 0 <= v["wait_p50"] <= v["wait_p95"] and v["oldest_job"] is None)
    answer("queue minutes", "queue", "minutes", check=lambda v: len(v) == 60 and
           sum(m["ended"] for m in v) > 8 and sum(m["failed"] for m in v) > 0)
    answer("pipeline ages", "pipeline", "ages",
           check=lambda v: [p["age"] >= 0 for p in v if p["name"] == "things"] == [True])
    answer("queue pause", "queue", "pause", "mail", check=lambda v: v["paused"] is True)
    answer("queue resume", "queue", "resume", "mail", check=lambda v: v["paused"] is False)
    answer("queue limits set", "queue", "limits", "set", "--queue", "mail", "--max-running", "2",
           "--rate", "90/m", "--burst", "5", check=lambda v: (v["max_running"], v["rate"], v["burst"],
                                                            v["room"]) == (2, "1.5/s", 5, 2))
    answer("queue limits", "queue", "limits", check=lambda v: [r["name"] for r in v] == ["mail"])
    answer("queue list has limits", "queue", "list",
           check=lambda v: [(q["queue"], q["max_running"]) for q in v] == [("default", None), ("mail", 2)])
    answer("queue limits remove", "queue", "limits", "remove", "--queue", "mail")
    answer("engine list", "engine", "list", check=lambda v: v == [])
    answer("engine list of all", "engine", "list", "--all",
           check=lambda v: v and {e["state"] for e in v} == {"ended"})
    answer("engine drain", "engine", "drain", "1", code=4)
    answer("pipeline pause", "pipeline", "pause", "things", check=lambda v: v["paused"] is True)
    answer("pipeline resume", "pipeline", "resume", "things", check=lambda v: v["paused"] is False)


def rejects():
    listed = answer("reject list", "reject", "list", check=lambda v: len(v) == 1 and
                    v[0]["problems"][0]["rule"] == "min" and v[0]["line"] == 2)
    answer("reject list, cut", "reject", "list", "--raw-bytes", "5",
           check=lambda v: v[0]["raw"] == "1,Ket" and v[0]["raw_size"] == 14)
    answer("reject list, cut and sorted", "reject", "list", "--raw-bytes", "5", "--sort", "-row",
           check=lambda v: v[0]["raw"] == "1,Ket" and v[0]["raw_size"] == 14)
    ok("reject list: a size that is none", run("reject", "list", "--raw-bytes", "0")[0] == 2)
    answer("reject groups", "reject", "groups", str(listed[0]["job"]),
           check=lambda v: v[0]["rows"] == 1 and v[0]["field"] == "id")
    answer("rejects of the newest job", "reject", "list", "--last", check=lambda v: v == [])
    answer("reject show", "reject", "show", str(listed[0]["id"]),
           check=lambda v: v["raw"] == "1,Kettle,39.95")
    code, out, err = run("reject", "export", form="csv")
    met.add("reject export")
    ok("reject export", code == 0 and '"1,Kettle,39.95"' in out, out, err)
    ok("is CSV when nothing is said", run("reject", "export", form=None)[:2] == (0, out), out)
    ok("in a script, too", run("--no-tui", stdin=b"reject export\n", form=None)[1] == out, out)
    ok("and a table when asked for", '"1,Kettle,39.95"' not in
       run("reject", "export", form="table")[1])
    answer("or objects", "reject", "export", check=lambda v: v[0]["raw"] == "1,Kettle,39.95")
    answer("reject try", "reject", "try", "--where", "id>0", "id", "trim(id)", check=lambda v: v["cell"] == "id")
    answer("reject fix", "--yes", "reject", "fix", str(listed[0]["id"]), "id=2",
           check=lambda v: v[-1]["outcome"] == "staged" and v[-1]["rejects"] == 1)
    answer("reject undo", "reject", "undo", check=lambda v: v["rejects"] == 1)
    answer("reject redo", "reject", "redo", check=lambda v: v["rejects"] == 1)
    answer("reject acts", "reject", "acts", check=lambda v: len(v) == 1 and v[0]["kind"] == "fix")
    answer("reject history", "reject", "history", str(listed[0]["id"]),
           check=lambda v: [s["what"] for s in v] == ["met", "fix", "undo", "redo"])
    answer("reject replay", "reject", "replay", str(listed[0]["id"]), "--dry-run",
           check=lambda v: v[0]["state"] == "dry run")
    answer("reject import", "reject", "import", "/nonexistent/none.csv", code=4)
    answer("discard asks", "reject", "discard", str(listed[0]["id"]), code=2)
    answer("discard what", "--yes", "reject", "discard", code=2)
    answer("reject discard", "--yes", "reject", "discard", str(listed[0]["id"]), "--reason", "known",
           check=lambda v: v["rows"] == 1)
    answer("it is no longer listed", "reject", "list", check=lambda v: v == [])
    answer("but kept", "reject", "list", "--discarded", check=lambda v: v[0]["discard_reason"] == "known")


def the_rest():
    answer("doctor", "doctor", check=lambda v: not [r for r in v if r["state"] == "fail"])
    answer("migrate status", "migrate", "status", check=lambda v: all(r["state"] == "applied" for r in v))
    answer("migrate up has nothing to do", "migrate", "up", check=lambda v: v == [])
    answer("migrate down asks", "migrate", "down", "--to", "0", code=2)
    answer("db status", "db", "status", check=lambda v: v["state"] == "running")
    code, out, err = run("db", "psql", "-c", "select 40 + 2 as n", form="table")
    met.add("db psql")
    ok("db psql", code == 0 and "42" in out, out, err)
    answer("pipeline remove", "--yes", "pipeline", "remove", "things")
    code, out, err = run("console")
    met.add("console")
    ok("console wants a terminal", code == 2 and "needs a terminal" in err, out, err)

    for name in ("help", "completion"):
        answer(name, name, *(["bash"] if name == "completion" else []), check=len)


def interrupted():
    with open("big.csv", "w", encoding="utf-8") as f:
        f.write("id,text\n")
        for i in range(3_000_000):
            f.write(f"{i},some text that makes the file larger {i}\n")
    p = subprocess.Popen([LEAT, "-o", "json", "--progress", "json", "load", "big.csv", "--into", "big"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = p.stderr.readline()
    p.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, err = p.communicate(timeout=60)
    ok("progress is an object a line", set(json.loads(first)) >= {"job", "rows", "bytes", "eta_ms"}, first)
    ok("Ctrl-C ends a load with 130", p.returncode == 130, p.returncode, out, err)
    ok("soon", time.monotonic() - began < 10)
    listed = json.loads(run("job", "list", "--limit", "1")[1])
    ok("the job was handed back", listed[0]["state"] == "queued", listed)
    answer("nothing of it is there", "connection", "fields", "local", "big", code=4)
    run("job", "cancel", str(listed[0]["job"]))
    p = subprocess.Popen([LEAT, "work"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    p.send_signal(signal.SIGTERM)
    out, err = p.communicate(timeout=60)
    ok("work drains and ends well on SIGTERM", p.returncode == 0, p.returncode, out, err)


COLUMNS = declared()
os.chdir(os.environ.get("TMPDIR", "/tmp"))
answer("db start", "db", "start", check=lambda v: v["kept"] is True)
for part in (loads, pipelines, schedules, connections, alerts, lists, rejects, jobs, queues, the_rest, interrupted):
    part()
answer("db stop", "db", "stop", check=lambda v: v["state"] == "stopped")
missed = sorted(set(COLUMNS) - met - {"migrate down"})
ok("every command was met", not missed, missed)
print(f"1..{len(results)}")
sys.exit(not all(results))
