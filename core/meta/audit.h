/*
 * core/meta/audit.h
 *	Who did what. Rows are added in the transaction of the act and never change.
 *
 * The functions of core/meta that change something for people add their own
 * row; audit_add() is for acts that live elsewhere. No secrets in detail.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_AUDIT_H
#define CORE_META_AUDIT_H

#include <stdint.h>

#include "core/base/err.h"

struct arena;
struct db;

struct audit_row {
	int64_t id;
	const char *at;		/* ISO, UTC */
	const char *actor;	/* the login of the session */
	const char *action;	/* "pipeline put", "job cancel" */
	const char *object;	/* name or id */
	const char *detail;	/* JSON or NULL */
};
struct audit_list {
	int n;
	struct audit_row *row;
};

/* In the caller's transaction when there is one. detail: JSON or NULL. */
enum err_code audit_add(struct db *db, const char *action, const char *object, const char *detail,
			struct err *err) MUST_USE;

/* Newest first; before 0: from the newest. */
enum err_code audit_list(struct arena *mem, struct db *db, int64_t before, int limit,
			 struct audit_list *out, struct err *err) MUST_USE;
#endif
