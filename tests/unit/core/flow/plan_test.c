/*
 * tests/unit/core/flow/plan_test.c
 *	Mappings against real fields: what goes where, and what is refused before any row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/format.h"
#include "core/flow/pgbin.h"
#include "core/flow/plan.h"

static struct field source_fields[] = {
	{ .name = "id", .type = { .type = TYPE_INT, .bytes = 8 } },
	{ .name = "Order Date", .type = { .type = TYPE_TEXT } },
	{ .name = "amount", .type = { .type = TYPE_DECIMAL } },
	{ .name = "note", .type = { .type = TYPE_TEXT } },
};
static const struct schema source = { 4, source_fields };

static struct field target_fields[] = {
	{ .name = "id", .type = { .type = TYPE_INT, .bytes = 4, .pg_oid = PG_INT4 },
	  .is_required = true },
	{ .name = "order_date", .type = { .type = TYPE_DATE, .pg_oid = PG_DATE } },
	{ .name = "amount", .type = { .type = TYPE_DECIMAL, .precision = 6, .scale = 1,
				      .pg_oid = PG_NUMERIC } },
	{ .name = "note", .type = { .type = TYPE_TEXT, .max_chars = 4, .pg_oid = PG_VARCHAR } },
	{ .name = "total", .type = { .type = TYPE_DECIMAL }, .is_generated = true },
};
static const struct schema target = { 5, target_fields };

struct fixture {
	struct arena *mem;
	struct pipeline p;
	struct map_rule map[4];
	struct plan *plan;
	struct err err;
};

static void begin(struct fixture *f)
{
	*f = (struct fixture){ .mem = arena_new(NULL, "test") };
	pipeline_init(&f->p);
	f->p.target.stream = "t";
	f->p.map = f->map;
}

static void map(struct fixture *f, const char *to, const char *expr)
{
	f->map[f->p.nmaps++] = (struct map_rule){ to, expr };
}

static enum err_code make(struct fixture *f, const struct schema *to)
{
	return plan_make(f->mem, &f->p, &source, to, &f->plan, &f->err);
}

static void end(struct fixture *f)
{
	if (f->plan != NULL)
		check_free(f->plan->checks);
	arena_free(f->mem);
}

static void names_are(const struct plan *plan, const char *const *name, int n)
{
	assert_int_equal(plan->fields.nfields, n);
	for (int i = 0; i < n; i++)
		assert_string_equal(plan->fields.field[i].name, name[i]);
}

static void fields_that_no_rule_reads_go_over(void **state)
{
	static const char *const want[] = { "order_date", "id", "amount", "note" };
	struct fixture f;

	(void)state;
	begin(&f);
	map(&f, "order_date", "\"Order Date\" | to_date('%d/%m/%Y')");
	assert_int_equal(make(&f, NULL), ERR_OK);
	names_are(f.plan, want, 4);
	assert_int_equal(f.plan->fields.field[0].type.type, TYPE_DATE);
	assert_int_equal(f.plan->fields.field[1].type.type, TYPE_INT);
	assert_false(f.plan->is_identity);
	end(&f);
	begin(&f);
	f.p.only_mapped = true;
	map(&f, "order_date", "\"Order Date\" | to_date('%d/%m/%Y')");
	assert_int_equal(make(&f, NULL), ERR_OK);
	names_are(f.plan, want, 1);
	end(&f);
}

static void a_dash_leaves_a_field_out(void **state)
{
	static const char *const want[] = { "id", "amount" };
	static const char *const wanted[] = { "order_date", "amount", "note" };
	struct fixture f;

	(void)state;
	begin(&f);
	map(&f, "note", " - ");
	map(&f, "Order Date", "-");
	assert_int_equal(make(&f, NULL), ERR_OK);
	names_are(f.plan, want, 2);
	end(&f);
	/* The target's spelling counts, and what it needs it still needs. */
	begin(&f);
	map(&f, "ID", "-");
	map(&f, "order_date", "\"Order Date\"");
	assert_int_equal(make(&f, &target), ERR_CONFIG);
	assert_non_null(strstr(f.err.frame[0].text, "nothing fills field id"));
	f.plan = NULL;
	end(&f);
	target_fields[0].is_required = false;
	begin(&f);
	map(&f, "ID", "-");
	map(&f, "order_date", "\"Order Date\"");
	assert_int_equal(make(&f, &target), ERR_OK);
	names_are(f.plan, wanted, 3);
	end(&f);
	target_fields[0].is_required = true;
}

static void targets_decide_names_and_types(void **state)
{
	static const char *const want[] = { "order_date", "id", "amount", "note" };
	struct fixture f;

	(void)state;
	begin(&f);
	map(&f, "ORDER_DATE", "\"Order Date\" | to_date('%d/%m/%Y')");
	assert_int_equal(make(&f, &target), ERR_OK);
	names_are(f.plan, want, 4);
	assert_int_equal(f.plan->fields.field[1].type.pg_oid, PG_INT4);
	assert_int_equal(f.plan->nadded, 0);
	end(&f);
}

static void what_cannot_work_is_refused_before_any_row(void **state)
{
	static const struct {
		const char *to, *expr;	/* a second rule beside order_date */
		const char *filter;
		const char *key;
		enum err_code code;
		const char *text;	/* of the root */
	} rows[] = {
		{ "total", "1", NULL, NULL, ERR_CONFIG, "field total of the target is generated" },
		{ "extra", "1", NULL, NULL, ERR_CONFLICT, "the target t has no field extra" },
		{ "order_date", "null", NULL, NULL, ERR_CONFIG, "two map rules make field order_date" },
		{ "note", "amunt", NULL, NULL, ERR_CONFIG, "at character 1: there is no field amunt" },
		{ "amount", "true", NULL, NULL, ERR_CONFIG,
		  "a value of type boolean cannot become decimal(6,1)" },
		{ "", "1", NULL, NULL, ERR_CONFLICT, "the target t has no field " },
		{ "id", "id", "id", NULL, ERR_CONFIG, "it must be a condition, this gives int" },
		{ "id", "id", "foo = 1", NULL, ERR_CONFIG, "at character 1: there is no field foo" },
		{ "id", "id", NULL, "nokey", ERR_CONFIG,
		  "the key field nokey is not among the mapped fields" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		const char *key = rows[i].key;
		enum err_code rc;

		begin(&f);
		map(&f, "order_date", "\"Order Date\" | to_date('%d/%m/%Y')");
		map(&f, rows[i].to, rows[i].expr);
		f.p.filter = rows[i].filter;
		f.p.nkeys = key != NULL;
		f.p.key = &key;
		rc = make(&f, &target);
		if (rows[i].to[0] != '\0') {
			assert_int_equal(rc, rows[i].code);
			assert_string_equal(f.err.frame[0].text, rows[i].text);
		} else {
			assert_int_not_equal(rc, ERR_OK);
		}
		end(&f);
	}
	{
		struct fixture f;

		begin(&f);
		f.p.only_mapped = true;
		map(&f, "note", "note");
		assert_int_equal(make(&f, &target), ERR_CONFIG);
		assert_string_equal(f.err.frame[0].text,
				    "nothing fills field id of the target, which must not be null");
		end(&f);
	}
}

static void drift_is_a_policy(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);	/* "Order Date" is not in the target */
	assert_int_equal(make(&f, &target), ERR_CONFLICT);
	assert_non_null(strstr(f.err.hint, "--drift add"));
	end(&f);
	begin(&f);
	f.p.drift = DRIFT_IGNORE;
	assert_int_equal(make(&f, &target), ERR_OK);
	assert_int_equal(f.plan->fields.nfields, 3);
	end(&f);
	begin(&f);
	f.p.drift = DRIFT_ADD;
	assert_int_equal(make(&f, &target), ERR_OK);
	assert_int_equal(f.plan->fields.nfields, 4);
	assert_int_equal(f.plan->nadded, 1);
	end(&f);
}

static const char *const rows_in[][4] = {
	{ "1", "28/02/2025", "12.25", "ok" },
	{ "2", "30/02/2025", "x", "too long" },
	{ "99999999999", "01/03/2025", "123456.7", "" },
	{ "4", "01/03/2025", "-0.05", "skip" },
	{ "5", "", NULL, NULL },
};

static void rows_are_mapped_filtered_and_checked(void **state)
{
	struct batch *in = batch_new(NULL, 4, 8), *out;
	const char *check = "amount min 0";
	struct fixture f;
	const char *got = "";

	(void)state;
	begin(&f);
	map(&f, "order_date", "\"Order Date\" | to_date('%d/%m/%Y')");
	f.p.filter = "note is null or note <> 'skip'";
	f.p.check = &check;
	f.p.nchecks = 1;
	assert_int_equal(make(&f, &target), ERR_OK);
	in->nrows = 5;
	in->part = "a.csv";
	for (uint32_t i = 0; i < 5; i++) {
		in->at[i].row = i + 1;
		for (int c = 0; c < 4; c++) {
			in->col[c].null[i] = rows_in[i][c] == NULL;
			in->col[c].v.text[i] = slice_of(rows_in[i][c] != NULL ? rows_in[i][c] : "");
		}
	}
	out = batch_new(&f.plan->fields, 0, 8);
	assert_int_equal(plan_apply(f.plan, expr_run_new(f.mem, 8), in, out, &f.err), ERR_OK);
	assert_string_equal(out->part, "a.csv");
	assert_int_equal(out->at[4].row, 5);
	for (uint32_t i = 0; i < out->nrows; i++) {
		got = arena_printf(f.mem, "%s%d", got, out->state[i]);
		for (int c = 0; c < 4 && out->state[i] == ROW_LIVE; c++) {
			struct slice s = format_cell(f.mem, &out->col[c], i);

			got = arena_printf(f.mem, "%s|%.*s", got, (int)s.n, s.p);
		}
		got = arena_printf(f.mem, "%s\n", got);
	}
	assert_string_equal(got, "0|2025-02-28|1|12.3|ok\n1\n1\n2\n0||5||\n");
	got = "";
	for (uint32_t i = 0; i < out->nproblems; i++) {
		const struct problem *p = &out->problem[i];

		got = arena_printf(f.mem, "%s%u %s=%.*s: %s: %s\n", got, p->row, p->field,
				   (int)p->value.n, p->value.p, p->rule, p->reason);
	}
	assert_string_equal(got,
			    "1 order_date=30/02/2025: to_date: is not in the calendar\n"
			    "2 id=99999999999: type: is out of range for int\n"
			    "1 amount=x: type: is not a number\n"
			    "2 amount=123456.7: type: has more than 5 digits before the point, too "
			    "many for decimal(6,1)\n"
			    "1 note=too long: type: has 8 characters, 4 fit\n");
	batch_free(in);
	batch_free(out);
	end(&f);
}

static void guessed_types_reject_later_rows_by_name(void **state)
{
	struct batch *in = batch_new(NULL, 4, 1), *out;
	struct fixture f;

	(void)state;
	begin(&f);
	assert_int_equal(make(&f, NULL), ERR_OK);
	in->nrows = 1;
	for (int c = 0; c < 4; c++)
		in->col[c].v.text[0] = slice_of("abc");
	out = batch_new(&f.plan->fields, 0, 1);
	assert_int_equal(plan_apply(f.plan, expr_run_new(f.mem, 1), in, out, &f.err), ERR_OK);
	assert_int_equal(out->nproblems, 2);
	assert_non_null(strstr(out->problem[0].reason, "is not an int (the type was inferred"));
	/* Untouched text is shared, not copied. */
	assert_ptr_equal(out->col[1].v.text, in->col[1].v.text);
	batch_free(in);
	batch_free(out);
	end(&f);
}

static void the_servers_bytes_pass_through(void **state)
{
	static struct field pg_fields[] = {
		{ .name = "id", .type = { .type = TYPE_INT, .bytes = 4, .pg_oid = PG_INT4 } },
		{ .name = "n", .type = { .type = TYPE_DECIMAL, .pg_oid = PG_NUMERIC } },
	};
	static const struct schema pg = { 2, pg_fields };
	struct batch *in = batch_new(&pg, 0, 1), *out;
	struct fixture f;

	(void)state;
	begin(&f);
	assert_int_equal(plan_make(f.mem, &f.p, &pg, NULL, &f.plan, &f.err), ERR_OK);
	assert_true(f.plan->is_identity);
	f.p.filter = "id > 3";
	assert_int_equal(plan_make(f.mem, &f.p, &pg, NULL, &f.plan, &f.err), ERR_OK);
	assert_false(f.plan->is_identity);
	in->nrows = 1;
	for (int c = 0; c < 2; c++) {
		in->col[c].v.text = in->col[c].store_text;
		in->col[c].pg_oid = pg_fields[c].type.pg_oid;
	}
	in->col[0].v.text[0] = (struct slice){ "\0\0\0\5", 4 };
	in->col[1].v.text[0] = (struct slice){ "\0\1\0\0\0\0\0\0\0\7", 10 };
	out = batch_new(&f.plan->fields, 0, 1);
	assert_int_equal(plan_apply(f.plan, expr_run_new(f.mem, 1), in, out, &f.err), ERR_OK);
	assert_int_equal(out->state[0], ROW_LIVE);
	assert_int_equal(out->col[0].pg_oid, 0);
	assert_int_equal(out->col[0].v.i64[0], 5);
	assert_int_equal(out->col[1].pg_oid, PG_NUMERIC);
	assert_ptr_equal(out->col[1].v.text[0].p, in->col[1].v.text[0].p);
	batch_free(in);
	batch_free(out);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_that_no_rule_reads_go_over),
		cmocka_unit_test(a_dash_leaves_a_field_out),
		cmocka_unit_test(targets_decide_names_and_types),
		cmocka_unit_test(what_cannot_work_is_refused_before_any_row),
		cmocka_unit_test(drift_is_a_policy),
		cmocka_unit_test(rows_are_mapped_filtered_and_checked),
		cmocka_unit_test(guessed_types_reject_later_rows_by_name),
		cmocka_unit_test(the_servers_bytes_pass_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
