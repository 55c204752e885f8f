/*
 * tests/unit/core/db/session_test.c
 *	Deadlines, interrupts, and the server's own words.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "tests/lib/dbtest.h"

static struct pgtemp *server;

static void *interrupt_soon(void *arg)
{
	dbtest_nap_ms(100);
	db_interrupt(arg);
	return NULL;
}

static void a_deadline_is_kept(void **state)
{
	struct db *db = dbtest_open(server, NULL);
	struct err err = { 0 };
	int64_t start = clock_mono_us(), took;
	struct db *other;
	char v[64] = "";

	(void)state;
	db_set_deadline(db, 150);
	assert_int_equal(db_query(db, "select pg_sleep(20)", NULL, 0, NULL, &err), ERR_TIMEOUT);
	took = (clock_mono_us() - start) / 1000;
	assert_true(took >= 150 && took < 1500);
	assert_true(db_is_broken(db));
	assert_int_equal(db_query(db, "select 1", NULL, 0, NULL, &err), ERR_UNREACHABLE);
	/* The server does not go on with it either. */
	other = dbtest_open(server, NULL);
	for (int i = 0; i < 60 && strcmp(v, "0") != 0; i++) {
		dbtest_one(other, "select count(*) from pg_stat_activity where query like "
		    "'select pg_sleep(20%' and state = 'active' and pid <> pg_backend_pid()",
		    v, sizeof(v));
		dbtest_nap_ms(50);
	}
	assert_string_equal(v, "0");
	db_close(other);
	db_set_deadline(db, 0);
	assert_int_equal(db_reconnect(db, 1000, &err), ERR_OK);
	assert_string_equal(dbtest_one(db, "select 7", v, sizeof(v)), "7");
	db_close(db);
}

static void *ring_soon(void *arg)
{
	uint64_t one = 1;

	dbtest_nap_ms(100);
	assert_int_equal(write(*(int *)arg, &one, sizeof(one)), sizeof(one));
	return NULL;
}

static void a_hurry_shortens_calls(void **state)
{
	struct db *db = dbtest_open(server, NULL);
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct err err = { 0 };
	int64_t start = clock_mono_us(), took;
	pthread_t thread;
	char v[64];

	(void)state;
	db_set_hurry(db, fd, 200);
	assert_int_equal(pthread_create(&thread, NULL, ring_soon, &fd), 0);
	assert_int_equal(db_query(db, "select pg_sleep(20)", NULL, 0, NULL, &err), ERR_TIMEOUT);
	took = (clock_mono_us() - start) / 1000;
	assert_true(took >= 300 && took < 1500);
	assert_non_null(strstr(err.frame[0].text, "within 200 ms"));
	pthread_join(thread, NULL);
	/* It is readable still: what is quick goes through, what is not has the same time. */
	assert_int_equal(db_reconnect(db, 1000, &err), ERR_OK);
	assert_string_equal(dbtest_one(db, "select 7", v, sizeof(v)), "7");
	assert_int_equal(db_query(db, "select pg_sleep(20)", NULL, 0, NULL, &err), ERR_TIMEOUT);
	db_close(db);
	close(fd);
}

static void an_interrupt_ends_the_running_call(void **state)
{
	struct db *db = dbtest_open(server, NULL);
	struct err err = { 0 };
	int64_t start;
	pthread_t thread;
	char v[64];

	(void)state;
	for (int in_tx = 0; in_tx < 2; in_tx++) {
		start = clock_mono_us();
		if (in_tx)
			assert_int_equal(db_begin(db, &err), ERR_OK);
		assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, db), 0);
		assert_int_equal(db_query(db, "select pg_sleep(20)", NULL, 0, NULL, &err),
				 ERR_INTERRUPTED);
		pthread_join(thread, NULL);
		assert_true(clock_mono_us() - start < 10000000);
		assert_false(db_is_broken(db));
		db_rollback(db);
		assert_string_equal(dbtest_one(db, "select 7", v, sizeof(v)), "7");
	}
	/* Between calls: the next one fails, and only that one. */
	db_interrupt(db);
	assert_int_equal(db_query(db, "select 1", NULL, 0, NULL, &err), ERR_INTERRUPTED);
	assert_string_equal(dbtest_one(db, "select 7", v, sizeof(v)), "7");
	db_close(db);
}

static void a_servers_error_keeps_its_sqlstate(void **state)
{
	struct db *db = dbtest_open(server, NULL);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(db_exec(db,
				 "create temp table t (a int primary key, b int check (b > 0)); "
				 "insert into t values (1, 1)", &err), ERR_OK);
	assert_int_equal(db_query(db, "insert into t values (1, 1)", NULL, 0, NULL, &err),
			 ERR_CONFLICT);
	assert_string_equal(err.sqlstate, "23505");
	assert_string_equal(db_last_fault(db)->constraint, "t_pkey");
	assert_int_equal(db_query(db, "insert into t values (2, 0)", NULL, 0, NULL, &err),
			 ERR_INPUT);
	assert_string_equal(db_last_fault(db)->sqlstate, "23514");
	assert_int_equal(db_query(db, "select * from nowhere", NULL, 0, NULL, &err), ERR_NOT_FOUND);
	assert_int_equal(db_query(db, "selekt", NULL, 0, NULL, &err), ERR_FAILED);
	assert_int_equal(db_query(db, "select 1", NULL, 0, NULL, &err), ERR_OK);
	assert_string_equal(db_last_fault(db)->sqlstate, "");
	db_close(db);
}

static int up(void **state)
{
	(void)state;
	server = pgtemp_start();
	return 0;
}

static int down(void **state)
{
	(void)state;
	pgtemp_free(server);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deadline_is_kept),
		cmocka_unit_test(a_hurry_shortens_calls),
		cmocka_unit_test(an_interrupt_ends_the_running_call),
		cmocka_unit_test(a_servers_error_keeps_its_sqlstate),
	};

	return cmocka_run_group_tests(tests, up, down);
}
