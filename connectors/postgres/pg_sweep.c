/*
 * connectors/postgres/pg_sweep.c
 *	Finds the rows that the server refuses, inside the server.
 *
 * A DO block works through a staging table in ranges, each in a
 * subtransaction of its own. A range that fails is cut to a quarter until one
 * row is left, which is noted with what was said about it; a range that goes
 * well doubles the next. Only faults of rows are caught; others end the load.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "connectors/postgres/pg.h"

static const char block_form[] =
	"#variable_conflict use_column\n"
	"declare\n"
	" leat_lo bigint := 1; leat_hi bigint; leat_step bigint := %lld; leat_n bigint := %lld;\n"
	" leat_sum bigint := 0; leat_k bigint; leat_st text; leat_msg text; leat_det text;\n"
	" leat_con text; leat_col text;\n"
	"begin\n"
	" while leat_lo <= leat_n loop\n"
	"  leat_hi := least(leat_lo + leat_step - 1, leat_n);\n"
	"  begin\n"
	"   %s\n"
	"   leat_sum := leat_sum + leat_k;\n"
	"   leat_lo := leat_hi + 1;\n"
	"   leat_step := least(leat_step * 2, 65536);\n"
	"  exception when others then\n"
	"   get stacked diagnostics leat_st = returned_sqlstate, leat_msg = message_text,\n"
	"    leat_det = pg_exception_detail, leat_con = constraint_name, leat_col = column_name;\n"
	"   if not (%s) then raise; end if;\n"
	"   if leat_lo = leat_hi then\n"
	"    insert into pg_temp.leat_bad\n"
	"     values (leat_lo, leat_st, leat_msg, leat_det, leat_con, leat_col);\n"
	"    leat_lo := leat_lo + 1;\n"
	"    leat_step := 1;\n"
	"   else\n"
	"    leat_step := greatest((leat_hi - leat_lo + 1) / 4, 1);\n"
	"   end if;\n"
	"  end;\n"
	" end loop;\n"
	" perform pg_catalog.set_config('leat.swept', leat_sum::text, true);\n"
	"end";

static enum err_code make_bad(struct pg_conn *c, struct err *err)
{
	return db_exec(c->db, "create temp table if not exists leat_bad (ord bigint, st text,"
		       " msg text, det text, con text, col text) on commit drop;"
		       " truncate pg_temp.leat_bad", err);
}

static enum err_code run_block(struct pg_conn *c, const struct pg_sweep *s, struct err *err)
{
	struct arena *mem = arena_new(NULL, "sweep");
	const char *body = arena_printf(mem, block_form, (long long)s->first_step,
					(long long)s->n, s->work, pg_row_fault_sql(&c->w.rel));
	char *quoted;
	enum err_code rc = quote_literal(mem, body, &quoted, err);

	if (rc == ERR_OK)
		rc = db_exec(c->db, arena_printf(mem, "do %s", quoted), err);
	arena_free(mem);
	return rc;
}

enum err_code pg_sweep(struct pg_conn *c, const struct pg_sweep *s, int64_t *written,
		       struct db_result **bad, struct err *err)
{
	enum err_code rc = make_bad(c, err);

	*bad = NULL;
	if (rc == ERR_OK && FAULT("pg-sweep"))
		rc = err_set(err, ERR_TRANSIENT, "isolating rows failed (fault)");
	if (rc == ERR_OK)
		rc = run_block(c, s, err);
	if (rc == ERR_OK)
		rc = pg_count(c, written, err, "select pg_catalog.current_setting('leat.swept')");
	if (rc == ERR_OK)
		rc = db_query(c->db, s->wants_src
			      ? "select b.*, s.leat_src as src from pg_temp.leat_bad b"
				" join pg_temp.leat_stage s on s.leat_ord = b.ord order by b.ord"
			      : "select * from pg_temp.leat_bad order by ord",
			      NULL, 0, bad, err);
	return rc;
}

void pg_sweep_fault(struct arena *mem, const struct db_result *bad, int i, struct pg_fault *out,
		    int64_t *ord)
{
	const char *state = db_result_text(bad, i, "st");

	*ord = db_result_int8(bad, i, "ord");
	*out = (struct pg_fault){
		.message = arena_strdup(mem, db_result_text(bad, i, "msg")),
		.detail = arena_strdup(mem, db_result_text(bad, i, "det")),
		.constraint = arena_strdup(mem, db_result_text(bad, i, "con")),
		.column = arena_strdup(mem, db_result_text(bad, i, "col")),
	};
	memcpy(out->sqlstate, state, strnlen(state, 5));
}
