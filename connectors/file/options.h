/*
 * connectors/file/options.h
 *	The settings of a stream of files, read once.
 *
 * Memory:  texts live in the arena given.
 * Threads: not changed once made.
 */
#ifndef CONNECTORS_FILE_OPTIONS_H
#define CONNECTORS_FILE_OPTIONS_H

#include "core/flow/connector.h"
#include "core/flow/detect.h"

extern const struct param_spec file_read_options[];

struct file_options {
	const char *format;	/* as it was set; NULL: to be found */
	struct detect_set set;
	struct csv_dialect dialect;	/* but for the delimiter when that is to be found */
	bool ignore_extra;
	const char *dates;	/* see core/flow/written.h; NULL: nothing is said */
	const char *decimals;
	/* Workbooks: columns from 0, rows from 1, both ends included. */
	const char *sheet;	/* name, number or pattern; NULL: the first that is visible */
	bool has_range;
	int from_column, to_column;
	long from_row, to_row;
	bool skip_hidden;	/* hidden rows and columns */
	bool take_hidden;	/* hidden sheets, too, where a pattern is given */
	bool repeat_merged;
	bool errors_null;
	const char *columns;	/* of fixed width, as told; NULL: to be found */
	bool in_bytes;
	const char *rows_at;	/* NULL: to be found */
	bool is_flat;
	bool infer;	/* types from a sample; else all is text */
};

/* ERR_CONFIG names the setting and what fits. */
enum err_code file_options_read(struct arena *mem, const struct params *in,
				struct file_options *out, struct err *err) MUST_USE;
#endif
