/*
 * connectors/postgres/pg_replace.c
 *	All rows of a table give way to the new ones, at one moment.
 *
 * A plain table is built aside and swapped in, so that readers wait only for
 * the swap. A table that others depend on, or that cannot be copied exactly,
 * is emptied and filled in place; readers then wait from its emptying on.
 * Writers wait from the start: what they wrote meanwhile would be lost.
 *
 * Far fewer rows than before are a mistake more often than not: under half
 * of at least SHRINK_ROWS, the load is refused unless told otherwise.
 */
#include <inttypes.h>

#include "core/base/fault.h"
#include "connectors/postgres/pg.h"

#define SHRINK_ROWS 100

/* A foreign key of another table that would not just forbid, but follow. */
static const char sql_inbound[] =
	"select k.conrelid::pg_catalog.regclass::text as child,"
	" k.confdeltype in ('c', 'n', 'd') as follows"
	" from pg_catalog.pg_constraint k where k.confrelid = $1::pg_catalog.oid"
	" and k.contype = 'f' and k.conparentid = 0 order by follows desc, child limit 1";

static enum err_code count_before(struct pg_conn *c, int64_t limit, struct err *err)
{
	struct pg_writer *w = &c->w;

	if (limit < 0)
		return pg_count(c, &w->rows_before, err, "select count(*) from %s", w->rel.quoted);
	return pg_count(c, &w->rows_before, err, "select count(*) from (select from %s"
			" limit %" PRId64 ") t", w->rel.quoted, limit);
}

static enum err_code check_shrink(struct pg_conn *c, struct err *err)
{
	const struct pg_writer *w = &c->w;

	if (w->spec.allow_shrink || w->rows_before < SHRINK_ROWS || w->stored * 2 >= w->rows_before)
		return ERR_OK;
	err_set(err, ERR_CONFLICT, "%s has %" PRId64 " rows and would be left with %" PRId64,
		w->rel.quoted, w->rows_before, w->stored);
	err_hint(err, "Nothing was changed. If this is meant, allow the table to shrink"
		 " (--allow-shrink).");
	return ERR_CONFLICT;
}

/* TRUNCATE where it can be; tables that others refer to, or share by policy, by DELETE. */
static enum err_code empty_table(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	struct db_param p = DB_INT8(w->rel.oid);
	struct db_result *res = NULL;
	bool has_inbound, follows;
	const char *child;
	enum err_code rc = db_query(c->db, sql_inbound, &p, 1, &res, err);

	if (rc != ERR_OK)
		return rc;
	has_inbound = db_result_rows(res) > 0;
	follows = has_inbound && db_result_bool(res, 0, "follows");
	child = arena_strdup(c->mem, has_inbound ? db_result_text(res, 0, "child") : NULL);
	db_result_free(res);
	if (follows) {
		err_set(err, ERR_CONFLICT, "%s cannot be replaced: rows of %s would be deleted or"
			" changed with it", w->rel.quoted, child);
		err_hint(err, "Use upsert, which leaves the rows that others refer to.");
		return ERR_CONFLICT;
	}
	w->swap = has_inbound || w->rel.has_policies ? SWAP_DELETE : SWAP_TRUNCATE;
	if (w->swap == SWAP_TRUNCATE)
		return pg_run(c, err, "truncate table %s%s", w->rel.has_children ? "only " : "",
			      w->rel.quoted);
	rc = pg_run(c, err, "delete from %s%s", w->rel.has_children ? "only " : "", w->rel.quoted);
	if (rc == ERR_INPUT && has_inbound) {
		err_wrap(err, ERR_CONFLICT, "%s cannot be replaced: rows of %s refer to it",
			 w->rel.quoted, child);
		err_hint(err, "Use upsert, which leaves the rows that others refer to.");
		return ERR_CONFLICT;
	}
	return rc;
}

enum err_code pg_replace_open(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	const char *why = NULL;
	enum err_code rc;

	if (w->is_new)
		return ERR_OK;
	rc = pg_run(c, err, "lock table %s%s in share row exclusive mode",
		    w->rel.has_children ? "only " : "", w->rel.quoted);
	if (rc == ERR_OK)
		rc = pg_aside_obstacle(c, &why, err);
	if (rc == ERR_OK && why == NULL) {
		w->swap = SWAP_ASIDE;
		rc = pg_aside_make(c, err);
	} else if (rc == ERR_OK) {
		rc = w->spec.allow_shrink ? ERR_OK : count_before(c, -1, err);
		if (rc == ERR_OK)
			rc = empty_table(c, err);
	}
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "preparing to replace %s", w->rel.quoted);
}

enum err_code pg_replace_finish(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	enum err_code rc = ERR_OK;

	if (w->swap == SWAP_NONE)
		return ERR_OK;
	if (w->swap == SWAP_ASIDE && !w->spec.allow_shrink) {
		/* Counts no further than needed to know. */
		int64_t enough = w->stored * 2 + 1;

		rc = count_before(c, enough > SHRINK_ROWS ? enough : SHRINK_ROWS, err);
		if (rc == ERR_OK && w->rows_before >= SHRINK_ROWS && w->rows_before > w->stored * 2)
			rc = count_before(c, -1, err);
	}
	if (rc == ERR_OK)
		rc = check_shrink(c, err);
	if (rc == ERR_OK && w->swap == SWAP_ASIDE) {
		rc = pg_aside_swap(c, err);
		if (rc != ERR_OK)
			rc = err_wrap(err, rc, "putting the new table in place of %s",
				      w->rel.quoted);
	}
	return rc;
}
