/*
 * core/meta/reject.c
 *	Rejected rows as readers see them.
 */
#include "core/meta/reject.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/json.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define LIST_LIMIT  100
#define PAGE_ROWS   500
#define GROUP_LIMIT 10000
#define SORT_MAX    10000	/* rows that are put in an order of their own */
#define LIST_BYTES  (64u << 20)	/* of ids as text */
#define PARAMS_MAX  (FILTER_PARAMS_MAX + 16)

const char *reject_state_name(enum reject_state s)
{
	static const char *const name[] = { "open", "staged", "replayed", "discarded",
					    "void" };

	return name[s];
}

static unsigned states_of(const struct reject_filter *f, unsigned preset)
{
	return (f->states != 0 ? f->states : preset) | (f->with_void ? 1u << REJECT_VOID : 0);
}

/* The four parameters that every query of this file starts with. */
static void fill_filter(const struct reject_filter *f, struct db_param *params)
{
	params[0] = row_id(f->job);
	params[1] = DB_TEXT(f->field);
	params[2] = DB_TEXT(f->rule);
	params[3] = DB_INT8(states_of(f, REJECT_ALIVE));
}

enum err_code reject_count(struct db *db, const struct reject_filter *f, int64_t *rows,
			   struct err *err)
{
	struct db_param params[4];

	fill_filter(f, params);
	return row_int8(db, sql_reject_count, params, 4, "rows", rows, err);
}

static const char *json_text(struct arena *mem, const json_t *v, const char *name)
{
	const char *s = json_string_value(json_object_get(v, name));

	return arena_strdup(mem, s != NULL ? s : "");
}

static enum err_code read_problems(struct arena *mem, const char *text, struct reject_row *out,
				   struct err *err)
{
	json_t *root = NULL, *v;
	size_t i;
	enum err_code rc = js_parse(&root, text, strlen(text), "problems of a reject", err);

	if (rc != ERR_OK)
		return rc;
	out->problem = arena_array(mem, json_array_size(root) + 1, sizeof(*out->problem));
	json_array_foreach(root, i, v) {
		out->problem[out->nproblems++] = (struct reject_problem){
			.field = json_text(mem, v, "field"),
			.value = slice_of(json_text(mem, v, "value")),
			.rule = json_text(mem, v, "rule"),
			.reason = json_text(mem, v, "reason"),
			.sqlstate = json_text(mem, v, "sqlstate"),
		};
	}
	json_decref(root);
	return ERR_OK;
}

/* Of a row that was cut, half a character at its end goes, too. */
static struct slice whole_chars(struct slice raw, int64_t size)
{
	size_t n = raw.n;

	if ((int64_t)n >= size)
		return raw;
	while (n > 0 && raw.n - n < 3 && ((unsigned char)raw.p[n - 1] & 0xC0) == 0x80)
		n--;
	if (n > 0 && (unsigned char)raw.p[n - 1] >= 0xC0)
		raw.n = n - 1;
	return raw;
}

static enum err_code read_row(struct arena *mem, const struct db_result *res, int i,
			      struct reject_row *out, struct err *err)
{
	*out = (struct reject_row){
		.id = db_result_int8(res, i, "id"),
		.job = db_result_int8(res, i, "job_id"),
		.part = row_text(mem, res, i, "part"),
		.row = db_result_int8(res, i, "row_no"),
		.line = db_result_int8(res, i, "line_no"),
		.offset = db_result_int8(res, i, "byte_offset"),
		.raw = row_bytes(mem, res, i, "raw"),
		.raw_size = db_result_int8(res, i, "raw_size"),
		.at = row_time(mem, res, i, "at"),
		.state = (enum reject_state)db_result_int8(res, i, "state"),
		.version = db_result_int8(res, i, "version"),
		.fix = row_text(mem, res, i, "fix"),
		.act = db_result_int8(res, i, "act_id"),
		.replay_job = db_result_int8(res, i, "replay_job"),
		.discarded_at = row_time(mem, res, i, "discarded_at"),
		.discard_reason = row_text(mem, res, i, "discard_reason"),
	};
	out->raw = whole_chars(out->raw, out->raw_size);
	return read_problems(mem, db_result_text(res, i, "problems"), out, err);
}

/* All of res, which is freed. */
static enum err_code read_rows(struct arena *mem, struct db_result *res, struct reject_rows *out,
			       struct err *err)
{
	enum err_code rc = ERR_OK;

	out->r = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->r));
	for (; rc == ERR_OK && out->n < db_result_rows(res); out->n++)
		rc = read_row(mem, res, out->n, &out->r[out->n], err);
	db_result_free(res);
	return rc;
}

/* What is asked for: by id, or the newest in another order. */
struct page {
	struct arena *mem;
	struct db *db;
	const struct reject_filter *f;
	struct filter *filter;
	const struct filter_col *col;
	bool is_down;
	struct db_param param[PARAMS_MAX];	/* the list's five, then lo and hi */
};

/* The columns of a row, which may be larger than anybody wants to see. */
static const char *shown(const struct page *p)
{
	const char *raw = p->f->raw_bytes > 0
		? arena_printf(p->mem, "substr(t.raw, 1, %d)", p->f->raw_bytes) : "t.raw";

	return arena_printf(p->mem, "t.org_id, t.id, t.job_id, t.part, t.row_no, t.line_no, "
			    "t.byte_offset, %s as raw, octet_length(t.raw) as raw_size, t.problems, "
			    "t.at, t.state, t.version, t.fix, t.act_id, t.replay_job, "
			    "t.discarded_at, t.discard_reason", raw);
}

static enum err_code by_id(struct page *p, struct db_result **res, struct err *err)
{
	const struct list_ask *ask = &p->f->ask;
	struct list_ids ids = {
		.param = p->param, .nparams = 7, .lo = 6, .hi = 7,
		.sql = arena_printf(p->mem, "select t.* from (%s) t where t.id > $6::bigint "
				    "and t.id < $7::bigint", sql_reject_list),
		.show = shown(p),
		.is_down = p->is_down,
		.limit = ask->limit > 0 ? ask->limit : p->f->limit > 0 ? p->f->limit : LIST_LIMIT,
	};

	return list_by_id(p->mem, p->db, &ids, p->filter, ask, res, err);
}

/* The newest that match, in an order that no index has. */
static enum err_code by_column(struct page *p, struct db_result **res, struct err *err)
{
	const struct list_ask *ask = &p->f->ask;
	struct list_ask rest = { .sort = ask->sort, .after = ask->after, .before = ask->before,
				 .limit = ask->limit > 0 ? ask->limit : LIST_LIMIT };
	const char *cond;
	int n;
	enum err_code rc = filter_sql(p->mem, p->filter, 8, &cond, p->param + 7, &n, err);

	if (rc != ERR_OK)
		return rc;
	cond = arena_printf(p->mem, "select %s, count(*) over () as found from (select t.* from (%s) t "
			    "where t.id > $6::bigint and t.id < $7::bigint and (%s) order by t.id desc "
			    "limit %d) t", shown(p), sql_reject_list, cond, SORT_MAX);
	rc = list_query(p->mem, p->db, &list_rejects, cond, p->param, n + 7, &rest, res, err);
	if (rc == ERR_OK && ask->said != NULL && db_result_rows(*res) > 0 &&
	    db_result_int8(*res, 0, "found") == SORT_MAX) {
		ask->said->is_sorted_part = true;
		ask->said->looked = SORT_MAX;
	}
	return rc == ERR_OK ? rc : filter_refused(p->filter, err);
}

/* "job=5" has an index. */
static void take_job(struct page *p)
{
	for (int i = 0; i < filter_needs(p->filter); i++) {
		const struct filter_term *t = filter_need(p->filter, i);

		if (t == NULL || t->col == NULL || strcmp(t->col->name, "job") != 0 ||
		    !t->lo.is_set || !t->hi.is_set || t->lo.v < t->hi.v || p->f->job != 0)
			continue;
		p->param[0] = DB_INT8((int64_t)t->lo.v);
		filter_drop(p->filter, i);
		return;
	}
}

/* Bits of those that "state=staged" leaves: few rows may be of them, of millions. */
static unsigned states_asked(const struct page *p)
{
	unsigned states = REJECT_ALL | 1u << REJECT_VOID;

	for (int i = 0; i < filter_needs(p->filter); i++) {
		const struct filter_term *t = filter_need(p->filter, i);

		if (t != NULL && t->col != NULL && strcmp(t->col->name, "state") == 0 &&
		    t->op == FILTER_IS)
			states &= t->choices;
	}
	return states;
}

static enum err_code open_page(struct page *p, int64_t id, struct err *err)
{
	const struct list_ask *ask = &p->f->ask;
	enum err_code rc = filter_parse(p->mem, ask->filter, list_rejects.cols, &p->filter, err);

	if (rc == ERR_OK && ask->said != NULL)
		ask->said->unfinished = filter_unfinished(p->filter);
	if (rc == ERR_OK)
		rc = list_sort(list_rejects.cols, ask->sort, &p->col, &p->is_down, err);
	if (rc != ERR_OK)
		return rc;
	if (p->col == &list_rejects.cols[0])
		p->col = NULL;
	else if (p->col == NULL)
		p->is_down = false;
	fill_filter(p->f, p->param);
	if (filter_names(p->filter, "state"))
		p->param[3] = DB_INT8(states_of(p->f, REJECT_ALL) & states_asked(p));
	take_job(p);
	p->param[4] = row_id(id);
	p->param[5] = DB_INT8(p->f->after);
	p->param[6] = DB_INT8(INT64_MAX);
	return ERR_OK;
}

static enum err_code list(struct arena *mem, struct db *db, const struct reject_filter *f,
			  int64_t id, struct reject_rows *out, struct err *err)
{
	struct page p = { .mem = mem, .db = db, .f = f };
	struct db_result *res = NULL;
	enum err_code rc = open_page(&p, id, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK)
		rc = p.col == NULL ? by_id(&p, &res, err) : by_column(&p, &res, err);
	if (rc != ERR_OK)
		return rc;
	return read_rows(mem, res, out, err);
}

enum err_code reject_list(struct arena *mem, struct db *db, const struct reject_filter *f,
			  struct reject_rows *out, struct err *err)
{
	return list(mem, db, f, 0, out, err);
}

static enum err_code not_there(int64_t id, struct err *err)
{
	err_set(err, ERR_NOT_FOUND, "there is no reject %" PRId64, id);
	err_hint(err, "See what there is with: leat reject list");
	return ERR_NOT_FOUND;
}

enum err_code reject_get(struct arena *mem, struct db *db, int64_t id, struct reject_row *out,
			 struct err *err)
{
	struct reject_filter any = { .states = REJECT_ALL, .with_void = true, .limit = 1 };
	struct reject_rows found;
	enum err_code rc = list(mem, db, &any, id, &found, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK && (found.n == 0 || id == 0))
		return not_there(id, err);
	if (rc == ERR_OK)
		*out = found.r[0];
	return rc;
}

enum err_code reject_some(struct arena *mem, struct db *db, const int64_t *id, int n,
			  struct reject_rows *out, struct err *err)
{
	struct reject_filter any = { .states = REJECT_ALL };
	struct page p = { .mem = mem, .db = db, .f = &any };
	struct db_param params[8];
	struct db_result *res = NULL;
	enum err_code rc;
	struct buf list;

	memset(out, 0, sizeof(*out));
	if (n == 0)
		return ERR_OK;
	fill_filter(&any, params);
	params[4] = row_id(0);
	params[5] = DB_INT8(id[0]);
	params[6] = DB_INT8(id[n - 1]);
	buf_init(&list, LIST_BYTES);
	rc = row_array(&list, id, n, err);
	params[7] = DB_TEXT(buf_str(&list));
	if (rc == ERR_OK)
		rc = db_query(db, arena_printf(mem, "select %s from (%s) t where t.id >= $6::bigint "
					       "and t.id <= $7::bigint and t.id = any ($8::bigint[]) "
					       "order by t.id", shown(&p), sql_reject_list),
			      params, 8, &res, err);
	buf_release(&list);
	if (rc != ERR_OK)
		return rc;
	rc = read_rows(mem, res, out, err);
	for (int i = 0; rc == ERR_OK && i < n; i++)
		if (i == out->n || out->r[i].id != id[i])
			return not_there(id[i], err);
	return rc;
}

enum err_code reject_groups(struct arena *mem, struct db *db, const struct reject_filter *f,
			    struct reject_groups *out, struct err *err)
{
	struct db_param params[5];
	struct db_result *res = NULL;
	enum err_code rc;

	memset(out, 0, sizeof(*out));
	fill_filter(f, params);
	params[4] = DB_INT8(f->limit > 0 ? f->limit : GROUP_LIMIT);
	rc = list_query(mem, db, &list_groups, sql_reject_groups, params, 5, &f->ask, &res, err);
	if (rc != ERR_OK)
		return rc;
	out->g = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->g));
	for (int i = 0; i < db_result_rows(res); i++) {
		out->g[out->n++] = (struct reject_group){
			.job = db_result_int8(res, i, "job_id"),
			.field = row_text(mem, res, i, "field"),
			.rule = row_text(mem, res, i, "rule"),
			.reason = row_text(mem, res, i, "reason"),
			.sqlstate = row_text(mem, res, i, "sqlstate"),
			.rows = db_result_int8(res, i, "rows"),
			.first_row = db_result_int8(res, i, "first_row"),
			.last_row = db_result_int8(res, i, "last_row"),
			.sample = row_text(mem, res, i, "sample"),
			.sample_id = db_result_int8(res, i, "sample_id"),
			.first_at = row_time(mem, res, i, "first_at"),
			.last_at = row_time(mem, res, i, "last_at"),
		};
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code reject_ids(struct arena *mem, struct db *db, const struct reject_filter *f,
			 int64_t **id, int64_t **job, int *n, struct err *err)
{
	struct page p = { .mem = mem, .db = db, .f = f };
	struct db_result *res = NULL;
	const char *cond = NULL;
	int nparams = 0, most = f->limit > 0 ? f->limit : REJECT_IDS_MAX + 1;
	enum err_code rc = open_page(&p, 0, err);

	*n = 0;
	if (rc == ERR_OK && filter_unfinished(p.filter) != NULL)
		rc = err_set(err, ERR_USAGE, "the filter is not finished: %s",
			     filter_unfinished(p.filter));
	if (rc == ERR_OK)
		rc = filter_sql(mem, p.filter, 8, &cond, p.param + 7, &nparams, err);
	if (rc == ERR_OK)
		rc = db_query(db, arena_printf(mem, "select t.id, t.job_id from (%s) t where "
					       "t.id > $6::bigint and t.id < $7::bigint and (%s) "
					       "order by t.id limit %d", sql_reject_list, cond,
					       most),
			      p.param, 7 + nparams, &res, err);
	if (rc != ERR_OK)
		return p.filter != NULL ? filter_refused(p.filter, err) : rc;
	if (db_result_rows(res) > REJECT_IDS_MAX)
		rc = err_set(err, ERR_LIMIT, "that would be more than %d rejects", REJECT_IDS_MAX);
	*id = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(**id));
	*job = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(**job));
	for (; rc == ERR_OK && *n < db_result_rows(res); (*n)++) {
		(*id)[*n] = db_result_int8(res, *n, "id");
		(*job)[*n] = db_result_int8(res, *n, "job_id");
	}
	db_result_free(res);
	return rc;
}

enum err_code reject_shape(struct arena *mem, struct db *db, int64_t job, const char *part,
			   const char **out, struct err *err)
{
	struct db_param params[] = { DB_INT8(job), DB_TEXT(part) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_reject_shape, params, 2, &res, err);

	*out = rc == ERR_OK && db_result_rows(res) > 0 ? row_text(mem, res, 0, "shape") : NULL;
	db_result_free(res);
	return rc;
}

enum err_code reject_each(struct db *db, const struct reject_filter *f, reject_row_fn fn, void *ctx,
			  struct err *err)
{
	struct arena *mem = arena_new(NULL, "rejects");
	struct reject_filter page = *f;
	int64_t left = f->limit > 0 ? f->limit : INT64_MAX;
	enum err_code rc = ERR_OK;
	struct reject_rows got;

	do {
		arena_reset(mem);
		page.limit = left < PAGE_ROWS ? (int)left : PAGE_ROWS;
		rc = list(mem, db, &page, 0, &got, err);
		for (int i = 0; rc == ERR_OK && i < got.n; i++) {
			rc = fn(ctx, &got.r[i], err);
			page.after = got.r[i].id;
		}
		left -= got.n;
	} while (rc == ERR_OK && left > 0 && got.n == page.limit);
	arena_free(mem);
	return rc;
}
