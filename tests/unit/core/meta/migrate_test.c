/*
 * tests/unit/core/meta/migrate_test.c
 *	Up, down, up again; edited files; two at once; who may.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/fault.h"
#include "core/meta/migrate.h"
#include "tests/lib/metatemp.h"

/*
 * Everything about the schema that a dump would hold, as one text. How many partitions
 * there are follows from the jobs there were: all of a kind count as one, and one that
 * differs from its like shows.
 */
static const char schema_dump[] =
	"select string_agg(distinct regexp_replace(line, '\\m(job|done|attempt|job_log)_\\d+', "
	"  '\\1_N', 'g'), E'\\n') from ("
	"select format('column %s.%s %s %s %s', c.relname, a.attname, "
	"  format_type(a.atttypid, a.atttypmod), a.attnotnull, "
	"  pg_get_expr(d.adbin, d.adrelid)) as line "
	"  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 "
	"  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum "
	" where c.relnamespace = 'leat'::regnamespace and not a.attisdropped "
	"union all select 'index ' || pg_get_indexdef(indexrelid) from pg_index i "
	"  join pg_class c on c.oid = i.indrelid where c.relnamespace = 'leat'::regnamespace "
	"union all select 'constraint ' || conname || conrelid::regclass || "
	"  pg_get_constraintdef(oid) from pg_constraint "
	"  where connamespace = 'leat'::regnamespace "
	"union all select format('policy %s %s %s %s %s', tablename, policyname, roles, qual, "
	"  with_check) from pg_policies where schemaname = 'leat' "
	"union all select format('function %s %s %s', oid::regprocedure, proacl, prosrc) "
	"  from pg_proc where pronamespace = 'leat'::regnamespace "
	"union all select format('class %s %s %s %s %s %s', relname, relkind, relacl, reloptions, "
	"  relrowsecurity, relforcerowsecurity) from pg_class "
	"  where relnamespace = 'leat'::regnamespace "
	"union all select 'trigger ' || pg_get_triggerdef(t.oid) from pg_trigger t "
	"  join pg_class c on c.oid = t.tgrelid where not tgisinternal "
	"  and c.relnamespace = 'leat'::regnamespace "
	"union all select format('view %s %s', viewname, definition) from pg_views "
	"  where schemaname = 'leat') x";

static const char fill_every_table[] =
	"begin; select set_config('leat.org', '1', true);"
	"select leat.make_org('other');"
	"insert into leat.project (org_id, name) values (1, 'p2');"
	"insert into leat.connection (org_id, project_id, name, connector) "
	"  values (1, 1, 'c', 'file');"
	"insert into leat.secret (org_id, name, kind, ref) values (1, 's', 'env', 'X');"
	"insert into leat.pipeline (org_id, project_id, name, body) values (1, 1, 'p', '{}');"
	"insert into leat.pipeline_version (org_id, pipeline_id, version, body) "
	"  values (1, 1, 1, '{}');"
	"insert into leat.mapping_draft (org_id, pipeline_id, base_version, text) "
	"  values (1, 1, 1, '');"
	"insert into leat.matching (org_id, target, source, accepted) values (1, 'a', 'b', 3);"
	"insert into leat.queue (org_id, name) values (1, 'slow');"
	"insert into leat.job_limit (org_id, scope, name, max_running, rate_per_s, burst, "
	"  tokens_at) values (1, 'queue', 'slow', 2, 1.5, 3, '2026-01-01 UTC');"
	"insert into leat.lane (org_id, queue, priority, pipeline_id, connections, kind) "
	"  values (1, 'slow', 5, 1, '{a,b}', 'run');"
	"insert into leat.engine (name, version, slots) values ('e:1', '0', 2);"
	"insert into leat.wake (queue, armed) values ('slow', true);"
	"insert into leat.job (org_id, lane_id, kind, pipeline_id, max_attempts, time_limit_ms, body) "
	"  select 1, 1, 'run', 1, 3, 60000, '{\"name\":\"p\"}' from generate_series(1, 7);"
	"insert into leat.ready (org_id, lane_id, job_id, run_no, attempt, has_key) "
	"  values (1, 1, 1, 2, 1, true);"
	"insert into leat.scheduled (org_id, lane_id, job_id, run_no, attempt, lost, is_unsure, "
	"  run_after) values (1, 1, 2, 1, 1, 1, true, '2031-01-01 UTC');"
	"insert into leat.waiting (org_id, lane_id, job_id, pending) values (1, 1, 3, 1);"
	"insert into leat.run (org_id, lane_id, job_id, run_no, attempt, lost, is_unsure, "
	"  is_cancelled, has_children, has_key, engine_id) "
	"  values (1, 1, 4, 3, 2, 0, false, false, true, false, 1);"
	"insert into leat.progress (org_id, job_id, run_no, rows_read) values (1, 4, 3, 9);"
	"insert into leat.job_key (org_id, key, job_id, until_end) values (1, 'k', 1, true);"
	"insert into leat.job_edge (org_id, parent_id, child_id, on_fail) values (1, 4, 3, 1);"
	"insert into leat.done (org_id, job_id, lane_id, run_no, state, attempt, lost, "
	"  committed_run, engine_id, started_at, rows_read, result) "
	"  values (1, 5, 1, 1, 2, 1, 0, 1, 1, '2026-01-01 UTC', 5, '{\"a\":1}');"
	"insert into leat.done (org_id, job_id, lane_id, run_no, state, attempt, lost, engine_id, "
	"  started_at, error_code, error, hint, sqlstate) "
	"  values (1, 6, 1, 2, 4, 2, 1, 1, '2026-01-01 UTC', 'TIMEOUT', 'late', 'Wait.', '57014');"
	"insert into leat.done (org_id, job_id, lane_id, run_no, state, attempt, lost) "
	"  values (1, 7, 1, 0, 5, 0, 0);"
	"insert into leat.attempt (org_id, job_id, run, attempt, outcome, engine_id, started_at, "
	"  error_code, error) select 1, job, run, 1, 2, 1, '2026-01-01 UTC', 'TIMEOUT', 'late' "
	"  from (values (1, 1), (1, 2), (2, 1), (4, 1), (4, 2), (6, 1)) x (job, run);"
	"insert into leat.job_log (org_id, job_id, run, level, line) values (1, 1, 1, 2, 'l');"
	"insert into leat.reject (org_id, job_id, run, part, row_no, line_no, byte_offset, "
	"  problems) values (1, 1, 1, 'f', 1, 1, 0, '[]');"
	"insert into leat.reject_shape (org_id, job_id, part, shape) values (1, 1, 'f', '{}');"
	"insert into leat.repair_act (org_id, kind, what) values (1, 'fix', 'a=1');"
	"insert into leat.repair (org_id, reject_id, state, fix, act_id) "
	" values (1, 1, 1, '{\"a\":\"1\"}', 1);"
	"insert into leat.repair_step (org_id, reject_id, version, what, act_id, state, was_state) "
	"  values (1, 1, 1, 'fix', 1, 1, 0);"
	"insert into leat.repair_block (org_id, block) values (1, 0);"
	"insert into leat.replay_block (org_id, block, job_id, ids) values (1, 0, 1, '{[1,2)}');"
	"insert into leat.loaded_file (org_id, pipeline_id, job_id, run, path, size_bytes, hash) "
	"  values (1, 1, 1, 1, '/f', 1, 'h');"
	"insert into leat.bookmark (org_id, pipeline_id, value) values (1, 1, '1');"
	"insert into leat.schedule (org_id, name, pipeline_id, spec, tz) "
	"  values (1, 's', 1, '@daily', 'UTC');"
	"insert into leat.pipeline_pause (org_id, pipeline_id) values (1, 1);"
	"insert into leat.tick (org_id, schedule_id, due_at, outcome) "
	"  values (1, 1, '2026-01-01 UTC', 'missed');"
	"insert into leat.alert (org_id, name, kind, config, on_failure, on_recovery, on_success) "
	"  values (1, 'a', 'webhook', '{}', true, true, false);"
	"insert into leat.alert_incident (org_id, alert_id, about, subject, opened_at, opened_job, "
	"  last_at, last_job) values (1, 1, 'failure', 1, now(), 1, now(), 1);"
	"insert into leat.alert_message (org_id, alert_id, what, about_job, about_run, job_id) "
	"  values (1, 1, 'job.failed', 1, 1, 2);"
	"insert into leat.alert_due (org_id, job_id, run) values (1, 1, 1);"
	"commit";

static const char tables_without_rows[] =
	"select string_agg(c.relname, ',') from pg_class c "
	" where c.relnamespace = 'leat'::regnamespace and c.relkind in ('r', 'p') "
	"   and not c.relispartition and (xpath('/row/n/text()', query_to_xml(format("
	"       'select count(*) as n from leat.%I', c.relname), false, true, '')))[1]::text = '0'";

/* All rows of all tables that are there, as one text. */
static const char data_dump[] =
	"select string_agg(c.relname || query_to_xml(format('select * from leat.%I t order by t', "
	"  c.relname), false, true, '')::text, E'\\n' order by c.relname) from pg_class c "
	" where c.relnamespace = 'leat'::regnamespace and c.relkind = 'r' "
	"   and c.relname <> 'migration'";

static int applied;
static int undone;

static void count(void *ctx, const char *name, bool is_up)
{
	(void)ctx;
	assert_non_null(name);
	applied += is_up;
	undone += !is_up;
}

static void fill(struct db *db)
{
	struct err err = { 0 };

	OK(db_exec(db, fill_every_table, &err));
	assert_string_equal(metatemp_one(db, tables_without_rows), "(null)");
}

static void up_down_and_up_again(void **state)
{
	const struct migration_set *set = migrate_embedded();
	struct db *db = metatemp_super(metatemp_empty());
	struct err err = { 0 };
	const char *first;
	int version;

	(void)state;
	OK(migrate_version(db, &version, &err));
	assert_int_equal(version, 0);
	applied = undone = 0;
	OK(migrate_up_on(db, set, 0, count, NULL, &err));
	assert_int_equal(applied, set->n);
	OK(migrate_version(db, &version, &err));
	assert_int_equal(version, migrate_wanted());
	first = metatemp_one(db, schema_dump);
	assert_non_null(strstr(first, "policy job tenant"));
	fill(db);
	OK(migrate_up_on(db, set, 0, count, NULL, &err));	/* nothing left to do */
	assert_int_equal(applied, set->n);
	OK(migrate_down_on(db, set, 0, count, NULL, &err));
	assert_int_equal(undone, set->n);
	assert_int_equal(metatemp_number(db, "select count(*) from pg_namespace "
					 "where nspname = 'leat'"), 0);
	OK(migrate_up_on(db, set, 0, NULL, NULL, &err));
	assert_string_equal(metatemp_one(db, schema_dump), first);
	db_close(db);
}

/* Each step alone: what lies below it keeps every row, what it makes is the same again. */
static void each_step_keeps_what_lies_below(void **state)
{
	const struct migration_set *set = migrate_embedded();
	struct db *db = metatemp_super(metatemp_empty());
	struct err err = { 0 };
	const char *schema;

	(void)state;
	OK(migrate_up_on(db, set, 0, NULL, NULL, &err));
	schema = metatemp_one(db, schema_dump);
	for (int to = set->n - 1; to >= 1; to--) {
		const char *below;

		if (to == set->n - 1)
			fill(db);
		OK(migrate_down_on(db, set, to, NULL, NULL, &err));
		below = metatemp_one(db, data_dump);
		OK(migrate_up_on(db, set, to + 1, NULL, NULL, &err));
		OK(migrate_down_on(db, set, to, NULL, NULL, &err));
		assert_string_equal(metatemp_one(db, data_dump), below);
	}
	OK(migrate_up_on(db, set, 0, NULL, NULL, &err));
	assert_string_equal(metatemp_one(db, schema_dump), schema);
	db_close(db);
}

static void an_edited_file_is_named(void **state)
{
	const struct migration_set *real = migrate_embedded();
	struct migration edited[16];
	struct migration_set set = { real->n, edited };
	struct arena *mem = arena_new(NULL, "test");
	struct db *db = metatemp_super(metatemp_new());
	struct migration_list list;
	struct err err = { 0 };
	char *text;

	(void)state;
	memcpy(edited, real->m, (size_t)real->n * sizeof(edited[0]));
	text = arena_printf(mem, "%s\n-- one line more\n", edited[2].up);
	edited[2].up = text;
	assert_int_equal(migrate_up_on(db, &set, 0, NULL, NULL, &err), ERR_CONFLICT);
	assert_non_null(strstr(err.frame[0].text, real->m[2].name));
	assert_int_equal(migrate_down_on(db, &set, 0, NULL, NULL, &err), ERR_CONFLICT);
	OK(migrate_list_on(mem, db, &set, &list, &err));
	assert_int_equal(list.n, real->n);
	assert_string_equal(list.row[2].state, "edited");
	assert_string_equal(list.row[1].state, "applied");
	assert_non_null(list.row[1].applied_at);
	db_close(db);
	arena_free(mem);
}

static void a_newer_database_is_refused(void **state)
{
	const struct migration_set *real = migrate_embedded();
	struct migration_set older = { real->n - 1, real->m };
	struct arena *mem = arena_new(NULL, "test");
	const char *conninfo = metatemp_new();
	struct meta_login how = { .role = META_APP, .app_name = "leat test" };
	struct db *db = metatemp_super(conninfo), *app = NULL;
	struct migration_list list;
	struct meta_place *place;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(migrate_up_on(db, &older, 0, NULL, NULL, &err), ERR_CONFLICT);
	OK(migrate_list_on(mem, db, &older, &list, &err));
	assert_string_equal(list.row[list.n - 1].state, "unknown");
	metatemp_run(db, "insert into leat.migration values (99, '0099_later', 'x')");
	OK(meta_place_open(conninfo, &place, &err));
	assert_int_equal(meta_open(place, &how, &app, NULL, &err), ERR_CONFIG);
	assert_null(app);
	assert_non_null(strstr(err.frame[0].text, "version 99"));
	meta_place_close(place);
	db_close(db);
	arena_free(mem);
}

static void an_old_database_is_told_how(void **state)
{
	const char *conninfo = metatemp_empty();
	struct meta_login how = { .role = META_APP, .app_name = "leat test" };
	struct meta_place *place;
	struct db *db = NULL;
	struct err err = { 0 };
	char want[64];

	(void)state;
	snprintf(want, sizeof(want), "needs %d", migrate_wanted());
	OK(meta_place_open(conninfo, &place, &err));
	assert_string_equal(meta_place_source(place), "--db");
	assert_false(meta_place_is_private(place));
	assert_int_equal(meta_open(place, &how, &db, NULL, &err), ERR_CONFIG);
	assert_non_null(strstr(err.frame[0].text, "version 0"));
	assert_non_null(strstr(err.frame[0].text, want));
	assert_non_null(strstr(err.hint, "leat migrate up"));
	OK(migrate_up(place, 3, NULL, NULL, &err));
	assert_int_equal(meta_open(place, &how, &db, NULL, &err), ERR_CONFIG);
	assert_non_null(strstr(err.frame[0].text, "version 3"));
	OK(migrate_up(place, 0, NULL, NULL, &err));
	OK(meta_open(place, &how, &db, NULL, &err));
	db_close(db);
	how.org = "nobody";
	assert_int_equal(meta_open(place, &how, &db, NULL, &err), ERR_NOT_FOUND);
	meta_place_close(place);
}

static void two_at_once_do_it_once(void **state)
{
	const char *conninfo = metatemp_empty();
	struct db *db;
	pid_t child[4];
	int status, failures = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		child[i] = fork();
		assert_true(child[i] >= 0);
		if (child[i] == 0) {
			struct db_options opt = { .conninfo = conninfo, .app_name = "leat test" };
			struct err err = { 0 };

			if (db_open(&opt, &db, &err) != ERR_OK ||
			    migrate_up_on(db, migrate_embedded(), 0, NULL, NULL, &err) != ERR_OK)
				_exit(1);
			db_close(db);
			_exit(0);
		}
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		failures += status != 0;
	}
	assert_int_equal(failures, 0);
	db = metatemp_super(conninfo);
	assert_int_equal(metatemp_number(db, "select count(*) from leat.migration"),
			 migrate_embedded()->n);
	db_close(db);
}

static void a_plain_login_needs_the_right(void **state)
{
	const char *conninfo = metatemp_empty();
	struct db *super = metatemp_super(conninfo), *db;
	struct err err = { 0 };
	const char *name = metatemp_one(super, "select current_database()");
	char sql[200];

	(void)state;
	metatemp_run(super, "create role nobody_much login");
	db = metatemp_super(metatemp_login(conninfo, "nobody_much"));
	assert_int_equal(migrate_up_on(db, migrate_embedded(), 0, NULL, NULL, &err), ERR_DENIED);
	assert_non_null(strstr(err.hint, "create role leat_owner"));
	assert_non_null(strstr(err.hint, "grant create on database"));
	metatemp_run(super, "grant leat_owner, leat_app, leat_reader, leat_engine "
		     "to nobody_much");
	snprintf(sql, sizeof(sql), "grant create on database %s to nobody_much", name);
	metatemp_run(super, sql);
	err_clear(&err);
	OK(migrate_up_on(db, migrate_embedded(), 0, NULL, NULL, &err));
	assert_int_equal(metatemp_number(db, "select count(*) from pg_class c "
					 "join pg_roles r on r.oid = c.relowner "
					 "where c.relnamespace = 'leat'::regnamespace "
					 "and r.rolname <> 'leat_owner'"), 0);
	db_close(db);
	db = metatemp_open(metatemp_login(conninfo, "nobody_much"), META_APP, NULL, NULL);
	assert_string_equal(metatemp_one(db, "select current_user"), "leat_app");
	db_close(db);
	db_close(super);
}

/* Each statement of the way fails once: the database is at a whole version afterwards. */
#define FAILING 4	/* versions: each place is tried, and all that lies before it again */

static void a_failure_leaves_a_whole_version(void **state)
{
	const char *conninfo = metatemp_empty();
	int nth = 1;

	(void)state;
	for (;; nth++) {
		struct db *db = metatemp_super(conninfo), *look;
		struct err err = { 0 };
		int version = -1;
		enum err_code rc;

		fault_arm(nth);
		rc = migrate_up_on(db, migrate_embedded(), FAILING, NULL, NULL, &err);
		db_close(db);
		if (!fault_hit()) {
			OK(rc);
			break;
		}
		fault_arm(0);
		assert_int_not_equal(rc, ERR_OK);
		look = metatemp_super(conninfo);
		err_clear(&err);
		OK(migrate_version(look, &version, &err));
		assert_in_range(version, 0, FAILING);
		OK(migrate_down_on(look, migrate_embedded(), 0, NULL, NULL, &err));
		db_close(look);
	}
	assert_true(nth > 4 * FAILING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(up_down_and_up_again),
		cmocka_unit_test(each_step_keeps_what_lies_below),
		cmocka_unit_test(an_edited_file_is_named),
		cmocka_unit_test(a_newer_database_is_refused),
		cmocka_unit_test(an_old_database_is_told_how),
		cmocka_unit_test(two_at_once_do_it_once),
		cmocka_unit_test(a_plain_login_needs_the_right),
		cmocka_unit_test(a_failure_leaves_a_whole_version),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}
