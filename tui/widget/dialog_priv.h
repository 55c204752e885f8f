/*
 * tui/widget/dialog_priv.h
 *	What the two halves of a dialog share.
 *
 * Memory:  owned by dialog.c.
 * Threads: one.
 */
#ifndef TUI_WIDGET_DIALOG_PRIV_H
#define TUI_WIDGET_DIALOG_PRIV_H

#include "tui/widget/dialog.h"
#include "tui/widget/match.h"
#include "tui/widget/typed.h"

enum dialog_kind { DIALOG_CONFIRM, DIALOG_TELL, DIALOG_MENU };

#define MENU_WORDS 8	/* more of them narrow nothing further */

struct menu_item {
	char *text, *key, *why_not;
};

struct dialog {
	enum dialog_kind kind;
	char *title, *text;
	enum role role;		/* of the border */
	bool is_prod;
	char *word;		/* to be typed; NULL: y is enough */
	bool is_wrong;		/* Enter came, and something else was typed */
	struct typed typed;
	int top;		/* first row of the text that is shown */
	int page;		/* rows of text, or of items, in the last drawing */

	struct menu_item *item;
	int n;
	int *shown;		/* items that match what was typed */
	int nshown;
	int at;			/* item under the cursor; -1: none */
	struct match match[MENU_WORDS];	/* what was typed, word by word */
	int nmatch;
};

/* Which items are shown, after something was typed. */
void dialog_narrow(struct dialog *d);
#endif
