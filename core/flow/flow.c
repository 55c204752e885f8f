/*
 * core/flow/flow.c
 *	The loop of a load: read on one thread, map, check and write on the other.
 */
#include "core/flow/flow.h"

#include <pthread.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/base/log.h"
#include "core/flow/budget.h"
#include "core/flow/cursor.h"
#include "core/flow/lane.h"
#include "core/flow/same.h"
#include "core/flow/senders.h"
#include "core/flow/sink.h"
#include "core/flow/widen.h"
#include "core/flow/written.h"

#define LANE_BATCHES 4

/* One run; lives on the stack of flow_run(). */
struct load {
	struct arena *mem;
	struct flow *flow;
	struct flow_result *out;
	struct schema source;	/* as described: what the texts look like */
	struct read_spec read;
	struct schema target;	/* has_target: else it has to be made */
	bool has_target;
	struct plan *plan;
	struct expr_run *run;
	struct cursor *cursor;	/* NULL: not incremental */
	uint8_t *broken;	/* inferred fields a row disagreed with; NULL: types are fixed */
	struct batch *mapped;
	struct lane *lane;
	pthread_mutex_t sink_lock;
	struct sink sink;
	struct senders *senders;	/* NULL: one connection, one transaction */
	bool by_chunk;	/* several connections, and what goes on is known by its numbers */
	struct part_list parts;	/* what such a load reads */
	struct rows done;	/* rows that an earlier attempt has committed */
	struct ledger before;	/* their sum */
	pthread_t reader;
	bool has_reader;
	struct flow_progress progress;
	int64_t since_us;	/* up to when time is accounted for; 0: not yet */
};

static void say(struct load *l, int level, const char *line)
{
	if (l->flow->hooks.log != NULL)
		l->flow->hooks.log(l->flow->hooks.ctx, level, line);
}

/* The time since the last call went to *on; next is where it goes from now on. */
static void spend(struct load *l, int64_t *on, enum flow_side next)
{
	int64_t now = clock_mono_us();

	if (l->since_us != 0)
		*on += now - l->since_us;
	l->since_us = now;
	atomic_store(&l->flow->side, next);
}

static void report(struct load *l, const char *phase)
{
	l->progress.phase = phase;
	l->progress.ledger = l->out->ledger;
	l->progress.spent = l->out->spent;
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

/* *out is `in` itself when nothing is mapped, else `spare`. */
static enum err_code map_batch(struct load *l, struct batch *in, struct batch *spare,
			       struct batch **out, struct err *err)
{
	enum err_code rc;

	if (l->cursor != NULL)
		cursor_batch(l->cursor, in);
	if (l->plan->is_identity && l->cursor == NULL) {
		*out = in;
		return ERR_OK;
	}
	batch_reset(spare);
	*out = spare;
	rc = plan_apply(l->plan, l->run, in, spare, err);
	if (rc == ERR_OK && l->cursor != NULL)
		cursor_reject(l->cursor, spare);
	if (rc == ERR_OK && l->broken != NULL &&
	    widen(l->mem, l->flow, &l->source, l->broken, in)) {
		l->out->starts_over = true;
		rc = err_set(err, ERR_TRANSIENT, "a later row disagrees with the inferred types");
	}
	return rc;
}

static void show(struct load *l, struct batch *rows)
{
	if (l->flow->hooks.sample != NULL)
		l->flow->hooks.sample(l->flow->hooks.ctx, &l->plan->fields, rows);
}

/* Nobody writes the rows of a dry run: what the target would say of nulls is said here. */
static void refuse_nulls(const struct plan *p, struct batch *rows)
{
	for (int c = 0; c < p->fields.nfields; c++) {
		const struct field *f = &p->fields.field[c];

		for (uint32_t i = 0; f->refuses_null && i < rows->nrows; i++)
			if (rows->state[i] == ROW_LIVE && rows->col[c].null[i])
				batch_reject(rows, i, f->name, SLICE(""), "not null",
					     "must not be null");
	}
}

static enum err_code take_batch(struct load *l, struct batch *in, struct err *err)
{
	struct flow *f = l->flow;
	struct ledger *sum = &l->out->ledger;
	struct batch *rows;
	enum err_code rc = map_batch(l, in, l->mapped, &rows, err);

	if (rc != ERR_OK)
		return rc;
	if (f->is_dry_run)
		refuse_nulls(l->plan, rows);
	sum->read += in->nrows;
	sum->bytes += in->input_bytes;
	sum->filtered += batch_count(rows, ROW_FILTERED);
	show(l, rows);
	rc = sink_batch(&l->sink, rows, err);
	spend(l, &l->out->spent.mapping_us, FLOW_TARGET);
	if (rc == ERR_OK && f->is_dry_run)
		sum->written += batch_count(rows, ROW_LIVE);
	else if (rc == ERR_OK)
		rc = f->target->ops->write(f->target, rows, err);
	if (rc == ERR_OK && FAULT("flow-batch-written"))
		rc = err_set(err, ERR_TRANSIENT, "writing failed (fault)");
	spend(l, &l->out->spent.target_us, FLOW_SOURCE);
	return rc;
}

/* Counts a batch, without the rows that an earlier attempt has committed. */
static void count_new(struct load *l, struct batch *rows, int64_t bytes, struct ledger *own,
		      struct rows *numbers)
{
	for (uint32_t i = 0; i < rows->nrows; i++) {
		if (l->done.n > 0 && rows_has(&l->done, rows->at[i].row)) {
			rows->state[i] = ROW_FILTERED;
			continue;
		}
		own->read++;
		own->filtered += rows->state[i] == ROW_FILTERED;
		rows_add(numbers, rows->at[i].row, rows->at[i].row + 1);
	}
	own->bytes = own->read > 0 ? bytes : 0;
}

/* As take_batch() for a parallel load: the batch goes to whichever sender is free. */
static enum err_code hand_batch(struct load *l, struct batch *in, struct err *err)
{
	enum err_code rc = ERR_OK;
	struct batch *spare = senders_spare(l->senders, &rc, err);
	struct rows numbers = { 0 };
	struct ledger own = { 0 };
	struct batch *rows = in;

	/* As long as every sender is busy, that waits for the target. */
	spend(l, &l->out->spent.target_us, FLOW_MAPPING);
	if (spare == NULL) {
		lane_give_empty(l->lane, in);
		return rc;
	}
	rc = map_batch(l, in, spare, &rows, err);
	if (rc == ERR_OK) {
		count_new(l, rows, in->input_bytes, &own, &numbers);
		l->sink.ledger = &own;
		rc = sink_batch(&l->sink, rows, err);
	}
	ledger_add(&l->out->ledger, &own);
	if (rc == ERR_OK && own.read > 0)
		senders_push(l->senders, in, spare, rows, &own, &numbers);
	else
		senders_return(l->senders, in, spare);
	rows_release(&numbers);
	spend(l, &l->out->spent.mapping_us, FLOW_SOURCE);
	return rc;
}

/*
 * A budget that fails the load: a number is exceeded once and for all, a share can be told at
 * the end. The rejects are stored before, for they are what has to be looked at.
 */
static enum err_code check_budget(struct load *l, bool is_end, struct err *err)
{
	const struct pipeline *p = l->flow->pipeline;
	enum err_code rc;

	if (p->over_rejects != OVER_FAIL || l->flow->is_dry_run ||
	    !(is_end || p->max_rejects >= 0) || !budget_is_over(p, &l->out->ledger))
		return ERR_OK;
	rc = sink_store(&l->sink, err);
	return rc != ERR_OK ? rc : err_set(err, ERR_BUDGET, "%s",
					   budget_text(l->mem, p, &l->out->ledger, !is_end));
}

static enum err_code move_rows(struct load *l, struct err *err)
{
	enum err_code rc = ERR_OK;
	struct batch *in;

	l->since_us = clock_mono_us();
	atomic_store(&l->flow->side, FLOW_SOURCE);
	while (rc == ERR_OK && (in = lane_take_full(l->lane, &rc, err)) != NULL) {
		spend(l, &l->out->spent.source_us, l->senders != NULL ? FLOW_TARGET : FLOW_MAPPING);
		if (l->senders != NULL) {
			rc = hand_batch(l, in, err);
		} else {
			rc = take_batch(l, in, err);
			lane_give_empty(l->lane, in);
		}
		if (rc == ERR_OK)
			rc = check_stop(l, err);
		if (rc == ERR_OK)
			rc = check_budget(l, false, err);
		if (rc == ERR_OK)
			report(l, "loading");
	}
	spend(l, &l->out->spent.source_us, FLOW_TARGET);
	return rc;
}

static enum err_code start_reader(struct load *l, struct err *err)
{
	int rc;

	rc = pthread_create(&l->reader, NULL, read_all, l);
	if (rc != 0)
		return err_sys(err, rc, "starting the reading thread");
	l->has_reader = true;
	return ERR_OK;
}

static void join_reader(struct load *l)
{
	if (l->has_reader)
		pthread_join(l->reader, NULL);
	l->has_reader = false;
}

/* For a load that ends early: the reader may be waiting for its source. */
static void stop_reader(struct load *l)
{
	struct conn *c = l->flow->source;

	if (!l->has_reader)
		return;
	lane_stop(l->lane);
	if (c->ops->interrupt != NULL)
		c->ops->interrupt(c);
	join_reader(l);
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
		.only = l->by_chunk ? &l->parts : f->only,
		.limit_rows = p->limit_rows,
		.marks = l->by_chunk,
	};
	rc = c->ops->describe(c, l->mem, &l->read, &l->source, &note, err);
	if (rc != ERR_OK)
		return err_wrap(err, rc, p->source.stream != NULL ? "reading the source"
								: "reading the query");
	if (note != NULL)
		say(l, LOG_INFO, arena_printf(l->mem, "source recognised: %s", note));
	widen_apply(f, &l->source);
	if (f->hooks.described != NULL)
		f->hooks.described(f->hooks.ctx, &l->source);
	rc = c->ops->read_open(c, &l->read, err);
	if (rc == ERR_OK && c->ops->read_total_bytes != NULL)
		l->progress.total_bytes = c->ops->read_total_bytes(c);
	return rc;
}

/* Fields of the target, or that it can be made, before anything is read. */
static enum err_code look_at_target(struct load *l, struct err *err)
{
	const struct pipeline_end *to = &l->flow->pipeline->target;
	struct conn *c = l->flow->target;
	struct read_spec spec = { .stream = to->stream };
	enum err_code rc;

	if (c == NULL)
		return ERR_OK;
	rc = c->ops->describe(c, l->mem, &spec, &l->target, NULL, err);
	l->has_target = rc == ERR_OK;
	if (rc != ERR_NOT_FOUND)
		return rc;
	err_clear(err);
	if (c->ops->can_make == NULL)
		return ERR_OK;
	rc = c->ops->can_make(c, l->mem, to->stream, to->create_schema, err);
	if (rc == ERR_NOT_FOUND || rc == ERR_DENIED)
		err_wrap(err, rc, "connection %s", to->connection[0] != '\0' ? to->connection
									      : "local");
	return rc;
}

static enum err_code ask_lookup(void *ctx, const char *stream, const char *field,
				const struct column *col, uint32_t nrows, uint8_t *found,
				struct err *err)
{
	struct conn *c = ctx;

	return c->ops->exists(c, stream, field, col, nrows, found, err);
}

/* What nobody can know is not guessed; it is kept as it stands, and said. */
static void tell_unsure(struct load *l)
{
	for (int i = 0; i < l->plan->nunsure; i++) {
		struct err why = { 0 };

		if (written_doubt(l->mem, l->plan->unsure[i], &why) != ERR_OK)
			say(l, LOG_WARN, arena_printf(l->mem, "%s; it is kept as text. %s",
						      why.frame[0].text, why.hint));
	}
}

static enum err_code make_plan(struct load *l, struct err *err)
{
	struct flow *f = l->flow;
	uint32_t cap = batch_rows_fit(f->source->ops->read_schema(f->source)->nfields);
	enum err_code rc = plan_make(l->mem, f->pipeline, &l->source,
				     l->has_target ? &l->target : NULL, &l->plan, err);

	if (rc != ERR_OK)
		return rc;
	tell_unsure(l);
	if (l->plan->checks != NULL && check_needs_lookup(l->plan->checks)) {
		if (f->lookup == NULL || f->lookup->ops->exists == NULL)
			return err_set(err, ERR_CONFIG,
				       "the target cannot answer exists-in checks");
		check_set_lookup(l->plan->checks, ask_lookup, f->lookup);
	}
	if (f->pipeline->cursor != NULL)
		rc = cursor_new(l->mem, f->pipeline, &l->source, f->cursor_after,
				f->source->ops->caps, &l->cursor, err);
	l->run = expr_run_new(l->mem, cap);
	if (!l->has_target && widen_can(f)) {
		l->broken = arena_alloc(l->mem, (size_t)l->source.nfields);
		expr_run_watch(l->run, l->broken);
	}
	l->mapped = batch_new(&l->plan->fields, l->plan->fields.nfields, cap);
	return rc;
}

static enum err_code open_senders(struct load *l, const struct write_spec *spec, struct err *err)
{
	struct senders_setup setup = {
		.flow = l->flow,
		.spec = spec,
		.fields = &l->plan->fields,
		.cap_rows = l->mapped->cap,
		.lane = l->lane,
		.lock = &l->sink_lock,
	};

	l->out->ledger = l->before;
	return senders_start(l->mem, &setup, &l->senders, err);
}

static enum err_code find_parts(struct load *l, struct err *err)
{
	struct flow *f = l->flow;
	struct read_spec spec = {
		.stream = f->pipeline->source.stream,
		.options = &f->pipeline->source.options,
		.unhashed = true,
	};
	enum err_code rc;

	if (f->only != NULL) {
		l->parts = *f->only;
		return ERR_OK;
	}
	rc = f->source->ops->parts(f->source, l->mem, &spec, &l->parts, err);
	return rc == ERR_OK ? rc : err_wrap(err, rc, "reading the source");
}

static bool are_files(const struct part_list *parts)
{
	for (int i = 0; i < parts->n; i++)
		if (parts->p[i].size_bytes < 0)
			return false;
	return true;
}

/* What a parallel load finds of earlier attempts, and whether it can be one. */
static enum err_code look_back(struct load *l, struct err *err)
{
	struct conn *target = l->flow->target;
	struct chunk_list chunks = { 0 };
	const char *source = NULL;
	enum err_code rc;

	if (l->flow->is_dry_run || l->flow->nmore == 0)
		return ERR_OK;
	rc = senders_before(l->mem, l->flow, &chunks, &l->done, &l->before, err);
	if (rc == ERR_OK)
		rc = find_parts(l, err);
	if (rc == ERR_OK && chunks.n > 0) {
		rc = same_check(l->mem, l->flow->source, &chunks, &l->parts, err);
		l->out->how_to_find = rc == ERR_CONFLICT ? chunks.where : NULL;
	}
	if (rc == ERR_OK)
		rc = senders_resume(l->flow, &l->done, err);
	if (rc == ERR_OK && !are_files(&l->parts)) {
		say(l, LOG_WARN, "what comes through a pipe cannot be read again, nor written in "
		    "parallel; going on with one connection");
		return ERR_OK;
	}
	if (rc == ERR_OK)
		rc = same_text(l->mem, &l->parts, &source, err);
	if (rc == ERR_OK)
		rc = target->ops->chunk_source(target, source, err);
	if (rc == ERR_OK && l->done.n > 0)
		say(l, LOG_INFO,
		    arena_printf(l->mem, "%lld rows were committed by earlier attempts",
					      (long long)rows_count(&l->done)));
	l->by_chunk = rc == ERR_OK;
	return rc;
}

/*
 * A load that failed: what of it stays in the target all the same. A cancel
 * that met a server at work has come back as an interrupt.
 */
static enum err_code look_what_stands(struct load *l, enum err_code rc, struct err *err)
{
	struct ledger sum = { 0 };
	bool is_cancelled = atomic_load(&l->flow->stop) == FLOW_CANCEL;

	stop_reader(l);
	if (l->senders != NULL)
		l->out->more_may_stand = senders_stop(l->senders, &sum);
	l->out->standing = l->before.written + sum.written;
	if (rc == ERR_INTERRUPTED && is_cancelled && l->senders != NULL && !l->out->is_unsure)
		return err_set(err, ERR_CANCELLED, "the job was cancelled");
	return rc;
}

/* The target's field that flow->newer goes into; NULL: there is none. */
static const char *newer_field(const struct load *l)
{
	const char *from = l->flow->newer;
	int at = from != NULL ? schema_find(&l->source, slice_of(from)) : -1;

	for (int i = 0; at >= 0 && i < l->plan->fields.nfields; i++)
		if (expr_is_field(l->plan->expr[i]) == at)
			return l->plan->fields.field[i].name;
	return NULL;
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
		.create_schema = p->target.create_schema,
		.drift = p->drift,
		.allow_shrink = p->allow_shrink,
		.fence = f->fence,
		.newer = p->mode == MODE_UPSERT ? newer_field(l) : NULL,
		.refuse = sink_reject,
		.refuse_ctx = &l->sink,
	};
	int under_way = l->by_chunk ? senders_batches(f) : 0;

	l->lane = lane_new(f->source->ops->read_schema(f->source), LANE_BATCHES + under_way);
	if (f->is_dry_run)
		return ERR_OK;
	if (l->by_chunk)
		return open_senders(l, &spec, err);
	return f->target->ops->write_open(f->target, &spec, err);
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

/* Stores what is left and completes the ledger. */
static enum err_code store_all(struct load *l, struct err *err)
{
	struct flow *f = l->flow;
	struct ledger *sum = &l->out->ledger;
	struct ledger stored = { 0 };
	enum err_code rc = ERR_OK;

	if (f->is_dry_run)
		return ERR_OK;
	if (l->senders != NULL) {
		rc = senders_finish(l->senders, &stored, err);
		ledger_add(&stored, &l->before);
		*sum = stored;
		return rc == ERR_OK ? f->target->ops->finish(f->target, &stored, err) : rc;
	}
	rc = f->target->ops->finish(f->target, &stored, err);
	sum->written = stored.written;
	sum->unchanged = stored.unchanged;
	sum->filtered += stored.filtered;
	return rc;
}

static enum err_code commit(struct load *l, struct err *err)
{
	struct flow *f = l->flow;
	struct ledger *sum = &l->out->ledger;
	enum err_code rc;

	report(l, "committing");
	rc = sink_store(&l->sink, err);
	if (rc == ERR_OK)
		rc = f->hooks.before_commit(f->hooks.ctx, sum, l->out->bookmark, err);
	if (rc == ERR_OK && FAULT("flow-before-commit"))
		rc = err_set(err, ERR_TRANSIENT, "committing failed (fault)");
	if (rc != ERR_OK)
		return rc;
	rc = f->target->ops->commit(f->target, sum, l->out->bookmark, err);
	/* Interrupted: perhaps while asking what became of a COMMIT whose answer was lost. */
	l->out->is_unsure = rc == ERR_UNREACHABLE || rc == ERR_TIMEOUT || rc == ERR_INTERRUPTED;
	return rc;
}

static enum err_code finish(struct load *l, struct err *err)
{
	struct flow *f = l->flow;
	enum err_code rc;

	report(l, "finishing");
	rc = store_all(l, err);
	if (rc == ERR_OK && l->out->ledger.read == 0)
		say(l, LOG_WARN, "the source gave no rows; a first line may have been taken as header");
	if (rc == ERR_OK)
		rc = balance(&l->out->ledger, err);
	if (rc == ERR_OK)
		rc = check_budget(l, true, err);
	if (rc == ERR_OK)
		rc = check_stop(l, err);
	if (l->cursor != NULL)
		l->out->bookmark = cursor_bookmark(l->cursor, l->mem);
	spend(l, &l->out->spent.target_us, FLOW_TARGET);
	rc = rc == ERR_OK && !f->is_dry_run ? commit(l, err) : rc;
	spend(l, &l->out->spent.target_us, FLOW_TARGET);
	return rc;
}

static void release(struct load *l)
{
	stop_reader(l);
	senders_free(l->senders);
	lane_free(l->lane);
	batch_free(l->mapped);
	rows_release(&l->done);
	if (l->plan != NULL)
		check_free(l->plan->checks);
	pthread_mutex_destroy(&l->sink_lock);
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
	pthread_mutex_init(&l.sink_lock, NULL);
	l.sink = (struct sink){ .flow = f, .lock = &l.sink_lock, .ledger = &out->ledger };
	rc = look_back(&l, err);
	if (rc == ERR_OK && f->only != NULL && f->only->n == 0) {
		release(&l);
		return ERR_OK;
	}
	if (rc == ERR_OK)
		rc = check_stop(&l, err);
	atomic_store(&f->side, FLOW_TARGET);
	if (rc == ERR_OK)
		rc = look_at_target(&l, err);
	atomic_store(&f->side, FLOW_SOURCE);
	if (rc == ERR_OK)
		rc = open_source(&l, err);
	if (rc == ERR_OK)
		rc = make_plan(&l, err);
	atomic_store(&f->side, FLOW_TARGET);
	if (rc == ERR_OK)
		rc = open_target(&l, err);
	if (rc == ERR_OK)
		rc = start_reader(&l, err);
	if (rc == ERR_OK)
		rc = move_rows(&l, err);
	if (rc == ERR_OK) {
		join_reader(&l);
		rc = finish(&l, err);
	}
	if (rc != ERR_OK)
		rc = look_what_stands(&l, rc, err);
	atomic_store(&f->side, FLOW_NOWHERE);
	release(&l);
	return rc;
}
