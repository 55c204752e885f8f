/*
 * core/flow/expr_doc.c
 *	The page on expressions, as plain text and as a manual page.
 */
#include <string.h>

#include "core/flow/expr.h"

/* A paragraph each; a heading stands alone with '#' before it. */
static const char *const page[] = {
	"#Writing",
	"An expression makes one value of the fields of a row. Bare names are fields; a name with other "
	"characters than letters, digits and _ stands in double quotes: \"Order Date\". Texts stand in "
	"single quotes, with '' for a quote inside. Numbers are exact decimals. null, true and false "
	"are what they say.",
	"A pipe hands the value on its left, all of it, to a function as first argument: "
	"\"Order Date\" | trim | to_date('%d/%m/%Y').",
	"#Operators",
	"From loosest to tightest: | (pipe); or; and; not; = <> != < <= > >=, is null, is not null, "
	"in (...), not in (...), like, not like; || (joins texts); + -; * / %; - before a value.",
	"/ is exact: 7 / 2 is 3.5, with at least 16 significant digits where it never ends. % is the "
	"remainder, with the sign of the left side. A date plus or minus a whole number moves it by "
	"days; two dates subtracted are days.",
	"A condition is true, false or unknown: whatever is compared with null is unknown. and is false "
	"when one side is, or is true when one side is; the right side is computed only where it "
	"matters. case when A then B when C then D else E end takes the first branch that is true. "
	"like knows % (any characters) and _ (one character); \\ makes the next one ordinary.",
	"#Types",
	"Whatever can lose nothing happens by itself: a text in a sum becomes a decimal, a text compared "
	"with a date becomes a date, anything joined with || becomes text. Blank text is null for every "
	"type but text. Everything else is asked for: round(), to_date(), to_int().",
	"Numbers in text have a decimal point unless to_decimal() is told otherwise; dates are ISO 8601 "
	"unless a format is given; a moment without a zone is UTC where one is needed. The locale of "
	"whoever runs leat changes nothing.",
	"A value for a decimal(p,s) with more digits behind the point is rounded half away from zero, as "
	"PostgreSQL does it. Too many digits before the point, a number out of range, a text longer than "
	"varchar(n), division by zero or a date that does not exist reject the row, with the field, the "
	"value as it stood, the rule and the reason. Nothing becomes null silently.",
	"#Date formats",
	"%Y year (4 digits), %y (2 digits, 69 to 99 are 19..), %m month, %b Jan, %B January, %d day, %H "
	"hour, %I with %p hour of 12 with AM or PM, %M minute, %S second, %f fraction of a second, %z "
	"offset, %F = %Y-%m-%d, %T = %H:%M:%S, %% a percent sign. The whole text has to match; month "
	"names are English.",
};

static void put_man_text(struct buf *out, const char *s)
{
	for (const char *p = s; *p != '\0'; p++) {
		if (*p == '\\')
			buf_adds(out, "\\e");
		else if (*p == '-')
			buf_adds(out, "\\-");
		else if (*p == '\'')
			buf_adds(out, "\\(aq");
		else if (*p == '.' && p == s)
			buf_adds(out, "\\&.");
		else
			buf_add(out, p, 1);
	}
}

/* Words of s in lines of at most 78 columns behind an indent. */
static void put_wrapped(struct buf *out, const char *s, const char *indent)
{
	size_t at = 0;

	while (*s != '\0') {
		size_t n = strcspn(s, " ");

		if (at > 0 && at + 1 + n > 78) {
			buf_adds(out, "\n");
			at = 0;
		}
		buf_adds(out, at == 0 ? indent : " ");
		at += at == 0 ? strlen(indent) : 1;
		buf_add(out, s, n);
		at += n;
		s += n;
		while (*s == ' ')
			s++;
	}
	buf_adds(out, "\n");
}

static void print_text(struct buf *out)
{
	struct expr_doc f;

	for (size_t i = 0; i < sizeof(page) / sizeof(page[0]); i++) {
		if (page[i][0] == '#') {
			buf_addf(out, "%s%s\n", i > 0 ? "\n" : "", page[i] + 1);
			continue;
		}
		put_wrapped(out, page[i], "  ");
	}
	buf_adds(out, "\nFunctions\n");
	for (int i = 0; expr_doc_at(i, &f); i++) {
		buf_addf(out, "  %s\n", f.signature);
		put_wrapped(out, f.summary, "      ");
		buf_addf(out, "      %s  gives  %s\n", f.example, f.result);
	}
}

static void print_man(struct buf *out)
{
	struct expr_doc f;

	for (size_t i = 0; i < sizeof(page) / sizeof(page[0]); i++) {
		if (page[i][0] == '#') {
			buf_addf(out, ".SH %s\n", page[i] + 1);
			continue;
		}
		buf_adds(out, ".PP\n");
		put_man_text(out, page[i]);
		buf_adds(out, "\n");
	}
	buf_adds(out, ".SH Functions\n");
	for (int i = 0; expr_doc_at(i, &f); i++) {
		buf_adds(out, ".TP\n.B ");
		put_man_text(out, f.signature);
		buf_adds(out, "\n");
		put_man_text(out, f.summary);
		buf_adds(out, "\n.br\n");
		put_man_text(out, f.example);
		buf_adds(out, " gives ");
		put_man_text(out, f.result);
		buf_adds(out, "\n");
	}
}

void expr_doc_print(struct buf *out, bool as_man)
{
	if (as_man)
		print_man(out);
	else
		print_text(out);
}
