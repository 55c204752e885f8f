/*
 * core/flow/detect.h
 *	What a file of text looks like, from its first bytes, and how sure that is.
 *
 * Encoding, JSON lines or separated values, delimiter, quotes, what stands
 * before the header, the header, several tables and line ends
 * are each found by themselves; whatever the user has set is taken as it is
 * and helps to find the rest. The answer says how each was found, so that
 * nobody has to guess why a file was read as it was.
 *
 * Memory:  texts live in the arena given.
 * Threads: any.
 */
#ifndef CORE_FLOW_DETECT_H
#define CORE_FLOW_DETECT_H

#include "core/flow/connector.h"
#include "core/flow/csv.h"
#include "core/io/charset.h"

#define DETECT_BYTES (256u * 1024u)

enum sureness { GUESS, LIKELY, SURE, SET_BY_USER };

enum file_format { FORMAT_CSV, FORMAT_JSONL, FORMAT_JSON, FORMAT_FIXED };

/* What is known beforehand; a `has_` of false leaves it to detect(). */
struct detect_set {
	bool has_format;
	enum file_format format;
	bool has_charset;
	enum charset charset;
	bool has_delimiter;
	char delimiter;
	bool has_header;
	bool header;
	int header_rows;	/* 0: to be found */
	bool has_quote;	/* else quote is what is tried first */
	char quote;	/* 0: none */
	bool has_escape;
	char escape;
	bool has_skip;
	int64_t skip_lines;
	int table;	/* 1-based; 0: nobody has chosen */
	bool has_footer;
	int footer_lines;
	bool has_ragged;
	bool fill;	/* short rows are filled with nulls */
};

#define FINDINGS_MAX 16

/* Tables of one file, apart by blank lines. */
struct detect_table {
	size_t at;	/* where its first row starts, in UTF-8 behind the skipped lines */
	size_t end;	/* behind its last row */
	int64_t line, last_line;
	int ncols;
	int nrows;
	const char *head;	/* its first row, for people */
};
#define TABLES_MAX 20

struct detection {
	enum file_format format;
	enum sureness format_sure;
	enum charset charset;
	enum sureness charset_sure;
	size_t bom_bytes;	/* to be skipped */
	char delimiter;
	enum sureness delimiter_sure;
	char quote;
	char escape;
	bool has_header;
	enum sureness header_sure;
	int header_rows;	/* that are joined, 1 as a rule */
	size_t skip_bytes;	/* of UTF-8: skipped lines, "sep=;", titles */
	int64_t skip_lines;	/* lines in them */
	int ncols;	/* of the first row */
	int ntables;	/* 0 and 1: one */
	struct detect_table table[TABLES_MAX];
	bool is_one_table;	/* reading ends at the blank line behind it */
	bool fill;	/* short rows get nulls, surplus cells may be empty */
	int footer_lines;	/* at the end of the file, blank ones behind them not counted */
	bool keeps_footer;	/* found, not told: they become rejects */
	int nfindings;
	struct finding finding[FINDINGS_MAX];
	const char *line_end;	/* "lf", "crlf", "cr", "mixed" */
	const char *note;	/* "csv, semicolon (sure), header (likely), utf-8 (sure), lf" */
};

/* Encoding alone: bytes as they stand in the file. ERR_INPUT: this is no text. */
enum err_code detect_charset(const char *p, size_t n, bool is_whole, const struct detect_set *set,
			     struct detection *out, struct err *err) MUST_USE;

/*
 * Footers, which stand at the other end: p are the last n bytes as UTF-8, from
 * anywhere in the file if not is_whole. To be called behind detect_format().
 */
void detect_footer(struct arena *mem, const char *p, size_t n, bool is_whole,
		   const struct detect_set *set, struct detection *out);

/* The rest, from the same bytes as UTF-8. is_whole: there are no more. */
void detect_format(struct arena *mem, const char *p, size_t n, bool is_whole,
		   const struct detect_set *set, struct detection *out);

/* "comma", "tab", "'~'": how people call a delimiter. */
const char *delimiter_name(struct arena *mem, char c);

/* "guess", "likely", "sure", "set". */
const char *sureness_name(enum sureness s);
#endif
