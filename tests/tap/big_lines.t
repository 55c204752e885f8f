#!/bin/sh
# tests/tap/big_lines.t
#	Runs tests/chaos/big_lines as part of the suite.
#
# leat-test: timeout=300
exec "$(dirname "$0")/../chaos/big_lines" -n 5000 --long 12
