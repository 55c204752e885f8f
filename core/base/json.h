/*
 * core/base/json.h
 *	Reading JSON that somebody wrote: strict, with the path in every message.
 *
 * jansson owns the prefix json_, ours is js_. A path is dotted: "map.0.name"
 * is the field name of the first element of the list map; "" is the root.
 * js_need_*() want the value to be there; js_opt_*() leave *out as the caller
 * set it when the value is missing or null. Either way a value of the wrong
 * type is ERR_CONFIG and names the path.
 *
 * Whole numbers are kept exactly: one that does not fit 64 bits is an error
 * and never turns into a floating number.
 *
 * Memory:  values and texts given out are borrowed from root.
 * Threads: as jansson: one thread at a time per tree.
 */
#ifndef CORE_BASE_JSON_H
#define CORE_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

#define JS_MAX_DEPTH 64	/* objects and lists inside each other */

/*
 * n bytes of JSON, any type at the top, into *out (release with json_decref()).
 * Refuses what follows the value, a key given twice, and too deep nesting.
 * what names the text in messages: "mapping of orders".
 */
enum err_code js_parse(json_t **out, const char *text, size_t n, const char *what,
		       struct err *err) MUST_USE;

/* The value at path, or NULL when there is none. */
json_t *js_at(json_t *root, const char *path);

enum err_code js_need_text(json_t *root, const char *path, const char **out,
			   struct err *err) MUST_USE;
enum err_code js_need_int(json_t *root, const char *path, int64_t *out,
			  struct err *err) MUST_USE;
enum err_code js_need_bool(json_t *root, const char *path, bool *out,
			   struct err *err) MUST_USE;
enum err_code js_need_object(json_t *root, const char *path, json_t **out,
			     struct err *err) MUST_USE;
enum err_code js_need_list(json_t *root, const char *path, json_t **out,
			   struct err *err) MUST_USE;

enum err_code js_opt_text(json_t *root, const char *path, const char **out,
			  struct err *err) MUST_USE;
enum err_code js_opt_int(json_t *root, const char *path, int64_t *out,
			 struct err *err) MUST_USE;
enum err_code js_opt_bool(json_t *root, const char *path, bool *out,
			  struct err *err) MUST_USE;

/* The object at path holds no other keys than names (ends with NULL). */
enum err_code js_only_keys(json_t *root, const char *path, const char *const *names,
			   struct err *err) MUST_USE;

enum js_text_how {
	JS_TEXT_AS_IS = 1 << 0,	/* bytes that are not UTF-8 stay; else they become U+FFFD */
	JS_TEXT_NO_NUL = 1 << 1	/* NUL becomes U+2400, for jsonb has none; else \u0000 */
};

/*
 * Appends s as a JSON string; past max bytes an ellipsis ends it, never in the middle of a
 * character. Control characters are escaped, those too that a terminal may obey.
 */
enum err_code js_text(struct buf *out, struct slice s, size_t max, unsigned how,
		      struct err *err) MUST_USE;
/* As js_text() of all of it; what goes past the limit is dropped. */
void js_add_text(struct buf *out, struct slice s, unsigned how);

/* Appends the compact text with sorted keys: equal values give equal bytes. */
enum err_code js_write(struct buf *out, const json_t *value, struct err *err) MUST_USE;
#endif
