/*
 * core/command/yaml.c
 *	YAML files that people write, as JSON values.
 */
#include "core/command/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/base/arena.h"
#include "core/base/text.h"

struct yaml_line {
	const json_t *value;
	long line;
	struct yaml_line *next;
};

struct reader {
	struct arena *mem;
	const char *what;
	struct yaml_doc *doc;
	yaml_parser_t parser;
	struct err *err;
};

static enum err_code wrong(struct reader *r, yaml_mark_t at, const char *text)
{
	return err_set(r->err, ERR_CONFIG, "%s, line %zu, column %zu: %s", r->what, at.line + 1,
		       at.column + 1, text);
}

static enum err_code next(struct reader *r, yaml_event_t *event)
{
	const char *problem;

	if (yaml_parser_parse(&r->parser, event))
		return ERR_OK;
	problem = r->parser.problem != NULL ? r->parser.problem : "this is no YAML";
	return wrong(r, r->parser.problem_mark.line > 0 || r->parser.problem_mark.column > 0
				? r->parser.problem_mark : r->parser.context_mark, problem);
}

static void note_line(struct reader *r, const json_t *value, yaml_mark_t at)
{
	struct yaml_line *l = arena_alloc(r->mem, sizeof(*l));

	*l = (struct yaml_line){ value, (long)at.line + 1, r->doc->first };
	r->doc->first = l;
}

/* A number as JSON has it; NULL: the word is none. */
static json_t *number_of(const char *text, size_t n)
{
	char *end;
	double real;
	long long whole;
	size_t digits = strspn(text, "+-0123456789.eE");

	if (n == 0 || digits != n || strpbrk(text, "0123456789") == NULL || n > 40)
		return NULL;
	errno = 0;
	whole = strtoll(text, &end, 10);
	if (*end == '\0' && errno == 0)
		return json_integer(whole);
	real = strtod(text, &end);
	return *end == '\0' && strpbrk(text, ".eE") != NULL ? json_real(real) : NULL;
}

static json_t *plain_value(const char *text, size_t n)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
	static const char *const trues[] = { "true", "True", "TRUE" };
	static const char *const falses[] = { "false", "False", "FALSE" };
	json_t *number;

	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		if (strcmp(text, nulls[i]) == 0)
			return json_null();
	for (size_t i = 0; i < 3; i++) {
		if (strcmp(text, trues[i]) == 0)
			return json_true();
		if (strcmp(text, falses[i]) == 0)
			return json_false();
	}
	number = number_of(text, n);
	return number != NULL ? number : json_stringn(text, n);
}

static enum err_code read_scalar(struct reader *r, const yaml_event_t *e, json_t **out)
{
	const char *text = (const char *)e->data.scalar.value;
	size_t n = e->data.scalar.length;

	if (memchr(text, '\0', n) != NULL)
		return wrong(r, e->start_mark, "a text holds a NUL");
	*out = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? plain_value(text, n)
							       : json_stringn(text, n);
	return *out != NULL ? ERR_OK : wrong(r, e->start_mark, "a text is not UTF-8");
}

static const yaml_char_t *anchor_of(const yaml_event_t *e)
{
	if (e->type == YAML_SCALAR_EVENT)
		return e->data.scalar.anchor;
	if (e->type == YAML_SEQUENCE_START_EVENT)
		return e->data.sequence_start.anchor;
	return e->type == YAML_MAPPING_START_EVENT ? e->data.mapping_start.anchor : NULL;
}

static const yaml_char_t *tag_of(const yaml_event_t *e)
{
	if (e->type == YAML_SCALAR_EVENT)
		return e->data.scalar.tag;
	if (e->type == YAML_SEQUENCE_START_EVENT)
		return e->data.sequence_start.tag;
	return e->type == YAML_MAPPING_START_EVENT ? e->data.mapping_start.tag : NULL;
}

/* References could make a small file a huge value; nothing here needs them. */
static enum err_code check_plain(struct reader *r, const yaml_event_t *e)
{
	if (e->type == YAML_ALIAS_EVENT || anchor_of(e) != NULL)
		return wrong(r, e->start_mark, "anchors and aliases are not supported");
	if (tag_of(e) != NULL)
		return wrong(r, e->start_mark, "tags are not supported");
	return ERR_OK;
}

static enum err_code read_value(struct reader *r, const yaml_event_t *e, int depth, json_t **out);

static enum err_code read_list(struct reader *r, int depth, json_t *list)
{
	enum err_code rc = ERR_OK;
	bool is_end = false;

	while (rc == ERR_OK && !is_end) {
		yaml_event_t e;
		json_t *v = NULL;

		rc = next(r, &e);
		if (rc != ERR_OK)
			return rc;
		is_end = e.type == YAML_SEQUENCE_END_EVENT;
		if (!is_end)
			rc = read_value(r, &e, depth, &v);
		if (v != NULL)
			json_array_append_new(list, v);
		yaml_event_delete(&e);
	}
	return rc;
}

static enum err_code read_key(struct reader *r, const yaml_event_t *e, const json_t *map,
			      const char **key)
{
	enum err_code rc = check_plain(r, e);

	if (rc != ERR_OK)
		return rc;
	if (e->type != YAML_SCALAR_EVENT)
		return wrong(r, e->start_mark, "a key must be a text");
	*key = arena_strndup(r->mem, (const char *)e->data.scalar.value, e->data.scalar.length);
	if (strlen(*key) != e->data.scalar.length ||
	    utf8_valid(*key, e->data.scalar.length) != e->data.scalar.length)
		return wrong(r, e->start_mark, "a key is not a text");
	if (json_object_get(map, *key) != NULL)
		return wrong(r, e->start_mark, arena_printf(r->mem, "%s is given twice", *key));
	return ERR_OK;
}

static enum err_code read_map(struct reader *r, int depth, json_t *map)
{
	enum err_code rc = ERR_OK;

	for (;;) {
		const char *key = NULL;
		json_t *v = NULL;
		yaml_event_t e;
		bool is_end;

		rc = next(r, &e);
		if (rc != ERR_OK)
			return rc;
		is_end = e.type == YAML_MAPPING_END_EVENT;
		if (!is_end)
			rc = read_key(r, &e, map, &key);
		yaml_event_delete(&e);
		if (is_end || rc != ERR_OK)
			return rc;
		rc = next(r, &e);
		if (rc != ERR_OK)
			return rc;
		rc = read_value(r, &e, depth, &v);
		if (v != NULL)
			json_object_set_new(map, key, v);
		yaml_event_delete(&e);
		if (rc != ERR_OK)
			return rc;
	}
}

/* depth is capped, so that the recursion is, too. *out may be set on failure as well. */
static enum err_code read_value(struct reader *r, const yaml_event_t *e, int depth, json_t **out)
{
	enum err_code rc = check_plain(r, e);

	if (rc != ERR_OK)
		return rc;
	if (depth >= YAML_MAX_DEPTH)
		return wrong(r, e->start_mark, "too many levels inside each other");
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		rc = read_scalar(r, e, out);
		/* true, false and null are one value each, wherever they stand. */
		if (rc == ERR_OK && json_is_string(*out))
			note_line(r, *out, e->start_mark);
		return rc;
	case YAML_SEQUENCE_START_EVENT:
		*out = json_array();
		note_line(r, *out, e->start_mark);
		return read_list(r, depth + 1, *out);
	case YAML_MAPPING_START_EVENT:
		*out = json_object();
		note_line(r, *out, e->start_mark);
		return read_map(r, depth + 1, *out);
	default:
		return wrong(r, e->start_mark, "a value is missing");
	}
}

static enum err_code read_documents(struct reader *r)
{
	int documents = 0;
	enum err_code rc = ERR_OK;
	bool is_end = false;

	while (rc == ERR_OK && !is_end) {
		yaml_event_t e;

		rc = next(r, &e);
		if (rc != ERR_OK)
			break;
		is_end = e.type == YAML_STREAM_END_EVENT;
		if (e.type == YAML_DOCUMENT_START_EVENT && ++documents > 1)
			rc = wrong(r, e.start_mark, "a file holds one document");
		else if (e.type == YAML_SCALAR_EVENT || e.type == YAML_SEQUENCE_START_EVENT ||
			 e.type == YAML_MAPPING_START_EVENT || e.type == YAML_ALIAS_EVENT)
			rc = read_value(r, &e, 0, &r->doc->root);
		yaml_event_delete(&e);
	}
	return rc;
}

enum err_code yaml_read(struct arena *mem, const char *text, size_t n, const char *what,
			struct yaml_doc *out, struct err *err)
{
	struct reader r = { .mem = mem, .what = what, .doc = out, .err = err };
	enum err_code rc;

	*out = (struct yaml_doc){ 0 };
	if (n > YAML_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "%s is larger than %u bytes", what, YAML_MAX_BYTES);
	if (!yaml_parser_initialize(&r.parser))
		return err_set(err, ERR_FAILED, "%s cannot be read: no memory", what);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
	rc = read_documents(&r);
	yaml_parser_delete(&r.parser);
	if (rc != ERR_OK) {
		json_decref(out->root);
		out->root = NULL;
	} else if (out->root == NULL || json_is_null(out->root)) {
		out->root = json_object();
	}
	return rc;
}

long yaml_line_of(const struct yaml_doc *doc, const json_t *value)
{
	for (const struct yaml_line *l = doc->first; l != NULL; l = l->next)
		if (l->value == value)
			return l->line;
	return 0;
}

/* ---- writing ------------------------------------------------------------------------- */

static int emit(void *ctx, unsigned char *p, size_t n)
{
	buf_add(ctx, p, n);
	return 1;
}

static bool put_event(yaml_emitter_t *e, yaml_event_t *event)
{
	return yaml_emitter_emit(e, event) != 0;
}

/* Quotes where a reader would take the text for something else. */
static yaml_scalar_style_t style_of(const char *text, size_t n)
{
	json_t *as_plain = plain_value(text, n);
	bool is_text = json_is_string(as_plain);
	bool is_other = n <= 5 && (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0 ||
				   strcmp(text, "on") == 0 || strcmp(text, "off") == 0);

	json_decref(as_plain);
	if (!is_text || is_other)
		return YAML_SINGLE_QUOTED_SCALAR_STYLE;
	return YAML_ANY_SCALAR_STYLE;
}

static bool put_text(yaml_emitter_t *e, const char *text, size_t n, yaml_scalar_style_t style)
{
	yaml_event_t event;

	return n <= YAML_MAX_BYTES &&
	       yaml_scalar_event_initialize(&event, NULL, NULL,
					    (const yaml_char_t *)text, (int)n, 1, 1, style) &&
	       put_event(e, &event);
}

static bool put_value(yaml_emitter_t *e, const json_t *v, int depth);

static bool put_map(yaml_emitter_t *e, const json_t *v, int depth)
{
	json_t *walkable = (json_t *)(uintptr_t)v, *item;
	yaml_event_t event;
	const char *key;

	if (!yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
						 json_object_size(v) == 0
							 ? YAML_FLOW_MAPPING_STYLE
							 : YAML_BLOCK_MAPPING_STYLE) ||
	    !put_event(e, &event))
		return false;
	json_object_foreach(walkable, key, item)
		if (!put_text(e, key, strlen(key), style_of(key, strlen(key))) ||
		    !put_value(e, item, depth + 1))
			return false;
	return yaml_mapping_end_event_initialize(&event) && put_event(e, &event);
}

static bool put_list(yaml_emitter_t *e, const json_t *v, int depth)
{
	yaml_event_t event;

	if (!yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
						  json_array_size(v) == 0
							  ? YAML_FLOW_SEQUENCE_STYLE
							  : YAML_BLOCK_SEQUENCE_STYLE) ||
	    !put_event(e, &event))
		return false;
	for (size_t i = 0; i < json_array_size(v); i++)
		if (!put_value(e, json_array_get(v, i), depth + 1))
			return false;
	return yaml_sequence_end_event_initialize(&event) && put_event(e, &event);
}

static bool put_value(yaml_emitter_t *e, const json_t *v, int depth)
{
	char *text;
	bool ok;

	if (depth >= YAML_MAX_DEPTH)
		return false;
	if (json_is_object(v))
		return put_map(e, v, depth);
	if (json_is_array(v))
		return put_list(e, v, depth);
	if (json_is_string(v))
		return put_text(e, json_string_value(v), json_string_length(v),
				style_of(json_string_value(v), json_string_length(v)));
	text = json_dumps(v, JSON_ENCODE_ANY);
	ok = text != NULL && put_text(e, text, strlen(text), YAML_PLAIN_SCALAR_STYLE);
	free(text);
	return ok;
}

enum err_code yaml_write(struct buf *out, const json_t *value, struct err *err)
{
	yaml_emitter_t e;
	yaml_event_t event;
	bool ok;

	if (!yaml_emitter_initialize(&e))
		return err_set(err, ERR_FAILED, "writing YAML: no memory");
	yaml_emitter_set_output(&e, emit, out);
	yaml_emitter_set_unicode(&e, 1);
	yaml_emitter_set_width(&e, -1);
	ok = yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) &&
	     put_event(&e, &event) &&
	     yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1) &&
	     put_event(&e, &event) && put_value(&e, value, 0) &&
	     yaml_document_end_event_initialize(&event, 1) && put_event(&e, &event) &&
	     yaml_stream_end_event_initialize(&event) && put_event(&e, &event);
	yaml_emitter_delete(&e);
	return ok ? ERR_OK : err_set(err, ERR_LIMIT, "writing YAML: too deep or too long");
}
