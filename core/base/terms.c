/*
 * core/base/terms.c
 *	How a job is to stand in the queue, from JSON and back.
 */
#include "core/base/terms.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/span.h"

static const char *const clashes[] = { "", "keep", "refuse", "replace" };

static enum err_code read_number(json_t *from, const char *key, int most, int *out,
				 struct err *err)
{
	int64_t v = 1;
	enum err_code rc = js_opt_int(from, key, &v, err);

	if (rc == ERR_OK && (v < 1 || v > most))
		rc = err_set(err, ERR_CONFIG, "%s must be a whole number from 1 to %d", key, most);
	if (rc == ERR_OK && json_is_integer(json_object_get(from, key)))
		*out = (int)v;
	return rc;
}

static enum err_code read_text(struct arena *mem, json_t *from, const char *key, size_t most,
			       const char **out, struct err *err)
{
	const char *text = NULL;
	enum err_code rc = js_opt_text(from, key, &text, err);

	if (rc != ERR_OK || text == NULL)
		return rc;
	if (text[0] == '\0' || strlen(text) > most)
		return err_set(err, ERR_CONFIG, "%s must be a text of 1 to %zu characters", key,
			       most);
	*out = arena_strdup(mem, text);
	return ERR_OK;
}

/* A plain number is seconds, also where YAML makes a number of it. */
static enum err_code read_limit(json_t *from, int64_t *out, struct err *err)
{
	const json_t *v = json_object_get(from, "time_limit");
	int64_t ms = 0;
	bool is_good = false;

	if (v == NULL || json_is_null(v))
		return ERR_OK;
	if (json_is_string(v))
		is_good = span_read(json_string_value(v), &ms);
	else if (json_is_integer(v))
		is_good = !__builtin_mul_overflow(json_integer_value(v), 1000, &ms);
	if (!is_good || ms < 1)
		return err_set(err, ERR_CONFIG, "time_limit must be a span above 0, like 30s, 5m, 2h "
			       "or 1d");
	*out = ms;
	return ERR_OK;
}

static enum err_code read_clash(json_t *from, enum terms_clash *out, struct err *err)
{
	const char *text = NULL;
	enum err_code rc = js_opt_text(from, "on_clash", &text, err);

	if (rc != ERR_OK || text == NULL)
		return rc;
	for (int i = TERMS_CLASH_KEEP; i <= TERMS_CLASH_REPLACE; i++) {
		if (strcmp(text, clashes[i]) == 0) {
			*out = (enum terms_clash)i;
			return ERR_OK;
		}
	}
	return err_set(err, ERR_CONFIG, "on_clash must be keep, refuse or replace");
}

enum err_code terms_read(struct arena *mem, json_t *from, struct terms *out, struct err *err)
{
	enum err_code rc;

	*out = (struct terms){ 0 };
	rc = read_text(mem, from, "queue", TERMS_QUEUE_MAX, &out->queue, err);
	if (rc == ERR_OK)
		rc = read_number(from, "priority", TERMS_PRIORITY_MAX, &out->priority, err);
	if (rc == ERR_OK)
		rc = read_number(from, "attempts", TERMS_ATTEMPTS_MAX, &out->attempts, err);
	if (rc == ERR_OK)
		rc = read_limit(from, &out->time_limit_ms, err);
	if (rc == ERR_OK)
		rc = read_text(mem, from, "unique", TERMS_UNIQUE_MAX, &out->unique, err);
	if (rc == ERR_OK)
		rc = read_clash(from, &out->on_clash, err);
	if (rc == ERR_OK && out->on_clash != TERMS_CLASH_UNSAID && out->unique == NULL)
		rc = err_set(err, ERR_CONFIG, "on_clash goes with unique");
	return rc;
}

void terms_put(json_t *to, const struct terms *t)
{
	char span[40];

	if (t->queue != NULL)
		json_object_set_new(to, "queue", json_string(t->queue));
	if (t->priority != 0)
		json_object_set_new(to, "priority", json_integer(t->priority));
	if (t->attempts != 0)
		json_object_set_new(to, "attempts", json_integer(t->attempts));
	if (t->time_limit_ms != 0) {
		span_text(t->time_limit_ms, span, sizeof(span));
		json_object_set_new(to, "time_limit", json_string(span));
	}
	if (t->unique != NULL)
		json_object_set_new(to, "unique", json_string(t->unique));
	if (t->on_clash != TERMS_CLASH_UNSAID)
		json_object_set_new(to, "on_clash", json_string(clashes[t->on_clash]));
}

void terms_remove(json_t *from)
{
	static const char *const key[] = {
		"queue", "priority", "attempts", "time_limit", "unique", "on_clash",
	};

	for (size_t i = 0; i < sizeof(key) / sizeof(key[0]); i++)
		json_object_del(from, key[i]);
}
