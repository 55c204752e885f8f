/*
 * core/command/help.c
 *	What the table of commands says about itself.
 */
#include "core/command/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/command/args.h"

#define WIDTH 79	/* of help that may go to a pipe */

static const char what_it_is[] =
	"leat loads files and tables into PostgreSQL: mapped, checked and watched.";

const char *help_value(const struct val_spec *s, char *buf, size_t size)
{
	switch (s->kind) {
	case VAL_INT8:
		return "N";
	case VAL_BYTES:
		return "BYTES";
	case VAL_FLOAT8:
	case VAL_SECONDS:
		return "NUMBER";
	case VAL_DURATION:
		return "SPAN";
	case VAL_COUNT_OR_PERCENT:
		return "N|N%";
	case VAL_TIME:
		return "TIME";
	case VAL_FILE:
		return "FILE";
	case VAL_JSON:
		return "JSON";
	case VAL_CHOICE:
		return s->choices;
	case VAL_BOOL:
		return "";
	case VAL_NAME:
		if (s->choices == NULL || strchr(s->choices, '|') != NULL)
			return "NAME";
		snprintf(buf, size, "%s", s->choices);
		for (char *p = buf; *p != '\0'; p++)
			*p = (char)toupper((unsigned char)*p);
		return buf;
	case VAL_TEXT:
		break;
	}
	if (s->choices != NULL)		/* a word for the text: "RULE" */
		return s->choices;
	return "TEXT";
}

void help_usage(struct buf *out, const struct cmd_spec *spec)
{
	int n = val_count(spec->args);
	bool has_options = false;
	char label[64], value[64];

	buf_addf(out, "leat %s", spec->name);
	for (int i = 0; i < n; i++) {
		const struct val_spec *s = &spec->args[i];
		bool is_required = (s->flags & ARG_REQUIRED) != 0;

		if (s->flags & ARG_HIDDEN)
			continue;
		args_label(s, label, sizeof(label));
		if (s->flags & ARG_POSITIONAL)
			buf_addf(out, is_required ? " %s%s" : " [%s%s]", label,
				 s->flags & ARG_REPEAT ? "..." : "");
		else if (is_required)
			buf_addf(out, " %s %s", label, help_value(s, value, sizeof(value)));
		else
			has_options = true;
	}
	if (has_options)
		buf_adds(out, " [OPTIONS]");
}

/* One paragraph, words moved between lines. */
static void fill_paragraph(struct buf *out, const char *p, size_t n, int indent, int width)
{
	size_t at = 0;
	int column = 0;

	while (at < n) {
		size_t len = 0;

		while (at < n && (p[at] == ' ' || p[at] == '\n'))
			at++;
		while (at + len < n && p[at + len] != ' ' && p[at + len] != '\n')
			len++;
		if (len == 0)
			break;
		if (column > 0 && column + 1 + (int)len > width) {
			buf_adds(out, "\n");
			column = 0;
		}
		if (column == 0) {
			buf_addf(out, "%*s", indent, "");
			column = indent;
		} else {
			buf_adds(out, " ");
			column++;
		}
		buf_add(out, p + at, len);
		column += (int)len;
		at += len;
	}
	buf_adds(out, "\n");
}

void help_fill(struct buf *out, const char *text, int indent, int width)
{
	while (*text != '\0') {
		const char *end = text;

		if (*text == '\n' || *text == ' ') {
			size_t n = strcspn(text, "\n");

			if (n > 0)
				buf_addf(out, "%*s%.*s", indent, "", (int)n, text);
			buf_adds(out, "\n");
			text += n + (text[n] == '\n');
			continue;
		}
		while (*end != '\0' && !(end[0] == '\n' && (end[1] == '\n' || end[1] == ' ')))
			end++;
		fill_paragraph(out, text, (size_t)(end - text), indent, width);
		text = end + (*end == '\n');
	}
}

/* "  --max-rejects N|N%   What it does." with the sentence folded beside it. */
static void add_argument(struct buf *out, const struct val_spec *s)
{
	char label[64], value[64], left[160];
	struct buf help;
	int room = 26;

	args_label(s, label, sizeof(label));
	if (s->flags & ARG_POSITIONAL)
		snprintf(left, sizeof(left), "  %s", label);
	else if (s->letter != 0)
		snprintf(left, sizeof(left), "  -%c, %s %s", s->letter, label,
			 help_value(s, value, sizeof(value)));
	else
		snprintf(left, sizeof(left), "      %s %s", label,
			 help_value(s, value, sizeof(value)));
	buf_init(&help, 4096);
	buf_adds(&help, s->help != NULL ? s->help : "");
	if (s->flags & ARG_REPEAT && !(s->flags & ARG_POSITIONAL))
		buf_adds(&help, " May be given more than once.");
	if (s->preset != NULL)
		buf_addf(&help, " Preset: %s.", s->preset);
	if ((int)strlen(left) > room - 2) {
		buf_addf(out, "%s\n", left);
		help_fill(out, buf_str(&help), room, WIDTH);
	} else {
		struct buf text;

		buf_init(&text, 8192);
		help_fill(&text, buf_str(&help), room, WIDTH);
		buf_addf(out, "%-*s%s", room, left, buf_str(&text) + room);
		buf_release(&text);
	}
	buf_release(&help);
}

static void add_arguments(struct buf *out, const char *title, const struct val_spec *list,
			  bool is_positional)
{
	int n = val_count(list), shown = 0;

	for (int i = 0; i < n; i++) {
		if ((list[i].flags & ARG_HIDDEN) ||
		    ((list[i].flags & ARG_POSITIONAL) != 0) != is_positional)
			continue;
		if (shown++ == 0)
			buf_addf(out, "\n%s\n", title);
		add_argument(out, &list[i]);
	}
}

void help_command(struct buf *out, const struct cmd_spec *spec)
{
	buf_addf(out, "%s\n\nUsage: ", spec->summary);
	help_usage(out, spec);
	buf_adds(out, "\n");
	add_arguments(out, "Arguments:", spec->args, true);
	add_arguments(out, "Options:", spec->args, false);
	if (spec->text != NULL) {
		buf_adds(out, "\n");
		help_fill(out, spec->text, 0, WIDTH);
	}
	if (spec->examples != NULL) {
		buf_adds(out, "\nExamples:\n");
		for (const struct cmd_example *e = spec->examples; e->line != NULL; e++)
			buf_addf(out, "  # %s\n  %s\n", e->what, e->line);
	}
	if (spec->reply != NULL && !(spec->flags & CMD_PLAIN)) {
		buf_adds(out, "\nAnswers (keys of json, jsonl and csv):\n");
		for (int i = 0; i < val_count(spec->reply); i++)
			buf_addf(out, "  %-20s %s\n", spec->reply[i].name, spec->reply[i].help);
	}
	buf_adds(out, "\nOptions of every command are shown by: leat help.\n");
}

void help_short(struct buf *out)
{
	static const char *const used[] = {
		"load", "apply", "run", "job list", "reject list", "doctor",
	};
	int n;
	const struct cmd_spec *const *all = cmd_all(&n);

	buf_addf(out, "%s\n\nUsage: leat [OPTIONS] COMMAND [ARG...]\n\nUsed most:\n", what_it_is);
	for (size_t u = 0; u < sizeof(used) / sizeof(used[0]); u++)
		for (int i = 0; i < n; i++)
			if (strcmp(all[i]->name, used[u]) == 0)
				buf_addf(out, "  %-22s %s\n", all[i]->name, all[i]->summary);
	buf_adds(out, "\nTo begin with:      leat load FILE.csv --into TABLE\n"
		      "All commands:       leat help\n"
		      "One of them:        leat help COMMAND\n");
}

void help_overview(struct buf *out)
{
	int n;
	const struct cmd_spec *const *all = cmd_all(&n);

	buf_addf(out, "%s\n\nUsage: leat [OPTIONS] COMMAND [ARG...]\n"
		      "       leat [OPTIONS] --no-tui [-f FILE]\n\n"
		      "Commands:\n", what_it_is);
	for (int i = 0; i < n; i++)
		if (!(all[i]->flags & CMD_HIDDEN))
			buf_addf(out, "  %-22s %s\n", all[i]->name, all[i]->summary);
	add_arguments(out, "Options of every command:", cmd_global_list(), false);
	buf_adds(out, "\nHelp: leat help COMMAND; also leat help");
	for (int i = 0, topics = 0; help_topics(&topics) != NULL && i < topics; i++)
		buf_addf(out, "%s %s", i == 0 ? "" : ",", help_topics(&topics)[i].name);
	buf_adds(out, ".\n");
}

bool help_topic(struct buf *out, const char *name)
{
	int n;
	const struct help_text *topic = help_topics(&n);
	struct buf text;

	for (int i = 0; i < n; i++) {
		if (strcmp(topic[i].name, name) != 0)
			continue;
		buf_init(&text, 1u << 20);
		topic[i].body(&text);
		help_fill(out, buf_str(&text), 0, WIDTH);
		buf_release(&text);
		return true;
	}
	return false;
}
