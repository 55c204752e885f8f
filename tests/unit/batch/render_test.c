/*
 * tests/unit/batch/render_test.c
 *	Values in each written form, and tables that never grow too wide.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/human.h"
#include "batch/render.h"
#include "batch/table.h"
#include "core/base/arena.h"
#include "core/base/text.h"

static const struct val_spec lines[] = {
	{ "id", VAL_INT8, 0, NULL, NULL, "A.", 0 },
	{ "line", VAL_TEXT, COL_WRAP, NULL, NULL, "A.", 0 },
	VAL_END
};
static const struct cmd_spec said = { .name = "test said", .reply = lines, .flags = CMD_STREAMS };

static const struct val_spec cols[] = {
	{ "id", VAL_INT8, 0, NULL, NULL, "A.", 0 },
	{ "name", VAL_TEXT, 0, NULL, NULL, "A.", 0 },
	{ "size", VAL_BYTES, 0, NULL, NULL, "A.", 0 },
	{ "took", VAL_SECONDS, COL_WIDE, NULL, NULL, "A.", 0 },
	{ "ok", VAL_BOOL, COL_WIDE, NULL, NULL, "A.", 0 },
	{ "body", VAL_JSON, COL_WIDE, NULL, NULL, "A.", 0 },
	{ "note", VAL_TEXT, COL_WRAP, NULL, NULL, "A.", 0 },
	VAL_END
};

static const struct cmd_spec list = { .name = "test list", .reply = cols };
static const struct cmd_spec one = { .name = "test one", .reply = cols, .flags = CMD_ONE };
static const struct cmd_spec flow = { .name = "test flow", .reply = cols, .flags = CMD_STREAMS };

static struct arena *mem;
static char *text;	/* what came out */

static void row(struct reply *r, int64_t id, const char *name, const char *note)
{
	reply_int8(r, "id", id);
	reply_text(r, "name", name);
	reply_int8(r, "size", 1234567 * id);
	reply_float8(r, "took", 0.1);
	reply_bool(r, "ok", id % 2 == 1);
	reply_json(r, "body", "{\"a\":1}");
	reply_text(r, "note", note);
	reply_end_row(r);
}

/* A text at the end of a line that comes at once is folded, not cut. */
static void long_lines_are_folded(void **state)
{
	struct reply_value v[2] = {
		{ .is_set = true, .i = 7 },
		{ .is_set = true, .text = "one two three four five six seven", .len = 33 },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	table_stream_row(&out, 36, false, 2, said.reply, v);
	assert_string_equal(buf_str(&out), "         7  one two three four five\n"
					   "            six seven\n");
	buf_release(&out);
}

static const char *render(const struct cmd_spec *spec, enum render_form form, int width, int rows,
			  const char *name, const char *note)
{
	struct err err = { 0 };
	size_t size;
	FILE *out;
	FILE *tmp = tmpfile();
	struct render *r = render_new(mem, form, spec, tmp, width);
	struct reply *reply = reply_new(mem, spec, render_row, r);

	for (int i = 1; i <= rows; i++)
		row(reply, i, name, note);
	assert_int_equal(render_end(r, &err), ERR_OK);
	size = (size_t)ftell(tmp);
	rewind(tmp);
	free(text);
	out = open_memstream(&text, &size);
	for (int c = fgetc(tmp); c != EOF; c = fgetc(tmp))
		fputc(c, out);
	fclose(out);
	fclose(tmp);
	return text;
}

static void json_is_exact(void **state)
{
	(void)state;
	assert_string_equal(render(&list, RENDER_JSON, 0, 0, NULL, NULL), "[]\n");
	assert_string_equal(render(&list, RENDER_JSON, 0, 1, "a\"b\\c\n\033", NULL),
			    "[{\"id\":1,\"name\":\"a\\\"b\\\\c\\n\\u001b\",\"size\":1234567,"
			    "\"took\":0.1,\"ok\":true,\"body\":{\"a\":1},\"note\":null}]\n");
	assert_int_equal(render(&one, RENDER_JSON, 0, 1, "x", "y")[0], '{');
	assert_non_null(strstr(render(&list, RENDER_JSON, 0, 2, "x", "y"), "},\n {\"id\":2"));
	assert_non_null(strstr(render(&list, RENDER_JSONL, 0, 2, "\xff\xfe", "\xc2\x9b"), "\xef\xbf\xbd"));
	assert_non_null(strstr(text, "\\u009b"));
	assert_non_null(strstr(text, "}\n{\"id\":2"));
}

/* What answers one thing may have several for once: then it is a list, also of one or none. */
static void one_may_be_many(void **state)
{
	FILE *tmp = tmpfile();
	struct render *r = render_new(mem, RENDER_JSON, &one, tmp, 0);
	struct reply *reply = reply_new(mem, &one, render_row, r);
	struct err err = { 0 };
	char start[8] = "";

	(void)state;
	assert_false(reply_is_many(reply));
	reply_many(reply);
	assert_true(reply_is_many(reply));
	render_many(r);
	row(reply, 1, "x", "y");
	row(reply, 2, "x", "y");
	assert_int_equal(render_end(r, &err), ERR_OK);
	fseek(tmp, -2, SEEK_END);
	assert_int_equal(fread(start, 1, 2, tmp), 2);
	assert_string_equal(start, "]\n");
	rewind(tmp);
	assert_int_equal(fgetc(tmp), '[');
	fclose(tmp);
}

static void csv_is_by_the_book(void **state)
{
	(void)state;
	assert_string_equal(render(&list, RENDER_CSV, 0, 1, "a,\"b\"\nc", ""),
			    "id,name,size,took,ok,body,note\r\n"
			    "1,\"a,\"\"b\"\"\nc\",1234567,0.1,true,\"{\"\"a\"\":1}\",\"\"\r\n");
	assert_string_equal(render(&list, RENDER_CSV, 0, 0, NULL, NULL),
			    "id,name,size,took,ok,body,note\r\n");
	assert_non_null(strstr(render(&list, RENDER_CSV, 0, 1, NULL, "\xff"), "1,,1234567"));
	assert_non_null(strstr(text, ",\xff\r\n"));	/* bytes as they stood */
}

static int widest(const char *p)
{
	int most = 0;

	while (*p != '\0') {
		size_t n = strcspn(p, "\n");
		int w = text_width(p, n);

		most = w > most ? w : most;
		p += n + (p[n] == '\n');
	}
	return most;
}

static void tables_fit(void **state)
{
	static const char *const names[] = {
		"short", "a rather long name that does not fit into any narrow table at all",
		"日本語のとても長い名前がここにあります", "\033]0;title\a\033[31mred",
	};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (int width = 2; width < 140; width += 3) {
			const char *note = "some words that may be folded, and averyveryverylongwordthatcannot";

			if (widest(render(&list, RENDER_TABLE, width, 3, names[i], note)) > width)
				fail_msg("wider than %d: %s", width, text);
			assert_null(strchr(text, '\033'));
			if (widest(render(&flow, RENDER_TABLE, width, 3, names[i], note)) > width)
				fail_msg("stream wider than %d: %s", width, text);
			render(&one, RENDER_TABLE, width, 1, names[i], note);
			if (width > 20 && widest(text) > width)
				fail_msg("object wider than %d: %s", width, text);
		}
}

static void wide_columns_go_first(void **state)
{
	(void)state;
	assert_non_null(strstr(render(&list, RENDER_TABLE, 120, 1, "x", "y"), "took"));
	render(&list, RENDER_TABLE, 24, 1, "x", "y");
	assert_null(strstr(text, "took"));
	assert_non_null(strstr(text, "note"));
	assert_non_null(strstr(text, "1.2 MB"));
}

static void one_thing_stands_beside_its_names(void **state)
{
	(void)state;
	assert_string_equal(render(&one, RENDER_TABLE, 0, 1, "x", "line one\nline two"),
			    "id    1\nname  x\nsize  1.2 MB\ntook  0.10 s\nok    yes\n"
			    "body  {\"a\":1}\nnote  line one\n      line two\n");
	assert_string_equal(render(&one, RENDER_TABLE, 0, 0, NULL, NULL), "");
}

static void numbers_are_for_people(void **state)
{
	char buf[64];

	(void)state;
	human_bytes(999, buf, sizeof(buf));
	assert_string_equal(buf, "999 B");
	human_bytes(1500, buf, sizeof(buf));
	assert_string_equal(buf, "1.5 kB");
	human_bytes(999999999, buf, sizeof(buf));
	assert_string_equal(buf, "1.0 GB");
	human_seconds(200, buf, sizeof(buf));
	assert_string_equal(buf, "3 min 20 s");
	human_seconds(7500, buf, sizeof(buf));
	assert_string_equal(buf, "2 h 05 min");
	human_grouped(1234567, buf, sizeof(buf));
	assert_string_equal(buf, "1 234 567");
	human_grouped(-1234, buf, sizeof(buf));
	assert_string_equal(buf, "-1 234");
	human_count(12345, buf, sizeof(buf));
	assert_string_equal(buf, "12k");
	human_time_iso("no time", buf, sizeof(buf));
	assert_string_equal(buf, "no time");
}

static int begin(void **state)
{
	(void)state;
	render_locale();
	mem = arena_new(NULL, "test");
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(mem);
	free(text);
	text = NULL;
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(json_is_exact),
		TEST(one_may_be_many),
		TEST(csv_is_by_the_book),
		TEST(tables_fit),
		TEST(long_lines_are_folded),
		TEST(wide_columns_go_first),
		TEST(one_thing_stands_beside_its_names),
		TEST(numbers_are_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
