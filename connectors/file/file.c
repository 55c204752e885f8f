/*
 * connectors/file/file.c
 *	Files as a source: CSV and JSON lines, packed or not, one or many.
 */
#include <stdatomic.h>
#include <string.h>

#include "connectors/file/sample.h"
#include "connectors/registry.h"
#include "core/base/arena.h"
#include "core/flow/raw_rows.h"
#include "core/flow/written.h"

/* How the raw rows of a file are read, where that is not as of the file before. */
struct raw_note {
	int file;
	json_t *format;		/* NULL: objects */
	struct raw_note *next;	/* older ones */
};

struct file_conn {
	struct conn base;
	struct arena *mem;
	const char *folder;	/* relative names start here; NULL: the current folder */
	/* A stream that was looked at or is being read. */
	struct arena *stream_mem;
	const char *stream;
	struct file_options options;
	struct file_list files;
	const struct part_info **known;	/* by file, what its hash was taken of; NULL: none asked */
	struct layout *layout;
	struct source *first;	/* opened to be looked at, not yet read */
	struct part *part;
	_Atomic(struct raw_note *) notes;	/* added by the reader, looked at by others */
	int next_file;
	int64_t row;
	int64_t limit_rows;
	int64_t counted_bytes;	/* of the current file, told in input_bytes */
	bool is_reading;
	struct input_env env;	/* its digest: of what is read, while marks are asked for */
	struct digest *digest;
};

static const struct param_spec file_params[] = {
	{ "path", PARAM_TEXT, NULL, NULL, "The folder in which names without a leading / are looked for." },
	{ 0 },
};

static struct file_conn *file_of(struct conn *c)
{
	return (struct file_conn *)c;
}

static enum err_code file_open(struct arena *mem, const struct params *in, struct conn **out,
			       struct err *err)
{
	enum err_code rc = params_check(in, file_params, "file connection", err);
	struct file_conn *f;

	if (rc != ERR_OK)
		return rc;
	f = arena_alloc(mem, sizeof(*f));
	f->base.ops = &conn_file;
	f->mem = mem;
	f->folder = arena_strdup(mem, params_get(in, file_params, "path"));
	rc = input_stop_new(mem, &f->env.stop, err);
	f->digest = digest_new(mem);
	if (rc == ERR_OK)
		*out = &f->base;
	return rc;
}

static void forget_stream(struct file_conn *f)
{
	for (struct raw_note *n = atomic_load(&f->notes); n != NULL; n = n->next)
		json_decref(n->format);
	atomic_store(&f->notes, NULL);
	part_close(f->part);
	source_close(f->first);
	arena_free(f->stream_mem);
	f->stream_mem = NULL;
	f->part = NULL;
	f->first = NULL;
	f->layout = NULL;
	f->stream = NULL;
	f->files = (struct file_list){ 0 };
	f->known = NULL;
}

static void file_close(struct conn *c)
{
	forget_stream(file_of(c));
}

/* Each line of the stream is a name or a pattern. */
static enum err_code find_files(struct arena *mem, const struct file_conn *f, const char *stream,
				struct file_list *out, struct err *err)
{
	enum err_code rc = ERR_OK;
	int npatterns = 0;

	if (stream == NULL)
		return err_set(err, ERR_CONFIG, "no file is named");
	while (*stream != '\0' && rc == ERR_OK) {
		size_t n = strcspn(stream, "\n");

		if (n > 0)
			rc = files_find(mem, f->folder, arena_strndup(mem, stream, n), out, err);
		stream += n + (stream[n] == '\n');
		npatterns += n > 0;
	}
	/* Patterns may overlap; the rows of a file must not come twice. */
	if (rc == ERR_OK && npatterns > 1)
		files_unique(mem, out);
	if (rc == ERR_OK && out->n == 0)
		rc = err_set(err, ERR_CONFIG, "no file is named");
	return rc;
}

static const char *path_below(struct arena *mem, const struct file_conn *f, const char *name)
{
	return f->folder != NULL && name[0] != '/' ? arena_printf(mem, "%s/%s", f->folder, name)
						   : name;
}

/* book.xlsx#Sheet1 is a sheet of that file, unless a file has this very name. */
static enum err_code take_sheet(struct arena *mem, const struct file_conn *f,
				const char **stream, const char **sheet, struct err *err)
{
	struct buf names;
	const char *at = *stream;
	enum err_code rc = ERR_OK;

	*sheet = NULL;
	if (at == NULL || strchr(at, '#') == NULL)
		return ERR_OK;
	buf_init(&names, SIZE_MAX / 2);
	while (*at != '\0' && rc == ERR_OK) {
		size_t n = strcspn(at, "\n");
		const char *hash = part_hash(at, n);
		const char *whole = path_below(mem, f, arena_strndup(mem, at, n));

		if (hash != NULL && files_size(whole) < 0) {
			whole = arena_strndup(mem, hash + 1, n - (size_t)(hash + 1 - at));
			if (*sheet != NULL && strcmp(*sheet, whole) != 0)
				rc = err_set(err, ERR_CONFIG, "one stream names sheets %.40s and "
					     "%.40s", *sheet, whole);
			*sheet = whole;
			buf_add(&names, at, (size_t)(hash - at));
		} else {
			buf_add(&names, at, n);
		}
		buf_adds(&names, "\n");
		at += n + (at[n] == '\n');
	}
	if (*sheet != NULL)
		*stream = arena_strdup(mem, buf_str(&names));
	buf_release(&names);
	return rc;
}

/* Drops the files that are not among `only`. */
static void keep_only(struct file_conn *f, const struct part_list *only)
{
	struct file_list *files = &f->files;
	int n = 0, at = 0;

	if (only == NULL)
		return;
	f->known = arena_array(f->stream_mem, (size_t)files->n, sizeof(const struct part_info *));
	for (int i = 0; i < files->n; i++) {
		const char *path = files_absolute(f->stream_mem, files->path[i]);

		/* Both lists are in the same order, as a rule. */
		for (int k = 0; k < only->n; k++) {
			int p = (at + k) % only->n;

			if (strcmp(only->p[p].path, path) == 0) {
				f->known[n] = &only->p[p];
				files->path[n++] = files->path[i];
				at = p + 1;
				break;
			}
		}
	}
	files->n = n;
}

static enum err_code open_source(struct file_conn *f, int i, struct source **out, struct err *err)
{
	struct source_set set = { &f->options, f->layout, &f->env };

	return source_open(f->stream_mem, f->files.path[i], &set, out, err);
}

/* Opens the first file and learns the layout; does nothing when that was done. */
static enum err_code look(struct file_conn *f, const struct read_spec *spec, struct err *err)
{
	const char *names = spec->stream, *sheet = NULL;
	enum err_code rc;

	/* Standard input cannot be opened again: what describe() saw is read on. */
	if (f->stream != NULL && f->first != NULL && spec->stream != NULL && spec->only == NULL &&
	    strcmp(f->stream, spec->stream) == 0 && strcmp(spec->stream, "-") == 0)
		return ERR_OK;
	forget_stream(f);
	f->stream_mem = arena_new(f->mem, "stream");
	if (spec->query != NULL)
		return err_set(err, ERR_CONFIG, "files cannot be read by a query");
	rc = file_options_read(f->stream_mem, spec->options, &f->options, err);
	if (rc == ERR_OK)
		rc = take_sheet(f->stream_mem, f, &names, &sheet, err);
	if (sheet != NULL)
		f->options.sheet = sheet;
	if (rc == ERR_OK)
		rc = find_files(f->stream_mem, f, names, &f->files, err);
	if (rc != ERR_OK)
		return rc;
	f->stream = arena_strdup(f->stream_mem, spec->stream);
	keep_only(f, spec->only);
	if (f->files.n == 0)
		return err_set(err, ERR_NOT_FOUND, "none of the wanted files is left");
	rc = open_source(f, 0, &f->first, err);
	if (rc == ERR_OK)
		rc = layout_make(f->stream_mem, &f->options, f->first, &f->layout, err);
	return rc;
}

static enum err_code file_test(struct conn *c, struct arena *mem, const char **note,
			       struct err *err)
{
	struct file_conn *f = file_of(c);
	struct file_list list = { 0 };
	enum err_code rc;

	if (f->folder == NULL) {
		*note = "files are named by their paths";
		return ERR_OK;
	}
	rc = files_folder(mem, f->folder, &list, err);
	if (rc == ERR_OK)
		*note = arena_printf(mem, "%d file%s in %s", list.n, list.n == 1 ? "" : "s",
				     input_name(mem, f->folder));
	return rc;
}

static void add_stream(struct arena *mem, struct stream_list *out, struct stream_info s)
{
	/* Doubled at each power of two. */
	if ((out->n & (out->n - 1)) == 0) {
		size_t cap = out->n > 0 ? (size_t)out->n * 2 : 1;
		struct stream_info *grown = arena_array(mem, cap, sizeof(*grown));

		if (out->n > 0)
			memcpy(grown, out->s, (size_t)out->n * sizeof(*grown));
		out->s = grown;
	}
	out->s[out->n++] = s;
}

static enum err_code file_streams(struct conn *c, struct arena *mem, struct stream_list *out,
				  struct err *err)
{
	struct file_conn *f = file_of(c);
	struct file_list list = { 0 };
	enum err_code rc = files_folder(mem, f->folder != NULL ? f->folder : ".", &list, err);

	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < list.n; i++) {
		struct stream_list sheets;
		struct err ignored = { 0 };

		add_stream(mem, out, (struct stream_info){ .name = list.path[i], .kind = "file",
							   .rows = -1, .bytes = list.size[i] });
		/* What a damaged file holds is told when it is read. */
		if (part_inside(mem, path_below(mem, f, list.path[i]), &sheets, &ignored) != ERR_OK)
			continue;
		for (int k = 0; k < sheets.n; k++) {
			sheets.s[k].name = arena_printf(mem, "%s#%s", list.path[i],
							  sheets.s[k].name);
			add_stream(mem, out, sheets.s[k]);
		}
	}
	return ERR_OK;
}

/* A schema of its own for the caller, whose arena may live longer. */
static void copy_schema(struct arena *mem, const struct schema *from, struct schema *to)
{
	to->nfields = from->nfields;
	to->field = arena_array(mem, (size_t)from->nfields, sizeof(*to->field));
	for (int i = 0; i < from->nfields; i++) {
		to->field[i] = from->field[i];
		to->field[i].name = arena_strdup(mem, from->field[i].name);
	}
}

static void file_findings(struct conn *c, struct arena *mem, struct finding_list *out)
{
	const struct layout *l = file_of(c)->layout;
	struct finding *f = arena_array(mem, (size_t)l->nfindings + 1, sizeof(*f));

	for (int i = 0; i < l->nfindings; i++) {
		f[i] = l->finding[i];
		f[i].value = arena_strdup(mem, f[i].value);
		f[i].why = arena_strdup(mem, f[i].why);
	}
	*out = (struct finding_list){ l->nfindings, f };
}

static enum err_code file_describe(struct conn *c, struct arena *mem, const struct read_spec *spec,
				   struct schema *out, const char **note, struct err *err)
{
	struct file_conn *f = file_of(c);
	enum err_code rc;

	f->env.digest = NULL;
	rc = look(f, spec, err);
	if (rc != ERR_OK)
		return rc;
	copy_schema(mem, &f->layout->schema, out);
	if (f->options.infer) {
		struct sample_source source = { f->layout, f->first, &f->files, &f->env };

		rc = sample_types(mem, &source, out, err);
		if (rc != ERR_OK)
			return rc;
	}
	rc = written_tell(mem, f->options.dates, f->options.decimals, out, err);
	if (rc != ERR_OK)
		return rc;
	if (note != NULL)
		*note = arena_printf(mem, "%s%s", f->layout->note,
				     f->files.n > 1 ? arena_printf(mem, "; %d files", f->files.n) : "");
	return ERR_OK;
}

static enum err_code file_read_open(struct conn *c, const struct read_spec *spec, struct err *err)
{
	struct file_conn *f = file_of(c);
	enum err_code rc;

	f->env.digest = spec->marks ? f->digest : NULL;
	digest_reset(f->digest);
	rc = look(f, spec, err);
	if (rc == ERR_OK && f->layout->open_question != NULL) {
		rc = err_set(err, ERR_CONFIG, "%s", f->layout->open_question);
		err_hint(err, "%s", f->layout->answers);
	}
	f->next_file = 0;
	f->row = 1;
	f->limit_rows = spec->limit_rows;
	f->is_reading = rc == ERR_OK;
	return rc;
}

static const struct schema *file_read_schema(struct conn *c)
{
	return &file_of(c)->layout->schema;
}

/* Rejects of the file are read again by it, perhaps when there is no such file any more. */
static void note_format(struct file_conn *f, int file)
{
	struct raw_note *last = atomic_load(&f->notes), *n;
	json_t *format = part_raw_format(f->part);

	if (last != NULL && (format == last->format || json_equal(format, last->format))) {
		json_decref(format);
		return;
	}
	n = arena_alloc(f->stream_mem, sizeof(*n));
	*n = (struct raw_note){ file, format, last };
	atomic_store(&f->notes, n);
}

/* Copies: counting references is not for several threads. */
static json_t *file_raw_format(struct conn *c, const char *part)
{
	struct file_conn *f = file_of(c);
	const struct raw_note *n = atomic_load(&f->notes);
	int file = 0;

	while (file < f->files.n && strcmp(f->files.path[file], part) != 0)
		file++;
	while (n != NULL && n->next != NULL && n->file > file)
		n = n->next;
	return n != NULL && n->format != NULL ? json_deep_copy(n->format) : NULL;
}

static enum err_code next_part(struct file_conn *f, struct err *err)
{
	int i = f->next_file++;
	struct source *from = f->first;
	enum err_code rc = ERR_OK;

	f->first = NULL;
	if (from == NULL)
		rc = open_source(f, i, &from, err);
	if (rc != ERR_OK)
		return rc;
	f->counted_bytes = 0;
	rc = part_open(f->stream_mem, f->layout, from, false, &f->part, err);
	if (rc != ERR_OK)
		source_close(from);
	else
		note_format(f, i);
	return rc;
}

/* What was read must be what the hash says: else these rows would come again, or never. */
static enum err_code end_part(struct file_conn *f, struct err *err)
{
	int i = f->next_file - 1;
	const char *path = f->files.path[i];
	struct file_stamp now;

	part_close(f->part);
	f->part = NULL;
	if (f->known == NULL ||
	    (files_stamp(path, &now) && now.size_bytes == f->known[i]->size_bytes &&
	     now.changed_ns == f->known[i]->changed_ns))
		return ERR_OK;
	err_set(err, ERR_TRANSIENT, "%s was changed while it was loaded",
		input_name(f->stream_mem, path));
	err_hint(err, "A file must not change while it is loaded: write it under another name "
		 "and rename it when it is done.");
	return ERR_TRANSIENT;
}

/* Rows that may still come into this batch. */
static uint32_t rows_wanted(const struct file_conn *f, const struct batch *into)
{
	/* A wide file would touch every page of a batch made for a narrow one. */
	uint32_t fit = batch_rows_fit(f->layout->ncols);
	uint32_t rows = into->cap < fit ? into->cap : fit;
	int64_t left = f->limit_rows - (f->row - 1);

	return f->limit_rows > 0 && left < (int64_t)rows ? (uint32_t)left : rows;
}

static enum err_code file_read(struct conn *c, struct batch *into, bool *eof, struct err *err)
{
	struct file_conn *f = file_of(c);
	uint32_t wanted = rows_wanted(f, into);
	enum err_code rc = ERR_OK;

	batch_reset(into);
	*eof = false;
	while (into->nrows == 0 && wanted > 0 && rc == ERR_OK) {
		int64_t used;

		if (f->part == NULL && f->next_file == f->files.n)
			break;
		if (f->part == NULL)
			rc = next_part(f, err);
		/* A format may know better: the sheet of a workbook. */
		into->part = f->files.path[f->next_file - 1];
		if (rc == ERR_OK)
			rc = part_read(f->part, into, wanted, &f->row, err);
		if (rc != ERR_OK)
			break;
		used = part_used_bytes(f->part);
		into->input_bytes += used - f->counted_bytes;
		f->counted_bytes = used;
		if (into->nrows == 0)
			rc = end_part(f, err);
	}
	if (f->env.digest != NULL) {
		into->mark.bytes = digest_bytes(f->digest);
		digest_text(f->digest, into->mark.hash);
	}
	*eof = rc == ERR_OK && into->nrows == 0;
	return rc;
}

static int64_t file_total_bytes(struct conn *c)
{
	struct file_conn *f = file_of(c);
	int64_t total = 0;

	for (int i = 0; i < f->files.n; i++) {
		int64_t size = files_size(f->files.path[i]);

		if (size < 0)
			return -1;
		total += size;
	}
	return total;
}

static enum err_code file_parts(struct conn *c, struct arena *mem, const struct read_spec *spec,
				struct part_list *out, struct err *err)
{
	struct file_list files = { 0 };
	const char *names = spec->stream, *sheet = NULL;
	enum err_code rc = take_sheet(mem, file_of(c), &names, &sheet, err);

	if (rc == ERR_OK)
		rc = find_files(mem, file_of(c), names, &files, err);

	out->n = 0;
	out->p = arena_array(mem, (size_t)files.n, sizeof(*out->p));
	for (int i = 0; i < files.n && rc == ERR_OK; i++) {
		struct part_info *p = &out->p[out->n];
		struct file_stamp stamp;
		bool is_file = files_stamp(files.path[i], &stamp);

		/* What comes through a pipe is never the same file again. */
		if (!is_file && !spec->unhashed)
			continue;
		*p = (struct part_info){
			.path = files_absolute(mem, files.path[i]),
			.size_bytes = is_file ? stamp.size_bytes : -1,
			.changed_ns = stamp.changed_ns,
			.inode = stamp.inode,
			.status_ns = stamp.status_ns,
		};
		if (!spec->unhashed)
			rc = files_digest(files.path[i], &p->size_bytes, p->hash, err);
		out->n++;
	}
	return rc;
}

static enum err_code file_parts_mark(struct conn *c, const struct part_list *parts, int64_t bytes,
				     struct read_mark *out, struct err *err)
{
	struct digest *d = file_of(c)->digest;
	enum err_code rc = ERR_OK;

	digest_reset(d);
	for (int i = 0; i < parts->n && rc == ERR_OK && digest_bytes(d) < bytes; i++)
		rc = files_digest_add(d, parts->p[i].path, bytes - digest_bytes(d), err);
	out->bytes = digest_bytes(d);
	digest_text(d, out->hash);
	return rc;
}

static void file_interrupt(struct conn *c)
{
	input_stop_set(file_of(c)->env.stop);
}

const struct conn_ops conn_file = {
	.type = "file",
	.summary = "Files of separated values, JSON lines or workbooks (xlsx); texts also packed.",
	.caps = CONN_READ | CONN_FILES,
	.params = file_params,
	.read_options = file_read_options,
	.open = file_open,
	.test = file_test,
	.streams = file_streams,
	.describe = file_describe,
	.findings = file_findings,
	.read_open = file_read_open,
	.read_schema = file_read_schema,
	.raw_format = file_raw_format,
	.read = file_read,
	.read_total_bytes = file_total_bytes,
	.parts = file_parts,
	.parts_mark = file_parts_mark,
	.interrupt = file_interrupt,
	.close = file_close,
};
