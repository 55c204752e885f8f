/*
 * tests/lib/dbtest.h
 *	Short words for tests that talk to a temporary server.
 *
 * A failure fails the running test.
 *
 * Memory:  as the functions of core/db/db.h.
 * Threads: one.
 */
#ifndef TESTS_LIB_DBTEST_H
#define TESTS_LIB_DBTEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "core/db/db.h"
#include "tests/lib/pgtemp.h"

static inline void dbtest_check(enum err_code rc, const struct err *err)
{
	char text[600];

	if (rc == ERR_OK)
		return;
	err_text(err, text, sizeof(text));
	fail_msg("%s: %s (%s)", err_name(rc), text, err->hint);
}

static inline struct db *dbtest_open(const struct pgtemp *server, const char *role)
{
	struct db_options opt = { .conninfo = pgtemp_conninfo(server), .role = role,
				  .app_name = "leat test" };
	struct err err = { 0 };
	struct db *db;

	dbtest_check(db_open(&opt, &db, &err), &err);
	return db;
}

/* The one value of the one row, in into. */
static inline char *dbtest_one(struct db *db, const char *sql, char *into, size_t size)
{
	struct db_result *res;
	struct err err = { 0 };
	const char *v;

	dbtest_check(db_query(db, sql, NULL, 0, &res, &err), &err);
	assert_int_equal(db_result_rows(res), 1);
	v = db_result_at(res, 0, 0);
	snprintf(into, size, "%s", v != NULL ? v : "(null)");
	db_result_free(res);
	return into;
}

static inline void dbtest_nap_ms(int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}
#endif
