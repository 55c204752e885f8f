/*
 * tests/fuzz/clean_fuzz.c
 *	Any bytes through the gate for foreign text: nothing that a terminal obeys comes out.
 *
 * Links: core/base/arena.c core/base/buf.c core/base/err.c core/base/text.c
 * Length: 400
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static bool is_obeyed(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F || c == 0x061C ||
	       (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
	       (c >= 0xE0000 && c <= 0xE007F) || c == 0x2028 || c == 0x2029;
}

static void look(const char *p, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		uint32_t c;

		len = utf8_decode(p + i, n - i, &c);
		if (len == 0 || is_obeyed(c))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *mem = arena_new(NULL, "fuzz");
	const char *clean = text_clean_dup(mem, (const char *)bytes, n);
	const char *again = text_clean_dup(mem, clean, strlen(clean));

	look(clean, strlen(clean));
	if (strcmp(clean, again) != 0)
		abort();
	for (int cells = 1; cells < 12; cells += 5) {
		const char *cut = text_fit(mem, (const char *)bytes, n, cells);

		look(cut, strlen(cut));
		if (text_width(cut, strlen(cut)) > cells)
			abort();
	}
	arena_free(mem);
	return 0;
}
