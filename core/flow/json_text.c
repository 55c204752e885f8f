/*
 * core/flow/json_text.c
 *	A strict JSON walker with a stack of its own.
 */
#include "core/flow/json_text.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/jsonl.h"

static bool wrong(struct json_walk *w, const char *reason)
{
	if (w->reason == NULL)
		w->reason = reason;
	return false;
}

void json_walk_space(struct json_walk *w)
{
	while (w->at < w->n && (w->p[w->at] == ' ' || w->p[w->at] == '\t' || w->p[w->at] == '\r' ||
				w->p[w->at] == '\n'))
		w->at++;
}

bool json_walk_char(struct json_walk *w, char c, const char *reason)
{
	if (w->at >= w->n || w->p[w->at] != c)
		return wrong(w, reason);
	w->at++;
	return true;
}

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hex digits at p, or -1. */
static int32_t hex4(const char *p, size_t n)
{
	int32_t v = 0;

	for (size_t i = 0; i < 4; i++) {
		int h = i < n ? hex_of(p[i]) : -1;

		if (h < 0)
			return -1;
		v = v * 16 + h;
	}
	return v;
}

static bool walk_escape(struct json_walk *w)
{
	char c = w->at + 1 < w->n ? w->p[w->at + 1] : '\0';

	if (c == 'u') {
		if (hex4(w->p + w->at + 2, w->n - w->at - 2) < 0)
			return wrong(w, "a \\u lacks its four digits");
		w->at += 6;
		return true;
	}
	if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
		return wrong(w, "a backslash stands before something that it cannot escape");
	w->at += 2;
	return true;
}

bool json_walk_string(struct json_walk *w, struct json_value *out)
{
	size_t from;

	if (!json_walk_char(w, '"', "a string was expected"))
		return false;
	from = w->at;
	*out = (struct json_value){ .kind = JSON_TEXT_STRING };
	while (w->at < w->n && w->p[w->at] != '"') {
		unsigned char c = (unsigned char)w->p[w->at];

		if (c < 0x20)
			return wrong(w, "a string holds a control character");
		if (c != '\\') {
			w->at++;
			continue;
		}
		out->has_escape = true;
		if (!walk_escape(w))
			return false;
	}
	out->text = (struct slice){ w->p + from, w->at - from };
	return json_walk_char(w, '"', "a string is not closed");
}

static size_t walk_digits(struct json_walk *w)
{
	size_t from = w->at;

	while (w->at < w->n && w->p[w->at] >= '0' && w->p[w->at] <= '9')
		w->at++;
	return w->at - from;
}

static bool walk_number(struct json_walk *w, struct json_value *out)
{
	size_t from = w->at, first, digits;

	if (w->p[w->at] == '-')
		w->at++;
	first = w->at;
	digits = walk_digits(w);
	if (digits == 0 || (digits > 1 && w->p[first] == '0'))
		return wrong(w, digits == 0 ? "a value was expected" : "a number begins with 0");
	if (w->at < w->n && w->p[w->at] == '.') {
		w->at++;
		if (walk_digits(w) == 0)
			return wrong(w, "a number ends in its point");
	}
	if (w->at < w->n && (w->p[w->at] == 'e' || w->p[w->at] == 'E')) {
		w->at++;
		if (w->at < w->n && (w->p[w->at] == '+' || w->p[w->at] == '-'))
			w->at++;
		if (walk_digits(w) == 0)
			return wrong(w, "a number ends in its exponent");
	}
	*out = (struct json_value){ JSON_TEXT_NUMBER, { w->p + from, w->at - from }, false };
	return true;
}

static bool walk_word(struct json_walk *w, struct json_value *out)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(words[i]);

		if (w->n - w->at >= n && memcmp(w->p + w->at, words[i], n) == 0) {
			*out = (struct json_value){ JSON_WORD, { w->p + w->at, n }, false };
			w->at += n;
			return true;
		}
	}
	return wrong(w, "a value was expected");
}

static bool walk_scalar(struct json_walk *w, struct json_value *out)
{
	char c = w->at < w->n ? w->p[w->at] : '\0';

	if (c == '"')
		return json_walk_string(w, out);
	if (c == '-' || (c >= '0' && c <= '9'))
		return walk_number(w, out);
	return walk_word(w, out);
}

/* ---- nested values: a stack of open ones, and the keys of open objects ----- */

struct json_nest {
	bool is_object[JSONL_DEPTH_MAX];
	size_t first_key[JSONL_DEPTH_MAX];
	int depth;
	struct slice *key;
	size_t nkeys;
	size_t key_cap;
};

struct json_nest *json_nest_new(struct arena *mem)
{
	return arena_alloc(mem, sizeof(struct json_nest));
}

static bool add_key(struct json_walk *w, struct json_nest *s)
{
	struct json_value v;
	struct slice key;
	size_t first = s->first_key[s->depth - 1];

	json_walk_space(w);
	if (!json_walk_string(w, &v) || !json_walk_unescape(w, &v, &key))
		return false;
	for (size_t i = first; i < s->nkeys; i++)
		if (slice_eq(s->key[i], key))
			return wrong(w, "an object has a key twice");
	if (s->nkeys - first >= JSONL_KEYS_MAX)
		return wrong(w, "an object has too many keys");
	if (s->nkeys == s->key_cap) {
		struct slice *grown = arena_array(w->mem, s->key_cap * 2 + 16, sizeof(*grown));

		if (s->nkeys > 0)
			memcpy(grown, s->key, s->nkeys * sizeof(*grown));
		s->key = grown;
		s->key_cap = s->key_cap * 2 + 16;
	}
	s->key[s->nkeys++] = key;
	json_walk_space(w);
	return json_walk_char(w, ':', "a colon was expected");
}

/* Opens the object or array at hand; *is_empty when it closes at once. */
static bool push(struct json_walk *w, struct json_nest *s, bool *is_empty)
{
	bool is_object = w->p[w->at] == '{';

	if (s->depth == JSONL_DEPTH_MAX)
		return wrong(w, "it nests too deep");
	w->at++;
	s->is_object[s->depth] = is_object;
	s->first_key[s->depth++] = s->nkeys;
	json_walk_space(w);
	*is_empty = w->at < w->n && w->p[w->at] == (is_object ? '}' : ']');
	return *is_empty || !is_object || add_key(w, s);
}

/* Behind a value: closes what ends here; goes on to the next value if there is one. */
static bool pop(struct json_walk *w, struct json_nest *s)
{
	while (s->depth > 0) {
		bool is_object = s->is_object[s->depth - 1];

		json_walk_space(w);
		if (w->at < w->n && w->p[w->at] == ',') {
			w->at++;
			return !is_object || add_key(w, s);
		}
		if (!json_walk_char(w, is_object ? '}' : ']',
				    "a comma or the closing bracket was expected"))
			return false;
		s->nkeys = s->first_key[--s->depth];
	}
	return true;
}

static bool walk_nested(struct json_walk *w, struct json_value *out)
{
	struct json_nest *s = w->nest != NULL ? w->nest : json_nest_new(w->mem);
	size_t from = w->at;
	struct json_value inner;

	w->nest = s;
	s->depth = 0;
	s->nkeys = s->key_cap = 0;
	s->key = NULL;
	do {
		bool is_empty = false;

		json_walk_space(w);
		if (w->at < w->n && (w->p[w->at] == '{' || w->p[w->at] == '[')) {
			if (!push(w, s, &is_empty))
				return false;
			if (!is_empty)
				continue;
		} else if (!walk_scalar(w, &inner)) {
			return false;
		}
		if (is_empty) {
			w->at++;
			s->depth--;
		}
		if (!pop(w, s))
			return false;
	} while (s->depth > 0);
	*out = (struct json_value){ JSON_NESTED, { w->p + from, w->at - from }, false };
	return true;
}

bool json_walk_value(struct json_walk *w, struct json_value *out)
{
	json_walk_space(w);
	if (w->at < w->n && (w->p[w->at] == '{' || w->p[w->at] == '['))
		return walk_nested(w, out);
	return walk_scalar(w, out);
}

static char plain_escape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

/* The character of \uXXXX at s[*i] (behind the u), a pair taken together; 0: wrong. */
static uint32_t escaped_point(struct slice s, size_t *i)
{
	int32_t c = hex4(s.p + *i, s.n - *i), low;

	*i += 4;
	if (c < 0xd800 || c > 0xdfff)
		return c > 0 ? (uint32_t)c : 0;
	if (c > 0xdbff || s.n - *i < 6 || s.p[*i] != '\\' || s.p[*i + 1] != 'u')
		return 0;
	low = hex4(s.p + *i + 2, s.n - *i - 2);
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	*i += 6;
	return 0x10000u + (((uint32_t)c - 0xd800u) << 10) + ((uint32_t)low - 0xdc00u);
}

bool json_walk_unescape(struct json_walk *w, const struct json_value *v, struct slice *out)
{
	struct slice s = v->text;
	size_t n = 0, i = 0;
	char *to;

	*out = s;
	if (!v->has_escape)
		return true;
	to = arena_bytes(w->mem, s.n);
	while (i < s.n) {
		uint32_t c;

		if (s.p[i] != '\\') {
			to[n++] = s.p[i++];
			continue;
		}
		if (s.p[i + 1] != 'u') {
			to[n++] = plain_escape(s.p[i + 1]);
			i += 2;
			continue;
		}
		i += 2;
		c = escaped_point(s, &i);
		if (c == 0)
			return wrong(w, "a \\u stands for U+0000 or half a character");
		n += utf8_encode(c, to + n);
	}
	*out = (struct slice){ to, n };
	return true;
}
