/*
 * tui/term/term.c
 *	Screen, keys and line of the terminal, put together.
 *
 * term_fd() is an epoll descriptor over the terminal, a timer (for ESC, and for
 * a terminal that takes nothing) and a descriptor that signal handlers write
 * to: whoever polls it needs to know nothing else. While the terminal is behind
 * with what was sent, frames are not painted: the last of them is kept, and
 * painted when the terminal has caught up.
 */
#include "tui/term/term.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "tui/term/decode.h"
#include "tui/term/guard.h"
#include "tui/term/screen.h"
#include "tui/term/tty.h"

#define STUCK_MS 60000		/* a terminal that takes nothing for so long is lost */
#define FAREWELL_MS 500		/* what it gets to take the last bytes */
#define STOP_WAIT_MS 100	/* a stop that did not come by then does not come */
#define FRAME_SMALL 1000	/* bytes that arrive as one packet, and need no begin and end */
#define TITLE_CELLS 120
#define READS_AT_ONCE 64
#define ANSWER_MS 1000	/* an answer that is later comes to whoever has the terminal then */

static const char frame_begin[] = "\x1b[?2026h";
static const char frame_end[] = "\x1b[?2026l";
static const char paste_on[] = "\x1b[?2004h";
static const char paste_off[] = "\x1b[?2004l";
static const char ask_ground[] = "\x1b]11;?\x07";
static const char mouse_on[] = "\x1b[?1000h\x1b[?1006h";
static const char mouse_off[] = "\x1b[?1006l\x1b[?1000l";

struct term {
	struct tty tty;
	struct screen *screen;
	struct decoder keys;
	int epoll, timer;
	int w, h;
	bool is_ascii;
	bool is_mouse;
	bool is_in;		/* the terminal is in our hands */
	bool is_away;		/* given to a program in the foreground */
	bool is_painted;	/* there was a frame */
	bool is_resized, is_lost;	/* to be told by term_read() */
	bool was_lost;		/* has been told */
	bool is_waiting;	/* for room: epoll looks for it, too */
	struct grid *late;	/* a frame that was not painted; NULL: none */
	struct buf frame;
	int64_t sent;		/* bytes since the last paint */
	int64_t asked_ms;	/* when the ground was asked for; 0: not, or answered */
	int64_t timer_ms;	/* when the timer fires; -1: never */
	int64_t stuck_ms;
	struct sigaction int_before, quit_before;
};

/* ---- signals ------------------------------------------------------------------ */

enum { SIGNAL_SIZE = 1, SIGNAL_HUP = 2, SIGNAL_STOP = 4, SIGNAL_CONT = 8 };

static const struct {
	int number;
	int bit;
} signals[] = {
	{ SIGWINCH, SIGNAL_SIZE },
	{ SIGHUP, SIGNAL_HUP },
	{ SIGTSTP, SIGNAL_STOP },
	{ SIGCONT, SIGNAL_CONT },
};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static atomic_int came;		/* bits of signals that nobody has looked at */
static int wake = -1;		/* an eventfd */
static struct sigaction before[SIGNALS];
static bool is_ours[SIGNALS];

static void on_signal(int number)
{
	int saved = errno;

	for (size_t i = 0; i < SIGNALS; i++)
		if (signals[i].number == number)
			atomic_fetch_or(&came, signals[i].bit);
	if (eventfd_write(wake, 1) != 0)
		errno = saved;	/* full: it is readable already */
	errno = saved;
}

static void handle_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	sigemptyset(&act.sa_mask);
	atomic_store(&came, 0);
	for (size_t i = 0; i < SIGNALS; i++) {
		sigaction(signals[i].number, NULL, &before[i]);
		is_ours[i] = before[i].sa_handler == SIG_DFL;
		if (is_ours[i])
			sigaction(signals[i].number, &act, NULL);
	}
}

static void leave_signals(void)
{
	for (size_t i = 0; i < SIGNALS; i++) {
		if (is_ours[i])
			sigaction(signals[i].number, &before[i], NULL);
		is_ours[i] = false;
	}
}

/* ---- the line ------------------------------------------------------------------ */

static int64_t now_ms(void)
{
	return clock_mono_us() / 1000;
}

static void send_bytes(struct term *t, const char *p, size_t n)
{
	tty_send(&t->tty, p, n);
	t->sent += (int64_t)n;
}

static void send_text(struct term *t, const char *text)
{
	send_bytes(t, text, strlen(text));
}

static void watch(struct term *t, int op)
{
	struct epoll_event e = { .events = EPOLLIN };

	if (t->is_waiting)
		e.events |= EPOLLOUT;
	if (epoll_ctl(t->epoll, op, t->tty.fd, &e) != 0 && op != EPOLL_CTL_DEL)
		t->tty.is_lost = true;
}

/*
 * To be left: nobody is there any more, or somebody says so (SIGHUP), and then the terminal is
 * still to be given back. Told once, and whoever polls is woken for it.
 */
static void lose(struct term *t)
{
	if (t->is_lost || t->was_lost)
		return;
	t->is_lost = true;
	watch(t, EPOLL_CTL_DEL);
	eventfd_write(wake, 1);
}

/* Sends what there is room for, and has epoll look for room for the rest. */
static void flush(struct term *t)
{
	bool is_waiting = !tty_flush(&t->tty);

	if (is_waiting != t->is_waiting) {
		t->is_waiting = is_waiting;
		watch(t, EPOLL_CTL_MOD);
	}
	if (is_waiting && now_ms() - t->tty.stuck_at_ms >= t->stuck_ms)
		t->tty.is_lost = true;
	if (t->tty.is_lost)
		lose(t);
}

/* One frame of what the screen was told, if anything changed. */
static void send_frame(struct term *t)
{
	bool is_large;

	buf_clear(&t->frame);
	screen_frame(t->screen, &t->frame);
	is_large = t->frame.len > FRAME_SMALL;
	if (is_large)
		send_text(t, frame_begin);
	send_bytes(t, t->frame.data, t->frame.len);
	if (is_large)
		send_text(t, frame_end);
	flush(t);
}

static void check_size(struct term *t)
{
	int w, h;

	tty_size(&t->tty, &w, &h);
	if (w == t->w && h == t->h)
		return;
	t->w = w;
	t->h = h;
	screen_resize(t->screen, w, h);
	t->is_resized = true;
	eventfd_write(wake, 1);
}

/* ---- open, close, leave, enter ---------------------------------------------------- */

/* The locale says what the terminal takes; curses writes what the locale can. */
static bool is_utf8(void)
{
	return setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static enum err_code open_events(struct term *t, struct err *err)
{
	struct epoll_event e = { .events = EPOLLIN };

	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	t->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->epoll < 0 || t->timer < 0 || wake < 0 ||
	    epoll_ctl(t->epoll, EPOLL_CTL_ADD, t->timer, &e) != 0 ||
	    epoll_ctl(t->epoll, EPOLL_CTL_ADD, wake, &e) != 0 ||
	    epoll_ctl(t->epoll, EPOLL_CTL_ADD, t->tty.fd, &e) != 0)
		return err_sys(err, errno, "cannot watch the terminal");
	return ERR_OK;
}

static enum err_code open_screen(struct term *t, const struct term_options *o, struct err *err)
{
	const char *note = NULL;
	enum err_code rc;

	tty_size(&t->tty, &t->w, &t->h);
	rc = screen_open(t->w, t->h, o->colours, &note, &t->screen, err);
	if (rc == ERR_OK && note != NULL)
		log_line(LOG_WARN, "no terminal of type \"%s\" is known here: treated as %s",
			 getenv("TERM"), note);
	return rc;
}

static void heed_interrupts(struct term *t)
{
	sigaction(SIGINT, &t->int_before, NULL);
	sigaction(SIGQUIT, &t->quit_before, NULL);
	t->is_away = false;
}

/* Takes the terminal; what stood there before it was given back stands there again. */
static void take(struct term *t)
{
	tty_take(&t->tty);
	t->is_in = true;
	send_text(t, paste_on);
	if (t->is_mouse)
		send_text(t, mouse_on);
	check_size(t);
	/* Before there is something to show, the screen of the shell stays. */
	if (t->is_painted)
		send_frame(t);
}

static void give(struct term *t)
{
	if (!t->is_in)
		return;
	t->is_in = false;
	if (t->is_mouse)
		send_text(t, mouse_off);
	send_text(t, paste_off);
	buf_clear(&t->frame);
	screen_leave(t->screen, &t->frame);
	send_bytes(t, t->frame.data, t->frame.len);
	/* An answer on its way would be typed into the shell. */
	if (t->asked_ms != 0 && now_ms() - t->asked_ms < ANSWER_MS)
		tcflush(t->tty.fd, TCIFLUSH);
	tty_give(&t->tty, FAREWELL_MS);
	if (t->is_waiting)
		flush(t);
}

enum err_code term_open(const struct term_options *o, struct term **out, struct err *err)
{
	struct term *t = mem_alloc(sizeof(*t));
	enum err_code rc;

	memset(t, 0, sizeof(*t));
	t->epoll = t->timer = -1;
	t->timer_ms = -1;
	t->stuck_ms = o->stuck_ms > 0 ? o->stuck_ms : STUCK_MS;
	t->is_ascii = !is_utf8() || o->is_ascii;
	t->is_mouse = o->has_mouse;
	decoder_init(&t->keys);
	buf_init(&t->frame, TTY_OUT_MAX);
	rc = tty_open(&t->tty, err);
	if (rc == ERR_OK)
		rc = open_screen(t, o, err);
	if (rc == ERR_OK)
		rc = open_events(t, err);
	if (rc != ERR_OK) {
		term_close(t);
		return rc;
	}
	handle_signals();
	take(t);
	*out = t;
	return ERR_OK;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void term_close(struct term *t)
{
	if (t == NULL)
		return;
	give(t);
	leave_signals();
	if (t->is_away)
		heed_interrupts(t);
	screen_close(t->screen);
	tty_close(&t->tty);
	close_fd(&t->epoll);
	close_fd(&t->timer);
	close_fd(&wake);
	grid_free(t->late);
	buf_release(&t->frame);
	decoder_release(&t->keys);
	free(t);
}

void term_leave(struct term *t)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	if (t->is_away)
		return;
	t->is_away = true;
	give(t);
	/* Ctrl-C is meant for whoever has the terminal now. */
	sigaction(SIGINT, &ignore, &t->int_before);
	sigaction(SIGQUIT, &ignore, &t->quit_before);
}

void term_enter(struct term *t)
{
	if (!t->is_away)
		return;
	heed_interrupts(t);
	take(t);
}

void term_suspend(struct term *t)
{
	struct sigaction plain = { .sa_handler = SIG_DFL }, ours;

	/* Started with stopping switched off: nobody could go on with us. */
	if (sigaction(SIGTSTP, NULL, &ours) != 0 || ours.sa_handler == SIG_IGN)
		return;
	give(t);
	sigaction(SIGTSTP, &plain, NULL);
	atomic_fetch_and(&came, ~SIGNAL_CONT);
	/* All of the job, as Ctrl-Z does. Nothing stops where no shell could go on with it. */
	kill(0, SIGTSTP);
	for (int ms = 0; ms < STOP_WAIT_MS && (atomic_load(&came) & SIGNAL_CONT) == 0; ms += 10)
		poll(NULL, 0, 10);
	sigaction(SIGTSTP, &ours, NULL);
	take(t);
	atomic_fetch_and(&came, ~(SIGNAL_CONT | SIGNAL_STOP));
}

/* ---- in ------------------------------------------------------------------------- */

int term_fd(const struct term *t)
{
	return t->epoll;
}

void term_size(const struct term *t, int *w, int *h)
{
	*w = t->w;
	*h = t->h;
}

bool term_is_ascii(const struct term *t)
{
	return t->is_ascii;
}

enum ladder term_ladder(const struct term *t)
{
	return screen_ladder(t->screen);
}

/* We were stopped without being asked: the terminal is as the shell left it. */
static void take_again(struct term *t)
{
	buf_clear(&t->frame);
	screen_leave(t->screen, &t->frame);
	take(t);
}

static void look_at_signals(struct term *t)
{
	eventfd_t n;
	int bits;

	if (eventfd_read(wake, &n) != 0)
		return;
	bits = atomic_exchange(&came, 0);
	if ((bits & SIGNAL_HUP) != 0)
		lose(t);
	if (!t->is_in)
		return;
	if ((bits & SIGNAL_CONT) != 0)
		take_again(t);
	if ((bits & SIGNAL_STOP) != 0)
		term_suspend(t);
	if ((bits & SIGNAL_SIZE) != 0)
		check_size(t);
}

/* Sends what waits, and then the frame that had to. */
static void catch_up(struct term *t)
{
	struct grid *late = t->late;

	flush(t);
	if (late == NULL || tty_is_behind(&t->tty) || !t->is_in)
		return;
	t->late = NULL;
	screen_put(t->screen, late);
	grid_free(late);
	send_frame(t);
}

static void set_timer(struct term *t)
{
	int64_t due = decoder_due_ms(&t->keys);
	struct itimerspec when = { 0 };

	if (t->is_waiting && (due < 0 || t->tty.stuck_at_ms + t->stuck_ms < due))
		due = t->tty.stuck_at_ms + t->stuck_ms;
	if (due == t->timer_ms)
		return;
	t->timer_ms = due;
	if (due >= 0) {
		when.it_value.tv_sec = due / 1000;
		when.it_value.tv_nsec = due % 1000 * 1000000 + 1;
	}
	timerfd_settime(t->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static bool tell_state(struct term *t, struct input *out)
{
	if (t->is_lost) {
		t->is_lost = false;
		t->was_lost = true;
		*out = (struct input){ .kind = INPUT_LOST };
		return true;
	}
	if (t->is_resized) {
		t->is_resized = false;
		*out = (struct input){ .kind = INPUT_RESIZE };
		return true;
	}
	return false;
}

static bool read_some(struct term *t)
{
	size_t size, n;
	unsigned char *to = decoder_room(&t->keys, &size);

	if (size == 0 || t->was_lost)
		return false;
	n = tty_read(&t->tty, to, size);
	if (t->tty.is_lost)
		lose(t);
	if (n > 0)
		decoder_came(&t->keys, n, now_ms());
	return n > 0;
}

static bool next_input(struct term *t, struct input *out)
{
	uint64_t times;

	if (tell_state(t, out) || (t->is_in && decoder_next(&t->keys, now_ms(), out)))
		return true;
	if (read(t->timer, &times, sizeof(times)) > 0)
		t->timer_ms = -1;
	look_at_signals(t);
	catch_up(t);
	if (tell_state(t, out))
		return true;
	for (int i = 0; t->is_in && i < READS_AT_ONCE && read_some(t); i++)
		if (decoder_next(&t->keys, now_ms(), out))
			return true;
	if (tell_state(t, out) || (t->is_in && decoder_next(&t->keys, now_ms(), out)))
		return true;
	set_timer(t);
	return false;
}

bool term_read(struct term *t, struct input *out)
{
	if (!next_input(t, out))
		return false;
	if (out->kind == INPUT_GROUND)
		t->asked_ms = 0;
	return true;
}

/* ---- out ------------------------------------------------------------------------ */

void term_theme(struct term *t, const struct theme *theme)
{
	screen_theme(t->screen, theme);
}

void term_redraw(struct term *t)
{
	screen_redraw(t->screen);
}

static void keep_for_later(struct term *t, const struct grid *g)
{
	if (t->late == NULL)
		t->late = grid_new(g->w, g->h);
	grid_reset(t->late, g->w, g->h);
	memcpy(t->late->cell, g->cell, (size_t)g->w * (size_t)g->h * sizeof(*g->cell));
	t->late->cursor_x = g->cursor_x;
	t->late->cursor_y = g->cursor_y;
}

void term_paint(struct term *t, const struct grid *g, int64_t *bytes)
{
	flush(t);
	if (!t->is_in || tty_is_behind(&t->tty)) {
		keep_for_later(t, g);
	} else {
		grid_free(t->late);
		t->late = NULL;
		screen_put(t->screen, g);
		t->is_painted = true;
		send_frame(t);
	}
	/* Who polls term_fd() is woken when the terminal stays stuck. */
	set_timer(t);
	if (bytes != NULL)
		*bytes = t->sent;
	t->sent = 0;
}

void term_ask_ground(struct term *t)
{
	if (!t->is_in || !screen_has_osc(t->screen) || screen_ladder(t->screen) == LADDER_MONO)
		return;
	send_text(t, ask_ground);
	t->asked_ms = now_ms();
}

void term_mouse(struct term *t, bool on)
{
	if (t->is_mouse == on)
		return;
	t->is_mouse = on;
	if (!t->is_in)
		return;
	send_text(t, on ? mouse_on : mouse_off);
	flush(t);
}

void term_title(struct term *t, const char *text)
{
	struct grid *line;

	if (!t->is_in || !screen_has_osc(t->screen))
		return;
	/* A line of cells is clean, as short as it should be, and ASCII where nothing else is. */
	line = grid_new(TITLE_CELLS, 1);
	line->is_ascii = t->is_ascii;
	area_fit(area_all(line), 0, 0, TITLE_CELLS, FIT_LEFT, 0, ROLE_TEXT, text, strlen(text));
	buf_clear(&t->frame);
	buf_adds(&t->frame, "\x1b]2;");
	grid_line(line, 0, &t->frame);
	buf_adds(&t->frame, "\x07");
	grid_free(line);
	send_bytes(t, t->frame.data, t->frame.len);
	flush(t);
}

void term_bell(struct term *t)
{
	if (!t->is_in)
		return;
	send_text(t, "\x07");
	flush(t);
}

static void add_base64(struct buf *out, const unsigned char *p, size_t n)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t three = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
			(i + 2 < n ? p[i + 2] : 0u);
		char four[4] = { digit[three >> 18], digit[three >> 12 & 63],
				 i + 1 < n ? digit[three >> 6 & 63] : '=',
				 i + 2 < n ? digit[three & 63] : '=' };

		buf_add(out, four, 4);
	}
}

/* Lines and tabs stay; all else is as on the screen, so that pasting it commands nothing. */
static void clean_copy(struct buf *out, const char *text, size_t n)
{
	while (n > 0 && out->len < out->limit) {
		size_t len = 0, cr;

		while (len < n && text[len] != '\n' && text[len] != '\t')
			len++;
		cr = len > 0 && len < n && text[len] == '\n' && text[len - 1] == '\r';
		text_clean(out, text, len - cr);
		if (len < n)
			buf_add(out, text + len++, 1);
		text += len;
		n -= len;
	}
}

bool term_copy(struct term *t, const char *text, size_t n)
{
	struct buf clean;
	bool fits;

	if (!t->is_in || !screen_has_osc(t->screen))
		return false;
	/* Room for one character more shows that it is too much. */
	buf_init(&clean, TERM_COPY_MAX + 8);
	clean_copy(&clean, text, n);
	fits = clean.len <= TERM_COPY_MAX;
	if (fits) {
		buf_clear(&t->frame);
		buf_adds(&t->frame, "\x1b]52;c;");
		add_base64(&t->frame, (const unsigned char *)buf_str(&clean), clean.len);
		buf_adds(&t->frame, "\x07");
		send_bytes(t, t->frame.data, t->frame.len);
		flush(t);
	}
	buf_release(&clean);
	return fits;
}
