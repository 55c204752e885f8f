/*
 * tests/fuzz/expr_fuzz.c
 *	Any text as a mapping expression: refused at a character, or each row gives a value or a
 *	reason.
 *
 * Links: core/flow/expr*.c core/flow/batch.c core/flow/datefmt.c core/flow/decimal.c
 *	core/flow/format.c core/flow/infer.c core/flow/number.c core/flow/parse*.c
 *	core/flow/pgbin*.c core/flow/types.c
 *	core/base/arena.c core/base/buf.c core/base/clock.c core/base/err.c
 *	core/base/nearest.c core/base/text.c -lpcre2-8 -lxxhash -ljansson -lm
 * Length: 300
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/expr.h"
#include "core/flow/format.h"

#define ROWS 4

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct field fields[] = {
	{ .name = "id", .type = { .type = TYPE_INT, .bytes = 8 } },
	{ .name = "a", .type = { .type = TYPE_TEXT } },
	{ .name = "b", .type = { .type = TYPE_TEXT } },
	{ .name = "day", .type = { .type = TYPE_DATE }, .native = "date('%d/%m/%Y')" },
	{ .name = "price", .type = { .type = TYPE_DECIMAL }, .native = "decimal(',.')" },
	{ .name = "ok", .type = { .type = TYPE_BOOL } },
};
#define NFIELDS ((int)(sizeof(fields) / sizeof(fields[0])))

static const char *const cells[ROWS][NFIELDS] = {
	{ "7", "28/02/2025", "12.50", "13/04/2025", "1.234,56", "yes" },
	{ "-9223372036854775808", "O'Hara", "gr\xc3\xb6\xc3\x9f" "e", "31/12/9999", "-0,1", "no" },
	{ "x", " ", "", "32/13/2025", "many", "perhaps" },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

static void fill(struct batch *b)
{
	b->nrows = ROWS;
	for (int r = 0; r < ROWS; r++) {
		b->at[r] = (struct row_at){ .row = r + 1 };
		for (int c = 0; c < NFIELDS; c++) {
			b->col[c].null[r] = cells[r][c] == NULL;
			b->col[c].v.text[r] = slice_of(cells[r][c] != NULL ? cells[r][c] : "");
		}
	}
}

static void run(struct arena *mem, const struct expr *e)
{
	struct batch *in = batch_new(NULL, NFIELDS, ROWS), *out = batch_new(NULL, 1, ROWS);

	fill(in);
	out->nrows = ROWS;
	expr_eval(expr_run_new(mem, ROWS), e, in, out, 0, "target");
	for (uint32_t i = 0; i < out->nproblems; i++)
		if (out->problem[i].reason == NULL || out->problem[i].reason[0] == '\0')
			abort();
	/* A cell without a value has a reason, or is null because it was meant to be. */
	for (uint32_t r = 0; r < ROWS; r++)
		if (out->state[r] == ROW_LIVE && !out->col[0].null[r])
			(void)format_cell(mem, &out->col[0], r);
	batch_free(in);
	batch_free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct schema in = { NFIELDS, fields };
	struct arena *mem = arena_new(NULL, "fuzz");
	char *text = arena_strndup(mem, (const char *)bytes, n);
	struct err err = { 0 };
	struct expr *e;

	if (expr_compile(mem, text, &in, &e, &err) == ERR_OK)
		run(mem, e);
	else if (err.code != ERR_CONFIG || err.frame[0].text[0] == '\0' ||
		 expr_error_at(&err) < 0 || (size_t)expr_error_at(&err) > strlen(text) + 1)
		abort();
	arena_free(mem);
	return 0;
}
