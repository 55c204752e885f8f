/*
 * tests/unit/core/engine/message_test.c
 *	What people and programs are told, word for word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/engine/message.h"

static struct arena *mem;

static json_t *message(const char *type, const char *pipeline, const char *error)
{
	json_t *why = error == NULL ? json_null()
		    : json_pack("{s:s, s:s, s:s, s:s}", "code", "UNREACHABLE", "text", error,
				"hint", "Start the server.", "sqlstate", "08006");

	return json_pack(
		"{s:s, s:s, s:{s:s, s:s?, s:i, s:s, s:s, s:s, s:i, s:{s:i, s:i, s:i, s:i, s:i},"
		" s:f, s:s, s:o, s:{s:i, s:s, s:i}}}", "type", type, "timestamp",
		"2026-11-21T03:00:00.000Z", "data", "organization", "acme", "pipeline", pipeline,
		"job", 42, "state", error != NULL ? "dead" : "succeeded", "source",
		"shop:public.orders", "target", "local:public.orders", "attempts", 3, "rows",
		"read", 100, "written", 90, "unchanged", 0, "filtered", 3, "rejected", 7,
		"seconds", 2.5, "finished_at", "2026-11-21T03:00:00.000Z", "error", why,
		"incident", "id", 7, "opened_at", "2026-11-21T01:00:00.000Z", "jobs", 3);
}

static void a_failure_says_what_to_do(void **state)
{
	json_t *m = message("job.failed", "orders", "connection refused");

	(void)state;
	assert_string_equal(message_subject(mem, m),
			    "[leat] orders failed: connection refused");
	assert_string_equal(message_text(mem, m),
		"orders: failed.\n"
		"\n"
		"Why:      connection refused\n"
		"          (SQLSTATE 08006)\n"
		"Do next:  Start the server.\n"
		"\n"
		"Job:      42 (dead), 3 attempts\n"
		"From:     shop:public.orders\n"
		"Into:     local:public.orders\n"
		"Rows:     read 100, written 90, unchanged 0, filtered 3, rejected 7\n"
		"Ended:    2026-11-21T03:00:00.000Z, after 2.5 s\n"
		"\n"
		"While this lasts, no other message about it is sent.\n"
		"\n"
		"To look:\n"
		"    leat --org acme job show 42\n"
		"    leat --org acme job logs 42\n"
		"    leat --org acme reject groups 42\n"
		"To try it again:\n"
		"    leat --org acme job retry 42\n");
	json_decref(m);
}

static void the_others_say_what_they_are(void **state)
{
	json_t *m = message("job.recovered", "orders", NULL);

	(void)state;
	assert_string_equal(message_subject(mem, m), "[leat] orders works again");
	assert_non_null(strstr(message_text(mem, m),
			       "It began at 2026-11-21T01:00:00.000Z; 3 jobs ended so.\n"));
	assert_null(strstr(message_text(mem, m), "retry"));
	json_decref(m);
	m = message("job.rejects", "orders", NULL);
	assert_string_equal(message_subject(mem, m), "[leat] orders 7 of 100 rows were rejected");
	json_decref(m);
	m = message("job.rejects", "orders", NULL);
	json_object_set_new(json_object_get(m, "data"), "held", json_string("7 of 100 rows ..."));
	assert_string_equal(message_subject(mem, m), "[leat] orders 7 of 100 rows were rejected, "
			    "and the pipeline is held");
	assert_non_null(strstr(message_text(mem, m), "\nHeld:     7 of 100 rows ...\n"));
	assert_non_null(strstr(message_text(mem, m), "start:\n    leat --org acme pipeline resume "
			       "orders\n"));
	json_decref(m);
	m = message("job.succeeded", NULL, NULL);
	assert_string_equal(message_subject(mem, m),
			    "[leat] load of shop:public.orders succeeded");
	json_decref(m);
	m = message_test("acme", NULL, "2026-11-21T03:00:00.000Z");
	assert_string_equal(message_subject(mem, m), "[leat] leat this is a test");
	assert_non_null(strstr(message_text(mem, m), "Nothing has happened."));
	json_decref(m);
}

/* What a stranger's server said ends up in subjects and screens. */
static void foreign_text_is_harmless(void **state)
{
	json_t *m = message("job.failed", "or\ndBcc: x\x1b[31m", "<!channel> & \xe2\x80\xae"
			    "evil\r\nX: y");
	json_t *slack = NULL;
	struct err err = { 0 };
	const char *subject = message_subject(mem, m), *text = message_text(mem, m);
	const char *body = message_slack(mem, m);

	(void)state;
	assert_null(strpbrk(subject, "\r\n\x1b"));
	assert_null(strchr(text, '\r'));
	assert_null(strchr(text, '\x1b'));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_int_equal(js_parse(&slack, body, strlen(body), "slack", &err), ERR_OK);
	assert_null(strchr(json_string_value(js_at(slack, "text")), '<'));
	assert_non_null(strstr(json_string_value(js_at(slack, "text")), "&lt;!channel&gt; &amp;"));
	assert_string_equal(json_string_value(js_at(slack, "blocks.1.text.type")), "plain_text");
	json_decref(slack);
	json_decref(m);
}

static void long_texts_fit_into_slack(void **state)
{
	char error[8000];
	json_t *m, *slack = NULL;
	struct err err = { 0 };
	const char *body;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(error); i += 2)
		memcpy(error + i, "\xc3\xa4", 2);
	error[sizeof(error) - 2] = '\0';
	m = message("job.failed", "orders", error);
	body = message_slack(mem, m);
	assert_int_equal(js_parse(&slack, body, strlen(body), "slack", &err), ERR_OK);
	assert_in_range(strlen(json_string_value(js_at(slack, "blocks.1.text.text"))), 2800, 2900);
	assert_in_range(strlen(json_string_value(js_at(slack, "text"))), 100, 400);
	json_decref(slack);
	json_decref(m);
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
		cmocka_unit_test(a_failure_says_what_to_do),
		cmocka_unit_test(the_others_say_what_they_are),
		cmocka_unit_test(foreign_text_is_harmless),
		cmocka_unit_test(long_texts_fit_into_slack),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, end);
}
