/*
 * core/command/alerts.h
 *	An alert as it stands in a file for apply.
 *
 * Memory:  in the arena given; JSON is a reference of the caller.
 * Threads: any.
 */
#ifndef CORE_COMMAND_ALERTS_H
#define CORE_COMMAND_ALERTS_H

#include <jansson.h>

#include "core/meta/alert.h"

/*
 * Checks all of it but that the pipeline exists. ERR_CONFIG says what is wrong; a pause
 * that the file does not speak of stays as out has it.
 */
enum err_code alerts_from_json(struct arena *mem, const char *name, json_t *body,
			       struct alert_rule *out, struct err *err) MUST_USE;

/* Only what differs from the usual; settings as they are stored, so secrets are references. */
enum err_code alerts_to_json(const struct alert_rule *a, json_t **out, struct err *err) MUST_USE;

/* Sets what the words say; NULL, or the one that is none. */
const char *alerts_on(int n, const char *const *word, struct alert_rule *out);

/* "failure,recovery"; "none" without any, and rejects are not among them. */
const char *alerts_on_text(struct arena *mem, const struct alert_rule *a);

/* Whether it tells anything at all. */
bool alerts_tells(const struct alert_rule *a);
#endif
