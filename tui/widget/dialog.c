/*
 * tui/widget/dialog.c
 *	What is asked or told in the middle of the screen.
 */
#include "tui/widget/dialog.h"

#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "tui/widget/bars.h"
#include "tui/widget/frame.h"
#include "tui/widget/match.h"

#define TYPED_MAX  64	/* bytes of a word or of what narrows a menu */
#define MENU_CELLS 72	/* a menu is no wider */
#define TEXT_CELLS 76

enum kind { KIND_CONFIRM, KIND_TELL, KIND_MENU };

struct item {
	char *text, *key, *why_not;
	bool is_seen;		/* what was typed is in it */
};

struct dialog {
	enum kind kind;
	struct arena *mem;
	char *title;
	enum role role;
	bool is_prod;
	/* confirm and tell */
	char **line;		/* of the text */
	int nlines;
	int top;		/* first line shown */
	int page;		/* lines that were shown last */
	char *word;		/* NULL: y is enough */
	/* menu */
	struct item *item;
	int nitems;
	int at;			/* place in the list of those seen */
	/* typed so far: the word, or what narrows */
	char typed[TYPED_MAX + 1];
	size_t ntyped;
};

/* ---- life ----------------------------------------------------------------------- */

static struct dialog *dialog_new(enum kind kind, const char *title)
{
	struct arena *mem = arena_new(NULL, "dialog");
	struct dialog *d = arena_alloc(mem, sizeof(*d));

	d->kind = kind;
	d->mem = mem;
	d->title = arena_strdup(mem, title);
	d->role = ROLE_FOCUS;
	return d;
}

static void take_text(struct dialog *d, const char *text)
{
	size_t n = 1;

	for (const char *p = text; *p != '\0'; p++)
		n += *p == '\n';
	d->line = arena_array(d->mem, n, sizeof(*d->line));
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		d->line[d->nlines++] = arena_strndup(d->mem, text, len);
		text += len + (text[len] == '\n');
	}
}

struct dialog *dialog_confirm(const char *title, const char *text, const char *word, bool is_prod)
{
	struct dialog *d = dialog_new(KIND_CONFIRM, title);

	take_text(d, text);
	d->word = word != NULL ? arena_strndup(d->mem, word, strnlen(word, TYPED_MAX)) : NULL;
	d->is_prod = is_prod;
	d->role = is_prod ? ROLE_PROD : ROLE_WARN;
	return d;
}

struct dialog *dialog_tell(const char *title, const char *text, enum role role)
{
	struct dialog *d = dialog_new(KIND_TELL, title);

	take_text(d, text);
	d->role = role;
	return d;
}

struct dialog *dialog_menu(const char *title, const struct dialog_item *item, int n)
{
	struct dialog *d = dialog_new(KIND_MENU, title);

	d->item = arena_array(d->mem, (size_t)n + 1, sizeof(*d->item));
	d->nitems = n;
	for (int i = 0; i < n; i++) {
		struct item *to = &d->item[i];

		to->text = arena_strdup(d->mem, item[i].text);
		to->key = item[i].key != NULL ? arena_strdup(d->mem, item[i].key) : NULL;
		to->why_not = item[i].why_not != NULL ? arena_strdup(d->mem, item[i].why_not) :
			      NULL;
		to->is_seen = true;
	}
	return d;
}

void dialog_free(struct dialog *d)
{
	if (d != NULL)
		arena_free(d->mem);
}

/* ---- menus ---------------------------------------------------------------------- */

static int seen(const struct dialog *d)
{
	int n = 0;

	for (int i = 0; i < d->nitems; i++)
		n += d->item[i].is_seen;
	return n;
}

/* Place in the list given of the nth that is seen; -1: there are not so many. */
static int nth_seen(const struct dialog *d, int nth)
{
	for (int i = 0; i < d->nitems; i++)
		if (d->item[i].is_seen && nth-- == 0)
			return i;
	return -1;
}

/* Every word that was typed is in the text, whatever their order. */
static bool fits(const char *text, const char *typed)
{
	while (*typed != '\0') {
		size_t n = strcspn(typed, " ");
		char word[TYPED_MAX + 1];
		struct match m;

		memcpy(word, typed, n);
		word[n] = '\0';
		match_set(&m, word);
		if (n > 0 && match_find(&m, text, strlen(text), NULL) < 0)
			return false;
		typed += n;
		typed += strspn(typed, " ");
	}
	return true;
}

static void narrow(struct dialog *d)
{
	for (int i = 0; i < d->nitems; i++)
		d->item[i].is_seen = fits(d->item[i].text, d->typed);
	d->at = 0;
}

int dialog_at(const struct dialog *d)
{
	return d->kind == KIND_MENU ? nth_seen(d, d->at) : -1;
}

int dialog_chosen(const struct dialog *d)
{
	return dialog_at(d);
}

static void move(struct dialog *d, int by)
{
	int n = seen(d);

	d->at += by;
	if (d->at > n - 1)
		d->at = n - 1;
	if (d->at < 0)
		d->at = 0;
}

/* ---- typing --------------------------------------------------------------------- */

static void type(struct dialog *d, uint32_t ch)
{
	char bytes[4];
	size_t n = utf8_encode(ch, bytes);

	if (ch < 0x20 || ch == 0x7f || d->ntyped + n > TYPED_MAX)
		return;
	memcpy(d->typed + d->ntyped, bytes, n);
	d->ntyped += n;
	d->typed[d->ntyped] = '\0';
}

/* The last character goes; false: there was none. */
static bool untype(struct dialog *d)
{
	if (d->ntyped == 0)
		return false;
	do
		d->ntyped--;
	while (d->ntyped > 0 && ((unsigned char)d->typed[d->ntyped] & 0xc0) == 0x80);
	d->typed[d->ntyped] = '\0';
	return true;
}

static int step_of(const struct dialog *d, struct key k)
{
	int page = d->page > 1 ? d->page - 1 : 1;

	switch (k.code) {
	case KEY_CODE_UP:
		return -1;
	case KEY_CODE_DOWN:
	case KEY_CODE_TAB:
		return 1;
	case KEY_CODE_PGUP:
		return -page;
	case KEY_CODE_PGDN:
		return page;
	case KEY_CODE_HOME:
		return -1000000;
	case KEY_CODE_END:
		return 1000000;
	default:
		return 0;
	}
}

static enum dialog_result menu_key(struct dialog *d, struct key k)
{
	int by = step_of(d, k), at;

	if (by != 0) {
		move(d, by);
	} else if (k.code == KEY_CODE_ENTER) {
		at = dialog_at(d);
		if (at >= 0 && d->item[at].why_not == NULL)
			return DIALOG_YES;
	} else if (k.code == KEY_CODE_BACKSPACE) {
		if (untype(d))
			narrow(d);
	} else if (k.code < KEY_CODE_FIRST && k.mods == 0) {
		type(d, k.code);
		narrow(d);
	}
	return DIALOG_GOES_ON;
}

/* ---- texts ---------------------------------------------------------------------- */

static bool scroll(struct dialog *d, struct key k)
{
	int by = step_of(d, k), last = d->nlines - d->page;

	if (by == 0)
		return false;
	d->top += by;
	if (d->top > last)
		d->top = last;
	if (d->top < 0)
		d->top = 0;
	return true;
}

/* Enter alone never means yes. */
static enum dialog_result confirm_key(struct dialog *d, struct key k)
{
	if (scroll(d, k))
		return DIALOG_GOES_ON;
	if (d->word == NULL) {
		if ((k.code == 'y' || k.code == 'Y') && k.mods == 0)
			return DIALOG_YES;
		return (k.code == 'n' || k.code == 'N' || k.code == 'q') && k.mods == 0 ?
		       DIALOG_NO : DIALOG_GOES_ON;
	}
	if (k.code == KEY_CODE_ENTER)
		return strcmp(d->typed, d->word) == 0 ? DIALOG_YES : DIALOG_GOES_ON;
	if (k.code == KEY_CODE_BACKSPACE)
		untype(d);
	else if (k.code < KEY_CODE_FIRST && k.mods == 0)
		type(d, k.code);
	return DIALOG_GOES_ON;
}

enum dialog_result dialog_key(struct dialog *d, struct key k)
{
	bool is_stop = k.code == KEY_CODE_ESC || (k.code == 'c' && k.mods == KEY_CTRL);

	if (is_stop)
		return DIALOG_NO;
	if (d->kind == KIND_MENU)
		return menu_key(d, k);
	if (d->kind == KIND_CONFIRM)
		return confirm_key(d, k);
	if (k.code == KEY_CODE_ENTER || k.code == 'q')
		return DIALOG_NO;
	scroll(d, k);
	return DIALOG_GOES_ON;
}

/* Into the word or what narrows, never as keys. */
void dialog_paste(struct dialog *d, const char *p, size_t n)
{
	uint32_t ch;

	if (d->kind == KIND_TELL || (d->kind == KIND_CONFIRM && d->word == NULL))
		return;
	while (n > 0) {
		size_t step = utf8_decode(p, n, &ch);

		if (step == 0)
			return;
		type(d, ch);
		p += step;
		n -= step;
	}
	if (d->kind == KIND_MENU)
		narrow(d);
}

/* ---- drawing -------------------------------------------------------------------- */

/* A box of that inside, in the middle of a; the inside. */
static struct area open_box(struct dialog *d, struct area a, int w, int h)
{
	struct area box;
	char title[200];

	w += 4;
	h += 2;
	if (w > a.w)
		w = a.w;
	if (h > a.h)
		h = a.h;
	box = area_part(a, (a.w - w) / 2, (a.h - h) / 2, w, h);
	snprintf(title, sizeof(title), "%s%s", d->is_prod ? "PROD: " : "", d->title);
	return frame_box(box, title, d->role);
}

static void draw_text(struct dialog *d, struct area a)
{
	const char *hint = d->kind == KIND_TELL ? "enter closes" :
			   d->word == NULL ? "y yes   n no" : "";
	int w = 30, h = d->nlines + 2;
	struct area in;

	for (int i = 0; i < d->nlines; i++) {
		int n = text_width(d->line[i], strlen(d->line[i]));

		w = n > w ? n : w;
	}
	in = open_box(d, a, w < TEXT_CELLS ? w : TEXT_CELLS, h);
	d->page = in.h > 2 ? in.h - 2 : 1;
	for (int i = 0; i < d->page && d->top + i < d->nlines; i++) {
		const char *line = d->line[d->top + i];

		area_fit(in, 0, i, in.w, FIT_LEFT, 0, ROLE_TEXT, line, strlen(line));
	}
	if (d->nlines > d->page)
		bars_scroll(in, in.w - 1, d->top, d->top + d->page - 1, d->nlines);
	if (d->word == NULL) {
		area_text(in, 0, in.h - 1, ROLE_KEY, hint);
		return;
	}
	w = area_text(in, 0, in.h - 1, ROLE_HEAD, "type ");
	w += area_text(in, w, in.h - 1, d->role, d->word);
	w += area_text(in, w, in.h - 1, ROLE_HEAD, " and enter: ");
	w += area_text(in, w, in.h - 1, ROLE_TEXT, d->typed);
	in.g->cursor_x = in.x + (w < in.w ? w : in.w - 1);
	in.g->cursor_y = in.y + in.h - 1;
}

static void draw_item(const struct item *it, struct area a, int y, int key_w, bool is_at)
{
	enum role role = it->why_not != NULL ? ROLE_DIM : ROLE_TEXT;
	struct buf text;

	buf_init(&text, 4096);
	buf_adds(&text, it->text);
	if (it->why_not != NULL)
		buf_addf(&text, " (%s)", it->why_not);
	area_text(a, 0, y, ROLE_TEXT, is_at ? glyph(a.g, GLYPH_CURSOR) : " ");
	if (it->key != NULL)
		area_fit(a, 2, y, key_w, FIT_LEFT, 0, it->why_not != NULL ? ROLE_DIM : ROLE_KEY,
			 it->key, strlen(it->key));
	area_fit(a, key_w > 0 ? key_w + 4 : 2, y, a.w - (key_w > 0 ? key_w + 5 : 3), FIT_LEFT, 0,
		 role, buf_str(&text), text.len);
	if (is_at)
		area_paint(a, 0, y, a.w, 1, it->why_not != NULL ? ROLE_DIM : ROLE_CURSOR, 0);
	buf_release(&text);
}

static int widest(const struct dialog *d, int *key_w)
{
	int w = text_width(d->title, strlen(d->title)) + 4;

	*key_w = 0;
	for (int i = 0; i < d->nitems; i++) {
		const struct item *it = &d->item[i];
		int n = text_width(it->text, strlen(it->text)), k = 0;

		if (it->key != NULL)
			k = text_width(it->key, strlen(it->key));
		if (it->why_not != NULL)
			n += text_width(it->why_not, strlen(it->why_not)) + 3;
		w = n > w ? n : w;
		*key_w = k > *key_w ? k : *key_w;
	}
	w += *key_w > 0 ? *key_w + 5 : 3;
	return w > MENU_CELLS ? MENU_CELLS : w < 30 ? 30 : w;
}

static void draw_menu(struct dialog *d, struct area a)
{
	int key_w, w = widest(d, &key_w), n = seen(d), top = 0;
	struct area in = open_box(d, a, w, d->nitems + 2);

	area_text(in, 0, 0, ROLE_DIM, "type to narrow: ");
	w = 16 + area_text(in, 16, 0, ROLE_TEXT, d->typed);
	in.g->cursor_x = in.x + (w < in.w ? w : in.w - 1);
	in.g->cursor_y = in.y;
	d->page = in.h > 2 ? in.h - 2 : 1;
	if (d->at >= d->page)
		top = d->at - d->page + 1;
	for (int i = 0; i < d->page && top + i < n; i++)
		draw_item(&d->item[nth_seen(d, top + i)], in, 2 + i, key_w, top + i == d->at);
	if (n == 0)
		area_text(in, 2, 2, ROLE_DIM, "nothing is called so");
	if (n > d->page)
		bars_scroll(area_part(in, 0, 2, in.w, in.h - 2), in.w - 1, top,
			    top + d->page - 1, n);
}

void dialog_draw(struct dialog *d, struct area a)
{
	if (a.w < 8 || a.h < 3)
		return;
	if (d->kind == KIND_MENU)
		draw_menu(d, a);
	else
		draw_text(d, a);
}
