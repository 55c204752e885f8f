/*
 * tests/unit/core/flow/match_test.c
 *	Suggestions: what raises them, what a person decided, and how often they are right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/match_priv.h"
#include "tests/lib/matchcase.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))
#define TEXT { .type = TYPE_TEXT }
#define INT  { .type = TYPE_INT, .bytes = 8 }
#define DEC  { .type = TYPE_DECIMAL }

static struct arena *mem;

static int begin(void **state)
{
	(void)state;
	mem = arena_new(NULL, "test");
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

static const struct match_field sources[] = {
	{ .name = "cust_nm", .type = TEXT }, { .name = "amt", .type = DEC },
	{ .name = "Menge", .type = INT }, { .name = "zzqx", .type = TEXT },
};
static const struct match_field targets[] = {
	{ .name = "quantity", .type = INT }, { .name = "customer_name", .type = TEXT },
	{ .name = "amount", .type = DEC }, { .name = "iban", .type = TEXT },
};

static struct match_ask plain_ask(void)
{
	return (struct match_ask){ .nsources = COUNT(sources), .source = sources,
				   .ntargets = COUNT(targets), .target = targets };
}

static struct match_answer run(struct match_ask ask)
{
	struct match_answer answer;

	match_run(mem, &ask, &answer);
	return answer;
}

static void short_names_and_other_languages(void **state)
{
	struct match_answer a = run(plain_ask());

	(void)state;
	assert_int_equal(a.target[0].assigned, 2);
	assert_int_equal(a.target[1].assigned, 0);
	assert_int_equal(a.target[2].assigned, 1);
	assert_int_equal(a.target[3].assigned, -1);
	assert_int_equal(a.nunused, 1);
	assert_int_equal(a.unused[0], 3);
	assert_int_equal(a.target[2].candidate[0].source, 1);
	assert_true(a.target[2].candidate[0].is_assigned);
	assert_true(a.target[2].candidate[0].score >= 80);
	assert_non_null(strstr(match_reasons(mem, &a.target[2].candidate[0]), "(amt~amount)"));
	assert_non_null(strstr(match_reasons(mem, &a.target[2].candidate[0]), "type 1"));
}

static void a_persons_choice_stays(void **state)
{
	static const struct match_fixed fixed[] = { { 2, 3 }, { 1, -1 }, { 9, 0 }, { 0, 77 } };
	struct match_ask ask = plain_ask();
	struct match_answer a;

	(void)state;
	ask.fixed = fixed;
	ask.nfixed = COUNT(fixed);
	a = run(ask);
	assert_int_equal(a.target[2].assigned, 3);
	assert_true(a.target[2].is_fixed);
	assert_int_equal(a.target[1].assigned, -1);
	assert_true(a.target[1].is_fixed);
	assert_int_equal(a.target[0].assigned, 2);
	assert_false(a.target[0].is_fixed);
	/* It is shown, whatever its score. */
	ask.most = 1;
	a = run(ask);
	assert_int_equal(a.target[2].ncandidates, 1);
	assert_int_equal(a.target[2].candidate[0].source, 3);
}

static int score_of(const struct match_answer *a, int target, int source)
{
	for (int i = 0; i < a->target[target].ncandidates; i++)
		if (a->target[target].candidate[i].source == source)
			return a->target[target].candidate[i].score;
	return -1;
}

static void what_was_decided_before_counts(void **state)
{
	static const struct match_past yes[] = { { "zzqx", "iban", 12, 1 } };
	static const struct match_past no[] = { { "amt", "amount", 0, 5 } };
	struct match_ask ask = plain_ask();
	struct match_answer a = run(ask), with;

	(void)state;
	ask.past = yes;
	ask.npast = 1;
	with = run(ask);
	assert_true(score_of(&with, 3, 3) > score_of(&a, 3, 3));
	assert_int_equal(with.target[3].assigned, 3);
	assert_non_null(strstr(match_reasons(mem, &with.target[3].candidate[0]),
			       "history .89 (12 of 13)"));
	ask.past = no;
	with = run(ask);
	assert_true(score_of(&with, 2, 1) < score_of(&a, 2, 1) - 10);
}

static void keys_that_are_found_count(void **state)
{
	static const struct match_found found[] = { { 3, 3, 50, 49 } };
	static const struct match_found lost[] = { { 3, 3, 50, 0 } };
	struct match_ask ask = plain_ask();
	struct match_answer a = run(ask), with;

	(void)state;
	ask.found = found;
	ask.nfound = 1;
	with = run(ask);
	assert_true(score_of(&with, 3, 3) > score_of(&a, 3, 3));
	assert_non_null(strstr(match_reasons(mem, &with.target[3].candidate[0]),
			       "49 of 50 values are keys there"));
	ask.found = lost;
	with = run(ask);
	assert_true(score_of(&with, 3, 3) < score_of(&a, 3, 3));
}

static double always_right(void *state, int source, int target)
{
	(void)state;
	return source == 3 && target == 3 ? 1 : -1;
}

static void another_scorer_may_be_added(void **state)
{
	struct match_ask ask = plain_ask();
	int n;
	const struct match_scorer *own = match_scorers(&n);
	struct match_scorer *all = arena_array(mem, (size_t)n + 1, sizeof(*all));
	struct match_answer a;

	(void)state;
	memcpy(all, own, (size_t)n * sizeof(*all));
	all[n] = (struct match_scorer){ .name = "model", .weight = 12, .middle = 0.5,
					.score = always_right };
	ask.scorer = all;
	ask.nscorers = n + 1;
	a = run(ask);
	assert_int_equal(a.target[3].assigned, 3);
	assert_non_null(strstr(match_reasons(mem, &a.target[3].candidate[0]), "model 1"));
}

static void nothing_below_the_threshold(void **state)
{
	struct match_ask ask = plain_ask();
	struct match_answer a;

	(void)state;
	ask.least = 100;
	a = run(ask);
	for (int t = 0; t < a.ntargets; t++)
		assert_true(a.target[t].assigned == -1 ||
			    score_of(&a, t, a.target[t].assigned) == 100);
	ask.nsources = 0;
	a = run(ask);
	assert_int_equal(a.target[0].ncandidates, 0);
	assert_int_equal(a.target[0].assigned, -1);
	ask = plain_ask();
	ask.ntargets = 0;
	a = run(ask);
	assert_int_equal(a.nunused, COUNT(sources));
}

static void names_are_remembered_in_one_way(void **state)
{
	static const char *const names[][2] = {
		{ "Kunden-Nr.", "kunden_nr" }, { "kundenNr", "kunden_nr" },
		{ "KUNDEN_NR", "kunden_nr" }, { "Größe", "grosse" }, { "HTTPServer2", "http_server_2" },
		{ "Émail", "email" }, { "łódź", "lodz" }, { "  a  b ", "a_b" }, { "###", "###" },
		{ "\xe5\x90\x8d\xe5\x89\x8d", "??" },
	};

	(void)state;
	for (int i = 0; i < COUNT(names); i++)
		assert_string_equal(match_normal(mem, names[i][0]), names[i][1]);
}

static const char *words_of(const char *name)
{
	struct words *w = words_new(mem);
	struct tokens t;
	const char *all = "";

	match_words(mem, w, name, &t);
	for (int i = 0; i < t.n; i++)
		all = arena_printf(mem, "%s%s%.*s", all, i > 0 ? " " : "", (int)t.t[i].text.n,
				   t.t[i].text.p);
	return all;
}

static void compounds_and_phrases(void **state)
{
	(void)state;
	assert_string_equal(words_of("Rechnungsnummer"), "rechnungs nummer");
	assert_string_equal(words_of("orderkey"), "order key");
	assert_string_equal(words_of("auftragsnr"), "auftrags nr");
	assert_string_equal(words_of("customerid"), "customer id");
	assert_string_equal(words_of("PostalCode"), "postal_code");
	assert_string_equal(words_of("postalcode"), "postalcode");
	assert_string_equal(words_of("code postal"), "code_postal");
	assert_string_equal(words_of("MATNR"), "material_number");
	assert_string_equal(words_of("Billing ZIP"), "billing zip");
	assert_string_equal(words_of("wxyz"), "wxyz");
}

static void spelling(void **state)
{
	(void)state;
	assert_true(match_jaro(SLICE("martha"), SLICE("martha")) >= 1);
	assert_true(match_jaro(SLICE("martha"), SLICE("marhta")) > 0.96);
	assert_true(match_jaro(SLICE("abc"), SLICE("xyz")) <= 0);
	assert_true(match_trigrams(SLICE("abcd"), SLICE("abcd")) >= 1);
	assert_true(match_trigrams(SLICE("abcd"), SLICE("wxyz")) <= 0);
	assert_true(match_short(SLICE("amt"), SLICE("amount")) > 0.7);
	assert_true(match_short(SLICE("amount"), SLICE("amt")) > 0.7);
	assert_true(match_short(SLICE("xmt"), SLICE("amount")) <= 0);
}

/* The same ask gives the same answer; the floor is what the half `dev` had reached. */
static void known_schemas_are_matched_as_well_as_ever(void **state)
{
	const char *top = getenv("LEAT_SOURCE");
	struct matchcase_sum first = { 0 }, again = { 0 };
	int n;
	struct matchcase *c = matchcase_read(mem, arena_printf(mem, "%s/tests/bench/matching.d/dev",
							       top != NULL ? top : "."), &n);

	(void)state;
	assert_true(n >= 12);
	for (int i = 0; i < n; i++)
		matchcase_run(mem, &c[i], false, &first);
	for (int i = 0; i < n; i++)
		matchcase_run(mem, &c[i], false, &again);
	assert_int_equal(first.found, again.found);
	assert_int_equal(first.right, again.right);
	assert_true((double)first.found / first.matches >= 0.94);
	assert_true(first.ranks / first.matches <= 1.05);
	assert_true((double)first.right / first.matches >= 0.95);
	assert_true(first.wrong <= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(short_names_and_other_languages, begin, end),
		cmocka_unit_test_setup_teardown(a_persons_choice_stays, begin, end),
		cmocka_unit_test_setup_teardown(what_was_decided_before_counts, begin, end),
		cmocka_unit_test_setup_teardown(keys_that_are_found_count, begin, end),
		cmocka_unit_test_setup_teardown(another_scorer_may_be_added, begin, end),
		cmocka_unit_test_setup_teardown(nothing_below_the_threshold, begin, end),
		cmocka_unit_test_setup_teardown(names_are_remembered_in_one_way, begin, end),
		cmocka_unit_test_setup_teardown(compounds_and_phrases, begin, end),
		cmocka_unit_test_setup_teardown(spelling, begin, end),
		cmocka_unit_test_setup_teardown(known_schemas_are_matched_as_well_as_ever, begin,
						end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
