/*
 * tests/unit/core/db/conninfo_test.c
 *	From what people write to what libpq gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/db/session.h"

static void only_what_is_allowed_passes(void **state)
{
	static const struct {
		const char *conninfo;
		const char *says;
	} bad[] = {
		{ "service=x", "service" },
		{ "options='-c a=b'", "options" },
		{ "postgresql:///x?options=-crole%3Dpostgres", "options" },
		{ "replication=database", "replication" },
		{ "client_encoding=latin1", "client_encoding" },
		{ "keepalives=0", "keepalives" },
		{ "host='\xff'", "host" },
		{ "nonsense", "conninfo" },
	};
	struct err err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct db_options opt = { .conninfo = bad[i].conninfo };

		assert_int_equal(session_conninfo(&opt, NULL, false, &out, &err), ERR_CONFIG);
		assert_non_null(strstr(err.frame[0].text, bad[i].says));
	}
	buf_release(&out);
}

/* What libpq reads back from what we wrote. */
static void check_value(const char *conninfo, const char *name, const char *want)
{
	PQconninfoOption *all = PQconninfoParse(conninfo, NULL), *o = all;

	assert_non_null(all);
	while (o->keyword != NULL && strcmp(o->keyword, name) != 0)
		o++;
	assert_non_null(o->val);
	assert_string_equal(o->val, want);
	PQconninfoFree(all);
}

static void values_arrive_as_they_were_written(void **state)
{
	struct db_options opt = { .role = "my role", .app_name = "l\\at \xc3\xa9" };
	struct err err = { 0 };
	struct buf out;

	(void)state;
	opt.conninfo = "password='a\\'b\\\\c' user='x y' host=/sock dbname=d";
	buf_init(&out, 65536);
	assert_int_equal(session_conninfo(&opt, NULL, false, &out, &err), ERR_OK);
	check_value(buf_str(&out), "password", "a'b\\c");
	check_value(buf_str(&out), "user", "x y");
	check_value(buf_str(&out), "host", "/sock");
	/* Given as empty: libpq asks no variable then. */
	check_value(buf_str(&out), "hostaddr", "");
	check_value(buf_str(&out), "gssencmode", "disable");
	check_value(buf_str(&out), "sslmode", "prefer");
	check_value(buf_str(&out), "keepalives_idle", "10");
	assert_non_null(strstr(buf_str(&out), "role=my\\\\ role"));
	assert_non_null(strstr(buf_str(&out), "application_name=l\\\\\\\\at\\\\ ??"));
	assert_non_null(strstr(buf_str(&out), "client_connection_check_interval"));
	assert_non_null(strstr(buf_str(&out), "jit=off"));
	buf_clear(&out);
	/* A server before 14 refuses a session for a setting that it does not know. */
	assert_int_equal(session_conninfo(&opt, NULL, true, &out, &err), ERR_OK);
	assert_null(strstr(buf_str(&out), "client_connection_check_interval"));
	assert_null(strstr(buf_str(&out), "idle_session_timeout"));
	assert_non_null(strstr(buf_str(&out), "lock_timeout"));
	buf_clear(&out);
	opt.conninfo = "postgresql://u:p%20w@h:7/d?sslmode=require";
	assert_int_equal(session_conninfo(&opt, NULL, false, &out, &err), ERR_OK);
	check_value(buf_str(&out), "password", "p w");
	check_value(buf_str(&out), "port", "7");
	check_value(buf_str(&out), "sslmode", "require");
	buf_release(&out);
}

/* TLS and the password file go by host, the socket by hostaddr. */
static void addresses_stand_beside_the_names(void **state)
{
	struct host place[] = { { "db.example", "10.0.0.1", "7" }, { "db.example", "::1", "7" },
				{ "/sock", "", "" } };
	struct hosts hosts = { 3, place };
	struct db_options opt = { .conninfo = "host=db.example,/sock port=7," };
	struct err err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	assert_int_equal(session_conninfo(&opt, &hosts, false, &out, &err), ERR_OK);
	check_value(buf_str(&out), "host", "db.example,db.example,/sock");
	check_value(buf_str(&out), "hostaddr", "10.0.0.1,::1,");
	check_value(buf_str(&out), "port", "7,7,");
	buf_release(&out);
}

/* Nobody is there: said with the place, a hint, and no wait. */
static void unreachable_places_are_named(void **state)
{
	static const char *const place[] = { "host=/nowhere/at/all user=x",
					     "host=127.0.0.1 port=1 user=x" };
	struct err err = { 0 };
	struct db *db;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct db_options opt = { .conninfo = place[i] };

		assert_int_equal(db_open(&opt, &db, &err), ERR_UNREACHABLE);
		assert_null(db);
		assert_non_null(strstr(err.frame[0].text, i == 0 ? "/nowhere" : "127.0.0.1"));
		assert_string_not_equal(err.hint, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_allowed_passes),
		cmocka_unit_test(values_arrive_as_they_were_written),
		cmocka_unit_test(addresses_stand_beside_the_names),
		cmocka_unit_test(unreachable_places_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
