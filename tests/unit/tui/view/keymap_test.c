/*
 * tests/unit/tui/view/keymap_test.c
 *	Presets have no two meanings for a key; a key file changes what it names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/view/action.h"

static const char *const presets[] = { "default", "vim", "htop", "mutt" };

static struct keymap *map_of(const char *preset)
{
	struct keymap *m = NULL;
	struct err err = { 0 };

	assert_int_equal(keymap_new(preset, &m, &err), ERR_OK);
	return m;
}

static const char *does(const struct keymap *m, const char *view, const char *name)
{
	const struct action *a;
	struct key key;

	assert_true(key_parse(name, &key));
	a = keymap_find(m, view, key);
	return a != NULL ? a->name : "";
}

static void presets_do_not_clash(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct keymap *m = map_of(presets[i]);
		struct err err = { 0 };
		char text[300] = "";

		if (keymap_check(m, &err) != ERR_OK)
			err_text(&err, text, sizeof(text));
		assert_string_equal(text, "");
		keymap_free(m);
	}
}

static void every_key_of_the_table_is_one(void **state)
{
	(void)state;
	for (int i = 0; i < actions_n; i++)
		for (int p = 0; p < PRESET_COUNT; p++) {
			const char *keys = actions[i].keys[p];

			while (keys != NULL && *keys != '\0') {
				size_t n = strcspn(keys, " ");
				char name[32];
				struct key key;

				assert_true(n < sizeof(name));
				memcpy(name, keys, n);
				name[n] = '\0';
				if (!key_parse(name, &key))
					fail_msg("%s: %s is no key", actions[i].name, name);
				keys += n + (keys[n] == ' ');
			}
		}
}

/* Control letters move, redraw, find: they never change anything. */
static void no_control_letter_changes_data(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct keymap *m = map_of(presets[i]);

		for (int k = 0; k < actions_n; k++)
			for (uint32_t ch = 'a'; ch <= 'z'; ch++) {
				const struct action *a = &actions[k];

				if (a->danger == 0)
					continue;
				assert_ptr_not_equal(
					keymap_find(m, a->views != NULL ? "jobs" : "*",
						    (struct key){ ch, KEY_CTRL }), a);
			}
		keymap_free(m);
	}
}

static void the_same_key_differs_by_view(void **state)
{
	struct keymap *m = map_of(NULL);

	(void)state;
	assert_string_equal(does(m, "jobs", "space"), "mark");
	assert_string_equal(does(m, "logs", "space"), "page-on");
	assert_string_equal(does(m, "jobs", "/"), "filter");
	assert_string_equal(does(m, "logs", "/"), "search");
	assert_string_equal(does(m, "jobs", "c"), "job-cancel");
	assert_string_equal(does(m, "logs", "c"), "");
	keymap_free(m);
	m = map_of("vim");
	assert_string_equal(does(m, "jobs", "l"), "right");
	assert_string_equal(does(m, "jobs", "L"), "show-logs");
	keymap_free(m);
}

static void a_key_file_changes_what_it_names(void **state)
{
	struct keymap *m = map_of(NULL);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(keymap_read(m, "keys", "# mine\n\nx = job-cancel\nctrl-k = none\n"
				     "f7 = :job list --state failed\n= = help\n", &err), ERR_OK);
	assert_string_equal(does(m, "jobs", "x"), "job-cancel");
	/* In other views it stays what it was. */
	assert_string_equal(does(m, "mappings", "x"), "");
	assert_string_equal(does(m, "jobs", "f7"), ":job list --state failed");
	assert_string_equal(does(m, "jobs", "="), "help");
	keymap_free(m);
}

static void refuses(const char *text, enum err_code code, const char *says)
{
	struct keymap *m = map_of(NULL);
	struct err err = { 0 };
	char told[400];

	assert_int_equal(keymap_read(m, "keys", text, &err), code);
	err_text(&err, told, sizeof(told));
	if (strstr(told, says) == NULL)
		fail_msg("'%s' is not in: %s", says, told);
	assert_string_equal(does(m, "jobs", "c"), "job-cancel");
	keymap_free(m);
}

static void a_broken_key_file_changes_nothing(void **state)
{
	(void)state;
	refuses("c = none\nnonsense\n", ERR_CONFIG, "line 2");
	refuses("c = none\nhyper-x = help\n", ERR_CONFIG, "no name of a key");
	refuses("c = none\nz = job-cancle\n", ERR_CONFIG, "no action job-cancle");
	refuses("c = none\nz = help\nz = job-cancel\n", ERR_CONFLICT, "key z would be both");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presets_do_not_clash),
		cmocka_unit_test(every_key_of_the_table_is_one),
		cmocka_unit_test(no_control_letter_changes_data),
		cmocka_unit_test(the_same_key_differs_by_view),
		cmocka_unit_test(a_key_file_changes_what_it_names),
		cmocka_unit_test(a_broken_key_file_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
