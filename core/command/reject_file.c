/*
 * core/command/reject_file.c
 *	Cells as spreadsheets can hold them.
 */
#include "core/command/reject_file.h"

#include "core/base/arena.h"
#include "core/base/text.h"

struct slice reject_file_armed(struct arena *mem, struct slice v)
{
	char *out;

	if (!reject_file_needs_mark(v))
		return v;
	out = arena_bytes(mem, v.n + 1);
	out[0] = REJECT_FILE_MARK;
	memcpy(out + 1, v.p, v.n);
	return (struct slice){ out, v.n + 1 };
}

/* XML has no such character. */
static bool is_nowhere(uint32_t c)
{
	return c == 0 || c == 0xfffe || c == 0xffff;
}

struct slice reject_file_plain(struct arena *mem, struct slice v)
{
	static const char unknown[] = "\xef\xbf\xbd";
	char *out = arena_bytes(mem, v.n * 3 + 1);
	size_t n = 0;

	for (size_t i = 0, len; i < v.n; i += len) {
		uint32_t c = 0;

		len = utf8_decode(v.p + i, v.n - i, &c);
		if (len == 0 || is_nowhere(c)) {
			memcpy(out + n, unknown, 3);
			n += 3;
			len += len == 0;
			continue;
		}
		memcpy(out + n, v.p + i, len);
		n += len;
	}
	return (struct slice){ out, n };
}

static struct slice with_one_line_end(struct arena *mem, struct slice v)
{
	char *out = arena_bytes(mem, v.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '\r' && i + 1 < v.n && v.p[i + 1] == '\n')
			continue;
		out[n++] = v.p[i];
		if (v.p[i] == '\r')
			out[n - 1] = '\n';
	}
	return (struct slice){ out, n };
}

bool reject_file_is_same(struct arena *mem, struct slice a, struct slice b)
{
	if (slice_eq(a, b))
		return true;
	return slice_eq(with_one_line_end(mem, reject_file_plain(mem, a)),
			with_one_line_end(mem, reject_file_plain(mem, b)));
}
