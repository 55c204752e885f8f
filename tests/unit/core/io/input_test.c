/*
 * tests/unit/core/io/input_test.c
 *	Bytes out of files: packed, cut, foreign, and of all sizes of reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/io/files.h"
#include "core/io/input.h"
#include "tests/lib/expect.h"

#define SIZE 700000u

static char path[64];

static void put(const void *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static char *noise(void)
{
	char *p = mem_alloc(SIZE);
	uint32_t x = 99;

	for (size_t i = 0; i < SIZE; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (char)('a' + (x >> 28));
	}
	return p;
}

/* Reads all in steps of `step`; the bytes and their number must be those of data. */
static void expect(const char *data, size_t n, size_t step, const char *packing)
{
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };
	struct input *in = NULL;
	char *got = mem_alloc(n + step);
	size_t at = 0, m;

	assert_int_equal(input_open(mem, path, NULL, &in, &err), ERR_OK);
	assert_string_equal(input_packing(in), packing);
	do {
		assert_int_equal(input_read(in, got + at, step, &m, &err), ERR_OK);
		assert_true(at + m <= n);
		at += m;
	} while (m == step);
	assert_int_equal(at, n);
	assert_memory_equal(got, data, n);
	assert_int_equal(input_used_bytes(in), input_size_bytes(in));
	free(got);
	arena_free(mem);
}

static void bytes_come_as_they_are(void **state)
{
	static const size_t steps[] = { 1000, 65536, 262144, 262145, SIZE + 1 };
	char *data = noise();
	gzFile gz;

	(void)state;
	put(data, SIZE);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		expect(data, SIZE, steps[i], "");
	gz = gzopen(path, "wb");
	assert_int_equal(gzwrite(gz, data, SIZE), SIZE);
	gzclose(gz);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		expect(data, SIZE, steps[i], "gzip");
	put("", 0);
	expect(data, 0, 10, "");
	put("x", 1);
	expect("x", 1, 10, "");
	free(data);
}

static void every_cut_of_a_packed_file_is_seen(void **state)
{
	unsigned char packed[400];
	char *data = noise(), to[4096];
	struct arena *mem = arena_new(NULL, "test");
	uLong n;
	FILE *f;
	gzFile gz = gzopen(path, "wb");

	(void)state;
	gzwrite(gz, data, 300);
	gzclose(gz);
	f = fopen(path, "rb");
	n = fread(packed, 1, sizeof(packed), f);
	fclose(f);
	for (uLong cut = 2; cut < n; cut++) {
		struct input *in = NULL;
		struct err err = { 0 };
		size_t got;

		put(packed, cut);
		assert_int_equal(input_open(mem, path, NULL, &in, &err), ERR_OK);
		assert_int_equal(input_read(in, to, sizeof(to), &got, &err), ERR_INPUT);
		assert_non_null(strstr(err.frame[0].text, "is cut off"));
		input_close(in);
	}
	memcpy(packed + n, "tail", 4);
	put(packed, n + 4);
	{
		struct input *in = NULL;
		struct err err = { 0 };
		size_t got;

		assert_int_equal(input_open(mem, path, NULL, &in, &err), ERR_OK);
		assert_int_equal(input_read(in, to, sizeof(to), &got, &err), ERR_INPUT);
		assert_non_null(strstr(err.frame[0].text, "something else follows"));
	}
	free(data);
	arena_free(mem);
}

static void strangers_are_named_but_words_are_not(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *is;
	} files[] = {
#define S(text) text, sizeof(text) - 1
		{ S("PK\x03\x04 and more"), "xlsx" },
		{ S("%PDF-1.4"), "PDF" },
		{ S("PAR1\x15\0\x15"), "Parquet" },
		{ S("PAR1,PAR2\n1,2\n"), NULL },
		{ S("GIF8,name\n1,2\n"), NULL },
		{ S("PGDMP\x01\x0e\0"), "pg_dump" },
		{ S("\x7f" "ELF\x02"), "program" },
		{ S("\xfd" "7zXZ\0"), "xz" },
#undef S
	};
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct input *in = NULL;
		struct err err = { 0 };
		enum err_code rc;

		put(files[i].bytes, files[i].n);
		rc = input_open(mem, path, NULL, &in, &err);
		assert_int_equal(rc, files[i].is != NULL ? ERR_INPUT : ERR_OK);
		if (files[i].is != NULL)
			assert_non_null(strstr(err.frame[0].text, files[i].is));
	}
	arena_free(mem);
}

static void a_hash_is_of_the_content(void **state)
{
	char first[33], second[33];
	struct err err = { 0 };
	int64_t size;

	(void)state;
	put("abc", 3);
	assert_int_equal(files_digest(path, &size, first, &err), ERR_OK);
	/* XXH3, 128 bits, as xxhsum -H2 prints it. */
	assert_string_equal(first, "06b05ab6733a618578af5f94892f3950");
	assert_int_equal(size, 3);
	put("abd", 3);
	assert_int_equal(files_digest(path, &size, second, &err), ERR_OK);
	assert_string_not_equal(first, second);
	assert_int_equal(files_digest("/nowhere/x", &size, second, &err), ERR_NOT_FOUND);
}

static int make(void **state)
{
	int fd;

	(void)state;
	fd = mkstemp(expect_temp(path, sizeof(path), "leat-input-XXXXXX"));
	return fd < 0 ? -1 : close(fd);
}

static int unmake(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_as_they_are),
		cmocka_unit_test(every_cut_of_a_packed_file_is_seen),
		cmocka_unit_test(strangers_are_named_but_words_are_not),
		cmocka_unit_test(a_hash_is_of_the_content),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
