/*
 * core/flow/number.c
 *	Signs, currencies and marks taken off, then the number itself.
 */
#include "core/flow/number.h"

#include <string.h>

#include "core/base/arena.h"

#define TEXT_MAX  80	/* bytes of a number with all that it wears */
#define AFFIX_MAX 8

/* What a number may wear. Longer ones first where one starts another. */
static const char *const affixes[] = {
	"%", "$", "\xe2\x82\xac", "\xc2\xa3", "\xc2\xa5", "\xe2\x82\xb9", "\xe2\x82\xbd",
	"\xe2\x82\xba", "\xe2\x82\xb4", "\xe2\x82\xa9", "\xe2\x82\xab", "\xe2\x82\xaa",
	"z\xc5\x82", "K\xc4\x8d", "kr", "R$", "Ft", "Fr.", "EUR", "USD", "GBP", "CHF", "JPY",
	"PLN", "CZK", "SEK", "NOK", "DKK", "HUF", "CAD", "AUD", "NZD", "CNY", "INR", "RUB",
	"BRL", "MXN", "ZAR", "TRY", "UAH", "RON", "BGN", "ILS", "KRW", "SGD", "HKD",
};
#define NAFFIXES (sizeof(affixes) / sizeof(affixes[0]))

static bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static bool is_group(char c)
{
	return c != '\0' && strchr(" .,'_", c) != NULL;
}

bool number_marks_read(struct arena *mem, const char *text, struct number_marks *out)
{
	size_t at = 1;

	if (text[0] != '.' && text[0] != ',')
		return false;
	*out = (struct number_marks){ .point = text[0], .is_dressed = true };
	out->group = text[0] == ',' ? '.' : ',';
	if (is_group(text[1])) {
		out->group = text[1];
		at = 2;
	}
	out->affix = arena_strdup(mem, text + at);
	return out->group != out->point && strlen(out->affix) <= AFFIX_MAX;
}

const char *number_marks_text(struct arena *mem, const struct number_marks *m)
{
	return arena_printf(mem, "%c%c%s", m->point, m->group, m->affix != NULL ? m->affix : "");
}

bool number_is_plain(const struct number_marks *m)
{
	return (m->point == 0 || m->point == '.') && m->group == 0 && !m->is_dressed;
}

/* Blanks, apostrophes and minus signs of every kind become those of ASCII. */
static size_t plain_marks(struct slice s, char *out)
{
	static const struct {
		const char *from;
		char to;
	} kinds[] = {
		{ "\xc2\xa0", ' ' }, { "\xe2\x80\xaf", ' ' }, { "\xe2\x80\x89", ' ' },
		{ "\xe2\x80\x99", '\'' }, { "\xe2\x88\x92", '-' },
	};
	size_t n = 0;

	for (size_t i = 0; i < s.n;) {
		size_t len = 0;

		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]) && len == 0; k++) {
			size_t kn = strlen(kinds[k].from);

			if (s.n - i >= kn && memcmp(s.p + i, kinds[k].from, kn) == 0) {
				out[n++] = kinds[k].to;
				len = kn;
			}
		}
		if (len == 0)
			out[n++] = s.p[i];
		i += len > 0 ? len : 1;
	}
	return n;
}

static bool starts(struct slice s, const char *with, size_t n)
{
	return n > 0 && s.n > n && memcmp(s.p, with, n) == 0;
}

static bool ends(struct slice s, const char *with, size_t n)
{
	return n > 0 && s.n > n && memcmp(s.p + s.n - n, with, n) == 0;
}

/* Takes off one sign and one affix, in whatever order they stand. */
static bool undress(struct slice *s, const char *affix, bool *is_negative)
{
	size_t n = affix != NULL ? strlen(affix) : 0;
	bool has_sign = false, has_affix = n == 0;

	for (;;) {
		*s = parse_trim(*s);
		if (!has_sign && s->n > 2 && s->p[0] == '(' && s->p[s->n - 1] == ')') {
			*s = (struct slice){ s->p + 1, s->n - 2 };
			has_sign = *is_negative = true;
		} else if (!has_sign && s->n > 1 && (s->p[0] == '-' || s->p[0] == '+')) {
			*is_negative = s->p[0] == '-';
			*s = (struct slice){ s->p + 1, s->n - 1 };
			has_sign = true;
		} else if (!has_sign && s->n > 1 && s->p[s->n - 1] == '-') {
			s->n--;
			has_sign = *is_negative = true;
		} else if (!has_affix && starts(*s, affix, n)) {
			*s = (struct slice){ s->p + n, s->n - n };
			has_affix = true;
		} else if (!has_affix && ends(*s, affix, n)) {
			s->n -= n;
			has_affix = true;
		} else {
			break;
		}
	}
	return has_affix && s->n > 0;
}

enum parse_rc number_parse(struct slice s, const struct number_marks *m, struct decimal *out)
{
	char text[TEXT_MAX];
	char point = m->point != 0 ? m->point : '.';
	bool is_negative = false;
	enum parse_rc rc;

	if (!m->is_dressed)
		return parse_decimal_marks(s, point, m->group, out);
	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	if (s.n > TEXT_MAX)
		return PARSE_BAD;
	s = (struct slice){ text, plain_marks(s, text) };
	if (!undress(&s, m->affix, &is_negative) || (!is_digit(s.p[0]) && s.p[0] != point))
		return PARSE_BAD;
	rc = parse_decimal_marks(s, point, m->group, out);
	if (rc == PARSE_OK && is_negative)
		out->coef = -out->coef;
	return rc;
}

const char *number_affix(struct slice s)
{
	char text[TEXT_MAX];
	struct slice bare;
	bool is_negative = false;

	if (s.n > TEXT_MAX)
		return NULL;
	s = (struct slice){ text, plain_marks(s, text) };
	bare = s;
	if (!undress(&bare, NULL, &is_negative))
		return NULL;
	if (is_digit(bare.p[0]) && is_digit(bare.p[bare.n - 1]))
		return "";
	for (size_t i = 0; i < NAFFIXES; i++) {
		bare = s;
		if (undress(&bare, affixes[i], &is_negative) &&
		    (is_digit(bare.p[0]) || bare.p[0] == '.' || bare.p[0] == ',') &&
		    is_digit(bare.p[bare.n - 1]))
			return affixes[i];
	}
	return NULL;
}
