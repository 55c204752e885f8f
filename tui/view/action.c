/*
 * tui/view/action.c
 *	What keys can do.
 */
#include "tui/view/action.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/command/command.h"
#include "core/command/words.h"

/* Views that are lists, and views that are texts. */
#define LISTS                                                                                     \
	"jobs connections streams fields mappings rejects reject_rows schedules engines queues "  \
	"alerts connectors settings"
#define TEXTS "logs job_log answer sample preview"

#define EACH(d, v, h, m) { d, v, h, m }
#define SAME(d) { d, NULL, NULL, NULL }

const struct action actions[] = {
	/* moving */
	{ "up", ACT_UP, NULL, EACH("up k", NULL, "up", NULL), NULL, "One line up.",
	  NULL, NULL, NULL, 0, false },
	{ "down", ACT_DOWN, NULL, EACH("down j", NULL, "down", NULL), NULL, "One line down.",
	  NULL, NULL, NULL, 0, false },
	{ "page-up", ACT_PAGE_UP, NULL, EACH("pgup ctrl-b", "pgup ctrl-b ctrl-u", NULL, NULL),
	  NULL, "A screen up.", NULL, NULL, NULL, 0, false },
	{ "page-down", ACT_PAGE_DOWN, NULL, EACH("pgdn ctrl-f", "pgdn ctrl-f ctrl-d", NULL, NULL),
	  NULL, "A screen down.", NULL, NULL, NULL, 0, false },
	{ "page-on", ACT_PAGE_DOWN, TEXTS " job mapping reject pulse", SAME("space"), NULL,
	  "A screen down.", NULL, NULL, NULL, 0, false },
	{ "first", ACT_FIRST, NULL, EACH("home g", NULL, "home", "home ="), NULL,
	  "To the beginning.", NULL, NULL, NULL, 0, false },
	{ "last", ACT_LAST, NULL, EACH("end G", NULL, "end", "end *"), NULL, "To the end.",
	  NULL, NULL, NULL, 0, false },
	{ "left", ACT_LEFT, NULL, EACH("left", "left h", NULL, NULL), NULL, "Sideways.",
	  NULL, NULL, NULL, 0, false },
	{ "right", ACT_RIGHT, NULL, EACH("right", "right l", NULL, NULL), NULL, "Sideways.",
	  NULL, NULL, NULL, 0, false },
	{ "half-left", ACT_HALF_LEFT, NULL, SAME("shift-left"), NULL, "Half a screen sideways.",
	  NULL, NULL, NULL, 0, false },
	{ "half-right", ACT_HALF_RIGHT, NULL, SAME("shift-right"), NULL,
	  "Half a screen sideways.", NULL, NULL, NULL, 0, false },
	/* places */
	{ "open", ACT_OPEN, NULL, SAME("enter"), "open", "Opens what the cursor is on.",
	  NULL, NULL, NULL, 0, false },
	{ "back", ACT_BACK, NULL, EACH("esc backspace", NULL, NULL, "esc q i"), "back",
	  "Back to where this was opened from.", NULL, NULL, NULL, 0, false },
	{ "next-pane", ACT_NEXT_PANE, NULL, SAME("tab"), NULL, "The keys go to the next pane.",
	  NULL, NULL, NULL, 0, false },
	{ "prev-pane", ACT_PREV_PANE, NULL, SAME("shift-tab"), NULL,
	  "The keys go to the pane before.", NULL, NULL, NULL, 0, false },
	{ "jobs", ACT_PANE_1, NULL, SAME("1"), NULL, "Jobs.", NULL, NULL, NULL, 0, false },
	{ "connections", ACT_PANE_2, NULL, SAME("2"), NULL, "Connections.",
	  NULL, NULL, NULL, 0, false },
	{ "mappings", ACT_PANE_3, NULL, SAME("3"), NULL, "Mappings.", NULL, NULL, NULL, 0, false },
	{ "rejects", ACT_PANE_4, NULL, SAME("4"), NULL, "Rejects.", NULL, NULL, NULL, 0, false },
	{ "logs", ACT_PANE_5, NULL, SAME("5"), NULL, "Logs.", NULL, NULL, NULL, 0, false },
	{ "schedules", ACT_PANE_6, NULL, SAME("6"), NULL, "Schedules.",
	  NULL, NULL, NULL, 0, false },
	{ "bigger", ACT_BIGGER, NULL, SAME("+"), NULL, "This pane alone.",
	  NULL, NULL, NULL, 0, false },
	{ "smaller", ACT_SMALLER, NULL, SAME("_"), NULL, "All panes again.",
	  NULL, NULL, NULL, 0, false },
	{ "next-tab", ACT_NEXT_TAB, NULL, SAME("]"), NULL, "The next tab of the detail.",
	  NULL, NULL, NULL, 0, false },
	{ "prev-tab", ACT_PREV_TAB, NULL, SAME("["), NULL, "The tab before.",
	  NULL, NULL, NULL, 0, false },
	{ "show-logs", ACT_LOGS, "jobs job reject_rows reject mappings schedules",
	  EACH("l", "L", NULL, "L"), "log", "The log of this job.", NULL, NULL, NULL, 0, false },
	{ "show-rejects", ACT_REJECTS, "jobs job job_log mappings", SAME("x"), "rejects",
	  "The rejects of this job.", NULL, NULL, NULL, 0, false },
	/* looking */
	{ "filter", ACT_FILTER, LISTS, EACH("/ f4", NULL, "f4 / \\", "l /"), "filter",
	  "Shows only rows that match.", NULL, NULL, NULL, 0, false },
	{ "search", ACT_SEARCH, TEXTS, EACH("/ f3", NULL, "f3 /", NULL), "search",
	  "Finds a text.", NULL, NULL, NULL, 0, false },
	{ "stack-filter", ACT_STACK_FILTER, TEXTS, SAME("&"), "filter",
	  "Shows only lines that hold a text; again: and another one.",
	  NULL, NULL, NULL, 0, false },
	{ "next", ACT_NEXT, TEXTS " job mapping", SAME("n"), NULL, "The next hit.",
	  NULL, NULL, NULL, 0, false },
	{ "prev", ACT_PREV, TEXTS " job mapping", SAME("N"), NULL, "The hit before.",
	  NULL, NULL, NULL, 0, false },
	{ "next-error", ACT_NEXT_ERROR, "logs job_log", SAME("e"), "next error",
	  "The next error or warning.", NULL, NULL, NULL, 0, false },
	{ "prev-error", ACT_PREV_ERROR, "logs job_log", SAME("E"), NULL,
	  "The error or warning before.", NULL, NULL, NULL, 0, false },
	{ "follow", ACT_FOLLOW, "logs job_log", SAME("F"), "follow",
	  "Goes along with new lines, until you move up.", NULL, NULL, NULL, 0, false },
	{ "wrap", ACT_WRAP, TEXTS, SAME("W"), NULL, "Folds long lines, or not.",
	  NULL, NULL, NULL, 0, false },
	{ "time", ACT_TIME, "logs job_log", SAME("T"), NULL, "Goes to a moment.",
	  NULL, NULL, NULL, 0, false },
	{ "filter-toggle", ACT_TOGGLE, "logs job_log", SAME("t"), NULL,
	  "Turns the newest filter off, or on again; alt-1, alt-2 ... any of them.",
	  NULL, NULL, NULL, 0, false },
	{ "filter-drop", ACT_UNMARK, "logs job_log", SAME("U"), NULL,
	  "Takes the newest filter away.", NULL, NULL, NULL, 0, false },
	{ "clear", ACT_CLEAR, "logs", SAME("|"), NULL, "Forgets the lines above.",
	  NULL, NULL, NULL, 0, false },
	{ "sort-next", ACT_SORT_NEXT, LISTS, SAME(">"), NULL,
	  "Sorts by the next column, or in the next order.",
	  NULL, NULL, NULL, 0, false },
	{ "sort-prev", ACT_SORT_PREV, LISTS, SAME("<"), NULL, "Sorts by the column before.",
	  NULL, NULL, NULL, 0, false },
	{ "sort-invert", ACT_SORT_INVERT, LISTS, SAME("I"), NULL, "Sorts the other way round.",
	  NULL, NULL, NULL, 0, false },
	{ "sort-menu", ACT_SORT_MENU, LISTS, EACH("f6", NULL, "f6", "f6 o"), NULL,
	  "Chooses what to sort by.", NULL, NULL, NULL, 0, false },
	{ "failed-first", ACT_FAILED_FIRST, "jobs", SAME("!"), "failed first",
	  "What failed on top; again: only that; again: as before.", NULL, NULL, NULL, 0, false },
	{ "refresh", ACT_REFRESH, NULL, EACH("r", NULL, "r f5", "r $"), NULL,
	  "Reads again; connects now, when the line is down.", NULL, NULL, NULL, 0, false },
	{ "redraw", ACT_REDRAW, NULL, SAME("ctrl-l"), NULL, "Sends the whole screen again.",
	  NULL, NULL, NULL, 0, false },
	{ "bare", ACT_BARE, NULL, SAME("B"), NULL,
	  "No frames and no side panes, for copying with the mouse.", NULL, NULL, NULL, 0, false },
	{ "mouse", ACT_MOUSE, NULL, SAME("alt-m"), NULL,
	  "Gives the mouse to the terminal, or takes it back.", NULL, NULL, NULL, 0, false },
	/* marking */
	{ "mark", ACT_MARK, LISTS, EACH("space", NULL, NULL, "t space"), NULL,
	  "Marks the row, or takes the mark away.", NULL, NULL, NULL, 0, false },
	{ "range", ACT_RANGE, LISTS, SAME("v"), NULL,
	  "Marks from here to where it is pressed again.", NULL, NULL, NULL, 0, false },
	{ "mark-matching", ACT_MARK_MATCHING, LISTS, EACH("T", NULL, NULL, "T"), NULL,
	  "Marks the rows shown that hold a text.", NULL, NULL, NULL, 0, false },
	{ "mark-all", ACT_MARK_ALL, LISTS, EACH("*", NULL, NULL, "ctrl-a"), NULL,
	  "Everything that matches the filter, also what is not shown.",
	  NULL, NULL, NULL, 0, false },
	{ "unmark", ACT_UNMARK, LISTS, SAME("U"), NULL, "No marks.", NULL, NULL, NULL, 0, false },
	{ "repeat", ACT_REPEAT, LISTS, SAME(";"), NULL,
	  "Does the last action on the marked rows.", NULL, NULL, NULL, 0, false },
	/* jobs */
	{ "job-cancel", ACT_COMMAND, "jobs job", EACH("c", NULL, "f9 c", NULL), "cancel",
	  "Asks the job to stop.", "job cancel {id}", "state=queued|waiting|paused|running", NULL,
	  2, true },
	{ "job-retry", ACT_COMMAND, "jobs job", SAME("R"), "retry", "Runs a job that failed again.",
	  "job retry {id}", "state=failed|dead|cancelled", NULL, 1, true },
	{ "job-pause", ACT_COMMAND, "jobs job", SAME("p"), "pause", "Holds the job.",
	  "job pause {id}", "state=queued|waiting|running", "job resume {id}", 1, true },
	{ "job-resume", ACT_COMMAND, "jobs job", SAME("P"), NULL, "Lets a paused job go on.",
	  "job resume {id}", "state=paused", "job pause {id}", 1, true },
	/* a mapping, line by line */
	{ "mapping-edit", ACT_EDIT, "mapping", SAME("e"), "expr",
	  "Types the expression of the field.", "edit", NULL, NULL, 0, false },
	{ "mapping-transform", ACT_EDIT, "mapping", SAME("t"), "transform",
	  "Chooses what to do with the value, and shows what comes of it.", "transform", NULL, NULL,
	  0, false },
	{ "mapping-constant", ACT_EDIT, "mapping", EACH("=", NULL, NULL, "c"), "const",
	  "The same value in every row.", "constant", NULL, NULL, 0, false },
	{ "mapping-unmap", ACT_EDIT, "mapping", SAME("x"), "unmap", "Nothing fills the field.",
	  "unmap", NULL, NULL, 0, false },
	{ "mapping-unused", ACT_EDIT, "mapping", SAME("o"), "unused",
	  "Fields of the source that nothing reads.", "unused", NULL, NULL, 0, false },
	{ "mapping-problem", ACT_EDIT, "mapping", SAME("!"), "problem",
	  "The next field that needs something.", "problem", NULL, NULL, 0, false },
	{ "mapping-why", ACT_EDIT, "mapping", EACH("i", NULL, NULL, "W"), NULL,
	  "Why the field is made of this, and what could make it.", "why", NULL, NULL, 0, false },
	{ "mapping-accept-all", ACT_EDIT, "mapping", SAME("A"), NULL,
	  "Takes the sure candidate for each field that nothing fills.", "accept-all", NULL, NULL,
	  0, false },
	{ "mapping-redo", ACT_EDIT, "mapping", SAME("ctrl-r"), NULL, "Does again what was undone.",
	  "redo", NULL, NULL, 0, false },
	{ "mapping-diff", ACT_EDIT, "mapping", SAME("d"), "diff",
	  "What the draft changes.", "diff", NULL, NULL, 0, false },
	{ "mapping-validate", ACT_EDIT, "mapping", SAME("v"), NULL,
	  "Runs the draft over the whole source and writes nothing; ctrl-c stops it.", "validate",
	  NULL, NULL, 0, false },
	{ "mapping-save", ACT_EDIT, "mapping", SAME("w"), NULL,
	  "Says how the draft is kept.", "save", NULL, NULL, 0, false },
	{ "mapping-publish", ACT_COMMAND, "mapping", SAME("P"), "publish",
	  "Jobs from now on use the draft; earlier versions are kept.", "mapping publish {name}",
	  NULL, NULL, 3, false },
	{ "mapping-merge", ACT_COMMAND, "mapping", SAME("M"), NULL,
	  "Publishes, and takes in what others have published; earlier versions are kept.",
	  "mapping publish --merge {name}", NULL, NULL, 3, false },
	/* mappings */
	{ "pipeline-add", ACT_EDIT, "mappings", SAME("A"), "add", "A new pipeline.", "add", NULL,
	  NULL, 0, false },
	{ "pipeline-run", ACT_COMMAND, "mappings mapping", SAME("R"), "run",
	  "Runs the pipeline now.", "run --detach {name}", NULL, NULL, 1, true },
	{ "pipeline-preview", ACT_OPEN, "mappings mapping", SAME("V"), "preview",
	  "Shows rows as they would be written.", "preview", NULL, NULL, 0, false },
	{ "pipeline-pause", ACT_COMMAND, "mappings", SAME("p"), "pause",
	  "No job of it starts.", "pipeline pause {name}", NULL, "pipeline resume {name}", 1,
	  false },
	{ "pipeline-resume", ACT_COMMAND, "mappings", SAME("P"), NULL,
	  "Its jobs may start again.", "pipeline resume {name}", NULL, "pipeline pause {name}", 1,
	  false },
	{ "pipeline-remove", ACT_COMMAND, "mappings", SAME("D"), NULL, "Removes the pipeline.",
	  "pipeline remove {name}", NULL, NULL, 3, false },
	/* connections */
	{ "connection-test", ACT_COMMAND, "connections streams",
	  EACH("t", NULL, NULL, "X"), "test",
	  "Asks the other side for a sign of life.", "connection test {connection}", NULL, NULL,
	  0, false },
	{ "stream-sample", ACT_OPEN, "streams fields", SAME("V"), "rows",
	  "Shows the first rows of the stream.", "sample", NULL, NULL, 0, false },
	{ "stream-pipeline", ACT_OPEN, "streams fields", SAME("M"), "pipeline",
	  "A new pipeline that reads the stream.", "pipeline", NULL, NULL, 0, false },
	{ "connection-add", ACT_EDIT, "connections", SAME("A"), "add", "A new connection.",
	  "add", NULL, NULL, 0, false },
	{ "connection-edit", ACT_EDIT, "connections", SAME("e"), "edit",
	  "Changes the settings of the connection.", "edit", NULL, NULL, 0, false },
	{ "connection-remove", ACT_COMMAND, "connections", SAME("D"), NULL,
	  "Removes the connection.", "connection remove {name}", NULL, NULL, 3, false },
	/* schedules */
	{ "schedule-run", ACT_COMMAND, "schedules", SAME("R"), "run now",
	  "Makes its job now, besides its times.", "schedule run {name}", NULL, NULL, 1, false },
	{ "schedule-pause", ACT_COMMAND, "schedules", SAME("p"), "pause", "It makes no jobs.",
	  "schedule pause {name}", NULL, "schedule resume {name}", 1, false },
	{ "schedule-resume", ACT_COMMAND, "schedules", SAME("P"), NULL, "It makes jobs again.",
	  "schedule resume {name}", NULL, "schedule pause {name}", 1, false },
	{ "schedule-remove", ACT_COMMAND, "schedules", SAME("D"), NULL, "Removes the schedule.",
	  "schedule remove {name}", NULL, NULL, 3, false },
	/* rejects */
	{ "reject-edit", ACT_EDIT, "reject_rows", SAME("e"), "edit",
	  "Changes a cell of the row.", "cell", NULL, NULL, 0, false },
	{ "reject-edit-group", ACT_EDIT, "rejects reject_rows", SAME("E"), "edit all",
	  "Changes a cell of the whole group by an expression; a plan comes first.", "group",
	  NULL, NULL, 0, false },
	{ "reject-plan", ACT_EDIT, "rejects reject_rows", SAME("V"), "plan",
	  "Says which rejects of the job would pass by now.", "plan", NULL, NULL, 0, false },
	{ "reject-replay", ACT_COMMAND, "reject_rows", SAME("R"), "replay",
	  "Loads the row through the present mapping and checks.", "reject replay --detach {id}",
	  NULL, NULL, 2, false },
	{ "reject-replay-job", ACT_COMMAND, "rejects", SAME("R"), "replay",
	  "Loads all rejects of the job through the present mapping and checks.",
	  "reject replay --detach --job {job}", NULL, NULL, 2, false },
	{ "reject-history", ACT_EDIT, "reject_rows", SAME("H"), "history",
	  "What was done about the row.", "history", NULL, NULL, 0, false },
	{ "reject-redo", ACT_EDIT, "rejects reject_rows", SAME("ctrl-r"), NULL,
	  "Does again what was undone last.", "redo", NULL, NULL, 0, false },
	{ "reject-discard", ACT_EDIT, "reject_rows", SAME("D"), "discard",
	  "Takes the row off the list of what waits for repair; a reason is asked for.",
	  "discard", NULL, NULL, 0, false },
	/* engines, queues, alerts */
	{ "engine-drain", ACT_COMMAND, "engines", SAME("D"), "drain",
	  "Lets the engine finish what it runs, and leave.", "engine drain {id}", NULL, NULL, 2,
	  false },
	{ "queue-pause", ACT_COMMAND, "queues", SAME("p"), "pause", "No job of the queue starts.",
	  "queue pause {id}", NULL, "queue resume {id}", 2, false },
	{ "queue-resume", ACT_COMMAND, "queues", SAME("P"), "resume",
	  "Jobs of the queue start again.", "queue resume {id}", NULL, "queue pause {id}", 1,
	  false },
	{ "alert-test", ACT_COMMAND, "alerts", EACH("t", NULL, NULL, "V"), "test",
	  "Sends a message for trying.",
	  "alert test {id}", NULL, NULL, 1, false },
	{ "alert-pause", ACT_COMMAND, "alerts", SAME("p"), "pause", "It sends no messages.",
	  "alert pause {id}", NULL, "alert resume {id}", 1, false },
	{ "alert-resume", ACT_COMMAND, "alerts", SAME("P"), NULL, "It sends messages again.",
	  "alert resume {id}", NULL, "alert pause {id}", 1, false },
	/* copying, undoing */
	{ "copy", ACT_COPY, NULL, SAME("y"), NULL, "Copies what the cursor is on.",
	  NULL, NULL, NULL, 0, false },
	{ "copy-path", ACT_COPY_PATH, NULL, SAME("Y"), NULL,
	  "Copies the path of this screen, for leat --open.", NULL, NULL, NULL, 0, false },
	{ "copy-command", ACT_COPY_COMMAND, NULL, SAME("C"), NULL,
	  "Copies the last command as it would be typed.", NULL, NULL, NULL, 0, false },
	{ "undo", ACT_UNDO, NULL, SAME("u"), NULL, "Undoes the last action, where it can be.",
	  NULL, NULL, NULL, 0, false },
	/* the program */
	{ "prompt", ACT_PROMPT, NULL, SAME(":"), "command", "Any command of leat.",
	  NULL, NULL, NULL, 0, false },
	{ "palette", ACT_PALETTE, NULL, SAME("ctrl-p"), NULL, "Finds a command or a place by name.",
	  NULL, NULL, NULL, 0, false },
	{ "menu", ACT_MENU, NULL, EACH("a f2", NULL, NULL, NULL), "more",
	  "All that can be done here.", NULL, NULL, NULL, 0, false },
	{ "themes", ACT_THEMES, NULL, SAME(""), NULL,
	  "Tries out themes: colours for the whole screen.", NULL, NULL, NULL, 0, false },
	{ "command-log", ACT_COMMAND_LOG, NULL, SAME("@"), NULL,
	  "The commands of this session.", NULL, NULL, NULL, 0, false },
	{ "help", ACT_HELP, NULL, SAME("? f1"), "help", "Keys and what they do.",
	  NULL, NULL, NULL, 0, false },
	{ "stop", ACT_STOP, NULL, SAME("ctrl-c"), NULL, "Stops the command that runs.",
	  NULL, NULL, NULL, 0, false },
	{ "suspend", ACT_SUSPEND, NULL, SAME("ctrl-z"), NULL, "Back to the shell; fg returns.",
	  NULL, NULL, NULL, 0, false },
	{ "quit", ACT_QUIT, NULL, EACH("q", NULL, NULL, "Q"), NULL,
	  "Back, and at the top: leaves leat.", NULL, NULL, NULL, 0, false },
	{ "leave", ACT_LEAVE, NULL, SAME("f10"), NULL, "Leaves leat.",
	  NULL, NULL, NULL, 0, false },
};
const int actions_n = (int)(sizeof(actions) / sizeof(actions[0]));

/* Whether word is one of the words of list. */
static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; *p != '\0';) {
		size_t len = strcspn(p, " ");

		if (len == n && memcmp(p, word, n) == 0)
			return true;
		p += len;
		p += strspn(p, " ");
	}
	return false;
}

bool action_is_in(const struct action *a, const char *view)
{
	return a->views == NULL || has_word(a->views, view);
}

const struct action *action_of(const char *name)
{
	for (int i = 0; i < actions_n; i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

/* Whether there is a view in which both work. */
bool action_meet(const struct action *a, const struct action *b)
{
	const char *p = a->views != NULL ? a->views : b->views;

	if (a->views == NULL || b->views == NULL)
		return true;
	while (*p != '\0') {
		size_t n = strcspn(p, " ");
		char word[32];

		if (n < sizeof(word)) {
			memcpy(word, p, n);
			word[n] = '\0';
			if (has_word(b->views, word))
				return true;
		}
		p += n;
		p += strspn(p, " ");
	}
	return false;
}

static const struct cmd_spec *find_spec(const char *command)
{
	struct arena *mem = arena_new(NULL, "spec");
	struct err err = { 0 };
	const struct cmd_spec *spec = NULL;
	char **words;
	int n, used;

	if (words_split(mem, command, &n, &words, &err) == ERR_OK && n > 0)
		spec = cmd_find(n, words, &used);
	arena_free(mem);
	return spec;
}

const struct cmd_spec *action_spec(const struct action *a)
{
	/* The last line of the screen asks for all of them, each time that it is drawn. */
	static const struct cmd_spec *found[sizeof(actions) / sizeof(actions[0])];
	ptrdiff_t i = a - actions;

	if (i < 0 || i >= actions_n)
		return find_spec(a->command);
	if (found[i] == NULL)
		found[i] = find_spec(a->command);
	return found[i];
}
