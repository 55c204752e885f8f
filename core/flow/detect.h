/*
 * core/flow/detect.h
 *	What a file of text looks like, from its first bytes, and how sure that is.
 *
 * Encoding, JSON lines or separated values, delimiter, header and line ends
 * are each found by themselves; whatever the user has set is taken as it is
 * and helps to find the rest. The answer says how each was found, so that
 * nobody has to guess why a file was read as it was.
 *
 * Memory:  texts live in the arena given.
 * Threads: any.
 */
#ifndef CORE_FLOW_DETECT_H
#define CORE_FLOW_DETECT_H

#include "core/flow/csv.h"
#include "core/io/charset.h"

#define DETECT_BYTES (256u * 1024u)

enum sureness { GUESS, LIKELY, SURE, SET_BY_USER };

enum file_format { FORMAT_CSV, FORMAT_JSONL };

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
	char quote;	/* 0: none */
	char escape;
	int64_t skip_lines;
};

struct detection {
	enum file_format format;
	enum sureness format_sure;
	enum charset charset;
	enum sureness charset_sure;
	size_t bom_bytes;	/* to be skipped */
	char delimiter;
	enum sureness delimiter_sure;
	bool has_header;
	enum sureness header_sure;
	size_t skip_bytes;	/* of UTF-8: skipped lines and a line "sep=;" */
	int64_t skip_lines;	/* lines in them */
	int ncols;	/* of the first row */
	const char *line_end;	/* "lf", "crlf", "cr", "mixed" */
	const char *note;	/* "csv, semicolon (sure), header (likely), utf-8 (sure), lf" */
};

/* Encoding alone: bytes as they stand in the file. ERR_INPUT: this is no text. */
enum err_code detect_charset(const char *p, size_t n, bool is_whole, const struct detect_set *set,
			     struct detection *out, struct err *err) MUST_USE;

/* The rest, from the same bytes as UTF-8. is_whole: there are no more. */
void detect_format(struct arena *mem, const char *p, size_t n, bool is_whole,
		   const struct detect_set *set, struct detection *out);

/* "comma", "tab", "'~'": how people call a delimiter. */
const char *delimiter_name(struct arena *mem, char c);

/* "guess", "likely", "sure", "set". */
const char *sureness_name(enum sureness s);
#endif
