/*
 * core/meta/filter_sql.c
 *	A filter as a condition: expressions are the list's own, values are parameters.
 */
#include <ctype.h>
#include <string.h>

#include "core/base/amount.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/db/db.h"
#include "core/meta/filter_node.h"

#define SQL_LIMIT (1 << 20)

struct writer {
	struct arena *mem;
	const struct filter *f;
	struct buf out;
	int first;
	struct db_param *param;
	int n;
	bool is_full;
};

/* Number of the parameter that holds v from now on. */
static int put(struct writer *w, struct db_param v)
{
	if (w->n == FILTER_PARAMS_MAX) {
		w->is_full = true;
		return 1;
	}
	w->param[w->n] = v;
	return w->first + w->n++;
}

const char *filter_like(struct arena *mem, const char *text)
{
	char *out = arena_bytes(mem, 2 * strlen(text) + 3), *p = out;

	*p++ = '%';
	for (; *text != '\0'; text++) {
		if (strchr("%_\\", *text) != NULL)
			*p++ = '\\';
		*p++ = *text;
	}
	*p++ = '%';
	*p = '\0';
	return out;
}

/* "{a,b}" of the choices with these bits. */
static const char *choice_array(struct writer *w, const struct filter_col *c, unsigned bits)
{
	const char *list = "{", *s = c->choices;

	for (int i = 0; s != NULL; i++) {
		size_t n = strcspn(s, "|");

		if (bits & (1u << i))
			list = arena_printf(w->mem, "%s%s%.*s", list, list[1] != '\0' ? "," : "",
					    (int)n, s);
		s = s[n] == '|' ? s + n + 1 : NULL;
	}
	return arena_printf(w->mem, "%s}", list);
}

static void put_choices(struct writer *w, const struct filter_col *c, unsigned bits)
{
	const char *glue = "";

	if (c->kind == FILTER_CHOICE) {
		buf_addf(&w->out, "%s = any ($%d::text[])", c->sql,
			 put(w, DB_TEXT(choice_array(w, c, bits))));
		return;
	}
	buf_addf(&w->out, "%s in (", c->sql);
	for (int i = 0; i < 32; i++) {
		if (!(bits & (1u << i)))
			continue;
		buf_addf(&w->out, "%s%d", glue, i);
		glue = ", ";
	}
	buf_adds(&w->out, ")");
}

/* Bits of the choices that hold the word. */
static unsigned choices_with(const struct filter_col *c, const char *word)
{
	unsigned bits = 0;
	const char *s = c->choices;

	for (int i = 0; s != NULL; i++) {
		size_t n = strcspn(s, "|"), len = strlen(word), k = 0;

		for (; k + len <= n; k++) {
			size_t m = 0;

			while (m < len && tolower((unsigned char)s[k + m]) ==
					  tolower((unsigned char)word[m]))
				m++;
			if (m == len)
				break;
		}
		bits |= k + len <= n ? 1u << i : 0;
		s = s[n] == '|' ? s + n + 1 : NULL;
	}
	return bits;
}

/* One column of those that a plain word is looked for in; false: it cannot be there. */
static bool put_word(struct writer *w, const struct filter_col *c, const struct filter_term *t,
		     int like, const char *glue)
{
	double v;

	if (c->kind == FILTER_TEXT) {
		buf_addf(&w->out, "%s%s %s $%d::text", glue, c->sql,
			 t->op == FILTER_MATCHES ? "~*" : "ilike", like);
		return true;
	}
	if (t->op == FILTER_MATCHES)
		return false;
	if (c->kind == FILTER_CHOICE || c->kind == FILTER_ORDINAL) {
		unsigned bits = choices_with(c, t->text);

		if (bits == 0)
			return false;
		buf_adds(&w->out, glue);
		put_choices(w, c, bits);
		return true;
	}
	if (t->text[strspn(t->text, "0123456789")] != '\0' || !amount_count(t->text, &v))
		return false;
	buf_addf(&w->out, "%s%s::text = $%d::text", glue, c->sql, put(w, DB_TEXT(t->text)));
	return true;
}

static void put_words(struct writer *w, const struct filter_term *t)
{
	const char *text = t->op == FILTER_MATCHES ? t->text : filter_like(w->mem, t->text);
	int like = put(w, DB_TEXT(text));
	const char *glue = "(";

	for (const struct filter_col *c = w->f->cols; c->name != NULL; c++)
		if ((c->flags & FILTER_WORDS) && put_word(w, c, t, like, glue))
			glue = " or ";
	/* The parameter has to stand somewhere: a list may have no text at all. */
	buf_addf(&w->out, "%s$%d::text is null)", glue, like);
}

static void put_bound(struct writer *w, const struct filter_col *c, const char *sign,
		      const struct filter_bound *b, const char *glue)
{
	if (b->text != NULL)
		buf_addf(&w->out, "%s%s %s $%d::text", glue, c->sql, sign,
			 put(w, DB_TEXT(b->text)));
	else if (c->kind == FILTER_TIME)
		buf_addf(&w->out, "%s%s %s to_timestamp($%d::float8 / 1000000)", glue, c->sql, sign,
			 put(w, DB_FLOAT8(b->v)));
	else
		buf_addf(&w->out, "%s%s %s $%d::float8", glue, c->sql, sign,
			 put(w, DB_FLOAT8(b->v)));
}

static void put_within(struct writer *w, const struct filter_term *t)
{
	const char *glue = "(";

	if (t->lo.is_set) {
		put_bound(w, t->col, t->lo.is_out ? ">" : ">=", &t->lo, glue);
		glue = " and ";
	}
	if (t->hi.is_set)
		put_bound(w, t->col, t->hi.is_out ? "<" : "<=", &t->hi, glue);
	buf_adds(&w->out, ")");
}

static void put_term(struct writer *w, const struct filter_term *t)
{
	const struct filter_col *c = t->col;

	if (c == NULL) {
		put_words(w, t);
		return;
	}
	switch (t->op) {
	case FILTER_HAS:
		buf_addf(&w->out, "%s ilike $%d::text", c->sql,
			 put(w, DB_TEXT(filter_like(w->mem, t->text))));
		break;
	case FILTER_MATCHES:
		buf_addf(&w->out, "%s ~* $%d::text", c->sql, put(w, DB_TEXT(t->text)));
		break;
	case FILTER_WITHIN:
		put_within(w, t);
		break;
	case FILTER_IS:
		if (c->kind == FILTER_BOOL)
			buf_addf(&w->out, "(%s) is %strue", c->sql, t->choices ? "" : "not ");
		else if (c->kind == FILTER_TEXT)
			buf_addf(&w->out, "coalesce(%s, '') = $%d::text", c->sql,
				 put(w, DB_TEXT(t->text)));
		else
			put_choices(w, c, t->choices);
		break;
	}
}

static void put_node(struct writer *w, const struct filter_node *n, bool in_not)
{
	const char *glue = "(";

	switch (n->kind) {
	case FILTER_TERM:
		/* What is unknown is no match, and its opposite is one. */
		buf_adds(&w->out, in_not ? "coalesce(" : "");
		put_term(w, &n->term);
		buf_adds(&w->out, in_not ? ", false)" : "");
		return;
	case FILTER_NOT:
		buf_adds(&w->out, "not ");
		put_node(w, n->first, true);
		return;
	case FILTER_ALL:
	case FILTER_ANY:
		for (const struct filter_node *p = n->first; p != NULL; p = p->next) {
			if (p->is_dropped)
				continue;
			buf_adds(&w->out, glue);
			put_node(w, p, in_not);
			glue = n->kind == FILTER_ALL ? " and " : " or ";
		}
		buf_adds(&w->out, glue[0] == '(' ? "true" : ")");
		return;
	}
}

enum err_code filter_sql(struct arena *mem, const struct filter *f, int first, const char **sql,
			 struct db_param *params, int *nparams, struct err *err)
{
	struct writer w = { .mem = mem, .f = f, .first = first, .param = params };

	buf_init(&w.out, SQL_LIMIT);
	put_node(&w, f->root, false);
	*sql = arena_strdup(mem, buf_str(&w.out));
	*nparams = w.n;
	w.is_full |= w.out.len == SQL_LIMIT;
	buf_release(&w.out);
	return w.is_full ? err_set(err, ERR_USAGE, "the filter has too many terms") : ERR_OK;
}

enum err_code filter_refused(const struct filter *f, struct err *err)
{
	char text[300];

	if (strcmp(err->sqlstate, "2201B") == 0) {
		err_text(err, text, sizeof(text));
		if (f->nregex == 1)
			err_set(err, ERR_USAGE, "filter, character %zu: %s", f->regex_at, text);
		else
			err_set(err, ERR_USAGE, "filter: %s", text);
	} else if (strcmp(err->sqlstate, "57014") == 0 && err->code != ERR_INTERRUPTED) {
		err_set(err, ERR_TIMEOUT, "the filter took too long");
		err_hint(err, "Leave out what is slow, or look at fewer rows: by state or since.");
	}
	return err->code;
}
