/*
 * tui/view/cells.c
 *	Cells and details that tables have in common.
 */
#include "tui/view/cells.h"

#include "core/base/buf.h"
#include "tui/view/show.h"

#define NAME_CELLS   10		/* names of fields in a detail */
#define VALUE_LINES  3

void cells_state(struct table *t, int row, const char *name, struct list_cell *cell)
{
	const char *state = table_text(t, row, name);

	if (state[0] == '\0')
		return;
	table_print(t, cell, "%s %s", glyph(t->grid, show_state_glyph(state)), state);
	cell->role = show_state_role(state);
}

int64_t cells_time_us(const struct table *t, int row, const char *name)
{
	const struct reply_value *v = table_value(t, row, name);

	if (v == NULL || !v->is_set)
		return 0;
	return v->text != NULL ? show_time_us(v->text) : v->i;
}

void cells_when(struct table *t, int row, const char *name, struct list_cell *cell)
{
	struct buf text;

	buf_init(&text, 64);
	show_day(&text, cells_time_us(t, row, name), view_now(&t->base));
	table_print(t, cell, "%s", buf_str(&text));
	cell->role = ROLE_DIM;
	buf_release(&text);
}

void cells_round(struct table *t, struct list_cell *cell, double n, const char *unit)
{
	struct buf text;

	buf_init(&text, 64);
	show_amount(&text, n);
	table_print(t, cell, "%s%s", buf_str(&text), unit);
	buf_release(&text);
}

void cells_amount(struct table *t, int row, const char *name, struct list_cell *cell)
{
	if (table_int(t, row, name) != 0)
		cells_round(t, cell, (double)table_int(t, row, name), "");
}

void cells_field(struct area a, int *y, const char *name, enum role role, const char *value)
{
	int most = a.h - *y < VALUE_LINES ? a.h - *y : VALUE_LINES;

	if (value[0] != '\0' && most > 0)
		*y += show_field(a, *y, NAME_CELLS, most, name, role, value);
}

void cells_shown(struct table *t, int row, struct area a, int *y, const char *name,
		 const char *column)
{
	struct list_cell cell = { 0 };

	table_show(t, row, column, &cell);
	cells_field(a, y, name, ROLE_TEXT, cell.text != NULL ? cell.text : "");
}
