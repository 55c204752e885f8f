/*
 * tests/unit/core/db/server_test.c
 *	The mechanics of one server, without anybody to share it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/db/server.h"
#include "core/io/path.h"
#include "core/io/proc.h"
#include "tests/lib/expect.h"

static char top[80];

static void check(enum err_code rc, const struct err *err)
{
	char text[600];

	if (rc == ERR_OK)
		return;
	err_text(err, text, sizeof(text));
	fail_msg("%s: %s (%s)", err_name(rc), text, err->hint);
}

static void long_homes_get_a_short_socket(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	char home[300];
	struct server s;
	struct err err = { 0 };

	(void)state;
	memset(home, 'x', sizeof(home));
	home[0] = '/';
	home[200] = '\0';
	setenv("XDG_DATA_HOME", home, 1);
	check(server_init(mem, &s, &err), &err);
	assert_true(strlen(s.base) > 200);
	assert_true(strlen(s.socket) < 86);
	assert_int_equal(strncmp(s.socket, "/tmp/leat-", 10), 0);
	setenv("XDG_DATA_HOME", "relative", 1);
	setenv("HOME", "/home/me", 1);
	check(server_init(mem, &s, &err), &err);
	if (geteuid() == 0)
		assert_string_equal(s.base, "/var/lib/leat");
	else
		assert_string_equal(s.base, "/home/me/.local/share/leat");
	arena_free(mem);
}

static void foreign_folders_are_refused(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct server s;
	struct err err = { 0 };
	char *link_at;

	(void)state;
	setenv("XDG_DATA_HOME", top, 1);
	check(server_init(mem, &s, &err), &err);
	check(path_make_dir(s.base, 0711, &err), &err);
	link_at = arena_strdup(mem, s.socket);
	assert_int_equal(symlink("/tmp", link_at), 0);
	assert_int_not_equal(server_prepare(&s, &err), ERR_OK);
	unlink(link_at);
	check(server_prepare(&s, &err), &err);
	arena_free(mem);
}

static void one_is_made_started_and_stopped(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct server s;
	struct err err = { 0 };
	pid_t pid, again;

	(void)state;
	setenv("XDG_DATA_HOME", top, 1);
	check(server_init(mem, &s, &err), &err);
	check(server_prepare(&s, &err), &err);
	check(server_find(&s, &err), &err);
	assert_int_equal(s.version, 0);
	assert_int_equal(server_look(&s, &pid), SERVER_DOWN);
	check(server_make(&s, &err), &err);
	assert_true(s.version >= 12);
	check(server_find(&s, &err), &err);
	check(server_start(&s, &err), &err);
	assert_int_equal(server_look(&s, &pid), SERVER_READY);
	/* A second start is none. */
	check(server_start(&s, &err), &err);
	assert_int_equal(server_look(&s, &again), SERVER_READY);
	assert_int_equal(again, pid);
	check(server_stop(&s, 10000, &err), &err);
	assert_int_equal(server_look(&s, &pid), SERVER_DOWN);
	check(server_stop(&s, 10000, &err), &err);

	/* What it says when it cannot start is passed on. */
	check(path_write(arena_printf(mem, "%s/postgresql.auto.conf", s.data), "nonsense", 8, &err),
	      &err);
	if (s.is_other)
		assert_int_equal(chown(arena_printf(mem, "%s/postgresql.auto.conf", s.data), s.uid,
				       s.gid), 0);
	assert_int_equal(server_start(&s, &err), ERR_FAILED);
	assert_non_null(strstr(err.frame[0].text, "configuration file"));
	assert_non_null(strstr(err.hint, "server.log"));

	/* Data of a version that nobody has programs for. */
	check(path_write(arena_printf(mem, "%s/PG_VERSION", s.data), "9\n", 2, &err), &err);
	assert_int_equal(server_find(&s, &err), ERR_CONFIG);
	assert_int_equal(s.version, 9);
	assert_non_null(strstr(err.hint, "postgresql-9"));
	arena_free(mem);
}

static int up(void **state)
{
	(void)state;
	if (mkdtemp(expect_temp(top, sizeof(top), "leat-srv-XXXXXX")) == NULL)
		return -1;
	return chmod(top, 0755);
}

static int down(void **state)
{
	struct proc_spec spec = { .argv = (const char *[]){ "/bin/rm", "-rf", top, NULL } };
	struct proc_result res;
	struct err err = { 0 };

	(void)state;
	check(proc_check(&spec, &res, &err), &err);
	proc_release(&res);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_homes_get_a_short_socket),
		cmocka_unit_test(foreign_folders_are_refused),
		cmocka_unit_test(one_is_made_started_and_stopped),
	};

	return cmocka_run_group_tests(tests, up, down);
}
