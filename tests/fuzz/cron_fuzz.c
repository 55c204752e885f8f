/*
 * tests/fuzz/cron_fuzz.c
 *	Any text as a cron spec: refused with a reason, or with minutes that match.
 *
 * Links: core/base/cron.c core/base/err.c
 * Length: 64
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/cron.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char spec[300];
	struct err err = { 0 };
	struct cron c;
	int64_t at = cron_minute(2026, 1, 1, 0, 0);

	if (n >= sizeof(spec))
		return 0;
	memcpy(spec, bytes, n);
	spec[n] = '\0';
	if (cron_parse(spec, &c, &err) != ERR_OK) {
		if (err.code != ERR_CONFIG || err.frame[0].text[0] == '\0')
			abort();
		return 0;
	}
	for (int i = 0; i < 3; i++) {
		int64_t next = cron_next(&c, at);

		if (next <= at || !cron_matches(&c, next))
			abort();
		at = next;
	}
	return 0;
}
