/*
 * tests/unit/connectors/postgres/pg_replace_test.c
 *	Replaced tables keep all that belongs to them, and odd targets are answered clearly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/connectors/postgres/rig.h"

static const char hundred[] =
	"select g as id, 'mail' || g as mail, g % 10 as ref from generate_series(1, 100) g";

/* Everything about a table that people would miss, as one text. */
static const char shape[] =
	"select string_agg(x, E'\\n' order by x) from ("
	" select 'col ' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' ||"
	" attnotnull ||"
	"  ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || ' ' || attgenerated::text || ' '"
	"  || attstattarget || ' ' || attstorage::text || ' ' ||"
	"  coalesce(col_description(a.attrelid, attnum), '') as x from pg_attribute a"
	"  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum"
	"  where a.attrelid = 'kept'::regclass and attnum > 0 and not attisdropped"
	" union all select 'con ' || conname || pg_get_constraintdef(oid) ||"
	"  coalesce(obj_description(oid, 'pg_constraint'), '') from pg_constraint"
	"  where conrelid = 'kept'::regclass"
	" union all select 'idx ' || pg_get_indexdef(indexrelid) ||"
	"  coalesce(obj_description(indexrelid, 'pg_class'), '') from pg_index"
	"  where indrelid = 'kept'::regclass"
	" union all select 'trg ' || pg_get_triggerdef(oid) from pg_trigger"
	"  where tgrelid = 'kept'::regclass and not tgisinternal"
	" union all select 'rel ' || relname || relowner::regrole || reloptions::text ||"
	"  obj_description(oid, 'pg_class') from pg_class where oid = 'kept'::regclass"
	" union all select 'acl ' || grantee::regrole || privilege_type || is_grantable"
	"  from pg_class, aclexplode(relacl) where oid = 'kept'::regclass and grantee <> 0"
	" union all select 'acl public ' || privilege_type from pg_class, aclexplode(relacl)"
	"  where oid = 'kept'::regclass and grantee = 0"
	" union all select 'seq ' || pg_get_serial_sequence('kept', 'n')) s";

static const char make_kept[] =
	"drop table if exists kept, kept_ref cascade; create table kept_ref (id int primary key);"
	"insert into kept_ref select generate_series(0, 9);"
	"create table kept (id int primary key, mail varchar(20) not null default 'none',"
	" ref int references kept_ref, n serial, twice int generated always as (id * 2) stored,"
	" unique (mail), constraint positive check (id >= 0), exclude using btree (n with =))"
	" with (fillfactor = 70);"
	"create index kept_ref_idx on kept (ref) where ref > 3; create unique index odd on kept"
	" (lower(mail)); create index \"weird name\" on kept using hash (id);"
	"comment on table kept is 'table''s note'; comment on column kept.mail is 'mail note';"
	"comment on index kept_ref_idx is 'index note';"
	"comment on constraint kept_pkey on kept is 'key note';"
	"alter table kept alter mail set statistics 500;"
	"grant select on kept to reader with grant option; grant insert (id) on kept_ref to reader;"
	"grant select on kept to public;"
	"create trigger stamp before insert on kept for each row execute function keep_stamp();"
	"insert into kept (id, mail, ref) select g, 'old' || g, 1 from generate_series(1, 120) g";

static void replaced_tables_keep_what_is_theirs(void **state)
{
	char before[4000];
	struct rig_result r;
	int64_t oid;

	(void)state;
	rig_sql("create role reader; create function keep_stamp() returns trigger language"
		" plpgsql as"
		" $$ begin if new.ref = 7 then new.ref = 8; end if; return new; end $$;"
		" alter default privileges grant delete on tables to reader");
	rig_sql(make_kept);
	rig_sql("revoke delete on kept from reader");
	snprintf(before, sizeof(before), "%s", rig_text(shape));
	oid = rig_number("select 'kept'::regclass::oid::int8");
	r = rig_ok(&(struct rig_load){ .query = hundred, .into = "kept", .mode = MODE_REPLACE });
	assert_int_equal(r.ledger.written, 100);
	assert_string_equal(rig_text(shape), before);
	/* It was the way of building aside, not the other. */
	assert_true(rig_number("select 'kept'::regclass::oid::int8") != oid);
	assert_int_equal(rig_number("select count(*) from kept where twice = id * 2 and ref <>"
		" 7"), 100);
	assert_int_equal(rig_number("select min(n) from kept"), 121);
	assert_int_equal(rig_number("select count(*) from pg_class where relname ~ '^leat_'"), 0);
	rig_forget(&r);
}

static void refused_rows_name_the_real_constraint(void **state)
{
	struct rig_result r;

	(void)state;
	rig_sql(make_kept);
	r = rig_ok(&(struct rig_load){
		.query = "select g as id, 'm' || g % 150 as mail, 1 as ref from"
			" generate_series(1, 200) g",
		.into = "kept", .mode = MODE_REPLACE });
	assert_int_equal(r.nrejects, 50);
	assert_string_equal(r.reject[0].rule, "unique");
	assert_string_equal(r.reject[0].field, "mail");
	assert_null(strstr(r.reject[0].reason, "leat_index"));
	assert_non_null(strstr(r.reject[0].reason, "kept_mail_key"));
	assert_int_equal(rig_number("select count(*) from kept"), 150);
	rig_forget(&r);
}

static void tables_that_others_need_stay(void **state)
{
	static const char *const ties[] = {
		"create view tied_view as select * from tied",
		"create table tied_child (x int references tied)",
		"alter table tied enable row level security",
		"create publication p for table tied",
		"create function tied_fn(tied) returns int language sql as 'select 1'",
		"create table tied_sub () inherits (tied)",
		"alter table tied alter id add generated by default as identity",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ties) / sizeof(ties[0]); i++) {
		struct rig_result r;
		int64_t oid;

		rig_sql("drop publication if exists p; drop table if exists tied, tied_child"
			" cascade;"
			" create table tied (id int primary key); insert into tied values (1000)");
		rig_sql(ties[i]);
		oid = rig_number("select 'tied'::regclass::oid::int8");
		r = rig_ok(&(struct rig_load){ .query = "select generate_series(1, 5) as id",
					       .into = "tied", .mode = MODE_REPLACE });
		assert_int_equal(r.ledger.written, 5);
		assert_int_equal(rig_number("select 'tied'::regclass::oid::int8"), oid);
		assert_int_equal(rig_number("select count(*) + max(id) from tied"), 10);
		rig_forget(&r);
	}
}

static void inbound_keys_protect(void **state)
{
	struct rig_load l = { .query = "select generate_series(2, 5) as id", .into = "held",
			      .mode = MODE_REPLACE };
	struct rig_result r;

	(void)state;
	rig_sql("create table held (id int primary key); insert into held values (1);"
		" create table holder (x int references held); insert into holder values (1)");
	r = rig_run(&l);
	assert_int_equal(r.rc, ERR_CONFLICT);
	rig_forget(&r);
	rig_sql("drop table holder; create table holder (x int references held on delete cascade)");
	r = rig_run(&l);
	assert_int_equal(r.rc, ERR_CONFLICT);
	assert_non_null(strstr(r.err.hint, "upsert"));
	rig_forget(&r);
	assert_int_equal(rig_number("select count(*) from held"), 1);
}

static void shrinking_is_refused(void **state)
{
	static const char *const kinds[] = {
		"create table shrink (id int primary key)",
		"create table shrink (id int primary key) partition by range (id);"
		" create table shrink_1 partition of shrink for values from (0) to (10000)",
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct rig_load l = { .query = "select generate_series(1, 199) as id",
				      .into = "shrink", .mode = MODE_REPLACE };
		struct rig_result r;

		rig_sql("drop table if exists shrink");
		rig_sql(kinds[i]);
		rig_sql("insert into shrink select generate_series(1, 400)");
		r = rig_run(&l);
		assert_int_equal(r.rc, ERR_CONFLICT);
		assert_non_null(strstr(r.err.frame[0].text, "400"));
		assert_non_null(strstr(r.err.frame[0].text, "199"));
		rig_forget(&r);
		assert_int_equal(rig_number("select count(*) from shrink"), 400);
		l.allow_shrink = true;
		r = rig_ok(&l);
		assert_int_equal(rig_number("select count(*) from shrink"), 199);
		rig_forget(&r);
		l = (struct rig_load){ .query = "select generate_series(1, 100) as id",
				       .into = "shrink", .mode = MODE_REPLACE };
		r = rig_ok(&l);
		assert_int_equal(rig_number("select count(*) from shrink"), 100);
		rig_forget(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaced_tables_keep_what_is_theirs),
		cmocka_unit_test(refused_rows_name_the_real_constraint),
		cmocka_unit_test(tables_that_others_need_stay),
		cmocka_unit_test(inbound_keys_protect),
		cmocka_unit_test(shrinking_is_refused),
	};

	return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
