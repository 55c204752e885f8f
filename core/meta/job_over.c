/*
 * core/meta/job_over.c
 *	That a job went over its budget, to JSON and back.
 */
#include "core/meta/job_over.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"

const char *job_over_json(struct arena *mem, const char *result, const struct job_over *o)
{
	struct err err = { 0 };
	json_t *root = NULL;
	const char *out;
	char *text;

	if (o->why == NULL)
		return result;
	if (result == NULL ||
	    js_parse(&root, result, strlen(result), "the result", &err) != ERR_OK)
		root = json_object();
	json_object_set_new(root, "over_rejects", json_string(o->why));
	if (o->is_held)
		json_object_set_new(root, "held", json_true());
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	out = arena_strdup(mem, text);
	free(text);
	return out;
}

struct job_over job_over_read(struct arena *mem, const char *result)
{
	struct job_over out = { 0 };
	struct err err = { 0 };
	json_t *root = NULL;

	if (result == NULL ||
	    js_parse(&root, result, strlen(result), "the result", &err) != ERR_OK)
		return out;
	if (js_opt_text(root, "over_rejects", &out.why, &err) != ERR_OK ||
	    js_opt_bool(root, "held", &out.is_held, &err) != ERR_OK)
		out = (struct job_over){ 0 };
	if (out.why != NULL)
		out.why = arena_strdup(mem, out.why);
	json_decref(root);
	return out;
}
