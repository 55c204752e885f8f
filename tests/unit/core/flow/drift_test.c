/*
 * tests/unit/core/flow/drift_test.c
 *	What is told of a source that is another than it was noted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/drift.h"

static struct field was[] = {
	{ .name = "id", .type = { .type = TYPE_INT } },
	{ .name = "town", .type = { .type = TYPE_TEXT } },
	{ .name = "no \"1\"", .type = { .type = TYPE_INT } },
};
static struct field now[] = {
	{ .name = "id", .type = { .type = TYPE_TEXT } },
	{ .name = "city", .type = { .type = TYPE_TEXT } },
	{ .name = "no \"1\"", .type = { .type = TYPE_INT } },
};

static void each_field_says_what_it_was(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct schema then = { 3, was }, today = { 3, now };
	const char *note = drift_note(mem, &then);
	struct drift *d;

	(void)state;
	assert_string_equal(drift_of(mem, note, &now[0]), "was bigint");
	assert_string_equal(drift_of(mem, note, &now[1]), "new");
	assert_null(drift_of(mem, note, &now[2]));
	assert_int_equal(drift_find(mem, note, &today, &d), 3);
	assert_string_equal(d[2].field, "town");
	assert_string_equal(d[2].what, "gone");
	assert_string_equal(drift_text(mem, d, 3), "id was bigint, city is new, town is gone");
	assert_int_equal(drift_find(mem, note, &then, &d), 0);
	assert_null(drift_text(mem, d, 0));
	arena_free(mem);
}

/* Nobody has noted anything, or not what this program reads. */
static void no_note_knows_of_no_change(void **state)
{
	static const char *const none[] = { NULL, "{", "" };
	struct arena *mem = arena_new(NULL, "test");
	struct schema today = { 3, now };
	struct drift *d;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_null(drift_of(mem, none[i], &now[0]));
		assert_int_equal(drift_find(mem, none[i], &today, &d), 0);
	}
	arena_free(mem);
}

static void a_text_names_five_and_counts_the_others(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct field many[7];
	struct schema today = { 7, many }, then = { 3, was };
	struct drift *d;
	int n;

	(void)state;
	for (int i = 0; i < 7; i++)
		many[i] = (struct field){ .name = arena_printf(mem, "f%d", i),
					  .type = { .type = TYPE_INT } };
	n = drift_find(mem, drift_note(mem, &then), &today, &d);
	assert_string_equal(drift_text(mem, d, n),
			    "f0 is new, f1 is new, f2 is new, f3 is new, f4 is new and 5 more");
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_says_what_it_was),
		cmocka_unit_test(no_note_knows_of_no_change),
		cmocka_unit_test(a_text_names_five_and_counts_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
