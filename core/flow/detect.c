/*
 * core/flow/detect.c
 *	Votes over the rows of a sample.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/detect_own.h"
#include "core/flow/jsondoc.h"

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
	size_t runs;	/* bad bytes beside another one: letters of another alphabet */
	size_t low;	/* 0xc0 to 0xdf: capitals in Windows-1251, small letters in KOI8-R */
	size_t high;	/* 0xe0 to 0xff */
	size_t inside;	/* 0x80 to 0x9f between letters, but for the apostrophe of Windows-1252 */
	size_t east;	/* signs of Windows-1252 between letters that are letters in -1250 */
	size_t euro;	/* 0xa4 beside a digit */
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What the byte at p[at], which is not UTF-8, and those beside it say. */
static void see_bad(const char *p, size_t n, size_t at, struct bytes_seen *out)
{
	unsigned char c = (unsigned char)p[at];
	char left = at > 0 ? p[at - 1] : ' ', right = at + 1 < n ? p[at + 1] : ' ';
	bool is_inside = is_letter(left) && is_letter(right);

	out->runs += (unsigned char)left >= 0xa0 || (unsigned char)right >= 0xa0;
	out->low += c >= 0xc0 && c < 0xe0;
	out->high += c >= 0xe0;
	out->inside += c < 0xa0 && c != 0x92 && is_letter(left) && (right == ' ' || right == ',' ||
			right == ';' || right == '\n' || right == '\r' || is_letter(right));
	out->east += is_inside && strchr("\xb3\xb9\xbf\xbe\xbc\x9c\x9f\xa3\xa5\xaf", p[at]) != NULL;
	out->euro += c == 0xa4 && ((left >= '0' && left <= '9') || (right >= '0' && right <= '9') ||
				   left == ' ');
}

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
			see_bad(p, n, at, out);
			out->has_open |= c == 0x81 || c == 0x8d || c == 0x8f || c == 0x90 ||
				c == 0x9d;
			len = 1;
		} else if (len > 1) {
			out->good++;
		}
		at += len;
	}
}

/* An encoding of one byte a character, from which bytes stand where; false: no sign of another. */
static bool vote_single(const struct bytes_seen *seen, struct detection *out, const char **why)
{
	size_t letters = seen->low + seen->high;

	out->charset_sure = LIKELY;
	if (seen->bad >= 12 && seen->runs * 10 >= seen->bad * 7 && letters * 10 >= seen->bad * 8) {
		out->charset = seen->high >= seen->low ? CHARSET_CP1251 : CHARSET_KOI8R;
		*why = "letters beyond ASCII stand side by side, as in Cyrillic";
	} else if (seen->inside >= 3 && seen->inside * 2 >= seen->bad) {
		out->charset = CHARSET_MACROMAN;
		*why = "bytes 80 to 9f stand inside words";
	} else if (seen->east >= 2 && seen->east * 5 >= seen->bad) {
		out->charset = CHARSET_CP1250;
		*why = "what would be signs in Windows-1252 stands inside words";
	} else if (seen->euro > 0 && seen->c1 == 0 && seen->euro * 2 >= seen->bad) {
		out->charset = CHARSET_LATIN9;
		*why = "a byte a4 beside numbers is a euro sign";
	} else {
		return false;
	}
	return true;
}

static void vote_bytes(const char *p, size_t n, bool is_whole, struct detection *out,
		       const char **why)
{
	struct bytes_seen seen;

	see_bytes(p, n, is_whole, &seen);
	out->charset = CHARSET_UTF8;
	out->charset_sure = SURE;
	*why = seen.good == 0 ? "the sample is all ASCII" : "all characters beyond ASCII are UTF-8";
	if (seen.bad == 0)
		return;
	if (seen.good > seen.bad) {
		out->charset_sure = LIKELY;	/* some rows are broken, not all of it */
		*why = "most characters beyond ASCII are UTF-8";
		return;
	}
	if (vote_single(&seen, out, why))
		return;
	out->charset = seen.c1 > 0 ? CHARSET_CP1252 : CHARSET_LATIN1;
	out->charset_sure = seen.good > 0 || seen.has_open ? GUESS : seen.c1 > 0 ? SURE : LIKELY;
	*why = seen.c1 > 0 ? "it is not UTF-8 and uses bytes 80 to 9f"
			   : "it is not UTF-8 and does not use bytes 80 to 9f";
	if (seen.has_open)
		out->charset = CHARSET_LATIN1;
}

void detect_find(struct detection *out, const char *option, const char *value, enum sureness sure,
		 const char *why)
{
	if (out->nfindings < FINDINGS_MAX)
		out->finding[out->nfindings++] = (struct finding){
			option, value, sureness_name(sure), why,
		};
}

enum err_code detect_charset(const char *p, size_t n, bool is_whole, const struct detect_set *set,
			     struct detection *out, struct err *err)
{
	const char *why = "a byte order mark stands at the start";
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
		detect_find(out, "encoding", charset_name(out->charset), SET_BY_USER, "it was said");
		return ERR_OK;
	}
	if (take_bom(p, n, out) || (is_utf16(p, n, out) && (why = "every other byte is 0", true))) {
		detect_find(out, "encoding", charset_name(out->charset), out->charset_sure, why);
		return ERR_OK;
	}
	if (is_binary(p, n)) {
		rc = err_set(err, ERR_INPUT, "it is binary data, not text");
		err_hint(err, "If it is text in another encoding, set encoding; leat knows "
			 CHARSET_KNOWN ".");
		return rc;
	}
	vote_bytes(p, n, is_whole, out, &why);
	detect_find(out, "encoding", charset_name(out->charset), out->charset_sure, why);
	return ERR_OK;
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

static size_t pass_blanks(const char *p, size_t n, size_t i)
{
	while (i < n && strchr(" \t\r\n", p[i]) != NULL && p[i] != '\0')
		i++;
	return i;
}

/* An object at p: the bytes up to its closing bracket; 0: it goes on behind the sample. */
static size_t object_bytes(const char *p, size_t n)
{
	size_t depth = 0;
	bool in_text = false;

	for (size_t i = 0; i < n; i++) {
		if (in_text && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			in_text = !in_text;
		else if (!in_text && (p[i] == '{' || p[i] == '['))
			depth++;
		else if (!in_text && (p[i] == '}' || p[i] == ']') && --depth == 0)
			return i + 1;
	}
	return 0;
}

/*
 * An array that begins with an object is a document, and so is one object over
 * several lines, or alone in the file with an array of objects in it.
 */
static bool is_json(struct arena *mem, const char *p, size_t n, bool is_whole,
		    enum file_format *out)
{
	size_t i = pass_blanks(p, n, 0), next, len;
	const char *place[JSONDOC_PLACES_MAX];

	if (i == n || (p[i] != '{' && p[i] != '['))
		return false;
	next = pass_blanks(p, n, i + 1);
	if (next == n)
		return false;
	*out = FORMAT_JSON;
	if (p[i] == '[')
		return p[next] == '{';
	if (p[next] != '"' && p[next] != '}')
		return false;
	len = object_bytes(p + i, n - i);
	if (memchr(p + i, '\n', len > 0 ? len : n - i) != NULL)
		return true;
	/* One line: a document only if it is all there is, and has rows inside. */
	if ((len > 0 && (!is_whole || pass_blanks(p, n, i + len) < n)) ||
	    jsondoc_places(mem, p, n, place) == 0)
		*out = FORMAT_JSONL;
	return true;
}

/* What is not as usual, behind the rest of the note. */
static const char *unusual(struct arena *mem, const struct detection *out)
{
	const char *note = "";

	for (int i = 0; i < out->nfindings; i++) {
		const struct finding *f = &out->finding[i];
		bool is_usual = strcmp(f->option, "encoding") == 0 ||
			strcmp(f->option, "delimiter") == 0 || strcmp(f->option, "header") == 0 ||
			strcmp(f->option, "format") == 0 || strcmp(f->option, "line-ends") == 0 ||
			strcmp(f->sure, "set") == 0 ||
			(strcmp(f->option, "quote") == 0 && strcmp(f->value, "\"") == 0) ||
			(strcmp(f->option, "escape") == 0 && strcmp(f->value, "double") == 0) ||
			(strcmp(f->option, "skip") == 0 && strcmp(f->value, "0") == 0);

		if (!is_usual)
			note = arena_printf(mem, "%s, %s %s (%s)", note, f->option, f->value,
					    f->sure);
	}
	return note;
}

static const char *const format_word[] = { "csv", "jsonl", "json", "fixed" };
static const char *const format_why[] = {
	"it is text that is no JSON", "each line is an object", "it is one array or object", "",
};

static void write_note(struct arena *mem, struct detection *out)
{
	const char *charset = charset_name(out->charset);

	if (out->format != FORMAT_CSV) {
		out->note = arena_printf(mem, "%s (%s), %s (%s), %s",
					 out->format == FORMAT_JSONL ? "json lines"
					 : format_word[out->format],
					 sureness_name(out->format_sure), charset,
					 sureness_name(out->charset_sure), out->line_end);
		return;
	}
	out->note = arena_printf(mem, "csv, %s (%s), %s (%s), %s (%s), %s%s",
				 delimiter_name(mem, out->delimiter),
				 sureness_name(out->delimiter_sure),
				 out->header_rows > 1 ? "several header rows"
				 : out->has_header ? "header" : "no header",
				 sureness_name(out->header_sure), charset,
				 sureness_name(out->charset_sure), out->line_end,
				 unusual(mem, out));
}

/* The bytes from where the rows start: behind what is skipped, and further header rows. */
static struct sample_text last_header(const struct sample_text *all, const struct csv_dialect *d,
				      const struct detection *out)
{
	struct sample_text t = { all->p + out->skip_bytes, all->n - out->skip_bytes,
				 all->is_whole };

	for (int i = 1; i < out->header_rows && t.n > 0; i++) {
		struct csv_row row = { 0 };

		csv_row_parse(d, t.p, t.n, t.is_whole, &row);
		t.p += row.next;
		t.n -= row.next;
	}
	return t;
}

/* Titles were no rows: without them the delimiter may be surer. */
static void vote_again(struct arena *mem, const struct sample_text *t,
		       const struct detect_set *set, struct detection *out)
{
	struct detection again = { 0 };
	int percent;

	detect_dialect(mem, t, set, &again, &percent);
	if (again.delimiter != out->delimiter)
		return;
	out->delimiter_sure = again.delimiter_sure;
	for (int i = 0; i < out->nfindings; i++)
		if (strcmp(out->finding[i].option, "delimiter") == 0)
			out->finding[i] = again.finding[0];
}

static void detect_csv(struct arena *mem, const struct sample_text *all,
		       const struct detect_set *set, struct detection *out)
{
	struct sample_text t = { all->p + out->skip_bytes, all->n - out->skip_bytes,
				 all->is_whole };
	struct csv_dialect d;
	size_t skipped = out->skip_bytes;
	int percent, mode = detect_dialect(mem, &t, set, out, &percent);

	detect_shape(mem, &t, set, mode, out);
	d = (struct csv_dialect){ .delimiter = out->delimiter, .quote = out->quote,
				  .escape = out->escape };
	t = last_header(all, &d, out);
	if (out->skip_bytes > skipped && out->delimiter_sure < SURE)
		vote_again(mem, &t, set, out);
	detect_header(mem, &t, &d, out);
	if (set->has_header) {
		out->has_header = set->header;
		out->header_sure = SET_BY_USER;
	}
	if (!out->has_header)
		out->header_rows = 1;
	if (out->header_rows > 1 && !set->has_header)
		out->header_sure = LIKELY;
	detect_find(out, "header", out->header_rows > 1 ? arena_printf(mem, "%d", out->header_rows)
		    : out->has_header ? "yes" : "no", out->header_sure,
		    out->header_sure == SET_BY_USER ? "it was said"
		    : out->header_rows > 1 ? "the first row names groups of what the next one names"
		    : out->has_header ? "the first row reads like names"
				      : "the first row reads like the others");
}

void detect_format(struct arena *mem, const char *p, size_t n, bool is_whole,
		   const struct detect_set *set, struct detection *out)
{
	struct sample_text all = { p, n, is_whole };

	out->delimiter = '\0';
	out->header_rows = 1;
	skip_lines(p, n, set, out);
	out->line_end = line_ends(p + out->skip_bytes, n - out->skip_bytes);
	out->format = FORMAT_CSV;
	if (set->has_format)
		out->format = set->format;
	else if (!is_json(mem, p + out->skip_bytes, n - out->skip_bytes, is_whole, &out->format))
		out->format = FORMAT_CSV;
	out->format_sure = set->has_format ? SET_BY_USER : SURE;
	detect_find(out, "format", format_word[out->format], out->format_sure,
		    out->format_sure == SET_BY_USER ? "it was said" : format_why[out->format]);
	detect_find(out, "line-ends", out->line_end, SURE, "");
	if (out->format == FORMAT_CSV)
		detect_csv(mem, &all, set, out);
	write_note(mem, out);
}
