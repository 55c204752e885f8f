/*
 * tui/view/reject_fix.c
 *	A cell of a whole group of rejects, as an expression that is tried while it is typed.
 *
 * It lies below a group's rows, "jobs/7/rejects/amount:type/fix". One trial is on its way at a
 * time, the newest text next; it looks at the first rejects of the group. Enter asks for the
 * plan, which counts all of them and asks before anything is done.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "tui/view/expr_offer.h"
#include "tui/view/show.h"
#include "tui/view/trial_rows.h"
#include "tui/view/views.h"
#include "tui/widget/frame.h"
#include "tui/widget/line.h"

enum { WHAT_TRY = 1 };

struct reject_fix {
	struct view base;
	struct view_words which;	/* --job, --field, --rule */
	struct answer *tried;	/* NULL: none came yet */
	json_t *fields;		/* of the rows; NULL: not known yet */
	int field;		/* of them, whose cell is changed */
	bool is_wanted;		/* the text is another than the one that is being tried */
	struct err err;		/* code 0: none */
};

static struct reject_fix *self(struct view *v)
{
	return (struct reject_fix *)v;
}

/* "" : not known yet. */
static const char *field_name(const struct reject_fix *f)
{
	const char *name = json_string_value(json_array_get(f->fields, (size_t)f->field));

	return name != NULL ? name : "";
}

/* ---- asking ------------------------------------------------------------------------- */

static void try_now(struct reject_fix *f)
{
	struct view_words w = { 2, { "reject", "try" } };

	if (!f->is_wanted || view_is_asking(&f->base, WHAT_TRY))
		return;
	f->is_wanted = false;
	for (int i = 0; i < f->which.n; i++)
		words_add(&w, f->which.word[i]);
	if (f->fields != NULL) {
		words_add(&w, "--");
		words_add(&w, field_name(f));
		words_add(&w, line_text());
	}
	view_ask(&f->base, WHAT_TRY, &w);
}

static void wish(struct reject_fix *f)
{
	f->is_wanted = true;
	try_now(f);
}

static const char *on_name(void *ctx, int i, const char **help)
{
	const struct reject_fix *f = ctx;

	(void)help;
	return json_string_value(json_array_get(f->fields, (size_t)i));
}

static void on_complete(void *ctx, const char *text, size_t at)
{
	expr_offer(text, at, on_name, ctx);
}

static void begin_line(struct reject_fix *f)
{
	struct line_options o = { .history = "expression", .complete = on_complete, .ctx = f };
	struct buf label, start;

	buf_init(&label, 200);
	buf_init(&start, 8192);
	buf_addf(&label, "%.100s = ", field_name(f));
	expr_quote(&start, field_name(f));
	o.label = buf_str(&label);
	o.start = buf_str(&start);
	line_open(&o);
	buf_release(&label);
	buf_release(&start);
}

/* ---- life ----------------------------------------------------------------------------- */

static void open_view(struct view *v)
{
	struct reject_fix *f = self(v);

	/* The rows below are of one group of one job. */
	words_add(&f->which, "--job");
	words_add(&f->which, v->below->below->below->segment);
	rejects_group_words(v->below->segment, v->mem, &f->which);
	wish(f);
}

static void close_view(struct view *v)
{
	struct reject_fix *f = self(v);

	if (f->fields != NULL)
		line_close();
	json_decref(f->fields);
	answer_free(f->tried);
}

/* The first answer says what there is to type for. */
static void take_fields(struct reject_fix *f)
{
	f->fields = json_loads(answer_text(f->tried, 0, "fields"), 0, NULL);
	for (int i = 0; i < (int)json_array_size(f->fields); i++)
		if (strcmp(json_string_value(json_array_get(f->fields, (size_t)i)),
			   answer_text(f->tried, 0, "cell")) == 0)
			f->field = i;
	if (f->fields != NULL)
		begin_line(f);
}

static void take_answer(struct view *v, int what, struct answer *a)
{
	struct reject_fix *f = self(v);

	(void)what;
	view_dirty(v);
	err_clear(&f->err);
	if (a->code != ERR_OK || a->nrows == 0) {
		f->err = a->err;
		f->err.code = a->code;
		answer_free(a);
	} else {
		answer_free(f->tried);
		f->tried = a;
		if (f->fields == NULL)
			take_fields(f);
	}
	try_now(f);
}

static void refresh(struct view *v)
{
	wish(self(v));
}

/* ---- keys ------------------------------------------------------------------------------- */

/* The plan: the command as it can be typed, which asks before it does anything. */
static void plan(struct reject_fix *f)
{
	struct view *below = f->base.below;
	struct buf line, set;

	buf_init(&line, 1u << 20);
	buf_init(&set, 1u << 19);
	/* Also a name with = or blanks in it stays one. */
	expr_quote(&set, field_name(f));
	buf_addf(&set, "=%s", line_text());
	buf_adds(&line, "reject fix");
	for (int i = 0; i < f->which.n; i++) {
		buf_adds(&line, " ");
		show_word(&line, f->which.word[i]);
	}
	buf_adds(&line, " --set ");
	show_word(&line, buf_str(&set));
	view_back(&f->base);
	view_type(below, buf_str(&line));
	buf_release(&line);
	buf_release(&set);
}

static void next_field(struct reject_fix *f, int by)
{
	int n = (int)json_array_size(f->fields);

	f->field = (f->field + by + n) % n;
	line_close();
	begin_line(f);
	wish(f);
}

static bool on_key(struct view *v, struct key k)
{
	struct reject_fix *f = self(v);
	enum line_result result;
	char *before;

	if (f->fields == NULL)
		return false;
	view_dirty(v);
	if (k.mods == 0 && (k.code == KEY_CODE_PGDN || k.code == KEY_CODE_PGUP)) {
		next_field(f, k.code == KEY_CODE_PGDN ? 1 : -1);
		return true;
	}
	before = mem_strdup(line_text());
	result = line_key(k);
	if (result == LINE_GOES_ON && strcmp(before, line_text()) != 0)
		wish(f);
	free(before);
	if (result == LINE_DONE)
		plan(f);
	else if (result == LINE_GIVEN_UP)
		view_back(v);
	return true;
}

static void on_paste(struct view *v, const char *p, size_t n)
{
	struct reject_fix *f = self(v);

	if (f->fields == NULL)
		return;
	line_paste(p, n);
	wish(f);
	view_dirty(v);
}

/* ---- drawing ----------------------------------------------------------------------------- */

static void put_title(const struct reject_fix *f, struct buf *out)
{
	const struct answer *t = f->tried;

	if (t == NULL) {
		buf_adds(out, "reading rejects");
	} else if (!answer_is_null(t, 0, "problem")) {
		buf_adds(out, "it cannot be computed");
	} else {
		buf_addf(out, "%lld of %s %lld would pass, %lld change",
			 (long long)answer_int(t, 0, "passes"),
			 answer_bool(t, 0, "more") ? "the first" : "all",
			 (long long)answer_int(t, 0, "rejects"),
			 (long long)answer_int(t, 0, "changed"));
	}
}

static int draw_line(const struct reject_fix *f, struct area a)
{
	const char *name = field_name(f);
	int x = text_width(name, strlen(name)) + 3;
	int at = f->tried != NULL ? (int)answer_int(f->tried, 0, "at") : 0;

	line_draw(a, 0);
	if (at > 0 && x + at - 1 < a.w - 1)
		area_text(a, x + at - 1, 1, ROLE_BAD, "^");
	return at > 0 ? 2 : 1;
}

static void draw(struct view *v, struct area a, bool has_focus)
{
	struct reject_fix *f = self(v);
	struct buf title;
	char text[600];
	int y = 0;

	buf_init(&title, 1024);
	put_title(f, &title);
	a = frame_titled(a, buf_str(&title), "enter plans it   tab completes   esc leaves", true);
	buf_release(&title);
	if (f->fields != NULL && has_focus)
		y = draw_line(f, a);
	if (f->err.code != ERR_OK) {
		err_text(&f->err, text, sizeof(text));
		show_text(a, y, ROLE_BAD, text);
		return;
	}
	if (f->tried == NULL)
		return;
	if (!answer_is_null(f->tried, 0, "problem"))
		area_text(a, 1, y, ROLE_BAD, answer_text(f->tried, 0, "problem"));
	else
		trial_rows(area_part(a, 0, y, a.w, a.h - y), f->tried);
	if (f->fields != NULL && has_focus)
		line_draw_offers(area_part(a, 0, 1, a.w, a.h - 1), a.h - 1, a.h - 1);
}

static const struct view_ops ops = {
	.name = "fix", .title = "Fix",
	.summary = "A cell of a group of rejects, made anew by an expression.",
	.foot = "enter plan   tab complete   pgup/pgdn another cell   esc back",
	.size = sizeof(struct reject_fix),
	.open = open_view, .close = close_view, .refresh = refresh, .answer = take_answer,
	.draw = draw, .key = on_key, .paste = on_paste,
};
const struct view_ops *const view_reject_fix = &ops;
