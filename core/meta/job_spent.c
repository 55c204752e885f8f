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
	return s->source_us > 0 || s->mapping_us > 0 || s->target_us > 0;
}

char *job_spent_json(struct arena *mem, const struct job_spent *s)
{
	if (!is_known(s))
		return NULL;
	return arena_printf(mem, "{\"spent_us\":{\"source\":%lld,\"mapping\":%lld,\"target\":%lld}}",
			    (long long)s->source_us, (long long)s->mapping_us,
			    (long long)s->target_us);
}

struct job_spent job_spent_read(const char *result)
{
	struct job_spent out = { 0 };
	struct err err = { 0 };
	json_t *root = NULL;

	if (result == NULL ||
	    js_parse(&root, result, strlen(result), "the result", &err) != ERR_OK)
		return out;
	if (js_opt_int(root, "spent_us.source", &out.source_us, &err) != ERR_OK ||
	    js_opt_int(root, "spent_us.mapping", &out.mapping_us, &err) != ERR_OK ||
	    js_opt_int(root, "spent_us.target", &out.target_us, &err) != ERR_OK)
		out = (struct job_spent){ 0 };
	json_decref(root);
	return out;
}

const char *job_spent_most(const struct job_spent *s)
{
	if (!is_known(s))
		return NULL;
	if (s->source_us >= s->mapping_us && s->source_us >= s->target_us)
		return "source";
	return s->mapping_us > s->target_us ? "mapping" : "target";
}
