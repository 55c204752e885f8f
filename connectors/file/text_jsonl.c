/*
 * connectors/file/text_jsonl.c
 *	JSON lines as a format of text: their keys, and jsonl.h over the blocks.
 */
#include "connectors/file/text.h"
#include "core/flow/jsonl.h"
#include "core/flow/raw_rows.h"

static enum err_code jsonl_columns(struct arena *mem, const struct feed *first, struct layout *l,
				   struct err *err)
{
	const char *p = first->text + first->found.skip_bytes;
	size_t n = first->text_n - first->found.skip_bytes;
	enum err_code rc;

	l->ncols = jsonl_fields(mem, p, n, l->options->is_flat, &l->name);
	if (l->ncols > 0)
		return ERR_OK;
	rc = err_set(err, ERR_INPUT, "%s has no JSON line with a field in its first %u kB",
		     first->base.name, DETECT_BYTES / 1024);
	if (n > 0 && p[0] == '[')
		err_hint(err, "It is one JSON array: --format json.");
	else
		err_hint(err, "Each line must be one object, as {\"id\": 1, \"name\": \"x\"}.");
	return rc;
}

static void *scan_new(struct arena *mem, const struct layout *l, const struct file_shape *shape)
{
	struct jsonl *j = jsonl_new(mem, shape->ncells, shape->name, l->options->ignore_extra);

	jsonl_set(j, l->options->is_flat, false);
	return j;
}

static size_t scan(void *s, const char *data, size_t n, bool is_last, struct csv_place *place,
		   struct batch *b, uint32_t max_rows)
{
	return jsonl_scan_rows(s, data, n, is_last, place, b, max_rows);
}

static json_t *raw_format(const void *s)
{
	return json_pack("{s:{s:b,s:b}}", "json", "ignore_extra", jsonl_ignores_extra(s), "flat",
			 jsonl_is_flat(s));
}

static unsigned kinds(const void *s, int c)
{
	return jsonl_kinds(s, c);
}

const struct text_format text_jsonl = {
	.format = FORMAT_JSONL,
	.columns = jsonl_columns,
	.fit = text_fit_names,
	.scan_new = scan_new,
	.scan = scan,
	.kinds = kinds,
	.raw_format = raw_format,
};
