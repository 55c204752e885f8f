/*
 * core/flow/pipeline.c
 *	Pipelines from JSON and back; every wrong key is named by its path.
 */
#include "core/flow/pipeline.h"

#include <stdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/flow/budget.h"
#include "core/flow/parse.h"


static const char *const modes[] = { "append", "upsert", "replace" };
static const char *const drifts[] = { "fail", "add", "ignore" };
static const char *const overs[] = { "warn", "fail", "hold" };

const char *write_mode_name(enum write_mode m)
{
	return modes[m];
}

bool pipeline_has_key(const struct pipeline *p, const char *field)
{
	for (int i = 0; i < p->nkeys; i++)
		if (strcmp(p->key[i], field) == 0)
			return true;
	return false;
}

const char *drift_policy_name(enum drift_policy d)
{
	return drifts[d];
}

const char *over_rejects_name(enum over_rejects o)
{
	return overs[o];
}

void pipeline_init(struct pipeline *p)
{
	*p = (struct pipeline){
		.name = "",
		.mode = MODE_APPEND,
		.drift = DRIFT_FAIL,
		.max_rejects = -1,
		.max_rejects_percent = -1,
		.parallel = 1,
	};
	p->source.connection = p->target.connection = "";
	p->source.stream = p->target.stream = "";
}

/* Where in the text we are, and what was asked for. */
struct reader {
	struct arena *mem;
	const char *path;	/* "source.options"; "" at the top */
	struct err *err;
};

/* jansson's iteration wants a changeable object, but changes nothing. */
static json_t *walkable(const json_t *j)
{
	return (json_t *)(uintptr_t)j;
}

static const char *path_of(const struct reader *r, const char *key)
{
	char *clean = text_clean_dup(r->mem, key, strlen(key));

	return r->path[0] == '\0' ? clean : arena_printf(r->mem, "%s.%s", r->path, clean);
}

static enum err_code wrong(const struct reader *r, const char *key, const char *want)
{
	return err_set(r->err, ERR_CONFIG, "%s must be %s", path_of(r, key), want);
}

static enum err_code read_text(const struct reader *r, const json_t *j, const char *key,
			       const char **out)
{
	const json_t *v = json_object_get(j, key);

	if (v == NULL || json_is_null(v))
		return ERR_OK;
	if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
		return wrong(r, key, "text");
	*out = arena_strdup(r->mem, json_string_value(v));
	return ERR_OK;
}

static enum err_code read_bool(const struct reader *r, const json_t *j, const char *key, bool *out)
{
	const json_t *v = json_object_get(j, key);

	if (v == NULL || json_is_null(v))
		return ERR_OK;
	if (!json_is_boolean(v))
		return wrong(r, key, "true or false");
	*out = json_is_true(v);
	return ERR_OK;
}

static enum err_code read_int(const struct reader *r, const json_t *j, const char *key,
			      int64_t least, int64_t most, int64_t *out)
{
	const json_t *v = json_object_get(j, key);

	if (v == NULL || json_is_null(v))
		return ERR_OK;
	if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > most)
		return err_set(r->err, ERR_CONFIG, "%s must be a whole number from %lld to %lld",
			       path_of(r, key), (long long)least, (long long)most);
	*out = json_integer_value(v);
	return ERR_OK;
}

/* Index of the word in the list of n. */
static enum err_code read_word(const struct reader *r, const json_t *j, const char *key,
			       const char *const *word, int n, const char *want, int *out)
{
	const char *text = NULL;
	enum err_code rc = read_text(r, j, key, &text);

	if (rc != ERR_OK || text == NULL)
		return rc;
	for (int i = 0; i < n; i++) {
		if (strcmp(text, word[i]) == 0) {
			*out = i;
			return ERR_OK;
		}
	}
	return wrong(r, key, want);
}

static enum err_code check_keys(const struct reader *r, const json_t *j, const char *const *known)
{
	const char *key;
	json_t *v;

	json_object_foreach(walkable(j), key, v) {
		int i = 0;

		while (known[i] != NULL && strcmp(known[i], key) != 0)
			i++;
		if (known[i] != NULL)
			continue;
		err_set(r->err, ERR_CONFIG, "there is no setting %s", path_of(r, key));
		for (i = 0; known[i] != NULL; i++)
			if (strncmp(known[i], key, 3) == 0)
				err_hint(r->err, "Did you mean %s?", known[i]);
		return ERR_CONFIG;
	}
	return ERR_OK;
}

/* A list of texts; one text alone is a list of one. */
static enum err_code read_list(const struct reader *r, const json_t *j, const char *key, int *n,
			       const char ***out)
{
	const json_t *v = json_object_get(j, key);
	size_t size;

	if (v == NULL || json_is_null(v))
		return ERR_OK;
	if (json_is_string(v)) {
		*out = arena_array(r->mem, 1, sizeof(**out));
		*n = 1;
		return read_text(r, j, key, &(*out)[0]);
	}
	if (!json_is_array(v))
		return wrong(r, key, "a list of texts");
	size = json_array_size(v);
	*out = arena_array(r->mem, size, sizeof(**out));
	for (size_t i = 0; i < size; i++) {
		const json_t *e = json_array_get(v, i);

		if (!json_is_string(e))
			return wrong(r, key, "a list of texts");
		(*out)[i] = arena_strdup(r->mem, json_string_value(e));
	}
	*n = (int)size;
	return ERR_OK;
}

static enum err_code read_rule(const struct reader *r, const char *target, const json_t *e,
			       struct map_rule *out)
{
	struct reader inner = { r->mem, "map", r->err };

	out->target = arena_strdup(r->mem, target);
	if (json_is_string(e))
		out->expr = arena_strdup(r->mem, json_string_value(e));
	else if (json_is_integer(e))	/* YAML writes target: 1 without quotes */
		out->expr = arena_printf(r->mem, "%lld", (long long)json_integer_value(e));
	else if (json_is_boolean(e) || json_is_null(e))
		out->expr = json_is_null(e) ? "null" : json_is_true(e) ? "true" : "false";
	else
		return wrong(&inner, target, "an expression");
	return ERR_OK;
}

/*
 * An object as people write it, or a list of objects with one key each: the
 * order of the rules is that of the columns, and a database that stores JSON
 * may sort the keys of an object.
 */
static enum err_code read_map(const struct reader *r, const json_t *j, struct pipeline *p)
{
	static const char want[] = "an object of TARGET: EXPRESSION";
	const json_t *v = json_object_get(j, "map");
	enum err_code rc = ERR_OK;
	const char *key;
	json_t *e;

	if (v == NULL || json_is_null(v))
		return ERR_OK;
	if (!json_is_object(v) && !json_is_array(v))
		return wrong(r, "map", want);
	p->map = arena_array(r->mem, json_object_size(v) + json_array_size(v), sizeof(*p->map));
	for (size_t i = 0; i < json_array_size(v) && rc == ERR_OK; i++) {
		json_t *one = json_array_get(v, i);
		void *at = json_object_iter(one);

		if (json_object_size(one) != 1)
			return wrong(r, "map", want);
		rc = read_rule(r, json_object_iter_key(at), json_object_iter_value(at),
			       &p->map[p->nmaps++]);
	}
	json_object_foreach(walkable(v), key, e)
		if (rc == ERR_OK)
			rc = read_rule(r, key, e, &p->map[p->nmaps++]);
	return rc;
}

static enum err_code read_options(const struct reader *r, const json_t *j, struct params *out)
{
	const json_t *v = json_object_get(j, "options");
	struct reader inner = { r->mem, path_of(r, "options"), r->err };
	const char *key;
	json_t *e;

	if (v == NULL || json_is_null(v))
		return ERR_OK;
	if (!json_is_object(v))
		return wrong(r, "options", "an object");
	out->p = arena_array(r->mem, json_object_size(v), sizeof(*out->p));
	json_object_foreach(walkable(v), key, e) {
		struct param *p = &out->p[out->n++];

		p->name = arena_strdup(r->mem, key);
		if (json_is_string(e))
			p->value = arena_strdup(r->mem, json_string_value(e));
		else if (json_is_integer(e))
			p->value = arena_printf(r->mem, "%lld", (long long)json_integer_value(e));
		else if (json_is_boolean(e))
			p->value = json_is_true(e) ? "true" : "false";
		else
			return wrong(&inner, key, "text, a whole number, true or false");
	}
	return ERR_OK;
}

static enum err_code read_end(const struct reader *r, const json_t *j, const char *name,
			      bool is_target, struct pipeline_end *out)
{
	static const char *const of_source[] = { "connection", "connector", "stream", "query",
						 "options", NULL };
	static const char *const of_target[] = { "connection", "connector", "stream",
						 "create_schema", NULL };
	const json_t *v = json_object_get(j, name);
	struct reader inner = { r->mem, name, r->err };
	enum err_code rc;

	if (v == NULL || json_is_null(v))
		return ERR_OK;
	if (!json_is_object(v))
		return wrong(r, name, "an object with connection and stream");
	rc = check_keys(&inner, v, is_target ? of_target : of_source);
	if (rc == ERR_OK)
		rc = read_text(&inner, v, "connection", &out->connection);
	if (rc == ERR_OK)
		rc = read_text(&inner, v, "connector", &out->connector);
	if (rc == ERR_OK)
		rc = read_text(&inner, v, "stream", &out->stream);
	if (rc == ERR_OK)
		rc = read_text(&inner, v, "query", &out->query);
	if (rc == ERR_OK)
		rc = read_options(&inner, v, &out->options);
	if (rc == ERR_OK)
		rc = read_bool(&inner, v, "create_schema", &out->create_schema);
	return rc;
}

bool share_from_json(const json_t *v, int64_t *rows, double *percent)
{
	struct slice s;

	*rows = -1;
	*percent = -1;
	if (v == NULL || json_is_null(v))
		return true;
	if (json_is_integer(v)) {
		*rows = json_integer_value(v);
		return *rows >= 0;
	}
	if (!json_is_string(v))
		return false;
	s = parse_trim((struct slice){ json_string_value(v), json_string_length(v) });
	if (s.n > 1 && s.p[s.n - 1] == '%') {
		s.n--;
		return parse_float(s, percent) == PARSE_OK && *percent >= 0 && *percent <= 100;
	}
	return parse_int(s, rows) == PARSE_OK && *rows >= 0;
}

json_t *share_to_json(int64_t rows, double percent)
{
	char text[40];

	if (percent < 0)
		return rows >= 0 ? json_integer(rows) : NULL;
	snprintf(text, sizeof(text), "%.15g%%", percent);
	return json_string(text);
}

static enum err_code read_choices(const struct reader *r, const json_t *in, struct pipeline *p)
{
	int mode = (int)p->mode, drift = (int)p->drift, over = (int)p->over_rejects;
	int64_t parallel = p->parallel;
	enum err_code rc = read_word(r, in, "mode", modes, 3, "append, upsert or replace", &mode);

	if (rc == ERR_OK)
		rc = read_word(r, in, "drift", drifts, 3, "add, ignore or fail", &drift);
	if (rc == ERR_OK)
		rc = read_bool(r, in, "only_mapped", &p->only_mapped);
	if (rc == ERR_OK)
		rc = read_bool(r, in, "allow_shrink", &p->allow_shrink);
	if (rc == ERR_OK)
		rc = read_bool(r, in, "reload", &p->reload);
	if (rc == ERR_OK)
		rc = read_int(r, in, "parallel", 1, PIPELINE_PARALLEL_MAX, &parallel);
	if (rc == ERR_OK)
		rc = read_int(r, in, "limit_rows", 0, INT64_MAX, &p->limit_rows);
	if (rc == ERR_OK && !share_from_json(json_object_get(in, "max_rejects"), &p->max_rejects,
					     &p->max_rejects_percent))
		rc = wrong(r, "max_rejects", SHARE_WANTED);
	if (rc == ERR_OK)
		rc = read_word(r, in, "over_rejects", overs, 3, "warn, fail or hold", &over);
	p->mode = (enum write_mode)mode;
	p->has_mode = json_is_string(json_object_get(in, "mode"));
	p->drift = (enum drift_policy)drift;
	p->over_rejects = (enum over_rejects)over;
	p->parallel = (int)parallel;
	return rc;
}

static enum err_code read_slot(const struct reader *r, const json_t *in, struct pipeline_slot *out)
{
	static const char *const known[] = { "start", "end", "local_start", "local_end", "tz",
					     NULL };
	const json_t *v = json_object_get(in, "slot");
	struct reader inner = { r->mem, "slot", r->err };
	enum err_code rc;

	if (v == NULL || json_is_null(v))
		return ERR_OK;
	if (!json_is_object(v))
		return wrong(r, "slot", "an object with start and end");
	rc = check_keys(&inner, v, known);
	if (rc == ERR_OK)
		rc = read_text(&inner, v, "start", &out->start);
	if (rc == ERR_OK)
		rc = read_text(&inner, v, "end", &out->end);
	if (rc == ERR_OK)
		rc = read_text(&inner, v, "local_start", &out->local_start);
	if (rc == ERR_OK)
		rc = read_text(&inner, v, "local_end", &out->local_end);
	if (rc == ERR_OK)
		rc = read_text(&inner, v, "tz", &out->tz);
	if (rc == ERR_OK && (out->start == NULL || out->end == NULL || out->local_start == NULL ||
			     out->local_end == NULL))
		rc = wrong(r, "slot", "an object with start and end in both clocks");
	return rc;
}

enum err_code pipeline_from_json(struct arena *mem, const json_t *in, struct pipeline *out,
				 struct err *err)
{
	static const char *const known[] = {
		"name", "source", "target", "mode", "key", "map", "checks", "filter",
		"only_mapped", "drift", "cursor", "max_rejects", "over_rejects", "allow_shrink",
		"reload", "parallel", "limit_rows", "queue", "priority", "attempts", "time_limit",
		"unique", "on_clash", "slot", NULL,
	};
	struct reader r = { mem, "", err };
	enum err_code rc;

	pipeline_init(out);
	if (!json_is_object(in))
		return err_set(err, ERR_CONFIG, "a pipeline must be an object");
	rc = check_keys(&r, in, known);
	if (rc == ERR_OK)
		rc = read_text(&r, in, "name", &out->name);
	if (rc == ERR_OK)
		rc = read_end(&r, in, "source", false, &out->source);
	if (rc == ERR_OK)
		rc = read_end(&r, in, "target", true, &out->target);
	if (rc == ERR_OK)
		rc = read_list(&r, in, "key", &out->nkeys, &out->key);
	if (rc == ERR_OK)
		rc = read_map(&r, in, out);
	if (rc == ERR_OK)
		rc = read_list(&r, in, "checks", &out->nchecks, &out->check);
	if (rc == ERR_OK)
		rc = read_text(&r, in, "filter", &out->filter);
	if (rc == ERR_OK)
		rc = read_text(&r, in, "cursor", &out->cursor);
	if (rc == ERR_OK)
		rc = read_choices(&r, in, out);
	if (rc == ERR_OK)
		rc = terms_read(mem, walkable(in), &out->terms, err);
	if (rc == ERR_OK)
		rc = read_slot(&r, in, &out->slot);
	if (rc == ERR_OK && out->mode == MODE_UPSERT && out->nkeys == 0) {
		rc = err_set(err, ERR_CONFIG, "mode upsert needs a key");
		err_hint(err, "Name the fields that identify a row, for example key: [id].");
	}
	return rc == ERR_OK ? budget_check(out, err) : rc;
}

static void put(json_t *to, const char *key, json_t *value)
{
	json_object_set_new(to, key, value);
}

static void put_text(json_t *to, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		put(to, key, json_string(text));
}

static void put_true(json_t *to, const char *key, bool value)
{
	if (value)
		put(to, key, json_true());
}

static void put_list(json_t *to, const char *key, int n, const char *const *text)
{
	json_t *list;

	if (n == 0)
		return;
	list = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(list, json_string(text[i]));
	put(to, key, list);
}

static json_t *end_to_json(const struct pipeline_end *e)
{
	json_t *j = json_object();

	put_text(j, "connection", e->connection);
	put_text(j, "connector", e->connector);
	put_text(j, "stream", e->stream);
	put_text(j, "query", e->query);
	if (e->options.n > 0) {
		json_t *o = json_object();

		for (int i = 0; i < e->options.n; i++)
			put(o, e->options.p[i].name, json_string(e->options.p[i].value));
		put(j, "options", o);
	}
	put_true(j, "create_schema", e->create_schema);
	return j;
}

json_t *pipeline_to_json(const struct pipeline *p)
{
	json_t *j = json_object();

	put_text(j, "name", p->name);
	put(j, "source", end_to_json(&p->source));
	put(j, "target", end_to_json(&p->target));
	if (p->has_mode || p->mode != MODE_APPEND)
		put_text(j, "mode", write_mode_name(p->mode));
	put_list(j, "key", p->nkeys, p->key);
	if (p->nmaps > 0) {
		json_t *list = json_array();

		for (int i = 0; i < p->nmaps; i++) {
			json_t *one = json_object();

			put(one, p->map[i].target, json_string(p->map[i].expr));
			json_array_append_new(list, one);
		}
		put(j, "map", list);
	}
	put_list(j, "checks", p->nchecks, p->check);
	put_text(j, "filter", p->filter);
	put_true(j, "only_mapped", p->only_mapped);
	if (p->drift != DRIFT_FAIL)
		put_text(j, "drift", drift_policy_name(p->drift));
	put_text(j, "cursor", p->cursor);
	if (p->max_rejects_percent >= 0 || p->max_rejects >= 0)
		put(j, "max_rejects", share_to_json(p->max_rejects, p->max_rejects_percent));
	if (p->over_rejects != OVER_WARN)
		put_text(j, "over_rejects", over_rejects_name(p->over_rejects));
	put_true(j, "allow_shrink", p->allow_shrink);
	put_true(j, "reload", p->reload);
	if (p->parallel != 1)
		put(j, "parallel", json_integer(p->parallel));
	if (p->limit_rows != 0)
		put(j, "limit_rows", json_integer(p->limit_rows));
	terms_put(j, &p->terms);
	if (p->slot.start != NULL) {
		json_t *slot = json_object();

		put_text(slot, "start", p->slot.start);
		put_text(slot, "end", p->slot.end);
		put_text(slot, "local_start", p->slot.local_start);
		put_text(slot, "local_end", p->slot.local_end);
		put_text(slot, "tz", p->slot.tz);
		put(j, "slot", slot);
	}
	return j;
}

/* The folder in front of any pattern as the system knows it; the rest as it was written. */
static void add_clean(struct buf *out, const char *path)
{
	size_t head = strcspn(path, "*?[");
	char folder[PATH_MAX], real[PATH_MAX];

	while (head > 0 && path[head - 1] != '/')
		head--;
	if (head > 1 && head < sizeof(folder)) {
		memcpy(folder, path, head);
		folder[head] = '\0';
		if (realpath(folder, real) != NULL) {
			buf_adds(out, real);
			path += head - 1;	/* with the slash */
		}
	}
	buf_adds(out, path);
}

const char *pipeline_anchor(struct arena *mem, const char *folder, const char *stream)
{
	struct buf out;
	const char *copy;

	buf_init(&out, 4u << 20);
	while (*stream != '\0') {
		size_t n = strcspn(stream, "\n");
		const char *line = arena_strndup(mem, stream, n);

		if (out.len > 0)
			buf_adds(&out, "\n");
		if (strcmp(line, "-") == 0)
			buf_adds(&out, line);
		else
			add_clean(&out, line[0] == '/' ? line
						       : arena_printf(mem, "%s/%s", folder, line));
		stream += n + (stream[n] == '\n');
	}
	copy = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return copy;
}
