/*
 * tests/unit/tui/pool_test.c
 *	Commands run beside the screen, on sessions over one place, and can be stopped.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "connectors/registry.h"
#include "core/base/clock.h"
#include "core/command/session.h"
#include "core/flow/connector.h"
#include "tests/lib/queuetemp.h"
#include "tui/mailbox.h"
#include "tui/pool.h"

#define WAIT_MS 20000

static struct mailbox *box;
static struct session_share share;
static struct pool *pool;

#define RUN(token, flags, ...) run(token, flags, (const char *[]){ __VA_ARGS__, NULL })

static void run(int64_t token, unsigned flags, const char **words)
{
	int n = 0;

	while (words[n] != NULL)
		n++;
	pool_run(pool, token, n, words, flags);
}

/* The next message; fails when none comes. */
static struct mail *take(void)
{
	struct pollfd fd = { .fd = mailbox_fd(box), .events = POLLIN };
	struct mail *mail = mailbox_take(box);

	while (mail == NULL) {
		assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
		mail = mailbox_take(box);
	}
	return mail;
}

/* The last answer of a token, parts before it dropped; takes what comes for others as well. */
static struct mail *take_last(int64_t token)
{
	for (;;) {
		struct mail *mail = take();

		if (mail->kind == MAIL_ANSWER && mail->token == token && mail->answer->is_last)
			return mail;
		mail_free(mail);
	}
}

static void code_is(int64_t token, enum err_code code)
{
	struct mail *mail = take_last(token);

	if (mail->answer->code != code)
		fail_msg("%s: %s", err_name(mail->answer->code), mail->answer->err.frame[0].text);
	mail_free(mail);
}

static int64_t sessions(struct queuetemp *q)
{
	return metatemp_number(q->super, "select count(*) from pg_stat_activity where "
			       "application_name = 'leat' and datname = current_database()");
}

static void wait_sessions(struct queuetemp *q, int64_t n)
{
	int64_t until = clock_mono_us() + WAIT_MS * 1000LL;

	while (sessions(q) != n && clock_mono_us() < until)
		poll(NULL, 0, 20);
	assert_int_equal(sessions(q), n);
}

static void answers_come_by_token(void **state)
{
	struct queuetemp *q = *state;
	struct mail *mail;

	queuetemp_add(q, 0, 1);
	RUN(5, POOL_LOOK, "job", "list");
	mail = take_last(5);
	assert_int_equal(mail->answer->code, ERR_OK);
	assert_int_equal(mail->answer->nrows, 1);
	mail_free(mail);
	RUN(6, 0, "job", "shwo", "1");
	code_is(6, ERR_USAGE);
	RUN(7, 0, "pipeline", "remove", "p");
	code_is(7, ERR_USAGE);
	RUN(8, POOL_CONFIRMED, "pipeline", "remove", "p");
	code_is(8, ERR_OK);
	assert_int_equal(pool_running(pool), 0);
}

/* However many are asked for, there are so many sessions and no more; one place for all. */
static void threads_are_few(void **state)
{
	struct queuetemp *q = *state;

	for (int i = 0; i < 40; i++)
		RUN(i, i % 2 == 0 ? POOL_LOOK : 0, "job", "list");
	for (int i = 0; i < 40; i++) {
		struct mail *mail = take();

		assert_int_equal(mail->kind, MAIL_ANSWER);
		assert_int_equal(mail->answer->code, ERR_OK);
		mail_free(mail);
	}
	assert_in_range(sessions(q), 1, POOL_LOOKS + POOL_OTHERS);
	assert_non_null(share.place);
}

/* All threads for others follow jobs that never end: a look is answered all the same. */
static void looks_do_not_wait_for_others(void **state)
{
	struct queuetemp *q = *state;
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)queuetemp_add(q, 0, 1));
	for (int i = 0; i < POOL_OTHERS + 1; i++)
		RUN(100 + i, 0, "job", "watch", id);
	for (int i = 0; i < POOL_OTHERS; i++) {
		struct mail *mail = take();

		assert_int_equal(mail->kind, MAIL_ANSWER);
		assert_false(mail->answer->is_last);
		mail_free(mail);
	}
	assert_int_equal(pool_running(pool), POOL_OTHERS + 1);
	RUN(1, POOL_LOOK, "job", "list");
	code_is(1, ERR_OK);
	/* One that waits, then one that runs; the thread is good for the next. */
	pool_stop(pool, 100 + POOL_OTHERS);
	code_is(100 + POOL_OTHERS, ERR_INTERRUPTED);
	pool_stop(pool, 100);
	code_is(100, ERR_INTERRUPTED);
	RUN(200, 0, "job", "list");
	code_is(200, ERR_OK);
	pool_stop(pool, 9999);
	assert_int_equal(pool_running(pool), POOL_OTHERS - 1);
}

static void a_statement_is_cancelled(void **state)
{
	struct queuetemp *q = *state;
	struct err err = { 0 };
	int64_t start;

	/* Whoever reads the pipelines waits for us. */
	OK(db_begin(q->super, &err));
	metatemp_run(q->super, "lock table leat.pipeline in access exclusive mode");
	RUN(1, POOL_LOOK, "pipeline", "list");
	RUN(2, POOL_LOOK, "connector", "list");
	code_is(2, ERR_OK);
	poll(NULL, 0, 200);
	start = clock_mono_us();
	pool_stop(pool, 1);
	code_is(1, ERR_INTERRUPTED);
	assert_true(clock_mono_us() - start < 5000000);
	db_rollback(q->super);
	RUN(3, POOL_LOOK, "pipeline", "list");
	RUN(4, POOL_LOOK, "pipeline", "list");
	code_is(3, ERR_OK);
}

static void idle_threads_give_back(void **state)
{
	struct queuetemp *q = *state;

	RUN(1, POOL_LOOK, "job", "list");
	code_is(1, ERR_OK);
	assert_int_equal(sessions(q), 1);
	wait_sessions(q, 0);
	RUN(2, POOL_LOOK, "job", "list");
	code_is(2, ERR_OK);
}

static void lines_are_completed(void **state)
{
	struct mail *mail;

	(void)state;
	pool_complete(pool, "pipeline show  and more", 14);
	mail = take();
	assert_int_equal(mail->kind, MAIL_OFFER);
	assert_string_equal(mail->offer->text, "pipeline show ");
	assert_int_equal(mail->offer->from, 14);
	assert_int_equal(mail->offer->n, 1);
	assert_string_equal(mail->offer->word[0], "p");
	assert_false(mail->offer->is_open[0]);
	mail_free(mail);
}

static void a_reader_changes_nothing(void **state)
{
	struct queuetemp *q = *state;

	assert_true(pool_free(pool, WAIT_MS));
	mailbox_free(box);
	box = mailbox_new();
	pool = pool_new(&(struct pool_options){ .share = &share, .mailbox = box,
						.is_read_only = true });
	RUN(1, POOL_LOOK, "pipeline", "list");
	code_is(1, ERR_OK);
	RUN(2, POOL_CONFIRMED, "pipeline", "remove", "p");
	code_is(2, ERR_DENIED);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.pipeline "
					 "where deleted_at is null"), 1);
}

/* Sessions are there, and what was asked begins only when it may. */
static void what_is_held_begins_later(void **state)
{
	struct queuetemp *q = *state;
	struct mail *mail;

	assert_true(pool_free(pool, WAIT_MS));
	mailbox_free(box);
	box = mailbox_new();
	pool = pool_new(&(struct pool_options){ .share = &share, .mailbox = box, .is_held = true });
	RUN(1, POOL_LOOK, "job", "list");
	pool_warm(pool);
	wait_sessions(q, 1);
	queuetemp_add(q, 0, 1);
	pool_go(pool);
	mail = take_last(1);
	assert_int_equal(mail->answer->code, ERR_OK);
	assert_int_equal(mail->answer->nrows, 1);
	mail_free(mail);
}

/* What runs is stopped, what waits is dropped, and nobody is left. */
static void leaving_ends_everything(void **state)
{
	struct queuetemp *q = *state;
	int64_t start;
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)queuetemp_add(q, 0, 1));
	for (int i = 0; i < 2 * POOL_OTHERS; i++)
		RUN(i, 0, "job", "watch", id);
	mail_free(take());
	start = clock_mono_us();
	assert_true(pool_free(pool, WAIT_MS));
	assert_true(clock_mono_us() - start < 5000000);
	pool = NULL;
	wait_sessions(q, 0);
}

static int up(void **state)
{
	struct queuetemp *q;

	if (queuetemp_up(state) != 0)
		return -1;
	q = *state;
	box = mailbox_new();
	session_share_init(&share, q->conninfo);
	pool = pool_new(&(struct pool_options){ .share = &share, .mailbox = box,
						.idle_ms = 300 });
	return 0;
}

static int down(void **state)
{
	bool is_gone = pool_free(pool, WAIT_MS);

	pool = NULL;
	mailbox_free(box);
	session_share_release(&share);
	return queuetemp_down(state) != 0 || !is_gone;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_come_by_token),
		TEST(threads_are_few),
		TEST(looks_do_not_wait_for_others),
		TEST(a_statement_is_cancelled),
		TEST(idle_threads_give_back),
		TEST(lines_are_completed),
		TEST(a_reader_changes_nothing),
		TEST(what_is_held_begins_later),
		TEST(leaving_ends_everything),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	connector_install(connectors);
	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}
