#!/usr/bin/env python3
# tests/lint/twins.t
#	Each source has a unit test, and every file is part of the build.
import fnmatch
import os
import re

import leatlint as lint

ROOMS = ("core/", "connectors/", "batch/", "tui/", "serve/")


def has_twin(top, path):
    """parse_date.c, a part of the module parse, may share the test of parse.c."""
    name = path[:-2]
    while True:
        if os.path.exists(os.path.join(top, "tests/unit", name + "_test.c")):
            return True
        part, _, _ = name.rpartition("_")
        if not part or "/" not in part or part.endswith("/"):
            return False
        name = part


def twins(top):
    rows = lint.table(top, "tests/lint/untested.txt")
    used, problems = set(), []
    for path in lint.files(top, ".c"):
        if not path.startswith(ROOMS):
            continue
        if has_twin(top, path):
            continue
        row = next((r for r in rows if fnmatch.fnmatch(path, r[1][0])), None)
        if row is None:
            problems.append(f"{path}: no tests/unit/{path[:-2]}_test.c, and no row in untested.txt")
        else:
            used.add(row[0])
    for number, words, reason in rows:
        if number not in used:
            problems.append(f"tests/lint/untested.txt:{number}: {words[0]} needs no row any more")
        if not reason:
            problems.append(f"tests/lint/untested.txt:{number}: {words[0]} has no reason")
    return problems


def built(top):
    listed = set()
    for path in lint.files(top, ".am"):
        listed.update(re.split(r"[\s\\=]+", lint.read(top, path)))
    problems = []
    for path in lint.files(top, ".c"):
        if path not in listed and not path.startswith(("tests/bench/", "tests/fuzz/")):
            problems.append(f"{path}: no room.am lists it")
    for path in lint.files(top, ".t"):
        if path.startswith("tests/") and not os.access(os.path.join(top, path), os.X_OK):
            problems.append(f"{path}: not executable")
    return problems


def plain(top):
    """What a plain build makes holds nothing of the tests: it has no cmocka."""
    text = "\n".join(lint.read(top, path) for path in lint.files(top, ".am"))
    text = text.replace("\\\n", " ")
    problems = []
    for line in re.findall(r"^(?:noinst|bin)_(?:LIBRARIES|PROGRAMS)[ +]*=(.*)$", text, re.M):
        for name in line.split():
            sources = re.search(rf"^{re.sub('[^a-zA-Z0-9]', '_', name)}_SOURCES\s*=(.*)$", text, re.M)
            if sources and re.search(r"\btests/", sources.group(1)):
                problems.append(f"{name}: sources below tests, and not in check_LIBRARIES")
    return problems


TWINS, BUILT = "each source has its unit test", "each file is part of the build"
PLAIN = "a plain build holds nothing of the tests"
lint.main({TWINS: twins, BUILT: built, PLAIN: plain}, bad=[
    (PLAIN, "a library of the tests", {"room.am": "noinst_LIBRARIES += libx.a\n"
                                       "libx_a_SOURCES = \\\n\ttests/x.c\n"}),
    (TWINS, "a source without a test", {"core/db/a.c": ""}),
    (TWINS, "a stale row", {"core/db/a.c": "", "tests/unit/core/db/a_test.c": "",
                            "tests/lint/untested.txt": "core/db/a.c # why\n"}),
    (TWINS, "a row without a reason", {"core/db/a.c": "", "tests/lint/untested.txt": "core/db/a.c\n"}),
    (BUILT, "a test that nobody builds", {"tests/unit/core/db/a_test.c": "", "room.am": "x = b.c\n"}),
    (BUILT, "a script that cannot be run", {"tests/tap/001_a.t": "#!/bin/sh\n"}),
], good=[
    (PLAIN, "one that only check makes", {"room.am": "check_LIBRARIES += libx.a\n"
                                          "libx_a_SOURCES = tests/x.c\n"}),
    (TWINS, "a part of a tested module", {"core/db/a_b.c": "", "tests/unit/core/db/a_test.c": ""}),
    (TWINS, "a listed one", {"core/db/a.c": "", "tests/lint/untested.txt": "core/d*/a.c # why\n"}),
    (BUILT, "a listed one", {"core/db/a.c": "", "room.am": "x = \\\n\tcore/db/a.c core/db/a.h\n"}),
])
