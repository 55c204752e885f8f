/*
 * core/flow/batch.c
 *	Column stores that are allocated once and filled again and again.
 */
#include "core/flow/batch.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

/* Cells at which the slices of a batch take 2 MB. */
#define CELLS_MAX (128u * 1024u)
#define ROWS_MIN  16u
/*
 * Unused rows between columns. Without them the same row of every column
 * falls into the same set of the first-level cache: filling was half as fast.
 */
#define STAGGER   68u

static bool is_wide(enum type type)
{
	return type != TYPE_TEXT && type != TYPE_BYTES && type != TYPE_JSON && type != TYPE_UUID;
}

static size_t product(size_t a, size_t b)
{
	size_t n;

	if (__builtin_mul_overflow(a, b, &n))
		abort();	/* columns and rows of a batch are bounded far below this */
	return n;
}

uint32_t batch_rows_fit(int ncols)
{
	uint32_t rows = ncols > 0 ? CELLS_MAX / (uint32_t)ncols : BATCH_ROWS;

	if (rows > BATCH_ROWS)
		return BATCH_ROWS;
	return rows < ROWS_MIN ? ROWS_MIN : rows;
}

struct batch *batch_new(const struct schema *schema, int ncols, uint32_t cap_rows)
{
	struct batch *b = mem_alloc(sizeof(*b));
	size_t n = (size_t)(schema != NULL ? schema->nfields : ncols);
	size_t stride = (size_t)cap_rows + STAGGER, cells = product(n, stride);
	struct slice *text;
	struct decimal *wide;
	uint8_t *null;

	*b = (struct batch){ .cap = cap_rows, .ncols = (int)n, .part = "" };
	b->mem = arena_new(NULL, "batch");
	b->col = mem_alloc(product(n, sizeof(*b->col)));
	b->at = mem_alloc(product(cap_rows, sizeof(*b->at)));
	b->state = mem_alloc(cap_rows);
	memset(b->state, ROW_LIVE, cap_rows);
	/*
	 * One allocation a kind: pages of a store that no column uses are never
	 * touched, and so never cost memory.
	 */
	text = mem_alloc(product(cells, sizeof(*text)));
	wide = mem_alloc(product(cells, sizeof(*wide)));
	null = mem_alloc(cells);
	memset(null, 0, cells);
	b->store[0] = text;
	b->store[1] = wide;
	b->store[2] = null;
	for (size_t c = 0; c < n; c++) {
		b->col[c] = (struct column){
			.null = null + c * stride,
			.store_text = text + c * stride,
			.store_wide = wide + c * stride,
		};
		batch_retype(b, (int)c, schema != NULL ? schema->field[c].type.type : TYPE_TEXT);
	}
	return b;
}

void batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	arena_free(b->mem);
	for (size_t i = 0; i < sizeof(b->store) / sizeof(b->store[0]); i++)
		free(b->store[i]);
	free(b->col);
	free(b->at);
	free(b->state);
	free(b->problem);
	free(b);
}

void batch_reset(struct batch *b)
{
	memset(b->state, ROW_LIVE, b->cap);
	b->nrows = 0;
	b->nproblems = 0;
	b->input_bytes = 0;
	arena_reset(b->mem);
}

void batch_retype(struct batch *b, int c, enum type type)
{
	struct column *col = &b->col[c];

	col->type = type;
	col->pg_oid = 0;
	if (is_wide(type))
		col->v.any = col->store_wide;
	else
		col->v.text = col->store_text;
}

static struct problem *add_problem(struct batch *b)
{
	if (b->nproblems == b->problem_cap) {
		b->problem_cap = b->problem_cap != 0 ? b->problem_cap * 2 : 64;
		b->problem = mem_resize(b->problem, product(b->problem_cap, sizeof(*b->problem)));
	}
	return &b->problem[b->nproblems++];
}

void batch_reject(struct batch *b, uint32_t row, const char *field, struct slice value,
		  const char *rule, const char *fmt, ...)
{
	struct problem *p = add_problem(b);
	va_list args;

	*p = (struct problem){
		.row = row,
		.field = arena_strdup(b->mem, field != NULL ? field : ""),
		.value = { arena_strndup(b->mem, value.n > 0 ? value.p : "", value.n), value.n },
		.rule = arena_strdup(b->mem, rule),
	};
	va_start(args, fmt);
	p->reason = arena_vprintf(b->mem, fmt, args);
	va_end(args);
	b->state[row] = ROW_REJECTED;
}

uint32_t batch_count(const struct batch *b, enum row_state state)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->nrows; i++)
		n += b->state[i] == state;
	return n;
}
