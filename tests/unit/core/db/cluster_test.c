/*
 * tests/unit/core/db/cluster_test.c
 *	The private server: made once, counted, and back after any kill.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/db/cluster.h"
#include "core/db/db.h"
#include "core/io/path.h"
#include "core/io/proc.h"
#include "tests/lib/expect.h"

#define PROCESSES 6

static char homes[2][64];	/* [0]: shared by most tests; [1]: made anew */

static void nap_ms(int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static void use_home(int i)
{
	/* The server's account must get through. */
	if (homes[i][0] == '\0') {
		assert_non_null(mkdtemp(expect_temp(homes[i], sizeof(homes[i]), "leat-cl-XXXXXX")));
		assert_int_equal(chmod(homes[i], 0755), 0);
	}
	setenv("XDG_DATA_HOME", homes[i], 1);
}

static void remove_home(int i)
{
	struct proc_spec spec = { .argv = (const char *[]){ "/bin/rm", "-rf", homes[i], NULL } };
	struct proc_result res;
	struct err err = { 0 };

	if (homes[i][0] == '\0')
		return;
	assert_int_equal(cluster_stop(true, &err), ERR_OK);
	assert_int_equal(proc_check(&spec, &res, &err), ERR_OK);
	proc_release(&res);
	homes[i][0] = '\0';
}

static void check(enum err_code rc, const struct err *err)
{
	char text[600];

	if (rc == ERR_OK)
		return;
	err_text(err, text, sizeof(text));
	fail_msg("%s: %s (%s)", err_name(rc), text, err->hint);
}

static struct cluster *open_cluster(void)
{
	struct cluster *c;
	struct err err = { 0 };

	check(cluster_open(&c, &err), &err);
	return c;
}

static struct db *open_db(const char *conninfo, const char *role)
{
	struct db_options opt = { .conninfo = conninfo, .role = role };
	struct err err = { 0 };
	struct db *db;

	check(db_open(&opt, &db, &err), &err);
	return db;
}

static struct cluster_status look(void)
{
	struct arena *mem = arena_new(NULL, "test");
	struct cluster_status st;
	struct err err = { 0 };

	check(cluster_status(mem, &st, &err), &err);
	st.dir = st.socket_dir = NULL;
	arena_free(mem);
	return st;
}

static bool is_true(struct db *db, const char *sql)
{
	struct db_result *res;
	struct err err = { 0 };
	bool v;

	check(db_query(db, sql, NULL, 0, &res, &err), &err);
	v = strcmp(db_result_at(res, 0, 0), "t") == 0;
	db_result_free(res);
	return v;
}

static void the_first_use_makes_it(void **state)
{
	struct cluster *c;
	struct cluster_status st;
	struct db *db;
	struct err err = { 0 };
	int64_t start;
	int pid;

	(void)state;
	use_home(0);
	assert_false(look().exists);
	start = clock_mono_us();
	c = open_cluster();
	print_message("# first open: %lld ms\n", (long long)(clock_mono_us() - start) / 1000);
	st = look();
	assert_true(st.exists && st.is_running && !st.is_kept);
	assert_true(st.version >= 12);
	pid = st.pid;
	assert_true(getsid(pid) != getsid(0));

	db = open_db(cluster_conninfo(c), "leat_app");
	assert_true(is_true(db,
			    "select current_user = 'leat_app' and current_database() = 'leat'"));
	assert_true(is_true(db, "select not (rolsuper or rolbypassrls or rolcreaterole or "
			    "rolcreatedb or rolinherit) from pg_roles where rolname = session_user"));
	assert_true(is_true(db, "select not has_database_privilege('leat', 'create') "
			    "and not has_schema_privilege('public', 'usage')"));
	db_close(db);
	db = open_db(cluster_conninfo(c), "leat_owner");
	check(db_exec(db, "create schema leat; drop schema leat", &err), &err);
	db_close(db);
	db = open_db(cluster_conninfo(c), "leat_engine");
	db_close(db);
	db = open_db(cluster_data_conninfo(c), NULL);
	check(db_exec(db, "create table public.t (a int); create schema reporting; "
		      "create schema _leat; drop table public.t", &err), &err);
	assert_int_not_equal(db_exec(db, "set role leat_owner", &err), ERR_OK);
	db_close(db);

	cluster_close(c);
	assert_false(look().is_running);
	assert_false(proc_is_alive(pid));
	start = clock_mono_us();
	c = open_cluster();
	print_message("# start: %lld ms\n", (long long)(clock_mono_us() - start) / 1000);
	start = clock_mono_us();
	cluster_close(open_cluster());
	print_message("# join and leave: %lld us\n", (long long)(clock_mono_us() - start));
	assert_true(look().is_running);
	start = clock_mono_us();
	cluster_close(c);
	print_message("# stop: %lld ms\n", (long long)(clock_mono_us() - start) / 1000);
}

/* A cluster of an earlier leat gets the grants that came later. */
static void an_older_one_is_brought_up_to_date(void **state)
{
	struct cluster *c;
	struct db *db;
	struct err err = { 0 };
	char path[100];

	(void)state;
	use_home(0);
	c = open_cluster();
	db = open_db(cluster_data_conninfo(c), NULL);
	check(db_exec(db, "grant usage on schema public to public", &err), &err);
	snprintf(path, sizeof(path), "%s/leat/made", homes[0]);
	check(path_write(path, "0\n", 2, &err), &err);
	cluster_close(open_cluster());
	assert_true(is_true(db, "select not has_schema_privilege('leat_app', 'public', 'usage')"));
	db_close(db);
	cluster_close(c);
}

static void psql_is_given(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct cluster *c;
	const char *const *argv;
	const char *words[8] = { NULL };
	struct proc_result res;
	struct err err = { 0 };

	(void)state;
	use_home(0);
	c = open_cluster();
	check(cluster_psql(mem, c, &argv, &err), &err);
	for (int i = 0; i < 3; i++)
		words[i] = argv[i];
	assert_null(argv[3]);
	words[3] = "-XAtc";
	words[4] = "select current_user";
	check(proc_check(&(struct proc_spec){ .argv = words }, &res, &err), &err);
	assert_string_equal(buf_str(&res.out), "leat_data\n");
	proc_release(&res);
	cluster_close(c);
	arena_free(mem);
}

/* In a child: opens, asks, tells the postmaster's id, and leaves `rounds` times. */
static _Noreturn void be_user(int rounds, int tell, unsigned seed)
{
	struct err err = { 0 };
	char text[600];

	for (int i = 0; i < rounds; i++) {
		struct db_options opt = { .role = "leat_app" };
		struct cluster *c;
		struct db *db;
		struct cluster_status st;

		if (cluster_open(&c, &err) != ERR_OK)
			goto bad;
		opt.conninfo = cluster_conninfo(c);
		if (db_open(&opt, &db, &err) != ERR_OK ||
		    db_query(db, "select 1", NULL, 0, NULL, &err) != ERR_OK)
			goto bad;
		st = look();
		if (tell >= 0 && write(tell, &st.pid, sizeof(st.pid)) != sizeof(st.pid))
			_exit(3);
		seed = seed * 1103515245u + 12345u;
		nap_ms(tell >= 0 ? 400 : (int)(seed >> 16) % 30);
		if (db_query(db, "select 1", NULL, 0, NULL, &err) != ERR_OK)
			goto bad;
		db_close(db);
		cluster_close(c);
	}
	_exit(0);
bad:
	err_text(&err, text, sizeof(text));
	fprintf(stderr, "# user %d: %s\n", (int)getpid(), text);
	_exit(1);
}

static pid_t start_user(int rounds, int tell, unsigned seed)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		be_user(rounds, tell, seed);
	return pid;
}

static void wait_user(pid_t pid, int want)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (want >= 0)
		assert_int_equal(status, want);
}

static void many_starters_get_one_server(void **state)
{
	pid_t user[PROCESSES];
	int ends[2], first = 0, pid;

	(void)state;
	remove_home(1);
	use_home(1);	/* not even made yet */
	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < PROCESSES; i++)
		user[i] = start_user(1, ends[1], 0);
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(read(ends[0], &pid, sizeof(pid)), sizeof(pid));
		assert_true(pid > 0);
		if (i == 0)
			first = pid;
		assert_int_equal(pid, first);
	}
	for (int i = 0; i < PROCESSES; i++)
		wait_user(user[i], 0);
	close(ends[0]);
	close(ends[1]);
	assert_false(look().is_running);
	assert_false(proc_is_alive(first));
}

/* Arriving while the last one leaves, again and again: nobody loses the server. */
static void comings_and_goings_never_collide(void **state)
{
	pid_t user[PROCESSES];

	(void)state;
	use_home(0);
	for (int i = 0; i < PROCESSES; i++)
		user[i] = start_user(8, -1, (unsigned)i * 7919u);
	for (int i = 0; i < PROCESSES; i++)
		wait_user(user[i], 0);
	assert_false(look().is_running);
}

static void a_killed_server_comes_back(void **state)
{
	struct cluster *c, *other;
	struct db *db, *busy;
	struct err err = { 0 };
	int pid;

	(void)state;
	use_home(0);
	c = open_cluster();
	db = open_db(cluster_data_conninfo(c), NULL);
	busy = open_db(cluster_data_conninfo(c), NULL);
	check(db_exec(db, "create table public.kept as select 7 as v", &err), &err);
	/* An orphan that does not notice by itself, as a long statement would. */
	check(db_exec(busy, "do $$ begin null; end $$", &err), &err);
	for (int i = 0; i < 3; i++) {
		pid = look().pid;
		assert_int_equal(kill(pid, SIGKILL), 0);
		while (proc_is_alive(pid))
			nap_ms(1);
		other = open_cluster();
		assert_true(look().pid != pid);
		check(db_reconnect(db, 5000, &err), &err);
		assert_true(is_true(db, "select v = 7 from public.kept"));
		cluster_close(other);
		assert_true(look().is_running);
	}
	check(db_exec(db, "drop table public.kept", &err), &err);
	db_close(db);
	db_close(busy);
	cluster_close(c);
	assert_false(look().is_running);
}

static void killed_users_leave_nothing_locked(void **state)
{
	unsigned seed = (unsigned)clock_mono_us();

	(void)state;
	use_home(0);
	print_message("# seed %u\n", seed);
	for (int round = 0; round < 8; round++) {
		pid_t user[3];
		struct cluster *c;
		int pid;

		for (int i = 0; i < 3; i++)
			user[i] = start_user(100, -1, seed + (unsigned)i);
		seed = seed * 1103515245u + 12345u;
		nap_ms((int)(seed >> 16) % 300);
		pid = look().pid;
		if (round % 2 == 0 && pid > 0)
			kill(pid, SIGKILL);
		for (int i = 0; i < 3; i++) {
			kill(user[i], SIGKILL);
			wait_user(user[i], -1);
		}
		c = open_cluster();
		pid = look().pid;
		cluster_close(c);
		assert_false(look().is_running);
		assert_false(proc_is_alive(pid));
	}
}

static void a_killed_maker_is_followed_by_another(void **state)
{
	static const int after_ms[] = { 20, 400, 800, 1200 };

	(void)state;
	for (size_t i = 0; i < sizeof(after_ms) / sizeof(after_ms[0]); i++) {
		struct cluster *c;
		struct db *db;
		pid_t user;

		remove_home(1);
		use_home(1);
		user = start_user(1, -1, 0);
		nap_ms(after_ms[i]);
		kill(user, SIGKILL);
		wait_user(user, -1);
		c = open_cluster();
		db = open_db(cluster_conninfo(c), "leat_app");
		db_close(db);
		cluster_close(c);
		assert_false(look().is_running);
	}
}

static struct db *open_super(void)
{
	struct arena *mem = arena_new(NULL, "test");
	struct cluster_status st;
	struct err err = { 0 };
	char conninfo[200];

	check(cluster_status(mem, &st, &err), &err);
	snprintf(conninfo, sizeof(conninfo), "host='%s' port=5432 dbname=postgres user=postgres",
		 st.socket_dir);
	arena_free(mem);
	return open_db(conninfo, NULL);
}

/* The n-th session that waits for a lock, by its start; waits until there is one. */
static pid_t blocked(struct db *db, int n)
{
	struct db_result *res;
	struct err err = { 0 };
	char sql[200];
	pid_t pid = 0;

	snprintf(sql, sizeof(sql), "select pid from pg_stat_activity where wait_event_type = "
		 "'Lock' order by backend_start offset %d", n - 1);
	while (pid == 0) {
		check(db_query(db, sql, NULL, 0, &res, &err), &err);
		if (db_result_rows(res) > 0)
			pid = (pid_t)strtol(db_result_at(res, 0, 0), NULL, 10);
		db_result_free(res);
		nap_ms(1);
	}
	return pid;
}

/* The server goes on making the database of a maker that is dead. */
static void a_dead_makers_session_is_waited_for(void **state)
{
	struct cluster *c;
	struct db *super, *holder;
	struct err err = { 0 };
	char path[100];
	pid_t dead, next, late;

	(void)state;
	use_home(0);
	c = open_cluster();
	super = open_super();
	holder = open_super();
	snprintf(path, sizeof(path), "%s/leat/made", homes[0]);
	assert_int_equal(unlink(path), 0);
	check(db_exec(super, "drop database leat", &err), &err);
	check(db_exec(holder, "begin; lock table pg_catalog.pg_database in exclusive mode", &err),
	      &err);
	dead = start_user(1, -1, 0);
	assert_true(blocked(super, 1) > 0);
	kill(dead, SIGKILL);
	wait_user(dead, -1);
	next = start_user(1, -1, 0);
	late = blocked(super, 2);
	/* The dead one's session is first to go on. */
	assert_int_equal(kill(late, SIGSTOP), 0);
	check(db_exec(holder, "commit", &err), &err);
	nap_ms(20);
	assert_int_equal(kill(late, SIGCONT), 0);
	wait_user(next, 0);
	db_close(holder);
	db_close(super);
	cluster_close(c);
}

static void every_failure_is_reported_and_repaired(void **state)
{
	(void)state;
	remove_home(1);
	use_home(1);
	for (int nth = 1; nth < 30; nth++) {
		struct cluster *c;
		struct err err = { 0 };
		enum err_code rc;

		fault_arm(nth);
		rc = cluster_open(&c, &err);
		fault_arm(0);
		if (rc == ERR_OK) {
			cluster_close(c);
			break;
		}
		assert_string_not_equal(err.frame[0].text, "");
		assert_null(c);
	}
	cluster_close(open_cluster());
	assert_false(look().is_running);
}

static void it_can_be_kept_and_stopped(void **state)
{
	struct cluster *c;
	struct err err = { 0 };

	(void)state;
	use_home(0);
	c = open_cluster();
	check(cluster_keep(true, &err), &err);
	assert_int_equal(cluster_stop(false, &err), ERR_CONFLICT);
	assert_string_not_equal(err.hint, "");
	assert_true(look().is_kept);
	cluster_close(c);
	assert_true(look().is_running);
	cluster_close(open_cluster());
	assert_true(look().is_running);
	check(cluster_stop(false, &err), &err);
	assert_true(!look().is_running && !look().is_kept);
	check(cluster_stop(false, &err), &err);

	check(cluster_keep(true, &err), &err);
	cluster_close(open_cluster());
	assert_true(look().is_running);
	check(cluster_keep(false, &err), &err);
	assert_false(look().is_running);

	c = open_cluster();
	check(cluster_stop(true, &err), &err);
	assert_false(look().is_running);
	cluster_close(c);
}

static int remove_all(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		if (homes[i][0] != '\0') {
			use_home(i);
			remove_home(i);
		}
	}
	return 0;
}

/* An argument chooses tests by a pattern. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_use_makes_it),
		cmocka_unit_test(an_older_one_is_brought_up_to_date),
		cmocka_unit_test(psql_is_given),
		cmocka_unit_test(many_starters_get_one_server),
		cmocka_unit_test(comings_and_goings_never_collide),
		cmocka_unit_test(a_killed_server_comes_back),
		cmocka_unit_test(it_can_be_kept_and_stopped),
		cmocka_unit_test(killed_users_leave_nothing_locked),
		cmocka_unit_test(a_killed_maker_is_followed_by_another),
		cmocka_unit_test(a_dead_makers_session_is_waited_for),
		cmocka_unit_test(every_failure_is_reported_and_repaired),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, remove_all);
}
