/*
 * core/flow/types.c
 *	Names of types, read and written; fields found by name.
 */
#include "core/flow/types.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/text.h"

#define TYPE_NAME_MAX 64
#define PRECISION_MAX 1000	/* what PostgreSQL's numeric(p,s) takes */
#define CHARS_MAX     10485760	/* what PostgreSQL's varchar(n) takes */

static const char *const names[TYPE_COUNT] = {
	[TYPE_BOOL] = "boolean",
	[TYPE_INT] = "int",
	[TYPE_FLOAT] = "float",
	[TYPE_DECIMAL] = "decimal",
	[TYPE_TEXT] = "text",
	[TYPE_BYTES] = "bytes",
	[TYPE_DATE] = "date",
	[TYPE_TIME] = "time",
	[TYPE_TIMESTAMP] = "timestamp",
	[TYPE_TIMESTAMPTZ] = "timestamptz",
	[TYPE_UUID] = "uuid",
	[TYPE_JSON] = "json",
};

/* The first row of a type and size is how type_format() writes it. */
static const struct known {
	const char *name;
	enum type type;
	int bytes;
	int max_args;
} known[] = {
	{ "boolean", TYPE_BOOL, 0, 0 },
	{ "bool", TYPE_BOOL, 0, 0 },
	{ "smallint", TYPE_INT, 2, 0 },
	{ "int2", TYPE_INT, 2, 0 },
	{ "int", TYPE_INT, 4, 0 },
	{ "integer", TYPE_INT, 4, 0 },
	{ "int4", TYPE_INT, 4, 0 },
	{ "bigint", TYPE_INT, 8, 0 },
	{ "int8", TYPE_INT, 8, 0 },
	{ "real", TYPE_FLOAT, 4, 0 },
	{ "float4", TYPE_FLOAT, 4, 0 },
	{ "float", TYPE_FLOAT, 8, 0 },
	{ "float8", TYPE_FLOAT, 8, 0 },
	{ "double", TYPE_FLOAT, 8, 0 },
	{ "double precision", TYPE_FLOAT, 8, 0 },
	{ "decimal", TYPE_DECIMAL, 0, 2 },
	{ "numeric", TYPE_DECIMAL, 0, 2 },
	{ "text", TYPE_TEXT, 0, 0 },
	{ "string", TYPE_TEXT, 0, 0 },
	{ "varchar", TYPE_TEXT, 0, 1 },
	{ "character varying", TYPE_TEXT, 0, 1 },
	{ "char", TYPE_TEXT, 0, 1 },
	{ "character", TYPE_TEXT, 0, 1 },
	{ "bytes", TYPE_BYTES, 0, 0 },
	{ "bytea", TYPE_BYTES, 0, 0 },
	{ "date", TYPE_DATE, 0, 0 },
	{ "time", TYPE_TIME, 0, 0 },
	{ "time without time zone", TYPE_TIME, 0, 0 },
	{ "timestamp", TYPE_TIMESTAMP, 0, 0 },
	{ "timestamp without time zone", TYPE_TIMESTAMP, 0, 0 },
	{ "timestamptz", TYPE_TIMESTAMPTZ, 0, 0 },
	{ "timestamp with time zone", TYPE_TIMESTAMPTZ, 0, 0 },
	{ "uuid", TYPE_UUID, 0, 0 },
	{ "json", TYPE_JSON, 0, 0 },
	{ "jsonb", TYPE_JSON, 0, 0 },
};

const char *type_name(enum type t)
{
	return t < TYPE_COUNT ? names[t] : "unknown";
}

/* Lower case, blanks squeezed to one; the length, or 0 when it does not fit. */
static size_t squeeze(struct slice s, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (isspace(c)) {
			if (n > 0 && out[n - 1] != ' ' && n < TYPE_NAME_MAX - 1)
				out[n++] = ' ';
			continue;
		}
		if (n == TYPE_NAME_MAX - 1)
			return 0;
		out[n++] = (char)tolower(c);
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return n;
}

/* "(10, 2)" behind a name: how many numbers, or -1 when it is something else. */
static int read_args(const char *p, int *arg)
{
	int n = 0;

	if (*p != '(')
		return -1;
	do {
		int v = 0;

		for (p++; *p == ' '; p++)
			;
		if (n == 2 || !isdigit((unsigned char)*p))
			return -1;
		for (; isdigit((unsigned char)*p); p++)
			if ((v = v * 10 + (*p - '0')) > CHARS_MAX)
				return -1;
		for (; *p == ' '; p++)
			;
		arg[n++] = v;
	} while (*p == ',');
	return p[0] == ')' && p[1] == '\0' ? n : -1;
}

static enum err_code bad_type(struct slice s, struct err *err)
{
	struct buf shown;

	buf_init(&shown, 80);
	text_clean(&shown, s.p, s.n);
	err_set(err, ERR_CONFIG, "there is no type \"%s\"", buf_str(&shown));
	err_hint(err,
		 "Types are: text, varchar(n), smallint, int, bigint, decimal(p,s), real, float, "
		      "boolean, date, time, timestamp, timestamptz, uuid, json, bytes.");
	buf_release(&shown);
	return ERR_CONFIG;
}

static bool apply_args(struct type_spec *t, int n, const int *arg)
{
	if (n == 0)
		return true;
	if (arg[0] < 1)
		return false;
	if (t->type == TYPE_TEXT) {
		t->max_chars = arg[0];
		return true;
	}
	t->precision = arg[0];
	t->scale = n == 2 ? arg[1] : 0;
	return t->precision <= PRECISION_MAX && t->scale <= t->precision;
}

enum err_code type_parse(struct slice s, struct type_spec *out, struct err *err)
{
	char name[TYPE_NAME_MAX];
	int arg[2] = { 0, 0 };
	int nargs = 0;
	char *open;

	if (squeeze(s, name) == 0)
		return bad_type(s, err);
	open = strchr(name, '(');
	if (open != NULL) {
		nargs = read_args(open, arg);
		*open = '\0';
		if (open > name && open[-1] == ' ')
			open[-1] = '\0';
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct type_spec t = { .type = known[i].type, .bytes = known[i].bytes };

		if (strcmp(name, known[i].name) != 0)
			continue;
		if (nargs < 0 || nargs > known[i].max_args || !apply_args(&t, nargs, arg))
			return bad_type(s, err);
		*out = t;
		return ERR_OK;
	}
	return bad_type(s, err);
}

char *type_format(struct arena *mem, const struct type_spec *t)
{
	if (t->type == TYPE_DECIMAL && t->precision > 0)
		return arena_printf(mem, "decimal(%d,%d)", t->precision, t->scale);
	if (t->type == TYPE_TEXT && t->max_chars > 0)
		return arena_printf(mem, "varchar(%d)", t->max_chars);
	if (t->type == TYPE_INT)
		return arena_strdup(mem, t->bytes == 2   ? "smallint"
					 : t->bytes == 4 ? "int"
							 : "bigint");
	if (t->type == TYPE_FLOAT)
		return arena_strdup(mem, t->bytes == 4 ? "real" : "float");
	return arena_strdup(mem, type_name(t->type));
}

int schema_find(const struct schema *s, struct slice name)
{
	int found = -1;

	for (int i = 0; i < s->nfields; i++)
		if (slice_is(name, s->field[i].name))
			return i;
	for (int i = 0; i < s->nfields; i++) {
		if (strlen(s->field[i].name) != name.n ||
		    strncasecmp(s->field[i].name, name.p, name.n) != 0)
			continue;
		if (found >= 0)
			return -1;	/* two fields differ in case only: say which */
		found = i;
	}
	return found;
}
