/*
 * tests/unit/core/db/hosts_test.c
 *	Places are resolved, kept in order, and given up one after the other.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/db/session.h"
#include "tests/lib/dbtest.h"

/* No server knows it: the longest a label may be is 63 bytes. */
#define NO_NAME "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.example"

static struct arena *mem;

static enum err_code find(const char *host, const char *hostaddr, const char *port,
			  struct hosts *out, struct err *err)
{
	struct hosts_ask ask = { .host = host, .hostaddr = hostaddr, .port = port,
				 .until_us = clock_mono_us() + 10000000 };

	return hosts_find(mem, &ask, out, err);
}

static void check_lists(const struct hosts *h, const char *host, const char *hostaddr,
			const char *port)
{
	const char *want[3] = { host, hostaddr, port };

	for (int i = 0; i < 3; i++) {
		struct buf b;

		buf_init(&b, 4096);
		hosts_list(h, "hap"[i], &b);
		assert_string_equal(buf_str(&b), want[i]);
		buf_release(&b);
	}
}

static void what_is_no_name_stays(void **state)
{
	struct err err = { 0 };
	struct hosts h;

	(void)state;
	assert_int_equal(find(NULL, NULL, NULL, &h, &err), ERR_OK);
	check_lists(&h, "", "", "");
	assert_int_equal(find("/sock", NULL, "7", &h, &err), ERR_OK);
	check_lists(&h, "/sock", "", "7");
	assert_int_equal(find("@abstract,::1,127.1,", NULL, "7", &h, &err), ERR_OK);
	check_lists(&h, "@abstract,::1,127.1,", ",,,", "7,7,7,7");
	/* Whoever says where it is is believed. */
	assert_int_equal(find(NO_NAME, "10.1.2.3", NULL, &h, &err), ERR_OK);
	check_lists(&h, NO_NAME, "10.1.2.3", "");
	assert_int_equal(find(NULL, "10.1.2.3,::1", "1,2", &h, &err), ERR_OK);
	check_lists(&h, ",", "10.1.2.3,::1", "1,2");
	/* Lists that do not fit together are for libpq to refuse. */
	assert_int_equal(find("a,b", NULL, "1,2,3", &h, &err), ERR_OK);
	assert_int_equal(h.n, 0);
	assert_int_equal(find("a,b", "::1", NULL, &h, &err), ERR_OK);
	assert_int_equal(h.n, 0);
}

static void names_get_addresses_in_line_with_ports(void **state)
{
	struct err err = { 0 };
	struct hosts h;
	int last;

	(void)state;
	assert_int_equal(find("/sock,localhost,10.0.0.1", NULL, "1,2,3", &h, &err), ERR_OK);
	last = h.n - 1;
	assert_in_range(last, 2, 10);
	assert_string_equal(h.host[0].name, "/sock");
	assert_string_equal(h.host[0].addr, "");
	for (int i = 1; i < last; i++) {
		assert_string_equal(h.host[i].name, "localhost");
		assert_string_equal(h.host[i].port, "2");
		assert_true(strcmp(h.host[i].addr, "127.0.0.1") == 0 ||
			    strcmp(h.host[i].addr, "::1") == 0);
	}
	assert_string_equal(h.host[last].name, "10.0.0.1");
	assert_string_equal(h.host[last].port, "3");
}

static void a_name_too_much_does_no_harm(void **state)
{
	struct db_options opt = { .conninfo = "host=" NO_NAME " dbname=d" };
	struct err err = { 0 };
	struct hosts h;
	struct db *db;
	char text[600];

	(void)state;
	assert_int_equal(find(NO_NAME ",/sock", NULL, "1,2", &h, &err), ERR_OK);
	check_lists(&h, "/sock", "", "2");
	assert_int_equal(db_open(&opt, &db, &err), ERR_UNREACHABLE);
	err_text(&err, text, sizeof(text));
	assert_non_null(strstr(text, "cannot connect to database d"));
	assert_non_null(strstr(text, "cannot be resolved"));
	assert_non_null(strstr(err.hint, "getent"));
}

/* ---- places that never answer --------------------------------------------- */

/* A port of 127.0.0.1 that takes connections and says nothing. */
static int hole(int *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static void the_next_place_gets_its_turn(void **state)
{
	struct pgtemp *server = pgtemp_start();
	struct db_options opt = { .connect_ms = 3000 };
	int64_t began = clock_mono_us();
	struct err err = { 0 };
	char conninfo[500], v[40];
	struct db *db;
	int port, fd = hole(&port);

	(void)state;
	/* An address, and a name behind it, before the server's socket. */
	snprintf(conninfo, sizeof(conninfo),
		 "host=127.0.0.1,localhost,%s/s port=%d,%d,5432 user=postgres dbname=postgres",
		 pgtemp_dir(server), port, port);
	opt.conninfo = conninfo;
	dbtest_check(db_open(&opt, &db, &err), &err);
	assert_string_equal(dbtest_one(db, "select 1", v, sizeof(v)), "1");
	assert_in_range(clock_mono_us() - began, 1000000, 15000000);
	db_close(db);
	close(fd);
	pgtemp_free(server);
}

static void the_whole_has_one_deadline(void **state)
{
	struct db_options opt = { .connect_ms = 600 };
	int64_t began = clock_mono_us();
	struct err err = { 0 };
	char conninfo[200];
	struct db *db;
	int port, fd = hole(&port);

	(void)state;
	snprintf(conninfo, sizeof(conninfo), "host=127.0.0.1,localhost,127.0.0.2 port=%d", port);
	opt.conninfo = conninfo;
	assert_int_equal(db_open(&opt, &db, &err), ERR_UNREACHABLE);
	assert_in_range(clock_mono_us() - began, 100000, 15000000);
	assert_string_not_equal(err.hint, "");
	close(fd);
}

static void opening_can_be_stopped(void **state)
{
	struct db_options opt = { .stop_fd = eventfd(1, EFD_CLOEXEC) };
	int64_t began = clock_mono_us();
	struct err err = { 0 };
	char conninfo[200];
	struct db *db;
	int port, fd = hole(&port);

	(void)state;
	snprintf(conninfo, sizeof(conninfo), "host=127.0.0.1 port=%d", port);
	opt.conninfo = conninfo;
	assert_int_equal(db_open(&opt, &db, &err), ERR_INTERRUPTED);
	snprintf(conninfo, sizeof(conninfo), "host=localhost port=%d", port);
	assert_int_equal(db_open(&opt, &db, &err), ERR_INTERRUPTED);
	assert_true(clock_mono_us() - began < 15000000);
	close(opt.stop_fd);
	close(fd);
}

static void *interrupt_soon(void *db)
{
	dbtest_nap_ms(300);
	db_interrupt(db);
	return NULL;
}

/* The server is gone and something silent sits in its place: a reconnect ends all the same. */
static void reconnecting_can_be_interrupted(void **state)
{
	struct pgtemp *server = pgtemp_start();
	struct db_options opt = { 0 };
	char conninfo[500];
	struct err err = { 0 };
	int64_t began;
	pthread_t thread;
	struct db *db;
	int port, fd = hole(&port);

	(void)state;
	snprintf(conninfo, sizeof(conninfo),
		 "host=%s/s,127.0.0.1 port=5432,%d user=postgres dbname=postgres",
		 pgtemp_dir(server), port);
	opt.conninfo = conninfo;
	dbtest_check(db_open(&opt, &db, &err), &err);
	pgtemp_free(server);
	assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, db), 0);
	began = clock_mono_us();
	assert_int_equal(db_reconnect(db, 20000, &err), ERR_INTERRUPTED);
	assert_true(clock_mono_us() - began < 15000000);
	pthread_join(thread, NULL);
	db_close(db);
	close(fd);
}

static int up(void **state)
{
	(void)state;
	mem = arena_new(NULL, "test");
	return 0;
}

static int down(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_name_stays),
		cmocka_unit_test(names_get_addresses_in_line_with_ports),
		cmocka_unit_test(a_name_too_much_does_no_harm),
		cmocka_unit_test(the_next_place_gets_its_turn),
		cmocka_unit_test(the_whole_has_one_deadline),
		cmocka_unit_test(opening_can_be_stopped),
		cmocka_unit_test(reconnecting_can_be_interrupted),
	};

	return cmocka_run_group_tests(tests, up, down);
}
