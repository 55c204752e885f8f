/*
 * connectors/file/layout.c
 *	Header names made usable, and files made to agree.
 */
#include "connectors/file/layout.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/io/input.h"

/* Names in one message. */
#define NAMED_MAX 5

static bool is_taken(const char **name, int n, const char *wanted)
{
	for (int i = 0; i < n; i++)
		if (strcmp(name[i], wanted) == 0)
			return true;
	return false;
}

static struct slice trimmed(struct slice v)
{
	while (v.n > 0 && (v.p[0] == ' ' || v.p[0] == '\t'))
		v.p++, v.n--;
	while (v.n > 0 && (v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t'))
		v.n--;
	return v;
}

/* Adds one to "a, b, ..." of at most NAMED_MAX. */
static void list_name(struct buf *list, int nth, const char *name)
{
	if (nth < NAMED_MAX)
		buf_addf(list, "%s%s", nth > 0 ? ", " : "", name);
	else if (nth == NAMED_MAX)
		buf_adds(list, ", ...");
}

/* The cell's text as a name that none before it has; *is_own: not as it stood. */
static const char *name_of(struct arena *mem, struct slice cell, const char **before, int i,
			   bool *is_own)
{
	struct slice v = trimmed(cell);
	const char *base = text_clean_dup(mem, v.p, v.n);
	const char *name = base;

	*is_own = false;
	if (base[0] == '\0')
		name = base = arena_printf(mem, "column_%d", i + 1), *is_own = true;
	for (int k = 2; is_taken(before, i, name); k++) {
		name = arena_printf(mem, "%s_%d", base, k);
		*is_own = true;
	}
	return name;
}

const char **layout_names(struct arena *mem, const struct slice *cell, int n,
			  const char **renamed)
{
	const char **name = arena_array(mem, (size_t)n, sizeof(*name));
	struct buf own;
	int nown = 0;

	buf_init(&own, 200);
	for (int i = 0; i < n; i++) {
		bool is_own = false;

		name[i] = cell != NULL ? name_of(mem, cell[i], name, i, &is_own)
				       : arena_printf(mem, "column_%d", i + 1);
		if (is_own)
			list_name(&own, nown++, name[i]);
	}
	if (nown > 0)
		*renamed = arena_printf(mem, "empty or doubled header names became %s",
					buf_str(&own));
	buf_release(&own);
	return name;
}

static void make_schema(struct arena *mem, struct layout *l)
{
	l->schema.nfields = l->ncols;
	l->schema.field = arena_array(mem, (size_t)l->ncols, sizeof(*l->schema.field));
	for (int i = 0; i < l->ncols; i++)
		l->schema.field[i] = (struct field){ .name = l->name[i],
						     .type = { .type = TYPE_TEXT } };
}

enum err_code layout_make(struct arena *mem, const struct file_options *options,
			  struct source *first, struct layout **out, struct err *err)
{
	struct layout *l = arena_alloc(mem, sizeof(*l));
	enum err_code rc;

	l->mem = mem;
	l->options = options;
	l->ops = first->ops;
	l->first_file = arena_strdup(mem, first->name);
	rc = first->ops->columns(mem, first, l, err);
	if (rc != ERR_OK)
		return rc;
	if (l->renamed != NULL)
		l->note = arena_printf(mem, "%s; %s", l->note, l->renamed);
	make_schema(mem, l);
	*out = l;
	return ERR_OK;
}

static enum err_code wrong_columns(const struct layout *l, const char *file,
				   const struct file_shape *s, const bool *has, struct err *err)
{
	struct buf missing, extra;
	int nmissing = 0, nextra = 0;
	enum err_code rc;

	buf_init(&missing, 60);
	buf_init(&extra, 60);
	for (int i = 0; i < l->ncols; i++)
		if (!has[i])
			list_name(&missing, nmissing++, l->name[i]);
	for (int i = 0; i < s->ncells; i++)
		if (s->target[i] < 0)
			list_name(&extra, nextra++, s->name[i]);
	rc = err_set(err, ERR_INPUT, "%s does not have the columns of the first file%s%s%s%s",
		     file, nmissing > 0 ? "; missing: " : "", buf_str(&missing),
		     nextra > 0 ? "; only here: " : "", buf_str(&extra));
	err_hint(err, "The first file is %s. Load files with other columns by themselves.",
		 l->first_file);
	buf_release(&missing);
	buf_release(&extra);
	return rc;
}

enum err_code layout_match(struct arena *mem, const struct layout *l, const char *file,
			   struct file_shape *s, struct err *err)
{
	bool *has = arena_array(mem, (size_t)l->ncols, sizeof(*has));
	int found = 0;

	s->target = arena_array(mem, (size_t)s->ncells, sizeof(*s->target));
	for (int i = 0; i < s->ncells; i++) {
		s->target[i] = i < l->ncols && strcmp(s->name[i], l->name[i]) == 0 ? i : -1;
		for (int c = 0; s->target[i] < 0 && c < l->ncols; c++)
			if (strcmp(s->name[i], l->name[c]) == 0)
				s->target[i] = c;
		if (s->target[i] >= 0) {
			has[s->target[i]] = true;
			found++;
		}
	}
	if (found == l->ncols && s->ncells == l->ncols)
		return ERR_OK;
	return wrong_columns(l, file, s, has, err);
}

