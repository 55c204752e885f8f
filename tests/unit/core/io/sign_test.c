/*
 * tests/unit/core/io/sign_test.c
 *	Signatures against the example that the specification gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/io/sign.h"

static const char id[] = "msg_p5jXN8AQM9LWM0D4loKWxJek";
static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
static const struct slice body = SLICE("{\"test\": 2432232314}");
#define AT 1614265330

static void the_published_example_comes_out(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };
	const char *got = NULL;

	(void)state;
	assert_int_equal(sign_webhook(mem, secret, id, AT, body, &got, &err), ERR_OK);
	assert_string_equal(got, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	assert_int_equal(sign_webhook(mem, secret + 6, id, AT, body, &got, &err), ERR_OK);
	assert_string_equal(got, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	arena_free(mem);
}

static void each_part_is_signed(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };
	const char *base = NULL, *other = NULL;

	(void)state;
	assert_int_equal(sign_webhook(mem, secret, id, AT, body, &base, &err), ERR_OK);
	assert_int_equal(sign_webhook(mem, secret, id, AT + 1, body, &other, &err), ERR_OK);
	assert_string_not_equal(base, other);
	assert_int_equal(sign_webhook(mem, secret, "msg_q", AT, body, &other, &err), ERR_OK);
	assert_string_not_equal(base, other);
	assert_int_equal(sign_webhook(mem, secret, id, AT, SLICE("{}"), &other, &err), ERR_OK);
	assert_string_not_equal(base, other);
	assert_int_equal(sign_webhook(mem, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", id, AT, body,
				      &other, &err), ERR_OK);
	assert_string_not_equal(base, other);
	arena_free(mem);
}

static void bad_secrets_are_refused_and_not_shown(void **state)
{
	static const char *const bad[] = {
		"", "whsec_", "whsec_c2hvcnQ=", "whsec_CANARY-not-base64-CANARY-not-base64",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw!",
		/* 66 bytes */
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = { 0 };
		const char *got = NULL;
		char text[400];

		assert_int_equal(sign_webhook(mem, bad[i], id, AT, body, &got, &err), ERR_CONFIG);
		err_text(&err, text, sizeof(text));
		assert_null(strstr(text, "CANARY"));
		assert_null(strstr(text, "MfKQ"));
		assert_null(got);
	}
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_example_comes_out),
		cmocka_unit_test(each_part_is_signed),
		cmocka_unit_test(bad_secrets_are_refused_and_not_shown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
