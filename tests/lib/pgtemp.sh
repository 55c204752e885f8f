# tests/lib/pgtemp.sh
#	A PostgreSQL server for one shell test; source it, then pgtemp_start.
#
# Sets PGTEMP_DIR (data/, s/ with the socket, log), PGTEMP_CONNINFO (superuser
# `postgres`, database postgres) and PGTEMP_BIN. No TCP, fsync on; run by root
# the server works under the account `postgres`. At the end of the shell the
# server is stopped and the folder removed; a test with an EXIT trap of its
# own calls pgtemp_remove there.

PGTEMP_BIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -1)
[ -x "$PGTEMP_BIN/initdb" ] || PGTEMP_BIN=$(pg_config --bindir)

# Runs a program as the account that owns the server.
pgtemp_as() {
	if [ "$(id -u)" = 0 ]; then
		(cd / && setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@")
	else
		(cd / && "$@")
	fi
}

# pgtemp_start ['setting = value'...]: a new cluster, or the same one again.
pgtemp_start() {
	if [ -z "${PGTEMP_DIR:-}" ]; then
		PGTEMP_DIR=$(mktemp -d /tmp/leat-pg-XXXXXX) || return 1
		trap pgtemp_remove EXIT
		mkdir -m 700 "$PGTEMP_DIR/s"
		[ "$(id -u)" != 0 ] || chown postgres: "$PGTEMP_DIR" "$PGTEMP_DIR/s"
		pgtemp_as "$PGTEMP_BIN/initdb" -D "$PGTEMP_DIR/data" -U postgres -A trust -E UTF8 \
			--locale=C.UTF-8 --no-sync --no-instructions >"$PGTEMP_DIR/initdb.log" 2>&1 ||
			{ cat "$PGTEMP_DIR/initdb.log" >&2; return 1; }
		{
			echo "listen_addresses = ''"
			echo "unix_socket_directories = '$PGTEMP_DIR/s'"
			echo "fsync = on"
			for pgtemp_line in "$@"; do echo "$pgtemp_line"; done
		} >>"$PGTEMP_DIR/data/postgresql.auto.conf"
		PGTEMP_CONNINFO="host=$PGTEMP_DIR/s port=5432 user=postgres dbname=postgres"
		export PGTEMP_DIR PGTEMP_CONNINFO PGTEMP_BIN
	fi
	pgtemp_as "$PGTEMP_BIN/pg_ctl" -D "$PGTEMP_DIR/data" -w -s -l "$PGTEMP_DIR/log" start \
		>/dev/null 2>&1 || { cat "$PGTEMP_DIR/log" >&2; return 1; }
}

# pgtemp_stop [fast|immediate|smart]
pgtemp_stop() {
	pgtemp_as "$PGTEMP_BIN/pg_ctl" -D "$PGTEMP_DIR/data" -w -s -m "${1:-fast}" stop
}

# kill -9 of the postmaster and of every backend; pgtemp_start brings it back.
pgtemp_crash() {
	pgtemp_pid=$(head -1 "$PGTEMP_DIR/data/postmaster.pid")
	kill -STOP "$pgtemp_pid"
	pkill -KILL -P "$pgtemp_pid"
	kill -KILL "$pgtemp_pid"
	while kill -0 "$pgtemp_pid" 2>/dev/null; do sleep 0.02; done
}

# pgtemp_sql SQL: one statement as superuser, bare values.
pgtemp_sql() {
	"$PGTEMP_BIN/psql" -XqAt -v ON_ERROR_STOP=1 -d "$PGTEMP_CONNINFO" -c "$1"
}

pgtemp_remove() {
	[ -n "${PGTEMP_DIR:-}" ] || return 0
	[ ! -f "$PGTEMP_DIR/data/postmaster.pid" ] || pgtemp_stop immediate >/dev/null 2>&1
	rm -rf "$PGTEMP_DIR"
	unset PGTEMP_DIR
}
