/*
 * core/flow/expr_text.c
 *	Functions over text. Characters are counted, never bytes.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <locale.h>
#include <pcre2.h>
#include <string.h>
#include <wctype.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/expr_node.h"
#include "core/flow/parse.h"

#define EACH(i, ev, out) for (uint32_t i = 0; i < (ev)->nrows; i++) if (!(out)->null[i])
#define TEXT_MAX (64u * 1024u * 1024u)	/* bytes that a function may make of one cell */

static struct slice text_at(const struct vec *v, uint32_t i)
{
	return v->v.text[i & v->mask];
}

static int64_t int_at(const struct vec *v, uint32_t i)
{
	return v->v.i64[i & v->mask];
}

/* Coerces arguments by a letter each: i int, else text; sets the result's type. */
static enum err_code bind(struct compiler *c, struct expr *e, const char *args, enum type result,
			  expr_fn fn)
{
	enum err_code rc = ERR_OK;
	int letters_given = (int)strlen(args);

	for (int i = 0; i < e->nargs && rc == ERR_OK; i++)
		rc = expr_coerce(c, &e->arg[i],
				 i < letters_given && args[i] == 'i' ? TYPE_INT : TYPE_TEXT);
	e->type = (struct type_spec){ .type = result, .bytes = result == TYPE_INT ? 8 : 0 };
	e->fn = fn;
	return rc;
}

/* Bytes of the character at p; a broken one counts as one byte. */
static size_t step(const char *p, const char *end)
{
	uint32_t c;
	size_t n;

	if ((unsigned char)*p < 0x80)
		return 1;
	n = utf8_decode(p, (size_t)(end - p), &c);
	return n > 0 ? n : 1;
}

static int64_t count(struct slice s)
{
	int64_t n = 0;

	for (const char *p = s.p, *end = s.p + s.n; p < end; n++)
		p += step(p, end);
	return n;
}

/* Offset of character number n (0-based), or the end. */
static size_t offset_of(struct slice s, int64_t n)
{
	const char *p = s.p, *end = s.p + s.n;

	for (; n > 0 && p < end; n--)
		p += step(p, end);
	return (size_t)(p - s.p);
}

/* ---- trim -------------------------------------------------------------------- */

static bool has_char(struct slice set, const char *p, size_t n)
{
	for (size_t i = 0; i < set.n; i += step(set.p + i, set.p + set.n))
		if (step(set.p + i, set.p + set.n) == n && memcmp(set.p + i, p, n) == 0)
			return true;
	return false;
}

/* sides: 1 left, 2 right. */
static struct slice trim_set(struct slice s, struct slice set, int sides)
{
	while ((sides & 1) && s.n > 0) {
		size_t n = step(s.p, s.p + s.n);

		if (!has_char(set, s.p, n))
			break;
		s.p += n;
		s.n -= n;
	}
	while ((sides & 2) && s.n > 0) {
		size_t n = 1;

		while (n < s.n && n < 4 && ((unsigned char)s.p[s.n - n] & 0xC0) == 0x80)
			n++;
		if (!has_char(set, s.p + s.n - n, n))
			break;
		s.n -= n;
	}
	return s;
}

/* Blanks, also the one that does not break (C2 A0); the common case by far. */
static struct slice trim_blanks(struct slice s, int sides)
{
	const struct slice nbsp = { "\xc2\xa0", 2 };

	for (;;) {
		struct slice t = parse_trim(s);

		if (!(sides & 1))
			t = (struct slice){ s.p, t.n > 0 ? (size_t)(t.p - s.p) + t.n : 0 };
		if (!(sides & 2))
			t.n = (size_t)(s.p + s.n - t.p);
		s = t;
		if ((sides & 1) && s.n >= 2 && memcmp(s.p, nbsp.p, 2) == 0)
			s = (struct slice){ s.p + 2, s.n - 2 };
		else if ((sides & 2) && s.n >= 2 && memcmp(s.p + s.n - 2, nbsp.p, 2) == 0)
			s.n -= 2;
		else
			return s;
	}
}

static void run_trim(struct eval *ev, const struct expr *e, const struct vec *arg,
		     struct vec *out)
{
	EACH(i, ev, out) {
		if (e->nargs > 1)
			out->v.text[i] = trim_set(text_at(&arg[0], i), text_at(&arg[1], i),
						  e->extra);
		else
			out->v.text[i] = trim_blanks(text_at(&arg[0], i), e->extra);
	}
}

enum err_code expr_bind_trim(struct compiler *c, struct expr *e)
{
	e->extra = 3;
	return bind(c, e, "tt", TYPE_TEXT, run_trim);
}

enum err_code expr_bind_ltrim(struct compiler *c, struct expr *e)
{
	e->extra = 1;
	return bind(c, e, "tt", TYPE_TEXT, run_trim);
}

enum err_code expr_bind_rtrim(struct compiler *c, struct expr *e)
{
	e->extra = 2;
	return bind(c, e, "tt", TYPE_TEXT, run_trim);
}

/* ---- case of letters ---------------------------------------------------------- */

/* Unicode's own simple mappings, whatever the user's locale says; made once, never freed. */
static locale_t letters(void)
{
	static locale_t made;
	locale_t l = __atomic_load_n(&made, __ATOMIC_ACQUIRE);
	locale_t none = (locale_t)0;

	if (l != none)
		return l;
	l = newlocale(LC_CTYPE_MASK, "C.UTF-8", none);
	if (l == none)
		l = newlocale(LC_CTYPE_MASK, "C", none);
	if (!__atomic_compare_exchange_n(&made, &none, l, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE)) {
		freelocale(l);
		l = none;
	}
	return l;
}

static struct slice change_case(struct arena *mem, struct slice s, bool up, locale_t l)
{
	/* A letter's other case may take a byte more. */
	char *out = arena_bytes(mem, s.n * 2 + 4);
	size_t n = 0;

	for (size_t i = 0; i < s.n;) {
		unsigned char b = (unsigned char)s.p[i];
		uint32_t c;
		size_t len;

		if (b < 0x80) {
			bool is_letter = up ? b >= 'a' && b <= 'z' : b >= 'A' && b <= 'Z';

			out[n++] = (char)(is_letter ? b ^ 0x20 : b);
			i++;
			continue;
		}
		len = utf8_decode(s.p + i, s.n - i, &c);
		if (len == 0) {
			out[n++] = s.p[i++];
			continue;
		}
		n += utf8_encode((uint32_t)(up ? towupper_l((wint_t)c, l) : towlower_l((wint_t)c,
										       l)),
				 out + n);
		i += len;
	}
	return (struct slice){ out, n };
}

static void run_case(struct eval *ev, const struct expr *e, const struct vec *arg,
		     struct vec *out)
{
	locale_t l = letters();

	EACH(i, ev, out)
		out->v.text[i] = change_case(ev->out->mem, text_at(&arg[0], i), e->extra != 0, l);
}

enum err_code expr_bind_upper(struct compiler *c, struct expr *e)
{
	e->extra = 1;
	return bind(c, e, "t", TYPE_TEXT, run_case);
}

enum err_code expr_bind_lower(struct compiler *c, struct expr *e)
{
	return bind(c, e, "t", TYPE_TEXT, run_case);
}

/* ---- parts -------------------------------------------------------------------- */

static void run_length(struct eval *ev, const struct expr *e, const struct vec *arg,
		       struct vec *out)
{
	(void)e;
	EACH(i, ev, out)
		out->v.i64[i] = count(text_at(&arg[0], i));
}

enum err_code expr_bind_length(struct compiler *c, struct expr *e)
{
	return bind(c, e, "t", TYPE_INT, run_length);
}

/* From character `from` (1-based, may lie outside) for len characters. */
static struct slice part(struct slice s, int64_t from, int64_t len)
{
	size_t a, b;

	if (from < 1) {
		if (len < INT64_MAX && __builtin_add_overflow(len, from - 1, &len))
			len = 0;
		from = 1;
	}
	if (len <= 0)
		return (struct slice){ s.p, 0 };
	a = offset_of(s, from - 1);
	s.p += a;
	s.n -= a;
	b = (uint64_t)len >= s.n ? s.n : offset_of(s, len);
	return (struct slice){ s.p, b };
}

static void run_substr(struct eval *ev, const struct expr *e, const struct vec *arg,
		       struct vec *out)
{
	EACH(i, ev, out) {
		int64_t len = e->nargs > 2 ? int_at(&arg[2], i) : INT64_MAX;

		if (len < 0 || int_at(&arg[1], i) == INT64_MIN)
			expr_problem(ev, i, &arg[e->nargs - 1], out, e->rule,
				     "is no number of characters");
		else
			out->v.text[i] = part(text_at(&arg[0], i), int_at(&arg[1], i), len);
	}
}

enum err_code expr_bind_substr(struct compiler *c, struct expr *e)
{
	return bind(c, e, "tii", TYPE_TEXT, run_substr);
}

static void run_left(struct eval *ev, const struct expr *e, const struct vec *arg,
		     struct vec *out)
{
	EACH(i, ev, out) {
		struct slice s = text_at(&arg[0], i);
		int64_t n = int_at(&arg[1], i);
		int64_t have = e->extra ? count(s) : 0;

		if (n < 0)
			expr_problem(ev, i, &arg[1], out, e->rule, "is no number of characters");
		else if (e->extra)
			out->v.text[i] = part(s, n >= have ? 1 : have - n + 1, n);
		else
			out->v.text[i] = part(s, 1, n);
	}
}

enum err_code expr_bind_left(struct compiler *c, struct expr *e)
{
	return bind(c, e, "ti", TYPE_TEXT, run_left);
}

enum err_code expr_bind_right(struct compiler *c, struct expr *e)
{
	e->extra = 1;
	return bind(c, e, "ti", TYPE_TEXT, run_left);
}

static const char *find(struct slice s, struct slice what)
{
	return what.n == 0 ? NULL : memmem(s.p, s.n, what.p, what.n);
}

/* Null when there is no such piece. */
static void run_split(struct eval *ev, const struct expr *e, const struct vec *arg,
		      struct vec *out)
{
	EACH(i, ev, out) {
		struct slice s = text_at(&arg[0], i), sep = text_at(&arg[1], i);
		int64_t n = int_at(&arg[2], i);
		const char *at;

		if (n < 1 || sep.n == 0) {
			expr_problem(ev, i, &arg[n < 1 ? 2 : 1], out, e->rule,
				     n < 1 ? "pieces are counted from 1" :
					"the separator is empty");
			continue;
		}
		while ((at = find(s, sep)) != NULL && n > 1) {
			s.n -= (size_t)(at - s.p) + sep.n;
			s.p = at + sep.n;
			n--;
		}
		if (at != NULL)
			s.n = (size_t)(at - s.p);
		out->v.text[i] = s;
		out->null[i] = n > 1;
	}
}

enum err_code expr_bind_split(struct compiler *c, struct expr *e)
{
	return bind(c, e, "tti", TYPE_TEXT, run_split);
}

/* Fills with the characters of `with`, again and again, to n characters. */
static struct slice pad(struct arena *mem, struct slice s, int64_t n, struct slice with, bool left)
{
	int64_t missing = n - count(s);
	size_t fill = 0, at = 0;
	char *out;

	if (missing <= 0)
		return part(s, 1, n);
	if (with.n == 0)
		return s;
	for (int64_t i = 0; i < missing; i++) {
		size_t len = step(with.p + at, with.p + with.n);

		fill += len;
		at = at + len >= with.n ? 0 : at + len;
	}
	out = arena_bytes(mem, s.n + fill);
	if (s.n > 0)
		memcpy(out + (left ? fill : 0), s.p, s.n);
	for (size_t i = 0, to = left ? 0 : s.n; i < fill; i++)
		out[to + i] = with.p[i % with.n];
	return (struct slice){ out, s.n + fill };
}

static void run_pad(struct eval *ev, const struct expr *e, const struct vec *arg,
		    struct vec *out)
{
	EACH(i, ev, out) {
		int64_t n = int_at(&arg[1], i);

		if (n < 0 || n > (int64_t)TEXT_MAX / 8)
			expr_problem(ev, i, &arg[1], out, e->rule, "is no number of characters");
		else
			out->v.text[i] = pad(ev->out->mem, text_at(&arg[0], i), n,
					     e->nargs > 2 ? text_at(&arg[2], i) : SLICE(" "),
					     e->extra != 0);
	}
}

enum err_code expr_bind_lpad(struct compiler *c, struct expr *e)
{
	e->extra = 1;
	return bind(c, e, "tit", TYPE_TEXT, run_pad);
}

enum err_code expr_bind_rpad(struct compiler *c, struct expr *e)
{
	return bind(c, e, "tit", TYPE_TEXT, run_pad);
}

/* ---- joining and replacing ----------------------------------------------------- */

static void run_concat(struct eval *ev, const struct expr *e, const struct vec *arg,
		       struct vec *out)
{
	EACH(i, ev, out) {
		size_t n = 0;
		char *p;

		for (int a = 0; a < e->nargs; a++)
			n += arg[a].null[i & arg[a].mask] ? 0 : text_at(&arg[a], i).n;
		p = arena_bytes(ev->out->mem, n);
		out->v.text[i] = (struct slice){ p, n };
		for (int a = 0; a < e->nargs; a++) {
			struct slice s = text_at(&arg[a], i);

			if (arg[a].null[i & arg[a].mask] || s.n == 0)
				continue;
			memcpy(p, s.p, s.n);
			p += s.n;
		}
	}
}

enum err_code expr_bind_concat(struct compiler *c, struct expr *e)
{
	e->sees_nulls = true;
	return bind(c, e, "", TYPE_TEXT, run_concat);
}

static bool replace_one(struct arena *mem, struct slice s, struct slice what, struct slice with,
			struct slice *out)
{
	struct slice rest = s;
	size_t hits = 0, n;
	const char *at;
	char *p;

	for (; (at = find(rest, what)) != NULL; hits++) {
		rest.n -= (size_t)(at - rest.p) + what.n;
		rest.p = at + what.n;
	}
	*out = s;
	if (hits == 0)
		return true;
	if (__builtin_mul_overflow(hits, with.n, &n) || n > TEXT_MAX)
		return false;
	n += s.n - hits * what.n;
	p = arena_bytes(mem, n);
	*out = (struct slice){ p, n };
	while ((at = find(s, what)) != NULL) {
		size_t before = (size_t)(at - s.p);

		memcpy(p, s.p, before);
		p += before;
		if (with.n > 0)
			memcpy(p, with.p, with.n);
		p += with.n;
		s.n -= before + what.n;
		s.p = at + what.n;
	}
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return true;
}

static void run_replace(struct eval *ev, const struct expr *e, const struct vec *arg,
			struct vec *out)
{
	EACH(i, ev, out)
		if (!replace_one(ev->out->mem, text_at(&arg[0], i), text_at(&arg[1], i),
				 text_at(&arg[2], i), &out->v.text[i]))
			expr_problem(ev, i, &arg[0], out, e->rule, "the result is too long");
}

enum err_code expr_bind_replace(struct compiler *c, struct expr *e)
{
	return bind(c, e, "ttt", TYPE_TEXT, run_replace);
}

static void run_contains(struct eval *ev, const struct expr *e, const struct vec *arg,
			 struct vec *out)
{
	EACH(i, ev, out) {
		struct slice s = text_at(&arg[0], i), what = text_at(&arg[1], i);
		bool fits = what.n <= s.n;

		if (what.n == 0)
			out->v.i64[i] = 1;
		else if (e->extra == 0)
			out->v.i64[i] = find(s, what) != NULL;
		else
			out->v.i64[i] = fits && memcmp(e->extra == 1 ? s.p : s.p + s.n - what.n,
						       what.p, what.n) == 0;
	}
}

enum err_code expr_bind_contains(struct compiler *c, struct expr *e)
{
	return bind(c, e, "tt", TYPE_BOOL, run_contains);
}

enum err_code expr_bind_starts_with(struct compiler *c, struct expr *e)
{
	e->extra = 1;
	return bind(c, e, "tt", TYPE_BOOL, run_contains);
}

enum err_code expr_bind_ends_with(struct compiler *c, struct expr *e)
{
	e->extra = 2;
	return bind(c, e, "tt", TYPE_BOOL, run_contains);
}

/* ---- regular expressions --------------------------------------------------------- */

static void free_code(void *obj)
{
	pcre2_code_free(obj);
}

enum err_code expr_regex_compile(struct arena *mem, struct slice pattern, const void **out,
				 const char **why)
{
	PCRE2_UCHAR text[120];
	PCRE2_SIZE at;
	int code;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, PCRE2_UTF | PCRE2_UCP,
				       &code,
				       &at, NULL);

	if (re == NULL) {
		pcre2_get_error_message(code, text, sizeof(text));
		*why = arena_printf(mem, "%s at character %zu", (const char *)text, at + 1);
		return ERR_CONFIG;
	}
	(void)pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);	/* slower without, not wrong */
	arena_on_free(mem, free_code, re);
	*out = re;
	return ERR_OK;
}

/* 1 match, 0 none, -1 given up. */
int expr_regex_match(const void *re, struct slice s, void *match)
{
	int rc = pcre2_match(re, (PCRE2_SPTR)(s.n > 0 ? s.p : ""), s.n, 0, 0, match, NULL);

	return rc >= 0 ? 1 : rc == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

static enum err_code bind_regex(struct compiler *c, struct expr *e, const char *args,
				enum type result, expr_fn fn)
{
	struct slice pattern;
	const char *why;
	enum err_code rc = expr_literal(c, e->arg[1], "the pattern", &pattern);

	if (rc == ERR_OK && expr_regex_compile(c->mem, pattern, &e->data, &why) != ERR_OK)
		rc = expr_fail(c, e->arg[1]->at, "the pattern cannot be read: %s", why);
	return rc == ERR_OK ? bind(c, e, args, result, fn) : rc;
}

static void run_regex_match(struct eval *ev, const struct expr *e, const struct vec *arg,
			    struct vec *out)
{
	pcre2_match_data *match = pcre2_match_data_create_from_pattern(e->data, NULL);

	EACH(i, ev, out) {
		int rc = expr_regex_match(e->data, text_at(&arg[0], i), match);

		out->v.i64[i] = rc == 1;
		if (rc < 0)
			expr_problem(ev, i, &arg[0], out, e->rule,
				     "the pattern takes too long on it");
	}
	pcre2_match_data_free(match);
}

enum err_code expr_bind_regex_match(struct compiler *c, struct expr *e)
{
	return bind_regex(c, e, "tt", TYPE_BOOL, run_regex_match);
}

static int substitute(const pcre2_code *re, pcre2_match_data *match, struct slice s,
		      struct slice with, char *out, size_t *n)
{
	return pcre2_substitute(re, (PCRE2_SPTR)(s.n > 0 ? s.p : ""), s.n, 0,
				PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH |
					PCRE2_SUBSTITUTE_UNSET_EMPTY,
				match, NULL, (PCRE2_SPTR)(with.n > 0 ? with.p : ""), with.n,
				(PCRE2_UCHAR *)out, n);
}

static void run_regex_replace(struct eval *ev, const struct expr *e, const struct vec *arg,
			      struct vec *out)
{
	pcre2_match_data *match = pcre2_match_data_create_from_pattern(e->data, NULL);

	EACH(i, ev, out) {
		struct slice s = text_at(&arg[0], i), with = text_at(&arg[2], i);
		size_t n = s.n + with.n + 32;
		char *p = arena_bytes(ev->out->mem, n);
		int rc = substitute(e->data, match, s, with, p, &n);

		if (rc == PCRE2_ERROR_NOMEMORY && n <= TEXT_MAX) {
			p = arena_bytes(ev->out->mem, n);
			rc = substitute(e->data, match, s, with, p, &n);
		}
		if (rc < 0)
			expr_problem(ev, i, &arg[0], out, e->rule,
				     rc == PCRE2_ERROR_NOMEMORY ? "the result is too long"
								: "the pattern fails on it");
		else
			out->v.text[i] = (struct slice){ p, n };
	}
	pcre2_match_data_free(match);
}

enum err_code expr_bind_regex_replace(struct compiler *c, struct expr *e)
{
	return bind_regex(c, e, "ttt", TYPE_TEXT, run_regex_replace);
}

/* ---- hash --------------------------------------------------------------------- */

#define FNV_START 0xcbf29ce484222325ull
#define FNV_PRIME 0x100000001b3ull

static uint64_t fnv(uint64_t h, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * FNV_PRIME;
	return h;
}

/* FNV-1a over the texts with 0x1F between them, a null as 0x00: never to change. */
static void run_hash(struct eval *ev, const struct expr *e, const struct vec *arg,
		     struct vec *out)
{
	static const char hex[] = "0123456789abcdef";

	EACH(i, ev, out) {
		uint64_t h = FNV_START;
		char *p = arena_bytes(ev->out->mem, 16);

		for (int a = 0; a < e->nargs; a++) {
			if (a > 0)
				h = fnv(h, SLICE("\x1f"));
			h = fnv(h, arg[a].null[i & arg[a].mask] ? (struct slice){ "\0", 1 }
								: text_at(&arg[a], i));
		}
		for (int d = 0; d < 16; d++)
			p[d] = hex[h >> (60 - 4 * d) & 15];
		out->v.text[i] = (struct slice){ p, 16 };
	}
}

enum err_code expr_bind_hash(struct compiler *c, struct expr *e)
{
	enum err_code rc = expr_bind_concat(c, e);

	e->fn = run_hash;
	return rc;
}
