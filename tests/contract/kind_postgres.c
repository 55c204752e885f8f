/*
 * tests/contract/kind_postgres.c
 *	The postgres connector's row: a server of its own, emptied for each promise.
 */
#include <stdlib.h>

#include "core/base/arena.h"
#include "core/db/db.h"
#include "core/flow/pgbin.h"
#include "tests/contract/kinds.h"
#include "tests/lib/pgtemp.h"

static struct pgtemp *server;

static void stop(void)
{
	pgtemp_free(server);
}

static void run(const char *sql)
{
	struct db_options opt = { .conninfo = pgtemp_conninfo(server), .search_path = "" };
	struct err err = { 0 };
	struct db *db = NULL;

	if (db_open(&opt, &db, &err) != ERR_OK || db_exec(db, sql, &err) != ERR_OK)
		abort();
	db_close(db);
}

static void set_up(struct arena *mem, struct contract_place *out)
{
	struct param *p = arena_alloc(mem, sizeof(*p));

	if (server == NULL) {
		server = pgtemp_start();
		atexit(stop);
	}
	run("set client_min_messages = error;"
	    "drop schema if exists public cascade; drop schema if exists _leat cascade;"
	    "create schema public; create table public.people (id bigint, name text);"
	    "insert into public.people values (1, 'ann'), (2, 'bob'), (3, 'cy')");
	*p = (struct param){ "url", pgtemp_conninfo(server) };
	*out = (struct contract_place){ { .n = 1, .p = p },
					"public.people", "public.nobody", "public.target",
					"public.other", NULL };
}

static void tear_down(struct contract_place *place)
{
	(void)place;
}

static void plain(struct batch *rows, int c)
{
	struct err err = { 0 };

	if (pgbin_decode(rows, c, "name", &err) != ERR_OK)
		abort();
}

const struct contract_kind contract_postgres = { "postgres", set_up, tear_down, plain };
