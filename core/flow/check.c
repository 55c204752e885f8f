/*
 * core/flow/check.c
 *	Checks over mapped batches.
 */
#include "core/flow/check.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/check_rule.h"
#include "core/flow/expr_node.h"
#include "core/flow/format.h"
#include "core/flow/hashset.h"
#include "core/flow/pgbin.h"

/* exists-in remembers that many answers; then it forgets them all. */
#define ANSWERS_MAX (1u << 20)

enum err_code check_compile(struct arena *mem, int n, const char *const *text,
			    const struct schema *fields, struct check_set **out, struct err *err)
{
	struct check_set *set = arena_alloc(mem, sizeof(*set));
	enum err_code rc = ERR_OK;

	set->fields = fields;
	set->mem = mem;
	set->rule = arena_array(mem, (size_t)n, sizeof(*set->rule));
	for (int i = 0; i < n && rc == ERR_OK; i++) {
		rc = check_parse(mem, text[i], fields, &set->rule[i], err);
		set->nrules = i + 1;
		if (rc != ERR_OK)
			err_wrap(err, rc, "check \"%s\"",
				 text_fit(mem, text[i], strlen(text[i]), 80));
	}
	if (rc != ERR_OK)
		check_free(set);
	else
		*out = set;
	return rc;
}

void check_free(struct check_set *set)
{
	if (set == NULL)
		return;
	for (int i = 0; i < set->nrules; i++) {
		hashset_free(set->rule[i].seen);
		set->rule[i].seen = NULL;
	}
}

void check_set_lookup(struct check_set *set, exists_fn fn, void *ctx)
{
	set->exists = fn;
	set->exists_ctx = ctx;
}

bool check_needs_lookup(const struct check_set *set)
{
	for (int i = 0; i < set->nrules; i++)
		if (set->rule[i].kind == RULE_EXISTS)
			return true;
	return false;
}

static struct slice cell_text(struct batch *rows, int field, uint32_t row)
{
	if (field < 0)
		return SLICE("");
	return format_cell(rows->mem, &rows->col[field], row);
}

static const char *field_name(const struct check_set *set, const struct rule *r)
{
	return r->field < 0 ? "" : set->fields->field[r->field].name;
}

static void fail(const struct check_set *set, const struct rule *r, struct batch *rows,
		 uint32_t row)
{
	batch_reject(rows, row, field_name(set, r), cell_text(rows, r->field, row), r->name, "%s",
		     r->reason);
}

static void run_condition(struct check_set *set, const struct rule *r, struct batch *rows,
			  const uint8_t *look)
{
	struct vec v = expr_peek(set->run, r->expr, rows, rows, field_name(set, r), look);

	if (r->kind == RULE_CONVERT)
		return;	/* whoever could not be converted has been told */
	for (uint32_t i = 0; i < rows->nrows; i++)
		if (look[i] && !v.null[i & v.mask] && !v.v.i64[i & v.mask])
			fail(set, r, rows, i);
}

/* A field that failed before has no value any more; that is not to be missing. */
static const uint8_t *find_failed(struct check_set *set, const struct batch *rows,
				  const char *field)
{
	memset(set->found, 0, rows->nrows);
	for (uint32_t i = 0; i < rows->nproblems; i++)
		if (strcmp(rows->problem[i].field, field) == 0)
			set->found[rows->problem[i].row] = 1;
	return set->found;
}

static void run_required(struct check_set *set, const struct rule *r, struct batch *rows,
			 const uint8_t *look)
{
	const struct column *c = &rows->col[r->field];
	const uint8_t *failed = find_failed(set, rows, field_name(set, r));

	for (uint32_t i = 0; i < rows->nrows; i++) {
		bool blank = c->null[i] || (c->type == TYPE_TEXT && c->v.text[i].n == 0);

		if (!look[i] || !blank)
			continue;
		if (rows->state[i] == ROW_REJECTED && failed[i])
			continue;
		fail(set, r, rows, i);
	}
}

static int64_t count_chars(struct slice s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

static void run_length(struct check_set *set, const struct rule *r, struct batch *rows,
		       const uint8_t *look)
{
	const struct column *c = &rows->col[r->field];

	for (uint32_t i = 0; i < rows->nrows; i++) {
		struct slice s;
		int64_t n;

		if (!look[i] || c->null[i])
			continue;
		s = c->type == TYPE_TEXT ? c->v.text[i] : cell_text(rows, r->field, i);
		/* Bytes are at least as many as characters: mostly no need to count. */
		if ((int64_t)s.n <= r->most && (int64_t)s.n >= r->least * 4)
			continue;
		n = count_chars(s);
		if (n < r->least || n > r->most)
			batch_reject(rows, i, field_name(set, r), s, r->name,
				     "has %lld characters, not %s", (long long)n, r->reason);
	}
}

/*
 * Runs last: a row that was rejected otherwise does not claim its value, but
 * still learns that it came second.
 */
static void run_unique(struct check_set *set, const struct rule *r, struct batch *rows,
		       const uint8_t *look)
{
	const struct column *c = &rows->col[r->field];

	for (uint32_t i = 0; i < rows->nrows; i++) {
		struct hash128 h;
		int64_t first;

		if (!look[i] || c->null[i])
			continue;
		h = hash_cell(c, i);
		first = rows->state[i] == ROW_LIVE ? hashset_add(r->seen, h, rows->at[i].row)
						   : hashset_find(r->seen, h);
		if (first >= 0)
			batch_reject(rows, i, field_name(set, r), cell_text(rows, r->field, i),
				     r->name,
				     "is there before, in row %lld", (long long)first);
	}
}

/* Cells that nobody was asked about yet, once each, as a column of their own. */
static uint32_t unknown_cells(const struct rule *r, struct batch *rows, const uint8_t *look,
			      struct column *out, struct hash128 *hash)
{
	const struct column *c = &rows->col[r->field];
	size_t width = expr_is_sliced(c->type) ? sizeof(struct slice)
		       : c->type == TYPE_DECIMAL ? sizeof(struct decimal) : sizeof(int64_t);
	struct hashset *asked = hashset_new();
	uint32_t n = 0;

	*out = (struct column){ .type = c->type };
	out->null = arena_alloc(rows->mem, rows->nrows + 1);
	out->v.any = arena_array(rows->mem, rows->nrows + 1, width);
	for (uint32_t i = 0; i < rows->nrows; i++) {
		struct hash128 h;

		if (!look[i] || c->null[i])
			continue;
		h = hash_cell(c, i);
		if (hashset_find(r->seen, h) >= 0 || hashset_add(asked, h, 0) >= 0)
			continue;
		hash[n] = h;
		memcpy((char *)out->v.any + n++ * width, (const char *)c->v.any + i * width, width);
	}
	hashset_free(asked);
	return n;
}

static enum err_code run_exists(struct check_set *set, struct rule *r, struct batch *rows,
				const uint8_t *look, struct err *err)
{
	const struct column *c = &rows->col[r->field];
	struct hash128 *hash = arena_array(rows->mem, rows->nrows + 1, sizeof(*hash));
	struct column ask;
	uint32_t n;
	enum err_code rc;

	if (set->exists == NULL)
		return err_set(err, ERR_CONFIG, "nobody can answer exists-in %s(%s)", r->stream,
			       r->stream_field);
	if (hashset_count(r->seen) > ANSWERS_MAX) {
		hashset_free(r->seen);
		r->seen = hashset_new();
	}
	n = unknown_cells(r, rows, look, &ask, hash);
	memset(set->found, 0, rows->nrows);
	if (n > 0) {
		rc = set->exists(set->exists_ctx, r->stream, r->stream_field, &ask, n, set->found,
				 err);
		if (rc != ERR_OK)
			return err_wrap(err, rc, "check exists-in %s(%s)", r->stream,
					r->stream_field);
	}
	for (uint32_t i = 0; i < n; i++)
		(void)hashset_add(r->seen, hash[i], set->found[i] != 0);
	for (uint32_t i = 0; i < rows->nrows; i++)
		if (look[i] && !c->null[i] && hashset_find(r->seen, hash_cell(c, i)) == 0)
			fail(set, r, rows, i);
	return ERR_OK;
}

static enum err_code run_rule(struct check_set *set, struct rule *r, struct batch *rows,
			      const uint8_t *look, struct err *err)
{
	if (r->field >= 0 && rows->col[r->field].pg_oid != 0) {
		enum err_code rc = pgbin_decode(rows, r->field, field_name(set, r), err);

		if (rc != ERR_OK)
			return rc;
	}
	switch (r->kind) {
	case RULE_CONDITION:
	case RULE_CONVERT:
		run_condition(set, r, rows, look);
		break;
	case RULE_REQUIRED:
		run_required(set, r, rows, look);
		break;
	case RULE_LENGTH:
		run_length(set, r, rows, look);
		break;
	case RULE_UNIQUE:
		run_unique(set, r, rows, look);
		break;
	case RULE_EXISTS:
		return run_exists(set, r, rows, look, err);
	}
	return ERR_OK;
}

static void make_room(struct check_set *set, uint32_t rows)
{
	if (set->run != NULL && set->run_rows >= rows)
		return;
	set->run = expr_run_new(set->mem, rows);
	set->run_rows = rows;
	set->look = arena_bytes(set->mem, rows);
	set->found = arena_bytes(set->mem, rows);
}

enum err_code check_run_rows(struct check_set *set, struct batch *rows, const uint8_t *look,
			     struct err *err)
{
	enum err_code rc = ERR_OK;

	make_room(set, rows->cap);
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < set->nrules && rc == ERR_OK; i++)
			if ((set->rule[i].kind == RULE_UNIQUE) == (pass == 1))
				rc = run_rule(set, &set->rule[i], rows, look, err);
	return rc;
}

enum err_code check_run(struct check_set *set, struct batch *rows, struct err *err)
{
	make_room(set, rows->cap);
	for (uint32_t i = 0; i < rows->nrows; i++)
		set->look[i] = rows->state[i] == ROW_LIVE;
	return check_run_rows(set, rows, set->look, err);
}
