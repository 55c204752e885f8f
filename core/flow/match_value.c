/*
 * core/flow/match_value.c
 *	How alike the contents of two fields are: shapes, lengths, ranges.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/match_priv.h"
#include "core/flow/parse.h"

/* So many rows make a figure half as sure as it can be. */
#define SURE_ROWS 3.0
#define MIDDLE    0.6	/* what nothing known comes to: as the scorer's middle */

static double ratio(double a, double b)
{
	if (a <= 0 || b <= 0)
		return a <= 0 && b <= 0;
	return a < b ? a / b : b / a;
}

/* Share of rows whose pattern the other side has too; the smaller of both directions' mean. */
static double shapes(const struct profile_field *a, const struct profile_field *b)
{
	int64_t all_a = a->other_patterns, all_b = b->other_patterns;
	double dot = 0, aa = 0, bb = 0;

	for (int i = 0; i < a->npatterns; i++)
		all_a += a->pattern[i].rows;
	for (int i = 0; i < b->npatterns; i++)
		all_b += b->pattern[i].rows;
	if (all_a == 0 || all_b == 0)
		return -1;
	for (int i = 0; i < a->npatterns; i++) {
		double x = (double)a->pattern[i].rows / (double)all_a;

		aa += x * x;
		for (int k = 0; k < b->npatterns; k++)
			if (strcmp(a->pattern[i].text, b->pattern[k].text) == 0)
				dot += x * (double)b->pattern[k].rows / (double)all_b;
	}
	for (int k = 0; k < b->npatterns; k++) {
		double y = (double)b->pattern[k].rows / (double)all_b;

		bb += y * y;
	}
	return aa > 0 && bb > 0 ? dot / sqrt(aa * bb) : 0;
}

/* A number, day or moment on one scale; false: neither. */
static bool on_scale(enum type t, const char *text, double *out)
{
	struct slice s;
	int64_t v;

	if (text == NULL)
		return false;
	s = slice_of(text);
	switch (t) {
	case TYPE_INT:
	case TYPE_DECIMAL:
	case TYPE_FLOAT:
		return parse_float(s, out) == PARSE_OK;
	case TYPE_DATE:
		if (parse_date(s, &v) != PARSE_OK)
			return false;
		*out = (double)v;
		return true;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		if (parse_timestamptz(s, &v) != PARSE_OK)
			return false;
		*out = (double)v / 86400e6;
		return true;
	default:
		return false;
	}
}

static bool is_day(enum type t)
{
	return t == TYPE_DATE || t == TYPE_TIMESTAMP || t == TYPE_TIMESTAMPTZ;
}

/* Digits before the point, with a sign: 1500 and 3000 are close, 3 and 3000 are not. */
static double magnitude(double v)
{
	return v < 0 ? -log10(1 - v) : log10(1 + v);
}

/* Whether ranges lie in one another's neighbourhood, 0..1; below 0: they cannot be compared. */
static double ranges(const struct match_field *a, const struct match_field *b)
{
	double lo_a, hi_a, lo_b, hi_b, apart;

	if (is_day(a->type.type) != is_day(b->type.type) ||
	    !on_scale(a->type.type, a->values->min, &lo_a) ||
	    !on_scale(a->type.type, a->values->max, &hi_a) ||
	    !on_scale(b->type.type, b->values->min, &lo_b) ||
	    !on_scale(b->type.type, b->values->max, &hi_b))
		return -1;
	if (is_day(a->type.type)) {
		/* Years apart: samples of one field may lie a few away from each other. */
		apart = lo_a > hi_b ? lo_a - hi_b : lo_b > hi_a ? lo_b - hi_a : 0;
		return 1 / (1 + apart / 365 / 5);
	}
	apart = fabs(magnitude(lo_a) - magnitude(lo_b)) + fabs(magnitude(hi_a) - magnitude(hi_b));
	return 1 / (1 + apart);
}

/* Digits behind the point, as the first value has them. */
static double fraction(const struct profile_field *v)
{
	const char *point = v->max != NULL ? strchr(v->max, '.') : NULL;

	return point != NULL ? (double)strlen(point + 1) : 0;
}

struct sum {
	double points, weight;
};

static void add(struct sum *s, double weight, double score)
{
	if (score < 0)
		return;
	s->points += weight * score;
	s->weight += weight;
}

double match_values_score(void *state, int source, int target)
{
	const struct match_ask *ask = *(const struct match_ask **)state;
	const struct match_field *s = &ask->source[source], *t = &ask->target[target];
	const struct profile_field *a = s->values, *b = t->values;
	struct sum sum = { 0 };
	double there_a, there_b, rows, sure;

	if (a == NULL || b == NULL || a->rows == a->nulls || b->rows == b->nulls)
		return -1;
	there_a = (double)(a->rows - a->nulls);
	there_b = (double)(b->rows - b->nulls);
	if (s->type.type == TYPE_TEXT && t->type.type == TYPE_TEXT) {
		add(&sum, 3, shapes(a, b));
		add(&sum, 2, ratio(a->mean_chars, b->mean_chars));
		add(&sum, 1, ratio((double)a->max_chars, (double)b->max_chars));
	} else if (s->type.type != TYPE_TEXT && t->type.type != TYPE_TEXT) {
		add(&sum, 4, ranges(s, t));
		if (!is_day(s->type.type))
			add(&sum, 1, 1 / (1 + fabs(fraction(a) - fraction(b))));
	} else {
		add(&sum, 2, 0.3);
		add(&sum, 1, ratio(a->mean_chars, b->mean_chars));
	}
	/* How often values repeat, where there are enough to tell. */
	if (there_a >= 20 && there_b >= 20)
		add(&sum, 2, 1 - fabs((double)a->distinct / there_a -
				      (double)b->distinct / there_b));
	/* What repeats cannot fill a unique field. */
	if (t->is_key && there_a >= 2)
		add(&sum, 2, a->distinct >= (int64_t)(0.97 * there_a) ? 1 : 0);
	if (sum.weight <= 0)
		return -1;
	rows = there_a < there_b ? there_a : there_b;
	sure = rows / (rows + SURE_ROWS);
	return MIDDLE + (sum.points / sum.weight - MIDDLE) * sure;
}
