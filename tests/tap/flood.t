#!/bin/sh
# tests/tap/flood.t
#	A small flood: each job once, limits kept, one organization does not starve the others.
#
# leat-test: timeout=600
exec "$(dirname "$0")/../chaos/flood" --jobs "${JOBS:-1500}" --orgs 12
