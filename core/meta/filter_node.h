/*
 * core/meta/filter_node.h
 *	How a filter is kept between reading and SQL; only its two files look inside.
 *
 * Memory:  in the arena of the filter.
 * Threads: one.
 */
#ifndef CORE_META_FILTER_NODE_H
#define CORE_META_FILTER_NODE_H

#include "core/meta/filter.h"

enum filter_node_kind { FILTER_ALL, FILTER_ANY, FILTER_NOT, FILTER_TERM };

struct filter_node {
	enum filter_node_kind kind;
	struct filter_node *first, *last, *next;	/* parts, and the next part of the whole */
	struct filter_term term;
	bool is_dropped;
};

struct filter {
	const struct filter_col *cols;
	struct filter_node *root;	/* FILTER_ALL */
	const char *unfinished;
	int nterms, nregex;
	size_t regex_at;		/* of the first */
};

/* Whether the n bytes at name are the i-th of "a|b|c". */
bool filter_choice_is(const char *choices, int i, const char *name, size_t n);
#endif
