/*
 * core/command/body.h
 *	Pipelines between the words of people and the JSON that is stored.
 *
 * Memory:  in the arena given.
 * Threads: one.
 */
#ifndef CORE_COMMAND_BODY_H
#define CORE_COMMAND_BODY_H

#include <jansson.h>

#include "core/base/buf.h"

struct arena;
struct pipeline;

/* "NAME = VALUE" at the first =, trimmed; a name in double quotes loses them. what: "--map". */
enum err_code body_split(struct arena *mem, const char *what, const char *text, const char **name,
			 const char **value, struct err *err) MUST_USE;

/* "a, \"b,c\"" -> names. */
void body_names(struct arena *mem, const char *text, int *n, const char ***out);

/* In double quotes, which are doubled inside: a name in an expression, a text in a filter. */
const char *body_quoted(struct arena *mem, const char *text);

/* The JSON text of a pipeline; keys stay in their order. */
const char *body_of_pipeline(struct arena *mem, const struct pipeline *p);
const char *body_text(struct arena *mem, const json_t *json);

/* A foreign value, p NULL: null. Bytes may be cut or be none of UTF-8; those are shown as such. */
json_t *body_value(struct arena *mem, struct slice v);

/* A file that a person named, "-": standard input, behind what out holds. */
enum err_code body_read_file(const char *path, struct buf *out, struct err *err) MUST_USE;

/* Reads a stored body; what names it in messages. */
enum err_code body_read(struct arena *mem, const char *body, const char *what,
			struct pipeline *out, struct err *err) MUST_USE;
#endif
