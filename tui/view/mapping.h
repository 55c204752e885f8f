/*
 * tui/view/mapping.h
 *	The inside of the screen on which a mapping is edited, for the files that make it up.
 *
 * One row a field of the target. What the screen knows are answers of the mapping commands;
 * what it changes are edits of the draft, each kept before it is shown. While an
 * expression is typed, it is tried: one trial is on its way at a time, the newest text next.
 *
 * Memory:  the view's.
 * Threads: one.
 */
#ifndef TUI_VIEW_MAPPING_H
#define TUI_VIEW_MAPPING_H

#include "tui/view/view.h"
#include "tui/widget/list.h"

enum mapping_what {
	MAPPING_STATUS = 1, MAPPING_FIELDS, MAPPING_SOURCES, MAPPING_TRY, MAPPING_SET,
	MAPPING_DIFF, MAPPING_SUGGEST,
	MAPPING_LINES	/* what there is without a sample */
};

enum mapping_mode {
	MODE_ROWS,
	MODE_LINE,	/* an expression is typed */
	MODE_CHOICE	/* lines to choose from, or to read, in place of the rows */
};

/* Lines that stand in place of the rows. */
struct mapping_choice {
	const char *title;
	int n, at;
	const char **text;	/* as shown */
	const char **expr;	/* what Enter sets, tried while one walks; NULL: it is only read */
	bool is_tried;
};

struct mapping_view {
	struct view base;
	struct list *list;
	struct answer *status, *fields, *sources, *tried, *suggested;	/* NULL: none came yet */
	struct err err;		/* of the fields; code 0: none */
	enum mapping_mode mode;
	struct mapping_choice choice;
	struct arena *choice_mem;	/* of its lines; NULL: none */
	char *field;		/* that is edited */
	char *wanted;		/* expression to be tried next; NULL: as the draft has it */
	char *wanted_field;	/* NULL: nothing is to be tried */
	char *asked;		/* what the trial on its way is for: field and expression */
	bool is_fresh;		/* the source is to be read again */
	bool was_drift_told, was_draft_told;
	struct buf *scratch;	/* of cells */
	bool is_ascii;
};

/* mapping.c */
const char *mapping_field_now(struct mapping_view *m);	/* under the cursor; NULL: none */
/* Row of a field among the answers; -1: none. */
int mapping_row_of(const struct mapping_view *m, const char *field);
/* Keeps FIELD=EXPR in the draft; "" takes the line away. */
void mapping_keep_line(struct mapping_view *m, const char *field, const char *expr);
/* expr NULL: as the draft has it. */
void mapping_try(struct mapping_view *m, const char *field, const char *expr);
void mapping_try_now(struct mapping_view *m);

/* mapping_type.c */
void mapping_type(struct mapping_view *m, const char *start, const char *label);
bool mapping_line_key(struct mapping_view *m, struct key k);
bool mapping_choice_key(struct mapping_view *m, struct key k);
void mapping_choose_transform(struct mapping_view *m);
void mapping_choose_unused(struct mapping_view *m);
void mapping_choose_diff(struct mapping_view *m, const struct answer *a);
void mapping_tell_drift(struct mapping_view *m);
void mapping_why(struct mapping_view *m);
void mapping_end_choice(struct mapping_view *m);
/* A field of the source that may fill one of the target. */
struct mapping_candidate {
	const char *source;
	int score;		/* 0..100 */
	const char *reasons;
	bool is_assigned;	/* the best choice over all fields together */
};
/* Number i (from 1) for a field. While no suggestions are there: names that are alike. */
bool mapping_candidate(struct mapping_view *m, const char *field, int i,
		       struct mapping_candidate *out);

/* mapping_draw.c */
void mapping_draw(struct view *v, struct area a, bool has_focus);
void mapping_cell(void *ctx, int row, int col, struct list_cell *out);
extern const struct list_col mapping_cols[];
extern const int mapping_ncols;
/* Share of fields that need nothing more, and those that do. */
void mapping_count(const struct mapping_view *m, int *filled, int *all, int *missing, int *lossy,
		   int *errors);
#endif
