/*
 * tests/unit/tui/view/random_test.c
 *	Random hands on the console, in a random world: no crash, no leak, no wrong call.
 *
 * Keys, the mouse, pastes, sizes, news, errors, answers, time and hostile text come in any
 * order. LEAT_RANDOM_KEYS says how many presses (3,000), LEAT_RANDOM_SEED from which seed;
 * each round of 600 begins with a seed of its own, which is told when it fails. What readline
 * remembers goes from round to round.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "tests/unit/tui/view/stage.h"

#define ROUND_PRESSES 300	/* twice: the second session goes on where the first one was */
#define CALLS_MAX     400	/* a stage remembers some more */

/* readline 8.2 loses a few bytes of what is cut in vi mode. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libreadline";
}

static uint32_t seed;

static int roll(int n)
{
	seed = seed * 1103515245u + 12345u;
	return (int)(seed / 65536 % (uint32_t)n);
}

#define PICK(list) (list)[roll((int)(sizeof(list) / sizeof((list)[0])))]

static const char *const texts[] = {
	"", "a", "state=failed", "pipeline~orders|x", "~[", "-", "--yes", "1", "88121",
	"\x1b]52;c;AAAA\x07", "a\tb\nc\r\n", "\xff\xfe\x80", "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
	"\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9", "\xe2\x80\xae",
	"99999999999999999999", "{id}", "{", "\"", "'", "jobs/1/log", "logs?x", "pulse",
	("a very long text that goes on and on and does not end where a line of a screen does, "
	 "nor where the next one does, because texts of strangers have no manners at all"),
};

/* ---- what comes in -------------------------------------------------------------- */

static struct key random_key(void)
{
	struct key k = { 0 };

	switch (roll(8)) {
	case 0:
		k.code = (uint32_t)KEY_CODE_FIRST + 1 +
			 (uint32_t)roll(KEY_CODE_F12 - KEY_CODE_FIRST);
		k.mods = roll(3) == 0 ? (unsigned)roll(8) : 0;
		break;
	case 1:
		k.code = (uint32_t)('a' + roll(26));
		k.mods = roll(2) ? KEY_CTRL : KEY_ALT;
		break;
	case 2: {
		static const uint32_t far[] = { 0xe4, 0x65e5, 0x301, 0x1f469, 0x200d, 0x10ffff };

		k.code = PICK(far);
		break;
	}
	case 3: {
		static const uint32_t often[] = { KEY_CODE_ENTER, KEY_CODE_ESC, KEY_CODE_DOWN,
						  KEY_CODE_UP, KEY_CODE_TAB, ' ', ':', '/', 'y' };

		k.code = PICK(often);
		break;
	}
	default:
		k.code = (uint32_t)(' ' + roll('~' - ' ' + 1));
		break;
	}
	return k;
}

static void type_at_prompt(struct stage *s)
{
	static const char *const places[] = {
		"jobs", "connections", "mappings", "rejects", "logs", "schedules", "pulse",
		"engines", "queues", "alerts", "connectors", "help", "job list", "jobs/88121/rejects",
		"jobs state=failed", "job cancel 88121", "88121", "queue list", "theme", "nonsense",
	};
	struct input in = { .kind = INPUT_KEY, .key = { ':', 0 } };

	app_input(s->app, &in, s->now_us);
	for (const char *p = PICK(places); *p != '\0'; p++) {
		in.key.code = (unsigned char)*p;
		app_input(s->app, &in, s->now_us);
	}
	in.key.code = KEY_CODE_ENTER;
	app_input(s->app, &in, s->now_us);
}

static void random_input(struct stage *s)
{
	const char *text = PICK(texts);
	struct input in = { .kind = INPUT_KEY };

	if (roll(60) == 0) {
		type_at_prompt(s);
		return;
	}
	in.key = random_key();
	if (roll(40) == 0)
		in = (struct input){ .kind = INPUT_PASTE, .text = text, .len = strlen(text) };
	else if (roll(15) == 0)
		in = (struct input){ .kind = INPUT_MOUSE, .mouse = (enum mouse_act)roll(5),
				     .x = roll(s->w + 2), .y = roll(s->h + 2) };
	app_input(s->app, &in, s->now_us);
}

static int64_t random_job(void)
{
	static const int64_t jobs[] = { 0, 1, 5, 6, 88121, 88119, 88117, INT64_MAX };

	return PICK(jobs);
}

static void random_news(struct stage *s)
{
	static const char *const states[] = { "queued", "running", "succeeded", "failed", "dead",
					      "cancelled", "paused" };
	struct news n = {
		.kind = (enum news_kind)roll(6), .job = random_job(), .state = PICK(states),
		.read = roll(1 << 20), .written = roll(1 << 20), .rejected = roll(100),
		.bytes = roll(1 << 30), .total_bytes = roll(3) - 1, .rows_per_s = roll(1000),
		.eta_ms = roll(100000) - 1, .log_id = roll(3000), .rtt_us = roll(1 << 20),
		.retry_ms = roll(1000), .server = "private",
	};

	if (n.kind == NEWS_DOWN && roll(3) > 0)
		n.kind = NEWS_UP;
	snprintf(n.text, sizeof(n.text), "%s", PICK(texts));
	app_news(s->app, &n, s->now_us);
}

/* Answers what the world of the tests leaves open. */
static void random_answer(struct stage *s)
{
	char rows[600], name[80];

	if (stage_asked(s, "") == NULL)
		return;
	snprintf(name, sizeof(name), "%s", PICK(texts));
	for (char *p = name; *p != '\0'; p++)
		*p = *p == '|' || *p == '\n' ? '.' : *p;
	snprintf(rows, sizeof(rows), "job|state|name|line|id|at\n5|failed|%s|%s|%d|-\n"
		 "6|running|b|-|-|2026-11-20T09:58:00Z\n", name, name, roll(3000));
	switch (roll(4)) {
	case 0:
		stage_fail(s, "", (enum err_code)(ERR_OK + 1 + roll(6)), PICK(texts));
		break;
	case 1:
		stage_plan(s, "", rows);
		break;
	default:
		stage_answer(s, "", rows);
		break;
	}
}

static void random_event(struct stage *s)
{
	struct cmd_progress p = { .job = random_job(), .phase = PICK(texts), .rows = roll(1 << 20),
				  .total_bytes = roll(2) - 1, .eta_ms = -1 };

	switch (roll(7)) {
	case 0:
		s->w = roll(4) == 0 ? roll(12) + 1 : roll(220) + 1;
		s->h = roll(4) == 0 ? roll(6) + 1 : roll(70) + 1;
		app_size(s->app, s->w, s->h);
		break;
	case 1:
		stage_pass(s, roll(8000));
		break;
	case 2:
		app_note(s->app, LOG_ERROR + roll(3), PICK(texts), s->now_us);
		break;
	case 3:
		if (s->ncalls > 0)
			app_progress(s->app, s->call[roll(s->ncalls)].token, &p, s->now_us);
		break;
	case 4:
		random_answer(s);
		break;
	default:
		random_news(s);
		break;
	}
}

/* ---- rounds --------------------------------------------------------------------- */

static struct stage *random_stage(const char *kept)
{
	static const char *const presets[] = { NULL, "default", "vim", "htop", "mutt" };
	struct app_options o = {
		.keys = PICK(presets), .is_read_only = roll(6) == 0, .is_prod = roll(6) == 0,
		.has_mouse = true, .workers = roll(3), .kept = kept,
	};
	struct stage *s = stage_open(80, 24, &o, roll(5) == 0);
	const char *top = getenv("LEAT_SOURCE");
	char world[512];

	s->grid->is_ascii = roll(4) == 0;
	snprintf(world, sizeof(world), "%s/tests/tui/world.txt", top != NULL ? top : ".");
	if (roll(3) > 0)
		stage_world(s, world);
	return s;
}

/* What it would have kept for the next session, in mem. */
static char *play(struct arena *mem, const char *kept)
{
	struct stage *s = random_stage(kept);
	char *state;

	for (int i = 0; i < ROUND_PRESSES && s->ncalls < CALLS_MAX && !app_is_done(s->app); i++) {
		s->now_us += 10000;
		random_input(s);
		if (roll(4) == 0)
			random_event(s);
		app_draw(s->app, s->grid);
		assert_int_equal(s->grid->w, s->w);
		stage_settle(s);
	}
	state = app_state(s->app, mem);
	stage_close(s);
	return state;
}

static void random_hands_break_nothing(void **state)
{
	const char *many = getenv("LEAT_RANDOM_KEYS"), *from = getenv("LEAT_RANDOM_SEED");
	long presses = many != NULL ? strtol(many, NULL, 10) : 3000;
	uint32_t first = from != NULL ? (uint32_t)strtoul(from, NULL, 10) : 7;

	(void)state;
	for (long round = 0; round * 2 * ROUND_PRESSES < presses; round++) {
		struct arena *mem = arena_new(NULL, "round");

		seed = first + (uint32_t)round;
		/* What a crash leaves on the terminal. */
		if (many != NULL)
			fprintf(stderr, "\r# LEAT_RANDOM_SEED=%u", (unsigned)seed);
		play(mem, play(mem, NULL));
		arena_free(mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_hands_break_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
