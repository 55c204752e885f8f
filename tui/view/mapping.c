/*
 * tui/view/mapping.c
 *	The screen on which a mapping is edited: what it asks, is told, and does.
 */
#include "tui/view/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "tui/view/expr_offer.h"
#include "tui/view/show.h"
#include "tui/view/views.h"
#include "tui/widget/line.h"

#define SURE 90		/* score from which a candidate is taken without a look */

static struct mapping_view *self(struct view *v)
{
	return (struct mapping_view *)v;
}

/* ---- what is known ----------------------------------------------------------------- */

const char *mapping_field_now(struct mapping_view *m)
{
	int row = list_at(m->list);
	const char *field = m->fields != NULL && row >= 0 ?
			    answer_text(m->fields, row, "field") : "";

	return field[0] != '\0' ? field : NULL;
}

int mapping_row_of(const struct mapping_view *m, const char *field)
{
	for (int i = 0; m->fields != NULL && i < m->fields->nrows; i++)
		if (strcmp(answer_text(m->fields, i, "field"), field) == 0)
			return i;
	return -1;
}

static const char *on_key_of_row(void *ctx, int row)
{
	struct mapping_view *m = ctx;

	return m->fields != NULL ? answer_text(m->fields, row, "field") : "";
}

/* ---- asking ------------------------------------------------------------------------- */

static void ask_all(struct mapping_view *m)
{
	const char *fresh = m->is_fresh ? "--fresh" : NULL;

	view_askl(&m->base, MAPPING_STATUS, "mapping", "status", m->base.segment, NULL);
	view_askl(&m->base, MAPPING_FIELDS, "mapping", "preview", m->base.segment, fresh, NULL);
	if (m->is_fresh || m->suggested == NULL)
		view_askl(&m->base, MAPPING_SUGGEST, "mapping", "suggest", "--pipeline",
			  m->base.segment, NULL);
	m->is_fresh = false;
}

void mapping_try_now(struct mapping_view *m)
{
	struct view_words w = { 3, { "mapping", "try", m->base.segment } };
	struct buf asked;

	if (m->wanted_field == NULL || view_is_asking(&m->base, MAPPING_TRY))
		return;
	buf_init(&asked, 1u << 20);
	buf_addf(&asked, "%s=%s", m->wanted_field, m->wanted != NULL ? m->wanted : "(draft)");
	free(m->asked);
	m->asked = mem_strdup(buf_str(&asked));
	buf_release(&asked);
	words_add(&w, "--");
	words_add(&w, m->wanted_field);
	if (m->wanted != NULL)
		words_add(&w, m->wanted);
	view_ask(&m->base, MAPPING_TRY, &w);
	free(m->wanted_field);
	m->wanted_field = NULL;
}

void mapping_try(struct mapping_view *m, const char *field, const char *expr)
{
	char *own = expr != NULL ? mem_strdup(expr) : NULL, *name = mem_strdup(field);

	free(m->wanted);
	free(m->wanted_field);
	m->wanted = own;
	m->wanted_field = name;
	mapping_try_now(m);
}

static void try_row(struct mapping_view *m)
{
	const char *field = mapping_field_now(m);

	if (field != NULL)
		mapping_try(m, field, NULL);
}

/* FIELD=EXPR as the command reads it: quotes keep a name together. */
static void put_line(struct buf *out, const char *field, const char *expr)
{
	buf_addf(out, strpbrk(field, "= \t") != NULL ? "\"%s\"=%s" : "%s=%s", field, expr);
}

void mapping_keep_line(struct mapping_view *m, const char *field, const char *expr)
{
	struct view_words w = { 3, { "mapping", "set", m->base.segment } };
	struct buf line;

	buf_init(&line, 1u << 20);
	put_line(&line, field, expr);
	words_add(&w, "--");
	words_add(&w, buf_str(&line));
	view_do(&m->base, MAPPING_SET, &w);
	buf_release(&line);
}

static void step(struct mapping_view *m, const char *verb)
{
	struct view_words w = { 3, { "mapping", verb, m->base.segment } };

	view_do(&m->base, MAPPING_SET, &w);
}

/* ---- life ---------------------------------------------------------------------------- */

static void open(struct view *v)
{
	struct mapping_view *m = self(v);
	struct list_source src = { m, mapping_cell, on_key_of_row };

	m->list = list_new(mapping_cols, mapping_ncols, &src);
	m->scratch = arena_alloc(v->mem, sizeof(*m->scratch));
	buf_init(m->scratch, 65536);
	ask_all(m);
}

static void close(struct view *v)
{
	struct mapping_view *m = self(v);

	if (m->mode == MODE_LINE)
		line_close();
	mapping_end_choice(m);
	list_free(m->list);
	answer_free(m->status);
	answer_free(m->fields);
	answer_free(m->sources);
	answer_free(m->tried);
	answer_free(m->suggested);
	buf_release(m->scratch);
	free(m->field);
	free(m->wanted);
	free(m->wanted_field);
	free(m->asked);
}

static void refresh(struct view *v)
{
	ask_all(self(v));
}

/* ---- answers ------------------------------------------------------------------------- */

static void take(struct answer **to, struct answer *a)
{
	answer_free(*to);
	*to = a;
}

/* What failed leaves what was there. */
static void take_good(struct answer **to, struct answer *a)
{
	if (a->code == ERR_OK)
		take(to, a);
	else
		answer_free(a);
}

/* Where the source cannot be read, the lines can be: nothing is known of rows then. */
static void ask_lines(struct mapping_view *m)
{
	bool has_draft = m->status != NULL && answer_bool(m->status, 0, "draft");

	view_askl(&m->base, MAPPING_LINES, "mapping", "show", m->base.segment,
		  has_draft ? "--draft" : NULL, NULL);
}

static void take_lines(struct mapping_view *m, struct answer *a)
{
	if (a->code != ERR_OK || m->err.code == ERR_OK) {
		answer_free(a);
		return;
	}
	take(&m->fields, a);
	list_rows(m->list, a->nrows, false, false);
}

static void take_fields(struct mapping_view *m, struct answer *a)
{
	if (a->code != ERR_OK) {
		m->err = a->err;
		m->err.code = a->code;
		answer_free(a);
		ask_lines(m);
		return;
	}
	err_clear(&m->err);
	take(&m->fields, a);
	list_rows(m->list, a->nrows, false, false);
	if (m->mode == MODE_ROWS)
		try_row(m);
	/* The sample is there now: this asks nobody. */
	view_askl(&m->base, MAPPING_SOURCES, "mapping", "sources", m->base.segment, NULL);
}

/* Work that was left when a line or a program ended is there again. */
static void tell_draft(struct mapping_view *m)
{
	struct buf when;

	/* On the screen above it, this would be about something else. */
	if (m->was_draft_told || !m->base.is_shown)
		return;
	m->was_draft_told = true;
	if (!answer_bool(m->status, 0, "draft"))
		return;
	buf_init(&when, 64);
	show_when(&when, show_time_us(answer_text(m->status, 0, "draft_at")), view_now(&m->base));
	view_say(&m->base, ROLE_OK, "your draft of %s is open again: %lld lines changed; "
		 ":mapping discard %s throws it away", buf_str(&when),
		 (long long)answer_int(m->status, 0, "changes"), m->base.segment);
	buf_release(&when);
}

static void take_status(struct mapping_view *m, struct answer *a)
{
	if (a->code != ERR_OK || a->nrows == 0) {
		answer_free(a);
		return;
	}
	take(&m->status, a);
	tell_draft(m);
}

static void take_sources(struct mapping_view *m, struct answer *a)
{
	bool has_drift = false;

	if (a->code != ERR_OK) {
		answer_free(a);
		return;
	}
	take(&m->sources, a);
	for (int i = 0; i < a->nrows; i++)
		has_drift |= !answer_is_null(a, i, "drift");
	if (has_drift && !m->was_drift_told && m->mode == MODE_ROWS)
		mapping_tell_drift(m);
	m->was_drift_told = true;
}

static void tell_error(struct mapping_view *m, const struct answer *a)
{
	char text[600];

	err_text(&a->err, text, sizeof(text));
	view_say(&m->base, ROLE_BAD, "%s", text);
}

static void answer(struct view *v, int what, struct answer *a)
{
	struct mapping_view *m = self(v);

	view_dirty(v);
	switch ((enum mapping_what)what) {
	case MAPPING_STATUS:
		take_status(m, a);
		return;
	case MAPPING_FIELDS:
		take_fields(m, a);
		return;
	case MAPPING_SOURCES:
		take_sources(m, a);
		return;
	case MAPPING_TRY:
		take_good(&m->tried, a);
		mapping_try_now(m);
		return;
	case MAPPING_LINES:
		take_lines(m, a);
		return;
	case MAPPING_SUGGEST:
		/* Without any, names that are alike have to do. */
		take_good(&m->suggested, a);
		return;
	case MAPPING_DIFF:
		if (a->code == ERR_OK)
			mapping_choose_diff(m, a);
		else
			tell_error(m, a);
		break;
	case MAPPING_SET:
		if (a->code != ERR_OK)
			tell_error(m, a);
		else if (a->nnotes > 0)
			view_say(v, ROLE_DIM, "%s", a->note[0]);
		ask_all(m);
		break;
	}
	answer_free(a);
}

/* ---- moving ---------------------------------------------------------------------------- */

static bool needs_work(const struct mapping_view *m, int row)
{
	const char *s = answer_text(m->fields, row, "status");

	return s[0] != '\0' && strcmp(s, "ok") != 0 && strcmp(s, "empty") != 0;
}

static void next_problem(struct mapping_view *m, int by)
{
	int n = m->fields != NULL ? m->fields->nrows : 0, at = list_at(m->list);

	for (int i = 1; i <= n; i++) {
		int row = ((at + i * by) % n + n) % n;

		if (needs_work(m, row)) {
			list_move(m->list, row - at);
			try_row(m);
			return;
		}
	}
	view_say(&m->base, ROLE_DIM, m->err.code == ERR_OK ? "every field is ok" :
		 "nothing is known of the rows");
}

static bool move(struct mapping_view *m, enum act act)
{
	switch (act) {
	case ACT_UP:
	case ACT_DOWN:
		list_move(m->list, act == ACT_UP ? -1 : 1);
		break;
	case ACT_PAGE_UP:
	case ACT_PAGE_DOWN:
		list_move(m->list, act == ACT_PAGE_UP ? -list_page(m->list) : list_page(m->list));
		break;
	case ACT_FIRST:
		list_first(m->list);
		break;
	case ACT_LAST:
		list_last(m->list);
		break;
	case ACT_LEFT:
	case ACT_RIGHT:
		list_side(m->list, act == ACT_LEFT ? -8 : 8);
		return true;
	default:
		return false;
	}
	try_row(m);
	return true;
}

static void edit_row(struct mapping_view *m, const char *start)
{
	const char *field = mapping_field_now(m);

	if (field == NULL)
		return;
	free(m->field);
	m->field = mem_strdup(field);
	mapping_type(m, start != NULL ? start :
		     answer_text(m->fields, list_at(m->list), "from"), field);
}

static bool act(struct view *v, enum act act)
{
	struct mapping_view *m = self(v);

	view_dirty(v);
	if (move(m, act))
		return true;
	switch (act) {
	case ACT_NEXT:
	case ACT_PREV:
		next_problem(m, act == ACT_NEXT ? 1 : -1);
		return true;
	case ACT_OPEN:
		edit_row(m, NULL);
		return true;
	case ACT_UNDO:
		step(m, "undo");
		return true;
	case ACT_REFRESH:
		m->is_fresh = true;
		ask_all(m);
		return true;
	default:
		return false;
	}
}

/* ---- what keys do ------------------------------------------------------------------------ */

static void accept(struct mapping_view *m, int number)
{
	const char *field = mapping_field_now(m);
	struct mapping_candidate c;
	struct buf name;

	if (field == NULL || !mapping_candidate(m, field, number, &c)) {
		view_say(&m->base, ROLE_DIM, "there is no candidate %d for this field", number);
		return;
	}
	buf_init(&name, 4096);
	expr_quote(&name, c.source);
	mapping_keep_line(m, field, buf_str(&name));
	buf_release(&name);
}

/* Fields that nothing fills and that have a sure candidate; what a person chose stays. */
static void accept_all(struct mapping_view *m)
{
	struct view_words w = { 3, { "mapping", "set", m->base.segment } };
	struct arena *mem = arena_new(NULL, "accept");
	struct mapping_candidate c;

	words_add(&w, "--");
	for (int i = 0; m->fields != NULL && i < m->fields->nrows && w.n < VIEW_WORDS; i++) {
		const char *field = answer_text(m->fields, i, "field");
		struct buf line, name;

		if (!answer_is_null(m->fields, i, "from") || !mapping_candidate(m, field, 1, &c) ||
		    c.score < SURE || !c.is_assigned)
			continue;
		buf_init(&line, 8192);
		buf_init(&name, 4096);
		expr_quote(&name, c.source);
		put_line(&line, field, buf_str(&name));
		words_add(&w, arena_strdup(mem, buf_str(&line)));
		buf_release(&name);
		buf_release(&line);
	}
	if (w.n > 4)
		view_do(&m->base, MAPPING_SET, &w);
	else
		view_say(&m->base, ROLE_DIM, "no field waits for a sure candidate");
	arena_free(mem);
}

static void tell_kept(struct mapping_view *m)
{
	if (m->status == NULL || !answer_bool(m->status, 0, "draft"))
		view_say(&m->base, ROLE_DIM, "there is nothing to keep yet");
	else
		view_say(&m->base, ROLE_OK, "the draft is kept, with %lld edits to undo; every "
			 "change keeps it", (long long)answer_int(m->status, 0, "undo"));
}

static void validate(struct mapping_view *m)
{
	struct buf line;

	buf_init(&line, 4096);
	buf_addf(&line, "mapping validate -- \"%s\"", m->base.segment);
	view_type(&m->base, buf_str(&line));
	buf_release(&line);
}

static void edit(struct view *v, const struct action *a)
{
	struct mapping_view *m = self(v);
	const char *what = a->command, *field = mapping_field_now(m);

	view_dirty(v);
	if (strcmp(what, "redo") == 0)
		step(m, "redo");
	else if (strcmp(what, "save") == 0)
		tell_kept(m);
	else if (strcmp(what, "validate") == 0)
		validate(m);
	else if (strcmp(what, "accept-all") == 0)
		accept_all(m);
	else if (strcmp(what, "diff") == 0)
		view_askl(v, MAPPING_DIFF, "mapping", "diff", v->segment, NULL);
	else if (field == NULL)
		view_say(v, ROLE_DIM, "no field is chosen");
	else if (strcmp(what, "edit") == 0)
		edit_row(m, NULL);
	else if (strcmp(what, "constant") == 0)
		edit_row(m, "''");
	else if (strcmp(what, "unmap") == 0)
		mapping_keep_line(m, field, "-");
	else if (strcmp(what, "transform") == 0)
		mapping_choose_transform(m);
	else if (strcmp(what, "unused") == 0)
		mapping_choose_unused(m);
	else if (strcmp(what, "why") == 0)
		mapping_why(m);
	else
		next_problem(m, 1);
}

static bool key(struct view *v, struct key k)
{
	struct mapping_view *m = self(v);

	if (m->mode == MODE_LINE)
		return mapping_line_key(m, k);
	if (m->mode == MODE_CHOICE)
		return mapping_choice_key(m, k);
	if (k.mods != 0 || k.code < '1' || k.code > '5')
		return false;
	accept(m, (int)(k.code - '0'));
	return true;
}

static void paste(struct view *v, const char *p, size_t n)
{
	struct mapping_view *m = self(v);

	if (m->mode != MODE_LINE)
		return;
	line_paste(p, n);
	mapping_try(m, m->field, line_text());
	view_dirty(v);
}

/* ---- what others ask ----------------------------------------------------------------------- */

static bool value(struct view *v, const char *name, struct buf *out)
{
	struct mapping_view *m = self(v);

	if (strcmp(name, "name") == 0) {
		buf_adds(out, v->segment);
		return true;
	}
	if (strcmp(name, "field") != 0 || mapping_field_now(m) == NULL)
		return false;
	buf_adds(out, mapping_field_now(m));
	return true;
}

static const char *why_not(struct view *v, const struct action *a)
{
	struct mapping_view *m = self(v);

	if (strncmp(a->name, "mapping-", 8) != 0)
		return NULL;
	if (m->status == NULL)
		return "the mapping is not read yet";
	return answer_bool(m->status, 0, "draft") ? NULL : "there is no draft";
}

static const struct view_ops *child(struct view *v, const char *segment)
{
	(void)v;
	return strcmp(segment, "preview") == 0 ? view_preview : NULL;
}

static bool opens(struct view *v, struct buf *segment)
{
	(void)segment;
	return mapping_field_now(self(v)) != NULL;
}

static void done(struct view *v, const struct action *a)
{
	(void)a;
	ask_all(self(v));
}

static void news(struct view *v, const struct news *n)
{
	if (n->kind == NEWS_UP || n->kind == NEWS_RESYNC)
		view_touch(v);
}

static void status(struct view *v, struct buf *out)
{
	struct mapping_view *m = self(v);
	int filled, all, missing, lossy, errors;

	if (m->fields == NULL || m->err.code != ERR_OK)
		return;
	mapping_count(m, &filled, &all, &missing, &lossy, &errors);
	buf_addf(out, "%d/%d", filled, all);
	if (missing > 0)
		buf_addf(out, "  missing %d", missing);
	if (errors > 0)
		buf_addf(out, "  errors %d", errors);
	if (lossy > 0)
		buf_addf(out, "  lossy %d", lossy);
}

static bool copy(struct view *v, struct buf *out)
{
	struct mapping_view *m = self(v);
	const char *field = mapping_field_now(m);

	if (field == NULL)
		return false;
	buf_addf(out, "%s = %s", field, answer_text(m->fields, list_at(m->list), "from"));
	return true;
}

static void mouse(struct view *v, const struct input *in)
{
	struct mapping_view *m = self(v);
	int row = list_row_at(m->list, in->y - 1);

	if (m->mode != MODE_ROWS)
		return;
	if (in->mouse == MOUSE_WHEEL_UP || in->mouse == MOUSE_WHEEL_DOWN)
		list_move(m->list, in->mouse == MOUSE_WHEEL_UP ? -3 : 3);
	else if (in->mouse == MOUSE_PRESS && row >= 0)
		list_move(m->list, row - list_at(m->list));
	try_row(m);
}

static const struct view_ops ops = {
	.name = "mapping", .title = "Mapping",
	.summary = "A mapping, field by field: what makes it, what is wrong, and how to mend it.",
	.size = sizeof(struct mapping_view),
	.open = open, .close = close, .refresh = refresh, .answer = answer, .draw = mapping_draw,
	.act = act, .key = key, .paste = paste, .mouse = mouse, .news = news, .status = status,
	.opens = opens, .child = child, .value = value, .why_not = why_not, .done = done,
	.edit = edit, .copy = copy,
};
const struct view_ops *const view_mapping = &ops;
