/*
 * tests/unit/connectors/postgres/postgres_test.c
 *	Rows in and out in every mode, with counts that are exact.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "connectors/postgres/pg.h"
#include "tests/unit/connectors/postgres/rig.h"

#define SALES \
	"select g::int as id, 'customer ' || g as name, (g * 1.25)::numeric(12,2) as amount," \
	" date '2024-01-01' + (g %% 700)::int as day, case when g %% 5 = 0 then null else g" \
	" %% 2 = 0 end" \
	" as ok from generate_series(1, %d) g"

static const char *sales(int n)
{
	static char sql[600];

	snprintf(sql, sizeof(sql), SALES, n);
	return sql;
}

static void made_and_filled(bool is_decoded)
{
	struct rig_result r;

	rig_sql("drop schema if exists new cascade");
	r = rig_ok(&(struct rig_load){ .query = sales(50000), .into = "new.sales",
				       .may_create = true, .create_schema = true,
				       .is_decoded = is_decoded });
	assert_int_equal(r.ledger.written, 50000);
	assert_int_equal(rig_number("select count(*) from (table new.sales except select g,"
		" 'customer ' || g, (g * 1.25), date '2024-01-01' + (g % 700)::int,"
		" case when g % 5 = 0 then null else g % 2 = 0 end"
		" from generate_series(1, 50000) g) x"), 0);
	assert_string_equal(rig_text("select string_agg(format_type(atttypid, atttypmod), ','"
		" order by"
		" attnum) from pg_attribute where attrelid = 'new.sales'::regclass and attnum > 0"),
		"integer,text,numeric,date,boolean");
	assert_int_equal(rig_number("select count(*) from _leat.commit_log where committed and"
		" written = 50000 and read = 50000 and bookmark = '{\"value\":"
		" 7}'"), is_decoded ? 2 : 1);
	rig_forget(&r);
}

static void append_makes_and_fills(void **state)
{
	(void)state;
	made_and_filled(false);
	made_and_filled(true);
}

static void nothing_is_seen_before_commit(void **state)
{
	struct rig_result r;

	(void)state;
	rig_sql("create table early (id int)");
	r = rig_ok(&(struct rig_load){ .query = "select 1 as id", .into = "early",
				       .stops_before_commit = true });
	assert_int_equal(r.ledger.written, 1);
	assert_int_equal(rig_number("select count(*) from early"), 0);
	assert_int_equal(rig_number("select count(*) from _leat.commit_log where committed"
				    " and written = 1 and read = 1"), 0);
	rig_forget(&r);
}

static void upsert_writes_only_what_differs(void **state)
{
	struct rig_load l = { .query = sales(10000), .into = "ups", .mode = MODE_UPSERT,
			      .key = { "id" }, .may_create = true };
	struct rig_result r = rig_ok(&l);

	(void)state;
	assert_int_equal(r.ledger.written, 10000);
	rig_forget(&r);
	r = rig_ok(&l);
	assert_int_equal(r.ledger.written, 0);
	assert_int_equal(r.ledger.unchanged, 10000);
	rig_forget(&r);
	rig_sql("update ups set amount = amount + 1 where id % 4 = 0; delete from ups where id"
		" > 9000");
	l.is_decoded = true;
	r = rig_ok(&l);
	assert_int_equal(r.ledger.written, 9000 / 4 + 1000);
	assert_int_equal(r.ledger.unchanged, 9000 - 9000 / 4);
	assert_int_equal(rig_number("select count(*) from ups"), 10000);
	assert_int_equal(rig_number("select count(*) from ups where amount <> id * 1.25"), 0);
	rig_forget(&r);
}

/* Keys out of order, and some of them more than once: the last one stands. */
static void upsert_last_of_a_key_wins(void **state)
{
	static const char *const tables[] = {
		"create table dup (id int primary key, v int)",
		"create table dup (id int, v int)",
	};
	struct rig_load l = { .query = "select (g * 7919 % 1000)::int as id, g::int as v"
			      " from generate_series(1, 3000) g", .into = "dup",
			      .mode = MODE_UPSERT, .key = { "id" } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct rig_result r;

		rig_sql("drop table if exists dup");
		rig_sql(tables[i]);
		rig_sql("insert into dup select g, 0 from generate_series(0, 499) g");
		r = rig_ok(&l);
		assert_int_equal(r.ledger.written, 1000);
		assert_int_equal(r.ledger.filtered, 2000);
		assert_int_equal(rig_number("select count(*) from dup where v > 2000"), 1000);
		assert_int_equal(rig_number("select count(distinct id) from dup"), 1000);
		rig_forget(&r);
	}
}

/* Keys in order let rows be compared on the way; what breaks the order changes nothing. */
static void upsert_peeks_at_the_target(void **state)
{
	static const char *const tails[] = {
		"", " union all select 7, 'late', 1.5",
		" union all select g, 'beyond', 2 from generate_series(30001, 30010) g",
	};

	(void)state;
	for (int i = 0; i < 6; i++) {
		char query[600];
		struct rig_result r;

		snprintf(query, sizeof(query), "select g as id, case when g %% 3 = 0 then 'new'"
			" else"
			 " 'old' end as v, 1.5 as n from generate_series(1, 30000)"
			 " g%s", tails[i % 3]);
		rig_sql("drop table if exists peek; create table peek (id int primary key, v text,"
			" n numeric(10,3)); insert into peek select g, 'old', 1.5 from"
			" generate_series(-5, 30000) g where g % 100 <> 1;"
			" insert into peek select g, 'far', 0 from generate_series(40000,"
			" 41000) g");
		r = rig_ok(&(struct rig_load){ .query = query, .into = "peek", .mode = MODE_UPSERT,
					       .key = { "id" }, .is_decoded = i >= 3 });
		/* A third is new, and of the rest one in a hundred was missing. */
		assert_int_equal(r.ledger.written, 10000 + 200 + (i % 3 == 1) + 10 * (i % 3 == 2));
		assert_int_equal(rig_number("select count(*) from peek where id between 1 and 30000"
			" and v = case when id % 3 = 0 then 'new' else 'old' end"),
			30000 - (i % 3 == 1));
		assert_int_equal(rig_number("select count(*) from peek where v = 'far'"), 1001);
		rig_forget(&r);
	}
}

static void upsert_refuses_null_keys(void **state)
{
	struct rig_result r;

	(void)state;
	rig_sql("create table nulls (a int, b text, v int, unique (a, b))");
	r = rig_ok(&(struct rig_load){
		.query = "select case when g <> 3 then g end as a, case when g <> 5 then 'k'"
			" end as b,"
			 " g as v from generate_series(1, 10) g",
		.into = "nulls", .mode = MODE_UPSERT, .key = { "a", "b" } });
	assert_int_equal(r.ledger.written, 8);
	assert_int_equal(r.nrejects, 2);
	assert_int_equal(r.reject[0].row, 3);
	assert_string_equal(r.reject[0].rule, "key");
	assert_string_equal(r.reject[0].field, "a");
	assert_string_equal(r.reject[0].raw, "{\"a\":null,\"b\":\"k\",\"v\":3}");
	assert_string_equal(r.reject[1].field, "b");
	rig_forget(&r);
}

static void types_survive(bool is_decoded)
{
	struct rig_result r;

	rig_sql("drop table if exists kinds_copy; create table kinds_copy (like kinds)");
	r = rig_ok(&(struct rig_load){ .query = "table kinds", .into = "kinds_copy",
				       .is_decoded = is_decoded });
	assert_int_equal(r.ledger.written, 3);
	assert_int_equal(rig_number("select count(*) from (select x::text from kinds x except"
				    " select x::text from kinds_copy x) d"), 0);
	rig_forget(&r);
}

/* Arrays, ranges and intervals have no binary form here: the whole load is COPY text. */
static void all_types_arrive(void **state)
{
	static const char more[] =
		"alter table kinds add ar int[] default '{1,NULL,3}', add ip inet default"
		" '10.0.0.1/8',"
		" add iv interval default '1 day 2 hours', add rg int4range default '[1,5)',"
		" add tz timetz default '13:45:00+02', add em text[] default"
		" '{\"a,b\",\"c\\\\d\"}',"
		" add esc text default E'tab\\tnl\\nback\\\\r\\r', add pt point default '(1,2)'";

	(void)state;
	rig_sql("create type mood as enum ('sad', 'it''s \"ok\"');"
		" create domain posint as int check (value > 0);"
		" create domain price as numeric(10,2) check (value >= 0);"
		" create table kinds (b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8,"
		"  n numeric, n2 numeric(10,2), t text, vc varchar(10), c char(5), nm name, by"
		" bytea,"
		"  d date, tm time, ts timestamp, tz2 timestamptz, u uuid, j json, jb jsonb, m"
		" mood,"
		"  p posint, pr price, x xml);"
		" insert into kinds values (true, -3, 4, 5000000000, 1.5, -0.1,"
		" 12345678901234567890.5,"
		"  1.10, 'tëxt', 'vc', 'c', 'nm', '\\x00ff10', '2024-02-29', '23:59:59.999999',"
		"  '2024-02-29 12:00:00.123456', '2024-02-29 12:00+02',"
		"  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"a\": 1}', '{\"b\": [1,2]}',"
		"  'it''s \"ok\"', 7, 3.5, '<a/>'), (false, 0, 0, 0, 0, 0, 0, 0, '', '', '',"
		" '', '', "
		"  'infinity', '00:00', '-infinity', 'infinity', null, '[]', 'null', 'sad', 1,"
		" 0, null);"
		" insert into kinds default values");
	types_survive(false);
	types_survive(true);
	rig_sql(more);
	types_survive(false);
	types_survive(true);
}

static void upsert_compares_any_type(void **state)
{
	struct rig_load l = { .query = "select 1 as k, * from kinds where i4 ="
		" 4", .into = "kinds_up",
			      .mode = MODE_UPSERT, .key = { "k" } };
	struct rig_result r;

	(void)state;
	rig_sql("create table kinds_up as select 1 as k, * from kinds where false;"
		" alter table kinds_up add primary key (k)");
	r = rig_ok(&l);
	assert_int_equal(r.ledger.written, 1);
	rig_forget(&r);
	r = rig_ok(&l);
	assert_int_equal(r.ledger.unchanged, 1);
	rig_forget(&r);
}

static void reading_knows_cursors_and_limits(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct conn *c = rig_open(mem, NULL);
	struct read_spec spec = { .stream = "cur", .cursor_field = "id", .cursor_after = "7" };
	struct schema fields;
	struct err err = { 0 };
	struct batch *b;
	bool eof;

	(void)state;
	rig_sql("create table cur (id int primary key, v text not null default 'x', g int generated"
		" always as (id * 2) stored); insert into cur select generate_series(1, 20)");
	assert_int_equal(c->ops->describe(c, mem, &spec, &fields, NULL, &err), ERR_OK);
	assert_int_equal(fields.nfields, 3);
	assert_true(fields.field[0].is_key && fields.field[0].is_required);
	assert_true(fields.field[1].has_default && !fields.field[1].is_required);
	assert_true(fields.field[1].refuses_null && !fields.field[2].refuses_null);
	assert_true(fields.field[2].is_generated);
	assert_int_equal(c->ops->read_open(c, &spec, &err), ERR_OK);
	b = batch_new(c->ops->read_schema(c), 0, 100);
	assert_int_equal(c->ops->read(c, b, &eof, &err), ERR_OK);
	assert_int_equal(b->nrows, 13);
	assert_int_equal(c->ops->read(c, b, &eof, &err), ERR_OK);
	assert_true(eof);
	assert_int_equal(c->ops->read(c, b, &eof, &err), ERR_OK);
	assert_true(eof && b->nrows == 0);
	spec.cursor_inclusive = true;
	spec.limit_rows = 5;
	assert_int_equal(c->ops->read_open(c, &spec, &err), ERR_OK);
	assert_int_equal(c->ops->read(c, b, &eof, &err), ERR_OK);
	assert_int_equal(b->nrows, 5);
	assert_memory_equal(b->col[0].v.text[0].p, "\0\0\0\7", 4);
	/* Rows without a value come each time, and last. */
	rig_sql("create table cur_null as select * from cur;"
		" update cur_null set id = null where id % 5 = 0");
	spec = (struct read_spec){ .stream = "cur_null", .cursor_field = "id",
				   .cursor_after = "17", .limit_rows = 5 };
	assert_int_equal(c->ops->read_open(c, &spec, &err), ERR_OK);
	assert_int_equal(c->ops->read(c, b, &eof, &err), ERR_OK);
	assert_int_equal(b->nrows, 5);
	assert_false(b->col[0].null[1]);
	assert_true(b->col[0].null[2]);
	assert_int_equal(c->ops->read_open(c, &(struct read_spec){ .stream = "not.there" }, &err),
			 ERR_NOT_FOUND);
	batch_free(b);
	conn_close(c);
	arena_free(mem);
}

static void streams_and_test_answer(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct conn *c = rig_open(mem, NULL);
	struct stream_list list;
	struct err err = { 0 };
	const char *note;
	int odd = 0, view = 0;

	(void)state;
	rig_sql("create table \"a.b\" (x int); create view seen as select 1 as one");
	assert_int_equal(c->ops->test(c, mem, &note, &err), ERR_OK);
	assert_non_null(strstr(note, "PostgreSQL 1"));
	assert_int_equal(c->ops->streams(c, mem, &list, &err), ERR_OK);
	for (int i = 0; i < list.n; i++) {
		odd += strcmp(list.s[i].name, "\"public\".\"a.b\"") == 0;
		view += strcmp(list.s[i].name, "public.seen") == 0 &&
			strcmp(list.s[i].kind, "view") == 0;
		assert_null(strstr(list.s[i].name, "_leat"));
	}
	assert_int_equal(odd, 1);
	assert_int_equal(view, 1);
	conn_close(c);
	arena_free(mem);
}

static void exists_answers_for_any_values(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct conn *c = rig_open(mem, NULL);
	struct slice texts[4] = { SLICE("k1"), SLICE("it's {\"odd\\"), SLICE("nope"), { NULL, 0 } };
	struct slice words[2] = { SLICE("x"), SLICE("7") };
	int64_t ints[3] = { 5, 6, 7 };
	uint8_t null[4] = { 0, 0, 0, 1 }, found[4];
	struct column text = { .type = TYPE_TEXT, .null = null, .v.text = texts };
	struct column num = { .type = TYPE_INT, .null = null, .v.i64 = ints };
	struct column bad = { .type = TYPE_TEXT, .null = null, .v.text = words };
	struct err err = { 0 };

	(void)state;
	rig_sql("create table keys (k text, n int);"
		" insert into keys values ('k1', 5), ('it''s {\"odd\\', 7)");
	assert_int_equal(c->ops->exists(c, "keys", "k", &text, 4, found, &err), ERR_OK);
	assert_memory_equal(found, "\1\1\0\0", 4);
	assert_int_equal(c->ops->exists(c, "keys", "n", &num, 3, found, &err), ERR_OK);
	assert_memory_equal(found, "\1\0\1", 3);
	assert_int_equal(c->ops->exists(c, "keys", "n", &bad, 2, found, &err), ERR_OK);
	assert_memory_equal(found, "\0\1", 2);
	assert_int_equal(c->ops->exists(c, "keys", "zz", &num, 3, found, &err), ERR_NOT_FOUND);
	conn_close(c);
	arena_free(mem);
}

static void *change_a_row(void *arg)
{
	struct err err = { 0 };

	if (pg_run(arg, &err, "update blocked set id = 2") != ERR_OK)
		return arg;
	return NULL;
}

/* Whose change of a row it waits for, and nobody while it does not wait. */
static void who_blocks_is_told(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct conn *c = rig_open(mem, NULL);
	struct conn_block found = { 0 };
	struct err err = { 0 };
	pthread_t thread;
	void *failed;
	char who[80];

	(void)state;
	rig_sql("create table blocked (id int); insert into blocked values (1)");
	assert_int_equal(c->ops->blocked(c, mem, 0, &found, &err), ERR_OK);
	assert_null(found.by);
	rig_sql("begin; update blocked set id = 3");
	assert_int_equal(pthread_create(&thread, NULL, change_a_row, c), 0);
	for (int i = 0; i < 600 && found.by == NULL; i++) {
		usleep(50000);
		assert_int_equal(c->ops->blocked(c, mem, 0, &found, &err), ERR_OK);
	}
	snprintf(who, sizeof(who), "process %d (", db_backend_pid(rig_db));
	assert_non_null(found.by);
	assert_memory_equal(found.by, who, strlen(who));
	assert_non_null(strstr(found.by, "): the lock on blocked"));
	assert_non_null(strstr(found.by, "; it is idle in transaction, its transaction began 2"));
	assert_non_null(strstr(found.hint, "pg_terminate_backend("));
	rig_sql("commit");
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	assert_int_equal(c->ops->blocked(c, mem, 0, &found, &err), ERR_OK);
	assert_null(found.by);
	c->ops->close(c);
	rig_sql("drop table blocked");
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(append_makes_and_fills),
		cmocka_unit_test(nothing_is_seen_before_commit),
		cmocka_unit_test(upsert_writes_only_what_differs),
		cmocka_unit_test(upsert_last_of_a_key_wins),
		cmocka_unit_test(upsert_peeks_at_the_target),
		cmocka_unit_test(upsert_refuses_null_keys),
		cmocka_unit_test(all_types_arrive),
		cmocka_unit_test(upsert_compares_any_type),
		cmocka_unit_test(reading_knows_cursors_and_limits),
		cmocka_unit_test(streams_and_test_answer),
		cmocka_unit_test(exists_answers_for_any_values),
		cmocka_unit_test(who_blocks_is_told),
	};

	return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
