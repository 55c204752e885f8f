/*
 * core/flow/detect_shape.c
 *	What stands around the rows of a table: titles, other tables, footers.
 */
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/detect_own.h"

#define CELLS_MAX    256	/* cells of a row that are looked at */
#define PREAMBLE_MAX 60	/* rows before the header */
#define TAIL_ROWS    40	/* rows at the end that are looked at for footers */

struct row_seen {
	size_t at;
	size_t next;
	int64_t line;
	int ncells;	/* 0: a line without anything */
	int filled;
	int values;	/* that look like data */
	bool is_last_empty;
	bool is_odd;
	struct slice first;	/* the first cell that is filled */
};

struct rows_seen {
	struct row_seen *row;
	int n;
};

static void look_at_row(const struct csv_row *row, struct row_seen *r)
{
	int n = row->ncells < CELLS_MAX ? row->ncells : CELLS_MAX;

	r->ncells = row->text_end == 0 ? 0 : row->ncells;
	for (int c = 0; c < n; c++) {
		struct slice v = { row->cell[c].p, row->cell[c].n };
		enum cell_look look = detect_look(v);

		if (look != LOOKS_EMPTY && r->filled++ == 0)
			r->first = v;
		r->values += look == LOOKS_VALUE;
		r->is_last_empty = look == LOOKS_EMPTY;
	}
}

/* Rows from the start, or (is_tail) the last ones. */
static struct rows_seen see_rows(struct arena *mem, const struct sample_text *t,
				 const struct csv_dialect *d, bool is_tail)
{
	int cap = is_tail ? TAIL_ROWS : DETECT_ROWS_MAX;
	struct csv_cell *cell = arena_array(mem, CELLS_MAX, sizeof(*cell));
	struct rows_seen out = { arena_array(mem, (size_t)cap, sizeof(*out.row)), 0 };
	int64_t line = 0;

	for (size_t at = 0; at < t->n && (is_tail || out.n < cap);) {
		struct csv_row row = { .cell = cell, .cap = CELLS_MAX };
		enum csv_verdict v = csv_row_parse(d, t->p + at, t->n - at, t->is_whole || is_tail,
						   &row);
		struct row_seen r = { .at = at, .line = line, .next = at + row.next,
				      .is_odd = v != CSV_ROW };

		if (v == CSV_INCOMPLETE)
			break;
		look_at_row(&row, &r);
		if (out.n == cap) {
			memmove(out.row, out.row + 1, (size_t)(cap - 1) * sizeof(*out.row));
			out.n--;
		}
		out.row[out.n++] = r;
		line += 1 + row.breaks;
		at += row.next;
	}
	return out;
}

/* ---- tables ------------------------------------------------------------------ */

static bool looks_like_names(const struct row_seen *r)
{
	return r->ncells >= 2 && r->filled == r->ncells && r->values == 0;
}

/* Rows [from, to) have no blank one among them: a table of its own? */
static bool is_table(const struct rows_seen *rows, int from, int to)
{
	int same = 0, values = 0;

	for (int i = from + 1; i < to; i++) {
		same += rows->row[i].ncells == rows->row[from].ncells;
		values += rows->row[i].values > 0;
	}
	return to - from >= 2 && looks_like_names(&rows->row[from]) && values > 0 &&
	       same == to - from - 1;
}

static bool same_text(const struct sample_text *t, const struct row_seen *a,
		      const struct row_seen *b)
{
	size_t n = a->next - a->at;

	return n == b->next - b->at && memcmp(t->p + a->at, t->p + b->at, n) == 0;
}

static void find_tables(struct arena *mem, const struct sample_text *t,
			const struct rows_seen *rows, struct detection *out)
{
	int head = -1;	/* the first row of the first table */

	for (int from = 0, to; from < rows->n; from = to + 1) {
		struct detect_table *table = &out->table[out->ntables];
		const struct row_seen *r = &rows->row[from];

		for (to = from; to < rows->n && rows->row[to].filled > 0;)
			to++;
		if (!is_table(rows, from, to))
			continue;
		/* The same header once more: a page of the same table. */
		if (head >= 0 && same_text(t, r, &rows->row[head]))
			continue;
		if (out->ntables == TABLES_MAX)
			break;
		head = head < 0 ? from : head;
		out->ntables++;
		*table = (struct detect_table){
			.at = r->at, .end = rows->row[to - 1].next, .ncols = r->ncells,
			.line = r->line, .last_line = rows->row[to - 1].line,
			.nrows = to - from - 1,
			.head = text_clean_dup(mem, t->p + r->at, r->next - r->at < 60
					       ? r->next - r->at : 60),
		};
	}
}

/* The table that was chosen, or the first of several. */
static void choose_table(struct arena *mem, const struct detect_set *set, struct detection *out)
{
	int i = set->table > 0 ? set->table - 1 : 0;

	if (out->ntables < 2 && set->table == 0)
		return;
	out->is_one_table = true;
	if (i >= out->ntables)
		return;
	detect_find(out, "table", arena_printf(mem, "%d", i + 1),
		    set->table > 0 ? SET_BY_USER : GUESS,
		    arena_printf(mem, "the file holds %d tables with blank lines between them",
				 out->ntables));
	out->skip_bytes += out->table[i].at;
	out->skip_lines += out->table[i].line;
}

/* ---- before the header ----------------------------------------------------------- */

/* A row that says something about the table and is none of it. */
static bool is_title(const struct row_seen *r, int mode, bool is_apart)
{
	if (r->ncells == 0 || r->filled == 0 || r->ncells == 1)
		return true;
	if (r->ncells == mode)
		return r->filled == 1 || (r->filled == 2 && mode >= 5);
	return r->ncells < mode && is_apart;
}

/* Names over several columns each, in the row above the names: "2024,,2025,". */
static bool is_group_row(const struct row_seen *r, const struct row_seen *head)
{
	return r->ncells == head->ncells && r->filled >= 2 && r->filled < r->ncells &&
	       r->values == 0 && looks_like_names(head);
}

/* The first row that has as many cells as the others, most of them filled. */
static int find_head(const struct rows_seen *rows, int mode)
{
	for (int i = 0; i < rows->n && i < PREAMBLE_MAX; i++) {
		const struct row_seen *r = &rows->row[i];

		if (r->ncells > mode)
			return -1;
		if (r->ncells == mode && r->filled * 2 > mode)
			return i;
	}
	return -1;
}

static int first_filled(const struct rows_seen *rows)
{
	int i = 0;

	while (i < rows->n && rows->row[i].ncells == 0)
		i++;
	return i;
}

/* Rows of which the header, or the first row, is the first; 0: nothing stands before. */
static int rows_before(const struct rows_seen *rows, int mode, int head)
{
	bool is_apart = head > 0 && rows->row[head - 1].filled == 0, all_words = true;
	int same = 0;

	if (head <= first_filled(rows) || mode < 2)
		return 0;
	for (int i = 0; i < head; i++) {
		if (!is_title(&rows->row[i], mode, is_apart))
			return 0;
		all_words &= rows->row[i].ncells <= 1 && rows->row[i].values == 0;
	}
	for (int i = head; i < rows->n; i++)
		same += rows->row[i].ncells == mode;
	if (same * 5 < (rows->n - head) * 4 || (rows->row[head].values > 0 && !all_words))
		return 0;
	return head;
}

static void find_head_rows(struct arena *mem, const struct rows_seen *rows,
			   const struct detect_set *set, int mode, struct detection *out)
{
	int head = find_head(rows, mode), before;
	bool has_groups;
	const char *why = "nothing stands before the first row";

	if (head < 0)
		return;
	/* The names of groups are not mostly filled, so that they stand above head. */
	has_groups = head > 0 && is_group_row(&rows->row[head - 1], &rows->row[head]);
	before = rows_before(rows, mode, head - has_groups);
	if (has_groups && before == 0 && head - 1 > first_filled(rows))
		has_groups = false;
	if (before > 0 && !set->has_skip) {
		why = arena_printf(mem, "the first %lld lines do not have the %d cells of the others",
				   (long long)rows->row[before].line, mode);
		out->skip_bytes += rows->row[before].at;
		out->skip_lines += rows->row[before].line;
	}
	if (!set->has_skip)
		detect_find(out, "skip", arena_printf(mem, "%lld", (long long)out->skip_lines),
			    before > 0 && rows->row[before - 1].filled > 0 ? LIKELY : SURE, why);
	if (set->header_rows == 0 && has_groups && !set->has_header)
		out->header_rows = 2;
}

/* Every row ends with a delimiter, and the header does not. */
static void find_trailing(const struct rows_seen *rows, const struct detect_set *set, int mode,
			  struct detection *out)
{
	int first = first_filled(rows), empty = 0, full = 0;

	out->fill = set->fill;
	if (set->has_ragged || first >= rows->n || rows->row[first].ncells + 1 != mode)
		return;
	for (int i = first + 1; i < rows->n; i++) {
		full += rows->row[i].ncells == mode;
		empty += rows->row[i].ncells == mode && rows->row[i].is_last_empty;
	}
	if (empty < full || full == 0)
		return;
	out->fill = true;
	detect_find(out, "ragged", "fill", SURE, "each row ends with a delimiter, the header does not");
}

void detect_shape(struct arena *mem, const struct sample_text *t, const struct detect_set *set,
		  int mode, struct detection *out)
{
	struct csv_dialect d = { .delimiter = out->delimiter, .quote = out->quote,
				 .escape = out->escape };
	struct sample_text own = *t;
	struct rows_seen rows = see_rows(mem, &own, &d, false);

	out->header_rows = set->header_rows > 0 ? set->header_rows : 1;
	find_tables(mem, t, &rows, out);
	choose_table(mem, set, out);
	if (out->is_one_table)
		return;
	find_trailing(&rows, set, mode, out);
	if (!out->fill || set->fill)
		find_head_rows(mem, &rows, set, mode, out);
}

/* ---- footers ---------------------------------------------------------------------- */

static const char *const footer_words[] = {
	"total", "totals", "grand total", "sum", "summe", "gesamt", "gesamtsumme", "insgesamt",
	"totaal", "totale", "totaux", "suma", "razem", "celkem", "summa", "yhteens\xc3\xa4",
	"\xd0\xb8\xd1\x82\xd0\xbe\xd0\xb3\xd0\xbe", "\xd0\xb2\xd1\x81\xd0\xb5\xd0\xb3\xd0\xbe",
	"\xd0\x98\xd1\x82\xd0\xbe\xd0\xb3\xd0\xbe", "\xd0\x92\xd1\x81\xd0\xb5\xd0\xb3\xd0\xbe",
	"end of report", "end of file", "report generated", "generated", "exported", "printed",
	"report created", "created on", "page", "source",
};

static bool has_footer_word(struct slice v)
{
	while (v.n > 0 && (*v.p == ' ' || *v.p == '*' || *v.p == '-' || *v.p == '(' || *v.p == '='))
		v.p++, v.n--;
	for (size_t i = 0; i < sizeof(footer_words) / sizeof(footer_words[0]); i++) {
		size_t n = strlen(footer_words[i]);

		if (v.n >= n && strncasecmp(v.p, footer_words[i], n) == 0 &&
		    (v.n == n || strchr(" :;,.()/", v.p[n]) != NULL))
			return true;
	}
	return false;
}

static bool is_footer(const struct row_seen *r, int ncols, bool is_apart)
{
	if (r->filled == 0)
		return true;
	if (r->is_odd || (r->ncells == ncols && r->filled == ncols))
		return false;
	if (has_footer_word(r->first))
		return true;
	/* One cell where others have many: words behind a blank line. */
	return r->ncells != ncols && r->filled <= 2 && is_apart && ncols > 2;
}

void detect_footer(struct arena *mem, const char *p, size_t n, bool is_whole,
		   const struct detect_set *set, struct detection *out)
{
	struct csv_dialect d = { .delimiter = out->delimiter, .quote = out->quote,
				 .escape = out->escape };
	struct sample_text tail = { p, n, true };
	struct rows_seen rows;
	int last, first, good = 0;

	if (set->has_footer) {
		out->footer_lines = set->footer_lines;
		return;
	}
	if (out->format != FORMAT_CSV || out->is_one_table || out->ncols < 2)
		return;
	if (!is_whole) {
		const char *end = memchr(p, '\n', n);

		if (end == NULL)
			return;
		tail = (struct sample_text){ end + 1, n - (size_t)(end + 1 - p), true };
	}
	rows = see_rows(mem, &tail, &d, true);
	for (last = rows.n; last > 0 && rows.row[last - 1].ncells == 0;)
		last--;
	for (first = last; first > 1; first--) {
		const struct row_seen *r = &rows.row[first - 1];

		if (!is_footer(r, out->ncols, rows.row[first - 2].filled == 0))
			break;
	}
	while (first < last && rows.row[first].ncells == 0)
		first++;
	/* What stands before it must be rows like the others, else nobody knows where we are. */
	for (int i = first - 1; i >= 0 && first - i < 5; i--) {
		if (rows.row[i].is_odd)
			return;
		good += rows.row[i].ncells == out->ncols;
	}
	if (first == last || first < 1 || good * 2 < (first < 4 ? first : 4))
		return;
	out->footer_lines = (int)(rows.row[last - 1].line - rows.row[first].line) + 1;
	out->keeps_footer = true;
	out->note = arena_printf(mem, "%s, footer %d (likely)", out->note, out->footer_lines);
	detect_find(out, "footer", arena_printf(mem, "%d", out->footer_lines), LIKELY,
		    arena_printf(mem, "the end reads \"%s\"",
				 text_clean_dup(mem, rows.row[first].first.p,
						rows.row[first].first.n < 40 ?
						rows.row[first].first.n : 40)));
}
