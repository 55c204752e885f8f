/*
 * tests/unit/core/meta/tenancy_test.c
 *	No organization sees another one's rows: asked of the catalogue, then tried.
 *
 * Both tests read the tables from the catalogue, so that a new table is
 * covered the day it appears.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "tests/lib/metatemp.h"

/*
 * One line for everything that is not as it must be. Exceptions, and why:
 * migration, installation	about the database itself; nobody writes them but the owner
 * engine, wake		engines serve all organizations; no row tells of anybody's work
 * job_range		numbers of jobs and nothing else
 * pipeline		an engine has to know what a schedule runs: the columns it may read,
 *			of one organization, are named one by one, and it may write none
 * partitions		no role may reach one but through its parent, whose policies hold;
 *			their own policy lets nobody in but the owner of one organization
 */
static const char faults[] =
	"with t as (select c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity,"
	"  c.reloptions, c.relowner, exists (select from pg_attribute a where a.attrelid = c.oid "
	"  and a.attname = 'org_id' and not a.attisdropped) as is_tenant "
	"  from pg_class c where c.relnamespace = 'leat'::regnamespace),"
	"roles as (select unnest(array['leat_app', 'leat_reader', 'leat_engine']) as role),"
	"parts as (select inhrelid as oid from pg_inherits),"
	"books as (select unnest(array['queue', 'job', 'lane', 'ready', 'scheduled', 'waiting',"
	"  'run', 'done', 'progress', 'attempt', 'job_log', 'job_key', 'job_edge', 'job_limit',"
	"  'reject', 'reject_shape', 'repair', 'repair_step', 'repair_block',"
	"  'replay_block', 'loaded_file', 'bookmark', 'schedule', 'tick', 'alert_due',"
	"  'pipeline_pause']) as name),"
	"bad as ("
	"select relname || ': no row security' as what from t "
	"  where is_tenant and relkind in ('r', 'p') and not (relrowsecurity and relforcerowsecurity) "
	"union all select relname || ': no policy' from t where is_tenant and relkind in ('r', 'p') "
	"  and not exists (select from pg_policies p where p.schemaname = 'leat' and "
	"    p.tablename = relname and p.policyname = 'tenant' and p.cmd = 'ALL' "
	"    and p.qual ilike '%nullif%current_setting(''leat.org''%' "
	"    and p.with_check is null) "
	"union all select relname || ': no organization' from t where not is_tenant "
	"  and relkind in ('r', 'p') and relname not in ('migration', 'installation', "
	"  'engine', 'wake', 'job_range') "
	"union all select format('%s: %s reaches the partition', relname, role) from t join parts "
	"  using (oid), roles where relkind in ('r', 'p') and (has_table_privilege(role, oid, "
	"  'select, insert, update, delete, truncate, references, trigger') "
	"  or has_any_column_privilege(role, oid, 'select, insert, update, references')) "
	"union all select relname || ': policy of a partition lets in ' || "
	"  array_to_string(p.roles, ',') from t join parts using (oid) join pg_policies p "
	"  on p.schemaname = 'leat' and p.tablename = relname where p.roles <> '{leat_owner}' "
	"union all select format('%s: the engine may %s %s', relname, right_, attname) "
	"  from t join pg_attribute a on attrelid = t.oid and attnum > 0 and not attisdropped, "
	"  unnest(array['select', 'insert', 'update']) right_ "
	"  where is_tenant and relkind in ('r', 'p') and relname not in (select name from books) "
	"  and has_column_privilege('leat_engine', t.oid, attnum, right_) and not ("
	"    relname = 'pipeline' and right_ = 'select' and attname in ('org_id', 'id', 'name', "
	"    'body', 'deleted_at') or relname = 'audit' and right_ = 'insert' "
	"    and attname in ('action', 'object')) "
	"union all select format('%s: %s may %s what all share', relname, role, right_) from t, "
	"  roles, unnest(array['insert', 'update', 'delete']) right_ where relkind = 'r' "
	"  and relname in ('engine', 'wake', 'job_range') "
	"  and has_table_privilege(role, oid, right_) and not (relname = 'engine' "
	"    and role = 'leat_engine' or relname = 'wake' and right_ <> 'delete') "
	"union all select format('%s: the reader may %s', relname, right_) from t, "
	"  unnest(array['insert', 'update', 'delete']) right_ where relkind in ('r', 'p', 'v') "
	"  and (has_table_privilege('leat_reader', oid, right_) or right_ <> 'delete' "
	"    and has_any_column_privilege('leat_reader', oid, right_)) "
	"union all select format('%s: the reader does not see it', relname) from t "
	"  where relkind in ('r', 'p', 'v') and oid not in (select oid from parts) "
	"  and has_table_privilege('leat_app', oid, 'select') "
	"  and not has_table_privilege('leat_reader', oid, 'select') "
	"union all select oid::regprocedure || ': the reader may run it' from pg_proc p "
	"  where pronamespace = 'leat'::regnamespace and (provolatile = 'v' or prosecdef) "
	"  and proname <> 'find_org' and has_function_privilege('leat_reader', oid, 'execute') "
	"union all select relname || ': key does not start with org_id' from t "
	"  join pg_index i on i.indrelid = t.oid and i.indisunique "
	"  where is_tenant and relkind = 'r' and relname <> 'organization' and (select attname "
	"    from pg_attribute where attrelid = t.oid and attnum = i.indkey[0]) <> 'org_id' "
	"union all select relname || ': view runs as its owner' from t where relkind in ('v', 'm') "
	"  and not coalesce(reloptions @> array['security_invoker=true'], false) "
	"union all select relname || ': not owned by leat_owner' from t "
	"  where relowner <> 'leat_owner'::regrole "
	"union all select format('%s: %s may %s', relname, role, right_) from t, roles, "
	"  unnest(array['truncate', 'references', 'trigger']) right_ "
	"  where relkind in ('r', 'p', 'v', 'm') and has_table_privilege(role, oid, right_) "
	"union all select format('%s: %s has the sequence', relname, role) from t, roles "
	"  where relkind = 'S' and has_sequence_privilege(role, oid, 'usage, update') "
	"union all select format('schema: %s may create', role) from roles "
	"  where has_schema_privilege(role, 'leat', 'create') "
	"union all select format('%s: policy %s sees all', tablename, policyname) from pg_policies "
	"  where schemaname = 'leat' and qual = 'true' and not (policyname = 'engine' and "
	"    roles = '{leat_engine}' and tablename in (select name from books)) "
	"    and not (policyname = 'owner' and roles = '{leat_owner}' "
	"    and tablename = 'organization') "
	"union all select format('%s: the engine reaches it', relname) from t where is_tenant "
	"  and relkind in ('r', 'p') and relname not in (select name from books) and "
	"  has_table_privilege('leat_engine', oid, 'select, insert, update, delete') "
	"union all select oid::regprocedure || ': search_path is open' from pg_proc p "
	"  where pronamespace = 'leat'::regnamespace and not exists (select from "
	"  unnest(proconfig) c where c like 'search_path=%pg_temp') "
	"union all select oid::regprocedure || ': anybody may run it' from pg_proc p "
	"  where pronamespace = 'leat'::regnamespace and (proacl is null or "
	"  exists (select from aclexplode(proacl) where grantee = 0)) "
	"union all select format('role %s: %s', rolname, 'too strong') from pg_roles "
	"  where rolname in ('leat_owner', 'leat_app', 'leat_reader', 'leat_engine') "
	"  and (rolsuper or rolbypassrls "
	"  or rolcanlogin or rolcreaterole or rolcreatedb) "
	"union all select relname || ': nobody keeps updated_at' from t where relkind = 'r' and "
	"  exists (select from pg_attribute where attrelid = t.oid and attname = 'updated_at') and "
	"  not exists (select from pg_trigger g where g.tgrelid = t.oid and not tgisinternal)) "
	"select coalesce(string_agg(what, '; ' order by what), 'none') from bad";

static void the_catalogue_holds(void **state)
{
	struct db *db = metatemp_super(metatemp_new());

	(void)state;
	assert_string_equal(metatemp_one(db, faults), "none");
	db_close(db);
}

/* The walk finds what it is for: each of these mistakes alone is named. */
static void each_mistake_is_found(void **state)
{
	static const struct {
		const char *sql, *named;
	} mistake[] = {
		{ "create table leat.fresh (org_id bigint not null, id bigint, "
		  "primary key (org_id, id))", "fresh: no policy; fresh: no row security" },
		{ "create table leat.fresh (id bigint primary key)", "fresh: no organization" },
		{ "alter table leat.secret no force row level security",
		  "secret: no row security" },
		{ "drop policy tenant on leat.pipeline", "pipeline: no policy" },
		{ "create policy more on leat.secret to leat_app using (true)",
		  "secret: policy more sees all" },
		{ "create unique index on leat.secret (name)",
		  "secret: key does not start with org_id" },
		{ "create view leat.peek as select * from leat.job",
		  "peek: view runs as its owner" },
		{ "grant truncate on leat.job to leat_app", "job: leat_app may truncate" },
		{ "grant create on schema leat to leat_app", "schema: leat_app may create" },
		{ "grant delete on leat.secret to leat_engine", "secret: the engine reaches it" },
		{ "grant select (name) on leat.secret to leat_engine",
		  "secret: the engine may select name" },
		{ "grant select (version) on leat.pipeline to leat_engine",
		  "pipeline: the engine may select version" },
		{ "grant update (name) on leat.pipeline to leat_engine",
		  "pipeline: the engine may update name" },
		{ "grant select on leat.job_1 to leat_app",
		  "job_1: leat_app reaches the partition" },
		{ "grant select (error) on leat.done_1 to leat_engine",
		  "done_1: leat_engine reaches the partition; done_1: the engine may select error" },
		{ "create policy more on leat.job_log_1 to leat_app using (org_id = 1)",
		  "job_log_1: policy of a partition lets in leat_app" },
		{ "alter table leat.attempt_1 no force row level security",
		  "attempt_1: no row security" },
		{ "grant insert on leat.engine to leat_app",
		  "engine: leat_app may insert what all share" },
		{ "grant delete on leat.wake to leat_engine",
		  "wake: leat_engine may delete what all share" },
		{ "grant update (name) on leat.secret to leat_reader",
		  "secret: the reader may update" },
		{ "grant delete on leat.done to leat_reader", "done: the reader may delete" },
		{ "revoke select on leat.tick from leat_reader",
		  "tick: the reader does not see it" },
		{ "grant execute on function leat.make_org(text) to leat_reader",
		  "make_org(text): the reader may run it" },
		{ "create function leat.f() returns int language sql as 'select 1'",
		  "f(): search_path is open" },
		{ "grant execute on function leat.make_org(text) to public",
		  "make_org(text): anybody may run it; make_org(text): the reader may run it" },
		{ "drop trigger keep_times on leat.connection",
		  "connection: nobody keeps updated_at" },
	};
	struct db *db = metatemp_super(metatemp_new());
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(mistake) / sizeof(mistake[0]); i++) {
		const char *found;

		OK(db_begin(db, &err));
		metatemp_run(db, "set local role leat_owner");
		metatemp_run(db, mistake[i].sql);
		metatemp_run(db, "set local role none");
		found = metatemp_one(db, faults);
		if (strcmp(found, mistake[i].named) != 0)
			fail_msg("%s: found \"%s\"", mistake[i].sql, found);
		db_rollback(db);
	}
	assert_string_equal(metatemp_one(db, faults), "none");
	db_close(db);
}

/* Rows of organization $org in every table there is; ids are the same in both. */
static void fill(struct db *super, int64_t org)
{
	static const char form[] =
		"begin; insert into leat.project (org_id, id, name) overriding system value "
		" values (%1$lld, 50, 'x');"
		"insert into leat.connection (org_id, id, project_id, name, connector) overriding "
		" system value values (%1$lld, 50, 50, 'x', 'file');"
		"insert into leat.secret (org_id, id, name, kind, ref) overriding system value "
		" values (%1$lld, 50, 'x', 'env', 'X');"
		"insert into leat.pipeline (org_id, id, project_id, name, body) overriding system "
		" value values (%1$lld, 50, 50, 'x', '{}');"
		"insert into leat.pipeline_version (org_id, pipeline_id, version, body) "
		" values (%1$lld, 50, 1, '{}');"
		"insert into leat.mapping_draft (org_id, pipeline_id, base_version, text) "
		" values (%1$lld, 50, 1, '');"
		"insert into leat.matching (org_id, target, source) values (%1$lld, 'a', 'b');"
		"insert into leat.queue (org_id, name) values (%1$lld, 'x');"
		"insert into leat.job_limit (org_id, scope, name, max_running) "
		" values (%1$lld, 'queue', 'x', 9);"
		"insert into leat.lane (org_id, id, queue, priority, pipeline_id, kind) overriding system "
		" value values (%1$lld, 50, 'x', 100, 50, 'run');"
		"insert into leat.job (org_id, id, lane_id, kind, pipeline_id, max_attempts, body) "
		" overriding system value values (%1$lld, 50, 50, 'run', 50, 1, '{}');"
		"insert into leat.done (org_id, job_id, lane_id, run_no, state, attempt, lost, "
		" committed_run) values (%1$lld, 50, 50, 1, 2, 1, 0, 1);"
		"insert into leat.attempt (org_id, job_id, run, attempt, outcome, started_at) "
		" values (%1$lld, 50, 1, 1, 2, now());"
		"insert into leat.job_log (org_id, job_id, run, level, line) "
		" values (%1$lld, 50, 1, 2, 'x');"
		"insert into leat.ready (org_id, lane_id, job_id) values (%1$lld, 50, 51);"
		"insert into leat.scheduled (org_id, lane_id, job_id, run_after) "
		" values (%1$lld, 50, 52, now());"
		"insert into leat.waiting (org_id, lane_id, job_id, pending) "
		" values (%1$lld, 50, 53, 1);"
		"insert into leat.run (org_id, lane_id, job_id, run_no, attempt, lost, is_unsure, "
		" is_cancelled, has_children, has_key, engine_id) "
		" values (%1$lld, 50, 54, 1, 1, 0, false, false, false, false, 1);"
		"insert into leat.progress (org_id, job_id, run_no) values (%1$lld, 54, 1);"
		"insert into leat.job_key (org_id, key, job_id, until_end) "
		" values (%1$lld, 'x', 51, true);"
		"insert into leat.job_edge (org_id, parent_id, child_id, on_fail) "
		" values (%1$lld, 51, 53, 0);"
		"insert into leat.reject (org_id, job_id, run, part, row_no, line_no, byte_offset, "
		" problems) values (%1$lld, 50, 1, 'f', 1, 1, 0, '[]');"
		"insert into leat.reject_shape (org_id, job_id, part, shape) "
		" values (%1$lld, 50, 'f', '{}');"
		"insert into leat.repair_act (org_id, kind, what) values (%1$lld, 'fix', 'x');"
		"insert into leat.repair (org_id, reject_id) values (%1$lld, 50);"
		"insert into leat.repair_step (org_id, reject_id, version, what, state, was_state) "
		" values (%1$lld, 50, 1, 'fix', 1, 0);"
		"insert into leat.repair_block (org_id, block) values (%1$lld, 0);"
		"insert into leat.replay_block (org_id, block, job_id, ids) "
		" values (%1$lld, 0, 50, '{[50,51)}');"
		"insert into leat.loaded_file (org_id, pipeline_id, job_id, run, path, size_bytes, "
		" hash) values (%1$lld, 50, 50, 1, '/f', 1, 'h');"
		"insert into leat.bookmark (org_id, pipeline_id, value) values (%1$lld, 50, '1');"
		"insert into leat.audit (org_id, action, object) values (%1$lld, 'x', 'x');"
		"insert into leat.schedule (org_id, id, name, pipeline_id, spec, tz) overriding "
		" system value values (%1$lld, 50, 'x', 50, '@daily', 'UTC');"
		"insert into leat.alert (org_id, id, name, kind, config, on_failure, on_recovery, "
		" on_success) overriding system value values (%1$lld, 50, 'x', 'mail', '{}', true, "
		" true, true);"
		"insert into leat.alert_incident (org_id, id, alert_id, about, subject, opened_at, "
		" opened_job, last_at, last_job) overriding system value values (%1$lld, 50, 50, "
		" 'failure', 50, now(), 50, now(), 50);"
		"insert into leat.alert_message (org_id, id, alert_id, what, about_job, about_run, "
		" job_id) overriding system value values (%1$lld, 50, 50, 'x', 50, 1, 51);"
		"insert into leat.alert_due (org_id, job_id, run) values (%1$lld, 50, 1);"
		"insert into leat.pipeline_pause (org_id, pipeline_id) values (%1$lld, 50);"
		"insert into leat.tick (org_id, schedule_id, due_at, outcome) "
		" values (%1$lld, 50, '2026-01-01 UTC', 'missed');"
		"commit";
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };

	OK(db_exec(super, arena_printf(mem, form, (long long)org), &err));
	arena_free(mem);
}

struct target {
	const char *name;
	bool is_view;
};

struct matrix {
	struct arena *mem;
	struct db *super;
	int n;
	struct target t[64];
	int64_t org[2];
};

static void list_targets(struct matrix *m)
{
	struct db_result *res;
	struct err err = { 0 };

	OK(db_query(m->super, "select c.relname, c.relkind = 'v' as is_view from pg_class c "
		    "join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' "
		    "where c.relnamespace = 'leat'::regnamespace and c.relkind in ('r', 'p', 'v') "
		    "and not c.relispartition order by 1", NULL, 0, &res, &err));
	for (m->n = 0; m->n < db_result_rows(res); m->n++) {
		m->t[m->n].name = arena_strdup(m->mem, db_result_text(res, m->n, "relname"));
		m->t[m->n].is_view = db_result_bool(res, m->n, "is_view");
	}
	db_result_free(res);
}

/*
 * Runs sql as leat_app of org (0: none) and takes it back. Returns the rows it
 * showed or touched; -1: refused for want of a right or by a policy. Any
 * other error fails the test.
 */
static int64_t attempt(struct matrix *m, struct db *app, int64_t org, const char *sql)
{
	struct db_result *res = NULL;
	struct err err = { 0 };
	int64_t rows;
	enum err_code rc;

	db_set_org(app, org);
	OK(db_begin(app, &err));
	rc = db_query(app, sql, NULL, 0, &res, &err);
	/* 428C9: an identity column, refused before rights are looked at. */
	if (rc != ERR_OK && strcmp(err.sqlstate, "42501") != 0 &&
	    strcmp(err.sqlstate, "428C9") != 0) {
		db_rollback(app);
		OK(rc);
	}
	rows = rc != ERR_OK ? -1 : db_result_rows(res) > 0 ? db_result_rows(res) :
	       db_result_affected(res);
	db_result_free(res);
	db_rollback(app);
	(void)m;
	return rows;
}

static int64_t copy_out_rows(struct db *app, int64_t org, const char *sql)
{
	struct err err = { 0 };
	const char *p;
	size_t n;
	bool eof = false;
	int64_t rows = 0;

	db_set_org(app, org);
	OK(db_begin(app, &err));
	OK(db_copy_out(app, sql, &err));
	while (!eof) {
		OK(db_copy_get(app, &p, &n, &eof, &err));
		rows += !eof;
	}
	db_rollback(app);
	return rows;
}

/* form with $T the table and $O the organization. */
static const char *sql(struct matrix *m, const char *form, const char *table, int64_t org)
{
	const char *out = "", *at;

	while ((at = strchr(form, '$')) != NULL) {
		out = at[1] == 'T' ? arena_printf(m->mem, "%s%.*s%s", out, (int)(at - form), form,
						  table) :
				     arena_printf(m->mem, "%s%.*s%lld", out, (int)(at - form), form,
						  (long long)org);
		form = at + 2;
	}
	return arena_printf(m->mem, "%s%s", out, form);
}

static bool may(struct matrix *m, const char *table, const char *right)
{
	return strcmp(metatemp_one(m->super, arena_printf(m->mem, "select has_any_column_privilege("
				   "'leat_app', 'leat.%s', '%s')", table, right)), "t") == 0;
}

static bool has_job(struct matrix *m, const char *table)
{
	return metatemp_number(m->super, sql(m, "select count(*) from pg_attribute where "
			       "attrelid = 'leat.$T'::regclass and attname = 'job_id'", table,
			       0)) == 1;
}

/* As `me`, trying to reach rows of `other`. */
static void try_foreign(struct matrix *m, struct db *app, const struct target *t, int64_t me,
			int64_t other)
{
	int64_t all = attempt(m, app, me, sql(m, "select from leat.$T", t->name, 0));
	int64_t own = me == 0 ? 0 : attempt(m, app, me, sql(m, "select from leat.$T where org_id "
							    "= $O", t->name, me));

	assert_int_equal(all, own);
	assert_true(me == 0 ? all == 0 : all >= 1);
	assert_int_equal(copy_out_rows(app, me, sql(m, "copy (select * from leat.$T) to stdout",
						    t->name, 0)), own);
	if (t->is_view)
		return;
	assert_true(attempt(m, app, me, sql(m, "update leat.$T set org_id = org_id where "
					    "org_id = $O", t->name, other)) <= 0);
	assert_true(attempt(m, app, me, sql(m, "delete from leat.$T where org_id = $O",
					    t->name, other)) <= 0);
	assert_int_equal(attempt(m, app, me, sql(m, "truncate leat.$T", t->name, 0)), -1);
	/* A foreign row must not come, nor own ones move over. Rows find a partition first. */
	assert_int_equal(attempt(m, app, me, sql(m, has_job(m, t->name) ?
			 "insert into leat.$T (org_id, job_id) values ($O, 50)" :
			 "insert into leat.$T (org_id) values ($O)", t->name, other)), -1);
	if (me != 0 && may(m, t->name, "update"))
		assert_int_equal(attempt(m, app, me, sql(m, "update leat.$T set org_id = $O",
							 t->name, other)), -1);
}

static void nobody_reaches_foreign_rows(void **state)
{
	const char *conninfo = metatemp_new();
	struct matrix m = { .mem = arena_new(NULL, "test"), .super = metatemp_super(conninfo) };
	struct db *app;

	(void)state;
	m.org[0] = 1;
	m.org[1] = metatemp_number(m.super, "select leat.make_org('other')");
	fill(m.super, m.org[0]);
	fill(m.super, m.org[1]);
	list_targets(&m);
	assert_true(m.n >= 27);
	app = metatemp_open(conninfo, META_APP, NULL, NULL);
	for (int i = 0; i < m.n; i++) {
		/* A table this test puts no rows into proves nothing. */
		assert_true(metatemp_number(m.super, sql(&m, "select count(distinct org_id) from "
							 "leat.$T", m.t[i].name, 0)) >= 2);
		try_foreign(&m, app, &m.t[i], m.org[0], m.org[1]);
		try_foreign(&m, app, &m.t[i], m.org[1], m.org[0]);
		try_foreign(&m, app, &m.t[i], 0, m.org[0]);
	}
	/* The owner is bound too, and a lookup by name gives an id and nothing else. */
	db_close(app);
	app = metatemp_open(conninfo, META_OWNER, "other", NULL);
	assert_int_equal(metatemp_number(app, "select count(*) from leat.secret"), 1);
	db_set_org(app, 0);
	assert_int_equal(metatemp_number(app, "select count(*) from leat.secret"), 0);
	db_close(app);
	db_close(m.super);
	arena_free(m.mem);
}

/* leat_engine reads the books of all organizations and nothing else. */
static void the_engine_sees_the_books_only(void **state)
{
	const char *conninfo = metatemp_new();
	struct db *super = metatemp_super(conninfo), *engine;
	struct err err = { 0 };
	int64_t other = metatemp_number(super, "select leat.make_org('other')");

	(void)state;
	fill(super, 1);
	fill(super, other);
	engine = metatemp_open(conninfo, META_ENGINE, NULL, NULL);
	assert_int_equal(metatemp_number(engine, "select count(*) from leat.job"), 2);
	assert_int_equal(metatemp_number(engine, "select count(*) from leat.job_view"), 2);
	assert_int_equal(db_query(engine, "select from leat.secret", NULL, 0, NULL, &err),
			 ERR_DENIED);
	assert_int_equal(db_query(engine, "select from leat.connection", NULL, 0, NULL, &err),
			 ERR_DENIED);
	assert_int_equal(db_query(engine, "delete from leat.job", NULL, 0, NULL, &err),
			 ERR_DENIED);
	assert_int_equal(db_query(engine, "select leat.make_org('mine')", NULL, 0, NULL, &err),
			 ERR_DENIED);
	db_close(engine);
	db_close(super);
}

/* leat_reader sees what leat_app sees, and whatever leat_app may write it may not. */
static void the_reader_changes_nothing(void **state)
{
	static const char *const write[] = {
		"insert into leat.secret (name, kind, ref) values ('new', 'env', 'X')",
		"update leat.pipeline set name = 'other'",
		"delete from leat.bookmark",
		"truncate leat.job",
		"insert into leat.audit (action) values ('x')",
		"update leat.engine set is_draining = true",
		"select leat.job_cancel(1)",
		"select leat.make_org('mine')",
		"create table leat.mine (id int)",
	};
	const char *conninfo = metatemp_new();
	struct db *super = metatemp_super(conninfo), *app, *reader;
	int64_t other = metatemp_number(super, "select leat.make_org('other')");
	struct err err = { 0 };

	(void)state;
	fill(super, 1);
	fill(super, other);
	app = metatemp_open(conninfo, META_APP, NULL, NULL);
	reader = metatemp_open(conninfo, META_READER, NULL, NULL);
	assert_int_equal(metatemp_number(app, "select count(*) from leat.job_view"), 1);
	assert_int_equal(metatemp_number(reader, "select count(*) from leat.job_view"), 1);
	assert_int_equal(metatemp_number(reader, "select count(*) from leat.pipeline"), 1);
	assert_int_equal(metatemp_number(reader, "select count(*) from leat.audit"),
			 metatemp_number(app, "select count(*) from leat.audit"));
	for (size_t i = 0; i < sizeof(write) / sizeof(write[0]); i++) {
		enum err_code rc = db_query(reader, write[i], NULL, 0, NULL, &err);

		if (rc != ERR_DENIED)
			fail_msg("%s: %s", write[i], err_name(rc));
	}
	db_close(reader);
	db_close(app);
	db_close(super);
}

/* Times are the table's, whatever a session says. */
static void nobody_sets_times(void **state)
{
	const char *conninfo = metatemp_new();
	struct db *app = metatemp_open(conninfo, META_APP, NULL, NULL);

	(void)state;
	metatemp_run(app, "insert into leat.secret (name, kind, ref, created_at, updated_at) "
		     "values ('a', 'env', 'X', '1999-01-01', '1999-01-01')");
	metatemp_run(app, "update leat.secret set created_at = '1999-01-01', "
		     "updated_at = '1999-01-01'");
	assert_int_equal(metatemp_number(app, "select count(*) from leat.secret where "
					 "created_at > '2000-01-01' and updated_at >= created_at"),
			 1);
	db_close(app);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_catalogue_holds),
		cmocka_unit_test(each_mistake_is_found),
		cmocka_unit_test(nobody_reaches_foreign_rows),
		cmocka_unit_test(the_engine_sees_the_books_only),
		cmocka_unit_test(the_reader_changes_nothing),
		cmocka_unit_test(nobody_sets_times),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}
