#!/bin/sh
# tests/tap/history.t
#	A short history of many sessions at one queue is explained; with mistakes it is not.
#
# leat-test: timeout=600
exec "$(dirname "$0")/../chaos/history" --ops "${OPS:-4000}" --epoch 4000 \
	--broken run-number --broken finish --broken limits --broken buried
