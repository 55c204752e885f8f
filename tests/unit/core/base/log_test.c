/*
 * tests/unit/core/base/log_test.c
 *	Log lines: one event a line, whatever the text holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <jansson.h>

#include "core/base/log.h"

/* What fn writes to standard error, terminated; at most size - 1 bytes. */
static size_t captured(void (*fn)(void), char *text, size_t size)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	fn();
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	rewind(file);
	n = fread(text, 1, size - 1, file);
	text[n] = '\0';
	fclose(file);
	return n;
}

static void three_levels(void)
{
	log_line(LOG_ERROR, "table %s is gone", "a");
	log_line(LOG_WARN, "slow");
	log_line(LOG_INFO, "dropped");
}

static void plain_lines_up_to_the_level(void **state)
{
	char text[512];

	(void)state;
	log_setup(LOG_WARN, false);
	captured(three_levels, text, sizeof(text));
	assert_string_equal(text, "leat: error table a is gone\nleat: warning slow\n");
	log_setup(LOG_INFO, false);
	captured(three_levels, text, sizeof(text));
	assert_non_null(strstr(text, "leat: info dropped\n"));
}

static void forged(void)
{
	log_line(LOG_ERROR, "name \"%s\"", "x\r\nleat: error forged \x1b[31m\x9b\xe2\x80\xae\\");
}

static void a_text_cannot_forge_a_line(void **state)
{
	char text[512];

	(void)state;
	log_setup(LOG_WARN, false);
	captured(forged, text, sizeof(text));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_null(strpbrk(text, "\r\x1b"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_non_null(strstr(text, "\xe2\x90\x8a"));
}

static void json_lines_are_json(void **state)
{
	char text[512];
	json_t *line;

	(void)state;
	log_setup(LOG_WARN, true);
	captured(forged, text, sizeof(text));
	line = json_loads(text, 0, NULL);
	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "level")), "error");
	assert_int_equal(strlen(json_string_value(json_object_get(line, "time"))), 24);
	assert_non_null(strstr(json_string_value(json_object_get(line, "text")), "name \"x"));
	assert_non_null(strstr(json_string_value(json_object_get(line, "text")), "\\"));
	json_decref(line);
	log_setup(LOG_WARN, false);
}

static void huge(void)
{
	char *big = malloc(100001);

	assert_non_null(big);
	memset(big, '"', 100000);
	big[100000] = '\0';
	log_line(LOG_ERROR, "%s", big);
	free(big);
}

static void long_lines_are_cut(void **state)
{
	static char text[20000];
	json_t *line;

	(void)state;
	assert_in_range(captured(huge, text, sizeof(text)), 2000, 2100);
	assert_string_equal(text + strlen(text) - 4, "...\n");
	log_setup(LOG_WARN, true);
	assert_in_range(captured(huge, text, sizeof(text)), 4000, 4300);
	line = json_loads(text, 0, NULL);
	assert_non_null(line);
	json_decref(line);
	log_setup(LOG_WARN, false);
}

struct seen {
	int lines;
	enum log_level level;
	char text[64];
};

static void to_seen(void *ctx, enum log_level level, const char *line)
{
	struct seen *seen = ctx;

	seen->lines++;
	seen->level = level;
	snprintf(seen->text, sizeof(seen->text), "%s", line);
}

static void a_sink_gets_the_text_and_nobody_else(void **state)
{
	struct seen seen = { 0 };
	char text[512];

	(void)state;
	log_to(to_seen, &seen);
	captured(three_levels, text, sizeof(text));
	log_to(NULL, NULL);
	assert_string_equal(text, "");
	assert_int_equal(seen.lines, 2);
	assert_int_equal(seen.level, LOG_WARN);
	assert_string_equal(seen.text, "slow");
}

static void *hundred_lines(void *arg)
{
	for (int i = 0; i < 100; i++)
		log_line(LOG_ERROR, "%s-%s-%s", (const char *)arg, (const char *)arg,
			 (const char *)arg);
	return NULL;
}

static void two_threads(void)
{
	static char a[] = "aaaaaaaaaaaa", b[] = "bbbbbbbbbbbb";
	pthread_t one, two;

	assert_int_equal(pthread_create(&one, NULL, hundred_lines, a), 0);
	assert_int_equal(pthread_create(&two, NULL, hundred_lines, b), 0);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
}

static void lines_of_threads_never_mix(void **state)
{
	static char text[65536];
	int lines = 0;

	(void)state;
	captured(two_threads, text, sizeof(text));
	for (char *p = text; *p != '\0'; p++) {
		char *end = strchr(p, '\n');

		assert_non_null(end);
		*end = '\0';
		if (strcmp(p, "leat: error aaaaaaaaaaaa-aaaaaaaaaaaa-aaaaaaaaaaaa") != 0)
			assert_string_equal(
				p, "leat: error bbbbbbbbbbbb-bbbbbbbbbbbb-bbbbbbbbbbbb");
		p = end;
		lines++;
	}
	assert_int_equal(lines, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_lines_up_to_the_level),
		cmocka_unit_test(a_text_cannot_forge_a_line),
		cmocka_unit_test(json_lines_are_json),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(a_sink_gets_the_text_and_nobody_else),
		cmocka_unit_test(lines_of_threads_never_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
