/*
 * tests/unit/core/flow/xml_test.c
 *	Tokens are the same however the bytes come, and nothing dangerous is followed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/xml.h"
#include "tests/lib/pieces.h"

/* "<a>" "</a>" "<a/>" 'text' [cdata] one behind the other. */
static enum err_code tokens(const char *text, size_t n, size_t step, struct buf *out,
			    struct err *err)
{
	struct arena *mem = arena_new(NULL, "test");
	struct pieces s = { text, n, step };
	struct xml *x = xml_new(mem, "part", pieces_give, &s);
	struct xml_token t = { .kind = XML_TEXT };
	enum err_code rc = ERR_OK;

	buf_init(out, 1 << 20);
	while (rc == ERR_OK && t.kind != XML_END) {
		rc = xml_next(x, &t, err);
		if (rc != ERR_OK || t.kind == XML_END)
			break;
		buf_adds(out, t.kind == XML_TEXT ? (t.is_plain ? "[" : "'")
						 : t.kind == XML_CLOSE ? "</" : "<");
		buf_add(out, t.kind == XML_TEXT ? t.text.p : t.name.p,
			t.kind == XML_TEXT ? t.text.n : t.name.n);
		buf_adds(out, t.kind == XML_TEXT ? (t.is_plain ? "]" : "'") : t.is_empty ? "/>" : ">");
	}
	arena_free(mem);
	return rc;
}

static void tokens_do_not_depend_on_pieces(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf<?xml version='1.0'?><!-- a > b --><x:a b='>' c=\"/\"><b/>o! one &amp; two"
		"<![CDATA[<raw>]]></x:a\n>\n";
	size_t steps[] = { 1, 2, 7, sizeof(text) };

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct buf out;
		struct err err;

		assert_int_equal(tokens(text, sizeof(text) - 1, steps[i], &out, &err), ERR_OK);
		assert_string_equal(buf_str(&out), "'\xef\xbb\xbf'<a><b/>'o! one &amp; two'[<raw>]</a>'\n'");
		buf_release(&out);
	}
}

static void attributes_are_found_by_their_own_name(void **state)
{
	struct slice v, a = slice_of(" r:id='rId1' sheetId=\"2\" xmlns:n=\"no\" n = 'yes' e=''");

	(void)state;
	assert_true(xml_attr(a, "id", &v) && slice_is(v, "rId1"));
	assert_true(xml_attr(a, "sheetId", &v) && slice_is(v, "2"));
	assert_true(xml_attr(a, "n", &v) && slice_is(v, "yes"));
	assert_true(xml_attr(a, "e", &v) && v.n == 0);
	assert_false(xml_attr(a, "Id", &v));
	assert_false(xml_attr(slice_of(" a=1 b='"), "b", &v));
}

static void entities_are_undone(void **state)
{
	static const struct {
		const char *raw;
		const char *text;	/* NULL: refused */
	} cases[] = {
		{ "a &lt;&gt;&amp;&quot;&apos; b", "a <>&\"' b" },
		{ "&#65;&#x42;&#xe9;&#x1F600;", "AB\xc3\xa9\xf0\x9f\x98\x80" },
		{ "a\r\nb\rc", "a\nb\nc" },
		{ "&bomb;", NULL }, { "&#0;", NULL }, { "&#xD800;", NULL }, { "&#x110000;", NULL },
		{ "&#;", NULL }, { "& amp;", NULL }, { "&amp", NULL }, { "&#99999999999;", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[100];
		long n = xml_decode(slice_of(cases[i].raw), out);

		if (cases[i].text == NULL) {
			assert_int_equal(n, -1);
			continue;
		}
		assert_int_equal(n, strlen(cases[i].text));
		assert_memory_equal(out, cases[i].text, (size_t)n);
	}
}

static void what_is_dangerous_or_broken_is_refused(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "declares a document type" },
		{ "<a><!ENTITY x SYSTEM 'file:///etc/passwd'></a>", "declares a document type" },
		{ "<a><b", "is not closed" },
		{ "<a><!-- b", "is not closed" },
		{ "<a b='>", "is not closed" },
		{ "\xff\xfe<\0a\0", "UTF-16" },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i / 2].text;
		struct buf out;
		struct err err = { 0 };
		char why[300];

		/* However few bytes a read gives. */
		assert_int_equal(tokens(text, strlen(text), i % 2 == 0 ? 100 : 1, &out, &err),
				 ERR_INPUT);
		err_text(&err, why, sizeof(why));
		assert_non_null(strstr(why, cases[i / 2].says));
		buf_release(&out);
	}
}

static enum err_code give_letters(void *ctx, char *to, size_t cap, size_t *got, struct err *err)
{
	(void)ctx, (void)err;
	memset(to, 'a', cap);
	*got = cap;
	return ERR_OK;
}

static void an_endless_text_is_refused(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct xml *x = xml_new(mem, "part", give_letters, NULL);
	struct xml_token t;
	struct err err;

	(void)state;
	assert_int_equal(xml_next(x, &t, &err), ERR_LIMIT);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_do_not_depend_on_pieces),
		cmocka_unit_test(attributes_are_found_by_their_own_name),
		cmocka_unit_test(entities_are_undone),
		cmocka_unit_test(what_is_dangerous_or_broken_is_refused),
		cmocka_unit_test(an_endless_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
