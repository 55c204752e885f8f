/*
 * tests/unit/core/io/digest_test.c
 *	A hash of parts is the hash of the whole, and asking does not end it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/io/digest.h"

/* XXH3, 128 bits, as xxhsum -H2 prints it. */
#define OF_ABC "06b05ab6733a618578af5f94892f3950"

static void parts_give_the_hash_of_the_whole(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct digest *d = digest_new(mem), *whole = digest_new(mem);
	char a[DIGEST_TEXT], b[DIGEST_TEXT], big[5000];

	(void)state;
	digest_add(d, "a", 1);
	digest_text(d, a);
	digest_add(d, "bc", 2);
	digest_text(d, b);
	assert_string_not_equal(a, b);
	assert_string_equal(b, OF_ABC);
	assert_int_equal(digest_bytes(d), 3);
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7);
	digest_reset(d);
	assert_int_equal(digest_bytes(d), 0);
	for (size_t at = 0; at < sizeof(big); at += 500) {
		digest_add(d, big + at, 500);
		digest_text(d, a);
	}
	digest_add(whole, big, sizeof(big));
	digest_text(whole, b);
	assert_string_equal(a, b);
	digest_reset(d);
	digest_add(d, "abc", 3);
	digest_text(d, a);
	assert_string_equal(a, OF_ABC);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_give_the_hash_of_the_whole),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
