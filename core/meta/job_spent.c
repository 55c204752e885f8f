/*
 * core/meta/job_spent.c
 *	Where the time of a load went, to JSON and back.
 */
#include "core/meta/job_spent.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"

static bool is_known(const struct job_spent *s)
{
	return s->source_ms > 0 || s->mapping_ms > 0 || s->target_ms > 0;
}

char *job_spent_json(struct arena *mem, const struct job_spent *s)
{
	if (!is_known(s))
		return NULL;
	return arena_printf(mem, "{\"spent_ms\":{\"source\":%lld,\"mapping\":%lld,\"target\":%lld}}",
			    (long long)s->source_ms, (long long)s->mapping_ms,
			    (long long)s->target_ms);
}

struct job_spent job_spent_read(const char *result)
{
	struct job_spent out = { 0 };
	struct err err = { 0 };
	json_t *root = NULL;

	if (result == NULL ||
	    js_parse(&root, result, strlen(result), "the result", &err) != ERR_OK)
		return out;
	if (js_opt_int(root, "spent_ms.source", &out.source_ms, &err) != ERR_OK ||
	    js_opt_int(root, "spent_ms.mapping", &out.mapping_ms, &err) != ERR_OK ||
	    js_opt_int(root, "spent_ms.target", &out.target_ms, &err) != ERR_OK)
		out = (struct job_spent){ 0 };
	json_decref(root);
	return out;
}

const char *job_spent_most(const struct job_spent *s)
{
	if (!is_known(s))
		return NULL;
	if (s->source_ms >= s->mapping_ms && s->source_ms >= s->target_ms)
		return "source";
	return s->mapping_ms > s->target_ms ? "mapping" : "target";
}
