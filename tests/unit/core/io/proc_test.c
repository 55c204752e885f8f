/*
 * tests/unit/core/io/proc_test.c
 *	Children: their words, their end, and what they do not inherit.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/io/proc.h"
#include "tests/lib/expect.h"

static enum err_code sh(const char *script, int timeout_ms, size_t limit, struct proc_result *res,
			struct err *err)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	struct proc_spec spec = { .argv = argv, .timeout_ms = timeout_ms, .limit_bytes = limit };

	return proc_run(&spec, res, err);
}

static void both_outputs_and_the_status_come_back(void **state)
{
	struct proc_result res;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(sh("echo out; echo err >&2; exit 7", 0, 0, &res, &err), ERR_OK);
	assert_int_equal(res.status, 7);
	assert_int_equal(res.signal, 0);
	assert_string_equal(buf_str(&res.out), "out\n");
	assert_string_equal(buf_str(&res.err), "err\n");
	proc_release(&res);
	assert_int_equal(sh("kill -KILL $$", 0, 0, &res, &err), ERR_OK);
	assert_int_equal(res.status, -1);
	assert_int_equal(res.signal, SIGKILL);
	proc_release(&res);
}

static void a_flood_is_drained_and_cut(void **state)
{
	struct proc_result res;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(sh("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2", 20000, 1000,
			    &res, &err), ERR_OK);
	assert_int_equal(res.status, 0);
	assert_int_equal(res.out.len, 1000);
	assert_int_equal(res.err.len, 1000);
	proc_release(&res);
}

static void a_late_child_is_ended_with_its_group(void **state)
{
	struct proc_result res;
	struct err err = { 0 };
	int64_t start = clock_mono_us();
	pid_t grandchild;

	(void)state;
	assert_int_equal(sh("sleep 60 & echo $!; wait", 200, 0, &res, &err), ERR_TIMEOUT);
	assert_true(clock_mono_us() - start < 20000000);
	grandchild = (pid_t)strtol(buf_str(&res.out), NULL, 10);
	proc_release(&res);
	for (int i = 0; i < 100 && proc_is_alive(grandchild); i++)
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	assert_false(proc_is_alive(grandchild));
	/* One that does not hear TERM. */
	start = clock_mono_us();
	assert_int_equal(sh("trap '' TERM; while :; do :; done", 200, 0, &res, &err), ERR_TIMEOUT);
	assert_true(clock_mono_us() - start < 20000000);
	assert_int_equal(res.signal, SIGKILL);
	proc_release(&res);
}

static void nothing_is_inherited(void **state)
{
	struct proc_result res;
	struct err err = { 0 };
	int leak = open("/dev/null", O_RDONLY);

	(void)state;
	assert_true(leak >= 0);
	setenv("LEAT_SECRET", "x", 1);
	assert_int_equal(sh("echo $LEAT_SECRET; for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13; do "
			    "[ ! -e /proc/$$/fd/$i ] || printf '%s ' $i; done; pwd",
			    0, 0, &res, &err), ERR_OK);
	assert_string_equal(buf_str(&res.out), "\n0 1 2 /\n");
	proc_release(&res);
	close(leak);
}

static void failures_say_why(void **state)
{
	const char *argv[] = { "/no/such/program", NULL };
	const char *sh_argv[] = { "/bin/sh", "-c",
		"echo first >&2; printf 'l\\033ast\\n\\n' >&2; exit 3",
				  NULL };
	struct proc_spec spec = { .argv = argv };
	struct proc_result res;
	struct err err = { 0 };
	pid_t pid;

	(void)state;
	assert_int_equal(proc_run(&spec, &res, &err), ERR_NOT_FOUND);
	proc_release(&res);
	assert_int_equal(proc_daemon(&spec, 2, &pid, &err), ERR_NOT_FOUND);
	spec.argv = sh_argv;
	assert_int_equal(proc_check(&spec, &res, &err), ERR_FAILED);
	assert_non_null(strstr(err.frame[0].text, "sh failed: l"));
	assert_null(strchr(err.frame[0].text, '\033'));
	proc_release(&res);
}

static void a_daemon_is_on_its_own(void **state)
{
	char path[200], text[200] = "";
	const char *argv[] = { "/bin/sh", "-c", "echo hello; for i in 0 1 2 3 4 5 6 7 8 9 10; "
			       "do [ ! -e /proc/$$/fd/$i ] || printf '%s ' $i; done; echo; "
			       "sleep 0.2", NULL };
	struct proc_spec spec = { .argv = argv };
	struct err err = { 0 };
	int log = mkstemp(expect_temp(path, sizeof(path), "leat-proc-XXXXXX"));
	pid_t pid = 0;

	(void)state;
	assert_true(log >= 0);
	unlink(path);
	assert_int_equal(proc_daemon(&spec, log, &pid, &err), ERR_OK);
	assert_true(proc_is_alive(pid));
	assert_true(getsid(pid) != getsid(0));
	for (int i = 0; i < 300 && proc_is_alive(pid); i++)
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	assert_false(proc_is_alive(pid));
	assert_true(pread(log, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "hello\n0 1 2 \n");
	close(log);
	assert_false(proc_is_alive(0));
	assert_true(proc_is_alive(getpid()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_outputs_and_the_status_come_back),
		cmocka_unit_test(a_flood_is_drained_and_cut),
		cmocka_unit_test(a_late_child_is_ended_with_its_group),
		cmocka_unit_test(nothing_is_inherited),
		cmocka_unit_test(failures_say_why),
		cmocka_unit_test(a_daemon_is_on_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
