/*
 * core/flow/expr.h
 *	Mapping expressions: compiled once, run a column of a batch at a time.
 *
 * Grammar and functions are in the manual page leat-expressions(7); the
 * function table in expr_funcs.c is its source. A cell that cannot be
 * computed becomes null in the result and a problem of its row (field given
 * at evaluation, the value that broke it, the function as rule): never a
 * crash, never a silent null. Rows not ROW_LIVE are skipped.
 *
 * Memory:  a compiled expression lives in its arena; results live in the
 *	output batch's arena until that batch is reset.
 * Threads: compiled expressions are read-only; each evaluation needs its own
 *	struct expr_run.
 */
#ifndef CORE_FLOW_EXPR_H
#define CORE_FLOW_EXPR_H

#include "core/flow/batch.h"

struct expr;
struct expr_run;

/*
 * Compiles text over the fields of in. Errors: ERR_CONFIG with position
 * ("at character 12: ..."), hint with the nearest known name.
 */
enum err_code expr_compile(struct arena *mem, const char *text, const struct schema *in,
			   struct expr **out, struct err *err) MUST_USE;

/* The character that an error of expr_compile() is about, from 1; 0: of none. */
int expr_error_at(const struct err *err);

/* A reference to field number i, as if its name had been compiled. */
struct expr *expr_field(struct arena *mem, const struct schema *in, int i);

/* Whether text names that field somewhere, known or not; a text need not compile. */
bool expr_names(const char *text, const char *field);

/* Wraps e in a conversion to `to` (as when a target column has a type). */
enum err_code expr_cast(struct arena *mem, struct expr *e, const struct type_spec *to,
			struct expr **out, struct err *err) MUST_USE;

/* Type of the result. */
const struct type_spec *expr_type(const struct expr *e);

/* Index of the source field when e is just that field, else -1. */
int expr_is_field(const struct expr *e);

/* The field, when e is one of whose values nobody knows how they are to be read; else NULL. */
const struct field *expr_doubt(const struct expr *e);

/* Marks used[i] = 1 for each source field that e reads. */
void expr_fields(const struct expr *e, uint8_t *used);

/* Working memory of one evaluator; cap is the batch size. */
struct expr_run *expr_run_new(struct arena *mem, uint32_t cap_rows);

/*
 * broken (one byte a source field, may be NULL) gets a 1 where a text did not
 * fit the type that was inferred for its field: the field may want a wider one.
 */
void expr_run_watch(struct expr_run *run, uint8_t *broken);

/*
 * Computes e for every live row of in into column col of out (same rows).
 * Problems go to `in`'s row states through out: row i of out is rejected
 * with field name `target`.
 */
void expr_eval(struct expr_run *run, const struct expr *e, struct batch *in,
	       struct batch *out, int col, const char *target);

/* One function, for the manual and for help. */
struct expr_doc {
	const char *name;
	const char *signature;	/* "substr(text, start [, count])" */
	const char *summary;	/* a sentence */
	const char *example;	/* an expression without fields */
	const char *result;	/* what it gives, as text; "null" for null */
};

/* Function number i in the order of the manual; false past the last. */
bool expr_doc_at(int i, struct expr_doc *out);

/*
 * All that can be said of expressions, ready to print: plain text for "leat
 * help expressions", or the body of leat-expressions(7) in man(7) macros.
 */
void expr_doc_print(struct buf *out, bool as_man);
#endif
