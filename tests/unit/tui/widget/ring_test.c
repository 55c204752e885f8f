/*
 * tests/unit/tui/widget/ring_test.c
 *	The ring of lines: its bound, its two ends, its numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/screen.h"
#include "tui/widget/ring.h"

static bool push(struct ring *r, const char *text, int64_t key, bool is_before)
{
	struct ring_line l = { .head = "h", .head_n = 1, .text = text, .n = strlen(text),
			       .key = key, .role = 3, .is_error = key % 2 == 0 };

	return is_before ? ring_push_before(r, &l) : ring_push(r, &l);
}

static void a_line_comes_back_as_it_was(void **state)
{
	struct ring *r = ring_new(1024);
	struct ring_line l;
	int64_t no;

	(void)state;
	assert_int_equal(ring_first(r), ring_end(r));
	assert_true(push(r, "second", 2, false));
	assert_true(push(r, "first", 1, true));
	assert_int_equal(ring_end(r) - ring_first(r), 2);
	no = ring_first(r);
	ring_get(r, no, &l);
	assert_int_equal(l.n, 5);
	assert_memory_equal(l.text, "first", 5);
	assert_string_equal(l.head, "h");
	assert_int_equal(l.role, 3);
	assert_int_equal(l.key, 1);
	assert_false(l.is_error);
	assert_true(ring_is_error(r, no + 1));
	assert_int_equal(ring_tag(r, no), 0);
	ring_set_tag(r, no, 0x8001);
	assert_int_equal(ring_tag(r, no), 0x8001);
	ring_clear(r);
	assert_int_equal(ring_first(r), ring_end(r));
	assert_true(push(r, "next", 3, false));
	assert_true(ring_first(r) > no);
	ring_free(r);
	ring_free(NULL);
}

static void a_full_ring_takes_nothing(void **state)
{
	struct ring *r = ring_new(256);
	char text[300];
	int n = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[299] = '\0';
	assert_false(push(r, text, 0, false));
	text[40] = '\0';
	while (push(r, text, n, false))
		n++;
	assert_int_equal(n, 4);
	assert_false(push(r, "", 0, true));
	ring_drop(r);
	assert_true(push(r, text, 0, true));
	assert_false(push(r, text, 0, false));
	ring_drop(r);
	assert_true(push(r, text, 0, false));
	ring_free(r);
}

/* What the ring should hold, with the length and the tag of each line. */
struct model {
	int64_t first, end;
	size_t n[200000];
	int64_t base;
};

static size_t *model_of(struct model *m, int64_t no)
{
	return &m->n[no - m->base];
}

static void check(const struct ring *r, struct model *m, int64_t no)
{
	struct ring_line l;

	ring_get(r, no, &l);
	assert_int_equal(l.key, no);
	assert_int_equal(l.n, *model_of(m, no));
	for (size_t i = 0; i < l.n; i++)
		assert_int_equal((unsigned char)l.text[i], (unsigned char)(no % 251));
	assert_int_equal(ring_tag(r, no), (uint16_t)no);
}

/* 60,000 lines of any length through 20 kB, from both ends. */
static void everything_kept_is_as_it_came(void **state)
{
	struct ring *r = ring_new(20000);
	struct model *m = calloc(1, sizeof(*m));
	char *text = malloc(4000);
	uint64_t seed = 11;

	(void)state;
	m->base = ring_first(r) - 100000;
	m->first = m->end = ring_first(r);
	for (int i = 0; i < 60000; i++) {
		bool is_before = screen_dice(&seed, 3) == 0;
		int64_t no = is_before ? m->first - 1 : m->end;
		struct ring_line l = { .head = "", .text = text, .key = no };
		bool took;

		l.n = screen_dice(&seed, screen_dice(&seed, 20) == 0 ? 4000 : 100);
		memset(text, (int)(no % 251), l.n);
		took = is_before ? ring_push_before(r, &l) : ring_push(r, &l);
		while (!is_before && !took) {
			ring_drop(r);
			m->first++;
			took = ring_push(r, &l);
		}
		if (took) {
			*model_of(m, no) = l.n;
			ring_set_tag(r, no, (uint16_t)no);
			m->first -= is_before;
			m->end += !is_before;
		}
		assert_int_equal(ring_first(r), m->first);
		assert_int_equal(ring_end(r), m->end);
		check(r, m, m->first);
		check(r, m, m->first + screen_dice(&seed, (uint32_t)(m->end - m->first)));
	}
	for (int64_t no = m->first; no < m->end; no++)
		check(r, m, no);
	free(text);
	free(m);
	ring_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_comes_back_as_it_was),
		cmocka_unit_test(a_full_ring_takes_nothing),
		cmocka_unit_test(everything_kept_is_as_it_came),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
