/*
 * batch/batch.c
 *	From the words of the command line to an exit status.
 */
#include "batch/batch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "batch/face.h"
#include "batch/script.h"
#include "batch/shell.h"
#include "batch/signals.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/command/help.h"

static char console_word[] = "console";

static int show_version(void)
{
	return puts("leat " PACKAGE_VERSION) == EOF || fflush(stdout) != 0;
}

/* `leat --open jobs` is `leat console --open jobs`. */
static enum err_code run_console(struct face *f, int nwords, char *const *words, struct err *err)
{
	char **all = arena_array(f->mem, (size_t)nwords + 2, sizeof(*all));

	all[0] = console_word;
	for (int i = 0; i < nwords; i++)
		all[i + 1] = words[i];
	return face_run(f, nwords + 1, all, err);
}

/* Plain `leat`, perhaps with options of the console's: words is all that was said. */
static enum err_code nothing_said(struct face *f, int nwords, char *const *words, struct err *err)
{
	bool is_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	struct buf text;
	int rc;

	if (is_terminal && f->console != NULL)
		return run_console(f, nwords, words, err);
	buf_init(&text, 1u << 16);
	help_short(&text);
	rc = fputs(buf_str(&text), is_terminal ? stdout : stderr);
	buf_release(&text);
	if (is_terminal)
		return rc != EOF && fflush(stdout) == 0 ? ERR_OK : ERR_DISK;
	err_set(err, ERR_USAGE, "a command is missing");
	err_hint(err, "Scripts are read by: leat --no-tui.");
	face_complain(f, err);
	return ERR_USAGE;
}

static enum err_code without_command(struct face *f, int nwords, char *const *words,
				     struct err *err)
{
	const char *file = arg_text(f->globals, "file");

	if (!arg_bool(f->globals, "no-tui")) {
		if (file == NULL)
			return nothing_said(f, nwords, words, err);
		err_set(err, ERR_USAGE, "--file needs --no-tui");
		face_complain(f, err);
		return ERR_USAGE;
	}
	if (file == NULL && isatty(STDIN_FILENO))
		return shell_run(f);
	return script_run(f, file);
}

static bool is_of_console(const char *word)
{
	int used;
	const struct cmd_spec *s = cmd_find(1, (char *const[]){ console_word }, &used);
	size_t n = strcspn(word, "=");

	for (const struct val_spec *a = s->args; a->name != NULL; a++) {
		if (strncmp(word, "--", 2) == 0 && strlen(a->name) + 2 == n &&
		    strncmp(word + 2, a->name, n - 2) == 0)
			return true;
	}
	return false;
}

static enum err_code begin(struct face *f, int nwords, char *const *words, struct err *err)
{
	int used = 0;
	enum err_code rc = cmd_parse_globals(f->mem, nwords, words, f->globals, &used, err);

	if (rc == ERR_USAGE && used > 0 && is_of_console(words[used - 1])) {
		/* They can only be meant for the console. */
		err_clear(err);
		f->globals = cmd_globals_new(f->mem, NULL);
		signals_install();
		face_open(f);
		return run_console(f, nwords, words, err);
	}
	if (rc != ERR_OK) {
		face_complain(f, err);
		return rc;
	}
	if (arg_bool(f->globals, "version"))
		return show_version() == 0 ? ERR_OK : ERR_DISK;
	signals_install();
	face_open(f);
	if (used < nwords)
		return face_run(f, nwords - used, words + used, err);
	if (arg_bool(f->globals, "help"))
		return face_run_plain(f, "help", err);
	return without_command(f, nwords, words, err);
}

int batch_main(int argc, char **argv, batch_console_fn console)
{
	struct arena *mem = arena_new(NULL, "batch");
	struct err err = { 0 };
	struct face face;
	enum err_code rc;

	face_init(&face, mem);
	face.console = console;
	rc = begin(&face, argc - 1, argv + 1, &err);
	face_release(&face);
	arena_free(mem);
	return err_exit_status(rc);
}
