/*
 * core/command/reject_fix.c
 *	The command reject fix: cells of one reject, or an expression for many.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/command/lists.h"
#include "core/command/staging.h"
#include "core/flow/expr.h"

#define SETS_MAX    50
#define SAMPLES_MAX 100

/* One cell that is to change: to a text, or to what an expression gives. */
struct cell_set {
	const char *field;
	const char *text;	/* NULL: expr */
	const char *expr;
	int column;	/* of the source */
	struct expr *compiled;
};

struct fixing {
	struct staging st;
	struct replay_set asked;
	int nsets;
	struct cell_set set[SETS_MAX];
	int64_t failed;	/* rows that the expression breaks on */
	const char *first_failure;
};

/* ---- what is asked for ------------------------------------------------------------ */

static enum err_code add_set(struct fixing *f, const char *word, const char *option, bool is_expr,
			     struct err *err)
{
	struct cell_set *s = &f->set[f->nsets];
	const char *value;
	enum err_code rc;

	if (f->nsets == SETS_MAX)
		return err_set(err, ERR_USAGE, "at most %d cells can be fixed at once", SETS_MAX);
	rc = body_split(f->st.ctx->mem, option, word, &s->field, &value, err);
	if (rc != ERR_OK)
		return rc;
	*(is_expr ? &s->expr : &s->text) = value;
	for (int i = 0; i < f->nsets; i++)
		if (strcmp(f->set[i].field, s->field) == 0)
			return err_set(err, ERR_USAGE, "%s is set twice", s->field);
	f->nsets++;
	f->st.what = arena_printf(f->st.ctx->mem, "%s%s%s=%s", f->st.what, f->st.what[0] != '\0' ? ", " : "",
			       s->field, value);
	return ERR_OK;
}

static enum err_code read_args(struct fixing *f, const struct cmd_args *in, struct err *err)
{
	int64_t samples = arg_int8(in, "samples");
	enum err_code rc = ERR_OK;

	f->st.what = "";
	for (int i = 0; i < arg_count(in, "cell") && rc == ERR_OK; i++)
		rc = add_set(f, arg_nth(in, "cell", i), "reject fix", false, err);
	for (int i = 0; i < arg_count(in, "set") && rc == ERR_OK; i++)
		rc = add_set(f, arg_nth(in, "set", i), "--set", true, err);
	if (rc == ERR_OK && f->nsets == 0) {
		err_set(err, ERR_USAGE, "reject fix: what is to be changed?");
		err_hint(err, "Say FIELD=VALUE, or --set 'FIELD=EXPR'.");
		return ERR_USAGE;
	}
	if (rc == ERR_OK && (samples < 0 || samples > SAMPLES_MAX))
		return err_set(err, ERR_USAGE, "--samples takes a number from 0 to %d",
			       SAMPLES_MAX);
	f->st.samples = (int)samples;
	return rc;
}

/* ---- the new cells ------------------------------------------------------------------ */

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
			for (int k = 0; k < fields->nfields && k < 1; k++)
				err_hint(err, "They have %s and %d others; see leat reject show.",
					 fields->field[k].name, fields->nfields - 1);
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

static void take_rows(struct fixing *f, const struct batch *in, const struct batch *made,
		      const struct repair_rows *rows)
{
	for (uint32_t row = 0; row < in->nrows; row++) {
		const char *fix;

		if (made->state[row] == ROW_REJECTED) {
			f->failed++;
			if (f->first_failure == NULL)
				f->first_failure = arena_strdup(f->st.mem, made->problem[0].reason);
			continue;
		}
		fix = row_fix(f, in, made, row);
		if (fix == NULL) {
			f->st.same++;
			continue;
		}
		/* What the expression saw must still be there. */
		f->st.change[f->st.nchanges++] = (struct repair_change){ rows->r[row].id,
								   rows->r[row].version, fix };
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

static enum err_code find_changes(struct staging *st, struct err *err)
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

/* ---- the command ----------------------------------------------------------------------- */

/* Why the one reject was not fixed. */
static enum err_code explain(const struct fixing *f, struct err *err)
{
	int64_t id = f->asked.id[0];
	const char *why = f->st.verdicts.n > 0 ? f->st.verdicts.v[0].why : "same";

	if (f->failed > 0)
		return err_set(err, ERR_USAGE, "reject %" PRId64 ": %s", id, f->first_failure);
	if (strcmp(why, "same") == 0)
		return ERR_OK;
	if (strcmp(why, "in replay") == 0)
		return err_set(err, ERR_CONFLICT, "reject %" PRId64 " is being replayed", id);
	return err_set(err, ERR_CONFLICT, "reject %" PRId64 " is %s", id, why);
}

static enum err_code run_fix(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			     struct err *err)
{
	struct fixing f = { .st = { .ctx = ctx, .kind = "fix", .find = find_changes, .own = &f } };
	bool is_one = arg_count(in, "id") > 0;
	enum err_code rc = read_args(&f, in, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &f.st.db, err);
	if (rc == ERR_OK)
		rc = rejects_find(ctx, in, "where", &f.asked, err);
	if (rc != ERR_OK)
		return rc;
	if (f.asked.n == 0) {
		cmd_note(ctx, "no reject matches: nothing to fix");
		return ERR_OK;
	}
	rc = staging_run(&f.st, arg_bool(in, "dry-run") ? STAGING_PLAN
			 : is_one ? STAGING_GO : STAGING_ASK, out, err);
	return rc == ERR_OK && is_one && f.st.staged.n == 0 ? explain(&f, err) : rc;
}

static const struct val_spec fix_args[] = {
	{ "id", VAL_INT8, ARG_POSITIONAL, NULL, NULL, "The reject; or say with options which.", 0 },
	{ "cell", VAL_TEXT, ARG_POSITIONAL | ARG_REPEAT, NULL, "FIELD=VALUE",
	  "A cell and the text that is to stand in it.", 0 },
	REJECTS_WHICH("where"),
	{ "set", VAL_TEXT, ARG_REPEAT, NULL, "FIELD=EXPR",
	  "A cell, and an expression over the fields of the source.", 0 },
	{ "samples", VAL_INT8, 0, "5", NULL, "Rows shown before and after.", 0 },
	{ "dry-run", VAL_BOOL, 0, NULL, NULL, "Show the plan only.", 0 },
	VAL_END
};

static const struct val_spec fix_reply[] = { STAGING_REPLY, VAL_END };

static const struct cmd_example fix_examples[] = {
	{ "leat reject fix 7 amount=12.50", "One cell of one reject" },
	{ "leat reject fix --where 'field=amount rule=type' --set \"amount=replace(amount, ',', '.')\"",
	  "What an expression would make of many, and how many would then pass" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_fix = {
	.name = "reject fix",
	.since = "0.1",
	.summary = "Change cells of rejects; a replay takes them as they are then.",
	.text = "The row as it stood is never changed: a fix is laid over its cells, and each is a "
		"step with who, when, before and after (leat reject history). What is fixed is "
		"staged until leat reject replay, and leat reject undo takes it back.\n\n"
		"Expressions are those of mappings (leat help expressions), over the fields of the "
		"source as text. Of many rejects comes a plan first: some rows before and after, how "
		"many are touched, and how many would now pass the mapping and the checks of the "
		"present pipeline; --yes, or a yes on the terminal, stages them. What only the target "
		"refuses (a foreign key, say) is not known before the replay.",
	.flags = CMD_WRITES | CMD_PLANS | CMD_IDEMPOTENT,
	.args = fix_args,
	.reply = fix_reply,
	.examples = fix_examples,
	.run = run_fix,
};
