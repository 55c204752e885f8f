/*
 * tests/unit/core/base/fault_test.c
 *	Fault points: armed by number, and steered from outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/fault.h"
#include "tests/lib/expect.h"

static int meet_five(void)
{
	int failed = 0;

	for (int i = 1; i <= 5; i++)
		if (fault_met(i % 2 ? "odd" : "even"))
			failed = i;
	return failed;
}

static void the_nth_point_fails_once(void **state)
{
	(void)state;
	for (int nth = 1; nth <= 5; nth++) {
		fault_arm(nth);
		assert_int_equal(meet_five(), nth);
		assert_true(fault_hit());
		assert_int_equal(meet_five(), 0);
	}
	fault_arm(6);
	assert_int_equal(meet_five(), 0);
	assert_false(fault_hit());
	fault_arm(0);
	assert_int_equal(meet_five(), 0);
}

static void the_environment_names_points_and_counts_each_alone(void **state)
{
	(void)state;
	setenv("LEAT_FAULT", "env-a:error:2,env-b:error", 1);
	assert_int_equal(fault_met("env-a"), 0);
	assert_int_equal(fault_met("env-b"), 1);
	assert_int_equal(fault_met("env"), 0);
	assert_int_equal(fault_met("env-ab"), 0);
	assert_int_equal(fault_met("env-a"), 1);
	assert_int_equal(fault_met("env-a"), 0);
	assert_int_equal(fault_met("env-b"), 0);
	unsetenv("LEAT_FAULT");
	assert_int_equal(fault_met("env-b"), 0);
}

static void kill_ends_the_process_on_the_spot(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setenv("LEAT_FAULT", "die:kill:3", 1);
		for (int i = 0; i < 3; i++)
			fault_met("die");
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void names_met_are_logged(void **state)
{
	char path[200];
	int fd = mkstemp(expect_temp(path, sizeof(path), "leat-fault-XXXXXX"));
	char text[64] = "";
	ssize_t n;

	(void)state;
	assert_true(fd >= 0);
	setenv("LEAT_FAULT_LOG", path, 1);
	fault_met("first");
	fault_met("second");
	unsetenv("LEAT_FAULT_LOG");
	fault_met("third");
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	unlink(path);
	assert_int_equal(n, strlen("first\nsecond\n"));
	assert_string_equal(text, "first\nsecond\n");
}

static void a_build_without_faults_has_none(void **state)
{
	(void)state;
	fault_arm(1);
#ifdef LEAT_FAULTS
	assert_int_equal(FAULT("here"), 1);
#else
	assert_int_equal(FAULT("here"), 0);
	assert_false(fault_hit());
#endif
	fault_arm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nth_point_fails_once),
		cmocka_unit_test(the_environment_names_points_and_counts_each_alone),
		cmocka_unit_test(kill_ends_the_process_on_the_spot),
		cmocka_unit_test(names_met_are_logged),
		cmocka_unit_test(a_build_without_faults_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
