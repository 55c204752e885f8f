/*
 * core/base/terms.h
 *	How a job is to stand in the queue, as far as somebody said.
 *
 * The same few words stand in a pipeline's file, in its row and in the options
 * of a call: queue, priority, attempts, time_limit, unique, on_clash. What was
 * not said is zero or NULL, and left to whoever knows the usual.
 *
 * Memory:  texts live in the arena given.
 * Threads: any.
 */
#ifndef CORE_BASE_TERMS_H
#define CORE_BASE_TERMS_H

#include <jansson.h>
#include <stdint.h>

#include "core/base/err.h"

struct arena;

#define TERMS_QUEUE_MAX    63	/* characters */
#define TERMS_UNIQUE_MAX   200	/* characters */
#define TERMS_PRIORITY_MAX 100000
#define TERMS_ATTEMPTS_MAX 100

enum terms_clash {
	TERMS_CLASH_UNSAID,
	TERMS_CLASH_KEEP,
	TERMS_CLASH_REFUSE,
	TERMS_CLASH_REPLACE
};

struct terms {
	const char *queue;
	int priority;
	int attempts;
	int64_t time_limit_ms;	/* of one attempt */
	const char *unique;	/* key of which there is one job at a time */
	enum terms_clash on_clash;
};

/* From an object that may hold other keys too; ERR_CONFIG names the key and what it takes. */
enum err_code terms_read(struct arena *mem, json_t *from, struct terms *out,
			 struct err *err) MUST_USE;

/* Adds what was said. */
void terms_put(json_t *to, const struct terms *t);

/* Takes all of it out of an object. */
void terms_remove(json_t *from);
#endif
