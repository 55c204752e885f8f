/*
 * core/base/statefile.c
 *	Small files of the user's that outlive a run: histories, what was open.
 */
#include "core/base/statefile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"

char *statefile_folder(struct arena *mem)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state != NULL && state[0] == '/')
		return arena_printf(mem, "%s/leat", state);
	if (home != NULL && home[0] == '/')
		return arena_printf(mem, "%s/.local/state/leat", home);
	return NULL;
}

/* mkdir -p for the folders of path, 0700. */
static void make_folders(char *path)
{
	for (char *p = path + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)!mkdir(path, 0700);
		*p = '/';
	}
}

char *statefile_open(struct arena *mem, const char *folder, const char *name)
{
	char *path = arena_printf(mem, "%s/%s", folder, name);
	int fd, failed;

	make_folders(path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return NULL;
	failed = fchmod(fd, 0600);
	close(fd);
	return failed == 0 ? path : NULL;
}
