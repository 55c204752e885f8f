/*
 * core/command/answer.c
 *	Running a command into an answer that can be handed over.
 */
#include "core/command/answer.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/human.h"
#include "core/base/text.h"
#include "core/command/args.h"
#include "core/command/session.h"

#define FIRST_ROWS 64
#define MAX_NOTES  200	/* the rest of a flood helps nobody */

/* One call on its way. What threads of the command share is under the lock. */
struct run {
	const struct answer_call *call;
	struct arena *mem;	/* of the call, gone with it */
	const struct cmd_spec *spec;
	struct cmd_args *globals;
	struct cmd_args *args;
	bool is_confirmed;
	const char *asked;
	struct reply *reply;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct answer *now;	/* being filled */
	int cap;		/* of now->row */
	size_t bytes;		/* in now */
	bool is_over;
	bool has_teller;
	pthread_t teller;	/* sends parts while the command runs */
};

/* ---- answers ----------------------------------------------------------------- */

static struct answer *answer_new(const struct cmd_spec *spec)
{
	struct arena *mem = arena_new(NULL, "answer");
	struct answer *a = arena_alloc(mem, sizeof(*a));

	a->mem = mem;
	a->spec = spec;
	return a;
}

void answer_free(struct answer *a)
{
	if (a != NULL)
		arena_free(a->mem);
}

int answer_col(const struct answer *a, const char *name)
{
	for (int i = 0; i < a->ncols; i++) {
		if (strcmp(a->cols[i].name, name) == 0)
			return i;
	}
	return -1;
}

const struct reply_value *answer_value(const struct answer *a, int row, const char *name)
{
	int col = answer_col(a, name);

	if (col < 0 || row < 0 || row >= a->nrows || !a->row[row][col].is_set)
		return NULL;
	return &a->row[row][col];
}

const char *answer_text(const struct answer *a, int row, const char *name)
{
	const struct reply_value *v = answer_value(a, row, name);

	return v != NULL && v->text != NULL ? v->text : "";
}

int64_t answer_int(const struct answer *a, int row, const char *name)
{
	const struct reply_value *v = answer_value(a, row, name);

	return v != NULL ? v->i : 0;
}

double answer_float(const struct answer *a, int row, const char *name)
{
	const struct reply_value *v = answer_value(a, row, name);

	return v != NULL ? v->f : 0;
}

bool answer_bool(const struct answer *a, int row, const char *name)
{
	return answer_int(a, row, name) != 0;
}

bool answer_is_null(const struct answer *a, int row, const char *name)
{
	return answer_value(a, row, name) == NULL;
}

/* Each line of a text by itself, so that the line ends survive. */
static void clean_lines(struct buf *out, const char *p, size_t n)
{
	while (n > 0) {
		const char *end = memchr(p, '\n', n);
		size_t len = end != NULL ? (size_t)(end - p) : n;

		text_clean(out, p, len > 0 && p[len - 1] == '\r' ? len - 1 : len);
		if (end == NULL)
			return;
		buf_adds(out, "\n");
		p += len + 1;
		n -= len + 1;
	}
}

void answer_show(struct buf *out, const struct val_spec *col, const struct reply_value *v)
{
	char text[64] = "";

	if (!v->is_set)
		return;
	switch (col->kind) {
	case VAL_INT8:
		buf_addf(out, "%lld", (long long)v->i);
		return;
	case VAL_FLOAT8:
		buf_addf(out, fabs(v->f) >= 100 ? "%.0f" : "%.2f", v->f);
		return;
	case VAL_BOOL:
		buf_adds(out, v->i ? "yes" : "no");
		return;
	case VAL_BYTES:
		human_bytes(v->i, text, sizeof(text));
		break;
	case VAL_SECONDS:
		human_seconds(v->f, text, sizeof(text));
		break;
	case VAL_DURATION:
		human_seconds((double)v->i / 1000, text, sizeof(text));
		break;
	case VAL_TIME:
		if (v->text != NULL)
			human_time_iso(v->text, text, sizeof(text));
		else
			human_time_us(v->i, text, sizeof(text));
		text_clean(out, text, strlen(text));
		return;
	case VAL_TEXT:
	case VAL_NAME:
	case VAL_FILE:
	case VAL_CHOICE:
	case VAL_COUNT_OR_PERCENT:
	case VAL_JSON:
		if (col->flags & COL_WRAP)
			clean_lines(out, v->text, v->len);
		else
			text_clean(out, v->text, v->len);
		return;
	}
	buf_adds(out, text);
}

/* ---- what comes out of a command ----------------------------------------------- */

/* Columns are the reply's, which goes with the call. */
static void copy_columns(struct answer *a, int n, const struct val_spec *cols)
{
	struct val_spec *own = arena_array(a->mem, (size_t)n + 1, sizeof(*own));

	for (int i = 0; i < n; i++) {
		own[i] = cols[i];
		own[i].name = arena_strdup(a->mem, cols[i].name);
		own[i].help = arena_strdup(a->mem, cols[i].help);
	}
	a->ncols = n;
	a->cols = own;
}

static void add_row(struct run *r, int n, const struct reply_value *row)
{
	struct answer *a = r->now;
	struct reply_value *own;
	size_t bytes = (size_t)n * sizeof(*own);

	for (int i = 0; i < n; i++)
		bytes += row[i].len;
	a->is_cut = a->is_cut || a->nrows >= ANSWER_MAX_ROWS ||
		    r->bytes + bytes > ANSWER_MAX_BYTES;
	if (a->is_cut)
		return;
	if (a->nrows == r->cap) {
		struct reply_value **old = a->row;

		r->cap = r->cap == 0 ? FIRST_ROWS : 2 * r->cap;
		a->row = arena_array(a->mem, (size_t)r->cap, sizeof(struct reply_value *));
		if (a->nrows > 0)
			memcpy(a->row, old, (size_t)a->nrows * sizeof(struct reply_value *));
	}
	own = arena_array(a->mem, (size_t)n + 1, sizeof(*own));
	for (int i = 0; i < n; i++) {
		own[i] = row[i];
		if (row[i].text != NULL)
			own[i].text = arena_strndup(a->mem, row[i].text, row[i].len);
	}
	r->bytes += bytes;
	a->row[a->nrows++] = own;
}

static void on_row(void *ctx, int n, const struct val_spec *cols, const struct reply_value *row)
{
	struct run *r = ctx;

	pthread_mutex_lock(&r->lock);
	if (r->now->cols == NULL)
		copy_columns(r->now, n, cols);
	r->now->is_many = reply_is_many(r->reply);
	add_row(r, n, row);
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
}

static void add_note(struct answer *a, const char *line)
{
	const char **all;

	if (a->nnotes == MAX_NOTES)
		return;
	if (a->note == NULL)
		a->note = arena_array(a->mem, MAX_NOTES, sizeof(const char *));
	all = a->note;
	all[a->nnotes++] = arena_strdup(a->mem, line);
}

static void on_note(void *face, const char *line)
{
	struct run *r = face;

	pthread_mutex_lock(&r->lock);
	add_note(r->now, line);
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
}

static void on_progress(void *face, const struct cmd_progress *p)
{
	struct run *r = face;

	if (r->call->progress != NULL)
		r->call->progress(r->call->ctx, p);
}

static bool on_ask(void *face, const char *what)
{
	struct run *r = face;

	if (!r->is_confirmed)
		r->asked = arena_strdup(r->mem, what);
	return r->is_confirmed;
}

/* ---- parts --------------------------------------------------------------------- */

/* A new answer takes the place of the one that is full, which comes back. */
static struct answer *turn_over(struct run *r)
{
	struct answer *full = r->now;

	full->at_us = clock_wall_us();
	r->now = answer_new(r->spec);
	r->cap = 0;
	r->bytes = 0;
	return full;
}

static struct timespec later(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* Sends what is there, and then nothing for a moment. Sleeps while nothing comes. */
static void *tell_parts(void *arg)
{
	struct run *r = arg;

	pthread_mutex_lock(&r->lock);
	while (!r->is_over) {
		struct timespec until;
		struct answer *part;

		if (r->now->nrows == 0 && r->now->nnotes == 0) {
			pthread_cond_wait(&r->more, &r->lock);
			continue;
		}
		part = turn_over(r);
		pthread_mutex_unlock(&r->lock);
		r->call->part(r->call->ctx, part);
		until = later(ANSWER_PART_MS);
		pthread_mutex_lock(&r->lock);
		while (!r->is_over &&
		       pthread_cond_timedwait(&r->more, &r->lock, &until) == 0)
			;
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static void start_teller(struct run *r)
{
	if (r->call->part != NULL && (r->spec->flags & CMD_STREAMS))
		r->has_teller = pthread_create(&r->teller, NULL, tell_parts, r) == 0;
}

static void end_teller(struct run *r)
{
	pthread_mutex_lock(&r->lock);
	r->is_over = true;
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
	if (r->has_teller)
		pthread_join(r->teller, NULL);
}

/* ---- one call ------------------------------------------------------------------ */

/* Options that choose what a console has already chosen. */
static enum err_code check_globals(const struct run *r, struct err *err)
{
	static const char *const fixed[] = { "db", "no-tui", "file", "version" };

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (!arg_given(r->globals, fixed[i]))
			continue;
		err_set(err, ERR_USAGE, "--%s does not go with a command in the console",
			fixed[i]);
		err_hint(err, "Say it on the command line of leat.");
		return ERR_USAGE;
	}
	return ERR_OK;
}

/* Keys are typed where standard input is. */
static enum err_code check_input(const struct run *r, struct err *err)
{
	for (int i = 0; i < r->args->n; i++) {
		const struct val_spec *s = &r->args->list[i];

		for (int k = 0; s->kind == VAL_FILE && k < r->args->v[i].n; k++) {
			if (strcmp(r->args->v[i].text[k], "-") != 0)
				continue;
			err_set(err, ERR_USAGE, "standard input belongs to the console");
			err_hint(err, "Name a file, or run it in a shell: leat %s.",
				 r->spec->name);
			return ERR_USAGE;
		}
	}
	return ERR_OK;
}

static enum err_code check(struct run *r, struct err *err)
{
	enum err_code rc = check_globals(r, err);

	if (rc == ERR_OK)
		rc = check_input(r, err);
	if (rc != ERR_OK)
		return rc;
	if (r->spec->flags & CMD_OUTSIDE) {
		err_set(err, ERR_USAGE, "%s does not run inside the console", r->spec->name);
		err_hint(err, "Run it in a shell: leat %s.", r->spec->name);
		return ERR_USAGE;
	}
	/* The database would refuse, too; this is sooner, and covers what is done outside of it. */
	if ((r->spec->flags & CMD_WRITES) && r->call->session->is_read_only) {
		err_set(err, ERR_DENIED, "%s changes things, and this session only looks",
			r->spec->name);
		err_hint(err, "Start leat without --read-only.");
		return ERR_DENIED;
	}
	r->is_confirmed = r->call->is_confirmed || arg_bool(r->globals, "yes");
	if (!(r->spec->flags & CMD_DESTROYS) || r->is_confirmed)
		return ERR_OK;
	r->asked = arena_printf(r->mem, "%s: %s", r->spec->name, r->spec->summary);
	err_set(err, ERR_USAGE, "%s asks before it does its work; nothing was done",
		r->spec->name);
	err_hint(err, "Say --yes when that is what you want.");
	return ERR_USAGE;
}

static enum err_code run(struct run *r, struct err *err)
{
	struct cmd_ctx ctx = {
		.mem = r->mem,
		.session = r->call->session,
		.stop = r->call->stop,
		.is_confirmed = r->is_confirmed,
		.progress = on_progress,
		.ask = on_ask,
		.note = on_note,
		.face = r,
	};
	struct session *s = r->call->session;
	const char *org = arg_text(r->globals, "org"), *before = s->org;
	enum err_code rc;

	r->reply = reply_new(r->mem, r->spec, on_row, r);
	if (org != NULL)
		s->org = org;
	start_teller(r);
	rc = r->spec->run(&ctx, r->args, r->reply, err);
	end_teller(r);
	if (org != NULL) {
		s->org = before;
		session_drop_db(s);	/* it knows the name by our words */
	}
	return rc;
}

static struct answer *finish(struct run *r, enum err_code rc, const struct err *err,
			     int64_t start_us)
{
	struct answer *a = r->now;
	const struct val_spec *cols;
	int n;

	if (r->reply != NULL && a->cols == NULL) {
		cols = reply_cols(r->reply, &n);
		copy_columns(a, n, cols);
	}
	if (r->reply != NULL)
		a->is_many = reply_is_many(r->reply);
	a->at_us = clock_wall_us();
	a->code = rc;
	a->err = *err;
	a->asks = rc != ERR_OK ? arena_strdup(a->mem, r->asked) : NULL;
	a->took_us = clock_mono_us() - start_us;
	a->is_last = true;
	return a;
}

struct answer *answer_run(const struct answer_call *call)
{
	struct run r = { .call = call, .mem = arena_new(NULL, "call") };
	struct err err = { 0 };
	int64_t start_us = clock_mono_us();
	pthread_condattr_t attr;
	struct answer *a;
	enum err_code rc;

	pthread_mutex_init(&r.lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r.more, &attr);
	pthread_condattr_destroy(&attr);
	r.globals = cmd_globals_new(r.mem, NULL);
	rc = cmd_read(r.mem, call->nwords, call->words, r.globals, &r.spec, &r.args, &err);
	r.now = answer_new(r.spec);
	if (rc == ERR_OK)
		rc = check(&r, &err);
	if (rc == ERR_OK)
		rc = run(&r, &err);
	a = finish(&r, rc, &err, start_us);
	pthread_cond_destroy(&r.more);
	pthread_mutex_destroy(&r.lock);
	arena_free(r.mem);
	return a;
}
