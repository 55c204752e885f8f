/*
 * core/meta/migrate.c
 *	One migration at a time, each looked for, run and noted under one lock.
 */
#include "core/meta/migrate.h"

#include <stdio.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/meta/deadline.h"
#include "core/meta/place.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define VERSIONS_MAX        1000

struct applied {
	int version;
	const char *name;
	const char *checksum;
	const char *at;
};

/* What one look found; lives in its own arena. */
struct look {
	bool has_schema;
	int n;
	struct applied *row;	/* by version */
	const char **sum;	/* of set->m[i].up */
};

const struct migration_set *migrate_embedded(void)
{
	return &sql_migrations;
}

int migrate_wanted(void)
{
	return sql_migrations.m[sql_migrations.n - 1].version;
}

/* ---- looking --------------------------------------------------------------- */

static enum err_code read_applied(struct arena *mem, struct db *db, struct look *out,
				  struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_migration_role, NULL, 0, &res, err);

	if (rc != ERR_OK)
		return rc;
	out->has_schema = db_result_rows(res) > 0;
	db_result_free(res);
	res = NULL;
	rc = db_query(db, sql_migration_found, NULL, 0, &res, err);
	if (rc != ERR_OK)
		return rc;
	if (!db_result_bool(res, 0, "found")) {
		db_result_free(res);
		return ERR_OK;
	}
	db_result_free(res);
	res = NULL;
	rc = db_query(db, sql_migration_applied, NULL, 0, &res, err);
	if (rc != ERR_OK)
		return rc;
	out->n = db_result_rows(res);
	out->row = arena_array(mem, (size_t)out->n + 1, sizeof(*out->row));
	for (int i = 0; i < out->n; i++) {
		out->row[i].version = (int)db_result_int8(res, i, "version");
		out->row[i].name = row_text(mem, res, i, "name");
		out->row[i].checksum = row_text(mem, res, i, "checksum");
		out->row[i].at = row_time(mem, res, i, "applied_at");
	}
	db_result_free(res);
	return ERR_OK;
}

static enum err_code sum_files(struct arena *mem, struct db *db, const struct migration_set *set,
			       struct look *out, struct err *err)
{
	out->sum = arena_array(mem, (size_t)set->n + 1, sizeof(*out->sum));
	for (int i = 0; i < set->n; i++) {
		struct db_result *res = NULL;
		enum err_code rc = row_query(db, sql_migration_checksum, set->m[i].up, &res, err);

		if (rc != ERR_OK)
			return rc;
		out->sum[i] = row_text(mem, res, 0, "checksum");
		db_result_free(res);
	}
	return ERR_OK;
}

/* In the caller's transaction, which runs as the owner afterwards when there is a schema. */
static enum err_code look(struct arena *mem, struct db *db, const struct migration_set *set,
			  struct look *out, struct err *err)
{
	enum err_code rc;

	memset(out, 0, sizeof(*out));
	rc = sum_files(mem, db, set, out, err);
	return rc == ERR_OK ? read_applied(mem, db, out, err) : rc;
}

static const struct applied *find_applied(const struct look *l, int version)
{
	for (int i = 0; i < l->n; i++) {
		if (l->row[i].version == version)
			return &l->row[i];
	}
	return NULL;
}

static enum err_code refuse_strangers(const struct look *l, const struct migration_set *set,
				      struct err *err)
{
	for (int i = 0; i < l->n; i++) {
		const struct applied *a = &l->row[i];

		if (a->version > set->n) {
			err_set(err, ERR_CONFLICT,
				"the database knows migration %s, this leat ends at version %d",
				a->name, set->n);
			err_hint(err, "Use the leat that made it, or a newer one.");
			return ERR_CONFLICT;
		}
		if (strcmp(a->checksum, l->sum[a->version - 1]) == 0)
			continue;
		err_set(err, ERR_CONFLICT, "migration %s was edited after it was applied",
			set->m[a->version - 1].name);
		err_hint(err, "Another build of leat made this database: use that one, or another "
			      "database (--db). Whoever changes leat: put the file back as it was; a "
			      "change is a new migration.");
		return ERR_CONFLICT;
	}
	return ERR_OK;
}

enum err_code migrate_version(struct db *db, int *version, struct err *err)
{
	struct arena *mem = arena_new(NULL, "migrate");
	struct look l = { 0 };
	enum err_code rc = db_begin(db, err);

	*version = 0;
	if (rc == ERR_OK)
		rc = read_applied(mem, db, &l, err);
	db_rollback(db);
	if (rc == ERR_OK && l.n > 0)
		*version = l.row[l.n - 1].version;
	arena_free(mem);
	return rc;
}

static const char *state_of(const struct look *l, const struct migration_set *set, int i)
{
	const struct applied *a = find_applied(l, set->m[i].version);

	if (a == NULL)
		return "pending";
	return strcmp(a->checksum, l->sum[i]) == 0 ? "applied" : "edited";
}

enum err_code migrate_list_on(struct arena *mem, struct db *db, const struct migration_set *set,
			      struct migration_list *out, struct err *err)
{
	struct look l;
	enum err_code rc = db_begin(db, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK)
		rc = look(mem, db, set, &l, err);
	db_rollback(db);
	if (rc != ERR_OK)
		return rc;
	out->row = arena_array(mem, (size_t)(set->n + l.n), sizeof(*out->row));
	for (int i = 0; i < set->n; i++) {
		const struct applied *a = find_applied(&l, set->m[i].version);

		out->row[out->n++] = (struct migration_row){
			.version = set->m[i].version,
			.name = set->m[i].name,
			.state = state_of(&l, set, i),
			.applied_at = a != NULL ? a->at : NULL,
		};
	}
	for (int i = 0; i < l.n; i++) {
		if (l.row[i].version <= set->n)
			continue;
		out->row[out->n++] = (struct migration_row){
			.version = l.row[i].version,
			.name = l.row[i].name,
			.state = "unknown",
			.applied_at = l.row[i].at,
		};
	}
	return ERR_OK;
}

/* ---- doing ------------------------------------------------------------------ */

static enum err_code lock(struct db *db, struct err *err)
{
	enum err_code rc = db_exec(db, "set local lock_timeout = '30s'", err);

	if (rc == ERR_OK)
		rc = db_query(db, sql_migration_lock, NULL, 0, NULL, err);
	if (rc != ERR_OK && strcmp(err->sqlstate, "55P03") == 0) {
		err_set(err, ERR_CONFLICT, "another process has been migrating for 30 s");
		err_hint(err, "Wait for it, then ask again.");
		rc = ERR_CONFLICT;
	}
	return rc;
}

static void say_who_may(struct db *db, struct err *err)
{
	const struct db_fault *f = db_last_fault(db);

	if (f == NULL || strcmp(f->sqlstate, "42501") != 0)
		return;
	err_hint(err, "As an administrator run: create role leat_owner; create role leat_app; "
		 "create role leat_reader; create role leat_engine; "
		 "grant leat_owner, leat_app, leat_reader, leat_engine to LOGIN; "
		 "grant create on database DB to LOGIN; then ask again.");
}

static enum err_code run_up(struct db *db, const struct migration *m, const char *checksum,
			    struct err *err)
{
	struct db_param note[] = { DB_INT8(m->version), DB_TEXT(m->name), DB_TEXT(checksum) };
	/* The first one makes the roles: the login itself has to do that. */
	enum err_code rc = m->version == 1 ? db_exec(db, "set local role none", err) : ERR_OK;

	if (rc == ERR_OK)
		rc = db_exec(db, m->up, err);
	if (rc != ERR_OK) {
		if (m->version == 1)
			say_who_may(db, err);
		return err_wrap(err, rc, "migration %s", m->name);
	}
	if (FAULT("migrate-up"))
		return err_set(err, ERR_FAILED, "migration %s: fault", m->name);
	rc = db_query(db, sql_migration_role, NULL, 0, NULL, err);
	return rc == ERR_OK ? db_query(db, sql_migration_note, note, 3, NULL, err) : rc;
}

static enum err_code run_down(struct db *db, const struct migration *m, struct err *err)
{
	enum err_code rc = db_query(db, sql_migration_forget, &DB_INT8(m->version), 1, NULL, err);

	if (rc == ERR_OK)
		rc = db_exec(db, m->down, err);
	if (rc == ERR_OK && FAULT("migrate-down"))
		rc = err_set(err, ERR_FAILED, "fault");
	return rc == ERR_OK ? rc : err_wrap(err, rc, "undoing migration %s", m->name);
}

/* The next one in the wanted direction; NULL: there is none. */
static const struct migration *pick(const struct look *l, const struct migration_set *set,
				    bool is_up, int to)
{
	if (is_up) {
		for (int i = 0; i < set->n && set->m[i].version <= to; i++) {
			if (find_applied(l, set->m[i].version) == NULL)
				return &set->m[i];
		}
		return NULL;
	}
	for (int i = set->n - 1; i >= 0 && set->m[i].version > to; i--) {
		if (find_applied(l, set->m[i].version) != NULL)
			return &set->m[i];
	}
	return NULL;
}

/* One transaction: lock, look, run, note. *done: what was run, NULL when nothing is left. */
static enum err_code step(struct db *db, const struct migration_set *set, bool is_up, int to,
			  const struct migration **done, struct err *err)
{
	struct arena *mem = arena_new(NULL, "migrate");
	struct look l;
	enum err_code rc = db_begin(db, err);

	*done = NULL;
	if (rc == ERR_OK)
		rc = lock(db, err);
	if (rc == ERR_OK)
		rc = look(mem, db, set, &l, err);
	if (rc == ERR_OK)
		rc = refuse_strangers(&l, set, err);
	if (rc == ERR_OK) {
		*done = pick(&l, set, is_up, to);
		if (*done != NULL && is_up)
			rc = run_up(db, *done, l.sum[(*done)->version - 1], err);
		else if (*done != NULL)
			rc = run_down(db, *done, err);
	}
	if (rc == ERR_OK)
		rc = db_commit(db, err);
	if (rc != ERR_OK)
		db_rollback(db);
	arena_free(mem);
	return rc;
}

static enum err_code run(struct db *db, const struct migration_set *set, bool is_up, int to,
			 migrate_note_fn note, void *ctx, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (set->n > VERSIONS_MAX || to < 0 || to > set->n)
		return err_set(err, ERR_USAGE, "there is no version %d: 0 to %d", to, set->n);
	db_set_deadline(db, DEADLINE_MIGRATE_MS);
	for (const struct migration *done = set->m; rc == ERR_OK && done != NULL;) {
		rc = step(db, set, is_up, to, &done, err);
		if (rc == ERR_OK && done != NULL && note != NULL)
			note(ctx, done->name, is_up);
	}
	db_set_deadline(db, 0);
	return rc;
}

enum err_code migrate_up_on(struct db *db, const struct migration_set *set, int to,
			    migrate_note_fn note, void *ctx, struct err *err)
{
	return run(db, set, true, to == 0 ? set->n : to, note, ctx, err);
}

enum err_code migrate_down_on(struct db *db, const struct migration_set *set, int to,
			      migrate_note_fn note, void *ctx, struct err *err)
{
	return run(db, set, false, to, note, ctx, err);
}

/* ---- for a place --------------------------------------------------------------- */

enum err_code migrate_login(const struct meta_place *p, struct db **out, struct err *err)
{
	struct db_options opt = { .conninfo = meta_conninfo(p), .app_name = "leat migrate" };

	return db_open(&opt, out, err);
}

enum err_code migrate_list(struct arena *mem, const struct meta_place *p,
			   struct migration_list *out, struct err *err)
{
	struct db *db = NULL;
	enum err_code rc = migrate_login(p, &db, err);

	if (rc == ERR_OK)
		rc = migrate_list_on(mem, db, &sql_migrations, out, err);
	db_close(db);
	return rc;
}

enum err_code migrate_up(const struct meta_place *p, int to, migrate_note_fn note, void *ctx,
			 struct err *err)
{
	struct db *db = NULL;
	enum err_code rc = migrate_login(p, &db, err);

	if (rc == ERR_OK)
		rc = migrate_up_on(db, &sql_migrations, to, note, ctx, err);
	db_close(db);
	return rc;
}

enum err_code migrate_down(const struct meta_place *p, int to, migrate_note_fn note, void *ctx,
			   struct err *err)
{
	struct db *db = NULL;
	enum err_code rc = migrate_login(p, &db, err);

	if (rc == ERR_OK)
		rc = migrate_down_on(db, &sql_migrations, to, note, ctx, err);
	db_close(db);
	return rc;
}
