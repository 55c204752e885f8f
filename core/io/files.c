/*
 * core/io/files.c
 *	Patterns, absolute paths, and hashes of content.
 */
#include "core/io/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/io/input.h"

#define BLOCK     (256u * 1024u)
#define FILES_MAX 100000u
/* A file may change again within one tick of the clock that stamps it; some tick by seconds. */
#define YOUNG_NS  INT64_C(2000000000)

static void add(struct arena *mem, struct file_list *list, const char *path)
{
	/* Full at each power of two. */
	if ((list->n & (list->n - 1)) == 0) {
		const char **grown = arena_array(mem, list->n > 0 ? (size_t)list->n * 2 : 1,
						 sizeof(*grown));

		if (list->n > 0)
			memcpy(grown, list->path, (size_t)list->n * sizeof(*grown));
		list->path = grown;
	}
	list->path[list->n++] = arena_strdup(mem, path);
}

static enum err_code none(const char *path, struct arena *mem, struct err *err)
{
	bool is_pattern = path[strcspn(path, "*?[")] != '\0';

	err_set(err, ERR_NOT_FOUND, is_pattern ? "no file matches %s" : "there is no file %s",
		input_name(mem, path));
	if (is_pattern)
		err_hint(err, "* and ? stand for parts of names; look at what is in the folder.");
	else
		err_hint(err, "Look for it with: ls -l '%s'.", input_name(mem, path));
	return ERR_NOT_FOUND;
}

enum err_code files_find(struct arena *mem, const char *base, const char *pattern,
			 struct file_list *out, struct err *err)
{
	const char *path = pattern;
	struct stat st;
	glob_t found;
	int rc;

	if (strcmp(pattern, "-") == 0) {
		add(mem, out, pattern);
		return ERR_OK;
	}
	if (pattern[0] != '/' && base != NULL && base[0] != '\0')
		path = arena_printf(mem, "%s/%s", base, pattern);
	/* A file may have a star in its name. */
	if (lstat(path, &st) == 0) {
		add(mem, out, path);
		return ERR_OK;
	}
	if (errno != ENOENT && errno != ENOTDIR)
		return err_sys(err, errno, "looking for %s", input_name(mem, path));
	if (strpbrk(pattern, "*?[") == NULL)
		return none(path, mem, err);
	rc = glob(path, GLOB_ERR, NULL, &found);
	if (rc == GLOB_ABORTED)
		return err_sys(err, errno, "looking for %s", input_name(mem, path));
	if (rc != 0)
		return none(path, mem, err);
	if (found.gl_pathc > FILES_MAX) {
		globfree(&found);
		return err_set(err, ERR_LIMIT, "%s means more than %u files", input_name(mem, path),
			       FILES_MAX);
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		add(mem, out, found.gl_pathv[i]);
	globfree(&found);
	return ERR_OK;
}

int64_t files_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

static int64_t in_ns(struct timespec t)
{
	return (int64_t)t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

bool files_stamp(const char *path, struct file_stamp *out)
{
	struct timespec now;
	struct stat st;

	*out = (struct file_stamp){ 0 };
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	*out = (struct file_stamp){
		.size_bytes = st.st_size,
		.changed_ns = in_ns(st.st_mtim),
		.inode = (int64_t)st.st_ino,
		.status_ns = in_ns(st.st_ctim),
	};
	clock_gettime(CLOCK_REALTIME, &now);
	if (out->status_ns > in_ns(now) - YOUNG_NS)
		out->status_ns = 0;
	return true;
}

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

enum err_code files_folder(struct arena *mem, const char *folder, struct file_list *out,
			   struct err *err)
{
	struct dirent **entry = NULL;
	int n = scandir(folder, &entry, is_visible, alphasort);

	if (n < 0)
		return err_sys(err, errno, "reading folder %s", input_name(mem, folder));
	out->n = 0;
	out->path = arena_array(mem, (size_t)n, sizeof(*out->path));
	out->size = arena_array(mem, (size_t)n, sizeof(*out->size));
	for (int i = 0; i < n; i++) {
		const char *path = arena_printf(mem, "%s/%s", folder, entry[i]->d_name);
		int64_t size = files_size(path);

		if (size >= 0) {
			out->path[out->n] = arena_strdup(mem, entry[i]->d_name);
			out->size[out->n++] = size;
		}
		free(entry[i]);
	}
	free(entry);
	return ERR_OK;
}

const char *files_absolute(struct arena *mem, const char *path)
{
	char *real = realpath(path, NULL);
	const char *out;
	char *cwd;

	if (real != NULL) {
		out = arena_strdup(mem, real);
		free(real);
		return out;
	}
	if (path[0] == '/')
		return arena_strdup(mem, path);
	cwd = getcwd(NULL, 0);
	out = arena_printf(mem, "%s/%s", cwd != NULL ? cwd : ".", path);
	free(cwd);
	return out;
}

struct place {
	const char *real;
	int i;
};

static int by_real(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int d = strcmp(x->real, y->real);

	return d != 0 ? d : x->i - y->i;
}

void files_unique(struct arena *mem, struct file_list *list)
{
	struct place *p = arena_array(mem, (size_t)list->n, sizeof(*p));
	int n = 0;

	for (int i = 0; i < list->n; i++)
		p[i] = (struct place){ files_absolute(mem, list->path[i]), i };
	qsort(p, (size_t)list->n, sizeof(*p), by_real);
	for (int i = 1; i < list->n; i++)
		if (strcmp(p[i].real, p[i - 1].real) == 0)
			list->path[p[i].i] = NULL;
	for (int i = 0; i < list->n; i++)
		if (list->path[i] != NULL)
			list->path[n++] = list->path[i];
	list->n = n;
}

static enum err_code digest_fd(struct digest *d, int fd, const char *shown, int64_t limit_bytes,
			       struct err *err)
{
	char *block = mem_alloc(BLOCK);
	enum err_code rc = ERR_OK;
	int64_t left = limit_bytes;

	while (left > 0 && rc == ERR_OK) {
		ssize_t n = read(fd, block, left < (int64_t)BLOCK ? (size_t)left : BLOCK);

		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			rc = err_sys(err, errno, "reading %s", shown);
		if (n > 0) {
			digest_add(d, block, (size_t)n);
			left -= n;
		}
	}
	free(block);
	return rc;
}

enum err_code files_digest_add(struct digest *d, const char *path, int64_t limit_bytes,
			       struct err *err)
{
	struct arena *mem = arena_new(NULL, "digest");
	const char *shown = input_name(mem, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum err_code rc;

	if (fd < 0) {
		rc = err_sys(err, errno, "opening %s", shown);
	} else {
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
		rc = digest_fd(d, fd, shown, limit_bytes, err);
		close(fd);
	}
	arena_free(mem);
	return rc;
}

enum err_code files_digest(const char *path, int64_t *size_bytes, char hex[DIGEST_TEXT],
			   struct err *err)
{
	struct arena *mem = arena_new(NULL, "digest");
	struct digest *d = digest_new(mem);
	enum err_code rc = files_digest_add(d, path, INT64_MAX, err);

	*size_bytes = digest_bytes(d);
	if (rc == ERR_OK)
		digest_text(d, hex);
	arena_free(mem);
	return rc;
}
