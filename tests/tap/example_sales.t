#!/bin/sh
# tests/tap/example_sales.t
#	The example's generator makes exactly the files that lie beside it.
here=$(CDPATH= cd "$(dirname "$0")/../../examples/sales" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo 1..4
n=0
ok() {
	n=$((n + 1))
	if "$@"; then echo "ok $n - $*"; else echo "not ok $n - $*"; fi
}
"$here/generate" "$folder" >"$folder/said" || exit 1
ok cmp "$here/sales-2025-h1.csv" "$folder/sales-2025-h1.csv"
ok cmp "$here/sales-2025-h2.csv" "$folder/sales-2025-h2.csv"
rows=$(cat "$folder"/sales-*.csv | wc -l)
ok test "$rows" -gt 20000
ok grep -q '^24000 rows, 56 of them bad' "$folder/said"
