/*
 * core/io/http.h
 *	One HTTP request to an address that somebody else chose.
 *
 * The URL comes from a person or a table, so nothing about it is trusted: only
 * http and https, addresses judged at the moment of connecting
 * (core/io/address.h), certificates and names checked, no proxy, no redirect,
 * every time and size limited. A redirect is an answer like any other.
 *
 * Memory:  the answer lives in the arena given.
 * Threads: any number of requests side by side; *stop from any thread.
 */
#ifndef CORE_IO_HTTP_H
#define CORE_IO_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

struct arena;

#define HTTP_CONNECT_MS 10000
#define HTTP_TOTAL_MS   20000
#define HTTP_MAX_BYTES  65536	/* of an answer; what follows is not read */

struct http_request {
	const char *url;
	const char *const *header;	/* "Name: value", NULL-terminated; may be NULL */
	struct slice body;		/* of the POST */
	const char *ca_file;		/* PEM of a private authority; NULL: the system's */
	bool allow_private;		/* also addresses of one's own network */
	int connect_ms, total_ms;	/* 0: the presets above */
	const atomic_int *stop;		/* not 0: give up with ERR_INTERRUPTED; may be NULL */
};

struct http_answer {
	int status;		/* 100 to 599, whatever it means */
	int64_t retry_after_ms;	/* -1: not said; a moment that is over: 0 */
	struct slice body;	/* its beginning; any bytes */
	bool is_cut;		/* there was more */
	char peer[64];		/* address that answered */
};

/*
 * ERR_OK: there was an answer, good or bad. ERR_DENIED: the address may not be
 * connected to. Everything else that err_is_retryable() is worth another try.
 */
enum err_code http_post(struct arena *mem, const struct http_request *in, struct http_answer *out,
			struct err *err) MUST_USE;

/* Scheme, host, no login in it, no control bytes: ERR_CONFIG says what is wrong. */
enum err_code http_check_url(const char *url, struct err *err) MUST_USE;
bool http_is_plain(const char *url);	/* http:// */
#endif
