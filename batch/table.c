/*
 * batch/table.c
 *	Tables through libsmartcols, with widths worked out beforehand.
 */
#include "batch/table.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "batch/cell.h"
#include "batch/render.h"
#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/answer.h"

#define GAP        2	/* cells between columns */
#define WRAP_MIN   24	/* a folded text is not narrower while others can give */
#define TEXT_GOOD  14	/* a text is not cut below this while columns can be left out */
#define TEXT_MIN   8	/* ... and then not below this while others can give */
#define CELL_LIMIT (64u << 10)

struct table {
	struct arena *mem;
	int width;
	int ncols;
	struct val_spec *col;
	int *natural;		/* widest cell or head */
	int *fit;		/* width it gets; 0: left out */
	int nrows, cap;
	char ***row;		/* cleaned cells */
};

struct table *table_new(struct arena *mem, int width)
{
	struct table *t = arena_alloc(mem, sizeof(*t));

	render_locale();
	t->mem = mem;
	t->width = width;
	return t;
}

static void take_columns(struct table *t, int n, const struct val_spec *cols)
{
	t->ncols = n;
	t->col = arena_array(t->mem, (size_t)n + 1, sizeof(*t->col));
	t->natural = arena_array(t->mem, (size_t)n + 1, sizeof(*t->natural));
	t->fit = arena_array(t->mem, (size_t)n + 1, sizeof(*t->fit));
	for (int i = 0; i < n; i++) {
		t->col[i] = cols[i];
		t->col[i].name = text_clean_dup(t->mem, cols[i].name, strlen(cols[i].name));
		t->natural[i] = text_width(t->col[i].name, strlen(t->col[i].name));
	}
}

/* Of the widest line. */
static int cell_width(const char *text)
{
	int widest = 0;

	for (;;) {
		size_t n = strcspn(text, "\n");
		int w = text_width(text, n);

		widest = w > widest ? w : widest;
		if (text[n] == '\0')
			return widest;
		text += n + 1;
	}
}

void table_row(struct table *t, int n, const struct val_spec *cols, const struct reply_value *row)
{
	struct buf text;
	char **cells;

	if (t->col == NULL)
		take_columns(t, n, cols);
	if (t->nrows == t->cap) {
		int cap = t->cap == 0 ? 64 : t->cap * 2;
		char ***more = arena_array(t->mem, (size_t)cap, sizeof(*more));

		if (t->nrows > 0)
			memcpy(more, t->row, (size_t)t->nrows * sizeof(*more));
		t->row = more;
		t->cap = cap;
	}
	cells = arena_array(t->mem, (size_t)t->ncols + 1, sizeof(*cells));
	buf_init(&text, CELL_LIMIT);
	for (int i = 0; i < t->ncols && i < n; i++) {
		int w;

		buf_clear(&text);
		answer_show(&text, &t->col[i], &row[i]);
		cells[i] = arena_strdup(t->mem, buf_str(&text));
		w = cell_width(cells[i]);
		if (w > t->natural[i])
			t->natural[i] = w;
	}
	buf_release(&text);
	t->row[t->nrows++] = cells;
}

static int total(const struct table *t)
{
	int sum = -GAP;

	for (int i = 0; i < t->ncols; i++)
		if (t->fit[i] > 0)
			sum += t->fit[i] + GAP;
	return sum;
}

static void shrink_widest(struct table *t, int least, bool wraps_only)
{
	while (total(t) > t->width) {
		int widest = -1;

		for (int i = 0; i < t->ncols; i++) {
			bool can = t->fit[i] > least && !cell_is_number(&t->col[i]) &&
				   (!wraps_only || (t->col[i].flags & COL_WRAP));

			if (can && (widest < 0 || t->fit[i] > t->fit[widest]))
				widest = i;
		}
		if (widest < 0)
			return;
		t->fit[widest]--;
	}
}

static void fit_columns(struct table *t)
{
	int last;

	for (int i = 0; i < t->ncols; i++)
		t->fit[i] = t->natural[i] > 0 ? t->natural[i] : 1;
	if (t->width <= 0)
		return;
	for (int i = t->ncols - 1; i > 0 && total(t) > t->width; i--)
		if (t->col[i].flags & COL_WIDE)
			t->fit[i] = 0;
	shrink_widest(t, WRAP_MIN, true);
	shrink_widest(t, TEXT_GOOD, false);
	for (last = t->ncols - 1; last > 2 && total(t) > t->width; last--)
		t->fit[last] = 0;
	shrink_widest(t, TEXT_MIN, false);
	for (last = t->ncols - 1; last > 0 && total(t) > t->width; last--)
		t->fit[last] = 0;
	shrink_widest(t, 1, false);
	if (total(t) > t->width)
		t->fit[0] = t->width;
}

/* text folded at cells into lines, at spaces where there are some. */
static char *fold(struct arena *mem, const char *text, int cells)
{
	size_t len = strlen(text);
	char *out = arena_bytes(mem, len * 2 + 2), *o = out;

	while (*text != '\0') {
		size_t n = strcspn(text, "\n"), fits = 0, space = 0;

		while (fits < n) {
			uint32_t rune;
			size_t step = utf8_decode(text + fits, n - fits, &rune);

			step = step > 0 ? step : 1;
			if (text_width(text, fits + step) > cells && fits > 0)
				break;
			fits += step;
			if (fits < n && text[fits] == ' ')
				space = fits;
		}
		if (fits < n && space > 0)
			fits = space;
		memcpy(o, text, fits);
		o += fits;
		text += fits;
		if (fits < n)
			text += strspn(text, " ");
		else if (*text == '\n')
			text++;
		if (*text != '\0')
			*o++ = '\n';
	}
	*o = '\0';
	return out;
}

/* Cuts or folds one cell; lines of folded cells stand below each other. */
static const char *fitted(struct table *t, int c, const char *text)
{
	if (cell_width(text) <= t->fit[c])
		return text;
	if (t->col[c].flags & COL_WRAP)
		return fold(t->mem, text, t->fit[c]);
	return text_fit(t->mem, text, strlen(text), t->fit[c]);
}

static enum err_code no_memory(struct err *err)
{
	return err_set(err, ERR_FAILED, "a table could not be laid out");
}

/* Line k of a text of several lines. */
static const char *line_of(struct arena *mem, const char *text, int k, bool *is_more)
{
	size_t n;

	for (; k > 0 && *text != '\0'; k--) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	n = strcspn(text, "\n");
	*is_more = *is_more || text[n] == '\n';
	return arena_strndup(mem, text, n);
}

static bool add_line(struct table *t, struct libscols_table *s, const char *const *cells, int k,
		     bool *is_more)
{
	struct libscols_line *line = scols_table_new_line(s, NULL);
	size_t at = 0;

	*is_more = false;
	if (line == NULL)
		return false;
	for (int c = 0; c < t->ncols; c++)
		if (t->fit[c] > 0 &&
		    scols_line_set_data(line, at++, line_of(t->mem, cells[c], k, is_more)) != 0)
			return false;
	return true;
}

static bool fill(struct table *t, struct libscols_table *s)
{
	const char **cells = arena_array(t->mem, (size_t)t->ncols + 1, sizeof(*cells));

	for (int c = 0; c < t->ncols; c++) {
		int flags = cell_is_number(&t->col[c]) ? SCOLS_FL_RIGHT : 0;
		const char *name = t->col[c].name;

		if (t->fit[c] > 0 &&
		    scols_table_new_column(s, text_fit(t->mem, name, strlen(name), t->fit[c]), 0,
					   flags) == NULL)
			return false;
	}
	for (int r = 0; r < t->nrows; r++) {
		bool is_more = true;

		for (int c = 0; c < t->ncols; c++)
			cells[c] = t->fit[c] > 0 ? fitted(t, c, t->row[r][c]) : "";
		for (int k = 0; is_more; k++)
			if (!add_line(t, s, cells, k, &is_more))
				return false;
	}
	return true;
}

/* smartcols pads the last column: trailing spaces are of no use to anybody. */
static void print_trimmed(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n"), len = n;

		while (len > 0 && text[len - 1] == ' ')
			len--;
		fwrite(text, 1, len, out);
		fputc('\n', out);
		text += n + (text[n] == '\n');
	}
}

static enum err_code print_list(struct table *t, FILE *out, struct err *err)
{
	struct libscols_table *s = scols_new_table();
	enum err_code rc = ERR_OK;
	char *text = NULL;

	if (s == NULL)
		return no_memory(err);
	fit_columns(t);
	if (scols_table_set_column_separator(s, "  ") != 0 || !fill(t, s) ||
	    scols_print_table_to_string(s, &text) != 0)
		rc = no_memory(err);
	else
		print_trimmed(out, text);
	free(text);
	scols_unref_table(s);
	return rc;
}

/* Names beside values, one line each. */
static void print_one(struct table *t, FILE *out)
{
	int names = 0, room;

	for (int c = 0; c < t->ncols; c++) {
		int w = text_width(t->col[c].name, strlen(t->col[c].name));

		names = w > names ? w : names;
	}
	room = t->width > 0 ? t->width - names - GAP : 0;
	for (int c = 0; c < t->ncols; c++) {
		const char *text = t->row[0][c];
		const char *label = t->col[c].name;
		bool is_more = true;

		if (text[0] == '\0')
			continue;
		if (room > 0)
			text = fold(t->mem, text, room);
		for (int k = 0; is_more; k++, label = "") {
			const char *line;

			is_more = false;
			line = line_of(t->mem, text, k, &is_more);
			fprintf(out, "%s%*s%s\n", label,
				names + GAP - text_width(label, strlen(label)), "", line);
		}
	}
}

enum err_code table_write(struct table *t, FILE *out, bool is_one, struct err *err)
{
	if (t->nrows == 0)
		return ERR_OK;
	if (!is_one || t->nrows > 1)
		return print_list(t, out, err);
	print_one(t, out);
	return ERR_OK;
}

static int stream_width(const struct val_spec *col)
{
	switch (col->kind) {
	case VAL_TIME:
		return 19;
	case VAL_INT8:
	case VAL_BYTES:
	case VAL_SECONDS:
	case VAL_DURATION:
	case VAL_FLOAT8:
		return 10;
	case VAL_BOOL:
		return 3;
	default:
		return 12;
	}
}

/* The rest of a line, folded below itself. */
static void add_folded(struct buf *line, struct arena *mem, const char *text, int indent, int room)
{
	const char *lines = fold(mem, text, room);

	for (bool is_first = true; *lines != '\0'; is_first = false) {
		size_t n = strcspn(lines, "\n");

		if (!is_first)
			buf_addf(line, "\n%*s", indent, "");
		buf_add(line, lines, n);
		lines += n + (lines[n] == '\n');
	}
}

void table_stream_row(struct buf *line, int width, bool is_head, int n,
		      const struct val_spec *cols, const struct reply_value *row)
{
	struct arena *mem = arena_new(NULL, "line");
	struct buf text;
	int used = 0;

	render_locale();
	buf_init(&text, CELL_LIMIT);
	for (int i = 0; i < n; i++) {
		bool is_last = i == n - 1;
		int w = stream_width(&cols[i]), room = width - used, pad;

		buf_clear(&text);
		if (is_head)
			text_clean(&text, cols[i].name, strlen(cols[i].name));
		else
			answer_show(&text, &cols[i], &row[i]);
		if (is_last && (cols[i].flags & COL_WRAP) && room >= WRAP_MIN) {
			add_folded(line, mem, buf_str(&text), used, room);
			break;
		}
		/* A long text takes the room of what follows: nothing is lost that fits. */
		if (width > 0 && (is_last || room < w + GAP ||
				  text_width(buf_str(&text), text.len) + GAP >= room)) {
			buf_adds(line,
				 text_fit(mem, buf_str(&text), text.len, room > 0 ? room : 0));
			break;
		}
		pad = is_last ? 0 : w - text_width(buf_str(&text), text.len);
		pad = pad > 0 ? pad : 0;
		if (cell_is_number(&cols[i]))
			buf_addf(line, "%*s%s", pad, "", buf_str(&text));
		else
			buf_addf(line, "%s%*s", buf_str(&text), pad, "");
		used += pad + text_width(buf_str(&text), text.len) + GAP;
		if (!is_last)
			buf_addf(line, "%*s", GAP, "");
	}
	buf_adds(line, "\n");
	buf_release(&text);
	arena_free(mem);
}
