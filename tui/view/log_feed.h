/*
 * tui/view/log_feed.h
 *	Log lines that come in by pages, newest or oldest side, into a text view.
 *
 * Pages are asked for by the number of the last or first line that is there, so that no line
 * is read twice and none is missed. What comes while a page is on its way is one more page,
 * however much it is. Who follows and falls behind by several pages goes on at the end.
 *
 * Memory:  a heap object; the ring of its text view is bounded.
 * Threads: one.
 */
#ifndef TUI_VIEW_LOG_FEED_H
#define TUI_VIEW_LOG_FEED_H

#include "tui/view/view.h"
#include "tui/widget/textview.h"

/* `what` of its questions: a view has no others of these. */
enum feed_what { FEED_TAIL = 100, FEED_AFTER, FEED_BEFORE, FEED_AT };

struct log_feed;

/* job 0: the lines of all jobs. */
struct log_feed *feed_new(int64_t job);
void feed_free(struct log_feed *f);	/* NULL is fine */

/* The end of the log, or what is new since the last line. */
void feed_refresh(struct log_feed *f, struct view *v);
/* An answer to one of its questions; takes it. */
void feed_answer(struct log_feed *f, struct view *v, int what, struct answer *a);
/* Whether it is news of lines that are not there. */
bool feed_is_behind(struct log_feed *f, const struct news *n);
/* One of the actions of texts; false: not for it. */
bool feed_act(struct log_feed *f, struct view *v, enum act act);
/* Alt and a digit: that filter on or off. */
bool feed_key(struct log_feed *f, struct view *v, struct key k);
void feed_mouse(struct log_feed *f, struct view *v, const struct input *in);
/* A search, one more filter, or a moment: "14:02", "14:02:11", "10m" ago. */
void feed_typed(struct log_feed *f, struct view *v, enum typing what, const char *text);

/* "+1 204 new", filters, "follows": what stands at the right end of a title. */
void feed_status(const struct log_feed *f, struct buf *out);
void feed_draw(struct log_feed *f, struct view *v, struct area a, bool has_focus);
/* The line of the cursor, and its job; false, 0: there is none. */
bool feed_copy(const struct log_feed *f, struct buf *out);
int64_t feed_job_at(const struct log_feed *f);
#endif
