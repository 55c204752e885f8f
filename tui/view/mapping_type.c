/*
 * tui/view/mapping_type.c
 *	What is typed and chosen for a field: expressions, candidates, transforms, sources.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "tui/view/expr_offer.h"
#include "tui/view/mapping.h"
#include "tui/widget/line.h"

#define CANDIDATES 5	/* that have keys */
#define READINGS 4	/* of a value that nothing decides, at most */

/* ---- names ------------------------------------------------------------------------- */

/* Letters and digits alone, in any case. */
static bool is_alike(const char *a, const char *b)
{
	for (;;) {
		while (*a != '\0' && !isalnum((unsigned char)*a) && (unsigned char)*a < 0x80)
			a++;
		while (*b != '\0' && !isalnum((unsigned char)*b) && (unsigned char)*b < 0x80)
			b++;
		if (*a == '\0' || *b == '\0')
			return *a == *b;
		if (tolower((unsigned char)*a++) != tolower((unsigned char)*b++))
			return false;
	}
}

static bool alike(struct mapping_view *m, const char *field, int i, struct mapping_candidate *out)
{
	const struct answer *s = m->sources;
	int found = 0;

	for (int row = 0; s != NULL && row < s->nrows; row++) {
		const char *source = answer_text(s, row, "field");

		if (strcmp(answer_text(s, row, "drift"), "gone") == 0 ||
		    !is_alike(source, field) || ++found < i)
			continue;
		*out = (struct mapping_candidate){ source, 100, "the names are alike", true };
		return true;
	}
	return false;
}

bool mapping_candidate(struct mapping_view *m, const char *field, int i,
		       struct mapping_candidate *out)
{
	const struct answer *s = m->suggested;

	if (s == NULL)
		return alike(m, field, i, out);
	for (int row = 0; row < s->nrows; row++) {
		if (answer_int(s, row, "rank") != i ||
		    strcmp(answer_text(s, row, "target"), field) != 0)
			continue;
		*out = (struct mapping_candidate){
			answer_text(s, row, "source"), (int)answer_int(s, row, "score"),
			answer_text(s, row, "reasons"), answer_bool(s, row, "assigned") };
		return true;
	}
	return false;
}

/* ---- the line ------------------------------------------------------------------------ */

static const char *on_name(void *ctx, int i, const char **help)
{
	const struct answer *s = ((struct mapping_view *)ctx)->sources;

	if (s == NULL || i >= s->nrows)
		return NULL;
	*help = answer_text(s, i, "type");
	return answer_text(s, i, "field");
}

static void on_complete(void *ctx, const char *text, size_t at)
{
	expr_offer(text, at, on_name, ctx);
}

void mapping_type(struct mapping_view *m, const char *start, const char *field)
{
	struct buf label;
	struct line_options o = { .start = start, .history = "expression",
				  .complete = on_complete, .ctx = m };

	buf_init(&label, 200);
	buf_addf(&label, "%.100s = ", field);
	o.label = buf_str(&label);
	line_open(&o);
	buf_release(&label);
	m->mode = MODE_LINE;
	mapping_try(m, field, line_text());
}

bool mapping_line_key(struct mapping_view *m, struct key k)
{
	char *before = mem_strdup(line_text());
	enum line_result result = line_key(k);

	view_dirty(&m->base);
	if (result == LINE_GOES_ON) {
		if (strcmp(before, line_text()) != 0)
			mapping_try(m, m->field, line_text());
	} else {
		m->mode = MODE_ROWS;
		line_close();
		if (result == LINE_DONE)
			mapping_keep_line(m, m->field, line_text());
		else
			mapping_try(m, m->field, NULL);
	}
	free(before);
	return true;
}

/* ---- lines to choose from ------------------------------------------------------------- */

void mapping_end_choice(struct mapping_view *m)
{
	arena_free(m->choice_mem);
	m->choice_mem = NULL;
	m->choice = (struct mapping_choice){ 0 };
	if (m->mode == MODE_CHOICE)
		m->mode = MODE_ROWS;
}

static void begin_choice(struct mapping_view *m, const char *title, int most)
{
	mapping_end_choice(m);
	m->choice_mem = arena_new(NULL, "choice");
	m->choice.title = arena_strdup(m->choice_mem, title);
	m->choice.text = arena_array(m->choice_mem, (size_t)most + 1, sizeof(char *));
	m->choice.expr = arena_array(m->choice_mem, (size_t)most + 1, sizeof(char *));
	m->mode = MODE_CHOICE;
}

static void add_choice(struct mapping_view *m, const char *text, const char *expr)
{
	m->choice.text[m->choice.n] = arena_strdup(m->choice_mem, text);
	m->choice.expr[m->choice.n++] = expr != NULL ? arena_strdup(m->choice_mem, expr) : NULL;
}

static void try_choice(struct mapping_view *m)
{
	if (m->choice.is_tried && m->choice.at < m->choice.n && m->field != NULL)
		mapping_try(m, m->field, m->choice.expr[m->choice.at]);
}

static void take_choice(struct mapping_view *m)
{
	const char *expr = m->choice.at < m->choice.n ? m->choice.expr[m->choice.at] : NULL;

	if (expr != NULL && m->field != NULL)
		mapping_keep_line(m, m->field, expr);
	mapping_end_choice(m);
}

bool mapping_choice_key(struct mapping_view *m, struct key k)
{
	bool is_plain = k.mods == 0;

	view_dirty(&m->base);
	if (is_plain && (k.code == KEY_CODE_UP || k.code == 'k') && m->choice.at > 0) {
		m->choice.at--;
		try_choice(m);
	} else if (is_plain && (k.code == KEY_CODE_DOWN || k.code == 'j') &&
		   m->choice.at + 1 < m->choice.n) {
		m->choice.at++;
		try_choice(m);
	} else if (is_plain && k.code == KEY_CODE_ENTER) {
		take_choice(m);
	} else if (is_plain && (k.code == KEY_CODE_ESC || k.code == 'q' ||
				k.code == KEY_CODE_BACKSPACE)) {
		mapping_end_choice(m);
		if (m->field != NULL)
			mapping_try(m, m->field, NULL);
	} else if (k.mods == 0 && k.code < KEY_CODE_FIRST) {
		return true;	/* nothing else means anything here */
	} else {
		/* What leaves the program or redraws works everywhere. */
		return k.code >= KEY_CODE_FIRST && k.mods == 0 && k.code < KEY_CODE_F1;
	}
	return true;
}

static void choose_for_row(struct mapping_view *m)
{
	const char *field = mapping_field_now(m);

	free(m->field);
	m->field = field != NULL ? mem_strdup(field) : NULL;
}

/* What is behind the expression as it is; %d: room of the target's type. */
static const char *const transforms[] = {
	"trim", "upper", "lower", "nullif('')", "replace(',', '.') | to_decimal",
	"to_decimal(',')", "to_decimal", "to_int", "round(2)", "abs",
	"to_date('%d/%m/%Y')", "to_date('%d.%m.%Y')", "to_date('%m/%d/%Y')", "to_date",
	"to_timestamp", "to_bool", "to_text", "left(10)", "coalesce('')", "coalesce(0)",
};

/* Ways to read values that nothing decides: they come first. */
static void add_readings(struct mapping_view *m, const char *readings)
{
	json_t *all = json_loads(readings, 0, NULL);

	for (size_t i = 0; i < json_array_size(all) && i < READINGS; i++) {
		const json_t *one = json_array_get(all, i);
		const char *from = json_string_value(json_object_get(one, "from"));

		add_choice(m, arena_printf(m->choice_mem, "%s   %s is %s", from,
					   json_string_value(json_object_get(one, "value")),
					   json_string_value(json_object_get(one, "means"))), from);
	}
	json_decref(all);
}

void mapping_choose_transform(struct mapping_view *m)
{
	const char *from = answer_text(m->fields, list_at(m->list), "from");
	struct mapping_candidate c;
	struct buf title, name;

	choose_for_row(m);
	buf_init(&name, 4096);
	if (from[0] != '\0' && strcmp(from, "-") != 0)
		buf_adds(&name, from);
	else if (mapping_candidate(m, m->field, 1, &c))
		expr_quote(&name, c.source);
	if (name.len == 0) {
		view_say(&m->base, ROLE_DIM, "nothing fills this field yet: e types an expression");
		return;
	}
	buf_init(&title, 300);
	buf_addf(&title, "what to do with %.200s", m->field);
	begin_choice(m, buf_str(&title), (int)(sizeof(transforms) / sizeof(transforms[0])) +
		     READINGS);
	buf_release(&title);
	add_readings(m, answer_text(m->fields, list_at(m->list), "readings"));
	for (size_t i = 0; i < sizeof(transforms) / sizeof(transforms[0]); i++) {
		const char *expr = arena_printf(m->choice_mem, "%s | %s", buf_str(&name),
						transforms[i]);

		add_choice(m, expr, expr);
	}
	buf_release(&name);
	m->choice.is_tried = true;
	try_choice(m);
}

void mapping_choose_unused(struct mapping_view *m)
{
	const struct answer *s = m->sources;
	struct buf line;

	if (s == NULL) {
		view_say(&m->base, ROLE_DIM, "the fields of the source are being read");
		return;
	}
	choose_for_row(m);
	buf_init(&line, 8192);
	begin_choice(m, "fields of the source that nothing reads", s->nrows);
	for (int i = 0; i < s->nrows; i++) {
		struct buf name;

		if (answer_bool(s, i, "used") || strcmp(answer_text(s, i, "drift"), "gone") == 0)
			continue;
		buf_clear(&line);
		buf_addf(&line, "%-24s %-12s %3.0f%% null", answer_text(s, i, "field"),
			 answer_text(s, i, "type"), 100 * answer_float(s, i, "nulls"));
		buf_init(&name, 4096);
		expr_quote(&name, answer_text(s, i, "field"));
		add_choice(m, buf_str(&line), buf_str(&name));
		buf_release(&name);
	}
	buf_release(&line);
	if (m->choice.n == 0) {
		mapping_end_choice(m);
		view_say(&m->base, ROLE_OK, "everything of the source is used");
		return;
	}
	m->choice.is_tried = true;
	try_choice(m);
}

static const char *or_nothing(const char *text)
{
	return text[0] != '\0' ? text : "(nothing)";
}

void mapping_choose_diff(struct mapping_view *m, const struct answer *a)
{
	struct buf line;

	if (a->nrows == 0) {
		view_say(&m->base, ROLE_OK, "nothing differs from what is published");
		return;
	}
	buf_init(&line, 1u << 16);
	begin_choice(m, "your draft against what is published", 2 * a->nrows);
	for (int i = 0; i < a->nrows; i++) {
		const char *theirs = answer_text(a, i, "theirs");

		buf_clear(&line);
		buf_addf(&line, "%-7s  %s: %s -> %s", answer_text(a, i, "change"),
			 answer_text(a, i, "field"), or_nothing(answer_text(a, i, "from")),
			 or_nothing(answer_text(a, i, "to")));
		add_choice(m, buf_str(&line), NULL);
		if (strcmp(answer_text(a, i, "by"), "both") != 0)
			continue;
		buf_clear(&line);
		buf_addf(&line, "         others have made it: %s", or_nothing(theirs));
		add_choice(m, buf_str(&line), NULL);
	}
	buf_release(&line);
}

void mapping_tell_drift(struct mapping_view *m)
{
	const struct answer *s = m->sources;
	struct buf line;

	buf_init(&line, 8192);
	begin_choice(m, "the source has changed since this mapping was published or first run",
		     s->nrows);
	for (int i = 0; i < s->nrows; i++) {
		const char *drift = answer_text(s, i, "drift");

		if (drift[0] == '\0')
			continue;
		buf_clear(&line);
		buf_addf(&line, "%-24s %-12s %s", answer_text(s, i, "field"),
			 answer_text(s, i, "type"), drift);
		add_choice(m, buf_str(&line), NULL);
	}
	buf_release(&line);
}

void mapping_why(struct mapping_view *m)
{
	const char *field = mapping_field_now(m), *by;
	int row = list_at(m->list);
	struct mapping_candidate c;

	by = answer_text(m->fields, row, "by");
	begin_choice(m, "why", 3 + CANDIDATES);
	add_choice(m, strcmp(by, "line") == 0 ? "a line of the mapping makes it" :
		   strcmp(by, "name") == 0 ? "no line: the field of the source has the same name" :
		   "nothing makes it", NULL);
	if (answer_text(m->fields, row, "problem")[0] != '\0')
		add_choice(m, answer_text(m->fields, row, "problem"), NULL);
	if (answer_text(m->fields, row, "checks")[0] != '\0')
		add_choice(m, answer_text(m->fields, row, "checks"), NULL);
	if (m->suggested != NULL && !mapping_candidate(m, field, 1, &c))
		add_choice(m, "nothing speaks for any field of the source", NULL);
	for (int i = 1; i <= CANDIDATES && mapping_candidate(m, field, i, &c); i++)
		add_choice(m, arena_printf(m->choice_mem, "%d  %s  %d: %s", i, c.source, c.score,
					   c.reasons), NULL);
}
