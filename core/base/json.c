/*
 * core/base/json.c
 *	Checked reading of JSON over jansson.
 */
#include "core/base/json.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

/* jansson recurses; the depth is known before it starts. */
static bool is_too_deep(const char *text, size_t n)
{
	bool in_text = false;
	int depth = 0;

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (in_text) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_text = false;
		} else if (c == '"') {
			in_text = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JS_MAX_DEPTH)
				return true;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return false;
}

enum err_code js_parse(json_t **out, const char *text, size_t n, const char *what,
		       struct err *err)
{
	json_error_t why;

	*out = NULL;
	if (is_too_deep(text, n))
		return err_set(err, ERR_CONFIG, "%s: nested more than %d deep", what, JS_MAX_DEPTH);
	*out = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (*out == NULL)
		return err_set(err, ERR_CONFIG, "%s: line %d, column %d: %s", what, why.line,
			       why.column, why.text);
	return ERR_OK;
}

/* The element that n bytes at name select in a list; NULL when none. */
static json_t *element(const json_t *list, const char *name, size_t n)
{
	size_t at = 0;

	if (n == 0 || n > 9)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (name[i] < '0' || name[i] > '9')
			return NULL;
		at = at * 10 + (size_t)(name[i] - '0');
	}
	return json_array_get(list, at);
}

json_t *js_at(json_t *root, const char *path)
{
	json_t *at = root;

	if (path[0] == '\0')
		return root;
	for (const char *p = path; at != NULL; p++) {
		size_t n = strcspn(p, ".");

		at = json_is_array(at) ? element(at, p, n) : json_object_getn(at, p, n);
		p += n;
		if (*p == '\0')
			return at;
	}
	return NULL;
}

static const char *kind_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a text";
	case JSON_INTEGER:
		return "a whole number";
	case JSON_REAL:
		return "a number with decimals";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	default:
		return "null";
	}
}

/*
 * The value at path when it is of the type wanted. *out is NULL, and all is
 * well, when it is missing or null and need is false.
 */
static enum err_code typed(json_t *root, const char *path, json_type type, bool need,
			   json_t **out, struct err *err)
{
	json_t *value = js_at(root, path);

	*out = NULL;
	if (value == NULL || json_is_null(value)) {
		if (!need)
			return ERR_OK;
		return err_set(err, ERR_CONFIG, "%s is missing",
			       path[0] != '\0' ? path : "the value");
	}
	if (json_typeof(value) == type || (type == JSON_TRUE && json_is_false(value))) {
		*out = value;
		return ERR_OK;
	}
	return err_set(err, ERR_CONFIG, "%s must be %s, not %s",
		       path[0] != '\0' ? path : "the value", kind_name(type),
		       kind_name(json_typeof(value)));
}

static enum err_code get_text(json_t *root, const char *path, bool need, const char **out,
			      struct err *err)
{
	json_t *value;
	enum err_code rc = typed(root, path, JSON_STRING, need, &value, err);

	if (rc == ERR_OK && value != NULL)
		*out = json_string_value(value);	/* no NUL inside: js_parse() refuses it */
	return rc;
}

static enum err_code get_int(json_t *root, const char *path, bool need, int64_t *out,
			     struct err *err)
{
	json_t *value;
	enum err_code rc = typed(root, path, JSON_INTEGER, need, &value, err);

	if (rc == ERR_OK && value != NULL)
		*out = json_integer_value(value);
	return rc;
}

static enum err_code get_bool(json_t *root, const char *path, bool need, bool *out,
			      struct err *err)
{
	json_t *value;
	enum err_code rc = typed(root, path, JSON_TRUE, need, &value, err);

	if (rc == ERR_OK && value != NULL)
		*out = json_is_true(value);
	return rc;
}

enum err_code js_need_text(json_t *root, const char *path, const char **out, struct err *err)
{
	return get_text(root, path, true, out, err);
}

enum err_code js_need_int(json_t *root, const char *path, int64_t *out, struct err *err)
{
	return get_int(root, path, true, out, err);
}

enum err_code js_need_bool(json_t *root, const char *path, bool *out, struct err *err)
{
	return get_bool(root, path, true, out, err);
}

enum err_code js_need_object(json_t *root, const char *path, json_t **out, struct err *err)
{
	return typed(root, path, JSON_OBJECT, true, out, err);
}

enum err_code js_need_list(json_t *root, const char *path, json_t **out, struct err *err)
{
	return typed(root, path, JSON_ARRAY, true, out, err);
}

enum err_code js_opt_text(json_t *root, const char *path, const char **out, struct err *err)
{
	return get_text(root, path, false, out, err);
}

enum err_code js_opt_int(json_t *root, const char *path, int64_t *out, struct err *err)
{
	return get_int(root, path, false, out, err);
}

enum err_code js_opt_bool(json_t *root, const char *path, bool *out, struct err *err)
{
	return get_bool(root, path, false, out, err);
}

enum err_code js_only_keys(json_t *root, const char *path, const char *const *names,
			   struct err *err)
{
	json_t *object;
	const char *key;
	json_t *value;
	enum err_code rc = typed(root, path, JSON_OBJECT, true, &object, err);

	if (rc != ERR_OK)
		return rc;
	json_object_foreach(object, key, value) {
		const char *const *name = names;

		while (*name != NULL && strcmp(*name, key) != 0)
			name++;
		if (*name == NULL)
			return err_set(err, ERR_CONFIG, "%s%s%s is not known", path,
				       path[0] != '\0' ? "." : "", key);
	}
	return ERR_OK;
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7f && c != '"' && c != '\\';
}

/* Bytes from `at` on that need no escape: up to end, or behind it by the rest of a character. */
static size_t plain_run(struct slice s, size_t at, size_t end)
{
	size_t i = at, len;
	uint32_t wide;

	for (;;) {
		while (i < end && is_plain(s.p[i]))
			i++;
		if (i >= end || (unsigned char)s.p[i] < 0x80)
			return i - at;
		len = utf8_decode(s.p + i, s.n - i, &wide);
		if (len == 0 || wide < 0xa0)
			return i - at;
		i += len;
	}
}

/* What stands for the character at p, of which n bytes are there; its length. */
static size_t escape_one(const char *p, size_t n, unsigned how, char *out, size_t size)
{
	static const char named[] = "\"\"\\\\\nn\rr\tt";
	uint32_t wide = 0;
	size_t len = utf8_decode(p, n, &wide);

	for (int i = 0; named[i] != '\0'; i += 2) {
		if (*p == named[i]) {
			snprintf(out, size, "\\%c", named[i + 1]);
			return 1;
		}
	}
	if (*p == '\0' && (how & JS_TEXT_NO_NUL))
		snprintf(out, size, "\xe2\x90\x80");
	else if (*p == '\0' || len > 0)
		snprintf(out, size, "\\u%04x", wide & 0xffu);
	else if (how & JS_TEXT_AS_IS)
		snprintf(out, size, "%c", *p);
	else
		snprintf(out, size, "\xef\xbf\xbd");
	return len > 0 ? len : 1;
}

enum err_code js_text(struct buf *out, struct slice s, size_t max, unsigned how, struct err *err)
{
	size_t end = s.n < max ? s.n : max, at = 0;
	enum err_code rc = buf_append(out, "\"", 1, err);
	char one[8];

	while (rc == ERR_OK && at < end) {
		size_t run = plain_run(s, at, end);

		rc = buf_append(out, s.p + at, run, err);
		at += run;
		if (rc == ERR_OK && at < end) {
			at += escape_one(s.p + at, s.n - at, how, one, sizeof(one));
			rc = buf_append(out, one, strlen(one), err);
		}
	}
	if (rc == ERR_OK && at < s.n)
		rc = buf_append(out, "\xe2\x80\xa6", 3, err);
	return rc == ERR_OK ? buf_append(out, "\"", 1, err) : rc;
}

void js_add_text(struct buf *out, struct slice s, unsigned how)
{
	struct err err = { 0 };

	if (js_text(out, s, SIZE_MAX, how, &err) != ERR_OK)
		err_clear(&err);
}

struct sink {
	struct buf *out;
	struct err *err;
	enum err_code rc;
};

static int append(const char *p, size_t n, void *ctx)
{
	struct sink *sink = ctx;

	sink->rc = buf_append(sink->out, p, n, sink->err);
	return sink->rc == ERR_OK ? 0 : -1;
}

enum err_code js_write(struct buf *out, const json_t *value, struct err *err)
{
	struct sink sink = { out, err, ERR_OK };
	size_t before = out->len;
	int flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY;

	if (json_dump_callback(value, append, &sink, (size_t)flags) == 0)
		return ERR_OK;
	out->len = before;
	if (out->data != NULL)
		out->data[before] = '\0';
	if (sink.rc != ERR_OK)
		return sink.rc;
	return err_set(err, ERR_BUG, "a JSON value could not be written");
}
