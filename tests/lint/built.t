#!/usr/bin/env python3
# tests/lint/built.t
#	What a source includes and the build makes is made before it, whatever is asked for.
#
# In an empty folder "make leat" has no list of what an object needs yet: each
# object whose source includes a made header has it as an order-only prerequisite.
import os
import re
import subprocess
import sys

MADE = "core/meta/sql_text.h"


def users(source):
    """The sources that include it."""
    found = []
    for room in ("core", "connectors", "batch", "tui", "tests"):
        for folder, _, files in os.walk(os.path.join(source, room)):
            for name in files:
                path = os.path.join(folder, name)
                if name.endswith(".c"):
                    with open(path, encoding="utf-8") as f:
                        if f'#include "{MADE}"' in f.read():
                            found.append(os.path.relpath(path, source))
    return sorted(found)


def without(sources, database):
    """Those whose object does not wait for it, by what make says of its rules."""
    waits = set(re.findall(rf"^(\S+)\.o:[^\n]*\|[^\n]*\b{re.escape(MADE)}", database, re.MULTILINE))
    return [s for s in sources if s[:-2] not in waits]


def main():
    source, build = os.environ["LEAT_SOURCE"], os.environ["LEAT_BUILD"]
    # Asked for nothing that has to be made, make prints its rules and is done.
    database = subprocess.run(["make", "-pn", "-C", build, "Makefile"], capture_output=True,
                              text=True, check=False, env={"PATH": os.environ["PATH"]}).stdout
    found = users(source)
    lost = without(found, database)
    lines = [(bool(found) and "core/meta/job.o:" in database, "there is something to look at"),
             (not lost, "made headers come before the objects that need them"),
             (without(["a/x.c", "a/y.c"], f"a/x.o: a/x.c {MADE}\na/y.o: a/y.c | {MADE}\n")
              == ["a/x.c"], "sees an object that does not wait")]
    print(f"1..{len(lines)}")
    for n, (ok, what) in enumerate(lines, 1):
        print(f"{'' if ok else 'not '}ok {n} - {what}")
    for s in lost:
        print(f"# {s}: its object does not wait for {MADE}")
    sys.exit(0 if all(ok for ok, _ in lines) else 1)


main()
