/*
 * core/command/work.c
 *	The command work: the engine without a face.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/command/jobs.h"
#include "core/meta/queue.h"

#define DAY_MS        INT64_C(86400000)
#define KEEP_MAX_DAYS 36500

_Static_assert(STOP_NOW == ENGINE_HAND_BACK && STOP_DRAIN == ENGINE_DRAIN, "one meaning of stop");

static const struct val_spec args[] = {
	{ "slots", VAL_INT8, 0, "2", NULL, "Jobs at the same time.", 0 },
	{ "queues", VAL_TEXT, 0, NULL, "QUEUE[,QUEUE]", "Only jobs of these queues.", 0 },
	{ "drain-time", VAL_DURATION, 0, "1m", NULL,
	  "How long running jobs may take to end when it is told to stop.", 0 },
	{ "keep", VAL_DURATION, 0, "90d", NULL,
	  "How long ended jobs and acts are kept; of several engines the shortest counts.", 0 },
	{ "until-idle", VAL_BOOL, 0, NULL, NULL, "Leave when nothing waits any more.", 0 },
	VAL_END
};

static const struct val_spec reply[] = {
	{ "slots", VAL_INT8, 0, NULL, NULL, "Jobs at the same time.", 0 },
	{ "ended", VAL_TEXT, 0, NULL, NULL, "Why it ended: stopped or idle.", 0 },
	VAL_END
};

/* '{"a","b"}' of "a,b". */
static enum err_code read_queues(struct arena *mem, const char *text, const char **out,
				 struct err *err)
{
	const char **name, *list = "";
	int n = 0;

	*out = NULL;
	if (text == NULL)
		return ERR_OK;
	body_names(mem, text, &n, &name);
	for (int i = 0; i < n; i++) {
		if (strlen(name[i]) > QUEUE_NAME_MAX || strpbrk(name[i], "\"\\") != NULL)
			return err_set(err, ERR_USAGE, "--queues: '%.70s' is no name of a queue",
				       name[i]);
		list = arena_printf(mem, "%s%s\"%s\"", list, i > 0 ? "," : "", name[i]);
	}
	if (n == 0)
		return err_set(err, ERR_USAGE, "--queues takes names of queues");
	*out = arena_printf(mem, "{%s}", list);
	return ERR_OK;
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	int64_t slots = arg_int8(in, "slots");
	struct engine_hooks hooks;
	struct engine_env env;
	enum err_code rc;

	if (slots < 1 || slots > 256)
		return err_set(err, ERR_USAGE, "--slots takes a number from 1 to 256");
	if (arg_ms(in, "drain-time") < 1 || arg_ms(in, "drain-time") > 86400000)
		return err_set(err, ERR_USAGE, "--drain-time takes a span up to 1d");
	if (arg_ms(in, "keep") < DAY_MS || arg_ms(in, "keep") > KEEP_MAX_DAYS * DAY_MS)
		return err_set(err, ERR_USAGE, "--keep takes a span from 1d to %dd", KEEP_MAX_DAYS);
	rc = cmd_engine_env(ctx, &env, err);
	if (rc == ERR_OK)
		rc = read_queues(ctx->mem, arg_text(in, "queues"), &env.queues, err);
	if (rc != ERR_OK)
		return rc;
	env.drain_ms = (int)arg_ms(in, "drain-time");
	env.keep_days = (int)(arg_ms(in, "keep") / DAY_MS);
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
	{ "leat work --slots 8 --queues mail,default --until-idle",
	  "Eight jobs at once, of two queues only" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_work = {
	.name = "work",
	.since = "0.1",
	.summary = "Run jobs as they come, without a face.",
	.text = "Any number of these may run, on any number of machines; the database is what they "
		"share. On SIGTERM, or after leat engine drain, no new job is begun and those that run "
		"are finished, within --drain-time; what runs then, or at a second SIGTERM, is handed "
		"back at once.",
	.flags = CMD_WRITES | CMD_ONE | CMD_LOCAL | CMD_DRAINS | CMD_OUTSIDE,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
