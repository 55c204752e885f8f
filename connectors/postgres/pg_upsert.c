/*
 * connectors/postgres/pg_upsert.c
 *	Rows go into a temporary table and are merged into the target by key.
 *
 * Of rows with the same key the last counts. One statement compares and
 * writes: rows that are there and equal are not touched. When the server
 * refuses a row on the way, the merge is repeated in ranges of the staging
 * table (pg_sweep.c). With a unique index over the key others may write at
 * the same time, and ON CONFLICT settles races; without one the target is
 * locked against writers for the merge.
 */
#include <string.h>

#include "core/base/fault.h"
#include "connectors/postgres/pg.h"

#define STAGE "pg_temp.leat_stage"

/* Whether a unique index of relation $1 has exactly the columns of array $2. */
static const char sql_unique[] =
	"select count(*) from pg_catalog.pg_index i where i.indrelid = $1::pg_catalog.oid"
	" and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null"
	" and i.indexprs is null and (select"
	"  pg_catalog.array_agg(a.attname::text order by a.attname)"
	"  from pg_catalog.pg_attribute a where a.attrelid = i.indrelid"
	"  and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]))"
	" = (select pg_catalog.array_agg(x order by x::name) from pg_catalog.unnest($2::text[]) x)";

static enum err_code find_keys(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;

	if (w->spec.nkeys == 0) {
		err_set(err, ERR_CONFIG, "upsert into %s needs a key", w->rel.quoted);
		err_hint(err, "Name the columns that tell rows apart (--key).");
		return ERR_CONFIG;
	}
	w->key = arena_array(c->mem, (size_t)w->spec.nkeys, sizeof(const struct pg_out *));
	for (int k = 0; k < w->spec.nkeys; k++) {
		for (int i = 0; i < w->nouts; i++)
			if (strcmp(w->out[i].col->name, w->spec.key[k]) == 0)
				w->key[k] = &w->out[i];
		if (w->key[k] == NULL)
			return err_set(err, ERR_CONFIG, "key column %s is not among what is written"
				       " to %s", w->spec.key[k], w->rel.quoted);
		if (!w->key[k]->col->has_equal)
			return err_set(err, ERR_CONFIG, "key column %s of %s is of type %s, which"
				       " cannot be compared", w->spec.key[k], w->rel.quoted,
				       w->key[k]->col->native);
	}
	w->nkeys = w->spec.nkeys;
	return ERR_OK;
}

static enum err_code find_unique(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	struct db_param p[2] = { DB_INT8(w->rel.oid) };
	struct db_result *res = NULL;
	enum err_code rc;
	struct buf keys;

	buf_init(&keys, 1u << 20);
	for (int k = 0; k < w->nkeys; k++) {
		buf_adds(&keys, k > 0 ? ",\"" : "{\"");
		for (const char *s = w->key[k]->col->name; *s != '\0'; s++)
			buf_addf(&keys, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
		buf_adds(&keys, "\"");
	}
	buf_adds(&keys, "}");
	p[1] = DB_TEXT(buf_str(&keys));
	rc = db_query(c->db, sql_unique, p, 2, &res, err);
	if (rc == ERR_OK)
		w->has_unique = strcmp(db_result_at(res, 0, 0), "0") != 0;
	db_result_free(res);
	buf_release(&keys);
	return rc;
}

enum err_code pg_upsert_open(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	struct buf sql;
	enum err_code rc = find_keys(c, err);

	if (rc == ERR_OK)
		rc = find_unique(c, err);
	if (rc != ERR_OK)
		return rc;
	buf_init(&sql, 1u << 20);
	buf_adds(&sql, "create temp table leat_stage (leat_ord bigint, leat_src bytea");
	for (int i = 0; i < w->nouts; i++)
		buf_addf(&sql, ", %s %s", w->out[i].col->quoted, w->out[i].col->stage_type);
	buf_adds(&sql, ") on commit drop; alter table " STAGE
		 " alter column leat_src set storage external");
	rc = db_exec(c->db, buf_str(&sql), err);
	buf_release(&sql);
	if (rc == ERR_DENIED)
		err_hint(err, "Upsert needs temporary tables: GRANT TEMPORARY ON DATABASE ... TO"
			 " the login.");
	if (rc != ERR_OK)
		return err_wrap(err, rc, "creating a staging table");
	w->way = WAY_MERGE;
	w->dest = STAGE;
	w->dest_cols = arena_printf(c->mem, "leat_ord, leat_src, %s", w->cols);
	w->keys_ascend = true;
	pg_peek_init(c);
	return ERR_OK;
}

/* ---- rows on their way in --------------------------------------------------- */

/* The value of a key that is a whole number, whichever way the column holds it. */
static bool int_key(const struct column *col, uint32_t row, int64_t *out)
{
	const struct slice *s = &col->v.text[row];
	uint32_t half;
	uint64_t full;

	if (col->pg_oid == 0 && col->type == TYPE_INT) {
		*out = col->v.i64[row];
		return true;
	}
	if (col->pg_oid == PG_INT8 && s->n == 8) {
		memcpy(&full, s->p, 8);
		*out = (int64_t)__builtin_bswap64(full);
		return true;
	}
	if (col->pg_oid == PG_INT4 && s->n == 4) {
		memcpy(&half, s->p, 4);
		*out = (int32_t)__builtin_bswap32(half);
		return true;
	}
	return false;
}

bool pg_upsert_key(struct pg_conn *c, const struct pg_block *blk, uint32_t row)
{
	struct pg_writer *w = &c->w;
	int64_t v = 0;

	for (int k = 0; k < w->nkeys; k++)
		if (blk->rows.col[w->key[k]->field].null[row])
			return false;
	/* Keys in order, as sources often have them, cannot repeat. */
	if (!w->keys_ascend)
		return true;
	if (w->nkeys == 1 && int_key(&blk->rows.col[w->key[0]->field], row, &v) &&
	    (!w->has_last_key || v > w->last_key)) {
		w->last_key = v;
		w->has_last_key = true;
	} else {
		w->keys_ascend = false;
	}
	return true;
}

enum err_code pg_upsert_refuse_key(struct pg_conn *c, const struct pg_block *blk, uint32_t row,
				   struct err *err)
{
	struct pg_writer *w = &c->w;
	const struct row_at *at = &blk->rows.at[row];
	struct pg_origin from = { at->row, at->line, at->offset, w->last_part, at->raw };
	struct pg_fault f = { .sqlstate = "LEAT1",
			      .message = "is part of the key and has no value" };
	enum err_code rc;

	for (int k = w->nkeys - 1; k >= 0; k--)
		if (blk->rows.col[w->key[k]->field].null[row])
			f.column = w->key[k]->col->name;
	w->taken++;
	rc = pg_refuse(c, &from, &f, err);
	arena_reset(w->scratch);
	return rc;
}

/* ---- the pieces of SQL --------------------------------------------------------- */

static bool is_key_col(const struct pg_writer *w, const struct pg_col *col)
{
	for (int k = 0; k < w->nkeys; k++)
		if (w->key[k]->col == col)
			return true;
	return false;
}

/* Columns that an update may set. */
static bool is_set(const struct pg_writer *w, const struct pg_col *col)
{
	return !is_key_col(w, col) && !col->is_always;
}

/* t."k" = s."k" and ... */
static void add_match(struct buf *sql, const struct pg_writer *w)
{
	for (int k = 0; k < w->nkeys; k++)
		buf_addf(sql, "%st.%s = s.%s", k > 0 ? " and " : "", w->key[k]->col->quoted,
			 w->key[k]->col->quoted);
}

/* (t."a" is distinct from x."a" or ...); false when there is nothing to set. */
static void add_differs(struct buf *sql, const struct pg_writer *w, const char *x)
{
	const char *sep = "(";

	for (int i = 0; i < w->nouts; i++) {
		const struct pg_col *col = w->out[i].col;
		const char *cast = col->is_loose    ? "::text collate pg_catalog.\"C\""
				 : !col->has_equal ? "::text" : "";

		if (!is_set(w, col))
			continue;
		buf_addf(sql, "%st.%s%s is distinct from %s.%s%s", sep, col->quoted, cast, x,
			 col->quoted, cast);
		sep = " or ";
	}
	buf_adds(sql, sep[0] == '(' ? "false" : ")");
}

static void add_set(struct buf *sql, const struct pg_writer *w, const char *x)
{
	const char *sep = "";

	for (int i = 0; i < w->nouts; i++) {
		const struct pg_col *col = w->out[i].col;

		if (!is_set(w, col))
			continue;
		buf_addf(sql, "%s%s = %s.%s", sep, col->quoted, x, col->quoted);
		sep = ", ";
	}
}

static bool sets_something(const struct pg_writer *w)
{
	for (int i = 0; i < w->nouts; i++)
		if (is_set(w, w->out[i].col))
			return true;
	return false;
}

/* Where rows are found again by key; else by their place (note_places()). */
static bool finds_by_key(const struct pg_writer *w)
{
	return w->has_unique || w->rel.kind == 'v' || w->rel.kind == 'f';
}

static const char *overriding(const struct pg_writer *w)
{
	for (int i = 0; i < w->nouts; i++)
		if (w->out[i].col->is_always)
			return " overriding system value";
	return "";
}

static void add_values(struct buf *sql, const struct pg_writer *w)
{
	for (int i = 0; i < w->nouts; i++)
		buf_addf(sql, "%ss.%s", i > 0 ? ", " : "", w->out[i].col->quoted);
}

static void add_conflict(struct buf *sql, const struct pg_writer *w)
{
	if (!w->has_unique)
		return;
	buf_adds(sql, " on conflict (");
	for (int k = 0; k < w->nkeys; k++)
		buf_addf(sql, "%s%s", k > 0 ? ", " : "", w->key[k]->col->quoted);
	if (!sets_something(w)) {
		buf_adds(sql, ") do nothing");
		return;
	}
	buf_adds(sql, ") do update set ");
	add_set(sql, w, "excluded");
	buf_adds(sql, " where ");
	add_differs(sql, w, "excluded");
}

/* One statement does it all where a matched row can only be one: MERGE. */
static void merge_sql(struct buf *sql, const struct pg_writer *w)
{
	buf_addf(sql, "merge into %s t using " STAGE " s on ", w->rel.quoted);
	add_match(sql, w);
	if (sets_something(w)) {
		buf_adds(sql, " when matched and ");
		add_differs(sql, w, "s");
		buf_adds(sql, " then update set ");
		add_set(sql, w, "s");
	}
	buf_addf(sql, " when not matched then insert (%s)%s values (", w->cols, overriding(w));
	add_values(sql, w);
	buf_adds(sql, ")");
}

/*
 * Counts staged rows, not rows of the target: without a unique index one
 * staged row may meet several. `where` limits s; `match` joins t and s.
 */
static void update_sql(struct buf *sql, const struct pg_writer *w, const char *from,
		       const char *where, const char *match)
{
	buf_addf(sql, "with u as (update %s t set ", w->rel.quoted);
	add_set(sql, w, "s");
	buf_addf(sql, " from " STAGE " s%s where %s%s and ", from, where, match);
	add_differs(sql, w, "s");
	buf_adds(sql, " returning s.leat_ord) select count(distinct leat_ord) from u");
}

static void insert_sql(struct buf *sql, const struct pg_writer *w, const char *where,
		       const char *absent)
{
	buf_addf(sql, "insert into %s as t (%s)%s select ", w->rel.quoted, w->cols, overriding(w));
	add_values(sql, w);
	buf_addf(sql, " from " STAGE " s where %snot exists (%s) order by s.leat_ord", where,
		 absent);
	add_conflict(sql, w);
}

/* ---- merging --------------------------------------------------------------------- */

/* Of the rows of one key the last stays. */
static enum err_code drop_superseded(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	struct db_result *res = NULL;
	enum err_code rc;
	struct buf sql;

	if (w->keys_ascend)
		return ERR_OK;
	buf_init(&sql, 1u << 20);
	buf_adds(&sql, "delete from " STAGE " s using (select ");
	for (int k = 0; k < w->nkeys; k++)
		buf_addf(&sql, "%s, ", w->key[k]->col->quoted);
	buf_adds(&sql, "max(leat_ord) as leat_last from " STAGE " group by ");
	for (int k = 0; k < w->nkeys; k++)
		buf_addf(&sql, "%s%s", k > 0 ? ", " : "", w->key[k]->col->quoted);
	buf_adds(&sql, " having count(*) > 1) t where ");
	add_match(&sql, w);
	buf_adds(&sql, " and s.leat_ord < t.leat_last");
	rc = db_query(c->db, buf_str(&sql), NULL, 0, &res, err);
	if (rc == ERR_OK)
		w->superseded = db_result_affected(res);
	db_result_free(res);
	buf_release(&sql);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "looking for rows of the same key");
}

/*
 * Rows of the target that are newer stay. Loads of one pipeline never overlap; what others
 * write between this look and the merge is overwritten as by any load.
 */
static enum err_code drop_older(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	const struct pg_col *col = NULL;
	struct db_result *res = NULL;
	enum err_code rc;
	struct buf sql;

	for (int i = 0; i < w->nouts && w->spec.newer != NULL; i++)
		if (strcmp(w->out[i].col->name, w->spec.newer) == 0)
			col = w->out[i].col;
	if (col == NULL)
		return ERR_OK;
	buf_init(&sql, 1u << 20);
	buf_addf(&sql, "delete from " STAGE " s using %s t where ", w->rel.quoted);
	add_match(&sql, w);
	buf_addf(&sql, " and t.%s is not null and (s.%s is null or t.%s > s.%s)", col->quoted,
		 col->quoted, col->quoted, col->quoted);
	rc = db_query(c->db, buf_str(&sql), NULL, 0, &res, err);
	if (rc == ERR_OK)
		w->superseded += db_result_affected(res);
	db_result_free(res);
	buf_release(&sql);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "looking for rows that are newer");
}

/* Memory for the joins: twice the staging table, within what a server can spare. */
static enum err_code give_memory(struct pg_conn *c, struct err *err)
{
	return pg_run(c, err, "select pg_catalog.set_config('work_mem', greatest("
		      "pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) / 1024,"
		      " least(2 * pg_catalog.pg_relation_size('" STAGE "') / 1024 + 4096, 262144))"
		      "::text, true)");
}

static enum err_code run_count(struct pg_conn *c, const struct buf *sql, bool by_value,
			       int64_t *sum, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(c->db, buf_str(sql), NULL, 0, &res, err);

	if (rc == ERR_OK)
		*sum += by_value ? db_result_int8(res, 0, "count") : db_result_affected(res);
	db_result_free(res);
	return rc;
}

static bool can_merge(const struct pg_conn *c)
{
	const struct pg_writer *w = &c->w;

	return w->has_unique && (w->rel.kind == 'r' || w->rel.kind == 'p') &&
	       db_server_version(c->db) >= 150000;
}

/* Update what differs, insert what is new, over the whole staging table. */
static enum err_code merge_all(struct pg_conn *c, int64_t *written, struct err *err)
{
	struct pg_writer *w = &c->w;
	struct buf sql, match, absent;
	enum err_code rc = ERR_OK;

	*written = 0;
	buf_init(&sql, 4u << 20);
	if (can_merge(c)) {
		merge_sql(&sql, w);
		rc = run_count(c, &sql, false, written, err);
		buf_release(&sql);
		return rc;
	}
	buf_init(&match, 1u << 20);
	buf_init(&absent, 1u << 20);
	add_match(&match, w);
	buf_addf(&absent, "select from %s t where %s", w->rel.quoted, buf_str(&match));
	if (sets_something(w)) {
		update_sql(&sql, w, "", "", buf_str(&match));
		rc = run_count(c, &sql, true, written, err);
	}
	buf_clear(&sql);
	insert_sql(&sql, w, "", buf_str(&absent));
	if (rc == ERR_OK)
		rc = run_count(c, &sql, false, written, err);
	buf_release(&sql);
	buf_release(&match);
	buf_release(&absent);
	return rc;
}

/*
 * What a sweep runs for a range. Where no index helps to find the target's
 * rows, their places were noted beforehand; the lock keeps them true.
 */
static void sweep_work(struct buf *work, const struct pg_writer *w)
{
	static const char range[] = "s.leat_ord between leat_lo and leat_hi and ";
	struct buf sql, match, absent;

	buf_init(&sql, 4u << 20);
	buf_init(&match, 1u << 20);
	buf_init(&absent, 1u << 20);
	if (finds_by_key(w)) {
		add_match(&match, w);
		buf_addf(&absent, "select from %s t where %s", w->rel.quoted, buf_str(&match));
	} else {
		buf_adds(&match, "m.leat_ord = s.leat_ord and t.ctid = m.leat_tid"
			 " and t.tableoid = m.leat_rel");
		buf_adds(&absent, "select from pg_temp.leat_place m where m.leat_ord = s.leat_ord");
	}
	buf_adds(work, "leat_k := 0; ");
	if (sets_something(w)) {
		update_sql(&sql, w, finds_by_key(w) ? "" : ", pg_temp.leat_place m", range,
			   buf_str(&match));
		buf_addf(work, "%s into leat_k; ", buf_str(&sql));
	}
	buf_clear(&sql);
	insert_sql(&sql, w, range, buf_str(&absent));
	buf_addf(work, "declare leat_i bigint; begin %s;"
		 " get diagnostics leat_i = row_count; leat_k := leat_k + leat_i; end;",
		 buf_str(&sql));
	buf_release(&sql);
	buf_release(&match);
	buf_release(&absent);
}

static enum err_code note_places(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	struct buf match;
	enum err_code rc;

	if (finds_by_key(w))
		return ERR_OK;
	buf_init(&match, 1u << 20);
	add_match(&match, w);
	rc = pg_run(c, err, "create temp table leat_place on commit drop as"
		    " select s.leat_ord, t.ctid as leat_tid, t.tableoid as leat_rel"
		    " from " STAGE " s join %s t on %s;"
		    " create index on pg_temp.leat_place (leat_ord); analyze pg_temp.leat_place",
		    w->rel.quoted, buf_str(&match));
	buf_release(&match);
	return rc;
}

/* leat_src back into what it was made of by put_staged(). */
static enum err_code refuse_staged(struct pg_conn *c, const struct db_result *bad, int i,
				   struct err *err)
{
	struct arena *mem = c->w.scratch;
	const char *hex = db_result_text(bad, i, "src");
	size_t n = hex != NULL ? (strlen(hex) - 2) / 2 : 0;
	unsigned char *p = arena_bytes(mem, n + 1);
	struct pg_origin at = { .part = "" };
	struct pg_fault f;
	uint64_t word[3];
	uint32_t part_len;
	int64_t ord;

	for (size_t k = 0; k < n; k++) {
		const char *d = hex + 2 + 2 * k;

		p[k] = (unsigned char)((d[0] <= '9' ? d[0] - '0' : d[0] - 'a' + 10) << 4 |
				       (d[1] <= '9' ? d[1] - '0' : d[1] - 'a' + 10));
	}
	pg_sweep_fault(mem, bad, i, &f, &ord);
	if (n >= PG_SRC_HEAD) {
		memcpy(word, p, sizeof(word));
		memcpy(&part_len, p + sizeof(word), 4);
		part_len = __builtin_bswap32(part_len);
		at.row = (int64_t)__builtin_bswap64(word[0]);
		at.line = (int64_t)__builtin_bswap64(word[1]);
		at.offset = (int64_t)__builtin_bswap64(word[2]);
		at.part = arena_strndup(mem, (char *)p + PG_SRC_HEAD, part_len);
		at.raw = (struct slice){ (char *)p + PG_SRC_HEAD + part_len,
					 n - PG_SRC_HEAD - part_len };
	}
	return pg_refuse(c, &at, &f, err);
}

static enum err_code merge_swept(struct pg_conn *c, int64_t *written, struct err *err)
{
	struct pg_sweep sweep = { .n = c->w.ord, .first_step = 1024, .wants_src = true };
	struct db_result *bad = NULL;
	struct buf work;
	enum err_code rc;

	rc = note_places(c, err);
	/* Ranges are small: whatever the planner guesses, it must take the indexes. */
	if (rc == ERR_OK)
		rc = db_exec(c->db, "create index on " STAGE " (leat_ord); analyze " STAGE ";"
			     " set local enable_seqscan = off; set local enable_hashjoin = off;"
			     " set local enable_mergejoin = off", err);
	if (rc != ERR_OK)
		return rc;
	buf_init(&work, 8u << 20);
	sweep_work(&work, &c->w);
	sweep.work = buf_str(&work);
	rc = pg_sweep(c, &sweep, written, &bad, err);
	buf_release(&work);
	for (int i = 0; rc == ERR_OK && i < db_result_rows(bad); i++) {
		rc = refuse_staged(c, bad, i, err);
		arena_reset(c->w.scratch);
	}
	db_result_free(bad);
	return rc;
}

static enum err_code merge(struct pg_conn *c, int64_t *written, struct err *err)
{
	enum err_code rc = pg_savepoint(c, err);

	if (rc == ERR_OK && FAULT("pg-merge"))
		rc = err_set(err, ERR_TRANSIENT, "merging failed (fault)");
	if (rc == ERR_OK)
		rc = merge_all(c, written, err);
	if (rc == ERR_OK || db_is_broken(c->db) || rc == ERR_INTERRUPTED ||
	    !pg_is_row_fault(&c->w.rel, db_last_fault(c->db)->sqlstate))
		return rc;
	err_clear(err);
	rc = db_exec(c->db, "rollback to savepoint leat", err);
	return rc == ERR_OK ? merge_swept(c, written, err) : rc;
}

enum err_code pg_upsert_finish(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	int64_t staged = w->stored, refused = w->refused, written = 0;
	enum err_code rc;

	pg_peek_stop(c);
	w->written = 0;
	w->unchanged = w->peek.same;
	if (staged == 0)
		return ERR_OK;
	rc = give_memory(c, err);
	if (rc == ERR_OK)
		rc = drop_superseded(c, err);
	if (rc == ERR_OK && !w->has_unique && w->rel.kind != 'v' && w->rel.kind != 'f')
		rc = pg_run(c, err, "lock table %s in share row exclusive mode", w->rel.quoted);
	if (rc == ERR_OK)
		rc = drop_older(c, err);
	if (rc == ERR_OK)
		rc = merge(c, &written, err);
	if (rc != ERR_OK)
		return err_wrap(err, rc, "merging into %s", w->rel.quoted);
	w->written = written;
	w->unchanged += staged - w->superseded - (w->refused - refused) - written;
	return ERR_OK;
}
