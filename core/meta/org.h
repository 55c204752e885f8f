/*
 * core/meta/org.h
 *	Organizations, their projects, and the name of this installation.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_ORG_H
#define CORE_META_ORG_H

#include <stdint.h>

#include "core/base/err.h"

struct arena;
struct db;

struct org {
	int64_t id;
	const char *name;
	const char *created_at;	/* ISO, UTC */
};

struct project {
	int64_t id;
	const char *name;
};
struct project_list {
	int n;
	struct project *p;
};

/* As META_OWNER: a new organization with its project and queue `default`. ERR_CONFLICT: exists. */
enum err_code org_add(struct db *db, const char *name, int64_t *id, struct err *err) MUST_USE;

/* The organization of a META_APP session. */
enum err_code org_current(struct arena *mem, struct db *db, struct org *out,
			  struct err *err) MUST_USE;

enum err_code project_list(struct arena *mem, struct db *db, struct project_list *out,
			   struct err *err) MUST_USE;
/* name NULL: `default`. */
enum err_code project_find(struct db *db, const char *name, int64_t *id, struct err *err) MUST_USE;

/* Who this installation is in the commit logs of targets: a UUID in text, any role. */
enum err_code org_origin(struct arena *mem, struct db *db, const char **out,
			 struct err *err) MUST_USE;
#endif
