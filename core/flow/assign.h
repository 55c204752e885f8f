/*
 * core/flow/assign.h
 *	Who gets whom, so that all together are best off.
 *
 * The Hungarian method with shortest augmenting paths: exact, in the cube of
 * the smaller side at worst.
 *
 * Memory:  in the arena given.
 * Threads: any.
 */
#ifndef CORE_FLOW_ASSIGN_H
#define CORE_FLOW_ASSIGN_H

#include <stdint.h>

struct arena;

/*
 * gain: nrows x ncols, row after row. Each row gets at most one column and each
 * column at most one row; pairs that gain 0 or less are never made. column[r]
 * is the row's column or -1. The sum of gains is the greatest there is.
 */
void assign_best(struct arena *mem, int nrows, int ncols, const int32_t *gain, int *column);
#endif
