/*
 * core/flow/detect_own.h
 *	What the parts of the recognition share; detect.h is for the others.
 *
 * Memory:  lives in the arena given.
 * Threads: any.
 */
#ifndef CORE_FLOW_DETECT_OWN_H
#define CORE_FLOW_DETECT_OWN_H

#include "core/flow/detect.h"

#define DETECT_ROWS_MAX 1000	/* rows that a vote looks at */

/* The bytes that are looked at, as UTF-8. */
struct sample_text {
	const char *p;
	size_t n;
	bool is_whole;
};

/* Delimiter, quote and escape. Returns the most frequent number of cells, and how many have it. */
int detect_dialect(struct arena *mem, const struct sample_text *t, const struct detect_set *set,
		   struct detection *out, int *percent);

/* Whether the first row of t holds names. */
void detect_header(struct arena *mem, const struct sample_text *t, const struct csv_dialect *d,
		   struct detection *out);

/* Numbers, dates, times, amounts, booleans: nobody calls a column that. */
enum cell_look { LOOKS_EMPTY, LOOKS_TEXT, LOOKS_VALUE };
enum cell_look detect_look(struct slice v);

/*
 * Lines before the header, several tables, several header rows, delimiters at
 * the ends of lines. mode: cells that most rows have.
 */
void detect_shape(struct arena *mem, const struct sample_text *t, const struct detect_set *set,
		  int mode, struct detection *out);

void detect_find(struct detection *out, const char *option, const char *value, enum sureness sure,
		 const char *why);
#endif
