/*
 * tui/widget/form_priv.h
 *	What the two halves of a form share.
 *
 * Memory:  owned by form.c.
 * Threads: one.
 */
#ifndef TUI_WIDGET_FORM_PRIV_H
#define TUI_WIDGET_FORM_PRIV_H

#include "tui/widget/form.h"

struct form_value {
	const struct form_field *spec;
	char *text;		/* never NULL */
	char *start;		/* what it was at first */
	char *fault;		/* NULL: none */
};

struct form {
	char *title;
	struct form_value *value;
	int n;
	int at;			/* field with the cursor */
	bool is_typing;		/* the line is ours: it edits that field */
	char *fault;		/* about all of it; NULL: none */
	int top;		/* first row that is shown */
};

/* Whether the field is one that is typed. */
bool form_is_typed(const struct form_field *f);
/* The i-th of "a|b|c"; its bytes in *n. NULL: there is none. */
const char *form_choice(const char *choices, int i, size_t *n);
#endif
