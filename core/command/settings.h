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
struct cmd_args;
struct param_spec;

/*
 * No such connector, unknown settings, missing or wrong ones, and secrets
 * that stand there in the open: ERR_CONFIG. References count as given.
 */
enum err_code settings_check(struct arena *mem, const char *name, const char *connector,
			     const json_t *config, struct err *err) MUST_USE;

/* The same against a list. where: "alert ops", for messages. */
enum err_code settings_check_list(struct arena *mem, const char *where,
				  const struct param_spec *list, const json_t *config,
				  struct err *err) MUST_USE;

/* Names of the secret settings of a list, NULL-terminated. */
const char *const *settings_secrets(struct arena *mem, const struct param_spec *list);

/* The words NAME=VALUE of the argument `setting`; NAME=env:X and NAME=secret:X are references. */
enum err_code settings_read(struct arena *mem, const struct cmd_args *in, json_t *config,
			    struct err *err) MUST_USE;
#endif
