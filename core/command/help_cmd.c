/*
 * core/command/help_cmd.c
 *	The command help.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/help.h"

#define HELP_LIMIT (1u << 20)

static const struct val_spec args[] = {
	{ "topic", VAL_NAME, ARG_POSITIONAL | ARG_REPEAT, NULL, "command",
	  "A command, or expressions, checks, pipelines or exit-codes.", 0 },
	{ "man", VAL_TEXT, ARG_HIDDEN, NULL, NULL, "A manual page by name; list names them all.",
		0 },
	VAL_END
};

static const struct val_spec reply[] = {
	{ "line", VAL_TEXT, 0, NULL, NULL, "A line of the text.", 0 },
	VAL_END
};

static bool write_man(struct buf *text, const char *name)
{
	if (strcmp(name, "list") != 0)
		return man_page(text, name);
	man_list(text);
	return true;
}

/* Help for `job` is about every command of the noun. */
static bool write_noun(struct buf *text, const char *noun)
{
	int count, shown = 0;
	const struct cmd_spec *const *all = cmd_all(&count);
	size_t n = strlen(noun);

	for (int i = 0; i < count; i++) {
		const struct cmd_spec *s = all[i];

		if (strncmp(s->name, noun, n) != 0 || s->name[n] != ' ' || (s->flags & CMD_HIDDEN))
			continue;
		if (shown++ == 0)
			buf_addf(text, "Commands of %s:\n", noun);
		buf_addf(text, "  %-22s %s\n", s->name, s->summary);
	}
	return shown > 0;
}

static bool write_topic(struct cmd_ctx *ctx, const struct cmd_args *in, struct buf *text)
{
	int n = arg_count(in, "topic"), used = 0;
	char **words = arena_array(ctx->mem, (size_t)n + 1, sizeof(*words));
	const struct cmd_spec *spec;

	for (int i = 0; i < n; i++)
		words[i] = arena_strdup(ctx->mem, arg_nth(in, "topic", i));
	spec = cmd_find(n, words, &used);
	if (spec != NULL && used == n) {
		help_command(text, spec);
		return true;
	}
	return n == 1 && (help_topic(text, words[0]) || write_noun(text, words[0]));
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	const char *man = arg_text(in, "man"), *first = arg_nth(in, "topic", 0), *near;
	struct buf text;
	bool is_known = true;

	buf_init(&text, HELP_LIMIT);
	if (man != NULL)
		is_known = write_man(&text, man);
	else if (first == NULL)
		help_overview(&text);
	else
		is_known = write_topic(ctx, in, &text);
	if (is_known) {
		reply_lines(out, buf_str(&text));
	} else {
		const char *name = man != NULL ? man : first;

		near = cmd_nearest(name);
		err_set(err, ERR_NOT_FOUND, "there is no help on %s",
			text_fit(ctx->mem, name, strlen(name), 60));
		if (near != NULL)
			err_hint(err, "Did you mean: leat help %s?", near);
		else
			err_hint(err, "All commands are shown by: leat help.");
	}
	buf_release(&text);
	return is_known ? ERR_OK : ERR_NOT_FOUND;
}

static const struct cmd_example examples[] = {
	{ "leat help", "All commands and common options" },
	{ "leat help load", "One command" },
	{ "leat help expressions", "The language of mappings" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_help = {
	.name = "help",
	.since = "0.1",
	.summary = "Explain a command or a topic.",
	.flags = CMD_NO_DB | CMD_PLAIN | CMD_LOCAL | CMD_IDEMPOTENT,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
