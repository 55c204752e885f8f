/*
 * tui/view/pace.c
 *	Two moving averages of what news tells.
 */
#include "tui/view/pace.h"

#include <math.h>

#define FAST_S      10.0	/* an average fades to a half in so many seconds */
#define SLOW_S      60.0
#define ENOUGH_US   2000000	/* what was watched for less says nothing */
#define DOUBT       1.25

static double fade(double old, double now, double s, double half_s)
{
	double keep = exp2(-s / half_s);

	return keep * old + (1 - keep) * now;
}

void pace_feed(struct pace *p, int64_t job, int64_t now_us, int64_t rows, int64_t bytes)
{
	double s = (double)(now_us - p->last_us) / 1e6, rate, rows_rate;

	if (p->job != job || rows < p->rows || bytes < p->bytes || p->last_us == 0) {
		*p = (struct pace){ .job = job, .first_us = now_us, .last_us = now_us,
				    .moved_us = now_us, .rows = rows, .bytes = bytes };
		return;
	}
	if (rows > p->rows || bytes > p->bytes)
		p->moved_us = now_us;
	if (s <= 0)
		return;
	rate = (double)(bytes - p->bytes) / s;
	rows_rate = (double)(rows - p->rows) / s;
	if (p->last_us == p->first_us) {
		p->fast = p->slow = rate;
		p->rows_fast = rows_rate;
	} else {
		p->fast = fade(p->fast, rate, s, FAST_S);
		p->slow = fade(p->slow, rate, s, SLOW_S);
		p->rows_fast = fade(p->rows_fast, rows_rate, s, FAST_S);
	}
	p->last_us = now_us;
	p->rows = rows;
	p->bytes = bytes;
}

int64_t pace_stall_us(const struct pace *p, int64_t now_us)
{
	int64_t us = now_us - p->moved_us;

	return p->last_us != 0 && us >= PACE_STALL_US ? us : 0;
}

bool pace_left(const struct pace *p, int64_t total, int64_t now_us, int64_t *from, int64_t *to)
{
	double left = (double)(total - p->bytes);
	double more = p->fast > p->slow ? p->fast : p->slow;
	double less = p->fast > p->slow ? p->slow : p->fast;

	if (total < 0 || left < 0 || less < 1 || p->last_us - p->first_us < ENOUGH_US ||
	    pace_stall_us(p, now_us) > 0)
		return false;
	*from = (int64_t)(left / more * 1e6);
	*to = more > DOUBT * less ? (int64_t)(left / less * 1e6) : *from;
	return true;
}
