/*
 * tests/unit/connectors/file/file_test.c
 *	Files as they come: encodings, packings, several at once, and every bad one.
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "connectors/registry.h"
#include "core/base/arena.h"
#include "tests/lib/expect.h"

static char folder[64];

/* What reading a stream came to. */
struct got {
	enum err_code rc;
	struct err err;
	char *note;
	struct buf rows;	/* "a|b;" a row; rejected: "#field: reason;" */
	struct buf lines;	/* "line@offset " a row */
	int64_t nrows;
	int64_t nrejected;
	int64_t input_bytes;
	int64_t total_bytes;
	struct arena *mem;
	struct schema fields;
};

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const void *bytes, size_t n)
{
	FILE *f = fopen(path_of(name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static void take_rows(struct got *g, const struct batch *b)
{
	for (uint32_t i = 0; i < b->nrows; i++) {
		g->nrows++;
		buf_addf(&g->lines, "%lld@%lld ", (long long)b->at[i].line,
			 (long long)b->at[i].offset);
		for (int c = 0; c < b->ncols && b->state[i] == ROW_LIVE; c++) {
			struct slice v = b->col[c].null[i] ? SLICE("NULL") : b->col[c].v.text[i];

			buf_adds(&g->rows, c > 0 ? "|" : "");
			buf_add(&g->rows, v.p, v.n < 100 ? v.n : 100);
		}
		g->nrejected += b->state[i] == ROW_REJECTED;
		for (uint32_t p = 0; p < b->nproblems; p++)
			if (b->problem[p].row == i)
				buf_addf(&g->rows, "#%s: %s", b->problem[p].field,
					 b->problem[p].reason);
		buf_adds(&g->rows, ";");
	}
	g->input_bytes += b->input_bytes;
}

static void read_all(struct got *g, struct conn *c, const struct read_spec *spec)
{
	struct batch *b = NULL;
	const char *note = NULL;
	bool eof = false;

	g->rc = c->ops->describe(c, g->mem, spec, &g->fields, &note, &g->err);
	g->note = arena_strdup(g->mem, note);
	if (g->rc == ERR_OK)
		g->rc = c->ops->read_open(c, spec, &g->err);
	if (g->rc != ERR_OK)
		return;
	g->total_bytes = c->ops->read_total_bytes(c);
	b = batch_new(c->ops->read_schema(c), 0, batch_rows_fit(c->ops->read_schema(c)->nfields));
	while (!eof && g->rc == ERR_OK) {
		g->rc = c->ops->read(c, b, &eof, &g->err);
		take_rows(g, b);
	}
	batch_free(b);
}

/* options: name, value, ..., NULL. */
static struct got read_stream(const char *stream, ...)
{
	struct got g = { .mem = arena_new(NULL, "got") };
	struct param p[8], where = { "path", folder };
	struct params options = { .p = p }, in = { .n = 1, .p = &where };
	struct read_spec spec = { .stream = stream, .options = &options };
	struct conn *c = NULL;
	va_list args;

	va_start(args, stream);
	for (const char *name; (name = va_arg(args, const char *)) != NULL; options.n++)
		p[options.n] = (struct param){ name, va_arg(args, const char *) };
	va_end(args);
	buf_init(&g.rows, 1 << 24);
	buf_init(&g.lines, 1 << 24);
	assert_int_equal(conn_file.open(g.mem, &in, &c, &g.err), ERR_OK);
	read_all(&g, c, &spec);
	conn_close(c);
	return g;
}

static void done(struct got *g)
{
	buf_release(&g->rows);
	buf_release(&g->lines);
	arena_free(g->mem);
}

static void expect_rows(struct got g, const char *rows, const char *note)
{
	char why[600];

	err_text(&g.err, why, sizeof(why));
	if (g.rc != ERR_OK)
		fail_msg("%s", why);
	assert_string_equal(buf_str(&g.rows), rows);
	if (note != NULL && strstr(g.note, note) == NULL)
		fail_msg("note is: %s", g.note);
	done(&g);
}

static void expect_error(struct got g, enum err_code rc, const char *says, const char *hints)
{
	expect_failure(g.rc, &g.err, rc, says, hints);
	done(&g);
}

/* ---- what is read -------------------------------------------------------------- */

static void a_format_is_recognised_and_read(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *rows;
		const char *note;
	} files[] = {
#define FILE(text) text, sizeof(text) - 1
		{ FILE("id,name\n1,a\n2,\"b, c\"\n"), "1|a;2|b, c;",
			"csv, comma (sure), header (sure)" },
		{ FILE("id;name\r\n1;a\r\n2;b\r\n"), "1|a;2|b;",
			"semicolon (sure), header (sure), utf-8 (sure), crlf" },
		{ FILE("id\tname\n1\ta\n2\tb\n"), "1|a;2|b;", "tab (sure)" },
		{ FILE("id|name\n1|a\n2|b\n"), "1|a;2|b;", "pipe (sure)" },
		{ FILE("price;amount\n1,5;2,25\n3,5;4,75\n"), "1,5|2,25;3,5|4,75;", "semicolon" },
		{ FILE("1,2\n3,4\n"), "1|2;3|4;", "no header (sure)" },
		{ FILE("sep=;\nid;name\n1;a\n"), "1|a;", "semicolon (sure)" },
		{ FILE("\xef\xbb\xbfid,name\n1,\xc3\xa9\n"), "1|\xc3\xa9;", "utf-8 (sure)" },
		{ FILE("id,name\n1,caf\xe9\n"), "1|caf\xc3\xa9;", "latin1 (likely)" },
		{ FILE("id,name\n1,\x80 5\n"), "1|\xe2\x82\xac 5;", "windows-1252 (sure)" },
		{ FILE("\xff\xfei\0d\0,\0n\0\n\0" "1\0,\0\xe9\0\n\0"), "1|\xc3\xa9;",
			"utf-16le (sure)" },
		{ FILE("\0i\0d\0,\0n\0\n\0" "1\0,\0x\0\n"), "1|x;", "utf-16be (sure)" },
		{ FILE("name\nann\nbob\n"), "ann;bob;", NULL },
		{ FILE("a,b\n\n1,2\n\n"), "1|2;", NULL },
		{ FILE("a,b\r1,2\n3,4\r\n"), "1|2;3|4;", "mixed line ends" },
		{ FILE("a,b\n1,2"), "1|2;", NULL },
		{ FILE("{\"a\": 1, \"b\": \"x\"}\n{\"b\": \"y\", \"c\": [1, 2]}\n"),
		  "1|x|NULL;NULL|y|[1, 2];", "json lines (sure)" },
#undef FILE
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		put("one", files[i].text, files[i].n);
		expect_rows(read_stream("one", NULL), files[i].rows, files[i].note);
	}
}

static void settings_are_obeyed(void **state)
{
	(void)state;
	put_text("one", "x y\nnote\n1~'a~b'~NA~\n2~c\\'~d~''\n");
	expect_rows(read_stream("one", "delimiter", "~", "quote", "'", "escape", "\\", "header",
				"no",
				"null", "NA", "skip", "2", "empty", "text", NULL),
		    "1|a~b|NULL|;2|c'|d|;", "tilde (set), no header (set)");
	put_text("one", "a,b\n\"1,2\n");
	expect_rows(read_stream("one", "quote", "none", NULL), "\"1|2;", NULL);
	put("one", "a,b\n1,\x80\n", 8);
	expect_rows(read_stream("one", "encoding", "latin1", NULL), "1|\xc2\x80;", "latin1 (set)");
	expect_error(read_stream("one", "encoding", "ebcdic", NULL), ERR_CONFIG,
		     "ebcdic is unknown",
		     "utf-16le");
	expect_error(read_stream("one", "delimiter", ";;", NULL), ERR_CONFIG, "one ASCII character",
		     NULL);
	expect_error(read_stream("one", "delimiter", "\"", NULL), ERR_CONFIG, "same character",
		     NULL);
	expect_error(read_stream("one", "delimeter", ";", NULL), ERR_CONFIG, "no setting delimeter",
		     "delimiter");
	put_text("one", "{\"a\": 1}\n{\"a\": 2, \"b\": 3}\n");
	expect_rows(read_stream("one", "extra", "ignore", NULL), "1|NULL;2|3;", NULL);
}

static void places_are_those_of_the_file(void **state)
{
	struct got g;

	(void)state;
	put_text("one", "id,text\n1,\"two\nlines\"\n\n3,x\n");
	g = read_stream("one", NULL);
	assert_string_equal(buf_str(&g.lines), "2@8 5@23 ");
	assert_int_equal(g.input_bytes, 27);
	assert_int_equal(g.total_bytes, 27);
	done(&g);
	put("one", "\xff\xfe" "a\0,\0b\0\n\0\xe9\0,\0x\0\n\0y\0,\0z\0", 24);
	g = read_stream("one", "header", "yes", NULL);
	assert_string_equal(buf_str(&g.lines), "2@10 3@18 ");
	done(&g);
}

static void header_names_become_usable(void **state)
{
	struct got g;

	(void)state;
	put_text("one", "id, name ,,name,id,\n1,2,3,4,5,6\n");
	g = read_stream("one", NULL);
	assert_int_equal(g.rc, ERR_OK);
	assert_string_equal(g.fields.field[1].name, "name");
	assert_string_equal(g.fields.field[2].name, "column_3");
	assert_string_equal(g.fields.field[3].name, "name_2");
	assert_string_equal(g.fields.field[4].name, "id_2");
	assert_string_equal(g.fields.field[5].name, "column_6");
	assert_non_null(strstr(g.note,
			       "empty or doubled header names became column_3, name_2, id_2"));
	done(&g);
}

static void expect_type(const struct got *g, int c, enum type type, const char *native)
{
	assert_string_equal(type_name(g->fields.field[c].type.type), type_name(type));
	if (native == NULL)
		assert_null(g->fields.field[c].native);
	else
		assert_string_equal(g->fields.field[c].native, native);
}

static void types_come_from_a_sample(void **state)
{
	struct got g;

	(void)state;
	put_text("one",
		 "id;price;day;code;note\n1;1,50;31/12/2025;007;a\n2;12,25;01/02/2025;008;b\n");
	g = read_stream("one", NULL);
	assert_int_equal(g.rc, ERR_OK);
	expect_type(&g, 0, TYPE_INT, NULL);
	expect_type(&g, 1, TYPE_DECIMAL, "decimal(',.')");
	expect_type(&g, 2, TYPE_DATE, "date('%d/%m/%Y')");
	expect_type(&g, 3, TYPE_TEXT, NULL);
	expect_type(&g, 4, TYPE_TEXT, NULL);
	assert_int_equal(g.nrows, 2);
	done(&g);
	g = read_stream("one", "infer", "no", NULL);
	expect_type(&g, 0, TYPE_TEXT, NULL);
	done(&g);
	put_text("one", "{\"n\": 1, \"s\": \"1\", \"b\": true, \"o\": {\"x\": 1}, \"d\": \"2025-12-31\"}\n");
	g = read_stream("one", NULL);
	expect_type(&g, 0, TYPE_INT, NULL);
	expect_type(&g, 1, TYPE_TEXT, NULL);
	expect_type(&g, 2, TYPE_BOOL, NULL);
	expect_type(&g, 3, TYPE_JSON, NULL);
	expect_type(&g, 4, TYPE_DATE, NULL);
	done(&g);
	/* What one file says alone, the next may take back. */
	put_text("in_1.csv", "id\n1\n");
	put_text("in_2.csv", "id\nx\n");
	g = read_stream("in_*.csv", NULL);
	expect_type(&g, 0, TYPE_TEXT, NULL);
	done(&g);
}

/* ---- several, packed, big -------------------------------------------------------- */

static void files_are_put_together_by_name(void **state)
{
	(void)state;
	put_text("in_2.csv", "name;id\nb;2\n");
	put_text("in_1.csv", "id;name\n1;a\n");
	put_text("other.csv", "id;title\n3;c\n");
	expect_rows(read_stream("in_*.csv", NULL), "1|a;2|b;", "2 files");
	expect_rows(read_stream("in_2.csv\nin_1.csv", NULL), "b|2;a|1;", NULL);
	/* However often a file is meant, it is read once. */
	expect_rows(read_stream("in_2.csv\nin_*.csv\n./in_1.csv", NULL), "b|2;a|1;", "2 files");
	/* Rows and lines are those of each file; a folder among the matches is not skipped. */
	put_text("in_1.csv", "id;name\n1;\"a\n\"\n2;x;y\n3;c\n");
	expect_rows(read_stream("in_*.csv", NULL),
		    "1|a\n;#: has 3 fields, the header has 2;3|c;2|b;", NULL);
	mkdir(path_of("in_0.csv"), 0700);
	expect_error(read_stream("in_*.csv", NULL), ERR_INPUT, "is a directory", NULL);
	rmdir(path_of("in_0.csv"));
	expect_error(read_stream("in_1.csv\nother.csv", NULL), ERR_INPUT,
		     "missing: name; only here: title", "in_1.csv");
	expect_error(read_stream("none*.csv", NULL), ERR_NOT_FOUND, "none*.csv", NULL);
	put_text("odd[1]*.csv", "id\n7\n");
	expect_rows(read_stream("odd[1]*.csv", NULL), "7;", NULL);
	unlink(path_of("odd[1]*.csv"));
}

static enum err_code read_known(const char *stream, const char *then, struct got *g)
{
	struct param where = { "path", folder };
	struct params none = { 0 }, in = { .n = 1, .p = &where };
	struct read_spec spec = { .stream = stream, .options = &none };
	struct part_list parts = { 0 };
	struct conn *c = NULL;

	*g = (struct got){ .mem = arena_new(NULL, "got") };
	buf_init(&g->rows, 1 << 20);
	buf_init(&g->lines, 1 << 20);
	assert_int_equal(conn_file.open(g->mem, &in, &c, &g->err), ERR_OK);
	assert_int_equal(c->ops->parts(c, g->mem, &spec, &parts, &g->err), ERR_OK);
	usleep(20000);	/* more than a tick of the clock that files are stamped with */
	if (then != NULL)
		put_text(stream, then);
	spec.only = &parts;
	read_all(g, c, &spec);
	conn_close(c);
	return g->rc;
}

static void a_file_must_stay_what_its_hash_says(void **state)
{
	struct got g;

	(void)state;
	put_text("known.csv", "id\n1\n");
	assert_int_equal(read_known("known.csv", NULL, &g), ERR_OK);
	assert_string_equal(buf_str(&g.rows), "1;");
	done(&g);
	assert_int_equal(read_known("known.csv", "id\n1\n2\n", &g), ERR_TRANSIENT);
	assert_non_null(strstr(g.err.frame[0].text, "was changed while it was loaded"));
	done(&g);
	/* As long as before. */
	assert_int_equal(read_known("known.csv", "id\n3\n4\n", &g), ERR_TRANSIENT);
	done(&g);
	unlink(path_of("known.csv"));
}

static size_t gzip(const char *text, size_t n, char *out, size_t cap)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)mem_alloc(n);
	memcpy(z.next_in, text, n);
	z.avail_in = (unsigned)n;
	z.next_out = (unsigned char *)out;
	z.avail_out = (unsigned)cap;
	unsigned char *copy = z.next_in;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	free(copy);
	return cap - z.avail_out;
}

static void packed_files_are_unpacked(void **state)
{
	char packed[1000];
	size_t n = gzip("id,name\n1,a\n", 12, packed, sizeof(packed)), m;

	(void)state;
	m = gzip("2,b\n", 4, packed + n, sizeof(packed) - n);
	put("one", packed, n + m);
	expect_rows(read_stream("one", NULL), "1|a;2|b;", "gzip");
	for (size_t cut = 20; cut < n; cut += 3) {
		put("one", packed, cut);
		expect_error(read_stream("one", NULL), ERR_INPUT,
			     "is cut off: its gzip data ends at byte",
			     "nothing of it was loaded");
	}
	packed[n / 2] ^= 0x55;
	put("one", packed, n);
	expect_error(read_stream("one", NULL), ERR_INPUT, "is damaged", NULL);
	n = ZSTD_compress(packed, sizeof(packed), "id,name\n1,a\n", 12, 3);
	m = ZSTD_compress(packed + n, sizeof(packed) - n, "2,b\n", 4, 3);
	put("one", packed, n + m);
	expect_rows(read_stream("one", NULL), "1|a;2|b;", "zstd");
	put("one", packed, n - 3);
	expect_error(read_stream("one", NULL), ERR_INPUT, "is cut off: its zstd data ends at byte",
		     "nothing of it was loaded");
}

/* 40 MB of rows, in an encoding that has to be converted, in flat memory. */
static void a_big_file_takes_little_memory(void **state)
{
	FILE *f = fopen(path_of("big"), "wb");
	struct rusage before, after;
	struct param where = { "path", folder };
	struct params in = { .n = 1, .p = &where };
	struct read_spec spec = { .stream = "big" };
	struct arena *mem = arena_new(NULL, "big");
	struct err err = { 0 };
	struct conn *c = NULL;
	struct batch *b;
	int64_t rows = 0, sum = 0;
	bool eof = false;

	(void)state;
	assert_non_null(f);
	fputs("id,name,amount,note\n", f);
	for (int i = 0; i < 700000; i++)
		fprintf(f, "%d,\"Caf\xe9 %d\",%d.50,\"a \"\"note\"\", and more\"\n", i, i % 100, i);
	fclose(f);
	assert_int_equal(conn_file.open(mem, &in, &c, &err), ERR_OK);
	assert_int_equal(c->ops->read_open(c, &spec, &err), ERR_OK);
	b = batch_new(c->ops->read_schema(c), 0, BATCH_ROWS);
	for (int warm = 0; warm < 8; warm++) {
		assert_int_equal(c->ops->read(c, b, &eof, &err), ERR_OK);
		rows += b->nrows;
	}
	getrusage(RUSAGE_SELF, &before);
	while (!eof) {
		assert_int_equal(c->ops->read(c, b, &eof, &err), ERR_OK);
		rows += b->nrows;
		sum += b->nproblems;
		if (b->nrows > 0)
			assert_true(slice_is(b->col[3].v.text[b->nrows - 1],
					     "a \"note\", and more"));
	}
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(rows, 700000);
	assert_int_equal(sum, 0);
#ifndef LEAT_SANITIZED
	assert_true(after.ru_maxrss - before.ru_maxrss < 2048);	/* kB */
#endif
	batch_free(b);
	conn_close(c);
	arena_free(mem);
	unlink(path_of("big"));
}

static void a_row_may_be_longer_than_a_block(void **state)
{
	size_t n = 3u << 20;
	char *text = mem_alloc(n + 64);
	struct got g;

	(void)state;
	memcpy(text, "id,note\n1,\"", 11);
	memset(text + 11, 'x', n);
	text[11 + n / 2] = '\n';
	memcpy(text + 11 + n, "\"\n2,b\n", 6);
	put("one", text, n + 17);
	g = read_stream("one", NULL);
	assert_int_equal(g.rc, ERR_OK);
	assert_int_equal(g.nrows, 2);
	assert_int_equal(g.nrejected, 0);
	assert_non_null(strstr(buf_str(&g.lines), "4@"));
	done(&g);
	free(text);
}

static void five_thousand_columns_are_read(void **state)
{
	struct buf text;
	struct got g;

	(void)state;
	buf_init(&text, 1 << 24);
	for (int i = 0; i < 5000; i++)
		buf_addf(&text, "%sc%d", i > 0 ? "," : "", i);
	for (int r = 0; r < 100; r++) {
		buf_adds(&text, "\n");
		for (int i = 0; i < 5000 - (r == 50); i++)
			buf_addf(&text, "%s%d", i > 0 ? "," : "", i % 10);
	}
	put("one", buf_str(&text), text.len);
	g = read_stream("one", NULL);
	assert_int_equal(g.rc, ERR_OK);
	assert_int_equal(g.fields.nfields, 5000);
	assert_int_equal(g.nrows, 100);
	assert_int_equal(g.nrejected, 1);
	assert_non_null(strstr(buf_str(&g.rows), "has 4999 fields, the header has 5000"));
	done(&g);
	buf_release(&text);
}

/* ---- standard input ---------------------------------------------------------------- */

static void standard_input_is_read_once(void **state)
{
	int saved = dup(STDIN_FILENO), fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "id,name\n1,a\n2,b\n", 16), 16);
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	expect_rows(read_stream("-", NULL), "1|a;2|b;", "header (sure)");
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static void *interrupt_soon(void *arg)
{
	struct conn *c = arg;

	usleep(30000);
	c->ops->interrupt(c);
	return NULL;
}

static void a_silent_pipe_can_be_interrupted(void **state)
{
	struct params in = { 0 };
	struct read_spec spec = { .stream = path_of("fifo") };
	struct arena *mem = arena_new(NULL, "fifo");
	struct err err = { 0 };
	struct conn *c = NULL;
	pthread_t thread;

	(void)state;
	unlink(path_of("fifo"));
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	assert_int_equal(conn_file.open(mem, &in, &c, &err), ERR_OK);
	assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, c), 0);
	assert_int_equal(c->ops->read_open(c, &spec, &err), ERR_INTERRUPTED);
	pthread_join(thread, NULL);
	conn_close(c);
	arena_free(mem);
	unlink(path_of("fifo"));
}

/* ---- what is not read ---------------------------------------------------------------- */

static void bad_files_are_answered(void **state)
{
	(void)state;
	expect_error(read_stream("missing.csv", NULL), ERR_NOT_FOUND, "missing.csv", "ls -l");
	put_text("one", "");
	expect_error(read_stream("one", NULL), ERR_INPUT, "one is empty", "header");
	put_text("one", "\n\r\n\n");
	expect_error(read_stream("one", NULL), ERR_INPUT, "blank lines", NULL);
	expect_error(read_stream(folder, NULL), ERR_INPUT, "is a directory", "*.csv");
	put("one", "PK\x03\x04\0\0\x08\0\0", 9);
	expect_error(read_stream("one", NULL), ERR_INPUT, "damaged or cut off", "Fetch");
	put_text("one", "%PDF-1.7 and so on");
	expect_error(read_stream("one", NULL), ERR_INPUT, "PDF", NULL);
	put("one", "\x01\x02\0\x03\x04\0\x05\x06\x07\0\x08\x0e\0\x0f", 14);
	expect_error(read_stream("one", NULL), ERR_INPUT, "binary data, not text", "encoding");
	put("one", "\xff\xfe\0\0i\0\0\0", 8);
	expect_error(read_stream("one", NULL), ERR_INPUT, "UTF-32", "iconv");
	put_text("one", "id,\"name\n1,a\n2,b\n");
	expect_error(read_stream("one", NULL), ERR_INPUT, "line 1: a quote in the first row", NULL);
	put_text("one", "[{\"a\": 1}]\n");
	expect_error(read_stream("one", "format", "jsonl", NULL), ERR_INPUT, "no JSON line",
		     "--format json");
	if (geteuid() != 0) {
		put_text("one", "id\n1\n");
		chmod(path_of("one"), 0);
		expect_error(read_stream("one", NULL), ERR_DENIED, "one", NULL);
		chmod(path_of("one"), 0600);
	}
}

static void bad_rows_leave_the_others_alone(void **state)
{
	static const char text[] =
		"id,name\n1,a\n2\n3,x\0y\n4,caf\xc3\n5,\xc3\xa9\n6,\"b\"c\n7,\xc3\xa8,\n"
		"8,\xc3\xa9\n9,\"z\n";
	struct got g;

	(void)state;
	put("one", text, sizeof(text) - 1);
	g = read_stream("one", NULL);
	assert_int_equal(g.rc, ERR_OK);
	assert_int_equal(g.nrows, 9);
	assert_int_equal(g.nrejected, 6);
	assert_string_equal(buf_str(&g.rows),
		"1|a;"
		"#: has 1 field, the header has 2;"
		"#name: holds a NUL byte (byte 17 of the file);"
		"#name: is not UTF-8: 0xc3 at byte 25 of the file;"
		"5|\xc3\xa9;"
		"#name: text stands behind a closing quote (line 7);"
		"#: has 3 fields, the header has 2;"
		"8|\xc3\xa9;"
		"#name: a quote opened in line 10 is not closed before the end of the file;");
	done(&g);
	/* With a line behind it nobody can say where that row ends. */
	put_text("one", "id,name\n1,a\n2,\"b\n3,c\n");
	expect_error(read_stream("one", NULL), ERR_INPUT, "line 3: a quote is opened there",
		     "quote to none");
}

static void bad_json_lines_leave_the_others_alone(void **state)
{
	(void)state;
	put_text("one", "{\"a\": 1}\n{\"a\": 01}\n[1]\n{\"a\": 2, \"a\": 3}\n{\"a\": {\"x\": 1, \"x\": 2}}\n"
		 "{\"a\": \"\\ud800\"}\n{\"a\": 5} x\n{\"a\": 6\n{\"a\": 1.50}\n");
	expect_rows(read_stream("one", NULL),
		    "1;"
		    "#: is not a JSON line: a number begins with 0 (line 2, byte 9 of it);"
		    "#: is not a JSON line: each line must be an object (line 3, byte 1 of it);"
		    "#: is not a JSON line: an object has a key twice (line 4, byte 16 of it);"
		    "#: is not a JSON line: an object has a key twice (line 5, byte 19 of it);"
		    "#: is not a JSON line: a \\u stands for U+0000 or half a character "
		    "(line 6, byte 15 of it);"
		    "#: is not a JSON line: something stands behind the object (line 7, byte 10 of it);"
		    "#: is not a JSON line: a comma or } was expected (line 8, byte 8 of it);"
		    "1.50;", NULL);
}

static void a_row_without_end_stops_the_load(void **state)
{
#ifndef LEAT_SANITIZED
	FILE *f = fopen(path_of("big"), "wb");

	(void)state;
	assert_non_null(f);
	fputs("id,name\n1,a\n2,\"never closed\n", f);
	for (int i = 0; i < 9 << 20; i++)
		fputs("3,abcdefghijkl\n", f);
	fclose(f);
	expect_error(read_stream("big", NULL), ERR_LIMIT, "line 3: a row is longer than", "quote");
	unlink(path_of("big"));
#else
	(void)state;
#endif
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(expect_temp(folder, sizeof(folder), "leat-file-XXXXXX")) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "one", "in_1.csv", "in_2.csv", "other.csv", "big",
		"fifo" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_format_is_recognised_and_read),
		cmocka_unit_test(settings_are_obeyed),
		cmocka_unit_test(places_are_those_of_the_file),
		cmocka_unit_test(header_names_become_usable),
		cmocka_unit_test(types_come_from_a_sample),
		cmocka_unit_test(files_are_put_together_by_name),
		cmocka_unit_test(a_file_must_stay_what_its_hash_says),
		cmocka_unit_test(packed_files_are_unpacked),
		cmocka_unit_test(a_big_file_takes_little_memory),
		cmocka_unit_test(a_row_may_be_longer_than_a_block),
		cmocka_unit_test(five_thousand_columns_are_read),
		cmocka_unit_test(standard_input_is_read_once),
		cmocka_unit_test(a_silent_pipe_can_be_interrupted),
		cmocka_unit_test(bad_files_are_answered),
		cmocka_unit_test(bad_rows_leave_the_others_alone),
		cmocka_unit_test(bad_json_lines_leave_the_others_alone),
		cmocka_unit_test(a_row_without_end_stops_the_load),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
