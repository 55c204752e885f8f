/*
 * tui/term/grid.h
 *	The screen as plain cells: what widgets draw on, and what tests compare.
 *
 * A grid knows roles, not colours, and nothing of curses: it can be filled and
 * read without a terminal. All text passes text_clean() on its way into cells,
 * and the width of each character is the one that the terminal's writer uses
 * (wcwidth), so that what is measured here is what stands there. An area is a
 * rectangle of a grid; drawing outside of it is cut, never an error, and an area
 * of no size is fine.
 *
 * Memory:  a grid is a heap object; areas are values.
 * Threads: one.
 */
#ifndef TUI_TERM_GRID_H
#define TUI_TERM_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* What a piece of the screen means; themes say how it looks. Name as in theme files. */
#define ROLE_LIST(X)                                                                              \
	X(TEXT, "text")		/* what is read */                                                \
	X(DIM, "dim")		/* beside the point: units, times, rest of a bar */               \
	X(TITLE, "title")	/* of a pane */                                                   \
	X(FOCUS, "focus")	/* title of the pane that has the keys */                         \
	X(BORDER, "border")                                                                       \
	X(HEADER, "header")	/* first line of the screen */                                    \
	X(FOOTER, "footer")	/* last line */                                                   \
	X(KEY, "key")		/* names of keys */                                               \
	X(HEAD, "head")		/* heads of columns, names of fields */                           \
	X(CURSOR, "cursor")	/* the row or field of the cursor */                              \
	X(MARK, "mark")		/* marked rows */                                                 \
	X(MATCH, "match")	/* what a search found */                                         \
	X(OK, "ok")                                                                               \
	X(RUN, "run")                                                                             \
	X(WAIT, "wait")                                                                           \
	X(WARN, "warn")                                                                           \
	X(BAD, "bad")                                                                             \
	X(BAR, "bar")		/* the filled part of bars */                                     \
	X(PROD, "prod")		/* where a mistake is expensive */                                \
	X(STALE, "stale")	/* data from before the connection was lost */

enum role {
#define X(name, text) ROLE_##name,
	ROLE_LIST(X)
#undef X
	ROLE_COUNT
};

/* "text", "dim", ... */
const char *role_name(enum role r);
/* -1 for a name that is none. */
int role_of(const char *name);

enum cell_attr { CELL_BOLD = 1 << 0, CELL_UNDERLINE = 1 << 1, CELL_REVERSE = 1 << 2 };

#define CELL_MARKS 2	/* combining characters kept behind one character */

struct cell {
	uint32_t ch;		/* 0: the right half of the wide character before it */
	uint32_t mark[CELL_MARKS];	/* 0: none */
	uint8_t role;		/* enum role */
	uint8_t attr;		/* enum cell_attr, beside what the role brings */
};

struct grid {
	int w, h;
	bool is_ascii;		/* draws with ASCII alone; other characters become '?' */
	int cursor_x, cursor_y;	/* of the terminal; -1: hidden */
	struct cell *cell;	/* h rows of w */
	struct buf *clean;	/* text on its way into cells */
};

/* w and h are at least 1. */
struct grid *grid_new(int w, int h);
void grid_free(struct grid *g);
/* All spaces in ROLE_TEXT, of the new size; the cursor is hidden. */
void grid_reset(struct grid *g, int w, int h);
/* Line y as UTF-8 without trailing spaces is appended to out. */
void grid_line(const struct grid *g, int y, struct buf *out);
/*
 * The whole grid for snapshots: its lines, then a line "roles", then those lines whose cells
 * are not all plain text, as "NN " and a letter per cell: 'a' + role, upper case with an
 * attribute, a space for plain text. Trailing spaces are left out.
 */
void grid_dump(const struct grid *g, struct buf *out);

/* ---- areas ---------------------------------------------------------------- */

struct area {
	struct grid *g;
	int x, y, w, h;		/* in the grid; w or h 0: nothing is drawn */
};

struct area area_all(struct grid *g);
/* The part of a that begins at x, y of it; cut where a ends. */
struct area area_part(struct area a, int x, int y, int w, int h);

/* Spaces in that role. */
void area_clear(struct area a, enum role role);

/*
 * Text at x, y of the area, cut at its edges. Returns the cells it took, those left of the
 * edge not counted. n bytes of anything: it is cleaned here.
 */
int area_text(struct area a, int x, int y, enum role role, const char *text);
int area_textn(struct area a, int x, int y, enum role role, const char *p, size_t n);
int area_printf(struct area a, int x, int y, enum role role, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

enum fit { FIT_LEFT, FIT_RIGHT };	/* where shorter text stands */

/*
 * Text in exactly cells cells, the rest filled; what is longer ends with an ellipsis. With
 * skip > 0 it is shown from that cell on (for scrolling sideways).
 */
void area_fit(struct area a, int x, int y, int cells, enum fit fit, int skip, enum role role,
	      const char *p, size_t n);

/* Everything in that part gets the role; attr is added. Text stays. */
void area_paint(struct area a, int x, int y, int w, int h, enum role role, unsigned attr);
/* attr alone. */
void area_attr(struct area a, int x, int y, int w, int h, unsigned attr);

/* ---- glyphs ---------------------------------------------------------------- */

/* Marks with an ASCII stand-in each. All are one cell wide. */
enum glyph {
	GLYPH_HLINE, GLYPH_VLINE, GLYPH_CROSS,	/* rules between panes */
	GLYPH_TEE_DOWN, GLYPH_TEE_UP, GLYPH_TEE_RIGHT, GLYPH_TEE_LEFT,
	GLYPH_CURSOR,		/* before the row of the cursor */
	GLYPH_MARK,		/* before a marked row */
	GLYPH_UP, GLYPH_DOWN, GLYPH_LEFT, GLYPH_RIGHT,
	GLYPH_OK, GLYPH_BAD, GLYPH_RUN, GLYPH_WAIT, GLYPH_PAUSE, GLYPH_STOP, GLYPH_SKIP,
	GLYPH_MORE,		/* ellipsis */
	GLYPH_DOT, GLYPH_STALE,
	GLYPH_BAR_FULL, GLYPH_BAR_REST,
	GLYPH_THUMB,		/* where a scroll bar stands */
	GLYPH_COUNT
};
const char *glyph(const struct grid *g, enum glyph which);
#endif
