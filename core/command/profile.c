/*
 * core/command/profile.c
 *	The command profile: what is in each field of a stream.
 */
#include "core/flow/profile.h"

#include <jansson.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/sources.h"

#define OFTEN 3	/* values named in the column for people */

static const struct val_spec args[] = {
	{ "source", VAL_FILE, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL, SOURCE_HELP, 0 },
	{ "limit", VAL_INT8, 0, NULL, NULL, "Look at the first rows only.", 0 },
	{ "top", VAL_INT8, 0, "5", NULL, "Most frequent values and patterns to tell, 0 to 256.",
	  0 },
	{ "option", VAL_TEXT, ARG_REPEAT, NULL, "NAME=VALUE", "A setting of the stream.", 0 },
	VAL_END
};

static const struct val_spec reply[] = {
	{ "field", VAL_TEXT, 0, NULL, NULL, "The field.", 0 },
	{ "type", VAL_TEXT, 0, NULL, NULL, "Its type; of a file, as its first rows have it.", 0 },
	{ "native", VAL_TEXT, COL_WIDE, NULL, NULL, "How it is written, or the other side's type.",
	  0 },
	{ "rows", VAL_INT8, COL_WIDE, NULL, NULL, "Rows that could be read.", 0 },
	{ "unreadable", VAL_INT8, COL_WIDE, NULL, NULL, "Rows of the stream that could not.", 0 },
	{ "nulls", VAL_INT8, 0, NULL, NULL, "Rows without a value.", 0 },
	{ "empty", VAL_INT8, COL_WIDE, NULL, NULL, "Texts of nothing or blanks.", 0 },
	{ "misfits", VAL_INT8, COL_WIDE, NULL, NULL, "Texts that are no value of the type.", 0 },
	{ "misfit", VAL_TEXT, COL_WIDE, NULL, NULL, "One of them.", 0 },
	{ "distinct", VAL_INT8, 0, NULL, NULL, "Different values.", 0 },
	{ "distinct_error", VAL_FLOAT8, COL_WIDE, NULL, NULL,
	  "Standard error of that in percent; 0: it is exact.", 0 },
	{ "key", VAL_TEXT, 0, NULL, NULL,
	  "alone: likely a key; a field: likely one together with it.", 0 },
	{ "min", VAL_TEXT, 0, NULL, NULL, "Least value.", 0 },
	{ "max", VAL_TEXT, 0, NULL, NULL, "Greatest value.", 0 },
	{ "min_length", VAL_INT8, COL_WIDE, NULL, NULL, "Characters of the shortest text.", 0 },
	{ "max_length", VAL_INT8, COL_WIDE, NULL, NULL, "Characters of the longest.", 0 },
	{ "mean_length", VAL_FLOAT8, COL_WIDE, NULL, NULL, "Characters on average.", 0 },
	{ "mean", VAL_TEXT, COL_WIDE, NULL, NULL, "Mean of numbers, exact up to 38 digits.", 0 },
	{ "sum", VAL_TEXT, COL_WIDE, NULL, NULL, "Their sum, exact; null past 38 digits.", 0 },
	{ "often", VAL_TEXT, COL_WRAP, NULL, NULL, "What comes most often, with its share.", 0 },
	{ "top", VAL_JSON, COL_WIDE, NULL, NULL,
	  "The same: value, rows, and at most so many more.", 0 },
	{ "patterns", VAL_JSON, COL_WIDE, NULL, NULL,
	  "Shapes of texts: letters A, digits 9, + for several.", 0 },
	VAL_END
};

static const char *often_of(struct arena *mem, const struct profile_field *f)
{
	const char *all = NULL;

	for (int i = 0; i < f->ntops && i < OFTEN; i++) {
		const struct profile_value *v = &f->top[i];
		const char *one;

		/* That each value comes once is said by distinct. */
		if (v->rows < 2)
			break;
		one = arena_printf(mem, "%s%s %.0f%%",
				   v->text[0] == '\0' ? "''"
						      : text_fit(mem, v->text, strlen(v->text), 24),
				   v->more > 0 ? " over" : "",
				   100.0 * (double)v->rows / (double)f->rows);
		all = all == NULL ? one : arena_printf(mem, "%s, %s", all, one);
	}
	return all;
}

static void put_json(struct cmd_ctx *ctx, struct reply *out, const struct profile_field *f)
{
	json_t *top = json_array(), *patterns = json_array();

	for (int i = 0; i < f->ntops; i++)
		json_array_append_new(top, json_pack("{s:s,s:I,s:I}", "value", f->top[i].text,
						     "rows", (json_int_t)f->top[i].rows, "more",
						     (json_int_t)f->top[i].more));
	for (int i = 0; i < f->npatterns; i++)
		json_array_append_new(patterns,
				      json_pack("{s:s,s:I}", "pattern", f->pattern[i].text, "rows",
						(json_int_t)f->pattern[i].rows));
	if (f->other_patterns > 0)
		json_array_append_new(patterns, json_pack("{s:n,s:I}", "pattern", "rows",
							  (json_int_t)f->other_patterns));
	reply_json(out, "top", body_text(ctx->mem, top));
	reply_json(out, "patterns", body_text(ctx->mem, patterns));
	json_decref(top);
	json_decref(patterns);
}

static void put_field(struct cmd_ctx *ctx, struct reply *out, const struct profile_report *r,
		      const struct profile_field *f)
{
	reply_text(out, "field", f->name);
	reply_text(out, "type", type_format(ctx->mem, &f->type));
	reply_text(out, "native", f->native);
	reply_int8(out, "rows", f->rows);
	reply_int8(out, "unreadable", r->unreadable);
	reply_int8(out, "nulls", f->nulls);
	reply_int8(out, "empty", f->empty);
	reply_int8(out, "misfits", f->misfits);
	reply_text(out, "misfit", f->misfit);
	reply_int8(out, "distinct", f->distinct);
	reply_float8(out, "distinct_error", f->distinct_error);
	reply_text(out, "key", f->is_key	  ? "alone"
			       : f->key_with >= 0 ? r->field[f->key_with].name
						  : NULL);
	reply_text(out, "min", f->min);
	reply_text(out, "max", f->max);
	if (f->rows > f->nulls) {
		reply_int8(out, "min_length", f->min_chars);
		reply_int8(out, "max_length", f->max_chars);
		reply_float8(out, "mean_length", f->mean_chars);
	}
	reply_text(out, "mean", f->mean);
	reply_text(out, "sum", f->sum);
	reply_text(out, "often", often_of(ctx->mem, f));
	put_json(ctx, out, f);
	reply_end_row(out);
}

static void on_progress(void *arg, const struct profile_report *so_far)
{
	struct cmd_ctx *ctx = arg;
	struct cmd_progress shown = { .phase = "reading", .rows = so_far->rows,
				      .rejected = so_far->unreadable, .bytes = so_far->bytes,
				      .total_bytes = -1, .eta_ms = -1 };

	if (ctx->progress != NULL)
		ctx->progress(ctx->face, &shown);
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	struct source source = { 0 };
	struct read_spec spec = { .options = &source.options,
				  .limit_rows = arg_int8(in, "limit") };
	struct profile_how how = { .ntops = (int)arg_int8(in, "top"), .stop = ctx->stop,
				   .progress = on_progress, .ctx = ctx };
	struct profile_report r;
	const char *note = NULL;
	enum err_code rc;

	if (arg_given(in, "limit") && spec.limit_rows < 1)
		return err_set(err, ERR_USAGE, "--limit takes a number above 0");
	if (arg_int8(in, "top") < 0 || arg_int8(in, "top") > PROFILE_TOPS_MAX)
		return err_set(err, ERR_USAGE, "--top takes a number from 0 to %d",
			       PROFILE_TOPS_MAX);
	rc = sources_open(ctx, in, arg_text(in, "source"), &source, err);
	spec.stream = source.stream;
	if (rc == ERR_OK)
		rc = profile_run(ctx->mem, source.conn, &spec, &how, &r, &note, err);
	if (rc == ERR_OK) {
		if (note != NULL)
			cmd_note(ctx, "%s", note);
		if (r.unreadable > 0)
			cmd_note(ctx, "%lld of %lld rows could not be read and are not counted:",
				 (long long)r.unreadable, (long long)(r.rows + r.unreadable));
		for (int i = 0; i < r.nsayings; i++)
			cmd_note(ctx, "  %s", r.saying[i]);
		for (int i = 0; i < r.nfields; i++)
			put_field(ctx, out, &r, &r.field[i]);
	}
	conn_close(source.conn);
	return rc;
}

static const struct cmd_example examples[] = {
	{ "leat profile sales.csv", "What is in each field of a file" },
	{ "leat -o json profile local:public.sales --top 20",
	  "The same of a table, with more of its frequent values" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_profile = {
	.name = "profile",
	.since = "0.1",
	.summary = "Tell what is in each field of a file or table.",
	.text = "One pass over all rows, in memory that does not grow with them. Counts, lengths, "
		"least and greatest values and sums are exact. The number of different values is exact "
		"up to some thousand; above it is estimated, with the standard error that "
		"distinct_error says (0.8 percent up to 256 fields). A frequent value has come at "
		"least as often as rows says, and at most `more` times more.\n\n"
		"A likely key has a value in every row, and none was seen twice: neither near by, nor "
		"in a fair sample of all values, nor by the estimate. That is evidence, not proof: "
		"uniqueness is proved by the database when the key is made.\n\n"
		"Rows that cannot be read are counted and told, and are part of no other figure.",
	.flags = CMD_IDEMPOTENT | CMD_LOCAL,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
