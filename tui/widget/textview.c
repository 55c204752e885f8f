/*
 * tui/widget/textview.c
 *	The lines of a text view: in and out, which of them pass the filters.
 *
 * Each kept line has a word of bits, one for each filter that it satisfies: a
 * filter is looked at once for a line, and turning it off and on looks at the
 * words alone.
 */
#include "tui/widget/textview.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "tui/widget/textview_priv.h"

#define HEAD_MAX 200	/* bytes */
#define TAB 8		/* cells */

struct textview *textview_new(size_t bytes)
{
	struct textview *v = mem_alloc(sizeof(*v));

	memset(v, 0, sizeof(*v));
	/* A line must fit, whatever was asked for. */
	v->ring = ring_new(bytes > 2 * TEXTVIEW_LINE_MAX ? bytes : 2 * TEXTVIEW_LINE_MAX);
	buf_init(&v->raw, TEXTVIEW_LINE_MAX);
	buf_init(&v->clean, TEXTVIEW_LINE_MAX);
	buf_init(&v->head, HEAD_MAX);
	v->measure = mem_alloc(TEXTVIEW_MEASURES * sizeof(*v->measure));
	memset(v->measure, 0, TEXTVIEW_MEASURES * sizeof(*v->measure));
	v->w = 80;
	v->h = 1;
	return v;
}

void textview_free(struct textview *v)
{
	if (v == NULL)
		return;
	for (int i = 0; i < v->nfilters; i++)
		free(v->filter[i].text);
	free(v->searched);
	buf_release(&v->raw);
	buf_release(&v->clean);
	buf_release(&v->head);
	ring_free(v->ring);
	free(v->measure);
	free(v);
}

void textview_clear(struct textview *v)
{
	ring_clear(v->ring);
	for (int i = 0; i < v->nfilters; i++)
		v->filter[i].count = 0;
	v->passing = v->unseen = v->found = v->errors = 0;
	v->side = 0;
}

/* ---- lines on their way in -------------------------------------------------- */

static bool is_plain(const char *p, size_t n)
{
	bool is = true;

	/* Without a way out in between: the compiler looks at many bytes at once. */
	for (size_t i = 0; i < n; i++)
		is &= p[i] >= 0x20 && p[i] < 0x7F;
	return is;
}

/* Bytes of the terminal sequence that begins with ESC at p; 1: only the ESC. */
static size_t sequence_length(const char *p, size_t n)
{
	size_t at = 2;

	if (n < 2)
		return 1;
	if (p[1] == '[') {
		while (at < n && p[at] >= 0x20 && p[at] < 0x40)
			at++;
		return at < n && p[at] >= 0x40 && p[at] < 0x7F ? at + 1 : 1;
	}
	if (p[1] == ']') {
		while (at < n && p[at] != '\a' && !(p[at] == '\\' && p[at - 1] == '\033'))
			at++;
		return at < n ? at + 1 : 1;
	}
	return 1;
}

/* Without colours and titles meant for a terminal, tabs as spaces, no end of line. */
static void unfold(struct buf *out, const char *p, size_t n)
{
	size_t cells = 0;

	while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	for (size_t at = 0; at < n && out->len < out->limit;) {
		size_t run = at;

		for (; run < n && p[run] != '\033' && p[run] != '\t'; run++)
			cells += (p[run] & 0xC0) != 0x80;
		buf_add(out, p + at, run - at);
		at = run;
		if (at < n && p[at] == '\t') {
			size_t spaces = TAB - cells % TAB;

			buf_add(out, "        ", spaces);
			cells += spaces;
			at++;
		} else if (at < n) {
			size_t len = sequence_length(p + at, n - at);

			if (len == 1)
				buf_add(out, p + at, 1);
			at += len;
		}
	}
}

/* What is kept of a line; borrowed until the next one. */
static struct ring_line taken(struct textview *v, const struct text_line *line)
{
	struct ring_line l = { .head = line->head != NULL ? line->head : "", .key = line->key,
			       .role = (uint8_t)line->role, .is_error = line->is_error };

	l.head_n = strlen(l.head);
	if (!is_plain(l.head, l.head_n) || l.head_n > HEAD_MAX) {
		buf_clear(&v->head);
		text_clean(&v->head, l.head, l.head_n);
		l.head = buf_str(&v->head);
		l.head_n = v->head.len;
	}
	l.text = line->p;
	l.n = line->n;
	l.is_plain = l.n <= TEXTVIEW_LINE_MAX && is_plain(line->p, line->n);
	if (!l.is_plain) {
		buf_clear(&v->raw);
		buf_clear(&v->clean);
		unfold(&v->raw, line->p, line->n);
		text_clean(&v->clean, buf_str(&v->raw), v->raw.len);
		l.text = buf_str(&v->clean);
		l.n = v->clean.len;
		l.is_plain = is_plain(l.text, l.n);
	}
	return l;
}

/* ---- filters ---------------------------------------------------------------- */

static bool satisfies(const struct filter *f, const struct ring_line *l)
{
	bool has = match_find(&f->match, l->text, l->n, NULL) >= 0 ||
		   match_find(&f->match, l->head, l->head_n, NULL) >= 0;

	return has != f->is_not;
}

bool textview_passes(const struct textview *v, int64_t no)
{
	return (ring_tag(v->ring, no) & v->on) == v->on;
}

int64_t textview_seek(const struct textview *v, int64_t no, int step)
{
	int64_t first = ring_first(v->ring), end = ring_end(v->ring);

	if (no < first && step > 0)
		no = first;
	if (no >= end && step < 0)
		no = end - 1;
	for (; no >= first && no < end; no += step)
		if (textview_passes(v, no))
			return no;
	return 0;
}

/* Adds by to what is counted of the line. */
static void count_line(struct textview *v, int64_t no, int by)
{
	unsigned tag = ring_tag(v->ring, no);

	for (int i = 0; i < v->nfilters; i++)
		if ((tag >> i & 1) != 0)
			v->filter[i].count += by;
	if (textview_passes(v, no))
		v->passing += by;
	if (ring_is_error(v->ring, no))
		v->errors += by;
}

/* A line that has just come. */
static void enter(struct textview *v, int64_t no, const struct ring_line *l)
{
	unsigned tag = 0;

	for (int i = 0; i < v->nfilters; i++)
		if (satisfies(&v->filter[i], l))
			tag |= 1u << i;
	ring_set_tag(v->ring, no, (uint16_t)tag);
	count_line(v, no, 1);
}

static void recount(struct textview *v)
{
	v->passing = v->unseen = 0;
	for (int64_t no = ring_first(v->ring); no < ring_end(v->ring); no++) {
		if (!textview_passes(v, no))
			continue;
		v->passing++;
		v->unseen += no > v->seen;
	}
}

bool textview_filter_add(struct textview *v, const char *text)
{
	struct filter *f = &v->filter[v->nfilters];
	bool is_not = text[0] == '!';
	unsigned bit = 1u << v->nfilters;

	for (int i = 0; i < v->nfilters; i++) {
		if (strcmp(v->filter[i].text, text) != 0)
			continue;
		if ((v->on >> i & 1) == 0)
			textview_filter_toggle(v, i);
		return true;
	}
	if (v->nfilters == TEXTVIEW_FILTERS || text[is_not] == '\0')
		return false;
	*f = (struct filter){ .text = mem_strdup(text), .is_not = is_not };
	match_set(&f->match, text + is_not);
	v->nfilters++;
	v->on |= bit;
	for (int64_t no = ring_first(v->ring); no < ring_end(v->ring); no++) {
		struct ring_line l;

		ring_get(v->ring, no, &l);
		if (satisfies(f, &l)) {
			ring_set_tag(v->ring, no, (uint16_t)(ring_tag(v->ring, no) | bit));
			f->count++;
		}
	}
	recount(v);
	return true;
}

void textview_filter_toggle(struct textview *v, int i)
{
	if (i < 0 || i >= v->nfilters)
		return;
	v->on ^= 1u << i;
	recount(v);
}

static unsigned without_bit(unsigned word, int i)
{
	unsigned below = (1u << i) - 1;

	return (word & below) | (word >> 1 & ~below);
}

void textview_filter_drop(struct textview *v, int i)
{
	if (i < 0 || i >= v->nfilters)
		return;
	free(v->filter[i].text);
	v->nfilters--;
	memmove(&v->filter[i], &v->filter[i + 1],
		(size_t)(v->nfilters - i) * sizeof(v->filter[0]));
	v->on = without_bit(v->on, i);
	for (int64_t no = ring_first(v->ring); no < ring_end(v->ring); no++)
		ring_set_tag(v->ring, no, (uint16_t)without_bit(ring_tag(v->ring, no), i));
	recount(v);
}

int textview_filters(const struct textview *v)
{
	return v->nfilters;
}

const char *textview_filter_at(const struct textview *v, int i, bool *is_on, int64_t *count)
{
	if (i < 0 || i >= v->nfilters)
		return NULL;
	if (is_on != NULL)
		*is_on = (v->on >> i & 1) != 0;
	if (count != NULL)
		*count = v->filter[i].count;
	return v->filter[i].text;
}

/* ---- lines ------------------------------------------------------------------ */

int textview_add(struct textview *v, const struct text_line *line)
{
	struct ring_line l = taken(v, line);
	int gone = 0;

	while (!ring_push(v->ring, &l)) {
		int64_t first = ring_first(v->ring);

		count_line(v, first, -1);
		if (first > v->seen && textview_passes(v, first))
			v->unseen--;
		ring_drop(v->ring);
		gone++;
	}
	enter(v, ring_end(v->ring) - 1, &l);
	if (v->is_following || !v->has_followed)
		v->seen = ring_end(v->ring) - 1;
	else if (textview_passes(v, ring_end(v->ring) - 1))
		v->unseen++;
	return gone;
}

bool textview_add_before(struct textview *v, const struct text_line *lines, int n)
{
	/* Their numbers may have been those of lines that are gone. */
	memset(v->measure, 0, TEXTVIEW_MEASURES * sizeof(*v->measure));
	for (int i = n - 1; i >= 0; i--) {
		struct ring_line l = taken(v, &lines[i]);

		if (!ring_push_before(v->ring, &l))
			return false;
		enter(v, ring_first(v->ring), &l);
	}
	return true;
}

int64_t textview_count(const struct textview *v)
{
	return ring_end(v->ring) - ring_first(v->ring);
}

int64_t textview_passing(const struct textview *v)
{
	return v->passing;
}

static int64_t key_of(const struct textview *v, int64_t no)
{
	struct ring_line l;

	if (textview_count(v) == 0)
		return 0;
	ring_get(v->ring, no, &l);
	return l.key;
}

int64_t textview_first_key(const struct textview *v)
{
	return key_of(v, ring_first(v->ring));
}

int64_t textview_last_key(const struct textview *v)
{
	return key_of(v, ring_end(v->ring) - 1);
}

void textview_text(const struct textview *v, struct buf *out)
{
	for (int64_t no = ring_first(v->ring); no < ring_end(v->ring); no++) {
		struct ring_line l;

		if (!textview_passes(v, no))
			continue;
		ring_get(v->ring, no, &l);
		if (l.head_n > 0) {
			buf_add(out, l.head, l.head_n);
			buf_add(out, " ", 1);
		}
		buf_add(out, l.text, l.n);
		buf_add(out, "\n", 1);
	}
}
