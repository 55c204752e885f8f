/*
 * core/flow/pipeline.h
 *	What a pipeline is, and its text form.
 *
 * One shape serves YAML files, the pipeline table and a job's body:
 *
 *	name: sales
 *	source: {connection: files, stream: "in/2025*.csv", options: {delimiter: ";"}}
 *	target: {connection: local, stream: reporting.sales}	# create_schema: true
 *	mode: append | upsert | replace
 *	key: [order_id]
 *	map:                       # TARGET: EXPR, in this order
 *	  order_id: '"Order No" | trim'
 *	checks: ["amount >= 0", "customer required"]
 *	filter: "status <> 'test'" # rows for which it is not true are filtered
 *	only_mapped: false         # true: unmapped source fields are left out
 *	drift: add | ignore | fail
 *	cursor: updated_at
 *	max_rejects: 100           # or "2%"
 *	over_rejects: warn | fail | hold   # when that is exceeded: budget.h
 *	allow_shrink: false
 *	reload: false              # true: files already loaded are loaded again
 *	parallel: 1
 *	queue, priority, attempts, time_limit, unique, on_clash: core/base/terms.h
 *
 * A job that was made for a span of time has it under `slot`: start and end in
 * UTC, and as the clocks of its zone show them. Queries, streams, filter, map
 * and checks may hold ${slot_start}, ${slot_end}, and ${slot_start:%Y-%m-%d} for
 * local time in that form.
 *
 * Memory:  everything a pipeline points to lives in the arena it was read into.
 * Threads: not changed once made.
 */
#ifndef CORE_FLOW_PIPELINE_H
#define CORE_FLOW_PIPELINE_H

#include <jansson.h>

#include "core/base/terms.h"
#include "core/flow/connector.h"

#define PIPELINE_PARALLEL_MAX 16	/* connections that one load may write over */

/* What happens when more rows are rejected than max_rejects allows: budget.h. */
enum over_rejects { OVER_WARN, OVER_FAIL, OVER_HOLD };

struct map_rule {
	const char *target;
	const char *expr;
};

struct pipeline_end {
	const char *connection;	/* name; "" : the built-in one of the connector */
	const char *connector;	/* set when the connection is not a stored one */
	const char *stream;
	const char *query;
	struct params options;
	bool create_schema;	/* of a target: make its schema when there is none */
};

/* The span that a job is for: from start, before end. */
struct pipeline_slot {
	const char *start, *end;	/* "2026-03-29T01:00:00Z"; NULL: there is none */
	const char *local_start, *local_end;	/* "2026-03-29T03:00" */
	const char *tz;
};

struct pipeline {
	const char *name;	/* "" for a one-shot load */
	struct pipeline_end source;
	struct pipeline_end target;
	enum write_mode mode;
	bool has_mode;
	int nkeys;
	const char **key;
	int nmaps;
	struct map_rule *map;
	int nchecks;
	const char **check;
	const char *filter;	/* NULL: none */
	bool only_mapped;
	enum drift_policy drift;
	const char *cursor;	/* NULL: everything each time */
	int64_t max_rejects;	/* rows; -1: no limit */
	double max_rejects_percent;	/* below 0: no limit */
	enum over_rejects over_rejects;
	bool allow_shrink;
	bool reload;
	int parallel;
	int64_t limit_rows;	/* 0: all */
	struct terms terms;	/* of a stored pipeline; a job stands as it was asked to */
	struct pipeline_slot slot;	/* of a job; never of a stored pipeline */
};

void pipeline_init(struct pipeline *p);

/*
 * Unknown keys and wrong values are ERR_CONFIG with the path of the key ("source.options.quote").
 */
enum err_code pipeline_from_json(struct arena *mem, const json_t *in, struct pipeline *out,
				 struct err *err) MUST_USE;

/* Whether it is one of the fields by which rows of the target are told apart. */
bool pipeline_has_key(const struct pipeline *p, const char *field);

/* A new reference; only what differs from the presets is written. */
json_t *pipeline_to_json(const struct pipeline *p);

/*
 * 100, "100" or "2%" as rows or percent, the other and both when there is nothing -1; false:
 * it is SHARE_WANTED. The way back is NULL when both are -1.
 */
#define SHARE_WANTED "a number of rows, or a share like \"2%\""
bool share_from_json(const json_t *v, int64_t *rows, double *percent) MUST_USE;
json_t *share_to_json(int64_t rows, double percent);

/*
 * Puts the slot where the texts of p ask for it; they then live in mem. ERR_CONFIG
 * when they ask and there is none, or for something that a slot has not. *uses (may
 * be NULL): whether they asked.
 */
enum err_code pipeline_fill_slot(struct arena *mem, struct pipeline *p, bool *uses,
				 struct err *err) MUST_USE;

/*
 * A stream of files as it is stored: each line counts from folder and becomes
 * absolute, without . and .. where its folder exists; "-" stays.
 */
const char *pipeline_anchor(struct arena *mem, const char *folder, const char *stream);

/* "append", "upsert", "replace". */
const char *write_mode_name(enum write_mode m);
const char *drift_policy_name(enum drift_policy d);
const char *over_rejects_name(enum over_rejects o);
#endif
