/*
 * core/flow/jsondoc.c
 *	A walk over a document, a token at a time, that stops at the rows.
 */
#include "core/flow/jsondoc.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/flow/json_text.h"

#define PATH_MAX_NAMES 32

enum expect { FIRST_VALUE, VALUE, FIRST_KEY, KEY, COLON, COMMA, END };

struct jsondoc {
	struct arena *mem;
	struct jsonl *rows;
	struct jsonl_names *names;	/* of a sample instead of rows; NULL: not asked for */
	struct slice path[PATH_MAX_NAMES];
	int npath;
	bool is_object[JSONL_DEPTH_MAX];	/* of what is open */
	int depth;
	int matched;	/* names of the path that open objects have led to */
	bool is_hit;	/* the value to come is that of the path's next name */
	bool in_rows;
	int rows_depth;
	bool has_rows;	/* the place of the rows was seen */
	enum expect expect;
	const char *fault;
	int64_t fault_line;
	int64_t fault_offset;
	/* Where the arrays of objects are: asked for when place is there. */
	const char **place;
	int nplaces;
	struct slice key[JSONL_DEPTH_MAX];
};

/* One call: where it stands. */
struct pass {
	struct jsondoc *j;
	const char *p;
	size_t n;
	size_t at;
	bool is_last;
	struct csv_place *place;
	struct batch *b;
	bool is_short;	/* what comes next is not complete */
};

/* ---- the way to the rows ---------------------------------------------------------- */

static struct slice plain_name(struct arena *mem, const char *p, size_t n)
{
	char *to = arena_bytes(mem, n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		bool is_escape = p[i] == '~' && i + 1 < n && (p[i + 1] == '0' || p[i + 1] == '1');

		to[len++] = !is_escape ? p[i] : p[i + 1] == '0' ? '~' : '/';
		i += is_escape;
	}
	return (struct slice){ to, len };
}

struct jsondoc *jsondoc_new(struct arena *mem, struct jsonl *rows, const char *rows_at)
{
	struct jsondoc *j = arena_alloc(mem, sizeof(*j));

	j->mem = mem;
	j->rows = rows;
	j->expect = VALUE;
	while (*rows_at == '/' && j->npath < PATH_MAX_NAMES) {
		size_t n = strcspn(rows_at + 1, "/");

		j->path[j->npath++] = plain_name(mem, rows_at + 1, n);
		rows_at += 1 + n;
	}
	return j;
}

const char *jsondoc_fault(const struct jsondoc *j, int64_t *line, int64_t *offset)
{
	*line = j->fault_line;
	*offset = j->fault_offset;
	return j->fault;
}

static bool fault(struct pass *s, const char *why)
{
	s->j->fault = why;
	s->j->fault_line = s->place->line;
	s->j->fault_offset = s->place->offset + (int64_t)s->at;
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ---- tokens --------------------------------------------------------------------------- */

/* Bytes of the text that starts at the quote p; 0: it does not end here. */
static size_t string_bytes(const char *p, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (p[i] == '\\')
			i++;
		else if (p[i] == '"')
			return i + 1;
	}
	return 0;
}

/* Bytes of the value at p, from bracket to bracket; 0: it is not complete. */
static size_t value_bytes(const char *p, size_t n, bool is_last)
{
	size_t depth = 0, i = 0;

	do {
		size_t len = 1;

		if (p[i] == '"')
			len = string_bytes(p + i, n - i);
		else if (p[i] == '{' || p[i] == '[')
			depth++;
		else if (p[i] == '}' || p[i] == ']')
			depth--;
		else if (depth == 0)
			while (i + len < n && strchr(",]} \t\r\n", p[i + len]) == NULL)
				len++;
		/* A word or a number may go on in the next block. */
		if (len == 0 || (depth == 0 && i + len == n && !is_last &&
				 strchr("\"}]", p[i]) == NULL))
			return 0;
		i += len;
	} while (depth > 0 && i < n);
	return depth == 0 ? i : 0;
}

static void pass_value(struct pass *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s->place->line += s->p[s->at + i] == '\n';
	s->at += n;
}

/* ---- steps: false when more bytes are needed, or nothing can be read on ---------------- */

static bool open_value(struct pass *s, bool is_object)
{
	struct jsondoc *j = s->j;

	if (j->depth == JSONL_DEPTH_MAX)
		return fault(s, "it nests too deep");
	j->is_object[j->depth++] = is_object;
	j->matched += is_object && j->is_hit;
	j->is_hit = false;
	j->expect = is_object ? FIRST_KEY : FIRST_VALUE;
	s->at++;
	return true;
}

static bool close_value(struct pass *s)
{
	struct jsondoc *j = s->j;

	if (j->is_object[j->depth - 1] && j->depth == j->matched + 1 && j->matched > 0)
		j->matched--;
	j->depth--;
	j->in_rows &= j->depth >= j->rows_depth;
	j->expect = j->depth == 0 ? END : COMMA;
	s->at++;
	return true;
}

static bool take_row(struct pass *s)
{
	struct jsondoc *j = s->j;
	size_t n = value_bytes(s->p + s->at, s->n - s->at, s->is_last);

	if (n == 0) {
		s->is_short = true;
		return false;
	}
	if (j->rows != NULL)
		jsonl_take(j->rows, s->p, s->at, n, s->place, s->b);
	else if (j->names != NULL)
		jsonl_names_add(j->names, s->p + s->at, n);
	pass_value(s, n);
	j->expect = j->depth == 0 ? END : COMMA;
	return true;
}

static bool take_scalar(struct pass *s)
{
	size_t n = value_bytes(s->p + s->at, s->n - s->at, s->is_last);
	struct json_walk w = { .p = s->p + s->at, .n = n, .mem = s->j->mem };
	struct json_value v;

	if (n == 0) {
		s->is_short = true;
		return false;
	}
	if (!json_walk_value(&w, &v) || w.at < n)
		return fault(s, w.reason != NULL ? w.reason : "a value was expected");
	pass_value(s, n);
	s->j->expect = s->j->depth == 0 ? END : COMMA;
	s->j->is_hit = false;
	return true;
}

/* Notes the way to an array of objects that does not stand in another array. */
static void note_place(struct pass *s)
{
	struct jsondoc *j = s->j;
	size_t at = s->at + 1;
	const char *way = "";

	for (int i = 0; i < j->depth; i++)
		if (!j->is_object[i])
			return;
	while (at < s->n && is_space(s->p[at]))
		at++;
	if (at == s->n || s->p[at] != '{' || j->nplaces == JSONDOC_PLACES_MAX)
		return;
	for (int i = 0; i < j->depth; i++) {
		way = arena_printf(j->mem, "%s/", way);
		for (size_t k = 0; k < j->key[i].n; k++) {
			char c = j->key[i].p[k];

			way = c == '~' ? arena_printf(j->mem, "%s~0", way)
			      : c == '/' ? arena_printf(j->mem, "%s~1", way)
					 : arena_printf(j->mem, "%s%c", way, c);
		}
	}
	j->place[j->nplaces++] = way;
}

static bool step_value(struct pass *s, char c)
{
	struct jsondoc *j = s->j;
	bool is_target = j->place == NULL && !j->has_rows &&
		(j->depth == 0 ? j->npath == 0 : j->is_hit && j->matched + 1 == j->npath);

	if (strchr("]},:", c) != NULL)
		return fault(s, "a value was expected");
	if (j->in_rows && j->depth == j->rows_depth)
		return take_row(s);
	if (is_target) {
		j->has_rows = c == '{' || c == '[';
		if (!j->has_rows)
			return fault(s, "where the rows should be is no array of objects");
		if (c == '{') {
			j->has_rows = take_row(s);
			j->is_hit = j->is_hit && !j->has_rows;
			return j->has_rows;
		}
		j->in_rows = true;
		j->rows_depth = j->depth + 1;
		j->is_hit = false;
	}
	if (c == '[' && j->place != NULL)
		note_place(s);
	if (c == '{' || c == '[')
		return open_value(s, c == '{');
	return take_scalar(s);
}

static bool step_key(struct pass *s, char c)
{
	struct jsondoc *j = s->j;
	struct json_walk w = { .p = s->p + s->at, .n = s->n - s->at, .mem = j->mem };
	struct json_value v;
	struct slice name;
	size_t n;

	if (c != '"')
		return fault(s, "a name was expected");
	n = string_bytes(w.p, w.n);
	s->is_short = n == 0;
	if (n == 0)
		return false;
	if (!json_walk_string(&w, &v))
		return fault(s, w.reason);
	j->is_hit = false;
	if (j->place != NULL || (j->depth == j->matched + 1 && j->matched < j->npath)) {
		if (!json_walk_unescape(&w, &v, &name))
			return fault(s, w.reason);
		j->is_hit = j->matched < j->npath && slice_eq(name, j->path[j->matched]);
		if (j->place != NULL)
			j->key[j->depth - 1] = (struct slice){
				arena_strndup(j->mem, name.p, name.n), name.n,
			};
	}
	if (j->is_hit && j->has_rows)
		return fault(s, "the name of the rows comes twice");
	s->at += n;
	j->expect = COLON;
	return true;
}

static bool step(struct pass *s)
{
	struct jsondoc *j = s->j;
	char c = s->p[s->at];

	switch (j->expect) {
	case FIRST_VALUE:
		return c == ']' ? close_value(s) : step_value(s, c);
	case VALUE:
		return step_value(s, c);
	case FIRST_KEY:
		return c == '}' ? close_value(s) : step_key(s, c);
	case KEY:
		return step_key(s, c);
	case COLON:
		if (c != ':')
			return fault(s, "a colon was expected");
		s->at++;
		j->expect = VALUE;
		return true;
	case COMMA:
		if (c == (j->is_object[j->depth - 1] ? '}' : ']'))
			return close_value(s);
		if (c != ',')
			return fault(s, "a comma or the closing bracket was expected");
		s->at++;
		j->expect = j->is_object[j->depth - 1] ? KEY : VALUE;
		return true;
	case END:
		break;
	}
	return fault(s, "something stands behind the document");
}

static bool has_room(const struct pass *s, uint32_t max_rows)
{
	return s->b == NULL || (s->b->nrows < max_rows && s->b->nrows < s->b->cap);
}

static size_t walk(struct pass *s, uint32_t max_rows)
{
	struct jsondoc *j = s->j;

	while (j->fault == NULL && has_room(s, max_rows)) {
		while (s->at < s->n && is_space(s->p[s->at]))
			s->place->line += s->p[s->at++] == '\n';
		if (s->at == s->n || !step(s))
			break;
	}
	if (j->fault != NULL || !s->is_last || !has_room(s, max_rows))
		return s->at;
	if (s->is_short || j->expect != END)
		fault(s, s->is_short ? "the document ends within what starts there"
				     : "the document ends before it is complete");
	else if (!j->has_rows)
		fault(s, "there is no such place in the document");
	return s->at;
}

size_t jsondoc_scan_rows(struct jsondoc *j, const char *data, size_t n, bool is_last,
			 struct csv_place *place, struct batch *b, uint32_t max_rows)
{
	struct pass s = { .j = j, .p = data, .n = n, .is_last = is_last, .place = place, .b = b };

	return walk(&s, max_rows);
}

/* ---- samples ------------------------------------------------------------------------------ */

int jsondoc_places(struct arena *mem, const char *data, size_t n, const char **place)
{
	struct csv_place at = { 1, 1, 0 };
	struct jsondoc *j = jsondoc_new(mem, NULL, "");

	j->place = place;
	jsondoc_scan_rows(j, data, n, false, &at, NULL, 0);
	return j->nplaces;
}

int jsondoc_fields(struct arena *mem, const char *data, size_t n, const char *rows_at,
		   bool is_flat, const char ***names)
{
	struct arena *work = arena_new(mem, "rows");
	struct csv_place at = { 1, 1, 0 };
	struct jsondoc *j = jsondoc_new(work, NULL, rows_at);
	struct jsonl_names *found;

	found = j->names = jsonl_names_new(mem, is_flat);
	jsondoc_scan_rows(j, data, n, false, &at, NULL, 0);
	arena_free(work);
	return jsonl_names_get(found, names);
}
