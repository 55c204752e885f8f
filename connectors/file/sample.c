/*
 * connectors/file/sample.c
 *	Reads some rows of the first files and lets infer.h judge them.
 */
#include "connectors/file/sample.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/flow/infer.h"
#include "core/flow/jsonl.h"

/* Files that take part, and rows and bytes of all of them together. */
#define SAMPLE_FILES 16
#define SAMPLE_ROWS  10000
#define SAMPLE_BYTES (4 * 1024 * 1024)

struct sampling {
	struct arena *work;
	const struct sample_source *source;
	struct infer *infer;
	struct batch *batch;
	unsigned *kinds;	/* enum jsonl_kind of each column */
	int64_t rows;	/* that one file may give */
	int64_t bytes;
};

static enum err_code read_rows(struct sampling *s, struct part *p, struct err *err)
{
	int64_t row = 1, bytes = 0;
	enum err_code rc;

	do {
		/* Where two readings fit so far, the rest of the column decides. */
		int64_t left = row > s->rows ? s->batch->cap : s->rows - (row - 1);

		batch_reset(s->batch);
		rc = part_read(p, s->batch, left < s->batch->cap ? (uint32_t)left : s->batch->cap,
			       &row,
			       err);
		if (rc != ERR_OK)
			return rc;
		infer_batch(s->infer, s->batch);
		for (uint32_t i = 0; i < s->batch->nrows; i++)
			bytes += (int64_t)s->batch->at[i].raw.n;
	} while (s->batch->nrows > 0 &&
		 ((row <= s->rows && bytes < s->bytes) || infer_is_in_doubt(s->infer)));
	for (int c = 0; c < s->source->layout->ncols; c++)
		s->kinds[c] |= part_kinds(p, c);
	return ERR_OK;
}

/* A pipe cannot be opened twice, others need not be: what was looked at is put back. */
static enum err_code sample_in_place(struct sampling *s, struct err *err)
{
	struct part *p;
	enum err_code rc = part_open(s->work, s->source->layout, s->source->first, true, &p, err);

	if (rc != ERR_OK)
		return rc;
	rc = read_rows(s, p, err);
	part_leave(p);
	return rc;
}

static enum err_code sample_file(struct sampling *s, int i, struct err *err)
{
	const struct layout *l = s->source->layout;
	struct source_set set = { l->options, i > 0 ? l : NULL, s->source->env };
	struct source *from;
	struct part *p;
	enum err_code rc = source_open(s->work, s->source->files->path[i], &set, &from, err);

	if (rc != ERR_OK)
		return rc;
	rc = part_open(s->work, l, from, false, &p, err);
	if (rc != ERR_OK) {
		source_close(from);
		return rc;
	}
	rc = read_rows(s, p, err);
	part_close(p);
	return rc;
}

/* JSON says of a value whether it is a text: then digits in it are no number. */
static struct type_spec judge(struct type_spec t, unsigned kinds)
{
	bool is_bare = t.type == TYPE_BOOL || t.type == TYPE_INT || t.type == TYPE_FLOAT ||
		       t.type == TYPE_DECIMAL;

	if ((kinds & KIND_PLAIN_TEXT) != 0)
		return (struct type_spec){ .type = TYPE_TEXT };
	if (kinds == JSONL_NESTED)
		return (struct type_spec){ .type = TYPE_JSON };
	if (kinds == JSONL_BOOL)
		return (struct type_spec){ .type = TYPE_BOOL };
	if ((kinds & JSONL_NESTED) != 0 || ((kinds & JSONL_STRING) != 0 && is_bare))
		return (struct type_spec){ .type = TYPE_TEXT };
	return t;
}

/* What was found out about column c, for as long as mem lives. */
static void put_doubt(struct arena *mem, const struct field_doubt *from, struct field *f)
{
	struct field_doubt *d = arena_alloc(mem, sizeof(*d));

	*d = (struct field_doubt){ .option = from->option, .value = arena_strdup(mem, from->value),
				   .n = from->n };
	for (int i = 0; i < d->n; i++) {
		d->reading[i] = arena_strdup(mem, from->reading[i]);
		d->means[i] = arena_strdup(mem, from->means[i]);
	}
	f->doubt = d;
	f->type = (struct type_spec){ .type = TYPE_TEXT };
}

/* JSON itself says what is a number; of dates in its texts it says nothing. */
static bool may_doubt(unsigned kinds, const struct field_doubt *d)
{
	return kinds == 0 || (kinds == JSONL_STRING && strcmp(d->option, "dates") == 0);
}

static void put_types(struct arena *mem, struct sampling *s, struct schema *out)
{
	bool has_comma = false;

	for (int c = 0; c < out->nfields; c++) {
		struct infer_how how;
		struct type_spec t = infer_type(s->infer, c, &how);
		struct type_spec judged = judge(t, s->kinds[c]);

		out->field[c].type = judged;
		has_comma |= how.has_marks && how.marks.point == ',';
		if (judged.type == t.type)
			out->field[c].native = infer_native(mem, &t, &how);
		if (how.doubt != NULL && may_doubt(s->kinds[c], how.doubt))
			put_doubt(mem, how.doubt, &out->field[c]);
	}
	/* One file is written in one country: its 1.234 may be a thousand like its 1.234,56. */
	for (int c = 0; c < out->nfields && has_comma; c++) {
		struct infer_how how;

		infer_type(s->infer, c, &how);
		if (how.may_be_grouped && s->kinds[c] == 0)
			put_doubt(mem, infer_group_doubt(s->infer, c), &out->field[c]);
	}
}

enum err_code sample_types(struct arena *mem, const struct sample_source *from, struct schema *out,
			   struct err *err)
{
	int n = from->layout->ncols;
	int nfiles = from->files->n < SAMPLE_FILES ? from->files->n : SAMPLE_FILES;
	struct sampling s = { .work = arena_new(mem, "sample"), .source = from };
	enum err_code rc = ERR_OK;

	s.infer = infer_new(s.work, n);
	s.kinds = arena_array(s.work, (size_t)n, sizeof(*s.kinds));
	s.batch = batch_new(NULL, n, batch_rows_fit(n));
	s.rows = SAMPLE_ROWS / nfiles;
	s.bytes = SAMPLE_BYTES / nfiles;
	for (int i = 0; rc == ERR_OK && i < from->files->n &&
	     (i < nfiles || infer_is_in_doubt(s.infer)); i++) {
		if (i == 0 && from->first->ops->reread)
			rc = sample_in_place(&s, err);
		else if (files_size(from->files->path[i]) >= 0)
			rc = sample_file(&s, i, err);
		else if (i == 0)
			rc = sample_in_place(&s, err);
	}
	if (rc == ERR_OK)
		put_types(mem, &s, out);
	batch_free(s.batch);
	arena_free(s.work);
	return rc;
}
