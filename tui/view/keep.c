/*
 * tui/view/keep.c
 *	The state of a session as a text, and how it is taken up again after a lost line.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "tui/view/state.h"

char *app_state(struct app *a, struct arena *mem)
{
	struct view *v = a->top[a->slot];
	json_t *all = json_object(), *marks = json_array();
	bool is_all = false;
	int n = v->ops->chosen != NULL ? v->ops->chosen(v, &is_all) : 0;
	char *text, *out;

	for (int i = 0; i < n; i++)
		json_array_append_new(marks, json_string(v->ops->chosen_key(v, i)));
	json_object_set_new(all, "path", json_string(app_path(a)));
	json_object_set_new(all, "marks", marks);
	json_object_set_new(all, "big", json_boolean(a->is_big));
	json_object_set_new(all, "mouse", json_boolean(a->has_mouse));
	text = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
	out = arena_strdup(mem, text != NULL ? text : "");
	free(text);
	json_decref(all);
	return out;
}

void keep_offer(struct app *a)
{
	json_t *all = a->kept != NULL ? json_loads(a->kept, 0, NULL) : NULL;
	const char *path = all != NULL ? json_string_value(json_object_get(all, "path")) : NULL;
	struct buf text;

	if (path != NULL) {
		buf_init(&text, 4096);
		buf_addf(&text, "The last session here lost its line.\n\nIt was at: %s", path);
		if (json_array_size(json_object_get(all, "marks")) > 0)
			buf_addf(&text, "\nwith %zu marked rows",
				 json_array_size(json_object_get(all, "marks")));
		over_dialog(a, ASK_RESUME,
			    dialog_confirm("go on there", buf_str(&text), NULL, false));
		buf_release(&text);
	}
	json_decref(all);
}

void app_resume(struct app *a)
{
	json_t *all = a->kept != NULL ? json_loads(a->kept, 0, NULL) : NULL, *marks, *mouse;
	const char *path = all != NULL ? json_string_value(json_object_get(all, "path")) : NULL;
	struct view *v;

	if (path != NULL && place_go(a, path)) {
		a->is_big = json_is_true(json_object_get(all, "big"));
		mouse = json_object_get(all, "mouse");
		if (mouse != NULL && json_is_true(mouse) != a->has_mouse)
			app_mouse(a, json_is_true(mouse));
		marks = json_object_get(all, "marks");
		v = a->top[a->slot];
		for (size_t i = 0; i < json_array_size(marks) && v->ops->mark != NULL; i++)
			v->ops->mark(v, json_string_value(json_array_get(marks, i)));
		layout(a);
	}
	json_decref(all);
}
