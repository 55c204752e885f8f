/*
 * tui/widget/dialog.h
 *	What is asked or told in the middle of the screen: confirm, choose, read.
 *
 * A confirmation has the weight of its danger: 0 needs none, 1 is a note that
 * can be undone, 2 wants y, 3 wants a word typed (a count or a name). Enter alone never
 * confirms.
 *
 * Memory:  a heap object; texts are copied.
 * Threads: one.
 */
#ifndef TUI_WIDGET_DIALOG_H
#define TUI_WIDGET_DIALOG_H

#include <stdbool.h>

#include "tui/term/grid.h"
#include "tui/term/key.h"

enum dialog_result { DIALOG_GOES_ON, DIALOG_YES, DIALOG_NO };

struct dialog;

/*
 * Asks for consent. text: lines of the plan, parted by \n. word: what has to be typed
 * (danger 3), NULL: y is enough. is_prod: the frame and the word PROD say where it happens.
 */
struct dialog *dialog_confirm(const char *title, const char *text, const char *word,
			      bool is_prod);
/* Tells; any of Enter, Esc, q answers DIALOG_NO. */
struct dialog *dialog_tell(const char *title, const char *text, enum role role);

struct dialog_item {
	const char *text;
	const char *key;	/* name of its key; NULL: none */
	const char *why_not;	/* it is dim, and this is why; NULL: it can be chosen */
};
/* Chooses one: arrows, typing narrows, Enter. What cannot be chosen can be stood on. */
struct dialog *dialog_menu(const char *title, const struct dialog_item *item, int n);

void dialog_free(struct dialog *d);	/* NULL is fine */

enum dialog_result dialog_key(struct dialog *d, struct key k);
void dialog_paste(struct dialog *d, const char *p, size_t n);
/* Of a menu after DIALOG_YES: place in the list given. */
int dialog_chosen(const struct dialog *d);
/* Of a menu: the item under the cursor now, for previews; -1: none. */
int dialog_at(const struct dialog *d);

/* In the middle of the area, as large as it needs and the area allows. */
void dialog_draw(struct dialog *d, struct area a);
#endif
