/*
 * core/io/mail.c
 *	RFC 5322 and 2047 for the little that a message needs, SMTP by libcurl.
 */
#include "core/io/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/io/transfer.h"

#define CONNECT_MS   10000
#define TOTAL_MS     30000
#define MAX_BYTES    262144	/* of a message */
#define WORD_MAX     60	/* of an encoded word; 75 with what is around it */
#define LINE_MAX_QP  76

/* ---- addresses ------------------------------------------------------------------ */

enum err_code mail_check_address(const char *address, struct err *err)
{
	const char *at = strchr(address, '@');
	bool is_good = at != NULL && at != address && at[1] != '\0' &&
		       strchr(at + 1, '@') == NULL && strlen(address) <= 254 && address[0] != '-';

	for (const char *p = address; *p != '\0' && is_good; p++)
		is_good = *p > 0x20 && *p < 0x7f && strchr("<>()[],;:\\\"", *p) == NULL;
	if (is_good)
		return ERR_OK;
	return err_set(err, ERR_CONFIG, "\"%.100s\" is not a mail address (name@host)", address);
}

enum err_code mail_check_url(const char *url, struct err *err)
{
	size_t skip = strncasecmp(url, "smtp://", 7) == 0 ? 7
		    : strncasecmp(url, "smtps://", 8) == 0 ? 8 : 0;

	if (skip == 0)
		return err_set(err, ERR_CONFIG,
			       "the mail server is not smtp://HOST[:PORT] or smtps://HOST[:PORT]");
	if (url[skip] == '\0' || strpbrk(url + skip, "/@ \t\r\n?#") != NULL)
		return err_set(err, ERR_CONFIG,
			       "the mail server is a host and perhaps a port, nothing else");
	return ERR_OK;
}

/* ---- the message ------------------------------------------------------------------ */

static bool is_plain_header(const char *s)
{
	if (strstr(s, "=?") != NULL || strlen(s) > 900)
		return false;
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

static int q_width(unsigned char c)
{
	bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

	return is_letter || c == ' ' ? 1 : 3;
}

/* Words of whole characters, one a line. */
static void add_encoded(struct buf *out, const char *s)
{
	size_t n = strlen(s), i = 0;
	int width = WORD_MAX;

	while (i < n) {
		uint32_t c;
		size_t len = utf8_decode(s + i, n - i, &c);
		int need = 0;

		len = len > 0 ? len : 1;
		for (size_t k = 0; k < len; k++)
			need += q_width((unsigned char)s[i + k]);
		if (width + need > WORD_MAX) {
			buf_adds(out, i == 0 ? "=?utf-8?q?" : "?=\r\n =?utf-8?q?");
			width = 0;
		}
		for (size_t k = 0; k < len; k++) {
			unsigned char b = (unsigned char)s[i + k];

			if (b == ' ')
				buf_adds(out, "_");
			else if (q_width(b) == 1)
				buf_add(out, &s[i + k], 1);
			else
				buf_addf(out, "=%02X", b);
		}
		width += need;
		i += len;
	}
	buf_adds(out, n > 0 ? "?=" : "");
}

static void add_header(struct buf *out, const char *name, const char *value)
{
	struct buf clean;

	buf_init(&clean, 1000);
	text_clean(&clean, value, strlen(value));
	buf_addf(out, "%s: ", name);
	if (is_plain_header(buf_str(&clean)))
		buf_adds(out, buf_str(&clean));
	else
		add_encoded(out, buf_str(&clean));
	buf_adds(out, "\r\n");
	buf_release(&clean);
}

static void add_date(struct buf *out, int64_t wall_us)
{
	static const char day[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char month[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t s = (time_t)(wall_us / 1000000);
	struct tm tm;

	gmtime_r(&s, &tm);
	buf_addf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", day[tm.tm_wday], tm.tm_mday,
		 month[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* One line, quoted-printable: any byte, never over 76 on the way. */
static void add_line(struct buf *out, const char *p, size_t n)
{
	int width = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		bool is_last = i + 1 == n;
		bool is_safe = c > 0x20 && c < 0x7f && c != '=';
		int need;

		is_safe |= (c == ' ' || c == '\t') && !is_last;
		need = is_safe ? 1 : 3;
		if (width + need > LINE_MAX_QP - 1) {
			buf_adds(out, "=\r\n");
			width = 0;
		}
		if (is_safe)
			buf_add(out, &p[i], 1);
		else
			buf_addf(out, "=%02X", c);
		width += need;
	}
	buf_adds(out, "\r\n");
}

static enum err_code check(const struct mail_message *m, struct err *err)
{
	enum err_code rc = mail_check_address(m->from, err);

	if (rc == ERR_OK && (m->nto < 1 || m->nto > MAIL_MAX_TO))
		rc = err_set(err, ERR_CONFIG, "a message goes to 1 to %d addresses", MAIL_MAX_TO);
	for (int i = 0; i < m->nto && rc == ERR_OK; i++)
		rc = mail_check_address(m->to[i], err);
	for (const char *p = m->id; *p != '\0' && rc == ERR_OK; p++)
		if (q_width((unsigned char)*p) != 1 && strchr("._-", *p) == NULL)
			rc = err_set(err, ERR_BUG, "a Message-ID holds a strange byte");
	return rc;
}

enum err_code mail_format(const struct mail_message *m, struct buf *out, struct err *err)
{
	const char *line = m->text;
	enum err_code rc = check(m, err);

	if (rc != ERR_OK)
		return rc;
	buf_addf(out, "From: leat <%s>\r\nTo: ", m->from);
	for (int i = 0; i < m->nto; i++)
		buf_addf(out, "%s%s", i > 0 ? ",\r\n " : "", m->to[i]);
	buf_adds(out, "\r\n");
	add_header(out, "Subject", m->subject);
	add_date(out, m->date_us);
	buf_addf(out, "Message-ID: <%s@%s>\r\n", m->id, strchr(m->from, '@') + 1);
	buf_adds(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		 "Content-Type: text/plain; charset=utf-8\r\n"
		 "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	while (*line != '\0') {
		size_t n = strcspn(line, "\n");

		add_line(out, line, n > 0 && line[n - 1] == '\r' ? n - 1 : n);
		line += n + (line[n] == '\n');
	}
	if (out->len >= out->limit)
		return err_set(err, ERR_LIMIT, "the message is too long");
	return ERR_OK;
}

/* ---- sending ------------------------------------------------------------------------ */

struct upload {
	struct slice left;
	char last[256];		/* answer of the server */
};

static size_t on_read(char *p, size_t size, size_t count, void *ctx)
{
	struct upload *u = ctx;
	size_t room = size * count, n = u->left.n < room ? u->left.n : room;

	memcpy(p, u->left.p, n);
	u->left.p += n;
	u->left.n -= n;
	return n;
}

static size_t on_answer(char *p, size_t size, size_t count, void *ctx)
{
	struct upload *u = ctx;
	size_t n = size * count, len = n;

	while (len > 0 && (p[len - 1] == '\n' || p[len - 1] == '\r'))
		len--;
	len = len < sizeof(u->last) ? len : sizeof(u->last) - 1;
	memcpy(u->last, p, len);
	u->last[len] = '\0';
	return n;
}

static void set_mail(struct transfer *t, const struct mail_server *s, const char *from,
		     struct curl_slist *to, struct upload *u)
{
	const struct libcurl *curl = t->curl;
	bool is_smtps = strncasecmp(s->url, "smtps://", 8) == 0;

	if (!is_smtps)
		curl->setopt(t->easy, CURLOPT_USE_SSL,
			     (long)(s->is_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	if (s->user != NULL)
		curl->setopt(t->easy, CURLOPT_USERNAME, s->user);
	if (s->password != NULL)
		curl->setopt(t->easy, CURLOPT_PASSWORD, s->password);
	curl->setopt(t->easy, CURLOPT_MAIL_FROM, from);
	curl->setopt(t->easy, CURLOPT_MAIL_RCPT, to);
	curl->setopt(t->easy, CURLOPT_UPLOAD, 1L);
	curl->setopt(t->easy, CURLOPT_READFUNCTION, on_read);
	curl->setopt(t->easy, CURLOPT_READDATA, u);
	curl->setopt(t->easy, CURLOPT_HEADERFUNCTION, on_answer);
	curl->setopt(t->easy, CURLOPT_HEADERDATA, u);
}

/* What a server refuses for now (4xx) is worth another try, what it refuses (5xx) is not. */
static enum err_code judge(const struct transfer *t, CURLcode code, const char *said,
			   struct err *err)
{
	long status = 0;

	t->curl->getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_USE_SSL_FAILED) {
		err_set(err, ERR_CONFIG, "the mail server offers no encryption");
		err_hint(err, "Use smtps://, or switch encryption off with tls=no where the way "
			      "to the server is safe.");
		return ERR_CONFIG;
	}
	if (code == CURLE_LOGIN_DENIED)
		return err_set(err, ERR_DENIED, "the mail server refuses the login: %.120s", said);
	if (status >= 400 && status < 500)
		return err_set(err, ERR_TRANSIENT, "the mail server says: %.150s", said);
	if (status >= 500)
		return err_set(err, ERR_FAILED, "the mail server refuses: %.150s", said);
	return transfer_fail(t, code, err);
}

static enum err_code deliver(struct arena *mem, const struct mail_server *server,
			     const struct mail_message *m, struct upload *u, const char **said,
			     struct err *err)
{
	struct transfer_options opt = {
		.url = server->url,
		.protocols = "smtp,smtps",
		.ca_file = server->ca_file,
		.allow_private = server->allow_private,
		.connect_ms = CONNECT_MS,
		.total_ms = TOTAL_MS,
		.stop = server->stop,
	};
	struct curl_slist *to = NULL;
	struct transfer t = { 0 };
	CURLcode code = CURLE_OK;
	enum err_code rc = transfer_begin(&t, &opt, err);

	for (int i = 0; i < m->nto && rc == ERR_OK; i++) {
		struct curl_slist *more = t.curl->slist_append(to, m->to[i]);

		if (more == NULL)
			rc = err_set(err, ERR_TRANSIENT, "libcurl has no memory for an address");
		else
			to = more;
	}
	if (rc == ERR_OK) {
		set_mail(&t, server, m->from, to, u);
		rc = transfer_run(&t, &code, err);
	}
	*said = text_clean_dup(mem, u->last, strlen(u->last));
	if (rc == ERR_OK && code != CURLE_OK)
		rc = judge(&t, code, *said, err);
	if (to != NULL)
		t.curl->slist_free_all(to);
	transfer_end(&t);
	return rc;
}

enum err_code mail_send(struct arena *mem, const struct mail_server *server,
			const struct mail_message *m, const char **said, struct err *err)
{
	struct upload u = { 0 };
	struct buf text;
	enum err_code rc = mail_check_url(server->url, err);

	*said = "";
	buf_init(&text, MAX_BYTES);
	if (rc == ERR_OK)
		rc = mail_format(m, &text, err);
	if (rc == ERR_OK) {
		u.left = (struct slice){ text.data, text.len };
		rc = deliver(mem, server, m, &u, said, err);
	}
	buf_release(&text);
	return rc;
}
