/*
 * tui/view/places.c
 *	Paths, and the stacks of views that they name.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "tui/view/state.h"
#include "tui/view/views.h"
#include "tui/widget/form.h"

static struct view *view_new(struct app *a, const struct view_ops *ops, struct view *below,
			     const char *segment)
{
	struct arena *mem = arena_new(a->mem, "view");
	struct view *v = arena_alloc(mem, ops->size);

	v->ops = ops;
	v->app = a;
	v->mem = mem;
	v->below = below;
	v->segment = arena_strdup(mem, segment);
	v->asked_us = a->now_us;
	return v;
}

static void view_free(struct app *a, struct view *v)
{
	ask_drop_view(a, v);
	run_drop_view(a, v);
	over_drop_view(a, v);
	if (v->ops->close != NULL)
		v->ops->close(v);
	arena_free(v->mem);
}

void place_push(struct app *a, enum slot slot, const struct view_ops *ops, const char *segment)
{
	struct view *v = view_new(a, ops, a->top[slot], segment);

	a->top[slot] = v;
	ops->open(v);
	a->is_dirty = true;
}

struct view *place_root(struct app *a, enum slot slot)
{
	if (a->top[slot] == NULL) {
		const struct view_ops *ops = view_root_at((int)slot);

		place_push(a, slot, ops, ops->name);
	}
	return a->top[slot];
}

static void pop(struct app *a, enum slot slot)
{
	struct view *v = a->top[slot];

	a->top[slot] = v->below;
	view_free(a, v);
}

static void clear(struct app *a, enum slot slot)
{
	while (a->top[slot] != NULL)
		pop(a, slot);
}

enum slot place_slot_of(struct app *a, const struct view *v)
{
	for (int s = 0; s < SLOT_COUNT; s++)
		for (const struct view *i = a->top[s]; i != NULL; i = i->below)
			if (i == v)
				return (enum slot)s;
	return a->slot;
}

static enum slot slot_of_root(const struct view_ops *ops)
{
	for (int s = 0; s < SLOT_OTHER; s++)
		if (view_root_at(s) == ops)
			return (enum slot)s;
	return SLOT_OTHER;
}

void place_slot(struct app *a, enum slot slot)
{
	/* The digit of where one is leads back to its list. */
	if (slot == a->slot && a->top[slot] != NULL && a->top[slot]->below != NULL)
		while (a->top[slot]->below != NULL)
			pop(a, slot);
	a->slot = slot;
	layout(a);
	a->is_dirty = true;
}

void place_show(struct app *a, const struct view_ops *ops, const char *segment)
{
	enum slot slot = slot_of_root(ops);

	if (slot == SLOT_OTHER) {
		clear(a, slot);
		place_push(a, slot, ops, segment);
	}
	a->slot = slot;
	layout(a);
	a->is_dirty = true;
}

void place_back(struct app *a)
{
	enum slot slot = a->slot;

	if (a->top[slot] != NULL && a->top[slot]->below != NULL)
		pop(a, slot);
	else if (a->is_big)
		a->is_big = false;
	else if (slot != SLOT_JOBS)
		a->slot = SLOT_JOBS;
	layout(a);
	a->is_dirty = true;
}

/* ---- paths ---------------------------------------------------------------------- */

/* %XX of what parts segments. */
void view_put_segment(struct buf *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (strchr("/?%#", *p) != NULL)
			buf_addf(out, "%%%02X", (unsigned char)*p);
		else
			buf_add(out, p, 1);
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	at = c != '\0' ? strchr(digits, c) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

static char *take_segment(struct arena *mem, const char *p, size_t n)
{
	char *out = arena_alloc(mem, n + 1), *o = out;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '%' && i + 2 < n && hex(p[i + 1]) >= 0 && hex(p[i + 2]) >= 0) {
			*o++ = (char)(hex(p[i + 1]) * 16 + hex(p[i + 2]));
			i += 2;
		} else {
			*o++ = p[i];
		}
	}
	*o = '\0';
	return out;
}

static void put_path(const struct view *v, struct buf *out)
{
	if (v->below != NULL) {
		put_path(v->below, out);
		buf_adds(out, "/");
	}
	view_put_segment(out, v->segment);
}

char *view_path(const struct view *v, struct arena *mem)
{
	struct buf out;
	char *text;

	buf_init(&out, 4096);
	put_path(v, &out);
	text = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return text;
}

/* Opens the rest of a path above what is on top of the slot. */
static bool go_on(struct app *a, enum slot slot, struct arena *mem, const char *path)
{
	while (*path != '\0' && *path != '?') {
		size_t n = strcspn(path, "/?");
		struct view *top = a->top[slot];
		char *segment = take_segment(mem, path, n);
		const struct view_ops *ops = NULL;

		if (n > 0 && top->ops->child != NULL)
			ops = top->ops->child(top, segment);
		if (n > 0 && ops == NULL) {
			app_say(a, ROLE_WARN, "there is no %s in %s", segment,
				view_path(top, mem));
			return false;
		}
		if (n > 0)
			place_push(a, slot, ops, segment);
		path += n + (path[n] == '/');
	}
	if (*path == '?' && a->top[slot]->ops->set_filter != NULL)
		a->top[slot]->ops->set_filter(a->top[slot], take_segment(mem, path + 1,
									 strlen(path + 1)));
	return true;
}

static void go_root(struct app *a, enum slot slot, const struct view_ops *ops)
{
	while (a->top[slot] != NULL && a->top[slot]->below != NULL)
		pop(a, slot);
	if (a->top[slot] == NULL || a->top[slot]->ops != ops) {
		clear(a, slot);
		place_push(a, slot, ops, ops->name);
	}
}

bool place_go(struct app *a, const char *path)
{
	struct arena *mem = arena_new(NULL, "path");
	const char *near = NULL;
	size_t n;
	const struct view_ops *ops;
	bool ok = false;

	path += strspn(path, "/");
	n = strcspn(path, "/?");
	ops = view_root_of(path, n, &near);
	if (ops == NULL) {
		app_say(a, ROLE_WARN, "there is no screen %.*s%s%s", (int)n, path,
			near != NULL ? "; did you mean " : "", near != NULL ? near : "");
	} else {
		enum slot slot = slot_of_root(ops);

		/* The list itself stays as it is: its cursor, its marks, its filter. */
		go_root(a, slot, ops);
		a->slot = slot;
		ok = go_on(a, slot, mem, path + n + (path[n] == '/'));
	}
	layout(a);
	a->is_dirty = true;
	arena_free(mem);
	return ok;
}

void view_open(struct view *v, const char *path)
{
	struct app *a = v->app;
	struct arena *mem = arena_new(NULL, "path");
	enum slot slot = place_slot_of(a, v);
	char *own = arena_strdup(mem, path);

	if (path[0] == '/') {
		place_go(a, own);
	} else {
		while (a->top[slot] != v)
			pop(a, slot);
		a->slot = slot;
		go_on(a, slot, mem, own);
		layout(a);
		a->is_dirty = true;
	}
	arena_free(mem);
}

void view_back(struct view *v)
{
	struct app *a = v->app;

	a->slot = place_slot_of(a, v);
	place_back(a);
}

bool view_form_key(struct view *v, struct form *form, struct key k)
{
	enum form_result r = form_key(form, k);

	if (r == FORM_GIVEN_UP)
		view_back(v);
	else if (r != FORM_SENT)
		view_dirty(v);
	return r == FORM_SENT;
}
