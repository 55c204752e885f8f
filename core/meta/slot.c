/*
 * core/meta/slot.c
 *	From local minutes to instants, a batch at a time.
 */
#include "core/meta/slot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/calendar.h"
#include "core/base/nearest.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define BATCH        400	/* local minutes asked about at once, and slots of a piece */
#define SET_BACK     180	/* minutes: clocks are not set back further */
#define NEAR_US      (4 * HOUR_US)	/* a change further away does not matter */
#define LOOK_BACK_US (INT64_C(400) * 366 * DAY_US)

/* ---- zones ------------------------------------------------------------------------ */

static enum err_code no_zone(struct db *db, const char *tz, struct err *err)
{
	struct db_result *res = NULL;
	const char *best = NULL;
	struct nearest nearest;
	enum err_code rc = db_query(db, sql_slot_zones, &DB_NULL, 1, &res, err);

	if (rc != ERR_OK)
		return rc;
	nearest_init(&nearest, tz);
	for (int i = 0; i < db_result_rows(res); i++) {
		const char *name = db_result_text(res, i, "name"), *town = strrchr(name, '/');
		int steps = nearest.steps;

		/* Whole, or only the part behind the last slash. */
		nearest_try(&nearest, name);
		if (town != NULL)
			nearest_try(&nearest, town + 1);
		best = nearest.steps < steps ? name : best;
	}
	err_set(err, ERR_NOT_FOUND, "there is no time zone '%.60s'", tz);
	if (nearest_best(&nearest) != NULL)
		err_hint(err, "Did you mean %s?", best);
	else
		err_hint(err, "Zones are called like Europe/Berlin, America/New_York or UTC.");
	db_result_free(res);
	return ERR_NOT_FOUND;
}

enum err_code slot_zone(struct arena *mem, struct db *db, const char *tz, const char **out,
			struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = row_query(db, sql_slot_zones, tz, &res, err);

	if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = no_zone(db, tz, err);
	else if (rc == ERR_OK)
		*out = row_text(mem, res, 0, "name");
	db_result_free(res);
	return rc;
}

/* ---- local time ---------------------------------------------------------------------- */

static const char *array_of(struct arena *mem, const int64_t *v, int n)
{
	struct buf text;
	const char *copy;

	buf_init(&text, 1u << 20);
	for (int i = 0; i < n; i++)
		buf_addf(&text, "%c%" PRId64, i == 0 ? '{' : ',', v[i]);
	buf_adds(&text, n == 0 ? "{}" : "}");
	copy = arena_strdup(mem, buf_str(&text));
	buf_release(&text);
	return copy;
}

enum err_code slot_locals(struct arena *mem, struct db *db, const char *tz, const int64_t *at,
			  int n, struct slot_local *out, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int from = 0; rc == ERR_OK && from < n; from += BATCH) {
		int part = n - from < BATCH ? n - from : BATCH;
		struct db_param params[] = { DB_TEXT(tz), DB_TEXT(array_of(mem, at + from, part)) };
		struct db_result *res = NULL;

		rc = db_query(db, sql_slot_local, params, 2, &res, err);
		for (int i = 0; rc == ERR_OK && i < part; i++) {
			out[from + i].minute = db_result_int8(res, i, "minute");
			out[from + i].offset_minutes =
				(int)db_result_int8(res, i, "offset_minutes");
		}
		db_result_free(res);
	}
	return rc;
}

enum err_code slot_now(struct db *db, int64_t *out, struct err *err)
{
	return row_int8(db, sql_slot_now, NULL, 0, "now_us", out, err);
}

void slot_local_text(const struct slot_local *l, char *buf, int size)
{
	int64_t us, day = calendar_day_of(l->minute * MINUTE_US, &us), y;
	int m, d, of_day = (int)(us / MINUTE_US);

	calendar_split(day - EPOCH_DAYS, &y, &m, &d);
	snprintf(buf, (size_t)size, "%04" PRId64 "-%02d-%02dT%02d:%02d", y, m, d, of_day / 60,
		 of_day % 60);
}

void slot_full_text(const struct slot_local *l, char *buf, int size)
{
	int off = abs(l->offset_minutes);
	size_t n;

	slot_local_text(l, buf, size);
	n = strlen(buf);
	snprintf(buf + n, (size_t)size - n, "%c%02d:%02d", l->offset_minutes < 0 ? '-' : '+',
		 off / 60, off % 60);
}

/* ---- slots ------------------------------------------------------------------------------ */

/* Some instants behind `after` and all of them up to `bound`. */
struct piece {
	int64_t *at;
	int n;
	int64_t bound;
	int64_t from;		/* local minutes up to here are done with */
};

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* What the clocks show around the moment behind which slots are asked for. */
struct near {
	int64_t local;		/* minute then */
	int64_t enough;		/* local minutes behind this one are surely behind until */
	int64_t overlap;	/* minutes: how far clocks may be set back around it; mostly 0 */
};

static enum err_code look_near(struct arena *mem, struct db *db, const char *tz, int64_t after,
			       int64_t until, struct near *out, struct err *err)
{
	int64_t at[4] = { after, after - NEAR_US, after + NEAR_US, until };
	struct slot_local l[4];
	int n = until == SLOT_NEVER ? 3 : 4;
	enum err_code rc = slot_locals(mem, db, tz, at, n, l, err);

	if (rc != ERR_OK)
		return rc;
	out->local = l[0].minute;
	out->enough = n == 4 ? l[3].minute + SET_BACK : INT64_MAX;
	out->overlap = l[1].offset_minutes == l[0].offset_minutes &&
		       l[2].offset_minutes == l[0].offset_minutes ? 0 : SET_BACK;
	return ERR_OK;
}

/*
 * Local minutes to ask about. Near a change of the clocks a spec for every hour may
 * find one again that they have shown before, and any may find one that they showed
 * before for the first time. So it goes on till want of them are past that, or surely
 * behind until.
 */
static int candidates(const struct slot_rule *rule, const struct near *near, int64_t from, int want,
		      int64_t *out)
{
	int64_t at = rule->cron.is_every_hour ? near->local - near->overlap : near->local;
	int n = 0, behind = 0;

	at = at > from ? at : from;
	while (behind < want && n < BATCH + 2 * SET_BACK) {
		at = cron_next(&rule->cron, at);
		out[n++] = at;
		behind += at > near->local + near->overlap;
		if (at > near->enough)
			break;
	}
	return n;
}

static void take(struct piece *p, int64_t after, int64_t until, int64_t instant)
{
	if (instant > after && instant <= until)
		p->at[p->n++] = instant;
}

/* Two round trips: slots in (after, bound], bound > after. */
static enum err_code next_piece(struct arena *mem, struct db *db, const struct slot_rule *rule,
				int64_t after, int64_t until, int want, struct piece *p,
				struct err *err)
{
	int64_t minutes[BATCH + 2 * SET_BACK];
	struct db_param params[2];
	struct db_result *res = NULL;
	struct near near;
	int n = 0, kept = 0;
	enum err_code rc = look_near(mem, db, rule->tz, after, until, &near, err);

	p->n = 0;
	if (rc != ERR_OK)
		return rc;
	n = candidates(rule, &near, p->from, want < BATCH ? want : BATCH, minutes);
	params[0] = DB_TEXT(rule->tz);
	params[1] = DB_TEXT(array_of(mem, minutes, n));
	rc = db_query(db, sql_slot_map, params, 2, &res, err);
	if (rc != ERR_OK)
		return rc;
	p->bound = db_result_int8(res, n - 1, "first_s") * SECOND_US;
	if (rule->cron.is_every_hour && db_result_bool(res, n - 1, "is_gap")) {
		p->bound--;	/* what the clocks jumped to was not asked about */
		p->from = minutes[n - 1];
	} else if (p->bound <= after) {
		rc = err_set(err, ERR_BUG, "the clocks of %s were set back by hours", rule->tz);
	}
	for (int i = 0; i < n; i++) {
		bool is_gap = db_result_bool(res, i, "is_gap");

		if (!is_gap || !rule->cron.is_every_hour)
			take(p, after, until, db_result_int8(res, i, "first_s") * SECOND_US);
		if (!is_gap && rule->cron.is_every_hour)
			take(p, after, until, db_result_int8(res, i, "last_s") * SECOND_US);
	}
	db_result_free(res);
	qsort(p->at, (size_t)p->n, sizeof(*p->at), by_value);
	for (int i = 0; i < p->n; i++)
		if (p->at[i] <= p->bound && (kept == 0 || p->at[i] != p->at[kept - 1]))
			p->at[kept++] = p->at[i];
	p->n = kept;
	return rc;
}

/* Room for both instants of each minute. */
static void piece_init(struct piece *p, struct arena *mem)
{
	p->at = arena_array(mem, 2 * (BATCH + 2 * SET_BACK), sizeof(*p->at));
	p->from = INT64_MIN;
}

enum err_code slot_list(struct arena *mem, struct db *db, const struct slot_rule *rule,
			int64_t after, int64_t until, int max, int64_t *out, int *n,
			struct err *err)
{
	struct arena *inner = arena_new(mem, "slots");
	struct piece p;
	enum err_code rc = ERR_OK;

	*n = 0;
	piece_init(&p, mem);
	while (rc == ERR_OK && *n < max && after < until) {
		rc = next_piece(inner, db, rule, after, until, max - *n, &p, err);
		for (int i = 0; rc == ERR_OK && i < p.n && *n < max; i++)
			out[(*n)++] = p.at[i];
		after = p.bound;
		arena_reset(inner);
	}
	arena_free(inner);
	return rc;
}

/* The newest max of (after, until], as a ring of which *n is the number ever put in. */
static enum err_code ring(struct arena *mem, struct db *db, const struct slot_rule *rule,
			  int64_t after, int64_t until, int max, int64_t *out, int64_t *n,
			  struct err *err)
{
	struct arena *inner = arena_new(mem, "slots");
	struct piece p;
	enum err_code rc = ERR_OK;

	*n = 0;
	piece_init(&p, mem);
	while (rc == ERR_OK && after < until) {
		rc = next_piece(inner, db, rule, after, until, BATCH, &p, err);
		for (int i = 0; rc == ERR_OK && i < p.n; i++)
			out[(*n)++ % max] = p.at[i];
		after = p.bound;
		arena_reset(inner);
	}
	arena_free(inner);
	return rc;
}

enum err_code slot_last(struct arena *mem, struct db *db, const struct slot_rule *rule,
			int64_t floor, int64_t until, int max, int64_t *out, int *n,
			struct err *err)
{
	struct arena *inner = arena_new(mem, "slots");
	int64_t *held = arena_array(inner, (size_t)max, sizeof(*held));
	int64_t lowest = floor > until - LOOK_BACK_US ? floor : until - LOOK_BACK_US;
	int64_t span = HOUR_US, found = 0, from = until;
	enum err_code rc = ERR_OK;

	/* A look back that doubles: few questions whether it comes each minute or each year. */
	while (rc == ERR_OK && found < max && from > lowest) {
		from = until - span > lowest ? until - span : lowest;
		span *= 2;
		rc = ring(inner, db, rule, from, until, max, held, &found, err);
	}
	*n = found < max ? (int)found : max;
	for (int i = 0; rc == ERR_OK && i < *n; i++)
		out[i] = held[(found - *n + i) % max];
	arena_free(inner);
	return rc;
}

enum err_code slot_before(struct arena *mem, struct db *db, const struct slot_rule *rule,
			  int64_t at, int64_t *out, struct err *err)
{
	int n = 0;
	enum err_code rc = slot_last(mem, db, rule, at - LOOK_BACK_US, at - 1, 1, out, &n, err);

	if (rc == ERR_OK && n == 0)
		*out = at;
	return rc;
}

enum err_code slot_instant(struct arena *mem, struct db *db, const char *tz, int64_t minute,
			   int64_t *out, struct err *err)
{
	struct db_param params[] = { DB_TEXT(tz), DB_TEXT(array_of(mem, &minute, 1)) };
	enum err_code rc = row_int8(db, sql_slot_map, params, 2, "first_s", out, err);

	*out *= SECOND_US;
	return rc;
}
