/*
 * core/io/mail.h
 *	A message of plain text to a mail server.
 *
 * The connection is encrypted (smtps:// from its first byte, smtp:// through
 * STARTTLS, demanded) unless that is switched off, and made under the same
 * rules as in http.h. Subject and text may hold any UTF-8 and any line: what
 * comes out are correct headers and lines, and nothing in a text can become a
 * header. The Message-ID is the caller's, so that a message that is sent twice
 * is seen to be one.
 *
 * Memory:  in the arena given.
 * Threads: any number side by side; *stop from any thread.
 */
#ifndef CORE_IO_MAIL_H
#define CORE_IO_MAIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

struct arena;

#define MAIL_MAX_TO 20

struct mail_server {
	const char *url;	/* smtp://HOST[:PORT], smtps://HOST[:PORT] */
	const char *user, *password;	/* NULL: without a login */
	const char *ca_file;	/* PEM of a private authority; NULL: the system's */
	bool is_plain;		/* smtp:// without STARTTLS */
	bool allow_private;	/* also addresses of one's own network */
	const atomic_int *stop;	/* may be NULL */
};

struct mail_message {
	const char *from;
	int nto;
	const char *const *to;
	const char *subject;
	const char *text;	/* lines end with \n */
	const char *id;		/* of the Message-ID, before its @ */
	int64_t date_us;	/* wall clock */
};

/* *said (in mem): the server's last answer. Errors as of http_post(). */
enum err_code mail_send(struct arena *mem, const struct mail_server *server,
			const struct mail_message *m, const char **said,
			struct err *err) MUST_USE;

/* The message as it travels, before dots are doubled. */
enum err_code mail_format(const struct mail_message *m, struct buf *out, struct err *err) MUST_USE;

/* One plain address (name@host, ASCII): ERR_CONFIG otherwise. */
enum err_code mail_check_address(const char *address, struct err *err) MUST_USE;
enum err_code mail_check_url(const char *url, struct err *err) MUST_USE;
#endif
