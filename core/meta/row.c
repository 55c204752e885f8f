/*
 * core/meta/row.c
 *	Values out of a result, and texts into JSON.
 */
#include "core/meta/row.h"

#include <inttypes.h>

#include <stdio.h>
#include <string.h>

#include "core/base/json.h"

const char *row_text(struct arena *mem, const struct db_result *res, int row, const char *col)
{
	return arena_strdup(mem, db_result_text(res, row, col));
}

const char *row_time(struct arena *mem, const struct db_result *res, int row, const char *col)
{
	const char *s = db_result_text(res, row, col);
	int ms = 0;
	size_t n;

	if (s == NULL)
		return NULL;
	n = strlen(s);
	if (n < 19 || s[10] != ' ')	/* infinity, or a year past 9999 */
		return arena_strdup(mem, s);
	if (s[19] == '.') {
		int scale = 100;

		for (size_t i = 20; i < n && s[i] >= '0' && s[i] <= '9'; i++) {
			ms += (s[i] - '0') * scale;
			scale /= 10;
		}
	}
	return arena_printf(mem, "%.10sT%.8s.%03dZ", s, s + 11, ms);
}

struct db_param row_id(int64_t id)
{
	return id != 0 ? DB_INT8(id) : DB_NULL;
}

enum err_code row_int8(struct db *db, const char *sql, const struct db_param *params, int nparams,
		       const char *col, int64_t *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql, params, nparams, &res, err);

	*out = 0;
	if (rc == ERR_OK && db_result_rows(res) > 0)
		*out = db_result_int8(res, 0, col);
	db_result_free(res);
	return rc;
}

enum err_code row_query(struct db *db, const char *sql, const char *text, struct db_result **out,
			struct err *err)
{
	struct db_param param = DB_TEXT(text);

	return db_query(db, sql, &param, 1, out, err);
}

enum err_code row_number(struct db *db, const char *sql, const char *text, const char *col,
			 int64_t *out, struct err *err)
{
	struct db_param param = DB_TEXT(text);

	return row_int8(db, sql, &param, 1, col, out, err);
}

enum err_code row_json_text(struct buf *out, const char *p, size_t n, size_t max, struct err *err)
{
	return js_text(out, (struct slice){ p, n }, max, JS_TEXT_NO_NUL, err);
}

enum err_code row_array(struct buf *out, const int64_t *v, int n, struct err *err)
{
	enum err_code rc;

	buf_clear(out);
	rc = buf_append(out, "{", 1, err);
	for (int i = 0; i < n && rc == ERR_OK; i++) {
		char text[24];
		int len = snprintf(text, sizeof(text), "%s%" PRId64, i > 0 ? "," : "", v[i]);

		rc = buf_append(out, text, (size_t)len, err);
	}
	return rc == ERR_OK ? buf_append(out, "}", 1, err) : rc;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct slice row_bytes(struct arena *mem, const struct db_result *res, int row, const char *col)
{
	return row_hex(mem, db_result_text(res, row, col));
}

struct slice row_hex(struct arena *mem, const char *hex)
{
	struct slice out = { NULL, 0 };
	size_t n;
	char *p;

	if (hex == NULL || hex[0] != '\\' || hex[1] != 'x')
		return out;
	hex += 2;
	n = strlen(hex) / 2;
	p = arena_bytes(mem, n + 1);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
	p[n] = '\0';
	out.p = p;
	out.n = n;
	return out;
}
