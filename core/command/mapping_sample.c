/*
 * core/command/mapping_sample.c
 *	Samples of sources, read once and kept while somebody works on their mappings.
 *
 * Typing asks many times a second; the source is asked once. The two that were used last
 * are kept; one that somebody holds is never thrown away.
 */
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/command/mapping_work.h"
#include "core/command/sample.h"
#include "core/command/session.h"
#include "core/engine/engine.h"

#define KEPT 2

struct entry {
	struct mapping_sample sample;	/* first: converts back */
	struct entry *next;	/* the one used last comes first */
	char *key;
	int refs;		/* under the table's lock, as next */
	pthread_mutex_t lock;	/* of the sample */
	struct arena *mem;	/* of what was read; NULL: nothing was */
};

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *table;

static void forget(struct entry *e)
{
	preview_free(e->sample.preview);
	arena_free(e->mem);
	e->sample = (struct mapping_sample){ 0 };
	e->mem = NULL;
}

/* With the table's lock. */
static void shrink(void)
{
	int n = 0;

	for (struct entry **at = &table; *at != NULL;) {
		struct entry *e = *at;

		if (++n <= KEPT || e->refs > 0) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		forget(e);
		pthread_mutex_destroy(&e->lock);
		free(e->key);
		free(e);
	}
}

/* Found or made, held, and first in the table. */
static struct entry *hold(const char *key)
{
	struct entry *e = NULL;

	pthread_mutex_lock(&table_lock);
	for (struct entry **at = &table; *at != NULL && e == NULL; at = &(*at)->next)
		if (strcmp((*at)->key, key) == 0) {
			e = *at;
			*at = e->next;
			break;
		}
	if (e == NULL) {
		e = mem_alloc(sizeof(*e));
		*e = (struct entry){ .key = mem_strdup(key) };
		pthread_mutex_init(&e->lock, NULL);
	}
	e->next = table;
	table = e;
	e->refs++;
	pthread_mutex_unlock(&table_lock);
	pthread_mutex_lock(&e->lock);
	return e;
}

void mapping_sample_give(struct mapping_sample *s)
{
	struct entry *e = (struct entry *)s;

	if (e == NULL)
		return;
	pthread_mutex_unlock(&e->lock);
	pthread_mutex_lock(&table_lock);
	e->refs--;
	shrink();
	pthread_mutex_unlock(&table_lock);
}

/* What the sample depends on. */
static const char *key_of(struct cmd_ctx *ctx, const struct pipeline *p, int64_t rows)
{
	struct pipeline ends = { .name = "", .source = p->source, .target = p->target,
				 .parallel = 1, .max_rejects = -1, .max_rejects_percent = -1,
				 .slot = p->slot };
	const struct session *s = ctx->session;

	return arena_printf(ctx->mem, "%s|%s|%lld|%s", s->place_name != NULL ? s->place_name : "",
			    s->org != NULL ? s->org : "", (long long)rows,
			    body_of_pipeline(ctx->mem, &ends));
}

struct filling {
	struct preview *to;
	int64_t n;
};

static enum err_code take_rows(void *arg, const struct schema *fields, struct batch *rows,
			       struct err *err)
{
	struct filling *f = arg;
	enum err_code rc = preview_take(f->to, rows, err);

	(void)fields;
	f->n = preview_rows(f->to);
	return rc;
}

static enum err_code read_source(struct cmd_ctx *ctx, const struct engine_env *env,
				 const struct pipeline *p, int64_t rows, struct entry *e,
				 struct err *err)
{
	struct read_spec spec = { .stream = p->source.stream, .query = p->source.query,
				  .options = &p->source.options, .limit_rows = rows };
	struct schema fields = { 0 };
	struct filling filling = { 0 };
	struct conn *conn = NULL;
	enum err_code rc = engine_open_connection(e->mem, env, p->source.connection,
						  p->source.connector, &conn, err);

	if (rc == ERR_OK && !(conn->ops->caps & CONN_READ))
		rc = err_set(err, ERR_CONFIG, "connector %s cannot read", conn->ops->type);
	if (rc == ERR_OK)
		rc = conn->ops->describe(conn, e->mem, &spec, &fields, NULL, err);
	if (rc == ERR_OK && conn->ops->findings != NULL)
		conn->ops->findings(conn, e->mem, &e->sample.found);
	if (rc == ERR_OK) {
		e->sample.preview = preview_new(&fields, rows);
		filling.to = e->sample.preview;
		rc = sample_read(ctx, conn, &spec, &filling.n, rows, take_rows, &filling, err);
	}
	conn_close(conn);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "a sample of the source");
}

static enum err_code read_target(const struct engine_env *env, const struct pipeline *p,
				 struct entry *e, struct err *err)
{
	struct read_spec spec = { .stream = p->target.stream };
	struct schema *fields = arena_alloc(e->mem, sizeof(*fields));
	struct conn *conn = NULL;
	enum err_code rc = engine_open_connection(e->mem, env, p->target.connection,
						  p->target.connector, &conn, err);

	if (rc == ERR_OK)
		rc = conn->ops->describe(conn, e->mem, &spec, fields, NULL, err);
	if (rc == ERR_OK)
		e->sample.target = fields;
	conn_close(conn);
	if (rc == ERR_NOT_FOUND) {
		err_clear(err);
		return ERR_OK;
	}
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "the fields of the target");
}

static enum err_code fill(struct cmd_ctx *ctx, const struct pipeline *p, int64_t rows,
			  struct entry *e, struct err *err)
{
	struct pipeline filled = *p;
	struct engine_env env;
	enum err_code rc = cmd_engine_env(ctx, &env, err);

	e->mem = arena_new(NULL, "sample");
	e->sample.target_name = arena_strdup(e->mem, p->target.stream);
	if (rc == ERR_OK)
		rc = pipeline_fill_slot(e->mem, &filled, NULL, err);
	if (rc == ERR_OK)
		rc = read_source(ctx, &env, &filled, rows, e, err);
	if (rc == ERR_OK)
		rc = read_target(&env, &filled, e, err);
	if (rc != ERR_OK)
		forget(e);
	return rc;
}

enum err_code mapping_sample_take(struct cmd_ctx *ctx, const struct pipeline *p, int64_t rows,
				  bool is_fresh, struct mapping_sample **out, struct err *err)
{
	struct entry *e = hold(key_of(ctx, p, rows));
	enum err_code rc = ERR_OK;

	*out = NULL;
	if (is_fresh && e->mem != NULL)
		forget(e);
	if (e->mem == NULL)
		rc = fill(ctx, p, rows, e, err);
	if (rc == ERR_OK)
		*out = &e->sample;
	else
		mapping_sample_give(&e->sample);
	return rc;
}
