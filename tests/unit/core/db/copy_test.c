/*
 * tests/unit/core/db/copy_test.c
 *	COPY both ways against a real server: whole, refused, interrupted, cut off.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/db/db.h"
#include "tests/lib/pgtemp.h"

static struct pgtemp *server;

static struct db *open_db(void)
{
	struct db_options opt = { .conninfo = pgtemp_conninfo(server) };
	struct err err = { 0 };
	struct db *db;

	assert_int_equal(db_open(&opt, &db, &err), ERR_OK);
	return db;
}

static int64_t number(struct db *db, const char *sql)
{
	struct db_result *res;
	struct err err = { 0 };
	int64_t v;

	assert_int_equal(db_query(db, sql, NULL, 0, &res, &err), ERR_OK);
	v = strtoll(db_result_at(res, 0, 0), NULL, 10);
	db_result_free(res);
	return v;
}

static void make_table(struct db *db)
{
	struct err err = { 0 };

	assert_int_equal(db_exec(db, "create temp table t (a int, b text)", &err), ERR_OK);
}

/* Rows first..last as COPY text in b. */
static void rows_text(struct buf *b, int first, int last)
{
	for (int i = first; i <= last; i++)
		buf_addf(b, "%d\tvalue %d\n", i, i);
}

static void rows_arrive_whole(void **state)
{
	static const size_t pieces[] = { 7, 100, 4096, 131072, 300000, 5000000 };
	struct db *db = open_db();
	struct err err = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 64u << 20);
	rows_text(&b, 1, 100000);
	make_table(db);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		int64_t rows = 0;

		assert_int_equal(db_exec(db, "truncate t", &err), ERR_OK);
		assert_int_equal(db_copy_in(db, "copy t from stdin", &err), ERR_OK);
		for (size_t at = 0; at < b.len; at += pieces[i]) {
			size_t n = b.len - at < pieces[i] ? b.len - at : pieces[i];

			assert_int_equal(db_copy_put(db, b.data + at, n, &err), ERR_OK);
		}
		assert_int_equal(db_copy_end(db, &rows, &err), ERR_OK);
		assert_int_equal(rows, 100000);
		assert_int_equal(number(db, "select sum(a) from t"), 5000050000);
	}
	buf_release(&b);
	db_close(db);
}

static void an_empty_copy_is_fine(void **state)
{
	struct db *db = open_db();
	struct err err = { 0 };
	int64_t rows = 9;

	(void)state;
	make_table(db);
	assert_int_equal(db_copy_in(db, "copy t from stdin", &err), ERR_OK);
	assert_int_equal(db_query(db, "select 1", NULL, 0, NULL, &err), ERR_BUG);
	assert_int_equal(db_copy_end(db, &rows, &err), ERR_OK);
	assert_int_equal(rows, 0);
	assert_int_equal(db_copy_put(db, "x", 1, &err), ERR_BUG);
	assert_int_equal(db_copy_in(db, "copy nowhere from stdin", &err), ERR_NOT_FOUND);
	assert_int_equal(db_copy_in(db, "select 1", &err), ERR_BUG);
	db_close(db);
}

static void statements_may_come_before(void **state)
{
	struct db *db = open_db();
	struct err err = { 0 };
	int64_t rows = 0;

	(void)state;
	make_table(db);
	assert_int_equal(db_begin(db, &err), ERR_OK);
	assert_int_equal(db_copy_in(db, "savepoint a; copy t from stdin", &err), ERR_OK);
	assert_int_equal(db_copy_put(db, "1\tx\n", 4, &err), ERR_OK);
	assert_int_equal(db_copy_end(db, &rows, &err), ERR_OK);
	assert_int_equal(rows, 1);
	assert_int_equal(db_exec(db, "rollback to savepoint a", &err), ERR_OK);
	assert_int_equal(db_copy_in(db, "savepoint b; copy nowhere from stdin", &err),
			 ERR_NOT_FOUND);
	assert_int_equal(db_exec(db, "rollback to savepoint b", &err), ERR_OK);
	assert_int_equal(db_copy_in(db, "release savepoint nowhere; copy t from stdin", &err),
			 ERR_FAILED);
	db_rollback(db);
	err_clear(&err);
	assert_int_equal(db_copy_in(db, "set enable_sort = on", &err), ERR_BUG);
	assert_int_equal(db_copy_in(db, "copy t from stdin", &err), ERR_OK);
	assert_int_equal(db_copy_end(db, &rows, &err), ERR_OK);
	db_close(db);
}

/* The bad row is near the start of 200 MB: the error must come long before the end. */
static void a_refusal_is_seen_early(void **state)
{
	struct db *db = open_db();
	struct err err = { 0 };
	enum err_code rc = ERR_OK;
	struct buf b;
	int puts = 0;

	(void)state;
	buf_init(&b, 8u << 20);
	rows_text(&b, 1, 10);
	buf_adds(&b, "eleven\tx\n");
	rows_text(&b, 12, 50000);
	make_table(db);
	assert_int_equal(db_begin(db, &err), ERR_OK);
	assert_int_equal(db_exec(db, "savepoint s", &err), ERR_OK);
	assert_int_equal(db_copy_in(db, "copy t from stdin", &err), ERR_OK);
	assert_true(db_in_transaction(db));
	for (puts = 0; rc == ERR_OK && puts < 200; puts++)
		rc = db_copy_put(db, b.data, b.len, &err);
	assert_int_equal(rc, ERR_INPUT);
	assert_true(puts < 20);
	assert_string_equal(err.sqlstate, "22P02");
	assert_non_null(strstr(db_last_fault(db)->context, "COPY t, line 11, column a"));
	/* The session and the transaction around it live on. */
	assert_false(db_is_broken(db));
	assert_int_equal(db_exec(db, "rollback to s", &err), ERR_OK);
	assert_int_equal(db_copy_in(db, "copy t from stdin", &err), ERR_OK);
	assert_int_equal(db_copy_put(db, "1\tgood\n", 7, &err), ERR_OK);
	assert_int_equal(db_copy_end(db, NULL, &err), ERR_OK);
	assert_int_equal(db_commit(db, &err), ERR_OK);
	assert_int_equal(number(db, "select count(*) from t"), 1);
	buf_release(&b);
	db_close(db);
}

static void a_refusal_at_the_end_has_its_context(void **state)
{
	struct db *db = open_db();
	struct err err = { 0 };

	(void)state;
	make_table(db);
	assert_int_equal(db_copy_in(db, "copy t from stdin", &err), ERR_OK);
	assert_int_equal(db_copy_put(db, "1\tgood\n2\n", 9, &err), ERR_OK);
	assert_int_equal(db_copy_end(db, NULL, &err), ERR_INPUT);
	assert_string_equal(err.sqlstate, "22P04");
	assert_non_null(strstr(db_last_fault(db)->context, "line 2"));
	assert_int_equal(number(db, "select count(*) from t"), 0);
	db_close(db);
}

static void notices_do_not_disturb(void **state)
{
	struct db *db = open_db();
	struct err err = { 0 };
	int64_t rows = 0;
	struct buf b;

	(void)state;
	buf_init(&b, 8u << 20);
	rows_text(&b, 1, 20000);
	assert_int_equal(db_exec(db, "create table public.noisy (a int, b text); "
				 "create function public.shout() returns trigger language plpgsql as "
				 "$$ begin raise notice 'row % %', new.a, repeat('x', 500); "
				 "return new; end $$; create trigger s before insert on public.noisy "
				 "for each row execute function public.shout()", &err), ERR_OK);
	assert_int_equal(db_copy_in(db, "copy public.noisy from stdin", &err), ERR_OK);
	for (size_t at = 0; at < b.len; at += 1000) {
		size_t n = b.len - at < 1000 ? b.len - at : 1000;

		assert_int_equal(db_copy_put(db, b.data + at, n, &err), ERR_OK);
	}
	assert_int_equal(db_copy_end(db, &rows, &err), ERR_OK);
	assert_int_equal(rows, 20000);
	buf_release(&b);
	db_close(db);
}

static void giving_up_leaves_nothing(void **state)
{
	struct db *db = open_db();
	struct err err = { 0 };

	(void)state;
	make_table(db);
	assert_int_equal(db_copy_in(db, "copy t from stdin", &err), ERR_OK);
	assert_int_equal(db_copy_put(db, "1\tx\n", 4, &err), ERR_OK);
	db_copy_abort(db, "no more");
	assert_false(db_is_broken(db));
	assert_int_equal(number(db, "select count(*) from t"), 0);

	/* A rollback in the middle, either way. */
	assert_int_equal(db_begin(db, &err), ERR_OK);
	assert_int_equal(db_copy_in(db, "copy t from stdin", &err), ERR_OK);
	assert_int_equal(db_copy_put(db, "1\tx\n", 4, &err), ERR_OK);
	db_rollback(db);
	assert_false(db_in_transaction(db));
	assert_int_equal(number(db, "select count(*) from t"), 0);
	assert_int_equal(db_begin(db, &err), ERR_OK);
	assert_int_equal(db_copy_out(db, "copy (select generate_series(1, 100000000)) to stdout",
				     &err), ERR_OK);
	db_rollback(db);
	assert_false(db_in_transaction(db));
	assert_int_equal(number(db, "select 5"), 5);
	db_close(db);
}

static void rows_come_out_whole(void **state)
{
	struct db *db = open_db();
	struct err err = { 0 };
	const char *p;
	size_t n;
	bool eof = false;
	int64_t sum = 0, rows = 0;

	(void)state;
	assert_int_equal(db_copy_out(db, "copy (select i, repeat('x', i % 50) from "
				     "generate_series(1, 200000) i) to stdout", &err), ERR_OK);
	for (;;) {
		assert_int_equal(db_copy_get(db, &p, &n, &eof, &err), ERR_OK);
		if (eof)
			break;
		assert_true(n > 0 && p[n - 1] == '\n');
		sum += strtoll(p, NULL, 10);
		rows++;
	}
	assert_int_equal(rows, 200000);
	assert_true(sum == 20000100000);
	assert_int_equal(number(db, "select 5"), 5);

	assert_int_equal(db_copy_out(db, "copy (select 1 / (1000 - i) from "
				     "generate_series(1, 2000) i) to stdout", &err), ERR_OK);
	for (rows = 0; ; rows++) {
		enum err_code rc = db_copy_get(db, &p, &n, &eof, &err);

		assert_false(eof);
		if (rc == ERR_OK)
			continue;
		assert_int_equal(rc, ERR_INPUT);
		break;
	}
	assert_int_equal(rows, 999);
	assert_int_equal(number(db, "select 5"), 5);
	db_close(db);
}

static void *interrupt_soon(void *arg)
{
	struct timespec nap = { .tv_nsec = 100 * 1000 * 1000 };

	nanosleep(&nap, NULL);
	db_interrupt(arg);
	return NULL;
}

static void interrupts_end_a_copy(void **state)
{
	struct db *db = open_db();
	struct err err = { 0 };
	enum err_code rc = ERR_OK;
	pthread_t thread;
	const char *p;
	size_t n;
	bool eof;
	struct buf b;

	(void)state;
	buf_init(&b, 8u << 20);
	rows_text(&b, 1, 10000);
	make_table(db);
	assert_int_equal(db_copy_in(db, "copy t from stdin", &err), ERR_OK);
	assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, db), 0);
	while (rc == ERR_OK)
		rc = db_copy_put(db, b.data, b.len, &err);
	pthread_join(thread, NULL);
	assert_int_equal(rc, ERR_INTERRUPTED);
	db_copy_abort(db, "interrupted");
	assert_int_equal(number(db, "select count(*) from t"), 0);

	/* Enough rows before the sleep to fill the server's buffer once. */
	assert_int_equal(db_copy_out(db, "copy (select repeat('x', 10000), case when i > 5 then "
				     "pg_sleep(10) end from generate_series(1, 9) i) to stdout",
				     &err), ERR_OK);
	assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, db), 0);
	do {
		rc = db_copy_get(db, &p, &n, &eof, &err);
	} while (rc == ERR_OK && !eof);
	assert_int_equal(rc, ERR_INTERRUPTED);
	pthread_join(thread, NULL);
	assert_int_equal(number(db, "select 5"), 5);
	buf_release(&b);
	db_close(db);
}

static void a_stuck_copy_meets_its_deadline(void **state)
{
	struct db *db = open_db(), *holder = open_db();
	struct err err = { 0 };
	enum err_code rc;
	struct buf b;
	int64_t start;

	(void)state;
	buf_init(&b, 8u << 20);
	rows_text(&b, 1, 100000);
	assert_int_equal(db_exec(holder, "create table public.held (a int primary key, b text)",
				 &err), ERR_OK);
	assert_int_equal(db_begin(holder, &err), ERR_OK);
	assert_int_equal(db_exec(holder, "insert into public.held values (1, 'mine')", &err),
			 ERR_OK);
	/* The second writer of key 1 waits for the first one's end. */
	assert_int_equal(db_copy_in(db, "copy public.held from stdin", &err), ERR_OK);
	db_set_deadline(db, 200);
	start = clock_mono_us();
	do {
		rc = db_copy_put(db, b.data, b.len, &err);
	} while (rc == ERR_OK);
	assert_int_equal(rc, ERR_TIMEOUT);
	assert_true(clock_mono_us() - start < 100000000);
	assert_true(db_is_broken(db));
	db_copy_abort(db, "harmless");
	assert_int_equal(db_copy_end(db, NULL, &err), ERR_UNREACHABLE);
	db_rollback(db);
	db_close(db);
	db_rollback(holder);
	db_close(holder);
	buf_release(&b);
}

static void a_killed_server_is_noticed(void **state)
{
	struct db *db = open_db(), *out = open_db(), *idle = open_db();
	struct err err = { 0 };
	enum err_code rc;
	struct buf b;
	const char *p;
	size_t n;
	bool eof = false;
	int64_t start;

	(void)state;
	buf_init(&b, 8u << 20);
	rows_text(&b, 1, 10000);
	make_table(db);
	assert_int_equal(db_copy_in(db, "copy t from stdin", &err), ERR_OK);
	assert_int_equal(db_copy_put(db, b.data, b.len, &err), ERR_OK);
	assert_int_equal(db_copy_out(out, "copy (select generate_series(1, 100000000)) to stdout",
				     &err), ERR_OK);
	pgtemp_crash(server);
	start = clock_mono_us();
	do {
		rc = db_copy_put(db, b.data, b.len, &err);
	} while (rc == ERR_OK);
	assert_int_equal(rc, ERR_UNREACHABLE);
	do {
		rc = db_copy_get(out, &p, &n, &eof, &err);
	} while (rc == ERR_OK && !eof);
	assert_int_equal(rc, ERR_UNREACHABLE);
	assert_int_equal(db_query(idle, "select 1", NULL, 0, NULL, &err), ERR_UNREACHABLE);
	assert_true(clock_mono_us() - start < 100000000);
	assert_true(db_is_broken(db) && db_is_broken(out) && db_is_broken(idle));
	db_close(db);
	db_close(out);
	/* Gives up in time while there is no server; comes back when there is one. */
	start = clock_mono_us();
	assert_int_equal(db_reconnect(idle, 300, &err), ERR_UNREACHABLE);
	assert_true(clock_mono_us() - start >= 250000 && clock_mono_us() - start < 10000000);
	pgtemp_up(server);
	assert_int_equal(db_reconnect(idle, 10000, &err), ERR_OK);
	assert_int_equal(number(idle, "select 5"), 5);
	db_close(idle);
	buf_release(&b);
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
		cmocka_unit_test(rows_arrive_whole),
		cmocka_unit_test(an_empty_copy_is_fine),
		cmocka_unit_test(statements_may_come_before),
		cmocka_unit_test(a_refusal_is_seen_early),
		cmocka_unit_test(a_refusal_at_the_end_has_its_context),
		cmocka_unit_test(notices_do_not_disturb),
		cmocka_unit_test(giving_up_leaves_nothing),
		cmocka_unit_test(rows_come_out_whole),
		cmocka_unit_test(interrupts_end_a_copy),
		cmocka_unit_test(a_stuck_copy_meets_its_deadline),
		cmocka_unit_test(a_killed_server_is_noticed),
	};

	return cmocka_run_group_tests(tests, up, down);
}
