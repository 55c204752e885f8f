/*
 * tui/widget/line.c
 *	One line being typed: keys into readline, candidates, secrets.
 *
 * readline is used through its callbacks and never reads or writes a terminal: it
 * gets bytes from a queue, and draws nothing, because line_draw() does. With a
 * redisplay function of ours it does not look at terminfo either, which belongs
 * to curses. Secrets do not go through readline at all.
 */
#include "tui/widget/line.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include <readline/readline.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "tui/widget/line_priv.h"

#define LINE_BYTES_MAX 65536	/* of a paste */

struct line line_now;

/* Between readline's callbacks and us. */
static struct {
	bool is_ready;
	const char *bytes;	/* that wait to be read */
	size_t n;
	enum line_result result;
	char *text;		/* of the last line that was done */
} rl;

/* ---- readline without a terminal -------------------------------------------- */

static int next_byte(FILE *in)
{
	(void)in;
	if (rl.n == 0)
		return ABORT_CHAR;	/* an answer to what asks for more than one key */
	rl.n--;
	return (unsigned char)*rl.bytes++;
}

static int has_byte(void)
{
	return rl.n > 0;
}

static void draws_nothing(void)
{
}

static void takes_no_terminal(int meta)
{
	(void)meta;
}

static void gives_no_terminal(void)
{
}

static char **completes_nothing(const char *text, int start, int end)
{
	(void)text;
	(void)start;
	(void)end;
	rl_attempted_completion_over = 1;	/* nor names of files */
	return NULL;
}

/* Keys that terminals send and readline does not know by itself; who bound them keeps that. */
static void bind_keys(void)
{
	rl_bind_keyseq_if_unbound("\\e[1;5C", rl_forward_word);
	rl_bind_keyseq_if_unbound("\\e[1;5D", rl_backward_word);
	rl_bind_keyseq_if_unbound("\\e[1;3C", rl_forward_word);
	rl_bind_keyseq_if_unbound("\\e[1;3D", rl_backward_word);
	rl_bind_keyseq_if_unbound("\\e[3~", rl_delete);
	rl_bind_keyseq_if_unbound("\\e[3;5~", rl_kill_word);
}

/* Standard error is the screen: what readline says of an inputrc would be painted over it. */
static int hush(void)
{
	int kept = isatty(STDERR_FILENO) != 0 ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
	int null = kept >= 0 ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;

	if (null >= 0) {
		dup2(null, STDERR_FILENO);
		close(null);
	}
	return kept;
}

static void unhush(int kept)
{
	if (kept < 0)
		return;
	dup2(kept, STDERR_FILENO);
	close(kept);
}

static void settings(void)
{
	/* It would ring on standard error, which is the terminal. */
	rl_variable_bind("bell-style", "none");
	rl_variable_bind("enable-bracketed-paste", "off");
	bind_keys();
	line_search_bind();
}

void line_read_inputrc(bool is_first)
{
	int kept = hush();

	if (is_first)
		rl_initialize();
	else
		rl_re_read_init_file(1, 0);
	unhush(kept);
	settings();
}

static void start(void)
{
	if (rl.is_ready)
		return;
	rl.is_ready = true;
	rl_readline_name = "leat";
	rl_instream = fopen("/dev/null", "re");
	rl_outstream = fopen("/dev/null", "we");
	rl_redisplay_function = draws_nothing;
	rl_getc_function = next_byte;
	rl_input_available_hook = has_byte;
	rl_prep_term_function = takes_no_terminal;
	rl_deprep_term_function = gives_no_terminal;
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_attempted_completion_function = completes_nothing;
	line_read_inputrc(true);
}

/* Enter, or Ctrl-D on an empty line (text NULL). */
static void on_line(char *text)
{
	rl.result = text != NULL ? LINE_DONE : LINE_GIVEN_UP;
	free(rl.text);
	rl.text = mem_strdup(text != NULL ? text : "");
	free(text);
	/* Ctrl-V takes any key into the line; it stays one line. */
	for (char *p = rl.text; (p = strpbrk(p, "\r\n")) != NULL;)
		*p = ' ';
	rl_callback_handler_remove();
}

/*
 * A zero byte in the line (vi's redo in 8.2 may put one there) would keep readline looking for
 * the end of the line for ever.
 */
static void mend(void)
{
	char *copy;

	if (memchr(rl_line_buffer, '\0', (size_t)rl_end) == NULL)
		return;
	copy = mem_strdup(rl_line_buffer);
	rl_replace_line(copy, 1);
	free(copy);
	if (rl_point > rl_end)
		rl_point = rl_end;
}

/*
 * In vi mode a character that libc gives no width (one that is not assigned, or newer than libc)
 * keeps readline 8.2 looking for the next one for ever: U+FFFD stands for it.
 */
static void mend_for_vi(void)
{
	size_t n = (size_t)rl_end, point = 0, taken;
	bool is_bad = false;
	struct buf line;

	if (rl_editing_mode != 0)
		return;
	buf_init(&line, 3 * n + 8);
	for (size_t at = 0; at < n; at += taken) {
		uint32_t c = 0;

		taken = utf8_decode(rl_line_buffer + at, n - at, &c);
		taken = taken > 0 ? taken : 1;
		if (at == (size_t)rl_point)
			point = line.len;
		if (c < 0x80 || wcwidth((wchar_t)c) >= 0) {
			buf_add(&line, rl_line_buffer + at, taken);
		} else {
			buf_adds(&line, "\xEF\xBF\xBD");
			is_bad = true;
		}
	}
	if (is_bad) {
		rl_point = rl_point >= rl_end ? (int)line.len : (int)point;
		rl_replace_line(buf_str(&line), 1);
	}
	buf_release(&line);
}

static void feed(const char *bytes, size_t n)
{
	rl.bytes = bytes;
	rl.n = n;
	while (rl.n > 0 && rl.result == LINE_GOES_ON) {
		rl_callback_read_char();
		if (rl.result == LINE_GOES_ON)
			mend();
	}
	rl.n = 0;
}

/* readline has read a part of what it wants to know. */
static bool is_busy(void)
{
	return RL_ISSTATE(RL_STATE_CHARSEARCH | RL_STATE_VIMOTION | RL_STATE_NUMERICARG |
			  RL_STATE_MULTIKEY | RL_STATE_MOREINPUT) != 0;
}

/* The line must not be changed or taken away then: it would be finished on another line. */
static void break_off(void)
{
	const char abort = ABORT_CHAR;

	for (int i = 0; i < 4 && is_busy(); i++)
		feed(&abort, 1);
}

/* readline is in the middle of something that ESC belongs to. */
static bool wants_esc(void)
{
	return RL_ISSTATE(RL_STATE_NUMERICARG) != 0 ||
	       (rl_editing_mode == 0 && rl_get_keymap() == vi_insertion_keymap);
}

const char *line_message(void)
{
	if (line_now.is_secret || !line_now.is_open)
		return NULL;
	if (line_search_is_on())
		return line_search_message();
	return RL_ISSTATE(RL_STATE_NUMERICARG) != 0 ? rl_display_prompt : NULL;
}

/* ---- opening and closing ------------------------------------------------------ */

void line_open(const struct line_options *o)
{
	line_close();
	start();
	line_now.label = mem_strdup(o->label != NULL ? o->label : "");
	line_now.is_open = true;
	line_now.is_secret = o->is_secret;
	line_now.complete = o->complete;
	line_now.ctx = o->ctx;
	line_now.scroll = 0;
	rl.result = LINE_GOES_ON;
	if (rl.text != NULL)
		explicit_bzero(rl.text, strlen(rl.text));
	free(rl.text);
	rl.text = NULL;
	if (!o->is_secret) {
		line_history_begin(o->history);
		rl_callback_handler_install("", on_line);
	}
	if (o->start != NULL)
		line_set(o->start);
}

/* The line ends; what was typed is there until the next one begins. */
static void finish(bool is_done)
{
	if (line_now.is_secret) {
		free(rl.text);
		rl.text = mem_strdup(is_done ? line_now.secret.text : "");
		typed_clear(&line_now.secret);
	} else if (rl.result == LINE_GOES_ON) {
		line_search_end(true);
		break_off();
		rl_callback_handler_remove();
		rl_free_line_state();
		line_history_end(NULL);
	} else {
		line_history_end(is_done ? rl.text : NULL);
	}
	line_offers_drop();
	free(line_now.asked);
	line_now.asked = NULL;
	free(line_now.label);
	line_now.label = NULL;
	line_now.is_open = false;
	line_now.is_secret = false;
}

void line_close(void)
{
	if (line_now.is_open)
		finish(false);
}

bool line_is_open(void)
{
	return line_now.is_open;
}

const char *line_text(void)
{
	if (!line_now.is_open)
		return rl.text != NULL ? rl.text : "";
	return line_now.is_secret ? line_now.secret.text : rl_line_buffer;
}

size_t line_length(void)
{
	return line_now.is_secret ? line_now.secret.n : (size_t)rl_end;
}

size_t line_point(void)
{
	return line_now.is_secret ? line_now.secret.n : (size_t)rl_point;
}

/* Bytes from .. to become text; the cursor goes behind it. One step for undo. */
static void replace(size_t from, size_t to, const char *text)
{
	rl_begin_undo_group();
	rl_delete_text((int)from, (int)to);
	rl_point = (int)from;
	rl_insert_text(text);
	rl_end_undo_group();
}

void line_set(const char *text)
{
	struct buf line;

	if (!line_now.is_open)
		return;
	line_offers_drop();
	if (line_now.is_secret) {
		typed_set(&line_now.secret, text);
		return;
	}
	line_search_end(true);
	break_off();
	buf_init(&line, LINE_BYTES_MAX);
	typed_one_line(&line, text, strlen(text));
	replace(0, (size_t)rl_end, buf_str(&line));
	buf_release(&line);
}

void line_paste(const char *p, size_t n)
{
	struct buf line;

	if (!line_now.is_open)
		return;
	line_offers_drop();
	if (line_now.is_secret) {
		typed_paste(&line_now.secret, p, n);
		return;
	}
	buf_init(&line, rl_end < LINE_BYTES_MAX ? LINE_BYTES_MAX - (size_t)rl_end : 0);
	typed_one_line(&line, p, n);
	break_off();
	if (line_search_is_on())
		line_search_paste(p, n);
	else
		replace((size_t)rl_point, (size_t)rl_point, buf_str(&line));
	buf_release(&line);
}

/* ---- candidates ------------------------------------------------------------------ */

void line_offers_drop(void)
{
	struct line_offers *o = &line_now.offers;

	for (int i = 0; i < o->n; i++) {
		free(o->word[i]);
		free(o->help[i]);
	}
	free(o->word);
	free(o->help);
	free(o->is_open);
	*o = (struct line_offers){ .chosen = -1 };
}

static void keep_offers(size_t from, int n, const char *const *word, const char *const *help,
			const bool *is_open)
{
	struct line_offers *o = &line_now.offers;

	line_offers_drop();
	o->word = mem_alloc((size_t)n * sizeof(*o->word));
	o->help = mem_alloc((size_t)n * sizeof(*o->help));
	o->is_open = mem_alloc((size_t)n * sizeof(*o->is_open));
	for (int i = 0; i < n; i++) {
		o->word[i] = mem_strdup(word[i]);
		o->help[i] = help != NULL && help[i] != NULL ? mem_strdup(help[i]) : NULL;
		o->is_open[i] = is_open != NULL && is_open[i];
		o->has_help = o->has_help || o->help[i] != NULL;
	}
	o->n = n;
	o->from = from;
	o->to = (size_t)rl_point;
}

/* Bytes that all words begin with; no character is cut. */
static size_t common(int n, const char *const *word)
{
	size_t len = strlen(word[0]);

	for (int i = 1; i < n; i++)
		for (size_t at = 0; at < len; at++)
			if (word[i][at] != word[0][at])
				len = at;
	while (len > 0 && (word[0][len] & 0xC0) == 0x80)
		len--;
	return len;
}

void line_offer(const char *for_text, size_t from, int n, const char *const *word,
		const char *const *help, const bool *is_open)
{
	size_t len;
	char *start;

	if (!line_now.is_open || line_now.is_secret || line_now.asked == NULL || n <= 0 ||
	    is_busy() || line_search_is_on() || strcmp(for_text, rl_line_buffer) != 0 ||
	    strcmp(line_now.asked, for_text) != 0 ||
	    (size_t)rl_point != line_now.asked_at || from > (size_t)rl_point)
		return;
	free(line_now.asked);
	line_now.asked = NULL;
	if (n == 1) {
		replace(from, (size_t)rl_point, word[0]);
		if (is_open == NULL || !is_open[0])
			rl_insert_text(" ");
		return;
	}
	len = common(n, word);
	if (len > (size_t)rl_point - from) {
		start = mem_strdup(word[0]);
		start[len] = '\0';
		replace(from, (size_t)rl_point, start);
		free(start);
	}
	keep_offers(from, n, word, help, is_open);
}

/* Tab among candidates: the next one stands in the line. */
static void choose(int by)
{
	struct line_offers *o = &line_now.offers;

	o->chosen = o->chosen < 0 && by < 0 ? o->n - 1 : (o->chosen + by + o->n) % o->n;
	replace(o->from, o->to, o->word[o->chosen]);
	o->to = (size_t)rl_point;
}

static void ask(void)
{
	break_off();
	if (line_now.complete == NULL)
		return;
	free(line_now.asked);
	line_now.asked = mem_strdup(rl_line_buffer);
	line_now.asked_at = (size_t)rl_point;
	line_now.complete(line_now.ctx, line_now.asked, line_now.asked_at);
}

/* Enter on a chosen candidate takes it, and runs nothing yet. */
static void take_chosen(void)
{
	bool is_open = line_now.offers.is_open[line_now.offers.chosen];

	line_offers_drop();
	if (!is_open)
		rl_insert_text(" ");
}

/* ---- keys ------------------------------------------------------------------------- */

/* The first of its sequences that does something here. Sent blindly, others leave litter. */
static void send(struct key k)
{
	char text[LINE_SEQUENCES][16];
	size_t len[LINE_SEQUENCES];
	int n = line_sequences(k, text, len);

	mend_for_vi();
	for (int i = 0; i < n; i++) {
		char seq[17];
		int type = ISFUNC;

		memcpy(seq, text[i], len[i]);
		seq[len[i]] = '\0';
		if (len[i] == 1 || k.code < KEY_CODE_FIRST ||
		    (rl_function_of_keyseq(seq, NULL, &type) != NULL && type != ISKMAP)) {
			feed(text[i], len[i]);
			return;
		}
	}
}

static enum line_result secret_key(struct key k)
{
	if (k.code == KEY_CODE_ENTER)
		return LINE_DONE;
	if (k.code == KEY_CODE_ESC)
		return LINE_GIVEN_UP;
	typed_key(&line_now.secret, k);
	return LINE_GOES_ON;
}

/* Keys that are about candidates; false: this one is not. */
static bool offers_key(struct key k)
{
	bool is_tab = k.code == KEY_CODE_TAB && (k.mods == 0 || k.mods == KEY_SHIFT);

	if (line_now.offers.n == 0) {
		if (!is_tab || k.mods != 0)
			return false;
		ask();
	} else if (is_tab) {
		choose(k.mods == 0 ? 1 : -1);
	} else if (k.code == KEY_CODE_ENTER && line_now.offers.chosen >= 0) {
		take_chosen();
	} else if (k.code == KEY_CODE_ESC) {
		line_offers_drop();
	} else {
		line_offers_drop();
		return false;
	}
	return true;
}

static enum line_result edit_key(struct key k)
{
	if (line_search_is_on() && line_search_key(k))
		return LINE_GOES_ON;
	if (offers_key(k))
		return LINE_GOES_ON;
	if (k.code == KEY_CODE_ESC && !wants_esc())
		return LINE_GIVEN_UP;
	send(k);
	return rl.result;
}

enum line_result line_key(struct key k)
{
	enum line_result result;

	if (!line_now.is_open)
		return LINE_GIVEN_UP;
	if (k.mods == KEY_CTRL && k.code == 'c')
		result = LINE_GIVEN_UP;
	else
		result = line_now.is_secret ? secret_key(k) : edit_key(k);
	if (result != LINE_GOES_ON)
		finish(result == LINE_DONE);
	return result;
}
