/*
 * core/base/err.h
 *	What went wrong, told once, in words that every face can show.
 *
 * A function that can fail returns enum err_code and fills a struct err that
 * its caller owns. The root text says what failed and names the object; each
 * caller up the stack may add one frame of context; one hint says what to do
 * next. Texts are lower case without a full stop; the hint is a sentence.
 * Log once, at the top (job, request, screen), never on the way.
 *
 * Memory:  fixed size, no allocation: works when memory is gone.
 * Threads: a struct err belongs to one thread.
 */
#ifndef CORE_BASE_ERR_H
#define CORE_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

/* X(NAME, exit status, HTTP status, may a retry succeed, text) */
#define ERR_LIST(X)                                                          \
	X(OK,          0,   200, false, "done")                               \
	X(FAILED,      1,   500, false, "the work failed")                    \
	X(INPUT,       1,   422, false, "the input cannot be used")           \
	X(LIMIT,       1,   413, false, "a limit was reached")                \
	X(DISK,        1,   507, true,  "no space left or the disk failed")   \
	X(TRANSIENT,   1,   503, true,  "the other side asked to try again")  \
	X(TIMEOUT,     1,   504, true,  "a time limit was reached")           \
	X(BUG,         1,   500, false, "leat broke a promise of its own")    \
	X(BUDGET,      1,   422, false, "more rows were rejected than the load may have") \
	X(USAGE,       2,   400, false, "wrong usage; nothing was done")      \
	X(CONFIG,      2,   400, false, "the configuration cannot work")      \
	X(REJECTS,     3,   200, false, "more rows were rejected than allowed") \
	X(NOT_FOUND,   4,   404, false, "no such thing")                      \
	X(UNREACHABLE, 5,   503, true,  "the other side could not be reached") \
	X(DENIED,      6,   403, false, "not permitted")                      \
	X(CONFLICT,    7,   409, false, "it exists, runs or changed meanwhile") \
	X(FENCED,      7,   409, false, "another attempt has taken over")     \
	X(CANCELLED,   1,   409, false, "it was cancelled")                   \
	X(INTERRUPTED, 130, 499, false, "interrupted; the job was handed back")

enum err_code {
#define X(name, status, http, retry, text) ERR_##name,
	ERR_LIST(X)
#undef X
	ERR_COUNT
};

#define ERR_FRAMES 6
#define MUST_USE   __attribute__((warn_unused_result))
#define PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

struct err_frame {
	char text[200];
};

/* frame[0] is the root, the last one the outermost context. { 0 } is "no error". */
struct err {
	enum err_code code;
	int nframes;
	struct err_frame frame[ERR_FRAMES];
	char hint[480];
	char sqlstate[6];	/* empty unless a server said it */
};

/* Starts a new error: whatever err held is gone. Returns code. */
enum err_code err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF(3, 4);

/* As err_set(), with ": strerror(errnum)" behind; picks the code from errnum. */
enum err_code err_sys(struct err *err, int errnum, const char *fmt, ...) PRINTF(3, 4);

/* Adds a frame of context around what err holds. Returns code. */
enum err_code err_wrap(struct err *err, enum err_code code, const char *fmt, ...) PRINTF(3, 4);

/* Sets the hint, a sentence; the innermost (first) one wins. */
void err_hint(struct err *err, const char *fmt, ...) PRINTF(2, 3);

/* A further sentence behind the hint, or the first one. */
void err_hint_more(struct err *err, const char *fmt, ...) PRINTF(2, 3);

/* err becomes "no error" again. */
void err_clear(struct err *err);

/* "outer: inner: root" into buf, always terminated, cut with "..." if need be. */
void err_text(const struct err *err, char *buf, size_t size);

/* "NOT_FOUND"; never NULL. */
const char *err_name(enum err_code code);

/* The table's own words for the code; never NULL. */
const char *err_summary(enum err_code code);

/* Exit status of the process, as in the manual. */
int err_exit_status(enum err_code code);

/* HTTP status for faces that speak HTTP. */
int err_http_status(enum err_code code);

/* Whether the same thing tried again may succeed. */
bool err_is_retryable(enum err_code code);
#endif
