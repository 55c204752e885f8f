/*
 * tests/unit/core/flow/lane_test.c
 *	Batches go round in order, the end is told once, a stop wakes both sides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "core/flow/lane.h"

#define ROUNDS 5000

static struct field one_field = { .name = "n", .type = { .type = TYPE_INT, .bytes = 8 } };
static const struct schema one = { .nfields = 1, .field = &one_field };

static void *give_numbers(void *arg)
{
	struct lane *l = arg;
	struct err err = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		struct batch *b = lane_take_empty(l);

		if (b == NULL)
			return NULL;
		batch_reset(b);
		b->nrows = 1;
		b->col[0].v.i64[0] = i;
		lane_give_full(l, b);
	}
	lane_end(l, err_set(&err, ERR_DISK, "the disk is gone"), &err);
	return NULL;
}

static void batches_come_in_order_and_the_end_keeps_its_error(void **state)
{
	struct lane *l = lane_new(&one, 3);
	struct err err = { 0 };
	enum err_code rc;
	struct batch *b;
	pthread_t reader;
	int64_t next = 0;

	(void)state;
	pthread_create(&reader, NULL, give_numbers, l);
	while ((b = lane_take_full(l, &rc, &err)) != NULL) {
		assert_int_equal(b->col[0].v.i64[0], next++);
		lane_give_empty(l, b);
	}
	pthread_join(reader, NULL);
	assert_int_equal(next, ROUNDS);
	assert_int_equal(rc, ERR_DISK);
	assert_string_equal(err.frame[0].text, "the disk is gone");
	lane_free(l);
}

static void a_stop_lets_a_waiting_reader_go(void **state)
{
	struct lane *l = lane_new(&one, 2);
	pthread_t reader;

	(void)state;
	pthread_create(&reader, NULL, give_numbers, l);
	usleep(20000);	/* both batches are full by now: the reader waits */
	lane_stop(l);
	assert_int_equal(pthread_join(reader, NULL), 0);
	lane_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batches_come_in_order_and_the_end_keeps_its_error),
		cmocka_unit_test(a_stop_lets_a_waiting_reader_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
