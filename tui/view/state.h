/*
 * tui/view/state.h
 *	The inside of the app, for the files that make it up: app, live, acts, draw, layout ...
 *
 * Memory:  the app owns all of it.
 * Threads: one.
 */
#ifndef TUI_VIEW_STATE_H
#define TUI_VIEW_STATE_H

#include "tui/view/app.h"
#include "tui/view/view.h"
#include "tui/widget/dialog.h"

/* Stacks of views; the first six have digits. */
enum slot {
	SLOT_JOBS, SLOT_CONNECTIONS, SLOT_MAPPINGS, SLOT_REJECTS, SLOT_LOGS, SLOT_SCHEDULES,
	SLOT_OTHER,		/* everything else: pulse, engines, answers, help */
	SLOT_COUNT
};

/* A rectangle of the screen with a view in it. */
struct pane {
	struct view *view;
	struct area area;	/* of the screen, title line included */
	enum slot slot;
	bool is_side;		/* narrow: few columns, no detail */
	bool is_main;
};
#define PANES_MAX 5

/* A call that has not been answered. */
struct ask {
	int64_t token;
	struct view *view;	/* NULL: given up, or the app's own */
	int what;
};

/* A command that runs for the user: asked about first, then done, then told. */
struct doing {
	struct doing *next;
	struct arena *mem;	/* of all of it */
	struct view *view;	/* where it was asked for; gone: NULL */
	const struct action *action;	/* NULL: typed */
	const char **word;
	int nwords;
	int nkeys;		/* rows that it is about; 0: one, or none */
	bool is_all;		/* everything that matches */
	bool is_confirmed;
	int64_t token;		/* of the call that runs; 0: it waits for a yes */
	struct cmd_progress progress;	/* job 0: none came */
	char phase[32];
	struct view *answer;	/* that shows its rows; NULL: none yet, or gone */
	struct answer *held;	/* it came while a line was typed, and waits for its end */
};

enum asking {		/* what the dialog is for */
	ASK_NOTHING, ASK_CONFIRM, ASK_MENU, ASK_PALETTE, ASK_TELL, ASK_LEAVE, ASK_RESUME,
	ASK_COLUMN, ASK_THEME, ASK_LOG
};

/* What a line of a menu stands for: one of the three. */
struct choice {
	const struct action *action;
	const struct cmd_spec *command;
	const struct view_ops *root;
};
enum link { LINK_NEVER, LINK_UP, LINK_DOWN };

#define COMMAND_LOG 200		/* lines of "@" */
#define APP_LIVE_US 300000	/* progress is drawn at most that often: lines may be slow */

struct app {
	const struct port *port;
	struct arena *mem;
	struct keymap *keys;
	struct theme theme;
	char *org;
	char *preset;			/* of keys; NULL: the default one */
	bool is_read_only, is_prod, has_mouse;
	bool is_theme_chosen;		/* by people: the terminal's ground does not matter */
	int workers;
	int64_t now_us;
	int w, h;
	bool is_dirty, is_done;

	/* views */
	struct view *top[SLOT_COUNT];	/* of each stack; NULL: never opened */
	enum slot slot;			/* that has the keys */
	enum slot main;			/* that has the main place */
	bool is_big;			/* the one with the keys has the whole screen */
	bool is_bare;			/* no frames */
	struct pane pane[PANES_MAX];
	int npanes;
	struct area detail;		/* of the main view; h 0: none */
	struct view *detail_of;

	/* calls */
	int64_t last_token;
	struct ask *ask;
	int nasks, cap_asks;
	struct doing *doing;		/* that run or wait for a yes, newest first */
	struct doing *asked;		/* one of them: the dialog is about it */
	struct doing *last_done;	/* for "repeat" and "undo"; not among them */
	char *log[COMMAND_LOG];
	int nlog;

	/* what is over the views */
	struct dialog *dialog;
	enum asking asking;
	struct choice *choice;		/* of menus */
	int nchoices;
	struct arena *theme_mem;	/* of names: those of the menu of themes */
	const char **theme_name;
	int nthemes;
	enum typing typing;
	struct view *typing_for;
	char *before;			/* the filter before it was typed */
	int64_t filter_due_us;		/* when what is typed becomes the filter; 0: not */
	char *said;			/* at the foot; NULL: nothing */
	enum role said_role;
	int64_t said_until_us;

	/* the other side */
	enum link link;
	char server[64];
	char why_down[200];
	int64_t down_us, retry_us, rtt_us;
	struct news *live;		/* newest progress of running jobs */
	int nlive, cap_live;
	int64_t live_us;		/* when progress was last drawn */
	bool is_live_due;		/* there is some that was not */
	char *kept;			/* state of a lost session, offered at the start */
	char path[256];			/* for app_path() */
};

/* layout.c */
void layout(struct app *a);
/* The pane with the keys; NULL: the screen is too small for any. */
struct pane *layout_focus(struct app *a);
struct view *app_focus(struct app *a);
int layout_pane_at(const struct app *a, int x, int y);	/* -1: none */
void layout_next(struct app *a, int by);	/* Tab */

/* places.c */
struct view *place_root(struct app *a, enum slot slot);	/* opens it when it never was */
bool place_go(struct app *a, const char *path);	/* false: told why not */
void place_back(struct app *a);
void place_slot(struct app *a, enum slot slot);
void place_push(struct app *a, enum slot slot, const struct view_ops *ops, const char *segment);
void place_show(struct app *a, const struct view_ops *ops, const char *segment);
enum slot place_slot_of(struct app *a, const struct view *v);

/* ask.c */
int64_t ask_new(struct app *a, struct view *v, int what);
struct ask *ask_find(struct app *a, int64_t token);
void ask_drop_view(struct app *a, struct view *v);

/* run.c */
void run_action(struct app *a, struct view *v, const struct action *act);
void run_line(struct app *a, const char *line);
struct doing *run_find(struct app *a, int64_t token);
void run_answer(struct app *a, struct doing *d, struct answer *answer);	/* takes it */
void run_held(struct app *a);	/* shows what came while a line was typed, when none is */
void run_confirmed(struct app *a, bool yes);
void run_drop_view(struct app *a, const struct view *v);
void run_free_all(struct app *a);
/* As it can be typed, quoted where needed. */
void run_words_line(const struct doing *d, struct buf *out);
void run_stop(struct app *a);
void run_undo(struct app *a);
void run_repeat(struct app *a);
const char *run_why_not(struct app *a, struct view *v, const struct action *act);

/* over.c: dialogs and the typed line */
void over_dialog(struct app *a, enum asking what, struct dialog *d);
bool over_key(struct app *a, struct key k);	/* false: nothing is over the views */
bool over_paste(struct app *a, const char *p, size_t n);
void over_type(struct app *a, enum typing what, const char *label, const char *start);
void over_menu(struct app *a);	/* what can be done here */
void over_help(struct app *a);	/* every key, and what it does here */
void over_log(struct app *a);	/* commands of this session */
void over_themes(struct app *a);
void over_palette(struct app *a);
void over_sort_menu(struct app *a);
void over_leave(struct app *a);
void over_drop_view(struct app *a, const struct view *v);
void over_tick(struct app *a);
void over_draw(struct app *a, struct area all, struct area foot);
void over_end(struct app *a);

/* keep.c: the state of a session, for after a lost line */
void app_resume(struct app *a);
/* Offers it, when there is one. */
void keep_offer(struct app *a);

/* app.c */
void app_dirty(struct app *a);
/* By name; says so when there is none. */
void app_theme(struct app *a, const char *name);
void app_mouse(struct app *a, bool on);
void app_say(struct app *a, enum role role, const char *fmt, ...) PRINTF(3, 4);
void app_refresh(struct view *v);
/* Views that may be old and are shown read again, but not too often. */
void app_refresh_stale(struct app *a);

/* acts.c */
void app_act(struct app *a, enum act act);
void app_do(struct app *a, const struct action *act);

/* bar_lines.c */
void lines_header(struct app *a, struct area line);
void lines_footer(struct app *a, struct area line);
#endif
