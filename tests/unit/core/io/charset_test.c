/*
 * tests/unit/core/io/charset_test.c
 *	Encodings against iconv, cut at every place.
 */
#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/text.h"
#include "core/io/charset.h"

static size_t by_iconv(const char *from, char *in, size_t n, char *out, size_t cap)
{
	iconv_t cd = iconv_open("UTF-8", from);
	char *to = out;
	size_t left = cap;

	assert_true(cd != (iconv_t)-1);
	assert_int_equal(iconv(cd, &in, &n, &to, &left), 0);
	iconv_close(cd);
	return cap - left;
}

static size_t in_pieces(enum charset cs, const char *in, size_t n, size_t piece, size_t room,
			char *out)
{
	size_t from = 0, to = 0, at = 0;

	while (from < n || to < n) {
		size_t used;

		to = to + piece < n ? to + piece : n;
		at += charset_convert(cs, in + from, to - from, to == n, &used, out + at, room);
		from += used;
		if (to == n && from == n)
			break;
	}
	return at;
}

static void compare(enum charset cs, const char *name, char *in, size_t n)
{
	char expected[4096], got[4096];
	size_t m = by_iconv(name, in, n, expected, sizeof(expected));

	for (size_t piece = 1; piece <= n; piece = piece < 12 ? piece + 1 : piece * 3) {
		for (size_t room = 4; room < 24; room += 5) {
			assert_int_equal(in_pieces(cs, in, n, piece, room, got), m);
			assert_memory_equal(got, expected, m);
		}
	}
	assert_int_equal(charset_source_bytes(cs, expected, m), n);
}

static void conversions_agree_with_iconv(void **state)
{
	static char utf16[] = "a\0\xe9\0\xac\x20\x3d\xd8\x00\xde\n\0";
	char all[256], swapped[sizeof(utf16) - 1];
	size_t n = 0;

	(void)state;
	for (int i = 1; i < 256; i++)
		all[n++] = (char)i;
	compare(CHARSET_LATIN1, "ISO-8859-1", all, n);
	n = 0;
	for (int i = 1; i < 256; i++)
		if (i != 0x81 && i != 0x8d && i != 0x8f && i != 0x90 && i != 0x9d)
			all[n++] = (char)i;
	compare(CHARSET_CP1252, "CP1252", all, n);
	n = 0;
	for (int i = 1; i < 256; i++)
		all[n++] = (char)i;
	compare(CHARSET_LATIN9, "ISO-8859-15", all, n);
	compare(CHARSET_LATIN2, "ISO-8859-2", all, n);
	compare(CHARSET_KOI8R, "KOI8-R", all, n);
	n = 0;
	for (int i = 1; i < 256; i++)
		if (strchr("\x81\x83\x88\x90\x98", i) == NULL)
			all[n++] = (char)i;
	compare(CHARSET_CP1250, "CP1250", all, n);
	n = 0;
	for (int i = 1; i < 256; i++)
		if (i != 0x98)
			all[n++] = (char)i;
	compare(CHARSET_CP1251, "CP1251", all, n);
	compare(CHARSET_UTF16LE, "UTF-16LE", utf16, sizeof(utf16) - 1);
	for (size_t i = 0; i < sizeof(swapped); i++)
		swapped[i] = utf16[i ^ 1];
	compare(CHARSET_UTF16BE, "UTF-16BE", swapped, sizeof(swapped));
}

static void halves_stay_visible(void **state)
{
	static const char lone[] = "\x3d\xd8" "a\0", odd[] = "a\0b";
	char out[32];
	size_t used, n;

	(void)state;
	n = charset_convert(CHARSET_UTF16LE, lone, 4, true, &used, out, sizeof(out));
	assert_int_equal(used, 4);
	assert_true(utf8_valid(out, n) < n);
	n = charset_convert(CHARSET_UTF16LE, odd, 3, true, &used, out, sizeof(out));
	assert_int_equal(used, 3);
	assert_int_equal(utf8_valid(out, n), 1);
}

static void names_are_known(void **state)
{
	enum charset cs;

	(void)state;
	assert_true(charset_parse("CP1252", &cs) && cs == CHARSET_CP1252);
	assert_true(charset_parse("UTF8", &cs) && cs == CHARSET_UTF8);
	assert_true(charset_parse("KOI8-R", &cs) && cs == CHARSET_KOI8R);
	assert_false(charset_parse("klingon", &cs));
	assert_string_equal(charset_name(CHARSET_UTF16BE), "utf-16be");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversions_agree_with_iconv),
		cmocka_unit_test(halves_stay_visible),
		cmocka_unit_test(names_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
