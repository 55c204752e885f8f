/*
 * connectors/file/text_json.c
 *	A JSON document as a format of text: where its rows stand, and jsondoc.h over the blocks.
 */
#include <jansson.h>
#include <string.h>

#include "connectors/file/text.h"
#include "core/base/arena.h"
#include "core/flow/jsondoc.h"

/* What the first file taught. */
struct json_own {
	const char *rows_at;
};

struct json_scan {
	struct jsonl *rows;
	struct jsondoc *doc;
	const char *rows_at;
};

static const char *shown_place(const char *rows_at)
{
	return rows_at[0] == '\0' ? "/" : rows_at;
}

static void add_finding(struct arena *mem, struct layout *l, const char *value, const char *sure,
			const char *why)
{
	struct finding *f = arena_array(mem, (size_t)l->nfindings + 1, sizeof(*f));

	if (l->nfindings > 0)
		memcpy(f, l->finding, (size_t)l->nfindings * sizeof(*f));
	f[l->nfindings++] = (struct finding){ "rows-at", value, sure, why };
	l->finding = f;
}

/* The one array of objects; several: nobody knows which of them is meant. */
static enum err_code find_rows(struct arena *mem, const struct feed *first, const char *p,
			       size_t n, struct layout *l, const char **out, struct err *err)
{
	const char *place[JSONDOC_PLACES_MAX], *all = "";
	int nplaces = jsondoc_places(mem, p, n, place);

	*out = nplaces > 0 ? place[0] : "";
	if (l->options->rows_at != NULL) {
		*out = strcmp(l->options->rows_at, "/") == 0 ? "" : l->options->rows_at;
		add_finding(mem, l, shown_place(*out), "set", "it was said");
		return ERR_OK;
	}
	for (int i = 0; i < nplaces; i++)
		all = arena_printf(mem, "%s%s%s", all, i > 0 ? ", " : "", shown_place(place[i]));
	if (nplaces > 1) {
		err_set(err, ERR_CONFIG, "%s has %d arrays of objects: %.120s", first->base.name,
			nplaces, all);
		err_hint(err, "Say which of them are the rows: --rows-at %s", place[0]);
		return ERR_CONFIG;
	}
	add_finding(mem, l, shown_place(*out), first->is_whole ? "sure" : "likely",
		    nplaces == 0 ? "there is no array of objects: the document is one row"
				 : "it is the only array of objects");
	return ERR_OK;
}

static enum err_code json_columns(struct arena *mem, const struct feed *first, struct layout *l,
				  struct err *err)
{
	const char *p = first->text + first->found.skip_bytes;
	size_t n = first->text_n - first->found.skip_bytes;
	struct json_own *own = arena_alloc(mem, sizeof(*own));
	enum err_code rc = find_rows(mem, first, p, n, l, &own->rows_at, err);

	if (rc != ERR_OK)
		return rc;
	l->own = own;
	l->ncols = jsondoc_fields(mem, p, n, own->rows_at, l->options->is_flat, &l->name);
	if (l->ncols > 0)
		return ERR_OK;
	rc = err_set(err, ERR_INPUT, "%s has no object with a field at %s in its first %u kB",
		     first->base.name, shown_place(own->rows_at), DETECT_BYTES / 1024);
	err_hint(err, "--rows-at says where its rows are, as in /data/items.");
	return rc;
}

static void *scan_new(struct arena *mem, const struct layout *l, const struct file_shape *shape)
{
	const struct json_own *own = l->own;
	struct json_scan *s = arena_alloc(mem, sizeof(*s));

	s->rows = jsonl_new(mem, shape->ncells, shape->name, l->options->ignore_extra);
	jsonl_set(s->rows, l->options->is_flat, true);
	s->rows_at = own->rows_at;
	s->doc = jsondoc_new(mem, s->rows, own->rows_at);
	return s;
}

static size_t scan(void *scan, const char *data, size_t n, bool is_last, struct csv_place *place,
		   struct batch *b, uint32_t max_rows)
{
	struct json_scan *s = scan;

	return jsondoc_scan_rows(s->doc, data, n, is_last, place, b, max_rows);
}

static enum err_code fault(void *scan, const char *file, struct err *err)
{
	const struct json_scan *s = scan;
	int64_t line, offset;
	const char *why = jsondoc_fault(s->doc, &line, &offset);

	if (why == NULL)
		return ERR_OK;
	err_set(err, ERR_INPUT, "%s, line %lld (byte %lld): %s", file, (long long)line,
		(long long)offset, why);
	err_hint(err, "Nothing was loaded. The rows were looked for at %s; --rows-at says where "
		 "they are.", shown_place(s->rows_at));
	return ERR_INPUT;
}

static json_t *raw_format(const void *scan)
{
	const struct json_scan *s = scan;

	return json_pack("{s:{s:b,s:b,s:b}}", "json", "ignore_extra", jsonl_ignores_extra(s->rows),
			 "flat", jsonl_is_flat(s->rows), "document", 1);
}

static unsigned kinds(const void *scan, int c)
{
	return jsonl_kinds(((const struct json_scan *)scan)->rows, c);
}

const struct text_format text_json = {
	.format = FORMAT_JSON,
	.columns = json_columns,
	.fit = text_fit_names,
	.scan_new = scan_new,
	.scan = scan,
	.fault = fault,
	.kinds = kinds,
	.raw_format = raw_format,
};
