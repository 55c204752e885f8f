/*
 * core/engine/meter.h
 *	Rate and time left from a count that grows.
 *
 * The rate is that of the last five seconds or so (a moving average whose
 * weight fades by half every two seconds), so that it follows a source that
 * slows down but does not jump with every batch.
 *
 * Memory:  in the struct.
 * Threads: one.
 */
#ifndef CORE_ENGINE_METER_H
#define CORE_ENGINE_METER_H

#include <stdint.h>

struct meter {
	int64_t last_us;	/* 0: nothing measured yet */
	int64_t last_rows;
	int64_t last_bytes;
	double rows_per_s;
	double bytes_per_s;
};

/* Counts so far at mono time now_us. */
void meter_feed(struct meter *m, int64_t now_us, int64_t rows, int64_t bytes);

/* Milliseconds until total_bytes at the present rate; -1 when it cannot be told. */
int64_t meter_eta_ms(const struct meter *m, int64_t total_bytes);
#endif
