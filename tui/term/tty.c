/*
 * tui/term/tty.c
 *	The terminal's settings and bytes, also when the process dies.
 */
#include "tui/term/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "tui/term/guard.h"

#define CRASH_WAIT_MS 500	/* for a terminal that does not take the farewell at once */

static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT,
			       SIGTERM, SIGINT, SIGQUIT };
#define CRASHES (sizeof(crashes) / sizeof(crashes[0]))
#define FAULTS 5	/* of them, in front: what no handler returns from */

/* What the handler needs; of the one terminal that is open. */
static struct sigaction crash_before[CRASHES];
static bool is_armed[CRASHES];
static struct termios crash_termios;
static atomic_int crash_fd = -1;	/* -1: the terminal is not in our hands */
static pid_t crash_pid;		/* a child that has not become another program yet is not us */

/* ---- when all is lost ------------------------------------------------------ */

static void on_crash(int number)
{
	int fd = atomic_exchange(&crash_fd, -1), saved = errno;

	if (fd >= 0 && getpid() == crash_pid) {
		guard_farewell(fd, CRASH_WAIT_MS);
		tcsetattr(fd, TCSANOW, &crash_termios);
		guard_note(false);
	}
	for (size_t i = 0; i < CRASHES; i++)
		if (crashes[i] == number)
			sigaction(number, &crash_before[i], NULL);
	/* Blocked until we return; then it takes its course, or the fault happens again. */
	raise(number);
	errno = saved;
}

static void arm(void)
{
	struct sigaction act = { .sa_handler = on_crash };

	sigfillset(&act.sa_mask);
	for (size_t i = 0; i < CRASHES; i++) {
		sigaction(crashes[i], NULL, &crash_before[i]);
		/* Somebody who handles SIGTERM leaves in good order; a fault ends all. */
		is_armed[i] = i < FAULTS || crash_before[i].sa_handler == SIG_DFL;
		if (is_armed[i])
			sigaction(crashes[i], &act, NULL);
	}
}

static void disarm(void)
{
	for (size_t i = 0; i < CRASHES; i++) {
		struct sigaction now;

		if (is_armed[i] && sigaction(crashes[i], NULL, &now) == 0 &&
		    now.sa_handler == on_crash)
			sigaction(crashes[i], &crash_before[i], NULL);
		is_armed[i] = false;
	}
}

/* ---- settings -------------------------------------------------------------- */

static int open_anew(void)
{
	int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	char name[256];

	/* By this name it opens even where its own belongs to another user (su). */
	if (tcgetsid(STDIN_FILENO) == getsid(0)) {
		int fd = open("/dev/tty", flags);

		if (fd >= 0)
			return fd;
	}
	if (ttyname_r(STDIN_FILENO, name, sizeof(name)) != 0)
		return -1;
	return open(name, flags);
}

enum err_code tty_open(struct tty *t, struct err *err)
{
	*t = (struct tty){ .fd = -1 };
	buf_init(&t->out, TTY_OUT_MAX);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		err_set(err, ERR_CONFIG, "the console needs a terminal: standard %s is none",
			isatty(STDIN_FILENO) ? "output" : "input");
		goto failed;
	}
	t->fd = open_anew();
	if (t->fd < 0 || tcgetattr(t->fd, &t->before) != 0) {
		err_sys(err, errno, "cannot open the terminal");
		err->code = ERR_CONFIG;
		goto failed;
	}
	arm();
	return ERR_OK;
failed:
	err_hint(err, "Commands need no terminal: leat --no-tui, or leat help.");
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	return ERR_CONFIG;
}

void tty_close(struct tty *t)
{
	if (t->fd < 0)
		return;
	disarm();
	close(t->fd);
	t->fd = -1;
	buf_release(&t->out);
}

void tty_take(struct tty *t)
{
	struct termios raw = t->before;

	raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL |
				   IXON | IXOFF);
	raw.c_oflag &= ~(tcflag_t)OPOST;
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	raw.c_cflag = (raw.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
	raw.c_cc[VMIN] = 1;	/* with 0 "nothing there" would look like "nobody there" */
	raw.c_cc[VTIME] = 0;
	while (tcsetattr(t->fd, TCSANOW, &raw) != 0 && errno == EINTR)
		continue;
	crash_termios = t->before;
	crash_pid = getpid();
	atomic_store(&crash_fd, t->fd);
	guard_note(true);
}

/* In the background the settings are those of whoever has the terminal now: a shell, mostly. */
static bool is_foreground(const struct tty *t)
{
	pid_t group = tcgetpgrp(t->fd);

	return group < 0 || group == getpgrp();
}

void tty_give(struct tty *t, int limit_ms)
{
	int64_t end = clock_mono_us() / 1000 + limit_ms;

	while (!tty_flush(t) && !t->is_lost && clock_mono_us() / 1000 < end) {
		struct pollfd room = { .fd = t->fd, .events = POLLOUT };

		poll(&room, 1, 20);
	}
	buf_clear(&t->out);
	t->gone = 0;
	if (is_foreground(t))
		tcsetattr(t->fd, TCSANOW, &t->before);
	atomic_store(&crash_fd, -1);
	guard_note(false);
}

void tty_size(const struct tty *t, int *w, int *h)
{
	struct winsize size;

	*w = 80;
	*h = 24;
	if (ioctl(t->fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
		return;
	*w = size.ws_col < TTY_MAX_W ? size.ws_col : TTY_MAX_W;
	*h = size.ws_row < TTY_MAX_H ? size.ws_row : TTY_MAX_H;
}

/* ---- bytes ----------------------------------------------------------------- */

void tty_send(struct tty *t, const void *p, size_t n)
{
	/* Half of a sequence would be worse than none. */
	if (n <= t->out.limit - t->out.len)
		buf_add(&t->out, p, n);
}

bool tty_is_behind(const struct tty *t)
{
	return t->gone < t->out.len;
}

bool tty_flush(struct tty *t)
{
	while (tty_is_behind(t) && !t->is_lost) {
		ssize_t n = write(t->fd, t->out.data + t->gone, t->out.len - t->gone);

		if (n > 0) {
			t->gone += (size_t)n;
			t->stuck_at_ms = 0;
		} else if (n < 0 && errno == EAGAIN) {
			if (t->stuck_at_ms == 0)
				t->stuck_at_ms = clock_mono_us() / 1000;
			return false;
		} else if (n == 0 || errno != EINTR) {
			t->is_lost = true;
		}
	}
	buf_clear(&t->out);
	t->gone = 0;
	t->stuck_at_ms = 0;
	return true;
}

size_t tty_read(struct tty *t, void *p, size_t size)
{
	ssize_t n = read(t->fd, p, size);

	if (n > 0)
		return (size_t)n;
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		t->is_lost = true;
	return 0;
}
