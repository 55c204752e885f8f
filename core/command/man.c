/*
 * core/command/man.c
 *	Manual pages from the table of commands.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/command/args.h"
#include "core/command/help.h"

#define TEXT_LIMIT (1u << 20)

/* troff reads a leading dot or quote as a request, and a backslash as an escape. */
static void add_text(struct buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool is_start = i == 0 ? out->len == 0 || out->data[out->len - 1] == '\n'
				       : p[i - 1] == '\n';

		if (is_start && (p[i] == '.' || p[i] == '\''))
			buf_adds(out, "\\&");
		if (p[i] == '\\')
			buf_adds(out, "\\e");
		else if (p[i] == '-')
			buf_adds(out, "\\-");
		else
			buf_add(out, p + i, 1);
	}
}

static void add_str(struct buf *out, const char *s)
{
	add_text(out, s, strlen(s));
}

static void add_head(struct buf *out, const char *page, char section, const char *summary)
{
	char title[80];

	snprintf(title, sizeof(title), "%s", page);
	for (char *p = title; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	buf_addf(out, ".\\\" man/%s.%c\n.\\\" Written by: leat help --man %s\n", page, section,
		 page);
	buf_addf(out, ".TH %s %c \"\" \"leat %s\" \"%s\"\n.SH NAME\n", title, section,
		 PACKAGE_VERSION, section == '1' ? "User Commands" : "leat");
	add_str(out, page);
	buf_adds(out, " \\- ");
	if (strlen(summary) > 1 && isupper((unsigned char)summary[0]) &&
	    islower((unsigned char)summary[1])) {
		char first = (char)tolower((unsigned char)summary[0]);

		add_text(out, &first, 1);
		summary++;
	}
	add_text(out, summary, strlen(summary) - (summary[strlen(summary) - 1] == '.'));
	buf_adds(out, "\n");
}

/* Paragraphs and indented examples of a plain text. */
static void add_body(struct buf *out, const char *text)
{
	bool is_example = false;

	buf_adds(out, ".PP\n");
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		bool is_indented = *text == ' ';

		if (is_indented != is_example && (n > 0 || !is_example)) {
			if (is_indented || is_example)
				buf_adds(out, is_indented ? ".PP\n.nf\n" : ".fi\n.PP\n");
			is_example = is_indented;
		}
		if (n > 0)
			add_text(out, text, n);
		else if (!is_example)
			buf_adds(out, ".PP");
		buf_adds(out, "\n");
		text += n + (text[n] == '\n');
	}
	if (is_example)
		buf_adds(out, ".fi\n");
}

static void add_argument(struct buf *out, const struct val_spec *s)
{
	char label[64], value[64];
	const char *what = help_value(s, value, sizeof(value));

	args_label(s, label, sizeof(label));
	buf_adds(out, ".TP\n");
	if (s->flags & ARG_POSITIONAL) {
		buf_addf(out, ".I %s\n", label);
	} else {
		buf_adds(out, ".B ");
		if (s->letter != 0)
			buf_addf(out, "\\-%c, ", s->letter);
		add_str(out, label);
		if (what[0] != '\0') {
			buf_adds(out, " \\fI");
			add_str(out, what);
			buf_adds(out, "\\fP");
		}
		buf_adds(out, "\n");
	}
	add_str(out, s->help);
	if ((s->flags & ARG_REPEAT) && !(s->flags & ARG_POSITIONAL))
		buf_adds(out, " May be given more than once.");
	if (s->preset != NULL) {
		buf_adds(out, " Preset: ");
		add_str(out, s->preset);
		buf_adds(out, ".");
	}
	buf_adds(out, "\n");
}

static void add_arguments(struct buf *out, const char *title, const struct val_spec *list)
{
	int n = val_count(list), shown = 0;

	for (int i = 0; i < n; i++) {
		if (list[i].flags & ARG_HIDDEN)
			continue;
		if (shown++ == 0)
			buf_addf(out, ".SH %s\n", title);
		add_argument(out, &list[i]);
	}
}

static void page_name(const struct cmd_spec *spec, char *buf, size_t size)
{
	snprintf(buf, size, "leat-%s", spec->name);
	for (char *p = buf; *p != '\0'; p++)
		if (*p == ' ')
			*p = '-';
}

static void add_reply(struct buf *out, const struct cmd_spec *spec)
{
	if (spec->reply == NULL || (spec->flags & CMD_PLAIN))
		return;
	buf_adds(out, ".SH ANSWERS\n");
	buf_adds(out, spec->flags & CMD_ONE ? "One object with these keys:\n"
					    : "A list of objects with these keys:\n");
	for (int i = 0; i < val_count(spec->reply); i++) {
		buf_adds(out, ".TP\n.B ");
		add_str(out, spec->reply[i].name);
		buf_adds(out, "\n");
		add_str(out, spec->reply[i].help);
		buf_adds(out, "\n");
	}
	if (spec->flags & CMD_DYNAMIC)
		buf_adds(out, ".PP\nBehind them stand the fields of the data.\n");
}

static void command_page(struct buf *out, const struct cmd_spec *spec)
{
	char page[80];

	page_name(spec, page, sizeof(page));
	add_head(out, page, '1', spec->summary);
	buf_adds(out, ".SH SYNOPSIS\n");
	{
		struct buf usage;

		buf_init(&usage, TEXT_LIMIT);
		help_usage(&usage, spec);
		add_str(out, buf_str(&usage));
		buf_release(&usage);
	}
	buf_adds(out, "\n.SH DESCRIPTION\n");
	add_str(out, spec->summary);
	buf_adds(out, "\n");
	if (spec->text != NULL)
		add_body(out, spec->text);
	add_arguments(out, "ARGUMENTS AND OPTIONS", spec->args);
	buf_adds(out, ".PP\nThe options of every command are in\n.BR leat (1).\n");
	add_reply(out, spec);
	if (spec->examples != NULL) {
		buf_adds(out, ".SH EXAMPLES\n");
		for (const struct cmd_example *e = spec->examples; e->line != NULL; e++) {
			buf_adds(out, ".TP\n");
			add_str(out, e->what);
			buf_adds(out, "\n.B ");
			add_str(out, e->line);
			buf_adds(out, "\n");
		}
	}
	buf_adds(out, ".SH SEE ALSO\n.BR leat (1)\n");
}

static void add_commands(struct buf *out)
{
	int n;
	const struct cmd_spec *const *all = cmd_all(&n);

	buf_adds(out, ".SH COMMANDS\n");
	for (int i = 0; i < n; i++) {
		char page[80];

		if (all[i]->flags & CMD_HIDDEN)
			continue;
		page_name(all[i], page, sizeof(page));
		buf_adds(out, ".TP\n.BR ");
		add_str(out, page);
		buf_adds(out, " (1)\n");
		add_str(out, all[i]->summary);
		buf_adds(out, "\n");
	}
}

static void add_exit_codes(struct buf *out)
{
	static const struct { const char *status, *text; } row[] = {
		{ "0", "Done." },
		{ "1", "The work failed: a job failed, or rows could not be stored at all." },
		{ "2", "Wrong usage; nothing was done." },
		{ "3", "Done, but more rows were rejected than \\-\\-max\\-rejects allows." },
		{ "4", "There is no such thing." },
		{ "5", "The database, or the other side, could not be reached." },
		{ "6", "Not permitted." },
		{ "7", "Conflict: it runs, exists, changed meanwhile, or drift is not allowed." },
		{ "130", "Interrupted; the job was handed back." },
	};

	buf_adds(out, ".SH EXIT STATUS\n");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		buf_addf(out, ".TP\n.B %s\n%s\n", row[i].status, row[i].text);
	buf_adds(out, ".PP\nThe error codes behind them are shown by: leat help exit\\-codes.\n");
}

static void add_surroundings(struct buf *out)
{
	buf_adds(out,
		 ".SH ENVIRONMENT\n"
		 ".TP\n.B LEAT_DB\nleat's own database, when \\-\\-db does not name it.\n"
		 ".TP\n.B NO_COLOR\nSet to anything: the console draws without colours.\n"
		 ".TP\n.B COLORTERM\ntruecolor or 24bit: the terminal shows all colours, whatever "
		 "TERM says.\n"
		 ".TP\n.B LEAT_THEMES\nA folder of themes that is looked at before "
		 "~/.config/leat/themes and the installed ones.\n"
		 ".TP\n.B COLUMNS\nWidth of tables, instead of that of the terminal.\n"
		 ".TP\n.B LEAT_LEASE_MS\nHow long a job is held without a sign of life, 15000 when not "
		 "set; the heartbeat comes every third of it.\n"
		 ".TP\n.B XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME\n"
		 "Instead of ~/.config, ~/.local/share and ~/.local/state below.\n"
		 ".PP\nVariables of libpq (PGHOST and its kin) are ignored.\n"
		 ".SH FILES\n"
		 ".TP\n.I ~/.config/leat/config\nA line db = CONNINFO names leat's own database, when "
		 "neither \\-\\-db nor LEAT_DB does.\n"
		 ".TP\n.I ~/.local/share/leat\nThe private PostgreSQL; /var/lib/leat for root, whose "
		 "server runs as postgres. It is opened in psql by: leat db psql.\n"
		 ".TP\n.I ~/.local/state/leat/history\nWhat was typed at the prompt.\n");
}

static void main_page(struct buf *out)
{
	int n;
	const struct help_text *topic = help_topics(&n);

	add_head(out, "leat", '1', "load files and tables into PostgreSQL, mapped, checked and watched");
	buf_adds(out,
		 ".SH SYNOPSIS\n.B leat\n[\\fIOPTIONS\\fP] \\fICOMMAND\\fP [\\fIARG\\fP...]\n.br\n"
		 ".B leat\n[\\fIOPTIONS\\fP] \\fB\\-\\-no\\-tui\\fP [\\fB\\-f\\fP \\fIFILE\\fP]\n"
		 ".SH DESCRIPTION\n"
		 "leat reads rows from files and databases, maps and checks them, and writes them "
		 "into tables of PostgreSQL. Rows, counts and bookmark become visible together or "
		 "not at all; a row that fails is kept as a reject with every reason.\n"
		 ".PP\nWithout a database of its own being named, leat makes one: a private "
		 "PostgreSQL of this user, started when it is needed and stopped by its last user.\n"
		 ".PP\nResults go to standard output, everything else to standard error. With "
		 "\\-\\-no\\-tui commands are read one a line, with the quoting of shells; # begins a "
		 "comment, and the first line that fails ends the script with its exit status. On a "
		 "terminal that is a prompt with history and completion.\n"
		 ".PP\nErrors are one line, leat: WHAT: WHY, and a line hint: where one helps; with "
		 "JSON output also an object {\"error\":{\"code\",\"message\",\"hint\",\"sqlstate\"}}, "
		 "on standard error.\n"
		 ".PP\nEvery load is a job. A row that cannot be stored is a reject of its job: the "
		 "row as it stood, its file, line and byte, and every field that failed with value, "
		 "rule and reason (leat reject groups, then list or export). A pipeline with a cursor "
		 "keeps a bookmark, the furthest value that was loaded; its next run begins there "
		 "(leat bookmark list, set, clear). A job is done only when rows read are rows "
		 "written, unchanged, filtered and rejected together.\n"
		 ".PP\nThe keys of JSON and the columns of CSV are the answers that the page of each "
		 "command lists. Moments are ISO 8601 in UTC, sizes bytes, spans seconds; what is not "
		 "known is null.\n");
	add_arguments(out, "OPTIONS", cmd_global_list());
	add_commands(out);
	add_exit_codes(out);
	add_surroundings(out);
	buf_adds(out, ".SH SEE ALSO\n");
	for (int i = 0; i < n; i++) {
		if (topic[i].page == NULL)
			continue;
		buf_adds(out, ".BR ");
		add_str(out, topic[i].page);
		buf_addf(out, " (%c),\n", topic[i].section);
	}
	buf_adds(out, ".BR psql (1)\n");
}

static void topic_page(struct buf *out, const struct help_text *topic)
{
	struct buf text;

	buf_init(&text, TEXT_LIMIT);
	add_head(out, topic->page, topic->section, topic->summary);
	buf_adds(out, ".SH DESCRIPTION\n");
	if (topic->man != NULL) {
		topic->man(&text);
		buf_adds(out, buf_str(&text));
	} else {
		topic->body(&text);
		add_body(out, buf_str(&text));
	}
	buf_adds(out, ".SH SEE ALSO\n.BR leat (1)\n");
	buf_release(&text);
}

bool man_page(struct buf *out, const char *name)
{
	int n;
	const struct cmd_spec *const *all = cmd_all(&n);
	const struct help_text *topic;
	char page[80];

	if (strcmp(name, "leat") == 0) {
		main_page(out);
		return true;
	}
	for (int i = 0; i < n; i++) {
		page_name(all[i], page, sizeof(page));
		if (!(all[i]->flags & CMD_HIDDEN) && strcmp(page, name) == 0) {
			command_page(out, all[i]);
			return true;
		}
	}
	topic = help_topics(&n);
	for (int i = 0; i < n; i++) {
		if (topic[i].page != NULL && strcmp(topic[i].page, name) == 0) {
			topic_page(out, &topic[i]);
			return true;
		}
	}
	return false;
}

void man_list(struct buf *out)
{
	int n;
	const struct cmd_spec *const *all = cmd_all(&n);
	const struct help_text *topic;
	char page[80];

	buf_adds(out, "leat.1\n");
	for (int i = 0; i < n; i++) {
		if (all[i]->flags & CMD_HIDDEN)
			continue;
		page_name(all[i], page, sizeof(page));
		buf_addf(out, "%s.1\n", page);
	}
	topic = help_topics(&n);
	for (int i = 0; i < n; i++)
		if (topic[i].page != NULL)
			buf_addf(out, "%s.%c\n", topic[i].page, topic[i].section);
}
