/*
 * tui/reload.h
 *	Files that are read again when they change.
 *
 * Watches the folder, for editors put a new file in the place of the old one.
 *
 * Memory:  a heap object; paths are copied.
 * Threads: one.
 */
#ifndef TUI_RELOAD_H
#define TUI_RELOAD_H

#include <stdbool.h>

struct reload;

struct reload *reload_new(void);
void reload_free(struct reload *r);	/* NULL is fine */

/* To poll for POLLIN; -1: the system watches nothing. */
int reload_fd(const struct reload *r);

/* That file instead of the one before; NULL: none. Its folder must be there. */
void reload_watch(struct reload *r, const char *path);

/* Reads what came; whether the file was written since. */
bool reload_take(struct reload *r);
#endif
