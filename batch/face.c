/*
 * batch/face.c
 *	One command from its words to its exit status.
 */
#include "batch/face.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "batch/bar.h"
#include "batch/cell.h"
#include "batch/render.h"
#include "batch/signals.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/text.h"

/* One call on its way. */
struct call {
	struct face *face;
	struct arena *mem;
	struct cmd_args *globals;
	const struct cmd_spec *spec;
	struct cmd_args *args;
	struct render *render;
	struct reply *reply;
	struct bar *bar;
};

void face_init(struct face *f, struct arena *mem)
{
	*f = (struct face){ .mem = mem, .globals = cmd_globals_new(mem, NULL) };
}

void face_open(struct face *f)
{
	session_init(&f->session, arg_text(f->globals, "db"), arg_text(f->globals, "org"));
	f->session.stop_fd = signals_fd();
	f->is_open = true;
}

void face_release(struct face *f)
{
	if (f->is_open)
		session_release(&f->session);
	f->is_open = false;
}

/* spec may be NULL: no command was found. */
static const char *form_word(const struct cmd_args *globals, const struct cmd_spec *spec)
{
	if (arg_given(globals, "output"))
		return arg_text(globals, "output");
	return spec != NULL && (spec->flags & CMD_CSV) ? "csv" : "table";
}

static void complain_json(const struct err *err, const char *text)
{
	struct buf line;

	buf_init(&line, 8192);
	buf_addf(&line, "{\"error\":{\"code\":\"%s\",\"message\":", err_name(err->code));
	js_add_text(&line, slice_of(text), 0);
	buf_adds(&line, ",\"hint\":");
	if (err->hint[0] != '\0')
		js_add_text(&line, slice_of(err->hint), 0);
	else
		buf_adds(&line, "null");
	buf_adds(&line, ",\"sqlstate\":");
	if (err->sqlstate[0] != '\0')
		js_add_text(&line, slice_of(err->sqlstate), 0);
	else
		buf_adds(&line, "null");
	fprintf(stderr, "%s}}\n", buf_str(&line));
	buf_release(&line);
}

void face_complain(const struct face *f, const struct err *err)
{
	const char *word = form_word(f->globals, NULL);
	struct buf clean;
	char text[1400];

	err_text(err, text, sizeof(text));
	buf_init(&clean, 8192);
	text_clean(&clean, text, strlen(text));
	fprintf(stderr, "leat: %s\n", buf_str(&clean));
	if (err->hint[0] != '\0') {
		buf_clear(&clean);
		text_clean(&clean, err->hint, strlen(err->hint));
		fprintf(stderr, "hint: %s\n", buf_str(&clean));
	}
	buf_release(&clean);
	if (strncmp(word, "json", 4) == 0)
		complain_json(err, text);
}

static void on_progress(void *face, const struct cmd_progress *p)
{
	struct call *c = face;

	bar_progress(c->bar, p);
}

static void on_note(void *face, const char *line)
{
	struct call *c = face;

	bar_note(c->bar, line);
}

/* Asks on the terminal, if there is one, whether to go on with what was just said. */
static bool ask(void)
{
	char answer[16] = "";

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	fputs("Go on? [y/N] ", stderr);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	return answer[0] == 'y' || answer[0] == 'Y';
}

static bool on_ask(void *face, const char *what)
{
	struct call *c = face;

	bar_clear(c->bar);
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
		fprintf(stderr, "%s\n", what);
	return ask();
}

static void on_row(void *ctx, int n, const struct val_spec *cols, const struct reply_value *row)
{
	struct call *c = ctx;

	if (c->spec->flags & CMD_STREAMS)
		bar_clear(c->bar);
	if (reply_is_many(c->reply))
		render_many(c->render);
	render_row(c->render, n, cols, row);
	/* Nobody reads any more: what only shows has nothing left to do. */
	if (render_is_closed(c->render) && !(c->spec->flags & CMD_WRITES))
		atomic_store(signals_stop(), SIGNALS_CLOSED);
}

static enum err_code confirm(const struct call *c, struct err *err)
{
	if (!(c->spec->flags & CMD_DESTROYS) || arg_bool(c->globals, "yes"))
		return ERR_OK;
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
		fprintf(stderr, "%s: %s\n", c->spec->name, c->spec->summary);
		if (ask())
			return ERR_OK;
		return err_set(err, ERR_USAGE, "%s: not confirmed; nothing was done",
			       c->spec->name);
	}
	err_set(err, ERR_USAGE, "%s asks before it does its work, and nobody could answer",
		c->spec->name);
	err_hint(err, "Say --yes when that is what you want.");
	return ERR_USAGE;
}

static enum err_code check_globals(struct call *c, struct err *err)
{
	struct session *s = &c->face->session;
	const char *db = arg_text(c->globals, "db"), *org = arg_text(c->globals, "org");
	bool is_other = db != NULL && (s->place_name == NULL || strcmp(db, s->place_name) != 0);

	if (is_other && c->face->is_script) {
		err_set(err, ERR_USAGE, "--db is chosen before the first command");
		err_hint(err, "Say it on the command line of leat.");
		return ERR_USAGE;
	}
	s->place_name = db != NULL ? arena_strdup(c->face->mem, db) : s->place_name;
	if (org != NULL && (s->org == NULL || strcmp(s->org, org) != 0))
		s->org = arena_strdup(c->face->mem, org);
	if (!c->face->is_script &&
	    (arg_given(c->globals, "file") || arg_given(c->globals, "version")))
		return err_set(err, ERR_USAGE, "--%s does not go with a command",
			       arg_given(c->globals, "file") ? "file" : "version");
	return ERR_OK;
}

static void on_stop(void *ctx)
{
	session_interrupt(ctx);
}

static enum err_code run(struct call *c, struct err *err)
{
	bool is_quiet = arg_bool(c->globals, "quiet");
	const char *progress = arg_text(c->globals, "progress");
	enum render_form form = (enum render_form)render_form_of(form_word(c->globals, c->spec));
	struct cmd_ctx ctx = {
		.mem = c->mem,
		.session = &c->face->session,
		.stop = signals_stop(),
		.is_confirmed = (c->spec->flags & CMD_DESTROYS) || arg_bool(c->globals, "yes"),
		.progress = on_progress,
		.note = on_note,
		.ask = on_ask,
		.is_talking = isatty(STDIN_FILENO) && isatty(STDERR_FILENO),
		.face = c,
	};
	struct err end = { 0 };
	enum err_code rc, ended;

	if (form == RENDER_XLSX && isatty(STDOUT_FILENO)) {
		err_set(err, ERR_USAGE, "a workbook cannot be shown on a terminal");
		err_hint(err, "Send it to a file: leat -o xlsx ... > FILE.xlsx");
		return ERR_USAGE;
	}
	c->render = render_new(c->mem, form, c->spec, stdout, render_width(stdout));
	c->bar = bar_new(progress != NULL ? progress : "auto", is_quiet);
	log_setup(is_quiet ? LOG_ERROR : LOG_WARN + (enum log_level)arg_count(c->globals,
									      "verbose"),
		  false);
	signals_drain_first((c->spec->flags & CMD_DRAINS) != 0);
	if (!(c->spec->flags & CMD_NO_DB))
		signals_watch(on_stop, &c->face->session);
	c->reply = reply_new(c->mem, c->spec, on_row, c);
	rc = c->spec->run(&ctx, c->args, c->reply, err);
	if (reply_is_many(c->reply))
		render_many(c->render);
	if (reply_is_none(c->reply))
		render_none(c->render);
	signals_unwatch();
	signals_drain_first(false);
	bar_free(c->bar);
	ended = render_end(c->render, &end);
	if (render_is_closed(c->render) && rc == ERR_INTERRUPTED &&
	    atomic_load(signals_stop()) == SIGNALS_CLOSED) {
		signals_clear();
		return ERR_OK;
	}
	if (rc == ERR_OK && ended != ERR_OK) {
		*err = end;
		rc = ended;
	}
	if (rc == ERR_OK && !is_quiet && render_is_blank(c->render))
		fputs("nothing to show\n", stderr);
	return rc;
}

static bool is_console(const struct call *c)
{
	return c->face->console != NULL && !c->face->is_script &&
	       strcmp(c->spec->name, "console") == 0 && isatty(STDIN_FILENO) &&
	       isatty(STDOUT_FILENO);
}

static enum err_code run_parsed(struct call *c, struct err *err)
{
	enum err_code rc = check_globals(c, err);

	if (rc == ERR_OK && is_console(c))
		return c->face->console(c->globals, c->args, err);

	if (rc == ERR_OK)
		rc = confirm(c, err);
	return rc == ERR_OK ? run(c, err) : rc;
}

enum err_code face_run(struct face *f, int nwords, char *const *words, struct err *err)
{
	struct call c = { .face = f, .mem = arena_new(f->mem, "call") };
	struct cmd_args *before = f->globals;
	enum err_code rc;

	c.globals = cmd_globals_new(c.mem, f->globals);
	rc = cmd_read(c.mem, nwords, words, c.globals, &c.spec, &c.args, err);
	if (rc == ERR_OK)
		rc = run_parsed(&c, err);
	if (rc != ERR_OK) {
		/* In the form that this very call asked for. */
		f->globals = c.globals;
		face_complain(f, err);
		f->globals = before;
	}
	arena_free(c.mem);
	return rc;
}

enum err_code face_run_plain(struct face *f, const char *name, struct err *err)
{
	char *words[] = { arena_strdup(f->mem, name), NULL };

	return face_run(f, 1, words, err);
}
