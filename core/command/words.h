/*
 * core/command/words.h
 *	A line of a script as words, with the quoting people know from shells.
 *
 * Words are parted by spaces and tabs. '...' stands for itself; in "..." a
 * backslash stands before " and \; outside, a backslash takes the next byte
 * as it is. # at the start of a word begins a comment. Nothing is expanded.
 *
 * Memory:  words live in the arena given.
 * Threads: any.
 */
#ifndef CORE_COMMAND_WORDS_H
#define CORE_COMMAND_WORDS_H

#include "core/base/err.h"

struct arena;

/* ERR_USAGE for a quote that is not closed and for a backslash at the end. */
enum err_code words_split(struct arena *mem, const char *line, int *n, char ***out,
			  struct err *err) MUST_USE;

/*
 * For completion: splits what can be split. *open is the quote that is still
 * open at the end (0: none); *is_new says that the last word is yet to come.
 */
void words_split_open(struct arena *mem, const char *line, int *n, char ***out, char *open,
		      bool *is_new);

/* Byte at which the last word begins; the length of the line when one is yet to come. */
size_t words_last_at(const char *line);

/* text as one word of a line: as it is, or in quotes when it needs them. */
char *words_quote(struct arena *mem, const char *text);
#endif
