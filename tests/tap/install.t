#!/bin/sh
# tests/tap/install.t
#	make install puts everything in its place, and uninstall takes it all away.
dest=$TMPDIR/dest
share=$dest/usr/share
n=0
echo 1..16
ok() {
	what=$1
	shift
	n=$((n + 1))
	if "$@" >"$TMPDIR/said" 2>&1; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		sed 's/^/# /' "$TMPDIR/said"
	fi
}
in_build() { make -s -C "$LEAT_BUILD" "$@" DESTDIR="$dest" prefix=/usr </dev/null; }
is_empty() { [ -z "$(find "$dest" ! -type d)" ]; }
examples_are_whole() { diff -r "$LEAT_SOURCE/examples" "$share/leat/examples"; }
version_matches() {
	[ "$("$dest/usr/bin/leat" --version)" = "$("$LEAT" --version)" ]
}
same_mode() { [ -x "$share/leat/examples/sales/demo" ]; }
reads_as_a_page() {
	# Where there is no man, the page is at least one.
	command -v man >/dev/null || { grep -q '^\.TH "\{0,1\}LEAT' "$share/man/man1/leat.1"; return; }
	man -l "$share/man/man1/leat.1" | grep -q 'EXIT STATUS'
}
every_page_is_there() {
	"$LEAT" help --man list >"$TMPDIR/pages" && grep -q leat-load.1 "$TMPDIR/pages" || return
	while read -r page; do
		test -s "$share/man/man${page##*.}/$page" || { echo "no $page"; return 1; }
	done <"$TMPDIR/pages"
}
contrib_is_whole() {
	[ "$(ls "$LEAT_SOURCE/contrib")" = "$(ls "$share/doc/leat/contrib")" ]
}
ok 'install' in_build install
ok 'the program' test -x "$dest/usr/bin/leat"
ok 'it runs' version_matches
ok 'the manual page' test -f "$share/man/man1/leat.1"
ok 'it can be read' reads_as_a_page
ok 'a page for each command' every_page_is_there
ok 'a theme' test -f "$share/leat/themes/default.theme"
ok 'the examples' examples_are_whole
ok 'what may be run may be run' same_mode
ok 'completion for bash' bash -n "$share/bash-completion/completions/leat"
ok 'completion for zsh' zsh -n "$share/zsh/site-functions/_leat"
ok 'completion for fish' fish -n "$share/fish/vendor_completions.d/leat.fish"
ok 'the unit starts the program that was installed' grep -q '^ExecStart=/usr/bin/leat ' \
	"$share/doc/leat/contrib/leat-engine.service"
ok 'all of contrib' contrib_is_whole
ok 'uninstall' in_build uninstall
ok 'nothing stays' is_empty
