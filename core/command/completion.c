/*
 * core/command/completion.c
 *	The commands completion (a script for a shell) and complete (its other half).
 */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/command.h"
#include "core/command/complete.h"
#include "core/command/session.h"

static const struct val_spec completion_args[] = {
	{ "shell", VAL_CHOICE, ARG_POSITIONAL | ARG_REQUIRED, NULL, "bash|zsh|fish",
	  "The shell that shall complete.", 0 },
	VAL_END
};

static const struct val_spec completion_reply[] = {
	{ "line", VAL_TEXT, 0, NULL, NULL, "A line of the script.", 0 },
	VAL_END
};

/* The words so far go to `leat complete`; it answers one candidate a line. */
static const char bash_script[] =
	"# leat completion for bash\n"
	"_leat() {\n"
	"\tlocal IFS=$'\\n' line\n"
	"\tCOMPREPLY=()\n"
	"\tlocal words=(\"${COMP_WORDS[@]:1:COMP_CWORD}\")\n"
	"\twhile read -r line; do\n"
	"\t\tif [[ $line == :files ]]; then\n"
	"\t\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\t\tCOMPREPLY+=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
	"\t\telse\n"
	"\t\t\tCOMPREPLY+=(\"$(printf '%q' \"${line%%$'\\t'*}\")\")\n"
	"\t\tfi\n"
	"\tdone < <(\"${COMP_WORDS[0]}\" complete -- \"${words[@]}\" 2>/dev/null)\n"
	"}\n"
	"complete -F _leat leat\n";

static const char zsh_script[] =
	"#compdef leat\n"
	"# leat completion for zsh\n"
	"_leat() {\n"
	"\tlocal -a found\n"
	"\tlocal line word help\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tif [[ $line == :files ]]; then\n"
	"\t\t\t_files\n"
	"\t\t\tcontinue\n"
	"\t\tfi\n"
	"\t\tword=${line%%$'\\t'*}\n"
	"\t\thelp=${line#*$'\\t'}\n"
	"\t\tfound+=(\"${word//:/\\\\:}:$help\")\n"
	"\tdone < <($words[1] complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
	"\t(( $#found )) && _describe leat found\n"
	"}\n"
	/* Loaded by name from a folder of functions it is called at once; sourced it is not. */
	"if [[ $funcstack[1] == _leat ]]; then\n"
	"\t_leat \"$@\"\n"
	"else\n"
	"\tcompdef _leat leat\n"
	"fi\n";

static const char fish_script[] =
	"# leat completion for fish\n"
	"function __leat_complete\n"
	"\tset -l words (commandline -opc)[2..-1] (commandline -ct)\n"
	"\tfor line in (leat complete -- $words 2>/dev/null)\n"
	"\t\tif test \"$line\" = :files\n"
	"\t\t\t__fish_complete_path (commandline -ct)\n"
	"\t\telse\n"
	"\t\t\techo $line\n"
	"\t\tend\n"
	"\tend\n"
	"end\n"
	"complete -c leat -f -a '(__leat_complete)'\n";

static enum err_code run_completion(struct cmd_ctx *ctx, const struct cmd_args *in,
				    struct reply *out, struct err *err)
{
	const char *shell = arg_text(in, "shell");

	(void)ctx;
	(void)err;
	reply_lines(out, strcmp(shell, "bash") == 0  ? bash_script
			 : strcmp(shell, "zsh") == 0 ? zsh_script
						     : fish_script);
	return ERR_OK;
}

static const struct cmd_example examples[] = {
	{ "leat completion bash", "The script; put it into ~/.local/share/bash-completion/completions/leat" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_completion = {
	.name = "completion",
	.since = "0.1",
	.summary = "Write a completion script for a shell.",
	.text = "The script asks the program itself, so that it never grows old. Names of "
		"connections, pipelines and jobs are offered while leat's database runs.",
	.flags = CMD_NO_DB | CMD_PLAIN | CMD_LOCAL | CMD_IDEMPOTENT | CMD_OUTSIDE,
	.args = completion_args,
	.reply = completion_reply,
	.examples = examples,
	.run = run_completion,
};

/* ---- complete ------------------------------------------------------------- */

static const struct val_spec complete_args[] = {
	{ "word", VAL_TEXT, ARG_POSITIONAL | ARG_REPEAT, NULL, NULL,
	  "The words behind leat; the last one is being typed.", 0 },
	VAL_END
};

static const struct val_spec complete_reply[] = {
	{ "candidate", VAL_TEXT, 0, NULL, NULL, "Candidate, a tab, and what it is.", 0 },
	VAL_END
};

static enum err_code run_complete(struct cmd_ctx *ctx, const struct cmd_args *in,
				  struct reply *out, struct err *err)
{
	int n = arg_count(in, "word");
	char **words = arena_array(ctx->mem, (size_t)n + 1, sizeof(*words));
	struct complete_list list;

	(void)err;
	for (int i = 0; i < n; i++)
		words[i] = arena_strdup(ctx->mem, arg_nth(in, "word", i));
	complete_words(ctx->mem, ctx->session, n > 0 ? n - 1 : 0, words, n > 0 ? words[n - 1] : "",
		       &list);
	for (int i = 0; i < list.n; i++)
		reply_line(out, list.item[i].help == NULL
					? list.item[i].text
					: arena_printf(ctx->mem, "%s\t%s", list.item[i].text,
						       list.item[i].help));
	if (list.is_file)
		reply_line(out, ":files");
	return ERR_OK;
}

const struct cmd_spec cmd_complete = {
	.name = "complete",
	.since = "0.1",
	.summary = "Say what may stand at the end of a line.",
	.flags = CMD_PLAIN | CMD_LOCAL | CMD_HIDDEN | CMD_IDEMPOTENT,
	.args = complete_args,
	.reply = complete_reply,
	.run = run_complete,
};
