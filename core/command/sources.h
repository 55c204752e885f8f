/*
 * core/command/sources.h
 *	A source as people type it: a file, a pattern of files, or CONNECTION:STREAM.
 *
 * A file needs no database. Where a file of just that name exists, a colon is
 * part of its name; inside double quotes it is part of a stream's.
 *
 * Memory:  in the arena of the call.
 * Threads: one.
 */
#ifndef CORE_COMMAND_SOURCES_H
#define CORE_COMMAND_SOURCES_H

#include "core/command/command.h"
#include "core/flow/connector.h"

#define SOURCE_HELP "A file, a pattern in quotes, - for standard input, or CONNECTION:STREAM."

struct source {
	struct conn *conn;	/* conn_close() it, also after an error */
	const char *connection;	/* "files" for files */
	const char *stream;
	struct params options;
};

/* "a:b" -> "a" and "b"; NULL before the first colon outside quotes when there is none. */
const char *sources_split(struct arena *mem, const char *text, const char **rest);

/* The words NAME=VALUE of the argument `option`. */
enum err_code sources_options(struct arena *mem, const struct cmd_args *in, struct params *out,
			     struct err *err) MUST_USE;

/* Opens what text names; its options come from the argument `option`. It can be read. */
enum err_code sources_open(struct cmd_ctx *ctx, const struct cmd_args *in, const char *text,
			  struct source *out, struct err *err) MUST_USE;

/* The connection of that name, opened. */
enum err_code sources_open_connection(struct cmd_ctx *ctx, const char *name, struct conn **out,
				     struct err *err) MUST_USE;
#endif
