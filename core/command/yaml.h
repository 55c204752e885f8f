/*
 * core/command/yaml.h
 *	YAML files that people write, as JSON values, and back.
 *
 * Strict: a key given twice, an anchor or alias, a tag, a second document and
 * nesting past YAML_MAX_DEPTH are refused with line and column. Plain words
 * are read as in YAML 1.2's core: null, true, false, numbers, else text.
 *
 * Memory:  the value is a reference of the caller; positions live in the arena.
 * Threads: any.
 */
#ifndef CORE_COMMAND_YAML_H
#define CORE_COMMAND_YAML_H

#include <jansson.h>

#include "core/base/buf.h"

#define YAML_MAX_DEPTH 32
#define YAML_MAX_BYTES (16u << 20)

struct arena;

/* Lines of the values: for messages about what they mean. */
struct yaml_doc {
	json_t *root;		/* release with json_decref() */
	struct yaml_line *first;
};

/* what names the file in messages. An empty file is an empty object. */
enum err_code yaml_read(struct arena *mem, const char *text, size_t n, const char *what,
			struct yaml_doc *out, struct err *err) MUST_USE;

/* Line on which an object, a list or a text begins; 0: unknown. */
long yaml_line_of(const struct yaml_doc *doc, const json_t *value);

/* Block style, keys in their order; reads back to the same value. */
enum err_code yaml_write(struct buf *out, const json_t *value, struct err *err) MUST_USE;
#endif
