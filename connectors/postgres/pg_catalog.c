/*
 * connectors/postgres/pg_catalog.c
 *	Reads the catalogue: which relations there are, and what their columns hold.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/postgres/pg.h"

/* Rows of streams(): people choose from them, so system schemas stay out. */
static const char sql_streams[] =
	"select n.nspname, c.relname, c.relkind::text as kind,"
	" case when c.relkind in ('v', 'f') then -1 else c.reltuples::int8 end as rows,"
	" case when c.relkind in ('r', 'm') then pg_catalog.pg_relation_size(c.oid) else -1 end"
	"  as bytes,"
	" case when c.relpersistence = 'u' then 'unlogged' end as note"
	" from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
	" where c.relkind in ('r', 'v', 'm', 'f', 'p') and not c.relispartition"
	" and n.nspname not in ('pg_catalog', 'information_schema', '_leat')"
	" and n.nspname !~ '^pg_(toast|temp)'"
	" and pg_catalog.has_table_privilege(c.oid, 'select')"
	" order by 1, 2";

static const char sql_rel[] =
	"select c.oid::int8 as oid, n.nspname, c.relname, c.relkind::text as kind,"
	" c.relhassubclass and c.relkind = 'r' as has_children, c.relispartition,"
	" c.reltuples::float8 as rows, pg_catalog.row_security_active(c.oid) as has_policies,"
	" c.relkind not in ('v', 'm') or pg_catalog.pg_relation_is_updatable(c.oid, true) & 8 <> 0"
	"  as can_insert"
	" from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
	" where c.oid = pg_catalog.to_regclass($1)";

/*
 * Domains are followed down to their base type, whose binary form they share;
 * an enum's binary form is its label.
 */
#define COL_FIELDS \
	" a.attname, b.base::int8 as base, b.typmod::int8 as typmod, b.typtype::text as typtype," \
	" pg_catalog.format_type(a.atttypid, a.atttypmod) as native," \
	" pg_catalog.format_type(b.base, b.typmod) as stage_type," \
	" pg_catalog.format_type(b.base, -1) as loose_type"
#define COL_BASE \
	" cross join lateral (with recursive d(base, typmod, typtype, next, level, not_null) as (" \
	"  select t.oid, a.atttypmod, t.typtype, t.typbasetype, 0, t.typnotnull from pg_catalog.pg_type t" \
	"   where t.oid = a.atttypid" \
	"  union all select t.oid, case when d.typmod >= 0 then d.typmod else dt.typtypmod end," \
	"   t.typtype, t.typbasetype, d.level + 1, d.not_null or t.typnotnull" \
	"   from d join pg_catalog.pg_type dt on dt.oid = d.base" \
	"   join pg_catalog.pg_type t on t.oid = d.next where d.typtype = 'd' and d.level < 32)" \
	"  select * from d order by level desc limit 1) b"

static const char sql_cols[] =
	"select" COL_FIELDS ","
	" a.attnotnull or (c.relkind = 'r' and b.not_null) as not_null,"
	/* A domain looks at a value before any trigger; a column behind those of its table. */
	" b.not_null or (a.attnotnull and c.relkind in ('r', 'p') and not exists (select"
	"  from pg_catalog.pg_trigger t where (t.tgrelid = c.oid or t.tgrelid in (select relid"
	"   from pg_catalog.pg_partition_tree(c.oid))) and t.tgtype & 7 = 7"
	"  and t.tgenabled in ('O', 'A'))) as refuses_null,"
	" (a.atthasdef and a.attgenerated = '') or a.attidentity <> ''"
	"  or exists (select from pg_catalog.pg_type t where t.oid = a.atttypid"
	"  and t.typdefault is not null) as has_default,"
	" a.attgenerated <> '' as is_generated, a.attidentity <> '' as is_identity,"
	" a.attidentity = 'a' as is_always,"
	" exists (select from pg_catalog.pg_collation l where l.oid = a.attcollation"
	"  and not l.collisdeterministic) as is_loose,"
	" exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary"
	"  and a.attnum = any (i.indkey::int2[])) as is_key"
	" from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid"
	COL_BASE
	" where c.oid = $1::pg_catalog.oid and a.attnum > 0 and not a.attisdropped"
	" order by a.attnum";

/* $1: array of the OIDs that the query's columns have. */
static const char sql_query_cols[] =
	"select" COL_FIELDS ", false as not_null, false as refuses_null, false as has_default,"
	" false as is_generated, false as is_identity, false as is_always, false as is_loose,"
	" false as is_key"
	" from (select ''::text as attname, u.oid as atttypid, -1 as atttypmod, u.n"
	"  from pg_catalog.unnest($1::pg_catalog.oid[]) with ordinality u(oid, n)) a"
	COL_BASE
	" order by a.n";

struct type_spec pg_type_of(uint32_t oid, int32_t typmod)
{
	struct type_spec t = { .type = TYPE_TEXT, .pg_oid = oid };

	switch (oid) {
	case PG_BOOL: t.type = TYPE_BOOL; break;
	case PG_INT2: t.type = TYPE_INT; t.bytes = 2; break;
	case PG_INT4: t.type = TYPE_INT; t.bytes = 4; break;
	case PG_INT8: t.type = TYPE_INT; t.bytes = 8; break;
	case PG_FLOAT4: t.type = TYPE_FLOAT; t.bytes = 4; break;
	case PG_FLOAT8: t.type = TYPE_FLOAT; t.bytes = 8; break;
	case PG_BYTEA: t.type = TYPE_BYTES; break;
	case PG_DATE: t.type = TYPE_DATE; break;
	case PG_TIME: t.type = TYPE_TIME; break;
	case PG_TIMESTAMP: t.type = TYPE_TIMESTAMP; break;
	case PG_TIMESTAMPTZ: t.type = TYPE_TIMESTAMPTZ; break;
	case PG_UUID: t.type = TYPE_UUID; break;
	case PG_JSON: case PG_JSONB: t.type = TYPE_JSON; break;
	case PG_NUMERIC:
		t.type = TYPE_DECIMAL;
		if (typmod >= 4) {	/* precision, and 11 bits of signed scale */
			t.precision = ((typmod - 4) >> 16) & 0xffff;
			t.scale = (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
		}
		break;
	case PG_VARCHAR: case PG_BPCHAR:
		if (typmod >= 4)
			t.max_chars = typmod - 4;
		break;
	default:
		break;
	}
	return t;
}

const char *pg_type_sql(struct arena *mem, const struct type_spec *t)
{
	switch (t->type) {
	case TYPE_BOOL: return "boolean";
	case TYPE_INT: return t->bytes == 2 ? "smallint" : t->bytes == 4 ? "integer" : "bigint";
	case TYPE_FLOAT: return t->bytes == 4 ? "real" : "double precision";
	case TYPE_DECIMAL:
		if (t->precision > 0)
			return arena_printf(mem, "numeric(%d,%d)", t->precision, t->scale);
		return "numeric";
	case TYPE_BYTES: return "bytea";
	case TYPE_DATE: return "date";
	case TYPE_TIME: return "time";
	case TYPE_TIMESTAMP: return "timestamp";
	case TYPE_TIMESTAMPTZ: return "timestamptz";
	case TYPE_UUID: return "uuid";
	case TYPE_JSON: return t->pg_oid == PG_JSON ? "json" : "jsonb";
	case TYPE_TEXT: case TYPE_COUNT:
		break;
	}
	if (t->max_chars > 0)
		return arena_printf(mem, "varchar(%d)", t->max_chars);
	return "text";
}

/* Types whose binary form leat knows; others travel as text. */
static bool is_known(uint32_t oid)
{
	static const uint32_t known[] = {
		PG_BOOL, PG_BYTEA, PG_NAME, PG_INT8, PG_INT2, PG_INT4, PG_TEXT, PG_JSON,
		PG_FLOAT4, PG_FLOAT8, PG_BPCHAR, PG_VARCHAR, PG_DATE, PG_TIME, PG_TIMESTAMP,
		PG_TIMESTAMPTZ, PG_NUMERIC, PG_UUID, PG_JSONB,
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == oid)
			return true;
	return false;
}

/* A month equals 30 days. */
#define OID_INTERVAL 1186

/* json, xml and the geometric types have no equality; of foreign types one cannot tell. */
static bool has_equal(uint32_t oid, bool is_enum)
{
	return is_enum || (oid < 16384 && oid != PG_JSON && oid != 142 &&
			   !(oid >= 600 && oid <= 604) && oid != 628 && oid != 718);
}

static enum err_code take_col(struct arena *mem, const struct db_result *res, int row,
			      struct pg_col *out, struct err *err)
{
	const char *typtype = db_result_text(res, row, "typtype");
	bool is_enum = typtype != NULL && typtype[0] == 'e';
	bool not_null = db_result_bool(res, row, "not_null");
	char *quoted = NULL;

	*out = (struct pg_col){
		.name = arena_strdup(mem, db_result_text(res, row, "attname")),
		.base_oid = (uint32_t)db_result_int8(res, row, "base"),
		.typmod = (int32_t)db_result_int8(res, row, "typmod"),
		.native = arena_strdup(mem, db_result_text(res, row, "native")),
		.stage_type = arena_strdup(mem, db_result_text(res, row, "stage_type")),
		.loose_type = arena_strdup(mem, db_result_text(res, row, "loose_type")),
		.refuses_null = db_result_bool(res, row, "refuses_null"),
		.has_default = db_result_bool(res, row, "has_default"),
		.is_generated = db_result_bool(res, row, "is_generated"),
		.is_identity = db_result_bool(res, row, "is_identity"),
		.is_always = db_result_bool(res, row, "is_always"),
		.is_key = db_result_bool(res, row, "is_key"),
		.is_loose = db_result_bool(res, row, "is_loose"),
	};
	out->has_nulls = !not_null;
	out->is_required = not_null && !out->has_default && !out->is_generated;
	out->has_equal = has_equal(out->base_oid, is_enum);
	out->is_loose = out->is_loose || out->base_oid == OID_INTERVAL;
	if (is_enum)
		out->base_oid = PG_TEXT;
	out->is_portable = is_known(out->base_oid);
	if (out->name[0] == '\0') {
		out->quoted = "";
		return ERR_OK;
	}
	if (quote_ident(mem, out->name, &quoted, err) != ERR_OK)
		return err->code;
	out->quoted = quoted;
	return ERR_OK;
}

static enum err_code take_cols(struct arena *mem, const struct db_result *res, struct pg_rel *out,
			       struct err *err)
{
	enum err_code rc = ERR_OK;

	out->ncols = db_result_rows(res);
	out->col = arena_array(mem, (size_t)out->ncols, sizeof(*out->col));
	for (int i = 0; i < out->ncols && rc == ERR_OK; i++)
		rc = take_col(mem, res, i, &out->col[i], err);
	return rc;
}

static enum err_code not_there(const char *stream, struct err *err)
{
	err_set(err, ERR_NOT_FOUND, "there is no table or view %s", stream);
	err_hint(err, "What there is, with its schema, is shown by: leat connection streams NAME.");
	return ERR_NOT_FOUND;
}

static enum err_code take_rel(struct arena *mem, const struct db_result *res, const char *stream,
			      struct pg_rel *out, struct err *err)
{
	char *quoted;

	if (db_result_rows(res) == 0 || db_result_text(res, 0, "oid") == NULL)
		return not_there(stream, err);
	*out = (struct pg_rel){
		.oid = (uint32_t)db_result_int8(res, 0, "oid"),
		.schema = arena_strdup(mem, db_result_text(res, 0, "nspname")),
		.name = arena_strdup(mem, db_result_text(res, 0, "relname")),
		.kind = db_result_text(res, 0, "kind")[0],
		.has_policies = db_result_bool(res, 0, "has_policies"),
		.has_children = db_result_bool(res, 0, "has_children"),
		.is_partition = db_result_bool(res, 0, "relispartition"),
		.can_insert = db_result_bool(res, 0, "can_insert"),
		.rows = db_result_float8(res, 0, "rows"),
	};
	if (strchr("rvmfp", out->kind) == NULL)
		return err_set(err, ERR_CONFIG, "%s is neither a table nor a view", stream);
	if (quote_table(mem, out->schema, out->name, &quoted, err) != ERR_OK)
		return err->code;
	out->quoted = quoted;
	return ERR_OK;
}

enum err_code pg_rel_load(struct db *db, struct arena *mem, const char *stream,
			  struct pg_rel *out, struct err *err)
{
	const char *schema, *table;
	struct db_result *res = NULL;
	struct db_param p;
	enum err_code rc;
	char *quoted;

	rc = quote_split(mem, stream, &schema, &table, err);
	if (rc == ERR_OK)
		rc = quote_table(mem, schema, table, &quoted, err);
	if (rc != ERR_OK)
		return rc;
	p = DB_TEXT(quoted);
	rc = db_query(db, sql_rel, &p, 1, &res, err);
	if (rc == ERR_OK)
		rc = take_rel(mem, res, stream, out, err);
	db_result_free(res);
	if (rc != ERR_OK)
		return rc;
	res = NULL;
	p = DB_INT8(out->oid);
	rc = db_query(db, sql_cols, &p, 1, &res, err);
	if (rc == ERR_OK)
		rc = take_cols(mem, res, out, err);
	db_result_free(res);
	return rc;
}

struct pg_col *pg_rel_find(const struct pg_rel *rel, const char *name)
{
	for (int i = 0; i < rel->ncols; i++)
		if (strcmp(rel->col[i].name, name) == 0)
			return &rel->col[i];
	return NULL;
}

/* Names and OIDs of the columns of `query`, as an array literal in *oids. */
static enum err_code query_oids(struct arena *mem, const struct db_result *res,
				const char **names, struct buf *oids, struct err *err)
{
	int n = db_result_cols(res);

	buf_adds(oids, "{");
	for (int i = 0; i < n; i++) {
		names[i] = arena_strdup(mem, db_result_name(res, i));
		for (int j = 0; j < i; j++)
			if (strcmp(names[i], names[j]) == 0) {
				err_set(err, ERR_CONFIG, "the query has two columns named %s",
					names[i]);
				err_hint(err, "Give one of them another name with AS.");
				return ERR_CONFIG;
			}
		buf_addf(oids, "%s%" PRIu32, i > 0 ? "," : "", db_result_type(res, i));
	}
	buf_adds(oids, "}");
	return ERR_OK;
}

enum err_code pg_query_cols(struct db *db, struct arena *mem, const char *query,
			    struct pg_rel *out, struct err *err)
{
	struct db_result *head = NULL, *res = NULL;
	const char **names = NULL;
	struct db_param p;
	struct buf oids;
	enum err_code rc;

	*out = (struct pg_rel){ .name = "query", .kind = 'q', .rows = -1 };
	buf_init(&oids, 1u << 20);
	/* The newline ends a comment that the query may end with. */
	rc = db_query(db, arena_printf(mem, "select * from (%s\n) q limit 0", query), NULL, 0,
		      &head, err);
	if (rc == ERR_OK) {
		names = arena_array(mem, (size_t)db_result_cols(head) + 1, sizeof(*names));
		rc = query_oids(mem, head, names, &oids, err);
	}
	if (rc == ERR_OK) {
		p = DB_TEXT(buf_str(&oids));
		rc = db_query(db, sql_query_cols, &p, 1, &res, err);
	}
	if (rc == ERR_OK)
		rc = take_cols(mem, res, out, err);
	for (int i = 0; rc == ERR_OK && i < out->ncols; i++) {
		char *quoted;

		out->col[i].name = names[i];
		rc = quote_ident(mem, names[i], &quoted, err);
		if (rc == ERR_OK)
			out->col[i].quoted = quoted;
	}
	db_result_free(head);
	db_result_free(res);
	buf_release(&oids);
	return rc;
}

void pg_schema_of(struct arena *mem, const struct pg_rel *rel, struct schema *out)
{
	out->nfields = rel->ncols;
	out->field = arena_array(mem, (size_t)rel->ncols, sizeof(*out->field));
	for (int i = 0; i < rel->ncols; i++) {
		const struct pg_col *col = &rel->col[i];

		out->field[i] = (struct field){
			.name = arena_strdup(mem, col->name),
			.type = pg_type_of(col->base_oid, col->typmod),
			.native = arena_strdup(mem, col->native),
			.is_required = col->is_required,
			.refuses_null = col->refuses_null,
			.is_generated = col->is_generated,
			.has_default = col->has_default,
			.is_key = col->is_key,
		};
	}
}

static const char *kind_name(char kind)
{
	switch (kind) {
	case 'r': return "table";
	case 'p': return "partitioned table";
	case 'v': return "view";
	case 'm': return "materialized view";
	default: return "foreign table";
	}
}

enum err_code pg_streams(struct conn *conn, struct arena *mem, struct stream_list *out,
			 struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct db_result *res = NULL;
	enum err_code rc = db_query(c->db, sql_streams, NULL, 0, &res, err);

	if (rc != ERR_OK)
		return err_wrap(err, rc, "listing tables");
	out->n = db_result_rows(res);
	out->s = arena_array(mem, (size_t)out->n, sizeof(*out->s));
	for (int i = 0; i < out->n; i++) {
		const char *schema = db_result_text(res, i, "nspname");
		const char *name = db_result_text(res, i, "relname");
		/* Names that quote_split() would read otherwise are shown quoted. */
		bool plain = strpbrk(schema, ".\"") == NULL && strpbrk(name, ".\"") == NULL;
		char *quoted = NULL;

		if (plain)
			quoted = arena_printf(mem, "%s.%s", schema, name);
		else
			rc = quote_table(mem, schema, name, &quoted, err);
		if (rc != ERR_OK)
			break;
		out->s[i] = (struct stream_info){
			.name = quoted,
			.kind = kind_name(db_result_text(res, i, "kind")[0]),
			.rows = db_result_int8(res, i, "rows"),
			.bytes = db_result_int8(res, i, "bytes"),
			.note = arena_strdup(mem, db_result_text(res, i, "note")),
		};
	}
	db_result_free(res);
	return rc;
}

enum err_code pg_describe(struct conn *conn, struct arena *mem, const struct read_spec *spec,
			  struct schema *out, const char **note, struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct pg_rel rel;
	enum err_code rc;

	if (note != NULL)
		*note = NULL;
	rc = spec->query != NULL ? pg_query_cols(c->db, mem, spec->query, &rel, err)
				 : pg_rel_load(c->db, mem, spec->stream, &rel, err);
	if (rc != ERR_OK)
		return rc;
	pg_schema_of(mem, &rel, out);
	if (note != NULL && spec->query == NULL)
		*note = kind_name(rel.kind);
	return ERR_OK;
}
