/*
 * tui/view/layout.c
 *	Which view stands where: one pane on a small screen, four and a detail on a large one.
 */
#include "tui/view/state.h"

#define TILED_W   100	/* from this size on several panes are shown together */
#define TILED_H   28
#define SIDE_W    34
#define SIDE_W_WIDE 42
#define WIDE_W    170	/* from here on the detail stands beside, not below */
#define DETAIL_W  64
#define DETAIL_H  7	/* title and six lines */
#define DETAIL_MIN_H 18	/* below this height there is none */
#define TINY_W    20
#define TINY_H    5

static bool is_side_slot(enum slot s)
{
	return s == SLOT_CONNECTIONS || s == SLOT_MAPPINGS || s == SLOT_LOGS;
}

/* What is opened from a side pane needs the room of the main one. */
static bool wants_main(struct app *a, enum slot s)
{
	return !is_side_slot(s) || (a->top[s] != NULL && a->top[s]->below != NULL);
}

static struct view *bottom(struct view *v)
{
	while (v != NULL && v->below != NULL)
		v = v->below;
	return v;
}

static void put(struct app *a, struct view *v, struct area area, enum slot slot, bool is_side,
		bool is_main)
{
	if (a->npanes < PANES_MAX && v != NULL && area.w > 0 && area.h > 0)
		a->pane[a->npanes++] = (struct pane){ v, area, slot, is_side, is_main };
}

/* The main view and, where there is room, what it says about its row. */
static void put_main(struct app *a, enum slot slot, struct area area)
{
	struct view *v = a->top[slot];
	bool has_detail = v->ops->detail != NULL;

	if (has_detail && area.w >= WIDE_W - SIDE_W_WIDE) {
		int w = DETAIL_W < area.w / 2 ? DETAIL_W : area.w / 2;

		a->detail = area_part(area, area.w - w, 0, w, area.h);
		a->detail_of = v;
		area.w -= w + 1;
	} else if (has_detail && area.h >= DETAIL_MIN_H && !a->is_bare) {
		int h = area.h >= 34 ? area.h / 3 : DETAIL_H;

		a->detail = area_part(area, 0, area.h - h, area.w, h);
		a->detail_of = v;
		area.h -= h;
	}
	put(a, v, area, slot, false, true);
}

static void put_tiles(struct app *a, struct area all)
{
	int side = all.w >= WIDE_W ? SIDE_W_WIDE : SIDE_W;
	int log_h = all.h / 4 > 6 ? all.h / 4 : 6, half = (all.h + 1) / 2;
	struct area right = area_part(all, side + 1, 0, all.w - side - 1, all.h - log_h);

	put(a, bottom(place_root(a, SLOT_CONNECTIONS)), area_part(all, 0, 0, side, half),
	    SLOT_CONNECTIONS, true, false);
	put(a, bottom(place_root(a, SLOT_MAPPINGS)),
	    area_part(all, 0, half, side, all.h - half), SLOT_MAPPINGS, true, false);
	put_main(a, a->main, right);
	put(a, bottom(place_root(a, SLOT_LOGS)),
	    area_part(all, side + 1, all.h - log_h, all.w - side - 1, log_h), SLOT_LOGS, false,
	    false);
}

static void mark_shown(struct app *a)
{
	for (int s = 0; s < SLOT_COUNT; s++)
		for (struct view *v = a->top[s]; v != NULL; v = v->below)
			v->is_shown = false;
	for (int i = 0; i < a->npanes; i++)
		a->pane[i].view->is_shown = true;
}

void layout(struct app *a)
{
	struct area all = { NULL, 0, 1, a->w, a->h - 2 };

	a->npanes = 0;
	a->detail = (struct area){ 0 };
	a->detail_of = NULL;
	place_root(a, a->slot);
	if (wants_main(a, a->slot))
		a->main = a->slot;
	place_root(a, a->main);
	if (a->w >= TINY_W && a->h >= TINY_H) {
		if (a->w >= TILED_W && a->h >= TILED_H && !a->is_big && !a->is_bare)
			put_tiles(a, all);
		else
			put_main(a, a->slot, all);
	}
	mark_shown(a);
}

struct pane *layout_focus(struct app *a)
{
	struct pane *main = NULL;

	for (int i = 0; i < a->npanes; i++) {
		struct pane *p = &a->pane[i];

		if (p->slot == a->slot && p->view == a->top[a->slot])
			return p;
		if (p->is_main)
			main = p;
	}
	return main;
}

struct view *app_focus(struct app *a)
{
	struct pane *p = layout_focus(a);

	return p != NULL ? p->view : a->top[a->slot];
}

int layout_pane_at(const struct app *a, int x, int y)
{
	for (int i = 0; i < a->npanes; i++) {
		const struct area *r = &a->pane[i].area;

		if (x >= r->x && x < r->x + r->w && y >= r->y && y < r->y + r->h)
			return i;
	}
	return -1;
}

void layout_next(struct app *a, int by)
{
	struct pane *now = layout_focus(a);
	int n = a->npanes;

	if (n < 2) {
		place_slot(a, (enum slot)(((int)a->slot + by + SLOT_OTHER) % SLOT_OTHER));
		return;
	}
	for (int i = 0; i < n; i++)
		if (&a->pane[i] == now) {
			a->slot = a->pane[(i + by + n) % n].slot;
			break;
		}
	layout(a);
}
