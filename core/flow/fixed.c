/*
 * core/flow/fixed.c
 *	Lines cut at places.
 */
#include "core/flow/fixed.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/detect_own.h"

#define FIND_PLACES 4000	/* characters of a line that are looked at */
#define FIND_LINES  1000
#define SHOWN_MAX   200u

/* ---- what people say ----------------------------------------------------------- */

static enum err_code bad_columns(struct err *err, const char *entry, size_t n)
{
	err_set(err, ERR_CONFIG, "columns: %.*s is no NAME:FROM-TO", n < 60 ? (int)n : 60, entry);
	err_hint(err, "As in --columns 'id:1-8,amount:9-20'; places count from 1 and do not overlap.");
	return ERR_CONFIG;
}

static bool read_entry(struct arena *mem, const char *p, size_t n, struct fixed_column *c)
{
	const char *colon = NULL;
	char *end, *text = arena_strndup(mem, p, n);
	long from, to;

	for (size_t i = 0; i < n; i++)
		if (p[i] == ':')
			colon = text + i;
	if (colon == NULL || colon == text)
		return false;
	from = to = strtol(colon + 1, &end, 10);
	if (end > colon + 1 && *end == '-')
		to = strtol(end + 1, &end, 10);
	if (*end != '\0' || from < 1 || to < from || to > FIXED_PLACE_MAX)
		return false;
	*c = (struct fixed_column){ arena_strndup(mem, text, (size_t)(colon - text)), (int)from,
				    (int)to };
	return true;
}

static bool is_in_order(const struct fixed *f)
{
	for (int i = 1; i < f->n; i++)
		if (f->col[i].from <= f->col[i - 1].to)
			return false;
	return true;
}

enum err_code fixed_read(struct arena *mem, const char *text, struct fixed *out, struct err *err)
{
	const char *p = text;

	*out = (struct fixed){ .col = arena_array(mem, FIXED_COLUMNS_MAX, sizeof(*out->col)) };
	while (*p != '\0') {
		size_t n;

		p += strspn(p, " ,;\n");
		n = strcspn(p, ",;\n");
		if (n == 0)
			break;
		if (out->n == FIXED_COLUMNS_MAX || !read_entry(mem, p, n, &out->col[out->n]))
			return bad_columns(err, p, n);
		out->n++;
		for (int i = 0; i < out->n - 1; i++)
			if (strcmp(out->col[i].name, out->col[out->n - 1].name) == 0)
				return err_set(err, ERR_CONFIG, "columns: %.60s comes twice",
					       out->col[i].name);
		p += n;
	}
	if (out->n == 0 || !is_in_order(out))
		return bad_columns(err, text, strlen(text));
	return ERR_OK;
}

/* ---- lines ------------------------------------------------------------------------ */

/* Bytes of the line at p without its end; *next is where the next one starts. */
static size_t line_of(const char *p, size_t n, size_t *next)
{
	size_t i = 0;

	while (i < n && p[i] != '\n' && p[i] != '\r')
		i++;
	*next = i + (i < n);
	if (i + 1 < n && p[i] == '\r' && p[i + 1] == '\n')
		(*next)++;
	return i;
}

static bool is_blank(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\f' && p[i] != '\x1a')
			return false;
	return true;
}

/* The byte at which place (0-based) begins, at most n. */
static size_t byte_of(const struct fixed *f, const char *line, size_t n, size_t place)
{
	size_t at = 0;

	if (f->in_bytes)
		return place < n ? place : n;
	for (size_t i = 0; i < place && at < n; i++) {
		at++;
		while (at < n && ((unsigned char)line[at] & 0xc0) == 0x80)
			at++;
	}
	return at;
}

struct slice fixed_cell(const struct fixed *f, int c, const char *line, size_t n)
{
	size_t from = byte_of(f, line, n, (size_t)f->col[c].from - 1);
	size_t to = byte_of(f, line, n, (size_t)f->col[c].to);

	while (from < to && (line[from] == ' ' || line[from] == '\t'))
		from++;
	while (to > from && (line[to - 1] == ' ' || line[to - 1] == '\t'))
		to--;
	return (struct slice){ line + from, to - from };
}

static void reject(struct batch *b, uint32_t row, const char *field, struct slice value,
		   const char *why)
{
	batch_reject(b, row, field, (struct slice){ value.p, value.n < SHOWN_MAX ? value.n
										 : SHOWN_MAX },
		     "format", "%s", why);
}

/* Text where no column is: a value may have grown out of its own. */
static bool has_stray(const struct fixed *f, const char *line, size_t n)
{
	size_t at = 0;

	for (int c = 0; c < f->n; c++) {
		size_t from = byte_of(f, line, n, (size_t)f->col[c].from - 1);

		if (!is_blank(line + at, from - at))
			return true;
		at = byte_of(f, line, n, (size_t)f->col[c].to);
	}
	return !is_blank(line + at, n - at);
}

static void check_line(const struct fixed *f, struct batch *b, uint32_t row, const char *line,
		       size_t n)
{
	const struct fixed_column *last = &f->col[f->n - 1];
	size_t from = byte_of(f, line, n, (size_t)last->from - 1);

	if (utf8_valid(line, n) != n || memchr(line, '\0', n) != NULL)
		batch_reject(b, row, "", (struct slice){ 0 }, "encoding",
			     "is not UTF-8, or holds a NUL byte");
	else if (from >= n)
		batch_reject(b, row, "", (struct slice){ 0 }, "format",
			     "ends before the column %s, which begins at %d", last->name,
			     last->from);
	else if (has_stray(f, line, n))
		reject(b, row, "", (struct slice){ 0 }, "has text outside of its columns");
	for (int c = 0; c < f->n && b->state[row] == ROW_LIVE; c++) {
		struct slice v = fixed_cell(f, c, line, n);

		if (f->in_bytes && utf8_valid(v.p, v.n) != v.n)
			reject(b, row, f->col[c].name, (struct slice){ 0 },
			       "a character is cut by the edge of the column");
	}
}

size_t fixed_scan_rows(const struct fixed *f, const int *target, const char *data, size_t n,
		       bool is_last, struct csv_place *place, struct batch *b, uint32_t max_rows)
{
	size_t at = 0;

	while (at < n && b->nrows < max_rows && b->nrows < b->cap) {
		size_t next, len = line_of(data + at, n - at, &next);
		uint32_t row = b->nrows;

		/* A CR at the end of the block may have its LF to come. */
		if (!is_last && at + next >= n && (len == n - at || data[n - 1] == '\r'))
			break;
		if (!is_blank(data + at, len)) {
			b->at[row] = (struct row_at){
				.row = place->row++, .line = place->line,
				.offset = place->offset + (int64_t)at,
				.raw = { data + at, len },
			};
			b->nrows++;
			for (int c = 0; c < f->n; c++) {
				struct column *col = &b->col[target != NULL ? target[c] : c];

				col->v.text[row] = fixed_cell(f, c, data + at, len);
				col->null[row] = col->v.text[row].n == 0;
			}
			check_line(f, b, row, data + at, len);
		}
		place->line++;
		at += next;
	}
	return at;
}

/* ---- columns from blanks ------------------------------------------------------------ */

/* Counts at each place the lines that have something there. */
static int count_places(const char *p, size_t n, bool is_whole, int *filled)
{
	int lines = 0;

	for (size_t at = 0; at < n && lines < FIND_LINES;) {
		size_t next, len = line_of(p + at, n - at, &next), place = 0;

		if (at + next >= n && !is_whole)
			break;
		for (size_t i = 0; i < len && place < FIND_PLACES; place++) {
			filled[place] += p[at + i] != ' ';
			for (i++; i < len && ((unsigned char)p[at + i] & 0xc0) == 0x80;)
				i++;
		}
		lines += !is_blank(p + at, len);
		at += next;
	}
	return lines;
}

bool fixed_find(struct arena *mem, const char *p, size_t n, bool is_whole, struct fixed *out,
		int *lines)
{
	int *filled = arena_array(mem, FIND_PLACES + 1, sizeof(*filled));
	bool is_open = false;

	*out = (struct fixed){ .col = arena_array(mem, FIXED_COLUMNS_MAX, sizeof(*out->col)) };
	*lines = count_places(p, n, is_whole, filled);
	for (int i = 0; i <= FIND_PLACES && *lines > 0; i++) {
		bool is_filled = i < FIND_PLACES && filled[i] > 0;

		if (is_filled && !is_open && out->n < FIXED_COLUMNS_MAX) {
			out->col[out->n].name = arena_printf(mem, "column_%d", out->n + 1);
			out->col[out->n++].from = i + 1;
			is_open = true;
		} else if (!is_filled && is_open) {
			out->col[out->n - 1].to = i;
			is_open = false;
		}
	}
	return out->n >= 2;
}

bool fixed_has_header(const struct fixed *f, const char *p, size_t n)
{
	size_t next = 0, len, at = 0;
	bool has_value = false;

	for (int row = 0; row < FIND_LINES && at < n; at += next) {
		len = line_of(p + at, n - at, &next);
		if (is_blank(p + at, len))
			continue;
		for (int c = 0; c < f->n; c++) {
			enum cell_look look = detect_look(fixed_cell(f, c, p + at, len));

			if (row == 0 && look != LOOKS_TEXT)
				return false;
			has_value |= look == LOOKS_VALUE;
		}
		row++;
	}
	return has_value;
}
