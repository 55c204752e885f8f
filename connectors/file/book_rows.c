/*
 * connectors/file/book_rows.c
 *	The rows of the chosen sheets: cells into columns, errors into rejects.
 */
#include <string.h>

#include "connectors/file/book.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/flow/jsonl.h"
#include "core/io/digest.h"
#include "core/io/files.h"

/* Values of a batch are written one behind the other into blocks of so much. */
#define BLOCK_BYTES (64u * 1024u)

/* In front of each value, so that a rejected row can be told as it stood. */
struct head {
	uint32_t column;
	uint32_t n;
};

struct book_part {
	struct part base;
	struct book_source *book;
	const struct layout *layout;
	const struct file_options *options;
	int next;	/* of the chosen sheets */
	const char *label;	/* "path!Sheet", in the layout's arena */
	struct book_sheet look;
	struct book_scan scan;
	int *target;	/* by column of the sheet; -1: not read; -2: beyond the table */
	bool is_open;
	bool row_begun;	/* the sheet's row was announced, nothing of it taken */
	int64_t done_bytes;	/* packed, of the sheets before */
	int first_merge;	/* those before are over */
	struct slice *merged;	/* what each merge repeats; p NULL: nothing yet */
	unsigned *kinds;
	/* The batch being filled. */
	struct batch *b;
	char *block;
	size_t used, room;
	size_t row_at;	/* where the row's values begin in block */
	bool has_value;
};

static unsigned kind_of(enum xlsx_kind k)
{
	switch (k) {
	case XLSX_TEXT:
		return JSONL_STRING;
	case XLSX_AMOUNT:
		return JSONL_NUMBER;
	case XLSX_BOOL:
		return JSONL_BOOL;
	case XLSX_SPAN:
		return KIND_PLAIN_TEXT;
	default:
		return 0;
	}
}

/* ---- values into the batch ------------------------------------------------- */

/* Room for one more value; the row so far moves along when a block is full. */
static void make_room(struct book_part *p, size_t n)
{
	size_t row_n = p->used - p->row_at, size = BLOCK_BYTES;
	char *old = p->block;

	if (p->block != NULL && p->room - p->used >= n)
		return;
	while (size < row_n + n)
		size *= 2;
	p->block = arena_bytes(p->b->mem, size);
	p->room = size;
	if (row_n > 0) {
		memcpy(p->block, old + p->row_at, row_n);
		for (size_t at = 0; at < row_n;) {
			struct head h;

			memcpy(&h, p->block + at, sizeof(h));
			p->b->col[h.column].v.text[p->b->nrows].p = p->block + at + sizeof(h);
			at += sizeof(h) + h.n;
		}
	}
	p->row_at = 0;
	p->used = row_n;
}

static void put_value(struct book_part *p, int c, struct slice text)
{
	struct head h = { (uint32_t)c, (uint32_t)text.n };
	struct column *col = &p->b->col[c];
	char *to;

	make_room(p, sizeof(h) + text.n);
	to = p->block + p->used;
	memcpy(to, &h, sizeof(h));
	if (text.n > 0)
		memcpy(to + sizeof(h), text.p, text.n);
	p->used += sizeof(h) + text.n;
	col->v.text[p->b->nrows] = (struct slice){ to + sizeof(h), text.n };
	col->null[p->b->nrows] = 0;
}

static void reject(struct book_part *p, const char *field, struct slice value, const char *rule,
		   const char *what)
{
	char ref[16];
	int sheet = p->book->chosen[p->next - 1];

	batch_reject(p->b, p->b->nrows, field, value, rule, "%s (%.60s!%s)", what,
		     p->book->book->sheet[sheet].name,
		     xlsx_ref_text(p->scan.sheet->cell.column, p->scan.sheet->row, ref));
}

static bool is_null_text(const struct file_options *o, struct slice text)
{
	if (text.n == 0)
		return !o->dialect.keep_empty;
	return o->dialect.null_text.n > 0 && slice_eq(text, o->dialect.null_text);
}

static void take_cell(struct book_part *p, const struct xlsx_cell *c)
{
	int to = p->target[c->column];

	if (to == -1 || (c->kind == XLSX_TEXT && c->text.n == 0 && to < 0))
		return;
	if (to < 0) {
		if (!p->options->ignore_extra)
			reject(p, "", c->text, "format",
			       "a value stands beyond the columns of the table");
		p->has_value = true;
		return;
	}
	p->kinds[to] |= kind_of(c->kind);
	if (c->kind == XLSX_TEXT && is_null_text(p->options, c->text))
		return;
	p->has_value = true;
	if (c->kind == XLSX_ERROR || c->kind == XLSX_NO_RESULT) {
		if (p->options->errors_null)
			return;
		reject(p, p->layout->name[to], c->text, "error", c->kind == XLSX_ERROR
			       ? "is an error of the sheet"
			       : "is a formula whose result was not stored");
	} else if (c->kind == XLSX_BAD) {
		reject(p, p->layout->name[to], c->text, "format", c->why);
	}
	put_value(p, to, c->text);
}

/* ---- a rejected row as it stood -------------------------------------------- */

/* {"name": "value", ...} of the cells that had one, as a line of JSON lines would have it. */
static struct slice row_as_text(void *ctx, struct arena *mem, struct slice raw)
{
	const struct layout *l = ctx;
	struct slice out;
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	buf_adds(&text, "{");
	for (size_t at = 0; at < raw.n;) {
		struct head h;

		memcpy(&h, raw.p + at, sizeof(h));
		buf_adds(&text, at > 0 ? ", " : "");
		js_add_text(&text, slice_of(l->name[h.column]), JS_TEXT_AS_IS);
		buf_adds(&text, ": ");
		js_add_text(&text, (struct slice){ raw.p + at + sizeof(h), h.n },
			    JS_TEXT_AS_IS);
		at += sizeof(h) + h.n;
	}
	buf_adds(&text, "}");
	out = (struct slice){ arena_strndup(mem, buf_str(&text), text.len), text.len };
	buf_release(&text);
	return out;
}

/* ---- merged cells ---------------------------------------------------------- */

static void start_merges(struct book_part *p)
{
	p->first_merge = 0;
	p->merged = arena_array(p->scan.mem, (size_t)p->scan.nmerges + 1, sizeof(*p->merged));
}

/* The first cell's value, wherever the merge leaves a cell of this row empty. */
static void repeat_merges(struct book_part *p)
{
	long row = p->scan.sheet->row;
	uint32_t at = p->b->nrows;

	for (int i = p->first_merge; i < p->scan.nmerges && p->scan.merge[i].row <= row; i++) {
		const struct xlsx_merge *m = &p->scan.merge[i];
		int from = p->target[m->column];

		if (m->last_row < row) {
			p->first_merge += i == p->first_merge;
			continue;
		}
		if (m->row == row && from >= 0 && !p->b->col[from].null[at]) {
			struct slice v = p->b->col[from].v.text[at];

			p->merged[i] = (struct slice){ arena_strndup(p->scan.mem, v.p, v.n), v.n };
		}
		for (int c = m->column; p->merged[i].p != NULL && c <= m->last_column; c++) {
			int to = p->target[c];

			if (to >= 0 && p->b->col[to].null[at]) {
				put_value(p, to, p->merged[i]);
				p->has_value = true;
			}
		}
	}
}

/* ---- sheets ---------------------------------------------------------------- */

/* By column of the sheet, where it goes. */
static enum err_code map_columns(struct book_part *p, struct err *err)
{
	struct arena *mem = p->scan.mem;
	struct book_sheet *look = &p->look;
	const struct file_options *o = p->options;
	const char *name = book_sheet_name(mem, p->book, p->book->chosen[p->next - 1]);
	enum err_code rc = ERR_OK;

	if (p->layout->has_header)
		rc = layout_match(mem, p->layout, name, &look->shape, err);
	if (rc != ERR_OK)
		return rc;
	p->target = arena_array(mem, XLSX_COLUMNS_MAX, sizeof(*p->target));
	/* Cells beside a range or in hidden columns are none of ours; others are a surprise. */
	for (int c = 0; c < XLSX_COLUMNS_MAX; c++)
		p->target[c] = c >= o->from_column && c <= o->to_column ? -2 : -1;
	for (int i = 0; i < look->shape.ncells && i < p->layout->ncols; i++)
		p->target[look->column[i]] =
			p->layout->has_header ? look->shape.target[i] : i;
	return ERR_OK;
}

static enum err_code open_next(struct book_part *p, struct err *err)
{
	int sheet = p->book->chosen[p->next++];
	const struct book_sheet *first = p->layout->own;
	enum err_code rc;

	p->row_begun = false;
	p->label = arena_printf(p->layout->mem, "%s!%s", p->base.from->path,
				p->book->book->sheet[sheet].name);
	rc = book_scan_open(p->base.mem, p->book, sheet, true, &p->scan, err);
	p->is_open = true;
	if (rc == ERR_OK)
		rc = book_look(p->scan.mem, p->book, sheet, first, &p->look, err);
	if (rc == ERR_OK)
		rc = map_columns(p, err);
	if (rc == ERR_OK)
		start_merges(p);
	return rc;
}

static void close_sheet(struct book_part *p)
{
	p->done_bytes += zip_stream_used(p->scan.stream);
	book_scan_close(&p->scan);
	p->is_open = false;
}

enum err_code book_rows(struct arena *own, const struct layout *l, struct source *s,
			bool only_seen, struct part **out, struct err *err)
{
	struct book_part *p = arena_alloc(own, sizeof(*p));
	struct book_source *b = (struct book_source *)s;
	enum err_code rc = ERR_OK;

	(void)only_seen;
	p->base.mem = own;
	p->base.from = s;
	p->book = b;
	p->layout = l;
	p->options = b->options;
	p->kinds = arena_array(own, (size_t)l->ncols, sizeof(*p->kinds));
	b->used_bytes = 0;
	/* Cells come in another order than bytes: a mark is of the whole file. */
	if (b->env->digest != NULL)
		rc = files_digest_add(b->env->digest, s->path, INT64_MAX, err);
	if (rc == ERR_OK)
		*out = &p->base;
	return rc;
}

unsigned book_kinds(const struct part *base, int c)
{
	return ((const struct book_part *)base)->kinds[c];
}

/* ---- rows ------------------------------------------------------------------ */

static bool is_wanted_row(const struct book_part *p)
{
	const struct xlsx_sheet *s = p->scan.sheet;

	return s->row >= p->look.first_row && s->row <= p->look.last_row &&
	       !(s->is_row_hidden && p->options->skip_hidden);
}

/* The row whose cells were taken becomes one of the batch, unless all were empty. */
static void end_row(struct book_part *p, int64_t *number)
{
	struct batch *b = p->b;

	if (p->scan.nmerges > 0)
		repeat_merges(p);
	if (p->has_value) {
		b->at[b->nrows] = (struct row_at){
			.row = (*number)++,
			.line = p->scan.sheet->row,
			.offset = -1,
			.raw = { p->block + p->row_at, p->used - p->row_at },
		};
		b->nrows++;
	}
	p->row_at = p->used;
	p->has_value = false;
}

/* Takes cells until the next row or the end of the sheet. */
static enum err_code take_row(struct book_part *p, enum xlsx_event *event, struct err *err)
{
	bool is_wanted = is_wanted_row(p);
	struct xlsx_sheet *s = p->scan.sheet;
	enum err_code rc;

	for (;;) {
		rc = xlsx_sheet_next(s, event, err);
		if (rc != ERR_OK || *event != XLSX_CELL)
			return rc;
		if (is_wanted && !(p->options->skip_hidden &&
				   xlsx_is_column_hidden(s, s->cell.column)))
			take_cell(p, &s->cell);
	}
}

static enum err_code read_sheet(struct book_part *p, uint32_t max_rows, int64_t *number,
				struct err *err)
{
	enum xlsx_event event = XLSX_ROW;
	enum err_code rc = ERR_OK;

	if (!p->row_begun)
		rc = xlsx_sheet_next(p->scan.sheet, &event, err);
	while (rc == ERR_OK && event == XLSX_ROW && p->scan.sheet->row <= p->look.last_row) {
		long row = p->scan.sheet->row;

		p->row_begun = true;
		if (p->b->nrows == max_rows)
			return ERR_OK;
		rc = take_row(p, &event, err);
		if (rc == ERR_OK) {
			/* The next row was announced already. */
			long next = p->scan.sheet->row;

			p->scan.sheet->row = row;
			end_row(p, number);
			p->scan.sheet->row = next;
		}
	}
	if (rc == ERR_OK)
		close_sheet(p);
	return rc;
}

enum err_code book_read(struct part *base, struct batch *into, uint32_t max_rows, int64_t *row,
			struct err *err)
{
	struct book_part *p = (struct book_part *)base;
	enum err_code rc = ERR_OK;

	p->b = into;
	p->block = NULL;
	p->used = p->room = p->row_at = 0;
	for (int c = 0; c < into->ncols; c++)
		memset(into->col[c].null, 1, max_rows);
	into->raw_text = row_as_text;
	into->raw_ctx = (void *)(uintptr_t)p->layout;
	while (rc == ERR_OK && into->nrows == 0 && (p->is_open || p->next < p->book->nchosen)) {
		if (!p->is_open)
			rc = open_next(p, err);
		if (rc == ERR_OK)
			rc = read_sheet(p, max_rows, row, err);
		into->part = p->label;
	}
	xlsx_strings_relax(p->book->strings);
	p->book->used_bytes = !p->is_open && p->next == p->book->nchosen ? p->book->size_bytes
			    : p->done_bytes + (p->is_open ? zip_stream_used(p->scan.stream) : 0);
	return rc;
}
