/*
 * tests/contract/kind_mem.c
 *	The memory connector's row: a store with one table.
 */
#include <stdlib.h>

#include "connectors/mem/mem.h"
#include "connectors/registry.h"
#include "core/base/arena.h"
#include "tests/contract/kinds.h"

static struct field fields[] = {
	{ .name = "id", .type = { .type = TYPE_INT, .bytes = 8 } },
	{ .name = "name", .type = { .type = TYPE_TEXT } },
};
static const struct schema schema = { 2, fields };

static void fill(struct arena *mem, const struct params *in)
{
	struct write_spec spec = { .stream = "people", .fields = &schema, .may_create = true,
				   .fence = { "set up", 1, 1 } };
	static const char *const names[] = { "ann", "bob", "cy" };
	struct batch *rows = batch_new(&schema, 0, 3);
	struct commit_note earlier;
	struct ledger sum = { 0 };
	struct conn *c = NULL;
	struct err err;

	for (rows->nrows = 0; rows->nrows < 3; rows->nrows++) {
		rows->at[rows->nrows] = (struct row_at){ .row = rows->nrows + 1 };
		rows->col[0].v.i64[rows->nrows] = rows->nrows + 1;
		rows->col[1].v.text[rows->nrows] = slice_of(names[rows->nrows]);
	}
	if (conn_mem.open(mem, in, &c, &err) != ERR_OK ||
	    conn_mem.claim(c, mem, &spec.fence, &earlier, &err) != ERR_OK ||
	    conn_mem.write_open(c, &spec, &err) != ERR_OK ||
	    conn_mem.write(c, rows, &err) != ERR_OK ||
	    conn_mem.finish(c, &sum, &err) != ERR_OK ||
	    conn_mem.commit(c, &sum, NULL, &err) != ERR_OK)
		abort();
	conn_close(c);
	batch_free(rows);
}

static void set_up(struct arena *mem, struct contract_place *out)
{
	struct param *p = arena_alloc(mem, sizeof(*p));

	*p = (struct param){ "store", "contract" };
	*out = (struct contract_place){ { .n = 1, .p = p },
					"people", "nobody", "target", "other", NULL };
	fill(mem, &out->params);
}

static void tear_down(struct contract_place *place)
{
	(void)place;
	mem_store_drop("contract");
}

const struct contract_kind contract_mem = { "mem", set_up, tear_down, contract_plain };
