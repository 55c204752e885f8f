#!/bin/sh
# tests/tap/queue_kills.t
#	Engines that die or sleep, and answers that are lost, on one busy queue.
#
# leat-test: timeout=600
exec "$(dirname "$0")/../chaos/queue_loop" -n "${ROUNDS:-1}" --jobs 40 --kind kill --kind stop \
	--kind claim --kind settle
