/*
 * core/command/body.c
 *	Pipelines between the words of people and the JSON that is stored.
 */
#include "core/command/body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/flow/pipeline.h"

static const char *trimmed(struct arena *mem, const char *p, size_t n)
{
	while (n > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		n--;
	}
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	if (n >= 2 && p[0] == '"' && p[n - 1] == '"') {
		p++;
		n -= 2;
	}
	return arena_strndup(mem, p, n);
}

enum err_code body_split(struct arena *mem, const char *what, const char *text, const char **name,
			 const char **value, struct err *err)
{
	bool is_quoted = false;
	size_t at = 0;

	while (text[at] != '\0' && (is_quoted || text[at] != '=')) {
		is_quoted ^= text[at] == '"';
		at++;
	}
	*name = trimmed(mem, text, at);
	if (text[at] != '=' || (*name)[0] == '\0')
		return err_set(err, ERR_USAGE, "%s takes NAME=VALUE, not '%s'", what,
			       text_fit(mem, text, strlen(text), 60));
	*value = text + at + 1 + strspn(text + at + 1, " \t");
	return ERR_OK;
}

void body_names(struct arena *mem, const char *text, int *n, const char ***out)
{
	size_t len = strlen(text), start = 0;
	bool is_quoted = false;

	*out = arena_array(mem, len + 1, sizeof(**out));
	*n = 0;
	for (size_t i = 0; i <= len; i++) {
		is_quoted ^= text[i] == '"';
		if (i < len && (text[i] != ',' || is_quoted))
			continue;
		(*out)[*n] = trimmed(mem, text + start, i - start);
		*n += (*out)[*n][0] != '\0';
		start = i + 1;
	}
}

const char *body_text(struct arena *mem, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	const char *copy = arena_strdup(mem, text != NULL ? text : "null");

	free(text);
	return copy;
}

json_t *body_value(struct arena *mem, struct slice v)
{
	json_t *j = v.p != NULL ? json_stringn(v.p, v.n) : json_null();

	return j != NULL ? j : json_string(text_clean_dup(mem, v.p, v.n));
}

enum err_code body_read_file(const char *path, struct buf *out, struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum err_code rc = ERR_OK;
	char piece[4096];
	ssize_t n = 1;

	if (fd < 0)
		return err_sys(err, errno, "opening %s", path);
	while (rc == ERR_OK && n != 0) {
		n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno != EINTR)
			rc = err_sys(err, errno, "reading %s", path);
		else if (n > 0)
			rc = buf_append(out, piece, (size_t)n, err);
	}
	if (!is_stdin)
		close(fd);
	return rc;
}

const char *body_of_pipeline(struct arena *mem, const struct pipeline *p)
{
	json_t *json = pipeline_to_json(p);
	const char *text = body_text(mem, json);

	json_decref(json);
	return text;
}

enum err_code body_read(struct arena *mem, const char *body, const char *what,
			struct pipeline *out, struct err *err)
{
	json_t *json = NULL;
	enum err_code rc = js_parse(&json, body, strlen(body), what, err);

	if (rc == ERR_OK)
		rc = pipeline_from_json(mem, json, out, err);
	json_decref(json);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "%s", what);
}

const char *body_quoted(struct arena *mem, const char *text)
{
	struct buf out;
	const char *copy;

	buf_init(&out, 65536);
	buf_adds(&out, "\"");
	for (; *text != '\0'; text++)
		buf_addf(&out, *text == '"' ? "\"\"" : "%c", *text);
	buf_adds(&out, "\"");
	copy = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return copy;
}
