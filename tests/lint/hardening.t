#!/usr/bin/env python3
# tests/lint/hardening.t
#	The built program has what the compiler and the linker offer against misuse.
#
# Looks at LEAT, and at the release build (LEAT_RELEASE) when there is one. Only
# a release has fortified calls: they and the address sanitizer exclude each other.
import os
import subprocess
import sys


def readelf(*args):
    return subprocess.run(["readelf", "-W", *args], capture_output=True, text=True,
                          check=True).stdout


def facts(path):
    header, segments = readelf("-h", path), readelf("-l", path)
    dynamic, symbols = readelf("-d", path), readelf("--dyn-syms", path)
    stack = [line for line in segments.split("\n") if "GNU_STACK" in line]
    loads = [line for line in segments.split("\n") if line.strip().startswith("LOAD")]
    return {
        "is position independent": "Type:" in header and "DYN" in header.split("Type:")[1].split("\n")[0]
                                   and "FLAGS_1" in dynamic and "PIE" in dynamic,
        "has read-only relocations": "GNU_RELRO" in segments,
        "binds everything at the start": "NOW" in dynamic,
        "has a stack that cannot run": len(stack) == 1 and " RWE " not in stack[0],
        "has no memory to write and run": not any(" RWE " in line for line in loads),
        "has stack canaries": "__stack_chk_fail" in symbols,
        "has no search path for libraries": "RPATH" not in dynamic and "RUNPATH" not in dynamic,
        "has no text relocations": "TEXTREL" not in dynamic,
        # Its 20 libraries cost 4 ms of every start; core/db/libpq.c loads them late.
        "starts without libpq": "libpq" not in dynamic,
    }, symbols


def main():
    lines = []
    seen = []
    for path in (os.environ.get("LEAT", ""), os.environ.get("LEAT_RELEASE", "")):
        if not os.path.exists(path) or os.path.realpath(path) in seen:
            continue
        seen.append(os.path.realpath(path))
        name = "release" if path == os.environ.get("LEAT_RELEASE") else "leat"
        found, symbols = facts(path)
        if "__asan_init" not in symbols:
            found["has fortified calls"] = "_chk@" in symbols.replace("__stack_chk_fail", "")
        lines += [(ok, f"{name} {what}") for what, ok in found.items()]
        if name == "release":
            with open(path, "rb") as f:
                lines.append((b"LEAT_FAULT" not in f.read(), "release has no fault points"))
    # A program that has none of it, so that a blind test is noticed.
    plain = os.path.join(os.environ.get("TMPDIR", "/tmp"), "plain")
    subprocess.run(["gcc", "-x", "c", "-", "-o", plain, "-no-pie", "-fno-stack-protector",
                    "-z", "norelro", "-z", "lazy", "-z", "execstack"], text=True, check=True,
                   input="int main(void) { return 0; }\n", stderr=subprocess.DEVNULL)
    bad, _ = facts(plain)
    for what in ("is position independent", "has read-only relocations",
                 "binds everything at the start", "has a stack that cannot run",
                 "has stack canaries"):
        lines.append((not bad[what], f"sees a program that lacks: {what}"))
    os.unlink(plain)
    print(f"1..{len(lines)}")
    for number, (ok, what) in enumerate(lines, 1):
        print(f"{'ok' if ok else 'not ok'} {number} - {what}")
    sys.exit(0 if all(ok for ok, _ in lines) and seen else 1)


main()
