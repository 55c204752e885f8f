/*
 * core/command/reject_try.c
 *	The command reject try: what an expression would make of a group of rejects.
 *
 * Nothing is written and nothing is locked: the fix is laid over the first rows of the group in
 * memory. The plan of reject fix counts all of them, before anything is done.
 */
#include <jansson.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/fixing.h"
#include "core/command/lists.h"
#include "core/flow/expr.h"

#define SHOWN 12	/* rows that are told one by one */
#define SHOWN_BYTES 300	/* of a value */

struct trial {
	struct fixing f;	/* st.own is this */
	int nrows;
	struct fixing_row *row;	/* copies, in order of id */
	const char *problem;	/* of the expression; NULL: none */
	int at;			/* the character it is about; 0: of none */
	int64_t passes;
	struct rejects_forecast forecast;
	struct schema fields;
};

static struct slice copy(struct arena *mem, struct slice v)
{
	return v.p != NULL ? (struct slice){ arena_strndup(mem, v.p, v.n), v.n } : v;
}

static void saw(void *ctx, const struct fixing_row *row)
{
	struct trial *t = ctx;
	struct arena *mem = t->f.st.mem;

	t->row[t->nrows++] = (struct fixing_row){
		row->id, copy(mem, row->before), copy(mem, row->after),
		row->problem != NULL ? arena_strdup(mem, row->problem) : NULL };
}

/* ---- which cell ------------------------------------------------------------------------ */

/* The one field of the source that makes a field of the target; -1: none does alone. */
static int source_of(struct arena *mem, const struct pipeline *p, const struct schema *fields,
		     const char *target)
{
	uint8_t *used = arena_alloc(mem, (size_t)fields->nfields + 1);
	struct err err = { 0 };
	struct expr *e;
	int found = -1;

	for (int i = 0; i < p->nmaps; i++)
		if (strcmp(p->map[i].target, target) == 0 &&
		    expr_compile(mem, p->map[i].expr, fields, &e, &err) == ERR_OK)
			expr_fields(e, used);
	for (int i = 0; i < fields->nfields; i++) {
		if (used[i] && found >= 0)
			return -1;
		if (used[i])
			found = i;
	}
	return found >= 0 ? found : schema_find(fields, slice_of(target));
}

static enum err_code read_fields(struct trial *t, struct err *err)
{
	struct arena *mem = t->f.st.mem;
	struct replay_reader *r;
	enum err_code rc = replay_reader_new(mem, t->f.st.db, &t->f.asked, REPLAY_LOOSE, &r, err);

	if (rc == ERR_OK)
		t->fields = *replay_reader_fields(r);
	return rc;
}

/* What is not said: the cell that the field in which they failed is made of. */
static const char *choose_field(struct trial *t, const struct cmd_args *in,
				const struct rejects_groups *groups)
{
	const char *target = arg_text(in, "field");
	int i = -1;

	if (arg_given(in, "cell"))
		return arg_text(in, "cell");
	if (target != NULL && groups->n > 0)
		i = source_of(t->f.st.mem, &groups->g[0].p, &t->fields, target);
	return t->fields.field[i >= 0 ? i : 0].name;
}

/* ---- looking ----------------------------------------------------------------------------- */

/* An expression that does not compile is an answer. */
static enum err_code find(struct trial *t, struct err *err)
{
	enum err_code rc = fixing_find(&t->f.st, err);

	if (rc != ERR_CONFIG)
		return rc;
	t->problem = arena_strdup(t->f.st.mem, err->frame[0].text);
	t->at = expr_error_at(err);
	t->f.st.nchanges = t->nrows = 0;
	err_clear(err);
	return ERR_OK;
}

static enum err_code look_ahead(struct trial *t, struct rejects_groups *groups, struct err *err)
{
	struct staging *st = &t->f.st;
	enum err_code rc = ERR_OK;

	for (int i = 0; i < groups->n && rc == ERR_OK; i++) {
		struct rejects_forecast one;

		groups->g[i].over = st->change;
		groups->g[i].nover = st->nchanges;
		rc = rejects_forecast(st->ctx, st->db, &groups->g[i], t->f.asked.n, &one, err);
		if (rc != ERR_OK)
			break;
		t->passes += one.passes + one.filtered;
		if (i == 0)
			t->forecast = one;
	}
	return rc;
}

static const char *fate(const struct trial *t, const struct fixing_row *row)
{
	if (row->problem != NULL)
		return row->problem;
	for (int i = 0; i < t->forecast.nwhy; i++)
		if (t->forecast.why[i].id == row->id)
			return t->forecast.why[i].why;
	return NULL;
}

/* ---- the answer --------------------------------------------------------------------------- */

static const struct val_spec args[] = {
	{ "cell", VAL_TEXT, ARG_POSITIONAL, NULL, "FIELD",
	  "The cell that is to change; without it, the one that made the field fail.", 0 },
	{ "expression", VAL_TEXT, ARG_POSITIONAL, NULL, NULL,
	  "What is to stand in it; without it, the cell as it is.", 0 },
	REJECTS_WHICH("where"),
	{ "rows", VAL_INT8, 0, "2000", NULL, "Rejects to look at, 1 to 10000.", 0 },
	VAL_END
};

static const struct val_spec reply[] = {
	{ "cell", VAL_TEXT, 0, NULL, NULL, "The cell.", 0 },
	{ "from", VAL_TEXT, COL_WRAP, NULL, NULL, "The expression.", 0 },
	{ "problem", VAL_TEXT, COL_WRAP, NULL, NULL, "What is wrong with it.", 0 },
	{ "at", VAL_INT8, 0, NULL, NULL, "Character of the expression it is about.", 0 },
	{ "rejects", VAL_INT8, 0, NULL, NULL, "Rejects that were looked at.", 0 },
	{ "more", VAL_BOOL, 0, NULL, NULL, "There are more than were looked at.", 0 },
	{ "changed", VAL_INT8, 0, NULL, NULL, "Those whose cell would be another.", 0 },
	{ "passes", VAL_INT8, 0, NULL, NULL,
	  "Those that would now pass mapping and checks.", 0 },
	{ "samples", VAL_JSON, COL_WRAP, NULL, NULL,
	  "Some of them, those that fail first: row (the reject), before, after, problem.", 0 },
	{ "fields", VAL_JSON, COL_WIDE, NULL, NULL, "Fields of the rows.", 0 },
	VAL_END
};

static json_t *json_of(struct arena *mem, struct slice v)
{
	return body_value(mem, (struct slice){ v.p, v.n < SHOWN_BYTES ? v.n : SHOWN_BYTES });
}

static void add_samples(const struct trial *t, bool failing, json_t *to)
{
	struct arena *mem = t->f.st.mem;

	for (int i = 0; i < t->nrows && json_array_size(to) < SHOWN; i++) {
		const struct fixing_row *row = &t->row[i];
		const char *why = fate(t, row);
		json_t *one;

		if ((why != NULL) != failing)
			continue;
		one = json_object();
		json_object_set_new(one, "row", json_integer(row->id));
		json_object_set_new(one, "before", json_of(mem, row->before));
		json_object_set_new(one, "after", json_of(mem, row->after));
		json_object_set_new(one, "problem", why != NULL ? json_of(mem, slice_of(why))
								: json_null());
		json_array_append_new(to, one);
	}
}

static void put(struct trial *t, const char *cell, const char *expr, bool more, struct reply *out)
{
	json_t *samples = json_array(), *names = json_array();

	add_samples(t, true, samples);
	add_samples(t, false, samples);
	for (int i = 0; i < t->fields.nfields; i++)
		json_array_append_new(names, json_string(t->fields.field[i].name));
	reply_text(out, "cell", cell);
	reply_text(out, "from", expr);
	reply_text(out, "problem", t->problem);
	if (t->at > 0)
		reply_int8(out, "at", t->at);
	reply_int8(out, "rejects", t->f.asked.n);
	reply_bool(out, "more", more);
	if (t->problem == NULL) {
		reply_int8(out, "changed", t->f.st.nchanges);
		reply_int8(out, "passes", t->passes);
	}
	reply_json(out, "samples", body_text(t->f.st.mem, samples));
	reply_json(out, "fields", body_text(t->f.st.mem, names));
	reply_end_row(out);
	json_decref(samples);
	json_decref(names);
}

static enum err_code run_on(struct trial *t, const struct cmd_args *in, bool more,
			    struct reply *out, struct err *err)
{
	struct staging *st = &t->f.st;
	struct rejects_groups groups;
	const char *cell = NULL, *expr = NULL;
	enum err_code rc = read_fields(t, err);

	if (rc == ERR_OK)
		rc = rejects_group(st->ctx, st->db, &t->f.asked, &groups, err);
	if (rc == ERR_OK) {
		cell = choose_field(t, in, &groups);
		expr = arg_given(in, "expression") ? arg_text(in, "expression")
						   : body_quoted(st->mem, cell);
		t->f.set[0] = (struct cell_set){ .field = cell, .expr = expr };
		t->f.nsets = 1;
		rc = find(t, err);
	}
	if (rc == ERR_OK && t->problem == NULL)
		rc = look_ahead(t, &groups, err);
	if (rc == ERR_OK)
		put(t, cell, expr, more, out);
	return rc;
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	struct trial *t = arena_alloc(ctx->mem, sizeof(*t));
	int64_t rows = arg_int8(in, "rows");
	bool more;
	enum err_code rc;

	if (rows < 1 || rows > 10000)
		return err_set(err, ERR_USAGE, "--rows takes a number from 1 to 10000");
	t->f.st = (struct staging){ .ctx = ctx, .kind = "fix", .own = &t->f, .mem = ctx->mem };
	t->f.saw = saw;
	rc = cmd_db(ctx, &t->f.st.db, err);
	if (rc == ERR_OK)
		rc = rejects_some(ctx, in, (int)rows + 1, &t->f.asked, err);
	if (rc != ERR_OK)
		return rc;
	if (t->f.asked.n == 0)
		return err_set(err, ERR_NOT_FOUND, "no reject matches: there is nothing to fix");
	more = t->f.asked.n > rows;
	if (more)
		t->f.asked.n = (int)rows;
	t->row = arena_array(ctx->mem, (size_t)t->f.asked.n + 1, sizeof(*t->row));
	return run_on(t, in, more, out, err);
}

static const struct cmd_example examples[] = {
	{ "leat reject try amount \"replace(amount, ',', '.')\" --where 'field=amount'",
	  "What it would make of all in which the amount failed" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_try = {
	.name = "reject try",
	.since = "0.2",
	.summary = "Try an expression for a cell of many rejects, and change nothing.",
	.text = "Before and after of some rows, and how many of those looked at would now pass the "
		"mapping and the checks of the present pipeline. The console asks it at every key; "
		"leat reject fix tells the same of all of them before it is done.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
