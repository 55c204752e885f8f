/*
 * core/flow/match_type.c
 *	Whether values of one type find room in another, and what is lost.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/match_priv.h"

#define N TYPE_COUNT

/*
 * From (row) to (column), in percent. 100 nothing changes, over 80 nothing is
 * lost, around 50 something may be, below 20 most values have no room.
 */
static const uint8_t room[N][N] = {
	/*              bool int flt dec txt byt dat tim  ts tsz uid jsn */
	[TYPE_BOOL] = { 100, 55, 35, 35, 60, 10,  5,  5,  5,  5,  5, 40 },
	[TYPE_INT] = {   40, 100, 85, 92, 60, 10, 10, 10, 15, 15,  5, 40 },
	[TYPE_FLOAT] = { 10, 50, 100, 85, 45, 10,  5, 10, 10, 10,  5, 40 },
	[TYPE_DECIMAL] = { 10, 55, 85, 100, 45, 10,  5, 10,  5,  5,  5, 40 },
	[TYPE_TEXT] = {  25, 15, 12, 12, 100, 40, 12, 12, 12, 12, 15, 45 },
	[TYPE_BYTES] = {  5,  5,  5,  5, 30, 100,  5,  5,  5,  5, 15, 15 },
	[TYPE_DATE] = {   5,  8,  5,  5, 45,  5, 100,  5, 88, 84,  5, 35 },
	[TYPE_TIME] = {   5,  8,  5,  5, 45,  5,  5, 100, 10, 10,  5, 35 },
	[TYPE_TIMESTAMP] = { 5, 8, 5, 5, 42,  5, 70, 40, 100, 92,  5, 35 },
	[TYPE_TIMESTAMPTZ] = { 5, 8, 5, 5, 42, 5, 66, 38, 90, 100,  5, 35 },
	[TYPE_UUID] = {   5,  5,  5,  5, 75, 20,  5,  5,  5,  5, 100, 35 },
	[TYPE_JSON] = {   5,  5,  5,  5, 55, 20,  5,  5,  5,  5,  5, 100 },
};

void *match_type_begin(struct arena *mem, const struct match_ask *ask)
{
	const struct match_ask **state = arena_alloc(mem, sizeof(*state));

	*state = ask;
	return (void *)state;
}

static bool is_too_long(const struct match_field *s, const struct match_field *t)
{
	return t->type.type == TYPE_TEXT && t->type.max_chars > 0 && s->values != NULL &&
	       s->values->max_chars > t->type.max_chars;
}

/* All texts are as long as the target's: a code of two letters, for char(2). */
static bool fits_exactly(const struct match_field *s, const struct match_field *t)
{
	const struct profile_field *v = s->values;

	return t->type.type == TYPE_TEXT && s->type.type == TYPE_TEXT && v != NULL &&
	       t->type.max_chars > 0 && v->rows > v->nulls && v->min_chars == v->max_chars &&
	       v->max_chars == t->type.max_chars;
}

/* A number of which no value is 0 or 1 is no truth value. */
static bool is_zero_or_one(const struct match_field *s)
{
	const struct profile_field *v = s->values;

	return v != NULL && v->min != NULL && v->max != NULL && v->distinct <= 2 &&
	       strcmp(v->min, "0") == 0 && (strcmp(v->max, "1") == 0 || strcmp(v->max, "0") == 0);
}

double match_type_score(void *state, int source, int target)
{
	const struct match_ask *ask = *(const struct match_ask **)state;
	const struct match_field *s = &ask->source[source], *t = &ask->target[target];
	double fit = room[s->type.type][t->type.type] / 100.0;

	if (is_too_long(s, t))
		fit *= 0.55;
	else if (s->type.type == TYPE_TEXT && t->type.type == TYPE_TEXT)
		fit = fits_exactly(s, t) ? 1 : 0.93;
	if (t->type.type == TYPE_BOOL && s->type.type == TYPE_INT && is_zero_or_one(s))
		fit = 0.85;
	if (t->type.type == TYPE_BOOL && s->type.type == TYPE_TEXT && s->values != NULL &&
	    s->values->distinct > 0 && s->values->distinct <= 2 && s->values->max_chars <= 5)
		fit = 0.6;
	return fit;
}

const char *match_type_why(void *state, struct arena *mem, int source, int target)
{
	const struct match_ask *ask = *(const struct match_ask **)state;
	const struct match_field *s = &ask->source[source], *t = &ask->target[target];
	const char *from = type_format(mem, &s->type), *to = type_format(mem, &t->type);

	if (is_too_long(s, t))
		return arena_printf(mem, "%lld characters into %s",
				    (long long)s->values->max_chars, to);
	if (s->type.type == t->type.type)
		return NULL;
	return arena_printf(mem, "%s into %s%s", from, to,
			    room[s->type.type][t->type.type] < 80 &&
			    t->type.type != TYPE_TEXT ? ", may lose" : "");
}

/* Fields of both sides often stand in the same order. */
double match_place_score(void *state, int source, int target)
{
	const struct match_ask *ask = *(const struct match_ask **)state;
	double a, b;

	if (ask->nsources < 3 || ask->ntargets < 3)
		return -1;
	a = (double)source / (ask->nsources - 1);
	b = (double)target / (ask->ntargets - 1);
	return a > b ? 1 - (a - b) : 1 - (b - a);
}
