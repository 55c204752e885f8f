/*
 * tests/fuzz/csv_fuzz.c
 *	Any bytes through each scanner, JSON, fixed width and recognition; CSV scanners must agree.
 *
 * Links: core/flow/csv*.c core/flow/json*.c core/flow/batch.c core/flow/datefmt.c
 *	core/flow/decimal.c core/flow/detect*.c core/flow/fixed.c core/flow/format.c
 *	core/flow/number.c core/flow/parse*.c core/io/charset.c core/base/arena.c
 *	core/base/buf.c core/base/err.c core/base/text.c -ljansson -lm
 * Length: 4096
 * The first byte chooses the dialect and the number of columns.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/csv.h"
#include "core/flow/datefmt.h"
#include "core/flow/detect.h"
#include "core/flow/fixed.h"
#include "core/flow/jsondoc.h"
#include "core/flow/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char *const names[] = { "a", "b", "c", "d" };

static void tell(struct buf *out, const struct batch *b)
{
	for (uint32_t i = 0; i < b->nrows; i++) {
		buf_addf(out, "%lld %lld %d", (long long)b->at[i].line, (long long)b->at[i].offset,
			 b->state[i]);
		for (int c = 0; c < b->ncols; c++) {
			buf_addf(out, "|%d", b->col[c].null[i]);
			if (!b->col[c].null[i])
				buf_add(out, b->col[c].v.text[i].p, b->col[c].v.text[i].n);
		}
	}
}

static void scan(struct buf *out, const struct csv_dialect *d, int ncols, enum csv_isa isa,
		 const char *data, size_t n)
{
	struct arena *mem = arena_new(NULL, "fuzz");
	struct csv_shape shape = { .ncols = ncols, .name = names, .promised_by = "the header" };
	struct csv_scan *s = csv_scan_new(mem, d, &shape, isa);
	struct csv_place place = { .row = 1, .line = 1 };
	struct batch *b = batch_new(NULL, ncols, 16);

	for (size_t at = 0; at < n;) {
		batch_reset(b);
		place.offset = (int64_t)at;
		at += csv_scan_rows(s, data + at, n - at, true, &place, b, 16);
		tell(out, b);
	}
	batch_free(b);
	arena_free(mem);
}

static void look(const char *data, size_t n)
{
	struct arena *mem = arena_new(NULL, "fuzz");
	struct detect_set set = { .quote = '"' };
	struct detection found;
	struct err err = { 0 };

	if (detect_charset(data, n, true, &set, &found, &err) == ERR_OK)
	{
		detect_format(mem, data, n, true, &set, &found);
		detect_footer(mem, data + found.skip_bytes, n - found.skip_bytes, true, &set,
			      &found);
	}
	arena_free(mem);
}

/* Fixed width with columns found in the data, and a document cut at a place of its own. */
static void read_more(const char *data, size_t n)
{
	struct arena *mem = arena_new(NULL, "fuzz");
	struct jsonl *rows = jsonl_new(mem, 4, names, true);
	struct jsondoc *doc = jsondoc_new(mem, rows, n % 2 == 0 ? "" : "/a");
	struct csv_place place = { .row = 1, .line = 1 };
	struct batch *b = batch_new(NULL, 4, 4096);
	const char *at[JSONDOC_PLACES_MAX], **found, *why;
	size_t used, cut = n / 2;
	struct number_marks marks;
	struct decimal d;
	struct fixed f;
	int lines;

	jsonl_set(rows, true, true);
	jsondoc_places(mem, data, n, at);
	jsondoc_fields(mem, data, n, "", true, &found);
	used = jsondoc_scan_rows(doc, data, cut, false, &place, b, 4096);
	batch_reset(b);
	jsondoc_scan_rows(doc, data + used, n - used, true, &place, b, 4096);
	if (fixed_find(mem, data, n, true, &f, &lines)) {
		f.n = f.n < 4 ? f.n : 4;
		f.in_bytes = n % 3 == 0;
		batch_reset(b);
		fixed_scan_rows(&f, NULL, data, n, true, &place, b, 4096);
	}
	if (number_marks_read(mem, arena_strndup(mem, data, n < 9 ? n : 9), &marks))
		(void)number_parse((struct slice){ data, n }, &marks, &d);
	(void)number_affix((struct slice){ data, n });
	(void)datefmt_compile(mem, (struct slice){ data, n < 30 ? n : 30 }, &why);
	batch_free(b);
	arena_free(mem);
}

static void read_json(const char *data, size_t n)
{
	struct arena *mem = arena_new(NULL, "fuzz");
	struct jsonl *j = jsonl_new(mem, 4, names, false);
	struct csv_place place = { .row = 1, .line = 1 };
	struct batch *b = batch_new(NULL, 4, 4096);
	const char **found;

	jsonl_fields(mem, data, n, true, &found);
	jsonl_scan_rows(j, data, n, true, &place, b, 4096);
	batch_free(b);
	arena_free(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const enum csv_isa isas[] = { CSV_SCALAR, CSV_SSE2, CSV_AVX2 };
	struct csv_dialect d = { .delimiter = ',', .quote = '"' };
	struct buf out[3];
	char *data;

	if (n < 2)
		return 0;
	if (bytes[0] & 4)
		d.quote = 0;
	if (bytes[0] & 8)
		d.escape = '\\';
	n--;
	data = mem_alloc(n + CSV_PAD);
	memcpy(data, bytes + 1, n);
	memset(data + n, '"', CSV_PAD);
	for (int i = 0; i < 3; i++) {
		buf_init(&out[i], 1 << 24);
		scan(&out[i], &d, 1 + (bytes[0] & 3), isas[i], data, n);
		if (out[i].len != out[0].len ||
		    memcmp(buf_str(&out[i]), buf_str(&out[0]), out[0].len) != 0)
			abort();
	}
	for (int i = 0; i < 3; i++)
		buf_release(&out[i]);
	look(data, n);
	read_more(data, n);
	read_json(data, n);
	free(data);
	return 0;
}
