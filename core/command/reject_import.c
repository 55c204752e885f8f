/*
 * core/command/reject_import.c
 *	The command reject import: a corrected file becomes staged fixes.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/reject_file.h"
#include "core/command/staging.h"
#include "core/engine/engine.h"

/* A row of the file whose token could be read. */
struct file_row {
	int64_t id, version, line;
	struct reject_file_cell *cell;	/* one a column of the file */
	bool is_out;	/* comes again, with other cells */
};

struct importing {
	struct staging st;
	const char *path;
	struct arena *mem;	/* of the file */
	const struct schema *cols;
	int token;		/* column */
	int nrows, cap;
	struct file_row *row;	/* by id, each once */
	int64_t no_token, twice, again, bad;
	const char *first_bad;	/* where */
	struct replay_set set;
};

/* ---- the file ------------------------------------------------------------------------ */

static bool read_token(struct slice v, int64_t *id, int64_t *version)
{
	const char *dot = v.n > 0 ? memchr(v.p, '.', v.n) : NULL;
	struct slice left, right;

	if (dot == NULL)
		return false;
	left = (struct slice){ v.p, (size_t)(dot - v.p) };
	right = (struct slice){ dot + 1, v.n - left.n - 1 };
	return parse_int(left, id) == PARSE_OK && parse_int(right, version) == PARSE_OK &&
	       *id > 0 && *version >= 0;
}

static void take_row(struct importing *m, const struct batch *b, uint32_t at)
{
	const struct column *token = &b->col[m->token];
	struct file_row row = { .line = b->at[at].line };

	if (b->state[at] != ROW_LIVE) {
		m->bad++;
		if (m->first_bad == NULL)
			m->first_bad = arena_printf(m->mem, "line %" PRId64 " %s", row.line,
						    b->problem[0].reason);
		return;
	}
	if (token->null[at] || !read_token(token->v.text[at], &row.id, &row.version)) {
		m->no_token++;
		return;
	}
	row.cell = arena_array(m->mem, (size_t)b->ncols, sizeof(*row.cell));
	for (int c = 0; c < b->ncols; c++) {
		struct slice v = reject_file_unmark(b->col[c].v.text[at]);

		row.cell[c].is_null = b->col[c].null[at] != 0;
		if (!row.cell[c].is_null)
			row.cell[c].v = (struct slice){ arena_strndup(m->mem, v.p, v.n), v.n };
	}
	if (m->nrows == m->cap) {
		struct file_row *more = arena_array(m->mem, (size_t)m->cap * 2 + 256,
						    sizeof(*more));

		if (m->nrows > 0)
			memcpy(more, m->row, (size_t)m->nrows * sizeof(*more));
		m->row = more;
		m->cap = m->cap * 2 + 256;
	}
	m->row[m->nrows++] = row;
}

static enum err_code read_rows(struct importing *m, struct conn *c, struct err *err)
{
	const struct schema *cols = c->ops->read_schema(c);
	struct batch *b = batch_new(cols, 0, batch_rows_fit(cols->nfields));
	enum err_code rc = ERR_OK;
	bool eof = false;

	while (rc == ERR_OK && !eof) {
		rc = c->ops->read(c, b, &eof, err);
		for (uint32_t i = 0; rc == ERR_OK && i < b->nrows; i++)
			take_row(m, b, i);
		if (rc == ERR_OK && m->nrows > REJECT_IDS_MAX)
			rc = err_set(err, ERR_LIMIT, "%s has more than %d rows", m->path,
				     REJECT_IDS_MAX);
	}
	batch_free(b);
	return rc;
}

static bool is_book(const char *path)
{
	size_t n = strlen(path), k = strlen(REJECT_FILE_BOOK);

	return n > k && strcasecmp(path + n - k, REJECT_FILE_BOOK) == 0;
}

static enum err_code read_file(struct importing *m, struct err *err)
{
	/* What people note beside the table of a workbook is theirs. */
	struct param set[] = { { "header", "yes" }, { "infer", "no" }, { "extra", "ignore" } };
	struct params options = { .n = is_book(m->path) ? 3 : 2, .p = set };
	struct read_spec spec = { .stream = m->path, .options = &options };
	struct engine_env env;
	struct schema *cols = arena_alloc(m->mem, sizeof(*cols));
	struct conn *c = NULL;
	enum err_code rc = cmd_engine_env(m->st.ctx, &env, err);

	if (rc == ERR_OK)
		rc = engine_open_connection(m->mem, &env, "files", "file", &c, err);
	if (rc == ERR_OK)
		rc = c->ops->describe(c, m->mem, &spec, cols, NULL, err);
	m->cols = cols;
	m->token = rc == ERR_OK ? schema_find(cols, slice_of(REJECT_FILE_TOKEN)) : -1;
	if (rc == ERR_OK && m->token < 0) {
		rc = err_set(err, ERR_INPUT, "%s has no column %s", m->path, REJECT_FILE_TOKEN);
		err_hint(err, "Only a file that leat reject export has written can come back: that "
			 "column tells which row is which reject.");
	}
	if (rc == ERR_OK)
		rc = c->ops->read_open(c, &spec, err);
	if (rc == ERR_OK)
		rc = read_rows(m, c, err);
	conn_close(c);
	return rc;
}

/* ---- each reject once ----------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	const struct file_row *x = a, *y = b;

	return x->id != y->id ? (x->id > y->id) - (x->id < y->id)
			      : (x->line > y->line) - (x->line < y->line);
}

static bool is_same(const struct importing *m, const struct file_row *a, const struct file_row *b)
{
	int reason = schema_find(m->cols, slice_of(REJECT_FILE_REASON));

	for (int c = 0; c < m->cols->nfields; c++)
		if (c != reason && (a->cell[c].is_null != b->cell[c].is_null ||
				    !slice_eq(a->cell[c].v, b->cell[c].v)))
			return false;
	return true;
}

/* Rows of one reject: the first, when all say the same; else nobody knows which is meant. */
static void part_twins(struct importing *m)
{
	int n = 0;

	if (m->nrows > 0)
		qsort(m->row, (size_t)m->nrows, sizeof(*m->row), by_id);
	for (int i = 0; i < m->nrows; i++) {
		struct file_row *first = n > 0 ? &m->row[n - 1] : NULL;

		if (first == NULL || first->id != m->row[i].id) {
			m->row[n++] = m->row[i];
			continue;
		}
		m->again++;
		first->is_out |= !is_same(m, first, &m->row[i]);
	}
	m->nrows = n;
	m->set.id = arena_array(m->mem, (size_t)n + 1, sizeof(int64_t));
	for (int i = 0; i < n; i++) {
		m->twice += m->row[i].is_out;
		if (!m->row[i].is_out)
			m->set.id[m->set.n++] = m->row[i].id;
	}
}

/* ---- what has changed ------------------------------------------------------------------ */

static const struct file_row *find_row(const struct importing *m, int64_t id)
{
	struct file_row key = { .id = id };
	int lo = 0, hi = m->nrows;

	while (lo < hi) {
		int mid = (lo + hi) / 2;

		if (m->row[mid].id < key.id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &m->row[lo];
}

/* In a file of cells, an empty text is no other than null. */
static bool is_equal(struct arena *mem, const struct reject_file_cell *now, bool is_null,
		     struct slice v)
{
	bool a = now->is_null || now->v.n == 0, b = is_null || v.n == 0;

	return a || b ? a && b : reject_file_is_same(mem, now->v, v);
}

/* The cells that were corrected, as JSON; NULL: none. */
static const char *fix_of(struct importing *m, const struct file_row *row, const int *column,
			  const struct schema *fields, const struct batch *b, uint32_t at)
{
	json_t *fix = json_object();
	const char *out = NULL;

	for (int i = 0; i < b->ncols; i++) {
		const struct reject_file_cell *cell = column[i] >= 0 ? &row->cell[column[i]] : NULL;
		json_t *value;

		if (cell == NULL || is_equal(m->st.mem, cell, b->col[i].null[at] != 0,
					     b->col[i].v.text[at]))
			continue;
		value = cell->is_null ? json_null() : json_stringn(cell->v.p, cell->v.n);
		if (value != NULL)
			json_object_set_new(fix, fields->field[i].name, value);
	}
	if (json_object_size(fix) > 0)
		out = body_text(m->st.mem, fix);
	json_decref(fix);
	return out;
}

static void compare(struct importing *m, const int *column, const struct schema *fields,
		    const struct batch *b, const struct repair_rows *rows)
{
	struct staging *st = &m->st;

	for (uint32_t at = 0; at < b->nrows; at++) {
		const struct file_row *row = find_row(m, rows->r[at].id);
		const char *fix = fix_of(m, row, column, fields, b, at);

		if (fix == NULL)
			st->same++;
		else
			st->change[st->nchanges++] = (struct repair_change){
				row->id, row->version, fix, rows->r[at].job,
			};
	}
}

/* Where each field of the rejects is in the file; columns that are no field are told. */
static int *match_columns(struct importing *m, const struct schema *fields)
{
	int *column = arena_array(m->st.mem, (size_t)fields->nfields + 1, sizeof(*column));

	for (int i = 0; i < fields->nfields; i++) {
		column[i] = -1;
		for (int c = 0; c < m->cols->nfields; c++)
			if (slice_is(reject_file_unmark(slice_of(m->cols->field[c].name)),
				     fields->field[i].name))
				column[i] = c;
	}
	return column;
}

static enum err_code find_changes(struct staging *st, struct err *err)
{
	struct importing *m = st->own;
	struct repair_origin *known;
	struct replay_set set = { 0 };
	struct replay_reader *r;
	struct batch *b;
	int *column;
	enum err_code rc = repair_origins(st->mem, st->db, m->set.id, m->set.n, &known, &set.n,
					  err);

	if (rc != ERR_OK)
		return rc;
	set.id = arena_array(st->mem, (size_t)set.n + 1, sizeof(int64_t));
	for (int i = 0; i < set.n; i++)
		set.id[i] = known[i].id;
	staging_line(st, "not found", m->set.n - set.n, "there is no such reject");
	staging_line(st, "no token", m->no_token, "their " REJECT_FILE_TOKEN " cannot be read");
	staging_line(st, "unreadable", m->bad, m->first_bad);
	staging_line(st, "twice", m->twice, "the file has them again, with other cells");
	staging_line(st, "repeated", m->again - m->twice, "the file has them again, with the same");
	st->change = arena_array(st->mem, (size_t)set.n + 1, sizeof(*st->change));
	if (set.n == 0)
		return ERR_OK;
	rc = replay_reader_new(st->mem, st->db, &set, REPLAY_LOOSE, &r, err);
	if (rc != ERR_OK)
		return rc;
	column = match_columns(m, replay_reader_texts(r));
	b = replay_reader_batch(r);
	do {
		rc = replay_reader_next(r, b, err);
		if (rc != ERR_OK || b->nrows == 0)
			break;
		compare(m, column, replay_reader_texts(r), b, replay_reader_rows(r));
	} while (rc == ERR_OK);
	batch_free(b);
	return rc;
}

/* ---- the command ------------------------------------------------------------------------ */

static enum err_code run_import(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	struct importing m = {
		.st = { .ctx = ctx, .kind = "import", .find = find_changes, .own = &m },
		.path = arg_text(in, "file"), .mem = arena_new(ctx->mem, "file"),
	};
	int64_t samples = arg_int8(in, "samples");
	enum err_code rc;

	if (samples < 0 || samples > 100)
		return err_set(err, ERR_USAGE, "--samples takes a number from 0 to 100");
	m.st.samples = (int)samples;
	m.st.what = text_clean_dup(ctx->mem, m.path, strlen(m.path));
	rc = cmd_db(ctx, &m.st.db, err);
	if (rc == ERR_OK)
		rc = read_file(&m, err);
	if (rc != ERR_OK)
		return rc;
	part_twins(&m);
	return staging_run(&m.st, arg_bool(in, "dry-run") ? STAGING_PLAN : STAGING_ASK, out, err);
}

static const struct val_spec import_args[] = {
	{ "file", VAL_FILE, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL,
	  "A file that reject export has written, corrected.", 0 },
	{ "samples", VAL_INT8, 0, "5", NULL, "Rows shown before and after.", 0 },
	{ "dry-run", VAL_BOOL, 0, NULL, NULL, "Show the plan only.", 0 },
	VAL_END
};

static const struct val_spec import_reply[] = { STAGING_REPLY, VAL_END };

static const struct cmd_example import_examples[] = {
	{ "leat reject import wrong.csv", "What the file would change" },
	{ "leat reject import wrong.xlsx --yes", "Stages the corrections of a workbook" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_import = {
	.name = "reject import",
	.since = "0.1",
	.summary = "Take corrected rejects back from a file.",
	.text = "Rows find their rejects by " REJECT_FILE_TOKEN ", whatever their order. Cells that "
		"differ from the reject's become fixes, after a plan as of leat reject fix; rows that "
		"are as they were change nothing, and nothing happens to rejects that the file has "
		"not. A reject that somebody has changed since the export is left as it is and told, "
		"and so is one that the file has twice with different cells. An empty cell is null.",
	.flags = CMD_WRITES | CMD_PLANS | CMD_IDEMPOTENT | CMD_LOCAL,
	.args = import_args,
	.reply = import_reply,
	.examples = import_examples,
	.run = run_import,
};
