/*
 * tui/view/keymap.c
 *	Which key does what: presets, and the user's own file.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/nearest.h"
#include "tui/view/action.h"

static const char *const preset_names[PRESET_COUNT] = { "default", "vim", "htop", "mutt" };

struct bind {
	struct key key;
	const struct action *action;
};

struct keymap {
	struct bind *bind;
	int n, cap;
	int first_own;		/* while a file is read: binds from here on are its own */
	struct arena *mem;	/* of actions made by a key file */
};

static void bind(struct keymap *m, struct key key, const struct action *a)
{
	if (m->n == m->cap) {
		m->cap = m->cap * 2 + 64;
		m->bind = mem_resize(m->bind, (size_t)m->cap * sizeof(*m->bind));
	}
	m->bind[m->n++] = (struct bind){ key, a };
}

static void bind_words(struct keymap *m, const char *keys, const struct action *a)
{
	while (keys[0] != '\0') {
		size_t n = strcspn(keys, " ");
		char name[32];
		struct key key;

		if (n < sizeof(name)) {
			memcpy(name, keys, n);
			name[n] = '\0';
			if (key_parse(name, &key))
				bind(m, key, a);
		}
		keys += n;
		keys += strspn(keys, " ");
	}
}

enum err_code keymap_new(const char *preset, struct keymap **out, struct err *err)
{
	struct keymap *m;
	int which = 0;

	*out = NULL;
	for (int i = 0; preset != NULL && i < PRESET_COUNT; i++)
		if (strcmp(preset_names[i], preset) == 0)
			which = i + 1;
	if (preset != NULL && which == 0) {
		err_set(err, ERR_NOT_FOUND, "there is no key preset %s", preset);
		err_hint(err, "There are: default, vim, htop and mutt.");
		return ERR_NOT_FOUND;
	}
	which = which > 0 ? which - 1 : 0;
	m = mem_alloc(sizeof(*m));
	*m = (struct keymap){ .mem = arena_new(NULL, "keys") };
	for (int i = 0; i < actions_n; i++) {
		const char *keys = actions[i].keys[which];

		bind_words(m, keys != NULL ? keys : actions[i].keys[0], &actions[i]);
	}
	*out = m;
	return ERR_OK;
}

void keymap_free(struct keymap *m)
{
	if (m == NULL)
		return;
	arena_free(m->mem);
	free(m->bind);
	free(m);
}

const struct action *keymap_find(const struct keymap *m, const char *view, struct key k)
{
	for (int i = m->n - 1; i >= 0; i--)
		if (key_equal(m->bind[i].key, k) &&
		    action_is_in(m->bind[i].action, view))
			return m->bind[i].action;
	return NULL;
}

void keymap_key(const struct keymap *m, const struct action *a, char *buf, size_t size)
{
	buf[0] = '\0';
	for (int i = 0; i < m->n; i++)
		if (m->bind[i].action == a) {
			key_name(m->bind[i].key, buf, size);
			return;
		}
}

void keymap_keys(const struct keymap *m, const struct action *a, char *buf, size_t size)
{
	char name[32];
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < m->n; i++) {
		size_t n;

		if (m->bind[i].action != a)
			continue;
		key_name(m->bind[i].key, name, sizeof(name));
		n = strlen(name);
		if (used + n + 2 > size)
			return;
		if (used > 0)
			buf[used++] = ' ';
		memcpy(buf + used, name, n + 1);
		used += n;
	}
}

static enum err_code clash(const struct bind *a, const struct bind *b, struct err *err)
{
	char name[32];

	key_name(a->key, name, sizeof(name));
	return err_set(err, ERR_CONFLICT, "key %s would be both %s and %s", name, a->action->name,
		       b->action->name);
}

enum err_code keymap_check(const struct keymap *m, struct err *err)
{
	for (int i = 0; i < m->n; i++)
		for (int k = i + 1; k < m->n; k++)
			if (key_equal(m->bind[i].key, m->bind[k].key) &&
			    m->bind[i].action != m->bind[k].action &&
			    action_meet(m->bind[i].action, m->bind[k].action))
				return clash(&m->bind[i], &m->bind[k], err);
	return ERR_OK;
}

/* ---- the user's file ------------------------------------------------------------ */

/* The key is taken away from what came with the preset, where it would meet that action. */
static void take_away(struct keymap *m, struct key key, const struct action *a)
{
	int kept = 0, gone = 0;

	for (int i = 0; i < m->n; i++) {
		const struct bind *b = &m->bind[i];

		if (i < m->first_own && key_equal(b->key, key) &&
		    (a == NULL || action_meet(b->action, a)))
			gone++;
		else
			m->bind[kept++] = *b;
	}
	m->n = kept;
	m->first_own -= gone;
}

static const struct action *own_command(struct keymap *m, const char *command)
{
	struct action *a = arena_alloc(m->mem, sizeof(*a));

	*a = (struct action){
		.name = arena_printf(m->mem, ":%s", command),
		.act = ACT_COMMAND,
		.label = NULL,
		.summary = "A command of your key file.",
		.command = arena_strdup(m->mem, command),
		.is_many = true,
	};
	return a;
}

static enum err_code unknown_action(const char *file, int line, const char *name, struct err *err)
{
	struct nearest near;

	nearest_init(&near, name);
	for (int i = 0; i < actions_n; i++)
		nearest_try(&near, actions[i].name);
	err_set(err, ERR_CONFIG, "%s, line %d: there is no action %s", file, line, name);
	if (nearest_best(&near) != NULL)
		err_hint(err, "Did you mean %s?", nearest_best(&near));
	else
		err_hint(err, "The names of actions are shown by the help of the console.");
	return ERR_CONFIG;
}

/* Without blanks around it. */
static char *trimmed(char *text)
{
	char *end = text + strlen(text);

	while (end > text && strchr(" \t\r", end[-1]) != NULL)
		*--end = '\0';
	return text + strspn(text, " \t");
}

static enum err_code read_line(struct keymap *m, const char *file, int line, char *text,
			       struct err *err)
{
	const struct action *a = NULL;
	char *name = trimmed(text), *equals, *what;
	struct key key;

	if (name[0] == '\0' || name[0] == '#')
		return ERR_OK;
	/* The key "=" itself may stand before the sign. */
	equals = strchr(name + 1, '=');
	if (equals == NULL)
		return err_set(err, ERR_CONFIG, "%s, line %d: KEY = ACTION is expected", file,
			       line);
	*equals = '\0';
	what = trimmed(equals + 1);
	name = trimmed(name);
	if (!key_parse(name, &key))
		return err_set(err, ERR_CONFIG, "%s, line %d: %s is no name of a key", file, line,
			       name);
	if (what[0] == ':')
		a = own_command(m, what + 1);
	else if (strcmp(what, "none") != 0 && (a = action_of(what)) == NULL)
		return unknown_action(file, line, what, err);
	take_away(m, key, a);
	if (a != NULL)
		bind(m, key, a);
	return ERR_OK;
}

enum err_code keymap_read(struct keymap *m, const char *file, const char *text, struct err *err)
{
	struct keymap copy = *m;
	enum err_code rc = ERR_OK;
	int line = 0;

	copy.bind = mem_alloc((size_t)copy.cap * sizeof(*copy.bind));
	memcpy(copy.bind, m->bind, (size_t)m->n * sizeof(*copy.bind));
	copy.first_own = copy.n;
	while (*text != '\0' && rc == ERR_OK) {
		size_t n = strcspn(text, "\n");

		rc = read_line(&copy, file, ++line, arena_strndup(m->mem, text, n), err);
		text += n + (text[n] == '\n');
	}
	if (rc == ERR_OK)
		rc = keymap_check(&copy, err);
	if (rc != ERR_OK) {
		free(copy.bind);
		return rc;
	}
	free(m->bind);
	*m = copy;
	return ERR_OK;
}
