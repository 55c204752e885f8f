#!/usr/bin/env python3
# tests/tap/examples.t
#	Every example of the manual runs, in the order of help, and ends with 0.
#
# leat-test: timeout=600
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["LEAT_SOURCE"], "tests", "lib"))
from screen import Screen  # noqa: E402

LEAT = os.environ["LEAT"]


def leat(*words):
    return subprocess.run([LEAT, *words], capture_output=True, text=True, timeout=120)


def examples():
    """(command, line) of each example in the help of each command."""
    for row in leat("help").stdout.split("Commands:\n")[1].split("\n\n")[0].split("\n"):
        name = row.strip().split("  ")[0]
        text = leat("help", *name.split()).stdout
        if "\nExamples:\n" not in text:
            continue
        for line in text.split("\nExamples:\n")[1].split("\n\n")[0].split("\n"):
            if line.startswith("  leat "):
                yield name, line.strip()


def on_terminal(line):
    """Opens the console and leaves it."""
    with Screen(["sh", "-c", line], timeout=30) as s:
        s.wait("Jobs")
        s.keys(":q<enter>")
        return subprocess.CompletedProcess(line, s.status(), "", s.text())


def prepare():
    """Files, a pipeline and a few jobs that the examples may speak of."""
    os.chdir(os.environ["TMPDIR"])
    bin_folder = os.path.join(os.getcwd(), "bin")
    os.mkdir(bin_folder)
    os.symlink(LEAT, os.path.join(bin_folder, "leat"))
    os.environ["PATH"] = bin_folder + ":" + os.environ["PATH"]
    os.mkdir("in")
    for path in ("sales.csv", "in/a.csv"):
        with open(path, "w", encoding="utf-8") as f:
            f.write("order_no,amount\nA1,10.50\nA2,20.00\nA2,x\n")
    with open("export.txt", "w", encoding="utf-8") as f:
        f.write("order_no;paid\nA1;25/12/2025\n")
    with open("bad.csv", "w", encoding="utf-8") as f:
        f.write("order_no,amount\n" + "".join(f"B{i},x\n" for i in range(8)))
    with open("pipelines.yaml", "w", encoding="utf-8") as f:
        f.write("pipelines:\n  sales:\n    source: {connection: files, stream: sales.csv}\n"
                "    target: {connection: local, stream: piped}\n"
                "    map: {order_no: order_no, amount: to_decimal(amount)}\n")
    done = [leat("db", "start"),
            leat("apply", "-f", "pipelines.yaml"),
            leat("run", "sales"),
            # Rejects up to number 7, and some more.
            leat("load", "bad.csv", "--into", "bad", "--map", "amount=to_decimal(amount)")]
    return all(d.returncode == 0 for d in done), done


good, said = prepare()
print(f"{'ok' if good else 'not ok'} 1 - what the examples speak of is there")
if not good:
    print("#", *said)
number, failed = 1, not good
for command, line in examples():
    number += 1
    done = (on_terminal(line) if command == "console" else
            subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=120))
    print(f"{'ok' if done.returncode == 0 else 'not ok'} {number} - {line}", flush=True)
    if done.returncode != 0:
        failed = True
        for text in (done.stdout + done.stderr).split("\n"):
            print("#", text)
leat("db", "stop")
print(f"1..{number}")
sys.exit(failed)
