#!/usr/bin/env python3
# tests/lint/sizes.t
#	No function over 100 lines, no file over 1,000, no line over 100 columns.
import re

import leatlint as lint

FUNCTION_LINES, FILE_LINES, COLUMNS, TAB = 100, 1000, 100, 8
# A line that ends in a text may be a little longer: SQL is read, not wrapped.
TEXT_COLUMNS = 112
ENDS_IN_TEXT = re.compile(r'"(\\.|[^"\\])*"[\s\\,;)}]*$')


def sizes(top):
    for path in lint.files(top, ".c", ".h"):
        text = lint.read(top, path)
        yield path, text.count("\n"), FILE_LINES
        for name, _, lines in lint.functions(text):
            yield f"{path}:{name}", lines, FUNCTION_LINES
    for path in lint.files(top, ".py", ".t", ".sh"):
        yield path, lint.read(top, path).count("\n"), FILE_LINES


def long_things(top):
    listed = {words[0]: (number, int(words[1]), reason)
              for number, words, reason in lint.table(top, "tests/lint/long.txt")}
    problems, used = [], set()
    for name, lines, limit in sizes(top):
        if lines <= limit:
            continue
        used.add(name)
        _, allowed, _ = listed.get(name, (0, limit, ""))
        if lines > allowed:
            problems.append(f"{name}: {lines} lines, at most {allowed}")
    for name, (number, _, reason) in listed.items():
        if name not in used:
            problems.append(f"tests/lint/long.txt:{number}: {name} needs no row any more")
        if not reason:
            problems.append(f"tests/lint/long.txt:{number}: {name} has no reason")
    return problems


def columns(top):
    problems = []
    for path in lint.files(top, ".c", ".h"):
        for number, line in enumerate(lint.read(top, path).split("\n"), 1):
            width = len(line.expandtabs(TAB))
            limit = TEXT_COLUMNS if ENDS_IN_TEXT.search(line) else COLUMNS
            if width > limit:
                problems.append(f"{path}:{number}: {width} columns, at most {limit}")
            if line != line.rstrip():
                problems.append(f"{path}:{number}: blanks at the end of the line")
            if line.startswith("    ") and path.endswith(".c"):
                problems.append(f"{path}:{number}: indented with blanks, not tabs")
    return problems


SIZES, COLS = "functions and files are short", "lines fit and are indented with tabs"
FAT = "int f(int a,\n      int b)\n{\n" + "\ta++;\n" * 99 + "}\n"
lint.main({SIZES: long_things, COLS: columns}, bad=[
    (SIZES, "a long function", {"a.c": FAT}),
    (SIZES, "a long file", {"a.c": "int a;\n" * 1001}),
    (SIZES, "one that outgrew its row", {"a.c": FAT, "tests/lint/long.txt": "a.c:f 101 # why\n"}),
    (SIZES, "a stale row", {"a.c": "int a;\n", "tests/lint/long.txt": "a.c:f 120 # why\n"}),
    (SIZES, "a row without a reason", {"a.c": FAT, "tests/lint/long.txt": "a.c:f 120\n"}),
    (COLS, "a long line", {"a.c": "\t" + "x" * 93 + "\n"}),
    (COLS, "a text that is far too long", {"a.c": '\tf("' + "x" * 105 + '");\n'}),
    (COLS, "blanks at the end", {"a.h": "int a; \n"}),
    (COLS, "blanks for tabs", {"a.c": "    int a;\n"}),
], good=[
    (COLS, "a text that sticks out", {"a.c": '\tf("' + "x" * 95 + '");\n'}),
    (SIZES, "a listed one", {"a.c": FAT, "tests/lint/long.txt": "a.c:f 103 # why\n"}),
    (SIZES, "a hundred lines", {"a.c": "int f(void)\n{\n" + "\ta++;\n" * 97 + "}\n"}),
])
