/*
 * tui/view/views.h
 *	Every screen there is.
 *
 * Memory:  none.
 * Threads: none.
 */
#ifndef TUI_VIEW_VIEWS_H
#define TUI_VIEW_VIEWS_H

#include "tui/view/view.h"

/* Roots in the order of their slots; then those that are reached by ":name". */
#define VIEW_LIST(X)                                                                              \
	X(jobs) X(connections) X(mappings) X(rejects) X(logs) X(schedules)                        \
	X(pulse) X(engines) X(queues) X(alerts) X(connectors)

#define X(name) extern const struct view_ops *const view_##name;
VIEW_LIST(X)
#undef X

const struct view_ops *view_root_at(int i);
int view_root_count(void);

/* By name or by a prefix that only one has; NULL: none, *near is the nearest name. */
const struct view_ops *view_root_of(const char *name, size_t n, const char **near);

/* Shown for a command that was typed: its rows or lines. Takes the answer. */
extern const struct view_ops *const view_answer;
void view_answer_give(struct view *v, const char *line, struct answer *a);

/* A mapping being edited, below its pipeline's name. */
extern const struct view_ops *const view_mapping;

/* Rows as a pipeline would write them, rows of a stream: below what they are of. */
extern const struct view_ops *const view_preview;
extern const struct view_ops *const view_sample;

/* A form for a new connection, or (below one) for its settings. */
extern const struct view_ops *const view_connection_form;

/* A form for a new pipeline, below the list of them or below the stream that it will read. */
extern const struct view_ops *const view_pipeline_form;

/* The page of a job, and below it what it said. */
extern const struct view_ops *const view_job;
extern const struct view_ops *const view_job_log;

/* The rejects of a job, below its page. */
extern const struct view_ops *const view_reject_groups;
/* Below a group of them: a cell of all its rows as an expression. */
extern const struct view_ops *const view_reject_fix;
/* Options of commands for "FIELD:RULE", a group's part of the path; either may be empty. */
void rejects_group_words(const char *segment, struct arena *mem, struct view_words *w);
#endif
