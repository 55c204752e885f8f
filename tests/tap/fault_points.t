#!/bin/sh
# tests/tap/fault_points.t
#	Runs tests/chaos/fault_points as part of the suite.
#
# leat-test: timeout=600
exec "$(dirname "$0")/../chaos/fault_points"
