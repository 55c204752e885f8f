/*
 * tests/fuzz/xlsx_fuzz.c
 *	Any bytes as a sheet, as its texts, as a number format and as a number.
 *
 * Links: core/flow/xlsx*.c core/flow/xml.c core/flow/parse*.c core/flow/decimal.c
 *	core/flow/format.c core/flow/batch.c core/io/zip*.c core/io/input.c core/io/digest.c
 *	core/base/arena.c core/base/buf.c core/base/err.c core/base/text.c core/base/fault.c
 *	-lxlsxwriter -lz -lzstd -lxxhash -ljansson -lm
 * Length: 4096
 * The first byte says how many bytes a read gives: pieces must not change the cells.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/xlsx_sheet.h"
#include "tests/lib/pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void scan(struct buf *out, const char *p, size_t n, size_t step)
{
	static uint8_t styles[] = { XLSX_NUMBER, XLSX_DATE, XLSX_DATETIME, XLSX_TIME,
		XLSX_DURATION };
	struct arena *mem = arena_new(NULL, "fuzz");
	/* The texts are the same bytes: some of them look like both. */
	struct pieces sheet = { p, n, step }, texts = { p, n, step };
	struct xlsx_book book = { .name = "f", .nstyles = 5, .style = styles };
	struct xml *in_texts = xml_new(mem, "t", pieces_give, &texts);
	struct xml *in_sheet = xml_new(mem, "s", pieces_give, &sheet);
	struct xlsx_strings *strings = xlsx_strings_held(mem, "f", in_texts, 256);
	struct xlsx_sheet *s = xlsx_sheet_new(mem, &book, strings, "f", in_sheet);
	enum xlsx_event event = XLSX_ROW;
	struct xlsx_merge *merges;
	struct err err;
	int nmerges;

	while (xlsx_sheet_next(s, &event, &err) == ERR_OK && event != XLSX_SHEET_END) {
		buf_addf(out, "%d %ld %d %d|", event, s->row, s->cell.column, s->cell.kind);
		if (event == XLSX_CELL)
			buf_add(out, s->cell.text.p, s->cell.text.n);
	}
	if (event == XLSX_SHEET_END &&
	    xlsx_sheet_merges(mem, s, &merges, &nmerges, &err) == ERR_OK)
		buf_addf(out, "%d merges", nmerges);
	arena_free(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const char *p = (const char *)bytes + 1;
	char number[XLSX_VALUE_MAX];
	struct buf pieces, whole;
	const char *why;

	if (n < 2)
		return 0;
	buf_init(&pieces, 1 << 24);
	buf_init(&whole, 1 << 24);
	scan(&pieces, p, n - 1, (size_t)bytes[0] % 64 + 1);
	scan(&whole, p, n - 1, n);
	if (whole.len != pieces.len ||
	    (whole.len > 0 && memcmp(whole.data, pieces.data, whole.len) != 0))
		abort();
	buf_release(&pieces);
	buf_release(&whole);
	xlsx_style_of_code((struct slice){ p, n - 1 });
	xlsx_number((struct slice){ p, n - 1 }, number);
	for (int i = 0; i < 5; i++)
		xlsx_moment((struct slice){ p, n - 1 }, (enum xlsx_style)i, bytes[0] & 1,
			number, &why);
	return 0;
}
