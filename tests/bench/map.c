/*
 * tests/bench/map.c
 *	Nanoseconds a row for mapping and checking a batch of 12 columns.
 *
 * The shape of the sales load: twelve texts in, three map rules, four checks,
 * typed columns out for a table that exists. Prints one JSON object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/flow/plan.h"

#define ROUNDS 300
#define COLS   12

static struct field from[COLS] = {
	{ .name = "order_id" }, { .name = "Order Date" }, { .name = "customer" }, { .name = "country" },
	{ .name = "quantity" }, { .name = "price" },	{ .name = "amount" },	{ .name = "paid" },
	{ .name = "updated" },	{ .name = "channel" },	{ .name = "note" },	{ .name = "sku" },
};
static struct field to[COLS] = {
	{ .name = "order_id", .type = { .type = TYPE_INT, .bytes = 8, .pg_oid = 20 } },
	{ .name = "order_date", .type = { .type = TYPE_DATE, .pg_oid = 1082 } },
	{ .name = "customer", .type = { .type = TYPE_TEXT, .pg_oid = 25 } },
	{ .name = "country", .type = { .type = TYPE_TEXT, .max_chars = 2, .pg_oid = 1043 } },
	{ .name = "quantity", .type = { .type = TYPE_INT, .bytes = 4, .pg_oid = 23 } },
	{ .name = "price", .type = { .type = TYPE_DECIMAL, .precision = 10, .scale = 2,
				     .pg_oid = 1700 } },
	{ .name = "amount", .type = { .type = TYPE_DECIMAL, .precision = 12, .scale = 2,
				      .pg_oid = 1700 } },
	{ .name = "paid", .type = { .type = TYPE_BOOL, .pg_oid = 16 } },
	{ .name = "updated", .type = { .type = TYPE_TIMESTAMP, .pg_oid = 1114 } },
	{ .name = "channel", .type = { .type = TYPE_TEXT, .pg_oid = 25 } },
	{ .name = "note", .type = { .type = TYPE_TEXT, .pg_oid = 25 } },
	{ .name = "sku", .type = { .type = TYPE_TEXT, .pg_oid = 25 } },
};

static void fill(struct batch *b, struct arena *mem)
{
	for (uint32_t i = 0; i < b->cap; i++) {
		const char *cell[COLS] = {
			arena_printf(mem, "%u", 1000000 + i),
			arena_printf(mem, "%02u/%02u/2025", i % 28 + 1, i % 12 + 1),
			arena_printf(mem, "Customer Number %u", i * 7919 % 50000),
			i % 3 ? "DE" : "FR",
			arena_printf(mem, "%u", i % 90 + 1),
			arena_printf(mem, "%u.%02u", i % 500, i % 100),
			arena_printf(mem, "%u.%02u", i % 9000, i % 100),
			i % 2 ? "true" : "false",
			arena_printf(mem, "2025-%02u-%02u %02u:%02u:%02u", i % 12 + 1, i % 28 + 1,
				     i % 24, i % 60, i % 59),
			"web shop", " some words about it ",
			arena_printf(mem, "SKU-%05u", i % 99999),
		};

		b->at[i].row = i + 1;
		for (int c = 0; c < COLS; c++) {
			b->col[c].null[i] = 0;
			b->col[c].v.text[i] = slice_of(cell[c]);
		}
	}
	b->nrows = b->cap;
}

static void stop(const struct err *err)
{
	char text[400];

	err_text(err, text, sizeof(text));
	fprintf(stderr, "map: %s\n", text);
	exit(1);
}

int main(void)
{
	static const char *checks[] = { "amount >= 0", "customer required", "country length 2..2",
					"quantity max 1000" };
	static struct map_rule rules[] = {
		{ "order_date", "\"Order Date\" | to_date('%d/%m/%Y')" },
		{ "note", "trim(note)" },
		{ "amount", "quantity * price" },
	};
	struct schema source = { COLS, from }, target = { COLS, to };
	struct arena *mem = arena_new(NULL, "bench");
	struct batch *in = batch_new(NULL, COLS, BATCH_ROWS), *out;
	struct pipeline p;
	struct plan *plan;
	struct expr_run *run = expr_run_new(mem, BATCH_ROWS);
	struct err err = { 0 };
	int64_t best = INT64_MAX;

	for (int c = 0; c < COLS; c++)
		from[c].type.type = TYPE_TEXT;
	pipeline_init(&p);
	p.map = rules;
	p.nmaps = 3;
	p.check = checks;
	p.nchecks = 4;
	if (plan_make(mem, &p, &source, &target, &plan, &err) != ERR_OK)
		stop(&err);
	fill(in, mem);
	out = batch_new(&plan->fields, 0, BATCH_ROWS);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = clock_mono_us(), took;

		batch_reset(out);
		if (plan_apply(plan, run, in, out, &err) != ERR_OK)
			stop(&err);
		took = clock_mono_us() - start;
		if (took < best)
			best = took;
	}
	printf("{\"bench\":\"map\",\"columns\":%d,\"rules\":3,\"checks\":4,\"rejected\":%u,"
	       "\"ns_per_row\":%.1f}\n",
	       COLS, batch_count(out, ROW_REJECTED), (double)best * 1000.0 / BATCH_ROWS);
	check_free(plan->checks);
	batch_free(in);
	batch_free(out);
	arena_free(mem);
	return 0;
}
