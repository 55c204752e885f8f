/*
 * core/command/sources.h
 *	A source as people type it: a file, a pattern of files, or CONNECTION:STREAM.
 *
 * A file needs no database. Where a file of just that name exists, a colon is
 * part of its name; inside double quotes it is part of a stream's.
 *
 * Memory:  in the arena of the call.
 * Threads: one.
 */
#ifndef CORE_COMMAND_SOURCES_H
#define CORE_COMMAND_SOURCES_H

#include "core/command/command.h"
#include "core/flow/connector.h"

#define SOURCE_HELP "A file, a pattern in quotes, - for standard input, or CONNECTION:STREAM."

/* The settings of files as options; sources_settings() reads them. */
#define SOURCES_FILE_ARGS \
	{ "format", VAL_CHOICE, 0, NULL, "auto|csv|tsv|jsonl|json|fixed|xlsx", \
	  "What the files hold.", 0 }, \
	{ "delimiter", VAL_TEXT, 0, NULL, "C", "What separates cells.", 0 }, \
	{ "quote", VAL_TEXT, 0, NULL, "C", "What stands around quoted cells, or none.", 0 }, \
	{ "escape", VAL_TEXT, 0, NULL, "C", "How a quote is written inside quotes.", 0 }, \
	{ "header", VAL_TEXT, 0, NULL, "auto|yes|no|ROWS", \
	  "Whether the first row holds names, or how many rows do.", 0 }, \
	{ "encoding", VAL_TEXT, 0, NULL, "NAME", \
	  "Encoding: utf-8, utf-16le, latin1, windows-1250, -1251, -1252, macroman...", 0 }, \
	{ "null", VAL_TEXT, 0, NULL, NULL, "Text that means no value.", 0 }, \
	{ "empty", VAL_CHOICE, 0, NULL, "null|text", "What an empty cell means.", 0 }, \
	{ "skip", VAL_INT8, 0, NULL, NULL, "Lines before the header that are left out.", 0 }, \
	{ "footer", VAL_INT8, 0, NULL, NULL, "Lines at the end that are left out.", 0 }, \
	{ "table", VAL_INT8, 0, NULL, NULL, "Which of several tables in one file is read.", 0 }, \
	{ "ragged", VAL_CHOICE, 0, NULL, "auto|reject|fill", \
	  "Rows with fewer cells than the header: rejects, or filled with nulls.", 0 }, \
	{ "columns", VAL_TEXT, 0, NULL, "NAME:FROM-TO,...", \
	  "Fixed width: places of the columns, as id:1-8,net:9-20.", 0 }, \
	{ "columns-in", VAL_CHOICE, 0, NULL, "chars|bytes", "What these places count.", 0 }, \
	{ "rows-at", VAL_TEXT, 0, NULL, "/NAME/...", \
	  "JSON: where the array of rows is; / is the document itself.", 0 }, \
	{ "nested", VAL_CHOICE, 0, NULL, "json|flat", \
	  "JSON: objects in a row stay JSON, or become columns a.b.", 0 }, \
	{ "dates", VAL_TEXT, ARG_REPEAT, NULL, "FIELD=FORMAT", \
	  "How a field's dates are written: when=%d/%m/%Y; FIELD=text leaves them.", 0 }, \
	{ "decimals", VAL_TEXT, ARG_REPEAT, NULL, "FIELD=MARKS", \
	  "How a field's numbers are written: net=,. for 1.234,56, or FIELD=text.", 0 }, \
	{ "option", VAL_TEXT, ARG_REPEAT, NULL, "NAME=VALUE", "Any other setting of the source.", \
	  0 }

struct source {
	struct conn *conn;	/* conn_close() it, also after an error */
	const char *connection;	/* "files" for files */
	const char *stream;
	struct params options;
};

/* "a:b" -> "a" and "b"; NULL before the first colon outside quotes when there is none. */
const char *sources_split(struct arena *mem, const char *text, const char **rest);

/* Whether there is such a file, or the one before a # (book.xlsx#Sheet1); "-" and patterns pass. */
bool sources_is_there(struct arena *mem, const char *name);

/* The words NAME=VALUE of the argument `option`. */
enum err_code sources_options(struct arena *mem, const struct cmd_args *in, struct params *out,
			     struct err *err) MUST_USE;

/* As sources_options(), for a command that has SOURCES_FILE_ARGS. Two more fit behind them. */
enum err_code sources_settings(struct arena *mem, const struct cmd_args *in, struct params *out,
			       struct err *err) MUST_USE;

/* Opens what text names; its options come from the argument `option`. It can be read. */
enum err_code sources_open(struct cmd_ctx *ctx, const struct cmd_args *in, const char *text,
			  struct source *out, struct err *err) MUST_USE;

/* The connection of that name, opened. */
enum err_code sources_open_connection(struct cmd_ctx *ctx, const char *name, struct conn **out,
				     struct err *err) MUST_USE;
#endif
