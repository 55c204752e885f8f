/*
 * core/flow/expr_cast.c
 *	Columns from one type to another, with no loss that nobody asked for.
 *
 * The loops from text are the hottest code of a load: one call to a parser a
 * cell and nothing else on the good path.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/calendar.h"
#include "core/flow/datefmt.h"
#include "core/flow/decimal.h"
#include "core/flow/expr_node.h"
#include "core/flow/format.h"
#include "core/flow/parse.h"

static bool holds_decimal(const struct type_spec *to, const struct type_spec *from)
{
	if (to->precision == 0)
		return true;
	return from->precision > 0 && from->scale <= to->scale &&
	       from->precision - from->scale <= to->precision - to->scale;
}

bool expr_cast_is_noop(const struct cast *k, const struct type_spec *from)
{
	const struct type_spec *to = &k->to;
	bool to_any = to->bytes == 0 || to->bytes == 8;

	if (from->type != to->type)
		return false;
	switch (to->type) {
	case TYPE_INT:
	case TYPE_FLOAT:
		return to_any || (from->bytes != 0 && from->bytes <= to->bytes);
	case TYPE_DECIMAL:
		return holds_decimal(to, from);
	case TYPE_TEXT:
		return to->max_chars == 0 ||
		       (from->max_chars != 0 && from->max_chars <= to->max_chars);
	default:
		return true;
	}
}

static const char *guessed(const struct eval *ev, const struct cast *k)
{
	if (!k->is_inferred || k->is_told)
		return "";
	expr_note_broken(ev, k->field);
	return " (the type was inferred from the first rows; give a map rule or create the table)";
}

/* A text that is no value: what was wrong with it. Blank means null. */
static void refuse_text(struct eval *ev, const struct cast *k, enum parse_rc rc,
			const struct vec *in, uint32_t i, struct vec *out)
{
	if (rc == PARSE_BLANK)
		out->null[i] = 1;
	else
		expr_problem(ev, i, in, out, k->rule, "%s%s",
			     k->format != NULL && rc == PARSE_BAD ? "does not match the date format"
								  : parse_reason(rc, k->to.type),
			     guessed(ev, k));
}

static void int_limits(const struct type_spec *to, int64_t *least, int64_t *most)
{
	*least = to->bytes == 2 ? INT16_MIN : to->bytes == 4 ? INT32_MIN : INT64_MIN;
	*most = to->bytes == 2 ? INT16_MAX : to->bytes == 4 ? INT32_MAX : INT64_MAX;
}

static const char *int_name(const struct type_spec *to)
{
	return to->bytes == 2 ? "smallint" : to->bytes == 4 ? "int" : "bigint";
}

/* "12.00" is a whole number too; "12.5" is not. */
static enum parse_rc whole_number(const struct cast *k, struct slice s, int64_t *v,
				  const char **why)
{
	struct decimal d;
	enum parse_rc rc = number_parse(s, &k->marks, &d);

	if (rc != PARSE_OK)
		return rc;
	if (decimal_compare(d, decimal_floor(d)) != 0) {
		*why = "has digits behind the point";
		return PARSE_BAD;
	}
	return decimal_to_int(d, v) ? PARSE_OK : PARSE_RANGE;
}

static void text_to_int(struct eval *ev, const struct cast *k, const struct vec *in,
			struct vec *out)
{
	int64_t least, most;

	int_limits(&k->to, &least, &most);
	for (uint32_t i = 0; i < ev->nrows; i++) {
		struct slice s;
		enum parse_rc rc;
		const char *why = NULL;

		if (out->null[i])
			continue;
		s = in->v.text[i & in->mask];
		rc = parse_int(s, &out->v.i64[i]);
		if (rc == PARSE_BAD)
			rc = whole_number(k, s, &out->v.i64[i], &why);
		if (rc != PARSE_OK && why != NULL)
			expr_problem(ev, i, in, out, k->rule, "%s%s", why, guessed(ev, k));
		else if (rc != PARSE_OK && rc != PARSE_RANGE)
			refuse_text(ev, k, rc, in, i, out);
		else if (rc == PARSE_RANGE || out->v.i64[i] < least || out->v.i64[i] > most)
			expr_problem(ev, i, in, out, k->rule, "is out of range for %s%s",
				     int_name(&k->to), guessed(ev, k));
	}
}

/* Rounds to the target's scale and looks at the digits before the point. */
static bool fit_decimal(const struct type_spec *to, struct decimal *d)
{
	int room;

	if (to->precision == 0)
		return true;
	if (d->scale > to->scale && !decimal_rescale(*d, to->scale, d))
		return false;
	room = to->precision - to->scale + d->scale;
	return room >= DECIMAL_DIGITS ||
	       (d->coef < decimal_pow10(room) && d->coef > -decimal_pow10(room));
}

static void check_decimal(struct eval *ev, const struct cast *k, const struct vec *in, uint32_t i,
			  struct vec *out)
{
	if (!fit_decimal(&k->to, &out->v.dec[i]))
		expr_problem(ev, i, in, out, k->rule,
			     "has more than %d digits before the point, too many for decimal(%d,%d)",
			     k->to.precision - k->to.scale, k->to.precision, k->to.scale);
}

static void text_to_decimal(struct eval *ev, const struct cast *k, const struct vec *in,
			    struct vec *out)
{
	bool plain = number_is_plain(&k->marks);

	for (uint32_t i = 0; i < ev->nrows; i++) {
		struct slice s;
		enum parse_rc rc;

		if (out->null[i])
			continue;
		s = in->v.text[i & in->mask];
		rc = plain ? parse_decimal(s, &out->v.dec[i])
			   : number_parse(s, &k->marks, &out->v.dec[i]);
		if (rc != PARSE_OK)
			refuse_text(ev, k, rc, in, i, out);
		else if (k->to.precision != 0)
			check_decimal(ev, k, in, i, out);
	}
}

static void check_float(struct eval *ev, const struct cast *k, const struct vec *in, uint32_t i,
			struct vec *out)
{
	double v = out->v.f64[i];

	if (k->to.bytes == 4 && isfinite(v) && fabs(v) > (double)FLT_MAX)
		expr_problem(ev, i, in, out, k->rule, "is out of range for real");
}

static void text_to_float(struct eval *ev, const struct cast *k, const struct vec *in,
			  struct vec *out)
{
	struct decimal d;

	for (uint32_t i = 0; i < ev->nrows; i++) {
		struct slice s;
		enum parse_rc rc;

		if (out->null[i])
			continue;
		s = in->v.text[i & in->mask];
		rc = parse_float(s, &out->v.f64[i]);
		if (rc == PARSE_BAD && !number_is_plain(&k->marks)) {
			rc = number_parse(s, &k->marks, &d);
			if (rc == PARSE_OK)
				out->v.f64[i] = decimal_to_float(d);
		}
		if (rc != PARSE_OK)
			refuse_text(ev, k, rc, in, i, out);
		else
			check_float(ev, k, in, i, out);
	}
}

/* With a format of one's own: microseconds, then what the type keeps of them. */
static enum parse_rc formatted_moment(const struct cast *k, struct slice s, int64_t *out)
{
	int64_t us, rest;
	enum parse_rc rc = datefmt_parse(k->format, s, &us);

	if (rc != PARSE_OK)
		return rc;
	if (k->to.type != TYPE_DATE) {
		*out = us;
		return PARSE_OK;
	}
	*out = calendar_day_of(us, &rest);
	return PARSE_OK;
}

static enum parse_rc moment_of(const struct cast *k, struct slice s, int64_t *out)
{
	enum parse_rc rc;
	int64_t us, rest;

	if (k->format != NULL)
		return formatted_moment(k, s, out);
	if (k->to.type == TYPE_TIMESTAMPTZ)
		return parse_timestamptz(s, out);
	if (k->to.type == TYPE_TIMESTAMP)
		return parse_timestamp(s, out);
	rc = parse_date(s, out);
	/* "2025-02-28 00:00:00" says no more than the date. */
	if (rc == PARSE_BAD && parse_timestamp(s, &us) == PARSE_OK && calendar_is_finite(us)) {
		*out = calendar_day_of(us, &rest);
		return rest == 0 || k->drops_time ? PARSE_OK : PARSE_BAD;
	}
	return rc;
}

static void text_to_moment(struct eval *ev, const struct cast *k, const struct vec *in,
			   struct vec *out)
{
	for (uint32_t i = 0; i < ev->nrows; i++) {
		enum parse_rc rc;

		if (out->null[i])
			continue;
		rc = moment_of(k, in->v.text[i & in->mask], &out->v.i64[i]);
		if (rc != PARSE_OK)
			refuse_text(ev, k, rc, in, i, out);
	}
}

static enum parse_rc other_value(struct eval *ev, enum type to, struct slice s, struct vec *out,
				 uint32_t i)
{
	uint8_t *id;
	enum parse_rc rc;

	switch (to) {
	case TYPE_BOOL:
		return parse_bool(s, &out->v.i64[i]);
	case TYPE_TIME:
		return parse_time(s, &out->v.i64[i]);
	case TYPE_BYTES:
		return parse_bytes(ev->out->mem, s, &out->v.text[i]);
	case TYPE_UUID:
		id = arena_bytes(ev->out->mem, 16);
		out->v.text[i] = (struct slice){ (const char *)id, 16 };
		return parse_uuid(s, id);
	default:
		out->v.text[i] = s;
		rc = parse_json(s);
		return rc;
	}
}

static void text_to_other(struct eval *ev, const struct cast *k, const struct vec *in,
			  struct vec *out)
{
	for (uint32_t i = 0; i < ev->nrows; i++) {
		enum parse_rc rc;

		if (out->null[i])
			continue;
		rc = other_value(ev, k->to.type, in->v.text[i & in->mask], out, i);
		if (rc != PARSE_OK)
			refuse_text(ev, k, rc, in, i, out);
	}
}

static size_t count_chars(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

/* What a varchar(n) refuses. */
static void check_length(struct eval *ev, const struct cast *k, const struct vec *in,
			 struct vec *out)
{
	size_t most = k->to.max_chars > 0 ? (size_t)k->to.max_chars : SIZE_MAX;

	if (in->mask != 0)
		out->v.text = in->v.text;	/* nothing is changed: no copy */
	for (uint32_t i = 0; i < ev->nrows; i++) {
		size_t n;

		if (out->null[i])
			continue;
		if (in->mask == 0)
			out->v.text[i] = in->v.text[0];
		if (out->v.text[i].n <= most)
			continue;
		n = count_chars(out->v.text[i]);
		if (n > most)
			expr_problem(ev, i, in, out, k->rule, "has %zu characters, %zu fit", n,
				     most);
	}
}

static void any_to_text(struct eval *ev, const struct cast *k, const struct vec *in,
			struct vec *out)
{
	struct column c = { .type = in->type, .null = in->null };
	struct vec texts;

	c.v.any = in->v.any;
	for (uint32_t i = 0; i < ev->nrows; i++)
		if (!out->null[i])
			out->v.text[i] = format_cell(ev->out->mem, &c, i & in->mask);
	if (k->to.max_chars == 0)
		return;
	texts = *out;
	check_length(ev, k, &texts, out);
}

/* ---- between types that are no text ----------------------------------------- */

static void to_int(struct eval *ev, const struct cast *k, const struct vec *in, struct vec *out)
{
	int64_t least, most;

	int_limits(&k->to, &least, &most);
	for (uint32_t i = 0; i < ev->nrows; i++) {
		uint32_t j = i & in->mask;
		struct decimal d;
		bool ok = true;

		if (out->null[i])
			continue;
		if (in->type == TYPE_INT || in->type == TYPE_BOOL) {
			out->v.i64[i] = in->v.i64[j];
		} else {
			if (in->type == TYPE_DECIMAL)
				d = in->v.dec[j];
			else if (!decimal_from_float(in->v.f64[j], &d)) {
				expr_problem(ev, i, in, out, k->rule, "is out of range for %s",
					     int_name(&k->to));
				continue;
			}
			if (decimal_compare(d, decimal_floor(d)) != 0) {
				expr_problem(ev, i, in, out, k->rule,
					     "has digits behind the point; round() it first");
				continue;
			}
			ok = decimal_to_int(d, &out->v.i64[i]);
		}
		if (!ok || out->v.i64[i] < least || out->v.i64[i] > most)
			expr_problem(ev, i, in, out, k->rule, "is out of range for %s",
				     int_name(&k->to));
	}
}

static void to_decimal(struct eval *ev, const struct cast *k, const struct vec *in,
		       struct vec *out)
{
	for (uint32_t i = 0; i < ev->nrows; i++) {
		uint32_t j = i & in->mask;

		if (out->null[i])
			continue;
		if (in->type == TYPE_INT)
			out->v.dec[i] = decimal_from_int(in->v.i64[j]);
		else if (in->type == TYPE_DECIMAL)
			out->v.dec[i] = in->v.dec[j];
		else if (!decimal_from_float(in->v.f64[j], &out->v.dec[i])) {
			expr_problem(ev, i, in, out, k->rule, "is not a number of up to 38 digits");
			continue;
		}
		check_decimal(ev, k, in, i, out);
	}
}

static void to_float(struct eval *ev, const struct cast *k, const struct vec *in, struct vec *out)
{
	for (uint32_t i = 0; i < ev->nrows; i++) {
		uint32_t j = i & in->mask;

		if (out->null[i])
			continue;
		out->v.f64[i] = in->type == TYPE_INT	   ? (double)in->v.i64[j]
				: in->type == TYPE_DECIMAL ? decimal_to_float(in->v.dec[j])
							   : in->v.f64[j];
		check_float(ev, k, in, i, out);
	}
}

static void to_bool(struct eval *ev, const struct cast *k, const struct vec *in, struct vec *out)
{
	for (uint32_t i = 0; i < ev->nrows; i++) {
		if (out->null[i])
			continue;
		out->v.i64[i] = in->v.i64[i & in->mask];
		if (out->v.i64[i] != 0 && out->v.i64[i] != 1)
			expr_problem(ev, i, in, out, k->rule, "is neither 0 nor 1");
	}
}

/* One day or moment; false with *why. */
static bool convert_moment(const struct cast *k, enum type from, int64_t v, int64_t *out,
			   const char **why)
{
	int64_t rest;

	*out = v;
	if (!calendar_is_finite(v) || (from == TYPE_DATE) == (k->to.type == TYPE_DATE))
		return true;
	if (from == TYPE_DATE) {
		*why = "is out of range for a timestamp";
		return !__builtin_mul_overflow(v, DAY_US, out) && *out < TIMESTAMP_MAX_US;
	}
	*out = calendar_day_of(v, &rest);
	*why = "has a time of day, which a date would lose; use to_date()";
	return rest == 0 || k->drops_time;
}

static void to_moment(struct eval *ev, const struct cast *k, const struct vec *in,
		      struct vec *out)
{
	for (uint32_t i = 0; i < ev->nrows; i++) {
		const char *why = "";

		if (out->null[i])
			continue;
		if (!convert_moment(k, in->type, in->v.i64[i & in->mask], &out->v.i64[i], &why))
			expr_problem(ev, i, in, out, k->rule, "%s", why);
	}
}

static void impossible(struct eval *ev, const struct cast *k, const struct vec *in,
		       struct vec *out)
{
	for (uint32_t i = 0; i < ev->nrows; i++)
		if (!out->null[i])
			expr_problem(ev, i, in, out, k->rule, "is of type %s and cannot become %s",
				     type_name(in->type), type_name(k->to.type));
}

static void from_text(struct eval *ev, const struct cast *k, const struct vec *in,
		      struct vec *out)
{
	switch (k->to.type) {
	case TYPE_TEXT:
		check_length(ev, k, in, out);
		break;
	case TYPE_INT:
		text_to_int(ev, k, in, out);
		break;
	case TYPE_DECIMAL:
		text_to_decimal(ev, k, in, out);
		break;
	case TYPE_FLOAT:
		text_to_float(ev, k, in, out);
		break;
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		text_to_moment(ev, k, in, out);
		break;
	default:
		text_to_other(ev, k, in, out);
	}
}

void expr_cast_vec(struct eval *ev, const struct cast *k, const struct vec *in, struct vec *out)
{
	if (in->type == TYPE_TEXT) {
		from_text(ev, k, in, out);
		return;
	}
	if (k->to.type == TYPE_TEXT) {
		any_to_text(ev, k, in, out);
		return;
	}
	if (!expr_can_cast(in->type, k->to.type)) {
		impossible(ev, k, in, out);
		return;
	}
	switch (k->to.type) {
	case TYPE_INT:
		to_int(ev, k, in, out);
		break;
	case TYPE_DECIMAL:
		to_decimal(ev, k, in, out);
		break;
	case TYPE_FLOAT:
		to_float(ev, k, in, out);
		break;
	case TYPE_BOOL:
		to_bool(ev, k, in, out);
		break;
	default:
		to_moment(ev, k, in, out);
	}
}
