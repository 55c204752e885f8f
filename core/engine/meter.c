/*
 * core/engine/meter.c
 *	A moving average over time.
 */
#include "core/engine/meter.h"

#include <math.h>

#define HALF_LIFE_S 2.0
#define MIN_STEP_US 50000	/* shorter steps measure the clock, not the load */

void meter_feed(struct meter *m, int64_t now_us, int64_t rows, int64_t bytes)
{
	double s, fade;

	if (m->last_us == 0) {
		*m = (struct meter){ .last_us = now_us, .last_rows = rows, .last_bytes = bytes };
		return;
	}
	if (now_us - m->last_us < MIN_STEP_US)
		return;
	s = (double)(now_us - m->last_us) / 1e6;
	fade = m->rows_per_s > 0 || m->bytes_per_s > 0 ? exp2(-s / HALF_LIFE_S) : 0;
	m->rows_per_s = fade * m->rows_per_s + (1 - fade) * (double)(rows - m->last_rows) / s;
	m->bytes_per_s = fade * m->bytes_per_s + (1 - fade) * (double)(bytes - m->last_bytes) / s;
	m->last_us = now_us;
	m->last_rows = rows;
	m->last_bytes = bytes;
}

int64_t meter_eta_ms(const struct meter *m, int64_t total_bytes)
{
	if (total_bytes < m->last_bytes || m->bytes_per_s < 1)
		return -1;
	return (int64_t)((double)(total_bytes - m->last_bytes) * 1000.0 / m->bytes_per_s);
}
