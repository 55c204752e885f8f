/*
 * core/flow/jsonl.c
 *	Lines to rows, keys to columns.
 */
#include "core/flow/jsonl.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/json_text.h"

#define FIELDS_MAX 10000
#define SHOWN_MAX  4096u
#define FLAT_DEPTH 16	/* deeper objects stay JSON */
#define GROUPS_MAX 256

struct jsonl {
	int ncols;
	const char *const *name;
	size_t *name_n;
	bool ignore_extra;
	bool is_flat;
	bool in_document;
	unsigned *kinds;
	int64_t *seen;	/* number of the row that last had the field */
	int64_t row;	/* of this scan, to tell rows apart in seen[] */
	struct json_nest *nest;
};

/* One line being read. */
struct line {
	struct jsonl *j;
	struct batch *b;
	uint32_t row;
	struct json_walk w;
	int expected;	/* keys mostly come in the same order */
	struct slice *extra;	/* keys that are no field */
	size_t nextra;
	size_t extra_cap;
	struct slice group[GROUPS_MAX];	/* names of objects that became columns */
	size_t ngroups;
};

struct jsonl *jsonl_new(struct arena *mem, int ncols, const char *const *names, bool ignore_extra)
{
	struct jsonl *j = arena_alloc(mem, sizeof(*j));
	size_t n = (size_t)ncols;

	*j = (struct jsonl){ .ncols = ncols, .name = names, .ignore_extra = ignore_extra };
	j->nest = json_nest_new(mem);
	j->name_n = arena_array(mem, n, sizeof(*j->name_n));
	j->kinds = arena_array(mem, n, sizeof(*j->kinds));
	j->seen = arena_array(mem, n, sizeof(*j->seen));
	for (size_t i = 0; i < n; i++)
		j->name_n[i] = strlen(names[i]);
	return j;
}

bool jsonl_ignores_extra(const struct jsonl *j)
{
	return j->ignore_extra;
}

bool jsonl_is_flat(const struct jsonl *j)
{
	return j->is_flat;
}

void jsonl_set(struct jsonl *j, bool is_flat, bool in_document)
{
	j->is_flat = is_flat;
	j->in_document = in_document;
}

unsigned jsonl_kinds(const struct jsonl *j, int c)
{
	return j->kinds[c];
}

static bool is_name(const struct jsonl *j, int c, struct slice key)
{
	return j->name_n[c] == key.n && memcmp(j->name[c], key.p, key.n) == 0;
}

static int find(struct line *l, struct slice key)
{
	const struct jsonl *j = l->j;

	for (int i = 0; i < j->ncols; i++) {
		int c = l->expected + i < j->ncols ? l->expected + i : l->expected + i - j->ncols;

		if (is_name(j, c, key)) {
			l->expected = c + 1 < j->ncols ? c + 1 : 0;
			return c;
		}
	}
	return -1;
}

static void add_extra(struct line *l, struct slice key)
{
	for (size_t i = 0; i < l->nextra; i++) {
		if (slice_eq(l->extra[i], key)) {
			l->w.reason = "an object has a key twice";
			return;
		}
	}
	if (l->nextra >= JSONL_KEYS_MAX) {
		l->w.reason = "an object has too many keys";
		return;
	}
	if (l->nextra == l->extra_cap) {
		struct slice *grown = arena_array(l->b->mem, l->extra_cap * 2 + 8, sizeof(*grown));

		if (l->nextra > 0)
			memcpy(grown, l->extra, l->nextra * sizeof(*grown));
		l->extra = grown;
		l->extra_cap = l->extra_cap * 2 + 8;
	}
	l->extra[l->nextra++] = key;
}

static void store(struct line *l, int c, const struct json_value *v)
{
	static const unsigned kind_of[] = { JSONL_BOOL, JSONL_STRING, JSONL_NUMBER, JSONL_NESTED };
	struct column *col = &l->b->col[c];
	bool is_null = v->kind == JSON_WORD && v->text.p[0] == 'n';

	col->null[l->row] = is_null;
	col->v.text[l->row] = v->text;
	if (is_null)
		return;
	l->j->kinds[c] |= kind_of[v->kind];
	if (v->has_escape)
		json_walk_unescape(&l->w, v, &col->v.text[l->row]);
	if (v->text.n > CSV_CELL_MAX)
		l->w.reason = "a value is longer than 64 MB";
}

static struct slice join_names(struct arena *mem, struct slice prefix, struct slice name)
{
	char *to;

	if (prefix.p == NULL)
		return name;
	to = arena_bytes(mem, prefix.n + 1 + name.n);
	memcpy(to, prefix.p, prefix.n);
	to[prefix.n] = '.';
	memcpy(to + prefix.n + 1, name.p, name.n);
	return (struct slice){ to, prefix.n + 1 + name.n };
}

/* An object whose fields are columns: its own name must not come again. */
static void open_group(struct line *l, struct slice name)
{
	for (size_t i = 0; i < l->ngroups; i++) {
		if (slice_eq(l->group[i], name)) {
			l->w.reason = "an object has a key twice";
			return;
		}
	}
	if (l->ngroups == GROUPS_MAX)
		l->w.reason = "it has too many nested objects";
	else
		l->group[l->ngroups++] = name;
}

static void read_members(struct line *l, struct slice prefix, int depth);

static void read_pair(struct line *l, struct slice prefix, int depth)
{
	struct json_value key, value;
	struct slice name;
	int c;

	json_walk_space(&l->w);
	if (!json_walk_string(&l->w, &key) || !json_walk_unescape(&l->w, &key, &name))
		return;
	name = join_names(l->w.mem, prefix, name);
	json_walk_space(&l->w);
	if (!json_walk_char(&l->w, ':', "a colon was expected"))
		return;
	json_walk_space(&l->w);
	if (l->j->is_flat && depth < FLAT_DEPTH && l->w.at < l->w.n && l->w.p[l->w.at] == '{') {
		open_group(l, name);
		if (l->w.reason == NULL)
			read_members(l, name, depth + 1);
		return;
	}
	if (!json_walk_value(&l->w, &value))
		return;
	c = find(l, name);
	/* An object that is not there: its fields are the columns, and null. */
	if (c < 0 && l->j->is_flat && value.kind == JSON_WORD && value.text.p[0] == 'n')
		return;
	if (c < 0) {
		add_extra(l, name);
		return;
	}
	if (l->j->seen[c] == l->j->row) {
		l->w.reason = "an object has a key twice";
		return;
	}
	l->j->seen[c] = l->j->row;
	store(l, c, &value);
}

static void read_members(struct line *l, struct slice prefix, int depth)
{
	if (!json_walk_char(&l->w, '{', l->j->in_document ? "it must be an object"
							 : "each line must be an object"))
		return;
	json_walk_space(&l->w);
	if (l->w.at < l->w.n && l->w.p[l->w.at] == '}') {
		l->w.at++;
	} else {
		do {
			read_pair(l, prefix, depth);
			json_walk_space(&l->w);
		} while (l->w.reason == NULL && l->w.at < l->w.n && l->w.p[l->w.at] == ',' &&
			 ++l->w.at);
		if (l->w.reason == NULL)
			json_walk_char(&l->w, '}', "a comma or } was expected");
	}
}

static void read_object(struct line *l)
{
	json_walk_space(&l->w);
	read_members(l, (struct slice){ NULL, 0 }, 0);
	json_walk_space(&l->w);
	if (l->w.reason == NULL && l->w.at < l->w.n)
		l->w.reason = "something stands behind the object";
}

static void reject_extras(struct line *l)
{
	for (size_t i = 0; i < l->nextra && !l->j->ignore_extra; i++) {
		char *name = text_clean_dup(l->b->mem, l->extra[i].p,
					    l->extra[i].n < 200 ? l->extra[i].n : 200);

		batch_reject(l->b, l->row, name, (struct slice){ 0 }, "field",
			     "is a field that the stream does not have");
	}
}

static void fill_missing(struct line *l)
{
	for (int c = 0; c < l->j->ncols; c++) {
		if (l->j->seen[c] == l->j->row)
			continue;
		l->b->col[c].null[l->row] = 1;
		l->b->col[c].v.text[l->row] = (struct slice){ "", 0 };
	}
}

static void read_line(struct line *l, const struct csv_place *place)
{
	const char *p = l->w.p;
	size_t n = l->w.n, bad = utf8_valid(p, n);

	l->j->row++;
	l->b->nrows++;
	if (bad < n) {
		batch_reject(l->b, l->row, "", (struct slice){ p, n < SHOWN_MAX ? n : SHOWN_MAX },
			     "encoding", "is not UTF-8: 0x%02x at byte %lld of the file",
			     (unsigned)(unsigned char)p[bad],
			     (long long)(l->b->at[l->row].offset + (int64_t)bad));
	} else {
		read_object(l);
		if (l->w.reason != NULL)
			batch_reject(l->b, l->row, "", (struct slice){ 0 }, "format",
				     "is not a JSON %s: %s (line %lld, byte %zu of it)",
				     l->j->in_document ? "row" : "line", l->w.reason,
				     (long long)place->line, l->w.at + 1);
		else
			reject_extras(l);
	}
	fill_missing(l);
}

static bool is_blank(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
			return false;
	return true;
}

void jsonl_take(struct jsonl *j, const char *data, size_t at, size_t n, struct csv_place *place,
		struct batch *b)
{
	struct line l;

	l.j = j;
	l.b = b;
	l.row = b->nrows;
	l.w = (struct json_walk){ .p = data + at, .n = n, .mem = b->mem, .nest = j->nest };
	l.expected = 0;
	l.extra = NULL;
	l.nextra = l.extra_cap = l.ngroups = 0;
	b->at[b->nrows] = (struct row_at){
		.row = place->row++,
		.line = place->line,
		.offset = place->offset + (int64_t)at,
		.raw = { data + at, n },
	};
	read_line(&l, place);
}

size_t jsonl_scan_rows(struct jsonl *j, const char *data, size_t n, bool is_last,
		       struct csv_place *place, struct batch *b, uint32_t max_rows)
{
	size_t at = 0;

	while (at < n && b->nrows < max_rows && b->nrows < b->cap) {
		const char *end = memchr(data + at, '\n', n - at);
		size_t next = end != NULL ? (size_t)(end - data) + 1 : n;
		size_t text_end = end != NULL ? next - 1 : n;

		if (end == NULL && !is_last)
			break;
		if (text_end > at && data[text_end - 1] == '\r')
			text_end--;
		if (!is_blank(data + at, text_end - at))
			jsonl_take(j, data, at, text_end - at, place, b);
		place->line++;
		at = next;
	}
	return at;
}

/* ---- the fields of a sample ------------------------------------------------ */

struct jsonl_names {
	struct arena *mem;
	bool is_flat;
	const char **name;
	bool *is_null;	/* never seen with a value */
	int n;
};

static void add_name(struct jsonl_names *out, struct slice key, bool is_null)
{
	for (int i = 0; i < out->n; i++) {
		if (slice_is(key, out->name[i])) {
			out->is_null[i] &= is_null;
			return;
		}
	}
	if (out->n == FIELDS_MAX || memchr(key.p, '\0', key.n) != NULL)
		return;
	if ((out->n & (out->n - 1)) == 0) {
		const char **grown = arena_array(out->mem, out->n > 0 ? (size_t)out->n * 2 : 1,
						 sizeof(*grown));

		bool *nulls = arena_array(out->mem, out->n > 0 ? (size_t)out->n * 2 : 1,
					  sizeof(*nulls));

		if (out->n > 0) {
			memcpy(grown, out->name, (size_t)out->n * sizeof(*grown));
			memcpy(nulls, out->is_null, (size_t)out->n * sizeof(*nulls));
		}
		out->name = grown;
		out->is_null = nulls;
	}
	out->is_null[out->n] = is_null;
	out->name[out->n++] = arena_strndup(out->mem, key.p, key.n);
}

static void names_of_object(struct jsonl_names *out, struct json_walk *w, struct slice prefix,
			    int depth)
{
	struct json_value key, value;
	struct slice name;

	json_walk_space(w);
	if (!json_walk_char(w, '{', ""))
		return;
	json_walk_space(w);
	if (w->at < w->n && w->p[w->at] == '}') {
		w->at++;
		return;
	}
	do {
		json_walk_space(w);
		if (!json_walk_string(w, &key) || !json_walk_unescape(w, &key, &name))
			return;
		name = join_names(w->mem, prefix, name);
		json_walk_space(w);
		if (!json_walk_char(w, ':', ""))
			return;
		json_walk_space(w);
		if (out->is_flat && depth < FLAT_DEPTH && w->at < w->n && w->p[w->at] == '{')
			names_of_object(out, w, name, depth + 1);
		else if (json_walk_value(w, &value))
			add_name(out, name, value.kind == JSON_WORD && value.text.p[0] == 'n');
		json_walk_space(w);
	} while (w->reason == NULL && w->at < w->n && w->p[w->at] == ',' && ++w->at);
	json_walk_char(w, '}', "");
}

struct jsonl_names *jsonl_names_new(struct arena *mem, bool is_flat)
{
	struct jsonl_names *out = arena_alloc(mem, sizeof(*out));

	*out = (struct jsonl_names){ .mem = mem, .is_flat = is_flat };
	return out;
}

void jsonl_names_add(struct jsonl_names *out, const char *object, size_t n)
{
	struct arena *work = arena_new(out->mem, "keys");
	struct json_walk w = { .p = object, .n = n, .mem = work };

	if (utf8_valid(w.p, w.n) == w.n)
		names_of_object(out, &w, (struct slice){ NULL, 0 }, 0);
	arena_free(work);
}

/* Null where other rows have an object, whose fields are the columns. */
static bool is_missing_group(const struct jsonl_names *from, int at)
{
	size_t n = strlen(from->name[at]);

	for (int i = 0; i < from->n && from->is_flat && from->is_null[at]; i++)
		if (strncmp(from->name[i], from->name[at], n) == 0 && from->name[i][n] == '.')
			return true;
	return false;
}

int jsonl_names_get(const struct jsonl_names *from, const char ***names)
{
	int n = 0;

	*names = arena_array(from->mem, (size_t)from->n, sizeof(**names));
	for (int i = 0; i < from->n; i++)
		if (!is_missing_group(from, i))
			(*names)[n++] = from->name[i];
	return n;
}

int jsonl_fields(struct arena *mem, const char *data, size_t n, bool is_flat,
		 const char ***names)
{
	struct jsonl_names *out = jsonl_names_new(mem, is_flat);

	for (size_t at = 0; at < n;) {
		const char *end = memchr(data + at, '\n', n - at);
		size_t line_n = end != NULL ? (size_t)(end - data) - at : n - at;

		jsonl_names_add(out, data + at, line_n);
		at += line_n + 1;
	}
	return jsonl_names_get(out, names);
}
