/*
 * tui/widget/line_priv.h
 *	What the parts of a line share: what is being typed, what is offered, bytes of keys.
 *
 * Memory:  owned by line.c.
 * Threads: one.
 */
#ifndef TUI_WIDGET_LINE_PRIV_H
#define TUI_WIDGET_LINE_PRIV_H

#include "tui/widget/line.h"
#include "tui/widget/typed.h"

/* Candidates on the screen. Empty: none. */
struct line_offers {
	int n;
	char **word, **help;
	bool *is_open;
	bool has_help;
	size_t from;		/* what they replace: from .. to of the line */
	size_t to;
	int chosen;		/* Tab went to it; -1: none yet */
};

struct line {
	bool is_open;
	char *label;
	bool is_secret;
	struct typed secret;
	line_complete_fn complete;
	void *ctx;
	char *asked;		/* text for which candidates were asked; NULL: none were */
	size_t asked_at;
	struct line_offers offers;
	int scroll;		/* cells of the text left of what is seen */
};

extern struct line line_now;

void line_offers_drop(void);

/* Bytes of the text, and of these before the cursor. */
size_t line_length(void);
size_t line_point(void);
/* What readline says instead of the label (while it searches its history); NULL: nothing. */
const char *line_message(void);

/* Sequences for a key, in the order in which they are tried; returns how many. */
#define LINE_SEQUENCES 3
int line_sequences(struct key k, char out[LINE_SEQUENCES][16], size_t len[LINE_SEQUENCES]);

/* line.c: the user's inputrc, and what holds whatever it says. */
void line_read_inputrc(bool is_first);

/* line_history.c: the history of that name is the present one; NULL: there is none. */
void line_history_begin(const char *name);
/* What was typed is remembered, unless text is NULL. */
void line_history_end(const char *text);
/*
 * Place of the line that is shown (the number of lines: the one being typed), and the text at
 * another place, which is shown from then on; NULL: nothing else is to be shown.
 */
int line_history_at(void);
const char *line_history_text(int i);	/* NULL: there is none */
const char *line_history_go(int to, const char *present);
/* Place of the next line with that text in it, or at its start; -1: none. */
int line_history_find(int from, int step, const char *text, bool is_prefix);

/* line_search.c: binds the user's keys for histories to ours. */
void line_search_bind(void);
bool line_search_is_on(void);
const char *line_search_message(void);
/* false: the key ended the search and is to do what it always does. */
bool line_search_key(struct key k);
void line_search_paste(const char *p, size_t n);
void line_search_end(bool is_kept);
#endif
