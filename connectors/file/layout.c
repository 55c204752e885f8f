/*
 * connectors/file/layout.c
 *	Header names made usable, and files made to agree.
 */
#include "connectors/file/layout.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/jsonl.h"

/* Names in one message. */
#define NAMED_MAX 5

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
		return err_set(err, ERR_INPUT, "%s is empty but for blank lines", f->name);
	if (v == CSV_UNCLOSED)
		return err_set(err, ERR_INPUT,
			       "%s, line %lld: a quote in the first row is not closed before the end "
			       "of the file", f->name, (long long)(line + row->fault_breaks));
	if (v == CSV_INCOMPLETE)
		return err_set(err, ERR_LIMIT, "%s, line %lld: the first row is longer than %u kB",
			       f->name, (long long)line, DETECT_BYTES / 1024);
	if (row->ncells > LAYOUT_COLUMNS_MAX)
		return err_set(err, ERR_LIMIT, "%s, line %lld: the first row has %d fields; %d are "
			       "possible", f->name, (long long)line, row->ncells,
				LAYOUT_COLUMNS_MAX);
	row->cap = row->ncells;
	row->cell = arena_array(mem, (size_t)row->cap, sizeof(*row->cell));
	v = csv_row_parse(d, p + at, n - at, f->is_whole, row);
	if (v == CSV_BEHIND_QUOTE && f->found.has_header)
		return err_set(err, ERR_INPUT,
			       "%s, line %lld: text stands behind a closing quote in "
			       "the header", f->name, (long long)(line + row->fault_breaks));
	out->header_bytes = at + row->next;
	out->header_lines = line - f->found.skip_lines + row->breaks;
	return ERR_OK;
}

static bool is_taken(const char **name, int n, const char *wanted)
{
	for (int i = 0; i < n; i++)
		if (strcmp(name[i], wanted) == 0)
			return true;
	return false;
}

static struct slice trimmed(struct slice v)
{
	while (v.n > 0 && (v.p[0] == ' ' || v.p[0] == '\t'))
		v.p++, v.n--;
	while (v.n > 0 && (v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t'))
		v.n--;
	return v;
}

/* The cell's text as a name that no cell before it has; *is_own: not as it stood. */
static const char *name_of(struct arena *mem, const struct csv_dialect *d,
			   const struct csv_cell *cell, const char **before, int i, bool *is_own)
{
	struct slice v = trimmed(csv_unescape(d, cell, mem));
	const char *base = text_clean_dup(mem, v.p, v.n);
	const char *name = base;

	*is_own = false;
	if (base[0] == '\0')
		name = base = arena_printf(mem, "column_%d", i + 1), *is_own = true;
	for (int k = 2; is_taken(before, i, name); k++) {
		name = arena_printf(mem, "%s_%d", base, k);
		*is_own = true;
	}
	return name;
}

/* Adds one to "a, b, ..." of at most NAMED_MAX. */
static void list_name(struct buf *list, int nth, const char *name)
{
	if (nth < NAMED_MAX)
		buf_addf(list, "%s%s", nth > 0 ? ", " : "", name);
	else if (nth == NAMED_MAX)
		buf_adds(list, ", ...");
}

/* Names of a CSV file's cells; *renamed is a part of a note, or NULL. */
static enum err_code csv_names(struct arena *mem, const struct feed *f, struct file_shape *out,
			       const char **renamed, struct err *err)
{
	struct csv_row row;
	enum err_code rc = first_row(mem, f, &out->dialect, &row, out, err);
	struct buf own;
	int nown = 0;

	*renamed = NULL;
	if (rc != ERR_OK)
		return rc;
	out->ncells = row.ncells;
	out->name = arena_array(mem, (size_t)row.ncells, sizeof(*out->name));
	buf_init(&own, 200);
	for (int i = 0; i < row.ncells; i++) {
		bool is_own = false;

		if (f->found.has_header)
			out->name[i] = name_of(mem, &out->dialect, &row.cell[i], out->name, i,
					       &is_own);
		else
			out->name[i] = arena_printf(mem, "column_%d", i + 1);
		if (is_own)
			list_name(&own, nown++, out->name[i]);
	}
	if (nown > 0)
		*renamed = arena_printf(mem, "empty or doubled header names became %s",
					buf_str(&own));
	buf_release(&own);
	if (!f->found.has_header) {
		out->header_bytes = 0;
		out->header_lines = 0;
	}
	return ERR_OK;
}

static struct csv_dialect dialect_of(const struct file_options *o, const struct feed *f)
{
	struct csv_dialect d = o->dialect;

	d.delimiter = f->found.delimiter;
	return d;
}

static void make_schema(struct arena *mem, struct layout *l)
{
	l->schema.nfields = l->ncols;
	l->schema.field = arena_array(mem, (size_t)l->ncols, sizeof(*l->schema.field));
	for (int i = 0; i < l->ncols; i++)
		l->schema.field[i] = (struct field){ .name = l->name[i],
						     .type = { .type = TYPE_TEXT } };
}

static enum err_code jsonl_layout(struct arena *mem, const struct feed *first, struct layout *l,
				  struct err *err)
{
	const char *p = first->text + first->found.skip_bytes;
	size_t n = first->text_n - first->found.skip_bytes;
	enum err_code rc;

	l->ncols = jsonl_fields(mem, p, n, &l->name);
	if (l->ncols > 0)
		return ERR_OK;
	rc = err_set(err, ERR_INPUT, "%s has no JSON line with a field in its first %u kB",
		     first->name, DETECT_BYTES / 1024);
	if (n > 0 && p[0] == '[')
		err_hint(err, "It is one JSON array; one object a line is made by: "
			 "jq -c '.[]' FILE > NEW.");
	else
		err_hint(err, "Each line must be one object, as {\"id\": 1, \"name\": \"x\"}.");
	return rc;
}

enum err_code layout_make(struct arena *mem, const struct file_options *options,
			  const struct feed *first, struct layout **out, struct err *err)
{
	struct layout *l = arena_alloc(mem, sizeof(*l));
	struct file_shape shape = { .dialect = dialect_of(options, first) };
	const char *renamed = NULL;
	enum err_code rc;

	l->options = options;
	l->format = first->found.format;
	l->has_header = first->found.has_header;
	l->first_file = arena_strdup(mem, first->name);
	if (l->format == FORMAT_JSONL) {
		rc = jsonl_layout(mem, first, l, err);
	} else {
		rc = csv_names(mem, first, &shape, &renamed, err);
		l->ncols = shape.ncells;
		l->name = shape.name;
	}
	if (rc != ERR_OK)
		return rc;
	l->note = arena_printf(mem, "%s%s%s%s%s", first->found.note,
			       input_packing(first->in)[0] != '\0' ? ", " : "",
			       input_packing(first->in), renamed != NULL ? "; " : "",
			       renamed != NULL ? renamed : "");
	make_schema(mem, l);
	*out = l;
	return ERR_OK;
}

static enum err_code wrong_columns(const struct layout *l, const struct feed *f,
				   const struct file_shape *s, const bool *has, struct err *err)
{
	struct buf missing, extra;
	int nmissing = 0, nextra = 0;
	enum err_code rc;

	buf_init(&missing, 60);
	buf_init(&extra, 60);
	for (int i = 0; i < l->ncols; i++)
		if (!has[i])
			list_name(&missing, nmissing++, l->name[i]);
	for (int i = 0; i < s->ncells; i++)
		if (s->target[i] < 0)
			list_name(&extra, nextra++, s->name[i]);
	rc = err_set(err, ERR_INPUT, "%s does not have the columns of the first file%s%s%s%s",
		     f->name,
		     nmissing > 0 ? "; missing: " : "", buf_str(&missing),
		     nextra > 0 ? "; only here: " : "", buf_str(&extra));
	err_hint(err, "The first file is %s. Load files with other columns by themselves.",
		 l->first_file);
	buf_release(&missing);
	buf_release(&extra);
	return rc;
}

/* Finds the stream's column for each cell of the file. */
static enum err_code match(struct arena *mem, const struct layout *l, const struct feed *f,
			   struct file_shape *s, struct err *err)
{
	bool *has = arena_array(mem, (size_t)l->ncols, sizeof(*has));
	int found = 0;

	s->target = arena_array(mem, (size_t)s->ncells, sizeof(*s->target));
	for (int i = 0; i < s->ncells; i++) {
		s->target[i] = i < l->ncols && strcmp(s->name[i], l->name[i]) == 0 ? i : -1;
		for (int c = 0; s->target[i] < 0 && c < l->ncols; c++)
			if (strcmp(s->name[i], l->name[c]) == 0)
				s->target[i] = c;
		if (s->target[i] >= 0) {
			has[s->target[i]] = true;
			found++;
		}
	}
	if (found == l->ncols && s->ncells == l->ncols)
		return ERR_OK;
	return wrong_columns(l, f, s, has, err);
}

enum err_code layout_fit(struct arena *mem, const struct layout *l, const struct feed *f,
			 struct file_shape *out, struct err *err)
{
	const char *renamed;
	enum err_code rc;

	*out = (struct file_shape){ .dialect = dialect_of(l->options, f) };
	if (l->format == FORMAT_JSONL) {
		out->ncells = l->ncols;
		out->name = l->name;
		return ERR_OK;
	}
	rc = csv_names(mem, f, out, &renamed, err);
	if (rc != ERR_OK)
		return rc;
	/* Without names only the number can be compared, and each row tells that. */
	if (!l->has_header) {
		out->ncells = l->ncols;
		out->name = l->name;
		return ERR_OK;
	}
	return match(mem, l, f, out, err);
}

struct detect_set layout_settings(const struct layout *l, const struct feed *first)
{
	struct detect_set set = l->options->set;

	set.has_format = true;
	set.format = l->format;
	if (l->format == FORMAT_CSV) {
		set.has_header = true;
		set.header = l->has_header;
		set.has_delimiter = true;
		set.delimiter = first->found.delimiter;
	}
	return set;
}
