/*
 * core/flow/csv_row.c
 *	One CSV row, byte by byte: the reference for the fast index.
 */
#include "core/flow/csv.h"

#include <string.h>

#include "core/base/arena.h"

/* Where the parser stands in a row. */
struct walk {
	const struct csv_dialect *d;
	const char *p;
	size_t n;
	size_t at;
	bool is_last;
	struct csv_row *row;
	enum csv_verdict verdict;
};

/* Length of the line end at w->at: 0 when there is none. */
static size_t line_end(const struct walk *w, size_t at)
{
	if (w->p[at] == '\n')
		return 1;
	if (w->p[at] != '\r')
		return 0;
	return at + 1 < w->n && w->p[at + 1] == '\n' ? 2 : 1;
}

static bool is_escape(const struct walk *w, char c)
{
	return w->d->escape != 0 && w->d->escape != w->d->quote && c == w->d->escape;
}

static void fault(struct walk *w, enum csv_verdict verdict, size_t at)
{
	if (w->verdict != CSV_ROW)
		return;
	w->verdict = verdict;
	w->row->fault = at;
	w->row->fault_cell = w->row->ncells;
	w->row->fault_breaks = w->row->breaks;
}

/* Counts line ends from the byte after the opening quote up to `to`. */
static void count_breaks(struct walk *w, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (w->p[i] == '\n' || (w->p[i] == '\r' && !(i + 1 < to && w->p[i + 1] == '\n')))
			w->row->breaks++;
	}
}

/* From behind the opening quote to behind the closing one; false: it has none. */
static bool walk_quoted(struct walk *w, struct csv_cell *cell)
{
	size_t open = w->at++;
	size_t from = w->at;
	bool has_escapes = w->d->escape != 0 && w->d->escape != w->d->quote;

	cell->is_quoted = true;
	cell->p = w->p + from;
	while (w->at < w->n) {
		char c = w->p[w->at];

		if (is_escape(w, c) && w->at + 1 < w->n) {
			cell->has_escape = true;
			w->at += 2;
		} else if (c != w->d->quote) {
			const char *next = has_escapes ? NULL
				: memchr(w->p + w->at, w->d->quote, w->n - w->at);

			w->at = has_escapes ? w->at + 1 : next != NULL ? (size_t)(next - w->p) :
				w->n;
		} else if (w->at + 1 < w->n && w->p[w->at + 1] == w->d->quote) {
			cell->has_escape = true;
			w->at += 2;
		} else {
			cell->n = w->at - from;
			count_breaks(w, from, w->at);
			w->at++;
			return true;
		}
	}
	cell->n = w->n - from;
	fault(w, CSV_UNCLOSED, open);
	count_breaks(w, from, w->n);
	return false;
}

/* An unquoted cell, or what stands behind a closing quote. */
static void walk_plain(struct walk *w, struct csv_cell *cell)
{
	size_t from = w->at;

	while (w->at < w->n && w->p[w->at] != w->d->delimiter && w->p[w->at] != '\n' &&
	       w->p[w->at] != '\r') {
		if (is_escape(w, w->p[w->at]) && w->at + 1 < w->n) {
			cell->has_escape = true;
			w->at++;
			/* An escaped line end belongs to the cell. */
			if (line_end(w, w->at) != 0) {
				w->row->breaks++;
				w->at += line_end(w, w->at) - 1;
			}
		}
		w->at++;
	}
	cell->p = w->p + from;
	cell->n = w->at - from;
}

static void walk_cell(struct walk *w)
{
	struct csv_cell cell = { .p = w->p + w->at };
	struct csv_row *row = w->row;

	if (w->d->quote != 0 && w->at < w->n && w->p[w->at] == w->d->quote) {
		if (walk_quoted(w, &cell) && w->at < w->n && w->p[w->at] != w->d->delimiter &&
		    line_end(w, w->at) == 0) {
			fault(w, CSV_BEHIND_QUOTE, w->at);
			walk_plain(w, &(struct csv_cell){ 0 });
		}
	} else {
		walk_plain(w, &cell);
	}
	if (row->ncells < row->cap)
		row->cell[row->ncells] = cell;
	row->ncells++;
}

enum csv_verdict csv_row_parse(const struct csv_dialect *d, const char *p, size_t n, bool is_last,
			       struct csv_row *row)
{
	struct walk w = { .d = d, .p = p, .n = n, .is_last = is_last, .row = row,
			  .verdict = CSV_ROW };

	row->ncells = 0;
	row->breaks = 0;
	row->fault = 0;
	for (;;) {
		walk_cell(&w);
		if (w.at >= n || p[w.at] != d->delimiter)
			break;
		w.at++;
	}
	row->text_end = w.at;
	row->next = w.at < n ? w.at + line_end(&w, w.at) : n;
	/* A CR or a closing quote at the very end may have more of it to come. */
	if (!is_last && (w.at >= n || (p[w.at] == '\r' && row->next == n && p[n - 1] == '\r')))
		return CSV_INCOMPLETE;
	return w.verdict;
}

static char escaped_char(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	default:
		return c;
	}
}

struct slice csv_unescape(const struct csv_dialect *d, const struct csv_cell *cell,
			  struct arena *mem)
{
	bool has_escapes = d->escape != 0 && d->escape != d->quote;
	size_t n = 0;
	char *to;

	if (!cell->has_escape)
		return (struct slice){ cell->p, cell->n };
	to = arena_bytes(mem, cell->n);
	for (size_t i = 0; i < cell->n; i++) {
		char c = cell->p[i];

		if (has_escapes && c == d->escape && i + 1 < cell->n)
			c = escaped_char(cell->p[++i]);
		else if (c == d->quote && cell->is_quoted && i + 1 < cell->n &&
			 cell->p[i + 1] == c)
			i++;
		to[n++] = c;
	}
	return (struct slice){ to, n };
}

bool csv_is_null(const struct csv_dialect *d, const struct csv_cell *cell)
{
	if (cell->is_quoted)
		return false;
	if (cell->n == 0)
		return !d->keep_empty;
	if (d->null_text.n > 0 && cell->n == d->null_text.n &&
	    memcmp(cell->p, d->null_text.p, cell->n) == 0)
		return true;
	return d->escape == '\\' && cell->n == 2 && memcmp(cell->p, "\\N", 2) == 0;
}
