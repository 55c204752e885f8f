/*
 * core/db/libpq.c
 *	Loads libpq when it is called first, and passes every call on.
 *
 * libpq brings 20 libraries along (LDAP, Kerberos, TLS), and mapping them takes
 * three times as long as all else of a start. Help, versions and completions
 * need none of them. The functions below are those of libpq-fe.h, so callers
 * know nothing of it; one that is missing here does not link: add its row.
 */
#include <dlfcn.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIBPQ_SONAME "libpq.so.5"

/* GET(type, name, parameters, arguments) gives a value; DO() gives none. */
#define LIBPQ_LIST(GET, DO) \
	GET(int, PQbackendPID, (const PGconn *conn), (conn)) \
	GET(int, PQcancel, \
	  (PGcancel *cancel, char *errbuf, int errbufsize), (cancel, errbuf, errbufsize)) \
	DO(PQclear, (PGresult *res), (res)) \
	GET(char *, PQcmdStatus, (PGresult *res), (res)) \
	GET(char *, PQcmdTuples, (PGresult *res), (res)) \
	GET(PostgresPollingStatusType, PQconnectPoll, (PGconn *conn), (conn)) \
	GET(PGconn *, PQconnectStart, (const char *conninfo), (conninfo)) \
	DO(PQconninfoFree, (PQconninfoOption *connOptions), (connOptions)) \
	GET(PQconninfoOption *, PQconninfoParse, \
	  (const char *conninfo, char **errmsg), (conninfo, errmsg)) \
	GET(int, PQconsumeInput, (PGconn *conn), (conn)) \
	GET(int, PQenterPipelineMode, (PGconn *conn), (conn)) \
	GET(char *, PQerrorMessage, (const PGconn *conn), (conn)) \
	GET(int, PQexitPipelineMode, (PGconn *conn), (conn)) \
	DO(PQfinish, (PGconn *conn), (conn)) \
	GET(int, PQflush, (PGconn *conn), (conn)) \
	GET(char *, PQfname, (const PGresult *res, int field_num), (res, field_num)) \
	GET(int, PQfnumber, (const PGresult *res, const char *field_name), (res, field_name)) \
	DO(PQfreeCancel, (PGcancel *cancel), (cancel)) \
	DO(PQfreemem, (void *ptr), (ptr)) \
	GET(Oid, PQftype, (const PGresult *res, int field_num), (res, field_num)) \
	GET(PGcancel *, PQgetCancel, (PGconn *conn), (conn)) \
	GET(int, PQgetCopyData, (PGconn *conn, char **buffer, int async), (conn, buffer, async)) \
	GET(PGresult *, PQgetResult, (PGconn *conn), (conn)) \
	GET(int, PQgetisnull, \
	  (const PGresult *res, int tup_num, int field_num), (res, tup_num, field_num)) \
	GET(int, PQgetlength, \
	  (const PGresult *res, int tup_num, int field_num), (res, tup_num, field_num)) \
	GET(char *, PQgetvalue, \
	  (const PGresult *res, int tup_num, int field_num), (res, tup_num, field_num)) \
	GET(char *, PQhost, (const PGconn *conn), (conn)) \
	GET(char *, PQhostaddr, (const PGconn *conn), (conn)) \
	GET(char *, PQdb, (const PGconn *conn), (conn)) \
	GET(int, PQisBusy, (PGconn *conn), (conn)) \
	GET(int, PQnfields, (const PGresult *res), (res)) \
	GET(PGnotify *, PQnotifies, (PGconn *conn), (conn)) \
	GET(int, PQntuples, (const PGresult *res), (res)) \
	GET(char *, PQport, (const PGconn *conn), (conn)) \
	GET(const char *, PQparameterStatus, \
	  (const PGconn *conn, const char *paramName), (conn, paramName)) \
	GET(int, PQpipelineSync, (PGconn *conn), (conn)) \
	GET(int, PQputCopyData, \
	  (PGconn *conn, const char *buffer, int nbytes), (conn, buffer, nbytes)) \
	GET(int, PQputCopyEnd, (PGconn *conn, const char *errormsg), (conn, errormsg)) \
	GET(char *, PQresultErrorField, (const PGresult *res, int fieldcode), (res, fieldcode)) \
	GET(char *, PQresultErrorMessage, (const PGresult *res), (res)) \
	GET(ExecStatusType, PQresultStatus, (const PGresult *res), (res)) \
	GET(int, PQsendQuery, (PGconn *conn, const char *query), (conn, query)) \
	GET(int, PQsendQueryParams, \
	  (PGconn *conn, const char *command, int nParams, const Oid *paramTypes, \
	   const char *const *paramValues, const int *paramLengths, const int *paramFormats, \
	   int resultFormat), \
	  (conn, command, nParams, paramTypes, paramValues, paramLengths, paramFormats, \
	   resultFormat)) \
	GET(int, PQserverVersion, (const PGconn *conn), (conn)) \
	GET(PGVerbosity, PQsetErrorVerbosity, \
	  (PGconn *conn, PGVerbosity verbosity), (conn, verbosity)) \
	GET(PQnoticeReceiver, PQsetNoticeReceiver, \
	  (PGconn *conn, PQnoticeReceiver proc, void *arg), (conn, proc, arg)) \
	GET(int, PQsetnonblocking, (PGconn *conn, int arg), (conn, arg)) \
	GET(int, PQsocket, (const PGconn *conn), (conn)) \
	GET(int, PQsslInUse, (PGconn *conn), (conn)) \
	GET(ConnStatusType, PQstatus, (const PGconn *conn), (conn)) \
	GET(PGTransactionStatusType, PQtransactionStatus, (const PGconn *conn), (conn))

#define GET(type, name, params, args) __typeof__(name) *name;
#define DO(name, params, args)        __typeof__(name) *name;
static struct {
	LIBPQ_LIST(GET, DO)
} libpq;
#undef GET
#undef DO

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Nothing that follows could work, and no caller expects it: end here. */
static _Noreturn void give_up(void)
{
	const char *why = dlerror();

	fprintf(stderr, "leat: %s cannot be loaded: %s\nhint: Install the package libpq5.\n",
		LIBPQ_SONAME, why != NULL ? why : "unknown");
	_exit(5);
}

static void find(void *library, const char *name, void *slot)
{
	void *found = dlsym(library, name);

	if (found == NULL)
		give_up();
	memcpy(slot, &found, sizeof(found));
}

static void load(void)
{
	/* Kept until the process ends: results outlive every connection. */
	void *library = dlopen(LIBPQ_SONAME, RTLD_NOW | RTLD_LOCAL);

	if (library == NULL)
		give_up();
#define GET(type, name, params, args) find(library, #name, &libpq.name);
#define DO(name, params, args)        find(library, #name, &libpq.name);
	LIBPQ_LIST(GET, DO)
#undef GET
#undef DO
}

#define GET(type, name, params, args)      \
	type name params                   \
	{                                  \
		pthread_once(&once, load); \
		return libpq.name args;    \
	}
#define DO(name, params, args)             \
	void name params                   \
	{                                  \
		pthread_once(&once, load); \
		libpq.name args;           \
	}
LIBPQ_LIST(GET, DO)
