/*
 * tui/widget/line_keys.c
 *	Keys as the bytes that a terminal would have sent for them.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "tui/widget/line_priv.h"

/* Keys that are ESC [ and a letter, or ESC [ and a number and ~. */
static const struct {
	uint32_t code;
	char letter;		/* 0: by number */
	int number;		/* 0: by letter alone */
} cursor_keys[] = {
	{ KEY_CODE_UP, 'A', 0 }, { KEY_CODE_DOWN, 'B', 0 }, { KEY_CODE_RIGHT, 'C', 0 },
	{ KEY_CODE_LEFT, 'D', 0 }, { KEY_CODE_HOME, 'H', 1 }, { KEY_CODE_END, 'F', 4 },
	{ KEY_CODE_INSERT, 0, 2 }, { KEY_CODE_DELETE, 0, 3 }, { KEY_CODE_PGUP, 0, 5 },
	{ KEY_CODE_PGDN, 0, 6 },
};

struct out {
	char (*text)[16];
	size_t *len;
	int n;
};

static void add(struct out *o, const char *bytes, size_t n)
{
	if (o->n == LINE_SEQUENCES || n > sizeof(o->text[0]))
		return;
	memcpy(o->text[o->n], bytes, n);
	o->len[o->n++] = n;
}

static void add_text(struct out *o, const char *text)
{
	add(o, text, strlen(text));
}

/* As xterm counts modifiers: 1 and the sum of shift 1, alt 2, ctrl 4. */
static int modifier(struct key k)
{
	return 1 + ((k.mods & KEY_SHIFT) != 0 ? 1 : 0) + ((k.mods & KEY_ALT) != 0 ? 2 : 0) +
	       ((k.mods & KEY_CTRL) != 0 ? 4 : 0);
}

static void cursor_key(struct out *o, struct key k, char letter, int number)
{
	char text[16];

	if (k.mods != 0) {
		snprintf(text, sizeof(text), "\033[%d;%d%c", letter != 0 ? 1 : number, modifier(k),
			 letter != 0 ? letter : '~');
		add_text(o, text);
		return;
	}
	if (letter != 0) {
		snprintf(text, sizeof(text), "\033[%c", letter);
		add_text(o, text);
		text[1] = 'O';
		add_text(o, text);
	}
	if (number != 0) {
		snprintf(text, sizeof(text), "\033[%d~", number);
		add_text(o, text);
	}
}

static void function_key(struct out *o, int n)
{
	static const int number[12] = { 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24 };
	char text[16];

	if (n < 4) {
		snprintf(text, sizeof(text), "\033O%c", 'P' + n);
		add_text(o, text);
	}
	snprintf(text, sizeof(text), "\033[%d~", number[n]);
	add_text(o, text);
}

/* One character, with ESC before it for Alt. */
static void character(struct out *o, struct key k, uint32_t c)
{
	char bytes[8];
	size_t n = 0;

	if ((k.mods & KEY_ALT) != 0)
		bytes[n++] = '\033';
	/* Not a zero byte: readline takes it into the line, and then for its end. */
	if ((k.mods & KEY_CTRL) != 0 && (c & 0x1F) == 0)
		return;
	if ((k.mods & KEY_CTRL) != 0)
		bytes[n++] = (char)(c & 0x1F);
	else
		n += utf8_encode(c, bytes + n);
	add(o, bytes, n);
}

int line_sequences(struct key k, char out[LINE_SEQUENCES][16], size_t len[LINE_SEQUENCES])
{
	struct out o = { out, len, 0 };

	if (k.code >= KEY_CODE_F1 && k.code <= KEY_CODE_F12 && k.mods == 0)
		function_key(&o, (int)(k.code - KEY_CODE_F1));
	for (size_t i = 0; i < sizeof(cursor_keys) / sizeof(cursor_keys[0]); i++)
		if (cursor_keys[i].code == k.code)
			cursor_key(&o, k, cursor_keys[i].letter, cursor_keys[i].number);
	if (k.code == KEY_CODE_ENTER)
		character(&o, (struct key){ 0, k.mods & KEY_ALT }, '\r');
	else if (k.code == KEY_CODE_BACKSPACE)
		character(&o, (struct key){ 0, k.mods & KEY_ALT }, 0x7F);
	else if (k.code == KEY_CODE_ESC)
		add_text(&o, "\033");
	else if (k.code == KEY_CODE_TAB && k.mods == KEY_SHIFT)
		add_text(&o, "\033[Z");
	else if (k.code == KEY_CODE_TAB)
		character(&o, (struct key){ 0, k.mods & KEY_ALT }, '\t');
	else if (k.code > 0 && k.code < KEY_CODE_FIRST &&
		 ((k.mods & KEY_CTRL) == 0 || k.code < 0x80))
		character(&o, k, k.code);
	return o.n;
}
