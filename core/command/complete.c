/*
 * core/command/complete.c
 *	What may stand at the end of a line that is being typed.
 */
#include "core/command/complete.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/config.h"
#include "core/base/text.h"
#include "core/command/args.h"
#include "core/command/session.h"
#include "core/command/words.h"
#include "core/db/cluster.h"
#include "core/db/db.h"
#include "core/flow/connector.h"
#include "core/meta/alert.h"
#include "core/meta/connection.h"
#include "core/meta/deadline.h"
#include "core/meta/job.h"
#include "core/meta/pipeline_store.h"
#include "core/meta/queue.h"
#include "core/meta/schedule.h"

#define JOBS_OFFERED      20
#define FILES_OFFERED     500

struct completer {
	struct arena *mem;
	struct session *session;
	const char *last;
	struct complete_list *out;
};

static void offer(struct completer *c, const char *text, const char *help, bool is_open)
{
	struct complete_list *l = c->out;

	if (strncmp(text, c->last, strlen(c->last)) != 0)
		return;
	for (int i = 0; i < l->n; i++)
		if (strcmp(l->item[i].text, text) == 0)
			return;
	if (l->n == l->cap) {
		int cap = l->cap == 0 ? 16 : l->cap * 2;
		struct complete_item *more = arena_array(c->mem, (size_t)cap, sizeof(*more));

		if (l->n > 0)
			memcpy(more, l->item, (size_t)l->n * sizeof(*more));
		l->item = more;
		l->cap = cap;
	}
	l->item[l->n++] = (struct complete_item){ arena_strdup(c->mem, text), help, is_open };
}

/* Whether asking for names starts nothing. */
static bool is_reachable(struct completer *c)
{
	struct cluster_status status = { 0 };
	struct err err = { 0 };
	struct config *config;

	if (c->session == NULL)
		return false;
	if (c->session->db != NULL || c->session->place != NULL ||
	    c->session->place_name != NULL || getenv("LEAT_DB") != NULL)
		return true;
	if (config_read(c->mem, &config, &err) == ERR_OK && config_get(config, "db") != NULL)
		return true;
	return cluster_status(c->mem, &status, &err) == ERR_OK && status.is_running;
}

static void offer_connections(struct completer *c, struct db *db, struct err *err)
{
	struct connection_list list = { 0 };

	offer(c, "local", "Tables in leat's own database.", false);
	offer(c, "files", "Files of this machine.", false);
	if (db == NULL || connection_list(c->mem, db, &list, err) != ERR_OK)
		return;
	for (int i = 0; i < list.n; i++)
		offer(c, list.c[i].name, list.c[i].connector, false);
}

static void offer_pipelines(struct completer *c, struct db *db, struct err *err)
{
	struct pipeline_rows list = { 0 };

	if (db == NULL || pipeline_list(c->mem, db, NULL, &list, err) != ERR_OK)
		return;
	for (int i = 0; i < list.n; i++)
		offer(c, list.p[i].name, NULL, false);
}

static void offer_schedules(struct completer *c, struct db *db, struct err *err)
{
	struct schedule_rows list = { 0 };

	if (db == NULL || schedule_list(c->mem, db, NULL, NULL, &list, err) != ERR_OK)
		return;
	for (int i = 0; i < list.n; i++)
		offer(c, list.s[i].name, list.s[i].spec, false);
}

static void offer_queues(struct completer *c, struct db *db, struct err *err)
{
	struct queue_rows list = { 0 };

	if (db == NULL || queue_list(c->mem, db, NULL, &list, err) != ERR_OK)
		return;
	for (int i = 0; i < list.n; i++)
		offer(c, list.q[i].name, NULL, false);
}

static void offer_alerts(struct completer *c, struct db *db, struct err *err)
{
	struct alert_rules list = { 0 };

	if (db == NULL || alert_list(c->mem, db, NULL, &list, err) != ERR_OK)
		return;
	for (int i = 0; i < list.n; i++)
		offer(c, list.a[i].name, list.a[i].kind, false);
}

static void offer_jobs(struct completer *c, struct db *db, struct err *err)
{
	struct job_filter filter = { .ask.limit = JOBS_OFFERED };
	struct job_rows list = { 0 };

	if (db == NULL || job_list(c->mem, db, &filter, &list, err) != ERR_OK)
		return;
	for (int i = 0; i < list.n; i++)
		offer(c, arena_printf(c->mem, "%" PRId64, list.j[i].id),
		      job_state_name(list.j[i].state), false);
}

static void offer_connectors(struct completer *c)
{
	for (const struct conn_ops *const *o = connector_all(); o != NULL && *o != NULL; o++)
		offer(c, (*o)->type, (*o)->summary, false);
}

static void offer_commands(struct completer *c, int n, char *const *words);

/* what: "connection|pipeline". A name that cannot be asked for is not offered, silently. */
static void offer_names(struct completer *c, const char *what)
{
	struct err err = { 0 };
	struct db *db = NULL;

	if (strstr(what, "connector") != NULL)
		offer_connectors(c);
	if (strstr(what, "command") != NULL)
		offer_commands(c, 0, NULL);
	if (is_reachable(c) && session_db(c->session, &db, &err) == ERR_OK)
		db_set_deadline(db, DEADLINE_NAMES_MS);
	if (strstr(what, "connection") != NULL)
		offer_connections(c, db, &err);
	if (strstr(what, "pipeline") != NULL)
		offer_pipelines(c, db, &err);
	if (strstr(what, "schedule") != NULL)
		offer_schedules(c, db, &err);
	if (strstr(what, "queue") != NULL)
		offer_queues(c, db, &err);
	if (strstr(what, "alert") != NULL)
		offer_alerts(c, db, &err);
	if (strstr(what, "job") != NULL)
		offer_jobs(c, db, &err);
	if (db != NULL)
		db_set_deadline(db, 0);
}

static void offer_choices(struct completer *c, const char *choices)
{
	while (choices != NULL && *choices != '\0') {
		size_t n = strcspn(choices, "|");

		offer(c, arena_strndup(c->mem, choices, n), NULL, false);
		choices += n + (choices[n] == '|');
	}
}

static void offer_values(struct completer *c, const struct val_spec *s)
{
	if (s->kind == VAL_CHOICE)
		offer_choices(c, s->choices);
	else if (s->kind == VAL_NAME && s->choices != NULL)
		offer_names(c, s->choices);
	else if (s->kind == VAL_FILE)
		c->out->is_file = true;
	else if (s->kind == VAL_BOOL)
		offer_choices(c, "yes|no");
}

static void offer_options(struct completer *c, const struct val_spec *list)
{
	for (int i = 0; i < val_count(list); i++)
		if (!(list[i].flags & (ARG_POSITIONAL | ARG_HIDDEN)))
			offer(c, arena_printf(c->mem, "--%s", list[i].name), list[i].help, false);
}

/* The next word of every command whose first words are these. */
static void offer_commands(struct completer *c, int n, char *const *words)
{
	int count;
	const struct cmd_spec *const *all = cmd_all(&count);

	for (int i = 0; i < count; i++) {
		const char *name = all[i]->name;
		size_t len;
		int k = 0;

		if (all[i]->flags & CMD_HIDDEN)
			continue;
		for (; k < n; k++) {
			len = strcspn(name, " ");
			if (name[len] == '\0' || strlen(words[k]) != len ||
			    memcmp(name, words[k], len) != 0)
				break;
			name += len + 1;
		}
		len = strcspn(name, " ");
		if (k == n)
			offer(c, arena_strndup(c->mem, name, len),
			      name[len] == '\0' ? all[i]->summary : NULL, false);
	}
}

static const struct val_spec *option_in(const struct val_spec *list, const char *word)
{
	for (int i = 0; i < val_count(list); i++) {
		const struct val_spec *s = &list[i];

		if (s->flags & ARG_POSITIONAL)
			continue;
		if (strncmp(word, "--", 2) == 0 && strcmp(word + 2, s->name) == 0)
			return s;
		if (word[0] == '-' && word[1] == s->letter && s->letter != 0 && word[2] == '\0')
			return s;
	}
	return NULL;
}

/* The option that word is and that still waits for its value. */
static const struct val_spec *waiting(const struct cmd_spec *spec, const char *word)
{
	const struct val_spec *s = spec != NULL ? option_in(spec->args, word) : NULL;

	if (s == NULL)
		s = option_in(cmd_global_list(), word);
	return s != NULL && s->kind != VAL_BOOL ? s : NULL;
}

/* Which argument the next plain word is. */
static const struct val_spec *next_place(const struct cmd_spec *spec, int n, char *const *words)
{
	int place = 0, count = val_count(spec->args);

	for (int i = 0; i < n; i++) {
		if (words[i][0] == '-' && words[i][1] != '\0') {
			i += waiting(spec, words[i]) != NULL;
			continue;
		}
		place++;
	}
	for (int i = 0; i < count; i++) {
		const struct val_spec *s = &spec->args[i];

		if (!(s->flags & ARG_POSITIONAL))
			continue;
		if (place == 0 || (s->flags & ARG_REPEAT))
			return s;
		place--;
	}
	return NULL;
}

/* --name=VALUE: the candidates carry the option in front. */
static bool offer_inlined(struct completer *c, const struct cmd_spec *spec)
{
	const char *eq = strncmp(c->last, "--", 2) == 0 ? strchr(c->last, '=') : NULL;
	const char *whole = c->last;
	const struct val_spec *s;
	char *name;

	if (eq == NULL)
		return false;
	name = arena_strndup(c->mem, whole, (size_t)(eq - whole));
	s = waiting(spec, name);
	if (s == NULL)
		return true;
	c->last = eq + 1;
	offer_values(c, s);
	for (int i = 0; i < c->out->n; i++)
		c->out->item[i].text = arena_printf(c->mem, "%s=%s", name, c->out->item[i].text);
	return true;
}

void complete_words(struct arena *mem, struct session *session, int n, char *const *words,
		    const char *last, struct complete_list *out)
{
	struct completer c = { .mem = mem, .session = session, .last = last, .out = out };
	const struct cmd_spec *spec;
	const struct val_spec *value;
	int used = 0;

	*out = (struct complete_list){ 0 };
	/* Global options before the command. */
	while (n > 0 && words[0][0] == '-') {
		int skip = 1 + (waiting(NULL, words[0]) != NULL);

		if (skip > n)
			break;
		words += skip;
		n -= skip;
	}
	spec = n > 0 ? cmd_find(n, words, &used) : NULL;
	value = n > 0 ? waiting(spec, words[n - 1]) : NULL;
	if (value != NULL && n > used) {
		offer_values(&c, value);
		return;
	}
	if (offer_inlined(&c, spec))
		return;
	if (last[0] == '-') {
		if (spec != NULL)
			offer_options(&c, spec->args);
		offer_options(&c, cmd_global_list());
		return;
	}
	if (spec == NULL || used == n)
		offer_commands(&c, n, words);
	if (spec == NULL)
		return;
	value = next_place(spec, n - used, words + used);
	if (value != NULL)
		offer_values(&c, value);
}

/* ---- the line of a prompt ------------------------------------------------------- */

/* Names of dir that begin as the last word does; hidden ones when that is asked for. */
static void offer_folder(struct completer *c, const char *dir, const char *shown)
{
	size_t skip = strlen(shown);
	const char *begin = c->last + skip;
	struct dirent *e;
	DIR *d = opendir(dir);

	for (int i = 0; d != NULL && i < FILES_OFFERED && (e = readdir(d)) != NULL;) {
		char *path;
		struct stat st;
		bool is_dir;

		if (strncmp(e->d_name, begin, strlen(begin)) != 0 ||
		    (e->d_name[0] == '.' && begin[0] != '.') || strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0 ||
		    utf8_valid(e->d_name, strlen(e->d_name)) != strlen(e->d_name))
			continue;
		path = arena_printf(c->mem, "%s/%s", dir, e->d_name);
		is_dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
		offer(c, arena_printf(c->mem, "%s%s%s", shown, e->d_name, is_dir ? "/" : ""), NULL,
		      is_dir);
		i++;
	}
	if (d != NULL)
		closedir(d);
}

static void offer_files(struct completer *c)
{
	const char *name = strrchr(c->last, '/');
	const char *eq = strchr(c->last, '=');
	size_t head = c->last[0] == '-' && eq != NULL ? (size_t)(eq - c->last) + 1 : 0;
	size_t n = name != NULL ? (size_t)(name - c->last) + 1 : head;
	char *shown = arena_strndup(c->mem, c->last, n);
	const char *dir = shown + (head < n ? head : n);

	offer_folder(c, dir[0] != '\0' ? dir : ".", shown);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct complete_item *)a)->text,
		      ((const struct complete_item *)b)->text);
}

void complete_line(struct arena *mem, struct session *session, const char *line, size_t *from,
		   struct complete_list *out)
{
	struct completer c = { .mem = mem, .session = session, .out = out };
	char **words, open;
	bool is_new;
	int n, before;

	words_split_open(mem, line, &n, &words, &open, &is_new);
	*from = words_last_at(line);
	c.last = is_new || n == 0 ? "" : words[n - 1];
	complete_words(mem, session, is_new ? n : n - 1, words, c.last, out);
	before = out->n;
	if (out->is_file)
		offer_files(&c);
	if (out->n > before)
		qsort(out->item + before, (size_t)(out->n - before), sizeof(*out->item), by_text);
	out->is_file = false;
	for (int i = 0; i < out->n; i++)
		out->item[i].text = words_quote(mem, out->item[i].text);
}
