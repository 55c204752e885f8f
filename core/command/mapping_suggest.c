/*
 * core/command/mapping_suggest.c
 *	The command mapping suggest: which source field belongs to which target field.
 */
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/sources.h"
#include "core/command/suggest.h"
#include "core/meta/pipeline_store.h"

static const struct val_spec args[] = {
	{ "source", VAL_FILE, ARG_POSITIONAL, NULL, NULL, SOURCE_HELP, 0 },
	{ "target", VAL_TEXT, ARG_POSITIONAL, NULL, "[CONNECTION:]TABLE",
	  "The table whose fields are to be filled.", 0 },
	{ "pipeline", VAL_NAME, 0, NULL, "pipeline",
	  "Source and target of this pipeline; its own mapping stays as it is.", 0 },
	{ "fix", VAL_TEXT, ARG_REPEAT, NULL, "TARGET=SOURCE",
	  "A pair that is decided; TARGET=- is a field that gets nothing.", 0 },
	{ "most", VAL_INT8, 0, "5", NULL, "Candidates a field, 1 to 50.", 0 },
	{ "least", VAL_INT8, 0, "40", NULL, "Score below which nothing is assigned, 1 to 100.", 0 },
	{ "rows", VAL_INT8, 0, "10000", NULL, "Rows of each side to look at, 1 to 1000000.", 0 },
	{ "option", VAL_TEXT, ARG_REPEAT, NULL, "NAME=VALUE", "A setting of the source.", 0 },
	VAL_END
};

static const struct val_spec reply[] = {
	{ "target", VAL_TEXT, 0, NULL, NULL, "Field of the target.", 0 },
	{ "rank", VAL_INT8, 0, NULL, NULL, "1 is the best; null: there is no candidate.", 0 },
	{ "source", VAL_TEXT, 0, NULL, NULL, "Field of the source.", 0 },
	{ "score", VAL_INT8, 0, NULL, NULL,
	  "From 1 to 100; 0 where only a person speaks for it.", 0 },
	{ "assigned", VAL_BOOL, 0, NULL, NULL, "Suggested over all: each source at most once.", 0 },
	{ "fixed", VAL_BOOL, COL_WIDE, NULL, NULL, "A person has decided on this target.", 0 },
	{ "reasons", VAL_TEXT, COL_WRAP, NULL, NULL,
	  "What speaks for it, each from 0 to 1, with why; or that nothing does.", 0 },
	VAL_END
};

static enum err_code check_numbers(const struct cmd_args *in, struct err *err)
{
	static const struct {
		const char *name;
		int64_t most;
	} limit[] = { { "most", 50 }, { "least", 100 }, { "rows", 1000000 } };

	for (size_t i = 0; i < sizeof(limit) / sizeof(limit[0]); i++)
		if (arg_int8(in, limit[i].name) < 1 || arg_int8(in, limit[i].name) > limit[i].most)
			return err_set(err, ERR_USAGE, "--%s takes a number from 1 to %lld",
				       limit[i].name, (long long)limit[i].most);
	return ERR_OK;
}

/* Lines of a mapping are decisions: those that name a field, and all others without a source. */
static void fix_lines(struct arena *mem, const struct pipeline *p, struct suggest_ask *out)
{
	struct suggest_fixed *fixed = arena_array(mem, (size_t)p->nmaps + 1, sizeof(*fixed));

	for (int i = 0; i < p->nmaps; i++) {
		const char **name;
		int n;

		body_names(mem, p->map[i].expr, &n, &name);
		fixed[out->nfixed++] = (struct suggest_fixed){ p->map[i].target,
							       n == 1 ? name[0] : NULL };
	}
	out->fixed = fixed;
	out->is_lenient = true;
}

static enum err_code of_pipeline(struct cmd_ctx *ctx, const char *name, struct suggest_ask *out,
				 struct err *err)
{
	struct pipeline_row row;
	struct pipeline p;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = pipeline_get(ctx->mem, db, name, &row, err);
	if (rc == ERR_OK)
		rc = body_read(ctx->mem, row.body, arena_printf(ctx->mem, "pipeline %s", name), &p,
			       err);
	if (rc == ERR_OK)
		rc = pipeline_fill_slot(ctx->mem, &p, NULL, err);
	if (rc != ERR_OK)
		return rc;
	out->source = p.source;
	out->target = p.target;
	fix_lines(ctx->mem, &p, out);
	return ERR_OK;
}

static enum err_code of_words(struct cmd_ctx *ctx, const struct cmd_args *in,
			      struct suggest_ask *out, struct err *err)
{
	const char *source = arg_text(in, "source"), *target = arg_text(in, "target");
	enum err_code rc = sources_options(ctx->mem, in, &out->source.options, err);

	if (rc != ERR_OK)
		return rc;
	out->source.stream = source;
	if (access(source, F_OK) != 0)
		out->source.connection = sources_split(ctx->mem, source, &out->source.stream);
	if (out->source.connection == NULL)
		out->source.connection = "files";
	out->target.connection = sources_split(ctx->mem, target, &out->target.stream);
	if (out->target.connection == NULL)
		out->target.connection = "local";
	if (out->source.stream[0] == '\0' || out->target.stream[0] == '\0' ||
	    out->source.connection[0] == '\0' || out->target.connection[0] == '\0')
		return err_set(err, ERR_USAGE, "source and target are [CONNECTION:]NAME");
	return ERR_OK;
}

static enum err_code read_ends(struct cmd_ctx *ctx, const struct cmd_args *in,
			       struct suggest_ask *out, struct err *err)
{
	bool has_source = arg_given(in, "source"), has_target = arg_given(in, "target");

	if (arg_given(in, "pipeline") && !has_source && !arg_given(in, "option"))
		return of_pipeline(ctx, arg_text(in, "pipeline"), out, err);
	if (arg_given(in, "pipeline") || !has_source || !has_target) {
		err_set(err, ERR_USAGE, "mapping suggest takes SOURCE and TARGET, or --pipeline");
		err_hint(err, "As in: leat mapping suggest sales.csv public.sales.");
		return ERR_USAGE;
	}
	return of_words(ctx, in, out, err);
}

static enum err_code read_fixes(struct arena *mem, const struct cmd_args *in,
				struct suggest_ask *out, struct err *err)
{
	int n = arg_count(in, "fix");
	struct suggest_fixed *all = arena_array(mem, (size_t)(out->nfixed + n) + 1, sizeof(*all));
	enum err_code rc = ERR_OK;

	if (n == 0)
		return ERR_OK;
	for (int i = 0; i < out->nfixed; i++)
		all[i] = out->fixed[i];
	for (int i = 0; i < n && rc == ERR_OK; i++) {
		struct suggest_fixed *f = &all[out->nfixed++];

		rc = body_split(mem, "--fix", arg_nth(in, "fix", i), &f->target, &f->source, err);
		if (rc == ERR_OK && strcmp(f->source, "-") == 0)
			f->source = NULL;
	}
	out->fixed = all;
	return rc;
}

static void put_candidate(struct reply *out, struct cmd_ctx *ctx, const struct suggest *s,
			  const struct match_target *t, int i)
{
	const struct match_candidate *c = &t->candidate[i];

	reply_int8(out, "rank", i + 1);
	reply_text(out, "source", s->ask.source[c->source].name);
	reply_int8(out, "score", c->score);
	reply_bool(out, "assigned", c->is_assigned);
	reply_bool(out, "fixed", t->is_fixed);
	reply_text(out, "reasons", match_reasons(ctx->mem, c));
	reply_end_row(out);
}

static void put_rows(struct cmd_ctx *ctx, const struct suggest *s, struct reply *out)
{
	const char *unused = NULL;

	for (int t = 0; t < s->answer.ntargets; t++) {
		const struct match_target *one = &s->answer.target[t];

		for (int i = 0; i < one->ncandidates; i++) {
			reply_text(out, "target", s->ask.target[t].name);
			put_candidate(out, ctx, s, one, i);
		}
		if (one->ncandidates == 0) {
			reply_text(out, "target", s->ask.target[t].name);
			reply_bool(out, "assigned", false);
			reply_bool(out, "fixed", one->is_fixed);
			reply_text(out, "reasons", one->is_fixed ? "it is to get nothing" :
				   "nothing speaks for any field of the source");
			reply_end_row(out);
		}
	}
	for (int i = 0; i < s->answer.nunused; i++) {
		const char *name = s->ask.source[s->answer.unused[i]].name;

		unused = unused == NULL ? name : arena_printf(ctx->mem, "%s, %s", unused, name);
	}
	if (unused != NULL)
		cmd_note(ctx, "not used: %s",
			 text_fit(ctx->mem, unused, strlen(unused), 500));
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	struct suggest_ask ask = { .most = (int)arg_int8(in, "most"),
				   .least = (int)arg_int8(in, "least"),
				   .rows = arg_int8(in, "rows") };
	struct suggest s;
	enum err_code rc = check_numbers(in, err);

	if (rc == ERR_OK)
		rc = read_ends(ctx, in, &ask, err);
	if (rc == ERR_OK)
		rc = read_fixes(ctx->mem, in, &ask, err);
	if (rc == ERR_OK)
		rc = suggest_run(ctx, &ask, &s, err);
	if (rc == ERR_OK)
		put_rows(ctx, &s, out);
	return rc;
}

static const struct cmd_example examples[] = {
	{ "leat mapping suggest sales.csv public.sales", "What of a file may fill which field" },
	{ "leat mapping suggest --pipeline sales --most 1", "For a pipeline, the best ones only" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_suggest = {
	.name = "mapping suggest",
	.since = "0.2",
	.summary = "Suggest which source field belongs to which target field, and say why.",
	.text = "Each field of the target gets candidates with a score. It comes from the names (words, "
		"abbreviations, eight languages), the types (what would be lost), the values of a "
		"sample of both sides (shapes, lengths, ranges, repetition), kinds of values that say "
		"what they are (e-mail addresses, IBANs, currencies), values that both sides have and "
		"values that are keys of the target, what this organization accepted or refused "
		"before, and the place in the row.\n\n"
		"Assigned is the best choice over all fields together: each source at most once, and "
		"nothing below --least. What a person has decided (--fix, lines of the pipeline's "
		"mapping) stays, whatever its score. Nothing is changed.",
	.flags = CMD_IDEMPOTENT | CMD_LOCAL,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
