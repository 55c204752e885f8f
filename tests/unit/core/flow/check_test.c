/*
 * tests/unit/core/flow/check_test.c
 *	Each kind of check: what passes, what fails and with which words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/check.h"
#include "core/flow/decimal.h"
#include "core/flow/parse.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct field fields[] = {
	{ .name = "amount", .type = { .type = TYPE_DECIMAL } },
	{ .name = "name", .type = { .type = TYPE_TEXT } },
	{ .name = "Full Name", .type = { .type = TYPE_TEXT } },
	{ .name = "day", .type = { .type = TYPE_DATE } },
};
static const struct schema schema = { COUNT(fields), fields };

/* Rows of amount, name, full name, day; NULL is null. */
static struct batch *rows_of(const char *const (*cell)[4], uint32_t n, int64_t first_row)
{
	struct batch *b = batch_new(&schema, 0, 8);

	b->nrows = n;
	for (uint32_t i = 0; i < n; i++) {
		b->at[i] = (struct row_at){ .row = first_row + i };
		for (int c = 0; c < 4; c++) {
			const char *v = cell[i][c];
			int64_t day;

			b->col[c].null[i] = v == NULL;
			if (v == NULL)
				continue;
			if (c == 0)
				assert_int_equal(parse_decimal(slice_of(v), &b->col[c].v.dec[i]),
						 PARSE_OK);
			else if (c == 3) {
				assert_int_equal(parse_date(slice_of(v), &day), 0);
				b->col[c].v.i64[i] = day;
			} else
				b->col[c].v.text[i] = slice_of(v);
		}
	}
	return b;
}

static struct check_set *compile(struct arena *mem, const char *rule)
{
	struct err err = { 0 };
	struct check_set *set = NULL;

	if (check_compile(mem, 1, &rule, &schema, &set, &err) != ERR_OK)
		fail_msg("%s: %s", rule, err.frame[0].text);
	return set;
}

static void each_rule_judges_one_row(void **state)
{
	static const char *const row[1][4] = { { "12.50", "Jané", NULL, "2025-02-28" } };
	static const struct {
		const char *rule;
		const char *want;	/* "FIELD|VALUE|RULE|REASON"; NULL: passes */
	} rules[] = {
		{ "amount min 12.5", NULL },
		{ "amount min 13", "amount|12.50|min|is below 13" },
		{ "amount max 12.49", "amount|12.50|max|is above 12.49" },
		{ "amount max 13", NULL },
		{ "day min '2025-03-01'", "day|2025-02-28|min|is below '2025-03-01'" },
		{ "name required", NULL },
		{ "\"Full Name\" required", "Full Name||required|is missing" },
		{ "\"Full Name\" min 'a'", NULL },
		{ "\"Full Name\" pattern 'x'", NULL },
		{ "\"Full Name\" unique", NULL },
		{ "name length 1..4", NULL },
		{ "name length 5..", "name|Jané|length|has 4 characters, not 5 or more" },
		{ "name length ..3", "name|Jané|length|has 4 characters, not 0 to 3" },
		{ "name length 3", "name|Jané|length|has 4 characters, not 3" },
		{ "name pattern '^[A-Z]'", NULL },
		{ "name pattern '^\\d'", "name|Jané|pattern|does not match '^\\d'" },
		{ "name one-of 'Jané', 'Joe'", NULL },
		{ "name one-of 'Joe','Jim'", "name|Jané|one-of|is not one of 'Joe','Jim'" },
		{ "amount one-of 12.5, 3", NULL },
		{ "name type text", NULL },
		{ "name type int", "name|Jané|type|is not an int" },
		{ "amount type smallint", "amount|12.50|type|has digits behind the point; round() it first" },
		{ "amount >= 0", NULL },
		{ "amount >= 20", "amount|12.50|expression: amount >= 20|is not so" },
		{ "amount >= 20 or name = 'x'", "||expression: amount >= 20 or name = 'x'|is not so" },
		{ "\"Full Name\" = 'x'", NULL },
		{ "amount / 0 > 1", "amount|12.50|/|division by zero" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rules); i++) {
		struct arena *mem = arena_new(NULL, "test");
		struct check_set *set = compile(mem, rules[i].rule);
		struct batch *b = rows_of(row, 1, 1);
		struct err err = { 0 };

		assert_int_equal(check_run(set, b, &err), ERR_OK);
		if (rules[i].want == NULL) {
			if (b->nproblems > 0)
				fail_msg("%s: %s", rules[i].rule, b->problem[0].reason);
			assert_int_equal(b->state[0], ROW_LIVE);
		} else {
			const struct problem *p = b->problem;
			const char *got;

			if (b->nproblems != 1)
				fail_msg("%s: %u problems", rules[i].rule, b->nproblems);
			got = arena_printf(mem, "%s|%.*s|%s|%s", p->field, (int)p->value.n,
					   p->value.p, p->rule, p->reason);
			assert_string_equal(got, rules[i].want);
			assert_int_equal(b->state[0], ROW_REJECTED);
		}
		batch_free(b);
		check_free(set);
		arena_free(mem);
	}
}

static void all_failures_of_a_row_are_told(void **state)
{
	static const char *const row[1][4] = { { "-1", "", NULL, "2025-02-28" } };
	const char *rules[] = { "amount min 0", "name required", "name length 2..", "amount > 5" };
	struct arena *mem = arena_new(NULL, "test");
	struct batch *b = rows_of(row, 1, 1);
	struct check_set *set = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(check_compile(mem, 4, rules, &schema, &set, &err), ERR_OK);
	assert_int_equal(check_run(set, b, &err), ERR_OK);
	assert_int_equal(b->nproblems, 4);
	batch_free(b);
	check_free(set);
	arena_free(mem);
}

static void unique_holds_over_batches(void **state)
{
	static const char *const one[3][4] = { { "1", "a", NULL, NULL }, { "1.0", "b", NULL, NULL },
					       { NULL, "c", NULL, NULL } };
	static const char *const two[3][4] = { { "2", "a", NULL, NULL },
					       { "1.00", "b", NULL, NULL },
					       { NULL, "c", NULL, NULL } };
	struct arena *mem = arena_new(NULL, "test");
	struct check_set *set = compile(mem, "amount unique");
	struct batch *b = rows_of(one, 3, 1), *c = rows_of(two, 3, 4);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(check_run(set, b, &err), ERR_OK);
	assert_int_equal(b->nproblems, 1);
	assert_int_equal(b->problem[0].row, 1);
	assert_string_equal(b->problem[0].reason, "is there before, in row 1");
	assert_int_equal(check_run(set, c, &err), ERR_OK);
	assert_int_equal(c->nproblems, 1);
	assert_int_equal(c->problem[0].row, 1);
	batch_free(b);
	batch_free(c);
	check_free(set);
	arena_free(mem);
}

static void unique_counts_a_hundred_thousand(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct check_set *set = compile(mem, "name unique");
	struct batch *b = batch_new(&schema, 0, 2000);
	struct err err = { 0 };
	static char text[2000][16];

	(void)state;
	memset(b->col[0].null, 1, 2000);
	memset(b->col[2].null, 1, 2000);
	memset(b->col[3].null, 1, 2000);
	for (int round = 0; round < 51; round++) {
		batch_reset(b);
		b->nrows = 2000;
		for (uint32_t i = 0; i < 2000; i++) {
			/* The last round repeats the one before. */
			int base = (round == 50 ? 49 : round) * 2000;
			int n = snprintf(text[i], 16, "k%d", base + (int)i);

			b->at[i].row = round * 2000 + (int)i + 1;
			b->col[1].v.text[i] = (struct slice){ text[i], (size_t)n };
		}
		assert_int_equal(check_run(set, b, &err), ERR_OK);
		assert_int_equal(b->nproblems, round == 50 ? 2000 : 0);
	}
	batch_free(b);
	check_free(set);
	arena_free(mem);
}

static int asked;

static enum err_code lookup(void *ctx, const char *stream, const char *field,
			    const struct column *col, uint32_t nrows, uint8_t *found,
			    struct err *err)
{
	assert_string_equal(stream, "crm.customers");
	assert_string_equal(field, "name");
	if (ctx == NULL)
		return err_set(err, ERR_UNREACHABLE, "gone");
	for (uint32_t i = 0; i < nrows; i++, asked++)
		found[i] = slice_is(col->v.text[i], "a") != 0;
	return ERR_OK;
}

static void exists_in_asks_once_a_value(void **state)
{
	static const char *const rows[4][4] = { { "1", "a", NULL, NULL }, { "2", "b", NULL, NULL },
						{ "3", "a", NULL, NULL },
						{ "4", NULL, NULL, NULL } };
	struct arena *mem = arena_new(NULL, "test");
	struct check_set *set = compile(mem, "name exists-in crm.customers(name)");
	struct batch *b = rows_of(rows, 4, 1), *c = rows_of(rows, 4, 5), *d;
	static const char *const other[1][4] = { { "1", "z", NULL, NULL } };
	struct err err = { 0 };

	(void)state;
	assert_true(check_needs_lookup(set));
	assert_int_equal(check_run(set, b, &err), ERR_CONFIG);
	check_set_lookup(set, lookup, mem);
	assert_int_equal(check_run(set, b, &err), ERR_OK);
	assert_int_equal(check_run(set, c, &err), ERR_OK);
	assert_int_equal(asked, 2);
	assert_int_equal(b->nproblems, 1);
	assert_int_equal(c->nproblems, 1);
	assert_string_equal(c->problem[0].reason, "is not in crm.customers(name)");
	check_set_lookup(set, lookup, NULL);
	d = rows_of(other, 1, 9);
	assert_int_equal(check_run(set, d, &err), ERR_UNREACHABLE);
	batch_free(b);
	batch_free(c);
	batch_free(d);
	check_free(set);
	arena_free(mem);
}

static void rules_that_cannot_be_read(void **state)
{
	static const char *const rows[][2] = {
		{ "amunt required", "there is no field amunt" },
		{ "amount required now", "nothing is expected at \"now\"" },
		{ "amount min", "a value is missing at the end" },
		{ "amount min 0 or true", "min takes literal values only" },
		{ "amount min name", "min takes literal values only" },
		{ "name length x", "the length is written N..M, N.., ..M or N" },
		{ "name length 5..3", "the length is written N..M, N.., ..M or N" },
		{ "name pattern abc", "the pattern stands in single quotes" },
		{ "name type frob", "there is no type \"frob\"" },
		{ "name exists-in customers", "exists-in is written exists-in STREAM(FIELD)" },
		{ "amount + 1", "a check must be a condition, this gives decimal" },
		{ "day type int", "a value of type date cannot become int" },
		{ "", "at character 1: a value is missing at the end" },
	};
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct check_set *set = NULL;
		struct err err = { 0 };

		assert_int_equal(check_compile(mem, 1, &rows[i][0], &schema, &set, &err),
				 ERR_CONFIG);
		assert_string_equal(err.frame[0].text, rows[i][1]);
		assert_null(set);
	}
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_judges_one_row),
		cmocka_unit_test(all_failures_of_a_row_are_told),
		cmocka_unit_test(unique_holds_over_batches),
		cmocka_unit_test(unique_counts_a_hundred_thousand),
		cmocka_unit_test(exists_in_asks_once_a_value),
		cmocka_unit_test(rules_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
