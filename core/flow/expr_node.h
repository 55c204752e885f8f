/*
 * core/flow/expr_node.h
 *	Inside of expressions: nodes, vectors, and how functions are bound and run.
 *
 * Only the expr_*.c files, check.c and plan.c include this. A node evaluates
 * to a vector: one value a row, or a single one (mask 0) for a constant. A
 * strict function gets its arguments as vectors and an output whose nulls are
 * already set for rows that are not wanted or have a null argument; it
 * computes the others. A lazy one (if, case, coalesce, and, or) evaluates its
 * arguments itself, for just the rows that need them, so that the branch not
 * taken cannot fail.
 *
 * Memory:  nodes in the arena of the compiler; vectors in slots of expr_run,
 *	reused stack-wise; new text in the output batch's arena.
 * Threads: nodes are read-only after compiling.
 */
#ifndef CORE_FLOW_EXPR_NODE_H
#define CORE_FLOW_EXPR_NODE_H

#include "core/flow/expr.h"
#include "core/flow/number.h"

#define EXPR_DEPTH_MAX 512
#define EXPR_ARGS_MAX  256

struct datefmt;
struct eval;

struct vec {
	enum type type;
	uint32_t mask;	/* value of row i is at i & mask */
	uint8_t *null;
	union {
		int64_t *i64;
		double *f64;
		struct decimal *dec;
		struct slice *text;
		void *any;
	} v;
};

typedef void (*expr_fn)(struct eval *ev, const struct expr *e, const struct vec *arg,
			struct vec *out);
typedef struct vec (*expr_lazy_fn)(struct eval *ev, const struct expr *e, const uint8_t *live,
				   struct vec *out);

enum expr_kind { EXPR_CONST, EXPR_FIELD, EXPR_CALL, EXPR_LAZY };

/* How text and values become another type. */
struct cast {
	struct type_spec to;
	const struct datefmt *format;	/* NULL: ISO */
	struct number_marks marks;	/* of numbers in text */
	const char *rule;	/* named in problems: "type", "to_int" */
	bool is_inferred;	/* nobody but a sample, or the source's settings, says the type */
	bool is_told;	/* the settings do: a value that disagrees teaches nothing */
	int field;	/* is_inferred: whose */
	bool drops_time;	/* to_date(timestamp) */
};

struct expr {
	enum expr_kind kind;
	struct type_spec type;
	int at;		/* where in the text, 0-based; for errors */
	int depth;	/* of the tree below */
	/* CONST */
	uint8_t null;
	union {
		int64_t i64;
		double f64;
		struct decimal dec;
		struct slice text;
	} v;
	/* FIELD: the column is converted by `cast` when it is of another type */
	int field;
	const char *name;
	const struct field *decl;
	/* FIELD, and a CALL that converts */
	struct cast cast;
	/* CALL, LAZY */
	const char *rule;	/* function or operator, for problems */
	bool sees_nulls;	/* a null argument does not make the result null */
	expr_fn fn;
	expr_lazy_fn lazy;
	int nargs;
	struct expr **arg;
	const void *data;	/* what binding prepared: a pattern, a date format */
	int extra;		/* a small number of the function's own */
};

/* ---- compiling ---------------------------------------------------------- */

struct compiler {
	struct arena *mem;
	const struct schema *in;
	const char *text;
	size_t len;
	size_t pos;
	int depth;
	struct err *err;
};

struct expr_func {
	const char *name;	/* NULL ends the table */
	const char *signature;
	const char *summary;
	const char *example;	/* an expression without fields */
	const char *result;	/* what it gives, as text; "null" for null */
	int least, most;	/* arguments */
	/* Coerces arguments, sets type, fn and data of the call. */
	enum err_code (*bind)(struct compiler *c, struct expr *call);
};

const struct expr_func *expr_func_find(struct slice name);
/* The known function or field nearest to name, or NULL. */
const char *expr_nearest(const struct compiler *c, struct slice name, bool is_call);

/* ERR_CONFIG "at character N: ...". */
enum err_code expr_fail(struct compiler *c, int at, const char *fmt, ...) PRINTF(3, 4);

struct expr *expr_const(struct compiler *c, int at, enum type type);
struct expr *expr_call(struct compiler *c, int at, const char *rule, int nargs);

/*
 * *e becomes something of type `to` without loss: literals are converted now,
 * fields are read as that type, the rest gets a conversion. Compile error
 * when no value could be converted.
 */
enum err_code expr_coerce(struct compiler *c, struct expr **e, enum type to) MUST_USE;
/* A number: INT, DECIMAL or FLOAT stay, text becomes DECIMAL. */
enum err_code expr_coerce_number(struct compiler *c, struct expr **e) MUST_USE;
/* All n to one common type, which is returned in *type. */
enum err_code expr_unify(struct compiler *c, struct expr **e, int n, enum type *type) MUST_USE;
bool expr_is_null_literal(const struct expr *e);
/* A text literal: its bytes; else an error saying that `what` must be one. */
enum err_code expr_literal(struct compiler *c, const struct expr *e, const char *what,
			   struct slice *out) MUST_USE;
/* An operator of the grammar: "+", "=", "and", "||", "neg", "not". Types the call. */
enum err_code expr_bind_operator(struct compiler *c, struct expr *call) MUST_USE;
/* A conversion of e into k; no loss is allowed but what k says. */
struct expr *expr_convert(struct arena *mem, struct expr *e, const struct cast *k);
bool expr_can_cast(enum type from, enum type to);
/* The call e becomes a conversion of its first argument by k (to_int() and the like). */
enum err_code expr_bind_conversion(struct compiler *c, struct expr *e,
				   const struct cast *k) MUST_USE;

/* ---- running ------------------------------------------------------------- */

struct eval {
	struct expr_run *run;
	struct batch *in;
	struct batch *out;
	const char *target;
	uint32_t nrows;
};

/* live[i]: compute row i. dest: where a computed result goes. */
struct vec expr_vec(struct eval *ev, const struct expr *e, const uint8_t *live, struct vec *dest);
/* A free slot for a vector of that type; goes back with run->used. */
struct vec expr_slot(struct eval *ev, enum type type);
int expr_mark(const struct eval *ev);
void expr_release(struct eval *ev, int mark);
/* A text did not fit the type that was inferred for this source field. */
void expr_note_broken(const struct eval *ev, int field);
int64_t expr_now_us(const struct eval *ev);

/* Evaluates e for rows with look[i] into column col of out. */
void expr_eval_rows(struct expr_run *run, const struct expr *e, struct batch *in,
		    struct batch *out, int col, const char *target, const uint8_t *look);
/* As above without a column: the result stays valid until the next evaluation. */
struct vec expr_peek(struct expr_run *run, const struct expr *e, struct batch *in,
		     struct batch *out, const char *target, const uint8_t *look);

/* The row's value broke a rule: it becomes null and the row a reject. */
void expr_problem(struct eval *ev, uint32_t row, const struct vec *value, struct vec *out,
		  const char *rule, const char *fmt, ...) PRINTF(6, 7);

/* Converts in to out by k; out->null is set where nothing is to be done. */
void expr_cast_vec(struct eval *ev, const struct cast *k, const struct vec *in, struct vec *out);

/* Whether column values of that type and shape can be used for k as they are. */
bool expr_cast_is_noop(const struct cast *k, const struct type_spec *from);

/* Ordering of two values of one type: -1, 0, 1. */
int expr_compare_cells(const struct vec *a, uint32_t i, const struct vec *b, uint32_t j);

/* A pattern for PCRE2, freed with mem. ERR_CONFIG: *why says what is wrong. */
enum err_code expr_regex_compile(struct arena *mem, struct slice pattern, const void **out,
				 const char **why) MUST_USE;
/* 1 match, 0 none, -1 given up. match: pcre2_match_data of the pattern. */
int expr_regex_match(const void *re, struct slice s, void *match);

static inline struct vec expr_column_vec(const struct column *c)
{
	struct vec v = { .type = c->type, .mask = UINT32_MAX, .null = c->null };

	v.v.any = c->v.any;
	return v;
}

static inline bool expr_is_sliced(enum type t)
{
	return t == TYPE_TEXT || t == TYPE_BYTES || t == TYPE_JSON || t == TYPE_UUID;
}

static inline bool expr_is_number(enum type t)
{
	return t == TYPE_INT || t == TYPE_DECIMAL || t == TYPE_FLOAT;
}

/* Binders, one a function of the table. */
#define EXPR_BINDERS(X)                                                              \
	X(trim) X(ltrim) X(rtrim) X(upper) X(lower) X(length) X(concat) X(replace)      \
	X(regex_replace) X(regex_match) X(substr) X(left) X(right) X(split) X(lpad)     \
	X(rpad) X(starts_with) X(ends_with) X(contains) X(hash) X(round) X(floor)       \
	X(ceil) X(abs) X(to_int) X(to_decimal) X(to_float) X(to_bool) X(to_text)        \
	X(to_date) X(to_timestamp) X(format_date) X(now) X(year) X(month) X(day)        \
	X(date_add) X(coalesce) X(nullif) X(if) X(row_number)
#define X(name) enum err_code expr_bind_##name(struct compiler *c, struct expr *call);
EXPR_BINDERS(X)
#undef X
/* case when ... then ... else ... end: arguments in that order, else last. */
enum err_code expr_bind_case(struct compiler *c, struct expr *call);
enum err_code expr_bind_like(struct compiler *c, struct expr *call);
enum err_code expr_bind_in(struct compiler *c, struct expr *call);
#endif
