/*
 * core/command/reject_fix.c
 *	The command reject fix: cells of one reject, or an expression for many.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/fixing.h"
#include "core/command/lists.h"

#define SAMPLES_MAX 100

/* ---- what is asked for ------------------------------------------------------------ */

static enum err_code read_args(struct fixing *f, const struct cmd_args *in, struct err *err)
{
	int64_t samples = arg_int8(in, "samples");
	enum err_code rc = ERR_OK;

	f->st.what = "";
	for (int i = 0; i < arg_count(in, "cell") && rc == ERR_OK; i++)
		rc = fixing_set(f, arg_nth(in, "cell", i), "reject fix", false, err);
	for (int i = 0; i < arg_count(in, "set") && rc == ERR_OK; i++)
		rc = fixing_set(f, arg_nth(in, "set", i), "--set", true, err);
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
	struct fixing f = { .st = { .ctx = ctx, .kind = "fix", .find = fixing_find, .own = &f } };
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
