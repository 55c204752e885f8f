/*
 * core/flow/detect.c
 *	Votes over the rows of a sample.
 */
#include "core/flow/detect.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"

#define ROWS_MAX  1000	/* rows that a vote looks at */
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

const char *sureness_name(enum sureness s)
{
	static const char *const names[] = { "guess", "likely", "sure", "set" };

	return names[s];
}

/* ---- encoding -------------------------------------------------------------- */

static bool take_bom(const char *p, size_t n, struct detection *out)
{
	static const struct {
		const char *bom;
		size_t n;
		enum charset cs;
	} boms[] = {
		{ "\xef\xbb\xbf", 3, CHARSET_UTF8 },
		{ "\xff\xfe", 2, CHARSET_UTF16LE },
		{ "\xfe\xff", 2, CHARSET_UTF16BE },
	};

	for (size_t i = 0; i < sizeof(boms) / sizeof(boms[0]); i++) {
		if (n < boms[i].n || memcmp(p, boms[i].bom, boms[i].n) != 0)
			continue;
		out->charset = boms[i].cs;
		out->charset_sure = SURE;
		out->bom_bytes = boms[i].n;
		return true;
	}
	return false;
}

/* Text in UTF-16 has its NULs all on one side. */
static bool is_utf16(const char *p, size_t n, struct detection *out)
{
	size_t nul[2] = { 0, 0 };

	for (size_t i = 0; i < n; i++)
		nul[i % 2] += p[i] == '\0';
	if (n < 4 || nul[0] + nul[1] < n / 5)
		return false;
	if (nul[1] > 20 * nul[0])
		out->charset = CHARSET_UTF16LE;
	else if (nul[0] > 20 * nul[1])
		out->charset = CHARSET_UTF16BE;
	else
		return false;
	out->charset_sure = nul[0] + nul[1] > n / 3 ? SURE : LIKELY;
	return true;
}

/* Control characters that no text holds, and NULs, as a share of all bytes. */
static bool is_binary(const char *p, size_t n)
{
	size_t strange = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		strange += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' &&
			   c != '\v' && c != 0x1b && c != 0x1a && (c < 0x1c || c > 0x1f);
	}
	return strange * 50 > n;
}

struct bytes_seen {
	size_t good;	/* characters of more than one byte that are UTF-8 */
	size_t bad;	/* bytes over 0x7f that are not */
	size_t c1;	/* of those, 0x80 to 0x9f */
	bool has_open;	/* one that Windows-1252 leaves open */
};

static void see_bytes(const char *p, size_t n, bool is_whole, struct bytes_seen *out)
{
	size_t at = 0;

	*out = (struct bytes_seen){ 0 };
	while (at < n) {
		unsigned char c = (unsigned char)p[at];
		uint32_t ignored;
		size_t len = c < 0x80 ? 1 : utf8_decode(p + at, n - at, &ignored);

		if (len == 0 && !is_whole && n - at < 4)
			return;	/* a character that the sample cuts */
		if (len == 0) {
			out->bad++;
			out->c1 += c < 0xa0;
			out->has_open |= c == 0x81 || c == 0x8d || c == 0x8f || c == 0x90 ||
				c == 0x9d;
			len = 1;
		} else if (len > 1) {
			out->good++;
		}
		at += len;
	}
}

static void vote_bytes(const char *p, size_t n, bool is_whole, struct detection *out)
{
	struct bytes_seen seen;

	see_bytes(p, n, is_whole, &seen);
	out->charset = CHARSET_UTF8;
	out->charset_sure = SURE;
	if (seen.bad == 0)
		return;
	if (seen.good > seen.bad) {
		out->charset_sure = LIKELY;	/* some rows are broken, not all of it */
		return;
	}
	out->charset = seen.c1 > 0 ? CHARSET_CP1252 : CHARSET_LATIN1;
	out->charset_sure = seen.good > 0 || seen.has_open ? GUESS : seen.c1 > 0 ? SURE : LIKELY;
	if (seen.has_open)
		out->charset = CHARSET_LATIN1;
}

enum err_code detect_charset(const char *p, size_t n, bool is_whole, const struct detect_set *set,
			     struct detection *out, struct err *err)
{
	enum err_code rc;

	*out = (struct detection){ 0 };
	if (n >= 4 && memcmp(p, "\xff\xfe\0\0", 4) == 0) {
		rc = err_set(err, ERR_INPUT, "its encoding is UTF-32, which leat does not read");
		err_hint(err, "Turn it into UTF-8: iconv -f UTF-32 -t UTF-8 FILE > NEW.");
		return rc;
	}
	if (set->has_charset) {
		take_bom(p, n, out);
		if (out->charset != set->charset)
			out->bom_bytes = 0;
		out->charset = set->charset;
		out->charset_sure = SET_BY_USER;
		return ERR_OK;
	}
	if (take_bom(p, n, out) || is_utf16(p, n, out))
		return ERR_OK;
	if (is_binary(p, n)) {
		rc = err_set(err, ERR_INPUT, "it is binary data, not text");
		err_hint(err, "If it is text in another encoding, set encoding; leat knows utf-8, "
			 "utf-16le, utf-16be, latin1 and windows-1252.");
		return rc;
	}
	vote_bytes(p, n, is_whole, out);
	return ERR_OK;
}

/* ---- delimiter -------------------------------------------------------------- */

struct vote {
	int rows;
	int mode;	/* the most frequent number of cells */
	int share;	/* percent of the rows that have it */
	int first;	/* cells of the first row */
	bool is_odd;	/* quotes are not where they should be */
};

static int by_size(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Numbers of cells of the sample's rows, for one delimiter. */
static int count_cells(const struct csv_dialect *d, const char *p, size_t n, bool is_whole,
		       int counts[ROWS_MAX], bool *is_odd)
{
	int rows = 0;
	size_t at = 0;

	while (at < n && rows < ROWS_MAX) {
		struct csv_row row = { 0 };
		enum csv_verdict v = csv_row_parse(d, p + at, n - at, is_whole, &row);

		/* A row that only the sample cuts says nothing, unless it is all there is. */
		if (v == CSV_INCOMPLETE && rows > 0)
			break;
		*is_odd |= v == CSV_UNCLOSED || v == CSV_BEHIND_QUOTE;
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

	v.rows = count_cells(d, p, n, is_whole, counts, &v.is_odd);
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

static void vote_delimiter(const char *p, size_t n, bool is_whole, const struct detect_set *set,
			   struct detection *out)
{
	int best = 0, second = 0;
	struct vote winner = { 0 };

	out->delimiter = ',';
	out->delimiter_sure = GUESS;
	for (size_t i = 0; i < NDELIMITERS; i++) {
		struct csv_dialect d = { .delimiter = delimiters[i].c, .quote = set->quote,
					 .escape = set->escape };
		struct vote v = vote_for(&d, p, n, is_whole);
		int s = score(&v, delimiters[i].bonus);

		if (s > best) {
			second = best;
			best = s;
			winner = v;
			out->delimiter = d.delimiter;
		} else if (s > second) {
			second = s;
		}
	}
	if (best == 0)
		return;
	if (winner.share >= 95 && winner.rows >= 3 && best - second >= 20)
		out->delimiter_sure = SURE;
	else if (winner.share >= 80 && best - second >= 5)
		out->delimiter_sure = LIKELY;
}

/* ---- header ----------------------------------------------------------------- */

enum look { LOOKS_EMPTY, LOOKS_TEXT, LOOKS_VALUE };

/* Numbers, dates, times, amounts, booleans: nobody calls a column that. */
static enum look look_at(struct slice v)
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
		enum look look = look_at(v);

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
		enum look head = look_at((struct slice){ t->head[c].p, t->head[c].n });

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

static void vote_header(struct arena *mem, const char *p, size_t n, bool is_whole,
			const struct csv_dialect *d, struct detection *out)
{
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
				enum look look = look_at((struct slice){ t->head[c].p,
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

/* ---- all together ------------------------------------------------------------ */

static const char *line_ends(const char *p, size_t n)
{
	size_t lf = 0, crlf = 0, cr = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n')
			lf++;
		if (p[i] != '\r')
			continue;
		if (i + 1 < n && p[i + 1] == '\n') {
			crlf++;
			i++;
		} else {
			cr++;
		}
	}
	if ((lf > 0) + (crlf > 0) + (cr > 0) > 1)
		return "mixed line ends";
	return crlf > 0 ? "crlf" : cr > 0 ? "cr" : "lf";
}

/* Bytes of the line at p with its end. */
static size_t line_length(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] != '\n' && p[i] != '\r')
		i++;
	if (i < n && p[i] == '\r' && i + 1 < n && p[i + 1] == '\n')
		return i + 2;
	return i < n ? i + 1 : n;
}

/* Lines that the user skips, and the "sep=;" that spreadsheets write. */
static void skip_lines(const char *p, size_t n, const struct detect_set *set,
		       struct detection *out)
{
	size_t left;

	for (int64_t i = 0; i < set->skip_lines && out->skip_bytes < n; i++) {
		out->skip_bytes += line_length(p + out->skip_bytes, n - out->skip_bytes);
		out->skip_lines++;
	}
	p += out->skip_bytes;
	left = n - out->skip_bytes;
	if (left < 6 || memcmp(p, "sep=", 4) != 0 || (p[5] != '\n' && p[5] != '\r'))
		return;
	out->delimiter = p[4];
	out->delimiter_sure = SURE;
	out->skip_bytes += line_length(p, left);
	out->skip_lines++;
}

static bool is_jsonl(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && strchr(" \t\r\n", p[i]) != NULL)
		i++;
	if (i == n || p[i] != '{')
		return false;
	for (i++; i < n && strchr(" \t\r\n", p[i]) != NULL;)
		i++;
	return i < n && (p[i] == '"' || p[i] == '}');
}

static void write_note(struct arena *mem, struct detection *out)
{
	const char *charset = charset_name(out->charset);

	if (out->format == FORMAT_JSONL) {
		out->note = arena_printf(mem, "json lines (%s), %s (%s), %s",
					 sureness_name(out->format_sure), charset,
					 sureness_name(out->charset_sure), out->line_end);
		return;
	}
	out->note = arena_printf(mem, "csv, %s (%s), %s (%s), %s (%s), %s",
				 delimiter_name(mem, out->delimiter),
				 sureness_name(out->delimiter_sure),
				 out->has_header ? "header" : "no header",
				 sureness_name(out->header_sure), charset,
				 sureness_name(out->charset_sure), out->line_end);
}

void detect_format(struct arena *mem, const char *p, size_t n, bool is_whole,
		   const struct detect_set *set, struct detection *out)
{
	struct csv_dialect d = { .quote = set->quote, .escape = set->escape };

	out->delimiter = '\0';
	skip_lines(p, n, set, out);
	p += out->skip_bytes;
	n -= out->skip_bytes;
	out->line_end = line_ends(p, n);
	out->format = set->has_format ? set->format : is_jsonl(p, n) ? FORMAT_JSONL : FORMAT_CSV;
	out->format_sure = set->has_format ? SET_BY_USER : SURE;
	if (out->format == FORMAT_CSV) {
		if (set->has_delimiter) {
			out->delimiter = set->delimiter;
			out->delimiter_sure = SET_BY_USER;
		} else if (out->delimiter == '\0') {
			vote_delimiter(p, n, is_whole, set, out);
		}
		d.delimiter = out->delimiter;
		vote_header(mem, p, n, is_whole, &d, out);
		if (set->has_header) {
			out->has_header = set->header;
			out->header_sure = SET_BY_USER;
		}
	}
	write_note(mem, out);
}
