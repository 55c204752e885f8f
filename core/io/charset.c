/*
 * core/io/charset.c
 *	UTF-16 and encodings of one byte a character to UTF-8.
 */
#include "core/io/charset.h"

#include <string.h>
#include <strings.h>

#include "core/io/charset_tables.h"

static const struct {
	const char *name;
	enum charset cs;
} names[] = {
	{ "utf-8", CHARSET_UTF8 }, { "utf8", CHARSET_UTF8 }, { "ascii", CHARSET_UTF8 },
	{ "utf-16le", CHARSET_UTF16LE }, { "utf16le", CHARSET_UTF16LE },
	{ "utf-16be", CHARSET_UTF16BE }, { "utf16be", CHARSET_UTF16BE },
	{ "latin1", CHARSET_LATIN1 }, { "latin-1", CHARSET_LATIN1 },
	{ "iso-8859-1", CHARSET_LATIN1 }, { "iso8859-1", CHARSET_LATIN1 },
	{ "windows-1252", CHARSET_CP1252 }, { "cp1252", CHARSET_CP1252 },
	{ "win1252", CHARSET_CP1252 },
	{ "windows-1250", CHARSET_CP1250 }, { "cp1250", CHARSET_CP1250 },
	{ "windows-1251", CHARSET_CP1251 }, { "cp1251", CHARSET_CP1251 },
	{ "iso-8859-15", CHARSET_LATIN9 }, { "latin9", CHARSET_LATIN9 },
	{ "iso-8859-2", CHARSET_LATIN2 }, { "latin2", CHARSET_LATIN2 },
	{ "macroman", CHARSET_MACROMAN }, { "macintosh", CHARSET_MACROMAN },
	{ "koi8-r", CHARSET_KOI8R },
};

/* NULL: the byte is the character. */
static const uint16_t *table_of(enum charset cs)
{
	switch (cs) {
	case CHARSET_CP1252:
		return cp1252;
	case CHARSET_CP1250:
		return cp1250;
	case CHARSET_CP1251:
		return cp1251;
	case CHARSET_LATIN9:
		return latin9;
	case CHARSET_LATIN2:
		return latin2;
	case CHARSET_MACROMAN:
		return macroman;
	case CHARSET_KOI8R:
		return koi8r;
	default:
		return NULL;
	}
}

const char *charset_name(enum charset cs)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].cs == cs)
			return names[i].name;
	return "?";
}

bool charset_parse(const char *name, enum charset *out)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(names[i].name, name) == 0) {
			*out = names[i].cs;
			return true;
		}
	}
	return false;
}

/* As UTF-8 has it, but also for surrogates: those must stay recognisably wrong. */
static size_t put(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static size_t from_bytes(const uint16_t *high, const char *in, size_t n, size_t *used, char *out,
			 size_t cap)
{
	size_t i = 0, at = 0;

	for (; i < n && cap - at >= 3; i++) {
		unsigned char c = (unsigned char)in[i];

		if (c < 0x80)
			out[at++] = (char)c;
		else
			at += put(high != NULL ? high[c - 0x80] : c, out + at);
	}
	*used = i;
	return at;
}

static uint32_t unit(const char *p, int high_first)
{
	unsigned char a = (unsigned char)p[0], b = (unsigned char)p[1];

	return high_first ? (uint32_t)(a << 8 | b) : (uint32_t)(b << 8 | a);
}

static size_t from_utf16(int high_first, const char *in, size_t n, bool is_last, size_t *used,
			 char *out, size_t cap)
{
	size_t i = 0, at = 0;

	while (n - i >= 2 && cap - at >= 4) {
		uint32_t c = unit(in + i, high_first);
		size_t len = 2;

		if (c >= 0xd800 && c < 0xdc00) {
			if (n - i < 4 && !is_last)
				break;
			if (n - i >= 4) {
				uint32_t low = unit(in + i + 2, high_first);

				if (low >= 0xdc00 && low < 0xe000) {
					c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
					len = 4;
				}
			}
		}
		at += put(c, out + at);
		i += len;
	}
	if (is_last && n - i == 1 && cap > at) {
		out[at++] = (char)0xff;
		i++;
	}
	*used = i;
	return at;
}

size_t charset_convert(enum charset cs, const char *in, size_t n, bool is_last, size_t *used,
		       char *out, size_t cap)
{
	switch (cs) {
	case CHARSET_UTF16LE:
		return from_utf16(0, in, n, is_last, used, out, cap);
	case CHARSET_UTF16BE:
		return from_utf16(1, in, n, is_last, used, out, cap);
	case CHARSET_UTF8:
		break;
	default:
		return from_bytes(table_of(cs), in, n, used, out, cap);
	}
	*used = n < cap ? n : cap;
	memcpy(out, in, *used);
	return *used;
}

int64_t charset_source_bytes(enum charset cs, const char *utf8, size_t n)
{
	int64_t chars = 0, wide = 0;

	if (cs == CHARSET_UTF8)
		return (int64_t)n;
	for (size_t i = 0; i < n; i++) {
		chars += ((unsigned char)utf8[i] & 0xc0) != 0x80;
		wide += ((unsigned char)utf8[i] & 0xf8) == 0xf0;
	}
	return cs == CHARSET_UTF16LE || cs == CHARSET_UTF16BE ? 2 * (chars + wide) : chars;
}
