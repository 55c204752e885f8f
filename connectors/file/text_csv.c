/*
 * connectors/file/text_csv.c
 *	Separated values as a format of text: the header, and csv.h over the blocks.
 */
#include "connectors/file/text.h"
#include "core/base/arena.h"

/* The first row that is not blank, with all its cells in mem. */
static enum err_code first_row(struct arena *mem, const struct feed *f, const struct csv_dialect *d,
			       struct csv_row *row, struct file_shape *out, struct err *err)
{
	const char *p = f->text + f->found.skip_bytes;
	size_t n = f->text_n - f->found.skip_bytes, at = out->header_bytes;
	int64_t line = f->found.skip_lines + out->header_lines + 1;
	enum csv_verdict v;

	for (;;) {
		*row = (struct csv_row){ 0 };
		v = at < n ? csv_row_parse(d, p + at, n - at, f->is_whole, row) : CSV_INCOMPLETE;
		if (at >= n || row->text_end > 0)
			break;
		at += row->next;
		line++;
	}
	if (at >= n)
		return err_set(err, ERR_INPUT, "%s is empty but for blank lines", f->base.name);
	if (v == CSV_UNCLOSED)
		return err_set(err, ERR_INPUT,
			       "%s, line %lld: a quote in the first row is not closed before the end "
			       "of the file", f->base.name, (long long)(line + row->fault_breaks));
	if (v == CSV_INCOMPLETE)
		return err_set(err, ERR_LIMIT, "%s, line %lld: the first row is longer than %u kB",
			       f->base.name, (long long)line, DETECT_BYTES / 1024);
	if (row->ncells > LAYOUT_COLUMNS_MAX)
		return err_set(err, ERR_LIMIT, "%s, line %lld: the first row has %d fields; %d are "
			       "possible", f->base.name, (long long)line, row->ncells,
				LAYOUT_COLUMNS_MAX);
	row->cap = row->ncells;
	row->cell = arena_array(mem, (size_t)row->cap, sizeof(*row->cell));
	v = csv_row_parse(d, p + at, n - at, f->is_whole, row);
	if (v == CSV_BEHIND_QUOTE && f->found.has_header)
		return err_set(err, ERR_INPUT,
			       "%s, line %lld: text stands behind a closing quote in "
			       "the header", f->base.name, (long long)(line + row->fault_breaks));
	out->header_bytes = at + row->next;
	out->header_lines = line - f->found.skip_lines + row->breaks;
	return ERR_OK;
}

static struct csv_dialect dialect_of(const struct file_options *o, const struct feed *f)
{
	struct csv_dialect d = o->dialect;

	d.delimiter = f->found.delimiter;
	d.quote = f->found.quote;
	d.escape = f->found.escape;
	return d;
}

/* A name of a group stands over the first of its columns only. */
static void spread(struct slice *cell, int n)
{
	for (int i = 1; i < n; i++)
		if (cell[i].n == 0)
			cell[i] = cell[i - 1];
}

/* The next row of the header: its names go behind those of the rows above. */
static enum err_code join_row(struct arena *mem, const struct feed *f, struct file_shape *out,
			      struct slice *cell, struct err *err)
{
	struct csv_row row;
	enum err_code rc = first_row(mem, f, &out->dialect, &row, out, err);

	if (rc != ERR_OK)
		return rc;
	if (row.ncells != out->ncells)
		return err_set(err, ERR_INPUT, "%s, line %lld: the header rows have %d and %d cells",
			       f->base.name, (long long)(f->found.skip_lines + out->header_lines),
			       out->ncells, row.ncells);
	spread(cell, out->ncells);
	for (int i = 0; i < out->ncells; i++) {
		struct slice below = csv_unescape(&out->dialect, &row.cell[i], mem);
		const char *both = arena_printf(mem, "%.*s%s%.*s", (int)cell[i].n, cell[i].p,
						cell[i].n > 0 && below.n > 0 ? " " : "",
						(int)below.n, below.p);

		cell[i] = slice_of(both);
	}
	return ERR_OK;
}

/* Names of the file's cells; *renamed is a part of a note. */
static enum err_code names(struct arena *mem, const struct feed *f, struct file_shape *out,
			   const char **renamed, struct err *err)
{
	struct csv_row row;
	struct slice *cell = NULL;
	enum err_code rc = first_row(mem, f, &out->dialect, &row, out, err);

	if (rc != ERR_OK)
		return rc;
	out->ncells = row.ncells;
	if (f->found.has_header) {
		cell = arena_array(mem, (size_t)row.ncells, sizeof(*cell));
		for (int i = 0; i < row.ncells; i++)
			cell[i] = csv_unescape(&out->dialect, &row.cell[i], mem);
		for (int i = 1; i < f->found.header_rows && rc == ERR_OK; i++)
			rc = join_row(mem, f, out, cell, err);
		if (rc != ERR_OK)
			return rc;
	} else {
		out->header_bytes = 0;
		out->header_lines = 0;
	}
	out->name = layout_names(mem, cell, row.ncells, renamed);
	return ERR_OK;
}

/* Several tables, and nobody has said which: reading one would lose the others. */
static enum err_code check_tables(struct arena *mem, const struct feed *f, struct layout *l,
				  struct err *err)
{
	const struct detection *d = &f->found;
	int chosen = l->options->set.table;

	if (chosen > d->ntables && (chosen > 1 || d->ntables > 0))
		return err_set(err, ERR_NOT_FOUND, "%s has %d table%s in its first %u kB, not %d",
			       f->base.name, d->ntables, d->ntables == 1 ? "" : "s",
			       DETECT_BYTES / 1024, chosen);
	if (d->ntables > 1 && chosen == 0) {
		l->open_question = arena_printf(mem, "%s holds %d tables; the second starts in line "
						"%lld: %.60s", f->base.name, d->ntables,
						(long long)d->table[1].line + 1, d->table[1].head);
		l->answers = "Load one at a time: --table 1, --table 2...";
	}
	return ERR_OK;
}

static enum err_code csv_columns(struct arena *mem, const struct feed *first, struct layout *l,
				 struct err *err)
{
	struct file_shape shape = { .dialect = dialect_of(l->options, first) };
	enum err_code rc = check_tables(mem, first, l, err);

	if (rc == ERR_OK)
		rc = names(mem, first, &shape, &l->renamed, err);
	l->ncols = shape.ncells;
	l->name = shape.name;
	l->next.has_header = true;
	l->next.header = l->has_header;
	l->next.has_delimiter = true;
	l->next.delimiter = first->found.delimiter;
	l->next.has_quote = true;
	l->next.quote = first->found.quote;
	l->next.has_escape = true;
	l->next.escape = first->found.escape;
	l->next.header_rows = first->found.header_rows;
	l->next.has_ragged = true;
	l->next.fill = first->found.fill;
	return rc;
}

static enum err_code csv_fit(struct arena *mem, const struct layout *l, const struct feed *f,
			     struct file_shape *out, struct err *err)
{
	const char *renamed = NULL;
	enum err_code rc;

	*out = (struct file_shape){ .dialect = dialect_of(l->options, f), .fill = f->found.fill,
				    .is_one_table = f->found.is_one_table };
	rc = names(mem, f, out, &renamed, err);
	if (rc != ERR_OK)
		return rc;
	/* Without names only the number can be compared, and each row tells that. */
	if (!l->has_header) {
		out->ncells = l->ncols;
		out->name = l->name;
		return ERR_OK;
	}
	return layout_match(mem, l, f->base.name, out, err);
}

/* A scan that may have to end at the blank line behind its table. */
struct table_scan {
	struct csv_scan *csv;
	struct csv_dialect d;
	bool is_one_table;
	bool is_over;
};

static void *scan_new(struct arena *mem, const struct layout *l, const struct file_shape *shape)
{
	struct table_scan *s = arena_alloc(mem, sizeof(*s));
	struct csv_shape cells = {
		.ncols = shape->ncells,
		.target = shape->target,
		.name = shape->name,
		.promised_by = l->has_header ? "the header" : "the first row",
		.fill = shape->fill,
	};

	s->csv = csv_scan_new(mem, &shape->dialect, &cells, CSV_BEST);
	s->d = shape->dialect;
	s->is_one_table = shape->is_one_table;
	return s;
}

/* A line without anything in it but delimiters. */
static bool is_blank(const char *p, size_t n, char delimiter)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != delimiter && p[i] != ' ' && p[i] != '\t')
			return false;
	return true;
}

/* The bytes of data that belong to the table; *is_end when a blank line ends it there. */
static size_t table_bytes(const struct table_scan *s, const char *data, size_t n, bool is_last,
			  bool *is_end)
{
	size_t at = 0;

	while (at < n) {
		struct csv_row row = { 0 };

		if (csv_row_parse(&s->d, data + at, n - at, is_last, &row) == CSV_INCOMPLETE)
			break;
		*is_end = is_blank(data + at, row.text_end, s->d.delimiter);
		if (*is_end)
			return at;
		at += row.next;
	}
	return is_last ? n : at;
}

static size_t scan(void *scan, const char *data, size_t n, bool is_last,
		   struct csv_place *place, struct batch *b, uint32_t max_rows)
{
	struct table_scan *s = scan;
	bool is_end = false;
	size_t own, used = 0;

	if (!s->is_one_table)
		return csv_scan_rows(s->csv, data, n, is_last, place, b, max_rows);
	if (s->is_over)
		return n;
	own = table_bytes(s, data, n, is_last, &is_end);
	if (own > 0)
		used = csv_scan_rows(s->csv, data, own, is_last || is_end, place, b, max_rows);
	s->is_over = is_end && used == own;
	return s->is_over ? n : used;
}

/* The rows behind an open quote cannot be told from its text: the file is not to be trusted. */
static enum err_code runaway_quote(void *scan, const char *file, struct err *err)
{
	const struct table_scan *s = scan;
	int64_t line = csv_scan_runaway(s->csv);

	if (line == 0)
		return ERR_OK;
	err_set(err, ERR_INPUT, "%s, line %lld: a quote is opened there and never closed", file,
		(long long)line);
	err_hint(err, "Nothing was loaded. If quotes mean nothing in this file, set quote to none.");
	return ERR_INPUT;
}

const struct text_format text_csv = {
	.format = FORMAT_CSV,
	.columns = csv_columns,
	.fit = csv_fit,
	.scan_new = scan_new,
	.scan = scan,
	.fault = runaway_quote,
};
