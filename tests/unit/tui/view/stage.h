/*
 * tests/unit/tui/view/stage.h
 *	An app without a terminal, a thread or a database: tests are its whole world.
 *
 * What the app asks for is kept as lines; a test answers the ones it likes, presses
 * keys, tells news, lets time pass, and reads the screen as text.
 *
 * Memory:  the stage owns what it kept; texts it gives are good until the next call.
 * Threads: one.
 */
#ifndef TESTS_UNIT_TUI_VIEW_STAGE_H
#define TESTS_UNIT_TUI_VIEW_STAGE_H

#include "tui/view/app.h"

struct stage_call {
	int64_t token;
	char line[1024];	/* words, blanks between them */
	bool is_look, is_confirmed, is_stopped, is_answered;
};

struct stage {
	struct app *app;
	struct grid *grid;
	int w, h;
	int64_t now_us;
	struct stage_call call[512];
	int ncalls;
	char copied[4096];
	int reconnects, redraws, suspends, themes;
	bool has_mouse;		/* as was last asked for */
	char kept[4096];
	struct buf *screen;
	char *world;		/* text of stage_world(); NULL: none */
};

/* 2026-11-20 10:00:00 UTC; the zone of tests is UTC. */
#define STAGE_NOW_US 1795168800000000LL

/* o NULL: what is usual. The line is up unless is_down. */
struct stage *stage_open(int w, int h, const struct app_options *o, bool is_down);
void stage_close(struct stage *s);

/* Three jobs: 3 runs, 2 has failed, 1 has succeeded. */
#define STAGE_JOBS                                                                                \
	"job|state|pipeline|source|target|rows_read|rows_rejected|bytes|seconds|"                 \
	"created_at|started_at|finished_at|error_code|error\n"                                    \
	"3|running|orders|files:a.csv|local:orders|0|0|0|-|2026-11-20T09:58:00Z|"                 \
	"2026-11-20T09:59:00Z|-|-|-\n"                                                            \
	"2|failed|stock|files:b.csv|local:stock|1200|4|5000|2.5|2026-11-20T09:00:00Z|"            \
	"2026-11-20T09:00:01Z|2026-11-20T09:00:03Z|DATA|column amount is missing\n"               \
	"1|succeeded|orders|files:a.csv|local:orders|90000|0|9000|3|2026-11-19T09:00:00Z|"        \
	"2026-11-19T09:00:01Z|2026-11-19T09:00:04Z|-|-\n"
/* The screen of jobs, with these. */
struct stage *stage_with_jobs(int w, int h);
struct stage *stage_with_jobs_as(int w, int h, const struct app_options *o);

/* Names of keys, parted by blanks: "down down enter"; 'text' in quotes is typed. */
void stage_keys(struct stage *s, const char *keys);
void stage_paste(struct stage *s, const char *text);
void stage_pass(struct stage *s, int64_t ms);
void stage_up(struct stage *s);
void stage_down(struct stage *s, const char *why);
void stage_state(struct stage *s, int64_t job, const char *state);
void stage_progress(struct stage *s, int64_t job, int64_t rows, int64_t bytes, int64_t total);

/* The oldest call that begins so and was neither answered nor stopped; NULL: none. */
struct stage_call *stage_asked(struct stage *s, const char *begins);
/* How many such calls there were, whatever became of them. */
int stage_count(const struct stage *s, const char *begins);
/*
 * Answers it: lines of cells parted by '|', the first one names columns; "-" is null. Fails
 * the test when nobody asked.
 */
void stage_answer(struct stage *s, const char *begins, const char *rows);
void stage_fail(struct stage *s, const char *begins, enum err_code code, const char *text);
/* Rows and an error, as a plan that waits for a yes is told. */
void stage_plan(struct stage *s, const char *begins, const char *rows);

/*
 * Answers everything that is and will be asked from a file: "> words of a command", then the
 * rows as above; the longest words that fit win. What the file does not know stays open.
 */
void stage_world(struct stage *s, const char *path);
/* What that file knows of what is asked now. Without one: nothing. */
void stage_settle(struct stage *s);

/* The screen as lines without trailing blanks. */
const char *stage_screen(struct stage *s);
/* One line of it. */
const char *stage_line(struct stage *s, int y);
/* With the roles of its cells. */
const char *stage_dump(struct stage *s);
/* Fails, and shows the screen, unless text is on it (is not). */
void stage_shows(struct stage *s, const char *text);
void stage_hides(struct stage *s, const char *text);
#endif
