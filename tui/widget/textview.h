/*
 * tui/widget/textview.h
 *	Lines of text to read: logs, help, answers; with following, searching and wrapping.
 *
 * Lines are kept in a ring that is bounded in bytes: the oldest go first. A
 * line has a number of its own that never changes, so that the place and
 * hits stay with the line while others come and go. A line is cut at 64 kB; sequences
 * for a terminal (colours) are dropped, tabs become spaces. The owner may put
 * older lines before the first (paging back) and newer ones behind the last.
 *
 * Memory:  a heap object; lines are copied.
 * Threads: one.
 */
#ifndef TUI_WIDGET_TEXTVIEW_H
#define TUI_WIDGET_TEXTVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/term/grid.h"

#define TEXTVIEW_LINE_MAX 65536

struct textview;

/* bytes: of the ring, at least 128 kB; beside them a line costs 8. */
struct textview *textview_new(size_t bytes);
void textview_free(struct textview *v);	/* NULL is fine */
void textview_clear(struct textview *v);

struct text_line {
	const char *p;
	size_t n;
	enum role role;
	const char *head;	/* shown before the text in ROLE_DIM (time, job); NULL: none */
	int64_t key;		/* the owner's: id in the table; 0: none */
	bool is_error;		/* where "next error" stops */
};

/* Behind the last. Returns the number of lines that fell out at the other end. */
int textview_add(struct textview *v, const struct text_line *line);
/*
 * Before the first (lines in the order of reading); false: no room without losing newer ones,
 * the last of them that fitted are there.
 */
bool textview_add_before(struct textview *v, const struct text_line *lines, int n);

int64_t textview_count(const struct textview *v);
/* Of these, lines that pass the filters that are on. */
int64_t textview_passing(const struct textview *v);
/* Keys of the first and last line that is kept; 0: none. */
int64_t textview_first_key(const struct textview *v);
int64_t textview_last_key(const struct textview *v);
/* Line under the cursor (the top one of the screen, unless searched for); false: no line. */
bool textview_at(const struct textview *v, struct text_line *out);

/* Following: new lines move the view. Any move upwards ends it. */
void textview_follow(struct textview *v, bool on);
bool textview_is_following(const struct textview *v);
/* Lines that came since following ended and have not been on the screen; those that pass. */
int64_t textview_unseen(const struct textview *v);

/* Moves. by lines of the screen; false: wanted above the first line (the owner may page). */
bool textview_move(struct textview *v, int by);
void textview_first(struct textview *v);
void textview_last(struct textview *v);	/* the end, once: it does not begin to follow */
void textview_side(struct textview *v, int by);
void textview_go_key(struct textview *v, int64_t key);	/* the first line with a key >= it */
int textview_page(const struct textview *v);

void textview_wrap(struct textview *v, bool on);
bool textview_is_wrapped(const struct textview *v);

/* Search: highlights all, any case; NULL ends it. */
void textview_search(struct textview *v, const char *text);
const char *textview_searched(const struct textview *v);	/* NULL: none */
/* Next hit below (down) or above the present line; false: none, nothing moved. */
bool textview_next_hit(struct textview *v, bool down);
bool textview_next_error(struct textview *v, bool down);

/* Filters, all of which a line must satisfy (substring, any case; '!' before: must not hold). */
#define TEXTVIEW_FILTERS 16
int textview_filters(const struct textview *v);
/* Its text; *count: kept lines that satisfy this one. Both may be NULL. */
const char *textview_filter_at(const struct textview *v, int i, bool *is_on, int64_t *count);
/* On at once; one that is there is turned on. false: empty, or there are TEXTVIEW_FILTERS. */
bool textview_filter_add(struct textview *v, const char *text);
void textview_filter_toggle(struct textview *v, int i);
void textview_filter_drop(struct textview *v, int i);

/* Lines that pass the filters, heads before them, for copying and saving. */
struct buf;
void textview_text(const struct textview *v, struct buf *out);

void textview_draw(struct textview *v, struct area a, bool has_focus);
#endif
