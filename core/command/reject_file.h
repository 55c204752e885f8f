/*
 * core/command/reject_file.h
 *	What a file of rejects looks like, to whoever writes one and whoever takes it back.
 *
 * A column with id and version, one with the reasons, then the fields of the
 * source. A cell is null where it is empty; a text without bytes is no other
 * than null here. Cells that a spreadsheet would evaluate begin with a mark, and
 * so do those that begin with one anyway, so that taking it off is exact.
 *
 * A workbook holds no bytes that are not UTF-8, and programs write line ends their own way:
 * cells are compared without regard to either.
 *
 * Memory:  in the arena given; a slice that is answered may be the one that was given.
 * Threads: any.
 */
#ifndef CORE_COMMAND_REJECT_FILE_H
#define CORE_COMMAND_REJECT_FILE_H

#include <string.h>

#include "core/base/buf.h"
#include "core/flow/parse.h"

struct arena;

#define REJECT_FILE_TOKEN  "leat_reject"	/* "7.2": the reject's id and version */
#define REJECT_FILE_REASON "leat_reason"
#define REJECT_FILE_MARK   '\''
#define REJECT_FILE_BOOK   ".xlsx"	/* how the name of a workbook ends */

struct reject_file_cell {
	bool is_null;
	struct slice v;
};

static inline bool reject_file_is_risky(struct slice v)
{
	return v.n > 0 && memchr("=+-@\t\r'", v.p[0], 7) != NULL;
}

/* A number may begin with a sign: nothing comes of it. */
static inline bool reject_file_needs_mark(struct slice v)
{
	double number;

	return reject_file_is_risky(v) && parse_float(v, &number) != PARSE_OK;
}

/* As it is written: with the mark, where it needs one. */
struct slice reject_file_armed(struct arena *mem, struct slice v);

/* As a workbook can hold it: what is no character is U+FFFD. */
struct slice reject_file_plain(struct arena *mem, struct slice v);

/* Whether a cell that was written as one of them may have come back as the other. */
bool reject_file_is_same(struct arena *mem, struct slice a, struct slice b);

/* What stood there before the mark was put in front. */
static inline struct slice reject_file_unmark(struct slice v)
{
	struct slice rest = { v.p + 1, v.n > 0 ? v.n - 1 : 0 };

	return v.n > 0 && v.p[0] == REJECT_FILE_MARK && reject_file_is_risky(rest) ? rest : v;
}
#endif
