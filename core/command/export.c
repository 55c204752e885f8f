/*
 * core/command/export.c
 *	The command export: connections, pipelines, schedules and alerts as a file for apply.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/command/alerts.h"
#include "core/command/body.h"
#include "core/command/command.h"
#include "core/command/schedules.h"
#include "core/command/yaml.h"
#include "core/flow/pipeline.h"
#include "core/meta/connection.h"
#include "core/meta/pipeline_store.h"

static const struct val_spec args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REPEAT, NULL, "pipeline|connection|schedule|alert",
	  "Only these, with schedules and alerts of these pipelines; all when none is named.", 0 },
	VAL_END
};

static const struct val_spec reply[] = {
	{ "line", VAL_TEXT, 0, NULL, NULL, "A line of the file.", 0 },
	VAL_END
};

static bool is_wanted(const struct cmd_args *in, const char *name)
{
	int n = arg_count(in, "name");

	for (int i = 0; i < n; i++)
		if (strcmp(arg_nth(in, "name", i), name) == 0)
			return true;
	return n == 0;
}

static enum err_code add_connection(json_t *to, const struct connection *c, struct err *err)
{
	json_t *stored = NULL, *value = json_object();
	enum err_code rc = js_parse(&stored, c->config, strlen(c->config), c->name, err);

	json_object_set_new(value, "connector", json_string(c->connector));
	if (rc == ERR_OK)
		json_object_update(value, stored);
	json_object_set_new(to, c->name, value);
	json_decref(stored);
	return rc;
}

/* Rules as people write them: one object, in the order of the columns. */
static void fold_map(json_t *body)
{
	json_t *list = json_object_get(body, "map"), *map, *rule;
	size_t i;

	if (!json_is_array(list))
		return;
	map = json_object();
	json_array_foreach(list, i, rule)
		json_object_update(map, rule);
	/* A target that has two rules cannot stand in an object. */
	if (json_object_size(map) == json_array_size(list))
		json_object_set(body, "map", map);
	json_decref(map);
}

static enum err_code add_pipeline(struct arena *mem, json_t *to, const struct pipeline_row *row,
				  struct err *err)
{
	struct pipeline p;
	json_t *body;
	enum err_code rc = body_read(mem, row->body, arena_printf(mem, "pipeline %s", row->name),
				     &p,
				     err);

	if (rc != ERR_OK)
		return rc;
	p.name = "";	/* it stands in front */
	body = pipeline_to_json(&p);
	fold_map(body);
	json_object_set_new(to, row->name, body);
	return ERR_OK;
}

static enum err_code add_secrets(struct cmd_ctx *ctx, struct db *db, json_t *to, struct err *err)
{
	struct secret_list list = { 0 };
	enum err_code rc = secret_list(ctx->mem, db, &list, err);

	for (int i = 0; rc == ERR_OK && i < list.n; i++)
		json_object_set_new(to, list.s[i].name,
				    json_pack("{s:s}", list.s[i].kind, list.s[i].ref));
	return rc;
}

/* Those that are named, and those of pipelines that are. */
static enum err_code add_schedules(struct cmd_ctx *ctx, const struct cmd_args *in, json_t *to,
				   struct err *err)
{
	struct schedule_rows list = { 0 };
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = schedule_list(ctx->mem, db, NULL, NULL, &list, err);
	for (int i = 0; rc == ERR_OK && i < list.n; i++)
		if (is_wanted(in, list.s[i].name) || is_wanted(in, list.s[i].pipeline))
			json_object_set_new(to, list.s[i].name,
					    schedules_row_to_json(&list.s[i]));
	return rc;
}

/* Likewise. */
static enum err_code add_alerts(struct cmd_ctx *ctx, const struct cmd_args *in, json_t *to,
				struct err *err)
{
	struct alert_rules list = { 0 };
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = alert_list(ctx->mem, db, NULL, &list, err);
	for (int i = 0; rc == ERR_OK && i < list.n; i++) {
		const struct alert_rule *a = &list.a[i];
		json_t *one = NULL;

		if (!is_wanted(in, a->name) && (a->pipeline == NULL || !is_wanted(in, a->pipeline)))
			continue;
		rc = alerts_to_json(a, &one, err);
		json_object_set_new(to, a->name, one);
	}
	return rc;
}

static enum err_code add_all(struct cmd_ctx *ctx, const struct cmd_args *in, json_t *connections,
			     json_t *pipelines, struct err *err)
{
	struct connection_list clist = { 0 };
	struct pipeline_rows plist = { 0 };
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = connection_list(ctx->mem, db, &clist, err);
	for (int i = 0; rc == ERR_OK && i < clist.n; i++)
		if (is_wanted(in, clist.c[i].name))
			rc = add_connection(connections, &clist.c[i], err);
	if (rc == ERR_OK)
		rc = pipeline_list(ctx->mem, db, NULL, &plist, err);
	for (int i = 0; rc == ERR_OK && i < plist.n; i++)
		if (is_wanted(in, plist.p[i].name))
			rc = add_pipeline(ctx->mem, pipelines, &plist.p[i], err);
	return rc;
}

static enum err_code check_names(const struct cmd_args *in, const json_t *connections,
				 const json_t *pipelines, const json_t *schedules,
				 const json_t *alerts, struct err *err)
{
	for (int i = 0; i < arg_count(in, "name"); i++) {
		const char *name = arg_nth(in, "name", i);

		if (json_object_get(connections, name) == NULL &&
		    json_object_get(pipelines, name) == NULL &&
		    json_object_get(schedules, name) == NULL &&
		    json_object_get(alerts, name) == NULL) {
			err_set(err, ERR_NOT_FOUND,
				"there is no pipeline, connection, schedule or alert %s", name);
			err_hint(err, "See: leat pipeline list, leat connection list, "
				      "leat schedule list, leat alert list.");
			return ERR_NOT_FOUND;
		}
	}
	return ERR_OK;
}

static void put_section(json_t *root, const char *key, json_t *section)
{
	if (json_object_size(section) > 0)
		json_object_set(root, key, section);
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	json_t *root = json_object(), *secrets = json_object();
	json_t *connections = json_object(), *pipelines = json_object();
	json_t *schedules = json_object(), *alerts = json_object();
	struct buf text;
	struct db *db;
	enum err_code rc = add_all(ctx, in, connections, pipelines, err);

	buf_init(&text, 256u << 20);
	if (rc == ERR_OK)
		rc = add_schedules(ctx, in, schedules, err);
	if (rc == ERR_OK)
		rc = add_alerts(ctx, in, alerts, err);
	if (rc == ERR_OK)
		rc = check_names(in, connections, pipelines, schedules, alerts, err);
	if (rc == ERR_OK && arg_count(in, "name") == 0) {
		rc = cmd_db(ctx, &db, err);
		if (rc == ERR_OK)
			rc = add_secrets(ctx, db, secrets, err);
	}
	put_section(root, "secrets", secrets);
	put_section(root, "connections", connections);
	put_section(root, "pipelines", pipelines);
	put_section(root, "schedules", schedules);
	put_section(root, "alerts", alerts);
	if (rc == ERR_OK)
		rc = yaml_write(&text, root, err);
	if (rc == ERR_OK)
		reply_lines(out, buf_str(&text));
	buf_release(&text);
	json_decref(alerts);
	json_decref(schedules);
	json_decref(pipelines);
	json_decref(connections);
	json_decref(secrets);
	json_decref(root);
	return rc;
}

static const struct cmd_example examples[] = {
	{ "leat export", "Everything, as YAML" },
	{ "leat export sales", "One pipeline" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_export = {
	.name = "export",
	.since = "0.1",
	.summary = "Write connections, pipelines, schedules and alerts as a file for apply.",
	.text = "Applying the file again changes nothing. Secrets are references, never values.",
	.flags = CMD_IDEMPOTENT | CMD_PLAIN,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
