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
	size_t n = f->text_n - f->found.skip_bytes, at = 0;
	int64_t line = f->found.skip_lines + 1;
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
	return d;
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
	} else {
		out->header_bytes = 0;
		out->header_lines = 0;
	}
	out->name = layout_names(mem, cell, row.ncells, renamed);
	return ERR_OK;
}

static enum err_code csv_columns(struct arena *mem, const struct feed *first, struct layout *l,
				 struct err *err)
{
	struct file_shape shape = { .dialect = dialect_of(l->options, first) };
	enum err_code rc = names(mem, first, &shape, &l->renamed, err);

	l->ncols = shape.ncells;
	l->name = shape.name;
	l->next.has_header = true;
	l->next.header = l->has_header;
	l->next.has_delimiter = true;
	l->next.delimiter = first->found.delimiter;
	return rc;
}

static enum err_code csv_fit(struct arena *mem, const struct layout *l, const struct feed *f,
			     struct file_shape *out, struct err *err)
{
	const char *renamed = NULL;
	enum err_code rc;

	*out = (struct file_shape){ .dialect = dialect_of(l->options, f) };
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

static void *scan_new(struct arena *mem, const struct layout *l, const struct file_shape *shape)
{
	struct csv_shape s = {
		.ncols = shape->ncells,
		.target = shape->target,
		.name = shape->name,
		.promised_by = l->has_header ? "the header" : "the first row",
	};

	return csv_scan_new(mem, &shape->dialect, &s, CSV_BEST);
}

static size_t scan(void *s, const char *data, size_t n, bool is_last, struct csv_place *place,
		   struct batch *b, uint32_t max_rows)
{
	return csv_scan_rows(s, data, n, is_last, place, b, max_rows);
}

/* The rows behind an open quote cannot be told from its text: the file is not to be trusted. */
static enum err_code runaway_quote(void *s, const char *file, struct err *err)
{
	int64_t line = csv_scan_runaway(s);

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
