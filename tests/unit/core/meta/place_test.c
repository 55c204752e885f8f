/*
 * tests/unit/core/meta/place_test.c
 *	Where leat's database is, and the first session on a private cluster.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/db/cluster.h"
#include "core/db/db.h"
#include "core/meta/place.h"
#include "tests/lib/expect.h"

static char home[80];

static void write_config(const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/.config", home);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/.config/leat", home);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/.config/leat/config", home);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void expect_place(const char *explicit_db, const char *conninfo, const char *source)
{
	struct meta_place *p;
	struct err err = { 0 };

	assert_int_equal(meta_place_open(explicit_db, &p, &err), ERR_OK);
	assert_string_equal(meta_conninfo(p), conninfo);
	assert_string_equal(meta_data_conninfo(p), conninfo);
	assert_non_null(strstr(meta_place_source(p), source));
	assert_false(meta_place_is_private(p));
	meta_place_close(p);
}

static void the_first_that_is_said_counts(void **state)
{
	struct meta_place *p;
	struct err err = { 0 };
	char line[5000];

	(void)state;
	write_config("# db = wrong\n  theme = dark\n db =  dbname=from config \n");
	expect_place(NULL, "dbname=from config", "config");
	setenv("LEAT_DB", "dbname=env", 1);
	expect_place(NULL, "dbname=env", "LEAT_DB");
	expect_place("dbname=said", "dbname=said", "--db");
	setenv("LEAT_DB", "", 1);
	expect_place("", "dbname=from config", "config");
	unsetenv("LEAT_DB");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	write_config(line);
	assert_int_equal(meta_place_open(NULL, &p, &err), ERR_CONFIG);
	assert_null(p);
	write_config("");
}

static void a_server_that_is_not_there_is_unreachable(void **state)
{
	struct meta_login how = { .role = META_APP, .app_name = "leat test" };
	struct meta_place *p;
	struct db *db;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(meta_place_open("host=/nowhere dbname=x user=y", &p, &err), ERR_OK);
	assert_int_equal(meta_open(p, &how, &db, NULL, &err), ERR_UNREACHABLE);
	assert_null(db);
	meta_place_close(p);
}

/* Nothing was named and nothing set up: one call makes it all. */
static void the_private_cluster_sets_itself_up(void **state)
{
	struct meta_login how = { .role = META_APP, .app_name = "leat test" };
	struct db_options data = { .app_name = "leat test", .search_path = "" };
	struct meta_place *p;
	struct db *app, *people;
	struct err err = { 0 };
	int64_t org;

	(void)state;
	assert_int_equal(meta_place_open(NULL, &p, &err), ERR_OK);
	assert_true(meta_place_is_private(p));
	assert_string_equal(meta_place_source(p), "private cluster");
	assert_int_equal(meta_open(p, &how, &app, &org, &err), ERR_OK);
	assert_true(org > 0);
	assert_int_equal(db_query(app, "select from leat.job", NULL, 0, NULL, &err), ERR_OK);
	db_close(app);
	how.role = META_ENGINE;
	assert_int_equal(meta_open(p, &how, &app, NULL, &err), ERR_OK);
	db_close(app);
	data.conninfo = meta_data_conninfo(p);
	assert_int_equal(db_open(&data, &people, &err), ERR_OK);
	assert_int_equal(db_query(people, "create table public.t (a int)", NULL, 0, NULL, &err),
			 ERR_OK);
	assert_int_equal(db_query(people, "select from leat.job", NULL, 0, NULL, &err),
			 ERR_DENIED);
	db_close(people);
	meta_place_close(p);
}

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(expect_temp(home, sizeof(home), "leat-place-XXXXXX")) == NULL ||
	    chmod(home, 0755) != 0)
		return -1;
	setenv("HOME", home, 1);
	setenv("XDG_DATA_HOME", home, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("LEAT_DB");
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int tear_down(void **state)
{
	struct err err = { 0 };
	enum err_code rc = cluster_stop(true, &err);

	(void)state;
	nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return rc == ERR_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_that_is_said_counts),
		cmocka_unit_test(a_server_that_is_not_there_is_unreachable),
		cmocka_unit_test(the_private_cluster_sets_itself_up),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
