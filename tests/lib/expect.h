/*
 * tests/lib/expect.h
 *	What several tests want of an error, and where they put a file.
 *
 * Memory:  the caller's.
 * Threads: one.
 */
#ifndef TESTS_LIB_EXPECT_H
#define TESTS_LIB_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/err.h"

/* rc is want, its words hold says, and its hint hints (NULL: whatever it is). */
static inline void expect_failure(enum err_code rc, const struct err *err, enum err_code want,
				  const char *says, const char *hints)
{
	char why[1400];

	err_text(err, why, sizeof(why));
	if (rc != want || strstr(why, says) == NULL)
		fail_msg("%s, with: %s", err_name(rc), why);
	if (hints != NULL && strstr(err->hint, hints) == NULL)
		fail_msg("hint is: %s", err->hint);
}

/*
 * A name in the folder of temporary files, which tests/run gives each test and takes away with
 * all that is left in it; "NAME-XXXXXX" as mkdtemp() and mkstemp() want it. Returns out.
 */
static inline char *expect_temp(char *out, size_t size, const char *name)
{
	const char *tmp = getenv("TMPDIR");

	/* A socket's path, which may be below it, has little room. */
	if (tmp == NULL || strlen(tmp) > 50)
		tmp = "/tmp";
	snprintf(out, size, "%s/%s", tmp, name);
	return out;
}

/* One that no other program has: "NAME-PID". */
static inline void expect_path(char *out, size_t size, const char *name)
{
	char own[60];

	snprintf(own, sizeof(own), "%s-%d", name, (int)getpid());
	expect_temp(out, size, own);
}
#endif
