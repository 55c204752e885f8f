/*
 * core/meta/pipeline_store.h
 *	Pipelines as they are kept: a name and a body in JSON (core/flow/pipeline.h).
 *
 * The body is not interpreted here. The version grows by one with each put
 * that changes it. Runs as META_APP; every change adds its audit row.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_PIPELINE_STORE_H
#define CORE_META_PIPELINE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct arena;
struct db;
struct list_ask;

struct pipeline_row {
	int64_t id;
	const char *name;
	const char *body;	/* JSON */
	int64_t version;
	bool is_paused;		/* no job of it may start */
	const char *paused_why;	/* held by a job, "job 7: ..."; NULL: paused by somebody, or not */
	const char *created_at, *updated_at;	/* ISO, UTC */
	int64_t last_job;	/* 0: never ran */
	const char *last_state;	/* of last_job; NULL: never ran */
	const char *last_at;	/* ISO, UTC; NULL: never ran */
	const char *recent;	/* states of its newest ten jobs, the newest first: "failed dead" */
	const char *bookmark;	/* JSON: field and value it has come to; NULL: none */
};
struct pipeline_rows {
	int n;
	struct pipeline_row *p;
};

enum pipeline_change { PIPELINE_SAME, PIPELINE_NEW, PIPELINE_CHANGED };

/* id and change may be NULL. */
enum err_code pipeline_put(struct db *db, const char *name, const char *body, int64_t *id,
			   enum pipeline_change *change, struct err *err) MUST_USE;
enum err_code pipeline_get(struct arena *mem, struct db *db, const char *name,
			   struct pipeline_row *out, struct err *err) MUST_USE;
enum err_code pipeline_list(struct arena *mem, struct db *db,
			    const struct list_ask *ask, struct pipeline_rows *out,
			    struct err *err) MUST_USE;
/*
 * No job of it may start, or they may again, and sleeping engines hear of it; what
 * runs goes on. *changed: it was not so before.
 */
enum err_code pipeline_pause(struct arena *mem, struct db *db, const char *name, bool is_paused,
			     bool *changed, struct err *err) MUST_USE;
/*
 * Soft: jobs and rejects keep their history. ERR_CONFLICT while a job of it waits or
 * runs, or a schedule makes some.
 */
enum err_code pipeline_remove(struct db *db, const char *name, struct err *err) MUST_USE;
#endif
