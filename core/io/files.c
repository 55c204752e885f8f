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
#include <unistd.h>
#include <xxhash.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/io/input.h"

#define BLOCK     (256u * 1024u)
#define FILES_MAX 100000u

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

int64_t files_changed_ns(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return -1;
	return (int64_t)st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
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

static enum err_code digest_fd(int fd, const char *path, int64_t *size_bytes, char hex[33],
			       struct err *err)
{
	XXH3_state_t *state = XXH3_createState();
	char *block = mem_alloc(BLOCK);
	enum err_code rc = ERR_OK;
	XXH128_canonical_t sum;
	ssize_t n;

	*size_bytes = 0;
	if (state == NULL || XXH3_128bits_reset(state) != XXH_OK)
		rc = err_set(err, ERR_LIMIT, "no memory to hash %s", path);
	while (rc == ERR_OK) {
		n = read(fd, block, BLOCK);
		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			rc = err_sys(err, errno, "reading %s", path);
		if (n > 0) {
			XXH3_128bits_update(state, block, (size_t)n);
			*size_bytes += n;
		}
	}
	if (rc == ERR_OK) {
		static const char digits[] = "0123456789abcdef";

		XXH128_canonicalFromHash(&sum, XXH3_128bits_digest(state));
		for (size_t i = 0; i < sizeof(sum.digest); i++) {
			hex[2 * i] = digits[sum.digest[i] >> 4];
			hex[2 * i + 1] = digits[sum.digest[i] & 15];
		}
		hex[32] = '\0';
	}
	XXH3_freeState(state);
	free(block);
	return rc;
}

enum err_code files_digest(const char *path, int64_t *size_bytes, char hex[33], struct err *err)
{
	struct arena *mem = arena_new(NULL, "digest");
	const char *shown = input_name(mem, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum err_code rc;

	if (fd < 0) {
		rc = err_sys(err, errno, "opening %s", shown);
	} else {
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
		rc = digest_fd(fd, shown, size_bytes, hex, err);
		close(fd);
	}
	arena_free(mem);
	return rc;
}
