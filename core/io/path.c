/*
 * core/io/path.c
 *	Making directories, replacing files.
 */
#include "core/io/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fault.h"

/* Another process may make the same directory at the same moment. */
static int make_one(const char *dir, mode_t mode)
{
	struct stat st;

	if (mkdir(dir, mode) == 0)
		/* The umask may have taken bits away. */
		return chmod(dir, mode) == 0 ? 0 : errno;
	if (errno != EEXIST)
		return errno;
	if (stat(dir, &st) != 0)
		return errno;
	return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
}

enum err_code path_make_dir(const char *dir, mode_t mode, struct err *err)
{
	char path[PATH_MAX];
	size_t n = strlen(dir);
	int rc = 0;

	if (n == 0 || n >= sizeof(path))
		return err_set(err, ERR_CONFIG, "\"%.60s...\" is no directory's name", dir);
	memcpy(path, dir, n + 1);
	for (size_t i = 1; i < n && rc == 0; i++) {
		if (path[i] != '/')
			continue;
		path[i] = '\0';
		rc = make_one(path, 0755);
		path[i] = '/';
	}
	if (rc == 0)
		rc = make_one(path, mode);
	if (rc == ENOTDIR)
		return err_set(err, ERR_CONFLICT, "%s is not a directory", dir);
	return rc == 0 ? ERR_OK : err_sys(err, rc, "cannot make %s", dir);
}

enum err_code path_sync_dir(const char *dir, struct err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return err_sys(err, errno, "cannot open %s", dir);
	if (fsync(fd) != 0)
		rc = errno;
	close(fd);
	return rc == 0 ? ERR_OK : err_sys(err, rc, "cannot sync %s", dir);
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

enum err_code path_write(const char *path, const void *p, size_t n, struct err *err)
{
	char aside[PATH_MAX], dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, rc;

	if (snprintf(aside, sizeof(aside), "%s.new", path) >= (int)sizeof(aside))
		return err_set(err, ERR_CONFIG, "\"%.60s...\" is too long for a file's name", path);
	snprintf(dir, sizeof(dir), "%.*s", slash != NULL ? (int)(slash - path) : 1,
		 slash != NULL ? path : ".");
	fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, errno, "cannot write %s", aside);
	rc = write_all(fd, p, n);
	/* After a failed fsync nobody knows what the disk holds: this file is given up. */
	if (rc == 0 && fsync(fd) != 0)
		rc = errno;
	if (close(fd) != 0 && rc == 0)
		rc = errno;
	if (rc == 0 && FAULT("path-write"))
		rc = EIO;
	if (rc == 0 && rename(aside, path) != 0)
		rc = errno;
	if (rc != 0) {
		unlink(aside);
		return err_sys(err, rc, "cannot write %s", path);
	}
	return path_sync_dir(dir[0] != '\0' ? dir : "/", err);
}

enum err_code path_read(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	enum err_code rc = ERR_OK;
	char piece[4096];
	ssize_t n = 1;

	if (fd < 0)
		return err_sys(err, errno, "cannot read %s", path);
	while (rc == ERR_OK && n != 0) {
		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			rc = buf_append(out, piece, (size_t)n, err);
		else if (n < 0 && errno != EINTR)
			rc = err_sys(err, errno, "cannot read %s", path);
	}
	close(fd);
	return rc;
}
