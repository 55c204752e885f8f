/*
 * tests/unit/core/io/http_test.c
 *	Requests to a server of our own: what arrives, and what never leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/io/http.h"
#include "tests/lib/peer.h"

#define NO_CONTENT "HTTP/1.1 204 No Content\r\n\r\n"

static struct arena *mem;
static char url_text[200];

static const char *url_of(const struct peer *p, const char *host)
{
	snprintf(url_text, sizeof(url_text), "http://%s:%d/hook", host, p->port);
	return url_text;
}

static enum err_code post(const char *url, bool allow_private, struct http_answer *out,
			  struct err *err)
{
	struct http_request in = {
		.url = url, .body = SLICE("{\"a\":1}"), .allow_private = allow_private,
		.connect_ms = 3000, .total_ms = 3000,
	};

	memset(err, 0, sizeof(*err));
	return http_post(mem, &in, out, err);
}

static void a_post_arrives_whole(void **state)
{
	static const char *const header[] = { "Content-Type: application/json", "webhook-id: m1",
					      NULL };
	struct peer p = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" };
	struct http_answer got;
	struct err err = { 0 };

	(void)state;
	peer_start(&p);
	assert_int_equal(http_post(mem, &(struct http_request){
		.url = url_of(&p, "127.0.0.1"), .header = header, .body = SLICE("{\"a\":1}"),
		.allow_private = true }, &got, &err), ERR_OK);
	peer_stop(&p);
	assert_int_equal(got.status, 200);
	assert_int_equal(got.retry_after_ms, -1);
	assert_true(slice_is(got.body, "hi"));
	assert_string_equal(got.peer, "127.0.0.1");
	assert_memory_equal(p.heard, "POST /hook HTTP/1.1\r\n", 21);
	assert_non_null(strstr(p.heard, "\r\nwebhook-id: m1\r\n"));
	assert_non_null(strstr(p.heard, "\r\nContent-Type: application/json\r\n"));
	assert_null(strstr(p.heard, "Expect"));
	assert_non_null(strstr(p.heard, "\r\n\r\n{\"a\":1}"));
}

/* The server listens on both families: a connection would be counted. */
static void own_addresses_are_refused_in_every_spelling(void **state)
{
	static const char *const host[] = {
		"127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "localhost", "[::1]",
		"0.0.0.0", "0", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]",
	};
	struct peer p = { .answer = NO_CONTENT };
	struct http_answer got;
	struct err err;

	(void)state;
	peer_start(&p);
	for (size_t i = 0; i < sizeof(host) / sizeof(host[0]); i++) {
		if (post(url_of(&p, host[i]), false, &got, &err) != ERR_DENIED)
			fail_msg("%s: %s", host[i], err.frame[0].text);
		assert_non_null(strstr(err.hint, "allow"));
	}
	/* What means "this machine" by accident stays closed to those who may, too. */
	assert_int_equal(post(url_of(&p, "0.0.0.0"), true, &got, &err), ERR_DENIED);
	assert_int_equal(post("http://169.254.169.254/", true, &got, &err), ERR_DENIED);
	assert_int_equal(atomic_load(&p.connects), 0);
	assert_int_equal(post(url_of(&p, "[::ffff:127.0.0.1]"), true, &got, &err), ERR_OK);
	assert_int_equal(atomic_load(&p.connects), 1);
	peer_stop(&p);
}

static void a_redirect_is_an_answer(void **state)
{
	struct peer other = { .answer = NO_CONTENT }, p = { 0 };
	char answer[200];
	struct http_answer got;
	struct err err;

	(void)state;
	peer_start(&other);
	snprintf(answer, sizeof(answer), "HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:%d/\r\n"
		 "Content-Length: 0\r\n\r\n", other.port);
	p.answer = answer;
	peer_start(&p);
	assert_int_equal(post(url_of(&p, "127.0.0.1"), true, &got, &err), ERR_OK);
	assert_int_equal(got.status, 307);
	assert_int_equal(atomic_load(&other.connects), 0);
	peer_stop(&p);
	peer_stop(&other);
}

static void proxies_of_the_environment_are_not_asked(void **state)
{
	struct peer proxy = { .answer = NO_CONTENT }, p = { .answer = NO_CONTENT };
	struct http_answer got;
	struct err err;
	char text[64];

	(void)state;
	peer_start(&proxy);
	peer_start(&p);
	snprintf(text, sizeof(text), "http://127.0.0.1:%d", proxy.port);
	setenv("http_proxy", text, 1);
	setenv("all_proxy", text, 1);
	assert_int_equal(post(url_of(&p, "127.0.0.1"), true, &got, &err), ERR_OK);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	assert_int_equal(atomic_load(&proxy.connects), 0);
	assert_int_equal(atomic_load(&p.connects), 1);
	peer_stop(&p);
	peer_stop(&proxy);
}

static void a_flood_is_cut(void **state)
{
	struct peer p = { .answer = "HTTP/1.1 200 OK\r\n\r\n", .flood_bytes = 200u << 20 };
	struct http_answer got;
	struct err err;

	(void)state;
	peer_start(&p);
	assert_int_equal(post(url_of(&p, "127.0.0.1"), true, &got, &err), ERR_OK);
	peer_stop(&p);
	assert_int_equal(got.status, 200);
	assert_true(got.is_cut);
	assert_int_equal(got.body.n, HTTP_MAX_BYTES);
}

static void endless_headers_are_given_up(void **state)
{
	size_t n = 400000;
	char *answer = mem_alloc(n);
	struct peer p = { .answer = answer };
	struct http_answer got;
	struct err err;

	(void)state;
	snprintf(answer, n, "HTTP/1.1 200 OK\r\n");
	for (size_t at = strlen(answer); at + 60 < n; at += strlen(answer + at))
		snprintf(answer + at, n - at, "X-%zu: 0123456789012345678901234567890\r\n", at);
	peer_start(&p);
	assert_int_equal(post(url_of(&p, "127.0.0.1"), true, &got, &err), ERR_TRANSIENT);
	peer_stop(&p);
	free(answer);
}

static void time_is_limited(void **state)
{
	struct peer p = { .answer = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n", .drip_ms = 200 };
	struct http_request in = { .allow_private = true, .total_ms = 600 };
	struct http_answer got;
	struct err err = { 0 };
	int64_t began = clock_mono_us();

	(void)state;
	peer_start(&p);
	in.url = url_of(&p, "127.0.0.1");
	assert_int_equal(http_post(mem, &in, &got, &err), ERR_TIMEOUT);
	assert_true(clock_mono_us() - began < 150000000);
	peer_stop(&p);
}

static atomic_int stop;

static void *stop_soon(void *arg)
{
	usleep(300000);
	atomic_store(&stop, 1);
	return arg;
}

static void a_stop_is_heard(void **state)
{
	struct peer p = { .answer = "HTTP/1.1 200 OK\r\n\r\n", .drip_ms = 2000 };
	struct http_request in = { .allow_private = true, .stop = &stop };
	struct http_answer got;
	struct err err = { 0 };
	int64_t began = clock_mono_us();
	pthread_t thread;

	(void)state;
	peer_start(&p);
	in.url = url_of(&p, "127.0.0.1");
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, NULL), 0);
	assert_int_equal(http_post(mem, &in, &got, &err), ERR_INTERRUPTED);
	assert_true(clock_mono_us() - began < 15000000);
	pthread_join(thread, NULL);
	peer_stop(&p);
}

/* What an answer with that line asks for. */
static int64_t asked_for(const char *head)
{
	char answer[200];
	struct peer p = { .answer = answer };
	struct http_answer got;
	struct err err;

	snprintf(answer, sizeof(answer), "HTTP/1.1 429 Slow\r\n%s\r\n"
		 "Content-Length: 0\r\n\r\n", head);
	peer_start(&p);
	assert_int_equal(post(url_of(&p, "127.0.0.1"), true, &got, &err), ERR_OK);
	peer_stop(&p);
	assert_int_equal(got.status, 429);
	return got.retry_after_ms;
}

static void retry_after_is_read(void **state)
{
	static const struct {
		const char *head;
		int64_t ms;
	} table[] = {
		{ "Retry-After: 7", 7000 },
		{ "retry-after:0", 0 },
		{ "Retry-After: 999999999", 86400000 },
		{ "Retry-After: -5", -1 },
		{ "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", 0 },
		{ "Retry-After: Wednesday, 21-Oct-15 07:28:00 GMT", 0 },
		{ "Retry-After: Wed Oct 21 07:28:00 2015", 0 },
		{ "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT", 86400000 },
		{ "Retry-After: soon", -1 },
		{ "X-Other: 7", -1 },
	};
	time_t at = time(NULL) + 600;
	char head[80];
	struct tm tm;
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(asked_for(table[i].head), table[i].ms);
	gmtime_r(&at, &tm);
	strftime(head, sizeof(head), "Retry-After: %a, %d %b %Y %H:%M:%S GMT", &tm);
	ms = asked_for(head);
	assert_true(ms > 300000 && ms <= 600000);
}

static void nobody_there_is_worth_another_try(void **state)
{
	struct peer p = { .answer = NO_CONTENT };
	struct http_answer got;
	struct err err;

	(void)state;
	peer_start(&p);
	peer_stop(&p);
	assert_int_equal(post(url_of(&p, "127.0.0.1"), true, &got, &err), ERR_UNREACHABLE);
	assert_int_equal(post("http://no-such-host.invalid/", true, &got, &err), ERR_UNREACHABLE);
}

static void bad_addresses_are_named(void **state)
{
	static const char *const bad[] = {
		"", "example.com", "ftp://example.com/", "file:///etc/passwd", "gopher://x/",
		"https://", "http:///x", "https://user:secret@example.com/", "https://a b/",
		"https://a/\r\nX: y", "https://u@[::1]/",
	};
	struct http_answer got;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (post(bad[i], true, &got, &err) != ERR_CONFIG)
			fail_msg("%s was taken", bad[i]);
		assert_null(strstr(err.frame[0].text, "secret"));
	}
	assert_int_equal(http_check_url("https://example.com/a@b", &err), ERR_OK);
}

static void headers_cannot_be_smuggled(void **state)
{
	static const char *const header[] = { "X: y\r\nZ: injected", NULL };
	struct peer p = { .answer = NO_CONTENT };
	struct http_answer got;
	struct err err = { 0 };

	(void)state;
	peer_start(&p);
	assert_int_equal(http_post(mem, &(struct http_request){
		.url = url_of(&p, "127.0.0.1"), .header = header, .allow_private = true },
		&got, &err), ERR_BUG);
	assert_int_equal(atomic_load(&p.connects), 0);
	peer_stop(&p);
}

static int begin(void **state)
{
	(void)state;
	mem = arena_new(NULL, "test");
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_post_arrives_whole),
		cmocka_unit_test(own_addresses_are_refused_in_every_spelling),
		cmocka_unit_test(a_redirect_is_an_answer),
		cmocka_unit_test(proxies_of_the_environment_are_not_asked),
		cmocka_unit_test(a_flood_is_cut),
		cmocka_unit_test(endless_headers_are_given_up),
		cmocka_unit_test(time_is_limited),
		cmocka_unit_test(a_stop_is_heard),
		cmocka_unit_test(retry_after_is_read),
		cmocka_unit_test(nobody_there_is_worth_another_try),
		cmocka_unit_test(bad_addresses_are_named),
		cmocka_unit_test(headers_cannot_be_smuggled),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, end);
}
