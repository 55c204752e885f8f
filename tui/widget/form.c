/*
 * tui/widget/form.c
 *	Named fields to fill in: what keys do to them, and what is wrong with them.
 */
#include "tui/widget/form.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "tui/widget/form_priv.h"
#include "tui/widget/line.h"

static void set(char **to, const char *text)
{
	char *copy = text != NULL ? mem_strdup(text) : NULL;

	/* It may have been a secret. */
	if (*to != NULL)
		explicit_bzero(*to, strlen(*to));
	free(*to);
	*to = copy;
}

bool form_is_typed(const struct form_field *f)
{
	return f->kind == FIELD_TEXT || f->kind == FIELD_NUMBER || f->kind == FIELD_SECRET;
}

/* ---- choices ------------------------------------------------------------------ */

const char *form_choice(const char *choices, int i, size_t *n)
{
	for (; choices != NULL; i--) {
		*n = strcspn(choices, "|");
		if (i == 0)
			return choices;
		choices = choices[*n] == '|' ? choices + *n + 1 : NULL;
	}
	return NULL;
}

static int choices_of(const struct form_field *f)
{
	int n = 0;
	size_t len;

	while (form_choice(f->choices, n, &len) != NULL)
		n++;
	return n;
}

/* -1: it is none of them. */
static int chosen(const struct form_value *v)
{
	const char *p;
	size_t n;

	for (int i = 0; (p = form_choice(v->spec->choices, i, &n)) != NULL; i++)
		if (strlen(v->text) == n && strncmp(p, v->text, n) == 0)
			return i;
	return -1;
}

static void choose(struct form_value *v, int i)
{
	size_t n;
	const char *p = form_choice(v->spec->choices, i, &n);
	char *copy;

	if (p == NULL)
		return;
	copy = mem_strdup(p);
	copy[n] = '\0';
	set(&v->text, copy);
	free(copy);
}

/* The next choice; where none need be made, "none" is between the last and the first. */
static void choose_next(struct form_value *v, int by)
{
	int n = choices_of(v->spec), at = chosen(v), none = v->spec->is_required ? 0 : 1;

	if (n == 0)
		return;
	if (at < 0)
		at = none > 0 || by > 0 ? -1 : 0;
	at += by;
	if (at < -none || (none == 0 && at < 0))
		at = n - 1;
	else if (at >= n)
		at = -none;
	if (at < 0)
		set(&v->text, "");
	else
		choose(v, at);
}

/* The next one that begins with that letter. */
static void choose_letter(struct form_value *v, uint32_t c)
{
	int n = choices_of(v->spec), at = chosen(v);

	for (int i = 1; i <= n; i++) {
		size_t len;
		const char *p = form_choice(v->spec->choices, (at + i + n) % n, &len);

		if (len > 0 && (uint32_t)(unsigned char)(p[0] | 0x20) == (c | 0x20)) {
			choose(v, (at + i + n) % n);
			return;
		}
	}
}

/* ---- faults -------------------------------------------------------------------- */

/* As people write them: a sign, digits, a point. */
static bool is_number(const char *text)
{
	size_t digits;

	text += *text == '-' || *text == '+';
	digits = strspn(text, "0123456789");
	text += digits;
	if (*text == '.') {
		size_t more = strspn(text + 1, "0123456789");

		digits += more;
		text += 1 + more;
	}
	return digits > 0 && *text == '\0';
}

/* What is wrong with it; NULL: nothing. is_left: the cursor is no longer in it. */
static const char *wrong(const struct form_value *v, bool is_left)
{
	if (v->text[0] == '\0')
		return v->spec->is_required && is_left ? "must be filled in" : NULL;
	if (v->spec->kind == FIELD_NUMBER && !is_number(v->text))
		return is_left || strcmp(v->text, "-") != 0 ? "must be a number" : NULL;
	return NULL;
}

static void check(struct form_value *v, bool is_left)
{
	set(&v->fault, wrong(v, is_left));
}

void form_fault(struct form *f, const char *field, const char *text)
{
	if (field == NULL) {
		set(&f->fault, text);
		return;
	}
	for (int i = 0; i < f->n; i++)
		if (strcmp(f->value[i].spec->name, field) == 0)
			set(&f->value[i].fault, text);
}

/* ---- the cursor ------------------------------------------------------------------ */

static void begin(struct form *f)
{
	const struct form_value *v = &f->value[f->at];

	if (f->n == 0 || !form_is_typed(v->spec))
		return;
	line_open(&(struct line_options){ .label = "", .start = v->text,
					  .is_secret = v->spec->kind == FIELD_SECRET });
	f->is_typing = true;
}

/* The field is left: what was typed is in it already. */
static void end(struct form *f)
{
	if (f->is_typing)
		line_close();
	f->is_typing = false;
	if (f->n > 0 && f->value[f->at].fault == NULL)
		check(&f->value[f->at], true);
}

static void go(struct form *f, int to)
{
	if (f->n == 0)
		return;
	end(f);
	f->at = (to + f->n) % f->n;
	begin(f);
}

/* What was typed becomes the field's; a fault that was told is looked at again. */
static void take(struct form *f)
{
	struct form_value *v = &f->value[f->at];

	if (!f->is_typing || strcmp(v->text, line_text()) == 0)
		return;
	set(&v->text, line_text());
	set(&f->fault, NULL);
	check(v, false);
}

struct form *form_new(const char *title, const struct form_field *fields, int n)
{
	struct form *f = mem_alloc(sizeof(*f));

	memset(f, 0, sizeof(*f));
	f->title = mem_strdup(title != NULL ? title : "");
	f->n = n > 0 ? n : 0;
	f->value = mem_alloc((size_t)(f->n + 1) * sizeof(*f->value));
	for (int i = 0; i < f->n; i++) {
		struct form_value *v = &f->value[i];

		*v = (struct form_value){ .spec = &fields[i] };
		set(&v->text, fields[i].preset != NULL ? fields[i].preset : "");
		if (fields[i].kind == FIELD_BOOL && v->text[0] == '\0')
			set(&v->text, "false");
		if (fields[i].kind == FIELD_CHOICE && fields[i].is_required && chosen(v) < 0)
			choose(v, 0);
		set(&v->start, v->text);
	}
	begin(f);
	return f;
}

void form_free(struct form *f)
{
	if (f == NULL)
		return;
	if (f->is_typing)
		line_close();
	for (int i = 0; i < f->n; i++) {
		set(&f->value[i].text, NULL);
		set(&f->value[i].start, NULL);
		set(&f->value[i].fault, NULL);
	}
	free(f->value);
	free(f->title);
	free(f->fault);
	free(f);
}

const char *form_value(const struct form *f, const char *name)
{
	for (int i = 0; i < f->n; i++)
		if (strcmp(f->value[i].spec->name, name) == 0)
			return f->value[i].text;
	return "";
}

bool form_is_changed(const struct form *f)
{
	for (int i = 0; i < f->n; i++)
		if (strcmp(f->value[i].text, f->value[i].start) != 0)
			return true;
	return false;
}

/* ---- keys --------------------------------------------------------------------------- */

/* Sent when nothing is wrong; else the cursor goes to the first fault. */
static enum form_result send(struct form *f)
{
	set(&f->fault, NULL);
	for (int i = 0; i < f->n; i++)
		check(&f->value[i], true);
	for (int i = 0; i < f->n; i++) {
		if (f->value[i].fault == NULL)
			continue;
		go(f, i);
		return FORM_GOES_ON;
	}
	return FORM_SENT;
}

static bool is_true(const char *text)
{
	return strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 || strcmp(text, "1") == 0;
}

static void chosen_key(struct form *f, struct key k)
{
	struct form_value *v = &f->value[f->at];
	bool is_left = k.code == KEY_CODE_LEFT, is_on = k.code == ' ' || k.code == KEY_CODE_RIGHT;

	if (v->spec->kind == FIELD_BOOL) {
		if (is_left || is_on)
			set(&v->text, is_true(v->text) ? "false" : "true");
		else if (k.code == 'y' || k.code == 'n')
			set(&v->text, k.code == 'y' ? "true" : "false");
	} else if (is_left || is_on) {
		choose_next(v, is_left ? -1 : 1);
	} else if (k.mods == 0 && k.code < 0x80) {
		choose_letter(v, k.code);
	}
	set(&f->fault, NULL);
	check(v, false);
}

/* Keys that go from field to field; false: this one does not. */
static bool moves(struct form *f, struct key k)
{
	bool is_tab = k.code == KEY_CODE_TAB;

	if (k.code == KEY_CODE_DOWN || k.code == KEY_CODE_ENTER || (is_tab && k.mods == 0))
		go(f, f->at + 1);
	else if (k.code == KEY_CODE_UP || (is_tab && k.mods == KEY_SHIFT))
		go(f, f->at - 1);
	else if (k.code == KEY_CODE_PGDN || k.code == KEY_CODE_PGUP)
		go(f, k.code == KEY_CODE_PGDN ? f->n - 1 : 0);
	else
		return false;
	return true;
}

/* Another line may have been opened and closed meanwhile. */
static void begin_again(struct form *f)
{
	if (f->n > 0 && form_is_typed(f->value[f->at].spec) && !line_is_open())
		begin(f);
}

enum form_result form_key(struct form *f, struct key k)
{
	begin_again(f);
	if (k.code == KEY_CODE_F1 + 1 || (k.code == KEY_CODE_ENTER && f->at >= f->n - 1))
		return send(f);
	if (k.mods == KEY_CTRL && k.code == 'c')
		return FORM_GIVEN_UP;
	if (f->n > 0 && moves(f, k))
		return FORM_GOES_ON;
	if (f->is_typing) {
		enum line_result result = line_key(k);

		if (result == LINE_GIVEN_UP) {
			f->is_typing = false;
			/* Ctrl-D where nothing is typed is no wish to leave the form. */
			if (k.code == KEY_CODE_ESC)
				return FORM_GIVEN_UP;
			begin(f);
		} else if (result == LINE_DONE) {
			/* Keys of the user's own that accept a line: Ctrl-O, vi's ^M. */
			take(f);
			f->is_typing = false;
			go(f, f->at + 1);
		} else {
			take(f);
		}
	} else if (k.code == KEY_CODE_ESC) {
		return FORM_GIVEN_UP;
	} else if (f->n > 0) {
		chosen_key(f, k);
	}
	return FORM_GOES_ON;
}

void form_paste(struct form *f, const char *p, size_t n)
{
	begin_again(f);
	if (!f->is_typing)
		return;
	line_paste(p, n);
	take(f);
}
