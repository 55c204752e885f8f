/*
 * tests/unit/connectors/postgres/pg_fence_test.c
 *	Which attempt counts, chunk by chunk too, and what a server's death leaves: nothing.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/fault.h"
#include "tests/unit/connectors/postgres/rig.h"

/* One writer, driven by hand. */
struct writer {
	struct arena *mem;
	struct conn *c, *from;
	struct fence fence;
	struct batch *b;
	struct commit_note earlier;
	struct err err;
};

static enum err_code start_as(struct writer *w, const char *origin, int64_t job, int64_t run)
{
	*w = (struct writer){ .mem = arena_new(NULL, "writer"), .fence = { origin, job, run } };
	w->c = rig_open(w->mem, NULL);
	w->from = rig_open(w->mem, NULL);
	return w->c->ops->claim(w->c, w->mem, &w->fence, &w->earlier, &w->err);
}

static enum err_code start(struct writer *w, int64_t job, int64_t run)
{
	return start_as(w, "test", job, run);
}

static enum err_code put(struct writer *w, const char *into, const char *query, bool by_chunk,
			 enum write_mode mode)
{
	static const char *const key[] = { "id" };
	struct read_spec read = { .query = query };
	struct write_spec spec = { .stream = into, .fence = w->fence, .by_chunk = by_chunk,
				   .mode = mode, .key = key, .nkeys = mode == MODE_UPSERT };
	bool eof;
	enum err_code rc;

	assert_int_equal(w->from->ops->read_open(w->from, &read, &w->err), ERR_OK);
	spec.fields = w->from->ops->read_schema(w->from);
	rc = w->c->ops->write_open(w->c, &spec, &w->err);
	w->b = batch_new(spec.fields, 0, BATCH_ROWS);
	while (rc == ERR_OK) {
		rc = w->from->ops->read(w->from, w->b, &eof, &w->err);
		if (rc != ERR_OK || eof)
			break;
		rc = w->c->ops->write(w->c, w->b, &w->err);
	}
	return rc;
}

static enum err_code commit(struct writer *w, int64_t n)
{
	struct ledger out = { 0 };
	enum err_code rc = w->c->ops->finish(w->c, &out, &w->err);

	out.read = n;
	return rc == ERR_OK ? w->c->ops->commit(w->c, &out, NULL, &w->err) : rc;
}

static void stop(struct writer *w)
{
	batch_free(w->b);
	conn_close(w->c);
	conn_close(w->from);
	arena_free(w->mem);
}

#define TEN "select generate_series(1, 10) as id"

static void late_attempts_change_nothing(void **state)
{
	struct writer one, two, three;

	(void)state;
	rig_sql("create table late (id int)");
	assert_int_equal(start(&one, 1, 1), ERR_OK);
	assert_int_equal(put(&one, "late", TEN, false, MODE_APPEND), ERR_OK);
	assert_int_equal(start(&two, 1, 2), ERR_OK);
	assert_false(two.earlier.is_committed);
	assert_int_equal(commit(&one, 10), ERR_FENCED);
	assert_int_equal(rig_number("select count(*) from late"), 0);
	assert_int_equal(put(&two, "late", TEN, false, MODE_APPEND), ERR_OK);
	assert_int_equal(commit(&two, 10), ERR_OK);
	assert_int_equal(rig_number("select count(*) from late"), 10);
	/* A third sees what the second did; the first cannot even claim any more. */
	assert_int_equal(start(&three, 1, 3), ERR_OK);
	assert_true(three.earlier.is_committed);
	assert_int_equal(three.earlier.run, 2);
	assert_int_equal(three.earlier.ledger.written, 10);
	assert_int_equal(three.earlier.ledger.read, 10);
	stop(&one);
	stop(&two);
	stop(&three);
	assert_int_equal(start(&one, 2, 5), ERR_OK);
	assert_int_equal(start(&two, 2, 4), ERR_FENCED);
	stop(&one);
	stop(&two);
}

/* What the one before has locked would keep the next one waiting for as long as it sleeps. */
static void a_sleeping_attempt_holds_up_nobody(void **state)
{
	static const char origin[] = "123e4567-e89b-12d3-a456-426614174000";
	struct writer one, two, other;
	struct ledger out = { 0 };

	(void)state;
	rig_sql("create table sleepy (id int primary key)");
	assert_int_equal(start_as(&one, origin, 3, 1), ERR_OK);
	assert_int_equal(start_as(&other, origin, 33, 1), ERR_OK);
	assert_int_equal(put(&one, "sleepy", TEN, false, MODE_UPSERT), ERR_OK);
	assert_int_equal(one.c->ops->finish(one.c, &out, &one.err), ERR_OK);
	assert_int_equal(start_as(&two, origin, 3, 2), ERR_OK);
	assert_int_equal(put(&two, "sleepy", TEN, false, MODE_UPSERT), ERR_OK);
	assert_int_equal(commit(&two, 10), ERR_OK);
	assert_int_equal(rig_number("select count(*) from sleepy"), 10);
	assert_true(err_is_retryable(one.c->ops->commit(one.c, &out, NULL, &one.err)));
	assert_int_equal(rig_number("select count(*) from sleepy"), 10);
	/* Another job is none of its business. */
	assert_int_equal(put(&other, "sleepy", "select 11 as id", false, MODE_APPEND), ERR_OK);
	assert_int_equal(commit(&other, 1), ERR_OK);
	stop(&one);
	stop(&two);
	stop(&other);
}

/* Kills the writer's backend and everything else of that name at a step of its life. */
static void kill_sessions(void)
{
	rig_sql("select pg_terminate_backend(pid) from pg_stat_activity where pid <>"
		" pg_backend_pid() and application_name like 'leat%' and backend_type = 'client"
		" backend'");
}

static void a_lost_session_writes_nothing(void **state)
{
	static const enum write_mode modes[] = { MODE_APPEND, MODE_UPSERT, MODE_REPLACE };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct ledger out = { 0 };
		struct writer w;

		rig_sql("drop table if exists lost; create table lost (id int primary key);"
			" insert into lost values (0)");
		assert_int_equal(start(&w, 10 + i, 1), ERR_OK);
		assert_int_equal(put(&w, "lost", TEN, false, modes[i]), ERR_OK);
		if (i == 1)
			assert_int_equal(w.c->ops->finish(w.c, &out, &w.err), ERR_OK);
		kill_sessions();
		if (i == 1)
			assert_true(err_is_retryable(w.c->ops->commit(w.c, &out, NULL, &w.err)));
		else
			assert_true(err_is_retryable(commit(&w, 10)));
		assert_int_equal(rig_number("select count(*) from lost"), 1);
		stop(&w);
	}
}

static void a_crashed_server_keeps_nothing_half(void **state)
{
	static const enum write_mode modes[] = { MODE_APPEND, MODE_UPSERT, MODE_REPLACE };

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct ledger out = { 0 };
		struct writer w;

		rig_sql("drop table if exists crash; create table crash (id int primary key);"
			" insert into crash values (0)");
		assert_int_equal(start(&w, 20 + i, 1), ERR_OK);
		assert_int_equal(put(&w, "crash", TEN, false, modes[i / 2]), ERR_OK);
		if (i % 2 == 1)
			assert_int_equal(w.c->ops->finish(w.c, &out, &w.err), ERR_OK);
		pgtemp_crash(rig_server);
		pgtemp_up(rig_server);
		assert_true(err_is_retryable(i % 2 == 1
					     ? w.c->ops->commit(w.c, &out, NULL, &w.err)
					     : commit(&w, 10)));
		stop(&w);
		db_close(rig_db);
		rig_db = NULL;
		assert_int_equal(db_open(&(struct db_options){
			.conninfo = pgtemp_conninfo(rig_server), .search_path = "" }, &rig_db,
			&w.err), ERR_OK);
		assert_int_equal(rig_number("select count(*) from crash"), 1);
		assert_int_equal(rig_number("select count(*) from pg_class where relname ~"
			" '^leat_'"),
				 0);
	}
}

/* Ends the session that hangs in COMMIT: its rows are committed and it cannot say so. */
static void *kill_in_commit(void *arg)
{
	struct db_options opt = { .conninfo = pgtemp_conninfo(rig_server), .app_name = "killer" };
	struct err err = { 0 };
	struct db *db;

	(void)arg;
	if (db_open(&opt, &db, &err) != ERR_OK)
		return NULL;
	for (int i = 0; i < 500; i++) {
		struct db_result *res = NULL;
		bool done;

		usleep(20000);
		if (db_query(db, "select pg_terminate_backend(pid) from pg_stat_activity"
			     " where wait_event = 'SyncRep'", NULL, 0, &res, &err) != ERR_OK)
			break;
		done = db_result_rows(res) > 0;
		db_result_free(res);
		if (!done)
			continue;
		if (db_exec(db, "alter system reset synchronous_standby_names", &err) != ERR_OK ||
		    db_exec(db, "select pg_reload_conf()", &err) != ERR_OK)
			fprintf(stderr, "# %s\n", err.frame[0].text);
		break;
	}
	db_close(db);
	return NULL;
}

static void a_lost_reply_is_resolved(void **state)
{
	struct writer w;
	pthread_t killer;

	(void)state;
	rig_sql("create table unsure (id int)");
	assert_int_equal(start(&w, 40, 1), ERR_OK);
	assert_int_equal(put(&w, "unsure", TEN, false, MODE_APPEND), ERR_OK);
	/* COMMIT waits for a standby that is not there. */
	rig_sql("alter system set synchronous_standby_names = 'nobody'");
	rig_sql("select pg_reload_conf()");
	usleep(300000);
	assert_int_equal(pthread_create(&killer, NULL, kill_in_commit, NULL), 0);
	assert_int_equal(commit(&w, 10), ERR_OK);
	pthread_join(killer, NULL);
	assert_int_equal(rig_number("select count(*) from unsure"), 10);
	stop(&w);
}

/* The session dies in the statement before COMMIT: nothing is there, and the next one may. */
static void a_session_lost_before_commit_is_repeated(void **state)
{
	struct writer w, again;

	(void)state;
	rig_sql("create table undone (id int); create function die() returns trigger"
		" language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid());"
		" return new; end $$");
	assert_int_equal(start(&w, 41, 1), ERR_OK);
	rig_sql("create trigger die after update on _leat.commit_log for each row"
		" when (new.committed and new.job = 41) execute function die()");
	assert_int_equal(put(&w, "undone", TEN, false, MODE_APPEND), ERR_OK);
	assert_true(err_is_retryable(commit(&w, 10)));
	assert_int_equal(rig_number("select count(*) from undone"), 0);
	stop(&w);
	rig_sql("drop trigger die on _leat.commit_log");
	assert_int_equal(start(&again, 41, 2), ERR_OK);
	assert_false(again.earlier.is_committed);
	assert_int_equal(put(&again, "undone", TEN, false, MODE_APPEND), ERR_OK);
	assert_int_equal(commit(&again, 10), ERR_OK);
	assert_int_equal(rig_number("select count(*) from undone"), 10);
	stop(&again);
}

static void chunks_commit_by_themselves(void **state)
{
	struct chunk_list list;
	struct ledger l = { .read = 10 };
	struct read_mark mark = { 1234, "06b05ab6733a618578af5f94892f3950" };
	struct writer one, two;

	(void)state;
	rig_sql("create table parts (id int primary key)");
	assert_int_equal(start(&one, 50, 1), ERR_OK);
	assert_int_equal(one.c->ops->chunks(one.c, one.mem, &one.fence, &list, &one.err), ERR_OK);
	assert_int_equal(list.n, 0);
	assert_int_equal(one.c->ops->chunk_source(one.c, "what is read", &one.err), ERR_OK);
	assert_int_equal(put(&one, "parts", TEN, true, MODE_APPEND), ERR_OK);
	assert_int_equal(rig_number("select count(*) from parts"), 0);
	assert_int_equal(one.c->ops->chunk_commit(one.c, 1, "1-10", &mark, &l, &one.err), ERR_OK);
	assert_int_equal(l.written, 10);
	assert_int_equal(rig_number("select count(*) from parts"), 10);
	/* More rows, but a later attempt takes over before they are committed. */
	one.from->ops->close(one.from);
	batch_free(one.b);
	one.from = rig_open(one.mem, NULL);
	assert_int_equal(put(&one, "parts", "select generate_series(11, 20) as id", true,
			     MODE_APPEND), ERR_OK);
	assert_int_equal(start(&two, 50, 2), ERR_OK);
	assert_int_equal(one.c->ops->chunk_commit(one.c, 11, "11-20", &mark, &l, &one.err),
			 ERR_FENCED);
	assert_int_equal(one.c->ops->chunk_source(one.c, "another", &one.err), ERR_FENCED);
	assert_int_equal(rig_number("select count(*) from parts"), 10);
	assert_int_equal(two.c->ops->chunks(two.c, two.mem, &two.fence, &list, &two.err), ERR_OK);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.c[0].first_row, 1);
	assert_string_equal(list.c[0].rows, "1-10");
	assert_int_equal(list.c[0].ledger.written, 10);
	assert_int_equal(list.c[0].mark.bytes, 1234);
	assert_string_equal(list.c[0].mark.hash, mark.hash);
	assert_string_equal(list.source, "what is read");
	assert_non_null(strstr(list.where, "and job = 50"));
	l = (struct ledger){ .read = 10 };
	assert_int_equal(put(&two, "parts", "select generate_series(11, 20) as id", true,
			     MODE_APPEND), ERR_OK);
	assert_int_equal(two.c->ops->chunk_commit(two.c, 11, "11-20", &mark, &l, &two.err), ERR_OK);
	assert_int_equal(commit(&two, 20), ERR_OK);
	assert_int_equal(rig_number("select count(*) from parts"), 20);
	assert_int_equal(rig_number("select count(*) from _leat.commit_chunk where job = 50"), 0);
	stop(&one);
	stop(&two);
}

/* Fails the first fault point met, then the second ...: whatever happens, all or nothing. */
static void every_failure_leaves_all_or_nothing(void **state)
{
	static const enum write_mode modes[] = { MODE_APPEND, MODE_UPSERT, MODE_REPLACE };
	int met = 0;

	(void)state;
	for (int m = 0; m < 3; m++) {
		for (int nth = 1;; nth++) {
			struct rig_load l = { .query = TEN, .into = "faulty", .mode = modes[m],
					      .job = 1000 * (m + 1) + nth };
			struct rig_result r;
			int64_t n;

			if (modes[m] == MODE_UPSERT)
				l.key[0] = "id";
			rig_sql("drop table if exists faulty;"
				" create table faulty (id int primary key)");
			fault_arm(nth);
			r = rig_run(&l);
			met = fault_hit();
			fault_arm(0);
			n = rig_number("select count(*) from faulty");
			assert_true(r.rc == ERR_OK ? n == 10
				    : n == 0 || strcmp(r.step, "commit") == 0);
			if (r.rc != ERR_OK)
				assert_string_not_equal(r.err.frame[0].text, "");
			rig_forget(&r);
			/* The next attempt finds what the first has left. */
			l.run = 2;
			r = rig_run(&l);
			assert_int_equal(r.rc, ERR_OK);
			rig_forget(&r);
			assert_int_equal(rig_number("select count(*) from faulty"), 10);
			if (!met) {
				assert_true(nth > 10);
				break;
			}
		}
	}
}

static void without_rights_the_answer_says_what_to_do(void **state)
{
	char conninfo[400];
	struct rig_result r;

	(void)state;
	rig_sql("create role guest login");
	snprintf(conninfo, sizeof(conninfo), "%s user=guest", pgtemp_conninfo(rig_server));
	r = rig_run_as(conninfo, &(struct rig_load){ .query = TEN, .into = "late" });
	assert_int_equal(r.rc, ERR_DENIED);
	assert_string_equal(r.step, "claim");
	assert_non_null(strstr(r.err.hint, "_leat"));
	rig_forget(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_attempts_change_nothing),
		cmocka_unit_test(a_sleeping_attempt_holds_up_nobody),
		cmocka_unit_test(a_lost_session_writes_nothing),
		cmocka_unit_test(a_lost_reply_is_resolved),
		cmocka_unit_test(a_session_lost_before_commit_is_repeated),
		cmocka_unit_test(chunks_commit_by_themselves),
		cmocka_unit_test(without_rights_the_answer_says_what_to_do),
		cmocka_unit_test(every_failure_leaves_all_or_nothing),
		cmocka_unit_test(a_crashed_server_keeps_nothing_half),
	};

	return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
