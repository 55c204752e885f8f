/*
 * core/io/resolve.c
 *	getaddrinfo() in a thread that may be left alone.
 */
#include "core/io/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/text.h"

#define STOPS_MAX   4
/* Threads that name servers keep waiting; a system asks for half a minute at most. */
#define LOOKUPS_MAX 64

/* Belongs to the one who asks and to the thread; the last one to leave frees it. */
struct lookup {
	atomic_int owners;
	atomic_bool is_done;
	int done_fd;	/* readable then */
	char *host;
	int failed;	/* EAI_*, 0: found */
	int number;	/* errno of EAI_SYSTEM */
	struct resolved found;
};

static atomic_int lookups;

static void leave(struct lookup *l)
{
	if (atomic_fetch_sub(&l->owners, 1) > 1)
		return;
	close(l->done_fd);
	free(l->host);
	free(l);
	atomic_fetch_sub(&lookups, 1);
}

static void keep(struct resolved *out, const struct addrinfo *a)
{
	char *text = out->addr[out->n];

	if (getnameinfo(a->ai_addr, a->ai_addrlen, text, RESOLVE_TEXT, NULL, 0,
			NI_NUMERICHOST) != 0)
		return;
	/* /etc/hosts may name an address twice. */
	for (int i = 0; i < out->n; i++) {
		if (strcmp(out->addr[i], text) == 0)
			return;
	}
	out->n++;
}

static void *lookup_main(void *arg)
{
	struct addrinfo want = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL;
	struct lookup *l = arg;
	uint64_t one = 1;

	l->failed = getaddrinfo(l->host, NULL, &want, &all);
	l->number = errno;
	if (l->failed == 0) {
		for (const struct addrinfo *a = all; a != NULL && l->found.n < RESOLVE_MAX;
		     a = a->ai_next)
			keep(&l->found, a);
		freeaddrinfo(all);
		if (l->found.n == 0)
			l->failed = EAI_NONAME;
	}
	atomic_store(&l->is_done, true);
	/* A counter of our own at 0 takes it. */
	if (write(l->done_fd, &one, sizeof(one)) < 0)
		l->number = errno;
	leave(l);
	return NULL;
}

static enum err_code start(const char *host, struct lookup **out, struct err *err)
{
	struct lookup *l;
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;
	int failed;

	if (atomic_fetch_add(&lookups, 1) >= LOOKUPS_MAX) {
		atomic_fetch_sub(&lookups, 1);
		err_set(err, ERR_UNREACHABLE, "%d host names are being looked up already",
			LOOKUPS_MAX);
		err_hint(err, "The name servers in /etc/resolv.conf do not answer.");
		return ERR_UNREACHABLE;
	}
	l = mem_alloc(sizeof(*l));
	memset(l, 0, sizeof(*l));
	atomic_store(&l->owners, 2);
	l->host = mem_strdup(host);
	l->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	failed = l->done_fd < 0 ? errno : 0;
	if (failed == 0) {
		pthread_attr_init(&attr);
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		/* Signals are for threads that know what to do about them. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		failed = pthread_create(&thread, &attr, lookup_main, l);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		pthread_attr_destroy(&attr);
	}
	if (failed != 0) {
		leave(l);
		leave(l);
		return err_sys(err, failed, "starting to look a host name up");
	}
	*out = l;
	return ERR_OK;
}

static void clean(const char *host, char *out, size_t size)
{
	struct buf b;

	buf_init(&b, size - 1);
	text_clean(&b, host, strlen(host));
	memcpy(out, buf_str(&b), b.len + 1);
	buf_release(&b);
}

static enum err_code not_found(const struct lookup *l, struct err *err)
{
	char host[100];

	clean(l->host, host, sizeof(host));
	if (l->failed == EAI_SYSTEM)
		err_sys(err, l->number, "the host name \"%s\" cannot be resolved", host);
	else
		err_set(err, ERR_UNREACHABLE, "the host name \"%s\" cannot be resolved: %s", host,
			gai_strerror(l->failed));
	if (l->failed == EAI_AGAIN)
		err_hint(err, "No name server answered: look at /etc/resolv.conf and at the "
			 "network, or give the address itself.");
	else
		err_hint(err, "Check how the host is spelled, and whether this machine can resolve "
			 "it: getent hosts NAME.");
	err->code = ERR_UNREACHABLE;
	return ERR_UNREACHABLE;
}

static enum err_code too_late(const char *host, int64_t waited_us, struct err *err)
{
	char name[100];

	clean(host, name, sizeof(name));
	err_set(err, ERR_UNREACHABLE, "the host name \"%s\" was not resolved within %.1f s", name,
		(double)waited_us / 1e6);
	err_hint(err, "A name server in /etc/resolv.conf does not answer; give the address itself, "
		 "or a longer connect_timeout.");
	return ERR_UNREACHABLE;
}

static enum err_code wait_for(const struct lookup *l, int64_t until_us, const int *stop, int nstop,
			      struct err *err)
{
	int64_t began_us = clock_mono_us();
	struct pollfd fds[1 + STOPS_MAX];
	int n = 0;

	fds[n++] = (struct pollfd){ .fd = l->done_fd, .events = POLLIN };
	for (int i = 0; i < nstop && i < STOPS_MAX; i++)
		fds[n++] = (struct pollfd){ .fd = stop[i], .events = POLLIN };
	while (!atomic_load(&l->is_done)) {
		int64_t left = (until_us - clock_mono_us() + 999) / 1000;

		if (left <= 0)
			return too_late(l->host, clock_mono_us() - began_us, err);
		if (poll(fds, (nfds_t)n, left > 3600000 ? 3600000 : (int)left) < 0 &&
		    errno != EINTR)
			return err_sys(err, errno, "waiting for the address of a host");
		for (int i = 1; i < n; i++) {
			if (fds[i].revents != 0)
				return err_set(err, ERR_INTERRUPTED,
					       "looking a host name up was interrupted");
		}
	}
	return ERR_OK;
}

bool resolve_is_address(const char *host)
{
	struct addrinfo want = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL;

	if (getaddrinfo(host, NULL, &want, &all) != 0)
		return false;
	freeaddrinfo(all);
	return true;
}

enum err_code resolve_host(const char *host, int64_t until_us, const int *stop, int nstop,
			   struct resolved *out, struct err *err)
{
	struct lookup *l = NULL;
	enum err_code rc = start(host, &l, err);

	out->n = 0;
	if (rc != ERR_OK)
		return rc;
	rc = wait_for(l, until_us, stop, nstop, err);
	if (rc == ERR_OK && l->failed != 0)
		rc = not_found(l, err);
	if (rc == ERR_OK)
		*out = l->found;
	leave(l);
	return rc;
}
