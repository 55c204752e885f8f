/*
 * tui/term/theme.c
 *	Theme files: what is said, and what follows for poorer terminals.
 */
#include "tui/term/theme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/nearest.h"
#include "tui/term/colour.h"

#define LINE_MAX_BYTES 256
#define BLANKS " \t\r"

/* themes/default.theme, put into the program by the build. */
extern const char theme_text[];

static const struct {
	const char *word;
	unsigned attr;
} attrs[] = {
	{ "bold", LOOK_BOLD },
	{ "underline", LOOK_UNDERLINE },
	{ "reverse", LOOK_REVERSE },
	{ "italic", LOOK_ITALIC },
	{ "dim", LOOK_DIM },
};

/* Steps of struct theme, poorest first. */
static const struct {
	enum ladder ladder;
	const char *suffix;
} steps[THEME_STEPS] = {
	{ LADDER_MONO, ".mono" },
	{ LADDER_8, ".8" },
	{ LADDER_16, ".16" },
	{ LADDER_256, ".256" },
	{ LADDER_TRUE, "" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct parser {
	const char *file;
	int line;
	struct theme *out;
	int given[ROLE_COUNT][THEME_STEPS];	/* the line that said it; 0: none did */
	struct err *err;
};

/* ---- fitting --------------------------------------------------------------- */

/* Text that fell on its own background is black or white, whichever is seen better. */
static void part_colours(struct look *l, int white)
{
	int bg = colour_rgb(l->bg);

	if (l->fg != l->bg || l->fg == THEME_DEFAULT_COLOUR)
		return;
	l->fg = colour_contrast(bg, colour_rgb(0)) > colour_contrast(bg, colour_rgb(white)) ?
		0 : white;
}

static struct look fit(struct look l, enum ladder ladder)
{
	struct look to = { .attr = l.attr };

	if (ladder == LADDER_8) {
		/* The bright eight are the others in bold, where they can be seen at all. */
		if (l.fg == 8)
			l.fg = 7;
		else if (l.fg > 8 && l.fg < 16)
			to.attr |= LOOK_BOLD;
		l.fg = l.fg > 8 && l.fg < 16 ? l.fg - 8 : l.fg;
		l.bg = l.bg >= 8 && l.bg < 16 ? l.bg - 8 : l.bg;
	}
	to.fg = colour_fit(l.fg, ladder);
	to.bg = colour_fit(l.bg, ladder);
	if (l.fg != l.bg && ladder != LADDER_TRUE && ladder != LADDER_MONO)
		part_colours(&to, ladder == LADDER_8 ? 7 : 15);
	return to;
}

static void fit_role(struct parser *p, int role)
{
	for (int s = THEME_STEPS - 1; s >= 0; s--) {
		struct look *l = &p->out->look[s][role];
		bool is_said = p->given[role][s] != 0;

		/* A look that nothing was said about, up to here, stays the built-in one. */
		if (!is_said && (s == THEME_STEPS - 1 || p->given[role][s + 1] == 0))
			continue;
		if (!is_said) {
			/* Bold for brightness on eight colours means nothing on none. */
			int from = s == 0 && p->given[role][1] != 0 ? THEME_STEPS - 1 : s + 1;

			*l = p->out->look[from][role];
			p->given[role][s] = p->given[role][s + 1];
		}
		*l = fit(*l, steps[s].ladder);
	}
}

/* ---- lines ----------------------------------------------------------------- */

static enum err_code wrong(const struct parser *p, const char *what, const char *word)
{
	return err_set(p->err, ERR_CONFIG, "%s:%d: %s: \"%s\"", p->file, p->line, what, word);
}

static bool attr_of(const char *word, unsigned *attr)
{
	for (size_t i = 0; i < COUNT(attrs); i++) {
		if (strcmp(attrs[i].word, word) == 0) {
			*attr |= attrs[i].attr;
			return true;
		}
	}
	return false;
}

/* The next word of *at, terminated; NULL: no more. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, BLANKS), *end = word + strcspn(word, BLANKS);

	if (*word == '\0')
		return NULL;
	*at = *end == '\0' ? end : end + 1;
	*end = '\0';
	return word;
}

/* "FG [on BG] [attributes]" */
static enum err_code parse_look(struct parser *p, char *value, struct look *out)
{
	bool is_first = true;
	char *word;

	*out = (struct look){ .fg = THEME_DEFAULT_COLOUR, .bg = THEME_DEFAULT_COLOUR };
	while ((word = next_word(&value)) != NULL) {
		int *colour = is_first ? &out->fg : &out->bg;

		if (attr_of(word, &out->attr)) {
			is_first = false;
			continue;
		}
		if (strcmp(word, "on") == 0) {
			word = next_word(&value);
			if (word == NULL)
				return wrong(p, "a colour is missing behind", "on");
			colour = &out->bg;
		} else if (!is_first) {
			wrong(p, "not an attribute", word);
			err_hint(p->err, "Attributes are bold, underline, reverse, italic and dim.");
			return ERR_CONFIG;
		}
		if (!colour_parse(word, colour)) {
			wrong(p, "not a colour", word);
			err_hint(p->err, "A colour is default, a name such as bright-blue, "
				 "0 to 255, or #rrggbb.");
			return ERR_CONFIG;
		}
		is_first = false;
	}
	return is_first ? wrong(p, "no colour is said", "") : ERR_OK;
}

/* "role" or "role.16": fills *role and *step. */
static enum err_code parse_role(struct parser *p, char *name, int *role, int *step)
{
	char *dot = strchr(name, '.');
	struct nearest near;

	*step = -1;
	for (int s = 0; s < THEME_STEPS; s++)
		if (strcmp(steps[s].suffix, dot == NULL ? "" : dot) == 0)
			*step = s;
	if (*step < 0) {
		wrong(p, "no such step", dot);
		err_hint(p->err, "Steps are .256, .16, .8 and .mono.");
		return ERR_CONFIG;
	}
	if (dot != NULL)
		*dot = '\0';
	*role = role_of(name);
	if (*role >= 0)
		return ERR_OK;
	wrong(p, "no such role", name);
	nearest_init(&near, name);
	for (int r = 0; r < ROLE_COUNT; r++)
		nearest_try(&near, role_name((enum role)r));
	if (nearest_best(&near) != NULL)
		err_hint(p->err, "Meant was perhaps \"%s\".", nearest_best(&near));
	return ERR_CONFIG;
}

static enum err_code parse_line(struct parser *p, char *line)
{
	char *name = line + strspn(line, BLANKS), *value = strchr(name, '=');
	struct look look;
	int role, step;
	enum err_code rc;

	if (*name == '\0' || *name == '#')
		return ERR_OK;
	if (value == NULL)
		return wrong(p, "a line is NAME = COLOUR, this is not", name);
	*value++ = '\0';
	name[strcspn(name, BLANKS)] = '\0';
	if (strcmp(name, "name") == 0) {
		value += strspn(value, BLANKS);
		snprintf(p->out->title, sizeof(p->out->title), "%.*s",
			 (int)(sizeof(p->out->title) - 1), value);
		return ERR_OK;
	}
	rc = parse_role(p, name, &role, &step);
	if (rc == ERR_OK)
		rc = parse_look(p, value, &look);
	if (rc != ERR_OK)
		return rc;
	if (p->given[role][step] != 0)
		return err_set(p->err, ERR_CONFIG, "%s:%d: %s%s was said in line %d already",
			       p->file, p->line, name, steps[step].suffix, p->given[role][step]);
	p->given[role][step] = p->line;
	p->out->look[step][role] = look;
	return ERR_OK;
}

static enum err_code parse_text(struct parser *p, const char *text)
{
	while (*text != '\0') {
		char line[LINE_MAX_BYTES];
		size_t n = strcspn(text, "\n");
		enum err_code rc;

		p->line++;
		if (n >= sizeof(line))
			return err_set(p->err, ERR_CONFIG, "%s:%d: longer than %d bytes", p->file,
				       p->line, LINE_MAX_BYTES - 1);
		memcpy(line, text, n);
		line[n] = '\0';
		rc = parse_line(p, line);
		if (rc != ERR_OK)
			return rc;
		text += n + (text[n] == '\n');
	}
	for (int r = 0; r < ROLE_COUNT; r++)
		fit_role(p, r);
	return ERR_OK;
}

/* The name of a theme in that file: without folder and ".theme". */
static void name_of_file(const char *file, char *name, size_t size)
{
	const char *slash = strrchr(file, '/'), *base = slash == NULL ? file : slash + 1;
	size_t n = strlen(base), end = strlen(".theme");

	if (n > end && strcmp(base + n - end, ".theme") == 0)
		n -= end;
	snprintf(name, size, "%.*s", (int)(n < size ? n : size - 1), base);
}

enum err_code theme_parse(const char *file, const char *text, struct theme *out,
			  struct err *err)
{
	struct parser p = { .file = file, .out = out, .err = err };

	theme_default(out);
	name_of_file(file, out->name, sizeof(out->name));
	snprintf(out->title, sizeof(out->title), "%s", out->name);
	return parse_text(&p, text);
}

void theme_default(struct theme *out)
{
	struct err err = { 0 };
	struct parser p = { .file = "default.theme", .out = out, .err = &err };

	memset(out, 0, sizeof(*out));
	for (int s = 0; s < THEME_STEPS; s++)
		for (int r = 0; r < ROLE_COUNT; r++)
			out->look[s][r] = (struct look){ .fg = THEME_DEFAULT_COLOUR,
							 .bg = THEME_DEFAULT_COLOUR };
	snprintf(out->name, sizeof(out->name), "default");
	snprintf(out->title, sizeof(out->title), "default");
	/* A unit test reads the same file: it has no errors when it is built in. */
	if (parse_text(&p, theme_text) != ERR_OK)
		abort();
}

const struct look *theme_look(const struct theme *t, enum ladder ladder, enum role role)
{
	for (int s = THEME_STEPS - 1; s > 0; s--)
		if (ladder >= steps[s].ladder)
			return &t->look[s][role];
	return &t->look[0][role];
}
