/*
 * core/flow/xlsx_sheet.c
 *	Rows and cells: a short way for what programs write, a long one for the rest.
 */
#include "core/flow/xlsx_sheet.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/parse.h"

/* A cell of a number and its tags; with less in the window more is read. */
#define NEAR_BYTES 4096

/* What the tag of a cell says, and what is in it. */
struct raw_cell {
	int column;
	unsigned style;
	char type[10];	/* "" as "n" */
	struct slice value;
	bool is_plain;	/* value: nothing to decode */
	bool has_value;
	bool has_formula;
	bool has_text;	/* <is>, gathered in long_text */
};

static void release(void *obj)
{
	struct xlsx_sheet *s = obj;

	xlsx_text_release(&s->long_text);
	buf_release(&s->value);
}

struct xlsx_sheet *xlsx_sheet_new(struct arena *mem, const struct xlsx_book *book,
				  struct xlsx_strings *strings, const char *name, struct xml *x)
{
	struct xlsx_sheet *s = arena_alloc(mem, sizeof(*s));

	s->book = book;
	s->strings = strings;
	s->x = x;
	s->name = arena_strdup(mem, name);
	xlsx_text_init(&s->long_text);
	buf_init(&s->value, XML_TEXT_MAX);
	arena_on_free(mem, release, s);
	return s;
}

static enum err_code damaged(const struct xlsx_sheet *s, const char *why, struct err *err)
{
	char ref[16];
	enum err_code rc = err_set(err, ERR_INPUT, "%s is damaged: %s near %s", s->name, why,
				   xlsx_ref_text(s->cell.column, s->row, ref));

	err_hint(err, "Save it again with the program that made it; nothing of it was loaded.");
	return rc;
}

/* ---- what a cell means ----------------------------------------------------- */

static void bad(struct xlsx_cell *c, struct slice text, const char *why)
{
	c->kind = XLSX_BAD;
	c->text = text;
	c->why = why;
}

static void set_number(struct xlsx_sheet *s, const struct raw_cell *r)
{
	struct xlsx_cell *c = &s->cell;
	enum xlsx_style style = r->style < (unsigned)s->book->nstyles
					? (enum xlsx_style)s->book->style[r->style] : XLSX_NUMBER;
	const char *why = "is not a number";
	size_t n;

	if (style == XLSX_NUMBER)
		n = xlsx_number(r->value, s->small);
	else
		n = xlsx_moment(r->value, style, s->book->from_1904, s->small, &why);
	if (n == 0) {
		bad(c, r->value, why);
		return;
	}
	c->kind = style == XLSX_NUMBER ? XLSX_AMOUNT
				       : style == XLSX_DURATION ? XLSX_SPAN : XLSX_MOMENT;
	c->text = (struct slice){ s->small, n };
}

static enum err_code set_shared(struct xlsx_sheet *s, const struct raw_cell *r, struct err *err)
{
	int64_t i = 0;
	size_t at = 0;
	bool found = false;
	enum err_code rc;

	while (at < r->value.n && r->value.p[at] >= '0' && r->value.p[at] <= '9' && at < 12)
		i = i * 10 + (r->value.p[at++] - '0');
	if (at == 0 || at < r->value.n)
		return damaged(s, "a text has no number", err);
	rc = xlsx_strings_get(s->strings, i, &s->cell.text, &found, err);
	if (rc == ERR_OK && !found)
		return damaged(s, "a text is named that the workbook does not hold", err);
	s->cell.kind = XLSX_TEXT;
	return rc;
}

/* The text of a formula, of an error, of an ISO date: decoded into value. */
static enum err_code set_text(struct xlsx_sheet *s, const struct raw_cell *r, enum xlsx_kind kind,
			      struct err *err)
{
	struct buf *b = &s->value;
	enum err_code rc;
	long n = (long)r->value.n;

	s->cell.kind = kind;
	/* What was gathered piece by piece is decoded, and lies in value already. */
	if (!r->is_plain) {
		buf_clear(b);
		rc = buf_reserve(b, r->value.n + 1, err);
		if (rc != ERR_OK)
			return err_wrap(err, rc, "reading %s", s->name);
		n = xml_decode(r->value, b->data);
		if (n < 0)
			return damaged(s, "a text names an entity that XML does not have", err);
		b->len = (size_t)n;
	}
	if (b->len > 0)
		b->len = xlsx_unescape(b->data, b->len);
	s->cell.text = (struct slice){ buf_str(b), b->len };
	if (utf8_valid(s->cell.text.p, s->cell.text.n) != s->cell.text.n)
		return damaged(s, "a text is not UTF-8", err);
	return ERR_OK;
}

static void set_bool(struct xlsx_sheet *s, const struct raw_cell *r)
{
	struct xlsx_cell *c = &s->cell;
	struct slice v = parse_trim(r->value);

	c->kind = XLSX_BOOL;
	if (slice_is(v, "1") || slice_is(v, "true"))
		c->text = SLICE("true");
	else if (slice_is(v, "0") || slice_is(v, "false"))
		c->text = SLICE("false");
	else
		bad(c, r->value, "is neither true nor false");
}

/* *is_there is false for a cell that is only coloured. */
static enum err_code set_cell(struct xlsx_sheet *s, const struct raw_cell *r, bool *is_there,
			      struct err *err)
{
	struct xlsx_cell *c = &s->cell;

	*c = (struct xlsx_cell){ .column = r->column };
	*is_there = true;
	if (strcmp(r->type, "inlineStr") == 0 && r->has_text) {
		struct buf *b = &s->long_text.out;

		if (b->len > 0)
			b->len = xlsx_unescape(b->data, b->len);
		c->kind = XLSX_TEXT;
		c->text = (struct slice){ buf_str(b), b->len };
		return utf8_valid(c->text.p, c->text.n) == c->text.n
			       ? ERR_OK : damaged(s, "a text is not UTF-8", err);
	}
	if (strcmp(r->type, "str") == 0 && r->has_value)
		return set_text(s, r, XLSX_TEXT, err);
	if (r->value.n == 0) {
		*is_there = r->has_formula;
		c->kind = XLSX_NO_RESULT;
		return ERR_OK;
	}
	switch (r->type[0]) {
	case '\0': case 'n':
		set_number(s, r);
		return ERR_OK;
	case 's':
		return set_shared(s, r, err);
	case 'b':
		set_bool(s, r);
		return ERR_OK;
	case 'e':
		return set_text(s, r, XLSX_ERROR, err);
	case 'd':
		return set_text(s, r, XLSX_MOMENT, err);
	default:
		bad(c, r->value, "is in a cell of an unknown kind");
		return ERR_OK;
	}
}

/* ---- the long way ---------------------------------------------------------- */

static bool read_place(struct xlsx_sheet *s, struct slice attrs, struct raw_cell *r)
{
	struct slice v;
	int64_t style;
	long row = s->row;

	r->column = s->next_column;
	if (xml_attr(attrs, "r", &v) && !xlsx_ref(v, &r->column, &row))
		return false;
	if (xml_attr(attrs, "s", &v) && parse_int(v, &style) == PARSE_OK && style >= 0)
		r->style = (unsigned)style;
	if (xml_attr(attrs, "t", &v) && v.n < sizeof(r->type))
		memcpy(r->type, v.p, v.n);
	return r->column >= 0 && r->column < XLSX_COLUMNS_MAX && row == s->row;
}

/* A piece of <v>, decoded: comments may cut it, and the window moves on. */
static enum err_code add_value(struct xlsx_sheet *s, const struct xml_token *t, struct err *err)
{
	struct buf *b = &s->value;
	enum err_code rc = buf_reserve(b, t->text.n + 1, err);
	long n = (long)t->text.n;

	if (rc != ERR_OK)
		return err_wrap(err, rc, "reading %s", s->name);
	if (t->is_plain)
		memcpy(b->data + b->len, t->text.p, t->text.n);
	else
		n = xml_decode(t->text, b->data + b->len);
	if (n < 0)
		return damaged(s, "a text names an entity that XML does not have", err);
	b->len += (size_t)n;
	return ERR_OK;
}

/* Everything up to </c>. */
static enum err_code read_content(struct xlsx_sheet *s, struct raw_cell *r, struct err *err)
{
	bool in_value = false, in_text = false;
	struct xml_token t;
	enum err_code rc = ERR_OK;

	while (rc == ERR_OK) {
		rc = xml_next(s->x, &t, err);
		if (rc != ERR_OK)
			break;
		if (t.kind == XML_END)
			return damaged(s, "it ends within a cell", err);
		if (t.kind == XML_CLOSE && xml_is(t.name, "c"))
			break;
		if (in_text)
			rc = xlsx_text_add(&s->long_text, s->x, &t, err);
		else if (in_value && t.kind == XML_TEXT)
			rc = add_value(s, &t, err);
		if (t.kind == XML_TEXT)
			continue;
		if (xml_is(t.name, "is"))
			in_text = t.kind == XML_OPEN && !t.is_empty;
		else if (xml_is(t.name, "v"))
			in_value = t.kind == XML_OPEN && !t.is_empty;
		r->has_text |= xml_is(t.name, "is");
		r->has_value |= xml_is(t.name, "v");
		r->has_formula |= xml_is(t.name, "f");
	}
	r->value = (struct slice){ buf_str(&s->value), s->value.len };
	r->is_plain = true;
	return rc;
}

static enum err_code long_cell(struct xlsx_sheet *s, const struct xml_token *t, bool *is_there,
			       struct err *err)
{
	struct raw_cell r = { 0 };
	bool is_empty = t->is_empty;
	enum err_code rc = ERR_OK;

	if (!read_place(s, t->attrs, &r))
		return damaged(s, "a cell does not say where it is", err);
	s->next_column = r.column + 1;
	s->cell.column = r.column;
	xlsx_text_clear(&s->long_text);
	buf_clear(&s->value);
	*is_there = false;
	if (!is_empty)
		rc = read_content(s, &r, err);
	if (rc == ERR_OK && !is_empty)
		rc = set_cell(s, &r, is_there, err);
	return rc;
}

/* ---- the short way: <c r="B7" s="3" t="s"><v>12</v></c> --------------------- */

/* Reads the attributes from p; behind the `>`, or NULL when it is not that simple. */
static const char *short_attrs(const struct xlsx_sheet *s, const char *p, const char *end,
			       struct raw_cell *r)
{
	while (end - p > 8 && *p == ' ') {
		char key = p[1];

		if (p[2] != '=' || p[3] != '"')
			return NULL;
		p += 4;
		if (key == 'r') {
			long row = 0;
			int c = 0;

			for (; *p >= 'A' && *p <= 'Z' && c < XLSX_COLUMNS_MAX; p++)
				c = c * 26 + (*p - 'A' + 1);
			r->column = c - 1;
			for (; *p >= '0' && *p <= '9' && row < XLSX_ROWS_MAX; p++)
				row = row * 10 + (*p - '0');
			if (row != s->row)
				return NULL;
		} else if (key == 's') {
			for (r->style = 0; *p >= '0' && *p <= '9' && r->style < 100000000; p++)
				r->style = r->style * 10 + (unsigned)(*p - '0');
		} else if (key == 't') {
			size_t n = 0;

			while (*p >= 'A' && *p <= 'z' && n < sizeof(r->type) - 1)
				r->type[n++] = *p++;
		} else {
			return NULL;
		}
		if (*p++ != '"')
			return NULL;
	}
	if (r->column < 0 || r->column >= XLSX_COLUMNS_MAX || end - p < 2)
		return NULL;
	return p;
}

/*
 * True: a cell was taken from the window. *is_there as in set_cell(). What stands in
 * the window has a '\0' behind it, so that no loop over digits or letters runs off.
 */
static bool short_cell(struct xlsx_sheet *s, bool *is_there, enum err_code *rc, struct err *err)
{
	struct xml *x = s->x;
	struct raw_cell r = { .column = s->next_column };
	const char *p = short_attrs(s, x->p + 2, x->end, &r), *close;

	if (p == NULL)
		return false;
	*is_there = false;
	if (p[0] == '/' && p[1] == '>') {
		x->p = p + 2;
		s->next_column = r.column + 1;
		return true;
	}
	if (x->end - p < 12 || memcmp(p, "><v>", 4) != 0)
		return false;
	p += 4;
	close = memchr(p, '<', (size_t)(x->end - p));
	if (close == NULL || x->end - close < 8 || memcmp(close, "</v></c>", 8) != 0)
		return false;
	r.value = (struct slice){ p, (size_t)(close - p) };
	r.has_value = true;
	s->next_column = r.column + 1;
	x->p = close + 8;
	*rc = set_cell(s, &r, is_there, err);
	return true;
}

/* ---- rows ------------------------------------------------------------------ */

static enum err_code begin_row(struct xlsx_sheet *s, const struct xml_token *t, struct err *err)
{
	struct slice v;
	int64_t row = s->row + 1;

	if (xml_attr(t->attrs, "r", &v) && parse_int(v, &row) != PARSE_OK)
		row = 0;
	if (row <= s->row || row > XLSX_ROWS_MAX)
		return damaged(s, "rows are not in order", err);
	s->row = (long)row;
	s->is_row_hidden = xml_attr(t->attrs, "hidden", &v) &&
			   (slice_is(v, "1") || slice_is(v, "true"));
	s->next_column = 0;
	s->in_row = !t->is_empty;
	return ERR_OK;
}

static void hide_columns(struct xlsx_sheet *s, struct slice attrs)
{
	struct slice v;
	int64_t from = 0, to = 0;

	if (!xml_attr(attrs, "hidden", &v) || !(slice_is(v, "1") || slice_is(v, "true")) ||
	    !xml_attr(attrs, "min", &v) || parse_int(v, &from) != PARSE_OK ||
	    !xml_attr(attrs, "max", &v) || parse_int(v, &to) != PARSE_OK)
		return;
	for (int64_t c = from < 1 ? 1 : from; c <= to && c <= XLSX_COLUMNS_MAX; c++)
		s->hidden[(c - 1) / 8] |= (uint8_t)(1 << ((c - 1) % 8));
	s->has_hidden = true;
}

enum err_code xlsx_sheet_next(struct xlsx_sheet *s, enum xlsx_event *event, struct err *err)
{
	struct xml *x = s->x;
	struct xml_token t;
	bool is_there = false;
	enum err_code rc = ERR_OK;

	*event = XLSX_SHEET_END;
	while (rc == ERR_OK && !s->is_end) {
		if (x->end - x->p < NEAR_BYTES && !x->is_end) {
			rc = xml_more(x, err);
			if (rc != ERR_OK)
				break;
		}
		if (s->in_row && x->end - x->p > 2 && x->p[0] == '<' && x->p[1] == 'c' &&
		    (x->p[2] == ' ' || x->p[2] == '>') && short_cell(s, &is_there, &rc, err)) {
			if (rc == ERR_OK && is_there) {
				*event = XLSX_CELL;
				return ERR_OK;
			}
			continue;
		}
		rc = xml_next(x, &t, err);
		if (rc != ERR_OK || t.kind == XML_TEXT)
			continue;
		if (t.kind == XML_END)
			return damaged(s, "it ends before its last row", err);
		if (t.kind == XML_CLOSE) {
			s->is_end = xml_is(t.name, "sheetData");
			s->in_row = s->in_row && !xml_is(t.name, "row");
		} else if (xml_is(t.name, "c") && s->in_row) {
			rc = long_cell(s, &t, &is_there, err);
			*event = XLSX_CELL;
			if (rc == ERR_OK && is_there)
				return ERR_OK;
		} else if (xml_is(t.name, "row")) {
			rc = begin_row(s, &t, err);
			*event = XLSX_ROW;
			return rc;
		} else if (xml_is(t.name, "col")) {
			hide_columns(s, t.attrs);
		} else if (xml_is(t.name, "sheetData")) {
			s->is_end = t.is_empty;
		}
	}
	*event = XLSX_SHEET_END;
	return rc;
}

/* ---- merged cells ---------------------------------------------------------- */

static bool read_merge(struct slice attrs, struct xlsx_merge *m)
{
	struct slice v;
	const char *colon;

	*m = (struct xlsx_merge){ .column = -1, .last_column = -1 };
	if (!xml_attr(attrs, "ref", &v))
		return false;
	colon = memchr(v.p, ':', v.n);
	if (colon == NULL)
		return false;
	return xlsx_ref((struct slice){ v.p, (size_t)(colon - v.p) }, &m->column, &m->row) &&
	       xlsx_ref((struct slice){ colon + 1, v.n - (size_t)(colon + 1 - v.p) },
			&m->last_column, &m->last_row) &&
	       m->column >= 0 && m->row > 0 && m->last_column >= m->column &&
	       m->last_row >= m->row;
}

static int by_row(const void *a, const void *b)
{
	const struct xlsx_merge *x = a, *y = b;

	return x->row != y->row ? (x->row < y->row ? -1 : 1) : x->column - y->column;
}

enum err_code xlsx_sheet_merges(struct arena *mem, struct xlsx_sheet *s, struct xlsx_merge **out,
				int *n, struct err *err)
{
	struct xml_token t = { .kind = XML_TEXT };
	enum err_code rc = ERR_OK;
	int cap = 0;

	*out = NULL;
	*n = 0;
	while (rc == ERR_OK && t.kind != XML_END) {
		struct xlsx_merge m;

		rc = xml_next(s->x, &t, err);
		if (rc != ERR_OK || t.kind != XML_OPEN || !xml_is(t.name, "mergeCell") ||
		    !read_merge(t.attrs, &m))
			continue;
		if (*n == XLSX_MERGES_MAX)
			return err_set(err, ERR_LIMIT, "%s has more than %d merged cells", s->name,
				       XLSX_MERGES_MAX);
		if (*n == cap) {
			struct xlsx_merge *grown = arena_array(mem, (size_t)cap * 2 + 64,
							       sizeof(*grown));

			if (*n > 0)
				memcpy(grown, *out, (size_t)*n * sizeof(*grown));
			*out = grown;
			cap = cap * 2 + 64;
		}
		(*out)[(*n)++] = m;
	}
	if (rc == ERR_OK && *n > 1)
		qsort(*out, (size_t)*n, sizeof(**out), by_row);
	return rc;
}
