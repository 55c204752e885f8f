/*
 * connectors/postgres/pg_fence.c
 *	The commit log in the target: which attempt of a job counts, and whether it did.
 *
 * A row per job. claim() raises its run in a short transaction; commit() sets
 * `committed` in the data's own transaction, only where the run is still
 * ours. The update holds the row's lock until that transaction is over, so
 * whoever reads the row under a lock afterwards sees the final answer: this
 * is how a COMMIT whose reply was lost is resolved.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/base/log.h"
#include "connectors/postgres/pg.h"

#define RESOLVE_MS 30000

/* Two makers at once would collide in the catalogue: one waits for the other. */
static const char sql_make[] =
	"begin;"
	"select pg_catalog.pg_advisory_xact_lock(2026112101);"
	"create schema if not exists _leat;"
	"create table if not exists _leat.commit_log ("
	" origin text not null, job bigint not null, run bigint not null,"
	" committed boolean not null default false,"
	" read bigint, written bigint, unchanged bigint, filtered bigint, rejected bigint,"
	" bytes bigint, bookmark jsonb, at timestamptz not null default now(), source text,"
	" primary key (origin, job));"
	"create table if not exists _leat.commit_chunk ("
	" origin text not null, job bigint not null, first_row bigint not null, rows text not null,"
	" run bigint not null, read bigint not null,"
	" written bigint not null, filtered bigint not null,"
	" rejected bigint not null, bytes bigint not null,"
	" at timestamptz not null default now(), mark_bytes bigint, mark_hash text,"
	" primary key (origin, job, first_row));"
	"alter table _leat.commit_log add column if not exists source text;"
	"alter table _leat.commit_chunk add column if not exists mark_bytes bigint,"
	" add column if not exists mark_hash text;"
	"comment on column _leat.commit_log.source is"
	" 'What a parallel job reads; an attempt that goes on must find the same.';"
	"comment on table _leat.commit_log is"
	" 'One row per job of leat that wrote to this database: whether it has committed.';"
	"comment on table _leat.commit_chunk is"
	" 'Chunks that parallel jobs of leat have committed so far; gone when the job has.';"
	"commit";

/*
 * Sessions of earlier runs that are still there: their engine sleeps, and what they have
 * locked would keep this run waiting until it wakes up. Each says in its name what it is.
 */
static const char sql_oust[] =
	"select count(pg_catalog.pg_terminate_backend(a.pid)) as n,"
	" pg_catalog.set_config('application_name',"
	" pg_catalog.format('leat job %s run %s %s', $2::text, $3::text, $1::text), false)"
	" from pg_catalog.pg_stat_activity a,"
	" pg_catalog.regexp_match(a.application_name, '^leat job (\\d+) run (\\d+) (.*)$') m"
	" where a.datname = current_database() and a.usename = current_user"
	" and m[1] = $2::text and m[2]::bigint < $3::bigint"
	/* Names of sessions end after 63 bytes. */
	" and length(m[3]) > 20 and starts_with($1::text, m[3])";

static const char sql_claim[] =
	"insert into _leat.commit_log as l (origin, job, run) values ($1, $2, $3)"
	" on conflict (origin, job) do update set run = excluded.run, at = now()"
	" where l.run <= excluded.run and not l.committed"
	" returning run";

#define LOG_FIELDS \
	"run, committed, read, written, unchanged, filtered, rejected, bytes, bookmark"

static const char sql_look[] =
	"select " LOG_FIELDS " from _leat.commit_log where origin = $1 and job = $2";
static const char sql_look_locked[] =
	"select " LOG_FIELDS " from _leat.commit_log where origin = $1 and job = $2 for update";

static const char sql_commit[] =
	"update _leat.commit_log set committed = true, read = $4, written = $5, unchanged = $6,"
	" filtered = $7, rejected = $8, bytes = $9, bookmark = $10::jsonb, at = now(),"
	" source = null"
	" where origin = $1 and job = $2 and run = $3 and not committed";

static const char sql_drop_chunks[] =
	"delete from _leat.commit_chunk where origin = $1 and job = $2";

static enum err_code denied(struct err *err, enum err_code rc)
{
	if (rc != ERR_DENIED)
		return err_wrap(err, rc, "preparing the commit log _leat.commit_log");
	err_wrap(err, rc, "leat keeps a commit log in schema _leat of the target");
	err_hint(err, "An administrator can allow it: CREATE SCHEMA _leat AUTHORIZATION the_login;"
		 " or, where it exists, GRANT USAGE ON SCHEMA _leat TO the_login;"
		 " GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA _leat TO"
		 " the_login; tables of an older leat get what they lack when their owner loads.");
	return rc;
}

static enum err_code make_log(struct pg_conn *c, struct err *err)
{
	int64_t there = 0;
	enum err_code rc;

	/* The columns that came last tell that all is there. */
	rc = pg_count(c, &there, err, "select count(*) from pg_catalog.pg_class c"
		      " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
		      " join pg_catalog.pg_attribute a on a.attrelid = c.oid"
		      " where n.nspname = '_leat' and (c.relname, a.attname)"
		      " in (('commit_log', 'source'), ('commit_chunk', 'mark_hash'))");
	if (rc != ERR_OK || there == 2)
		return rc;
	rc = db_exec(c->db, sql_make, err);
	if (rc != ERR_OK) {
		struct err ignored = { 0 };

		/* Leaves the failed transaction of the script; the first error is told. */
		if (!db_is_broken(c->db) && db_exec(c->db, "rollback", &ignored) != ERR_OK)
			err_clear(&ignored);
		return denied(err, rc);
	}
	return ERR_OK;
}

static void take_note(struct arena *mem, const struct db_result *res, struct commit_note *out)
{
	*out = (struct commit_note){
		.is_committed = db_result_bool(res, 0, "committed"),
		.run = db_result_int8(res, 0, "run"),
		.ledger = {
			.read = db_result_int8(res, 0, "read"),
			.written = db_result_int8(res, 0, "written"),
			.unchanged = db_result_int8(res, 0, "unchanged"),
			.filtered = db_result_int8(res, 0, "filtered"),
			.rejected = db_result_int8(res, 0, "rejected"),
			.bytes = db_result_int8(res, 0, "bytes"),
		},
		.bookmark = arena_strdup(mem, db_result_text(res, 0, "bookmark")),
	};
}

/* Not all servers let a session be ended by its like; then the locks are waited for. */
static enum err_code oust(struct pg_conn *c, const struct fence *f, struct err *err)
{
	struct db_param p[] = { DB_TEXT(f->origin), DB_INT8(f->job), DB_INT8(f->run) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(c->db, sql_oust, p, 3, &res, err);

	if (rc == ERR_OK && db_result_int8(res, 0, "n") > 0)
		log_line(LOG_WARN, "job %" PRId64 ": a session of an earlier attempt was still"
			 " there; ended", f->job);
	db_result_free(res);
	if (rc == ERR_DENIED) {
		err_clear(err);
		rc = ERR_OK;
	}
	return rc;
}

static enum err_code fenced(const struct fence *f, struct err *err)
{
	err_set(err, ERR_FENCED, "a later attempt than %" PRId64 " of job %" PRId64
		" has taken over this target", f->run, f->job);
	err_hint(err, "Nothing was written by this attempt. When no other one runs, leat's own"
		 " database is older than what it has loaded, as after a restore: ask for a new"
		 " load.");
	return ERR_FENCED;
}

enum err_code pg_claim(struct conn *conn, struct arena *mem, const struct fence *f,
		       struct commit_note *earlier, struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct db_param p[] = { DB_TEXT(f->origin), DB_INT8(f->job), DB_INT8(f->run) };
	struct db_result *res = NULL;
	bool is_ours = false;
	enum err_code rc;

	*earlier = (struct commit_note){ 0 };
	rc = make_log(c, err);
	if (rc != ERR_OK)
		return rc;
	if (FAULT("pg-claim"))
		return err_set(err, ERR_TRANSIENT, "claiming failed (fault)");
	rc = oust(c, f, err);
	if (rc == ERR_OK)
		rc = db_query(c->db, sql_claim, p, 3, &res, err);
	if (rc == ERR_OK)
		is_ours = db_result_rows(res) == 1;
	db_result_free(res);
	if (rc != ERR_OK)
		return denied(err, rc);
	c->fence = *f;
	c->fence.origin = arena_strdup(c->mem, f->origin);
	c->has_claim = true;
	if (is_ours)
		return ERR_OK;
	res = NULL;
	rc = db_query(c->db, sql_look, p, 2, &res, err);
	if (rc == ERR_OK && db_result_rows(res) == 1)
		take_note(mem, res, earlier);
	db_result_free(res);
	if (rc != ERR_OK || earlier->is_committed)
		return rc;
	return fenced(f, err);
}

enum err_code pg_resolve(struct pg_conn *c, pg_look_fn look, void *ctx, bool *is_there,
			 struct err *err)
{
	int64_t give_up_us = clock_mono_us() + RESOLVE_MS * INT64_C(1000);
	enum err_code rc;

	*is_there = false;
	do {
		int64_t left_ms = (give_up_us - clock_mono_us()) / 1000;

		rc = db_reconnect(c->db, left_ms > 1000 ? (int)left_ms : 1000, err);
		if (rc == ERR_OK) {
			db_set_deadline(c->db, RESOLVE_MS);
			rc = look(c, ctx, is_there, err);
			db_set_deadline(c->db, 0);
		}
	} while (rc != ERR_OK && rc != ERR_INTERRUPTED && clock_mono_us() < give_up_us);
	if (rc == ERR_OK || rc == ERR_INTERRUPTED)
		return rc;
	err_wrap(err, ERR_UNREACHABLE, "the connection was lost during COMMIT");
	err_hint(err, "Whether the rows are there will be known at the next attempt:"
		 " the commit log in the target tells.");
	return ERR_UNREACHABLE;
}

static enum err_code look_for_commit(struct pg_conn *c, void *ctx, bool *is_there, struct err *err)
{
	struct db_param p[] = { DB_TEXT(c->fence.origin), DB_INT8(c->fence.job) };
	struct db_result *res = NULL;
	struct commit_note note = { 0 };
	enum err_code rc = db_query(c->db, sql_look_locked, p, 2, &res, err);

	if (rc == ERR_OK && db_result_rows(res) == 1)
		take_note(c->mem, res, &note);
	db_result_free(res);
	*is_there = note.is_committed && note.run == c->fence.run;
	*(bool *)ctx = note.run > c->fence.run;
	return rc;
}

static enum err_code resolve(struct pg_conn *c, struct err *err)
{
	bool is_committed = false, is_over = false;
	enum err_code rc = pg_resolve(c, look_for_commit, &is_over, &is_committed, err);

	if (rc != ERR_OK || is_committed)
		return rc;
	if (is_over)
		return fenced(&c->fence, err);
	return err_set(err, ERR_TRANSIENT,
		       "the connection was lost during COMMIT and nothing was written");
}

static enum err_code mark(struct pg_conn *c, const struct ledger *l, const char *bookmark,
			  struct err *err)
{
	struct db_param p[] = {
		DB_TEXT(c->fence.origin), DB_INT8(c->fence.job), DB_INT8(c->fence.run),
		DB_INT8(l->read), DB_INT8(l->written), DB_INT8(l->unchanged),
		DB_INT8(l->filtered), DB_INT8(l->rejected), DB_INT8(l->bytes),
		DB_TEXT(bookmark),
	};
	struct db_result *res = NULL;
	enum err_code rc = db_query(c->db, sql_commit, p, 10, &res, err);
	bool is_ours = rc == ERR_OK && db_result_affected(res) == 1;

	db_result_free(res);
	if (rc != ERR_OK)
		return rc;
	if (!is_ours)
		return fenced(&c->fence, err);
	if (c->w.spec.by_chunk)
		rc = db_query(c->db, sql_drop_chunks, p, 2, NULL, err);
	return rc;
}

enum err_code pg_commit(struct conn *conn, const struct ledger *ledger, const char *bookmark,
			struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	enum err_code rc;

	if (!c->has_claim)
		return err_set(err, ERR_BUG, "commit without a claim");
	rc = pg_begin(c, err);
	if (rc == ERR_OK)
		rc = mark(c, ledger, bookmark, err);
	if (rc == ERR_OK && FAULT("pg-before-commit"))
		rc = err_set(err, ERR_TRANSIENT, "committing failed (fault)");
	if (rc != ERR_OK) {
		db_rollback(c->db);
		c->w.is_begun = false;
		return rc;
	}
	c->w.is_begun = false;
	rc = db_commit(c->db, err);
	if (FAULT("pg-after-commit"))
		return err_set(err, ERR_UNREACHABLE, "the reply to COMMIT was lost (fault)");
	/* An error while the link stands is the server's own word: it rolled back. */
	if (rc != ERR_OK && db_is_broken(c->db)) {
		err_clear(err);
		rc = resolve(c, err);
	}
	return rc;
}
