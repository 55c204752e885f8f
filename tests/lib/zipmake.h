/*
 * tests/lib/zipmake.h
 *	Zip archives and workbooks made in a test, as whole or as broken as it wants.
 *
 * Memory:  an archive is written to its file by zipmake_end().
 * Threads: one at a time.
 */
#ifndef TESTS_LIB_ZIPMAKE_H
#define TESTS_LIB_ZIPMAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ZIPMAKE_MAX 40

struct zipmake {
	FILE *file;
	int n;
	struct {
		char name[100];
		uint32_t at, packed, size, crc;
		unsigned method, flags;
	} entry[ZIPMAKE_MAX];
	/* Lies: what is written instead of the truth when not 0. */
	uint32_t lie_crc, lie_size;
	unsigned lie_flags, lie_method, lie_count;
};

void zipmake_begin(struct zipmake *z, const char *path);
void zipmake_add(struct zipmake *z, const char *name, const void *bytes, size_t n, bool deflate);
void zipmake_text(struct zipmake *z, const char *name, const char *text);
void zipmake_end(struct zipmake *z);

/* The parts of a workbook; NULL leaves one out. sheet: what stands in <worksheet>. */
struct zipmake_book {
	const char *sheet;
	const char *sheet2;	/* of a second sheet, named "Second" */
	const char *strings;	/* in <sst> */
	const char *formats;	/* <numFmt> elements */
	const char *xfs;	/* <xf> elements; NULL: one plain */
	const char *workbook;	/* in <workbook>, before <sheets> */
	const char *state;	/* of the first sheet, as ` state="hidden"` */
};
void zipmake_workbook(const char *path, const struct zipmake_book *b);
#endif
