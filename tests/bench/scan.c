/*
 * tests/bench/scan.c
 *	How fast the CSV scanner is, by itself: MB/s with each kind of instruction.
 *
 *	scan [rows] [seed]      prints one JSON object
 *
 * The rows are made in memory, so that no disk takes part; they are scanned
 * in blocks of the size that the file connector uses, into one batch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/flow/csv.h"

#define BLOCK  (256u * 1024u)
#define ROUNDS 15

struct sample {
	const char *name;
	struct buf text;
	int ncols;
};

static uint64_t seed;

static uint32_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32);
}

/* Twelve columns of a sales export, about 120 bytes a row. */
static void add_sale(struct buf *b, long i, const char *name, const char *quote)
{
	uint32_t r = next_random();

	buf_addf(b, "%ld,2025-%02u-%02u,%sC%07u%s,%s%s %u%s,%u,%u.%02u,%u.%02u,EUR,%s,%u,"
		 "2025-%02u-%02u %02u:%02u:%02u,%snote %u%s\n",
		 i, 1 + r % 12, 1 + r % 28, quote, r % 9999999, quote, quote, name, r % 5000, quote,
		 1 + r % 40, r % 9000, r % 100, r % 90000, r % 100, r % 2 ? "shipped" : "open",
		 r % 100, 1 + r % 12, 1 + r % 28, r % 24, r % 60, r % 60, quote, r, quote);
}

static void make(struct sample *s, const char *name, long rows)
{
	bool is_quoted = strcmp(name, "quoted") == 0;
	bool is_accented = strcmp(name, "accented") == 0;

	*s = (struct sample){ .name = name, .ncols = 12 };
	buf_init(&s->text, (size_t)1 << 32);
	for (long i = 1; i <= rows; i++)
		add_sale(&s->text, i,
			 is_accented ? "M\xc3\xbcller & S\xc3\xb6hne" : "Customer & Sons",
			 is_quoted ? "\"" : "");
}

/* Of this process alone: others on the machine do not count. */
static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds of one core for one pass. */
static double pass(const struct sample *s, enum csv_isa isa, struct batch *b, int64_t *rows)
{
	struct arena *mem = arena_new(NULL, "pass");
	struct csv_shape shape = { .ncols = s->ncols, .promised_by = "the header" };
	struct csv_dialect d = { .delimiter = ',', .quote = '"' };
	struct csv_scan *scan = csv_scan_new(mem, &d, &shape, isa);
	struct csv_place place = { .row = 1, .line = 1 };
	char *block = arena_bytes(mem, BLOCK + CSV_PAD);
	size_t at = 0, have = 0;
	double began = cpu_seconds();

	*rows = 0;
	while (at < s->text.len || have > 0) {
		size_t n = BLOCK - have < s->text.len - at ? BLOCK - have : s->text.len - at;
		size_t used;

		memcpy(block + have, s->text.data + at, n);
		have += n;
		at += n;
		batch_reset(b);
		used = csv_scan_rows(scan, block, have, at == s->text.len, &place, b, b->cap);
		*rows += b->nrows - batch_count(b, ROW_REJECTED);
		memmove(block, block + used, have - used);
		have -= used;
	}
	arena_free(mem);
	return cpu_seconds() - began;
}

static void measure(const struct sample *s, const char *isa_name, enum csv_isa isa, bool is_last)
{
	struct batch *b = batch_new(NULL, s->ncols, BATCH_ROWS);
	double best = 1e9;
	int64_t rows = 0;

	for (int i = 0; i < ROUNDS; i++) {
		double t = pass(s, isa, b, &rows);

		best = t < best ? t : best;
	}
	printf("  {\"sample\": \"%s\", \"isa\": \"%s\", \"rows\": %lld, \"bytes\": %zu, "
	       "\"mb_per_s\": %.0f, \"ns_per_row\": %.1f}%s\n", s->name, isa_name, (long long)rows,
	       s->text.len, (double)s->text.len / best / 1e6, best * 1e9 / (double)rows,
	       is_last ? "" : ",");
	batch_free(b);
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "plain", "quoted", "accented" };
	static const struct {
		const char *name;
		enum csv_isa isa;
	} isas[] = { { "scalar", CSV_SCALAR }, { "sse2", CSV_SSE2 }, { "avx2", CSV_AVX2 } };
	long rows = argc > 1 ? strtol(argv[1], NULL, 10) : 300000;

	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 42;
	printf("[\n");
	for (size_t n = 0; n < 3; n++) {
		struct sample s;

		make(&s, names[n], rows);
		for (size_t i = 0; i < 3; i++)
			measure(&s, isas[i].name, isas[i].isa, n == 2 && i == 2);
		buf_release(&s.text);
	}
	printf("]\n");
	return 0;
}
