# tests/lint/leatlint.py
#	What the lints share: the files of the tree, C without comments, TAP.
#
# A lint is a function from the top of a tree to a list of problems. Each comes
# with bad examples: small trees in which it must find something, so that a
# lint that has gone blind is noticed.
import os
import re
import sys
import tempfile

SKIPPED = {".git", "autom4te.cache", "m4", "build-aux"}
TOP = os.path.abspath(os.environ.get(
    "LEAT_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")))
BUILD = os.path.abspath(os.environ.get("LEAT_BUILD", os.path.join(TOP, "build")))


def files(top, *suffixes):
    """Paths below top, relative and sorted; build folders and .git left out."""
    found = []
    for folder, dirs, names in os.walk(top):
        dirs[:] = sorted(d for d in dirs if d not in SKIPPED and not d.startswith(("build", "_"))
                         and not re.match(r"leat-\d", d))
        for name in sorted(names):
            if name.endswith(suffixes):
                found.append(os.path.relpath(os.path.join(folder, name), top))
    return found


def headers(top):
    """Headers, but for list.h: a list of X(...) has neither a guard nor a meaning alone."""
    return [path for path in files(top, ".h") if not path.endswith("/list.h")]


def read(top, path):
    with open(os.path.join(top, path), encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_only(text, keep_strings=False):
    """C with comments (and the insides of literals) blanked; lines keep their numbers."""
    def blank(m):
        token = m.group(0)
        if token[0] == "/":
            return " " + "\n" * token.count("\n")
        return token if keep_strings else token[0] * 2
    return TOKEN.sub(blank, text)


def functions(text):
    """(name, first line, number of lines) of each function; relies on { and } in column 0."""
    lines = text.split("\n")
    found = []
    for i, line in enumerate(lines):
        if line != "{":
            continue
        start = i - 1
        while start > 0 and lines[start - 1].strip() and not lines[start - 1].startswith("}") \
                and not lines[start - 1].rstrip().endswith(("*/", ";")) \
                and not lines[start - 1].startswith("#"):
            start -= 1
        end = i + 1
        while end < len(lines) and lines[end] != "}":
            end += 1
        head = re.sub(r"(PRINTF|__attribute__)\s*\(+[^)]*\)+", " ", " ".join(lines[start:i]))
        m = re.search(r"(\w+)\s*\(", head)
        found.append((m.group(1) if m else "?", start + 1, end - start + 1))
    return found


def table(top, path):
    """Rows of a list with reasons: words, then the reason after '#'; comment lines start with '#'."""
    rows = []
    full = os.path.join(top, path)
    if not os.path.exists(full):
        return rows
    for number, line in enumerate(read(top, path).split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            words, _, reason = line.partition("#")
            rows.append((number, words.split(), reason.strip()))
    return rows


def write_tree(top, tree):
    for path, text in tree.items():
        full = os.path.join(top, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write(text)


def main(checks, bad=(), good=()):
    """checks: {name: lint}; bad, good: (name of the lint, what it shows, {path: text})."""
    total = len(checks) + len(bad) + len(good)
    failed = number = 0
    print(f"1..{total}")

    def result(ok, name, notes=()):
        nonlocal failed, number
        number += 1
        failed += not ok
        print(f"{'ok' if ok else 'not ok'} {number} - {name}")
        for note in notes:
            print("# " + note.encode(errors="backslashreplace").decode())

    for name, lint in checks.items():
        problems = lint(TOP)
        result(not problems, name, problems)
    for is_bad, examples in ((True, bad), (False, good)):
        for name, shows, tree in examples:
            with tempfile.TemporaryDirectory() as top:
                write_tree(top, tree)
                problems = checks[name](top)
            result(bool(problems) == is_bad,
                   f"{name}: {'sees' if is_bad else 'allows'} {shows}",
                   () if is_bad else problems)
    sys.exit(1 if failed else 0)
