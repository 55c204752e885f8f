/*
 * tests/unit/core/base/supervisor_test.c
 *	Datagrams as a service manager gets them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/supervisor.h"

static int manager;

static void expect(const char *wanted)
{
	char got[64];
	ssize_t n = recv(manager, got, sizeof(got) - 1, MSG_DONTWAIT);

	got[n > 0 ? n : 0] = '\0';
	assert_string_equal(got, wanted);
}

static int up(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char name[40];
	int n = snprintf(name, sizeof(name), "@leat-test-%d", (int)getpid());

	(void)state;
	memcpy(at.sun_path + 1, name + 1, (size_t)n - 1);
	manager = socket(AF_UNIX, SOCK_DGRAM, 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return bind(manager, (struct sockaddr *)&at,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n));
}

static int down(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return close(manager);
}

static void a_manager_hears(void **state)
{
	(void)state;
	supervisor_tell("READY=1");
	expect("READY=1");
	unsetenv("NOTIFY_SOCKET");
	supervisor_tell("READY=1");
	expect("");
	setenv("NOTIFY_SOCKET", "relative", 1);
	supervisor_tell("READY=1");
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	supervisor_tell("READY=1");
	expect("");
}

static void alive_is_said_to_who_asked(void **state)
{
	char pid[20];

	(void)state;
	assert_int_equal(supervisor_watch_ms(), -1);
	supervisor_alive();
	expect("");
	setenv("WATCHDOG_USEC", "180000000", 1);
	assert_int_equal(supervisor_watch_ms(), 60000);
	supervisor_alive();
	expect("WATCHDOG=1");
	setenv("WATCHDOG_PID", "1", 1);	/* meant for another process */
	assert_int_equal(supervisor_watch_ms(), -1);
	supervisor_alive();
	expect("");
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(supervisor_watch_ms(), 60000);
	setenv("WATCHDOG_USEC", "junk", 1);
	assert_int_equal(supervisor_watch_ms(), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_manager_hears, up, down),
		cmocka_unit_test_setup_teardown(alive_is_said_to_who_asked, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
