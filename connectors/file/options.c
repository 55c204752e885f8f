/*
 * connectors/file/options.c
 *	Words that people write for a format to what the scanner wants.
 */
#include "connectors/file/options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/flow/written.h"
#include "core/flow/xlsx_value.h"

#define LINES_MAX 1000000

const struct param_spec file_read_options[] = {
	{ "format", PARAM_CHOICE, "auto", "auto|csv|tsv|jsonl|json|fixed|xlsx",
	  "What the files hold; found by itself as a rule." },
	{ "delimiter", PARAM_TEXT, "auto", NULL,
	  "What separates cells: one character, or auto, comma, semicolon, tab, pipe, space." },
	{ "quote", PARAM_TEXT, "auto", NULL,
	  "What stands around a quoted cell: auto, one character, or none." },
	{ "escape", PARAM_TEXT, "auto", NULL,
	  "How a quote is written inside quotes: auto, double, backslash, or the character before it." },
	{ "header", PARAM_TEXT, "auto", NULL,
	  "Whether the first row holds the names: auto, yes, no, or the number of rows to be joined." },
	{ "encoding", PARAM_TEXT, "auto", NULL, "auto, or one of " CHARSET_KNOWN "." },
	{ "null", PARAM_TEXT, NULL, NULL,
	  "A text that, without quotes, means null; an empty cell means it as well." },
	{ "empty", PARAM_CHOICE, "null", "null|text", "What an empty cell without quotes means." },
	{ "skip", PARAM_TEXT, "auto", NULL,
	  "Lines before the header that are left out; auto: titles are found." },
	{ "footer", PARAM_TEXT, "auto", NULL,
	  "Lines at the end that are left out; auto: totals and remarks become rejects." },
	{ "table", PARAM_INT, "0", NULL,
	  "Which of several tables with blank lines between them is read, as 1; 0: there is one." },
	{ "ragged", PARAM_CHOICE, "auto", "auto|reject|fill",
	  "Rows with fewer cells than the header: rejects, or filled with nulls." },
	{ "columns", PARAM_TEXT, NULL, NULL,
	  "Fixed width: NAME:FROM-TO,..., as id:1-8,net:9-20; else found from the blanks." },
	{ "columns-in", PARAM_CHOICE, "chars", "chars|bytes", "Fixed width: what places count." },
	{ "rows-at", PARAM_TEXT, NULL, NULL,
	  "JSON: where the array of rows is, as /data/items; / is the document itself." },
	{ "nested", PARAM_CHOICE, "json", "json|flat",
	  "JSON: objects in a row stay JSON, or their fields become columns a.b." },
	{ "extra", PARAM_CHOICE, "fail", "fail|ignore",
	  "JSON, XLSX: what a key or cell that the fields do not have does to its row." },
	{ "dates", PARAM_TEXT, NULL, NULL,
	  "How dates are written: FIELD=FORMAT, as when=%d/%m/%Y, or FIELD=text; several by ;." },
	{ "decimals", PARAM_TEXT, NULL, NULL,
	  "How numbers are written: FIELD=MARKS, as net=,. for 1.234,56, or FIELD=text." },
	{ "sheet", PARAM_TEXT, NULL, NULL,
	  "XLSX: a sheet by its name, its number, or a pattern; the first visible one." },
	{ "range", PARAM_TEXT, NULL, NULL, "XLSX: the cells to read: B4:H200, B:H or B4." },
	{ "merged", PARAM_CHOICE, "first", "first|repeat",
	  "XLSX: whether merged cells have their value in the first one or in each." },
	{ "hidden", PARAM_CHOICE, "auto", "auto|take|skip",
	  "XLSX: hidden rows and columns are taken unless skip is set, sheets only with take." },
	{ "errors", PARAM_CHOICE, "reject", "reject|null",
	  "XLSX: what becomes of #N/A and the like, and of formulas without a result." },
	{ "infer", PARAM_BOOL, "yes", NULL, "Whether types are inferred from a sample." },
	{ 0 },
};

static const struct {
	const char *word;
	char c;
} words[] = {
	{ "comma", ',' }, { "semicolon", ';' }, { "tab", '\t' }, { "\\t", '\t' }, { "pipe", '|' },
	{ "space", ' ' }, { "colon", ':' }, { "backslash", '\\' },
};

/* One byte that can stand between or around cells. */
static enum err_code read_char(const char *name, const char *text, char *out, struct err *err)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(words[i].word, text) == 0) {
			*out = words[i].c;
			return ERR_OK;
		}
	}
	if (strlen(text) != 1 || (unsigned char)text[0] >= 0x80 || strchr("\r\n", text[0]) != NULL)
		return err_set(err, ERR_CONFIG, "setting %s must be one ASCII character", name);
	*out = text[0];
	return ERR_OK;
}

static enum err_code read_format(struct arena *mem, const struct params *in,
				 struct file_options *out)
{
	const char *format = params_get(in, file_read_options, "format");

	out->format = strcmp(format, "auto") != 0 ? arena_strdup(mem, format) : NULL;
	out->set.has_format = strcmp(format, "auto") != 0;
	out->set.format = strcmp(format, "jsonl") == 0 ? FORMAT_JSONL
			  : strcmp(format, "json") == 0 ? FORMAT_JSON
			  : strcmp(format, "fixed") == 0 ? FORMAT_FIXED : FORMAT_CSV;
	if (strcmp(format, "tsv") == 0) {
		out->set.has_delimiter = true;
		out->set.delimiter = '\t';
	}
	return ERR_OK;
}

static enum err_code read_quoting(const struct params *in, struct file_options *out,
				  struct err *err)
{
	const char *quote = params_get(in, file_read_options, "quote");
	const char *escape = params_get(in, file_read_options, "escape");
	enum err_code rc = ERR_OK;

	out->set.has_quote = strcasecmp(quote, "auto") != 0;
	out->set.has_escape = strcasecmp(escape, "auto") != 0;
	if (!out->set.has_quote)
		quote = "\"";
	if (!out->set.has_escape)
		escape = "double";
	if (quote[0] != '\0' && strcasecmp(quote, "none") != 0)
		rc = read_char("quote", quote, &out->set.quote, err);
	if (rc == ERR_OK && escape[0] != '\0' && strcasecmp(escape, "double") != 0)
		rc = read_char("escape", escape, &out->set.escape, err);
	if (out->set.escape == out->set.quote)
		out->set.escape = '\0';
	return rc;
}

static enum err_code read_delimiter(const struct params *in, struct file_options *out,
				    struct err *err)
{
	const char *text = params_get(in, file_read_options, "delimiter");
	enum err_code rc;

	if (strcasecmp(text, "auto") == 0)
		return ERR_OK;
	rc = read_char("delimiter", text, &out->set.delimiter, err);
	if (rc == ERR_OK && out->set.delimiter == out->set.quote)
		rc = err_set(err, ERR_CONFIG,
			     "settings delimiter and quote are the same character");
	out->set.has_delimiter = true;
	return rc;
}

static enum err_code read_encoding(const struct params *in, struct file_options *out,
				   struct err *err)
{
	const char *text = params_get(in, file_read_options, "encoding");
	enum err_code rc;

	if (strcasecmp(text, "auto") == 0)
		return ERR_OK;
	out->set.has_charset = true;
	if (charset_parse(text, &out->set.charset))
		return ERR_OK;
	rc = err_set(err, ERR_CONFIG, "encoding %.40s is unknown", text);
	err_hint(err, "Known are " CHARSET_KNOWN ".");
	return rc;
}

/* "auto", or a number of lines. */
static enum err_code read_lines(const struct params *in, const char *name, bool *is_set,
				int64_t *out, struct err *err)
{
	const char *text = params_get(in, file_read_options, name);
	char *end = NULL;

	*is_set = strcasecmp(text, "auto") != 0;
	*out = *is_set ? strtoll(text, &end, 10) : 0;
	if (!*is_set || (end != text && *end == '\0' && *out >= 0 && *out <= LINES_MAX))
		return ERR_OK;
	return err_set(err, ERR_CONFIG, "setting %s takes auto or a number of lines, not %.40s",
		       name, text);
}

/* auto, yes, no, or how many rows hold names. */
static enum err_code read_header(const struct params *in, struct file_options *out,
				 struct err *err)
{
	const char *text = params_get(in, file_read_options, "header");
	bool is_number = text[0] >= '1' && text[0] <= '9' && text[1] == '\0';

	out->set.has_header = strcasecmp(text, "auto") != 0;
	out->set.header = strcasecmp(text, "yes") == 0 || is_number;
	out->set.header_rows = is_number ? text[0] - '0' : strcasecmp(text, "yes") == 0;
	if (!out->set.has_header || out->set.header || strcasecmp(text, "no") == 0)
		return ERR_OK;
	return err_set(err, ERR_CONFIG, "setting header takes auto, yes, no or a number of rows "
		       "from 1 to 9, not %.40s", text);
}

/* What stands around the rows. */
static enum err_code read_shape(const struct params *in, struct file_options *out,
				struct err *err)
{
	const char *ragged = params_get(in, file_read_options, "ragged");
	int64_t footer = 0;
	int64_t table = params_int(in, file_read_options, "table");
	enum err_code rc = read_lines(in, "skip", &out->set.has_skip, &out->set.skip_lines, err);

	if (rc == ERR_OK)
		rc = read_lines(in, "footer", &out->set.has_footer, &footer, err);
	if (rc == ERR_OK)
		rc = read_header(in, out, err);
	if (rc == ERR_OK && (table < 0 || table > TABLES_MAX))
		rc = err_set(err, ERR_CONFIG, "setting table takes a number from 1 to %d",
			     TABLES_MAX);
	out->set.footer_lines = (int)footer;
	out->set.table = (int)table;
	out->set.has_ragged = strcmp(ragged, "auto") != 0;
	out->set.fill = strcmp(ragged, "fill") == 0;
	return rc;
}

/* B4:H200, B:H, 4:200, or B4 for everything from there on. */
static enum err_code read_range(const char *text, struct file_options *out, struct err *err)
{
	size_t n = strcspn(text, ":");
	bool is_two = text[n] == ':';
	int column = -1, last = -1;
	long row = -1, last_row = -1;
	enum err_code rc;

	if (xlsx_ref((struct slice){ text, n }, &column, &row) &&
	    (!is_two || text[n + 1] == '\0' ||
	     xlsx_ref(slice_of(text + n + 1), &last, &last_row)) &&
	    (last < 0 || last >= column) && (last_row < 0 || last_row >= row)) {
		out->has_range = row > 0;
		out->from_column = column >= 0 ? column : 0;
		out->from_row = row > 0 ? row : 1;
		out->to_column = last >= 0 ? last : XLSX_COLUMNS_MAX - 1;
		out->to_row = last_row > 0 ? last_row : XLSX_ROWS_MAX;
		return ERR_OK;
	}
	rc = err_set(err, ERR_CONFIG, "range %.40s is none", text);
	err_hint(err, "Cells are named as in a sheet: B4:H200, B:H, or B4 for all from there on.");
	return rc;
}

static enum err_code read_book(struct arena *mem, const struct params *in,
			       struct file_options *out, struct err *err)
{
	const struct param_spec *spec = file_read_options;
	const char *range = params_get(in, spec, "range");
	const char *hidden = params_get(in, spec, "hidden");

	out->sheet = arena_strdup(mem, params_get(in, spec, "sheet"));
	out->to_column = XLSX_COLUMNS_MAX - 1;
	out->from_row = out->set.skip_lines + 1;
	out->to_row = XLSX_ROWS_MAX;
	out->skip_hidden = strcmp(hidden, "skip") == 0;
	out->take_hidden = strcmp(hidden, "take") == 0;
	out->repeat_merged = strcmp(params_get(in, spec, "merged"), "repeat") == 0;
	out->errors_null = strcmp(params_get(in, spec, "errors"), "null") == 0;
	return range != NULL ? read_range(range, out, err) : ERR_OK;
}

/* Settings of the other formats; columns that are told say which one it is. */
static enum err_code check_more(struct file_options *out, struct err *err)
{
	if (out->columns != NULL && !out->set.has_format) {
		out->set.has_format = true;
		out->set.format = FORMAT_FIXED;
	}
	if (out->columns != NULL && out->set.format != FORMAT_FIXED)
		return err_set(err, ERR_CONFIG, "setting columns is for format fixed");
	if (out->rows_at != NULL && out->rows_at[0] != '/')
		return err_set(err, ERR_CONFIG, "setting rows-at starts with /, as in /data/items");
	return ERR_OK;
}

enum err_code file_options_read(struct arena *mem, const struct params *in,
				struct file_options *out, struct err *err)
{
	enum err_code rc = params_check(in, file_read_options, "source options", err);
	const char *null_text;

	*out = (struct file_options){ 0 };
	if (rc == ERR_OK)
		rc = read_format(mem, in, out);
	if (rc == ERR_OK)
		rc = read_quoting(in, out, err);
	if (rc == ERR_OK)
		rc = read_delimiter(in, out, err);
	if (rc == ERR_OK)
		rc = read_encoding(in, out, err);
	if (rc != ERR_OK)
		return rc;
	rc = read_shape(in, out, err);
	if (rc != ERR_OK)
		return rc;
	out->ignore_extra = strcmp(params_get(in, file_read_options, "extra"), "ignore") == 0;
	rc = read_book(mem, in, out, err);
	if (rc != ERR_OK)
		return rc;
	out->infer = params_bool(in, file_read_options, "infer");
	null_text = params_get(in, file_read_options, "null");
	out->dates = arena_strdup(mem, params_get(in, file_read_options, "dates"));
	out->decimals = arena_strdup(mem, params_get(in, file_read_options, "decimals"));
	out->columns = arena_strdup(mem, params_get(in, file_read_options, "columns"));
	out->in_bytes = strcmp(params_get(in, file_read_options, "columns-in"), "bytes") == 0;
	out->rows_at = arena_strdup(mem, params_get(in, file_read_options, "rows-at"));
	out->is_flat = strcmp(params_get(in, file_read_options, "nested"), "flat") == 0;
	rc = check_more(out, err);
	if (rc != ERR_OK)
		return rc;
	rc = written_check(out->dates, out->decimals, err);
	if (rc != ERR_OK)
		return rc;
	out->dialect = (struct csv_dialect){
		.delimiter = out->set.delimiter,
		.quote = out->set.quote,
		.escape = out->set.escape,
		.keep_empty = strcmp(params_get(in, file_read_options, "empty"), "text") == 0,
	};
	if (null_text != NULL)
		out->dialect.null_text = slice_of(arena_strdup(mem, null_text));
	return ERR_OK;
}
