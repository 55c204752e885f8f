/*
 * core/command/work.c
 *	The command work: the engine without a face.
 */
#include "core/command/jobs.h"

_Static_assert(STOP_NOW == ENGINE_HAND_BACK && STOP_DRAIN == ENGINE_DRAIN, "one meaning of stop");

static const struct val_spec args[] = {
	{ "slots", VAL_INT8, 0, "2", NULL, "Jobs at the same time.", 0 },
	{ "until-idle", VAL_BOOL, 0, NULL, NULL, "Leave when nothing waits any more.", 0 },
	VAL_END
};

static const struct val_spec reply[] = {
	{ "slots", VAL_INT8, 0, NULL, NULL, "Jobs at the same time.", 0 },
	{ "ended", VAL_TEXT, 0, NULL, NULL, "Why it ended: stopped or idle.", 0 },
	VAL_END
};

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	int64_t slots = arg_int8(in, "slots");
	struct engine_hooks hooks;
	struct engine_env env;
	enum err_code rc;

	if (slots < 1 || slots > 256)
		return err_set(err, ERR_USAGE, "--slots takes a number from 1 to 256");
	rc = cmd_engine_env(ctx, &env, err);
	if (rc != ERR_OK)
		return rc;
	jobs_hooks(ctx, &hooks);
	hooks.progress = NULL;	/* of many jobs at once: for their watchers */
	rc = engine_work(&env, (int)slots, arg_bool(in, "until-idle"), &hooks, err);
	if (rc != ERR_OK)
		return rc;
	reply_int8(out, "slots", slots);
	reply_text(out, "ended", atomic_load(ctx->stop) != 0 ? "stopped" : "idle");
	reply_end_row(out);
	return ERR_OK;
}

static const struct cmd_example examples[] = {
	{ "leat work --until-idle", "Run all that waits, then leave" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_work = {
	.name = "work",
	.since = "0.1",
	.summary = "Run jobs as they come, without a face.",
	.text = "Any number of these may run, on any number of machines; the database is what they "
		"share. On SIGTERM no new job is begun and those that run are finished, for a minute "
		"at most; a second SIGTERM hands them back at once.",
	.flags = CMD_WRITES | CMD_ONE | CMD_LOCAL | CMD_DRAINS,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
