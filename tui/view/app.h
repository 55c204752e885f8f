/*
 * tui/view/app.h
 *	The whole console as a state: what comes in changes it, drawing shows it.
 *
 * The app knows no terminal, no thread and no database. Keys, answers, news and
 * the passing of time come in through the functions below; what it wants done
 * goes out through a port, at once and without waiting. So a test can play a whole
 * evening with it in a millisecond, and look at every screen as a grid.
 *
 * Memory:  a heap object; answers given to it are its own.
 * Threads: one.
 */
#ifndef TUI_VIEW_APP_H
#define TUI_VIEW_APP_H

#include "core/command/answer.h"
#include "core/command/news.h"
#include "tui/term/grid.h"
#include "tui/term/key.h"
#include "tui/term/theme.h"

struct app;

/* What the app may ask of the world. All return at once; texts are borrowed for the call. */
struct port {
	void *ctx;
	/*
	 * The answer comes to app_answer() with that token. is_look: for a view. What is run
	 * before the first NEWS_UP or NEWS_DOWN begins after it: views do not ask again then.
	 */
	void (*run)(void *ctx, int64_t token, int nwords, const char *const *words, bool is_look,
		    bool is_confirmed);
	void (*stop)(void *ctx, int64_t token);
	void (*reconnect)(void *ctx);	/* now, not at the next try */
	bool (*copy)(void *ctx, const char *text, size_t n);
	void (*theme)(void *ctx, const struct theme *t);
	void (*mouse)(void *ctx, bool on);
	void (*title)(void *ctx, const char *text);
	void (*redraw)(void *ctx);	/* send the whole screen again */
	void (*suspend)(void *ctx);
	void (*bell)(void *ctx);
	/* Candidates for the line that is typed at the prompt; app_offer() brings them. */
	void (*complete)(void *ctx, const char *text, size_t at);
	/* Keeps app_state(), for after a lost line. NULL text: forget it. */
	void (*keep)(void *ctx, const char *text);
};

struct app_options {
	const struct port *port;	/* borrowed */
	const char *org;	/* NULL: the default */
	const char *open;	/* path to begin with; NULL: jobs */
	const char *keys;	/* preset: "default", "vim", "htop", "mutt"; NULL: default */
	const char *theme;	/* NULL: default */
	const char *kept;	/* state of a session whose line was lost; NULL: none */
	const char *key_file;	/* text of the user's key file; NULL: none */
	bool is_read_only;
	bool is_prod;		/* a place where a mistake is expensive */
	bool has_mouse;
	int workers;		/* of the engine inside; 0: none */
	int64_t now_us;		/* wall clock */
};

/*
 * err tells what of the options could not be used (theme, keys, path); the app is there all the
 * same, with what is usual. */
struct app *app_new(const struct app_options *o, struct err *err);
void app_free(struct app *a);	/* NULL is fine */

void app_size(struct app *a, int w, int h);
void app_input(struct app *a, const struct input *in, int64_t now_us);
/* Takes it. */
void app_answer(struct app *a, int64_t token, struct answer *answer, int64_t now_us);
void app_progress(struct app *a, int64_t token, const struct cmd_progress *p, int64_t now_us);
void app_news(struct app *a, const struct news *n, int64_t now_us);
/* The user's key file has changed. One that cannot be used is told, and changes nothing. */
void app_keys(struct app *a, const char *text, int64_t now_us);
/* A line of this process's own log. */
void app_note(struct app *a, int level, const char *line, int64_t now_us);
/* What may stand at the end of `for_text`; see line_offer(). */
void app_offer(struct app *a, const char *for_text, size_t from, int n, const char *const *word,
	       const char *const *help, const bool *is_open);

/* When app_tick() is wanted, wall clock; -1: only when something comes in. */
int64_t app_deadline(const struct app *a);
void app_tick(struct app *a, int64_t now_us);

/* Whether what app_draw() would draw has changed since the last time. */
bool app_is_dirty(const struct app *a);
void app_draw(struct app *a, struct grid *g);

/* The user wants to leave. */
bool app_is_done(const struct app *a);

/* The path of what is on the screen, "jobs/42/rejects". */
const char *app_path(const struct app *a);
/* Screen, filters, marks as one JSON text, in mem. */
char *app_state(struct app *a, struct arena *mem);
#endif
