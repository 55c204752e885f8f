/*
 * tests/unit/core/meta/matching_test.c
 *	Decisions add up, for one organization only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/meta/matching.h"
#include "tests/lib/metatemp.h"

static const char *const sources[] = { "amt", "cust_nm", "it's \"odd\"" };
static const char *const targets[] = { "amount", "customer_name" };

static struct matching_list known(struct arena *mem, struct db *app)
{
	struct matching_list list;
	struct err err = { 0 };

	OK(matching_list(mem, app, 3, sources, 2, targets, &list, &err));
	return list;
}

static void decisions_add_up(void **state)
{
	static const struct matching first[] = {
		{ "cust_nm", "customer_name", 1, 0 }, { "amt", "amount", 1, 0 },
		{ "amt", "amount", 2, 1 }, { "it's \"odd\"", "amount", 0, 1 },
		{ "amt", "something_else", 1, 0 }, { "", "amount", 1, 0 },
	};
	static const struct matching second[] = { { "amt", "amount", 9, 0 } };
	const char *conninfo = metatemp_new();
	struct db *app = metatemp_open(conninfo, META_APP, NULL, NULL);
	struct arena *mem = arena_new(NULL, "test");
	struct matching_list list = known(mem, app);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(list.n, 0);
	OK(matching_note(app, 6, first, &err));
	OK(matching_note(app, 1, second, &err));
	OK(matching_note(app, 0, NULL, &err));
	list = known(mem, app);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.m[0].source, "amt");
	assert_string_equal(list.m[0].target, "amount");
	assert_int_equal(list.m[0].accepted, 12);
	assert_int_equal(list.m[0].refused, 1);
	assert_string_equal(list.m[1].source, "it's \"odd\"");
	assert_int_equal(list.m[1].refused, 1);
	assert_string_equal(list.m[2].target, "customer_name");
	arena_free(mem);
	db_close(app);
}

static void others_learn_nothing_from_it(void **state)
{
	static const struct matching made[] = { { "amt", "amount", 1, 0 } };
	const char *conninfo = metatemp_new();
	struct db *super = metatemp_super(conninfo);
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };
	struct db *mine, *theirs;

	(void)state;
	metatemp_number(super, "select leat.make_org('other')");
	mine = metatemp_open(conninfo, META_APP, NULL, NULL);
	theirs = metatemp_open(conninfo, META_APP, "other", NULL);
	OK(matching_note(mine, 1, made, &err));
	assert_int_equal(known(mem, mine).n, 1);
	assert_int_equal(known(mem, theirs).n, 0);
	arena_free(mem);
	db_close(theirs);
	db_close(mine);
	db_close(super);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decisions_add_up),
		cmocka_unit_test(others_learn_nothing_from_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}
