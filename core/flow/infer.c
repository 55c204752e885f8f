/*
 * core/flow/infer.c
 *	Types from a sample: each candidate lives until a value contradicts it.
 */
#include "core/flow/infer.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/flow/datefmt.h"
#include "core/flow/parse.h"

#define DIGITS_MAX 18	/* longer digit strings are numbers of things, not quantities */
#define VALUE_MAX  64	/* no candidate is written longer */
#define UUID_CHARS 36

enum {
	MAY_BOOL = 1 << 0,
	MAY_INT = 1 << 1,
	MAY_DECIMAL = 1 << 2,
	MAY_COMMA = 1 << 3,
	MAY_DATE = 1 << 4,
	MAY_TIMESTAMP = 1 << 5,
	MAY_TIME = 1 << 6,
	MAY_UUID = 1 << 7,
	MAY_ALL = (1 << 8) - 1,
};

/*
 * Formats that files use beside ISO. Those of one group fit the same texts
 * and mean different days: when two of them are left, the column stays text.
 * Months by name never collide; %b is tried before %B, which both read "May".
 */
static const char *const day_formats[] = {
	"%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d",
	"%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d",
	"%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y",
};
#define NDAYS ((int)(sizeof(day_formats) / sizeof(day_formats[0])))

static const char *const clocks[] = { "", " %H:%M", " %H:%M:%S" };
#define NCLOCKS ((int)(sizeof(clocks) / sizeof(clocks[0])))
#define NFORMATS (NDAYS * NCLOCKS)

struct guess {
	unsigned may;	/* MAY_* */
	uint64_t format;	/* bit per format that still fits */
	int64_t values;	/* that were not blank */
	int64_t zoned;	/* of them, moments with a zone */
	bool saw_true, saw_false;
	bool saw_comma;	/* a value that only a decimal comma explains */
};

struct infer {
	int ncols;
	struct guess *guess;
	const char *format_text[NFORMATS];
	const struct datefmt *format[NFORMATS];
};

_Static_assert(NFORMATS <= 64, "a bit for each format");

struct infer *infer_new(struct arena *mem, int ncols)
{
	struct infer *in = arena_alloc(mem, sizeof(*in));

	in->ncols = ncols;
	in->guess = arena_array(mem, (size_t)ncols, sizeof(*in->guess));
	for (int c = 0; c < ncols; c++)
		in->guess[c] = (struct guess){ .may = MAY_ALL,
					       .format = (UINT64_C(1) << NFORMATS) - 1 };
	for (int i = 0; i < NFORMATS; i++) {
		const char *why;

		in->format_text[i] = arena_printf(mem, "%s%s", day_formats[i % NDAYS],
						  clocks[i / NDAYS]);
		in->format[i] = datefmt_compile(mem, slice_of(in->format_text[i]), &why);
	}
	return in;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "007", "+49...", and digit strings too long for a quantity. */
static bool is_code(struct slice s)
{
	size_t at = s.p[0] == '-', digits = 0;

	if (s.p[0] == '+')
		return true;
	if (s.n > at + 1 && s.p[at] == '0' && is_digit(s.p[at + 1]))
		return true;
	while (at + digits < s.n && is_digit(s.p[at + digits]))
		digits++;
	return digits > DIGITS_MAX && at + digits == s.n;
}

/* 1,5 or 1.234,56 or 1.234.567, but not 1,234: that may be an English thousand. */
static bool shows_comma(struct slice s)
{
	const char *comma = memchr(s.p, ',', s.n);
	const char *dot = memchr(s.p, '.', s.n);
	size_t tail;

	if (comma == NULL)
		return dot != NULL && memchr(dot + 1, '.', s.n - (size_t)(dot + 1 - s.p)) != NULL;
	tail = s.n - (size_t)(comma + 1 - s.p);
	return dot != NULL || tail != 3;
}

static unsigned look_at_number(struct guess *g, struct slice s, unsigned may)
{
	struct decimal d;
	int64_t v;

	if (is_code(s))
		return may & ~(unsigned)(MAY_INT | MAY_DECIMAL | MAY_COMMA);
	if ((may & MAY_INT) && parse_int(s, &v) != PARSE_OK)
		may &= ~(unsigned)MAY_INT;
	if ((may & MAY_DECIMAL) && parse_decimal(s, &d) != PARSE_OK)
		may &= ~(unsigned)MAY_DECIMAL;
	if (may & MAY_COMMA) {
		if (parse_decimal_marks(s, ',', '.', &d) != PARSE_OK)
			may &= ~(unsigned)MAY_COMMA;
		else
			g->saw_comma |= shows_comma(s);
	}
	return may;
}

static bool has_zone(struct slice s)
{
	for (size_t i = 11; i < s.n; i++)
		if (strchr("Zz+-uU", s.p[i]) != NULL)
			return true;
	return false;
}

static unsigned look_at_moment(struct guess *g, struct slice s, unsigned may)
{
	int64_t v;

	if ((may & MAY_DATE) && (parse_date(s, &v) != PARSE_OK || !is_digit(s.p[0])))
		may &= ~(unsigned)MAY_DATE;
	if (may & MAY_TIMESTAMP) {
		if (parse_timestamptz(s, &v) != PARSE_OK || !is_digit(s.p[0]))
			may &= ~(unsigned)MAY_TIMESTAMP;
		else
			g->zoned += has_zone(s);
	}
	if ((may & MAY_TIME) && parse_time(s, &v) != PARSE_OK)
		may &= ~(unsigned)MAY_TIME;
	return may;
}

static unsigned look_at_word(struct guess *g, struct slice s, unsigned may)
{
	uint8_t id[16];
	int64_t v = 0;

	if (may & MAY_BOOL) {
		if (is_digit(s.p[0]) || parse_bool(s, &v) != PARSE_OK)
			may &= ~(unsigned)MAY_BOOL;
		else if (v)
			g->saw_true = true;
		else
			g->saw_false = true;
	}
	/* Only as everybody writes it: 32 digits in a row are a checksum, and stay as they are. */
	if ((may & MAY_UUID) && (s.n != UUID_CHARS || parse_uuid(s, id) != PARSE_OK))
		may &= ~(unsigned)MAY_UUID;
	return may;
}

static void look(const struct infer *in, struct guess *g, struct slice s)
{
	int64_t us;

	s = parse_trim(s);
	if (s.n == 0 || (g->may == 0 && g->format == 0))
		return;
	g->values++;
	if (s.n > VALUE_MAX) {
		g->may = 0;
		g->format = 0;
		return;
	}
	if (g->may & (MAY_INT | MAY_DECIMAL | MAY_COMMA))
		g->may = look_at_number(g, s, g->may);
	if (g->may & (MAY_DATE | MAY_TIMESTAMP | MAY_TIME))
		g->may = look_at_moment(g, s, g->may);
	if (g->may & (MAY_BOOL | MAY_UUID))
		g->may = look_at_word(g, s, g->may);
	for (int i = 0; i < NFORMATS && g->format != 0; i++)
		if ((g->format >> i & 1) && datefmt_parse(in->format[i], s, &us) != PARSE_OK)
			g->format &= ~(UINT64_C(1) << i);
}

void infer_batch(struct infer *in, const struct batch *rows)
{
	for (int c = 0; c < in->ncols && c < rows->ncols; c++) {
		const struct column *col = &rows->col[c];

		if (col->type != TYPE_TEXT || col->pg_oid != 0)
			continue;
		for (uint32_t i = 0; i < rows->nrows; i++)
			if (rows->state[i] == ROW_LIVE && !col->null[i])
				look(in, &in->guess[c], col->v.text[i]);
	}
}

/* The one format left, or -1: none, or several that read other days. */
static int only_format(const struct infer *in, const struct guess *g)
{
	int found = -1;

	for (int i = 0; i < NFORMATS; i++) {
		if (!(g->format >> i & 1))
			continue;
		if (found < 0)
			found = i;
		else if (strchr(in->format_text[i], 'B') == NULL)
			return -1;
	}
	return found;
}

static struct type_spec as(enum type t)
{
	return (struct type_spec){ .type = t, .bytes = t == TYPE_INT ? 8 : 0 };
}

static struct type_spec moment_type(const struct guess *g)
{
	if (g->may & MAY_DATE)
		return as(TYPE_DATE);
	if (g->zoned == 0)
		return as(TYPE_TIMESTAMP);
	/* Some with a zone and some without: nobody knows what the others mean. */
	return as(g->zoned == g->values ? TYPE_TIMESTAMPTZ : TYPE_TEXT);
}

struct type_spec infer_type(const struct infer *in, int c, const char **format,
			    bool *decimal_comma)
{
	const struct guess *g = &in->guess[c];
	int f;

	if (format != NULL)
		*format = "";
	*decimal_comma = false;
	if (g->values == 0)
		return as(TYPE_TEXT);
	if (g->may & MAY_INT)
		return as(TYPE_INT);
	if (g->may & MAY_DECIMAL)
		return as(TYPE_DECIMAL);
	if ((g->may & MAY_COMMA) && g->saw_comma) {
		*decimal_comma = true;
		return as(TYPE_DECIMAL);
	}
	if ((g->may & MAY_BOOL) && g->saw_true && g->saw_false)
		return as(TYPE_BOOL);
	if (g->may & MAY_UUID)
		return as(TYPE_UUID);
	if (g->may & (MAY_DATE | MAY_TIMESTAMP))
		return moment_type(g);
	if (g->may & MAY_TIME)
		return as(TYPE_TIME);
	f = only_format(in, g);
	if (f < 0)
		return as(TYPE_TEXT);
	if (format != NULL)
		*format = in->format_text[f];
	return as(f < NDAYS ? TYPE_DATE : TYPE_TIMESTAMP);
}

const char *infer_native(struct arena *mem, const struct type_spec *t, const char *format,
			 bool decimal_comma)
{
	if (decimal_comma)
		return "decimal comma";
	if (format == NULL || format[0] == '\0')
		return NULL;
	return arena_printf(mem, "%s('%s')", type_name(t->type), format);
}

void infer_read_native(struct arena *mem, const char *native, const struct datefmt **format,
		       char *point, char *group)
{
	const char *open, *why;
	size_t n;

	if (native == NULL)
		return;
	if (strcmp(native, "decimal comma") == 0) {
		*point = ',';
		*group = '.';
		return;
	}
	open = strstr(native, "('");
	n = strlen(native);
	if (open == NULL || n < 4 || strcmp(native + n - 2, "')") != 0)
		return;
	open += 2;
	*format = datefmt_compile(mem, (struct slice){ open, (size_t)(native + n - 2 - open) },
				  &why);
}

struct type_spec infer_widen(struct type_spec a, struct type_spec b)
{
	enum type t = a.type;

	if (a.type == b.type) {
		a.bytes = a.bytes > b.bytes ? a.bytes : b.bytes;
		a.pg_oid = a.pg_oid == b.pg_oid ? a.pg_oid : 0;
		if (t == TYPE_DECIMAL &&
		    (a.precision != b.precision || a.scale != b.scale))
			a.precision = a.scale = 0;
		if (t == TYPE_TEXT)
			a.max_chars = a.max_chars == 0 || b.max_chars == 0 ? 0
				      : a.max_chars > b.max_chars	     ? a.max_chars
									     : b.max_chars;
		return a;
	}
	if ((a.type == TYPE_INT && b.type == TYPE_DECIMAL) ||
	    (a.type == TYPE_DECIMAL && b.type == TYPE_INT))
		return as(TYPE_DECIMAL);
	if ((a.type == TYPE_FLOAT && (b.type == TYPE_INT || b.type == TYPE_DECIMAL)) ||
	    (b.type == TYPE_FLOAT && (a.type == TYPE_INT || a.type == TYPE_DECIMAL)))
		return (struct type_spec){ .type = TYPE_FLOAT, .bytes = 8 };
	if ((a.type == TYPE_DATE && b.type == TYPE_TIMESTAMP) ||
	    (a.type == TYPE_TIMESTAMP && b.type == TYPE_DATE))
		return as(TYPE_TIMESTAMP);
	return as(TYPE_TEXT);
}
