/*
 * core/base/config.c
 *	Reading the user's config file.
 */
#include "core/base/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

struct entry {
	struct entry *next;	/* the line before it */
	const char *name, *value;
};

struct config {
	struct arena *mem;
	const char *path;
	struct entry *last;
};

char *config_file(struct arena *mem, const char *name)
{
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (base != NULL && base[0] == '/')
		return arena_printf(mem, "%s/leat/%s", base, name);
	if (home != NULL && home[0] != '\0')
		return arena_printf(mem, "%s/.config/leat/%s", home, name);
	return NULL;
}

static bool is_blank(char c)
{
	return isspace((unsigned char)c) != 0;
}

static char *trim(char *p)
{
	char *end;

	while (is_blank(*p))
		p++;
	end = p + strlen(p);
	while (end > p && is_blank(end[-1]))
		*--end = '\0';
	return p;
}

static void read_line(struct config *c, char *line)
{
	char *name = trim(line), *equals = strchr(name, '=');
	struct entry *e;

	if (name[0] == '#' || equals == NULL)
		return;
	*equals = '\0';
	e = arena_alloc(c->mem, sizeof(*e));
	e->name = arena_strdup(c->mem, trim(name));
	e->value = arena_strdup(c->mem, trim(equals + 1));
	e->next = c->last;
	c->last = e;
}

enum err_code config_read(struct arena *mem, struct config **out, struct err *err)
{
	struct config *c = arena_alloc(mem, sizeof(*c));
	char line[CONFIG_LINE_MAX];
	enum err_code rc = ERR_OK;
	FILE *f;

	c->mem = mem;
	c->path = config_file(mem, "config");
	*out = c;
	f = c->path != NULL ? fopen(c->path, "re") : NULL;
	if (f == NULL && c->path != NULL && errno != ENOENT && errno != ENOTDIR)
		return err_sys(err, errno, "cannot read %s", c->path);
	while (f != NULL && rc == ERR_OK && fgets(line, sizeof(line), f) != NULL) {
		if (strchr(line, '\n') == NULL && strlen(line) == sizeof(line) - 1)
			rc = err_set(err, ERR_CONFIG, "%s: a line over %d bytes", c->path,
				     CONFIG_LINE_MAX - 2);
		else
			read_line(c, line);
	}
	if (f != NULL && rc == ERR_OK && ferror(f) != 0)
		rc = err_sys(err, errno, "cannot read %s", c->path);
	if (f != NULL)
		fclose(f);
	return rc;
}

const char *config_get(const struct config *c, const char *name)
{
	for (const struct entry *e = c->last; e != NULL; e = e->next) {
		if (strcmp(e->name, name) == 0 && e->value[0] != '\0')
			return e->value;
	}
	return NULL;
}

const char *config_path(const struct config *c)
{
	return c->path;
}
