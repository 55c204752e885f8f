/*
 * connectors/file/book_look.c
 *	Where a sheet's table begins: titles passed over, names found.
 */
#include <string.h>

#include "connectors/file/book.h"
#include "core/base/arena.h"

/* Rows with something in them that are looked at. */
#define LOOK_ROWS 100

struct look_cell {
	int column;
	enum xlsx_kind kind;
	struct slice text;
};

struct look_row {
	long row;
	int n, cap;
	struct look_cell *cell;
};

struct look {
	struct arena *tmp;
	int n;
	struct look_row row[LOOK_ROWS];
	bool more;	/* rows follow */
};

bool book_takes_column(const struct file_options *o, const struct xlsx_sheet *s, int c)
{
	if (c < o->from_column || c > o->to_column)
		return false;
	return !o->skip_hidden || !xlsx_is_column_hidden(s, c);
}

static void add_cell(struct look *l, struct look_row *r, const struct xlsx_cell *c)
{
	if (r->n == r->cap) {
		struct look_cell *grown = arena_array(l->tmp, (size_t)r->cap * 2 + 16,
						      sizeof(*grown));

		if (r->n > 0)
			memcpy(grown, r->cell, (size_t)r->n * sizeof(*grown));
		r->cell = grown;
		r->cap = r->cap * 2 + 16;
	}
	r->cell[r->n++] = (struct look_cell){
		c->column, c->kind,
		{ arena_strndup(l->tmp, c->text.n > 0 ? c->text.p : "", c->text.n), c->text.n },
	};
}

static bool is_in_merge(const struct xlsx_merge *m, long row, int column)
{
	return row >= m->row && row <= m->last_row && column >= m->column &&
	       column <= m->last_column;
}

static struct look_cell *cell_of(struct look_row *r, int column)
{
	for (int i = 0; i < r->n; i++)
		if (r->cell[i].column == column)
			return &r->cell[i];
	return NULL;
}

static struct look_row *row_of(struct look *l, long row)
{
	for (int i = 0; i < l->n; i++)
		if (l->row[i].row == row)
			return &l->row[i];
	return NULL;
}

/* Names over several columns stand in the first of them only: repeated when that is asked for. */
static void repeat_merged(struct look *l, const struct book_scan *scan)
{
	for (int i = 0; i < scan->nmerges; i++) {
		const struct xlsx_merge *m = &scan->merge[i];
		struct look_row *first = row_of(l, m->row);
		struct look_cell *from = first != NULL ? cell_of(first, m->column) : NULL;

		for (int r = 0; from != NULL && r < l->n; r++) {
			struct xlsx_cell copy = { .kind = from->kind, .text = from->text };

			for (int c = m->column; c <= m->last_column; c++) {
				if (!is_in_merge(m, l->row[r].row, c) ||
				    cell_of(&l->row[r], c) != NULL)
					continue;
				copy.column = c;
				add_cell(l, &l->row[r], &copy);
				from = cell_of(first, m->column);
			}
		}
	}
}

static enum err_code read_rows(struct look *l, const struct book_source *b,
			       struct book_scan *scan, struct err *err)
{
	const struct file_options *o = b->options;
	struct xlsx_sheet *s = scan->sheet;
	struct look_row *r = NULL;
	enum xlsx_event event;
	enum err_code rc = ERR_OK;

	for (;;) {
		rc = xlsx_sheet_next(s, &event, err);
		if (rc != ERR_OK || event == XLSX_SHEET_END || s->row > o->to_row)
			return rc;
		if (event == XLSX_ROW) {
			r = NULL;
			continue;
		}
		if (s->row < o->from_row || (s->is_row_hidden && o->skip_hidden) ||
		    !book_takes_column(o, s, s->cell.column))
			continue;
		if (s->cell.kind == XLSX_TEXT && s->cell.text.n == 0)
			continue;
		l->more |= r == NULL && l->n == LOOK_ROWS;
		if (l->more)
			return rc;
		if (r == NULL) {
			r = &l->row[l->n++];
			*r = (struct look_row){ .row = s->row };
		}
		if (r->n < LAYOUT_COLUMNS_MAX)
			add_cell(l, r, &s->cell);
	}
}

static bool is_all_text(const struct look_row *r)
{
	for (int i = 0; i < r->n; i++)
		if (r->cell[i].kind != XLSX_TEXT)
			return false;
	return true;
}

/* The first row that is about as wide as the table: what is above are titles. */
static int find_top(const struct look *l)
{
	int widest = 0, need;

	for (int i = 0; i < l->n; i++)
		widest = l->row[i].n > widest ? l->row[i].n : widest;
	need = (widest + 1) / 2;
	if (need < 2 && widest >= 2)
		need = 2;
	for (int i = 0; i < l->n; i++)
		if (l->row[i].n >= need)
			return i;
	return 0;
}

/* Rows of texts alone, and others below them: those are names. */
static bool are_names(const struct look *l, int top, int nrows)
{
	for (int i = top; i < top + nrows && i < l->n; i++)
		if (!is_all_text(&l->row[i]))
			return false;
	return top + nrows < l->n && !is_all_text(&l->row[top + nrows]);
}

/*
 * Several lines of names: all but the last may be narrow, and then stand above the first wide
 * one. A blank line parts a title from them.
 */
static int names_from(const struct look *l, int top, int nrows)
{
	if (nrows < 2 || top < nrows - 1 || are_names(l, top, nrows))
		return top;
	for (int i = 1; i < nrows && l->row[top - 1].row == l->row[top].row - 1; i++)
		top--;
	return top;
}

/* Names of a column's header cells, one below the other, joined. */
static struct slice joined(struct look *l, int top, int nrows, int column)
{
	struct slice out = { "", 0 };

	for (int i = top; i < top + nrows && i < l->n; i++) {
		struct look_cell *c = cell_of(&l->row[i], column);

		if (c == NULL || (out.n > 0 && slice_eq(out, c->text)))
			continue;
		if (out.n > 0)
			out.p = arena_printf(l->tmp, "%.*s %.*s", (int)out.n, out.p, (int)c->text.n,
					     c->text.p);
		else
			out.p = c->text.p;
		out.n = strlen(out.p);
	}
	return out;
}

/* Every column that has a name or anything in the rows that were seen. */
static enum err_code find_columns(struct arena *mem, struct look *l, int top,
				  const struct book_sheet *from, const char *name,
				  struct book_sheet *out, struct err *err)
{
	bool *used = arena_array(l->tmp, XLSX_COLUMNS_MAX, sizeof(*used));
	int low = XLSX_COLUMNS_MAX, high = -1, n = 0;

	for (int i = top; i < l->n; i++) {
		for (int k = 0; k < l->row[i].n; k++) {
			int c = l->row[i].cell[k].column;

			used[c] = true;
			low = c < low ? c : low;
			high = c > high ? c : high;
		}
	}
	/* Without names a column counts by where it stands: as in the first sheet. */
	if (!out->has_header && from != NULL) {
		low = from->column[0];
		high = from->column[from->shape.ncells - 1];
	}
	for (int c = low; c <= high; c++)
		n += used[c] || !out->has_header;
	if (n > LAYOUT_COLUMNS_MAX)
		return err_set(err, ERR_LIMIT, "%s has %d columns; %d are possible", name, n,
			       LAYOUT_COLUMNS_MAX);
	out->column = arena_array(mem, (size_t)n + 1, sizeof(*out->column));
	out->shape.ncells = 0;
	for (int c = low; c <= high; c++)
		if (used[c] || !out->has_header)
			out->column[out->shape.ncells++] = c;
	return ERR_OK;
}

static enum err_code judge(struct arena *mem, const struct book_source *b, struct look *l,
			   const struct book_sheet *from, const char *name,
			   struct book_sheet *out, struct err *err)
{
	const struct file_options *o = b->options;
	bool is_placed = o->has_range || o->set.skip_lines > 0;
	int top = is_placed ? 0 : find_top(l);
	int nheader = o->set.header_rows > 1 ? o->set.header_rows : 1;
	struct slice *cells = NULL;
	enum err_code rc;

	if (from != NULL)
		out->has_header = from->has_header;
	else if (o->set.has_header)
		out->has_header = o->set.header;
	else
		out->has_header = is_all_text(&l->row[top]);
	if (!out->has_header)
		nheader = 0;
	if (!is_placed)
		top = names_from(l, top, nheader);
	out->header_row = l->row[top].row;
	out->first_row = nheader == 0 ? l->row[top].row
		       : top + nheader <= l->n ? l->row[top + nheader - 1].row + 1
					       : XLSX_ROWS_MAX + 1;
	out->last_row = o->to_row;
	rc = find_columns(mem, l, top, from, name, out, err);
	if (rc != ERR_OK)
		return rc;
	if (nheader > 0) {
		cells = arena_array(l->tmp, (size_t)out->shape.ncells, sizeof(*cells));
		for (int i = 0; i < out->shape.ncells; i++)
			cells[i] = joined(l, top, nheader, out->column[i]);
	}
	out->shape.name = layout_names(mem, cells, out->shape.ncells, &out->renamed);
	return ERR_OK;
}

enum err_code book_look(struct arena *mem, struct book_source *b, int sheet,
			const struct book_sheet *from, struct book_sheet *out, struct err *err)
{
	struct arena *tmp = arena_new(mem, "look");
	struct look *l = arena_alloc(tmp, sizeof(*l));
	const char *name = book_sheet_name(tmp, b, sheet);
	struct book_scan scan;
	enum err_code rc = book_scan_open(tmp, b, sheet, false, &scan, err);

	*out = (struct book_sheet){ 0 };
	l->tmp = tmp;
	if (rc == ERR_OK)
		rc = read_rows(l, b, &scan, err);
	if (rc == ERR_OK && l->n == 0) {
		rc = err_set(err, ERR_INPUT, "%s has no cells with anything in them", name);
		err_hint(err, "Name another sheet by the setting sheet, or cells by range.");
	}
	if (rc == ERR_OK) {
		repeat_merged(l, &scan);
		rc = judge(mem, b, l, from, name, out, err);
	}
	book_scan_close(&scan);
	arena_free(tmp);
	return rc;
}
