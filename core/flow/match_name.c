/*
 * core/flow/match_name.c
 *	How alike names are: word by word, by meaning and by spelling.
 *
 * Words that many fields of a side share (a prefix of all columns, "customer"
 * in a table of customers) and words that say little by themselves (number, date) weigh
 * less. Each word looks for the nearest of the other name.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/match_priv.h"

#define COMMON_FIELDS 5	/* fewer fields say nothing on what is common */
#define UNKNOWN_WEIGHT 0.8

struct name {
	const char *raw;
	struct tokens words;
	int id[TOKENS_MAX];	/* in the side's vocabulary */
	double weight[TOKENS_MAX];
	double total;
	struct slice tight;	/* all letters */
	bool is_opaque;
};

struct side {
	int n;
	struct name *name;
	int nwords;
	struct token *word;	/* each once */
	int *fields;	/* in how many names each is */
};

struct names {
	struct side source, target;
	float *alike;	/* source words x target words */
};

static const char *const opaque[] = {
	"col", "column", "field", "fld", "f", "c", "v", "x", "attr", "attribute", "var", "variable",
	"spalte", "feld", "champ", "campo", "colonne", "columna", "colonna", "kolom", "kolumna",
	"coluna", "unnamed", "unbenannt", "expr", "val", "a", "b", "d",
};

static bool is_digits(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static bool is_placeholder(const struct tokens *t)
{
	for (int i = 0; i < t->n; i++) {
		bool is_one = is_digits(t->t[i].text);

		for (size_t k = 0; !is_one && k < sizeof(opaque) / sizeof(opaque[0]); k++)
			is_one = slice_is(t->t[i].text, opaque[k]);
		if (!is_one)
			return false;
	}
	return true;
}

static int vocabulary(struct side *s, const struct token *t)
{
	int i = 0;

	while (i < s->nwords && !slice_eq(s->word[i].text, t->text))
		i++;
	if (i == s->nwords)
		s->word[s->nwords++] = *t;
	return i;
}

static double own_weight(const struct token *t)
{
	if (is_digits(t->text))
		return 0.25;
	if (t->entry == NULL)
		return t->text.n == 1 ? 0.2 : UNKNOWN_WEIGHT;
	return words_concepts[t->entry->concept[0]].weight / 10.0;
}

static void weigh(struct side *s)
{
	for (int f = 0; f < s->n; f++) {
		struct name *name = &s->name[f];

		for (int i = 0; i < name->words.n; i++) {
			double share = (double)s->fields[name->id[i]] / s->n;

			name->weight[i] = own_weight(&name->words.t[i]);
			if (s->n >= COMMON_FIELDS && name->words.n > 1)
				name->weight[i] *= share > 0.6 ? 0.1 : 1 - share;
			name->total += name->weight[i];
		}
	}
}

static void read_side(struct arena *mem, const struct words *w, int n,
		      const struct match_field *field, struct side *s)
{
	*s = (struct side){ .n = n };
	s->name = arena_array(mem, (size_t)n, sizeof(*s->name));
	s->word = arena_array(mem, (size_t)n * TOKENS_MAX + 1, sizeof(*s->word));
	s->fields = arena_array(mem, (size_t)n * TOKENS_MAX + 1, sizeof(*s->fields));
	for (int f = 0; f < n; f++) {
		struct name *name = &s->name[f];
		char *tight = arena_bytes(mem, strlen(field[f].name) * 2 + 1);
		struct tokens plain;

		name->raw = field[f].name;
		match_split(mem, field[f].name, &plain);
		name->is_opaque = is_placeholder(&plain);
		name->tight.p = tight;
		for (int i = 0; i < plain.n; i++) {
			memcpy(tight + name->tight.n, plain.t[i].text.p, plain.t[i].text.n);
			name->tight.n += plain.t[i].text.n;
		}
		match_words(mem, w, field[f].name, &name->words);
		for (int i = 0; i < name->words.n; i++) {
			bool is_again = false;

			name->id[i] = vocabulary(s, &name->words.t[i]);
			for (int k = 0; k < i; k++)
				is_again |= name->id[k] == name->id[i];
			s->fields[name->id[i]] += !is_again;
		}
	}
	weigh(s);
}

static double by_meaning(const struct words *w, const struct words_entry *a,
			 const struct words_entry *b)
{
	double best = 0;

	for (int i = 0; i < a->n; i++) {
		for (int k = 0; k < b->n; k++) {
			double one = words_closeness(w, a->concept[i], b->concept[k]);

			/* What a word means second it means more seldom. */
			one *= i + k == 0 ? 1 : 0.93;
			best = one > best ? one : best;
		}
	}
	return best;
}

static double by_spelling(struct slice a, struct slice b)
{
	double best = 0, jaro, tri, cut;

	if (is_digits(a) || is_digits(b))
		return 0;
	cut = match_short(a, b);
	if (a.n >= 4 && b.n >= 4) {
		jaro = match_jaro(a, b);
		tri = match_trigrams(a, b);
		best = jaro > 0.9 ? 0.9 * jaro : 0;
		best = tri > 0.45 && 0.95 * tri > best ? 0.95 * tri : best;
	}
	return cut > best ? cut : best;
}

static double alike(const struct words *w, const struct token *a, const struct token *b)
{
	double meaning = 0, spelling;

	if (slice_eq(a->text, b->text))
		return 1;
	if (a->entry != NULL && b->entry != NULL)
		meaning = by_meaning(w, a->entry, b->entry);
	if (meaning >= 0.9)
		return 0.97 * meaning;
	spelling = by_spelling(a->text, b->text);
	/* Two known words that mean different things may look alike as they like. */
	if (a->entry != NULL && b->entry != NULL)
		spelling *= 0.5;
	return meaning > spelling ? meaning : spelling;
}

void *match_name_begin(struct arena *mem, const struct match_ask *ask)
{
	struct words *w = words_new(mem);
	struct names *n = arena_alloc(mem, sizeof(*n));

	read_side(mem, w, ask->nsources, ask->source, &n->source);
	read_side(mem, w, ask->ntargets, ask->target, &n->target);
	n->alike = arena_array(mem, (size_t)n->source.nwords * (size_t)n->target.nwords + 1,
			       sizeof(*n->alike));
	for (int a = 0; a < n->source.nwords; a++)
		for (int b = 0; b < n->target.nwords; b++)
			n->alike[a * n->target.nwords + b] =
				(float)alike(w, &n->source.word[a], &n->target.word[b]);
	return n;
}

/* Word i of the source name: the nearest of the target name, in *k. */
static double nearest(const struct names *n, const struct name *s, const struct name *t, int i,
		      int *k)
{
	double best = -1;

	for (int j = 0; j < t->words.n; j++) {
		double one = (double)n->alike[s->id[i] * n->target.nwords + t->id[j]];

		if (one > best) {
			best = one;
			*k = j;
		}
	}
	return best;
}

static double word_by_word(const struct names *n, const struct name *s, const struct name *t)
{
	double best_t[TOKENS_MAX] = { 0 };
	double sum = 0;

	if (s->total + t->total <= 0)
		return 0;
	for (int i = 0; i < s->words.n; i++) {
		double best = 0;

		for (int k = 0; k < t->words.n; k++) {
			double one = (double)n->alike[s->id[i] * n->target.nwords + t->id[k]];

			best = one > best ? one : best;
			best_t[k] = one > best_t[k] ? one : best_t[k];
		}
		sum += s->weight[i] * best;
	}
	for (int k = 0; k < t->words.n; k++)
		sum += t->weight[k] * best_t[k];
	return sum / (s->total + t->total);
}

/* Names in other scripts have no letters that are kept: they are compared as they stand. */
static bool is_same(const struct name *s, const struct name *t)
{
	return s->tight.n > 0 ? slice_eq(s->tight, t->tight) : strcmp(s->raw, t->raw) == 0;
}

double match_name_score(void *state, int source, int target)
{
	const struct names *n = state;
	const struct name *s = &n->source.name[source], *t = &n->target.name[target];
	double words, whole;

	if (is_same(s, t))
		return 1;
	if (s->is_opaque || t->is_opaque)
		return -1;
	words = word_by_word(n, s, t);
	whole = 0.9 * match_trigrams(s->tight, t->tight);
	return whole > words && whole > 0.6 ? whole : words;
}

const char *match_name_why(void *state, struct arena *mem, int source, int target)
{
	const struct names *n = state;
	const struct name *s = &n->source.name[source], *t = &n->target.name[target];
	double most = 0.3;
	int from = -1, to = -1;

	if (is_same(s, t))
		return "the same";
	for (int i = 0; i < s->words.n; i++) {
		int k = 0;
		double worth = nearest(n, s, t, i, &k) * (s->weight[i] + 0.1);

		if (t->words.n > 0 && worth > most * (s->weight[i] + 0.1) &&
		    (from < 0 || s->weight[i] > s->weight[from])) {
			from = i;
			to = k;
		}
	}
	if (from < 0)
		return NULL;
	return arena_printf(mem, "%.*s~%.*s", (int)s->words.t[from].text.n,
			    s->words.t[from].text.p, (int)t->words.t[to].text.n,
			    t->words.t[to].text.p);
}
