/*
 * core/flow/profile.c
 *	What a batch adds to what is known of each field.
 *
 * The loop over rows hashes a value and finds it among those that come often;
 * everything else is done when a value gets a slot there, and multiplied by
 * its rows when it leaves (tops.h). So columns of few values cost next to nothing.
 */
#include "core/flow/profile.h"

#include <math.h>
#include <string.h>

/* The hash of a few bytes is a few instructions when the compiler sees it. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/base/arena.h"
#include "core/flow/datefmt.h"
#include "core/flow/decimal.h"
#include "core/flow/format.h"
#include "core/flow/infer.h"
#include "core/flow/parse.h"
#include "core/flow/pgbin.h"
#include "core/flow/profile_node.h"

#define CHUNK 256u	/* rows whose hashes are made ahead of being looked up */

/* What a field gets, by how many there are: together some tens of MB at most. */
static const struct {
	int fields;
	int hll_bits;
	uint32_t tops, sieve;
	int patterns;
} sizes[] = {
	{ 64, 14, 512, 4096, 64 },
	{ 256, 14, 512, 1024, 64 },
	{ 1024, 12, 128, 256, 32 },
	{ 4096, 10, 64, 128, 16 },
	{ INT32_MAX, 9, 32, 64, 8 },
};

static void drop(void *ctx, uint32_t slot, const struct top *top);

struct profile *profile_new(struct arena *mem, const struct schema *fields)
{
	struct profile *p = arena_alloc(mem, sizeof(*p));
	size_t size = 0;

	while (fields->nfields > sizes[size].fields)
		size++;
	*p = (struct profile){ .mem = mem, .fields = fields, .npairs = -1,
			       .hll_bits = sizes[size].hll_bits, .sieve_max = sizes[size].sieve };
	p->col = arena_array(mem, (size_t)fields->nfields, sizeof(*p->col));
	for (int c = 0; c < fields->nfields; c++) {
		struct profile_col *f = &p->col[c];

		f->type = fields->field[c].type;
		f->min_chars = UINT32_MAX;
		infer_read_native(mem, fields->field[c].native, &f->format, &f->marks);
		f->is_plain = number_is_plain(&f->marks);
		tops_init(mem, &f->tops, sizes[size].tops, drop, f);
		f->seen = arena_array(mem, sizes[size].tops, sizeof(*f->seen));
		hll_init(mem, &f->hll, p->hll_bits);
		sieve_init(mem, &f->sieve, p->sieve_max);
		f->patterns_max = sizes[size].patterns;
		f->pattern = arena_array(mem, (size_t)f->patterns_max, sizeof(*f->pattern));
	}
	return p;
}

/* ---- one value ---------------------------------------------------------------- */

static bool is_number(enum type t)
{
	return t == TYPE_INT || t == TYPE_DECIMAL;
}

static bool is_text(enum type t)
{
	return t == TYPE_TEXT || t == TYPE_BYTES || t == TYPE_JSON || t == TYPE_UUID;
}

/* A text as a value of the field's type: numbers, days and moments in *out, floats in *f. */
static enum parse_rc read_text(const struct profile_col *f, struct slice s, struct decimal *out,
			       double *real)
{
	enum parse_rc rc;
	uint8_t id[16];
	int64_t v = 0;

	switch (f->type.type) {
	case TYPE_DECIMAL:
		return f->is_plain ? parse_decimal(s, out) : number_parse(s, &f->marks, out);
	case TYPE_FLOAT:
		return parse_float(s, real);
	case TYPE_INT:
		if (!f->is_plain)
			return number_parse(s, &f->marks, out);
		rc = parse_int(s, &v);
		break;
	case TYPE_BOOL:
		rc = parse_bool(s, &v);
		break;
	case TYPE_TIME:
		rc = parse_time(s, &v);
		break;
	case TYPE_DATE:
		rc = f->format != NULL ? datefmt_parse(f->format, s, &v) : parse_date(s, &v);
		if (f->format != NULL)
			v /= INT64_C(86400) * 1000000;
		break;
	case TYPE_TIMESTAMP:
		rc = f->format != NULL ? datefmt_parse(f->format, s, &v) : parse_timestamp(s, &v);
		break;
	case TYPE_TIMESTAMPTZ:
		rc = parse_timestamptz(s, &v);
		break;
	case TYPE_UUID:
		return parse_uuid(s, id);
	default:
		return PARSE_OK;
	}
	*out = (struct decimal){ v, 0 };
	return rc;
}

static void read_typed(const struct column *c, uint32_t row, struct decimal *out, double *real)
{
	if (c->type == TYPE_DECIMAL)
		*out = c->v.dec[row];
	else if (c->type == TYPE_FLOAT)
		*real = c->v.f64[row];
	else if (!is_text(c->type))
		*out = (struct decimal){ c->v.i64[row], 0 };
}

static bool is_below(struct decimal a, struct decimal b)
{
	return a.scale == b.scale ? a.coef < b.coef : decimal_compare(a, b) < 0;
}

/* The first bytes of s, not in the middle of a character. */
static uint8_t keep_text(char to[TEXT_KEPT], struct slice s, bool *is_cut)
{
	size_t n = s.n < TEXT_KEPT ? s.n : TEXT_KEPT;

	*is_cut = n < s.n;
	while (*is_cut && n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	if (n > 0)
		memcpy(to, s.p, n);
	return (uint8_t)n;
}

static int compare_kept(struct slice s, const struct kept *k)
{
	size_t n = s.n < k->n ? s.n : k->n;
	int d = n > 0 ? memcmp(s.p, k->text, n) : 0;

	return d != 0 ? d : (s.n > k->n) - (s.n < k->n);
}

static void keep(struct kept *k, struct slice s)
{
	k->n = keep_text(k->text, s, &k->is_cut);
	k->is_set = true;
}

static void stretch(struct profile_col *f, struct slice s, struct decimal number, double real)
{
	if (is_text(f->type.type)) {
		if (!f->low_text.is_set || compare_kept(s, &f->low_text) < 0)
			keep(&f->low_text, s);
		if (!f->high_text.is_set || compare_kept(s, &f->high_text) > 0)
			keep(&f->high_text, s);
	} else if (f->type.type == TYPE_FLOAT) {
		if (!f->has_range || real < f->low_f)
			f->low_f = real;
		if (!f->has_range || real > f->high_f)
			f->high_f = real;
	} else {
		if (!f->has_range || is_below(number, f->low))
			f->low = number;
		if (!f->has_range || is_below(f->high, number))
			f->high = number;
	}
	f->has_range = true;
}

uint8_t profile_shape(struct slice s, char out[PATTERN_KEPT], uint32_t *chars)
{
	uint32_t n = 0, more = 0;
	char last = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char ch = (unsigned char)s.p[i];
		unsigned char lower = ch | 0x20;
		char kind;

		more += (ch & 0xc0) == 0x80;
		kind = (ch >= 0x80 || (lower >= 'a' && lower <= 'z')) ? 'A'
		       : ch >= '0' && ch <= '9'			      ? '9'
								      : (char)ch;
		if (kind != last) {
			if (n < PATTERN_KEPT)
				out[n] = kind;
			n += n < PATTERN_KEPT;
		} else if (n > 0 && out[n - 1] != '+' && (ch & 0xc0) != 0x80) {
			if (n < PATTERN_KEPT)
				out[n] = '+';
			n += n < PATTERN_KEPT;
		}
		last = kind;
	}
	*chars = (uint32_t)(s.n - more);
	return (uint8_t)n;
}

static uint16_t find_pattern(struct profile_col *f, struct slice s, uint32_t *chars)
{
	char text[PATTERN_KEPT];
	uint8_t n = profile_shape(s, text, chars);
	uint64_t hash = XXH3_64bits(text, n);
	int i = 0;

	while (i < f->npatterns && f->pattern[i].hash != hash)
		i++;
	if (i == f->npatterns) {
		if (i == f->patterns_max)
			return 0;
		f->pattern[f->npatterns++] = (struct pattern){ .hash = hash, .n = n };
		memcpy(f->pattern[i].text, text, n);
	}
	return (uint16_t)(i + 1);
}

/* \x and the first bytes in hex: people cannot read them otherwise. */
static struct slice hex_of(struct slice bytes, char tmp[FORMAT_MAX])
{
	static const char digit[] = "0123456789abcdef";
	size_t n = 2;

	tmp[0] = '\\';
	tmp[1] = 'x';
	for (size_t i = 0; i < bytes.n && n + 2 <= FORMAT_MAX; i++) {
		tmp[n++] = digit[(unsigned char)bytes.p[i] >> 4];
		tmp[n++] = digit[(unsigned char)bytes.p[i] & 15];
	}
	return (struct slice){ tmp, n };
}

/* A value that has no slot gets one. */
static void take(struct profile_col *f, const struct column *c, uint32_t row, uint64_t hash)
{
	char tmp[FORMAT_MAX];
	struct slice raw = format_short(c, row, tmp);
	struct slice s = c->type == TYPE_BYTES ? hex_of(raw, tmp) : raw;
	struct seen *v = &f->seen[tops_take(&f->tops, hash)];
	struct decimal number = { 0 };
	double real = 0;

	hll_add(&f->hll, hash);
	v->is_cut = false;
	v->n = keep_text(v->text, s, &v->is_cut);
	v->pattern = 0;
	v->chars = (uint32_t)raw.n;
	v->is_misfit = false;
	v->is_blank = is_text(c->type) &&
		      (c->type == TYPE_BYTES ? raw.n == 0 : parse_trim(s).n == 0);
	if (f->type.type == TYPE_TEXT)
		v->pattern = find_pattern(f, s, &v->chars);
	if (!v->is_blank && c->type == TYPE_TEXT && f->type.type != TYPE_TEXT)
		v->is_misfit = read_text(f, s, &number, &real) != PARSE_OK;
	else
		read_typed(c, row, &number, &real);
	v->number = number;
	if (v->is_misfit && !f->misfit.is_set)
		keep(&f->misfit, s);
	if (v->chars < f->min_chars)
		f->min_chars = v->chars;
	if (v->chars > f->max_chars)
		f->max_chars = v->chars;
	/* What is no number is neither the least nor the greatest. */
	if (!v->is_blank && !v->is_misfit && !isnan(real))
		stretch(f, s, number, real);
}

/* ---- what a value that leaves its slot adds ---------------------------------- */

static void add_up(struct profile_col *f, struct decimal v, int64_t rows)
{
	const __int128 small = (__int128)1 << 62, large = (__int128)1 << 122;
	struct decimal by_rows;

	if (f->has_no_sum)
		return;
	if (v.scale == f->sum.scale && v.coef < small && v.coef > -small &&
	    f->sum.coef < large && f->sum.coef > -large && rows < (INT64_C(1) << 40)) {
		f->sum.coef += v.coef * rows;
		return;
	}
	f->has_no_sum = !decimal_mul(v, decimal_from_int(rows), &by_rows) ||
			!decimal_add(f->sum, by_rows, &f->sum);
}

static void drop(void *ctx, uint32_t slot, const struct top *top)
{
	struct profile_col *f = ctx;
	const struct seen *v = &f->seen[slot];

	if (top->seen == 0)
		return;
	sieve_add(&f->sieve, top->hash, top->seen);
	f->has_repeated |= top->seen > 1;
	f->chars += (int64_t)v->chars * top->seen;
	if (v->pattern > 0)
		f->pattern[v->pattern - 1].rows += top->seen;
	else
		f->other_patterns += top->seen;
	if (v->is_blank) {
		f->empty += top->seen;
	} else if (v->is_misfit) {
		f->misfits += top->seen;
	} else {
		f->values += top->seen;
		if (is_number(f->type.type))
			add_up(f, v->number, top->seen);
	}
}

/* ---- a batch -------------------------------------------------------------------- */

uint64_t profile_hash(const struct column *c, uint32_t row)
{
	struct decimal d;
	char key[24];

	switch (c->type) {
	case TYPE_TEXT:
	case TYPE_BYTES:
	case TYPE_JSON:
	case TYPE_UUID:
		return XXH3_64bits(c->v.text[row].p, c->v.text[row].n);
	case TYPE_DECIMAL:
		d = decimal_strip(c->v.dec[row], 0);
		memcpy(key, &d.coef, 16);
		memset(key + 16, 0, 8);
		memcpy(key + 16, &d.scale, sizeof(d.scale));
		return XXH3_64bits(key, sizeof(key));
	default:
		return XXH3_64bits(&c->v.i64[row], sizeof(int64_t));
	}
}

/* Hashes of the next rows that have a value. */
static uint32_t hash_rows(struct profile_col *f, const struct column *c, const struct batch *b,
			  uint32_t *at, uint64_t *hash, uint32_t *row)
{
	uint32_t end = *at + CHUNK < b->nrows ? *at + CHUNK : b->nrows, n = 0;
	bool is_plain = c->type == TYPE_TEXT;

	for (uint32_t i = *at; i < end; i++) {
		if (b->state[i] != ROW_LIVE)
			continue;
		f->rows++;
		if (c->null[i]) {
			f->nulls++;
			continue;
		}
		hash[n] = is_plain ? XXH3_64bits(c->v.text[i].p, c->v.text[i].n)
				   : profile_hash(c, i);
		row[n++] = i;
	}
	*at = end;
	return n;
}

static void add_column(struct profile_col *f, const struct column *c, const struct batch *b)
{
	uint64_t hash[CHUNK];
	uint32_t row[CHUNK];

	for (uint32_t at = 0; at < b->nrows;) {
		uint32_t n = hash_rows(f, c, b, &at, hash, row);

		for (uint32_t i = 0; i < n; i++)
			if (tops_hit(&f->tops, hash[i]) < 0)
				take(f, c, row[i], hash[i]);
	}
}

static void add_pair(struct profile_pair *pair, const struct batch *b)
{
	const struct column *a = &b->col[pair->a], *c = &b->col[pair->b];

	for (uint32_t i = 0; i < b->nrows; i++) {
		uint64_t both[2];
		uint64_t hash;

		if (b->state[i] != ROW_LIVE)
			continue;
		if (a->null[i] || c->null[i]) {
			pair->has_null = true;
			continue;
		}
		both[0] = profile_hash(a, i);
		both[1] = profile_hash(c, i);
		hash = XXH3_64bits(both, sizeof(both));
		hll_add(&pair->hll, hash);
		sieve_add(&pair->sieve, hash, 1);
	}
}

static void say_unreadable(struct profile *p, const struct batch *b)
{
	for (uint32_t i = 0; i < b->nproblems && p->nsayings < PROFILE_SAYINGS; i++) {
		const struct problem *why = &b->problem[i];
		const struct row_at *at = &b->at[why->row];
		const char *place = at->line > 0
			? arena_printf(p->mem, "%s, line %lld", b->part, (long long)at->line)
			: arena_printf(p->mem, "%s, row %lld", b->part, (long long)at->row);

		p->saying[p->nsayings++] = arena_printf(p->mem, "%s: %s%s%s", place, why->field,
							why->field[0] != '\0' ? " " : "",
							why->reason);
	}
}

enum err_code profile_rows(struct profile *p, struct batch *b, struct err *err)
{
	uint32_t live;

	for (int c = 0; c < b->ncols; c++) {
		enum err_code rc = pgbin_decode(b, c, p->fields->field[c].name, err);

		if (rc != ERR_OK)
			return rc;
	}
	live = batch_count(b, ROW_LIVE);
	p->rows += live;
	p->unreadable += b->nrows - live;
	p->bytes += b->input_bytes;
	if (live < b->nrows)
		say_unreadable(p, b);
	if (p->npairs < 0 && live > 0)
		profile_choose(p, b);
	return ERR_OK;
}

int profile_units(const struct profile *p)
{
	return p->fields->nfields + (p->npairs > 0 ? p->npairs : 0);
}

void profile_unit(struct profile *p, int unit, const struct batch *b)
{
	int n = p->fields->nfields;

	if (unit < n)
		add_column(&p->col[unit], &b->col[unit], b);
	else
		add_pair(&p->pair[unit - n], b);
}
