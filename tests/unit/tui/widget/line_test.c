/*
 * tests/unit/tui/widget/line_test.c
 *	A line being typed: readline's keys, histories, candidates, secrets, its look.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/expect.h"
#include "tests/lib/screen.h"
#include "tui/widget/line.h"

static char folder[512], inputrc[600];

/* readline 8.2 loses a few bytes of what is cut in vi mode. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libreadline";
}

/* Keys by name, parted by spaces. */
static enum line_result press(const char *names)
{
	enum line_result result = LINE_GOES_ON;

	while (*names != '\0') {
		char name[32];
		size_t n = strcspn(names, " ");
		struct key k;

		assert_true(n < sizeof(name));
		memcpy(name, names, n);
		name[n] = '\0';
		assert_true(key_parse(name, &k));
		result = line_key(k);
		names += n + (names[n] == ' ');
	}
	return result;
}

/* Characters, each a key. */
static void type(const char *text)
{
	for (; *text != '\0'; text++)
		assert_int_equal(line_key((struct key){ (uint32_t)(unsigned char)*text, 0 }),
				 LINE_GOES_ON);
}

static void open_line(const char *start, const char *history)
{
	line_open(&(struct line_options){ .label = ": ", .start = start, .history = history });
}

static const char *shot(int w)
{
	static char text[2000];
	struct grid *g = grid_new(w, 1);

	line_draw(area_all(g), 0);
	snprintf(text, sizeof(text), "%s@%d", screen_line(g, 0), g->cursor_x);
	grid_free(g);
	return text;
}

static void keys_edit_as_readline_does(void **state)
{
	(void)state;
	assert_false(line_is_open());
	open_line("job list", NULL);
	assert_true(line_is_open());
	press("space x ctrl-a alt-f");
	type("s");
	assert_string_equal(line_text(), "jobs list x");
	press("end backspace backspace ctrl-left ctrl-k");
	assert_string_equal(line_text(), "jobs ");
	press("ctrl-y home delete ctrl-_ left right");
	assert_string_equal(line_text(), "jobs list");
	press("end ctrl-u ö 日 left backspace");
	assert_string_equal(line_text(), "日");
	assert_int_equal(press("enter"), LINE_DONE);
	assert_false(line_is_open());
	assert_string_equal(line_text(), "日");
	assert_int_equal(line_key((struct key){ 'x', 0 }), LINE_GIVEN_UP);
}

static void keys_without_a_meaning_leave_nothing(void **state)
{
	(void)state;
	open_line("ab", NULL);
	press("f1 f5 f12 pgup insert ctrl-up shift-tab tab alt-left ctrl-alt-x shift-f3");
	assert_string_equal(line_text(), "ab");
	press("ctrl-l ctrl-q x backspace ctrl-v ctrl-@ a b ctrl-v enter");
	assert_int_equal(press("enter"), LINE_DONE);
	assert_string_equal(line_text(), "ab ab");
}

static void a_line_is_given_up(void **state)
{
	static const char *const ways[] = { "esc", "ctrl-c", "a esc", "ctrl-u ctrl-d" };

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		open_line("text", NULL);
		assert_int_equal(press(ways[i]), LINE_GIVEN_UP);
		assert_false(line_is_open());
		assert_string_equal(line_text(), "");
	}
	/* One line at a time. */
	open_line("one", NULL);
	open_line("two", NULL);
	assert_string_equal(line_text(), "two");
	line_set("th\nree");
	assert_string_equal(line_text(), "th ree");
	line_close();
	line_close();
	line_set("nowhere");
	line_paste("nowhere", 7);
	assert_string_equal(line_text(), "");
}

static void a_paste_is_one_line_and_runs_nothing(void **state)
{
	char *big = malloc(100000);

	(void)state;
	open_line("ab", NULL);
	press("left");
	line_paste("1\r\n2\n\0333\x04\n", 9);
	assert_true(line_is_open());
	assert_string_equal(line_text(), "a1 2 3b");
	press("ctrl-_");
	assert_string_equal(line_text(), "ab");
	memset(big, 'x', 100000);
	line_paste(big, 100000);
	line_paste(big, 100000);
	assert_int_equal(strlen(line_text()), 65536);
	free(big);
	line_close();
}

/* Standard error is the screen: an inputrc with a fault must not write over it. */
static void a_bad_inputrc_leaves_the_screen_alone(void **state)
{
	FILE *out = fopen(inputrc, "we");
	int screen = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), kept, tty;
	char byte;

	(void)state;
	fputs("$if mode=emacs\n\"\\C-o\n", out);
	fclose(out);
	assert_int_equal(grantpt(screen) | unlockpt(screen), 0);
	tty = open(ptsname(screen), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(tty >= 0);
	open_line("", NULL);
	kept = dup(STDERR_FILENO);
	dup2(tty, STDERR_FILENO);
	press("ctrl-x ctrl-r");
	dup2(kept, STDERR_FILENO);
	line_close();
	assert_int_equal(read(screen, &byte, 1), -1);
	close(kept);
	close(tty);
	close(screen);
	fclose(fopen(inputrc, "we"));
}

/* ---- histories ------------------------------------------------------------------ */

static const char *file(const char *name)
{
	static char text[4096];
	char path[600];
	FILE *in;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	in = fopen(path, "re");
	if (in == NULL)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	fclose(in);
	return text;
}

static void enter(const char *text, const char *history)
{
	open_line(text, history);
	assert_int_equal(press("enter"), LINE_DONE);
}

static void each_kind_has_its_history(void **state)
{
	struct stat st;
	char path[600];

	(void)state;
	line_folder(folder);
	enter("one", "command");
	enter("two", "command");
	enter("two", "command");
	enter(" not this", "command");
	enter("", "command");
	enter("state=failed", "filter");
	enter("no kind", NULL);
	open_line("given up", "command");
	press("esc");
	open_line("draft", "command");
	press("up up");
	assert_string_equal(line_text(), "one");
	press("up");
	assert_string_equal(line_text(), "one");
	press("down down");
	assert_string_equal(line_text(), "draft");
	open_line("run ", "command");
	press("alt-.");
	assert_string_equal(line_text(), "run two");
	press("alt-.");
	assert_string_equal(line_text(), "run one");
	press("alt-. x");
	assert_string_equal(line_text(), "run onex");
	open_line(NULL, "filter");
	press("up up");
	assert_string_equal(line_text(), "state=failed");
	open_line(NULL, NULL);
	press("up");
	assert_string_equal(line_text(), "");
	line_close();
	assert_string_equal(file("command"), "one\ntwo\n");
	assert_string_equal(file("filter"), "state=failed\n");
	snprintf(path, sizeof(path), "%s/command", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_history_is_read_again(void **state)
{
	(void)state;
	line_folder(NULL);
	open_line(NULL, "command");
	press("up");
	assert_string_equal(line_text(), "");
	line_folder(folder);
	assert_false(line_is_open());
	open_line(NULL, "command");
	press("ctrl-r o n e");
	assert_string_equal(line_text(), "one");
	assert_string_equal(shot(40), "search \"one\": one@17");
	press("esc");
	assert_true(line_is_open());
	assert_string_equal(shot(40), ": one@5");
	assert_int_equal(press("esc"), LINE_GIVEN_UP);
	enter("three", "command");
	assert_string_equal(file("command"), "one\ntwo\nthree\n");
}

/* ---- candidates ------------------------------------------------------------------- */

static const char *asked_text;
static size_t asked_at;
static int times_asked;

static void complete(void *ctx, const char *text, size_t at)
{
	static char copy[200];

	assert_ptr_equal(ctx, &times_asked);
	snprintf(copy, sizeof(copy), "%s", text);
	asked_text = copy;
	asked_at = at;
	times_asked++;
}

static void open_completed(const char *start)
{
	line_open(&(struct line_options){ .label = ":", .start = start, .complete = complete,
					  .ctx = &times_asked });
	times_asked = 0;
}

static void one_candidate_goes_into_the_line(void **state)
{
	const char *const word[] = { "list" };
	const bool is_open[] = { true };

	(void)state;
	open_completed("job l x");
	press("left left tab");
	assert_int_equal(times_asked, 1);
	assert_string_equal(asked_text, "job l x");
	assert_int_equal(asked_at, 5);
	line_offer("job l x", 4, 1, word, NULL, NULL);
	assert_string_equal(line_text(), "job list  x");
	line_set("job l");
	press("tab");
	line_offer("job l", 4, 1, word, NULL, is_open);
	assert_string_equal(line_text(), "job list");
	line_close();
}

static void late_answers_to_other_lines_are_not_taken(void **state)
{
	const char *const word[] = { "list" };

	(void)state;
	open_completed("job l");
	line_offer("job l", 4, 1, word, NULL, NULL);
	assert_string_equal(line_text(), "job l");
	press("tab i");
	line_offer("job l", 4, 1, word, NULL, NULL);
	assert_string_equal(line_text(), "job li");
	line_offer("job li", 4, 1, word, NULL, NULL);
	assert_string_equal(line_text(), "job li");
	press("tab left");
	line_offer("job li", 4, 1, word, NULL, NULL);
	assert_string_equal(line_text(), "job li");
	press("tab");
	line_offer("job li", 99, 1, word, NULL, NULL);
	line_offer("job li", 4, 0, word, NULL, NULL);
	assert_string_equal(line_text(), "job li");
	line_close();
	line_offer("job li", 4, 1, word, NULL, NULL);
}

static void several_are_shown_and_gone_through(void **state)
{
	const char *const word[] = { "pause", "plan", "players" };
	const char *const help[] = { "Stop for now.", NULL, "Who plays." };
	struct grid *g = grid_new(30, 6);

	(void)state;
	open_completed("x pl");
	press("tab");
	line_offer("x pl", 2, 2, word + 1, help + 1, NULL);
	assert_string_equal(line_text(), "x pla");
	press("tab");
	assert_int_equal(times_asked, 1);
	assert_string_equal(line_text(), "x plan");
	press("shift-tab");
	assert_string_equal(line_text(), "x players");
	assert_int_equal(line_draw_offers(area_all(g), 5, 5), 3);
	line_draw(area_all(g), 5);
	assert_string_equal(screen_dump(g), "\n\n"
			    "──────────────────────────────\n"
			    "  plan\n"
			    "  players  Who plays.\n"
			    ":x players\n"
			    "roles\n"
			    " 2 eeeeeeeeeeeeeeeeeeeeeeeeeeeeee\n"
			    " 4   jjjjjjjjjjjjjjjjjjjjjjjjjjjj\n"
			    " 5 h\n");
	assert_int_equal(press("enter"), LINE_GOES_ON);
	assert_string_equal(line_text(), "x players ");
	assert_int_equal(line_draw_offers(area_all(g), 5, 5), 0);
	line_set("p");
	press("tab");
	line_offer("p", 0, 3, word, help, NULL);
	assert_string_equal(line_text(), "p");
	assert_int_equal(press("esc"), LINE_GOES_ON);
	assert_int_equal(line_draw_offers(area_all(g), 5, 5), 0);
	press("tab");
	line_offer("p", 0, 3, word, help, NULL);
	assert_int_equal(press("enter"), LINE_DONE);
	grid_free(g);
}

static void many_lie_in_columns(void **state)
{
	const char *word[40];
	char text[40][8];
	struct grid *g = grid_new(30, 5);

	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(text[i], sizeof(text[i]), "w%d", i % 100);
		word[i] = text[i];
	}
	open_completed("w");
	press("tab");
	line_offer("w", 0, 40, word, NULL, NULL);
	assert_int_equal(line_draw_offers(area_all(g), 4, 3), 3);
	assert_string_equal(screen_text(g), "\n─────────────────── 10 of 40 ─\n"
			    "  w0   w1   w2   w3   w4\n  w5   w6   w7   w8   w9\n\n");
	press("shift-tab");
	line_draw_offers(area_all(g), 4, 3);
	assert_string_equal(screen_text(g), "\n─────────────────── 10 of 40 ─\n"
			    "  w30  w31  w32  w33  w34\n  w35  w36  w37  w38  w39\n\n");
	line_close();
	grid_free(g);
}

/* ---- secrets ----------------------------------------------------------------------- */

static void secrets_are_dots_and_stay_nowhere(void **state)
{
	(void)state;
	line_folder(folder);
	line_open(&(struct line_options){ .label = "password: ", .is_secret = true,
					  .history = "command", .complete = complete });
	type("geheim");
	press("tab up ö");
	assert_string_equal(shot(30), "password: •••••••@17");
	assert_string_equal(shot(14), "passwo…••••••@13");
	line_paste("1\n2", 3);
	press("backspace");
	assert_int_equal(press("enter"), LINE_DONE);
	assert_string_equal(line_text(), "geheimö1 ");
	assert_string_equal(file("command"), "one\ntwo\nthree\n");
	/* What was cut out of a secret does not come back. */
	line_open(&(struct line_options){ .label = "", .is_secret = true, .start = "geheim" });
	press("ctrl-u");
	assert_int_equal(press("esc"), LINE_GIVEN_UP);
	open_line(NULL, NULL);
	press("ctrl-y");
	assert_null(strstr(line_text(), "geheim"));
	line_close();
}

/* ---- how it looks --------------------------------------------------------------------- */

static void long_lines_scroll_sideways(void **state)
{
	(void)state;
	open_line("0123456789abcdefghij", NULL);
	assert_string_equal(shot(40), ": 0123456789abcdefghij@22");
	assert_string_equal(shot(12), ": …fghij@8");
	press("ctrl-a");
	assert_string_equal(shot(12), ": 012345678…@2");
	press("alt-f ctrl-a right right right right right right right right");
	assert_string_equal(shot(12), ": 012345678…@10");
	press("right");
	assert_string_equal(shot(12), ": …456789ab…@8");
	press("left left left left left left left");
	assert_string_equal(shot(12), ": 012345678…@4");
	line_set("日本語日本語日本語");
	assert_string_equal(shot(12), ": … 本語@8");
	line_close();
	assert_string_equal(shot(12), "@-1");
}

static void the_user_may_edit_as_in_vi(void **state)
{
	FILE *out = fopen(inputrc, "we");

	(void)state;
	fputs("set editing-mode vi\n\"\\C-o\": \"typed by a key\"\n", out);
	fclose(out);
	open_line("one two", NULL);
	press("ctrl-x ctrl-r");
	line_close();
	open_line("one two", NULL);
	assert_int_equal(press("ctrl-o"), LINE_GOES_ON);
	assert_string_equal(line_text(), "one twotyped by a key");
	line_close();
	open_line("one two", NULL);
	assert_int_equal(press("esc"), LINE_GOES_ON);
	press("b D a");
	assert_string_equal(line_text(), "one ");
	type("x");
	press("esc f x up k j");
	assert_string_equal(line_text(), "one x");
	/* Ways over a line end, whatever stands at its end. */
	line_set("one \xF4\x8F\xBF\xBF");
	press("$ 0 w e w b x");
	assert_string_equal(line_text(), "ne \xEF\xBF\xBD");
	assert_int_equal(press("esc"), LINE_GIVEN_UP);
}

static void random_key(uint64_t *seed)
{
	static const char *const names[] = {
		"enter", "esc", "tab", "shift-tab", "up", "down", "left", "right", "home", "end",
		"backspace", "delete", "alt-f", "alt-b", "alt-d", "ctrl-r", "ctrl-s", "ctrl-x",
		"ctrl-u", "alt-5", "ctrl-v", "ctrl-t", "alt-.", "ctrl-]", "f3", "日", "ö", "e",
		"space", "ctrl-@", "ctrl-g", "alt-r", "alt-*", "alt-?", "ctrl-q", "alt-ctrl-]",
	};
	static const char *const word[] = { "alpha", "all", "日本", "日出" };
	struct key k = { 'a' + screen_dice(seed, 26), 0 };

	if (screen_dice(seed, 3) != 0)
		assert_true(key_parse(names[screen_dice(seed, sizeof(names) / sizeof(names[0]))],
				      &k));
	line_key(k);
	if (screen_dice(seed, 20) == 0)
		line_paste("pasted\n日\xff", 11);
	if (screen_dice(seed, 4) == 0 && line_is_open()) {
		char *text = strdup(line_text());

		line_offer(text, screen_dice(seed, 3), 1 + (int)screen_dice(seed, 4), word, NULL,
			   NULL);
		free(text);
	}
}

static void anything_can_be_typed(void **state)
{
	struct grid *g = grid_new(1, 1);
	uint64_t seed = 9;

	(void)state;
	line_folder(folder);
	for (int i = 0; i < 20000; i++) {
		if (!line_is_open())
			line_open(&(struct line_options){
				.label = ":", .complete = complete, .ctx = &times_asked,
				.history = screen_dice(&seed, 2) != 0 ? "random" : NULL,
				.is_secret = screen_dice(&seed, 8) == 0,
				.start = screen_dice(&seed, 2) != 0 ? "some 日本 words" : NULL });
		random_key(&seed);
		g->is_ascii = screen_dice(&seed, 2) != 0;
		grid_reset(g, 1 + (int)screen_dice(&seed, 60), 1 + (int)screen_dice(&seed, 10));
		line_draw_offers(area_all(g), g->h - 1, (int)screen_dice(&seed, 10));
		line_draw(area_all(g), g->h - 1);
		assert_true(screen_is_clean(g));
		assert_in_range(g->cursor_x + 1, 0, g->w);
	}
	line_close();
	line_folder(NULL);
	grid_free(g);
}

/* A home of its own, and an inputrc that holds nothing yet. */
static int setup(void **state)
{
	(void)state;
	if (mkdtemp(expect_temp(folder, sizeof(folder), "lineXXXXXX")) == NULL)
		return -1;
	snprintf(inputrc, sizeof(inputrc), "%s/inputrc", folder);
	fclose(fopen(inputrc, "we"));
	setenv("INPUTRC", inputrc, 1);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "inputrc", "command", "filter", "random" };
	char path[600];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_edit_as_readline_does),
		cmocka_unit_test(keys_without_a_meaning_leave_nothing),
		cmocka_unit_test(a_line_is_given_up),
		cmocka_unit_test(a_paste_is_one_line_and_runs_nothing),
		cmocka_unit_test(a_bad_inputrc_leaves_the_screen_alone),
		cmocka_unit_test(each_kind_has_its_history),
		cmocka_unit_test(a_history_is_read_again),
		cmocka_unit_test(one_candidate_goes_into_the_line),
		cmocka_unit_test(late_answers_to_other_lines_are_not_taken),
		cmocka_unit_test(several_are_shown_and_gone_through),
		cmocka_unit_test(many_lie_in_columns),
		cmocka_unit_test(secrets_are_dots_and_stay_nowhere),
		cmocka_unit_test(long_lines_scroll_sideways),
		cmocka_unit_test(anything_can_be_typed),
		/* From here on in vi mode. */
		cmocka_unit_test(the_user_may_edit_as_in_vi),
		cmocka_unit_test(anything_can_be_typed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
