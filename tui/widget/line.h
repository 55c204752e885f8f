/*
 * tui/widget/line.h
 *	One line being typed, edited by readline: history, completion, its usual keys.
 *
 * The only place with readline in the console. Bytes of keys go in, the line is
 * drawn from readline's buffer; readline never touches the terminal. Each kind
 * of line (command, filter, search, field) has a history of its own, kept in a file
 * when it has a name; the keys for it are readline's, the history is ours. Pasted
 * text becomes one line, whatever it holds, and runs nothing.
 *
 * Memory:  one line at a time in a process: readline's state is global.
 * Threads: one.
 */
#ifndef TUI_WIDGET_LINE_H
#define TUI_WIDGET_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/term/grid.h"
#include "tui/term/key.h"

enum line_result { LINE_GOES_ON, LINE_DONE, LINE_GIVEN_UP };

/*
 * Candidates for the word that ends at byte `at` of text: calls add for each, with the text
 * that replaces bytes from .. at. May answer later: see line_offer().
 */
typedef void (*line_complete_fn)(void *ctx, const char *text, size_t at);

struct line_options {
	const char *label;	/* ":" , "/" , "name: " */
	const char *start;	/* text to begin with; NULL: none */
	const char *history;	/* "command", "filter", ...; NULL: none is kept */
	bool is_secret;		/* shown as dots, never in a history */
	line_complete_fn complete;	/* NULL: Tab does nothing */
	void *ctx;
};

/*
 * Begins a line; one that was there is given up. The first one reads the user's inputrc (what
 * is wrong in that file is said at the prompt of the batch face, not here) and sets LC_CTYPE of
 * the process from the environment, as readline does.
 */
void line_open(const struct line_options *o);
void line_close(void);
bool line_is_open(void);

/*
 * Enter: done. Esc, Ctrl-C and Ctrl-D on an empty line: given up (in vi mode Esc leaves
 * inserting first). Tab asks for candidates; among several, Tab and Shift-Tab go through
 * them, Enter takes the chosen one without sending the line, Esc hides them.
 */
enum line_result line_key(struct key k);
/* One line at the cursor, at most 64 kB: ends of lines are spaces. Nothing is run by it. */
void line_paste(const char *p, size_t n);

/* The text; also after LINE_DONE until the next line_open(). */
const char *line_text(void);
/* Replaces all of it; the cursor goes to the end. */
void line_set(const char *text);

/*
 * Candidates for what is being typed: words that replace bytes from .. the cursor. What all
 * have in common goes into the line at once; several are shown by line_draw_offers(). help[i]
 * may be NULL. is_open[i]: no space behind it. Not looked at when the line has changed since.
 */
void line_offer(const char *for_text, size_t from, int n, const char *const *word,
		const char *const *help, const bool *is_open);

/* On line y of the area; sets the grid's cursor. */
void line_draw(struct area a, int y);
/* Candidates above line y, at most h of them; returns how many lines were used. */
int line_draw_offers(struct area a, int y, int h);

/* Folder of history files; NULL: no histories. Copied. */
void line_folder(const char *path);
#endif
