/*
 * tests/contract/kinds.h
 *	A row of the contract test: how to give one connector a place to be tried in.
 *
 * Memory:  what set_up() makes lives in the arena, what it makes outside of
 *	the process goes away with tear_down().
 * Threads: one.
 */
#ifndef TESTS_CONTRACT_KINDS_H
#define TESTS_CONTRACT_KINDS_H

#include "core/flow/connector.h"

struct contract_place {
	struct params params;	/* for open() */
	/*
	 * A stream with the fields id and name and the rows (1, ann), (2, bob),
	 * (3, cy) in this order, as streams() calls it.
	 */
	const char *stream;
	const char *missing;	/* a stream that is not there */
	const char *target;	/* streams that writing may make: id int, name text */
	const char *other;
	void *own;	/* set_up()'s for tear_down() */
};

struct contract_kind {
	const char *type;
	void (*set_up)(struct arena *mem, struct contract_place *out);
	void (*tear_down)(struct contract_place *place);
	/* Makes plain values of column c, if this connector's are not. */
	void (*plain)(struct batch *rows, int c);
};

extern const struct contract_kind contract_file;
extern const struct contract_kind contract_mem;
extern const struct contract_kind contract_postgres;

/* For connectors whose values are plain as they come. */
void contract_plain(struct batch *rows, int c);
#endif
