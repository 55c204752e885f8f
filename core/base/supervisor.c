/*
 * core/base/supervisor.c
 *	A few datagrams to systemd, or to whoever speaks like it.
 */
#include "core/base/supervisor.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/log.h"

void supervisor_tell(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = path != NULL ? strlen(path) : 0;
	int fd;

	/* A path, or a name that begins with @ and has no file. */
	if (n < 2 || n >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		log_line(LOG_DEBUG, "the service manager was not told %s", state);
	if (fd >= 0)
		close(fd);
}

int supervisor_watch_ms(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	long long n = us != NULL ? strtoll(us, NULL, 10) : 0;

	if (getenv("NOTIFY_SOCKET") == NULL || n < 4000 ||
	    (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
		return -1;
	/* A third of the time: one late round is no reason to be killed. */
	return n / 3000 < 3600000 ? (int)(n / 3000) : 3600000;
}

void supervisor_alive(void)
{
	if (supervisor_watch_ms() >= 0)
		supervisor_tell("WATCHDOG=1");
}
