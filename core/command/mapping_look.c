/*
 * core/command/mapping_look.c
 *	The commands mapping preview, try and sources: what a draft makes of a sample.
 */
#include <jansson.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/mapping_work.h"

#define SHOWN 12	/* rows of a field that is tried */

#define SAMPLE_ARGS                                                                              \
	{ "rows", VAL_INT8, 0, "10000", NULL, "Rows of the source to look at.", 0 },              \
	{ "fresh", VAL_BOOL, 0, NULL, NULL, "Read the source again.", 0 },                        \
	{ "published", VAL_BOOL, 0, NULL, NULL, "What is published, not your draft.", 0 }

/* What is looked at by these commands. */
struct looking {
	struct mapping_work w;
	struct mapping lines;
	struct pipeline pipeline;
	struct mapping_sample *sample;
	struct preview_ask ask;
	struct preview_result r;
};

static enum err_code begin(struct cmd_ctx *ctx, const struct cmd_args *in, struct looking *l,
			   struct err *err)
{
	int64_t rows = arg_int8(in, "rows");
	enum err_code rc;

	*l = (struct looking){ .ask = { .shown = SHOWN, .stop = ctx->stop } };
	if (rows < 1 || rows > 100000)
		return err_set(err, ERR_USAGE, "--rows takes a number from 1 to 100000");
	rc = mapping_open(ctx, arg_text(in, "name"), &l->w, err);
	if (rc == ERR_OK)
		rc = mapping_sample_take(ctx, &l->w.pipeline, rows, arg_bool(in, "fresh"),
					 &l->sample, err);
	if (rc != ERR_OK)
		return rc;
	l->lines = arg_bool(in, "published") ? l->w.published : l->w.draft;
	l->ask.target = l->sample->target;
	l->ask.pipeline = &l->pipeline;
	return ERR_OK;
}

static enum err_code look(struct looking *l, struct err *err)
{
	mapping_as_pipeline(&l->w, &l->lines, &l->pipeline);
	return preview_run(l->w.ctx->mem, l->sample->preview, &l->ask, &l->r, err);
}

/* ---- preview ------------------------------------------------------------------------ */

static const struct val_spec preview_args[] = {
	MAPPING_NAME,
	{ "line", VAL_TEXT, ARG_POSITIONAL | ARG_REPEAT, NULL, "FIELD=EXPRESSION",
	  "As if the draft had this line; nothing is kept.", 0 },
	SAMPLE_ARGS,
	VAL_END
};

static const struct val_spec preview_reply[] = {
	{ "field", VAL_TEXT, 0, NULL, NULL, "Field of the target.", 0 },
	{ "type", VAL_TEXT, 0, NULL, NULL, "Its type.", 0 },
	{ "required", VAL_BOOL, COL_WIDE, NULL, NULL, "Something must fill it.", 0 },
	{ "key", VAL_BOOL, COL_WIDE, NULL, NULL, "Part of the key.", 0 },
	{ "new", VAL_BOOL, COL_WIDE, NULL, NULL, "The target does not have it yet.", 0 },
	{ "from", VAL_TEXT, COL_WRAP, NULL, NULL, "The expression; null: nothing fills it.", 0 },
	{ "by", VAL_TEXT, 0, NULL, NULL, "line: of the mapping; name: it is called the same.", 0 },
	{ "source", VAL_TEXT, COL_WIDE, NULL, NULL, "The one field of the source it reads.", 0 },
	{ "source_type", VAL_TEXT, COL_WIDE, NULL, NULL, "Type of that field.", 0 },
	{ "source_nulls", VAL_FLOAT8, COL_WIDE, NULL, NULL,
	  "Share of rows in which it is null.", 0 },
	{ "status", VAL_TEXT, 0, NULL, NULL,
	  "ok, empty, LOSSY (rows fail, or the type is narrower), MISSING, ERROR.", 0 },
	{ "problem", VAL_TEXT, COL_WRAP, NULL, NULL, "What is wrong.", 0 },
	{ "at", VAL_INT8, COL_WIDE, NULL, NULL, "Character of the expression it is about.", 0 },
	{ "rows", VAL_INT8, 0, NULL, NULL, "Rows of the sample.", 0 },
	{ "failing", VAL_INT8, 0, NULL, NULL, "Rows that fail because of this field.", 0 },
	{ "nulls", VAL_INT8, COL_WIDE, NULL, NULL, "Rows in which it becomes null.", 0 },
	{ "rules", VAL_JSON, COL_WIDE, NULL, NULL, "Failing rows by rule.", 0 },
	{ "changed", VAL_BOOL, COL_WIDE, NULL, NULL,
	  "Its line differs from what is published.", 0 },
	{ "checks", VAL_TEXT, COL_WIDE, NULL, NULL, "Checks that begin with it.", 0 },
	{ "readings", VAL_JSON, COL_WIDE, NULL, NULL,
	  "Where its values can be read in several ways: from (an expression), value, means.", 0 },
	VAL_END
};

static const char *rules_text(struct arena *mem, const struct preview_field *f)
{
	json_t *all = json_object();
	const char *text;

	for (int i = 0; i < f->nrules; i++)
		json_object_set_new(all, f->rule[i].rule, json_integer(f->rule[i].rows));
	text = body_text(mem, all);
	json_decref(all);
	return text;
}

static const char *type_text(struct arena *mem, const struct field *f)
{
	return f->native != NULL ? f->native : type_format(mem, &f->type);
}

static void put_source(struct looking *l, const struct preview_field *f, struct reply *out)
{
	const struct preview *p = l->sample->preview;
	const struct field *source;

	if (f->source < 0)
		return;
	source = &preview_source(p)->field[f->source];
	reply_text(out, "source", source->name);
	reply_text(out, "source_type", type_text(l->w.ctx->mem, source));
	if (preview_rows(p) > 0)
		reply_float8(out, "source_nulls", (double)preview_nulls(p, f->source) /
						  (double)preview_rows(p));
}

/* Whether its line is another one than in what is published. */
static bool is_changed(const struct looking *l, const char *field)
{
	int a = mapping_find(&l->w.published, field), b = mapping_find(&l->lines, field);

	if (a < 0 || b < 0)
		return a != b && (a >= 0 || b >= 0);
	return strcmp(l->w.published.line[a].text, l->lines.line[b].text) != 0;
}

/* One way to read the field, as an expression. */
static const char *reading_text(struct arena *mem, const struct field *f, int i)
{
	const char *reading = f->doubt->reading[i];
	bool is_date = strcmp(f->doubt->option, "dates") == 0;
	const char *function = !is_date ? "to_decimal" :
			       strstr(reading, "%H") != NULL ? "to_timestamp" : "to_date";
	struct buf out;
	const char *text;

	buf_init(&out, 65536);
	buf_addf(&out, "%s | %s('", body_quoted(mem, f->name), function);
	for (const char *p = reading; *p != '\0'; p++)
		buf_addf(&out, *p == '\'' ? "''" : "%c", *p);
	buf_adds(&out, "')");
	text = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return text;
}

static const char *readings_text(struct arena *mem, const struct field *f)
{
	json_t *all = json_array();
	const char *text;

	for (int i = 0; i < f->doubt->n; i++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "from",
						     reading_text(mem, f, i), "value",
						     f->doubt->value, "means",
						     f->doubt->means[i]));
	text = body_text(mem, all);
	json_decref(all);
	return text;
}

/* What became of the rows: columns that preview and try have alike. */
static void put_figures(struct looking *l, const struct preview_field *f, struct reply *out)
{
	reply_text(out, "status", preview_status_name(f->status));
	reply_text(out, "problem", f->problem);
	if (f->at > 0)
		reply_int8(out, "at", f->at);
	reply_int8(out, "rows", l->r.rows);
	reply_int8(out, "failing", f->failed);
	reply_int8(out, "nulls", f->nulls);
	reply_json(out, "rules", rules_text(l->w.ctx->mem, f));
}

static void put_field(struct looking *l, const struct preview_field *f, struct reply *out)
{
	struct arena *mem = l->w.ctx->mem;

	reply_text(out, "field", f->field.name);
	if (f->status != PREVIEW_ERROR || !f->is_new)
		reply_text(out, "type", type_text(mem, &f->field));
	reply_bool(out, "required", f->field.is_required);
	reply_bool(out, "key", f->field.is_key);
	reply_bool(out, "new", f->is_new);
	reply_text(out, "from", f->expr);
	if (f->origin != PREVIEW_BY_NOTHING)
		reply_text(out, "by", f->origin == PREVIEW_BY_LINE ? "line" : "name");
	put_source(l, f, out);
	put_figures(l, f, out);
	reply_bool(out, "changed", is_changed(l, f->field.name));
	reply_text(out, "checks", mapping_checks_of(mem, &l->pipeline, f->field.name));
	if (f->doubt != NULL)
		reply_json(out, "readings", readings_text(mem, f->doubt));
	reply_end_row(out);
}

static enum err_code add_lines(struct looking *l, const struct cmd_args *in, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; i < arg_count(in, "line") && rc == ERR_OK; i++) {
		const char *name, *expr;

		rc = body_split(l->w.ctx->mem, "mapping preview", arg_nth(in, "line", i), &name,
				&expr, err);
		if (rc == ERR_OK)
			mapping_set(l->w.ctx->mem, &l->lines, name, expr[0] != '\0' ? expr : NULL);
	}
	return rc;
}

static void tell_drift(const struct looking *l)
{
	struct mapping_drift d = { 0 };

	d.n = drift_find(l->w.ctx->mem, l->w.row.fields, preview_source(l->sample->preview), &d.d);
	mapping_drift_tell(&l->w, &d);
}

static enum err_code run_preview(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				 struct err *err)
{
	struct looking l;
	enum err_code rc = begin(ctx, in, &l, err);

	if (rc == ERR_OK)
		rc = add_lines(&l, in, err);
	if (rc == ERR_OK)
		rc = look(&l, err);
	for (int i = 0; rc == ERR_OK && i < l.r.n; i++)
		put_field(&l, &l.r.f[i], out);
	if (rc == ERR_OK)
		tell_drift(&l);
	if (rc == ERR_OK && l.r.wrong != NULL)
		cmd_note(ctx, "%s", l.r.wrong);
	if (rc == ERR_OK)
		cmd_note(ctx, "%lld of %lld rows would be rejected%s", (long long)l.r.failed,
			 (long long)(l.r.rows - l.r.filtered),
			 l.r.nunasked > 0 ? "; checks that ask the target were left out" : "");
	mapping_sample_give(l.sample);
	return rc;
}

static const struct cmd_example preview_examples[] = {
	{ "leat mapping preview sales", "Each field: how many rows of a sample would fail" },
	{ "leat mapping preview sales \"amount=to_decimal(amount, ',')\"",
		"The same as if that line were there" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_preview = {
	.name = "mapping preview",
	.since = "0.2",
	.summary = "Show what your draft makes of a sample of the source, field by field.",
	.text = "Rows of the source are read, mapped and checked in memory; nothing is written. "
		"What a value must be is taken from the target: its type and length, not null.",
	.flags = CMD_IDEMPOTENT,
	.args = preview_args,
	.reply = preview_reply,
	.examples = preview_examples,
	.run = run_preview,
};

/* ---- try ------------------------------------------------------------------------------ */

static const struct val_spec try_args[] = {
	MAPPING_NAME,
	{ "field", VAL_TEXT, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL, "Field of the target.", 0 },
	{ "expression", VAL_TEXT, ARG_POSITIONAL, NULL, NULL,
	  "What would make it; without it, what your draft says.", 0 },
	SAMPLE_ARGS,
	VAL_END
};

static const struct val_spec try_reply[] = {
	{ "field", VAL_TEXT, 0, NULL, NULL, "The field.", 0 },
	{ "from", VAL_TEXT, COL_WRAP, NULL, NULL, "The expression.", 0 },
	{ "type", VAL_TEXT, 0, NULL, NULL, "Type of the field.", 0 },
	{ "gives", VAL_TEXT, 0, NULL, NULL, "Type that the expression gives.", 0 },
	{ "status", VAL_TEXT, 0, NULL, NULL, "As leat mapping preview says it.", 0 },
	{ "problem", VAL_TEXT, COL_WRAP, NULL, NULL, "What is wrong.", 0 },
	{ "at", VAL_INT8, 0, NULL, NULL, "Character of the expression it is about.", 0 },
	{ "rows", VAL_INT8, 0, NULL, NULL, "Rows of the sample.", 0 },
	{ "failing", VAL_INT8, 0, NULL, NULL, "Rows that fail.", 0 },
	{ "nulls", VAL_INT8, 0, NULL, NULL, "Rows in which it becomes null.", 0 },
	{ "rules", VAL_JSON, COL_WRAP, NULL, NULL, "Failing rows by rule.", 0 },
	{ "samples", VAL_JSON, COL_WRAP, NULL, NULL,
	  "Some rows, those that fail first: row, before, after, problem.", 0 },
	VAL_END
};

static json_t *json_text(struct arena *mem, const char *text)
{
	return body_value(mem, text != NULL ? slice_of(text) : (struct slice){ 0 });
}

static const char *samples_text(struct arena *mem, const struct preview_result *r)
{
	json_t *all = json_array();
	const char *text;

	for (int i = 0; i < r->nshown; i++) {
		const struct preview_row *s = &r->shown[i];
		json_t *one = json_object();

		json_object_set_new(one, "row", json_integer(s->row));
		json_object_set_new(one, "before", json_text(mem, s->before));
		json_object_set_new(one, "after", json_text(mem, s->after));
		json_object_set_new(one, "problem", json_text(mem, s->problem));
		json_array_append_new(all, one);
	}
	text = body_text(mem, all);
	json_decref(all);
	return text;
}

static void put_try(struct looking *l, struct reply *out)
{
	const struct preview_field *f = &l->r.f[preview_find(&l->r, l->ask.only)];
	struct arena *mem = l->w.ctx->mem;

	reply_text(out, "field", f->field.name);
	reply_text(out, "from", f->expr);
	reply_text(out, "type", type_text(mem, &f->field));
	if (f->origin != PREVIEW_BY_NOTHING && f->at == 0)
		reply_text(out, "gives", type_format(mem, &f->result));
	put_figures(l, f, out);
	reply_json(out, "samples", samples_text(mem, &l->r));
	reply_end_row(out);
}

static enum err_code run_try(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			     struct err *err)
{
	const char *expr = arg_text(in, "expression");
	struct looking l;
	enum err_code rc = begin(ctx, in, &l, err);

	l.ask.only = arg_text(in, "field");
	if (rc == ERR_OK && expr != NULL)
		mapping_set(ctx->mem, &l.lines, l.ask.only, expr[0] != '\0' ? expr : NULL);
	if (rc == ERR_OK)
		rc = look(&l, err);
	if (rc == ERR_OK)
		put_try(&l, out);
	mapping_sample_give(l.sample);
	return rc;
}

static const struct cmd_example try_examples[] = {
	{ "leat mapping try sales amount \"replace(amount, ',', '.')\"", "Before and after" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_try = {
	.name = "mapping try",
	.since = "0.2",
	.summary = "Try an expression for one field on a sample of the source.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = try_args,
	.reply = try_reply,
	.examples = try_examples,
	.run = run_try,
};

/* ---- sources --------------------------------------------------------------------------- */

static const struct val_spec sources_args[] = { MAPPING_NAME, SAMPLE_ARGS, VAL_END };

static const struct val_spec sources_reply[] = {
	{ "field", VAL_TEXT, 0, NULL, NULL, "Field of the source.", 0 },
	{ "type", VAL_TEXT, 0, NULL, NULL, "Its type.", 0 },
	{ "nulls", VAL_FLOAT8, 0, NULL, NULL, "Share of rows in which it is null.", 0 },
	{ "used", VAL_BOOL, 0, NULL, NULL, "Whether the mapping reads it.", 0 },
	{ "drift", VAL_TEXT, 0, NULL, NULL,
	  "What is other than at its publication or first run: new, gone, or the type it had.", 0 },
	VAL_END
};

static void put_gone(struct looking *l, const struct schema *source, struct reply *out)
{
	struct drift *d;
	int n = drift_find(l->w.ctx->mem, l->w.row.fields, source, &d);

	for (int i = 0; i < n; i++) {
		if (strcmp(d[i].what, "gone") != 0)
			continue;
		reply_text(out, "field", d[i].field);
		reply_bool(out, "used", false);
		reply_text(out, "drift", "gone");
		reply_end_row(out);
	}
}

static enum err_code run_sources(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				 struct err *err)
{
	const struct schema *source;
	struct looking l;
	enum err_code rc = begin(ctx, in, &l, err);

	/* The figures of no field are wanted: what they read is known without rows. */
	if (rc == ERR_OK)
		rc = look(&l, err);
	source = rc == ERR_OK ? preview_source(l.sample->preview) : NULL;
	for (int i = 0; rc == ERR_OK && i < source->nfields; i++) {
		const struct field *f = &source->field[i];

		reply_text(out, "field", f->name);
		reply_text(out, "type", type_text(ctx->mem, f));
		if (l.r.rows > 0)
			reply_float8(out, "nulls", (double)preview_nulls(l.sample->preview, i) /
						   (double)l.r.rows);
		reply_bool(out, "used", l.r.used[i] != 0);
		reply_text(out, "drift", drift_of(ctx->mem, l.w.row.fields, f));
		reply_end_row(out);
	}
	if (rc == ERR_OK)
		put_gone(&l, source, out);
	mapping_sample_give(l.sample);
	return rc;
}

static const struct cmd_example sources_examples[] = {
	{ "leat mapping sources sales", "Fields of the source that nothing reads, and new ones" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_sources = {
	.name = "mapping sources",
	.since = "0.2",
	.summary = "Show the fields of the source: which are read, which have changed.",
	.flags = CMD_IDEMPOTENT,
	.args = sources_args,
	.reply = sources_reply,
	.examples = sources_examples,
	.run = run_sources,
};
