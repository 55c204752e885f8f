/*
 * core/command/reject_export.c
 *	The command reject export: as an answer, or a file for whoever owns the data.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/command/lists.h"
#include "core/command/reject_file.h"
#include "core/command/rejects.h"
#include "core/flow/xlsx_write.h"

/* ---- files ----------------------------------------------------------------------- */

/* A table in a file, row after row. One entry for each form that can be written. */
struct sheet {
	struct arena *mem;
	FILE *f;
	const struct schema *fields;
	struct xlsx_writer *book;
	int rows;
};
struct sheet_ops {
	const char *suffix;
	enum err_code (*begin)(struct sheet *s, struct err *err);
	/* mem: of these rows. */
	enum err_code (*row)(struct sheet *s, struct arena *mem, int n,
			     const struct reject_file_cell *cell, struct err *err);
	enum err_code (*end)(struct sheet *s, struct err *err);
};

/* A byte-order mark: without it, spreadsheets take the text for Latin-1. */
static enum err_code csv_begin(struct sheet *s, struct err *err)
{
	return fputs("\xef\xbb\xbf", s->f) >= 0 ? ERR_OK : err_sys(err, errno, "writing the file");
}

static void csv_cell(FILE *f, const struct reject_file_cell *c)
{
	if (c->is_null)
		return;
	putc('"', f);
	for (size_t i = 0; i < c->v.n; i++) {
		if (c->v.p[i] == '"')
			putc('"', f);
		putc(c->v.p[i], f);
	}
	putc('"', f);
}

static enum err_code csv_row(struct sheet *s, struct arena *mem, int n,
			     const struct reject_file_cell *cell, struct err *err)
{
	(void)mem;
	for (int i = 0; i < n; i++) {
		if (i > 0)
			putc(',', s->f);
		csv_cell(s->f, &cell[i]);
	}
	putc('\r', s->f);
	putc('\n', s->f);
	return ferror(s->f) ? err_sys(err, errno, "writing the file") : ERR_OK;
}

static enum err_code csv_end(struct sheet *s, struct err *err)
{
	(void)s;
	(void)err;
	return ERR_OK;
}

static enum err_code book_begin(struct sheet *s, struct err *err)
{
	enum err_code rc = xlsx_write_new(s->mem, &s->book, err);

	if (rc == ERR_OK)
		rc = xlsx_write_sheet(s->book, err);
	if (rc == ERR_OK)
		xlsx_write_typed(s->book, s->fields->nfields + 2);
	return rc;
}

/* All of it is text: a spreadsheet has no say in what 007 or 1/2 may mean. */
static enum err_code book_row(struct sheet *s, struct arena *mem, int n,
			      const struct reject_file_cell *cell, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (s->rows > 0)
		xlsx_write_row(s->book);
	for (int i = 0; i < n && rc == ERR_OK; i++)
		if (!cell[i].is_null)
			rc = xlsx_write_text(s->book, i, reject_file_plain(mem, cell[i].v),
					     s->rows == 0 ? XLSX_LOOK_BOLD : XLSX_LOOK_AS_TYPED,
					     i < 2 ? REJECT_FILE_REASON
						   : s->fields->field[i - 2].name, err);
	return rc;
}

static enum err_code book_end(struct sheet *s, struct err *err)
{
	return xlsx_write_end(s->book, s->f, err);
}

static const struct sheet_ops sheets[] = {
	{ ".csv", csv_begin, csv_row, csv_end },
	{ REJECT_FILE_BOOK, book_begin, book_row, book_end },
};

static const struct sheet_ops *sheet_of(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
		size_t k = strlen(sheets[i].suffix);

		if (n > k && strcasecmp(path + n - k, sheets[i].suffix) == 0)
			return &sheets[i];
	}
	return NULL;
}

/* ---- rows ------------------------------------------------------------------------- */

struct writing {
	struct cmd_ctx *ctx;
	struct db *db;
	const struct sheet_ops *ops;
	struct sheet sheet;
	struct arena *mem;	/* of one batch */
};

static enum err_code put_row(struct writing *w, struct reject_file_cell *cell, struct err *err)
{
	int n = w->sheet.fields->nfields + 2;
	enum err_code rc;

	for (int i = 0; i < n; i++)
		if (!cell[i].is_null)
			cell[i].v = reject_file_armed(w->mem, cell[i].v);
	rc = w->ops->row(&w->sheet, w->mem, n, cell, err);
	w->sheet.rows++;
	return rc;
}

static struct reject_file_cell text_cell(const char *text)
{
	return (struct reject_file_cell){ false, slice_of(text) };
}

static enum err_code put_header(struct writing *w, struct err *err)
{
	const struct schema *fields = w->sheet.fields;
	struct reject_file_cell *cell = arena_array(w->ctx->mem, (size_t)fields->nfields + 2,
						    sizeof(*cell));
	enum err_code rc = w->ops->begin(&w->sheet, err);

	cell[0] = text_cell(REJECT_FILE_TOKEN);
	cell[1] = text_cell(REJECT_FILE_REASON);
	for (int i = 0; i < fields->nfields; i++)
		cell[i + 2] = text_cell(fields->field[i].name);
	return rc == ERR_OK ? put_row(w, cell, err) : rc;
}

/* The rejects of a batch are asked for at once: both come by id. */
static enum err_code put_batch(struct writing *w, const struct batch *b, const int64_t *id,
			       const struct repair_rows *rows, struct err *err)
{
	int n = w->sheet.fields->nfields;
	struct reject_file_cell *cell = arena_array(w->mem, (size_t)n + 2, sizeof(*cell));
	struct reject_rows why;
	enum err_code rc = reject_some(w->mem, w->db, id, rows->n, &why, err);

	for (uint32_t row = 0; rc == ERR_OK && row < b->nrows; row++) {
		cell[0] = text_cell(arena_printf(w->mem, "%" PRId64 ".%" PRId64,
						 rows->r[row].id, rows->r[row].version));
		cell[1] = text_cell(rejects_reasons(w->mem, &why.r[row]));
		for (int i = 0; i < n; i++)
			cell[i + 2] = (struct reject_file_cell){ b->col[i].null[row] != 0,
								 b->col[i].v.text[row] };
		rc = put_row(w, cell, err);
	}
	return rc;
}

static enum err_code put_rows(struct writing *w, const struct replay_set *set, struct err *err)
{
	struct replay_reader *r;
	struct batch *b;
	enum err_code rc = replay_reader_new(w->ctx->mem, w->db, set, REPLAY_LOOSE, &r, err);

	if (rc != ERR_OK)
		return rc;
	w->sheet.fields = replay_reader_texts(r);
	rc = put_header(w, err);
	b = replay_reader_batch(r);
	for (int at = 0; rc == ERR_OK; at += (int)b->nrows) {
		rc = replay_reader_next(r, b, err);
		if (rc != ERR_OK || b->nrows == 0)
			break;
		rc = put_batch(w, b, set->id + at, replay_reader_rows(r), err);
		arena_reset(w->mem);
		if (rc == ERR_OK && atomic_load(w->ctx->stop) != 0)
			rc = err_set(err, ERR_INTERRUPTED, "stopped exporting rejects");
	}
	if (rc == ERR_OK)
		rc = w->ops->end(&w->sheet, err);
	batch_free(b);
	return rc;
}

/* Under another name first: whoever opens the file finds all of it. */
static enum err_code write_file(struct writing *w, const char *path, const struct replay_set *set,
				struct err *err)
{
	const char *temp = arena_printf(w->ctx->mem, "%s.part", path);
	enum err_code rc;

	w->sheet.f = fopen(temp, "wx");
	if (w->sheet.f == NULL)
		return err_sys(err, errno, "making %s", temp);
	rc = put_rows(w, set, err);
	if (rc == ERR_OK && (fflush(w->sheet.f) != 0 || fsync(fileno(w->sheet.f)) != 0))
		rc = err_sys(err, errno, "writing %s", temp);
	if (fclose(w->sheet.f) != 0 && rc == ERR_OK)
		rc = err_sys(err, errno, "writing %s", temp);
	if (rc == ERR_OK && rename(temp, path) != 0)
		rc = err_sys(err, errno, "renaming %s", temp);
	if (rc != ERR_OK)
		unlink(temp);
	return rc;
}

static enum err_code export_file(struct cmd_ctx *ctx, const struct cmd_args *in, const char *path,
				 struct reply *out, struct err *err)
{
	struct writing w = { .ctx = ctx, .ops = sheet_of(path), .sheet.mem = ctx->mem,
			     .mem = arena_new(ctx->mem, "rows") };
	struct replay_set set;
	enum err_code rc = cmd_db(ctx, &w.db, err);

	if (w.ops == NULL) {
		err_set(err, ERR_USAGE, "%s: its name does not say in what form", path);
		err_hint(err, "Give a name that ends in .csv or .xlsx.");
		return ERR_USAGE;
	}
	if (rc == ERR_OK)
		rc = rejects_find(ctx, in, "filter", &set, err);
	if (rc == ERR_OK && set.n == 0)
		cmd_note(ctx, "no reject matches: no file is written");
	if (rc == ERR_OK && set.n > 0)
		rc = write_file(&w, path, &set, err);
	if (rc == ERR_OK && set.n > 0)
		cmd_note(ctx, "%d %s in %s", set.n, set.n == 1 ? "reject is" : "rejects are", path);
	reply_none(out);
	return rc;
}

/* ---- the command --------------------------------------------------------------------- */

struct export {
	struct cmd_ctx *cmd;
	struct arena *mem;	/* of one row */
	struct reply *out;
};

static enum err_code export_row(void *ctx, const struct reject_row *r, struct err *err)
{
	struct export *e = ctx;

	rejects_put(e->out, e->mem, r);
	reply_end_row(e->out);
	arena_reset(e->mem);
	if (atomic_load(e->cmd->stop) != 0)
		return err_set(err, ERR_INTERRUPTED, "stopped exporting rejects");
	return ERR_OK;
}

static enum err_code run_export(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	struct export export = { ctx, arena_new(ctx->mem, "row"), out };
	struct reject_filter filter;
	struct db *db;
	enum err_code rc;

	if (arg_given(in, "file"))
		return export_file(ctx, in, arg_text(in, "file"), out, err);
	rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = rejects_filter(ctx, in, "filter", &filter, err);
	if (rc != ERR_OK)
		return rc;
	filter.states = rejects_states(in);
	return reject_each(db, &filter, export_row, &export, err);
}

static const struct val_spec export_args[] = {
	{ "file", VAL_FILE, ARG_POSITIONAL, NULL, NULL,
	  "A file to write, whose name ends in .csv or .xlsx.", 0 },
	{ "id", VAL_INT8, ARG_REPEAT, NULL, NULL, "Only this reject; may be said several times.",
	  0 },
	REJECTS_WHICH("filter"),
	{ "discarded", VAL_BOOL, 0, NULL, NULL, "Without a file: discarded rows, too.", 0 },
	{ "replayed", VAL_BOOL, 0, NULL, NULL, "Without a file: replayed rows, too.", 0 },
	VAL_END
};

static const struct val_spec export_reply[] = { REJECT_COLUMNS(COL_WIDE, COL_WIDE), VAL_END };

static const struct cmd_example export_examples[] = {
	{ "leat reject export wrong.csv --pipeline sales", "A file for whoever can correct the rows" },
	{ "leat reject export wrong.xlsx --pipeline sales", "The same as a workbook" },
	{ "leat reject export --last > rejects.csv", "All rejects of the newest job as CSV" },
	{ "leat -o jsonl reject export --job 1", "Those of one job, an object a line" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_export = {
	.name = "reject export",
	.since = "0.1",
	.summary = "Write out rejects, however many there are.",
	.text = "With a file: one row a reject, with the cells of its source, for whoever can "
		"correct them; leat reject import takes the file back. Its first column, "
		REJECT_FILE_TOKEN ", names the reject and its version and must stay as it is; "
		REJECT_FILE_REASON " says what is wrong and is not read. Rows may be put in another "
		"order or taken out. A cell that a spreadsheet would take for a formula has an "
		"apostrophe in front, which the import takes off again. In a workbook all cells are "
		"texts and stay so when somebody types: 007 is not made 7, and no date is guessed.\n\n"
		"Without a file they are the answer: as CSV, unless --output asks for another form. "
		"raw is the row as it stood, byte for byte.",
	.flags = CMD_IDEMPOTENT | CMD_STREAMS | CMD_CSV | CMD_LOCAL,
	.args = export_args,
	.reply = export_reply,
	.examples = export_examples,
	.run = run_export,
};
