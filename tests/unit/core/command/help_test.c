/*
 * tests/unit/core/command/help_test.c
 *	Help and manual say something of every command, in lines that fit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/command/help.h"

#define ROOM (1u << 20)

static void every_command_has_help(void **state)
{
	int n;
	const struct cmd_spec *const *all = cmd_all(&n);
	struct buf text;

	(void)state;
	buf_init(&text, ROOM);
	for (int i = 0; i < n; i++) {
		buf_clear(&text);
		help_command(&text, all[i]);
		assert_non_null(strstr(buf_str(&text), all[i]->summary));
		assert_non_null(strstr(buf_str(&text), "Usage: leat "));
	}
	buf_release(&text);
}

static void the_overview_names_all_but_hidden_ones(void **state)
{
	int n;
	const struct cmd_spec *const *all = cmd_all(&n);
	struct buf text;
	char line[64];

	(void)state;
	buf_init(&text, ROOM);
	help_overview(&text);
	for (int i = 0; i < n; i++) {
		snprintf(line, sizeof(line), "\n  %s ", all[i]->name);
		if (all[i]->flags & CMD_HIDDEN)
			assert_null(strstr(buf_str(&text), line));
		else
			assert_non_null(strstr(buf_str(&text), line));
	}
	buf_release(&text);
}

static void the_short_help_is_short(void **state)
{
	static const char *const names[] = { "load", "apply", "run", "job list", "reject list" };
	struct buf text;
	char line[64];
	int lines = 0;

	(void)state;
	buf_init(&text, ROOM);
	help_short(&text);
	for (const char *p = buf_str(&text); *p != '\0'; p++)
		lines += *p == '\n';
	assert_in_range(lines, 10, 20);
	assert_non_null(strstr(buf_str(&text), " leat help\n"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(line, sizeof(line), "\n  %s ", names[i]);
		assert_non_null(strstr(buf_str(&text), line));
	}
	buf_release(&text);
}

static void words_are_moved_between_lines(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, ROOM);
	help_fill(&text, "one two three four\n\n  kept   as it is\nfive", 2, 12);
	assert_string_equal(buf_str(&text), "  one two\n  three four\n\n    kept   as it is\n  five\n");
	buf_release(&text);
}

static void every_listed_page_can_be_written(void **state)
{
	struct buf list, page;
	char name[80];

	(void)state;
	buf_init(&list, ROOM);
	buf_init(&page, ROOM);
	man_list(&list);
	for (const char *p = buf_str(&list); *p != '\0'; p += strcspn(p, "\n") + 1) {
		size_t n = strcspn(p, ".");

		assert_true(n < sizeof(name));
		memcpy(name, p, n);
		name[n] = '\0';
		buf_clear(&page);
		assert_true(man_page(&page, name));
		assert_non_null(strstr(buf_str(&page), "\n.SH NAME\n"));
		assert_non_null(strstr(buf_str(&page), "\n.SH DESCRIPTION\n"));
	}
	assert_false(man_page(&page, "leat-nothing"));
	buf_release(&page);
	buf_release(&list);
}

static void topics_can_be_read(void **state)
{
	int n;
	const struct help_text *topic = help_topics(&n);
	struct buf text;

	(void)state;
	buf_init(&text, ROOM);
	assert_true(n >= 4);
	for (int i = 0; i < n; i++) {
		buf_clear(&text);
		assert_true(help_topic(&text, topic[i].name));
		assert_true(text.len > 200);
	}
	buf_clear(&text);
	assert_true(help_topic(&text, "exit-codes"));
	assert_non_null(strstr(buf_str(&text), "130"));
	assert_false(help_topic(&text, "nothing"));
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_has_help),
		cmocka_unit_test(the_overview_names_all_but_hidden_ones),
		cmocka_unit_test(the_short_help_is_short),
		cmocka_unit_test(words_are_moved_between_lines),
		cmocka_unit_test(every_listed_page_can_be_written),
		cmocka_unit_test(topics_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
