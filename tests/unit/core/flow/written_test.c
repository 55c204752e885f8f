/*
 * tests/unit/core/flow/written_test.c
 *	Settings for dates and numbers, put into fields or refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/flow/written.h"

static const struct field_doubt days = {
	"dates", "03/04/2025", 2, { "%d/%m/%Y", "%m/%d/%Y" }, { "2025-04-03", "2025-03-04" },
};
static const struct field_doubt thousands = {
	"decimals", "1,234", 2, { ",.", ".," }, { "1.234", "1234" },
};

static void make_fields(struct field f[4])
{
	f[0] = (struct field){ .name = "id", .type = { .type = TYPE_INT, .bytes = 8 } };
	f[1] = (struct field){ .name = "paid on", .type = { .type = TYPE_TEXT }, .doubt = &days };
	f[2] = (struct field){ .name = "due", .type = { .type = TYPE_TEXT }, .doubt = &days };
	f[3] = (struct field){ .name = "net", .type = { .type = TYPE_TEXT }, .doubt = &thousands };
}

static void fields_get_what_is_said(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct field f[4];
	struct schema s = { 4, f };
	struct err err = { 0 };

	(void)state;
	make_fields(f);
	assert_int_equal(written_tell(mem, " paid on = %d/%m/%Y; due=text", "net=, ;id=.,$", &s,
				      &err), ERR_OK);
	assert_int_equal(f[1].type.type, TYPE_DATE);
	assert_string_equal(f[1].native, "date('%d/%m/%Y')");
	assert_true(f[1].is_told && f[1].doubt == NULL);
	assert_int_equal(f[2].type.type, TYPE_TEXT);
	assert_true(f[2].is_told && f[2].doubt == NULL);
	assert_string_equal(f[3].native, "decimal(', ')");
	assert_string_equal(f[0].native, "decimal('.,$')");

	/* Of all fields, only those in doubt; and only with a reading that they have. */
	make_fields(f);
	assert_int_equal(written_tell(mem, "%m/%d/%Y", "*=.", &s, &err), ERR_OK);
	assert_int_equal(f[0].type.type, TYPE_INT);
	assert_string_equal(f[1].native, "date('%m/%d/%Y')");
	assert_string_equal(f[2].native, "date('%m/%d/%Y')");
	assert_string_equal(f[3].native, "decimal('.,')");
	make_fields(f);
	assert_int_equal(written_tell(mem, "\"paid on\"=%d/%m/%Y %H:%M\ndue=%d/%m/%Y %H:%M %z", "text",
				      &s, &err), ERR_OK);
	assert_int_equal(f[1].type.type, TYPE_TIMESTAMP);
	assert_int_equal(f[2].type.type, TYPE_TIMESTAMPTZ);
	assert_int_equal(f[3].type.type, TYPE_TEXT);
	assert_true(f[3].doubt == NULL);
	assert_int_equal(written_tell(mem, NULL, NULL, &s, &err), ERR_OK);
	arena_free(mem);
}

static void nonsense_is_refused(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct field f[4];
	struct schema s = { 4, f };
	struct err err = { 0 };

	(void)state;
	make_fields(f);
	assert_int_equal(written_check("a=%d/%m", NULL, &err), ERR_CONFIG);
	assert_non_null(strstr(err.frame[0].text, "no year"));
	assert_int_equal(written_check("a=%Q", NULL, &err), ERR_CONFIG);
	assert_int_equal(written_check("a=%d/%m/%Y;b=text", "x=,.;y=text", &err), ERR_OK);
	assert_int_equal(written_check(NULL, "a=x", &err), ERR_CONFIG);
	assert_int_equal(written_tell(mem, "nope=text", NULL, &s, &err), ERR_CONFIG);
	assert_non_null(strstr(err.frame[0].text, "nope"));
	arena_free(mem);
}

static void doubt_names_all_readings(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct field f[4];
	struct err err = { 0 };

	(void)state;
	make_fields(f);
	assert_int_equal(written_doubt(mem, &f[1], &err), ERR_CONFIG);
	assert_string_equal(err.frame[0].text, "field paid on: 03/04/2025 can be 2025-04-03 or "
			    "2025-03-04, and no row decides");
	assert_string_equal(err.hint, "Say which: --dates 'paid on=%d/%m/%Y' or --dates "
			    "'paid on=%m/%d/%Y'; 'paid on=text' keeps it as it stands.");
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_get_what_is_said),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(doubt_names_all_readings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
