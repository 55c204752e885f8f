/*
 * tests/unit/tui/widget/dialog_test.c
 *	Yes is never said by accident, menus narrow, and every size is drawn.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "tui/widget/dialog.h"

static enum dialog_result press(struct dialog *d, const char *name)
{
	struct key k;

	assert_true(key_parse(name, &k));
	return dialog_key(d, k);
}

static void shows(struct dialog *d, int w, int h, const char *text, bool is_there)
{
	struct grid *g = grid_new(w, h);
	struct buf out;

	buf_init(&out, 1u << 20);
	dialog_draw(d, area_all(g));
	for (int y = 0; y < h; y++) {
		grid_line(g, y, &out);
		buf_adds(&out, "\n");
	}
	if ((strstr(buf_str(&out), text) != NULL) != is_there) {
		print_message("%s", buf_str(&out));
		fail_msg("'%s' is %son the screen", text, is_there ? "not " : "");
	}
	buf_release(&out);
	grid_free(g);
}

static void enter_is_no_yes(void **state)
{
	struct dialog *d = dialog_confirm("cancel", "job cancel 3\n\nIt stops.", NULL, false);

	(void)state;
	shows(d, 80, 24, "job cancel 3", true);
	shows(d, 80, 24, "y yes", true);
	assert_int_equal(press(d, "enter"), DIALOG_GOES_ON);
	assert_int_equal(press(d, "space"), DIALOG_GOES_ON);
	assert_int_equal(press(d, "ctrl-y"), DIALOG_GOES_ON);
	assert_int_equal(press(d, "y"), DIALOG_YES);
	assert_int_equal(press(d, "n"), DIALOG_NO);
	assert_int_equal(press(d, "esc"), DIALOG_NO);
	assert_int_equal(press(d, "ctrl-c"), DIALOG_NO);
	dialog_free(d);
}

static void a_word_has_to_be_typed(void **state)
{
	struct dialog *d = dialog_confirm("remove", "pipeline remove orders", "orders", true);

	(void)state;
	shows(d, 80, 24, "PROD: remove", true);
	shows(d, 80, 24, "type orders and enter", true);
	for (const char *p = "orderx"; *p != '\0'; p++)
		assert_int_equal(dialog_key(d, (struct key){ (unsigned char)*p, 0 }),
				 DIALOG_GOES_ON);
	assert_int_equal(press(d, "enter"), DIALOG_GOES_ON);
	press(d, "backspace");
	assert_int_equal(press(d, "s"), DIALOG_GOES_ON);
	assert_int_equal(press(d, "enter"), DIALOG_YES);
	dialog_free(d);
}

static const struct dialog_item items[] = {
	{ "Asks the job to stop.", "c", NULL },
	{ "Runs a job that failed again.", "R", "running" },
	{ "Holds the job.", "p", NULL },
};

static void menus_narrow_and_choose(void **state)
{
	struct dialog *d = dialog_menu("Jobs", items, 3);

	(void)state;
	shows(d, 80, 24, "Asks the job to stop.", true);
	shows(d, 80, 24, "(running)", true);
	press(d, "down");
	assert_int_equal(dialog_at(d), 1);
	/* What cannot be done cannot be chosen. */
	assert_int_equal(press(d, "enter"), DIALOG_GOES_ON);
	dialog_paste(d, "JOB hold", 8);
	shows(d, 80, 24, "Asks the job", false);
	assert_int_equal(press(d, "enter"), DIALOG_YES);
	assert_int_equal(dialog_chosen(d), 2);
	dialog_paste(d, "zzz", 3);
	shows(d, 80, 24, "nothing is called so", true);
	assert_int_equal(press(d, "enter"), DIALOG_GOES_ON);
	assert_int_equal(dialog_chosen(d), -1);
	dialog_free(d);
}

static void long_texts_scroll(void **state)
{
	char text[4000] = "";
	struct dialog *d;

	(void)state;
	for (int i = 0; i < 200; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "line %d\n", i);
	d = dialog_tell("not done", text, ROLE_BAD);
	shows(d, 80, 24, "line 0", true);
	shows(d, 80, 24, "line 199", false);
	press(d, "end");
	shows(d, 80, 24, "line 199", true);
	assert_int_equal(press(d, "enter"), DIALOG_NO);
	dialog_free(d);
}

static void random_keys_at_every_size(void **state)
{
	unsigned seed = 3;

	(void)state;
	for (int round = 0; round < 60; round++) {
		struct dialog *d = round % 3 == 0 ? dialog_menu("Menu", items, 3) :
				   round % 3 == 1 ? dialog_tell("Tell", "a\nb\nc", ROLE_BAD) :
				   dialog_confirm("Confirm", "x\ny", "word", round % 2 == 0);

		for (int i = 0; i < 200; i++) {
			struct grid *g;
			struct key k;

			seed = seed * 1103515245u + 12345u;
			k = (struct key){ seed / 65536 % 3 == 0 ?
					  KEY_CODE_FIRST + 1 + seed / 131072 % 20 :
					  seed / 131072 % 0x3000, 0 };
			dialog_key(d, k);
			g = grid_new((int)(seed >> 7) % 90 + 1, (int)(seed >> 14) % 40 + 1);
			dialog_draw(d, area_all(g));
			grid_free(g);
		}
		dialog_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enter_is_no_yes),
		cmocka_unit_test(a_word_has_to_be_typed),
		cmocka_unit_test(menus_narrow_and_choose),
		cmocka_unit_test(long_texts_scroll),
		cmocka_unit_test(random_keys_at_every_size),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
