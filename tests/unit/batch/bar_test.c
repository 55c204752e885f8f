/*
 * tests/unit/batch/bar_test.c
 *	The line of the progress bar.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batch/bar.h"
#include "batch/render.h"
#include "core/base/text.h"

static struct buf line;

static const char *format(int64_t bytes, int64_t total, int width)
{
	struct cmd_progress p = {
		.job = 1, .phase = "reading", .rows = 1234567, .rejected = 3, .bytes = bytes,
		.total_bytes = total, .rows_per_s = 812345, .eta_ms = 61000,
	};

	buf_clear(&line);
	bar_format(&line, &p, width);
	return buf_str(&line);
}

static void it_says_what_is_known(void **state)
{
	(void)state;
	format(50000000, 100000000, 120);
	assert_non_null(strstr(buf_str(&line), "reading"));
	assert_non_null(strstr(buf_str(&line), " 50%"));
	assert_non_null(strstr(buf_str(&line), "█"));
	assert_non_null(strstr(buf_str(&line), "1 234 567 rows"));
	assert_non_null(strstr(buf_str(&line), "812k/s"));
	assert_non_null(strstr(buf_str(&line), "3 rejected"));
	assert_non_null(strstr(buf_str(&line), "1:01 left"));
	format(5, -1, 120);
	assert_null(strchr(buf_str(&line), '%'));
	format(500, 100, 120);	/* a file that grew meanwhile */
	assert_non_null(strstr(buf_str(&line), "100%"));
}

static void it_fits(void **state)
{
	(void)state;
	for (int width = 1; width < 200; width++) {
		format(12345678, 99999999, width);
		assert_true(text_width(buf_str(&line), line.len) <= width);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_what_is_known),
		cmocka_unit_test(it_fits),
	};
	int failed;

	render_locale();
	buf_init(&line, 8192);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_release(&line);
	return failed;
}
