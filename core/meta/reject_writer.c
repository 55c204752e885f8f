/*
 * core/meta/reject_writer.c
 *	Rejected rows on their way into the table, many to a statement.
 *
 * COPY is refused under row security, and one parameter a value would need
 * thousands. So a statement has two: the raw rows end to end as bytes, and
 * the rest as one JSON document with places in those bytes.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/meta/deadline.h"
#include "core/meta/job.h"
#include "core/meta/reject.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define RAW_LIMIT     (512u << 20)	/* one row may be as long as the source allows */
#define JSON_LIMIT    (512u << 20)
#define PART_MAX      8192
#define NAME_MAX_TEXT 500
#define REASON_MAX    1000
#define CAUSE_CELLS   30	/* of a field or a rule: three of both fit a hint */

struct reject_writer {
	struct db *db;		/* borrowed */
	struct job_lease lease;
	struct buf raw;
	struct buf json;
	struct buf shapes;	/* not sent yet; empty: none */
	int nrows;		/* in the buffers */
	int64_t given;
};

static enum err_code fenced(const struct reject_writer *w, struct err *err)
{
	return err_set(err, ERR_FENCED, "run %" PRId64 " of job %" PRId64 " is over: another one "
		       "has taken over", w->lease.run, w->lease.job);
}

enum err_code reject_writer_open(struct db *db, const struct job_lease *l,
				 struct reject_writer **out, struct err *err)
{
	struct db_param params[] = { DB_INT8(l->org_id), DB_INT8(l->job), DB_INT8(l->run) };
	struct reject_writer *w = mem_alloc(sizeof(*w));
	int64_t held;
	enum err_code rc;

	*out = NULL;
	*w = (struct reject_writer){ .db = db, .lease = *l };
	buf_init(&w->raw, RAW_LIMIT);
	buf_init(&w->json, JSON_LIMIT);
	buf_init(&w->shapes, JSON_LIMIT);
	rc = row_int8(db, sql_job_held, params, 3, "held", &held, err);
	if (rc == ERR_OK && held == 0)
		rc = fenced(w, err);
	if (rc != ERR_OK) {
		reject_writer_close(w);
		return rc;
	}
	*out = w;
	return ERR_OK;
}

enum err_code reject_resume(struct db *db, const struct job_lease *l, const char *rows,
			    struct err *err)
{
	struct reject_writer of = { .lease = *l };
	struct db_param params[] = {
		DB_INT8(l->org_id), DB_INT8(l->job), DB_INT8(l->run), DB_TEXT(rows),
	};
	int64_t held = 0;
	enum err_code rc;

	db_set_deadline(db, DEADLINE_REJECTS_MS);
	rc = row_int8(db, sql_reject_resume, params, 4, "held", &held, err);
	db_set_deadline(db, 0);
	return rc == ERR_OK && held == 0 ? fenced(&of, err) : rc;
}

static enum err_code add_text(struct buf *out, const char *name, const char *p, size_t n,
			      size_t max, struct err *err)
{
	enum err_code rc = buf_printf(out, err, "\"%s\":", name);

	return rc == ERR_OK ? row_json_text(out, p, n, max, err) : rc;
}

static enum err_code add_problem(struct buf *out, const struct reject_problem *p, struct err *err)
{
	enum err_code rc = buf_append(out, "{", 1, err);

	if (rc == ERR_OK)
		rc = add_text(out, "field", p->field, strlen(p->field), NAME_MAX_TEXT, err);
	if (rc == ERR_OK)
		rc = buf_append(out, ",", 1, err);
	if (rc == ERR_OK)
		rc = add_text(out, "value", p->value.p, p->value.n, REJECT_VALUE_MAX, err);
	if (rc == ERR_OK)
		rc = buf_append(out, ",", 1, err);
	if (rc == ERR_OK)
		rc = add_text(out, "rule", p->rule, strlen(p->rule), NAME_MAX_TEXT, err);
	if (rc == ERR_OK)
		rc = buf_append(out, ",", 1, err);
	if (rc == ERR_OK)
		rc = add_text(out, "reason", p->reason, strlen(p->reason), REASON_MAX, err);
	if (rc == ERR_OK && p->sqlstate != NULL && p->sqlstate[0] != '\0')
		rc = buf_printf(out, err, ",\"sqlstate\":\"%.5s\"", p->sqlstate);
	return rc == ERR_OK ? buf_append(out, "}", 1, err) : rc;
}

/* Names of one letter: the document is sent as it is. n -1: nobody kept the row. */
static enum err_code add_row(struct reject_writer *w, const struct reject_in *r, struct err *err)
{
	struct buf *out = &w->json;
	const char *part = r->part != NULL ? r->part : "";
	int64_t raw_n = r->raw.p != NULL ? (int64_t)r->raw.n : -1;
	enum err_code rc;

	rc = buf_printf(out, err,
			"%c{\"r\":%" PRId64 ",\"l\":%" PRId64 ",\"b\":%" PRId64 ",\"o\":%zu,\"n\":%"
			PRId64 ",", w->nrows == 0 ? '[' : ',', r->row, r->line, r->offset,
			w->raw.len + 1, raw_n);
	if (rc == ERR_OK)
		rc = add_text(out, "f", part, strlen(part), PART_MAX, err);
	if (rc == ERR_OK)
		rc = buf_append(out, ",\"p\":[", 6, err);
	for (int i = 0; rc == ERR_OK && i < r->nproblems; i++) {
		if (i > 0)
			rc = buf_append(out, ",", 1, err);
		if (rc == ERR_OK)
			rc = add_problem(out, &r->problem[i], err);
	}
	if (rc == ERR_OK)
		rc = buf_append(out, "]}", 2, err);
	if (rc == ERR_OK && raw_n > 0)
		rc = buf_append(&w->raw, r->raw.p, r->raw.n, err);
	return rc;
}

enum err_code reject_writer_shape(struct reject_writer *w, const char *part, const char *shape,
				  struct err *err)
{
	size_t was = w->shapes.len;
	enum err_code rc = buf_printf(&w->shapes, err, "%c{", was == 0 ? '[' : ',');

	if (rc == ERR_OK)
		rc = add_text(&w->shapes, "f", part, strlen(part), PART_MAX, err);
	if (rc == ERR_OK)
		rc = buf_printf(&w->shapes, err, ",\"s\":%s}", shape);
	if (rc != ERR_OK)
		w->shapes.len = was;
	return rc;
}

enum err_code reject_writer_add(struct reject_writer *w, const struct reject_in *r,
				struct err *err)
{
	size_t raw_was = w->raw.len, json_was = w->json.len;
	enum err_code rc = ERR_OK;

	/* A long row does not wait behind others: together they might pass the limit. */
	if (w->nrows > 0 && w->raw.len + r->raw.n > REJECT_FLUSH_BYTES)
		rc = reject_writer_flush(w, err);
	if (rc != ERR_OK)
		return rc;
	if (w->nrows == 0)
		raw_was = json_was = 0;
	rc = add_row(w, r, err);
	if (rc != ERR_OK) {
		w->raw.len = raw_was;
		w->json.len = json_was;
		return err_wrap(err, rc, "keeping rejected row %" PRId64, r->row);
	}
	w->nrows++;
	w->given++;
	if (w->nrows >= REJECT_FLUSH_ROWS || w->raw.len + w->json.len >= REJECT_FLUSH_BYTES)
		rc = reject_writer_flush(w, err);
	return rc;
}

enum err_code reject_writer_flush(struct reject_writer *w, struct err *err)
{
	int64_t held = 0;
	enum err_code rc;

	if (w->nrows == 0)
		return ERR_OK;
	rc = buf_append(&w->json, "]", 1, err);
	if (rc == ERR_OK && w->shapes.len > 0)
		rc = buf_append(&w->shapes, "]", 1, err);
	if (rc == ERR_OK) {
		struct db_param params[] = {
			DB_INT8(w->lease.org_id), DB_INT8(w->lease.job), DB_INT8(w->lease.run),
			DB_TEXT(buf_str(&w->json)), DB_BYTES(w->raw.data, w->raw.len),
			DB_TEXT(w->shapes.len > 0 ? buf_str(&w->shapes) : "[]"),
		};

		db_set_deadline(w->db, DEADLINE_REJECTS_MS);
		rc = row_int8(w->db, sql_reject_add, params, 6, "held", &held, err);
		db_set_deadline(w->db, 0);
	}
	if (rc == ERR_OK && held == 0)
		rc = fenced(w, err);
	if (rc != ERR_OK)
		return rc;
	/* A giant row must not be paid for until the end of the load. */
	if (w->raw.cap > 2u * REJECT_FLUSH_BYTES) {
		buf_release(&w->raw);
		buf_init(&w->raw, RAW_LIMIT);
	}
	buf_clear(&w->raw);
	buf_clear(&w->json);
	buf_clear(&w->shapes);
	w->nrows = 0;
	return ERR_OK;
}

enum err_code reject_writer_forget(struct reject_writer *w, struct err *err)
{
	struct db_param params[] = {
		DB_INT8(w->lease.org_id), DB_INT8(w->lease.job), DB_INT8(w->lease.run),
	};
	int64_t held = 0;
	enum err_code rc;

	db_set_deadline(w->db, DEADLINE_REJECTS_MS);
	rc = row_int8(w->db, sql_reject_forget, params, 3, "held", &held, err);
	db_set_deadline(w->db, 0);
	if (rc == ERR_OK && held == 0)
		rc = fenced(w, err);
	buf_clear(&w->raw);
	buf_clear(&w->json);
	buf_clear(&w->shapes);
	w->nrows = 0;
	w->given = 0;
	return rc;
}

enum err_code reject_causes(struct arena *mem, struct db *db, const struct job_lease *l,
			    int64_t run, const char **out, struct err *err)
{
	struct db_param params[] = { DB_INT8(l->org_id), DB_INT8(l->job), DB_INT8(run) };
	struct db_result *res = NULL;
	const char *text = "";
	enum err_code rc;

	db_set_deadline(db, DEADLINE_REJECTS_MS);
	rc = db_query(db, sql_reject_causes, params, 3, &res, err);
	db_set_deadline(db, 0);
	for (int i = 0; rc == ERR_OK && i < db_result_rows(res); i++) {
		const char *field = db_result_text(res, i, "field");
		const char *rule = db_result_text(res, i, "rule");

		text = arena_printf(mem, "%s%s%s%s%s (%" PRId64 ")", text, i > 0 ? ", " : "",
				    text_fit(mem, field, strlen(field), CAUSE_CELLS),
				    field[0] != '\0' ? " " : "",
				    text_fit(mem, rule, strlen(rule), CAUSE_CELLS),
				    db_result_int8(res, i, "rows"));
	}
	db_result_free(res);
	*out = text;
	return rc;
}

int64_t reject_writer_rows(const struct reject_writer *w)
{
	return w->given;
}

void reject_writer_close(struct reject_writer *w)
{
	if (w == NULL)
		return;
	buf_release(&w->raw);
	buf_release(&w->json);
	buf_release(&w->shapes);
	free(w);
}
