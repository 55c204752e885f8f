/*
 * tests/fuzz/keys_fuzz.c
 *	Any bytes from a terminal: the same keys however they are cut into reads.
 *
 * Links: tui/term/colour.c tui/term/decode.c tui/term/key.c core/base/arena.c core/base/buf.c
 *	core/base/err.c core/base/text.c
 * Length: 600
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "tui/term/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void tell(struct buf *out, const struct input *in)
{
	char name[32] = "";

	if (in->kind == INPUT_KEY) {
		if (in->key.code == KEY_NONE_)
			abort();
		key_name(in->key, name, sizeof(name));
		if (name[0] == '\0')
			abort();
	}
	buf_addf(out, "%d %s|", in->kind, name);
	if (in->kind == INPUT_MOUSE)
		buf_addf(out, "%d %d %d|", (int)in->mouse, in->x, in->y);
	if (in->kind == INPUT_PASTE)
		buf_add(out, in->text, in->len);
}

/* All of it comes at once, so that no ESC is ever waited for. */
static void decode(struct buf *out, const uint8_t *p, size_t n, size_t step)
{
	struct decoder d;
	struct input in;

	decoder_init(&d);
	while (n > 0) {
		size_t room, take = n < step ? n : step;
		unsigned char *to = decoder_room(&d, &room);

		if (room == 0)
			abort();
		take = take < room ? take : room;
		memcpy(to, p, take);
		decoder_came(&d, take, 1000);
		p += take;
		n -= take;
		while (decoder_next(&d, 1000, &in))
			tell(out, &in);
	}
	while (decoder_next(&d, 1000 + 10 * ESC_WAIT_MS, &in))
		tell(out, &in);
	decoder_release(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct buf whole, pieces;

	if (n < 2)
		return 0;
	buf_init(&whole, 1 << 20);
	buf_init(&pieces, 1 << 20);
	decode(&whole, bytes + 1, n - 1, n);
	decode(&pieces, bytes + 1, n - 1, bytes[0] % 8u + 1);
	if (whole.len != pieces.len || memcmp(buf_str(&whole), buf_str(&pieces), whole.len) != 0)
		abort();
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
