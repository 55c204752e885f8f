#!/bin/sh
# tests/tap/lost_commit.t
#	Runs tests/chaos/lost_commit as part of the suite.
#
# leat-test: timeout=300
exec "$(dirname "$0")/../chaos/lost_commit"
