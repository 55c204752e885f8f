/*
 * core/flow/profile_report.c
 *	What the counts of a profile come to, and which pairs of fields it follows.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/decimal.h"
#include "core/flow/format.h"
#include "core/flow/profile_node.h"

#define PAIR_FIELDS 24	/* of which pairs are tried on the first batch */
#define PAIR_ROWS   64	/* fewer prove nothing */

/* ---- pairs of fields ------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Different values among n; sorts them. */
static uint32_t different(uint64_t *v, uint32_t n)
{
	uint32_t many = n > 0;

	qsort(v, n, sizeof(*v), by_value);
	for (uint32_t i = 1; i < n; i++)
		many += v[i] != v[i - 1];
	return many;
}

struct first {	/* the first batch's hashes, field by field */
	uint32_t rows;
	int n;
	int field[PAIR_FIELDS];
	uint64_t *hash[PAIR_FIELDS];
	uint32_t distinct[PAIR_FIELDS];
};

/* false: the field has nulls, or is a key by itself. */
static bool add_first(struct arena *mem, struct first *f, const struct batch *b, int c,
		      bool *is_alone)
{
	const struct column *col = &b->col[c];
	uint64_t *h = arena_array(mem, f->rows, sizeof(*h));
	uint64_t *sorted = arena_array(mem, f->rows, sizeof(*sorted));
	uint32_t n = 0, distinct;

	for (uint32_t i = 0; i < b->nrows; i++) {
		if (b->state[i] != ROW_LIVE)
			continue;
		if (col->null[i])
			return false;
		h[n++] = profile_hash(col, i);
	}
	memcpy(sorted, h, n * sizeof(*h));
	distinct = different(sorted, n);
	*is_alone |= distinct == n;
	if (distinct == n || distinct < 2)
		return false;
	f->field[f->n] = c;
	f->hash[f->n] = h;
	f->distinct[f->n] = distinct;
	return true;
}

static bool is_pair(struct arena *mem, const struct first *f, int a, int b)
{
	uint64_t *both = arena_array(mem, f->rows, sizeof(*both));

	if ((uint64_t)f->distinct[a] * f->distinct[b] < f->rows)
		return false;
	for (uint32_t i = 0; i < f->rows; i++)
		both[i] = f->hash[a][i] * UINT64_C(0x9e3779b97f4a7c15) ^ f->hash[b][i];
	return different(both, f->rows) == f->rows;
}

void profile_choose(struct profile *p, const struct batch *b)
{
	struct arena *work = arena_new(p->mem, "pairs");
	struct first f = { .rows = batch_count(b, ROW_LIVE) };
	bool is_alone = false;

	p->npairs = 0;
	for (int c = 0; f.rows >= PAIR_ROWS && c < b->ncols && f.n < PAIR_FIELDS; c++)
		f.n += add_first(work, &f, b, c, &is_alone);
	/* Where one field is enough nobody asks for two. */
	for (int i = 0; !is_alone && i < f.n; i++) {
		for (int k = i + 1; k < f.n && p->npairs < PAIRS_MAX; k++) {
			struct profile_pair *pair = &p->pair[p->npairs];

			if (!is_pair(work, &f, i, k))
				continue;
			*pair = (struct profile_pair){ .a = f.field[i], .b = f.field[k] };
			hll_init(p->mem, &pair->hll, p->hll_bits);
			sieve_init(p->mem, &pair->sieve, p->sieve_max);
			p->npairs++;
		}
	}
	arena_free(work);
}

/* ---- the report ---------------------------------------------------------------- */

static const char *text_of(struct arena *mem, const char *p, size_t n, bool is_cut)
{
	return arena_printf(mem, "%.*s%s", (int)n, p, is_cut ? "..." : "");
}

static const char *kept_of(struct arena *mem, const struct kept *k)
{
	return k->is_set ? text_of(mem, k->text, k->n, k->is_cut) : NULL;
}

/* A number, day or moment as text. */
static const char *number_of(struct arena *mem, const struct profile_col *f, struct decimal v)
{
	int64_t i = (int64_t)v.coef;
	uint8_t null = 0;
	struct column c = { .type = f->type.type, .null = &null, .v.i64 = &i };
	char text[DECIMAL_TEXT > FORMAT_MAX ? DECIMAL_TEXT : FORMAT_MAX];
	struct slice s;

	if (c.type == TYPE_DECIMAL)
		c.v.dec = &v;
	s = format_short(&c, 0, text);
	return arena_strndup(mem, s.p, s.n);
}

static const char *float_of(struct arena *mem, double v)
{
	char text[FORMAT_MAX];

	return arena_strndup(mem, text, format_float(v, 8, text));
}

static void put_range(struct arena *mem, const struct profile_col *f, struct profile_field *out)
{
	bool is_sum = (f->type.type == TYPE_INT || f->type.type == TYPE_DECIMAL) && f->values > 0 &&
		      !f->has_no_sum;
	struct decimal mean;
	char text[DECIMAL_TEXT];

	if (f->low_text.is_set) {
		out->min = kept_of(mem, &f->low_text);
		out->max = kept_of(mem, &f->high_text);
	} else if (f->has_range && f->type.type == TYPE_FLOAT) {
		out->min = float_of(mem, f->low_f);
		out->max = float_of(mem, f->high_f);
	} else if (f->has_range) {
		out->min = number_of(mem, f, f->low);
		out->max = number_of(mem, f, f->high);
	}
	if (!is_sum)
		return;
	decimal_format(f->sum, text);
	out->sum = arena_strdup(mem, text);
	if (decimal_div(f->sum, decimal_from_int(f->values), &mean)) {
		decimal_format(mean, text);
		out->mean = arena_strdup(mem, text);
	}
}

static void put_tops(struct arena *mem, const struct profile_col *f, int ntops,
		     struct profile_field *out)
{
	uint32_t slot[PROFILE_TOPS_MAX];
	uint32_t n = tops_best(&f->tops, (uint32_t)ntops, slot);

	out->top = arena_array(mem, n + 1, sizeof(*out->top));
	for (uint32_t i = 0; i < n; i++) {
		const struct seen *v = &f->seen[slot[i]];
		int64_t rows = f->tops.top[slot[i]].count;

		/* What may come as often unseen is no news. */
		if (rows <= f->tops.floor)
			break;
		out->top[out->ntops++] = (struct profile_value){
			text_of(mem, v->text, v->n, v->is_cut), rows, f->tops.floor,
		};
	}
}

static int by_rows(const void *a, const void *b)
{
	const struct pattern *x = a, *y = b;

	if (x->rows != y->rows)
		return x->rows < y->rows ? 1 : -1;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

static void put_patterns(struct arena *mem, const struct profile_col *f, int most,
			 struct profile_field *out)
{
	struct pattern *all = arena_array(mem, (size_t)f->npatterns + 1, sizeof(*all));
	int64_t told = 0;

	if (f->type.type != TYPE_TEXT)
		return;
	memcpy(all, f->pattern, (size_t)f->npatterns * sizeof(*all));
	qsort(all, (size_t)f->npatterns, sizeof(*all), by_rows);
	out->npatterns = f->npatterns < most ? f->npatterns : most;
	out->pattern = arena_array(mem, (size_t)out->npatterns + 1, sizeof(*out->pattern));
	for (int i = 0; i < out->npatterns; i++) {
		out->pattern[i] = (struct profile_pattern){
			text_of(mem, all[i].text, all[i].n, false), all[i].rows,
		};
		told += all[i].rows;
	}
	out->other_patterns = f->rows - f->nulls - told;
}

static void put_field(struct profile *p, struct arena *mem, int c, int ntops,
		      struct profile_field *out)
{
	struct profile_col *f = &p->col[c];
	const struct field *from = &p->fields->field[c];
	int64_t there;

	tops_flush(&f->tops);
	there = f->rows - f->nulls;
	*out = (struct profile_field){
		.name = from->name, .type = f->type, .native = from->native, .rows = f->rows,
		.nulls = f->nulls, .empty = f->empty, .misfits = f->misfits,
		.misfit = kept_of(mem, &f->misfit), .min_chars = there > 0 ? f->min_chars : 0,
		.max_chars = f->max_chars, .key_with = -1,
		.mean_chars = there > 0 ? (double)f->chars / (double)there : 0,
	};
	if (sieve_has_all(&f->sieve)) {
		out->distinct = f->sieve.used;
	} else {
		out->distinct = hll_count(&f->hll);
		out->distinct = out->distinct < there ? out->distinct : there;
		out->distinct_error = 100 * hll_error(&f->hll);
	}
	out->is_key = there > 1 && f->nulls == 0 && f->empty == 0 && !f->has_repeated &&
		      sketch_is_unique(&f->hll, &f->sieve, there);
	put_range(mem, f, out);
	put_tops(mem, f, ntops, out);
	put_patterns(mem, f, ntops, out);
}

void profile_report(struct profile *p, struct arena *mem, int ntops, struct profile_report *out)
{
	*out = (struct profile_report){ .rows = p->rows, .unreadable = p->unreadable,
					.bytes = p->bytes, .nsayings = p->nsayings,
					.nfields = p->fields->nfields };
	memcpy(out->saying, p->saying, sizeof(out->saying));
	if (ntops > PROFILE_TOPS_MAX)
		ntops = PROFILE_TOPS_MAX;
	out->field = arena_array(mem, (size_t)out->nfields, sizeof(*out->field));
	for (int c = 0; c < out->nfields; c++)
		put_field(p, mem, c, ntops, &out->field[c]);
	for (int i = 0; i < p->npairs; i++) {
		const struct profile_pair *pair = &p->pair[i];
		struct profile_field *a = &out->field[pair->a], *b = &out->field[pair->b];

		if (pair->has_null || a->empty > 0 || b->empty > 0 || a->is_key || b->is_key ||
		    a->key_with >= 0 || b->key_with >= 0 ||
		    !sketch_is_unique(&pair->hll, &pair->sieve, p->rows))
			continue;
		a->key_with = pair->b;
		b->key_with = pair->a;
	}
}
