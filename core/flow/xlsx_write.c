/*
 * core/flow/xlsx_write.c
 *	libxlsxwriter in the mode that keeps one row.
 */
#include "core/flow/xlsx_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "core/base/arena.h"

#define TEXT_LIMIT (1u << 20)	/* of one cell, in bytes with escapes */

struct xlsx_writer {
	char path[300];
	lxw_workbook *file;
	lxw_worksheet *sheet;
	lxw_format *look[XLSX_LOOK_AS_TYPED + 1];
	lxw_row_t row;
	struct buf text;
};

static void release(void *obj)
{
	struct xlsx_writer *w = obj;

	/* Closing is the only way to free it; the file goes away at once. */
	if (w->file != NULL)
		workbook_close(w->file);
	w->file = NULL;
	if (w->path[0] != '\0')
		unlink(w->path);
	buf_release(&w->text);
}

static void make_looks(struct xlsx_writer *w)
{
	static const char *const format[] = {
		[XLSX_LOOK_DAY] = "yyyy-mm-dd", [XLSX_LOOK_MOMENT] = "yyyy-mm-dd hh:mm:ss.000",
		[XLSX_LOOK_AS_TYPED] = "@",
	};

	for (int i = XLSX_LOOK_BOLD; i <= XLSX_LOOK_AS_TYPED; i++) {
		w->look[i] = workbook_add_format(w->file);
		if (i == XLSX_LOOK_BOLD)
			format_set_bold(w->look[i]);
		else
			format_set_num_format(w->look[i], format[i]);
	}
}

enum err_code xlsx_write_new(struct arena *mem, struct xlsx_writer **out, struct err *err)
{
	struct xlsx_writer *w = arena_alloc(mem, sizeof(*w));
	const char *folder = getenv("TMPDIR");
	lxw_workbook_options options = { .constant_memory = LXW_TRUE };
	int fd;

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
	snprintf(w->path, sizeof(w->path), "%.200s/leat-XXXXXX", folder);
	fd = mkstemp(w->path);
	if (fd < 0) {
		w->path[0] = '\0';
		return err_sys(err, errno, "making a file for the workbook in %s", folder);
	}
	close(fd);
	buf_init(&w->text, TEXT_LIMIT);
	arena_on_free(mem, release, w);
	options.tmpdir = arena_strdup(mem, folder);
	w->file = workbook_new_opt(w->path, &options);
	if (w->file == NULL)
		return err_set(err, ERR_DISK, "no workbook could be begun in %s", folder);
	make_looks(w);
	*out = w;
	return ERR_OK;
}

enum err_code xlsx_write_sheet(struct xlsx_writer *w, struct err *err)
{
	w->sheet = workbook_add_worksheet(w->file, NULL);
	if (w->sheet == NULL)
		return err_set(err, ERR_DISK, "a sheet of the workbook could not be begun");
	w->row = 0;
	worksheet_freeze_panes(w->sheet, 1, 0);
	return ERR_OK;
}

void xlsx_write_typed(struct xlsx_writer *w, int columns)
{
	worksheet_set_column(w->sheet, 0, (lxw_col_t)(columns - 1), LXW_DEF_COL_WIDTH,
			     w->look[XLSX_LOOK_AS_TYPED]);
}

void xlsx_write_row(struct xlsx_writer *w)
{
	w->row++;
}

/* _x000D_ means a character to whoever reads: one that is text gets its _ written so. */
static bool looks_escaped(const char *p, size_t n)
{
	if (n < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_')
		return false;
	for (int i = 2; i < 6; i++)
		if (strchr("0123456789abcdefABCDEF", p[i]) == NULL || p[i] == '\0')
			return false;
	return true;
}

/* libxlsxwriter escapes control characters itself. */
enum err_code xlsx_write_text(struct xlsx_writer *w, int column, struct slice v,
			      enum xlsx_look look, const char *name, struct err *err)
{
	int64_t chars = 0;
	enum err_code rc;

	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		chars += (c & 0xc0) != 0x80 ? 1 + (c >= 0xf0) : 0;
	}
	if (chars > XLSX_CHARS_MAX) {
		rc = err_set(err, ERR_LIMIT, "row %lld: %.60s has %lld characters, and a cell of a "
			     "workbook holds %d", (long long)w->row, name, (long long)chars,
			     XLSX_CHARS_MAX);
		err_hint(err, "CSV has no such limit.");
		return rc;
	}
	buf_clear(&w->text);
	for (size_t i = 0; i < v.n; i++) {
		if (looks_escaped(v.p + i, v.n - i))
			buf_adds(&w->text, "_x005F");
		buf_add(&w->text, v.p + i, 1);
	}
	worksheet_write_string(w->sheet, w->row, (lxw_col_t)column, buf_str(&w->text),
			       w->look[look]);
	return ERR_OK;
}

void xlsx_write_number(struct xlsx_writer *w, int column, double v, enum xlsx_look look)
{
	worksheet_write_number(w->sheet, w->row, (lxw_col_t)column, v, w->look[look]);
}

void xlsx_write_bool(struct xlsx_writer *w, int column, bool v)
{
	worksheet_write_boolean(w->sheet, w->row, (lxw_col_t)column, v, NULL);
}

enum err_code xlsx_write_end(struct xlsx_writer *w, FILE *out, struct err *err)
{
	lxw_error failed = workbook_close(w->file);
	char block[16384];
	FILE *in;
	size_t n;

	w->file = NULL;
	if (failed != LXW_NO_ERROR)
		return err_set(err, ERR_DISK, "the workbook could not be written: %s",
			       lxw_strerror(failed));
	in = fopen(w->path, "rbe");
	if (in == NULL)
		return err_sys(err, errno, "reading the workbook again");
	while ((n = fread(block, 1, sizeof(block), in)) > 0)
		if (fwrite(block, 1, n, out) != n)
			break;
	fclose(in);
	return ERR_OK;
}
