#!/bin/sh
# tests/tap/wake_hunt.t
#	Runs tests/chaos/wake_hunt as part of the suite.
#
# leat-test: timeout=300
exec "$(dirname "$0")/../chaos/wake_hunt" -n "${JOBS:-60}"
