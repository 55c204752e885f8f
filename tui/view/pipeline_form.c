/*
 * tui/view/pipeline_form.c
 *	A form for a new pipeline: what is read, where it goes.
 */
#include <string.h>

#include "core/base/arena.h"
#include "tui/view/show.h"
#include "tui/view/view.h"
#include "tui/view/views.h"
#include "tui/widget/form.h"

enum { WHAT_ADD = 1 };

#define NAME_CHARS 40	/* of a name made of a stream's */

struct pipeline_form {
	struct view base;
	struct form *form;
	const char *name;	/* as it was sent */
};

static const struct form_field fields[] = {
	{ "name", "Name", FIELD_TEXT, NULL, "What the pipeline is called here.", NULL, true },
	{ "source", "Source", FIELD_TEXT, NULL,
	  "A file, a sheet (book.xlsx#Orders), or CONNECTION:STREAM.", NULL, true },
	{ "header", "Header", FIELD_TEXT, NULL,
	  "Files: how many rows hold names, or yes or no. Empty: as it looks.", NULL, false },
	{ "into", "Into", FIELD_TEXT, NULL,
	  "A table, or CONNECTION:TABLE; it is made when there is none.", NULL, true },
	{ "key", "Key", FIELD_TEXT, NULL,
	  "Fields that identify a row, with commas between: such a row is changed, not added.",
	  NULL, false },
	{ "mode", "Mode", FIELD_CHOICE, "append|upsert|replace",
	  "Add rows, change rows of the same key, or swap the table. None: by whether it has a key.",
	  NULL, false },
	{ "drift", "New fields", FIELD_CHOICE, "add|ignore|fail",
	  "What happens to a field that the table lacks. None: fail.", NULL, false },
	{ "max-rejects", "Max rejects", FIELD_TEXT, NULL,
	  "More rejected rows than this, 100 or 2%, are too many. Empty: any number is stored.",
	  NULL, false },
	{ "over-rejects", "If more", FIELD_CHOICE, "warn|fail|hold",
	  "Store the others and warn, store nothing, or pause the pipeline. None: warn.",
	  NULL, false },
};
#define FIRST_OPTION 2	/* those before it are words of their own */
#define NFIELDS ((int)(sizeof(fields) / sizeof(fields[0])))

/* "in/Sales 2025.xlsx#Orders" -> "sales_2025_orders" */
static const char *name_of(struct arena *mem, const char *stream)
{
	const char *base = strrchr(stream, '/'), *hash = strrchr(stream, '#');
	const char *dot = NULL;
	char name[NAME_CHARS + 1];
	size_t n = 0;

	base = base != NULL ? base + 1 : stream;
	for (const char *p = base; *p != '\0' && p != hash; p++)
		if (*p == '.')
			dot = p;
	for (const char *p = base; *p != '\0' && n < NAME_CHARS; p++) {
		char c = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;

		if (p == dot && hash != NULL && hash > p)
			p = hash;
		else if (p == dot)
			break;
		if (p != hash && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			name[n++] = c;
		else if (n > 0 && name[n - 1] != '_')
			name[n++] = '_';
	}
	while (n > 0 && name[n - 1] == '_')
		n--;
	return arena_strndup(mem, name, n);
}

static void open_view(struct view *v)
{
	struct pipeline_form *f = (struct pipeline_form *)v;
	struct form_field *own = arena_array(v->mem, NFIELDS, sizeof(*own));

	memcpy(own, fields, sizeof(fields));
	/* From a stream's screen: that is what is read. */
	if (strcmp(v->segment, "pipeline") == 0) {
		const char *stream = v->below->segment, *from = v->below->below->segment;

		own[0].preset = name_of(v->mem, stream);
		own[1].preset = strcmp(from, "files") == 0 ? stream :
				arena_printf(v->mem, "%s:%s", from, stream);
	}
	f->form = form_new("New pipeline", own, NFIELDS);
}

static void close_view(struct view *v)
{
	form_free(((struct pipeline_form *)v)->form);
}

/* A value that was filled in, as an option. */
static void add_option(struct pipeline_form *f, struct view_words *w, const char *name)
{
	const char *value = form_value(f->form, name);

	if (value[0] == '\0')
		return;
	words_add(w, arena_printf(f->base.mem, "--%s=%s", name, value));
}

static void send(struct pipeline_form *f)
{
	struct view_words w = { 2, { "pipeline", "add" } };

	f->name = arena_strdup(f->base.mem, form_value(f->form, "name"));
	for (int i = FIRST_OPTION; i < NFIELDS; i++)
		add_option(f, &w, fields[i].name);
	words_add(&w, "--");
	words_add(&w, f->name);
	words_add(&w, form_value(f->form, "source"));
	view_do(&f->base, WHAT_ADD, &w);
}

/* Its mapping comes next; the form is done with. */
static void open_mapping(struct pipeline_form *f)
{
	struct view *below = f->base.below;
	struct buf path;

	buf_init(&path, 4096);
	buf_adds(&path, "/mappings/");
	view_put_segment(&path, f->name);
	view_say(&f->base, ROLE_OK, "pipeline %s is made; nothing runs yet", f->name);
	view_back(&f->base);
	view_open(below, buf_str(&path));
	buf_release(&path);
}

static void take_answer(struct view *v, int what, struct answer *a)
{
	struct pipeline_form *f = (struct pipeline_form *)v;
	bool is_made = a->code == ERR_OK;
	char text[600];

	(void)what;
	if (!is_made) {
		err_text(&a->err, text, sizeof(text));
		form_fault(f->form, NULL, text);
	}
	answer_free(a);
	view_dirty(v);
	if (is_made)
		open_mapping(f);
}

static bool on_key(struct view *v, struct key k)
{
	struct pipeline_form *f = (struct pipeline_form *)v;

	if (view_is_asking(v, WHAT_ADD))
		return false;
	if (view_form_key(v, f->form, k))
		send(f);
	return true;
}

static void on_paste(struct view *v, const char *p, size_t n)
{
	form_paste(((struct pipeline_form *)v)->form, p, n);
	view_dirty(v);
}

static void draw(struct view *v, struct area a, bool has_focus)
{
	(void)has_focus;
	form_draw(((struct pipeline_form *)v)->form, a);
}

static const struct view_ops ops = {
	.name = "pipeline", .title = "Pipeline",
	.summary = "What a new pipeline reads and where its rows go.",
	.foot = "tab next field   f2 store   esc give up",
	.size = sizeof(struct pipeline_form),
	.open = open_view, .close = close_view, .answer = take_answer, .draw = draw,
	.key = on_key, .paste = on_paste,
};
const struct view_ops *const view_pipeline_form = &ops;
