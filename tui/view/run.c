/*
 * tui/view/run.c
 *	Commands for the user: a plan before, an exact report after, undone where it can be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/words.h"
#include "tui/view/state.h"
#include "tui/view/views.h"
#include "tui/widget/line.h"

/* ---- life ----------------------------------------------------------------------- */

static void free_held(void *doing)
{
	answer_free(((struct doing *)doing)->held);
}

static struct doing *doing_new(struct app *a, struct view *v, const struct action *act)
{
	struct arena *mem = arena_new(a->mem, "doing");
	struct doing *d = arena_alloc(mem, sizeof(*d));

	d->mem = mem;
	arena_on_free(mem, free_held, d);
	d->view = v;
	d->action = act;
	d->next = a->doing;
	a->doing = d;
	return d;
}

static void unlink_doing(struct app *a, struct doing *d)
{
	for (struct doing **p = &a->doing; *p != NULL; p = &(*p)->next)
		if (*p == d) {
			*p = d->next;
			break;
		}
	if (a->asked == d)
		a->asked = NULL;
}

static void drop(struct app *a, struct doing *d)
{
	unlink_doing(a, d);
	arena_free(d->mem);
}

struct doing *run_find(struct app *a, int64_t token)
{
	for (struct doing *d = a->doing; d != NULL; d = d->next)
		if (d->token == token)
			return d;
	return NULL;
}

void run_drop_view(struct app *a, const struct view *v)
{
	for (struct doing *d = a->doing; d != NULL; d = d->next) {
		d->view = d->view == v ? NULL : d->view;
		d->answer = d->answer == v ? NULL : d->answer;
	}
	if (a->last_done != NULL && a->last_done->view == v)
		a->last_done->view = NULL;
}

void run_free_all(struct app *a)
{
	while (a->doing != NULL)
		drop(a, a->doing);
	if (a->last_done != NULL)
		arena_free(a->last_done->mem);
	a->last_done = NULL;
}

/* ---- words ---------------------------------------------------------------------- */

static void add_word(struct doing *d, const char *word)
{
	const char **more = arena_array(d->mem, (size_t)d->nwords + 1, sizeof(*more));

	if (d->nwords > 0)
		memcpy(more, d->word, (size_t)d->nwords * sizeof(*more));
	more[d->nwords++] = arena_strdup(d->mem, word);
	d->word = more;
}

void run_words_line(const struct doing *d, struct buf *out)
{
	for (int i = 0; i < d->nwords; i++) {
		const char *w = d->word[i];
		bool is_plain = w[0] != '\0' && w[strcspn(w, " \t'\"\\#")] == '\0';

		if (i > 0)
			buf_adds(out, " ");
		if (is_plain) {
			buf_adds(out, w);
			continue;
		}
		buf_adds(out, "\"");
		for (; *w != '\0'; w++)
			buf_addf(out, *w == '"' || *w == '\\' ? "\\%c" : "%c", *w);
		buf_adds(out, "\"");
	}
}

/* What was chosen is a value, also where it begins like an option. */
static void add_value(struct doing *d, const char *value)
{
	if (value[0] == '-')
		add_word(d, "--");
	add_word(d, value);
}

static void add_chosen(struct doing *d, const struct view *v, int n)
{
	const char **more = arena_array(d->mem, (size_t)(d->nwords + n), sizeof(*more));

	if (d->nwords > 0)
		memcpy(more, d->word, (size_t)d->nwords * sizeof(*more));
	for (int i = 0; i < n; i++)
		more[d->nwords++] = arena_strdup(d->mem, v->ops->chosen_key(v, i));
	d->word = more;
	d->nkeys = n;
}

/* One word of a template; false: what it names is not there. */
static bool add_part(struct doing *d, struct view *v, const char *part, size_t n)
{
	struct buf value;
	char name[64];
	bool ok;

	if (part[0] != '{' || n < 3 || n - 2 >= sizeof(name)) {
		add_word(d, arena_strndup(d->mem, part, n));
		return true;
	}
	memcpy(name, part + 1, n - 2);
	name[n - 2] = '\0';
	if (strcmp(name, "id") == 0 && d->action->is_many && v->ops->chosen != NULL) {
		int marked = v->ops->chosen(v, &d->is_all);

		if (d->is_all) {
			const char *filter = v->ops->filter != NULL ? v->ops->filter(v) : "";

			if (filter[0] != '\0') {
				add_word(d, "--filter");
				add_word(d, filter);
			}
			return true;
		}
		if (marked > 0) {
			add_chosen(d, v, marked);
			return true;
		}
	}
	buf_init(&value, 65536);
	ok = v->ops->value != NULL && v->ops->value(v, name, &value);
	if (ok)
		add_value(d, buf_str(&value));
	buf_release(&value);
	return ok;
}

static bool fill(struct doing *d, struct view *v, const char *template)
{
	while (*template != '\0') {
		size_t n = strcspn(template, " ");

		if (!add_part(d, v, template, n))
			return false;
		template += n;
		template += strspn(template, " ");
	}
	return true;
}

/* ---- may it run ----------------------------------------------------------------- */

/* "state=queued|running" of the row under the cursor. */
static const char *needs(struct view *v, const struct action *act)
{
	static char why[160];
	const char *equals = strchr(act->needs, '='), *p;
	struct buf value;
	char name[32];
	bool fits = false;

	snprintf(name, sizeof(name), "%.*s", (int)(equals - act->needs), act->needs);
	buf_init(&value, 1024);
	if (v->ops->value != NULL && v->ops->value(v, name, &value)) {
		size_t n = value.len;

		for (p = equals; *p != '\0' && !fits; p += strcspn(p + 1, "|") + 1)
			fits = strcspn(p + 1, "|") == n && memcmp(p + 1, value.data, n) == 0;
		if (!fits)
			snprintf(why, sizeof(why), "%s", buf_str(&value));
	} else {
		snprintf(why, sizeof(why), "no row is chosen");
	}
	buf_release(&value);
	return fits ? NULL : why;
}

const char *run_why_not(struct app *a, struct view *v, const struct action *act)
{
	const struct cmd_spec *spec = act->act == ACT_COMMAND ? action_spec(act) : NULL;
	bool is_all = false;
	int marked = 0;

	if (spec != NULL && (spec->flags & CMD_WRITES) && a->is_read_only)
		return "read-only";
	if (spec != NULL && !(spec->flags & CMD_NO_DB) && a->link != LINK_UP)
		return a->link == LINK_NEVER ? "connecting" : "the line to the database is down";
	if (act->is_many && v->ops->chosen != NULL)
		marked = v->ops->chosen(v, &is_all);
	if (act->needs != NULL && marked == 0 && !is_all) {
		const char *why = needs(v, act);

		if (why != NULL)
			return why;
	}
	return v->ops->why_not != NULL && act->act == ACT_COMMAND ? v->ops->why_not(v, act) : NULL;
}

/* ---- calling, asking ------------------------------------------------------------ */

static void remember(struct app *a, const char *const *word, int nwords)
{
	struct doing d = { .word = (const char **)(uintptr_t)word, .nwords = nwords };
	struct buf line;

	buf_init(&line, 4096);
	run_words_line(&d, &line);
	if (a->nlog == COMMAND_LOG) {
		free(a->log[0]);
		memmove(a->log, a->log + 1, (COMMAND_LOG - 1) * sizeof(a->log[0]));
		a->nlog--;
	}
	a->log[a->nlog++] = mem_strdup(buf_str(&line));
	buf_release(&line);
}

static void call(struct app *a, struct doing *d)
{
	d->token = ask_new(a, NULL, 0);
	if (d->is_confirmed || d->action == NULL)
		remember(a, d->word, d->nwords);
	a->port->run(a->port->ctx, d->token, d->nwords, d->word, false, d->is_confirmed);
	app_dirty(a);
}

void view_do(struct view *v, int what, const struct view_words *words)
{
	struct app *a = v->app;

	remember(a, words->word, words->n);
	a->port->run(a->port->ctx, ask_new(a, v, what), words->n, words->word, false, true);
}

static int danger_of(const struct app *a, const struct doing *d)
{
	const struct cmd_spec *spec = NULL;
	int used, danger = d->action != NULL ? d->action->danger : 0;

	if (danger == 0)
		spec = cmd_find(d->nwords, (char *const *)(uintptr_t)d->word, &used);
	if (spec != NULL && (spec->flags & CMD_DESTROYS))
		danger = 2;
	if ((d->nkeys > 1 || d->is_all) && danger == 1)
		danger = 2;
	if (a->is_prod && danger > 0 && danger < 3)
		danger++;
	return danger;
}

/* What has to be typed: the count, or the name that the command is about. */
static const char *word_of(const struct doing *d)
{
	if (d->nkeys > 1)
		return arena_printf(d->mem, "%d", d->nkeys);
	return d->is_all ? "all" : d->word[d->nwords - 1];
}

static bool tells_plan(const struct doing *d)
{
	int used;
	const struct cmd_spec *spec = cmd_find(d->nwords, (char *const *)(uintptr_t)d->word, &used);

	return d->action != NULL && spec != NULL && (spec->flags & CMD_PLANS);
}

static void ask(struct app *a, struct doing *d, const char *plan)
{
	int danger = danger_of(a, d);
	struct buf text;

	buf_init(&text, 65536);
	run_words_line(d, &text);
	if (text.len > 200)
		buf_clear(&text);
	if (text.len > 0)
		buf_adds(&text, "\n\n");
	if (d->action != NULL)
		/* What goes by a plan has its own way back: a summary says it. */
		buf_addf(&text, "%s%s\n", d->action->summary,
			 d->action->undo != NULL || tells_plan(d) ? "" : " It cannot be undone.");
	if (plan != NULL)
		buf_addf(&text, "\n%s", plan);
	a->asked = d;
	over_dialog(a, ASK_CONFIRM,
		    dialog_confirm(d->action != NULL ? d->action->label != NULL ?
				   d->action->label : d->action->name : "command",
				   buf_str(&text), danger >= 3 ? word_of(d) : NULL, a->is_prod));
	buf_release(&text);
}

static void begin(struct app *a, struct doing *d)
{
	/* Of several the command itself tells the plan; nothing is done before a yes. */
	bool has_plan = (d->action != NULL && d->action->is_many && (d->nkeys > 1 || d->is_all)) ||
			tells_plan(d);

	if (danger_of(a, d) >= 2 && !has_plan) {
		ask(a, d, NULL);
		return;
	}
	d->is_confirmed = !has_plan && d->action != NULL;
	call(a, d);
}

void run_confirmed(struct app *a, bool yes)
{
	struct doing *d = a->asked;

	a->asked = NULL;
	if (d == NULL)
		return;
	if (!yes) {
		app_say(a, ROLE_DIM, "nothing was done");
		drop(a, d);
		return;
	}
	d->is_confirmed = true;
	call(a, d);
}

void run_action(struct app *a, struct view *v, const struct action *act)
{
	const char *why = run_why_not(a, v, act);
	struct doing *d;

	if (why != NULL) {
		app_say(a, ROLE_WARN, "%s: %s", act->label != NULL ? act->label : act->name, why);
		return;
	}
	d = doing_new(a, v, act);
	if (!fill(d, v, act->command)) {
		app_say(a, ROLE_WARN, "no row is chosen");
		drop(a, d);
		return;
	}
	begin(a, d);
}

/* ---- what was typed ------------------------------------------------------------- */

/* Words of the console itself; false: none of them. */
static bool run_own(struct app *a, int n, char **words)
{
	struct view *v = app_focus(a);
	char *end;

	if (n == 1 && (strcmp(words[0], "q") == 0 || strcmp(words[0], "quit") == 0 ||
		       strcmp(words[0], "exit") == 0)) {
		app_act(a, ACT_LEAVE);
		return true;
	}
	if (n == 1 && strtoll(words[0], &end, 10) > 0 && *end == '\0') {
		char path[64];

		snprintf(path, sizeof(path), "jobs/%s", words[0]);
		place_go(a, path);
		return true;
	}
	if (n <= 2 && strcmp(words[0], "theme") == 0) {
		if (n == 1)
			over_themes(a);
		else
			app_theme(a, words[1]);
		return true;
	}
	if (n == 2 && strcmp(words[0], "mouse") == 0 &&
	    (strcmp(words[1], "on") == 0 || strcmp(words[1], "off") == 0)) {
		app_mouse(a, strcmp(words[1], "on") == 0);
		return true;
	}
	if (n >= 1 && strcmp(words[0], "filter") == 0 && v->ops->set_filter != NULL) {
		v->ops->set_filter(v, n > 1 ? words[1] : "");
		return true;
	}
	return false;
}

/* ":jobs state=failed" and ":jobs/42/rejects": a screen, and what it is to show of it. */
static bool run_place(struct app *a, int n, char **words)
{
	const char *near;
	size_t len = strcspn(words[0], "/?");
	const struct view_ops *ops = view_root_of(words[0], len, &near);
	struct buf path;
	int used;

	/* A short form is one only alone: "job lst" is a mistyped command, no screen. */
	if (ops == NULL || (n > 1 && (cmd_find(n, words, &used) != NULL ||
				      strlen(ops->name) != len)))
		return false;
	buf_init(&path, 8192);
	buf_adds(&path, words[0]);
	for (int i = 1; i < n; i++)
		buf_addf(&path, "%s%s", i == 1 ? "?" : " ", words[i]);
	place_go(a, buf_str(&path));
	buf_release(&path);
	return true;
}

void run_line(struct app *a, const char *line)
{
	struct arena *mem = arena_new(NULL, "line");
	struct err err = { 0 };
	struct doing *d;
	char **words, text[400];
	int n;

	if (words_split(mem, line, &n, &words, &err) != ERR_OK) {
		err_text(&err, text, sizeof(text));
		app_say(a, ROLE_BAD, "%s", text);
	} else if (n > 0 && strcmp(words[0], "leat") == 0) {
		/* As it would be typed in a shell. */
		run_line(a, line + strspn(line, " \t") + 4);
	} else if (n > 0 && !run_own(a, n, words) && !run_place(a, n, words)) {
		d = doing_new(a, app_focus(a), NULL);
		for (int i = 0; i < n; i++)
			add_word(d, words[i]);
		begin(a, d);
	}
	arena_free(mem);
}

void view_type(struct view *v, const char *line)
{
	run_line(v->app, line);
}

/* ---- what came of it ------------------------------------------------------------ */

static bool is_plan(const struct doing *d, const struct answer *answer)
{
	return !d->is_confirmed && answer->code == ERR_USAGE && answer->nrows > 0 &&
	       strcmp(answer_text(answer, 0, "outcome"), "planned") == 0;
}

/* Rejects: how many, how many of them would pass, and some before and after. */
static void rejects_text(const struct answer *answer, struct buf *out)
{
	for (int i = 0; i < answer->nrows; i++) {
		const char *outcome = answer_text(answer, i, "outcome");

		if (strcmp(outcome, "sample") == 0) {
			buf_addf(out, "%lld %s: %.60s -> %.60s: %.80s\n",
				 (long long)answer_int(answer, i, "id"),
				 answer_text(answer, i, "field"), answer_text(answer, i, "before"),
				 answer_text(answer, i, "after"), answer_text(answer, i, "then"));
			continue;
		}
		buf_addf(out, "%8lld %s", (long long)answer_int(answer, i, "rejects"), outcome);
		if (!answer_is_null(answer, i, "passes"))
			buf_addf(out, ": %lld would pass, %lld would fail again",
				 (long long)answer_int(answer, i, "passes"),
				 (long long)answer_int(answer, i, "fails"));
		if (!answer_is_null(answer, i, "then"))
			buf_addf(out, ": %s", answer_text(answer, i, "then"));
		buf_adds(out, "\n");
	}
}

/* Lines of a mapping: what each was, what it becomes, and for how many rows that matters. */
static void lines_text(const struct answer *answer, struct buf *out)
{
	for (int i = 0; i < answer->nrows; i++) {
		const char *from = answer_text(answer, i, "from"), *to = answer_text(answer, i, "to");

		buf_addf(out, "%s %s: %.60s -> %.60s\n", answer_text(answer, i, "change"),
			 answer_text(answer, i, "field"), from[0] != '\0' ? from : "(nothing)",
			 to[0] != '\0' ? to : "(nothing)");
		if (!answer_is_null(answer, i, "theirs"))
			buf_addf(out, "   others: %.60s\n", answer_text(answer, i, "theirs"));
		if (!answer_is_null(answer, i, "rows_changed"))
			buf_addf(out, "   another value in %lld of %lld rows looked at, %lld fail\n",
				 (long long)answer_int(answer, i, "rows_changed"),
				 (long long)answer_int(answer, i, "rows_looked_at"),
				 (long long)answer_int(answer, i, "rows_failing"));
	}
}

static void plan_text(const struct answer *answer, struct buf *out)
{
	int64_t all = 0;

	if (answer_col(answer, "rejects") >= 0) {
		rejects_text(answer, out);
		return;
	}
	if (answer_col(answer, "jobs") < 0) {
		lines_text(answer, out);
		return;
	}
	for (int i = 0; i < answer->nrows; i++) {
		const char *pipeline = answer_text(answer, i, "pipeline");

		all += answer_int(answer, i, "jobs");
		buf_addf(out, "%8lld %s%s%s: %s\n", (long long)answer_int(answer, i, "jobs"),
			 answer_text(answer, i, "state"), pipeline[0] != '\0' ? " of " : "",
			 pipeline, answer_text(answer, i, "first"));
	}
	buf_addf(out, "%8lld in all\n", (long long)all);
}

static void tell_error(struct app *a, const struct answer *answer)
{
	char text[1400];
	struct buf all;

	err_text(&answer->err, text, sizeof(text));
	if (answer->err.hint[0] == '\0' && strlen(text) < 70 && answer->nrows == 0) {
		app_say(a, ROLE_BAD, "%s", text);
		return;
	}
	buf_init(&all, 65536);
	buf_addf(&all, "%s\n", text);
	if (answer->code == ERR_CONFLICT && answer_col(answer, "theirs") >= 0) {
		buf_adds(&all, "\n");
		lines_text(answer, &all);
	}
	if (answer->err.hint[0] != '\0')
		buf_addf(&all, "\n%s\n", answer->err.hint);
	over_dialog(a, ASK_TELL, dialog_tell("not done", buf_str(&all), ROLE_BAD));
	buf_release(&all);
}

/* "2 cancelled, 1 asked to stop". */
static void tell_done(struct app *a, const struct doing *d, const struct answer *answer)
{
	char key[32] = "";
	struct buf text;
	int n = 0;

	buf_init(&text, 1024);
	for (int i = 0; i < answer->nrows; i++)
		if (answer_int(answer, i, "jobs") > 0 &&
		    strcmp(answer_text(answer, i, "outcome"), "planned") != 0)
			buf_addf(&text, "%s%lld %s", n++ > 0 ? ", " : "",
				 (long long)answer_int(answer, i, "jobs"),
				 answer_text(answer, i, "outcome"));
	if (n == 0) {
		run_words_line(d, &text);
		/* A job that was made; not one that was named. */
		if (answer->nrows == 1 && answer_int(answer, 0, "job") > 0 &&
		    strcmp(d->word[0], "job") != 0)
			buf_addf(&text, ": job %lld is %s", (long long)answer_int(answer, 0, "job"),
				 answer_text(answer, 0, "state"));
		else
			buf_adds(&text, ": done");
	}
	if (answer->nnotes > 0)
		buf_addf(&text, "; %s", answer->note[0]);
	if (d->action != NULL && d->action->undo != NULL) {
		keymap_key(a->keys, action_of("undo"), key, sizeof(key));
		buf_addf(&text, "   (%s undoes it)", key);
	}
	app_say(a, ROLE_OK, "%s", buf_str(&text));
	buf_release(&text);
}

static void keep_done(struct app *a, struct doing *d)
{
	unlink_doing(a, d);
	if (a->last_done != NULL)
		arena_free(a->last_done->mem);
	d->next = NULL;
	a->last_done = d;
}

/* Of what was typed: a pane of its own, filled as rows come. */
static void show_answer(struct app *a, struct doing *d, struct answer *answer)
{
	bool is_last = answer->is_last;

	if (is_last && answer->code != ERR_OK && answer->nrows == 0 && d->answer == NULL) {
		tell_error(a, answer);
		answer_free(answer);
		drop(a, d);
		return;
	}
	if (d->answer == NULL) {
		place_show(a, view_answer, "answer");
		d->answer = a->top[SLOT_OTHER];
	}
	if (d->answer != NULL) {
		struct buf line;

		buf_init(&line, 4096);
		run_words_line(d, &line);
		view_answer_give(d->answer, buf_str(&line), answer);
		buf_release(&line);
	} else {
		answer_free(answer);
	}
	if (!is_last)
		return;
	/* Perhaps it has changed what lies below. */
	if (d->view != NULL)
		view_touch(d->view);
	keep_done(a, d);
}

/* A screen that comes up under somebody who types would take the keys. */
static bool hold(struct app *a, struct doing *d, struct answer *answer)
{
	if (!line_is_open() || !answer->is_last || d->answer != NULL || d->held != NULL)
		return false;
	d->held = answer;
	app_say(a, answer->code == ERR_OK ? ROLE_OK : ROLE_WARN,
		"%s %s has ended; its answer comes when this line is done", d->word[0],
		d->nwords > 1 ? d->word[1] : "");
	return true;
}

void run_held(struct app *a)
{
	struct doing *d = a->doing;
	struct answer *answer;

	while (d != NULL && d->held == NULL)
		d = d->next;
	if (d == NULL || line_is_open())
		return;
	answer = d->held;
	d->held = NULL;
	show_answer(a, d, answer);
}

void run_answer(struct app *a, struct doing *d, struct answer *answer)
{
	if (answer->is_last)
		d->token = 0;
	if (is_plan(d, answer)) {
		struct buf plan;

		buf_init(&plan, 65536);
		plan_text(answer, &plan);
		ask(a, d, buf_str(&plan));
		buf_release(&plan);
		answer_free(answer);
		return;
	}
	/* A command of the key file shows what it answers, as if it was typed. */
	if (d->action == NULL || d->action->name[0] == ':') {
		if (!hold(a, d, answer))
			show_answer(a, d, answer);
		return;
	}
	if (answer->code != ERR_OK) {
		tell_error(a, answer);
		answer_free(answer);
		drop(a, d);
		return;
	}
	tell_done(a, d, answer);
	answer_free(answer);
	if (d->view != NULL && d->view->ops->done != NULL)
		d->view->ops->done(d->view, d->action);
	keep_done(a, d);
}

/* ---- stop, undo, repeat --------------------------------------------------------- */

void run_stop(struct app *a)
{
	for (struct doing *d = a->doing; d != NULL; d = d->next)
		if (d->token != 0) {
			a->port->stop(a->port->ctx, d->token);
			app_say(a, ROLE_WARN, "stopping: %s %s", d->word[0],
				d->nwords > 1 ? d->word[1] : "");
			return;
		}
	app_say(a, ROLE_DIM, "nothing runs here; q leaves leat");
}

/* The action that an undo amounts to, so that it can be undone in turn. */
static const struct action *opposite(const struct action *act)
{
	for (int i = 0; i < actions_n; i++)
		if (actions[i].command != NULL && strcmp(actions[i].command, act->undo) == 0)
			return &actions[i];
	return act;
}

void run_undo(struct app *a)
{
	struct doing *last = a->last_done, *d;
	const struct action *undo = last != NULL ? last->action : NULL;
	const char *p;

	if (undo == NULL || undo->undo == NULL || last->is_all) {
		app_say(a, ROLE_DIM, "there is nothing to undo");
		return;
	}
	d = doing_new(a, last->view, opposite(undo));
	/* The same rows: all words of it that stand behind the command's own. */
	for (p = undo->undo; *p != '\0' && *p != '{'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		add_word(d, arena_strndup(d->mem, p, n));
		p += n;
	}
	if (last->nkeys == 0)
		add_value(d, last->word[last->nwords - 1]);
	for (int i = last->nwords - last->nkeys; i < last->nwords; i++)
		add_word(d, last->word[i]);
	d->nkeys = last->nkeys;
	d->is_confirmed = true;
	call(a, d);
	arena_free(last->mem);
	a->last_done = NULL;
}

void run_repeat(struct app *a)
{
	struct view *v = app_focus(a);

	if (a->last_done == NULL || a->last_done->action == NULL ||
	    !action_is_in(a->last_done->action, v->ops->name)) {
		app_say(a, ROLE_DIM, "there is no action to repeat here");
		return;
	}
	run_action(a, v, a->last_done->action);
}
