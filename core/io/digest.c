/*
 * core/io/digest.c
 *	XXH3 over whatever is added.
 */
#include "core/io/digest.h"

#include <stdlib.h>
#include <xxhash.h>

#include "core/base/arena.h"

struct digest {
	XXH3_state_t *state;
	int64_t bytes;
};

static void release(void *obj)
{
	struct digest *d = obj;

	XXH3_freeState(d->state);
}

struct digest *digest_new(struct arena *mem)
{
	struct digest *d = arena_alloc(mem, sizeof(*d));

	d->state = XXH3_createState();
	if (d->state == NULL)
		abort();	/* as the arena does when memory is gone */
	arena_on_free(mem, release, d);
	digest_reset(d);
	return d;
}

void digest_reset(struct digest *d)
{
	XXH3_128bits_reset(d->state);
	d->bytes = 0;
}

void digest_add(struct digest *d, const void *bytes, size_t n)
{
	XXH3_128bits_update(d->state, bytes, n);
	d->bytes += (int64_t)n;
}

int64_t digest_bytes(const struct digest *d)
{
	return d->bytes;
}

void digest_text(const struct digest *d, char hex[DIGEST_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	XXH128_canonical_t sum;

	XXH128_canonicalFromHash(&sum, XXH3_128bits_digest(d->state));
	for (size_t i = 0; i < sizeof(sum.digest); i++) {
		hex[2 * i] = digits[sum.digest[i] >> 4];
		hex[2 * i + 1] = digits[sum.digest[i] & 15];
	}
	hex[DIGEST_TEXT - 1] = '\0';
}
