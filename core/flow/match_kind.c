/*
 * core/flow/match_kind.c
 *	Values that say by themselves what they are: an address, an IBAN, a currency.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/match_priv.h"

#define CODE_MAX 3
#define ENOUGH   0.8	/* share of values of a kind that makes it the field's */

enum { NO_KIND = -1 };

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool has(struct slice s, char c)
{
	return memchr(s.p, c, s.n) != NULL;
}

static bool is_email(struct slice s)
{
	const char *a = memchr(s.p, '@', s.n);
	struct slice host;

	if (a == NULL || a == s.p || has(s, ' '))
		return false;
	host = (struct slice){ a + 1, s.n - (size_t)(a + 1 - s.p) };
	return has(host, '.') && !has(host, '@');
}

static bool starts(struct slice s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && memcmp(s.p, with, n) == 0;
}

static bool is_url(struct slice s)
{
	return starts(s, "http://") || starts(s, "https://") || starts(s, "www.");
}

/* Two letters, two check digits, and mod 97 of all is 1. */
static bool is_iban(struct slice s)
{
	char all[34];
	size_t n = 0;
	int rest = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ' ')
			continue;
		if (n == sizeof(all) || (!is_upper(s.p[i]) && !is_digit(s.p[i])))
			return false;
		all[n++] = s.p[i];
	}
	if (n < 15 || !is_upper(all[0]) || !is_upper(all[1]) || !is_digit(all[2]))
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = all[(i + 4) % n];

		rest = is_digit(c) ? (rest * 10 + c - '0') % 97 : (rest * 100 + c - 'A' + 10) % 97;
	}
	return rest == 1;
}

static bool is_bic(struct slice s)
{
	if (s.n != 8 && s.n != 11)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_upper(s.p[i]) && !(i >= 6 && is_digit(s.p[i])))
			return false;
	return true;
}

/* 8, 12, 13 or 14 digits, the last of which checks the others. */
static bool is_barcode(struct slice s)
{
	int sum = 0;

	if (s.n != 8 && (s.n < 12 || s.n > 14))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return false;
		sum += (s.p[i] - '0') * ((s.n - 1 - i) % 2 == 1 ? 3 : 1);
	}
	return sum % 10 == 0;
}

/* Seven digits and more, with what stands between them in phone numbers, and not only digits. */
static bool is_phone(struct slice s)
{
	size_t digits = 0, signs = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (is_digit(s.p[i]))
			digits++;
		else if (strchr("+-()/. ", s.p[i]) != NULL)
			signs++;
		else
			return false;
	}
	return digits >= 7 && digits <= 16 && signs > 0 && s.p[0] != '-';
}

static bool in_list(struct slice s, const char *list)
{
	char code[CODE_MAX + 1] = { 0 };

	for (size_t i = 0; i < s.n; i++)
		code[i] = is_lower(s.p[i]) ? (char)(s.p[i] - 32) : s.p[i];
	for (const char *p = list; (p = strstr(p, code)) != NULL; p++)
		if ((size_t)(p - list) % (s.n + 1) == 0)
			return true;
	return false;
}

static bool is_currency(struct slice s)
{
	return s.n == 3 && in_list(s, "EUR USD GBP CHF JPY SEK NOK DKK PLN CZK HUF RON BGN TRY CAD AUD "
				      "NZD CNY INR BRL MXN ZAR RUB UAH ILS KRW SGD HKD ARS CLP COP ");
}

static bool is_country(struct slice s)
{
	return s.n == 2 && in_list(s, "DE FR NL ES IT PL DK SE NO FI PT IE GB UK CZ AT BE CH LU US CA MX "
				      "BR AR CN JP IN AU NZ RU UA TR GR HU RO BG HR SI SK EE LV LT ZA KR ");
}

static bool is_html(struct slice s)
{
	return s.n > 6 && s.p[0] == '<' && s.p[s.n - 1] == '>' && has(s, '/');
}

/* The first that fits is the kind. strict: the concept has no other values. */
static const struct kind {
	const char *concept;
	const char *words;
	bool (*is)(struct slice s);
	bool is_strict;
} kinds[] = {
	{ "email", "e-mail addresses", is_email, true },
	{ "url", "web addresses", is_url, true },
	{ "iban", "IBANs", is_iban, true },
	{ "barcode", "barcodes", is_barcode, true },
	{ "currency", "currencies", is_currency, true },
	{ "country", "countries", is_country, false },
	{ "phone", "phone numbers", is_phone, false },
	{ "html", "HTML", is_html, false },
	{ "bic", "BICs", is_bic, true },
};
#define NKINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

/* Concepts whose fields hold values of a kind too. */
static const char *const also[][2] = {
	{ "mobile", "phone" }, { "fax", "phone" }, { "image", "url" }, { "account", "iban" },
	{ "origin", "country" }, { "destination", "country" }, { "description", "html" },
	{ "text", "html" }, { "page", "url" }, { "slug", "url" },
};

struct kind_side {
	int *of_values;	/* place in kinds[], NO_KIND: none; NO_KIND - 1: there are no values */
	int *of_name;
};

struct kind_state {
	struct kind_side source, target;
};

static int of_values(const struct match_field *f)
{
	const struct profile_field *v = f->values;
	int hits[NKINDS] = { 0 }, n = 0;

	if (v == NULL || v->ntops == 0)
		return NO_KIND - 1;
	if (f->type.type != TYPE_TEXT && f->type.type != TYPE_INT)
		return NO_KIND;
	for (; n < v->ntops; n++)
		for (int k = 0; k < NKINDS; k++)
			hits[k] += kinds[k].is(slice_of(v->top[n].text));
	for (int k = 0; k < NKINDS; k++)
		if (hits[k] >= ENOUGH * n)
			return k;
	return NO_KIND;
}

static int kind_of_concept(const struct words *w, int concept)
{
	const char *name = words_concepts[concept].name;

	(void)w;
	for (size_t i = 0; i < sizeof(also) / sizeof(also[0]); i++)
		if (strcmp(also[i][0], name) == 0)
			name = also[i][1];
	for (int k = 0; k < NKINDS; k++)
		if (strcmp(kinds[k].concept, name) == 0)
			return k;
	return NO_KIND;
}

static int of_name(struct arena *mem, const struct words *w, const struct match_field *f)
{
	struct tokens all;

	match_words(mem, w, f->name, &all);
	for (int i = 0; i < all.n; i++) {
		const struct words_entry *e = all.t[i].entry;

		for (int m = 0; e != NULL && m < e->n; m++) {
			int k = kind_of_concept(w, e->concept[m]);

			if (k != NO_KIND)
				return k;
		}
	}
	return NO_KIND;
}

static void look(struct arena *mem, const struct words *w, int n, const struct match_field *f,
		 struct kind_side *out)
{
	out->of_values = arena_array(mem, (size_t)n + 1, sizeof(int));
	out->of_name = arena_array(mem, (size_t)n + 1, sizeof(int));
	for (int i = 0; i < n; i++) {
		out->of_values[i] = of_values(&f[i]);
		out->of_name[i] = of_name(mem, w, &f[i]);
	}
}

void *match_kind_begin(struct arena *mem, const struct match_ask *ask)
{
	struct kind_state *s = arena_alloc(mem, sizeof(*s));
	struct words *w = words_new(mem);

	look(mem, w, ask->nsources, ask->source, &s->source);
	look(mem, w, ask->ntargets, ask->target, &s->target);
	return s;
}

double match_kind_score(void *state, int source, int target)
{
	const struct kind_state *k = state;
	int s = k->source.of_values[source], t = k->target.of_values[target];
	int named = k->target.of_name[target];

	if (s >= 0 && t >= 0)
		return s == t ? 1 : 0;
	if (s >= 0 && named >= 0 && t != NO_KIND)
		return s == named ? 1 : 0;
	/* The target's values show that it is not of that kind, or its name wants another. */
	if (s >= 0 && kinds[s].is_strict)
		return t == NO_KIND ? 0 : 0.3;
	if (s == NO_KIND && ((t >= 0 && kinds[t].is_strict) ||
			     (t < NO_KIND && named >= 0 && kinds[named].is_strict)))
		return 0;
	return -1;
}

const char *match_kind_why(void *state, struct arena *mem, int source, int target)
{
	const struct kind_state *k = state;
	int s = k->source.of_values[source];

	(void)target;
	return s >= 0 ? arena_strdup(mem, kinds[s].words) : NULL;
}
