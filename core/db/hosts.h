/*
 * core/db/hosts.h
 *	The places a connection string names, with the addresses to try for each.
 *
 * libpq would resolve names itself, and wait for a name server as long as that
 * likes. It gets hostaddr beside host instead: it connects to the address, and
 * TLS, password file and messages still see the name. A name with several
 * addresses becomes several places, tried in order. Sockets, addresses and a
 * hostaddr of the user's own stay as they are.
 *
 * Memory:  in the arena given.
 * Threads: any.
 */
#ifndef CORE_DB_HOSTS_H
#define CORE_DB_HOSTS_H

#include <stdint.h>

#include "core/base/buf.h"

struct arena;

struct host {
	const char *name;	/* "": libpq's own choice */
	const char *addr;	/* "": the name is one, or a socket's folder */
	const char *port;	/* "": 5432 */
};

struct hosts {
	int n;	/* 0: lists that do not fit together; libpq says so best */
	struct host *host;
};

/* What was written (NULL: nothing), and how long finding addresses may take. */
struct hosts_ask {
	const char *host, *hostaddr, *port;	/* lists with commas */
	int64_t until_us;	/* monotonic clock */
	const int *stop;	/* as for resolve_host() */
	int nstop;
};

/*
 * A name that cannot be resolved is left out as long as another place is left;
 * otherwise ERR_UNREACHABLE says why. ERR_INTERRUPTED: one of stop.
 */
enum err_code hosts_find(struct arena *mem, const struct hosts_ask *ask, struct hosts *out,
			 struct err *err) MUST_USE;

/* One of libpq's three lists; field: 'h' host, 'a' hostaddr, 'p' port. */
void hosts_list(const struct hosts *h, char field, struct buf *out);

/* Which place libpq means, looking from place `from` on; from when it is none. */
int hosts_index(const struct hosts *h, int from, const struct host *is);

void hosts_remove(struct hosts *h, int i);
#endif
