/*
 * core/command/named.h
 *	What commands on one named thing answer: it is gone, it is paused or goes on.
 *
 * Memory:  in the arena of the call.
 * Threads: one.
 */
#ifndef CORE_COMMAND_NAMED_H
#define CORE_COMMAND_NAMED_H

#include "core/command/command.h"

struct db;

/* Removes what argument "name" names; the answer is its name. */
enum err_code named_remove(struct cmd_ctx *ctx, const struct cmd_args *in,
			   enum err_code (*remove)(struct db *db, const char *name,
						   struct err *err),
			   struct reply *out, struct err *err) MUST_USE;

/* Answers column (its name) and "paused"; a note tells when nothing changed. */
void named_paused(struct cmd_ctx *ctx, const char *noun, const char *column, const char *name,
		  bool is_paused, bool changed, struct reply *out);
#endif
