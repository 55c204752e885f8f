/*
 * core/io/resolve.h
 *	The addresses of a host's name, found by the system and never waited for too long.
 *
 * getaddrinfo() knows no deadline: with a name server that does not answer it
 * comes back when it likes. It runs in a thread of its own, which owns all that
 * it touches; whoever waits may leave at any time, and the thread then ends by
 * itself. Which files and servers are asked is the system's choice
 * (/etc/nsswitch.conf). Nothing is remembered from call to call: an address
 * that moved is found by the next one.
 *
 * Memory:  the caller's struct; nothing to release.
 * Threads: any.
 */
#ifndef CORE_IO_RESOLVE_H
#define CORE_IO_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

#define RESOLVE_MAX  16	/* addresses kept of one name; the others are left out */
#define RESOLVE_TEXT 64	/* "fe80::1%interface" */

struct resolved {
	int n;
	char addr[RESOLVE_MAX][RESOLVE_TEXT];	/* as numbers, in the order to be tried */
};

/* Whether host is an address already, in any way of writing that the system takes. */
bool resolve_is_address(const char *host);

/*
 * until_us: on the monotonic clock. stop: descriptors that end the wait with
 * ERR_INTERRUPTED once one of them is readable (-1: none); they are not read.
 * ERR_UNREACHABLE, with a hint: no such name, no answer, not in time.
 */
enum err_code resolve_host(const char *host, int64_t until_us, const int *stop, int nstop,
			   struct resolved *out, struct err *err) MUST_USE;
#endif
