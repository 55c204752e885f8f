/*
 * core/command/db.c
 *	The commands of db: the private cluster, by hand.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/command/command.h"
#include "core/db/cluster.h"
#include "core/meta/place.h"

static const struct val_spec status_reply[] = {
	{ "state", VAL_TEXT, 0, NULL, NULL, "absent, stopped or running.", 0 },
	{ "dir", VAL_TEXT, COL_WRAP, NULL, NULL, "Where it is.", 0 },
	{ "socket_dir", VAL_TEXT, COL_WRAP, NULL, NULL, "Where its socket is.", 0 },
	{ "pid", VAL_INT8, 0, NULL, NULL, "Process of the server.", 0 },
	{ "version", VAL_INT8, 0, NULL, NULL, "Major version of PostgreSQL.", 0 },
	{ "kept", VAL_BOOL, 0, NULL, NULL, "It stays when its last user leaves.", 0 },
	VAL_END
};

static enum err_code put_status(struct cmd_ctx *ctx, struct reply *out, struct err *err)
{
	struct cluster_status s = { 0 };
	enum err_code rc = cluster_status(ctx->mem, &s, err);

	if (rc != ERR_OK)
		return rc;
	reply_text(out, "state", s.is_running ? "running" : s.exists ? "stopped" : "absent");
	reply_text(out, "dir", s.dir);
	reply_text(out, "socket_dir", s.socket_dir);
	if (s.is_running && s.pid > 0)
		reply_int8(out, "pid", s.pid);
	if (s.version > 0)
		reply_int8(out, "version", s.version);
	reply_bool(out, "kept", s.is_kept);
	reply_end_row(out);
	return ERR_OK;
}

static enum err_code run_status(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	(void)in;
	return put_status(ctx, out, err);
}

static const struct cmd_example status_examples[] = {
	{ "leat db status", "Whether the private PostgreSQL runs" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_db_status = {
	.name = "db status",
	.since = "0.1",
	.summary = "Show the private PostgreSQL; nothing is started.",
	.flags = CMD_IDEMPOTENT | CMD_LOCAL | CMD_NO_DB | CMD_ONE,
	.reply = status_reply,
	.examples = status_examples,
	.run = run_status,
};

/* ---- start, stop --------------------------------------------------------------------- */

static enum err_code run_start(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	struct cluster *cluster = NULL;
	enum err_code rc = cluster_open(&cluster, err);

	(void)in;
	if (rc == ERR_OK)
		rc = cluster_keep(true, err);
	if (rc == ERR_OK)
		rc = put_status(ctx, out, err);
	cluster_close(cluster);
	return rc;
}

const struct cmd_spec cmd_db_start = {
	.name = "db start",
	.since = "0.1",
	.summary = "Start the private PostgreSQL and keep it running.",
	.text = "Without this it is started by whoever needs it and stopped by its last user.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_LOCAL | CMD_ONE,
	.reply = status_reply,
	.run = run_start,
};

static const struct val_spec stop_args[] = {
	{ "force", VAL_BOOL, 0, NULL, NULL, "Also while others use it; their work is undone.", 0 },
	VAL_END
};

static enum err_code run_stop(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	enum err_code rc = cluster_stop(arg_bool(in, "force"), err);

	return rc == ERR_OK ? put_status(ctx, out, err) : rc;
}

const struct cmd_spec cmd_db_stop = {
	.name = "db stop",
	.since = "0.1",
	.summary = "Stop the private PostgreSQL.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_LOCAL | CMD_NO_DB | CMD_ONE,
	.args = stop_args,
	.reply = status_reply,
	.run = run_stop,
};

/* ---- psql ------------------------------------------------------------------------------- */

static const struct val_spec psql_args[] = {
	{ "command", VAL_TEXT, ARG_REPEAT, NULL, "SQL", "A statement to run instead of a prompt.",
	  'c' },
	{ "arg", VAL_TEXT, ARG_POSITIONAL | ARG_REPEAT, NULL, NULL, "Words for psql, behind --.",
		0 },
	VAL_END
};

static const struct val_spec psql_reply[] = {
	{ "status", VAL_INT8, 0, NULL, NULL, "Exit status of psql.", 0 },
	VAL_END
};

/* The first psql of PATH, else that of the newest server. */
static const char *find_psql(struct arena *mem)
{
	const char *path = getenv("PATH");

	while (path != NULL && *path != '\0') {
		size_t n = strcspn(path, ":");
		char *full = arena_printf(mem, "%.*s/psql", (int)n, path);

		if (path[0] == '/' && access(full, X_OK) == 0)
			return full;
		path += n + (path[n] == ':');
	}
	for (int version = 30; version >= 15; version--) {
		char *full = arena_printf(mem, "/usr/lib/postgresql/%d/bin/psql", version);

		if (access(full, X_OK) == 0)
			return full;
	}
	return NULL;
}

static enum err_code wait_for(pid_t pid, struct reply *out, struct err *err)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "waiting for psql");
	if (WIFSIGNALED(status))
		return err_set(err, ERR_INTERRUPTED, "psql was ended by signal %d",
			       WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(err, ERR_FAILED, "psql ended with status %d", WEXITSTATUS(status));
	(void)out;
	return ERR_OK;
}

/* psql has the terminal until it ends: Ctrl-C is its own. */
static enum err_code run_child(const char *path, const char *const *argv, struct reply *out,
			       struct err *err)
{
	extern char **environ;
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
	posix_spawnattr_t attr;
	sigset_t defaults;
	pid_t pid;
	int failed;
	enum err_code rc;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGINT);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	sigaction(SIGINT, &ignore, &old);
	failed = posix_spawn(&pid, path, NULL, &attr, (char *const *)(uintptr_t)argv, environ);
	posix_spawnattr_destroy(&attr);
	rc = failed != 0 ? err_sys(err, failed, "starting %s", path) : wait_for(pid, out, err);
	sigaction(SIGINT, &old, NULL);
	return rc;
}

static enum err_code run_psql(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	int n = 0, ncommands = arg_count(in, "command"), nargs = arg_count(in, "arg");
	const char **argv = arena_array(ctx->mem, (size_t)(ncommands * 2 + nargs) + 8,
					sizeof(*argv));
	const char *path = find_psql(ctx->mem);
	struct meta_place *place;
	enum err_code rc;

	if (path == NULL) {
		err_set(err, ERR_NOT_FOUND, "there is no psql on this machine");
		err_hint(err, "It is in the package postgresql-client.");
		return ERR_NOT_FOUND;
	}
	rc = cmd_place(ctx, &place, err);
	if (rc == ERR_OK && !meta_place_is_private(place)) {
		err_set(err, ERR_CONFIG, "leat's database is not the private one");
		err_hint(err, "Use psql with what %s says.", meta_place_source(place));
		rc = ERR_CONFIG;
	}
	if (rc != ERR_OK)
		return rc;
	argv[n++] = "psql";
	argv[n++] = "-X";
	argv[n++] = "-v";
	argv[n++] = "ON_ERROR_STOP=1";
	argv[n++] = "-d";
	argv[n++] = meta_data_conninfo(place);
	for (int i = 0; i < ncommands; i++) {
		argv[n++] = "-c";
		argv[n++] = arg_nth(in, "command", i);
	}
	for (int i = 0; i < nargs; i++)
		argv[n++] = arg_nth(in, "arg", i);
	return run_child(path, argv, out, err);
}

static const struct cmd_example psql_examples[] = {
	{ "leat db psql -c 'select 1'", "One statement" },
	{ "leat db psql -- -At -c 'select 1'", "With options of psql" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_db_psql = {
	.name = "db psql",
	.since = "0.1",
	.summary = "Open the private PostgreSQL in psql.",
	.flags = CMD_WRITES | CMD_LOCAL | CMD_OUTSIDE,
	.args = psql_args,
	.reply = psql_reply,
	.examples = psql_examples,
	.run = run_psql,
};
