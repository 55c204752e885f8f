/*
 * core/db/cluster.c
 *	Who may make, start and stop the private server, and who uses it.
 *
 * Two files are only ever locked, never removed: base/lock is held alone
 * while anything changes, base/users is held shared by every user. A user
 * arrives under the first lock, and the last one to leave tests for others
 * under it too, so no server stops under somebody who has just come. The
 * kernel drops the locks of whoever dies.
 */
#include "core/db/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/db/db.h"
#include "core/db/server.h"
#include "core/io/path.h"

#define LOCK_MS       180000	/* another maker's initdb and first start, on a slow disk */
#define LEAVE_LOCK_MS 5000
#define LEAVE_STOP_MS 2000	/* a longer shutdown goes on without us */
#define STOP_MS       60000
#define BOOT_VERSION  "3\n"	/* of the roles and grants below: raise it with them */
#define BOOT_LOCK     "27774"	/* key of an advisory lock */

struct cluster {
	struct arena *mem;
	struct server server;
	const char *conninfo;
	const char *data_conninfo;
	int users;	/* descriptor that counts us in */
};

/* ---- locks and marks ------------------------------------------------------- */

static const char *mark(const struct server *s, const char *name)
{
	return arena_printf(s->mem, "%s/%s", s->base, name);
}

static enum err_code lock_take(const struct server *s, const char *name, int how, int wait_ms,
			       int *fd, struct err *err)
{
	const char *path = mark(s, name);
	int64_t until = clock_mono_us() + (int64_t)wait_ms * 1000;
	struct timespec step = { .tv_nsec = 3 * 1000 * 1000 };

	*fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0)
		return err_sys(err, errno, "cannot open %s", path);
	while (flock(*fd, how | LOCK_NB) != 0) {
		int rc = errno;

		if (rc == EINTR || (rc == EWOULDBLOCK && clock_mono_us() < until)) {
			nanosleep(&step, NULL);
			continue;
		}
		close(*fd);
		*fd = -1;
		if (rc == EWOULDBLOCK)
			return err_set(err, ERR_CONFLICT, "%s is locked by another leat", path);
		return err_sys(err, rc, "cannot lock %s", path);
	}
	return ERR_OK;
}

static void lock_drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool has_mark(const struct server *s, const char *name)
{
	return access(mark(s, name), F_OK) == 0;
}

/* Whether the roles and grants are those of this version of leat. */
static bool is_booted(const struct server *s)
{
	struct err ignored = { 0 };
	struct buf text;
	bool is_ours;

	buf_init(&text, 64);
	is_ours = path_read(mark(s, "made"), &text, &ignored) == ERR_OK &&
		  strcmp(buf_str(&text), BOOT_VERSION) == 0;
	buf_release(&text);
	return is_ours;
}

static enum err_code set_mark(const struct server *s, const char *name, bool is_set,
			      struct err *err)
{
	if (is_set)
		return path_write(mark(s, name), BOOT_VERSION, strlen(BOOT_VERSION), err);
	if (unlink(mark(s, name)) != 0 && errno != ENOENT)
		return err_sys(err, errno, "cannot remove %s", mark(s, name));
	return ERR_OK;
}

/* ---- first start ------------------------------------------------------------- */

static const char *conninfo_for(const struct server *s, struct arena *mem, const char *user,
				const char *dbname)
{
	char *host = arena_bytes(mem, 2 * strlen(s->socket) + 1), *p = host;

	for (const char *from = s->socket; *from != '\0'; from++) {
		if (*from == '\'' || *from == '\\')
			*p++ = '\\';
		*p++ = *from;
	}
	*p = '\0';
	return arena_printf(mem, "host='%s' port=5432 dbname=%s user=%s", host, dbname, user);
}

/*
 * The sessions that make roles and the database go one by one: that of a maker
 * who was killed may still be at work in the server.
 */
static enum err_code connect_super(const struct server *s, const char *dbname, struct db **out,
				   struct err *err)
{
	struct db_options opt = {
		.conninfo = conninfo_for(s, s->mem, "postgres", dbname),
		.app_name = "leat cluster",
		.search_path = "",
	};
	enum err_code rc = db_open(&opt, out, err);

	if (rc == ERR_OK)
		rc = db_query(*out, "select pg_catalog.pg_advisory_lock(" BOOT_LOCK ")", NULL, 0,
			      NULL, err);
	if (rc != ERR_OK) {
		db_close(*out);
		*out = NULL;
	}
	return rc;
}

/* Every statement may find its work done: a maker may die between any two. */
static const char make_roles[] =
	"do $$\n"
	"declare r text;\n"
	"begin\n"
	"	foreach r in array array['leat_owner', 'leat_app', 'leat_reader', "
	"		'leat_engine'] loop\n"
	"		if not exists (select from pg_catalog.pg_roles where rolname = r) then\n"
	"			execute format('create role %I nologin noinherit', r);\n"
	"		end if;\n"
	"	end loop;\n"
	"	foreach r in array array['leat', 'leat_data'] loop\n"
	"		if not exists (select from pg_catalog.pg_roles where rolname = r) then\n"
	"			execute format('create role %I login noinherit', r);\n"
	"		end if;\n"
	"	end loop;\n"
	"end $$;\n"
	"grant leat_owner, leat_app, leat_reader, leat_engine to leat;\n";

static const char make_grants[] =
	"revoke all on database leat from public;\n"
	"grant connect, temporary on database leat\n"
	"	to leat, leat_owner, leat_app, leat_engine, leat_data;\n"
	"grant connect on database leat to leat_reader;\n"
	"grant create on database leat to leat, leat_data;\n"
	"alter schema public owner to leat_data;\n"
	"revoke all on schema public from public;\n";

static enum err_code make_database(const struct server *s, struct err *err)
{
	struct db_result *found = NULL;
	struct db *db;
	enum err_code rc = connect_super(s, "postgres", &db, err);

	if (rc != ERR_OK)
		return rc;
	rc = db_exec(db, make_roles, err);
	if (rc == ERR_OK)
		rc = db_query(db, "select 1 from pg_catalog.pg_database where datname = 'leat'",
			      NULL, 0, &found, err);
	if (rc == ERR_OK && db_result_rows(found) == 0)
		rc = db_exec(db, "create database leat owner leat_owner", err);
	db_result_free(found);
	db_close(db);
	return rc;
}

static enum err_code boot(const struct server *s, struct err *err)
{
	struct db *db;
	enum err_code rc = make_database(s, err);

	if (rc == ERR_OK && FAULT("cluster-boot"))
		rc = err_set(err, ERR_FAILED, "setting up the private database: fault");
	if (rc != ERR_OK)
		return rc;
	rc = connect_super(s, "leat", &db, err);
	if (rc != ERR_OK)
		return rc;
	rc = db_exec(db, make_grants, err);
	db_close(db);
	return rc == ERR_OK ? set_mark(s, "made", true, err) : rc;
}

/* ---- open and close -------------------------------------------------------------- */

/* Under the lock: there is a cluster, and its server answers. */
static enum err_code bring_up(struct server *s, struct err *err)
{
	enum err_code rc = server_find(s, err);
	pid_t pid;

	if (rc == ERR_OK && s->version == 0) {
		rc = set_mark(s, "made", false, err);
		if (rc == ERR_OK)
			rc = server_make(s, err);
	}
	if (rc != ERR_OK)
		return rc;
	switch (server_look(s, &pid)) {
	case SERVER_READY:
		break;
	case SERVER_STARTING:
		/* Its starter died, and it may die too. */
		rc = server_wait(s, pid, err);
		if (rc == ERR_FAILED)
			rc = server_start(s, err);
		break;
	case SERVER_STOPPING:
		rc = server_stop(s, STOP_MS, err);
		if (rc == ERR_OK)
			rc = server_start(s, err);
		break;
	case SERVER_DOWN:
		rc = server_start(s, err);
		break;
	}
	if (rc == ERR_OK && !is_booted(s))
		rc = boot(s, err);
	return rc;
}

enum err_code cluster_open(struct cluster **out, struct err *err)
{
	struct arena *mem = arena_new(NULL, "cluster");
	struct cluster *c = arena_alloc(mem, sizeof(*c));
	int lock = -1;
	enum err_code rc;

	*out = NULL;
	c->mem = mem;
	c->users = -1;
	rc = server_init(mem, &c->server, err);
	if (rc == ERR_OK)
		rc = server_prepare(&c->server, err);
	if (rc == ERR_OK)
		rc = lock_take(&c->server, "lock", LOCK_EX, LOCK_MS, &lock, err);
	if (rc == ERR_OK)
		rc = lock_take(&c->server, "users", LOCK_SH, LOCK_MS, &c->users, err);
	if (rc == ERR_OK)
		rc = bring_up(&c->server, err);
	lock_drop(&lock);
	if (rc != ERR_OK) {
		lock_drop(&c->users);
		arena_free(mem);
		return rc;
	}
	c->conninfo = conninfo_for(&c->server, mem, "leat", "leat");
	c->data_conninfo = conninfo_for(&c->server, mem, "leat_data", "leat");
	*out = c;
	return ERR_OK;
}

enum err_code cluster_revive(struct cluster *c, struct err *err)
{
	int lock = -1;
	pid_t pid;
	enum err_code rc = lock_take(&c->server, "lock", LOCK_EX, LOCK_MS, &lock, err);

	if (rc == ERR_OK && server_look(&c->server, &pid) == SERVER_DOWN &&
	    server_was_stopped(&c->server))
		rc = err_set(err, ERR_UNREACHABLE, "the private database was stopped");
	if (rc == ERR_OK)
		rc = bring_up(&c->server, err);
	lock_drop(&lock);
	return rc;
}

const char *cluster_conninfo(const struct cluster *c)
{
	return c->conninfo;
}

const char *cluster_data_conninfo(const struct cluster *c)
{
	return c->data_conninfo;
}

/* Under the lock: whether nobody but us is counted in. */
static bool is_alone(int users)
{
	return flock(users, LOCK_EX | LOCK_NB) == 0;
}

void cluster_close(struct cluster *c)
{
	struct err ignored = { 0 };
	int lock = -1;

	if (c == NULL)
		return;
	/* Kept for good, nobody has to be counted. */
	if (!has_mark(&c->server, "kept") &&
	    lock_take(&c->server, "lock", LOCK_EX, LEAVE_LOCK_MS, &lock, &ignored) == ERR_OK &&
	    !has_mark(&c->server, "kept") && is_alone(c->users) &&
	    server_stop(&c->server, LEAVE_STOP_MS, &ignored) != ERR_OK)
		err_clear(&ignored);
	lock_drop(&c->users);
	lock_drop(&lock);
	arena_free(c->mem);
}

/* ---- for people --------------------------------------------------------------------- */

enum err_code cluster_status(struct arena *mem, struct cluster_status *out, struct err *err)
{
	struct server s;
	struct err ignored = { 0 };
	enum err_code rc = server_init(mem, &s, err);
	pid_t pid = 0;

	*out = (struct cluster_status){ 0 };
	if (rc != ERR_OK)
		return rc;
	/* What is missing is a state here, not a failure. */
	if (server_find(&s, &ignored) != ERR_OK)
		err_clear(&ignored);
	out->dir = s.base;
	out->socket_dir = s.socket;
	out->exists = s.version != 0;
	out->version = s.version;
	out->is_kept = has_mark(&s, "kept");
	out->is_running = server_look(&s, &pid) == SERVER_READY;
	out->pid = (int)pid;
	return ERR_OK;
}

enum err_code cluster_keep(bool keep, struct err *err)
{
	struct arena *mem = arena_new(NULL, "cluster");
	int lock = -1, users = -1;
	struct err ignored = { 0 };
	struct server s;
	enum err_code rc = server_init(mem, &s, err);

	if (rc == ERR_OK)
		rc = server_prepare(&s, err);
	if (rc == ERR_OK)
		rc = lock_take(&s, "lock", LOCK_EX, LOCK_MS, &lock, err);
	if (rc == ERR_OK)
		rc = set_mark(&s, "kept", keep, err);
	if (rc == ERR_OK && !keep &&
	    lock_take(&s, "users", LOCK_EX, 0, &users, &ignored) == ERR_OK)
		rc = server_stop(&s, STOP_MS, err);
	lock_drop(&users);
	lock_drop(&lock);
	arena_free(mem);
	return rc;
}

enum err_code cluster_stop(bool force, struct err *err)
{
	struct arena *mem = arena_new(NULL, "cluster");
	int lock = -1, users = -1;
	struct server s;
	enum err_code rc = server_init(mem, &s, err);

	if (rc != ERR_OK || access(s.base, F_OK) != 0)
		goto done;
	rc = lock_take(&s, "lock", LOCK_EX, LOCK_MS, &lock, err);
	if (rc == ERR_OK && !force) {
		rc = lock_take(&s, "users", LOCK_EX, 0, &users, err);
		if (rc == ERR_CONFLICT) {
			rc = err_set(err, ERR_CONFLICT, "the private database is in use");
			err_hint(err, "It stops when its last user leaves, or now with --force.");
		}
	}
	if (rc == ERR_OK)
		rc = set_mark(&s, "kept", false, err);
	if (rc == ERR_OK)
		rc = server_stop(&s, STOP_MS, err);
done:
	lock_drop(&users);
	lock_drop(&lock);
	arena_free(mem);
	return rc;
}

enum err_code cluster_psql(struct arena *mem, const struct cluster *c, const char *const **argv,
			   struct err *err)
{
	const char **words = arena_array(mem, 4, sizeof(*words));
	const char *path = arena_printf(mem, "%s/psql", c->server.bin);

	*argv = NULL;
	if (access(path, X_OK) != 0)
		path = "/usr/bin/psql";
	if (access(path, X_OK) != 0) {
		err_set(err, ERR_CONFIG, "psql is not installed");
		err_hint(err, "Install it with: apt install postgresql-client.");
		return ERR_CONFIG;
	}
	words[0] = path;
	words[1] = "-d";
	words[2] = arena_strdup(mem, c->data_conninfo);
	*argv = words;
	return ERR_OK;
}
