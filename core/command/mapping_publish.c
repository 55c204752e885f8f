/*
 * core/command/mapping_publish.c
 *	The command mapping publish: a draft becomes what runs, after a plan.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/mapping_work.h"
#include "core/flow/match.h"
#include "core/meta/matching.h"

/* One publication on its way. */
struct publishing {
	struct cmd_ctx *ctx;
	const struct mapping_publishing *how;
	struct reply *out;	/* NULL: nobody reads rows */
	struct mapping_work w;
	struct mapping to;	/* what will be published */
	struct pipeline next;
	struct mapping_changes changes;
	struct mapping_sample *sample;	/* NULL: not looked at */
	struct preview_result now;
	const char *fields;	/* of the source */
	struct mapping_drift drift;	/* since they were noted last */
	const char *text;	/* the plan for people */
};

static void put_outcome(struct publishing *p, const char *outcome, int64_t version)
{
	if (p->out == NULL)
		return;
	reply_text(p->out, "outcome", outcome);
	if (version > 0)
		reply_int8(p->out, "version", version);
	reply_end_row(p->out);
}

/* ---- conflicts -------------------------------------------------------------------------- */

/* Three ways: what it began from, one's own, theirs. */
static enum err_code conflict(struct publishing *p, struct err *err)
{
	struct mapping base;
	struct mapping_changes c = { 0 };
	int clashes = 0;
	enum err_code rc = mapping_base(&p->w, &base, err);

	if (rc != ERR_OK)
		return rc;
	mapping_diff3(p->ctx->mem, &base, &p->w.draft, &p->w.published, &c);
	for (int i = 0; i < c.n; i++)
		clashes += mapping_clashes(&c.c[i]);
	if (p->how->merges) {
		mapping_merge(p->ctx->mem, &c, &p->w.draft, &p->to);
		return ERR_OK;
	}
	for (int i = 0; i < c.n && p->out != NULL; i++) {
		mapping_reply_change(p->out, &c.c[i], true);
		reply_text(p->out, "outcome", "conflict");
		reply_end_row(p->out);
	}
	err_set(err, ERR_CONFLICT, "version %lld was published%s%s since your draft began from "
		"version %lld; %d %s",
		(long long)p->w.row.version,
		p->w.row.published_by != NULL && p->w.row.published_by[0] != '\0' ? " by " : "",
		p->w.row.published_by != NULL ? p->w.row.published_by : "",
		(long long)p->w.row.base_version, clashes,
		clashes == 1 ? "line clashes" : "lines clash");
	err_hint(err, "leat mapping diff shows all three; publish --merge takes their changes in, "
		      "and yours where both have changed a line.");
	return ERR_CONFLICT;
}

/* ---- the plan ---------------------------------------------------------------------------- */

static enum err_code look(struct publishing *p, struct err *err)
{
	struct preview_ask ask = { .pipeline = &p->next, .stop = p->ctx->stop };
	enum err_code rc = mapping_sample_take(p->ctx, &p->next, PREVIEW_ROWS, true, &p->sample,
					       err);

	if (rc != ERR_OK) {
		err_hint(err, "--unchecked publishes without looking at source and target.");
		return rc;
	}
	ask.target = p->sample->target;
	p->fields = drift_note(p->ctx->mem, preview_source(p->sample->preview));
	p->drift.n = drift_find(p->ctx->mem, p->w.row.fields, preview_source(p->sample->preview),
				&p->drift.d);
	return preview_run(p->ctx->mem, p->sample->preview, &ask, &p->now, err);
}

/* A mapping that no job could run is not published. */
static enum err_code check(struct publishing *p, struct err *err)
{
	for (int i = 0; p->sample != NULL && i < p->now.n; i++) {
		const struct preview_field *f = &p->now.f[i];

		if (f->status < PREVIEW_MISSING)
			continue;
		err_set(err, ERR_CONFIG, "field %s: %s",
			text_fit(p->ctx->mem, f->field.name, strlen(f->field.name), 60),
			f->problem);
		err_hint(err, "leat mapping preview %.60s shows all that is wrong. The draft is "
			      "kept.", p->w.row.name);
		return ERR_CONFIG;
	}
	if (p->sample != NULL && p->now.wrong != NULL)
		return err_set(err, ERR_CONFIG, "%s", p->now.wrong);
	return ERR_OK;
}

/* Rows of the sample whose value is another than with what is published; -1: nobody knows. */
static int64_t rows_changed(struct publishing *p, const char *field)
{
	int64_t n = preview_rows(p->sample->preview), other = 0;
	struct arena *mem = arena_new(p->ctx->mem, "changed");
	struct hash128 *a = arena_array(mem, (size_t)n + 1, sizeof(*a));
	struct hash128 *b = arena_array(mem, (size_t)n + 1, sizeof(*b));
	struct preview_ask ask = { .target = p->sample->target, .only = field,
				   .stop = p->ctx->stop };
	struct preview_result r;
	struct err err = { 0 };

	ask.pipeline = &p->w.pipeline;
	ask.values = a;
	if (preview_run(mem, p->sample->preview, &ask, &r, &err) == ERR_OK) {
		ask.pipeline = &p->next;
		ask.values = b;
		if (preview_run(mem, p->sample->preview, &ask, &r, &err) != ERR_OK)
			other = -1;
	} else {
		/* A field that was not there before is another one in each row. */
		other = err.code == ERR_NOT_FOUND ? n : -1;
		n = 0;
	}
	for (int64_t i = 0; i < n && other >= 0; i++)
		other += memcmp(&a[i], &b[i], sizeof(a[i])) != 0;
	arena_free(mem);
	return other;
}

static void plan_change(struct publishing *p, const struct mapping_change *c)
{
	struct arena *mem = p->ctx->mem;
	bool is_field = c->kind == MAPPING_FIELD && p->sample != NULL;
	int at = is_field ? preview_find(&p->now, c->name) : -1;
	const char *name = mapping_change_name(c);
	const char *from = c->from != NULL ? c->from : "(none)";
	const char *to = c->to != NULL ? c->to : "(none)";
	int64_t other = at >= 0 ? rows_changed(p, c->name) : -1;

	p->text = arena_printf(mem, "%s\n  %s  %s -> %s", p->text,
			       text_fit(mem, name, strlen(name), 30),
			       text_fit(mem, from, strlen(from), 40),
			       text_fit(mem, to, strlen(to), 40));
	if (other >= 0)
		p->text = arena_printf(mem, "%s\n      another value in %lld of %lld rows of the "
				       "sample, %lld fail", p->text, (long long)other,
				       (long long)p->now.rows, (long long)p->now.f[at].failed);
	if (p->out == NULL)
		return;
	mapping_reply_change(p->out, c, false);
	if (other >= 0)
		reply_int8(p->out, "rows_changed", other);
	if (at >= 0)
		reply_int8(p->out, "rows_failing", p->now.f[at].failed);
	if (p->sample != NULL)
		reply_int8(p->out, "rows_looked_at", p->now.rows);
	reply_text(p->out, "outcome", "planned");
	reply_end_row(p->out);
}

/* In the question, which is not shown where nobody answers it. */
static void plan_drift(struct publishing *p)
{
	const char *text = drift_text(p->ctx->mem, p->drift.d, p->drift.n);

	if (text == NULL)
		return;
	p->text = arena_printf(p->ctx->mem, "%s\n  The source is another than it was, and taken "
			       "as it is: %s.", p->text, text);
	if (!p->ctx->is_talking)
		cmd_note(p->ctx, "the source is another than it was, and taken as it is: %s", text);
}

static void plan(struct publishing *p)
{
	p->text = arena_printf(p->ctx->mem, "mapping publish %s: version %lld, %d %s changed",
			       p->w.row.name, (long long)p->w.row.version + 1, p->changes.n,
			       p->changes.n == 1 ? "line" : "lines");
	for (int i = 0; i < p->changes.n; i++)
		plan_change(p, &p->changes.c[i]);
	plan_drift(p);
	if (p->sample != NULL)
		p->text = arena_printf(p->ctx->mem, "%s\n  %lld of %lld rows of the sample would be "
				       "rejected.", p->text, (long long)p->now.failed,
				       (long long)p->now.rows);
	p->text = arena_printf(p->ctx->mem, "%s\n  Version %lld is kept: mapping export --at-version "
			       "%lld and import make it a draft again.", p->text,
			       (long long)p->w.row.version, (long long)p->w.row.version);
}

static enum err_code confirm(struct publishing *p, struct err *err)
{
	struct cmd_ctx *ctx = p->ctx;

	if (ctx->is_confirmed || (ctx->ask != NULL && ctx->ask(ctx->face, p->text)))
		return ERR_OK;
	err_set(err, ERR_USAGE, "mapping publish %s: not confirmed; nothing was published",
		p->w.row.name);
	err_hint(err, "Say --yes when that is what you want.");
	return ERR_USAGE;
}

/* ---- what was decided ---------------------------------------------------------------------- */

/* The field of the source that alone fills a field; NULL: none does, or several. */
static const char *source_of(struct publishing *p, const struct preview_result *r,
			     const char *field)
{
	int at = preview_find(r, field);

	if (at < 0 || r->f[at].source < 0 || r->f[at].status >= PREVIEW_MISSING)
		return NULL;
	return preview_source(p->sample->preview)->field[r->f[at].source].name;
}

/* Pairs that are new were accepted, those that are gone refused: suggestions learn from it. */
static int decided(struct publishing *p, const struct preview_result *was, struct matching *out)
{
	struct arena *mem = p->ctx->mem;
	int n = 0;

	for (int i = 0; i < p->now.n; i++) {
		const char *field = p->now.f[i].field.name, *target = match_normal(mem, field);
		const char *now = source_of(p, &p->now, field), *old = source_of(p, was, field);

		if (now == old || (now != NULL && old != NULL && strcmp(now, old) == 0))
			continue;
		if (now != NULL)
			out[n++] = (struct matching){ match_normal(mem, now), target, 1, 0 };
		if (old != NULL)
			out[n++] = (struct matching){ match_normal(mem, old), target, 0, 1 };
	}
	return n;
}

/* What is published stands; not to be remembered for suggestions is no reason to fail. */
static void remember(struct publishing *p)
{
	struct preview_ask ask = { .pipeline = &p->w.pipeline };
	struct preview_result was;
	struct matching *made;
	struct err err = { 0 };
	int n = 0;

	if (p->sample == NULL)
		return;
	ask.target = p->sample->target;
	made = arena_array(p->ctx->mem, 2 * (size_t)p->now.n + 1, sizeof(*made));
	if (preview_run(p->ctx->mem, p->sample->preview, &ask, &was, &err) == ERR_OK)
		n = decided(p, &was, made);
	if (n > 0 && matching_note(p->w.db, n, made, &err) != ERR_OK)
		cmd_note(p->ctx, "what was decided is not remembered: %s", err.frame[0].text);
}

/* ---- how the source is read --------------------------------------------------------------- */

/*
 * Settings that only say again how the rows were read. Lines at the end are none: told of them,
 * a reader leaves out what it rejects by itself.
 */
static bool is_pinned(const char *option)
{
	static const char *const name[] = { "format", "encoding", "delimiter", "quote", "escape",
					    "header", "skip", "ragged", "columns", "rows-at",
					    "sheet" };

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (strcmp(name[i], option) == 0)
			return true;
	return false;
}

/*
 * What was recognised becomes a setting, so that tomorrow's file is read the same way or not at
 * all. What a person has set stays.
 */
static void pin(struct publishing *p)
{
	struct arena *mem = p->ctx->mem;
	struct params *to = &p->next.source.options;
	const struct finding_list *found = p->sample != NULL ? &p->sample->found : NULL;
	int n = found != NULL ? found->n : 0;
	struct param *all = arena_array(mem, (size_t)(to->n + n) + 1, sizeof(*all));
	const char *told = NULL;

	for (int i = 0; i < to->n; i++)
		all[i] = to->p[i];
	to->p = all;
	for (int i = 0; i < n; i++) {
		const struct finding *f = &found->f[i];

		if (!is_pinned(f->option) || params_get(to, NULL, f->option) != NULL)
			continue;
		/* The sample may go before the body is written. */
		all[to->n++] = (struct param){ f->option, arena_strdup(mem, f->value) };
		told = arena_printf(mem, "%s%s%s=%s", told != NULL ? told : "",
				    told != NULL ? ", " : "", f->option, f->value);
	}
	if (told != NULL)
		cmd_note(p->ctx, "written down of the source: %s", told);
}

/* ---- doing it ---------------------------------------------------------------------------- */

static enum err_code store(struct publishing *p, struct err *err)
{
	int64_t version = 0;
	enum err_code rc;

	pin(p);
	rc = mapping_publish(p->w.db, &p->w.row, body_of_pipeline(p->ctx->mem, &p->next),
			     mapping_text(p->ctx->mem, &p->to), p->fields, &version, err);

	if (rc == ERR_OK && version == 0)
		return err_set(err, ERR_CONFLICT, "pipeline %s was changed just now; look again",
			       p->w.row.name);
	if (rc == ERR_OK) {
		put_outcome(p, "published", version);
		remember(p);
	}
	return rc;
}

/* Nothing is another, not even the order or a comment. */
static bool is_same_body(struct publishing *p)
{
	return p->changes.n == 0 &&
	       strcmp(body_of_pipeline(p->ctx->mem, &p->next),
		      body_of_pipeline(p->ctx->mem, &p->w.pipeline)) == 0 &&
	       strcmp(mapping_text(p->ctx->mem, &p->to),
		      mapping_text(p->ctx->mem, &p->w.published)) == 0;
}

static enum err_code publish(struct publishing *p, struct err *err)
{
	enum err_code rc = mapping_open(p->ctx, p->how->name, &p->w, err);
	bool is_same, gone;

	p->to = p->w.draft;
	if (rc == ERR_OK && mapping_is_behind(&p->w))
		rc = conflict(p, err);
	if (rc != ERR_OK)
		return rc;
	mapping_as_pipeline(&p->w, &p->to, &p->next);
	mapping_diff(p->ctx->mem, &p->w.published, &p->to, &p->changes);
	is_same = is_same_body(p);
	if (is_same && !p->how->is_unchecked)
		rc = mapping_drift_look(&p->w, &p->drift, err);
	if (rc != ERR_OK)
		return rc;
	/* A draft that says nothing new goes; the fields of a source that has changed are news. */
	if (is_same && p->drift.n == 0) {
		cmd_note(p->ctx, "nothing differs from version %lld", (long long)p->w.row.version);
		put_outcome(p, "unchanged", p->w.row.version);
		return mapping_drop(p->w.db, &p->w.row, &gone, err);
	}
	if (!p->how->is_unchecked)
		rc = look(p, err);
	if (rc == ERR_OK)
		rc = check(p, err);
	if (rc == ERR_OK)
		plan(p);
	if (rc == ERR_OK)
		rc = confirm(p, err);
	return rc == ERR_OK ? store(p, err) : rc;
}

enum err_code mapping_publish_draft(struct cmd_ctx *ctx, const struct mapping_publishing *how,
				    struct reply *out, struct err *err)
{
	struct publishing p = { .ctx = ctx, .how = how, .out = out };
	enum err_code rc = publish(&p, err);

	mapping_sample_give(p.sample);
	return rc;
}

static const struct val_spec args[] = {
	MAPPING_NAME,
	{ "merge", VAL_BOOL, 0, NULL, NULL,
	  "Take in what others have published since the draft began.", 0 },
	{ "unchecked", VAL_BOOL, 0, NULL, NULL, "Do not look at source and target.", 0 },
	VAL_END
};

static const struct val_spec reply[] = {
	MAPPING_DIFF_COLUMNS,
	{ "rows_changed", VAL_INT8, 0, NULL, NULL, "Rows of the sample with another value.", 0 },
	{ "rows_failing", VAL_INT8, 0, NULL, NULL, "Rows of it that would be rejected.", 0 },
	{ "rows_looked_at", VAL_INT8, 0, NULL, NULL, "Rows of the sample.", 0 },
	{ "outcome", VAL_TEXT, 0, NULL, NULL,
	  "planned, then published or unchanged; conflict.", 0 },
	{ "version", VAL_INT8, 0, NULL, NULL, "The version that runs now.", 0 },
	VAL_END
};

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	struct mapping_publishing how = {
		.name = arg_text(in, "name"),
		.merges = arg_bool(in, "merge"),
		.is_unchecked = arg_bool(in, "unchecked"),
	};

	return mapping_publish_draft(ctx, &how, out, err);
}

static const struct cmd_example examples[] = {
	{ "leat mapping publish sales --yes", "Jobs from now on use the draft" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_publish = {
	.name = "mapping publish",
	.since = "0.2",
	.summary = "Make your draft of a mapping what runs.",
	.text = "First comes the plan: each line that changes, and in how many rows of a sample of "
		"the source the value would be another or fail; then, with --yes or a yes on the "
		"terminal, it is done. Jobs that exist keep the version they were made with. A "
		"mapping that cannot be computed, or that leaves a required field empty, is not "
		"published.\n\nWhen somebody else has published since the draft began, that is a "
		"conflict: the lines are told three ways and nothing is done. --merge takes their "
		"changes in; where both have changed a line, yours stands.\n\nThe fields of the source "
		"are noted as they are now. When they have changed since, publishing is a new version "
		"even where no line is another.",
	.flags = CMD_WRITES | CMD_PLANS,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
