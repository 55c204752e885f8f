/*
 * tests/unit/core/engine/holder_test.c
 *	Jobs of dead processes are taken at once, those of living ones are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/engine/holder.h"
#include "core/meta/job.h"
#include "core/meta/job_run.h"
#include "tests/lib/metatemp.h"

static struct db *app, *books;
static struct arena *mem;
static int64_t org;

static int set_up(void **state)
{
	const char *conninfo;
	int rc = metatemp_begin(state);

	conninfo = metatemp_new();
	app = metatemp_open(conninfo, META_APP, NULL, &org);
	books = metatemp_open(conninfo, META_ENGINE, NULL, NULL);
	mem = arena_new(NULL, "test");
	return rc;
}

static int tear_down(void **state)
{
	db_close(app);
	db_close(books);
	arena_free(mem);
	return metatemp_end(state);
}

/* A job that the engine of that name holds for an hour. */
static int64_t held_by(const char *engine)
{
	struct job_request in = { .kind = "load", .body = "{\"target\":{\"stream\":\"t\"}}",
				  .is_quiet = true };
	struct job_claimed job;
	struct err err = { 0 };
	int64_t id = 0;

	OK(job_add(app, &in, &id, &err));
	OK(job_claim_one(mem, books, org, id, engine, 3600000, &job, &err));
	return id;
}

static enum job_state state_of(int64_t id)
{
	struct job_row row;
	struct err err = { 0 };

	OK(job_get(mem, app, id, &row, &err));
	return row.state;
}

/* Our own name with another process id in it. */
static const char *name_of(pid_t pid)
{
	const char *own = holder_name(mem);
	const char *colon = strchr(own, ':');

	return arena_printf(mem, "%.*s:%d%s", (int)(colon - own), own, (int)pid,
			    strchr(colon, '-'));
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void the_dead_are_found_also_before_their_parent_looks(void **state)
{
	pid_t zombie = child(), gone = child(), alive = child();
	int64_t of_zombie = held_by(name_of(zombie));
	int64_t of_gone = held_by(name_of(gone));
	int64_t of_alive = held_by(name_of(alive));
	siginfo_t info;
	struct err err = { 0 };
	int taken = 0;

	(void)state;
	kill(gone, SIGKILL);
	waitpid(gone, NULL, 0);
	kill(zombie, SIGKILL);
	/* Waits until it is dead, and leaves it unreaped. */
	assert_int_equal(waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT), 0);
	OK(holder_rescue(mem, books, &taken, &err));
	assert_int_equal(taken, 2);
	assert_int_equal(state_of(of_zombie), JOB_QUEUED);
	assert_int_equal(state_of(of_gone), JOB_QUEUED);
	assert_int_equal(state_of(of_alive), JOB_RUNNING);
	waitpid(zombie, NULL, 0);
	kill(alive, SIGKILL);
	waitpid(alive, NULL, 0);
}

static void engines_elsewhere_keep_their_leases(void **state)
{
	pid_t gone = child();
	const char *ours = name_of(gone);
	const char *mark = strchr(ours, '-');
	int64_t other_host = held_by(arena_printf(mem, "elsewhere:%d%s", (int)gone, mark));
	int64_t other_boot = held_by(arena_printf(mem, "%.*s-zzzz", (int)(mark - ours), ours));
	struct err err = { 0 };
	int taken = 0;

	(void)state;
	kill(gone, SIGKILL);
	waitpid(gone, NULL, 0);
	OK(holder_rescue(mem, books, &taken, &err));
	assert_int_equal(state_of(other_host), JOB_RUNNING);
	assert_int_equal(state_of(other_boot), JOB_RUNNING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_dead_are_found_also_before_their_parent_looks),
		cmocka_unit_test(engines_elsewhere_keep_their_leases),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
