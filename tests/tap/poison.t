#!/bin/sh
# tests/tap/poison.t
#	Jobs that kill their engine or hang end, and their neighbours are done.
#
# leat-test: timeout=300
exec "$(dirname "$0")/../chaos/poison"
