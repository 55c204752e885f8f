/*
 * core/base/err.c
 *	Filling and reading struct err.
 */
#include "core/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct err_row {
	const char *name;
	int status;
	int http;
	bool retry;
	const char *text;
};

static const struct err_row rows[ERR_COUNT] = {
#define X(name, status, http, retry, text) { #name, status, http, retry, text },
	ERR_LIST(X)
#undef X
};

static const struct err_row *row_of(enum err_code code)
{
	return (unsigned)code < ERR_COUNT ? &rows[code] : &rows[ERR_BUG];
}

/* A cut text ends in "..." so that nobody takes the part for the whole. */
static void PRINTF(3, 0) fill(char *buf, size_t size, const char *fmt, va_list args)
{
	int n = vsnprintf(buf, size, fmt, args);

	if (n >= 0 && (size_t)n >= size && size > 3)
		memcpy(buf + size - 4, "...", 4);
}

enum err_code err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	char text[sizeof(err->frame[0].text)];
	va_list args;

	/* Formatted aside first: an argument may be a text that err itself holds. */
	va_start(args, fmt);
	fill(text, sizeof(text), fmt, args);
	va_end(args);
	err_clear(err);
	err->code = code;
	err->nframes = 1;
	memcpy(err->frame[0].text, text, sizeof(text));
	return code;
}

static enum err_code code_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	case ENOSPC:
	case EDQUOT:
	case EIO:
		return ERR_DISK;
	case ECONNREFUSED:
	case ECONNRESET:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EPIPE:
		return ERR_UNREACHABLE;
	case ETIMEDOUT:
		return ERR_TIMEOUT;
	case EEXIST:
		return ERR_CONFLICT;
	default:
		return ERR_FAILED;
	}
}

enum err_code err_sys(struct err *err, int errnum, const char *fmt, ...)
{
	enum err_code code = code_of_errno(errnum);
	char what[sizeof(err->frame[0].text)];
	char why[80];
	va_list args;

	va_start(args, fmt);
	fill(what, sizeof(what), fmt, args);
	va_end(args);
	return err_set(err, code, "%s: %s", what, strerror_r(errnum, why, sizeof(why)));
}

enum err_code err_wrap(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list args;
	int at = err->nframes < ERR_FRAMES ? err->nframes++ : ERR_FRAMES - 1;

	err->code = code;
	va_start(args, fmt);
	fill(err->frame[at].text, sizeof(err->frame[at].text), fmt, args);
	va_end(args);
	return code;
}

void err_hint(struct err *err, const char *fmt, ...)
{
	va_list args;

	if (err->hint[0] != '\0')
		return;
	va_start(args, fmt);
	fill(err->hint, sizeof(err->hint), fmt, args);
	va_end(args);
}

void err_hint_more(struct err *err, const char *fmt, ...)
{
	size_t at = strlen(err->hint);
	va_list args;

	if (at > 0 && at + 2 < sizeof(err->hint))
		err->hint[at++] = ' ';
	va_start(args, fmt);
	fill(err->hint + at, sizeof(err->hint) - at, fmt, args);
	va_end(args);
}

void err_clear(struct err *err)
{
	*err = (struct err){ 0 };
}

void err_text(const struct err *err, char *buf, size_t size)
{
	size_t at = 0;

	if (size == 0)
		return;
	buf[0] = '\0';
	for (int i = err->nframes - 1; i >= 0; i--) {
		int n = snprintf(buf + at, size - at, "%s%s", err->frame[i].text,
				 i > 0 ? ": " : "");

		if (n < 0 || (size_t)n >= size - at) {
			if (size > 3)
				memcpy(buf + size - 4, "...", 4);
			return;
		}
		at += (size_t)n;
	}
	if (err->nframes == 0)
		snprintf(buf, size, "%s", err_summary(err->code));
}

const char *err_name(enum err_code code)
{
	return row_of(code)->name;
}

const char *err_summary(enum err_code code)
{
	return row_of(code)->text;
}

int err_exit_status(enum err_code code)
{
	return row_of(code)->status;
}

int err_http_status(enum err_code code)
{
	return row_of(code)->http;
}

bool err_is_retryable(enum err_code code)
{
	return row_of(code)->retry;
}
