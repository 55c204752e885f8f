/*
 * core/engine/replay.c
 *	Pages of rejects become batches, and a connection that gives them to a flow.
 */
#include "core/engine/replay.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/fault.h"
#include "core/base/json.h"
#include "core/engine/ends.h"
#include "core/engine/engine.h"
#include "core/flow/raw_rows.h"

struct part_shape {
	int64_t job;
	const char *part;
	struct raw_shape *shape;
};

struct replay_reader {
	struct arena *mem;
	struct db *db;
	const struct replay_set *set;
	enum replay_how how;
	const struct replay_dry *over;	/* fixes that are not stored; NULL: none */
	int next;
	int nshapes;
	struct part_shape *shape;
	const struct part_shape *last;	/* rejects of one part come together */
	struct schema fields;	/* as the mapping sees them */
	struct schema texts;	/* as they are read */
	struct raw_reader *raw;
	struct repair_rows page;
	bool is_ahead;	/* nobody else asks db anything: the next page is asked for early */
	int asked;	/* rows of that page; 0: none */
};

/* ---- rows ------------------------------------------------------------------------- */

static void make_texts(struct replay_reader *r)
{
	r->texts.nfields = r->fields.nfields;
	r->texts.field = arena_array(r->mem, (size_t)r->fields.nfields + 1,
				     sizeof(*r->texts.field));
	for (int i = 0; i < r->fields.nfields; i++)
		r->texts.field[i] = (struct field){ .name = r->fields.field[i].name,
						    .type = { .type = TYPE_TEXT } };
}

enum err_code replay_reader_new(struct arena *mem, struct db *db, const struct replay_set *set,
				enum replay_how how, struct replay_reader **out, struct err *err)
{
	struct replay_reader *r = arena_alloc(mem, sizeof(*r));
	struct repair_shapes list;
	enum err_code rc;

	*r = (struct replay_reader){ .mem = mem, .db = db, .set = set, .how = how };
	rc = repair_shapes(mem, db, set->id, set->n, &list, err);
	if (rc != ERR_OK)
		return rc;
	r->shape = arena_array(mem, (size_t)list.n + 1, sizeof(*r->shape));
	for (int i = 0; i < list.n && rc == ERR_OK; i++) {
		struct part_shape *s = &r->shape[r->nshapes++];

		*s = (struct part_shape){ list.s[i].job, list.s[i].part, NULL };
		rc = raw_shape_read(mem, list.s[i].shape, &s->shape, err);
		if (rc == ERR_OK)
			raw_schema_add(mem, &r->fields, s->shape);
	}
	if (rc != ERR_OK)
		return rc;
	if (set->n > 0 && r->fields.nfields == 0) {
		err_set(err, ERR_CONFIG, "how the rows of these rejects are read was not kept");
		err_hint(err, "They come from a load by an older leat: load the source again.");
		return ERR_CONFIG;
	}
	make_texts(r);
	r->raw = raw_reader_new(mem, &r->texts, how != REPLAY_TRUE);
	*out = r;
	return ERR_OK;
}

const struct schema *replay_reader_fields(const struct replay_reader *r)
{
	return &r->fields;
}

const struct schema *replay_reader_texts(const struct replay_reader *r)
{
	return &r->texts;
}

struct batch *replay_reader_batch(const struct replay_reader *r)
{
	return batch_new(&r->texts, r->texts.nfields, batch_rows_fit(r->texts.nfields));
}

const struct repair_rows *replay_reader_rows(const struct replay_reader *r)
{
	return &r->page;
}

static const struct raw_shape *shape_of(struct replay_reader *r, const struct repair_row *row)
{
	const struct part_shape *s = r->last;

	if (s != NULL && s->job == row->job && strcmp(s->part, row->part) == 0)
		return s->shape;
	for (int i = 0; i < r->nshapes; i++) {
		s = &r->shape[i];
		if (s->job == row->job && strcmp(s->part, row->part) == 0) {
			r->last = s;
			return s->shape;
		}
	}
	return NULL;
}

static int by_id(const void *id, const void *change)
{
	int64_t a = *(const int64_t *)id, b = ((const struct repair_change *)change)->id;

	return (a > b) - (a < b);
}

/* The cells that a fix says, and over them those of one that is not stored. */
static enum err_code read_fix(struct replay_reader *r, const struct repair_row *row, json_t **fix,
			      struct err *err)
{
	const struct repair_change *c = NULL;
	json_t *more = NULL;
	enum err_code rc = ERR_OK;

	if (r->how != REPLAY_AS_MET && row->fix != NULL)
		rc = js_parse(fix, row->fix, strlen(row->fix), "the fix of a reject", err);
	if (rc == ERR_OK && r->over != NULL && r->over->nover > 0)
		c = bsearch(&row->id, r->over->over, (size_t)r->over->nover, sizeof(*c), by_id);
	if (rc != ERR_OK || c == NULL)
		return rc;
	rc = js_parse(&more, c->fix, strlen(c->fix), "a fix", err);
	if (rc != ERR_OK)
		return rc;
	if (*fix == NULL)
		*fix = json_object();
	json_object_update(*fix, more);
	json_decref(more);
	return ERR_OK;
}

static enum err_code add_row(struct replay_reader *r, const struct repair_row *row,
			     struct batch *b, struct err *err)
{
	json_t *fix = NULL;
	uint32_t at = b->nrows;
	enum err_code rc = read_fix(r, row, &fix, err);

	if (rc != ERR_OK) {
		json_decref(fix);
		return rc;
	}
	if (!raw_reader_row(r->raw, shape_of(r, row), row->raw, fix, b)) {
		b->nrows++;
		batch_reject(b, at, "", (struct slice){ 0 }, "format", "is blank");
	}
	/* A line of sums would pass for a row; somebody has to say that it is one. */
	if (r->how == REPLAY_TRUE && row->is_footer && json_object_size(fix) == 0 &&
	    b->state[at] == ROW_LIVE)
		batch_reject(b, at, "", (struct slice){ 0 }, "footer",
			     "stands behind the last row and reads like a footer; a fix of any of "
			     "its cells makes it a row");
	json_decref(fix);
	b->at[at] = (struct row_at){ .row = row->id, .line = row->line, .offset = -1 };
	b->input_bytes += (int64_t)row->raw.n;
	return ERR_OK;
}

/* The next n rows; the server makes those behind them while these are worked on. */
static enum err_code read_page(struct replay_reader *r, struct arena *mem, int n,
			       struct err *err)
{
	const int64_t *id = r->set->id + r->next;
	int left = r->set->n - r->next - n;
	enum err_code rc = r->asked == n ? ERR_OK : repair_rows_ask(r->db, id, n, err);

	r->asked = 0;
	if (rc == ERR_OK)
		rc = repair_rows_take(mem, r->db, &r->page, err);
	if (rc != ERR_OK || !r->is_ahead || left == 0)
		return rc;
	r->asked = left < n ? left : n;
	return repair_rows_ask(r->db, id + n, r->asked, err);
}

enum err_code replay_reader_next(struct replay_reader *r, struct batch *into, struct err *err)
{
	uint32_t fit = batch_rows_fit(into->ncols);
	int room = (int)(into->cap < fit ? into->cap : fit), left = r->set->n - r->next;
	int n = left < room ? left : room;
	enum err_code rc;

	batch_reset(into);
	into->part = "rejects";
	into->nrows = 0;
	into->input_bytes = 0;
	r->page = (struct repair_rows){ 0 };
	if (n == 0)
		return ERR_OK;
	for (int c = 0; c < into->ncols; c++)
		batch_retype(into, c, TYPE_TEXT);
	rc = read_page(r, into->mem, n, err);
	/* A reject does not go while somebody has still to deal with it. */
	if (rc == ERR_OK && r->page.n != n)
		rc = err_set(err, ERR_CONFLICT, "%d of %d rejects are not there any more",
			     n - r->page.n, n);
	for (int i = 0; i < r->page.n && rc == ERR_OK; i++)
		rc = add_row(r, &r->page.r[i], into, err);
	r->next += n;
	return rc;
}

/* ---- the connection ----------------------------------------------------------------- */

struct replay_conn {
	struct conn base;	/* first: struct conn * converts back */
	struct arena *mem;
	struct db *db;
	const struct replay_set *set;
	const struct replay_dry *over;
	struct replay_reader *reader;
	atomic_bool stop;
};

static struct replay_conn *replay_of(struct conn *c)
{
	return (struct replay_conn *)c;
}

/* Once is enough, as long as nothing was read. */
static enum err_code look(struct replay_conn *c, struct err *err)
{
	enum err_code rc;

	if (c->reader != NULL && c->reader->next == 0)
		return ERR_OK;
	rc = replay_reader_new(c->mem, c->db, c->set, REPLAY_TRUE, &c->reader, err);
	if (rc != ERR_OK)
		return rc;
	c->reader->over = c->over;
	c->reader->is_ahead = true;
	return ERR_OK;
}

static enum err_code replay_describe(struct conn *conn, struct arena *mem,
				     const struct read_spec *spec, struct schema *out,
				     const char **note, struct err *err)
{
	struct replay_conn *c = replay_of(conn);
	enum err_code rc = look(c, err);

	(void)spec;
	if (note != NULL)
		*note = NULL;
	if (rc != ERR_OK)
		return rc;
	out->nfields = c->reader->fields.nfields;
	out->field = arena_array(mem, (size_t)out->nfields + 1, sizeof(*out->field));
	memcpy(out->field, c->reader->fields.field, (size_t)out->nfields * sizeof(*out->field));
	return ERR_OK;
}

static enum err_code replay_read_open(struct conn *conn, const struct read_spec *spec,
				      struct err *err)
{
	(void)spec;
	return look(replay_of(conn), err);
}

static const struct schema *replay_schema(struct conn *conn)
{
	return &replay_of(conn)->reader->texts;
}

static enum err_code replay_read(struct conn *conn, struct batch *into, bool *eof,
				 struct err *err)
{
	struct replay_conn *c = replay_of(conn);
	enum err_code rc;

	if (atomic_load(&c->stop))
		return err_set(err, ERR_INTERRUPTED, "reading rejects was interrupted");
	rc = replay_reader_next(c->reader, into, err);
	if (rc == ERR_OK && FAULT("replay-read"))
		rc = err_set(err, ERR_TRANSIENT, "reading rejects failed (fault)");
	*eof = into->nrows == 0;
	return rc;
}

/* The session is the caller's: what it does next must not fail for it. */
static void replay_interrupt(struct conn *conn)
{
	atomic_store(&replay_of(conn)->stop, true);
}

static void replay_close(struct conn *conn)
{
	(void)conn;
}

static const struct conn_ops replay_ops = {
	.type = "rejects",
	.summary = "Rejects of earlier jobs, with their fixes.",
	.caps = CONN_READ,
	.describe = replay_describe,
	.read_open = replay_read_open,
	.read_schema = replay_schema,
	.read = replay_read,
	.interrupt = replay_interrupt,
	.close = replay_close,
};

enum err_code replay_open(struct arena *mem, struct db *db, const struct replay_set *set,
			  struct conn **out, struct err *err)
{
	struct arena *own = arena_new(mem, "rejects");
	struct replay_conn *c = arena_alloc(own, sizeof(*c));

	(void)err;
	c->base.ops = &replay_ops;
	c->mem = own;
	c->db = db;
	c->set = set;
	*out = &c->base;
	return ERR_OK;
}

/* ---- loads -------------------------------------------------------------------------- */

const char *replay_pipeline(struct pipeline *p)
{
	const char *cursor = p->cursor;

	p->cursor = NULL;
	p->parallel = 1;
	p->limit_rows = 0;
	p->max_rejects = -1;
	p->max_rejects_percent = -1;
	/* The table is what the last load made of it; these rows belong to that load. */
	if (p->mode == MODE_REPLACE)
		p->mode = p->nkeys > 0 ? MODE_UPSERT : MODE_APPEND;
	return cursor;
}

static enum err_code dry_once(struct arena *mem, const struct engine_env *env, struct db *db,
			      const struct replay_set *set, const struct replay_dry *hooks,
			      struct flow *flow, struct flow_result *result, struct err *err)
{
	const struct pipeline_end *to = &flow->pipeline->target;
	enum err_code rc = replay_open(mem, db, set, &flow->source, err);

	if (rc == ERR_OK) {
		replay_of(flow->source)->over = hooks;
		rc = ends_open(mem, env, db, to->connection, to->connector, &flow->target, err);
	}
	if (rc == ERR_OK && (flow->target->ops->caps & CONN_LOOKUP))
		rc = ends_open(mem, env, db, to->connection, to->connector, &flow->lookup, err);
	if (rc == ERR_OK)
		rc = flow_run(mem, flow, result, err);
	conn_close(flow->source);
	conn_close(flow->target);
	conn_close(flow->lookup);
	flow->source = flow->target = flow->lookup = NULL;
	return rc;
}

static enum err_code ignore(void *ctx, const struct reject *r, struct err *err)
{
	(void)ctx;
	(void)r;
	(void)err;
	return ERR_OK;
}

enum err_code replay_dry_run(struct arena *mem, const struct engine_env *env, struct db *db,
			     const struct pipeline *p, const struct replay_set *set,
			     const struct replay_dry *hooks, struct ledger *out, struct err *err)
{
	struct pipeline run = *p;
	struct flow flow = {
		.pipeline = &run,
		.is_dry_run = true,
		.hooks = { .ctx = hooks->ctx,
			   .reject = hooks->refused != NULL ? hooks->refused : ignore },
	};
	struct flow_result result = { 0 };
	enum err_code rc;

	*out = (struct ledger){ 0 };
	replay_pipeline(&run);
	if (set->n == 0)
		return ERR_OK;
	rc = pipeline_fill_slot(mem, &run, NULL, err);
	if (rc == ERR_OK)
		rc = dry_once(mem, env, db, set, hooks, &flow, &result, err);
	while (rc != ERR_OK && result.starts_over) {
		err_clear(err);
		rc = dry_once(mem, env, db, set, hooks, &flow, &result, err);
	}
	*out = result.ledger;
	return rc;
}
