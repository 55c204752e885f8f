/*
 * core/base/text.c
 *	UTF-8, width, and the gate for foreign text.
 */
#include "core/base/text.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wchar.h>

#include "core/base/arena.h"

#define REPLACEMENT     0xFFFDu
#define DOTTED_CIRCLE   0x25CCu	/* carries a mark that has no character of its own */
#define ELLIPSIS        0x2026u
#define MAX_MARKS       8
#define CELL_BYTES_MAX  (4u * (1u + MAX_MARKS))

struct range {
	uint32_t first;
	uint32_t last;
};

/*
 * Characters that leave no ink of their own but move, hide or join what stands
 * around them: bidi controls, zero-width, variation selectors, fillers, tags.
 */
static const struct range dropped[] = {
	{ 0x00AD, 0x00AD },	/* soft hyphen */
	{ 0x034F, 0x034F },	/* combining grapheme joiner */
	{ 0x061C, 0x061C },	/* Arabic letter mark */
	{ 0x115F, 0x1160 },	/* Hangul fillers */
	{ 0x17B4, 0x17B5 },	/* Khmer inherent vowels */
	{ 0x180B, 0x180F },	/* Mongolian selectors and separator */
	{ 0x200B, 0x200F },	/* zero width, direction marks */
	{ 0x202A, 0x202E },	/* embeddings and overrides */
	{ 0x2060, 0x206F },	/* joiner, invisible operators, isolates */
	{ 0x3164, 0x3164 },	/* Hangul filler */
	{ 0xFE00, 0xFE0F },	/* variation selectors */
	{ 0xFEFF, 0xFEFF },	/* byte order mark */
	{ 0xFFA0, 0xFFA0 },	/* half-width Hangul filler */
	{ 0xFFF0, 0xFFFB },	/* specials without ink */
	{ 0x13430, 0x1345F },	/* hieroglyph format controls */
	{ 0x1BCA0, 0x1BCA3 },	/* shorthand format controls */
	{ 0x1D173, 0x1D17A },	/* musical format controls */
	{ 0xE0000, 0xE0FFF },	/* tags, more variation selectors */
};

/*
 * Used only where the system has no C.UTF-8 locale: the blocks that matter,
 * so that tables still stand straight for most texts.
 */
static const struct range rough_zero[] = {
	{ 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x064B, 0x065F },
	{ 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E }, { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF },
	{ 0x20D0, 0x20F0 }, { 0xFE20, 0xFE2F },
};
static const struct range rough_wide[] = {
	{ 0x1100, 0x115E }, { 0x2E80, 0x303E }, { 0x3041, 0x33FF }, { 0x3400, 0x4DBF },
	{ 0x4E00, 0xA4CF }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F },
	{ 0xFF01, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F }, { 0x1F900, 0x1F9FF },
	{ 0x20000, 0x3FFFD },
};

static pthread_once_t locale_once = PTHREAD_ONCE_INIT;
static locale_t utf8_locale;	/* kept until the process ends */

static bool in_ranges(const struct range *r, size_t n, uint32_t c)
{
	while (n > 0) {
		size_t half = n / 2;

		if (c > r[half].last) {
			r += half + 1;
			n -= half + 1;
		} else if (c < r[half].first) {
			n = half;
		} else {
			return true;
		}
	}
	return false;
}

#define IN(table, c) in_ranges(table, sizeof(table) / sizeof((table)[0]), c)

size_t utf8_decode(const char *p, size_t n, uint32_t *out)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)p;
	uint32_t c = s[0];
	size_t len;

	if (c < 0x80) {
		*out = c;
		return 1;
	}
	if (c >= 0xC2 && c <= 0xDF)
		len = 2;
	else if ((c & 0xF0) == 0xE0)
		len = 3;
	else if (c >= 0xF0 && c <= 0xF4)
		len = 4;
	else
		return 0;
	if (len > n)
		return 0;
	c &= 0x7Fu >> len;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3Fu);
	}
	if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	*out = c;
	return len;
}

size_t utf8_encode(uint32_t c, char *out)
{
	if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		c = REPLACEMENT;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3F));
		out[2] = (char)(0x80 | (c & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3F));
	out[2] = (char)(0x80 | (c >> 6 & 0x3F));
	out[3] = (char)(0x80 | (c & 0x3F));
	return 4;
}

size_t utf8_valid(const char *p, size_t n)
{
	size_t at = 0;

	while (at < n) {
		uint64_t word;
		uint32_t c;
		size_t len;

		/* Eight ASCII bytes at once: most of what we read is nothing else. */
		if (n - at >= sizeof(word)) {
			memcpy(&word, p + at, sizeof(word));
			if ((word & 0x8080808080808080u) == 0) {
				at += sizeof(word);
				continue;
			}
		}
		len = utf8_decode(p + at, n - at, &c);
		if (len == 0)
			return at;
		at += len;
	}
	return n;
}

static void make_locale(void)
{
	utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

int text_cells(uint32_t c)
{
	locale_t old;
	int width;

	if (c < 0x7F)
		return c >= 0x20 ? 1 : -1;
	if (c < 0x300)
		return c >= 0xA0 ? 1 : -1;
	pthread_once(&locale_once, make_locale);
	if (utf8_locale == (locale_t)0) {
		if (IN(rough_zero, c))
			return 0;
		return IN(rough_wide, c) ? 2 : 1;
	}
	old = uselocale(utf8_locale);
	width = wcwidth((wchar_t)c);
	uselocale(old);
	return width;
}

int text_width(const char *p, size_t n)
{
	int width = 0;

	for (size_t at = 0; at < n;) {
		uint32_t c;
		size_t len = utf8_decode(p + at, n - at, &c);
		int cells = len > 0 ? text_cells(c) : 1;

		width += cells >= 0 ? cells : 1;
		at += len > 0 ? len : 1;
	}
	return width;
}

/* Appends c whole or not at all; false when out is full. */
static bool put(struct buf *out, uint32_t c)
{
	char bytes[4];
	size_t len = utf8_encode(c, bytes);

	if (len > out->limit - out->len)
		return false;
	buf_add(out, bytes, len);
	return true;
}

/* A visible mark for a control or separator; 0 when c is neither. */
static uint32_t mark_of(uint32_t c)
{
	if (c < 0x20)
		return 0x2400 + c;
	if (c == 0x7F)
		return 0x2421;
	if (c >= 0x80 && c <= 0x9F)
		return 0x241B;	/* ESC: the 7-bit form of C1 is ESC and a letter */
	if (c == 0x2028 || c == 0x2029)
		return 0x2424;
	return 0;
}

/* One decoded character; marks counts the combining ones behind the last base. */
static bool clean_one(struct buf *out, uint32_t c, int *marks)
{
	uint32_t mark = mark_of(c);
	int cells;

	if (mark != 0) {
		*marks = 0;
		if (c >= 0x80 && c <= 0x9F)
			return out->limit - out->len >= 4 && put(out, mark) && put(out, c - 0x40);
		return put(out, mark);
	}
	if (IN(dropped, c))
		return true;
	cells = text_cells(c);
	if (cells > 0) {
		*marks = 0;
		return put(out, c);
	}
	if (cells < 0) {
		*marks = 0;
		return put(out, REPLACEMENT);
	}
	if (*marks < 0) {
		*marks = 0;
		if (!put(out, DOTTED_CIRCLE))
			return false;
	}
	if (*marks >= MAX_MARKS)
		return true;
	(*marks)++;
	return put(out, c);
}

void text_clean(struct buf *out, const char *p, size_t n)
{
	int marks = -1;	/* nothing yet that a combining mark could stand on */
	size_t at = 0;

	while (at < n && out->len < out->limit) {
		size_t room = out->limit - out->len, run = at;
		uint32_t c;
		size_t len;

		/* No further than there is room: a field may hold megabytes. */
		while (run < n && run - at < room && p[run] >= 0x20 && p[run] < 0x7F)
			run++;
		if (run > at) {
			buf_add(out, p + at, run - at);
			marks = 0;
			at = run;
			continue;
		}
		len = utf8_decode(p + at, n - at, &c);
		if (!clean_one(out, len > 0 ? c : REPLACEMENT, &marks))
			return;
		at += len > 0 ? len : 1;
	}
}

/* Bytes that the clean form of n bytes may take: a stray byte becomes three. */
static size_t clean_limit(size_t n)
{
	size_t limit;

	if (__builtin_mul_overflow(n, 3, &limit) || __builtin_add_overflow(limit, 8, &limit))
		return SIZE_MAX / 2;
	return limit;
}

char *text_clean_dup(struct arena *mem, const char *p, size_t n)
{
	struct buf out;
	char *copy;

	buf_init(&out, clean_limit(n));
	text_clean(&out, p, n);
	copy = arena_strndup(mem, buf_str(&out), out.len);
	buf_release(&out);
	return copy;
}

/* Bytes of the longest prefix that takes at most cells, marks of the last included. */
static size_t prefix_of(const struct buf *b, int cells)
{
	size_t at = 0;

	while (at < b->len) {
		uint32_t c;
		size_t len = utf8_decode(b->data + at, b->len - at, &c);
		int width = text_cells(c);

		if (len == 0 || width > cells)
			break;
		cells -= width;
		at += len;
	}
	return at;
}

char *text_fit(struct arena *mem, const char *p, size_t n, int cells)
{
	struct buf out;
	size_t limit = clean_limit(n);
	size_t enough;
	char dots[4];
	char *fitted;

	if (cells <= 0)
		return arena_strdup(mem, "");
	/* What does not fit need not be cleaned: a field may hold megabytes. */
	enough = ((size_t)cells + 2) * CELL_BYTES_MAX;
	buf_init(&out, limit < enough ? limit : enough);
	text_clean(&out, p, n);
	if (prefix_of(&out, cells) == out.len) {
		fitted = arena_strndup(mem, buf_str(&out), out.len);
	} else {
		size_t dots_len = utf8_encode(ELLIPSIS, dots);

		fitted = arena_printf(mem, "%.*s%.*s", (int)prefix_of(&out, cells - 1),
				      buf_str(&out), (int)dots_len, dots);
	}
	buf_release(&out);
	return fitted;
}
