/*
 * tests/unit/tui/term/theme_test.c
 *	Themes are read or refused with the reason, and what we install can be seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "tests/lib/expect.h"
#include "tui/term/colour.h"
#include "tui/term/theme.h"

/* A dark terminal that is not quite black, and a white one: harder than the pure ones. */
#define DARK  0x1c1c1c
#define LIGHT 0xffffff

static const struct look *look(const struct theme *t, enum ladder l, const char *role)
{
	return theme_look(t, l, (enum role)role_of(role));
}

static void assert_look(const struct look *l, int fg, int bg, unsigned attr)
{
	assert_int_equal(l->fg, fg);
	assert_int_equal(l->bg, bg);
	assert_int_equal(l->attr, attr);
}

static void lines_say_what_roles_look_like(void **state)
{
	struct theme t;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(theme_parse("/x/y/sea.theme",
				     "# a comment\n\nname = Deep Sea \n"
				     "ok = 108\n bad=#ff5f5f on black bold underline\r\n"
				     "bad.mono = default reverse\nrun = bright-cyan\n"
				     "warn = bold\nwarn.16 = yellow italic",
				     &t, &err), ERR_OK);
	assert_string_equal(t.name, "sea");
	assert_string_equal(t.title, "Deep Sea ");
	assert_look(look(&t, LADDER_TRUE, "bad"), THEME_RGB | 0xff5f5f, 0,
		    LOOK_BOLD | LOOK_UNDERLINE);
	assert_look(look(&t, LADDER_256, "bad"), 203, 0, LOOK_BOLD | LOOK_UNDERLINE);
	assert_look(look(&t, LADDER_MONO, "bad"), -1, -1, LOOK_REVERSE);
	assert_look(look(&t, LADDER_TRUE, "run"), 14, -1, 0);
	assert_look(look(&t, LADDER_8, "run"), 6, -1, LOOK_BOLD);
	assert_look(look(&t, LADDER_MONO, "run"), -1, -1, 0);
	assert_look(look(&t, LADDER_256, "warn"), -1, -1, LOOK_BOLD);
	assert_look(look(&t, LADDER_8, "warn"), 3, -1, LOOK_ITALIC);
	/* What is not named looks as built in. */
	assert_look(look(&t, LADDER_16, "cursor"), 15, 4, 0);
}

static void text_never_falls_on_its_own_background(void **state)
{
	struct theme t;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(theme_parse("t", "cursor = #202020 on #101010\nmark = 254 on 253\n", &t,
				     &err), ERR_OK);
	assert_look(look(&t, LADDER_8, "cursor"), 7, 0, LOOK_BOLD);
	assert_look(look(&t, LADDER_16, "mark"), 0, 7, 0);
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} bad[] = {
		{ "ok = green\nbda = red\n", "t:2: no such role: \"bda\"" },
		{ "ok = grean\n", "t:1: not a colour: \"grean\"" },
		{ "ok = green on\n", "t:1: a colour is missing behind: \"on\"" },
		{ "ok = green blinking\n", "t:1: not an attribute: \"blinking\"" },
		{ "ok = green on pink\n", "t:1: not a colour: \"pink\"" },
		{ "\n\nok green\n", "t:3: a line is NAME = COLOUR, this is not: \"ok green\"" },
		{ "ok.32 = green\n", "t:1: no such step: \".32\"" },
		{ "ok =\n", "t:1: no colour is said: \"\"" },
		{ "ok = 1\nok = 2\n", "t:2: ok was said in line 1 already" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct theme t;
		struct err err = { 0 };
		char text[512];

		assert_int_equal(theme_parse("t", bad[i].text, &t, &err), ERR_CONFIG);
		err_text(&err, text, sizeof(text));
		assert_string_equal(text, bad[i].message);
		if (strstr(bad[i].message, "bda") != NULL)
			assert_non_null(strstr(err.hint, "\"bad\""));
	}
}

static void a_line_has_an_end(void **state)
{
	static char text[5000];
	struct theme t;
	struct err err = { 0 };

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	assert_int_equal(theme_parse("t", text, &t, &err), ERR_CONFIG);
}

/* ---- what we install ------------------------------------------------------- */

static const char *const installed[] = { "colour-blind-safe", "default", "high-contrast",
					 "light", "mono", "solarized-dark" };
#define INSTALLED (sizeof(installed) / sizeof(installed[0]))

static int use_ours(void **state)
{
	char path[4096];
	const char *top = getenv("LEAT_SOURCE");

	(void)state;
	snprintf(path, sizeof(path), "%s/themes", top != NULL ? top : ".");
	setenv("LEAT_THEMES", path, 1);
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	return 0;
}

static void load(const char *name, struct theme *t)
{
	struct err err = { 0 };

	if (theme_load(name, t, &err) != ERR_OK) {
		char text[512];

		err_text(&err, text, sizeof(text));
		fail_msg("%s", text);
	}
}

static void each_names_every_role(void **state)
{
	(void)state;
	for (size_t i = 0; i < INSTALLED; i++) {
		struct theme t;
		char path[4096], text[16384];
		FILE *f;

		load(installed[i], &t);
		assert_string_equal(t.name, installed[i]);
		assert_string_not_equal(t.title, installed[i]);
		assert_true(theme_path(installed[i], path, sizeof(path)));
		f = fopen(path, "re");
		assert_non_null(f);
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		fclose(f);
		for (int r = 0; r < ROLE_COUNT; r++) {
			char line[64];
			const char *at;

			snprintf(line, sizeof(line), "\n%s ", role_name((enum role)r));
			at = strstr(text, line);
			if (at == NULL)
				fail_msg("%s does not name %s", installed[i], line + 1);
		}
	}
}

static void the_file_is_what_is_built_in(void **state)
{
	struct theme file, built_in;

	(void)state;
	load("default", &file);
	theme_default(&built_in);
	assert_memory_equal(file.look, built_in.look, sizeof(file.look));
	assert_string_equal(file.title, built_in.title);
}

/* Lines between panes are seen, not read. */
static bool is_read(int role)
{
	return role != ROLE_BORDER && role != ROLE_BAR;
}

static void all_can_be_read(void **state)
{
	static const enum ladder rich[] = { LADDER_256, LADDER_TRUE };

	(void)state;
	for (size_t i = 0; i < INSTALLED * 2; i++) {
		const char *name = installed[i / 2];
		int ground = strcmp(name, "light") == 0 ? LIGHT : DARK;
		struct theme t;

		load(name, &t);
		for (int r = 0; r < ROLE_COUNT; r++) {
			const struct look *l = theme_look(&t, rich[i % 2], (enum role)r);
			int own = colour_rgb(l->bg), bg = own < 0 ? ground : own;
			double least = is_read(r) ? 4.5 : 1.5, is;

			if (l->fg == THEME_DEFAULT_COLOUR) {
				/* The terminal's own was made for its own ground. */
				assert_int_equal(l->bg, THEME_DEFAULT_COLOUR);
				continue;
			}
			is = colour_contrast(colour_rgb(l->fg), bg);
			if (is < least)
				fail_msg("%s: %s has a contrast of %.2f", name,
					 role_name((enum role)r), is);
		}
	}
}

/* The cursor's row is seen on every step, and where something is expensive too. */
static void what_matters_stands_out_everywhere(void **state)
{
	static const enum ladder all[] = { LADDER_MONO, LADDER_8, LADDER_16, LADDER_256,
					   LADDER_TRUE };

	(void)state;
	for (size_t i = 0; i < INSTALLED * 5; i++) {
		static const enum role loud[] = { ROLE_CURSOR, ROLE_PROD, ROLE_MATCH, ROLE_BAD };
		const struct look *text;
		struct theme t;

		load(installed[i / 5], &t);
		text = theme_look(&t, all[i % 5], ROLE_TEXT);
		for (size_t r = 0; r < 4; r++) {
			const struct look *l = theme_look(&t, all[i % 5], loud[r]);

			if (memcmp(l, text, sizeof(*l)) == 0)
				fail_msg("%s: %s is like text on %d colours", installed[i / 5],
					 role_name(loud[r]), (int)all[i % 5]);
		}
	}
}

static double linear(int c)
{
	double v = c / 255.0;

	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static int coded(double v)
{
	v = v < 0 ? 0 : v > 1 ? 1 : v;
	return (int)lround(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1 / 2.4) - 0.055));
}

/* As seen without the middle cones: the full matrix of Machado and others, 2009. */
static int deuteranopia(int rgb)
{
	double r = linear(rgb >> 16 & 0xff), g = linear(rgb >> 8 & 0xff), b = linear(rgb & 0xff);

	return coded(0.367322 * r + 0.860646 * g - 0.227968 * b) << 16 |
		coded(0.280085 * r + 0.672501 * g + 0.047413 * b) << 8 |
		coded(-0.011820 * r + 0.042940 * g + 0.968881 * b);
}

static void states_differ_without_red_and_green(void **state)
{
	static const enum role states[] = { ROLE_OK, ROLE_RUN, ROLE_WAIT, ROLE_WARN, ROLE_BAD };
	static const enum ladder rich[] = { LADDER_256, LADDER_TRUE };
	struct theme t;

	(void)state;
	load("colour-blind-safe", &t);
	for (int n = 0; n < 2 * 25; n++) {
		enum role a = states[n / 5 % 5], b = states[n % 5];
		double apart;

		if (a >= b)
			continue;
		apart = colour_distance(
			deuteranopia(colour_rgb(theme_look(&t, rich[n / 25], a)->fg)),
			deuteranopia(colour_rgb(theme_look(&t, rich[n / 25], b)->fg)));
		/* Twenty times what can just be told apart side by side. */
		if (apart < 0.1)
			fail_msg("%s and %s are %.3f apart", role_name(a), role_name(b), apart);
	}
	/* The simulation does what it says: pure red and a dark green meet. */
	assert_true(colour_distance(deuteranopia(0xc00000), deuteranopia(0x807000)) <
		    colour_distance(0xc00000, 0x807000) / 3);
}

/* ---- where they are found -------------------------------------------------- */

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void ones_own_come_first(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	char top[80], path[4096], dir[100];
	const char **names;
	struct theme t;
	struct err err = { 0 };
	int n;

	(void)state;
	assert_non_null(mkdtemp(expect_temp(top, sizeof(top), "theme-XXXXXX")));
	setenv("XDG_CONFIG_HOME", top, 1);
	snprintf(dir, sizeof(dir), "%s/leat", top);
	assert_int_equal(mkdir(dir, 0700), 0);
	snprintf(dir, sizeof(dir), "%s/leat/themes", top);
	assert_int_equal(mkdir(dir, 0700), 0);
	write_file(dir, "mine.theme", "text = red\n");
	write_file(dir, "light.theme", "text = blue\n");
	write_file(dir, "broken.theme", "text = \n");
	write_file(dir, "notes.txt", "");
	n = theme_list(mem, &names);
	assert_int_equal(n, INSTALLED + 2);
	assert_string_equal(names[0], "broken");
	load("mine", &t);
	assert_int_equal(look(&t, LADDER_256, "text")->fg, 1);
	/* LEAT_THEMES is asked first of all. */
	load("light", &t);
	assert_int_equal(look(&t, LADDER_256, "text")->fg, THEME_DEFAULT_COLOUR);
	unsetenv("LEAT_THEMES");
	load("light", &t);
	assert_int_equal(look(&t, LADDER_256, "text")->fg, 4);
	snprintf(path, sizeof(path), "%s/mine.theme", dir);
	load(path, &t);
	assert_string_equal(t.name, "mine");
	assert_int_equal(theme_load("broken", &t, &err), ERR_CONFIG);
	assert_int_equal(theme_load("miner", &t, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.hint, "\"mine\""));
	assert_int_equal(theme_load("./nowhere", &t, &err), ERR_NOT_FOUND);
	load("default", &t);
	assert_false(theme_path("default", path, sizeof(path)) &&
		     strncmp(path, top, strlen(top)) == 0);
	for (const char *const *name = (const char *const []){ "mine.theme", "light.theme",
		"broken.theme", "notes.txt", NULL }; *name != NULL; name++) {
		snprintf(path, sizeof(path), "%s/%s", dir, *name);
		unlink(path);
	}
	rmdir(dir);
	snprintf(dir, sizeof(dir), "%s/leat", top);
	rmdir(dir);
	rmdir(top);
	use_ours(NULL);
	arena_free(mem);
}

static void what_is_no_text_is_refused(void **state)
{
	char path[200];
	struct theme t;
	struct err err = { 0 };
	FILE *f;

	(void)state;
	close(mkstemp(expect_temp(path, sizeof(path), "theme-XXXXXX")));
	f = fopen(path, "we");
	assert_non_null(f);
	for (int i = 0; i < 70000; i++)
		fputc('#', f);
	fclose(f);
	assert_int_equal(theme_load(path, &t, &err), ERR_CONFIG);
	f = fopen(path, "we");
	assert_non_null(f);
	fwrite("a\0b", 1, 3, f);
	fclose(f);
	assert_int_equal(theme_load(path, &t, &err), ERR_CONFIG);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_say_what_roles_look_like),
		cmocka_unit_test(text_never_falls_on_its_own_background),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(a_line_has_an_end),
		cmocka_unit_test(each_names_every_role),
		cmocka_unit_test(the_file_is_what_is_built_in),
		cmocka_unit_test(all_can_be_read),
		cmocka_unit_test(what_matters_stands_out_everywhere),
		cmocka_unit_test(states_differ_without_red_and_green),
		cmocka_unit_test(ones_own_come_first),
		cmocka_unit_test(what_is_no_text_is_refused),
	};

	return cmocka_run_group_tests(tests, use_ours, NULL);
}
