/*
 * tui/view/table.h
 *	The screen that most screens are: rows of a list command, with all that hands expect.
 *
 * A const struct table_spec says which command gives the rows, which of its columns are
 * shown and how, and what lies behind a row. Filter, sort, paging by key,
 * marks, following news, counting, and the cursor that stays on its row are here, once.
 * Only a window of rows is held, whatever the server has.
 *
 * Memory:  a view's.
 * Threads: one.
 */
#ifndef TUI_VIEW_TABLE_H
#define TUI_VIEW_TABLE_H

#include "tui/view/view.h"
#include "tui/widget/list.h"

struct table;

struct table_col {
	const char *name;	/* reply column; also what --sort takes */
	const char *title;
	int min, want;
	int grow;		/* as in struct list_col; -1: a number, which stands right */
	int rank;
	/* NULL: as answer_show() has it. Fills cell (zeroed); text in a buffer of the table's. */
	void (*cell)(struct table *t, int row, struct list_cell *cell);
};

enum table_flag {
	TABLE_PAGED = 1 << 0,	/* takes --limit, --after KEY, --before KEY */
	TABLE_SORTS = 1 << 1,	/* takes --sort */
	TABLE_FILTERS = 1 << 2,	/* takes a filter as its words */
	TABLE_STATES = 1 << 3,	/* news of job states make it old */
	TABLE_PROGRESS = 1 << 4,	/* it shows progress: drawn again when that comes */
	TABLE_COUNTS = 1 << 5,	/* `count` tells how many match */
	TABLE_FILTER_OPTION = 1 << 6,	/* takes --filter */
};

#define TABLE_WORDS 6

/* An order that is none of a column that is shown. */
struct table_order {
	const char *name;	/* what --sort takes */
	const char *title;
};

struct table_spec {
	struct view_ops ops;	/* made by TABLE_OPS, with changes where needed */
	/*
	 * Words; "{}": the view's segment, "{below}": that of the view it was opened from,
	 * "{job}": the one behind the root of the path.
	 */
	const char *command[TABLE_WORDS];
	const char *count[TABLE_WORDS];	/* likewise; answers column "count" */
	/* More words that depend on the path, in mem: until they are asked; may be NULL. */
	void (*words)(const struct table *t, struct arena *mem, struct view_words *w);
	const char *key;	/* reply column that names a row */
	unsigned flags;
	const struct table_col *cols;
	int ncols;
	int narrow_cols;	/* of them, in a side pane; 0: all */
	const struct table_order *orders;	/* beside those of the columns; may be NULL */
	int norders;
	const char *empty;	/* told when there is no row at all: what to do */
	const char *noun;	/* "jobs": for "no jobs match" */
	/* Behind the row: its path; NULL: the key. */
	bool (*opens)(struct view *v, struct buf *segment);
	void (*detail)(struct view *v, struct area a);
	/* Takes answers to what the view itself has asked for, from TABLE_OWN on; may be NULL. */
	void (*answer)(struct view *v, int what, struct answer *a);
};

#define TABLE_OWN 1000

struct table {
	struct view base;
	const struct table_spec *spec;
	struct list *list;
	struct table_rows *rows;	/* the window */
	char *filter;		/* "" : none */
	int sort;		/* column, or ncols and on: one of orders; -1: the command's own */
	bool is_down;
	bool is_marking_all;	/* everything that matches, on the server */
	int64_t count;		/* that match; -1: not known */
	bool is_count_exact;
	struct err err;		/* of the last answer; code 0: none */
	struct buf *scratch;	/* for cells */
	const struct grid *grid;	/* that is drawn on: for glyph() */
};

/* The functions of a table; .name, .title and .summary are the view's own. */
#define TABLE_OPS                                                                                 \
	.size = sizeof(struct table), .open = table_open, .close = table_close,                   \
	.refresh = table_refresh, .answer = table_answer, .draw = table_draw,                     \
	.mouse = table_mouse, .news = table_news,                                                 \
	.status = table_status, .opens = table_opens, .value = table_value_of,                    \
	.why_not = table_why_not, .filter = table_filter, .set_filter = table_set_filter,         \
	.chosen = table_chosen, .chosen_key = table_chosen_key, .done = table_done,               \
	.copy = table_copy, .typed = table_typed,                                                 \
	.sort_name = table_sort_name, .sort = table_sort, .mark = table_mark

void table_open(struct view *v);
void table_close(struct view *v);
void table_refresh(struct view *v);
void table_answer(struct view *v, int what, struct answer *a);
void table_draw(struct view *v, struct area a, bool has_focus);
bool table_act(struct view *v, enum act act);
void table_mouse(struct view *v, const struct input *in);
void table_news(struct view *v, const struct news *n);
void table_detail(struct view *v, struct area a);
void table_status(struct view *v, struct buf *out);
bool table_opens(struct view *v, struct buf *segment);
bool table_value_of(struct view *v, const char *name, struct buf *out);
const char *table_why_not(struct view *v, const struct action *a);
const char *table_filter(struct view *v);
void table_set_filter(struct view *v, const char *text);
int table_chosen(const struct view *v, bool *is_all);
const char *table_chosen_key(const struct view *v, int i);
void table_done(struct view *v, const struct action *a);
bool table_copy(struct view *v, struct buf *out);
void table_typed(struct view *v, enum typing what, const char *text);
const char *table_sort_name(struct view *v, int n);
void table_sort(struct view *v, int n);
/* The order of that name, from its beginning; NULL: the command's own. */
void table_sort_as(struct table *t, const char *name);
/* "" : the command's own. */
const char *table_sorted_as(const struct table *t);
void table_mark(struct view *v, const char *key);

/* ---- between the files of the table --------------------------------------------- */

/* From the top; what is shown stays until the new rows are there. */
void table_start_over(struct table *t);
/* More, when the cursor comes near an end of the window. */
void table_fetch_near(struct table *t);
/* The one of spec->orders that is in use; NULL: none of them. */
const struct table_order *table_own_order(const struct table *t);
/* Of a struct list_source, whose context is the table. */
void table_cell(void *ctx, int row, int col, struct list_cell *out);

/* ---- for cells and details ------------------------------------------------------ */

int table_rows(const struct table *t);
int table_at(const struct table *t);	/* row of the cursor; -1: none */
const struct reply_value *table_value(const struct table *t, int row, const char *name);
const char *table_text(const struct table *t, int row, const char *name);	/* "" : null */
int64_t table_int(const struct table *t, int row, const char *name);
double table_float(const struct table *t, int row, const char *name);
bool table_bool(const struct table *t, int row, const char *name);
bool table_is_null(const struct table *t, int row, const char *name);
/* printf into the cell's text; good until the next call for this table. */
void table_print(struct table *t, struct list_cell *cell, const char *fmt, ...) PRINTF(3, 4);
/* As people read it, from the reply column. */
void table_show(struct table *t, int row, const char *name, struct list_cell *cell);
#endif
