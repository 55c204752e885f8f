/*
 * core/meta/job_spent.c
 *	Where the time of a load went, to JSON and back.
 */
#include "core/meta/job_spent.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"

static bool is_known(const struct job_spent *s)
{
	return s->source_us > 0 || s->mapping_us > 0 || s->target_us > 0;
}

char *job_spent_json(struct arena *mem, const struct job_spent *s)
{
	json_t *root;
	char *text, *out;

	if (!is_known(s))
		return NULL;
	root = json_pack("{s:{s:I,s:I,s:I}}", "spent_us", "source", (json_int_t)s->source_us,
			 "mapping", (json_int_t)s->mapping_us, "target", (json_int_t)s->target_us);
	if (s->blocked_by != NULL)
		json_object_set_new(root, "blocked", json_pack("{s:s,s:s}", "by", s->blocked_by,
				    "hint", s->blocked_hint));
	text = json_dumps(root, JSON_COMPACT);
	out = text != NULL ? arena_strdup(mem, text) : NULL;
	free(text);
	json_decref(root);
	return out;
}

struct job_spent job_spent_read(struct arena *mem, const char *result)
{
	struct job_spent out = { 0 };
	struct err err = { 0 };
	const char *by = NULL, *hint = NULL;
	json_t *root = NULL;

	if (result == NULL ||
	    js_parse(&root, result, strlen(result), "the result", &err) != ERR_OK)
		return out;
	if (js_opt_int(root, "spent_us.source", &out.source_us, &err) != ERR_OK ||
	    js_opt_int(root, "spent_us.mapping", &out.mapping_us, &err) != ERR_OK ||
	    js_opt_int(root, "spent_us.target", &out.target_us, &err) != ERR_OK)
		out = (struct job_spent){ 0 };
	if (js_opt_text(root, "blocked.by", &by, &err) == ERR_OK && by != NULL &&
	    js_opt_text(root, "blocked.hint", &hint, &err) == ERR_OK) {
		out.blocked_by = arena_strdup(mem, by);
		out.blocked_hint = arena_strdup(mem, hint);
	}
	json_decref(root);
	return out;
}

const char *job_spent_most(const struct job_spent *s)
{
	if (!is_known(s))
		return NULL;
	if (s->blocked_by != NULL)
		return "lock";
	if (s->source_us >= s->mapping_us && s->source_us >= s->target_us)
		return "source";
	return s->mapping_us > s->target_us ? "mapping" : "target";
}
