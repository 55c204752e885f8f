/*
 * core/meta/migrate.h
 *	Brings the schema `leat` up and down, one file and one transaction at a time.
 *
 * Files are core/meta/migrations/NNNN_name.{up,down}.sql, embedded in the
 * program. Each runs under one advisory lock (lock_timeout 30 s) that also
 * covers the look at what is applied, so that several processes may ask for
 * the same at once. The checksum of every applied file is kept; a file edited
 * since is ERR_CONFLICT naming it, and so is a database that knows a version
 * which this program does not.
 *
 * 0001 makes the three roles where they are missing; a login that may not do
 * that gets ERR_DENIED with the statements an administrator has to run.
 *
 * Memory:  lists live in the arena given.
 * Threads: any; one session each.
 */
#ifndef CORE_META_MIGRATE_H
#define CORE_META_MIGRATE_H

#include <stdbool.h>

#include "core/base/err.h"

struct arena;
struct db;
struct meta_place;

struct migration {
	int version;		/* 1, 2, ... without gaps */
	const char *name;	/* "0004_jobs" */
	const char *up;
	const char *down;
};
struct migration_set {
	int n;
	const struct migration *m;	/* by version */
};

struct migration_row {
	int version;
	const char *name;
	const char *state;	/* "applied", "pending", "edited", "unknown" (newer than us) */
	const char *applied_at;	/* ISO, UTC; NULL: never */
};
struct migration_list {
	int n;
	struct migration_row *row;
};

/* Told about each file that was run; may be NULL. */
typedef void (*migrate_note_fn)(void *ctx, const char *name, bool is_up);

/* The files of this program. */
const struct migration_set *migrate_embedded(void);

/* Version this program needs. */
int migrate_wanted(void);

/* Version the database has; 0 when leat was never set up there. db: the plain login's session. */
enum err_code migrate_version(struct db *db, int *version, struct err *err) MUST_USE;

/*
 * On a session of the plain login (migrate_login()). to 0 for up: the newest.
 * down undoes every version above `to`; to 0: everything.
 */
enum err_code migrate_list_on(struct arena *mem, struct db *db, const struct migration_set *set,
			      struct migration_list *out, struct err *err) MUST_USE;
enum err_code migrate_up_on(struct db *db, const struct migration_set *set, int to,
			    migrate_note_fn note, void *ctx, struct err *err) MUST_USE;
enum err_code migrate_down_on(struct db *db, const struct migration_set *set, int to,
			      migrate_note_fn note, void *ctx, struct err *err) MUST_USE;

/* The same for a place, with the program's own files. */
enum err_code migrate_login(const struct meta_place *p, struct db **out, struct err *err) MUST_USE;
enum err_code migrate_list(struct arena *mem, const struct meta_place *p,
			   struct migration_list *out, struct err *err) MUST_USE;
enum err_code migrate_up(const struct meta_place *p, int to, migrate_note_fn note, void *ctx,
			 struct err *err) MUST_USE;
enum err_code migrate_down(const struct meta_place *p, int to, migrate_note_fn note, void *ctx,
			   struct err *err) MUST_USE;
#endif
