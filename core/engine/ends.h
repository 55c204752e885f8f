/*
 * core/engine/ends.h
 *	From the names in a pipeline to open connections.
 *
 * Built in: "local" (people's tables in leat's own database) and "files"
 * (the files of this machine); every other name is a stored connection of
 * the organization.
 *
 * Memory:  a conn lives in the arena given until conn_close().
 * Threads: the caller's session, the caller's thread.
 */
#ifndef CORE_ENGINE_ENDS_H
#define CORE_ENGINE_ENDS_H

#include "core/flow/pipeline.h"

struct db;
struct engine_env;

/*
 * name "" or NULL: the built-in one of `connector` ("file", else "postgres").
 * connector (may be NULL) must be the connection's own kind otherwise.
 * app: a META_APP session, looked at only for stored connections. env's
 * stop_fd ends the opening.
 */
enum err_code ends_open(struct arena *mem, const struct engine_env *env, struct db *app,
			const char *name, const char *connector, struct conn **out,
			struct err *err) MUST_USE;

/* "files:sales.csv", "local:public.sales" into mem, for people. */
const char *ends_label(struct arena *mem, const struct pipeline_end *end, const char *builtin);
#endif
