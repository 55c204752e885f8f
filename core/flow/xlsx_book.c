/*
 * core/flow/xlsx_book.c
 *	Relations, sheets and number formats of a workbook.
 */
#include "core/flow/xlsx_book.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/flow/parse.h"
#include "core/flow/xlsx_kind.h"
#include "core/flow/xml.h"

#define RELATIONS_MAX 20000
#define FORMATS_MAX   100000

struct relation {
	const char *id;
	const char *type;	/* its last word: "worksheet" */
	const char *target;	/* name in the archive */
};

struct relations {
	int n, cap;
	struct relation *r;
};

struct num_format {
	int id;
	enum xlsx_style style;
};

enum err_code xlsx_read_part(void *stream, char *to, size_t cap, size_t *got, struct err *err)
{
	return zip_stream_read(stream, to, cap, got, err);
}

bool xlsx_is_book(const char *head, size_t n)
{
	return (n >= 4 && memcmp(head, "PK\3\4", 4) == 0) || xlsx_is_old(head, n);
}

/* A small part to be read token by token. */
static enum err_code open_part(struct arena *tmp, const struct xlsx_book *b, int entry,
			       struct xml **out, struct err *err)
{
	const struct zip_entry *e = zip_entry(b->zip, entry);
	struct zip_stream *s;
	enum err_code rc;

	if (e->size_bytes > XLSX_PART_MAX)
		return err_set(err, ERR_LIMIT, "%s: %.100s in it has %lld bytes; %lld are possible",
			       b->name, e->name, (long long)e->size_bytes,
			       (long long)XLSX_PART_MAX);
	rc = zip_stream_open(tmp, b->zip, entry, false, &s, err);
	if (rc == ERR_OK)
		*out = xml_new(tmp, arena_printf(tmp, "%s: %.100s", b->name, e->name),
			       xlsx_read_part, s);
	return rc;
}

/* ---- relations ------------------------------------------------------------- */

/* target as seen from the folder of part `from`, with . and .. undone. */
static const char *resolve(struct arena *mem, const char *from, const char *target)
{
	const char *slash = strrchr(from, '/');
	char *out;
	size_t n = 0;

	if (target[0] != '/' && slash != NULL)
		target = arena_printf(mem, "%.*s/%s", (int)(slash - from), from, target);
	target += target[0] == '/';
	out = arena_bytes(mem, strlen(target) + 2);
	while (*target != '\0') {
		size_t word = strcspn(target, "/");

		if (word == 2 && memcmp(target, "..", 2) == 0) {
			while (n > 0 && out[n - 1] == '/')
				n--;
			while (n > 0 && out[n - 1] != '/')
				n--;
		} else if (word > 0 && !(word == 1 && target[0] == '.')) {
			memcpy(out + n, target, word);
			n += word;
			out[n++] = '/';
		}
		target += word + (target[word] == '/');
	}
	n -= n > 0;
	out[n] = '\0';
	return out;
}

/* The relations of part `from`; none when it has no such file. */
static enum err_code read_relations(struct arena *tmp, const struct xlsx_book *b,
				    const char *from, struct relations *out, struct err *err)
{
	const char *slash = strrchr(from, '/');
	int folder = slash != NULL ? (int)(slash + 1 - from) : 0;
	int entry = zip_find(b->zip, arena_printf(tmp, "%.*s_rels/%s.rels", folder, from,
						  from + folder));
	struct xml_token t = { .kind = XML_TEXT };
	struct xml *x;
	enum err_code rc = entry >= 0 ? open_part(tmp, b, entry, &x, err) : ERR_OK;

	*out = (struct relations){ 0 };
	while (entry >= 0 && rc == ERR_OK && t.kind != XML_END) {
		const char *target, *type, *id, *mode;

		rc = xml_next(x, &t, err);
		if (rc != ERR_OK || t.kind != XML_OPEN || !xml_is(t.name, "Relationship"))
			continue;
		id = xml_attr_text(tmp, t.attrs, "Id");
		type = xml_attr_text(tmp, t.attrs, "Type");
		target = xml_attr_text(tmp, t.attrs, "Target");
		mode = xml_attr_text(tmp, t.attrs, "TargetMode");
		/* What lies outside of the archive is nobody's business here. */
		if (id == NULL || type == NULL || target == NULL || out->n == RELATIONS_MAX ||
		    (mode != NULL && strcmp(mode, "External") == 0))
			continue;
		if (out->n == out->cap) {
			struct relation *grown = arena_array(tmp, (size_t)out->cap * 2 + 16,
							     sizeof(*grown));

			if (out->n > 0)
				memcpy(grown, out->r, (size_t)out->n * sizeof(*grown));
			out->r = grown;
			out->cap = out->cap * 2 + 16;
		}
		slash = strrchr(type, '/');
		out->r[out->n++] = (struct relation){ id, slash != NULL ? slash + 1 : type,
						      resolve(tmp, from, target) };
	}
	return rc;
}

static const char *target_of(const struct relations *list, const char *id, const char *type)
{
	for (int i = 0; i < list->n; i++)
		if ((id == NULL || strcmp(list->r[i].id, id) == 0) &&
		    (type == NULL || strcmp(list->r[i].type, type) == 0))
			return list->r[i].target;
	return NULL;
}

/* ---- number formats -------------------------------------------------------- */

static int int_attr(struct slice attrs, const char *name, int otherwise)
{
	struct slice v;
	int64_t n;

	if (!xml_attr(attrs, name, &v) || parse_int(v, &n) != PARSE_OK || n < 0 || n > INT32_MAX)
		return otherwise;
	return (int)n;
}

static enum xlsx_style style_of(const struct num_format *own, int n, int id)
{
	for (int i = 0; i < n; i++)
		if (own[i].id == id)
			return own[i].style;
	return xlsx_style_of_id(id);
}

struct styles {
	struct num_format *own;
	int nown;
	bool in_cells;	/* within cellXfs */
};

static void read_style(struct arena *mem, struct xlsx_book *b, struct styles *s,
		       const struct xml_token *t)
{
	if (xml_is(t->name, "cellXfs")) {
		int n = int_attr(t->attrs, "count", 0);

		s->in_cells = t->kind == XML_OPEN && !t->is_empty;
		if (s->in_cells && b->style == NULL)
			b->style = arena_bytes(mem, (size_t)(n < XLSX_STYLES_MAX ? n : 0) + 1);
		return;
	}
	if (t->kind != XML_OPEN)
		return;
	if (xml_is(t->name, "numFmt") && s->nown < FORMATS_MAX) {
		const char *code = xml_attr_text(mem, t->attrs, "formatCode");

		if ((s->nown & (s->nown - 1)) == 0) {
			size_t cap = s->nown > 0 ? (size_t)s->nown * 2 : 1;
			struct num_format *grown = arena_array(mem, cap, sizeof(*grown));

			if (s->nown > 0)
				memcpy(grown, s->own, (size_t)s->nown * sizeof(*grown));
			s->own = grown;
		}
		s->own[s->nown++] = (struct num_format){
			int_attr(t->attrs, "numFmtId", -1),
			code != NULL ? xlsx_style_of_code(slice_of(code)) : XLSX_NUMBER,
		};
	} else if (s->in_cells && xml_is(t->name, "xf") && b->nstyles < XLSX_STYLES_MAX) {
		int id = int_attr(t->attrs, "numFmtId", 0);

		/* The count in front is a promise that nobody keeps for sure. */
		if ((b->nstyles & (b->nstyles - 1)) == 0) {
			uint8_t *grown = arena_bytes(mem, (size_t)b->nstyles * 2 + 1);

			if (b->nstyles > 0)
				memcpy(grown, b->style, (size_t)b->nstyles);
			b->style = grown;
		}
		b->style[b->nstyles++] = (uint8_t)style_of(s->own, s->nown, id);
	}
}

static enum err_code read_styles(struct arena *mem, struct arena *tmp, struct xlsx_book *b,
				 const char *part, struct err *err)
{
	int entry = part != NULL ? zip_find(b->zip, part) : -1;
	struct xml_token t = { .kind = XML_TEXT };
	struct styles s = { 0 };
	struct xml *x;
	enum err_code rc = entry >= 0 ? open_part(tmp, b, entry, &x, err) : ERR_OK;

	while (entry >= 0 && rc == ERR_OK && t.kind != XML_END) {
		rc = xml_next(x, &t, err);
		if (rc == ERR_OK && (t.kind == XML_OPEN || t.kind == XML_CLOSE))
			read_style(mem, b, &s, &t);
	}
	return rc;
}

/* ---- the workbook ---------------------------------------------------------- */

static bool is_true(struct slice attrs, const char *name)
{
	struct slice v;

	return xml_attr(attrs, name, &v) && (slice_is(v, "1") || slice_is(v, "true"));
}

static void read_sheet(struct arena *mem, struct xlsx_book *b, const struct relations *list,
		       struct slice attrs)
{
	const char *name = xml_attr_text(mem, attrs, "name");
	const char *state = xml_attr_text(mem, attrs, "state");
	const char *id = xml_attr_text(mem, attrs, "id");
	const char *part = id != NULL ? target_of(list, id, "worksheet") : NULL;

	if (name == NULL || b->nsheets == XLSX_SHEETS_MAX)
		return;
	if ((b->nsheets & (b->nsheets - 1)) == 0) {
		size_t cap = b->nsheets > 0 ? (size_t)b->nsheets * 2 : 1;
		struct xlsx_sheet_info *grown = arena_array(mem, cap, sizeof(*grown));

		if (b->nsheets > 0)
			memcpy(grown, b->sheet, (size_t)b->nsheets * sizeof(*grown));
		b->sheet = grown;
	}
	b->sheet[b->nsheets++] = (struct xlsx_sheet_info){
		.name = name,
		.entry = part != NULL ? zip_find(b->zip, part) : -1,
		.is_hidden = state != NULL && strcmp(state, "visible") != 0,
	};
}

static enum err_code read_workbook(struct arena *mem, struct arena *tmp, struct xlsx_book *b,
				   const char *part, struct err *err)
{
	struct xml_token t = { .kind = XML_TEXT };
	struct relations list;
	const char *strings;
	struct xml *x;
	enum err_code rc = read_relations(tmp, b, part, &list, err);

	if (rc == ERR_OK)
		rc = open_part(tmp, b, zip_find(b->zip, part), &x, err);
	while (rc == ERR_OK && t.kind != XML_END) {
		rc = xml_next(x, &t, err);
		if (rc != ERR_OK || t.kind != XML_OPEN)
			continue;
		if (xml_is(t.name, "workbookPr"))
			b->from_1904 = is_true(t.attrs, "date1904");
		else if (xml_is(t.name, "sheet"))
			read_sheet(mem, b, &list, t.attrs);
	}
	if (rc != ERR_OK)
		return rc;
	strings = target_of(&list, NULL, "sharedStrings");
	b->strings = strings != NULL ? zip_find(b->zip, strings) : -1;
	if (b->nsheets == 0) {
		rc = err_set(err, ERR_INPUT, "%s has no sheet", b->name);
		err_hint(err, "Save it again with the program that made it.");
		return rc;
	}
	return read_styles(mem, tmp, b, target_of(&list, NULL, "styles"), err);
}

enum err_code xlsx_book_open(struct arena *mem, const char *path, const char *name,
			     struct input_stop *stop, struct xlsx_book **out, struct err *err)
{
	struct xlsx_book *b = arena_alloc(mem, sizeof(*b));
	struct arena *tmp;
	struct relations root;
	const char *part;
	enum err_code rc = xlsx_refuse_strangers(path, name, err);

	b->name = arena_strdup(mem, name);
	b->strings = -1;
	if (rc == ERR_OK)
		rc = zip_open(mem, path, name, stop, &b->zip, err);
	if (rc != ERR_OK)
		return rc;
	tmp = arena_new(mem, "workbook");
	rc = read_relations(tmp, b, "", &root, err);
	part = rc == ERR_OK ? target_of(&root, NULL, "officeDocument") : NULL;
	if (part == NULL)
		part = "xl/workbook.xml";
	if (rc == ERR_OK)
		rc = xlsx_refuse_archives(b->zip, name, part, err);
	if (rc == ERR_OK)
		rc = read_workbook(mem, tmp, b, part, err);
	arena_free(tmp);
	if (rc == ERR_OK)
		*out = b;
	return rc;
}
