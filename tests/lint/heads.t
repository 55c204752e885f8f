#!/usr/bin/env python3
# tests/lint/heads.t
#	Files start with their path and a sentence; headers with their contract.
import re

import leatlint as lint


def heads(top):
    problems = []
    for path in lint.files(top, ".c", ".h"):
        lines = lint.read(top, path).split("\n") + ["", "", ""]
        if lines[0] != "/*" or lines[1] != " * " + path:
            problems.append(f'{path}:2: must be " * {path}" below "/*"')
        elif not re.match(r" \*\t\S", lines[2]):
            problems.append(f'{path}:3: must be " *<TAB>" and one sentence')
    for path in lint.files(top, ".t", ".py", ".sh", ".am", ".ac", ".sql"):
        lines = lint.read(top, path).split("\n") + ["", ""]
        number = 1 if lines[0].startswith("#!") else 0
        if lines[number] not in ("# " + path, "-- " + path, "-- " + path.split("/")[-1]):
            problems.append(f'{path}:{number + 1}: must be its path in a comment')
    return problems


def headers(top):
    problems = []
    for path in lint.headers(top):
        text = lint.read(top, path)
        guard = re.sub(r"\W", "_", path).upper()
        if f"\n#ifndef {guard}\n#define {guard}\n" not in text:
            problems.append(f"{path}: the guard must be {guard}")
        for word in ("Memory:", "Threads:"):
            if not re.search(rf"^ \* {word}", text.split("*/")[0], re.M):
                problems.append(f'{path}: the contract has no line "{word}"')
    return problems


HEADS, HEADERS = "files start with their path", "headers state memory, threads and guard"
H = "/*\n * a/b.h\n *\tWords.\n *\n * Memory:  none.\n * Threads: any.\n */\n"
lint.main({HEADS: heads, HEADERS: headers}, bad=[
    (HEADS, "a wrong path", {"a/b.c": "/*\n * a/c.c\n *\tWords.\n */\n"}),
    (HEADS, "a file without a sentence", {"a/b.c": "/*\n * a/b.c\n */\n"}),
    (HEADS, "a script without its path", {"a/b.t": "#!/bin/sh\nexit 0\n"}),
    (HEADERS, "a wrong guard", {"a/b.h": H + "#ifndef B_H\n#define B_H\n#endif\n"}),
    (HEADERS, "no word on threads", {"a/b.h": H.replace("Threads", "X") +
                                     "#ifndef A_B_H\n#define A_B_H\n#endif\n"}),
], good=[
    (HEADS, "a good head", {"a/b.h": H, "a/b.t": "#!/bin/sh\n# a/b.t\n"}),
    (HEADERS, "a good header", {"a/b.h": H + "#ifndef A_B_H\n#define A_B_H\n#endif\n"}),
])
