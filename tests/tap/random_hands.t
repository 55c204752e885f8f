#!/bin/sh
# tests/tap/random_hands.t
#	Runs tests/chaos/random_hands as part of the suite, for a moment.
#
# leat-test: timeout=300
exec "$(dirname "$0")/../chaos/random_hands" --seconds 8
