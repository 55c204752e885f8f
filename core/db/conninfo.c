/*
 * core/db/conninfo.c
 *	From what people write to what libpq gets: allow-listed, complete, explicit.
 *
 * libpq fills whatever is missing from PG* variables. A keyword that is given
 * as an empty text counts as given, so every keyword with a variable behind it
 * is written out and the environment has no say.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/db/session.h"

#define CONNINFO_LIMIT (32u * 1024u)

/* What a user may say. value: ours when they do not; NULL: nothing is sent. */
struct keyword {
	const char *name;
	const char *preset;
	bool is_allowed;
};

static const struct keyword keywords[] = {
	{ "host", "", true },
	{ "hostaddr", "", true },
	{ "port", "5432", true },
	{ "dbname", "", true },
	{ "user", "", true },
	{ "password", "", true },
	{ "passfile", "", true },
	{ "sslmode", "prefer", true },
	{ "sslrootcert", "", true },
	{ "sslcert", "", true },
	{ "sslkey", "", true },
	{ "sslpassword", "", true },
	{ "sslcrl", "", true },
	{ "sslcrldir", "", true },
	{ "sslsni", "1", true },
	{ "ssl_min_protocol_version", "TLSv1.2", true },
	{ "ssl_max_protocol_version", "", true },
	{ "channel_binding", "prefer", true },
	{ "requirepeer", "", true },
	{ "target_session_attrs", "any", true },
	/* An offer of GSS costs a round trip on every TCP connection. */
	{ "gssencmode", "disable", true },
	{ "krbsrvname", "postgres", true },
	{ "gsslib", "", true },
	/* Ours alone: read by us, or set below. */
	{ "connect_timeout", "", true },
	{ "application_name", "", true },
	{ "sslcompression", "0", false },
	{ "client_encoding", "UTF8", false },
	/* A peer that went silent is noticed in about 19 s, whatever we wait for. */
	{ "keepalives", "1", false },
	{ "keepalives_idle", "10", false },
	{ "keepalives_interval", "3", false },
	{ "keepalives_count", "3", false },
	{ "tcp_user_timeout", "15000", false },
};

static const struct keyword *keyword_find(const char *name)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strcmp(keywords[i].name, name) == 0)
			return &keywords[i];
	}
	return NULL;
}

static void add_value(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "%s='", name);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			buf_add(out, "\\", 1);
		buf_add(out, value, 1);
	}
	buf_adds(out, "' ");
}

/* One " -c name=value"; blanks and backslashes are escaped as the server wants it. */
static void add_setting(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, " -c %s=", name);
	for (; *value != '\0'; value++) {
		if (*value == '\\' || isspace((unsigned char)*value))
			buf_add(out, "\\", 1);
		buf_add(out, value, 1);
	}
}

void session_app_name(const struct db_options *opt, char *out, size_t size)
{
	const char *name = opt->app_name != NULL ? opt->app_name : SESSION_APP_NAME;
	size_t n = 0;

	/* The server shows what is not ASCII as question marks, and keeps 63 bytes. */
	for (; *name != '\0' && n + 1 < size && n < 63; name++)
		out[n++] = *name >= ' ' && *name <= '~' ? *name : '?';
	out[n] = '\0';
}

/*
 * Session settings travel in the start-up packet: no round trip, and no
 * statement ever runs without them.
 */
static void add_settings(struct buf *out, const struct db_options *opt, bool is_old)
{
	const char *path = opt->search_path != NULL ? opt->search_path :
		"pg_catalog, leat, pg_temp";
	char app[64];

	session_app_name(opt, app, sizeof(app));
	if (opt->role != NULL)
		add_setting(out, "role", opt->role);
	add_setting(out, "application_name", app);
	if (path[0] != '\0')
		add_setting(out, "search_path", path);
	/* Statements of a few milliseconds, some planned as if of hours: compiling takes longer. */
	if (opt->search_path == NULL)
		add_setting(out, "jit", "off");
	if (!is_old) {
		add_setting(out, "client_connection_check_interval", "500");
		add_setting(out, "idle_session_timeout", "0");
	}
	add_setting(out, "tcp_keepalives_idle", "10");
	add_setting(out, "tcp_keepalives_interval", "3");
	add_setting(out, "tcp_keepalives_count", "3");
	if (!is_old)
		add_setting(out, "tcp_user_timeout", "15000");
	add_setting(out, "DateStyle", "ISO, MDY");
	add_setting(out, "IntervalStyle", "postgres");
	add_setting(out, "TimeZone", "UTC");
	add_setting(out, "extra_float_digits", "3");
	add_setting(out, "standard_conforming_strings", "on");
	add_setting(out, "bytea_output", "hex");
	add_setting(out, "statement_timeout", "0");
	add_setting(out, "lock_timeout", opt->is_listener ? "0" : "30000");
	/* Longer than any pause of a healthy load, shorter than a night. */
	add_setting(out, "idle_in_transaction_session_timeout", opt->is_listener ? "0" : "900000");
}

static enum err_code refuse_keyword(const char *name, struct err *err)
{
	err_set(err, ERR_CONFIG, "conninfo: %s cannot be set here", name);
	if (strcmp(name, "service") == 0)
		err_hint(err, "Write host, port, dbname and user out; service files are not read.");
	else if (strcmp(name, "options") == 0)
		err_hint(err, "leat sets the session's options itself.");
	else
		err_hint(err, "Allowed are host, hostaddr, port, dbname, user, password, passfile, "
			 "ssl*, channel_binding, target_session_attrs, connect_timeout.");
	return ERR_CONFIG;
}

static enum err_code check_keywords(const PQconninfoOption *all, struct err *err)
{
	for (; all->keyword != NULL; all++) {
		const struct keyword *k;

		if (all->val == NULL)
			continue;
		k = keyword_find(all->keyword);
		if (k == NULL || !k->is_allowed)
			return refuse_keyword(all->keyword, err);
		if (utf8_valid(all->val, strlen(all->val)) != strlen(all->val))
			return err_set(err, ERR_CONFIG, "conninfo: %s is not UTF-8", all->keyword);
	}
	return ERR_OK;
}

enum err_code session_parse(const char *conninfo, PQconninfoOption **out, struct err *err)
{
	char *why = NULL;
	enum err_code rc;

	*out = PQconninfoParse(conninfo, &why);
	if (*out != NULL) {
		rc = check_keywords(*out, err);
		if (rc != ERR_OK)
			PQconninfoFree(*out);
		return rc;
	}
	if (why != NULL)
		why[strcspn(why, "\n")] = '\0';
	err_set(err, ERR_CONFIG, "conninfo: %.150s", why != NULL ? why : "cannot be read");
	err_hint(err, "Write keywords (host=db.example port=5432 dbname=leat user=me) or a URI "
		 "(postgresql://me@db.example/leat).");
	PQfreemem(why);
	return ERR_CONFIG;
}

const char *session_keyword(const PQconninfoOption *all, const char *name)
{
	for (; all->keyword != NULL; all++) {
		if (strcmp(all->keyword, name) == 0)
			return all->val;
	}
	return NULL;
}

/* What libpq gets for a keyword; list is room for the places we found. */
static const char *value_of(const struct keyword *k, const PQconninfoOption *all,
			    const struct hosts *hosts, struct buf *list)
{
	bool is_place = strcmp(k->name, "host") == 0 || strcmp(k->name, "hostaddr") == 0 ||
			strcmp(k->name, "port") == 0;
	const char *value = session_keyword(all, k->name);

	/* Ours travels with the settings, so that its echo proves that they arrived. */
	if (strcmp(k->name, "application_name") == 0 || strcmp(k->name, "connect_timeout") == 0)
		return "";
	if (is_place && hosts != NULL && hosts->n > 0) {
		buf_clear(list);
		hosts_list(hosts, k->name[0] == 'p' ? 'p' : k->name[4] == '\0' ? 'h' : 'a', list);
		return buf_str(list);
	}
	return value != NULL ? value : k->preset;
}

enum err_code session_conninfo(const struct db_options *opt, const struct hosts *hosts, bool is_old,
			       struct buf *out, struct err *err)
{
	PQconninfoOption *all;
	struct buf settings, list;
	enum err_code rc = session_parse(opt->conninfo, &all, err);

	if (rc != ERR_OK)
		return rc;
	buf_init(&settings, CONNINFO_LIMIT);
	buf_init(&list, CONNINFO_LIMIT);
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		add_value(out, keywords[i].name, value_of(&keywords[i], all, hosts, &list));
	add_settings(&settings, opt, is_old);
	add_value(out, "options", buf_str(&settings));
	if (out->len >= out->limit)
		rc = err_set(err, ERR_CONFIG, "conninfo: longer than %zu bytes", out->limit);
	buf_release(&list);
	buf_release(&settings);
	PQconninfoFree(all);
	return rc;
}
