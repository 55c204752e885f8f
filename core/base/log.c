/*
 * core/base/log.c
 *	Log lines.
 */
#include "core/base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/text.h"

#define LINE_BYTES 2048u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int highest = LOG_WARN;
static bool json;		/* lock */
static log_sink_fn sink;	/* lock */
static void *sink_ctx;		/* lock */

void log_setup(enum log_level level, bool as_json)
{
	pthread_mutex_lock(&lock);
	atomic_store(&highest, (int)level);
	json = as_json;
	pthread_mutex_unlock(&lock);
}

void log_to(log_sink_fn fn, void *ctx)
{
	pthread_mutex_lock(&lock);
	sink = fn;
	sink_ctx = ctx;
	pthread_mutex_unlock(&lock);
}

const char *log_level_name(enum log_level level)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };

	return (unsigned)level < sizeof(names) / sizeof(names[0]) ? names[level] : "error";
}

/* The text is clean, so that only quote and backslash need an escape. */
static void add_quoted(struct buf *out, const char *text)
{
	buf_adds(out, "\"");
	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(p, "\"\\");

		buf_add(out, p, n);
		p += n;
		if (*p != '\0') {
			buf_adds(out, "\\");
			buf_add(out, p++, 1);
		}
	}
	buf_adds(out, "\"");
}

/* One write for a line; what standard error does not take is nobody's to fix. */
static void write_line(const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDERR_FILENO, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		p += done;
		n -= (size_t)done;
	}
}

static void to_stderr(enum log_level level, const char *text)
{
	struct buf out;

	buf_init(&out, 3 * LINE_BYTES);	/* escapes may double the text */
	if (json) {
		char now[32];

		clock_iso(clock_wall_us(), now, sizeof(now));
		buf_addf(&out, "{\"time\":\"%s\",\"level\":\"%s\",\"text\":", now,
			 log_level_name(level));
		add_quoted(&out, text);
		buf_adds(&out, "}\n");
	} else {
		buf_addf(&out, "leat: %s %s\n", log_level_name(level), text);
	}
	write_line(buf_str(&out), out.len);
	buf_release(&out);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char raw[LINE_BYTES];
	struct buf text;
	va_list args;
	int n;

	if ((int)level > atomic_load(&highest))
		return;
	va_start(args, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(raw)) {
		n = (int)sizeof(raw) - 1;
		memcpy(raw + n - 3, "...", 3);
	}
	buf_init(&text, LINE_BYTES);
	text_clean(&text, raw, (size_t)n);
	pthread_mutex_lock(&lock);
	if (sink != NULL)
		sink(sink_ctx, level, buf_str(&text));
	else
		to_stderr(level, buf_str(&text));
	pthread_mutex_unlock(&lock);
	buf_release(&text);
}
