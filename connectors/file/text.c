/*
 * connectors/file/text.c
 *	Blocks, what is carried from one to the next, and the scan over them.
 */
#include "connectors/file/text.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/raw_rows.h"

#define BLOCK_FIRST (64u * 1024u)
#define BLOCK_MAX   (512u * 1024u)
/* Two cells of the greatest length; a row beyond is not read on. */
#define ROW_MAX     (2u * CSV_CELL_MAX + 1024u * 1024u)

static const struct text_format *const text_formats[] = {
	&text_csv, &text_jsonl, &text_json, &text_fixed,
};

struct text_part {
	struct part base;
	const struct text_format *format;
	struct file_shape shape;
	struct feed *feed;
	void *scan;
	struct csv_place place;
	bool is_sample;
	size_t block_bytes;	/* what the next batch asks for */
	char *carry;	/* malloc: bytes of rows not yet delivered */
	size_t carry_n;
	size_t carry_cap;
	int footer_lines;	/* of the file's end, which no scan sees; 0: none */
	bool keeps_footer;	/* they become rejects */
};

static void release(void *obj)
{
	struct text_part *p = obj;

	free(p->carry);
	p->carry = NULL;
}

static const struct text_format *format_of(enum file_format f)
{
	size_t i = 0;

	while (text_formats[i]->format != f)
		i++;
	return text_formats[i];
}

static enum err_code text_open(struct arena *own, const char *path, const struct source_set *set,
			       struct source **out, struct err *err)
{
	const struct detect_set *known = set->learned != NULL ? &set->learned->next
							       : &set->options->set;
	struct feed *f = NULL;
	enum err_code rc = feed_open(own, path, known, set->env, &f, err);

	if (rc == ERR_OK)
		*out = &f->base;
	return rc;
}

/* The feed may be closed before the layout is. */
enum err_code text_fit_names(struct arena *mem, const struct layout *l, const struct feed *f,
			     struct file_shape *out, struct err *err)
{
	(void)mem, (void)f, (void)err;
	*out = (struct file_shape){ .ncells = l->ncols, .name = l->name };
	return ERR_OK;
}

static void keep_findings(struct arena *mem, const struct detection *found, struct layout *l)
{
	struct finding *f = arena_array(mem, FINDINGS_MAX, sizeof(*f));

	for (int i = 0; i < found->nfindings; i++)
		f[i] = (struct finding){
			.option = found->finding[i].option,
			.value = arena_strdup(mem, found->finding[i].value),
			.sure = found->finding[i].sure,
			.why = arena_strdup(mem, found->finding[i].why),
		};
	l->finding = f;
	l->nfindings = found->nfindings;
}

static enum err_code text_columns(struct arena *mem, struct source *first, struct layout *l,
				  struct err *err)
{
	const struct feed *f = (const struct feed *)first;
	const char *packing = input_packing(f->in);
	enum err_code rc;

	l->format = f->found.format;
	l->has_header = f->found.has_header;
	l->next = l->options->set;
	l->next.has_format = true;
	l->next.format = l->format;
	/* Before the format adds its own. */
	keep_findings(mem, &f->found, l);
	rc = format_of(l->format)->columns(mem, f, l, err);
	l->note = arena_printf(mem, "%s%s%s", f->found.note, packing[0] != '\0' ? ", " : "",
			       packing);
	return rc;
}

static enum err_code text_rows(struct arena *own, const struct layout *l, struct source *s,
			       bool only_seen, struct part **out, struct err *err)
{
	struct feed *f = (struct feed *)s;
	struct text_part *p = arena_alloc(own, sizeof(*p));
	enum err_code rc;

	*p = (struct text_part){ .format = format_of(l->format), .feed = f,
				 .is_sample = only_seen, .block_bytes = BLOCK_FIRST };
	rc = p->format->fit(own, l, f, &p->shape, err);
	if (rc != ERR_OK)
		return rc;
	arena_on_free(own, release, p);
	p->scan = p->format->scan_new(own, l, &p->shape);
	p->footer_lines = f->found.footer_lines;
	p->keeps_footer = f->found.keeps_footer;
	p->place.line = 1 + f->found.skip_lines + p->shape.header_lines;
	p->place.offset = feed_start_offset(f) +
		charset_source_bytes(f->found.charset, f->text + f->text_at, p->shape.header_bytes);
	f->text_at += p->shape.header_bytes;
	*out = &p->base;
	return ERR_OK;
}

/* Only the sample was read: its rows start where they did. */
static void text_again(struct source *s)
{
	struct feed *f = (struct feed *)s;

	f->text_at = f->found.skip_bytes;
}

static unsigned text_kinds(const struct part *base, int c)
{
	const struct text_part *p = (const struct text_part *)base;

	return p->format->kinds != NULL ? p->format->kinds(p->scan, c) : 0;
}

static json_t *text_raw_format(const struct part *base)
{
	const struct text_part *p = (const struct text_part *)base;

	if (p->format->raw_format != NULL)
		return p->format->raw_format(p->scan);
	return raw_csv_format(&p->shape.dialect, p->shape.fill, p->shape.ncells, p->shape.name);
}

static int64_t text_used_bytes(const struct source *s)
{
	return input_used_bytes(((const struct feed *)s)->in);
}

static bool is_end(const struct text_part *p)
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

static void keep(struct text_part *p, const char *rest, size_t n)
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

/* The bytes before the footer: before the last lines of the block, while there is more to come. */
static size_t body_bytes(const struct text_part *p, const char *data, size_t n, bool is_last)
{
	size_t at = n;

	while (is_last && at > 0 && (data[at - 1] == '\n' || data[at - 1] == '\r'))
		at--;
	for (int i = 0; i < p->footer_lines && at > 0; i++) {
		size_t end = at;

		while (at > 0 && data[at - 1] != '\n' && data[at - 1] != '\r')
			at--;
		/* The line end before this line; at the very start there is none. */
		if (i + 1 < p->footer_lines && at > 0)
			at -= at > 1 && data[at - 1] == '\n' && data[at - 2] == '\r' ? 2 : 1;
		if (at == end && at == 0)
			break;
	}
	return at;
}

/* Nothing but delimiters: there is nothing in it to be kept. */
static bool is_blank(const struct text_part *p, const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (line[i] != p->shape.dialect.delimiter && line[i] != ' ' && line[i] != '\t')
			return false;
	return true;
}

/* Lines of the footer that starts at data + from; 0: the batch has no room for them yet. */
static size_t take_footer(struct text_part *p, const char *data, size_t from, size_t n,
			  struct batch *b, uint32_t max_rows)
{
	size_t at = from;

	while (at < n && b->nrows < max_rows && b->nrows < b->cap) {
		size_t end = at, next;

		while (end < n && data[end] != '\n' && data[end] != '\r')
			end++;
		next = end + (end < n);
		next += next < n && data[end] == '\r' && data[next] == '\n';
		if (p->keeps_footer && !is_blank(p, data + at, end - at)) {
			uint32_t row = b->nrows++;

			b->at[row] = (struct row_at){
				.row = p->place.row++, .line = p->place.line,
				.offset = p->place.offset + (int64_t)at,
				.raw = { data + at, end - at },
			};
			for (int c = 0; c < b->ncols; c++)
				b->col[c].null[row] = 1;
			batch_reject(b, row, "", (struct slice){ 0 }, "footer",
				     "stands behind the last row and reads like a footer; the "
				     "setting footer says how many such lines there are");
		}
		p->place.line++;
		at = next;
	}
	return at - from;
}

static size_t scan(struct text_part *p, const char *data, size_t n, struct batch *b,
		   uint32_t max_rows)
{
	bool is_last = is_end(p) && (!p->is_sample || feed_is_end(p->feed));
	size_t body, used;

	if (p->footer_lines > 0) {
		body = body_bytes(p, data, n, is_last);
		used = body == 0 ? 0 : p->format->scan(p->scan, data, body, is_last, &p->place, b,
						       max_rows);
		if (!is_last || used < body)
			return used;
		return used + take_footer(p, data, used, n, b, max_rows);
	}
	return p->format->scan(p->scan, data, n, is_last, &p->place, b, max_rows);
}

static enum err_code row_too_long(const struct text_part *p, struct err *err)
{
	enum err_code rc = err_set(err, ERR_LIMIT, "%s, line %lld: a row is longer than %u MB",
				   p->feed->base.name, (long long)p->place.line, ROW_MAX >> 20);

	err_hint(err, "As a rule a quote in that line is not closed. If quotes mean nothing in this "
		 "file, set quote to none.");
	return rc;
}

/* Offsets count UTF-8 so far; the file had fewer or more bytes. */
static void correct_offsets(const struct text_part *p, struct batch *b, uint32_t first,
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
static void aim(struct text_part *p, size_t used, uint32_t rows, uint32_t wanted)
{
	size_t want = rows > 0 ? used / rows * wanted / 16 * 17 + 4096 : p->block_bytes;

	p->block_bytes = want < BLOCK_FIRST ? BLOCK_FIRST : want > BLOCK_MAX ? BLOCK_MAX : want;
}

/* Fills block behind what was carried over. */
static enum err_code fill(struct text_part *p, char *block, size_t cap, size_t *n, struct err *err)
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
static void pass(struct text_part *p, const char *block, size_t used, size_t n)
{
	keep(p, block + used, n - used);
	p->place.offset += charset_source_bytes(p->feed->found.charset, block, used);
}

static enum err_code text_read(struct part *base, struct batch *into, uint32_t max_rows,
			       int64_t *row, struct err *err)
{
	struct text_part *p = (struct text_part *)base;
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
		if (p->format->fault != NULL)
			rc = p->format->fault(p->scan, p->feed->base.name, err);
		if (rc != ERR_OK)
			return rc;
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

const struct format_ops format_text = {
	.open = text_open,
	.columns = text_columns,
	.rows = text_rows,
	.read = text_read,
	.kinds = text_kinds,
	.raw_format = text_raw_format,
	.again = text_again,
	.used_bytes = text_used_bytes,
};
