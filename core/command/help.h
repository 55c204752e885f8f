/*
 * core/command/help.h
 *	What the table of commands says about itself: help, usage, manual pages.
 *
 * Memory:  texts go to the buffer given.
 * Threads: any.
 */
#ifndef CORE_COMMAND_HELP_H
#define CORE_COMMAND_HELP_H

#include "core/command/command.h"

/* "leat job cancel ID [--grace SPAN]". */
void help_usage(struct buf *out, const struct cmd_spec *spec);
/* "N", "SPAN", "a|b|c": what stands for a value. */
const char *help_value(const struct val_spec *s, char *buf, size_t size);

/* For who says nothing: what it is, the commands most used, where the rest is. */
void help_short(struct buf *out);
/* All commands with their sentence, and the options of every command. */
void help_overview(struct buf *out);
void help_command(struct buf *out, const struct cmd_spec *spec);
/* "expressions", "checks", "exit-codes", "pipelines"; false: no such topic. */
bool help_topic(struct buf *out, const char *name);

/* Paragraphs filled to width columns, each line behind indent spaces. Lines that start with
 * spaces stay as they are. */
void help_fill(struct buf *out, const char *text, int indent, int width);

/* A manual page as troff: "leat", "leat-job-list", "leat-expressions"; false: no such page. */
bool man_page(struct buf *out, const char *name);
/* Names of all pages with their section, "leat.1\nleat-load.1\n...". */
void man_list(struct buf *out);

/* Texts of the topics; tables in them are made elsewhere. */
struct help_text {
	const char *name;	/* "checks" */
	const char *page;	/* of the manual, "leat-checks"; NULL: none */
	char section;
	const char *summary;
	void (*body)(struct buf *out);	/* plain text with indented examples */
	void (*man)(struct buf *out);	/* the same as troff; NULL: made from body */
};
const struct help_text *help_topics(int *n);
#endif
