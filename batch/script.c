/*
 * batch/script.c
 *	Commands from a file or a pipe, one a line.
 */
#include "batch/script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch/signals.h"
#include "core/command/words.h"
#include "core/base/arena.h"

static enum err_code run_line(struct face *f, const char *line, struct err *err)
{
	struct arena *mem = arena_new(f->mem, "line");
	char **words;
	int n;
	enum err_code rc = words_split(mem, line, &n, &words, err);

	if (rc != ERR_OK)
		face_complain(f, err);
	else if (n > 0)
		rc = face_run(f, n, words, err);
	arena_free(mem);
	return rc;
}

static enum err_code too_long(struct face *f, struct err *err)
{
	err_set(err, ERR_LIMIT, "a line is longer than %u bytes", SCRIPT_LINE_MAX);
	face_complain(f, err);
	return ERR_LIMIT;
}

static enum err_code run_lines(struct face *f, FILE *in, const char *name)
{
	char *line = NULL;
	size_t cap = 0;
	int64_t number = 0;
	enum err_code rc = ERR_OK;
	ssize_t n;

	while (rc == ERR_OK && (n = getline(&line, &cap, in)) >= 0) {
		struct err err = { 0 };

		number++;
		if ((size_t)n > SCRIPT_LINE_MAX) {
			rc = too_long(f, &err);
		} else if (memchr(line, '\0', (size_t)n) != NULL) {
			rc = err_set(&err, ERR_USAGE, "a line holds a NUL byte");
			face_complain(f, &err);
		} else {
			/* A byte order mark in front is no part of the first word. */
			bool has_mark = number == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0;

			rc = run_line(f, line + (has_mark ? 3 : 0), &err);
		}
		if (rc == ERR_OK && atomic_load(signals_stop()) != 0)
			rc = ERR_INTERRUPTED;
		if (rc != ERR_OK)
			fprintf(stderr, "leat: stopped at line %" PRId64 " of %s\n", number, name);
	}
	free(line);
	return rc;
}

enum err_code script_run(struct face *f, const char *path)
{
	bool is_stdin = path == NULL || strcmp(path, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	struct err err = { 0 };
	enum err_code rc;

	if (in == NULL) {
		rc = err_sys(&err, errno, "opening %s", path);
		face_complain(f, &err);
		return rc;
	}
	f->is_script = true;
	rc = run_lines(f, in, is_stdin ? "standard input" : path);
	if (!is_stdin)
		fclose(in);
	return rc;
}
