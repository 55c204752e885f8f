/*
 * core/flow/widen.c
 *	Finding a type that holds what was seen so far and what came now.
 */
#include "core/flow/widen.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/flow/infer.h"

bool widen_can(const struct flow *f)
{
	const char *stream = f->pipeline->source.stream;

	/* Chunks of a parallel load, and the table with its types, may be committed already. */
	return f->nmore == 0 && stream != NULL && strcmp(stream, "-") != 0;
}

void widen_apply(const struct flow *f, struct schema *source)
{
	for (const struct flow_widened *w = f->widened; w != NULL; w = w->next) {
		int at = schema_find(source, slice_of(w->field));

		if (at < 0)
			continue;
		source->field[at].type = w->type;
		source->field[at].native = NULL;
	}
}

/* Both as they stood: another way of writing dates or decimals has no common type but text. */
static struct type_spec common(struct arena *mem, const struct field *f, const struct infer *seen,
			       int c)
{
	struct infer_how how;
	struct type_spec now = infer_type(seen, c, &how);
	const char *native = infer_native(mem, &now, &how);
	struct type_spec both = infer_widen(f->type, now);

	if (both.type == f->type.type || f->native != NULL || native != NULL)
		both = (struct type_spec){ .type = TYPE_TEXT };
	return both;
}

static void note(struct arena *mem, struct flow *f, const struct field *field,
		 struct type_spec type)
{
	struct flow_widened *w = f->widened;

	/* One entry a field: what it was widened to before must not come back. */
	while (w != NULL && strcmp(w->field, field->name) != 0)
		w = w->next;
	if (w == NULL) {
		w = arena_alloc(mem, sizeof(*w));
		*w = (struct flow_widened){ arena_strdup(mem, field->name), type, f->widened };
		f->widened = w;
	}
	w->type = type;
	if (f->hooks.log != NULL)
		f->hooks.log(f->hooks.ctx, LOG_WARN,
			     arena_printf(mem, "field %s: the first rows look like %s, a later one "
					  "does not; starting over with %s",
					  text_clean_dup(mem, field->name, strlen(field->name)),
					  type_name(field->type.type), type_name(type.type)));
}

bool widen(struct arena *mem, struct flow *f, const struct schema *source, uint8_t *broken,
	   const struct batch *in)
{
	struct arena *scratch = NULL;
	struct infer *seen = NULL;
	bool is_new = false;

	for (int i = 0; i < source->nfields; i++) {
		const struct field *field = &source->field[i];

		if (!broken[i])
			continue;
		broken[i] = 0;
		if (field->type.pg_oid != 0 || field->type.type == TYPE_TEXT || field->is_told)
			continue;
		if (seen == NULL) {
			scratch = arena_new(NULL, "widen");
			seen = infer_new(scratch, source->nfields);
			infer_batch(seen, in);
		}
		note(mem, f, field, common(scratch, field, seen, i));
		is_new = true;
	}
	arena_free(scratch);
	return is_new;
}
