/*
 * core/meta/alert.h
 *	Who is told about jobs that fail, recover, succeed or reject too much.
 *
 * A rule watches one pipeline or every job of its organization. A job that
 * failed for good (failed, dead) opens an incident of the rule, unless one of
 * that pipeline is open: then it is only counted. The first job that succeeds
 * closes it. Too many rejected rows are an incident of their own. Opening and
 * closing make a message each, where the rule wants it: a job of kind 'alert'
 * whose body holds the message, so that a message is tried again, can be seen
 * and ends dead like any job. Jobs of kind 'alert' are watched by nobody.
 *
 * alert_expect() at the start of an attempt and alert_look() after its end
 * see to it that each end is looked at exactly once, whoever dies in between:
 * what nobody looked at is found by alert_left().
 *
 * Runs as META_APP but for alert_left(), which is META_ENGINE.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_ALERT_H
#define CORE_META_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/meta/connection.h"

#define ALERT_JOB_KIND "alert"

struct list_ask;

struct alert_rule {
	int64_t id;
	const char *name;
	const char *pipeline;	/* name; NULL: every job */
	const char *kind;	/* "webhook", "mail", "slack" */
	const char *config;	/* JSON, as of a connection */
	bool on_failure, on_recovery, on_success;
	int64_t rejects_rows;	/* more are too many; -1: not looked at */
	double rejects_percent;	/* of the rows read; -1: not looked at */
	bool allow_private;
	bool is_paused;
	const char *paused_why;	/* NULL: a person did it */
	int64_t open;		/* incidents */
	const char *last_what, *last_at;	/* of the newest message; NULL: none yet */
	int64_t last_job;	/* that sends or sent it; 0: none yet */
	const char *last_state;	/* of that job: "succeeded" is sent */
	const char *created_at, *updated_at;	/* ISO, UTC */
};
struct alert_rules {
	int n;
	struct alert_rule *a;
};

/* secret_names as of connection_put(). ERR_NOT_FOUND: no such pipeline. */
enum err_code alert_put(struct db *db, enum put_how how, const struct alert_rule *in,
			const char *const *secret_names, struct err *err) MUST_USE;
enum err_code alert_list(struct arena *mem, struct db *db,
			 const struct list_ask *ask, struct alert_rules *out,
			 struct err *err) MUST_USE;
/* ERR_NOT_FOUND with the way to the list. */
enum err_code alert_get(struct arena *mem, struct db *db, const char *name,
			struct alert_rule *out, struct err *err) MUST_USE;
enum err_code alert_get_id(struct arena *mem, struct db *db, int64_t id, struct alert_rule *out,
			   struct err *err) MUST_USE;
/* While it is paused nothing is looked at and nothing is sent. why NULL: a person wants it. */
enum err_code alert_pause(struct db *db, const char *name, bool is_paused, const char *why,
			  struct err *err) MUST_USE;
/* Soft; its incidents are closed. */
enum err_code alert_remove(struct db *db, const char *name, struct err *err) MUST_USE;

struct alert_incident {
	int64_t id;
	const char *about;	/* "failure", "rejects" */
	const char *pipeline;	/* NULL: a one-shot load */
	const char *opened_at, *last_at, *closed_at;	/* ISO, UTC; closed_at NULL: open */
	int64_t opened_job, last_job, closed_job;	/* closed_job 0: none */
	int64_t jobs;		/* that ended so */
};
struct alert_incidents {
	int n;
	struct alert_incident *i;
};
/* The newest ten. */
enum err_code alert_incidents(struct arena *mem, struct db *db, int64_t alert,
			      struct alert_incidents *out, struct err *err) MUST_USE;

/* ---- for engines ------------------------------------------------------------ */

/* Jobs that were added to send messages. */
struct alert_made {
	int n;
	int64_t job[16];	/* more are added and not named here */
};

/*
 * An attempt starts. *expected: somebody wants to know how it ends. *unnoted, asked on the same
 * way: the version for mapping_note_fields(); 0: its source is known.
 */
enum err_code alert_expect(struct db *db, int64_t job, int64_t run, int64_t pipeline_id,
			   bool *expected, int64_t *unnoted, struct err *err) MUST_USE;

/*
 * That attempt is over, or its job is: decides what is told to whom, in one
 * transaction with the messages. Nothing happens when the end was looked at
 * already, when the job is tried again, or while it still runs. made (may be
 * NULL) is added to.
 */
enum err_code alert_look(struct arena *mem, struct db *db, int64_t job, int64_t run,
			 struct alert_made *made, struct err *err) MUST_USE;

struct alert_end {
	int64_t org_id, job, run;
};
struct alert_ends {
	int n;
	struct alert_end *e;
};
/* Ends of every organization that are still to be looked at; usually none. */
enum err_code alert_left(struct arena *mem, struct db *db, struct alert_ends *out,
			 struct err *err) MUST_USE;
#endif
