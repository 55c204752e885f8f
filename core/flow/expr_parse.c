/*
 * core/flow/expr_parse.c
 *	From text to typed nodes: tokens, precedence, names.
 *
 * Precedence climbing. Loosest first: | (pipe), or, and, not, comparisons
 * with is/in/like, ||, + -, * / %, unary minus. A pipe takes everything to
 * its left, so that "a || b | trim" trims the whole.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/expr_node.h"
#include "core/flow/parse.h"

enum token_kind { T_END, T_NAME, T_QUOTED, T_TEXT, T_NUMBER, T_OP };

struct token {
	enum token_kind kind;
	int at;
	struct slice raw;	/* name, operator or number as written; quotes taken off */
};

enum power { P_NONE, P_PIPE, P_OR, P_AND, P_NOT, P_COMPARE, P_CONCAT, P_ADD, P_MUL, P_UNARY };

struct parser {
	struct compiler c;
	struct token t;	/* the next one, not yet taken */
};

static enum err_code parse_expr(struct parser *p, enum power least, struct expr **out);

enum err_code expr_fail(struct compiler *c, int at, const char *fmt, ...)
{
	char why[160];
	va_list args;
	int chars = 1;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	/* Characters, not bytes: what a person counts. */
	for (int i = 0; i < at && (size_t)i < c->len; i++)
		chars += ((unsigned char)c->text[i] & 0xC0) != 0x80;
	return err_set(c->err, ERR_CONFIG, "at character %d: %s", chars, why);
}

int expr_error_at(const struct err *err)
{
	static const char head[] = "at character ";
	const char *text = err->nframes > 0 ? err->frame[0].text : "";
	char *end;
	long at;

	if (strncmp(text, head, sizeof(head) - 1) != 0)
		return 0;
	at = strtol(text + sizeof(head) - 1, &end, 10);
	return *end == ':' ? (int)at : 0;
}

/* Foreign text for a message: clean and short. */
static const char *shown(struct compiler *c, struct slice s)
{
	return text_fit(c->mem, s.p, s.n, 40);
}

static bool is_name_char(char ch)
{
	unsigned char u = (unsigned char)ch;

	return u >= 0x80 || ch == '_' || (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') ||
	       (u >= 'A' && u <= 'Z');
}

static bool is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

/* Up to the closing quote; two of them stand for one. */
static enum err_code lex_quoted(struct parser *p, char quote)
{
	struct compiler *c = &p->c;
	char *out = arena_bytes(c->mem, c->len - c->pos + 1);
	size_t n = 0;

	for (c->pos++; c->pos < c->len; c->pos++) {
		if (c->text[c->pos] == quote) {
			if (c->pos + 1 >= c->len || c->text[c->pos + 1] != quote)
				break;
			c->pos++;
		}
		out[n++] = c->text[c->pos];
	}
	if (c->pos >= c->len)
		return expr_fail(c, p->t.at, "a %s is not closed",
				 quote == '"' ? "quoted name" : "text");
	c->pos++;
	out[n] = '\0';
	p->t.kind = quote == '"' ? T_QUOTED : T_TEXT;
	p->t.raw = (struct slice){ out, n };
	return ERR_OK;
}

static void lex_number(struct parser *p)
{
	struct compiler *c = &p->c;
	size_t start = c->pos;

	while (c->pos < c->len && is_digit(c->text[c->pos]))
		c->pos++;
	if (c->pos < c->len && c->text[c->pos] == '.')
		for (c->pos++; c->pos < c->len && is_digit(c->text[c->pos]);)
			c->pos++;
	if (c->pos < c->len && (c->text[c->pos] == 'e' || c->text[c->pos] == 'E')) {
		size_t q = c->pos + 1;

		if (q < c->len && (c->text[q] == '+' || c->text[q] == '-'))
			q++;
		if (q < c->len && is_digit(c->text[q]))
			for (c->pos = q; c->pos < c->len && is_digit(c->text[c->pos]);)
				c->pos++;
	}
	p->t.kind = T_NUMBER;
	p->t.raw = (struct slice){ c->text + start, c->pos - start };
}

static enum err_code lex_op(struct parser *p)
{
	static const char *const ops[] = { "||", "<>", "!=", "<=", ">=", "|", "=", "<", ">", "+",
					   "-", "*", "/", "%", "(", ")", "," };
	struct compiler *c = &p->c;

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		size_t n = strlen(ops[i]);

		if (c->len - c->pos < n || memcmp(c->text + c->pos, ops[i], n) != 0)
			continue;
		p->t.kind = T_OP;
		p->t.raw = (struct slice){ c->text + c->pos, n };
		c->pos += n;
		return ERR_OK;
	}
	return expr_fail(c, p->t.at, "\"%s\" means nothing here",
			 shown(c, (struct slice){ c->text + c->pos, 1 }));
}

/* Reads the next token into p->t. */
static enum err_code next(struct parser *p)
{
	struct compiler *c = &p->c;
	size_t start;

	while (c->pos < c->len && strchr(" \t\r\n", c->text[c->pos]) != NULL &&
	       c->text[c->pos] != '\0')
		c->pos++;
	start = c->pos;
	p->t = (struct token){ .kind = T_END, .at = (int)c->pos };
	if (c->pos >= c->len)
		return ERR_OK;
	if (c->text[c->pos] == '\'' || c->text[c->pos] == '"')
		return lex_quoted(p, c->text[c->pos]);
	if (is_digit(c->text[c->pos]) ||
	    (c->text[c->pos] == '.' && c->pos + 1 < c->len && is_digit(c->text[c->pos + 1]))) {
		lex_number(p);
		/* Names may start with a digit: 2nd_name, 1e */
		if (c->pos >= c->len || !is_name_char(c->text[c->pos]) ||
		    memchr(p->t.raw.p, '.', p->t.raw.n) != NULL)
			return ERR_OK;
		c->pos = start;
	}
	if (!is_name_char(c->text[c->pos]))
		return lex_op(p);
	while (c->pos < c->len && is_name_char(c->text[c->pos]))
		c->pos++;
	p->t.kind = T_NAME;
	p->t.raw = (struct slice){ c->text + start, c->pos - start };
	return ERR_OK;
}

static bool is_op(const struct parser *p, const char *op)
{
	return p->t.kind == T_OP && slice_is(p->t.raw, op);
}

static bool is_word(const struct parser *p, const char *word)
{
	return p->t.kind == T_NAME && p->t.raw.n == strlen(word) &&
	       strncasecmp(p->t.raw.p, word, p->t.raw.n) == 0;
}

static enum err_code unexpected(struct parser *p, const char *want)
{
	if (p->t.kind == T_END)
		return expr_fail(&p->c, p->t.at, "%s is missing at the end", want);
	return expr_fail(&p->c, p->t.at, "%s is expected, not \"%s\"", want,
			 shown(&p->c, p->t.raw));
}

static enum err_code take_op(struct parser *p, const char *op)
{
	char want[8];

	if (is_op(p, op))
		return next(p);
	snprintf(want, sizeof(want), "\"%s\"", op);
	return unexpected(p, want);
}

static enum err_code take_word(struct parser *p, const char *word)
{
	return is_word(p, word) ? next(p) : unexpected(p, word);
}

/* ---- names ----------------------------------------------------------------- */

static enum err_code unknown_name(struct parser *p, const struct token *t, bool is_call)
{
	struct compiler *c = &p->c;
	const char *near = expr_nearest(c, t->raw, is_call);

	expr_fail(c, t->at, "there is no %s %s", is_call ? "function" : "field", shown(c, t->raw));
	if (near != NULL)
		err_hint(c->err, "Did you mean %s?", shown(c, slice_of(near)));
	else if (!is_call && expr_func_find(t->raw) != NULL)
		err_hint(c->err, "A function is called with parentheses: %s().", shown(c, t->raw));
	else if (!is_call)
		err_hint(c->err, "Texts stand in single quotes, names of fields without or in "
				 "double quotes.");
	return ERR_CONFIG;
}

static enum err_code wrong_count(struct parser *p, const struct token *name,
				 const struct expr_func *f, int nargs)
{
	const char *want = arena_printf(p->c.mem, f->most == f->least ? "%d"
						  : f->most == EXPR_ARGS_MAX ? "%d or more"
									     : "%d to %d",
					f->least, f->most);

	expr_fail(&p->c, name->at, "%s takes %s argument%s, not %d", f->name, want,
		  f->most == 1 ? "" : "s", nargs);
	err_hint(p->c.err, "It is written %s.", f->signature);
	return ERR_CONFIG;
}

static const struct expr_func in_list = {
	.name = "in", .signature = "X in (A, B, ...)", .least = 2, .most = EXPR_ARGS_MAX,
	.bind = expr_bind_in,
};

static enum err_code bind_call(struct parser *p, const struct token *name, struct expr **arg,
			       int nargs, struct expr **out)
{
	const struct expr_func *f = slice_is(name->raw, "in") ? &in_list :
		expr_func_find(name->raw);
	struct expr *e;
	enum err_code rc;

	if (f == NULL)
		return unknown_name(p, name, true);
	if (nargs < f->least || nargs > f->most)
		return wrong_count(p, name, f, nargs);
	e = expr_call(&p->c, name->at, f->name, nargs);
	if (nargs > 0)
		memcpy(e->arg, arg, (size_t)nargs * sizeof(*arg));
	rc = f->bind(&p->c, e);
	*out = e;
	return rc;
}

/* Arguments behind a name whose "(" is next; `first` (may be NULL) comes before them. */
static enum err_code parse_call(struct parser *p, const struct token *name, struct expr *first,
				struct expr **out)
{
	struct expr **arg = arena_array(p->c.mem, EXPR_ARGS_MAX, sizeof(struct expr *));
	int n = 0;
	enum err_code rc = ERR_OK;

	if (first != NULL)
		arg[n++] = first;
	if (is_op(p, "(")) {
		rc = next(p);
		if (rc == ERR_OK && is_op(p, ")"))
			rc = next(p);
		else
			for (bool more = true; rc == ERR_OK && more;) {
				if (n == EXPR_ARGS_MAX)
					return expr_fail(&p->c, p->t.at, "more than %d arguments",
							 EXPR_ARGS_MAX);
				rc = parse_expr(p, P_PIPE, &arg[n++]);
				more = rc == ERR_OK && is_op(p, ",");
				if (rc == ERR_OK)
					rc = more ? next(p) : take_op(p, ")");
			}
	}
	return rc == ERR_OK ? bind_call(p, name, arg, n, out) : rc;
}

static enum err_code make_field(struct parser *p, const struct token *t, struct expr **out)
{
	int i = schema_find(p->c.in, t->raw);

	if (i < 0)
		return unknown_name(p, t, false);
	*out = expr_field(p->c.mem, p->c.in, i);
	(*out)->at = t->at;
	return ERR_OK;
}

/* case when A then B ... [else Z] end */
static enum err_code parse_case(struct parser *p, int at, struct expr **out)
{
	struct expr **arg = arena_array(p->c.mem, EXPR_ARGS_MAX, sizeof(struct expr *));
	enum err_code rc = ERR_OK;
	int n = 0;

	while (rc == ERR_OK && is_word(p, "when")) {
		if (n + 3 > EXPR_ARGS_MAX)
			return expr_fail(&p->c, p->t.at, "too many branches");
		rc = next(p);
		if (rc == ERR_OK)
			rc = parse_expr(p, P_PIPE, &arg[n++]);
		if (rc == ERR_OK)
			rc = take_word(p, "then");
		if (rc == ERR_OK)
			rc = parse_expr(p, P_PIPE, &arg[n++]);
	}
	if (rc == ERR_OK && n == 0)
		return unexpected(p, "when");
	if (rc == ERR_OK && is_word(p, "else")) {
		rc = next(p);
		if (rc == ERR_OK)
			rc = parse_expr(p, P_PIPE, &arg[n++]);
	} else if (rc == ERR_OK) {
		arg[n] = expr_const(&p->c, at, TYPE_TEXT);
		arg[n++]->null = 1;
	}
	if (rc == ERR_OK)
		rc = take_word(p, "end");
	if (rc != ERR_OK)
		return rc;
	*out = expr_call(&p->c, at, "case", n);
	memcpy((*out)->arg, arg, (size_t)n * sizeof(*arg));
	return expr_bind_case(&p->c, *out);
}

static enum err_code make_number(struct parser *p, struct expr **out)
{
	struct compiler *c = &p->c;
	struct expr *e = expr_const(c, p->t.at, TYPE_INT);

	*out = e;
	if (parse_int(p->t.raw, &e->v.i64) == PARSE_OK) {
		e->type.bytes = 8;
		return next(p);
	}
	e->type = (struct type_spec){ .type = TYPE_DECIMAL };
	if (parse_decimal(p->t.raw, &e->v.dec) != PARSE_OK)
		return expr_fail(c, p->t.at, "%s has more than 38 digits", shown(c, p->t.raw));
	return next(p);
}

/* null, true, false, case, not, or a name that is a field or a function. */
static enum err_code parse_name(struct parser *p, struct expr **out)
{
	struct token t = p->t;
	bool is_null = is_word(p, "null"), is_true = is_word(p, "true");
	bool is_case = is_word(p, "case");
	enum err_code rc;

	if (is_null || is_true || is_word(p, "false")) {
		*out = expr_const(&p->c, t.at, is_null ? TYPE_TEXT : TYPE_BOOL);
		(*out)->null = is_null;
		if (!is_null)
			(*out)->v.i64 = is_true;
		return next(p);
	}
	rc = next(p);
	if (rc != ERR_OK)
		return rc;
	if (is_case && is_word(p, "when"))
		return parse_case(p, t.at, out);
	if (is_op(p, "("))
		return parse_call(p, &t, NULL, out);
	return make_field(p, &t, out);
}

static enum err_code parse_unary(struct parser *p, const char *rule, enum power least,
				 struct expr **out)
{
	int at = p->t.at;
	struct expr *arg;
	enum err_code rc = next(p);

	if (rc == ERR_OK)
		rc = parse_expr(p, least, &arg);
	if (rc != ERR_OK)
		return rc;
	*out = expr_call(&p->c, at, rule, 1);
	(*out)->arg[0] = arg;
	return expr_bind_operator(&p->c, *out);
}

static enum err_code parse_primary(struct parser *p, struct expr **out)
{
	struct token t = p->t;
	enum err_code rc;

	switch (t.kind) {
	case T_NUMBER:
		return make_number(p, out);
	case T_TEXT:
		*out = expr_const(&p->c, t.at, TYPE_TEXT);
		(*out)->v.text = t.raw;
		return next(p);
	case T_QUOTED:
		rc = next(p);
		return rc == ERR_OK ? make_field(p, &t, out) : rc;
	case T_NAME:
		if (is_word(p, "not"))
			return parse_unary(p, "not", P_NOT, out);
		return parse_name(p, out);
	case T_OP:
		if (is_op(p, "-"))
			return parse_unary(p, "neg", P_UNARY, out);
		if (is_op(p, "+")) {
			rc = next(p);
			return rc == ERR_OK ? parse_expr(p, P_UNARY, out) : rc;
		}
		if (is_op(p, "(")) {
			rc = next(p);
			if (rc == ERR_OK)
				rc = parse_expr(p, P_PIPE, out);
			return rc == ERR_OK ? take_op(p, ")") : rc;
		}
		break;
	case T_END:
		break;
	}
	return unexpected(p, "a value");
}

/* ---- operators ------------------------------------------------------------- */

static enum power power_of(const struct parser *p)
{
	static const struct {
		const char *op;
		enum power power;
	} ops[] = {
		{ "|", P_PIPE }, { "||", P_CONCAT }, { "+", P_ADD }, { "-", P_ADD }, { "*", P_MUL },
		{ "/", P_MUL }, { "%", P_MUL }, { "=", P_COMPARE }, { "<>", P_COMPARE },
		{ "!=", P_COMPARE }, { "<", P_COMPARE }, { "<=", P_COMPARE }, { ">", P_COMPARE },
		{ ">=", P_COMPARE },
	};

	if (p->t.kind == T_NAME) {
		if (is_word(p, "or"))
			return P_OR;
		if (is_word(p, "and"))
			return P_AND;
		if (is_word(p, "is") || is_word(p, "in") || is_word(p, "like") || is_word(p, "not"))
			return P_COMPARE;
		return P_NONE;
	}
	for (size_t i = 0; p->t.kind == T_OP && i < sizeof(ops) / sizeof(ops[0]); i++)
		if (slice_is(p->t.raw, ops[i].op))
			return ops[i].power;
	return P_NONE;
}

/* The name an operator has in problems; != is <>. */
static const char *rule_of(const struct parser *p)
{
	static const char *const rules[] = { "or", "and", "||", "+", "-", "*", "/", "%", "=", "<>",
		"<",
					     "<=", ">", ">=" };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (is_op(p, rules[i]) || is_word(p, rules[i]))
			return rules[i];
	return "<>";
}

static enum err_code bind_unary(struct parser *p, int at, const char *rule, struct expr *arg,
				struct expr **out)
{
	*out = expr_call(&p->c, at, rule, 1);
	(*out)->arg[0] = arg;
	return expr_bind_operator(&p->c, *out);
}

/* is [not] null, [not] in (...), [not] like '...': behind `left`. */
static enum err_code parse_word_operator(struct parser *p, struct expr *left, struct expr **out)
{
	int at = p->t.at;
	bool is_null = is_word(p, "is"), negate = false;
	struct token name = { .kind = T_NAME, .at = at, .raw = SLICE("in") };
	enum err_code rc = ERR_OK;

	if (is_null)
		rc = next(p);
	if (rc == ERR_OK && is_word(p, "not")) {
		negate = true;
		rc = next(p);
	}
	if (rc != ERR_OK)
		return rc;
	if (is_null) {
		rc = take_word(p, "null");
		return rc == ERR_OK ? bind_unary(p, at, negate ? "is not null" : "is null", left,
						 out)
				    : rc;
	}
	if (is_word(p, "like")) {
		*out = expr_call(&p->c, at, "like", 2);
		(*out)->arg[0] = left;
		rc = next(p);
		if (rc == ERR_OK)
			rc = parse_expr(p, P_CONCAT, &(*out)->arg[1]);
		if (rc == ERR_OK)
			rc = expr_bind_like(&p->c, *out);
	} else {
		rc = take_word(p, "in");
		if (rc == ERR_OK && !is_op(p, "("))
			return unexpected(p, "\"(\"");
		if (rc == ERR_OK)
			rc = parse_call(p, &name, left, out);
	}
	return rc == ERR_OK && negate ? bind_unary(p, at, "not", *out, out) : rc;
}

static enum err_code parse_pipe(struct parser *p, struct expr *left, struct expr **out)
{
	struct token name;
	enum err_code rc = next(p);

	if (rc != ERR_OK)
		return rc;
	if (p->t.kind != T_NAME)
		return unexpected(p, "a function");
	name = p->t;
	rc = next(p);
	return rc == ERR_OK ? parse_call(p, &name, left, out) : rc;
}

static enum err_code parse_binary(struct parser *p, enum power power, struct expr *left,
				  struct expr **out)
{
	int at = p->t.at;
	const char *rule = rule_of(p);
	struct expr *right;
	enum err_code rc = next(p);

	if (rc == ERR_OK)
		rc = parse_expr(p, (enum power)(power + 1), &right);
	if (rc != ERR_OK)
		return rc;
	*out = expr_call(&p->c, at, rule, 2);
	(*out)->arg[0] = left;
	(*out)->arg[1] = right;
	return expr_bind_operator(&p->c, *out);
}

/* Evaluation goes as deep as the tree: the depth is known when a node is made. */
static enum err_code measure(struct parser *p, struct expr *e)
{
	int depth = 0;

	for (int i = 0; i < e->nargs; i++)
		if (e->arg[i]->depth > depth)
			depth = e->arg[i]->depth;
	e->depth = depth + 1;
	if (e->depth <= 2 * EXPR_DEPTH_MAX)
		return ERR_OK;
	return expr_fail(&p->c, e->at, "nested deeper than %d levels", EXPR_DEPTH_MAX);
}

static enum err_code parse_expr(struct parser *p, enum power least, struct expr **out)
{
	enum err_code rc;

	if (++p->c.depth > EXPR_DEPTH_MAX)
		return expr_fail(&p->c, p->t.at, "nested deeper than %d levels", EXPR_DEPTH_MAX);
	rc = parse_primary(p, out);
	if (rc == ERR_OK)
		rc = measure(p, *out);
	while (rc == ERR_OK) {
		enum power power = power_of(p);

		if (power == P_NONE || power < least)
			break;
		if (power == P_PIPE)
			rc = parse_pipe(p, *out, out);
		else if (power == P_COMPARE && p->t.kind == T_NAME)
			rc = parse_word_operator(p, *out, out);
		else
			rc = parse_binary(p, power, *out, out);
		if (rc == ERR_OK)
			rc = measure(p, *out);
	}
	p->c.depth--;
	return rc;
}

enum err_code expr_compile(struct arena *mem, const char *text, const struct schema *in,
			   struct expr **out, struct err *err)
{
	struct parser p = { .c = { .mem = mem, .in = in, .text = text, .len = strlen(text),
		.err = err } };
	enum err_code rc;

	if (p.c.len > INT32_MAX / 2)
		return err_set(err, ERR_CONFIG, "the expression is too long");
	if (utf8_valid(text, p.c.len) != p.c.len)
		return expr_fail(&p.c, (int)utf8_valid(text, p.c.len), "this is not UTF-8");
	rc = next(&p);
	if (rc == ERR_OK)
		rc = parse_expr(&p, P_PIPE, out);
	if (rc == ERR_OK && p.t.kind != T_END)
		rc = unexpected(&p, "an operator or the end");
	return rc;
}

bool expr_names(const char *text, const char *field)
{
	struct arena *mem = arena_new(NULL, "names");
	struct err err = { 0 };
	struct parser p = { .c = { .mem = mem, .text = text, .len = strlen(text), .err = &err } };
	bool found = false, is_piped = false;
	enum err_code rc = next(&p);

	while (rc == ERR_OK && p.t.kind != T_END && !found) {
		struct token t = p.t;
		bool is_quoted = t.kind == T_QUOTED;
		bool is_name = is_quoted || (t.kind == T_NAME && !is_piped);

		is_piped = is_op(&p, "|");
		rc = next(&p);
		/* A name in front of a parenthesis is a function's. */
		found = is_name && (is_quoted || rc != ERR_OK || !is_op(&p, "(")) &&
			t.raw.n == strlen(field) && strncasecmp(t.raw.p, field, t.raw.n) == 0;
	}
	arena_free(mem);
	return found;
}
