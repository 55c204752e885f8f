/*
 * tui/term/guard.c
 *	The parent that waits for the console with the terminal's settings in hand.
 */
#include "tui/term/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define FAREWELL_WAIT_MS 1000	/* for a terminal that takes nothing */

/* Shared with the child: whether there is anything to give back. NULL: no guard. */
static atomic_int *is_taken;

static const int passed_on[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP };
#define PASSED_ON (sizeof(passed_on) / sizeof(passed_on[0]))

void guard_note(bool yes)
{
	if (is_taken != NULL)
		atomic_store(is_taken, yes);
}

void guard_farewell(int fd, int wait_ms)
{
	const char *p = GUARD_FAREWELL;
	size_t n = sizeof(GUARD_FAREWELL) - 1;

	while (n > 0) {
		ssize_t got = write(fd, p, n);
		struct pollfd room = { .fd = fd, .events = POLLOUT };

		if (got > 0) {
			p += got;
			n -= (size_t)got;
		} else if (errno != EINTR &&
			   (errno != EAGAIN || poll(&room, 1, wait_ms) <= 0)) {
			return;
		}
	}
}

static void give_back(int tty, const struct termios *before)
{
	if (atomic_exchange(is_taken, 0) == 0)
		return;
	guard_farewell(tty, FAREWELL_WAIT_MS);
	tcsetattr(tty, TCSANOW, before);
}

/* The same end as the child's. */
static _Noreturn void end_like(int status)
{
	struct rlimit none = { 0 };
	struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t only;

	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	/* The core that tells something is the child's. */
	setrlimit(RLIMIT_CORE, &none);
	sigaction(WTERMSIG(status), &plain, NULL);
	sigemptyset(&only);
	sigaddset(&only, WTERMSIG(status));
	raise(WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	_exit(128 + WTERMSIG(status));
}

static void child_changed(pid_t child, int tty, const struct termios *before)
{
	int status;

	while (waitpid(child, &status, WNOHANG | WUNTRACED) == child) {
		give_back(tty, before);
		if (!WIFSTOPPED(status))
			end_like(status);
		/* That it could stop says that there is a shell which can go on with us. */
		raise(SIGSTOP);
		kill(child, SIGCONT);
	}
}

static _Noreturn void guard(pid_t child, int tty, const struct termios *before,
			    const sigset_t *waited)
{
	for (;;) {
		siginfo_t info;
		int number = sigwaitinfo(waited, &info);

		if (number == SIGCHLD)
			child_changed(child, tty, before);
		else if (number > 0 && info.si_pid != child)
			kill(child, number);
	}
}

static int open_terminal(struct termios *before)
{
	int fd;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return -1;
	/* Opened anew, because it must not block and others share the old one. */
	fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && tcgetattr(fd, before) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The child's side: what was blocked is as it was, and the end of the parent is heard of. */
static void be_console(pid_t parent, int tty, const sigset_t *mask)
{
	struct sigaction hup;

	sigaction(SIGHUP, NULL, &hup);
	prctl(PR_SET_PDEATHSIG, hup.sa_handler == SIG_IGN ? SIGTERM : SIGHUP);
	sigprocmask(SIG_SETMASK, mask, NULL);
	close(tty);
	if (getppid() != parent)
		raise(SIGTERM);
}

void guard_start(void)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	struct termios before;
	int tty = open_terminal(&before);
	sigset_t waited, mask;
	pid_t parent = getpid(), child;

	if (tty < 0)
		return;
	is_taken = mmap(NULL, sizeof(*is_taken), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (is_taken == MAP_FAILED) {
		is_taken = NULL;
		close(tty);
		return;
	}
	sigemptyset(&waited);
	sigaddset(&waited, SIGCHLD);
	sigaddset(&waited, SIGTTOU);	/* never taken: giving back works in the background */
	for (size_t i = 0; i < PASSED_ON; i++)
		sigaddset(&waited, passed_on[i]);
	/* Whoever ignores it is never told how a child ended. */
	sigaction(SIGCHLD, &plain, NULL);
	sigprocmask(SIG_BLOCK, &waited, &mask);
	sigdelset(&waited, SIGTTOU);
	child = fork();
	if (child > 0)
		guard(child, tty, &before, &waited);
	if (child == 0) {
		be_console(parent, tty, &mask);
		return;
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	munmap(is_taken, sizeof(*is_taken));
	is_taken = NULL;
	close(tty);
}
