/*
 * connectors/postgres/pg_aside.c
 *	A table built beside another of the same shape, to take its place and name.
 *
 * The statements that make the copy are themselves made by queries over the
 * catalogue. Whatever cannot be carried over exactly (pg_aside_obstacle())
 * keeps the table where it is, and the caller truncates it instead. Indexes
 * bear temporary names leat_index_OID until the old table, whose names they
 * take, is gone.
 */
#include <string.h>

#include "core/base/fault.h"
#include "connectors/postgres/pg.h"

/* c: the table; n: its schema; aside: the copy's quoted name. $1: the table's OID. */
#define FROM_TABLE \
	" from (select c.*, format('%I.%I', n.nspname, 'leat_new_' || c.oid) as aside," \
	"  format('%I.%I', n.nspname, c.relname) as here, n.nspname" \
	"  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace" \
	"  where c.oid = $1::pg_catalog.oid) c"

/* What stands behind "CREATE [UNIQUE] INDEX name ON table"; null when it reads otherwise. */
#define INDEX_REST \
	"(select case when starts_with(d.def, p.long) then substr(d.def, length(p.long) + 1)" \
	"  when starts_with(d.def, p.short) then substr(d.def, length(p.short) + 1) end" \
	" from (select pg_catalog.pg_get_indexdef(i.indexrelid) as def) d," \
	"  (select format('CREATE %sINDEX %I ON %s ', u.word, ic.relname, c.here) as long," \
	"   format('CREATE %sINDEX %I ON %I ', u.word, ic.relname, c.relname) as short" \
	"   from (select case when i.indisunique then 'UNIQUE ' else '' end as word) u) p)"

#define JOIN_INDEXES \
	" join pg_catalog.pg_index i on i.indrelid = c.oid" \
	" join pg_catalog.pg_class ic on ic.oid = i.indexrelid"

#define TRIGGER_DEF "pg_catalog.pg_get_triggerdef(t.oid)"
#define TRIGGER_ON "format(' ON %s ', c.here)"
#define JOIN_TRIGGERS \
	" join pg_catalog.pg_trigger t on t.tgrelid = c.oid and not t.tgisinternal"

/* First row: why the table must stay; no rows: it can be replaced. */
static const char sql_obstacle[] =
	"select o.why" FROM_TABLE " cross join lateral ("
	" select 'it is not a plain table' as why where c.relkind <> 'r'"
	" union all select 'it takes part in inheritance' from pg_catalog.pg_inherits h"
	"  where c.oid in (h.inhrelid, h.inhparent)"
	" union all select 'other objects depend on it' from pg_catalog.pg_depend d"
	"  where d.deptype = 'n' and not exists (select from pg_catalog.pg_attrdef a"
	"   where d.classid = 'pg_catalog.pg_attrdef'::regclass and a.oid = d.objid"
	"   and a.adrelid = c.oid) and not exists (select from pg_catalog.pg_constraint k"
	"   where d.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = d.objid"
	"   and k.conrelid = c.oid and k.confrelid <> c.oid)"
	"  and ((d.refclassid = 'pg_catalog.pg_class'::regclass"
	"   and d.refobjid = c.oid) or (d.refclassid = 'pg_catalog.pg_type'::regclass"
	"   and d.refobjid in (select t.oid from pg_catalog.pg_type t where t.oid = c.reltype"
	"    or t.typelem = c.reltype)))"
	" union all select 'it has row policies' where c.relrowsecurity"
	"  or exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid)"
	" union all select 'it is published' from pg_catalog.pg_publication_rel p"
	"  where p.prrelid = c.oid"
	" union all select 'it has rules' where c.relhasrules"
	" union all select 'its replica identity is its own' where c.relreplident <> 'd'"
	" union all select 'it is a temporary or typed table'"
	"  where c.relpersistence = 't' or c.reloftype <> 0"
	" union all select 'its access method is not heap' from pg_catalog.pg_am a"
	"  where a.oid = c.relam and a.amname <> 'heap'"
	" union all select 'it has a security label' from pg_catalog.pg_seclabel s"
	"  where s.objoid = c.oid"
	" union all select 'it has extended statistics' from pg_catalog.pg_statistic_ext s"
	"  where s.stxrelid = c.oid"
	" union all select 'it belongs to another role' where not exists"
	"  (select from pg_catalog.pg_roles r where r.rolname = current_user"
	"   and (r.rolsuper or r.oid = c.relowner))"
	" union all select 'its schema takes no new tables'"
	"  where not pg_catalog.has_schema_privilege(c.relnamespace, 'create')"
	" union all select 'a column is an identity or has options or grants of its own'"
	"  from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0"
	"  and not a.attisdropped and (a.attidentity <> '' or a.attacl is not null"
	/* Some servers keep a pg_attver of their own there, on every column. */
	"  or exists (select from pg_catalog.unnest(a.attoptions) x"
	"   where not starts_with(x, 'pg_attver=')))"
	" union all select 'a constraint is not validated' from pg_catalog.pg_constraint k"
	"  where k.conrelid = c.oid and (not k.convalidated or k.contype = 't')"
	" union all select 'an index cannot be carried over'"
	"  from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid"
	"  where i.indrelid = c.oid and (not i.indisvalid or i.indisclustered"
	"  or " INDEX_REST " is null)"
	" union all select 'a trigger cannot be carried over' from pg_catalog.pg_trigger t"
	"  where t.tgrelid = c.oid and not t.tgisinternal and (t.tgenabled <> 'O'"
	"   or length(" TRIGGER_DEF ") - length(replace(" TRIGGER_DEF ", " TRIGGER_ON ", ''))"
	"   <> length(" TRIGGER_ON "))"
	") o limit 1";

/* Before the rows: what may refuse or change a row. Without commas the order of parts counts. */
static const char sql_before[] =
	"select s.sql" FROM_TABLE " cross join lateral ("
	" select 1 as step, 0::oid as id,"
	"  format('create %stable %s (like %s including all"
	" excluding indexes excluding statistics excluding identity)%s%s',"
	"  case c.relpersistence when 'u' then 'unlogged ' else '' end, c.aside, c.here,"
	"  ' with (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')',"
	"  ' tablespace ' || (select pg_catalog.quote_ident(spcname) from pg_catalog.pg_tablespace"
	"   where oid = c.reltablespace)) as sql"
	" union all select 2, k.oid, format('alter table %s add constraint %I %s', c.aside,"
	"  case k.contype when 'f' then k.conname else 'leat_index_' || k.conindid end,"
	"  pg_catalog.pg_get_constraintdef(k.oid))"
	"  from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u',"
	"   'x', 'f')"
	" union all select 3, i.indexrelid, format('create unique index %I on %s %s',"
	"  'leat_index_' || i.indexrelid, c.aside, " INDEX_REST ")"
	"  from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid"
	"  where i.indrelid = c.oid and i.indisunique and not exists"
	"  (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid"
	"   and k.conrelid = c.oid)"
	" union all select 4, t.oid, replace(" TRIGGER_DEF ", " TRIGGER_ON ","
	"  format(' ON %s ', c.aside)) from pg_catalog.pg_trigger t"
	"  where t.tgrelid = c.oid and not t.tgisinternal"
	") s order by s.step, s.id";

/* After the rows: the indexes that only cost while rows come. */
static const char sql_after[] =
	"select format('create index %I on %s %s', 'leat_index_' || i.indexrelid, c.aside, "
	INDEX_REST ") as sql" FROM_TABLE JOIN_INDEXES
	" where not i.indisunique and not exists (select from pg_catalog.pg_constraint k"
	"  where k.conindid = i.indexrelid and k.conrelid = c.oid) order by i.indexrelid";

#define ROLE_NAME(oid) \
	"case " oid " when 0 then 'public'" \
	" else quote_ident(pg_catalog.pg_get_userbyid(" oid ")) end"

/* In the old one's place. Default privileges of the schema may have granted on the copy. */
static const char sql_swap[] =
	"select s.sql" FROM_TABLE " cross join lateral ("
	" select 1 as step, format('revoke all on %s from %s', c.aside, "
	ROLE_NAME("a.grantee") ") as sql from (select distinct x.grantee"
	"  from pg_catalog.pg_class k, pg_catalog.aclexplode(k.relacl) x"
	"  where k.oid = pg_catalog.to_regclass(c.aside)) a"
	" union all select 2, format('revoke all on %s from %s', c.aside, "
	ROLE_NAME("c.relowner") ") where c.relacl is not null"
	" union all select 3, format('grant %s on %s to %s%s', a.privilege_type, c.aside, "
	ROLE_NAME("a.grantee") ", case when a.is_grantable and a.grantee <> c.relowner"
	" then ' with grant option' else '' end)"
	"  from pg_catalog.aclexplode(c.relacl) a"
	" union all select 4, format('alter table %s alter column %I set statistics %s',"
	"  c.aside, a.attname, a.attstattarget) from pg_catalog.pg_attribute a"
	"  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
	"  and a.attstattarget >= 0"
	" union all select 5, format('alter table %s owner to %I', c.aside,"
	"  pg_catalog.pg_get_userbyid(c.relowner))"
	"  where pg_catalog.pg_get_userbyid(c.relowner) <> current_user"
	" union all select 6, format('alter sequence %s owned by %s.%I',"
	"  d.objid::regclass, c.aside, a.attname) from pg_catalog.pg_depend d"
	"  join pg_catalog.pg_class q on q.oid = d.objid and q.relkind = 'S'"
	"  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid"
	"  where d.classid = 'pg_catalog.pg_class'::regclass and d.deptype = 'a'"
	"  and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = c.oid"
	" union all select 7, format('drop table %s', c.here)"
	" union all select 8, format('alter table %s rename to %I', c.aside, c.relname)"
	" union all select 9, format('alter index %I.%I rename to %I', c.nspname,"
	"  'leat_index_' || i.indexrelid, ic.relname) from pg_catalog.pg_index i"
	"  join pg_catalog.pg_class ic on ic.oid = i.indexrelid where i.indrelid = c.oid"
	" union all select 10, format('comment on table %s is %L', c.here, d.description)"
	"  from pg_catalog.pg_description d where d.objoid = c.oid and d.objsubid = 0"
	"  and d.classoid = 'pg_catalog.pg_class'::regclass"
	" union all select 10, format('comment on index %I.%I is %L', c.nspname, ic.relname,"
	"  d.description) from pg_catalog.pg_index i"
	"  join pg_catalog.pg_class ic on ic.oid = i.indexrelid"
	"  join pg_catalog.pg_description d on d.objoid = ic.oid"
	"   and d.classoid = 'pg_catalog.pg_class'::regclass where i.indrelid = c.oid"
	" union all select 10, format('comment on constraint %I on %s is %L', k.conname,"
	"  c.here, d.description) from pg_catalog.pg_constraint k"
	"  join pg_catalog.pg_description d on d.objoid = k.oid"
	"   and d.classoid = 'pg_catalog.pg_constraint'::regclass"
	"  where k.conrelid = c.oid and k.contype <> 'c'"
	" union all select 10, format('comment on trigger %I on %s is %L', t.tgname, c.here,"
	"  d.description) from pg_catalog.pg_trigger t"
	"  join pg_catalog.pg_description d on d.objoid = t.oid"
	"   and d.classoid = 'pg_catalog.pg_trigger'::regclass"
	"  where t.tgrelid = c.oid and not t.tgisinternal"
	" union all select 11, format('analyze %s', c.here)"
	") s order by s.step";

/* Runs, in order, the statements that a query over the catalogue makes. */
static enum err_code run_made(struct pg_conn *c, const char *maker, struct err *err)
{
	struct db_param p = DB_INT8(c->w.rel.oid);
	struct db_result *res = NULL;
	enum err_code rc = db_query(c->db, maker, &p, 1, &res, err);

	for (int i = 0; rc == ERR_OK && i < db_result_rows(res); i++)
		rc = db_exec(c->db, db_result_text(res, i, "sql"), err);
	db_result_free(res);
	return rc;
}

enum err_code pg_aside_obstacle(struct pg_conn *c, const char **why, struct err *err)
{
	struct db_param p = DB_INT8(c->w.rel.oid);
	struct db_result *res = NULL;
	enum err_code rc = db_query(c->db, sql_obstacle, &p, 1, &res, err);

	*why = NULL;
	if (rc == ERR_OK && db_result_rows(res) > 0)
		*why = arena_strdup(c->mem, db_result_text(res, 0, "why"));
	db_result_free(res);
	return rc;
}

enum err_code pg_aside_make(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	char *quoted;
	enum err_code rc = run_made(c, sql_before, err);

	if (rc == ERR_OK)
		rc = quote_table(c->mem, w->rel.schema,
				 arena_printf(c->mem, "leat_new_%lu", (unsigned long)w->rel.oid),
				 &quoted, err);
	if (rc == ERR_OK)
		w->dest = w->real = quoted;
	return rc;
}

enum err_code pg_aside_swap(struct pg_conn *c, struct err *err)
{
	enum err_code rc = run_made(c, sql_after, err);

	if (rc == ERR_OK && FAULT("pg-swap"))
		rc = err_set(err, ERR_TRANSIENT, "swapping failed (fault)");
	return rc == ERR_OK ? run_made(c, sql_swap, err) : rc;
}
