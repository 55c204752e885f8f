/*
 * core/meta/filter.h
 *	What people type to find rows, as a condition that the server evaluates.
 *
 *	word            some text of the row holds it, in any case
 *	"two words"     the same with blanks; "" inside is one "
 *	col:text        that column holds it; col~re: a regular expression finds it, in any case
 *	col=v col!=v    is, is not; state=failed,dead is one of several
 *	col<v col>=v    and <= and >; numbers as 1k or 2.5M, sizes as 10MB, spans as 5m
 *	col=a..b        from a to b, both of them; either may be left out
 *	since 2h        the same as created>=2h: moments are dates, or a span: so long ago
 *	!x   x y   x|y   ( )    not, both, either; "both" binds closer than "either"
 *
 * What is still being typed (col~, state=fai, an open quote) filters nothing away: that
 * term is left out, and told. Anything else that is wrong is an error that names the
 * character, counted from 1.
 *
 * Memory:  a filter lives in the arena it was parsed into; columns are borrowed.
 * Threads: one.
 * Errors:  ERR_USAGE, with what would have been right as the hint.
 */
#ifndef CORE_META_FILTER_H
#define CORE_META_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define FILTER_BYTES_MAX  4000
#define FILTER_TERMS_MAX  40
#define FILTER_PARAMS_MAX 100
#define FILTER_REGEX_MAX  500

struct arena;
struct db_param;

enum filter_kind {
	FILTER_TEXT,
	FILTER_COUNT,
	FILTER_BYTES,
	FILTER_SPAN,		/* its SQL gives seconds */
	FILTER_TIME,		/* its SQL gives a timestamptz */
	FILTER_CHOICE,		/* one of choices, as text */
	FILTER_ORDINAL,		/* one of choices, stored as its place among them, from 0 */
	FILTER_BOOL
};

enum filter_flag {
	FILTER_WORDS = 1 << 0,	/* plain words are looked for here */
	FILTER_SINCE = 1 << 1,	/* what the word "since" is about */
	FILTER_ALIAS = 1 << 2,	/* another name of a column; not offered */
};

struct filter_col {
	const char *name;	/* NULL ends a list */
	const char *sql;	/* text of ours: an expression over the row */
	enum filter_kind kind;
	const char *choices;	/* "a|b|c"; 32 at most */
	unsigned flags;
};

enum filter_op {
	FILTER_HAS,		/* holds text */
	FILTER_MATCHES,		/* text is a regular expression */
	FILTER_IS,		/* text; CHOICE, ORDINAL: one of choices; BOOL: choices & 1 */
	FILTER_WITHIN		/* between lo and hi */
};

struct filter_bound {
	bool is_set;
	bool is_out;		/* the bound itself is outside */
	double v;		/* number, bytes, seconds; TIME: microseconds since 1970 UTC */
	const char *text;	/* TEXT */
};

struct filter_term {
	const struct filter_col *col;	/* NULL: any of the FILTER_WORDS */
	enum filter_op op;
	const char *text;
	unsigned choices;	/* bits */
	struct filter_bound lo, hi;
	size_t at;		/* where it begins, from 0 */
};

struct filter;

/* NULL and "" are filters that every row passes. */
enum err_code filter_parse(struct arena *mem, const char *text, const struct filter_col *cols,
			   struct filter **out, struct err *err) MUST_USE;

/* What was left out, as it was typed; NULL: nothing. */
const char *filter_unfinished(const struct filter *f);

/* Terms that each row must pass, for callers that know a quicker way to find their rows. */
int filter_needs(const struct filter *f);
const struct filter_term *filter_need(const struct filter *f, int i);	/* NULL: more than a term */
/* The caller sees to that one; the places of the others stay. */
void filter_drop(struct filter *f, int i);

/* Whether some term, however deep, is about that column. */
bool filter_names(const struct filter *f, const char *col);

/* Whether every row passes what is left. */
bool filter_is_empty(const struct filter *f);

/*
 * A condition whose parameters are numbered from first on; "true" when it is empty.
 * params has room for FILTER_PARAMS_MAX.
 */
enum err_code filter_sql(struct arena *mem, const struct filter *f, int first, const char **sql,
			 struct db_param *params, int *nparams, struct err *err) MUST_USE;

/* What a server said of a statement with this filter, in words about the filter. */
enum err_code filter_refused(const struct filter *f, struct err *err);

const struct filter_col *filter_find(const struct filter_col *cols, const char *name, size_t n);

/* ERR_USAGE: there is no such column, did you mean... */
enum err_code filter_no_column(const struct filter_col *cols, const char *name, size_t n,
			       const char *where, struct err *err);

/* A pattern for ilike that finds the text anywhere. */
const char *filter_like(struct arena *mem, const char *text);
#endif
