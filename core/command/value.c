/*
 * core/command/value.c
 *	Words of a call as values: numbers, spans, moments, choices.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/amount.h"
#include "core/base/arena.h"
#include "core/base/nearest.h"
#include "core/base/span.h"
#include "core/base/text.h"
#include "core/command/args.h"

int val_count(const struct val_spec *list)
{
	int n = 0;

	while (list != NULL && list[n].name != NULL)
		n++;
	return n;
}

void args_label(const struct val_spec *s, char *buf, size_t size)
{
	if (!(s->flags & ARG_POSITIONAL)) {
		snprintf(buf, size, "--%s", s->name);
		return;
	}
	snprintf(buf, size, "%s", s->name);
	for (char *p = buf; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
}

static bool read_int(const char *text, int64_t *out)
{
	char *end;
	long long v;

	if (!isdigit((unsigned char)text[0]) && text[0] != '-')
		return false;
	errno = 0;
	v = strtoll(text, &end, 10);
	*out = v;
	return errno == 0 && end != text && *end == '\0';
}

static bool read_share(const char *text, struct arg_value *v)
{
	size_t n = strlen(text);
	char number[32];

	v->f = -1;
	if (n == 0 || n > 30 || text[n - 1] != '%')
		return read_int(text, &v->i) && v->i >= 0;
	memcpy(number, text, n - 1);
	number[n - 1] = '\0';
	v->i = -1;
	return amount_float(number, &v->f) && v->f <= 100;
}

/* "a, b or c" of "a|b|c". */
static void join_choices(const char *choices, char *buf, size_t size)
{
	size_t n = 0, left = 1;

	for (const char *p = choices; *p != '\0'; p++)
		left += *p == '|';
	for (const char *p = choices; *p != '\0' && n + 6 < size; p++) {
		const char *glue = *p != '|' ? NULL : --left > 1 ? ", " : " or ";

		if (glue == NULL) {
			buf[n++] = *p;
			continue;
		}
		memcpy(buf + n, glue, strlen(glue));
		n += strlen(glue);
	}
	buf[n] = '\0';
}

static bool is_choice(const char *choices, const char *text)
{
	size_t n = strlen(text);

	for (const char *p = choices; p != NULL; p = strchr(p, '|')) {
		p += *p == '|';
		if (strncmp(p, text, n) == 0 && (p[n] == '\0' || p[n] == '|'))
			return n > 0;
	}
	return false;
}

static const char *wanted(const struct val_spec *s, char *buf, size_t size)
{
	switch (s->kind) {
	case VAL_INT8:
	case VAL_BYTES:
		return "a whole number";
	case VAL_FLOAT8:
	case VAL_SECONDS:
		return "a number";
	case VAL_BOOL:
		return "yes or no";
	case VAL_DURATION:
		return "a span like 30s, 5m, 2h or 1d";
	case VAL_COUNT_OR_PERCENT:
		return "a count of rows, or a share like 2%";
	case VAL_TIME:
		return "a moment like 2026-02-28 or 2h (ago)";
	case VAL_CHOICE:
		join_choices(s->choices, buf, size);
		return buf;
	case VAL_TEXT:
	case VAL_NAME:
	case VAL_FILE:
	case VAL_JSON:
		break;
	}
	return "a text that is not empty";
}

static bool read_value(const struct val_spec *s, const char *text, struct arg_value *v)
{
	switch (s->kind) {
	case VAL_INT8:
	case VAL_BYTES:
		return read_int(text, &v->i);
	case VAL_FLOAT8:
	case VAL_SECONDS:
		return amount_float(text, &v->f);
	case VAL_BOOL:
		v->i = is_choice("yes|true|on|1", text);
		return v->i != 0 || is_choice("no|false|off|0", text);
	case VAL_DURATION:
		return span_read(text, &v->i);
	case VAL_COUNT_OR_PERCENT:
		return read_share(text, v);
	case VAL_TIME:
		return amount_moment(text, &v->i, NULL);
	case VAL_CHOICE:
		return is_choice(s->choices, text);
	case VAL_NAME:
	case VAL_FILE:
		return text[0] != '\0';
	case VAL_TEXT:
	case VAL_JSON:
		break;
	}
	return true;
}

static void suggest_choice(const struct val_spec *s, const char *text, struct err *err)
{
	char words[200], *word = words;
	struct nearest near;

	nearest_init(&near, text);
	snprintf(words, sizeof(words), "%s", s->choices != NULL ? s->choices : "");
	while (*word != '\0') {
		char *end = word + strcspn(word, "|");
		bool is_last = *end == '\0';

		*end = '\0';
		nearest_try(&near, word);
		word = is_last ? end : end + 1;
	}
	if (nearest_best(&near) != NULL)
		err_hint(err, "Did you mean %s?", nearest_best(&near));
}

struct cmd_args *args_new(struct arena *mem, const struct val_spec *list)
{
	struct cmd_args *a = arena_alloc(mem, sizeof(*a));

	a->mem = mem;
	a->list = list;
	a->n = val_count(list);
	a->v = arena_array(mem, (size_t)a->n + 1, sizeof(*a->v));
	for (int i = 0; i < a->n; i++)
		a->v[i].f = list[i].kind == VAL_COUNT_OR_PERCENT ? -1 : 0;
	return a;
}

enum err_code args_put(struct cmd_args *a, int i, const char *text, struct err *err)
{
	const struct val_spec *s = &a->list[i];
	struct arg_value *v = &a->v[i];
	char label[64], buf[200];

	if (!read_value(s, text, v)) {
		args_label(s, label, sizeof(label));
		err_set(err, ERR_USAGE, "%s takes %s, not '%s'", label, wanted(s, buf, sizeof(buf)),
			text_fit(a->mem, text, strlen(text), 60));
		if (s->kind == VAL_CHOICE)
			suggest_choice(s, text, err);
		return ERR_USAGE;
	}
	if (!(s->flags & ARG_REPEAT))
		v->n = 0;	/* the last one wins */
	if (v->n == v->cap) {
		int cap = v->cap == 0 ? 4 : v->cap * 2;
		const char **more = arena_array(a->mem, (size_t)cap, sizeof(*more));

		if (v->n > 0)
			memcpy(more, v->text, (size_t)v->n * sizeof(*more));
		v->text = more;
		v->cap = cap;
	}
	v->text[v->n++] = arena_strdup(a->mem, text);
	return ERR_OK;
}

enum err_code args_finish(struct cmd_args *a, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; i < a->n && rc == ERR_OK; i++) {
		if (a->v[i].n > 0 || a->list[i].preset == NULL)
			continue;
		rc = args_put(a, i, a->list[i].preset, err);
		a->v[i].is_preset = true;
	}
	return rc;
}

static const struct arg_value *find(const struct cmd_args *in, const char *name)
{
	for (int i = 0; i < in->n; i++)
		if (strcmp(in->list[i].name, name) == 0)
			return &in->v[i];
	fprintf(stderr, "leat: a command asked for an argument it does not have: %s\n", name);
	abort();
}

bool arg_given(const struct cmd_args *in, const char *name)
{
	const struct arg_value *v = find(in, name);

	return v->n > 0 && !v->is_preset;
}

const char *arg_text(const struct cmd_args *in, const char *name)
{
	const struct arg_value *v = find(in, name);

	return v->n > 0 ? v->text[v->n - 1] : NULL;
}

int64_t arg_int8(const struct cmd_args *in, const char *name)
{
	return find(in, name)->i;
}

bool arg_bool(const struct cmd_args *in, const char *name)
{
	return find(in, name)->i != 0;
}

int64_t arg_ms(const struct cmd_args *in, const char *name)
{
	return find(in, name)->i;
}

int64_t arg_time_us(const struct cmd_args *in, const char *name)
{
	return find(in, name)->i;
}

void arg_share(const struct cmd_args *in, const char *name, int64_t *rows, double *percent)
{
	const struct arg_value *v = find(in, name);

	*rows = v->n > 0 ? v->i : -1;
	*percent = v->n > 0 ? v->f : -1;
}

int arg_count(const struct cmd_args *in, const char *name)
{
	return find(in, name)->n;
}

const char *arg_nth(const struct cmd_args *in, const char *name, int i)
{
	const struct arg_value *v = find(in, name);

	return i >= 0 && i < v->n ? v->text[i] : NULL;
}
