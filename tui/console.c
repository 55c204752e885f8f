/*
 * tui/console.c
 *	The console's main loop, and what it is wired to.
 */
#include "tui/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/log.h"
#include "core/command/inside.h"
#include "core/command/session.h"
#include "tui/kept.h"
#include "tui/mailbox.h"
#include "tui/pool.h"
#include "tui/reload.h"
#include "tui/term/guard.h"
#include "tui/term/term.h"
#include "tui/view/app.h"
#include "tui/widget/line.h"

#define WORKERS        2	/* jobs at the same time, as `leat work` */
#define WORKERS_MAX    256
#define FRAME_US       33333	/* between two frames, in the long run */
#define FRAME_BURST    2	/* so many may come early: what begins is shown at once */
#define FRAME_SLOW_US  1000000	/* on slow lines none comes early */
#define KEEP_US        3000000	/* from a key to the state in its file */
#define MAILS_AT_ONCE  200	/* then keys are looked at again */
#define HAND_BACK_MS   600	/* of the second in which a console that was cut off is gone */
#define LAST_CALLS_MS  250
#define LEAVE_MS       3000	/* of people who leave, and have their terminal back */
#define KEY_FILE_MAX   65536
#define ENGINE_US      300000	/* the first screen has the machine for itself */
#define PROCESS_LOG    LOG_WARN

struct console {
	struct arena *mem;
	struct config *config;
	const struct cmd_args *globals, *own;
	const char *place, *org;
	struct term *term;
	struct grid *grid;
	struct app *app;
	struct port port;
	struct mailbox *mailbox;
	struct session_share share;
	struct pool *pool;
	struct inside *inside;
	struct kept *kept;
	struct reload *reload;		/* of the theme's file */
	struct reload *key_reload;
	struct theme theme;
	int workers;
	bool is_read_only, is_slow;
	bool has_mouse;
	/* news */
	pthread_t listener;
	bool has_listener;
	bool has_gone;		/* what views asked at the start was let go */
	struct session listening;
	atomic_int stop;
	int stop_fd, retry_fd;
	/* the loop */
	int signal_fd;
	int64_t frame_us;	/* when a frame would be due that never came early, monotonic */
	bool was_typed;		/* people wait for what they typed: no frame is too early */
	int64_t inside_us;	/* when the engine starts, monotonic; 0: not by itself */
	int64_t keep_us;	/* when the state is kept, monotonic; 0: nothing has changed */
	const char *kept_text;	/* what is in the file */
	struct arena *kept_mem;
	bool is_cut;		/* a signal, or the terminal is gone */
};

/* ---- what the app asks for -------------------------------------------------------- */

static void on_run(void *ctx, int64_t token, int nwords, const char *const *words, bool is_look,
		   bool is_confirmed)
{
	struct console *c = ctx;

	pool_run(c->pool, token, nwords, words,
		 (is_look ? POOL_LOOK : 0) | (is_confirmed ? POOL_CONFIRMED : 0));
}

static void on_stop(void *ctx, int64_t token)
{
	struct console *c = ctx;

	pool_stop(c->pool, token);
}

static void ring(int fd)
{
	uint64_t one = 1;
	ssize_t n;

	do
		n = write(fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

static void on_reconnect(void *ctx)
{
	struct console *c = ctx;

	ring(c->retry_fd);
}

static bool on_copy(void *ctx, const char *text, size_t n)
{
	struct console *c = ctx;

	return term_copy(c->term, text, n);
}

static void on_theme(void *ctx, const struct theme *t)
{
	struct console *c = ctx;
	char path[4096];

	c->theme = *t;
	term_theme(c->term, t);
	reload_watch(c->reload, theme_path(t->name, path, sizeof(path)) ? path : NULL);
}

static void on_mouse(void *ctx, bool on)
{
	struct console *c = ctx;

	term_mouse(c->term, on);
}

static void on_title(void *ctx, const char *text)
{
	struct console *c = ctx;

	term_title(c->term, text);
}

static void on_redraw(void *ctx)
{
	struct console *c = ctx;

	term_redraw(c->term);
}

static void on_suspend(void *ctx)
{
	struct console *c = ctx;

	term_suspend(c->term);
}

static void on_bell(void *ctx)
{
	struct console *c = ctx;

	term_bell(c->term);
}

static void on_complete(void *ctx, const char *text, size_t at)
{
	struct console *c = ctx;

	pool_complete(c->pool, text, at);
}

static void on_keep(void *ctx, const char *text)
{
	struct console *c = ctx;

	kept_write(c->kept, text);
}

/* ---- other threads ------------------------------------------------------------------ */

/* With the log locked: what fails here cannot be logged. */
static void on_log(void *ctx, enum log_level level, const char *line)
{
	struct mail *mail = mail_new(MAIL_LOG);

	mail->level = (int)level;
	snprintf(mail->text, sizeof(mail->text), "%s", line);
	mailbox_post(ctx, mail);
}

static void on_news(void *ctx, const struct news *n)
{
	struct mail *mail = mail_new(MAIL_NEWS);

	mail->news = *n;
	mailbox_post(ctx, mail);
}

static void *listen_on(void *arg)
{
	struct console *c = arg;

	news_follow(&c->listening, &c->stop, c->stop_fd, c->retry_fd, on_news, c->mailbox);
	return NULL;
}

static void start_listener(struct console *c)
{
	sigset_t all, before;

	session_init_shared(&c->listening, &c->share, c->org);
	c->listening.is_read_only = c->is_read_only;
	c->listening.stop_fd = c->stop_fd;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	c->has_listener = pthread_create(&c->listener, NULL, listen_on, c) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!c->has_listener)
		log_line(LOG_ERROR, "no thread for what happens: the screen shows what it reads");
}

/* The place is open, for somebody has connected. */
static void start_inside(struct console *c)
{
	c->inside_us = 0;
	c->inside = inside_start(session_share_place(&c->share), c->org, c->workers);
}

/* ---- options ------------------------------------------------------------------------- */

static const char *chosen(const struct console *c, const char *option)
{
	return arg_given(c->own, option) ? arg_text(c->own, option)
					 : config_get(c->config, option);
}

static enum err_code read_workers(struct console *c, struct err *err)
{
	const char *text = config_get(c->config, "workers");
	char *end = NULL;
	long n = WORKERS;

	if (arg_given(c->own, "workers"))
		n = (long)arg_int8(c->own, "workers");
	else if (text != NULL)
		n = strtol(text, &end, 10);
	if (n < 0 || n > WORKERS_MAX || (end != NULL && *end != '\0'))
		return err_set(err, ERR_CONFIG, "workers: a number from 0 to %d is wanted",
			       WORKERS_MAX);
	c->workers = c->is_read_only ? 0 : (int)n;
	return ERR_OK;
}

static bool is_yes(const char *text)
{
	return text != NULL && (strcmp(text, "yes") == 0 || strcmp(text, "on") == 0 ||
				strcmp(text, "true") == 0);
}

static enum err_code read_options(struct console *c, struct err *err)
{
	const char *env = getenv("LEAT_DB"), *mouse;
	enum err_code rc = config_read(c->mem, &c->config, err);

	if (rc != ERR_OK)
		return rc;
	c->org = arg_text(c->globals, "org");
	c->place = arg_text(c->globals, "db");
	if (c->place == NULL && env != NULL && env[0] != '\0')
		c->place = env;
	if (c->place == NULL)
		c->place = config_get(c->config, "db");
	c->is_read_only = arg_bool(c->own, "read-only");
	c->is_slow = arg_bool(c->own, "slow");
	mouse = chosen(c, "mouse");
	c->has_mouse = mouse == NULL || strcmp(mouse, "off") != 0;
	return read_workers(c, err);
}

/* `prod = yes` is about the database of that file, not about one that was named otherwise. */
static bool is_prod(const struct console *c)
{
	const char *db = config_get(c->config, "db"), *prod = config_get(c->config, "prod");

	if (arg_bool(c->own, "prod") || (prod != NULL && strcmp(prod, "all") == 0))
		return true;
	return is_yes(prod) &&
	       (c->place == NULL || (db != NULL && strcmp(db, c->place) == 0));
}

/* NULL: there is none. */
static char *read_key_file(struct arena *mem)
{
	char *path = config_file(mem, "keys"), *text = arena_bytes(mem, KEY_FILE_MAX + 1);
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	size_t n = 0;
	ssize_t got = 1;

	while (fd >= 0 && n < KEY_FILE_MAX && got > 0) {
		got = read(fd, text + n, KEY_FILE_MAX - n);
		n += got > 0 ? (size_t)got : 0;
	}
	text[n] = '\0';
	if (fd < 0)
		return NULL;
	close(fd);
	return text;
}

/* ---- begin ---------------------------------------------------------------------------- */

/* What ends us is read, not caught; an interrupt typed at the terminal is a key. */
static int take_signals(void)
{
	struct sigaction plain = { .sa_handler = SIG_DFL }, is;
	static const int ours[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		sigaction(ours[i], NULL, &is);
		if (is.sa_handler == SIG_IGN)
			continue;
		sigaction(ours[i], &plain, NULL);
		sigaddset(&set, ours[i]);
	}
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static enum err_code open_term(struct console *c, struct err *err)
{
	struct term_options o = {
		.is_ascii = arg_bool(c->own, "ascii"),
		.has_mouse = c->has_mouse,
		.colours = c->is_slow ? LADDER_16 : -1,
	};

	return term_open(&o, &c->term, err);
}

static void open_app(struct console *c)
{
	char folder[4096];
	struct app_options o = {
		.port = &c->port, .org = c->org, .open = arg_text(c->own, "open"),
		.keys = chosen(c, "keys"), .theme = chosen(c, "theme"),
		.key_file = read_key_file(c->mem), .is_read_only = c->is_read_only,
		.is_prod = is_prod(c), .has_mouse = c->has_mouse, .workers = c->workers,
		.now_us = clock_wall_us(),
	};
	struct err err = { 0 };
	int w, h;

	kept_folder(folder, sizeof(folder));
	line_folder(folder[0] != '\0' ? folder : NULL);
	c->kept = kept_open(c->place, c->org);
	if (c->kept != NULL)
		o.kept = kept_read(c->mem, c->kept);
	c->port = (struct port){
		.ctx = c, .run = on_run, .stop = on_stop, .reconnect = on_reconnect,
		.copy = on_copy, .theme = on_theme, .mouse = on_mouse, .title = on_title,
		.redraw = on_redraw, .suspend = on_suspend, .bell = on_bell,
		.complete = on_complete, .keep = on_keep,
	};
	c->app = app_new(&o, &err);	/* which shows what it could not use */
	term_size(c->term, &w, &h);
	app_size(c->app, w, h);
}

static int64_t frame_gap_us(const struct console *c)
{
	return c->is_slow ? FRAME_SLOW_US : FRAME_US;
}

/* When the next frame may be painted, monotonic. */
static int64_t frame_due_us(const struct console *c)
{
	if (c->is_slow)
		return c->frame_us;
	return c->was_typed ? 0 : c->frame_us - FRAME_BURST * FRAME_US;
}

static void draw(struct console *c)
{
	int64_t now = clock_mono_us();
	int w, h;

	term_size(c->term, &w, &h);
	if (c->grid == NULL || c->grid->w != w || c->grid->h != h) {
		grid_free(c->grid);
		c->grid = grid_new(w, h);
		c->grid->is_ascii = term_is_ascii(c->term);
	}
	app_draw(c->app, c->grid);
	term_paint(c->term, c->grid, NULL);
	c->was_typed = false;
	c->frame_us = (c->frame_us > now ? c->frame_us : now) + frame_gap_us(c);
}

/* The skeleton is on the screen before a library is loaded or a thread started. */
static void begin(struct console *c)
{
	c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->retry_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	session_share_init(&c->share, arg_text(c->globals, "db"));
	c->pool = pool_new(&(struct pool_options){
		.share = &c->share, .org = c->org, .is_read_only = c->is_read_only,
		.mailbox = c->mailbox, .is_held = true,
	});
	c->reload = reload_new();
	c->key_reload = reload_new();
	reload_watch(c->key_reload, config_file(c->mem, "keys"));
	open_app(c);
	if (chosen(c, "theme") == NULL)
		term_ask_ground(c->term);
	draw(c);
	start_listener(c);
	pool_warm(c->pool);
	if (!c->has_listener)
		pool_go(c->pool);
}

/* ---- the loop ---------------------------------------------------------------------------- */

static void take_input(struct console *c)
{
	struct input in;
	int w, h;

	while (!c->is_cut && term_read(c->term, &in)) {
		if (in.kind == INPUT_LOST) {
			c->is_cut = true;
			return;
		}
		if (in.kind == INPUT_RESIZE) {
			term_size(c->term, &w, &h);
			app_size(c->app, w, h);
		}
		app_input(c->app, &in, clock_wall_us());
		if (in.kind == INPUT_GROUND)
			continue;
		c->was_typed = true;
		if (c->keep_us == 0)
			c->keep_us = clock_mono_us() + KEEP_US;
	}
}

static void take_one(struct console *c, struct mail *mail)
{
	int64_t now = clock_wall_us();
	const struct mail_offer *o = mail->offer;

	switch (mail->kind) {
	case MAIL_ANSWER:
		app_answer(c->app, mail->token, mail->answer, now);
		mail->answer = NULL;
		break;
	case MAIL_PROGRESS:
		mail->progress.phase = mail->text;
		app_progress(c->app, mail->token, &mail->progress, now);
		break;
	case MAIL_NEWS:
		if (mail->news.kind == NEWS_UP && c->workers > 0 && c->inside == NULL)
			c->inside_us = clock_mono_us() + ENGINE_US;
		/* Asked before anybody listens, a change in between would be told by nobody. */
		if (!c->has_gone && (mail->news.kind == NEWS_UP || mail->news.kind == NEWS_DOWN)) {
			c->has_gone = true;
			pool_go(c->pool);
		}
		app_news(c->app, &mail->news, now);
		break;
	case MAIL_LOG:
		app_note(c->app, mail->level, mail->text, now);
		break;
	case MAIL_OFFER:
		app_offer(c->app, o->text, o->from, o->n, o->word, o->help, o->is_open);
		break;
	}
}

static void take_mail(struct console *c)
{
	struct mail *mail;

	for (int i = 0; i < MAILS_AT_ONCE && (mail = mailbox_take(c->mailbox)) != NULL; i++) {
		take_one(c, mail);
		mail_free(mail);
	}
}

static void take_reload(struct console *c)
{
	struct theme fresh;
	struct err err = { 0 };
	char text[700];

	if (!reload_take(c->reload))
		return;
	if (theme_load(c->theme.name, &fresh, &err) == ERR_OK) {
		c->theme = fresh;
		term_theme(c->term, &fresh);
		draw(c);
		return;
	}
	err_text(&err, text, sizeof(text));
	app_note(c->app, LOG_WARN, text, clock_wall_us());
}

static void take_keys(struct console *c)
{
	struct arena *mem;
	const char *text;

	if (!reload_take(c->key_reload))
		return;
	mem = arena_new(NULL, "keys");
	text = read_key_file(mem);
	if (text != NULL)
		app_keys(c->app, text, clock_wall_us());
	arena_free(mem);
}

/* What the next console begins with, should this one be cut off. */
static void keep_state(struct console *c)
{
	struct arena *mem;
	char *text;

	c->keep_us = 0;
	if (c->kept == NULL)
		return;
	mem = arena_new(c->mem, "state");
	text = app_state(c->app, mem);
	if (c->kept_text != NULL && strcmp(c->kept_text, text) == 0) {
		arena_free(mem);
		return;
	}
	kept_write(c->kept, text);
	arena_free(c->kept_mem);
	c->kept_mem = mem;
	c->kept_text = text;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Milliseconds until something is to be done by itself; -1: nothing. */
static int wait_ms(const struct console *c)
{
	int64_t now = clock_mono_us(), left = -1;
	int64_t tick = app_deadline(c->app);

	if (tick >= 0)
		left = tick > clock_wall_us() ? tick - clock_wall_us() : 0;
	if (c->keep_us != 0)
		left = sooner(left, c->keep_us > now ? c->keep_us - now : 0);
	if (c->inside_us != 0)
		left = sooner(left, c->inside_us > now ? c->inside_us - now : 0);
	if (app_is_dirty(c->app)) {
		int64_t at = frame_due_us(c);

		left = sooner(left, at > now ? at - now : 0);
	}
	if (left < 0)
		return -1;
	left = (left + 999) / 1000;
	return left > 3600000 ? 3600000 : (int)left;
}

static void pass_time(struct console *c)
{
	int64_t wall = clock_wall_us(), tick = app_deadline(c->app);

	if (tick >= 0 && tick <= wall)
		app_tick(c->app, wall);
	if (c->keep_us != 0 && c->keep_us <= clock_mono_us())
		keep_state(c);
	if (c->inside_us != 0 && c->inside_us <= clock_mono_us())
		start_inside(c);
	if (app_is_dirty(c->app) && clock_mono_us() >= frame_due_us(c))
		draw(c);
}

static void loop(struct console *c)
{
	while (!c->is_cut && !app_is_done(c->app)) {
		struct pollfd fd[] = {
			{ .fd = term_fd(c->term), .events = POLLIN },
			{ .fd = mailbox_fd(c->mailbox), .events = POLLIN },
			{ .fd = c->signal_fd, .events = POLLIN },
			{ .fd = reload_fd(c->reload), .events = POLLIN },
			{ .fd = reload_fd(c->key_reload), .events = POLLIN },
		};

		if (poll(fd, sizeof(fd) / sizeof(fd[0]), wait_ms(c)) < 0 && errno != EINTR)
			return;
		if (fd[2].revents != 0)
			c->is_cut = true;
		take_input(c);
		if (fd[1].revents != 0)
			take_mail(c);
		if (fd[3].revents != 0)
			take_reload(c);
		if (fd[4].revents != 0)
			take_keys(c);
		if (!c->is_cut)
			pass_time(c);
	}
}

/* ---- end ------------------------------------------------------------------------------------ */

/* It may be making or starting the private cluster, which is finished or nobody's. */
static bool end_listener(struct console *c)
{
	struct timespec until;

	if (!c->has_listener)
		return true;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LAST_CALLS_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	return pthread_timedjoin_np(c->listener, NULL, &until) == 0;
}

/* The terminal first: whatever hangs then hangs in a usable shell. false: threads are left. */
static bool end(struct console *c)
{
	bool has_ended;

	if (c->is_cut)
		keep_state(c);
	else
		kept_write(c->kept, NULL);
	term_close(c->term);
	atomic_store(&c->stop, 1);
	ring(c->stop_fd);
	pool_shut(c->pool);
	has_ended = inside_stop(c->inside, 0, c->is_cut ? HAND_BACK_MS : LEAVE_MS);
	has_ended = pool_free(c->pool, c->is_cut ? LAST_CALLS_MS : LEAVE_MS) && has_ended;
	log_to(NULL, NULL);
	kept_close(c->kept);
	app_free(c->app);
	grid_free(c->grid);
	reload_free(c->reload);
	reload_free(c->key_reload);
	has_ended = end_listener(c) && has_ended;
	if (!has_ended)
		return false;
	session_release(&c->listening);
	mailbox_free(c->mailbox);
	session_share_release(&c->share);
	close(c->stop_fd);
	close(c->retry_fd);
	return true;
}

/* A terminal that takes nothing any more would keep us with the last words for ever. */
static bool can_tell(void)
{
	struct pollfd room = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&room, 1, 0) > 0 && (room.revents & POLLOUT) != 0;
}

enum err_code console_run(const struct cmd_args *globals, const struct cmd_args *own,
			  struct err *err)
{
	struct console c = { .globals = globals, .own = own };
	enum err_code rc;
	bool has_ended;

	guard_start();
	c.mem = arena_new(NULL, "console");
	c.signal_fd = take_signals();
	c.mailbox = mailbox_new();
	rc = read_options(&c, err);
	log_setup(PROCESS_LOG + (enum log_level)arg_count(globals, "verbose"), false);
	log_to(on_log, c.mailbox);
	if (rc == ERR_OK)
		rc = open_term(&c, err);
	if (rc != ERR_OK) {
		log_to(NULL, NULL);
		mailbox_free(c.mailbox);
	} else {
		begin(&c);
		loop(&c);
		has_ended = end(&c);
		if (c.is_cut)
			rc = err_set(err, ERR_INTERRUPTED, "the console was cut off");
		/* exit() would take away what they still use. */
		if (!has_ended || !can_tell())
			_exit(err_exit_status(rc));
	}
	if (c.signal_fd >= 0)
		close(c.signal_fd);
	arena_free(c.mem);
	return rc;
}
