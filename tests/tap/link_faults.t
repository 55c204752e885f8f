#!/bin/sh
# tests/tap/link_faults.t
#	Runs tests/chaos/link_faults as part of the suite.
#
# leat-test: timeout=900
exec "$(dirname "$0")/../chaos/link_faults"
