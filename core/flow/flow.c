/*
 * core/flow/flow.c
 *	The loop of a load: read on one thread, map, check and write on the other.
 */
#include "core/flow/flow.h"

#include <pthread.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/fault.h"
#include "core/base/log.h"
#include "core/flow/cursor.h"
#include "core/flow/lane.h"

#define LANE_BATCHES 4

/* One run; lives on the stack of flow_run(). */
struct load {
	struct arena *mem;
	struct flow *flow;
	struct flow_result *out;
	struct schema source;	/* as described: what the texts look like */
	struct read_spec read;
	struct plan *plan;
	struct expr_run *run;
	struct cursor *cursor;	/* NULL: not incremental */
	struct batch *mapped;
	struct lane *lane;
	pthread_t reader;
	bool has_reader;
	struct flow_progress progress;
};

static void say(struct load *l, int level, const char *line)
{
	if (l->flow->hooks.log != NULL)
		l->flow->hooks.log(l->flow->hooks.ctx, level, line);
}

static void report(struct load *l, const char *phase)
{
	l->progress.phase = phase;
	l->progress.ledger = l->out->ledger;
	if (l->flow->hooks.progress != NULL)
		l->flow->hooks.progress(l->flow->hooks.ctx, &l->progress);
}

/* ERR_OK while the load may go on. */
static enum err_code check_stop(struct load *l, struct err *err)
{
	switch (atomic_load(&l->flow->stop)) {
	case FLOW_GO:
		return ERR_OK;
	case FLOW_CANCEL:
		return err_set(err, ERR_CANCELLED, "the job was cancelled");
	default:
		return err_set(err, ERR_INTERRUPTED, "the job was interrupted");
	}
}

/* Every refused row passes here, whoever refused it. */
static enum err_code on_reject(void *ctx, const struct reject *r, struct err *err)
{
	struct load *l = ctx;

	l->out->ledger.rejected++;
	return l->flow->hooks.reject(l->flow->hooks.ctx, r, err);
}

static int by_row(const struct problem *a, const struct problem *b)
{
	return a->row < b->row ? -1 : a->row > b->row;
}

/*
 * Problems come in the order of rules; a reject wants those of one row
 * together. An insertion sort: they are few, and nearly sorted.
 */
static void sort_problems(struct batch *b)
{
	for (uint32_t i = 1; i < b->nproblems; i++) {
		struct problem p = b->problem[i];
		uint32_t j = i;

		for (; j > 0 && by_row(&p, &b->problem[j - 1]) < 0; j--)
			b->problem[j] = b->problem[j - 1];
		b->problem[j] = p;
	}
}

static enum err_code hand_out_rejects(struct load *l, struct batch *b, struct err *err)
{
	enum err_code rc = ERR_OK;

	sort_problems(b);
	for (uint32_t i = 0; i < b->nproblems && rc == ERR_OK;) {
		uint32_t n = 1;
		struct reject r;

		while (i + n < b->nproblems && b->problem[i + n].row == b->problem[i].row)
			n++;
		r = (struct reject){
			.part = b->part,
			.at = b->at[b->problem[i].row],
			.nproblems = (int)n,
			.problem = &b->problem[i],
		};
		r.at.raw = batch_raw(b, b->problem[i].row, b->mem);
		rc = on_reject(l, &r, err);
		i += n;
	}
	return rc;
}

static void *read_all(void *arg)
{
	struct load *l = arg;
	struct conn *c = l->flow->source;
	struct err err = { 0 };
	enum err_code rc = ERR_OK;
	bool eof = false;

	while (!eof) {
		struct batch *b = lane_take_empty(l->lane);

		if (b == NULL)
			break;
		batch_reset(b);
		rc = FAULT("flow-read") ? err_set(&err, ERR_TRANSIENT, "reading failed (fault)")
					: c->ops->read(c, b, &eof, &err);
		if (rc != ERR_OK || (eof && b->nrows == 0)) {
			lane_give_empty(l->lane, b);
			break;
		}
		lane_give_full(l->lane, b);
	}
	lane_end(l->lane, rc, &err);
	return NULL;
}

static enum err_code map_batch(struct load *l, struct batch *in, struct batch **out,
			       struct err *err)
{
	enum err_code rc;

	if (l->cursor != NULL)
		cursor_batch(l->cursor, in);
	if (l->plan->is_identity && l->cursor == NULL) {
		*out = in;
		return ERR_OK;
	}
	batch_reset(l->mapped);
	rc = plan_apply(l->plan, l->run, in, l->mapped, err);
	*out = l->mapped;
	return rc;
}

static enum err_code take_batch(struct load *l, struct batch *in, struct err *err)
{
	struct flow *f = l->flow;
	struct ledger *sum = &l->out->ledger;
	struct batch *rows;
	enum err_code rc = map_batch(l, in, &rows, err);

	if (rc != ERR_OK)
		return rc;
	sum->read += in->nrows;
	sum->bytes += in->input_bytes;
	sum->filtered += batch_count(rows, ROW_FILTERED);
	if (f->hooks.sample != NULL)
		f->hooks.sample(f->hooks.ctx, &l->plan->fields, rows);
	rc = hand_out_rejects(l, rows, err);
	if (rc == ERR_OK && f->is_dry_run)
		sum->written += batch_count(rows, ROW_LIVE);
	else if (rc == ERR_OK)
		rc = f->target->ops->write(f->target, rows, err);
	if (rc == ERR_OK && FAULT("flow-batch-written"))
		rc = err_set(err, ERR_TRANSIENT, "writing failed (fault)");
	return rc;
}

static enum err_code move_rows(struct load *l, struct err *err)
{
	enum err_code rc = ERR_OK;
	struct batch *in;

	while (rc == ERR_OK && (in = lane_take_full(l->lane, &rc, err)) != NULL) {
		rc = take_batch(l, in, err);
		lane_give_empty(l->lane, in);
		if (rc == ERR_OK)
			rc = check_stop(l, err);
		if (rc == ERR_OK)
			report(l, "loading");
	}
	return rc;
}

static enum err_code start_reader(struct load *l, struct err *err)
{
	int rc;

	l->lane = lane_new(l->flow->source->ops->read_schema(l->flow->source), LANE_BATCHES);
	rc = pthread_create(&l->reader, NULL, read_all, l);
	if (rc != 0)
		return err_sys(err, rc, "starting the reading thread");
	l->has_reader = true;
	return ERR_OK;
}

static void stop_reader(struct load *l)
{
	struct conn *c = l->flow->source;

	if (!l->has_reader)
		return;
	lane_stop(l->lane);
	if (c->ops->interrupt != NULL)
		c->ops->interrupt(c);
	pthread_join(l->reader, NULL);
	l->has_reader = false;
}

/* Opens the source and says what its fields look like. */
static enum err_code open_source(struct load *l, struct err *err)
{
	struct flow *f = l->flow;
	const struct pipeline *p = f->pipeline;
	struct conn *c = f->source;
	const char *note = NULL;
	enum err_code rc;

	l->read = (struct read_spec){
		.stream = p->source.stream,
		.query = p->source.query,
		.options = &p->source.options,
		.cursor_field = (c->ops->caps & CONN_RESUME) ? p->cursor : NULL,
		.cursor_after = (c->ops->caps & CONN_RESUME) ? f->cursor_after : NULL,
		.cursor_inclusive = p->mode == MODE_UPSERT,
		.only = f->only,
		.limit_rows = p->limit_rows,
	};
	rc = c->ops->describe(c, l->mem, &l->read, &l->source, &note, err);
	if (rc != ERR_OK)
		return err_wrap(err, rc, "reading %s", p->source.stream != NULL ? p->source.stream
										: "the query");
	if (note != NULL)
		say(l, LOG_INFO, arena_printf(l->mem, "source recognised: %s", note));
	rc = c->ops->read_open(c, &l->read, err);
	if (rc == ERR_OK && c->ops->read_total_bytes != NULL)
		l->progress.total_bytes = c->ops->read_total_bytes(c);
	return rc;
}

/* Fields of the target, or *exists = false when it has to be made. */
static enum err_code look_at_target(struct load *l, struct schema *fields, bool *exists,
				    struct err *err)
{
	struct conn *c = l->flow->target;
	struct read_spec spec = { .stream = l->flow->pipeline->target.stream };
	enum err_code rc;

	*exists = false;
	if (c == NULL)
		return ERR_OK;
	rc = c->ops->describe(c, l->mem, &spec, fields, NULL, err);
	if (rc == ERR_NOT_FOUND) {
		err_clear(err);
		return ERR_OK;
	}
	*exists = rc == ERR_OK;
	return rc;
}

static enum err_code ask_lookup(void *ctx, const char *stream, const char *field,
				const struct column *col, uint32_t nrows, uint8_t *found,
				struct err *err)
{
	struct conn *c = ctx;

	return c->ops->exists(c, stream, field, col, nrows, found, err);
}

static enum err_code make_plan(struct load *l, struct err *err)
{
	struct flow *f = l->flow;
	uint32_t cap = batch_rows_fit(f->source->ops->read_schema(f->source)->nfields);
	struct schema target;
	bool exists;
	enum err_code rc = look_at_target(l, &target, &exists, err);

	if (rc == ERR_OK)
		rc = plan_make(l->mem, f->pipeline, &l->source, exists ? &target : NULL,
			       &l->plan, err);
	if (rc != ERR_OK)
		return rc;
	if (l->plan->checks != NULL && check_needs_lookup(l->plan->checks)) {
		if (f->lookup == NULL || f->lookup->ops->exists == NULL)
			return err_set(err, ERR_CONFIG, "the target cannot answer exists-in checks");
		check_set_lookup(l->plan->checks, ask_lookup, f->lookup);
	}
	if (f->pipeline->cursor != NULL)
		rc = cursor_new(l->mem, f->pipeline, &l->source, f->cursor_after,
				f->source->ops->caps, &l->cursor, err);
	l->run = expr_run_new(l->mem, cap);
	l->mapped = batch_new(&l->plan->fields, l->plan->fields.nfields, cap);
	return rc;
}

static enum err_code open_target(struct load *l, struct err *err)
{
	struct flow *f = l->flow;
	const struct pipeline *p = f->pipeline;
	struct write_spec spec = {
		.stream = p->target.stream,
		.fields = &l->plan->fields,
		.mode = p->mode,
		.nkeys = p->nkeys,
		.key = p->key,
		.may_create = true,
		.drift = p->drift,
		.allow_shrink = p->allow_shrink,
		.fence = f->fence,
		.refuse = on_reject,
		.refuse_ctx = l,
	};

	return f->is_dry_run ? ERR_OK : f->target->ops->write_open(f->target, &spec, err);
}

/* The last look before the point of decision. */
static enum err_code balance(const struct ledger *l, struct err *err)
{
	if (l->read == l->written + l->unchanged + l->filtered + l->rejected)
		return ERR_OK;
	return err_set(err, ERR_BUG,
		       "the ledger does not balance: read %lld, written %lld, unchanged %lld, "
		       "filtered %lld, rejected %lld; nothing was committed",
		       (long long)l->read, (long long)l->written, (long long)l->unchanged,
		       (long long)l->filtered, (long long)l->rejected);
}

static bool is_over(const struct pipeline *p, const struct ledger *l)
{
	if (p->max_rejects >= 0 && l->rejected > p->max_rejects)
		return true;
	return p->max_rejects_percent >= 0 &&
	       (double)l->rejected * 100.0 > p->max_rejects_percent * (double)l->read;
}

static enum err_code finish(struct load *l, struct err *err)
{
	struct flow *f = l->flow;
	struct ledger *sum = &l->out->ledger;
	struct ledger stored = { 0 };
	enum err_code rc = ERR_OK;

	report(l, "finishing");
	if (!f->is_dry_run) {
		rc = f->target->ops->finish(f->target, &stored, err);
		sum->written = stored.written;
		sum->unchanged = stored.unchanged;
		sum->filtered += stored.filtered;
	}
	if (rc == ERR_OK)
		rc = balance(sum, err);
	if (rc == ERR_OK)
		rc = check_stop(l, err);
	l->out->over_rejects = is_over(f->pipeline, sum);
	if (l->cursor != NULL)
		l->out->bookmark = cursor_bookmark(l->cursor, l->mem);
	if (rc != ERR_OK || f->is_dry_run)
		return rc;
	report(l, "committing");
	rc = f->hooks.before_commit(f->hooks.ctx, sum, l->out->bookmark, err);
	if (rc == ERR_OK && FAULT("flow-before-commit"))
		rc = err_set(err, ERR_TRANSIENT, "committing failed (fault)");
	if (rc == ERR_OK)
		rc = f->target->ops->commit(f->target, sum, l->out->bookmark, err);
	l->out->is_unsure = rc == ERR_UNREACHABLE || rc == ERR_TIMEOUT;
	return rc;
}

enum err_code flow_run(struct arena *mem, struct flow *f, struct flow_result *out,
		       struct err *err)
{
	struct load l = { .mem = mem, .flow = f, .out = out, .progress = { .total_bytes = -1 } };
	enum err_code rc = ERR_OK;

	*out = (struct flow_result){ 0 };
	if (!f->is_dry_run)
		rc = f->target->ops->claim(f->target, mem, &f->fence, &out->earlier, err);
	if (rc != ERR_OK || out->earlier.is_committed)
		return rc;
	out->was_claimed = true;
	rc = open_source(&l, err);
	if (rc == ERR_OK)
		rc = make_plan(&l, err);
	if (rc == ERR_OK)
		rc = open_target(&l, err);
	if (rc == ERR_OK)
		rc = start_reader(&l, err);
	if (rc == ERR_OK)
		rc = move_rows(&l, err);
	stop_reader(&l);
	if (rc == ERR_OK)
		rc = finish(&l, err);
	lane_free(l.lane);
	batch_free(l.mapped);
	if (l.plan != NULL)
		check_free(l.plan->checks);
	return rc;
}
