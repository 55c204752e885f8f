/*
 * core/command/fixing.c
 *	Makes new cells for rejects and says which rows they change.
 */
#include "core/command/fixing.h"

#include <stdatomic.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/flow/expr.h"

#define HINT_NAMES 200

/* ---- what is asked for ------------------------------------------------------------ */

enum err_code fixing_set(struct fixing *f, const char *word, const char *option, bool is_expr,
			 struct err *err)
{
	struct cell_set *s = &f->set[f->nsets];
	const char *value;
	enum err_code rc;

	if (f->nsets == FIXING_SETS_MAX)
		return err_set(err, ERR_USAGE, "at most %d cells can be fixed at once",
			       FIXING_SETS_MAX);
	rc = body_split(f->st.ctx->mem, option, word, &s->field, &value, err);
	if (rc != ERR_OK)
		return rc;
	*(is_expr ? &s->expr : &s->text) = value;
	for (int i = 0; i < f->nsets; i++)
		if (strcmp(f->set[i].field, s->field) == 0)
			return err_set(err, ERR_USAGE, "%s is set twice", s->field);
	f->nsets++;
	f->st.what = arena_printf(f->st.ctx->mem, "%s%s%s=%s", f->st.what,
				  f->st.what[0] != '\0' ? ", " : "", s->field, value);
	return ERR_OK;
}

/* ---- the new cells ------------------------------------------------------------------ */

/* "id, name, amount", so many as a line of a hint holds. */
static const char *names_of(struct arena *mem, const struct schema *fields)
{
	const char *out = fields->nfields > 0 ? fields->field[0].name : "none";

	for (int i = 1; i < fields->nfields; i++) {
		if (strlen(out) + strlen(fields->field[i].name) > HINT_NAMES)
			return arena_printf(mem, "%s, ... (%d)", out, fields->nfields);
		out = arena_printf(mem, "%s, %s", out, fields->field[i].name);
	}
	return out;
}

static enum err_code compile(struct fixing *f, const struct schema *fields, struct err *err)
{
	const struct type_spec text = { .type = TYPE_TEXT };

	for (int i = 0; i < f->nsets; i++) {
		struct cell_set *s = &f->set[i];
		struct expr *e;
		enum err_code rc;

		s->column = schema_find(fields, slice_of(s->field));
		if (s->column < 0) {
			err_set(err, ERR_USAGE, "the rows have no field %s", s->field);
			err_hint(err, "They have %s.", names_of(f->st.mem, fields));
			return ERR_USAGE;
		}
		s->field = arena_strdup(f->st.ctx->mem, fields->field[s->column].name);
		if (s->expr == NULL)
			continue;
		rc = expr_compile(f->st.mem, s->expr, fields, &e, err);
		if (rc == ERR_OK)
			rc = expr_cast(f->st.mem, e, &text, &s->compiled, err);
		if (rc != ERR_OK)
			return err_wrap(err, rc, "--set %s", s->field);
	}
	return ERR_OK;
}

static bool is_as_before(const struct column *was, uint32_t row, bool is_null, struct slice v)
{
	if (was->null[row] || is_null)
		return was->null[row] && is_null;
	return slice_eq(was->v.text[row], v);
}

/* The cells of one row that change, as JSON; NULL: none. */
static const char *row_fix(struct fixing *f, const struct batch *in, const struct batch *made,
			   uint32_t row)
{
	json_t *fix = json_object();
	const char *out = NULL;

	for (int i = 0; i < f->nsets; i++) {
		const struct cell_set *s = &f->set[i];
		bool is_null = s->text == NULL && made->col[i].null[row];
		struct slice v = s->text != NULL ? slice_of(s->text)
			       : is_null ? (struct slice){ "", 0 } : made->col[i].v.text[row];
		json_t *value = is_null ? json_null() : json_stringn(v.p, v.n);

		if (value != NULL && !is_as_before(&in->col[s->column], row, is_null, v))
			json_object_set(fix, s->field, value);
		json_decref(value);
	}
	if (json_object_size(fix) > 0)
		out = body_text(f->st.mem, fix);
	json_decref(fix);
	return out;
}

/* The first problem of a row of what was made. */
static const char *problem_of(const struct batch *made, uint32_t row)
{
	for (uint32_t i = 0; i < made->nproblems; i++)
		if (made->problem[i].row == row)
			return made->problem[i].reason;
	return NULL;
}

static void show_row(struct fixing *f, const struct batch *in, const struct batch *made,
		     uint32_t row, const struct repair_row *r)
{
	const struct column *was = &in->col[f->set[0].column], *now = &made->col[0];
	bool is_broken = made->state[row] == ROW_REJECTED;
	struct fixing_row out = { .id = r->id };

	if (f->saw == NULL)
		return;
	if (!was->null[row])
		out.before = was->v.text[row];
	if (is_broken)
		out.problem = problem_of(made, row);
	else if (f->set[0].text != NULL)
		out.after = slice_of(f->set[0].text);
	else if (!now->null[row])
		out.after = now->v.text[row];
	f->saw(f->st.own, &out);
}

static void take_rows(struct fixing *f, const struct batch *in, const struct batch *made,
		      const struct repair_rows *rows)
{
	for (uint32_t row = 0; row < in->nrows; row++) {
		const char *fix;

		show_row(f, in, made, row, &rows->r[row]);
		if (made->state[row] == ROW_REJECTED) {
			f->failed++;
			if (f->first_failure == NULL)
				f->first_failure = arena_strdup(f->st.mem, problem_of(made, row));
			continue;
		}
		fix = row_fix(f, in, made, row);
		if (fix == NULL) {
			f->st.same++;
			continue;
		}
		/* What the expression saw must still be there. */
		f->st.change[f->st.nchanges++] = (struct repair_change){
			rows->r[row].id, rows->r[row].version, fix, rows->r[row].job,
		};
	}
}

static void evaluate(struct fixing *f, struct expr_run *run, struct batch *in, struct batch *made)
{
	batch_reset(made);
	made->nrows = in->nrows;
	memset(made->state, ROW_LIVE, in->nrows);
	for (int i = 0; i < f->nsets; i++)
		if (f->set[i].compiled != NULL)
			expr_eval(run, f->set[i].compiled, in, made, i, f->set[i].field);
}

enum err_code fixing_find(struct staging *st, struct err *err)
{
	struct fixing *f = st->own;
	struct schema texts = { .nfields = f->nsets };
	struct batch *in = NULL, *made = NULL;
	struct replay_reader *r;
	struct expr_run *run;
	enum err_code rc = replay_reader_new(f->st.mem, f->st.db, &f->asked, REPLAY_LOOSE, &r, err);

	f->failed = 0;
	f->first_failure = NULL;
	f->st.change = arena_array(f->st.mem, (size_t)f->asked.n + 1, sizeof(*f->st.change));
	if (rc == ERR_OK)
		rc = compile(f, replay_reader_texts(r), err);
	if (rc != ERR_OK)
		return rc;
	texts.field = arena_array(f->st.mem, (size_t)f->nsets, sizeof(*texts.field));
	for (int i = 0; i < f->nsets; i++)
		texts.field[i] = (struct field){ .name = f->set[i].field,
						 .type = { .type = TYPE_TEXT } };
	in = replay_reader_batch(r);
	made = batch_new(&texts, f->nsets, in->cap);
	run = expr_run_new(f->st.mem, in->cap);
	do {
		rc = replay_reader_next(r, in, err);
		if (rc != ERR_OK || in->nrows == 0)
			break;
		evaluate(f, run, in, made);
		take_rows(f, in, made, replay_reader_rows(r));
		if (atomic_load(f->st.ctx->stop) != 0)
			rc = err_set(err, ERR_INTERRUPTED, "interrupted; nothing was fixed");
	} while (rc == ERR_OK);
	batch_free(in);
	batch_free(made);
	staging_line(st, "not computed", f->failed, f->first_failure);
	return rc;
}
