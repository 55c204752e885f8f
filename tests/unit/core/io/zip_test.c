/*
 * tests/unit/core/io/zip_test.c
 *	Archives that are whole, broken, lying, or made to fill memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/io/zip.h"
#include "tests/lib/expect.h"
#include "tests/lib/zipmake.h"

static char path[100];

/* All of the entry, or the error. */
static enum err_code read_entry(const char *name, bool threaded, char *to, size_t cap, size_t *n,
				struct err *err)
{
	struct arena *mem = arena_new(NULL, "test");
	struct zip_stream *s = NULL;
	struct zip *z = NULL;
	enum err_code rc = zip_open(mem, path, "a.zip", NULL, &z, err);
	size_t got = 1;

	*n = 0;
	if (rc == ERR_OK && zip_find(z, name) < 0)
		rc = err_set(err, ERR_NOT_FOUND, "none");
	if (rc == ERR_OK)
		rc = zip_stream_open(mem, z, zip_find(z, name), threaded, &s, err);
	while (rc == ERR_OK && got > 0) {
		rc = zip_stream_read(s, to + *n, cap - *n, &got, err);
		*n += got;
	}
	zip_stream_close(s);
	arena_free(mem);
	return rc;
}

static void entries_are_read_packed_and_not(void **state)
{
	static char big[3000000], got[3000001];
	struct zipmake z;
	struct err err;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * i >> 7);
	zipmake_begin(&z, path);
	zipmake_text(&z, "a.txt", "hello");
	zipmake_add(&z, "Dir/Big.bin", big, sizeof(big), true);
	zipmake_add(&z, "plain.bin", big, sizeof(big), false);
	zipmake_add(&z, "empty", "", 0, false);
	zipmake_end(&z);
	for (int threaded = 0; threaded < 2; threaded++) {
		assert_int_equal(read_entry("a.txt", threaded, got, sizeof(got), &n, &err), ERR_OK);
		assert_int_equal(n, 5);
		assert_memory_equal(got, "hello", 5);
		assert_int_equal(read_entry("/dir/big.BIN", threaded, got, sizeof(got), &n, &err),
				 ERR_OK);
		assert_int_equal(n, sizeof(big));
		assert_memory_equal(got, big, sizeof(big));
		assert_int_equal(read_entry("plain.bin", threaded, got, sizeof(got), &n, &err),
				 ERR_OK);
		assert_memory_equal(got, big, sizeof(big));
		assert_int_equal(read_entry("empty", threaded, got, sizeof(got), &n, &err), ERR_OK);
		assert_int_equal(n, 0);
		assert_int_equal(read_entry("b", threaded, got, sizeof(got), &n, &err),
				 ERR_NOT_FOUND);
	}
}

/* A reader that stops in the middle leaves no thread behind (the sanitizer would tell). */
static void a_stream_may_be_left(void **state)
{
	static char big[4000000];
	struct arena *mem = arena_new(NULL, "test");
	struct zip_stream *s = NULL;
	struct zip *z = NULL;
	struct zipmake m;
	struct err err;
	char some[10];
	size_t got;

	(void)state;
	zipmake_begin(&m, path);
	zipmake_add(&m, "big", big, sizeof(big), true);
	zipmake_end(&m);
	/* Zeros, but few enough that no limit speaks. */
	assert_int_equal(zip_open(mem, path, "a.zip", NULL, &z, &err), ERR_OK);
	assert_int_equal(zip_stream_open(mem, z, 0, true, &s, &err), ERR_OK);
	assert_int_equal(zip_stream_read(s, some, sizeof(some), &got, &err), ERR_OK);
	assert_int_equal(got, sizeof(some));
	arena_free(mem);
}

static void expect(enum err_code wanted, const char *says)
{
	static char got[100000];

	for (int threaded = 0; threaded < 2; threaded++) {
		struct err err = { 0 };
		char why[600];
		size_t n;
		enum err_code rc = read_entry("a.txt", threaded, got, sizeof(got), &n, &err);

		err_text(&err, why, sizeof(why));
		if (rc != wanted || strstr(why, says) == NULL)
			fail_msg("%s, with: %s", err_name(rc), why);
	}
}

static void lies_are_found(void **state)
{
	static const struct {
		struct zipmake lie;
		enum err_code rc;
		const char *says;
	} lies[] = {
		{ { .lie_crc = 1 }, ERR_INPUT, "does not match its checksum" },
		{ { .lie_size = 3 }, ERR_INPUT, "longer than it says" },
		{ { .lie_size = 9 }, ERR_INPUT, "shorter than it says" },
		{ { .lie_size = UINT32_MAX }, ERR_LIMIT, "would grow from" },
		{ { .lie_size = 2000000000 }, ERR_LIMIT, "would grow from" },
		{ { .lie_flags = 1 }, ERR_INPUT, "packed with a password" },
		{ { .lie_method = 12 }, ERR_INPUT, "not known (method 12)" },
		{ { .lie_count = 7 }, ERR_INPUT, "its directory cannot be read" },
		{ { .lie_count = 60000 }, ERR_LIMIT, "60000 files" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct zipmake z;

		zipmake_begin(&z, path);
		z.lie_crc = lies[i].lie.lie_crc;
		z.lie_size = lies[i].lie.lie_size;
		z.lie_flags = lies[i].lie.lie_flags;
		z.lie_method = lies[i].lie.lie_method;
		z.lie_count = lies[i].lie.lie_count;
		zipmake_text(&z, "a.txt", "hello");
		zipmake_end(&z);
		expect(lies[i].rc, lies[i].says);
	}
}

static void cut_and_damaged_ones_are_refused(void **state)
{
	struct zipmake z;
	FILE *f;

	(void)state;
	for (long cut = 1; cut < 120; cut += 7) {
		zipmake_begin(&z, path);
		zipmake_text(&z, "a.txt", "hello, and some more text to be packed");
		zipmake_end(&z);
		f = fopen(path, "r+b");
		fseek(f, 0, SEEK_END);
		if (cut >= ftell(f) || ftruncate(fileno(f), ftell(f) - cut) != 0)
			cut = 1000;
		fclose(f);
		if (cut < 1000)
			expect(ERR_INPUT, "damaged or cut off");
	}
	zipmake_begin(&z, path);
	zipmake_text(&z, "a.txt", "hello, and some more text to be packed");
	zipmake_end(&z);
	f = fopen(path, "r+b");
	fseek(f, 40, SEEK_SET);
	fputs("\xff\xff\xff\xff", f);
	fclose(f);
	expect(ERR_INPUT, "damaged or cut off");
}

static int make_folder(void **state)
{
	(void)state;
	expect_path(path, sizeof(path), "zip");
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_read_packed_and_not),
		cmocka_unit_test(a_stream_may_be_left),
		cmocka_unit_test(lies_are_found),
		cmocka_unit_test(cut_and_damaged_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
