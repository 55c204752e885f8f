/*
 * core/meta/place.h
 *	Where leat's own database is, and a session in it.
 *
 * The place is, in this order: what --db said, LEAT_DB, `db = CONNINFO` in
 * the config file ($XDG_CONFIG_HOME/leat/config, ~/.config/leat/config), the
 * private cluster. A session runs as one of leat's four roles, never as the
 * login itself. On the private cluster pending migrations are run by the
 * first session; elsewhere an old schema is ERR_CONFIG with the command that
 * brings it up to date, and a schema newer than the program is refused.
 *
 * Memory:  the place is a heap object; sessions end before it does.
 * Threads: meta_open() from any thread, also at the same time; open and
 *	close of the place from one.
 */
#ifndef CORE_META_PLACE_H
#define CORE_META_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct db;
struct meta_place;

#define META_DEFAULT_ORG "default"

enum meta_role {
	META_APP,	/* leat_app: on behalf of one organization */
	META_READER,	/* leat_reader: the same, and may change nothing at all */
	META_ENGINE,	/* leat_engine: the books of the queue, all organizations */
	META_OWNER	/* leat_owner: migrations, new organizations */
};

struct meta_login {
	enum meta_role role;
	const char *app_name;	/* "leat", "leat engine" */
	const char *org;	/* name; NULL: META_DEFAULT_ORG; not looked at for META_ENGINE */
	bool is_listener;	/* for LISTEN: no statement or idle timeouts */
	int stop_fd;		/* opening ends with ERR_INTERRUPTED once it is readable; 0: none */
};

/* explicit_db: the value of --db or NULL. Starts the private cluster when that is the place. */
enum err_code meta_place_open(const char *explicit_db, struct meta_place **out,
			      struct err *err) MUST_USE;
/* Leaves the private cluster; the last one out stops it. NULL is fine. */
void meta_place_close(struct meta_place *p);

/*
 * A private cluster that has died is started again. ERR_UNREACHABLE: it is not ours to start.
 * From any thread.
 */
enum err_code meta_place_revive(struct meta_place *p, struct err *err) MUST_USE;

/* Whether it is the private cluster. */
bool meta_place_is_private(const struct meta_place *p);
/* "--db", "LEAT_DB", the config file's path, or "private cluster"; borrowed. */
const char *meta_place_source(const struct meta_place *p);
/* Of leat's own database; borrowed. May hold a password: never shown. */
const char *meta_conninfo(const struct meta_place *p);
/* Of the built-in connection `local`: people's tables in the same database; borrowed. */
const char *meta_data_conninfo(const struct meta_place *p);

/* ERR_CONFIG, with a hint, when a connection pooler stands before the server of db. */
enum err_code meta_check_direct(struct db *db, struct err *err) MUST_USE;

/*
 * A session in leat's database. All but META_ENGINE have the organization
 * set (db_set_org); org_id (may be NULL) gets its id, 0 for META_ENGINE.
 * ERR_NOT_FOUND: no such organization; ERR_CONFIG: the schema is not the one
 * this program needs, or a pooler is in between. One round trip beyond the connection.
 */
enum err_code meta_open(struct meta_place *p, const struct meta_login *how, struct db **out,
			int64_t *org_id, struct err *err) MUST_USE;
#endif
