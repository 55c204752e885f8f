/*
 * connectors/postgres/pg_target.c
 *	The target as it is or as it has to be made, and which field goes into which column.
 */
#include <string.h>

#include "connectors/postgres/pg.h"

/* Classes of advisory locks. */
#define MAKER_OF_TABLE  20261121
#define MAKER_OF_SCHEMA 20261122

static bool is_key(const struct write_spec *spec, const char *name)
{
	for (int i = 0; i < spec->nkeys; i++)
		if (strcmp(spec->key[i], name) == 0)
			return true;
	return false;
}

/*
 * Makers of one thing go one after the other, each to the end of its load: two at once
 * would collide in the catalogue. Whoever had to wait looks again.
 */
static enum err_code wait_for_makers(struct pg_conn *c, const char *schema, const char *table,
				     struct err *err)
{
	struct db_param p[] = { DB_INT8(table != NULL ? MAKER_OF_TABLE : MAKER_OF_SCHEMA),
				DB_TEXT(schema), DB_TEXT(table) };
	enum err_code rc;

	db_set_deadline(c->db, -1);
	rc = db_query(c->db, "select pg_catalog.pg_advisory_xact_lock($1::integer,"
		      " pg_catalog.hashtext(pg_catalog.concat_ws('.', coalesce($2::text,"
		      " pg_catalog.current_schema()), $3::text)))", p, 3, NULL, err);
	db_set_deadline(c->db, 0);
	return rc;
}

/* Looked at when the load began; it may have gone since. */
static enum err_code make_schema(struct pg_conn *c, struct arena *mem, const char *schema,
				 struct err *err)
{
	char *quoted;
	enum err_code rc = quote_ident(mem, schema, &quoted, err);
	bool is_there = false;

	if (rc == ERR_OK)
		rc = pg_schema_check(c, mem, schema, c->w.spec.create_schema, &is_there, err);
	if (rc == ERR_OK && !is_there)
		rc = wait_for_makers(c, schema, NULL, err);
	if (rc == ERR_OK && !is_there)
		rc = pg_schema_check(c, mem, schema, c->w.spec.create_schema, &is_there, err);
	if (rc != ERR_OK || is_there)
		return rc;
	rc = pg_run(c, err, "create schema %s", quoted);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "creating schema %s", quoted);
}

static enum err_code add_column_sql(struct arena *mem, const struct write_spec *spec,
				    const struct field *f, struct buf *sql, struct err *err)
{
	char *quoted;
	enum err_code rc = quote_ident(mem, f->name, &quoted, err);

	if (rc == ERR_OK)
		buf_addf(sql, "%s %s%s", quoted, pg_type_sql(mem, &f->type),
			 f->is_required || is_key(spec, f->name) ? " not null" : "");
	return rc;
}

static enum err_code table_sql(struct arena *mem, const struct write_spec *spec,
			       const char *quoted, struct buf *sql, struct err *err)
{
	enum err_code rc = ERR_OK;

	buf_addf(sql, "create table %s (", quoted);
	for (int i = 0; i < spec->fields->nfields && rc == ERR_OK; i++) {
		buf_adds(sql, i > 0 ? ", " : "");
		rc = add_column_sql(mem, spec, &spec->fields->field[i], sql, err);
	}
	for (int i = 0; i < spec->nkeys && rc == ERR_OK; i++) {
		char *key;

		rc = quote_ident(mem, spec->key[i], &key, err);
		if (rc == ERR_OK)
			buf_addf(sql, "%s%s%s", i == 0 ? ", primary key (" : ", ", key,
				 i == spec->nkeys - 1 ? ")" : "");
	}
	buf_adds(sql, ")");
	return rc;
}

static enum err_code make_table(struct pg_conn *c, struct arena *mem, struct err *err)
{
	const struct write_spec *spec = &c->w.spec;
	const char *schema, *table;
	struct buf sql;
	char *quoted;
	enum err_code rc = quote_split(mem, spec->stream, &schema, &table, err);

	if (rc == ERR_OK)
		rc = quote_table(mem, schema, table, &quoted, err);
	if (rc == ERR_OK && schema != NULL)
		rc = make_schema(c, mem, schema, err);
	if (rc != ERR_OK)
		return rc;
	buf_init(&sql, 8u << 20);
	rc = table_sql(mem, spec, quoted, &sql, err);
	if (rc == ERR_OK)
		rc = db_exec(c->db, buf_str(&sql), err);
	buf_release(&sql);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "creating table %s", quoted);
}

static enum err_code find_or_make(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	const char *schema, *table;
	enum err_code rc = pg_rel_load(c->db, c->mem, w->spec.stream, &w->rel, err);

	if (rc != ERR_NOT_FOUND)
		return rc;
	if (!w->spec.may_create) {
		err_hint(err, "Create the table first, or let the load create it.");
		return rc;
	}
	err_clear(err);
	rc = quote_split(c->mem, w->spec.stream, &schema, &table, err);
	if (rc == ERR_OK)
		rc = wait_for_makers(c, schema, table, err);
	if (rc == ERR_OK)
		rc = pg_rel_load(c->db, c->mem, w->spec.stream, &w->rel, err);
	if (rc != ERR_NOT_FOUND)
		return rc;
	err_clear(err);
	rc = make_table(c, c->mem, err);
	w->is_new = rc == ERR_OK;
	if (rc == ERR_OK)
		rc = pg_rel_load(c->db, c->mem, w->spec.stream, &w->rel, err);
	return rc;
}

static enum err_code check_kind(struct pg_conn *c, struct err *err)
{
	const struct pg_rel *rel = &c->w.rel;
	int64_t may = 1;
	enum err_code rc;

	if (rel->kind == 'm')
		return err_set(err, ERR_CONFIG, "%s is a materialized view: only its query fills"
			       " it", rel->quoted);
	if (!rel->can_insert) {
		err_set(err, ERR_CONFIG, "view %s cannot be written", rel->quoted);
		err_hint(err, "Load into the table behind it, or give the view an INSTEAD OF"
			 " trigger.");
		return ERR_CONFIG;
	}
	if (rel->kind != 'r' && rel->kind != 'p' && c->w.spec.mode == MODE_REPLACE)
		return err_set(err, ERR_CONFIG, "%s is not a table: it cannot be replaced",
			       rel->quoted);
	rc = pg_count(c, &may, err, "select"
		      " pg_catalog.has_any_column_privilege(%lu, 'insert')::int",
		      (unsigned long)rel->oid);
	if (rc == ERR_OK && may == 0)
		rc = err_set(err, ERR_DENIED, "this login may not insert into %s", rel->quoted);
	return rc;
}

/* Fields that the target lacks, as the policy says. */
static enum err_code settle_drift(struct pg_conn *c, bool *added, struct err *err)
{
	struct pg_writer *w = &c->w;
	enum err_code rc = ERR_OK;
	struct buf sql;

	buf_init(&sql, 8u << 20);
	for (int i = 0; i < w->spec.fields->nfields && rc == ERR_OK; i++) {
		const struct field *f = &w->spec.fields->field[i];

		if (pg_rel_find(&w->rel, f->name) != NULL || w->spec.drift == DRIFT_IGNORE)
			continue;
		if (w->spec.drift == DRIFT_FAIL) {
			rc = err_set(err, ERR_CONFLICT, "%s has no column %s", w->rel.quoted,
				     f->name);
			err_hint(err, "Add the column, leave the field out of the mapping, or"
				 " choose another drift policy (add, ignore).");
			break;
		}
		buf_adds(&sql, sql.len > 0 ? ", add column " : "add column ");
		/* A table with rows has nothing to put there. */
		rc = add_column_sql(c->mem, &w->spec,
				    &(struct field){ .name = f->name, .type = f->type }, &sql, err);
	}
	*added = sql.len > 0;
	if (rc == ERR_OK && *added) {
		rc = pg_run(c, err, "alter table %s %s", w->rel.quoted, buf_str(&sql));
		if (rc != ERR_OK)
			rc = err_wrap(err, rc, "adding columns to %s", w->rel.quoted);
	}
	buf_release(&sql);
	return rc;
}

static enum err_code match_fields(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	const struct schema *fields = w->spec.fields;

	w->out = arena_array(c->mem, (size_t)fields->nfields, sizeof(*w->out));
	for (int i = 0; i < fields->nfields; i++) {
		const struct pg_col *col = pg_rel_find(&w->rel, fields->field[i].name);

		if (col == NULL)
			continue;
		if (col->is_generated) {
			err_set(err, ERR_CONFIG, "column %s of %s is generated by the database and"
				" cannot be written", col->name, w->rel.quoted);
			err_hint(err, "Leave it out of the mapping.");
			return ERR_CONFIG;
		}
		w->out[w->nouts++] = (struct pg_out){ col, i };
	}
	if (w->nouts == 0)
		return err_set(err, ERR_CONFIG, "no field is left that %s has a column for",
			       w->rel.quoted);
	return ERR_OK;
}

static enum err_code check_required(struct pg_conn *c, struct err *err)
{
	const struct pg_writer *w = &c->w;

	/* Triggers behind a view or a row policy may fill what they like. */
	for (int i = 0; i < w->rel.ncols && w->rel.kind != 'v'; i++) {
		const struct pg_col *col = &w->rel.col[i];
		bool filled = !col->is_required;

		for (int o = 0; o < w->nouts && !filled; o++)
			filled = w->out[o].col == col;
		if (!filled) {
			err_set(err, ERR_CONFIG, "column %s of %s must have a value and no field is"
				" mapped to it", col->name, w->rel.quoted);
			err_hint(err, "Map a field to it, or give the column a default.");
			return ERR_CONFIG;
		}
	}
	return ERR_OK;
}

static const char *column_list(struct arena *mem, const struct pg_writer *w)
{
	struct buf b;
	const char *out;

	buf_init(&b, 1u << 20);
	for (int i = 0; i < w->nouts; i++)
		buf_addf(&b, "%s%s", i > 0 ? ", " : "", w->out[i].col->quoted);
	out = arena_strdup(mem, buf_str(&b));
	buf_release(&b);
	return out;
}

static void choose_format(struct pg_writer *w)
{
	for (int i = 0; i < w->nouts; i++) {
		struct column plain = {
			.type = w->spec.fields->field[w->out[i].field].type.type,
		};

		if (pgbin_writer(&plain, w->out[i].col->base_oid) == NULL)
			w->is_text = true;
	}
}

enum err_code pg_target_open(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	bool added = false;
	enum err_code rc = find_or_make(c, err);

	if (rc == ERR_OK)
		rc = check_kind(c, err);
	if (rc == ERR_OK)
		rc = settle_drift(c, &added, err);
	w->is_altered = added;
	if (rc == ERR_OK && added)
		rc = pg_rel_load(c->db, c->mem, w->spec.stream, &w->rel, err);
	if (rc == ERR_OK)
		rc = match_fields(c, err);
	if (rc == ERR_OK)
		rc = check_required(c, err);
	if (rc != ERR_OK)
		return rc;
	choose_format(w);
	w->cols = w->dest_cols = column_list(c->mem, w);
	w->dest = w->real = w->rel.quoted;
	w->way = WAY_DIRECT;
	/* COPY goes neither into views nor into tables whose policies bind this login. */
	if (w->rel.kind == 'v' || w->rel.has_policies) {
		w->way = WAY_STAGE;
		w->dest = "pg_temp.leat_trial";
	}
	return ERR_OK;
}
