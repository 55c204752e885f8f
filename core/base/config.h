/*
 * core/base/config.h
 *	The user's config file: `name = value`, one a line, # begins a comment line.
 *
 * $XDG_CONFIG_HOME/leat/config, or ~/.config/leat/config. Of a name that stands there
 * twice the last line counts; names that nobody asks for are passed over, so that
 * an older leat reads the file of a newer one.
 *
 * Memory:  in the arena given.
 * Threads: any, each with an arena of its own.
 */
#ifndef CORE_BASE_CONFIG_H
#define CORE_BASE_CONFIG_H

#include "core/base/err.h"

struct arena;
struct config;

#define CONFIG_LINE_MAX 4096	/* bytes, with the line's end */

/* *out is never NULL; without a file nothing is set. */
enum err_code config_read(struct arena *mem, struct config **out, struct err *err) MUST_USE;

/* NULL: not set, or set to nothing. */
const char *config_get(const struct config *c, const char *name);
/* Where the file is or would be; NULL: there is no home. */
const char *config_path(const struct config *c);

/* name within leat's folder of configuration, "keys" -> ~/.config/leat/keys; NULL: no home. */
char *config_file(struct arena *mem, const char *name);
#endif
