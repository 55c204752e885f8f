/*
 * tests/unit/core/flow/infer_test.c
 *	Types guessed from samples, and those that must not be guessed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/datefmt.h"
#include "core/flow/infer.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define VALUES 5

static const struct sample {
	const char *value[VALUES];	/* NULL: an SQL null */
	enum type type;
	const char *native;
} samples[] = {
	{ { "1", "-2", "0", " 3 ", NULL }, TYPE_INT, NULL },
	{ { "1", "", NULL, NULL, NULL }, TYPE_INT, NULL },
	{ { NULL, "", " ", NULL, NULL }, TYPE_TEXT, NULL },
	{ { "007", "12", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "-01", "12", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "+49301234567", NULL, NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "030 1234567", NULL, NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "555-123-4567", NULL, NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "1234567890123456789", "1", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "123456789012345678", "1", NULL, NULL, NULL }, TYPE_INT, NULL },
	{ { "1.5", "2", "0.25", "-3.00", NULL }, TYPE_DECIMAL, NULL },
	{ { "1.5", "x", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "1,5", "2", "1.234,56", NULL, NULL }, TYPE_DECIMAL, "decimal(',.')" },
	{ { "1,234", "2,345", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "1,234", "2,34", NULL, NULL, NULL }, TYPE_DECIMAL, "decimal(',.')" },
	{ { "1,234.56", "1", NULL, NULL, NULL }, TYPE_DECIMAL, "decimal('.,')" },
	{ { "true", "false", NULL, NULL, NULL }, TYPE_BOOL, NULL },
	{ { "Y", "n", NULL, NULL, NULL }, TYPE_BOOL, NULL },
	{ { "NO", "NO", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "NO", "SE", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "0", "1", NULL, NULL, NULL }, TYPE_INT, NULL },
	{ { "2025-02-28", "2024-02-29", NULL, NULL, NULL }, TYPE_DATE, NULL },
	{ { "2025-02-28", "2025-02-29", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "2025-02-28 10:00:00", "2025-02-28T10:00:00.5", NULL, NULL, NULL }, TYPE_TIMESTAMP,
	  NULL },
	{ { "2025-02-28", "2025-02-28 10:00", NULL, NULL, NULL }, TYPE_TIMESTAMP, NULL },
	{ { "2025-02-28T10:00:00Z", "2025-02-28T10:00:00+02:00", NULL, NULL, NULL },
	  TYPE_TIMESTAMPTZ, NULL },
	{ { "2025-02-28T10:00:00Z", "2025-02-28T10:00:00", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "03/04/2025", "05/06/2025", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "13/04/2025", "05/06/2025", NULL, NULL, NULL }, TYPE_DATE, "date('%d/%m/%Y')" },
	{ { "04/13/2025", "05/06/2025", NULL, NULL, NULL }, TYPE_DATE, "date('%m/%d/%Y')" },
	{ { "04/13/2025", "13/04/2025", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "31/02/2025", NULL, NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "03.04.2025", NULL, NULL, NULL, NULL }, TYPE_DATE, "date('%d.%m.%Y')" },
	{ { "28.02.2025 13:45", "01.03.2025 00:00", NULL, NULL, NULL }, TYPE_TIMESTAMP,
	  "timestamp('%d.%m.%Y %H:%M')" },
	{ { "13/04/2025 10:00:00", NULL, NULL, NULL, NULL }, TYPE_TIMESTAMP,
	  "timestamp('%d/%m/%Y %H:%M:%S')" },
	{ { "28 Feb 2025", "1 May 2025", NULL, NULL, NULL }, TYPE_DATE, "date('%d %b %Y')" },
	{ { "1 May 2025", NULL, NULL, NULL, NULL }, TYPE_DATE, "date('%d %b %Y')" },
	{ { "28 February 2025", NULL, NULL, NULL, NULL }, TYPE_DATE, "date('%d %B %Y')" },
	{ { "05/06/07", NULL, NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "13:45", "23:59:59", NULL, NULL, NULL }, TYPE_TIME, NULL },
	{ { "25:00", NULL, NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", NULL, NULL, NULL, NULL }, TYPE_UUID, NULL },
	{ { "d41d8cd98f00b204e9800998ecf8427e", NULL, NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "infinity", NULL, NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "12,50", "-3,1", NULL, NULL, NULL }, TYPE_DECIMAL, "decimal(',.')" },
	{ { "1 234,56", "12,5", NULL, NULL, NULL }, TYPE_DECIMAL, "decimal(', ')" },
	{ { "1\xc2\xa0" "234,56", "7", NULL, NULL, NULL }, TYPE_DECIMAL, "decimal(', ')" },
	{ { "1'234.56", "2", NULL, NULL, NULL }, TYPE_DECIMAL, "decimal('.'')" },
	{ { "1,234,567", "5", NULL, NULL, NULL }, TYPE_INT, "int('.,')" },
	{ { "1.234.567", "5", NULL, NULL, NULL }, TYPE_INT, "int(',.')" },
	{ { "555 123", "444 222", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "(12.50)", "3.10", NULL, NULL, NULL }, TYPE_DECIMAL, "decimal('.,')" },
	{ { "(12)", "(13)", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "12.50-", "3.10", NULL, NULL, NULL }, TYPE_DECIMAL, "decimal('.,')" },
	{ { "12-", "13", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "$12.50", "-$3", NULL, NULL, NULL }, TYPE_DECIMAL, "decimal('.,$')" },
	{ { "12,50 \xe2\x82\xac", "3 \xe2\x82\xac", NULL, NULL, NULL }, TYPE_DECIMAL,
	  "decimal(',.\xe2\x82\xac')" },
	{ { "$12.50", "\xe2\x82\xac" "3", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "$12.50", "3", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "12.5%", "3 %", NULL, NULL, NULL }, TYPE_DECIMAL, "decimal('.,%')" },
	{ { "12.5%", "x", NULL, NULL, NULL }, TYPE_TEXT, NULL },
	{ { "01/31/2025 9:05 AM", "02/28/2025 12:00 PM", NULL, NULL, NULL }, TYPE_TIMESTAMP,
	  "timestamp('%m/%d/%Y %I:%M %p')" },
	{ { "1e5", "2", NULL, NULL, NULL }, TYPE_DECIMAL, NULL },
};

static void samples_decide(void **state)
{
	(void)state;
	for (size_t s = 0; s < COUNT(samples); s++) {
		struct arena *mem = arena_new(NULL, "test");
		struct batch *b = batch_new(NULL, 1, VALUES);
		struct infer *in = infer_new(mem, 1);
		const char *native;
		struct infer_how how;
		struct type_spec t;

		for (uint32_t i = 0; i < VALUES; i++) {
			const char *v = samples[s].value[i];

			b->col[0].null[i] = v == NULL;
			b->col[0].v.text[i] = slice_of(v != NULL ? v : "");
		}
		b->nrows = VALUES;
		infer_batch(in, b);
		t = infer_type(in, 0, &how);
		native = infer_native(mem, &t, &how);
		if (t.type != samples[s].type)
			fail_msg("\"%s\"... is %s, not %s", samples[s].value[0], type_name(t.type),
				 type_name(samples[s].type));
		if ((native == NULL) != (samples[s].native == NULL) ||
		    (native != NULL && strcmp(native, samples[s].native) != 0))
			fail_msg("\"%s\"... has native %s", samples[s].value[0], native);
		batch_free(b);
		arena_free(mem);
	}
}

static void rejected_rows_do_not_count(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct batch *b = batch_new(NULL, 1, 2);
	struct infer *in = infer_new(mem, 1);
	struct infer_how how;

	(void)state;
	b->nrows = 2;
	b->col[0].v.text[0] = SLICE("1");
	b->col[0].v.text[1] = SLICE("x");
	b->state[1] = ROW_REJECTED;
	infer_batch(in, b);
	assert_int_equal(infer_type(in, 0, &how).type, TYPE_INT);
	batch_free(b);
	arena_free(mem);
}

static void widening_holds_both(void **state)
{
	static const struct {
		enum type a, b, want;
	} rows[] = {
		{ TYPE_INT, TYPE_INT, TYPE_INT }, { TYPE_INT, TYPE_DECIMAL, TYPE_DECIMAL },
		{ TYPE_FLOAT, TYPE_INT, TYPE_FLOAT }, { TYPE_DATE, TYPE_TIMESTAMP, TYPE_TIMESTAMP },
		{ TYPE_DATE, TYPE_INT, TYPE_TEXT }, { TYPE_BOOL, TYPE_INT, TYPE_TEXT },
		{ TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ, TYPE_TEXT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct type_spec a = { .type = rows[i].a }, b = { .type = rows[i].b };

		assert_int_equal(infer_widen(a, b).type, rows[i].want);
		assert_int_equal(infer_widen(b, a).type, rows[i].want);
	}
	{
		struct type_spec a = { .type = TYPE_TEXT, .max_chars = 3 };
		struct type_spec b = { .type = TYPE_TEXT, .max_chars = 5 };

		assert_int_equal(infer_widen(a, b).max_chars, 5);
		b.max_chars = 0;
		assert_int_equal(infer_widen(a, b).max_chars, 0);
	}
}

/* What two readings fit stays text, and says so. */
static void doubts_are_named(void **state)
{
	static const struct {
		const char *value[2];
		const char *option;	/* NULL: no doubt */
		const char *reading[2];
		const char *means[2];
	} rows[] = {
		{ { "03/04/2025", "05/06/2025" }, "dates", { "%d/%m/%Y", "%m/%d/%Y" },
		  { "2025-04-03", "2025-03-04" } },
		{ { "03/04/2025", "13/06/2025" }, NULL, { NULL }, { NULL } },
		{ { "03/04/2025", "soon" }, NULL, { NULL }, { NULL } },
		{ { "1,234", "2,345" }, "decimals", { ",.", ".," }, { "1.234", "1234" } },
		{ { "1,234", "2,34" }, NULL, { NULL }, { NULL } },
		{ { "1,234 %", "5 %" }, "decimals", { ",.%", ".,%" }, { "1.234", "1234" } },
		{ { "1,234", "x" }, NULL, { NULL }, { NULL } },
	};

	(void)state;
	for (size_t r = 0; r < COUNT(rows); r++) {
		struct arena *mem = arena_new(NULL, "test");
		struct batch *b = batch_new(NULL, 1, 2);
		struct infer *in = infer_new(mem, 1);
		struct infer_how how;
		const struct field_doubt *d;

		b->nrows = 2;
		for (uint32_t i = 0; i < 2; i++) {
			b->col[0].null[i] = 0;
			b->col[0].v.text[i] = slice_of(rows[r].value[i]);
		}
		infer_batch(in, b);
		infer_type(in, 0, &how);
		d = how.doubt;
		assert_int_equal(d != NULL, rows[r].option != NULL);
		assert_int_equal(infer_is_in_doubt(in), rows[r].option != NULL);
		for (int i = 0; d != NULL && i < 2; i++) {
			assert_string_equal(d->option, rows[r].option);
			assert_int_equal(d->n, 2);
			assert_string_equal(d->reading[i], rows[r].reading[i]);
			assert_string_equal(d->means[i], rows[r].means[i]);
		}
		batch_free(b);
		arena_free(mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_decide),
		cmocka_unit_test(rejected_rows_do_not_count),
		cmocka_unit_test(widening_holds_both),
		cmocka_unit_test(doubts_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
