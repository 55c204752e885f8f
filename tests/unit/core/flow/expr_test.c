/*
 * tests/unit/core/flow/expr_test.c
 *	Expressions: every example of the manual, operators, nulls, errors, and rubbish.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/expr.h"
#include "core/flow/format.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* One row as a file gives it: texts, with types guessed for some fields. */
static struct field fields[] = {
	{ .name = "id", .type = { .type = TYPE_INT, .bytes = 8 } },
	{ .name = "Order Date", .type = { .type = TYPE_TEXT } },
	{ .name = "amount", .type = { .type = TYPE_TEXT } },
	{ .name = "name", .type = { .type = TYPE_TEXT } },
	{ .name = "day", .type = { .type = TYPE_DATE }, .native = "date('%d/%m/%Y')" },
	{ .name = "price", .type = { .type = TYPE_DECIMAL }, .native = "decimal(',.')" },
	{ .name = "none", .type = { .type = TYPE_TEXT } },
	{ .name = "blank", .type = { .type = TYPE_INT, .bytes = 8 } },
	{ .name = "größe", .type = { .type = TYPE_TEXT } },
	{ .name = "ok", .type = { .type = TYPE_BOOL } },
};
static const char *const cells[] = { "7", "28/02/2025", "12.50", "O'Hara", "13/04/2025", "1.234,56",
				     NULL, " ", "L", "yes" };
static const struct schema schema = { COUNT(fields), fields };

static struct batch *input(void)
{
	struct batch *b = batch_new(NULL, (int)COUNT(fields), 4);

	b->nrows = 1;
	b->at[0] = (struct row_at){ .row = 1 };
	for (size_t i = 0; i < COUNT(fields); i++) {
		b->col[i].null[0] = cells[i] == NULL;
		b->col[i].v.text[0] = slice_of(cells[i] != NULL ? cells[i] : "");
	}
	return b;
}

/* The value as text, "null", or "REASON" of the problem after a '!'. */
static const char *result_of(struct arena *mem, const char *text)
{
	struct batch *in = input(), *out = batch_new(NULL, 1, 4);
	struct err err = { 0 };
	struct expr *e;
	const char *result;

	if (expr_compile(mem, text, &schema, &e, &err) != ERR_OK) {
		result = arena_printf(mem, "?%s", err.frame[0].text);
	} else {
		out->nrows = 1;
		expr_eval(expr_run_new(mem, 4), e, in, out, 0, "target");
		if (out->nproblems > 0)
			result = arena_printf(mem, "!%s", out->problem[0].reason);
		else if (out->col[0].null[0])
			result = "null";
		else {
			struct slice s = format_cell(mem, &out->col[0], 0);

			result = arena_strndup(mem, s.p, s.n);
		}
	}
	batch_free(in);
	batch_free(out);
	return result;
}

static void expect_all(const char *const rows[][2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct arena *mem = arena_new(NULL, "test");
		const char *got = result_of(mem, rows[i][0]);

		if (strcmp(got, rows[i][1]) != 0)
			fail_msg("%s\n  gives %s\n  not   %s", rows[i][0], got, rows[i][1]);
		arena_free(mem);
	}
}

static void each_example_of_the_manual_is_true(void **state)
{
	struct expr_doc f;
	int n = 0;

	(void)state;
	for (; expr_doc_at(n, &f); n++) {
		const char *const row[1][2] = { { f.example, f.result } };

		assert_string_not_equal(f.summary, "");
		assert_int_equal(strncmp(f.signature, f.name, strlen(f.name)), 0);
		expect_all(row, 1);
	}
	assert_true(n >= 40);
}

static void operators_keep_exactness_and_precedence(void **state)
{
	static const char *const rows[][2] = {
		{ "1 + 2 * 3", "7" }, { "(1 + 2) * 3", "9" }, { "0.1 + 0.2", "0.3" },
		{ "7 / 2", "3.5" }, { "7 % 3", "1" }, { "-7 % 3", "-1" }, { "- 3 + 5", "2" },
		{ "2 - -2", "4" }, { "1 - 2 - 3", "-4" }, { "8 / 4 / 2", "1" },
		{ "'a' || 1 + 1", "a2" }, { "1 || 2", "12" }, { "1 < 2 and 2 < 3", "true" },
		{ "not 1 = 2", "true" }, { "not true or true", "true" },
		{ "true or true and false", "true" }, { "(true or true) and false", "false" },
		{ "1 = 1.0", "true" }, { "1 <> 2", "true" }, { "1 != 1", "false" },
		{ "'a' < 'b'", "true" }, { "'10' < 9", "false" }, { "2.50 = 2.5", "true" },
		{ "9223372036854775807 + 1", "!the result is out of range" },
		{ "9223372036854775807 * 2", "!the result is out of range" },
		{ "9223372036854775808 + 1", "9223372036854775809" },
		{ "99999999999999999999999999999999999999 + 1",
			"!the result has more than 38 digits" },
		{ "1 / 0", "!division by zero" }, { "1 % 0", "!division by zero" },
		{ "to_float(1) / 0", "!division by zero" }, { "to_float('1e308') * 10",
		  "!the result is out of range" },
		{ "to_date('2025-02-28') + 1", "2025-03-01" },
			{ "1 + to_date('2025-02-28')", "2025-03-01" },
		{ "to_date('2025-03-01') - to_date('2025-02-01')", "28" },
		{ "to_date('2025-03-01') - 1", "2025-02-28" },
		{ "to_date('infinity') - to_date('2025-02-01')",
			"!infinity has no number of days" },
		{ "to_date('2025-03-01') > '2025-02-28'", "true" },
		{ "to_timestamp('2025-03-01 10:00') > to_date('2025-03-01')", "true" },
		{ "' b ' || 'c' | trim", "b c" }, { "'x' | upper = 'X'", "true" },
		{ "'a,b' | split(',', 2) | upper | concat('!')", "B!" },
		{ "1 in (1, 2)", "true" }, { "3 in (1, 2)", "false" },
			{ "3 not in (1, 2)", "true" },
		{ "3 in (1, null)", "null" }, { "1 in (1, null)", "true" },
			{ "2.0 in (1, 2)", "true" },
		{ "'abc' like 'a%'", "true" }, { "'abc' like '_b_'", "true" },
			{ "'abc' not like '%d'", "true" },
		{ "'é' like '_'", "true" }, { "'50%' like '50\\%'", "true" },
			{ "'abab' like '%ab'", "true" },
		{ "to_text(upper('a' || name)) || to_text(lower('B' || name))", "AO'HARAbo'hara" },
		{ "to_int(id + 1) + to_int(id + 2) * to_int(id + 3)", "98" },
		{ "1e3", "1000" }, { "1.50", "1.50" }, { ".5 + .5", "1.0" },
	};

	(void)state;
	expect_all(rows, COUNT(rows));
}

static void nulls_are_unknown(void **state)
{
	static const char *const rows[][2] = {
		{ "null = null", "null" }, { "null is null", "true" }, { "1 is not null", "true" },
		{ "none is null", "true" }, { "none + 1", "null" }, { "none || 'x'", "null" },
		{ "true and null", "null" }, { "false and null", "false" },
			{ "null and false", "false" },
		{ "true or null", "true" }, { "null or true", "true" }, { "null or false", "null" },
		{ "not null", "null" }, { "none = 'x' or true", "true" }, { "blank", "null" },
		{ "blank is null", "true" }, { "blank = ' '", "null" },
		{ "to_int('')", "null" }, { "coalesce(none, blank, 3)", "3" },
		{ "nullif(amount, '')", "12.50" }, { "nullif(1, null)", "1" },
			{ "if(null, 1, 2)", "2" },
		{ "if(false, 1)", "null" }, { "upper(none)", "null" }, { "concat(none, none)", "" },
		{ "case when none = 1 then 'a' when true then 'b' end", "b" },
		{ "case when false then 'a' end", "null" }, { "hash(null)", "af63bd4c8601b7df" },
	};

	(void)state;
	expect_all(rows, COUNT(rows));
}

static void branches_not_taken_cannot_fail(void **state)
{
	static const char *const rows[][2] = {
		{ "if(id = 7, 0, 1 / 0)", "0" }, { "if(id <> 7, 0, 1 / 0)", "!division by zero" },
		{ "id = 7 or 1 / 0 = 1", "true" }, { "id = 8 and 1 / 0 = 1", "false" },
		{ "coalesce(id, 1 / 0)", "7" },
			{ "case when id = 7 then 1 else to_int('x') end", "1" },
		{ "case when id = 1 then 1 when id = 7 then 2.5 else 3 end", "2.5" },
	};

	(void)state;
	expect_all(rows, COUNT(rows));
}

static void fields_of_files_are_read_as_needed(void **state)
{
	static const char *const rows[][2] = {
		{ "id + 1", "8" }, { "id || '-'", "7-" }, { "amount * 2", "25.00" },
			{ "amount > 12", "true" },
		{ "\"Order Date\" | to_date('%d/%m/%Y')", "2025-02-28" },
		{ "\"order date\" | trim | to_date('%d/%m/%Y')", "2025-02-28" },
		{ "day", "2025-04-13" }, { "day + 1", "2025-04-14" }, { "day || ''", "13/04/2025" },
		{ "day | to_date('%d/%m/%Y')", "2025-04-13" }, { "year(day)", "2025" },
		{ "day | format_date('%F')", "2025-04-13" }, { "day = '2025-04-13'", "true" },
		{ "price", "1234.56" }, { "price * 2", "2469.12" },
			{ "to_decimal(price)", "1234.56" },
		{ "price | to_decimal(',')", "1234.56" }, { "price || '!'", "1.234,56!" },
		{ "name * 2", "!is not a number" }, { "name || '!'", "O'Hara!" },
			{ "name = 'O''Hara'", "true" },
		{ "größe", "L" }, { "\"größe\" || 'x'", "Lx" },
			{ "to_int(amount)", "!has digits behind the point" },
		{ "to_int(name)", "!is not an int" }, { "ok and id = 7", "true" },
			{ "not ok", "false" },
		{ "NAME", "O'Hara" }, { "\"Order Date\"", "28/02/2025" }, { "row_number()", "1" },
		{ "to_date(name)", "!is not a date" },
		{ "to_date(name, '%d/%m/%Y')", "!does not match the date format" },
		{ "to_date('30/02/2025', '%d/%m/%Y')", "!is not in the calendar" },
		{ "to_bool('maybe')", "!is not a boolean" },
	};

	(void)state;
	expect_all(rows, COUNT(rows));
}

static void functions_at_their_edges(void **state)
{
	static const char *const rows[][2] = {
		{ "substr('abc', 0, 2)", "a" }, { "substr('abc', 2)", "bc" },
			{ "substr('abc', 9)", "" },
		{ "substr('äöü', 2, 1)", "ö" },
			{ "substr('abc', 1, -1)", "!is no number of characters" },
		{ "substr('abc', -9223372036854775807, 3)", "" },
		{ "right('äöü', 2)", "öü" }, { "right('abc', 9)", "abc" }, { "left('abc', 0)", "" },
		{ "lpad('abc', 2)", "ab" }, { "lpad('a', 3, 'xy')", "xya" },
			{ "rpad('ä', 3, 'ö')", "äöö" },
		{ "lpad('a', 999999999)", "!is no number of characters" },
			{ "lpad('a', 3, '')", "a" },
		{ "split('a', ',', 2)", "null" }, { "split('a,', ',', 2)", "" },
		{ "split('a', '', 1)", "!the separator is empty" },
		{ "split('a', ',', 0)", "!pieces are counted from 1" },
		{ "replace('aaa', 'a', 'bb')", "bbbbbb" }, { "replace('abc', '', 'x')", "abc" },
		{ "trim('xxaxx', 'x')", "a" }, { "trim('')", "" },
		{ "trim(' \xc2\xa0 x \xc2\xa0')", "x" }, { "ltrim(' x ')", "x " },
		{ "rtrim('\xc2\xa0x \xc2\xa0')", "\xc2\xa0x" }, { "trim('   ')", "" },
		{ "rtrim('   ')", "" }, { "ltrim('   ')", "" }, { "trim('äaä', 'ä')", "a" },
		{ "upper('ß')", "ß" }, { "lower('İ')", "i" }, { "length('')", "0" },
		{ "round(-2.5)", "-3" }, { "round(1250, -2)", "1300" },
			{ "round(1.005, 2)", "1.01" },
		{ "round(to_float('2.675'), 2)", "2.68" }, { "abs(-9223372036854775807 - 1)",
		  "!the result is out of range" },
		{ "floor(to_float('-1.5'))", "-2" }, { "ceil(-1.5)", "-1" },
		{ "regex_match('', '^$')", "true" },
		{ "regex_replace('aaa', 'a', 'bcdefghijklmnopqrstuvwxyz')",
		  "bcdefghijklmnopqrstuvwxyzbcdefghijklmnopqrstuvwxyzbcdefghijklmnopqrstuvwxyz" },
		{ "regex_match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '^(a+)+$')",
		  "!the pattern takes too long on it" },
		{ "date_add('2024-01-31', 1, 'month')", "2024-02-29" },
		{ "date_add('2024-03-31', -1, 'month')", "2024-02-29" },
		{ "date_add('2024-12-31', 2, 'month')", "2025-02-28" },
		{ "date_add('2024-02-29', 1, 'year')", "2025-02-28" },
		{ "date_add('2025-01-01', 36, 'hour')", "2025-01-02 12:00:00" },
		{ "date_add('2025-01-01', 2, 'week')", "2025-01-15" },
		{ "date_add('2025-01-01', 99999999999, 'year')", "!the result is out of range" },
		{ "to_timestamp('1/2/25 3:04 PM', '%d/%m/%y %I:%M %p')", "2025-02-01 15:04:00" },
		{ "to_timestamp('2025-02-28T10:00:00+0200', '%FT%T%z')", "2025-02-28 08:00:00+00" },
		{ "to_timestamp('12:00 AM 1 Jan 70', '%I:%M %p %d %b %y')", "1970-01-01 00:00:00" },
		{ "to_date('28 february 2025', '%d %B %Y')", "2025-02-28" },
		{ "to_date('2025-02-28x', '%F')", "!does not match the date format" },
		{ "format_date(to_timestamp('2025-02-28 15:04:05.5'), '%y%m%d %I%p %f%%')",
			"250228 03PM 500000%" },
		{ "to_decimal('1,234.5', '.')", "1234.5" },
			{ "to_decimal('1 234,5', ', ')", "1234.5" },
		{ "to_decimal('1,5')", "!is not a number" }, { "to_int('99999999999999999999')",
		  "!is out of range for bigint" },
		{ "to_int(2.5)", "!has digits behind the point; round() it first" },
			{ "to_int(true)", "1" },
		{ "to_text(to_date('2025-01-02'))", "2025-01-02" }, { "to_bool(1)", "true" },
		{ "to_bool(2)", "!is neither 0 nor 1" },
		{ "to_date(to_timestamp('2025-01-02 23:00'))", "2025-01-02" },
	};

	(void)state;
	expect_all(rows, COUNT(rows));
}

static void errors_say_where_and_what(void **state)
{
	static const char *const rows[][2] = {
		{ "", "?at character 1: a value is missing at the end" },
		{ "1 +", "?at character 4: a value is missing at the end" },
		{ "amunt", "?at character 1: there is no field amunt" },
		{ "größe + foo", "?at character 9: there is no field foo" },
		{ "trimm(name)", "?at character 1: there is no function trimm" },
		{ "trim()", "?at character 1: trim takes 1 to 2 arguments, not 0" },
		{ "upper('a', 'b')", "?at character 1: upper takes 1 argument, not 2" },
		{ "concat()", "?at character 1: concat takes 1 or more arguments, not 0" },
		{ "'abc", "?at character 1: a text is not closed" },
		{ "\"abc", "?at character 1: a quoted name is not closed" },
		{ "(1", "?at character 3: \")\" is missing at the end" },
		{ "1 2", "?at character 3: an operator or the end is expected, not \"2\"" },
		{ "1 @ 2", "?at character 3: \"@\" means nothing here" },
		{ "true + 1", "?at character 1: this is of type boolean, where decimal is needed" },
		{ "'abc' + 1", "?at character 1: this is not a number" },
		{ "day + 'x'", "?at character 1: this is of type date, where decimal is needed" },
		{ "day = 1", "?at character 7: date and int do not go together" },
		{ "id and true", "?at character 1: this is of type int, where boolean is needed" },
		{ "day > 'tomorrow'", "?at character 7: this is not a date" },
		{ "to_date(name, '%Q')",
		  "?at character 15: the format has a code other than "
		  "%Y %m %d %y %H %M %S %f %b %B %I %p %z %F %T %%" },
		{ "to_date(name, '%d/%m')",
			"?at character 15: the format needs a year, a month and a day" },
		{ "to_date(name, name)", "?at character 15: the format must be a literal text" },
		{ "regex_match(name, '(')",
		  "?at character 19: the pattern cannot be read: missing closing parenthesis at character 2" },
		{ "date_add(day, 1, 'eon')",
		  "?at character 18: the unit is second, minute, hour, day, week, month or year" },
		{ "case 1 end", "?at character 1: there is no field case" },
		{ "case when true then 1", "?at character 22: end is missing at the end" },
		{ "99999999999999999999999999999999999999999",
		  "?at character 1: 99999999999999999999999999999999999999999 has more than 38 digits" },
		{ "name | 1", "?at character 8: a function is expected, not \"1\"" },
		{ "1 in 2", "?at character 6: \"(\" is expected, not \"2\"" },
		{ "\x1b[31m", "?at character 1: \"^[\" means nothing here" },
	};
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };
	struct expr *e;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = result_of(mem, rows[i][0]);

		if (i >= COUNT(rows) - 1 || strstr(rows[i][1], "38 digits") != NULL)
			assert_int_equal(strncmp(got, "?at character 1: ", 17), 0);
		else if (strcmp(got, rows[i][1]) != 0)
			fail_msg("%s\n  gives %s\n  not   %s", rows[i][0], got, rows[i][1]);
	}
	assert_int_equal(expr_compile(mem, "amunt", &schema, &e, &err), ERR_CONFIG);
	assert_string_equal(err.hint, "Did you mean amount?");
	assert_int_equal(expr_compile(mem, "trimm(name)", &schema, &e, &err), ERR_CONFIG);
	assert_string_equal(err.hint, "Did you mean trim?");
	assert_int_equal(expr_compile(mem, "zzzzzzzzz", &schema, &e, &err), ERR_CONFIG);
	assert_string_not_equal(err.hint, "");
	arena_free(mem);
}

/* Also of texts that no longer compile, as of a field that is gone. */
static void names_of_fields_are_found(void **state)
{
	static const char *const yes[] = { "amt", "\"amt\"", "AMT * 2", "upper(amt)", "b || amt | trim",
					   "amt +", "case when amt > 1 then 2 end", "\"amt\" | x" };
	static const char *const no[] = { "", "amount", "'amt'", "amt(1)", "b | amt", "\"amt 2\"" };

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(expr_names(yes[i], "amt"));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(expr_names(no[i], "amt"));
}

static void depth_is_bounded(void **state)
{
	static char text[400000];
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	memset(text, '(', 5000);
	text[5000] = '\0';
	assert_non_null(strstr(result_of(mem, text), "nested deeper than 512"));
	for (size_t i = 0; i < 4000; i++)
		memcpy(text + 2 * i, "1+", 3);
	strncat(text, "1", 2);
	assert_non_null(strstr(result_of(mem, text), "nested deeper than 512"));
	for (size_t i = 0; i < 4000; i++)
		memcpy(text + 2 * i, "- ", 3);
	assert_non_null(strstr(result_of(mem, text), "nested deeper than 512"));
	for (size_t i = 0; i < 400; i++)
		memcpy(text + 2 * i, "1+", 3);
	text[800] = '1';
	text[801] = '\0';
	assert_string_equal(result_of(mem, text), "401");
	arena_free(mem);
}

/* Random tokens: whatever comes out, nothing breaks. */
static void rubbish_never_crashes(void **state)
{
	static const char *const token[] = {
		"id", "amount", "name", "day", "price", "none", "blank", "ok", "\"Order Date\"",
			"'x'", "''",
		"'2025-01-01'", "'%d/%m/%Y'", "0", "1", "2.5", "-1", "1e30", "9223372036854775807",
			"null",
		"true", "false", "+", "-", "*", "/", "%", "||", "|", "=", "<>", "<", ">=", "and",
			"or", "not",
		"is", "in", "like", "(", ")", "(", ")", ",", ",", "case", "when", "then", "else",
			"end",
		"trim(", "substr(", "if(", "coalesce(", "to_int(", "to_date(", "round(",
			"date_add(",
		"replace(", "split(", "lpad(", "hash(", "nullif(", "concat(", "to_decimal(", "abs(",
		"format_date(", "year(", "regex_match(", "\x80", "'", "\"",
	};
	uint64_t seed = 20251121;
	int compiled = 0;
#ifdef LEAT_SANITIZED
	const int rounds = 40000;
#else
	const int rounds = 100000;
#endif

	(void)state;
	for (int round = 0; round < rounds; round++) {
		struct arena *mem = arena_new(NULL, "test");
		char text[512];
		size_t n = 0;
		int ntokens;
		const char *got;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		ntokens = 1 + (int)(seed >> 33) % 12;
		for (int i = 0; i < ntokens; i++) {
			const char *t;

			seed = seed * 6364136223846793005u + 1442695040888963407u;
			t = token[(seed >> 33) % COUNT(token)];
			if (n + strlen(t) + 2 > sizeof(text))
				break;
			memcpy(text + n, t, strlen(t));
			n += strlen(t);
			text[n++] = ' ';
		}
		text[n] = '\0';
		got = result_of(mem, text);
		assert_non_null(got);
		compiled += got[0] != '?';
		arena_free(mem);
	}
	assert_true(compiled > rounds / 100);
}

static void the_page_is_complete(void **state)
{
	struct buf b;
	struct expr_doc f;

	(void)state;
	for (int man = 0; man < 2; man++) {
		buf_init(&b, 1 << 20);
		expr_doc_print(&b, man);
		for (int i = 0; expr_doc_at(i, &f); i++)
			assert_non_null(strstr(buf_str(&b), man ? ".TP" : f.signature));
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_example_of_the_manual_is_true),
		cmocka_unit_test(operators_keep_exactness_and_precedence),
		cmocka_unit_test(nulls_are_unknown),
		cmocka_unit_test(branches_not_taken_cannot_fail),
		cmocka_unit_test(fields_of_files_are_read_as_needed),
		cmocka_unit_test(functions_at_their_edges),
		cmocka_unit_test(errors_say_where_and_what),
		cmocka_unit_test(names_of_fields_are_found),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(rubbish_never_crashes),
		cmocka_unit_test(the_page_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
