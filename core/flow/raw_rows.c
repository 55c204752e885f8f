/*
 * core/flow/raw_rows.c
 *	Shapes, and the scanners that they lead to.
 */
#include "core/flow/raw_rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/flow/fixed.h"
#include "core/flow/jsonl.h"

struct raw_shape {
	struct schema fields;
	bool is_csv;
	bool fill;
	struct csv_dialect dialect;
	int ncells;
	const char **cell;	/* names in the order of the raw row */
	bool ignore_extra;
	bool is_flat;
	bool in_document;
	bool is_fixed;
	struct fixed fixed;
};

/* What reads the rows of one shape into the columns of all. */
struct scanner {
	const struct raw_shape *shape;
	struct csv_scan *csv;
	struct jsonl *json;
	int *target;	/* column of each cell */
	struct scanner *next;
};

struct raw_reader {
	struct arena *mem;
	const struct schema *all;
	const char **name;
	bool is_loose;
	struct scanner *first;
};

/* ---- shapes --------------------------------------------------------------------- */

static json_t *text_of(char c)
{
	char text[2] = { c, '\0' };

	return json_string(text);
}

json_t *raw_csv_format(const struct csv_dialect *d, bool fill, int ncells, const char *const *name)
{
	json_t *csv = json_object(), *cells = json_array(), *out = json_object();

	for (int i = 0; i < ncells; i++)
		json_array_append_new(cells, json_string(name[i]));
	json_object_set_new(csv, "cells", cells);
	json_object_set_new(csv, "delimiter", text_of(d->delimiter));
	json_object_set_new(csv, "quote", text_of(d->quote));
	json_object_set_new(csv, "escape", text_of(d->escape));
	json_object_set_new(csv, "keep_empty", json_boolean(d->keep_empty));
	json_object_set_new(csv, "null", json_stringn(d->null_text.n > 0 ? d->null_text.p : "",
						      d->null_text.n));
	json_object_set_new(csv, "fill", json_boolean(fill));
	json_object_set_new(out, "csv", csv);
	return out;
}

json_t *raw_fixed_format(const struct fixed *f)
{
	json_t *columns = json_array();

	for (int i = 0; i < f->n; i++)
		json_array_append_new(columns, json_pack("[s, i, i]", f->col[i].name,
							 f->col[i].from, f->col[i].to));
	return json_pack("{s:{s:o,s:b}}", "fixed", "columns", columns, "in_bytes",
			 (int)f->in_bytes);
}

char *raw_shape_text(struct arena *mem, const struct schema *fields, const json_t *format)
{
	json_t *out = format != NULL ? json_deep_copy(format)
				     : json_pack("{s:{s:b}}", "json", "ignore_extra", 1);
	json_t *list = json_array();
	char *text, *copy;

	for (int i = 0; i < fields->nfields; i++) {
		const struct field *f = &fields->field[i];
		struct type_spec type = f->type;
		/* A server's own name of the type says nothing of texts. */
		const char *native = type.pg_oid == 0 ? f->native : NULL;

		type.pg_oid = 0;
		json_array_append_new(list, json_pack("[s, s, s?, b]", f->name,
						      type_format(mem, &type), native,
						      (int)f->is_told));
	}
	json_object_set_new(out, "fields", list);
	text = json_dumps(out, JSON_COMPACT);
	copy = arena_strdup(mem, text);
	free(text);
	json_decref(out);
	return copy;
}

static char char_of(const json_t *from, const char *key)
{
	const char *s = json_string_value(json_object_get(from, key));

	return s != NULL ? s[0] : '\0';
}

static void read_csv(struct arena *mem, const json_t *csv, struct raw_shape *s)
{
	const json_t *cells = json_object_get(csv, "cells");
	const char *null = json_string_value(json_object_get(csv, "null"));

	s->is_csv = true;
	s->fill = json_is_true(json_object_get(csv, "fill"));
	s->dialect = (struct csv_dialect){
		.delimiter = char_of(csv, "delimiter"),
		.quote = char_of(csv, "quote"),
		.escape = char_of(csv, "escape"),
		.keep_empty = json_is_true(json_object_get(csv, "keep_empty")),
		.null_text = slice_of(arena_strdup(mem, null != NULL ? null : "")),
	};
	s->ncells = (int)json_array_size(cells);
	s->cell = arena_array(mem, (size_t)s->ncells + 1, sizeof(*s->cell));
	for (int i = 0; i < s->ncells; i++)
		s->cell[i] = arena_strdup(mem,
					  json_string_value(json_array_get(cells, (size_t)i)));
}

static void read_fixed(struct arena *mem, const json_t *fixed, struct raw_shape *s)
{
	const json_t *columns = json_object_get(fixed, "columns");
	int n = (int)json_array_size(columns);

	s->is_fixed = n > 0;
	s->ncells = n;
	s->cell = arena_array(mem, (size_t)n + 1, sizeof(*s->cell));
	s->fixed = (struct fixed){
		.n = n, .col = arena_array(mem, (size_t)n + 1, sizeof(*s->fixed.col)),
		.in_bytes = json_is_true(json_object_get(fixed, "in_bytes")),
	};
	for (int i = 0; i < n; i++) {
		const json_t *c = json_array_get(columns, (size_t)i);

		s->cell[i] = arena_strdup(mem, json_string_value(json_array_get(c, 0)));
		s->fixed.col[i] = (struct fixed_column){
			s->cell[i], (int)json_integer_value(json_array_get(c, 1)),
			(int)json_integer_value(json_array_get(c, 2)),
		};
	}
}

static enum err_code read_fields(struct arena *mem, const json_t *list, struct schema *out,
				 struct err *err)
{
	enum err_code rc = ERR_OK;

	out->field = arena_array(mem, json_array_size(list) + 1, sizeof(*out->field));
	for (size_t i = 0; i < json_array_size(list) && rc == ERR_OK; i++) {
		const json_t *f = json_array_get(list, i);
		const char *name = json_string_value(json_array_get(f, 0));
		const char *type = json_string_value(json_array_get(f, 1));

		if (name == NULL || type == NULL)
			return err_set(err, ERR_BUG, "a field of a shape has no name or type");
		out->field[out->nfields] = (struct field){
			.name = arena_strdup(mem, name),
			.native = arena_strdup(mem, json_string_value(json_array_get(f, 2))),
			.is_told = json_is_true(json_array_get(f, 3)),
		};
		rc = type_parse(slice_of(type), &out->field[out->nfields++].type, err);
	}
	return rc;
}

enum err_code raw_shape_read(struct arena *mem, const char *text, struct raw_shape **out,
			     struct err *err)
{
	struct raw_shape *s = arena_alloc(mem, sizeof(*s));
	json_t *root = NULL, *json;
	enum err_code rc = js_parse(&root, text, strlen(text), "the shape of rejects", err);

	if (rc == ERR_OK)
		rc = read_fields(mem, json_object_get(root, "fields"), &s->fields, err);
	if (rc == ERR_OK && json_object_get(root, "csv") != NULL)
		read_csv(mem, json_object_get(root, "csv"), s);
	if (rc == ERR_OK && json_object_get(root, "fixed") != NULL)
		read_fixed(mem, json_object_get(root, "fixed"), s);
	json = json_object_get(root, "json");
	s->ignore_extra = json_is_true(json_object_get(json, "ignore_extra"));
	s->is_flat = json_is_true(json_object_get(json, "flat"));
	s->in_document = json_is_true(json_object_get(json, "document"));
	json_decref(root);
	*out = s;
	return rc;
}

const struct schema *raw_shape_fields(const struct raw_shape *s)
{
	return &s->fields;
}

static bool is_written_alike(const struct field *a, const struct field *b)
{
	const char *x = a->native != NULL ? a->native : "", *y = b->native != NULL ? b->native : "";

	return strcmp(x, y) == 0;
}

void raw_schema_add(struct arena *mem, struct schema *all, const struct raw_shape *s)
{
	struct field *grown = arena_array(mem, (size_t)(all->nfields + s->fields.nfields) + 1,
					  sizeof(*grown));

	if (all->nfields > 0)
		memcpy(grown, all->field, (size_t)all->nfields * sizeof(*grown));
	all->field = grown;
	for (int i = 0; i < s->fields.nfields; i++) {
		const struct field *f = &s->fields.field[i];
		int at = 0;

		while (at < all->nfields && strcmp(grown[at].name, f->name) != 0)
			at++;
		if (at == all->nfields)
			grown[all->nfields++] = *f;
		else if (memcmp(&grown[at].type, &f->type, sizeof(f->type)) != 0 ||
			 !is_written_alike(&grown[at], f))
			grown[at] = (struct field){ .name = f->name,
						    .type = { .type = TYPE_TEXT } };
	}
}

/* ---- rows ----------------------------------------------------------------------- */

static int column_of(const struct raw_reader *r, const char *name)
{
	for (int i = 0; i < r->all->nfields; i++)
		if (strcmp(r->all->field[i].name, name) == 0)
			return i;
	return -1;
}

struct raw_reader *raw_reader_new(struct arena *mem, const struct schema *all, bool is_loose)
{
	struct raw_reader *r = arena_alloc(mem, sizeof(*r));

	*r = (struct raw_reader){ .mem = mem, .all = all, .is_loose = is_loose };
	r->name = arena_array(mem, (size_t)all->nfields + 1, sizeof(*r->name));
	for (int i = 0; i < all->nfields; i++)
		r->name[i] = all->field[i].name;
	return r;
}

static struct scanner *scanner_of(struct raw_reader *r, const struct raw_shape *s)
{
	struct scanner *sc = r->first;
	struct csv_shape shape = { .ncols = s->ncells, .name = s->cell, .fill = s->fill,
				   .promised_by = "the header" };

	while (sc != NULL && sc->shape != s)
		sc = sc->next;
	if (sc != NULL)
		return sc;
	sc = arena_alloc(r->mem, sizeof(*sc));
	*sc = (struct scanner){ .shape = s, .next = r->first };
	r->first = sc;
	if (!s->is_csv && !s->is_fixed) {
		sc->json = jsonl_new(r->mem, r->all->nfields, r->name, s->ignore_extra);
		jsonl_set(sc->json, s->is_flat, s->in_document);
		return sc;
	}
	sc->target = arena_array(r->mem, (size_t)s->ncells + 1, sizeof(*sc->target));
	for (int i = 0; i < s->ncells; i++)
		sc->target[i] = column_of(r, s->cell[i]);
	shape.target = sc->target;
	if (s->is_fixed)
		return sc;
	sc->csv = csv_scan_new(r->mem, &s->dialect, &shape, CSV_BEST);
	return sc;
}

static void set_null(struct batch *b, uint32_t row)
{
	for (int c = 0; c < b->ncols; c++) {
		b->col[c].null[row] = 1;
		b->col[c].v.text[row] = (struct slice){ "", 0 };
	}
}

/* Forgets what is wrong with the row: it is the last one, and so are its problems. */
static void forgive(struct batch *b, uint32_t row)
{
	while (b->nproblems > 0 && b->problem[b->nproblems - 1].row == row)
		b->nproblems--;
	b->state[row] = ROW_LIVE;
}

/* As many cells as there are, whatever is wrong with the row. */
static void read_loosely(struct scanner *sc, struct slice raw, struct batch *b, uint32_t row)
{
	const struct raw_shape *s = sc->shape;
	struct csv_row got = { .cap = s->ncells };

	set_null(b, row);
	for (int c = 0; s->is_fixed && c < s->fixed.n; c++) {
		struct column *col = &b->col[sc->target[c]];

		col->v.text[row] = fixed_cell(&s->fixed, c, raw.p, raw.n);
		col->null[row] = col->v.text[row].n == 0;
	}
	if (!s->is_csv || raw.n == 0)
		return;
	got.cell = arena_array(b->mem, (size_t)s->ncells + 1, sizeof(*got.cell));
	if (csv_row_parse(&s->dialect, raw.p, raw.n, true, &got) == CSV_INCOMPLETE)
		return;
	for (int i = 0; i < got.ncells && i < s->ncells; i++) {
		struct column *col = &b->col[sc->target[i]];

		col->null[row] = csv_is_null(&s->dialect, &got.cell[i]);
		col->v.text[row] = csv_unescape(&s->dialect, &got.cell[i], b->mem);
	}
}

/* Text for people: each byte that is none becomes U+FFFD. */
static struct slice as_text(struct arena *mem, struct slice v)
{
	size_t at = 0, to = 0;
	char *out;

	if (utf8_valid(v.p, v.n) == v.n && memchr(v.p, '\0', v.n) == NULL)
		return v;
	out = arena_bytes(mem, v.n * 3 + 1);
	while (at < v.n) {
		uint32_t c;
		size_t n = utf8_decode(v.p + at, v.n - at, &c);

		if (n == 0 || c == 0) {
			memcpy(out + to, "\xef\xbf\xbd", 3);
			to += 3;
			at++;
		} else {
			memcpy(out + to, v.p + at, n);
			to += n;
			at += n;
		}
	}
	return (struct slice){ out, to };
}

static void make_text(struct batch *b, uint32_t row)
{
	for (int c = 0; c < b->ncols; c++)
		if (!b->col[c].null[row] && b->col[c].v.text[row].n > 0)
			b->col[c].v.text[row] = as_text(b->mem, b->col[c].v.text[row]);
}

/* What a fix has left must be text. */
static void check_cells(struct raw_reader *r, struct batch *b, uint32_t row)
{
	for (int c = 0; c < b->ncols; c++) {
		struct slice v = b->col[c].v.text[row];

		if (b->col[c].null[row] || v.n == 0)
			continue;
		if (utf8_valid(v.p, v.n) != v.n || memchr(v.p, '\0', v.n) != NULL)
			batch_reject(b, row, r->name[c], v, "encoding", "is not UTF-8 text");
	}
}

static void lay_over(struct raw_reader *r, const json_t *fix, struct batch *b, uint32_t row)
{
	json_t *walk = (json_t *)(uintptr_t)fix;	/* jansson's iteration changes nothing */
	const char *key;
	json_t *v;

	json_object_foreach(walk, key, v) {
		int c = column_of(r, key);

		if (c < 0)
			continue;
		b->col[c].null[row] = !json_is_string(v);
		b->col[c].v.text[row] = (struct slice){ "", 0 };
		if (json_is_string(v)) {
			size_t n = json_string_length(v);

			b->col[c].v.text[row] = (struct slice){
				arena_strndup(b->mem, json_string_value(v), n), n };
		}
	}
}

static void scan(struct scanner *sc, struct slice raw, struct batch *b)
{
	struct csv_place place = { .row = 1, .line = 1 };
	char *copy;

	if (sc->shape->is_fixed) {
		fixed_scan_rows(&sc->shape->fixed, sc->target, raw.p, raw.n, true, &place, b,
				b->nrows + 1);
		return;
	}
	/* A row of a document may go over several lines. */
	if (sc->json != NULL && sc->shape->in_document && b->nrows < b->cap) {
		jsonl_take(sc->json, raw.p, 0, raw.n, &place, b);
		return;
	}
	if (sc->json != NULL) {
		jsonl_scan_rows(sc->json, raw.p, raw.n, true, &place, b, b->nrows + 1);
		return;
	}
	copy = arena_bytes(b->mem, raw.n + CSV_PAD);
	memcpy(copy, raw.p, raw.n);
	csv_scan_rows(sc->csv, copy, raw.n, true, &place, b, b->nrows + 1);
}

bool raw_reader_row(struct raw_reader *r, const struct raw_shape *s, struct slice raw,
		    const json_t *fix, struct batch *b)
{
	struct scanner *sc = s != NULL ? scanner_of(r, s) : NULL;
	bool is_fixed = json_object_size(fix) > 0;
	uint32_t row = b->nrows;

	/* Columns of other shapes. */
	set_null(b, row);
	b->state[row] = ROW_LIVE;
	if (sc == NULL || raw.p == NULL) {
		b->nrows++;
		if (!r->is_loose)
			batch_reject(b, row, "", (struct slice){ 0 }, "format",
				     "was not kept: only its reasons were");
		return true;
	}
	scan(sc, raw, b);
	if (b->nrows == row && !is_fixed && !r->is_loose)
		return false;
	b->nrows = row + 1;
	if (!is_fixed && !r->is_loose)
		return true;
	if (b->state[row] == ROW_REJECTED) {
		forgive(b, row);
		read_loosely(sc, raw, b, row);
	}
	lay_over(r, fix, b, row);
	if (r->is_loose)
		make_text(b, row);
	else
		check_cells(r, b, row);
	return true;
}
