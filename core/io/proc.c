/*
 * core/io/proc.c
 *	Spawning, draining, ending and reaping one child.
 */
#include "core/io/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/text.h"

#define DEFAULT_TIMEOUT_MS  60000
#define DEFAULT_LIMIT_BYTES (64u * 1024u)
#define GRACE_MS            1000
/* A daemon may hold our pipes open after the child has gone: read on only for this long. */
#define AFTERMATH_MS        50

static const char *const plain_env[] = {
	"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/", "LANG=C.UTF-8", "TZ=UTC",
	NULL
};

struct pipes {
	int out[2];
	int err[2];
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_pipes(struct pipes *p)
{
	close_fd(&p->out[0]);
	close_fd(&p->out[1]);
	close_fd(&p->err[0]);
	close_fd(&p->err[1]);
}

static int spawn_child(const struct proc_spec *spec, const struct pipes *p, pid_t *pid)
{
	posix_spawn_file_actions_t acts;
	posix_spawnattr_t attr;
	sigset_t none, all;
	const char *const *env = spec->env != NULL ? spec->env : plain_env;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	if ((rc = posix_spawn_file_actions_init(&acts)) != 0)
		return rc;
	if ((rc = posix_spawnattr_init(&attr)) != 0) {
		posix_spawn_file_actions_destroy(&acts);
		return rc;
	}
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	if ((rc = posix_spawn_file_actions_addopen(&acts, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&acts, p->out[1], 1)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&acts, p->err[1], 2)) == 0 &&
	    (rc = posix_spawn_file_actions_addclosefrom_np(&acts, 3)) == 0 &&
	    (rc = posix_spawn_file_actions_addchdir_np(&acts, spec->dir != NULL ? spec->dir
						       : "/")) == 0)
		rc = posix_spawn(pid, spec->argv[0], &acts, &attr,
				 (char *const *)(uintptr_t)spec->argv,
				 (char *const *)(uintptr_t)env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&acts);
	return rc;
}

/* Takes what is there; closes the pipe at its end. Past the limit bytes are dropped. */
static void drain(int *fd, struct buf *into)
{
	char piece[8192];

	for (;;) {
		ssize_t n = read(*fd, piece, sizeof(piece));

		if (n > 0) {
			buf_add(into, piece, (size_t)n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || errno != EAGAIN)
			close_fd(fd);
		return;
	}
}

static int ms_left(int64_t until_us)
{
	int64_t left = (until_us - clock_mono_us() + 999) / 1000;

	return left <= 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/* Until the child ended and its outputs are empty; true when the deadline came first. */
static bool watch(pid_t pid, int pidfd, struct pipes *p, int64_t until_us, struct proc_result *out)
{
	bool is_late = false, is_gone = false;

	for (;;) {
		struct pollfd fds[3] = { { .fd = is_gone ? -1 : pidfd, .events = POLLIN },
					 { .fd = p->out[0], .events = POLLIN },
					 { .fd = p->err[0], .events = POLLIN } };
		int left = ms_left(until_us);

		if (is_gone && p->out[0] < 0 && p->err[0] < 0)
			return is_late;
		if (poll(fds, 3, left) < 0 && errno != EINTR)
			return is_late;
		if (fds[1].revents != 0)
			drain(&p->out[0], &out->out);
		if (fds[2].revents != 0)
			drain(&p->err[0], &out->err);
		if (fds[0].revents != 0) {
			is_gone = true;
			until_us = clock_mono_us() + AFTERMATH_MS * 1000;
		}
		if (ms_left(until_us) > 0)
			continue;
		if (is_gone)
			return is_late;
		kill(-pid, is_late ? SIGKILL : SIGTERM);
		is_late = true;
		until_us = clock_mono_us() + GRACE_MS * 1000;
	}
}

enum err_code proc_run(const struct proc_spec *spec, struct proc_result *out, struct err *err)
{
	size_t limit = spec->limit_bytes != 0 ? spec->limit_bytes : DEFAULT_LIMIT_BYTES;
	int timeout_ms = spec->timeout_ms != 0 ? spec->timeout_ms : DEFAULT_TIMEOUT_MS;
	struct pipes p = { { -1, -1 }, { -1, -1 } };
	int pidfd = -1, wstatus = 0, rc;
	bool is_late;
	pid_t pid;

	*out = (struct proc_result){ .status = -1 };
	buf_init(&out->out, limit);
	buf_init(&out->err, limit);
	if (pipe2(p.out, O_CLOEXEC) != 0 || pipe2(p.err, O_CLOEXEC) != 0) {
		rc = errno;
		close_pipes(&p);
		return err_sys(err, rc, "no pipe for %s", spec->argv[0]);
	}
	fcntl(p.out[0], F_SETFL, O_NONBLOCK);
	fcntl(p.err[0], F_SETFL, O_NONBLOCK);
	rc = spawn_child(spec, &p, &pid);
	close_fd(&p.out[1]);
	close_fd(&p.err[1]);
	if (rc != 0) {
		close_pipes(&p);
		return err_sys(err, rc, "%s cannot be started", spec->argv[0]);
	}
	pidfd = pidfd_open(pid, 0);
	is_late = watch(pid, pidfd, &p, clock_mono_us() + (int64_t)timeout_ms * 1000, out);
	while (waitpid(pid, &wstatus, 0) < 0 && errno == EINTR)
		;
	close_fd(&pidfd);
	close_pipes(&p);
	if (WIFEXITED(wstatus))
		out->status = WEXITSTATUS(wstatus);
	else
		out->signal = WTERMSIG(wstatus);
	if (is_late)
		return err_set(err, ERR_TIMEOUT, "%s did not end within %d ms", spec->argv[0],
			       timeout_ms);
	return ERR_OK;
}

/* The last line that is not empty, cleaned. */
static void last_line(const struct buf *b, char *line, size_t size)
{
	size_t end = b->len, start;
	struct buf clean;

	while (end > 0 && (b->data[end - 1] == '\n' || b->data[end - 1] == '\r'))
		end--;
	start = end;
	while (start > 0 && b->data[start - 1] != '\n')
		start--;
	buf_init(&clean, size - 1);
	if (end > start)
		text_clean(&clean, b->data + start, end - start);
	memcpy(line, buf_str(&clean), clean.len + 1);
	buf_release(&clean);
}

enum err_code proc_check(const struct proc_spec *spec, struct proc_result *out, struct err *err)
{
	enum err_code rc = proc_run(spec, out, err);
	const char *name = strrchr(spec->argv[0], '/');
	char line[160];

	if (rc != ERR_OK || out->status == 0)
		return rc;
	name = name != NULL ? name + 1 : spec->argv[0];
	last_line(out->err.len > 0 ? &out->err : &out->out, line, sizeof(line));
	if (out->signal != 0)
		return err_set(err, ERR_FAILED, "%s was ended by signal %d", name, out->signal);
	return err_set(err, ERR_FAILED, "%s failed: %s", name, line);
}

void proc_release(struct proc_result *r)
{
	buf_release(&r->out);
	buf_release(&r->err);
}

/* What a daemon tells its starter, in one write. */
struct birth {
	pid_t pid;
	int errnum;
};

/*
 * Only async-signal-safe calls from here to exec: the program may have other
 * threads, which do not exist in the child.
 */
static _Noreturn void be_daemon(const struct proc_spec *spec, const char *const *env, int log_fd,
				int tell)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	struct birth birth = { .pid = getpid() };
	sigset_t none;
	int null, keep = spec->keep_fd;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &plain, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(077);
	null = open("/dev/null", O_RDONLY);
	/* Out of the way first: what is moved to 3 and 4 must not step on these. */
	tell = fcntl(tell, F_DUPFD_CLOEXEC, 10);
	if (keep > 0)
		keep = fcntl(keep, F_DUPFD_CLOEXEC, 10);
	/* tell outlives the closing of the rest, and ends with exec. */
	if (null < 0 || dup2(null, 0) < 0 || dup2(log_fd, 1) < 0 || dup2(log_fd, 2) < 0 ||
	    dup3(tell, 3, O_CLOEXEC) < 0 || (keep != 0 && dup2(keep, 4) < 0) ||
	    close_range(keep != 0 ? 5 : 4, ~0u, 0) != 0 ||
	    chdir(spec->dir != NULL ? spec->dir : "/") != 0) {
		birth.errnum = errno;
	} else {
		if (write(3, &birth, sizeof(birth)) != (ssize_t)sizeof(birth))
			_exit(127);
		execve(spec->argv[0], (char *const *)(uintptr_t)spec->argv,
		       (char *const *)(uintptr_t)env);
		birth.errnum = errno;
	}
	if (write(3, &birth, sizeof(birth)) < 0)
		_exit(126);
	_exit(127);
}

enum err_code proc_daemon(const struct proc_spec *spec, int log_fd, pid_t *pid, struct err *err)
{
	const char *const *env = spec->env != NULL ? spec->env : plain_env;
	struct birth birth = { 0 }, last = { 0 };
	int ends[2], rc;
	pid_t middle;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_sys(err, errno, "no pipe for %s", spec->argv[0]);
	middle = fork();
	if (middle < 0) {
		rc = errno;
		close(ends[0]);
		close(ends[1]);
		return err_sys(err, rc, "%s cannot be started", spec->argv[0]);
	}
	if (middle == 0) {
		if (setsid() < 0)
			_exit(1);
		switch (fork()) {
		case -1:
			_exit(1);
		case 0:
			be_daemon(spec, env, log_fd, ends[1]);
		default:
			_exit(0);
		}
	}
	close(ends[1]);
	while (waitpid(middle, NULL, 0) < 0 && errno == EINTR)
		;
	/* The pipe ends with exec; a second message means that there was none. */
	while ((rc = (int)read(ends[0], &last, sizeof(last))) != 0) {
		if (rc == (int)sizeof(last))
			birth = last;
		else if (errno != EINTR)
			break;
	}
	close(ends[0]);
	*pid = birth.pid;
	if (birth.pid == 0 || birth.errnum != 0)
		return err_sys(err, birth.errnum != 0 ? birth.errnum : EAGAIN,
			       "%s cannot be started", spec->argv[0]);
	return ERR_OK;
}

bool proc_is_alive(pid_t pid)
{
	char path[64], text[512];
	const char *behind;
	ssize_t n;
	int fd;

	if (pid <= 0 || (kill(pid, 0) != 0 && errno != EPERM))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno != ENOENT;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	/* "PID (NAME) STATE": the name may hold anything, also brackets. */
	behind = strrchr(text, ')');
	return behind == NULL || (behind[2] != 'Z' && behind[2] != 'X');
}
