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

static bool is_there(const struct schema *source, const char *name)
{
	for (int i = 0; i < source->nfields; i++)
		if (strcmp(source->field[i].name, name) == 0)
			return true;
	return false;
}

int drift_find(struct arena *mem, const char *note, const struct schema *source,
	       struct drift **out)
{
	json_t *all = noted(note), *type;
	size_t most = (size_t)source->nfields + json_object_size(all);
	const char *field;
	int n = 0;

	*out = arena_array(mem, most + 1, sizeof(**out));
	for (int i = 0; i < source->nfields; i++) {
		const char *what = compare(mem, all, &source->field[i]);

		if (what != NULL)
			(*out)[n++] = (struct drift){ source->field[i].name, what };
	}
	json_object_foreach(all, field, type)
		if (!is_there(source, field))
			(*out)[n++] = (struct drift){ arena_strdup(mem, field), "gone" };
	json_decref(all);
	return n;
}

const char *drift_text(struct arena *mem, const struct drift *d, int n)
{
	const char *text = NULL;

	for (int i = 0; i < n && i < TOLD; i++)
		text = arena_printf(mem, "%s%s%s %s%s", text != NULL ? text : "",
				    text != NULL ? ", " : "",
				    text_fit(mem, d[i].field, strlen(d[i].field), 40),
				    strncmp(d[i].what, "was ", 4) == 0 ? "" : "is ", d[i].what);
	return n > TOLD ? arena_printf(mem, "%s and %d more", text, n - TOLD) : text;
}
