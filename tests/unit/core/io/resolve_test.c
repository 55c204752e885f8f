/*
 * tests/unit/core/io/resolve_test.c
 *	Names become addresses, or an answer comes in time that says why not.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/io/resolve.h"
#include "tests/lib/expect.h"

static int64_t in_ms(int ms)
{
	return clock_mono_us() + (int64_t)ms * 1000;
}

static void addresses_are_told_from_names(void **state)
{
	static const char *const address[] = { "127.0.0.1", "::1", "127.1", "fe80::1%lo" };
	static const char *const name[] = { "localhost", "db.example", "1.2.3.4.5", "" };

	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_true(resolve_is_address(address[i]));
		assert_false(resolve_is_address(name[i]));
	}
}

static void a_name_has_addresses_each_once(void **state)
{
	struct resolved found;
	struct err err = { 0 };
	bool has_v4 = false;

	(void)state;
	assert_int_equal(resolve_host("localhost", in_ms(5000), NULL, 0, &found, &err), ERR_OK);
	assert_in_range(found.n, 1, RESOLVE_MAX);
	for (int i = 0; i < found.n; i++) {
		assert_true(resolve_is_address(found.addr[i]));
		has_v4 = has_v4 || strcmp(found.addr[i], "127.0.0.1") == 0;
		for (int k = 0; k < i; k++)
			assert_string_not_equal(found.addr[i], found.addr[k]);
	}
	assert_true(has_v4);
}

/* The longest a label may be is 63 bytes: no server is asked for this one. */
static void a_name_that_cannot_be_is_named(void **state)
{
	char name[80] = "\x1b[2J";
	struct resolved found;
	struct err err = { 0 };

	(void)state;
	memset(name + 4, 'x', sizeof(name) - 5);
	assert_int_equal(resolve_host(name, in_ms(5000), NULL, 0, &found, &err), ERR_UNREACHABLE);
	assert_int_equal(found.n, 0);
	assert_non_null(strstr(err.frame[0].text, "xxxx"));
	assert_non_null(strstr(err.frame[0].text, "cannot be resolved"));
	assert_null(strchr(err.frame[0].text, '\x1b'));
	assert_string_not_equal(err.hint, "");
	assert_int_equal(err_exit_status(err.code), 5);
}

static void *ask(void *arg)
{
	struct resolved found;
	struct err err = { 0 };

	*(enum err_code *)arg = resolve_host("localhost", in_ms(20000), NULL, 0, &found, &err);
	return NULL;
}

static void many_ask_at_once(void **state)
{
	enum err_code rc[32];
	pthread_t thread[32];

	(void)state;
	for (int i = 0; i < 32; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, ask, &rc[i]), 0);
	for (int i = 0; i < 32; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(rc[i], ERR_OK);
	}
}

/* ---- a name server that never answers ------------------------------------ */

enum { SILENT_OK, SILENT_NOT_HERE, SILENT_WRONG };

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

static int own_namespaces(void)
{
	uid_t uid = getuid();
	char map[40];

	if (unshare(CLONE_NEWNET | CLONE_NEWNS) == 0)
		return 0;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0)
		return -1;
	snprintf(map, sizeof(map), "0 %u 1\n", (unsigned)uid);
	return write_file("/proc/self/uid_map", map);
}

/* The socket of a name server that hears and says nothing; -1: cannot be had here. */
static int silent_name_server(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	char path[200];
	int fd = mkstemp(expect_temp(path, sizeof(path), "resolve-XXXXXX")), failed;

	if (fd < 0)
		return -1;
	close(fd);
	failed = own_namespaces() != 0 || write_file(path, "nameserver 127.0.0.1\n") != 0 ||
		 mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		 mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) != 0;
	unlink(path);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (!failed && fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0 &&
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	return -1;
}

static void *ring(void *arg)
{
	struct timespec nap = { .tv_nsec = 200000000 };
	uint64_t one = 1;

	nanosleep(&nap, NULL);
	return write(*(int *)arg, &one, sizeof(one)) == (ssize_t)sizeof(one) ? arg : NULL;
}

#define EXPECT(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "# not so: %s\n", #what); \
			return SILENT_WRONG; \
		} \
	} while (0)

static int wait_in_vain(void)
{
	int server = silent_name_server(), stop[2] = { -1, -1 };
	int64_t began = clock_mono_us();
	struct resolved found;
	struct err err = { 0 };
	pthread_t thread;
	char query[512];

	if (server < 0)
		return SILENT_NOT_HERE;
	EXPECT(resolve_host("db.example", in_ms(300), NULL, 0, &found, &err) == ERR_UNREACHABLE);
	EXPECT(clock_mono_us() - began >= 300000 && clock_mono_us() - began < 2000000);
	EXPECT(strstr(err.frame[0].text, "db.example") != NULL);
	EXPECT(strstr(err.frame[0].text, "within 0.3 s") != NULL && err.hint[0] != '\0');
	/* The server was really asked. */
	EXPECT(recv(server, query, sizeof(query), MSG_DONTWAIT) > 0);

	began = clock_mono_us();
	stop[1] = eventfd(0, EFD_CLOEXEC);
	EXPECT(pthread_create(&thread, NULL, ring, &stop[1]) == 0);
	EXPECT(resolve_host("db.example", in_ms(20000), stop, 2, &found, &err) == ERR_INTERRUPTED);
	EXPECT(clock_mono_us() - began < 2000000);
	pthread_join(thread, NULL);

	/* However many were left behind, the next one gets an answer. */
	for (int i = 0; i < 62; i++)
		EXPECT(resolve_host("db.example", in_ms(1), NULL, 0, &found, &err) ==
		       ERR_UNREACHABLE);
	EXPECT(strstr(err.frame[0].text, "was not resolved") != NULL);
	EXPECT(resolve_host("localhost", in_ms(2000), NULL, 0, &found, &err) == ERR_UNREACHABLE);
	EXPECT(strstr(err.frame[0].text, "are being looked up already") != NULL);
	close(server);
	return SILENT_OK;
}

static void nobody_waits_for_a_silent_name_server(void **state)
{
	pid_t pid = fork();
	int status = 0;

	(void)state;
	assert_true(pid >= 0);
	/* Threads that still wait are left behind: no exit handlers, no leak check. */
	if (pid == 0)
		_exit(wait_in_vain());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SILENT_NOT_HERE) {
		print_message("# no network and mount namespace of our own: skipped\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), SILENT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First, while the process has one thread. */
		cmocka_unit_test(nobody_waits_for_a_silent_name_server),
		cmocka_unit_test(addresses_are_told_from_names),
		cmocka_unit_test(a_name_has_addresses_each_once),
		cmocka_unit_test(a_name_that_cannot_be_is_named),
		cmocka_unit_test(many_ask_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
