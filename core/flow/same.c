/*
 * core/flow/same.c
 *	The list of parts, noted and compared.
 */
#include "core/flow/same.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/io/input.h"

#define TEXT_MAX (256u << 20)

/* [path, size, changed, inode, status], part after part. */
enum err_code same_text(struct arena *mem, const struct part_list *parts, const char **out,
			struct err *err)
{
	json_t *list = json_array();
	enum err_code rc = ERR_OK;
	struct buf text;

	for (int i = 0; i < parts->n && rc == ERR_OK; i++) {
		const struct part_info *p = &parts->p[i];
		/* Names are bytes; those that are no text are told by their numbers and place. */
		json_t *path = json_string(p->path);

		if (path == NULL)
			path = json_string("");
		if (json_array_append_new(list, json_pack("[oIIII]", path,
							  (json_int_t)p->size_bytes,
							  (json_int_t)p->changed_ns,
							  (json_int_t)p->inode,
							  (json_int_t)p->status_ns)) != 0)
			rc = err_set(err, ERR_LIMIT, "no memory for a list of %d files", parts->n);
	}
	buf_init(&text, TEXT_MAX);
	if (rc == ERR_OK)
		rc = js_write(&text, list, err);
	if (rc == ERR_OK)
		*out = arena_strdup(mem, buf_str(&text));
	buf_release(&text);
	json_decref(list);
	return rc;
}

static enum err_code read_text(struct arena *mem, const char *text, struct part_list *out,
			       struct err *err)
{
	json_t *list = NULL, *item;
	enum err_code rc = js_parse(&list, text, strlen(text), "the list of files", err);
	size_t i;

	if (rc != ERR_OK)
		return rc;
	out->p = arena_array(mem, json_array_size(list), sizeof(*out->p));
	out->n = (int)json_array_size(list);
	json_array_foreach(list, i, item) {
		const char *path = json_string_value(json_array_get(item, 0));

		out->p[i] = (struct part_info){
			.path = arena_strdup(mem, path != NULL ? path : ""),
			.size_bytes = json_integer_value(json_array_get(item, 1)),
			.changed_ns = json_integer_value(json_array_get(item, 2)),
			.inode = json_integer_value(json_array_get(item, 3)),
			.status_ns = json_integer_value(json_array_get(item, 4)),
		};
	}
	json_decref(list);
	return ERR_OK;
}

static bool has_path(const struct part_list *list, const char *path)
{
	for (int i = 0; i < list->n; i++)
		if (strcmp(list->p[i].path, path) == 0)
			return true;
	return false;
}

/* Names that are the same in both lists, or which one is not. */
static enum err_code compare_names(struct arena *mem, const struct part_list *then,
				   const struct part_list *now, struct err *err)
{
	int n = then->n > now->n ? then->n : now->n;

	for (int i = 0; i < n; i++) {
		const char *was = i < then->n ? then->p[i].path : NULL;
		const char *is = i < now->n ? now->p[i].path : NULL;

		if (was != NULL && is != NULL && (was[0] == '\0' || strcmp(was, is) == 0))
			continue;
		if (is != NULL && !has_path(then, is))
			return err_set(err, ERR_CONFLICT, "%s is new in the source since this load"
				       " began", input_name(mem, is));
		if (was != NULL && !has_path(now, was))
			return err_set(err, ERR_CONFLICT, "%s was in the source when this load"
				       " began, and is not now", input_name(mem, was));
		return err_set(err, ERR_CONFLICT, "the files of the source come in another order"
			       " than when this load began: %s",
			       input_name(mem, is != NULL ? is : was));
	}
	return ERR_OK;
}

static bool has_same_stamp(const struct part_info *a, const struct part_info *b)
{
	return a->changed_ns == b->changed_ns && a->inode == b->inode &&
	       a->status_ns == b->status_ns && a->status_ns != 0;
}

static const struct read_mark *last_mark(const struct chunk_list *chunks)
{
	const struct read_mark *last = &chunks->c[0].mark;

	for (int i = 1; i < chunks->n; i++)
		if (chunks->c[i].mark.bytes > last->bytes)
			last = &chunks->c[i].mark;
	return last;
}

static enum err_code compare_content(struct conn *source, const struct read_mark *mark,
				     const struct part_list *now, const char *suspect,
				     int nsuspects, struct err *err)
{
	struct read_mark is;
	enum err_code rc = source->ops->parts_mark(source, now, mark->bytes, &is, err);

	if (rc != ERR_OK)
		return err_wrap(err, rc, "comparing the source with what was read before");
	if (is.bytes == mark->bytes && strcmp(is.hash, mark->hash) == 0)
		return ERR_OK;
	if (nsuspects == 1)
		return err_set(err, ERR_CONFLICT, "%s was changed since this load began:"
			       " as long as before, but not the same", suspect);
	return err_set(err, ERR_CONFLICT, "one of %d files was changed since this load began, %s"
		       " the first of them", nsuspects, suspect);
}

enum err_code same_check(struct arena *mem, struct conn *source, const struct chunk_list *chunks,
			 const struct part_list *now, struct err *err)
{
	const struct read_mark *mark = last_mark(chunks);
	struct part_list then = { 0 };
	const char *suspect = NULL;
	int nsuspects = 0;
	enum err_code rc;

	if (chunks->source == NULL || mark->hash[0] == '\0')
		return err_set(err, ERR_CONFLICT, "the attempts before were of an older leat, which"
			       " did not note what it read");
	rc = read_text(mem, chunks->source, &then, err);
	if (rc == ERR_OK)
		rc = compare_names(mem, &then, now, err);
	if (rc != ERR_OK)
		return rc;
	for (int64_t i = 0, at = 0; i < now->n && at < mark->bytes; at += then.p[i++].size_bytes) {
		const struct part_info *a = &then.p[i], *b = &now->p[i];

		if (a->size_bytes != b->size_bytes)
			return err_set(err, ERR_CONFLICT, "%s was changed since this load began:"
				       " it had %lld bytes and has %lld", input_name(mem, b->path),
				       (long long)a->size_bytes, (long long)b->size_bytes);
		if (has_same_stamp(a, b))
			continue;
		suspect = suspect == NULL ? input_name(mem, b->path) : suspect;
		nsuspects++;
	}
	return suspect == NULL ? ERR_OK
			       : compare_content(source, mark, now, suspect, nsuspects, err);
}
