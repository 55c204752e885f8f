/*
 * core/flow/infer.c
 *	Types from a sample: each candidate lives until a value contradicts it.
 */
#include "core/flow/infer.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/calendar.h"
#include "core/flow/datefmt.h"
#include "core/flow/decimal.h"
#include "core/flow/format.h"
#include "core/flow/parse.h"

#define DIGITS_MAX 18	/* longer digit strings are numbers of things, not quantities */
#define VALUE_MAX  64	/* no candidate is written longer */
#define UUID_CHARS 36

enum {
	MAY_BOOL = 1 << 0,
	MAY_INT = 1 << 1,
	MAY_DECIMAL = 1 << 2,
	MAY_MARKED = 1 << 3,	/* a number with marks: see struct guess */
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

static const char *const clocks[] = {
	"", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p",
};
#define NCLOCKS ((int)(sizeof(clocks) / sizeof(clocks[0])))
#define NFORMATS (NDAYS * NCLOCKS)

/*
 * Numbers with marks. Those with a point and those with a comma for the
 * fraction read "1.234" differently; within one kind all that fit agree.
 */
static const struct number_marks styles[] = {
	{ ',', '.', "", true }, { ',', ' ', "", true }, { ',', '\'', "", true },
	{ '.', ',', "", true }, { '.', '\'', "", true }, { '.', ' ', "", true },
};
#define NSTYLES      ((int)(sizeof(styles) / sizeof(styles[0])))
#define COMMA_STYLES 0x07u
#define POINT_STYLES 0x38u
#define ALL_STYLES   (COMMA_STYLES | POINT_STYLES)

typedef unsigned __int128 format_bits;

#define FORMAT_BIT(i) ((format_bits)1 << (i))

struct guess {
	unsigned may;	/* MAY_* */
	format_bits format;	/* bit per format that still fits */
	unsigned style;	/* bit per style that still fits */
	unsigned has_fraction;	/* bit per style that gave digits behind the point */
	const char *affix;	/* what each number wears; NULL: none seen yet */
	bool is_odd;	/* blanks between thousands, (5), 5-: want a witness */
	bool has_apostrophe;
	bool saw_bare;	/* a number outside parentheses */
	bool is_wide;	/* more digits than an int holds */
	char differ[VALUE_MAX + 1];	/* the first value with a comma or a point in it */
	char first[VALUE_MAX + 1];	/* the first of all */
	int64_t values;	/* that were not blank */
	int64_t zoned;	/* of them, moments with a zone */
	bool saw_true, saw_false;
};

struct infer {
	struct arena *mem;
	int ncols;
	struct guess *guess;
	const char *format_text[NFORMATS];
	const struct datefmt *format[NFORMATS];
};

_Static_assert(NFORMATS < 128, "a bit for each format");

struct infer *infer_new(struct arena *mem, int ncols)
{
	struct infer *in = arena_alloc(mem, sizeof(*in));

	in->mem = mem;
	in->ncols = ncols;
	in->guess = arena_array(mem, (size_t)ncols, sizeof(*in->guess));
	for (int c = 0; c < ncols; c++)
		in->guess[c] = (struct guess){ .may = MAY_ALL, .style = ALL_STYLES,
					       .format = FORMAT_BIT(NFORMATS) - 1 };
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

/* "0012" behind whatever the number wears: a code as well. */
static bool has_leading_zero(struct slice s)
{
	size_t i = 0;

	while (i < s.n && !is_digit(s.p[i]))
		i++;
	return i + 1 < s.n && s.p[i] == '0' && is_digit(s.p[i + 1]);
}

/* Its currency or percent sign must be that of all the others. */
static bool same_affix(struct guess *g, struct slice s)
{
	const char *affix = number_affix(s);

	if (affix == NULL || (g->affix != NULL && strcmp(g->affix, affix) != 0))
		return false;
	g->affix = affix;
	return true;
}

static void note_dress(struct guess *g, struct slice s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		digits += is_digit(s.p[i]);
		/* A blank, or the first byte of one that does not break, between digits. */
		if (i > 0 && i + 1 < s.n && is_digit(s.p[i - 1]) &&
		    (s.p[i] == ' ' || s.p[i] == '\xc2' || s.p[i] == '\xe2'))
			g->is_odd = true;
		g->has_apostrophe |= s.p[i] == '\'';
	}
	g->is_odd |= s.p[0] == '(' || s.p[s.n - 1] == '-';
	g->saw_bare |= s.p[0] != '(';
	g->is_wide |= digits > DIGITS_MAX;
}

static void copy_value(char *to, struct slice s)
{
	memcpy(to, s.p, s.n);
	to[s.n] = '\0';
}

/* Which styles read s; no style is left for what is no number in any. */
static void look_at_marks(struct guess *g, struct slice s)
{
	unsigned fit = 0;

	if (has_leading_zero(s) || !same_affix(g, s)) {
		g->style = 0;
		return;
	}
	for (int i = 0; i < NSTYLES; i++) {
		struct number_marks m = styles[i];
		struct decimal d;

		m.affix = g->affix;
		if ((g->style >> i & 1) == 0 || number_parse(s, &m, &d) != PARSE_OK)
			continue;
		fit |= 1u << i;
		g->has_fraction |= d.scale > 0 ? 1u << i : 0;
	}
	g->style = fit;
	note_dress(g, s);
	if (g->differ[0] == '\0' &&
	    (memchr(s.p, ',', s.n) != NULL || memchr(s.p, '.', s.n) != NULL))
		copy_value(g->differ, s);
}

static unsigned look_at_number(struct guess *g, struct slice s, unsigned may)
{
	struct decimal d;
	int64_t v;

	if (is_code(s))
		return may & ~(unsigned)(MAY_INT | MAY_DECIMAL | MAY_MARKED);
	if ((may & MAY_MARKED) && g->affix == NULL && parse_int(s, &v) == PARSE_OK) {
		/* Digits alone are read alike by all. */
		g->affix = "";
		g->saw_bare = true;
	} else if ((may & MAY_MARKED) && ((g->affix != NULL && g->affix[0] != '\0') ||
					  parse_int(s, &v) != PARSE_OK)) {
		look_at_marks(g, s);
		may &= g->style != 0 ? ~0u : ~(unsigned)MAY_MARKED;
	}
	if ((may & MAY_INT) && parse_int(s, &v) != PARSE_OK)
		may &= ~(unsigned)MAY_INT;
	if ((may & MAY_DECIMAL) && parse_decimal(s, &d) != PARSE_OK)
		may &= ~(unsigned)MAY_DECIMAL;
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
	if (g->values == 1)
		copy_value(g->first, s);
	if (g->may & (MAY_INT | MAY_DECIMAL | MAY_MARKED))
		g->may = look_at_number(g, s, g->may);
	if (g->may & (MAY_DATE | MAY_TIMESTAMP | MAY_TIME))
		g->may = look_at_moment(g, s, g->may);
	if (g->may & (MAY_BOOL | MAY_UUID))
		g->may = look_at_word(g, s, g->may);
	for (int i = 0; i < NFORMATS && g->format != 0; i++)
		if ((g->format & FORMAT_BIT(i)) != 0 &&
		    datefmt_parse(in->format[i], s, &us) != PARSE_OK)
			g->format &= ~FORMAT_BIT(i);
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

/* The formats left that read other days, at most n of them into at. */
static int formats_left(const struct infer *in, const struct guess *g, int at[], int n)
{
	int found = 0;

	for (int i = 0; i < NFORMATS && found < n; i++) {
		if ((g->format & FORMAT_BIT(i)) == 0)
			continue;
		/* May is May, short or long. */
		if (found == 0 || strchr(in->format_text[i], 'B') == NULL)
			at[found++] = i;
	}
	return found;
}

static const struct field_doubt *date_doubt(const struct infer *in, const struct guess *g,
					    const int at[], int n)
{
	struct field_doubt *d = arena_alloc(in->mem, sizeof(*d));

	d->option = "dates";
	d->value = g->first;
	d->n = n;
	for (int i = 0; i < n; i++) {
		char text[FORMAT_MAX];
		int64_t us = 0, rest;
		size_t len;

		d->reading[i] = in->format_text[at[i]];
		if (datefmt_parse(in->format[at[i]], slice_of(g->first), &us) != PARSE_OK)
			us = 0;
		len = format_date(calendar_day_of(us, &rest), text);
		d->means[i] = arena_strndup(in->mem, text, len);
	}
	return d;
}

static bool is_between_two(const struct guess *g)
{
	return (g->style & COMMA_STYLES) != 0 && (g->style & POINT_STYLES) != 0 &&
	       (g->has_fraction & g->style) != 0;
}

/* The first style of one kind that is left. */
static int style_of(const struct guess *g, unsigned kind)
{
	for (int i = 0; i < NSTYLES; i++)
		if ((g->style & kind) >> i & 1)
			return i;
	return -1;
}

static struct number_marks marks_of(const struct guess *g, int style)
{
	struct number_marks m = styles[style];

	m.affix = g->affix;
	return m;
}

static const struct field_doubt *number_doubt(const struct infer *in, const struct guess *g)
{
	static const unsigned kinds[] = { COMMA_STYLES, POINT_STYLES };
	struct field_doubt *d = arena_alloc(in->mem, sizeof(*d));

	d->option = "decimals";
	d->value = g->differ;
	for (int i = 0; i < 2; i++) {
		struct number_marks m = marks_of(g, style_of(g, kinds[i]));
		char text[DECIMAL_TEXT];
		struct decimal v = { 0 };

		if (number_parse(slice_of(g->differ), &m, &v) != PARSE_OK)
			continue;
		decimal_format(v, text);
		d->reading[d->n] = number_marks_text(in->mem, &m);
		d->means[d->n++] = arena_strdup(in->mem, text);
	}
	return d;
}

const struct field_doubt *infer_group_doubt(const struct infer *in, int c)
{
	return number_doubt(in, &in->guess[c]);
}

/* Marks that all numbers of the column agree on, with enough to believe in them. */
static bool take_marks(const struct infer *in, const struct guess *g, struct infer_how *how)
{
	int style = style_of(g, ALL_STYLES);
	bool has_witness;

	if (!(g->may & MAY_MARKED) || style < 0 || g->affix == NULL || !g->saw_bare)
		return false;
	has_witness = (g->has_fraction & g->style) != 0 || g->affix[0] != '\0';
	if (g->is_odd && !has_witness)
		return false;
	if (is_between_two(g)) {
		how->doubt = number_doubt(in, g);
		return false;
	}
	how->has_marks = true;
	how->marks = marks_of(g, style);
	return true;
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

/* What is neither ISO nor a number as programs write it. */
static struct type_spec local_type(const struct infer *in, const struct guess *g,
				   struct infer_how *how)
{
	int left[DOUBT_READINGS];
	int n = formats_left(in, g, left, DOUBT_READINGS);

	if (take_marks(in, g, how))
		return as((g->has_fraction & g->style) == 0 && !g->is_wide ? TYPE_INT
									  : TYPE_DECIMAL);
	if (n > 1)
		how->doubt = date_doubt(in, g, left, n);
	if (n != 1)
		return as(TYPE_TEXT);
	how->format = in->format_text[left[0]];
	return as(left[0] < NDAYS ? TYPE_DATE : TYPE_TIMESTAMP);
}

struct type_spec infer_type(const struct infer *in, int c, struct infer_how *how)
{
	const struct guess *g = &in->guess[c];

	*how = (struct infer_how){ .format = "" };
	if (g->values == 0)
		return as(TYPE_TEXT);
	if (g->may & MAY_INT)
		return as(TYPE_INT);
	if (g->may & MAY_DECIMAL) {
		how->may_be_grouped = (g->may & MAY_MARKED) && g->style != 0 && is_between_two(g);
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
	return local_type(in, g, how);
}

bool infer_is_in_doubt(const struct infer *in)
{
	bool has_comma = false, may_be_grouped = false, is_in_doubt = false;

	for (int c = 0; c < in->ncols; c++) {
		struct infer_how how;

		infer_type(in, c, &how);
		is_in_doubt |= how.doubt != NULL;
		has_comma |= how.has_marks && how.marks.point == ',';
		may_be_grouped |= how.may_be_grouped;
	}
	return is_in_doubt || (has_comma && may_be_grouped);
}

const char *infer_native(struct arena *mem, const struct type_spec *t, const struct infer_how *how)
{
	if (how->has_marks)
		return arena_printf(mem, "%s('%s')", type_name(t->type),
				    number_marks_text(mem, &how->marks));
	if (how->format[0] == '\0')
		return NULL;
	return arena_printf(mem, "%s('%s')", type_name(t->type), how->format);
}

void infer_read_native(struct arena *mem, const char *native, const struct datefmt **format,
		       struct number_marks *marks)
{
	const char *open, *why, *text;
	size_t n;

	if (native == NULL)
		return;
	open = strstr(native, "('");
	n = strlen(native);
	if (open == NULL || n < 4 || strcmp(native + n - 2, "')") != 0)
		return;
	open += 2;
	text = arena_strndup(mem, open, (size_t)(native + n - 2 - open));
	if (number_marks_read(mem, text, marks))
		return;
	*format = datefmt_compile(mem, slice_of(text), &why);
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
