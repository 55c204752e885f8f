/*
 * tests/unit/core/flow/mapping_test.c
 *	Mappings as text: read, written, compared, edited, undone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/mapping.h"

static struct arena *mem;
static uint32_t dice;	/* the same walk each time */

static int roll(int n)
{
	dice ^= dice << 13;
	dice ^= dice >> 17;
	dice ^= dice << 5;
	return (int)(dice % (uint32_t)n);
}

static int setup(void **state)
{
	(void)state;
	mem = arena_new(NULL, "test");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

static struct mapping parse(const char *text)
{
	struct mapping_at at;
	struct err err = { 0 };
	struct mapping m;

	if (mapping_parse(mem, text, strlen(text), &m, &at, &err) != ERR_OK)
		fail_msg("%s", err.frame[0].text);
	return m;
}

static const char *print(const struct mapping *m)
{
	struct buf out;
	const char *copy;

	buf_init(&out, 1u << 20);
	mapping_print(m, &out);
	copy = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return copy;
}

static void a_text_is_read_and_written(void **state)
{
	static const char text[] = "# the shop's orders\n\n  amount=\"amt\" | trim  \r\n"
				   "\"unit \"\"price\"\"\"   = case\n\twhen a then 1\n\telse 2 end\n"
				   "note = -\n# not below zero\ncheck: amount >= 0\n"
				   "filter:status <> 'test'\nothers: leave";
	struct mapping m = parse(text);

	(void)state;
	assert_int_equal(m.n, 9);
	assert_string_equal(print(&m),
			    "# the shop's orders\n\namount = \"amt\" | trim\n"
			    "\"unit \"\"price\"\"\" = case\n\twhen a then 1\n\telse 2 end\nnote = -\n"
			    "# not below zero\ncheck: amount >= 0\nfilter: status <> 'test'\n"
			    "others: leave\n");
	m = parse("m = a ||\r\r\r\n\tb\r\n");
	assert_string_equal(print(&m), "m = a ||\n\tb\n");
	m = parse("\xEF\xBB\xBF\"\xEF\xBB\xBFm\" = a\n");
	assert_string_equal(print(&m), "\"\xEF\xBB\xBFm\" = a\n");
	m = parse(text);
	assert_string_equal(m.line[3].name, "unit \"price\"");
	assert_string_equal(m.line[3].text, "case\nwhen a then 1\nelse 2 end");
	assert_true(mapping_leaves_out(m.line[4].text));
	assert_int_equal(m.line[2].line, 3);
	assert_int_equal(m.line[2].column, 10);
}

static void what_is_wrong_has_a_place(void **state)
{
	static const struct { const char *text; int line, column; const char *why; } bad[] = {
		{ "a = 1\nä b = 2\n", 2, 3, "= is expected" },
		{ "a = 1\na = 2", 2, 1, "field a has a line already" },
		{ "a =   \nb = 2", 1, 7, "an expression is expected" },
		{ "\"a = 1", 1, 1, "not closed" },
		{ "= 1", 1, 1, "name of a target field" },
		{ "chek: a > 1", 1, 1, "\"chek:\" means nothing" },
		{ "others: some", 1, 9, "take or leave" },
		{ "filter: a\nfilter: b", 2, 1, "second line filter:" },
		{ "\"\" = 1", 1, 1, "a field has a name" },
		{ "check:", 1, 7, "expected behind the colon" },
		{ "a = 1\ngr\xf6sse = 2", 2, 3, "a mapping is UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mapping_at at;
		struct err err = { 0 };
		struct mapping m;

		assert_int_equal(mapping_parse(mem, bad[i].text, strlen(bad[i].text), &m, &at,
					       &err), ERR_CONFIG);
		if (strstr(err.frame[0].text, bad[i].why) == NULL)
			fail_msg("%s: %s", bad[i].text, err.frame[0].text);
		assert_int_equal(at.line, bad[i].line);
		assert_int_equal(at.column, bad[i].column);
	}
}

/* A text of random lines, some of them strange. */
static const char *random_text(void)
{
	static const char *const part[] = {
		"a = 1\n", "bb = x | trim\n", "\"c d\" = 'it''s'\n", "# why\n", "\n",
		"check: a >= 0\n", "check: bb required\n", "e = case\n\twhen a\n\t\tthen 1 end\n",
		"\t g =  -  \n", "  # far\r\n", "\xC3\xA4 = \"\xC3\xA4 \"\"x\"\"\"\n",
		"filter: a = 1 or\n\t b = 2\n", "others: leave\n", "z=''\r\n",
	};
	uint32_t used = 0;
	const char *text = "";

	for (int i = 0; i < 12; i++) {
		int k = roll((int)(sizeof(part) / sizeof(part[0])));

		/* Comments and blanks may come again. */
		if ((used & (1u << k)) && k != 3 && k != 4)
			continue;
		/* Behind a line, one that begins with a tab would belong to it. */
		if (part[k][0] == '\t' && i > 0)
			continue;
		used |= 1u << k;
		text = arena_printf(mem, "%s%s", text, part[k]);
	}
	return text;
}

static void assert_same(const struct mapping *a, const struct mapping *b)
{
	assert_int_equal(a->n, b->n);
	for (int i = 0; i < a->n; i++) {
		assert_int_equal(a->line[i].kind, b->line[i].kind);
		if (a->line[i].kind == MAPPING_FIELD)
			assert_string_equal(a->line[i].name, b->line[i].name);
		assert_string_equal(a->line[i].text, b->line[i].text);
	}
}

/* What was written is read as the same lines, written as the same bytes, also by a pipeline. */
static void round_trips(void **state)
{
	(void)state;
	dice = 7;
	for (int i = 0; i < 2000; i++) {
		struct mapping m = parse(random_text()), again, back;
		struct mapping_changes c;
		struct pipeline p;
		const char *text = print(&m);

		again = parse(text);
		assert_same(&m, &again);
		assert_string_equal(print(&again), text);
		pipeline_init(&p);
		mapping_into(mem, &m, &p);
		mapping_of(mem, &p, &m, &back);
		mapping_diff(mem, &m, &back, &c);
		assert_int_equal(c.n, 0);
		/* Of a pipeline without comments all the lines come back, in their order. */
		mapping_of(mem, &p, NULL, &again);
		mapping_diff(mem, &m, &again, &c);
		assert_int_equal(c.n, 0);
	}
}

static void a_pipeline_and_its_comments(void **state)
{
	struct map_rule rules[] = { { "a", " 1\r\n+ 2 " }, { "b", "x" } };
	const char *checks[] = { "a > 0" };
	struct pipeline p;
	struct mapping like = parse("# top\na = 1\n# of b\nb = y\n\n# end\n"), m;

	(void)state;
	pipeline_init(&p);
	p.map = rules;
	p.nmaps = 2;
	p.check = checks;
	p.nchecks = 1;
	p.only_mapped = true;
	mapping_of(mem, &p, &like, &m);
	assert_string_equal(print(&m), "# top\na = 1\n\t+ 2\n# of b\nb = x\nothers: leave\n"
				       "check: a > 0\n\n# end\n");
	mapping_into(mem, &m, &p);
	assert_int_equal(p.nmaps, 2);
	assert_string_equal(p.map[0].expr, "1\n+ 2");
	assert_true(p.only_mapped);
	assert_null(p.filter);
}

static void lines_are_set_and_taken_away(void **state)
{
	struct mapping m = parse("# head\na = 1\ncheck: a > 0\n"), none = parse(""), before;

	(void)state;
	mapping_set(mem, &m, "b c", " x ");
	mapping_set(mem, &m, "a", "2");
	mapping_set(mem, &m, "gone", NULL);
	assert_string_equal(print(&m), "# head\na = 2\n\"b c\" = x\ncheck: a > 0\n");
	before = m;
	mapping_set(mem, &m, "a", "3");
	assert_string_equal(print(&before), "# head\na = 2\n\"b c\" = x\ncheck: a > 0\n");
	mapping_set(mem, &m, "a", NULL);
	assert_string_equal(print(&m), "# head\n\"b c\" = x\ncheck: a > 0\n");
	mapping_set(mem, &none, "a", "1");
	assert_string_equal(print(&none), "a = 1\n");
}

static void differences_of_two_and_of_three(void **state)
{
	struct mapping base = parse("a = 1\nb = 2\nc = 3\ncheck: a > 0\n");
	struct mapping mine = parse("# mine\nb = 22\na = 1\nc = 3\nd = 4\ncheck: a > 0\n");
	struct mapping theirs = parse("a = 11\nb = 222\nc = 3\nfilter: x\n"), merged;
	struct mapping_changes c;
	int clashes = 0;

	(void)state;
	mapping_diff(mem, &base, &mine, &c);
	assert_int_equal(c.n, 2);	/* order and comments are none */
	assert_string_equal(c.c[0].name, "b");
	assert_string_equal(c.c[0].to, "22");
	assert_null(c.c[1].from);
	mapping_diff3(mem, &base, &mine, &theirs, &c);
	assert_int_equal(c.n, 5);
	for (int i = 0; i < c.n; i++)
		clashes += mapping_clashes(&c.c[i]);
	assert_int_equal(clashes, 1);
	mapping_merge(mem, &c, &mine, &merged);
	assert_string_equal(print(&merged), "# mine\nb = 22\na = 11\nc = 3\nd = 4\nfilter: x\n");
}

/* Any walk of edits, undone to its beginning and done again, ends where it was. */
static void edits_are_undone_and_done_again(void **state)
{
	(void)state;
	dice = 11;
	for (int round = 0; round < 50; round++) {
		json_t *edits = json_array();
		const char *first = random_text(), *now = first, *to;
		int done = 0, n;

		for (int i = 0; i < 20; i++) {
			const char *next = random_text();

			/* A text without an end of its last line would be given one. */
			mapping_note(edits, &done, now, next);
			now = next;
			if (roll(4) == 0 && done > 0) {
				now = mapping_undo(mem, edits, &done, now);
				assert_non_null(now);
			}
		}
		n = done;
		for (to = now; done > 0;) {
			to = mapping_undo(mem, edits, &done, to);
			assert_non_null(to);
		}
		assert_string_equal(to, first);
		while (done < n) {
			to = mapping_redo(mem, edits, &done, to);
			assert_non_null(to);
		}
		assert_string_equal(to, now);
		/* A list that does not fit the text changes nothing. */
		assert_null(mapping_undo(mem, edits, &done, "other = 1\n"));
		assert_int_equal(done, n);
		json_decref(edits);
	}
}

static void the_list_of_edits_has_an_end(void **state)
{
	json_t *edits = json_array();
	const char *now = "";
	int done = 0;

	(void)state;
	mapping_note(edits, &done, "a = 1\n", "a = 1\n");
	assert_int_equal(done, 0);
	for (int i = 0; i < MAPPING_EDITS_MAX + 5; i++) {
		const char *next = arena_printf(mem, "a = %d\n", i);

		mapping_note(edits, &done, now, next);
		now = next;
	}
	assert_int_equal(done, MAPPING_EDITS_MAX);
	for (int i = 0; i < MAPPING_EDITS_MAX; i++)
		now = mapping_undo(mem, edits, &done, now);
	assert_string_equal(now, "a = 4\n");
	assert_null(mapping_undo(mem, edits, &done, now));
	json_decref(edits);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_text_is_read_and_written),
		TEST(what_is_wrong_has_a_place),
		TEST(round_trips),
		TEST(a_pipeline_and_its_comments),
		TEST(lines_are_set_and_taken_away),
		TEST(differences_of_two_and_of_three),
		TEST(edits_are_undone_and_done_again),
		TEST(the_list_of_edits_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
