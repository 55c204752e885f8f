/*
 * core/command/mapping.c
 *	The commands mapping show, export, status, history and diff: what there is.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/command/mapping_work.h"

#define WHICH_ARGS                                                                               \
	{ "draft", VAL_BOOL, 0, NULL, NULL, "Your draft, instead of what is published.", 0 },     \
	{ "at-version", VAL_INT8, 0, NULL, NULL, "This version, instead of the newest.", 0 }

#define DRIFT_TEXT                                                                       \
	"The source is looked at, two seconds at most: fields that are new, gone, or of another " \
	"type than when the mapping was published or first run are told behind the rows. leat "  \
	"mapping sources shows each of them."

#define DRIFT_COLUMN                                                                             \
	{ "drift", VAL_TEXT, COL_WIDE | COL_WRAP, NULL, NULL,                                    \
	  "What is other of the source fields it reads: new, gone, or the type that was.", 0 }

static const struct val_spec show_args[] = { MAPPING_NAME, WHICH_ARGS, VAL_END };

static const struct val_spec show_reply[] = {
	{ "field", VAL_TEXT, 0, NULL, NULL,
	  "Target field; null: what is said of whole rows.", 0 },
	{ "from", VAL_TEXT, COL_WRAP, NULL, NULL, "The expression that makes it.", 0 },
	{ "checks", VAL_TEXT, COL_WRAP, NULL, NULL, "What it has to satisfy.", 0 },
	{ "key", VAL_BOOL, COL_WIDE, NULL, NULL, "Part of the key by which rows are found.", 0 },
	DRIFT_COLUMN,
	VAL_END
};

/* Whether a check begins with that field, bare or in quotes. */
static bool is_about(const char *check, const char *field)
{
	size_t n = strlen(field);
	bool is_quoted = check[0] == '"';
	const char *end;

	check += is_quoted;
	if (strncmp(check, field, n) != 0)
		return false;
	end = check + n;
	return is_quoted ? *end == '"' : !isalnum((unsigned char)*end) && *end != '_';
}

/* Checks of the field that nobody has told yet, parted by "; ". */
static const char *checks_of(struct arena *mem, const struct pipeline *p, const char *field,
			     bool *told)
{
	const char *all = NULL;

	for (int i = 0; i < p->nchecks; i++) {
		if (told[i] || (field != NULL && !is_about(p->check[i], field)))
			continue;
		told[i] = true;
		all = all == NULL ? p->check[i] : arena_printf(mem, "%s; %s", all, p->check[i]);
	}
	return all;
}

const char *mapping_checks_of(struct arena *mem, const struct pipeline *p, const char *field)
{
	bool *told = arena_array(mem, (size_t)p->nchecks + 1, sizeof(*told));

	return checks_of(mem, p, field, told);
}

static void put_rows(struct cmd_ctx *ctx, const struct pipeline *p, const struct mapping_drift *d,
		     struct reply *out)
{
	bool *told = arena_array(ctx->mem, (size_t)p->nchecks + 1, sizeof(*told));
	const char *rest;

	for (int i = 0; i < p->nmaps; i++) {
		const char *field = p->map[i].target;

		reply_text(out, "field", field);
		reply_text(out, "from", p->map[i].expr);
		reply_text(out, "checks", checks_of(ctx->mem, p, field, told));
		reply_bool(out, "key", pipeline_has_key(p, field));
		reply_text(out, "drift", mapping_drift_of(ctx->mem, d, p->map[i].expr));
		reply_end_row(out);
	}
	if (!p->only_mapped) {
		reply_text(out, "from", "every field of the source that is not named here");
		reply_text(out, "drift", mapping_drift_of_others(ctx->mem, d, p));
		reply_end_row(out);
	}
	if (p->filter != NULL) {
		reply_text(out, "from", arena_printf(ctx->mem, "only rows with: %s", p->filter));
		reply_text(out, "drift", mapping_drift_of(ctx->mem, d, p->filter));
		reply_end_row(out);
	}
	rest = checks_of(ctx->mem, p, NULL, told);
	if (rest != NULL) {
		reply_text(out, "checks", rest);
		reply_end_row(out);
	}
}

/* The lines that --draft and --at-version name. */
static enum err_code read_which(struct cmd_ctx *ctx, const struct cmd_args *in,
				struct mapping_work *w, struct mapping *out, struct err *err)
{
	enum err_code rc = mapping_open(ctx, arg_text(in, "name"), w, err);

	if (rc != ERR_OK)
		return rc;
	if (arg_bool(in, "draft") && arg_given(in, "at-version"))
		return err_set(err, ERR_USAGE, "either --draft or --at-version");
	if (arg_given(in, "at-version"))
		return mapping_of_version(w, arg_int8(in, "at-version"), out, err);
	if (arg_bool(in, "draft") && !w->has_draft) {
		err_set(err, ERR_NOT_FOUND, "you have no draft of %s", w->row.name);
		err_hint(err, "One begins with: leat mapping set %.60s 'FIELD=EXPRESSION'",
			 w->row.name);
		return ERR_NOT_FOUND;
	}
	*out = arg_bool(in, "draft") ? w->draft : w->published;
	return ERR_OK;
}

static enum err_code run_show(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct mapping_drift d;
	struct mapping_work w;
	struct mapping m;
	struct pipeline p;
	enum err_code rc = read_which(ctx, in, &w, &m, err);

	if (rc == ERR_OK)
		rc = mapping_drift_look(&w, &d, err);
	if (rc != ERR_OK)
		return rc;
	mapping_as_pipeline(&w, &m, &p);
	put_rows(ctx, &p, &d, out);
	mapping_drift_tell(&w, &d);
	return ERR_OK;
}

static const struct cmd_example show_examples[] = {
	{ "leat mapping show sales", "Each target field, what makes it, what it must satisfy" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_show = {
	.name = "mapping show",
	.since = "0.1",
	.summary = "Show the mapping of a pipeline, field by field.",
	.text = "A row without a field says what holds for whole rows: fields that are taken as "
		"they are, the filter, and checks that begin with no target field.\n\n"
		DRIFT_TEXT,
	.flags = CMD_IDEMPOTENT,
	.args = show_args,
	.reply = show_reply,
	.examples = show_examples,
	.run = run_show,
};

/* ---- export ----------------------------------------------------------------------- */

static const struct val_spec export_args[] = {
	MAPPING_NAME,
	{ "file", VAL_FILE, ARG_POSITIONAL, NULL, NULL,
	  "Write it there; without it, to standard output.", 0 },
	WHICH_ARGS,
	VAL_END
};

static const struct val_spec lines_reply[] = {
	{ "line", VAL_TEXT, 0, NULL, NULL, "A line of the mapping.", 0 }, VAL_END
};

static enum err_code write_file(const char *path, const char *text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	size_t n = strlen(text), done = 0;
	enum err_code rc = ERR_OK;

	if (fd < 0)
		return err_sys(err, errno, "opening %s", path);
	while (done < n && rc == ERR_OK) {
		ssize_t k = write(fd, text + done, n - done);

		if (k < 0 && errno != EINTR)
			rc = err_sys(err, errno, "writing %s", path);
		else if (k > 0)
			done += (size_t)k;
	}
	if (close(fd) != 0 && rc == ERR_OK)
		rc = err_sys(err, errno, "writing %s", path);
	return rc;
}

static enum err_code run_export(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	const char *file = arg_text(in, "file"), *text;
	struct mapping_work w;
	struct mapping m;
	enum err_code rc = read_which(ctx, in, &w, &m, err);

	if (rc != ERR_OK)
		return rc;
	text = mapping_text(ctx->mem, &m);
	if (file == NULL || strcmp(file, "-") == 0)
		reply_lines(out, text);
	else
		rc = write_file(file, text, err);
	return rc;
}

static const struct cmd_example export_examples[] = {
	{ "leat mapping export sales", "One line a field" },
	{ "leat mapping export sales sales.map", "To a file" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_export = {
	.name = "mapping export",
	.since = "0.2",
	.summary = "Write the mapping of a pipeline as a text, one line a field.",
	.text = "Comments are kept. leat mapping import reads it again; leat help mappings has "
		"the form of the lines.",
	.flags = CMD_IDEMPOTENT | CMD_PLAIN | CMD_LOCAL,
	.args = export_args,
	.reply = lines_reply,
	.examples = export_examples,
	.run = run_export,
};

/* ---- status ----------------------------------------------------------------------- */

static const struct val_spec name_args[] = { MAPPING_NAME, VAL_END };

static const struct val_spec status_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The pipeline.", 0 },
	{ "source", VAL_TEXT, COL_WRAP, NULL, NULL, "What it reads.", 0 },
	{ "target", VAL_TEXT, COL_WRAP, NULL, NULL, "What it writes.", 0 },
	{ "version", VAL_INT8, 0, NULL, NULL, "The version that is published.", 0 },
	{ "published_by", VAL_TEXT, 0, NULL, NULL, "Who published it; null: nobody knows.", 0 },
	{ "published_at", VAL_TIME, 0, NULL, NULL, "When that was.", 0 },
	{ "draft", VAL_BOOL, 0, NULL, NULL, "Whether you have a draft.", 0 },
	{ "draft_at", VAL_TIME, 0, NULL, NULL, "When you changed it last.", 0 },
	{ "base_version", VAL_INT8, 0, NULL, NULL, "The version that your draft began from.", 0 },
	{ "behind", VAL_BOOL, 0, NULL, NULL, "Somebody has published since.", 0 },
	{ "changes", VAL_INT8, 0, NULL, NULL, "Lines in which the draft differs.", 0 },
	{ "undo", VAL_INT8, 0, NULL, NULL, "Edits that can be undone.", 0 },
	{ "redo", VAL_INT8, 0, NULL, NULL, "Edits that can be done again.", 0 },
	{ "others", VAL_TEXT, COL_WRAP, NULL, NULL, "Who else has a draft.", 0 },
	VAL_END
};

void mapping_count_edits(const struct mapping_work *w, int *undo, int *redo)
{
	json_t *list = w->row.edits != NULL ? json_loads(w->row.edits, 0, NULL) : NULL;

	*undo = w->has_draft ? w->row.done : 0;
	*redo = w->has_draft ? (int)json_array_size(list) - *undo : 0;
	json_decref(list);
}

static const char *end_text(struct arena *mem, const struct pipeline_end *e)
{
	const char *what = e->stream[0] != '\0' ? e->stream : e->query != NULL ? e->query : "";

	return e->connection[0] != '\0' ? arena_printf(mem, "%s:%s", e->connection, what) : what;
}

static void put_status(struct mapping_work *w, struct reply *out)
{
	struct arena *mem = w->ctx->mem;
	struct mapping_changes c;
	int undo, redo;

	mapping_count_edits(w, &undo, &redo);
	mapping_diff(mem, &w->published, &w->draft, &c);
	reply_text(out, "name", w->row.name);
	reply_text(out, "source", end_text(mem, &w->pipeline.source));
	reply_text(out, "target", end_text(mem, &w->pipeline.target));
	reply_int8(out, "version", w->row.version);
	if (w->row.published_by != NULL && w->row.published_by[0] != '\0')
		reply_text(out, "published_by", w->row.published_by);
	reply_text(out, "published_at", w->row.published_at);
	reply_bool(out, "draft", w->has_draft);
	if (w->has_draft) {
		reply_text(out, "draft_at", w->row.draft_at);
		reply_int8(out, "base_version", w->row.base_version);
	}
	reply_bool(out, "behind", mapping_is_behind(w));
	reply_int8(out, "changes", c.n);
	reply_int8(out, "undo", undo);
	reply_int8(out, "redo", redo);
	reply_text(out, "others", w->row.others);
	reply_end_row(out);
}

static enum err_code run_status(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	struct mapping_work w;
	enum err_code rc = mapping_open(ctx, arg_text(in, "name"), &w, err);

	if (rc == ERR_OK)
		put_status(&w, out);
	return rc;
}

static const struct cmd_example status_examples[] = {
	{ "leat mapping status sales", "Whether there is a draft, and what it began from" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_status = {
	.name = "mapping status",
	.since = "0.2",
	.summary = "Show how your draft of a mapping stands.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = status_reply,
	.examples = status_examples,
	.run = run_status,
};

/* ---- history ------------------------------------------------------------------------ */

static const struct val_spec history_reply[] = {
	{ "version", VAL_INT8, 0, NULL, NULL, "The version.", 0 },
	{ "published_at", VAL_TIME, 0, NULL, NULL, "When it was published.", 0 },
	{ "published_by", VAL_TEXT, 0, NULL, NULL, "By whom; null: nobody knows.", 0 },
	{ "current", VAL_BOOL, 0, NULL, NULL, "Whether it is the one that runs.", 0 },
	VAL_END
};

static enum err_code run_history(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				 struct err *err)
{
	struct mapping_versions all = { 0 };
	struct mapping_work w;
	enum err_code rc = mapping_open(ctx, arg_text(in, "name"), &w, err);

	if (rc == ERR_OK)
		rc = mapping_versions(ctx->mem, w.db, w.row.name, 0, &all, err);
	for (int i = 0; rc == ERR_OK && i < all.n; i++) {
		reply_int8(out, "version", all.v[i].version);
		reply_text(out, "published_at", all.v[i].published_at);
		if (all.v[i].published_by != NULL && all.v[i].published_by[0] != '\0')
			reply_text(out, "published_by", all.v[i].published_by);
		reply_bool(out, "current", all.v[i].is_current);
		reply_end_row(out);
	}
	return rc;
}

static const struct cmd_example history_examples[] = {
	{ "leat mapping history sales", "Its versions: who published them, and when" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_history = {
	.name = "mapping history",
	.since = "0.2",
	.summary = "Show the versions of a pipeline.",
	.flags = CMD_IDEMPOTENT,
	.args = name_args,
	.reply = history_reply,
	.examples = history_examples,
	.run = run_history,
};

/* ---- diff --------------------------------------------------------------------------- */

static const struct val_spec diff_args[] = {
	MAPPING_NAME,
	{ "file", VAL_FILE, ARG_POSITIONAL, NULL, NULL,
	  "Compare with this file instead of your draft.", 0 },
	{ "draft", VAL_BOOL, 0, NULL, NULL, "With your draft; that is what happens anyway.", 0 },
	{ "at-version", VAL_INT8, 0, NULL, NULL, "What has changed since this version.", 0 },
	VAL_END
};

static const struct val_spec diff_reply[] = { MAPPING_DIFF_COLUMNS, DRIFT_COLUMN, VAL_END };

const char *mapping_change_name(const struct mapping_change *c)
{
	static const char *const name[] = { "", "", "check:", "filter:", "others:" };

	return c->kind == MAPPING_FIELD ? c->name : name[c->kind];
}

void mapping_reply_change(struct reply *out, const struct mapping_change *c, bool is_three)
{
	const char *to = c->is_mine ? c->to : c->theirs;

	reply_text(out, "field", mapping_change_name(c));
	reply_text(out, "change", mapping_clashes(c) ? "clash" :
		   c->from == NULL ? "added" : to == NULL ? "removed" : "changed");
	reply_text(out, "from", c->from);
	reply_text(out, "to", c->to);
	if (is_three) {
		reply_text(out, "theirs", c->theirs);
		reply_text(out, "by", c->is_mine && c->is_theirs ? "both" :
			   c->is_mine ? "you" : "others");
	}
}

/* What the words name: two sides, three when others have published since the draft began. */
static enum err_code find_changes(struct mapping_work *w, const struct cmd_args *in,
				  struct mapping_changes *out, bool *is_three, struct err *err)
{
	const char *file = arg_text(in, "file");
	struct mapping from = w->published, to = w->draft;
	enum err_code rc = ERR_OK;

	if ((file != NULL) + arg_bool(in, "draft") + arg_given(in, "at-version") > 1)
		return err_set(err, ERR_USAGE, "either a file, --draft, or --at-version");
	if (file != NULL) {
		rc = mapping_read_file(w->ctx, file, &to, err);
	} else if (arg_given(in, "at-version")) {
		to = w->published;
		rc = mapping_of_version(w, arg_int8(in, "at-version"), &from, err);
	} else if (mapping_is_behind(w)) {
		*is_three = true;
		rc = mapping_base(w, &from, err);
	}
	if (rc == ERR_OK && *is_three)
		mapping_diff3(w->ctx->mem, &from, &to, &w->published, out);
	else if (rc == ERR_OK)
		mapping_diff(w->ctx->mem, &from, &to, out);
	return rc;
}

static void put_changes(const struct mapping_work *w, const struct mapping_changes *c,
			bool is_three, const struct mapping_drift *d, struct reply *out)
{
	for (int i = 0; i < c->n; i++) {
		const struct mapping_change *one = &c->c[i];
		const char *to = one->is_mine ? one->to : one->theirs;
		bool reads = one->kind == MAPPING_FIELD || one->kind == MAPPING_FILTER;

		mapping_reply_change(out, one, is_three);
		if (to != NULL && reads)
			reply_text(out, "drift", mapping_drift_of(w->ctx->mem, d, to));
		reply_end_row(out);
	}
}

static enum err_code run_diff(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct mapping_changes c = { 0 };
	struct mapping_drift d;
	struct mapping_work w;
	bool is_three = false;
	enum err_code rc = mapping_open(ctx, arg_text(in, "name"), &w, err);

	if (rc == ERR_OK)
		rc = find_changes(&w, in, &c, &is_three, err);
	if (rc == ERR_OK)
		rc = mapping_drift_look(&w, &d, err);
	if (rc != ERR_OK)
		return rc;
	put_changes(&w, &c, is_three, &d, out);
	if (is_three)
		cmd_note(ctx, "your draft began from version %lld; version %lld was published since",
			 (long long)w.row.base_version, (long long)w.row.version);
	mapping_drift_tell(&w, &d);
	return ERR_OK;
}

static const struct cmd_example diff_examples[] = {
	{ "leat mapping diff sales", "What your draft changes" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_diff = {
	.name = "mapping diff",
	.since = "0.2",
	.summary = "Show in which lines two mappings differ.",
	.text = "Without more: what is published, and your draft. When others have published since "
		"your draft began, both are compared with the version it began from.\n\n"
		DRIFT_TEXT,
	.flags = CMD_IDEMPOTENT | CMD_LOCAL,
	.args = diff_args,
	.reply = diff_reply,
	.examples = diff_examples,
	.run = run_diff,
};
