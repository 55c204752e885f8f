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
 *	allow_shrink: false
 *	reload: false              # true: files already loaded are loaded again
 *	parallel: 1
 *
 * Memory:  everything a pipeline points to lives in the arena it was read into.
 * Threads: not changed once made.
 */
#ifndef CORE_FLOW_PIPELINE_H
#define CORE_FLOW_PIPELINE_H

#include <jansson.h>

#include "core/flow/connector.h"

#define PIPELINE_PARALLEL_MAX 16	/* connections that one load may write over */

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
	bool allow_shrink;
	bool reload;
	int parallel;
	int64_t limit_rows;	/* 0: all */
};

void pipeline_init(struct pipeline *p);

/*
 * Unknown keys and wrong values are ERR_CONFIG with the path of the key ("source.options.quote").
 */
enum err_code pipeline_from_json(struct arena *mem, const json_t *in, struct pipeline *out,
				 struct err *err) MUST_USE;

/* A new reference; only what differs from the presets is written. */
json_t *pipeline_to_json(const struct pipeline *p);

/*
 * A stream of files as it is stored: each line counts from folder and becomes
 * absolute, without . and .. where its folder exists; "-" stays.
 */
const char *pipeline_anchor(struct arena *mem, const char *folder, const char *stream);

/* "append", "upsert", "replace". */
const char *write_mode_name(enum write_mode m);
const char *drift_policy_name(enum drift_policy d);
#endif
