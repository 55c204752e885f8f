/*
 * core/meta/filter.c
 *	Reads what people type to find rows.
 */
#include "core/meta/filter.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/amount.h"
#include "core/base/arena.h"
#include "core/base/nearest.h"
#include "core/base/span.h"
#include "core/base/text.h"
#include "core/meta/filter_node.h"

#define DEPTH_MAX 16

/* How a column and its value stand to each other, as typed. */
enum sign {
	SIGN_NONE, SIGN_HAS, SIGN_MATCHES, SIGN_IS, SIGN_LESS, SIGN_UPTO, SIGN_FROM, SIGN_MORE
};

struct parser {
	struct arena *mem;
	struct filter *f;
	const char *text;
	size_t n, at;
	int depth;
	struct err *err;
};

/* What stands behind a sign. */
struct value {
	const char *text;
	const char *upper;	/* behind ".."; NULL: no range */
	size_t at;
	bool is_quoted, is_open;	/* is_open: a quote does not end */
	bool is_last;			/* nothing follows: it may still grow */
};

static enum err_code parse_any(struct parser *p, struct filter_node **out);

/* ---- complaints ------------------------------------------------------------------- */

/* Bytes are counted as characters for whoever reads it. */
static size_t place(const struct parser *p, size_t at)
{
	size_t n = 1;

	for (size_t i = 0; i < at; i++)
		n += ((unsigned char)p->text[i] & 0xc0) != 0x80;
	return n;
}

static enum err_code wrong(struct parser *p, size_t at, const char *what)
{
	return err_set(p->err, ERR_USAGE, "filter, character %zu: %s", place(p, at), what);
}

static void left_out(struct parser *p, size_t from)
{
	p->f->unfinished = arena_strndup(p->mem, p->text + from, p->at - from);
}

enum err_code filter_no_column(const struct filter_col *cols, const char *name, size_t n,
			       const char *where, struct err *err)
{
	char typed[64] = "", list[400] = "";
	struct nearest near;
	size_t used = 0;

	memcpy(typed, name, n < sizeof(typed) - 1 ? n : sizeof(typed) - 1);
	nearest_init(&near, typed);
	for (const struct filter_col *c = cols; c->name != NULL; c++) {
		size_t len = strlen(c->name);

		nearest_try(&near, c->name);
		if ((c->flags & FILTER_ALIAS) || used + len + 3 > sizeof(list))
			continue;
		if (used > 0) {
			memcpy(list + used, ", ", 2);
			used += 2;
		}
		memcpy(list + used, c->name, len + 1);
		used += len;
	}
	err_set(err, ERR_USAGE, "%sthere is no column \"%s\"", where, typed);
	if (nearest_best(&near) != NULL)
		err_hint(err, "Did you mean %s?", nearest_best(&near));
	else
		err_hint(err, "Columns: %s.", list);
	return ERR_USAGE;
}

/* ---- letters ------------------------------------------------------------------------ */

static void skip_blanks(struct parser *p)
{
	while (p->at < p->n && isspace((unsigned char)p->text[p->at]))
		p->at++;
}

static char peek(const struct parser *p)
{
	return p->at < p->n ? p->text[p->at] : '\0';
}

/* The sign at p, and the bytes it takes; "!=" and "!~" are negated ones. */
static enum sign sign_at(const char *s, size_t *n, bool *is_not)
{
	static const struct { const char *text; enum sign sign; } list[] = {
		{ "!=", SIGN_IS }, { "!~", SIGN_MATCHES }, { "!:", SIGN_HAS },
		{ "<=", SIGN_UPTO }, { ">=", SIGN_FROM }, { "=", SIGN_IS }, { "~", SIGN_MATCHES },
		{ ":", SIGN_HAS }, { "<", SIGN_LESS }, { ">", SIGN_MORE },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		*n = strlen(list[i].text);
		*is_not = list[i].text[0] == '!';
		if (strncmp(s, list[i].text, *n) == 0)
			return list[i].sign;
	}
	*n = 0;
	return SIGN_NONE;
}

/* Appends what is in quotes; p stands on the first one. */
static size_t read_quoted(struct parser *p, char *out, size_t used, bool *is_open)
{
	*is_open = true;
	for (p->at++; p->at < p->n; p->at++) {
		if (p->text[p->at] == '"') {
			p->at++;
			*is_open = peek(p) == '"';
			if (!*is_open)
				break;
		}
		out[used++] = p->text[p->at];
	}
	return used;
}

/* Whether the plain value ends here. Parentheses that began in it belong to it. */
static bool ends_here(const struct parser *p, int depth, bool is_regex, bool in_class)
{
	char c = p->text[p->at];

	if (isspace((unsigned char)c))
		return true;
	if (is_regex && (in_class || depth > 0))
		return false;
	return c == '|' || (c == ')' && depth == 0);
}

/* Up to a blank, a | or a parenthesis; a part in quotes goes on through them. */
static struct value read_value(struct parser *p, bool is_regex)
{
	char *out = arena_bytes(p->mem, p->n - p->at + 2);
	struct value v = { .at = p->at, .text = out };
	size_t used = 0;
	bool may_quote = true, in_class = false;
	int depth = 0;

	while (p->at < p->n && !v.is_open) {
		char c = p->text[p->at];

		if (may_quote && c == '"') {
			used = read_quoted(p, out, used, &v.is_open);
			v.is_quoted = true;
			may_quote = false;
			continue;
		}
		if (ends_here(p, depth, is_regex, in_class))
			break;
		may_quote = false;
		if (v.upper == NULL && !is_regex && strncmp(p->text + p->at, "..", 2) == 0) {
			out[used++] = '\0';
			v.upper = out + used;
			p->at += 2;
			may_quote = true;
			continue;
		}
		depth += in_class ? 0 : (c == '(') - (c == ')');
		if (is_regex && (c == '[' || c == ']'))
			in_class = c == '[';
		out[used++] = c;
		p->at++;
		if (is_regex && c == '\\' && p->at < p->n && !isspace((unsigned char)peek(p)))
			out[used++] = p->text[p->at++];
	}
	out[used] = '\0';
	v.is_last = p->at == p->n;
	return v;
}

/* A regular expression with something open is not finished. */
static bool is_half_regex(const char *s)
{
	int depth = 0;
	bool in_class = false;

	for (; *s != '\0'; s++) {
		if (*s == '\\') {
			if (*++s == '\0')
				return true;
			continue;
		}
		if (in_class) {
			in_class = *s != ']' || s[-1] == '[';
			continue;
		}
		in_class = *s == '[';
		depth += (*s == '(') - (*s == ')');
	}
	return in_class || depth > 0;
}

/* ---- nodes ---------------------------------------------------------------------------- */

static struct filter_node *node_new(struct parser *p, enum filter_node_kind kind)
{
	struct filter_node *n = arena_alloc(p->mem, sizeof(*n));

	n->kind = kind;
	return n;
}

static void add_part(struct filter_node *whole, struct filter_node *part)
{
	if (whole->last != NULL)
		whole->last->next = part;
	else
		whole->first = part;
	whole->last = part;
}

static struct filter_node *negate(struct parser *p, struct filter_node *n)
{
	struct filter_node *not = node_new(p, FILTER_NOT);

	add_part(not, n);
	return not;
}

/* ---- values ----------------------------------------------------------------------------- */

bool filter_choice_is(const char *choices, int i, const char *name, size_t n)
{
	const char *c = choices;

	for (; i > 0 && c != NULL; i--) {
		c = strchr(c, '|');
		c += c != NULL;
	}
	return c != NULL && strcspn(c, "|") == n && strncasecmp(c, name, n) == 0;
}

/* Bits of the choices that are the n bytes, begin with them, or hold them. */
enum likeness { IS, BEGINS, HOLDS };
static unsigned choices_like(const char *choices, const char *s, size_t n, enum likeness how)
{
	unsigned bits = 0;
	int i = 0;

	for (const char *c = choices; c != NULL; i++) {
		size_t len = strcspn(c, "|");

		for (size_t k = 0; k + n <= len; k++) {
			if (strncasecmp(c + k, s, n) == 0 && (how != IS || n == len)) {
				bits |= 1u << i;
				break;
			}
			if (how != HOLDS)
				break;
		}
		c = c[len] == '|' ? c + len + 1 : NULL;
	}
	return bits;
}

static enum err_code no_choice(struct parser *p, const struct filter_col *c, size_t at,
			       const char *s, size_t n)
{
	const char *typed = text_fit(p->mem, s, n, 40);
	struct nearest near;

	wrong(p, at, arena_printf(p->mem, "%s is never \"%s\"", c->name, typed));
	nearest_init(&near, typed);
	for (const char *w = c->choices; *w != '\0'; w += strcspn(w, "|"), w += *w == '|')
		nearest_try(&near, arena_strndup(p->mem, w, strcspn(w, "|")));
	if (nearest_best(&near) != NULL)
		err_hint(p->err, "Did you mean %s?", nearest_best(&near));
	err_hint(p->err, "It is one of %s.", c->choices);
	return ERR_USAGE;
}

/* "failed,dead". *is_half: the last of them may still become one. */
static enum err_code read_choices(struct parser *p, const struct value *v, enum sign sign,
				  struct filter_term *t, bool *is_half)
{
	const struct filter_col *c = t->col;

	for (const char *s = v->text;;) {
		size_t n = strcspn(s, ",");
		unsigned bits = choices_like(c->choices, s, n, sign == SIGN_HAS ? HOLDS : IS);
		bool is_end = s[n] == '\0';

		if (bits == 0 && is_end && v->is_last && !v->is_quoted &&
		    choices_like(c->choices, s, n, BEGINS) != 0) {
			*is_half = true;
			return ERR_OK;
		}
		if (bits == 0)
			return no_choice(p, c, v->at + (size_t)(s - v->text), s, n);
		t->choices |= bits;
		if (is_end)
			return ERR_OK;
		s += n + 1;
	}
}

static enum err_code read_bool(struct parser *p, const struct value *v, struct filter_term *t,
			       bool *is_half)
{
	static const char words[] = "no|yes|false|true|off|on|0|1";
	size_t n = strlen(v->text);
	unsigned bits = choices_like(words, v->text, n, IS);

	if (bits == 0 && v->is_last && choices_like(words, v->text, n, BEGINS) != 0)
		*is_half = true;
	else if (bits == 0)
		return wrong(p, v->at, arena_printf(p->mem, "%s is yes or no", t->col->name));
	t->choices = (bits & 0xaa) != 0;
	return ERR_OK;
}

/* A moment that may still become one: 2026-0 */
static bool is_half_moment(const char *s)
{
	size_t n = strlen(s);

	return n < 20 && strspn(s, "0123456789-:T .") == n;
}

/* One amount; *width as amount_moment() has it. */
static bool read_amount(const struct filter_col *c, const char *s, double *out, double *width)
{
	int64_t i = 0, w = 0;
	bool ok;

	*width = 0;
	switch (c->kind) {
	case FILTER_COUNT:
		return amount_count(s, out);
	case FILTER_BYTES:
		return amount_bytes(s, out);
	case FILTER_SPAN:
		if (amount_float(s, out))
			return true;
		ok = span_read(s, &i);
		*out = (double)i / 1000;
		return ok;
	default:
		ok = amount_moment(s, &i, &w);
		*out = (double)i;
		*width = (double)w;
		return ok;
	}
}

static enum err_code no_amount(struct parser *p, const struct filter_col *c, const struct value *v,
			       const char *s)
{
	static const char *const like[] = {
		[FILTER_COUNT] = "a number like 1500 or 2k", [FILTER_BYTES] = "a size like 10MB",
		[FILTER_SPAN] = "a span like 30s, 5m or 2h",
		[FILTER_TIME] = "a moment like 2026-02-28 or 2h (ago)",
	};

	return wrong(p, v->at, arena_printf(p->mem, "%s takes %s, not \"%s\"", c->name,
					    like[c->kind], text_fit(p->mem, s, strlen(s), 40)));
}

/* Both ends from the one amount that stands behind the sign. */
static void set_bounds(struct filter_term *t, enum sign sign, double v, double width)
{
	bool is_low = sign == SIGN_IS || sign == SIGN_FROM || sign == SIGN_MORE;
	bool is_high = sign == SIGN_IS || sign == SIGN_UPTO || sign == SIGN_LESS;
	double end = v + width;	/* a day has a last moment, too */

	t->lo = (struct filter_bound){ .is_set = is_low,
				       .is_out = sign == SIGN_MORE && !(width > 0),
				       .v = sign == SIGN_MORE ? end : v };
	t->hi = (struct filter_bound){ .is_set = is_high,
				       .is_out = sign == SIGN_LESS || width > 0,
				       .v = sign == SIGN_LESS ? v : end };
}

static enum err_code read_range(struct parser *p, const struct value *v, struct filter_term *t,
				bool *is_half)
{
	double width = 0, value = 0;

	for (int i = 0; i < 2; i++) {
		const char *s = i == 0 ? v->text : v->upper;

		if (*s == '\0')
			continue;
		if (!read_amount(t->col, s, &value, &width)) {
			*is_half = i == 1 && v->is_last && t->col->kind == FILTER_TIME &&
				   is_half_moment(s);
			return *is_half ? ERR_OK : no_amount(p, t->col, v, s);
		}
		*(i == 0 ? &t->lo : &t->hi) = (struct filter_bound){
			.is_set = true, .is_out = i == 1 && width > 0,
			.v = i == 1 ? value + width : value };
	}
	*is_half = !t->lo.is_set && !t->hi.is_set;
	if (t->lo.is_set && t->hi.is_set && t->lo.v > t->hi.v)
		return wrong(p, v->at, "the range ends before it begins");
	return ERR_OK;
}

static enum err_code read_within(struct parser *p, const struct value *v, enum sign sign,
				 struct filter_term *t, bool *is_half)
{
	double width = 0, value = 0;

	t->op = FILTER_WITHIN;
	if (v->upper != NULL && sign != SIGN_IS)
		return wrong(p, v->at, "a range goes with = only");
	if (v->upper != NULL)
		return read_range(p, v, t, is_half);
	if (!read_amount(t->col, v->text, &value, &width)) {
		*is_half = v->is_last && t->col->kind == FILTER_TIME && is_half_moment(v->text);
		return *is_half ? ERR_OK : no_amount(p, t->col, v, v->text);
	}
	if (t->col->kind == FILTER_TIME && sign == SIGN_IS && !(width > 0)) {
		wrong(p, v->at, "a span is no moment to be equal to");
		err_hint(p->err, "Say %s>%s: since then, or %s<%s: before.", t->col->name,
			 v->text, t->col->name, v->text);
		return ERR_USAGE;
	}
	set_bounds(t, sign, value, width);
	return ERR_OK;
}

static enum err_code read_text(struct parser *p, const struct value *v, enum sign sign,
			       struct filter_term *t, bool *is_half)
{
	/* A text has no ranges: the dots belong to it. */
	t->text = v->upper == NULL ? v->text
				   : arena_printf(p->mem, "%s..%s", v->text, v->upper);
	if (sign == SIGN_MATCHES) {
		t->op = FILTER_MATCHES;
		*is_half = is_half_regex(t->text);
		if (strlen(t->text) > FILTER_REGEX_MAX)
			return wrong(p, v->at, "the regular expression is too long");
		if (p->f->nregex++ == 0)
			p->f->regex_at = place(p, v->at);
		return ERR_OK;
	}
	t->op = sign == SIGN_HAS ? FILTER_HAS : FILTER_IS;
	if (sign != SIGN_HAS && sign != SIGN_IS) {
		bool is_low = sign == SIGN_FROM || sign == SIGN_MORE;

		t->op = FILTER_WITHIN;
		*(is_low ? &t->lo : &t->hi) = (struct filter_bound){
			.is_set = true, .text = t->text,
			.is_out = sign == SIGN_MORE || sign == SIGN_LESS };
	}
	return ERR_OK;
}

/* By what the column holds. */
static enum err_code read_term(struct parser *p, const struct value *v, enum sign sign,
			       struct filter_term *t, bool *is_half)
{
	enum filter_kind kind = t->col != NULL ? t->col->kind : FILTER_TEXT;
	bool is_name = kind == FILTER_CHOICE || kind == FILTER_ORDINAL || kind == FILTER_BOOL;

	*is_half = v->is_open || (v->text[0] == '\0' && v->upper == NULL &&
				  !(v->is_quoted && sign == SIGN_IS));
	if (*is_half)
		return ERR_OK;
	if (kind == FILTER_TEXT)
		return read_text(p, v, sign, t, is_half);
	if (sign == SIGN_MATCHES || (is_name && sign != SIGN_IS && sign != SIGN_HAS))
		return wrong(p, t->at, arena_printf(p->mem, "%s takes %s", t->col->name,
						    is_name ? "= and !="
							    : "=, !=, <, >, <=, >= and a..b"));
	if (!is_name)
		return read_within(p, v, sign == SIGN_HAS ? SIGN_IS : sign, t, is_half);
	t->op = FILTER_IS;
	return kind == FILTER_BOOL ? read_bool(p, v, t, is_half)
				   : read_choices(p, v, sign, t, is_half);
}

/* ---- terms -------------------------------------------------------------------------------- */

static enum err_code take_term(struct parser *p, struct filter_term *t, struct filter_node **out)
{
	struct filter_node *n = node_new(p, FILTER_TERM);

	if (++p->f->nterms > FILTER_TERMS_MAX)
		return wrong(p, t->at, "there are too many terms");
	n->term = *t;
	*out = n;
	return ERR_OK;
}

static const struct filter_col *col_with(const struct filter *f, unsigned flag)
{
	const struct filter_col *c = f->cols;

	while (c->name != NULL && !(c->flags & flag))
		c++;
	return c->name != NULL ? c : NULL;
}

/* "since 2h"; *is_since stays false when it is a word like others. */
static enum err_code parse_since(struct parser *p, struct filter_node **out, bool *is_since)
{
	const struct filter_col *c = col_with(p->f, FILTER_SINCE);
	size_t from = p->at;
	struct filter_term t = { .col = c, .op = FILTER_WITHIN, .at = from };
	struct value v;
	double width;

	if (c == NULL || p->n - p->at < 5 || strncasecmp(p->text + p->at, "since", 5) != 0 ||
	    (p->n - p->at > 5 && !isspace((unsigned char)p->text[p->at + 5])))
		return ERR_OK;
	p->at += 5;
	skip_blanks(p);
	v = read_value(p, false);
	*is_since = read_amount(c, v.text, &t.lo.v, &width);
	if (!*is_since && v.is_last && is_half_moment(v.text)) {
		*is_since = true;
		left_out(p, from);
		return ERR_OK;
	}
	if (!*is_since) {
		p->at = from;
		return ERR_OK;
	}
	t.lo.is_set = true;
	return take_term(p, &t, out);
}

/* A name with a sign behind it. *is_word: it is a word like others. */
static enum err_code parse_head(struct parser *p, struct filter_term *t, enum sign *sign,
				bool *is_not, bool *is_word)
{
	size_t n = 0, len = 0;
	const char *s = p->text + p->at;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	*sign = sign_at(s + n, &len, is_not);
	if (*sign == SIGN_NONE || s[0] == '"') {
		*is_word = true;
		return ERR_OK;
	}
	if (n == 0 && *sign == SIGN_MATCHES) {	/* ~re: in any text */
		p->at += len;
		return ERR_OK;
	}
	t->col = filter_find(p->f->cols, s, n);
	if (t->col == NULL && *sign == SIGN_HAS && !*is_not) {	/* 10:30, files:a.csv */
		*is_word = true;
		return ERR_OK;
	}
	if (n == 0)
		return wrong(p, p->at, "the name of a column is missing");
	if (t->col == NULL)
		return filter_no_column(p->f->cols, s, n,
					arena_printf(p->mem, "filter, character %zu: ",
						     place(p, p->at)), p->err);
	p->at += n + len;
	return ERR_OK;
}

static enum err_code parse_term(struct parser *p, struct filter_node **out)
{
	struct filter_term t = { .at = p->at };
	enum sign sign = SIGN_NONE;
	bool is_not = false, is_word = false, is_half = false, is_since = false;
	struct value v;
	enum err_code rc = parse_since(p, out, &is_since);

	if (rc != ERR_OK || is_since)
		return rc;
	rc = parse_head(p, &t, &sign, &is_not, &is_word);
	if (rc != ERR_OK)
		return rc;
	if (is_word) {
		sign = SIGN_HAS;
		is_not = false;
	}
	v = read_value(p, sign == SIGN_MATCHES);
	rc = read_term(p, &v, sign, &t, &is_half);
	if (rc == ERR_OK && is_half)
		left_out(p, t.at);
	else if (rc == ERR_OK)
		rc = take_term(p, &t, out);
	if (rc == ERR_OK && *out != NULL && is_not)
		*out = negate(p, *out);
	return rc;
}

static enum err_code parse_item(struct parser *p, struct filter_node **out)
{
	size_t from = p->at;
	char c = peek(p);
	enum err_code rc;

	if (c != '!' && c != '(')
		return parse_term(p, out);
	if (++p->depth > DEPTH_MAX)
		return wrong(p, from, "it is nested too deep");
	p->at++;
	skip_blanks(p);
	if (c == '(') {
		rc = parse_any(p, out);
		p->at += rc == ERR_OK && peek(p) == ')';
	} else if (p->at == p->n) {
		left_out(p, from);
		rc = ERR_OK;
	} else if (strchr("|)=<>", peek(p)) != NULL) {
		rc = wrong(p, from, "behind ! belongs what is not to be");
	} else {
		rc = parse_item(p, out);
		if (rc == ERR_OK && *out != NULL)
			*out = negate(p, *out);
	}
	p->depth--;
	return rc;
}

static enum err_code parse_all(struct parser *p, struct filter_node **out)
{
	struct filter_node *all = node_new(p, FILTER_ALL);
	enum err_code rc = ERR_OK;

	for (;;) {
		struct filter_node *part = NULL;

		skip_blanks(p);
		if (p->at == p->n || peek(p) == '|' || peek(p) == ')')
			break;
		rc = parse_item(p, &part);
		if (rc != ERR_OK)
			return rc;
		if (part != NULL)
			add_part(all, part);
	}
	*out = all->first != NULL && all->first == all->last ? all->first
	       : all->first != NULL ? all : NULL;
	return ERR_OK;
}

static enum err_code parse_any(struct parser *p, struct filter_node **out)
{
	struct filter_node *any = node_new(p, FILTER_ANY);
	enum err_code rc;
	bool more;

	do {
		struct filter_node *part = NULL;

		rc = parse_all(p, &part);
		if (rc != ERR_OK)
			return rc;
		if (part != NULL)
			add_part(any, part);
		more = peek(p) == '|';
		p->at += more;
	} while (more);
	*out = any->first != NULL && any->first == any->last ? any->first
	       : any->first != NULL ? any : NULL;
	return ERR_OK;
}

enum err_code filter_parse(struct arena *mem, const char *text, const struct filter_col *cols,
			   struct filter **out, struct err *err)
{
	struct filter *f = arena_alloc(mem, sizeof(*f));
	struct parser p = { .mem = mem, .f = f, .text = text != NULL ? text : "", .err = err };
	struct filter_node *root = NULL;
	enum err_code rc;

	f->cols = cols;
	p.n = strlen(p.text);
	if (p.n > FILTER_BYTES_MAX)
		return err_set(err, ERR_USAGE, "the filter is longer than %d bytes",
			       FILTER_BYTES_MAX);
	if (utf8_valid(p.text, p.n) != p.n)
		return err_set(err, ERR_USAGE, "the filter is not UTF-8");
	rc = parse_any(&p, &root);
	if (rc == ERR_OK && p.at < p.n)
		rc = wrong(&p, p.at, "this ) has no (");
	if (rc != ERR_OK)
		return rc;
	f->root = node_new(&p, FILTER_ALL);
	if (root != NULL && root->kind == FILTER_ALL)
		f->root = root;
	else if (root != NULL)
		add_part(f->root, root);
	*out = f;
	return ERR_OK;
}

/* ---- questions ------------------------------------------------------------------------------ */

const struct filter_col *filter_find(const struct filter_col *cols, const char *name, size_t n)
{
	for (const struct filter_col *c = cols; c->name != NULL; c++)
		if (strlen(c->name) == n && strncasecmp(c->name, name, n) == 0)
			return c;
	return NULL;
}

const char *filter_unfinished(const struct filter *f)
{
	return f->unfinished;
}

static struct filter_node *part_of(const struct filter *f, int i)
{
	struct filter_node *n = f->root->first;

	for (; n != NULL && i > 0; i--)
		n = n->next;
	return n;
}

int filter_needs(const struct filter *f)
{
	int n = 0;

	for (const struct filter_node *p = f->root->first; p != NULL; p = p->next)
		n++;
	return n;
}

const struct filter_term *filter_need(const struct filter *f, int i)
{
	const struct filter_node *n = part_of(f, i);

	return n != NULL && n->kind == FILTER_TERM && !n->is_dropped ? &n->term : NULL;
}

void filter_drop(struct filter *f, int i)
{
	struct filter_node *n = part_of(f, i);

	if (n != NULL)
		n->is_dropped = true;
}

static bool names(const struct filter_node *n, const char *col)
{
	if (n->kind == FILTER_TERM)
		return n->term.col != NULL && strcmp(n->term.col->name, col) == 0;
	for (const struct filter_node *p = n->first; p != NULL; p = p->next)
		if (names(p, col))
			return true;
	return false;
}

bool filter_names(const struct filter *f, const char *col)
{
	return names(f->root, col);
}

bool filter_is_empty(const struct filter *f)
{
	for (const struct filter_node *n = f->root->first; n != NULL; n = n->next)
		if (!n->is_dropped)
			return false;
	return true;
}
