/*
 * core/flow/connector.c
 *	Settings by name, and the list of connectors that main() installed.
 */
#include "core/flow/connector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct conn_ops *const none[] = { NULL };
static const struct conn_ops *const *installed = none;

void connector_install(const struct conn_ops *const *list)
{
	installed = list != NULL ? list : none;
}

const struct conn_ops *connector_find(const char *type)
{
	for (int i = 0; installed[i] != NULL; i++)
		if (strcmp(installed[i]->type, type) == 0)
			return installed[i];
	return NULL;
}

const struct conn_ops *const *connector_all(void)
{
	return installed;
}

static const struct param_spec *spec_find(const struct param_spec *spec, const char *name)
{
	for (; spec != NULL && spec->name != NULL; spec++)
		if (strcmp(spec->name, name) == 0)
			return spec;
	return NULL;
}

static const char *given(const struct params *in, const char *name)
{
	for (int i = 0; in != NULL && i < in->n; i++)
		if (strcmp(in->p[i].name, name) == 0)
			return in->p[i].value;
	return NULL;
}

const char *params_get(const struct params *in, const struct param_spec *spec, const char *name)
{
	const char *value = given(in, name);

	if (value != NULL)
		return value;
	spec = spec_find(spec, name);
	if (spec == NULL || spec->preset == NULL || strcmp(spec->preset, "!") == 0)
		return NULL;
	return spec->preset;
}

static bool parse_int(const char *text, int64_t *out)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return false;
	*out = v;
	return true;
}

static bool parse_bool(const char *text, bool *out)
{
	static const char *const yes[] = { "true", "yes", "on", "1" };
	static const char *const no[] = { "false", "no", "off", "0" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
			*out = strcasecmp(text, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

int64_t params_int(const struct params *in, const struct param_spec *spec, const char *name)
{
	const char *text = params_get(in, spec, name);
	int64_t v = 0;

	return text != NULL && parse_int(text, &v) ? v : 0;
}

bool params_bool(const struct params *in, const struct param_spec *spec, const char *name)
{
	const char *text = params_get(in, spec, name);
	bool v = false;

	return text != NULL && parse_bool(text, &v) && v;
}

/* Whether text is one of "a|b|c". */
static bool is_choice(const char *choices, const char *text)
{
	size_t n = strlen(text);

	while (choices != NULL && *choices != '\0') {
		size_t len = strcspn(choices, "|");

		if (len == n && memcmp(choices, text, n) == 0)
			return true;
		choices += len + (choices[len] == '|');
	}
	return false;
}

static void hint_names(struct err *err, const struct param_spec *spec)
{
	struct buf names;

	buf_init(&names, 240);
	for (const struct param_spec *s = spec; s != NULL && s->name != NULL; s++)
		buf_addf(&names, "%s%s", s == spec ? "" : ", ", s->name);
	if (names.len > 0)
		err_hint(err, "Known settings are: %s.", buf_str(&names));
	else
		err_hint(err, "There are no settings here.");
	buf_release(&names);
}

static enum err_code check_value(const struct param_spec *s, const char *value, const char *where,
				 struct err *err)
{
	int64_t number;
	bool truth;

	switch (s->kind) {
	case PARAM_INT:
		if (parse_int(value, &number))
			return ERR_OK;
		return err_set(err, ERR_CONFIG, "%s: setting %s must be a whole number", where,
			       s->name);
	case PARAM_BOOL:
		if (parse_bool(value, &truth))
			return ERR_OK;
		return err_set(err, ERR_CONFIG, "%s: setting %s must be yes or no", where, s->name);
	case PARAM_CHOICE:
		if (is_choice(s->choices, value))
			return ERR_OK;
		return err_set(err, ERR_CONFIG, "%s: setting %s must be one of %s", where, s->name,
			       s->choices);
	case PARAM_TEXT:
	case PARAM_SECRET:
		break;
	}
	return ERR_OK;
}

enum err_code params_check(const struct params *in, const struct param_spec *spec,
			   const char *where, struct err *err)
{
	for (int i = 0; in != NULL && i < in->n; i++) {
		const struct param_spec *s = spec_find(spec, in->p[i].name);
		enum err_code rc;

		if (s == NULL) {
			rc = err_set(err, ERR_CONFIG, "%s: there is no setting %s", where,
				     in->p[i].name);
			hint_names(err, spec);
			return rc;
		}
		if (in->p[i].value == NULL)
			return err_set(err, ERR_CONFIG, "%s: setting %s has no value", where,
				       s->name);
		if (given(in, s->name) != in->p[i].value)
			return err_set(err, ERR_CONFIG, "%s: setting %s is given twice", where,
				       s->name);
		rc = check_value(s, in->p[i].value, where, err);
		if (rc != ERR_OK)
			return rc;
	}
	for (const struct param_spec *s = spec; s != NULL && s->name != NULL; s++) {
		if (s->preset != NULL && strcmp(s->preset, "!") == 0 &&
		    given(in, s->name) == NULL) {
			enum err_code rc = err_set(err, ERR_CONFIG, "%s: setting %s is missing",
						   where,
						   s->name);

			if (s->help != NULL)
				err_hint(err, "%s", s->help);
			return rc;
		}
	}
	return ERR_OK;
}
