/*
 * core/engine/message.h
 *	What an alert says, in the forms that people and programs read.
 *
 * A message is the JSON object that webhooks get: {"type", "timestamp",
 * "data"}; docs/alerts.md describes it. Mails and Slack say the same in words:
 * what happened, why, what to do next, and the commands to look.
 *
 * Memory:  in the arena given.
 * Threads: any.
 */
#ifndef CORE_ENGINE_MESSAGE_H
#define CORE_ENGINE_MESSAGE_H

#include <jansson.h>

#include "core/base/err.h"

struct arena;

/* The message itself, as bytes that are signed and sent. */
const char *message_json(struct arena *mem, const json_t *message);

/* One line without a line break. */
const char *message_subject(struct arena *mem, const json_t *message);
/* Plain text; lines end with \n. */
const char *message_text(struct arena *mem, const json_t *message);
/* The body of Slack's incoming webhook; no foreign text is taken for markup. */
const char *message_slack(struct arena *mem, const json_t *message);

/* A message of type "test". now: ISO, UTC. */
json_t *message_test(const char *organization, const char *pipeline, const char *now);
#endif
