#!/usr/bin/env python3
# tests/lint/compile.t
#	Every header compiles alone, and every source is clean for clang as well.
import concurrent.futures
import os
import re
import shutil
import subprocess

import leatlint as lint

WARNINGS = """-Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wcast-qual
    -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 -Wimplicit-fallthrough
    -Wnull-dereference -Wno-unknown-warning-option -Werror""".split()


def library_flags():
    """The flags that configure found, from the built Makefile."""
    flags = []
    try:
        with open(os.path.join(lint.BUILD, "Makefile"), encoding="utf-8") as f:
            for line in f:
                m = re.match(r"(PQ|JANSSON|YAML|ZLIB|ZSTD|PCRE2|READLINE|SMARTCOLS|CMOCKA)_CFLAGS"
                             r" = (.*)", line)
                if m:
                    flags += m.group(2).split()
    except OSError:
        pass
    return flags


def run(compiler, top, path, extra):
    config = os.path.join(lint.BUILD, "config.h")
    command = [compiler, "-fsyntax-only", "-std=c17", "-pthread", *WARNINGS, *extra,
               f"-I{top}", f"-I{lint.BUILD}", '-DLEAT_DATADIR=""', *library_flags()]
    if os.path.exists(config):
        command += ["-include", config]
    done = subprocess.run(command + [path], cwd=top, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace")
    return [] if done.returncode == 0 else (done.stderr.strip().split("\n")[:8] or [path])


def over(compiler, top, paths, extra):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        found = pool.map(lambda p: run(compiler, top, p, extra), paths)
    return [problem for problems in found for problem in problems]


def stands_first(top, header):
    """Whether its source begins with it: to compile that is to compile the header alone."""
    source = header[:-2] + ".c"
    if not os.path.exists(os.path.join(top, source)):
        return False
    first = re.search(r"^#.*", lint.code_only(lint.read(top, source), keep_strings=True), re.M)
    return first is not None and first.group(0) == f'#include "{header}"'


def headers(top):
    # A header is no unit of its own: what it only declares is not unused.
    paths = [path for path in lint.headers(top) if not (IS_CLANG and stands_first(top, path))]
    return over("gcc", top, paths, ["-x", "c", "-Wno-unused"])


def clang(top):
    return over("clang", top, lint.files(top, ".c"), [])


HEADERS, CLANG = "headers compile alone", "sources are clean for clang"
IS_CLANG = shutil.which("clang") is not None
checks = {HEADERS: headers}
bad = [(HEADERS, "a header that needs another", {"a.h": "size_t f(void);\n"}),
       (HEADERS, "a header that warns", {"a.h": "static int f();\n"})]
good = [(HEADERS, "a whole header", {"a.h": "#include <stddef.h>\nsize_t f(void);\n"})]
if IS_CLANG:
    checks[CLANG] = clang
    bad += [(CLANG, "a conversion", {"a.c": "int f(long a);\nint f(long a) { return a; }\n"}),
            (CLANG, "a header that needs another, first in its source",
             {"a.h": "size_t f(void);\n", "a.c": '#include "a.h"\n#include <stddef.h>\n'}),
            (HEADERS, "a header that needs another, not first in its source",
             {"a.h": "size_t f(void);\n", "a.c": '#include <stddef.h>\n#include "a.h"\n'})]
    good.append((CLANG, "clean code", {"a.c": "int f(int a);\nint f(int a) { return a; }\n"}))
lint.main(checks, bad, good)
