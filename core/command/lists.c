/*
 * core/command/lists.c
 *	How lists are asked for a page.
 */
#include "core/command/lists.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/meta/job.h"

#define LIMIT_MAX 100000

void lists_columns(struct buf *out)
{
	const struct { const char *name; const struct filter_col *cols; } list[] = {
		{ "job list", job_cols },
		{ "pipeline list", list_pipelines.cols },
		{ "schedule list", list_schedules.cols },
		{ "connection list", list_connections.cols },
		{ "engine list", list_engines.cols },
		{ "queue list", list_queues.cols },
		{ "alert list", list_alerts.cols },
		{ "bookmark list", list_bookmarks.cols },
		{ "reject list", list_rejects.cols },
		{ "reject groups", list_groups.cols },
		{ "log list", list_lines.cols },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		size_t at = 80;

		buf_addf(out, "  %s", list[i].name);
		for (const struct filter_col *c = list[i].cols; c->name != NULL; c++) {
			if (c->flags & FILTER_ALIAS)
				continue;
			if (at + strlen(c->name) > 68) {
				buf_adds(out, "\n     ");
				at = 5;
			}
			buf_addf(out, " %s", c->name);
			at += strlen(c->name) + 1;
		}
		buf_adds(out, "\n");
	}
}

const char *lists_filter(struct cmd_ctx *ctx, const struct cmd_args *in)
{
	const char *out = NULL;

	for (int i = 0; i < arg_count(in, "filter"); i++)
		out = out == NULL ? arg_nth(in, "filter", i)
				  : arena_printf(ctx->mem, "%s %s", out, arg_nth(in, "filter", i));
	return out;
}

enum err_code lists_ask(struct cmd_ctx *ctx, const struct cmd_args *in, struct list_ask *out,
			struct list_said *said, struct err *err)
{
	int64_t limit = arg_int8(in, "limit");

	*said = (struct list_said){ 0 };
	*out = (struct list_ask){
		.filter = lists_filter(ctx, in),
		.sort = arg_text(in, "sort"),
		.after = arg_text(in, "after"),
		.before = arg_text(in, "before"),
		.limit = (int)limit,
		.said = said,
	};
	if (out->after != NULL && out->before != NULL)
		return err_set(err, ERR_USAGE, "either --after or --before");
	if (arg_text(in, "limit") != NULL && (limit < 1 || limit > LIMIT_MAX))
		return err_set(err, ERR_USAGE, "--limit takes a number from 1 to %d", LIMIT_MAX);
	return ERR_OK;
}

void lists_tell(struct cmd_ctx *ctx, const struct list_ask *ask, const char *what)
{
	const struct list_said *said = ask->said;

	if (said->unfinished != NULL)
		cmd_note(ctx, "not finished, and left out: %s",
			 text_fit(ctx->mem, said->unfinished, strlen(said->unfinished), 60));
	if (said->is_sorted_part)
		cmd_note(ctx, "only the newest that match are in this order: %" PRId64
			 " %s were looked at", said->looked, what);
	else if (said->looked > 0 && said->go_on > 0)
		cmd_note(ctx, "%" PRId64 " %s were looked at; go on with --%s %" PRId64,
			 said->looked, what, ask->before != NULL ? "before" : "after",
			 said->go_on);
}
