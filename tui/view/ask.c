/*
 * tui/view/ask.c
 *	Commands that views ask for, and which answer belongs to whom.
 */
#include <stdarg.h>
#include <string.h>

#include "core/base/arena.h"
#include "tui/view/state.h"

int64_t ask_new(struct app *a, struct view *v, int what)
{
	if (a->nasks == a->cap_asks) {
		a->cap_asks = a->cap_asks * 2 + 8;
		a->ask = mem_resize(a->ask, (size_t)a->cap_asks * sizeof(*a->ask));
	}
	a->ask[a->nasks++] = (struct ask){ ++a->last_token, v, what };
	return a->last_token;
}

struct ask *ask_find(struct app *a, int64_t token)
{
	for (int i = 0; i < a->nasks; i++)
		if (a->ask[i].token == token)
			return &a->ask[i];
	return NULL;
}

/* Its answer, should it come, belongs to nobody. */
static void give_up(struct app *a, struct ask *k)
{
	k->view = NULL;
	a->port->stop(a->port->ctx, k->token);
}

void ask_drop_view(struct app *a, struct view *v)
{
	for (int i = 0; i < a->nasks; i++)
		if (a->ask[i].view == v)
			give_up(a, &a->ask[i]);
}

void words_add(struct view_words *w, const char *word)
{
	if (w->n < VIEW_WORDS)
		w->word[w->n++] = word;
}

void view_ask(struct view *v, int what, const struct view_words *words)
{
	struct app *a = v->app;

	for (int i = 0; i < a->nasks; i++)
		if (a->ask[i].view == v && a->ask[i].what == what)
			give_up(a, &a->ask[i]);
	a->port->run(a->port->ctx, ask_new(a, v, what), words->n, words->word, true, false);
}

void view_askl(struct view *v, int what, ...)
{
	struct view_words w = { 0 };
	const char *word;
	va_list ap;

	va_start(ap, what);
	while ((word = va_arg(ap, const char *)) != NULL)
		words_add(&w, word);
	va_end(ap);
	view_ask(v, what, &w);
}

bool view_is_asking(const struct view *v, int what)
{
	const struct app *a = v->app;

	for (int i = 0; i < a->nasks; i++)
		if (a->ask[i].view == v && a->ask[i].what == what)
			return true;
	return false;
}
