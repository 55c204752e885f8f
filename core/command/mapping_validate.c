/*
 * core/command/mapping_validate.c
 *	The command mapping validate: a draft over the whole source, and nothing is written.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/command/jobs.h"
#include "core/command/mapping_work.h"

#define FAULTS_MAX 500	/* kinds of faults that are told apart */

/* Rows that failed by one rule of one field. */
struct fault {
	const char *field, *rule, *reason, *value;
	int64_t rows, first_row;
};

struct validation {
	struct arena *mem;
	struct fault fault[FAULTS_MAX];
	int n;
	int64_t more;		/* problems of further kinds */
};

static const char *own(struct validation *v, const char *text, size_t n)
{
	return arena_strndup(v->mem, text, n < 200 ? n : 200);
}

static void count(struct validation *v, const struct batch *rows, const struct problem *p)
{
	for (int i = 0; i < v->n; i++)
		if (strcmp(v->fault[i].field, p->field) == 0 &&
		    strcmp(v->fault[i].rule, p->rule) == 0) {
			v->fault[i].rows++;
			return;
		}
	if (v->n == FAULTS_MAX) {
		v->more++;
		return;
	}
	v->fault[v->n++] = (struct fault){
		own(v, p->field, strlen(p->field)), own(v, p->rule, strlen(p->rule)),
		own(v, p->reason, strlen(p->reason)),
		own(v, p->value.n > 0 ? p->value.p : "", p->value.n), 1, rows->at[p->row].row };
}

static void on_batch(void *ctx, const struct schema *fields, const struct batch *rows)
{
	struct validation *v = ctx;

	(void)fields;
	for (uint32_t i = 0; i < rows->nproblems; i++)
		count(v, rows, &rows->problem[i]);
}

static const struct val_spec args[] = {
	MAPPING_NAME,
	{ "published", VAL_BOOL, 0, NULL, NULL, "What is published, not your draft.", 0 },
	VAL_END
};

static const struct val_spec reply[] = {
	{ "field", VAL_TEXT, 0, NULL, NULL, "Field of the target; null: the whole row.", 0 },
	{ "rule", VAL_TEXT, 0, NULL, NULL, "What it broke.", 0 },
	{ "rows", VAL_INT8, 0, NULL, NULL, "How many rows.", 0 },
	{ "reason", VAL_TEXT, COL_WRAP, NULL, NULL, "What was wrong with the first of them.", 0 },
	{ "value", VAL_TEXT, COL_WRAP, NULL, NULL, "Its value.", 0 },
	{ "first_row", VAL_INT8, 0, NULL, NULL, "Its number in the source.", 0 },
	VAL_END
};

static void put_faults(const struct validation *v, struct reply *out)
{
	for (int i = 0; i < v->n; i++) {
		const struct fault *f = &v->fault[i];

		if (f->field[0] != '\0')
			reply_text(out, "field", f->field);
		reply_text(out, "rule", f->rule);
		reply_int8(out, "rows", f->rows);
		reply_text(out, "reason", f->reason);
		reply_text(out, "value", f->value);
		reply_int8(out, "first_row", f->first_row);
		reply_end_row(out);
	}
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	struct validation *v = arena_alloc(ctx->mem, sizeof(*v));
	struct engine_outcome outcome = { 0 };
	struct engine_hooks hooks;
	struct mapping_work w;
	struct engine_env env;
	struct pipeline p;
	enum err_code rc = mapping_open(ctx, arg_text(in, "name"), &w, err);

	if (rc == ERR_OK)
		rc = cmd_engine_env(ctx, &env, err);
	if (rc != ERR_OK)
		return rc;
	v->mem = ctx->mem;
	mapping_as_pipeline(&w, arg_bool(in, "published") ? &w.published : &w.draft, &p);
	p.max_rejects = -1;
	p.max_rejects_percent = -1;
	jobs_hooks(ctx, &hooks);
	rc = engine_dry_run(ctx->mem, &env, &p, on_batch, v, &hooks, &outcome, err);
	if (rc != ERR_OK)
		return rc;
	put_faults(v, out);
	if (v->more > 0)
		cmd_note(ctx, "%lld problems of further kinds are not shown", (long long)v->more);
	cmd_note(ctx, "%lld rows read, %lld filtered, %lld would be rejected",
		 (long long)outcome.ledger.read, (long long)outcome.ledger.filtered,
		 (long long)outcome.ledger.rejected);
	return ERR_OK;
}

static const struct cmd_example examples[] = {
	{ "leat mapping validate sales", "Every row of the source, without writing any" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_validate = {
	.name = "mapping validate",
	.since = "0.2",
	.summary = "Run your draft of a mapping over the whole source without writing anything.",
	.text = "It reads, maps and checks every row, as leat load --dry-run does, and answers a "
		"row for each rule that some rows break. What only the target can refuse, such as a "
		"value that is there already, does not show.",
	.flags = CMD_IDEMPOTENT,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
