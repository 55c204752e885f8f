/*
 * connectors/postgres/pg_blocked.c
 *	Whose lock a load waits for.
 *
 * Asked over a connection of its own, since that of the load waits. What other sessions do
 * is told to their own login and to members of pg_read_all_stats only; their process, login and
 * application are told to everybody.
 */
#include "connectors/postgres/pg.h"

#define LOOK_MS 3000		/* for connecting, and for the answer */

#define MOMENT(x) "pg_catalog.to_char(" x " at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS \"UTC\"')"

/* The oldest transaction of those in the way; waitstart came with PostgreSQL 14. */
static const char sql_blocked[] =
	"with w as (select pg_catalog.to_jsonb(l) as l from pg_catalog.pg_locks l"
	"  where l.pid = $1::int4 and not l.granted limit 1),"
	" t as (select coalesce(w.l->>'relation', (select r.relation::text"
	"   from pg_catalog.pg_locks r where r.pid = $1::int4 and r.locktype = 'tuple' limit 1))"
	"   as relation, w.l->>'waitstart' as since from w)"
	" select b.pid, pg_catalog.count(*) over () as n,"
	"  t.relation::pg_catalog.oid::pg_catalog.regclass::text as relation,"
	"  " MOMENT("t.since::timestamptz") " as since, a.usename::text as login,"
	"  nullif(a.application_name, '') as app, a.state, " MOMENT("a.xact_start") " as begun,"
	"  " MOMENT("a.query_start") " as asked"
	"  from t cross join pg_catalog.unnest(pg_catalog.pg_blocking_pids($1::int4)) b (pid)"
	"  left join pg_catalog.pg_stat_activity a on a.pid = b.pid"
	"  order by a.xact_start nulls last, b.pid limit 1";

static void tell(struct arena *mem, const struct db_result *res, struct conn_block *out)
{
	const char *relation = db_result_text(res, 0, "relation");
	const char *since = db_result_text(res, 0, "since"), *app = db_result_text(res, 0, "app");
	const char *login = db_result_text(res, 0, "login");
	const char *state = db_result_text(res, 0, "state");
	const char *begun = db_result_text(res, 0, "begun");
	const char *asked = db_result_text(res, 0, "asked");
	int pid = (int)db_result_int8(res, 0, "pid"), n = (int)db_result_int8(res, 0, "n");
	struct buf b;

	buf_init(&b, 4096);
	if (pid == 0)
		buf_adds(&b, "a prepared transaction");
	else
		buf_addf(&b, "process %d", pid);
	if (login != NULL)
		buf_addf(&b, " (%s%suser %s)", app != NULL ? app : "", app != NULL ? ", " : "",
			 login);
	if (n > 1)
		buf_addf(&b, " and %d more", n - 1);
	buf_addf(&b, ": the lock on %s", relation != NULL ? relation : "a row that it has changed");
	if (since != NULL)
		buf_addf(&b, ", waited for since %s", since);
	if (state != NULL)
		buf_addf(&b, "; it is %s", state);
	if (begun != NULL)
		buf_addf(&b, ", its transaction began %s", begun);
	if (asked != NULL)
		buf_addf(&b, ", its query %s", asked);
	out->by = arena_strdup(mem, buf_str(&b));
	out->hint = pid == 0
		? "Commit or roll back what pg_prepared_xacts of the target shows."
		: arena_printf(mem, "Let that session end its transaction; or end it there, which "
			       "rolls it back: select pg_terminate_backend(%d)", pid);
	buf_release(&b);
}

enum err_code pg_blocked(struct conn *conn, struct arena *mem, int stop_fd,
			 struct conn_block *out, struct err *err)
{
	const struct pg_conn *c = pg_of(conn);
	struct db_options opt = {
		.conninfo = c->conninfo,
		.app_name = "leat lock watch",
		.search_path = "",
		.connect_ms = LOOK_MS,
		.statement_ms = LOOK_MS,
		.stop_fd = stop_fd,
	};
	struct db_param pid = DB_INT8(c->pid);
	struct db_result *res = NULL;
	struct db *db = NULL;
	enum err_code rc;

	*out = (struct conn_block){ 0 };
	rc = db_open(&opt, &db, err);
	if (rc == ERR_OK)
		db_set_hurry(db, stop_fd > 0 ? stop_fd : -1, 0);
	if (rc == ERR_OK)
		rc = db_query(db, sql_blocked, &pid, 1, &res, err);
	if (rc == ERR_OK && db_result_rows(res) > 0)
		tell(mem, res, out);
	db_result_free(res);
	db_close(db);
	return rc;
}
