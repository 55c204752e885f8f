/*
 * tests/lib/peer.c
 *	A scripted server of one thread.
 */
#include "tests/lib/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	abort();
}

/* 0 at the end, or when the test is over. */
static size_t hear(struct peer *p, int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while (poll(&wait, 1, 50) == 0)
		if (atomic_load(&p->is_ending))
			return 0;
	if (p->nheard >= sizeof(p->heard) - 1)
		return 0;
	n = recv(fd, p->heard + p->nheard, sizeof(p->heard) - 1 - p->nheard, 0);
	if (n <= 0)
		return 0;
	p->nheard += (size_t)n;
	p->heard[p->nheard] = '\0';
	return (size_t)n;
}

/* false when the other side is gone. */
static bool say(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		text += sent;
		n -= (size_t)sent;
	}
	return true;
}

static bool drip(struct peer *p, int fd)
{
	size_t n = strlen(p->answer);

	if (p->drip_ms == 0)
		return say(fd, p->answer, n);
	for (size_t i = 0; i < n && !atomic_load(&p->is_ending); i++) {
		if (!say(fd, p->answer + i, 1))
			return false;
		usleep((useconds_t)p->drip_ms * 1000);
	}
	return true;
}

static void serve_http(struct peer *p, int fd)
{
	static const char noise[16384];
	const char *end = NULL;
	size_t body = 0;

	while (end == NULL || p->nheard < (size_t)(end + 4 - p->heard) + body) {
		const char *length;

		if (hear(p, fd) == 0)
			return;
		end = strstr(p->heard, "\r\n\r\n");
		length = strcasestr(p->heard, "content-length:");
		body = length != NULL ? strtoul(length + 15, NULL, 10) : 0;
	}
	if (!drip(p, fd))
		return;
	for (size_t sent = 0; sent < p->flood_bytes; sent += sizeof(noise))
		if (!say(fd, noise, sizeof(noise)))
			return;
}

/* What stands for command (5 bytes with its blank) in the script, else the usual. */
static const char *reply(const struct peer *p, const char *line)
{
	if (p->refuse != NULL && strncasecmp(p->refuse, line, 4) == 0)
		return p->refuse + 5;
	if (strncasecmp(line, "EHLO", 4) == 0)
		return p->answer != NULL ? p->answer : "250 peer of a test";
	if (strncasecmp(line, "AUTH", 4) == 0)
		return "334 ";
	if (strncasecmp(line, "DATA", 4) == 0)
		return "354 go on";
	if (strncasecmp(line, "QUIT", 4) == 0)
		return "221 bye";
	return "250 taken";
}

static void serve_mail(struct peer *p, int fd)
{
	size_t at = 0;
	bool is_data = false, is_login = false;
	const char *greeting = "220 the receiver of a test\r\n";

	say(fd, greeting, strlen(greeting));
	for (;;) {
		char *line = p->heard + at, *end = strstr(line, "\r\n");
		const char *text = NULL;

		if (end == NULL) {
			if (hear(p, fd) == 0)
				return;
			continue;
		}
		at = (size_t)(end + 2 - p->heard);
		if (is_data) {
			is_data = strncmp(line, ".\r\n", 3) != 0;
			text = is_data ? NULL : "250 kept as 77";
		} else if (is_login) {
			is_login = false;
			text = "235 welcome";
		} else {
			text = reply(p, line);
			is_data = strncmp(text, "354", 3) == 0;
			is_login = strncmp(text, "334", 3) == 0;
		}
		if (text != NULL && (!say(fd, text, strlen(text)) || !say(fd, "\r\n", 2)))
			return;
	}
}

static void *serve(void *arg)
{
	struct peer *p = arg;
	struct pollfd wait = { .fd = p->fd, .events = POLLIN };

	while (!atomic_load(&p->is_ending)) {
		int fd;

		if (poll(&wait, 1, 50) <= 0)
			continue;
		fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		atomic_fetch_add(&p->connects, 1);
		p->nheard = 0;
		p->heard[0] = '\0';
		if (p->is_mail)
			serve_mail(p, fd);
		else
			serve_http(p, fd);
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	return NULL;
}

void peer_start(struct peer *p)
{
	/* Both families: what is mapped must be seen to arrive, or not to. */
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_addr = in6addr_any };
	socklen_t len = sizeof(at);
	int off = 0;

	p->fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || setsockopt(p->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0 ||
	    bind(p->fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(p->fd, 16) != 0 ||
	    getsockname(p->fd, (struct sockaddr *)&at, &len) != 0)
		die("a listening socket");
	p->port = ntohs(at.sin6_port);
	if (pthread_create(&p->thread, NULL, serve, p) != 0)
		die("a thread");
}

void peer_stop(struct peer *p)
{
	atomic_store(&p->is_ending, true);
	pthread_join(p->thread, NULL);
	close(p->fd);
}
