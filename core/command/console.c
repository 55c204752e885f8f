/*
 * core/command/console.c
 *	The command console: its options; a face that has a terminal opens it.
 */
#include "core/command/command.h"

static const struct val_spec args[] = {
	{ "open", VAL_TEXT, 0, NULL, NULL, "PATH: what to begin with: jobs, jobs/42/rejects.", 0 },
	{ "read-only", VAL_BOOL, 0, NULL, NULL,
	  "Look and change nothing; the database sees to it, and no engine runs inside.", 0 },
	{ "workers", VAL_INT8, 0, NULL, NULL,
	  "Jobs that the engine inside runs at the same time; 0: no engine (default: 2).", 0 },
	{ "theme", VAL_TEXT, 0, NULL, NULL, "NAME: colours; a name or the path of a file.", 0 },
	{ "keys", VAL_CHOICE, 0, NULL, "default|vim|htop|mutt", "Habit of the keys.", 0 },
	{ "ascii", VAL_BOOL, 0, NULL, NULL, "Draw with ASCII alone.", 0 },
	{ "mouse", VAL_CHOICE, 0, NULL, "on|off", "Whether the mouse is ours.", 0 },
	{ "prod", VAL_BOOL, 0, NULL, NULL,
	  "A place where a mistake is expensive: names are typed before they are destroyed.", 0 },
	{ "slow", VAL_BOOL, 0, NULL, NULL, "For slow lines: a frame a second, 16 colours.", 0 },
	VAL_END
};

/* Of a command that answers nothing: it ends when people leave. */
static const struct val_spec reply[] = {
	{ "ended", VAL_TEXT, 0, NULL, NULL, "How it ended.", 0 },
	VAL_END
};

/* Only where no face took it: scripts, pipes, the console itself. */
static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	(void)ctx;
	(void)in;
	(void)out;
	err_set(err, ERR_USAGE, "the console needs a terminal of its own");
	err_hint(err, "Without one, commands work: see leat help. Scripts are read by: "
		      "leat --no-tui.");
	return ERR_USAGE;
}

static const struct cmd_example examples[] = {
	{ "leat console --open jobs --read-only", "Look at the jobs, change nothing" },
	{ "leat --workers 0", "Only watch: engines elsewhere do the work" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_console = {
	.name = "console",
	.since = "0.2",
	.summary = "Open the console on this terminal; plain leat does the same.",
	.text = "All options may be given to plain leat as well. Presets stand in the config file "
		"($XDG_CONFIG_HOME/leat/config, ~/.config/leat/config), one a line: theme = NAME, "
		"keys = PRESET, mouse = on or off, workers = N, and prod = yes, which marks the "
		"database of that file as one where a mistake is expensive; prod = all marks every "
		"one, and --prod the one that is opened. Keys of one's own "
		"stand in the file keys beside it, colours in the folder themes; both are read "
		"again when they are written. Alt-m, or :mouse off, gives the mouse to the terminal "
		"while the console runs. After a lost line "
		"the next console offers to go on where it was.",
	.flags = CMD_NO_DB | CMD_LOCAL | CMD_ONE | CMD_OUTSIDE | CMD_IDEMPOTENT,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};
