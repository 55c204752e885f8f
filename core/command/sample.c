/*
 * core/command/sample.c
 *	Rows of data as rows of an answer.
 */
#include "core/command/sample.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/flow/format.h"
#include "core/flow/pgbin.h"

#define SAMPLE_COLUMNS_MAX 2000

static enum val_kind kind_of(enum type t)
{
	switch (t) {
	case TYPE_INT:
		return VAL_INT8;
	case TYPE_FLOAT:
		return VAL_FLOAT8;
	case TYPE_BOOL:
		return VAL_BOOL;
	default:
		return VAL_TEXT;
	}
}

static unsigned flags_of(enum type t)
{
	if (t == TYPE_DECIMAL)
		return COL_DECIMAL;
	return t == TYPE_DATE || t == TYPE_TIMESTAMP || t == TYPE_TIMESTAMPTZ ? COL_MOMENT : 0;
}

/* A field that is called like one of our own columns gets a mark. */
static const char *column_name(struct arena *mem, const struct sample *s, const char *name)
{
	bool is_taken = s->with_states && (strcmp(name, "row") == 0 || strcmp(name, "state") == 0 ||
					   strcmp(name, "problems") == 0);

	return is_taken ? arena_printf(mem, "%s_", name) : name;
}

static void tell_columns(struct sample *s, const struct schema *fields)
{
	int n = fields->nfields < SAMPLE_COLUMNS_MAX ? fields->nfields : SAMPLE_COLUMNS_MAX;
	struct val_spec *col = arena_array(s->cmd->mem, (size_t)n + 1, sizeof(*col));

	for (int i = 0; i < n; i++)
		col[i] = (struct val_spec){
			.name = column_name(s->cmd->mem, s, fields->field[i].name),
			.kind = kind_of(fields->field[i].type.type),
			.flags = flags_of(fields->field[i].type.type),
			.help = "",
		};
	s->col = col;
	s->ncols = n;
	reply_columns(s->out, n, col);
}

static void put_cell(struct sample *s, const struct batch *b, int c, uint32_t row)
{
	const struct column *col = &b->col[c];
	const char *name = s->col[c].name;
	struct arena *mem;

	if (col->null[row] || col->pg_oid != 0)
		return;
	switch (s->col[c].kind) {
	case VAL_INT8:
		reply_int8(s->out, name, col->v.i64[row]);
		break;
	case VAL_FLOAT8:
		reply_float8(s->out, name, col->v.f64[row]);
		break;
	case VAL_BOOL:
		reply_bool(s->out, name, col->v.i64[row] != 0);
		break;
	default:
		mem = arena_new(s->cmd->mem, "cell");
		reply_slice(s->out, name, format_cell(mem, col, row));
		arena_free(mem);
		break;
	}
}

static void put_state(struct sample *s, const struct batch *b, uint32_t row)
{
	static const char *const state[] = { "ok", "rejected", "filtered" };
	struct buf text;

	reply_int8(s->out, "row", b->at[row].row);
	reply_text(s->out, "state", state[b->state[row]]);
	buf_init(&text, 65536);
	for (uint32_t i = 0; i < b->nproblems; i++) {
		const struct problem *p = &b->problem[i];

		if (p->row == row)
			buf_addf(&text, "%s%s%s%s", text.len > 0 ? "; " : "", p->field,
				 p->field[0] != '\0' ? " " : "", p->reason);
	}
	if (text.len > 0)
		reply_text(s->out, "problems", buf_str(&text));
	buf_release(&text);
}

void sample_show(struct sample *s, const struct schema *fields, const struct batch *rows)
{
	if (s->col == NULL)
		tell_columns(s, fields);
	for (uint32_t r = 0; r < rows->nrows && s->shown < s->limit; r++, s->shown++) {
		if (s->with_states)
			put_state(s, rows, r);
		for (int c = 0; c < s->ncols && c < rows->ncols; c++)
			put_cell(s, rows, c, r);
		reply_end_row(s->out);
	}
}

enum err_code sample_batch(struct sample *s, const struct schema *fields, struct batch *rows,
			   struct err *err)
{
	for (int c = 0; c < rows->ncols && c < fields->nfields; c++) {
		enum err_code rc = pgbin_decode(rows, c, "", err);

		if (rc != ERR_OK)
			return rc;
	}
	sample_show(s, fields, rows);
	return ERR_OK;
}

enum err_code sample_read(struct cmd_ctx *ctx, struct conn *conn, const struct read_spec *spec,
			  const int64_t *shown, int64_t limit, sample_fn fn, void *arg,
			  struct err *err)
{
	enum err_code rc = conn->ops->read_open(conn, spec, err);
	const struct schema *schema;
	struct batch *batch;
	bool eof = false;

	if (rc != ERR_OK)
		return rc;
	schema = conn->ops->read_schema(conn);
	batch = batch_new(schema, schema->nfields, batch_rows_fit(schema->nfields));
	while (rc == ERR_OK && !eof && *shown < limit) {
		if (atomic_load(ctx->stop) != 0)
			rc = err_set(err, ERR_INTERRUPTED, "stopped reading %s", spec->stream);
		else
			rc = conn->ops->read(conn, batch, &eof, err);
		if (rc == ERR_OK)
			rc = fn(arg, schema, batch, err);
	}
	batch_free(batch);
	return rc;
}
