/*
 * tests/unit/connectors/postgres/rig.c
 *	Loads from one table of a temporary server into another.
 */
#include "tests/unit/connectors/postgres/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "connectors/postgres/postgres.h"
#include "core/flow/pgbin.h"

struct pgtemp *rig_server;
struct db *rig_db;

static void open_db(void)
{
	struct db_options opt = { .conninfo = pgtemp_conninfo(rig_server), .search_path = "" };
	struct err err = { 0 };

	assert_int_equal(db_open(&opt, &rig_db, &err), ERR_OK);
}

int rig_start(void **state)
{
	(void)state;
	rig_server = pgtemp_start();
	open_db();
	return 0;
}

int rig_stop(void **state)
{
	(void)state;
	db_close(rig_db);
	pgtemp_free(rig_server);
	return 0;
}

void rig_sql(const char *sql)
{
	struct err err = { 0 };
	char text[800];

	if (db_is_broken(rig_db)) {
		db_close(rig_db);
		open_db();
	}
	if (db_exec(rig_db, sql, &err) != ERR_OK) {
		err_text(&err, text, sizeof(text));
		fail_msg("%s: %s", sql, text);
	}
}

const char *rig_text(const char *sql)
{
	static char out[4000];
	struct db_result *res;
	struct err err = { 0 };

	if (db_is_broken(rig_db)) {
		db_close(rig_db);
		open_db();
	}
	if (db_query(rig_db, sql, NULL, 0, &res, &err) != ERR_OK)
		fail_msg("%s: %s", sql, err.frame[0].text);
	snprintf(out, sizeof(out), "%s", db_result_rows(res) > 0 && db_result_at(res, 0, 0) != NULL
		 ? db_result_at(res, 0, 0) : "");
	db_result_free(res);
	return out;
}

int64_t rig_number(const char *sql)
{
	return strtoll(rig_text(sql), NULL, 10);
}

static enum err_code open_conn(struct arena *mem, const char *conninfo, struct conn **out,
			       struct err *err)
{
	struct param p = { "url", conninfo != NULL ? conninfo : pgtemp_conninfo(rig_server) };
	struct params in = { .n = 1, .p = &p };

	return conn_postgres.open(mem, &in, out, err);
}

struct conn *rig_open(struct arena *mem, const char *conninfo)
{
	struct conn *c = NULL;
	struct err err = { 0 };

	assert_int_equal(open_conn(mem, conninfo, &c, &err), ERR_OK);
	return c;
}

static enum err_code on_reject(void *ctx, const struct reject *r, struct err *err)
{
	struct rig_result *out = ctx;
	struct rig_reject *x;

	(void)err;
	if (out->nrejects == out->cap) {
		out->cap = out->cap > 0 ? out->cap * 2 : 64;
		out->reject = mem_resize(out->reject, (size_t)out->cap * sizeof(*out->reject));
	}
	x = &out->reject[out->nrejects++];
	*x = (struct rig_reject){
		.row = r->at.row,
		.rule = arena_strdup(out->mem, r->problem[0].rule),
		.field = arena_strdup(out->mem, r->problem[0].field),
		.reason = arena_strdup(out->mem, r->problem[0].reason),
		.raw = arena_strndup(out->mem, r->at.raw.n > 0 ? r->at.raw.p : "", r->at.raw.n),
		.value = arena_strndup(out->mem, r->problem[0].value.n > 0 ? r->problem[0].value.p
				       : "", r->problem[0].value.n),
	};
	out->ledger.rejected++;
	return ERR_OK;
}

static enum err_code decode_all(struct batch *b, const struct schema *s, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; i < b->ncols && rc == ERR_OK; i++)
		rc = pgbin_decode(b, i, s->field[i].name, err);
	b->is_tuple = false;
	return rc;
}

static enum err_code move_rows(struct conn *from, struct conn *to, const struct rig_load *l,
			       struct rig_result *r)
{
	const struct schema *schema = from->ops->read_schema(from);
	struct batch *b = batch_new(schema, 0, BATCH_ROWS);
	enum err_code rc = ERR_OK;
	bool eof = false;

	while (rc == ERR_OK) {
		r->step = "read";
		rc = from->ops->read(from, b, &eof, &r->err);
		if (rc != ERR_OK || eof)
			break;
		r->ledger.read += b->nrows;
		r->ledger.bytes += b->input_bytes;
		if (l->is_decoded)
			rc = decode_all(b, schema, &r->err);
		r->step = "write";
		if (rc == ERR_OK)
			rc = to->ops->write(to, b, &r->err);
	}
	batch_free(b);
	return rc;
}

static void fill_spec(struct write_spec *spec, const struct rig_load *l, const struct fence *f,
		      struct rig_result *r)
{
	*spec = (struct write_spec){
		.stream = l->into, .mode = l->mode, .key = l->key, .may_create = l->may_create,
		.create_schema = l->create_schema,
		.drift = l->drift, .allow_shrink = l->allow_shrink, .fence = *f,
		.refuse = on_reject, .refuse_ctx = r,
	};
	while (spec->nkeys < 4 && l->key[spec->nkeys] != NULL)
		spec->nkeys++;
}

static enum err_code run(struct conn *from, struct conn *to, const struct rig_load *l,
			 struct rig_result *r)
{
	static int64_t next_job = 1000;
	struct fence f = { "test", l->job != 0 ? l->job : next_job++, l->run != 0 ? l->run : 1 };
	struct read_spec read = { .query = l->query };
	struct ledger stored = { 0 };
	struct write_spec spec;
	enum err_code rc;

	r->step = "claim";
	rc = to->ops->claim(to, r->mem, &f, &r->earlier, &r->err);
	if (rc != ERR_OK || r->earlier.is_committed)
		return rc;
	r->step = "read_open";
	rc = from->ops->read_open(from, &read, &r->err);
	if (rc != ERR_OK)
		return rc;
	fill_spec(&spec, l, &f, r);
	spec.fields = from->ops->read_schema(from);
	r->step = "write_open";
	rc = to->ops->write_open(to, &spec, &r->err);
	if (rc == ERR_OK)
		rc = move_rows(from, to, l, r);
	if (rc != ERR_OK)
		return rc;
	r->step = "finish";
	rc = to->ops->finish(to, &stored, &r->err);
	r->ledger.written = stored.written;
	r->ledger.unchanged = stored.unchanged;
	r->ledger.filtered = stored.filtered;
	if (rc != ERR_OK || l->stops_before_commit)
		return rc;
	r->step = "commit";
	return to->ops->commit(to, &r->ledger, "{\"value\": 7}", &r->err);
}

struct rig_result rig_run_as(const char *conninfo, const struct rig_load *l)
{
	struct rig_result r = { .mem = arena_new(NULL, "rig"), .step = "open" };
	struct conn *from = NULL, *to = NULL;

	r.rc = open_conn(r.mem, NULL, &from, &r.err);
	if (r.rc == ERR_OK)
		r.rc = open_conn(r.mem, conninfo, &to, &r.err);
	if (r.rc == ERR_OK)
		r.rc = run(from, to, l, &r);
	conn_close(from);
	conn_close(to);
	return r;
}

struct rig_result rig_run(const struct rig_load *l)
{
	return rig_run_as(NULL, l);
}

void rig_forget(struct rig_result *r)
{
	free(r->reject);
	arena_free(r->mem);
	*r = (struct rig_result){ 0 };
}

struct rig_result rig_ok(const struct rig_load *l)
{
	struct rig_result r = rig_run(l);
	char text[800];

	if (r.rc != ERR_OK) {
		err_text(&r.err, text, sizeof(text));
		fail_msg("%s of %s: %s", r.step, l->into, text);
	}
	assert_int_equal(r.ledger.read, r.ledger.written + r.ledger.unchanged + r.ledger.filtered +
			 r.ledger.rejected);
	return r;
}
