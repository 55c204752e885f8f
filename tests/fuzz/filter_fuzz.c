/*
 * tests/fuzz/filter_fuzz.c
 *	Any text as a filter: refused at a character, or SQL whose brackets match.
 *
 * Links: core/meta/filter.c core/meta/filter_sql.c core/base/amount.c core/base/arena.c
 *	core/base/buf.c core/base/clock.c core/base/err.c core/base/nearest.c core/base/span.c
 *	core/base/text.c
 * Length: 200
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/db/db.h"
#include "core/meta/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct filter_col cols[] = {
	{ "id", "t.id", FILTER_COUNT, NULL, FILTER_WORDS },
	{ "name", "t.name", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "state", "t.state", FILTER_ORDINAL, "queued|failed", FILTER_WORDS },
	{ "kind", "t.kind", FILTER_CHOICE, "load|run", FILTER_WORDS },
	{ "size", "t.size", FILTER_BYTES, NULL, 0 },
	{ "age", "t.age", FILTER_SPAN, NULL, 0 },
	{ "made", "t.made", FILTER_TIME, NULL, FILTER_SINCE },
	{ "on", "t.is_on", FILTER_BOOL, NULL, 0 },
	{ NULL, NULL, FILTER_TEXT, NULL, 0 },
};

/* Values are parameters, so that nothing of the text can open or close one of ours. */
static void check_sql(const char *sql, int nparams)
{
	int depth = 0;

	for (const char *s = sql; *s != '\0'; s++) {
		depth += (*s == '(') - (*s == ')');
		if (depth < 0 || strchr("\";\\", *s) != NULL)
			abort();
		if (*s == '$' && (strtol(s + 1, NULL, 10) < 1 || strtol(s + 1, NULL, 10) > nparams))
			abort();
	}
	if (depth != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *mem = arena_new(NULL, "filter");
	struct db_param params[FILTER_PARAMS_MAX];
	char *text = arena_strndup(mem, (const char *)bytes, n);
	struct err err = { 0 };
	const char *sql;
	struct filter *f;
	int nparams;

	if (filter_parse(mem, text, cols, &f, &err) != ERR_OK) {
		if (err.code != ERR_USAGE || err.frame[0].text[0] == '\0')
			abort();
	} else if (filter_sql(mem, f, 1, &sql, params, &nparams, &err) == ERR_OK) {
		check_sql(sql, nparams);
		for (int i = 0; i < filter_needs(f); i++)
			filter_drop(f, i);
		if (!filter_is_empty(f))
			abort();
	}
	arena_free(mem);
	return 0;
}
