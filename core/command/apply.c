/*
 * core/command/apply.c
 *	The command apply: make connections, pipelines, schedules and alerts what a file says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/nearest.h"
#include "core/command/alerts.h"
#include "core/command/body.h"
#include "core/command/command.h"
#include "core/command/schedules.h"
#include "core/command/settings.h"
#include "core/command/yaml.h"
#include "core/db/db.h"
#include "core/engine/deliver.h"
#include "core/flow/connector.h"
#include "core/flow/pipeline.h"
#include "core/meta/connection.h"
#include "core/meta/pipeline_store.h"

static const struct val_spec args[] = {
	{ "file", VAL_FILE, ARG_REQUIRED, NULL, NULL, "The file; - is standard input.", 'f' },
	{ "dry-run", VAL_BOOL, 0, NULL, NULL, "Only say what would change.", 0 },
	VAL_END
};

static const struct val_spec reply[] = {
	{ "kind", VAL_TEXT, 0, NULL, NULL, "connection, secret, pipeline, schedule or alert.", 0 },
	{ "name", VAL_NAME, 0, NULL, NULL, "Its name.", 0 },
	{ "action", VAL_TEXT, 0, NULL, NULL, "created, changed or unchanged.", 0 },
	{ "difference", VAL_TEXT, COL_WRAP, NULL, NULL, "What is other than before.", 0 },
	VAL_END
};

struct apply {
	struct cmd_ctx *ctx;
	struct db *db;
	struct reply *out;
	struct yaml_doc doc;
	const char *what;	/* file, for messages */
	const char *folder;	/* of the file: relative names start there */
	const json_t *at;	/* the value to blame; NULL: all of the entry */
	bool is_dry_run;
	bool wakes;		/* engines have a new slot to look at */
};

/* ---- reading ------------------------------------------------------------------------- */

static const char *folder_of(struct arena *mem, const char *path)
{
	char cwd[4096];
	const char *slash = strrchr(path, '/');

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		cwd[0] = '\0';
	if (slash == NULL)
		return arena_strdup(mem, cwd);
	if (path[0] == '/')
		return arena_strndup(mem, path, (size_t)(slash - path));
	return arena_printf(mem, "%s/%.*s", cwd, (int)(slash - path), path);
}

static enum err_code wrap_at(struct apply *a, const json_t *value, const char *what,
			     const char *name, enum err_code rc, struct err *err)
{
	long line = yaml_line_of(&a->doc, value);

	return err_wrap(err, rc, "%s, line %ld, %s %s", a->what, line, what, name);
}

/* ---- differences ---------------------------------------------------------------------- */

static void add_change(struct buf *out, const char *path, const json_t *from, const json_t *to)
{
	char *a = from != NULL ? json_dumps(from, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	char *b = to != NULL ? json_dumps(to, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	if (out->len > 0)
		buf_adds(out, "\n");
	if (a == NULL)
		buf_addf(out, "+ %s: %s", path, b);
	else if (b == NULL)
		buf_addf(out, "- %s: %s", path, a);
	else
		buf_addf(out, "~ %s: %s -> %s", path, a, b);
	free(a);
	free(b);
}

/* Key by key; deeper than two levels a value is told as a whole. */
static void add_difference(struct arena *mem, struct buf *out, const char *path, json_t *from,
			   json_t *to, int depth)
{
	const char *key;
	json_t *v;

	if (json_equal(from, to))
		return;
	if (depth >= 2 || !json_is_object(from) || !json_is_object(to)) {
		add_change(out, path, from, to);
		return;
	}
	json_object_foreach(to, key, v) {
		const char *inner = path[0] == '\0' ? key : arena_printf(mem, "%s.%s", path, key);
		json_t *old = json_object_get(from, key);

		if (old == NULL)
			add_change(out, inner, NULL, v);
		else
			add_difference(mem, out, inner, old, v, depth + 1);
	}
	json_object_foreach(from, key, v)
		if (json_object_get(to, key) == NULL)
			add_change(out,
				   path[0] == '\0' ? key : arena_printf(mem, "%s.%s", path, key),
				   v, NULL);
}

static void answer(struct apply *a, const char *kind, const char *name, const char *action,
		   const char *difference)
{
	reply_text(a->out, "kind", kind);
	reply_text(a->out, "name", name);
	reply_text(a->out, "action", action);
	if (difference != NULL && difference[0] != '\0')
		reply_text(a->out, "difference", difference);
	reply_end_row(a->out);
}

/* Says how stored (JSON text or NULL) and wanted differ; whether there is anything to do. */
static enum err_code compare(struct apply *a, const char *kind, const char *name,
			     const char *stored, json_t *wanted, bool *is_other, struct err *err)
{
	struct buf text;
	json_t *old = NULL;
	enum err_code rc;

	*is_other = true;
	if (stored == NULL) {
		answer(a, kind, name, "created", NULL);
		return ERR_OK;
	}
	rc = js_parse(&old, stored, strlen(stored), kind, err);
	if (rc != ERR_OK)
		return rc;
	buf_init(&text, 1u << 20);
	*is_other = !json_equal(old, wanted);
	if (*is_other)
		add_difference(a->ctx->mem, &text, "", old, wanted, 0);
	answer(a, kind, name, *is_other ? "changed" : "unchanged", buf_str(&text));
	buf_release(&text);
	json_decref(old);
	return ERR_OK;
}

/* ---- connections ------------------------------------------------------------------------ */

static bool is_built_in(const char *connection)
{
	return strcmp(connection, "local") == 0 || strcmp(connection, "files") == 0;
}

static enum err_code stored_connection(struct apply *a, const char *name, const char *type,
				       const char **config, struct err *err)
{
	struct connection c;
	enum err_code rc = connection_get(a->ctx->mem, a->db, name, &c, err);

	*config = NULL;
	if (rc == ERR_NOT_FOUND) {
		err_clear(err);
		return ERR_OK;
	}
	/* Another connector makes another connection of it. */
	if (rc == ERR_OK && strcmp(c.connector, type) == 0)
		*config = c.config;
	else if (rc == ERR_OK)
		*config = "{}";
	return rc;
}

static enum err_code apply_connection(struct apply *a, const char *name, json_t *body,
				      struct err *err)
{
	struct arena *mem = a->ctx->mem;
	const char *type = NULL, *stored;
	json_t *config;
	bool is_other = false;
	enum err_code rc;

	if (is_built_in(name))
		return err_set(err, ERR_CONFIG,
			       "this connection is built in and cannot be changed");
	rc = js_need_text(body, "connector", &type, err);
	if (rc != ERR_OK)
		return rc;
	config = json_copy(body);
	json_object_del(config, "connector");
	rc = settings_check(mem, name, type, config, err);
	if (rc == ERR_OK)
		rc = stored_connection(a, name, type, &stored, err);
	if (rc == ERR_OK)
		rc = compare(a, "connection", name, stored, config, &is_other, err);
	if (rc == ERR_OK && is_other && !a->is_dry_run)
		rc = connection_put(a->db, PUT_ANY, name, type, body_text(mem, config),
				    settings_secrets(mem, connector_find(type)->params), NULL, err);
	json_decref(config);
	return rc;
}

/* ---- secrets ---------------------------------------------------------------------------- */

static enum err_code apply_secret(struct apply *a, const char *name, json_t *body, struct err *err)
{
	const char *env = json_string_value(json_object_get(body, "env"));
	const char *file = json_string_value(json_object_get(body, "file"));
	struct secret_list list = { 0 };
	const char *stored = NULL;
	bool is_other = false;
	enum err_code rc;

	if (!json_is_object(body) || json_object_size(body) != 1 || (env == NULL && file == NULL)) {
		err_set(err, ERR_CONFIG, "a secret is {env: VARIABLE} or {file: PATH}");
		err_hint(err, "Secrets themselves never stand in a file for apply.");
		return ERR_CONFIG;
	}
	rc = secret_list(a->ctx->mem, a->db, &list, err);
	for (int i = 0; rc == ERR_OK && i < list.n; i++) {
		if (strcmp(list.s[i].name, name) == 0) {
			json_t *old = json_pack("{s:s}", list.s[i].kind, list.s[i].ref);

			stored = body_text(a->ctx->mem, old);
			json_decref(old);
		}
	}
	if (rc == ERR_OK)
		rc = compare(a, "secret", name, stored, body, &is_other, err);
	if (rc == ERR_OK && is_other && !a->is_dry_run)
		rc = secret_put(a->db, name, env != NULL ? "env" : "file", env != NULL ? env : file,
				err);
	return rc;
}

/* ---- pipelines -------------------------------------------------------------------------- */

static void anchor_files(struct apply *a, struct pipeline *p)
{
	bool is_files = strcmp(p->source.connection, "files") == 0 ||
			(p->source.connection[0] == '\0' && p->source.connector != NULL &&
			 strcmp(p->source.connector, "file") == 0);

	if (is_files && p->source.stream != NULL && p->source.stream[0] != '\0')
		p->source.stream = pipeline_anchor(a->ctx->mem, a->folder, p->source.stream);
}

/* The connection is a built-in one, one of the file, or one of the organization. */
static enum err_code check_connection(struct apply *a, json_t *body, const char *end,
				      const char *name, struct err *err)
{
	json_t *own = json_object_get(a->doc.root, "connections"), *ignored;
	struct connection_list list = { 0 };
	struct nearest near;
	const char *known;
	enum err_code rc;

	if (name[0] == '\0' || is_built_in(name) || json_object_get(own, name) != NULL)
		return ERR_OK;
	rc = connection_list(a->ctx->mem, a->db, &list, err);
	if (rc != ERR_OK)
		return rc;
	nearest_init(&near, name);
	nearest_try(&near, "local");
	nearest_try(&near, "files");
	json_object_foreach(own, known, ignored)
		nearest_try(&near, known);
	for (int i = 0; i < list.n; i++) {
		if (strcmp(list.c[i].name, name) == 0)
			return ERR_OK;
		nearest_try(&near, list.c[i].name);
	}
	a->at = json_object_get(json_object_get(body, end), "connection");
	err_set(err, ERR_NOT_FOUND, "%s.connection: there is no connection %s", end, name);
	if (nearest_best(&near) != NULL)
		err_hint(err, "Did you mean %s?", nearest_best(&near));
	else
		err_hint(err, "Put it under connections: of the file. Those that are there are"
			 " shown by: leat connection list.");
	return ERR_NOT_FOUND;
}

static enum err_code stored_pipeline(struct apply *a, const char *name, const char **body,
				     struct err *err)
{
	struct pipeline_row row;
	enum err_code rc = pipeline_get(a->ctx->mem, a->db, name, &row, err);

	*body = NULL;
	if (rc == ERR_NOT_FOUND) {
		err_clear(err);
		return ERR_OK;
	}
	if (rc == ERR_OK)
		*body = row.body;
	return rc;
}

static enum err_code apply_pipeline(struct apply *a, const char *name, json_t *body,
				    struct err *err)
{
	struct arena *mem = a->ctx->mem;
	const char *stored = NULL;
	struct pipeline p;
	json_t *wanted;
	bool is_other = false;
	enum err_code rc = pipeline_from_json(mem, body, &p, err);

	if (rc == ERR_OK && p.name[0] != '\0' && strcmp(p.name, name) != 0)
		rc = err_set(err, ERR_CONFIG, "its name says %s", p.name);
	if (rc == ERR_OK && p.slot.start != NULL)
		rc = err_set(err, ERR_CONFIG, "a slot is what a job has, never a pipeline");
	if (rc == ERR_OK && p.target.stream[0] == '\0')
		rc = err_set(err, ERR_CONFIG, "target.stream is missing");
	if (rc == ERR_OK && p.source.stream[0] == '\0' && p.source.query == NULL)
		rc = err_set(err, ERR_CONFIG, "source.stream is missing");
	if (rc == ERR_OK)
		rc = check_connection(a, body, "source", p.source.connection, err);
	if (rc == ERR_OK)
		rc = check_connection(a, body, "target", p.target.connection, err);
	if (rc == ERR_OK)
		rc = stored_pipeline(a, name, &stored, err);
	if (rc != ERR_OK)
		return rc;
	p.name = name;
	anchor_files(a, &p);
	wanted = pipeline_to_json(&p);
	rc = compare(a, "pipeline", name, stored, wanted, &is_other, err);
	if (rc == ERR_OK && is_other && !a->is_dry_run)
		rc = pipeline_put(a->db, name, body_text(mem, wanted), NULL, NULL, err);
	json_decref(wanted);
	return rc;
}

/* ---- schedules --------------------------------------------------------------------------- */

static enum err_code check_pipeline(struct apply *a, const char *name, struct err *err)
{
	struct pipeline_row row;

	if (json_object_get(json_object_get(a->doc.root, "pipelines"), name) != NULL)
		return ERR_OK;
	return pipeline_get(a->ctx->mem, a->db, name, &row, err);
}

/* What stands in the file; what does not is the usual, but a pause stays. */
static enum err_code read_schedule(struct arena *mem, json_t *body, struct schedule_request *in,
				   struct err *err)
{
	static const char *const known[] = { "pipeline", "cron", "tz", "overlap", "missed",
					     "priority", "attempts", "paused", NULL };
	struct terms t = { 0 };
	enum err_code rc = js_only_keys(body, "", known, err);

	if (rc == ERR_OK)
		rc = js_need_text(body, "pipeline", &in->pipeline, err);
	if (rc == ERR_OK)
		rc = js_need_text(body, "cron", &in->spec, err);
	if (rc == ERR_OK)
		rc = js_opt_text(body, "tz", &in->tz, err);
	if (rc == ERR_OK)
		rc = js_opt_text(body, "overlap", &in->overlap, err);
	if (rc == ERR_OK)
		rc = js_opt_text(body, "missed", &in->missed, err);
	if (rc == ERR_OK)
		rc = js_opt_bool(body, "paused", &in->is_paused, err);
	if (rc == ERR_OK)
		rc = terms_read(mem, body, &t, err);
	in->priority = t.priority;
	in->max_attempts = t.attempts;
	return rc;
}

static enum err_code apply_schedule(struct apply *a, const char *name, json_t *body,
				    struct err *err)
{
	struct arena *mem = a->ctx->mem;
	struct schedule_request in = { .name = name };
	struct schedule_row row = { 0 };
	const char *stored = NULL;
	json_t *wanted;
	bool is_other = false;
	enum err_code rc = schedule_get(mem, a->db, name, &row, err);

	if (rc == ERR_OK) {
		stored = schedules_text(mem, &row);
		in.known_tz = row.tz;
		in.is_paused = row.is_paused;
	} else if (rc == ERR_NOT_FOUND) {
		err_clear(err);
		rc = ERR_OK;
	}
	if (rc == ERR_OK)
		rc = read_schedule(mem, body, &in, err);
	if (rc == ERR_OK)
		rc = schedule_check(mem, a->db, &in, err);
	if (rc == ERR_OK)
		rc = check_pipeline(a, in.pipeline, err);
	if (rc != ERR_OK)
		return rc;
	wanted = schedules_to_json(&in);
	rc = compare(a, "schedule", name, stored, wanted, &is_other, err);
	json_decref(wanted);
	if (rc == ERR_OK && is_other && !a->is_dry_run) {
		rc = schedule_put(mem, a->db, &in, false, NULL, err);
		a->wakes = true;
	}
	return rc;
}

/* ---- alerts ------------------------------------------------------------------------------ */

/* *old: as it is stored, JSON; NULL: there is none. rule keeps its pause. */
static enum err_code stored_alert(struct apply *a, const char *name, struct alert_rule *rule,
				  const char **old, struct err *err)
{
	json_t *json = NULL;
	enum err_code rc = alert_get(a->ctx->mem, a->db, name, rule, err);

	*old = NULL;
	if (rc == ERR_NOT_FOUND) {
		err_clear(err);
		return ERR_OK;
	}
	if (rc == ERR_OK)
		rc = alerts_to_json(rule, &json, err);
	if (rc == ERR_OK)
		*old = body_text(a->ctx->mem, json);
	json_decref(json);
	return rc;
}

static enum err_code put_alert(struct apply *a, const struct alert_rule *rule, struct err *err)
{
	enum err_code rc = alert_put(a->db, PUT_ANY, rule, settings_secrets(a->ctx->mem,
							      deliver_params(rule->kind)), err);

	/* Whatever was put goes on. */
	return rc == ERR_OK && rule->is_paused ? alert_pause(a->db, rule->name, true,
							     rule->paused_why, err) : rc;
}

static enum err_code apply_alert(struct apply *a, const char *name, json_t *body, struct err *err)
{
	struct alert_rule rule = { 0 };
	const char *stored;
	json_t *wanted = NULL;
	bool is_other = false;
	enum err_code rc = stored_alert(a, name, &rule, &stored, err);

	if (rc == ERR_OK)
		rc = alerts_from_json(a->ctx->mem, name, body, &rule, err);
	if (rc == ERR_OK && rule.pipeline != NULL)
		rc = check_pipeline(a, rule.pipeline, err);
	if (rc == ERR_OK)
		rc = alerts_to_json(&rule, &wanted, err);
	if (rc == ERR_OK)
		rc = compare(a, "alert", name, stored, wanted, &is_other, err);
	json_decref(wanted);
	return rc == ERR_OK && is_other && !a->is_dry_run ? put_alert(a, &rule, err) : rc;
}

/* ---- all of it --------------------------------------------------------------------------- */

typedef enum err_code (*apply_fn)(struct apply *a, const char *name, json_t *body, struct err *err);

static enum err_code apply_each(struct apply *a, const char *key, const char *kind, apply_fn fn,
				struct err *err)
{
	json_t *all = json_object_get(a->doc.root, key), *body;
	enum err_code rc = ERR_OK;
	const char *name;

	if (all == NULL || json_is_null(all))
		return ERR_OK;
	if (!json_is_object(all))
		return err_set(err, ERR_CONFIG, "%s: %s must hold NAME: {...}", a->what, key);
	json_object_foreach(all, name, body) {
		if (rc != ERR_OK)
			break;
		rc = json_is_object(body) ? fn(a, name, body, err)
					  : err_set(err, ERR_CONFIG, "its settings are missing");
		if (rc != ERR_OK)
			rc = wrap_at(a, a->at != NULL ? a->at : body, kind, name, rc, err);
	}
	return rc;
}

static enum err_code check_keys(struct apply *a, struct err *err)
{
	static const char *const known[] = { "connections", "secrets", "pipelines", "schedules",
		"alerts", NULL };
	enum err_code rc;

	if (!json_is_object(a->doc.root))
		return err_set(err, ERR_CONFIG, "%s must hold connections:, pipelines: and their like",
			       a->what);
	rc = js_only_keys(a->doc.root, "", known, err);
	if (rc != ERR_OK)
		return err_wrap(err, rc, "%s", a->what);
	return ERR_OK;
}

/* One transaction: a file is applied as a whole or not at all. */
static enum err_code apply_all(struct apply *a, struct err *err)
{
	enum err_code rc = db_begin(a->db, err);

	if (rc == ERR_OK)
		rc = apply_each(a, "secrets", "secret", apply_secret, err);
	if (rc == ERR_OK)
		rc = apply_each(a, "connections", "connection", apply_connection, err);
	if (rc == ERR_OK)
		rc = apply_each(a, "pipelines", "pipeline", apply_pipeline, err);
	if (rc == ERR_OK)
		rc = apply_each(a, "schedules", "schedule", apply_schedule, err);
	if (rc == ERR_OK)
		rc = apply_each(a, "alerts", "alert", apply_alert, err);
	if (rc == ERR_OK)
		rc = db_commit(a->db, err);
	else
		db_rollback(a->db);
	if (rc == ERR_OK && a->wakes)
		rc = schedule_wake(a->db, err);
	return rc;
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	const char *path = arg_text(in, "file");
	struct apply a = {
		.ctx = ctx, .out = out, .is_dry_run = arg_bool(in, "dry-run"),
		.what = strcmp(path, "-") == 0 ? "standard input" : path,
	};
	struct buf text;
	enum err_code rc;

	buf_init(&text, YAML_MAX_BYTES);
	rc = body_read_file(path, &text, err);
	if (rc == ERR_OK)
		rc = yaml_read(ctx->mem, buf_str(&text), text.len, a.what, &a.doc, err);
	a.folder = folder_of(ctx->mem, path);
	if (rc == ERR_OK)
		rc = check_keys(&a, err);
	if (rc == ERR_OK)
		rc = cmd_db(ctx, &a.db, err);
	if (rc == ERR_OK)
		rc = apply_all(&a, err);
	if (rc == ERR_CONFIG)
		err_hint(err, "What a file may hold is told by: leat help pipelines.");
	json_decref(a.doc.root);
	buf_release(&text);
	return rc;
}

static const struct cmd_example examples[] = {
	{ "leat apply -f pipelines.yaml", "Make connections and pipelines what the file says" },
	{ "leat apply -f pipelines.yaml --dry-run", "What would change" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_apply = {
	.name = "apply",
	.since = "0.1",
	.summary = "Make connections, pipelines, schedules and alerts what a file says.",
	.text = "Saying the same twice changes nothing. What the file does not name stays as it is. "
		"Either all of the file is applied or nothing; a pipeline whose connection is "
		"neither in the file nor known is refused. Its form is explained by leat help "
		"pipelines; leat export writes such a file.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
