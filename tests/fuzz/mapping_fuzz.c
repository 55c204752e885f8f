/*
 * tests/fuzz/mapping_fuzz.c
 *	Any text as a mapping: refused at a place in it, or written and read again as the same.
 *
 * Links: core/flow/mapping.c core/flow/mapping_diff.c core/base/arena.c core/base/buf.c
 *	core/base/err.c core/base/nearest.c core/base/text.c -ljansson
 * Length: 600
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/flow/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Printing what was read twice changes no byte. */
static void round_trip(struct arena *mem, const struct mapping *m)
{
	struct mapping_at at = { 0 };
	struct buf once, twice;
	struct mapping again;
	struct err err = { 0 };

	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	mapping_print(m, &once);
	if (mapping_parse(mem, buf_str(&once), once.len, &again, &at, &err) != ERR_OK ||
	    again.n != m->n)
		abort();
	mapping_print(&again, &twice);
	if (once.len != twice.len || memcmp(buf_str(&once), buf_str(&twice), once.len) != 0)
		abort();
	for (int i = 0; i < m->n; i++)
		if (m->line[i].kind != again.line[i].kind ||
		    strcmp(m->line[i].name, again.line[i].name) != 0)
			abort();
	buf_release(&once);
	buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *mem = arena_new(NULL, "fuzz");
	struct mapping_at at = { 0 };
	struct err err = { 0 };
	struct mapping m;

	if (mapping_parse(mem, (const char *)bytes, n, &m, &at, &err) == ERR_OK)
		round_trip(mem, &m);
	else if (err.code != ERR_CONFIG || err.frame[0].text[0] == '\0' || at.line < 1 ||
		 at.column < 1)
		abort();
	arena_free(mem);
	return 0;
}
