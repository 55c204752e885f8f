/*
 * core/meta/mapping_store.h
 *	Drafts of mappings, one a person and pipeline, and the versions that were published.
 *
 * Texts and lists of edits are not interpreted here (core/flow/mapping.h). Runs as
 * META_APP; what is published or discarded adds its audit row.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_MAPPING_STORE_H
#define CORE_META_MAPPING_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct arena;
struct db;

struct mapping_row {
	int64_t pipeline;
	const char *name;
	int64_t version;	/* that is published */
	const char *body;	/* JSON */
	const char *text;	/* its mapping as it was edited; NULL: it never was */
	const char *fields;	/* of the source, drift.h; NULL: unknown */
	const char *published_by, *published_at;	/* NULL, "": unknown */
	const char *draft;	/* one's own; NULL: there is none */
	const char *edits;	/* JSON */
	int done;
	int64_t change;		/* 0: no draft */
	int64_t base_version;	/* from which the draft began */
	const char *base_body, *base_text;	/* NULL: that version is not kept */
	const char *draft_at;	/* when it was changed last; ISO, UTC */
	const char *others;	/* "ann, bob" who have drafts, too; NULL: nobody */
};

/* ERR_NOT_FOUND: there is no such pipeline. */
enum err_code mapping_get(struct arena *mem, struct db *db, const char *name,
			  struct mapping_row *out, struct err *err) MUST_USE;

/*
 * Keeps draft, edits, done and base_version of row. *kept false: somebody else (another
 * session of the same person) has changed the draft since row was read; nothing was done.
 */
enum err_code mapping_keep(struct db *db, const struct mapping_row *row, bool *kept,
			   struct err *err) MUST_USE;

/* *gone false: there was none. */
enum err_code mapping_drop(struct db *db, const struct mapping_row *row, bool *gone,
			   struct err *err) MUST_USE;

/*
 * body becomes the version behind row->version, and the draft goes. fields may be NULL.
 * *version 0: the pipeline has another version by now; nothing was done.
 */
enum err_code mapping_publish(struct db *db, const struct mapping_row *row, const char *body,
			      const char *text, const char *fields, int64_t *version,
			      struct err *err) MUST_USE;

/*
 * A version without fields gets those that a job has found in its source. Nothing, when it has
 * some by now, or when the job reads another source.
 */
enum err_code mapping_note_fields(struct db *db, int64_t pipeline, int64_t version, int64_t job,
				  const char *fields, struct err *err) MUST_USE;

struct mapping_version {
	int64_t version;
	const char *body;	/* JSON */
	const char *text;	/* NULL: it never was edited */
	const char *published_by, *published_at;
	bool is_current;
};
struct mapping_versions {
	int n;
	struct mapping_version *v;
};

/* The newest first, a thousand at most. version 0: all. */
enum err_code mapping_versions(struct arena *mem, struct db *db, const char *name,
			       int64_t version, struct mapping_versions *out,
			       struct err *err) MUST_USE;
#endif
