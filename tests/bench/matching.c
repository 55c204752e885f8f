/*
 * tests/bench/matching.c
 *	How often suggestions are right, on pairs of schemas with known answers.
 *
 *	matching [-v] [FOLDER]      FOLDER: tests/bench/matching.d
 *
 * One line of JSON for each half: recall at the number of matches (of the best pairs
 * of a case, as many as it has matches, how many are right), the mean place of
 * the right source among all, how many assigned pairs are right and wrong.
 * Nobody tunes on the half `held`: -v, which shows what went wrong, leaves it out.
 * The last line is the time for 200 x 200 fields with values.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "tests/lib/matchcase.h"

#define WIDE   200
#define ROUNDS 9

static void put(const char *half, const char *name, const struct matchcase_sum *s)
{
	printf("{\"measure\":\"matching\",\"half\":\"%s\",\"case\":\"%s\",\"cases\":%d,\"fields\":%d,"
	       "\"matches\":%d,\"recall\":%.4f,\"mean_rank\":%.3f,\"right\":%d,\"wrong\":%d,"
	       "\"ms\":%.1f}\n", half, name, s->cases, s->fields, s->matches,
	       (double)s->found / s->matches, s->ranks / s->matches, s->right, s->wrong, s->ms);
}

static void measure(const char *folder, const char *half, bool say)
{
	struct arena *mem = arena_new(NULL, "half");
	struct matchcase_sum all = { 0 };
	int n;
	struct matchcase *c = matchcase_read(mem, arena_printf(mem, "%s/%s", folder, half), &n);

	for (int i = 0; i < n; i++) {
		struct matchcase_sum one = { 0 };

		matchcase_run(mem, &c[i], say, &one);
		matchcase_run(mem, &c[i], false, &all);
		put(half, c[i].name, &one);
	}
	put(half, "all", &all);
	arena_free(mem);
}

/* Fields of many cases side by side, until there are enough. */
static void measure_wide(const char *folder)
{
	struct arena *mem = arena_new(NULL, "wide");
	struct match_field *s = arena_array(mem, WIDE, sizeof(*s));
	struct match_field *t = arena_array(mem, WIDE, sizeof(*t));
	struct match_ask ask = { .source = s, .target = t };
	double best = 1e9;
	int n;
	struct matchcase *c = matchcase_read(mem, arena_printf(mem, "%s/dev", folder), &n);

	for (int i = 0; ask.ntargets < WIDE || ask.nsources < WIDE; i++) {
		const struct match_ask *one = &c[i % n].ask;

		for (int k = 0; k < one->nsources && ask.nsources < WIDE; k++)
			s[ask.nsources++] = one->source[k];
		for (int k = 0; k < one->ntargets && ask.ntargets < WIDE; k++)
			t[ask.ntargets++] = one->target[k];
	}
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *work = arena_new(mem, "round");
		struct match_answer answer;
		int64_t began = clock_mono_us();
		double ms;

		match_run(work, &ask, &answer);
		ms = (double)(clock_mono_us() - began) / 1000;
		best = ms < best ? ms : best;
		arena_free(work);
	}
	printf("{\"measure\":\"matching wide\",\"sources\":%d,\"targets\":%d,\"rounds\":%d,"
	       "\"best_ms\":%.1f,\"goal_ms\":200,\"aim_ms\":50,\"reached\":%s}\n", ask.nsources,
	       ask.ntargets, ROUNDS, best, best <= 200 ? "true" : "false");
	arena_free(mem);
}

int main(int argc, char **argv)
{
	bool say = argc > 1 && strcmp(argv[1], "-v") == 0;
	const char *folder = argc > 1 + say ? argv[1 + say] : "tests/bench/matching.d";

	measure(folder, "dev", say);
	if (!say)
		measure(folder, "held", false);
	measure_wide(folder);
	return 0;
}
