/*
 * core/flow/xlsx_strings.h
 *	The shared texts of a workbook, read as far as they are needed.
 *
 * Cells name texts by number, and every program writes them in the order of first
 * use: reading a sample needs few of them. They are kept one behind the other; above
 * XLSX_STRINGS_HELD bytes they move to a nameless file in TMPDIR, of which only the
 * part in use is in memory (xlsx_strings_relax() lets go of it).
 *
 * Memory:  XLSX_STRINGS_HELD, and 4 bytes a text as long as these fit as well.
 * Threads: one at a time.
 */
#ifndef CORE_FLOW_XLSX_STRINGS_H
#define CORE_FLOW_XLSX_STRINGS_H

#include "core/flow/xml.h"

struct xlsx_strings;

#define XLSX_STRINGS_HELD (12u << 20)
/* A workbook's sheets have 17 billion cells, but no program writes so many texts. */
#define XLSX_STRINGS_MAX  (INT64_C(1) << 30)

/* x is the part; NULL: there are no shared texts. name: of the workbook, for messages. */
struct xlsx_strings *xlsx_strings_new(struct arena *mem, const char *name, struct xml *x);

/* As xlsx_strings_new() with another limit, for tests. */
struct xlsx_strings *xlsx_strings_held(struct arena *mem, const char *name, struct xml *x,
				       size_t held_bytes);

/* Text i, decoded, valid until the next call. *found is false when there are fewer. */
enum err_code xlsx_strings_get(struct xlsx_strings *s, int64_t i, struct slice *out, bool *found,
			       struct err *err) MUST_USE;

/* Texts that did move to a file need no memory until they are asked for again. */
void xlsx_strings_relax(struct xlsx_strings *s);

/* ---- what shared texts and those within a cell have in common --------------- */

/* Gathers what an <si> or <is> holds, phonetic hints left out. */
struct xlsx_text {
	struct buf out;
	bool in_text;	/* within <t> */
	bool keeps_space;	/* xml:space="preserve" */
	int phonetic;	/* depth within <rPh> */
	size_t from;	/* where the text of this <t> starts in out */
};

void xlsx_text_init(struct xlsx_text *t);
void xlsx_text_release(struct xlsx_text *t);
void xlsx_text_clear(struct xlsx_text *t);

/* A token between <si> and </si>. */
enum err_code xlsx_text_add(struct xlsx_text *t, const struct xml *x, const struct xml_token *tok,
			    struct err *err) MUST_USE;
#endif
