#!/bin/bash
# tests/tap/generated.t
#	Manual pages and completions that the program writes can be used.
echo 1..7
n=0
ok() {
	what=$1
	shift
	n=$((n + 1))
	if "$@" >"$TMPDIR/said" 2>&1; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		sed 's/^/# /' "$TMPDIR/said" | head -40
	fi
}
fresh=$TMPDIR/leat.bash
"$LEAT" completion bash >"$fresh" || exit 1
pages_are_clean() {
	for page in $("$LEAT" help --man list); do
		"$LEAT" help --man "${page%.*}" >"$TMPDIR/page" || return 1
		head -n 4 "$TMPDIR/page" | grep -q '^\.TH ' || return 1
		# Warnings of the formatter are mistakes of ours.
		! command -v groff >/dev/null ||
			[ -z "$(groff -man -ww -z -Tutf8 -Kutf8 "$TMPDIR/page" 2>&1)" ] || return 1
	done
}
ok 'manual pages' pages_are_clean
ok 'the script for bash can be read' bash -n "$fresh"

# What bash offers at the end of the words given.
offered() {
	PATH=$(dirname "$LEAT"):$PATH
	. "$fresh"
	COMP_WORDS=(leat "$@")
	COMP_CWORD=$#
	_leat
	printf '%s\n' "${COMPREPLY[@]}"
}
offers() {
	want=$1
	shift
	offered "$@" | grep -qx -- "$want"
}
ok 'commands' offers cancel job c
ok 'options' offers --max-rejects load --max
ok 'choices' offers upsert load --mode ''
cd "$TMPDIR" && touch things.csv
ok 'files' offers things.csv load thi
ok 'nothing of the database is started' test ! -e "$HOME/.local/share/leat"
