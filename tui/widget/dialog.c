/*
 * tui/widget/dialog.c
 *	What is asked or told in the middle of the screen: what keys do to it.
 */
#include "tui/widget/dialog.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "tui/widget/dialog_priv.h"

static struct dialog *make(enum dialog_kind kind, const char *title, enum role role)
{
	struct dialog *d = mem_alloc(sizeof(*d));

	memset(d, 0, sizeof(*d));
	d->kind = kind;
	d->title = mem_strdup(title != NULL ? title : "");
	d->text = mem_strdup("");
	d->role = role;
	d->at = -1;
	return d;
}

static void set(char **to, const char *text)
{
	free(*to);
	*to = text != NULL ? mem_strdup(text) : NULL;
}

struct dialog *dialog_confirm(const char *title, const char *text, const char *word,
			      bool is_prod)
{
	struct dialog *d = make(DIALOG_CONFIRM, title,
				is_prod ? ROLE_PROD : word != NULL ? ROLE_BAD : ROLE_WARN);

	set(&d->text, text != NULL ? text : "");
	set(&d->word, word);
	d->is_prod = is_prod;
	return d;
}

struct dialog *dialog_tell(const char *title, const char *text, enum role role)
{
	struct dialog *d = make(DIALOG_TELL, title, role);

	set(&d->text, text != NULL ? text : "");
	return d;
}

struct dialog *dialog_menu(const char *title, const struct dialog_item *item, int n)
{
	struct dialog *d = make(DIALOG_MENU, title, ROLE_BORDER);

	d->n = n > 0 ? n : 0;
	d->item = mem_alloc((size_t)(d->n + 1) * sizeof(*d->item));
	d->shown = mem_alloc((size_t)(d->n + 1) * sizeof(*d->shown));
	for (int i = 0; i < d->n; i++) {
		d->item[i] = (struct menu_item){ 0 };
		set(&d->item[i].text, item[i].text != NULL ? item[i].text : "");
		set(&d->item[i].key, item[i].key);
		set(&d->item[i].why_not, item[i].why_not);
	}
	dialog_narrow(d);
	return d;
}

void dialog_free(struct dialog *d)
{
	if (d == NULL)
		return;
	for (int i = 0; i < d->n; i++) {
		free(d->item[i].text);
		free(d->item[i].key);
		free(d->item[i].why_not);
	}
	free(d->item);
	free(d->shown);
	free(d->title);
	free(d->text);
	free(d->word);
	free(d);
}

/* ---- menus ------------------------------------------------------------------ */

/* What was typed as words: each must be in an item, in whatever order. */
static void take_words(struct dialog *d)
{
	char *text = mem_strdup(d->typed.text), *p = text;

	d->nmatch = 0;
	while (*(p += strspn(p, " ")) != '\0' && d->nmatch < MENU_WORDS) {
		size_t n = strcspn(p, " ");
		char after = p[n];

		p[n] = '\0';
		match_set(&d->match[d->nmatch++], p);
		p[n] = after;
		p += n;
	}
	free(text);
}

static bool has_words(const struct dialog *d, const char *text)
{
	for (int i = 0; i < d->nmatch; i++)
		if (match_find(&d->match[i], text, strlen(text), NULL) < 0)
			return false;
	return true;
}

void dialog_narrow(struct dialog *d)
{
	int keep = d->at, first = -1;

	take_words(d);
	d->nshown = 0;
	d->at = -1;
	for (int i = 0; i < d->n; i++) {
		const char *text = d->item[i].text;

		if (!has_words(d, text))
			continue;
		d->shown[d->nshown++] = i;
		if (i == keep && d->item[i].why_not == NULL)
			d->at = i;
		if (first < 0 && d->item[i].why_not == NULL)
			first = i;
	}
	/* What was chosen stays so; else the first that can be; else the first. */
	if (d->at < 0)
		d->at = first >= 0 ? first : d->nshown > 0 ? d->shown[0] : -1;
}

static int place_of(const struct dialog *d, int item)
{
	for (int i = 0; i < d->nshown; i++)
		if (d->shown[i] == item)
			return i;
	return 0;
}

static void step(struct dialog *d, int by)
{
	int to = place_of(d, d->at) + by;

	if (d->nshown == 0)
		return;
	d->at = d->shown[to < 0 ? 0 : to >= d->nshown ? d->nshown - 1 : to];
}

/* One step beyond an end comes in at the other. */
static void step_around(struct dialog *d, int by)
{
	if (d->nshown > 0)
		d->at = d->shown[(place_of(d, d->at) + by + d->nshown) % d->nshown];
}

static enum dialog_result menu_key(struct dialog *d, struct key k)
{
	bool is_ctrl = k.mods == KEY_CTRL;

	if (k.code == KEY_CODE_ENTER)
		return d->at >= 0 && d->item[d->at].why_not == NULL ? DIALOG_YES : DIALOG_GOES_ON;
	if (k.code == KEY_CODE_DOWN || (k.code == KEY_CODE_TAB && k.mods == 0) ||
	    (is_ctrl && k.code == 'n'))
		step_around(d, 1);
	else if (k.code == KEY_CODE_UP || k.code == KEY_CODE_TAB || (is_ctrl && k.code == 'p'))
		step_around(d, -1);
	else if (k.code == KEY_CODE_PGDN || k.code == KEY_CODE_PGUP)
		step(d, k.code == KEY_CODE_PGDN ? d->page : -d->page);
	else if (k.code == KEY_CODE_HOME || k.code == KEY_CODE_END)
		step(d, k.code == KEY_CODE_END ? d->n : -d->n);
	else if (typed_key(&d->typed, k))
		dialog_narrow(d);
	return DIALOG_GOES_ON;
}

int dialog_chosen(const struct dialog *d)
{
	return dialog_at(d);
}

int dialog_at(const struct dialog *d)
{
	return d->kind == DIALOG_MENU ? d->at : -1;
}

/* ---- questions --------------------------------------------------------------- */

/* Keys that move a text which is longer than its box; the drawing cuts at the end. */
static bool scrolled(struct dialog *d, struct key k)
{
	if (k.code == KEY_CODE_DOWN)
		d->top++;
	else if (k.code == KEY_CODE_UP)
		d->top--;
	else if (k.code == KEY_CODE_PGDN)
		d->top += d->page;
	else if (k.code == KEY_CODE_PGUP)
		d->top -= d->page;
	else if (k.code == KEY_CODE_HOME)
		d->top = 0;
	else if (k.code == KEY_CODE_END)
		d->top = INT_MAX / 2;
	else
		return false;
	if (d->top < 0)
		d->top = 0;
	return true;
}

/* The word itself, then Enter; anything else that Enter finds is told. */
static enum dialog_result word_key(struct dialog *d, struct key k)
{
	if (k.code != KEY_CODE_ENTER) {
		if (typed_key(&d->typed, k))
			d->is_wrong = false;
		return DIALOG_GOES_ON;
	}
	if (strcmp(d->typed.text, d->word) == 0)
		return DIALOG_YES;
	d->is_wrong = d->typed.n > 0;
	return DIALOG_GOES_ON;
}

static enum dialog_result confirm_key(struct dialog *d, struct key k)
{
	if (d->word != NULL)
		return word_key(d, k);
	if (k.mods == 0 && (k.code == 'y' || k.code == 'Y'))
		return DIALOG_YES;
	if (k.mods == 0 && (k.code == 'n' || k.code == 'N' || k.code == 'q'))
		return DIALOG_NO;
	return DIALOG_GOES_ON;
}

enum dialog_result dialog_key(struct dialog *d, struct key k)
{
	if (k.code == KEY_CODE_ESC || (k.mods == KEY_CTRL && k.code == 'c'))
		return DIALOG_NO;
	if (d->kind == DIALOG_MENU)
		return menu_key(d, k);
	if (scrolled(d, k))
		return DIALOG_GOES_ON;
	if (d->kind == DIALOG_CONFIRM)
		return confirm_key(d, k);
	return k.code == KEY_CODE_ENTER || k.code == 'q' || k.code == ' ' ? DIALOG_NO :
		DIALOG_GOES_ON;
}

void dialog_paste(struct dialog *d, const char *p, size_t n)
{
	if (d->kind == DIALOG_MENU) {
		typed_paste(&d->typed, p, n);
		dialog_narrow(d);
	} else if (d->word != NULL) {
		typed_paste(&d->typed, p, n);
		d->is_wrong = false;
	}
}
