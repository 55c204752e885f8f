/*
 * core/base/log.h
 *	Lines for whoever runs the process, one event a line.
 *
 * Goes to standard error as "leat: LEVEL text" or, in JSON mode, as one
 * object a line with UTC time. Control bytes are shown as visible marks, so
 * that a foreign text cannot forge a second line. A console installs its own
 * sink before it takes the terminal.
 *
 * Memory:  a line is cut at 2 kB.
 * Threads: any; lines never mix. A sink is called with the log locked: it must
 *	not log itself.
 */
#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

#include <stdbool.h>

#include "core/base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

typedef void (*log_sink_fn)(void *ctx, enum log_level level, const char *line);

/* Lines above level are dropped. Default: LOG_WARN, plain text. */
void log_setup(enum log_level level, bool as_json);

/* NULL goes back to standard error. */
void log_to(log_sink_fn fn, void *ctx);

void log_line(enum log_level level, const char *fmt, ...) PRINTF(2, 3);

/* "error", "warning", "info", "debug". */
const char *log_level_name(enum log_level level);
#endif
