/*
 * tests/unit/core/command/answer_test.c
 *	Commands run into answers that are handed over whole.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "connectors/registry.h"
#include "core/base/clock.h"
#include "core/command/answer.h"
#include "core/command/session.h"
#include "core/flow/connector.h"
#include "core/meta/event.h"
#include "tests/lib/queuetemp.h"

#define MAX_PARTS 200

static struct session session;
static atomic_int stop;

/* What came while it ran. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t came;
	int n, rows;
	int64_t at_us[MAX_PARTS];
	char last[40];	/* phase of the newest row */
} parts = { .lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER };

static void on_part(void *ctx, struct answer *part)
{
	(void)ctx;
	pthread_mutex_lock(&parts.lock);
	assert_false(part->is_last);
	assert_in_range(parts.n, 0, MAX_PARTS - 1);
	parts.at_us[parts.n++] = clock_mono_us();
	parts.rows += part->nrows;
	snprintf(parts.last, sizeof(parts.last), "%s",
		 answer_text(part, part->nrows - 1, "phase"));
	pthread_cond_signal(&parts.came);
	pthread_mutex_unlock(&parts.lock);
	answer_free(part);
}

#define RUN(...) run((char *[]){ __VA_ARGS__, NULL }, false, NULL)

static struct answer *run(char **words, bool is_confirmed,
			  void (*part)(void *ctx, struct answer *part))
{
	struct answer_call call = { .words = words, .session = &session, .stop = &stop,
				    .is_confirmed = is_confirmed, .part = part };

	while (words[call.nwords] != NULL)
		call.nwords++;
	return answer_run(&call);
}

static void says(struct answer *a, enum err_code code, const char *text, const char *hint)
{
	char line[500];

	err_text(&a->err, line, sizeof(line));
	assert_int_equal(a->code, code);
	assert_non_null(strstr(line, text));
	if (hint != NULL)
		assert_non_null(strstr(a->err.hint, hint));
	assert_true(a->is_last);
	assert_int_equal(a->nrows, 0);
}

static void refuses(struct answer *a, const char *text, const char *hint)
{
	says(a, ERR_USAGE, text, hint);
	answer_free(a);
}

static void rows_by_name(void **state)
{
	struct answer *a;
	int file = -1;

	(void)state;
	a = RUN("connector", "list");
	assert_int_equal(a->code, ERR_OK);
	assert_string_equal(a->spec->name, "connector list");
	assert_true(a->is_last && !a->is_cut && a->nrows > 2 && a->ncols > 2);
	for (int i = 0; i < a->nrows; i++) {
		if (strcmp(answer_text(a, i, "connector"), "file") == 0)
			file = i;
	}
	assert_true(file >= 0);
	assert_int_equal(answer_col(a, "connector"), 0);
	assert_int_equal(answer_col(a, "no such column"), -1);
	assert_null(answer_value(a, file, "no such column"));
	assert_null(answer_value(a, a->nrows, "connector"));
	assert_string_equal(answer_text(a, -1, "connector"), "");
	assert_true(a->at_us > 0 && a->took_us >= 0);
	answer_free(a);
	answer_free(NULL);
}

static void wrong_words_are_answered(void **state)
{
	(void)state;
	refuses(RUN("job", "lst"), "there is no command job lst", "Did you mean: job list?");
	refuses(RUN("job"), "job needs one word more", NULL);
	refuses(RUN("job", "show", "x"), "x", NULL);
	refuses(run((char *[]){ NULL }, false, NULL), "a command is missing", NULL);
}

static void what_wants_the_terminal_is_refused(void **state)
{
	(void)state;
	refuses(RUN("work"), "work does not run inside the console", "leat work");
	refuses(RUN("db", "psql"), "does not run inside the console", NULL);
	refuses(RUN("completion", "bash"), "does not run inside the console", NULL);
	refuses(RUN("load", "-", "--into", "t"), "standard input belongs to the console",
		"Name a file");
	refuses(RUN("apply", "-f", "-"), "standard input belongs to the console", NULL);
	refuses(RUN("--db", "x", "job", "list"), "--db does not go with", NULL);
	refuses(RUN("job", "list", "--version"), "--version does not go with", NULL);
}

static void help_is_an_answer(void **state)
{
	struct answer *a;

	(void)state;
	a = RUN("job", "cancel", "--help");
	assert_int_equal(a->code, ERR_OK);
	assert_string_equal(a->spec->name, "help");
	assert_true(a->nrows > 5);
	answer_free(a);
}

static int64_t pipelines(struct queuetemp *q)
{
	return metatemp_number(q->super,
			       "select count(*) from leat.pipeline where deleted_at is null");
}

static void what_destroys_asks(void **state)
{
	struct queuetemp *q = *state;
	char *words[] = { "pipeline", "remove", "p", NULL };
	struct answer *a = run(words, false, NULL);

	says(a, ERR_USAGE, "asks before it does its work", "--yes");
	assert_string_equal(a->asks, "pipeline remove: Remove a pipeline; its jobs and rejects stay.");
	answer_free(a);
	assert_int_equal(pipelines(q), 1);
	a = run(words, true, NULL);
	assert_int_equal(a->code, ERR_OK);
	assert_null(a->asks);
	answer_free(a);
	assert_int_equal(pipelines(q), 0);
}

static void nothing_to_show_has_columns(void **state)
{
	struct answer *a;

	(void)state;
	a = RUN("job", "list", "--state", "dead");
	assert_int_equal(a->code, ERR_OK);
	assert_int_equal(a->nrows, 0);
	assert_int_equal(answer_col(a, "job"), 0);
	answer_free(a);
}

static void another_organization_for_one_call(void **state)
{
	struct queuetemp *q = *state;
	struct answer *a;

	queuetemp_add(q, 0, 1);
	a = RUN("--org", "nobody", "job", "list");
	says(a, ERR_NOT_FOUND, "there is no organization \"nobody\"", NULL);
	answer_free(a);
	a = RUN("job", "list");
	assert_int_equal(a->code, ERR_OK);
	assert_int_equal(a->nrows, 1);
	assert_true(answer_int(a, 0, "job") > 0);
	assert_true(answer_is_null(a, 0, "finished_at"));
	answer_free(a);
}

static void a_reader_is_told(void **state)
{
	struct queuetemp *q = *state;
	struct answer *a;

	session.is_read_only = true;
	a = RUN("pipeline", "list");
	assert_int_equal(a->code, ERR_OK);
	assert_int_equal(a->nrows, 1);
	answer_free(a);
	a = RUN("--yes", "pipeline", "remove", "p");
	says(a, ERR_DENIED, "this session only looks", "--read-only");
	answer_free(a);
	a = RUN("migrate", "up");
	says(a, ERR_DENIED, "migrate up changes things", NULL);
	answer_free(a);
	assert_int_equal(pipelines(q), 1);
}

static void wait_for_rows(int rows)
{
	pthread_mutex_lock(&parts.lock);
	while (parts.rows < rows)
		pthread_cond_wait(&parts.came, &parts.lock);
	pthread_mutex_unlock(&parts.lock);
}

static void *watch(void *arg)
{
	return run(arg, false, on_part);
}

static void send(struct queuetemp *q, int64_t job, const char *phase)
{
	struct event e = { .kind = EVENT_PROGRESS, .org_id = q->org, .job = job, .run = 1,
			   .state = JOB_RUNNING, .total_bytes = -1, .eta_ms = -1 };
	struct err err = { 0 };

	snprintf(e.phase, sizeof(e.phase), "%s", phase);
	OK(event_send(q->app, &e, &err));
}

/* The first row at once, a flood in parts, the last row of it without waiting for another. */
static void streams_come_in_parts(void **state)
{
	struct queuetemp *q = *state;
	int64_t job = queuetemp_add(q, 0, 1);
	char id[24], *words[] = { "job", "watch", id, NULL };
	uint64_t one = 1;
	pthread_t thread;
	struct answer *a;
	void *end;

	snprintf(id, sizeof(id), "%lld", (long long)job);
	assert_int_equal(pthread_create(&thread, NULL, watch, words), 0);
	wait_for_rows(1);
	for (int i = 0; i < 40; i++)
		send(q, job, i < 39 ? "loading" : "indexing");
	wait_for_rows(41);
	assert_string_equal(parts.last, "indexing");
	assert_in_range(parts.n, 2, 30);
	for (int i = 1; i < parts.n; i++)
		assert_true(parts.at_us[i] - parts.at_us[i - 1] > (ANSWER_PART_MS - 20) * 1000);
	atomic_store(&stop, STOP_NOW);
	assert_int_equal(write(session.stop_fd, &one, sizeof(one)), sizeof(one));
	assert_int_equal(pthread_join(thread, &end), 0);
	a = end;
	assert_int_equal(a->code, ERR_INTERRUPTED);
	assert_true(a->is_last);
	answer_free(a);
}

/* ---- values -------------------------------------------------------------------- */

static void shows(enum val_kind kind, unsigned flags, struct reply_value v, const char *text)
{
	struct val_spec col = { .name = "x", .kind = kind, .flags = flags };
	struct buf out;

	v.is_set = true;
	v.len = v.text != NULL ? strlen(v.text) : 0;
	buf_init(&out, 200);
	answer_show(&out, &col, &v);
	assert_string_equal(buf_str(&out), text);
	buf_release(&out);
}

static void values_as_in_tables(void **state)
{
	struct val_spec col = { .name = "x", .kind = VAL_TEXT };
	struct reply_value null = { 0 };
	struct buf out;

	(void)state;
	shows(VAL_INT8, 0, (struct reply_value){ .i = -12 }, "-12");
	shows(VAL_BYTES, 0, (struct reply_value){ .i = 1200000 }, "1.2 MB");
	shows(VAL_SECONDS, 0, (struct reply_value){ .f = 12 }, "12.0 s");
	shows(VAL_BOOL, 0, (struct reply_value){ .i = 1 }, "yes");
	shows(VAL_FLOAT8, 0, (struct reply_value){ .f = 2.5 }, "2.50");
	shows(VAL_TEXT, 0, (struct reply_value){ .text = "a\x1b[31mb" }, "a\xe2\x90\x9b[31mb");
	shows(VAL_TEXT, COL_WRAP, (struct reply_value){ .text = "a\nb" }, "a\nb");
	buf_init(&out, 200);
	answer_show(&out, &col, &null);
	assert_string_equal(buf_str(&out), "");
	buf_release(&out);
}

/* ---- one session for the group's tests ------------------------------------------- */

static int up(void **state)
{
	struct queuetemp *q;

	if (queuetemp_up(state) != 0)
		return -1;
	q = *state;
	atomic_store(&stop, 0);
	session_init(&session, q->conninfo, NULL);
	session.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return session.stop_fd < 0;
}

static int down(void **state)
{
	close(session.stop_fd);
	session_release(&session);
	return queuetemp_down(state);
}

#define WITH_QUEUE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_by_name),
		cmocka_unit_test(wrong_words_are_answered),
		cmocka_unit_test(what_wants_the_terminal_is_refused),
		cmocka_unit_test(help_is_an_answer),
		cmocka_unit_test(values_as_in_tables),
		WITH_QUEUE(what_destroys_asks),
		WITH_QUEUE(nothing_to_show_has_columns),
		WITH_QUEUE(another_organization_for_one_call),
		WITH_QUEUE(a_reader_is_told),
		WITH_QUEUE(streams_come_in_parts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	connector_install(connectors);
	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}
