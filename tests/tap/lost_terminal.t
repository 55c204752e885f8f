#!/bin/sh
# tests/tap/lost_terminal.t
#	Runs tests/chaos/lost_terminal as part of the suite.
#
# leat-test: timeout=300
exec "$(dirname "$0")/../chaos/lost_terminal"
