/*
 * core/base/statefile.h
 *	Small files of the user's that outlive a run: histories, what was open.
 *
 * Memory:  paths belong to the arena given.
 * Threads: any.
 */
#ifndef CORE_BASE_STATEFILE_H
#define CORE_BASE_STATEFILE_H

#include <stdbool.h>

struct arena;

/* The folder: $XDG_STATE_HOME/leat or ~/.local/state/leat; NULL: there is no home. */
char *statefile_folder(struct arena *mem);

/* mkdir -p for its owner alone; those that are there stay as they are. false: it cannot be. */
bool statefile_make_folder(const char *path);

/*
 * Path of a file in folder that this user alone may read; made with its folders when it is not
 * there. NULL: it cannot be made, or is a link.
 */
char *statefile_open(struct arena *mem, const char *folder, const char *name);
#endif
