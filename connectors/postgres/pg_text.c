/*
 * connectors/postgres/pg_text.c
 *	Rows in COPY's text format, for targets with types that have no binary form here.
 */
#include <string.h>

#include "core/flow/format.h"
#include "connectors/postgres/pg.h"

static enum err_code add_escaped(struct buf *out, struct slice s, struct err *err)
{
	enum err_code rc = buf_reserve(out, 2 * s.n + 2, err);
	char *p;

	if (rc != ERR_OK)
		return rc;
	p = out->data + out->len;
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '\\': *p++ = '\\'; *p++ = '\\'; break;
		case '\n': *p++ = '\\'; *p++ = 'n'; break;
		case '\r': *p++ = '\\'; *p++ = 'r'; break;
		case '\t': *p++ = '\\'; *p++ = 't'; break;
		default: *p++ = s.p[i];
		}
	}
	out->len = (size_t)(p - out->data);
	return ERR_OK;
}

static enum err_code add_hex(struct buf *out, struct slice s, struct err *err)
{
	static const char digit[] = "0123456789abcdef";
	enum err_code rc = buf_reserve(out, 2 * s.n + 4, err);
	char *p;

	if (rc != ERR_OK)
		return rc;
	p = out->data + out->len;
	memcpy(p, "\\\\x", 3);
	p += 3;
	for (size_t i = 0; i < s.n; i++) {
		*p++ = digit[(unsigned char)s.p[i] >> 4];
		*p++ = digit[(unsigned char)s.p[i] & 15];
	}
	out->len = (size_t)(p - out->data);
	return ERR_OK;
}

static enum err_code add_cell(struct pg_writer *w, const struct column *col, uint32_t row,
			      struct err *err)
{
	struct buf *out = &w->chunk.enc;

	if (col->null[row])
		return buf_append(out, "\\N", 2, err);
	if (col->type == TYPE_BYTES)
		return add_hex(out, col->v.text[row], err);
	return add_escaped(out, format_cell(w->cells, col, row), err);
}

/* ord and the packed origin, as put_staged() of pg_chunk.c makes them in binary. */
static enum err_code add_staged(struct pg_writer *w, const struct row_at *at, struct err *err)
{
	struct buf *out = &w->chunk.enc;
	uint32_t part_len = (uint32_t)strlen(w->last_part);
	struct buf *src = &w->row_text;
	uint64_t word[3] = { (uint64_t)at->row, (uint64_t)at->line, (uint64_t)at->offset };
	uint32_t len = __builtin_bswap32(part_len);
	enum err_code rc = ERR_OK;

	for (int i = 0; i < 3; i++)
		word[i] = __builtin_bswap64(word[i]);
	buf_clear(src);
	rc = buf_append(src, word, sizeof(word), err);
	if (rc == ERR_OK)
		rc = buf_append(src, &len, 4, err);
	if (rc == ERR_OK)
		rc = buf_append(src, w->last_part, part_len, err);
	if (rc == ERR_OK && at->raw.n > 0)
		rc = buf_append(src, at->raw.p, at->raw.n, err);
	if (rc == ERR_OK)
		rc = buf_printf(out, err, "%lld\t", (long long)w->ord);
	if (rc == ERR_OK)
		rc = add_hex(out, (struct slice){ src->data, src->len }, err);
	return rc == ERR_OK ? buf_append(out, "\t", 1, err) : rc;
}

enum err_code pg_text_row(struct pg_writer *w, const struct pg_block *blk, uint32_t row,
			  struct err *err)
{
	enum err_code rc = ERR_OK;

	if (w->way == WAY_MERGE)
		rc = add_staged(w, &blk->rows.at[row], err);
	for (int i = 0; i < w->nouts && rc == ERR_OK; i++) {
		if (i > 0)
			rc = buf_append(&w->chunk.enc, "\t", 1, err);
		if (rc == ERR_OK)
			rc = add_cell(w, &blk->rows.col[w->out[i].field], row, err);
	}
	if (rc == ERR_OK)
		rc = buf_append(&w->chunk.enc, "\n", 1, err);
	arena_reset(w->cells);
	return rc;
}
