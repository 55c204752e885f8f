/*
 * core/command/doctor.c
 *	The command doctor: is everything as it has to be.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/statvfs.h>
#include <yaml.h>

#include "core/base/arena.h"
#include "core/command/command.h"
#include "core/db/cluster.h"
#include "core/db/db.h"
#include "core/meta/migrate.h"
#include "core/meta/place.h"

#define VERSION_LEAST 150000
#define FREE_WARN     (2LL << 30)	/* bytes left beside the private cluster */
#define FREE_FAIL     (200LL << 20)
#define NOTICES_WARN  0.1	/* of the server's queue of them */

static const struct val_spec reply[] = {
	{ "check", VAL_TEXT, 0, NULL, NULL, "What was looked at.", 0 },
	{ "state", VAL_TEXT, 0, NULL, NULL, "ok, warn or fail.", 0 },
	{ "detail", VAL_TEXT, COL_WRAP, NULL, NULL, "What was found.", 0 },
	{ "hint", VAL_TEXT, COL_WRAP, NULL, NULL, "What to do about it.", 0 },
	VAL_END
};

struct doctor {
	struct cmd_ctx *ctx;
	struct reply *out;
	struct meta_place *place;
	struct db *db;		/* of the plain login */
	int nfailed;
};

static void tell(struct doctor *d, const char *check, const char *state, const char *detail,
		 const char *hint)
{
	reply_text(d->out, "check", check);
	reply_text(d->out, "state", state);
	reply_text(d->out, "detail", detail);
	reply_text(d->out, "hint", hint);
	reply_end_row(d->out);
	d->nfailed += strcmp(state, "fail") == 0;
}

static void tell_error(struct doctor *d, const char *check, const struct err *err)
{
	char text[1000];

	err_text(err, text, sizeof(text));
	tell(d, check, "fail", text, err->hint[0] != '\0' ? err->hint : NULL);
}

static void check_locale(struct doctor *d)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = NULL;

	for (int i = 0; i < 3 && (value == NULL || value[0] == '\0'); i++)
		value = getenv(names[i]);
	if (value != NULL &&
	    (strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL))
		tell(d, "locale", "ok", value, NULL);
	else
		tell(d, "locale", "warn",
		     value != NULL && value[0] != '\0' ? value : "no locale is set",
		     "Terminals are taken for UTF-8 all the same; LANG=C.UTF-8 says so.");
}

/* The versions we were built with against those that were found now. */
static void check_libraries(struct doctor *d)
{
	int major = 0, minor = 0, patch = 0;
	bool is_same = jansson_version_cmp(JANSSON_MAJOR_VERSION, JANSSON_MINOR_VERSION, 0) >= 0;

	yaml_get_version(&major, &minor, &patch);
	tell(d, "libraries", is_same ? "ok" : "warn",
	     arena_printf(d->ctx->mem, "jansson %s (built with %s), libyaml %d.%d.%d",
			  jansson_version_str(), JANSSON_VERSION, major, minor, patch),
	     is_same ? NULL : "A library is older than the one leat was built with; update it.");
}

static void check_disk(struct doctor *d)
{
	struct cluster_status status = { 0 };
	struct statvfs fs;
	struct err err = { 0 };
	long long left;
	const char *detail;

	if (cluster_status(d->ctx->mem, &status, &err) != ERR_OK) {
		tell_error(d, "private cluster", &err);
		return;
	}
	if (!status.exists) {
		tell(d, "private cluster", "ok", "there is none; it is made when it is needed",
		     NULL);
		return;
	}
	tell(d, "private cluster", "ok",
	     arena_printf(d->ctx->mem, "%s in %s", status.is_running ? "running" : "stopped",
			  status.dir), NULL);
	if (statvfs(status.dir, &fs) != 0)
		return;
	left = (long long)fs.f_bavail * (long long)fs.f_frsize;
	detail = arena_printf(d->ctx->mem, "%.1f GB free", (double)left / 1e9);
	tell(d, "disk space", left < FREE_FAIL ? "fail" : left < FREE_WARN ? "warn" : "ok", detail,
	     left < FREE_WARN ? "Make room, or move the private cluster." : NULL);
}

static bool check_reachable(struct doctor *d)
{
	struct err err = { 0 };
	enum err_code rc = cmd_place(d->ctx, &d->place, &err);

	if (rc == ERR_OK)
		rc = migrate_login(d->place, &d->db, &err);
	if (rc != ERR_OK) {
		tell_error(d, "database", &err);
		return false;
	}
	tell(d, "database", "ok",
	     arena_printf(d->ctx->mem, "reached (%s)", meta_place_source(d->place)), NULL);
	return true;
}

static void check_version(struct doctor *d)
{
	int v = db_server_version(d->db);
	const char *detail = arena_printf(d->ctx->mem, "PostgreSQL %d.%d", v / 10000, v % 10000);

	if (v >= VERSION_LEAST)
		tell(d, "server version", "ok", detail, NULL);
	else
		tell(d, "server version", "fail", detail, "leat needs PostgreSQL 15 or newer.");
}

static bool check_schema(struct doctor *d)
{
	struct err err = { 0 };
	int version = 0, wanted = migrate_wanted();
	const char *detail;

	if (migrate_version(d->db, &version, &err) != ERR_OK) {
		tell_error(d, "schema", &err);
		return false;
	}
	detail = arena_printf(d->ctx->mem, "version %d, this program needs %d", version, wanted);
	if (version == wanted)
		tell(d, "schema", "ok", detail, NULL);
	else if (version < wanted)
		tell(d, "schema", meta_place_is_private(d->place) ? "warn" : "fail", detail,
		     "Bring it up to date with: leat migrate up.");
	else
		tell(d, "schema", "fail", detail, "Use a newer leat.");
	return version > 0;
}

/* One number that should be 0, with what it counts. */
static void check_none(struct doctor *d, const char *check, const char *sql, const char *fine,
		       const char *bad, const char *hint)
{
	struct err err = { 0 };
	struct db_result *res = NULL;
	const char *names;

	if (db_query(d->db, sql, NULL, 0, &res, &err) != ERR_OK) {
		tell_error(d, check, &err);
		return;
	}
	names = db_result_rows(res) > 0 ? db_result_at(res, 0, 0) : NULL;
	if (names == NULL || names[0] == '\0')
		tell(d, check, "ok", fine, NULL);
	else
		tell(d, check, "fail", arena_printf(d->ctx->mem, "%s: %s", bad, names), hint);
	db_result_free(res);
}

static void check_security(struct doctor *d)
{
	check_none(d, "roles",
		   "select string_agg(w.name, ', ') from (values ('leat_owner'), ('leat_app'), "
		   "('leat_reader'), ('leat_engine')) w (name) "
		   "left join pg_catalog.pg_roles r on r.rolname = w.name "
		   "where r.oid is null or r.rolsuper or r.rolbypassrls or r.rolcanlogin",
		   "leat_owner, leat_app, leat_reader and leat_engine are as they should be",
		   "missing, or with rights they must not have",
		   "Run: leat migrate up, as an administrator of the server.");
	check_none(d, "row security",
		   "select string_agg(c.relname, ', ' order by c.relname) from pg_catalog.pg_class c "
		   "join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' "
		   "and not a.attisdropped where c.relnamespace = 'leat'::regnamespace "
		   "and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)",
		   "forced on every table of an organization", "not forced on",
		   "Run: leat migrate status, and undo what was changed by hand.");
}

/* Notices that somebody does not take; past the limit every NOTIFY of the server fails. */
static void check_notices(struct doctor *d)
{
	struct err err = { 0 };
	struct db_result *res = NULL;
	double used;

	if (db_query(d->db, "select pg_catalog.pg_notification_queue_usage() as used", NULL, 0,
		     &res, &err) != ERR_OK) {
		tell_error(d, "notices", &err);
		return;
	}
	used = db_result_float8(res, 0, "used");
	tell(d, "notices", used < NOTICES_WARN ? "ok" : "warn",
	     arena_printf(d->ctx->mem, "%.3g %% of the server's queue of notices is in use",
			  used * 100),
	     used < NOTICES_WARN ? NULL
	     : "A session listens and does not read, most often one idle in a transaction; the "
	       "server's log names it (at half of the queue), pg_terminate_backend() ends it.");
	db_result_free(res);
}

/* Rows that the queue is done with cannot be cleared away while somebody may still see them. */
static void check_snapshots(struct doctor *d)
{
	static const char sql[] =
		"select pid, coalesce(usename, '') as usename, coalesce(nullif(application_name, ''),"
		" 'no name') as app, state, extract(epoch from now() - xact_start)::bigint as age_s "
		"from pg_catalog.pg_stat_activity where backend_xmin is not null "
		"and pid <> pg_catalog.pg_backend_pid() and xact_start < now() - interval '10 min' "
		"order by pg_catalog.age(backend_xmin) desc limit 1";
	struct err err = { 0 };
	struct db_result *res = NULL;

	if (db_query(d->db, sql, NULL, 0, &res, &err) != ERR_OK) {
		tell_error(d, "snapshots", &err);
		return;
	}
	if (db_result_rows(res) == 0)
		tell(d, "snapshots", "ok", "this login sees none older than ten minutes", NULL);
	else
		tell(d, "snapshots", "warn",
		     arena_printf(d->ctx->mem, "process %s (%s, %s) has held one for %" PRId64 " s",
				  db_result_text(res, 0, "pid"), db_result_text(res, 0, "usename"),
				  db_result_text(res, 0, "app"), db_result_int8(res, 0, "age_s")),
		     "Dead rows of the queue stay until it ends, and claims become slower. End that "
		     "transaction, or its process with pg_terminate_backend().");
	db_result_free(res);
}

static void check_pooler(struct doctor *d)
{
	struct err err = { 0 };

	if (meta_check_direct(d->db, &err) == ERR_OK)
		tell(d, "pooler", "ok", "none; the server itself answers", NULL);
	else
		tell_error(d, "pooler", &err);
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	struct doctor d = { .ctx = ctx, .out = out };

	(void)in;
	check_locale(&d);
	check_libraries(&d);
	if (check_reachable(&d)) {
		check_version(&d);
		check_pooler(&d);
		check_notices(&d);
		check_snapshots(&d);
		if (check_schema(&d))
			check_security(&d);
	}
	check_disk(&d);
	db_close(d.db);
	if (d.nfailed > 0)
		return err_set(err, ERR_FAILED, "%d of the checks failed", d.nfailed);
	return ERR_OK;
}

static const struct cmd_example examples[] = {
	{ "leat doctor", "Look at everything leat needs" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_doctor = {
	.name = "doctor",
	.since = "0.1",
	.summary = "Look whether everything is as it has to be.",
	.flags = CMD_IDEMPOTENT | CMD_LOCAL,
	.reply = reply,
	.examples = examples,
	.run = run,
};
