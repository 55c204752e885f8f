/*
 * tui/view/table_rows.c
 *	The window of rows that a table holds.
 */
#include "tui/view/table_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

struct table_rows *table_rows_new(void)
{
	struct table_rows *r = mem_alloc(sizeof(*r));

	*r = (struct table_rows){ 0 };
	return r;
}

static void clear(struct table_rows *r)
{
	for (int i = 0; i < r->nchunks; i++)
		answer_free(r->chunk[i]);
	free(r->before);
	*r = (struct table_rows){ 0 };
}

void table_rows_free(struct table_rows *r)
{
	if (r == NULL)
		return;
	clear(r);
	free(r);
}

void table_rows_set(struct table_rows *r, struct answer *a)
{
	clear(r);
	r->chunk[r->nchunks++] = a;
	r->n = a->nrows;
}

static void drop_first(struct table_rows *r, const char *key)
{
	struct answer *first = r->chunk[0];
	char buf[256];

	free(r->before);
	r->before = mem_strdup(table_rows_key(r, first->nrows - 1, key, buf, sizeof(buf)));
	r->has_before = true;
	r->n -= first->nrows;
	r->nchunks--;
	memmove(r->chunk, r->chunk + 1, (size_t)r->nchunks * sizeof(r->chunk[0]));
	answer_free(first);
}

void table_rows_append(struct table_rows *r, struct answer *a, const char *key)
{
	if (a->nrows == 0) {
		answer_free(a);
		return;
	}
	if (r->nchunks == TABLE_CHUNKS)
		drop_first(r, key);
	r->chunk[r->nchunks++] = a;
	r->n += a->nrows;
}

void table_rows_prepend(struct table_rows *r, struct answer *a)
{
	/* What lies before it is found by the key of its own first row. */
	free(r->before);
	r->before = NULL;
	if (a->nrows == 0) {
		answer_free(a);
		return;
	}
	if (r->nchunks == TABLE_CHUNKS) {
		struct answer *last = r->chunk[--r->nchunks];

		r->n -= last->nrows;
		r->has_after = true;
		answer_free(last);
	}
	memmove(r->chunk + 1, r->chunk, (size_t)r->nchunks * sizeof(r->chunk[0]));
	r->chunk[0] = a;
	r->nchunks++;
	r->n += a->nrows;
}

const struct answer *table_rows_at(const struct table_rows *r, int row, int *at)
{
	for (int i = 0; i < r->nchunks; i++) {
		if (row < r->chunk[i]->nrows) {
			*at = row;
			return r->chunk[i];
		}
		row -= r->chunk[i]->nrows;
	}
	return NULL;
}

const char *table_rows_key(const struct table_rows *r, int row, const char *key, char *buf,
			   size_t size)
{
	int at = 0;
	const struct answer *a = row >= 0 ? table_rows_at(r, row, &at) : NULL;
	const struct reply_value *v = a != NULL ? answer_value(a, at, key) : NULL;

	buf[0] = '\0';
	if (v == NULL || !v->is_set)
		return buf;
	if (v->text != NULL)
		snprintf(buf, size, "%.*s", (int)v->len, v->text);
	else
		snprintf(buf, size, "%lld", (long long)v->i);
	return buf;
}
