/*
 * core/io/charset.h
 *	Bytes in an older or wider encoding to UTF-8, a piece at a time.
 *
 * Nothing is lost or guessed: what has no meaning in the encoding (half of a
 * surrogate pair, an odd byte at the end) becomes bytes that are not UTF-8,
 * so that the row it stands in is rejected like any other with broken text.
 *
 * Memory:  a converter is a plain struct.
 * Threads: one at a time.
 */
#ifndef CORE_IO_CHARSET_H
#define CORE_IO_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum charset {
	CHARSET_UTF8,
	CHARSET_UTF16LE,
	CHARSET_UTF16BE,
	CHARSET_LATIN1,
	CHARSET_CP1252,
	CHARSET_CP1250,
	CHARSET_CP1251,
	CHARSET_LATIN9,
	CHARSET_LATIN2,
	CHARSET_MACROMAN,
	CHARSET_KOI8R
};

/* As charset_name() says them, for messages. */
#define CHARSET_KNOWN "utf-8, utf-16le, utf-16be, latin1, iso-8859-2, iso-8859-15, windows-1250, " \
		      "windows-1251, windows-1252, macroman, koi8-r"

/* One byte becomes at most this many. */
#define CHARSET_GROWTH 3

/* "utf-8", "utf-16le", "latin1", "windows-1252"...: see CHARSET_KNOWN. */
const char *charset_name(enum charset cs);

/* Also "utf8", "iso-8859-1", "cp1252"...; false: unknown. */
bool charset_parse(const char *name, enum charset *out);

/*
 * Turns as much of in as is complete, or fits cap, into UTF-8 at out. Returns
 * the bytes written, *used those read. At is_last nothing is left over.
 */
size_t charset_convert(enum charset cs, const char *in, size_t n, bool is_last, size_t *used,
		       char *out, size_t cap);

/* The bytes in the encoding that this converted text came from. */
int64_t charset_source_bytes(enum charset cs, const char *utf8, size_t n);
#endif
