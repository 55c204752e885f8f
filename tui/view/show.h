/*
 * tui/view/show.h
 *	How states, moments, spans and amounts look, the same on every screen.
 *
 * Memory:  into what is given.
 * Threads: any.
 */
#ifndef TUI_VIEW_SHOW_H
#define TUI_VIEW_SHOW_H

#include <stdint.h>

#include "tui/term/grid.h"

struct buf;

/* Glyph and role of a state of a job, run, schedule or engine; unknown words are plain. */
enum glyph show_state_glyph(const char *state);
enum role show_state_role(const char *state);

/* "14:02:11" today, "Nov 20 14:02" this year, "2024-11-20" before. us 0: "". Local time. */
void show_when(struct buf *out, int64_t us, int64_t now_us);
/* The same in at most eight cells: "14:02:11", "Nov 20", "2024-11". */
void show_day(struct buf *out, int64_t us, int64_t now_us);
/* "4s", "12m", "3h05", "2d": of a span; "" below 0. */
void show_span(struct buf *out, int64_t us);
/* "950", "12.3k", "4.5M". */
void show_amount(struct buf *out, double n);
/* An argument of a command as the prompt reads it. */
void show_word(struct buf *out, const char *text);

/*
 * "name  value" on line y of an area, name in ROLE_HEAD in `wide` cells; value folded over
 * as many lines as it needs, at most `most`. Returns the lines used (at least 1).
 */
int show_field(struct area a, int y, int wide, int most, const char *name, enum role role,
	       const char *value);
/* A text folded at blanks into the area from line y on; returns the lines used. */
int show_text(struct area a, int y, enum role role, const char *text);
/* Microseconds since 1970 of "2026-11-20T10:00:00.5Z"; 0: that is none. */
int64_t show_time_us(const char *iso);
#endif
