/*
 * tests/lib/metatemp.h
 *	A temporary server with leat's tables in it, and sessions of every role.
 *
 * The schema is brought up in a database that serves as template; each
 * metatemp_new() is a fresh copy of it. Whatever goes wrong here fails the test.
 *
 * Memory:  one server per program, made at the first use, gone at metatemp_end().
 * Threads: one.
 */
#ifndef TESTS_LIB_METATEMP_H
#define TESTS_LIB_METATEMP_H

#include <stdint.h>

#include "core/db/db.h"
#include "core/meta/place.h"

struct pgtemp;

#define OK(call) metatemp_ok((call), &err, #call, __FILE__, __LINE__)

/* Fails with the error's text unless rc is ERR_OK. */
void metatemp_ok(enum err_code rc, const struct err *err, const char *what, const char *file,
		 int line);

/* A new database with the schema; its conninfo (superuser) stays valid to the end. */
const char *metatemp_new(void);

/* The same without any schema. */
const char *metatemp_empty(void);

/* A conninfo of the same server and database as `like`, with another login. */
const char *metatemp_login(const char *like, const char *user);

struct db *metatemp_open(const char *conninfo, enum meta_role role, const char *org,
			 int64_t *org_id);
/* The login itself. */
struct db *metatemp_super(const char *conninfo);

/* The only value of a query as text, "(null)" for null, "(none)" without a row; valid a while. */
const char *metatemp_one(struct db *db, const char *sql);
int64_t metatemp_number(struct db *db, const char *sql);
void metatemp_run(struct db *db, const char *sql);

/* The server itself, for those that stop and kill it. Borrowed. */
struct pgtemp *metatemp_server(void);

/* For setup and teardown of a group. */
int metatemp_begin(void **state);
int metatemp_end(void **state);
#endif
