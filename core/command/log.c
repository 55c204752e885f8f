/*
 * core/command/log.c
 *	The command log list: pages of what jobs said.
 */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/command/lists.h"
#include "core/meta/log_page.h"

#include <string.h>

static const struct val_spec args[] = {
	LISTS_WORDS,
	{ "job", VAL_INT8, 0, NULL, "job", "Only lines of that job.", 0 },
	{ "after", VAL_INT8, 0, NULL, "ID", "What was said behind that line: the next page.", 0 },
	{ "before", VAL_INT8, 0, NULL, "ID", "What was said before it: the previous page.", 0 },
	{ "since", VAL_DURATION, 0, NULL, NULL, "From that time on: 10m.", 0 },
	{ "level", VAL_CHOICE, 0, "debug", "error|warning|info|debug",
	  "Only lines of that level, and of worse ones.", 0 },
	{ "limit", VAL_INT8, 0, "100", NULL, "At most so many.", 0 },
	VAL_END
};

static const struct val_spec reply[] = {
	{ "id", VAL_INT8, 0, NULL, NULL, "Number of the line.", 0 },
	{ "job", VAL_INT8, 0, NULL, NULL, "The job that said it.", 0 },
	{ "at", VAL_TIME, 0, NULL, NULL, "When it was said.", 0 },
	{ "run", VAL_INT8, COL_WIDE, NULL, NULL, "In which run of the job.", 0 },
	{ "level", VAL_TEXT, 0, NULL, NULL, "error, warning, info or debug.", 0 },
	{ "line", VAL_TEXT, COL_WRAP, NULL, NULL, "What was said.", 0 },
	VAL_END
};

static int level_of(const char *name)
{
	for (int i = LOG_ERROR; i < LOG_DEBUG; i++)
		if (strcmp(name, log_level_name((enum log_level)i)) == 0)
			return i;
	return LOG_DEBUG;
}

static enum err_code read_ask(const struct cmd_args *in, struct log_ask *out, struct err *err)
{
	int64_t limit = arg_int8(in, "limit");

	*out = (struct log_ask){
		.job = arg_int8(in, "job"),
		.after = arg_int8(in, "after"),
		.before = arg_int8(in, "before"),
		.level = level_of(arg_text(in, "level")),
		.limit = (int)limit,
	};
	if (arg_given(in, "since"))
		out->since_us = clock_wall_us() - arg_ms(in, "since") * 1000;
	if (limit < 1 || limit > LOG_PAGE_MAX)
		return err_set(err, ERR_USAGE, "--limit takes a number from 1 to %d", LOG_PAGE_MAX);
	if (arg_given(in, "after") + arg_given(in, "before") + arg_given(in, "since") > 1)
		return err_set(err, ERR_USAGE, "only one of --after, --before and --since");
	return ERR_OK;
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	struct list_said said = { 0 };
	struct list_ask tell = { .said = &said };
	struct log_rows rows = { 0 };
	struct log_ask ask;
	struct db *db;
	enum err_code rc = read_ask(in, &ask, err);

	ask.filter = lists_filter(ctx, in);
	ask.said = &said;
	if (!arg_given(in, "after") && !arg_given(in, "since"))
		tell.before = "";	/* the page is found from its end */
	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = log_page(ctx->mem, db, &ask, &rows, err);
	for (int i = 0; rc == ERR_OK && i < rows.n; i++) {
		const struct job_log_line *l = &rows.r[i].line;

		reply_int8(out, "id", l->id);
		reply_int8(out, "job", rows.r[i].job);
		reply_int8(out, "at", l->at_us);
		reply_int8(out, "run", l->run);
		reply_text(out, "level", log_level_name((enum log_level)l->level));
		reply_text(out, "line", l->line);
		reply_end_row(out);
	}
	if (rc == ERR_OK)
		lists_tell(ctx, &tell, "lines");
	return rc;
}

static const struct cmd_example examples[] = {
	{ "leat log list", "The last lines of all jobs" },
	{ "leat log list --level warning --since 1h", "What went wrong in the last hour" },
	{ "leat log list level=error 'line~could not (reach|read)'", "One kind of it, in any job" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_log_list = {
	.name = "log list",
	.since = "0.1",
	.summary = "Show what jobs said, a page at a time.",
	.text = "Without --after, --before or --since these are the newest lines; always the oldest "
		"of the page first. The number of a page's last line leads to the next page, that "
		"of its first line to the previous one.",
	.flags = CMD_IDEMPOTENT,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
