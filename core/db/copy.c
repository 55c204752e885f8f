/*
 * core/db/copy.c
 *	COPY both ways: bytes in large pieces, errors as early as they are there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/fault.h"
#include "core/base/text.h"
#include "core/db/session.h"

/*
 * Pieces of this size keep both the message overhead and the bytes that libpq
 * moves around after a short write small; larger ones gained nothing.
 */
#define PIECE_BYTES (128u * 1024u)
/* The kernel doubles it, and gives less where net.core.wmem_max says so. */
#define PIPE_BYTES (1 << 20)
/* How long a message that is only half here may still turn out to be a notice. */
#define DOUBT_MS 20

/* The COPY's own answer, or the first that is not plain success. */
static enum err_code first_copy(struct db *db, PGresult **out, struct err *err)
{
	enum err_code rc = session_result(db, out, err);

	while (rc == ERR_OK && *out != NULL && PQresultStatus(*out) == PGRES_COMMAND_OK) {
		PQclear(*out);
		rc = session_result(db, out, err);
		if (rc == ERR_OK && *out == NULL)
			return err_set(err, ERR_BUG, "no statement is a COPY");
	}
	return rc;
}

static enum err_code start(struct db *db, const char *sql, ExecStatusType want,
			   enum session_copy kind, struct err *err)
{
	bool is_in_tx = db_in_transaction(db);
	enum err_code rc = session_begin(db, "the copy", err);
	PGresult *res;

	if (rc == ERR_OK && db->copy != COPY_NONE)
		rc = err_set(err, ERR_BUG, "a COPY while another runs");
	if (rc == ERR_OK && FAULT("db-copy"))
		rc = err_set(err, ERR_UNREACHABLE, "%s: fault", db->target);
	if (rc != ERR_OK)
		return rc;
	if (PQsendQuery(db->pg, sql) == 0)
		return session_lost(db, err);
	rc = session_flush(db, err);
	if (rc == ERR_OK)
		rc = first_copy(db, &res, err);
	if (rc != ERR_OK)
		return rc;
	if (res != NULL && PQresultStatus(res) == want) {
		PQclear(res);
		db->copy = kind;
		db->copy_in_tx = is_in_tx;
		buf_clear(&db->staged);
		return ERR_OK;
	}
	if (res == NULL) {
		rc = session_lost(db, err);
	} else if (PQresultStatus(res) == PGRES_FATAL_ERROR) {
		rc = session_refused(db, res, err);
	} else {
		rc = err_set(err, ERR_BUG, "the statement is not such a COPY");
		session_drop(db);
	}
	PQclear(res);
	if (db->pg != NULL) {
		struct err ignored = { 0 };

		if (session_collect(db, NULL, &ignored) != ERR_OK)
			session_drop(db);
	}
	return rc;
}

/*
 * A local socket wakes its writer when three quarters are taken: what is left
 * then has to keep the server busy for as long as a batch takes to be mapped.
 * Over a network the kernel knows better.
 */
static void widen_pipe(const struct db *db)
{
	int fd = PQsocket(db->pg), size = PIPE_BYTES;
	struct sockaddr_storage at;
	socklen_t n = sizeof(at);

	if (fd >= 0 && getsockname(fd, (struct sockaddr *)&at, &n) == 0 &&
	    at.ss_family == AF_UNIX)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

enum err_code db_copy_in(struct db *db, const char *sql, struct err *err)
{
	if (db->pg != NULL)
		widen_pipe(db);
	return start(db, sql, PGRES_COPY_IN, COPY_IN, err);
}

enum err_code db_copy_out(struct db *db, const char *sql, struct err *err)
{
	return start(db, sql, PGRES_COPY_OUT, COPY_OUT, err);
}

/* Reads all that follows the end of a COPY; what the server says goes to err. */
static enum err_code finish(struct db *db, int64_t *rows, struct err *err)
{
	PGresult *res;
	enum err_code rc;

	db->copy = COPY_NONE;
	rc = session_collect(db, &res, err);
	if (rc == ERR_OK && rows != NULL)
		*rows = res != NULL ? strtoll(PQcmdTuples(res), NULL, 10) : 0;
	PQclear(res);
	return rc;
}

static enum err_code end_with(struct db *db, const char *reason, int64_t *rows, struct err *err)
{
	for (;;) {
		int done = PQputCopyEnd(db->pg, reason);
		enum err_code rc;

		if (done > 0)
			return finish(db, rows, err);
		if (done < 0)
			return session_lost(db, err);
		rc = session_wait(db, true, err);
		if (rc != ERR_OK)
			return rc;
	}
}

/*
 * While we send, a server speaks only to complain. libpq keeps an error back
 * until the COPY is ended, so bytes that came and were not a notice mean:
 * end it now, as failed, and read what was said.
 */
static enum err_code heed(struct db *db, struct err *err)
{
	unsigned before = db->nnotices;
	int doubt_ms = session_sees_error(db) ? 0 : DOUBT_MS;
	enum err_code rc;

	do {
		if (PQconsumeInput(db->pg) == 0)
			return session_lost(db, err);
		(void)PQisBusy(db->pg);	/* takes the notices in */
		if (db->nnotices != before)
			return ERR_OK;
	} while (session_can_read(db, doubt_ms));
	rc = end_with(db, "the other side has already refused the rows", NULL, err);
	return rc != ERR_OK ? rc : err_set(err, ERR_FAILED, "the copy ended before its data");
}

/* Until libpq has handed everything to the kernel, or the server complains. */
static enum err_code push(struct db *db, struct err *err)
{
	for (;;) {
		int left = PQflush(db->pg);
		enum err_code rc;

		if (left == 0)
			return ERR_OK;
		if (left < 0)
			return session_lost(db, err);
		rc = session_wait(db, true, err);
		if (rc == ERR_OK && session_can_read(db, 0))
			rc = heed(db, err);
		if (rc != ERR_OK)
			return rc;
	}
}

/* One message. What is left of the one before goes out first, so libpq holds at most one. */
static enum err_code put_piece(struct db *db, const char *p, size_t n, struct err *err)
{
	enum err_code rc;

	if (FAULT("db-copy-put"))
		return err_set(err, ERR_UNREACHABLE, "%s: fault", db->target);
	rc = session_can_read(db, 0) ? heed(db, err) : ERR_OK;
	if (rc == ERR_OK)
		rc = push(db, err);
	if (rc == ERR_OK && PQputCopyData(db->pg, p, (int)n) <= 0)
		rc = session_lost(db, err);
	return rc;
}

static enum err_code put_staged(struct db *db, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (db->staged.len > 0)
		rc = put_piece(db, db->staged.data, db->staged.len, err);
	buf_clear(&db->staged);
	return rc;
}

enum err_code db_copy_put(struct db *db, const void *p, size_t n, struct err *err)
{
	const char *bytes = p;
	enum err_code rc = ERR_OK;

	if (db->copy != COPY_IN)
		return err_set(err, db->pg != NULL ? ERR_BUG : ERR_UNREACHABLE,
			       "no COPY to %s is running", db->target);
	rc = session_begin(db, "the copy", err);
	if (rc == ERR_OK && db->staged.len + n < PIECE_BYTES)
		return buf_append(&db->staged, bytes, n, err);
	if (rc == ERR_OK)
		rc = put_staged(db, err);
	while (rc == ERR_OK && n > 0) {
		size_t piece = n < PIECE_BYTES ? n : PIECE_BYTES;

		rc = put_piece(db, bytes, piece, err);
		bytes += piece;
		n -= piece;
	}
	return rc;
}

enum err_code db_copy_end(struct db *db, int64_t *rows, struct err *err)
{
	enum err_code rc;

	if (rows != NULL)
		*rows = 0;
	if (db->copy != COPY_IN)
		return err_set(err, db->pg != NULL ? ERR_BUG : ERR_UNREACHABLE,
			       "no COPY to %s is running", db->target);
	rc = session_begin(db, "the copy", err);
	if (rc == ERR_OK && FAULT("db-copy-end"))
		rc = err_set(err, ERR_UNREACHABLE, "%s: fault", db->target);
	if (rc == ERR_OK)
		rc = put_staged(db, err);
	if (rc == ERR_OK)
		rc = push(db, err);
	return rc == ERR_OK ? end_with(db, NULL, rows, err) : rc;
}

void db_copy_abort(struct db *db, const char *reason)
{
	struct err err = { 0 };
	char text[120];

	if (db->copy != COPY_IN || session_begin_quiet(db, "ending the copy", &err) != ERR_OK)
		return;
	snprintf(text, sizeof(text), "%s", reason != NULL ? reason : "given up");
	/* The error that comes back is our own reason. */
	if (end_with(db, text, NULL, &err) == ERR_OK)
		session_drop(db);
	session_clear_fault(db);
}

void session_end_copy(struct db *db)
{
	struct err err = { 0 };

	if (db->copy == COPY_IN) {
		db_copy_abort(db, "given up");
		return;
	}
	if (db->copy != COPY_OUT || session_begin_quiet(db, "ending the copy", &err) != ERR_OK)
		return;
	session_cancel(db);
	db->cancel_until_us = db->until_us;
	while (db->copy == COPY_OUT) {
		char *row = NULL;
		int n = PQgetCopyData(db->pg, &row, 1);

		if (row != NULL)
			PQfreemem(row);
		if (n < 0)
			break;
		if (n == 0 && (session_wait(db, false, &err) != ERR_OK ||
			       PQconsumeInput(db->pg) == 0)) {
			session_drop(db);
			return;
		}
	}
	(void)!finish(db, NULL, &err);
}

enum err_code db_copy_get(struct db *db, const char **p, size_t *n, bool *eof, struct err *err)
{
	enum err_code rc;

	*p = NULL;
	*n = 0;
	*eof = false;
	if (db->copied != NULL)
		PQfreemem(db->copied);
	db->copied = NULL;
	if (db->copy != COPY_OUT)
		return err_set(err, db->pg != NULL ? ERR_BUG : ERR_UNREACHABLE,
			       "no COPY from %s is running", db->target);
	for (bool is_begun = false;;) {
		int len = PQgetCopyData(db->pg, &db->copied, 1);

		if (len > 0) {
			*p = db->copied;
			*n = (size_t)len;
			return ERR_OK;
		}
		if (len < 0) {
			*eof = true;
			rc = finish(db, NULL, err);
			*eof = rc == ERR_OK;
			return rc;
		}
		/* The clock is read only when there is something to wait for. */
		rc = is_begun ? ERR_OK : session_begin(db, "the copy", err);
		is_begun = true;
		if (rc == ERR_OK)
			rc = session_wait(db, false, err);
		if (rc != ERR_OK)
			return rc;
		if (PQconsumeInput(db->pg) == 0)
			return session_lost(db, err);
	}
}
