/*
 * core/flow/expr_bind.c
 *	Nodes and their types: what may become what, and literals converted at once.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/datefmt.h"
#include "core/flow/expr_node.h"
#include "core/flow/infer.h"

/* INT and FLOAT inside expressions are of the widest kind. */
static struct type_spec plain_type(enum type t)
{
	return (struct type_spec){ .type = t, .bytes = t == TYPE_INT || t == TYPE_FLOAT ? 8 : 0 };
}

struct expr *expr_const(struct compiler *c, int at, enum type type)
{
	struct expr *e = arena_alloc(c->mem, sizeof(*e));

	e->kind = EXPR_CONST;
	e->at = at;
	e->type = plain_type(type);
	return e;
}

struct expr *expr_call(struct compiler *c, int at, const char *rule, int nargs)
{
	struct expr *e = arena_alloc(c->mem, sizeof(*e));

	e->kind = EXPR_CALL;
	e->at = at;
	e->rule = rule;
	e->nargs = nargs;
	e->arg = arena_array(c->mem, (size_t)nargs, sizeof(struct expr *));
	return e;
}

struct expr *expr_field(struct arena *mem, const struct schema *in, int i)
{
	const struct field *f = &in->field[i];
	struct expr *e = arena_alloc(mem, sizeof(*e));

	e->kind = EXPR_FIELD;
	e->type = f->type;
	e->field = i;
	e->name = f->name;
	e->decl = f;
	e->depth = 1;
	e->rule = "type";
	e->cast = (struct cast){ .to = f->type, .rule = "type", .is_inferred = true,
				  .is_told = f->is_told, .field = i };
	infer_read_native(mem, f->native, &e->cast.format, &e->cast.marks);
	return e;
}

static void run_convert(struct eval *ev, const struct expr *e, const struct vec *arg,
			struct vec *out)
{
	expr_cast_vec(ev, &e->cast, arg, out);
}

struct expr *expr_convert(struct arena *mem, struct expr *e, const struct cast *k)
{
	struct expr *w = arena_alloc(mem, sizeof(*w));

	w->kind = EXPR_CALL;
	w->at = e->at;
	w->type = k->to;
	w->cast = *k;
	w->rule = k->rule;
	w->fn = run_convert;
	w->nargs = 1;
	w->arg = arena_array(mem, 1, sizeof(struct expr *));
	w->arg[0] = e;
	w->depth = e->depth + 1;
	return w;
}

bool expr_is_null_literal(const struct expr *e)
{
	return e->kind == EXPR_CONST && e->null;
}

const struct type_spec *expr_type(const struct expr *e)
{
	return &e->type;
}

const struct field *expr_doubt(const struct expr *e)
{
	bool is_open = e->kind == EXPR_FIELD && e->decl->doubt != NULL && e->cast.is_inferred;

	return is_open ? e->decl : NULL;
}

int expr_is_field(const struct expr *e)
{
	return e->kind == EXPR_FIELD ? e->field : -1;
}

void expr_fields(const struct expr *e, uint8_t *used)
{
	if (e->kind == EXPR_FIELD)
		used[e->field] = 1;
	for (int i = 0; i < e->nargs; i++)
		expr_fields(e->arg[i], used);
}

enum err_code expr_literal(struct compiler *c, const struct expr *e, const char *what,
			   struct slice *out)
{
	if (e->kind != EXPR_CONST || e->type.type != TYPE_TEXT || e->null)
		return expr_fail(c, e->at, "%s must be a literal text", what);
	*out = e->v.text;
	return ERR_OK;
}

bool expr_can_cast(enum type from, enum type to)
{
	if (from == to || from == TYPE_TEXT || to == TYPE_TEXT)
		return true;
	switch (from) {
	case TYPE_BOOL:
		return to == TYPE_INT;
	case TYPE_INT:
		return to == TYPE_DECIMAL || to == TYPE_FLOAT || to == TYPE_BOOL;
	case TYPE_DECIMAL:
	case TYPE_FLOAT:
		return expr_is_number(to);
	case TYPE_DATE:
		return to == TYPE_TIMESTAMP || to == TYPE_TIMESTAMPTZ;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return to == TYPE_DATE || to == TYPE_TIMESTAMP || to == TYPE_TIMESTAMPTZ;
	default:
		return false;
	}
}

/* What happens by itself: only what cannot lose anything. */
static bool is_implicit(enum type from, enum type to)
{
	if (from == to || from == TYPE_TEXT || to == TYPE_TEXT)
		return true;
	if (from == TYPE_INT)
		return to == TYPE_DECIMAL || to == TYPE_FLOAT;
	if (from == TYPE_DECIMAL)
		return to == TYPE_FLOAT;
	if (from == TYPE_DATE)
		return to == TYPE_TIMESTAMP || to == TYPE_TIMESTAMPTZ;
	return (from == TYPE_TIMESTAMP && to == TYPE_TIMESTAMPTZ) ||
	       (from == TYPE_TIMESTAMPTZ && to == TYPE_TIMESTAMP);
}

static void store_const(struct arena *mem, struct expr *e, const struct vec *v)
{
	e->null = v->null[0];
	switch (v->type) {
	case TYPE_TEXT:
	case TYPE_BYTES:
	case TYPE_JSON:
	case TYPE_UUID:
		if (e->null)
			break;
		e->v.text.n = v->v.text[0].n;
		e->v.text.p = arena_strndup(mem, v->v.text[0].p, v->v.text[0].n);
		break;
	case TYPE_DECIMAL:
		e->v.dec = v->v.dec[0];
		break;
	case TYPE_FLOAT:
		e->v.f64 = v->v.f64[0];
		break;
	default:
		e->v.i64 = v->v.i64[0];
	}
}

/* A constant converted now; *why is set when it cannot be. */
static struct expr *fold(struct arena *mem, const struct expr *e, const struct cast *k,
			 const char **why)
{
	struct expr *to = arena_alloc(mem, sizeof(*to));
	struct batch *b = batch_new(NULL, 1, 1);
	struct expr_run *run = expr_run_new(mem, 1);
	struct expr *convert = expr_convert(mem, arena_alloc(mem, sizeof(*e)), k);
	struct vec v;
	uint8_t look = 1;

	*convert->arg[0] = *e;
	b->nrows = 1;
	v = expr_peek(run, convert, b, b, "", &look);
	*to = (struct expr){ .kind = EXPR_CONST, .type = k->to, .at = e->at, .depth = 1 };
	*why = NULL;
	if (b->nproblems > 0)
		*why = arena_strdup(mem, b->problem[0].reason);
	else
		store_const(mem, to, &v);
	batch_free(b);
	return to;
}

enum err_code expr_coerce(struct compiler *c, struct expr **e, enum type to)
{
	struct cast k = { .to = plain_type(to), .rule = "type" };
	const char *why;

	if ((*e)->type.type == to && !expr_is_null_literal(*e))
		return ERR_OK;
	if (expr_is_null_literal(*e)) {
		struct expr *null = expr_const(c, (*e)->at, to);

		null->null = 1;
		null->depth = 1;
		*e = null;
		return ERR_OK;
	}
	if (!is_implicit((*e)->type.type, to))
		return expr_fail(c, (*e)->at, "this is of type %s, where %s is needed",
				 type_name((*e)->type.type), type_name(to));
	if ((*e)->kind == EXPR_FIELD) {
		struct expr *f = arena_alloc(c->mem, sizeof(*f));

		*f = **e;
		f->type = f->cast.to = k.to;
		f->cast.is_inferred = false;
		*e = f;
		return ERR_OK;
	}
	if ((*e)->kind != EXPR_CONST) {
		*e = expr_convert(c->mem, *e, &k);
		return ERR_OK;
	}
	{
		struct expr *folded = fold(c->mem, *e, &k, &why);

		if (why != NULL)
			return expr_fail(c, (*e)->at, "this %s", why);
		*e = folded;
	}
	return ERR_OK;
}

enum err_code expr_coerce_number(struct compiler *c, struct expr **e)
{
	if (expr_is_number((*e)->type.type))
		return ERR_OK;
	return expr_coerce(c, e, TYPE_DECIMAL);
}

/* The type that two values are compared as; TYPE_COUNT: none. */
static enum type common(enum type a, enum type b)
{
	if (a == b)
		return a;
	/* Text may have digits behind the point, even where an int stands beside it. */
	if (a == TYPE_TEXT)
		return b == TYPE_INT ? TYPE_DECIMAL : b;
	if (b == TYPE_TEXT)
		return a == TYPE_INT ? TYPE_DECIMAL : a;
	if (expr_is_number(a) && expr_is_number(b))
		return a == TYPE_FLOAT || b == TYPE_FLOAT ? TYPE_FLOAT : TYPE_DECIMAL;
	if (is_implicit(a, b) && !(a == TYPE_TIMESTAMPTZ && b == TYPE_TIMESTAMP))
		return b;
	return is_implicit(b, a) ? a : TYPE_COUNT;
}

enum err_code expr_unify(struct compiler *c, struct expr **e, int n, enum type *type)
{
	enum type t = TYPE_COUNT;
	enum err_code rc = ERR_OK;

	for (int i = 0; i < n; i++) {
		enum type next = e[i]->type.type;

		if (expr_is_null_literal(e[i]))
			continue;
		if (t == TYPE_COUNT) {
			t = next;
			continue;
		}
		if (common(t, next) == TYPE_COUNT)
			return expr_fail(c, e[i]->at, "%s and %s do not go together", type_name(t),
					 type_name(next));
		t = common(t, next);
	}
	if (t == TYPE_COUNT)
		t = TYPE_TEXT;
	for (int i = 0; i < n && rc == ERR_OK; i++)
		rc = expr_coerce(c, &e[i], t);
	*type = t;
	return rc;
}

enum err_code expr_cast(struct arena *mem, struct expr *e, const struct type_spec *to,
			struct expr **out, struct err *err)
{
	struct cast k = { .to = *to, .rule = "type" };
	const char *why = NULL;

	if (expr_is_null_literal(e)) {
		*out = arena_alloc(mem, sizeof(**out));
		**out = *e;
		(*out)->type = *to;
		return ERR_OK;
	}
	if (!expr_can_cast(e->type.type, to->type)) {
		err_set(err, ERR_CONFIG, "a value of type %s cannot become %s",
			type_name(e->type.type), type_format(mem, to));
		err_hint(err, "Give a map rule that makes a %s of it.", type_name(to->type));
		return ERR_CONFIG;
	}
	if (e->kind == EXPR_FIELD) {
		struct expr *f = arena_alloc(mem, sizeof(*f));

		*f = *e;
		f->type = f->cast.to = *to;
		f->cast.is_inferred = false;
		*out = f;
		return ERR_OK;
	}
	if (expr_cast_is_noop(&k, &e->type)) {
		*out = e;
		return ERR_OK;
	}
	*out = e->kind == EXPR_CONST ? fold(mem, e, &k, &why) : expr_convert(mem, e, &k);
	return why == NULL ? ERR_OK : err_set(err, ERR_CONFIG, "the value %s", why);
}
