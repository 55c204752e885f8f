/*
 * core/flow/expr_funcs.c
 *	The table of functions: what is here exists, is documented and is tested.
 *
 * The manual page leat-expressions(7) and "leat help expressions" are written
 * from it; a unit test evaluates each example and compares the result.
 */
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/flow/expr_node.h"

#define MANY EXPR_ARGS_MAX
#define NEAR_MAX 64	/* names longer than this are not compared */

static const struct expr_func table[] = {
	{ "trim", "trim(text [, characters])",
	  "Without the blanks, or the characters given, at both ends.",
	  "trim('  leat ')", "leat", 1, 2, expr_bind_trim },
	{ "ltrim", "ltrim(text [, characters])", "As trim, at the left end only.",
	  "ltrim('007', '0')", "7", 1, 2, expr_bind_ltrim },
	{ "rtrim", "rtrim(text [, characters])", "As trim, at the right end only.",
	  "rtrim('1.500', '0')", "1.5", 1, 2, expr_bind_rtrim },
	{ "upper", "upper(text)", "In capital letters, in every script.",
	  "upper('straße é')", "STRAßE É", 1, 1, expr_bind_upper },
	{ "lower", "lower(text)", "In small letters, in every script.",
	  "'ÄRGER' | lower", "ärger", 1, 1, expr_bind_lower },
	{ "length", "length(text)", "Number of characters.",
	  "length('naïve')", "5", 1, 1, expr_bind_length },
	{ "concat", "concat(value, ...)",
		"All of them as one text; nulls are left out, unlike with ||.",
	  "concat('a', null, 1)", "a1", 1, MANY, expr_bind_concat },
	{ "replace", "replace(text, what, with)",
		"Every occurrence of one text replaced by another.",
	  "replace('1 234 567', ' ', '')", "1234567", 3, 3, expr_bind_replace },
	{ "regex_match", "regex_match(text, pattern)",
	  "Whether the regular expression (PCRE2) is found in the text. The pattern is a literal.",
	  "regex_match('AB-123', '^[A-Z]+-\\d+$')", "true", 2, 2, expr_bind_regex_match },
	{ "regex_replace", "regex_replace(text, pattern, with)",
	  "Every match replaced; $1, $2 stand for what the groups matched.",
	  "regex_replace('31.12.2025', '(\\d+)\\.(\\d+)\\.(\\d+)', '$3-$2-$1')", "2025-12-31", 3, 3,
	  expr_bind_regex_replace },
	{ "substr", "substr(text, start [, count])",
	  "Characters from number start (the first is 1), to the end or count of them.",
	  "substr('DE89370400', 1, 2)", "DE", 2, 3, expr_bind_substr },
	{ "left", "left(text, count)", "The first characters.",
	  "left('leather', 4)", "leat", 2, 2, expr_bind_left },
	{ "right", "right(text, count)", "The last characters.",
	  "right('AB-123', 3)", "123", 2, 2, expr_bind_right },
	{ "split", "split(text, separator, number)",
	  "One piece of a text, counted from 1; null when there are fewer.",
	  "split('Doe, Jane', ', ', 2)", "Jane", 3, 3, expr_bind_split },
	{ "lpad", "lpad(text, length [, fill])",
	  "Filled at the left to a length in characters, or cut to it.",
	  "lpad(42, 5, '0')", "00042", 2, 3, expr_bind_lpad },
	{ "rpad", "rpad(text, length [, fill])", "As lpad, filled at the right.",
	  "rpad('ab', 4, '.')", "ab..", 2, 3, expr_bind_rpad },
	{ "starts_with", "starts_with(text, what)", "Whether a text begins so.",
	  "starts_with('REF-1', 'REF')", "true", 2, 2, expr_bind_starts_with },
	{ "ends_with", "ends_with(text, what)", "Whether a text ends so.",
	  "ends_with('sales.csv', '.csv')", "true", 2, 2, expr_bind_ends_with },
	{ "contains", "contains(text, what)", "Whether a text holds another.",
	  "contains('abc', 'x')", "false", 2, 2, expr_bind_contains },
	{ "hash", "hash(value, ...)",
	  "16 hexadecimal digits, the same in every release: FNV-1a (64 bits) over the texts with the "
	  "byte 0x1F between them, a null as the byte 0.",
	  "hash('leat')", "24ad72ada201ea3f", 1, MANY, expr_bind_hash },
	{ "round", "round(number [, digits])",
	  "Rounded half away from zero; below 0 digits to tens, hundreds...",
	  "round(2.345, 2)", "2.35", 1, 2, expr_bind_round },
	{ "floor", "floor(number)", "The next whole number below.",
	  "floor(-1.5)", "-2", 1, 1, expr_bind_floor },
	{ "ceil", "ceil(number)", "The next whole number above.",
	  "ceil(1.2)", "2", 1, 1, expr_bind_ceil },
	{ "abs", "abs(number)", "Without its sign.", "abs(-3.50)", "3.50", 1, 1, expr_bind_abs },
	{ "to_int", "to_int(value)", "A whole number; a fraction other than zeros is a problem.",
	  "to_int(' 12.00 ')", "12", 1, 1, expr_bind_to_int },
	{ "to_decimal", "to_decimal(value [, marks])",
	  "An exact number of up to 38 digits. Marks are the decimal point and what stands between "
	  "thousands: ',.' for 1.234,56; ',' alone allows points there, '.' commas.",
	  "to_decimal('1.234,56', ',')", "1234.56", 1, 2, expr_bind_to_decimal },
	{ "to_float", "to_float(value)", "A binary floating-point number.",
	  "to_float('1e3')", "1000", 1, 1, expr_bind_to_float },
	{ "to_bool", "to_bool(value)",
		"From true/false, t/f, yes/no, y/n, on/off, 1/0 in any case.",
	  "to_bool('Yes')", "true", 1, 1, expr_bind_to_bool },
	{ "to_text", "to_text(value)", "As text; dates are written in ISO 8601.",
	  "to_text(1.50)", "1.50", 1, 1, expr_bind_to_text },
	{ "to_date", "to_date(value [, format])",
	  "A date: ISO, or in the format given. Of a timestamp the time is dropped.",
	  "'28/02/2025' | to_date('%d/%m/%Y')", "2025-02-28", 1, 2, expr_bind_to_date },
	{ "to_timestamp", "to_timestamp(value [, format [, zone]])",
	  "A moment: ISO, or in the format given. With a zone ('+02:00'), or %z in the format, it is a "
	  "timestamptz.",
	  "to_timestamp('28.02.2025 13:45', '%d.%m.%Y %H:%M', '+01:00')", "2025-02-28 12:45:00+00",
		1, 3,
	  expr_bind_to_timestamp },
	{ "format_date", "format_date(date, format)", "A date or moment (in UTC) as text.",
	  "format_date('2025-02-28', '%d %b %Y')", "28 Feb 2025", 2, 2, expr_bind_format_date },
	{ "now", "now()", "The moment the load began, the same for every row.",
	  "now() > '2025-01-01'", "true", 0, 0, expr_bind_now },
	{ "year", "year(date)", "Its year.", "year('2025-02-28')", "2025", 1, 1, expr_bind_year },
	{ "month", "month(date)", "Its month, 1 to 12.", "month('2025-02-28')", "2", 1, 1,
	  expr_bind_month },
	{ "day", "day(date)", "Its day of the month.", "day('2025-02-28')", "28", 1, 1,
		expr_bind_day },
	{ "date_add", "date_add(date, count, unit)",
	  "Moved by a number of 'second', 'minute', 'hour', 'day', 'week', 'month' or 'year'; the last "
	  "day of a month stays inside it.",
	  "date_add('2025-01-31', 1, 'month')", "2025-02-28", 3, 3, expr_bind_date_add },
	{ "coalesce", "coalesce(value, ...)", "The first value that is not null.",
	  "coalesce(null, 'none')", "none", 1, MANY, expr_bind_coalesce },
	{ "nullif", "nullif(value, other)", "Null when both are equal, else the value.",
	  "nullif('n/a', 'n/a')", "null", 2, 2, expr_bind_nullif },
	{ "if", "if(condition, value [, otherwise])",
	  "One of two values; only the one that is taken is computed.",
	  "if(2 > 1, 'more', 'less')", "more", 2, 3, expr_bind_if },
	{ "row_number", "row_number()", "Number of the row in its source, from 1.",
	  "row_number()", "1", 0, 0, expr_bind_row_number },
	{ 0 },
};

bool expr_doc_at(int i, struct expr_doc *out)
{
	if (i < 0 || (size_t)i >= sizeof(table) / sizeof(table[0]) - 1)
		return false;
	*out = (struct expr_doc){ table[i].name, table[i].signature, table[i].summary,
				  table[i].example, table[i].result };
	return true;
}

const struct expr_func *expr_func_find(struct slice name)
{
	for (const struct expr_func *f = table; f->name != NULL; f++)
		if (strlen(f->name) == name.n && strncasecmp(f->name, name.p, name.n) == 0)
			return f;
	return NULL;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Letters to add, drop or change to make b of a. */
static size_t distance(struct slice a, struct slice b)
{
	size_t row[NEAR_MAX + 1];

	if (a.n > NEAR_MAX || b.n > NEAR_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t before = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t was = row[j];

			row[j] = least_of(before + (lower(a.p[i - 1]) != lower(b.p[j - 1])),
					  row[j] + 1,
					  row[j - 1] + 1);
			before = was;
		}
	}
	return row[b.n];
}

static void consider(struct slice want, const char *name, size_t *best, const char **out)
{
	size_t d = distance(want, slice_of(name));

	if (d < *best) {
		*best = d;
		*out = name;
	}
}

const char *expr_nearest(const struct compiler *c, struct slice name, bool is_call)
{
	/* A third of the letters may be wrong, and one more. */
	size_t best = name.n / 3 + 2;
	const char *out = NULL;

	if (is_call) {
		for (const struct expr_func *f = table; f->name != NULL; f++)
			consider(name, f->name, &best, &out);
		return out;
	}
	for (int i = 0; i < c->in->nfields; i++)
		consider(name, c->in->field[i].name, &best, &out);
	return out;
}
