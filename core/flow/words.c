/*
 * core/flow/words.c
 *	Finds words among the concepts.
 */
#include "core/flow/words.h"

#include <string.h>

#include "core/base/arena.h"

#define SLOTS    8192u	/* a power of two, more than twice the words */
#define WORD_MAX 64

struct words {
	struct words_entry slot[SLOTS];
	uint32_t used;
	int nconcepts;
	uint8_t *near;	/* nconcepts x nconcepts, in percent */
};

static uint32_t hash_of(struct slice s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h ^ h >> 15;
}

static uint32_t place_of(const struct words *w, struct slice word)
{
	uint32_t i = hash_of(word) & (SLOTS - 1);

	while (w->slot[i].n > 0 && !slice_eq(w->slot[i].word, word))
		i = (i + 1) & (SLOTS - 1);
	return i;
}

static void add_word(struct words *w, struct slice word, int concept)
{
	struct words_entry *e = &w->slot[place_of(w, word)];

	for (int i = 0; i < e->n; i++)
		if (e->concept[i] == concept)
			return;
	if (e->n == WORDS_MEANINGS || w->used >= SLOTS / 4 * 3)
		return;
	w->used += e->n == 0;
	e->word = word;
	e->concept[e->n++] = (int16_t)concept;
}

int words_concept(const struct words *w, const char *name)
{
	for (int c = 0; c < w->nconcepts; c++)
		if (strcmp(words_concepts[c].name, name) == 0)
			return c;
	return -1;
}

static void add_near(struct words *w)
{
	for (int c = 0; c < w->nconcepts; c++)
		w->near[c * w->nconcepts + c] = 100;
	for (const struct words_near *n = words_nears; n->a != NULL; n++) {
		int a = words_concept(w, n->a), b = words_concept(w, n->b);

		if (a < 0 || b < 0)
			continue;
		w->near[a * w->nconcepts + b] = (uint8_t)n->percent;
		w->near[b * w->nconcepts + a] = (uint8_t)n->percent;
	}
}

struct words *words_new(struct arena *mem)
{
	struct words *w = arena_alloc(mem, sizeof(*w));
	size_t n;

	for (int c = 0; words_concepts[c].name != NULL; c++, w->nconcepts++) {
		const char *p = words_concepts[c].words;

		add_word(w, slice_of(words_concepts[c].name), c);
		for (p += strspn(p, " "); *p != '\0'; p += n, p += strspn(p, " ")) {
			n = strcspn(p, " ");
			add_word(w, (struct slice){ p, n }, c);
		}
	}
	w->near = arena_alloc(mem, (size_t)w->nconcepts * (size_t)w->nconcepts);
	add_near(w);
	return w;
}

/* German writers without umlauts: "waehrung" is "wahrung" here. */
static struct slice without_e(struct slice s, char out[WORD_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < WORD_MAX; i++) {
		out[n++] = s.p[i];
		if (i + 1 < s.n && s.p[i + 1] == 'e' &&
		    (s.p[i] == 'a' || s.p[i] == 'o' || s.p[i] == 'u'))
			i++;
	}
	return (struct slice){ out, n };
}

const struct words_entry *words_find(const struct words *w, struct slice word)
{
	const struct words_entry *e = &w->slot[place_of(w, word)];
	char out[WORD_MAX];
	struct slice other;

	if (e->n > 0)
		return e;
	other = without_e(word, out);
	if (other.n == word.n || word.n >= WORD_MAX)
		return NULL;
	e = &w->slot[place_of(w, other)];
	return e->n > 0 ? e : NULL;
}

const struct words_entry *words_find_joined(const struct words *w, const struct slice *word, int n)
{
	char all[WORD_MAX];
	size_t len = 0;

	for (int i = 0; i < n; i++) {
		if (len + word[i].n + 1 > sizeof(all))
			return NULL;
		if (i > 0)
			all[len++] = '_';
		memcpy(all + len, word[i].p, word[i].n);
		len += word[i].n;
	}
	return words_find(w, (struct slice){ all, len });
}

double words_closeness(const struct words *w, int a, int b)
{
	return w->near[a * w->nconcepts + b] / 100.0;
}
