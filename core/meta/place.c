/*
 * core/meta/place.c
 *	Finding leat's database and opening sessions of a role in it.
 */
#include "core/meta/place.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/config.h"
#include "core/db/cluster.h"
#include "core/meta/deadline.h"
#include "core/meta/migrate.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

struct meta_place {
	struct arena *mem;
	struct cluster *cluster;	/* NULL: somebody else's server */
	const char *source;
	const char *conninfo;
};

/* ---- where --------------------------------------------------------------- */

static enum err_code find_place(struct meta_place *p, const char *explicit_db, struct err *err)
{
	const char *env = getenv("LEAT_DB");
	struct config *config;
	enum err_code rc;

	if (explicit_db != NULL && explicit_db[0] != '\0') {
		p->conninfo = arena_strdup(p->mem, explicit_db);
		p->source = "--db";
		return ERR_OK;
	}
	if (env != NULL && env[0] != '\0') {
		p->conninfo = arena_strdup(p->mem, env);
		p->source = "LEAT_DB";
		return ERR_OK;
	}
	rc = config_read(p->mem, &config, err);
	if (rc == ERR_OK && config_get(config, "db") != NULL) {
		p->conninfo = config_get(config, "db");
		p->source = config_path(config);
	}
	return rc;
}

enum err_code meta_place_open(const char *explicit_db, struct meta_place **out, struct err *err)
{
	struct arena *mem = arena_new(NULL, "place");
	struct meta_place *p = arena_alloc(mem, sizeof(*p));
	enum err_code rc;

	*out = NULL;
	p->mem = mem;
	rc = find_place(p, explicit_db, err);
	if (rc == ERR_OK && p->conninfo == NULL) {
		p->source = "private cluster";
		rc = cluster_open(&p->cluster, err);
		if (rc == ERR_OK)
			p->conninfo = cluster_conninfo(p->cluster);
	}
	if (rc != ERR_OK) {
		arena_free(mem);
		return rc;
	}
	*out = p;
	return ERR_OK;
}

void meta_place_close(struct meta_place *p)
{
	if (p == NULL)
		return;
	if (p->cluster != NULL)
		cluster_close(p->cluster);
	arena_free(p->mem);
}

enum err_code meta_place_revive(struct meta_place *p, struct err *err)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	enum err_code rc;

	if (p->cluster == NULL)
		return err_set(err, ERR_UNREACHABLE, "it is somebody else's server");
	/* An engine and a face of this process may miss it at the same moment. */
	pthread_mutex_lock(&one);
	rc = cluster_revive(p->cluster, err);
	pthread_mutex_unlock(&one);
	return rc;
}

bool meta_place_is_private(const struct meta_place *p)
{
	return p->cluster != NULL;
}

const char *meta_place_source(const struct meta_place *p)
{
	return p->source;
}

const char *meta_conninfo(const struct meta_place *p)
{
	return p->conninfo;
}

const char *meta_data_conninfo(const struct meta_place *p)
{
	return p->cluster != NULL ? cluster_data_conninfo(p->cluster) : p->conninfo;
}

/* ---- sessions ------------------------------------------------------------ */

static const char *role_name(enum meta_role role)
{
	switch (role) {
	case META_APP:
		return "leat_app";
	case META_READER:
		return "leat_reader";
	case META_ENGINE:
		return "leat_engine";
	case META_OWNER:
		break;
	}
	return "leat_owner";
}

/* What the server says when roles, schema or functions are not there (yet). */
static bool looks_unmade(const struct err *err)
{
	static const char *const state[] = { "22023", "42704", "42501", "3F000", "42P01", "42883" };

	for (size_t i = 0; i < sizeof(state) / sizeof(state[0]); i++) {
		if (strcmp(err->sqlstate, state[i]) == 0)
			return true;
	}
	return false;
}

static enum err_code wrong_version(int64_t has, struct err *err)
{
	if (has > migrate_wanted()) {
		err_set(err, ERR_CONFIG, "the schema is at version %d, this leat only knows %d",
			(int)has, migrate_wanted());
		err_hint(err, "Install the leat that made it, or a newer one.");
		return ERR_CONFIG;
	}
	err_set(err, ERR_CONFIG, "the schema is at version %d, this leat needs %d", (int)has,
		migrate_wanted());
	err_hint(err, "Bring it up to date with: leat migrate up");
	return ERR_CONFIG;
}

static enum err_code pooled(struct err *err)
{
	err_set(err, ERR_CONFIG, "leat's own database is reached through a connection pooler");
	err_hint(err, "%s", DB_POOLER_HINT);
	return ERR_CONFIG;
}

enum err_code meta_check_direct(struct db *db, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, "select pg_catalog.pg_backend_pid() as pid", NULL, 0, &res,
				    err);

	if (rc == ERR_OK && db_result_int8(res, 0, "pid") != db_backend_pid(db))
		rc = pooled(err);
	db_result_free(res);
	return rc;
}

/*
 * What a start-up that went through a pooler looks like: another process than
 * the one we were told, or the role is not the one that was asked for.
 */
static enum err_code check_whose(const struct db *db, const struct db_result *res,
				 const struct meta_login *how, struct err *err)
{
	if (db_result_int8(res, 0, "pid") != db_backend_pid(db) ||
	    strcmp(db_result_text(res, 0, "role"), role_name(how->role)) != 0)
		return pooled(err);
	return ERR_OK;
}

/* Without its role a session fails in many ways; a pooler is the reason to be told. */
static enum err_code why_not(struct db *db, enum err_code rc, struct err *err)
{
	struct err other = { 0 };

	if (db_is_broken(db) || meta_check_direct(db, &other) != ERR_CONFIG)
		return rc;
	*err = other;
	return ERR_CONFIG;
}

/* Sets the organization, or says why the session cannot be used. *has: the schema's version. */
static enum err_code start_session(struct db *db, const struct meta_login *how, int64_t *has,
				   int64_t *org_id, struct err *err)
{
	const char *org = how->org != NULL ? how->org : META_DEFAULT_ORG;
	struct db_result *res = NULL;
	enum err_code rc;

	if (how->role == META_ENGINE)
		org = NULL;
	rc = row_query(db, sql_session_start, org, &res, err);
	if (rc != ERR_OK)
		return why_not(db, rc, err);
	*has = db_result_int8(res, 0, "version");
	*org_id = db_result_int8(res, 0, "org_id");
	rc = check_whose(db, res, how, err);
	db_result_free(res);
	if (rc != ERR_OK)
		return rc;
	if (*has != migrate_wanted())
		return wrong_version(*has, err);
	if (org != NULL && *org_id == 0) {
		err_set(err, ERR_NOT_FOUND, "there is no organization \"%s\"", org);
		err_hint(err, "Without --org it is the organization " META_DEFAULT_ORG ".");
		return ERR_NOT_FOUND;
	}
	db_set_org(db, *org_id);
	return ERR_OK;
}

/* *has stays -1 when nobody could be asked. */
static enum err_code open_once(const struct meta_place *p, const struct meta_login *how,
			       struct db **out, int64_t *has, int64_t *org_id, struct err *err)
{
	struct db_options opt = {
		.conninfo = p->conninfo,
		.role = role_name(how->role),
		.app_name = how->app_name,
		.is_listener = how->is_listener,
		.statement_ms = how->role == META_ENGINE ? DEADLINE_ENGINE_MS : DEADLINE_PEOPLE_MS,
		.stop_fd = how->stop_fd,
	};
	enum err_code rc;

	*out = NULL;
	*has = -1;
	rc = db_open(&opt, out, err);
	if (rc == ERR_OK)
		rc = start_session(*out, how, has, org_id, err);
	if (rc != ERR_OK) {
		db_close(*out);
		*out = NULL;
	}
	return rc;
}

/* The plain login can tell whether leat was ever set up there; if not, that is the message. */
static enum err_code explain(const struct meta_place *p, enum err_code rc, struct err *err)
{
	struct err other = { 0 };
	struct db *db = NULL;
	int has = 0;

	if (migrate_login(p, &db, &other) == ERR_OK &&
	    migrate_version(db, &has, &other) == ERR_OK && has != migrate_wanted())
		rc = wrong_version(has, err);
	db_close(db);
	return rc;
}

enum err_code meta_open(struct meta_place *p, const struct meta_login *how, struct db **out,
			int64_t *org_id, struct err *err)
{
	int64_t has, org = 0;
	enum err_code rc = open_once(p, how, out, &has, &org, err);
	bool is_unmade = rc != ERR_OK && has < 0 && looks_unmade(err);

	if (rc != ERR_OK && p->cluster != NULL &&
	    (is_unmade || (has >= 0 && has < migrate_wanted()))) {
		err_clear(err);
		rc = migrate_up(p, 0, NULL, NULL, err);
		if (rc == ERR_OK)
			rc = open_once(p, how, out, &has, &org, err);
	} else if (is_unmade) {
		rc = explain(p, rc, err);
	}
	if (org_id != NULL)
		*org_id = rc == ERR_OK ? org : 0;
	return rc;
}
