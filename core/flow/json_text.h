/*
 * core/flow/json_text.h
 *	Walking over JSON text without building anything.
 *
 * Strict RFC 8259 over bytes whose UTF-8 was checked before. The first thing
 * that is wrong ends the walk and stays: reason and offset say what and where.
 *
 * Memory:  none but what the caller gives; slices point into the text.
 * Threads: any; a walk belongs to one.
 */
#ifndef CORE_FLOW_JSON_TEXT_H
#define CORE_FLOW_JSON_TEXT_H

#include <stdbool.h>

#include "core/base/buf.h"

struct arena;

struct json_nest;

struct json_walk {
	const char *p;
	size_t n;
	size_t at;
	const char *reason;	/* NULL while all is well */
	struct arena *mem;	/* for keys with escapes and the lists of nested objects */
	struct json_nest *nest;	/* may be NULL: made when a nested value comes */
};

enum json_kind { JSON_WORD, JSON_TEXT_STRING, JSON_TEXT_NUMBER, JSON_NESTED };

struct json_value {
	enum json_kind kind;	/* JSON_WORD: true, false, null */
	struct slice text;	/* strings: between the quotes, as written */
	bool has_escape;
};

/* The stack of a walk, to be used for one after the other. */
struct json_nest *json_nest_new(struct arena *mem);

void json_walk_space(struct json_walk *w);

/* Passes c, or ends the walk with reason. */
bool json_walk_char(struct json_walk *w, char c, const char *reason);

bool json_walk_string(struct json_walk *w, struct json_value *out);

/* Any value; nested ones are checked to their end, keys included. */
bool json_walk_value(struct json_walk *w, struct json_value *out);

/* The string with its escapes undone, in w->mem; false: half a pair, or U+0000. */
bool json_walk_unescape(struct json_walk *w, const struct json_value *v, struct slice *out);
#endif
