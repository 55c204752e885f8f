/*
 * tui/term/key.h
 *	Keys and what else comes in from a terminal, and their names.
 *
 * Names are those of key files and of help: "a", "R", "space", "enter", "esc",
 * "tab", "shift-tab", "up", "pgdn", "f3", "ctrl-p", "alt-k". Upper case letters
 * stand for themselves: "R", never "shift-r". Keys that no terminal can tell
 * apart are one key: "ctrl-i" is "tab", "ctrl-m" is "enter", "ctrl-[" is "esc".
 *
 * Memory:  values; texts of a paste are borrowed until the next read.
 * Threads: any.
 */
#ifndef TUI_TERM_KEY_H
#define TUI_TERM_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Above all of Unicode. */
enum key_code {
	KEY_NONE_ = 0,
	KEY_CODE_FIRST = 0x110000,
	KEY_CODE_ENTER, KEY_CODE_ESC, KEY_CODE_TAB, KEY_CODE_BACKSPACE,
	KEY_CODE_UP, KEY_CODE_DOWN, KEY_CODE_LEFT, KEY_CODE_RIGHT,
	KEY_CODE_HOME, KEY_CODE_END, KEY_CODE_PGUP, KEY_CODE_PGDN,
	KEY_CODE_INSERT, KEY_CODE_DELETE,
	KEY_CODE_F1,		/* .. F12 behind it */
	KEY_CODE_F12 = KEY_CODE_F1 + 11
};

enum key_mod { KEY_SHIFT = 1 << 0, KEY_ALT = 1 << 1, KEY_CTRL = 1 << 2 };

struct key {
	uint32_t code;		/* a character, or enum key_code */
	unsigned mods;		/* enum key_mod; KEY_SHIFT only beside enum key_code */
};

bool key_equal(struct key a, struct key b);
/* false: not the name of a key. */
bool key_parse(const char *name, struct key *out);
/* The name; size >= 32. */
void key_name(struct key k, char *buf, size_t size);

enum input_kind {
	INPUT_KEY,
	INPUT_MOUSE,
	INPUT_PASTE,	/* text, all of it; never keys */
	INPUT_RESIZE,	/* the terminal has another size: term_size() */
	INPUT_GROUND,	/* what stands behind all text: the answer to term_ask_ground() */
	INPUT_LOST	/* the terminal is gone: leave */
};
enum mouse_act { MOUSE_PRESS, MOUSE_DOUBLE, MOUSE_RIGHT, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct input {
	enum input_kind kind;
	struct key key;
	enum mouse_act mouse;
	int x, y;		/* of the mouse */
	bool is_light;		/* of the ground */
	const char *text;	/* of a paste */
	size_t len;
};
#endif
