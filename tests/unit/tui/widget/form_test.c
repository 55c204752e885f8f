/*
 * tests/unit/tui/widget/form_test.c
 *	Forms: filling them in, what they refuse, how they look.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/screen.h"
#include "tui/widget/form.h"
#include "tui/widget/line.h"

static const struct form_field fields[] = {
	{ .name = "name", .label = "Name", .kind = FIELD_TEXT, .is_required = true,
	  .help = "What it is called." },
	{ .name = "port", .label = "Port", .kind = FIELD_NUMBER, .preset = "5432" },
	{ .name = "secret", .label = "Password", .kind = FIELD_SECRET },
	{ .name = "tls", .label = "Use TLS", .kind = FIELD_BOOL, .help = "Encrypts." },
	{ .name = "mode", .label = "Mode", .kind = FIELD_CHOICE, .choices = "append|upsert|replace",
	  .is_required = true },
	{ .name = "zone", .label = "Zone", .kind = FIELD_CHOICE, .choices = "eu|us" },
};
#define NFIELDS 6

static enum form_result press(struct form *f, const char *names)
{
	enum form_result result = FORM_GOES_ON;

	while (*names != '\0') {
		char name[32];
		size_t n = strcspn(names, " ");
		struct key k;

		assert_int_equal(result, FORM_GOES_ON);
		memcpy(name, names, n);
		name[n] = '\0';
		assert_true(key_parse(name, &k));
		result = form_key(f, k);
		names += n + (names[n] == ' ');
	}
	return result;
}

static const char *shot(struct form *f, int w, int h)
{
	struct grid *g = grid_new(w, h);
	const char *text;

	form_draw(f, area_all(g));
	text = screen_text(g);
	grid_free(g);
	return text;
}

static void fields_are_filled_in_and_sent(void **state)
{
	struct form *f = form_new("new", fields, NFIELDS);

	(void)state;
	assert_string_equal(form_value(f, "name"), "");
	assert_string_equal(form_value(f, "port"), "5432");
	assert_string_equal(form_value(f, "tls"), "false");
	assert_string_equal(form_value(f, "mode"), "append");
	assert_string_equal(form_value(f, "zone"), "");
	assert_string_equal(form_value(f, "no such"), "");
	assert_false(form_is_changed(f));
	press(f, "w h x backspace");
	assert_true(form_is_changed(f));
	press(f, "enter ctrl-u 1 tab g e h down space down right right down u");
	assert_string_equal(form_value(f, "name"), "wh");
	assert_string_equal(form_value(f, "port"), "1");
	assert_string_equal(form_value(f, "secret"), "geh");
	assert_string_equal(form_value(f, "tls"), "true");
	assert_string_equal(form_value(f, "mode"), "replace");
	assert_string_equal(form_value(f, "zone"), "us");
	assert_int_equal(press(f, "enter"), FORM_SENT);
	press(f, "up up up up up ö shift-tab");
	assert_string_equal(form_value(f, "name"), "whö");
	assert_int_equal(press(f, "f2"), FORM_SENT);
	assert_int_equal(press(f, "esc"), FORM_GIVEN_UP);
	form_free(f);
	form_free(NULL);
	assert_false(line_is_open());
}

static void choices_go_round(void **state)
{
	struct form *f = form_new("new", fields, NFIELDS);

	(void)state;
	press(f, "down down down down left");
	assert_string_equal(form_value(f, "mode"), "replace");
	press(f, "space");
	assert_string_equal(form_value(f, "mode"), "append");
	press(f, "U");
	assert_string_equal(form_value(f, "mode"), "upsert");
	press(f, "z down left");
	/* One that need not be made can be none. */
	assert_string_equal(form_value(f, "zone"), "us");
	press(f, "right");
	assert_string_equal(form_value(f, "zone"), "");
	press(f, "right");
	assert_string_equal(form_value(f, "zone"), "eu");
	press(f, "left");
	assert_string_equal(form_value(f, "zone"), "");
	press(f, "up up y y");
	assert_string_equal(form_value(f, "tls"), "true");
	press(f, "n left right left");
	assert_string_equal(form_value(f, "tls"), "true");
	form_free(f);
}

static void a_fault_is_told_and_stops_it(void **state)
{
	struct form *f = form_new("new", fields, NFIELDS);

	(void)state;
	assert_null(strstr(shot(f, 60, 14), "\n             must be"));
	press(f, "down x");
	assert_non_null(strstr(shot(f, 60, 14), "  Name     *\n             must be filled in\n"));
	assert_non_null(strstr(shot(f, 60, 14), "▌ Port       5432x\n"
			       "             must be a number\n"));
	assert_int_equal(press(f, "f2"), FORM_GOES_ON);
	/* The cursor is where the first fault is. */
	press(f, "w");
	assert_string_equal(form_value(f, "name"), "w");
	assert_int_equal(press(f, "f2"), FORM_GOES_ON);
	press(f, "backspace");
	assert_null(strstr(shot(f, 60, 14), "must be a"));
	assert_int_equal(press(f, "f2"), FORM_SENT);
	form_free(f);
}

static void numbers_are_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		bool is_number;
	} cases[] = {
		{ "1", true }, { "-1.5", true }, { "+.5", true }, { "5.", true }, { ".", false },
		{ "-", false }, { "1e5", false }, { "1 2", false }, { "0x1", false }, { "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct form *f = form_new("n", &fields[1], 1);

		press(f, "ctrl-u");
		form_paste(f, cases[i].text, strlen(cases[i].text));
		assert_int_equal(press(f, "enter"), cases[i].is_number ? FORM_SENT : FORM_GOES_ON);
		form_free(f);
	}
}

static void the_other_side_may_find_faults(void **state)
{
	struct form *f = form_new("new", fields, NFIELDS);

	(void)state;
	press(f, "w");
	form_fault(f, "port", "nobody listens there");
	form_fault(f, NULL, "could not connect");
	form_fault(f, "no such", "x");
	assert_non_null(strstr(shot(f, 60, 14), "nobody listens there"));
	assert_non_null(strstr(shot(f, 60, 14), "could not connect"));
	/* It stays until the field is changed. */
	press(f, "down down up");
	assert_non_null(strstr(shot(f, 60, 14), "nobody listens there"));
	press(f, "1");
	assert_null(strstr(shot(f, 60, 14), "nobody listens there"));
	assert_null(strstr(shot(f, 60, 14), "could not connect"));
	form_free(f);
}

static void keys_of_the_line_do_not_leave_the_form(void **state)
{
	struct form *f = form_new("new", fields, NFIELDS);

	(void)state;
	assert_int_equal(press(f, "ctrl-d a"), FORM_GOES_ON);
	assert_string_equal(form_value(f, "name"), "a");
	/* A prompt was open above it meanwhile. */
	line_open(&(struct line_options){ .label = ":", .start = "jobs" });
	line_close();
	press(f, "b");
	assert_string_equal(form_value(f, "name"), "ab");
	form_paste(f, "\nc\nd", 4);
	assert_string_equal(form_value(f, "name"), "ab c d");
	press(f, "down down down");
	form_paste(f, "nowhere", 7);
	assert_string_equal(form_value(f, "tls"), "false");
	assert_int_equal(press(f, "esc"), FORM_GIVEN_UP);
	assert_int_equal(press(f, "ctrl-c"), FORM_GIVEN_UP);
	form_free(f);
}

static void it_looks_as_it_should(void **state)
{
	struct form *f = form_new("new connection", fields, NFIELDS);
	struct grid *g = grid_new(50, 10);

	(void)state;
	press(f, "w down down x y");
	form_draw(f, area_all(g));
	assert_string_equal(screen_dump(g),
			    "─ new connection ─────────── * must be filled in ─\n"
			    "  Name     * w\n"
			    "  Port       5432\n"
			    "▌ Password   ••\n"
			    "  Use TLS    [ ] no\n"
			    "  Mode     * append\n"
			    "  Zone       none\n"
			    "\n"
			    "──────────────────────────────────────────────────\n"
			    "\n"
			    "roles\n"
			    " 0 eddddddddddddddddeeeeeeeeeeebbbbbbbbbbbbbbbbbbbbbe\n"
			    " 1   iiiiiiii p AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
			    " 2   iiiiiiii   AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
			    " 3 d dddddddd   AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
			    " 4   iiiiiiii\n"
			    " 5   iiiiiiii p\n"
			    " 6   iiiiiiii   bbbb\n"
			    " 8 eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee\n");
	assert_int_equal(g->cursor_x, 15);
	assert_int_equal(g->cursor_y, 3);
	press(f, "down down");
	assert_non_null(strstr(shot(f, 50, 10), "▌ Mode     * ← append →\n"));
	press(f, "up");
	assert_non_null(strstr(shot(f, 50, 10), "Encrypts.\n"));
	grid_free(g);
	form_free(f);
}

static void a_short_area_shows_the_field_of_the_cursor(void **state)
{
	struct form *f = form_new("new", fields, NFIELDS);

	(void)state;
	assert_string_equal(shot(f, 30, 4), "─ new ── * must be filled in ─\n"
			    "▌ Name     *                 ▐\n"
			    "  Port       5432            ▐\n  Password\n");
	press(f, "up");
	assert_non_null(strstr(shot(f, 30, 4), "▌ Zone       ← none →        ▐\n"));
	press(f, "down down 1");
	form_fault(f, "port", "must not be that");
	press(f, "up down");
	assert_non_null(strstr(shot(f, 40, 3), "must not be that"));
	assert_non_null(strstr(shot(f, 40, 1), "▌ Port"));
	form_free(f);
}

static void anything_can_be_done_to_it(void **state)
{
	static const char *const keys[] = { "enter", "up", "down", "left", "right", "tab", "f2",
		"shift-tab", "pgup", "pgdn", "home", "end", "backspace", "delete", "ctrl-u", "ctrl-d",
		"ctrl-r", "ctrl-x", "esc", "space", "1", "y", "日", "alt-b", "ctrl-v", "ctrl-c" };
	struct form *f = form_new("new", fields, NFIELDS);
	struct grid *g = grid_new(1, 1);
	uint64_t seed = 31;
	int n = NFIELDS;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const char *key = keys[screen_dice(&seed, sizeof(keys) / sizeof(keys[0]))];

		if (press(f, key) == FORM_SENT && n > 0)
			assert_string_not_equal(form_value(f, "name"), "");
		if (screen_dice(&seed, 20) == 0)
			form_paste(f, "pasted\n日\xff words", 16);
		if (screen_dice(&seed, 50) == 0)
			form_fault(f, screen_dice(&seed, 2) != 0 ? "port" : NULL, "a fault that is "
				   "long enough to be broken into several rows of the form");
		g->is_ascii = screen_dice(&seed, 2) != 0;
		grid_reset(g, 1 + (int)screen_dice(&seed, i % 50 == 0 ? 400 : 60),
			   1 + (int)screen_dice(&seed, i % 50 == 0 ? 200 : 16));
		form_draw(f, area_all(g));
		assert_true(screen_is_clean(g));
		assert_in_range(g->cursor_x + 1, 0, g->w);
		assert_in_range(g->cursor_y + 1, 0, g->h);
		if (screen_dice(&seed, 100) == 0) {
			form_free(f);
			n = (int)screen_dice(&seed, NFIELDS + 1);
			f = form_new("new", fields, n);
		}
	}
	form_free(f);
	grid_free(g);
}

static int setup(void **state)
{
	(void)state;
	return setenv("INPUTRC", "/dev/null", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_filled_in_and_sent),
		cmocka_unit_test(choices_go_round),
		cmocka_unit_test(a_fault_is_told_and_stops_it),
		cmocka_unit_test(numbers_are_as_people_write_them),
		cmocka_unit_test(the_other_side_may_find_faults),
		cmocka_unit_test(keys_of_the_line_do_not_leave_the_form),
		cmocka_unit_test(it_looks_as_it_should),
		cmocka_unit_test(a_short_area_shows_the_field_of_the_cursor),
		cmocka_unit_test(anything_can_be_done_to_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, NULL);
}
