/*
 * connectors/mem/mem.c
 *	Rows kept in memory: the reference connector, and a double for tests.
 */
#include "connectors/mem/mem.h"

#include <stdatomic.h>
#include <string.h>

#include "connectors/mem/store.h"
#include "connectors/registry.h"
#include "core/base/arena.h"
#include "core/base/fault.h"

/* Fewer rows may come and go as they like. */
#define SHRINK_ROWS 100

struct mem_conn {
	struct conn base;	/* first: struct conn * converts back */
	struct arena *mem;
	struct mem_store *store;
	const char *refuse_text;	/* a row that holds it is refused at the end; NULL: none */
	atomic_bool is_interrupted;
	/* reading */
	const struct mem_table *table;
	int64_t next;
	int64_t end;
	/* writing */
	struct arena *own;	/* of all that is written; the store's once committed */
	struct write_spec spec;
	struct mem_table *given;	/* rows as write() got them, in the new table's fields */
	const struct mem_table *old;	/* what the merge started from; NULL: there was none */
	struct mem_table *made;	/* takes its place at commit() */
	int *field_of;	/* of the batch, for each field of the table; -1: not given */
};

static const struct param_spec mem_params[] = {
	{ "store", PARAM_TEXT, "main", NULL, "Connections with the same store see the same rows." },
	{ "refuse", PARAM_TEXT, NULL, NULL,
		"Rows with this text in a cell are refused when they are merged." },
	{ 0 },
};

static const struct param_spec mem_read_options[] = {
	{ 0 },
};

static struct mem_conn *mem_of(struct conn *c)
{
	return (struct mem_conn *)c;
}

static enum err_code check_stop(struct mem_conn *m, const char *point, struct err *err)
{
	(void)point;
	if (atomic_load(&m->is_interrupted))
		return err_set(err, ERR_INTERRUPTED, "store %s was interrupted", m->store->name);
	if (FAULT(point))
		return err_set(err, ERR_TRANSIENT, "store %s failed (fault)", m->store->name);
	return ERR_OK;
}

static enum err_code mem_open(struct arena *mem, const struct params *in, struct conn **out,
			      struct err *err)
{
	enum err_code rc = params_check(in, mem_params, "mem connection", err);
	struct mem_conn *m;

	if (rc != ERR_OK)
		return rc;
	m = arena_alloc(mem, sizeof(*m));
	m->base.ops = &conn_mem;
	m->mem = mem;
	m->refuse_text = arena_strdup(mem, params_get(in, mem_params, "refuse"));
	store_lock();
	m->store = store_find(params_get(in, mem_params, "store"));
	store_unlock();
	rc = check_stop(m, "mem-open", err);
	if (rc == ERR_OK)
		*out = &m->base;
	return rc;
}

static enum err_code mem_test(struct conn *c, struct arena *mem, const char **note, struct err *err)
{
	struct mem_conn *m = mem_of(c);

	*note = arena_printf(mem, "store %s", m->store->name);
	return check_stop(m, "mem-test", err);
}

static enum err_code mem_streams(struct conn *c, struct arena *mem, struct stream_list *out,
				 struct err *err)
{
	struct mem_conn *m = mem_of(c);
	int n = 0;

	store_lock();
	for (const struct mem_table *t = m->store->table; t != NULL; t = t->next)
		n++;
	out->s = arena_array(mem, (size_t)n, sizeof(*out->s));
	out->n = 0;
	for (const struct mem_table *t = m->store->table; t != NULL; t = t->next)
		out->s[out->n++] = (struct stream_info){
			.name = arena_strdup(mem, t->name),
			.kind = "table",
			.rows = t->nrows,
			.bytes = -1,
		};
	store_unlock();
	return check_stop(m, "mem-streams", err);
}

static enum err_code find_table(struct mem_conn *m, const char *stream,
				const struct mem_table **out, struct err *err)
{
	if (stream == NULL)
		return err_set(err, ERR_CONFIG, "store %s has no queries; name a stream",
			       m->store->name);
	store_lock();
	*out = store_table(m->store, stream);
	store_unlock();
	if (*out != NULL)
		return ERR_OK;
	return err_set(err, ERR_NOT_FOUND, "store %s has no stream %s", m->store->name, stream);
}

static enum err_code mem_describe(struct conn *c, struct arena *mem, const struct read_spec *spec,
				  struct schema *out, const char **note, struct err *err)
{
	struct mem_conn *m = mem_of(c);
	const struct mem_table *t;
	enum err_code rc = find_table(m, spec->stream, &t, err);

	if (rc == ERR_OK)
		rc = check_stop(m, "mem-describe", err);
	if (rc != ERR_OK)
		return rc;
	store_copy_schema(mem, &t->schema, out);
	if (note != NULL)
		*note = NULL;
	return ERR_OK;
}

/* ---- reading --------------------------------------------------------------- */

static enum err_code mem_read_open(struct conn *c, const struct read_spec *spec, struct err *err)
{
	struct mem_conn *m = mem_of(c);
	enum err_code rc = params_check(spec->options, mem_read_options, "source options", err);

	if (rc == ERR_OK)
		rc = find_table(m, spec->stream, &m->table, err);
	if (rc == ERR_OK)
		rc = check_stop(m, "mem-read-open", err);
	if (rc != ERR_OK)
		return rc;
	m->next = 0;
	m->end = m->table->nrows;
	if (spec->limit_rows > 0 && spec->limit_rows < m->end)
		m->end = spec->limit_rows;
	return ERR_OK;
}

static const struct schema *mem_read_schema(struct conn *c)
{
	return &mem_of(c)->table->schema;
}

static enum err_code mem_read(struct conn *c, struct batch *into, bool *eof, struct err *err)
{
	struct mem_conn *m = mem_of(c);
	enum err_code rc = check_stop(m, "mem-read", err);

	batch_reset(into);
	into->part = m->table->name;
	*eof = false;
	if (rc != ERR_OK)
		return rc;
	for (int f = 0; f < into->ncols; f++)
		batch_retype(into, f, m->table->schema.field[f].type.type);
	for (; m->next < m->end && into->nrows < into->cap; m->next++) {
		uint32_t i = into->nrows++;

		for (int f = 0; f < into->ncols; f++)
			value_put(&into->col[f], i, &m->table->row[m->next].value[f]);
		into->at[i] = (struct row_at){ .row = m->next + 1, .offset = -1 };
		into->input_bytes += (int64_t)sizeof(struct mem_value) * into->ncols;
	}
	*eof = into->nrows == 0;
	return ERR_OK;
}

static int64_t mem_total_bytes(struct conn *c)
{
	struct mem_conn *m = mem_of(c);

	return m->end * (int64_t)sizeof(struct mem_value) * m->table->schema.nfields;
}

/* ---- writing --------------------------------------------------------------- */

static enum err_code mem_claim(struct conn *c, struct arena *mem, const struct fence *f,
			       struct commit_note *earlier, struct err *err)
{
	struct mem_conn *m = mem_of(c);
	enum err_code rc = check_stop(m, "mem-claim", err);
	struct mem_log *log;

	*earlier = (struct commit_note){ 0 };
	if (rc != ERR_OK)
		return rc;
	store_lock();
	log = store_log(m->store, f);
	if (log == NULL) {
		log = arena_alloc(m->store->mem, sizeof(*log));
		log->origin = arena_strdup(m->store->mem, f->origin);
		log->job = f->job;
		log->next = m->store->log;
		m->store->log = log;
	}
	if (log->note.is_committed) {
		*earlier = log->note;
		earlier->bookmark = arena_strdup(mem, log->note.bookmark);
	} else if (log->note.run > f->run) {
		rc = err_set(err, ERR_FENCED,
			     "attempt %lld of job %lld was overtaken by attempt %lld",
			     (long long)f->run, (long long)f->job, (long long)log->note.run);
	} else {
		log->note.run = f->run;
	}
	store_unlock();
	return rc;
}

/* The fields that the table will have: the old ones, then new ones as drift allows. */
static enum err_code make_fields(struct mem_conn *m, struct schema *out, struct err *err)
{
	const struct schema *given = m->spec.fields;
	struct schema all;

	if (m->old == NULL) {
		store_copy_schema(m->own, given, out);
		return ERR_OK;
	}
	all.nfields = m->old->schema.nfields;
	all.field = arena_array(m->mem, (size_t)(all.nfields + given->nfields), sizeof(*all.field));
	memcpy(all.field, m->old->schema.field, (size_t)all.nfields * sizeof(*all.field));
	for (int i = 0; i < given->nfields; i++) {
		const struct field *f = &given->field[i];
		int at = schema_find(&m->old->schema, slice_of(f->name));

		if (at >= 0 && m->old->schema.field[at].type.type != f->type.type)
			return err_set(err, ERR_CONFIG, "field %s of stream %s is %s, not %s",
				       f->name,
				       m->spec.stream, type_name(all.field[at].type.type),
				       type_name(f->type.type));
		if (at >= 0 || m->spec.drift == DRIFT_IGNORE)
			continue;
		if (m->spec.drift == DRIFT_FAIL)
			return err_set(err, ERR_CONFLICT, "stream %s has no field %s",
				       m->spec.stream,
				       f->name);
		all.field[all.nfields++] = *f;
	}
	store_copy_schema(m->own, &all, out);
	return ERR_OK;
}

static enum err_code check_keys(const struct mem_conn *m, struct err *err)
{
	for (int k = 0; k < m->spec.nkeys; k++)
		if (schema_find(m->spec.fields, slice_of(m->spec.key[k])) < 0)
			return err_set(err, ERR_CONFIG, "key %s is not among the fields",
				       m->spec.key[k]);
	if (m->spec.mode == MODE_UPSERT && m->spec.nkeys == 0)
		return err_set(err, ERR_CONFIG, "upsert needs a key");
	return ERR_OK;
}

static enum err_code mem_write_open(struct conn *c, const struct write_spec *spec, struct err *err)
{
	struct mem_conn *m = mem_of(c);
	enum err_code rc = check_stop(m, "mem-write-open", err);

	m->spec = *spec;
	if (rc == ERR_OK)
		rc = check_keys(m, err);
	if (rc != ERR_OK)
		return rc;
	arena_free(m->own);
	m->own = arena_new(NULL, "mem rows");
	store_lock();
	m->old = store_table(m->store, spec->stream);
	store_unlock();
	m->given = arena_alloc(m->own, sizeof(*m->given));
	if (m->old == NULL && !spec->may_create)
		rc = err_set(err, ERR_NOT_FOUND, "store %s has no stream %s", m->store->name,
			     spec->stream);
	else
		rc = make_fields(m, &m->given->schema, err);
	if (rc != ERR_OK)
		return rc;
	m->field_of = arena_array(m->mem, (size_t)m->given->schema.nfields, sizeof(*m->field_of));
	for (int f = 0; f < m->given->schema.nfields; f++)
		m->field_of[f] = schema_find(spec->fields,
					     slice_of(m->given->schema.field[f].name));
	return ERR_OK;
}

static enum err_code mem_write(struct conn *c, const struct batch *rows, struct err *err)
{
	struct mem_conn *m = mem_of(c);
	struct schema *s = &m->given->schema;
	enum err_code rc = check_stop(m, "mem-write", err);

	if (rc != ERR_OK)
		return rc;
	for (uint32_t i = 0; i < rows->nrows; i++) {
		struct mem_row row;

		if (rows->state[i] != ROW_LIVE)
			continue;
		/* The batch dies before we do: copy, never keep its pointers. */
		row.value = arena_array(m->own, (size_t)s->nfields, sizeof(*row.value));
		for (int f = 0; f < s->nfields; f++) {
			row.value[f].is_null = true;
			if (m->field_of[f] >= 0)
				row.value[f] = value_of(m->own, &rows->col[m->field_of[f]], i);
		}
		row.at = rows->at[i];
		row.at.raw.p = arena_strndup(m->own, row.at.raw.n > 0 ? row.at.raw.p : "",
					     row.at.raw.n);
		row.part = arena_strdup(m->own, rows->part);
		table_add(m->own, m->given, row);
	}
	return ERR_OK;
}

static bool is_same_key(const struct mem_conn *m, const struct mem_row *a, const struct mem_row *b)
{
	const struct schema *s = &m->given->schema;

	for (int k = 0; k < m->spec.nkeys; k++) {
		int f = schema_find(s, slice_of(m->spec.key[k]));

		if (!value_equal(s->field[f].type.type, &a->value[f], &b->value[f]))
			return false;
	}
	return true;
}

static enum err_code refuse(struct mem_conn *m, const struct mem_row *row, int f,
			    struct err *err)
{
	struct problem why = {
		.field = m->given->schema.field[f].name,
		.value = row->value[f].v.text,
		.rule = "refuse",
		.reason = "is refused by the store",
	};
	struct reject r = { .part = row->part, .at = row->at, .nproblems = 1, .problem = &why };

	if (m->spec.refuse == NULL)
		return err_set(err, ERR_INPUT, "row %lld is refused by the store",
			       (long long)row->at.row);
	return m->spec.refuse(m->spec.refuse_ctx, &r, err);
}

/* The field that makes the store refuse the row, or -1. */
static int refused_field(const struct mem_conn *m, const struct mem_row *row)
{
	const struct schema *s = &m->given->schema;

	for (int f = 0; f < s->nfields && m->refuse_text != NULL; f++)
		if (s->field[f].type.type == TYPE_TEXT && !row->value[f].is_null &&
		    slice_is(row->value[f].v.text, m->refuse_text))
			return f;
	return -1;
}

/* A row of the old table in the fields of the new one; new fields are null. */
static struct mem_row widen(struct mem_conn *m, const struct mem_row *old)
{
	struct mem_row row = *old;
	int n = m->given->schema.nfields;

	row.value = arena_array(m->own, (size_t)n, sizeof(*row.value));
	for (int f = 0; f < n; f++) {
		row.value[f].is_null = true;
		if (f < m->old->schema.nfields)
			row.value[f] = old->value[f];
	}
	return row;
}

/* The given values over the row at t->row[i]; false: nothing differs. */
static bool update(struct mem_conn *m, struct mem_row *row, const struct mem_row *given)
{
	const struct schema *s = &m->given->schema;
	bool differs = false;

	for (int f = 0; f < s->nfields; f++) {
		if (m->field_of[f] < 0 ||
		    value_equal(s->field[f].type.type, &row->value[f], &given->value[f]))
			continue;
		row->value[f] = given->value[f];
		differs = true;
	}
	return differs;
}

/* Whether the row that is there is newer than the one given. */
static bool is_newer(const struct mem_conn *m, const struct mem_row *there,
		     const struct mem_row *given)
{
	const struct schema *s = &m->given->schema;
	int f = m->spec.newer != NULL ? schema_find(s, slice_of(m->spec.newer)) : -1;
	const struct mem_value *a, *b;

	if (f < 0)
		return false;
	a = &there->value[f];
	b = &given->value[f];
	if (a->is_null || b->is_null)
		return !a->is_null;
	if (s->field[f].type.type == TYPE_TEXT) {
		size_t n = a->v.text.n < b->v.text.n ? a->v.text.n : b->v.text.n;
		int order = n > 0 ? memcmp(a->v.text.p, b->v.text.p, n) : 0;

		return order != 0 ? order > 0 : a->v.text.n > b->v.text.n;
	}
	return a->v.i64 > b->v.i64;
}

/* Whether a later row of the load has the same key. */
static bool is_superseded(const struct mem_conn *m, int64_t i)
{
	for (int64_t k = i + 1; k < m->given->nrows && m->spec.mode == MODE_UPSERT; k++)
		if (is_same_key(m, &m->given->row[i], &m->given->row[k]) &&
		    refused_field(m, &m->given->row[k]) < 0)
			return true;
	return false;
}

static enum err_code merge_row(struct mem_conn *m, int64_t i, int64_t nold, struct ledger *out,
			       struct err *err)
{
	struct mem_row *row = &m->given->row[i];
	int refused = refused_field(m, row);

	if (refused >= 0)
		return refuse(m, row, refused, err);
	if (is_superseded(m, i)) {
		out->filtered++;
		return ERR_OK;
	}
	for (int64_t k = 0; k < nold && m->spec.mode == MODE_UPSERT; k++) {
		if (is_same_key(m, &m->made->row[k], row)) {
			if (is_newer(m, &m->made->row[k], row))
				out->filtered++;
			else if (update(m, &m->made->row[k], row))
				out->written++;
			else
				out->unchanged++;
			return ERR_OK;
		}
	}
	table_add(m->own, m->made, *row);
	out->written++;
	return ERR_OK;
}

static enum err_code mem_finish(struct conn *c, struct ledger *out, struct err *err)
{
	struct mem_conn *m = mem_of(c);
	enum err_code rc = check_stop(m, "mem-finish", err);

	out->written = out->unchanged = out->filtered = 0;
	if (rc != ERR_OK)
		return rc;
	m->made = arena_alloc(m->own, sizeof(*m->made));
	m->made->schema = m->given->schema;
	m->made->name = arena_strdup(m->own, m->spec.stream);
	if (m->old != NULL && m->spec.mode != MODE_REPLACE)
		for (int64_t i = 0; i < m->old->nrows; i++)
			table_add(m->own, m->made, widen(m, &m->old->row[i]));
	for (int64_t i = 0, nold = m->made->nrows; i < m->given->nrows && rc == ERR_OK; i++)
		rc = merge_row(m, i, nold, out, err);
	if (rc == ERR_OK && m->spec.mode == MODE_REPLACE && m->old != NULL &&
	    !m->spec.allow_shrink &&
	    m->old->nrows >= SHRINK_ROWS && m->made->nrows * 2 < m->old->nrows)
		rc = err_set(err, ERR_CONFLICT, "stream %s would shrink from %lld to %lld rows",
			     m->spec.stream, (long long)m->old->nrows, (long long)m->made->nrows);
	return rc;
}

static void put_table(struct mem_store *s, struct mem_table *t)
{
	struct mem_table **at = &s->table;

	while (*at != NULL && strcmp((*at)->name, t->name) != 0)
		at = &(*at)->next;
	/* The old version stays readable for whoever has it open. */
	t->next = *at != NULL ? (*at)->next : NULL;
	*at = t;
}

static void free_rows(void *arena)
{
	arena_free(arena);
}

static enum err_code mem_commit(struct conn *c, const struct ledger *ledger, const char *bookmark,
				struct err *err)
{
	struct mem_conn *m = mem_of(c);
	enum err_code rc = check_stop(m, "mem-commit", err);
	struct mem_log *log;

	if (rc != ERR_OK)
		return rc;
	store_lock();
	log = store_log(m->store, &m->spec.fence);
	if (log == NULL || log->note.is_committed || log->note.run != m->spec.fence.run) {
		rc = err_set(err, ERR_FENCED, "another attempt of job %lld has taken over",
			     (long long)m->spec.fence.job);
	} else if (store_table(m->store, m->spec.stream) != m->old) {
		rc = err_set(err, ERR_CONFLICT, "stream %s changed meanwhile", m->spec.stream);
	} else {
		put_table(m->store, m->made);
		arena_on_free(m->store->mem, free_rows, m->own);
		m->own = NULL;
		log->note.is_committed = true;
		log->note.ledger = *ledger;
		log->note.bookmark = arena_strdup(m->store->mem, bookmark);
	}
	store_unlock();
	return rc;
}

static enum err_code mem_exists(struct conn *c, const char *stream, const char *field,
				const struct column *col, uint32_t nrows, uint8_t *found,
				struct err *err)
{
	struct mem_conn *m = mem_of(c);
	const struct mem_table *t;
	enum err_code rc = find_table(m, stream, &t, err);
	int f;

	if (rc != ERR_OK)
		return rc;
	f = schema_find(&t->schema, slice_of(field));
	if (f < 0)
		return err_set(err, ERR_NOT_FOUND, "stream %s has no field %s", stream, field);
	if (t->schema.field[f].type.type != col->type)
		return err_set(err, ERR_CONFIG, "field %s of stream %s is %s, not %s", field,
			       stream,
			       type_name(t->schema.field[f].type.type), type_name(col->type));
	for (uint32_t i = 0; i < nrows; i++) {
		struct arena *mem = arena_new(NULL, "lookup");
		struct mem_value v = value_of(mem, col, i);

		found[i] = 0;
		for (int64_t r = 0; r < t->nrows && !found[i] && !v.is_null; r++)
			found[i] = value_equal(col->type, &v, &t->row[r].value[f]);
		arena_free(mem);
	}
	return ERR_OK;
}

static void mem_interrupt(struct conn *c)
{
	atomic_store(&mem_of(c)->is_interrupted, true);
}

static void mem_close(struct conn *c)
{
	struct mem_conn *m = mem_of(c);

	arena_free(m->own);
	m->own = NULL;
}

const struct conn_ops conn_mem = {
	.type = "mem",
	.summary = "Rows kept in memory, for tests and dry runs.",
	.caps = CONN_READ | CONN_WRITE | CONN_ATOMIC | CONN_LOOKUP,
	.params = mem_params,
	.read_options = mem_read_options,
	.open = mem_open,
	.test = mem_test,
	.streams = mem_streams,
	.describe = mem_describe,
	.read_open = mem_read_open,
	.read_schema = mem_read_schema,
	.read = mem_read,
	.read_total_bytes = mem_total_bytes,
	.claim = mem_claim,
	.write_open = mem_write_open,
	.write = mem_write,
	.finish = mem_finish,
	.commit = mem_commit,
	.exists = mem_exists,
	.interrupt = mem_interrupt,
	.close = mem_close,
};
