/*
 * tests/unit/connectors/postgres/pg_target_test.c
 *	Targets of every kind and in every state: written, or answered clearly.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/connectors/postgres/rig.h"

#define MAKERS 8
#define FIVE "select g as id, 'v' || g as v from generate_series(1, 5) g"

/* The load fails at opening with this code, and the text or hint says this. */
static void refused(const struct rig_load *l, enum err_code code, const char *says)
{
	struct rig_result r = rig_run(l);
	char text[1200];

	err_text(&r.err, text, sizeof(text) - 400);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s", r.err.hint);
	if (r.rc != code || strstr(text, says) == NULL)
		fail_msg("%s: %s: %s", l->into, err_name(r.rc), text);
	rig_forget(&r);
}

static void loads(const struct rig_load *l, const char *look, int64_t expected)
{
	struct rig_result r = rig_ok(l);

	assert_int_equal(rig_number(look), expected);
	rig_forget(&r);
}

static void what_is_missing_is_told(void **state)
{
	(void)state;
	refused(&(struct rig_load){ .query = FIVE, .into = "no_table" }, ERR_NOT_FOUND, "no_table");
	refused(&(struct rig_load){ .query = FIVE, .into = "nope.t" }, ERR_NOT_FOUND, "nope.t");
	rig_sql("create table lacks (id int, need int not null)");
	refused(&(struct rig_load){ .query = FIVE, .into = "lacks", .drift = DRIFT_FAIL },
		ERR_CONFLICT, "no column v");
	refused(&(struct rig_load){ .query = FIVE, .into = "lacks", .drift = DRIFT_IGNORE },
		ERR_CONFIG, "need");
	refused(&(struct rig_load){ .query = FIVE, .into = "lacks", .mode = MODE_UPSERT },
		ERR_CONFLICT, "v");
	rig_sql("create table bare (id int, v text)");
	refused(&(struct rig_load){ .query = FIVE, .into = "bare", .mode = MODE_UPSERT },
		ERR_CONFIG, "key");
	refused(&(struct rig_load){ .query = FIVE, .into = "bare", .mode = MODE_UPSERT,
				    .key = { "zz" } }, ERR_CONFIG, "zz");
	refused(&(struct rig_load){ .query = FIVE, .may_create = true, .into =
		"a_name_that_goes_on_and_on_until_it_is_longer_than_sixty_three_bytes" },
		ERR_CONFIG, "63");
}

static void a_schema_is_made_only_when_told(void **state)
{
	struct rig_load l = { .query = FIVE, .into = "stag.t", .may_create = true };
	struct arena *mem = arena_new(NULL, "test");
	struct conn *c = rig_open(mem, NULL);
	struct err err = { 0 };

	(void)state;
	rig_sql("create schema stage");
	refused(&l, ERR_NOT_FOUND, "there is no schema stag Did you mean stage?");
	assert_int_equal(c->ops->can_make(c, mem, "stag.t", false, &err), ERR_NOT_FOUND);
	assert_int_equal(c->ops->can_make(c, mem, "warehouse.t", false, &err), ERR_NOT_FOUND);
	assert_string_equal(err.hint, "To have leat make the schema, say --create-schema, or"
			    " create_schema: true in the target of a pipeline.");
	assert_int_equal(c->ops->can_make(c, mem, "stag.t", true, &err), ERR_OK);
	assert_int_equal(c->ops->can_make(c, mem, "stage.t", false, &err), ERR_OK);
	assert_int_equal(c->ops->can_make(c, mem, "t", false, &err), ERR_OK);
	assert_int_equal(rig_number("select count(*) from pg_namespace where nspname = 'stag'"), 0);
	l.create_schema = true;
	loads(&l, "select count(*) from stag.t", 5);
	conn_close(c);
	arena_free(mem);
}

static void an_administrator_is_told_what_to_do(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct conn *c;
	struct err err = { 0 };

	(void)state;
	rig_sql("create role \"sm all\" login");
	c = rig_open(mem, arena_printf(mem, "%s user='sm all'", pgtemp_conninfo(rig_server)));
	assert_int_equal(c->ops->can_make(c, mem, "house.t", true, &err), ERR_DENIED);
	assert_non_null(strstr(err.frame[0].text, "login sm all may not make one in database"));
	assert_non_null(strstr(err.hint, "CREATE SCHEMA \"house\" AUTHORIZATION \"sm all\";"));
	conn_close(c);
	arena_free(mem);
}

static void drift_is_settled(void **state)
{
	(void)state;
	rig_sql("create table drift (id int); insert into drift values (0)");
	loads(&(struct rig_load){ .query = FIVE, .into = "drift", .drift = DRIFT_IGNORE },
	      "select count(*) from drift", 6);
	loads(&(struct rig_load){ .query = FIVE, .into = "drift", .drift = DRIFT_ADD },
	      "select count(v) from drift", 5);
	/* A load that does not commit leaves no column behind. */
	{
		struct rig_result r = rig_ok(&(struct rig_load){
			.query = "select 1 as id, 2.5 as extra", .into = "drift",
			.drift = DRIFT_ADD, .stops_before_commit = true });

		rig_forget(&r);
	}
	assert_int_equal(rig_number("select count(*) from pg_attribute where attrelid ="
				    " 'drift'::regclass and attname = 'extra'"), 0);
}

static void naughty_names_go_through(void **state)
{
	static const char query[] =
		"select 1 as \"select\", 2 as \"a\"\"b\", 3 as \"Ü $1 '; drop table x; --\", 4"
		" as \"$leat$\""
		", 5 as \" \"";
	static const enum write_mode modes[] = { MODE_APPEND, MODE_UPSERT, MODE_REPLACE };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct rig_load l = { .query = query, .into = "\"odd.schema\".\"table"
			" \"\"x\"\"; --\"",
				      .may_create = true, .create_schema = true,
				      .mode = modes[i] };

		if (modes[i] == MODE_UPSERT)
			l.key[0] = "a\"b";
		loads(&l, "select count(*) + sum(\"Ü $1 '; drop table x; --\")"
		      " from \"odd.schema\".\"table \"\"x\"\"; --\"", 4);
	}
	/* Refused rows of such a table too. */
	rig_sql("alter table \"odd.schema\".\"table \"\"x\"\"; --\" add constraint \"c'\"\"%s\""
		" check (\"$leat$\" < 4) not valid");
	{
		struct rig_result r = rig_ok(&(struct rig_load){
			.query = query, .into = "\"odd.schema\".\"table \"\"x\"\"; --\"" });

		assert_int_equal(r.nrejects, 1);
		assert_string_equal(r.reject[0].field, "$leat$");
		rig_forget(&r);
	}
}

static void generated_and_identity_columns(void **state)
{
	(void)state;
	rig_sql("create table gen (id int, v text, g int generated always as (id * 2) stored)");
	loads(&(struct rig_load){ .query = FIVE, .into = "gen" }, "select sum(g) from gen", 30);
	refused(&(struct rig_load){ .query = "select 1 as id, 2 as g", .into = "gen" }, ERR_CONFIG,
		"generated");
	rig_sql("create table ident (id int generated always as identity primary key, v text)");
	loads(&(struct rig_load){ .query = FIVE, .into = "ident" }, "select sum(id) from"
		" ident", 15);
	loads(&(struct rig_load){ .query = "select g as id, 'new' as v from generate_series(4,"
		" 8) g",
				  .into = "ident", .mode = MODE_UPSERT, .key = { "id" } },
	      "select count(*) from ident where v = 'new'", 5);
	loads(&(struct rig_load){ .query = "select 'w' as"
		" v", .into = "ident", .mode = MODE_REPLACE },
	      "select count(*) from ident", 1);
}

static void partitions_views_and_foreign_tables(void **state)
{
	static const enum write_mode modes[] = { MODE_APPEND, MODE_UPSERT, MODE_REPLACE };
	struct rig_result r;

	(void)state;
	rig_sql("create table part (id int primary key, v text) partition by range (id);"
		" create table part_1 partition of part for values from (0) to (4);"
		" create table part_2 partition of part for values from (4) to (6)");
	for (int i = 0; i < 3; i++) {
		struct rig_load l = { .query = FIVE, .into = "part", .mode = modes[i] };

		if (modes[i] == MODE_UPSERT)
			l.key[0] = "id";
		loads(&l, "select count(*) from part", 5);
	}
	r = rig_ok(&(struct rig_load){ .query = "select generate_series(0, 7) as id, 'x' as v",
				       .into = "part" });
	assert_int_equal(r.ledger.written, 1);
	assert_int_equal(r.nrejects, 7);	/* five are there, two have no partition */
	rig_forget(&r);
	rig_sql("create table behind (id int primary key check (id <> 3), v text);"
		" create view thru as select * from behind;"
		" create view fixed as select id, count(*) as n from behind group by id;"
		" create materialized view mat as select * from behind");
	r = rig_ok(&(struct rig_load){ .query = FIVE, .into = "thru" });
	assert_int_equal(r.ledger.written, 4);
	assert_int_equal(r.nrejects, 1);
	rig_forget(&r);
	r = rig_ok(&(struct rig_load){ .query = "select g as id, case when g % 2 = 0 then 'n' else"
				       " 'v' || g end as v from generate_series(1, 6) g",
				       .into = "thru", .mode = MODE_UPSERT, .key = { "id" } });
	assert_int_equal(r.ledger.written, 3);
	assert_int_equal(r.ledger.unchanged, 2);
	assert_int_equal(r.nrejects, 1);
	rig_forget(&r);
	refused(&(struct rig_load){ .query = FIVE, .into = "fixed" }, ERR_CONFIG, "cannot be"
		" written");
	refused(&(struct rig_load){ .query = FIVE, .into = "mat" }, ERR_CONFIG, "materialized");
	refused(&(struct rig_load){ .query = FIVE, .into = "thru", .mode = MODE_REPLACE },
		ERR_CONFIG, "not a table");
}

static void rights_and_row_policies(void **state)
{
	struct rig_load l = { .query = "select g as id, 'o' || g % 2 as org from"
			      " generate_series(1, 2000) g", .into = "rows_of" };
	char conninfo[400];
	struct rig_result r;

	(void)state;
	rig_sql("create role tenant login; grant usage on schema _leat to tenant;"
		" grant all on all tables in schema _leat to tenant;"
		" create table rows_of (id int primary key, org text);"
		" insert into rows_of values (9999, 'o0');"
		" alter table rows_of enable row level security;"
		" create policy own on rows_of using (org = 'o1')");
	snprintf(conninfo, sizeof(conninfo), "%s user=tenant", pgtemp_conninfo(rig_server));
	r = rig_run_as(conninfo, &l);
	assert_int_equal(r.rc, ERR_DENIED);
	assert_non_null(strstr(r.err.frame[0].text, "rows_of"));
	rig_forget(&r);
	rig_sql("grant all on rows_of to tenant");
	for (int i = 0; i < 3; i++) {
		l.mode = i == 0 ? MODE_APPEND : i == 1 ? MODE_UPSERT : MODE_REPLACE;
		l.key[0] = i == 1 ? "id" : NULL;
		r = rig_run_as(conninfo, &l);
		if (r.rc != ERR_OK)
			fail_msg("%s: %s", r.step, r.err.frame[0].text);
		assert_int_equal(r.nrejects, 1000);
		assert_string_equal(r.reject[0].rule, "policy");
		assert_int_equal(r.ledger.written + r.ledger.unchanged, 1000);
		/* The rows of others stay as they are. */
		assert_int_equal(rig_number("select count(*) from rows_of"), 1001);
		rig_forget(&r);
	}
}

/* Values that do not become the column's type are told by row, the others arrive. */
static void texts_the_server_cannot_read(void **state)
{
	struct rig_result r;

	(void)state;
	rig_sql("create table nets (id int, ip inet, iv interval)");
	r = rig_ok(&(struct rig_load){
		.query = "select g as id, case when g % 7 = 0 then 'no ip' else '10.0.0.' || g"
			" % 200 end"
			 " as ip, '1 day'::text as iv from generate_series(1, 700) g",
		.into = "nets" });
	assert_int_equal(r.ledger.written, 600);
	assert_int_equal(r.nrejects, 100);
	assert_int_equal(r.reject[5].row, 42);
	assert_string_equal(r.reject[0].rule, "type");
	assert_string_equal(r.reject[0].field, "ip");
	rig_forget(&r);
}

static void wide_and_large(void **state)
{
	struct rig_result r;

	(void)state;
	rig_sql("create table large (id int, t text)");
	r = rig_ok(&(struct rig_load){ .query = "select g as id, repeat('x', 20000000) as t from"
				       " generate_series(1, 3) g", .into = "large" });
	assert_int_equal(rig_number("select sum(length(t)) from large"), 60000000);
	rig_forget(&r);
	r = rig_ok(&(struct rig_load){ .query = "select g as id from generate_series(1, 10) g"
		" limit 0",
				       .into = "large" });
	assert_int_equal(r.ledger.written, 0);
	rig_forget(&r);
}

static void *load_beside(void *arg)
{
	struct rig_result *r = mem_alloc(sizeof(*r));

	*r = rig_run(arg);
	return r;
}

/* Loads into a table, and a schema, that none of them finds there. */
static void several_make_one_table_at_once(void **state)
{
	struct rig_load l[MAKERS];
	pthread_t thread[MAKERS];

	(void)state;
	for (int i = 0; i < MAKERS; i++) {
		l[i] = (struct rig_load){ .query = FIVE, .may_create = true,
					  .create_schema = true, .job = 70000 + i, .run = 1,
					  .into = i % 4 == 3 ? "made.other" : "made.one" };
		assert_int_equal(pthread_create(&thread[i], NULL, load_beside, &l[i]), 0);
	}
	for (int i = 0; i < MAKERS; i++) {
		void *got;
		struct rig_result *r;

		assert_int_equal(pthread_join(thread[i], &got), 0);
		r = got;
		if (r->rc != ERR_OK)
			fail_msg("%s: %s: %s", l[i].into, err_name(r->rc), r->err.frame[0].text);
		rig_forget(r);
		free(r);
	}
	assert_int_equal(rig_number("select count(*) from made.one"), 5 * MAKERS * 3 / 4);
	assert_int_equal(rig_number("select count(*) from made.other"), 5 * MAKERS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing_is_told),
		cmocka_unit_test(a_schema_is_made_only_when_told),
		cmocka_unit_test(an_administrator_is_told_what_to_do),
		cmocka_unit_test(drift_is_settled),
		cmocka_unit_test(naughty_names_go_through),
		cmocka_unit_test(generated_and_identity_columns),
		cmocka_unit_test(partitions_views_and_foreign_tables),
		cmocka_unit_test(rights_and_row_policies),
		cmocka_unit_test(texts_the_server_cannot_read),
		cmocka_unit_test(wide_and_large),
		cmocka_unit_test(several_make_one_table_at_once),
	};

	return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
