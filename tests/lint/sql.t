#!/usr/bin/env python3
# tests/lint/sql.t
#	SQL is not glued together: values are parameters, names come from quote.h.
import fnmatch
import re

import leatlint as lint

STATEMENT = re.compile(
    r"^\W*(?:(?=[a-z]+\s)|(?=[A-Z]+\s))(?i:select\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|merge\s+into\s|with\s+\w+\s+as"
    r"|create\s+(temp|temporary|unlogged|table|schema|index|unique|role|or|database|view)\b"
    r"|alter\s+(table|role|database|schema|index|sequence)\s|drop\s+(table|schema|index|role|database)\s"
    r"|copy\s|truncate\s|lock\s+table\s|grant\s|revoke\s|set\s+(local|role|session)\s|listen\s|notify\s"
    r"|savepoint\s|release\s+savepoint\s|rollback\s+to\s|declare\s|fetch\s)")
LITERAL = re.compile(r'"((?:\\.|[^"\\\n])*)"')
JOINED = re.compile(r'(?:"(?:\\.|[^"\\\n])*"(?:\s|PRI\w+)*)+')


def statements(text):
    """(line, text) of each literal, neighbours joined, that starts as SQL and has a %s."""
    code = lint.code_only(text, keep_strings=True)
    for m in JOINED.finditer(code):
        whole = "".join(LITERAL.findall(m.group(0)))
        if STATEMENT.match(whole) and re.search(r"%[-.*\d]*s", whole):
            yield code.count("\n", 0, m.start()) + 1, whole


def check(top):
    rows = lint.table(top, "tests/lint/sql.txt")
    used, problems = set(), []
    for path in lint.files(top, ".c", ".h"):
        if path.startswith(("core/db/quote", "tests/")):
            continue
        for line, sql in statements(lint.read(top, path)):
            row = next((r for r in rows if fnmatch.fnmatch(path, r[1][0])), None)
            used.add(row and row[0])
            if row is None:
                problems.append(f"{path}:{line}: SQL made with %s: {sql[:60]}")
            elif re.search(r"""'%[-.*\d]*s'|\\"%[-.*\d]*s\\\"""", sql):
                problems.append(f"{path}:{line}: quoted by hand: {sql[:60]}")
    for number, words, reason in rows:
        if number not in used:
            problems.append(f"tests/lint/sql.txt:{number}: {words[0]} needs no row any more")
        if not reason:
            problems.append(f"tests/lint/sql.txt:{number}: {words[0]} has no reason")
    return problems


NAME = "SQL is not glued together"
ROW = {"tests/lint/sql.txt": "core/a.c # names from quote_table()\n"}
lint.main({NAME: check}, bad=[
    (NAME, "a name in a statement", {"core/a.c": 'f("select * from %s", t);\n'}),
    (NAME, "a statement over two lines", {"core/a.c": 'f("insert into x "\n\t"values (%s)", t);\n'}),
    (NAME, "a value quoted by hand", {**ROW, "core/a.c": "f(\"delete from t where a = '%s'\", t);\n"}),
    (NAME, "a name quoted by hand", {**ROW, "core/a.c": 'f("copy \\"%s\\" from stdin", t);\n'}),
    (NAME, "a stale row", {**ROW, "core/a.c": "int a;\n"}),
], good=[
    (NAME, "a listed file", {**ROW, "core/a.c": 'f("copy %s from stdin", t);\n'}),
    (NAME, "messages and fixed statements",
     {"core/a.c": 'f("select 1");\ng("cannot update %s", t);\n/* "select %s" */\n'}),
])
