/*
 * core/flow/xml.c
 *	A window over the part, and tokens out of it.
 */
#include "core/flow/xml.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"

#define WINDOW (256u * 1024u)

static void release(void *obj)
{
	struct xml *x = obj;

	free(x->buf);
	x->buf = NULL;
}

struct xml *xml_new(struct arena *mem, const char *name, xml_read_fn read, void *ctx)
{
	struct xml *x = arena_alloc(mem, sizeof(*x));

	*x = (struct xml){ .name = name, .read = read, .ctx = ctx, .cap = WINDOW };
	x->buf = mem_alloc(x->cap + 1);
	x->p = x->end = x->buf;
	arena_on_free(mem, release, x);
	return x;
}

static enum err_code damaged(const struct xml *x, const char *why, struct err *err)
{
	enum err_code rc = err_set(err, ERR_INPUT, "%s is damaged: %s", x->name, why);

	err_hint(err, "Save it again with the program that made it; nothing of it was loaded.");
	return rc;
}

enum err_code xml_more(struct xml *x, struct err *err)
{
	size_t have = (size_t)(x->end - x->p), got = 0, more = 0;
	enum err_code rc;

	if (x->is_end)
		return ERR_OK;
	if (have > XML_TEXT_MAX)
		return err_set(err, ERR_LIMIT, "%s holds a text of more than %u MB", x->name,
			       XML_TEXT_MAX >> 20);
	if (have > 0 && x->p != x->buf)
		memmove(x->buf, x->p, have);
	if (have > x->cap / 2) {
		x->cap *= 2;
		x->buf = mem_resize(x->buf, x->cap + 1);
	}
	rc = x->read(x->ctx, x->buf + have, x->cap - have, &got, err);
	/* The mark of an encoding has two bytes, and a read may give one. */
	if (rc == ERR_OK && !x->was_read && got == 1) {
		rc = x->read(x->ctx, x->buf + 1, x->cap - 1, &more, err);
		got += more;
	}
	x->p = x->buf;
	x->end = x->buf + have + got;
	x->buf[have + got] = '\0';
	x->is_end = got == 0;
	if (rc == ERR_OK && !x->was_read && got >= 2 &&
	    (memcmp(x->p, "\xff\xfe", 2) == 0 || memcmp(x->p, "\xfe\xff", 2) == 0))
		rc = err_set(err, ERR_INPUT, "%s is written in UTF-16, which is not read", x->name);
	x->was_read = true;
	return rc;
}

bool xml_is(struct slice name, const char *word)
{
	return slice_is(name, word);
}

static struct slice local_name(const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);

	if (colon != NULL)
		return (struct slice){ colon + 1, n - (size_t)(colon + 1 - p) };
	return (struct slice){ p, n };
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Offset behind the `>` of the tag at p, which quoted values may hold too; 0: not all there. */
static size_t tag_end(const char *p, size_t n)
{
	char quote = '\0';

	for (size_t i = 1; i < n; i++) {
		if (quote != '\0') {
			const char *q = memchr(p + i, quote, n - i);

			if (q == NULL)
				return 0;
			i = (size_t)(q - p);
			quote = '\0';
		} else if (p[i] == '"' || p[i] == '\'') {
			quote = p[i];
		} else if (p[i] == '>') {
			return i + 1;
		}
	}
	return 0;
}

static void read_tag(const char *p, size_t n, struct xml_token *out)
{
	size_t at = 1, name;

	*out = (struct xml_token){ .kind = XML_OPEN };
	n--;	/* the > */
	if (p[at] == '/') {
		out->kind = XML_CLOSE;
		at++;
	} else if (n > 1 && p[n - 1] == '/') {
		out->is_empty = true;
		n--;
	}
	for (name = at; at < n && !is_space(p[at]); at++)
		;
	out->name = local_name(p + name, at - name);
	out->attrs = (struct slice){ p + at, n - at };
}

/* Length of a comment, declaration or instruction at p, or of a CDATA; 0: not all there. */
static size_t special_end(const char *p, size_t n, bool *is_cdata)
{
	static const struct {
		const char *from;
		const char *to;
	} kinds[] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<?", "?>" } };

	*is_cdata = false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t from_n = strlen(kinds[i].from), to_n = strlen(kinds[i].to);
		const char *to;

		if (n < from_n || memcmp(p, kinds[i].from, from_n) != 0)
			continue;
		to = memmem(p + from_n, n - from_n, kinds[i].to, to_n);
		*is_cdata = i == 1;
		return to != NULL ? (size_t)(to - p) + to_n : 0;
	}
	return 0;
}

static bool is_special(const char *p, size_t n)
{
	return n >= 2 && (p[1] == '!' || p[1] == '?');
}

static bool is_doctype(const char *p, size_t n)
{
	return n >= 4 && p[0] == '<' && p[1] == '!' && p[2] != '-' && p[2] != '[';
}

/* One token from [p, end), or a length of 0 when it is not all there. */
static size_t take(const struct xml *x, struct xml_token *out, bool *is_token)
{
	const char *p = x->p;
	size_t n = (size_t)(x->end - p), len;
	bool is_cdata = false;

	*is_token = true;
	if (p[0] != '<') {
		const char *tag = memchr(p, '<', n);

		if (tag == NULL && !x->is_end)
			return 0;
		len = tag != NULL ? (size_t)(tag - p) : n;
		*out = (struct xml_token){ .kind = XML_TEXT, .text = { p, len } };
		return len;
	}
	if (!is_special(p, n)) {
		len = tag_end(p, n);
		if (len > 0)
			read_tag(p, len, out);
		return len;
	}
	len = special_end(p, n, &is_cdata);
	*is_token = is_cdata;
	if (is_cdata && len > 0)
		*out = (struct xml_token){ .kind = XML_TEXT, .is_plain = true,
					   .text = { p + 9, len - 12 } };
	return len;
}

enum err_code xml_next(struct xml *x, struct xml_token *out, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (;;) {
		size_t n = (size_t)(x->end - x->p), len = 0;
		bool is_token = false;

		if (n > 0 && is_doctype(x->p, n)) {
			rc = err_set(err, ERR_INPUT, "%s declares a document type", x->name);
			err_hint(err, "No spreadsheet program writes one; it was not followed.");
			return rc;
		}
		if (n > 0)
			len = take(x, out, &is_token);
		x->p += len;
		if (is_token && len > 0)
			return ERR_OK;
		if (len > 0)
			continue;
		if (x->is_end && n == 0) {
			*out = (struct xml_token){ .kind = XML_END };
			return ERR_OK;
		}
		if (x->is_end)
			return damaged(x, "a tag in it is not closed", err);
		rc = xml_more(x, err);
		if (rc != ERR_OK)
			return rc;
	}
}

bool xml_attr(struct slice attrs, const char *name, struct slice *out)
{
	const char *p = attrs.p, *end = attrs.p + attrs.n;

	while (p < end) {
		const char *from, *eq, *close;
		struct slice key;

		while (p < end && is_space(*p))
			p++;
		from = p;
		eq = memchr(p, '=', (size_t)(end - p));
		if (eq == NULL)
			return false;
		for (p = eq; p > from && is_space(p[-1]); p--)
			;
		key = local_name(from, (size_t)(p - from));
		for (p = eq + 1; p < end && is_space(*p); p++)
			;
		if (p >= end || (*p != '"' && *p != '\''))
			return false;
		close = memchr(p + 1, *p, (size_t)(end - p - 1));
		if (close == NULL)
			return false;
		*out = (struct slice){ p + 1, (size_t)(close - p - 1) };
		if (slice_is(key, name) && (size_t)(eq - from) >= 5 + key.n &&
		    memcmp(from, "xmlns", 5) == 0)
			;	/* xmlns:name= declares a prefix */
		else if (slice_is(key, name))
			return true;
		p = close + 1;
	}
	return false;
}

/* "#65" or "#x41" as UTF-8; 0: no character that XML may hold. */
static size_t char_reference(const char *p, size_t n, char *to)
{
	bool is_hex = n > 1 && (p[1] == 'x' || p[1] == 'X');
	uint32_t c = 0;

	for (size_t i = is_hex ? 2 : 1; i < n; i++) {
		unsigned d = p[i] >= '0' && p[i] <= '9' ? (unsigned)(p[i] - '0')
			   : is_hex && (p[i] | 32) >= 'a' && (p[i] | 32) <= 'f'
				   ? (unsigned)((p[i] | 32) - 'a' + 10) : 99;

		if (d >= (is_hex ? 16u : 10u) || c > 0x10ffff)
			return 0;
		c = c * (is_hex ? 16 : 10) + d;
	}
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	return utf8_encode(c, to);
}

static size_t entity(const char *p, size_t n, char *to)
{
	static const struct {
		const char *name;
		char c;
	} known[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' },
		      { "apos", '\'' } };

	if (n > 1 && p[0] == '#')
		return char_reference(p, n, to);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) == n && memcmp(known[i].name, p, n) == 0) {
			*to = known[i].c;
			return 1;
		}
	}
	return 0;
}

long xml_decode(struct slice raw, char *to)
{
	char *out = to;

	for (size_t i = 0; i < raw.n;) {
		const char *p = raw.p + i, *close;
		size_t n;

		if (*p == '\r') {
			/* XML knows one line end. */
			*out++ = '\n';
			i += i + 1 < raw.n && p[1] == '\n' ? 2 : 1;
			continue;
		}
		if (*p != '&') {
			*out++ = *p;
			i++;
			continue;
		}
		n = raw.n - i < 12 ? raw.n - i : 12;
		close = memchr(p, ';', n);
		n = close != NULL ? entity(p + 1, (size_t)(close - p) - 1, out) : 0;
		if (n == 0)
			return -1;
		out += n;
		i += (size_t)(close - p) + 1;
	}
	return out - to;
}

const char *xml_attr_text(struct arena *mem, struct slice attrs, const char *name)
{
	struct slice raw;
	char *out;
	long n;

	if (!xml_attr(attrs, name, &raw))
		return NULL;
	out = arena_bytes(mem, raw.n + 1);
	n = xml_decode(raw, out);
	if (n < 0)
		return NULL;
	out[n] = '\0';
	return out;
}
