/*
 * core/io/transfer.c
 *	libcurl with all doors closed that nobody asked to be open.
 */
#include "core/io/transfer.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/text.h"
#include "core/io/address.h"
#include "core/io/library.h"

#define LOOK_MS     100		/* how late a stop may be seen */
#define SLOW_S      15		/* less than a byte a second for so long is hanging */

static struct libcurl lib;
static struct err lib_err;
static enum err_code lib_rc;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
#define NAME(symbol, field) { #symbol, offsetof(struct libcurl, field) }
	static const struct library_name names[] = {
		NAME(curl_global_init, global_init),
		NAME(curl_easy_init, easy_init),
		NAME(curl_easy_setopt, setopt),
		NAME(curl_easy_getinfo, getinfo),
		NAME(curl_easy_strerror, strerror),
		NAME(curl_easy_cleanup, easy_cleanup),
		NAME(curl_multi_init, multi_init),
		NAME(curl_multi_add_handle, add_handle),
		NAME(curl_multi_remove_handle, remove_handle),
		NAME(curl_multi_perform, perform),
		NAME(curl_multi_poll, poll),
		NAME(curl_multi_info_read, info_read),
		NAME(curl_multi_cleanup, multi_cleanup),
		NAME(curl_slist_append, slist_append),
		NAME(curl_slist_free_all, slist_free_all),
		NAME(curl_getdate, getdate),
		{ NULL, 0 },
	};
#undef NAME

	lib_rc = library_load("libcurl.so.4", "libcurl4", names, &lib, &lib_err);
	if (lib_rc == ERR_OK && lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		lib_rc = err_set(&lib_err, ERR_CONFIG, "libcurl does not start");
}

/* The one place where a socket is made: its address is final by now. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct transfer *t = ctx;
	enum address_class class = address_class_of(&to->addr, to->addrlen);
	char text[64];

	address_text(&to->addr, to->addrlen, text, sizeof(text));
	if (purpose != CURLSOCKTYPE_IPCXN ||
	    !address_may_connect(class, t->opt.allow_private)) {
		snprintf(t->refused, sizeof(t->refused), "%s is %s", text,
			 address_class_name(class));
		return CURL_SOCKET_BAD;
	}
	snprintf(t->peer, sizeof(t->peer), "%s", text);
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static void set_doors(struct transfer *t)
{
	CURL *e = t->easy;

	lib.setopt(e, CURLOPT_NOSIGNAL, 1L);
	lib.setopt(e, CURLOPT_PROTOCOLS_STR, t->opt.protocols);
	lib.setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	lib.setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	lib.setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	lib.setopt(e, CURLOPT_OPENSOCKETDATA, t);
	lib.setopt(e, CURLOPT_PROXY, "");
	lib.setopt(e, CURLOPT_NOPROXY, "*");
	lib.setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	lib.setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	lib.setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	lib.setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	lib.setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (t->opt.ca_file != NULL)
		lib.setopt(e, CURLOPT_CAINFO, t->opt.ca_file);
	lib.setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)t->opt.connect_ms);
	lib.setopt(e, CURLOPT_TIMEOUT_MS, (long)t->opt.total_ms);
	lib.setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
	lib.setopt(e, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S);
	/* A name server that hangs must not keep us after we have given up. */
	lib.setopt(e, CURLOPT_QUICK_EXIT, 1L);
	lib.setopt(e, CURLOPT_FORBID_REUSE, 1L);
	lib.setopt(e, CURLOPT_ERRORBUFFER, t->said);
	lib.setopt(e, CURLOPT_URL, t->opt.url);
}

enum err_code transfer_begin(struct transfer *t, const struct transfer_options *opt,
			     struct err *err)
{
	*t = (struct transfer){ .opt = *opt };
	pthread_once(&once, load);
	if (lib_rc != ERR_OK) {
		*err = lib_err;
		return lib_rc;
	}
	t->curl = &lib;
	t->easy = lib.easy_init();
	if (t->easy == NULL)
		return err_set(err, ERR_TRANSIENT, "libcurl has no memory for a transfer");
	set_doors(t);
	return ERR_OK;
}

void transfer_end(struct transfer *t)
{
	if (t->easy != NULL)
		lib.easy_cleanup(t->easy);
	t->easy = NULL;
}

static bool is_stopped(const struct transfer *t)
{
	return t->opt.stop != NULL && atomic_load(t->opt.stop) != 0;
}

static enum err_code loop(struct transfer *t, CURLM *multi, CURLcode *code, struct err *err)
{
	int running = 1, left;

	while (!is_stopped(t)) {
		CURLMsg *msg;

		if (lib.perform(multi, &running) != CURLM_OK)
			return err_set(err, ERR_TRANSIENT, "libcurl cannot go on");
		while ((msg = lib.info_read(multi, &left)) != NULL) {
			if (msg->msg == CURLMSG_DONE) {
				*code = msg->data.result;
				return ERR_OK;
			}
		}
		if (running > 0)
			lib.poll(multi, NULL, 0, LOOK_MS, NULL);
	}
	return err_set(err, ERR_INTERRUPTED, "interrupted while sending");
}

enum err_code transfer_run(struct transfer *t, CURLcode *code, struct err *err)
{
	CURLM *multi = lib.multi_init();
	enum err_code rc;

	*code = CURLE_FAILED_INIT;
	if (multi == NULL || lib.add_handle(multi, t->easy) != CURLM_OK)
		rc = err_set(err, ERR_TRANSIENT, "libcurl has no memory for a transfer");
	else
		rc = loop(t, multi, code, err);
	if (multi != NULL) {
		lib.remove_handle(multi, t->easy);
		lib.multi_cleanup(multi);
	}
	return rc;
}

static enum err_code code_of(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_ISSUER_ERROR:
		return ERR_UNREACHABLE;
	case CURLE_OPERATION_TIMEDOUT:
		return ERR_TIMEOUT;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_USE_SSL_FAILED:
		return ERR_CONFIG;
	case CURLE_LOGIN_DENIED:
		return ERR_DENIED;
	default:
		return ERR_TRANSIENT;
	}
}

enum err_code transfer_fail(const struct transfer *t, CURLcode code, struct err *err)
{
	const char *why = t->said[0] != '\0' ? t->said : lib.strerror(code);
	enum err_code rc = code_of(code);
	struct buf clean;

	if (t->refused[0] != '\0' && code == CURLE_COULDNT_CONNECT) {
		err_set(err, ERR_DENIED, "not connected: %s", t->refused);
		err_hint(err, "Addresses of one's own network have to be allowed (--allow-private); "
			      "some are never connected to.");
		return ERR_DENIED;
	}
	buf_init(&clean, 160);
	text_clean(&clean, why, strlen(why));
	err_set(err, rc, "%s", buf_str(&clean));
	buf_release(&clean);
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		err_hint(err, "The other side's certificate is not one that this machine trusts; "
			      "a private authority is named with ca_file=PATH.");
	return rc;
}
