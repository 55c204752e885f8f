/*
 * tui/view/draw.c
 *	The app as a grid: panes, detail, first and last line, and what is over them.
 */
#include <stdio.h>
#include <strings.h>

#include "core/base/buf.h"
#include "tui/view/state.h"
#include "tui/widget/frame.h"

static const char digits[] = "123456";

static void draw_pane(struct app *a, struct grid *g, struct pane *p, bool has_focus)
{
	struct area area = { g, p->area.x, p->area.y, p->area.w, p->area.h };
	struct view *v = p->view;
	struct buf status;
	char title[160];

	if (a->is_bare) {
		v->ops->draw(v, area, has_focus);
		return;
	}
	buf_init(&status, 4096);
	if (v->ops->status != NULL)
		v->ops->status(v, &status);
	if (p->slot < SLOT_OTHER && v->below == NULL)
		snprintf(title, sizeof(title), "%c %s", digits[p->slot], v->ops->title);
	else if (v->below != NULL)
		snprintf(title, sizeof(title), "%s %s", v->ops->title,
			 strcasecmp(v->ops->title, v->segment) == 0 ? v->below->segment :
			 v->segment);
	else
		snprintf(title, sizeof(title), "%s", v->ops->title);
	area = frame_titled(area, title, status.len > 0 ? buf_str(&status) : NULL, has_focus);
	v->ops->draw(v, area, has_focus);
	if (a->link == LINK_DOWN)
		area_paint(area, 0, 0, area.w, area.h, ROLE_STALE, 0);
	if (p->area.x > 0)
		frame_rule((struct area){ g, p->area.x - 1, p->area.y, 1, p->area.h }, 0);
	buf_release(&status);
}

static void draw_detail(struct app *a, struct grid *g)
{
	struct area area = { g, a->detail.x, a->detail.y, a->detail.w, a->detail.h };
	struct view *v = a->detail_of;

	if (v == NULL || area.h == 0)
		return;
	area = frame_titled(area, "Detail", NULL, false);
	v->ops->detail(v, area);
	if (a->link == LINK_DOWN)
		area_paint(area, 0, 0, area.w, area.h, ROLE_STALE, 0);
	if (a->detail.x > 0)
		frame_rule((struct area){ g, a->detail.x - 1, a->detail.y, 1, a->detail.h }, 0);
}

void app_draw(struct app *a, struct grid *g)
{
	struct pane *focus;
	struct area all;

	grid_reset(g, a->w, a->h);
	all = area_all(g);
	a->is_dirty = false;
	layout(a);
	if (a->npanes == 0) {
		area_text(all, 0, 0, ROLE_WARN, "too small");
		return;
	}
	focus = layout_focus(a);
	for (int i = 0; i < a->npanes; i++)
		draw_pane(a, g, &a->pane[i], &a->pane[i] == focus);
	draw_detail(a, g);
	lines_header(a, area_part(all, 0, 0, a->w, 1));
	lines_footer(a, area_part(all, 0, a->h - 1, a->w, 1));
	over_draw(a, area_part(all, 0, 1, a->w, a->h - 2), area_part(all, 0, a->h - 1, a->w, 1));
	a->is_dirty = false;
}
