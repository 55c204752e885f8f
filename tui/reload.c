/*
 * tui/reload.c
 *	Watching one file through its folder.
 */
#include "tui/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/base/arena.h"

#define EVENTS_BYTES 4096

struct reload {
	int fd;
	int watch;	/* of the folder; -1: none */
	char *path;	/* NULL: none */
	const char *name;	/* in path */
};

struct reload *reload_new(void)
{
	struct reload *r = mem_alloc(sizeof(*r));

	memset(r, 0, sizeof(*r));
	r->watch = -1;
	r->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return r;
}

void reload_free(struct reload *r)
{
	if (r == NULL)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->path);
	free(r);
}

int reload_fd(const struct reload *r)
{
	return r->fd;
}

void reload_watch(struct reload *r, const char *path)
{
	char *slash;

	if (r->watch >= 0)
		inotify_rm_watch(r->fd, r->watch);
	r->watch = -1;
	free(r->path);
	r->path = path != NULL && strchr(path, '/') != NULL ? mem_strdup(path) : NULL;
	if (r->path == NULL || r->fd < 0)
		return;
	slash = strrchr(r->path, '/');
	*slash = '\0';
	r->name = slash + 1;
	r->watch = inotify_add_watch(r->fd, r->path[0] != '\0' ? r->path : "/",
				     IN_CLOSE_WRITE | IN_MOVED_TO);
}

bool reload_take(struct reload *r)
{
	_Alignas(struct inotify_event) char all[EVENTS_BYTES];
	bool is_changed = false;
	ssize_t n;

	while (r->fd >= 0 && (n = read(r->fd, all, sizeof(all))) > 0) {
		for (ssize_t at = 0; at < n;) {
			struct inotify_event e;

			memcpy(&e, all + at, sizeof(e));
			is_changed = is_changed || (e.wd == r->watch && e.len > 0 &&
				     strcmp(all + at + sizeof(e), r->name) == 0);
			at += (ssize_t)(sizeof(e) + e.len);
		}
	}
	return is_changed;
}
