/*
 * core/command/words.c
 *	A line of a script as words.
 */
#include "core/command/words.h"

#include <string.h>

#include "core/base/arena.h"

struct splitter {
	const char *p;
	char *out;	/* end of the word being made */
	char quote;	/* open one, or 0 */
	bool is_cut;	/* a backslash stood at the end */
	const char *last;	/* where the last word begins */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One word into s->out; ends behind it. */
static void read_word(struct splitter *s)
{
	for (; *s->p != '\0'; s->p++) {
		char c = *s->p;

		if (s->quote == 0 && is_blank(c))
			return;
		if (c == '\\' && s->quote != '\'') {
			char next = s->p[1];

			if (next == '\0') {
				s->is_cut = true;
				continue;
			}
			if (s->quote == '"' && next != '"' && next != '\\') {
				*s->out++ = c;
				continue;
			}
			*s->out++ = next;
			s->p++;
		} else if (s->quote != 0 && c == s->quote) {
			s->quote = 0;
		} else if (s->quote == 0 && (c == '\'' || c == '"')) {
			s->quote = c;
		} else {
			*s->out++ = c;
		}
	}
}

static void split(struct arena *mem, struct splitter *s, int *n, char ***out, bool *is_new)
{
	size_t len = strlen(s->p);
	char **word = arena_array(mem, len / 2 + 2, sizeof(*word));

	s->out = arena_bytes(mem, len * 2 + 2);
	*n = 0;
	*is_new = true;
	for (;;) {
		while (is_blank(*s->p))
			s->p++;
		if (*s->p == '\0' || *s->p == '#')
			break;
		word[(*n)++] = s->out;
		s->last = s->p;
		read_word(s);
		*s->out++ = '\0';
		*is_new = *s->p != '\0';
	}
	word[*n] = NULL;
	*out = word;
}

enum err_code words_split(struct arena *mem, const char *line, int *n, char ***out,
			  struct err *err)
{
	struct splitter s = { .p = line };
	bool is_new;

	split(mem, &s, n, out, &is_new);
	if (s.quote != 0)
		return err_set(err, ERR_USAGE, "a quote %c is not closed", s.quote);
	if (s.is_cut)
		return err_set(err, ERR_USAGE, "a backslash stands at the end of the line");
	return ERR_OK;
}

void words_split_open(struct arena *mem, const char *line, int *n, char ***out, char *open,
		      bool *is_new)
{
	struct splitter s = { .p = line };

	split(mem, &s, n, out, is_new);
	*open = s.quote;
}

size_t words_last_at(const char *line)
{
	struct arena *mem = arena_new(NULL, "words");
	struct splitter s = { .p = line };
	char **words;
	bool is_new;
	int n;

	split(mem, &s, &n, &words, &is_new);
	arena_free(mem);
	return is_new ? strlen(line) : (size_t)(s.last - line);
}

char *words_quote(struct arena *mem, const char *text)
{
	char *out, *p;

	if (text[0] != '\0' && text[0] != '#' && strpbrk(text, " \t\r\n'\"\\") == NULL)
		return arena_strdup(mem, text);
	p = out = arena_bytes(mem, 4 * strlen(text) + 3);
	*p++ = '\'';
	for (; *text != '\0'; text++) {
		if (*text == '\'') {
			memcpy(p, "'\\'", 3);
			p += 3;
		}
		*p++ = *text;
	}
	*p++ = '\'';
	*p = '\0';
	return out;
}
