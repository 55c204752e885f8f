/*
 * core/meta/bookmark.h
 *	How far each incremental pipeline has come.
 *
 * Written by job_settle() with the job that moved it, or by hand here
 * (META_APP, audited).
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_BOOKMARK_H
#define CORE_META_BOOKMARK_H

#include <stdint.h>

#include "core/base/err.h"

struct arena;
struct db;
struct list_ask;

struct bookmark {
	const char *pipeline;	/* name */
	const char *value;	/* JSON */
	int64_t job;		/* that set it; 0: by hand */
	const char *updated_at;	/* ISO, UTC */
};
struct bookmark_list {
	int n;
	struct bookmark *b;
};

enum err_code bookmark_list(struct arena *mem, struct db *db,
			    const struct list_ask *ask, struct bookmark_list *out,
			    struct err *err) MUST_USE;
/* *value is NULL when the pipeline has none. As META_APP. */
enum err_code bookmark_get(struct arena *mem, struct db *db, int64_t pipeline_id,
			   const char **value, struct err *err) MUST_USE;
/* value: JSON. ERR_NOT_FOUND: no such pipeline. */
enum err_code bookmark_set(struct db *db, const char *pipeline, const char *value,
			   struct err *err) MUST_USE;
/* The next run reads everything again. ERR_NOT_FOUND: no such pipeline, or it has none. */
enum err_code bookmark_clear(struct db *db, const char *pipeline, struct err *err) MUST_USE;
#endif
