/*
 * core/flow/mapping.h
 *	A mapping as a text of lines, one a target field: read, written, compared, edited.
 *
 *	# orders of the shop	    a comment stays where it is
 *	amount = "amt" | trim | to_decimal(',')
 *	"unit price" = price	    names that are no words stand in double quotes
 *	note = -		    is left out: nothing fills it
 *	check: amount >= 0
 *	filter: status <> 'test'
 *	others: leave		    fields of the source without a line; else: take
 *
 * A line that begins with a tab goes on with the one before. What is written by
 * mapping_print() is read again as the same lines, and printing that changes no byte.
 * A text knows nothing of types: preview.h says what a line does to rows.
 *
 * Memory:  in the arena given; texts may be borrowed from what was given in.
 * Threads: any.
 */
#ifndef CORE_FLOW_MAPPING_H
#define CORE_FLOW_MAPPING_H

#include <jansson.h>

#include "core/flow/pipeline.h"

#define MAPPING_BYTES_MAX (4u << 20)

enum mapping_kind {
	MAPPING_COMMENT,	/* with its #; "" for an empty line */
	MAPPING_FIELD,
	MAPPING_CHECK,
	MAPPING_FILTER,
	MAPPING_OTHERS		/* "take" or "leave" */
};

struct mapping_line {
	enum mapping_kind kind;
	const char *name;	/* FIELD: of the target; else "" */
	const char *text;
	int line, column;	/* where text begins in what was read, from 1; 0: not read */
};

struct mapping {
	int n;
	struct mapping_line *line;
};

/* Where a text is wrong, from 1, in characters. */
struct mapping_at {
	int line, column;
};

/* ERR_CONFIG "line 3, character 7: ..."; *at says so, too. */
enum err_code mapping_parse(struct arena *mem, const char *text, size_t len, struct mapping *out,
			    struct mapping_at *at, struct err *err) MUST_USE;
void mapping_print(const struct mapping *m, struct buf *out);
/* One line as it is written, without its end. */
const char *mapping_line_text(struct arena *mem, const struct mapping_line *l);
/* A name as it stands in front of =, quoted where it must be. */
void mapping_put_name(struct buf *out, const char *name);

/* The lines of p; comments of like (may be NULL) stay beside what they stood above. */
void mapping_of(struct arena *mem, const struct pipeline *p, const struct mapping *like,
		struct mapping *out);
/* p gets mapping, checks and filter of m in place of its own. */
void mapping_into(struct arena *mem, const struct mapping *m, struct pipeline *p);

/* Place of the line of that field; -1: it has none. */
int mapping_find(const struct mapping *m, const char *field);
/*
 * Gives a field that expression; NULL takes its line away. New lines come behind the last field.
 * Copies of *m keep the lines that they had.
 */
void mapping_set(struct arena *mem, struct mapping *m, const char *field, const char *expr);
/* "-": nothing is to fill the field. */
bool mapping_leaves_out(const char *expr);

/* ---- differences ----------------------------------------------------------------- */

struct mapping_change {
	enum mapping_kind kind;
	const char *name;	/* FIELD */
	const char *from, *to;	/* texts; NULL: there is no such line */
	const char *theirs;	/* mapping_diff3(): as it is with the others; NULL: no line */
	bool is_mine, is_theirs;	/* mapping_diff3(): who has changed it */
};
struct mapping_changes {
	int n;
	struct mapping_change *c;
};

/* Lines that differ, those of fields by name; comments and order do not count. */
void mapping_diff(struct arena *mem, const struct mapping *from, const struct mapping *to,
		  struct mapping_changes *out);
/* What two sides made of base: to is mine. Both the same: it is_mine and is_theirs. */
void mapping_diff3(struct arena *mem, const struct mapping *base, const struct mapping *mine,
		   const struct mapping *theirs, struct mapping_changes *out);
/* Whether both have changed the same line, and not to the same. */
bool mapping_clashes(const struct mapping_change *c);
/* base with the changes of both; where they clash, mine. */
void mapping_merge(struct arena *mem, const struct mapping_changes *c, const struct mapping *mine,
		   struct mapping *out);

/* ---- undo and redo --------------------------------------------------------------- */

#define MAPPING_EDITS_MAX 1000

/*
 * What was done to a text, as a JSON list of {at, cut, put}: from line `at` on (from 0) the lines
 * `cut` were replaced by the lines `put`. *done of them hold, the others were undone.
 */

/* Notes before -> after; what was undone is forgotten. Nothing, when they are the same. */
void mapping_note(json_t *edits, int *done, const char *before, const char *after);
/* The text before the last edit that holds, in mem; NULL: there is none, or it does not fit. */
const char *mapping_undo(struct arena *mem, const json_t *edits, int *done, const char *text);
const char *mapping_redo(struct arena *mem, const json_t *edits, int *done, const char *text);
#endif
