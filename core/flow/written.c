/*
 * core/flow/written.c
 *	Settings like "paid=%d/%m/%Y; due=text", put into fields.
 */
#include "core/flow/written.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/datefmt.h"
#include "core/flow/infer.h"

/* One FIELD=HOW. */
struct entry {
	const char *field;	/* "*": those in doubt */
	const char *how;
};

static char *trimmed(struct arena *mem, const char *p, size_t n)
{
	while (n > 0 && (*p == ' ' || *p == '\t'))
		p++, n--;
	while (n > 0 && (p[n - 1] == '\t' || (p[n - 1] == ' ' && n > 1 && p[n - 2] != ',' &&
					      p[n - 2] != '.')))
		n--;
	return arena_strndup(mem, p, n);
}

/* The next entry at *p, which moves on; false: that was all. */
static bool next_entry(struct arena *mem, const char **p, struct entry *out)
{
	const char *from, *equals = NULL;
	bool is_quoted = false;

	*p += strspn(*p, "; \t\n");
	from = *p;
	if (*from == '\0')
		return false;
	for (; **p != '\0' && (is_quoted || (**p != ';' && **p != '\n')); (*p)++) {
		if (**p == '"')
			is_quoted = !is_quoted;
		else if (**p == '=' && !is_quoted && equals == NULL)
			equals = *p;
	}
	out->field = "*";
	if (equals != NULL)
		out->field = trimmed(mem, from, (size_t)(equals - from));
	from = equals != NULL ? equals + 1 : from;
	out->how = trimmed(mem, from, (size_t)(*p - from));
	if (out->field[0] == '"' && strlen(out->field) > 1)
		out->field = arena_strndup(mem, out->field + 1, strlen(out->field) - 2);
	return true;
}

static bool is_text(const struct entry *e)
{
	return strcmp(e->how, "text") == 0;
}

static enum err_code check_date(struct arena *mem, const struct entry *e, struct err *err)
{
	const char *why = "it says no year, month and day";
	const struct datefmt *f = datefmt_compile(mem, slice_of(e->how), &why);

	if (is_text(e) || (f != NULL && datefmt_has_date(f)))
		return ERR_OK;
	err_set(err, ERR_CONFIG, "dates: %s is no date format: %s",
		text_fit(mem, e->how, strlen(e->how), 40), f != NULL ?
		"it says no year, month and day" : why);
	err_hint(err, "As in --dates 'FIELD=%%d/%%m/%%Y', or FIELD=text.");
	return ERR_CONFIG;
}

static enum err_code check_number(struct arena *mem, const struct entry *e, struct err *err)
{
	struct number_marks m;

	if (is_text(e) || number_marks_read(mem, e->how, &m))
		return ERR_OK;
	err_set(err, ERR_CONFIG, "decimals: %s says no marks of numbers",
		text_fit(mem, e->how, strlen(e->how), 40));
	err_hint(err, "First what stands before the fraction, then what may stand between thousands: "
		 "--decimals 'FIELD=,.' reads 1.234,56; ',' and '.' alone, ', ' and \".'\" as well, or "
		 "FIELD=text.");
	return ERR_CONFIG;
}

enum err_code written_check(const char *dates, const char *decimals, struct err *err)
{
	struct arena *mem = arena_new(NULL, "written");
	enum err_code rc = ERR_OK;
	struct entry e;

	while (rc == ERR_OK && dates != NULL && next_entry(mem, &dates, &e))
		rc = check_date(mem, &e, err);
	while (rc == ERR_OK && decimals != NULL && next_entry(mem, &decimals, &e))
		rc = check_number(mem, &e, err);
	arena_free(mem);
	return rc;
}

static void tell_text(struct field *f)
{
	f->type = (struct type_spec){ .type = TYPE_TEXT };
	f->native = NULL;
	f->doubt = NULL;
	f->is_told = true;
}

static void tell_date(struct arena *mem, const char *how, struct field *f)
{
	struct infer_how written = { .format = how };
	const char *why;
	const struct datefmt *format = datefmt_compile(mem, slice_of(how), &why);

	tell_text(f);
	f->type.type = datefmt_has_zone(format) ? TYPE_TIMESTAMPTZ
		       : datefmt_has_time(format) ? TYPE_TIMESTAMP : TYPE_DATE;
	f->native = infer_native(mem, &f->type, &written);
}

static void tell_number(struct arena *mem, const char *how, struct field *f)
{
	struct infer_how written = { .format = "", .has_marks = true };

	tell_text(f);
	if (!number_marks_read(mem, how, &written.marks))
		return;
	f->type.type = TYPE_DECIMAL;
	f->native = infer_native(mem, &f->type, &written);
}

/* One of the readings that the field was seen to have. */
static bool is_reading(const struct field_doubt *d, const char *how)
{
	for (int i = 0; i < d->n; i++)
		if (strcmp(d->reading[i], how) == 0 ||
		    (strcmp(d->option, "decimals") == 0 && d->reading[i][0] == how[0]))
			return true;
	return false;
}

static void tell(struct arena *mem, const char *option, const struct entry *e, struct field *f)
{
	if (is_text(e))
		tell_text(f);
	else if (strcmp(option, "dates") == 0)
		tell_date(mem, e->how, f);
	else
		tell_number(mem, e->how, f);
}

static enum err_code tell_entry(struct arena *mem, const char *option, const struct entry *e,
				struct schema *fields, struct err *err)
{
	int at;

	if (strcmp(e->field, "*") == 0) {
		for (int i = 0; i < fields->nfields; i++) {
			const struct field_doubt *d = fields->field[i].doubt;

			if (d != NULL && strcmp(d->option, option) == 0 &&
			    (is_text(e) || is_reading(d, e->how)))
				tell(mem, option, e, &fields->field[i]);
		}
		return ERR_OK;
	}
	at = schema_find(fields, slice_of(e->field));
	if (at < 0) {
		err_set(err, ERR_CONFIG, "%s: the source has no field %s", option,
			text_fit(mem, e->field, strlen(e->field), 60));
		err_hint(err, "leat sample FILE shows its fields.");
		return ERR_CONFIG;
	}
	tell(mem, option, e, &fields->field[at]);
	return ERR_OK;
}

enum err_code written_tell(struct arena *mem, const char *dates, const char *decimals,
			   struct schema *fields, struct err *err)
{
	enum err_code rc = ERR_OK;
	struct entry e;

	while (rc == ERR_OK && dates != NULL && next_entry(mem, &dates, &e))
		rc = tell_entry(mem, "dates", &e, fields, err);
	while (rc == ERR_OK && decimals != NULL && next_entry(mem, &decimals, &e))
		rc = tell_entry(mem, "decimals", &e, fields, err);
	return rc;
}

enum err_code written_doubt(struct arena *mem, const struct field *f, struct err *err)
{
	const struct field_doubt *d = f->doubt;
	const char *name = text_fit(mem, f->name, strlen(f->name), 40);
	const char *value = text_fit(mem, d->value, strlen(d->value), 24);
	struct buf says, ways;

	buf_init(&says, 400);
	buf_init(&ways, 400);
	for (int i = 0; i < d->n; i++) {
		buf_addf(&says, "%s%s", i == 0 ? "" : i + 1 == d->n ? " or " : ", ", d->means[i]);
		buf_addf(&ways, "%s--%s '%s=%s'", i == 0 ? "" : i + 1 == d->n ? " or " : ", ",
			 d->option, name, d->reading[i]);
	}
	err_set(err, ERR_CONFIG, "field %s: %s can be %s, and no row decides", name, value,
		buf_str(&says));
	err_hint(err, "Say which: %s; '%s=text' keeps it as it stands.", buf_str(&ways), name);
	buf_release(&says);
	buf_release(&ways);
	return ERR_CONFIG;
}
