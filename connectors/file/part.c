/*
 * connectors/file/part.c
 *	The list of formats, and the calls that go through it.
 */
#include "connectors/file/part.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "connectors/file/book.h"
#include "connectors/file/text.h"
#include "core/base/arena.h"

/* The last one takes what no other claims. */
static const struct format_ops *const formats[] = {
	&format_book,
	&format_text,
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static bool has_ending(const struct format_ops *f, const char *path, size_t path_n)
{
	const char *dot = memrchr(path, '.', path_n), *at = f->endings;

	if (dot == NULL || at == NULL)
		return false;
	dot++;
	path_n -= (size_t)(dot - path);
	for (; *at != '\0'; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (path_n == n && strncasecmp(dot, at, n) == 0)
			return true;
		at += n;
	}
	return false;
}

/* The first bytes of a plain file; a pipe is left alone. */
static size_t first_bytes(const char *path, char *head, size_t cap)
{
	int fd = strcmp(path, "-") == 0 ? -1
			: open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n = fd >= 0 ? pread(fd, head, cap, 0) : -1;

	if (fd >= 0)
		close(fd);
	return n > 0 ? (size_t)n : 0;
}

const struct format_ops *part_format(const struct file_options *options, const char *path)
{
	char head[64];
	size_t n = first_bytes(path, head, sizeof(head));

	for (size_t i = 0; options->format != NULL && i < FORMATS; i++)
		if (formats[i]->name != NULL && strcmp(formats[i]->name, options->format) == 0)
			return formats[i];
	/* A setting that is none of these is one of the formats of text. */
	for (size_t i = 0; options->format == NULL && i < FORMATS; i++)
		if ((formats[i]->knows != NULL && formats[i]->knows(head, n)) ||
		    has_ending(formats[i], path, strlen(path)))
			return formats[i];
	return &format_text;
}

enum err_code part_inside(struct arena *mem, const char *path, struct stream_list *out,
			  struct err *err)
{
	const struct format_ops *ops = part_format(&(struct file_options){ 0 }, path);

	*out = (struct stream_list){ 0 };
	return ops->inside != NULL ? ops->inside(mem, path, out, err) : ERR_OK;
}

const char *part_hash(const char *path, size_t n)
{
	for (size_t at = 0; at + 1 < n; at++)
		for (size_t i = 0; path[at] == '#' && i < FORMATS; i++)
			if (formats[i]->inside != NULL && has_ending(formats[i], path, at))
				return path + at;
	return NULL;
}

enum err_code source_open(struct arena *mem, const char *path, const struct source_set *set,
			  struct source **out, struct err *err)
{
	const struct format_ops *ops = part_format(set->options, path);
	struct arena *own = arena_new(mem, "source");
	struct source *s = NULL;
	enum err_code rc = ops->open(own, path, set, &s, err);

	if (rc != ERR_OK) {
		arena_free(own);
		return rc;
	}
	s->ops = ops;
	s->mem = own;
	s->path = arena_strdup(own, path);
	*out = s;
	return ERR_OK;
}

void source_close(struct source *s)
{
	if (s == NULL)
		return;
	if (s->ops->close != NULL)
		s->ops->close(s);
	arena_free(s->mem);
}

enum err_code part_open(struct arena *mem, const struct layout *l, struct source *s,
			bool only_seen, struct part **out, struct err *err)
{
	struct arena *own = arena_new(mem, "part");
	struct part *p = NULL;
	enum err_code rc;

	if (s->ops == l->ops) {
		rc = s->ops->rows(own, l, s, only_seen, &p, err);
	} else {
		rc = err_set(err, ERR_INPUT, "%s is not of the format of the first file", s->name);
		err_hint(err, "The first file is %s. Load files of other formats by themselves.",
			 l->first_file);
	}
	if (rc != ERR_OK) {
		arena_free(own);
		return rc;
	}
	p->ops = s->ops;
	p->mem = own;
	p->from = s;
	*out = p;
	return ERR_OK;
}

void part_close(struct part *p)
{
	struct source *s = p != NULL ? p->from : NULL;

	if (p != NULL)
		arena_free(p->mem);
	source_close(s);
}

void part_leave(struct part *p)
{
	struct source *s = p->from;

	arena_free(p->mem);
	if (s->ops->again != NULL)
		s->ops->again(s);
}

enum err_code part_read(struct part *p, struct batch *into, uint32_t max_rows, int64_t *row,
			struct err *err)
{
	return p->ops->read(p, into, max_rows, row, err);
}

unsigned part_kinds(const struct part *p, int c)
{
	return p->ops->kinds != NULL ? p->ops->kinds(p, c) : 0;
}

struct json_t *part_raw_format(const struct part *p)
{
	return p->ops->raw_format != NULL ? p->ops->raw_format(p) : NULL;
}

int64_t part_used_bytes(const struct part *p)
{
	return p->ops->used_bytes(p->from);
}
