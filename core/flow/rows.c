/*
 * core/flow/rows.c
 *	Ranges of row numbers.
 */
#include "core/flow/rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

void rows_release(struct rows *s)
{
	free(s->r);
	*s = (struct rows){ 0 };
}

void rows_clear(struct rows *s)
{
	s->n = 0;
}

void rows_add(struct rows *s, int64_t first, int64_t end)
{
	if (end <= first)
		return;
	if (s->n > 0 && s->r[s->n - 1].end == first) {
		s->r[s->n - 1].end = end;
		return;
	}
	if (s->n == s->cap) {
		s->cap = s->cap != 0 ? s->cap * 2 : 16;
		s->r = mem_resize(s->r, (size_t)s->cap * sizeof(*s->r));
	}
	s->r[s->n++] = (struct rows_range){ first, end };
}

static enum err_code not_ranges(const char *text, struct err *err)
{
	return err_set(err, ERR_INPUT, "\"%.60s\" is not a set of row ranges", text);
}

enum err_code rows_parse(struct rows *s, const char *text, struct err *err)
{
	const char *p = text;

	if (*p++ != '{')
		return not_ranges(text, err);
	while (*p == '[') {
		char *end;
		int64_t first = strtoll(p + 1, &end, 10);
		int64_t last;

		if (*end != ',')
			return not_ranges(text, err);
		last = strtoll(end + 1, &end, 10);
		if (*end != ')')
			return not_ranges(text, err);
		rows_add(s, first, last);
		p = end + 1;
		if (*p == ',')
			p++;
	}
	return p[0] == '}' && p[1] == '\0' ? ERR_OK : not_ranges(text, err);
}

static int by_first(const void *a, const void *b)
{
	const struct rows_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void rows_sort(struct rows *s)
{
	int n = 0;

	if (s->n == 0)
		return;
	qsort(s->r, (size_t)s->n, sizeof(*s->r), by_first);
	for (int i = 1; i < s->n; i++) {
		if (s->r[i].first > s->r[n].end)
			s->r[++n] = s->r[i];
		else if (s->r[i].end > s->r[n].end)
			s->r[n].end = s->r[i].end;
	}
	s->n = n + 1;
}

bool rows_has(const struct rows *s, int64_t row)
{
	int low = 0, high = s->n;

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (s->r[mid].end <= row)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->n && s->r[low].first <= row;
}

int64_t rows_count(const struct rows *s)
{
	int64_t total = 0;

	for (int i = 0; i < s->n; i++)
		total += s->r[i].end - s->r[i].first;
	return total;
}

void rows_text(const struct rows *s, struct buf *out)
{
	buf_adds(out, "{");
	for (int i = 0; i < s->n; i++)
		buf_addf(out, "%s[%" PRId64 ",%" PRId64 ")", i > 0 ? "," : "", s->r[i].first,
			 s->r[i].end);
	buf_adds(out, "}");
}
