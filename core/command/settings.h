/*
 * core/command/settings.h
 *	Settings of a connection against what its connector takes.
 *
 * Memory:  in the arena given.
 * Threads: one.
 */
#ifndef CORE_COMMAND_SETTINGS_H
#define CORE_COMMAND_SETTINGS_H

#include <jansson.h>

#include "core/base/err.h"

struct arena;

/*
 * No such connector, unknown settings, missing or wrong ones, and secrets
 * that stand there in the open: ERR_CONFIG. References count as given.
 */
enum err_code settings_check(struct arena *mem, const char *name, const char *connector,
			     const json_t *config, struct err *err) MUST_USE;

/* Names of the connector's secret settings, NULL-terminated. */
const char *const *settings_secrets(struct arena *mem, const char *connector);
#endif
