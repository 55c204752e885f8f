/*
 * tui/kept.c
 *	Keeping the state of a console in a file.
 */
#include "tui/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/statefile.h"

#define STATE_MAX (256u << 10)	/* bytes of a state; what is larger is none of ours */
#define PATH_BYTES 4096

struct kept {
	int lock;
	char path[PATH_BYTES];
};

void kept_folder(char *buf, size_t size)
{
	struct arena *mem = arena_new(NULL, "folder");
	const char *folder = statefile_folder(mem);

	if (folder == NULL || strlen(folder) >= size || !statefile_make_folder(folder))
		buf[0] = '\0';
	else
		snprintf(buf, size, "%s", folder);
	arena_free(mem);
}

/* FNV-1a: names a file, hides a password, and need not withstand anybody. */
static uint64_t hash_more(uint64_t h, const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3;
	return (h ^ 0xff) * 0x100000001b3;
}

struct kept *kept_open(const char *place, const char *org)
{
	struct kept *k = mem_alloc(sizeof(*k));
	char folder[PATH_BYTES - 64], lock[PATH_BYTES + 8];
	uint64_t h = hash_more(hash_more(0xcbf29ce484222325, place), org);

	kept_folder(folder, sizeof(folder));
	snprintf(k->path, sizeof(k->path), "%s/session-%016" PRIx64 ".json", folder, h);
	snprintf(lock, sizeof(lock), "%s.lock", k->path);
	k->lock = folder[0] != '\0' ? open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (k->lock >= 0 && flock(k->lock, LOCK_EX | LOCK_NB) == 0)
		return k;
	kept_close(k);
	return NULL;
}

void kept_close(struct kept *k)
{
	if (k != NULL && k->lock >= 0)
		close(k->lock);
	free(k);
}

char *kept_read(struct arena *mem, const struct kept *k)
{
	int fd = open(k->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	char *text = NULL;
	size_t size, n = 0;
	ssize_t got = 1;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size <= STATE_MAX) {
		size = (size_t)st.st_size;
		text = arena_bytes(mem, size + 1);
		while (n < size && got > 0) {
			got = read(fd, text + n, size - n);
			n += got > 0 ? (size_t)got : 0;
		}
		text[n] = '\0';
	}
	if (fd >= 0)
		close(fd);
	return n > 0 ? text : NULL;
}

static bool write_all(int fd, const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t got = write(fd, text, n);

		if (got < 0 && errno != EINTR)
			return false;
		text += got > 0 ? got : 0;
		n -= got > 0 ? (size_t)got : 0;
	}
	return true;
}

/*
 * Whole or not at all for whoever reads it; not forced to the disk: that is a wait, and a
 * machine that loses power has lost more than a screen.
 */
void kept_write(struct kept *k, const char *text)
{
	char fresh[PATH_BYTES + 8];
	bool is_written;
	int fd;

	if (k == NULL)
		return;
	if (text == NULL) {
		unlink(k->path);
		return;
	}
	if (strlen(text) > STATE_MAX)
		return;
	snprintf(fresh, sizeof(fresh), "%s.new", k->path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	is_written = fd >= 0 && write_all(fd, text);
	if (fd >= 0 && close(fd) != 0)
		is_written = false;
	if (!is_written || rename(fresh, k->path) != 0) {
		log_line(LOG_WARN, "what the console shows cannot be kept in %s", k->path);
		unlink(fresh);
	}
}
