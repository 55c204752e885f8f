/*
 * tui/widget/marks.c
 *	A set of texts that remembers the order in which they came.
 *
 * An array holds the texts in their order and a table of places (open
 * addressing) finds them. What is removed leaves a hole in both, until the next
 * question for the order or the next growth closes the holes at once: removing many
 * is as cheap as adding many.
 */
#include "tui/widget/marks.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

#define FREE (-1)	/* a place of the table that was never used */

struct marks {
	char **text;		/* NULL: a hole */
	int n;			/* places of text in use, holes included */
	int count;
	int cap;		/* of text; the table is twice that */
	int *table;		/* places in text, or FREE */
};

/* FNV-1a: keys are short. */
static uint32_t hash_of(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

static uint32_t mask_of(const struct marks *m)
{
	return (uint32_t)m->cap * 2 - 1;
}

/* Closes holes, makes room for cap texts (a power of two), and fills the table anew. */
static void rebuild(struct marks *m, int cap)
{
	int n = 0;

	for (int i = 0; i < m->n; i++)
		if (m->text[i] != NULL)
			m->text[n++] = m->text[i];
	m->n = n;
	if (cap != m->cap) {
		m->text = mem_resize(m->text, (size_t)cap * sizeof(*m->text));
		m->table = mem_resize(m->table, (size_t)cap * 2 * sizeof(*m->table));
		m->cap = cap;
	}
	for (int i = 0; i < cap * 2; i++)
		m->table[i] = FREE;
	for (int i = 0; i < n; i++) {
		uint32_t at = hash_of(m->text[i]) & mask_of(m);

		while (m->table[at] != FREE)
			at = (at + 1) & mask_of(m);
		m->table[at] = i;
	}
}

struct marks *marks_new(void)
{
	struct marks *m = mem_alloc(sizeof(*m));

	*m = (struct marks){ 0 };
	rebuild(m, 16);
	return m;
}

void marks_clear(struct marks *m)
{
	for (int i = 0; i < m->n; i++)
		free(m->text[i]);
	m->n = 0;
	m->count = 0;
	rebuild(m, 16);
}

void marks_free(struct marks *m)
{
	if (m == NULL)
		return;
	for (int i = 0; i < m->n; i++)
		free(m->text[i]);
	free(m->text);
	free(m->table);
	free(m);
}

/* Place in text; -1: it is not there. *free_at: where in the table it would go. */
static int find(const struct marks *m, const char *text, uint32_t *free_at)
{
	uint32_t at = hash_of(text) & mask_of(m);

	for (; m->table[at] != FREE; at = (at + 1) & mask_of(m)) {
		const char *have = m->text[m->table[at]];

		if (have != NULL && strcmp(have, text) == 0)
			return m->table[at];
	}
	*free_at = at;
	return -1;
}

void marks_add(struct marks *m, const char *text)
{
	uint32_t at = 0;

	if (find(m, text, &at) >= 0)
		return;
	if (m->n == m->cap) {
		rebuild(m, m->count > m->cap / 2 ? m->cap * 2 : m->cap);
		(void)find(m, text, &at);
	}
	m->text[m->n] = mem_strdup(text);
	m->table[at] = m->n++;
	m->count++;
}

void marks_remove(struct marks *m, const char *text)
{
	uint32_t at;
	int i = find(m, text, &at);

	if (i < 0)
		return;
	free(m->text[i]);
	m->text[i] = NULL;
	m->count--;
}

bool marks_has(const struct marks *m, const char *text)
{
	uint32_t at;

	return m->count > 0 && find(m, text, &at) >= 0;
}

int marks_count(const struct marks *m)
{
	return m->count;
}

const char *marks_at(struct marks *m, int i)
{
	if (m->n != m->count)
		rebuild(m, m->cap);
	return i >= 0 && i < m->n ? m->text[i] : NULL;
}
