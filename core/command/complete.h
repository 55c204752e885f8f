/*
 * core/command/complete.h
 *	What may stand at the end of a line that is being typed.
 *
 * Serves the prompt and, through the hidden command `complete`, the shells of
 * users. Names come from leat's database; a database that is not running is
 * not started for that.
 *
 * Memory:  in the arena given.
 * Threads: one.
 */
#ifndef CORE_COMMAND_COMPLETE_H
#define CORE_COMMAND_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct session;

struct complete_item {
	const char *text;
	const char *help;	/* NULL: none */
	bool is_open;		/* more belongs to the word: no space behind it */
};
struct complete_list {
	int n;
	int cap;
	struct complete_item *item;
	bool is_file;	/* files, besides or instead of the items */
};

/* words: the n that are complete; last: what is typed of the next one. session NULL: no names. */
void complete_words(struct arena *mem, struct session *session, int n, char *const *words,
		    const char *last, struct complete_list *out);

/*
 * For the line of a prompt: items, files among them, are what replaces the bytes from *from to
 * its end, quoted where they must be. is_file is not set.
 */
void complete_line(struct arena *mem, struct session *session, const char *line, size_t *from,
		   struct complete_list *out);
#endif
