/*
 * tui/view/connection_form.c
 *	A form for a connection: made of what its connector says it takes.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "tui/view/show.h"
#include "tui/view/view.h"
#include "tui/view/views.h"
#include "tui/widget/form.h"

enum what { WHAT_CONNECTORS = 1, WHAT_SHOW, WHAT_SETTINGS, WHAT_ADD };

struct connection_form {
	struct view base;
	struct form *form;	/* NULL: something is still being read */
	bool is_edit;		/* of one that there is; else a new one */
	const char *name;	/* of the connection; NULL: not known yet */
	const char *connector;	/* likewise */
	json_t *config;		/* as it is now; NULL: none */
	int nsettings;
	struct form_field *field;
	struct err err;
};

/* Names may be "name" and "connector" only: settings get this before theirs. */
#define SETTING "set:"

static void open_view(struct view *v)
{
	struct connection_form *f = (struct connection_form *)v;

	f->is_edit = strcmp(v->segment, "edit") == 0;
	if (f->is_edit) {
		f->name = v->below->segment;
		view_askl(v, WHAT_SHOW, "connection", "show", f->name, NULL);
	} else {
		view_askl(v, WHAT_CONNECTORS, "connector", "list", NULL);
	}
}

static void close_view(struct view *v)
{
	struct connection_form *f = (struct connection_form *)v;

	form_free(f->form);
	json_decref(f->config);
}

/* ---- which connector ------------------------------------------------------------ */

static void ask_connector(struct connection_form *f, const struct answer *a)
{
	struct arena *mem = f->base.mem;
	struct form_field *field = arena_array(mem, 2, sizeof(*field));
	const char *choices = "";

	for (int i = 0; i < a->nrows; i++)
		choices = arena_printf(mem, "%s%s%s", choices, i > 0 ? "|" : "",
				       answer_text(a, i, "connector"));
	field[0] = (struct form_field){ "name", "Name", FIELD_TEXT, NULL,
					"What the connection is called here.", NULL, true };
	field[1] = (struct form_field){ "connector", "Connector", FIELD_CHOICE, choices,
					"The kind of system it leads to.", NULL, true };
	f->form = form_new("New connection", field, 2);
}

static void ask_settings(struct connection_form *f)
{
	form_free(f->form);
	f->form = NULL;
	view_askl(&f->base, WHAT_SETTINGS, "connector", "show", f->connector, NULL);
}

/* ---- its settings --------------------------------------------------------------- */

/* What it is now, as text. */
static const char *value_now(struct connection_form *f, const char *setting)
{
	json_t *v = f->config != NULL ? json_object_get(f->config, setting) : NULL;
	char *text;
	const char *own;

	if (v == NULL)
		return NULL;
	if (json_is_string(v))
		return json_string_value(v);
	text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
	own = arena_strdup(f->base.mem, text != NULL ? text : "");
	free(text);
	return own;
}

static bool is_choice(const char *takes)
{
	return strchr(takes, '|') != NULL && strchr(takes, ' ') == NULL;
}

static void make_settings(struct connection_form *f, const struct answer *a)
{
	struct arena *mem = f->base.mem;

	f->field = arena_array(mem, (size_t)a->nrows + 1, sizeof(*f->field));
	f->nsettings = 0;
	for (int i = 0; i < a->nrows; i++) {
		struct form_field *field = &f->field[f->nsettings];
		const char *takes = arena_strdup(mem, answer_text(a, i, "takes"));
		const char *name = answer_text(a, i, "setting");

		if (strcmp(answer_text(a, i, "of"), "connection") != 0)
			continue;
		*field = (struct form_field){
			.name = arena_printf(mem, SETTING "%s", name),
			.label = arena_strdup(mem, name),
			.kind = is_choice(takes) ? FIELD_CHOICE :
				strstr(takes, "secret") != NULL ? FIELD_SECRET : FIELD_TEXT,
			.choices = is_choice(takes) ? takes : NULL,
			.help = arena_strdup(mem, answer_text(a, i, "help")),
			.preset = value_now(f, name),
			.is_required = answer_bool(a, i, "required"),
		};
		f->nsettings++;
	}
	f->form = form_new(arena_printf(mem, "%s: %s", f->connector, f->name), f->field,
			   f->nsettings);
	/* Some take nothing: then there is nothing to ask. */
	if (f->nsettings == 0 && f->is_edit)
		view_say(&f->base, ROLE_DIM, "%s has no settings", f->connector);
}

static void send(struct connection_form *f)
{
	struct view_words w = { 0 };
	struct arena *mem = f->base.mem;

	words_add(&w, "connection");
	words_add(&w, "add");
	words_add(&w, f->name);
	words_add(&w, f->connector);
	for (int i = 0; i < f->nsettings; i++) {
		const char *value = form_value(f->form, f->field[i].name);

		if (value[0] != '\0')
			words_add(&w, arena_printf(mem, "%s=%s", f->field[i].label, value));
	}
	if (f->is_edit)
		words_add(&w, "--replace");
	view_do(&f->base, WHAT_ADD, &w);
}

/* ---- answers -------------------------------------------------------------------- */

static void take_show(struct connection_form *f, const struct answer *a)
{
	f->connector = arena_strdup(f->base.mem, answer_text(a, 0, "connector"));
	json_decref(f->config);
	f->config = json_loads(answer_text(a, 0, "config"), 0, NULL);
	ask_settings(f);
}

static void take_error(struct connection_form *f, int what, const struct answer *a)
{
	char text[400];

	err_text(&a->err, text, sizeof(text));
	if (what == WHAT_ADD && f->form != NULL)
		form_fault(f->form, NULL, text);
	f->err = a->err;
	f->err.code = a->code;
}

static void take_answer(struct view *v, int what, struct answer *a)
{
	struct connection_form *f = (struct connection_form *)v;
	bool is_done = false;

	if (a->code != ERR_OK) {
		take_error(f, what, a);
	} else if (what == WHAT_CONNECTORS) {
		ask_connector(f, a);
	} else if (what == WHAT_SHOW && a->nrows > 0) {
		take_show(f, a);
	} else if (what == WHAT_SETTINGS) {
		make_settings(f, a);
		if (f->nsettings == 0 && !f->is_edit)
			send(f);
	} else if (what == WHAT_ADD) {
		view_say(v, ROLE_OK, "connection %s: %s", f->name,
			 answer_bool(a, 0, "changed") ? "stored" : "nothing has changed");
		is_done = true;
	}
	answer_free(a);
	view_dirty(v);
	if (is_done)
		view_open(v, "/connections");
}

/* ---- hands ---------------------------------------------------------------------- */

static void sent(struct connection_form *f)
{
	if (f->connector != NULL) {
		send(f);
		return;
	}
	f->name = arena_strdup(f->base.mem, form_value(f->form, "name"));
	f->connector = arena_strdup(f->base.mem, form_value(f->form, "connector"));
	ask_settings(f);
}

static bool on_key(struct view *v, struct key k)
{
	struct connection_form *f = (struct connection_form *)v;

	if (f->form == NULL || view_is_asking(v, WHAT_ADD))
		return false;
	if (view_form_key(v, f->form, k))
		sent(f);
	return true;
}

static void on_paste(struct view *v, const char *p, size_t n)
{
	struct connection_form *f = (struct connection_form *)v;

	if (f->form != NULL)
		form_paste(f->form, p, n);
	view_dirty(v);
}

static void draw(struct view *v, struct area a, bool has_focus)
{
	struct connection_form *f = (struct connection_form *)v;
	char text[400];

	(void)has_focus;
	if (f->form != NULL) {
		form_draw(f->form, a);
	} else if (f->err.code != ERR_OK) {
		err_text(&f->err, text, sizeof(text));
		show_text(a, 0, ROLE_BAD, text);
	} else {
		area_text(a, 1, 0, ROLE_DIM, "reading ...");
	}
}

static const struct view_ops ops = {
	.name = "connection_form", .title = "Connection",
	.summary = "The settings of a connection.",
	.foot = "tab next field   f2 store   esc give up",
	.size = sizeof(struct connection_form),
	.open = open_view, .close = close_view, .answer = take_answer, .draw = draw,
	.key = on_key, .paste = on_paste,
};
const struct view_ops *const view_connection_form = &ops;
