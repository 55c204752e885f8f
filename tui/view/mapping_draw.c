/*
 * tui/view/mapping_draw.c
 *	How a mapping looks: rows of fields, what becomes of a sample, the line being typed.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "tui/view/mapping.h"
#include "tui/view/show.h"
#include "tui/view/trial_rows.h"
#include "tui/widget/frame.h"
#include "tui/widget/line.h"

/* ---- rows ----------------------------------------------------------------------------- */

enum column { COL_FROM, COL_SOURCE_TYPE, COL_NULLS, COL_SCORE, COL_TARGET, COL_FLAGS, COL_TYPE,
	      COL_STATUS };

const struct list_col mapping_cols[] = {
	{ "SOURCE", 14, 60, 4, 0, false },
	{ "TYPE", 5, 14, 0, 4, false },
	{ "NUL%", 4, 4, 0, 5, true },
	{ "SC", 3, 3, 0, 3, true },
	{ "TARGET", 10, 30, 1, 0, false },
	{ "", 2, 2, 0, 2, false },
	{ "TYPE", 6, 22, 0, 1, false },
	{ "ST", 8, 16, 0, 0, false },
};
const int mapping_ncols = sizeof(mapping_cols) / sizeof(mapping_cols[0]);

static enum role role_of_status(const char *s)
{
	if (s[0] == '\0')
		return ROLE_DIM;
	if (strcmp(s, "ok") == 0)
		return ROLE_OK;
	if (strcmp(s, "LOSSY") == 0)
		return ROLE_WARN;
	return strcmp(s, "empty") == 0 ? ROLE_DIM : ROLE_BAD;
}

static void status_cell(struct mapping_view *m, int row, struct buf *out)
{
	int64_t failing = answer_int(m->fields, row, "failing");

	buf_adds(out, answer_is_null(m->fields, row, "status") ? "?" :
		 answer_text(m->fields, row, "status"));
	if (failing > 0) {
		buf_adds(out, " ");
		show_amount(out, (double)failing);
	}
	/* What differs from what runs is marked. */
	if (answer_bool(m->fields, row, "changed"))
		buf_adds(out, "*");
}

static void from_cell(struct mapping_view *m, int row, struct buf *out, struct list_cell *cell)
{
	const char *from = answer_text(m->fields, row, "from");

	if (from[0] == '\0' || strcmp(from, "-") == 0) {
		buf_adds(out, from[0] == '\0' ? "--" : "- (left out)");
		cell->role = ROLE_DIM;
	} else {
		text_clean(out, from, strlen(from));
		if (strcmp(answer_text(m->fields, row, "by"), "name") == 0)
			cell->role = ROLE_DIM;
	}
}

/* How well what it reads is suggested for it. */
static void score_cell(struct mapping_view *m, int row, struct buf *out)
{
	const char *source = answer_text(m->fields, row, "source");
	const char *field = answer_text(m->fields, row, "field");
	struct mapping_candidate c;

	for (int i = 1; source[0] != '\0' && mapping_candidate(m, field, i, &c); i++)
		if (strcmp(c.source, source) == 0) {
			buf_addf(out, "%d", c.score);
			return;
		}
}

void mapping_cell(void *ctx, int row, int col, struct list_cell *cell)
{
	struct mapping_view *m = ctx;
	const struct answer *a = m->fields;
	struct buf *out = m->scratch;

	buf_clear(out);
	switch ((enum column)col) {
	case COL_FROM:
		from_cell(m, row, out, cell);
		break;
	case COL_SOURCE_TYPE:
		buf_adds(out, answer_text(a, row, "source_type"));
		break;
	case COL_NULLS:
		if (!answer_is_null(a, row, "source_nulls"))
			buf_addf(out, "%.0f", 100 * answer_float(a, row, "source_nulls"));
		break;
	case COL_SCORE:
		score_cell(m, row, out);
		break;
	case COL_TARGET:
		buf_adds(out, answer_text(a, row, "field"));
		break;
	case COL_FLAGS:
		buf_adds(out, answer_bool(a, row, "key") ? "PK" :
			 answer_bool(a, row, "required") ? "NN" :
			 answer_bool(a, row, "new") ? "+" : "");
		cell->role = ROLE_KEY;
		break;
	case COL_TYPE:
		buf_adds(out, answer_text(a, row, "type"));
		break;
	case COL_STATUS:
		status_cell(m, row, out);
		cell->role = role_of_status(answer_text(a, row, "status"));
		break;
	}
	cell->text = buf_str(out);
	cell->len = out->len;
}

void mapping_count(const struct mapping_view *m, int *filled, int *all, int *missing, int *lossy,
		   int *errors)
{
	*filled = *missing = *lossy = *errors = 0;
	*all = m->fields->nrows;
	for (int i = 0; i < m->fields->nrows; i++) {
		const char *s = answer_text(m->fields, i, "status");

		*missing += strcmp(s, "MISSING") == 0;
		*lossy += strcmp(s, "LOSSY") == 0;
		*errors += strcmp(s, "ERROR") == 0;
		*filled += strcmp(s, "ok") == 0 || strcmp(s, "LOSSY") == 0;
	}
}

/* ---- the head -------------------------------------------------------------------------- */

static void draw_head(struct mapping_view *m, struct area a)
{
	const struct answer *s = m->status;
	struct buf text;

	if (s == NULL)
		return;
	buf_init(&text, 4096);
	if (!answer_bool(s, 0, "draft")) {
		buf_addf(&text, "version %lld", (long long)answer_int(s, 0, "version"));
	} else {
		buf_addf(&text, "draft on version %lld, %lld changed",
			 (long long)answer_int(s, 0, "base_version"),
			 (long long)answer_int(s, 0, "changes"));
		if (answer_bool(s, 0, "behind"))
			buf_addf(&text, "; others have published %lld",
				 (long long)answer_int(s, 0, "version"));
	}
	if (!answer_is_null(s, 0, "others"))
		buf_addf(&text, "; drafts of %s", answer_text(s, 0, "others"));
	/* What stands is more than where it is from: of that the end may be cut. */
	buf_addf(&text, "   %s > %s", answer_text(s, 0, "source"), answer_text(s, 0, "target"));
	area_fit(a, 0, 0, a.w, FIT_LEFT, 0,
		 answer_bool(s, 0, "behind") ? ROLE_WARN : ROLE_DIM, buf_str(&text), text.len);
	buf_release(&text);
}

/* ---- what becomes of the sample --------------------------------------------------------- */

static void draw_rules(struct area a, int y, const struct answer *t)
{
	json_t *rules = json_loads(answer_text(t, 0, "rules"), 0, NULL), *rows;
	const char *rule;
	int x = 1;

	json_object_foreach(rules, rule, rows)
		x += area_printf(a, x, y, ROLE_WARN, "%s %lld   ", rule,
				 (long long)json_integer_value(rows));
	json_decref(rules);
}

/* Rows of the field that was tried; those that fail come first. */
static void draw_tried(struct mapping_view *m, struct area a)
{
	const struct answer *t = m->tried;
	int y = 0;

	if (m->err.code != ERR_OK && t == NULL) {
		char text[600];

		err_text(&m->err, text, sizeof(text));
		y = show_text(a, 0, ROLE_BAD, text);
		show_text(area_part(a, 0, y, a.w, a.h), 0, ROLE_TEXT, m->err.hint);
		return;
	}
	if (t == NULL || t->nrows == 0 || a.h <= 0)
		return;
	if (!answer_is_null(t, 0, "problem") && answer_int(t, 0, "failing") == 0)
		area_text(a, 1, y++, role_of_status(answer_text(t, 0, "status")),
			  answer_text(t, 0, "problem"));
	else if (answer_int(t, 0, "failing") > 0 && a.h > 3)
		draw_rules(a, y++, t);
	if (m->mode == MODE_ROWS && m->fields != NULL && list_at(m->list) >= 0 &&
	    !answer_is_null(m->fields, list_at(m->list), "readings"))
		area_text(a, 1, y++, ROLE_KEY, "t chooses how it is read");
	trial_rows(area_part(a, 0, y, a.w, a.h - y), t);
}

static void tried_title(struct mapping_view *m, struct buf *out)
{
	const struct answer *t = m->tried;

	if (t == NULL || t->nrows == 0) {
		buf_adds(out, "preview");
		return;
	}
	buf_addf(out, "%s: ", answer_text(t, 0, "field"));
	show_amount(out, (double)answer_int(t, 0, "failing"));
	buf_adds(out, " of ");
	show_amount(out, (double)answer_int(t, 0, "rows"));
	buf_adds(out, " rows fail");
	if (answer_int(t, 0, "nulls") > 0) {
		buf_adds(out, ", null in ");
		show_amount(out, (double)answer_int(t, 0, "nulls"));
	}
	if (!answer_is_null(t, 0, "gives"))
		buf_addf(out, "   %s into %s", answer_text(t, 0, "gives"),
			 answer_text(t, 0, "type"));
}

/* ---- the line --------------------------------------------------------------------------- */

/* The line, and under it what is wrong, at its place. */
static struct area draw_line(struct mapping_view *m, struct area a)
{
	const struct answer *t = m->tried;
	bool is_wrong = t != NULL && t->nrows > 0 && answer_int(t, 0, "at") > 0;
	int label = text_width(m->field, strlen(m->field)) + 3;

	line_draw(a, 0);
	if (is_wrong) {
		int x = label + (int)answer_int(t, 0, "at") - 1;

		if (x < a.w - 1)
			area_text(a, x, 1, ROLE_BAD, "^");
	}
	return area_part(a, 0, is_wrong ? 2 : 1, a.w, a.h);
}

/* ---- candidates ---------------------------------------------------------------------------- */

static bool draw_candidates(struct mapping_view *m, struct area a, int y)
{
	const char *field = mapping_field_now(m);
	struct mapping_candidate c;
	int x = 1;

	for (int i = 1; field != NULL && i <= 5; i++) {
		if (!mapping_candidate(m, field, i, &c))
			break;
		if (strcmp(c.source, answer_text(m->fields, list_at(m->list), "source")) == 0)
			continue;
		x += area_printf(a, x, y, ROLE_KEY, "%d ", i);
		x += area_text(a, x, y, ROLE_TEXT, c.source);
		x += area_printf(a, x, y, ROLE_DIM, " %d   ", c.score);
	}
	return x > 1;
}

/* ---- all of it ----------------------------------------------------------------------------- */

static void draw_lower(struct mapping_view *m, struct area a, bool has_focus)
{
	struct buf title;

	buf_init(&title, 1024);
	tried_title(m, &title);
	a = frame_titled(a, buf_str(&title),
			 m->mode == MODE_LINE ? "enter keeps it   tab completes   esc leaves" :
			 NULL,
			 m->mode == MODE_LINE);
	buf_release(&title);
	if (m->mode == MODE_LINE && has_focus)
		a = draw_line(m, a);
	else if (m->mode == MODE_ROWS && a.h > 2 && draw_candidates(m, a, 0))
		a = area_part(a, 0, 1, a.w, a.h);
	draw_tried(m, a);
}

static void draw_choice(struct mapping_view *m, struct area a)
{
	const struct mapping_choice *c = &m->choice;
	int first;

	a = frame_titled(a, c->title, c->is_tried ? "enter takes it   esc leaves" : "esc leaves",
			 true);
	first = c->at >= a.h ? c->at - a.h + 1 : 0;
	for (int i = first; i < c->n && i - first < a.h; i++) {
		area_fit(a, 1, i - first, a.w - 1, FIT_LEFT, 0, ROLE_TEXT, c->text[i],
			 strlen(c->text[i]));
		if (i == c->at)
			area_paint(a, 0, i - first, a.w, 1, ROLE_CURSOR, 0);
	}
}

static void draw_rows(struct mapping_view *m, struct area a, bool has_focus)
{
	char text[600];

	if (m->fields != NULL && m->fields->nrows > 0) {
		list_draw(m->list, a, has_focus && m->mode == MODE_ROWS);
	} else if (m->err.code != ERR_OK) {
		int y;

		err_text(&m->err, text, sizeof(text));
		y = show_text(a, 0, ROLE_BAD, text);
		show_text(a, y, ROLE_TEXT, m->err.hint);
	} else {
		area_text(a, 1, 0, ROLE_DIM, !view_is_up(&m->base) ? "not connected" :
			  m->fields != NULL ? "there are no fields" :
			  "reading a sample of the source");
	}
}

void mapping_draw(struct view *v, struct area a, bool has_focus)
{
	struct mapping_view *m = (struct mapping_view *)v;
	int lower = a.h >= 30 ? 14 : a.h >= 18 ? 8 : a.h >= 10 ? 5 : a.h >= 6 ? 3 : 0;
	struct area upper;

	m->is_ascii = a.g->is_ascii;
	if (a.h > 4) {
		draw_head(m, a);
		a = area_part(a, 0, 1, a.w, a.h);
	}
	upper = area_part(a, 0, 0, a.w, a.h - lower);
	if (m->mode == MODE_CHOICE)
		draw_choice(m, upper);
	else
		draw_rows(m, upper, has_focus);
	if (lower > 0)
		draw_lower(m, area_part(a, 0, a.h - lower, a.w, lower), has_focus);
	if (m->mode == MODE_LINE && has_focus)
		line_draw_offers(area_part(a, 0, 0, a.w, a.h - lower), a.h - lower, a.h - lower);
}
