/*
 * tui/view/job_look.h
 *	What there is to say about a job, in lines: for its page and beside the list.
 *
 * What matters most comes first (why it failed and what to do, how far it is, what it waits
 * for), so that the few lines of a detail hold the same beginning as the page. It draws
 * what an answer has: rows of `job list` say less than one of `job show`.
 *
 * Memory:  none.
 * Threads: one.
 */
#ifndef TUI_VIEW_JOB_LOOK_H
#define TUI_VIEW_JOB_LOOK_H

#include "core/command/answer.h"
#include "core/command/news.h"
#include "tui/term/grid.h"
#include "tui/view/pace.h"

struct job_look {
	const struct answer *a;	/* of job show, or of a list */
	int row;
	const struct news *live;	/* NULL: it does not run, or nothing was told */
	const struct pace *pace;	/* NULL: nobody watches */
	int64_t now_us;
};

/*
 * Draws line `top` and those below it into the area. Returns how many lines there are in
 * all, those above and below what is shown included.
 */
int job_look_draw(struct area a, int top, const struct job_look *l);

/* "46%  ETA 2m10 to 3m40", "stall 45s", "4m11": how far it is, in a few words. */
void job_look_brief(struct buf *out, const struct job_look *l);

/* Tries, the newest first, each with what became of it. As job_look_draw(). */
int job_look_attempts(struct area a, int top, const struct job_look *l);
#endif
