/*
 * core/command/limits.h
 *	Rates of limits as people write them.
 *
 * Memory:  texts in the arena given.
 * Threads: any.
 */
#ifndef CORE_COMMAND_LIMITS_H
#define CORE_COMMAND_LIMITS_H

#include "core/command/command.h"

/* "10/s", "5/m", "2/h": in the largest of these units that gives a number from 1. */
const char *limits_rate(struct arena *mem, double per_s);
#endif
