/*
 * batch/signals.c
 *	Ctrl-C and its kin.
 */
#include "batch/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/command/command.h"

#define INSIST_US 2000000	/* a second Ctrl-C within this time ends the process */
#define LOOK_MS   250		/* after a stop: whether it takes too long */

static atomic_int stop;
static atomic_bool drains_first;
static atomic_bool must_leave;
static atomic_bool is_shell;
static atomic_int interrupts;
static int wake = -1;		/* readable while stop is set */
static int insist = -1;		/* each SIGINT */
static int done = -1;		/* ends the watcher */
static struct termios found;
static bool has_terminal;

static struct {
	pthread_t thread;
	bool is_running;
	void (*fn)(void *ctx);
	void *ctx;
} watcher;

static void ring(int fd)
{
	uint64_t one = 1;
	ssize_t n;

	do
		n = write(fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

static void drain(int fd)
{
	uint64_t count;
	ssize_t n;

	do
		n = read(fd, &count, sizeof(count));
	while (n < 0 && errno == EINTR);
}

static void on_signal(int number)
{
	int saved = errno, none = 0;

	if (!atomic_load(&drains_first) ||
	    !atomic_compare_exchange_strong(&stop, &none, STOP_DRAIN))
		atomic_store(&stop, STOP_NOW);
	if (number != SIGINT)
		atomic_store(&must_leave, true);
	ring(wake);
	if (number == SIGINT) {
		atomic_fetch_add(&interrupts, 1);
		ring(insist);
	}
	errno = saved;
}

static void keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
}

void signals_install(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act = { .sa_handler = on_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	keep_standard_descriptors();
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	insist = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	has_terminal = tcgetattr(STDIN_FILENO, &found) == 0;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction old;

		/*
		 * nohup stays in force. A script that starts us behind & has SIGINT
		 * ignored as well, but whoever sends it to us then means it.
		 */
		if (numbers[i] != SIGHUP || (sigaction(SIGHUP, NULL, &old) == 0 &&
					     old.sa_handler != SIG_IGN))
			sigaction(numbers[i], &act, NULL);
	}
	sigaction(SIGPIPE, &ignore, NULL);
}

atomic_int *signals_stop(void)
{
	return &stop;
}

int signals_fd(void)
{
	return wake;
}

void signals_drain_first(bool yes)
{
	atomic_store(&drains_first, yes);
}

void signals_in_shell(void)
{
	atomic_store(&is_shell, true);
}

void signals_clear(void)
{
	atomic_store(&stop, 0);
	atomic_store(&interrupts, 0);
	drain(wake);
	drain(insist);
}

bool signals_must_leave(void)
{
	return atomic_load(&must_leave);
}

static void leave_hard(const char *why)
{
	static const char clean[] = "\r\033[K\033[?25h";

	if (has_terminal) {
		(void)!write(STDERR_FILENO, clean, sizeof(clean) - 1);
		tcsetattr(STDIN_FILENO, TCSANOW, &found);
	}
	(void)!write(STDERR_FILENO, why, strlen(why));
	_exit(130);
}

/* What was told to stop at once and is still there: nobody answers, and nobody will. */
static void leave_if_late(int64_t *since_us)
{
	static const char why[] =
		"leat: nobody answers; left all the same. What ran goes back to the queue when "
		"its lease is over.\n";

	if (atomic_load(&stop) != STOP_NOW || (atomic_load(&is_shell) && !signals_must_leave()))
		*since_us = 0;
	else if (*since_us == 0)
		*since_us = clock_mono_us();
	else if (clock_mono_us() - *since_us > SIGNALS_LEAVE_MS * INT64_C(1000))
		leave_hard(why);
}

static void *watch(void *unused)
{
	struct pollfd p[2] = { { .fd = insist, .events = POLLIN },
		{ .fd = done, .events = POLLIN } };
	struct pollfd first[2] = { { .fd = wake, .events = POLLIN }, p[1] };
	int64_t last_us = 0, since_us = 0;

	(void)unused;
	while (poll(first, 2, -1) < 0 && errno == EINTR)
		;
	if (first[1].revents != 0)
		return NULL;
	watcher.fn(watcher.ctx);
	for (;;) {
		int64_t now;
		int n;

		leave_if_late(&since_us);
		n = poll(p, 2, LOOK_MS);
		if (n <= 0)
			continue;
		if (p[1].revents != 0)
			return NULL;
		drain(insist);
		now = clock_mono_us();
		if (atomic_load(&interrupts) > 1 && (last_us == 0 || now - last_us < INSIST_US))
			leave_hard("");
		atomic_store(&interrupts, 1);
		last_us = now;
	}
}

void signals_watch(void (*fn)(void *ctx), void *ctx)
{
	sigset_t all, old;

	if (watcher.is_running || wake < 0)
		return;
	watcher.fn = fn;
	watcher.ctx = ctx;
	/* The handler runs in the main thread, so that its calls see EINTR. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	watcher.is_running = pthread_create(&watcher.thread, NULL, watch, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void signals_unwatch(void)
{
	if (!watcher.is_running)
		return;
	ring(done);
	pthread_join(watcher.thread, NULL);
	drain(done);
	watcher.is_running = false;
}
