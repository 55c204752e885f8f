/*
 * core/flow/csv.c
 *	Rows of a block into the columns of a batch.
 *
 * The index says where cells and rows end; a row that is as it should be is
 * filled from those offsets alone. Everything else, and that is rare, goes
 * through csv_row_parse(), which also knows what to say about it.
 */
#include "core/flow/csv.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/csv_index.h"

/* Entries that may wait for the end of their row; a row with more is read byte by byte. */
#define PENDING_MAX CSV_WINDOW
/* add_bits() writes up to a block beyond what it counts. */
#define SLACK       (CSV_BLOCK + 8u)
#define NO_QUOTE    256
/* Bytes of a wrong value that a problem shows. */
#define SHOWN_MAX   4096u

struct csv_scan {
	struct csv_dialect d;
	struct csv_shape shape;
	struct csv_index index;
	struct arena *mem;
	int quote;	/* as a byte; NO_QUOTE when there is none */
	bool has_own_nulls;	/* null is not simply the empty unquoted cell */
	struct csv_cell *cell;	/* of one row */
	struct slice **text;	/* where each cell's column keeps its values */
	uint8_t **null;
	int64_t runaway;	/* see csv_scan_runaway() */
};

/* One call of csv_scan_rows(). */
struct run {
	struct csv_scan *s;
	const char *data;
	size_t n;
	bool is_last;
	struct csv_place *place;
	struct batch *b;
	uint32_t max_rows;
	size_t start;	/* of the next row */
	uint32_t mark;	/* its first entry in each list of the index */
	uint32_t end;
	uint32_t brk;
	uint32_t dirty;
};

struct csv_scan *csv_scan_new(struct arena *mem, const struct csv_dialect *d,
			      const struct csv_shape *shape, enum csv_isa isa)
{
	struct csv_scan *s = arena_alloc(mem, sizeof(*s));
	size_t n = (size_t)shape->ncols;
	struct csv_index *x = &s->index;

	s->d = *d;
	s->shape = *shape;
	s->mem = mem;
	s->quote = d->quote != 0 ? (unsigned char)d->quote : NO_QUOTE;
	s->has_own_nulls = d->keep_empty || d->null_text.n > 0;
	s->cell = arena_array(mem, n, sizeof(*s->cell));
	s->text = arena_array(mem, n, sizeof(*s->text));
	s->null = arena_array(mem, n, sizeof(*s->null));
	csv_index_init(x, d, isa);
	x->mark.at = arena_array(mem, n + CSV_WINDOW + SLACK, sizeof(uint32_t));
	x->end.at = arena_array(mem, CSV_WINDOW + SLACK, sizeof(uint32_t));
	x->brk.at = arena_array(mem, PENDING_MAX + CSV_WINDOW + SLACK, sizeof(uint32_t));
	x->dirty.at = arena_array(mem, PENDING_MAX + CSV_WINDOW + SLACK, sizeof(uint32_t));
	return s;
}

/* ---- rows that are as they should be ------------------------------------ */

/* What stands between the quotes of the cell at from..end. */
static inline struct slice quoted_text(const struct run *r, size_t from, size_t end)
{
	struct csv_cell cell = { r->data + from + 1, end - from - 2, true, true };

	if (!r->s->index.has_doubled || memchr(cell.p, r->s->quote, cell.n) == NULL)
		return (struct slice){ cell.p, cell.n };
	return csv_unescape(&r->s->d, &cell, r->b->mem);
}

/* The cells of a row from the offsets where they end. */
static inline void fill_row(const struct run *r, uint32_t row, const uint32_t *mark)
{
	/* In locals: the compiler must think that each store may change what s points to. */
	struct slice *const *text = r->s->text;
	uint8_t *const *null = r->s->null;
	const int ncols = r->s->shape.ncols, quote = r->s->quote;
	const char *data = r->data;
	size_t from = r->start;

	for (int c = 0; c < ncols; c++) {
		const char *p = data + from;
		size_t end = mark[c];

		if ((unsigned char)*p == quote) {
			text[c][row] = quoted_text(r, from, end);
			null[c][row] = 0;
		} else {
			text[c][row] = (struct slice){ p, end - from };
			null[c][row] = end == from;
		}
		from = end + 1;
	}
}

static void fill_row_own_nulls(const struct run *r, uint32_t row, const uint32_t *mark)
{
	const struct csv_scan *s = r->s;
	size_t from = r->start;

	for (int c = 0; c < s->shape.ncols; c++) {
		struct csv_cell cell = { r->data + from, mark[c] - from, false, false };

		if ((unsigned char)*cell.p == s->quote) {
			s->text[c][row] = quoted_text(r, from, mark[c]);
			s->null[c][row] = 0;
		} else {
			s->text[c][row] = (struct slice){ cell.p, cell.n };
			s->null[c][row] = csv_is_null(&s->d, &cell);
		}
		from = mark[c] + 1;
	}
}

static void note_place(const struct run *r, uint32_t row, size_t text_end)
{
	r->b->at[row] = (struct row_at){
		.row = r->place->row++,
		.line = r->place->line,
		.offset = r->place->offset + (int64_t)r->start,
		.raw = { r->data + r->start, text_end - r->start },
	};
}

/* Whether the row's bytes may hold a NUL or something that is not UTF-8. */
static bool is_dirty(struct run *r, size_t text_end)
{
	const struct csv_list *dirty = &r->s->index.dirty;
	const char *p = r->data + r->start;
	size_t n = text_end - r->start;

	while (r->dirty < dirty->n && dirty->at[r->dirty] + CSV_BLOCK <= r->start)
		r->dirty++;
	if (r->dirty == dirty->n || dirty->at[r->dirty] >= text_end)
		return false;
	return memchr(p, '\0', n) != NULL || utf8_valid(p, n) != n;
}

/* ---- the others ---------------------------------------------------------- */

static const char *cell_name(const struct csv_scan *s, int c)
{
	return s->shape.name != NULL && c >= 0 && c < s->shape.ncols ? s->shape.name[c] : "";
}

static struct slice shown(struct slice v)
{
	return (struct slice){ v.p, v.n < SHOWN_MAX ? v.n : SHOWN_MAX };
}

/* The first NUL or byte that is not UTF-8, as a problem of its cell. */
static void reject_bytes(struct run *r, uint32_t row, const struct csv_row *parsed, size_t at)
{
	struct csv_scan *s = r->s;
	const char *bad = r->data + r->start + at;
	int64_t offset = r->place->offset + (int64_t)(r->start + at);
	int c = parsed->ncells < s->shape.ncols ? parsed->ncells - 1 : s->shape.ncols - 1;
	struct slice value = { 0 };

	while (c > 0 && s->cell[c].p > bad)
		c--;
	if (c >= 0)
		value = (struct slice){ s->cell[c].p, s->cell[c].n };
	if (*bad == '\0')
		batch_reject(r->b, row, cell_name(s, c), shown(value), "encoding",
			     "holds a NUL byte (byte %lld of the file)", (long long)offset);
	else
		batch_reject(r->b, row, cell_name(s, c), shown(value), "encoding",
			     "is not UTF-8: 0x%02x at byte %lld of the file",
			     (unsigned)(unsigned char)*bad, (long long)offset);
}

static void check_bytes(struct run *r, uint32_t row, const struct csv_row *parsed)
{
	const char *p = r->data + r->start;
	const char *nul = memchr(p, '\0', parsed->text_end);
	size_t at = utf8_valid(p, parsed->text_end);

	if (nul != NULL && (size_t)(nul - p) < at)
		at = (size_t)(nul - p);
	if (at < parsed->text_end)
		reject_bytes(r, row, parsed, at);
}

/* The line end that closes the file is no line. */
static int64_t lines_eaten(const struct run *r, const struct csv_row *parsed)
{
	char last = r->data[r->n - 1];

	return parsed->breaks - parsed->fault_breaks - (last == '\n' || last == '\r');
}

/* Whether a row of another length can be taken without losing anything. */
static bool fits_filled(const struct run *r, const struct csv_row *parsed)
{
	const char *row = r->data + r->start;
	size_t from = 0;

	if (!r->s->shape.fill || parsed->ncells <= r->s->shape.ncols)
		return r->s->shape.fill;
	/* What stands behind the last cell that has a column must be delimiters alone. */
	if (r->s->shape.ncols > 0) {
		const struct csv_cell *last = &r->s->cell[r->s->shape.ncols - 1];

		from = (size_t)(last->p - row) + last->n + last->is_quoted;
	}
	for (size_t i = from; i < parsed->text_end; i++)
		if (row[i] != r->s->d.delimiter)
			return false;
	return true;
}

static void check_shape(struct run *r, uint32_t row, enum csv_verdict verdict,
			const struct csv_row *parsed)
{
	const struct csv_scan *s = r->s;
	const char *field = cell_name(s, parsed->fault_cell);
	long long line = r->place->line + parsed->fault_breaks;

	if (verdict == CSV_UNCLOSED && lines_eaten(r, parsed) > 0)
		r->s->runaway = line;
	if (verdict == CSV_UNCLOSED && lines_eaten(r, parsed) > 0)
		batch_reject(r->b, row, field, (struct slice){ 0 }, "format",
			     "a quote opened in line %lld is not closed before the end of the file; "
			     "the %lld lines behind it went into this row", line,
			     (long long)lines_eaten(r, parsed));
	else if (verdict == CSV_UNCLOSED)
		batch_reject(r->b, row, field, (struct slice){ 0 }, "format",
			     "a quote opened in line %lld is not closed before the end of the file",
			     line);
	else if (verdict == CSV_BEHIND_QUOTE)
		batch_reject(r->b, row, field, (struct slice){ 0 }, "format",
			     "text stands behind a closing quote (line %lld)", line);
	else if (parsed->ncells != s->shape.ncols && !fits_filled(r, parsed))
		batch_reject(r->b, row, "", (struct slice){ 0 }, "format",
			     "has %d field%s, %s has %d", parsed->ncells,
			     parsed->ncells == 1 ? "" : "s", s->shape.promised_by, s->shape.ncols);
}

static void check_sizes(struct run *r, uint32_t row, const struct csv_row *parsed)
{
	for (int c = 0; c < parsed->ncells && c < r->s->shape.ncols; c++) {
		const struct csv_cell *cell = &r->s->cell[c];

		if (cell->n > CSV_CELL_MAX)
			batch_reject(r->b, row, cell_name(r->s, c),
				     shown((struct slice){ cell->p, cell->n }), "size",
				     "is longer than %u MB", CSV_CELL_MAX >> 20);
	}
}

static void fill_cells(struct run *r, uint32_t row, const struct csv_row *parsed)
{
	struct csv_scan *s = r->s;
	struct slice none = { "", 0 };

	for (int c = 0; c < s->shape.ncols; c++) {
		bool is_null = c >= parsed->ncells || csv_is_null(&s->d, &s->cell[c]);

		s->null[c][row] = is_null;
		s->text[c][row] = is_null ? none : csv_unescape(&s->d, &s->cell[c], r->b->mem);
	}
}

/* Reads the row at r->start byte by byte; false: it is not complete. */
static bool take_slow(struct run *r)
{
	struct csv_scan *s = r->s;
	struct csv_row parsed = { .cell = s->cell, .cap = s->shape.ncols };
	enum csv_verdict verdict = csv_row_parse(&s->d, r->data + r->start, r->n - r->start,
						 r->is_last, &parsed);
	uint32_t row = r->b->nrows;

	if (verdict == CSV_INCOMPLETE)
		return false;
	if (parsed.text_end > 0 || s->shape.ncols == 1) {
		note_place(r, row, r->start + parsed.text_end);
		r->b->nrows++;
		fill_cells(r, row, &parsed);
		check_shape(r, row, verdict, &parsed);
		check_bytes(r, row, &parsed);
		if (parsed.text_end > CSV_CELL_MAX)
			check_sizes(r, row, &parsed);
	}
	r->place->line += 1 + parsed.breaks;
	r->start += parsed.next;
	return true;
}

/* ---- both together ------------------------------------------------------- */

/* The line breaks inside quotes before text_end. */
static int64_t pass_breaks(struct run *r, size_t text_end)
{
	const struct csv_list *brk = &r->s->index.brk;
	uint32_t first = r->brk;

	while (r->brk < brk->n && brk->at[r->brk] < text_end)
		r->brk++;
	return r->brk - first;
}

/* The rows that the index has seen the end of. */
static void take_indexed(struct run *r)
{
	struct csv_scan *s = r->s;
	const struct csv_index *x = &s->index;
	struct batch *b = r->b;

	while (r->end < x->end.n && b->nrows < r->max_rows) {
		uint32_t last = x->end.at[r->end++];
		uint32_t count = last + 1 - r->mark;
		const uint32_t *mark = x->mark.at + r->mark;
		size_t text_end = x->mark.at[last];
		int64_t breaks = pass_breaks(r, text_end);
		size_t next = text_end + 1;

		r->mark = last + 1;
		if (count != (uint32_t)s->shape.ncols || is_dirty(r, text_end) ||
		    text_end - r->start > CSV_CELL_MAX) {
			take_slow(r);
			continue;
		}
		note_place(r, b->nrows, text_end);
		if (s->has_own_nulls)
			fill_row_own_nulls(r, b->nrows, mark);
		else
			fill_row(r, b->nrows, mark);
		b->nrows++;
		if (r->data[text_end] == '\r' && next < r->n && r->data[next] == '\n')
			next++;
		r->place->line += 1 + breaks;
		r->start = next;
	}
}

static void keep_from(struct csv_list *list, uint32_t *first)
{
	list->n -= *first;
	memmove(list->at, list->at + *first, list->n * sizeof(*list->at));
	*first = 0;
}

/* Moves what belongs to the unfinished row to the front of the lists. */
static void drop_taken(struct run *r)
{
	struct csv_index *x = &r->s->index;

	keep_from(&x->mark, &r->mark);
	keep_from(&x->brk, &r->brk);
	while (r->dirty < x->dirty.n && x->dirty.at[r->dirty] + CSV_BLOCK <= r->start)
		r->dirty++;
	keep_from(&x->dirty, &r->dirty);
	x->end.n = 0;
	r->end = 0;
}

static bool is_stuck(const struct run *r, size_t n)
{
	const struct csv_index *x = &r->s->index;

	return x->is_odd || x->at >= n || x->mark.n > (uint32_t)r->s->shape.ncols ||
	       x->brk.n > PENDING_MAX || x->dirty.n > PENDING_MAX;
}

static void restart(struct run *r)
{
	csv_index_start(&r->s->index, r->start);
	r->mark = r->end = r->brk = r->dirty = 0;
}

size_t csv_scan_rows(struct csv_scan *s, const char *data, size_t n, bool is_last,
		     struct csv_place *place, struct batch *b, uint32_t max_rows)
{
	struct run r = { .s = s, .data = data, .n = n, .is_last = is_last, .place = place,
			 .b = b, .max_rows = max_rows < b->cap ? max_rows : b->cap };
	/* The LF of a CRLF may be the next byte: leave the CR for the next call. */
	size_t index_n = !is_last && n > 0 && data[n - 1] == '\r' ? n - 1 : n;

	for (int c = 0; c < s->shape.ncols; c++) {
		int to = s->shape.target != NULL ? s->shape.target[c] : c;

		s->text[c] = b->col[to].v.text;
		s->null[c] = b->col[to].null;
	}
	restart(&r);
	while (b->nrows < r.max_rows && r.start < n) {
		take_indexed(&r);
		if (b->nrows == r.max_rows)
			break;
		drop_taken(&r);
		if (!is_stuck(&r, index_n)) {
			csv_index_step(&s->index, data, index_n);
		} else if (r.start < n) {
			if (!take_slow(&r))
				break;
			restart(&r);
		}
	}
	return r.start;
}

int64_t csv_scan_runaway(const struct csv_scan *s)
{
	return s->runaway;
}
