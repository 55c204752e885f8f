/*
 * core/command/parse.c
 *	Words behind a command's name, and the options that all commands share.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/nearest.h"
#include "core/base/text.h"
#include "core/command/args.h"

static const struct val_spec globals[] = {
	{ "db", VAL_TEXT, 0, NULL, NULL,
	  "Leat's own database, as a connection string or URI.", 0 },
	{ "org", VAL_TEXT, 0, NULL, NULL, "Organization to work in.", 0 },
	{ "output", VAL_CHOICE, 0, "table", "table|json|jsonl|csv|csv-safe|xlsx",
	  "Form of the results; csv-safe: no text is a formula to a spreadsheet.", 'o' },
	{ "quiet", VAL_BOOL, 0, NULL, NULL, "No progress and no notes, only results and errors.",
	  'q' },
	{ "verbose", VAL_BOOL, ARG_REPEAT, NULL, NULL,
	  "Say more about what happens; twice says everything.", 'v' },
	{ "progress", VAL_CHOICE, 0, "auto", "auto|bar|json|none",
	  "How progress is shown on standard error.", 0 },
	{ "yes", VAL_BOOL, 0, NULL, NULL, "Answer yes to every question.", 'y' },
	{ "no-tui", VAL_BOOL, 0, NULL, NULL,
	  "Read commands from standard input or from --file, one a line.", 0 },
	{ "file", VAL_FILE, 0, NULL, NULL, "With --no-tui: read the commands from this file.",
		'f' },
	{ "help", VAL_BOOL, 0, NULL, NULL, "Show help and leave.", 'h' },
	{ "version", VAL_BOOL, 0, NULL, NULL, "Show the version and leave.", 'V' },
	VAL_END
};

struct parser {
	struct arena *mem;
	struct cmd_args *own;		/* NULL: only global options are read */
	struct cmd_args *globals;	/* NULL: global options are unknown */
	int nwords;
	char *const *word;
	int at;
	int place;			/* next positional of own->list */
	struct err *err;
};

const struct val_spec *cmd_global_list(void)
{
	return globals;
}

struct cmd_args *cmd_globals_new(struct arena *mem, const struct cmd_args *preset)
{
	struct cmd_args *a = args_new(mem, globals);

	for (int i = 0; preset != NULL && i < a->n; i++) {
		a->v[i] = preset->v[i];
		a->v[i].text = arena_array(mem, (size_t)a->v[i].cap + 1, sizeof(*a->v[i].text));
		for (int k = 0; k < a->v[i].n; k++)
			a->v[i].text[k] = preset->v[i].text[k];
	}
	return a;
}

static int find_name(const struct cmd_args *a, const char *name, size_t n)
{
	for (int i = 0; a != NULL && i < a->n; i++) {
		const struct val_spec *s = &a->list[i];

		if (!(s->flags & ARG_POSITIONAL) && strlen(s->name) == n &&
		    memcmp(s->name, name, n) == 0)
			return i;
	}
	return -1;
}

static int find_letter(const struct cmd_args *a, char letter)
{
	for (int i = 0; a != NULL && i < a->n; i++)
		if (a->list[i].letter == letter)
			return i;
	return -1;
}

static void try_options(struct nearest *near, const struct cmd_args *a)
{
	for (int i = 0; a != NULL && i < a->n; i++)
		if (!(a->list[i].flags & (ARG_POSITIONAL | ARG_HIDDEN)))
			nearest_try(near, a->list[i].name);
}

static enum err_code unknown(struct parser *p, const char *word)
{
	size_t n = strcspn(word, "=");
	struct nearest near;
	const char *typed;

	typed = arena_strndup(p->mem, word, n);
	err_set(p->err, ERR_USAGE, "there is no option %s", text_fit(p->mem, word, n, 60));
	if (strncmp(typed, "--", 2) == 0) {
		nearest_init(&near, typed + 2);
		try_options(&near, p->own);
		try_options(&near, p->globals);
		if (nearest_best(&near) != NULL)
			err_hint(p->err, "Did you mean --%s?", nearest_best(&near));
	}
	if (p->own == NULL || strncmp(typed, "--", 2) != 0)
		err_hint(p->err, "A text that begins with - can stand behind a word --.");
	return ERR_USAGE;
}

/* The value of an option: behind =, or the next word. */
static enum err_code take_value(struct parser *p, struct cmd_args *a, int i, const char *inlined)
{
	char label[64];

	if (inlined != NULL)
		return args_put(a, i, inlined, p->err);
	if (a->list[i].kind == VAL_BOOL)
		return args_put(a, i, "yes", p->err);
	if (p->at < p->nwords) {
		const char *next = p->word[p->at];
		const char *name = strncmp(next, "--", 2) == 0 ? next + 2 : "";
		bool is_option = name[0] != '\0' &&
				 (find_name(p->own, name, strlen(name)) >= 0 ||
				  find_name(p->globals, name, strlen(name)) >= 0);

		if (!is_option) {
			p->at++;
			return args_put(a, i, next, p->err);
		}
	}
	args_label(&a->list[i], label, sizeof(label));
	return err_set(p->err, ERR_USAGE, "%s needs a value", label);
}

static enum err_code long_option(struct parser *p, const char *word)
{
	size_t n = strcspn(word + 2, "=");
	const char *inlined = word[2 + n] == '=' ? word + 3 + n : NULL;
	int i = find_name(p->own, word + 2, n);

	if (i >= 0)
		return take_value(p, p->own, i, inlined);
	i = find_name(p->globals, word + 2, n);
	if (i >= 0)
		return take_value(p, p->globals, i, inlined);
	return unknown(p, word);
}

/* -q, -qv, -o json, -ojson. */
static enum err_code letters(struct parser *p, const char *word)
{
	enum err_code rc = ERR_OK;

	for (const char *c = word + 1; *c != '\0' && rc == ERR_OK; c++) {
		struct cmd_args *a = p->own;
		int i = find_letter(a, *c);

		if (i < 0) {
			a = p->globals;
			i = find_letter(a, *c);
		}
		if (i < 0)
			return unknown(p, word);
		if (a->list[i].kind == VAL_BOOL) {
			rc = args_put(a, i, "yes", p->err);
			continue;
		}
		rc = take_value(p, a, i, c[1] != '\0' ? c + 1 + (c[1] == '=') : NULL);
		break;
	}
	return rc;
}

static enum err_code positional(struct parser *p, const char *word)
{
	struct cmd_args *a = p->own;

	while (p->place < a->n && !(a->list[p->place].flags & ARG_POSITIONAL))
		p->place++;
	if (p->place == a->n)
		return err_set(p->err, ERR_USAGE, "'%s' is one word too many",
			       text_fit(p->mem, word, strlen(word), 60));
	if (a->list[p->place].flags & ARG_REPEAT)
		return args_put(a, p->place, word, p->err);
	return args_put(a, p->place++, word, p->err);
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

static enum err_code parse_words(struct parser *p)
{
	enum err_code rc = ERR_OK;
	bool is_plain = false;

	while (p->at < p->nwords && rc == ERR_OK) {
		const char *word = p->word[p->at];

		if (utf8_valid(word, strlen(word)) != strlen(word) && p->own == NULL)
			return err_set(p->err, ERR_USAGE, "an option is not UTF-8");
		if (is_plain || !is_option(word)) {
			if (p->own == NULL)
				break;
			p->at++;
			rc = positional(p, word);
			continue;
		}
		p->at++;
		if (strcmp(word, "--") == 0) {
			is_plain = true;
			if (p->own == NULL)
				break;
		} else if (word[1] == '-') {
			rc = long_option(p, word);
		} else {
			rc = letters(p, word);
		}
	}
	return rc;
}

enum err_code cmd_parse_globals(struct arena *mem, int nwords, char *const *words,
				struct cmd_args *into, int *used, struct err *err)
{
	struct parser p = {
		.mem = mem, .globals = into, .nwords = nwords, .word = words, .err = err,
	};
	enum err_code rc = parse_words(&p);

	*used = p.at;
	return rc;
}

static enum err_code check_required(const struct cmd_spec *spec, const struct cmd_args *a,
				    struct err *err)
{
	char label[64];

	for (int i = 0; i < a->n; i++) {
		if (!(a->list[i].flags & ARG_REQUIRED) || a->v[i].n > 0)
			continue;
		args_label(&a->list[i], label, sizeof(label));
		err_set(err, ERR_USAGE, "%s needs %s", spec->name, label);
		err_hint(err, "See: leat help %s.", spec->name);
		return ERR_USAGE;
	}
	return ERR_OK;
}

enum err_code cmd_parse_both(struct arena *mem, const struct cmd_spec *spec, int nwords,
			     char *const *words, struct cmd_args *into, struct cmd_args **out,
			     struct err *err)
{
	struct parser p = {
		.mem = mem, .own = args_new(mem, spec->args), .globals = into,
		.nwords = nwords, .word = words, .err = err,
	};
	enum err_code rc = parse_words(&p);

	*out = p.own;
	if (rc == ERR_OK && (into == NULL || !arg_bool(into, "help")))
		rc = check_required(spec, p.own, err);
	if (rc == ERR_OK)
		rc = args_finish(p.own, err);
	if (rc == ERR_USAGE)
		err_hint(err, "See: leat help %s.", spec->name);
	return rc;
}

enum err_code cmd_parse(struct arena *mem, const struct cmd_spec *spec, int nwords,
			char *const *words, struct cmd_args **out, struct err *err)
{
	return cmd_parse_both(mem, spec, nwords, words, NULL, out, err);
}

/* ---- all the words of a call ------------------------------------------------ */

/* The second words of what begins with first: "list, show, run". */
static void words_behind(const char *first, char *out, size_t size)
{
	size_t n = strlen(first);
	int count;
	const struct cmd_spec *const *all = cmd_all(&count);

	out[0] = '\0';
	for (int i = 0; i < count; i++) {
		const char *name = all[i]->name;
		size_t used = strlen(out);

		if (strncmp(name, first, n) == 0 && name[n] == ' ' &&
		    !(all[i]->flags & CMD_HIDDEN))
			snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
				 name + n + 1);
	}
}

static enum err_code no_command(struct arena *mem, int nwords, char *const *words, struct err *err)
{
	char typed[128], list[240];
	const char *near;

	snprintf(typed, sizeof(typed), "%s%s%s", words[0], nwords > 1 ? " " : "",
		 nwords > 1 ? words[1] : "");
	words_behind(words[0], list, sizeof(list));
	if (list[0] != '\0' && nwords == 1)
		return err_set(err, ERR_USAGE, "%s needs one word more: %s", words[0], list);
	err_set(err, ERR_USAGE, "there is no command %s",
		text_fit(mem, typed, strlen(typed), 60));
	near = cmd_nearest(typed);
	if (near == NULL)
		near = cmd_nearest(words[0]);
	if (near != NULL)
		err_hint(err, "Did you mean: %s?", near);
	else if (list[0] != '\0')
		err_hint(err, "Behind %s stands one of: %s.", words[0], list);
	else
		err_hint(err, "All commands are shown by: leat help.");
	return ERR_USAGE;
}

/* `leat job cancel --help` is `leat help job cancel`. */
static enum err_code read_help(struct arena *mem, const char *about, const struct cmd_spec **spec,
			       struct cmd_args **out, struct err *err)
{
	char *words[] = { NULL, NULL, NULL };
	char *name = arena_strdup(mem, about);
	int n = 0, used;

	for (char *p = name; p != NULL && n < 3; n++) {
		words[n] = p;
		p = strchr(p, ' ');
		if (p != NULL)
			*p++ = '\0';
	}
	*spec = cmd_find(1, (char *const[]){ arena_strdup(mem, "help") }, &used);
	return cmd_parse(mem, *spec, n, words, out, err);
}

/* `leat job --help`: no command, and yet words that begin some. */
static bool asks_about(struct arena *mem, int nwords, char *const *words, struct cmd_args *into)
{
	struct err err = { 0 };
	char list[240];
	int used = 0;

	words_behind(words[0], list, sizeof(list));
	return list[0] != '\0' &&
	       cmd_parse_globals(mem, nwords - 1, words + 1, into, &used, &err) == ERR_OK &&
	       used == nwords - 1 && arg_bool(into, "help");
}

enum err_code cmd_read(struct arena *mem, int nwords, char *const *words, struct cmd_args *into,
		       const struct cmd_spec **spec, struct cmd_args **out, struct err *err)
{
	int used = 0;
	enum err_code rc = cmd_parse_globals(mem, nwords, words, into, &used, err);

	*spec = NULL;
	*out = NULL;
	if (rc != ERR_OK)
		return rc;
	nwords -= used;
	words += used;
	if (nwords == 0) {
		err_set(err, ERR_USAGE, "a command is missing");
		err_hint(err, "All commands are shown by: leat help.");
		return ERR_USAGE;
	}
	*spec = cmd_find(nwords, words, &used);
	if (*spec == NULL && asks_about(mem, nwords, words, into))
		return read_help(mem, words[0], spec, out, err);
	if (*spec == NULL)
		return no_command(mem, nwords, words, err);
	rc = cmd_parse_both(mem, *spec, nwords - used, words + used, into, out, err);
	if (rc == ERR_OK && arg_bool(into, "help") && strcmp((*spec)->name, "help") != 0)
		rc = read_help(mem, (*spec)->name, spec, out, err);
	return rc;
}
