/*
 * tests/unit/core/db/listen_test.c
 *	Notices wake a sleeper that sends nothing meanwhile.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/db/db.h"
#include "tests/lib/pgtemp.h"

static struct pgtemp *server;

static struct db *open_db(bool is_listener)
{
	struct db_options opt = { .conninfo = pgtemp_conninfo(server), .is_listener = is_listener };
	struct err err = { 0 };
	struct db *db;

	assert_int_equal(db_open(&opt, &db, &err), ERR_OK);
	return db;
}

struct later {
	struct db *db;
	int fd;
	const char *payload;
};

static void nap_ms(int ms)
{
	struct timespec nap = { .tv_nsec = (long)ms * 1000 * 1000 };

	nanosleep(&nap, NULL);
}

static void *act_later(void *arg)
{
	struct later *l = arg;
	struct err err = { 0 };
	uint64_t one = 1;

	nap_ms(150);
	if (l->fd >= 0)
		return write(l->fd, &one, sizeof(one)) == sizeof(one) ? l : NULL;
	return db_notify(l->db, "leat_1", l->payload, &err) == ERR_OK ? l : NULL;
}

static void a_notice_wakes(void **state)
{
	struct db *ears = open_db(true), *mouth = open_db(false);
	struct later later = { mouth, -1, "{\"job\":7}" };
	struct db_notice notice;
	struct err err = { 0 };
	pthread_t thread;
	int64_t start = clock_mono_us(), took;
	bool got = false;

	(void)state;
	assert_int_equal(db_listen(ears, "leat_1", &err), ERR_OK);
	assert_int_equal(db_listen(ears, "leat_1", &err), ERR_OK);
	assert_int_equal(pthread_create(&thread, NULL, act_later, &later), 0);
	assert_int_equal(db_wait(ears, -1, 10000, &notice, &got, &err), ERR_OK);
	took = (clock_mono_us() - start) / 1000;
	pthread_join(thread, NULL);
	assert_true(got);
	assert_true(took >= 100 && took < 2000);
	assert_string_equal(notice.channel, "leat_1");
	assert_string_equal(notice.payload, "{\"job\":7}");
	/* Several that came together are handed out one by one. */
	assert_int_equal(db_exec(mouth, "notify leat_1, 'a'; notify leat_1, 'b'; "
				 "notify other, 'c'", &err), ERR_OK);
	assert_int_equal(db_wait(ears, -1, 2000, &notice, &got, &err), ERR_OK);
	assert_string_equal(notice.payload, "a");
	assert_int_equal(db_wait(ears, -1, 2000, &notice, &got, &err), ERR_OK);
	assert_string_equal(notice.payload, "b");
	assert_int_equal(db_wait(ears, -1, 50, &notice, &got, &err), ERR_OK);
	assert_false(got);
	/* Still there after a reconnect. */
	assert_int_equal(db_reconnect(ears, 2000, &err), ERR_OK);
	assert_int_equal(db_notify(mouth, "leat_1", NULL, &err), ERR_OK);
	assert_int_equal(db_wait(ears, -1, 2000, &notice, &got, &err), ERR_OK);
	assert_true(got);
	assert_string_equal(notice.payload, "");
	db_close(ears);
	db_close(mouth);
}

static void waiting_sends_nothing(void **state)
{
	struct db *ears = open_db(true), *other = open_db(false);
	struct db_result *before, *after;
	struct err err = { 0 };
	struct db_notice notice;
	static const char look[] =
		"select pid, state_change, query_start from pg_stat_activity "
		"where query = 'listen \"quiet\"'";
	bool got;

	(void)state;
	assert_int_equal(db_listen(ears, "quiet", &err), ERR_OK);
	assert_int_equal(db_query(other, look, NULL, 0, &before, &err), ERR_OK);
	assert_int_equal(db_result_rows(before), 1);
	assert_int_equal(db_wait(ears, -1, 600, &notice, &got, &err), ERR_OK);
	assert_false(got);
	assert_int_equal(db_query(other, look, NULL, 0, &after, &err), ERR_OK);
	assert_int_equal(db_result_rows(after), 1);
	for (int i = 0; i < 3; i++)
		assert_string_equal(db_result_at(before, 0, i), db_result_at(after, 0, i));
	db_result_free(before);
	db_result_free(after);
	db_close(ears);
	db_close(other);
}

static void *interrupt_later(void *arg)
{
	nap_ms(100);
	db_interrupt(arg);
	return NULL;
}

static void other_things_wake_too(void **state)
{
	struct db *ears = open_db(true);
	struct later later = { NULL, eventfd(0, EFD_CLOEXEC), NULL };
	struct db_notice notice;
	struct err err = { 0 };
	pthread_t thread;
	bool got = true;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, act_later, &later), 0);
	assert_int_equal(db_wait(ears, later.fd, -1, &notice, &got, &err), ERR_OK);
	assert_false(got);
	pthread_join(thread, NULL);
	assert_int_equal(pthread_create(&thread, NULL, interrupt_later, ears), 0);
	assert_int_equal(db_wait(ears, -1, -1, &notice, &got, &err), ERR_INTERRUPTED);
	pthread_join(thread, NULL);
	assert_false(db_is_broken(ears));
	close(later.fd);
	db_close(ears);
}

static void *stop_later(void *arg)
{
	nap_ms(100);
	pgtemp_stop(arg);
	return NULL;
}

static void a_lost_server_wakes(void **state)
{
	struct db *ears = open_db(true);
	struct db_notice notice;
	struct err err = { 0 };
	pthread_t thread;
	bool got = true;

	(void)state;
	assert_int_equal(db_listen(ears, "leat_1", &err), ERR_OK);
	assert_int_equal(pthread_create(&thread, NULL, stop_later, server), 0);
	assert_int_equal(db_wait(ears, -1, -1, &notice, &got, &err), ERR_UNREACHABLE);
	pthread_join(thread, NULL);
	assert_true(db_is_broken(ears));
	pgtemp_up(server);
	assert_int_equal(db_reconnect(ears, 5000, &err), ERR_OK);
	assert_int_equal(db_notify(ears, "leat_1", "self", &err), ERR_OK);
	assert_int_equal(db_wait(ears, -1, 2000, &notice, &got, &err), ERR_OK);
	assert_true(got);
	assert_string_equal(notice.payload, "self");
	db_close(ears);
}

static void limits_are_told(void **state)
{
	struct db *db = open_db(false);
	struct err err = { 0 };
	char big[8001], name[65];

	(void)state;
	memset(big, 'x', 8000);
	big[8000] = '\0';
	assert_int_equal(db_notify(db, "c", big, &err), ERR_LIMIT);
	big[7999] = '\0';
	assert_int_equal(db_notify(db, "c", big, &err), ERR_OK);
	memset(name, 'n', 64);
	name[64] = '\0';
	assert_int_equal(db_listen(db, name, &err), ERR_CONFIG);
	for (int i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), "c\"%d", i);
		assert_int_equal(db_listen(db, name, &err), ERR_OK);
	}
	assert_int_equal(db_listen(db, "one more", &err), ERR_LIMIT);
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
		cmocka_unit_test(a_notice_wakes),
		cmocka_unit_test(waiting_sends_nothing),
		cmocka_unit_test(other_things_wake_too),
		cmocka_unit_test(a_lost_server_wakes),
		cmocka_unit_test(limits_are_told),
	};

	return cmocka_run_group_tests(tests, up, down);
}
