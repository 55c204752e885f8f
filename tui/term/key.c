/*
 * tui/term/key.c
 *	Names of keys, both ways.
 */
#include "tui/term/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

static const struct {
	const char *name;
	uint32_t code;
} names[] = {
	{ "enter", KEY_CODE_ENTER },
	{ "esc", KEY_CODE_ESC },
	{ "tab", KEY_CODE_TAB },
	{ "backspace", KEY_CODE_BACKSPACE },
	{ "up", KEY_CODE_UP },
	{ "down", KEY_CODE_DOWN },
	{ "left", KEY_CODE_LEFT },
	{ "right", KEY_CODE_RIGHT },
	{ "home", KEY_CODE_HOME },
	{ "end", KEY_CODE_END },
	{ "pgup", KEY_CODE_PGUP },
	{ "pgdn", KEY_CODE_PGDN },
	{ "insert", KEY_CODE_INSERT },
	{ "delete", KEY_CODE_DELETE },
	{ "space", ' ' },
};

static const struct {
	const char *prefix;
	unsigned mod;
} mods[] = {
	{ "ctrl-", KEY_CTRL },
	{ "alt-", KEY_ALT },
	{ "shift-", KEY_SHIFT },
};

/* What a terminal sends for the first is what it sends for the second. */
static const struct {
	uint32_t letter;	/* with Ctrl */
	uint32_t code;
} same[] = {
	{ 'h', KEY_CODE_BACKSPACE },
	{ 'i', KEY_CODE_TAB },
	{ 'j', KEY_CODE_ENTER },
	{ 'm', KEY_CODE_ENTER },
	{ '[', KEY_CODE_ESC },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

bool key_equal(struct key a, struct key b)
{
	return a.code == b.code && a.mods == b.mods;
}

/* "f1".."f12"; 0: something else. */
static uint32_t function_key(const char *name)
{
	char *end;
	long n;

	if (name[0] != 'f' || name[1] < '1' || name[1] > '9')
		return 0;
	n = strtol(name + 1, &end, 10);
	return *end == '\0' && n <= 12 ? KEY_CODE_F1 + (uint32_t)n - 1 : 0;
}

/* The name without modifiers; 0: none. */
static uint32_t code_of(const char *name)
{
	size_t n = strlen(name);
	uint32_t c = function_key(name);

	if (c != 0)
		return c;
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].code;
	if (n == 0 || utf8_decode(name, n, &c) != n || c <= ' ' || text_cells(c) < 1)
		return 0;
	return c;
}

/* With Ctrl a letter has no case, and some are other keys. */
static void fold_ctrl(struct key *k)
{
	if ((k->mods & KEY_CTRL) == 0)
		return;
	if (k->code >= 'A' && k->code <= 'Z')
		k->code += 'a' - 'A';
	for (size_t i = 0; i < COUNT(same); i++) {
		if (k->code == same[i].letter) {
			k->code = same[i].code;
			k->mods &= ~(unsigned)KEY_CTRL;
			return;
		}
	}
}

/* Takes one modifier off the front of *name; 0: there is none. */
static unsigned take_mod(const char **name)
{
	for (size_t i = 0; i < COUNT(mods); i++) {
		size_t n = strlen(mods[i].prefix);

		if (strncmp(*name, mods[i].prefix, n) == 0) {
			*name += n;
			return mods[i].mod;
		}
	}
	return 0;
}

bool key_parse(const char *name, struct key *out)
{
	struct key k = { 0 };

	for (unsigned mod; (mod = take_mod(&name)) != 0; k.mods |= mod)
		if ((k.mods & mod) != 0)
			return false;
	k.code = code_of(name);
	if (k.code == 0 || ((k.mods & KEY_SHIFT) != 0 && k.code < KEY_CODE_FIRST))
		return false;
	fold_ctrl(&k);
	*out = k;
	return true;
}

void key_name(struct key k, char *buf, size_t size)
{
	char text[16] = "";

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].code == k.code)
			snprintf(text, sizeof(text), "%s", names[i].name);
	if (k.code >= KEY_CODE_F1 && k.code <= KEY_CODE_F12)
		snprintf(text, sizeof(text), "f%u", (unsigned)(k.code - KEY_CODE_F1 + 1));
	if (text[0] == '\0' && k.code > ' ' && k.code < KEY_CODE_FIRST)
		text[utf8_encode(k.code, text)] = '\0';
	snprintf(buf, size, "%s%s%s%s", (k.mods & KEY_CTRL) != 0 ? "ctrl-" : "",
		 (k.mods & KEY_ALT) != 0 ? "alt-" : "", (k.mods & KEY_SHIFT) != 0 ? "shift-" : "",
		 text);
}
