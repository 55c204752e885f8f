/*
 * core/flow/drift.c
 *	Notes of a source's fields, written and compared.
 */
#include "core/flow/drift.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/text.h"

#define TOLD 5	/* fields of a text; the others are counted */

const char *drift_note(struct arena *mem, const struct schema *source)
{
	json_t *all = json_object();
	const char *copy;
	char *text;

	for (int i = 0; i < source->nfields; i++)
		json_object_set_new(all, source->field[i].name,
				    json_string(type_format(mem, &source->field[i].type)));
	text = json_dumps(all, JSON_COMPACT);
	copy = arena_strdup(mem, text);
	free(text);
	json_decref(all);
	return copy;
}

static json_t *noted(const char *note)
{
	struct err err = { 0 };
	json_t *all = NULL;

	if (note != NULL && js_parse(&all, note, strlen(note), "fields", &err) != ERR_OK)
		return NULL;
	return all;
}

/* all NULL: no note. */
static const char *compare(struct arena *mem, const json_t *all, const struct field *f)
{
	const char *was = json_string_value(json_object_get(all, f->name));

	if (was == NULL)
		return all != NULL ? "new" : NULL;
	return strcmp(was, type_format(mem, &f->type)) != 0 ? arena_printf(mem, "was %s", was)
							    : NULL;
}

const char *drift_of(struct arena *mem, const char *note, const struct field *f)
{
	json_t *all = noted(note);
	const char *said = compare(mem, all, f);

	json_decref(all);
	return said;
}

int drift_gone(struct arena *mem, const char *note, const struct schema *source,
	       const char ***name)
{
	json_t *all = noted(note), *type;
	const char *field;
	int n = 0;

	*name = arena_array(mem, json_object_size(all) + 1, sizeof(**name));
	json_object_foreach(all, field, type) {
		bool is_there = false;

		for (int i = 0; i < source->nfields && !is_there; i++)
			is_there = strcmp(source->field[i].name, field) == 0;
		if (!is_there)
			(*name)[n++] = arena_strdup(mem, field);
	}
	json_decref(all);
	return n;
}

/* One more behind those that text has; *n counts them all. */
static const char *tell(struct arena *mem, const char *text, int *n, const char *name,
			const char *what)
{
	if ((*n)++ >= TOLD)
		return text;
	return arena_printf(mem, "%s%s%s %s%s", text != NULL ? text : "", text != NULL ? ", " : "",
			    text_fit(mem, name, strlen(name), 40),
			    strncmp(what, "was ", 4) == 0 ? "" : "is ", what);
}

const char *drift_text(struct arena *mem, const char *note, const struct schema *source)
{
	json_t *all = noted(note);
	const char *text = NULL, **gone;
	int n = 0, ngone = drift_gone(mem, note, source, &gone);

	for (int i = 0; i < source->nfields; i++) {
		const char *what = compare(mem, all, &source->field[i]);

		if (what != NULL)
			text = tell(mem, text, &n, source->field[i].name, what);
	}
	for (int i = 0; i < ngone; i++)
		text = tell(mem, text, &n, gone[i], "gone");
	json_decref(all);
	return n > TOLD ? arena_printf(mem, "%s and %d more", text, n - TOLD) : text;
}
