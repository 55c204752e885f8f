/*
 * tests/lib/metatemp.c
 *	A temporary server with leat's tables in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/meta/migrate.h"
#include "tests/lib/metatemp.h"
#include "tests/lib/pgtemp.h"

static struct pgtemp *server;
static struct arena *names;
static int ndatabases;

void metatemp_ok(enum err_code rc, const struct err *err, const char *what, const char *file,
		 int line)
{
	char text[700];

	if (rc == ERR_OK)
		return;
	err_text(err, text, sizeof(text));
	print_error("%s:%d: %s: %s: %s (%s)\n", file, line, what, err_name(rc), text,
		    err->sqlstate);
	fail();
}

static const char *conninfo_of(const char *dbname)
{
	const char *base = pgtemp_conninfo(server);
	const char *at = strstr(base, "dbname=");
	size_t n = strcspn(at, " ");

	return arena_printf(names, "%.*sdbname=%s%s", (int)(at - base), base, dbname, at + n);
}

struct db *metatemp_super(const char *conninfo)
{
	struct db_options opt = { .conninfo = conninfo, .app_name = "leat test" };
	struct err err = { 0 };
	struct db *db;

	OK(db_open(&opt, &db, &err));
	return db;
}

static const char *make_database(const char *template)
{
	struct db *db = metatemp_super(pgtemp_conninfo(server));
	char name[32], sql[200];

	snprintf(name, sizeof(name), "d%d", ++ndatabases);
	snprintf(sql, sizeof(sql), "create database %s template %s", name, template);
	metatemp_run(db, sql);
	db_close(db);
	return conninfo_of(name);
}

const char *metatemp_empty(void)
{
	return make_database("template0");
}

const char *metatemp_new(void)
{
	return make_database("leat_template");
}

const char *metatemp_login(const char *like, const char *user)
{
	const char *at = strstr(like, "user=");

	return arena_printf(names, "%.*suser=%s%s", (int)(at - like), like, user,
			    at + strcspn(at, " "));
}

struct db *metatemp_open(const char *conninfo, enum meta_role role, const char *org,
			 int64_t *org_id)
{
	struct meta_login how = { .role = role, .app_name = "leat test", .org = org };
	struct err err = { 0 };
	struct meta_place *place;
	struct db *db;

	OK(meta_place_open(conninfo, &place, &err));
	OK(meta_open(place, &how, &db, org_id, &err));
	meta_place_close(place);
	return db;
}

const char *metatemp_one(struct db *db, const char *sql)
{
	struct db_result *res = NULL;
	struct err err = { 0 };
	const char *v;

	metatemp_ok(db_query(db, sql, NULL, 0, &res, &err), &err, sql, __FILE__, __LINE__);
	if (db_result_rows(res) == 0)
		v = "(none)";
	else
		v = db_result_at(res, 0, 0) != NULL ? db_result_at(res, 0, 0) : "(null)";
	v = arena_strdup(names, v);
	db_result_free(res);
	return v;
}

int64_t metatemp_number(struct db *db, const char *sql)
{
	return strtoll(metatemp_one(db, sql), NULL, 10);
}

void metatemp_run(struct db *db, const char *sql)
{
	struct err err = { 0 };

	metatemp_ok(db_query(db, sql, NULL, 0, NULL, &err), &err, sql, __FILE__, __LINE__);
}

struct pgtemp *metatemp_server(void)
{
	return server;
}

int metatemp_begin(void **state)
{
	struct err err = { 0 };
	struct db *db;

	(void)state;
	server = pgtemp_start();
	names = arena_new(NULL, "metatemp");
	db = metatemp_super(pgtemp_conninfo(server));
	metatemp_run(db, "create database leat_template template template0");
	db_close(db);
	db = metatemp_super(conninfo_of("leat_template"));
	OK(migrate_up_on(db, migrate_embedded(), 0, NULL, NULL, &err));
	db_close(db);
	return 0;
}

int metatemp_end(void **state)
{
	(void)state;
	pgtemp_free(server);
	arena_free(names);
	return 0;
}
