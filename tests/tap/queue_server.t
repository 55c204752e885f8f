#!/bin/sh
# tests/tap/queue_server.t
#	A server that crashes, restarts and ends sessions under one busy queue.
#
# leat-test: timeout=600
exec "$(dirname "$0")/../chaos/queue_loop" -n "${ROUNDS:-1}" --jobs 40 --kind sessions \
	--kind backend --kind crash --kind restart
