/*
 * connectors/mem/store.h
 *	Tables and a commit log in memory, shared by name.
 *
 * A table is never changed in place: a commit puts a new one where the old
 * one was, so that whoever reads goes on reading what it began with.
 *
 * Memory:  everything belongs to the store's arena until it is dropped.
 * Threads: between store_lock() and store_unlock().
 */
#ifndef CONNECTORS_MEM_STORE_H
#define CONNECTORS_MEM_STORE_H

#include "core/flow/connector.h"

struct mem_value {
	bool is_null;
	union {
		int64_t i64;
		double f64;
		struct decimal dec;
		struct slice text;
	} v;
};

struct mem_row {
	struct mem_value *value;	/* one a field */
	struct row_at at;	/* where it came from, for those that are refused */
	const char *part;
};

struct mem_table {
	struct mem_table *next;	/* the store's list; newest version of each name */
	const char *name;
	struct schema schema;
	struct mem_row *row;
	int64_t nrows;
	int64_t cap;
};

struct mem_log {
	struct mem_log *next;
	const char *origin;
	int64_t job;
	struct commit_note note;
};

struct mem_store {
	struct mem_store *next;
	struct arena *mem;
	const char *name;
	struct mem_table *table;
	struct mem_log *log;
};

/* Makes it when there is none of that name. */
struct mem_store *store_find(const char *name);
void store_lock(void);
void store_unlock(void);

struct mem_table *store_table(struct mem_store *s, const char *name);
struct mem_log *store_log(struct mem_store *s, const struct fence *f);

/* A copy of the schema, names included. */
void store_copy_schema(struct arena *mem, const struct schema *from, struct schema *to);

void table_add(struct arena *mem, struct mem_table *t, struct mem_row row);

/* Values of the same type. Nulls are equal to nothing but each other here. */
bool value_equal(enum type type, const struct mem_value *a, const struct mem_value *b);

/* Cell i of a column of plain values, text copied into mem. */
struct mem_value value_of(struct arena *mem, const struct column *col, uint32_t i);

/* Puts a value into cell i; the batch borrows its text. */
void value_put(struct column *col, uint32_t i, const struct mem_value *v);
#endif
