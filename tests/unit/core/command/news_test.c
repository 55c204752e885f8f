/*
 * tests/unit/core/command/news_test.c
 *	What happens is told as it happens, and a lost server is told, awaited and told again.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/command/news.h"
#include "core/command/session.h"
#include "core/meta/event.h"
#include "tests/lib/metatemp.h"
#include "tests/lib/pgtemp.h"

#define MAX_NEWS 200
#define WAIT_S   40

static struct {
	pthread_mutex_t lock;
	pthread_cond_t came;
	int n, at;
	struct news all[MAX_NEWS];
} told = { .lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER };

static struct session session;
static atomic_int stop;
static int stop_fd = -1, retry_fd = -1;
static pthread_t thread;
static const char *conninfo;

static void on_news(void *ctx, const struct news *n)
{
	(void)ctx;
	pthread_mutex_lock(&told.lock);
	if (told.n < MAX_NEWS) {
		told.all[told.n++] = *n;
	}
	pthread_cond_signal(&told.came);
	pthread_mutex_unlock(&told.lock);
}

/* The next of that kind; others on the way are passed over. */
static struct news next(enum news_kind kind)
{
	struct timespec until;
	struct news found = { 0 };
	bool got = false, is_late = false;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	pthread_mutex_lock(&told.lock);
	while (!got && !is_late) {
		while (told.at < told.n && !got) {
			found = told.all[told.at++];
			got = found.kind == kind;
		}
		if (!got)
			is_late = pthread_cond_timedwait(&told.came, &told.lock, &until) != 0;
	}
	pthread_mutex_unlock(&told.lock);
	if (!got)
		fail_msg("no news of kind %d", (int)kind);
	return found;
}

static void *follow(void *arg)
{
	(void)arg;
	news_follow(&session, &stop, stop_fd, retry_fd, on_news, NULL);
	return NULL;
}

static void ring(int fd)
{
	uint64_t one = 1;

	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
}

static void begin(const char *org)
{
	uint64_t n;

	told.n = told.at = 0;
	atomic_store(&stop, 0);
	while (read(stop_fd, &n, sizeof(n)) > 0 || read(retry_fd, &n, sizeof(n)) > 0)
		;
	session_init(&session, conninfo, org);
	assert_int_equal(pthread_create(&thread, NULL, follow, NULL), 0);
}

/* It ends at once, whatever it waits for. */
static void end(void)
{
	int64_t start = clock_mono_us();

	atomic_store(&stop, 1);
	ring(stop_fd);
	pthread_join(thread, NULL);
	assert_true(clock_mono_us() - start < 10000000);
	session_release(&session);
}

static void send(struct db *db, const struct event *e)
{
	struct err err = { 0 };

	OK(event_send(db, e, &err));
}

static void what_happens_is_told(void **state)
{
	int64_t org;
	struct db *app = metatemp_open(conninfo, META_APP, NULL, &org);
	struct event e = { .kind = EVENT_STATE, .org_id = org, .job = 7, .state = JOB_RUNNING,
			   .total_bytes = -1, .eta_ms = -1 };
	struct news n;

	(void)state;
	begin(NULL);
	n = next(NEWS_UP);
	assert_non_null(strstr(n.server, "local"));
	assert_non_null(strchr(n.server, '/'));
	assert_null(strstr(n.server, "user"));
	assert_in_range(n.rtt_us, 1, 5000000);
	send(app, &e);
	n = next(NEWS_STATE);
	assert_int_equal(n.job, 7);
	assert_string_equal(n.state, "running");
	e.kind = EVENT_PROGRESS;
	e.counts = (struct job_counts){ .read = 12, .written = 5, .unchanged = 4, .filtered = 2,
					.rejected = 1 };
	e.total_bytes = 1000;
	snprintf(e.phase, sizeof(e.phase), "loading");
	send(app, &e);
	n = next(NEWS_PROGRESS);
	assert_int_equal(n.read, 12);
	assert_int_equal(n.unchanged, 4);
	assert_int_equal(n.filtered, 2);
	assert_int_equal(n.total_bytes, 1000);
	assert_int_equal(n.eta_ms, -1);
	assert_string_equal(n.phase, "loading");
	e.kind = EVENT_LOG;
	e.log_id = 99;
	send(app, &e);
	n = next(NEWS_LOG);
	assert_int_equal(n.log_id, 99);
	e.kind = EVENT_RESYNC;
	send(app, &e);
	next(NEWS_RESYNC);
	end();
	db_close(app);
}

/* A listener that hears nothing says nothing: its last statement stays its last. */
static void idle_sends_nothing(void **state)
{
	static const char last[] = "select coalesce(max(query || query_start::text), 'nobody') "
		"from pg_stat_activity where application_name = 'leat console'";
	struct db *super = metatemp_super(conninfo);
	const char *before;

	(void)state;
	begin(NULL);
	next(NEWS_UP);
	before = metatemp_one(super, last);
	assert_string_not_equal(before, "nobody");
	poll(NULL, 0, 1500);
	assert_string_equal(metatemp_one(super, last), before);
	/* Asked whether the connection stands, it looks; and it does. */
	ring(retry_fd);
	for (int i = 0; i < 100 && strcmp(metatemp_one(super, last), before) == 0; i++)
		poll(NULL, 0, 50);
	assert_string_not_equal(metatemp_one(super, last), before);
	assert_int_equal(told.n, 1);
	end();
	db_close(super);
}

static void a_lost_server_is_awaited(void (*lose)(struct pgtemp *))
{
	struct news n;

	begin(NULL);
	next(NEWS_UP);
	lose(metatemp_server());
	n = next(NEWS_DOWN);
	assert_string_not_equal(n.text, "");
	assert_in_range(n.retry_ms, 100, 300);
	/* Pauses grow, but not past what people wait for. */
	for (int i = 0; i < 3; i++)
		n = next(NEWS_DOWN);
	assert_in_range(n.retry_ms, 700, 1500);
	n = next(NEWS_DOWN);
	assert_in_range(n.retry_ms, 700, 1500);
	pgtemp_up(metatemp_server());
	n = next(NEWS_UP);
	assert_non_null(strstr(n.server, "local"));
	end();
}

static void a_server_that_is_stopped(void **state)
{
	(void)state;
	a_lost_server_is_awaited(pgtemp_stop);
}

static void a_server_that_is_killed(void **state)
{
	(void)state;
	a_lost_server_is_awaited(pgtemp_crash);
}

/* Somebody who says "now" does not wait for the pause to end, and waits less for the next one. */
static void now_means_now(void **state)
{
	struct news n = { 0 };

	(void)state;
	pgtemp_stop(metatemp_server());
	begin(NULL);
	while (n.retry_ms < 700)
		n = next(NEWS_DOWN);
	ring(retry_fd);
	while (n.retry_ms > 300)
		n = next(NEWS_DOWN);
	pgtemp_up(metatemp_server());
	ring(retry_fd);
	next(NEWS_UP);
	end();
}

static void who_cannot_come_in_is_told_why(void **state)
{
	struct news n;

	(void)state;
	begin("nobody");
	n = next(NEWS_DOWN);
	assert_non_null(strstr(n.text, "there is no organization \"nobody\""));
	end();
}

static int up(void **state)
{
	(void)state;
	conninfo = metatemp_new();
	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	retry_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return stop_fd < 0 || retry_fd < 0;
}

static int down(void **state)
{
	(void)state;
	close(stop_fd);
	close(retry_fd);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_happens_is_told),
		TEST(idle_sends_nothing),
		TEST(a_server_that_is_stopped),
		TEST(a_server_that_is_killed),
		TEST(now_means_now),
		TEST(who_cannot_come_in_is_told_why),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}
