/*
 * tui/view/pace.h
 *	How fast a job goes, and when it may be done, from what news tells of it.
 *
 * Two moving averages, one of the last ten seconds or so, one of the last minute. As long as
 * they agree there is one time left; when they differ by more than a quarter nobody knows
 * which is right, and it is a range.
 *
 * Memory:  a value; zeroed: nothing was told yet.
 * Threads: any.
 */
#ifndef TUI_VIEW_PACE_H
#define TUI_VIEW_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_STALL_US 10000000	/* nothing moved for so long: it stalls */

struct pace {
	int64_t job;
	int64_t first_us, last_us;	/* first and last told */
	int64_t moved_us;	/* when a count last grew */
	int64_t rows, bytes;
	double fast, slow;	/* bytes a second */
	double rows_fast;	/* rows a second */
};

/* What is known of job at that moment; another job than before begins anew. */
void pace_feed(struct pace *p, int64_t job, int64_t now_us, int64_t rows, int64_t bytes);

/*
 * Microseconds left until total bytes, from .. to; both the same when there is no doubt.
 * false: it cannot be told, for nothing moves, or for too short a time.
 */
bool pace_left(const struct pace *p, int64_t total, int64_t now_us, int64_t *from, int64_t *to);

/* How long nothing has moved; 0: it does, or nothing is known. */
int64_t pace_stall_us(const struct pace *p, int64_t now_us);
#endif
