/*
 * tests/unit/core/flow/words_test.c
 *	The table of words is clean, and words are found in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/words.h"

static struct arena *mem;
static struct words *words;

static int begin(void **state)
{
	(void)state;
	mem = arena_new(NULL, "test");
	words = words_new(mem);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

static bool means(const char *word, const char *concept)
{
	const struct words_entry *e = words_find(words, slice_of(word));
	int c = words_concept(words, concept);

	assert_true(c >= 0);
	for (int i = 0; e != NULL && i < e->n; i++)
		if (e->concept[i] == c)
			return true;
	return false;
}

static void words_of_eight_languages(void **state)
{
	(void)state;
	assert_true(means("zip", "postal_code"));
	assert_true(means("plz", "postal_code"));
	assert_true(means("kod_pocztowy", "postal_code"));
	assert_true(means("cidade", "city"));
	assert_true(means("woonplaats", "city"));
	assert_true(means("montant", "amount"));
	assert_true(means("apellido", "last_name"));
	assert_true(means("fattura", "invoice"));
	assert_false(means("fattura", "order"));
	assert_null(words_find(words, SLICE("zzz")));
}

static void umlauts_may_be_written_with_e(void **state)
{
	(void)state;
	assert_true(means("wahrung", "currency"));
	assert_true(means("waehrung", "currency"));
}

static void phrases(void **state)
{
	const struct slice word[] = { SLICE("codice"), SLICE("postale") };
	const struct words_entry *e = words_find_joined(words, word, 2);

	(void)state;
	assert_non_null(e);
	assert_int_equal(e->concept[0], words_concept(words, "postal_code"));
}

static void closeness_goes_both_ways(void **state)
{
	int a = words_concept(words, "date"), b = words_concept(words, "time");
	int c = words_concept(words, "colour");

	(void)state;
	assert_true(words_closeness(words, a, a) >= 1);
	assert_true(words_closeness(words, a, b) > 0.5);
	assert_true(words_closeness(words, a, b) <= words_closeness(words, b, a));
	assert_true(words_closeness(words, b, a) <= words_closeness(words, a, b));
	assert_true(words_closeness(words, a, c) <= 0);
}

/* A word with a capital or an accent would never be found. */
static void the_table_is_written_as_names_are_folded(void **state)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_ #";

	(void)state;
	for (const struct words_concept *c = words_concepts; c->name != NULL; c++) {
		assert_int_equal(strspn(c->words, allowed), strlen(c->words));
		assert_int_equal(strspn(c->name, allowed), strlen(c->name));
		assert_in_range(c->weight, 1, 10);
		assert_true(means(c->name, c->name));
	}
	for (const struct words_near *n = words_nears; n->a != NULL; n++) {
		assert_true(words_concept(words, n->a) >= 0);
		assert_true(words_concept(words, n->b) >= 0);
		assert_in_range(n->percent, 1, 99);
	}
	for (const struct words_long *l = words_longs; l->word != NULL; l++)
		assert_int_equal(strspn(l->means, allowed), strlen(l->means));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words_of_eight_languages, begin, end),
		cmocka_unit_test_setup_teardown(umlauts_may_be_written_with_e, begin, end),
		cmocka_unit_test_setup_teardown(phrases, begin, end),
		cmocka_unit_test_setup_teardown(closeness_goes_both_ways, begin, end),
		cmocka_unit_test_setup_teardown(the_table_is_written_as_names_are_folded, begin,
						end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
