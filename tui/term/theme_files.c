/*
 * tui/term/theme_files.c
 *	Where themes are found.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/nearest.h"
#include "tui/term/theme.h"

#define PATH_BYTES 4096
#define FILE_BYTES 65536	/* a theme has a hundred short lines at most */
#define THEMES_MAX 256
#define SUFFIX ".theme"

enum place { PLACE_ENV, PLACE_USER, PLACE_INSTALLED, PLACE_TREE, PLACE_COUNT };

/* Of the sources, beside the build folder that the program runs from: not installed yet. */
static int tree_folder(char *buf, size_t size)
{
	char exe[PATH_BYTES], *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0)
		return 0;
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	if (slash == NULL)
		return 0;
	*slash = '\0';
	return snprintf(buf, size, "%s/../themes", exe);
}

/* The folder's path; false: there is none of that kind. */
static bool folder(enum place which, char *buf, size_t size)
{
	const char *env = getenv("LEAT_THEMES"), *xdg = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	int n = 0;

	if (which == PLACE_ENV && env != NULL)
		n = snprintf(buf, size, "%s", env);
	else if (which == PLACE_USER && xdg != NULL && xdg[0] == '/')
		n = snprintf(buf, size, "%s/leat/themes", xdg);
	else if (which == PLACE_USER && home != NULL && home[0] != '\0')
		n = snprintf(buf, size, "%s/.config/leat/themes", home);
	else if (which == PLACE_INSTALLED)
		n = snprintf(buf, size, "%s/themes", LEAT_DATADIR);
	else if (which == PLACE_TREE)
		n = tree_folder(buf, size);
	return n > 0 && (size_t)n < size;
}

bool theme_path(const char *name, char *buf, size_t size)
{
	if (strchr(name, '/') != NULL)
		return snprintf(buf, size, "%s", name) < (int)size;
	for (int p = 0; p < PLACE_COUNT; p++) {
		char dir[PATH_BYTES];

		if (folder((enum place)p, dir, sizeof(dir)) &&
		    snprintf(buf, size, "%s/%s" SUFFIX, dir, name) < (int)size &&
		    access(buf, F_OK) == 0)
			return true;
	}
	return false;
}

static enum err_code read_file(const char *path, struct theme *out, struct err *err)
{
	char *text = mem_alloc(FILE_BYTES + 1);
	FILE *f = fopen(path, "re");
	enum err_code rc = ERR_OK;
	size_t n = 0;

	if (f == NULL) {
		rc = err_sys(err, errno, "cannot read theme %s", path);
		goto done;
	}
	n = fread(text, 1, FILE_BYTES + 1, f);
	if (ferror(f))
		rc = err_sys(err, errno, "cannot read theme %s", path);
	else if (n > FILE_BYTES || memchr(text, '\0', n) != NULL)
		rc = err_set(err, ERR_CONFIG, "%s is not a theme: more than %d bytes, or not text",
			     path, FILE_BYTES);
	else
		text[n] = '\0';
	if (rc == ERR_OK)
		rc = theme_parse(path, text, out, err);
done:
	if (f != NULL)
		fclose(f);
	free(text);
	return rc;
}

static enum err_code not_found(const char *name, struct err *err)
{
	struct arena *mem = arena_new(NULL, "themes");
	struct buf all;
	struct nearest near;
	const char **names;
	int n = theme_list(mem, &names);

	err_set(err, ERR_NOT_FOUND, "there is no theme \"%s\"", name);
	nearest_init(&near, name);
	buf_init(&all, 300);
	for (int i = 0; i < n; i++) {
		nearest_try(&near, names[i]);
		buf_addf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
	}
	if (nearest_best(&near) != NULL)
		err_hint(err, "Meant was perhaps \"%s\".", nearest_best(&near));
	err_hint_more(err, "There are: %s.", buf_str(&all));
	buf_release(&all);
	arena_free(mem);
	return ERR_NOT_FOUND;
}

enum err_code theme_load(const char *name, struct theme *out, struct err *err)
{
	char path[PATH_BYTES];

	if (theme_path(name, path, sizeof(path)))
		return read_file(path, out, err);
	if (strcmp(name, "default") != 0)
		return not_found(name, err);
	theme_default(out);
	return ERR_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_folder(struct arena *mem, const char *dir, const char **names, int *n)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL && *n < THEMES_MAX) {
		size_t len = strlen(e->d_name), end = strlen(SUFFIX);

		if (len > end && strcmp(e->d_name + len - end, SUFFIX) == 0)
			names[(*n)++] = arena_strndup(mem, e->d_name, len - end);
	}
	closedir(d);
}

int theme_list(struct arena *mem, const char ***out)
{
	const char **names = arena_array(mem, THEMES_MAX + 1, sizeof(*names));
	int n = 0, kept = 0;

	names[n++] = "default";
	for (int p = 0; p < PLACE_COUNT; p++) {
		char dir[PATH_BYTES];

		if (folder((enum place)p, dir, sizeof(dir)))
			add_folder(mem, dir, names, &n);
	}
	qsort(names, (size_t)n, sizeof(*names), by_name);
	for (int i = 0; i < n; i++)
		if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	*out = names;
	return kept;
}
