/*
 * core/command/schedule_next.c
 *	The command schedule next: which slots come, on both clocks.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/command/command.h"
#include "core/meta/schedule.h"
#include "core/meta/slot.h"

#define COUNT_MAX 1000

static const struct val_spec args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL, NULL, "schedule",
	  "The schedule; all that are active when not given.", 0 },
	{ "count", VAL_INT8, 0, "5", NULL, "How many slots.", 0 },
	{ "from", VAL_TIME, 0, NULL, NULL, "Behind that moment instead of now.", 0 },
	VAL_END
};

static const struct val_spec reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The schedule.", 0 },
	{ "local", VAL_TEXT, 0, NULL, NULL, "The slot as the clocks of its zone show it.", 0 },
	{ "utc", VAL_TEXT, 0, NULL, NULL, "The same in UTC.", 0 },
	{ "pipeline", VAL_NAME, COL_WIDE, NULL, NULL, "The pipeline that it runs.", 0 },
	VAL_END
};

struct coming {
	int64_t at;
	const struct schedule_row *of;
	struct slot_local local;
};

static int by_time(const void *a, const void *b)
{
	const struct coming *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return strcmp(x->of->name, y->of->name);
}

/* Appends the next count slots of s. */
static enum err_code add_slots(struct cmd_ctx *ctx, struct db *db, const struct schedule_row *s,
			       int64_t from, int count, struct coming *out, int *n,
			       struct err *err)
{
	struct slot_rule rule = { .tz = s->tz };
	int64_t *at = arena_array(ctx->mem, (size_t)count, sizeof(*at));
	struct slot_local *local = arena_array(ctx->mem, (size_t)count, sizeof(*local));
	int got = 0;
	enum err_code rc = cron_parse(s->spec, &rule.cron, err);

	if (rc == ERR_OK)
		rc = slot_list(ctx->mem, db, &rule, from, SLOT_NEVER, count, at, &got, err);
	if (rc == ERR_OK)
		rc = slot_locals(ctx->mem, db, s->tz, at, got, local, err);
	for (int i = 0; rc == ERR_OK && i < got; i++)
		out[(*n)++] = (struct coming){ at[i], s, local[i] };
	return rc == ERR_OK ? rc : err_wrap(err, rc, "schedule %s", s->name);
}

static enum err_code find(struct cmd_ctx *ctx, struct db *db, const char *name,
			  struct schedule_rows *rows, struct err *err)
{
	enum err_code rc;

	if (name == NULL)
		return schedule_list(ctx->mem, db, NULL, NULL, rows, err);
	rows->s = arena_alloc(ctx->mem, sizeof(*rows->s));
	rows->n = 1;
	rc = schedule_get(ctx->mem, db, name, &rows->s[0], err);
	if (rc == ERR_OK && rows->s[0].is_paused)
		cmd_note(ctx, "%s is paused: these would come", name);
	return rc;
}

static void put(struct reply *out, const struct coming *c)
{
	char text[40];

	reply_text(out, "name", c->of->name);
	slot_full_text(&c->local, text, (int)sizeof(text));
	reply_text(out, "local", text);
	clock_iso(c->at, text, sizeof(text));
	memcpy(text + 19, "Z", 2);
	reply_text(out, "utc", text);
	reply_text(out, "pipeline", c->of->pipeline);
	reply_end_row(out);
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	int64_t count = arg_int8(in, "count"), from = arg_time_us(in, "from");
	const char *name = arg_text(in, "name");
	struct schedule_rows rows = { 0 };
	struct coming *all;
	struct db *db;
	int n = 0;
	enum err_code rc;

	if (count < 1 || count > COUNT_MAX)
		return err_set(err, ERR_USAGE, "--count takes a number from 1 to %d", COUNT_MAX);
	rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK && !arg_given(in, "from"))
		rc = slot_now(db, &from, err);
	if (rc == ERR_OK)
		rc = find(ctx, db, name, &rows, err);
	if (rc != ERR_OK)
		return rc;
	all = arena_array(ctx->mem, (size_t)(rows.n + 1) * (size_t)count, sizeof(*all));
	for (int i = 0; rc == ERR_OK && i < rows.n; i++)
		if (name != NULL || !rows.s[i].is_paused)
			rc = add_slots(ctx, db, &rows.s[i], from, (int)count, all, &n, err);
	if (rc != ERR_OK)
		return rc;
	qsort(all, (size_t)n, sizeof(*all), by_time);
	for (int i = 0; i < n && i < count; i++)
		put(out, &all[i]);
	return ERR_OK;
}

static const struct cmd_example examples[] = {
	{ "leat schedule next", "The next slots of all schedules" },
	{ "leat schedule next nightly --count 3 --from 2026-03-28", "Through a change of the clocks" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_schedule_next = {
	.name = "schedule next",
	.since = "0.1",
	.summary = "Show the slots that come.",
	.flags = CMD_IDEMPOTENT,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
