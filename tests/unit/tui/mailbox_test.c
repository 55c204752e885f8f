/*
 * tests/unit/tui/mailbox_test.c
 *	Messages arrive in order, once, and never without an end.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "tui/mailbox.h"

static struct mailbox *box;

static bool is_readable(void)
{
	struct pollfd fd = { .fd = mailbox_fd(box), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

static void post_log(const char *text)
{
	struct mail *mail = mail_new(MAIL_LOG);

	snprintf(mail->text, sizeof(mail->text), "%s", text);
	mailbox_post(box, mail);
}

static void post_news(enum news_kind kind, int64_t job, int64_t read)
{
	struct mail *mail = mail_new(MAIL_NEWS);

	mail->news = (struct news){ .kind = kind, .job = job, .read = read };
	mailbox_post(box, mail);
}

static struct mail *part(int64_t token, bool is_last)
{
	struct mail *mail = mail_new(MAIL_ANSWER);
	struct arena *mem = arena_new(NULL, "answer");

	mail->token = token;
	mail->answer = arena_alloc(mem, sizeof(*mail->answer));
	mail->answer->mem = mem;
	mail->answer->is_last = is_last;
	return mail;
}

/* How many there are; all are taken. */
static int drain(void)
{
	struct mail *mail;
	int n = 0;

	while ((mail = mailbox_take(box)) != NULL) {
		n++;
		mail_free(mail);
	}
	return n;
}

static void in_order_and_readable(void **state)
{
	struct mail *mail;

	(void)state;
	assert_false(is_readable());
	assert_null(mailbox_take(box));
	post_log("one");
	post_log("two");
	assert_true(is_readable());
	mail = mailbox_take(box);
	assert_string_equal(mail->text, "one");
	assert_null(mail->next);
	mail_free(mail);
	assert_true(is_readable());
	mail = mailbox_take(box);
	assert_string_equal(mail->text, "two");
	mail_free(mail);
	assert_false(is_readable());
	post_log("three");
	assert_true(is_readable());
	mail_free(NULL);
}

static void the_newest_of_a_job(void **state)
{
	struct mail *mail;

	(void)state;
	post_news(NEWS_PROGRESS, 1, 10);
	post_news(NEWS_PROGRESS, 2, 20);
	post_news(NEWS_STATE, 1, 0);
	post_news(NEWS_PROGRESS, 1, 30);
	mail = mailbox_take(box);
	assert_int_equal(mail->news.job, 2);
	mail_free(mail);
	mail = mailbox_take(box);
	assert_int_equal(mail->news.kind, NEWS_STATE);
	mail_free(mail);
	mail = mailbox_take(box);
	assert_int_equal(mail->news.read, 30);
	mail_free(mail);
	assert_int_equal(drain(), 0);
	/* What was taken away last leaves a list to which more can be added. */
	post_news(NEWS_PROGRESS, 1, 1);
	post_news(NEWS_PROGRESS, 1, 2);
	post_log("x");
	assert_int_equal(drain(), 2);
}

static void a_flood_becomes_read_again(void **state)
{
	struct mail *mail;
	int n = 0, resyncs = 0, ups = 0;

	(void)state;
	post_news(NEWS_UP, 0, 0);
	for (int i = 1; i <= 3 * MAILBOX_NEWS; i++)
		post_news(NEWS_STATE, i, 0);
	while ((mail = mailbox_take(box)) != NULL) {
		n++;
		resyncs += mail->news.kind == NEWS_RESYNC;
		ups += mail->news.kind == NEWS_UP;
		mail_free(mail);
	}
	assert_in_range(n, 1, MAILBOX_NEWS);
	assert_int_equal(resyncs, 1);
	assert_int_equal(ups, 1);
	for (int i = 0; i < 2 * MAILBOX_NEWS; i++)
		post_log("line");
	assert_int_equal(drain(), MAILBOX_NEWS);
}

static void *post_many(void *arg)
{
	for (int i = 0; i < 2 * MAILBOX_PARTS; i++)
		mailbox_post(arg, part(7, false));
	mailbox_post(arg, part(7, true));
	mailbox_free(arg);
	return NULL;
}

static void wait_readable(void)
{
	struct pollfd fd = { .fd = mailbox_fd(box), .events = POLLIN };

	assert_int_equal(poll(&fd, 1, 20000), 1);
}

/* Nobody is let in past the limit; each that is taken makes room. */
static void parts_wait_for_the_screen(void **state)
{
	pthread_t thread;
	int n = 0;
	bool is_last = false;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, post_many, mailbox_ref(box)), 0);
	usleep(50000);
	while (!is_last) {
		struct mail *mail;

		wait_readable();
		mail = mailbox_take(box);
		if (mail == NULL)
			continue;
		n++;
		is_last = mail->answer->is_last;
		mail_free(mail);
	}
	assert_int_equal(n, 2 * MAILBOX_PARTS + 1);
	pthread_join(thread, NULL);
}

/* A thread that waits for room when the screen goes is not left behind. */
static void shut_lets_everybody_go(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, post_many, mailbox_ref(box)), 0);
	wait_readable();
	mailbox_shut(box);
	pthread_join(thread, NULL);
	assert_in_range(drain(), 1, MAILBOX_PARTS);
	post_log("nobody reads");
	assert_int_equal(drain(), 0);
}

static int up(void **state)
{
	(void)state;
	box = mailbox_new();
	return 0;
}

static int down(void **state)
{
	(void)state;
	mailbox_free(box);
	mailbox_free(NULL);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_order_and_readable),
		TEST(the_newest_of_a_job),
		TEST(a_flood_becomes_read_again),
		TEST(parts_wait_for_the_screen),
		TEST(shut_lets_everybody_go),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
