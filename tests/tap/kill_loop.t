#!/bin/sh
# tests/tap/kill_loop.t
#	Runs tests/chaos/kill_loop as part of the suite.
#
# leat-test: timeout=900
exec "$(dirname "$0")/../chaos/kill_loop" -n "${KILLS:-50}"
