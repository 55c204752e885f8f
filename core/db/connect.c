/*
 * core/db/connect.c
 *	Opening, checking, reopening and closing a session.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/db/session.h"

#define CONNECT_MS       10000
#define STATEMENT_MS     60000
#define CONNINFO_LIMIT   (64u * 1024u)
#define STAGED_LIMIT     (1024u * 1024u)
#define BACKOFF_FIRST_MS 50
#define BACKOFF_CAP_MS   5000

void db_ignore_environment(void)
{
	static const char *const names[] = {
		"PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGHOST", "PGHOSTADDR", "PGPORT",
		"PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGOPTIONS", "PGAPPNAME",
		"PGSSLMODE", "PGREQUIRESSL", "PGCLIENTENCODING", "PGLOCALEDIR", "PGDATESTYLE",
			"PGTZ",
		"PGGEQO", "PGCONNECT_TIMEOUT", "PGTARGETSESSIONATTRS", "PGCHANNELBINDING",
		"PGGSSENCMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

static void on_notice(void *arg, const PGresult *res)
{
	struct db *db = arg;

	db->nnotices++;
	log_line(LOG_DEBUG, "%s says: %s", db->target, PQresultErrorMessage(res));
}

/* "database x at y", from what was asked for: known before there is a connection. */
static char *name_target(const char *conninfo)
{
	PQconninfoOption *all = PQconninfoParse(conninfo, NULL);
	const char *host = "", *dbname = "";
	struct buf raw;
	char *name;

	for (PQconninfoOption *o = all; o != NULL && o->keyword != NULL; o++) {
		if (o->val == NULL)
			continue;
		if (strcmp(o->keyword, "host") == 0 ||
		    (strcmp(o->keyword, "hostaddr") == 0 && host[0] == '\0'))
			host = o->val;
		if (strcmp(o->keyword, "dbname") == 0)
			dbname = o->val;
	}
	buf_init(&raw, 100);
	buf_adds(&raw, dbname[0] != '\0' ? "database " : "the database");
	text_clean(&raw, dbname, strlen(dbname));
	if (host[0] != '\0') {
		buf_adds(&raw, " at ");
		text_clean(&raw, host, strlen(host));
	}
	name = mem_strdup(buf_str(&raw));
	buf_release(&raw);
	PQconninfoFree(all);
	return name;
}

/* connect_timeout of the conninfo, in ms; 0: not given. */
static int asked_timeout(const char *conninfo)
{
	PQconninfoOption *all = PQconninfoParse(conninfo, NULL);
	long s = 0;

	for (PQconninfoOption *o = all; o != NULL && o->keyword != NULL; o++) {
		if (o->val != NULL && strcmp(o->keyword, "connect_timeout") == 0)
			s = strtol(o->val, NULL, 10);
	}
	PQconninfoFree(all);
	return s <= 0 ? 0 : s > 3600 ? 3600000 : (int)s * 1000;
}

/*
 * libpq gives the SQLSTATE of a refused start-up only inside its verbose
 * text: "...FATAL:  28P01: password ...". Finds it and the words behind it.
 */
static bool find_sqlstate(const char *text, char *state, const char **words)
{
	for (const char *p = strstr(text, ":  "); p != NULL; p = strstr(p + 1, ":  ")) {
		size_t n = strspn(p + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

		if (n != 5 || p[8] != ':' || p[9] != ' ')
			continue;
		memcpy(state, p + 3, 5);
		state[5] = '\0';
		*words = p + 10;
		return true;
	}
	return false;
}

/* Where TLS is what fails, trying again is no use: what libpq says, and what to do. */
static const struct {
	const char *words;
	const char *hint;
} tls_fault[] = {
	{ "server does not support SSL",
	  "The server has no TLS: switch it on there (ssl = on), or ask for less with sslmode=prefer." },
	{ "does not match host name",
	  "Connect by a name that the certificate holds; hostaddr can say where that is." },
	{ "certificate verify failed",
	  "sslrootcert=FILE must hold the certificate of the authority that signed the server's." },
	{ "root certificate file",
	  "Say with sslrootcert=FILE whom to trust; without a check: sslmode=require." },
	{ "could not get server's host name from server certificate",
	  "Give the server a certificate that holds its name; without a check: sslmode=verify-ca." },
};

static const char *tls_hint(const char *words)
{
	for (size_t i = 0; i < sizeof(tls_fault) / sizeof(tls_fault[0]); i++) {
		if (strstr(words, tls_fault[i].words) != NULL)
			return tls_fault[i].hint;
	}
	return NULL;
}

static void hint_for(const struct db *db, const char *state, const char *words, struct err *err)
{
	if (strcmp(state, "3D000") == 0)
		err_hint(err, "Create it with: createdb NAME.");
	else if (strncmp(state, "28", 2) == 0)
		err_hint(err, "Check user and password, and pg_hba.conf of the server.");
	else if (strstr(words, "startup parameter") != NULL)
		err_hint(err, "%s", DB_POOLER_HINT);
	else if (db->opt.role != NULL && strcmp(state, "22023") == 0)
		err_hint(err, "leat's roles are made by: leat migrate up.");
	else if (db->opt.role != NULL && strcmp(state, "42501") == 0)
		err_hint(err, "Grant the role to the login: grant %s to LOGIN.", db->opt.role);
}

static enum err_code refused(struct db *db, struct err *err)
{
	const char *text = PQerrorMessage(db->pg), *words = text;
	char state[6] = "", line[180];
	enum err_code code = ERR_UNREACHABLE;
	const char *tls;
	struct buf clean;

	if (find_sqlstate(text, state, &words))
		code = db_code_of_sqlstate(state);
	tls = code == ERR_UNREACHABLE ? tls_hint(words) : NULL;
	/* The server knows neither the role nor the setting we start with. */
	if (strcmp(state, "22023") == 0 || strcmp(state, "42704") == 0 ||
	    strcmp(state, "08P01") == 0 || tls != NULL)
		code = ERR_CONFIG;
	buf_init(&clean, sizeof(line) - 1);
	text_clean(&clean, words, strcspn(words, "\n"));
	memcpy(line, buf_str(&clean), clean.len + 1);
	buf_release(&clean);
	err_set(err, code, "cannot connect to %s: %s", db->target, line);
	memcpy(err->sqlstate, state, sizeof(state));
	hint_for(db, state, words, err);
	if (tls != NULL)
		err_hint(err, "%s", tls);
	if (code == ERR_UNREACHABLE)
		err_hint(err, "Check that the server runs and that host and port are right.");
	session_drop(db);
	return code;
}

/* Whether somebody wants the opening to end. What rang for us alone is taken off. */
static bool is_stopped(struct db *db, const struct pollfd *wake, const struct pollfd *stop)
{
	uint64_t count;

	if (stop->revents != 0)
		return true;
	return wake->revents != 0 && read(db->wake, &count, sizeof(count)) > 0 &&
	       atomic_exchange(&db->is_interrupted, 0) != 0;
}

static enum err_code interrupted(struct db *db, struct err *err)
{
	session_drop(db);
	return err_set(err, ERR_INTERRUPTED, "connecting to %s was interrupted", db->target);
}

static enum err_code no_answer(struct db *db, struct err *err)
{
	session_drop(db);
	err_set(err, ERR_UNREACHABLE, "cannot connect to %s: no answer in time", db->target);
	err_hint(err, "Check host and port, and that no firewall drops what is sent there.");
	return ERR_UNREACHABLE;
}

/* When the place that libpq tries now has had its share; *at follows it. */
static int64_t share_of(struct db *db, const struct hosts *hosts, int64_t until_us, int64_t share,
			int *at)
{
	struct host is = { PQhost(db->pg), PQhostaddr(db->pg), PQport(db->pg) };
	int64_t now = clock_mono_us();
	int was = *at;

	if (hosts->n <= 1)
		return until_us;
	*at = hosts_index(hosts, was < 0 ? 0 : was, &is);
	return *at == was ? share : now + (until_us - now) / (hosts->n - *at);
}

/*
 * Drives the start-up until it stands, fails or is late. A place that took
 * more than its share is taken off hosts: *again says to go on with the others.
 */
static enum err_code drive(struct db *db, struct hosts *hosts, int64_t until_us, bool *again,
			   struct err *err)
{
	PostgresPollingStatusType step = PGRES_POLLING_WRITING;
	int64_t share = until_us;
	int at = -1;

	*again = false;
	while (step != PGRES_POLLING_OK) {
		struct pollfd fds[3] = {
			{ .fd = PQsocket(db->pg),
			  .events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT },
			{ .fd = db->wake, .events = POLLIN },
			{ .fd = db->opt.stop_fd > 0 ? db->opt.stop_fd : -1, .events = POLLIN },
		};
		int64_t left;

		if (step == PGRES_POLLING_FAILED || fds[0].fd < 0)
			return refused(db, err);
		share = share_of(db, hosts, until_us, share, &at);
		left = (share - clock_mono_us() + 999) / 1000;
		if (left > 0 && poll(fds, 3, (int)(left > INT_MAX ? INT_MAX : left)) < 0 &&
		    errno != EINTR)
			return refused(db, err);
		if (is_stopped(db, &fds[1], &fds[2]))
			return interrupted(db, err);
		if (left <= 0) {
			*again = share < until_us;
			if (*again)
				hosts_remove(hosts, at);
			return no_answer(db, err);
		}
		if (fds[0].revents != 0)
			step = PQconnectPoll(db->pg);
	}
	return ERR_OK;
}

static bool reports(const struct db *db, const char *name, const char *value)
{
	const char *is = PQparameterStatus(db->pg, name);

	return is != NULL && strcmp(is, value) == 0;
}

/*
 * The server echoes application_name, which we send only inside the options:
 * the echo proves that the options, and with them the role, took effect.
 */
static enum err_code verify(struct db *db, struct err *err)
{
	const char *super = PQparameterStatus(db->pg, "is_superuser");
	char app[64];

	session_app_name(&db->opt, app, sizeof(app));
	if (!reports(db, "application_name", app)) {
		session_drop(db);
		err_set(err, ERR_CONFIG, "%s ignores the session's settings", db->target);
		err_hint(err, "%s", DB_POOLER_HINT);
		return ERR_CONFIG;
	}
	/* libpq itself passes PGTZ and PGDATESTYLE on, over what the options say. */
	if (!reports(db, "TimeZone", "UTC") || !reports(db, "DateStyle", "ISO, MDY") ||
	    !reports(db, "standard_conforming_strings", "on")) {
		session_drop(db);
		err_set(err, ERR_CONFIG, "%s has another time zone or date style", db->target);
		err_hint(err, "%s", getenv("PGTZ") != NULL || getenv("PGDATESTYLE") != NULL ?
			 "Unset PGTZ and PGDATESTYLE." : DB_POOLER_HINT);
		return ERR_CONFIG;
	}
	if (db->opt.role != NULL && (super == NULL || strcmp(super, "off") != 0)) {
		session_drop(db);
		err_set(err, ERR_CONFIG, "role %s is a superuser", db->opt.role);
		err_hint(err, "leat works only as a role that row-level security binds.");
		return ERR_CONFIG;
	}
	return ERR_OK;
}

static enum err_code start(struct db *db, const struct hosts *hosts, struct err *err)
{
	struct buf conninfo;
	enum err_code rc;

	buf_init(&conninfo, CONNINFO_LIMIT);
	rc = session_conninfo(&db->opt, hosts, db->is_old, &conninfo, err);
	if (rc == ERR_OK && FAULT("db-connect"))
		rc = err_set(err, ERR_UNREACHABLE, "cannot connect to %s: fault", db->target);
	if (rc == ERR_OK) {
		db->pg = PQconnectStart(buf_str(&conninfo));
		if (db->pg == NULL)
			rc = err_set(err, ERR_FAILED, "no memory for a connection");
	}
	if (conninfo.data != NULL)
		explicit_bzero(conninfo.data, conninfo.cap);
	buf_release(&conninfo);
	return rc;
}

static enum err_code connect_as(struct db *db, struct hosts *hosts, int64_t until_us,
				struct err *err)
{
	bool again = true;
	enum err_code rc = ERR_OK;

	while (again) {
		rc = start(db, hosts, err);
		if (rc != ERR_OK)
			return rc;
		PQsetNoticeReceiver(db->pg, on_notice, db);
		PQsetErrorVerbosity(db->pg, PQERRORS_VERBOSE);
		rc = drive(db, hosts, until_us, &again, err);
	}
	if (rc == ERR_OK)
		rc = verify(db, err);
	if (rc != ERR_OK)
		return rc;
	PQsetErrorVerbosity(db->pg, PQERRORS_DEFAULT);
	PQsetnonblocking(db->pg, 1);
	db->version = PQserverVersion(db->pg);
	return ERR_OK;
}

static enum err_code find_hosts(struct db *db, struct arena *mem, int64_t until_us,
				struct hosts *out, struct err *err)
{
	int stop[2] = { db->wake, db->opt.stop_fd > 0 ? db->opt.stop_fd : -1 };
	struct hosts_ask ask = { .until_us = until_us, .stop = stop, .nstop = 2 };
	PQconninfoOption *all;
	enum err_code rc = session_parse(db->opt.conninfo, &all, err);

	if (rc != ERR_OK)
		return rc;
	ask.host = session_keyword(all, "host");
	ask.hostaddr = session_keyword(all, "hostaddr");
	ask.port = session_keyword(all, "port");
	rc = hosts_find(mem, &ask, out, err);
	PQconninfoFree(all);
	if (rc == ERR_INTERRUPTED)
		atomic_store(&db->is_interrupted, 0);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "cannot connect to %s", db->target);
}

static enum err_code connect_once(struct db *db, int64_t until_us, struct err *err)
{
	struct arena *mem = arena_new(NULL, "connect");
	struct hosts hosts = { 0 };
	uint64_t count;
	enum err_code rc;

	/* A ring without an interrupt behind it is an old one. */
	if (read(db->wake, &count, sizeof(count)) > 0 &&
	    atomic_exchange(&db->is_interrupted, 0) != 0)
		rc = interrupted(db, err);
	else
		rc = find_hosts(db, mem, until_us, &hosts, err);
	if (rc == ERR_OK)
		rc = connect_as(db, &hosts, until_us, err);
	/* "unrecognized configuration parameter": a server before 14 can be used all the same. */
	if (rc == ERR_CONFIG && !db->is_old && strcmp(err->sqlstate, "42704") == 0) {
		db->is_old = true;
		rc = connect_as(db, &hosts, until_us, err);
	}
	arena_free(mem);
	return rc;
}

static char *dup_or_null(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

enum err_code db_open(const struct db_options *opt, struct db **out, struct err *err)
{
	struct db *db;
	enum err_code rc;

	*out = NULL;
	if (opt->conninfo == NULL)
		return err_set(err, ERR_BUG, "no conninfo");
	db = mem_alloc(sizeof(*db));
	memset(db, 0, sizeof(*db));
	db->opt = *opt;
	db->opt.conninfo = mem_strdup(opt->conninfo);
	db->opt.role = dup_or_null(opt->role);
	db->opt.app_name = dup_or_null(opt->app_name);
	db->opt.search_path = dup_or_null(opt->search_path);
	if (db->opt.connect_ms == 0)
		db->opt.connect_ms = asked_timeout(opt->conninfo);
	if (db->opt.connect_ms == 0)
		db->opt.connect_ms = CONNECT_MS;
	if (db->opt.statement_ms == 0)
		db->opt.statement_ms = STATEMENT_MS;
	db->deadline_ms = db->opt.statement_ms;
	db->hurry_fd = -1;
	db->target = name_target(opt->conninfo);
	buf_init(&db->staged, STAGED_LIMIT);
	db->has_fault = true;
	session_clear_fault(db);
	db->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (db->wake < 0)
		rc = err_sys(err, errno, "no wake-up for %s", db->target);
	else
		rc = connect_once(db, clock_mono_us() + (int64_t)db->opt.connect_ms * 1000, err);
	if (rc != ERR_OK) {
		db_close(db);
		return rc;
	}
	/* It was about the opening: what a stopped process has left to say, it says anew. */
	db->opt.stop_fd = 0;
	*out = db;
	return ERR_OK;
}

static void wipe(const char *text)
{
	char *own = (char *)(uintptr_t)text;

	if (own != NULL)
		explicit_bzero(own, strlen(own));
	free(own);
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	session_drop(db);
	session_clear_fault(db);
	for (int i = 0; i < db->nchannels; i++)
		free(db->channel[i]);
	wipe(db->opt.conninfo);
	wipe(db->opt.role);
	wipe(db->opt.app_name);
	wipe(db->opt.search_path);
	free(db->target);
	buf_release(&db->staged);
	if (db->wake >= 0)
		close(db->wake);
	free(db);
}

/* Full jitter: anything from nothing to the step, so that a crowd spreads out. */
static int jitter_ms(int step_ms)
{
	uint32_t r;

	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		r = (uint32_t)clock_mono_us();
	return (int)(r % (uint32_t)(step_ms + 1));
}

/* false: interrupted. */
static bool nap(struct db *db, int ms)
{
	struct pollfd fd = { .fd = db->wake, .events = POLLIN };
	uint64_t count;

	if (poll(&fd, 1, ms) > 0 && read(db->wake, &count, sizeof(count)) > 0)
		return atomic_exchange(&db->is_interrupted, 0) == 0;
	return true;
}

static enum err_code listen_again(struct db *db, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < db->nchannels; i++)
		rc = session_listen(db, db->channel[i], err);
	return rc;
}

enum err_code db_reconnect(struct db *db, int give_up_ms, struct err *err)
{
	int64_t give_up_us = clock_mono_us() + (int64_t)give_up_ms * 1000;
	int step_ms = BACKOFF_FIRST_MS;

	session_drop(db);
	for (;;) {
		int64_t now = clock_mono_us();
		int64_t until = now + (int64_t)db->opt.connect_ms * 1000;
		int64_t left_ms;
		enum err_code rc;
		int wait_ms;

		rc = connect_once(db, until < give_up_us ? until : give_up_us, err);
		if (rc == ERR_OK)
			rc = listen_again(db, err);
		if (rc == ERR_OK || !err_is_retryable(rc))
			return rc;
		left_ms = (give_up_us - clock_mono_us()) / 1000;
		if (left_ms <= 0)
			return err_wrap(err, rc, "gave up after %d ms", give_up_ms);
		wait_ms = jitter_ms(step_ms);
		if (!nap(db, (int)(wait_ms < left_ms ? wait_ms : left_ms)))
			return err_set(err, ERR_INTERRUPTED, "reconnecting was interrupted");
		step_ms = step_ms * 2 < BACKOFF_CAP_MS ? step_ms * 2 : BACKOFF_CAP_MS;
	}
}

void db_set_deadline(struct db *db, int ms)
{
	db->deadline_ms = ms != 0 ? ms : db->opt.statement_ms;
}

void db_set_hurry(struct db *db, int fd, int ms)
{
	db->hurry_fd = fd;
	db->hurry_ms = ms;
}

int db_backend_pid(const struct db *db)
{
	return db->pg != NULL ? PQbackendPID(db->pg) : 0;
}

int db_server_version(const struct db *db)
{
	return db->version;
}

static const char *or_empty(const char *s)
{
	return s != NULL ? s : "";
}

void db_where(const struct db *db, char *buf, size_t size)
{
	const char *host = db->pg != NULL ? or_empty(PQhost(db->pg)) : "";
	const char *port = db->pg != NULL ? or_empty(PQport(db->pg)) : "";
	char text[400] = "";
	struct buf clean;

	if (db->pg != NULL)
		snprintf(text, sizeof(text), "%s%s%s/%s",
			 host[0] == '/' || host[0] == '\0' ? "local" : host,
			 port[0] != '\0' ? ":" : "", port, or_empty(PQdb(db->pg)));
	buf_init(&clean, size - 1);
	text_clean(&clean, text, strlen(text));
	snprintf(buf, size, "%s", buf_str(&clean));
	buf_release(&clean);
}
