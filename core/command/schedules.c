/*
 * core/command/schedules.c
 *	A schedule as it stands in a file for apply.
 */
#include "core/command/schedules.h"

#include <string.h>

#include "core/command/body.h"

static void put_unless(json_t *to, const char *key, const char *value, const char *usual)
{
	if (strcmp(value, usual) != 0)
		json_object_set_new(to, key, json_string(value));
}

json_t *schedules_to_json(const struct schedule_request *in)
{
	json_t *j = json_object();

	json_object_set_new(j, "pipeline", json_string(in->pipeline));
	json_object_set_new(j, "cron", json_string(in->spec));
	put_unless(j, "tz", in->tz, "UTC");
	put_unless(j, "overlap", in->overlap, "skip");
	put_unless(j, "missed", in->missed, "one");
	if (in->priority != 0)
		json_object_set_new(j, "priority", json_integer(in->priority));
	if (in->max_attempts != 0)
		json_object_set_new(j, "attempts", json_integer(in->max_attempts));
	if (in->is_paused)
		json_object_set_new(j, "paused", json_true());
	return j;
}

json_t *schedules_row_to_json(const struct schedule_row *row)
{
	struct schedule_request same = {
		.pipeline = row->pipeline, .spec = row->spec, .tz = row->tz,
		.overlap = row->overlap, .missed = row->missed, .priority = row->priority,
		.max_attempts = row->max_attempts, .is_paused = row->is_paused,
	};

	return schedules_to_json(&same);
}

const char *schedules_text(struct arena *mem, const struct schedule_row *row)
{
	json_t *j = schedules_row_to_json(row);
	const char *text = body_text(mem, j);

	json_decref(j);
	return text;
}
