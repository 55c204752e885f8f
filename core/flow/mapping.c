/*
 * core/flow/mapping.c
 *	Mappings between their text, their lines and a pipeline.
 */
#include "core/flow/mapping.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/nearest.h"
#include "core/base/text.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* ---- reading ---------------------------------------------------------------------- */

struct reader {
	struct arena *mem;
	const char *text;
	size_t len, pos;
	struct mapping *out;
	int cap;
	struct mapping_at *at;
	struct err *err;
};

static void locate(const struct reader *r, size_t pos, int *line, int *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < pos && i < r->len; i++) {
		if (r->text[i] == '\n') {
			(*line)++;
			*column = 1;
		} else {
			*column += ((unsigned char)r->text[i] & 0xC0) != 0x80;
		}
	}
}

static enum err_code fail(struct reader *r, size_t pos, const char *fmt, ...) PRINTF(3, 4);

static enum err_code fail(struct reader *r, size_t pos, const char *fmt, ...)
{
	char why[150];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	locate(r, pos, &r->at->line, &r->at->column);
	return err_set(r->err, ERR_CONFIG, "line %d, character %d: %s", r->at->line,
		       r->at->column, why);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name_char(char ch)
{
	unsigned char u = (unsigned char)ch;

	return u >= 0x80 || ch == '_' || (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') ||
	       (u >= 'A' && u <= 'Z');
}

static void skip_spaces(struct reader *r)
{
	while (r->pos < r->len && (r->text[r->pos] == ' ' || r->text[r->pos] == '\t'))
		r->pos++;
}

/* To the end of the line and of those that go on with it. */
static size_t end_of(const struct reader *r, size_t pos)
{
	while (pos < r->len && (r->text[pos] != '\n' ||
				(pos + 1 < r->len && r->text[pos + 1] == '\t')))
		pos++;
	return pos;
}

/* Ends of lines become plain ones, whatever stood before them. */
static size_t add_char(char *out, size_t n, char c)
{
	while (c == '\n' && n > 0 && out[n - 1] == '\r')
		n--;
	out[n] = c;
	return n + 1;
}

/* Bytes from .. to without blanks around them and without the tabs that join lines. */
static const char *joined(struct reader *r, size_t from, size_t to)
{
	char *out = arena_bytes(r->mem, to - from + 1);
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		if (r->text[i] == '\t' && i > from && r->text[i - 1] == '\n')
			continue;
		n = add_char(out, n, r->text[i]);
	}
	while (n > 0 && is_blank(out[n - 1]))
		n--;
	out[n] = '\0';
	return out;
}

static void add_line(struct arena *mem, struct mapping *m, int *cap, struct mapping_line l)
{
	if (m->n >= *cap) {
		struct mapping_line *more = arena_array(mem, (size_t)m->n * 2 + 16,
							sizeof(*more));

		if (m->n > 0)
			memcpy(more, m->line, (size_t)m->n * sizeof(*more));
		m->line = more;
		*cap = m->n * 2 + 16;
	}
	m->line[m->n++] = l;
}

/* Up to the closing quote; two of them stand for one. */
static enum err_code read_quoted(struct reader *r, const char **out)
{
	size_t start = r->pos, n = 0;
	char *name = arena_bytes(r->mem, r->len - r->pos + 1);

	for (r->pos++; r->pos < r->len; r->pos++) {
		if (r->text[r->pos] == '"') {
			if (r->pos + 1 >= r->len || r->text[r->pos + 1] != '"')
				break;
			r->pos++;
		}
		name[n++] = r->text[r->pos];
	}
	if (r->pos >= r->len)
		return fail(r, start, "a quoted name is not closed");
	r->pos++;
	name[n] = '\0';
	if (n == 0)
		return fail(r, start, "a field has a name");
	*out = name;
	return ERR_OK;
}

static enum err_code read_name(struct reader *r, const char **out)
{
	size_t start = r->pos;

	if (r->text[r->pos] == '"')
		return read_quoted(r, out);
	while (r->pos < r->len && is_name_char(r->text[r->pos]))
		r->pos++;
	if (r->pos == start)
		return fail(r, start, "the name of a target field is expected");
	*out = arena_strndup(r->mem, r->text + start, r->pos - start);
	return ERR_OK;
}

static bool has_kind(const struct mapping *m, enum mapping_kind kind)
{
	for (int i = 0; i < m->n; i++)
		if (m->line[i].kind == kind)
			return true;
	return false;
}

/* "check: ..." and the like. */
static enum err_code read_setting(struct reader *r, size_t start, const char *word,
				  struct mapping_line *l)
{
	static const char *const known[] = { "check", "filter", "others" };
	static const enum mapping_kind kinds[] = { MAPPING_CHECK, MAPPING_FILTER,
						   MAPPING_OTHERS };
	struct nearest near;

	nearest_init(&near, word);
	for (int i = 0; i < 3; i++) {
		nearest_try(&near, known[i]);
		if (strcmp(known[i], word) != 0)
			continue;
		l->kind = kinds[i];
		if (l->kind != MAPPING_CHECK && has_kind(r->out, l->kind))
			return fail(r, start, "there is a second line %s:", word);
		return ERR_OK;
	}
	fail(r, start, "\"%s:\" means nothing; there are check:, filter: and others:",
	     text_fit(r->mem, word, strlen(word), 40));
	if (nearest_best(&near) != NULL)
		err_hint(r->err, "Did you mean %s:? A field is written NAME = EXPRESSION.",
			 nearest_best(&near));
	return ERR_CONFIG;
}

static enum err_code check_line(struct reader *r, size_t start, const struct mapping_line *l)
{
	if (l->text[0] == '\0')
		return fail(r, r->pos, "%s", l->kind == MAPPING_FIELD ?
			    "an expression is expected, or - for nothing" :
			    "something is expected behind the colon");
	if (l->kind == MAPPING_FIELD && mapping_find(r->out, l->name) >= 0)
		return fail(r, start, "field %s has a line already",
			    text_fit(r->mem, l->name, strlen(l->name), 60));
	if (l->kind == MAPPING_OTHERS && strcmp(l->text, "take") != 0 &&
	    strcmp(l->text, "leave") != 0)
		return fail(r, r->pos, "others: is take or leave");
	return ERR_OK;
}

static enum err_code read_line(struct reader *r)
{
	size_t start = r->pos, end = end_of(r, r->pos);
	struct mapping_line l = { .kind = MAPPING_FIELD, .name = "" };
	enum err_code rc;

	skip_spaces(r);
	if (r->pos >= r->len || r->text[r->pos] == '\n' || r->text[r->pos] == '\r' ||
	    r->text[r->pos] == '#') {
		const char *stop = memchr(r->text + r->pos, '\n', r->len - r->pos);

		end = stop != NULL ? (size_t)(stop - r->text) : r->len;
		l.kind = MAPPING_COMMENT;
		l.text = joined(r, r->pos, end);
		add_line(r->mem, r->out, &r->cap, l);
		r->pos = end + 1;
		return ERR_OK;
	}
	start = r->pos;
	rc = read_name(r, &l.name);
	if (rc != ERR_OK)
		return rc;
	end = end_of(r, r->pos);
	skip_spaces(r);
	if (r->pos < r->len && r->text[r->pos] == ':' && r->text[start] != '"') {
		rc = read_setting(r, start, l.name, &l);
		l.name = "";
	} else if (r->pos >= r->len || r->text[r->pos] != '=') {
		rc = fail(r, r->pos, "= is expected behind the name of a field");
	}
	if (rc != ERR_OK)
		return rc;
	for (r->pos++; r->pos < end && is_blank(r->text[r->pos]);)
		r->pos++;
	locate(r, r->pos, &l.line, &l.column);
	l.text = joined(r, r->pos, end);
	rc = check_line(r, start, &l);
	if (rc == ERR_OK)
		add_line(r->mem, r->out, &r->cap, l);
	r->pos = end + 1;
	return rc;
}

enum err_code mapping_parse(struct arena *mem, const char *text, size_t len, struct mapping *out,
			    struct mapping_at *at, struct err *err)
{
	struct reader r = { .mem = mem, .text = text, .len = len, .out = out, .at = at,
			    .err = err };
	enum err_code rc = ERR_OK;

	*out = (struct mapping){ 0 };
	*at = (struct mapping_at){ 1, 1 };
	if (len > MAPPING_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "a mapping has at most %u bytes", MAPPING_BYTES_MAX);
	if (len >= strlen(BYTE_ORDER_MARK) &&
	    memcmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		r.pos = strlen(BYTE_ORDER_MARK);
	if (memchr(text, '\0', len) != NULL)
		return fail(&r, (size_t)((const char *)memchr(text, '\0', len) - text),
			    "a byte is 0: this is no text");
	if (utf8_valid(text, len) < len)
		return fail(&r, utf8_valid(text, len), "a mapping is UTF-8, and this is not");
	while (r.pos < len && rc == ERR_OK)
		rc = read_line(&r);
	return rc;
}

/* ---- writing ---------------------------------------------------------------------- */

void mapping_put_name(struct buf *out, const char *name)
{
	bool is_mark = strncmp(name, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0;
	size_t n = 0;

	while (is_name_char(name[n]))
		n++;
	/* At the beginning of a text, such a one would be no part of the name. */
	if (n > 0 && name[n] == '\0' && !is_mark) {
		buf_adds(out, name);
		return;
	}
	buf_adds(out, "\"");
	for (const char *p = name; *p != '\0'; p++)
		buf_addf(out, *p == '"' ? "\"\"" : "%c", *p);
	buf_adds(out, "\"");
}

static void put_text(struct buf *out, const char *text)
{
	for (;;) {
		size_t n = strcspn(text, "\n");

		buf_add(out, text, n);
		if (text[n] == '\0')
			return;
		buf_adds(out, "\n\t");
		text += n + 1;
	}
}

static void put_line(struct buf *out, const struct mapping_line *l)
{
	switch (l->kind) {
	case MAPPING_COMMENT:
		buf_adds(out, l->text);
		return;
	case MAPPING_FIELD:
		mapping_put_name(out, l->name);
		buf_adds(out, " = ");
		break;
	case MAPPING_CHECK:
		buf_adds(out, "check: ");
		break;
	case MAPPING_FILTER:
		buf_adds(out, "filter: ");
		break;
	case MAPPING_OTHERS:
		buf_adds(out, "others: ");
		break;
	}
	put_text(out, l->text);
}

void mapping_print(const struct mapping *m, struct buf *out)
{
	for (int i = 0; i < m->n; i++) {
		put_line(out, &m->line[i]);
		buf_adds(out, "\n");
	}
}

const char *mapping_line_text(struct arena *mem, const struct mapping_line *l)
{
	struct buf text;
	const char *copy;

	buf_init(&text, MAPPING_BYTES_MAX * 2);
	put_line(&text, l);
	copy = arena_strdup(mem, buf_str(&text));
	buf_release(&text);
	return copy;
}

/* ---- from and to a pipeline ------------------------------------------------------- */

bool mapping_leaves_out(const char *expr)
{
	while (is_blank(*expr))
		expr++;
	if (*expr++ != '-')
		return false;
	while (is_blank(*expr))
		expr++;
	return *expr == '\0';
}

/* Without blanks around it, and with plain ends of lines. */
static const char *tidy(struct arena *mem, const char *text)
{
	char *out = arena_strdup(mem, text + strspn(text, " \t\r\n"));
	size_t n = 0;

	for (const char *p = out; *p != '\0'; p++)
		n = add_char(out, n, *p);
	while (n > 0 && is_blank(out[n - 1]))
		n--;
	out[n] = '\0';
	return out;
}

static bool is_same_line(const struct mapping_line *a, const struct mapping_line *b)
{
	if (a->kind != b->kind || a->kind == MAPPING_COMMENT)
		return false;
	if (a->kind == MAPPING_FIELD)
		return strcmp(a->name, b->name) == 0;
	return a->kind != MAPPING_CHECK || strcmp(a->text, b->text) == 0;
}

static int find_like(const struct mapping *m, const struct mapping_line *l)
{
	for (int i = 0; i < m->n; i++)
		if (is_same_line(&m->line[i], l))
			return i;
	return -1;
}

/* Comments right above line i of like, then l itself. */
static void add_with_comments(struct arena *mem, const struct mapping *like, struct mapping *out,
			      int *cap, struct mapping_line l)
{
	int at = like != NULL ? find_like(like, &l) : -1, first = at;

	while (first > 0 && like->line[first - 1].kind == MAPPING_COMMENT)
		first--;
	for (int i = first; i >= 0 && i < at; i++)
		add_line(mem, out, cap, like->line[i]);
	add_line(mem, out, cap, l);
}

void mapping_of(struct arena *mem, const struct pipeline *p, const struct mapping *like,
		struct mapping *out)
{
	int cap = 0, last = like != NULL ? like->n : 0;

	*out = (struct mapping){ 0 };
	for (int i = 0; i < p->nmaps; i++)
		add_with_comments(mem, like, out, &cap,
				  (struct mapping_line){ MAPPING_FIELD, p->map[i].target,
							 tidy(mem, p->map[i].expr), 0, 0 });
	if (p->only_mapped)
		add_with_comments(mem, like, out, &cap,
				  (struct mapping_line){ MAPPING_OTHERS, "", "leave", 0, 0 });
	if (p->filter != NULL && p->filter[0] != '\0')
		add_with_comments(mem, like, out, &cap,
				  (struct mapping_line){ MAPPING_FILTER, "",
							 tidy(mem, p->filter), 0, 0 });
	for (int i = 0; i < p->nchecks; i++)
		add_with_comments(mem, like, out, &cap,
				  (struct mapping_line){ MAPPING_CHECK, "",
							 tidy(mem, p->check[i]), 0, 0 });
	while (last > 0 && like->line[last - 1].kind == MAPPING_COMMENT)
		last--;
	for (int i = last; like != NULL && i < like->n; i++)
		add_line(mem, out, &cap, like->line[i]);
}

void mapping_into(struct arena *mem, const struct mapping *m, struct pipeline *p)
{
	p->map = arena_array(mem, (size_t)m->n + 1, sizeof(*p->map));
	p->check = arena_array(mem, (size_t)m->n + 1, sizeof(*p->check));
	p->nmaps = p->nchecks = 0;
	p->filter = NULL;
	p->only_mapped = false;
	for (int i = 0; i < m->n; i++) {
		const struct mapping_line *l = &m->line[i];

		switch (l->kind) {
		case MAPPING_FIELD:
			p->map[p->nmaps++] = (struct map_rule){ l->name, l->text };
			break;
		case MAPPING_CHECK:
			p->check[p->nchecks++] = l->text;
			break;
		case MAPPING_FILTER:
			p->filter = l->text;
			break;
		case MAPPING_OTHERS:
			p->only_mapped = strcmp(l->text, "leave") == 0;
			break;
		case MAPPING_COMMENT:
			break;
		}
	}
}

/* ---- editing ----------------------------------------------------------------------- */

int mapping_find(const struct mapping *m, const char *field)
{
	for (int i = 0; i < m->n; i++)
		if (m->line[i].kind == MAPPING_FIELD && strcmp(m->line[i].name, field) == 0)
			return i;
	return -1;
}

/* Lines of its own, with room for one more: others may share them. */
static void own_lines(struct arena *mem, struct mapping *m)
{
	struct mapping_line *line = arena_array(mem, (size_t)m->n + 1, sizeof(*line));

	if (m->n > 0)
		memcpy(line, m->line, (size_t)m->n * sizeof(*line));
	m->line = line;
}

void mapping_set(struct arena *mem, struct mapping *m, const char *field, const char *expr)
{
	int at = mapping_find(m, field), to = 0;

	own_lines(mem, m);
	if (at >= 0 && expr != NULL) {
		m->line[at].text = tidy(mem, expr);
		m->line[at].line = m->line[at].column = 0;
		return;
	}
	if (at >= 0) {
		memmove(m->line + at, m->line + at + 1,
			(size_t)(m->n - at - 1) * sizeof(*m->line));
		m->n--;
		return;
	}
	if (expr == NULL)
		return;
	for (int i = 0; i < m->n; i++)
		if (m->line[i].kind == MAPPING_FIELD)
			to = i + 1;
	/* Without a field: behind the comments of the head. */
	for (int i = 0; to == 0 && i < m->n && m->line[i].kind == MAPPING_COMMENT; i++)
		if (i + 1 == m->n || m->line[i + 1].kind != MAPPING_COMMENT)
			to = i + 1;
	memmove(m->line + to + 1, m->line + to, (size_t)(m->n - to) * sizeof(*m->line));
	m->line[to] = (struct mapping_line){ MAPPING_FIELD, arena_strdup(mem, field),
					     tidy(mem, expr), 0, 0 };
	m->n++;
}
