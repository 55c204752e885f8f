/*
 * core/meta/list_cols.c
 *	The columns of lists: what the statement of each calls a row, as people know it.
 *
 * Names are those of the reply of the list's command; what a face makes of other columns
 * is made here once more, for the server to look at.
 */
#include "core/meta/list.h"

#define END    { NULL, NULL, FILTER_TEXT, NULL, 0 }
#define STATES "queued|running|succeeded|failed|dead|cancelled|paused|waiting"

/* "connection:stream" of a pipeline's body. */
#define ENDPOINT(side)                                                                          \
	"concat_ws(':', nullif(t.body #>> '{" side ",connection}', ''), "                       \
	"coalesce(nullif(t.body #>> '{" side ",stream}', ''), t.body #>> '{" side ",query}', ''))"

static const struct filter_col pipelines[] = {
	{ "name", "t.name", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "source", ENDPOINT("source"), FILTER_TEXT, NULL, FILTER_WORDS },
	{ "target", ENDPOINT("target"), FILTER_TEXT, NULL, FILTER_WORDS },
	{ "mode", "coalesce(t.body ->> 'mode', 'append')", FILTER_CHOICE, "append|upsert|replace",
	  0 },
	{ "last_job", "t.last_job", FILTER_COUNT, NULL, 0 },
	{ "last_state", "t.last_state", FILTER_ORDINAL, STATES, FILTER_WORDS },
	{ "state", "t.last_state", FILTER_ORDINAL, STATES, FILTER_ALIAS },
	{ "last_at", "t.last_at", FILTER_TIME, NULL, FILTER_SINCE },
	{ "updated_at", "t.updated_at", FILTER_TIME, NULL, 0 },
	{ "paused", "t.is_paused", FILTER_BOOL, NULL, 0 },
	{ "paused_why", "t.paused_why", FILTER_TEXT, NULL, FILTER_WORDS },
	END
};
const struct list_def list_pipelines = { "pipeline", pipelines, "t.name" };

static const struct filter_col schedules[] = {
	{ "name", "t.name", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "pipeline", "t.pipeline", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "cron", "t.spec", FILTER_TEXT, NULL, 0 },
	{ "tz", "t.tz", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "state", "case when t.is_paused then 'paused' when t.problem is not null then 'problem' "
	  "else 'active' end", FILTER_CHOICE, "active|paused|problem", FILTER_WORDS },
	{ "next_at", "t.next_at", FILTER_TIME, NULL, 0 },
	{ "last_at", "t.last_at", FILTER_TIME, NULL, FILTER_SINCE },
	{ "last_outcome", "t.last_outcome", FILTER_TEXT, NULL, 0 },
	{ "last_job", "t.last_job", FILTER_COUNT, NULL, 0 },
	{ "problem", "t.problem", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "updated_at", "t.updated_at", FILTER_TIME, NULL, 0 },
	END
};
const struct list_def list_schedules = { "schedule", schedules, "t.name" };

static const struct filter_col connections[] = {
	{ "name", "t.name", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "connector", "t.connector", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "builtin", "t.is_builtin", FILTER_BOOL, NULL, 0 },
	{ "config", "t.config::text", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "created_at", "t.created_at", FILTER_TIME, NULL, FILTER_SINCE },
	{ "updated_at", "t.updated_at", FILTER_TIME, NULL, 0 },
	{ "health", "t.health", FILTER_CHOICE, "ok|problem", 0 },
	{ "last_job", "t.last_job", FILTER_COUNT, NULL, 0 },
	{ "used_at", "t.used_at", FILTER_TIME, NULL, 0 },
	{ "problem", "t.problem", FILTER_TEXT, NULL, 0 },
	END
};
const struct list_def list_connections = { "connection", connections,
					   "t.is_builtin desc, t.name" };

static const struct filter_col engines[] = {
	{ "engine", "t.id", FILTER_COUNT, NULL, FILTER_WORDS },
	{ "name", "t.name", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "slots", "t.slots", FILTER_COUNT, NULL, 0 },
	{ "running", "t.jobs", FILTER_COUNT, NULL, 0 },
	{ "jobs", "t.ids", FILTER_TEXT, NULL, 0 },
	{ "queues", "t.queues", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "state", "t.state", FILTER_CHOICE, "idle|busy|draining|silent|gone|ended", FILTER_WORDS },
	{ "started_at", "t.started_at", FILTER_TIME, NULL, FILTER_SINCE },
	{ "lease_until", "t.lease_until", FILTER_TIME, NULL, 0 },
	{ "stopped_at", "t.stopped_at", FILTER_TIME, NULL, 0 },
	{ "version", "t.version", FILTER_TEXT, NULL, 0 },
	END
};
const struct list_def list_engines = { "engine", engines, "t.id" };

static const struct filter_col alerts[] = {
	{ "name", "t.name", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "kind", "t.kind", FILTER_CHOICE, "webhook|slack|mail", FILTER_WORDS },
	{ "pipeline", "t.pipeline", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "on", "concat_ws(',', case when t.on_failure then 'failure' end, case when t.on_recovery "
	  "then 'recovery' end, case when t.on_success then 'success' end, case when "
	  "t.rejects_rows >= 0 or t.rejects_percent >= 0 then 'rejects' end)", FILTER_TEXT, NULL,
	  0 },
	{ "paused", "t.is_paused", FILTER_BOOL, NULL, 0 },
	{ "paused_why", "t.paused_why", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "open", "t.open", FILTER_COUNT, NULL, 0 },
	{ "last", "t.last_what", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "last_state", "t.last_state", FILTER_ORDINAL, STATES, 0 },
	{ "last_at", "t.last_at", FILTER_TIME, NULL, FILTER_SINCE },
	{ "last_job", "t.last_job", FILTER_COUNT, NULL, 0 },
	END
};
const struct list_def list_alerts = { "alert", alerts, "t.name" };

static const struct filter_col bookmarks[] = {
	{ "pipeline", "t.name", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "bookmark", "t.value::text", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "job", "t.job_id", FILTER_COUNT, NULL, FILTER_WORDS },
	{ "updated_at", "t.updated_at", FILTER_TIME, NULL, FILTER_SINCE },
	END
};
const struct list_def list_bookmarks = { "bookmark of pipeline", bookmarks, "t.name" };

static const struct filter_col queues[] = {
	{ "queue", "t.name", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "queued", "t.queued", FILTER_COUNT, NULL, 0 },
	{ "scheduled", "t.scheduled", FILTER_COUNT, NULL, 0 },
	{ "held", "t.held", FILTER_COUNT, NULL, 0 },
	{ "running", "t.running", FILTER_COUNT, NULL, 0 },
	{ "paused", "t.is_paused", FILTER_BOOL, NULL, 0 },
	END
};
const struct list_def list_queues = { "queue", queues, "t.name" };

/* Of all that is wrong with a row. */
#define PROBLEMS(what)                                                                          \
	"(select string_agg(" what ", ' ') from jsonb_array_elements(t.problems) p)"

static const struct filter_col rejects[] = {
	{ "id", "t.id", FILTER_COUNT, NULL, FILTER_WORDS },
	{ "job", "t.job_id", FILTER_COUNT, NULL, 0 },
	{ "pipeline", "(select j.body ->> 'name' from leat.job j where j.org_id = t.org_id "
	  "and j.id = t.job_id)", FILTER_TEXT, NULL, 0 },
	{ "part", "t.part", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "row", "t.row_no", FILTER_COUNT, NULL, 0 },
	{ "line", "t.line_no", FILTER_COUNT, NULL, 0 },
	{ "offset", "nullif(t.byte_offset, -1)", FILTER_COUNT, NULL, 0 },
	{ "field", PROBLEMS("p ->> 'field'"), FILTER_TEXT, NULL, 0 },
	{ "rule", PROBLEMS("p ->> 'rule'"), FILTER_TEXT, NULL, 0 },
	{ "value", PROBLEMS("p ->> 'value'"), FILTER_TEXT, NULL, 0 },
	{ "reasons", PROBLEMS("concat_ws(' ', p ->> 'field', p ->> 'reason', p ->> 'value')"),
	  FILTER_TEXT, NULL, FILTER_WORDS },
	/* Bytes as they stood: what is not ASCII is written \\303 here. */
	{ "raw", "encode(t.raw, 'escape')", FILTER_TEXT, NULL, 0 },
	{ "at", "t.at", FILTER_TIME, NULL, FILTER_SINCE },
	{ "state", "t.state", FILTER_ORDINAL, "open|staged|replayed|discarded|void", 0 },
	{ "sqlstate", PROBLEMS("p ->> 'sqlstate'"), FILTER_TEXT, NULL, 0 },
	{ "act", "t.act_id", FILTER_COUNT, NULL, 0 },
	{ "replay_job", "t.replay_job", FILTER_COUNT, NULL, 0 },
	{ "discarded_at", "t.discarded_at", FILTER_TIME, NULL, 0 },
	{ "discard_reason", "t.discard_reason", FILTER_TEXT, NULL, 0 },
	END
};
const struct list_def list_rejects = { "reject", rejects, "t.id" };

/* A group's key is the reject that stands for it. */
static const struct filter_col groups[] = {
	{ "sample_id", "t.sample_id", FILTER_COUNT, NULL, 0 },
	{ "rows", "t.rows", FILTER_COUNT, NULL, 0 },
	{ "field", "t.field", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "rule", "t.rule", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "sqlstate", "t.sqlstate", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "reason", "t.reason", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "sample", "t.sample", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "first_row", "t.first_row", FILTER_COUNT, NULL, 0 },
	{ "last_row", "t.last_row", FILTER_COUNT, NULL, 0 },
	{ "first_at", "t.first_at", FILTER_TIME, NULL, 0 },
	{ "last_at", "t.last_at", FILTER_TIME, NULL, FILTER_SINCE },
	{ "job", "t.job_id", FILTER_COUNT, NULL, 0 },
	END
};
const struct list_def list_groups = { "group of rejects", groups,
	"t.rows desc, t.job_id desc, t.field, t.rule, t.sqlstate, t.reason" };

static const struct filter_col lines[] = {
	{ "id", "t.id", FILTER_COUNT, NULL, 0 },
	{ "job", "t.job_id", FILTER_COUNT, NULL, FILTER_WORDS },
	{ "run", "t.run", FILTER_COUNT, NULL, 0 },
	/* In the order of enum log_level. */
	{ "level", "t.level", FILTER_ORDINAL, "error|warning|info|debug", 0 },
	{ "at", "t.at", FILTER_TIME, NULL, FILTER_SINCE },
	{ "line", "t.line", FILTER_TEXT, NULL, FILTER_WORDS },
	END
};
const struct list_def list_lines = { "line", lines, "t.id" };
