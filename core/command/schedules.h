/*
 * core/command/schedules.h
 *	A schedule as it stands in a file for apply.
 *
 * Memory:  texts in the arena given; JSON is a reference of the caller.
 * Threads: any.
 */
#ifndef CORE_COMMAND_SCHEDULES_H
#define CORE_COMMAND_SCHEDULES_H

#include <jansson.h>

#include "core/meta/schedule.h"

/* Only what differs from the usual; in went through schedule_check(). */
json_t *schedules_to_json(const struct schedule_request *in);

/* The same of a stored one. */
json_t *schedules_row_to_json(const struct schedule_row *row);
const char *schedules_text(struct arena *mem, const struct schedule_row *row);
#endif
