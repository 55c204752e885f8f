/*
 * tests/unit/connectors/postgres/pg_refuse_test.c
 *	Rows that only the server refuses: each one found, told why, nothing else lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/connectors/postgres/rig.h"

/*
 * bad marks rows of each kind: a row g is bad in way w when g % period = w.
 * The target refuses them by unique, check, foreign key (deferred too), not
 * null, overflow, length and trigger.
 */
static const char make_target[] =
	"drop table if exists picky, parent cascade;"
	"create table parent (id int primary key);"
	" insert into parent select generate_series(1, 10);"
	"create table picky (id int primary key, code text not null, qty int,"
	" constraint qty_fits check (qty < 1000), a int constraint a_known references parent,"
	" b int constraint b_known references parent deferrable initially deferred,"
	" price numeric(6,2), tag varchar(4), hot int);"
	"insert into picky values (0, 'zero', 0, 1, 1, 0, '', 0);"
	"create or replace function no_hot() returns trigger language plpgsql as"
	" $$ begin if new.hot = 13 then raise 'too hot: %', new.hot using errcode = 'XY013';"
	" end if; return new; end $$;"
	"create trigger hot_check before insert or update on picky for each row"
	" execute function no_hot()";

#define ROWS \
	"select case when g %% %d = 1 then 0 else g end::int as id," \
	" case when g %% %d <> 2 then 'c' || g end as code," \
	" case when g %% %d = 3 then 5000 else 5 end as qty," \
	" case when g %% %d = 4 then 77 else 1 + g %% 10 end::int as a," \
	" case when g %% %d = 5 then 78 else 1 + g %% 10 end::int as b," \
	" case when g %% %d = 6 then 123456.5 else 12.5 end as price," \
	" case when g %% %d = 7 then 'too long' else 'ok' end as tag," \
	" case when g %% %d = 8 then 13 else 1 end as hot from generate_series(1, %d) g"

static const char *rows(int period, int n)
{
	static char sql[1200];

	snprintf(sql, sizeof(sql), ROWS, period, period, period, period, period, period, period,
		 period, n);
	return sql;
}

struct expected {
	const char *rule, *field, *in_reason;
};

static const struct expected ways[] = {
	{ "", "", "" },
	{ "unique", "id", "picky_pkey" },
	{ "not null", "code", "null value" },
	{ "check", "qty", "qty_fits" },
	{ "foreign key", "a", "a_known" },
	{ "foreign key", "b", "b_known" },
	{ "out of range", NULL, "numeric field overflow" },
	{ "length", NULL, "too long" },
	{ "server", "", "too hot: 13" },
};

static void check_reject(const struct rig_reject *x, int period)
{
	int way = (int)(x->row % period);

	if (way < 1 || way > 8) {
		print_error("row %d was refused: %s\n", (int)x->row, x->reason);
		fail();
	}
	assert_string_equal(x->rule, ways[way].rule);
	if (ways[way].field != NULL)
		assert_string_equal(x->field, ways[way].field);
	if (strstr(x->reason, ways[way].in_reason) == NULL)
		fail_msg("row %d: %s", (int)x->row, x->reason);
	assert_memory_equal(x->raw, "{\"id\":", 6);
}

static void refuses(int period, int n, enum write_mode mode, bool is_decoded)
{
	struct rig_load l = { .query = rows(period, n), .into = "picky", .mode = mode,
			      .is_decoded = is_decoded };
	struct rig_result r;
	int expected = 0;

	if (mode == MODE_UPSERT)
		l.key[0] = "id";
	rig_sql(make_target);
	r = rig_ok(&l);
	for (int g = 1; g <= n; g++)
		expected += g % period >= 1 && g % period <= 8 &&
			    !(mode == MODE_UPSERT && g % period == 1);
	assert_int_equal(r.nrejects, expected);
	for (int i = 0; i < r.nrejects; i++)
		check_reject(&r.reject[i], period);
	if (mode == MODE_APPEND) {
		assert_int_equal(r.ledger.written, n - expected);
		assert_int_equal(rig_number("select count(*) from picky"), n - expected + 1);
		/* The rows that are there are those that should, as they were. */
		assert_int_equal(rig_number("select count(*) from picky where code <> 'c' || id"
					    " and id <> 0"), 0);
	}
	rig_forget(&r);
}

static void few_bad_rows(void **state)
{
	(void)state;
	refuses(8000, 60000, MODE_APPEND, false);
	refuses(8000, 60000, MODE_APPEND, true);
}

static void many_bad_rows(void **state)
{
	(void)state;
	refuses(27, 40000, MODE_APPEND, false);
	refuses(27, 40000, MODE_APPEND, true);
}

static void nothing_but_bad_rows(void **state)
{
	struct rig_result r;

	(void)state;
	rig_sql(make_target);
	r = rig_ok(&(struct rig_load){ .query = "select 0 as id, 'x' as code from"
				       " generate_series(1, 3000)", .into = "picky" });
	assert_int_equal(r.nrejects, 3000);
	assert_int_equal(r.ledger.written, 0);
	rig_forget(&r);
}

static void upsert_isolates_too(void **state)
{
	(void)state;
	refuses(3000, 30000, MODE_UPSERT, false);
	refuses(31, 10000, MODE_UPSERT, true);
}

/* Rows that a merge without a usable index refuses, into a table with rows of its own. */
static void upsert_without_index_isolates(void **state)
{
	struct rig_result r;

	(void)state;
	rig_sql("drop table if exists loose; create table loose (k int, v int check (v >= 0));"
		" insert into loose select g, 0 from generate_series(1, 2000) g");
	r = rig_ok(&(struct rig_load){
		.query = "select g as k, case when g % 50 = 0 then -1 else g end as v"
			 " from generate_series(1, 4000) g",
		.into = "loose", .mode = MODE_UPSERT, .key = { "k" } });
	assert_int_equal(r.nrejects, 80);
	assert_int_equal(r.ledger.written, 3920);
	for (int i = 0; i < r.nrejects; i++) {
		assert_int_equal(r.reject[i].row % 50, 0);
		assert_string_equal(r.reject[i].rule, "check");
	}
	assert_int_equal(rig_number("select count(*) from loose"), 3960);
	assert_int_equal(rig_number("select count(*) from loose where v = 0"), 40);
	rig_forget(&r);
}

static void values_are_told(void **state)
{
	struct rig_result r;

	(void)state;
	rig_sql("drop table if exists uq; create table uq (id int, mail text, unique (id, mail))");
	r = rig_ok(&(struct rig_load){ .query = "select 5 as id, 'a' || chr(27) || '@b' as mail"
				       " from generate_series(1, 2)", .into = "uq" });
	assert_int_equal(r.nrejects, 1);
	assert_int_equal(r.reject[0].row, 2);
	assert_string_equal(r.reject[0].field, "id, mail");
	/* What goes to people holds no escape. */
	assert_memory_equal(r.reject[0].value, "5, a", 4);
	assert_null(strchr(r.reject[0].value, 27));
	assert_null(strchr(r.reject[0].reason, 27));
	rig_forget(&r);
}

/* Without the right to make temporary tables the search runs from here. */
static void works_without_temp_tables(void **state)
{
	char conninfo[400];
	struct rig_result r;

	(void)state;
	rig_sql("drop role if exists plain; create role plain login;"
		" revoke temp on database postgres from public;"
		" grant usage on schema _leat to plain;"
		" grant all on all tables in schema _leat to plain;"
		" drop table if exists mine; create table mine (id int check (id % 3 <> 0));"
		" grant all on mine to plain");
	snprintf(conninfo, sizeof(conninfo), "%s user=plain", pgtemp_conninfo(rig_server));
	r = rig_run_as(conninfo, &(struct rig_load){
		.query = "select generate_series(1, 900) as id", .into = "mine" });
	rig_sql("grant temp on database postgres to public");
	assert_int_equal(r.rc, ERR_OK);
	assert_int_equal(r.nrejects, 300);
	assert_int_equal(r.ledger.written, 600);
	rig_forget(&r);
}

/* A trigger that returns null drops the row without a word: it is counted as filtered. */
static void silent_triggers_are_counted(void **state)
{
	struct rig_result r;

	(void)state;
	rig_sql("create table quiet (id int);"
		" create function skip() returns trigger language plpgsql as $$ begin if new.id"
		" % 4 = 0 then return null; end if; return new; end $$;"
		" create trigger skip before insert on quiet for each row execute function skip()");
	r = rig_ok(&(struct rig_load){ .query = "select generate_series(1, 100) as id",
				       .into = "quiet" });
	assert_int_equal(r.ledger.written, 75);
	assert_int_equal(r.ledger.filtered, 25);
	rig_forget(&r);
}

/* An error that is no row's fault ends the load, and is not taken for refusals. */
static void other_errors_end_the_load(void **state)
{
	struct rig_result r;

	(void)state;
	rig_sql("create table trap (id int); create function trap() returns trigger language"
		" plpgsql"
		" as $$ begin perform * from there_is_no_such_table; return new; end $$;"
		" create trigger trap before insert on trap for each row execute function trap()");
	r = rig_run(&(struct rig_load){ .query = "select generate_series(1, 100) as id",
					.into = "trap" });
	assert_int_equal(r.rc, ERR_NOT_FOUND);
	assert_int_equal(r.nrejects, 0);
	assert_int_equal(rig_number("select count(*) from trap"), 0);
	rig_forget(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_bad_rows),
		cmocka_unit_test(many_bad_rows),
		cmocka_unit_test(nothing_but_bad_rows),
		cmocka_unit_test(upsert_isolates_too),
		cmocka_unit_test(upsert_without_index_isolates),
		cmocka_unit_test(values_are_told),
		cmocka_unit_test(works_without_temp_tables),
		cmocka_unit_test(silent_triggers_are_counted),
		cmocka_unit_test(other_errors_end_the_load),
	};

	return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
