/*
 * tui/widget/line_history.c
 *	A history for each kind of line, in a file of its own, and searching in it.
 *
 * readline's own history stays empty: it is one for the whole process, and in vi mode
 * going through it frees undo lists twice (8.2). What its keys do with a history
 * is done here instead; the keys are those of the user's inputrc.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/statefile.h"
#include "core/base/text.h"
#include "tui/widget/line.h"
#include "tui/widget/line_priv.h"
#include "tui/widget/match.h"

#define KINDS         16	/* more kinds than these have no history */
#define HISTORY_LINES 2000

struct kind {
	char *name;
	char *path;		/* NULL: it is not kept */
	char *line[HISTORY_LINES];	/* the oldest first */
	int n;
};

static struct {
	char *folder;
	struct kind *kind[KINDS];
	int n;
	struct kind *now;	/* NULL: the open line has none */
	int at;			/* line that is shown; now->n: the one being typed */
	char *draft;		/* the latter, while another one is shown */
} hist;

static void free_kind(struct kind *k)
{
	for (int i = 0; i < k->n; i++)
		free(k->line[i]);
	free(k->name);
	free(k->path);
	free(k);
}

void line_folder(const char *path)
{
	char *copy = path != NULL ? mem_strdup(path) : NULL;

	line_close();
	for (int i = 0; i < hist.n; i++)
		free_kind(hist.kind[i]);
	hist.n = 0;
	free(hist.folder);
	hist.folder = copy;
}

/* As at the prompt: not twice in a row, and not what begins with a space. */
static bool add(struct kind *k, const char *text)
{
	if (text[0] == '\0' || text[0] == ' ' ||
	    (k->n > 0 && strcmp(k->line[k->n - 1], text) == 0))
		return false;
	if (k->n == HISTORY_LINES) {
		free(k->line[0]);
		memmove(&k->line[0], &k->line[1], (HISTORY_LINES - 1) * sizeof(k->line[0]));
		k->n--;
	}
	k->line[k->n++] = mem_strdup(text);
	return true;
}

/* Writes the file anew: under another name first, so that it is never half there. */
static void shorten(const struct kind *k, struct arena *mem)
{
	char *path = arena_printf(mem, "%s.%ld", k->path, (long)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool is_well;

	if (out == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (int i = 0; i < k->n; i++)
		fprintf(out, "%s\n", k->line[i]);
	is_well = ferror(out) == 0;
	if (fclose(out) != 0 || !is_well || rename(path, k->path) != 0)
		unlink(path);
}

/* What is in the file. It is made shorter when it has grown to twice what is kept. */
static void load(struct kind *k)
{
	struct arena *mem = arena_new(NULL, "history");
	const char *path = statefile_open(mem, hist.folder, k->name);
	FILE *in = path != NULL ? fopen(path, "re") : NULL;
	char *text = NULL;
	size_t size = 0;
	int lines = 0;

	if (in != NULL) {
		k->path = mem_strdup(path);
		for (ssize_t n; (n = getline(&text, &size, in)) > 0; lines++) {
			text[strcspn(text, "\n")] = '\0';
			add(k, text);
		}
		fclose(in);
		if (lines > 2 * HISTORY_LINES)
			shorten(k, mem);
	}
	free(text);
	arena_free(mem);
}

static struct kind *kind_of(const char *name)
{
	struct kind *k;

	for (int i = 0; i < hist.n; i++)
		if (strcmp(hist.kind[i]->name, name) == 0)
			return hist.kind[i];
	if (hist.folder == NULL || hist.n == KINDS)
		return NULL;
	k = mem_alloc(sizeof(*k));
	*k = (struct kind){ .name = mem_strdup(name) };
	load(k);
	hist.kind[hist.n++] = k;
	return k;
}

void line_history_begin(const char *name)
{
	hist.now = name != NULL ? kind_of(name) : NULL;
	hist.at = hist.now != NULL ? hist.now->n : 0;
}

/* One write behind the end: other consoles write there, too. */
static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	struct buf line;

	if (fd < 0)
		return;
	buf_init(&line, SIZE_MAX);
	buf_adds(&line, text);
	buf_adds(&line, "\n");
	(void)!write(fd, line.data, line.len);
	buf_release(&line);
	close(fd);
}

void line_history_end(const char *text)
{
	if (hist.now != NULL && text != NULL && add(hist.now, text) && hist.now->path != NULL)
		append(hist.now->path, text);
	hist.now = NULL;
	free(hist.draft);
	hist.draft = NULL;
}

const char *line_history_go(int to, const char *present)
{
	int n = hist.now != NULL ? hist.now->n : 0;

	to = to < 0 ? 0 : to > n ? n : to;
	if (to == hist.at)
		return NULL;
	if (hist.at == n) {
		free(hist.draft);
		hist.draft = mem_strdup(present);
	}
	hist.at = to;
	return to == n ? hist.draft : hist.now->line[to];
}

const char *line_history_text(int i)
{
	return hist.now != NULL && i >= 0 && i < hist.now->n ? hist.now->line[i] : NULL;
}

int line_history_at(void)
{
	return hist.at;
}

int line_history_find(int from, int step, const char *text, bool is_prefix)
{
	struct match m;

	match_set(&m, text);
	for (int i = from; hist.now != NULL && i >= 0 && i < hist.now->n; i += step) {
		const char *line = hist.now->line[i];

		if (is_prefix ? strncmp(line, text, strlen(text)) == 0 :
				match_find(&m, line, strlen(line), NULL) >= 0)
			return i;
	}
	return -1;
}
