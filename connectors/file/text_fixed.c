/*
 * connectors/file/text_fixed.c
 *	Fixed width as a format of text: columns as told, or from the blanks of the sample.
 */
#include <string.h>

#include "connectors/file/text.h"
#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/fixed.h"
#include "core/flow/raw_rows.h"

/* Lines that have to agree before columns are believed. */
#define LINES_SURE 20

static const char *as_setting(struct arena *mem, const struct fixed *f)
{
	const char *text = "";

	for (int i = 0; i < f->n; i++)
		text = arena_printf(mem, "%s%s%s:%d-%d", text, i > 0 ? "," : "", f->col[i].name,
				    f->col[i].from, f->col[i].to);
	return text;
}

static void add_finding(struct arena *mem, struct layout *l, const char *option, const char *value,
			const char *sure, const char *why)
{
	struct finding *f = arena_array(mem, (size_t)l->nfindings + 1, sizeof(*f));

	if (l->nfindings > 0)
		memcpy(f, l->finding, (size_t)l->nfindings * sizeof(*f));
	f[l->nfindings++] = (struct finding){ option, value, sure, why };
	l->finding = f;
}

/* Names from the first line, where it has them; one with a comma or colon cannot be said. */
static void name_columns(struct arena *mem, const char *p, size_t n, struct fixed *f)
{
	struct slice *cell = arena_array(mem, (size_t)f->n, sizeof(*cell));
	const char *renamed = NULL;
	const char **name;
	size_t len = 0;

	while (len < n && p[len] != '\n' && p[len] != '\r')
		len++;
	for (int c = 0; c < f->n; c++)
		cell[c] = fixed_cell(f, c, p, len);
	name = layout_names(mem, cell, f->n, &renamed);
	for (int c = 0; c < f->n; c++) {
		char *own = arena_strdup(mem, name[c]);

		for (char *q = own; *q != '\0'; q++)
			if (strchr(",:;", *q) != NULL)
				*q = '_';
		f->col[c].name = own;
	}
}

static enum err_code find_columns(struct arena *mem, const struct feed *first, struct layout *l,
				  struct fixed *f, struct err *err)
{
	const char *p = first->text + first->found.skip_bytes;
	size_t n = first->text_n - first->found.skip_bytes;
	int lines = 0;

	if (!fixed_find(mem, p, n, first->is_whole, f, &lines)) {
		err_set(err, ERR_INPUT, "%s has no places that are blank in all of its lines",
			first->base.name);
		err_hint(err, "Say where its columns are: --columns 'id:1-8,amount:9-20'.");
		return ERR_INPUT;
	}
	l->has_header = l->options->set.has_header ? l->options->set.header
						    : fixed_has_header(f, p, n);
	if (l->has_header)
		name_columns(mem, p, n, f);
	add_finding(mem, l, "columns", as_setting(mem, f), lines >= LINES_SURE ? "likely" : "guess",
		    arena_printf(mem, "blank between them in all of %d lines", lines));
	return ERR_OK;
}

static enum err_code fixed_columns(struct arena *mem, const struct feed *first, struct layout *l,
				   struct err *err)
{
	struct fixed *f = arena_alloc(mem, sizeof(*f));
	enum err_code rc;

	l->has_header = l->options->set.has_header && l->options->set.header;
	if (l->options->columns != NULL) {
		rc = fixed_read(mem, l->options->columns, f, err);
		if (rc == ERR_OK)
			add_finding(mem, l, "columns", as_setting(mem, f), "set", "it was said");
	} else {
		rc = find_columns(mem, first, l, f, err);
	}
	if (rc != ERR_OK)
		return rc;
	add_finding(mem, l, "header", l->has_header ? "yes" : "no",
		    l->options->set.has_header ? "set" : "likely",
		    l->has_header ? "the first line reads like names" : "");
	f->in_bytes = l->options->in_bytes;
	l->ncols = f->n;
	l->name = arena_array(mem, (size_t)f->n, sizeof(*l->name));
	for (int c = 0; c < f->n; c++)
		l->name[c] = f->col[c].name;
	l->next.has_header = true;
	l->next.header = l->has_header;
	l->own = f;
	return ERR_OK;
}

static enum err_code fixed_fit(struct arena *mem, const struct layout *l, const struct feed *f,
			       struct file_shape *out, struct err *err)
{
	const char *p = f->text + f->found.skip_bytes;
	size_t n = f->text_n - f->found.skip_bytes, at = 0;

	(void)mem, (void)err;
	*out = (struct file_shape){ .ncells = l->ncols, .name = l->name };
	if (!l->has_header)
		return ERR_OK;
	while (at < n && p[at] != '\n' && p[at] != '\r')
		at++;
	at += at + 1 < n && p[at] == '\r' && p[at + 1] == '\n' ? 2 : at < n;
	out->header_bytes = at;
	out->header_lines = 1;
	return ERR_OK;
}

static void *scan_new(struct arena *mem, const struct layout *l, const struct file_shape *shape)
{
	(void)mem, (void)shape;
	return l->own;
}

static size_t scan(void *s, const char *data, size_t n, bool is_last, struct csv_place *place,
		   struct batch *b, uint32_t max_rows)
{
	return fixed_scan_rows(s, NULL, data, n, is_last, place, b, max_rows);
}

static json_t *raw_format(const void *s)
{
	return raw_fixed_format(s);
}

const struct text_format text_fixed = {
	.format = FORMAT_FIXED,
	.columns = fixed_columns,
	.fit = fixed_fit,
	.scan_new = scan_new,
	.scan = scan,
	.raw_format = raw_format,
};
