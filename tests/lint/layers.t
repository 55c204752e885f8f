#!/usr/bin/env python3
# tests/lint/layers.t
#	Includes go only where layers.txt lets them go.
import re

import leatlint as lint

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def rules(top):
    rooms, libraries = {}, {}
    for line in lint.read(top, "tests/lint/layers.txt").split("\n"):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, allowed = line.partition(":")
        if name.startswith("<"):
            libraries[name[1:].rstrip(">")] = allowed.split()
        else:
            rooms[name] = allowed.split()
    return rooms, libraries


def room_of(path, rooms):
    inside = [r for r in rooms if path == r or path.startswith(r + "/")]
    return max(inside, key=len) if inside else None


def check(top):
    rooms, libraries = rules(top)
    problems = []
    for path in lint.files(top, ".c", ".h"):
        mine = room_of(path, rooms)
        if mine is None:
            problems.append(f"{path}: its room is not in tests/lint/layers.txt")
            continue
        text = lint.code_only(lint.read(top, path), keep_strings=True)
        for number, line in enumerate(text.split("\n"), 1):
            m = INCLUDE.match(line)
            if not m:
                continue
            where, name = f"{path}:{number}", m.group(2)
            if m.group(1) == "<":
                for prefix, allowed in libraries.items():
                    if name.startswith(prefix) and mine != "tests" and mine not in allowed:
                        problems.append(f"{where}: <{name}> belongs to {' '.join(allowed)}")
                continue
            theirs = room_of(name, rooms)
            if theirs is None or ".." in name:
                problems.append(f'{where}: "{name}" does not start at the top of the tree')
            elif theirs != mine and "*" not in rooms[mine] and theirs not in rooms[mine]:
                problems.append(f'{where}: {mine} must not include "{name}"')
    return problems


TABLE = {"tests/lint/layers.txt":
         "core/base:\ncore/db: core/base\nleat.c: *\ntests: *\n<libpq-fe.h>: core/db\n"}
lint.main({"includes keep to the layers": check}, bad=[
    ("includes keep to the layers", "an upward include",
     {**TABLE, "core/base/a.c": '#include "core/db/db.h"\n'}),
    ("includes keep to the layers", "libpq outside its room",
     {**TABLE, "core/base/a.c": "# include <libpq-fe.h>\n"}),
    ("includes keep to the layers", "an include that does not start at the top",
     {**TABLE, "core/db/a.c": '#include "db.h"\n'}),
    ("includes keep to the layers", "a way out of the room",
     {**TABLE, "core/base/a.c": '#include "core/base/../db/db.h"\n'}),
    ("includes keep to the layers", "a room without a row",
     {**TABLE, "core/new/a.c": "int a;\n"}),
], good=[
    ("includes keep to the layers", "downward includes and comments",
     {**TABLE, "core/db/a.c": '/*\n#include "leat.h"\n*/\n#include "core/base/a.h"\n'
      "#include <libpq-fe.h>\n", "leat.c": '#include "core/db/db.h"\n'}),
])
