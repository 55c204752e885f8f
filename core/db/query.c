/*
 * core/db/query.c
 *	Statements, their results, and transactions.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/fault.h"
#include "core/base/text.h"
#include "core/db/session.h"

#define PARAMS_MAX 128
#define OID_BYTEA  17

/* Parameters as libpq wants them. */
struct wire_params {
	Oid type[PARAMS_MAX];
	const char *value[PARAMS_MAX];
	int length[PARAMS_MAX];
	int format[PARAMS_MAX];
	char number[PARAMS_MAX][32];
};

static enum err_code fill_param(struct wire_params *w, int i, const struct db_param *p,
				struct err *err)
{
	size_t n;

	w->type[i] = 0;
	w->format[i] = 0;
	w->length[i] = 0;
	w->value[i] = w->number[i];
	switch (p->kind) {
	case DB_PARAM_NULL:
		w->value[i] = NULL;
		break;
	case DB_PARAM_TEXT:
		n = strlen(p->text);
		if (utf8_valid(p->text, n) != n)
			return err_set(err, ERR_INPUT, "parameter %d is not UTF-8 text", i + 1);
		w->value[i] = p->text;
		break;
	case DB_PARAM_INT8:
		snprintf(w->number[i], sizeof(w->number[i]), "%" PRId64, p->i);
		break;
	case DB_PARAM_BOOL:
		snprintf(w->number[i], sizeof(w->number[i]), "%s", p->i != 0 ? "t" : "f");
		break;
	case DB_PARAM_FLOAT8:
		snprintf(w->number[i], sizeof(w->number[i]), "%.17g", p->f);
		break;
	case DB_PARAM_BYTES:
		if (p->n > 512u * 1024u * 1024u)
			return err_set(err, ERR_LIMIT, "parameter %d is over 512 MB", i + 1);
		w->type[i] = OID_BYTEA;
		w->format[i] = 1;
		w->length[i] = (int)p->n;
		w->value[i] = p->text != NULL ? p->text : "";
		break;
	}
	return ERR_OK;
}

enum err_code session_send(struct db *db, const char *sql, const struct db_param *params,
			   int nparams, struct err *err)
{
	struct wire_params *w;
	enum err_code rc = ERR_OK;

	if (nparams > PARAMS_MAX)
		return err_set(err, ERR_BUG, "%d parameters, over %d", nparams, PARAMS_MAX);
	w = mem_alloc(sizeof(*w));
	for (int i = 0; rc == ERR_OK && i < nparams; i++)
		rc = fill_param(w, i, &params[i], err);
	if (rc == ERR_OK && PQsendQueryParams(db->pg, sql, nparams, w->type, w->value, w->length,
					      w->format, 0) == 0)
		rc = session_lost(db, err);
	free(w);
	return rc;
}

/* Copies stand in no result that this file reads: leave them as a bug. */
static enum err_code stray_copy(struct db *db, struct err *err)
{
	session_drop(db);
	return err_set(err, ERR_BUG, "a COPY was run as a plain statement");
}

enum err_code session_collect(struct db *db, PGresult **out, struct err *err)
{
	enum err_code rc = session_flush(db, err), worst = ERR_OK;
	PGresult *kept = NULL, *res;

	while (rc == ERR_OK) {
		rc = session_result(db, &res, err);
		if (rc != ERR_OK || res == NULL)
			break;
		switch (PQresultStatus(res)) {
		case PGRES_TUPLES_OK:
		case PGRES_COMMAND_OK:
		case PGRES_EMPTY_QUERY:
			PQclear(kept);
			kept = res;
			continue;
		case PGRES_COPY_IN:
		case PGRES_COPY_OUT:
		case PGRES_COPY_BOTH:
			rc = stray_copy(db, err);
			break;
		default:
			/* The first error is the cause; what follows is its echo. */
			if (worst == ERR_OK)
				worst = session_refused(db, res, err);
			if (db->pg == NULL)
				rc = worst;
		}
		PQclear(res);
	}
	if (rc == ERR_OK)
		rc = worst;
	if (db->pg != NULL && PQstatus(db->pg) == CONNECTION_BAD) {
		if (rc == ERR_OK)
			rc = session_lost(db, err);
		session_drop(db);
	}
	if (rc != ERR_OK || out == NULL) {
		PQclear(kept);
		kept = NULL;
	}
	if (out != NULL)
		*out = kept;
	return rc;
}

enum err_code session_simple(struct db *db, const char *sql, struct err *err)
{
	if (PQsendQuery(db->pg, sql) == 0)
		return session_lost(db, err);
	return session_collect(db, NULL, err);
}

/* One of the results up to its closing NULL; what is not wanted is cleared. */
static enum err_code pipeline_step(struct db *db, PGresult **out, struct err *err)
{
	PGresult *first, *end;
	enum err_code rc = session_result(db, &first, err);

	*out = first;
	if (rc != ERR_OK || first == NULL || PQresultStatus(first) == PGRES_PIPELINE_SYNC)
		return rc;
	do {
		rc = session_result(db, &end, err);
		PQclear(end);
	} while (rc == ERR_OK && end != NULL);
	return rc;
}

/* Reads set_config's result, the statement's, and the sync that ends the transaction. */
static enum err_code pipeline_collect(struct db *db, PGresult **out, struct err *err)
{
	enum err_code rc = session_flush(db, err), worst = ERR_OK;
	PGresult *kept = NULL, *res = NULL;
	bool is_synced = false;

	/* Nothing at all comes when the connection died. */
	for (int nothing = 0; rc == ERR_OK && !is_synced && nothing < 3;) {
		rc = pipeline_step(db, &res, err);
		if (rc != ERR_OK) {
			PQclear(res);
			break;
		}
		if (res == NULL) {
			nothing++;
			continue;
		}
		switch (PQresultStatus(res)) {
		case PGRES_TUPLES_OK:
		case PGRES_COMMAND_OK:
		case PGRES_EMPTY_QUERY:
			PQclear(kept);
			kept = res;
			continue;
		case PGRES_PIPELINE_SYNC:
			is_synced = true;
			break;
		case PGRES_PIPELINE_ABORTED:
			break;
		default:
			if (worst == ERR_OK)
				worst = session_refused(db, res, err);
			if (db->pg == NULL)
				rc = worst;
		}
		PQclear(res);
	}
	if (rc == ERR_OK)
		rc = worst;
	if (db->pg != NULL && (!is_synced || PQexitPipelineMode(db->pg) == 0)) {
		if (rc == ERR_OK)
			rc = session_lost(db, err);
		session_drop(db);
	}
	if (rc != ERR_OK || out == NULL) {
		PQclear(kept);
		kept = NULL;
	}
	if (out != NULL)
		*out = kept;
	return rc;
}

/*
 * In a pipeline everything up to the sync is one transaction of its own, so
 * that the setting, the statement and the commit cost one round trip together.
 */
static enum err_code send_as_org(struct db *db, const char *sql, const struct db_param *params,
				 int nparams, struct err *err)
{
	static const char set_org[] = "select pg_catalog.set_config('leat.org', $1, true)";
	enum err_code rc;

	if (PQenterPipelineMode(db->pg) == 0)
		return session_lost(db, err);
	rc = session_send(db, set_org, &DB_INT8(db->org), 1, err);
	if (rc == ERR_OK)
		rc = session_send(db, sql, params, nparams, err);
	if (db->pg == NULL)
		return rc;
	if (PQpipelineSync(db->pg) == 0)
		return session_lost(db, err);
	if (rc == ERR_OK)
		return ERR_OK;
	/* A parameter was refused: the half that was queued does nothing. */
	if (pipeline_collect(db, NULL, &(struct err){ 0 }) != ERR_OK)
		session_drop(db);
	return rc;
}

static enum err_code send(struct db *db, const char *sql, const struct db_param *params,
			  int nparams, struct err *err)
{
	bool as_org = db->org != 0 && !db_in_transaction(db);
	enum err_code rc;

	if (db->copy != COPY_NONE)
		return err_set(err, ERR_BUG, "a statement while a COPY runs");
	if (FAULT("db-query"))
		return err_set(err, ERR_UNREACHABLE, "%s: fault", db->target);
	db->asked_in_tx = db_in_transaction(db);
	rc = as_org ? send_as_org(db, sql, params, nparams, err)
		    : session_send(db, sql, params, nparams, err);
	if (rc == ERR_OK)
		db->asked = as_org ? ASKED_AS_ORG : ASKED;
	return rc;
}

enum err_code session_answer(struct db *db, PGresult **out, struct err *err)
{
	bool as_org = db->asked == ASKED_AS_ORG;

	db->asked = ASKED_NOTHING;
	return as_org ? pipeline_collect(db, out, err) : session_collect(db, out, err);
}

static enum err_code answer(struct db *db, struct db_result **out, struct err *err)
{
	PGresult *res = NULL;
	enum err_code rc = session_answer(db, &res, err);

	if (rc != ERR_OK)
		return rc;
	if (out == NULL) {
		PQclear(res);
		return ERR_OK;
	}
	*out = mem_alloc(sizeof(**out));
	(*out)->res = res;
	return ERR_OK;
}

enum err_code db_query(struct db *db, const char *sql, const struct db_param *params, int nparams,
		       struct db_result **out, struct err *err)
{
	enum err_code rc = session_begin(db, "the statement", err);

	if (out != NULL)
		*out = NULL;
	if (rc == ERR_OK)
		rc = send(db, sql, params, nparams, err);
	return rc == ERR_OK ? answer(db, out, err) : rc;
}

enum err_code db_ask(struct db *db, const char *sql, const struct db_param *params, int nparams,
		     struct err *err)
{
	enum err_code rc = session_begin(db, "the statement", err);

	if (rc == ERR_OK)
		rc = send(db, sql, params, nparams, err);
	return rc == ERR_OK ? session_flush(db, err) : rc;
}

enum err_code db_answer(struct db *db, struct db_result **out, struct err *err)
{
	enum session_asked asked = db->asked;
	enum err_code rc;

	*out = NULL;
	if (asked == ASKED_NOTHING)
		return err_set(err, ERR_BUG, "an answer to nothing");
	db->asked = ASKED_NOTHING;
	rc = session_begin(db, "the statement", err);
	db->asked = db->pg != NULL ? asked : ASKED_NOTHING;
	return rc == ERR_OK ? answer(db, out, err) : rc;
}

enum err_code db_exec(struct db *db, const char *sql, struct err *err)
{
	static const char form[] =
		"select pg_catalog.set_config('leat.org', '%" PRId64 "', true); %s";
	enum err_code rc = session_begin(db, "the statements", err);
	char *whole;
	size_t size;

	if (rc == ERR_OK && db->copy != COPY_NONE)
		rc = err_set(err, ERR_BUG, "statements while a COPY runs");
	if (rc != ERR_OK)
		return rc;
	if (db->org == 0 || db_in_transaction(db))
		return session_simple(db, sql, err);
	/* Statements in one message are one transaction. */
	size = sizeof(form) + 32 + strlen(sql);
	whole = mem_alloc(size);
	snprintf(whole, size, form, db->org, sql);
	rc = session_simple(db, whole, err);
	free(whole);
	return rc;
}

void db_set_org(struct db *db, int64_t org_id)
{
	db->org = org_id;
}

enum err_code db_begin(struct db *db, struct err *err)
{
	char sql[128] = "begin";
	enum err_code rc = session_begin(db, "begin", err);

	if (rc != ERR_OK)
		return rc;
	if (db_in_transaction(db))
		return err_set(err, ERR_BUG, "begin inside a transaction");
	if (db->org != 0)
		snprintf(sql, sizeof(sql),
			 "begin; select pg_catalog.set_config('leat.org', '%" PRId64 "', true)",
			 db->org);
	return session_simple(db, sql, err);
}

enum err_code db_commit(struct db *db, struct err *err)
{
	PGresult *res;
	enum err_code rc = session_begin(db, "commit", err);

	if (rc != ERR_OK)
		return rc;
	if (db->copy != COPY_NONE || !db_in_transaction(db))
		return err_set(err, ERR_BUG, "commit without an open transaction");
	if (FAULT("db-commit"))
		return err_set(err, ERR_TRANSIENT, "commit: fault");
	/* From here on only the server's answer tells what is true. */
	db->is_quiet = true;
	if (PQsendQuery(db->pg, "commit") == 0)
		return session_lost(db, err);
	rc = session_collect(db, &res, err);
	if (rc == ERR_OK && strcmp(PQcmdStatus(res), "COMMIT") != 0)
		rc = err_set(err, ERR_FAILED, "the transaction had failed and was rolled back");
	PQclear(res);
	return rc;
}

void db_rollback(struct db *db)
{
	struct err err = { 0 };

	if (db->pg == NULL)
		return;
	if (db->copy != COPY_NONE)
		session_end_copy(db);
	if (db->pg == NULL || !db_in_transaction(db))
		return;
	if (session_begin_quiet(db, "rollback", &err) != ERR_OK ||
	    session_simple(db, "rollback", &err) != ERR_OK || db_in_transaction(db))
		session_drop(db);
}

bool db_in_transaction(const struct db *db)
{
	if (db->pg == NULL)
		return false;
	switch (PQtransactionStatus(db->pg)) {
	case PQTRANS_INTRANS:
	case PQTRANS_INERROR:
		return true;
	case PQTRANS_ACTIVE:
		return db->copy != COPY_NONE ? db->copy_in_tx : db->asked_in_tx;
	default:
		return false;
	}
}
