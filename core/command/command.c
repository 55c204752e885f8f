/*
 * core/command/command.c
 *	The table of commands and how one is found in it.
 */
#include "core/command/command.h"

#include <stdio.h>
#include <string.h>

#include "core/base/nearest.h"
#include "core/command/args.h"
#include "core/command/list.h"

#define X(name) extern const struct cmd_spec cmd_##name;
CMD_LIST(X)
#undef X

static const struct cmd_spec *const table[] = {
#define X(name) &cmd_##name,
	CMD_LIST(X)
#undef X
};

#define NCOMMANDS ((int)(sizeof(table) / sizeof(table[0])))

const struct cmd_spec *const *cmd_all(int *n)
{
	*n = NCOMMANDS;
	return table;
}

/* How many of the words the name is made of; 0 when they are others. */
static int match(const char *name, int nwords, char *const *words)
{
	int used = 0;

	for (;;) {
		size_t n = strcspn(name, " ");

		if (used == nwords || strlen(words[used]) != n || memcmp(words[used], name, n) != 0)
			return 0;
		used++;
		if (name[n] == '\0')
			return used;
		name += n + 1;
	}
}

const struct cmd_spec *cmd_find(int nwords, char *const *words, int *used)
{
	const struct cmd_spec *best = NULL;

	*used = 0;
	for (int i = 0; i < NCOMMANDS; i++) {
		int n = match(table[i]->name, nwords, words);

		if (n > *used) {
			*used = n;
			best = table[i];
		}
	}
	return best;
}

const char *cmd_nearest(const char *typed)
{
	struct nearest near;

	nearest_init(&near, typed);
	for (int i = 0; i < NCOMMANDS; i++)
		if (!(table[i]->flags & CMD_HIDDEN))
			nearest_try(&near, table[i]->name);
	return nearest_best(&near);
}
