/*
 * core/command/alert.c
 *	The commands alert add, list, show, test, pause, resume and remove.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/alerts.h"
#include "core/command/body.h"
#include "core/command/command.h"
#include "core/command/lists.h"
#include "core/command/named.h"
#include "core/command/settings.h"
#include "core/engine/deliver.h"
#include "core/meta/alert.h"

#define KINDS "webhook|mail|slack"

/* ---- what lists and alert show have in common ------------------------------------ */

#define ALERT_COLUMNS                                                                              \
	{ "name", VAL_NAME, 0, NULL, NULL, "The alert.", 0 },                                      \
	{ "kind", VAL_TEXT, 0, NULL, NULL, KINDS ".", 0 },                                         \
	{ "pipeline", VAL_TEXT, 0, NULL, NULL, "Its pipeline; null: every job.", 0 },              \
	{ "on", VAL_TEXT, 0, NULL, NULL, "What it tells.", 0 },                                    \
	{ "rejects", VAL_TEXT, COL_WIDE, NULL, NULL, "More rejects than these are told.", 0 },   \
	{ "paused", VAL_BOOL, 0, NULL, NULL, "It looks at nothing and sends nothing.", 0 },        \
	{ "paused_why", VAL_TEXT, COL_WIDE, NULL, NULL, "Why, when nobody asked for it.", 0 },     \
	{ "open", VAL_INT8, 0, NULL, NULL, "Incidents that last.", 0 },                            \
	{ "last", VAL_TEXT, 0, NULL, NULL, "Its newest message.", 0 },                             \
	{ "last_state", VAL_TEXT, 0, NULL, NULL, "What became of it.", 0 },                        \
	{ "last_at", VAL_TIME, COL_WIDE, NULL, NULL, "When that was made.", 0 },                   \
	{ "last_job", VAL_INT8, 0, NULL, NULL, "The job that sends or sent it.", 0 }

static const struct val_spec list_reply[] = { ALERT_COLUMNS, VAL_END };

static const struct val_spec show_reply[] = {
	ALERT_COLUMNS,
	{ "config", VAL_JSON, COL_WRAP, NULL, NULL, "Its settings; secrets are references.", 0 },
	{ "allow_private", VAL_BOOL, 0, NULL, NULL, "It may reach the own network.", 0 },
	{ "created_at", VAL_TIME, 0, NULL, NULL, "When it was added.", 0 },
	{ "updated_at", VAL_TIME, 0, NULL, NULL, "When it was last changed.", 0 },
	{ "incidents", VAL_JSON, COL_WRAP, NULL, NULL, "The newest incidents.", 0 },
	VAL_END
};

static const char *on_text(struct arena *mem, const struct alert_rule *a)
{
	const char *text = alerts_on_text(mem, a);

	if (a->rejects_rows < 0 && a->rejects_percent < 0)
		return text;
	return strcmp(text, "none") == 0 ? "rejects" : arena_printf(mem, "%s,rejects", text);
}

static void put(struct arena *mem, struct reply *out, const struct alert_rule *a)
{
	reply_text(out, "name", a->name);
	reply_text(out, "kind", a->kind);
	reply_text(out, "pipeline", a->pipeline);
	reply_text(out, "on", on_text(mem, a));
	if (a->rejects_rows >= 0)
		reply_text(out, "rejects", arena_printf(mem, "%" PRId64, a->rejects_rows));
	else if (a->rejects_percent >= 0)
		reply_text(out, "rejects", arena_printf(mem, "%g%%", a->rejects_percent));
	reply_bool(out, "paused", a->is_paused);
	reply_text(out, "paused_why", a->paused_why);
	reply_int8(out, "open", a->open);
	reply_text(out, "last", a->last_what);
	reply_text(out, "last_state", a->last_state);
	reply_text(out, "last_at", a->last_at);
	if (a->last_job != 0)
		reply_int8(out, "last_job", a->last_job);
}

/* ---- add ------------------------------------------------------------------------------ */

static const struct val_spec add_args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL, "Name of the alert.", 0 },
	{ "kind", VAL_CHOICE, ARG_POSITIONAL | ARG_REQUIRED, NULL, KINDS, "How it is told.", 0 },
	{ "setting", VAL_TEXT, ARG_POSITIONAL | ARG_REPEAT, NULL, NULL,
	  "NAME=VALUE; NAME=env:VARIABLE and NAME=secret:NAME refer to a secret.", 0 },
	{ "pipeline", VAL_NAME, 0, NULL, "pipeline", "Only jobs of this pipeline.", 0 },
	{ "on", VAL_TEXT, 0, "failure,recovery", NULL,
	  "What is told: failure, recovery, success, with commas.", 0 },
	{ "rejects", VAL_COUNT_OR_PERCENT, 0, NULL, NULL,
	  "Tell of jobs that reject more rows than this.", 0 },
	{ "allow-private", VAL_BOOL, 0, NULL, NULL,
	  "The receiver may be in the own network, and without TLS.", 0 },
	{ "replace", VAL_BOOL, 0, NULL, NULL, "Change an alert that exists.", 0 },
	VAL_END
};

static enum err_code read_on(struct arena *mem, const char *text, struct alert_rule *a,
			     struct err *err)
{
	const char **name, *bad;
	int n;

	body_names(mem, text, &n, &name);
	bad = alerts_on(n, name, a);
	if (bad != NULL)
		return err_set(err, ERR_USAGE, "--on takes failure, recovery and success, or none, "
			       "not '%.60s'", bad);
	if (!alerts_tells(a))
		return err_set(err, ERR_USAGE, "an alert that tells nothing is none: give --on or "
			       "--rejects");
	return ERR_OK;
}

static enum err_code read_rule(struct cmd_ctx *ctx, const struct cmd_args *in,
			       struct alert_rule *a, struct err *err)
{
	json_t *config = json_object();
	enum err_code rc;

	*a = (struct alert_rule){
		.name = arg_text(in, "name"),
		.kind = arg_text(in, "kind"),
		.pipeline = arg_text(in, "pipeline"),
		.allow_private = arg_bool(in, "allow-private"),
	};
	arg_share(in, "rejects", &a->rejects_rows, &a->rejects_percent);
	rc = read_on(ctx->mem, arg_text(in, "on"), a, err);
	if (rc == ERR_OK)
		rc = settings_read(ctx->mem, in, config, err);
	if (rc == ERR_OK)
		rc = settings_check_list(ctx->mem, arena_printf(ctx->mem, "alert %s", a->name),
					 deliver_params(a->kind), config, err);
	a->config = body_text(ctx->mem, config);
	json_decref(config);
	return rc == ERR_OK ? deliver_check(a, err) : rc;
}

static enum err_code run_add(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			     struct err *err)
{
	struct alert_rule a;
	struct db *db;
	enum err_code rc = read_rule(ctx, in, &a, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = alert_put(db, arg_bool(in, "replace") ? PUT_ANY : PUT_NEW, &a,
			       settings_secrets(ctx->mem, deliver_params(a.kind)), err);
	if (rc == ERR_OK)
		rc = alert_get(ctx->mem, db, a.name, &a, err);
	if (rc != ERR_OK)
		return rc;
	put(ctx->mem, out, &a);
	reply_end_row(out);
	cmd_note(ctx, "see whether messages arrive with: leat alert test %s", a.name);
	return ERR_OK;
}

static const struct cmd_example add_examples[] = {
	{ "leat alert add ops webhook url=https://hooks.example.com/leat secret=env:HOOK_SECRET",
	  "Every failure and recovery, signed" },
	{ "leat alert add night mail server=smtps://mail.example.com from=leat@example.com "
	  "to=night@example.com user=leat password=env:MAIL_PASSWORD --pipeline sales",
	  "One pipeline, by mail" },
	{ "leat alert add chat slack url=env:SLACK_URL --on none --rejects 2%",
	  "Only jobs that reject more than 2 % of their rows" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_alert_add = {
	.name = "alert add",
	.since = "0.1",
	.summary = "Tell somebody when jobs fail, recover, succeed or reject too much.",
	.text = "A webhook takes url, secret and ca_file; Slack takes url (of its incoming webhook, "
		"which is a secret) and ca_file; mail takes server, from, to, user, password, tls "
		"and ca_file. Secrets are never stored: they refer to a variable of whoever sends, "
		"or to a secret.\n\n"
		"The first job of a pipeline that fails opens an incident and is told; those that "
		"follow are counted, and the first that succeeds ends it. Messages are jobs of "
		"kind alert: they are tried again for half a day, and shown by leat job list "
		"--kind alert.\n\n"
		"Messages go to public addresses only, encrypted, unless --allow-private says "
		"otherwise; the metadata services of clouds are never reached.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = add_args,
	.reply = list_reply,
	.examples = add_examples,
	.run = run_add,
};

/* ---- list, show ----------------------------------------------------------------------- */

static const struct val_spec list_args[] = { LISTS_WORDS, LISTS_PAGE(NULL), VAL_END };

static enum err_code run_list(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct alert_rules list = { 0 };
	struct list_said said;
	struct list_ask ask;
	struct db *db;
	enum err_code rc = lists_ask(ctx, in, &ask, &said, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = alert_list(ctx->mem, db, &ask, &list, err);
	for (int i = 0; rc == ERR_OK && i < list.n; i++) {
		put(ctx->mem, out, &list.a[i]);
		reply_end_row(out);
	}
	if (rc == ERR_OK)
		lists_tell(ctx, &ask, "alerts");
	return rc;
}

static const struct cmd_example list_examples[] = {
	{ "leat alert list", "Who is told, and what lasts right now" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_alert_list = {
	.name = "alert list",
	.since = "0.1",
	.summary = "Show alerts.",
	.flags = CMD_IDEMPOTENT,
	.args = list_args,
	.reply = list_reply,
	.examples = list_examples,
	.run = run_list,
};

static const struct val_spec name_args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "alert", "The alert.", 0 },
	VAL_END
};

static void put_incidents(struct arena *mem, struct reply *out, const struct alert_incidents *list)
{
	json_t *all = json_array();

	for (int i = 0; i < list->n; i++) {
		const struct alert_incident *in = &list->i[i];

		json_array_append_new(all, json_pack(
			"{s:I, s:s, s:s?, s:s, s:I, s:s, s:I, s:I, s:s?}", "id",
			(json_int_t)in->id, "about", in->about, "pipeline", in->pipeline,
			"opened_at", in->opened_at, "opened_job", (json_int_t)in->opened_job,
			"last_at", in->last_at, "last_job", (json_int_t)in->last_job, "jobs",
			(json_int_t)in->jobs, "closed_at", in->closed_at));
	}
	reply_json(out, "incidents", body_text(mem, all));
	json_decref(all);
}

static enum err_code run_show(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct alert_incidents incidents = { 0 };
	struct alert_rule a;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = alert_get(ctx->mem, db, arg_text(in, "name"), &a, err);
	if (rc == ERR_OK)
		rc = alert_incidents(ctx->mem, db, a.id, &incidents, err);
	if (rc != ERR_OK)
		return rc;
	put(ctx->mem, out, &a);
	reply_json(out, "config", a.config);
	reply_bool(out, "allow_private", a.allow_private);
	reply_text(out, "created_at", a.created_at);
	reply_text(out, "updated_at", a.updated_at);
	put_incidents(ctx->mem, out, &incidents);
	reply_end_row(out);
	return ERR_OK;
}

const struct cmd_spec cmd_alert_show = {
	.name = "alert show",
	.since = "0.1",
	.summary = "Show one alert with its incidents.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = show_reply,
	.run = run_show,
};

/* ---- test ------------------------------------------------------------------------------- */

static const struct val_spec test_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The alert.", 0 },
	{ "answer", VAL_TEXT, COL_WRAP, NULL, NULL, "What the receiver said.", 0 },
	VAL_END
};

static enum err_code run_test(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	const char *name = arg_text(in, "name"), *said;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = deliver_test(ctx->mem, db, name, ctx->stop, &said, err);
	if (rc != ERR_OK)
		return rc;
	reply_text(out, "name", name);
	reply_text(out, "answer", said);
	reply_end_row(out);
	return ERR_OK;
}

const struct cmd_spec cmd_alert_test = {
	.name = "alert test",
	.since = "0.1",
	.summary = "Send a message that is marked as a test, now.",
	.text = "It is sent by this process, with its variables and from its network; an engine "
		"elsewhere may have others.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = name_args,
	.reply = test_reply,
	.run = run_test,
};

/* ---- pause, resume, remove ------------------------------------------------------------------ */

static const struct val_spec paused_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The alert.", 0 },
	{ "paused", VAL_BOOL, 0, NULL, NULL, "Whether it is paused now.", 0 },
	VAL_END
};

static enum err_code set_paused(struct cmd_ctx *ctx, const struct cmd_args *in, bool is_paused,
				struct reply *out, struct err *err)
{
	const char *name = arg_text(in, "name");
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = alert_pause(db, name, is_paused, NULL, err);
	if (rc != ERR_OK)
		return rc;
	reply_text(out, "name", name);
	reply_bool(out, "paused", is_paused);
	reply_end_row(out);
	return ERR_OK;
}

static enum err_code run_pause(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	return set_paused(ctx, in, true, out, err);
}

static enum err_code run_resume(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	return set_paused(ctx, in, false, out, err);
}

const struct cmd_spec cmd_alert_pause = {
	.name = "alert pause",
	.since = "0.1",
	.summary = "Let an alert look at nothing and send nothing.",
	.text = "Jobs that start while it is paused are not told of afterwards.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = paused_reply,
	.run = run_pause,
};

const struct cmd_spec cmd_alert_resume = {
	.name = "alert resume",
	.since = "0.1",
	.summary = "Let a paused alert go on.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = paused_reply,
	.run = run_resume,
};

static const struct val_spec remove_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The alert that is gone.", 0 },
	VAL_END
};

static enum err_code run_remove(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	return named_remove(ctx, in, alert_remove, out, err);
}

const struct cmd_spec cmd_alert_remove = {
	.name = "alert remove",
	.since = "0.1",
	.summary = "Remove an alert.",
	.flags = CMD_WRITES | CMD_DESTROYS | CMD_ONE,
	.args = name_args,
	.reply = remove_reply,
	.run = run_remove,
};
