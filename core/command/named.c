/*
 * core/command/named.c
 *	Commands on one named thing.
 */
#include "core/command/named.h"

enum err_code named_remove(struct cmd_ctx *ctx, const struct cmd_args *in,
			   enum err_code (*remove)(struct db *db, const char *name,
						   struct err *err),
			   struct reply *out, struct err *err)
{
	const char *name = arg_text(in, "name");
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = remove(db, name, err);
	if (rc != ERR_OK)
		return rc;
	reply_text(out, "name", name);
	reply_end_row(out);
	return ERR_OK;
}

void named_paused(struct cmd_ctx *ctx, const char *noun, const char *column, const char *name,
		  bool is_paused, bool changed, struct reply *out)
{
	if (!changed)
		cmd_note(ctx, "%s %s was %spaused already", noun, name, is_paused ? "" : "not ");
	reply_text(out, column, name);
	reply_bool(out, "paused", is_paused);
	reply_end_row(out);
}
