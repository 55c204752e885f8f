/*
 * core/meta/slot.h
 *	From cron specs and time zones to instants: the slots of a schedule.
 *
 * The database decides what a zone's clocks show, so that all engines agree.
 * A spec with fixed hours: a local minute that the clocks jump over is the
 * instant of the jump, one that comes twice is its first instant. A spec for
 * every hour follows real time: every instant whose local minute matches, none
 * that does not exist. Either way each slot is one instant, and slots that
 * fall on the same one are one.
 *
 * Instants are microseconds since 1970-01-01 UTC; any role may ask.
 *
 * Memory:  scratch in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_SLOT_H
#define CORE_META_SLOT_H

#include <stdint.h>

#include "core/base/cron.h"

struct arena;
struct db;

#define SLOT_NEVER INT64_MAX	/* an end that is none */

struct slot_rule {
	struct cron cron;
	const char *tz;		/* as the server spells it */
};

/* The zone's name as the server spells it; ERR_NOT_FOUND with the nearest one. */
enum err_code slot_zone(struct arena *mem, struct db *db, const char *tz, const char **out,
			struct err *err) MUST_USE;

/* The first max slots behind after, none behind until; *n of them in out. */
enum err_code slot_list(struct arena *mem, struct db *db, const struct slot_rule *rule,
			int64_t after, int64_t until, int max, int64_t *out, int *n,
			struct err *err) MUST_USE;

/* The newest max slots behind floor, none behind until; oldest first. */
enum err_code slot_last(struct arena *mem, struct db *db, const struct slot_rule *rule,
			int64_t floor, int64_t until, int max, int64_t *out, int *n,
			struct err *err) MUST_USE;

/* The slot before `at`, for where its span begins; one that never came before: at itself. */
enum err_code slot_before(struct arena *mem, struct db *db, const struct slot_rule *rule,
			  int64_t at, int64_t *out, struct err *err) MUST_USE;

/* The server's clock. */
enum err_code slot_now(struct db *db, int64_t *out, struct err *err) MUST_USE;

/* What the clocks of a zone show. */
struct slot_local {
	int64_t minute;		/* as cron_minute() counts */
	int offset_minutes;	/* from UTC, east is positive */
};
enum err_code slot_locals(struct arena *mem, struct db *db, const char *tz, const int64_t *at,
			  int n, struct slot_local *out, struct err *err) MUST_USE;

/* The first instant at which the clocks show that local minute or a later one. */
enum err_code slot_instant(struct arena *mem, struct db *db, const char *tz, int64_t minute,
			   int64_t *out, struct err *err) MUST_USE;

/* "2026-03-29T03:00" and "2026-03-29T03:00+02:00"; size >= 32. */
void slot_local_text(const struct slot_local *l, char *buf, int size);
void slot_full_text(const struct slot_local *l, char *buf, int size);
#endif
