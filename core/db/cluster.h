/*
 * core/db/cluster.h
 *	The private PostgreSQL of a user who named none: made, started, stopped.
 *
 * Lives in $XDG_DATA_HOME/leat (unset: ~/.local/share/leat, for root
 * /var/lib/leat; root's server runs as `postgres`), reachable through a Unix
 * socket in a directory that only this user (and root) can enter. At most one server, at
 * most one maker, whoever dies at whatever moment: a lock file held with
 * flock() while the cluster is made, started or stopped, and a users
 * lock held shared by every process that uses it. The last one out stops the
 * server unless it was kept by cluster_keep().
 *
 * Memory:  the handle is a heap object.
 * Threads: open and close from one thread.
 */
#ifndef CORE_DB_CLUSTER_H
#define CORE_DB_CLUSTER_H

#include <stdbool.h>

#include "core/base/err.h"

struct cluster;
struct arena;

/* Makes the cluster if there is none, starts the server if it is down, counts us in. */
enum err_code cluster_open(struct cluster **out, struct err *err) MUST_USE;

/*
 * Starts the server again when it has died; ERR_UNREACHABLE when somebody has stopped
 * it, for then it is to stay down.
 */
enum err_code cluster_revive(struct cluster *c, struct err *err) MUST_USE;

/* Conninfo of leat's own database for a login that may become one of leat's roles. */
const char *cluster_conninfo(const struct cluster *c);

/* Conninfo of the same database for people's tables: a plain role that owns schema public. */
const char *cluster_data_conninfo(const struct cluster *c);

/* Counts us out; stops the server when we were the last and nobody kept it. NULL is fine. */
void cluster_close(struct cluster *c);

struct cluster_status {
	const char *dir;
	const char *socket_dir;
	bool exists, is_running, is_kept;
	int pid;
	int version;	/* major */
};
/* Looks without starting anything. Texts live in mem. */
enum err_code cluster_status(struct arena *mem, struct cluster_status *out,
			     struct err *err) MUST_USE;

/*
 * true: the server stays when the last user leaves (db start: open, keep,
 * close). false: it does not, and stops now when nobody uses it.
 */
enum err_code cluster_keep(bool keep, struct err *err) MUST_USE;

/*
 * Stops it now and keeps it no more (db stop). ERR_CONFLICT while somebody
 * uses it, unless forced: their sessions end. ERR_OK when it was down.
 */
enum err_code cluster_stop(bool force, struct err *err) MUST_USE;

/*
 * argv (ends in NULL, in mem) of psql over people's tables. Run it as a child
 * and stay open meanwhile: who replaces himself by it is counted out.
 */
enum err_code cluster_psql(struct arena *mem, const struct cluster *c, const char *const **argv,
			   struct err *err) MUST_USE;
#endif
