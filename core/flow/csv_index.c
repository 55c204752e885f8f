/*
 * core/flow/csv_index.c
 *	Blocks of 64 bytes to bit masks, and masks to offsets.
 */
#include "core/flow/csv_index.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))
#endif

#define INLINE static inline __attribute__((always_inline))

typedef void (*masks_fn)(const struct csv_index *x, const char *p, size_t nblocks,
			 struct csv_masks *out);

INLINE uint64_t prefix_xor(uint64_t v)
{
	for (int shift = 1; shift < 64; shift *= 2)
		v ^= v << shift;
	return v;
}

static void masks_scalar(const struct csv_index *x, const char *p, size_t nblocks,
			 struct csv_masks *out)
{
	for (size_t b = 0; b < nblocks; b++, p += CSV_BLOCK) {
		struct csv_masks m = { 0 };

		for (unsigned i = 0; i < CSV_BLOCK; i++) {
			m.quote |= (uint64_t)(p[i] == x->quote) << i;
			m.delimiter |= (uint64_t)(p[i] == x->delimiter) << i;
			m.lf |= (uint64_t)(p[i] == '\n') << i;
			m.cr |= (uint64_t)(p[i] == '\r') << i;
			m.escape |= (uint64_t)(p[i] == x->escape) << i;
			m.dirty |= (uint64_t)((signed char)p[i] <= 0) << i;
		}
		if (x->quote == 0)
			m.quote = 0;
		if (x->escape == 0)
			m.escape = 0;
		m.inside = prefix_xor(m.quote);
		out[b] = m;
	}
}

#if defined(__x86_64__)
struct block_sse2 {
	__m128i v[4];
};

INLINE uint64_t equal_sse2(const struct block_sse2 *b, __m128i c)
{
	uint64_t bits = 0;

	for (int i = 0; i < 4; i++)
		bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(b->v[i], c))
			<< (16 * i);
	return bits;
}

INLINE uint64_t dirty_sse2(const struct block_sse2 *b)
{
	uint64_t clean = 0;

	for (int i = 0; i < 4; i++)
		clean |= (uint64_t)(uint32_t)_mm_movemask_epi8(
				 _mm_cmpgt_epi8(b->v[i], _mm_setzero_si128())) << (16 * i);
	return ~clean;
}

static void masks_sse2(const struct csv_index *x, const char *p, size_t nblocks,
		       struct csv_masks *out)
{
	const __m128i quote = _mm_set1_epi8(x->quote), delimiter = _mm_set1_epi8(x->delimiter);
	const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
	const __m128i escape = _mm_set1_epi8(x->escape);
	const uint64_t has_quote = x->quote != 0 ? ~0ull : 0;
	const uint64_t has_escape = x->escape != 0 ? ~0ull : 0;

	for (size_t b = 0; b < nblocks; b++, p += CSV_BLOCK) {
		struct block_sse2 blk;

		for (int i = 0; i < 4; i++)
			blk.v[i] = _mm_loadu_si128((const void *)(p + 16 * i));
		out[b].quote = equal_sse2(&blk, quote) & has_quote;
		out[b].inside = prefix_xor(out[b].quote);
		out[b].delimiter = equal_sse2(&blk, delimiter);
		out[b].lf = equal_sse2(&blk, lf);
		out[b].cr = equal_sse2(&blk, cr);
		out[b].escape = has_escape ? equal_sse2(&blk, escape) : 0;
		out[b].dirty = dirty_sse2(&blk);
	}
}

TARGET_AVX2 static inline uint64_t equal_avx2(__m256i lo, __m256i hi, __m256i c)
{
	uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(lo, c));
	uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(hi, c));

	return a | (uint64_t)b << 32;
}

TARGET_AVX2 static inline uint64_t dirty_avx2(__m256i lo, __m256i hi)
{
	const __m256i zero = _mm256_setzero_si256();
	uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(lo, zero));
	uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(hi, zero));

	return ~(a | (uint64_t)b << 32);
}

/* A carry-less product with all ones is the running exclusive or. */
TARGET_AVX2 static inline uint64_t prefix_xor_clmul(uint64_t v)
{
	__m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)v),
					       _mm_set1_epi8((char)0xff), 0);

	return (uint64_t)_mm_cvtsi128_si64(product);
}

TARGET_AVX2 static void masks_avx2(const struct csv_index *x, const char *p, size_t nblocks,
				   struct csv_masks *out)
{
	const __m256i quote = _mm256_set1_epi8(x->quote);
	const __m256i delimiter = _mm256_set1_epi8(x->delimiter);
	const __m256i lf = _mm256_set1_epi8('\n'), cr = _mm256_set1_epi8('\r');
	const __m256i escape = _mm256_set1_epi8(x->escape);
	const uint64_t has_quote = x->quote != 0 ? ~0ull : 0;
	const uint64_t has_escape = x->escape != 0 ? ~0ull : 0;

	for (size_t b = 0; b < nblocks; b++, p += CSV_BLOCK) {
		__m256i lo = _mm256_loadu_si256((const void *)p);
		__m256i hi = _mm256_loadu_si256((const void *)(p + 32));

		out[b].quote = equal_avx2(lo, hi, quote) & has_quote;
		out[b].inside = prefix_xor_clmul(out[b].quote);
		out[b].delimiter = equal_avx2(lo, hi, delimiter);
		out[b].lf = equal_avx2(lo, hi, lf);
		out[b].cr = equal_avx2(lo, hi, cr);
		out[b].escape = has_escape ? equal_avx2(lo, hi, escape) : 0;
		out[b].dirty = dirty_avx2(lo, hi);
	}
}
#endif

/* Bytes behind the data have no meaning. */
INLINE void cut_masks(struct csv_masks *m, uint64_t valid)
{
	m->quote &= valid;
	m->delimiter &= valid;
	m->lf &= valid;
	m->cr &= valid;
	m->escape &= valid;
	m->dirty &= valid;
}

/*
 * Offsets of the set bits. Eight are written whether or not they are there:
 * one wrong guess of the loop's length costs more than a few stores. The
 * lists have room for a block more than they hold.
 */
INLINE void add_bits(struct csv_list *list, uint32_t base, uint64_t bits)
{
	uint32_t *to = list->at + list->n;
	int left = __builtin_popcountll(bits);

	list->n += (uint32_t)left;
	while (left > 0) {
		for (int i = 0; i < 8; i++) {
			/* The top bit keeps ctz defined when none is left. */
			to[i] = base + (uint32_t)__builtin_ctzll(bits | 1ull << 63);
			bits &= bits - 1;
		}
		to += 8;
		left -= 8;
	}
}

INLINE void add_few(struct csv_list *list, uint32_t base, uint64_t bits)
{
	for (; bits != 0; bits &= bits - 1)
		list->at[list->n++] = base + (uint32_t)__builtin_ctzll(bits);
}

/* false: quotes in this block do not stand where they should. */
INLINE bool take_block(struct csv_index *x, const struct csv_masks *m, uint32_t base,
		       uint64_t valid)
{
	uint64_t in = m->inside ^ x->inside;
	uint64_t lf = m->lf & ~(m->cr << 1 | x->after_cr);
	uint64_t ends = lf | m->cr;
	/* All line end bytes here: the LF of a CRLF also stands between cells. */
	uint64_t border = m->delimiter | m->lf | m->cr | m->quote;
	uint64_t opens = m->quote & in, closes = m->quote & ~in;
	uint64_t behind = closes << 1 | x->closed;
	uint64_t odd = (opens & ~(border << 1 | x->may_open)) | (behind & ~border) | m->escape;
	uint64_t marks = (m->delimiter | ends) & ~in;
	uint64_t good = ~0ull;

	odd &= valid;
	if (odd != 0)
		good = (odd & -odd) - 1;
	ends &= good;
	marks &= good;
	for (uint64_t e = ends & ~in; e != 0; e &= e - 1)
		x->end.at[x->end.n++] = x->mark.n +
			(uint32_t)__builtin_popcountll(marks & ((e & -e) - 1));
	add_bits(&x->mark, base, marks);
	if ((ends & in) != 0)
		add_few(&x->brk, base, ends & in);
	x->dirty.at[x->dirty.n] = base;
	x->dirty.n += m->dirty != 0;
	x->has_doubled |= (behind & opens) != 0;
	x->inside = 0 - (in >> 63);
	x->may_open = border >> 63;
	x->closed = closes >> 63;
	x->after_cr = m->cr >> 63;
	return odd == 0;
}

INLINE void step_with(struct csv_index *x, const char *data, size_t n, masks_fn masks_of)
{
	struct csv_masks *m = x->mask;
	size_t left = n - x->at < CSV_WINDOW ? n - x->at : CSV_WINDOW;
	size_t nblocks = (left + CSV_BLOCK - 1) / CSV_BLOCK;

	masks_of(x, data + x->at, nblocks, m);
	for (size_t b = 0; b < nblocks; b++) {
		size_t rest = left - b * CSV_BLOCK;
		uint64_t valid = rest >= CSV_BLOCK ? ~0ull : (1ull << rest) - 1;

		if (rest < CSV_BLOCK)
			cut_masks(&m[b], valid);
		if (!take_block(x, &m[b], (uint32_t)(x->at + b * CSV_BLOCK), valid)) {
			x->is_odd = true;
			return;
		}
	}
	x->at += left;
}

static void step_scalar(struct csv_index *x, const char *data, size_t n)
{
	step_with(x, data, n, masks_scalar);
}

#if defined(__x86_64__)
static void step_sse2(struct csv_index *x, const char *data, size_t n)
{
	step_with(x, data, n, masks_sse2);
}

TARGET_AVX2 static void step_avx2(struct csv_index *x, const char *data, size_t n)
{
	step_with(x, data, n, masks_avx2);
}
#endif

enum csv_isa csv_isa_pick(enum csv_isa isa)
{
#if defined(__x86_64__)
	bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
			__builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul");

	if (isa == CSV_BEST)
		isa = CSV_AVX2;
	if (isa == CSV_AVX2 && !has_avx2)
		isa = CSV_SSE2;
	return isa;
#else
	(void)isa;
	return CSV_SCALAR;
#endif
}

void csv_index_init(struct csv_index *x, const struct csv_dialect *d, enum csv_isa isa)
{
	*x = (struct csv_index){
		.delimiter = d->delimiter,
		.quote = d->quote,
		.escape = d->escape == d->quote ? 0 : d->escape,
		.step = step_scalar,
	};
#if defined(__x86_64__)
	isa = csv_isa_pick(isa);
	if (isa == CSV_AVX2)
		x->step = step_avx2;
	else if (isa == CSV_SSE2)
		x->step = step_sse2;
#else
	(void)isa;
#endif
}

void csv_index_start(struct csv_index *x, size_t at)
{
	x->mark.n = x->end.n = x->brk.n = x->dirty.n = 0;
	x->has_doubled = x->is_odd = false;
	x->at = at;
	x->inside = 0;
	x->may_open = 1;
	x->closed = 0;
	x->after_cr = 0;
}
