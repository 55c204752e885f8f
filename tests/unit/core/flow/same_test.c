/*
 * tests/unit/core/flow/same_test.c
 *	What counts as the same source, and what is said of another one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/same.h"

/* A source whose content has this hash, up to any byte. */
static const char *content;
static int nreads;

static enum err_code mark_of(struct conn *c, const struct part_list *parts, int64_t bytes,
			     struct read_mark *out, struct err *err)
{
	(void)c;
	(void)parts;
	(void)err;
	nreads++;
	*out = (struct read_mark){ .bytes = bytes };
	snprintf(out->hash, sizeof(out->hash), "%s", content);
	return ERR_OK;
}

static const struct conn_ops ops = { .type = "fake", .parts_mark = mark_of };
static struct conn source = { &ops };

/* Old enough to be told by their numbers. */
#define A { .path = "/in/a.csv", .size_bytes = 100, .changed_ns = 5, .inode = 7, .status_ns = 6 }
#define B { .path = "/in/b.csv", .size_bytes = 50, .changed_ns = 5, .inode = 8, .status_ns = 6 }
#define C { .path = "/in/c.csv", .size_bytes = 10, .changed_ns = 5, .inode = 9, .status_ns = 6 }

/*
 * Chunks up to byte `read` of {A, B}, whose content was "old", against what
 * there is now: the code, and the number of times that the content was read.
 */
static enum err_code check(int64_t read, int n, struct part_info *now, struct err *err)
{
	struct part_info then[] = { A, B };
	struct part_list old = { 2, then }, is = { n, now };
	struct chunk_note c[] = {
		{ .first_row = 1, .mark = { read, "old" } },
		{ .first_row = 9, .mark = { read / 2, "older" } },
	};
	struct chunk_list chunks = { .n = 2, .c = c };
	struct arena *mem = arena_new(NULL, "test");
	enum err_code rc;

	*err = (struct err){ 0 };
	nreads = 0;
	assert_int_equal(same_text(mem, &old, &chunks.source, err), ERR_OK);
	rc = same_check(mem, &source, &chunks, &is, err);
	arena_free(mem);
	return rc;
}

static void expect_conflict(enum err_code rc, const struct err *err, const char *words)
{
	assert_int_equal(rc, ERR_CONFLICT);
	assert_non_null(strstr(err->frame[0].text, words));
}

static void the_names_must_be_the_same(void **state)
{
	struct part_info more[] = { A, B, C }, first[] = { C, A, B }, fewer[] = { B };
	struct part_info other[] = { B, A }, same[] = { A, B };
	struct err err;

	(void)state;
	content = "old";
	assert_int_equal(check(120, 2, same, &err), ERR_OK);
	expect_conflict(check(120, 3, more, &err), &err, "/in/c.csv is new");
	expect_conflict(check(120, 3, first, &err), &err, "/in/c.csv is new");
	expect_conflict(check(120, 1, fewer, &err), &err, "/in/a.csv was in the source");
	expect_conflict(check(120, 1, same, &err), &err, "/in/b.csv was in the source");
	expect_conflict(check(120, 0, same, &err), &err, "/in/a.csv was in the source");
	expect_conflict(check(120, 2, other, &err), &err, "another order");
	assert_int_equal(nreads, 0);
}

static void content_is_read_only_when_numbers_do_not_tell(void **state)
{
	struct part_info now[] = { A, B };
	struct err err;

	(void)state;
	content = "new";
	assert_int_equal(check(120, 2, now, &err), ERR_OK);
	assert_int_equal(nreads, 0);
	now[0].status_ns++;
	expect_conflict(check(120, 2, now, &err), &err, "/in/a.csv was changed");
	assert_int_equal(nreads, 1);
	now[1].inode++;
	expect_conflict(check(120, 2, now, &err), &err, "one of 2 files was changed");
	content = "old";
	assert_int_equal(check(120, 2, now, &err), ERR_OK);
	assert_int_equal(nreads, 1);
	now[0].size_bytes++;
	expect_conflict(check(120, 2, now, &err), &err, "it had 100 bytes and has 101");
	assert_int_equal(nreads, 0);
}

/* A file may change once more within the tick of the clock that its stamp is of. */
static void a_file_that_had_just_changed_is_read(void **state)
{
	struct part_info now[] = { A, B };
	struct part_list list = { 2, now };
	struct chunk_note c = { .first_row = 1, .mark = { 120, "old" } };
	struct chunk_list chunks = { .n = 1, .c = &c };
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };

	(void)state;
	now[0].status_ns = 0;
	content = "old";
	nreads = 0;
	assert_int_equal(same_text(mem, &list, &chunks.source, &err), ERR_OK);
	assert_int_equal(same_check(mem, &source, &chunks, &list, &err), ERR_OK);
	assert_int_equal(nreads, 1);
	content = "new";
	expect_conflict(same_check(mem, &source, &chunks, &list, &err), &err, "/in/a.csv");
	arena_free(mem);
}

static void what_lies_behind_the_last_row_may_change(void **state)
{
	struct part_info now[] = { A, B };
	struct err err;

	(void)state;
	content = "old";
	now[1].size_bytes = 7;
	assert_int_equal(check(100, 2, now, &err), ERR_OK);
	expect_conflict(check(101, 2, now, &err), &err, "/in/b.csv was changed");
}

static void without_notes_nothing_is_trusted(void **state)
{
	struct part_info now[] = { A };
	struct part_list list = { 1, now };
	struct chunk_note c = { .first_row = 1, .mark = { 10, "old" } };
	struct chunk_list chunks = { .n = 1, .c = &c };
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };

	(void)state;
	expect_conflict(same_check(mem, &source, &chunks, &list, &err), &err, "older leat");
	chunks.source = "[[";
	assert_int_equal(same_check(mem, &source, &chunks, &list, &err), ERR_CONFIG);
	arena_free(mem);
}

/* A name need not be UTF-8: then its place and its numbers are compared. */
static void a_name_that_is_no_text_has_its_place(void **state)
{
	struct part_info now[] = { { .path = "/in/\xff.csv", .size_bytes = 9 }, B };
	struct part_list list = { 2, now };
	struct chunk_note c = { .first_row = 1, .mark = { 5, "old" } };
	struct chunk_list chunks = { .n = 1, .c = &c };
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };

	(void)state;
	content = "old";
	assert_int_equal(same_text(mem, &list, &chunks.source, &err), ERR_OK);
	assert_int_equal(same_check(mem, &source, &chunks, &list, &err), ERR_OK);
	content = "new";
	expect_conflict(same_check(mem, &source, &chunks, &list, &err), &err, "was changed");
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_names_must_be_the_same),
		cmocka_unit_test(content_is_read_only_when_numbers_do_not_tell),
		cmocka_unit_test(a_file_that_had_just_changed_is_read),
		cmocka_unit_test(what_lies_behind_the_last_row_may_change),
		cmocka_unit_test(without_notes_nothing_is_trusted),
		cmocka_unit_test(a_name_that_is_no_text_has_its_place),
	};

	return cmocka_run_group_tests_name("same", tests, NULL, NULL);
}
