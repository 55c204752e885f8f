/*
 * core/command/alerts.c
 *	An alert as it stands in a file for apply.
 */
#include "core/command/alerts.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/nearest.h"
#include "core/command/body.h"
#include "core/command/settings.h"
#include "core/engine/deliver.h"
#include "core/flow/pipeline.h"

/* Everything else in an entry is a setting of its kind. */
static const char *const own[] = {
	"kind", "pipeline", "on", "rejects", "allow_private", "paused", NULL,
};

const char *alerts_on(int n, const char *const *word, struct alert_rule *out)
{
	out->on_failure = out->on_recovery = out->on_success = false;
	for (int i = 0; i < n; i++) {
		if (strcmp(word[i], "failure") == 0)
			out->on_failure = true;
		else if (strcmp(word[i], "recovery") == 0)
			out->on_recovery = true;
		else if (strcmp(word[i], "success") == 0)
			out->on_success = true;
		else if (strcmp(word[i], "none") != 0 || n > 1)
			return word[i];
	}
	return NULL;
}

const char *alerts_on_text(struct arena *mem, const struct alert_rule *a)
{
	const char *text = arena_printf(mem, "%s%s%s", a->on_failure ? ",failure" : "",
					a->on_recovery ? ",recovery" : "",
					a->on_success ? ",success" : "");

	return text[0] == ',' ? text + 1 : "none";
}

bool alerts_tells(const struct alert_rule *a)
{
	return a->on_failure || a->on_recovery || a->on_success || a->rejects_rows >= 0 ||
	       a->rejects_percent >= 0;
}

/* ---- from a file ---------------------------------------------------------------------- */

/* A list of words, or one text with commas. */
static enum err_code read_on(struct arena *mem, const json_t *v, struct alert_rule *out,
			     struct err *err)
{
	static const char *const usual[] = { "failure", "recovery" };
	const char **word, *bad = NULL;
	int n = 0;

	if (v == NULL || json_is_null(v)) {
		bad = alerts_on(2, usual, out);
	} else if (json_is_string(v)) {
		body_names(mem, json_string_value(v), &n, &word);
		bad = alerts_on(n, word, out);
	} else if (json_is_array(v)) {
		word = arena_array(mem, json_array_size(v) + 1, sizeof(*word));
		for (; n < (int)json_array_size(v); n++) {
			const char *text = json_string_value(json_array_get(v, (size_t)n));

			word[n] = text != NULL ? text : "";
		}
		bad = alerts_on(n, word, out);
	} else {
		bad = "";
	}
	return bad == NULL ? ERR_OK : err_set(err, ERR_CONFIG, "on must be failure, recovery and "
					      "success, or none, not '%.60s'", bad);
}

static enum err_code read_kind(json_t *body, struct alert_rule *out, struct err *err)
{
	static const char *const kind[] = { "webhook", "mail", "slack" };
	struct nearest near;
	enum err_code rc = js_need_text(body, "kind", &out->kind, err);

	if (rc != ERR_OK || deliver_params(out->kind) != NULL)
		return rc;
	nearest_init(&near, out->kind);
	for (int i = 0; i < 3; i++)
		nearest_try(&near, kind[i]);
	err_set(err, ERR_CONFIG, "kind must be webhook, mail or slack");
	if (nearest_best(&near) != NULL)
		err_hint(err, "Did you mean %s?", nearest_best(&near));
	return ERR_CONFIG;
}

static enum err_code read_settings(struct arena *mem, json_t *body, struct alert_rule *out,
				   struct err *err)
{
	json_t *config = json_copy(body);
	enum err_code rc;

	for (int i = 0; own[i] != NULL; i++)
		json_object_del(config, own[i]);
	rc = settings_check_list(mem, "its settings", deliver_params(out->kind), config, err);
	out->config = body_text(mem, config);
	json_decref(config);
	return rc == ERR_OK ? deliver_check(out, err) : rc;
}

enum err_code alerts_from_json(struct arena *mem, const char *name, json_t *body,
			       struct alert_rule *out, struct err *err)
{
	enum err_code rc = read_kind(body, out, err);

	out->name = name;
	out->pipeline = NULL;
	out->allow_private = false;
	if (rc == ERR_OK)
		rc = js_opt_text(body, "pipeline", &out->pipeline, err);
	if (rc == ERR_OK)
		rc = read_on(mem, json_object_get(body, "on"), out, err);
	if (rc == ERR_OK && !share_from_json(json_object_get(body, "rejects"), &out->rejects_rows,
					     &out->rejects_percent))
		rc = err_set(err, ERR_CONFIG, "rejects must be %s", SHARE_WANTED);
	if (rc == ERR_OK && !alerts_tells(out))
		rc = err_set(err, ERR_CONFIG, "an alert that tells nothing is none: say on or rejects");
	if (rc == ERR_OK)
		rc = js_opt_bool(body, "allow_private", &out->allow_private, err);
	if (rc == ERR_OK)
		rc = js_opt_bool(body, "paused", &out->is_paused, err);
	return rc == ERR_OK ? read_settings(mem, body, out, err) : rc;
}

/* ---- to a file ------------------------------------------------------------------------ */

enum err_code alerts_to_json(const struct alert_rule *a, json_t **out, struct err *err)
{
	struct arena *mem = arena_new(NULL, "alert");
	json_t *config = NULL, *rejects = share_to_json(a->rejects_rows, a->rejects_percent);
	const char *on = alerts_on_text(mem, a);
	enum err_code rc = js_parse(&config, a->config, strlen(a->config), a->name, err);

	*out = json_object();
	json_object_set_new(*out, "kind", json_string(a->kind));
	if (rc == ERR_OK)
		json_object_update(*out, config);
	if (a->pipeline != NULL)
		json_object_set_new(*out, "pipeline", json_string(a->pipeline));
	if (strcmp(on, "failure,recovery") != 0)
		json_object_set_new(*out, "on", json_string(on));
	if (rejects != NULL)
		json_object_set_new(*out, "rejects", rejects);
	if (a->allow_private)
		json_object_set_new(*out, "allow_private", json_true());
	if (a->is_paused)
		json_object_set_new(*out, "paused", json_true());
	json_decref(config);
	arena_free(mem);
	return rc;
}
