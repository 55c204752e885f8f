/*
 * core/base/statefile.c
 *	Small files of the user's that outlive a run: histories, what was open.
 */
#include "core/base/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
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

bool statefile_make_folder(const char *path)
{
	char part[4096];
	size_t n = strlen(path);

	if (n >= sizeof(part))
		return false;
	memcpy(part, path, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		part[i] = '\0';
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return false;
		part[i] = path[i];
	}
	return true;
}

char *statefile_open(struct arena *mem, const char *folder, const char *name)
{
	char *path = arena_printf(mem, "%s/%s", folder, name);
	int fd, failed;

	statefile_make_folder(folder);	/* else the file cannot be opened, which tells */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return NULL;
	failed = fchmod(fd, 0600);
	close(fd);
	return failed == 0 ? path : NULL;
}
