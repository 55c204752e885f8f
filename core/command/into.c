/*
 * core/command/into.c
 *	Reads where rows go and how.
 */
#include "core/command/into.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/sources.h"

static enum err_code read_target(struct arena *mem, const struct cmd_args *in, struct pipeline *p,
				 struct err *err)
{
	const char *into = arg_text(in, "into");

	p->target.create_schema = arg_bool(in, "create-schema");
	p->target.connection = sources_split(mem, into, &p->target.stream);
	if (p->target.connection == NULL)
		p->target.connection = "local";
	if (p->target.connection[0] == '\0' || p->target.stream[0] == '\0')
		return err_set(err, ERR_USAGE, "--into takes [CONNECTION:][SCHEMA.]TABLE, not '%s'",
			       text_fit(mem, into, strlen(into), 60));
	return ERR_OK;
}

static enum err_code read_mode(struct arena *mem, const struct cmd_args *in, struct pipeline *p,
			       struct err *err)
{
	const char *mode = arg_text(in, "mode"), *drift = arg_text(in, "drift");

	if (arg_given(in, "key"))
		body_names(mem, arg_text(in, "key"), &p->nkeys, &p->key);
	p->has_mode = mode != NULL || p->nkeys > 0;
	p->mode = p->nkeys > 0 ? MODE_UPSERT : MODE_APPEND;
	for (int m = MODE_APPEND; mode != NULL && m <= MODE_REPLACE; m++)
		if (strcmp(mode, write_mode_name((enum write_mode)m)) == 0)
			p->mode = (enum write_mode)m;
	for (int d = DRIFT_FAIL; drift != NULL && d <= DRIFT_IGNORE; d++)
		if (strcmp(drift, drift_policy_name((enum drift_policy)d)) == 0)
			p->drift = (enum drift_policy)d;
	if (p->mode == MODE_UPSERT && p->nkeys == 0) {
		err_set(err, ERR_USAGE, "--mode upsert needs --key");
		err_hint(err, "Name the fields that identify a row: --key order_no.");
		return ERR_USAGE;
	}
	return ERR_OK;
}

enum err_code into_read(struct arena *mem, const struct cmd_args *in, struct pipeline *p,
			struct err *err)
{
	enum err_code rc = read_target(mem, in, p, err);

	return rc == ERR_OK ? read_mode(mem, in, p, err) : rc;
}
