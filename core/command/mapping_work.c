/*
 * core/command/mapping_work.c
 *	Drafts between the database and their lines.
 */
#include "core/command/mapping_work.h"

#include <jansson.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/command/body.h"

#define TRIES 8		/* when other sessions of the same person are quicker */

/* ---- reading ------------------------------------------------------------------------- */

/* Lines of a body; comments come from the text that was published with it. */
static enum err_code lines_of(struct arena *mem, const char *name, const char *body,
			      const char *text, struct pipeline *p, struct mapping *out,
			      struct err *err)
{
	struct mapping like;
	struct mapping_at at;
	enum err_code rc = body_read(mem, body, arena_printf(mem, "pipeline %s", name), p, err);

	if (rc == ERR_OK && text != NULL)
		rc = mapping_parse(mem, text, strlen(text), &like, &at, err);
	if (rc == ERR_OK)
		mapping_of(mem, p, text != NULL ? &like : NULL, out);
	return rc;
}

enum err_code mapping_open(struct cmd_ctx *ctx, const char *name, struct mapping_work *out,
			   struct err *err)
{
	struct mapping_at at;
	enum err_code rc;

	*out = (struct mapping_work){ .ctx = ctx };
	rc = cmd_db(ctx, &out->db, err);
	if (rc == ERR_OK)
		rc = mapping_get(ctx->mem, out->db, name, &out->row, err);
	if (rc == ERR_OK)
		rc = lines_of(ctx->mem, name, out->row.body, out->row.text, &out->pipeline,
			      &out->published, err);
	if (rc != ERR_OK)
		return rc;
	out->has_draft = out->row.draft != NULL;
	out->draft = out->published;
	if (out->has_draft)
		rc = mapping_parse(ctx->mem, out->row.draft, strlen(out->row.draft), &out->draft,
				   &at, err);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "the draft of %s", name);
}

enum err_code mapping_of_version(struct mapping_work *w, int64_t version, struct mapping *out,
				 struct err *err)
{
	struct mapping_versions all;
	struct pipeline p;
	enum err_code rc = mapping_versions(w->ctx->mem, w->db, w->row.name, version, &all, err);

	if (rc == ERR_OK && (version < 1 || all.n == 0)) {
		err_set(err, ERR_NOT_FOUND, "pipeline %s has no version %lld", w->row.name,
			(long long)version);
		err_hint(err, "Its versions are shown by: leat mapping history %.60s",
			 w->row.name);
		return ERR_NOT_FOUND;
	}
	return rc == ERR_OK ? lines_of(w->ctx->mem, w->row.name, all.v[0].body, all.v[0].text, &p,
				       out, err) : rc;
}

enum err_code mapping_base(struct mapping_work *w, struct mapping *out, struct err *err)
{
	struct pipeline p;

	*out = w->published;
	if (!w->has_draft || w->row.base_body == NULL)
		return ERR_OK;
	return lines_of(w->ctx->mem, w->row.name, w->row.base_body, w->row.base_text, &p, out,
			err);
}

bool mapping_is_behind(const struct mapping_work *w)
{
	return w->has_draft && w->row.base_version != w->row.version;
}

const char *mapping_text(struct arena *mem, const struct mapping *m)
{
	const char *copy;
	struct buf out;

	buf_init(&out, MAPPING_BYTES_MAX * 2);
	mapping_print(m, &out);
	copy = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return copy;
}

void mapping_as_pipeline(const struct mapping_work *w, const struct mapping *m,
			 struct pipeline *out)
{
	*out = w->pipeline;
	mapping_into(w->ctx->mem, m, out);
}

enum err_code mapping_read_file(struct cmd_ctx *ctx, const char *path, struct mapping *out,
				struct err *err)
{
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	struct mapping_at at;
	enum err_code rc;
	struct buf text;

	buf_init(&text, MAPPING_BYTES_MAX + 1);
	rc = body_read_file(path, &text, err);
	if (rc == ERR_OK)
		rc = mapping_parse(ctx->mem, arena_strndup(ctx->mem, buf_str(&text), text.len),
				   text.len, out, &at, err);
	buf_release(&text);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "%s", name);
}

/* ---- changing ------------------------------------------------------------------------ */

static enum err_code edit_once(struct mapping_work *w, const char *name, mapping_edit_fn fn,
			       void *arg, bool *changed, bool *kept, struct err *err)
{
	struct arena *mem = w->ctx->mem;
	const char *before, *after;
	json_t *edits = NULL;
	enum err_code rc = mapping_open(w->ctx, name, w, err);

	*kept = true;
	if (rc != ERR_OK)
		return rc;
	before = mapping_text(mem, &w->draft);
	rc = fn(w, arg, err);
	if (rc != ERR_OK)
		return rc;
	after = mapping_text(mem, &w->draft);
	*changed = strcmp(before, after) != 0;
	if (!*changed)
		return ERR_OK;
	if (!w->has_draft)
		w->row.base_version = w->row.version;
	if (w->row.edits == NULL)
		w->row.edits = "[]";
	rc = js_parse(&edits, w->row.edits, strlen(w->row.edits), "edits", err);
	if (rc == ERR_OK) {
		mapping_note(edits, &w->row.done, before, after);
		w->row.edits = body_text(mem, edits);
		w->row.draft = after;
		w->has_draft = true;
		rc = mapping_keep(w->db, &w->row, kept, err);
	}
	json_decref(edits);
	return rc;
}

enum err_code mapping_edit(struct cmd_ctx *ctx, const char *name, mapping_edit_fn fn, void *arg,
			   struct mapping_work *w, bool *changed, struct err *err)
{
	bool kept = false, other = false;
	enum err_code rc = ERR_OK;

	*w = (struct mapping_work){ .ctx = ctx };
	for (int i = 0; i < TRIES && !kept && rc == ERR_OK; i++)
		rc = edit_once(w, name, fn, arg, changed != NULL ? changed : &other, &kept, err);
	if (rc == ERR_OK && !kept)
		rc = err_set(err, ERR_CONFLICT, "the draft of %s is being changed elsewhere", name);
	return rc;
}
