/*
 * core/engine/deliver.c
 *	Webhook, mail and Slack: from a rule and a message to an answer.
 */
#include "core/engine/deliver.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/engine/message.h"
#include "core/io/http.h"
#include "core/io/mail.h"
#include "core/io/sign.h"
#include "core/meta/org.h"

#define WAIT_MAX_MS  10000	/* of Retry-After; what wants more comes back by the queue */
#define SHOWN_CELLS  200	/* of an answer */

#define CA_FILE { "ca_file", PARAM_TEXT, NULL, NULL, \
	"File with the certificates of a private authority (PEM)." }

static const struct param_spec webhook_params[] = {
	{ "url", PARAM_TEXT, "!", NULL, "Where messages are sent (POST)." },
	{ "secret", PARAM_SECRET, NULL, NULL,
	  "whsec_ and base64: messages are signed with it (Standard Webhooks)." },
	CA_FILE,
	{ .name = NULL },
};

static const struct param_spec slack_params[] = {
	{ "url", PARAM_SECRET, "!", NULL, "The incoming webhook's address, which is its secret." },
	CA_FILE,
	{ .name = NULL },
};

static const struct param_spec mail_params[] = {
	{ "server", PARAM_TEXT, "!", NULL, "smtp://HOST[:PORT] or smtps://HOST[:PORT]." },
	{ "from", PARAM_TEXT, "!", NULL, "Address of the sender." },
	{ "to", PARAM_TEXT, "!", NULL, "Addresses of the receivers, with commas." },
	{ "user", PARAM_TEXT, NULL, NULL, "Login at the server." },
	{ "password", PARAM_SECRET, NULL, NULL, "Password at the server." },
	{ "tls", PARAM_BOOL, "yes", NULL, "Whether smtp:// is encrypted (STARTTLS)." },
	CA_FILE,
	{ .name = NULL },
};

const struct param_spec *deliver_params(const char *kind)
{
	if (strcmp(kind, "webhook") == 0)
		return webhook_params;
	if (strcmp(kind, "slack") == 0)
		return slack_params;
	return strcmp(kind, "mail") == 0 ? mail_params : NULL;
}

/* ---- addresses ------------------------------------------------------------------- */

static enum err_code check_url(const char *url, bool allow_private, struct err *err)
{
	enum err_code rc = http_check_url(url, err);

	if (rc == ERR_OK && http_is_plain(url) && !allow_private) {
		rc = err_set(err, ERR_CONFIG, "the address is not encrypted");
		err_hint(err, "Use https://, or --allow-private (allow_private: true in a file) for a "
			 "receiver in one's own network.");
	}
	return rc;
}

/* Splits "a@b, c@d" in place. */
static enum err_code read_addresses(struct arena *mem, const char *text, const char **to, int *n,
				    struct err *err)
{
	char *p = arena_strdup(mem, text);
	enum err_code rc = ERR_OK;

	*n = 0;
	while (rc == ERR_OK && *p != '\0') {
		size_t len;

		p += strspn(p, " \t,");
		len = strcspn(p, " \t,");
		if (len == 0)
			break;
		if (*n == MAIL_MAX_TO)
			return err_set(err, ERR_CONFIG, "a message goes to %d addresses at most",
				       MAIL_MAX_TO);
		to[(*n)++] = p;
		p += len;
		if (*p != '\0')
			*p++ = '\0';
		rc = mail_check_address(to[*n - 1], err);
	}
	if (rc == ERR_OK && *n == 0)
		rc = err_set(err, ERR_CONFIG, "there is no address to send to");
	return rc;
}

static enum err_code check_setting(const struct alert_rule *rule, const char *name,
				   const char *value, struct err *err)
{
	const char *to[MAIL_MAX_TO];
	struct arena *mem = arena_new(NULL, "check");
	enum err_code rc = ERR_OK;
	int n;

	if (strcmp(name, "url") == 0)
		rc = check_url(value, rule->allow_private, err);
	else if (strcmp(name, "server") == 0)
		rc = mail_check_url(value, err);
	else if (strcmp(name, "from") == 0)
		rc = mail_check_address(value, err);
	else if (strcmp(name, "to") == 0)
		rc = read_addresses(mem, value, to, &n, err);
	arena_free(mem);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "setting %s", name);
}

enum err_code deliver_check(const struct alert_rule *rule, struct err *err)
{
	json_t *config = NULL, *v;
	const char *key;
	enum err_code rc = js_parse(&config, rule->config, strlen(rule->config), "the settings",
				    err);

	if (rc == ERR_OK) {
		json_object_foreach(config, key, v) {
			if (json_is_string(v))
				rc = check_setting(rule, key, json_string_value(v), err);
			if (rc != ERR_OK)
				break;
		}
	}
	json_decref(config);
	return rc;
}

/* ---- sending --------------------------------------------------------------------- */

struct sending {
	struct arena *mem;
	const struct alert_rule *rule;
	struct params in;
	const struct param_spec *spec;
	struct delivery *d;
};

static const char *setting(const struct sending *s, const char *name)
{
	return params_get(&s->in, s->spec, name);
}

static bool is_stopped(const struct delivery *d)
{
	return d->stop != NULL && atomic_load(d->stop) != 0;
}

static void nap(const struct delivery *d, int64_t ms)
{
	int64_t until = clock_mono_us() + ms * 1000;

	while (!is_stopped(d) && clock_mono_us() < until)
		poll(NULL, 0, 50);
}

/* What an answer means; what it said is kept for the log. */
static enum err_code judge(struct sending *s, const struct http_answer *a, struct err *err)
{
	const char *text = text_fit(s->mem, a->body.p, a->body.n, SHOWN_CELLS);

	s->d->said = arena_printf(s->mem, "%d from %s%s%s", a->status, a->peer,
				  text[0] != '\0' ? ": " : "", text);
	if (a->status >= 200 && a->status < 300)
		return ERR_OK;
	if (a->status == 408 || a->status == 425 || a->status == 429 || a->status >= 500)
		return err_set(err, ERR_TRANSIENT, "the receiver answered %s", s->d->said);
	err_set(err, ERR_FAILED, "the receiver answered %s", s->d->said);
	s->d->is_gone = a->status == 410;
	if (a->status >= 300 && a->status < 400)
		err_hint(err, "Messages do not follow redirects: give the final address.");
	else if (s->d->is_gone)
		err_hint(err, "The alert is paused; let it go on with: leat alert resume %s",
			 s->rule->name);
	return ERR_FAILED;
}

static enum err_code post(struct sending *s, struct http_request *request, struct err *err)
{
	struct http_answer answer;
	enum err_code rc = check_url(request->url, s->rule->allow_private, err);

	for (int round = 0; rc == ERR_OK || rc == ERR_TRANSIENT; round++) {
		rc = http_post(s->mem, request, &answer, err);
		if (rc != ERR_OK)
			return rc;
		rc = judge(s, &answer, err);
		s->d->retry_after_ms = answer.retry_after_ms > 0 ? answer.retry_after_ms : 0;
		if (rc != ERR_TRANSIENT || round > 0 || answer.retry_after_ms <= 0 ||
		    answer.retry_after_ms > WAIT_MAX_MS)
			return rc;
		nap(s->d, answer.retry_after_ms);
	}
	return rc;
}

static enum err_code send_webhook(struct sending *s, struct err *err)
{
	const char *body = message_json(s->mem, s->d->message), *secret = setting(s, "secret");
	int64_t now_s = clock_wall_us() / 1000000;
	const char *header[5] = {
		"Content-Type: application/json",
		arena_printf(s->mem, "webhook-id: %s", s->d->id),
		arena_printf(s->mem, "webhook-timestamp: %" PRId64, now_s),
	};
	struct http_request request = {
		.url = setting(s, "url"),
		.header = header,
		.body = slice_of(body),
		.ca_file = setting(s, "ca_file"),
		.allow_private = s->rule->allow_private,
		.stop = s->d->stop,
	};
	const char *signature = NULL;
	enum err_code rc = ERR_OK;

	if (secret != NULL)
		rc = sign_webhook(s->mem, secret, s->d->id, now_s, request.body, &signature, err);
	if (rc == ERR_OK && signature != NULL)
		header[3] = arena_printf(s->mem, "webhook-signature: %s", signature);
	return rc == ERR_OK ? post(s, &request, err) : rc;
}

static enum err_code send_slack(struct sending *s, struct err *err)
{
	static const char *const header[] = { "Content-Type: application/json", NULL };
	struct http_request request = {
		.url = setting(s, "url"),
		.header = header,
		.body = slice_of(message_slack(s->mem, s->d->message)),
		.ca_file = setting(s, "ca_file"),
		.allow_private = s->rule->allow_private,
		.stop = s->d->stop,
	};

	return post(s, &request, err);
}

static enum err_code send_mail(struct sending *s, struct err *err)
{
	const char *to[MAIL_MAX_TO];
	struct mail_server server = {
		.url = setting(s, "server"),
		.user = setting(s, "user"),
		.password = setting(s, "password"),
		.ca_file = setting(s, "ca_file"),
		.is_plain = !params_bool(&s->in, s->spec, "tls"),
		.allow_private = s->rule->allow_private,
		.stop = s->d->stop,
	};
	struct mail_message m = {
		.from = setting(s, "from"),
		.to = to,
		.subject = message_subject(s->mem, s->d->message),
		.text = message_text(s->mem, s->d->message),
		.id = s->d->id,
		.date_us = s->d->date_us,
	};
	enum err_code rc = read_addresses(s->mem, setting(s, "to"), to, &m.nto, err);

	return rc == ERR_OK ? mail_send(s->mem, &server, &m, &s->d->said, err) : rc;
}

enum err_code deliver_send(struct arena *mem, struct db *app, const struct alert_rule *rule,
			   struct delivery *d, struct err *err)
{
	struct sending s = { .mem = mem, .rule = rule, .spec = deliver_params(rule->kind), .d = d };
	struct connection_settings set = { 0 };
	enum err_code rc = connection_resolve(mem, app, rule->config, &set, err);

	d->said = "";
	d->is_gone = false;
	d->retry_after_ms = 0;
	s.in.n = set.n;
	s.in.p = arena_array(mem, (size_t)set.n + 1, sizeof(*s.in.p));
	for (int i = 0; i < set.n; i++)
		s.in.p[i] = (struct param){ set.s[i].name, set.s[i].value };
	if (rc == ERR_OK)
		rc = params_check(&s.in, s.spec, rule->name, err);
	if (rc == ERR_OK && strcmp(rule->kind, "mail") == 0)
		rc = send_mail(&s, err);
	else if (rc == ERR_OK)
		rc = strcmp(rule->kind, "slack") == 0 ? send_slack(&s, err) : send_webhook(&s, err);
	connection_wipe(&set);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "alert %s", rule->name);
}

enum err_code deliver_test(struct arena *mem, struct db *app, const char *name,
			   const atomic_int *stop, const char **said, struct err *err)
{
	struct delivery d = { .date_us = clock_wall_us(), .stop = stop };
	struct alert_rule rule;
	uint64_t draw[2] = { 0 };
	json_t *message = NULL;
	struct org org = { 0 };
	char now[32];
	enum err_code rc = alert_get(mem, app, name, &rule, err);

	*said = "";
	if (rc == ERR_OK)
		rc = org_current(mem, app, &org, err);
	if (rc != ERR_OK)
		return rc;
	if (getrandom(draw, sizeof(draw), 0) != sizeof(draw))
		draw[0] = (uint64_t)clock_mono_us();
	d.id = arena_printf(mem, "msg_test_%016" PRIx64 "%016" PRIx64, draw[0], draw[1]);
	clock_iso(d.date_us, now, sizeof(now));
	message = message_test(org.name, rule.pipeline, now);
	d.message = message;
	rc = deliver_send(mem, app, &rule, &d, err);
	*said = d.said;
	json_decref(message);
	return rc;
}
