/*
 * connectors/file/part.c
 *	Blocks, what is carried from one to the next, and the scan over them.
 */
#include "connectors/file/part.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/jsonl.h"

#define BLOCK_FIRST (64u * 1024u)
#define BLOCK_MAX   (512u * 1024u)
/* Two cells of the greatest length; a row beyond is not read on. */
#define ROW_MAX     (2u * CSV_CELL_MAX + 1024u * 1024u)

struct part {
	struct arena *mem;
	const struct layout *layout;
	struct file_shape shape;
	struct feed *feed;
	struct csv_scan *csv;
	struct jsonl *jsonl;
	struct csv_place place;
	bool is_sample;
	size_t block_bytes;	/* what the next batch asks for */
	char *carry;	/* malloc: bytes of rows not yet delivered */
	size_t carry_n;
	size_t carry_cap;
};

static void release(void *obj)
{
	struct part *p = obj;

	free(p->carry);
	p->carry = NULL;
}

enum err_code part_open(struct arena *mem, const struct layout *l, struct feed *f, bool is_sample,
			struct part **out, struct err *err)
{
	struct arena *own = arena_new(mem, "part");
	struct part *p = arena_alloc(own, sizeof(*p));
	enum err_code rc;

	*p = (struct part){ .mem = own, .layout = l, .feed = f, .is_sample = is_sample,
			    .block_bytes = BLOCK_FIRST };
	rc = layout_fit(own, l, f, &p->shape, err);
	if (rc != ERR_OK) {
		arena_free(own);
		return rc;
	}
	arena_on_free(own, release, p);
	if (l->format == FORMAT_JSONL) {
		p->jsonl = jsonl_new(own, l->ncols, l->name, l->options->ignore_extra);
	} else {
		struct csv_shape shape = {
			.ncols = p->shape.ncells,
			.target = p->shape.target,
			.name = p->shape.name,
			.promised_by = l->has_header ? "the header" : "the first row",
		};

		p->csv = csv_scan_new(own, &p->shape.dialect, &shape, CSV_BEST);
	}
	p->place.line = 1 + f->found.skip_lines + p->shape.header_lines;
	p->place.offset = feed_start_offset(f) +
		charset_source_bytes(f->found.charset, f->text + f->text_at, p->shape.header_bytes);
	f->text_at += p->shape.header_bytes;
	*out = p;
	return ERR_OK;
}

void part_close(struct part *p)
{
	if (p == NULL)
		return;
	feed_close(p->feed);
	arena_free(p->mem);
}

void part_leave(struct part *p)
{
	arena_free(p->mem);
}

unsigned part_kinds(const struct part *p, int c)
{
	return p->jsonl != NULL ? jsonl_kinds(p->jsonl, c) : 0;
}

struct feed *part_feed(struct part *p)
{
	return p->feed;
}

static bool is_end(const struct part *p)
{
	const struct feed *f = p->feed;

	return feed_is_end(f) || (p->is_sample && f->text_at == f->text_n);
}

/*
 * A block in the batch's arena. A big one is freed with the batch's content:
 * the arena would keep it for ever, and one long row should not cost that.
 */
static char *new_block(struct batch *b, size_t size)
{
	char *block;

	if (size <= BLOCK_MAX)
		return arena_bytes(b->mem, size + CSV_PAD);
	block = mem_alloc(size + CSV_PAD);
	arena_on_free(b->mem, free, block);
	return block;
}

static void keep(struct part *p, const char *rest, size_t n)
{
	if (n > p->carry_cap || p->carry_cap > 4 * BLOCK_MAX) {
		free(p->carry);
		p->carry_cap = n > BLOCK_MAX ? n : BLOCK_MAX;
		p->carry = mem_alloc(p->carry_cap);
	}
	if (n > 0)
		memcpy(p->carry, rest, n);
	p->carry_n = n;
}

static size_t scan(struct part *p, const char *data, size_t n, struct batch *b, uint32_t max_rows)
{
	bool is_last = is_end(p) && (!p->is_sample || feed_is_end(p->feed));

	if (p->jsonl != NULL)
		return jsonl_scan_rows(p->jsonl, data, n, is_last, &p->place, b, max_rows);
	return csv_scan_rows(p->csv, data, n, is_last, &p->place, b, max_rows);
}

static enum err_code row_too_long(const struct part *p, struct err *err)
{
	enum err_code rc = err_set(err, ERR_LIMIT, "%s, line %lld: a row is longer than %u MB",
				   p->feed->name, (long long)p->place.line, ROW_MAX >> 20);

	err_hint(err, "As a rule a quote in that line is not closed. If quotes mean nothing in this "
		 "file, set quote to none.");
	return rc;
}

/* The rows behind an open quote cannot be told from its text: the file is not to be trusted. */
static enum err_code runaway_quote(const struct part *p, struct err *err)
{
	err_set(err, ERR_INPUT, "%s, line %lld: a quote is opened there and never closed",
		p->feed->name, (long long)csv_scan_runaway(p->csv));
	err_hint(err, "Nothing was loaded. If quotes mean nothing in this file, set quote to none.");
	return ERR_INPUT;
}

/* Offsets count UTF-8 so far; the file had fewer or more bytes. */
static void correct_offsets(const struct part *p, struct batch *b, uint32_t first,
			    const char *data)
{
	enum charset cs = p->feed->found.charset;
	int64_t from = p->place.offset, offset = from;

	for (uint32_t i = first; cs != CHARSET_UTF8 && i < b->nrows; i++) {
		int64_t here = b->at[i].offset;

		offset += charset_source_bytes(cs, data + (from - p->place.offset),
					       (size_t)(here - from));
		from = here;
		b->at[i].offset = offset;
	}
}

/* How many bytes the rows of a batch will take, from those of the last one. */
static void aim(struct part *p, size_t used, uint32_t rows, uint32_t wanted)
{
	size_t want = rows > 0 ? used / rows * wanted / 16 * 17 + 4096 : p->block_bytes;

	p->block_bytes = want < BLOCK_FIRST ? BLOCK_FIRST : want > BLOCK_MAX ? BLOCK_MAX : want;
}

/* Fills block behind what was carried over. */
static enum err_code fill(struct part *p, char *block, size_t cap, size_t *n, struct err *err)
{
	enum err_code rc = ERR_OK;
	size_t got = 0;

	if (p->carry_n > 0)
		memcpy(block, p->carry, p->carry_n);
	*n = p->carry_n;
	if (cap - *n > 8 && !is_end(p)) {
		size_t want = cap - *n;

		if (p->is_sample && want > p->feed->text_n - p->feed->text_at)
			want = p->feed->text_n - p->feed->text_at;
		rc = feed_read(p->feed, block + *n, want, &got, err);
	}
	*n += got;
	return rc;
}

/* The first `used` of the block's n bytes are dealt with. */
static void pass(struct part *p, const char *block, size_t used, size_t n)
{
	keep(p, block + used, n - used);
	p->place.offset += charset_source_bytes(p->feed->found.charset, block, used);
}

enum err_code part_read(struct part *p, struct batch *into, uint32_t max_rows, int64_t *row,
			struct err *err)
{
	size_t cap = p->block_bytes > p->carry_n ? p->block_bytes : p->carry_n;
	uint32_t first = into->nrows;
	size_t n = 0, used = 0, room = 0;
	char *block = NULL;
	enum err_code rc;

	p->place.row = *row;
	for (;;) {
		if (cap > room) {
			block = new_block(into, cap);
			room = cap;
		}
		rc = fill(p, block, room, &n, err);
		if (rc != ERR_OK)
			return rc;
		used = scan(p, block, n, into, max_rows);
		if (p->csv != NULL && csv_scan_runaway(p->csv) != 0)
			return runaway_quote(p, err);
		if (into->nrows > first || is_end(p))
			break;
		if (used > 0) {
			/* Nothing but blank lines, which are no end. */
			pass(p, block, used, n);
			continue;
		}
		/* Not one row is complete: what is there waits for more. */
		if (n >= ROW_MAX)
			return row_too_long(p, err);
		keep(p, block, n);
		cap = n * 2 < ROW_MAX ? n * 2 : ROW_MAX;
	}
	correct_offsets(p, into, first, block);
	pass(p, block, used, n);
	if (into->nrows == max_rows)
		aim(p, used, into->nrows - first, max_rows - first);
	else if (!is_end(p) && p->block_bytes < BLOCK_MAX)
		p->block_bytes = p->block_bytes * 2 < BLOCK_MAX ? p->block_bytes * 2 : BLOCK_MAX;
	*row = p->place.row;
	return ERR_OK;
}
