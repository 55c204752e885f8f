/*
 * core/io/transfer.h
 *	What every use of libcurl has in common; for the files of this room.
 *
 * A transfer goes to one URL over the protocols named, straight to the
 * address (no proxy of the environment, no redirect), and that address is
 * judged when the socket is made. It ends at the latest after total_ms, when
 * nothing moves for 15 s, or when *stop is not 0.
 *
 * Memory:  begin/end by the owner; libcurl keeps no secret after end.
 * Threads: one transfer, one thread; any number side by side.
 */
#ifndef CORE_IO_TRANSFER_H
#define CORE_IO_TRANSFER_H

/* Options are given with their exact types; the macros cost warnings of their own. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

#include <stdatomic.h>
#include <stdbool.h>

#include "core/base/err.h"

struct libcurl {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_setopt) *setopt;
	__typeof__(curl_easy_getinfo) *getinfo;
	__typeof__(curl_easy_strerror) *strerror;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_multi_init) *multi_init;
	__typeof__(curl_multi_add_handle) *add_handle;
	__typeof__(curl_multi_remove_handle) *remove_handle;
	__typeof__(curl_multi_perform) *perform;
	__typeof__(curl_multi_poll) *poll;
	__typeof__(curl_multi_info_read) *info_read;
	__typeof__(curl_multi_cleanup) *multi_cleanup;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
	__typeof__(curl_getdate) *getdate;
};

struct transfer_options {
	const char *url;
	const char *protocols;	/* "http,https" */
	const char *ca_file;	/* PEM; NULL: those of the system */
	bool allow_private;	/* may reach private, loopback and link-local addresses */
	int connect_ms, total_ms;
	const atomic_int *stop;	/* may be NULL */
};

struct transfer {
	const struct libcurl *curl;
	CURL *easy;
	struct transfer_options opt;
	char refused[160];	/* what address was refused, or "" */
	char peer[64];		/* the address that was connected to */
	char said[CURL_ERROR_SIZE];
};

enum err_code transfer_begin(struct transfer *t, const struct transfer_options *opt,
			     struct err *err) MUST_USE;
void transfer_end(struct transfer *t);

/*
 * Runs it to its end. *code is libcurl's verdict, for the caller to look at
 * first; transfer_fail() puts it into words.
 */
enum err_code transfer_run(struct transfer *t, CURLcode *code, struct err *err) MUST_USE;
enum err_code transfer_fail(const struct transfer *t, CURLcode code, struct err *err);
#endif
