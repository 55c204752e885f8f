/*
 * core/meta/matching.c
 *	Decisions on pairs of names, read and added to.
 */
#include "core/meta/matching.h"

#include <string.h>

#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define JSON_MAX (16u << 20)

static bool is_kept(const char *name)
{
	return name[0] != '\0' && strlen(name) <= MATCHING_NAME_MAX;
}

/* ["a","b"] */
static enum err_code names_json(struct buf *out, int n, const char *const *name, struct err *err)
{
	enum err_code rc = ERR_OK;
	int had = 0;

	buf_init(out, JSON_MAX);
	buf_adds(out, "[");
	for (int i = 0; i < n && rc == ERR_OK; i++) {
		if (!is_kept(name[i]))
			continue;
		if (had++ > 0)
			buf_adds(out, ",");
		rc = row_json_text(out, name[i], strlen(name[i]), MATCHING_NAME_MAX, err);
	}
	if (rc == ERR_OK)
		rc = buf_append(out, "]", 1, err);
	return rc;
}

enum err_code matching_list(struct arena *mem, struct db *db, int nsources,
			    const char *const *source, int ntargets, const char *const *target,
			    struct matching_list *out, struct err *err)
{
	struct db_result *res = NULL;
	struct buf sources, targets;
	enum err_code rc = names_json(&sources, nsources, source, err);

	memset(out, 0, sizeof(*out));
	buf_init(&targets, JSON_MAX);
	if (rc == ERR_OK)
		rc = names_json(&targets, ntargets, target, err);
	if (rc == ERR_OK) {
		struct db_param params[] = { DB_TEXT(buf_str(&sources)),
					     DB_TEXT(buf_str(&targets)) };

		rc = db_query(db, sql_matching_list, params, 2, &res, err);
	}
	buf_release(&sources);
	buf_release(&targets);
	if (rc != ERR_OK)
		return rc;
	out->m = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->m));
	for (int i = 0; i < db_result_rows(res); i++)
		out->m[out->n++] = (struct matching){
			.source = row_text(mem, res, i, "source"),
			.target = row_text(mem, res, i, "target"),
			.accepted = db_result_int8(res, i, "accepted"),
			.refused = db_result_int8(res, i, "refused"),
		};
	db_result_free(res);
	return ERR_OK;
}

static enum err_code add_one(struct buf *out, const struct matching *m, struct err *err)
{
	enum err_code rc;

	buf_adds(out, out->len > 1 ? ",{\"source\":" : "{\"source\":");
	rc = row_json_text(out, m->source, strlen(m->source), MATCHING_NAME_MAX, err);
	buf_adds(out, ",\"target\":");
	if (rc == ERR_OK)
		rc = row_json_text(out, m->target, strlen(m->target), MATCHING_NAME_MAX, err);
	if (rc == ERR_OK)
		rc = buf_printf(out, err, ",\"accepted\":%lld,\"refused\":%lld}",
				(long long)m->accepted, (long long)m->refused);
	return rc;
}

enum err_code matching_note(struct db *db, int n, const struct matching *made, struct err *err)
{
	enum err_code rc = ERR_OK;
	struct buf all;
	int64_t done;

	buf_init(&all, JSON_MAX);
	buf_adds(&all, "[");
	for (int i = 0; i < n && rc == ERR_OK; i++)
		if (is_kept(made[i].source) && is_kept(made[i].target))
			rc = add_one(&all, &made[i], err);
	if (rc == ERR_OK)
		rc = buf_append(&all, "]", 1, err);
	if (rc == ERR_OK && all.len > 2)
		rc = row_number(db, sql_matching_note, buf_str(&all), "done", &done, err);
	buf_release(&all);
	return rc;
}
