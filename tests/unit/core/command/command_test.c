/*
 * tests/unit/core/command/command_test.c
 *	The table keeps its own rules, and commands are found in it.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/command/args.h"
#include "core/command/command.h"

static void is_sentence(const char *owner, const char *text)
{
	size_t n;

	if (text == NULL)
		fail_msg("%s: a sentence is missing", owner);
	n = strlen(text);
	if (n < 4 || text[n - 1] != '.')
		fail_msg("%s: no sentence: %s", owner, text);
}

static void check_values(const struct cmd_spec *s, const struct val_spec *list, bool is_reply)
{
	bool was_repeated = false;

	for (int i = 0; i < val_count(list); i++) {
		const struct val_spec *v = &list[i];

		is_sentence(s->name, v->help);
		for (const char *p = v->name; *p != '\0'; p++)
			if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) &&
			    *p != (is_reply ? '_' : '-'))
				fail_msg("%s: a strange name: %s", s->name, v->name);
		for (int k = 0; k < i; k++)
			if (strcmp(list[k].name, v->name) == 0)
				fail_msg("%s: %s is there twice", s->name, v->name);
		if (v->kind == VAL_CHOICE)
			assert_non_null(v->choices);
		if (!is_reply && (v->flags & ARG_POSITIONAL)) {
			assert_false(was_repeated);	/* nothing can stand behind it */
			was_repeated = (v->flags & ARG_REPEAT) != 0;
		}
	}
}

static void every_entry_is_whole(void **state)
{
	int n;
	const struct cmd_spec *const *all = cmd_all(&n);

	(void)state;
	assert_true(n > 40);
	for (int i = 0; i < n; i++) {
		const struct cmd_spec *s = all[i];

		is_sentence(s->name, s->summary);
		assert_non_null(s->since);
		assert_non_null(s->run);
		assert_non_null(s->reply);
		check_values(s, s->args, false);
		check_values(s, s->reply, true);
		if (s->flags & CMD_DESTROYS)
			assert_true((s->flags & CMD_WRITES) != 0);
		if (s->flags & CMD_PLAIN)
			assert_int_equal(val_count(s->reply), 1);
		if (!(s->flags & CMD_DYNAMIC))
			assert_true(val_count(s->reply) > 0);
		for (const struct cmd_example *e = s->examples; e != NULL && e->line != NULL; e++)
			assert_int_equal(strncmp(e->line, "leat ", 5), 0);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(all[k]->name, s->name);
	}
}

/* An option that hides a common one must mean it: only -f of apply and logs does. */
static void no_option_hides_a_common_one(void **state)
{
	const struct val_spec *common = cmd_global_list();
	int n;
	const struct cmd_spec *const *all = cmd_all(&n);

	(void)state;
	for (int i = 0; i < n; i++)
		for (int a = 0; a < val_count(all[i]->args); a++)
			for (int c = 0; c < val_count(common); c++) {
				const struct val_spec *own = &all[i]->args[a];

				if (!(own->flags & ARG_POSITIONAL) &&
				    strcmp(own->name, "file") != 0)
					assert_string_not_equal(own->name, common[c].name);
				if (own->letter != 0 && own->letter != 'f')
					assert_int_not_equal(own->letter, common[c].letter);
			}
}

static void longest_name_wins(void **state)
{
	char *job_list[] = { "job", "list", "x" }, *run[] = { "run", "list" }, *job[] = { "job" };
	int used;
	const struct cmd_spec *s;

	(void)state;
	s = cmd_find(3, job_list, &used);
	assert_string_equal(s->name, "job list");
	assert_int_equal(used, 2);
	s = cmd_find(2, run, &used);
	assert_string_equal(s->name, "run");
	assert_int_equal(used, 1);
	assert_null(cmd_find(1, job, &used));
	assert_int_equal(used, 0);
	assert_null(cmd_find(0, NULL, &used));
}

static void typos_are_near(void **state)
{
	(void)state;
	assert_string_equal(cmd_nearest("lod"), "load");
	assert_string_equal(cmd_nearest("job lsit"), "job list");
	assert_string_equal(cmd_nearest("conection list"), "connection list");
	assert_null(cmd_nearest("zzzzzzzz"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_is_whole),
		cmocka_unit_test(no_option_hides_a_common_one),
		cmocka_unit_test(longest_name_wins),
		cmocka_unit_test(typos_are_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
