/*
 * tests/unit/tui/term/decode_test.c
 *	What terminals send is understood, in whatever pieces it comes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/term/decode.h"

static void feed(struct decoder *d, const char *p, size_t n, int64_t now_ms)
{
	while (n > 0) {
		size_t size;
		unsigned char *to = decoder_room(d, &size);

		size = size < n ? size : n;
		assert_true(size > 0);
		memcpy(to, p, size);
		decoder_came(d, size, now_ms);
		p += size;
		n -= size;
		if (n > 0) {
			struct input in;

			assert_false(decoder_next(d, now_ms, &in));
		}
	}
}

/* Adds the input's name to text. */
static void tell(const struct input *in, char *text, size_t size)
{
	static const char *const acts[] = { "press", "double", "right", "wheel-up",
					    "wheel-down" };
	size_t n = strlen(text);
	char name[32];

	if (n > 0 && n + 1 < size)
		text[n++] = ' ';
	switch (in->kind) {
	case INPUT_KEY:
		key_name(in->key, name, sizeof(name));
		snprintf(text + n, size - n, "%s", name);
		break;
	case INPUT_MOUSE:
		snprintf(text + n, size - n, "%s@%d,%d", acts[in->mouse], in->x, in->y);
		break;
	case INPUT_PASTE:
		assert_int_equal(strlen(in->text), in->len);
		snprintf(text + n, size - n, "paste(%s)", in->text);
		break;
	case INPUT_GROUND:
		snprintf(text + n, size - n, in->is_light ? "light" : "dark");
		break;
	default:
		fail();
	}
}

/* Everything that the bytes mean, once time has passed. */
static const char *meaning(const char *p, size_t n, size_t piece)
{
	static char text[1024];
	struct decoder d;
	struct input in;
	int64_t now = 1000;

	text[0] = '\0';
	decoder_init(&d);
	for (size_t at = 0; at < n; at += piece) {
		feed(&d, p + at, n - at < piece ? n - at : piece, now);
		while (decoder_next(&d, now, &in))
			tell(&in, text, sizeof(text));
		now += 3;
	}
	for (int i = 0; i < 2; i++) {
		now += 1000;
		while (decoder_next(&d, now, &in))
			tell(&in, text, sizeof(text));
	}
	assert_int_equal(decoder_due_ms(&d), -1);
	decoder_release(&d);
	return text;
}

static const struct {
	const char *bytes;
	const char *means;
} known[] = {
	{ "aR ?", "a R space ?" },
	{ "\r\n\t\x7f\x08", "enter enter tab backspace backspace" },
	{ "\x01\x03\x11\x13\x1a\x1c\x1d\x1f",
	  "ctrl-a ctrl-c ctrl-q ctrl-s ctrl-z ctrl-\\ ctrl-] ctrl-_" },
	{ "\xc3\xa4\xe6\x97\xa5\xf0\x9f\x98\x80", "ä 日 😀" },
	{ "\x1b[A\x1b[B\x1b[C\x1b[D\x1bOA\x1bOD", "up down right left up left" },
	{ "\x1b[1;2C\x1b[1;5D\x1b[1;3A\x1b[1;8B",
	  "shift-right ctrl-left alt-up ctrl-alt-shift-down" },
	{ "\x1b[H\x1b[F\x1bOH\x1bOF\x1b[1~\x1b[4~\x1b[7~\x1b[8~",
	  "home end home end home end home end" },
	{ "\x1b[2~\x1b[3~\x1b[5~\x1b[6~\x1b[5;5~", "insert delete pgup pgdn ctrl-pgup" },
	{ "\x1bOP\x1bOS\x1b[15~\x1b[24~\x1b[11~", "f1 f4 f5 f12 f1" },
	{ "\x1b[1;2P\x1b[1;5S\x1b[17;2~", "shift-f1 ctrl-f4 shift-f6" },
	{ "\x1b[[A\x1b[[E", "f1 f5" },
	{ "\x1b[Z", "shift-tab" },
	{ "\x1b[a\x1bOd\x1b[3^\x1b[3@", "shift-up ctrl-left ctrl-delete ctrl-shift-delete" },
	{ "\x1bk\x1bK\x1b\r\x1b\x18\x1b\xc3\xa4",
	  "alt-k alt-K alt-enter ctrl-alt-x alt-ä" },
	{ "\x1b\x1b[A", "alt-up" },
	{ "\x1b[<0;10;5M\x1b[<0;10;5m\x1b[<0;10;5M\x1b[<0;10;5m",
	  "press@9,4 double@9,4" },
	{ "\x1b[<2;1;1M\x1b[<64;3;4M\x1b[<65;3;4M\x1b[<1;3;4M\x1b[<35;3;4M",
	  "right@0,0 wheel-up@2,3 wheel-down@2,3" },
	{ "\x1b[<16;300;200M", "press@299,199" },
	/* Pastes are text, whatever is in them. */
	{ "\x1b[200~rm -rf\r\x1b[A\x03\x1b\x1b[201~x", "paste(rm -rf\n\x1b[A\x03\x1b) x" },
	{ "\x1b[200~a\r\nb\rc\nd\r\x1b[201~", "paste(a\nb\nc\nd\n)" },
	{ "\x1b[200~\x1b[201~", "paste()" },
	{ "\x1b[200~\x1b[20\x1b[201\x1b[201~", "paste(\x1b[20\x1b[201)" },
	/* Nobody asked: answers of the terminal, focus, sequences of other days. */
	{ "\x1b[I\x1b[O\x1b[?62;4c\x1b[24;80Rq", "q" },
	{ "\x1b]10;rgb:1e1e/1e1e/1e1e\x07\x1b]52;c;aa\x1b\\\x1bP1+r\x1b\\q", "q" },
	{ "\x1b]11;rgb:1e1e/2f2f/3a3a\x07\x1b]11;rgb:f/fd/e00b\x1b\\\x1b]11;rgb:00ff/0/0f0\x07q",
	  "dark light dark q" },
	{ "\x1b]11;rgb:1e1e/2f2f\x07\x1b]11;rgb:1/2/3/4\x07\x1b]11;rgb:12345/1/1\x07"
	  "\x1b]11;rgb:g/1/1\x07\x1b]11;?\x07\x1b]11;rgb://\x07q", "q" },
	{ "\x1b[38;2;1;2;3;4;5;6mz\x1b[999999999999999~z\x1b[>0$yz", "z z z" },
	{ "\xff\xc0\x80\xe6\x97q\x9b", "q" },
	{ "\xc2\x9bq", "q" },
	/* What time alone decides. */
	{ "\x1b", "esc" },
	{ "\x1b\x1b", "esc esc" },
	{ "\x1b[", "alt-[" },
	{ "\x1bO", "alt-O" },
	{ "\x1b]", "alt-]" },
	{ "\x1b[1;", "" },
	{ "\xe6\x97", "" },
};

static void what_terminals_send_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_string_equal(meaning(known[i].bytes, strlen(known[i].bytes), 4096),
				    known[i].means);
	assert_string_equal(meaning("\0", 1, 1), "ctrl-space");
}

/* A slow line cuts anywhere; only where time decides may the meaning differ. */
static void pieces_mean_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		for (size_t piece = 1; piece < 8; piece++)
			assert_string_equal(meaning(known[i].bytes, strlen(known[i].bytes),
						    piece), known[i].means);
}

static void esc_waits_a_moment(void **state)
{
	struct decoder d;
	struct input in;

	(void)state;
	decoder_init(&d);
	assert_int_equal(decoder_due_ms(&d), -1);
	feed(&d, "\x1b", 1, 5000);
	assert_false(decoder_next(&d, 5000, &in));
	assert_int_equal(decoder_due_ms(&d), 5000 + ESC_WAIT_MS);
	assert_false(decoder_next(&d, 5000 + ESC_WAIT_MS - 1, &in));
	assert_true(decoder_next(&d, 5000 + ESC_WAIT_MS, &in));
	assert_int_equal(in.key.code, KEY_CODE_ESC);
	assert_int_equal(decoder_due_ms(&d), -1);
	/* A sequence that is on its way gets longer: a slow line. */
	feed(&d, "\x1b[1", 3, 6000);
	assert_false(decoder_next(&d, 6100, &in));
	feed(&d, ";2A", 3, 6200);
	assert_true(decoder_next(&d, 6200, &in));
	assert_int_equal(in.key.code, KEY_CODE_UP);
	decoder_release(&d);
}

static void a_slow_second_click_is_a_click(void **state)
{
	struct decoder d;
	struct input in;

	(void)state;
	decoder_init(&d);
	for (int i = 0; i < 3; i++) {
		feed(&d, "\x1b[<0;2;2M", 9, 1000 * i);
		assert_true(decoder_next(&d, 1000 * i, &in));
		assert_int_equal(in.mouse, MOUSE_PRESS);
	}
	/* The third of three quick ones begins anew. */
	feed(&d, "\x1b[<0;2;2M\x1b[<0;2;2M", 18, 2100);
	assert_true(decoder_next(&d, 2100, &in));
	assert_int_equal(in.mouse, MOUSE_DOUBLE);
	assert_true(decoder_next(&d, 2100, &in));
	assert_int_equal(in.mouse, MOUSE_PRESS);
	decoder_release(&d);
}

static void a_paste_has_a_limit(void **state)
{
	size_t n = PASTE_MAX + 100000;
	char *text = malloc(n);
	struct decoder d;
	struct input in;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	decoder_init(&d);
	feed(&d, "\x1b[200~", 6, 0);
	assert_false(decoder_next(&d, 0, &in));
	feed(&d, text, n, 0);
	assert_false(decoder_next(&d, 0, &in));
	/* However long the end takes, the rest of a paste is never typed. */
	assert_int_equal(decoder_due_ms(&d), -1);
	assert_false(decoder_next(&d, 1000000, &in));
	feed(&d, "\x1b[201~q", 7, 1000000);
	assert_true(decoder_next(&d, 1000000, &in));
	assert_int_equal(in.kind, INPUT_PASTE);
	assert_int_equal(in.len, PASTE_MAX);
	assert_true(decoder_next(&d, 1000000, &in));
	assert_int_equal(in.key.code, 'q');
	decoder_release(&d);
	free(text);
}

/* Anything at all may come: nothing hangs, and time empties what is left. */
static void noise_is_survived(void **state)
{
	static const char letters[] = "\x1b\x1b\x1b[[O]P<?;;0123456789~^@MmAZ\x07\\u\x80\xc3\xff";
	struct decoder d;
	struct input in;
	uint32_t seed = 12345;

	(void)state;
	decoder_init(&d);
	for (int64_t now = 0; now < 200000; now++) {
		char c;

		seed = seed * 1664525 + 1013904223;
		c = letters[(seed >> 8) % (sizeof(letters) - 1)];
		feed(&d, &c, 1, now);
		while (decoder_next(&d, now, &in))
			assert_true(in.kind != INPUT_KEY || in.key.code != 0);
	}
	decoder_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_terminals_send_is_known),
		cmocka_unit_test(pieces_mean_the_same),
		cmocka_unit_test(esc_waits_a_moment),
		cmocka_unit_test(a_slow_second_click_is_a_click),
		cmocka_unit_test(a_paste_has_a_limit),
		cmocka_unit_test(noise_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
