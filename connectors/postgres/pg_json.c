/*
 * connectors/postgres/pg_json.c
 *	A tuple of COPY's binary format as a JSON object, for people who look at rejects.
 */
#include <string.h>

#include "core/base/json.h"
#include "core/flow/format.h"
#include "connectors/postgres/pg.h"

#define JSON_LIMIT (64u << 20)

static void add_value(struct buf *out, struct batch *b, int c)
{
	const struct column *col = &b->col[c];
	struct slice s;

	if (col->null[0]) {
		buf_adds(out, "null");
		return;
	}
	s = format_cell(b->mem, col, 0);
	/* Decimals stay texts: a JSON reader might round them. */
	if (col->type == TYPE_INT || col->type == TYPE_BOOL || col->type == TYPE_JSON)
		buf_add(out, s.p, s.n);
	else
		js_add_text(out, s, JS_TEXT_AS_IS);
}

/* Cuts the tuple into the one row of b; false when it is not one of these fields. */
static bool split(struct batch *b, struct slice raw)
{
	size_t at = 2;

	for (int i = 0; i < b->ncols; i++) {
		uint32_t len;

		if (raw.n < at + 4)
			return false;
		memcpy(&len, raw.p + at, 4);
		len = __builtin_bswap32(len);
		at += 4;
		b->col[i].null[0] = len == UINT32_MAX;
		if (len == UINT32_MAX)
			len = 0;
		if (raw.n - at < len)
			return false;
		b->col[i].v.text = b->col[i].store_text;
		b->col[i].v.text[0] = (struct slice){ raw.p + at, len };
		at += len;
	}
	return at == raw.n;
}

/*
 * Raw, cut off, is better than nothing: what cannot be decoded is shown as
 * the server's bytes.
 */
struct slice pg_tuple_json(void *ctx, struct arena *mem, struct slice raw)
{
	const struct schema *schema = ctx;
	struct batch *b = batch_new(schema, 0, 1);
	struct slice out;
	struct buf json;

	buf_init(&json, JSON_LIMIT);
	b->nrows = 1;
	if (split(b, raw)) {
		for (int i = 0; i < b->ncols; i++) {
			struct err ignored = { 0 };

			b->col[i].type = schema->field[i].type.type;
			b->col[i].pg_oid = schema->field[i].type.pg_oid;
			buf_adds(&json, i > 0 ? "," : "{");
			js_add_text(&json, slice_of(schema->field[i].name), JS_TEXT_AS_IS);
			buf_adds(&json, ":");
			if (pgbin_decode(b, i, schema->field[i].name, &ignored) == ERR_OK &&
			    b->col[i].pg_oid == 0 && b->state[0] == ROW_LIVE)
				add_value(&json, b, i);
			else
				buf_adds(&json, "\"?\"");
			b->state[0] = ROW_LIVE;
		}
		buf_adds(&json, "}");
	}
	out = (struct slice){ arena_strndup(mem, buf_str(&json), json.len), json.len };
	buf_release(&json);
	batch_free(b);
	return out;
}
