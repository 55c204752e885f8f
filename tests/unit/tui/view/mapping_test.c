/*
 * tests/unit/tui/view/mapping_test.c
 *	Editing a mapping: what is tried while one types, kept, undone, and published.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tui/view/stage.h"

static const char *const status =
	"name|source|target|version|draft|draft_at|base_version|behind|changes|undo|redo|others\n"
	"sales|in.csv|db:sales|3|yes|2026-11-20T09:00:00Z|2|yes|1|1|0|-\n";
static const char *const fields =
	"field|type|required|key|new|from|by|source|source_type|source_nulls|status|problem|at"
	"|rows|failing|nulls|rules|changed|checks\n"
	"id|bigint|yes|yes|no|id|name|id|int|0|ok|-|-|100|0|0|{}|no|-\n"
	"amount|numeric|yes|no|no|-|-|-|-|-|MISSING|nothing fills it|-|100|0|0|{}|no|-\n"
	"due date|date|no|no|no|-|-|-|-|-|empty|-|-|100|0|0|{}|no|-\n"
	"note|text|no|no|no|note|name|note|text|0|LOSSY|type: too long|-|100|7|0|{}|no|-\n";
static const char *const sources =
	"field|type|nulls|used|drift\nid|int|0|yes|-\nAmount|text|0|no|-\nDue-Date|text|0|no|-\n"
	"note|text|0|yes|-\n";
static const char *const tried =
	"field|from|type|gives|status|problem|at|rows|failing|nulls|rules|samples\n"
	"amount|Amount|numeric|text|LOSSY|type: no number|-|100|5|0|{\"type\":5}"
	"|[{\"row\":4,\"before\":\"12,50\",\"after\":null,\"problem\":\"type: no number\"}]\n";

static void answer_all(struct stage *s)
{
	while (stage_asked(s, "mapping status") != NULL)
		stage_answer(s, "mapping status", status);
	while (stage_asked(s, "mapping preview") != NULL)
		stage_answer(s, "mapping preview", fields);
	while (stage_asked(s, "mapping sources") != NULL)
		stage_answer(s, "mapping sources", sources);
	while (stage_asked(s, "mapping try") != NULL)
		stage_answer(s, "mapping try", tried);
}

/* Nothing of it is answered. */
static struct stage *ask_for_mapping(void)
{
	struct app_options o = { .open = "mappings/sales" };
	struct stage *s = stage_open(100, 30, &o, false);

	stage_keys(s, "+");
	stage_pass(s, 300);
	return s;
}

static struct stage *open_mapping(void)
{
	struct stage *s = ask_for_mapping();

	answer_all(s);
	return s;
}

static void fields_and_what_they_need_are_shown(void **state)
{
	struct stage *s = open_mapping();

	(void)state;
	stage_shows(s, "2/4  missing 1  lossy 1");
	stage_shows(s, "draft on version 2, 1 changed; others have published 3   in.csv > db:sales");
	stage_shows(s, "your draft of 09:00:00 is open again");
	stage_shows(s, "LOSSY 7");
	stage_keys(s, "!");
	answer_all(s);
	stage_shows(s, "12,50");
	stage_shows(s, "1 Amount 100");
	stage_keys(s, "n");
	assert_non_null(stage_asked(s, "mapping try sales -- note"));
	stage_keys(s, "N N");
	stage_close(s);
}

/* One trial at a time; when it is answered, the newest text is tried and none between. */
static void typing_tries_the_newest_text(void **state)
{
	struct stage *s = open_mapping();
	int before;

	(void)state;
	stage_keys(s, "down");
	answer_all(s);
	stage_keys(s, "e");
	assert_non_null(stage_asked(s, "mapping try sales -- amount"));
	before = stage_count(s, "mapping try");
	stage_keys(s, "'Amo'");
	assert_int_equal(stage_count(s, "mapping try"), before);
	stage_answer(s, "mapping try", tried);
	assert_int_equal(stage_count(s, "mapping try"), before + 1);
	assert_non_null(stage_asked(s, "mapping try sales -- amount Amo"));
	assert_null(stage_asked(s, "mapping try sales -- amount A "));
	stage_answer(s, "mapping try sales -- amount Amo",
		     "field|from|type|gives|status|problem|at|rows|failing|nulls|rules|samples\n"
		     "amount|Amo|numeric|-|ERROR|at character 1: there is no field Amo|1|100|0|0|{}|[]\n");
	stage_shows(s, "amount = Amo");
	stage_shows(s, "there is no field Amo");
	stage_keys(s, "tab");
	stage_shows(s, "amount = Amount");
	stage_keys(s, "enter");
	assert_non_null(stage_asked(s, "mapping set sales -- amount=Amount"));
	stage_answer(s, "mapping set", "name|changed|changes|undo|redo\nsales|yes|2|2|0\n");
	assert_non_null(stage_asked(s, "mapping preview sales"));
	stage_close(s);
}

static void what_is_given_up_is_not_kept(void **state)
{
	struct stage *s = open_mapping();

	(void)state;
	stage_keys(s, "down e 'x' esc");
	assert_int_equal(stage_count(s, "mapping set"), 0);
	stage_keys(s, "t esc o esc d");
	stage_answer(s, "mapping diff", "field|change|from|to|theirs|by\nnote|clash|a|b|c|both\n");
	stage_shows(s, "clash    note: a -> b");
	stage_shows(s, "others have made it: c");
	stage_keys(s, "esc i");
	stage_shows(s, "nothing makes it");
	stage_keys(s, "q");
	assert_int_equal(stage_count(s, "mapping set"), 0);
	stage_close(s);
}

static void keys_change_the_draft(void **state)
{
	struct stage *s = open_mapping();

	(void)state;
	stage_keys(s, "down 1");
	assert_non_null(stage_asked(s, "mapping set sales -- amount=Amount"));
	stage_keys(s, "down 1");
	assert_non_null(stage_asked(s, "mapping set sales -- \"due date\"=\"Due-Date\""));
	stage_keys(s, "2");
	stage_shows(s, "no candidate 2");
	stage_keys(s, "x");
	assert_non_null(stage_asked(s, "mapping set sales -- \"due date\"=-"));
	stage_keys(s, "A");
	assert_non_null(stage_asked(s, "mapping set sales -- amount=Amount \"due date\"="));
	stage_keys(s, "u ctrl-r");
	assert_non_null(stage_asked(s, "mapping redo sales"));
	assert_int_equal(stage_count(s, "mapping undo sales"), 1);
	stage_keys(s, "up = backspace backspace '\\'");
	stage_keys(s, "esc");
	stage_keys(s, "t down enter");
	assert_non_null(stage_asked(s, "mapping set sales -- amount=Amount | upper"));
	stage_keys(s, "o down enter");
	assert_non_null(stage_asked(s, "mapping set sales -- amount=\"Due-Date\""));
	stage_close(s);
}

static void suggestions_have_scores_and_reasons(void **state)
{
	struct stage *s = open_mapping();

	(void)state;
	stage_answer(s, "mapping suggest --pipeline sales",
		     "target|rank|source|score|assigned|fixed|reasons\n"
		     "id|1|id|99|yes|no|name 1.0\namount|1|Amount|91|yes|no|name 1.0 type .60\n"
		     "amount|2|note|12|no|no|type .20\ndue date|1|Due-Date|72|yes|no|name .80\n"
		     "note|-|-|-|no|no|-\n");
	stage_shows(s, "99");
	stage_keys(s, "down");
	stage_shows(s, "1 Amount 91   2 note 12");
	stage_keys(s, "i");
	stage_shows(s, "1  Amount  91: name 1.0 type .60");
	stage_keys(s, "esc G i");
	stage_shows(s, "nothing speaks for any field of the source");
	stage_keys(s, "esc g down");
	stage_shows(s, "1 Amount 91   2 note 12");
	stage_keys(s, "i");
	stage_keys(s, "esc A");		/* what is less sure waits for a person */
	assert_non_null(stage_asked(s, "mapping set sales -- amount=Amount"));
	assert_null(stage_asked(s, "mapping set sales -- amount=Amount \"due"));
	stage_keys(s, "2");
	assert_non_null(stage_asked(s, "mapping set sales -- amount=note"));
	stage_close(s);
}

static void publishing_shows_its_plan_and_asks_for_the_name(void **state)
{
	struct stage *s = open_mapping();

	(void)state;
	stage_keys(s, "P");
	assert_false(stage_asked(s, "mapping publish sales")->is_confirmed);
	stage_plan(s, "mapping publish sales",
		   "field|change|from|to|theirs|by|rows_changed|rows_failing|rows_looked_at|outcome\n"
		   "amount|added|-|Amount|-|-|95|5|100|planned\n");
	stage_shows(s, "earlier versions are kept");
	stage_hides(s, "cannot be undone");
	stage_shows(s, "added amount: (nothing) -> Amount");
	stage_shows(s, "another value in 95 of 100 rows looked at, 5 fail");
	assert_int_equal(stage_count(s, "mapping publish"), 1);
	stage_keys(s, "enter");
	assert_int_equal(stage_count(s, "mapping publish"), 1);
	stage_keys(s, "'sales' enter");
	assert_int_equal(stage_count(s, "mapping publish"), 2);
	assert_true(stage_asked(s, "mapping publish sales")->is_confirmed);
	stage_close(s);
}

static void a_changed_source_opens_at_the_difference(void **state)
{
	struct stage *s = ask_for_mapping();

	(void)state;
	while (stage_asked(s, "mapping preview") != NULL)
		stage_answer(s, "mapping preview", fields);
	while (stage_asked(s, "mapping sources") != NULL)
		stage_answer(s, "mapping sources", "field|type|nulls|used|drift\nid|int|0|yes|was text\n"
			     "fresh|text|0|no|new\nold|-|-|no|gone\n");
	stage_shows(s, "the source has changed since");
	stage_shows(s, "was text");
	stage_keys(s, "esc");
	stage_shows(s, "MISSING");
	stage_close(s);
}

static void what_cannot_be_read_is_told(void **state)
{
	struct stage *s = ask_for_mapping();

	(void)state;
	while (stage_asked(s, "mapping preview") != NULL)
		stage_fail(s, "mapping preview", ERR_NOT_FOUND, "there is no file in.csv");
	stage_shows(s, "there is no file in.csv");
	/* What is known without the source is shown all the same. */
	stage_answer(s, "mapping show sales", "field|from|checks|key\nid|src|-|yes\n-|-|id > 0|no\n");
	stage_shows(s, "src");
	stage_shows(s, "?");
	stage_shows(s, "there is no file in.csv");
	stage_keys(s, "down e t x A n P 1 enter");
	assert_int_equal(stage_count(s, "mapping set"), 0);
	stage_keys(s, "v");
	assert_non_null(stage_asked(s, "mapping validate -- sales"));
	stage_close(s);
}

/* Which way a value is to be read is chosen first of all that can be done to it. */
static void readings_are_chosen_by_key(void **state)
{
	struct stage *s = open_mapping();

	(void)state;
	stage_keys(s, "r");
	stage_pass(s, 300);
	while (stage_asked(s, "mapping preview") != NULL)
		stage_answer(s, "mapping preview",
			     "field|from|by|status|problem|at|readings\n"
			     "id|id|name|ok|-|-|-\n"
			     "due|Due|line|ERROR|field Due: 03/04/2025 can be two days|-"
			     "|[{\"from\":\"Due > to_date('%d/%m/%Y')\",\"value\":\"03/04/2025\","
			     "\"means\":\"2025-04-03\"}]\n");
	answer_all(s);
	stage_keys(s, "!");
	stage_shows(s, "t chooses how it is read");
	stage_keys(s, "t");
	stage_shows(s, "03/04/2025 is 2025-04-03");
	stage_keys(s, "enter");
	assert_non_null(stage_asked(s, "mapping set sales -- due=Due > to_date('%d/%m/%Y')"));
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_and_what_they_need_are_shown),
		cmocka_unit_test(typing_tries_the_newest_text),
		cmocka_unit_test(what_is_given_up_is_not_kept),
		cmocka_unit_test(keys_change_the_draft),
		cmocka_unit_test(readings_are_chosen_by_key),
		cmocka_unit_test(suggestions_have_scores_and_reasons),
		cmocka_unit_test(publishing_shows_its_plan_and_asks_for_the_name),
		cmocka_unit_test(a_changed_source_opens_at_the_difference),
		cmocka_unit_test(what_cannot_be_read_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
