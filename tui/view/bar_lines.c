/*
 * tui/view/bar_lines.c
 *	First and last line of the screen: where one is, and what one can do.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/command/command.h"
#include "tui/view/show.h"
#include "tui/view/state.h"
#include "tui/widget/bars.h"

/* ---- header --------------------------------------------------------------------- */

/* What stands at the right end: the other side, from right to left. Returns its first cell. */
static int put_link(struct app *a, struct area line)
{
	struct buf text;
	int x = line.w - 1;

	buf_init(&text, 512);
	if (a->link == LINK_UP) {
		buf_addf(&text, "%s  %.1f ms", a->server, (double)a->rtt_us / 1000);
		if (a->workers > 0)
			buf_addf(&text, "  engine %d", a->workers);
	} else if (a->link == LINK_NEVER) {
		buf_adds(&text, "connecting");
	} else {
		buf_adds(&text, "no connection since ");
		show_when(&text, a->down_us, a->now_us);
	}
	x -= text_width(buf_str(&text), text.len);
	if (x < 0)
		x = 0;
	area_text(line, x, 0, a->link == LINK_DOWN ? ROLE_BAD : ROLE_HEADER, buf_str(&text));
	if (a->is_read_only && x > 12) {
		x -= 11;
		area_text(line, x, 0, ROLE_WARN, "read-only");
	}
	buf_release(&text);
	return x;
}

void lines_header(struct app *a, struct area line)
{
	int x = 1, right;

	area_clear(line, ROLE_HEADER);
	right = put_link(a, line);
	line = area_part(line, 0, 0, right - 1, 1);
	if (a->is_prod) {
		x += area_text(line, x, 0, ROLE_PROD, " PROD ");
		x++;
	}
	x += area_text(line, x, 0, ROLE_HEADER, "leat");
	if (a->org != NULL)
		x += area_printf(line, x + 1, 0, ROLE_HEADER, "%s", a->org) + 1;
	area_fit(line, x + 2, 0, line.w - x - 2, FIT_LEFT, 0, ROLE_HEADER, app_path(a),
		 strlen(app_path(a)));
	area_attr(line, x + 2, 0, line.w - x - 2, 1, CELL_BOLD);
}

/* ---- footer --------------------------------------------------------------------- */

/* A command that runs and tells how far it is. */
static bool put_progress(struct app *a, struct area line)
{
	const struct doing *d = a->doing;
	const struct cmd_spec *spec;
	struct buf text;
	double share;
	int x, used;

	/* A dry run is no job, and has phases all the same. */
	while (d != NULL && (d->token == 0 || (d->progress.job == 0 && d->phase[0] == '\0')))
		d = d->next;
	if (d == NULL)
		return false;
	share = d->progress.total_bytes > 0 ?
		(double)d->progress.bytes / (double)d->progress.total_bytes : -1;
	buf_init(&text, 512);
	spec = cmd_find(d->nwords, (char *const *)(uintptr_t)d->word, &used);
	buf_addf(&text, " %s %s ", spec != NULL ? spec->name : d->word[0], d->phase);
	x = area_text(line, 0, 0, ROLE_FOOTER, buf_str(&text));
	bars_progress(line, x, 0, 20, share, -1, ROLE_BAR);
	buf_clear(&text);
	buf_adds(&text, " ");
	show_amount(&text, (double)d->progress.rows);
	/* What is left is told in bytes: the rows of it are a guess. */
	if (share > 0 && share < 1 && d->progress.rows > 0) {
		buf_adds(&text, " of ~");
		show_amount(&text, (double)d->progress.rows / share);
	}
	buf_adds(&text, " rows, ");
	show_amount(&text, d->progress.rows_per_s);
	buf_adds(&text, "/s");
	if (d->progress.rejected > 0)
		buf_addf(&text, ", %lld rejected", (long long)d->progress.rejected);
	area_text(line, x + 20, 0, ROLE_FOOTER, buf_str(&text));
	buf_release(&text);
	return true;
}

/* "c cancel"; 0 when there is no room for all of it. */
static int put_hint(struct app *a, struct area line, int x, const struct action *act,
		    const char *why)
{
	char key[32], text[200];
	int need;

	keymap_key(a->keys, act, key, sizeof(key));
	if (key[0] == '\0')
		return 0;
	snprintf(text, sizeof(text), "%s%s%s%s", act->label, why != NULL ? " (" : "",
		 why != NULL ? why : "", why != NULL ? ")" : "");
	need = (int)(strlen(key) + strlen(text)) + 3;
	if (x + need > line.w)
		return 0;
	area_text(line, x, 0, why != NULL ? ROLE_DIM : ROLE_KEY, key);
	area_text(line, x + (int)strlen(key) + 1, 0, why != NULL ? ROLE_DIM : ROLE_FOOTER, text);
	return need;
}

static bool is_known(const struct app *a, struct view *v, const struct action *act)
{
	struct buf segment;
	bool ok = true;

	if (act->label == NULL || !action_is_in(act, v->ops->name))
		return false;
	if (act->act == ACT_BACK)
		return v->below != NULL || a->is_big;
	if (act->act == ACT_OPEN && act->views == NULL) {
		buf_init(&segment, 4096);
		ok = v->ops->opens != NULL && v->ops->opens(v, &segment);
		buf_release(&segment);
	}
	return ok;
}

/* Cells that the way to help takes: it is told whatever else there is. */
static int help_cells(struct app *a)
{
	char key[32];

	for (int i = 0; i < actions_n; i++)
		if (actions[i].act == ACT_HELP) {
			keymap_key(a->keys, &actions[i], key, sizeof(key));
			return key[0] == '\0' ? 0
			     : (int)(strlen(key) + strlen(actions[i].label)) + 3;
		}
	return 0;
}

/* What works first, the view's own before what is everywhere; then what does not, and why. */
void lines_footer(struct app *a, struct area line)
{
	struct view *v = app_focus(a);
	int x = 1, kept = help_cells(a);

	area_clear(line, ROLE_FOOTER);
	if (a->said != NULL) {
		area_fit(line, 1, 0, line.w - 2, FIT_LEFT, 0, a->said_role, a->said,
			 strlen(a->said));
		return;
	}
	if (put_progress(a, line))
		return;
	if (v->ops->foot != NULL) {
		area_text(line, 1, 0, ROLE_FOOTER, v->ops->foot);
		return;
	}
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < actions_n; i++) {
			const struct action *act = &actions[i];
			const char *why;

			if (!is_known(a, v, act) || (round < 2 && (act->views == NULL) != round))
				continue;
			why = run_why_not(a, v, act);
			kept = act->act == ACT_HELP ? 0 : kept;
			if ((why != NULL) == (round == 2))
				x += put_hint(a, area_part(line, 0, 0, line.w - kept, 1), x, act,
					      why);
		}
}
