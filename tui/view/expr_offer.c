/*
 * tui/view/expr_offer.c
 *	Names of fields and functions while an expression is typed.
 */
#include "tui/view/expr_offer.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/command/expr_words.h"
#include "tui/widget/line.h"

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* A field as it stands in an expression. */
void expr_quote(struct buf *out, const char *name)
{
	const char *p = name;

	while (is_name_char(*p))
		p++;
	if (*p == '\0' && p > name) {
		buf_adds(out, name);
		return;
	}
	buf_adds(out, "\"");
	for (p = name; *p != '\0'; p++)
		buf_addf(out, *p == '"' ? "\"\"" : "%c", *p);
	buf_adds(out, "\"");
}

struct offer {
	struct arena *mem;
	const char *begun;	/* what is typed of the word */
	size_t len;
	int n;
	const char *word[200], *help[200];
	bool is_open[200];
};

static void add_offer(struct offer *o, const char *word, const char *help, bool is_open)
{
	/* Who begins to type a name need not know that it will stand in quotes. */
	const char *name = word + (word[0] == '"' && o->begun[0] != '"');

	if (o->n < 200 && strncasecmp(name, o->begun, o->len) == 0) {
		o->word[o->n] = word;
		o->help[o->n] = help;
		o->is_open[o->n++] = is_open;
	}
}

void expr_offer(const char *text, size_t at, expr_name_fn name_at, void *ctx)
{
	struct offer o = { .mem = arena_new(NULL, "offer") };
	const char *name, *signature, *help = NULL;
	size_t from = at;

	while (from > 0 && is_name_char(text[from - 1]))
		from--;
	from -= from > 0 && text[from - 1] == '"';
	o.begun = arena_strndup(o.mem, text + from, at - from);
	o.len = at - from;
	for (int i = 0; (name = name_at(ctx, i, &help)) != NULL; i++) {
		struct buf word;

		buf_init(&word, 4096);
		expr_quote(&word, name);
		add_offer(&o, arena_strdup(o.mem, buf_str(&word)), help, false);
		buf_release(&word);
	}
	for (int i = 0; expr_word_at(i, &name, &signature); i++)
		add_offer(&o, arena_printf(o.mem, "%s(", name), signature, true);
	line_offer(arena_strndup(o.mem, text, at), from, o.n, o.word, o.help, o.is_open);
	arena_free(o.mem);
}
