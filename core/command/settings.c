/*
 * core/command/settings.c
 *	Settings of a connection against what its connector takes.
 */
#include "core/command/settings.h"

#include <stdint.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/command/command.h"
#include "core/flow/connector.h"

const char *const *settings_secrets(struct arena *mem, const struct param_spec *list)
{
	const char **out;
	size_t n = 0;

	for (const struct param_spec *s = list; s != NULL && s->name != NULL; s++)
		n++;
	out = arena_array(mem, n + 1, sizeof(*out));
	n = 0;
	for (const struct param_spec *s = list; s != NULL && s->name != NULL; s++)
		if (s->kind == PARAM_SECRET)
			out[n++] = s->name;
	return out;
}

enum err_code settings_read(struct arena *mem, const struct cmd_args *in, json_t *config,
			    struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; i < arg_count(in, "setting") && rc == ERR_OK; i++) {
		const char *name, *value;
		json_t *v;

		rc = body_split(mem, "a setting", arg_nth(in, "setting", i), &name, &value, err);
		if (rc != ERR_OK)
			break;
		if (strncmp(value, "env:", 4) == 0)
			v = json_pack("{s:s}", "env", value + 4);
		else if (strncmp(value, "secret:", 7) == 0)
			v = json_pack("{s:s}", "secret", value + 7);
		else
			v = json_string(value);
		if (v == NULL)
			rc = err_set(err, ERR_INPUT, "setting %s is not UTF-8", name);
		else
			json_object_set_new(config, name, v);
	}
	return rc;
}

static const struct param_spec *find(const struct param_spec *list, const char *name)
{
	for (const struct param_spec *s = list; s != NULL && s->name != NULL; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

static bool is_reference(const json_t *v)
{
	return json_is_object(v) && json_object_size(v) == 1 &&
	       (json_is_string(json_object_get(v, "env")) ||
		json_is_string(json_object_get(v, "secret")));
}

/* What stands for a reference while the rest is checked: its value is known only at run time. */
static const char *stand_in(const struct param_spec *s)
{
	if (s == NULL || s->kind == PARAM_TEXT || s->kind == PARAM_SECRET)
		return "x";
	if (s->kind == PARAM_INT)
		return "1";
	if (s->kind == PARAM_BOOL)
		return "yes";
	return NULL;	/* a choice */
}

static enum err_code add(struct arena *mem, const char *where, const struct param_spec *s,
			 const char *name, const json_t *v, struct params *to, struct err *err)
{
	const char *value;

	if (s != NULL && s->kind == PARAM_SECRET && !is_reference(v)) {
		err_set(err, ERR_CONFIG, "%s: %s is a secret and cannot stand here", where, name);
		err_hint(err, "Refer to it: {env: VARIABLE} or {secret: NAME} in a file, %s=env:VARIABLE "
			      "on the command line.", name);
		return ERR_CONFIG;
	}
	if (is_reference(v))
		value = stand_in(s);
	else if (json_is_string(v))
		value = json_string_value(v);
	else if (json_is_integer(v))
		value = arena_printf(mem, "%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		value = json_is_true(v) ? "yes" : "no";
	else
		return err_set(err, ERR_CONFIG, "%s: %s must be text, a whole number, true or false",
			       where, name);
	if (value != NULL)
		to->p[to->n++] = (struct param){ name, value };
	return ERR_OK;
}

enum err_code settings_check_list(struct arena *mem, const char *where,
				  const struct param_spec *list, const json_t *config,
				  struct err *err)
{
	json_t *walkable = (json_t *)(uintptr_t)config, *v;
	struct params given = { 0 };
	const char *key;
	enum err_code rc = ERR_OK;

	given.p = arena_array(mem, json_object_size(config) + 1, sizeof(*given.p));
	json_object_foreach(walkable, key, v) {
		rc = add(mem, where, find(list, key), key, v, &given, err);
		if (rc != ERR_OK)
			return rc;
	}
	return params_check(&given, list, where, err);
}

enum err_code settings_check(struct arena *mem, const char *name, const char *connector,
			     const json_t *config, struct err *err)
{
	const struct conn_ops *ops = connector_find(connector);
	const char *where = arena_printf(mem, "connection %s", name);

	if (ops == NULL) {
		err_set(err, ERR_CONFIG, "%s: there is no connector %s", where, connector);
		err_hint(err, "The connectors are shown by: leat connector list.");
		return ERR_CONFIG;
	}
	return settings_check_list(mem, where, ops->params, config, err);
}
