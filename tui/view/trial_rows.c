/*
 * tui/view/trial_rows.c
 *	Rows on which an expression was tried: before, after, what is wrong.
 */
#include "tui/view/trial_rows.h"

#include <jansson.h>
#include <string.h>

static const char *text_of(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static void draw_row(struct area a, int y, const json_t *row)
{
	const char *before = text_of(row, "before"), *after = text_of(row, "after");
	const char *problem = text_of(row, "problem");
	int x, half = a.w / 3;

	area_printf(a, 1, y, ROLE_DIM, "%lld",
		    (long long)json_integer_value(json_object_get(row, "row")));
	area_fit(a, 9, y, half, FIT_LEFT, 0, ROLE_TEXT, before != NULL ? before : "",
		 before != NULL ? strlen(before) : 0);
	x = 9 + half + area_text(a, 9 + half, y, ROLE_DIM, " -> ");
	if (problem != NULL)
		area_text(a, x, y, ROLE_BAD, problem);
	else if (after != NULL)
		area_text(a, x, y, ROLE_OK, after);
	else
		area_text(a, x, y, ROLE_DIM, "null");
}

void trial_rows(struct area a, const struct answer *tried)
{
	json_t *rows = json_loads(answer_text(tried, 0, "samples"), 0, NULL);

	for (int i = 0; i < (int)json_array_size(rows) && i < a.h; i++)
		draw_row(a, i, json_array_get(rows, (size_t)i));
	json_decref(rows);
}
