/*
 * tui/widget/line_search.c
 *	What readline's keys for histories do, with a history of ours.
 *
 * After the user's inputrc was read, each key that it bound to one of readline's
 * functions for histories is bound to the one here that does the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

#include "core/base/arena.h"
#include "tui/widget/line_priv.h"

/* Ctrl-R: looking for a line while it is being described. */
static struct {
	bool is_on;
	int step;		/* -1: older lines */
	int found;		/* line of the history; -1: none */
	struct typed what;
	char *before;		/* the line when it began */
	int point, at;		/* the cursor, and the place in the history */
	char message[256];
} search;

static void show(const char *text)
{
	if (text == NULL)
		return;
	rl_replace_line(text, 1);
	rl_point = rl_end;
}

static int previous(int count, int key)
{
	(void)key;
	show(line_history_go(line_history_at() - count, rl_line_buffer));
	return 0;
}

static int next(int count, int key)
{
	return previous(-count, key);
}

static int first(int count, int key)
{
	(void)count;
	(void)key;
	show(line_history_go(0, rl_line_buffer));
	return 0;
}

static int last(int count, int key)
{
	(void)count;
	(void)key;
	show(line_history_go(INT32_MAX, rl_line_buffer));
	return 0;
}

/* The next line that begins like this one up to the cursor, which stays where it is. */
static int by_prefix(int step)
{
	char *prefix = mem_strdup(rl_line_buffer);
	int point = rl_point, found;

	prefix[point] = '\0';
	found = line_history_find(line_history_at() + step, step, prefix, true);
	if (found >= 0) {
		show(line_history_go(found, rl_line_buffer));
		rl_point = point;
	} else if (step > 0) {
		show(line_history_go(INT32_MAX, rl_line_buffer));
	}
	free(prefix);
	return 0;
}

static int prefix_back(int count, int key)
{
	(void)key;
	return by_prefix(count < 0 ? 1 : -1);
}

static int prefix_on(int count, int key)
{
	return prefix_back(-count, key);
}

/* The last word of the line before; of the one before that, when it is asked for again. */
static int last_word(int count, int key)
{
	static int at, from;
	const char *text, *end, *word;
	char *copy;

	(void)count;
	(void)key;
	at = rl_last_func == last_word ? at - 1 : line_history_at() - 1;
	text = line_history_text(at);
	if (text == NULL)
		return 0;
	rl_begin_undo_group();
	if (rl_last_func == last_word)
		rl_delete_text(from, rl_point);
	else
		from = rl_point;
	rl_point = from;
	for (end = text + strlen(text); end > text && end[-1] == ' '; end--)
		;
	for (word = end; word > text && word[-1] != ' '; word--)
		;
	copy = mem_strdup(word);
	copy[end - word] = '\0';
	rl_insert_text(copy);
	free(copy);
	rl_end_undo_group();
	return 0;
}

/* ---- searching ------------------------------------------------------------- */

static int begin(int step)
{
	search.is_on = true;
	search.step = step;
	search.found = -1;
	free(search.before);
	search.before = mem_strdup(rl_line_buffer);
	search.point = rl_point;
	search.at = line_history_at();
	typed_clear(&search.what);
	return 0;
}

static int search_back(int count, int key)
{
	(void)key;
	return begin(count < 0 ? 1 : -1);
}

static int search_on(int count, int key)
{
	return search_back(-count, key);
}

/* From line `from` on; what is shown stays when nothing is found. */
static void look(int from)
{
	int found = search.what.n > 0 ?
		line_history_find(from, search.step, search.what.text, false) : -1;

	if (found < 0 && search.found < 0)
		return;
	if (found >= 0)
		show(line_history_go(found, rl_line_buffer));
	search.found = found >= 0 ? found : search.found;
}

bool line_search_is_on(void)
{
	return search.is_on;
}

const char *line_search_message(void)
{
	bool is_lost = search.what.n > 0 && search.found < 0;

	snprintf(search.message, sizeof(search.message), "%s\"%.100s\": ",
		 is_lost ? "not found " : "search ", search.what.text);
	return search.message;
}

void line_search_end(bool is_kept)
{
	if (!search.is_on)
		return;
	search.is_on = false;
	if (!is_kept) {
		(void)line_history_go(search.at, rl_line_buffer);
		rl_replace_line(search.before, 1);
		rl_point = search.point < rl_end ? search.point : rl_end;
	}
}

/* Looking for another text begins anew where it began. */
static void look_anew(void)
{
	search.found = -1;
	look(search.at + (search.step < 0 ? -1 : 0));
}

bool line_search_key(struct key k)
{
	bool is_again = k.mods == KEY_CTRL && (k.code == 'r' || k.code == 's');

	if (is_again) {
		search.step = k.code == 'r' ? -1 : 1;
		look(search.found >= 0 ? search.found + search.step : search.at + search.step);
		return true;
	}
	if (k.mods == KEY_CTRL && k.code == 'g') {
		line_search_end(false);
		return true;
	}
	if (typed_key(&search.what, k)) {
		look_anew();
		return true;
	}
	line_search_end(true);
	return k.code == KEY_CODE_ESC;
}

void line_search_paste(const char *p, size_t n)
{
	typed_paste(&search.what, p, n);
	look_anew();
}

/* ---- keys ------------------------------------------------------------------- */

static int read_again(int count, int key);

static const struct {
	rl_command_func_t *theirs, *ours;
} same[] = {
	{ rl_get_previous_history, previous }, { rl_get_next_history, next },
	{ rl_beginning_of_history, first }, { rl_end_of_history, last },
	{ rl_reverse_search_history, search_back }, { rl_forward_search_history, search_on },
	{ rl_noninc_reverse_search, search_back }, { rl_noninc_forward_search, search_on },
	{ rl_noninc_reverse_search_again, search_back },
	{ rl_noninc_forward_search_again, search_on },
	{ rl_history_search_backward, prefix_back }, { rl_history_search_forward, prefix_on },
	{ rl_history_substr_search_backward, prefix_back },
	{ rl_history_substr_search_forward, prefix_on },
	{ rl_vi_search, search_back }, { rl_vi_search_again, search_back },
	{ rl_vi_fetch_history, first }, { rl_yank_last_arg, last_word },
	{ rl_yank_nth_arg, last_word }, { rl_re_read_init_file, read_again },
};

void line_search_bind(void)
{
	Keymap maps[] = { emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap };

	for (size_t m = 0; m < sizeof(maps) / sizeof(maps[0]); m++) {
		for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
			char **seqs = rl_invoking_keyseqs_in_map(same[i].theirs, maps[m]);

			for (int s = 0; seqs != NULL && seqs[s] != NULL; s++) {
				rl_bind_keyseq_in_map(seqs[s], same[i].ours, maps[m]);
				free(seqs[s]);
			}
			free(seqs);
		}
	}
}

/* The user changed the inputrc and wants it read: its keys are replaced once more. */
static int read_again(int count, int key)
{
	(void)count;
	(void)key;
	line_read_inputrc(false);
	return 0;
}
