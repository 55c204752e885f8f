/*
 * core/flow/check_rule.h
 *	Inside of checks: what a rule is once it was read.
 *
 * Memory:  rules live in the arena of check_compile(), sets of seen values do not.
 * Threads: as check.h.
 */
#ifndef CORE_FLOW_CHECK_RULE_H
#define CORE_FLOW_CHECK_RULE_H

#include "core/flow/check.h"
#include "core/flow/expr.h"

struct hashset;

enum rule_kind {
	RULE_CONDITION,	/* expr must not be false: min, max, one-of, pattern, expression */
	RULE_CONVERT,	/* expr must be computable: type */
	RULE_REQUIRED,
	RULE_LENGTH,
	RULE_UNIQUE,
	RULE_EXISTS
};

struct rule {
	enum rule_kind kind;
	const char *name;	/* in problems: "min", "expression: amount >= 0" */
	const char *reason;	/* "is below 0" */
	int field;	/* whose value is shown; -1: of no single one */
	struct expr *expr;
	int64_t least, most;	/* characters */
	const char *stream, *stream_field;
	struct hashset *seen;	/* UNIQUE: row numbers; EXISTS: 1 there, 0 not */
};

struct check_set {
	const struct schema *fields;
	int nrules;
	struct rule *rule;
	struct arena *mem;
	struct expr_run *run;	/* made at the first batch */
	uint32_t run_rows;
	uint8_t *look;
	uint8_t *found;
	exists_fn exists;
	void *exists_ctx;
};

/* Reads one rule. err: what is wrong, without the rule itself. */
enum err_code check_parse(struct arena *mem, const char *text, const struct schema *fields,
			  struct rule *out, struct err *err) MUST_USE;

/* As check_run() for the rows with look[i], rejected or not: a row shows all that is wrong. */
enum err_code check_run_rows(struct check_set *set, struct batch *rows, const uint8_t *look,
			     struct err *err) MUST_USE;
#endif
