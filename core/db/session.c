/*
 * core/db/session.c
 *	Waiting with a deadline, interrupting, and what a server's error becomes.
 */
#include "core/db/session.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/text.h"

/* How long a server may take to obey a cancel before the session is given up. */
#define CANCEL_MS 3000

void session_clear_fault(struct db *db)
{
	if (!db->has_fault)
		return;
	db->has_fault = false;
	for (int i = 0; i < SESSION_FAULTS; i++) {
		free(db->fault_text[i]);
		db->fault_text[i] = NULL;
	}
	db->fault = (struct db_fault){ "", "", "", "", "", "", "", "", "" };
}

const struct db_fault *db_last_fault(const struct db *db)
{
	return &db->fault;
}

static enum err_code begin(struct db *db, const char *name, struct err *err)
{
	session_clear_fault(db);
	if (db->has_canceller)
		session_settle(db);
	if (db->pg == NULL)
		return err_set(err, ERR_UNREACHABLE, "%s: the connection to %s is broken", name,
			       db->target);
	db->cancel_until_us = 0;
	db->is_hurried = false;
	db->until_us = INT64_MAX;
	if (db->deadline_ms >= 0)
		db->until_us = clock_mono_us() + (int64_t)db->deadline_ms * 1000;
	return ERR_OK;
}

/* Whoever asked does not want it any more. */
static enum err_code give_up_answer(struct db *db, const char *name, struct err *err)
{
	PGresult *res = NULL;
	enum err_code rc = session_answer(db, &res, err);

	PQclear(res);
	if (db->pg == NULL)
		return rc;
	err_clear(err);
	return begin(db, name, err);
}

enum err_code session_begin(struct db *db, const char *name, struct err *err)
{
	enum err_code rc = begin(db, name, err);

	db->is_quiet = false;
	if (rc == ERR_OK && db->asked != ASKED_NOTHING)
		rc = give_up_answer(db, name, err);
	if (rc == ERR_OK && atomic_exchange(&db->is_interrupted, 0) != 0)
		return err_set(err, ERR_INTERRUPTED, "%s was interrupted", name);
	return rc;
}

enum err_code session_begin_quiet(struct db *db, const char *name, struct err *err)
{
	enum err_code rc = begin(db, name, err);

	db->is_quiet = true;
	return rc == ERR_OK && db->asked != ASKED_NOTHING ? give_up_answer(db, name, err) : rc;
}

void session_drop(struct db *db)
{
	if (db->copied != NULL)
		PQfreemem(db->copied);
	db->copied = NULL;
	db->copy = COPY_NONE;
	db->asked = ASKED_NOTHING;
	if (db->has_canceller)
		pthread_detach(db->canceller);
	db->has_canceller = false;
	if (db->pg != NULL)
		PQfinish(db->pg);
	db->pg = NULL;
}

bool db_is_broken(const struct db *db)
{
	return db->pg == NULL;
}

/* The first line of a libpq message, clean. */
static void first_line(const char *text, char *line, size_t size)
{
	struct buf clean;

	buf_init(&clean, size - 1);
	text_clean(&clean, text, strcspn(text, "\n"));
	memcpy(line, buf_str(&clean), clean.len + 1);
	buf_release(&clean);
}

enum err_code session_lost(struct db *db, struct err *err)
{
	char line[160];

	first_line(db->pg != NULL ? PQerrorMessage(db->pg) : "", line, sizeof(line));
	session_drop(db);
	err_set(err, ERR_UNREACHABLE, "lost the connection to %s: %s", db->target,
		line[0] != '\0' ? line : "it was closed");
	err_hint(err, "Look at the network and at the server's log; what was not committed is "
		 "undone.");
	return ERR_UNREACHABLE;
}

static void *cancel_main(void *arg)
{
	char ignored[256];

	PQcancel(arg, ignored, sizeof(ignored));
	PQfreeCancel(arg);
	return NULL;
}

/*
 * PQcancel() connects without a time limit, so it never runs in the thread
 * that has a deadline to keep.
 */
void session_cancel(struct db *db)
{
	PGcancel *cancel = PQgetCancel(db->pg);

	if (cancel == NULL)
		return;
	if (db->has_canceller)
		session_settle(db);
	if (db->pg != NULL && pthread_create(&db->canceller, NULL, cancel_main, cancel) == 0)
		db->has_canceller = true;
	else
		PQfreeCancel(cancel);
}

void session_settle(struct db *db)
{
	struct timespec until;

	/* The call takes no other clock. */
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += CANCEL_MS / 1000;
	if (pthread_timedjoin_np(db->canceller, NULL, &until) == 0)
		db->has_canceller = false;
	else
		session_drop(db);
}

void db_interrupt(struct db *db)
{
	uint64_t one = 1;

	atomic_store(&db->is_interrupted, 1);
	/* A full counter already wakes. */
	if (write(db->wake, &one, sizeof(one)) < 0)
		return;
}

/* Empties the wake-up counter; true when an interrupt is why. */
static bool was_woken(struct db *db)
{
	uint64_t count;

	if (read(db->wake, &count, sizeof(count)) < 0)
		return false;
	return atomic_load(&db->is_interrupted) != 0;
}

static enum err_code too_late(struct db *db, struct err *err)
{
	bool was_interrupted = db->cancel_until_us != 0;

	if (!was_interrupted)
		session_cancel(db);
	session_drop(db);
	if (was_interrupted)
		return err_set(err, ERR_INTERRUPTED, "%s did not stop when asked; left it",
			       db->target);
	return err_set(err, ERR_TIMEOUT, "no answer from %s within %d ms", db->target,
		       db->is_hurried ? db->hurry_ms : db->deadline_ms);
}

static int poll_ms(int64_t until_us)
{
	int64_t left;

	if (until_us == INT64_MAX)
		return -1;
	left = (until_us - clock_mono_us() + 999) / 1000;
	return left <= 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

static void hurry(struct db *db)
{
	int64_t until = clock_mono_us() + (int64_t)db->hurry_ms * 1000;

	db->is_hurried = until < db->until_us;
	if (db->is_hurried)
		db->until_us = until;
}

enum err_code session_wait(struct db *db, bool to_write, struct err *err)
{
	int hurry_fd = db->is_hurried ? -1 : db->hurry_fd;

	for (;;) {
		int64_t until = db->cancel_until_us != 0 ? db->cancel_until_us : db->until_us;
		struct pollfd fds[3] = {
			{ .fd = PQsocket(db->pg),
			  .events = (short)(to_write ? POLLIN | POLLOUT : POLLIN) },
			{ .fd = db->is_quiet ? -1 : db->wake, .events = POLLIN },
			{ .fd = hurry_fd, .events = POLLIN },
		};
		int n;

		if (fds[0].fd < 0)
			return session_lost(db, err);
		n = poll(fds, 3, poll_ms(until));
		if (n < 0 && errno != EINTR)
			return session_lost(db, err);
		if (n == 0 && poll_ms(until) == 0)
			return too_late(db, err);
		if (n > 0 && fds[1].revents != 0 && was_woken(db) && db->cancel_until_us == 0) {
			if (db->copy == COPY_IN) {
				atomic_store(&db->is_interrupted, 0);
				return err_set(err, ERR_INTERRUPTED, "the copy was interrupted");
			}
			db->cancel_until_us = clock_mono_us() + CANCEL_MS * 1000;
			session_cancel(db);
		}
		if (n > 0 && fds[2].revents != 0) {
			hurry_fd = -1;	/* it stays readable */
			hurry(db);
		}
		if (n > 0 && fds[0].revents != 0)
			return ERR_OK;
	}
}

bool session_can_read(const struct db *db, int ms)
{
	struct pollfd fd = { .fd = PQsocket(db->pg), .events = POLLIN };

	return poll(&fd, 1, ms) > 0;
}

bool session_sees_error(const struct db *db)
{
	char head[6] = { 0 };	/* type, four bytes of length, the code of the first field */

	return PQsslInUse(db->pg) == 0 &&
	       recv(PQsocket(db->pg), head, sizeof(head), MSG_PEEK | MSG_DONTWAIT) ==
		       (ssize_t)sizeof(head) &&
	       head[0] == 'E' && head[1] == 0 && head[2] == 0 && head[5] == 'S';
}

enum err_code session_flush(struct db *db, struct err *err)
{
	for (;;) {
		int left = PQflush(db->pg);
		enum err_code rc;

		if (left == 0)
			return ERR_OK;
		/* What the server said before it went is worth more than EPIPE. */
		if (left < 0)
			return ERR_OK;
		rc = session_wait(db, true, err);
		if (rc != ERR_OK)
			return rc;
		if (PQconsumeInput(db->pg) == 0)
			return ERR_OK;
	}
}

enum err_code session_result(struct db *db, PGresult **out, struct err *err)
{
	*out = NULL;
	while (PQisBusy(db->pg)) {
		enum err_code rc = session_wait(db, false, err);

		if (rc != ERR_OK)
			return rc;
		/* A failed read shows in PQgetResult(), with the server's last words. */
		if (PQconsumeInput(db->pg) == 0)
			break;
	}
	*out = PQgetResult(db->pg);
	return ERR_OK;
}

static const char *keep(struct db *db, int i, const char *text, bool is_clean)
{
	struct buf clean;

	if (text == NULL || text[0] == '\0')
		return "";
	if (is_clean) {
		db->fault_text[i] = mem_strdup(text);
		return db->fault_text[i];
	}
	buf_init(&clean, 16384);
	text_clean(&clean, text, strlen(text));
	db->fault_text[i] = mem_strdup(buf_str(&clean));
	buf_release(&clean);
	return db->fault_text[i];
}

static void remember(struct db *db, const PGresult *res)
{
	static const int fields[SESSION_FAULTS] = {
		PG_DIAG_SQLSTATE, PG_DIAG_MESSAGE_PRIMARY, PG_DIAG_MESSAGE_DETAIL,
		PG_DIAG_MESSAGE_HINT, PG_DIAG_CONTEXT, PG_DIAG_SCHEMA_NAME, PG_DIAG_TABLE_NAME,
		PG_DIAG_COLUMN_NAME, PG_DIAG_CONSTRAINT_NAME,
	};
	const char *text[SESSION_FAULTS];

	session_clear_fault(db);
	db->has_fault = true;
	/* Names are compared by callers, so they stay as the server gave them. */
	for (int i = 0; i < SESSION_FAULTS; i++)
		text[i] = keep(db, i, PQresultErrorField(res, fields[i]), i == 0 || i > 4);
	db->fault = (struct db_fault){ text[0], text[1], text[2], text[3], text[4], text[5],
				       text[6], text[7], text[8] };
}

enum err_code session_refused(struct db *db, const PGresult *res, struct err *err)
{
	enum err_code code;
	char line[180];

	remember(db, res);
	if (db->fault.sqlstate[0] == '\0') {
		if (db->pg == NULL || PQstatus(db->pg) == CONNECTION_BAD)
			return session_lost(db, err);
		first_line(PQresultErrorMessage(res), line, sizeof(line));
		return err_set(err, ERR_FAILED, "%s", line);
	}
	code = db_code_of_sqlstate(db->fault.sqlstate);
	if (code == ERR_CANCELLED && db->cancel_until_us != 0) {
		atomic_store(&db->is_interrupted, 0);
		code = ERR_INTERRUPTED;
	}
	err_set(err, code, "%s", db->fault.message);
	memcpy(err->sqlstate, db->fault.sqlstate,
	       strnlen(db->fault.sqlstate, sizeof(err->sqlstate) - 1) + 1);
	err->sqlstate[sizeof(err->sqlstate) - 1] = '\0';
	if (db->fault.hint[0] != '\0')
		err_hint(err, "%s", db->fault.hint);
	return code;
}
