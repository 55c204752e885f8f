/*
 * core/flow/detect_csv.c
 *	Which delimiter, quote and escape explain most rows, and whether there is a header.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/detect_own.h"

#define ROWS_MAX  DETECT_ROWS_MAX
#define CELLS_MAX 256	/* cells of a row that the header test looks at */

static const struct {
	char c;
	const char *name;
	int bonus;	/* of two that fit alike, the one that is rarer in plain text wins */
} delimiters[] = {
	{ '\t', "tab", 4 }, { ';', "semicolon", 3 }, { '|', "pipe", 3 }, { ',', "comma", 2 },
	{ '\x1f', "unit separator", 4 }, { '~', "tilde", 1 }, { '^', "caret", 1 },
		{ ':', "colon", 0 },
};
#define NDELIMITERS (sizeof(delimiters) / sizeof(delimiters[0]))

const char *delimiter_name(struct arena *mem, char c)
{
	for (size_t i = 0; i < NDELIMITERS; i++)
		if (delimiters[i].c == c)
			return delimiters[i].name;
	return c == ' ' ? "space" : arena_printf(mem, "'%c'", c);
}

/* ---- delimiter -------------------------------------------------------------- */

struct vote {
	int rows;
	int mode;	/* the most frequent number of cells */
	int share;	/* percent of the rows that have it */
	int first;	/* cells of the first row */
	bool is_odd;	/* quotes are not where they should be */
	bool is_open;	/* one of them has no end */
	int quoted;	/* cells in quotes that are as they should be */
};

static int by_size(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Numbers of cells of the sample's rows, for one delimiter. */
static int count_cells(const struct csv_dialect *d, const char *p, size_t n, bool is_whole,
		       int counts[ROWS_MAX], struct vote *out)
{
	struct csv_cell cell[CELLS_MAX];
	int rows = 0;
	size_t at = 0;

	while (at < n && rows < ROWS_MAX) {
		struct csv_row row = { .cell = cell, .cap = CELLS_MAX };
		enum csv_verdict v = csv_row_parse(d, p + at, n - at, is_whole, &row);

		/* A row that only the sample cuts says nothing, unless it is all there is. */
		if (v == CSV_INCOMPLETE && rows > 0)
			break;
		out->is_open |= v == CSV_UNCLOSED;
		out->is_odd |= v == CSV_UNCLOSED || v == CSV_BEHIND_QUOTE;
		for (int c = 0; v == CSV_ROW && c < row.ncells && c < CELLS_MAX; c++)
			out->quoted += cell[c].is_quoted;
		if (row.text_end > 0)
			counts[rows++] = row.ncells;
		if (v == CSV_INCOMPLETE)
			break;
		at += row.next;
	}
	return rows;
}

static struct vote vote_for(const struct csv_dialect *d, const char *p, size_t n, bool is_whole)
{
	int counts[ROWS_MAX];
	struct vote v = { 0 };
	int best = 0;

	v.rows = count_cells(d, p, n, is_whole, counts, &v);
	if (v.rows == 0)
		return v;
	v.first = counts[0];
	qsort(counts, (size_t)v.rows, sizeof(counts[0]), by_size);
	for (int i = 0, run = 0; i < v.rows; i++) {
		run = i > 0 && counts[i] == counts[i - 1] ? run + 1 : 1;
		if (run > best || (run == best && counts[i] == v.first)) {
			best = run;
			v.mode = counts[i];
		}
	}
	v.share = best * 100 / v.rows;
	return v;
}

/* Higher is better; 0: this does not separate anything. */
static int score(const struct vote *v, int bonus)
{
	int s;

	if (v->mode < 2)
		return 0;
	s = v->share * 3 + bonus * 4 + (v->mode < 24 ? v->mode : 24) * 2;
	if (v->first != v->mode)
		s -= 60;
	if (v->is_odd)
		s -= 80;
	return s > 0 ? s : 1;
}

/* The best delimiter for one way of quoting. */
struct ballot {
	struct csv_dialect d;
	struct vote winner;
	int score;
	enum sureness sure;
};

static struct ballot vote_delimiter(const struct sample_text *t, const struct detect_set *set,
				    const struct detection *found, char quote, char escape)
{
	struct ballot b = { .d = { .delimiter = ',', .quote = quote, .escape = escape },
			    .sure = GUESS };
	char known = set->has_delimiter ? set->delimiter : found->delimiter;
	int best = 0, second = 0;

	if (known != '\0') {
		b.d.delimiter = known;
		b.winner = vote_for(&b.d, t->p, t->n, t->is_whole);
		b.score = score(&b.winner, 0);
		b.sure = set->has_delimiter ? SET_BY_USER : found->delimiter_sure;
		return b;
	}
	for (size_t i = 0; i < NDELIMITERS; i++) {
		struct csv_dialect d = { .delimiter = delimiters[i].c, .quote = quote,
					 .escape = escape };
		struct vote v = vote_for(&d, t->p, t->n, t->is_whole);
		int s = score(&v, delimiters[i].bonus);

		if (s > best) {
			second = best;
			best = s;
			b.winner = v;
			b.d.delimiter = d.delimiter;
		} else if (s > second) {
			second = s;
		}
	}
	b.score = best;
	if (best > 0 && b.winner.share >= 95 && b.winner.rows >= 3 && best - second >= 20)
		b.sure = SURE;
	else if (best > 0 && b.winner.share >= 80 && best - second >= 5)
		b.sure = LIKELY;
	return b;
}

/* Whether another way of quoting explains what the first one could not. */
static bool is_better(const struct ballot *b, const struct ballot *than)
{
	if (b->winner.is_odd || b->winner.mode < 2 || b->winner.share < 95)
		return false;
	return than->winner.is_odd || b->winner.share >= than->winner.share + 10;
}

/* Each cell of some column, three at least, stands between single quotes. */
static bool has_single_quotes(const struct sample_text *t, const struct csv_dialect *d)
{
	int filled[CELLS_MAX] = { 0 }, quoted[CELLS_MAX] = { 0 };
	struct csv_cell cell[CELLS_MAX];
	size_t at = 0;
	bool is_head = true, has_column = false;

	for (int rows = 0; at < t->n && rows < ROWS_MAX; rows++) {
		struct csv_row row = { .cell = cell, .cap = CELLS_MAX };
		enum csv_verdict v = csv_row_parse(d, t->p + at, t->n - at, t->is_whole, &row);

		if (v == CSV_INCOMPLETE)
			break;
		at += row.next;
		for (int c = 0; c < row.ncells && c < CELLS_MAX && !is_head; c++) {
			struct slice s = { cell[c].p, cell[c].n };

			filled[c] += s.n > 0;
			quoted[c] += s.n > 1 && s.p[0] == '\'' && s.p[s.n - 1] == '\'';
		}
		is_head &= row.text_end == 0;
	}
	for (int c = 0; c < CELLS_MAX; c++)
		has_column |= quoted[c] >= 3 && quoted[c] == filled[c];
	return has_column;
}

static bool has_pair(const struct sample_text *t, char a, char b)
{
	const char *end = t->p + t->n, *at = t->p;

	while ((at = memchr(at, a, (size_t)(end - at))) != NULL && at + 1 < end)
		if (*++at == b)
			return true;
	return false;
}

/* The quote and the escape that make rows of the sample; *why says how they were found. */
static struct ballot vote_quotes(const struct sample_text *t, const struct detect_set *set,
				 const struct detection *found, enum sureness *sure,
				 const char **why)
{
	char quote = set->quote, escape = set->escape;
	struct ballot first = vote_delimiter(t, set, found, quote, escape), b;

	*sure = first.winner.quoted > 0 && !first.winner.is_odd ? SURE : LIKELY;
	*why = first.winner.is_odd ? "some quotes are not as they should be"
	       : first.winner.quoted > 0 ? "all quotes are as they should be"
					 : "no cell is quoted";
	if (!set->has_escape && quote != '\0' && has_pair(t, '\\', quote)) {
		b = vote_delimiter(t, set, found, quote, '\\');
		/* A wrong delimiter may be at peace with such quotes: it never looks at them. */
		if (is_better(&b, &first) || (b.winner.quoted > first.winner.quoted &&
					      !b.winner.is_odd && b.score > first.score)) {
			*why = "quotes inside quotes have a backslash before them";
			return b;
		}
	}
	if (set->has_quote)
		return first;
	if (first.winner.quoted == 0 && first.winner.is_odd && !first.winner.is_open) {
		b = vote_delimiter(t, set, found, '\0', '\0');
		if (is_better(&b, &first)) {
			*sure = LIKELY;
			*why = "quotes stand where cells start, and no cell ends with one";
			return b;
		}
	}
	if (memchr(t->p, '\'', t->n) == NULL)
		return first;
	b = vote_delimiter(t, set, found, '\'', '\0');
	if (b.winner.quoted >= 3 && b.winner.quoted > 4 * first.winner.quoted && !b.winner.is_odd &&
	    (is_better(&b, &first) || (b.winner.share >= 95 && b.score > first.score) ||
	     has_single_quotes(t, &first.d))) {
		*sure = is_better(&b, &first) ? SURE : LIKELY;
		*why = "every cell of a column stands between single quotes";
		return b;
	}
	return first;
}

static const char *char_name(struct arena *mem, char c)
{
	return c == '\0' ? "none" : c == '\\' ? "backslash" : arena_printf(mem, "%c", c);
}

int detect_dialect(struct arena *mem, const struct sample_text *t, const struct detect_set *set,
		   struct detection *out, int *percent)
{
	enum sureness quote_sure;
	const char *why;
	struct ballot b = vote_quotes(t, set, out, &quote_sure, &why);
	char delimiter = b.d.delimiter;

	out->delimiter = delimiter;
	out->delimiter_sure = b.sure;
	out->quote = b.d.quote;
	out->escape = b.d.escape;
	detect_find(out, "delimiter", delimiter == '\t' ? "tab" : delimiter == ' ' ? "space"
		    : arena_printf(mem, "%c", delimiter), b.sure,
		    arena_printf(mem, "%d %% of the rows have %d cells", b.winner.share,
				 b.winner.mode));
	detect_find(out, "quote", char_name(mem, b.d.quote),
		    set->has_quote ? SET_BY_USER : quote_sure, why);
	detect_find(out, "escape", b.d.escape == '\0' ? "double" : char_name(mem, b.d.escape),
		    set->has_escape ? SET_BY_USER : quote_sure, why);
	*percent = b.winner.share;
	return b.winner.mode;
}

/* ---- header ----------------------------------------------------------------- */

enum cell_look detect_look(struct slice v)
{
	size_t digits = 0, others = 0;

	while (v.n > 0 && *v.p == ' ')
		v.p++, v.n--;
	if (v.n == 0)
		return LOOKS_EMPTY;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] >= '0' && v.p[i] <= '9')
			digits++;
		else if (strchr("+-.,:/ %TZeE$", v.p[i]) == NULL && (unsigned char)v.p[i] < 0x80)
			others++;
	}
	if (digits > 0 && others == 0)
		return LOOKS_VALUE;
	return slice_is(v, "true") || slice_is(v, "false") ? LOOKS_VALUE : LOOKS_TEXT;
}

struct header_test {
	struct csv_cell head[CELLS_MAX];
	int ncells;
	int values;	/* cells of the first row that look like data */
	int empty;
	int rows;	/* looked at behind it */
	int body_values[CELLS_MAX];
	int body_filled[CELLS_MAX];
	bool is_repeated[CELLS_MAX];	/* a later row says the same */
};

static void test_row(struct header_test *t, const struct csv_row *row)
{
	int n = row->ncells < t->ncells ? row->ncells : t->ncells;

	for (int c = 0; c < n; c++) {
		struct slice v = { row->cell[c].p, row->cell[c].n };
		enum cell_look look = detect_look(v);

		t->body_values[c] += look == LOOKS_VALUE;
		t->body_filled[c] += look != LOOKS_EMPTY;
		t->is_repeated[c] |= v.n > 0 &&
			slice_eq(v, (struct slice){ t->head[c].p, t->head[c].n });
	}
	t->rows++;
}

static void judge_header(const struct header_test *t, struct detection *out)
{
	int differ = 0, repeated = 0;

	for (int c = 0; c < t->ncells; c++) {
		enum cell_look head = detect_look((struct slice){ t->head[c].p, t->head[c].n });

		/* Data that looks like values under a name that does not. */
		differ += head == LOOKS_TEXT && t->body_filled[c] > 0 &&
			  t->body_values[c] * 10 >= t->body_filled[c] * 8;
		repeated += t->is_repeated[c];
	}
	if (t->values > 0) {
		out->has_header = t->values * 2 < t->ncells && differ > t->values && repeated == 0;
		out->header_sure = t->values * 2 >= t->ncells ? SURE : LIKELY;
	} else if (differ > 0) {
		out->has_header = true;
		out->header_sure = repeated == 0 ? SURE : LIKELY;
	} else if (repeated > 0 && t->rows > 1) {
		out->has_header = false;
		out->header_sure = LIKELY;
	} else {
		out->has_header = true;
		out->header_sure = t->rows > 1 ? LIKELY : GUESS;
	}
}

void detect_header(struct arena *mem, const struct sample_text *text,
		   const struct csv_dialect *d, struct detection *out)
{
	const char *p = text->p;
	size_t n = text->n;
	bool is_whole = text->is_whole;
	struct header_test *t = arena_alloc(mem, sizeof(*t));
	struct csv_cell *cell = arena_array(mem, CELLS_MAX, sizeof(*cell));
	struct csv_row row = { .cell = t->head, .cap = CELLS_MAX };
	size_t at = 0;

	while (at < n) {
		enum csv_verdict v = csv_row_parse(d, p + at, n - at, is_whole, &row);

		if (v == CSV_INCOMPLETE && t->ncells > 0)
			break;
		at += row.next;
		if (row.text_end == 0)
			continue;
		if (t->ncells == 0) {
			out->ncols = row.ncells;
			t->ncells = row.ncells < CELLS_MAX ? row.ncells : CELLS_MAX;
			for (int c = 0; c < t->ncells; c++) {
				enum cell_look look = detect_look((struct slice){ t->head[c].p,
					t->head[c].n });

				t->values += look == LOOKS_VALUE;
				t->empty += look == LOOKS_EMPTY;
			}
			row = (struct csv_row){ .cell = cell, .cap = CELLS_MAX };
		} else {
			test_row(t, &row);
		}
		if (v == CSV_INCOMPLETE || t->rows >= ROWS_MAX)
			break;
	}
	judge_header(t, out);
}

