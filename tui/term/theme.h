/*
 * tui/term/theme.h
 *	How each role looks: read from a text file, and fitted to what the terminal can.
 *
 * A theme file has a line per role, `name = FG [on BG] [bold] [underline]
 * [reverse] [italic] [dim]`; `#` at the start of a line begins a comment. A colour is
 * `default`, one of the sixteen names (black, red, ..., white, bright-red, ...),
 * a number 0..255 of the usual palette, or #rrggbb. `role.256 = ...`, `role.16`,
 * `role.8` and `role.mono` say how it looks on a poorer terminal; without them the
 * nearest colours of what is said for the next better one are taken, and on a
 * monochrome one the attributes alone.
 * `name = ...` in the first lines is the title; roles that are not named look
 * like those of the built-in default.
 *
 * Memory:  struct theme is a value.
 * Threads: any.
 */
#ifndef TUI_TERM_THEME_H
#define TUI_TERM_THEME_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "tui/term/grid.h"

struct arena;

/* What the terminal can: number of colours. */
enum ladder { LADDER_MONO = 0, LADDER_8 = 8, LADDER_16 = 16, LADDER_256 = 256,
	      LADDER_TRUE = 1 << 24 };

#define THEME_DEFAULT_COLOUR (-1)
#define THEME_RGB (1 << 24)

enum look_attr { LOOK_BOLD = 1 << 0, LOOK_UNDERLINE = 1 << 1, LOOK_REVERSE = 1 << 2,
		 LOOK_ITALIC = 1 << 3, LOOK_DIM = 1 << 4 };

/* THEME_DEFAULT_COLOUR, 0..255, or THEME_RGB | 0xrrggbb (on the highest step alone). */
struct look {
	int fg, bg;
	unsigned attr;		/* enum look_attr */
};

#define THEME_STEPS 5

struct theme {
	char name[64];		/* of the file, without folder and ".theme" */
	char title[64];
	struct look look[THEME_STEPS][ROLE_COUNT];	/* mono, 8, 16, 256, true */
};

/* The theme that is built in, so that a screen is there without any file. */
void theme_default(struct theme *out);

/* Text of a file; ERR_CONFIG names line and what is wrong there. file is for the message. */
enum err_code theme_parse(const char *file, const char *text, struct theme *out,
			  struct err *err) MUST_USE;

/*
 * By name (looked for in ~/.config/leat/themes, then in the installed ones and those of the
 * sources that the program was built beside, LEAT_THEMES first
 * of all) or by path, when it holds a '/'. ERR_NOT_FOUND names the nearest.
 */
enum err_code theme_load(const char *name, struct theme *out, struct err *err) MUST_USE;

/* Names of all themes there are, sorted, each once; returns how many. In mem. */
int theme_list(struct arena *mem, const char ***out);

/* Path of the file that `name` was read from, for watching it; false: built in. */
bool theme_path(const char *name, char *buf, size_t size);

const struct look *theme_look(const struct theme *t, enum ladder ladder, enum role role);
#endif
