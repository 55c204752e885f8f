/*
 * core/flow/check_parse.c
 *	Rules read: "FIELD keyword ..." or else an expression.
 */
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/check_rule.h"
#include "core/flow/expr_node.h"
#include "core/flow/hashset.h"
#include "core/flow/parse.h"

#define LENGTH_MAX 1000000000

/* A rule being read. */
struct reader {
	struct arena *mem;
	const struct schema *fields;
	struct slice rest;	/* behind what was read */
	struct err *err;
};

static struct slice skip_blanks(struct slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	return s;
}

/* A bare word, or a name in double quotes taken out of them; n = 0: neither. */
static struct slice take_word(struct reader *r)
{
	struct slice s = skip_blanks(r->rest), out = { s.p, 0 };

	if (s.n > 0 && s.p[0] == '"') {
		char *name = arena_bytes(r->mem, s.n);
		size_t i = 1;

		out.p = name;
		for (; i < s.n; i++) {
			if (s.p[i] == '"' && (i + 1 == s.n || s.p[i + 1] != '"'))
				break;
			i += s.p[i] == '"';
			name[out.n++] = s.p[i];
		}
		i = i < s.n ? i + 1 : s.n;
		r->rest = (struct slice){ s.p + i, s.n - i };
		return out;
	}
	while (out.n < s.n && strchr(" \t()<>=!+*/|,'\"", s.p[out.n]) == NULL)
		out.n++;
	r->rest = (struct slice){ s.p + out.n, s.n - out.n };
	return out;
}

static const char *shown(struct reader *r, struct slice s)
{
	return text_fit(r->mem, s.p, s.n, 60);
}

/* The field as an expression, with its name quoted. */
static const char *quoted(struct reader *r, int field)
{
	const char *name = r->fields->field[field].name;
	char *out = arena_bytes(r->mem, strlen(name) * 2 + 3);
	size_t n = 0;

	out[n++] = '"';
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '"')
			out[n++] = '"';
		out[n++] = *p;
	}
	out[n++] = '"';
	out[n] = '\0';
	return out;
}

static enum err_code expect_end(struct reader *r)
{
	struct slice s = parse_trim(r->rest);

	return s.n == 0 ? ERR_OK
			: err_set(r->err, ERR_CONFIG, "nothing is expected at \"%s\"", shown(r, s));
}

/* "FIELD >= 0" and the like: one comparison with literals, nothing more. */
static enum err_code parse_limit(struct reader *r, const char *before, const char *after,
				 const char *rule, const char *reason, struct rule *out)
{
	struct slice s = parse_trim(r->rest);
	const char *text;
	enum err_code rc;

	if (s.n == 0)
		return err_set(r->err, ERR_CONFIG, "a value is missing at the end");
	text = arena_printf(r->mem, "%s %s %.*s%s", quoted(r, out->field), before, (int)s.n, s.p,
			    after);
	rc = expr_compile(r->mem, text, r->fields, &out->expr, r->err);
	if (rc != ERR_OK)
		return rc;
	for (int i = 1; i < out->expr->nargs; i++)
		if (out->expr->arg[i]->kind != EXPR_CONST)
			return err_set(r->err, ERR_CONFIG, "%s takes literal values only",
				       out->name);
	if (strcmp(out->expr->rule, rule) != 0)
		return err_set(r->err, ERR_CONFIG, "%s takes literal values only", out->name);
	out->kind = RULE_CONDITION;
	out->reason = arena_printf(r->mem, "%s %s", reason, shown(r, s));
	return ERR_OK;
}

static bool take_count(struct slice *s, int64_t *out)
{
	size_t n = 0;

	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	if (n == 0 || parse_int((struct slice){ s->p, n }, out) != PARSE_OK || *out > LENGTH_MAX)
		return false;
	s->p += n;
	s->n -= n;
	return true;
}

/* N, N.., ..M or N..M */
static enum err_code parse_length(struct reader *r, struct rule *out)
{
	struct slice s = parse_trim(r->rest);
	bool has_least, has_most;

	out->kind = RULE_LENGTH;
	out->least = 0;
	out->most = LENGTH_MAX;
	has_least = take_count(&s, &out->least);
	if (s.n >= 2 && memcmp(s.p, "..", 2) == 0) {
		s.p += 2;
		s.n -= 2;
		has_most = take_count(&s, &out->most);
	} else {
		has_most = has_least;
		out->most = out->least;
	}
	if (s.n > 0 || !(has_least || has_most) || out->least > out->most)
		return err_set(r->err, ERR_CONFIG, "the length is written N..M, N.., ..M or N");
	if (out->most == LENGTH_MAX)
		out->reason = arena_printf(r->mem, "%lld or more", (long long)out->least);
	else if (out->least == out->most)
		out->reason = arena_printf(r->mem, "%lld", (long long)out->most);
	else
		out->reason = arena_printf(r->mem, "%lld to %lld", (long long)out->least,
					   (long long)out->most);
	return ERR_OK;
}

static enum err_code parse_pattern(struct reader *r, struct rule *out)
{
	struct slice s = parse_trim(r->rest);
	const char *text = arena_printf(r->mem, "regex_match(%s, %.*s)", quoted(r, out->field),
					(int)s.n, s.p);
	enum err_code rc;

	if (s.n < 2 || s.p[0] != '\'' || s.p[s.n - 1] != '\'')
		return err_set(r->err, ERR_CONFIG, "the pattern stands in single quotes");
	rc = expr_compile(r->mem, text, r->fields, &out->expr, r->err);
	out->kind = RULE_CONDITION;
	out->reason = arena_printf(r->mem, "does not match %s", shown(r, s));
	return rc;
}

static enum err_code parse_type(struct reader *r, struct rule *out)
{
	struct type_spec t;
	enum err_code rc = type_parse(parse_trim(r->rest), &t, r->err);

	out->kind = RULE_CONVERT;
	if (rc == ERR_OK)
		rc = expr_cast(r->mem, expr_field(r->mem, r->fields, out->field), &t, &out->expr,
			       r->err);
	return rc;
}

/* STREAM(FIELD) */
static enum err_code parse_exists(struct reader *r, struct rule *out)
{
	struct slice s = parse_trim(r->rest);
	const char *open = s.n > 0 ? memchr(s.p, '(', s.n) : NULL;
	struct slice stream, field;

	if (open == NULL || s.p[s.n - 1] != ')')
		return err_set(r->err, ERR_CONFIG, "exists-in is written exists-in STREAM(FIELD)");
	stream = parse_trim((struct slice){ s.p, (size_t)(open - s.p) });
	field = parse_trim((struct slice){ open + 1, (size_t)(s.p + s.n - 1 - (open + 1)) });
	if (stream.n == 0 || field.n == 0 || memchr(field.p, '(', field.n) != NULL)
		return err_set(r->err, ERR_CONFIG, "exists-in is written exists-in STREAM(FIELD)");
	if (field.n > 2 && field.p[0] == '"' && field.p[field.n - 1] == '"')
		field = (struct slice){ field.p + 1, field.n - 2 };
	out->kind = RULE_EXISTS;
	out->stream = arena_strndup(r->mem, stream.p, stream.n);
	out->stream_field = arena_strndup(r->mem, field.p, field.n);
	out->reason = arena_printf(r->mem, "is not in %s", shown(r, s));
	out->seen = hashset_new();
	return ERR_OK;
}

static enum err_code parse_expression(struct reader *r, const char *text, struct rule *out)
{
	uint8_t *used;
	int nused = 0;
	enum err_code rc = expr_compile(r->mem, text, r->fields, &out->expr, r->err);

	if (rc != ERR_OK)
		return rc;
	if (out->expr->type.type != TYPE_BOOL)
		return err_set(r->err, ERR_CONFIG, "a check must be a condition, this gives %s",
			       type_name(out->expr->type.type));
	out->kind = RULE_CONDITION;
	out->name = arena_printf(r->mem, "expression: %s",
				 text_fit(r->mem, text, strlen(text), 120));
	out->reason = "is not so";
	used = arena_alloc(r->mem, (size_t)r->fields->nfields + 1);
	expr_fields(out->expr, used);
	for (int i = 0; i < r->fields->nfields; i++) {
		nused += used[i];
		if (used[i])
			out->field = i;
	}
	if (nused != 1)
		out->field = -1;
	return ERR_OK;
}

static enum err_code parse_keyword(struct reader *r, struct slice word, struct rule *out)
{
	out->name = arena_strndup(r->mem, word.p, word.n);
	if (slice_is(word, "required")) {
		out->kind = RULE_REQUIRED;
		out->reason = "is missing";
		return expect_end(r);
	}
	if (slice_is(word, "unique")) {
		out->kind = RULE_UNIQUE;
		out->seen = hashset_new();
		return expect_end(r);
	}
	if (slice_is(word, "min"))
		return parse_limit(r, ">=", "", ">=", "is below", out);
	if (slice_is(word, "max"))
		return parse_limit(r, "<=", "", "<=", "is above", out);
	if (slice_is(word, "one-of"))
		return parse_limit(r, "in (", ")", "in", "is not one of", out);
	if (slice_is(word, "length"))
		return parse_length(r, out);
	if (slice_is(word, "pattern"))
		return parse_pattern(r, out);
	if (slice_is(word, "type"))
		return parse_type(r, out);
	return parse_exists(r, out);
}

static bool is_keyword(struct slice w)
{
	static const char *const words[] = { "required", "unique", "min", "max", "one-of", "length",
					     "pattern", "type", "exists-in" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_is(w, words[i]))
			return true;
	return false;
}

enum err_code check_parse(struct arena *mem, const char *text, const struct schema *fields,
			  struct rule *out, struct err *err)
{
	struct reader r = { .mem = mem, .fields = fields, .rest = slice_of(text), .err = err };
	struct slice name, word;

	*out = (struct rule){ .field = -1, .name = "", .reason = "" };
	if (utf8_valid(text, strlen(text)) != strlen(text))
		return err_set(err, ERR_CONFIG, "it is not UTF-8");
	name = take_word(&r);
	word = take_word(&r);
	if (name.n == 0 || !is_keyword(word))
		return parse_expression(&r, text, out);
	out->field = schema_find(fields, name);
	if (out->field < 0) {
		struct compiler c = { .mem = mem, .in = fields };
		const char *near = expr_nearest(&c, name, false);

		err_set(err, ERR_CONFIG, "there is no field %s", shown(&r, name));
		if (near != NULL)
			err_hint(err, "Did you mean %s?", shown(&r, slice_of(near)));
		return ERR_CONFIG;
	}
	return parse_keyword(&r, word, out);
}
