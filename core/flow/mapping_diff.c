/*
 * core/flow/mapping_diff.c
 *	Differences between mappings, and the list of what was done to one.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/mapping.h"

/* ---- differences -------------------------------------------------------------------- */

/* The key by which lines of two mappings are the same: of fields the name, of checks all. */
static bool is_key(const struct mapping_change *c, const struct mapping_line *l)
{
	if (c->kind != l->kind)
		return false;
	if (c->kind == MAPPING_FIELD)
		return strcmp(c->name, l->name) == 0;
	return c->kind != MAPPING_CHECK || strcmp(c->name, l->text) == 0;
}

static const char *text_in(const struct mapping *m, const struct mapping_change *c)
{
	for (int i = 0; i < m->n; i++)
		if (is_key(c, &m->line[i]))
			return m->line[i].text;
	return NULL;
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_known(const struct mapping_changes *all, const struct mapping_line *l)
{
	for (int i = 0; i < all->n; i++)
		if (is_key(&all->c[i], l))
			return true;
	return false;
}

/* Every line of the three, each once. */
static void gather(struct arena *mem, const struct mapping *const *m, int n,
		   struct mapping_changes *out)
{
	size_t most = 1;

	for (int k = 0; k < n; k++)
		most += (size_t)m[k]->n;
	*out = (struct mapping_changes){ .c = arena_array(mem, most, sizeof(*out->c)) };
	for (int k = 0; k < n; k++)
		for (int i = 0; i < m[k]->n; i++) {
			const struct mapping_line *l = &m[k]->line[i];

			if (l->kind != MAPPING_COMMENT && !is_known(out, l))
				out->c[out->n++] = (struct mapping_change){
					.kind = l->kind,
					.name = l->kind == MAPPING_CHECK ? l->text : l->name,
				};
		}
}

void mapping_diff3(struct arena *mem, const struct mapping *base, const struct mapping *mine,
		   const struct mapping *theirs, struct mapping_changes *out)
{
	const struct mapping *all[] = { base, mine, theirs };
	int kept = 0;

	gather(mem, all, 3, out);
	for (int i = 0; i < out->n; i++) {
		struct mapping_change c = out->c[i];

		c.from = text_in(base, &c);
		c.to = text_in(mine, &c);
		c.theirs = text_in(theirs, &c);
		c.is_mine = !is_same(c.from, c.to);
		c.is_theirs = !is_same(c.from, c.theirs);
		if (c.is_mine || c.is_theirs)
			out->c[kept++] = c;
	}
	out->n = kept;
}

void mapping_diff(struct arena *mem, const struct mapping *from, const struct mapping *to,
		  struct mapping_changes *out)
{
	mapping_diff3(mem, from, to, from, out);
}

bool mapping_clashes(const struct mapping_change *c)
{
	return c->is_mine && c->is_theirs && !is_same(c->to, c->theirs);
}

static void remove_line(struct mapping *m, const struct mapping_change *c)
{
	int kept = 0;

	for (int i = 0; i < m->n; i++)
		if (!is_key(c, &m->line[i]))
			m->line[kept++] = m->line[i];
	m->n = kept;
}

static void put_change(struct arena *mem, struct mapping *m, const struct mapping_change *c)
{
	struct mapping_line *line;

	if (c->kind == MAPPING_FIELD) {
		mapping_set(mem, m, c->name, c->theirs);
		return;
	}
	remove_line(m, c);
	if (c->theirs == NULL)
		return;
	line = arena_array(mem, (size_t)m->n + 1, sizeof(*line));
	if (m->n > 0)
		memcpy(line, m->line, (size_t)m->n * sizeof(*line));
	line[m->n++] = (struct mapping_line){ c->kind, "", c->theirs, 0, 0 };
	m->line = line;
}

void mapping_merge(struct arena *mem, const struct mapping_changes *c, const struct mapping *mine,
		   struct mapping *out)
{
	*out = (struct mapping){ mine->n,
				 arena_array(mem, (size_t)mine->n + 1, sizeof(*out->line)) };
	if (mine->n > 0)
		memcpy(out->line, mine->line, (size_t)mine->n * sizeof(*out->line));
	for (int i = 0; i < c->n; i++)
		if (c->c[i].is_theirs && !c->c[i].is_mine)
			put_change(mem, out, &c->c[i]);
}

/* ---- undo and redo ------------------------------------------------------------------- */

/* The lines of a text, without their ends; *n of them. */
static struct slice *lines_of(struct arena *mem, const char *text, int *n)
{
	struct slice *line;
	int count = 0;

	for (const char *p = text; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
		count++;
	line = arena_array(mem, (size_t)count + 1, sizeof(*line));
	*n = 0;
	for (const char *p = text; *p != '\0'; p += *p == '\n') {
		line[(*n)++] = (struct slice){ p, strcspn(p, "\n") };
		p += strcspn(p, "\n");
	}
	return line;
}

static json_t *list_of(const struct slice *line, int from, int to)
{
	json_t *list = json_array();

	for (int i = from; i < to; i++)
		json_array_append_new(list, json_stringn_nocheck(line[i].p, line[i].n));
	return list;
}

void mapping_note(json_t *edits, int *done, const char *before, const char *after)
{
	struct arena *mem = arena_new(NULL, "edit");
	int nb, na, head = 0, tail = 0;
	struct slice *b = lines_of(mem, before, &nb), *a = lines_of(mem, after, &na);
	json_t *edit;

	while (head < nb && head < na && slice_eq(b[head], a[head]))
		head++;
	while (tail < nb - head && tail < na - head && slice_eq(b[nb - 1 - tail], a[na - 1 - tail]))
		tail++;
	if (head < nb - tail || head < na - tail) {
		while ((int)json_array_size(edits) > *done)
			json_array_remove(edits, json_array_size(edits) - 1);
		edit = json_object();
		json_object_set_new(edit, "at", json_integer(head));
		json_object_set_new(edit, "cut", list_of(b, head, nb - tail));
		json_object_set_new(edit, "put", list_of(a, head, na - tail));
		json_array_append_new(edits, edit);
		if (json_array_size(edits) > MAPPING_EDITS_MAX)
			json_array_remove(edits, 0);
		*done = (int)json_array_size(edits);
	}
	arena_free(mem);
}

static bool is_there(const struct slice *line, int n, int at, const json_t *want)
{
	int count = (int)json_array_size(want);

	if (at < 0 || at > n || count > n - at)
		return false;
	for (int i = 0; i < count; i++) {
		const json_t *w = json_array_get(want, (size_t)i);

		if (!json_is_string(w) ||
		    !slice_eq(line[at + i], (struct slice){ json_string_value(w),
							    json_string_length(w) }))
			return false;
	}
	return true;
}

static void put_lines(struct buf *out, const struct slice *line, int from, int to)
{
	for (int i = from; i < to; i++) {
		buf_add(out, line[i].p, line[i].n);
		buf_adds(out, "\n");
	}
}

/* text with the lines `cut` at `at` replaced by `put`; NULL: they are not there. */
static const char *splice(struct arena *mem, const char *text, int at, const json_t *cut,
			  const json_t *put)
{
	int n;
	struct slice *line = lines_of(mem, text, &n);
	const char *copy;
	struct buf out;

	if (!is_there(line, n, at, cut))
		return NULL;
	buf_init(&out, MAPPING_BYTES_MAX * 2);
	put_lines(&out, line, 0, at);
	for (size_t i = 0; i < json_array_size(put); i++) {
		const json_t *l = json_array_get(put, i);

		buf_add(&out, json_string_value(l), json_string_length(l));
		buf_adds(&out, "\n");
	}
	put_lines(&out, line, at + (int)json_array_size(cut), n);
	copy = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return copy;
}

const char *mapping_undo(struct arena *mem, const json_t *edits, int *done, const char *text)
{
	const json_t *e = *done > 0 ? json_array_get(edits, (size_t)(*done - 1)) : NULL;
	const char *to = NULL;

	if (e != NULL)
		to = splice(mem, text, (int)json_integer_value(json_object_get(e, "at")),
			    json_object_get(e, "put"), json_object_get(e, "cut"));
	*done -= to != NULL;
	return to;
}

const char *mapping_redo(struct arena *mem, const json_t *edits, int *done, const char *text)
{
	const json_t *e = json_array_get(edits, (size_t)*done);
	const char *to = NULL;

	if (e != NULL)
		to = splice(mem, text, (int)json_integer_value(json_object_get(e, "at")),
			    json_object_get(e, "cut"), json_object_get(e, "put"));
	*done += to != NULL;
	return to;
}
