/*
 * tests/unit/core/io/mail_test.c
 *	Messages as they travel, and as a receiver over loopback gets them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/io/mail.h"
#include "tests/lib/peer.h"

static struct arena *mem;
static const char *const to[] = { "night@example.com", "day@example.com" };

static struct mail_message message(const char *subject, const char *text)
{
	return (struct mail_message){
		.from = "leat@example.com", .nto = 2, .to = to, .subject = subject, .text = text,
		.id = "leat.42", .date_us = 1795266463000000,
	};
}

static const char *formatted(const char *subject, const char *text)
{
	struct mail_message m = message(subject, text);
	struct err err = { 0 };
	struct buf out;
	char *copy;

	buf_init(&out, 262144);
	assert_int_equal(mail_format(&m, &out, &err), ERR_OK);
	copy = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return copy;
}

static void headers_are_whole(void **state)
{
	(void)state;
	assert_string_equal(formatted("orders failed", "One line.\n\nAnother = one.\n"),
		"From: leat <leat@example.com>\r\n"
		"To: night@example.com,\r\n day@example.com\r\n"
		"Subject: orders failed\r\n"
		"Date: Sat, 21 Nov 2026 13:07:43 +0000\r\n"
		"Message-ID: <leat.42@example.com>\r\n"
		"Auto-Submitted: auto-generated\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n"
		"\r\n"
		"One line.\r\n\r\nAnother =3D one.\r\n");
}

static void a_subject_cannot_become_a_header(void **state)
{
	const char *got = formatted("x\r\nBcc: thief@example.com\r\n\r\nbody", "t\n");

	(void)state;
	assert_null(strstr(got, "\r\nBcc"));
	assert_null(strstr(got, "\nbody"));
	got = formatted("=?utf-8?q?Bcc?=", "t\n");
	assert_null(strstr(got, "Subject: =?utf-8?q?Bcc?="));
}

/* Every line short, every word whole characters. */
static void subjects_in_any_script_are_encoded(void **state)
{
	const char *got = formatted("Aufträge für Köln: 日本語のパイプラインが失敗しました 日本語の"
				    "パイプラインが失敗しました", "t\n");
	const char *line = strstr(got, "Subject: "), *end = strstr(got, "\r\nDate:");

	(void)state;
	assert_memory_equal(line, "Subject: =?utf-8?q?Auftr=C3=A4ge_f=C3=BCr_K=C3=B6ln", 48);
	while (line < end) {
		size_t n = strcspn(line, "\r");

		assert_true(n <= 78);
		assert_memory_equal(line + n - 2, "?=", 2);
		for (size_t i = 0; i < n; i++)
			assert_true((unsigned char)line[i] < 0x7f);
		line += n + 2;
	}
}

static void long_lines_are_folded_softly(void **state)
{
	char text[3000];
	const char *body, *line;
	size_t whole = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text + 70, "\xc3\xa4\xc3\xa4\xc3\xa4 ", 7);
	memcpy(text + 1000, " \n\t\n.\n", 6);
	text[sizeof(text) - 1] = '\0';
	body = strstr(formatted("s", text), "\r\n\r\n") + 4;
	for (line = body; *line != '\0';) {
		size_t n = strcspn(line, "\r");

		assert_true(n <= 76);
		assert_true(n == 0 || (line[n - 1] != ' ' && line[n - 1] != '\t'));
		whole += n;
		line += n + 2;
	}
	assert_true(whole > 2990);
	assert_non_null(strstr(body, "=20\r\n=09\r\n.\r\n"));
}

static void addresses_are_plain(void **state)
{
	static const char *const bad[] = {
		"", "x", "@x", "x@", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<x@y>", "<a@b>", "\"a\"@b",
		"a@b,c@d", "\xc3\xa4@b", "-x@y",
	};
	static const char *const bad_url[] = { "", "mail.example.com", "http://x", "smtp://",
					       "smtp://u:p@x", "smtp://x/y", "smtp://x y" };
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mail_check_address(bad[i], &err), ERR_CONFIG);
	for (size_t i = 0; i < sizeof(bad_url) / sizeof(bad_url[0]); i++)
		assert_int_equal(mail_check_url(bad_url[i], &err), ERR_CONFIG);
	assert_int_equal(mail_check_address("a.b+c@d-e.example", &err), ERR_OK);
	assert_int_equal(mail_check_url("smtps://mail.example.com:465", &err), ERR_OK);
}

static char url_text[64];

static struct mail_server server_of(const struct peer *p)
{
	snprintf(url_text, sizeof(url_text), "smtp://127.0.0.1:%d", p->port);
	return (struct mail_server){ .url = url_text, .is_plain = true, .allow_private = true };
}

static void a_message_arrives_with_its_dots(void **state)
{
	struct peer p = { .is_mail = true };
	struct mail_message m = message("s", ".\n..\n.x\nend\n");
	struct mail_server server;
	struct err err = { 0 };
	const char *said;

	(void)state;
	peer_start(&p);
	server = server_of(&p);
	assert_int_equal(mail_send(mem, &server, &m, &said, &err), ERR_OK);
	peer_stop(&p);
	assert_non_null(strstr(p.heard, "MAIL FROM:<leat@example.com>"));
	assert_non_null(strstr(p.heard, "RCPT TO:<night@example.com>\r\n"));
	assert_non_null(strstr(p.heard, "RCPT TO:<day@example.com>\r\n"));
	/* As on the wire: each leading dot doubled, a single one ends it. */
	assert_non_null(strstr(p.heard, "\r\n\r\n..\r\n...\r\n..x\r\nend\r\n.\r\n"));
	assert_null(strstr(p.heard, "AUTH"));
}

static void a_login_is_made(void **state)
{
	struct peer p = { .is_mail = true, .answer = "250-peer\r\n250 AUTH PLAIN" };
	struct mail_message m = message("s", "t\n");
	struct mail_server server;
	struct err err = { 0 };
	const char *said;

	(void)state;
	peer_start(&p);
	server = server_of(&p);
	server.user = "me";
	server.password = "CANARY";
	assert_int_equal(mail_send(mem, &server, &m, &said, &err), ERR_OK);
	peer_stop(&p);
	assert_non_null(strstr(p.heard, "AUTH PLAIN"));
	assert_non_null(strstr(p.heard, "AG1lAENBTkFSWQ=="));	/* \0me\0CANARY */
}

static void refusals_are_told_apart(void **state)
{
	static const struct {
		const char *refuse;
		enum err_code code;
	} table[] = {
		{ "MAIL 451 come back later", ERR_TRANSIENT },
		{ "RCPT 550 no such user", ERR_FAILED },
		{ "DATA 554 no", ERR_FAILED },
		{ "AUTH 535 wrong", ERR_DENIED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct peer p = { .is_mail = true, .refuse = table[i].refuse,
				  .answer = "250-peer\r\n250 AUTH PLAIN" };
		struct mail_message m = message("s", "t\n");
		struct mail_server server;
		struct err err = { 0 };
		const char *said;

		peer_start(&p);
		server = server_of(&p);
		server.user = "me";
		server.password = "CANARY";
		assert_int_equal(mail_send(mem, &server, &m, &said, &err), table[i].code);
		assert_null(strstr(err.frame[0].text, "CANARY"));
		peer_stop(&p);
	}
}

static void encryption_is_demanded(void **state)
{
	struct peer p = { .is_mail = true, .answer = "250-peer\r\n250 AUTH PLAIN" };
	struct mail_message m = message("s", "t\n");
	struct mail_server server;
	struct err err = { 0 };
	const char *said;

	(void)state;
	peer_start(&p);
	server = server_of(&p);
	server.is_plain = false;
	server.user = "me";
	server.password = "CANARY";
	assert_int_equal(mail_send(mem, &server, &m, &said, &err), ERR_CONFIG);
	server.allow_private = false;
	assert_int_equal(mail_send(mem, &server, &m, &said, &err), ERR_DENIED);
	peer_stop(&p);
	assert_null(strstr(p.heard, "AUTH"));
	assert_null(strstr(p.heard, "MAIL"));
	assert_int_equal(atomic_load(&p.connects), 1);
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
		cmocka_unit_test(headers_are_whole),
		cmocka_unit_test(a_subject_cannot_become_a_header),
		cmocka_unit_test(subjects_in_any_script_are_encoded),
		cmocka_unit_test(long_lines_are_folded_softly),
		cmocka_unit_test(addresses_are_plain),
		cmocka_unit_test(a_message_arrives_with_its_dots),
		cmocka_unit_test(a_login_is_made),
		cmocka_unit_test(refusals_are_told_apart),
		cmocka_unit_test(encryption_is_demanded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, end);
}
