#!/usr/bin/env python3
# tests/lint/banned.t
#	No call of a function that banned.txt lists; no mark of unfinished work.
import re

import leatlint as lint


def check(top):
    banned = {words[0]: (words[1:], reason)
              for _, words, reason in lint.table(top, "tests/lint/banned.txt")}
    call = re.compile(r"(?<![\w.])(?<!->)(" + "|".join(map(re.escape, banned)) + r")\s*\(")
    problems = []
    for path in lint.files(top, ".c", ".h"):
        text = lint.code_only(lint.read(top, path))
        for number, line in enumerate(text.split("\n"), 1):
            for m in call.finditer(line):
                rooms, instead = banned[m.group(1)]
                if not any(path == r or path.startswith(r + "/") for r in rooms):
                    problems.append(f"{path}:{number}: {m.group(1)}() is banned; use {instead}")
    return problems


MARK = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")


def unfinished(top):
    problems = []
    for path in lint.files(top, ".c", ".h", ".py", ".t", ".sh", ".sql", ".am", ".ac", ".md"):
        for number, line in enumerate(lint.read(top, path).split("\n"), 1):
            if MARK.search(line):
                problems.append(f"{path}:{number}: unfinished: {line.strip()[:80]}")
    return problems


def temporary(top):
    """What a killed test leaves goes with the folder that the runner gave it."""
    problems = []
    for path in lint.files(top, ".c", ".h"):
        for number, line in enumerate(lint.read(top, path).split("\n"), 1):
            if path.startswith("tests/") and re.search(r'"/tmp/[^"]*X{6}"', line):
                problems.append(f"{path}:{number}: use expect_temp(), which keeps to TMPDIR")
    return problems


CALLS, MARKS = "no banned function is called", "nothing is marked as unfinished"
TEMPORARY = "tests keep to their folder of temporary files"
LIST = {"tests/lint/banned.txt": "strcpy # x\nmalloc core/base # y\n"}
lint.main({CALLS: check, MARKS: unfinished, TEMPORARY: temporary}, bad=[
    (CALLS, "a call", {**LIST, "core/db/a.c": "void f(void)\n{\n\tstrcpy(a, b);\n}\n"}),
    (CALLS, "a call with a space", {**LIST, "core/db/a.c": "x = (strcpy (a, b));\n"}),
    (CALLS, "a call outside the room that may", {**LIST, "core/db/a.c": "p = malloc(1);\n"}),
    (MARKS, "a mark", {"a.c": "/* TO" "DO: later */\n"}),
    (TEMPORARY, "a place of its own", {"tests/a.c": 'char x[] = "/tmp/a-' + "X" * 6 + '";\n'}),
], good=[
    (CALLS, "comments, texts, members and longer names",
     {**LIST, "core/db/a.c": '/* strcpy(a, b) */ x = "strcpy(a)"; // malloc(\n'
      "o->strcpy(a); o.malloc(1); my_strcpy(a); strcpy_s(a);\n"}),
    (TEMPORARY, "the runner's", {"tests/a.c": 'expect_temp(x, 9, "a-' + "X" * 6 + '");\n'}),
    (CALLS, "the room that may", {**LIST, "core/base/a.c": "p = malloc(1);\n"}),
])
