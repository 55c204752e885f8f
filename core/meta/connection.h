/*
 * core/meta/connection.h
 *	Named connections, and the secrets they point to.
 *
 * A connection's config is one flat JSON object: every value a text, number
 * or boolean, or a reference {"secret": NAME} or {"env": NAME}. Settings that
 * the connector calls secret must be references; their values are never
 * stored. A secret is itself a reference for now: to an environment variable
 * or to a file only its owner can read.
 *
 * All functions run as META_APP within the session's organization and add
 * their audit row.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_CONNECTION_H
#define CORE_META_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct arena;
struct db;
struct list_ask;

struct connection {
	int64_t id;
	const char *name;
	const char *connector;	/* "file", "postgres" */
	const char *config;	/* JSON object with references only */
	int64_t version;	/* grows with each change */
	const char *created_at, *updated_at;	/* ISO, UTC */
	/* only from connection_page(): */
	bool is_builtin;	/* it is always there */
	const char *health;	/* "ok", "problem": as its last job found it; NULL: never used */
	const char *problem;	/* what that job said; NULL: nothing */
	int64_t last_job;	/* 0: never used */
	const char *used_at;	/* ISO, UTC; NULL: never used */
};
struct connection_list {
	int n;
	struct connection *c;
};

/* A config value with its references followed. */
struct connection_setting {
	const char *name;
	const char *value;
	bool is_secret;		/* came from a reference: never shown */
};
struct connection_settings {
	int n;
	struct connection_setting *s;
};

enum put_how { PUT_NEW, PUT_ANY };	/* PUT_NEW: ERR_CONFLICT when it exists */

/*
 * secret_names (NULL-terminated, may be NULL): settings that have to be
 * references, ERR_CONFIG otherwise. changed (may be NULL): false when the
 * stored one was already the same.
 */
enum err_code connection_put(struct db *db, enum put_how how, const char *name,
			     const char *connector, const char *config,
			     const char *const *secret_names, bool *changed,
			     struct err *err) MUST_USE;
/* ERR_NOT_FOUND with the way to the list. */
enum err_code connection_get(struct arena *mem, struct db *db, const char *name,
			     struct connection *out, struct err *err) MUST_USE;
enum err_code connection_list(struct arena *mem, struct db *db, struct connection_list *out,
			      struct err *err) MUST_USE;
/* Also those that are always there; ask may be NULL. */
enum err_code connection_page(struct arena *mem, struct db *db, const struct list_ask *ask,
			      struct connection_list *out, struct err *err) MUST_USE;
/* Soft. ERR_CONFLICT while a pipeline uses it, naming the pipeline. */
enum err_code connection_remove(struct db *db, const char *name, struct err *err) MUST_USE;

/* Follows references; ERR_CONFIG names the variable, file or secret that is missing. */
enum err_code connection_resolve(struct arena *mem, struct db *db, const char *config,
				 struct connection_settings *out, struct err *err) MUST_USE;

/* Overwrites the values that came from references; the settings are empty then. */
void connection_wipe(struct connection_settings *s);

/* A config as above, of whatever: secret_names as in connection_put(). */
enum err_code connection_check(const char *config, const char *const *secret_names,
			       struct err *err) MUST_USE;

/* ---- secrets: references only ------------------------------------------ */

struct secret {
	const char *name;
	const char *kind;	/* "env", "file" */
	const char *ref;	/* variable or path */
	const char *updated_at;
};
struct secret_list {
	int n;
	struct secret *s;
};

enum err_code secret_put(struct db *db, const char *name, const char *kind, const char *ref,
			 struct err *err) MUST_USE;
enum err_code secret_list(struct arena *mem, struct db *db, struct secret_list *out,
			  struct err *err) MUST_USE;
enum err_code secret_remove(struct db *db, const char *name, struct err *err) MUST_USE;
#endif
