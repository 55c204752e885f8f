/*
 * tests/unit/tui/view/stage.c
 *	An app without a terminal, a thread or a database.
 */
#include "tests/unit/tui/view/stage.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/arena.h"

/* ---- the port ------------------------------------------------------------------- */

/* What a view asks of a command on its own are options that it has. */
static void check_words(int nwords, const char *const *words)
{
	struct arena *mem = arena_new(NULL, "words");
	char **own = arena_array(mem, (size_t)nwords + 1, sizeof(*own));
	const struct cmd_spec *spec = NULL;
	struct cmd_args *args = NULL;
	struct err err = { 0 };
	char text[400];
	int used;

	for (int i = 0; i < nwords; i++)
		own[i] = arena_strdup(mem, words[i]);
	if (cmd_find(nwords, own, &used) != NULL &&
	    cmd_read(mem, nwords, own, cmd_globals_new(mem, NULL), &spec, &args, &err) != ERR_OK) {
		err_text(&err, text, sizeof(text));
		/* Values may come from what hands have chosen. */
		if (strstr(text, "no option") != NULL)
			fail_msg("%s %s ...: %s", words[0], nwords > 1 ? words[1] : "", text);
	}
	arena_free(mem);
}

static void on_run(void *ctx, int64_t token, int nwords, const char *const *words, bool is_look,
		   bool is_confirmed)
{
	struct stage *s = ctx;
	struct stage_call *c;

	assert_true(s->ncalls < 512);
	if (is_look)
		check_words(nwords, words);
	c = &s->call[s->ncalls++];
	*c = (struct stage_call){ .token = token, .is_look = is_look,
				  .is_confirmed = is_confirmed };
	for (int i = 0; i < nwords; i++) {
		size_t used = strlen(c->line);

		snprintf(c->line + used, sizeof(c->line) - used, "%s%s", i > 0 ? " " : "",
			 words[i]);
	}
}

static void on_stop(void *ctx, int64_t token)
{
	struct stage *s = ctx;

	for (int i = 0; i < s->ncalls; i++)
		if (s->call[i].token == token)
			s->call[i].is_stopped = true;
}

static void on_reconnect(void *ctx)
{
	((struct stage *)ctx)->reconnects++;
}

static bool on_copy(void *ctx, const char *text, size_t n)
{
	struct stage *s = ctx;

	snprintf(s->copied, sizeof(s->copied), "%.*s", (int)n, text);
	return n < sizeof(s->copied);
}

static void on_theme(void *ctx, const struct theme *t)
{
	(void)t;
	((struct stage *)ctx)->themes++;
}

static void on_mouse(void *ctx, bool on)
{
	((struct stage *)ctx)->has_mouse = on;
}

static void on_title(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static void on_redraw(void *ctx)
{
	((struct stage *)ctx)->redraws++;
}

static void on_suspend(void *ctx)
{
	((struct stage *)ctx)->suspends++;
}

static void on_bell(void *ctx)
{
	(void)ctx;
}

static void on_complete(void *ctx, const char *text, size_t at)
{
	(void)ctx;
	(void)text;
	(void)at;
}

static void on_keep(void *ctx, const char *text)
{
	struct stage *s = ctx;

	snprintf(s->kept, sizeof(s->kept), "%s", text != NULL ? text : "(gone)");
}

/* ---- life ----------------------------------------------------------------------- */

struct stage *stage_open(int w, int h, const struct app_options *o, bool is_down)
{
	static struct port port;
	struct stage *s = mem_alloc(sizeof(*s));
	struct app_options own = { 0 };
	struct err err = { 0 };

	*s = (struct stage){ .w = w, .h = h, .now_us = STAGE_NOW_US };
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	port = (struct port){
		.ctx = s, .run = on_run, .stop = on_stop, .reconnect = on_reconnect,
		.copy = on_copy, .theme = on_theme, .mouse = on_mouse, .title = on_title,
		.redraw = on_redraw, .suspend = on_suspend, .bell = on_bell,
		.complete = on_complete, .keep = on_keep,
	};
	if (o != NULL)
		own = *o;
	own.port = &port;
	own.now_us = s->now_us;
	s->screen = mem_alloc(sizeof(*s->screen));
	buf_init(s->screen, 1u << 22);
	s->grid = grid_new(w, h);
	s->app = app_new(&own, &err);
	app_size(s->app, w, h);
	if (!is_down)
		stage_up(s);
	return s;
}

struct stage *stage_with_jobs_as(int w, int h, const struct app_options *o)
{
	struct stage *s = stage_open(w, h, o, false);

	stage_screen(s);
	stage_answer(s, "job list", STAGE_JOBS);
	return s;
}

struct stage *stage_with_jobs(int w, int h)
{
	return stage_with_jobs_as(w, h, NULL);
}

void stage_close(struct stage *s)
{
	app_free(s->app);
	grid_free(s->grid);
	buf_release(s->screen);
	free(s->screen);
	free(s->world);
	free(s);
}

/* ---- answers -------------------------------------------------------------------- */

static const struct cmd_spec *spec_of(const char *line)
{
	struct arena *mem = arena_new(NULL, "spec");
	char *text = arena_strdup(mem, line), *words[64];
	const struct cmd_spec *spec;
	int n = 0, used;

	while (n < 64 && (words[n] = strsep(&text, " ")) != NULL)
		n++;
	spec = cmd_find(n, words, &used);
	arena_free(mem);
	return spec;
}

static enum val_kind kind_of(const struct cmd_spec *spec, const char *name)
{
	for (int i = 0; spec != NULL && spec->reply[i].name != NULL; i++)
		if (strcmp(spec->reply[i].name, name) == 0)
			return spec->reply[i].kind;
	return VAL_TEXT;
}

static void set_value(struct arena *mem, struct reply_value *v, enum val_kind kind,
		      const char *text)
{
	if (strcmp(text, "-") == 0)
		return;
	v->is_set = true;
	v->i = strtoll(text, NULL, 10);
	v->f = strtod(text, NULL);
	if (kind == VAL_BOOL)
		v->i = strcmp(text, "yes") == 0;
	if (kind == VAL_TEXT || kind == VAL_NAME || kind == VAL_JSON || kind == VAL_FILE ||
	    kind == VAL_CHOICE || (kind == VAL_TIME && strchr(text, 'T') != NULL)) {
		v->text = arena_strdup(mem, text);
		v->len = strlen(text);
	}
}

/* Cells of one line, which is cut up. */
static int cells_of(char *line, char **cell, int max)
{
	int n = 0;

	for (char *p = line; p != NULL && n < max; n++) {
		cell[n] = p;
		p = strchr(p, '|');
		if (p != NULL)
			*p++ = '\0';
	}
	return n;
}

static struct answer *make(const struct stage_call *c, const char *rows, int64_t now_us)
{
	struct arena *mem = arena_new(NULL, "answer");
	struct answer *a = arena_alloc(mem, sizeof(*a));
	char *text = arena_strdup(mem, rows), *line, *cell[64];
	struct val_spec *cols = arena_array(mem, 64, sizeof(*cols));

	*a = (struct answer){ .mem = mem, .spec = spec_of(c->line), .is_last = true,
			      .at_us = now_us, .cols = cols };
	line = strsep(&text, "\n");
	a->ncols = cells_of(line, cell, 64);
	for (int i = 0; i < a->ncols; i++) {
		cols[i].name = cell[i];
		cols[i].kind = kind_of(a->spec, cell[i]);
	}
	a->row = arena_array(mem, 2000, sizeof(*a->row));
	while ((line = strsep(&text, "\n")) != NULL && a->nrows < 2000) {
		struct reply_value *row;
		int n;

		if (line[0] == '\0')
			continue;
		row = arena_array(mem, (size_t)a->ncols, sizeof(*row));
		n = cells_of(line, cell, 64);
		for (int i = 0; i < n && i < a->ncols; i++)
			set_value(mem, &row[i], cols[i].kind, cell[i]);
		a->row[a->nrows++] = row;
	}
	return a;
}

/* ---- a world that answers ------------------------------------------------------- */

/* The rows behind the longest "> words" that the line begins with, in mem; NULL: none. */
static char *rows_for(struct arena *mem, const char *world, const char *line)
{
	const char *best = NULL, *end;
	size_t longest = 0;

	for (const char *p = world; p != NULL; p = strstr(p + 1, "\n> ")) {
		const char *words = p + (*p == '\n') + 2;
		size_t n = strcspn(words, "\n");

		if (n > longest && strncmp(line, words, n) == 0) {
			longest = n;
			best = words + n + 1;
		}
	}
	if (best == NULL)
		return NULL;
	end = strstr(best, "\n> ");
	return arena_strndup(mem, best, end != NULL ? (size_t)(end - best) : strlen(best));
}

static void answer_world(struct stage *s)
{
	for (int i = 0; s->world != NULL && i < s->ncalls; i++) {
		struct stage_call *c = &s->call[i];
		struct arena *mem;
		char *rows;

		if (c->is_answered || c->is_stopped)
			continue;
		mem = arena_new(NULL, "world");
		rows = rows_for(mem, s->world, c->line);
		if (rows != NULL) {
			c->is_answered = true;
			app_answer(s->app, c->token, make(c, rows, s->now_us), s->now_us);
		}
		arena_free(mem);
	}
}

void stage_settle(struct stage *s)
{
	answer_world(s);
}

void stage_world(struct stage *s, const char *path)
{
	FILE *f = fopen(path, "r");
	struct buf text;
	char part[4096];
	size_t n;

	if (f == NULL)
		fail_msg("%s cannot be read", path);
	buf_init(&text, 1u << 20);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&text, part, n);
	fclose(f);
	free(s->world);
	s->world = mem_strdup(buf_str(&text));
	buf_release(&text);
	app_draw(s->app, s->grid);
	answer_world(s);
	app_draw(s->app, s->grid);
	answer_world(s);
}

/* ---- what comes in -------------------------------------------------------------- */

static void press(struct stage *s, struct key k)
{
	struct input in = { .kind = INPUT_KEY, .key = k };

	app_input(s->app, &in, s->now_us);
	app_draw(s->app, s->grid);
	answer_world(s);
}

void stage_keys(struct stage *s, const char *keys)
{
	while (*keys != '\0') {
		size_t n = strcspn(keys, " ");
		char name[32];
		struct key k;

		if (*keys == '\'') {
			for (keys++; *keys != '\'' && *keys != '\0'; keys++)
				press(s, (struct key){ (unsigned char)*keys, 0 });
			keys += *keys == '\'';
			keys += strspn(keys, " ");
			continue;
		}
		assert_true(n < sizeof(name));
		memcpy(name, keys, n);
		name[n] = '\0';
		if (!key_parse(name, &k))
			fail_msg("%s is no key", name);
		press(s, k);
		keys += n;
		keys += strspn(keys, " ");
	}
}

void stage_paste(struct stage *s, const char *text)
{
	struct input in = { .kind = INPUT_PASTE, .text = text, .len = strlen(text) };

	app_input(s->app, &in, s->now_us);
}

/* As the loop does: every deadline on the way is kept. */
void stage_pass(struct stage *s, int64_t ms)
{
	int64_t until = s->now_us + ms * 1000, next;

	while ((next = app_deadline(s->app)) >= 0 && next <= until) {
		s->now_us = next > s->now_us ? next : s->now_us + 1000;
		app_tick(s->app, s->now_us);
	}
	s->now_us = until;
}

void stage_up(struct stage *s)
{
	struct news n = { .kind = NEWS_UP, .rtt_us = 300, .server = "private" };

	app_news(s->app, &n, s->now_us);
}

void stage_down(struct stage *s, const char *why)
{
	struct news n = { .kind = NEWS_DOWN, .retry_ms = 1000 };

	snprintf(n.text, sizeof(n.text), "%s", why);
	app_news(s->app, &n, s->now_us);
}

void stage_state(struct stage *s, int64_t job, const char *state)
{
	struct news n = { .kind = NEWS_STATE, .job = job, .state = state };

	app_news(s->app, &n, s->now_us);
}

void stage_progress(struct stage *s, int64_t job, int64_t rows, int64_t bytes, int64_t total)
{
	struct news n = { .kind = NEWS_PROGRESS, .job = job, .state = "running",
			  .phase = "loading", .read = rows, .written = rows, .bytes = bytes,
			  .total_bytes = total, .rows_per_s = 1000, .eta_ms = 60000 };

	app_news(s->app, &n, s->now_us);
}

/* ---- calls ---------------------------------------------------------------------- */

static bool begins_so(const struct stage_call *c, const char *begins)
{
	return strncmp(c->line, begins, strlen(begins)) == 0;
}

struct stage_call *stage_asked(struct stage *s, const char *begins)
{
	for (int i = 0; i < s->ncalls; i++)
		if (begins_so(&s->call[i], begins) && !s->call[i].is_answered &&
		    !s->call[i].is_stopped)
			return &s->call[i];
	return NULL;
}

int stage_count(const struct stage *s, const char *begins)
{
	int n = 0;

	for (int i = 0; i < s->ncalls; i++)
		n += begins_so(&s->call[i], begins);
	return n;
}

static struct stage_call *must_be_asked(struct stage *s, const char *begins)
{
	struct stage_call *c = stage_asked(s, begins);

	if (c != NULL)
		return c;
	for (int i = 0; i < s->ncalls; i++)
		print_message("# asked: %s%s%s\n", s->call[i].line,
			      s->call[i].is_answered ? " (answered)" : "",
			      s->call[i].is_stopped ? " (stopped)" : "");
	fail_msg("nobody asked: %s", begins);
	return NULL;
}

void stage_answer(struct stage *s, const char *begins, const char *rows)
{
	struct stage_call *c = must_be_asked(s, begins);

	c->is_answered = true;
	app_answer(s->app, c->token, make(c, rows, s->now_us), s->now_us);
}

void stage_fail(struct stage *s, const char *begins, enum err_code code, const char *text)
{
	struct stage_call *c = must_be_asked(s, begins);
	struct answer *a = make(c, "none", s->now_us);

	c->is_answered = true;
	a->code = err_set(&a->err, code, "%s", text);
	app_answer(s->app, c->token, a, s->now_us);
}

void stage_plan(struct stage *s, const char *begins, const char *rows)
{
	struct stage_call *c = must_be_asked(s, begins);
	struct answer *a = make(c, rows, s->now_us);

	c->is_answered = true;
	a->code = err_set(&a->err, ERR_USAGE, "not confirmed; nothing was done");
	app_answer(s->app, c->token, a, s->now_us);
}

/* ---- the screen ----------------------------------------------------------------- */

const char *stage_screen(struct stage *s)
{
	app_draw(s->app, s->grid);
	buf_clear(s->screen);
	for (int y = 0; y < s->h; y++) {
		grid_line(s->grid, y, s->screen);
		buf_adds(s->screen, "\n");
	}
	return buf_str(s->screen);
}

const char *stage_line(struct stage *s, int y)
{
	app_draw(s->app, s->grid);
	buf_clear(s->screen);
	grid_line(s->grid, y, s->screen);
	return buf_str(s->screen);
}

const char *stage_dump(struct stage *s)
{
	app_draw(s->app, s->grid);
	buf_clear(s->screen);
	grid_dump(s->grid, s->screen);
	return buf_str(s->screen);
}

void stage_shows(struct stage *s, const char *text)
{
	if (strstr(stage_screen(s), text) == NULL) {
		print_message("%s", stage_screen(s));
		fail_msg("'%s' is not on the screen", text);
	}
}

void stage_hides(struct stage *s, const char *text)
{
	if (strstr(stage_screen(s), text) != NULL) {
		print_message("%s", stage_screen(s));
		fail_msg("'%s' is on the screen", text);
	}
}
