/*
 * batch/shell.c
 *	The prompt: readline with history and completion.
 */
#include "batch/shell.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "batch/render.h"
#include "batch/signals.h"
#include "core/command/words.h"
#include "core/base/arena.h"
#include "core/base/statefile.h"
#include "core/base/text.h"
#include "core/command/complete.h"

#define HISTORY_LINES 2000

/* readline's callbacks carry no context of ours. */
static struct {
	struct face *face;
	struct arena *mem;		/* of one completion */
	struct complete_list list;
	int next;
	char *history;		/* file; NULL: none */
} sh;

static void open_history(struct arena *mem)
{
	const char *folder = statefile_folder(mem);

	sh.history = folder != NULL ? statefile_open(mem, folder, "history") : NULL;
	if (sh.history == NULL)
		return;
	using_history();
	stifle_history(HISTORY_LINES);
	read_history(sh.history);
}

static void remember(const char *line)
{
	HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) :
		NULL;

	if (line[0] == '\0' || line[0] == ' ' || (last != NULL && strcmp(last->line, line) == 0))
		return;
	add_history(line);
	if (sh.history != NULL && append_history(1, sh.history) == 0)
		history_truncate_file(sh.history, HISTORY_LINES);
}

/* A candidate as it has to stand in the line; readline frees it. */
static char *quoted(const char *text, char open)
{
	bool is_plain = text[strcspn(text, " \t'\"\\#")] == '\0';
	struct buf out;
	char *copy;

	if (is_plain || open != 0)
		return mem_strdup(text);
	buf_init(&out, 65536);
	buf_adds(&out, "\"");
	for (const char *p = text; *p != '\0'; p++)
		buf_addf(&out, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
	buf_adds(&out, "\"");
	copy = mem_strdup(buf_str(&out));
	buf_release(&out);
	return copy;
}

static char *next_candidate(const char *text, int state)
{
	(void)text;
	if (state == 0)
		sh.next = 0;
	return sh.next < sh.list.n ? quoted(sh.list.item[sh.next++].text, 0) : NULL;
}

static char **complete(const char *text, int start, int end)
{
	char *line = arena_strndup(sh.face->mem, rl_line_buffer, (size_t)end);
	char **words, open, **found = NULL;
	const char *last;
	bool is_new;
	int n;

	(void)start;
	sh.mem = arena_new(sh.face->mem, "completion");
	words_split_open(sh.mem, line, &n, &words, &open, &is_new);
	last = is_new || n == 0 ? "" : words[n - 1];
	complete_words(sh.mem, &sh.face->session, is_new ? n : n - 1, words, last, &sh.list);
	rl_attempted_completion_over = 1;
	if (sh.list.is_file) {
		rl_filename_completion_desired = 1;
		found = rl_completion_matches(text, rl_filename_completion_function);
	} else {
		/* A candidate replaces `text`, which may be a part of the word (behind = or :). */
		size_t skip = strlen(last) > strlen(text) ? strlen(last) - strlen(text) : 0;

		for (int i = 0; i < sh.list.n; i++)
			if (strlen(sh.list.item[i].text) > skip)
				sh.list.item[i].text += skip;
		found = rl_completion_matches(text, next_candidate);
	}
	if (sh.list.n == 1 && sh.list.item[0].is_open)
		rl_completion_append_character = '\0';
	arena_free(sh.mem);
	return found;
}

/* A signal while readline waits: Ctrl-C gives a fresh line, the others end it all. */
static int on_signal(void)
{
	if (atomic_load(signals_stop()) == 0)
		return 0;
	if (signals_must_leave()) {
		rl_deprep_terminal();
		rl_free_line_state();
		fputc('\n', stderr);
		face_release(sh.face);
		exit(err_exit_status(ERR_INTERRUPTED));
	}
	signals_clear();
	fputs("^C\n", rl_outstream);
	rl_replace_line("", 0);
	rl_on_new_line();
	rl_redisplay();
	return 0;
}

/* As rl_getc(), but a signal that came a moment before the wait is not slept over. */
static int next_key(FILE *in)
{
	struct pollfd p[2] = {
		{ .fd = fileno(in), .events = POLLIN }, { .fd = signals_fd(), .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return EOF;
		if (p[1].revents != 0 || atomic_load(signals_stop()) != 0)
			on_signal();
		else if (p[0].revents != 0)
			return rl_getc(in);
	}
}

static void setup(struct face *f)
{
	sh.face = f;
	rl_readline_name = "leat";
	rl_outstream = stderr;	/* results alone go to standard output */
	rl_catch_signals = 0;
	rl_signal_event_hook = on_signal;
	rl_getc_function = next_key;
	rl_attempted_completion_function = complete;
	rl_completer_word_break_characters = " \t\n=";
	rl_completer_quote_characters = "'\"";
	rl_sort_completion_matches = 0;
	rl_variable_bind("enable-bracketed-paste", "on");
	open_history(f->mem);
}

/* "exit" and "quit" are what people type everywhere. */
static bool is_goodbye(int n, char *const *words)
{
	return n == 1 && (strcmp(words[0], "exit") == 0 || strcmp(words[0], "quit") == 0);
}

static bool run_line(struct face *f, const char *line)
{
	struct arena *mem = arena_new(f->mem, "line");
	struct err err = { 0 };
	char **words;
	bool goes_on = true;
	int n;
	enum err_code rc = words_split(mem, line, &n, &words, &err);

	if (rc != ERR_OK)
		face_complain(f, &err);
	else if (is_goodbye(n, words))
		goes_on = false;
	else if (n > 0)
		rc = face_run(f, n, words, &err);
	if (signals_must_leave())
		goes_on = false;
	else if (atomic_load(signals_stop()) != 0)
		session_drop_db(&f->session);
	arena_free(mem);
	return goes_on;
}

enum err_code shell_run(struct face *f)
{
	enum err_code rc = ERR_OK;
	bool goes_on = true;

	render_locale();
	setup(f);
	f->is_script = true;
	signals_in_shell();
	while (goes_on) {
		char *line;

		signals_clear();
		line = readline("leat> ");
		if (line == NULL) {
			fputc('\n', stderr);
			break;
		}
		remember(line);
		goes_on = run_line(f, line);
		free(line);
	}
	if (signals_must_leave())
		rc = ERR_INTERRUPTED;
	return rc;
}
