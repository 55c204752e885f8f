/*
 * tui/widget/form.h
 *	Named fields to fill in, one under the other.
 *
 * Fields are text, a choice, yes or no, a number, or a secret. The one with the
 * cursor is edited by a line (line.h). What a field must be is told under it at
 * once; a form with a fault cannot be sent.
 *
 * Memory:  a heap object; specs are borrowed while it lives, values are copied.
 * Threads: one.
 */
#ifndef TUI_WIDGET_FORM_H
#define TUI_WIDGET_FORM_H

#include <stdbool.h>

#include "tui/term/grid.h"
#include "tui/term/key.h"

enum field_kind { FIELD_TEXT, FIELD_NUMBER, FIELD_BOOL, FIELD_CHOICE, FIELD_SECRET };

struct form_field {
	const char *name;	/* of the option */
	const char *label;	/* as shown */
	enum field_kind kind;
	const char *choices;	/* "a|b|c" */
	const char *help;	/* a sentence */
	const char *preset;	/* NULL: empty */
	bool is_required;
};

enum form_result { FORM_GOES_ON, FORM_SENT, FORM_GIVEN_UP };

struct form;

struct form *form_new(const char *title, const struct form_field *fields, int n);
void form_free(struct form *f);	/* NULL is fine */

/* Enter and Tab: next field; Enter on the last one or F2: sends; Esc: gives up. */
enum form_result form_key(struct form *f, struct key k);
void form_paste(struct form *f, const char *p, size_t n);

/* "" when nothing was filled in. */
const char *form_value(const struct form *f, const char *name);
bool form_is_changed(const struct form *f);
/* A message of the other side about all of it or (field not NULL) one field. Copied. */
void form_fault(struct form *f, const char *field, const char *text);

void form_draw(struct form *f, struct area a);
#endif
