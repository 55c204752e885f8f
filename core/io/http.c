/*
 * core/io/http.c
 *	A POST through libcurl, with what comes back kept small.
 */
#include "core/io/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/io/transfer.h"

#define HEAD_MAX_BYTES 65536
#define RETRY_AFTER_MAX_S 86400

struct post {
	const struct libcurl *curl;
	struct arena *mem;
	char *body;
	size_t n;
	size_t head_bytes;
	bool is_cut;
	int64_t retry_after_ms;
};

/* A short count ends the transfer: enough was read to say what the other side said. */
static size_t on_body(char *p, size_t size, size_t count, void *ctx)
{
	struct post *post = ctx;
	size_t n = size * count, room = HTTP_MAX_BYTES - post->n;

	memcpy(post->body + post->n, p, n < room ? n : room);
	post->n += n < room ? n : room;
	post->is_cut = n > room;
	return n <= room ? n : 0;
}

/* Seconds, or a moment by our own clock, which may be over; -1: neither. */
static int64_t retry_after(const struct libcurl *curl, const char *text)
{
	char *end;
	long long s = strtoll(text, &end, 10);

	if (end == text) {
		time_t at = curl->getdate(text, NULL);
		int64_t left = (int64_t)at - clock_wall_us() / 1000000;

		s = at < 0 ? -1 : left > 0 ? left : 0;
	}
	return s < 0 ? -1 : (s < RETRY_AFTER_MAX_S ? s : RETRY_AFTER_MAX_S) * 1000;
}

static size_t on_head(char *p, size_t size, size_t count, void *ctx)
{
	static const char name[] = "retry-after:";
	struct post *post = ctx;
	size_t n = size * count;
	char text[64] = "";

	post->head_bytes += n;
	if (post->head_bytes > HEAD_MAX_BYTES)
		return 0;
	if (n > sizeof(name) && strncasecmp(p, name, sizeof(name) - 1) == 0) {
		size_t len = n - (sizeof(name) - 1);

		memcpy(text, p + sizeof(name) - 1, len < sizeof(text) ? len : sizeof(text) - 1);
		post->retry_after_ms = retry_after(post->curl, text);
	}
	return n;
}

static bool has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

bool http_is_plain(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0;
}

enum err_code http_check_url(const char *url, struct err *err)
{
	const char *host = http_is_plain(url) ? url + 7 : url + 8;
	size_t n;

	if (!http_is_plain(url) && strncasecmp(url, "https://", 8) != 0)
		return err_set(err, ERR_CONFIG, "the address does not begin with https://");
	n = strcspn(host, "/?#");
	if (n == 0)
		return err_set(err, ERR_CONFIG, "the address names no host");
	if (has_control(url) || strchr(url, ' ') != NULL)
		return err_set(err, ERR_CONFIG, "the address holds a space or a control byte");
	if (memchr(host, '@', n) != NULL) {
		err_set(err, ERR_CONFIG, "the address holds a login");
		err_hint(err, "What is secret does not belong into an address; a webhook is signed.");
		return ERR_CONFIG;
	}
	return ERR_OK;
}

static enum err_code add_headers(const struct transfer *t, const char *const *header,
				 struct curl_slist **list, struct err *err)
{
	struct curl_slist *more = t->curl->slist_append(*list, "Expect:");

	for (; more != NULL && header != NULL && *header != NULL; header++) {
		*list = more;
		if (has_control(*header))
			return err_set(err, ERR_BUG, "a header holds a control byte");
		more = t->curl->slist_append(*list, *header);
	}
	if (more == NULL)
		return err_set(err, ERR_TRANSIENT, "libcurl has no memory for a header");
	*list = more;
	return ERR_OK;
}

static void set_post(struct transfer *t, const struct http_request *in, struct post *post,
		     struct curl_slist *headers)
{
	const struct libcurl *curl = t->curl;

	curl->setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl->setopt(t->easy, CURLOPT_POST, 1L);
	curl->setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)in->body.n);
	curl->setopt(t->easy, CURLOPT_POSTFIELDS, in->body.n > 0 ? in->body.p : "");
	curl->setopt(t->easy, CURLOPT_HTTPHEADER, headers);
	curl->setopt(t->easy, CURLOPT_USERAGENT, "leat");
	curl->setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl->setopt(t->easy, CURLOPT_WRITEDATA, post);
	curl->setopt(t->easy, CURLOPT_HEADERFUNCTION, on_head);
	curl->setopt(t->easy, CURLOPT_HEADERDATA, post);
}

static enum err_code send_it(struct transfer *t, const struct http_request *in, struct post *post,
			     long *status, struct err *err)
{
	struct curl_slist *headers = NULL;
	CURLcode code = CURLE_OK;
	enum err_code rc = add_headers(t, in->header, &headers, err);

	if (rc == ERR_OK) {
		set_post(t, in, post, headers);
		rc = transfer_run(t, &code, err);
	}
	if (rc == ERR_OK)
		t->curl->getinfo(t->easy, CURLINFO_RESPONSE_CODE, status);
	/* An answer that is longer than anybody reads is an answer. */
	if (rc == ERR_OK && code != CURLE_OK &&
	    !(code == CURLE_WRITE_ERROR && post->is_cut && *status > 0))
		rc = transfer_fail(t, code, err);
	t->curl->slist_free_all(headers);
	return rc;
}

enum err_code http_post(struct arena *mem, const struct http_request *in, struct http_answer *out,
			struct err *err)
{
	struct transfer_options opt = {
		.url = in->url,
		.protocols = "http,https",
		.ca_file = in->ca_file,
		.allow_private = in->allow_private,
		.connect_ms = in->connect_ms > 0 ? in->connect_ms : HTTP_CONNECT_MS,
		.total_ms = in->total_ms > 0 ? in->total_ms : HTTP_TOTAL_MS,
		.stop = in->stop,
	};
	struct post post = { .mem = mem, .retry_after_ms = -1 };
	struct transfer t = { 0 };
	long status = 0;
	enum err_code rc = http_check_url(in->url, err);

	*out = (struct http_answer){ .retry_after_ms = -1 };
	if (rc == ERR_OK)
		rc = transfer_begin(&t, &opt, err);
	if (rc == ERR_OK) {
		post.curl = t.curl;
		post.body = arena_bytes(mem, HTTP_MAX_BYTES);
		rc = send_it(&t, in, &post, &status, err);
	}
	if (rc == ERR_OK) {
		out->status = (int)status;
		out->retry_after_ms = post.retry_after_ms;
		out->body = (struct slice){ post.body, post.n };
		out->is_cut = post.is_cut;
		memcpy(out->peer, t.peer, sizeof(out->peer));
	}
	transfer_end(&t);
	return rc;
}
