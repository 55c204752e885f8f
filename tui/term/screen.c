/*
 * tui/term/screen.c
 *	The only file with curses.
 *
 * newterm() gets a file in memory (memfd) for its output. It also wants to
 * handle signals and to know the size from the environment: both are put back
 * as they were. How many bytes a frame takes depends on what is asked of curses:
 * equal colours are one pair; the terminal's own colours are a pair as well,
 * because the way back to pair 0 resets everything each time; a few blanks keep
 * the colour of what stands before them, many have none, and are erased or
 * stepped over.
 */
#include "tui/term/screen.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

#include "core/base/arena.h"
#include "tui/term/colour.h"

/* leat.ti, put into the program by the build: "b64:...". */
extern const char leat_entry[];

#define PLAIN_PAIR (ROLE_COUNT + 1)	/* the terminal's own colours */
#define FEW_BLANKS 9	/* cheaper to write than to change colours twice, or to step over */

struct ink {
	attr_t attr;
	int pair;
	bool shows_blank;	/* a space in it is not just a space */
};

struct screen {
	SCREEN *curses;
	FILE *memory;		/* what curses writes goes here */
	FILE *nothing;		/* and what it would read comes from here */
	enum ladder ladder;
	bool has_osc;
	struct ink ink[ROLE_COUNT];
	struct ink plain;	/* of blanks */
	int w, h;
	struct grid *shown;	/* what curses was told */
	cchar_t *row;
	bool is_dirty;		/* a frame has something to send */
	bool is_cursor_on;
};

/* ---- which terminal --------------------------------------------------------- */

static bool is_truecolour(void)
{
	const char *says = getenv("COLORTERM");

	return says != NULL && (strcmp(says, "truecolor") == 0 || strcmp(says, "24bit") == 0);
}

/* newterm() with the environment as curses should see it. NULL: it knows no such terminal. */
static SCREEN *new_curses(struct screen *s, const char *name, const char *entry)
{
	static const char *const names[] = { "LINES", "COLUMNS", "TERMINFO" };
	static const int handled[] = { SIGINT, SIGTERM, SIGTSTP, SIGWINCH };
	struct sigaction before[4];
	char *saved[3], high[16], wide[16];
	const char *values[3] = { high, wide, entry };
	SCREEN *made;

	snprintf(high, sizeof(high), "%d", s->h);
	snprintf(wide, sizeof(wide), "%d", s->w);
	for (int i = 0; i < 3; i++) {
		saved[i] = getenv(names[i]) != NULL ? mem_strdup(getenv(names[i])) : NULL;
		if (values[i] != NULL)
			setenv(names[i], values[i], 1);
	}
	for (int i = 0; i < 4; i++)
		sigaction(handled[i], NULL, &before[i]);
	made = newterm(name, s->memory, s->nothing);
	for (int i = 0; i < 4; i++)
		sigaction(handled[i], &before[i], NULL);
	for (int i = 0; i < 3; i++) {
		if (saved[i] != NULL)
			setenv(names[i], saved[i], 1);
		else
			unsetenv(names[i]);
		free(saved[i]);
	}
	return made;
}

/* newterm() for a terminal that is not known would leave memory behind. */
static bool is_known(const char *name)
{
	int why;

	if (setupterm(name, STDOUT_FILENO, &why) != OK)
		return false;
	del_curterm(cur_term);
	return true;
}

/* What an unknown terminal is most likely to understand. */
static const char *stand_in(const char *term, int which)
{
	bool is_rich = strstr(term, "256color") != NULL || strncmp(term, "xterm", 5) == 0;
	static const char *const rich[] = { "xterm-256color", "xterm", "vt100", "ansi" };

	return which < (is_rich ? 4 : 2) ? rich[which + (is_rich ? 0 : 2)] : NULL;
}

static enum err_code find_terminal(struct screen *s, int colours, const char **note,
				   struct err *err)
{
	const char *term = getenv("TERM");
	bool is_direct = is_truecolour() && (colours < 0 || colours >= (int)LADDER_TRUE);

	*note = NULL;
	if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0) {
		err_set(err, ERR_CONFIG, "the console needs a terminal that can place a cursor: "
			"TERM is %s", term == NULL || term[0] == '\0' ? "not set" : "dumb");
		goto failed;
	}
	if (is_direct && (s->curses = new_curses(s, "leat-direct", leat_entry)) != NULL)
		return ERR_OK;
	for (int i = 0; term != NULL && !is_known(term); i++)
		*note = term = stand_in(getenv("TERM"), i);
	if (term != NULL)
		s->curses = new_curses(s, term, NULL);
	if (s->curses != NULL && tigetstr("cup") != NULL)
		return ERR_OK;
	err_set(err, ERR_CONFIG, "terminals of type \"%s\" cannot place a cursor, or are not known "
		"here", getenv("TERM"));
failed:
	err_hint(err, "Commands need no terminal: leat --no-tui, or leat help.");
	return ERR_CONFIG;
}

/* As many colours as there are, are wanted, and can be put back to the terminal's own. */
static enum ladder find_ladder(int colours)
{
	static const enum ladder steps[] = { LADDER_TRUE, LADDER_256, LADDER_16, LADDER_8 };
	const char *no_color = getenv("NO_COLOR");
	int can = tigetnum("colors");

	if (colours < 0 && no_color != NULL && no_color[0] != '\0')
		colours = 0;
	if (colours >= 0 && can > colours)
		can = colours;
	if (can < (int)LADDER_8 || start_color() != OK || use_default_colors() != OK)
		return LADDER_MONO;
	for (size_t i = 0; i < 4; i++)
		if (can >= (int)steps[i])
			return steps[i];
	return LADDER_MONO;
}

static bool knows_osc(void)
{
	static const char *const without[] = { "linux", "vt", "ansi", "cons", "sun", "screen.linux" };
	const char *term = getenv("TERM");

	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		if (strncmp(term, without[i], strlen(without[i])) == 0)
			return false;
	return true;
}

/* ---- open and close --------------------------------------------------------- */

static enum err_code open_files(struct screen *s, struct err *err)
{
	int fd = memfd_create("leat-screen", MFD_CLOEXEC);

	s->memory = fd >= 0 ? fdopen(fd, "w+e") : NULL;
	s->nothing = fopen("/dev/null", "re");
	if (s->memory == NULL || s->nothing == NULL)
		return err_sys(err, errno, "cannot make a screen in memory");
	return ERR_OK;
}

static void set_up(void)
{
	typeahead(-1);	/* what comes in never keeps a frame back */
	nonl();
	scrollok(stdscr, FALSE);
	/* Lines that only moved are moved by the terminal. */
	idlok(stdscr, TRUE);
	leaveok(stdscr, TRUE);
	curs_set(0);
}

enum err_code screen_open(int w, int h, int colours, const char **note, struct screen **out,
			  struct err *err)
{
	struct screen *s = mem_alloc(sizeof(*s));
	struct theme theme;
	enum err_code rc;

	memset(s, 0, sizeof(*s));
	s->w = w;
	s->h = h;
	rc = open_files(s, err);
	if (rc == ERR_OK)
		rc = find_terminal(s, colours, note, err);
	if (rc != ERR_OK) {
		screen_close(s);
		return rc;
	}
	s->ladder = find_ladder(colours);
	s->has_osc = *note == NULL && knows_osc();
	set_up();
	s->shown = grid_new(w, h);
	s->row = mem_alloc((size_t)w * sizeof(*s->row));
	screen_resize(s, w, h);
	theme_default(&theme);
	screen_theme(s, &theme);
	*out = s;
	return ERR_OK;
}

void screen_close(struct screen *s)
{
	if (s == NULL)
		return;
	if (s->curses != NULL) {
		if (!isendwin())
			endwin();
		delscreen(s->curses);
	}
	if (s->memory != NULL)
		fclose(s->memory);
	if (s->nothing != NULL)
		fclose(s->nothing);
	grid_free(s->shown);
	free(s->row);
	free(s);
}

enum ladder screen_ladder(const struct screen *s)
{
	return s->ladder;
}

bool screen_has_osc(const struct screen *s)
{
	return s->has_osc;
}

/* ---- colours ----------------------------------------------------------------- */

static attr_t attr_of(unsigned look)
{
	return ((look & LOOK_BOLD) != 0 ? A_BOLD : A_NORMAL) |
		((look & LOOK_UNDERLINE) != 0 ? A_UNDERLINE : A_NORMAL) |
		((look & LOOK_REVERSE) != 0 ? A_REVERSE : A_NORMAL) |
		((look & LOOK_ITALIC) != 0 ? A_ITALIC : A_NORMAL) |
		((look & LOOK_DIM) != 0 ? A_DIM : A_NORMAL);
}

/*
 * As leat.ti and terminfo number colours: below 256 stands the palette, and pure blues get a
 * trace of green.
 */
static int number_of(int colour)
{
	int rgb;

	if (colour < 256)
		return colour;
	rgb = colour_rgb(colour);
	return rgb < 256 ? rgb | 256 : rgb;
}

/* The pair of the role's colours: that of an earlier role with the same ones, if any. */
static int pair_of(const struct screen *s, const struct theme *theme, int role)
{
	const struct look *l = theme_look(theme, s->ladder, (enum role)role);

	if (s->ladder == LADDER_MONO)
		return 0;
	if (l->fg == THEME_DEFAULT_COLOUR && l->bg == THEME_DEFAULT_COLOUR)
		return PLAIN_PAIR;
	for (int r = 0; r < role; r++) {
		const struct look *other = theme_look(theme, s->ladder, (enum role)r);

		if (other->fg == l->fg && other->bg == l->bg)
			return s->ink[r].pair;
	}
	init_extended_pair(role + 1, number_of(l->fg), number_of(l->bg));
	return role + 1;
}

void screen_theme(struct screen *s, const struct theme *theme)
{
	cchar_t blank;

	s->plain = (struct ink){ .attr = A_NORMAL };
	if (s->ladder != LADDER_MONO) {
		s->plain.pair = PLAIN_PAIR;
		init_extended_pair(PLAIN_PAIR, THEME_DEFAULT_COLOUR, THEME_DEFAULT_COLOUR);
	}
	setcchar(&blank, L" ", A_NORMAL, 0, &s->plain.pair);
	wbkgrndset(stdscr, &blank);
	for (int r = 0; r < ROLE_COUNT; r++) {
		const struct look *l = theme_look(theme, s->ladder, (enum role)r);

		s->ink[r].attr = attr_of(l->attr);
		s->ink[r].pair = pair_of(s, theme, r);
		s->ink[r].shows_blank = l->bg != THEME_DEFAULT_COLOUR ||
			(l->attr & (LOOK_UNDERLINE | LOOK_REVERSE)) != 0;
	}
	screen_redraw(s);
}

/* ---- cells -------------------------------------------------------------------- */

/* What no cell of a grid is: the next screen_put() tells curses every cell again. */
static void forget(struct screen *s)
{
	for (int i = 0; i < s->w * s->h; i++)
		s->shown->cell[i] = (struct cell){ .role = ROLE_COUNT };
}

void screen_redraw(struct screen *s)
{
	/* Roles may have got other colours: cells have to be told again, too. */
	forget(s);
	clearok(curscr, TRUE);
	s->is_dirty = true;
}

void screen_resize(struct screen *s, int w, int h)
{
	s->w = w;
	s->h = h;
	resize_term(h, w);
	grid_reset(s->shown, w, h);
	s->row = mem_resize(s->row, (size_t)w * sizeof(*s->row));
	werase(stdscr);
	screen_redraw(s);
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	return a->ch == b->ch && a->role == b->role && a->attr == b->attr &&
		a->mark[0] == b->mark[0] && a->mark[1] == b->mark[1];
}

static struct ink ink_of(const struct screen *s, const struct cell *c)
{
	struct ink ink = s->ink[c->role];

	ink.attr |= ((c->attr & CELL_BOLD) != 0 ? A_BOLD : A_NORMAL) |
		((c->attr & CELL_UNDERLINE) != 0 ? A_UNDERLINE : A_NORMAL) |
		((c->attr & CELL_REVERSE) != 0 ? A_REVERSE : A_NORMAL);
	ink.shows_blank |= (c->attr & (CELL_UNDERLINE | CELL_REVERSE)) != 0;
	return ink;
}

/* Blanks from x on, at most until last, that look the same in any colour. */
static int blanks_at(const struct screen *s, const struct cell *row, int x, int last)
{
	int n = 0;

	while (x + n <= last && row[x + n].ch == ' ' && !ink_of(s, &row[x + n]).shows_blank)
		n++;
	return n;
}

/* Tells curses cells first..last of a row, none of them half a character. */
static void put_cells(struct screen *s, const struct cell *row, int first, int last, int y)
{
	struct ink ink = s->plain;
	int n = 0, blanks = 0;

	for (int x = first; x <= last; x++) {
		wchar_t text[2 + CELL_MARKS] = { (wchar_t)row[x].ch, (wchar_t)row[x].mark[0],
						 (wchar_t)row[x].mark[1] };

		if (row[x].ch == 0)
			continue;
		if (blanks == 0) {
			blanks = blanks_at(s, row, x, last);
			if (blanks == 0)
				ink = ink_of(s, &row[x]);
			else if (blanks > FEW_BLANKS || ink.shows_blank || x + blanks > last)
				ink = s->plain;
		}
		if (blanks > 0)
			blanks--;
		setcchar(&s->row[n++], text, ink.attr, 0, &ink.pair);
	}
	mvwadd_wchnstr(stdscr, y, first, s->row, n);
}

static void put_row(struct screen *s, const struct grid *g, int w, int y)
{
	const struct cell *now = g->cell + (size_t)y * (size_t)g->w;
	struct cell *was = s->shown->cell + (size_t)y * (size_t)s->w;
	int first = 0, last = w - 1;

	while (first <= last && same_cell(&now[first], &was[first]))
		first++;
	while (last >= first && same_cell(&now[last], &was[last]))
		last--;
	if (first > last)
		return;
	while (first > 0 && now[first].ch == 0)
		first--;
	while (last + 1 < w && now[last + 1].ch == 0)
		last++;
	put_cells(s, now, first, last, y);
	memcpy(was + first, now + first, (size_t)(last - first + 1) * sizeof(*was));
	s->is_dirty = true;
}

static void put_cursor(struct screen *s, const struct grid *g)
{
	bool is_on = g->cursor_x >= 0 && g->cursor_x < s->w && g->cursor_y >= 0 &&
		g->cursor_y < s->h;

	if (is_on != s->is_cursor_on) {
		leaveok(stdscr, !is_on);
		curs_set(is_on ? 1 : 0);
		s->is_dirty = true;
	}
	s->is_cursor_on = is_on;
	if (!is_on)
		return;
	if (getcurx(stdscr) != g->cursor_x || getcury(stdscr) != g->cursor_y)
		s->is_dirty = true;
	wmove(stdscr, g->cursor_y, g->cursor_x);
}

/* A grid of another size is one from before a resize: what is cut there comes soon. */
void screen_put(struct screen *s, const struct grid *g)
{
	int w = g->w < s->w ? g->w : s->w, h = g->h < s->h ? g->h : s->h;

	for (int y = 0; y < h; y++)
		put_row(s, g, w, y);
	put_cursor(s, g);
}

/* ---- frames ------------------------------------------------------------------- */

/* What curses wrote since the last time. */
static void collect(struct screen *s, struct buf *out)
{
	int fd = fileno(s->memory);
	off_t n = lseek(fd, 0, SEEK_CUR);
	char some[16384];

	for (off_t at = 0; at < n;) {
		ssize_t got = pread(fd, some, sizeof(some), at);

		if (got <= 0)
			break;
		buf_add(out, some, (size_t)got);
		at += got;
	}
	if (n > 0 && ftruncate(fd, 0) == 0)
		lseek(fd, 0, SEEK_SET);
}

void screen_frame(struct screen *s, struct buf *out)
{
	if (!s->is_dirty)
		return;
	s->is_dirty = false;
	wnoutrefresh(stdscr);
	doupdate();
	collect(s, out);
}

void screen_leave(struct screen *s, struct buf *out)
{
	if (!isendwin())
		endwin();
	collect(s, out);
	s->is_dirty = true;
}
